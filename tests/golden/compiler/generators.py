def f():
    x = yield
    y = yield x
    return (yield from y)
def g():
    try:
        yield 1
    finally:
        yield 2
