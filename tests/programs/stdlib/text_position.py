"""Text streams: positions within characters and lines, encodings with marks, what changes on the way."""
import io

text = "ä\r\nöü\n日本語\rend"
for encoding in ("utf-8", "utf-16", "euc_jp", "utf-8-sig"):
    data = text.replace("ä", "a").replace("öü", "ou").encode(encoding)
    for newline in (None, "", "\n"):
        stream = io.TextIOWrapper(io.BytesIO(data), encoding, newline=newline)
        stream._CHUNK_SIZE = 3
        marks = []
        while True:
            marks.append((stream.tell(), stream.read(2)))
            if not marks[-1][1]:
                break
        for place, expected in reversed(marks):
            stream.seek(place)
            assert stream.read(2) == expected, (encoding, newline, place)
        print(encoding, repr(newline), len(marks), stream.newlines)
stream = io.TextIOWrapper(io.BytesIO(), "utf-16")
stream.write("ab")
stream.seek(0)
stream.write("c")
stream.flush()
print(stream.buffer.getvalue())
stream = io.TextIOWrapper(io.BytesIO(b"x\n\xe9\n"), "utf-8", errors="replace")
print(ascii(next(stream)))
for attempt in (lambda: stream.tell(), lambda: stream.reconfigure(encoding="latin-1"), lambda: stream.seek(1, 1)):
    try:
        attempt()
    except OSError as error:
        print(type(error).__name__, error)
raw = stream.detach()
for attempt in (lambda: stream.read(), lambda: io.TextIOWrapper.__new__(io.TextIOWrapper).read(),
                lambda: io.TextIOWrapper(raw, "hex"), lambda: setattr(io.TextIOWrapper(raw), "_CHUNK_SIZE", 0)):
    try:
        attempt()
    except (ValueError, LookupError) as error:
        print(type(error).__name__, error)


class Slow(io.RawIOBase):
    """Takes two bytes at a time, and then none."""

    left = 4

    def writable(self):
        return True

    def write(self, data):
        if not self.left:
            return None
        self.left -= 2
        return min(2, len(data))


stream = io.BufferedWriter(Slow(), 4)
print(stream.write(b"abc"))
try:
    stream.write(b"defghijk")
except BlockingIOError as error:
    print(error.characters_written)
stream.raw.left = 100
stream = io.BufferedReader(io.BytesIO(b"0123456789"), 4)
room = bytearray(6)
print(stream.peek(1)[:1], stream.readinto1(room), bytes(room), stream.readinto(room), stream.seek(-2, 1), stream.read())
print(stream.readable(), stream.writable(), io.BytesIO(b"ab").__getstate__(), io.StringIO("a\r\nb", None).__getstate__())
copy = io.StringIO()
copy.__setstate__(("x\r\n", "\r\n", 1, {"note": 1}))
print(repr(copy.read()), copy.note, copy.newlines)

# Text that is ASCII waits as it is, other text as bytes; what is sent is one piece.
for encoding in ("us-ascii", "latin-1", "utf-8", "utf-16-le"):
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, errors="xmlcharrefreplace", newline="\r\n")
    for part in ("plain\n", "é", "", "\u20ac", "end"):
        out.write(part)
    print(encoding, raw.getvalue())
    out.flush()
    print(raw.getvalue(), out.tell())
    out.write("alone")
    out.flush()
    print(raw.getvalue()[-5:])
    raw.close()
    try:
        out.write("late")
    except ValueError as error:
        print(error)
