"""Small promises of native modules."""
import array
import binascii
import codecs
import datetime
import functools
import mmap
import os
import re
import warnings
import weakref

print(binascii.b2a_qp(b"x \r\n=\xff" + b"0" * 80, header=True), binascii.a2b_qp(b"=41_=\r\nb", header=True))
print(binascii.a2b_base64(b"ab==cd"), binascii.a2b_uu(b'"86$ '))
for data in (b"ab===", b"ab==c", b"ab=c="):
    try:
        binascii.a2b_base64(data, strict_mode=True)
    except binascii.Error as error:
        print(error)
with mmap.mmap(-1, 8) as memory:
    memory[:] = b"abcdefgh"
    with memoryview(memory) as view:
        view[0] = 65
        print(bytes(view[:3]), re.search(rb"d.", memory).group())
        try:
            memory.close()
        except BufferError as error:
            print(error)
    memory.seek(8)
    print(memory.read(), memory.tell())
print(ascii(os.path.normpath("a/\udfff/../b\0")), [ascii(part) for part in os.path.splitroot("//\udfff/x")])
try:
    os.stat(".").extra = 1
except AttributeError as error:
    print(error)
print(os.sched_param(3), os.major(-1), os.makedev(1, 2) == os.makedev(os.major(os.makedev(1, 2)), 2))
print(repr(datetime.date(2020, 1, 2).strftime("%z|%Z|%d")))
numbers = array.array("i", [1, 2, 3])


class Clears:
    def __index__(self):
        del numbers[:]
        return 1


try:
    numbers[2] = Clears()
except IndexError as error:
    print(error)
try:
    del functools.partial(print).__dict__
except TypeError as error:
    print(error)
print(weakref.ref(re.compile("a"))() is re.compile("a"), codecs.utf_16_ex_decode(b"a\0", "strict", 0, False))
decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
print([ascii(decoder.decode(bytes([b]))) for b in b"\xed\xa4\x80"], ascii(b"a+2AE\x80b".decode("utf-7", "replace")))


def noisy():
    warnings.warn("once more", UserWarning, 2)


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("default")
    for _ in range(3):
        noisy()
    warnings.simplefilter("always")
    noisy()
    warnings.warn_explicit("there", DeprecationWarning, "file.py", 7, registry={})
    print([(str(w.message), w.category.__name__, os.path.basename(w.filename), w.lineno) for w in caught])
    warnings.simplefilter("error")
    try:
        noisy()
    except UserWarning as error:
        print(repr(error))
for arguments in (("x", int), (UserWarning("y"), None, 1, None)):
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.warn(*arguments)
            print([w.category.__name__ for w in caught])
    except TypeError as error:
        print(error)
