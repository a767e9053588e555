# Names of native modules that came late: gettext, limits of expat, suggestions, unnamed fields, and others.
import _io, _locale, _socket, _suggestions, copy, errno, io, itertools, os, pyexpat, sys, tokenize, traceback, typing

def t(f, *args, **kwargs):
    try:
        print(f(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)

print(_locale.textdomain(None), _locale.gettext("a"), _locale.dgettext(None, "b"), _locale.dcgettext("x", "c", 5))
t(_locale.bindtextdomain, "x", "/tmp")
t(_locale.bindtextdomain, "x", None)
t(_locale.bindtextdomain, "", "a")
t(_locale.bindtextdomain, "x", "a\0")
t(_locale.gettext, "a\0")
t(_locale.gettext, 1)
t(_locale.bind_textdomain_codeset, "x", None)

def bomb(rows, columns):
    body = "".join(f'<!ENTITY row{i + 1} "{f"&row{i};" * columns}">' for i in range(rows))
    return f'<!DOCTYPE doc [<!ENTITY row0 ".">{body}]><doc>&row{rows};</doc>'

for kind in "BillionLaughsAttackProtection", "AllocTracker":
    for threshold, factor in (3, 1.0), (100_000, 1.0), (0, 1e4):
        parser = pyexpat.ParserCreate()
        getattr(parser, f"Set{kind}ActivationThreshold")(threshold)
        getattr(parser, f"Set{kind}MaximumAmplification")(factor)
        try:
            print(parser.Parse(bomb(4, 10), True))
        except pyexpat.ExpatError as error:
            print(str(error).split(":")[0], error.code)
    for part in (parser, pyexpat.ParserCreate().ExternalEntityParserCreate(None)):
        for value in (1.0, -5, 1 << 64, float("nan"), 0.5, None, 7):
            t(getattr(part, f"Set{kind}ActivationThreshold"), value)
            t(getattr(part, f"Set{kind}MaximumAmplification"), value)

t(_suggestions._generate_suggestions, ["abc", "abd", "if"], "of")
t(_suggestions._generate_suggestions, ("abc",), "abe")
t(_suggestions._generate_suggestions, ["abc", 1], "abe")
t(_suggestions._generate_suggestions, ["abc"] * 800, "abe")

result = os.stat_result(range(10))
print(result, result.st_atime, result.st_mtime_ns, os.stat_result.__match_args__, os.stat_result.n_unnamed_fields)
t(copy.replace, result)
print(os.stat_result(range(12)).st_mtime, result.__reduce__()[1][0])
t(type(sys.flags))

print(errno.EFTYPE, os.POSIX_SPAWN_CLOSEFROM)
read, write = os.pipe()
actions = [(os.POSIX_SPAWN_DUP2, write, 1), (os.POSIX_SPAWN_CLOSEFROM, 3)]
os.waitpid(os.posix_spawn("/bin/echo", ["echo", "spawned"], {}, file_actions=actions), 0)
os.close(write)
print(os.read(read, 100))
t(os.posix_spawn, "/bin/echo", ["echo"], {}, file_actions=[(os.POSIX_SPAWN_CLOSEFROM,)])
t(_socket.socket().sendmsg_afalg, op=1)
t(sys.deactivate_stack_trampoline)
t(sys.activate_stack_trampoline, "nothing")
t(_io._RawIOBase().readinto)
t(_io._RawIOBase().write, b"")
print(bytes() is b"ab"[2:], bytes([97]) is b"ab"[:1], itertools.batched.__doc__.count(">>>") > 0, typing.ParamSpec.__doc__.count(">>>") > 0)

class Documented:
    """Documented(a, b=1)\n--\n\nSays something."""
print(Documented.__text_signature__)

data = bytearray(b"old")
def fill():
    for i in range(3):
        yield i
        print(data, data.__alloc__() > len(data))
data.__init__(fill())
t(data.__init__, [1, 2, 300])
print(data)

for source in ("1 <> 2\n", "if 1:\n  x\ny", "012 1e 1.5x\n", "a\n ", "(]}\n", "a\n \\\n b\n"):
    for extra in (False, True):
        t(lambda: [tuple(token)[:4] for token in tokenize._generate_tokens_from_c_tokenizer(io.StringIO(source).readline, extra_tokens=extra)])
sys.stderr = sys.stdout
sys.excepthook(1, "1", 1)
