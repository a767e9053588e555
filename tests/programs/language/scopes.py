# skip: needs type parameters
# Which name is meant: local, enclosing, global, builtin, class.
x = "global"
def f():
    x = "f"
    def g():
        def h():
            nonlocal x
            x = "h"
        h()
        return x
    class K:
        y = x
        x = "K"
        def m(self): return x
    return g(), x, K.y, K.x, K().m()
print(f(), x)
def shadow():
    len = lambda _: "mine"
    return len([])
print(shadow(), len([1]))
class A:
    x = "A"
    def get(self): return x
    z = [x for _ in range(1)]
    def __mangled(self): return "mangled"
    def call(self): return self.__mangled()
print(A().get(), A.z, A().call(), "_A__mangled" in A.__dict__)
def outer():
    global made
    made = 1
    def inner():
        global made
        made += 1
    inner()
outer()
print(made, "made" in globals())
def loc():
    a = 1
    b = [2]
    d = locals()
    d["a"] = 5
    return a, sorted(d)
print(loc())
def comp(): return [x for x in [1]], x
print(comp())
def args(a, b=x): return a, b
x = "changed"
print(args(1))
def delete():
    v = 1
    def g(): return v
    del v
    try: return g()
    except NameError as e: return str(e)
print(delete())
def gen():
    v = 0
    while v < 3:
        yield lambda: v
        v += 1
print([g() for g in gen()], [g() for g in list(gen())])
class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        print("prepare", name, kw)
        return {"injected": 42}
    def __new__(mcs, name, bases, ns, **kw): return super().__new__(mcs, name, bases, ns)
    def __init__(cls, name, bases, ns, **kw): super().__init__(name, bases, ns)
class B(metaclass=Meta, flag=1):
    y = injected + 1
print(B.y, type(B).__name__)
def f2():
    if False: q = 1
    try: print(q)
    except UnboundLocalError as e: print(e)
f2()
def func(n):
    def inner(): return n
    n += 1
    return inner
print(func(1)())
print((lambda: (lambda: x)())())
def typed[T](v: T) -> T:
    return v
class Box[T]:
    def get(self) -> T: ...
type Pair[T] = tuple[T, T]
print(typed(5), typed.__type_params__, Box.__type_params__, Box[int], Pair[str], Pair.__value__)
