def f(a):
    if a: x = 1
    print(x)
    del x
    try: y = a()
    except: pass
    return y
