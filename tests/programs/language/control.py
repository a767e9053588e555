# Loops, conditions, walrus, del, unpacking, try in every shape.
for i in range(3):
    for j in range(3):
        if j == 2: break
        if i == 1: continue
        print(i, j, end="; ")
    else:
        print("never")
else:
    print("done")
n = 0
while True:
    n += 1
    if n == 3: continue
    if n > 5: break
else:
    print("never")
print(n)
a, *b, c = range(6)
(d, [e, *f]), g = (1, "xyz"), 2
print(a, b, c, d, e, f, g)
h = i = j = []
h.append(1)
print(i, j is h)
for k, (l, m) in {"a": (1, 2), "b": (3, 4)}.items():
    print(k, l, m, end=" ")
print()
if (n := 10) > 5 and (m := n * 2): print(n, m)
print([y := 1, y ** 2], y)
print("yes" if n else "no", 0 or "x", 1 and "y", None or 0 or [])

def order():
    log = []
    try:
        log.append("try")
        try:
            log.append("inner")
            raise KeyError("k")
        except ValueError:
            log.append("wrong")
        finally:
            log.append("finally")
    except KeyError as e:
        log.append(repr(e))
    else:
        log.append("else")
    finally:
        log.append("end")
    return log
print(order())

def returns():
    for x in range(5):
        try:
            if x == 2: continue
            if x == 4: return "returned"
        finally:
            print("f", x, end=" ")
print(returns())

def overriding():
    try:
        return 1
    finally:
        print("last", end=" ")
print(overriding())

class CM:
    def __init__(self, name, swallow=False): self.name, self.swallow = name, swallow
    def __enter__(self): print("enter", self.name); return self
    def __exit__(self, t, v, tb): print("exit", self.name, t and t.__name__, v); return self.swallow
with CM("a") as x, CM("b", True) as y:
    print(x.name, y.name)
    raise ValueError("in b")
with (CM("c"), CM("d")):
    pass
try:
    with CM("e"):
        1 / 0
except ZeroDivisionError as e:
    print("caught", e)
def leave():
    for i in range(3):
        with CM(i):
            if i == 1: return i
print(leave())
try:
    with 5: pass
except TypeError as e:
    print(e)
try:
    for x in 5: pass
except TypeError as e:
    print(e)
try:
    a, b = 1, 2, 3
except ValueError as e:
    print(e)
try:
    a, b, *c = [1]
except ValueError as e:
    print(e)
x = [1, 2, 3, 4]
del x[0], x[-1]
print(x)
x[1:1] = "ab"
del x[::2]
print(x)
assert x, "fine"
try:
    assert not x, ("bad", x)
except AssertionError as e:
    print(e.args)
def g():
    global made
    made = "global"
g()
print(made)
exec("p = 1; q = p + 1")
print(p, q, eval("p + q", {"p": 10, "q": 5}))
print(__name__, __debug__)
