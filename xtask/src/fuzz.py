"""Run by two interpreters for `xtask fuzz`: random cases of one kind, the same on both.

usage: fuzz.py --kinds                     the kinds
       fuzz.py KIND SEED CHUNKS            a digest for each chunk of cases
       fuzz.py KIND SEED --chunk NUMBER    the cases of one chunk, a line each
"""
import hashlib
import math
import random
import sys
import warnings

CHUNK = 500
KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


def outcome(function, *args, **kwargs):
    """The repr of what a call gives, or its exception."""
    try:
        return repr(function(*args, **kwargs))
    except RecursionError:
        return "RecursionError"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def an_int(r):
    shape = r.random()
    if shape < 0.3:
        return r.randint(-10, 10)
    if shape < 0.6:
        return r.choice((-1, 1)) * ((1 << r.choice((8, 15, 30, 31, 32, 53, 60, 62, 63, 64, 90))) + r.randint(-2, 2))
    return r.choice((-1, 1)) * r.getrandbits(r.choice((5, 20, 62, 64, 100, 300, 1000)))


def a_float(r):
    shape = r.random()
    if shape < 0.1:
        return r.choice((0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308))
    if shape < 0.4:
        return round(r.uniform(-1000, 1000), r.randint(0, 6))
    if shape < 0.6:
        return r.uniform(-1, 1) * 10.0 ** r.randint(-30, 30)
    if shape < 0.7:
        return float(r.randint(-(10 ** 17), 10 ** 17))
    if shape < 0.8:
        return r.randint(-999, 999) / r.choice((2, 4, 8, 16, 64)) * r.choice((1, 10, 1e15))
    sign, exponent = r.choice((-1.0, 1.0)), r.randint(-1074, 1023)
    return sign * math.ldexp(r.getrandbits(53) | 1, exponent - 53 if exponent > -1000 else exponent)


def a_spec(r, types):
    fill = r.choice(("", "", "", "*", "0", "\u00e9", "\U0001f600"))
    align = r.choice(("<", ">", "^", "=")) if fill or r.random() < 0.3 else ""
    return "".join((
        fill, align, r.choice(("", "", "+", "-", " ")), r.choice(("", "", "z")) if r.random() < 0.2 else "",
        r.choice(("", "", "", "#")), r.choice(("", "", "", "0")), r.choice(("", "", str(r.randint(0, 30)))),
        r.choice(("", "", "", ",", "_")), r.choice(("", "", "." + str(r.randint(0, 25)))), r.choice(types)))


@kind
def integers(r):
    a, b = an_int(r), an_int(r)
    op = r.randrange(22)
    if op < 10:
        return outcome([
            int.__add__, int.__sub__, int.__mul__, int.__floordiv__, int.__mod__, int.__truediv__, int.__and__, int.__or__,
            int.__xor__, divmod][op], a, b)
    small = r.randint(-3, 70)
    return [
        lambda: outcome(pow, a, small % 12), lambda: outcome(lambda: a << small), lambda: outcome(lambda: a >> small),
        lambda: outcome(pow, a, abs(b) % 1000, an_int(r)), lambda: outcome(pow, a, -abs(small), b),
        lambda: outcome(format, a, a_spec(r, ("", "d", "x", "X", "o", "b", "n", "c", "e", "f", "g", "%", "s"))),
        lambda: outcome(round, a, -small), lambda: outcome(a.to_bytes, small % 40, r.choice(("big", "little")), signed=r.random() < 0.5),
        lambda: outcome(int, r.choice((hex, oct, bin, str))(a), r.choice((0, 2, 8, 10, 16, 36))),
        lambda: outcome(lambda: (a.bit_length(), a.bit_count(), hash(a), ~a, -a, abs(a), a == b, a < b)),
        lambda: outcome(lambda: (math.gcd(a, b), math.isqrt(abs(a)), float(a), a == float(a), a < a_float(r))),
        lambda: outcome(int, "".join(r.choice("0123456789_+- \u0661axz") for _ in range(r.randint(0, 8))), r.choice((0, 10, 16, 36))),
    ][op - 10]()


@kind
def floats(r):
    a, b = a_float(r), r.choice((a_float, an_int))(r)
    op = r.randrange(20)
    return [
        lambda: outcome(lambda: a + b), lambda: outcome(lambda: a - b), lambda: outcome(lambda: a * b), lambda: outcome(lambda: a / b),
        lambda: outcome(lambda: a // b), lambda: outcome(lambda: a % b), lambda: outcome(divmod, a, b),
        lambda: outcome(lambda: a ** r.randint(-6, 6)), lambda: outcome(lambda: b / a), lambda: repr(a), lambda: outcome(int, a),
        lambda: outcome(round, a, r.randint(-10, 20)), lambda: outcome(round, a), lambda: outcome(a.hex),
        lambda: outcome(a.as_integer_ratio), lambda: outcome(lambda: (hash(a) if a == a else 0, a == b, a < b, a >= b, a.is_integer(), bool(a))),
        lambda: outcome(format, a, a_spec(r, ("", "e", "E", "f", "F", "g", "G", "n", "%", "d"))),
        lambda: outcome(float, "".join(r.choice("0123456789.eE+-_ infa") for _ in range(r.randint(0, 9)))),
        lambda: outcome(lambda: float(repr(a)) if a == a else a), lambda: outcome(lambda: ("%." + str(r.randint(0, 30)) + r.choice("efg")) % a),
    ][op]()


SPECIAL = "\u00df\u0130\u0131\u01c5\u01c4\u1e9e\ufb00\u0345\u03a3\u03c2\u1f88\u2028\u0085\u00a0\u3000\ud800\udfff\u0660\u00bd\u2160\u0f33"


def a_string(r, most=12):
    made = []
    for _ in range(r.randint(0, most)):
        shape = r.random()
        if shape < 0.35:
            made.append(chr(r.randint(32, 126)))
        elif shape < 0.45:
            made.append(r.choice("\t\n\r\x0b\x0c\x1c\x00 "))
        elif shape < 0.6:
            made.append(chr(r.randint(128, 0x24F)))
        elif shape < 0.7:
            made.append(r.choice(SPECIAL))
        elif shape < 0.9:
            made.append(chr(r.randint(0x250, 0xFFFF)))
        else:
            made.append(chr(r.randint(0x10000, 0x10FFFF)))
    return "".join(made)


@kind
def strings(r):
    s = a_string(r)
    t = r.choice((s[r.randint(0, 5):r.randint(0, 9)], a_string(r, 2), r.choice("ab ")))
    i, j, n = r.randint(-15, 15), r.choice((None, r.randint(-15, 15))), r.randint(-2, 20)
    op = r.randrange(14)
    return ascii(s) + " " + [
        lambda: ascii((s.upper(), s.lower(), s.title(), s.casefold(), s.swapcase(), s.capitalize())),
        lambda: repr([getattr(s, "is" + what)() for what in (
            "alnum", "alpha", "ascii", "decimal", "digit", "identifier", "lower", "numeric", "printable", "space", "title", "upper")]),
        lambda: ascii(outcome(s.split, t)) + ascii(s.split()) + ascii(s.rsplit(None, n % 3)) + ascii(outcome(s.rsplit, t, n % 4)),
        lambda: repr([outcome(getattr(s, what), t, i, j) for what in ("find", "rfind", "index", "rindex", "count", "startswith", "endswith")]),
        lambda: ascii((s.replace(t, "<>"), s.replace(t, "", n), s.removeprefix(t), s.removesuffix(t))),
        lambda: ascii((s.strip(), s.lstrip(), s.rstrip(), s.strip(t), s.lstrip(t), s.rstrip(t))),
        lambda: ascii((outcome(s.partition, t), outcome(s.rpartition, t), s.splitlines(), s.splitlines(True))),
        lambda: ascii((s.center(n), s.ljust(n, "\u00e9"), s.rjust(n), s.zfill(n), s.expandtabs(n % 9))),
        lambda: ascii([outcome(s.encode, c, e) for c in ("utf-8", "utf-16", "utf-32-le", "latin-1", "ascii", "utf-7", "cp1252", "unicode_escape")
                       for e in (r.choice(("strict", "replace", "ignore", "surrogatepass", "xmlcharrefreplace", "backslashreplace", "namereplace")),)]),
        lambda: ascii(repr(s)) + ascii(ascii(s)) + str(hash(s) == hash(s + "")),
        lambda: ascii((s < t, s == t, t in s, s + t, s * (n % 4), max(s, default=""), sorted(s)[:5])),
        lambda: ascii(s.translate({ord(c): r.choice((None, "xy", 0x3B1)) for c in t})),
        lambda: ascii(t.join([s, "-", s])) + ascii(outcome(lambda: s[i])) + ascii(s[i:j:r.choice((1, -1, 2))]),
        lambda: ascii([outcome(bytes(r.getrandbits(8) for _ in range(r.randint(0, 6))).decode, c, e) for c in ("utf-8", "utf-16", "utf-7", "gbk", "shift_jis")
                       for e in (r.choice(("strict", "replace", "ignore", "backslashreplace", "surrogateescape")),)]),
    ][op]()


@kind
def slices(r):
    def end():
        return r.choice((None, r.randint(-12, 12), r.randint(-12, 12), r.choice((-1, 1)) * 2 ** 70))

    def step():
        return r.choice((None, 1, 2, 3, -1, -2, -3, 0, 2 ** 65, -(2 ** 65)))

    n = r.randint(0, 10)
    cut = slice(end(), end(), step())
    items = list(range(n))
    op = r.randrange(8)
    if op == 0:
        return outcome(lambda: (items[cut], tuple(items)[cut], "abcdefghij"[:n][cut], bytes(items)[cut], bytearray(items)[cut]))
    if op == 1:
        new = [r.randint(50, 60) for _ in range(r.randint(0, 5))]
        return outcome(lambda: (items.__setitem__(cut, new), items))
    if op == 2:
        return outcome(lambda: (items.__delitem__(cut), items))
    if op == 3:
        return outcome(lambda: cut.indices(r.randint(0, 20)))
    if op == 4:
        data = bytearray(items)
        return outcome(lambda: (data.__setitem__(cut, bytes(r.randint(0, 5))), data))
    a, b, c = (r.choice((r.randint(-20, 20), r.randint(-20, 20), r.randint(-2 ** 70, 2 ** 70))) for _ in range(3))
    if op == 5:
        return outcome(lambda: range(a, b, c)[cut])
    if op == 6:
        return outcome(lambda: (bool(range(a, b, c)), list(range(a, b, c)[:4]), range(a, b, c).index(a + c), (a + 3 * c) in range(a, b, c)))
    x, y = range(r.randint(-5, 5), r.randint(-5, 5), r.choice((1, 2, -1, -2))), range(r.randint(-5, 5), r.randint(-5, 5), r.choice((1, 2, -1, -2)))
    return outcome(lambda: (x == y, hash(x) == hash(y), list(reversed(x)), len(x), x.count(2), repr(memoryview(bytes(items))[cut].tolist())))


@kind
def mappings(r):
    def key():
        return r.choice((r.randint(0, 12), r.choice("abcdefgh"), r.randint(0, 5) * 1.0, (r.randint(0, 2),), r.getrandbits(40), -1, -2))

    d, s, log = {}, set(), []
    for _ in range(r.randint(1, 14)):
        op, k, v = r.randrange(14), key(), r.randint(0, 9)
        if op < 4:
            d[k] = v
        elif op == 4:
            log.append(outcome(d.pop, k))
        elif op == 5:
            log.append(outcome(d.popitem))
        elif op == 6:
            log.append(d.setdefault(k, v))
        elif op == 7:
            other = {key(): 1 for _ in range(3)}
            d |= other
            log.append(outcome(lambda: (d.keys() & other.keys(), d.items() ^ other.items(), d.keys() - s, d | other)))
        elif op < 11:
            s.add(k)
        elif op == 11:
            s.discard(k)
            log.append(outcome(s.pop))
        elif op == 12:
            other = {key() for _ in range(4)}
            log.append(outcome(lambda: (s | other, s & other, s - other, s ^ other, s <= other, frozenset(other))))
        else:
            log.append(outcome(lambda: [d.pop(x) for x in d]))
    return repr((d, s, list(reversed(d)), log, d == dict(d.items()), list(s)))


def sorting_under_attack(r):
    """Keys and comparisons that misbehave, as far as the outcome is defined: all but the order of comparisons."""
    n = r.choice((0, 1, 2, r.randint(3, 12), r.randint(60, 90)))
    values = [r.randint(0, r.choice((3, 500))) for _ in range(n)]
    items, log, at, calls = list(values), set(), r.randint(1, 10), []
    reverse = r.choice((False, True, 0, 1, 2))
    attacks = (lambda: items.append(1), items.clear, items.sort, items.reverse, lambda: items.extend(values), lambda: items.pop(),
               lambda: items.__setitem__(slice(None), [3, 1]), lambda: items.insert(0, 5), lambda: items.__iadd__([2]),
               lambda: items.index(1), lambda: list(items), lambda: items.copy(), lambda: sorted(items), lambda: items.__imul__(2),
               lambda: items.__delitem__(slice(None)), lambda: items.sort(key=attack), lambda: len(items), lambda: repr(items))
    deed = r.choice(attacks)

    def attack(value=None):
        calls.append(1)
        log.add(repr(items))
        if len(calls) == at:
            log.add(outcome(deed))
        return value

    class Compared:
        def __init__(self, value):
            self.value = value

        def __repr__(self):
            return f"C{self.value}"

    class Attacking(Compared):
        def __lt__(self, other):
            attack()
            return self.value < other.value

    class Reflected(Compared):
        def __gt__(self, other):
            return self.value > other.value

    class Answer:
        def __init__(self, value):
            self.value = value

        def __bool__(self):
            if fails:
                raise IndexError("no truth")
            return self.value

    class Answering(Compared):
        def __lt__(self, other):
            less = self.value < other.value
            return r2.choice((Answer(less), [1] if less else [], "x" * less, 0.5 * less, less))

    class Backwards(int):
        def __lt__(self, other):
            return int(self) > int(other)

    fails, r2 = r.random() < 0.2, random.Random(n)
    what = r.randrange(9)
    if what == 0:
        result = outcome(items.sort, key=attack, reverse=reverse)
        return repr((result, items, sorted(log), len(calls)))
    if what == 1:
        def key(value):
            calls.append(1)
            if len(calls) == at:
                raise r.choice((ValueError, KeyError, StopIteration, ZeroDivisionError))(value)
            return -value
        result = outcome(items.sort, key=key, reverse=reverse)
        return repr((result, items, len(calls)))
    if what == 2:
        items = [Attacking(value) for value in values]
        result = outcome(lambda: items.sort(reverse=reverse))
        seen = {entry for entry in log if "C" not in entry}
        # Whether the attack came at all hangs on the number of comparisons where that is small.
        return repr((result, items, sorted(seen))) if len(calls) > 60 or at == 1 else repr(sorted(i.value for i in items))
    if what == 3:
        items = [Reflected(value) for value in values]
        return repr((outcome(items.sort, reverse=reverse), items, outcome(lambda: max(items)), outcome(lambda: min(items))))
    if what == 4:
        items = [Answering(value) for value in values]
        result = outcome(items.sort, reverse=reverse)
        return repr((result, sorted(item.value for item in items) if fails else items))
    if what == 5:
        items = [Backwards(value) for value in values]
        pairs = [(item, i) for i, item in enumerate(items)]
        return repr((sorted(items, reverse=reverse), sorted(pairs, key=lambda p: p[0], reverse=reverse), max(items, default=None)))
    if what == 6:
        odd = [r.choice((1, "a", None, 2.5, (1,), [1], {1}, 1j, b"a", object, Compared(1))) for _ in range(2)]
        return repr((outcome(sorted, odd, reverse=reverse), outcome(odd.sort), outcome(max, odd), outcome(min, *odd)))
    if what == 7:
        def some():
            for i, value in enumerate(values):
                if i == at:
                    raise LookupError(i)
                yield value
        calls = [outcome(sorted, some(), reverse=reverse), outcome(max, some(), default="none"), outcome(min, some(), key=lambda v: -v, default=7)]
        return repr((calls, outcome(sorted, values, key=r.choice((3, str, len, None))), outcome(items.sort, r.choice((None, 1))),
                     outcome(items.sort, reverse=r.choice(("", None, [], 1.0))), outcome(sorted, 5), items))
    shape = r.choice((
        lambda v: (v % 5, str(v)), lambda v: [v % 3, -v], lambda v: str(v), lambda v: chr(200 + v) * (v % 3), lambda v: v / 7, lambda v: (v,) * (v % 4),
        lambda v: v << 70, lambda v: (float(v % 4), v), lambda v: bytes([v % 256]), lambda v: ((v % 3,), (v % 2, v)), lambda v: v % 2 == 0,
        lambda v: v if v % 2 else v + 0.0, lambda v: (None, v), lambda v: {v % 9}))
    pairs = [(shape(value), i) for i, value in enumerate(values)]
    made = outcome(sorted, pairs, key=lambda p: p[0], reverse=reverse)
    return repr((made if "{" not in repr(pairs) else sorted(i for _, i in pairs), outcome(sorted, [p[0] for p in pairs if "{" not in repr(p)])))


@kind
def sorting(r):
    if r.random() < 0.5:
        return sorting_under_attack(r)

    class Key:
        def __init__(self, value):
            self.value = value

        def __lt__(self, other):
            calls.append(1)
            if bad == "raises" and len(calls) > limit:
                raise KeyError(self.value)
            if bad == "lies":
                return lies.random() < 0.5
            if bad == "changes" and len(calls) == limit:
                items.append(9)
            return self.value < other.value

        def __repr__(self):
            return f"K{self.value}"

    calls, limit, lies = [], r.randint(1, 20), random.Random(r.random())
    bad = r.choice(("", "", "raises", "lies", "changes", "mixed"))
    n = r.choice((r.randint(0, 12), r.randint(30, 150)))
    items = [r.randint(0, r.choice((5, 1000))) for _ in range(n)]
    if r.random() < 0.3:
        items.sort()
        for _ in range(r.randint(0, 3)):
            items.insert(r.randint(0, n), r.randint(0, 9))
    reverse = r.random() < 0.3
    if bad == "mixed":
        items = [r.choice((1, 2.5, "a", None, (1,), 2 ** 70, True)) for _ in range(r.randint(0, 5))]
        made = outcome(lambda: sorted(items, reverse=reverse))
        return made.split(" between ")[0] + outcome(lambda: (max(items), min(items)))
    pairs = list(enumerate(items))
    stable = sorted(pairs, key=lambda p: p[1] % 7, reverse=reverse)
    items = [Key(value) for value in items]
    result = outcome(lambda: items.sort(reverse=reverse) if r.random() < 0.5 else items.sort(key=lambda k: k, reverse=reverse))
    # Which pairs are compared, and how many, is nobody's business: what a bad comparison leaves behind is all there.
    if bad:
        items = sorted(str(item) for item in items if item != 9)
        result = ""
    return repr((result, items, stable))


@kind
def formatting(r):
    value = r.choice((an_int, a_float, a_string, lambda r: None, lambda r: (1, "x"), lambda r: {"a": 1}))(r)
    op = r.randrange(4)
    if op == 0:
        spec = "%" + "".join(r.choice(" +-0#") for _ in range(r.randint(0, 2))) + r.choice(("", "5", "12", "*")) + r.choice(("", ".0", ".3", ".12"))
        spec += r.choice("diouxXeEfFgGcrsa%q")
        args = r.choice(((value,), value, (r.randint(-8, 8), value), {"a": value}))
        return ascii((spec, outcome(lambda: spec % args)))
    if op == 1:
        spec = a_spec(r, ("", "s", "d", "x", "e", "f", "g", "n", "%", "c", "b", "q"))
        return ascii((spec, outcome(format, value, spec)))
    if op == 2:
        text = "".join(r.choice(("{", "}", "{}", "{0}", "{a}", "{0.real}", "{a[0]}", "{!r}", "{!x}", "{:>5}", "{:{}}", "{{", "}}", "x", "{a.b}", "{1}", ":", "!"))
                       for _ in range(r.randint(1, 4)))
        return ascii((text, outcome(text.format, value, 7, a=[value])))
    spec = a_spec(r, ("", "s", "d", "x", "e", "f", "g", "%")).replace("{", "")
    source = "f'" + r.choice(("{v", "{v!r", "{v !s", "{v=", "{ v = !a", "{(v,)")) + r.choice(("}", ":" + spec + "}", ":{w}}", ":{w}.{w}}")) + r.choice(("", "{{", "}}")) + "'"
    return ascii((source, outcome(lambda: eval(source, {"v": value, "w": r.randint(0, 12)}))))


@kind
def calls(r):
    names = ["a", "b", "c", "d", "e"]
    parts, count = [], r.randint(0, 5)
    posonly, star, defaults = r.randint(0, count), r.choice((None, None, "*", "*args")), False
    at = r.randint(posonly, count) if star else count
    for i, name in enumerate(names[:count]):
        if i == at and star:
            parts.append(star)
        if i < at:
            defaults = defaults or r.random() < 0.25
            parts.append(name + ("=1" if defaults else ""))
        else:
            parts.append(name + r.choice(("", "=2")))
        if i + 1 == posonly and r.random() < 0.5:
            parts.append("/")
    if star == "*args" and at == count:
        parts.append(star)
    if r.random() < 0.3:
        parts.append("**kw")
    given = [str(r.randint(0, 9)) for _ in range(r.randint(0, 4))]
    if r.random() < 0.2:
        given.append("*" + r.choice(("(7, 8)", "[]", "range(2)", "3", "{'a': 1}")))
    for name in r.sample(names + ["zz"], r.randint(0, 3)):
        given.append(f"{name}=5")
    if r.random() < 0.2:
        given.append("**" + r.choice(("{'a': 6}", "{'e': 7, 'zz': 8}", "{}", "{1: 2}", "None")))
    where = r.choice(("def f(%s): return locals()\nresult = f(%s)", "class C:\n  def f(%s): return sorted(locals())\nresult = C.f(%s)",
                      "f = lambda %s: locals()\nresult = f(%s)", "class C:\n  def __init__(%s): pass\nresult = type(C(%s))",
                      "class C:\n  @classmethod\n  def f(%s): return len(locals())\nresult = C().f(%s)"))
    source = where % (", ".join(parts), ", ".join(given))
    space = {}

    def run():
        exec(source, space)
        return space["result"]
    text = outcome(run)
    return source + " -> " + ("class" if text.startswith("<class") else text)


@kind
def classes(r):
    log = []

    class Data:
        def __init__(self, name):
            self.name = name

        def __get__(self, instance, owner):
            return f"{self.name}.get({type(instance).__name__}, {owner.__name__})"

        def __set__(self, instance, value):
            log.append(f"{self.name}.set({value})")

        def __delete__(self, instance):
            log.append(f"{self.name}.del")

    class Plain:
        def __init__(self, name):
            self.name = name

        def __get__(self, instance, owner):
            return f"{self.name}.plain({instance is None})"

    made = [object]
    for i in range(r.randint(1, 6)):
        bases = tuple(r.sample(made, r.randint(1, min(3, len(made)))))
        space = {}
        for name in r.sample("xyz", r.randint(0, 3)):
            label = f"C{i}.{name}"
            space[name] = r.choice((label, Data(label), Plain(label), property(lambda self, label=label: label), staticmethod(lambda: 1)))
        if r.random() < 0.3:
            space["__getattr__"] = lambda self, name, i=i: f"C{i}.getattr {name}"
        if r.random() < 0.15:
            space["__slots__"] = r.sample("pqx", r.randint(0, 2))
        if r.random() < 0.3:
            space["who"] = eval(f"lambda self: 'C{i} ' + super(made[{len(made)}], self).who()", {"made": made})
        elif r.random() < 0.3:
            space["who"] = lambda self, i=i: f"C{i}"
        try:
            made.append(type(f"C{i}", bases, space))
        except (TypeError, ValueError) as error:
            log.append(str(error))
    cls = made[-1]
    log.append([c.__name__ for c in cls.__mro__])
    instance = cls()
    for name in "xyzp":
        action = r.randrange(4)
        if action == 0:
            log.append(outcome(setattr, instance, name, name))
        elif action == 1:
            log.append(outcome(delattr, instance, name))
        elif action == 2:
            log.append(outcome(lambda: instance.__dict__.__setitem__(name, "own")))
        value = outcome(getattr, instance, name)
        log.append(value if " at 0x" not in value else "function")
        value = outcome(getattr, cls, name)
        log.append(value if " at 0x" not in value else "function")
    log.append(outcome(lambda: instance.who()))
    log.append(outcome(lambda: (isinstance(instance, made[len(made) // 2]), issubclass(made[1], cls))))
    if len(made) > 2 and r.random() < 0.3:
        log.append(outcome(setattr, made[-1], "__bases__", (made[1],)))
        log.append([c.__name__ for c in made[-1].__mro__])
    return repr(log)


def chain(error, depth=0):
    """An exception with what hangs on it."""
    if error is None or depth > 6:
        return "-"
    inner = [chain(e, depth + 1) for e in error.exceptions] if isinstance(error, BaseExceptionGroup) else error.args
    return f"{type(error).__name__}{inner}<{chain(error.__cause__, depth + 1)}|{chain(error.__context__, depth + 1)}|{error.__suppress_context__}>"


@kind
def exceptions(r):
    kinds = ["ValueError", "KeyError", "TypeError", "OSError", "StopIteration", "ZeroDivisionError"]

    def block(depth):
        indent = "  "
        if depth > 3 or r.random() < 0.25:
            return [r.choice((f"raise {r.choice(kinds)}({r.randint(0, 9)})", "pass", "1/0", "raise", "log.append('here')", "return 5",
                              f"raise {r.choice(kinds)} from {r.choice(kinds)}(1)", "raise KeyError from None", "{}['k']"))]
        shape = r.randrange(6)
        inner = [indent + line for line in block(depth + 1)]
        handler = [indent + line for line in block(depth + 1)]
        last = [indent + line for line in block(depth + 1)]
        caught = r.choice((r.choice(kinds), f"({r.choice(kinds)}, {r.choice(kinds)})", "Exception"))
        if shape == 0:
            return ["try:", *inner, f"except {caught} as e:", "  log.append(repr(e))", *handler]
        if shape == 1:
            return ["try:", *inner, "finally:", *last]
        if shape == 2:
            return ["try:", *inner, f"except {caught}:", *handler, "else:", "  log.append('else')", "finally:", *last]
        if shape == 3:
            return ["for i in range(2):", *inner, r.choice(("  continue", "  break", "  log.append(i)"))]
        if shape == 4:
            return [f"with Manager({r.random() < 0.4}):", *inner]
        inner = [line.replace("return 5", "pass") for line in inner]
        handler = [line.replace("return 5", "pass") for line in handler if "continue" not in line and "break" not in line] or ["  pass"]
        if any(line.endswith((":",)) for line in handler):
            handler = ["  pass"]
        return ["try:", *inner, f"except* {caught} as e:", "  log.append(chain(e))", *handler]

    if r.random() < 0.6:
        source = "def f():\n  " + "\n  ".join(block(0))
        log = []

        class Manager:
            def __init__(self, swallow):
                self.swallow = swallow

            def __enter__(self):
                pass

            def __exit__(self, kind, value, traceback):
                log.append(chain(value))
                return self.swallow

        space = {"log": log, "chain": chain, "Manager": Manager}
        try:
            exec(source, space)
            result = space["f"]()
        except Exception as error:
            result = chain(error)
        return source + f" -> {result} {log}"

    def group(depth):
        if depth > 2 or r.random() < 0.4:
            return eval(r.choice(kinds))(r.randint(0, 9))
        return r.choice((ExceptionGroup, BaseExceptionGroup))(f"g{depth}", [group(depth + 1) for _ in range(r.randint(1, 3))])

    made = ExceptionGroup("top", [group(0) for _ in range(r.randint(1, 3))])
    made.__cause__ = r.choice((None, ValueError("cause")))
    wanted = r.choice((ValueError, (KeyError, TypeError), ExceptionGroup, lambda e: isinstance(e, OSError) or str(e) == "3", LookupError))
    return repr((outcome(lambda: [chain(part) for part in made.split(wanted)]), outcome(lambda: chain(made.subgroup(wanted))), str(made)))


def cases(name, seed, chunk):
    r = random.Random(f"{name} {seed} {chunk}")
    make = KINDS[name]
    for _ in range(CHUNK):
        try:
            yield make(r)
        except Exception as error:
            yield f"the case itself: {type(error).__name__}: {error}"


def main(name, seed="1", what=None, number=None):
    warnings.simplefilter("ignore")
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    if name == "--kinds":
        print("\n".join(KINDS))
    elif what == "--chunk":
        for case in cases(name, seed, int(number)):
            print(ascii(case))
    else:
        for chunk in range(int(what)):
            digest = hashlib.sha256()
            for case in cases(name, seed, chunk):
                digest.update(case.encode("utf-8", "surrogatepass"))
                digest.update(b"\n")
            print(digest.hexdigest()[:32])


main(*sys.argv[1:])
