# What random cases, compared with CPython side by side (`cargo xtask fuzz`), found to differ once.
import itertools, json, marshal, math, re, time


def T(f):
    try:
        print(repr(f()))
    except BaseException as e:
        print(type(e).__name__, e)


# Integers, floats
T(lambda: int("-0b" + "10" * 200, 8))
T(lambda: math.sumprod((-5, -5, 10), (1.5, 4611686018427387904, 2305843009213693952)))
T(lambda: math.copysign(1, math.nextafter(-5e-324, 0.0)))
T(lambda: math.copysign(1, math.nextafter(-5e-324, 0.0, steps=1)))
# Slices
a = bytearray(range(6))
a[1::2] = b""
print(a)
T(lambda: range(5 * 10**20, 10**21, 10**6)[10:2:2**65])
a = bytearray(b"abc")
T(lambda: a.__init__([256]))
print(a)
# Sets and views keep CPython's order
s = {8, 1, 2, 3}
s.discard(1)
s.discard(2)
s.add(9)
print(s, {0, 800, 2, 3})
d, e = {1: 2, 3: 4, 480362284664: 9}, {1: 2, 5: 6, -1: 7, 480362284664: 8}
print(d.items() ^ e.items(), d.keys() & e.keys(), e.keys() & d.keys(), d.keys() ^ e.keys())
# Formatting
for text, args in (("%5%", ()), ("%5%", (1,)), ("%y", ()), ("%(a)%", {"a": 1})):
    T(lambda: text % args)
T(lambda: "{0[{1}]}".format("abcdefg", 4))
T(lambda: compile('f"{1+2:{1+2:{1+1:{1}}}}"', "s", "eval"))
T(lambda: compile("f'{lambda x:}'", "s", "eval"))
# Decoding
T(lambda: b"\xff\xfea".decode("utf-16"))
T(lambda: b"\xfe\xffa".decode("utf-16"))
# Calls
T(lambda: (lambda a, b=1, /, c=2: 0)(6, c=5, b=5, a=1))
T(lambda: time.sleep())
T(lambda: [].append(1, 2, 3))
T(lambda: {}.__setitem__())
T(lambda: (1).__add__(no=1))
T(lambda: "".split(no=1, maxsplit=2, sep=3))
T(lambda: pow(no=1))
T(lambda: str(1, 2, 3, 4))


class Filter(filter):
    pass


class Chain(itertools.chain):
    def __init__(self, *args, more=None):
        self.more = more


T(lambda: Filter(None, [], more=1))
T(lambda: Chain([1], more=2).more)
# Members
class Slotted:
    __slots__ = "p"


T(lambda: Slotted().p)
T(lambda: Slotted().__delattr__("p"))
print(time.struct_time.tm_year, time.struct_time.__new__.__name__)
T(lambda: time.struct_time.__new__(time.struct_time, range(9)))
# Objects that change while they are looked at
b = bytearray(b"abcdefgh")
m = re.search(b"[e-h]+", b)
b[:] = b"xyz"
print(m.group())
found = re.finditer(b"a", b)
T(lambda: b.extend(b"more"))
t = marshal.loads(b"\xa8\x01\x00\x00\x00[\x01\x00\x00\x00r\x00\x00\x00\x00")
print(t[0][0] is t)
T(lambda: json.loads(r'"\u0041'))


class Name:
    def __hash__(self):
        return hash("attr")

    def __eq__(self, other):
        return other == "attr"


class C:
    pass


c = C()
c.__dict__[Name()] = "found"
print(c.attr)
print({5.0: 3, -2: 1, -1: 1, 7: 1, 12: 0}.keys() - {-1, -2, 12})
s = {5, -2, -1, 15}
s -= {-2, -1}
print(s)


class A:
    __slots__ = ()


class W(A):
    __slots__ = ("__weakref__",)


class D(W):
    pass


T(lambda: setattr(D, "__bases__", (A,)))
T(lambda: type("D2", (type("E", (A,), {}),), {}).__bases__.__len__())
