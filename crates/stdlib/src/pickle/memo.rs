//! What picklers and unpicklers remember.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use vm::prelude::*;

/// Words of objects need no more hashing than a spread over the high bits.
#[derive(Default)]
pub struct WordHasher(u64);

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 ^ u64::from(byte));
        }
    }
    fn write_u64(&mut self, word: u64) {
        self.0 = (word >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(26);
    }
}

pub type Words = BuildHasherDefault<WordHasher>;

/// A pickler's memo: each object with its number. It holds the objects, so that no address is used twice.
#[derive(Default)]
pub struct Memo {
    objects: Vec<(usize, Object)>,
    /// Places of objects, counted from 1, by their words; a power of two of slots, at most half of them used.
    slots: Vec<u32>,
}

impl Memo {
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// The slot that has a word, or the free one where it belongs.
    #[inline]
    fn slot(&self, word: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & mask;
        loop {
            match self.slots[at] {
                0 => return at,
                place if self.objects[place as usize - 1].1.word() == word => return at,
                _ => at = (at + 1) & mask,
            }
        }
    }

    #[inline]
    fn place(&self, object: &Object) -> Option<usize> {
        match self.slots.is_empty() {
            true => None,
            false => (self.slots[self.slot(object.word())] as usize).checked_sub(1),
        }
    }

    #[inline]
    pub fn get(&self, object: &Object) -> Option<usize> {
        Some(self.objects[self.place(object)?].0)
    }

    /// Remembers an object under a number; one that is known gets the new number.
    pub fn set(&mut self, object: &Object, number: usize) -> Result<(), vm::heap::OutOfMemory> {
        if let Some(place) = self.place(object) {
            self.objects[place].0 = number;
            return Ok(());
        }
        if self.slots.len() < 2 * (self.objects.len() + 1) {
            self.grow()?;
        }
        self.objects.try_reserve(1).map_err(|_| vm::heap::OutOfMemory)?;
        let slot = self.slot(object.word());
        self.objects.push((number, object.clone()));
        self.slots[slot] = u32::try_from(self.objects.len()).map_err(|_| vm::heap::OutOfMemory)?;
        Ok(())
    }

    #[cold]
    fn grow(&mut self) -> Result<(), vm::heap::OutOfMemory> {
        let len = (self.slots.len() * 4).max(64);
        self.slots.clear();
        self.slots.try_reserve_exact(len).map_err(|_| vm::heap::OutOfMemory)?;
        self.slots.resize(len, 0);
        for place in 0..self.objects.len() {
            let slot = self.slot(self.objects[place].1.word());
            self.slots[slot] = place as u32 + 1;
        }
        Ok(())
    }

    /// The objects with their numbers, in the order in which they came.
    pub fn entries(&self) -> Vec<(usize, Object)> {
        self.objects.clone()
    }
}

impl Trace for Memo {
    fn trace(&self, visit: &mut Visitor) {
        for (_, object) in &self.objects {
            visit.object(object);
        }
    }
}

/// An unpickler's memo: objects by number. Numbers far above the others are kept apart, so that a hostile pickle costs
/// no memory.
#[derive(Default)]
pub struct Numbered {
    dense: Vec<Option<Object>>,
    sparse: HashMap<usize, Object>,
    used: usize,
}

impl Numbered {
    /// How many objects are remembered: the number that MEMOIZE gives next.
    pub fn len(&self) -> usize {
        self.used
    }

    #[inline]
    pub fn get(&self, number: usize) -> Option<Object> {
        match self.dense.get(number) {
            Some(found) => found.clone(),
            None => self.sparse.get(&number).cloned(),
        }
    }

    /// Remembers an object; gives back what had the number, to be dropped when nothing is borrowed.
    pub fn set(&mut self, number: usize, object: Object) -> Option<Object> {
        let dense = self.dense.len();
        let old = if number < dense {
            self.dense[number].replace(object)
        } else if number == dense && !self.sparse.contains_key(&number) {
            self.dense.push(Some(object));
            None
        } else if number < 2 * dense + 256 && self.sparse.is_empty() {
            self.dense.resize(number, None);
            self.dense.push(Some(object));
            None
        } else {
            self.sparse.insert(number, object)
        };
        self.used += usize::from(old.is_none());
        old
    }

    /// The objects with their numbers, lowest first.
    pub fn entries(&self) -> Vec<(usize, Object)> {
        let dense = self.dense.iter().enumerate().filter_map(|(at, o)| Some((at, o.clone()?)));
        let mut sparse: Vec<_> = self.sparse.iter().map(|(at, o)| (*at, o.clone())).collect();
        sparse.sort_by_key(|(at, _)| *at);
        dense.chain(sparse).collect()
    }
}

impl Trace for Numbered {
    fn trace(&self, visit: &mut Visitor) {
        for object in self.dense.iter().flatten().chain(self.sparse.values()) {
            visit.object(object);
        }
    }
}
