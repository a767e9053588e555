import binascii
def t(f,*a,**k):
    try: print(f(*a,**k))
    except BaseException as e: print(type(e).__name__, e)
t(binascii.hexlify,b"abc",":"); t(binascii.unhexlify,"6162"); t(binascii.unhexlify,"616"); t(binascii.unhexlify,"6g"); t(binascii.a2b_base64,"YWJj"); t(binascii.a2b_base64,"YWI="); t(binascii.a2b_base64,"YQ=="); t(binascii.a2b_base64,"YQ="); t(binascii.a2b_base64,"Y"); t(binascii.a2b_base64,"YWJjZ"); t(binascii.a2b_base64,"Y\nW!Jj"); t(binascii.a2b_base64,"Y\nWJj",strict_mode=True); t(binascii.a2b_base64,"=",strict_mode=True); t(binascii.a2b_base64,"YQ==x",strict_mode=True); t(binascii.b2a_base64,b"hello"); t(binascii.b2a_base64,b"hell",newline=False); t(binascii.crc32,b"hello"); t(binascii.crc32,b"hello",-5); t(binascii.crc_hqx,b"hello",7); t(binascii.b2a_uu,b"hello"); t(binascii.a2b_uu,binascii.b2a_uu(b"hello world")); t(binascii.a2b_base64,"é"); t(binascii.a2b_base64,5); print(binascii.Error, binascii.Incomplete.__mro__)
