# What natives do in place: arguments borrowed or left out, bytes, quoted text, collections that start no others.
import asyncio,gc,io,sys
def f():
    fr=sys._getframe()
    return fr.f_lineno, (
       fr.f_lineno)
print(f())
print([repr(x) for x in ('', 'a','a\'b','"','\\','é','\n', 'x'*100)])
print('hello'.find('l'),'hello'.find('l',3),'hello'.find('l',None,2),'hello'.index('l',-2), [1,2,3].index(3,-1))
for a in [('x',1.5),('x','y'),(),(1,),('x',1,2,3)]:
    try: print('hello'.find(*a))
    except TypeError as e: print(e)
print(int.from_bytes(b'\xff\x01','little',signed=True),int.from_bytes(b'\xff\x01','big',signed=True),int.from_bytes(b'','big'),int.from_bytes(b'\x80','big',signed=True),int.from_bytes(b'1234567','little'),int.from_bytes(b'12345678','little'),int.from_bytes(bytes([255]*7),'big',signed=True))
b=io.BytesIO(b'abcdef'); print(b.read(2),b.read(),b.read(1)); b.seek(4); print(b.write(b'XYZ'),b.getvalue()); b.seek(10); b.write(b'q'); print(b.getvalue()); b.seek(100); print(b.read(3), b.read(-1), b.read(None))
for t in [(int,str),(int,(str,float)),(),(int,'x'),(str,int)]:
    for o in (1,'a',[],True):
        try: print(isinstance(o,t),end=' ')
        except TypeError as e: print(e,end=' ')
class P:
    @property
    def __class__(self): return int
print(isinstance(P(),(str,int)), isinstance(P(),(str,list)))
print(str(b'ab','utf-8'),str(b'\xc3\xa9','utf8','strict'),b'x'.decode(errors='ignore'),bytearray(b'q').decode('ascii'), 'a'.encode(encoding='latin-1'))
try: print(b'x'.decode('\udc80'))
except Exception as e: print(type(e),e)
print(bool(b''),bool(b'a'),not b'', len(b'abc'))
print('x',1,sep='-',end='!\n',file=sys.stdout)
try: print(1,foo=2)
except TypeError as e: print(e)
phases=[]
def callback(phase,info):
    phases.append(phase); [[] for _ in range(5000)]
gc.callbacks.append(callback); gc.collect(); gc.callbacks.remove(callback); print(phases)
async def step(i):
    await asyncio.sleep(0); return i
async def main():
    tasks=[asyncio.create_task(step(i)) for i in range(5)]
    print(len(asyncio.all_tasks()), asyncio.current_task() in asyncio.all_tasks())
    print(await asyncio.gather(*tasks), len(asyncio.all_tasks()))
    pending=asyncio.create_task(step(9)); pending.cancel(); del pending, tasks; gc.collect()
    await asyncio.sleep(0); await asyncio.sleep(0); print(len(asyncio.all_tasks()))
asyncio.run(main())
