//! Calls, functions, imports.

use crate::builtins::none::none_word;
use crate::interp::cache::is_due;
use crate::interp::call;
use crate::interp::dispatch::{drop_shared, may_drop};
use crate::interp::enter;
use crate::interp::intrinsic;
use crate::interp::items;
use crate::interp::name;
use crate::interp::native;
use crate::interp::state::{Sp, State, own_word};
use crate::prelude::*;
use bytecode::Op;

const CALL_UNITS: isize = Op::CALL.caches() as isize;
const CALL_KW_UNITS: isize = Op::CALL_KW.caches() as isize;

/// A form of CALL for what `$find` gives, a native, by `$call`.
macro_rules! native {
    ($vm:ident, $s:ident, $arg:ident, $find:path, $call:path) => {{
        if let Some(function) = $find($s.sp.0.sub($arg as usize + 2)) {
            (*$s.frame).ip = $s.ip;
            let (sp, good) = $call($vm, $s.sp, $arg as usize, function);
            $s.sp = sp;
            if !good {
                fail!($vm, $s)
            }
            $s.skip(CALL_UNITS);
            breaker!($vm, $s);
            next!($vm, $s)
        }
        instead!($vm, $s, CALL, $arg)
    }};
}

handlers! {
    CALL(vm, s, arg) {
        if let Some(mut inner) = enter::enter_exact(vm, s.frame, s.ip, s.sp, arg as usize) {
            next!(vm, inner)
        }
        instead!(vm, s, CALL_NON_PY_GENERAL, arg)
    }

    CALL_PY_GENERAL(vm, s, arg) {
        let frame = enter::enter_completed(vm, s.frame, s.ip, s.sp, arg as usize);
        if !frame.is_null() {
            s = State { frame, ip: (*frame).ip, sp: Sp((*frame).sp) };
            next!(vm, s)
        }
        instead!(vm, s, CALL_NON_PY_GENERAL, arg)
    }

    CALL_ALLOC_AND_ENTER_INIT(vm, s, arg) {
        let frame = enter::make_and_enter(vm, s.frame, s.ip, s.sp, arg as usize);
        if !frame.is_null() {
            s = State { frame, ip: (*frame).ip, sp: Sp((*frame).sp) };
            next!(vm, s)
        }
        instead!(vm, s, CALL_NON_PY_GENERAL, arg)
    }

    CALL_BUILTIN_FAST(vm, s, arg) {
        native!(vm, s, arg, native::builtin_function, native::native)
    }

    CALL_METHOD_DESCRIPTOR_FAST(vm, s, arg) {
        native!(vm, s, arg, native::native_method, native::native)
    }

    CALL_BUILTIN_CLASS(vm, s, arg) {
        native!(vm, s, arg, native::called_class, native::class)
    }

    CALL_TYPE_1(vm, s, arg) {
        let (callable, this, value) = (s.sp.peek_word(3), s.sp.peek_word(2), s.sp.peek_word(1));
        if arg == 1 && this == 0 && callable & !4 == Type::class().as_ptr() as u64 && may_drop(value) {
            let kind = own_word(items::kind_of(value));
            drop_shared(value);
            // `type` lives forever.
            s.sp.0 = s.sp.0.sub(3);
            s.sp.push_word(kind);
            s.skip(CALL_UNITS);
            next!(vm, s)
        }
        instead!(vm, s, CALL, arg)
    }

    CALL_LEN(vm, s, arg) {
        let (callable, this, value) = (s.sp.peek_word(3), s.sp.peek_word(2), s.sp.peek_word(1));
        if arg == 1 && this == 0 && call::is(callable, &vm.interp().len_function) {
            let len = items::plain_len(value);
            if len != usize::MAX {
                drop_shared(value);
                drop_shared(callable);
                s.sp.0 = s.sp.0.sub(3);
                s.sp.push_word((len as u64) << 1 | 1);
                s.skip(CALL_UNITS);
                next!(vm, s)
            }
        }
        instead!(vm, s, CALL_BUILTIN_FAST, arg)
    }

    CALL_ISINSTANCE(vm, s, arg) {
        let (callable, this) = (s.sp.peek_word(4), s.sp.peek_word(3));
        let (object, class) = (s.sp.peek_word(2), s.sp.peek_word(1));
        if arg == 2 && this == 0 && may_drop(class) && call::is(callable, &vm.interp().isinstance_function) {
            let truth = items::plain_isinstance(object, class);
            if truth != 2 {
                drop_shared(class);
                drop_shared(object);
                drop_shared(callable);
                s.skip(CALL_UNITS);
                // TO_BOOL finds a bool.
                if s.op() == Op::TO_BOOL as u8 {
                    truth!(vm, s, 1 + const { Op::TO_BOOL.caches() } as isize, 4, truth == 1)
                }
                truth!(vm, s, 0, 4, truth == 1)
            }
        }
        instead!(vm, s, CALL_BUILTIN_FAST, arg)
    }

    CALL_LIST_APPEND(vm, s, arg) {
        let (callable, this, value) = (s.sp.peek_word(3), s.sp.peek_word(2), s.sp.peek_word(1));
        if arg == 1 && this != 0 && call::is(callable, &vm.interp().append_method) && may_drop(this)
            && let Some(list) = items::exact::<List>(this)
            && list.items.has_room()
        {
            list.items.push_within(Object::from_word(own_word(value)));
            drop_shared(this);
            drop_shared(callable);
            s.sp.0 = s.sp.0.sub(3);
            s.skip(CALL_UNITS);
            if s.op() == Op::POP_TOP as u8 {
                s.skip(1);
            } else {
                s.sp.push_word(none_word());
            }
            next!(vm, s)
        }
        instead!(vm, s, CALL_METHOD_DESCRIPTOR_FAST, arg)
    }

    CALL_NON_PY_GENERAL(vm, s, arg) {
        if is_due(s.cache()) {
            instead!(vm, s, choose_call, arg)
        }
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

continuations! {
    /// CALL that is due to be specialised.
    choose_call(vm, s, arg) {
        call::specialise(vm, s.sp.0.sub(arg as usize + 2), arg as usize, s.cache());
        instead!(vm, s, CALL_NON_PY_GENERAL, arg)
    }
}
