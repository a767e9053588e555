# Module objects.
def T(f):
    try: print(repr(f()))
    except BaseException as e: print(type(e).__name__, e)
import types
T(lambda: types.ModuleType('m')); m=types.ModuleType('m','doc'); T(lambda: m.__doc__); T(lambda: m.x); T(lambda: types.ModuleType()); T(lambda: types.ModuleType(3)); m.x=3; T(lambda: m.x); T(lambda: m.__dict__.keys()); T(lambda: dir(m)); del m.x; T(lambda: m.x); m.__getattr__=lambda n: 'got '+n; T(lambda: m.foo); T(lambda: delattr(m,'q'));  m.__dir__=lambda:['a']; T(lambda: dir(m)); T(lambda: m.__annotations__)
class Mod(types.ModuleType):
    y=5
    def __repr__(self): return 'Mod!'
mm=Mod('q'); T(lambda: mm); T(lambda: mm.y); mm.z=1; T(lambda: mm.__dict__['z']); m.__class__=Mod; T(lambda: m.y); T(lambda: vars(mm)['__name__'])
