# skip: some messages still differ
# Builtin functions.
print(abs(-5), bin(10), hex(-255), oct(8), chr(97), ord("a"), callable(len), callable(5), bool([]), complex("1+2j"))
print(isinstance(True, int), issubclass(bool, int), type(5), type(type), id(1) == id(1), hash("") == hash(""), repr(len))
print(eval("1+1"), eval("x+y", {"x": 1}, {"y": 2}), compile("1+2", "<s>", "eval"). co_consts)
ns = {}
exec("def f(a): return a * 2\nx = f(21)", ns)
print(ns["x"], "__builtins__" in ns, sorted(k for k in ns if not k.startswith("__")))
print(getattr(5, "real"), hasattr(5, "imag"), vars(type("T", (), {"a": 1}))["a"], dir(5)[:2], format(3.14159, ".2f"))
print(min(3, 1, 2), max("a", "b"), min([5], default=0), sum([0.1] * 10), sum([1, 2], start=10), pow(2, 10), pow(2, 10, 1000), round(3.14159, 3))
print(list(map(int, "123")), list(filter(str.isdigit, "a1b2")), list(zip("ab", [1, 2])), list(reversed("abc")), sorted([3, 1])[0])
print(print("a", "b", sep="-", end="!\n"), int(), float(), str(), list(), dict(), tuple(), bool(), bytes(), frozenset())
print(int.from_bytes(b"\x01\x00", "big"), (258).to_bytes(2, "little"), (-1).to_bytes(2, "big", signed=True), float.fromhex("0x1.8p1"), (1.5).hex())
print(divmod(17, 5), all(x > 0 for x in [1, 2]), any([]), iter([1]).__class__.__name__, next(iter("x")), ascii("é"), object() == object())
print(int("  42  "), float(" 1e3 "), int(3.99), int("-7"), str(123), complex(1, -2), bool("False"), float("-Infinity"), int(True), int("٣"))
import builtins
print(builtins.len is len, len.__name__, len.__doc__[:20], len.__module__, len.__text_signature__, sorted.__text_signature__, list.append.__qualname__)
print(NotImplemented, Ellipsis, ..., None, __import__("math").pi, type(NotImplemented).__name__, type(...).__name__)
for bad in ("abs('a')", "chr(0x110000)", "ord(5)", "bin(1.5)", "int('1.5')", "int(None)", "int([])", "float('x')", "complex('x')", "len()", "len(1, 2)", "len(x=1)", "sum()", "round('a')",
            "getattr(5)", "getattr(5, 'x')", "setattr(5, 'x', 1)", "isinstance(1, 5)", "issubclass(1, int)", "eval('1 +')", "exec('if')", "eval('a b')", "type()", "type(1, 2)", "print(sep=5)", "print(foo=1)",
            "pow(2, -1, 4)", "pow(2, 3, 0)", "divmod(1, 0)", "hash({})", "iter()", "next()", "sorted(5)", "sorted([], 5)", "map()", "int('9' * 5000)", "object(1)", "bytes('a')", "open('/nonexistent/x')", "input(1, 2)", "__import__('nonexistent_module')",
            "int('1', 99)", "str(b'a', 'nope')", "range()", "enumerate(5)", "zip(strict=5) and 1", "min()", "int(x='5')", "bool(1, 2)", "float(1, 2)", "list(a=1)", "dict(None)", "memoryview('a')", "super()", "staticmethod()", "property(1, 2, 3, 4, 5)", "vars(5)"):
    try:
        print(bad, "=", eval(bad))
    except SyntaxError as e:
        print(bad, "->", type(e).__name__ + ":", e.msg)
    except Exception as e:
        print(bad, "->", type(e).__name__ + ":", e)
class F:
    def __index__(self): return 3
    def __int__(self): return 4
    def __float__(self): return 5.5
    def __complex__(self): return 6j
    def __round__(self, n=None): return n
    def __trunc__(self): return 7
    def __abs__(self): return 8
    def __bytes__(self): return b"B"
    def __divmod__(self, o): return "dm"
    def __pow__(self, o, m=None): return ("pow", o, m)
    def __reversed__(self): return iter("rev")
    def __length_hint__(self): return 9
    def __str__(self): return "S"
    def __hash__(self): return 2 ** 70
f = F()
print(int(f), float(f), complex(f), round(f), round(f, 2), abs(f), bytes(f), divmod(f, 1), pow(f, 1, 2), list(reversed(f)), str(f), hash(f) == 2 ** 70 % (2 ** 61 - 1), [0, 1, 2, 3][f], hex(f), range(f), "ab" * f)
