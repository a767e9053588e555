def f(a):
    while a:
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
        a.b(a.c, a.d)
    if a:
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
        a = a.b + a.c
