//! Dispatch: from one instruction's handler to the next.
//!
//! A handler is a function whose arguments are the whole state of the machine: thread, frame, next unit, stack pointer,
//! operand. It ends by calling the next instruction's handler with the same signature, which an optimising build turns
//! into a jump (a sibling call): the state then stays in registers from instruction to instruction, each handler ends
//! in an indirect jump of its own, and the native stack does not grow. Builds that do not optimise return to a loop
//! instead (`sibling_calls` is set by the build script); handlers are the same.
//!
//! What keeps a handler's last call a jump: no value with a destructor lives at it, and no local's address was handed
//! out. So whatever needs either happens in a function of its own, behind `slow!` or `called!`.

use super::state::{Sp, State};
use super::{exception, handlers, observe, panics};
use crate::frame::{Frame, is_owned};
use crate::modules::monitoring_state::event;
use crate::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An instruction's handler.
///
/// Safety of all of them: the verifier has shown that units, operands and stack depths are good; F1 to F3.
pub type Handler = unsafe extern "C-unwind" fn(&Vm, *mut Frame, *const u16, *mut u64, u64) -> Ended;

/// What a handler returns: the word with which the run ended, the value that its entry frame returned or yielded; 0 if an
/// exception left it. One word, or a handler that has another way out would not jump to it.
#[cfg(sibling_calls)]
pub type Ended = u64;

/// What a handler returns to the loop.
#[cfg(not(sibling_calls))]
#[repr(C)]
pub enum Ended {
    /// The run ended with the word.
    With(u64),
    /// The handler of an opcode is next, with a state and an operand.
    Go { state: State, op: u8, operand: u64 },
}

/// The run ends with the word.
#[cfg(sibling_calls)]
#[inline(always)]
pub fn ended(word: u64) -> Ended {
    word
}

#[cfg(not(sibling_calls))]
pub fn ended(word: u64) -> Ended {
    Ended::With(word)
}

/// Goes to the handler of the opcode, with an operand.
#[cfg(sibling_calls)]
macro_rules! go {
    ($vm:expr, $s:expr, $op:expr, $operand:expr) => {
        return $crate::interp::dispatch::TABLE[usize::from($op)]($vm, $s.frame, $s.ip, $s.sp.0, $operand)
    };
}

#[cfg(not(sibling_calls))]
macro_rules! go {
    ($vm:expr, $s:expr, $op:expr, $operand:expr) => {{
        let _ = $vm;
        return $crate::interp::dispatch::Ended::Go { state: $s, op: $op, operand: $operand };
    }};
}

/// Goes on with the next instruction.
macro_rules! next {
    ($vm:expr, $s:expr) => {{
        let (op, operand) = ($s.op(), u64::from($s.operand()));
        $s.ip = $s.ip.add(1);
        go!($vm, $s, op, operand)
    }};
}

/// Goes on in another handler of the same instruction.
macro_rules! instead {
    ($vm:expr, $s:expr, $handler:path, $operand:expr) => {
        return $handler($vm, $s.frame, $s.ip, $s.sp.0, u64::from($operand))
    };
}

/// An exception is on the thread: finds its handler.
macro_rules! fail {
    ($vm:expr, $s:expr) => {
        instead!($vm, $s, $crate::interp::dispatch::raised, $crate::interp::dispatch::RAISED)
    };
}

/// Calls a function of (thread, frame, stack pointer, more…) out of line, its `ip` written back; goes to the unwinder
/// when it fails.
macro_rules! slow {
    ($vm:expr, $s:expr, $f:path $(, $arg:expr)*) => {{
        (*$s.frame).ip = $s.ip;
        let (sp, good) = $crate::interp::dispatch::out_of_line($vm, $s.frame, $s.sp, move |vm, frame, sp| {
            $f(vm, frame, sp $(, $arg)*)
        });
        $s.sp = sp;
        if !good {
            fail!($vm, $s);
        }
    }};
}

/// What a call, `$next`, led to; `$units` of cache lie behind the instruction.
macro_rules! called {
    ($vm:expr, $s:expr, $next:expr, $units:expr) => {{
        let (sp, what) = $next;
        $s.sp = sp;
        match what {
            $crate::interp::call::Called::Value => {
                $s.skip($units);
                breaker!($vm, $s);
            }
            $crate::interp::call::Called::Frame => {
                let frame = $vm.frame.get();
                $s =
                    $crate::interp::state::State { frame, ip: (*frame).ip, sp: $crate::interp::state::Sp((*frame).sp) };
            }
            $crate::interp::call::Called::Failed => fail!($vm, $s),
        }
    }};
}

/// Between two instructions, looks whether somebody wants something of the thread.
macro_rules! breaker {
    ($vm:expr, $s:expr) => {
        if $vm.breaker.load(std::sync::atomic::Ordering::Relaxed) != 0 {
            instead!($vm, $s, $crate::interp::dispatch::interrupted, 0u64)
        }
    };
}

/// Drops an owned or borrowed word, then goes on: the last reference is let go out of line.
macro_rules! drop_next {
    ($vm:expr, $s:expr, $word:expr) => {{
        let word = $word;
        if $crate::frame::is_owned(word) && (*(word as *const heap::Head)).decref() {
            return $crate::interp::dispatch::release($vm, $s.frame, $s.ip, $s.sp.0, word);
        }
        next!($vm, $s)
    }};
}

/// Goes on behind the conditional jump that comes next, or where it leads.
macro_rules! jump {
    ($vm:ident, $s:ident, $taken:expr) => {{
        $s.skip(
            1 + const { bytecode::Op::POP_JUMP_IF_TRUE.caches() } as isize
                + if $taken { isize::from($s.operand()) } else { 0 },
        );
        next!($vm, $s)
    }};
}

/// The top `$n` operands give way to a truth; a conditional jump that follows is done at once.
macro_rules! truth {
    ($vm:ident, $s:ident, $units:expr, $n:literal, $truth:expr) => {{
        let truth: bool = $truth;
        $s.skip($units);
        $s.sp.0 = $s.sp.0.sub($n);
        if $s.op() == bytecode::Op::POP_JUMP_IF_FALSE as u8 {
            jump!($vm, $s, !truth)
        }
        if $s.op() == bytecode::Op::POP_JUMP_IF_TRUE as u8 {
            jump!($vm, $s, truth)
        }
        $s.sp.push_word($crate::builtins::bool_::word(truth));
        next!($vm, $s)
    }};
}

/// Defines functions of a handler's shape: `name(vm, state, operand) { … }`; at its end a body goes on with the next
/// instruction.
macro_rules! continuations {
    ($($(#[$meta:meta])* $name:ident($vm:ident, $s:ident $(, $operand:ident)?) $body:block)*) => {
        $(
            $(#[$meta])*
            ///
            /// # Safety
            /// See [`Handler`]($crate::interp::dispatch::Handler).
            // A general form inside a special one would make it save registers that it does not need.
            #[inline(never)]
            #[allow(non_snake_case, unused_mut, unused_variables, unreachable_code, reason = "one shape for all")]
            pub unsafe extern "C-unwind" fn $name(
                $vm: &$crate::context::Vm,
                frame: *mut $crate::frame::Frame,
                ip: *const u16,
                sp: *mut u64,
                operand: u64,
            ) -> $crate::interp::dispatch::Ended {
                let mut $s = $crate::interp::state::State { frame, ip, sp: $crate::interp::state::Sp(sp) };
                $(let $operand = operand;)?
                // SAFETY: see Handler.
                unsafe {
                    $body
                    next!($vm, $s)
                }
            }
        )*
    };
}

/// Declares the handlers of instructions, with an operand of 32 bits, and lists them.
macro_rules! handlers {
    ($($(#[$meta:meta])* $op:ident $(| $more:ident)* ($vm:ident, $s:ident $(, $arg:ident)?) $body:block)*) => {
        continuations! {
            $($(#[$meta])* $op($vm, $s $(, $arg)?) {
                $(
                    // What `go!` was given: no instruction need clear the upper half again.
                    std::hint::assert_unchecked($arg <= u32::MAX as u64);
                    let $arg = $arg as u32;
                )?
                $body
            })*
        }

        /// Which instructions these handlers are for.
        pub const HANDLERS: &[(bytecode::Op, $crate::interp::dispatch::Handler)] =
            &[$((bytecode::Op::$op, $op), $((bytecode::Op::$more, $op),)*)*];
    };
}

/// Whether dropping a stack word ends no object's life.
#[inline(always)]
pub fn may_drop(word: u64) -> bool {
    // SAFETY: a word of a live value.
    !is_owned(word) || unsafe { (*(word as *const heap::Head)).count() } != 1
}

/// Drops a word of which [`may_drop`] said that it may be.
///
/// # Safety
/// As [`drop_word`](crate::frame::drop_word).
#[inline(always)]
pub unsafe fn drop_shared(word: u64) {
    if is_owned(word) {
        // SAFETY: a word of a live value.
        let last = unsafe { (*(word as *const heap::Head)).decref() };
        debug_assert!(!last, "somebody else holds it");
    }
}

/// By opcode.
pub static TABLE: [Handler; 256] = {
    let mut table = [handlers::unknown as Handler; 256];
    let mut family = 0;
    while family < handlers::FAMILIES.len() {
        let rows = handlers::FAMILIES[family];
        let mut row = 0;
        while row < rows.len() {
            table[rows[row].0 as usize] = rows[row].1;
            row += 1;
        }
        family += 1;
    }
    table
};

/// Operands of [`raised`].
pub const RAISED: u32 = 0;
/// The exception was raised before: its traceback has this frame already.
pub const RERAISED: u32 = 1;
/// It was thrown into a suspended frame.
pub const THROWN: u32 = 2;

/// See `slow!`.
///
/// # Safety
/// As `f`.
#[inline(never)]
pub unsafe fn out_of_line(
    vm: &Vm,
    frame: *mut Frame,
    sp: Sp,
    f: impl FnOnce(&Vm, *mut Frame, &mut Sp) -> Result<()>,
) -> (Sp, bool) {
    let mut sp = sp;
    let good = f(vm, frame, &mut sp).is_ok();
    (sp, good)
}

continuations! {
    /// The next instruction.
    begin(vm, s) {}

    /// Does what somebody wants of the thread, and goes on.
    interrupted(vm, s) {
        (*s.frame).ip = s.ip;
        (*s.frame).sp = s.sp.0;
        if super::handle_breaker(vm).is_err() {
            fail!(vm, s);
        }
    }

    /// Lets go of an object whose last reference is gone, its address being the operand, and goes on.
    release(vm, s, object) {
        (*s.frame).ip = s.ip;
        heap::dealloc::last_reference(object as *mut heap::Head);
    }

    /// An exception is on the thread: goes on at its handler, here or further out.
    raised(vm, s, how) {
        let handling = find_handler(vm, s.frame, s.ip, s.sp.0, how as u32);
        if handling.is_null() {
            return ended(0)
        }
        s = State { frame: handling, ip: (*handling).ip, sp: Sp((*handling).sp) };
    }
}

/// The frame that handles the exception, its `ip` and `sp` set to go on; none if the exception leaves the run.
#[inline(never)]
unsafe fn find_handler(vm: &Vm, frame: *mut Frame, ip: *const u16, sp: *mut u64, how: u32) -> *mut Frame {
    // SAFETY: F1 to F3.
    unsafe {
        let mut s = State { frame, ip, sp: Sp(sp) };
        let (mut reraise, mut thrown) = (how & RERAISED != 0, how & THROWN != 0);
        loop {
            if !reraise {
                (*s.frame).ip = s.ip;
                crate::frame::traceback::add(vm, s.frame);
            }
            if observe::wants_exceptions(vm) {
                // What an observer raises takes the place of the exception.
                (*s.frame).sp = s.sp.0;
                if thrown {
                    let _ = observe::exceptional(vm, s.frame, event::PY_THROW);
                }
                let _ = observe::exceptional(vm, s.frame, if reraise { event::RERAISE } else { event::RAISE });
            }
            if thrown {
                observe::thrown(s.frame);
            }
            (reraise, thrown) = (false, false);
            match exception::unwind(vm, s) {
                exception::Unwound::Handler(next) => {
                    (*next.frame).ip = next.ip;
                    (*next.frame).sp = next.sp.0;
                    return next.frame;
                }
                exception::Unwound::Caller(next) => s = next,
                exception::Unwound::Native => return std::ptr::null_mut(),
            }
        }
    }
}

/// Runs `frame` until it returns or yields to the native caller: the value; with `throw`, by raising the exception on the
/// thread.
///
/// # Safety
/// The frame is linked, marked as entry, and its code was verified.
pub unsafe fn run(vm: &Vm, frame: *mut Frame, throw: bool) -> Result<Object> {
    // SAFETY: as said.
    unsafe {
        let before = panics::Before::new(vm);
        let mut start = (State { frame, ip: (*frame).ip, sp: Sp((*frame).sp) }, throw.then_some(THROWN));
        let ended = loop {
            // Costs nothing unless there is a panic.
            match catch_unwind(AssertUnwindSafe(|| go_from(vm, start.0, start.1))) {
                Ok(ended) => break ended,
                Err(payload) => match panics::recover(vm, frame, before, &*payload) {
                    Some(state) => start = (state, Some(RAISED)),
                    None => return Err(Raised),
                },
            }
        };
        if ended == 0 { Err(Raised) } else { Ok(Object::from_word(ended)) }
    }
}

/// Goes on from a state, by raising the exception on the thread if `raise` is an operand of [`raised`].
#[inline(always)]
unsafe fn go_from(vm: &Vm, s: State, raise: Option<u32>) -> u64 {
    // SAFETY: as `run`.
    unsafe {
        let ended = match raise {
            Some(how) => raised(vm, s.frame, s.ip, s.sp.0, u64::from(how)),
            None => begin(vm, s.frame, s.ip, s.sp.0, 0),
        };
        #[cfg(not(sibling_calls))]
        let ended = {
            let mut ended = ended;
            loop {
                match ended {
                    Ended::With(word) => break word,
                    Ended::Go { state: s, op, operand } => {
                        ended = TABLE[usize::from(op)](vm, s.frame, s.ip, s.sp.0, operand);
                    }
                }
            }
        };
        ended
    }
}
