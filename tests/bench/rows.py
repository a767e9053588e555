"""Small loops, one for each thing that programs do often: `rows.py ROW TIMES` runs one of them so many times.

`cargo xtask bench` counts the instructions that a turn takes and holds them against `instructions.txt`.
"""
import collections
import functools
import itertools
import json
import re
import struct
import sys

ROWS = {}


def row(function):
    ROWS[function.__name__] = function
    return function


@row
def loop(times):
    for _ in range(times):
        pass


@row
def int_arithmetic(times):
    a = 7
    for i in range(times):
        a = (a * 13 + i) % 65521
    return a


@row
def big_int(times):
    a = 3**60
    for i in range(times):
        b = a * a - i
    return b


@row
def float_arithmetic(times):
    x = 1.5
    for i in range(times):
        x = x * 0.999 + i / 7.0
    return x


@row
def compare_and_branch(times):
    i = hits = 0
    while i < times:
        if i & 3 == 1 or i > 1000:
            hits += 1
        i += 1
    return hits


def nothing():
    pass


def three(a, b, c=3):
    return b


@row
def call_plain(times):
    for _ in range(times):
        nothing()


@row
def call_default(times):
    for i in range(times):
        three(i, i)


@row
def call_keyword(times):
    for i in range(times):
        three(i, c=1, b=2)


@row
def call_star(times):
    args = (1, 2, 3)
    for _ in range(times):
        three(*args)


@row
def closure(times):
    count = 0

    def step():
        nonlocal count
        count += 1

    for _ in range(times):
        step()
    return count


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@row
def recursion(times):
    for _ in range(times):
        fibonacci(8)


class Point:
    kind = "point"

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def sum(self):
        return self.x + self.y

    @property
    def double(self):
        return self.x * 2


class Point3(Point):
    def __init__(self, x, y, z):
        super().__init__(x, y)
        self.z = z

    def sum(self):
        return self.x + self.y + self.z


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a
        self.b = a


@row
def instance(times):
    for i in range(times):
        Point(i, i)


@row
def attribute(times):
    p = Point(1, 2)
    for _ in range(times):
        p.x = p.y


@row
def method(times):
    p = Point(1, 2)
    for _ in range(times):
        p.sum()


@row
def many_shapes(times):
    points = [Point(1, 2), Point3(1, 2, 3), Point(3, 4), Point3(5, 6, 7)]
    for i in range(times):
        points[i & 3].sum()


@row
def property_and_class(times):
    p = Point(1, 2)
    for _ in range(times):
        p.double, p.kind


@row
def slots(times):
    for i in range(times):
        s = Slotted(i)
        s.b = s.a


@row
def super_init(times):
    for i in range(times):
        Point3(i, i, i)


@row
def list_build(times):
    found = []
    for i in range(times):
        found.append(i)
    return found


@row
def list_index(times):
    items = list(range(16))
    for i in range(times):
        items[i & 15] = items[-1]


@row
def list_slice(times):
    items = list(range(32))
    for _ in range(times):
        items[4:20]


@row
def comprehension(times):
    for _ in range(times):
        [x + 1 for x in (1, 2, 3, 4, 5, 6, 7, 8) if x != 3]


@row
def tuple_unpack(times):
    t = (1, (2, 3))
    for _ in range(times):
        a, (b, c) = t
        b, a = a, b


@row
def dict_get_set(times):
    d = {}
    for i in range(times):
        d[i & 255] = i
        d.get("missing")
    return d


@row
def dict_names(times):
    d = {"alpha": 1, "beta": 2}
    for _ in range(times):
        d["alpha"] = d["beta"]
        "gamma" in d


@row
def dict_items(times):
    d = {n: n for n in range(8)}
    for _ in range(times):
        for key, value in d.items():
            pass


@row
def set_work(times):
    seen = set()
    for i in range(times):
        if i & 63 not in seen:
            seen.add(i & 63)
    return seen


@row
def generator(times):
    def count():
        for i in range(times):
            yield i

    for _ in count():
        pass


@row
def coroutine(times):
    async def inner(n):
        return n

    async def outer():
        for i in range(times):
            await inner(i)

    try:
        outer().send(None)
    except StopIteration:
        pass


@row
def try_except(times):
    for _ in range(times):
        try:
            raise ValueError("no")
        except ValueError as e:
            e.args


@row
def with_block(times):
    class Manager:
        def __enter__(self):
            return self

        def __exit__(self, *args):
            return None

    m = Manager()
    for _ in range(times):
        with m:
            pass


@row
def match_case(times):
    points = [(0, 1), Point(1, 2), {"k": 1}, "text"]
    Point.__match_args__ = ("x", "y")
    for i in range(times):
        match points[i & 3]:
            case (0, y):
                pass
            case Point(x, y):
                pass
            case {"k": v}:
                pass
            case str():
                pass


@row
def natives(times):
    items = [3, 1, 2]
    for _ in range(times):
        len(items), isinstance(items, list), min(3, 1), abs(-2)


@row
def iterators(times):
    items = range(8)
    for _ in range(times):
        for i, (a, b) in enumerate(zip(items, items)):
            pass


@row
def sort_with_key(times):
    items = [(n * 7919) % 100 for n in range(32)]
    for _ in range(times):
        sorted(items, key=lambda n: -n)


@row
def str_methods(times):
    for _ in range(times):
        "a,b,c".split(",")
        "  text ".strip().upper().replace("X", "y")


@row
def str_join(times):
    words = ["alpha", "beta", "gamma"]
    for _ in range(times):
        ", ".join(words) + "!"


@row
def f_string(times):
    for i in range(times):
        f"{i}: {'x':>4} {1.5:.2f}"


@row
def percent(times):
    for i in range(times):
        "%d %s %.3f" % (i, "s", 2.5)


@row
def regular_expression(times):
    word = re.compile(r"(\w+)-(\d+)")
    for _ in range(times):
        word.search("some text and key-42 behind").group(2)


@row
def json_round_trip(times):
    data = {"name": "value", "list": [1, 2.5, None, True], "text": "a\n"}
    for _ in range(times):
        json.loads(json.dumps(data))


@row
def struct_round_trip(times):
    for i in range(times):
        struct.unpack("<IHd", struct.pack("<IHd", i, 7, 1.5))


@row
def deque_work(times):
    queue = collections.deque()
    for i in range(times):
        queue.append(i)
        if len(queue) > 8:
            queue.popleft()


@row
def lru_cached(times):
    cached = functools.lru_cache(maxsize=64)(lambda n: n)
    for i in range(times):
        cached(i & 31)


@row
def chained(times):
    for _ in range(times):
        list(itertools.islice(itertools.chain((1, 2), (3, 4)), 3))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(*ROWS)
    else:
        ROWS[sys.argv[1]](int(sys.argv[2]))
