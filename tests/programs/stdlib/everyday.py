# skip: needs many native modules
# A walk through the modules that nearly every program uses.
import sys, os, math, itertools, functools, collections, operator, string, re, json, datetime, random, io, copy, textwrap, types, enum, dataclasses, contextlib, abc, typing, bisect, heapq, struct, time, warnings, traceback, inspect, pathlib, tempfile, pickle, decimal, fractions, statistics, hashlib, base64, zlib, csv, argparse, logging, threading, queue, subprocess, unittest, keyword, tokenize, ast, dis
print(math.floor(2.7), math.gcd(12, 18), math.comb(5, 2), math.isclose(0.1 + 0.2, 0.3), math.factorial(20), math.isqrt(17), math.prod([1, 2, 3]), round(math.sin(1), 10))
print(list(itertools.chain([1], "a")), list(itertools.permutations("abc", 2))[:3], list(itertools.groupby("aab"))[0][0], list(itertools.accumulate([1, 2, 3])), list(itertools.product([0, 1], repeat=2)))
print(functools.reduce(operator.add, [1, 2, 3]), functools.partial(int, base=2)("101"), functools.lru_cache(lambda x: x * 2)(4))
C = collections
print(C.Counter("hello").most_common(2), C.OrderedDict(a=1), C.defaultdict(list, a=[1]), C.deque([1, 2, 3], 2), C.namedtuple("P", "x y")(1, 2), C.ChainMap({"a": 1}, {"b": 2})["b"])
print(re.findall(r"(\w)(\d+)", "a1 b22"), re.sub(r"\s+", "-", "a  b c"), re.match(r"(?P<k>\w+)=(?P<v>.*)", "key=val").groupdict(), re.split("[,;]", "a,b;c"), bool(re.fullmatch("a+", "aaa")))
print(json.dumps({"a": [1, 2.5, None, True, "é\n"]}, sort_keys=True), json.loads('{"x": [1, {"y": null}], "z": 1e3}'), json.dumps([1, {"a": 2}], indent=1))
print(datetime.date(2024, 2, 29) + datetime.timedelta(days=366), datetime.datetime(2020, 1, 2, 3, 4, 5).isoformat(), datetime.datetime(2020, 1, 2).strftime("%a %d %b"))
random.seed(42); print(random.random(), random.randint(1, 100), random.choice("abc"), random.sample(range(10), 3), random.shuffle([1]))
print(copy.deepcopy([[1], {"a": (2,)}]), textwrap.fill("a b c d e f", 5), textwrap.dedent("  x\n   y"), string.ascii_lowercase[:5], string.Template("$a").substitute(a=1))
class E(enum.Enum): A = 1; B = enum.auto()
print(E.A, E.B.value, E["A"], list(E), E(2).name)
@dataclasses.dataclass(order=True)
class D:
    x: int
    y: list = dataclasses.field(default_factory=list)
print(D(1), D(1) < D(2), dataclasses.asdict(D(3, [4])), dataclasses.replace(D(1), x=5))
@contextlib.contextmanager
def cm():
    print("enter")
    yield 5
    print("exit")
with cm() as v: print(v)
with contextlib.suppress(KeyError): {}["x"]
buf = io.StringIO(); print("to buffer", file=buf); print(repr(buf.getvalue()), io.BytesIO(b"ab\ncd").readlines())
print(bisect.bisect([1, 3, 5], 3), heapq.nsmallest(2, [3, 1, 2]), struct.pack("<iHb", 1, 2, -3), struct.unpack(">d", struct.pack(">d", 1.5)))
print(pickle.loads(pickle.dumps({"a": [1, (2, 3)], "b": {4}})), decimal.Decimal("0.1") + decimal.Decimal("0.2"), fractions.Fraction(1, 3) + fractions.Fraction(1, 6), statistics.mean([1, 2, 3, 4]))
print(hashlib.sha256(b"abc").hexdigest()[:16], hashlib.md5(b"").hexdigest(), base64.b64encode(b"hello"), zlib.decompress(zlib.compress(b"x" * 100)) == b"x" * 100, zlib.crc32(b"abc"))
print(list(csv.reader(["a,\"b,c\",d"])), os.path.join("a", "b"), os.path.splitext("x.tar.gz"), pathlib.PurePosixPath("/a/b/../c.txt").suffix, keyword.iskeyword("for"))
p = argparse.ArgumentParser(prog="p"); p.add_argument("-n", type=int, default=3); p.add_argument("files", nargs="*"); print(p.parse_args(["-n", "5", "a", "b"]))
q = queue.Queue(); t = threading.Thread(target=lambda: [q.put(i) for i in range(3)]); t.start(); t.join(); print([q.get() for _ in range(3)])
print(subprocess.run(["echo", "hi"], capture_output=True, text=True).stdout, end="")
with tempfile.TemporaryDirectory() as tmp:
    f = pathlib.Path(tmp) / "f.txt"
    f.write_text("line 1\nline 2\n"); print(f.read_text().splitlines(), f.stat().st_size, os.listdir(tmp))
    with open(f, "rb") as h: print(h.read(4), h.tell(), h.seek(-2, 2), h.read())
print(ast.dump(ast.parse("x = 1 + y")), ast.literal_eval("[1, {'a': (2, None)}]"), inspect.signature(lambda a, *b, c=1, **d: 0))
print(types.SimpleNamespace(a=1), typing.get_type_hints(D), isinstance([], collections.abc.Sequence), typing.Optional[int])
class Abs(abc.ABC):
    @abc.abstractmethod
    def m(self): ...
try: Abs()
except TypeError as e: print(e)
try: 1 / 0
except ZeroDivisionError: print(traceback.format_exc().splitlines()[-1])
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always"); warnings.warn("careful", DeprecationWarning); print(w[0].message, w[0].category.__name__)
log = io.StringIO(); h = logging.StreamHandler(log); logging.getLogger("t").addHandler(h); logging.getLogger("t").warning("w %d", 1); print(log.getvalue().strip())
print(sys.version_info[:2], sys.maxsize, sys.byteorder, sys.getrecursionlimit(), sys.implementation.name in ("cpython", "taipan"), os.sep, time.strftime("%Y", time.gmtime(0)))
