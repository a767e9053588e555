//! The storage of `collections.deque`: a ring of references, changed through `&self`.

use crate::{Object, OutOfMemory, Trace, Visitor};
use std::cell::UnsafeCell;
use std::collections::VecDeque;

/// A ring buffer. Reads clone; what leaves the ring is given to the caller, so that no finaliser runs inside.
#[derive(Default)]
pub struct ObjDeque(UnsafeCell<VecDeque<Object>>);

impl ObjDeque {
    #[inline(always)]
    pub const fn new() -> ObjDeque {
        ObjDeque(UnsafeCell::new(VecDeque::new()))
    }

    #[inline(always)]
    fn ring(&self) -> &VecDeque<Object> {
        // SAFETY: I3; callers keep the borrow only while no foreign code runs.
        unsafe { &*self.0.get() }
    }

    #[expect(clippy::mut_from_ref, reason = "I3; callers keep the borrow only while no foreign code runs")]
    #[inline(always)]
    fn ring_mut(&self) -> &mut VecDeque<Object> {
        // SAFETY: as above; no two are alive at once.
        unsafe { &mut *self.0.get() }
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.ring().len()
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.ring().is_empty()
    }

    pub fn capacity(&self) -> usize {
        self.ring().capacity()
    }

    /// A new reference to an item.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Object> {
        self.ring().get(index).cloned()
    }

    #[cold]
    fn grow(&self) -> Result<(), OutOfMemory> {
        let ring = self.ring_mut();
        // Where it cannot be twice as large it grows by less, but never item by item: each step moves all of them.
        let more = ring.len().max(8);
        let steps = [more, more / 8 + 8];
        if steps.into_iter().any(|more| ring.try_reserve_exact(more).is_ok()) { Ok(()) } else { Err(OutOfMemory) }
    }

    /// Makes room for so many more items.
    pub fn reserve(&self, more: usize) -> Result<(), OutOfMemory> {
        self.ring_mut().try_reserve(more).map_err(|_| OutOfMemory)
    }

    #[inline]
    fn room(&self) -> Result<(), OutOfMemory> {
        let ring = self.ring();
        if ring.len() == ring.capacity() { self.grow() } else { Ok(()) }
    }

    #[inline]
    pub fn push_back(&self, value: Object) -> Result<(), OutOfMemory> {
        self.room()?;
        self.ring_mut().push_back(value);
        Ok(())
    }

    #[inline]
    pub fn push_front(&self, value: Object) -> Result<(), OutOfMemory> {
        self.room()?;
        self.ring_mut().push_front(value);
        Ok(())
    }

    #[inline]
    fn shrink(&self) {
        let ring = self.ring_mut();
        if ring.capacity() > 128 && ring.len() < ring.capacity() / 8 {
            ring.shrink_to(ring.len() * 2);
        }
    }

    #[inline]
    pub fn pop_back(&self) -> Option<Object> {
        let value = self.ring_mut().pop_back();
        self.shrink();
        value
    }

    #[inline]
    pub fn pop_front(&self) -> Option<Object> {
        let value = self.ring_mut().pop_front();
        self.shrink();
        value
    }

    /// Replaces an item; gives the old one back, or the new one if there is no such item.
    pub fn replace(&self, index: usize, value: Object) -> Result<Object, Object> {
        match self.ring_mut().get_mut(index) {
            Some(item) => Ok(std::mem::replace(item, value)),
            None => Err(value),
        }
    }

    /// Inserts before `index` (at most the length).
    pub fn insert(&self, index: usize, value: Object) -> Result<(), OutOfMemory> {
        self.room()?;
        let index = index.min(self.len());
        self.ring_mut().insert(index, value);
        Ok(())
    }

    /// Takes an item out.
    pub fn remove(&self, index: usize) -> Option<Object> {
        self.ring_mut().remove(index)
    }

    /// Moves the last `n` items to the front; `n` is at most the length.
    pub fn rotate_right(&self, n: usize) {
        self.ring_mut().rotate_right(n);
    }

    /// Moves the first `n` items to the end; `n` is at most the length.
    pub fn rotate_left(&self, n: usize) {
        self.ring_mut().rotate_left(n);
    }

    pub fn reverse(&self) {
        self.ring_mut().make_contiguous().reverse();
    }

    /// Empties the ring and gives its items back.
    pub fn take(&self) -> VecDeque<Object> {
        std::mem::take(self.ring_mut())
    }

    /// Copies of all items.
    pub fn to_vec(&self) -> Result<Vec<Object>, OutOfMemory> {
        let ring = self.ring();
        let mut out = Vec::new();
        out.try_reserve_exact(ring.len()).map_err(|_| OutOfMemory)?;
        out.extend(ring.iter().cloned());
        Ok(out)
    }
}

impl Trace for ObjDeque {
    fn trace(&self, visit: &mut Visitor) {
        for item in self.ring() {
            visit.object(item);
        }
    }
    fn clear_refs(&self) {
        drop(self.take());
    }
}
