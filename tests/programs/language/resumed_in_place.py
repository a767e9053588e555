"""Generators that other generators delegate to: values, exceptions and returns find their way."""


def catches():
    try:
        yield 1
    except ValueError:
        return 2


def returns_it():
    return (yield from catches())


g = returns_it()
print(next(g))  # expect: 1
try:
    g.throw(ValueError)
except StopIteration as stop:
    print(stop.value)  # expect: 2


def fails():
    yield 1
    raise KeyError("inner")


def loops():
    for value in fails():
        yield value


try:
    print(list(loops()))
except KeyError as error:
    print("KeyError", error)  # expect: KeyError 'inner'


class Point:
    def __init__(self, x):
        self.x = x
        self.y = x + 1

    @property
    def sum(self):
        return self.x + self.y


print([Point(i).sum for i in range(3)])  # expect: [1, 3, 5]


class Wrong:
    def __init__(self):
        return 3


try:
    Wrong()
except TypeError as error:
    print(error)  # expect: __init__() should return None, not 'int'

try:
    5()  # noqa
except TypeError as error:
    print(error)  # expect: 'int' object is not callable

text = alias = "a"
for _ in range(3):
    text += "b"
print(text, alias)  # expect: abbb a
