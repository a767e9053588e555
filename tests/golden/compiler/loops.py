def f(xs):
    for x in xs:
        if x: continue
        if not x: break
        print(x)
    else:
        return 1
    while True:
        for y in [1, 2, 3]:
            if y in {4, 5, 6}: return y
