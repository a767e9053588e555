//! Jumps, iteration, generators, returning, raising.

use crate::builtins::bool_;
use crate::builtins::dict::{DictIter, What};
use crate::builtins::list::ListIter;
use crate::builtins::none::none_word;
use crate::builtins::range::RangeIter;
use crate::builtins::set::SetIter;
use crate::builtins::str::StrAsciiIter;
use crate::builtins::tuple::TupleIter;
use crate::context::breaker;
use crate::frame::generator::Generator;
use crate::frame::{Frame, drop_word};
use crate::interp::cache::{is_due, set_op};
use crate::interp::dispatch::{RAISED, RERAISED, drop_shared, ended, may_drop, raised};
use crate::interp::state::{Sp, State, own_word};
use crate::interp::{exception, generator, items, observe, ops, unlink};
use crate::prelude::*;
use bytecode::Op;
use std::sync::atomic::Ordering;

const JUMP: isize = Op::POP_JUMP_IF_TRUE.caches() as isize;
const FOR_ITER_UNITS: isize = Op::FOR_ITER.caches() as isize;
const SEND_UNITS: isize = Op::SEND.caches() as isize;

/// Units from FOR_ITER's cache to behind an UNPACK_SEQUENCE that follows it.
const PAST_UNPACK: isize = FOR_ITER_UNITS + 1 + Op::UNPACK_SEQUENCE.caches() as isize;

/// Whether behind the FOR_ITER whose cache units start here a pair is unpacked, which is then never made.
///
/// # Safety
/// As said.
#[inline(always)]
unsafe fn unpacks_two(ip: *const u16) -> bool {
    // SAFETY: an instruction follows.
    unsafe { *ip.offset(FOR_ITER_UNITS) == Op::UNPACK_SEQUENCE as u16 | 2 << 8 }
}

/// FOR_ITER found the end: past END_FOR, whose value was never pushed, to POP_ITER.
macro_rules! exhausted {
    ($vm:ident, $s:ident, $arg:ident) => {{
        $s.skip($arg as isize + 1);
        next!($vm, $s)
    }};
}

/// A form of FOR_ITER for an exact iterator, whose next word is `$next`; the end (0) is the general form's.
macro_rules! for_form {
    ($vm:ident, $s:ident, $arg:ident, $kind:ty, $iterator:ident => $next:expr) => {{
        if let Some($iterator) = items::exact::<$kind>($s.sp.peek_word(1)) {
            let word: u64 = $next;
            if word != 0 {
                $s.sp.push_word(word);
                $s.skip(FOR_ITER_UNITS);
                next!($vm, $s)
            }
        }
        instead!($vm, $s, FOR_ITER, $arg)
    }};
}

handlers! {
    RESUME(vm, s, arg) {
        if vm.breaker.load(Ordering::Relaxed) != 0 {
            instead!(vm, s, resume_interrupted, arg)
        }
    }

    POP_JUMP_IF_FALSE(vm, s, arg) {
        s.skip(JUMP);
        if s.sp.pop_word() & !4 == bool_::word(false) {
            s.skip(arg as isize);
        }
    }

    POP_JUMP_IF_TRUE(vm, s, arg) {
        s.skip(JUMP);
        if s.sp.pop_word() & !4 == bool_::word(true) {
            s.skip(arg as isize);
        }
    }

    POP_JUMP_IF_NONE(vm, s, arg) {
        s.skip(JUMP);
        let word = s.sp.pop_word();
        if word & !4 == none_word() {
            s.skip(arg as isize);
            next!(vm, s)
        }
        drop_next!(vm, s, word)
    }

    POP_JUMP_IF_NOT_NONE(vm, s, arg) {
        s.skip(JUMP);
        let word = s.sp.pop_word();
        if word & !4 == none_word() {
            next!(vm, s)
        }
        s.skip(arg as isize);
        drop_next!(vm, s, word)
    }

    JUMP_FORWARD(vm, s, arg) {
        s.skip(arg as isize);
    }

    JUMP_BACKWARD(vm, s, arg) {
        s.skip(const { Op::JUMP_BACKWARD.caches() } as isize - arg as isize);
        breaker!(vm, s);
    }

    JUMP_BACKWARD_NO_INTERRUPT(vm, s, arg) {
        s.skip(-(arg as isize));
    }

    GET_ITER(vm, s) {
        slow!(vm, s, ops::get_iter);
    }

    FOR_ITER(vm, s, arg) {
        if is_due(s.cache()) {
            instead!(vm, s, choose_for, arg)
        }
        s.skip(FOR_ITER_UNITS);
        (*s.frame).ip = s.ip;
        let word = items::next_word(vm, s.sp.peek_word(1));
        if word & !items::FAILED != 0 {
            s.sp.push_word(word);
            next!(vm, s)
        }
        if word == items::ENDED {
            exhausted!(vm, s, arg)
        }
        fail!(vm, s)
    }

    FOR_ITER_RANGE(vm, s, arg) {
        if let Some(range) = items::exact::<RangeIter>(s.sp.peek_word(1)) {
            let (left, value) = (range.left.get(), range.next.get());
            if left == 0 {
                s.skip(FOR_ITER_UNITS);
                exhausted!(vm, s, arg)
            }
            let word = value << 1 | 1;
            if word >> 1 == value {
                range.left.set(left - 1);
                range.next.set(value.wrapping_add(range.step));
                s.sp.push_word(word as u64);
                s.skip(FOR_ITER_UNITS);
                next!(vm, s)
            }
        }
        instead!(vm, s, FOR_ITER, arg)
    }

    FOR_ITER_LIST(vm, s, arg) {
        for_form!(vm, s, arg, ListIter, list => items::next_of_list(list))
    }

    FOR_ITER_TUPLE(vm, s, arg) {
        for_form!(vm, s, arg, TupleIter, tuple => items::next_of_tuple(tuple))
    }

    FOR_ITER_DICT(vm, s, arg) {
        for_form!(vm, s, arg, DictIter, iterator => items::next_of_dict(iterator))
    }

    FOR_ITER_SET(vm, s, arg) {
        for_form!(vm, s, arg, SetIter, iterator => items::next_of_set(iterator))
    }

    FOR_ITER_STR(vm, s, arg) {
        for_form!(vm, s, arg, StrAsciiIter, iterator => items::next_of_ascii(iterator))
    }

    FOR_ITER_ITEMS(vm, s, arg) {
        if unpacks_two(s.ip)
            && let Some(iterator) = items::exact::<DictIter>(s.sp.peek_word(1))
            && iterator.what == What::Items
            && let Some((key, value)) = iterator.peek_step()
        {
            s.sp.push(value.clone());
            s.sp.push(key.clone());
            s.skip(PAST_UNPACK);
            next!(vm, s)
        }
        instead!(vm, s, FOR_ITER, arg)
    }

    FOR_ITER_PAIRS(vm, s, arg) {
        if !unpacks_two(s.ip) {
            instead!(vm, s, FOR_ITER, arg)
        }
        (*s.frame).ip = s.ip.offset(FOR_ITER_UNITS);
        match items::next_two(vm, s.sp.peek_word(1), s.sp.0) {
            items::FOUND => {
                s.sp.0 = s.sp.0.add(2);
                s.skip(PAST_UNPACK);
                next!(vm, s)
            }
            items::ENDED => {
                s.skip(FOR_ITER_UNITS);
                exhausted!(vm, s, arg)
            }
            items::FAILED => {
                s.skip(FOR_ITER_UNITS);
                fail!(vm, s)
            }
            _ => instead!(vm, s, FOR_ITER, arg),
        }
    }

    FOR_ITER_GEN(vm, s, arg) {
        if let Some(generator) = items::exact::<Generator>(s.sp.peek_word(1)) {
            let mut from = s;
            from.skip(FOR_ITER_UNITS);
            if let Some(mut inner) = generator::enter(vm, from, &generator.base, none_word(), arg + 1, false) {
                next!(vm, inner)
            }
        }
        instead!(vm, s, FOR_ITER, arg)
    }

    RETURN_VALUE(vm, s, arg) {
        let frame = s.frame;
        let value = own_word(s.sp.pop_word());
        if !Frame::is_plain(frame) || !vm.stack.may_pop(frame.cast()) {
            instead!(vm, s, return_otherwise, value)
        }
        // What does not die here is let go of in place; the rest is left to the general way.
        let bottom = Frame::locals(frame);
        while s.sp.0 > bottom {
            let word = s.sp.peek_word(1);
            if !may_drop(word) {
                instead!(vm, s, return_otherwise, value)
            }
            drop_shared(word);
            s.sp.0 = s.sp.0.sub(1);
        }
        if !may_drop((*frame).func) {
            instead!(vm, s, return_otherwise, value)
        }
        drop_shared((*frame).func);
        let caller = (*frame).previous;
        vm.recursion_left.set(vm.recursion_left.get() + 1);
        vm.frame.set(caller);
        vm.stack.pop_within(frame.cast());
        s = State { frame: caller, ip: (*caller).ip, sp: Sp((*caller).sp) };
        s.sp.push_word(value);
    }

    RETURN_GENERATOR(vm, s) {
        let frame = s.frame;
        (*frame).ip = s.ip;
        (*frame).sp = s.sp.0;
        let (caller, is_entry) = ((*frame).previous, (*frame).is_entry);
        let Ok(object) = crate::frame::generator::make(vm, frame) else { fail!(vm, s) };
        let object = object.into_word();
        vm.recursion_left.set(vm.recursion_left.get() + 1);
        vm.frame.set(caller);
        if is_entry {
            return ended(object);
        }
        s = State { frame: caller, ip: (*caller).ip, sp: Sp((*caller).sp) };
        s.sp.push_word(object);
    }

    YIELD_VALUE(vm, s, arg) {
        let value = own_word(s.sp.pop_word());
        let frame = s.frame;
        (*frame).ip = s.ip;
        (*frame).sp = s.sp.0;
        unlink(vm, frame);
        let caller = (*frame).previous;
        (*frame).previous = std::ptr::null_mut();
        generator::suspended(frame, arg);
        if (*frame).is_entry {
            return ended(value);
        }
        (*(*frame).generator).yielded(vm);
        s = State { frame: caller, ip: (*caller).ip, sp: Sp((*caller).sp) };
        s.sp.push_word(value);
    }

    SEND(vm, s, arg) {
        let (receiver, value) = (s.sp.peek_word(2), s.sp.peek_word(1));
        if let Some(body) = generator::sendable(receiver) {
            let mut below = s;
            below.skip(SEND_UNITS);
            below.sp.0 = below.sp.0.sub(1);
            if let Some(mut inner) = generator::enter(vm, below, body, value, arg, true) {
                next!(vm, inner)
            }
        }
        s.skip(SEND_UNITS);
        slow!(vm, s, generator::send_or_end);
        // NULL on top says that the receiver has ended.
        if s.sp.peek_word(1) == 0 {
            s.sp.pop_word();
            s.skip(arg as isize);
        }
    }

    END_SEND(vm, s) {
        let value = own_word(s.sp.pop_word());
        let receiver = s.sp.pop_word();
        s.sp.push_word(value);
        drop_next!(vm, s, receiver)
    }

    GET_YIELD_FROM_ITER(vm, s) {
        slow!(vm, s, generator::get_yield_from_iter);
    }

    GET_AWAITABLE(vm, s, arg) {
        if generator::awaits_itself(s.sp.peek_word(1)) {
            next!(vm, s)
        }
        slow!(vm, s, generator::get_awaitable, arg);
    }

    GET_AITER(vm, s) {
        slow!(vm, s, generator::get_aiter);
    }

    GET_ANEXT(vm, s) {
        slow!(vm, s, generator::get_anext);
    }

    END_ASYNC_FOR(vm, s) {
        (*s.frame).ip = s.ip;
        let (sp, ends) = generator::end_async_for(vm, s.sp);
        s.sp = sp;
        if !ends {
            instead!(vm, s, raised, RERAISED)
        }
    }

    CLEANUP_THROW(vm, s) {
        (*s.frame).ip = s.ip;
        let (sp, ends) = generator::cleanup_throw(vm, s.sp);
        s.sp = sp;
        if !ends {
            instead!(vm, s, raised, RERAISED)
        }
    }

    CHECK_EXC_MATCH(vm, s) {
        let (exception, wanted) = (s.sp.peek_word(2), s.sp.peek_word(1));
        // An exception's own class can be caught.
        if items::kind_of(exception) == wanted | 4 && may_drop(wanted) {
            drop_shared(wanted);
            truth!(vm, s, 0, 1, true)
        }
        slow!(vm, s, exception::check_match);
    }

    CHECK_EG_MATCH(vm, s) {
        slow!(vm, s, exception::check_group_match);
    }

    WITH_EXCEPT_START(vm, s) {
        slow!(vm, s, exception::with_except_start);
    }

    RAISE_VARARGS(vm, s, arg) {
        (*s.frame).ip = s.ip;
        let (sp, again) = exception::raise(vm, s.sp, arg);
        s.sp = sp;
        instead!(vm, s, raised, if again { RERAISED } else { RAISED })
    }

    /// The handler is looked for at this instruction, whatever line the frame now shows.
    RERAISE(vm, s, arg) {
        (*s.frame).ip = s.ip;
        s.sp = exception::reraise(vm, s.frame, s.sp, arg);
        instead!(vm, s, raised, RERAISED)
    }

    EXIT_INIT_CHECK(vm, s) {
        slow!(vm, s, exit_init_check);
    }
}

continuations! {
    /// RESUME where somebody wants something of the thread: what is newly observed starts with its instrumented form.
    resume_interrupted(vm, s) {
        let code = (*s.frame).code;
        if vm.breaker.load(Ordering::Relaxed) & breaker::OBSERVED != 0 && observe::is_stale(vm, &*code) {
            observe::refresh(vm, &*code);
            s.skip(-1);
            next!(vm, s)
        }
        breaker!(vm, s);
    }

    /// FOR_ITER that is due to be specialised.
    choose_for(vm, s, arg) {
        specialise_for(s.sp.peek_word(1), s.cache(), unpacks_two(s.ip));
        instead!(vm, s, FOR_ITER, arg)
    }

    /// RETURN_VALUE, the value being the operand, where more is to be done than to go on in the caller.
    return_otherwise(vm, s, value) {
        let done = s.frame;
        (*done).sp = s.sp.0;
        // A frame object that outlives the call tells the line of the return.
        (*done).ip = s.ip;
        unlink(vm, done);
        if (*done).is_entry {
            if (*done).generator.is_null() {
                crate::frame::call::pop_frame(vm, done);
            } else {
                (*done).previous = std::ptr::null_mut();
            }
            return ended(value);
        }
        if !(*done).generator.is_null() || (*done).is_init {
            s = return_specially(vm, done, value);
            if s.ip.is_null() {
                s.ip = (*s.frame).ip;
                fail!(vm, s)
            }
            next!(vm, s)
        }
        let caller = (*done).previous;
        crate::frame::call::pop_frame(vm, done);
        s = State { frame: caller, ip: (*caller).ip, sp: Sp((*caller).sp) };
        s.sp.push_word(value);
    }
}

/// The form of FOR_ITER for the iterator at hand; none fits: it stays general.
#[cold]
#[inline(never)]
unsafe fn specialise_for(iterator: u64, cache: *mut u16, unpacked: bool) {
    let op = if items::exact::<RangeIter>(iterator).is_some() {
        Op::FOR_ITER_RANGE
    } else if items::exact::<ListIter>(iterator).is_some() {
        Op::FOR_ITER_LIST
    } else if items::exact::<TupleIter>(iterator).is_some() {
        Op::FOR_ITER_TUPLE
    } else if items::exact::<Generator>(iterator).is_some() {
        Op::FOR_ITER_GEN
    } else if let Some(dict) = items::exact::<DictIter>(iterator) {
        match dict.what {
            What::Items if !unpacked => return,
            What::Items => Op::FOR_ITER_ITEMS,
            What::Keys | What::Values => Op::FOR_ITER_DICT,
        }
    } else if items::exact::<SetIter>(iterator).is_some() {
        Op::FOR_ITER_SET
    } else if items::exact::<StrAsciiIter>(iterator).is_some() {
        Op::FOR_ITER_STR
    } else if unpacked && items::gives_pairs(iterator) {
        Op::FOR_ITER_PAIRS
    } else {
        return;
    };
    // SAFETY: the instruction's cache.
    unsafe { set_op(cache, op) };
}

/// RETURN_VALUE from a generator that was resumed in place, or from the `__init__` that a class's call runs: the caller's
/// state, without `ip` if the return raised.
#[inline(never)]
unsafe fn return_specially(vm: &Vm, done: *mut Frame, value: u64) -> State {
    // SAFETY: F1 to F3.
    unsafe {
        let caller = (*done).previous;
        if (*done).generator.is_null() {
            // The new object is already on the caller's stack.
            crate::frame::call::pop_frame(vm, done);
            let s = State { frame: caller, ip: (*caller).ip, sp: Sp((*caller).sp) };
            if value == none_word() {
                return s;
            }
            let _ = init_returned(vm, &Object::from_word(value));
            return State { ip: std::ptr::null(), ..s };
        }
        let (jump, is_sent) = ((*done).return_jump as usize, (*done).is_sent);
        (*done).previous = std::ptr::null_mut();
        (*(*done).generator).ended(vm);
        let mut s = State { frame: caller, ip: (*caller).ip.add(jump), sp: Sp((*caller).sp) };
        if is_sent {
            s.sp.push_word(value);
        } else {
            drop_word(value);
        }
        s
    }
}

fn init_returned(vm: &Vm, value: &Object) -> Raised {
    raise!(vm, TypeError, "__init__() should return None, not '{}'", crate::object::type_name(value))
}

fn exit_init_check(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Result<()> {
    let value = sp.pop();
    if value.word() == none_word() { Ok(()) } else { Err(init_returned(vm, &value)) }
}
