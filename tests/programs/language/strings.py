# Literals, formatting, methods, slicing.
name, width, pi = "wörld", 10, 3.14159
print(f"{name}! {name!r} {name!a} {pi:.2f} {pi:{width}.3f}| {width:>5}|{width:<5}|{width:^5}|{width:05d}")
print(f"{width=} {pi = :.1f} {'nested ' + f'{name:*^9}'} {{}} {width:#x} {width:b} {10**9:,} {1234.5:_}")
print(f"{'a' if width else 'b'}{1:+} {0.25:%} {1e10:g} {255:#o} {-5: d} {True} {None} {[1, 'x']}")
print("%s %r %5d|%-5s|%05.1f %x %c %%" % ("a", "b", 42, "l", 2.25, 255, "z"), "%(k)s" % {"k": 1})
print("{} {1} {0!r:>5} {k[0]} {o.real}".replace("{} ", "") .format("a", "b", k=[9], o=2))
print("abc" "def" 'g' """h
i""", r"\n", b"\x00\xff", "\u00e9\N{BULLET}\x41\101", "tab\tq\"")
s = "hello world"
print(s[0], s[-1], s[2:5], s[::-1], s[::2], s[100:], s[-5:], s[:-6:-1])
print(s.upper(), s.title(), s.capitalize(), s.swapcase(), s.center(15, "-"), s.zfill(13))
print(s.find("o"), s.rfind("o"), s.index("w"), s.count("l"), s.startswith(("x", "he")), s.endswith("ld"))
print(s.split(), "a,b,,c".split(","), " a  b ".split(), "a b c".rsplit(" ", 1), "l1\nl2\r\nl3".splitlines())
print("-".join("abc"), " x ".strip(), "xxaxx".strip("x"), s.replace("l", "L", 2), s.partition(" "), s.rpartition("o"))
print("Ab1".isalnum(), "abc".isalpha(), "12".isdigit(), "½".isnumeric(), " ".isspace(), "Ab".istitle(), "a_1".isidentifier())
print("straße".casefold(), "ǅ".lower(), "ß".upper(), "İ".lower() == "i̇", "ﬁ".upper())
print("abc".translate({97: "x", 98: None}), str.maketrans("ab", "cd"), "a\tb".expandtabs(4))
print("abc" < "abd", "a" * 3, 3 * "ab", "b" in "abc", "" in "", max("hello"), sorted("hello"))
print(ord("€"), chr(8364), len("😀é"), "😀"[0], ascii("😀é"), repr("it's"), repr('a"\'b\n\\'))
print("removeprefix".removeprefix("remove"), "file.py".removesuffix(".py"), "x".encode(), b"caf\xc3\xa9".decode())
print("naïve".encode("latin-1"), "é".encode("utf-16-le"), "é".encode("ascii", "replace"), b"\xff".decode("utf-8", "replace"))
print(format(1234567.891, ",.2f"), format("x", ">4"), format(12, "08b"), format(0.1, ".20f"), format(1e-10, "g"))
print(str(b"a"), str(1.0), str(None), str([1, "a"]), repr({"k": (1,)}), str(1e22), repr(1e-5))
for bad in ("'abc'[5]", "'a' * 'b'", "'%d' % 'x'", "'%s %s' % 1", "'{}'.format()", "'abc'.index('z')", "int('x')", "float('1.2.3')",
            "'é'.encode('ascii')", "b'\\xff'.decode()", "''.join([1])", "chr(-1)", "ord('ab')", "f'{1:zz}'", "'a'.foo", "'x'['y']"):
    try:
        print(eval(bad))
    except Exception as e:
        print(bad, "->", type(e).__name__ + ":", e)
x = "abc"
x += "def"
print(x, id(x) == id(x), x is x[:], hash("a") == hash("a"), "ab" == "a" "b")
print("\ud800".encode("utf-8", "surrogatepass"), len("\U0010ffff"), "e\u0301" == "é")
print(*map(repr, ("\x00\x1f\x7f\x80\xa0\xad\u200b\u2028", "日本", "\U0001F600")))
