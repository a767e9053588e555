# Classes: attributes, inheritance, super, properties, slots, special methods.
class Animal:
    """doc"""
    count = 0
    def __init__(self, name): self.name = name; Animal.count += 1
    def speak(self): return f"{self.name} {self.sound()}"
    def sound(self): return "..."
    @classmethod
    def make(cls, *a): return cls(*a)
    @staticmethod
    def util(x): return x * 2
    @property
    def upper(self): "prop doc"; return self.name.upper()
    @upper.setter
    def upper(self, v): self.name = v.lower()
    @upper.deleter
    def upper(self): self.name = "deleted"
    def __repr__(self): return f"{type(self).__name__}({self.name!r})"
class Dog(Animal):
    def __init__(self, name, tricks=()): super().__init__(name); self.tricks = list(tricks)
    def sound(self): return "woof " + super().sound()
d = Dog.make("rex", ["sit"])
print(d, d.speak(), d.tricks, Dog.util(4), d.util(5), Animal.count, d.count, Dog.__mro__[1].__name__)
d.upper = "FIDO"; print(d.upper, d.name); del d.upper; print(d.name, Animal.upper.__doc__)
print(isinstance(d, Animal), issubclass(Dog, (int, Animal)), type(d) is Dog, d.__class__.__name__, Dog.__bases__)
print(sorted(d.__dict__), vars(d) is d.__dict__, hasattr(d, "nope"), getattr(d, "nope", 1), Dog.__doc__, Animal.__doc__)
setattr(d, "extra", 5); print(d.extra); delattr(d, "extra")
for bad in ("d.nope", "Dog.nope", "d.upper.x", "del d.nope", "Animal()", "Animal.upper.fset(1, 2)", "object().x", "Dog.speak()"):
    try:
        exec(bad)
    except Exception as e:
        print(bad, "->", type(e).__name__ + ":", e)
class Vec:
    __slots__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, o): return Vec(self.x + o.x, self.y + o.y) if isinstance(o, Vec) else NotImplemented
    def __mul__(self, k): return Vec(self.x * k, self.y * k)
    __rmul__ = __mul__
    def __neg__(self): return Vec(-self.x, -self.y)
    def __eq__(self, o): return isinstance(o, Vec) and (self.x, self.y) == (o.x, o.y)
    def __hash__(self): return hash((self.x, self.y))
    def __repr__(self): return f"<{self.x},{self.y}>"
    def __bool__(self): return bool(self.x or self.y)
    def __len__(self): return 2
    def __getitem__(self, i): return (self.x, self.y)[i]
    def __contains__(self, v): return v in (self.x, self.y)
    def __call__(self, *a): return a
    def __iadd__(self, o): self.x += o.x; return self
    def __format__(self, spec): return f"V{spec}"
    def __lt__(self, o): return self.x < o.x
v = Vec(1, 2)
print(v + Vec(3, 4), v * 3, 3 * v, -v, v == Vec(1, 2), v != Vec(1, 2), bool(Vec(0, 0)), len(v), v[1], list(v), 2 in v, v(1, 2), f"{v:x}")
v += Vec(9, 9); print(v, v > Vec(0, 0), {v: 1}[Vec(10, 2)], hasattr(v, "__dict__"))
for bad in ("v + 1", "1 + v", "v.z = 1", "v['a']", "v >= v", "v @ v", "v < 1"):
    try:
        exec(bad)
    except Exception as e:
        print(bad, "->", type(e).__name__ + ":", e)
class A:
    def m(self): return "A"
class B(A):
    def m(self): return "B" + super().m()
class C(A):
    def m(self): return "C" + super().m()
class D(B, C):
    def m(self): return "D" + super().m()
print(D().m(), [k.__name__ for k in D.__mro__])
try:
    class E(A, B): pass
except TypeError as e:
    print(e)
class Dyn:
    def __getattr__(self, n):
        if n.startswith("dyn_"): return n[4:]
        raise AttributeError(f"no {n}")
    def __setattr__(self, n, v): object.__setattr__(self, n, v * 2)
    def __delattr__(self, n): print("del", n); object.__delattr__(self, n)
    def __dir__(self): return ["b", "a"]
x = Dyn(); x.a = 4; print(x.a, x.dyn_q, dir(x)); del x.a
try: x.zzz
except AttributeError as e: print(e)
class Desc:
    def __set_name__(self, owner, name): self.name = name; print("set_name", owner.__name__, name)
    def __get__(self, o, t): return self if o is None else o.__dict__.get(self.name, "unset")
    def __set__(self, o, v): o.__dict__[self.name] = v + 1
class Has: f = Desc()
h = Has(); print(h.f); h.f = 1; print(h.f, Has.f is Has.__dict__["f"])
class Sub(int):
    def __new__(cls, v): return super().__new__(cls, v * 2)
print(Sub(4) + 1, type(Sub(4) + 1), type(Sub(1)), isinstance(Sub(1), int), Sub(3) == 6)
class Base:
    subs = []
    def __init_subclass__(cls, tag=None, **kw): super().__init_subclass__(**kw); Base.subs.append((cls.__name__, tag))
class S1(Base, tag="t"): pass
class S2(S1): pass
print(Base.subs, [c.__name__ for c in Base.__subclasses__()])
class Order:
    def __eq__(self, o): return NotImplemented
print(Order() == 1, Order() != 1, Order().__hash__)
T = type("T", (A,), {"n": 1, "f": lambda self: self.n})
print(T().f(), T.__name__, T().m(), T.__module__, T.__qualname__)
class W:
    def __class_getitem__(cls, k): return (cls.__name__, k)
print(W[int, 3])
class P:
    @property
    def broken(self): raise AttributeError("inner")
try: P().broken
except AttributeError as e: print(e)
try: P().broken = 1
except AttributeError as e: print(e)
class Cmp:
    def __init__(s, v): s.v = v
    def __lt__(s, o): return s.v < o.v
print([c.v for c in sorted(map(Cmp, [3, 1, 2]))], max(map(Cmp, [1, 5, 2])).v)
