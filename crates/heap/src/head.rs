//! The 16 bytes every object starts with, and the part of a type that memory management reads.

use crate::{Trace, Visitor};
use std::cell::Cell;
use std::ptr;

/// Bits of [`Head::flags`].
pub mod flags {
    /// Allocated outside the pools; a [`crate::pool::LargeHeader`] lies in front of the object.
    pub const LARGE: u32 = 1 << 0;
    /// Some weak reference to the object exists: the `weakrefs` hook is called before it dies.
    pub const HAS_WEAKREFS: u32 = 1 << 1;
    /// The finaliser has run (PEP 442: it runs once).
    pub const FINALIZED: u32 = 1 << 2;
    /// Its elements are boxed because foreign code may read them directly.
    pub const EXPOSED: u32 = 1 << 3;
    /// The collector knows the object.
    pub const TRACKED: u32 = 1 << 4;
    /// Being deallocated: counts may go up and down without a second death.
    pub const DYING: u32 = 1 << 5;
    /// `gc.freeze` has set the object aside.
    pub const FROZEN: u32 = 1 << 6;
    /// Found unreachable by the collection under way.
    pub const GARBAGE: u32 = 1 << 7;
    /// Under examination by the collection under way; the bits above count the references that it has not explained.
    pub const EXAMINED: u32 = 1 << 8;
}

/// The count an immortal object starts with (PEP 683); any count with the top bit set is immortal.
pub const IMMORTAL: u32 = 3 << 30;

/// The head of an object: {32-bit count, flags; type}. CPython's `PyObject` on 64-bit little-endian machines.
#[repr(C, align(16))]
pub struct Head {
    pub(crate) count: Cell<u32>,
    pub(crate) flags: Cell<u32>,
    pub(crate) kind: Cell<*const TypeHead>,
}

impl Head {
    /// The head of a body that has not been moved into the heap yet; the allocator replaces it.
    #[inline(always)]
    pub const fn new() -> Head {
        Head { count: Cell::new(0), flags: Cell::new(0), kind: Cell::new(ptr::null()) }
    }

    /// The reference count, as `sys.getrefcount` counts.
    #[inline]
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// Whether the object is never freed.
    #[inline]
    pub fn is_immortal(&self) -> bool {
        (self.count.get() as i32) < 0
    }

    /// Makes the object immortal.
    pub fn make_immortal(&self) {
        self.count.set(IMMORTAL);
    }

    /// The object's type.
    #[inline]
    pub fn kind(&self) -> *const TypeHead {
        self.kind.get()
    }

    /// The cell of the type's address; only code that keeps the counts of both types right writes it.
    #[inline]
    pub fn kind_cell(&self) -> &Cell<*const TypeHead> {
        &self.kind
    }

    #[inline]
    pub fn flags(&self) -> u32 {
        self.flags.get()
    }

    #[inline]
    pub fn has(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    #[inline]
    pub fn set_flag(&self, flag: u32) {
        self.flags.set(self.flags.get() | flag);
    }

    #[inline]
    pub fn clear_flag(&self, flag: u32) {
        self.flags.set(self.flags.get() & !flag);
    }

    /// Adds a reference.
    #[inline(always)]
    pub fn incref(&self) {
        let count = self.count.get();
        if (count as i32) >= 0 {
            self.count.set(count + 1);
        }
    }

    /// Takes a reference away; `true` if it was the last.
    #[inline(always)]
    pub fn decref(&self) -> bool {
        let count = self.count.get();
        if (count as i32) < 0 {
            return false;
        }
        debug_assert!(count > 0, "reference count below zero");
        self.count.set(count - 1);
        count == 1
    }
}

impl Default for Head {
    fn default() -> Self {
        Self::new()
    }
}

/// Visits each reference that an instance owns.
pub type TraceFn = unsafe fn(*const Head, &mut Visitor);

/// What a type must tell the heap: the first fields of every type object.
#[repr(C)]
pub struct TypeHead {
    pub head: Head,
    /// Visits each reference that an instance owns, its attributes and slots included.
    pub trace: Cell<TraceFn>,
    /// Breaks an instance's references, to take a garbage cycle apart.
    pub clear: Cell<unsafe fn(*const Head)>,
    /// Called once when the count is zero: finalises, drops the body, frees the memory.
    pub dealloc: Cell<unsafe fn(*mut Head)>,
    /// Instances can be in cycles and are tracked from birth.
    pub tracked: Cell<bool>,
    /// An instance is a tuple, which is let go when it refers to nothing that the collector may know.
    pub fades: Cell<bool>,
    /// Instances own a reference to the type (made at run time, not built in).
    pub counted: Cell<bool>,
    /// Bytes of an instance: the fixed part, from which the allocator's size class follows.
    pub basic_size: Cell<u32>,
    /// Bytes behind the fixed part for one item of a variable-size body; 0 for a fixed one.
    pub item_size: Cell<u32>,
}

unsafe fn trace_nothing(_: *const Head, _: &mut Visitor) {}
unsafe fn clear_nothing(_: *const Head) {}
unsafe fn dealloc_never(_: *mut Head) {}

impl TypeHead {
    /// A type head whose functions do nothing, to be filled.
    pub const fn new() -> TypeHead {
        TypeHead {
            head: Head::new(),
            trace: Cell::new(trace_nothing),
            clear: Cell::new(clear_nothing),
            dealloc: Cell::new(dealloc_never),
            tracked: Cell::new(false),
            fades: Cell::new(false),
            counted: Cell::new(false),
            basic_size: Cell::new(16),
            item_size: Cell::new(0),
        }
    }

    /// Fills in the functions for instances whose body is exactly `T`.
    pub fn for_body<T: Trace + 'static>(&self) {
        // SAFETY (each): I2, the functions are called with instances of this type only.
        unsafe fn trace<T: Trace>(object: *const Head, visit: &mut Visitor) {
            unsafe { (*object.cast::<T>()).trace(visit) }
        }
        unsafe fn clear<T: Trace>(object: *const Head) {
            unsafe { (*object.cast::<T>()).clear_refs() }
        }
        self.trace.set(trace::<T>);
        self.clear.set(clear::<T>);
        self.dealloc.set(crate::dealloc::dealloc_body::<T>);
        self.basic_size.set(size_of::<T>() as u32);
        self.item_size.set(0);
    }
}

impl Default for TypeHead {
    fn default() -> Self {
        Self::new()
    }
}
