# complex and memoryview.
def T(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)

class F(float): pass
class I:
    def __index__(self): return 3
class Cx:
    def __complex__(self): return 1+2j
class Bad:
    def __complex__(self): return 3
class Fl:
    def __float__(self): return 2.5
class C2(complex): pass
T(lambda: complex()); T(lambda: complex(1)); T(lambda: complex(1,2)); T(lambda: complex('1+2j')); T(lambda: complex(' ( 1+2j ) ')); T(lambda: complex('x')); T(lambda: complex('1',2)); T(lambda: complex(1,'2')); T(lambda: complex(real='1')); T(lambda: complex([])); T(lambda: complex(1,[])); T(lambda: complex([],1)); T(lambda: complex(I())); T(lambda: complex(Cx())); T(lambda: complex(Bad())); T(lambda: complex(Fl())); T(lambda: complex(1,Cx()));  T(lambda: C2('1+2j')); T(lambda: type(C2(1)+1)); T(lambda: complex(1,2,3)); T(lambda: complex(a=1)); T(lambda: complex(imag=2)); T(lambda: complex(b'1')); T(lambda: complex(10**400)); T(lambda: complex(1,imag=Fl())); T(lambda: complex('1\u0661')); T(lambda: complex('\ud800')); T(lambda: complex(None)); T(lambda:complex.from_number(3)); T(lambda: complex.from_number('3')); T(lambda: C2.from_number(3+1j)); T(lambda: complex.from_number(1j))
T(lambda: 1j+1); T(lambda: 1j-1.5); T(lambda: 1j*2j); T(lambda: 1j/0); T(lambda: (1+2j)/(3+4j)); T(lambda: 1/(1j)); T(lambda: 2**1j); T(lambda: 0j**-1); T(lambda: 0j**1j); T(lambda: (1+1j)**3); T(lambda: (1+1j)**-3); T(lambda: (1+1j)**0.5); T(lambda: (1+1j)**101);  T(lambda: pow(1j,2,3)); T(lambda: 1j%1); T(lambda: 1j//1); T(lambda: divmod(1j,1)); T(lambda: 1j<2); T(lambda: 1j==1j); T(lambda: 1+0j==1); T(lambda: 1+0j==True); T(lambda: 1j=='a'); T(lambda: (2**53+1)==complex(2**53)); T(lambda: hash(1+0j)); T(lambda: hash(1j)); T(lambda: hash(1.5+2.5j)); T(lambda: -(1j)); T(lambda: +(1j)); T(lambda: abs(3+4j)); T(lambda: bool(0j)); T(lambda: int(1j)); T(lambda: float(1j)); T(lambda: (1+2j).conjugate()); T(lambda: (1+2j).real); T(lambda: (1+2j).__getnewargs__()); T(lambda: (1+2j).__complex__()); T(lambda: type(C2(1,2).__complex__())); T(lambda: format(1+2j,'.3f')); T(lambda: format(1+2j,'')); T(lambda: format(1+2j,'>20')); T(lambda: format(1+2j,'010')); T(lambda: format(1+2j,'=20')); T(lambda: format(1+2j,'d')); T(lambda: format(1+2j,'e')); T(lambda: format(1+2j, ',.2f')); T(lambda: format(12345.5+2j, ',')); T(lambda: repr(complex('nan'))); T(lambda: repr(complex('-inf+infj'))); T(lambda: repr(complex(-0.0,-0.0))); T(lambda: str(1e20j)); T(lambda: abs(complex(1e308,1e308))); T(lambda: (1e308+1e308j)*2); T(lambda: (1e200+1j)**2); T(lambda: 1j+'a'); T(lambda: 1j.__add__(1)); T(lambda: 1j.__rpow__(2)); T(lambda: 3-1j); T(lambda: 3.5/2j); T(lambda: format(1+2j,'s')); T(lambda: format(1+2j,'%')); T(lambda: format(1j,'#x')); T(lambda: format(3j,'+.2e')); T(lambda: format(1+2j, '^30.1f')); T(lambda: complex(2,-3).__format__('g')); T(lambda: (0+1j)*(complex('inf')) ); T(lambda: (1-1j)/complex('inf')); T(lambda: 1/complex(0,0)); T(lambda: 1.5j+2); T(lambda: -0.0-1j); T(lambda: 1j - 0.0); T(lambda: 5*(complex('inf')+1j)); T(lambda: complex('inf')*5)
b=bytearray(b'abcdefgh'); m=memoryview(b)
T(lambda: len(m)); T(lambda: m[0]); T(lambda: m[-1]); T(lambda: m[10]); T(lambda: m[1:4].tobytes()); T(lambda: m[::2].tolist()); T(lambda: m[::-1].tobytes()); T(lambda: m['a']); T(lambda: m[1,2]); T(lambda: m[()]); T(lambda: m[...]); T(lambda: m[1:2,1:2]); T(lambda: m.format); T(lambda: m.itemsize); T(lambda: m.nbytes); T(lambda: m.ndim); T(lambda: m.shape); T(lambda: m.strides); T(lambda: m.suboffsets); T(lambda: m.readonly); T(lambda: m.contiguous); T(lambda: m[::2].c_contiguous); T(lambda: m.obj is b); T(lambda: m.hex()); T(lambda: m.hex(':',2)); T(lambda: m.hex(3)); T(lambda: m==b); T(lambda: m==b'abcdefgh'); T(lambda: m==1); T(lambda: m!=m[1:]); T(lambda: m<m); T(lambda: hash(m)); T(lambda: hash(memoryview(b'abc'))==hash(b'abc')); T(lambda: list(m)); T(lambda: m.count(97)); T(lambda: m.index(100)); T(lambda: m.index(1)); T(lambda: m.index(97,1)); T(lambda: 97 in m)
def f(k,v):
    m[k]=v
    return bytes(b)
T(lambda: f(0,65)); T(lambda: f(0,300)); T(lambda: f(0,'a')); T(lambda: f(0,-1)); T(lambda: f(slice(0,2),b'XY')); T(lambda: f(slice(0,2),b'XYZ')); T(lambda: f(slice(None,None,2),b'1234')); T(lambda: f(99,1)); T(lambda: f('a',1)); T(lambda: b.append(1)); T(lambda: f(slice(0,4),m[2:6]))
def d(): del m[0]
T(d); T(lambda: memoryview(b'a').__setitem__(0,1))
c=m.cast('I')
T(lambda: c.tolist()); T(lambda: c.format); T(lambda: c.shape); T(lambda: m.cast('H').tolist()); T(lambda: m.cast('x')); T(lambda: c.cast('H')); T(lambda: c.cast('B').tobytes()); T(lambda: m[::2].cast('H')); T(lambda: m[:3].cast('I')); T(lambda: m.cast('B',[2,4]).tolist()); T(lambda: m.cast('B',(2,4)).strides); T(lambda: m.cast('B',[3,4])); T(lambda: m.cast('B',[2,2,2]).tolist()); T(lambda: m.cast('B',[2,4])[1,2]); T(lambda: m.cast('B',[2,4])[1]);  T(lambda: m.cast('B',[2,4])[1,2,3]);T(lambda: m.cast('B',[2,4])[5,0]); T(lambda: m.cast('B',[2,4]).tobytes('F')); T(lambda: m.tobytes('x')); T(lambda: m.tobytes(3)); T(lambda: m.cast('B',[0])); T(lambda: m.cast('B','a')); T(lambda: m.cast(3)); T(lambda: m.cast('c').tolist()); T(lambda: m.cast('B',[2,4]).cast('B',[4,2])); T(lambda: m.cast('d').tolist()); T(lambda: m.cast('?').tolist()); T(lambda: list(m.cast('B',[2,4]))); T(lambda: len(m.cast('B',[2,4]))); T(lambda: m.cast('b')==m); T(lambda: m.cast('H')==m); T(lambda: m[0:1].cast('B',()).tolist()); T(lambda: m[0:1].cast('B',())[()]); T(lambda: len(m[0:1].cast('B',()))); T(lambda: m[0:1].cast('B',())[0]); T(lambda: m[0:1].cast('B',()).shape)
T(lambda: m.release()); T(lambda: memoryview(1)); T(lambda: memoryview()); T(lambda: memoryview(object=b'a').tobytes()); T(lambda: m.toreadonly())
def r():
    b=bytearray(b'abc'); m=memoryview(b); n=m[1:]; m.release()
    try: b.append(1)
    except BufferError as e: x=str(e)
    n.release(); b.append(1); 
    return x, b
T(r)
def r():
    m=memoryview(b'abc'); m.release(); return m[0]
T(r)
def r():
    m=memoryview(b'abc'); n=memoryview(m); m.release(); return n.tobytes()
T(r)
def r():
    with memoryview(b'abc') as m: x=m[0]
    m.release()
    return x, m.tolist()
T(r)
class Bf:
    def __buffer__(self, flags): return memoryview(b'hello')
    def __release_buffer__(self, v): print('released')
T(lambda: memoryview(Bf()).tobytes()); T(lambda: bytes(Bf()))
class Bb:
    def __buffer__(self, flags): return 3
T(lambda: memoryview(Bb()))
def r():
    b=bytearray(8); m=memoryview(b)
    for f,v in (('b',-3),('h',-300),('i',1<<30),('q',-(1<<60)),('Q',1<<63),('f',1.5),('d',-2.25),('e',0.1),('?',[1]),('c',b'z'),('I',-1),('q',1<<64),('f','a'),('c',1),('c',b'zz'),('e',1e6),('n',5)):
        def g():
            c=m.cast(f); c[0]=v; return c[0], bytes(b)
        T(g)
r()
T(lambda: memoryview.__text_signature__); T(lambda: memoryview.cast.__text_signature__)
