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
