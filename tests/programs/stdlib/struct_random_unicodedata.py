import _struct as struct, _random, _string, unicodedata
def t(f,*a,**k):
    try: print(f(*a,**k))
    except BaseException as e: print(type(e).__name__, e)
for f,v in [("<bBhHiIlLqQ",(-1,255,-2,65535,-3,4294967295,-5,6,-7,8)),(">e f d",(1.5,2.5,3.5)),("@bi",(1,2)),("3s5p?c",(b"abcd",b"hello!",True,b"x")),("<3x2h",(1,2)),("nNP",(1,2,3)),("<F",(1+2j,))]:
    t(struct.pack,f,*v)
    try: t(struct.unpack,f,struct.pack(f,*v))
    except BaseException as e: print(e)
t(struct.pack,"b",200); t(struct.pack,"<h",70000);t(struct.pack,"B","a");t(struct.pack,"f","a");t(struct.pack,"z",1);t(struct.pack,"3");t(struct.pack,"bb",1);t(struct.unpack,"b",b"");t(struct.calcsize,"bi");t(struct.pack,"q",2**70);t(struct.pack,"<q",2**70);t(struct.pack,"Q",-1);t(struct.pack,"l",2**70);t(struct.pack,"P",2**70);t(struct.pack,"e",1e10);t(struct.pack,"f",1e300);t(struct.unpack_from,"<h",b"\1\2\3\4",2);t(struct.unpack_from,"<h",b"\1\2\3\4",3);t(struct.unpack_from,"<h",b"\1\2\3\4",-2);t(struct.unpack_from,"<h",b"\1\2\3\4",-1);t(struct.unpack_from,"<h",b"\1\2\3\4",-9);t(lambda:list(struct.iter_unpack("<h",b"\1\2\3\4")));t(struct.iter_unpack,"<h",b"\1\2\3")
b=bytearray(8); struct.pack_into("<h",b,2,5); print(b); t(struct.pack_into,"<h",b,7,5); t(struct.pack_into,"<h",b"123",0,5); t(struct.pack,"c",b"ab"); t(struct.pack,"s","a"); S=struct.Struct("<hh"); print(S,S.size,S.format,S.pack(1,2),S.unpack(b"\1\0\2\0")); t(S.pack,1); t(S.unpack,b""); print(struct.error); t(struct.pack,1,1)
r=_random.Random(42); print([r.random() for _ in range(3)], r.getrandbits(100), r.getrandbits(5), r.getrandbits(0), len(r.getstate())); s=r.getstate(); a=r.random(); r.setstate(s); print(a==r.random()); r.seed("abc") if 0 else r.seed(-7); print(r.random()); t(r.getrandbits,-1); t(r.setstate,(1,))
print(list(_string.formatter_parser("a{b!r:>5}c{{d}}")), [list(x) if not isinstance(x,(str,int)) else x for x in _string.formatter_field_name_split("a.b[0][x]")])
for c in "aé½٣ǅ\u0300漢(": print(unicodedata.name(c), unicodedata.category(c), unicodedata.bidirectional(c), unicodedata.combining(c), unicodedata.east_asian_width(c), unicodedata.mirrored(c), unicodedata.decomposition(c), unicodedata.numeric(c,None), unicodedata.digit(c,None), unicodedata.decimal(c,None))
t(unicodedata.name,"\0"); t(unicodedata.name,"ab"); t(unicodedata.name,1); t(unicodedata.lookup,"SNOWMAN"); t(unicodedata.lookup,"NOPE"); t(unicodedata.normalize,"NFD","é"); t(unicodedata.normalize,"X","é"); t(unicodedata.is_normalized,"NFC","é"); t(unicodedata.numeric,"a")
