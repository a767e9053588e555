def f(a):
    x = 1
    return [i + x for i in a if i], {k: v for k, v in a}, {j for i in a for j in [i]}, (x for x in a)
y = [lambda: z for z in q]
