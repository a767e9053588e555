"""Run by each interpreter for `xtask slopes`: times operations at three sizes a factor of ten apart.

Prints a line for each case: its name, then the seconds at each size. Processor time, the best of a few rounds.
"""
import collections
import gc
import heapq
import random
import re
import sys
import time

sys.set_int_max_str_digits(0)
CASES = []


def case(first):
    def add(function):
        CASES.append((function, first))
        return function
    return add


def numbers(n):
    chosen = random.Random(7)
    return [chosen.random() for _ in range(n)]


# A case gets its size, prepares, and gives what is timed.

@case(3000)
def list_append(n):
    def run():
        items = []
        for i in range(n):
            items.append(i)
    return run


@case(300)
def list_insert_front(n):
    def run():
        items = []
        for i in range(n):
            items.insert(0, i)
    return run


@case(300)
def list_delete_front(n):
    items = list(range(n))

    def run():
        rest = items.copy()
        while rest:
            del rest[0]
    return run


@case(3000)
def list_delete_back(n):
    items = list(range(n))

    def run():
        rest = items.copy()
        while rest:
            rest.pop()
    return run


@case(1000)
def list_slice_assign(n):
    items = list(range(n))

    def run():
        for _ in range(20):
            items[: n // 2] = items[n // 2 :: -1][1:]
    return run


@case(3000)
def dict_fill(n):
    def run():
        table = {}
        for i in range(n):
            table[i] = i
    return run


@case(3000)
def dict_delete(n):
    def run():
        table = dict.fromkeys(range(n))
        for i in range(n):
            del table[i]
    return run


@case(100)
def dict_pop_first(n):
    def run():
        table = dict.fromkeys(range(n))
        while table:
            del table[next(iter(table))]
    return run


@case(3000)
def set_fill(n):
    def run():
        table = set()
        for i in range(n):
            table.add(i * 7919)
    return run


@case(3000)
def set_pop(n):
    def run():
        table = set(range(n))
        while table:
            table.pop()
    return run


@case(3000)
def str_append(n):
    def run():
        text = ""
        for _ in range(n):
            text += "x"
    return run


@case(3000)
def str_append_wide(n):
    def run():
        text = "\u0394"
        for _ in range(n):
            text += "x\u0394"
    return run


@case(3000)
def bytearray_append(n):
    def run():
        data = bytearray()
        for _ in range(n):
            data += b"x"
    return run


@case(3000)
def bytearray_delete_front(n):
    def run():
        data = bytearray(n)
        while data:
            del data[:1]
    return run


@case(3000)
def deque_both_ends(n):
    def run():
        items = collections.deque()
        for i in range(n):
            items.append(i)
            items.appendleft(i)
        while items:
            items.pop()
            items.popleft()
    return run


@case(1000)
def heapq_push_pop(n):
    data = numbers(n)

    def run():
        heap = []
        for value in data:
            heapq.heappush(heap, value)
        while heap:
            heapq.heappop(heap)
    return run


@case(2000)
def sort_random(n):
    data = numbers(n)
    return lambda: sorted(data)


@case(2000)
def sort_nearly_sorted(n):
    data = list(range(n))
    data[n // 2] = -1
    data += [3, 1, 2]
    return lambda: sorted(data)


@case(2000)
def sort_reversed(n):
    data = list(range(n, 0, -1))
    return lambda: sorted(data)


@case(2000)
def sort_two_runs(n):
    data = list(range(0, n, 2)) + list(range(1, n, 2))
    return lambda: sorted(data)


@case(2000)
def sort_strings(n):
    data = [str(value) for value in numbers(n)]
    return lambda: sorted(data)


@case(2000)
def sort_key(n):
    data = numbers(n)
    return lambda: sorted(data, key=lambda value: -value)


@case(3000)
def int_multiply(n):
    a, b = (1 << n * 3) // 7, (1 << n * 3) // 11
    return lambda: a * b


@case(3000)
def int_square_power(n):
    return lambda: 3 ** n


@case(2000)
def int_divide(n):
    a, b = (1 << n * 6) // 7, (1 << n * 3) // 11
    return lambda: divmod(a, b)


@case(1000)
def int_to_str(n):
    a = (1 << n * 3) // 7
    return lambda: str(a)


@case(1000)
def str_to_int(n):
    text = "7" * n
    return lambda: int(text)


@case(2000)
def re_search_literal(n):
    text = "ab" * n
    pattern = re.compile("abc")
    return lambda: pattern.search(text)


@case(2000)
def re_find_words(n):
    text = "word, other; " * (n // 10)
    pattern = re.compile(r"\w+")
    return lambda: pattern.findall(text)


@case(2000)
def re_lazy_groups(n):
    text = "<a>" * n
    pattern = re.compile(r"<(.*?)>")
    return lambda: pattern.sub(r"\1", text)


@case(2000)
def re_long_match(n):
    text = "ab" * n
    pattern = re.compile(r"(?:ab|ba)*")
    return lambda: pattern.match(text)


@case(2000)
def str_find_hostile(n):
    text, sought = "a" * n, "a" * (n // 2) + "b"
    return lambda: text.find(sought)


@case(2000)
def str_replace(n):
    text = "ab" * n
    return lambda: text.replace("a", "cd")


@case(2000)
def str_split_join(n):
    text = "word " * n
    return lambda: " ".join(text.split())


class Pair:
    def __init__(self, other):
        self.other = other


@case(1000)
def gc_live_objects(n):
    last = None
    keep = []
    for _ in range(n):
        last = Pair(last)
        keep.append([last])

    def run():
        gc.collect()
        return keep
    return run


@case(1000)
def gc_cycles(n):
    def run():
        for _ in range(n):
            a = Pair(None)
            a.other = a
        gc.collect()
    return run


@case(1000)
def deep_free(n):
    def run():
        last = None
        for _ in range(n):
            last = (last,)
    return run


def seconds(run):
    """Of one run: so many are made that a timer's step does not matter."""
    best, spent, rounds = float("inf"), 0.0, 1
    while True:
        start = time.process_time()
        for _ in range(rounds):
            run()
        took = time.process_time() - start
        spent += took
        if took < 0.005 and spent < 0.5:
            rounds *= 4
            continue
        best = min(best, took / rounds)
        if spent > 0.15:
            return best


def main():
    wanted = sys.argv[1:]
    for function, first in CASES:
        if wanted and function.__name__ not in wanted:
            continue
        times = [seconds(function(first * factor)) for factor in (1, 10, 100)]
        print(function.__name__, *("%.9f" % t for t in times), flush=True)


main()
