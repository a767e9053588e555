# skip: needs itertools
# Generators: send, throw, close, yield from, return values.
def count(n):
    try:
        for i in range(n):
            got = yield i
            if got: print("got", got)
        return "result"
    except GeneratorExit:
        print("closing")
        raise
    finally:
        print("finally")

g = count(3)
print(next(g), g.send("a"), g.gi_frame is not None, g.gi_running, g.gi_suspended)
g.close()
print(next(g, "exhausted"), g.gi_frame)
g = count(2)
print(list(g))
g = count(1)
next(g)
try:
    next(g)
except StopIteration as e:
    print("value", e.value)
def sub():
    x = yield 1
    print("sub got", x)
    try:
        yield 2
    except KeyError as e:
        print("sub caught", repr(e))
        yield 3
    return "sub result"
def main():
    r = yield from sub()
    print("main got", r)
    yield from [10, 20]
    yield from (x for x in "ab")
g = main()
print(next(g), g.send("s"), g.throw(KeyError("k")), next(g), list(g))
def thrower():
    yield 1
g = thrower()
try:
    g.throw(ValueError("before start"))
except ValueError as e:
    print(e)
print(list(g))
g = thrower()
try:
    g.send(1)
except TypeError as e:
    print(e)
def stops():
    yield 1
    raise StopIteration("inside")
try:
    list(stops())
except RuntimeError as e:
    print(e, repr(e.__cause__))
def ignores():
    try:
        yield 1
    except GeneratorExit:
        yield 2
g = ignores()
next(g)
try:
    g.close()
except RuntimeError as e:
    print(e)
def reenter():
    yield from me
me = reenter()
try:
    next(me)
except ValueError as e:
    print(e)
def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
import itertools
print(list(itertools.islice(fib(), 15)))
def tree(t):
    if t:
        yield from tree(t[0])
        yield t[1]
        yield from tree(t[2])
print(list(tree(((None, 1, None), 2, (None, 3, None)))))
def ctx():
    try:
        yield "in"
    finally:
        print("out")
for v in ctx():
    print(v)
    break
del v
def returns_close():
    try:
        yield
    except GeneratorExit:
        return "closed value"
g = returns_close(); next(g)
print(g.close())
gen = (i * i for i in range(4))
print(sum(gen), sum(gen), type(gen).__name__, gen.__name__)
def swallow():
    while True:
        try:
            v = yield
            print("v", v)
        except ValueError:
            print("swallowed")
g = swallow(); next(g); g.send(1); g.throw(ValueError); g.send(2)
a, *b = (i for i in range(3))
print(a, b, max(i for i in [3, 1]), "x" in (c for c in "xyz"))
