# slice and range.
def T(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)
T(lambda: slice(1,2,3)); T(lambda: hash(slice(1,2,3))); T(lambda: slice(1,2).indices(10)); T(lambda: slice(None,None,-1).indices(10)); T(lambda: slice(1<<70,None,-1).indices(1<<80)); T(lambda: slice()); T(lambda: slice(1)<slice(2)); T(lambda: slice(1)==slice(1)); T(lambda:[1,2,3,4,5][::2]); T(lambda:[1,2,3,4,5][::-1]); T(lambda:[1,2,3,4,5][-3:]); T(lambda:[1,2][::0]); T(lambda: slice(1).__reduce__()); T(lambda: slice(1,2,3).step)
T(lambda: range(10)); T(lambda: list(range(0,10,3))); T(lambda: list(range(10,0,-3))); T(lambda: len(range(1<<63,(1<<63)+5))); T(lambda: list(range(1<<63,(1<<63)+3))); T(lambda: range(5)[2]); T(lambda: range(5)[-1]); T(lambda: range(5)[7]); T(lambda: range(10)[2:8:2]); T(lambda: range(10)[::-1]); T(lambda: 5 in range(10)); T(lambda: 5.0 in range(10)); T(lambda: 'a' in range(3)); T(lambda: range(10).index(5)); T(lambda: range(10).index(50)); T(lambda: range(10).count(3)); T(lambda: range(0)==range(2,2)); T(lambda: hash(range(3))==hash(range(0,3))); T(lambda: list(reversed(range(5)))); T(lambda: range(1,2,0)); T(lambda: range()); T(lambda: range('a')); T(lambda: range(3).__reduce__()); T(lambda: iter(range(3)).__reduce__()); T(lambda: len(range(1<<70))); T(lambda: range(1<<70)[1<<69]); T(lambda: (1<<69) in range(1<<70)); T(lambda: bool(range(0))); T(lambda: iter(range(5)).__length_hint__()); T(lambda: list(reversed(range(0))));T(lambda: range(3).start); T(lambda: list(range((1<<62)-2,(1<<62)+2)))

items, word, pack = list(range(10)), "abcdefghij", tuple(range(10))
for cut in (slice(2, 5), slice(None, 3), slice(-3, None), slice(None, None, 2), slice(8, 2, -3), slice(5, 2), slice(2, 99),
            slice(True, 4), slice(None, None, -1), slice(-99, 99, 4), slice(2**70, None), slice(None, 2**70, 2**70)):
    print(items[cut], word[cut], pack[cut], items[cut] is items, pack[cut] == tuple(items[cut]))
