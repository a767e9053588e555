//! The storage of `set` and `frozenset`: an open-addressing hash table of references, changed through `&self`.
//!
//! The order of iteration is visible to programs (`{1, 2, 3}` prints in it), so probing and growth are CPython's: a run of
//! neighbouring slots is tried first, then a perturbed jump; the table grows when three fifths of it have been used.
//! The smallest table lies inside. Comparing keys may run Python code that changes the table: [`SetTable::find`] notices
//! and starts again.

use crate::slots::{Probe, REMOVED, SMALLEST, Slot, Slots, insert_clean};
use crate::table::{Look, same_text};
use crate::{Object, OutOfMemory, StrBody, TypeHead, Visitor};
use std::cell::UnsafeCell;
use std::ptr;

/// The table. See the module's text.
pub struct SetTable {
    inner: UnsafeCell<Slots>,
}

/// What [`SetTable::each`] is told of a key.
pub enum Seen<E> {
    Next,
    Stop,
    /// It takes Python code to go on: the key is shown once more, and held.
    Again,
    Failed(E),
}

impl SetTable {
    #[inline(always)]
    pub const fn new() -> SetTable {
        SetTable { inner: UnsafeCell::new(Slots::new()) }
    }

    #[inline(always)]
    fn inner(&self) -> &Slots {
        // SAFETY: I3; callers keep the borrow only while no foreign code runs.
        unsafe { &*self.inner.get() }
    }

    #[expect(clippy::mut_from_ref, reason = "I3; callers keep the borrow only while no foreign code runs")]
    #[inline(always)]
    fn inner_mut(&self) -> &mut Slots {
        // SAFETY: as above; no two are alive at once.
        unsafe { &mut *self.inner.get() }
    }

    /// Number of keys.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.inner().used as usize
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

    /// As [`Table::look`](crate::Table::look). Most keys are told by the first slot of their way.
    #[inline(always)]
    pub fn look(&self, hash: i64, key: u64, text: Option<&StrBody>, kind: *const TypeHead) -> Look {
        match self.at_once(hash, key) {
            Look::Unknown => self.look_on(hash, key, text, kind).0,
            told => told,
        }
    }

    /// What the first slot tells of a key; unknown if it is neither the key's nor empty.
    #[inline(always)]
    fn at_once(&self, hash: i64, key: u64) -> Look {
        let inner = self.inner();
        let at = hash as usize & inner.mask();
        let slot = inner.slot(at);
        match &slot.key {
            Some(other) if other.word() == key => Look::At(at),
            None if slot.hash == 0 => Look::Absent,
            _ => Look::Unknown,
        }
    }

    /// As [`SetTable::look`], and where an absent key would go: the last removed slot on the way is taken again, as
    /// CPython 3.14 does.
    fn look_on(&self, hash: i64, key: u64, text: Option<&StrBody>, kind: *const TypeHead) -> (Look, usize) {
        let inner = self.inner();
        let mut probe = Probe::new(hash, inner.mask());
        let mut free = usize::MAX;
        loop {
            let slot = inner.slot(probe.at);
            match &slot.key {
                // An equal word comes with an equal hash.
                Some(other) if other.word() == key => return (Look::At(probe.at), 0),
                Some(other) if slot.hash == hash => match same_text(other, text, kind) {
                    Some(true) => return (Look::At(probe.at), 0),
                    Some(false) => {}
                    None => return (Look::Unknown, 0),
                },
                Some(_) => {}
                None if slot.hash == 0 => return (Look::Absent, if free == usize::MAX { probe.at } else { free }),
                None => free = probe.at,
            }
            probe.advance();
        }
    }

    /// Adds a new reference to a key if no Python code is needed to tell that it is absent, as [`SetTable::look`] would:
    /// what that said before.
    #[inline]
    pub fn add(
        &self,
        hash: i64,
        key: &Object,
        text: Option<&StrBody>,
        kind: *const TypeHead,
    ) -> Result<Look, OutOfMemory> {
        self.make_sure()?;
        let (look, free) = match self.at_once(hash, key.word()) {
            Look::Absent => (Look::Absent, hash as usize & self.inner().mask()),
            Look::Unknown => self.look_on(hash, key.word(), text, kind),
            found => return Ok(found),
        };
        if look == Look::Absent {
            let inner = self.inner_mut();
            inner.put(free, hash, key.clone())?;
        }
        Ok(look)
    }

    /// The slot of the key with this hash that is the word `word` or that `equal` accepts. `equal` may run Python code.
    pub fn find<E>(
        &self,
        hash: i64,
        word: u64,
        mut equal: impl FnMut(&Object) -> Result<bool, E>,
    ) -> Result<Option<usize>, E> {
        'again: loop {
            let changes = self.inner().changes;
            let mut probe = Probe::new(hash, self.inner().mask());
            loop {
                let slot = self.inner().slot(probe.at);
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

    /// One slot must stay empty, or searches would not end: where growing failed before, it is tried again.
    #[inline(always)]
    fn make_sure(&self) -> Result<(), OutOfMemory> {
        let inner = self.inner_mut();
        if inner.fill >= inner.mask { inner.resize(inner.used as usize * 4) } else { Ok(()) }
    }

    /// Adds a key known to be absent.
    pub fn insert_new(&self, hash: i64, key: Object) -> Result<(), OutOfMemory> {
        self.make_sure()?;
        let inner = self.inner_mut();
        let mut probe = Probe::new(hash, inner.mask());
        let mut free = None;
        while !inner.slot(probe.at).is_empty() {
            if inner.slot(probe.at).key.is_none() {
                free = Some(probe.at);
            }
            probe.advance();
        }
        inner.put(free.unwrap_or(probe.at), hash, key)
    }

    /// Makes room before `more` keys are added, as CPython does before it merges.
    pub fn prepare(&self, more: usize) -> Result<(), OutOfMemory> {
        let inner = self.inner_mut();
        if (inner.fill as usize + more) * 5 >= inner.mask() * 3 {
            inner.resize((inner.used as usize + more) * 2)?;
            inner.changes = inner.changes.wrapping_add(1);
        }
        Ok(())
    }

    /// Takes over copies of all keys of `other` into a table without any. Room was made by [`SetTable::prepare`].
    pub fn fill_from(&self, other: &SetTable) -> Result<(), OutOfMemory> {
        debug_assert!(self.is_empty() && !ptr::eq(self, other));
        let (inner, from) = (self.inner_mut(), other.inner());
        if inner.fill != 0 {
            for slot in inner.slots_mut() {
                slot.hash = 0;
            }
            inner.fill = 0;
        }
        let same_shape = inner.mask == from.mask && from.fill == from.used;
        let to = inner.slots_mut();
        if same_shape {
            for (to, slot) in to.iter_mut().zip(from.slots()) {
                // SAFETY: the table has no key that is to be dropped.
                unsafe { ptr::write(to, Slot { key: slot.key.clone(), hash: slot.hash }) };
            }
        } else {
            for slot in from.slots() {
                if let Some(key) = &slot.key {
                    insert_clean(to, slot.hash, key.clone());
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
        let slot = inner.slots_mut().get_mut(at)?;
        let key = slot.key.take()?;
        slot.hash = REMOVED;
        inner.used -= 1;
        inner.changes = inner.changes.wrapping_add(1);
        Some(key)
    }

    /// Makes the table anew when more than a quarter of it are removed keys, as CPython does after a difference.
    pub fn tidy(&self) -> Result<(), OutOfMemory> {
        let inner = self.inner_mut();
        if (inner.fill - inner.used) as usize > inner.mask() / 4 {
            inner.changes = inner.changes.wrapping_add(1);
            inner.grow()?;
        }
        Ok(())
    }

    /// Removes some key: the next one behind the last removed this way.
    pub fn pop(&self) -> Option<Object> {
        let inner = self.inner_mut();
        if inner.used == 0 {
            return None;
        }
        let mask = inner.mask();
        let mut at = inner.finger as usize & mask;
        while inner.slot(at).key.is_none() {
            at = (at + 1) & mask;
        }
        inner.finger = at as u32 + 1;
        self.remove(at)
    }

    /// The first key in or behind a slot: its slot, hash and a new reference.
    #[inline]
    pub fn next(&self, at: usize) -> Option<(usize, i64, Object)> {
        // SAFETY: cloned at once.
        unsafe { self.peek_next(at) }.map(|(behind, hash, key)| (behind - 1, hash, key.clone()))
    }

    /// The first key in or behind a slot, looked at without counting: the slot behind it, its hash, and the key.
    ///
    /// # Safety
    /// The borrow ends before anything can change the table.
    #[inline(always)]
    pub unsafe fn peek_next(&self, at: usize) -> Option<(usize, i64, &Object)> {
        let (inner, mut at) = (self.inner(), at);
        let (start, end) = (inner.start(), inner.mask() + 1);
        while at < end {
            // SAFETY: below the end.
            let slot = unsafe { &*start.add(at) };
            at += 1;
            if let Some(key) = &slot.key {
                return Some((at, slot.hash, key));
            }
        }
        None
    }

    /// Shows each key with its hash to `see`, first without holding the key: it must run no foreign code then, but ask
    /// for the key [`Again`](Seen::Again). Whether it was never told to stop.
    ///
    /// # Safety
    /// `see`, its last argument being `false`, neither runs foreign code nor changes this table.
    #[inline(always)]
    pub unsafe fn each<E>(&self, mut see: impl FnMut(&Object, i64, bool) -> Seen<E>) -> Result<bool, E> {
        let mut at = 0;
        // SAFETY: as said.
        while let Some((behind, hash, key)) = unsafe { self.peek_next(at) } {
            at = behind;
            let seen = match see(key, hash, false) {
                Seen::Again => see(&key.clone(), hash, true),
                seen => seen,
            };
            match seen {
                Seen::Stop => return Ok(false),
                Seen::Failed(error) => return Err(error),
                Seen::Next | Seen::Again => {}
            }
        }
        Ok(true)
    }

    /// How many slots there are.
    #[inline(always)]
    pub fn slots(&self) -> usize {
        self.inner().mask() + 1
    }

    /// The hashes of all keys.
    pub fn hashes(&self) -> impl Iterator<Item = i64> + '_ {
        self.inner().slots().iter().filter(|s| s.key.is_some()).map(|s| s.hash)
    }

    /// Empties the table.
    pub fn clear(&self) {
        let old = std::mem::replace(self.inner_mut(), Slots::new());
        self.inner_mut().changes = old.changes.wrapping_add(1);
        drop(old);
    }

    /// Exchanges the contents of two tables.
    pub fn swap(&self, other: &SetTable) {
        if ptr::eq(self, other) {
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
        if self.slots() <= SMALLEST { 0 } else { self.slots() * size_of::<Slot>() }
    }
}

impl Default for SetTable {
    fn default() -> Self {
        Self::new()
    }
}

impl crate::Trace for SetTable {
    fn trace(&self, visit: &mut Visitor) {
        for slot in self.inner().slots() {
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
