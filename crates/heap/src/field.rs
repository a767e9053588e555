//! Cells for references inside bodies: read by cloning, so no borrow outlives the read.

use crate::{Object, Ref};
use std::cell::UnsafeCell;

/// A one-word reference: [`Object`] or [`Ref`].
pub trait Word: Clone {}
impl Word for Object {}
impl<T> Word for Ref<T> {}

/// An optional reference that can be replaced through `&self`.
///
/// Reading clones; writing drops the old reference only after the new one is in place, so that code run by the drop
/// sees a whole object.
#[repr(transparent)]
pub struct Field<V: Word>(UnsafeCell<Option<V>>);

impl<V: Word> Field<V> {
    #[inline(always)]
    pub const fn empty() -> Field<V> {
        Field(UnsafeCell::new(None))
    }

    #[inline(always)]
    pub const fn new(value: Option<V>) -> Field<V> {
        Field(UnsafeCell::new(value))
    }

    #[inline(always)]
    pub const fn some(value: V) -> Field<V> {
        Field(UnsafeCell::new(Some(value)))
    }

    #[inline]
    pub fn get(&self) -> Option<V> {
        // SAFETY: I3; a clone runs no foreign code, so nobody writes while this borrow lives.
        unsafe { (*self.0.get()).clone() }
    }

    /// Whether something is in it.
    #[inline]
    pub fn is_some(&self) -> bool {
        // SAFETY: I3.
        unsafe { (*self.0.get()).is_some() }
    }

    /// Looks at the reference without counting; `look` must not run Python code or write the field.
    ///
    /// # Safety
    /// As said: the borrow ends before anything can replace the field.
    #[inline]
    pub unsafe fn peek(&self) -> Option<&V> {
        unsafe { (*self.0.get()).as_ref() }
    }

    #[inline]
    pub fn set(&self, value: Option<V>) {
        drop(self.replace(value));
    }

    #[inline]
    pub fn replace(&self, value: Option<V>) -> Option<V> {
        // SAFETY: I3; a move runs no foreign code.
        unsafe { std::mem::replace(&mut *self.0.get(), value) }
    }

    #[inline]
    pub fn take(&self) -> Option<V> {
        self.replace(None)
    }
}

impl<V: Word> Default for Field<V> {
    fn default() -> Self {
        Self::empty()
    }
}
