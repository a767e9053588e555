"""Loops that take pairs apart at once, and what happens when the container changes under them."""
import sys

d = {i: i * 2 for i in range(300)}
print(sum(v - 2 * k for k, v in d.items()), sum(d), sum(d.values()))
for i, (a, b) in enumerate(zip([1, 2, 3], "abc")):
    print(i, a, b)
for a, b, c in zip([1, 2], [3, 4], "xy"):
    print(a, b, c)
for i, x in enumerate("hé", sys.maxsize):
    print(i, x)


def changed(change, each):
    try:
        for a, b in each:
            change(a)
    except RuntimeError as error:
        print(error)


changed(lambda a: d.__setitem__(a + 1000, 1), d.items())
changed(lambda a: d.pop(a), d.items())
s = set(range(5))
try:
    for k in s:
        s.add(k + 100)
except RuntimeError as error:
    print(error)


class Broken:
    def __iter__(self):
        return self

    def __next__(self):
        raise self.error


for error in ValueError("no"), StopIteration("end"):
    broken = Broken()
    broken.error = error
    for work in lambda: [a for a, b in zip([1], broken)], lambda: [a for a, b in enumerate(broken)], lambda: [*broken]:
        try:
            print(work())
        except ValueError as raised:
            print(repr(raised), raised.__traceback__.tb_next.tb_frame.f_code.co_name)

# A pair that somebody keeps is not used again.
kept = [pair for pair in zip("ab", "cd")] + [pair for pair in {1: 2, 3: 4}.items()] + list(enumerate("x"))
print(kept)


# The lines that a trace sees do not depend on whether the pair is made.
def traced():
    n = 0
    for (
        k,
        v,
    ) in {1: 2, 3: 4, 5: 6}.items():
        n += k * v
    return n


traced(), traced(), traced()
lines = []
sys.settrace(lambda frame, event, arg: lambda f, e, a: lines.append((e, f.f_lineno - f.f_code.co_firstlineno)))
traced()
sys.settrace(None)
print(lines)


class Same:
    def __init__(self, value):
        self.value = value

    def __hash__(self):
        return 1

    def __eq__(self, other):
        return self.value == other.value


a, b = {Same(i) for i in (1, 2, 3)}, frozenset(Same(i) for i in (2, 3, 4))
print(len(a & b), len(a | b), len(a - b), len(a ^ b), a <= b, Same(1) in a, {Same(1): 2, Same(1): 3}[Same(1)])
a -= b
a |= b
a ^= {Same(9)}
print(len(a), a.isdisjoint(b), a >= b, {1, 1.0, True}, {1: "a", 1.0: "b"})


class Meddler:
    """Comparing it empties the set that is walked."""

    def __init__(self, victim):
        self.victim = victim

    def __hash__(self):
        return 7

    def __eq__(self, other):
        self.victim.clear()
        return False


for operation in "intersection", "difference", "issubset", "isdisjoint", "symmetric_difference", "union":
    walked = set()
    walked.update([Meddler(walked), "x", "y"])
    others = {Meddler(walked), 7, "x", 1, 2, 3}
    result = getattr(walked, operation)(others)
    print(operation, len(walked), type(result).__name__)
