//! Names that come again and again.

use vm::prelude::*;

/// How many names are kept at a time.
const SLOTS: usize = 256;

/// What became of a name: a small cache, in which a name takes the place of another with its hash.
#[derive(Default)]
pub struct KnownNames {
    slots: Vec<Option<(Box<str>, bool, Object)>>,
    /// How the names were made.
    with_prefixes: bool,
}

/// A number below `SLOTS`, from a name's ends and length.
fn slot(name: &str, is_attribute: bool) -> usize {
    let bytes = name.as_bytes();
    let word = |part: Option<&[u8]>| part.and_then(|part| part.try_into().ok()).map_or(0, u64::from_le_bytes);
    let (head, tail) = match bytes.len() {
        0..8 => (bytes.iter().fold(0, |all, b| all << 8 | u64::from(*b)), 0),
        len => (word(bytes.get(..8)), word(bytes.get(len - 8..))),
    };
    let mixed = (head ^ tail.rotate_left(23) ^ bytes.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed >> 55) as usize ^ usize::from(is_attribute)) % SLOTS
}

impl KnownNames {
    /// Says how names are made now; others are forgotten.
    pub fn made(&mut self, with_prefixes: bool) {
        if self.with_prefixes != with_prefixes {
            self.with_prefixes = with_prefixes;
            self.forget();
        }
    }

    /// What names mean has changed.
    pub fn forget(&mut self) {
        self.slots.clear();
    }

    pub fn get(&self, name: &str, is_attribute: bool) -> Option<Object> {
        match self.slots.get(slot(name, is_attribute)) {
            Some(Some((known, of_attribute, object))) if &**known == name && *of_attribute == is_attribute => {
                Some(object.clone())
            }
            _ => None,
        }
    }

    pub fn put(&mut self, name: &str, is_attribute: bool, object: &Object) {
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let entry = Some((name.into(), is_attribute, object.clone()));
        // The one that goes is a string: nothing runs.
        self.slots[slot(name, is_attribute)] = entry;
    }
}
