"""Run by two interpreters for `xtask signatures`: one line for each name of a native module and of its types.

usage: signatures.py --modules        the native modules of this interpreter
       signatures.py MODULE           name, signature, docstring and errors, separated by tabs
"""
import importlib
import inspect
import io
import os
import re
import sys
import types
import warnings

# What is never called, and why. A name ends with the part given.
NOT_CALLED = {
    "blocks": """builtins.input builtins.breakpoint sys.breakpointhook _signal.pause _signal.sigwait _signal.sigwaitinfo
        posix.wait posix.wait3 select.poll.poll select.epoll.poll _queue.SimpleQueue.get _thread.start_joinable_thread
        _thread._shutdown _io.FileIO.readall _curses.initscr posix.sync""",
    "ends or doubles the process": """posix._exit posix.abort posix.fork posix.fork1 posix.forkpty posix.setsid
        posix.setpgrp posix.kill posix.killpg posix.close posix.closerange posix.dup2 posix.setpgid faulthandler._read_null
        faulthandler._sigsegv faulthandler._sigabrt faulthandler._sigfpe faulthandler._stack_overflow
        faulthandler._fatal_error_c_thread faulthandler.enable _thread.interrupt_main _thread.exit _thread.exit_thread
        sys.exit sys._emscripten_info""",
    "changes the comparison": """atexit._clear atexit._run_exitfuncs sys.settrace sys.setprofile sys._settraceallthreads
        sys._setprofileallthreads sys._debugmallocstats sys._clear_internal_caches gc.freeze gc.disable
        sys.activate_stack_trampoline _signal.set_wakeup_fd _imp.acquire_lock _warnings._acquire_lock gc.get_objects
        faulthandler.dump_traceback faulthandler.dump_c_stack faulthandler.dump_traceback_later _tracemalloc.start
        _tracemalloc.stop builtins.exec builtins.eval sys._clear_type_cache sys._clear_type_descriptors""",
}
SKIPPED = {name for names in NOT_CALLED.values() for name in names.split()}

# The machinery that tests CPython's C interface, and what every module has.
NOT_COMPARED = re.compile("_test|_ctypes_test|xx|_xxtestfuzz")
# Names that are a door to C, or that crash CPython for its own tests.
INTERNAL = re.compile("CAPI|_?[a-z]*_CAPI|__map_.*|__create_codec|__vectorcalloffset__|_fatal_error_c_thread|_read_null|_sig[a-z]+|"
                      "_stack_overflow|_debugmallocstats|_dump_tracelets")
COMMON = {"__builtins__", "__doc__", "__file__", "__loader__", "__name__", "__package__", "__spec__", "__cached__"}
OF_CLASSES = {"__dict__", "__doc__", "__module__", "__weakref__", "__qualname__", "__firstlineno__", "__static_attributes__"}

# Instances of types that T() does not make.
INSTANCES = {
    "builtins.memoryview": "memoryview(b'ab')",
    "builtins.slice": "slice(1)",
    "builtins.range": "range(3)",
    "builtins.type": "type('T', (), {})",
    "builtins.super": "super(int, 1)",
    "builtins.classmethod": "classmethod(len)",
    "builtins.staticmethod": "staticmethod(len)",
    "builtins.enumerate": "enumerate([])",
    "builtins.filter": "filter(None, [])",
    "builtins.map": "map(len, [])",
    "builtins.reversed": "reversed([])",
    "builtins.UnicodeDecodeError": "UnicodeDecodeError('utf-8', b'x', 0, 1, 'r')",
    "builtins.UnicodeEncodeError": "UnicodeEncodeError('utf-8', 'x', 0, 1, 'r')",
    "builtins.UnicodeTranslateError": "UnicodeTranslateError('x', 0, 1, 'r')",
    "builtins.BaseExceptionGroup": "BaseExceptionGroup('m', [ValueError()])",
    "builtins.ExceptionGroup": "ExceptionGroup('m', [ValueError()])",
    "_types.FunctionType": "(lambda: 0)",
    "_types.LambdaType": "(lambda: 0)",
    "_types.GeneratorType": "(i for i in ())",
    "_types.AsyncGeneratorType": "(lambda: (yield))()",
    "_types.MethodType": "types.MethodType(len, [])",
    "_types.BuiltinFunctionType": "len",
    "_types.BuiltinMethodType": "len",
    "_types.WrapperDescriptorType": "object.__init__",
    "_types.MethodWrapperType": "object().__str__",
    "_types.MethodDescriptorType": "str.join",
    "_types.ClassMethodDescriptorType": "dict.__dict__['fromkeys']",
    "_types.ModuleType": "types.ModuleType('m')",
    "_types.MappingProxyType": "types.MappingProxyType({})",
    "_types.CodeType": "(lambda: 0).__code__",
    "_types.FrameType": "sys._getframe()",
    "_types.CellType": "types.CellType()",
    "_types.GenericAlias": "list[int]",
    "_types.UnionType": "(int | str)",
    "_types.GetSetDescriptorType": "types.FunctionType.__code__",
    "_types.MemberDescriptorType": "types.FunctionType.__globals__",
    "_types.NoneType": "None",
    "_types.EllipsisType": "...",
    "_types.NotImplementedType": "NotImplemented",
    "_types.SimpleNamespace": "types.SimpleNamespace()",
    "_io.BytesIO": "io.BytesIO(b'ab')",
    "_io.StringIO": "io.StringIO('ab')",
    "_io.BufferedReader": "io.BufferedReader(io.BytesIO(b'ab'))",
    "_io.BufferedWriter": "io.BufferedWriter(io.BytesIO(b'ab'))",
    "_io.BufferedRandom": "io.BufferedRandom(io.BytesIO(b'ab'))",
    "_io.BufferedRWPair": "io.BufferedRWPair(io.BytesIO(), io.BytesIO())",
    "_io.TextIOWrapper": "io.TextIOWrapper(io.BytesIO(b'ab'))",
    "_io.IncrementalNewlineDecoder": "io.IncrementalNewlineDecoder(None, True)",
    "_io.FileIO": "io.FileIO('/dev/null')",
    "_collections.deque": "module.deque()",
    "_collections._deque_iterator": "iter(module.deque())",
    "_collections._deque_reverse_iterator": "reversed(module.deque())",
    "_functools.partial": "module.partial(len)",
    "_functools._lru_cache_wrapper": "__import__('functools').lru_cache(len)",
    "_operator.attrgetter": "module.attrgetter('a')",
    "_operator.itemgetter": "module.itemgetter('a')",
    "_operator.methodcaller": "module.methodcaller('a')",
    "_random.Random": "module.Random(1)",
    "_struct.Struct": "module.Struct('i')",
    "_thread.lock": "module.allocate_lock()",
    "_thread.LockType": "module.allocate_lock()",
    "_weakref.ReferenceType": "module.ref(module.ReferenceType)",
    "_weakref.ref": "module.ref(module.ReferenceType)",
    "_weakref.ProxyType": "module.proxy(module.ref)",
    "_weakref.CallableProxyType": "module.proxy(module.ref)",
    "_datetime.date": "module.date(2020, 1, 1)",
    "_datetime.datetime": "module.datetime(2020, 1, 1)",
    "_datetime.timezone": "module.timezone(module.timedelta(0))",
    "_contextvars.ContextVar": "module.ContextVar('v')",
    "_contextvars.Token": "module.ContextVar('v').set(1)",
    "_sre.SRE_Scanner": "re.compile('a').scanner('a')",
    "_sre.Pattern": "re.compile('a')",
    "_sre.Match": "re.match('a', 'a')",
    "_csv.Dialect": "module.Dialect()",
    "_csv.Reader": "module.reader([])",
    "_csv.Writer": "module.writer(io.StringIO())",
    "_json.Scanner": "None",
    "_elementtree.Element": "module.Element('a')",
    "_zoneinfo.ZoneInfo": "module.ZoneInfo('UTC')",
    "array.array": "module.array('i')",
    "array.ArrayType": "module.array('i')",
    "mmap.mmap": "module.mmap(-1, 10)",
    "posix.DirEntry": "next(os.scandir('/'))",
    "select.poll": "module.poll()",
    "itertools.groupby": "module.groupby([])",
    "itertools.accumulate": "module.accumulate([])",
    "itertools.combinations": "module.combinations([], 1)",
    "itertools.combinations_with_replacement": "module.combinations_with_replacement([], 1)",
    "itertools.permutations": "module.permutations([])",
    "itertools.cycle": "module.cycle([])",
    "itertools.dropwhile": "module.dropwhile(len, [])",
    "itertools.takewhile": "module.takewhile(len, [])",
    "itertools.filterfalse": "module.filterfalse(len, [])",
    "itertools.starmap": "module.starmap(len, [])",
    "itertools.islice": "module.islice([], 1)",
    "itertools.repeat": "module.repeat(1)",
    "itertools.pairwise": "module.pairwise([])",
    "itertools.compress": "module.compress([], [])",
    "itertools.batched": "module.batched([], 1)",
}

# Types of the language that no module names.
HIDDEN = {
    "dict_keys": "{}.keys()", "dict_values": "{}.values()", "dict_items": "{}.items()", "list_iterator": "iter([])",
    "list_reverseiterator": "reversed([])", "tuple_iterator": "iter(())", "str_iterator": "iter('\\u0100')",
    "str_ascii_iterator": "iter('')", "bytes_iterator": "iter(b'')", "bytearray_iterator": "iter(bytearray())",
    "range_iterator": "iter(range(1))", "longrange_iterator": "iter(range(1 << 80))", "set_iterator": "iter(set())",
    "dict_keyiterator": "iter({})", "dict_valueiterator": "iter({}.values())", "dict_itemiterator": "iter({}.items())",
    "dict_reversekeyiterator": "reversed({})", "callable_iterator": "iter(len, 0)", "traceback": "a_traceback()",
    "coroutine": "a_coroutine()", "memory_iterator": "iter(memoryview(b''))", "line_iterator": "(lambda: 0).__code__.co_lines()",
    "positions_iterator": "(lambda: 0).__code__.co_positions()", "odict_keys": "OrderedDict().keys()",
    "odict_iterator": "iter(OrderedDict())", "ordereddict": "OrderedDict()", "defaultdict": "defaultdict()",
    "async_generator": "an_async_generator()", "async_generator_asend": "an_async_generator().asend(None)",
    "async_generator_athrow": "an_async_generator().athrow(ValueError)", "coroutine_wrapper": "a_coroutine().__await__()",
    "sequence_iterator": "iter(Sequence())", "template": "t'a{1}'", "interpolation": "t'a{1}'.interpolations[0]",
    "typealias": "make_alias()",
}


class X:
    """An argument that is nothing a native function takes."""
    __slots__ = ()


class Sequence:
    def __getitem__(self, index):
        raise IndexError


def a_traceback():
    try:
        raise ValueError
    except ValueError as error:
        return error.__traceback__


def a_coroutine():
    async def f():
        pass
    return f()


def an_async_generator():
    async def f():
        yield
    return f()


def make_alias():
    type Alias = int
    return Alias


def scrub(text):
    text = re.sub(r"0x[0-9a-fA-F]+", "0x", text)
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def signature(value):
    try:
        return scrub(str(inspect.signature(value)))
    except (ValueError, TypeError):
        return "-"
    except BaseException as error:
        return type(error).__name__


def outcome(make, *args, **kwargs):
    """How a call with these arguments ends; of what is not about the arguments the kind alone."""
    try:
        make()(*args, **kwargs)
    except TypeError as error:
        return scrub(str(error))
    except BaseException as error:
        return type(error).__name__
    return "-"


def counts(text):
    """Required and possible positional arguments by the signature, if it has an end."""
    if text == "-":
        return 0, None
    depth, parts, part, quote = 0, [], "", ""
    for c in text[1:text.rindex(")")]:
        if quote:
            quote = "" if c == quote else quote
        elif c in "'\"":
            quote = c
        depth += c in "([{"
        depth -= c in ")]}"
        if c == "," and not depth and not quote:
            parts.append(part.strip())
            part = ""
        else:
            part += c
    parts = [p for p in (*parts, part.strip()) if p and p != "/"]
    required = most = 0
    for p in parts:
        if p == "*" or p.startswith("**"):
            break
        if p.startswith("*"):
            return required, None
        most += 1
        required += "=" not in p
    return required, most


def errors(name, make, of):
    """The errors of calls with arguments that cannot be right; `make` gives what is called, anew."""
    if name in SKIPPED:
        return ""
    required, most = counts(of)
    found = [outcome(make), outcome(make, *[X()] * 40), outcome(make, no_such_argument=1)]
    if required > 1:
        found.append(outcome(make, *[X()] * (required - 1)))
    if required:
        found.append(outcome(make, *[X()] * required, no_such_argument=1))
    if most is not None:
        found.append(outcome(make, *[X()] * (most + 1)))
    return " ; ".join(found)


def line(out, name, value, make):
    """One name: of what can be called all, of the rest its docstring."""
    has_doc = "doc" if isinstance(getattr(value, "__doc__", None), str) else "-"
    if callable(make and make()):
        of = signature(value)
        try:
            bound = signature(make())
        except BaseException:
            bound = of
        out.append("\t".join((name, of, has_doc, errors(name, make, bound))))
    else:
        out.append("\t".join((name, "", has_doc, "")))


def instance_of(kind, where, module):
    source = INSTANCES.get(where)
    space = globals() | {"module": module}
    if source is None:
        return kind
    return lambda: eval(source, space)


def members(out, kind, where, instance):
    for name, value in sorted(vars(kind).items()):
        if name in OF_CLASSES or INTERNAL.fullmatch(name):
            continue
        path = f"{where}.{name}"
        if isinstance(value, (classmethod, types.ClassMethodDescriptorType, staticmethod, types.BuiltinFunctionType)):
            line(out, path, getattr(kind, name), lambda: getattr(kind, name))
        elif callable(value) and not isinstance(value, type):
            try:
                if type(instance()) is not kind:
                    raise TypeError
                make = lambda: value.__get__(instance(), kind)
                make()
            except BaseException:
                make = lambda: value
            line(out, path, value, make)
        else:
            has_doc = "doc" if isinstance(getattr(value, "__doc__", None), str) else "-"
            # What a class attribute's own class says of itself is not the attribute's.
            plain = not isinstance(value, (types.GetSetDescriptorType, types.MemberDescriptorType, property))
            out.append("\t".join((path, "", "-" if plain else has_doc, "")))


def module_lines(name):
    import builtins
    from collections import OrderedDict, defaultdict
    globals().update(OrderedDict=OrderedDict, defaultdict=defaultdict)
    module = importlib.import_module(name)
    out = []
    for key in sorted(vars(module)):
        if key in COMMON or INTERNAL.fullmatch(key) or isinstance(value := vars(module)[key], types.ModuleType):
            continue
        path = f"{name}.{key}"
        if isinstance(value, type):
            if module is not builtins and getattr(builtins, value.__name__, None) is value:
                out.append(path + "\t\t-\t")
                continue
            line(out, path, value, lambda: value)
            members(out, value, path, instance_of(value, path, module))
        elif callable(value):
            line(out, path, value, lambda: value)
        else:
            out.append(path + "\t\t-\t")
    if module is builtins:
        for key, source in HIDDEN.items():
            instance = lambda: eval(source, globals())
            members(out, type(instance()), key, instance)
    return out


def main(what):
    warnings.simplefilter("ignore")
    if what == "--modules":
        found = set(sys.builtin_module_names)
        for folder in sys.path:
            if "lib-dynload" in folder and os.path.isdir(folder):
                found |= {entry.split(".")[0] for entry in os.listdir(folder)}
        print("\n".join(sorted(n for n in found if not NOT_COMPARED.match(n))))
        return
    output = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    sys.stdout = sys.stderr = io.StringIO()
    sys.unraisablehook = lambda _: None
    try:
        for text in module_lines(what):
            output.write(text + "\n")
        output.write("end\n")
    except ModuleNotFoundError:
        output.write("absent\n")
    except BaseException as error:
        output.write(f"{type(error).__name__}: {error}\n")
    output.flush()
    os._exit(0)


main(sys.argv[1])
