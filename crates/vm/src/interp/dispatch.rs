//! The dispatch loop.

use super::state::{Sp, State};
use super::{
    Outcome, attr, call, exception, generator, handle_breaker, intrinsic, matching, name, observe, ops, unlink,
};
use crate::builtins::bool_;
use crate::builtins::none::none_word;
use crate::context::breaker;
use crate::frame::call::pop_frame;
use crate::frame::generator::{Coroutine, GenBody, Generator};
use crate::frame::{Frame, clone_word, drop_word};
use crate::modules::monitoring_state::event;
use crate::prelude::*;
use crate::protocol::{iter, number};
use bytecode::Op;
use std::sync::atomic::Ordering;

/// Runs `frame` until it returns or yields to the native caller.
///
/// # Safety
/// The frame is linked, marked as entry, and its code was verified.
pub unsafe fn run(vm: &Vm, frame: *mut Frame, throw: bool) -> Result<Outcome> {
    // SAFETY (whole function): the verifier has shown that units, operands and stack depths are good; F1 to F3.
    unsafe {
        let mut s = State { frame, ip: (*frame).ip, sp: Sp((*frame).sp) };
        let mut reraise = false;
        let mut failed = throw;
        let mut thrown = throw;
        'frames: loop {
            if failed {
                // An exception is on the thread: find its handler, here or further out.
                if !reraise {
                    (*s.frame).ip = s.ip;
                    crate::frame::traceback::add(vm, s.frame);
                }
                if observe::wants_exceptions(vm) {
                    // What an observer raises takes the place of the exception.
                    if !reraise {
                        (*s.frame).ip = s.ip;
                    }
                    (*s.frame).sp = s.sp.0;
                    if thrown {
                        let _ = observe::exceptional(vm, s.frame, event::PY_THROW);
                    }
                    let _ = observe::exceptional(vm, s.frame, if reraise { event::RERAISE } else { event::RAISE });
                }
                if std::mem::take(&mut thrown) {
                    observe::thrown(s.frame);
                }
                reraise = false;
                match exception::unwind(vm, s) {
                    exception::Unwound::Handler(next) => {
                        s = next;
                        failed = false;
                    }
                    exception::Unwound::Caller(next) => {
                        s = next;
                        continue 'frames;
                    }
                    exception::Unwound::Native => return Err(Raised),
                }
            }
            let (code, locals) = ((*s.frame).code, Frame::locals(s.frame));
            let consts = (*code).consts.as_ptr();

            macro_rules! fail {
                () => {{
                    failed = true;
                    continue 'frames;
                }};
            }
            macro_rules! sync {
                () => {
                    (*s.frame).ip = s.ip
                };
            }
            // Evaluates a Result; on failure goes to the unwinder.
            macro_rules! check {
                ($e:expr) => {
                    match $e {
                        Ok(value) => value,
                        Err(_) => fail!(),
                    }
                };
            }
            // Calls an out-of-line handler with a copy of the stack pointer.
            macro_rules! cold {
                ($f:path $(, $arg:expr)*) => {{
                    sync!();
                    let mut sp = s.sp;
                    let result = $f(vm, s.frame, &mut sp $(, $arg)*);
                    s.sp = sp;
                    check!(result)
                }};
            }
            macro_rules! skip {
                ($n:expr) => {
                    s.ip = s.ip.add($n)
                };
            }
            macro_rules! jump {
                ($n:expr) => {
                    s.ip = s.ip.offset($n as isize)
                };
            }
            // LOAD_ATTR with a cache of its own: what `$cached` finds replaces the owner, a miss goes the general way.
            macro_rules! cached_attr {
                ($cached:path, $arg:expr) => {{
                    if let Some(value) = $cached(s.sp.peek_word(1), s.ip) {
                        let owner = s.sp.pop_word();
                        s.sp.push(value);
                        if $arg & 1 == 1 {
                            s.sp.push_null();
                        }
                        drop_word(owner);
                    } else {
                        cold!(attr::load_missed, $arg, s.ip.cast_mut());
                    }
                    skip!(9);
                }};
            }
            // STORE_ATTR with a cache of its own: the value goes to the word that `$place` finds.
            macro_rules! cached_store {
                ($place:path, $arg:expr) => {{
                    if let Some(place) = $place(s.sp.peek_word(1), s.ip) {
                        let owner = s.sp.pop_word();
                        let value = own_word(s.sp.pop_word());
                        let old = std::mem::replace(&mut *place, value);
                        sync!();
                        drop_word(old);
                        drop_word(owner);
                    } else {
                        cold!(attr::store_missed, $arg, s.ip.cast_mut());
                    }
                    skip!(4);
                }};
            }
            // Goes on in another frame.
            macro_rules! enter {
                ($next:expr) => {{
                    s = $next;
                    continue 'frames;
                }};
            }
            macro_rules! breaker {
                () => {
                    if vm.breaker.load(Ordering::Relaxed) != 0 {
                        sync!();
                        (*s.frame).sp = s.sp.0;
                        check!(handle_breaker(vm));
                    }
                };
            }
            // What a call led to; `$units` of cache lie behind the instruction.
            macro_rules! called {
                ($call:expr, $units:expr) => {
                    match $call {
                        call::Called::Value(sp, value) => {
                            s.sp = sp;
                            s.sp.push(value);
                            skip!($units);
                            breaker!();
                        }
                        call::Called::Frame(next) => enter!(next),
                        call::Called::Failed(sp) => {
                            s.sp = sp;
                            fail!();
                        }
                    }
                };
            }
            macro_rules! compare_jump {
                ($want:expr, $arg:expr) => {{
                    skip!(1);
                    let word = s.sp.pop_word() & !4;
                    if word == bool_::word($want) & !4 {
                        jump!($arg);
                    }
                }};
            }

            // An observer may have sent the frame elsewhere.
            macro_rules! observed {
                ($next:lifetime) => {
                    if (*s.frame).ip != s.ip {
                        s.ip = (*s.frame).ip;
                        observe::jumped(s.frame);
                        s.sp = Sp((*s.frame).sp);
                        continue $next;
                    }
                };
            }
            // The next instruction and its operand.
            macro_rules! fetch {
                () => {{
                    let unit = *s.ip;
                    s.ip = s.ip.add(1);
                    // SAFETY: every unit that is executed is a known instruction.
                    (std::mem::transmute::<u8, Op>(unit as u8), u32::from(unit >> 8))
                }};
            }
            let (mut op, mut arg);
            'next: loop {
                (op, arg) = fetch!();
                'widened: loop {
                    let n = arg as usize;
                    match op {
                        // Widens the operand of the instruction behind it.
                        Op::EXTENDED_ARG => {
                            let (next, low) = fetch!();
                            (op, arg) = (next, arg << 8 | low);
                            continue 'widened;
                        }
                        Op::NOP | Op::NOT_TAKEN => {}
                        Op::RESUME => {
                            let bits = vm.breaker.load(Ordering::Relaxed);
                            if bits != 0 {
                                if bits & breaker::OBSERVED != 0 && observe::is_stale(vm, &*code) {
                                    observe::refresh(vm, &*code);
                                    s.ip = s.ip.sub(1);
                                    continue 'next;
                                }
                                breaker!();
                            }
                        }
                        Op::LOAD_FAST => {
                            let word = *locals.add(n);
                            if word & 3 == 0 {
                                (*(word as *const heap::Head)).incref();
                            }
                            s.sp.push_word(word);
                        }
                        Op::LOAD_FAST_BORROW => {
                            let word = *locals.add(n);
                            s.sp.push_word(if word & 3 == 0 { word | 4 } else { word });
                        }
                        Op::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                            let (a, b) = (*locals.add(n >> 4), *locals.add(n & 15));
                            s.sp.push_word(if a & 3 == 0 { a | 4 } else { a });
                            s.sp.push_word(if b & 3 == 0 { b | 4 } else { b });
                        }
                        Op::LOAD_FAST_LOAD_FAST => {
                            for i in [n >> 4, n & 15] {
                                let word = *locals.add(i);
                                if word & 3 == 0 {
                                    (*(word as *const heap::Head)).incref();
                                }
                                s.sp.push_word(word);
                            }
                        }
                        Op::LOAD_FAST_CHECK => {
                            let word = *locals.add(n);
                            match clone_word(word) {
                                Some(value) => s.sp.push(value),
                                None => {
                                    sync!();
                                    let _ = name::unbound_local(vm, s.frame, n);
                                    fail!();
                                }
                            }
                        }
                        Op::LOAD_FAST_AND_CLEAR => {
                            let word = std::mem::replace(&mut *locals.add(n), 0);
                            s.sp.push_word(word);
                        }
                        Op::STORE_FAST => {
                            let word = s.sp.pop_word();
                            let word = own_word(word);
                            let old = std::mem::replace(&mut *locals.add(n), word);
                            if old & 3 == 0 && old != 0 {
                                drop_word(old);
                            }
                        }
                        Op::STORE_FAST_LOAD_FAST => {
                            let word = own_word(s.sp.pop_word());
                            let old = std::mem::replace(&mut *locals.add(n >> 4), word);
                            drop_word(old);
                            let word = *locals.add(n & 15);
                            if word & 3 == 0 {
                                (*(word as *const heap::Head)).incref();
                            }
                            s.sp.push_word(word);
                        }
                        Op::STORE_FAST_STORE_FAST => {
                            for i in [n >> 4, n & 15] {
                                let word = own_word(s.sp.pop_word());
                                let old = std::mem::replace(&mut *locals.add(i), word);
                                drop_word(old);
                            }
                        }
                        Op::DELETE_FAST => {
                            let old = std::mem::replace(&mut *locals.add(n), 0);
                            if old == 0 {
                                sync!();
                                let _ = name::unbound_local(vm, s.frame, n);
                                fail!();
                            }
                            drop_word(old);
                        }
                        Op::LOAD_CONST => s.sp.push((*consts.add(n)).clone()),
                        Op::LOAD_SMALL_INT => s.sp.push(Object::int32(arg as i32)),
                        Op::POP_TOP | Op::POP_ITER | Op::END_FOR => {
                            let word = s.sp.pop_word();
                            drop_word(word);
                        }
                        Op::PUSH_NULL => s.sp.push_null(),
                        Op::COPY => {
                            let word = s.sp.peek_word(n);
                            let copy = clone_word(word).map_or(0, Object::into_word);
                            s.sp.push_word(copy);
                        }
                        Op::SWAP => {
                            let (top, other) = (s.sp.peek_word(1), s.sp.peek_word(n));
                            s.sp.set_word(1, other);
                            s.sp.set_word(n, top);
                        }
                        Op::BINARY_OP => {
                            let (b, a) = (s.sp.peek_word(1), s.sp.peek_word(2));
                            if a & b & 1 == 1 {
                                let (x, y) = (a as i64 >> 1, b as i64 >> 1);
                                let result = match arg {
                                    0 | 13 => (a as i64 - 1).checked_add(b as i64),
                                    10 | 23 => (a as i64).checked_sub(b as i64 - 1),
                                    5 | 18 => x.checked_mul(b as i64 - 1).map(|v| v | 1),
                                    1 | 14 => Some((a & b) as i64),
                                    7 | 20 => Some((a | b) as i64),
                                    12 | 25 => Some((a ^ b | 1) as i64),
                                    2 | 15 if y > 0 => Some(x.div_euclid(y) << 1 | 1),
                                    6 | 19 if y > 0 => Some(x.rem_euclid(y) << 1 | 1),
                                    9 | 22 if (0..63).contains(&y) => Some((x >> y) << 1 | 1),
                                    _ => None,
                                };
                                if let Some(word) = result {
                                    s.sp.0 = s.sp.0.sub(1);
                                    s.sp.set_word(1, word as u64);
                                    skip!(5);
                                    continue 'next;
                                }
                            } else if a & 3 == 2 && b & 3 == 2 {
                                let (x, y) = (heap_float(a), heap_float(b));
                                let result = match arg {
                                    0 | 13 => Some(x + y),
                                    10 | 23 => Some(x - y),
                                    5 | 18 => Some(x * y),
                                    11 | 24 if y != 0.0 => Some(x / y),
                                    _ => None,
                                };
                                if let Some(value) = result.and_then(Object::small_float) {
                                    s.sp.0 = s.sp.0.sub(1);
                                    s.sp.set_word(1, value.into_word());
                                    skip!(5);
                                    continue 'next;
                                }
                            }
                            if arg == 26
                                && b & 1 == 1
                                && let Some(value) = ops::index_fast(a, b as i64 >> 1)
                            {
                                let word = s.sp.pop_word();
                                let container = s.sp.pop_word();
                                debug_assert!(word & 1 == 1);
                                s.sp.push(value);
                                drop_word(container);
                                skip!(5);
                                continue 'next;
                            }
                            cold!(ops::binary, arg);
                            skip!(5);
                        }
                        Op::COMPARE_OP => {
                            let (b, a) = (s.sp.peek_word(1), s.sp.peek_word(2));
                            if a & b & 1 == 1 {
                                let (x, y) = (a as i64, b as i64);
                                let result = match arg >> 5 {
                                    0 => x < y,
                                    1 => x <= y,
                                    2 => x == y,
                                    3 => x != y,
                                    4 => x > y,
                                    _ => x >= y,
                                };
                                s.sp.0 = s.sp.0.sub(1);
                                s.sp.set_word(1, bool_::word(result));
                                skip!(1);
                                continue 'next;
                            }
                            if a & 3 == 2 && b & 3 == 2 {
                                let (x, y) = (heap_float(a), heap_float(b));
                                let result = match arg >> 5 {
                                    0 => x < y,
                                    1 => x <= y,
                                    2 => x == y,
                                    3 => x != y,
                                    4 => x > y,
                                    _ => x >= y,
                                };
                                s.sp.0 = s.sp.0.sub(1);
                                s.sp.set_word(1, bool_::word(result));
                                skip!(1);
                                continue 'next;
                            }
                            cold!(ops::compare, arg);
                            skip!(1);
                        }
                        Op::POP_JUMP_IF_FALSE => compare_jump!(false, arg),
                        Op::POP_JUMP_IF_TRUE => compare_jump!(true, arg),
                        Op::POP_JUMP_IF_NONE => {
                            skip!(1);
                            let word = s.sp.pop_word();
                            if word & !4 == none_word() {
                                jump!(arg);
                            } else {
                                drop_word(word);
                            }
                        }
                        Op::POP_JUMP_IF_NOT_NONE => {
                            skip!(1);
                            let word = s.sp.pop_word();
                            if word & !4 != none_word() {
                                drop_word(word);
                                jump!(arg);
                            }
                        }
                        Op::JUMP_FORWARD => jump!(arg),
                        Op::JUMP_BACKWARD => {
                            skip!(1);
                            jump!(-(n as isize));
                            breaker!();
                        }
                        Op::JUMP_BACKWARD_NO_INTERRUPT => jump!(-(n as isize)),
                        Op::TO_BOOL => {
                            let word = s.sp.peek_word(1);
                            let plain = if word & 3 == 0 { word & !4 } else { word };
                            if plain == bool_::word(true) || plain == bool_::word(false) {
                                s.sp.set_word(1, plain);
                            } else if plain & 1 == 1 {
                                s.sp.set_word(1, bool_::word(plain != 1));
                            } else if plain == none_word() {
                                s.sp.set_word(1, bool_::word(false));
                            } else {
                                cold!(ops::to_bool);
                            }
                            skip!(3);
                        }
                        Op::UNARY_NOT => {
                            let word = s.sp.pop_word() & !4;
                            s.sp.push_word(bool_::word(word == bool_::word(false)));
                        }
                        Op::UNARY_NEGATIVE => {
                            let value = s.sp.pop();
                            sync!();
                            s.sp.push(check!(number::neg(vm, &value)));
                        }
                        Op::UNARY_INVERT => {
                            let value = s.sp.pop();
                            sync!();
                            s.sp.push(check!(number::invert(vm, &value)));
                        }
                        Op::IS_OP => {
                            let (b, a) = (s.sp.pop(), s.sp.pop());
                            let same = a.is(&b) == (arg == 0);
                            drop((a, b));
                            s.sp.push_word(bool_::word(same));
                        }
                        Op::CONTAINS_OP => {
                            cold!(ops::contains, arg);
                            skip!(1);
                        }
                        Op::LOAD_GLOBAL => {
                            // Cache: counter, index, globals' version (low), builtins' version (low).
                            let cache = s.ip;
                            let version = u32::from(*cache.add(2));
                            if version != 0 {
                                let table = if *cache == 1 {
                                    &(*(*s.frame).globals).table
                                } else {
                                    &(*(*s.frame).builtins).table
                                };
                                let own = (*(*s.frame).globals).table.version_now();
                                let good = if *cache == 1 {
                                    own & 0xFFFF == version
                                } else {
                                    own & 0xFFFF == version && table.version_now() & 0xFFFF == u32::from(*cache.add(3))
                                };
                                if good
                                    && own != 0
                                    && let Some(value) = table.value(*cache.add(1) as usize)
                                {
                                    s.sp.push(value);
                                    if arg & 1 == 1 {
                                        s.sp.push_null();
                                    }
                                    skip!(4);
                                    continue 'next;
                                }
                            }
                            cold!(name::load_global, arg, s.ip.cast_mut());
                            skip!(4);
                        }
                        Op::LOAD_NAME => cold!(name::load_name, arg),
                        Op::STORE_NAME => cold!(name::store_name, arg),
                        Op::DELETE_NAME => cold!(name::delete_name, arg),
                        Op::STORE_GLOBAL => cold!(name::store_global, arg),
                        Op::DELETE_GLOBAL => cold!(name::delete_global, arg),
                        Op::LOAD_LOCALS => cold!(name::load_locals),
                        Op::LOAD_FROM_DICT_OR_GLOBALS => cold!(name::load_from_dict_or_globals, arg),
                        Op::LOAD_FROM_DICT_OR_DEREF => cold!(name::load_from_dict_or_deref, arg),
                        Op::LOAD_BUILD_CLASS => cold!(name::load_build_class),
                        Op::SETUP_ANNOTATIONS => cold!(name::setup_annotations),
                        Op::LOAD_COMMON_CONSTANT => cold!(name::load_common_constant, arg),
                        Op::MAKE_CELL => {
                            let word = *locals.add(n);
                            let value = (word != 0).then(|| Object::from_word(word));
                            *locals.add(n) = crate::frame::cell::Cell::make(value).into_raw() as u64;
                        }
                        Op::COPY_FREE_VARS => cold!(name::copy_free_vars, arg),
                        Op::LOAD_DEREF => {
                            let cell = *locals.add(n) as *const crate::frame::cell::Cell;
                            match (*cell).get() {
                                Some(value) => s.sp.push(value),
                                None => {
                                    sync!();
                                    let _ = name::unbound_deref(vm, s.frame, n);
                                    fail!();
                                }
                            }
                        }
                        Op::STORE_DEREF => {
                            let value = s.sp.pop().into_object();
                            let cell = *locals.add(n) as *const crate::frame::cell::Cell;
                            (*cell).set(Some(value));
                        }
                        Op::DELETE_DEREF => {
                            let cell = *locals.add(n) as *const crate::frame::cell::Cell;
                            if (*cell).contents.take().is_none() {
                                sync!();
                                let _ = name::unbound_deref(vm, s.frame, n);
                                fail!();
                            }
                        }
                        Op::LOAD_ATTR => {
                            cold!(attr::load, arg, s.ip.cast_mut());
                            skip!(9);
                        }
                        Op::LOAD_ATTR_INSTANCE_VALUE => cached_attr!(attr::instance_value, arg),
                        Op::LOAD_ATTR_SLOT => cached_attr!(attr::slot_value, arg),
                        Op::LOAD_ATTR_MODULE => cached_attr!(attr::module_value, arg),
                        Op::LOAD_ATTR_PROPERTY => {
                            if let Some(getter) = attr::property_getter(s.sp.peek_word(1), s.ip) {
                                called!(call::call_getter(vm, s, getter), 9);
                            } else {
                                cold!(attr::load_missed, arg, s.ip.cast_mut());
                                skip!(9);
                            }
                        }
                        Op::LOAD_ATTR_METHOD_WITH_VALUES => {
                            if let Some(function) = attr::cached_method(s.sp.peek_word(1), s.ip) {
                                let owner = s.sp.pop_word();
                                s.sp.push(function);
                                s.sp.push_word(owner);
                            } else {
                                cold!(attr::load_missed, arg, s.ip.cast_mut());
                            }
                            skip!(9);
                        }
                        Op::STORE_ATTR => {
                            cold!(attr::store, arg, s.ip.cast_mut());
                            skip!(4);
                        }
                        Op::STORE_ATTR_INSTANCE_VALUE => cached_store!(attr::store_place, arg),
                        Op::STORE_ATTR_SLOT => cached_store!(attr::store_slot, arg),
                        Op::DELETE_ATTR => cold!(attr::delete, arg),
                        Op::LOAD_SUPER_ATTR => {
                            cold!(attr::load_super, arg);
                            skip!(1);
                        }
                        Op::LOAD_SPECIAL => cold!(attr::load_special, arg),
                        Op::STORE_SUBSCR => {
                            if ops::store_index_fast(&mut s.sp) {
                                skip!(1);
                                continue 'next;
                            }
                            cold!(ops::store_subscr);
                            skip!(1);
                        }
                        Op::DELETE_SUBSCR => cold!(ops::delete_subscr),
                        Op::BINARY_SLICE => cold!(ops::binary_slice),
                        Op::STORE_SLICE => cold!(ops::store_slice),
                        Op::BUILD_LIST => cold!(ops::build_list, arg),
                        Op::BUILD_TUPLE => cold!(ops::build_tuple, arg),
                        Op::BUILD_MAP => cold!(ops::build_map, arg),
                        Op::BUILD_SET => cold!(ops::build_set, arg),
                        Op::BUILD_STRING => cold!(ops::build_string, arg),
                        Op::BUILD_SLICE => cold!(ops::build_slice, arg),
                        Op::BUILD_TEMPLATE => cold!(intrinsic::build_template),
                        Op::BUILD_INTERPOLATION => cold!(intrinsic::build_interpolation, arg),
                        Op::LIST_APPEND => {
                            let value = s.sp.pop().into_object();
                            let list = s.sp.peek(n);
                            let list = list.cast_unchecked::<List>();
                            if list.items.push(value).is_err() {
                                sync!();
                                let _ = vm.out_of_memory();
                                fail!();
                            }
                        }
                        Op::LIST_EXTEND => cold!(ops::list_extend, arg),
                        Op::SET_ADD => cold!(ops::set_add, arg),
                        Op::SET_UPDATE => cold!(ops::set_update, arg),
                        Op::MAP_ADD => cold!(ops::map_add, arg),
                        Op::DICT_UPDATE => cold!(ops::dict_update, arg),
                        Op::DICT_MERGE => cold!(ops::dict_merge, arg),
                        Op::UNPACK_SEQUENCE => {
                            cold!(ops::unpack_sequence, arg);
                            skip!(1);
                        }
                        Op::UNPACK_EX => cold!(ops::unpack_ex, arg),
                        Op::FORMAT_SIMPLE => cold!(ops::format_simple),
                        Op::FORMAT_WITH_SPEC => cold!(ops::format_with_spec),
                        Op::CONVERT_VALUE => cold!(ops::convert_value, arg),
                        Op::GET_LEN => cold!(matching::get_len),
                        Op::MATCH_MAPPING => cold!(matching::match_mapping),
                        Op::MATCH_SEQUENCE => cold!(matching::match_sequence),
                        Op::MATCH_KEYS => cold!(matching::match_keys),
                        Op::MATCH_CLASS => cold!(matching::match_class, arg),
                        Op::GET_ITER => {
                            let value = s.sp.pop();
                            sync!();
                            s.sp.push(check!(iter::get_iter(vm, &value)));
                        }
                        Op::FOR_ITER => {
                            skip!(1);
                            sync!();
                            let iterator = s.sp.peek(1);
                            if let Some(generator) = iterator.cast_exact::<Generator>()
                                && let Some(next) = generator::enter(vm, s, &generator.base, &none(), arg + 1, false)
                            {
                                enter!(next);
                            }
                            match ops::next_fast(vm, s.sp.peek_word(1)) {
                                Ok(Some(value)) => s.sp.push(value),
                                // Past END_FOR, whose value was never pushed: to POP_ITER.
                                Ok(None) => jump!(n + 1),
                                Err(_) => fail!(),
                            }
                        }
                        Op::CALL => match call::call(vm, s, n) {
                            call::Called::Value(sp, value) => {
                                s.sp = sp;
                                s.sp.push(value);
                                skip!(3);
                                if vm.breaker.load(Ordering::Relaxed) != 0 {
                                    breaker!();
                                }
                            }
                            call::Called::Frame(next) => enter!(next),
                            call::Called::Failed(sp) => {
                                s.sp = sp;
                                fail!();
                            }
                        },
                        Op::CALL_KW => match call::call_kw(vm, s, n) {
                            call::Called::Value(sp, value) => {
                                s.sp = sp;
                                s.sp.push(value);
                                skip!(3);
                                breaker!();
                            }
                            call::Called::Frame(next) => enter!(next),
                            call::Called::Failed(sp) => {
                                s.sp = sp;
                                fail!();
                            }
                        },
                        Op::CALL_FUNCTION_EX => match call::call_ex(vm, s) {
                            call::Called::Value(sp, value) => {
                                s.sp = sp;
                                s.sp.push(value);
                                breaker!();
                            }
                            call::Called::Frame(next) => enter!(next),
                            call::Called::Failed(sp) => {
                                s.sp = sp;
                                fail!();
                            }
                        },
                        Op::CALL_INTRINSIC_1 => cold!(intrinsic::one, arg),
                        Op::CALL_INTRINSIC_2 => cold!(intrinsic::two, arg),
                        Op::RETURN_VALUE => {
                            let value = own_word(s.sp.pop_word());
                            let done = s.frame;
                            (*done).sp = s.sp.0;
                            unlink(vm, done);
                            if (*done).is_entry {
                                let value = Object::from_word(value);
                                if (*done).generator.is_null() {
                                    pop_frame(vm, done);
                                } else {
                                    (*done).previous = std::ptr::null_mut();
                                }
                                return Ok(Outcome::Returned(value));
                            }
                            let caller = (*done).previous;
                            if !(*done).generator.is_null() {
                                // A generator that was resumed in place.
                                let (jump, is_sent) = ((*done).return_jump as usize, (*done).is_sent);
                                (*done).previous = std::ptr::null_mut();
                                (*(*done).generator).ended(vm);
                                s = State { frame: caller, ip: (*caller).ip.add(jump), sp: Sp((*caller).sp) };
                                if is_sent {
                                    s.sp.push_word(value);
                                } else {
                                    drop_word(value);
                                }
                                continue 'frames;
                            }
                            let is_init = (*done).is_init;
                            pop_frame(vm, done);
                            s = State { frame: caller, ip: (*caller).ip, sp: Sp((*caller).sp) };
                            if is_init {
                                // The new object is already on the caller's stack.
                                if value != none_word() {
                                    let value = Object::from_word(value);
                                    let _ = raise!(
                                        vm,
                                        TypeError,
                                        "__init__() should return None, not '{}'",
                                        crate::object::type_name(&value)
                                    );
                                    fail!();
                                }
                            } else {
                                s.sp.push_word(value);
                            }
                            continue 'frames;
                        }
                        Op::RETURN_GENERATOR => {
                            let frame = s.frame;
                            (*frame).ip = s.ip;
                            (*frame).sp = s.sp.0;
                            let (caller, is_entry) = ((*frame).previous, (*frame).is_entry);
                            unlink(vm, frame);
                            let object = crate::frame::generator::make(vm, frame);
                            if is_entry {
                                return Ok(Outcome::Returned(object));
                            }
                            s = State { frame: caller, ip: (*caller).ip, sp: Sp((*caller).sp) };
                            s.sp.push(object);
                            continue 'frames;
                        }
                        Op::YIELD_VALUE => {
                            let value = s.sp.pop().into_object();
                            let frame = s.frame;
                            (*frame).ip = s.ip;
                            (*frame).sp = s.sp.0;
                            unlink(vm, frame);
                            let caller = (*frame).previous;
                            (*frame).previous = std::ptr::null_mut();
                            generator::suspended(frame, arg);
                            if (*frame).is_entry {
                                return Ok(Outcome::Yielded(value));
                            }
                            (*(*frame).generator).yielded(vm);
                            s = State { frame: caller, ip: (*caller).ip, sp: Sp((*caller).sp) };
                            s.sp.push(value);
                            continue 'frames;
                        }
                        Op::SEND => {
                            skip!(1);
                            sync!();
                            let (receiver, value) = (s.sp.peek(2), s.sp.peek(1));
                            if let Some(body) = frame_of_sendable(&receiver) {
                                let mut below = s;
                                below.sp.0 = below.sp.0.sub(1);
                                if let Some(next) = generator::enter(vm, below, body, &value, arg, true) {
                                    drop_word(s.sp.pop_word());
                                    enter!(next);
                                }
                            }
                            let mut sp = s.sp;
                            let result = generator::send(vm, s.frame, &mut sp);
                            s.sp = sp;
                            if check!(result) {
                                jump!(arg);
                            }
                        }
                        Op::END_SEND => {
                            let value = s.sp.pop_word();
                            let receiver = s.sp.pop_word();
                            s.sp.push_word(own_word(value));
                            drop_word(receiver);
                        }
                        Op::GET_YIELD_FROM_ITER => cold!(generator::get_yield_from_iter),
                        Op::GET_AWAITABLE => cold!(generator::get_awaitable, arg),
                        Op::GET_AITER => cold!(generator::get_aiter),
                        Op::GET_ANEXT => cold!(generator::get_anext),
                        Op::END_ASYNC_FOR => {
                            if !cold!(generator::end_async_for) {
                                reraise = true;
                                fail!();
                            }
                        }
                        Op::CLEANUP_THROW => {
                            if !cold!(generator::cleanup_throw) {
                                reraise = true;
                                fail!();
                            }
                        }
                        Op::PUSH_EXC_INFO => {
                            let exception = s.sp.pop().into_object();
                            let previous = vm.set_handled(Some(exception.clone()));
                            s.sp.push(previous.unwrap_or_else(none));
                            s.sp.push(exception);
                        }
                        Op::POP_EXCEPT => {
                            let previous = s.sp.pop().into_object();
                            let old = vm.set_handled((previous.word() != none_word()).then_some(previous));
                            drop(old);
                        }
                        Op::CHECK_EXC_MATCH => cold!(exception::check_match),
                        Op::CHECK_EG_MATCH => cold!(exception::check_group_match),
                        Op::WITH_EXCEPT_START => cold!(exception::with_except_start),
                        Op::RAISE_VARARGS => {
                            sync!();
                            let mut sp = s.sp;
                            reraise = exception::raise(vm, &mut sp, arg);
                            s.sp = sp;
                            fail!();
                        }
                        Op::RERAISE => {
                            sync!();
                            let mut sp = s.sp;
                            exception::reraise(vm, s.frame, &mut sp, arg);
                            s.sp = sp;
                            // The handler is looked for at this instruction, whatever line the frame now shows.
                            reraise = true;
                            fail!();
                        }
                        Op::MAKE_FUNCTION => cold!(call::make_function),
                        Op::SET_FUNCTION_ATTRIBUTE => cold!(call::set_function_attribute, arg),
                        Op::IMPORT_NAME => cold!(name::import_name, arg),
                        Op::IMPORT_FROM => cold!(name::import_from, arg),
                        Op::EXIT_INIT_CHECK => {
                            let value = s.sp.pop();
                            if value.word() != none_word() {
                                sync!();
                                let _ = raise!(
                                    vm,
                                    TypeError,
                                    "__init__() should return None, not '{}'",
                                    crate::object::type_name(&value)
                                );
                                fail!();
                            }
                        }
                        Op::INSTRUMENTED_LINE | Op::INSTRUMENTED_INSTRUCTION => {
                            sync!();
                            (*s.frame).sp = s.sp.0;
                            let real = check!(observe::before(vm, s.frame));
                            observed!('next);
                            op = real;
                            continue 'widened;
                        }
                        Op::INSTRUMENTED_CALL | Op::INSTRUMENTED_CALL_KW | Op::INSTRUMENTED_CALL_FUNCTION_EX => {
                            sync!();
                            (*s.frame).sp = s.sp.0;
                            let what = check!(observe::calling(vm, s.frame, &s.sp, op, n));
                            if !what.native {
                                op = op.deopt();
                                continue 'widened;
                            }
                            let (result, units) = match op {
                                Op::INSTRUMENTED_CALL => (call::call_native(vm, s, n, false), 3),
                                Op::INSTRUMENTED_CALL_KW => (call::call_native(vm, s, n, true), 3),
                                _ => (call::call_ex(vm, s), 0),
                            };
                            match result {
                                call::Called::Value(sp, value) => {
                                    s.sp = sp;
                                    (*s.frame).sp = s.sp.0;
                                    check!(observe::called(vm, s.frame, &what, false));
                                    s.sp.push(value);
                                    skip!(units);
                                    breaker!();
                                }
                                call::Called::Frame(next) => enter!(next),
                                call::Called::Failed(sp) => {
                                    s.sp = sp;
                                    (*s.frame).sp = s.sp.0;
                                    let _ = observe::called(vm, s.frame, &what, true);
                                    fail!();
                                }
                            }
                        }
                        Op::INSTRUMENTED_LOAD_SUPER_ATTR => {
                            (*s.frame).sp = s.sp.0;
                            cold!(observe::load_super, arg);
                            skip!(1);
                        }
                        Op::INSTRUMENTED_FOR_ITER => {
                            skip!(1);
                            sync!();
                            (*s.frame).sp = s.sp.0;
                            if let Some(value) = check!(observe::next(vm, s.frame, &s.sp)) {
                                s.sp.push(value);
                                (*s.frame).sp = s.sp.0;
                                check!(observe::continued(vm, s.frame));
                            } else {
                                jump!(n + 1);
                            }
                        }
                        Op::INSTRUMENTED_RESUME
                        | Op::INSTRUMENTED_RETURN_VALUE
                        | Op::INSTRUMENTED_YIELD_VALUE
                        | Op::INSTRUMENTED_JUMP_FORWARD
                        | Op::INSTRUMENTED_JUMP_BACKWARD
                        | Op::INSTRUMENTED_NOT_TAKEN
                        | Op::INSTRUMENTED_POP_JUMP_IF_TRUE
                        | Op::INSTRUMENTED_POP_JUMP_IF_FALSE
                        | Op::INSTRUMENTED_POP_JUMP_IF_NONE
                        | Op::INSTRUMENTED_POP_JUMP_IF_NOT_NONE
                        | Op::INSTRUMENTED_POP_ITER
                        | Op::INSTRUMENTED_END_FOR
                        | Op::INSTRUMENTED_END_SEND
                        | Op::INSTRUMENTED_END_ASYNC_FOR => {
                            sync!();
                            (*s.frame).sp = s.sp.0;
                            check!(observe::at(vm, s.frame, &s.sp, op, arg));
                            observed!('next);
                            op = op.deopt();
                            if op == Op::RESUME {
                                breaker!();
                                continue 'next;
                            }
                            continue 'widened;
                        }
                        // The first and the last number are named, so that the table of handlers needs no check of its range.
                        Op::INTERPRETER_EXIT | Op::CACHE | Op::RESERVED | Op::ENTER_EXECUTOR => unreachable_op(op),
                        other => {
                            sync!();
                            let _ = raise!(vm, SystemError, "instruction {} is not handled", other.name());
                            fail!();
                        }
                    }
                    continue 'next;
                }
            }
        }
    }
}

/// The body of a generator or coroutine that SEND may resume in place.
#[inline(always)]
fn frame_of_sendable(receiver: &Object) -> Option<&GenBody> {
    if let Some(coroutine) = receiver.cast_exact::<Coroutine>() {
        return Some(&coroutine.base);
    }
    receiver.cast_exact::<Generator>().map(|generator| &generator.base)
}

/// A borrowed word made owned.
#[inline(always)]
unsafe fn own_word(word: u64) -> u64 {
    if word & 7 == 4 {
        let plain = word & !4;
        // SAFETY: a live object.
        unsafe { (*(plain as *const heap::Head)).incref() };
        plain
    } else {
        word
    }
}

#[inline(always)]
fn heap_float(word: u64) -> f64 {
    heap::decode_float(word)
}

#[cold]
fn unreachable_op(op: Op) -> ! {
    unreachable!("{} is never executed", op.name())
}
