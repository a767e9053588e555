# skip: needs weakref's library, and so itertools
# Finalisers and weak references fire when CPython's do.
import weakref, gc
class N:
    def __init__(self, name): self.name = name
    def __del__(self): print("del", self.name)
a = N("a")
b = a
del a
print("still")
del b
print("gone")
def local():
    x = N("local")
    print("in")
local()
print("after")
l = [N("in list")]
l.clear()
d = {"k": N("value")}
d["k"] = None
N("temporary")
x = N("rebound")
x = 5
def raising():
    y = N("raised")
    raise ValueError
try:
    raising()
except ValueError:
    print("caught")
print("left")
r = weakref.ref(n := N("weak"), lambda ref: print("callback", ref() is None))
print(r() is n)
del n
print(r())
wd = weakref.WeakValueDictionary()
k = N("wv")
wd["k"] = k
print(len(wd))
del k
print(len(wd))
c = N("cycle")
c.me = c
del c
print("collect")
print(gc.collect() > 0)
g = (i for i in [N("held by generator")])
del g
print("generator dropped")
class R:
    keep = []
    def __del__(self): R.keep.append(self); print("resurrected")
r = R()
del r
print(len(R.keep))
R.keep.clear()
print("end")


# What the collector keeps looking at: tuples that can be in no cycle are let go, a level at each collection.
def watched(*objects):
    for _ in range(3):
        gc.collect()
    return [gc.is_tracked(o) for o in objects]


flat, nested, holds_list = (1, "a", None), ((1, 2), 3.5), ([], 1)
print(watched(flat, nested, holds_list, [], {}, set(), object(), int, 5, "x"))
pairs = list(zip([1, 2], [[], []]))
print(watched(*pairs), watched(next(enumerate([1]))), watched((), tuple([1, (2, [3])])))

# Cycles through each kind of container, and what is only reached from the outside.
outside = []
for kind in (list, set, dict, tuple, type("Own", (), {})):
    gc.collect()
    loop = []
    if kind is list:
        loop.append(loop)
    elif kind is set:
        loop.append({id: 1, 2: loop})
    elif kind is dict:
        loop.append({"loop": loop})
    elif kind is tuple:
        loop.append(((loop,), loop, loop))
    else:
        own = kind()
        own.loop, own.itself = loop, own
        loop.append(own)
        del own
    loop.append(outside)
    outside.append(len(loop))
    del loop
    print(kind.__name__, gc.collect() > 0, gc.collect())
print(outside)
