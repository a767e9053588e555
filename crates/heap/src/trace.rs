//! What the collector asks of a body.

use crate::{BytesBody, Field, Head, IntBody, ObjVec, Object, Ref, StrBody, Word};
use std::cell::{Cell, RefCell};

/// Visits the references that a value owns.
///
/// `trace` must visit every owned reference exactly once and run no Python code. `clear` takes apart what can be taken
/// apart through `&self`; it may run finalisers of what it drops. Leaving a reference out of both only leaks cycles.
pub trait Trace {
    fn trace(&self, visit: &mut dyn FnMut(&Object));
    /// Named so that no `clear` of a container is hidden by it.
    fn clear_refs(&self) {}
}

impl Trace for Object {
    fn trace(&self, visit: &mut dyn FnMut(&Object)) {
        visit(self);
    }
}

impl<T> Trace for Ref<T> {
    fn trace(&self, visit: &mut dyn FnMut(&Object)) {
        visit(self.as_object());
    }
}

impl<T: Trace> Trace for Option<T> {
    fn trace(&self, visit: &mut dyn FnMut(&Object)) {
        if let Some(value) = self {
            value.trace(visit);
        }
    }
}

impl<T: Trace> Trace for [T] {
    fn trace(&self, visit: &mut dyn FnMut(&Object)) {
        for value in self {
            value.trace(visit);
        }
    }
}

impl<T: Trace> Trace for Vec<T> {
    fn trace(&self, visit: &mut dyn FnMut(&Object)) {
        self[..].trace(visit);
    }
}

impl<T: Trace + ?Sized> Trace for Box<T> {
    fn trace(&self, visit: &mut dyn FnMut(&Object)) {
        (**self).trace(visit);
    }
}

impl<A: Trace, B: Trace> Trace for (A, B) {
    fn trace(&self, visit: &mut dyn FnMut(&Object)) {
        self.0.trace(visit);
        self.1.trace(visit);
    }
}

impl<V: Word + Trace> Trace for Field<V> {
    fn trace(&self, visit: &mut dyn FnMut(&Object)) {
        // SAFETY: visitors run no Python code.
        if let Some(value) = unsafe { self.peek() } {
            value.trace(visit);
        }
    }
    fn clear_refs(&self) {
        self.set(None);
    }
}

impl<T: Trace + Default> Trace for RefCell<T> {
    fn trace(&self, visit: &mut dyn FnMut(&Object)) {
        if let Ok(value) = self.try_borrow() {
            value.trace(visit);
        }
    }
    fn clear_refs(&self) {
        if let Ok(mut value) = self.try_borrow_mut() {
            let old = std::mem::take(&mut *value);
            drop(value);
            drop(old);
        }
    }
}

impl Trace for ObjVec {
    fn trace(&self, visit: &mut dyn FnMut(&Object)) {
        // SAFETY: visitors run no Python code.
        for item in unsafe { self.as_slice() } {
            visit(item);
        }
    }
    fn clear_refs(&self) {
        ObjVec::clear(self);
    }
}

macro_rules! plain {
    ($($t:ty),*) => { $(impl Trace for $t { fn trace(&self, _: &mut dyn FnMut(&Object)) {} })* };
}
plain!(Head, (), bool, u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f64, char, String, &'static str);
plain!(IntBody, StrBody, BytesBody);

impl<T: Copy> Trace for Cell<T> {
    fn trace(&self, _: &mut dyn FnMut(&Object)) {}
}
