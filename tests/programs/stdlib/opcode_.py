import _opcode as o, opcode, dis
for f in ["o.get_intrinsic1_descs()","o.get_intrinsic2_descs()","o.get_nb_ops()","o.get_special_method_names()","o.get_specialization_stats()","o.get_executor((lambda:0).__code__,0)","o.get_executor(code=(lambda:0).__code__,offset=3)","o.get_executor(1,0)","o.stack_effect(1000)","o.stack_effect(0,1)","o.stack_effect(opcode.opmap['LOAD_CONST'])","o.stack_effect(opcode.opmap['LOAD_CONST'],0)","o.stack_effect(opcode.opmap['POP_TOP'],0)","o.stack_effect(opcode.opmap['FOR_ITER'],0,jump=True)","o.stack_effect(opcode.opmap['FOR_ITER'],0,jump=5)","o.stack_effect(opcode.opmap['POP_TOP'],5)","o.is_valid(300)","o.has_arg(1000)","o.has_exc(256)","o.stack_effect('a')","o.stack_effect(1,'a')","o.is_valid(-1)","o.stack_effect(-1)"]:
    try: print(f, repr(eval(f)))
    except BaseException as e: print(f, type(e), e)
from _opcode_metadata import _specialized_opmap
for i in range(300):
    if i in _specialized_opmap.values(): continue
    print(i, [f for f in ["has_arg","has_const","has_exc","has_free","has_jump","has_local","has_name","is_valid"] if getattr(o,f)(i)], end=' ')
    for a in (0, 1, 2, 3, 7):
        for j in (None, True, False):
            try: print(o.stack_effect(i, a, jump=j), end=' ')
            except ValueError as e: print('V', end='')
    print()
def f(a, *b):
    for x in b:
        try: a += x
        except TypeError: print(x)
    return [y for y in b if y]
dis.dis(f)
