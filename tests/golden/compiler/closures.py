def f(a, /, b=1, *args, c, d=2, **kw):
    x = a
    def g():
        nonlocal x
        x = b
        return x, c
    del b
    return g, lambda: (a, kw)
