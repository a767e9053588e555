# Answers of built-in types in corners: keywords of subclasses, unset slots, masked AttributeErrors, held views.
import collections
import copy
import time


class Point(tuple):
    def __init__(self, items, label=None):
        self.label = label


class Stack(list):
    def __new__(cls, items, label=None):
        self = super().__new__(cls, items)
        self.label = label
        return self


print(Point([1, 2], label="p").label, Stack([1, 2], label="s"))
try:
    tuple(iterable=())
except TypeError as error:
    print(error)


class Slotted(set):
    __slots__ = ("x", "y", "__dict__")


slotted = Slotted([1])
slotted.x = 5
print(copy.copy(slotted), copy.copy(slotted).x)


class NoBases:
    @property
    def __bases__(self):
        raise AttributeError


try:
    isinstance(1, NoBases())
except TypeError as error:
    print(error)

print(None.__ne__(None), None.__eq__(0), list(reversed(memoryview(b"abc"))))

data = bytearray(b"abcd")
view = memoryview(data)


class Separator(bytes):
    def __len__(self):
        view.release()
        return 1


try:
    view.hex(Separator(b":"))
except BufferError as error:
    print(error)

moment = time.struct_time(range(9), {"tm_zone": "X"})
print(moment.tm_zone, copy.copy(moment).tm_zone, copy.replace(moment, tm_year=7)[0])
for more in ({"tm_year": 1}, 3):
    try:
        time.struct_time(range(9), more)
    except TypeError as error:
        print(error)

group = ExceptionGroup("g", given := collections.deque([ValueError(1)]))
given.clear()
print(repr(group))

error = UnicodeDecodeError("utf-8", b"x", 0, 1, "why")
error.object = None
try:
    str(error)
except TypeError as error:
    print(error)

items = [3, 2, 1]


def touch(x):
    items.append(x)
    items.pop()
    return x


try:
    items.sort(key=touch)
except ValueError as error:
    print(error)
