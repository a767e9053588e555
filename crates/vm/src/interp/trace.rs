//! `sys.settrace` and `sys.setprofile`, as tools of [`observe`](super::observe).

use super::observe;
use crate::frame::Frame;
use crate::frame::object::FrameObject;
use crate::modules::monitoring_state::{PROFILE_TOOL, TRACE_TOOL, event};
use crate::native::{BuiltinFunction, MethodDescr};
use crate::object::type_of;
use crate::prelude::*;
use crate::protocol::call;

const TRACE_EVENTS: u32 = 1 << event::PY_START
    | 1 << event::PY_RESUME
    | 1 << event::PY_THROW
    | 1 << event::PY_RETURN
    | 1 << event::PY_YIELD
    | 1 << event::PY_UNWIND
    | 1 << event::RAISE
    | 1 << event::STOP_ITERATION
    | 1 << event::LINE
    | 1 << event::JUMP;

const PROFILE_EVENTS: u32 = 1 << event::PY_START
    | 1 << event::PY_RESUME
    | 1 << event::PY_THROW
    | 1 << event::PY_RETURN
    | 1 << event::PY_YIELD
    | 1 << event::PY_UNWIND
    | 1 << event::CALL;

/// Sets the thread's trace function.
pub fn set_trace(vm: &Vm, function: Option<Object>) {
    vm.trace.set(function);
    update(vm);
}

/// Sets the thread's profile function.
pub fn set_profile(vm: &Vm, function: Option<Object>) {
    vm.profile.set(function);
    update(vm);
}

/// Asks for what the threads' functions need.
pub fn update(vm: &Vm) {
    let threads = vm.interp().gil.threads();
    let state = &vm.interp().monitoring;
    let traced = threads.iter().any(|t| t.trace.is_some()) || vm.trace.is_some();
    let profiled = threads.iter().any(|t| t.profile.is_some()) || vm.profile.is_some();
    let opcodes = if state.opcodes.get() { 1 << event::INSTRUCTION } else { 0 };
    let trace = if traced { TRACE_EVENTS | opcodes } else { 0 };
    let profile = if profiled { PROFILE_EVENTS } else { 0 };
    if state.events[TRACE_TOOL].replace(trace) != trace || state.events[PROFILE_TOOL].replace(profile) != profile {
        observe::changed(vm);
    } else if traced {
        // The frames that run are told where they are.
        observe::changed(vm);
    }
}

/// A frame wants events of its instructions.
pub fn want_opcodes(vm: &Vm) {
    if !vm.interp().monitoring.opcodes.replace(true) {
        update(vm);
    }
}

/// An event for the trace function.
pub fn trace(vm: &Vm, frame: *mut Frame, unit: usize, number: u32, subject: &Object) -> Result<()> {
    if vm.trace.get().is_none() {
        return Ok(());
    }
    match number {
        event::PY_START | event::PY_RESUME | event::PY_THROW => call_trace(vm, frame, "call", &none()),
        event::PY_RETURN | event::PY_YIELD => call_trace(vm, frame, "return", subject),
        event::PY_UNWIND => call_trace(vm, frame, "return", &none()),
        event::RAISE | event::STOP_ITERATION => {
            let traceback =
                subject.cast::<crate::exception::BaseException>().and_then(|b| b.traceback.get()).unwrap_or_else(none);
            let arg = Tuple::from_slice(&[type_of(subject).to_object(), subject.clone(), traceback]).into_object();
            call_trace(vm, frame, "exception", &arg)
        }
        event::LINE => {
            if !FrameObject::of(frame).trace_lines.get() {
                return Ok(());
            }
            call_trace(vm, frame, "line", &none())
        }
        event::INSTRUCTION => {
            if !FrameObject::of(frame).trace_opcodes.get() {
                return Ok(());
            }
            call_trace(vm, frame, "opcode", &none())
        }
        event::JUMP => {
            // A loop on one line: its instructions do not start another line, yet each turn is one.
            let to = subject.as_small_int().unwrap_or(0) as usize / 2;
            let object = FrameObject::of(frame);
            if to > unit || !object.trace_lines.get() {
                return Ok(());
            }
            let code = Frame::code(frame);
            let line = bytecode::locations::find(&code.linetable, code.firstlineno, to).line;
            if line != Frame::line(frame) {
                return Ok(());
            }
            call_trace(vm, frame, "line", &none())
        }
        _ => Ok(()),
    }
}

fn call_trace(vm: &Vm, frame: *mut Frame, what: &str, arg: &Object) -> Result<()> {
    let object = FrameObject::of(frame);
    let function = if what == "call" { vm.trace.get() } else { object.trace.get() };
    let Some(function) = function else { return Ok(()) };
    vm.tracing.set(vm.tracing.get() + 1);
    let what = vm.intern(what).to_object();
    let result = call::call(vm, &function, &[object.to_object(), what, arg.clone()]);
    vm.tracing.set(vm.tracing.get() - 1);
    match result {
        Ok(next) => {
            if !next.is(&none()) {
                object.trace.set(Some(next));
            }
            Ok(())
        }
        Err(raised) => {
            let exception = vm.take_raised();
            set_trace(vm, None);
            object.trace.set(None);
            vm.restore_raised(exception);
            Err(raised)
        }
    }
}

/// An event for the profile function; `args` as `sys.monitoring`'s callbacks get them, behind the code.
pub fn profile(vm: &Vm, frame: *mut Frame, number: u32, args: &[Object]) -> Result<()> {
    let Some(function) = vm.profile.get() else { return Ok(()) };
    let (what, arg) = match number {
        event::PY_START | event::PY_RESUME | event::PY_THROW => ("call", none()),
        event::PY_RETURN | event::PY_YIELD => ("return", args.get(1).cloned().unwrap_or_else(none)),
        event::PY_UNWIND => ("return", none()),
        event::CALL | event::C_RETURN | event::C_RAISE => {
            let Some(callable) = native_function(vm, args)? else { return Ok(()) };
            let what = match number {
                event::CALL => "c_call",
                event::C_RETURN => "c_return",
                _ => "c_exception",
            };
            (what, callable)
        }
        _ => return Ok(()),
    };
    let object = FrameObject::of(frame);
    vm.tracing.set(vm.tracing.get() + 1);
    let result = call::call(vm, &function, &[object.into_object(), vm.intern(what).to_object(), arg]);
    vm.tracing.set(vm.tracing.get() - 1);
    if let Err(raised) = result {
        let exception = vm.take_raised();
        set_profile(vm, None);
        vm.restore_raised(exception);
        return Err(raised);
    }
    Ok(())
}

/// The native function that a call calls, methods bound to their object; `None` for what profilers do not hear of.
fn native_function(vm: &Vm, args: &[Object]) -> Result<Option<Object>> {
    let [_, callable, first, ..] = args else { return Ok(None) };
    if callable.is_exact::<BuiltinFunction>() {
        return Ok(Some(callable.clone()));
    }
    if callable.is_exact::<MethodDescr>() && !vm.interp().monitoring.missing.get().is_some_and(|m| m.is(first)) {
        let get = vm.intern("__get__");
        let kind = type_of(first).to_object();
        return call::call_method(vm, callable, &get, &[first.clone(), kind]).map(Some);
    }
    Ok(None)
}
