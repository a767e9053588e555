"""A buffered stream at its end gives nothing; it does not give old bytes again."""
import io

s = io.BufferedReader(io.BytesIO(b"abc\ndef"))
print(s.read(3), s.read(), s.read())  # expect: b'abc' b'\ndef' b''
s = io.BufferedReader(io.BytesIO(b"abc\ndef"))
print(s.readline(), s.read1(2), s.peek(), s.read(-1), s.read())  # expect: b'abc\n' b'de' b'f' b'f' b''
s.seek(4)
print(s.readline(), s.readline())  # expect: b'def' b''
import marshal

code = compile("def f(a, b): return a + b\ndef g(a, c): return a - c\n", "f", "exec")
print(marshal.loads(marshal.dumps(code)) == code)  # expect: True
