# skip: the traceback module needs itertools
# What is printed for an exception that nobody catches.
def inner(x):
    return [1, 2][x]
def outer():
    try:
        inner(5)
    except IndexError as e:
        raise ValueError("outer failed") from e
outer()
# expect-error: Traceback (most recent call last):
# expect-error: inner(5)
# expect-error: return [1, 2][x]
# expect-error: IndexError: list index out of range
# expect-error: The above exception was the direct cause of the following exception:
# expect-error: ValueError: outer failed
