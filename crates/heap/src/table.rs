//! The storage of `dict`: a compact, insertion-ordered hash table of references, changed through `&self`.
//!
//! Entries lie in the order of their insertion; small indices behind them, in the same block of memory, are probed openly
//! and find them (R. Hettinger's compact dict). Comparing keys may run Python code that changes the table:
//! [`Table::find`] notices and starts again.

use crate::block::{Block, Entry, Probe, Slot};
use crate::{Head, Object, OutOfMemory, StrBody, TypeHead, Visitor};
use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicU32, Ordering};

struct Inner {
    block: Block,
    used: u32,
    /// Index slots that are not empty: those of entries and of removed ones. A third of the slots stays empty, so that a
    /// search for what is not there ends.
    filled: u32,
    /// No entry lies before this position: removing from the front, again and again, takes constant time.
    first: u32,
    /// Grows with each change of keys: a search that ran Python code starts again if it moved.
    changes: u32,
}

/// The table. See the module's text.
pub struct Table {
    inner: UnsafeCell<Inner>,
    version: Cell<u32>,
}

static NEXT_VERSION: AtomicU32 = AtomicU32::new(1);

/// What a table says of a key without running Python code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Look {
    At(usize),
    Absent,
    /// There is a key with the same hash that must be compared in earnest.
    Unknown,
}

/// Whether a key, another object with the same hash, is the same text; `None` if they are not both texts.
#[inline(always)]
pub(crate) fn same_text(key: &Object, text: Option<&StrBody>, kind: *const TypeHead) -> Option<bool> {
    let text = text?;
    if !key.head().is_some_and(|head| head.kind() == kind) {
        return None;
    }
    // SAFETY: I2: the type says that it is a string.
    let other = unsafe { &*key.as_ptr().cast::<StrBody>() };
    Some(other.len() == text.len() && other.width() == text.width() && other.raw_bytes() == text.raw_bytes())
}

impl Inner {
    #[inline(always)]
    const fn new() -> Inner {
        Inner { block: Block::new(), used: 0, filled: 0, first: 0, changes: 0 }
    }

    fn rebuild(&mut self, want: usize) -> Result<(), OutOfMemory> {
        self.rebuild_with_gap(want, 0)
    }

    /// Room for `want` entries in all, of which the first `gap` positions are left free.
    fn rebuild_with_gap(&mut self, want: usize, gap: usize) -> Result<(), OutOfMemory> {
        let size = want.checked_mul(3).ok_or(OutOfMemory)? / 2 + 1;
        let size = size.checked_next_power_of_two().ok_or(OutOfMemory)?.max(8);
        if gap == 0 && self.used as usize == self.block.len() {
            self.block.resize(size)?;
        } else {
            self.block.remake(size, gap)?;
        }
        self.first = gap as u32;
        self.block.index_all();
        self.filled = self.used;
        Ok(())
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        self.block.len() >= self.block.room() || self.filled as usize >= self.block.room()
    }
}

impl Table {
    #[inline(always)]
    pub const fn new() -> Table {
        Table { inner: UnsafeCell::new(Inner::new()), version: Cell::new(0) }
    }

    /// A table with room for `capacity` entries.
    pub fn with_capacity(capacity: usize) -> Result<Table, OutOfMemory> {
        let table = Table::new();
        if capacity > 0 {
            table.inner_mut().rebuild(capacity)?;
        }
        Ok(table)
    }

    #[inline(always)]
    fn inner(&self) -> &Inner {
        // SAFETY: I3; callers keep the borrow only while no foreign code runs.
        unsafe { &*self.inner.get() }
    }

    #[expect(clippy::mut_from_ref, reason = "I3; callers keep the borrow only while no foreign code runs")]
    #[inline(always)]
    fn inner_mut(&self) -> &mut Inner {
        // SAFETY: as above; no two are alive at once.
        unsafe { &mut *self.inner.get() }
    }

    /// Number of entries.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.inner().used as usize
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One past the last entry's position; positions of removed entries are holes.
    #[inline(always)]
    pub fn end(&self) -> usize {
        self.inner().block.len()
    }

    /// A number that stands for the present set of keys and their positions; it changes when they do, never comes back,
    /// and is never 0.
    pub fn version(&self) -> u32 {
        if self.version.get() == 0 {
            self.version.set(NEXT_VERSION.fetch_add(1, Ordering::Relaxed));
        }
        self.version.get()
    }

    /// The version, or 0 when none was asked for since the last change.
    #[inline(always)]
    pub fn version_now(&self) -> u32 {
        self.version.get()
    }

    #[inline(always)]
    fn changed(&self) {
        self.version.set(0);
        let inner = self.inner_mut();
        inner.changes = inner.changes.wrapping_add(1);
    }

    /// A number that moves with every change of keys.
    #[inline]
    pub fn changes(&self) -> u32 {
        self.inner().changes
    }

    /// The position of the key with this hash that `equal` accepts. `equal` may run Python code.
    pub fn find<E>(&self, hash: i64, mut equal: impl FnMut(&Object) -> Result<bool, E>) -> Result<Option<usize>, E> {
        'again: loop {
            let inner = self.inner();
            let (changes, size) = (inner.changes, inner.block.size());
            let mut probe = Probe::new(hash, size - 1);
            loop {
                match self.inner().block.get(probe.slot) {
                    Slot::Empty => return Ok(None),
                    Slot::Removed => {}
                    Slot::Entry(index) => {
                        let key = match self.inner().block.entry(index) {
                            Some(entry) if entry.hash == hash => Some(entry.key.clone()),
                            _ => None,
                        };
                        if let Some(key) = key {
                            let same = equal(&key)?;
                            // As in CPython: what changed elsewhere does not matter while this key is where it was.
                            if self.inner().changes != changes && !self.is_at(size, probe.slot, index, &key) {
                                continue 'again;
                            }
                            if same {
                                return Ok(Some(index));
                            }
                        }
                    }
                }
                probe.advance();
            }
        }
    }

    /// Whether the table of `size` places has still `key` as the entry at `index`, which `slot` leads to.
    fn is_at(&self, size: usize, slot: usize, index: usize, key: &Object) -> bool {
        let inner = self.inner();
        inner.block.size() == size
            && inner.block.get(slot) == Slot::Entry(index)
            && inner.block.entry(index).is_some_and(|e| e.key.word() == key.word())
    }

    /// Where a key lies, as far as that is told without comparing by Python code: keys are the same if they are the same
    /// word, or texts (`text` is the key as an object of type `kind`, exactly `str`) with the same characters.
    #[inline]
    pub fn look(&self, hash: i64, key: u64, text: Option<&StrBody>, kind: *const TypeHead) -> Look {
        self.look_by(hash, |other| if other.word() == key { Some(true) } else { same_text(other, text, kind) })
    }

    /// As [`Table::look`], where `same` tells whether a key is the one that is looked for. It runs no Python code.
    #[inline(always)]
    pub fn look_by(&self, hash: i64, same: impl Fn(&Object) -> Option<bool>) -> Look {
        let mut unknown = false;
        let found = self.inner().block.search(hash, |entry| {
            let same = same(&entry.key);
            unknown |= same.is_none();
            same.unwrap_or(true)
        });
        match found {
            _ if unknown => Look::Unknown,
            Some(at) => Look::At(at),
            None => Look::Absent,
        }
    }

    /// The position of a string key: the same object, or one of type `kind` (exactly `str`) with the same text.
    #[inline]
    pub fn find_str(&self, hash: i64, name: &StrBody, kind: *const TypeHead) -> Option<usize> {
        let word = name as *const StrBody as u64;
        self.inner()
            .block
            .search(hash, |entry| entry.key.word() == word || same_text(&entry.key, Some(name), kind) == Some(true))
    }

    /// The position of a key that is this very word (an immediate, or the same object).
    #[inline]
    pub fn find_word(&self, hash: i64, word: u64) -> Option<usize> {
        self.inner().block.search(hash, |entry| entry.key.word() == word)
    }

    /// Whether every key is an object of type `kind`.
    pub fn all_keys_are(&self, kind: *const TypeHead) -> bool {
        self.inner().block.entries().all(|e| e.key.head().is_some_and(|h: &Head| h.kind() == kind))
    }

    /// A new reference to the value at a position.
    #[inline(always)]
    pub fn value(&self, index: usize) -> Option<Object> {
        Some(self.inner().block.entry(index)?.value.clone())
    }

    /// The value at a position that is known to hold one, the version being what it was when it was found there.
    ///
    /// # Safety
    /// There is an entry at the position.
    #[inline(always)]
    pub unsafe fn value_at(&self, index: usize) -> Object {
        debug_assert!(self.value(index).is_some(), "no entry at a known position");
        // SAFETY: as said.
        unsafe { self.inner().block.entry_at(index) }.value.clone()
    }

    /// The value at a position if the key there is this very word.
    #[inline(always)]
    pub fn value_if(&self, index: usize, key: u64) -> Option<Object> {
        let entry = self.inner().block.entry(index)?;
        (entry.key.word() == key).then(|| entry.value.clone())
    }

    /// Key and value at a position.
    #[inline]
    pub fn entry(&self, index: usize) -> Option<(Object, Object)> {
        let entry = self.inner().block.entry(index)?;
        Some((entry.key.clone(), entry.value.clone()))
    }

    /// Hash, key and value at a position.
    #[inline]
    pub fn entry_with_hash(&self, index: usize) -> Option<(i64, Object, Object)> {
        let entry = self.inner().block.entry(index)?;
        Some((entry.hash, entry.key.clone(), entry.value.clone()))
    }

    /// The key at a position.
    #[inline]
    pub fn key(&self, index: usize) -> Option<Object> {
        Some(self.inner().block.entry(index)?.key.clone())
    }

    /// The next position at or after `index` that holds an entry.
    #[inline]
    pub fn next(&self, index: usize) -> Option<usize> {
        let inner = self.inner();
        let from = index.max(inner.first as usize);
        (from..inner.block.len()).find(|&at| inner.block.entry(at).is_some())
    }

    /// Key and value of the first entry at or after a position, looked at without counting, and the position behind it.
    ///
    /// # Safety
    /// The borrows end before anything can change the table.
    #[inline(always)]
    pub unsafe fn peek_next(&self, index: usize) -> Option<(usize, &Object, &Object)> {
        let inner = self.inner();
        let mut at = index.max(inner.first as usize);
        while at < inner.block.len() {
            if let Some(entry) = inner.block.entry(at) {
                return Some((at + 1, &entry.key, &entry.value));
            }
            at += 1;
        }
        None
    }

    /// The last position before `end` that holds an entry.
    pub fn previous(&self, end: usize) -> Option<usize> {
        let block = &self.inner().block;
        (0..end.min(block.len())).rev().find(|&at| block.entry(at).is_some())
    }

    /// Replaces the value at a position that holds an entry; gives the old one back.
    #[inline]
    pub fn replace(&self, index: usize, value: Object) -> Option<Object> {
        let entry = self.inner_mut().block.entry_mut(index)?;
        Some(std::mem::replace(&mut entry.value, value))
    }

    /// Adds an entry whose key is known to be absent.
    #[inline]
    pub fn insert_new(&self, hash: i64, key: Object, value: Object) -> Result<usize, OutOfMemory> {
        self.make_room()?;
        let inner = self.inner_mut();
        let index = inner.block.len();
        inner.filled += u32::from(inner.block.lead(hash, index));
        inner.block.push(Entry { hash, key, value });
        inner.used += 1;
        self.changed();
        Ok(index)
    }

    /// Makes room for one more entry.
    #[inline(always)]
    pub fn make_room(&self) -> Result<(), OutOfMemory> {
        if self.inner().is_full() { self.grow() } else { Ok(()) }
    }

    /// Growth by three, as CPython's: half full after it when nothing was removed.
    #[cold]
    #[inline(never)]
    fn grow(&self) -> Result<(), OutOfMemory> {
        let inner = self.inner_mut();
        inner.rebuild((inner.used as usize * 2).max(5))
    }

    /// Adds an entry, whose key is known to be absent, before all others.
    pub fn insert_first(&self, hash: i64, key: Object, value: Object) -> Result<usize, OutOfMemory> {
        let inner = self.inner_mut();
        if inner.first == 0 || inner.filled as usize >= inner.block.room() {
            let used = inner.used as usize;
            let gap = used / 2 + 4;
            inner.rebuild_with_gap(used * 2 + gap, gap)?;
        }
        inner.first -= 1;
        let index = inner.first as usize;
        inner.filled += u32::from(inner.block.lead(hash, index));
        inner.block.fill(index, Entry { hash, key, value });
        inner.used += 1;
        self.changed();
        Ok(index)
    }

    /// Removes the entry at a position and gives it back.
    pub fn remove(&self, index: usize) -> Option<(Object, Object)> {
        let inner = self.inner_mut();
        let entry = inner.block.take(index)?;
        inner.used -= 1;
        let first = inner.first as usize;
        if index == first {
            inner.first = (first..inner.block.len())
                .find(|&at| inner.block.entry(at).is_some())
                .unwrap_or(inner.block.len()) as u32;
        }
        if index + 1 == inner.block.len() {
            // Removing at the end (popitem) leaves no holes behind.
            inner.block.trim();
            if inner.used == 0 {
                inner.block = Block::new();
                inner.filled = 0;
                inner.first = 0;
            }
        }
        self.changed();
        Some((entry.key, entry.value))
    }

    /// Empties the table.
    pub fn clear(&self) {
        let old = std::mem::replace(self.inner_mut(), Inner::new());
        self.inner_mut().changes = old.changes;
        self.changed();
        drop(old);
    }

    /// Takes all of another table's contents over, giving back what was here.
    pub fn swap(&self, other: &Table) {
        std::mem::swap(self.inner_mut(), other.inner_mut());
        self.changed();
        other.changed();
    }

    /// A copy with the same entries in the same order, without holes.
    pub fn copy(&self) -> Result<Table, OutOfMemory> {
        let inner = self.inner();
        let used = inner.used;
        if used == 0 {
            return Ok(Table::new());
        }
        if used as usize == inner.block.len() && inner.filled == used {
            // Nothing was removed: the indices are right for the copy too.
            let whole = Inner { block: inner.block.copy()?, used, filled: used, first: 0, changes: 0 };
            return Ok(Table { inner: UnsafeCell::new(whole), version: Cell::new(0) });
        }
        let copy = Table::with_capacity(used as usize)?;
        let to = copy.inner_mut();
        for entry in inner.block.entries() {
            to.block.push(Entry { hash: entry.hash, key: entry.key.clone(), value: entry.value.clone() });
        }
        (to.used, to.filled) = (used, used);
        to.block.index_all();
        Ok(copy)
    }

    /// Makes room for `more` further entries.
    #[inline]
    pub fn reserve(&self, more: usize) -> Result<(), OutOfMemory> {
        let inner = self.inner_mut();
        let want = (inner.used as usize).checked_add(more).ok_or(OutOfMemory)?;
        if want > inner.block.room() {
            inner.rebuild(want)?;
            self.changed();
        }
        Ok(())
    }

    /// Bytes behind the object, for `__sizeof__`.
    pub fn bytes(&self) -> usize {
        self.inner().block.bytes()
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl crate::Trace for Table {
    fn trace(&self, visit: &mut Visitor) {
        for entry in self.inner().block.entries() {
            visit.object(&entry.key);
            visit.object(&entry.value);
        }
    }
    fn clear_refs(&self) {
        Table::clear(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_end_after_many_removals() {
        let table = Table::new();
        let key = |i: i32| Object::int32(i);
        table.insert_new(7, key(-1), key(0)).unwrap();
        for i in 0..1000 {
            let at = table.insert_new(i64::from(i), key(i), key(i)).unwrap();
            assert_eq!(table.find_word(i64::from(i), key(i).word()), Some(at));
            assert!(table.remove(at).is_some());
            assert_eq!(table.find_word(i64::from(i), key(i).word()), None);
        }
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn entries_go_in_and_out_at_the_front() {
        let table = Table::new();
        let order = |table: &Table| {
            let (mut keys, mut at) = (Vec::new(), 0);
            while let Some(i) = table.next(at) {
                keys.push(table.key(i).unwrap().as_small_int().unwrap());
                at = i + 1;
            }
            keys
        };
        let mut expected = Vec::new();
        for i in 0..200 {
            let key = Object::int32(i);
            let at = match i % 3 {
                0 => table.insert_new(i64::from(i), key.clone(), key.clone()).unwrap(),
                _ => table.insert_first(i64::from(i), key.clone(), key.clone()).unwrap(),
            };
            assert_eq!(table.find_word(i64::from(i), key.word()), Some(at));
            expected.insert(if i % 3 == 0 { expected.len() } else { 0 }, i64::from(i));
            if i % 5 == 0 {
                assert!(table.remove(table.next(0).unwrap()).is_some());
                expected.remove(0);
            }
            assert_eq!(order(&table), expected);
        }
        while let Some(first) = table.next(0) {
            table.remove(first);
        }
        assert!(table.is_empty() && table.end() == 0);
    }
}
