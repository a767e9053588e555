# However long a frame runs, whatever instructions it executes, succeeding or failing: the native stack does not grow.
# once: so many turns take a minute under stress, and stress does not change what the stack does
import threading

N = 20_000


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    @property
    def sum(self):
        return self.x + self.y

    def __getitem__(self, index):
        return self.x

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return True


class Open:
    kind = 1

    def __init__(self):
        super().__init__()
        self.value = 0

    def method(self, a, *rest, key=None):
        return a


class Bad:
    def __init__(self):
        return 1


def items():
    yield 1
    yield from (2, 3)


async def answer():
    return 1


async def asking():
    return await answer()


class Ticks:
    def __aiter__(self):
        self.left = 2
        return self

    async def __anext__(self):
        self.left -= 1
        if self.left < 0:
            raise StopAsyncIteration
        return self.left


async def ticking():
    return [t async for t in Ticks()]


def drive(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value


def values():
    numbers, table, point, thing = [1, 2.5, 3], {"a": 1}, Point(1, 2), Open()
    total, text = 0, ""
    for i in range(N):
        total = total * 3 % 1001 + i - (i // 7 | i & 3 ^ 1) + -i + ~i
        real = i * 0.5 + 1 / (i + 1) - 2.0
        if total < i or real > 3.0 or total == 5 or not real or text is None or i in numbers or i not in table:
            total += 1
        numbers[0] = numbers[1] + numbers[-1]
        table["a"] = table["a"] + 1
        del table["a"]
        table["a"] = i
        text = f"{i}{real:.2f}{text!r:.3}"[:20]
        point.x = point.y + point.sum + point[0]
        thing.value = thing.value + thing.kind + thing.method(1, 2, key=3)
        thing.extra = i
        del thing.extra
        a, b = b, c = i, 2
        [first, *rest] = numbers
        numbers[1:] = [2.5, 3]
        {**table, "b": 2}, {*numbers}, [*numbers, *rest], (*rest,), slice(i), [x for x in rest], {x: x for x in rest}
        print(*(), end="")
        match (i, text):
            case (0, _):
                pass
            case (int(n), str()) if n < 0:
                pass
            case {"a": 1} | [_, *_]:
                pass
        lambda: i
    return total


def iterating():
    for i in range(N):
        for _ in [1], (2,), {3: 4}, {5}, "6", range(1), items(), zip([7]):
            for _ in _:
                pass
        for _ in {3: 4}:
            pass
        for _ in {5}:
            pass
        for _ in "67":
            pass
        for a, b in {8: 9}.items():
            pass
        for a, b in enumerate([i]):
            pass
        [a, b, _] = [a, b, {(a, b)}]
        drive(asking())
        drive(ticking())


def failing():
    for i in range(N):
        try:
            nothing
        except NameError:
            pass
        try:
            i.nothing
        except (KeyError, AttributeError):
            pass
        try:
            [][i + 1]
        except IndexError as error:
            error
        try:
            try:
                i / 0
            finally:
                i
        except ZeroDivisionError:
            pass
        try:
            Bad()
        except TypeError:
            pass
        try:
            Point(1)
        except TypeError:
            pass
        try:
            raise ExceptionGroup("", [ValueError()])
        except* ValueError:
            pass
        try:
            try:
                raise KeyError
            except KeyError as error:
                raise ValueError from error
        except ValueError:
            pass
        with Point(1, 2):
            raise KeyError
        try:
            unbound
            unbound = 1
        except UnboundLocalError:
            pass
        try:
            a, b = 1, 2, 3
        except ValueError:
            pass
        try:
            1 < "2"
        except TypeError:
            pass


def main():
    for work in values, iterating, failing:
        work()
        print(work.__name__, "done")


threading.stack_size(256 * 1024)
thread = threading.Thread(target=main)
thread.start()
thread.join()
