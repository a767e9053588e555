//! Panics of Rust code: a program goes on after them.
//!
//! A panic is a mistake in the interpreter (or a library that gives up when memory is refused). It unwinds to the
//! innermost [`dispatch::run`](super::dispatch::run), becomes a SystemError (or MemoryError) there, and is raised in the
//! innermost Python frame, where programs can catch it. What native code was doing is cut short: values that it had put on
//! that frame's value stack are lost to the collector, nothing else.

use super::state::{Sp, State};
use super::unlink;
use crate::frame::Frame;
use crate::prelude::*;
use std::any::Any;
use std::panic::PanicHookInfo;
use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;

/// Where the panics under way happened, by thread.
static PLACES: Mutex<Vec<(ThreadId, String)>> = Mutex::new(Vec::new());

/// Keeps panics of threads that run Python quiet: they are told of as exceptions. With `RUST_BACKTRACE` set each also shows
/// where it came from, as usual.
pub fn install_hook() {
    let usual = std::panic::take_hook();
    let wanted = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        if wanted || Vm::try_current().is_none() {
            return usual(info);
        }
        if let Some(place) = info.location() {
            let place = (std::thread::current().id(), format!("{}:{}", place.file(), place.line()));
            PLACES.lock().unwrap_or_else(PoisonError::into_inner).push(place);
        }
    }));
}

/// Raises what a panic was about.
pub fn raise_panic(vm: &Vm, payload: &(dyn Any + Send)) -> Raised {
    let message = payload.downcast_ref::<&str>().copied();
    let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    let place = {
        let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
        let here = std::thread::current().id();
        let last = places.iter().rposition(|(thread, _)| *thread == here).map(|at| places[at].1.clone());
        places.retain(|(thread, _)| *thread != here);
        last
    };
    vm.clear_raised();
    // How the arithmetic library and growing vectors say that there is no room.
    if ["out of memory", "try to allocate too much memory", "capacity overflow"].contains(&message) {
        return vm.out_of_memory();
    }
    match place {
        Some(place) => raise!(vm, SystemError, "internal error: {message} ({place})"),
        None => raise!(vm, SystemError, "internal error: {message}"),
    }
}

/// What a run restores after a panic.
#[derive(Clone, Copy)]
pub struct Before {
    recursion_left: i32,
    dying_depth: u32,
}

impl Before {
    #[inline(always)]
    pub fn new(vm: &Vm) -> Before {
        Before { recursion_left: vm.recursion_left.get(), dying_depth: vm.interp().heap.dying_depth() }
    }
}

/// After a panic out of the run that `entry` began: raises it, and says where to go on raising; `None` if the run has no
/// frame left.
///
/// # Safety
/// The panic was caught by that run.
#[cold]
#[inline(never)]
pub unsafe fn recover(vm: &Vm, entry: *mut Frame, before: Before, payload: &(dyn Any + Send)) -> Option<State> {
    let innermost = vm.frame.get();
    let (mut frame, mut depth) = (innermost, 0);
    // SAFETY: the thread's frames are linked from the innermost outwards.
    unsafe {
        while !frame.is_null() && frame != entry {
            frame = (*frame).previous;
            depth += 1;
        }
        vm.interp().heap.set_dying_depth(before.dying_depth);
        let _ = raise_panic(vm, payload);
        if frame.is_null() {
            // The entry frame had been left already.
            vm.recursion_left.set(before.recursion_left + 1);
            return None;
        }
        vm.recursion_left.set(before.recursion_left - depth);
        // Whatever can panic is called with `ip` written back (F3), `sp` may be behind: what lies above the handler's
        // depth is left where it is, not dropped.
        let (code, ip) = (Frame::code(innermost), (*innermost).ip);
        let unit = (ip.offset_from(code.units_ptr()) - 1).max(0) as u32;
        let depth = bytecode::exceptions::find(&code.exceptiontable, unit).map_or(0, |handler| handler.depth as usize);
        let sp = Sp(Frame::stack_base(innermost).add(depth));
        Some(State { frame: innermost, ip, sp })
    }
}

/// Runs `body`, turning its panic into an exception: where no frame is there to go on in.
pub fn guard<T>(vm: &Vm, body: impl FnOnce() -> Result<T>) -> Result<T> {
    let (frame, before) = (vm.frame.get(), Before::new(vm));
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)) {
        Ok(result) => result,
        Err(payload) => {
            let raised = raise_panic(vm, &*payload);
            // SAFETY: frames inside are left; each is linked to the one outside it.
            unsafe {
                while vm.frame.get() != frame && !vm.frame.get().is_null() {
                    unlink(vm, vm.frame.get());
                }
            }
            vm.recursion_left.set(before.recursion_left);
            vm.interp().heap.set_dying_depth(before.dying_depth);
            Err(raised)
        }
    }
}
