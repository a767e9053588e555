//! The storage of `list`: a growable array of references, changed through `&self`.

use crate::{Object, OutOfMemory};
use std::alloc::{Layout, alloc, dealloc, realloc};
use std::cell::Cell;
use std::ptr;

/// {length, items, capacity}: the fields of CPython's `PyListObject` behind its head.
///
/// Reads clone, writes put the new state in place before the old element is dropped, so no element's finaliser ever
/// sees the array half changed.
#[repr(C)]
pub struct ObjVec {
    len: Cell<usize>,
    items: Cell<*mut Object>,
    capacity: Cell<usize>,
}

impl ObjVec {
    #[inline(always)]
    pub const fn new() -> ObjVec {
        ObjVec { len: Cell::new(0), items: Cell::new(ptr::null_mut()), capacity: Cell::new(0) }
    }

    /// Takes the elements of a vector over, without copying them.
    #[inline(always)]
    pub fn from_vec(vec: Vec<Object>) -> ObjVec {
        let mut vec = std::mem::ManuallyDrop::new(vec);
        if vec.capacity() == 0 {
            return ObjVec::new();
        }
        ObjVec { len: Cell::new(vec.len()), items: Cell::new(vec.as_mut_ptr()), capacity: Cell::new(vec.capacity()) }
    }

    /// An empty array with room for `capacity` elements.
    pub fn with_capacity(capacity: usize) -> Result<ObjVec, OutOfMemory> {
        let vec = ObjVec::new();
        if capacity > 0 {
            vec.resize(capacity)?;
        }
        Ok(vec)
    }

    /// `len` elements, which `item` gives by their index; it runs no foreign code.
    #[inline]
    pub fn from_fn(len: usize, mut item: impl FnMut(usize) -> Object) -> Result<ObjVec, OutOfMemory> {
        let vec = ObjVec::with_capacity(len)?;
        for at in 0..len {
            // SAFETY: there is room for `len` elements.
            unsafe { vec.items.get().add(at).write(item(at)) };
        }
        vec.len.set(len);
        Ok(vec)
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get()
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len.get() == 0
    }

    #[inline]
    pub fn capacity(&self) -> usize {
        self.capacity.get()
    }

    /// The elements as a slice.
    ///
    /// # Safety
    /// While the slice lives nothing changes the array: no Python code runs, no element is dropped.
    #[inline(always)]
    pub unsafe fn as_slice(&self) -> &[Object] {
        if self.items.get().is_null() {
            return &[];
        }
        unsafe { std::slice::from_raw_parts(self.items.get(), self.len.get()) }
    }

    /// A new reference to element `index`.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Object> {
        if index >= self.len.get() {
            return None;
        }
        // SAFETY: in range; cloning runs no foreign code.
        Some(unsafe { (*self.items.get().add(index)).clone() })
    }

    /// Copies of all elements.
    pub fn to_vec(&self) -> Result<Vec<Object>, OutOfMemory> {
        self.slice_to_vec(0, self.len())
    }

    /// Copies of the elements from `start` to `end` (clamped to the length).
    pub fn slice_to_vec(&self, start: usize, end: usize) -> Result<Vec<Object>, OutOfMemory> {
        let end = end.min(self.len());
        let start = start.min(end);
        let mut out = Vec::new();
        out.try_reserve_exact(end - start).map_err(|_| OutOfMemory)?;
        // SAFETY: cloning runs no foreign code.
        out.extend_from_slice(unsafe { &self.as_slice()[start..end] });
        Ok(out)
    }

    /// Copies of `count` elements from `start` on, each `step` further; what lies outside is left out.
    pub fn slice(&self, start: usize, step: isize, count: usize) -> Result<ObjVec, OutOfMemory> {
        let copy = ObjVec::with_capacity(count)?;
        // SAFETY: cloning runs no foreign code.
        let items = unsafe { self.as_slice() };
        // SAFETY: there is room for `count` elements.
        let put = |at: usize, item: &Object| unsafe { copy.items.get().add(at).write(item.clone()) };
        let whole = if step == 1 { items.get(start..).and_then(|rest| rest.get(..count)) } else { None };
        if let Some(run) = whole {
            run.iter().enumerate().for_each(|(at, item)| put(at, item));
            copy.len.set(count);
            return Ok(copy);
        }
        let mut from = start;
        for _ in 0..count {
            if let Some(item) = items.get(from) {
                put(copy.len.get(), item);
                copy.len.set(copy.len.get() + 1);
            }
            from = from.wrapping_add_signed(step);
        }
        Ok(copy)
    }

    /// As many elements, copied again and again, as `len` says; an empty array has none to give.
    pub fn repeated(&self, len: usize) -> Result<ObjVec, OutOfMemory> {
        // SAFETY: cloning runs no foreign code.
        let items = unsafe { self.as_slice() };
        if items.is_empty() {
            return Ok(ObjVec::new());
        }
        let mut from = items.iter();
        ObjVec::from_fn(len, |_| match from.next() {
            Some(item) => item.clone(),
            None => {
                from = items[1..].iter();
                items[0].clone()
            }
        })
    }

    /// The elements of both, copied.
    pub fn joined(&self, other: &ObjVec) -> Result<ObjVec, OutOfMemory> {
        let len = self.len().checked_add(other.len()).ok_or(OutOfMemory)?;
        // SAFETY: cloning runs no foreign code.
        let (a, b) = unsafe { (self.as_slice(), other.as_slice()) };
        let copy = ObjVec::with_capacity(len)?;
        copy.extend_copied(a)?;
        copy.extend_copied(b)?;
        Ok(copy)
    }

    /// Appends copies of these elements, which are not this array's own.
    pub fn extend_copied(&self, more: &[Object]) -> Result<(), OutOfMemory> {
        self.reserve(more.len())?;
        let len = self.len();
        for (at, item) in more.iter().enumerate() {
            // SAFETY: room was made.
            unsafe { self.items.get().add(len + at).write(item.clone()) };
        }
        self.len.set(len + more.len());
        Ok(())
    }

    fn resize(&self, capacity: usize) -> Result<(), OutOfMemory> {
        debug_assert!(capacity >= self.len());
        let layout = Layout::array::<Object>(capacity).map_err(|_| OutOfMemory)?;
        let old = self.items.get();
        // SAFETY: layouts are not empty here; the old block was allocated with the old capacity's layout.
        let new = unsafe {
            if old.is_null() {
                alloc(layout)
            } else {
                realloc(
                    old.cast(),
                    Layout::array::<Object>(self.capacity.get()).map_err(|_| OutOfMemory)?,
                    layout.size(),
                )
            }
        };
        if new.is_null() {
            return Err(OutOfMemory);
        }
        self.items.set(new.cast());
        self.capacity.set(capacity);
        Ok(())
    }

    /// Makes room for `more` further elements.
    pub fn reserve(&self, more: usize) -> Result<(), OutOfMemory> {
        let need = self.len().checked_add(more).ok_or(OutOfMemory)?;
        if need <= self.capacity.get() {
            return Ok(());
        }
        self.grow(need)
    }

    #[cold]
    fn grow(&self, need: usize) -> Result<(), OutOfMemory> {
        // Over-allocation by an eighth, as CPython's list does, keeps a run of appends linear.
        let roomy = (need + (need >> 3) + 6) & !3;
        self.resize(roomy)
    }

    #[inline]
    pub fn push(&self, value: Object) -> Result<(), OutOfMemory> {
        if !self.has_room() {
            self.grow(self.len().checked_add(1).ok_or(OutOfMemory)?)?;
        }
        // SAFETY: there is room now.
        unsafe { self.push_within(value) };
        Ok(())
    }

    /// Whether an element can be appended without growing.
    #[inline(always)]
    pub fn has_room(&self) -> bool {
        self.len.get() < self.capacity.get()
    }

    /// Appends a value.
    ///
    /// # Safety
    /// The array [has room](ObjVec::has_room).
    #[inline(always)]
    pub unsafe fn push_within(&self, value: Object) {
        debug_assert!(self.has_room(), "no room");
        let len = self.len.get();
        // SAFETY: len < capacity.
        unsafe { self.items.get().add(len).write(value) };
        self.len.set(len + 1);
    }

    #[inline]
    pub fn pop(&self) -> Option<Object> {
        let len = self.len.get().checked_sub(1)?;
        self.len.set(len);
        // SAFETY: the element at the old end is moved out.
        let value = unsafe { self.items.get().add(len).read() };
        self.shrink();
        Some(value)
    }

    fn shrink(&self) {
        let (len, capacity) = (self.len.get(), self.capacity.get());
        if len < capacity / 2 && capacity > 16 {
            // Failing to shrink is no harm.
            let _ = self.resize((len + (len >> 3) + 6) & !3);
        }
    }

    /// Replaces element `index`; gives the old one back, or the new one if the index is out of range.
    #[inline]
    pub fn replace(&self, index: usize, value: Object) -> Result<Object, Object> {
        if index >= self.len.get() {
            return Err(value);
        }
        // SAFETY: in range.
        Ok(unsafe { std::mem::replace(&mut *self.items.get().add(index), value) })
    }

    /// Inserts before `index` (at most the length).
    pub fn insert(&self, index: usize, value: Object) -> Result<(), OutOfMemory> {
        self.reserve(1)?;
        let len = self.len.get();
        let index = index.min(len);
        // SAFETY: there is room for one more.
        unsafe {
            let at = self.items.get().add(index);
            ptr::copy(at, at.add(1), len - index);
            at.write(value);
        }
        self.len.set(len + 1);
        Ok(())
    }

    /// Takes element `index` out.
    pub fn remove(&self, index: usize) -> Option<Object> {
        let len = self.len.get();
        if index >= len {
            return None;
        }
        // SAFETY: in range.
        let value = unsafe {
            let at = self.items.get().add(index);
            let value = at.read();
            ptr::copy(at.add(1), at, len - index - 1);
            value
        };
        self.len.set(len - 1);
        self.shrink();
        Some(value)
    }

    /// Replaces the elements from `start` to `end` (both at most the length) by `new`; gives the old ones back.
    pub fn splice(&self, start: usize, end: usize, new: Vec<Object>) -> Result<Vec<Object>, OutOfMemory> {
        let len = self.len.get();
        let end = end.min(len);
        let start = start.min(end);
        let mut old = Vec::new();
        old.try_reserve_exact(end - start).map_err(|_| OutOfMemory)?;
        if new.len() > end - start {
            self.reserve(new.len() - (end - start))?;
        }
        // SAFETY: room was made; elements are moved, none is dropped here.
        unsafe {
            let base = self.items.get();
            let count = new.len();
            if !base.is_null() {
                ptr::copy_nonoverlapping(base.add(start), old.as_mut_ptr(), end - start);
                old.set_len(end - start);
                if count != end - start {
                    ptr::copy(base.add(end), base.add(start + count), len - end);
                }
                let mut new = new;
                new.set_len(0);
                ptr::copy_nonoverlapping(new.as_ptr(), base.add(start), count);
            }
            self.len.set(len - (end - start) + count);
        }
        self.shrink();
        Ok(old)
    }

    /// Appends all of `more`.
    pub fn extend(&self, more: Vec<Object>) -> Result<(), OutOfMemory> {
        self.reserve(more.len())?;
        for value in more {
            self.push(value)?;
        }
        Ok(())
    }

    /// Empties the array and gives its elements back.
    pub fn take(&self) -> Vec<Object> {
        let (len, items, capacity) = (self.len.get(), self.items.get(), self.capacity.get());
        self.len.set(0);
        self.items.set(ptr::null_mut());
        self.capacity.set(0);
        if items.is_null() {
            return Vec::new();
        }
        // SAFETY: the block was allocated by the global allocator with this capacity (as `Vec` does).
        unsafe { Vec::from_raw_parts(items, len, capacity) }
    }

    /// Puts elements (back) in; what was there is given back.
    pub fn put(&self, items: Vec<Object>) -> Vec<Object> {
        let old = self.take();
        let new = std::mem::ManuallyDrop::new(ObjVec::from_vec(items));
        self.len.set(new.len.get());
        self.items.set(new.items.get());
        self.capacity.set(new.capacity.get());
        old
    }

    /// Drops all elements.
    pub fn clear(&self) {
        drop(self.take());
    }

    /// Exchanges two items; nothing happens where an index is out of range.
    #[inline]
    pub fn swap(&self, a: usize, b: usize) {
        let len = self.len.get();
        if a < len && b < len {
            // SAFETY: both lie inside; no code runs in between.
            unsafe { ptr::swap(self.items.get().add(a), self.items.get().add(b)) };
        }
    }

    /// Reverses in place.
    pub fn reverse(&self) {
        if self.len() > 1 {
            // SAFETY: swapping runs no foreign code.
            unsafe { std::slice::from_raw_parts_mut(self.items.get(), self.len()).reverse() };
        }
    }
}

impl Default for ObjVec {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for ObjVec {
    fn drop(&mut self) {
        let items = self.items.get();
        if items.is_null() {
            return;
        }
        // SAFETY: last use; the block has this capacity.
        unsafe {
            for i in 0..self.len.get() {
                items.add(i).drop_in_place();
            }
            dealloc(items.cast(), Layout::array::<Object>(self.capacity.get()).expect("was allocated with it"));
        }
    }
}
