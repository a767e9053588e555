//! Calls, functions, imports.

use crate::interp::call;
use crate::interp::intrinsic;
use crate::interp::name;
use bytecode::Op;

const CALL_UNITS: isize = Op::CALL.caches() as isize;
const CALL_KW_UNITS: isize = Op::CALL_KW.caches() as isize;

handlers! {
    CALL(vm, s, arg) {
        if let Some(mut inner) = call::enter_exact(vm, s.frame, s.ip, s.sp, arg as usize) {
            next!(vm, inner)
        }
        instead!(vm, s, CALL_NON_PY_GENERAL, arg)
    }

    CALL_NON_PY_GENERAL(vm, s, arg) {
        called!(vm, s, call::call(vm, s.frame, s.ip, s.sp, arg as usize), CALL_UNITS);
    }

    CALL_KW(vm, s, arg) {
        called!(vm, s, call::call_kw(vm, s.frame, s.ip, s.sp, arg as usize), CALL_KW_UNITS);
    }

    CALL_FUNCTION_EX(vm, s) {
        called!(vm, s, call::call_ex(vm, s.frame, s.ip, s.sp), 0);
    }

    CALL_INTRINSIC_1(vm, s, arg) {
        slow!(vm, s, intrinsic::one, arg);
    }

    CALL_INTRINSIC_2(vm, s, arg) {
        slow!(vm, s, intrinsic::two, arg);
    }

    MAKE_FUNCTION(vm, s) {
        slow!(vm, s, call::make_function);
    }

    SET_FUNCTION_ATTRIBUTE(vm, s, arg) {
        slow!(vm, s, call::set_function_attribute, arg);
    }

    IMPORT_NAME(vm, s, arg) {
        slow!(vm, s, name::import_name, arg);
    }

    IMPORT_FROM(vm, s, arg) {
        slow!(vm, s, name::import_from, arg);
    }
}
