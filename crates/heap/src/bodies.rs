//! The variable-size bodies, laid out as CPython 3.14's: int, bytes, tuple; and the boxed float.
//!
//! Their contents do not change once made (a hash is cached in them), so plain slices of them are safe to hand out as
//! long as the object is borrowed.

use crate::heap::finish;
use crate::{Head, Heap, Object, OutOfMemory, Ref, Trace, TypeHead, Visitor, dealloc};
use std::cell::Cell;
use std::ptr::NonNull;
use std::slice;

/// A float outside the immediate range, or one that a subclass instance holds.
#[repr(C)]
pub struct FloatBody {
    pub head: Head,
    pub value: f64,
}

impl Trace for FloatBody {
    fn trace(&self, _: &mut Visitor) {}
}

/// `PyLongObject`: sign and digit count in `tag`, then 30-bit digits, least first.
#[repr(C)]
pub struct IntBody {
    head: Head,
    /// `digits << 3 | sign`, where sign is 0 positive, 1 zero, 2 negative.
    tag: usize,
}

/// `PyBytesObject`.
#[repr(C)]
pub struct BytesBody {
    head: Head,
    len: usize,
    hash: Cell<i64>,
}

/// `PyTupleObject`.
#[repr(C)]
pub struct TupleBody {
    head: Head,
    len: usize,
    hash: Cell<i64>,
}

/// Uninitialised room for a variable-size object; `extra` zeroed bytes lie behind the items, at the next word.
#[inline]
pub(crate) unsafe fn room(bytes: usize, extra: usize) -> Result<(NonNull<u8>, bool), OutOfMemory> {
    let start = if extra == 0 { bytes } else { bytes.checked_next_multiple_of(8).ok_or(OutOfMemory)? };
    let (room, large) = Heap::current().room(start.checked_add(extra).ok_or(OutOfMemory)?)?;
    if extra != 0 {
        // SAFETY: inside the room.
        unsafe { room.add(start).write_bytes(0, extra) };
    }
    Ok((room, large))
}

impl IntBody {
    /// Bytes in front of the digits.
    pub const FIXED: usize = 24;

    /// A new int of type `kind` with normalised digits (no zero at the top).
    ///
    /// # Safety
    /// Instances of `kind` have this body with `extra` bytes behind it.
    pub unsafe fn alloc(
        kind: *const TypeHead,
        negative: bool,
        digits: &[u32],
        extra: usize,
    ) -> Result<Ref<IntBody>, OutOfMemory> {
        let sign = if digits.is_empty() { 1 } else { usize::from(negative) * 2 };
        unsafe {
            let bytes = Self::FIXED + digits.len().max(1) * 4;
            let (room, large) = room(bytes, extra)?;
            let body = room.cast::<IntBody>().as_ptr();
            (*body).tag = digits.len() << 3 | sign;
            let to = room.add(Self::FIXED).cast::<u32>().as_ptr();
            to.write(0);
            std::ptr::copy_nonoverlapping(digits.as_ptr(), to, digits.len());
            finish(Heap::current(), room, large, kind);
            Ok(Ref::from_raw(body))
        }
    }

    #[inline]
    pub fn digits(&self) -> &[u32] {
        // SAFETY: written by `alloc`.
        unsafe { slice::from_raw_parts((&raw const *self).byte_add(Self::FIXED).cast(), self.tag >> 3) }
    }

    #[inline]
    pub fn is_negative(&self) -> bool {
        self.tag & 3 == 2
    }

    /// Where the bytes behind the digits start.
    pub fn extra_offset(&self) -> usize {
        (Self::FIXED + (self.tag >> 3).max(1) * 4).next_multiple_of(8)
    }
}

impl BytesBody {
    /// Bytes in front of the data.
    pub const FIXED: usize = 32;

    /// A new bytes object of type `kind`.
    ///
    /// # Safety
    /// Instances of `kind` have this body with `extra` bytes behind it.
    pub unsafe fn alloc(kind: *const TypeHead, data: &[u8], extra: usize) -> Result<Ref<BytesBody>, OutOfMemory> {
        unsafe { Self::alloc_repeated(kind, data, 1, extra) }
    }

    /// A new bytes object with `data` so many times.
    ///
    /// # Safety
    /// As [`BytesBody::alloc`].
    #[inline(always)]
    pub unsafe fn alloc_repeated(
        kind: *const TypeHead,
        data: &[u8],
        times: usize,
        extra: usize,
    ) -> Result<Ref<BytesBody>, OutOfMemory> {
        unsafe {
            let len = data.len().checked_mul(times).filter(|&n| n <= isize::MAX as usize / 2).ok_or(OutOfMemory)?;
            let (room, large) = room(len + Self::FIXED + 1, extra)?;
            let body = room.cast::<BytesBody>().as_ptr();
            (&raw mut (*body).len).write(len);
            (&raw mut (*body).hash).write(Cell::new(-1));
            let to = room.add(Self::FIXED).as_ptr();
            if times == 1 {
                std::ptr::copy_nonoverlapping(data.as_ptr(), to, len);
            } else if let [byte] = data {
                to.write_bytes(*byte, len);
            } else {
                for at in (0..len).step_by(data.len().max(1)) {
                    std::ptr::copy_nonoverlapping(data.as_ptr(), to.add(at), data.len());
                }
            }
            to.add(len).write(0);
            finish(Heap::current(), room, large, kind);
            Ok(Ref::from_raw(body))
        }
    }

    #[inline(always)]
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: written by `alloc`.
        unsafe { slice::from_raw_parts((&raw const *self).byte_add(Self::FIXED).cast(), self.len) }
    }

    #[inline]
    pub fn cached_hash(&self) -> i64 {
        self.hash.get()
    }

    #[inline]
    pub fn set_hash(&self, hash: i64) {
        self.hash.set(hash);
    }

    /// Where the bytes behind the data start.
    pub fn extra_offset(&self) -> usize {
        (Self::FIXED + self.len + 1).next_multiple_of(8)
    }
}

impl TupleBody {
    /// Bytes in front of the items.
    pub const FIXED: usize = 32;

    /// A new tuple of type `kind` of `len` items that `fill(index)` makes; `fill` must not panic (items would leak).
    ///
    /// # Safety
    /// Instances of `kind` have this body with `extra` bytes behind it.
    #[inline]
    pub unsafe fn alloc(
        kind: *const TypeHead,
        len: usize,
        extra: usize,
        mut fill: impl FnMut(usize) -> Object,
    ) -> Result<Ref<TupleBody>, OutOfMemory> {
        unsafe {
            let total = len.checked_mul(8).and_then(|n| n.checked_add(Self::FIXED)).ok_or(OutOfMemory)?;
            let (room, large) = room(total, extra)?;
            let body = room.cast::<TupleBody>().as_ptr();
            (&raw mut (*body).len).write(len);
            (&raw mut (*body).hash).write(Cell::new(-1));
            let to = room.add(Self::FIXED).cast::<Object>().as_ptr();
            for i in 0..len {
                to.add(i).write(fill(i));
            }
            finish(Heap::current(), room, large, kind);
            Ok(Ref::from_raw(body))
        }
    }

    #[inline(always)]
    pub fn items(&self) -> &[Object] {
        // SAFETY: written by `alloc`.
        unsafe { slice::from_raw_parts((&raw const *self).byte_add(Self::FIXED).cast(), self.len) }
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    pub fn cached_hash(&self) -> i64 {
        self.hash.get()
    }

    #[inline]
    pub fn set_hash(&self, hash: i64) {
        self.hash.set(hash);
    }

    /// Where the bytes behind the items start.
    pub fn extra_offset(&self) -> usize {
        Self::FIXED + self.len * 8
    }

    /// Puts other items in the place of a tuple's; gives the old ones.
    ///
    /// # Safety
    /// The tuple has `N` items, only the caller holds it, and nobody looks at its items.
    #[inline]
    pub unsafe fn replace_items<const N: usize>(&self, items: [Object; N]) -> [Object; N] {
        self.hash.set(-1);
        Heap::current().track(&self.head);
        // SAFETY: as said.
        unsafe {
            let at = (&raw const *self).byte_add(Self::FIXED).cast::<[Object; N]>().cast_mut();
            std::mem::replace(&mut *at, items)
        }
    }

    /// Puts an item into a tuple that is still being made, and gives what was there.
    ///
    /// # Safety
    /// The tuple has an item at `index`, and nobody borrows its items.
    pub unsafe fn replace_item(&self, index: usize, item: Object) -> Object {
        debug_assert!(index < self.len);
        Heap::current().track(&self.head);
        // SAFETY: as said.
        unsafe {
            let at = (&raw const *self).byte_add(Self::FIXED).cast::<Object>().add(index).cast_mut();
            std::mem::replace(&mut *at, item)
        }
    }

    /// Takes the items of a tuple that only the caller holds, leaving it without any.
    ///
    /// # Safety
    /// Nobody else can see the tuple, and it is dropped next.
    pub unsafe fn drop_items(body: *mut TupleBody) {
        unsafe {
            let len = std::mem::replace(&mut (*body).len, 0);
            let items = body.byte_add(Self::FIXED).cast::<Object>();
            for i in 0..len {
                items.add(i).drop_in_place();
            }
        }
    }
}

impl Trace for TupleBody {
    fn trace(&self, visit: &mut Visitor) {
        visit.objects(self.items());
    }
}

impl TypeHead {
    /// Fills in the functions for a variable-size body without references (int, str, bytes).
    pub fn for_plain(&self, fixed: usize, item: usize) {
        unsafe fn free(object: *mut Head) {
            let heap = Heap::current();
            // SAFETY: I4; the body needs no drop.
            unsafe {
                dealloc::clear_weakrefs(heap, object);
                let kind = (*object).kind();
                heap.untrack(&*object);
                heap.free(object);
                dealloc::drop_kind(kind);
            }
        }
        self.dealloc.set(free);
        self.basic_size.set(fixed as u32);
        self.item_size.set(item as u32);
    }

    /// Fills in the functions for the tuple body.
    pub fn for_tuple(&self) {
        unsafe fn trace(object: *const Head, visit: &mut Visitor) {
            // SAFETY: I2.
            unsafe { (*object.cast::<TupleBody>()).trace(visit) }
        }
        unsafe fn free(object: *mut Head) {
            let heap = Heap::current();
            // SAFETY: I2, I4.
            unsafe {
                dealloc::clear_weakrefs(heap, object);
                heap.untrack(&*object);
                TupleBody::drop_items(object.cast());
                let kind = (*object).kind();
                heap.free(object);
                dealloc::drop_kind(kind);
            }
        }
        self.trace.set(trace);
        self.dealloc.set(free);
        self.tracked.set(true);
        self.fades.set(true);
        self.basic_size.set(TupleBody::FIXED as u32);
        self.item_size.set(8);
    }
}
