def f(a, b, c):
    if a and b or not c:
        return a or b and c
    while a < b < c:
        a = b if c else a
    return a is None, a is not None, a not in b
