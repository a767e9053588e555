import gc
import weakref


def watched():
    # The code of a function that is garbage dies with it; its weak reference is garbage as well, and keeps quiet.
    def inner():
        return 1

    names = weakref.WeakKeyDictionary()
    names[inner.__code__] = "code"
    inner.names = names
    inner.me = inner


class Node:
    def __del__(self):
        print("gone")


def told(reference):
    print("told", reference() is None)


def outside():
    def inner():
        return 2

    inner.me = inner
    inner.node = Node()
    code = weakref.ref(eval("lambda: 0").__code__, told)
    return weakref.ref(inner.__code__, told), code


gc.collect()
for _ in range(3):
    watched()
print(gc.collect() > 0)
kept = outside()
gc.collect()
print([reference() is None for reference in kept])
print(gc.is_tracked(watched.__code__), gc.is_tracked(watched))
