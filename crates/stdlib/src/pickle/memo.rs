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
    numbers: HashMap<u64, usize, Words>,
    objects: Vec<(usize, Object)>,
}

impl Memo {
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    #[inline]
    pub fn get(&self, object: &Object) -> Option<usize> {
        self.numbers.get(&object.word()).copied()
    }

    /// Remembers an object under a number; one that is known gets the new number.
    pub fn set(&mut self, object: &Object, number: usize) {
        if self.numbers.insert(object.word(), number).is_none() {
            self.objects.push((number, object.clone()));
        } else if let Some(entry) = self.objects.iter_mut().find(|(_, known)| known.is(object)) {
            entry.0 = number;
        }
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
