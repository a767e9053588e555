//! Signal handlers: the system's handler notes the signal, this runs what Python installed.

use crate::context::Vm;
use crate::error::Result;
use crate::protocol::call;
use heap::{Field, Object};
use std::cell::RefCell;

thread_local! {
    static HANDLERS: RefCell<Vec<(i32, Field<Object>)>> = const { RefCell::new(Vec::new()) };
}

/// The Python handler of a signal.
pub fn handler(signal: i32) -> Option<Object> {
    HANDLERS.with_borrow(|h| h.iter().find(|(s, _)| *s == signal).and_then(|(_, f)| f.get()))
}

/// Sets the Python handler of a signal; gives the old one.
pub fn set_handler(signal: i32, handler: Option<Object>) -> Option<Object> {
    HANDLERS.with_borrow_mut(|h| match h.iter().find(|(s, _)| *s == signal) {
        Some((_, field)) => field.replace(handler),
        None => {
            h.push((signal, Field::new(handler)));
            None
        }
    })
}

/// Runs the handlers of the signals that came in.
pub fn run_handlers(vm: &Vm) -> Result<()> {
    for signal in host::signal::take() {
        let Some(handler) = handler(signal) else { continue };
        let frame = crate::frame::current(vm)
            .map_or_else(crate::builtins::none::none, |f| crate::frame::object::FrameObject::of(f).into_object());
        call::call(vm, &handler, &[Object::int32(signal), frame])?;
    }
    Ok(())
}
