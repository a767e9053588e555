"""Encodings of China, Japan and Korea: both directions, parts of characters, states, error handlers."""
import codecs
import io

samples = {
    "shift_jis": "日本ｱ\\~",
    "cp932": "①髙\x80",
    "euc_jp": "日本ｱ丂",
    "euc_jis_2004": "か゚か俱",
    "shift_jisx0213": "か゚¥~",
    "iso2022_jp": "a日本\nb",
    "iso2022_jp_2": "中é漢한",
    "iso2022_jp_2004": "か゚a",
    "iso2022_kr": "a한글b",
    "gb2312": "中文",
    "gbk": "丂中",
    "gb18030": "中\x80\u1e3f😀",
    "hz": "a中~b",
    "euc_kr": "한쓔",
    "cp949": "똠방각하",
    "johab": "한ㄱㅏ漢",
    "big5": "中文／",
    "cp950": "中文•",
    "big5hkscs": "Ê̄Ê中",
}
for name, text in samples.items():
    data = text.encode(name, "backslashreplace")
    decoder = codecs.getincrementaldecoder(name)()
    parts = "".join(decoder.decode(data[i : i + 1]) for i in range(len(data))) + decoder.decode(b"", True)
    encoder = codecs.getincrementalencoder(name)("backslashreplace")
    pieces = b"".join(encoder.encode(c) for c in text) + encoder.encode("", True)
    print(name, data, ascii(data.decode(name)), parts == data.decode(name), pieces == data)
    reader = codecs.getreader(name)(io.BytesIO(data))
    stream = io.BytesIO()
    writer = codecs.getwriter(name)(stream, "ignore")
    writer.write(text)
    writer.reset()
    print("  ", reader.read(1) + reader.read() == data.decode(name), stream.getvalue() == text.encode(name, "ignore"))
for data, name in ((b"a\x81\x00", "cp932"), (b"a\xff", "euc_kr"), (b"\xa4", "gbk"), (b"~x", "hz")):
    for errors in ("strict", "replace", "ignore"):
        try:
            print(name, errors, ascii(data.decode(name, errors)))
        except UnicodeDecodeError as error:
            print(error)
try:
    "a\xff".encode("shift_jis")
except UnicodeEncodeError as error:
    print(error)
codecs.register_error("test.twice", lambda error: ("??", error.end))
print("a\xffb".encode("iso2022_jp", "test.twice"))
encoder = codecs.getincrementalencoder("euc_jis_2004")()
print(encoder.encode("æ"), hex(encoder.getstate()), encoder.encode("̀"), encoder.getstate())
