class A(B, metaclass=M):
    """  Doc
    string."""
    x = 1
    __y = 2
    def f(self):
        self.attr = super().f()
        return __class__, self.__y
    @property
    def g(self): return super(A, self).g
