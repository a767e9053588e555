# Compiled files that are cut or changed anywhere: an exception or a result, never a crash. CPython trusts its caches and
# may crash here; Taipan checks every code object before it runs.
import marshal
import os
import py_compile
import random
import signal
import subprocess
import sys
import tempfile

VICTIMS = [
    """
def f(a, b=2, *c, d=4, **e):
    try:
        return [x for x in c if a < x] + [d, *e]
    finally:
        pass
value = f(1, 2, 3, k=5)
""",
    """
class A:
    x: int = 1
    def g(self):
        def h():
            return self.x, __class__
        return h()
def gen(n):
    with A() as a:
        yield from range(n)
    yield f'{n!r:>5}'
try:
    list(gen(3))
except* TypeError as e:
    r = e
""",
    """
match {'a': 1, 'b': [1, 2]}:
    case {'a': 1, 'b': [x, *_], **rest}:
        y = x, rest
async def co(a):
    async with a as b:
        await b
    async for i in a:
        yield i
for i in range(3):
    if i == 1:
        continue
    z = lambda q=i: (q, *range(2))
c = co(1)
""",
]


class Late(Exception):
    pass


def late(*_):
    raise Late


def execute(data):
    code = marshal.loads(data)
    # A changed program may run for ever.
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        exec(code, {})
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def attempt(data):
    try:
        execute(data)
    except BaseException as error:
        return type(error)


if len(sys.argv) > 1:
    # In a process of its own: one kind of damage.
    signal.signal(signal.SIGALRM, late)
    with open(sys.argv[2], "rb") as stream:
        good = stream.read()[16:]
    if sys.argv[1] == "cut":
        kinds = {attempt(good[:at]) for at in range(len(good))}
        print(EOFError in kinds, None in kinds)
    else:
        chance = random.Random(sys.argv[3])
        for _ in range(int(sys.argv[4])):
            bad = bytearray(good)
            for _ in range(chance.choice((1, 1, 1, 2, 4))):
                bad[chance.randrange(len(bad))] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
            attempt(bytes(bad))
        print("changed")
    sys.exit()

folder = tempfile.mkdtemp()
for number, source in enumerate(VICTIMS):
    name = os.path.join(folder, f"victim{number}")
    with open(name + ".py", "w") as stream:
        stream.write(source)
    py_compile.compile(name + ".py", cfile=name + ".pyc", doraise=True)
    for args in (["cut", name + ".pyc"], ["change", name + ".pyc", str(number), "700"]):
        done = subprocess.run([sys.executable, __file__, *args], capture_output=True, text=True, timeout=50)
        print(number, args[0], done.returncode, done.stdout.strip(), done.stderr[-300:])
