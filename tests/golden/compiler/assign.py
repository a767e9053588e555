a = b = 1
x, *y = a
(p, q), [r] = z
m[0] = n.o = 2
del m[0], n.o, a
i += 1
j.k -= 2
l[u:v] *= 3
l[1:2] = []
