# Weak references, proxies, callbacks.
def T(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)
import gc, _weakref as weakref
class C:
    def __repr__(self): return 'C!'
    def m(self): return 5
c=C(); r=weakref.ref(c)
T(lambda: r() is c); T(lambda: weakref.ref(c) is r); T(lambda: weakref.getweakrefcount(c)); T(lambda: c.__weakref__ is r); T(lambda: hash(r)==hash(c)); T(lambda: r==weakref.ref(c)); T(lambda: repr(r)[:13]); T(lambda: weakref.ref(1)); T(lambda: weakref.ref([])); T(lambda: weakref.ref()); T(lambda: weakref.ref(c,1,2))
log=[]
r2=weakref.ref(c, lambda w: log.append(('cb', w is r2)))
p=weakref.proxy(c)
T(lambda: p.m()); T(lambda: repr(p)[:14]); T(lambda: str(p)); T(lambda: type(p)); T(lambda: p.zz); T(lambda: hash(p)); T(lambda: weakref.getweakrefcount(c)); T(lambda: r2.__callback__ is not None)
del c
T(lambda: r()); T(lambda: log); T(lambda: p.m()); T(lambda: r2.__callback__); T(lambda: repr(r)[-6:]); T(lambda: hash(r2)); T(lambda: r==r); T(lambda: r==r2)
class Cy: pass
a=Cy(); a.s=a; w=weakref.ref(a, lambda w: log.append('cyc'))
del a
T(lambda: w() is None); T(lambda: gc.collect()>0); T(lambda: w()); T(lambda: log)
class R(weakref.ref):
    def __init__(self,o,cb=None,x=3): super().__init__(o,cb); self.x=x
    def __new__(cls,o,cb=None,x=3): return super().__new__(cls,o,cb)
o=Cy(); rr=R(o,x=9); T(lambda: rr.x); T(lambda: rr() is o); T(lambda: R(o) is rr)
class Fn:
    def __call__(self,a,k=1): return (a,k)
fn=Fn(); pf=weakref.proxy(fn); T(lambda: pf(1,k=2)); T(lambda: type(pf))
class L(list): pass
l=L([1,2]); pl=weakref.proxy(l); T(lambda: len(pl)); T(lambda: pl[0]); T(lambda: list(pl)); T(lambda: pl+[3]); T(lambda: 1 in pl); T(lambda: pl==[1,2]); T(lambda: bool(pl))
class Slots: __slots__=('a',)
T(lambda: weakref.ref(Slots()))
class Slots2: __slots__=('a','__weakref__')
so=Slots2(); T(lambda: weakref.ref(so)() is so)
T(lambda: weakref.ref(C)() is C); T(lambda: weakref.ref(len)() is len);   T(lambda: weakref.ref(gc)() is gc); T(lambda: weakref.ref(type('Z',(),{}))())
def z():
    def g(): yield
    x=g(); w=weakref.ref(x); y= w() is x; del x; return y,w()
T(z)

