"""Run by a CPython 3.14: prints what it makes of source files, for `xtask ops` to compare.

usage: reference.py ast|code|table [optimize] <list-of-files
"""
import ast
import struct
import sys
import types
import warnings

warnings.simplefilter("ignore")


def constant(value):
    match value:
        case _ if value is ...:
            return "Ellipsis"
        case None | True | False:
            return repr(value)
        case int():
            return str(value) if abs(value) < 1 << 2000 else "0x%x" % value
        case float():
            return "float:%016x" % bits(value)
        case complex():
            return "complex:%016x:%016x" % (bits(value.real), bits(value.imag))
        case str():
            return "'%s'" % "".join(
                c if " " <= c < "\x7f" and c not in "'\\" else "\\%x;" % ord(c) for c in value
            )
        case bytes():
            return "b:" + value.hex()
        case tuple():
            return "(%s)" % ", ".join(map(constant, value))
        case frozenset():
            return "frozenset(%s)" % ", ".join(sorted(map(constant, value)))
        case slice():
            return "slice(%s)" % ", ".join(map(constant, (value.start, value.stop, value.step)))
        case types.CodeType():
            return "<code %s:%d>" % (value.co_qualname, value.co_firstlineno)
    raise TypeError(value)


def bits(value):
    return struct.unpack(">Q", struct.pack(">d", value))[0]


def tree(node):
    if isinstance(node, ast.AST):
        place = ""
        if node._attributes:
            place = "@%d:%d-%d:%d" % (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        fields = ", ".join(tree(getattr(node, name)) for name in node._fields)
        return "%s%s(%s)" % (type(node).__name__, place, fields)
    if isinstance(node, list):
        return "[%s]" % ", ".join(map(tree, node))
    return constant(node)


def code(c, out):
    out.append("C %s:%d" % (c.co_qualname, c.co_firstlineno))
    out.append("code " + c.co_code.hex())
    out.append("consts " + "; ".join(map(constant, c.co_consts)))
    out.append("names " + " ".join(c.co_names))
    out.append("locals %s / %s / %s" % tuple(" ".join(x) for x in (c.co_varnames, c.co_cellvars, c.co_freevars)))
    out.append("head %d %d %d %d %d %s" % (
        c.co_argcount, c.co_posonlyargcount, c.co_kwonlyargcount, c.co_stacksize, c.co_flags, c.co_name))
    out.append("lines " + c.co_linetable.hex())
    out.append("handlers " + c.co_exceptiontable.hex())
    for item in c.co_consts:
        if isinstance(item, types.CodeType):
            code(item, out)


def main(what, optimize=0):
    if sys.argv[1] == "table":
        table()
        return
    sys.setrecursionlimit(20000)
    paths = [line.rstrip("\n") for line in sys.stdin]
    for path in paths:
        print("F", path)
        out = []
        try:
            with open(path, "rb") as file:
                source = file.read()
            if what == "ast":
                out = [tree(statement) for statement in ast.parse(source).body]
            else:
                code(compile(source, path, "exec", dont_inherit=True, optimize=int(optimize)), out)
        except (SyntaxError, ValueError, OSError) as error:
            out = ["E %s" % str(error).splitlines()[0]]
        for line in out:
            print(line)
    print("F")


def table():
    import opcode
    import _opcode
    import _opcode_metadata

    numbers = dict(opcode.opmap) | _opcode_metadata._specialized_opmap
    generic = {}
    for base, special in _opcode_metadata._specializations.items():
        generic.update(dict.fromkeys(special, base))
    for name, number in sorted(numbers.items(), key=lambda item: item[1]):
        effects = []
        flags = ""
        if name not in generic:
            for arg in (0, 1, 2, 3, 7, 1025):
                for jump in (True, False):
                    try:
                        effect = _opcode.stack_effect(number, arg, jump=jump)
                    except ValueError:
                        effect = _opcode.stack_effect(number, jump=jump)
                    effects.append(str(effect))
            tests = "arg const name jump free local".split()
            flags = " ".join(t for t in tests if getattr(_opcode, "has_" + t)(number))
        caches = opcode._inline_cache_entries.get(name, 0)
        print(number, name, generic.get(name, name), caches, ",".join(effects), flags, sep="|")


main(*sys.argv[1:])
