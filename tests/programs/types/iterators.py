# enumerate, zip, map, filter, reversed, iter().
def T(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)
T(lambda: list(enumerate('ab',5))); T(lambda: list(zip([1,2],'ab'))); T(lambda: list(zip([1,2],'a',strict=True))); T(lambda: list(zip([1],'ab',strict=True))); T(lambda: list(zip([1],[1],[1,2],strict=True))); T(lambda: list(zip())); T(lambda: list(map(lambda a,b:a+b,[1,2],[3,4]))); T(lambda: list(map(len,['1']))); T(lambda: list(map(str))); T(lambda: list(map(lambda a,b:a,[1],[1,2],strict=True))); T(lambda: list(filter(None,[0,1,2]))); T(lambda: list(filter(lambda x:x>1,[0,1,2]))); T(lambda: filter(1)); T(lambda: list(reversed([1,2]))); T(lambda: reversed(1)); T(lambda: reversed({1})); T(lambda: zip(1)); T(lambda: zip(a=1)); T(lambda: enumerate()); T(lambda: enumerate([],1<<70).__next__()); T(lambda: next(enumerate([1],1<<70))); T(lambda: list(enumerate(start=3,iterable='a'))); T(lambda: list(iter([1,2].pop, 1)))
class Q:
    def __getitem__(self,i):
        if i>2: raise IndexError
        return i*i
    def __len__(self): return 3
T(lambda: list(Q())); T(lambda: list(reversed(Q()))); T(lambda: iter(Q()).__reduce__()[1:][1]); T(lambda: iter(Q()).__length_hint__())
