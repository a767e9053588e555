//! Objects in statics: types and singletons, made once and never freed.

use crate::head::IMMORTAL;
use crate::{Head, Object, Ref, TypeHead};
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Room in a `static` for an immortal object. Its address is the object's, known to the linker.
#[repr(C, align(16))]
pub struct Immortal<T> {
    body: UnsafeCell<MaybeUninit<T>>,
    /// The address of `body` once it is made: the word of a `Ref<T>` that lives for ever.
    this: AtomicPtr<T>,
}

// SAFETY: I3 for what is inside; `this` orders the initialisation.
unsafe impl<T> Sync for Immortal<T> {}

impl<T> Immortal<T> {
    pub const fn new() -> Immortal<T> {
        Immortal { body: UnsafeCell::new(MaybeUninit::uninit()), this: AtomicPtr::new(ptr::null_mut()) }
    }

    /// The address that the object has or will have.
    #[inline(always)]
    pub const fn address(&'static self) -> *const T {
        self.body.get().cast::<T>()
    }

    /// Moves `body` in and makes it an immortal instance of `kind`. Once, at the first interpreter's start.
    pub fn init(&'static self, kind: *const TypeHead, body: T) -> &'static Ref<T> {
        assert!(!self.is_ready(), "an immortal made twice");
        // SAFETY: nobody reads before `this` is set; the body starts with its head (I2).
        unsafe {
            (*self.body.get()).write(body);
            let head = &*self.body.get().cast::<Head>();
            head.count.set(IMMORTAL);
            head.kind.set(kind);
        }
        self.this.store(self.body.get().cast::<T>(), Ordering::Release);
        self.get()
    }

    /// Whether [`Immortal::init`] has run.
    #[inline]
    pub fn is_ready(&self) -> bool {
        !self.this.load(Ordering::Acquire).is_null()
    }

    /// A reference for ever.
    #[inline(always)]
    pub fn get(&'static self) -> &'static Ref<T> {
        debug_assert!(self.is_ready(), "an immortal read before it is made");
        // SAFETY: made at start before any code that reads it; `this` is the word of a `Ref<T>`, never written again.
        unsafe { &*(&raw const self.this).cast::<Ref<T>>() }
    }

    /// A new reference (immortal: nothing is counted).
    #[inline(always)]
    pub fn to_object(&'static self) -> Object {
        self.get().to_object()
    }
}

impl<T> Default for Immortal<T> {
    fn default() -> Self {
        Self::new()
    }
}
