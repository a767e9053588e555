# skip: some messages still differ
# The iteration protocols and the builtins on them.
class Seq:
    def __getitem__(self, i):
        if i >= 3: raise IndexError
        return i * 10
print(list(Seq()), 20 in Seq(), [*reversed([1, 2])], list(zip(Seq(), "abc", strict=True)))
class It:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 3: raise StopIteration
        return self.n
print(list(It()), sum(It()), max(It()), tuple(It()), dict(enumerate(It())))
print(list(enumerate("ab", 5)), list(map(lambda a, b: a + b, [1, 2], [10, 20, 30])), list(filter(None, [0, 1, "", "a"])))
try: list(zip([1], [1, 2], strict=True))
except ValueError as e: print(e)
try: next(iter([]))
except StopIteration: print("stop")
print(next(iter([]), "default"), list(iter(iter([1, 2, 3]).__next__, 3)))
print(any([]), all([]), any([0, 1]), all([1, 0]), min([3, 1, 2], key=lambda x: -x), max([], default="none"))
print(sorted([3, 1, 2], reverse=True), sorted("bAc", key=str.lower), sorted([(1, "b"), (1, "a"), (0, "z")]))
print(list(reversed(range(0, 10, 3))), range(10)[2:8:2], range(5)[-1], 3 in range(0, 9, 3), len(range(10, 0, -3)), range(3) == range(0, 3, 1))
print(list(range(10**20, 10**20 + 3)), range(0).__bool__() if hasattr(range(0), "__bool__") else bool(range(0)), hash(range(3)) == hash(range(0, 3)))
for bad in ("iter(5)", "next(5)", "list(5)", "max([])", "max(1)", "min([1, 'a'])", "sorted([1, 'a'])", "sum(['a'])", "range(1.5)", "range(1, 2, 0)",
            "reversed({1})", "zip(1)", "map(len)", "len(5)", "enumerate()", "dict([1])", "dict([(1, 2, 3)])", "set([[]])", "{[]: 1}"):
    try:
        print(eval(bad))
    except Exception as e:
        print(bad, "->", type(e).__name__ + ":", e)
class BadIter:
    def __iter__(self): return 5
try: iter(BadIter())
except TypeError as e: print(e)
class NoIter: __iter__ = None
try: iter(NoIter())
except TypeError as e: print(e)
class BadLen:
    def __len__(self): return -1
try: len(BadLen())
except ValueError as e: print(e)
class Len:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
print(bool(Len(0)), bool(Len(2)))
import operator
print(operator.length_hint(iter([1, 2, 3])), operator.length_hint(It(), 7))
l = [1, 2, 3]
for x in l:
    if x == 2: l.remove(x)
    print(x, end=" ")
print(l)
d = {1: 1}
try:
    for k in d: d[k + 1] = 0
except RuntimeError as e:
    print(e)
it = iter({"a": 1, "b": 2}.items())
print(next(it), list(it), list(it))
