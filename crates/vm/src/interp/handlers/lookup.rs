//! Looking keys up in dicts and sets: subscripts and `in`, where no Python code is needed to compare the keys.

use super::stack::drop_two;
use crate::builtins::set::Set;
use crate::frame::drop_word;
use crate::interp::cache::{is_due, set_op};
use crate::interp::dispatch::{drop_shared, may_drop};
use crate::interp::{items, ops};
use crate::prelude::*;
use bytecode::Op;

const BINARY: isize = Op::BINARY_OP.caches() as isize;
const CONTAINS: isize = Op::CONTAINS_OP.caches() as isize;
const STORE: isize = Op::STORE_SUBSCR.caches() as isize;

/// A form of CONTAINS_OP for an exact `$kind`.
macro_rules! contains_form {
    ($vm:ident, $s:ident, $arg:ident, $kind:ty) => {{
        let (container, key) = ($s.sp.peek_word(1), $s.sp.peek_word(2));
        if may_drop(container)
            && let Some(table) = items::exact::<$kind>(container)
        {
            let found = items::look(&table.table, key);
            if found != items::UNKNOWN {
                drop_shared(container);
                drop_word(key);
                truth!($vm, $s, CONTAINS, 2, (found != items::ABSENT) == ($arg == 0))
            }
        }
        instead!($vm, $s, CONTAINS_OP, $arg)
    }};
}

handlers! {
    CONTAINS_OP(vm, s, arg) {
        if is_due(s.cache()) {
            let container = s.sp.peek_word(1);
            if items::exact::<Dict>(container).is_some() {
                set_op(s.cache(), Op::CONTAINS_OP_DICT);
            } else if items::exact::<Set>(container).is_some() {
                set_op(s.cache(), Op::CONTAINS_OP_SET);
            }
        }
        slow!(vm, s, ops::contains, arg);
        s.skip(CONTAINS);
    }

    CONTAINS_OP_DICT(vm, s, arg) {
        contains_form!(vm, s, arg, Dict)
    }

    CONTAINS_OP_SET(vm, s, arg) {
        contains_form!(vm, s, arg, Set)
    }

    BINARY_OP_SUBSCR_DICT(vm, s, arg) {
        let (key, container) = (s.sp.peek_word(1), s.sp.peek_word(2));
        if let Some(dict) = items::exact::<Dict>(container)
            && let Some(value) = dict.table.value(items::look(&dict.table, key))
        {
            drop_word(key);
            s.replace_two(value.into_word());
            s.skip(BINARY);
            drop_next!(vm, s, container)
        }
        instead!(vm, s, super::arithmetic::BINARY_OP, arg)
    }

    STORE_SUBSCR_DICT(vm, s, arg) {
        let (key, container, value) = (s.sp.peek_word(1), s.sp.peek_word(2), s.sp.peek_word(3));
        if let Some(dict) = items::exact::<Dict>(container) {
            let (stored, old) = items::set_item(dict, key, value);
            if stored {
                drop_word(key);
                s.sp.0 = s.sp.0.sub(3);
                s.skip(STORE);
                if container & 7 == 0 {
                    s.sp.push_word(container);
                    instead!(vm, s, drop_two, old)
                }
                drop_next!(vm, s, old)
            }
        }
        instead!(vm, s, super::arithmetic::STORE_SUBSCR, arg)
    }
}
