# What each readable buffered stream refuses: the two classes share their reading methods.
import io

for kind in (io.BufferedReader, io.BufferedRandom):
    stream = kind(io.BytesIO(b"abc\ndef"))
    try:
        stream.read(-2)
    except ValueError as error:
        print(kind.__name__, error)
