//! Signal handlers: the system's handler notes the signal, this runs what Python installed.
//!
//! Python's handlers run in the main thread, between two instructions. The system's handler may run in any thread: it
//! sets a bit in the main thread's breaker.

use crate::context::{Vm, breaker};
use crate::error::Result;
use crate::protocol::call;
use heap::{Field, Object};

/// The handlers that Python installed, by number: a callable, 0 (`SIG_DFL`) or 1 (`SIG_IGN`), or nothing.
pub struct Signals {
    handlers: [Field<Object>; host::signal::COUNT as usize],
}

impl Default for Signals {
    fn default() -> Self {
        Signals { handlers: [const { Field::empty() }; host::signal::COUNT as usize] }
    }
}

impl Signals {
    /// The Python handler of a signal.
    pub fn handler(&self, signal: i32) -> Option<Object> {
        self.handlers.get(usize::try_from(signal).ok()?)?.get()
    }

    /// Sets the Python handler of a signal; gives the old one.
    pub fn set_handler(&self, signal: i32, handler: Option<Object>) -> Option<Object> {
        self.handlers.get(usize::try_from(signal).ok()?)?.replace(handler)
    }
}

/// Makes signals be noted in this thread's breaker: it is the main thread.
pub fn watch(vm: &Vm) {
    host::signal::notify(vm.breaker, breaker::SIGNAL);
}

/// Runs the handlers of the signals that came in, if this is the main thread.
pub fn run_handlers(vm: &Vm) -> Result<()> {
    if !vm.is_main_thread() {
        return Ok(());
    }
    if let Some(errno) = host::signal::take_wakeup_error() {
        let error = std::io::Error::from_raw_os_error(errno);
        let _ = crate::exception::os_error(vm, &error, None);
        vm.unraisable("Exception ignored when trying to write to the signal wakeup fd", None);
    }
    let arrived = host::signal::take();
    for (i, signal) in arrived.iter().enumerate() {
        let Some(handler) = vm.interp().signals.handler(*signal) else { continue };
        if handler.as_small_int().is_some() || handler.is(&crate::builtins::none::none()) {
            continue;
        }
        let frame = crate::frame::current(vm)
            .map_or_else(crate::builtins::none::none, |f| crate::frame::object::FrameObject::of(f).into_object());
        if let Err(raised) = call::call(vm, &handler, &[Object::int32(*signal), frame]) {
            // The others are not lost: their turn comes at the next look.
            for later in &arrived[i + 1..] {
                host::signal::mark(*later);
            }
            return Err(raised);
        }
    }
    Ok(())
}
