def f():
    with a as b, c:
        return b
    with (d as e):
        for x in y:
            with z: break
