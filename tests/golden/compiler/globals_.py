def f():
    global x, C
    x = 1
    class C: pass
    def C(): pass
class D:
    global y
    y = 2
    def g(self): return y
