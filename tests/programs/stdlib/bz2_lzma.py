# `bz2` and `lzma`: pieces, limits, formats, errors.
import bz2
import lzma

data = bytes(range(256)) * 400
for module, factory in ((bz2, bz2.BZ2Decompressor), (lzma, lzma.LZMADecompressor)):
    packed = module.compress(data)
    print(module.decompress(packed) == data)
    decoder = factory()
    out = decoder.decompress(packed[:20])
    out += decoder.decompress(packed[20:] + b"rest", 1000)
    print(decoder.eof, len(out) <= 1020)
    while not decoder.eof:
        out += decoder.decompress(b"", 5000)
    print(out == data, decoder.unused_data, decoder.needs_input)
    try:
        decoder.decompress(b"x")
    except EOFError as error:
        print(error)
    try:
        factory().decompress(b"nonsense, not compressed" * 3)
    except (OSError, lzma.LZMAError) as error:
        print(type(error).__name__)
filters = [{"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_LZMA2, "preset": 1}]
raw = lzma.compress(data, lzma.FORMAT_RAW, filters=filters)
print(lzma.decompress(raw, lzma.FORMAT_RAW, filters=filters) == data)
print(lzma.decompress(lzma.compress(data, lzma.FORMAT_ALONE)) == data)
for call in (lambda: lzma.LZMACompressor(preset=10), lambda: lzma.LZMACompressor(filters=[{"id": 98765}]), lambda: bz2.BZ2Compressor(0)):
    try:
        call()
    except (ValueError, lzma.LZMAError) as error:
        print(type(error).__name__, error)
