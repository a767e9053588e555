# The smallest things, one expectation for each.
print("hello")  # expect: hello
print(1 + 1)  # expect: 2
x = [i * i for i in range(5)]
print(x)  # expect: [0, 1, 4, 9, 16]
def greet(name="world"):
    return f"hello {name}"
print(greet(), greet("you"))  # expect: hello world hello you
class P:
    def __init__(self, v):
        self.v = v
    def __add__(self, o):
        return P(self.v + o.v)
print((P(1) + P(2)).v)  # expect: 3
try:
    1 / 0
except ZeroDivisionError as e:
    print(e)  # expect: division by zero
def gen():
    yield from range(3)
print(list(gen()), sum(gen()))  # expect: [0, 1, 2] 3
with open(__file__) as f:
    print(f.readline(), end="")  # expect: # The smallest things, one expectation for each.
import math
print(math.pi)  # expect: 3.141592653589793
