# skip: needs itertools
# list, tuple, dict, set, bytes: their methods, and what they say when used wrongly.
l = [3, 1, 2]
l.append(5); l.extend("ab"); l.insert(1, 9); print(l, l.pop(), l.pop(0), l.index(2), l.count(1))
l.remove("a"); l.sort(); print(l); l.sort(key=lambda v: -v); l.reverse(); print(l, l + [0], l * 2, [1] < [1, 2], [2] > [1, 9])
l[1:3] = [7, 7, 7]; l[::2] = [0] * len(l[::2]); print(l, l[-2:], l.copy() is l, [1, [2]] == [1, [2]])
print([1, 2, 3][::-1], list("abc"), [None] * 3, [[0] * 2 for _ in range(2)], 2 in [1, 2], [] or "empty")
a = [1]; a.append(a); print(a, repr(a))
t = (1, "a", 2.0); print(t, t[1], t[:2], t + (3,), t * 2, (), (1,), len(t), t.index("a"), hash((1, 2)) == hash((1, 2)), (1, 2) < (1, 3))
d = {"b": 1, "a": 2}; d["c"] = 3; d.update({"a": 9}, z=0); d |= {"q": 7}
print(d, list(d), d.get("x"), d.get("x", 5), d.pop("b"), d.pop("nope", None), d.setdefault("n", []), d.popitem(), len(d), "a" in d)
print(sorted(d.keys() & {"a", "z"}), sorted(d.items()), list(reversed(d)), {1: "a"} | {2: "b"}, dict(a=1), dict([("x", 1)]), dict.fromkeys("ab", 0))
print({1: "int", 1.0: "float", True: "bool"}, {(1, 2): [3]}, {**d, "a": 0}, d == dict(reversed(list(d.items()))))
e = {}; e["self"] = e; print(e)
s = {1, 2, 3}; s.add(4); s.discard(9); print(s | {5}, s & {1, 9}, s - {1}, s ^ {1, 7}, s <= {1, 2, 3, 4, 5}, {1} < {1}, s.isdisjoint({8}), len(s))
s.update([5], (6,)); s.remove(1); s &= {2, 3}; print(s, frozenset([1, 2]) == {1, 2}, {frozenset({1}): 1}, set() or "empty", frozenset())
b = b"hello"; ba = bytearray(b); ba[0] = 72; ba.extend(b"!"); ba += b"?"; print(b[0], b[1:3], ba, b.hex(), bytes(3), bytes([65, 66]), b.upper(), b"l" in b, 104 in b)
print(bytes.fromhex("00ff 41"), b.replace(b"l", b"L"), b"a,b".split(b","), b"%d %s" % (5, b"x"), bytes("é", "utf-8"), bytearray(b"ab") == b"ab", b"a" < b"b")
m = memoryview(ba); m[1:3] = b"EE"; print(bytes(m[:4]), m.format, m.shape, m.readonly, len(m), m.tolist()[:2]); m.release()
n = {}; n[float("nan")] = 1; n[float("nan")] = 2; print(len(n), [x for x in (float("nan"),)] == [float("nan")])
for bad in ("[].pop()", "[1][5]", "[1]['a']", "[1].remove(2)", "[].index(0)", "(1,)[3]", "()+[]", "{}['k']", "{}.popitem()", "set().pop()", "{1}.remove(5)", "{1} + {2}",
            "{1: 2}.update(5)", "[1, 'a'].sort()", "(1, 2)[0] == 1 and (1).x", "b'a' + 'a'", "bytes([256])", "bytearray(b'a')[1]", "[1, 2][::0]", "[0] * 'a'", "hash([])", "hash({})",
            "d.missing", "[].append()", "[].append(1, 2)", "[].insert(1)", "{}.get()", "''.join()", "(1, 2).count()", "[].sort(1)", "dict(1)", "list(1, 2)", "{}.fromkeys()", "[1, 2].index(3, 0, 1)"):
    try:
        print(eval(bad))
    except Exception as e:
        print(bad, "->", type(e).__name__ + ":", e)
x = [1, 2, 3, 4, 5, 6]
x[1:5:2] = "ab"; print(x)
try: x[::2] = [1]
except ValueError as e: print(e)
try: (1, 2)[0] = 5
except TypeError as e: print(e)
try: del (1, 2)[0]
except TypeError as e: print(e)
print(sorted({"b": 1, "a": 2}), max({"x": 3, "y": 1}, key={"x": 3, "y": 1}.get), sum([[1], [2]], []), list(zip(*[[1, 2], [3, 4]])))
print(slice(1, 2, 3), slice(None).indices(5), slice(-3, None).indices(10), [1, 2, 3][slice(0, 2)], slice(1) == slice(None, 1))
print(str([]), str({}), str(set()), str(()), repr([1.0, None, "q", b"r", ...]))
big = list(range(100000)); print(sum(big), big[-1], len(big[10:-10:7]), big == list(range(100000)))
dd = {i: i * i for i in range(1000)}
for i in range(0, 1000, 2): del dd[i]
print(len(dd), list(dd)[:5], dd[999], sum(dd.values()))
