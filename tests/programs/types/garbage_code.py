import gc
import weakref


class Box:
    pass


class Node:
    def __del__(self):
        print("gone")


def told(reference):
    print("told", reference() is None)


def garbage():
    # The code of a function that is garbage dies with it; its weak reference is garbage as well, and keeps quiet.
    space = {}
    exec("def inner(k=1): return 1", space)
    inner = space["inner"]

    def never(reference, inner=inner):
        print("never")

    box = Box()
    box.inner, box.never, box.node = inner, never, Node()
    box.reference = weakref.ref(inner.__code__, never)
    inner.box = never.box = box


gc.disable()
for _ in range(5):
    garbage()
print(gc.collect() > 0)

# One that is no garbage is told.
kept = weakref.ref(eval("lambda: 0").__code__, told)
print(kept() is None)
print(gc.is_tracked(garbage.__code__), gc.is_tracked(garbage))
