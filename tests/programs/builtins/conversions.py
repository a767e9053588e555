"""marshal in every version, sums of complex numbers, floats and keys that say what they were to be."""
import ast
import marshal

value = [1, {2}, {3: 4}, (5, 6), frozenset([7]), "text", 1.5, [8, [9]]]
print([marshal.loads(marshal.dumps(value, version)) == value for version in range(6)])
loop = slice([], None)
loop.start.append(loop)
try:
    marshal.dumps(loop)
except ValueError as error:
    print("ValueError")
print(sum([1, 2.5, complex(1, -0.0)]), sum([complex(1, -0.0), 1]), sum([0.1] * 10))


class Own(float):
    def __float__(self):
        return 42.0


class Text(str):
    def __float__(self):
        return 9.0


print(float(Own(1)), float(Text("8")))
for attempt in (
    lambda: {[]: 1},
    lambda: {(1, []): 1},
    lambda: [] in set(),
    lambda: {}.update([1]),
    lambda: (2).__pow__(),
    lambda: "{0.}".format(),
    lambda: iter(type("N", (), {"__iter__": None})()),
    lambda: sum([bytearray()], bytearray()),
    lambda: compile("1\n", "", "single", 0xFF),
):
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__, error, getattr(error, "__notes__", ""))


def print_tree(source, **options):
    print(ast.dump(ast.parse(source, **options)))


print_tree("match x:\n case -1 + 2j: pass", optimize=1)
print_tree("'%s and %5r' % (a, b)", optimize=1)
print_tree("def f():\n  'doc'", optimize=2)
print_tree("__debug__", optimize=1)
for source, minor in [("(x := 1)", 7), ("def f(a, /): pass", 7), ("type X = int", 11), ("match x:\n case 1: pass", 9)]:
    try:
        ast.parse(source, feature_version=(3, minor))
    except SyntaxError as error:
        print(error.msg)
for source in (b"x=1\n'\xa4'\n", b"\xef\xbb\xbf#coding: latin-1\n", b"#coding: nonsense\n", b"#coding: ascii\n'\xe9'", b"\0"):
    try:
        compile(source, "file", "exec")
    except SyntaxError as error:
        print(error.msg, error.lineno, error.text)
for source in ("def f(): pass", "def f():\n  pass", "x = 1"):
    try:
        compile(source, "prompt", "single")
        print("complete")
    except SyntaxError as error:
        print(error.msg, error.lineno, error.offset)


class Ends:
    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration(42)


def delegates():
    print((yield from Ends()))


list(delegates())


def throws():
    try:
        raise KeyError("a")
    except KeyError:
        yield


generator = throws()
next(generator)
try:
    generator.throw(ValueError("b"))
except ValueError as error:
    print(repr(error.__context__))
