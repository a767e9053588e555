a[1:2]
a[b:c]
a[::2]
a[b, 1:2, c:d:e]
a[b:] = c
del a[:b]
x = a[-1]
