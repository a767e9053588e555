//! `set`, `frozenset` and their iterator.

pub mod ops;

pub use ops::table_of;

use crate::object::instance;
use crate::prelude::*;
use crate::protocol::iter;
use heap::SetTable;
use ops::{
    add_key, compare, copy_of, difference, difference_update, filled_like, find, hash_key, hash_table, intersection,
    is_disjoint, is_subset, merge, own_table, reduce, remove_hashed, repr, symmetric_difference_update, table_from,
    toggle, update, with_key,
};
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
                filled_like(vm, a, |result| {
                    merge(vm, result, x)?;
                    merge(vm, result, y)
                })
            }

            #[slot]
            fn and(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                let (Some(_), Some(_)) = (table_of(a), table_of(b)) else { return not_implemented(vm) };
                filled_like(vm, a, |result| intersection(vm, result, a, b))
            }

            #[slot]
            fn sub(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                let (Some(x), Some(_)) = (table_of(a), table_of(b)) else { return not_implemented(vm) };
                filled_like(vm, a, |result| difference(vm, result, x, b))
            }

            #[slot]
            fn xor(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                let (Some(x), Some(y)) = (table_of(a), table_of(b)) else { return not_implemented(vm) };
                filled_like(vm, a, |result| {
                    merge(vm, result, y)?;
                    toggle(vm, result, x)
                })
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
                filled_like(vm, this, |result| {
                    merge(vm, result, own_table(vm, this)?)?;
                    others.iter().try_for_each(|other| update(vm, result, other))
                })
            }

            /// Return a new set with elements common to the set and all others.
            #[py("intersection(*others)")]
            fn intersection(this: &Object, vm: &Vm, others: &[Object]) -> Result<Object> {
                let Some((first, rest)) = others.split_first() else {
                    return filled_like(vm, this, |result| merge(vm, result, own_table(vm, this)?));
                };
                let mut common = filled_like(vm, this, |result| intersection(vm, result, this, first))?;
                for other in rest {
                    common = filled_like(vm, this, |result| intersection(vm, result, &common, other))?;
                }
                Ok(common)
            }

            /// Return a new set with elements in the set that are not in the others.
            #[py("difference(*others)")]
            fn difference(this: &Object, vm: &Vm, others: &[Object]) -> Result<Object> {
                let table = own_table(vm, this)?;
                let Some((first, rest)) = others.split_first() else {
                    return filled_like(vm, this, |result| merge(vm, result, table));
                };
                filled_like(vm, this, |result| {
                    difference(vm, result, table, first)?;
                    rest.iter().try_for_each(|other| difference_update(vm, result, other))
                })
            }

            /// Return a new set with elements in either the set or other but not both.
            #[py("symmetric_difference(other, /)")]
            fn symmetric_difference(this: &Object, vm: &Vm, other: &Object) -> Result<Object> {
                filled_like(vm, this, |result| {
                    update(vm, result, other)?;
                    toggle(vm, result, own_table(vm, this)?)
                })
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

    // Unlike other types' it refuses keywords for every subclass.
    #[slot(raw, "(iterable=(), /)")]
    fn init(&self, vm: &Vm, args: Args<'_>) -> Result<()> {
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "set() takes no keyword arguments");
        }
        if args.items.len() > 1 {
            bail!(vm, TypeError, "set expected at most 1 argument, got {}", args.items.len());
        }
        self.table.clear();
        match args.items.first() {
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
        let result = SetTable::new();
        intersection(vm, &result, this.as_object(), other)?;
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

impl SetIter {
    /// The next key of a set whose size did not change meanwhile.
    #[expect(unsafe_code, reason = "the set is let go of by nobody while a key is cloned")]
    #[inline(always)]
    pub fn step(&self) -> Option<Object> {
        // SAFETY: cloning a key runs no foreign code.
        unsafe {
            let table = table_of(self.set.peek()?)?;
            if table.len() != self.len.get() {
                return None;
            }
            let Some((behind, _, key)) = table.peek_next(self.at.get()) else {
                // Whoever asks further finds the end at once.
                self.at.set(table.slots());
                return None;
            };
            let key = key.clone();
            self.at.set(behind);
            Some(key)
        }
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
        if let Some(key) = self.step() {
            return Ok(Some(key));
        }
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
        Ok(Tuple::from_slice(&[crate::frame::namespace::builtin(vm, "iter")?, args]).into_object())
    }
}
