//! `set`, `frozenset` and their iterator.

use crate::builtins::list::Joined;
use crate::object::{instance, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{iter, object as protocol};
use heap::SetTable;
use std::cell::Cell;

/// Build an unordered collection of unique elements.
#[pytype("set", flags(BASETYPE, HAVE_GC, MATCH_SELF, MANAGED_WEAKREF))]
pub struct Set {
    pub head: Head,
    pub table: SetTable,
}

/// Build an immutable unordered collection of unique elements.
#[pytype("frozenset", flags(BASETYPE, HAVE_GC, MATCH_SELF, MANAGED_WEAKREF))]
pub struct FrozenSet {
    pub head: Head,
    pub table: SetTable,
    /// -1 before it was asked for.
    pub hash: Cell<i64>,
}

/// The table of a set or frozenset, subclasses included.
#[inline]
pub fn table_of(object: &Object) -> Option<&SetTable> {
    match object.cast::<Set>() {
        Some(set) => Some(&set.table),
        None => object.cast::<FrozenSet>().map(|set| &set.table),
    }
}

fn hash_key(vm: &Vm, key: &Object) -> Result<i64> {
    match protocol::hash(vm, key) {
        Err(_) if vm.raised_is(&crate::exception::types::TypeError) => Err(unhashable(vm, key)),
        other => other,
    }
}

#[cold]
fn unhashable(vm: &Vm, key: &Object) -> Raised {
    let Some(error) = vm.take_raised() else { return Raised };
    if !type_of(&error).is(crate::exception::types::TypeError.get()) {
        return vm.restore(error);
    }
    match protocol::str(vm, &error).and_then(|text| Ok((text, crate::builtins::type_::full_name(vm, type_of(key))?))) {
        Ok((text, name)) => raise!(vm, TypeError, "cannot use '{name}' as a set element ({text})"),
        Err(raised) => raised,
    }
}

fn find(vm: &Vm, table: &SetTable, key: &Object, hash: i64) -> Result<Option<usize>> {
    table.find(hash, key.word(), |other| protocol::same_or_equal(vm, other, key))
}

fn add_hashed(vm: &Vm, table: &SetTable, key: &Object, hash: i64) -> Result<()> {
    if find(vm, table, key, hash)?.is_none() {
        vm.memory(table.insert_new(hash, key.clone()))?;
    }
    Ok(())
}

fn add_key(vm: &Vm, table: &SetTable, key: &Object) -> Result<()> {
    add_hashed(vm, table, key, hash_key(vm, key)?)
}

fn remove_hashed(vm: &Vm, table: &SetTable, key: &Object, hash: i64) -> Result<bool> {
    let at = find(vm, table, key, hash)?;
    Ok(at.and_then(|at| table.remove(at)).is_some())
}

/// Runs `f` with the key, or, where that is a set and so cannot be hashed, with a frozenset of its elements.
fn with_key<R>(vm: &Vm, key: &Object, f: impl Fn(&Object, i64) -> Result<R>) -> Result<R> {
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
fn each_key(table: &SetTable, mut each: impl FnMut(&Object, i64) -> Result<bool>) -> Result<bool> {
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
fn merge(vm: &Vm, to: &SetTable, from: &SetTable) -> Result<()> {
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
fn update(vm: &Vm, to: &SetTable, iterable: &Object) -> Result<()> {
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
fn table_from(vm: &Vm, iterable: &Object) -> Result<SetTable> {
    let table = SetTable::new();
    update(vm, &table, iterable)?;
    Ok(table)
}

fn copy_of(vm: &Vm, table: &SetTable) -> Result<SetTable> {
    let copy = SetTable::new();
    merge(vm, &copy, table)?;
    Ok(copy)
}

/// What `make` gives is of the base type of `like`: operators of subclasses give plain sets.
fn like(like: &Object, table: SetTable) -> Object {
    if like.is_instance_of::<FrozenSet>() { FrozenSet::make(table) } else { Set::make(table) }
}

fn intersection(vm: &Vm, this: &Object, other: &Object) -> Result<SetTable> {
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

fn own_table<'a>(vm: &Vm, this: &'a Object) -> Result<&'a SetTable> {
    table_of(this).ok_or_else(|| raise!(vm, TypeError, "a set is required, not '{}'", type_name(this)))
}

fn difference_update(vm: &Vm, table: &SetTable, other: &Object) -> Result<()> {
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

fn difference(vm: &Vm, table: &SetTable, other: &Object) -> Result<SetTable> {
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
fn toggle(vm: &Vm, table: &SetTable, other: &SetTable) -> Result<()> {
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

fn symmetric_difference_update(vm: &Vm, table: &SetTable, other: &Object) -> Result<()> {
    match table_of(other) {
        Some(theirs) => toggle(vm, table, theirs),
        None => toggle(vm, table, &table_from(vm, other)?),
    }
}

fn is_subset(vm: &Vm, a: &SetTable, b: &SetTable) -> Result<bool> {
    if a.len() > b.len() {
        return Ok(false);
    }
    each_key(a, |key, hash| Ok(find(vm, b, key, hash)?.is_some()))
}

fn is_disjoint(vm: &Vm, table: &SetTable, other: &Object) -> Result<bool> {
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

fn compare(vm: &Vm, this: &Object, other: &Object, op: CompareOp) -> Result<Object> {
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

fn repr(vm: &Vm, this: &Object) -> Result<Object> {
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

fn reduce(vm: &Vm, this: &Object) -> Result<Object> {
    let keys = List::from_vec(iter::to_vec(vm, this)?).into_object();
    let state = protocol::getattr(vm, this, vm.names().__getstate__())?;
    let state = crate::protocol::call::call(vm, &state, &[])?;
    let args = Tuple::from_slice(&[keys]).into_object();
    Ok(Tuple::from_slice(&[type_of(this).to_object(), args, state]).into_object())
}

impl Set {
    /// A set around a table.
    pub fn make(table: SetTable) -> Object {
        instance::alloc_static(Set { head: Head::new(), table }).into_object()
    }

    /// A set of these items.
    pub fn from_items(vm: &Vm, items: Vec<Object>) -> Result<Object> {
        let table = SetTable::new();
        for item in &items {
            add_key(vm, &table, item)?;
        }
        Ok(Set::make(table))
    }

    pub fn add(&self, vm: &Vm, key: &Object) -> Result<()> {
        add_key(vm, &self.table, key)
    }

    /// `key in self`.
    pub fn contains_key(&self, vm: &Vm, key: &Object) -> Result<bool> {
        with_key(vm, key, |key, hash| Ok(find(vm, &self.table, key, hash)?.is_some()))
    }

    /// `self.update(iterable)`.
    pub fn extend(&self, vm: &Vm, iterable: &Object) -> Result<()> {
        update(vm, &self.table, iterable)
    }

    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

impl FrozenSet {
    /// A frozenset around a table.
    pub fn make(table: SetTable) -> Object {
        instance::alloc_static(FrozenSet { head: Head::new(), table, hash: Cell::new(-1) }).into_object()
    }

    /// A frozenset of these items.
    pub fn from_items(vm: &Vm, items: Vec<Object>) -> Result<Object> {
        let table = SetTable::new();
        for item in &items {
            add_key(vm, &table, item)?;
        }
        Ok(FrozenSet::make(table))
    }

    /// `key in self`.
    pub fn contains_key(&self, vm: &Vm, key: &Object) -> Result<bool> {
        with_key(vm, key, |key, hash| Ok(find(vm, &self.table, key, hash)?.is_some()))
    }
}

macro_rules! shared_methods {
    ($kind:ident, $generic:literal, { $($more:tt)* }) => {
        #[pymethods]
        impl $kind {
            #[slot]
            fn repr(this: &Object, vm: &Vm) -> Result<Object> {
                repr(vm, this)
            }

            #[slot]
            fn richcompare(this: &Object, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
                compare(vm, this, other, op)
            }

            #[slot]
            pub fn len(&self) -> usize {
                self.table.len()
            }

            #[slot]
            fn contains(&self, vm: &Vm, key: &Object) -> Result<bool> {
                self.contains_key(vm, key)
            }

            #[slot]
            fn iter(this: &Object) -> Object {
                SetIter::make(this)
            }

            #[slot]
            fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                let (Some(x), Some(y)) = (table_of(a), table_of(b)) else { return not_implemented(vm) };
                let result = copy_of(vm, x)?;
                merge(vm, &result, y)?;
                Ok(like(a, result))
            }

            #[slot]
            fn and(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                let (Some(_), Some(_)) = (table_of(a), table_of(b)) else { return not_implemented(vm) };
                Ok(like(a, intersection(vm, a, b)?))
            }

            #[slot]
            fn sub(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                let (Some(x), Some(_)) = (table_of(a), table_of(b)) else { return not_implemented(vm) };
                Ok(like(a, difference(vm, x, b)?))
            }

            #[slot]
            fn xor(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                let (Some(x), Some(y)) = (table_of(a), table_of(b)) else { return not_implemented(vm) };
                let result = copy_of(vm, y)?;
                toggle(vm, &result, x)?;
                Ok(like(a, result))
            }

            /// x.__contains__(y) <==> y in x.
            #[py("__contains__(object, /)")]
            fn contains_method(&self, vm: &Vm, object: &Object) -> Result<bool> {
                self.contains_key(vm, object)
            }

            /// Return True if two sets have a null intersection.
            #[py("isdisjoint(other, /)")]
            fn isdisjoint(&self, vm: &Vm, other: &Object) -> Result<bool> {
                is_disjoint(vm, &self.table, other)
            }

            /// Report whether another set contains this set.
            #[py("issubset(other, /)")]
            fn issubset(&self, vm: &Vm, other: &Object) -> Result<bool> {
                match table_of(other) {
                    Some(theirs) => is_subset(vm, &self.table, theirs),
                    None => is_subset(vm, &self.table, &table_from(vm, other)?),
                }
            }

            /// Report whether this set contains another set.
            #[py("issuperset(other, /)")]
            fn issuperset(&self, vm: &Vm, other: &Object) -> Result<bool> {
                if let Some(theirs) = table_of(other) {
                    return is_subset(vm, theirs, &self.table);
                }
                let missing = iter::for_each(vm, other, |key| {
                    let hash = hash_key(vm, &key)?;
                    Ok(match find(vm, &self.table, &key, hash)? {
                        Some(_) => std::ops::ControlFlow::Continue(()),
                        None => std::ops::ControlFlow::Break(()),
                    })
                })?;
                Ok(missing.is_none())
            }

            /// Return a new set with elements from the set and all others.
            #[py("union(*others)")]
            fn union(this: &Object, vm: &Vm, others: &[Object]) -> Result<Object> {
                let result = copy_of(vm, own_table(vm, this)?)?;
                for other in others {
                    update(vm, &result, other)?;
                }
                Ok(like(this, result))
            }

            /// Return a new set with elements common to the set and all others.
            #[py("intersection(*others)")]
            fn intersection(this: &Object, vm: &Vm, others: &[Object]) -> Result<Object> {
                let mut result = like(this, SetTable::new());
                let Some((first, rest)) = others.split_first() else {
                    return Ok(like(this, copy_of(vm, own_table(vm, this)?)?));
                };
                own_table(vm, &result)?.swap(&intersection(vm, this, first)?);
                for other in rest {
                    let next = intersection(vm, &result, other)?;
                    result = like(this, next);
                }
                Ok(result)
            }

            /// Return a new set with elements in the set that are not in the others.
            #[py("difference(*others)")]
            fn difference(this: &Object, vm: &Vm, others: &[Object]) -> Result<Object> {
                let table = own_table(vm, this)?;
                let Some((first, rest)) = others.split_first() else { return Ok(like(this, copy_of(vm, table)?)) };
                let result = difference(vm, table, first)?;
                for other in rest {
                    difference_update(vm, &result, other)?;
                }
                Ok(like(this, result))
            }

            /// Return a new set with elements in either the set or other but not both.
            #[py("symmetric_difference(other, /)")]
            fn symmetric_difference(this: &Object, vm: &Vm, other: &Object) -> Result<Object> {
                let result = table_from(vm, other)?;
                toggle(vm, &result, own_table(vm, this)?)?;
                Ok(like(this, result))
            }

            /// Return state information for pickling.
            #[py("__reduce__()")]
            fn reduce(this: &Object, vm: &Vm) -> Result<Object> {
                reduce(vm, this)
            }

            /// S.__sizeof__() -> size of S in memory, in bytes.
            #[py("__sizeof__()")]
            fn sizeof(&self) -> usize {
                200 + self.table.bytes()
            }

            #[doc = $generic]
            #[py("__class_getitem__(object, /)", classmethod)]
            fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
                crate::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), object)
            }

            $($more)*
        }
    };
}

shared_methods!(Set, "sets are generic over the type of their elements", {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        Ok(instance::alloc(vm, cls, Set { head: Head::new(), table: SetTable::new() })?.into_object())
    }

    #[slot("(iterable=(), /)")]
    fn init(&self, vm: &Vm, iterable: Option<&Object>) -> Result<()> {
        self.table.clear();
        match iterable {
            Some(iterable) => update(vm, &self.table, iterable),
            None => Ok(()),
        }
    }

    #[slot]
    fn inplace_or(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        let Some(theirs) = table_of(other) else { return not_implemented(vm) };
        merge(vm, &this.table, theirs)?;
        Ok(this.to_object())
    }

    #[slot]
    fn inplace_and(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        if table_of(other).is_none() {
            return not_implemented(vm);
        }
        let result = intersection(vm, this.as_object(), other)?;
        this.table.swap(&result);
        Ok(this.to_object())
    }

    #[slot]
    fn inplace_sub(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        if table_of(other).is_none() {
            return not_implemented(vm);
        }
        difference_update(vm, &this.table, other)?;
        Ok(this.to_object())
    }

    #[slot]
    fn inplace_xor(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        let Some(theirs) = table_of(other) else { return not_implemented(vm) };
        toggle(vm, &this.table, theirs)?;
        Ok(this.to_object())
    }

    /// Add an element to a set.
    ///
    /// This has no effect if the element is already present.
    #[py("add(object, /)")]
    fn add_method(&self, vm: &Vm, object: &Object) -> Result<()> {
        self.add(vm, object)
    }

    /// Remove all elements from this set.
    #[py("clear()")]
    fn clear(&self) {
        self.table.clear();
    }

    /// Return a shallow copy of a set.
    #[py("copy()")]
    fn copy(&self, vm: &Vm) -> Result<Object> {
        Ok(Set::make(copy_of(vm, &self.table)?))
    }

    /// Remove an element from a set if it is a member.
    ///
    /// Unlike set.remove(), the discard() method does not raise
    /// an exception when an element is missing from the set.
    #[py("discard(object, /)")]
    fn discard(&self, vm: &Vm, object: &Object) -> Result<()> {
        with_key(vm, object, |key, hash| remove_hashed(vm, &self.table, key, hash).map(drop))
    }

    /// Remove an element from a set; it must be a member.
    ///
    /// If the element is not a member, raise a KeyError.
    #[py("remove(object, /)")]
    fn remove(&self, vm: &Vm, object: &Object) -> Result<()> {
        if with_key(vm, object, |key, hash| remove_hashed(vm, &self.table, key, hash))? {
            return Ok(());
        }
        Err(crate::exception::key_error(vm, object))
    }

    /// Remove and return an arbitrary set element.
    ///
    /// Raises KeyError if the set is empty.
    #[py("pop()")]
    fn pop(&self, vm: &Vm) -> Result<Object> {
        self.table.pop().ok_or_else(|| raise!(vm, KeyError, "pop from an empty set"))
    }

    /// Update the set, adding elements from all others.
    #[py("update(*others)")]
    fn update(&self, vm: &Vm, others: &[Object]) -> Result<()> {
        others.iter().try_for_each(|other| update(vm, &self.table, other))
    }

    /// Update the set, removing elements found in others.
    #[py("difference_update(*others)")]
    fn difference_update(&self, vm: &Vm, others: &[Object]) -> Result<()> {
        others.iter().try_for_each(|other| difference_update(vm, &self.table, other))
    }

    /// Update the set, keeping only elements found in it and all others.
    #[py("intersection_update(*others)")]
    fn intersection_update(this: &Ref<Self>, vm: &Vm, others: &[Object]) -> Result<()> {
        let result = Set::intersection(this.as_object(), vm, others)?;
        this.table.swap(own_table(vm, &result)?);
        Ok(())
    }

    /// Update the set, keeping only elements found in either set, but not in both.
    #[py("symmetric_difference_update(other, /)")]
    fn symmetric_difference_update(&self, vm: &Vm, other: &Object) -> Result<()> {
        symmetric_difference_update(vm, &self.table, other)
    }
});

shared_methods!(FrozenSet, "frozensets are generic over the type of their elements", {
    #[slot("(iterable=(), /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, iterable: Option<&Object>) -> Result<Object> {
        if cls.is(FrozenSet::class())
            && let Some(same) = iterable.filter(|i| i.is_exact::<FrozenSet>())
        {
            return Ok(same.clone());
        }
        let table = iterable.map_or(Ok(SetTable::new()), |i| table_from(vm, i))?;
        Ok(instance::alloc(vm, cls, FrozenSet { head: Head::new(), table, hash: Cell::new(-1) })?.into_object())
    }

    #[slot]
    fn hash(&self) -> i64 {
        if self.hash.get() == -1 {
            self.hash.set(hash_table(&self.table));
        }
        self.hash.get()
    }

    /// Return a shallow copy of a set.
    #[py("copy()")]
    fn copy(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        if this.as_object().is_exact::<FrozenSet>() {
            return Ok(this.to_object());
        }
        Ok(FrozenSet::make(copy_of(vm, &this.table)?))
    }
});

/// The hash of a set of keys: that of CPython, which does not depend on the order.
fn hash_table(table: &SetTable) -> i64 {
    let shuffle = |h: u64| ((h ^ 89_869_747) ^ (h << 16)).wrapping_mul(3_644_798_167);
    let mut hash = table.hashes().fold(0, |all, hash| all ^ shuffle(hash as u64));
    hash ^= (table.len() as u64 + 1).wrapping_mul(1_927_868_237);
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
    if hash == u64::MAX { 590_923_713 } else { hash as i64 }
}

/// The iterator over a set or frozenset.
#[pytype("set_iterator", doc = "", flags(HAVE_GC))]
pub struct SetIter {
    pub head: Head,
    pub set: Field<Object>,
    pub at: Cell<usize>,
    pub len: Cell<usize>,
}

impl SetIter {
    /// An iterator over a set or frozenset.
    pub fn make(set: &Object) -> Object {
        let len = table_of(set).map_or(0, SetTable::len);
        instance::alloc_static(SetIter {
            head: Head::new(),
            set: Field::some(set.clone()),
            at: Cell::new(0),
            len: Cell::new(len),
        })
        .into_object()
    }
}

#[pymethods]
impl SetIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    pub fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(set) = self.set.get() else { return Ok(None) };
        let Some(table) = table_of(&set) else { return Ok(None) };
        if table.len() != self.len.get() {
            self.len.set(usize::MAX);
            bail!(vm, RuntimeError, "Set changed size during iteration");
        }
        match table.next(self.at.get()) {
            Some((slot, _, key)) => {
                self.at.set(slot + 1);
                Ok(Some(key))
            }
            None => {
                self.set.set(None);
                Ok(None)
            }
        }
    }

    /// Private method returning an estimate of len(list(it)).
    #[py("__length_hint__()")]
    fn length_hint(&self) -> usize {
        let Some(set) = self.set.get() else { return 0 };
        let Some(table) = table_of(&set).filter(|t| t.len() == self.len.get()) else { return 0 };
        let (mut n, mut at) = (0, self.at.get());
        while let Some((slot, ..)) = table.next(at) {
            n += 1;
            at = slot + 1;
        }
        n
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        let copy = SetIter {
            head: Head::new(),
            set: Field::new(self.set.get()),
            at: Cell::new(self.at.get()),
            len: Cell::new(self.len.get()),
        };
        let copy = instance::alloc_static(copy);
        let list = List::from_vec(iter::to_vec(vm, copy.as_object())?).into_object();
        let args = Tuple::from_slice(&[list]).into_object();
        Ok(Tuple::from_slice(&[crate::modules::builtins_get(vm, "iter"), args]).into_object())
    }
}
