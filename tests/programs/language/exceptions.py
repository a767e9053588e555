# Raising, chaining, groups, notes, tracebacks as objects.
class MyError(Exception):
    def __init__(self, code, *args):
        super().__init__(code, *args)
        self.code = code
    def __str__(self): return f"code {self.code}"

try:
    raise MyError(5, "x")
except MyError as e:
    print(e, repr(e), e.args)
try:
    e
except NameError as err:
    print(err)
try:
    try:
        1 / 0
    except ZeroDivisionError as z:
        raise KeyError("k") from z
except KeyError as k:
    print(repr(k.__cause__), k.__suppress_context__, k.__context__ is k.__cause__)
try:
    try:
        {}["x"]
    except KeyError:
        int("q")
except ValueError as v:
    print(repr(v.__context__), v.__cause__)
try:
    try:
        raise ValueError
    except ValueError:
        raise RuntimeError("r") from None
except RuntimeError as r:
    print(r.__suppress_context__, repr(r.__context__))
def reraise():
    try:
        raise OSError(2, "No such file", "name.txt")
    except OSError as e:
        print(e, e.errno, e.filename, type(e).__name__)
        raise
try:
    reraise()
except FileNotFoundError as e:
    tb = e.__traceback__
    names = []
    while tb:
        names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
        tb = tb.tb_next
    print(names)
for bad in (5, "text", int, None):
    try:
        raise bad
    except TypeError as e:
        print(e)
try:
    raise
except RuntimeError as e:
    print(e)
try:
    raise ValueError from 5
except TypeError as e:
    print(e)
try:
    try: pass
    except "x": pass
    try: 1 / 0
    except "x": pass
except TypeError as e:
    print(e)
e = ValueError("a")
e.add_note("note 1")
print(e.__notes__)
try:
    raise ExceptionGroup("g", [ValueError("v"), ExceptionGroup("h", [TypeError("t"), KeyError("k")])])
except* ValueError as g:
    print("V", g.exceptions)
except* (TypeError, KeyError) as g:
    print("TK", g.message, g.exceptions)
try:
    try:
        raise ExceptionGroup("g", [ValueError("v"), OSError("o")])
    except* ValueError:
        print("one")
except ExceptionGroup as g:
    print("left", g.exceptions)
try:
    try:
        raise ValueError("plain")
    except* ValueError as g:
        print(type(g).__name__, g.exceptions)
        raise KeyError("new")
except Exception as x:
    print(type(x).__name__, x.exceptions if hasattr(x, "exceptions") else x)
eg = ExceptionGroup("m", [ValueError(1), TypeError(2)])
print(eg, eg.subgroup(ValueError), eg.split(TypeError))
print(isinstance(StopIteration(3).value, int), SystemExit(4).code, UnicodeDecodeError("u", b"ab", 0, 1, "r"))
print(KeyError("a"), ValueError(), ValueError(1, 2), OSError(13, "x"), AttributeError("m", name="n", obj=1).name)
def finally_swallows():
    for i in range(2):
        try:
            1 / 0
        except ZeroDivisionError:
            pass
        finally:
            if i == 1: break
    return i
print(finally_swallows())
import sys
print(sys.exc_info())
try: 1 / 0
except ZeroDivisionError: print(sys.exc_info()[0], sys.exception())
print(issubclass(FileNotFoundError, OSError), IOError is OSError, BaseException.__mro__)
