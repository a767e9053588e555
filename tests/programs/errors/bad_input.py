# Input that no interpreter likes: each gets an exception or a message and an exit code, never a crash.
import os
import subprocess
import sys
import tempfile

folder = tempfile.mkdtemp()


def path(name):
    return os.path.join(folder, name)


def show(title, *args, stdout=subprocess.DEVNULL):
    done = subprocess.run([sys.executable, *args], stdout=stdout, stderr=subprocess.PIPE, cwd=folder, timeout=120)
    lines = done.stderr.decode("utf-8", "replace").replace(sys.executable, "python").replace(folder, "DIR").splitlines()
    last = lines[-1] if lines else ""
    if last.startswith("RecursionError"):
        # The words say where the depth was noticed.
        last = "RecursionError"
    # An interpreter may name itself.
    print(f"{title}: {done.returncode} {last.replace('taipan: ', 'python: ')[:110]}")


def file(name, data):
    with open(path(name), "wb") as stream:
        stream.write(data)
    return path(name)


show("missing", path("nothing.py"))
show("not UTF-8", file("latin.py", b"x = '\xff\xfe'\n"))
show("NUL", file("nul.py", b"x = 1\0\n"))
os.mkdir(path("package"))
show("folder", path("package"))
show("10 MB line", file("line.py", b"x = '" + b"a" * 10_000_000 + b"'\nassert len(x) == 10**7\n"))
show("100 KB tuple", file("tuple.py", b"x = (" + b"1, " * 33_333 + b")\ny = 1 +\n"))
show("100,000 brackets", file("brackets.py", b"(" * 100_000 + b")" * 100_000))
for title, source in {
    "recursion": "def f(): f()\nf()",
    "repr": "class A:\n def __repr__(self): return repr(self)\nrepr(A())",
    "getattr": "class A:\n def __getattr__(self, name): return self.x\nA().y",
    "call": "class A: pass\nA.__call__ = A()\nA()()",
    "comparison": "a = []; b = []; a.append(b); b.append(a); a == b",
    "tuple": "(1,) * 10**12",
    "str": "' ' * 2**62",
    "int": "int('9' * 10**6)",
    "hash": "class A:\n def __hash__(self): return hash(self)\n{A()}",
    # CPython ends by a signal at these two.
    "iterators": "x = iter([1])\nfor i in range(10**5): x = map(int, x)\nnext(x)",
    "generators": "def g(x): yield from x\nx = iter([1])\nfor i in range(10**5): x = g(x)\nnext(x)",
    "nested list": "x = []\nfor i in range(10**5): x = [x]\nrepr(x)",
    "bytes": "bytearray(b'1') * 2**62",
    "shift": "1 << 10**20",
    "format": "'%.*f' % (2**40, 1.5)",
    "not callable": "5()",
    "no builtins": "import builtins\nfor name in list(vars(builtins)):\n if name != 'delattr': delattr(builtins, name)\nlen([])",
    "no import": "import builtins, sys\ndel builtins.__import__\nfor name in list(sys.modules): del sys.modules[name]\nimport os",
}.items():
    show(title, "-c", source)

# Whether it fits depends on the interpreter: an exception or a result, not a signal.
done = subprocess.run([sys.executable, file("deep.py", b"x = " + b"-" * 10_000 + b"1\n")], stderr=subprocess.PIPE)
print("deep expression:", done.returncode in (0, 1))

with open("/dev/full", "wb") as full:
    show("full disk", "-c", "print('x' * 100)", stdout=full)
done = subprocess.run(["sh", "-c", f"'{sys.executable}' -c 'print(1)' >&-"], stderr=subprocess.PIPE)
print("closed output:", done.returncode, done.stderr.decode())
# Caches: cut at each byte of the head and then here and there, and with bytes changed.
module = file("victim.py", b"def f(a, b=2, *c):\n    try:\n        return [x for x in c if a < x]\n    finally:\n        pass\nvalue = f(1, 2, 3)\n")
import py_compile

cache = py_compile.compile(module, cfile=path("victim.pyc"))
with open(cache, "rb") as stream:
    good = stream.read()
runner = """
import sys, marshal
good = open(sys.argv[1], 'rb').read()
kinds = set()
for cut in range(16, len(good)):
    try:
        marshal.loads(good[16:cut])
    except (EOFError, ValueError, TypeError) as error:
        kinds.add(type(error).__name__)
for at in range(16, len(good)):
    for flip in 1, 0x10, 0x80:
        bad = bytearray(good[16:])
        bad[at - 16] ^= flip
        try:
            marshal.loads(bytes(bad))
        except (EOFError, ValueError, TypeError, MemoryError, SystemError, SyntaxError) as error:
            kinds.add('changed')
print('EOFError' in kinds)
"""
done = subprocess.run([sys.executable, "-c", runner, cache], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
print("marshal:", done.returncode, done.stdout.decode().strip(), done.stderr.decode()[-300:])
for cut in 0, 3, 10, 15, 16, 40, len(good) - 1:
    done = subprocess.run([sys.executable, file("cut.pyc", good[:cut])], stderr=subprocess.PIPE, timeout=60)
    print("cut:", done.returncode)
# once: it starts processes of its own
