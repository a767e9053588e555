//! Globals and namespaces.

use crate::interp::cache::{read_u32, set_op};
use crate::interp::name;
use bytecode::Op;

const GLOBAL: isize = Op::LOAD_GLOBAL.caches() as isize;

handlers! {
    LOAD_GLOBAL(vm, s, arg) {
        let cache = s.cache();
        slow!(vm, s, name::load_global, arg, cache);
        s.skip(GLOBAL);
    }

    /// Cache: 1 index, 2–3 version of the globals.
    LOAD_GLOBAL_MODULE(vm, s, arg) {
        let table = &(*(*s.frame).globals).table;
        if table.version_now() == read_u32(s.ip.add(2))
        {
            s.sp.push(table.value_at(usize::from(*s.ip.add(1))));
            if arg & 1 == 1 {
                s.sp.push_null();
            }
            s.skip(GLOBAL);
            next!(vm, s)
        }
        instead!(vm, s, global_missed, arg)
    }

    /// Cache: 0 version of the builtins, 1 index, 2–3 version of the globals.
    LOAD_GLOBAL_BUILTIN(vm, s, arg) {
        let table = &(*(*s.frame).builtins).table;
        if (*(*s.frame).globals).table.version_now() == read_u32(s.ip.add(2))
            && table.version_now() == u32::from(*s.ip)
        {
            s.sp.push(table.value_at(usize::from(*s.ip.add(1))));
            if arg & 1 == 1 {
                s.sp.push_null();
            }
            s.skip(GLOBAL);
            next!(vm, s)
        }
        instead!(vm, s, global_missed, arg)
    }

    LOAD_NAME(vm, s, arg) {
        slow!(vm, s, name::load_name, arg);
    }

    STORE_NAME(vm, s, arg) {
        slow!(vm, s, name::store_name, arg);
    }

    DELETE_NAME(vm, s, arg) {
        slow!(vm, s, name::delete_name, arg);
    }

    STORE_GLOBAL(vm, s, arg) {
        slow!(vm, s, name::store_global, arg);
    }

    DELETE_GLOBAL(vm, s, arg) {
        slow!(vm, s, name::delete_global, arg);
    }

    LOAD_LOCALS(vm, s) {
        slow!(vm, s, name::load_locals);
    }

    LOAD_FROM_DICT_OR_GLOBALS(vm, s, arg) {
        slow!(vm, s, name::load_from_dict_or_globals, arg);
    }

    LOAD_FROM_DICT_OR_DEREF(vm, s, arg) {
        slow!(vm, s, name::load_from_dict_or_deref, arg);
    }

    LOAD_BUILD_CLASS(vm, s) {
        slow!(vm, s, name::load_build_class);
    }

    SETUP_ANNOTATIONS(vm, s) {
        slow!(vm, s, name::setup_annotations);
    }

    LOAD_COMMON_CONSTANT(vm, s, arg) {
        slow!(vm, s, name::load_common_constant, arg);
    }
}

continuations! {
    /// A form of LOAD_GLOBAL whose guard failed.
    global_missed(vm, s, operand) {
        set_op(s.cache(), Op::LOAD_GLOBAL);
        instead!(vm, s, LOAD_GLOBAL, operand)
    }
}
