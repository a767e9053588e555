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

# Lines: within what was read ahead, across its end, with a limit, and of a subclass that reads them its own way.
import io
import os
import tempfile

with tempfile.TemporaryDirectory() as folder:
    name = os.path.join(folder, "lines")
    with open(name, "wb") as file:
        file.write(b"one\n\nthree" + b"x" * 20 + b"\nlast")
    for size in (4, 7, 8192):
        with open(name, "rb", buffering=size) as file:
            assert list(file) == [b"one\n", b"\n", b"three" + b"x" * 20 + b"\n", b"last"], size
            file.seek(0)
            assert [file.readline(2), file.readline(), file.readline(0), file.readline(-1)] == [b"on", b"e\n", b"", b"\n"]
            assert file.tell() == 5 and file.read(5) == b"three"

    class Shouting(io.BufferedReader):
        def readline(self, size=-1):
            return super().readline(size).upper()

    with Shouting(io.FileIO(name)) as file:
        assert next(file) == b"ONE\n"
    try:
        next(file)
    except ValueError as error:
        assert "closed" in str(error), error
    with open(name, newline="") as text:
        assert text.readline() == "one\n" and text.readline(3) == "\n" and text.readline(3) == "thr"

text = io.StringIO("ab\n")
assert text.write("xé\u20ac\U0001f600\n") == 5 and text.getvalue() == "xé\u20ac\U0001f600\n"
text.seek(7)
assert text.write("z") == 1 and text.getvalue()[5:] == "\0\0z"
text.seek(0)
assert list(text) == ["xé\u20ac\U0001f600\n", "\0\0z"]
