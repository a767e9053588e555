//! Locals, constants, cells, and the stack itself.

use crate::builtins::bool_;
use crate::builtins::none::none_word;
use crate::frame::cell::Cell;
use crate::frame::clone_word;
use crate::interp::name;
use crate::interp::state::{Sp, lend_word, own_word, plain_word, share_word};
use crate::prelude::*;

handlers! {
    /// Widens the operand of the instruction behind it.
    EXTENDED_ARG(vm, s, arg) {
        let (op, operand) = (s.op(), u64::from(arg << 8 | u32::from(s.operand())));
        s.ip = s.ip.add(1);
        go!(vm, s, op, operand)
    }

    NOP | NOT_TAKEN(vm, s) {}

    LOAD_FAST(vm, s, arg) {
        let word = *s.local(arg);
        s.sp.push_word(share_word(word));
    }

    LOAD_FAST_BORROW(vm, s, arg) {
        let word = *s.local(arg);
        s.sp.push_word(lend_word(word));
    }

    LOAD_FAST_BORROW_LOAD_FAST_BORROW(vm, s, arg) {
        let (a, b) = (*s.local(arg >> 4), *s.local(arg & 15));
        s.sp.push_word(lend_word(a));
        s.sp.push_word(lend_word(b));
    }

    LOAD_FAST_LOAD_FAST(vm, s, arg) {
        let (a, b) = (*s.local(arg >> 4), *s.local(arg & 15));
        s.sp.push_word(share_word(a));
        s.sp.push_word(share_word(b));
    }

    LOAD_FAST_CHECK(vm, s, arg) {
        let word = *s.local(arg);
        if word == 0 {
            instead!(vm, s, unbound_local, arg)
        }
        s.sp.push_word(share_word(word));
    }

    LOAD_FAST_AND_CLEAR(vm, s, arg) {
        let word = std::mem::replace(&mut *s.local(arg), 0);
        s.sp.push_word(word);
    }

    STORE_FAST(vm, s, arg) {
        let word = own_word(s.sp.pop_word());
        let old = std::mem::replace(&mut *s.local(arg), word);
        drop_next!(vm, s, old)
    }

    STORE_FAST_LOAD_FAST(vm, s, arg) {
        let word = own_word(s.sp.pop_word());
        let old = std::mem::replace(&mut *s.local(arg >> 4), word);
        let word = *s.local(arg & 15);
        s.sp.push_word(share_word(word));
        drop_next!(vm, s, old)
    }

    /// The second one's old value stays on the stack while the first one's is let go.
    STORE_FAST_STORE_FAST(vm, s, arg) {
        let first = own_word(s.sp.pop_word());
        let second = own_word(s.sp.pop_word());
        let old = std::mem::replace(&mut *s.local(arg >> 4), first);
        let other = std::mem::replace(&mut *s.local(arg & 15), second);
        if old & 3 == 0 && old != 0 {
            s.sp.push_word(other);
            instead!(vm, s, drop_two, old)
        }
        drop_next!(vm, s, other)
    }

    DELETE_FAST(vm, s, arg) {
        let old = std::mem::replace(&mut *s.local(arg), 0);
        if old == 0 {
            instead!(vm, s, unbound_local, arg)
        }
        drop_next!(vm, s, old)
    }

    /// Borrowed: the function that the frame holds keeps its code, the code its constants.
    LOAD_CONST(vm, s, arg) {
        let constant = (*(*s.frame).code).consts.as_ptr().add(arg as usize);
        s.sp.push_word(lend_word((*constant).word()));
    }

    LOAD_SMALL_INT(vm, s, arg) {
        s.sp.push_word(u64::from(arg) << 1 | 1);
    }

    POP_TOP | POP_ITER | END_FOR(vm, s) {
        let word = s.sp.pop_word();
        drop_next!(vm, s, word)
    }

    PUSH_NULL(vm, s) {
        s.sp.push_null();
    }

    COPY(vm, s, arg) {
        let word = s.sp.peek_word(arg as usize);
        let copy = clone_word(word).map_or(0, Object::into_word);
        s.sp.push_word(copy);
    }

    SWAP(vm, s, arg) {
        let (top, other) = (s.sp.peek_word(1), s.sp.peek_word(arg as usize));
        s.sp.set_word(1, other);
        s.sp.set_word(arg as usize, top);
    }

    MAKE_CELL(vm, s, arg) {
        let word = *s.local(arg);
        *s.local(arg) = name::new_cell(word);
    }

    COPY_FREE_VARS(vm, s, arg) {
        slow!(vm, s, name::copy_free_vars, arg);
    }

    LOAD_DEREF(vm, s, arg) {
        let cell = *s.local(arg) as *const Cell;
        let word = (*cell).contents.peek().map_or(0, |value| value.word());
        if word == 0 {
            instead!(vm, s, unbound_deref, arg)
        }
        s.sp.push_word(share_word(word));
    }

    STORE_DEREF(vm, s, arg) {
        let word = own_word(s.sp.pop_word());
        let cell = *s.local(arg) as *const Cell;
        let old = (*cell).contents.replace(Some(Object::from_word(word)));
        drop_next!(vm, s, old.map_or(0, Object::into_word))
    }

    DELETE_DEREF(vm, s, arg) {
        let cell = *s.local(arg) as *const Cell;
        let old = (*cell).contents.take().map_or(0, Object::into_word);
        if old == 0 {
            instead!(vm, s, unbound_deref, arg)
        }
        drop_next!(vm, s, old)
    }

    PUSH_EXC_INFO(vm, s) {
        s.sp = push_handled(vm, s.sp);
    }

    POP_EXCEPT(vm, s) {
        (*s.frame).ip = s.ip;
        s.sp = pop_handled(vm, s.sp);
    }

    UNARY_NOT(vm, s) {
        let word = plain_word(s.sp.pop_word());
        s.sp.push_word(bool_::word(word == bool_::word(false)));
    }
}

continuations! {
    /// A local without a value was asked for.
    unbound_local(vm, s, arg) {
        slow!(vm, s, name::unbound_local, arg as u32);
    }

    /// As [`unbound_local`], for a cell.
    unbound_deref(vm, s, arg) {
        slow!(vm, s, name::unbound_deref, arg as u32);
    }

    /// Drops the word that is the operand, then the one on top of the stack.
    drop_two(vm, s, word) {
        (*s.frame).ip = s.ip;
        crate::frame::drop_word(word);
        let word = s.sp.pop_word();
        drop_next!(vm, s, word)
    }
}

/// [exception] → [previously handled one, exception].
#[inline(never)]
fn push_handled(vm: &Vm, mut sp: Sp) -> Sp {
    let exception = sp.pop().into_object();
    let previous = vm.set_handled(Some(exception.clone()));
    sp.push(previous.unwrap_or_else(none));
    sp.push(exception);
    sp
}

/// [previously handled one] → []; it is handled again.
#[inline(never)]
fn pop_handled(vm: &Vm, mut sp: Sp) -> Sp {
    let previous = sp.pop().into_object();
    drop(vm.set_handled((previous.word() != none_word()).then_some(previous)));
    sp
}
