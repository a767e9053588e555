//! The interpreter: runs the instructions of frames.
//!
//! [`dispatch`] goes from handler to handler; the hot instructions are done in [`handlers`], in a few lines each, on state
//! that stays in registers; the others call functions of their family, which get the frame and a copy of the stack
//! pointer.

#[macro_use]
pub(crate) mod dispatch;

pub(crate) mod attr;
pub(crate) mod cache;
pub(crate) mod call;
pub(crate) mod enter;
pub(crate) mod exception;
pub(crate) mod generator;
pub(crate) mod handlers;
pub(crate) mod intrinsic;
pub(crate) mod items;
pub(crate) mod known;
pub(crate) mod matching;
pub(crate) mod name;
pub(crate) mod native;
pub(crate) mod observe;
pub(crate) mod ops;
pub mod panics;
pub(crate) mod specialise;
pub(crate) mod state;
pub(crate) mod trace;

use crate::context::breaker;
use crate::frame::Frame;
use crate::prelude::*;
use std::sync::atomic::Ordering;

/// Runs a frame that was pushed for a call, to its return.
///
/// # Safety
/// The frame is bound, on top of the thread's stack, and not linked yet. It is gone afterwards.
pub unsafe fn run_frame(vm: &Vm, frame: *mut Frame) -> Result<Object> {
    // SAFETY: passed on.
    unsafe {
        if let Err(raised) = link(vm, frame) {
            crate::frame::call::pop_frame(vm, frame);
            return Err(raised);
        }
        (*frame).is_entry = true;
        dispatch::run(vm, frame, false)
    }
}

/// Resumes a generator's frame: the value that it yields or returns, which its state tells apart; with `throw`, by
/// raising the exception that is on the thread.
///
/// # Safety
/// The frame is suspended.
pub unsafe fn resume_frame(vm: &Vm, frame: *mut Frame, throw: bool) -> Result<Object> {
    // SAFETY: passed on.
    unsafe {
        link(vm, frame)?;
        (*frame).is_entry = true;
        dispatch::run(vm, frame, throw)
    }
}

/// Makes the frame the thread's innermost.
///
/// # Safety
/// As [`run_frame`].
#[inline(always)]
pub(crate) unsafe fn link(vm: &Vm, frame: *mut Frame) -> Result<()> {
    let left = vm.recursion_left.get() - 1;
    if left < 0 {
        return Err(too_deep(vm));
    }
    vm.recursion_left.set(left);
    // SAFETY: as said.
    unsafe { (*frame).previous = vm.frame.get() };
    vm.frame.set(frame);
    Ok(())
}

/// Makes the frame's caller the thread's innermost again.
///
/// # Safety
/// The frame is the thread's innermost.
#[inline(always)]
pub(crate) unsafe fn unlink(vm: &Vm, frame: *mut Frame) {
    vm.recursion_left.set(vm.recursion_left.get() + 1);
    // SAFETY: as said.
    unsafe { vm.frame.set((*frame).previous) };
}

#[cold]
fn too_deep(vm: &Vm) -> Raised {
    // Room to make and handle the error.
    vm.recursion_left.set(vm.recursion_left.get() + 50);
    let raised = raise!(vm, RecursionError, "maximum recursion depth exceeded");
    vm.recursion_left.set(vm.recursion_left.get() - 50);
    raised
}

/// What the breaker asks for: collections, signal handlers, the GIL's hand-over, exceptions from other threads.
#[cold]
pub fn handle_breaker(vm: &Vm) -> Result<()> {
    let bits = vm.breaker.fetch_and(breaker::OBSERVED, Ordering::AcqRel);
    if bits & breaker::GC != 0 {
        crate::modules::gc::collect_if_due(vm);
    }
    if bits & breaker::GIL != 0 {
        vm.interp().gil.yield_now(vm);
    }
    if bits & breaker::PENDING != 0 {
        crate::modules::gil::run_pending(vm)?;
    }
    if bits & breaker::ASYNC != 0
        && let Some(exception) = vm.async_raise.take()
    {
        let exception = crate::exception::normalise(vm, &exception)?;
        return Err(vm.raise(exception));
    }
    if bits & breaker::SIGNAL != 0 {
        return crate::modules::signals::run_handlers(vm);
    }
    Ok(())
}

/// Runs signal handlers if a signal came in: for long native loops.
pub fn check_signals(vm: &Vm) -> Result<()> {
    if vm.breaker.load(Ordering::Relaxed) & breaker::SIGNAL != 0 {
        return handle_breaker(vm);
    }
    Ok(())
}
