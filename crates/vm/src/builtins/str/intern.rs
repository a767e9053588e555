//! The table of interned strings: one for the process, since they are immortal.

use super::{Str, hash_bytes};
use crate::names::Name;
use crate::prelude::*;
use std::cell::RefCell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Open addressing with linear probing over the strings' own hashes; at most half full.
struct Interned {
    slots: Vec<Option<Name>>,
    len: usize,
}

impl Interned {
    fn new() -> Interned {
        Interned { slots: vec![None; 1 << 13], len: 0 }
    }

    /// The string of this hash that `is` says yes to, or the free slot where it belongs.
    fn find(&self, hash: i64, is: impl Fn(&Name) -> bool) -> Result<Name, usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match &self.slots[at] {
                Some(known) if known.hash_value() == hash && is(known) => return Ok(known.clone()),
                Some(_) => at = (at + 1) & mask,
                None => return Err(at),
            }
        }
    }

    fn put(&mut self, at: usize, text: Ref<Str>) -> Name {
        text.set_interned(2);
        text.hash_value();
        text.head().make_immortal();
        let name = text;
        self.slots[at] = Some(name.clone());
        self.len += 1;
        if self.len * 2 > self.slots.len() {
            let doubled = vec![None; self.slots.len() * 2];
            for name in std::mem::replace(&mut self.slots, doubled).into_iter().flatten() {
                if let Err(at) = self.find(name.hash_value(), |_| false) {
                    self.slots[at] = Some(name);
                }
            }
        }
        name
    }
}

#[expect(unsafe_code, reason = "the table is leaked and used under the GIL only")]
fn with_interned<R>(f: impl FnOnce(&mut Interned) -> R) -> R {
    static TABLE: AtomicPtr<RefCell<Interned>> = AtomicPtr::new(ptr::null_mut());
    let mut table = TABLE.load(Ordering::Acquire);
    if table.is_null() {
        table = Box::leak(Box::new(RefCell::new(Interned::new())));
        TABLE.store(table, Ordering::Release);
    }
    // SAFETY: leaked above; the GIL lets one thread in at a time.
    f(&mut unsafe { &*table }.borrow_mut())
}

/// How many strings are interned.
pub fn interned_count() -> usize {
    with_interned(|table| table.len)
}

/// The interned string of a text.
pub(crate) fn intern_text(text: &str) -> Name {
    if !text.is_ascii() {
        return intern_str(&Str::new(text));
    }
    let hash = hash_bytes(text.as_bytes());
    with_interned(|table| match table.find(hash, |known| known.as_ascii() == Some(text)) {
        Ok(known) => known,
        Err(at) => {
            let fresh = Str::new(text);
            fresh.keep_hash(hash);
            table.put(at, fresh)
        }
    })
}

/// The interned string that equals `text`: itself, if it is the first of its kind and exactly a `str`.
pub(crate) fn intern_str(text: &Ref<Str>) -> Name {
    if text.interned() != 0 {
        return text.clone();
    }
    with_interned(|table| match table.find(text.hash_value(), |known| **known == **text) {
        Ok(known) => known,
        Err(at) => table.put(at, if text.is_exact_str() { text.clone() } else { text.to_exact() }),
    })
}
