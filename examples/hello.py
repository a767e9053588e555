"""A first program: classes, generators, exceptions, formatting."""


class Shape:
    def __init__(self, name, *sides):
        self.name = name
        self.sides = sides

    def perimeter(self):
        return sum(self.sides)

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r}, {', '.join(map(str, self.sides))})"


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


shapes = [Shape("triangle", 3, 4, 5), Shape("square", *[2.5] * 4)]
for shape in sorted(shapes, key=Shape.perimeter, reverse=True):
    print(f"{shape!r:<40} perimeter {shape.perimeter():>6.2f}")

numbers = fibonacci()
print("fibonacci:", [next(numbers) for _ in range(12)])
print("big:", 2**200)

try:
    {}["missing"]
except KeyError as error:
    print("caught:", repr(error))

match {"kind": "point", "at": (1, 2)}:
    case {"kind": "point", "at": (x, y)}:
        print("a point at", x, y)
