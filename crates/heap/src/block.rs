//! The block of memory behind a `dict`: entries, and behind them indices that say where a hash leads.

use crate::{Object, OutOfMemory};
use std::alloc::{Layout, alloc, dealloc, realloc};
use std::ptr;

/// A key, its hash and its value.
#[repr(C)]
pub(crate) struct Entry {
    pub hash: i64,
    pub key: Object,
    pub value: Object,
}

/// What an index slot says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    Empty,
    Removed,
    Entry(usize),
}

const EMPTY: i32 = -1;
const REMOVED: i32 = -2;
/// Index slots of the smallest block.
const SMALLEST: usize = 8;

/// The indices of a table without room.
static NO_INDICES: [i8; SMALLEST] = [EMPTY as i8; SMALLEST];

/// Room for entries and, behind them, their indices in the narrowest form that holds them; from an empty one, which
/// needs no memory, up.
pub(crate) struct Block {
    entries: *mut Option<Entry>,
    indices: *mut u8,
    /// Index slots, a power of two, less one.
    mask: u32,
    /// Places for entries: two thirds of the slots.
    room: u32,
    /// Places that are initialised, be it by holes.
    len: u32,
}

/// The width of a block's indices.
pub(crate) trait Index: Copy {
    fn wide(self) -> i32;
}
impl Index for i8 {
    #[inline(always)]
    fn wide(self) -> i32 {
        i32::from(self)
    }
}
impl Index for i16 {
    #[inline(always)]
    fn wide(self) -> i32 {
        i32::from(self)
    }
}
impl Index for i32 {
    #[inline(always)]
    fn wide(self) -> i32 {
        self
    }
}

const fn usable(size: usize) -> usize {
    size * 2 / 3
}

#[inline(always)]
const fn width(size: usize) -> usize {
    match size {
        0..=128 => 1,
        129..=0x8000 => 2,
        _ => 4,
    }
}

fn layout(size: usize) -> Result<Layout, OutOfMemory> {
    if size > 1 << 31 {
        return Err(OutOfMemory);
    }
    Layout::from_size_align(usable(size) * size_of::<Entry>() + size * width(size), align_of::<Entry>())
        .map_err(|_| OutOfMemory)
}

/// The sequence of slots to look at for a hash (CPython's perturbed probing).
pub(crate) struct Probe {
    mask: usize,
    pub slot: usize,
    perturb: u64,
}

impl Probe {
    #[inline(always)]
    pub fn new(hash: i64, mask: usize) -> Probe {
        Probe { mask, slot: hash as usize & mask, perturb: hash as u64 }
    }

    #[inline(always)]
    pub fn advance(&mut self) {
        self.perturb >>= 5;
        self.slot = self.slot.wrapping_mul(5).wrapping_add(self.perturb as usize).wrapping_add(1) & self.mask;
    }
}

// SAFETY (all below): `entries` has `room` places, the first `len` of them initialised; `indices` has `mask + 1` slots of
// the width that their number gives, and what leads to a place leads to one with an entry.
impl Block {
    #[inline(always)]
    pub const fn new() -> Block {
        // Never written: a block without room is remade before anything enters it.
        let indices = (&raw const NO_INDICES).cast_mut().cast();
        Block { entries: ptr::null_mut(), indices, mask: SMALLEST as u32 - 1, room: 0, len: 0 }
    }

    /// Index slots.
    #[inline(always)]
    pub fn size(&self) -> usize {
        self.mask as usize + 1
    }

    /// Places for entries.
    #[inline(always)]
    pub fn room(&self) -> usize {
        self.room as usize
    }

    /// One past the last entry's place.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        if self.room == 0 { 0 } else { layout(self.size()).map_or(0, |layout| layout.size()) }
    }

    #[inline(always)]
    fn slice(&self) -> &[Option<Entry>] {
        if self.len == 0 {
            return &[];
        }
        unsafe { std::slice::from_raw_parts(self.entries, self.len as usize) }
    }

    /// The entry at a place, if there is one.
    #[inline(always)]
    pub fn entry(&self, at: usize) -> Option<&Entry> {
        if at < self.len as usize { unsafe { (*self.entries.add(at)).as_ref() } } else { None }
    }

    /// The entry at a place.
    ///
    /// # Safety
    /// There is one.
    #[inline(always)]
    pub unsafe fn entry_at(&self, at: usize) -> &Entry {
        match unsafe { &*self.entries.add(at) } {
            Some(entry) => entry,
            // SAFETY: as said. (`as_ref` would compute the address of nothing first.)
            None => unsafe { std::hint::unreachable_unchecked() },
        }
    }

    #[inline(always)]
    pub fn entry_mut(&mut self, at: usize) -> Option<&mut Entry> {
        if at < self.len as usize { unsafe { (*self.entries.add(at)).as_mut() } } else { None }
    }

    /// All entries in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.slice().iter().flatten()
    }

    #[inline(always)]
    unsafe fn index<I: Index>(&self, slot: usize) -> i32 {
        unsafe { (*self.indices.cast::<I>().add(slot)).wide() }
    }

    /// What an index slot says; `slot` is below the size.
    #[inline(always)]
    pub fn get(&self, slot: usize) -> Slot {
        debug_assert!(slot < self.size());
        let index = unsafe {
            match width(self.size()) {
                1 => self.index::<i8>(slot),
                2 => self.index::<i16>(slot),
                _ => self.index::<i32>(slot),
            }
        };
        match index {
            EMPTY => Slot::Empty,
            REMOVED => Slot::Removed,
            at => Slot::Entry(at as usize),
        }
    }

    #[inline(always)]
    unsafe fn set(&mut self, slot: usize, index: i32) {
        debug_assert!(slot < self.size() && self.room != 0);
        unsafe {
            match width(self.size()) {
                1 => *self.indices.cast::<i8>().add(slot) = index as i8,
                2 => *self.indices.cast::<i16>().add(slot) = index as i16,
                _ => *self.indices.cast::<i32>().add(slot) = index,
            }
        }
    }

    /// The place of the entry with this hash that `same` accepts; it runs no foreign code.
    #[inline(always)]
    pub fn search(&self, hash: i64, mut same: impl FnMut(&Entry) -> bool) -> Option<usize> {
        unsafe {
            match width(self.size()) {
                1 => self.search_in::<i8>(hash, &mut same),
                2 => self.search_in::<i16>(hash, &mut same),
                _ => self.search_in::<i32>(hash, &mut same),
            }
        }
    }

    #[inline(always)]
    unsafe fn search_in<I: Index>(&self, hash: i64, same: &mut impl FnMut(&Entry) -> bool) -> Option<usize> {
        let mut probe = Probe::new(hash, self.mask as usize);
        loop {
            unsafe {
                let index = self.index::<I>(probe.slot);
                if index >= 0 {
                    let entry = self.entry_at(index as usize);
                    if entry.hash == hash && same(entry) {
                        return Some(index as usize);
                    }
                } else if index == EMPTY {
                    return None;
                }
            }
            probe.advance();
        }
    }

    /// Has the hash of an entry that is not there yet lead to a place; whether an empty slot was taken for that.
    #[inline(always)]
    pub fn lead(&mut self, hash: i64, at: usize) -> bool {
        let mut probe = Probe::new(hash, self.mask as usize);
        loop {
            match self.get(probe.slot) {
                Slot::Entry(_) => probe.advance(),
                slot => {
                    unsafe { self.set(probe.slot, at as i32) };
                    return slot == Slot::Empty;
                }
            }
        }
    }

    /// Appends an entry; there is room, and its hash [leads](Block::lead) there.
    #[inline(always)]
    pub fn push(&mut self, entry: Entry) {
        debug_assert!(self.len < self.room);
        unsafe { self.entries.add(self.len as usize).write(Some(entry)) };
        self.len += 1;
    }

    /// Puts an entry into a hole.
    pub fn fill(&mut self, at: usize, entry: Entry) {
        debug_assert!(at < self.len());
        unsafe { *self.entries.add(at) = Some(entry) };
    }

    /// Takes the entry at a place out, if there is one, and leaves a hole.
    pub fn take(&mut self, at: usize) -> Option<Entry> {
        let hash = self.entry(at)?.hash;
        let mut probe = Probe::new(hash, self.mask as usize);
        while self.get(probe.slot) != Slot::Entry(at) {
            probe.advance();
        }
        unsafe {
            self.set(probe.slot, REMOVED);
            (*self.entries.add(at)).take()
        }
    }

    /// Forgets the holes at the end.
    pub fn trim(&mut self) {
        while self.len > 0 && self.entry(self.len as usize - 1).is_none() {
            self.len -= 1;
        }
    }

    /// Makes the block one of `size` index slots, which lead nowhere; all entries have room in it and stay where they are.
    /// After an error it is as it was.
    pub fn resize(&mut self, size: usize) -> Result<(), OutOfMemory> {
        debug_assert!(self.len() <= usable(size));
        let new = layout(size)?;
        let block = unsafe {
            if self.room == 0 { alloc(new) } else { realloc(self.entries.cast(), layout(self.size())?, new.size()) }
        };
        if block.is_null() {
            return Err(OutOfMemory);
        }
        self.entries = block.cast();
        self.room = usable(size) as u32;
        self.mask = (size - 1) as u32;
        unsafe {
            self.indices = block.add(usable(size) * size_of::<Entry>());
            self.indices.write_bytes(0xFF, size * width(size));
        }
        Ok(())
    }

    /// Makes the block one of `size` index slots, which lead nowhere, with all entries, `gap` holes before the first and
    /// none between them.
    pub fn remake(&mut self, size: usize, gap: usize) -> Result<(), OutOfMemory> {
        let mut new = Block::new();
        new.resize(size)?;
        unsafe {
            for at in 0..gap {
                new.entries.add(at).write(None);
            }
            new.len = gap as u32;
            for at in 0..self.len as usize {
                if let Some(entry) = (*self.entries.add(at)).take() {
                    new.push(entry);
                }
            }
        }
        *self = new;
        Ok(())
    }

    /// Has the hashes of all entries lead to them; no slot leads anywhere before.
    pub fn index_all(&mut self) {
        for at in 0..self.len() {
            if let Some(entry) = self.entry(at) {
                self.lead(entry.hash, at);
            }
        }
    }

    /// A copy of entries and indices as they are.
    pub fn copy(&self) -> Result<Block, OutOfMemory> {
        let mut new = Block::new();
        if self.room == 0 {
            return Ok(new);
        }
        let size = self.size();
        let block = unsafe { alloc(layout(size)?) };
        if block.is_null() {
            return Err(OutOfMemory);
        }
        new.entries = block.cast();
        (new.mask, new.room) = (self.mask, self.room);
        unsafe {
            new.indices = block.add(usable(size) * size_of::<Entry>());
            for (at, entry) in self.slice().iter().enumerate() {
                let copied = entry.as_ref().map(|e| Entry { hash: e.hash, key: e.key.clone(), value: e.value.clone() });
                new.entries.add(at).write(copied);
            }
            ptr::copy_nonoverlapping(self.indices, new.indices, size * width(size));
        }
        new.len = self.len;
        Ok(new)
    }
}

impl Drop for Block {
    #[inline]
    fn drop(&mut self) {
        if self.room == 0 {
            return;
        }
        unsafe {
            ptr::drop_in_place(ptr::slice_from_raw_parts_mut(self.entries, self.len as usize));
            if let Ok(layout) = layout(self.size()) {
                dealloc(self.entries.cast(), layout);
            }
        }
    }
}
