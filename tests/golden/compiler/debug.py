if __debug__:
    a()
else:
    b()
while 1:
    if 0: c()
    break
