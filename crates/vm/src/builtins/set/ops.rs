//! What sets do with each other and with iterables, on their tables.

use super::{FrozenSet, Set};
use crate::builtins::list::Joined;
use crate::object::{type_name, type_of};
use crate::prelude::*;
use crate::protocol::{iter, object as protocol};
use heap::{Look, SetTable};

/// The table of a set or frozenset, subclasses included.
#[inline]
pub fn table_of(object: &Object) -> Option<&SetTable> {
    match object.cast::<Set>() {
        Some(set) => Some(&set.table),
        None => object.cast::<FrozenSet>().map(|set| &set.table),
    }
}

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
    match table.look(hash, key.word(), key.cast_exact::<Str>().map(|text| &***text), Str::kind()) {
        Look::At(at) => Ok(Some(at)),
        Look::Absent => Ok(None),
        Look::Unknown => table.find(hash, key.word(), |other| protocol::same_or_equal(vm, other, key)),
    }
}

pub fn add_hashed(vm: &Vm, table: &SetTable, key: &Object, hash: i64) -> Result<()> {
    if find(vm, table, key, hash)?.is_none() {
        vm.memory(table.insert_new(hash, key.clone()))?;
    }
    Ok(())
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
    each_key(from, |key, hash| add_hashed(vm, to, key, hash).map(|()| true)).map(drop)
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

/// What `make` gives is of the base type of `like`: operators of subclasses give plain sets.
pub fn like(like: &Object, table: SetTable) -> Object {
    if like.is_instance_of::<FrozenSet>() { FrozenSet::make(table) } else { Set::make(table) }
}

pub fn intersection(vm: &Vm, this: &Object, other: &Object) -> Result<SetTable> {
    let own = own_table(vm, this)?;
    if this.is(other) {
        return copy_of(vm, own);
    }
    let result = SetTable::new();
    if let Some(theirs) = table_of(other) {
        let (small, large) = if theirs.len() > own.len() { (own, theirs) } else { (theirs, own) };
        each_key(small, |key, hash| {
            if find(vm, large, key, hash)?.is_some() {
                add_hashed(vm, &result, key, hash)?;
            }
            Ok(true)
        })?;
        return Ok(result);
    }
    iter::each(vm, other, |key| {
        let hash = hash_key(vm, &key)?;
        if find(vm, own, &key, hash)?.is_some() {
            add_hashed(vm, &result, &key, hash)?;
        }
        Ok(())
    })?;
    Ok(result)
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
        return each_key(theirs, |key, hash| remove_hashed(vm, table, key, hash).map(|_| true)).map(drop);
    }
    iter::each(vm, other, |key| {
        let hash = hash_key(vm, &key)?;
        remove_hashed(vm, table, &key, hash).map(drop)
    })
}

pub fn difference(vm: &Vm, table: &SetTable, other: &Object) -> Result<SetTable> {
    let dict = other.cast_exact::<Dict>();
    let theirs = table_of(other);
    let Some(count) = theirs.map(SetTable::len).or(dict.map(|d| d.len())) else {
        let copy = copy_of(vm, table)?;
        difference_update(vm, &copy, other)?;
        return Ok(copy);
    };
    if table.len() >> 2 > count {
        let copy = copy_of(vm, table)?;
        difference_update(vm, &copy, other)?;
        return Ok(copy);
    }
    let result = SetTable::new();
    each_key(table, |key, hash| {
        let found = match (theirs, dict) {
            (Some(theirs), _) => find(vm, theirs, key, hash)?.is_some(),
            (None, Some(dict)) => dict.find_hashed(vm, key, hash)?.is_some(),
            (None, None) => false,
        };
        if !found {
            add_hashed(vm, &result, key, hash)?;
        }
        Ok(true)
    })?;
    Ok(result)
}

/// Keys of `other` leave the table if they are in it and enter it if not.
pub fn toggle(vm: &Vm, table: &SetTable, other: &SetTable) -> Result<()> {
    if std::ptr::eq(table, other) {
        table.clear();
        return Ok(());
    }
    each_key(other, |key, hash| {
        if !remove_hashed(vm, table, key, hash)? {
            add_hashed(vm, table, key, hash)?;
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
    each_key(a, |key, hash| Ok(find(vm, b, key, hash)?.is_some()))
}

pub fn is_disjoint(vm: &Vm, table: &SetTable, other: &Object) -> Result<bool> {
    if let Some(theirs) = table_of(other) {
        if std::ptr::eq(theirs, table) {
            return Ok(table.is_empty());
        }
        let (small, large) = if theirs.len() > table.len() { (table, theirs) } else { (theirs, table) };
        return each_key(small, |key, hash| Ok(find(vm, large, key, hash)?.is_none()));
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
