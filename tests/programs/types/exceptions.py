# Exception groups, except*, OSError, SyntaxError, Unicode errors.
def T(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)
T(lambda: enumerate.__text_signature__); T(lambda: zip.__text_signature__); T(lambda: map.__text_signature__)
T(lambda: BaseExceptionGroup()); T(lambda: BaseExceptionGroup(1,2)); T(lambda: BaseExceptionGroup('a',2)); T(lambda: BaseExceptionGroup('a',[])); T(lambda: BaseExceptionGroup('a',[1]));T(lambda: ExceptionGroup('a',[KeyboardInterrupt()]))
class E(ExceptionGroup): pass
T(lambda: E('a',[KeyboardInterrupt()]))
class E2(BaseExceptionGroup, ValueError): pass
T(lambda: E2('a',[KeyboardInterrupt()]))
T(lambda: repr(BaseExceptionGroup('a',[ValueError(1)]))); T(lambda: ExceptionGroup('a',[ValueError(1)]).split(3)); T(lambda: ExceptionGroup('a',[ValueError(1)]).split(int)); T(lambda: ExceptionGroup('a',[ValueError(1)]).split(lambda e:True)); T(lambda: ExceptionGroup('a',[ValueError(1)],x=3)); T(lambda: ExceptionGroup('a',[ValueError(1)],3))
T(lambda: OSError(1,2,3,4,5,6)); T(lambda: repr(OSError(2,'x','f',None,'g'))); T(lambda: repr(OSError(2,'x'))); T(lambda: OSError(a=3)); T(lambda: f"{OSError(2,'x','f',None,'g')}"); T(lambda:BlockingIOError(1,2,3).characters_written); T(lambda: OSError().characters_written); T(lambda: OSError(2,'x','f').__reduce__()); T(lambda: OSError(2,'x','f',None,'g').__reduce__()); T(lambda: BlockingIOError().characters_written)
for n in (1,2,4,10,11,13,17,20,21,32,103,104,110,111,114,115,3,108): T(lambda: OSError(n,'x'))
T(lambda: SyntaxError('a',(1,2))); T(lambda: f"{SyntaxError('a',('f/b.py',2,3,'t'))}"); T(lambda: repr(SyntaxError('a',('f/b.py',2,3,'t',1,2)))); T(lambda: repr(SyntaxError('a',('f/b.py',2,3,'t',1)))); T(lambda: SyntaxError(a=3)); T(lambda: SyntaxError('a',3));T(lambda: f"{SyntaxError()}"); T(lambda: f"{SyntaxError('m',(None,2,3,'t'))}"); T(lambda: SyntaxError('m',(None,2,3,'t')).text); T(lambda: IndentationError('a').msg)
T(lambda: UnicodeDecodeError()); T(lambda: UnicodeDecodeError(1,2,3,4,5)); T(lambda: UnicodeDecodeError('a',2,3,4,'5')); T(lambda: f"{UnicodeDecodeError('a',b'abc',1,2,'r')}"); T(lambda: f"{UnicodeDecodeError('a',b'abc',1,9,'r')}"); T(lambda: f"{UnicodeEncodeError('a','a\u1234',1,2,'r')}"); T(lambda: UnicodeEncodeError('a',b'a',1,2,'r')); T(lambda: UnicodeTranslateError(1,2)); T(lambda: f"{UnicodeTranslateError('abc',1,2,'r')}");T(lambda: UnicodeDecodeError('a',b'abc',1,9,'r').end); T(lambda: f"{UnicodeDecodeError.__new__(UnicodeDecodeError)}");T(lambda: UnicodeDecodeError.__new__(UnicodeDecodeError).encoding);T(lambda: UnicodeDecodeError.__new__(UnicodeDecodeError).start); T(lambda: setattr(UnicodeDecodeError('a',b'abc',1,9,'r'),'start','x')); T(lambda: f"{UnicodeDecodeError('a',b'abc',3,4,'r')}"); T(lambda: f"{UnicodeDecodeError('a',b'abc',-2,-1,'r')}");T(lambda: f"{UnicodeDecodeError('a',b'',0,1,'r')}")
T(lambda: ExceptionGroup.__mro__); T(lambda: ExceptionGroup); T(lambda: ExceptionGroup.__bases__)
def f(g):
    r=[]
    try:
        try: raise g
        except* ValueError as e: r.append(('V',e))
        except* TypeError as e: r.append(('T',e)); raise
        except* KeyError: raise IndexError('new')
    except BaseException as e: r.append(('out',e, e.__context__))
    return r
T(lambda: f(ValueError(1))); T(lambda: f(TypeError(1))); T(lambda: f(OSError(1))); T(lambda: f(ExceptionGroup('g',[ValueError(1),TypeError(2),OSError(3)]))); T(lambda: f(ExceptionGroup('g',[ValueError(1),KeyError(2),OSError(3)]))); T(lambda: f(ExceptionGroup('g',[ExceptionGroup('h',[ValueError(1),ValueError(4)]),KeyError(2),OSError(3), TypeError(5)])))
def f2():
    try: raise ExceptionGroup('g',[ValueError(1)])
    except* ExceptionGroup: pass
T(f2)
g=ExceptionGroup('g',[ValueError(1),TypeError(2)]); g.add_note('n')
T(lambda: g.subgroup(ValueError).__notes__); T(lambda: g.split(ValueError)); T(lambda: g.message); T(lambda: g.exceptions); T(lambda: f"{g}"); T(lambda: g.derive([KeyError()])); T(lambda: g.split((ValueError,KeyError))); T(lambda: g.subgroup(OSError))
class O2(OSError):
    def __init__(self,a): super().__init__(a,'str','file'); self.z=1
T(lambda: O2(2)); T(lambda: O2(2).filename); T(lambda: O2(2).__reduce__())
class O3(OSError):
    def __new__(cls,a): return super().__new__(cls,a,'q')
T(lambda: O3(2)); T(lambda: O3(2).strerror)
class KE(KeyError): pass
T(lambda: f"{KE('a')}")
