//! What sets do with each other and with iterables, on their tables.

use super::{FrozenSet, Set};
use crate::builtins::list::Joined;
use crate::builtins::tuple::{TUPLE_DEPTH, equal_plainly};
use crate::object::{type_name, type_of};
use crate::prelude::*;
use crate::protocol::{iter, object as protocol};
use heap::{Look, Seen, SetTable};

/// The table of a set or frozenset, subclasses included.
#[inline]
pub fn table_of(object: &Object) -> Option<&SetTable> {
    if let Some(set) = object.cast_exact::<Set>() {
        return Some(&set.table);
    }
    if let Some(set) = object.cast_exact::<FrozenSet>() {
        return Some(&set.table);
    }
    table_of_other(object)
}

fn table_of_other(object: &Object) -> Option<&SetTable> {
    match object.cast::<Set>() {
        Some(set) => Some(&set.table),
        None => object.cast::<FrozenSet>().map(|set| &set.table),
    }
}

#[inline]
pub fn hash_key(vm: &Vm, key: &Object) -> Result<i64> {
    match protocol::hash(vm, key) {
        Err(_) if vm.raised_is(&crate::exception::types::TypeError) => Err(unhashable(vm, key, "set element")),
        other => other,
    }
}

#[cold]
/// The TypeError under way for a key says what the key was to be.
pub fn unhashable(vm: &Vm, key: &Object, use_: &str) -> Raised {
    let Some(error) = vm.take_raised() else { return Raised };
    if !type_of(&error).is(crate::exception::types::TypeError.get()) {
        return vm.restore(error);
    }
    match protocol::str(vm, &error).and_then(|text| Ok((text, crate::builtins::type_::full_name(vm, type_of(key))?))) {
        Ok((text, name)) => raise!(vm, TypeError, "cannot use '{name}' as a {use_} ({text})"),
        Err(raised) => raised,
    }
}

pub fn find(vm: &Vm, table: &SetTable, key: &Object, hash: i64) -> Result<Option<usize>> {
    match table.look(hash, key.word(), Str::text_of(key), Str::kind()) {
        Look::At(at) => Ok(Some(at)),
        Look::Absent => Ok(None),
        Look::Unknown => find_compared(vm, table, key, hash),
    }
}

#[inline(never)]
fn find_compared(vm: &Vm, table: &SetTable, key: &Object, hash: i64) -> Result<Option<usize>> {
    table.find(hash, key.word(), |other| match equal_plainly(other, key, TUPLE_DEPTH) {
        Some(same) => Ok(same),
        None => protocol::same_or_equal(vm, other, key),
    })
}

pub fn add_hashed(vm: &Vm, table: &SetTable, key: &Object, hash: i64) -> Result<()> {
    match vm.memory(table.add(hash, key, Str::text_of(key), Str::kind()))? {
        Look::Unknown => add_compared(vm, table, key, hash),
        Look::At(_) | Look::Absent => Ok(()),
    }
}

#[cold]
fn add_compared(vm: &Vm, table: &SetTable, key: &Object, hash: i64) -> Result<()> {
    match find_compared(vm, table, key, hash)? {
        Some(_) => Ok(()),
        None => vm.memory(table.insert_new(hash, key.clone())),
    }
}

/// Why a step of a [`walk`] ended early.
enum Halt {
    /// It takes Python code to compare the key, which nobody holds.
    Unsure,
    Failed(Raised),
}

impl From<Raised> for Halt {
    fn from(raised: Raised) -> Halt {
        Halt::Failed(raised)
    }
}

/// A key on its way through a table.
#[derive(Clone, Copy)]
struct Passing<'a> {
    key: &'a Object,
    hash: i64,
    /// Somebody holds the key: Python code may run.
    held: bool,
}

impl Passing<'_> {
    #[inline(always)]
    fn place_in(&self, vm: &Vm, table: &SetTable) -> std::result::Result<Option<usize>, Halt> {
        match table.look(self.hash, self.key.word(), Str::text_of(self.key), Str::kind()) {
            Look::At(at) => Ok(Some(at)),
            Look::Absent => Ok(None),
            Look::Unknown if self.held => Ok(find(vm, table, self.key, self.hash)?),
            Look::Unknown => Err(Halt::Unsure),
        }
    }

    #[inline(always)]
    fn is_in(&self, vm: &Vm, table: &SetTable) -> std::result::Result<bool, Halt> {
        self.place_in(vm, table).map(|at| at.is_some())
    }

    #[inline(always)]
    fn add_to(&self, vm: &Vm, table: &SetTable) -> std::result::Result<(), Halt> {
        match vm.memory(table.add(self.hash, self.key, Str::text_of(self.key), Str::kind()))? {
            Look::At(_) | Look::Absent => Ok(()),
            Look::Unknown if self.held => Ok(add_compared(vm, table, self.key, self.hash)?),
            Look::Unknown => Err(Halt::Unsure),
        }
    }

    /// Whether it was there.
    #[inline(always)]
    fn leave(&self, vm: &Vm, table: &SetTable) -> std::result::Result<bool, Halt> {
        Ok(self.place_in(vm, table)?.and_then(|at| table.remove(at)).is_some())
    }
}

/// Calls `each` with the keys of a table until it says `false`; whether it never did. It must not change the table other
/// than through Python code that compares keys. A key is held only if the first call says that this is needed.
#[expect(unsafe_code, reason = "a key that is not held is compared by its word and its text only")]
#[inline(always)]
fn walk(table: &SetTable, mut each: impl FnMut(Passing<'_>) -> std::result::Result<bool, Halt>) -> Result<bool> {
    // SAFETY: a passing key that nobody holds leads to no Python code: what is removed for it from another table is the
    // same object or a string.
    unsafe {
        table.each(|key, hash, held| match each(Passing { key, hash, held }) {
            Ok(true) => Seen::Next,
            Ok(false) => Seen::Stop,
            Err(Halt::Unsure) => Seen::Again,
            Err(Halt::Failed(raised)) => Seen::Failed(raised),
        })
    }
}

pub fn add_key(vm: &Vm, table: &SetTable, key: &Object) -> Result<()> {
    add_hashed(vm, table, key, hash_key(vm, key)?)
}

pub fn remove_hashed(vm: &Vm, table: &SetTable, key: &Object, hash: i64) -> Result<bool> {
    let at = find(vm, table, key, hash)?;
    Ok(at.and_then(|at| table.remove(at)).is_some())
}

/// Runs `f` with the key, or, where that is a set and so cannot be hashed, with a frozenset of its elements.
pub fn with_key<R>(vm: &Vm, key: &Object, f: impl Fn(&Object, i64) -> Result<R>) -> Result<R> {
    match hash_key(vm, key) {
        Ok(hash) => f(key, hash),
        Err(_) if key.is_instance_of::<Set>() && vm.raised_is(&crate::exception::types::TypeError) => {
            vm.clear_raised();
            let frozen = FrozenSet::make(SetTable::new());
            if let (Some(to), Some(from)) = (table_of(&frozen), table_of(key)) {
                merge(vm, to, from)?;
            }
            let hash = protocol::hash(vm, &frozen)?;
            f(&frozen, hash)
        }
        Err(raised) => Err(raised),
    }
}

/// Calls `each` with the keys and hashes of a table, which Python code may change meanwhile.
pub fn each_key(table: &SetTable, mut each: impl FnMut(&Object, i64) -> Result<bool>) -> Result<bool> {
    let mut at = 0;
    while let Some((slot, hash, key)) = table.next(at) {
        at = slot + 1;
        if !each(&key, hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Adds all keys of `from`.
pub fn merge(vm: &Vm, to: &SetTable, from: &SetTable) -> Result<()> {
    if std::ptr::eq(to, from) || from.is_empty() {
        return Ok(());
    }
    vm.memory(to.prepare(from.len()))?;
    if to.is_empty() {
        return vm.memory(to.fill_from(from));
    }
    walk(from, |key| key.add_to(vm, to).map(|()| true)).map(drop)
}

/// Adds all that an iterable gives.
pub fn update(vm: &Vm, to: &SetTable, iterable: &Object) -> Result<()> {
    if let Some(from) = table_of(iterable) {
        return merge(vm, to, from);
    }
    if let Some(dict) = iterable.cast_exact::<Dict>() {
        vm.memory(to.prepare(dict.len()))?;
        let mut at = 0;
        while let Some(i) = dict.table.next(at) {
            at = i + 1;
            let Some((hash, key, _)) = dict.table.entry_with_hash(i) else { continue };
            add_hashed(vm, to, &key, hash)?;
        }
        return Ok(());
    }
    iter::each(vm, iterable, |key| add_key(vm, to, &key))
}

/// A table of all that an iterable gives.
pub fn table_from(vm: &Vm, iterable: &Object) -> Result<SetTable> {
    let table = SetTable::new();
    update(vm, &table, iterable)?;
    Ok(table)
}

pub fn copy_of(vm: &Vm, table: &SetTable) -> Result<SetTable> {
    let copy = SetTable::new();
    merge(vm, &copy, table)?;
    Ok(copy)
}

/// A new set of the base type of `like`: operators of subclasses give plain sets.
pub fn empty_like(like: &Object) -> Object {
    if like.is_instance_of::<FrozenSet>() { FrozenSet::make(SetTable::new()) } else { Set::make(SetTable::new()) }
}

/// As [`empty_like`], with keys that `fill` puts in.
#[inline]
pub fn filled_like(vm: &Vm, like: &Object, fill: impl FnOnce(&SetTable) -> Result<()>) -> Result<Object> {
    let made = empty_like(like);
    fill(own_table(vm, &made)?)?;
    Ok(made)
}

/// Adds to `result`, which is empty, what is in both.
pub fn intersection(vm: &Vm, result: &SetTable, this: &Object, other: &Object) -> Result<()> {
    let own = own_table(vm, this)?;
    if this.is(other) {
        return merge(vm, result, own);
    }
    if let Some(theirs) = table_of(other) {
        let (small, large) = if theirs.len() > own.len() { (own, theirs) } else { (theirs, own) };
        return walk(small, |key| {
            if key.is_in(vm, large)? {
                key.add_to(vm, result)?;
            }
            Ok(true)
        })
        .map(drop);
    }
    iter::each(vm, other, |key| {
        let hash = hash_key(vm, &key)?;
        if find(vm, own, &key, hash)?.is_some() {
            add_hashed(vm, result, &key, hash)?;
        }
        Ok(())
    })
}

pub fn own_table<'a>(vm: &Vm, this: &'a Object) -> Result<&'a SetTable> {
    table_of(this).ok_or_else(|| raise!(vm, TypeError, "a set is required, not '{}'", type_name(this)))
}

pub fn difference_update(vm: &Vm, table: &SetTable, other: &Object) -> Result<()> {
    if let Some(theirs) = table_of(other) {
        if std::ptr::eq(theirs, table) {
            table.clear();
            return Ok(());
        }
        walk(theirs, |key| key.leave(vm, table).map(|_| true))?;
        return vm.memory(table.tidy());
    }
    iter::each(vm, other, |key| {
        let hash = hash_key(vm, &key)?;
        remove_hashed(vm, table, &key, hash).map(drop)
    })?;
    vm.memory(table.tidy())
}

/// Adds to `result`, which is empty, what is in `table` and not in `other`.
pub fn difference(vm: &Vm, result: &SetTable, table: &SetTable, other: &Object) -> Result<()> {
    let dict = other.cast_exact::<Dict>();
    let theirs = table_of(other);
    let count = theirs.map(SetTable::len).or(dict.map(|d| d.len()));
    if count.is_none_or(|count| table.len() >> 2 > count) {
        merge(vm, result, table)?;
        return difference_update(vm, result, other);
    }
    if let Some(theirs) = theirs {
        return walk(table, |key| {
            if !key.is_in(vm, theirs)? {
                key.add_to(vm, result)?;
            }
            Ok(true)
        })
        .map(drop);
    }
    each_key(table, |key, hash| {
        let found = dict.map_or(Ok(None), |dict| dict.find_hashed(vm, key, hash))?;
        if found.is_none() {
            add_hashed(vm, result, key, hash)?;
        }
        Ok(true)
    })
    .map(drop)
}

/// Keys of `other` leave the table if they are in it and enter it if not.
pub fn toggle(vm: &Vm, table: &SetTable, other: &SetTable) -> Result<()> {
    if std::ptr::eq(table, other) {
        table.clear();
        return Ok(());
    }
    walk(other, |key| {
        if !key.leave(vm, table)? {
            key.add_to(vm, table)?;
        }
        Ok(true)
    })
    .map(drop)
}

pub fn symmetric_difference_update(vm: &Vm, table: &SetTable, other: &Object) -> Result<()> {
    match table_of(other) {
        Some(theirs) => toggle(vm, table, theirs),
        None => toggle(vm, table, &table_from(vm, other)?),
    }
}

pub fn is_subset(vm: &Vm, a: &SetTable, b: &SetTable) -> Result<bool> {
    if a.len() > b.len() {
        return Ok(false);
    }
    walk(a, |key| key.is_in(vm, b))
}

pub fn is_disjoint(vm: &Vm, table: &SetTable, other: &Object) -> Result<bool> {
    if let Some(theirs) = table_of(other) {
        if std::ptr::eq(theirs, table) {
            return Ok(table.is_empty());
        }
        let (small, large) = if theirs.len() > table.len() { (table, theirs) } else { (theirs, table) };
        return walk(small, |key| Ok(!key.is_in(vm, large)?));
    }
    let met = iter::for_each(vm, other, |key| {
        let hash = hash_key(vm, &key)?;
        Ok(match find(vm, table, &key, hash)? {
            Some(_) => std::ops::ControlFlow::Break(()),
            None => std::ops::ControlFlow::Continue(()),
        })
    })?;
    Ok(met.is_none())
}

pub fn compare(vm: &Vm, this: &Object, other: &Object, op: CompareOp) -> Result<Object> {
    let (Some(a), Some(b)) = (table_of(this), table_of(other)) else { return not_implemented(vm) };
    let equal = |vm: &Vm| {
        if a.len() != b.len() {
            return Ok(false);
        }
        if let (Some(x), Some(y)) = (this.cast::<FrozenSet>(), other.cast::<FrozenSet>())
            && x.hash.get() != -1
            && y.hash.get() != -1
            && x.hash.get() != y.hash.get()
        {
            return Ok(false);
        }
        is_subset(vm, a, b)
    };
    Ok(match op {
        CompareOp::Eq => equal(vm)?,
        CompareOp::Ne => !equal(vm)?,
        CompareOp::Le => is_subset(vm, a, b)?,
        CompareOp::Ge => is_subset(vm, b, a)?,
        CompareOp::Lt => a.len() < b.len() && is_subset(vm, a, b)?,
        CompareOp::Gt => b.len() < a.len() && is_subset(vm, b, a)?,
    }
    .object())
}

pub fn repr(vm: &Vm, this: &Object) -> Result<Object> {
    let Some(table) = table_of(this) else { return not_implemented(vm) };
    let name = type_of(this).short_name();
    if table.is_empty() {
        return Ok(Str::new(&format!("{name}()")).into_object());
    }
    let text = vm.guard_repr(this, || {
        let plain = this.is_exact::<Set>();
        let open = if plain { "{".to_owned() } else { format!("{name}({{") };
        let mut keys = Vec::new();
        each_key(table, |key, _| {
            keys.push(key.clone());
            Ok(true)
        })?;
        let mut joined = Joined::new(vm, &open)?;
        for key in &keys {
            joined.item(vm, key)?;
        }
        joined.finish(vm, if plain { "}" } else { "})" })
    })?;
    Ok(text.unwrap_or_else(|| Str::new(&format!("{name}(...)"))).into_object())
}

pub fn reduce(vm: &Vm, this: &Object) -> Result<Object> {
    let keys = List::from_vec(iter::to_vec(vm, this)?).into_object();
    let state = protocol::getattr(vm, this, vm.names().__getstate__())?;
    let state = crate::protocol::call::call(vm, &state, &[])?;
    let args = Tuple::from_slice(&[keys]).into_object();
    Ok(Tuple::from_slice(&[type_of(this).to_object(), args, state]).into_object())
}

/// The hash of a set of keys: that of CPython, which does not depend on the order.
pub fn hash_table(table: &SetTable) -> i64 {
    let shuffle = |h: u64| ((h ^ 89_869_747) ^ (h << 16)).wrapping_mul(3_644_798_167);
    let mut hash = table.hashes().fold(0, |all, hash| all ^ shuffle(hash as u64));
    hash ^= (table.len() as u64 + 1).wrapping_mul(1_927_868_237);
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
    if hash == u64::MAX { 590_923_713 } else { hash as i64 }
}
