//! The storage of `set` and `frozenset`: an open-addressing hash table of references, changed through `&self`.
//!
//! The order of iteration is visible to programs (`{1, 2, 3}` prints in it), so probing and growth are CPython's: a run of
//! neighbouring slots is tried first, then a perturbed jump; the table grows when three fifths of it have been used.
//! Comparing keys may run Python code that changes the table: [`SetTable::find`] notices and starts again.

use crate::table::{Look, same_text};
use crate::{Object, OutOfMemory, StrBody, TypeHead, Visitor};
use std::cell::UnsafeCell;

/// Slots tried after the first before jumping.
const NEIGHBOURS: usize = 9;
const PERTURB_SHIFT: u32 = 5;
const SMALLEST: usize = 8;
/// The hash of a slot whose key was removed; no object has it.
const REMOVED: i64 = -1;

/// A slot: no key and hash 0 is empty, no key and hash -1 was removed.
struct Slot {
    key: Option<Object>,
    hash: i64,
}

impl Slot {
    const EMPTY: Slot = Slot { key: None, hash: 0 };

    #[inline(always)]
    fn is_empty(&self) -> bool {
        self.key.is_none() && self.hash == 0
    }
}

struct Inner {
    /// A power of two long, or empty before the first key.
    slots: Vec<Slot>,
    /// Keys, and keys with removed slots.
    used: usize,
    fill: usize,
    /// Where `pop` looks next.
    finger: usize,
    /// Grows with each change of keys.
    changes: u32,
}

/// The table. See the module's text.
pub struct SetTable {
    inner: UnsafeCell<Inner>,
}

/// The sequence of slots for a hash.
struct Probe {
    mask: usize,
    start: usize,
    at: usize,
    last: usize,
    perturb: u64,
}

impl Probe {
    #[inline(always)]
    fn new(hash: i64, mask: usize) -> Probe {
        let start = hash as usize & mask;
        Probe { mask, start, at: start, last: Self::last(start, mask), perturb: hash as u64 }
    }

    #[inline(always)]
    fn last(start: usize, mask: usize) -> usize {
        if start + NEIGHBOURS <= mask { start + NEIGHBOURS } else { start }
    }

    #[inline(always)]
    fn advance(&mut self) {
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

fn empty_slots(size: usize) -> Result<Vec<Slot>, OutOfMemory> {
    let mut slots = Vec::new();
    slots.try_reserve_exact(size).map_err(|_| OutOfMemory)?;
    slots.resize_with(size, || Slot::EMPTY);
    Ok(slots)
}

/// Puts a key that is not there into slots without removed ones on its way.
fn insert_clean(slots: &mut [Slot], hash: i64, key: Object) {
    let mut probe = Probe::new(hash, slots.len() - 1);
    while slots[probe.at].key.is_some() {
        probe.advance();
    }
    slots[probe.at] = Slot { key: Some(key), hash };
}

impl Inner {
    #[inline(always)]
    const fn new() -> Inner {
        Inner { slots: Vec::new(), used: 0, fill: 0, finger: 0, changes: 0 }
    }

    /// CPython's mask: an empty set has a table of the smallest size there.
    fn mask(&self) -> usize {
        self.slots.len().max(SMALLEST) - 1
    }

    /// A table for more than `least` keys.
    fn resize(&mut self, least: usize) -> Result<(), OutOfMemory> {
        let mut size = SMALLEST;
        while size <= least {
            size = size.checked_mul(2).ok_or(OutOfMemory)?;
        }
        let mut slots = empty_slots(size)?;
        for slot in std::mem::take(&mut self.slots) {
            if let Some(key) = slot.key {
                insert_clean(&mut slots, slot.hash, key);
            }
        }
        self.slots = slots;
        self.fill = self.used;
        Ok(())
    }
}

impl SetTable {
    #[inline(always)]
    pub const fn new() -> SetTable {
        SetTable { inner: UnsafeCell::new(Inner::new()) }
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

    /// Number of keys.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.inner().used
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A number that moves with every change of keys.
    #[inline]
    pub fn changes(&self) -> u32 {
        self.inner().changes
    }

    /// As [`Table::look`](crate::Table::look).
    #[inline]
    pub fn look(&self, hash: i64, key: u64, text: Option<&StrBody>, kind: *const TypeHead) -> Look {
        let slots = &self.inner().slots;
        if slots.is_empty() {
            return Look::Absent;
        }
        let mut probe = Probe::new(hash, slots.len() - 1);
        loop {
            let slot = &slots[probe.at];
            match &slot.key {
                None if slot.hash == 0 => return Look::Absent,
                Some(other) if slot.hash == hash => {
                    if other.word() == key {
                        return Look::At(probe.at);
                    }
                    match same_text(other, text, kind) {
                        Some(true) => return Look::At(probe.at),
                        Some(false) => {}
                        None => return Look::Unknown,
                    }
                }
                _ => {}
            }
            probe.advance();
        }
    }

    /// The slot of the key with this hash that is the word `word` or that `equal` accepts. `equal` may run Python code.
    pub fn find<E>(
        &self,
        hash: i64,
        word: u64,
        mut equal: impl FnMut(&Object) -> Result<bool, E>,
    ) -> Result<Option<usize>, E> {
        'again: loop {
            if self.inner().slots.is_empty() {
                return Ok(None);
            }
            let changes = self.inner().changes;
            let mut probe = Probe::new(hash, self.inner().slots.len() - 1);
            loop {
                let slot = &self.inner().slots[probe.at];
                if slot.is_empty() {
                    return Ok(None);
                }
                if slot.hash == hash
                    && let Some(key) = &slot.key
                {
                    if key.word() == word {
                        return Ok(Some(probe.at));
                    }
                    let key = key.clone();
                    let same = equal(&key)?;
                    if self.inner().changes != changes {
                        continue 'again;
                    }
                    if same {
                        return Ok(Some(probe.at));
                    }
                }
                probe.advance();
            }
        }
    }

    /// Adds a key known to be absent.
    pub fn insert_new(&self, hash: i64, key: Object) -> Result<(), OutOfMemory> {
        let inner = self.inner_mut();
        if inner.slots.is_empty() {
            inner.slots = empty_slots(SMALLEST)?;
        }
        if inner.fill + 1 >= inner.slots.len() {
            // Growing failed before: one slot must stay empty, or searches would not end.
            inner.resize(inner.used * 4)?;
        }
        let mut probe = Probe::new(hash, inner.slots.len() - 1);
        // The last removed one on the way is taken again, as CPython 3.14 does.
        let mut free = None;
        while !inner.slots[probe.at].is_empty() {
            if inner.slots[probe.at].key.is_none() {
                free = Some(probe.at);
            }
            probe.advance();
        }
        if let Some(free) = free {
            inner.slots[free] = Slot { key: Some(key), hash };
            inner.used += 1;
            inner.changes = inner.changes.wrapping_add(1);
            return Ok(());
        }
        inner.slots[probe.at] = Slot { key: Some(key), hash };
        inner.fill += 1;
        inner.used += 1;
        inner.changes = inner.changes.wrapping_add(1);
        if inner.fill * 5 >= inner.mask() * 3 {
            inner.resize(if inner.used > 50_000 { inner.used * 2 } else { inner.used * 4 })?;
        }
        Ok(())
    }

    /// Makes room before `more` keys are added, as CPython does before it merges.
    pub fn prepare(&self, more: usize) -> Result<(), OutOfMemory> {
        let inner = self.inner_mut();
        if (inner.fill + more) * 5 >= inner.mask() * 3 {
            inner.resize((inner.used + more) * 2)?;
            inner.changes = inner.changes.wrapping_add(1);
        }
        Ok(())
    }

    /// Takes over copies of all keys of `other` into a table without any. Room was made by [`SetTable::prepare`].
    pub fn fill_from(&self, other: &SetTable) -> Result<(), OutOfMemory> {
        debug_assert!(self.is_empty() && !std::ptr::eq(self, other));
        let (inner, from) = (self.inner_mut(), other.inner());
        if inner.fill != 0 || inner.slots.is_empty() {
            inner.slots = empty_slots(inner.slots.len().max(SMALLEST))?;
            inner.fill = 0;
        }
        let same_shape = inner.slots.len() == from.slots.len() && from.fill == from.used;
        for (at, slot) in from.slots.iter().enumerate() {
            if let Some(key) = &slot.key {
                if same_shape {
                    inner.slots[at] = Slot { key: Some(key.clone()), hash: slot.hash };
                } else {
                    insert_clean(&mut inner.slots, slot.hash, key.clone());
                }
            }
        }
        inner.used = from.used;
        inner.fill = from.used;
        inner.changes = inner.changes.wrapping_add(1);
        Ok(())
    }

    /// Removes the key in a slot and gives it back.
    pub fn remove(&self, at: usize) -> Option<Object> {
        let inner = self.inner_mut();
        let slot = inner.slots.get_mut(at)?;
        let key = slot.key.take()?;
        slot.hash = REMOVED;
        inner.used -= 1;
        inner.changes = inner.changes.wrapping_add(1);
        Some(key)
    }

    /// Makes the table anew when more than a quarter of it are removed keys, as CPython does after a difference.
    pub fn tidy(&self) -> Result<(), OutOfMemory> {
        let inner = self.inner_mut();
        if inner.fill - inner.used > inner.mask() / 4 {
            inner.changes = inner.changes.wrapping_add(1);
            inner.resize(if inner.used > 50_000 { inner.used * 2 } else { inner.used * 4 })?;
        }
        Ok(())
    }

    /// Removes some key: the next one behind the last removed this way.
    pub fn pop(&self) -> Option<Object> {
        let inner = self.inner_mut();
        if inner.used == 0 {
            return None;
        }
        let mask = inner.slots.len() - 1;
        let mut at = inner.finger & mask;
        while inner.slots[at].key.is_none() {
            at = (at + 1) & mask;
        }
        inner.finger = at + 1;
        self.remove(at)
    }

    /// The first key in or behind a slot: its slot, hash and a new reference.
    #[inline]
    pub fn next(&self, mut at: usize) -> Option<(usize, i64, Object)> {
        let slots = &self.inner().slots;
        while at < slots.len() {
            if let Some(key) = &slots[at].key {
                return Some((at, slots[at].hash, key.clone()));
            }
            at += 1;
        }
        None
    }

    /// The hashes of all keys.
    pub fn hashes(&self) -> impl Iterator<Item = i64> + '_ {
        self.inner().slots.iter().filter(|s| s.key.is_some()).map(|s| s.hash)
    }

    /// Empties the table.
    pub fn clear(&self) {
        let old = std::mem::replace(self.inner_mut(), Inner::new());
        self.inner_mut().changes = old.changes.wrapping_add(1);
        drop(old);
    }

    /// Exchanges the contents of two tables.
    pub fn swap(&self, other: &SetTable) {
        if std::ptr::eq(self, other) {
            return;
        }
        std::mem::swap(self.inner_mut(), other.inner_mut());
        for table in [self, other] {
            let inner = table.inner_mut();
            inner.changes = inner.changes.wrapping_add(1);
        }
    }

    /// Bytes behind the object, for `__sizeof__`.
    pub fn bytes(&self) -> usize {
        match self.inner().slots.len() {
            0..=SMALLEST => 0,
            slots => slots * size_of::<Slot>(),
        }
    }
}

impl Default for SetTable {
    fn default() -> Self {
        Self::new()
    }
}

impl crate::Trace for SetTable {
    fn trace(&self, visit: &mut Visitor) {
        for slot in &self.inner().slots {
            if let Some(key) = &slot.key {
                visit.object(key);
            }
        }
    }
    fn clear_refs(&self) {
        SetTable::clear(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn add(table: &SetTable, value: i64) {
        let key = Object::small_int(value).unwrap();
        let hash = if value == -1 { -2 } else { value };
        let Ok(found) = table.find::<Infallible>(hash, key.word(), |_| Ok(false));
        if found.is_none() {
            table.insert_new(hash, key).unwrap();
        }
    }

    fn order(table: &SetTable) -> Vec<i64> {
        let (mut at, mut all) = (0, Vec::new());
        while let Some((slot, _, key)) = table.next(at) {
            all.push(key.as_small_int().unwrap());
            at = slot + 1;
        }
        all
    }

    #[test]
    fn iterates_as_cpython() {
        // The right-hand sides are `list({…})` of CPython 3.14.
        for (keys, expected) in [
            (&[3, 1, 2][..], &[1, 2, 3][..]),
            (&[8, 0, 16, 1], &[8, 0, 16, 1]),
            (&[-1, -2, -3, 5], &[5, -3, -1, -2]),
            (&[100, 7, 33, 1000, 65], &[33, 65, 100, 7, 1000]),
        ] {
            let table = SetTable::new();
            keys.iter().for_each(|&k| add(&table, k));
            let mut sorted = (order(&table), keys.to_vec());
            assert_eq!(sorted.0, expected);
            sorted.0.sort();
            sorted.1.sort();
            assert_eq!(sorted.0, sorted.1);
        }
    }

    #[test]
    fn removed_keys_stay_out_and_pop_goes_round() {
        let table = SetTable::new();
        (0..1000).for_each(|k| add(&table, k * 7));
        for k in 0..500 {
            let word = Object::small_int(k * 14).unwrap().word();
            let Ok(Some(at)) = table.find::<Infallible>(k * 14, word, |_| Ok(false)) else { panic!("{k}") };
            assert_eq!(table.remove(at).unwrap().word(), word);
        }
        assert_eq!(table.len(), 500);
        let mut popped = Vec::new();
        while let Some(key) = table.pop() {
            popped.push(key.as_small_int().unwrap());
        }
        popped.sort();
        assert_eq!(popped, (0..500).map(|k| k * 14 + 7).collect::<Vec<_>>());
    }

    #[test]
    fn copies_have_the_same_order() {
        let (a, b) = (SetTable::new(), SetTable::new());
        [5, 13, 21, 2].iter().for_each(|&k| add(&a, k));
        b.prepare(a.len()).unwrap();
        b.fill_from(&a).unwrap();
        assert_eq!(order(&a), order(&b));
    }
}
