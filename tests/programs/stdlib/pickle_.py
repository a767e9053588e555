# The native `pickle`: bytes of every protocol, frames, errors of bad pickles.
import _pickle
import copyreg
import io
import pickle


class Reduces:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return self.value


class Attributes:
    def __init__(self):
        self.a = 1
        self.b = [1]


class NewEx:
    def __getnewargs_ex__(self):
        return (1,), {"k": 2}

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)


def show(value):
    for protocol in range(6):
        try:
            data = pickle.dumps(value, protocol)
            print(protocol, data if len(data) < 200 else (len(data), data[:30], data[-30:]))
        except Exception as error:
            print(protocol, type(error).__name__, error, getattr(error, "__notes__", ""))


cycle = ([], 1, 2, 3)
cycle[0].append(cycle)
for value in [
    65536, 2**31, -(2**63), 2**70, 1.5, "a\\b\n", "\u00e9\u1234\U00012345\ud800", b"", b"abc", (1, 2, 3, 4), list(range(1001)),
    {i: i for i in range(1000)}, {1}, frozenset([1]), bytearray(b"abc"), type(None), len, [].append, Attributes(), NewEx(),
    cycle, Reduces(1), Reduces((len,)), Reduces((len, (), None, 2)), Reduces((copyreg.__newobj__, (int,))), lambda: 0,
    "z" * 70000, pickle.PickleBuffer(b"abc"),
]:
    if callable(value) and getattr(value, "__name__", "") == "<lambda>":
        print(*[type(e).__name__ for e in [pickle.PicklingError]])
    else:
        show(value)

for data in [
    b"", b"a", b"'.", b"N(.", b"(Nd.", b"N)R.", b"NN\x81.", b"g0\n.", b"Np-1\n.", b"NQ.", b"\x80\x06.", b"Iabc\n.", b"I010\n.",
    b"S'a\n.", b"U\x01\xff.", b"\x82\x00.", b"\x97.", b"NN\x93.", b"\x80\x04cbuiltins\nno.x\n.", b"((o.", b"N\x8c\x01ab.",
    b"\x80\x04\x95\x06\0\0\0\0\0\0\0Vhelloworld\n.", b"\x95\xff\xff\xff\xff\xff\xff\xff\xff",
]:
    for load in (pickle.loads, lambda data: pickle.load(io.BytesIO(data))):
        try:
            print(data, load(data))
        except Exception as error:
            print(data, type(error).__name__, error)


class Persistent(pickle.Pickler):
    def persistent_id(self, value):
        return "id%d" % value if isinstance(value, int) else None


class Loads(pickle.Unpickler):
    def persistent_load(self, name):
        return int(name[2:])

    def find_class(self, module, name):
        print("find", module, name)
        return super().find_class(module, name)


file = io.BytesIO()
Persistent(file).dump([1, 2, len])
file.seek(0)
print(Loads(file).load())

buffers = []
data = pickle.dumps(pickle.PickleBuffer(bytearray(b"abc")), protocol=5, buffer_callback=buffers.append)
print(data, pickle.loads(data, buffers=[bytearray(b"xyz")]))
pickler = _pickle.Pickler(io.BytesIO())
pickler.fast = True
same = []
same.append(same)
try:
    pickler.dump(same)
except ValueError as error:
    print(str(error).split(" at ")[0])

# More objects than the memo begins with, each found again.
many = [f"item {n}" for n in range(300)] + [(n, [n]) for n in range(300)]
again = pickle.loads(pickle.dumps([many, many[::-1]]))
print(again == [many, many[::-1]], all(a is b for a, b in zip(again[0], reversed(again[1]))), len(pickle.dumps([many, many[::-1]])))
