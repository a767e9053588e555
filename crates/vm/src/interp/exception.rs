//! Raising, catching, unwinding.

use super::state::{Sp, State};
use super::{observe, unlink};
use crate::builtins::bool_;
use crate::exception;
use crate::frame::Frame;
use crate::frame::call::pop_frame;
use crate::modules::monitoring_state::event;
use crate::prelude::*;
use crate::protocol::call;

type Done = Result<()>;

/// Where an exception led.
pub enum Unwound {
    /// A handler in the same frame.
    Handler(State),
    /// The frame is gone; its caller goes on looking.
    Caller(State),
    /// The frame was entered from Rust, which gets the error.
    Native,
}

/// Finds the handler of the exception on the thread for the instruction before `s.ip`, or leaves the frame.
///
/// # Safety
/// The state is that of the running frame.
#[cold]
pub unsafe fn unwind(vm: &Vm, mut s: State) -> Unwound {
    // SAFETY: F1 to F3; the exception table was verified.
    unsafe {
        let code = Frame::code(s.frame);
        let unit = (s.ip.offset_from(code.units_ptr()) - 1).max(0) as u32;
        if let Some(handler) = bytecode::exceptions::find(&code.exceptiontable, unit) {
            let floor = Frame::stack_base(s.frame).add(handler.depth as usize);
            while s.sp.0 > floor {
                s.sp.drop_n(1);
            }
            if handler.lasti {
                // Where the exception was raised first, if it was raised again.
                s.sp.push(Object::int32(Frame::last_unit(s.frame) as i32));
            }
            let exception = vm.take_raised().expect("unwinding without an exception");
            if observe::wants_exceptions(vm) {
                (*s.frame).sp = s.sp.0;
                if observe::handled(vm, s.frame, handler.target as usize, &exception).is_err() {
                    // Raised at the handler's first instruction.
                    s.sp.push(exception);
                    s.ip = code.units_ptr().add(handler.target as usize + 1);
                    return Unwound::Caller(s);
                }
            }
            s.sp.push(exception);
            s.ip = code.units_ptr().add(handler.target as usize);
            return Unwound::Handler(s);
        }
        let frame = s.frame;
        (*frame).sp = s.sp.0;
        if observe::wants_exceptions(vm) {
            // An observer's exception takes the place of the one that leaves.
            let _ = observe::exceptional(vm, frame, event::PY_UNWIND);
        }
        let (caller, is_entry) = ((*frame).previous, (*frame).is_entry);
        let is_init = (*frame).is_init;
        unlink(vm, frame);
        if (*frame).generator.is_null() {
            let exception = vm.take_raised();
            pop_frame(vm, frame);
            vm.restore_raised(exception);
        } else {
            (*frame).previous = std::ptr::null_mut();
            if !is_entry {
                // A generator that was resumed in place.
                let is_sent = (*frame).is_sent;
                let exception = vm.take_raised();
                (*(*frame).generator).ended(vm);
                vm.restore_raised(exception);
                let mut next = State { frame: caller, ip: (*caller).ip, sp: Sp((*caller).sp) };
                if is_sent {
                    // The stack effect of the failing SEND: value gone, receiver there.
                    next.sp.push(none());
                }
                return Unwound::Caller(next);
            }
        }
        if is_entry {
            return Unwound::Native;
        }
        let mut next = State { frame: caller, ip: (*caller).ip, sp: Sp((*caller).sp) };
        if is_init {
            // The object that __init__ was to set up.
            next.sp.drop_n(1);
        }
        Unwound::Caller(next)
    }
}

/// RAISE_VARARGS; whether the exception is one raised again by a bare `raise`.
#[inline(never)]
pub fn raise(vm: &Vm, mut sp: Sp, arg: u32) -> (Sp, bool) {
    match arg {
        0 => match vm.handled() {
            Some(exception) => {
                let _ = vm.restore(exception);
                return (sp, true);
            }
            None => {
                let _ = raise!(vm, RuntimeError, "No active exception to reraise");
            }
        },
        1 => {
            let exception = sp.pop();
            let _ = exception::raise_from(vm, &exception, None);
        }
        _ => {
            let (cause, exception) = (sp.pop(), sp.pop());
            let _ = exception::raise_from(vm, &exception, Some(&cause));
        }
    }
    (sp, false)
}

/// RERAISE: raises the popped exception as it was; with an operand, at the instruction where it first was raised.
#[inline(never)]
pub fn reraise(vm: &Vm, frame: *mut Frame, mut sp: Sp, arg: u32) -> Sp {
    let exception = sp.pop().into_object();
    if arg != 0
        && let Some(unit) = sp.peek(arg as usize).as_small_int()
    {
        let code = Frame::code(frame);
        if unit >= 0 && (unit as usize) < code.unit_count() {
            // SAFETY: a unit of this code; `ip` stands behind it.
            unsafe { (*frame).ip = code.units_ptr().add(unit as usize + 1) };
        }
    }
    let _ = if exception::is_exception(&exception) {
        vm.restore(exception)
    } else {
        raise!(vm, SystemError, "RERAISE of what is no exception")
    };
    sp
}

pub fn check_match(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let wanted = sp.pop();
    check_catchable(vm, &wanted)?;
    let exception = sp.peek(1);
    let matched = exception::matches(&exception, &wanted);
    sp.push_word(bool_::word(matched));
    Ok(())
}

fn check_catchable(vm: &Vm, wanted: &Object) -> Done {
    let bad = match wanted.cast::<Tuple>() {
        Some(tuple) => tuple.items().iter().any(|w| !exception::is_exception_class(w)),
        None => !exception::is_exception_class(wanted),
    };
    if bad {
        bail!(vm, TypeError, "catching classes that do not inherit from BaseException is not allowed");
    }
    Ok(())
}

/// `except*`: [exception, type] → [rest, match].
pub fn check_group_match(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let (wanted, exception) = (sp.pop(), sp.pop());
    check_catchable(vm, &wanted)?;
    let (rest, matched) = exception::group_match(vm, &exception, &wanted)?;
    if let Some(matched) = &matched {
        drop(vm.set_handled(Some(matched.clone())));
    }
    sp.push(rest.unwrap_or_else(none));
    sp.push(matched.unwrap_or_else(none));
    Ok(())
}

/// Calls `__exit__(type, exception, traceback)`: [exit, self or NULL, lasti, previous, exception] → … result.
pub fn with_except_start(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let exception = sp.peek(1).clone();
    let exit = sp.peek(5).clone();
    let this = sp.peek_word(4);
    let kind = crate::object::type_of(&exception).to_object();
    let traceback = exception.cast::<exception::BaseException>().and_then(|b| b.traceback.get()).unwrap_or_else(none);
    let result = if this == 0 {
        call::call(vm, &exit, &[kind, exception, traceback])?
    } else {
        let this = sp.peek(4).clone();
        call::call(vm, &exit, &[this, kind, exception, traceback])?
    };
    sp.push(result);
    Ok(())
}
