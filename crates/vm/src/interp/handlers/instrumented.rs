//! Instructions that somebody observes: they tell of their events, then go on as what they stand for.

use crate::frame::Frame;
use crate::interp::call;
use crate::interp::call::{Called, Next};
use crate::interp::observe;
use crate::interp::state::Sp;
use crate::prelude::*;
use bytecode::Op;

/// What an observed instruction goes on as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// The instruction of this number.
    Op(u8),
    /// An observer sent the frame elsewhere.
    Jumped,
    Failed,
}

/// Goes on after the event.
macro_rules! after {
    ($vm:ident, $s:ident, $arg:expr, $after:expr) => {
        match $after {
            After::Op(op) => go!($vm, $s, op, u64::from($arg)),
            After::Jumped => {
                $s.ip = (*$s.frame).ip;
                $s.sp = Sp((*$s.frame).sp);
                next!($vm, $s)
            }
            After::Failed => fail!($vm, $s),
        }
    };
}

/// An instruction other than calls. (Its own opcode need not stand in the code: INSTRUMENTED_LINE may stand for it.)
macro_rules! observed {
    ($vm:ident, $s:ident, $arg:ident, $op:expr) => {
        after!($vm, $s, $arg, at($vm, $s.frame, $s.ip, $s.sp, $op, $arg))
    };
}

macro_rules! observed_call {
    ($vm:ident, $s:ident, $arg:ident, $op:expr) => {{
        let (next, plain) = observed_call($vm, $s.frame, $s.ip, $s.sp, $op, $arg as usize);
        if plain {
            go!($vm, $s, const { $op.deopt() } as u8, u64::from($arg))
        }
        called!($vm, $s, next, const { $op.caches() as isize });
    }};
}

handlers! {
    INSTRUMENTED_LINE | INSTRUMENTED_INSTRUCTION(vm, s, arg) {
        after!(vm, s, arg, before(vm, s.frame, s.ip, s.sp))
    }

    INSTRUMENTED_RESUME(vm, s, arg) {
        let after = at(vm, s.frame, s.ip, s.sp, Op::INSTRUMENTED_RESUME, arg);
        if after != After::Op(Op::RESUME as u8) {
            after!(vm, s, arg, after)
        }
        breaker!(vm, s);
    }

    INSTRUMENTED_RETURN_VALUE(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_RETURN_VALUE)
    }

    INSTRUMENTED_YIELD_VALUE(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_YIELD_VALUE)
    }

    INSTRUMENTED_JUMP_FORWARD(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_JUMP_FORWARD)
    }

    INSTRUMENTED_JUMP_BACKWARD(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_JUMP_BACKWARD)
    }

    INSTRUMENTED_NOT_TAKEN(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_NOT_TAKEN)
    }

    INSTRUMENTED_POP_JUMP_IF_TRUE(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_POP_JUMP_IF_TRUE)
    }

    INSTRUMENTED_POP_JUMP_IF_FALSE(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_POP_JUMP_IF_FALSE)
    }

    INSTRUMENTED_POP_JUMP_IF_NONE(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_POP_JUMP_IF_NONE)
    }

    INSTRUMENTED_POP_JUMP_IF_NOT_NONE(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_POP_JUMP_IF_NOT_NONE)
    }

    INSTRUMENTED_POP_ITER(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_POP_ITER)
    }

    INSTRUMENTED_END_FOR(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_END_FOR)
    }

    INSTRUMENTED_END_SEND(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_END_SEND)
    }

    INSTRUMENTED_END_ASYNC_FOR(vm, s, arg) {
        observed!(vm, s, arg, Op::INSTRUMENTED_END_ASYNC_FOR)
    }

    INSTRUMENTED_CALL(vm, s, arg) {
        observed_call!(vm, s, arg, Op::INSTRUMENTED_CALL)
    }

    INSTRUMENTED_CALL_KW(vm, s, arg) {
        observed_call!(vm, s, arg, Op::INSTRUMENTED_CALL_KW)
    }

    INSTRUMENTED_CALL_FUNCTION_EX(vm, s, arg) {
        observed_call!(vm, s, arg, Op::INSTRUMENTED_CALL_FUNCTION_EX)
    }

    INSTRUMENTED_LOAD_SUPER_ATTR(vm, s, arg) {
        (*s.frame).sp = s.sp.0;
        slow!(vm, s, observe::load_super, arg);
        s.skip(const { Op::LOAD_SUPER_ATTR.caches() } as isize);
    }

    INSTRUMENTED_FOR_ITER(vm, s, arg) {
        s.skip(const { Op::FOR_ITER.caches() } as isize);
        (*s.frame).sp = s.sp.0;
        let before = s.sp.0;
        slow!(vm, s, observe::push_next);
        if s.sp.0 == before {
            s.skip(arg as isize + 1);
        }
    }
}

#[inline(never)]
unsafe fn before(vm: &Vm, frame: *mut Frame, ip: *const u16, sp: Sp) -> After {
    // SAFETY: the state is the running frame's.
    unsafe {
        (*frame).ip = ip;
        (*frame).sp = sp.0;
        match observe::before(vm, frame) {
            Ok(op) => went(frame, ip, op),
            Err(_) => After::Failed,
        }
    }
}

#[inline(never)]
unsafe fn at(vm: &Vm, frame: *mut Frame, ip: *const u16, sp: Sp, op: Op, arg: u32) -> After {
    // SAFETY: the state is the running frame's.
    unsafe {
        (*frame).ip = ip;
        (*frame).sp = sp.0;
        match observe::at(vm, frame, &sp, op, arg) {
            Ok(()) => went(frame, ip, op.deopt()),
            Err(_) => After::Failed,
        }
    }
}

/// What follows when the observers were content: `op`, unless one of them set the frame's line.
unsafe fn went(frame: *mut Frame, ip: *const u16, op: Op) -> After {
    // SAFETY: the running frame.
    if unsafe { (*frame).ip } == ip {
        return After::Op(op as u8);
    }
    observe::jumped(frame);
    After::Jumped
}

/// A call with its events; the second is whether it is to go on as it would unobserved: its function enters a frame.
#[inline(never)]
unsafe fn observed_call(vm: &Vm, frame: *mut Frame, ip: *const u16, sp: Sp, op: Op, n: usize) -> (Next, bool) {
    // SAFETY: the state is the running frame's.
    unsafe {
        (*frame).ip = ip;
        (*frame).sp = sp.0;
        let Ok(what) = observe::calling(vm, frame, &sp, op, n) else { return ((sp, Called::Failed), false) };
        if !what.native {
            return ((sp, Called::Failed), true);
        }
        let (mut sp, called) = match op {
            Op::INSTRUMENTED_CALL => call::call_native(vm, frame, ip, sp, n, false),
            Op::INSTRUMENTED_CALL_KW => call::call_native(vm, frame, ip, sp, n, true),
            _ => call::call_ex(vm, frame, ip, sp),
        };
        (*frame).sp = sp.0;
        match called {
            Called::Frame => {}
            Called::Failed => {
                let _ = observe::called(vm, frame, &what, true);
            }
            Called::Value => {
                if observe::called(vm, frame, &what, false).is_err() {
                    sp.drop_n(1);
                    return ((sp, Called::Failed), false);
                }
            }
        }
        ((sp, called), false)
    }
}
