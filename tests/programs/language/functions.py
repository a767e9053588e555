# Parameters of every kind, defaults, closures, recursion.
def f(a, b=2, /, c=3, *args, d, e=5, **kw):
    return a, b, c, args, d, e, kw

print(f(1, d=4))
print(f(1, 9, 8, 7, 6, d=4, e=0, z=1, a=2))
print(f(*[1, 2], *(3, 4), **{"d": 1}, **{"y": 2}))

def show(call, *args, **kw):
    try:
        print(call(*args, **kw))
    except TypeError as e:
        print("TypeError:", e)

def two(a, b): return a + b
def kwonly(*, a, b): return a + b
def posonly(a, b, /): return a + b
show(two)
show(two, 1)
show(two, 1, 2, 3)
show(two, 1, b=2, c=3)
show(two, 1, a=1)
show(kwonly)
show(kwonly, 1)
show(kwonly, a=1)
show(posonly, a=1, b=2)
show(lambda x, y=1, *z: (x, y, z))
show(lambda: 0, 1)
show(lambda: two(*5))
show(lambda: two(**{1: 2}))
show(lambda: two(1, **{"b": 1}, **{"b": 2}))

def default(x, acc=[]):
    acc.append(x)
    return acc
print(default(1), default(2), default.__defaults__)

def counter():
    n = 0
    def bump(by=1):
        nonlocal n
        n += by
        return n
    return bump
a, b = counter(), counter()
print(a(), a(5), b(), a.__closure__[0].cell_contents, a.__code__.co_freevars)

fs = [lambda: i for i in range(3)]
print([g() for g in fs])
fs = [lambda i=i: i for i in range(3)]
print([g() for g in fs])

def fact(n): return 1 if n < 2 else n * fact(n - 1)
print(fact(30))

def fib(n, memo={}):
    if n < 2: return n
    if n not in memo: memo[n] = fib(n - 1) + fib(n - 2)
    return memo[n]
print(fib(90))

def deco(tag):
    def wrap(fn):
        def inner(*a, **k):
            return f"<{tag}>{fn(*a, **k)}</{tag}>"
        inner.__name__ = fn.__name__
        return inner
    return wrap

@deco("b")
@deco("i")
def hello(name="you"): return f"hello {name}"
print(hello(), hello("me"), hello.__name__, hello.__qualname__)

def unbound():
    try:
        print(late)
    except UnboundLocalError as e:
        print(e)
    late = 1
    del late
    try:
        late
    except UnboundLocalError as e:
        print(e)
unbound()
try:
    nowhere
except NameError as e:
    print(e, e.name)

def cell_unbound():
    def g(): return v
    try: g()
    except NameError as e: print(e)
    v = 1
    return g()
print(cell_unbound())

def annotated(x: int, *y: str, z: "later" = None) -> list[int]: "doc"
print(annotated.__annotations__, annotated.__doc__, annotated.__kwdefaults__)
print((lambda *a, **k: (a, k))(1, x=2), (lambda: (yield))().__class__.__name__)
def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)
print(deep(900))
try:
    deep(10 ** 6)
except RecursionError as e:
    print(str(e)[:32])
