# Comprehensions and generator expressions: scopes, nesting, conditions.
print([x * y for x in range(3) for y in range(x) if (x + y) % 2])
print({x: x ** 2 for x in range(5) if x % 2}, {c for c in "aab"} == {"a", "b"}, sum(x for x in range(10)))
x = "outer"
print([x for x in range(3)], x)
matrix = [[1, 2], [3, 4]]
print([[row[i] for row in matrix] for i in range(2)], [y for row in matrix for y in row])
print([(a, b) for a, *b in ["abc", "de"]], [i for i in range(20) if i % 2 if i % 3])
fs = [lambda: i for i in range(3)]
print([f() for f in fs])
class C:
    n = 3
    items = [i * 2 for i in range(n)]
    try:
        bad = [i * n for i in range(n)]
    except NameError as e:
        bad = str(e)
print(C.items, C.bad)
g = (print("lazy", i) or i for i in range(2))
print("before")
print(next(g), next(g), next(g, "end"))
print(list(map(str, (i for i in [1, 2]))), max((len(w), w) for w in "a bb ccc".split()))
print([y for x in [1, 2, 3] if (y := x * 10) > 10], y)
def f():
    k = 10
    return [k + i for i in range(3)], {k: i for k, i in zip("ab", (1, 2))}, k
print(f())
def gen_scope():
    try:
        return list(q for q in undefined_name)
    except NameError as e:
        return str(e)
print(gen_scope())
try:
    g = (i for i in 5)
except TypeError as e:
    print(e)
print([[j for j in range(i)] for i in range(4)], [*[1, 2], *(3,), *{4: 5}], {**{"a": 1}, "b": 2}, (*"ab",))
def nested(n):
    return [[(i, j, n) for j in range(i)] for i in range(n)]
print(nested(3))
locs = [sorted(locals()) for _ in [0]]
print("_" in locs[0] or "x" in locs[0])
