//! Operators, comparisons, truth, subscripts.
//!
//! BINARY_OP and COMPARE_OP become the form for the operands that they met; a form that meets others gives the
//! instruction back to the general one, which chooses again, ever more rarely.

use super::stack::drop_two;
use crate::builtins::bool_;
use crate::builtins::none::none_word;
use crate::frame::drop_word;
use crate::interp::cache::{is_due, set_op};
use crate::interp::dispatch::{drop_shared, may_drop};
use crate::interp::state::{Sp, State, plain_word};
use crate::interp::{enter, items, ops};
use crate::prelude::*;
use bytecode::Op;
use heap::decode_float;
use std::mem::ManuallyDrop;

const BINARY: isize = Op::BINARY_OP.caches() as isize;
const COMPARE: isize = Op::COMPARE_OP.caches() as isize;
const TO_BOOL_UNITS: isize = Op::TO_BOOL.caches() as isize;
const STORE_SUBSCR_UNITS: isize = Op::STORE_SUBSCR.caches() as isize;

/// A form for two small ints whose result `$word` may be no small int.
macro_rules! int_form {
    ($vm:ident, $s:ident, $arg:ident, $a:ident, $b:ident => $word:expr) => {{
        let ($b, $a) = ($s.sp.peek_word(1), $s.sp.peek_word(2));
        if $a & $b & 1 == 1
            && let Some(word) = $word
        {
            $s.replace_two(word as u64);
            $s.skip(BINARY);
            next!($vm, $s)
        }
        instead!($vm, $s, BINARY_OP, $arg)
    }};
}

/// A form for two immediate floats.
macro_rules! float_form {
    ($vm:ident, $s:ident, $arg:ident, $op:tt) => {{
        let (b, a) = ($s.sp.peek_word(1), $s.sp.peek_word(2));
        if a & 3 == 2
            && b & 3 == 2
            && let Some(value) = Object::small_float(decode_float(a) $op decode_float(b))
        {
            $s.replace_two(value.into_word());
            $s.skip(BINARY);
            next!($vm, $s)
        }
        instead!($vm, $s, BINARY_OP, $arg)
    }};
}

/// `$a op $b` by the operand of COMPARE_OP, whose low bits say which orders are a yes: 1 none, 2 less, 4 greater, 8 equal.
macro_rules! ordered {
    ($arg:expr, $a:expr, $b:expr) => {
        $arg & 1 << (2 * u32::from($a >= $b) + u32::from($a <= $b)) != 0
    };
}

handlers! {
    BINARY_OP(vm, s, arg) {
        if is_due(s.cache()) {
            instead!(vm, s, choose_binary, arg)
        }
        slow!(vm, s, ops::binary, arg);
        s.skip(BINARY);
    }

    BINARY_OP_ADD_INT(vm, s, arg) {
        int_form!(vm, s, arg, a, b => (a as i64 - 1).checked_add(b as i64))
    }

    BINARY_OP_SUBTRACT_INT(vm, s, arg) {
        int_form!(vm, s, arg, a, b => (a as i64).checked_sub(b as i64 - 1))
    }

    BINARY_OP_MULTIPLY_INT(vm, s, arg) {
        int_form!(vm, s, arg, a, b => (a as i64 >> 1).checked_mul(b as i64 - 1).map(|v| v | 1))
    }

    BINARY_OP_ADD_FLOAT(vm, s, arg) {
        float_form!(vm, s, arg, +)
    }

    BINARY_OP_SUBTRACT_FLOAT(vm, s, arg) {
        float_form!(vm, s, arg, -)
    }

    BINARY_OP_MULTIPLY_FLOAT(vm, s, arg) {
        float_form!(vm, s, arg, *)
    }

    /// The other operators of small ints, and of immediate floats and small ints.
    BINARY_OP_EXTEND(vm, s, arg) {
        let (b, a) = (s.sp.peek_word(1), s.sp.peek_word(2));
        let word = small_result(a, b, arg);
        if word != 0 {
            s.replace_two(word);
            s.skip(BINARY);
            next!(vm, s)
        }
        instead!(vm, s, BINARY_OP, arg)
    }

    BINARY_OP_SUBSCR_LIST_INT(vm, s, arg) {
        let (index, container) = (s.sp.peek_word(1), s.sp.peek_word(2));
        let item = items::list_item(container, index);
        if item != 0 {
            s.replace_two(item);
            s.skip(BINARY);
            drop_next!(vm, s, container)
        }
        instead!(vm, s, BINARY_OP, arg)
    }

    BINARY_OP_SUBSCR_TUPLE_INT(vm, s, arg) {
        let (index, container) = (s.sp.peek_word(1), s.sp.peek_word(2));
        let item = items::tuple_item(container, index);
        if item != 0 {
            s.replace_two(item);
            s.skip(BINARY);
            drop_next!(vm, s, container)
        }
        instead!(vm, s, BINARY_OP, arg)
    }

    BINARY_OP_SUBSCR_GETITEM(vm, s, arg) {
        let frame = enter::enter_getitem(vm, s.frame, s.ip, s.sp);
        if frame.is_null() {
            instead!(vm, s, BINARY_OP, arg)
        }
        s = State { frame, ip: (*frame).ip, sp: Sp((*frame).sp) };
    }

    COMPARE_OP(vm, s, arg) {
        if is_due(s.cache()) {
            instead!(vm, s, choose_compare, arg)
        }
        slow!(vm, s, ops::compare, arg);
        s.skip(COMPARE);
    }

    COMPARE_OP_INT(vm, s, arg) {
        let (b, a) = (s.sp.peek_word(1), s.sp.peek_word(2));
        if a & b & 1 == 1 {
            truth!(vm, s, COMPARE, 2, ordered!(arg, a as i64, b as i64))
        }
        instead!(vm, s, COMPARE_OP, arg)
    }

    COMPARE_OP_FLOAT(vm, s, arg) {
        let (b, a) = (s.sp.peek_word(1), s.sp.peek_word(2));
        if a & 3 == 2 && b & 3 == 2 {
            truth!(vm, s, COMPARE, 2, ordered!(arg, decode_float(a), decode_float(b)))
        }
        instead!(vm, s, COMPARE_OP, arg)
    }

    /// Equality of exact strings.
    COMPARE_OP_STR(vm, s, arg) {
        let (b, a) = (s.sp.peek_word(1), s.sp.peek_word(2));
        if matches!(arg >> 5, 2 | 3) && may_drop(a) && may_drop(b)
            && let Some(same) = items::same_at_sight(a, b)
        {
            drop_shared(a);
            drop_shared(b);
            truth!(vm, s, COMPARE, 2, same == (arg >> 5 == 2))
        }
        instead!(vm, s, compare_strings, arg)
    }

    TO_BOOL(vm, s, arg) {
        let word = s.sp.peek_word(1);
        if word & 1 == 1 {
            truth!(vm, s, TO_BOOL_UNITS, 1, word != 1)
        }
        // Borrowed or not, the three live forever.
        let object = word & !4;
        if object == bool_::word(true) {
            truth!(vm, s, TO_BOOL_UNITS, 1, true)
        }
        if object == bool_::word(false) || object == none_word() {
            truth!(vm, s, TO_BOOL_UNITS, 1, false)
        }
        instead!(vm, s, object_to_bool, arg)
    }

    IS_OP(vm, s, arg) {
        let (b, a) = (s.sp.peek_word(1), s.sp.peek_word(2));
        if a & 7 == 0 || b & 7 == 0 {
            instead!(vm, s, is_same_owned, arg)
        }
        // Both are borrowed or no references.
        truth!(vm, s, 0, 2, (a == b) == (arg == 0))
    }

    UNARY_NEGATIVE(vm, s) {
        let word = s.sp.peek_word(1);
        if word & 3 == 2 {
            s.sp.pop_word();
            match Object::small_float(-decode_float(word)) {
                Some(value) => s.sp.push(value),
                None => {
                    s.sp.push_word(word);
                    slow!(vm, s, ops::negative);
                }
            }
        } else {
            slow!(vm, s, ops::negative);
        }
    }

    UNARY_INVERT(vm, s) {
        slow!(vm, s, ops::invert);
    }

    STORE_SUBSCR(vm, s, arg) {
        if is_due(s.cache()) {
            instead!(vm, s, choose_store, arg)
        }
        slow!(vm, s, ops::store_subscr);
        s.skip(STORE_SUBSCR_UNITS);
    }

    STORE_SUBSCR_LIST_INT(vm, s, arg) {
        let (index, container) = (s.sp.peek_word(1), s.sp.peek_word(2));
        if items::is_list_item(container, index) {
            let old = items::replace_item(container, index, &mut s.sp);
            s.skip(STORE_SUBSCR_UNITS);
            if container & 7 == 0 {
                s.sp.push_word(container);
                instead!(vm, s, drop_two, old)
            }
            drop_next!(vm, s, old)
        }
        instead!(vm, s, STORE_SUBSCR, arg)
    }

    DELETE_SUBSCR(vm, s) {
        slow!(vm, s, ops::delete_subscr);
    }

    BINARY_SLICE(vm, s) {
        slow!(vm, s, ops::binary_slice);
    }

    STORE_SLICE(vm, s) {
        slow!(vm, s, ops::store_slice);
    }
}

continuations! {
    /// BINARY_OP that is due to be specialised.
    choose_binary(vm, s, arg) {
        specialise(vm, s.sp, arg as u32, s.cache());
        instead!(vm, s, BINARY_OP, arg)
    }

    /// COMPARE_OP that is due to be specialised.
    choose_compare(vm, s, arg) {
        specialise_compare(s.sp, s.cache());
        instead!(vm, s, COMPARE_OP, arg)
    }

    /// STORE_SUBSCR that is due to be specialised.
    choose_store(vm, s, arg) {
        if items::is_list_item(s.sp.peek_word(2), s.sp.peek_word(1)) {
            set_op(s.cache(), Op::STORE_SUBSCR_LIST_INT);
        } else if items::exact::<Dict>(s.sp.peek_word(2)).is_some() {
            set_op(s.cache(), Op::STORE_SUBSCR_DICT);
        }
        instead!(vm, s, STORE_SUBSCR, arg)
    }

    /// TO_BOOL of anything but small ints, bools and None.
    object_to_bool(vm, s) {
        let word = s.sp.peek_word(1);
        let truth = items::plain_truth(word);
        if truth != 2 {
            drop_shared(word);
            truth!(vm, s, TO_BOOL_UNITS, 1, truth == 1)
        }
        slow!(vm, s, ops::to_bool);
        s.skip(TO_BOOL_UNITS);
    }

    /// IS_OP whose operands own references.
    is_same_owned(vm, s, arg) {
        let (b, a) = (s.sp.peek_word(1), s.sp.peek_word(2));
        if !may_drop(a) || !may_drop(b) || a == b {
            instead!(vm, s, is_same, arg)
        }
        drop_shared(a);
        drop_shared(b);
        truth!(vm, s, 0, 2, (plain_word(a) == plain_word(b)) == (arg == 0))
    }

    /// COMPARE_OP_STR where the texts must be read, or somebody may die.
    compare_strings(vm, s, arg) {
        let (b, a) = (s.sp.peek_word(1), s.sp.peek_word(2));
        let same = if matches!(arg >> 5, 2 | 3) { items::same_strings(a, b) } else { 2 };
        if same != 2 {
            drop_word(a);
            drop_word(b);
            truth!(vm, s, COMPARE, 2, (same == 1) == (arg >> 5 == 2))
        }
        instead!(vm, s, COMPARE_OP, arg as u32)
    }

    /// IS_OP whose operands may be the last references.
    is_same(vm, s, arg) {
        slow!(vm, s, ops::is_same, arg as u32);
    }
}

/// The form of BINARY_OP for the operands at hand; none fits: it stays general.
#[cold]
#[inline(never)]
unsafe fn specialise(vm: &Vm, sp: Sp, arg: u32, cache: *mut u16) {
    let (b, a) = (sp.peek_word(1), sp.peek_word(2));
    // SAFETY: the instruction's operands and cache.
    unsafe {
        let both_int = a & b & 1 == 1;
        let both_float = a & 3 == 2 && b & 3 == 2;
        let op = match arg {
            0 | 13 if both_int => Op::BINARY_OP_ADD_INT,
            10 | 23 if both_int => Op::BINARY_OP_SUBTRACT_INT,
            5 | 18 if both_int => Op::BINARY_OP_MULTIPLY_INT,
            0 | 13 if both_float => Op::BINARY_OP_ADD_FLOAT,
            10 | 23 if both_float => Op::BINARY_OP_SUBTRACT_FLOAT,
            5 | 18 if both_float => Op::BINARY_OP_MULTIPLY_FLOAT,
            26 if items::is_list_item(a, b) => Op::BINARY_OP_SUBSCR_LIST_INT,
            26 if items::is_tuple_item(a, b) => Op::BINARY_OP_SUBSCR_TUPLE_INT,
            26 if items::exact::<Dict>(a).is_some() => Op::BINARY_OP_SUBSCR_DICT,
            26 if a & 3 == 0 && enter::has_python_getitem(vm, &ManuallyDrop::new(Object::from_word(a & !4))) => {
                Op::BINARY_OP_SUBSCR_GETITEM
            }
            _ if small_result(a, b, arg) != 0 => Op::BINARY_OP_EXTEND,
            _ => return,
        };
        set_op(cache, op);
    }
}

#[cold]
#[inline(never)]
unsafe fn specialise_compare(sp: Sp, cache: *mut u16) {
    let (b, a) = (sp.peek_word(1), sp.peek_word(2));
    // SAFETY: the instruction's cache.
    unsafe {
        if a & b & 1 == 1 {
            set_op(cache, Op::COMPARE_OP_INT);
        } else if a & 3 == 2 && b & 3 == 2 {
            set_op(cache, Op::COMPARE_OP_FLOAT);
        } else if items::exact::<Str>(a).is_some() && items::exact::<Str>(b).is_some() {
            set_op(cache, Op::COMPARE_OP_STR);
        }
    }
}

/// The word of an operator's result for small ints and immediate floats; 0 where it takes more.
#[inline(always)]
fn small_result(a: u64, b: u64, arg: u32) -> u64 {
    if a & b & 1 == 1 {
        let (x, y) = (a as i64 >> 1, b as i64 >> 1);
        return match arg {
            1 | 14 => a & b,
            7 | 20 => a | b,
            12 | 25 => a ^ b | 1,
            2 | 15 if y > 0 => (x.div_euclid(y) << 1 | 1) as u64,
            6 | 19 if y > 0 => (x.rem_euclid(y) << 1 | 1) as u64,
            9 | 22 if (0..63).contains(&y) => ((x >> y) << 1 | 1) as u64,
            3 | 16 if (0..32).contains(&y) && i64::from(x as i32) == x => ((x << y) << 1 | 1) as u64,
            11 | 24 if y != 0 && x.unsigned_abs() < 1 << 53 && y.unsigned_abs() < 1 << 53 => {
                Object::small_float(x as f64 / y as f64).map_or(0, Object::into_word)
            }
            _ => 0,
        };
    }
    let float = |word: u64| match word & 3 {
        2 => Some(decode_float(word)),
        0 => None,
        _ if (word as i64 >> 1).unsigned_abs() < 1 << 53 => Some((word as i64 >> 1) as f64),
        _ => None,
    };
    let (Some(x), Some(y)) = (float(a), float(b)) else { return 0 };
    let value = match arg {
        0 | 13 => x + y,
        10 | 23 => x - y,
        5 | 18 => x * y,
        11 | 24 if y != 0.0 => x / y,
        _ => return 0,
    };
    Object::small_float(value).map_or(0, Object::into_word)
}
