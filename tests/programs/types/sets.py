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
