//! The exceptions that are being handled: one for the thread, and one for each generator that runs, innermost first.

use crate::prelude::*;
use std::cell::Cell;
use std::ptr;

/// What somebody, a thread or a generator, is handling.
pub struct Handled {
    pub exception: Field<Object>,
    /// While a generator runs: who resumed it; null for the thread itself.
    below: Cell<*const Handled>,
}

impl Default for Handled {
    fn default() -> Handled {
        Handled { exception: Field::empty(), below: Cell::new(ptr::null()) }
    }
}

/// A thread's own [`Handled`] and those of the generators that it runs.
///
/// # Invariants
/// * **H1** Every entry of the chain is that of a running generator, which is kept alive by who runs it.
pub struct Chain {
    own: Handled,
    /// The innermost generator's; null for the thread's own.
    top: Cell<*const Handled>,
}

impl Default for Chain {
    fn default() -> Chain {
        Chain { own: Handled::default(), top: Cell::new(ptr::null()) }
    }
}

impl Chain {
    #[inline]
    fn innermost(&self) -> &Handled {
        // SAFETY: H1.
        unsafe { self.top.get().as_ref() }.unwrap_or(&self.own)
    }

    /// Whether whoever runs handles an exception of its own.
    pub fn has_own(&self) -> bool {
        self.innermost().exception.get().is_some()
    }

    /// The exception being handled, be it further out.
    pub fn get(&self) -> Option<Object> {
        let mut at = self.innermost();
        loop {
            if let Some(exception) = at.exception.get() {
                return Some(exception);
            }
            if ptr::eq(at, &self.own) {
                return None;
            }
            // SAFETY: H1.
            at = unsafe { at.below.get().as_ref() }.unwrap_or(&self.own);
        }
    }

    /// Replaces the innermost entry's exception.
    #[inline]
    pub fn replace(&self, exception: Option<Object>) -> Option<Object> {
        let innermost = self.innermost();
        let old = innermost.exception.take();
        innermost.exception.set(exception);
        old
    }

    /// A generator starts to run.
    ///
    /// # Safety
    /// It stays alive until [`pop`](Self::pop).
    #[inline]
    pub unsafe fn push(&self, entry: &Handled) {
        entry.below.set(self.top.get());
        self.top.set(entry);
    }

    /// The innermost generator stops running.
    #[inline]
    pub fn pop(&self) {
        // SAFETY: H1.
        if let Some(entry) = unsafe { self.top.get().as_ref() } {
            self.top.set(entry.below.get());
        }
    }
}
