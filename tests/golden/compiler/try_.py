def f():
    try:
        a()
    except (X, Y) as e:
        return e
    except Z:
        raise
    else:
        b()
    finally:
        c()
    try:
        return 1
    finally:
        d()
