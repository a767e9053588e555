//! The slots behind a `set`: inside while they are few, else in a block of their own.

use crate::{Object, OutOfMemory};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::mem::ManuallyDrop;
use std::ptr;

/// Slots tried after the first before jumping.
const NEIGHBOURS: usize = 9;
const PERTURB_SHIFT: u32 = 5;
pub(crate) const SMALLEST: usize = 8;
/// The hash of a slot whose key was removed; no object has it.
pub(crate) const REMOVED: i64 = -1;

/// A slot: no key and hash 0 is empty, no key and hash -1 was removed. All zero bytes are an empty one.
#[repr(C)]
pub(crate) struct Slot {
    pub key: Option<Object>,
    pub hash: i64,
}

impl Slot {
    const EMPTY: Slot = Slot { key: None, hash: 0 };

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.key.is_none() && self.hash == 0
    }
}

pub(crate) struct Slots {
    /// `mask + 1` slots outside; null while the table has the smallest size.
    outside: *mut Slot,
    pub mask: u32,
    /// Keys, and keys with removed slots.
    pub used: u32,
    pub fill: u32,
    /// Where `pop` looks next.
    pub finger: u32,
    /// Grows with each change of keys.
    pub changes: u32,
    inside: ManuallyDrop<[Slot; SMALLEST]>,
}

/// The sequence of slots for a hash.
pub(crate) struct Probe {
    mask: usize,
    start: usize,
    pub at: usize,
    last: usize,
    perturb: u64,
}

impl Probe {
    #[inline(always)]
    pub fn new(hash: i64, mask: usize) -> Probe {
        let start = hash as usize & mask;
        Probe { mask, start, at: start, last: Self::last(start, mask), perturb: hash as u64 }
    }

    #[inline(always)]
    pub fn last(start: usize, mask: usize) -> usize {
        if start + NEIGHBOURS <= mask { start + NEIGHBOURS } else { start }
    }

    #[inline(always)]
    pub fn advance(&mut self) {
        if self.at < self.last {
            self.at += 1;
            return;
        }
        self.perturb >>= PERTURB_SHIFT;
        self.start = self.start.wrapping_mul(5).wrapping_add(1).wrapping_add(self.perturb as usize) & self.mask;
        self.at = self.start;
        self.last = Self::last(self.start, self.mask);
    }
}

fn layout(size: usize) -> Result<Layout, OutOfMemory> {
    if size > 1 << 31 {
        return Err(OutOfMemory);
    }
    Layout::array::<Slot>(size).map_err(|_| OutOfMemory)
}

/// Puts a key that is not there into slots, a power of two, without removed ones on its way.
#[inline(always)]
pub(crate) fn insert_clean(slots: &mut [Slot], hash: i64, key: Object) {
    let mut probe = Probe::new(hash, slots.len() - 1);
    while slots[probe.at].key.is_some() {
        probe.advance();
    }
    slots[probe.at] = Slot { key: Some(key), hash };
}

impl Slots {
    #[inline(always)]
    pub const fn new() -> Slots {
        Slots {
            outside: ptr::null_mut(),
            mask: SMALLEST as u32 - 1,
            used: 0,
            fill: 0,
            finger: 0,
            changes: 0,
            inside: ManuallyDrop::new([const { Slot::EMPTY }; SMALLEST]),
        }
    }

    #[inline(always)]
    pub fn mask(&self) -> usize {
        self.mask as usize
    }

    #[inline(always)]
    pub fn start(&self) -> *const Slot {
        if self.outside.is_null() { self.inside.as_ptr() } else { self.outside }
    }

    #[inline(always)]
    pub fn slots(&self) -> &[Slot] {
        // SAFETY: `mask + 1` slots lie there.
        unsafe { std::slice::from_raw_parts(self.start(), self.mask() + 1) }
    }

    #[inline(always)]
    pub fn slots_mut(&mut self) -> &mut [Slot] {
        let start = if self.outside.is_null() { self.inside.as_mut_ptr() } else { self.outside };
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(start, self.mask() + 1) }
    }

    /// The slot at a place of a [`Probe`] with this table's mask.
    #[inline(always)]
    pub fn slot(&self, at: usize) -> &Slot {
        debug_assert!(at <= self.mask());
        // SAFETY: the probe stays within its mask.
        unsafe { &*self.start().add(at) }
    }

    /// As [`Slots::slot`].
    #[inline(always)]
    pub fn slot_mut(&mut self, at: usize) -> &mut Slot {
        debug_assert!(at <= self.mask());
        // SAFETY: as above.
        unsafe { &mut *self.start().cast_mut().add(at) }
    }

    /// A table for more than `least` keys, with all keys, without removed slots. After an error it is as it was.
    pub fn resize(&mut self, least: usize) -> Result<(), OutOfMemory> {
        let size = (least + 1).checked_next_power_of_two().ok_or(OutOfMemory)?.max(SMALLEST);
        if size == SMALLEST {
            let mut inside = [const { Slot::EMPTY }; SMALLEST];
            self.move_keys(&mut inside);
            // SAFETY: what was outside has no keys any more.
            unsafe { self.free_outside() };
            self.outside = ptr::null_mut();
            // No key lies there.
            self.inside = ManuallyDrop::new(inside);
        } else {
            // SAFETY: the layout is not empty; zeroed slots are empty ones; what was outside has no keys any more.
            unsafe {
                let slots = alloc_zeroed(layout(size)?).cast::<Slot>();
                if slots.is_null() {
                    return Err(OutOfMemory);
                }
                self.move_keys(std::slice::from_raw_parts_mut(slots, size));
                self.free_outside();
                self.outside = slots;
            }
        }
        self.mask = (size - 1) as u32;
        self.fill = self.used;
        Ok(())
    }

    /// Moves all keys to empty slots, a power of two.
    #[inline(always)]
    pub fn move_keys(&mut self, to: &mut [Slot]) {
        let mut left = self.used;
        for slot in self.slots_mut() {
            if left == 0 {
                break;
            }
            if let Some(key) = slot.key.take() {
                insert_clean(to, slot.hash, key);
                left -= 1;
            }
        }
    }

    /// Gives the memory of the slots outside back, if there are any.
    ///
    /// # Safety
    /// They hold no keys, and are not used again.
    #[inline(always)]
    pub unsafe fn free_outside(&mut self) {
        if !self.outside.is_null()
            && let Ok(layout) = layout(self.mask() + 1)
        {
            // SAFETY: they were allocated with this layout.
            unsafe { dealloc(self.outside.cast(), layout) }
        }
    }

    /// After growth by a key, whose slot was empty: the table grows when three fifths of it are used.
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.fill as usize * 5 >= self.mask() * 3
    }

    #[cold]
    #[inline(never)]
    pub fn grow(&mut self) -> Result<(), OutOfMemory> {
        let used = self.used as usize;
        self.resize(if used > 50_000 { used * 2 } else { used * 4 })
    }

    /// A key goes into a slot that is empty, or of which a key was removed.
    #[inline(always)]
    pub fn put(&mut self, at: usize, hash: i64, key: Object) -> Result<(), OutOfMemory> {
        let slot = self.slot_mut(at);
        let was_empty = slot.hash == 0;
        // SAFETY: a live slot; it has no key that is to be dropped.
        unsafe { ptr::write(slot, Slot { key: Some(key), hash }) };
        self.used += 1;
        self.changes = self.changes.wrapping_add(1);
        if was_empty {
            self.fill += 1;
            if self.is_full() {
                return self.grow();
            }
        }
        Ok(())
    }
}

impl Drop for Slots {
    #[inline]
    fn drop(&mut self) {
        let mut left = self.used;
        let mut slot = self.start().cast_mut();
        while left > 0 {
            // SAFETY: as many keys as were counted lie in the slots.
            unsafe {
                if (*slot).key.is_some() {
                    left -= 1;
                    ptr::drop_in_place(&raw mut (*slot).key);
                }
                slot = slot.add(1);
            }
        }
        // SAFETY: the keys were dropped.
        unsafe { self.free_outside() };
    }
}
