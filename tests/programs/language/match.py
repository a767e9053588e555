# Structural pattern matching.
class Point:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y

def what(v):
    match v:
        case 0 | 1: return "small"
        case -1 | 2.5 | 1j: return "number"
        case "yes" | b"yes": return "text"
        case None | True | False: return f"singleton {v}"
        case []: return "empty"
        case [x]: return f"one {x}"
        case [1, [2, *inner], *rest]: return f"nested {inner} {rest}"
        case (x, y) if x == y: return f"pair of {x}"
        case [first, *_, last]: return f"{first}..{last}"
        case {"k": k, "l": [_, l]}: return f"kl {k} {l}"
        case {"only": 1, **rest}: return f"only {rest}"
        case {}: return "mapping"
        case Point(0, 0): return "origin"
        case Point(x, y=0): return f"on x at {x}"
        case Point(x=px, y=py) as p if px == py: return f"diagonal {p.x}"
        case Point(): return "point"
        case int() | float() as n if n > 1000: return f"big {n}"
        case str(s) if s.isupper(): return f"upper {s}"
        case str() | int(): return "scalar"
        case _: return "other"

for v in (0, 1, -1, 2.5, 1j, "yes", b"yes", None, True, [], [5], [1, [2, 3, 4], 5], (7, 7), [1, 2, 3, 4], {"k": 1, "l": [2, 3]},
          {"only": 1, "x": 2}, {"z": 0}, Point(0, 0), Point(3, 0), Point(2, 2), Point(1, 2), 2000, 1e6, "ABC", "abc", 7, object, range(2)):
    print(what(v))

import sys
class Color:
    RED = 1
match 1:
    case Color.RED: print("red")
match {"a": [1, {"b": (2, 3)}]}:
    case {"a": [_, {"b": (x, y)}]}: print(x, y)
match "abc":
    case [*_]: print("no")
    case other: print("str is no sequence", other)
class Bad: __match_args__ = ("a", "a")
try:
    match Bad():
        case Bad(1, 2): pass
        case _: print("unmatched")
except TypeError as e:
    print(e)
try:
    match Point(1, 2):
        case Point(1, 2, 3): pass
except TypeError as e:
    print(e)
try:
    match 5:
        case sys(1): pass
except TypeError as e:
    print(e)
match [1, 2]:
    case [x, y] | [y, x]: print("or", x, y)
