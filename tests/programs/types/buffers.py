# __buffer__ and __release_buffer__ (PEP 688), native and of classes.
b=bytearray(b'a')
for a in [(),(1,2),(1,)]:
    try: b.__release_buffer__(*a)
    except Exception as e: print(repr(e))
    try: b.__buffer__(*a)
    except Exception as e: print(repr(e))
try: b.__release_buffer__(x=1)
except Exception as e: print(repr(e))
try: b.__buffer__(1<<40)
except Exception as e: print(repr(e))
class C(bytearray):
    def __release_buffer__(s, buffer):
        for f in [lambda: memoryview(buffer), lambda: buffer.cast('b'), lambda: buffer.toreadonly(), lambda: buffer[:1], lambda: buffer.__buffer__(0), lambda: buffer.obj, lambda: buffer[0], lambda: bytes(buffer), lambda: list(buffer), lambda: buffer==b'hello', lambda:hash(buffer), lambda: buffer.tobytes(), lambda: buffer.__release_buffer__(buffer), lambda: super(C,s).__release_buffer__(buffer), lambda: super(C,s).__release_buffer__(memoryview(b'')), lambda: buffer.readonly]:
            try: print(f())
            except BaseException as e: print(repr(e))
        1/0
c=C(b'hello')
import sys
sys.unraisablehook=lambda u: print(u.err_msg, u.object, repr(u.exc_value))
m=memoryview(c)
m2=m[1:]
m.release()
print('r')
m2.release()
c.clear()
class D:
    def __buffer__(self, flags): return memoryview(b'abc')
    def __release_buffer__(self, v): print('rel', v.tobytes()); 1/0
print(bytes(D()))
d=D()
m=d.__buffer__(0)
class E(bytearray):
    def __buffer__(self, flags): return super().__buffer__(flags)
    def __release_buffer__(self, v): print('rel', v.tobytes());return super().__release_buffer__(v)
e=E(b'abc'); print(bytes(e)); e.append(1); print(e)
m=e.__buffer__(0); e.__release_buffer__(m)
try: m.tobytes()
except ValueError as x: print(x)
e.append(1); print(e)
import io
b=io.BytesIO(b'abc'); m=b.getbuffer(); o=m.obj; print(type(o), memoryview(o).obj is o,  type(o).__doc__, type(o).__name__, type(o).__module__, bytes(o))
