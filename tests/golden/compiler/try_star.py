def f():
    try:
        a()
    except* X as e:
        b(e)
    except* Y:
        c()
    else:
        d()
