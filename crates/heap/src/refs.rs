//! Typed references.

use crate::{Head, Object};
use std::marker::PhantomData;
use std::mem;
use std::ops::Deref;
use std::ptr::NonNull;

/// An owned reference to an object whose body is a `T`. The same word as the [`Object`] it is.
#[repr(transparent)]
pub struct Ref<T>(NonNull<T>, PhantomData<*const ()>);

impl<T> Ref<T> {
    /// Takes over a count of the object at `body`.
    ///
    /// # Safety
    /// I1 and I2: a live object with body `T`, one of whose counts is handed over.
    #[inline(always)]
    pub unsafe fn from_raw(body: *mut T) -> Ref<T> {
        Ref(unsafe { NonNull::new_unchecked(body) }, PhantomData)
    }

    /// A new reference to the object that `body` is the body of.
    ///
    /// Panics if the body was never moved into the heap.
    #[inline]
    pub fn of(body: &T) -> Ref<T> {
        // SAFETY: I2, a body starts with its head; a body outside the heap has a count of zero, which is refused.
        unsafe {
            let head = &*(body as *const T).cast::<Head>();
            assert!(head.count() != 0, "a body outside the heap");
            head.incref();
            Ref(NonNull::from(body), PhantomData)
        }
    }

    /// The untyped view.
    #[inline(always)]
    pub fn as_object(&self) -> &Object {
        // SAFETY: both are one word with the same meaning.
        unsafe { &*(self as *const Ref<T>).cast::<Object>() }
    }

    /// Forgets the type.
    #[inline(always)]
    pub fn into_object(self) -> Object {
        // SAFETY: the word and its count are handed over.
        unsafe { Object::from_word(self.into_raw() as u64) }
    }

    /// Gives up the pointer without dropping the reference.
    #[inline(always)]
    pub fn into_raw(self) -> *mut T {
        let pointer = self.0.as_ptr();
        mem::forget(self);
        pointer
    }

    /// The address.
    #[inline(always)]
    pub fn as_ptr(&self) -> *const T {
        self.0.as_ptr()
    }

    /// The head.
    #[inline(always)]
    pub fn head(&self) -> &Head {
        // SAFETY: I2.
        unsafe { self.0.cast::<Head>().as_ref() }
    }

    /// The untyped new reference.
    #[inline(always)]
    pub fn to_object(&self) -> Object {
        self.as_object().clone()
    }

    /// Whether both are the same object.
    #[inline(always)]
    pub fn is(&self, other: &Ref<T>) -> bool {
        self.0 == other.0
    }
}

impl<T> Deref for Ref<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: I1 and I2.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Clone for Ref<T> {
    #[inline(always)]
    fn clone(&self) -> Ref<T> {
        self.head().incref();
        Ref(self.0, PhantomData)
    }
}

impl<T> Drop for Ref<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: I1; handed over and dropped as an object.
        unsafe { drop(Object::from_word(self.0.as_ptr() as u64)) }
    }
}

impl<T: std::fmt::Display> std::fmt::Display for Ref<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> From<Ref<T>> for Object {
    #[inline(always)]
    fn from(reference: Ref<T>) -> Object {
        reference.into_object()
    }
}
