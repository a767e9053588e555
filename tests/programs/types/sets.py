# set and frozenset; the order of ints is CPython's.
def T(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)
T(lambda: {3,1,2}); T(lambda: set()); T(lambda: frozenset([1,2])); T(lambda: {1,2}|{3}); T(lambda: {1,2}&{2,3}); T(lambda: {1,2}-{2}); T(lambda: {1,2}^{2,3}); T(lambda: {1}<{1,2}); T(lambda: {1,2}<={1,2}); T(lambda: {1,2}>{1}); T(lambda: {1}=={1.0}); T(lambda: {1,2}!=frozenset([1,2])); T(lambda: {[]}); T(lambda: [] in {1}); T(lambda: {1} in {frozenset([1])}); T(lambda: set(1)); T(lambda: set(1,2)); T(lambda: set(a=1)); T(lambda: {1}.remove(2)); T(lambda: set().pop()); T(lambda: {1}|[1]); T(lambda: {1}.union([2],[3])); T(lambda: {1,2,3}.intersection([2,3],[3])); T(lambda: {1,2,3}.difference([2],[3])); T(lambda: {1,2}.symmetric_difference([2,5])); T(lambda: {1}.isdisjoint([2])); T(lambda: {1}.issubset([1,2])); T(lambda:{1,2}.issuperset([1])); T(lambda: hash(frozenset([1,2,3]))); T(lambda: hash(frozenset())); T(lambda: hash(frozenset(range(100)))); T(lambda: hash({1})); T(lambda: [x for x in {100,7,33,1000,65}]); T(lambda: list(set(range(50))-{3})); T(lambda: frozenset([1])|{2}); T(lambda: sorted({3,1,2})); T(lambda: {1}<[1])
def f():
    s={1,2,3}; s.add(4); s.discard(9); s.remove(1); s|={7}; s&={2,3,7}; s-={3}; s^={2,9}; s.update([1],(2,)); r=[s.pop(),s]; s.clear(); return r,s
T(f)
def f():
    s={1,2,3}
    for x in s: s.add(x+10)
T(f)
class S(set): pass
class F(frozenset): pass
T(lambda: S([1])); T(lambda: F([1])); T(lambda: type(S()|S())); T(lambda: S([1]).__reduce__()); T(lambda: set.__doc__); T(lambda: set.__text_signature__); T(lambda: set.__hash__); T(lambda: len(S([1,2]))); T(lambda: {1,2}.copy()); T(lambda: frozenset([3]).copy())


# Keys that are equal but not the same, tuples of tuples, of numbers of several kinds, of objects with a comparison of their own.
from collections import namedtuple

Pair = namedtuple("Pair", "a b")


class Odd(tuple):
    def __eq__(self, other):
        asked.append(len(other))
        return tuple.__eq__(self, other)

    __hash__ = tuple.__hash__


class Same:
    def __init__(self, value):
        self.value = value

    def __hash__(self):
        return hash(self.value)

    def __eq__(self, other):
        asked.append(self.value)
        return isinstance(other, Same) and self.value == other.value


asked = []
table = {(n, (n, str(n))): n for n in range(40)}
print(table[7, (7, "7")], table[7.0, (7, "7")], table.get((7, (7, "8"))), table[Pair(7, Pair(True + 6, "7"))])
print(table[Odd((3, (3, "3")))], asked.count(2) > 0)
deep = {((((((1,),),),),),): "deep"}
print(deep[((((((1.0,),),),),),)], ((((((2,),),),),),) in deep)
asked.clear()
objects = {(Same(1), 1), (Same(2), 1)}
print((Same(1), 1) in objects, (Same(1), 2) in objects, len(objects | {(Same(2), 1.0)}), set(asked) <= {1, 2})
nan = float("nan")
print((nan,) in {(nan,)}, (float("nan"),) in {(nan,)}, (0.0, -0.0) in {(-0.0, 0.0)}, (1, 2) in {(1, 2, 3)}, (1, 2, 3) in {(1, 2)})

# A place of which a key was removed is passed by, and taken again.
places = set(range(8))
for key in (8, 16, 24, 32, 40):
    places.add(key)
places -= {1, 2, 8, 9}
print(sorted(places), 16 in places, 8 in places, 24 in places)
places.add(8)
places.add(1)
print(len(places), list(places)[:4], min(places), max(places), sorted(places & {8, 16, 99}))
step = iter(places)
print(len(list(step)), next(step, "end"), next(step, "end"))

# Tuples of what iterators give, few and many, and where one fails half-way.
for count in (0, 1, 11, 12, 13, 100):
    made = tuple(n * n for n in range(count))
    print(len(made), sum(made), made == tuple([n * n for n in range(count)]), end=" ")
print()


def failing():
    yield 1
    raise KeyError("half-way")


try:
    tuple(failing())
except KeyError as error:
    print("failed", error)


class Hinted:
    def __iter__(self):
        print("iter")
        return iter("ab")

    def __length_hint__(self):
        print("never")
        return 2


print(tuple(Hinted()))
