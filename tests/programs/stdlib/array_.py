import array as A, re, warnings
warnings.simplefilter('ignore')
a=A.array
for f in ["a()","a('i')","a('x')","a(1)","a('i',1)","a('i',[1,2.5])","a('b',[200])","a('B',[-1])","a('B',[256])","a('h',[40000])","a('H',[-1])","a('H',[70000])","a('i',[2**31])","a('I',[2**32])","a('I',[-1])","a('l',[2**63])","a('L',[-1])","a('L',[2**64])","a('q',[2**63])","a('Q',[2**64])","a('Q',[-1])","a('f',['x'])","a('u','abc')","a('w','ab\\U0001F600')","a('i','abc')","a('w',[1])","a('w',['ab'])","a('u',['ab'])","a('i',b'1234')","a('i',b'123')","a('d',[1,2])","a('f',[1.1])","a('i',[1])+[2]","a('i',[1])+a('h',[1])","a('i',[1])*-1","a('i',[1,2]).index(3)","a('i',[1,2]).remove(3)","a('i').pop()","a('i',[1]).pop(5)","a('i',[1])[5]","a('i',[1])['a']","a('i',[1]).fromlist(1)","a('i',[1]).fromunicode('a')","a('i',[1]).tounicode()","a('i',[1]).frombytes(b'abc')","a('i',[1]).frombytes('abc')","a('i',[1]).extend(a('h',[1]))","a('i',[1]).extend(5)","a('i',[1]).__setitem__(0,'a')","a('i',[1]).__setitem__(5,1)","a('i',[1,2,3]).__setitem__(slice(0,1),[1])","a('i',[1,2,3]).__setitem__(slice(0,3,2),a('i',[1]))","a('i',[1,2,3]).__setitem__(slice(0,1),a('h',[1]))","a('i',[1])<[1]","a('i',[1])==a('f',[1.0])","a('i',[1]).__reduce_ex__(2)","a('i',[1]).__reduce_ex__(4)","a('w','a').__reduce_ex__(4)","A._array_reconstructor(a,'i',8,b'1234')","A._array_reconstructor(a,'i',18,b'1234')","A._array_reconstructor(int,'i',18,b'1234')","A._array_reconstructor(a,'x',18,b'1234')","A._array_reconstructor(a,'i',8,'a')","A._array_reconstructor(a,'i',8,b'123')","A._array_reconstructor(a,'d',8,b'1'*8)","a('i',[1]).fromfile(5,1)","a('i',[1]).buffer_info()[1]","a('i',[1,2,3]).count(2)","a('i',[1]).__deepcopy__(None)","iter(a('i',[1]))","iter(a('i',[1])).__reduce__()","a('i',[1]).insert(0)","a[int]","a('i',x=1)","a('i',[1],2)","memoryview(a('u','ab')).format","memoryview(a('w','ab')).format","memoryview(a('l',[1])).format","a('u')","a('w')","a('ii')","A.array('i',(x for x in [1,2]))","a('i',range(3))[::-1]","a('I',[1.0])","a('B',[1.0])","a('L',['a'])","a('Q',[1.5])","a('q',[1.5])","a('b',['a'])","a('i',[1]).byteswap()","a('w','abc').byteswap()","a('i',{1,2})", "a('i',a('w','a'))", "a('w',a('i',[1]))","a('w',a('u','a'))", "a('i',[1]).index(1,0,5)", "'a' in a('i')","hash(a('i'))","a('d',[float('nan')])==a('d',[float('nan')])","a('i',[1,2])*2","2*a('i',[1])","a('i',[1])*'a'","a('i',[1])+1", "a(**{})","A.array(typecode='i')","a('i',[1,2])<a('i',[1,3])","a('i',[1,2])<a('i',[1])","a('b',[-1])<a('B',[1])", "memoryview(a('d',[1,2])).tolist()", "A.typecodes", "A._array_reconstructor(a,'f',17,b'\\x3f\\xf0'+b'\\0'*6)","A._array_reconstructor(a,'w',18,'ab'.encode('utf-16-le'))","A._array_reconstructor(a,'l',3,b'\\1\\2')"]:
    try: r = repr(eval(f))
    except BaseException as e: r = type(e).__name__ + ' ' + str(e)
    print(f, '->', re.sub('0x[0-9a-f]+','0x',r))
x = a('i', range(10))
del x[2:5]; print(x); del x[::2]; print(x); x[1:1] = a('i', [7, 8]); print(x); x[::2] = a('i', [0] * len(x[::2])); print(x)
x += a('i', [5]); x *= 2; print(x, x.pop(), x.pop(0)); x.insert(1, 99); x.insert(-100, 98); x.remove(5); x.reverse(); print(x, x.tolist(), x.tobytes())
m = memoryview(x); m[0] = 1234
try: x.append(1)
except BufferError as e: print(e)
m.release(); x.append(1); print(x)
class S(a): pass
s = S('d', [1.5]); s.y = 1; print(s, s.__reduce_ex__(4), s[:], type(s[:]), s + s)
import io
b = io.BytesIO(); x.tofile(b); b.seek(0); y = a('i'); y.fromfile(b, len(x)); print(y == x)
try: y.fromfile(b, 1)
except EOFError as e: print(e)
