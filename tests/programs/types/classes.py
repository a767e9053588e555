# property, class and static methods, bound methods, super, type, unions, aliases.
def T(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)
class C:
    @property
    def x(self): "doc x"; return 5
    @x.setter
    def x(self,v): self.y=v
    @classmethod
    def cm(cls,a): return (cls,a)
    @staticmethod
    def sm(a): return a
    ro = property(lambda s:1)
    def m(self): return 7
    def __repr__(self): return 'C()'
c=C()
T(lambda: c.x); T(lambda: setattr(c,'x',4)); T(lambda: c.y); T(lambda: delattr(c,'x')); T(lambda: setattr(c,'ro',4)); T(lambda: C.x.__doc__); T(lambda: C.x.__name__); T(lambda: property().__get__(1)); T(lambda: property().__name__); T(lambda: C.cm(3)); T(lambda: c.cm(3)); T(lambda: C.sm(3)); T(lambda: c.sm(4)); T(lambda: C.__dict__['cm'].__wrapped__.__name__); T(lambda: C.__dict__['sm'].__name__); T(lambda: C.__dict__['cm'].__qualname__); T(lambda: c.m()); T(lambda: c.m==c.m); T(lambda: c.m is c.m);  T(lambda: c.m.__func__ is C.m); T(lambda: c.m.__name__); T(lambda: repr(c.m)); T(lambda: c.m.foo); T(lambda: C.__dict__['sm'](8)); T(lambda: property(1,2,3,4).__doc__)
class P2(property): "pp"
T(lambda: P2(lambda s:1,doc='zz').__doc__); T(lambda: P2().__doc__); T(lambda: P2.__doc__)
class D(C):
    def m(self): return super().m()+1
    @classmethod
    def cm(cls,a): return super().cm(a)
    def z(self): return super().zzz
    def s(self): return super()
d=D()
T(lambda: d.m()); T(lambda: D.cm(1)); T(lambda: d.z()); T(lambda: repr(d.s())); T(lambda: super(D,d).m()); T(lambda: super(1)); T(lambda: super(int,'a')); T(lambda: super(C,D)); T(lambda: super()); T(lambda: d.s().__self__ is d); T(lambda: super(D).__self__); T(lambda: super(C,d).m())
T(lambda: type(1)); T(lambda: type(1,2)); T(lambda: type('X',(),{})); T(lambda: type('X',(),{}).__mro__); T(lambda: C); T(lambda: C.__name__); T(lambda: C.__module__); T(lambda: int.__module__); T(lambda: D.__bases__); T(lambda: C.__subclasses__()); T(lambda: D.mro()); T(lambda: C.__dict__['x'].__class__); T(lambda: int.__doc__[:10]); T(lambda: C.__doc__); T(lambda: type.__doc__); T(lambda: C.__annotations__); T(lambda: type(iter([]))()); T(lambda: object.__new__(type(iter([])))); T(lambda: setattr(int,'x',1)); T(lambda: isinstance(1,int)); T(lambda: issubclass(bool,(int,str))); T(lambda: isinstance(1,int|str)); T(lambda: int|None); T(lambda: int|str|int); T(lambda: (int|str)==(str|int)); T(lambda: hash(int|str)==hash(str|int)); T(lambda: int|3); T(lambda: (int|str).__args__); T(lambda: list[int]); T(lambda: list[int]|None); T(lambda: dict[str,list[int]]); T(lambda: list[int]()); T(lambda: list[int].__origin__); T(lambda: list[int].__args__); T(lambda: list[int]==list[int]); T(lambda: list[int][str]); T(lambda: tuple[int,...]); T(lambda: tuple[()]); T(lambda: isinstance(1,list[int])); T(lambda: list[int].append); T(lambda: [*tuple[int,str]]); T(lambda: list[[int,str]]); T(lambda: int[3]); T(lambda: type[int])
class M(type):
    def __call__(cls,*a): return ('called',cls.__name__,a)
class N(metaclass=M): pass
T(lambda: N(1,2)); T(lambda: type(N)); T(lambda: dir(N)[:3])
class Sl:
    __slots__=('a','b')
s=Sl(); s.a=1
T(lambda: s.a); T(lambda: s.b); T(lambda: setattr(s,'c',1)); T(lambda: Sl.a); T(lambda: s.__dict__)
class W: pass
w=W(); w.q=3
T(lambda: w.__dict__); T(lambda: W.__dict__.keys()); T(lambda: W.__weakref__); T(lambda: w.__weakref__)
T(lambda: setattr(D,'__bases__',(W,))); T(lambda: D.__mro__); T(lambda: setattr(D,'__bases__',(int,)));T(lambda: setattr(D,'__bases__',(D,)));T(lambda: setattr(D,'__name__','DD')); T(lambda: D); T(lambda: setattr(D,'__qualname__','EE')); T(lambda: D)
