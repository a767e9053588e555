//! Looking keys up in dicts and sets: subscripts and `in`, where no Python code is needed to compare the keys.

use super::stack::drop_two;
use crate::frame::drop_word;
use crate::interp::cache::{is_due, set_op};
use crate::interp::dispatch::{drop_shared, may_drop};
use crate::interp::{items, ops};
use crate::prelude::*;
use bytecode::Op;
use heap::Look;

const BINARY: isize = Op::BINARY_OP.caches() as isize;
const CONTAINS: isize = Op::CONTAINS_OP.caches() as isize;
const STORE: isize = Op::STORE_SUBSCR.caches() as isize;

handlers! {
    CONTAINS_OP(vm, s, arg) {
        if is_due(s.cache()) {
            instead!(vm, s, choose_contains, arg)
        }
        slow!(vm, s, ops::contains, arg);
        s.skip(CONTAINS);
    }

    CONTAINS_OP_DICT | CONTAINS_OP_SET(vm, s, arg) {
        let (container, key) = (s.sp.peek_word(1), s.sp.peek_word(2));
        if may_drop(container)
            && let Some(found) = items::is_in(container, key)
        {
            drop_shared(container);
            drop_word(key);
            truth!(vm, s, CONTAINS, 2, found == (arg == 0))
        }
        instead!(vm, s, CONTAINS_OP, arg)
    }

    BINARY_OP_SUBSCR_DICT(vm, s, arg) {
        let (key, container) = (s.sp.peek_word(1), s.sp.peek_word(2));
        if let Some(dict) = items::exact::<Dict>(container)
            && let Look::At(at) = items::look_in_dict(dict, key)
            && let Some(value) = dict.table.value(at)
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

continuations! {
    /// CONTAINS_OP that is due to be specialised.
    choose_contains(vm, s, arg) {
        let container = s.sp.peek_word(1);
        if items::exact::<Dict>(container).is_some() {
            set_op(s.cache(), Op::CONTAINS_OP_DICT);
        } else if items::set_table(container).is_some() {
            set_op(s.cache(), Op::CONTAINS_OP_SET);
        }
        instead!(vm, s, CONTAINS_OP, arg)
    }
}
