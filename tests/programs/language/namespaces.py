"""f_locals that writes through, builtins of any kind, names in comprehensions of classes, calls of module code."""
import sys
import types


def written():
    x = 1
    proxy = sys._getframe().f_locals
    proxy["x"] = 2
    proxy["more"] = 3
    print(type(proxy).__name__, x, sorted(proxy), locals()["more"], "x" in proxy, proxy == proxy)
    for attempt in (lambda: proxy.pop("x"), lambda: proxy["none"], lambda: hash(proxy)):
        try:
            attempt()
        except Exception as error:
            print(type(error).__name__, error)
    del proxy["more"]
    print(proxy | {"z": 1} == {"x": 2, "proxy": proxy, "attempt": attempt, "z": 1})


written()


def closed_over():
    x = 1

    def inner():
        sys._getframe().f_locals["x"] = 5
        return x

    return inner(), x


print(closed_over())


def caller():
    kept = [1, 2, 3]
    return overwrites(kept)


def overwrites(kept):
    sys._getframe(1).f_locals["kept"] = None
    return kept


print(caller())

namespace = {"__builtins__": types.MappingProxyType({"answer": 42})}
print(eval("answer", namespace))
for builtins in ({}, 5):
    try:
        eval("answer", {"__builtins__": builtins})
    except Exception as error:
        print(type(error).__name__, error)

values = {"a": 0}
types.FunctionType(compile("a = 1; b = a + 1", "code", "exec"), values)()
print(values["a"], values["b"])

source = """
class C:
    res = [__class__ for x in [1]]
"""
try:
    exec(source)
except NameError as error:
    print(type(error).__name__, error)

source = """
class C[T]:
    T = "class"
    class Inner[U](make(T for _ in (1,)), make(T)):
        pass
"""


def make(value):
    return type("Base", (), {"value": value if isinstance(value, str) else list(value)})


exec(source)
print([base.__dict__.get("value") for base in C.Inner.__bases__])


class Strange(type):
    def mro(cls):
        return (cls, Other, object)


class Other:
    value = 1


class Class(metaclass=Strange):
    pass


print(Class.value)
Other.value = 2
print(Class.value)
exec(compile("class Documented:\n  'Kept.'\n\n", "prompt", "single"))
print(Documented.__doc__)
