//! The body of strings, laid out as CPython 3.14's compact ones (PEP 393).

use crate::bodies::room;
use crate::heap::finish;
use crate::str_writer::{StrWriter, copy_short, write_units};
use crate::{Head, Heap, OutOfMemory, Ref, TypeHead};
use std::cell::Cell;
use std::slice;

/// `PyASCIIObject` / `PyCompactUnicodeObject` (PEP 393).
#[repr(C)]
pub struct StrBody {
    head: Head,
    len: usize,
    hash: Cell<i64>,
    state: Cell<u32>,
}

/// The code units of a string, in its canonical (narrowest) kind.
#[derive(Clone, Copy)]
pub enum StrData<'a> {
    Ascii(&'a [u8]),
    Latin1(&'a [u8]),
    Ucs2(&'a [u16]),
    Ucs4(&'a [u32]),
}

const ASCII_DATA: usize = 40;
const WIDE_DATA: usize = 56;
const KIND_SHIFT: u32 = 16;
const COMPACT: u32 = 1 << 19;
const ASCII: u32 = 1 << 20;
const INTERNED: u32 = 3;

impl StrBody {
    /// A new string of type `kind`; `data` must be in its narrowest kind.
    ///
    /// # Safety
    /// Instances of `kind` have this body with `extra` bytes behind it.
    pub unsafe fn alloc(kind: *const TypeHead, data: StrData<'_>, extra: usize) -> Result<Ref<StrBody>, OutOfMemory> {
        let (len, width, flags, from) = match data {
            StrData::Ascii(b) => (b.len(), 1, ASCII, b.as_ptr()),
            StrData::Latin1(b) => (b.len(), 1, 0, b.as_ptr()),
            StrData::Ucs2(u) => (u.len(), 2, 0, u.as_ptr().cast()),
            StrData::Ucs4(u) => (u.len(), 4, 0, u.as_ptr().cast()),
        };
        unsafe {
            Self::alloc_with(kind, len, width, flags == ASCII, extra, |to| {
                std::ptr::copy_nonoverlapping(from, to, len * width)
            })
        }
    }

    /// A new string whose `len` units of `width` bytes `fill` writes.
    ///
    /// # Safety
    /// As [`StrBody::alloc`]; `fill` writes all `len * width` bytes at the address it gets, as units of the narrowest kind.
    pub unsafe fn alloc_with(
        kind: *const TypeHead,
        len: usize,
        width: usize,
        ascii: bool,
        extra: usize,
        fill: impl FnOnce(*mut u8),
    ) -> Result<Ref<StrBody>, OutOfMemory> {
        let start = if ascii { ASCII_DATA } else { WIDE_DATA };
        let data = len.checked_mul(width).and_then(|n| n.checked_add(start + width)).ok_or(OutOfMemory)?;
        unsafe {
            let (room, large) = room(data, extra)?;
            let body = room.cast::<StrBody>().as_ptr();
            (&raw mut (*body).len).write(len);
            (&raw mut (*body).hash).write(Cell::new(-1));
            let state = (width as u32) << KIND_SHIFT | COMPACT | if ascii { ASCII } else { 0 };
            (&raw mut (*body).state).write(Cell::new(state));
            if !ascii {
                // The cached UTF-8 form, absent.
                room.add(ASCII_DATA).cast::<[u64; 2]>().write([0; 2]);
            }
            let to = room.add(start).as_ptr();
            fill(to);
            let end = to.add(len * width);
            match width {
                1 => end.write(0),
                2 => end.cast::<u16>().write(0),
                _ => end.cast::<u32>().write(0),
            }
            finish(Heap::current(), room, large, kind);
            Ok(Ref::from_raw(body))
        }
    }

    /// A new string of exactly the type `kind`, of ASCII text, which `map` may change in its new place to other such text.
    ///
    /// # Safety
    /// Instances of `kind` have this body and no room behind it; the text is ASCII.
    #[inline]
    pub unsafe fn alloc_ascii(
        kind: *const TypeHead,
        text: &[u8],
        map: impl FnOnce(&mut [u8]),
    ) -> Result<Ref<StrBody>, OutOfMemory> {
        let len = text.len();
        let heap = Heap::current();
        // SAFETY: a slice is shorter than the address space by far, so the sum is a size; the room is as large.
        unsafe {
            let (room, large) = heap.room(ASCII_DATA + len + 1)?;
            let body = room.cast::<StrBody>().as_ptr();
            (&raw mut (*body).len).write(len);
            (&raw mut (*body).hash).write(Cell::new(-1));
            (&raw mut (*body).state).write(Cell::new(1 << KIND_SHIFT | COMPACT | ASCII));
            let to = room.add(ASCII_DATA).as_ptr();
            copy_short(to, text.as_ptr(), len);
            to.add(len).write(0);
            map(slice::from_raw_parts_mut(to, len));
            finish(heap, room, large, kind);
            Ok(Ref::from_raw(body))
        }
    }

    /// A new string of `len` units that `write` puts in piece by piece; room that it leaves is filled with NUL.
    ///
    /// # Safety
    /// As [`StrBody::alloc`]; the kind is the narrowest that holds all pieces.
    pub unsafe fn alloc_written(
        kind: *const TypeHead,
        len: usize,
        width: usize,
        ascii: bool,
        write: impl FnOnce(&mut StrWriter),
    ) -> Result<Ref<StrBody>, OutOfMemory> {
        unsafe {
            Self::alloc_with(kind, len, width, ascii, 0, |to| {
                let mut writer = StrWriter::new(to, width, len);
                write(&mut writer);
                writer.finish();
            })
        }
    }

    /// Appends to a string that only the caller holds, in the room behind it or in one that grows by a quarter, so that
    /// repeated appending takes linear time. `Err` gives the string back unchanged: somebody else holds it, it is interned
    /// or has a class's room behind it, the new units are wider than its own, or memory is short.
    pub fn append(this: Ref<StrBody>, more: StrData<'_>, exact: *const TypeHead) -> Result<Ref<StrBody>, Ref<StrBody>> {
        let (ascii, width, count, from) = match more {
            StrData::Ascii(b) => (true, 1, b.len(), b.as_ptr()),
            StrData::Latin1(b) => (false, 1, b.len(), b.as_ptr()),
            StrData::Ucs2(u) => (false, 2, u.len(), u.as_ptr().cast()),
            StrData::Ucs4(u) => (false, 4, u.len(), u.as_ptr().cast()),
        };
        let head = this.head();
        let fits = width <= this.width() && (ascii || !this.is_ascii());
        if head.count() != 1 || head.is_immortal() || head.kind() != exact || this.interned() != 0 || !fits {
            return Err(this);
        }
        let (start, unit, large) =
            (if this.is_ascii() { ASCII_DATA } else { WIDE_DATA }, this.width(), head.has(crate::flags::LARGE));
        let needed =
            this.len.checked_add(count).and_then(|n| (n + 1).checked_mul(unit)).and_then(|n| n.checked_add(start));
        let Some(needed) = needed.filter(|&n| n < isize::MAX as usize / 2) else { return Err(this) };
        // SAFETY: the count is 1, so nobody else reads the body; `more` is another object's, since two references to one
        // would count 2.
        unsafe {
            let heap = Heap::current();
            let mut object = this.into_raw().cast::<Head>();
            if crate::pool::Pools::room_of(object, large) < needed {
                let wanted = (needed + needed / 4 + 64).next_multiple_of(16);
                let moved = if large {
                    (*heap.pools.get()).resize_large(object, wanted)
                } else {
                    match heap.room(wanted) {
                        Ok((room, large)) => {
                            let used = start + ((*object.cast::<StrBody>()).len + 1) * unit;
                            std::ptr::copy_nonoverlapping(object.cast::<u8>(), room.as_ptr(), used);
                            let moved = room.as_ptr().cast::<Head>();
                            (*moved).flags.set(
                                (*object).flags() & !crate::flags::LARGE | if large { crate::flags::LARGE } else { 0 },
                            );
                            heap.free(object);
                            Some(moved)
                        }
                        Err(OutOfMemory) => None,
                    }
                };
                match moved {
                    Some(moved) => object = moved,
                    None => return Err(Ref::from_raw(object.cast())),
                }
            }
            let body = object.cast::<StrBody>();
            let to = body.cast::<u8>().add(start + (*body).len * unit);
            write_units(to, unit, from, width, count);
            to.add(count * unit).write_bytes(0, unit);
            (*body).len += count;
            (*body).hash.set(-1);
            Ok(Ref::from_raw(body))
        }
    }

    /// Length in code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.state.get() & ASCII != 0
    }

    /// Bytes of a unit: 1, 2 or 4.
    #[inline(always)]
    pub fn width(&self) -> usize {
        (self.state.get() >> KIND_SHIFT & 7) as usize
    }

    #[inline(always)]
    pub fn data(&self) -> StrData<'_> {
        let start = if self.is_ascii() { ASCII_DATA } else { WIDE_DATA };
        // SAFETY: written by `alloc_with` in this kind.
        unsafe {
            let at = (&raw const *self).byte_add(start);
            match self.width() {
                1 if self.is_ascii() => StrData::Ascii(slice::from_raw_parts(at.cast(), self.len)),
                1 => StrData::Latin1(slice::from_raw_parts(at.cast(), self.len)),
                2 => StrData::Ucs2(slice::from_raw_parts(at.cast(), self.len)),
                _ => StrData::Ucs4(slice::from_raw_parts(at.cast(), self.len)),
            }
        }
    }

    /// The text, if it is ASCII.
    #[inline(always)]
    pub fn as_ascii(&self) -> Option<&str> {
        match self.data() {
            // SAFETY: ASCII is UTF-8.
            StrData::Ascii(bytes) => Some(unsafe { std::str::from_utf8_unchecked(bytes) }),
            _ => None,
        }
    }

    /// The data as raw bytes, for comparison of equal kinds and for hashing.
    #[inline(always)]
    pub fn raw_bytes(&self) -> &[u8] {
        let start = if self.is_ascii() { ASCII_DATA } else { WIDE_DATA };
        // SAFETY: as `data`.
        unsafe { slice::from_raw_parts((&raw const *self).byte_add(start).cast(), self.len * self.width()) }
    }

    /// Whether the strings are equal, as far as what lies in front of their data and its first byte tell.
    #[inline(always)]
    pub fn same_at_sight(&self, other: &StrBody) -> Option<bool> {
        if std::ptr::eq(self, other) {
            return Some(true);
        }
        let other_kind = (self.state.get() ^ other.state.get()) & (7 << KIND_SHIFT | ASCII) != 0;
        if self.len != other.len || other_kind {
            return Some(false);
        }
        let start = if self.is_ascii() { ASCII_DATA } else { WIDE_DATA };
        let first = |text: &StrBody| {
            // SAFETY: asked of texts that are not empty.
            unsafe { *(&raw const *text).byte_add(start).cast::<u8>() }
        };
        if self.len == 0 {
            Some(true)
        } else if first(self) != first(other) {
            Some(false)
        } else {
            None
        }
    }

    /// The cached hash, -1 when not yet known.
    #[inline(always)]
    pub fn cached_hash(&self) -> i64 {
        self.hash.get()
    }

    #[inline(always)]
    pub fn set_hash(&self, hash: i64) {
        self.hash.set(hash);
    }

    /// 0 not interned, 1 mortal, 2 immortal.
    #[inline(always)]
    pub fn interned(&self) -> u32 {
        self.state.get() & INTERNED
    }

    pub fn set_interned(&self, how: u32) {
        self.state.set(self.state.get() & !INTERNED | how);
    }

    /// Where the bytes behind the data start.
    pub fn extra_offset(&self) -> usize {
        let start = if self.is_ascii() { ASCII_DATA } else { WIDE_DATA };
        (start + (self.len + 1) * self.width()).next_multiple_of(8)
    }
}
