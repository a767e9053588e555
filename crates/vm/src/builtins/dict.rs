//! `dict`, its views and iterators, and `mappingproxy`.

use crate::builtins::list::Joined;
use crate::builtins::tuple::{Recycled, TUPLE_DEPTH, equal_plainly, plain_tuple};
use crate::object::{attr, instance, slot_table, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call, iter, mapping, object as protocol};
use heap::{Look, Table};
use std::cell::Cell;

/// dict() -> new empty dictionary
/// dict(mapping) -> new dictionary initialized from a mapping object's
///     (key, value) pairs
/// dict(iterable) -> new dictionary initialized as if via:
///     d = {}
///     for k, v in iterable:
///         d[k] = v
/// dict(**kwargs) -> new dictionary initialized with the name=value pairs
///     in the keyword argument list.  For example:  dict(one=1, two=2)
#[pytype("dict", flags(BASETYPE, HAVE_GC, DICT_SUBCLASS, MAPPING, MATCH_SELF))]
pub struct Dict {
    pub head: Head,
    pub table: Table,
}

impl Dict {
    pub fn empty() -> Ref<Dict> {
        instance::alloc_static(Dict { head: Head::new(), table: Table::new() })
    }

    /// A dict around a table.
    pub fn from_table(table: Table) -> Ref<Dict> {
        instance::alloc_static(Dict { head: Head::new(), table })
    }

    /// A dict of names and values.
    pub fn from_pairs_of_names(pairs: Vec<(Object, Object)>) -> Ref<Dict> {
        let dict = Dict::empty();
        for (name, value) in pairs {
            if let Some(name) = name.cast::<Str>() {
                let at = dict.table.find_str(name.hash_value(), name, Str::kind());
                match at {
                    Some(at) => drop(dict.table.replace(at, value)),
                    None => dict.insert_fresh_name(name, value),
                }
            }
        }
        dict
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The position of a key, with its hash.
    #[inline]
    pub fn find(&self, vm: &Vm, key: &Object) -> Result<(i64, Option<usize>)> {
        let hash = match protocol::hash(vm, key) {
            Err(_) if vm.raised_is(&crate::exception::types::TypeError) => {
                return Err(crate::builtins::set::ops::unhashable(vm, key, "dict key"));
            }
            other => other?,
        };
        Ok((hash, self.look(vm, key, hash)?))
    }

    /// The position of a key whose hash is known.
    pub fn find_hashed(&self, vm: &Vm, key: &Object, hash: i64) -> Result<Option<usize>> {
        self.look(vm, key, hash)
    }

    #[inline(always)]
    fn look(&self, vm: &Vm, key: &Object, hash: i64) -> Result<Option<usize>> {
        match self.table.look(hash, key.word(), Str::text_of(key), Str::kind()) {
            Look::At(at) => Ok(Some(at)),
            Look::Absent => Ok(None),
            Look::Unknown => self.find_compared(vm, key, hash),
        }
    }

    #[inline(never)]
    fn find_compared(&self, vm: &Vm, key: &Object, hash: i64) -> Result<Option<usize>> {
        if plain_tuple(key).is_some() {
            match self.table.look_by(hash, |other| equal_plainly(other, key, TUPLE_DEPTH)) {
                Look::At(at) => return Ok(Some(at)),
                Look::Absent => return Ok(None),
                Look::Unknown => {}
            }
        }
        self.table.find(hash, |other| protocol::same_or_equal(vm, other, key))
    }

    /// The value of a key.
    #[inline]
    pub fn get(&self, vm: &Vm, key: &Object) -> Result<Option<Object>> {
        Ok(self.find(vm, key)?.1.and_then(|at| self.table.value(at)))
    }

    /// Sets the value of a key.
    pub fn set(&self, vm: &Vm, key: &Object, value: Object) -> Result<()> {
        let (hash, at) = self.find(vm, key)?;
        self.store(vm, hash, at, key, value)
    }

    #[inline]
    fn store(&self, vm: &Vm, hash: i64, at: Option<usize>, key: &Object, value: Object) -> Result<()> {
        match at {
            Some(at) => drop(self.table.replace(at, value)),
            None => {
                vm.memory(self.table.insert_new(hash, key.clone(), value))?;
            }
        }
        Ok(())
    }

    /// Removes a key and gives its value.
    pub fn remove(&self, vm: &Vm, key: &Object) -> Result<Option<Object>> {
        let (_, at) = self.find(vm, key)?;
        Ok(at.and_then(|at| self.table.remove(at)).map(|(_, value)| value))
    }

    /// The value of a name.
    #[inline]
    pub fn get_name(&self, name: &Ref<Str>) -> Option<Object> {
        self.get_name_hashed(name, name.hash_value())
    }

    /// The value of a name whose hash is known.
    #[inline]
    pub fn get_name_hashed(&self, name: &Ref<Str>, hash: i64) -> Option<Object> {
        self.table.value(self.table.find_str(hash, name, Str::kind())?)
    }

    /// Sets the value of a name.
    pub fn set_name(&self, vm: &Vm, name: &Ref<Str>, value: Object) -> Result<()> {
        if !name.is_exact_str() {
            return self.set(vm, name.as_object(), value);
        }
        let hash = name.hash_value();
        let at = self.table.find_str(hash, name, Str::kind());
        self.store(vm, hash, at, name.as_object(), value)
    }

    /// Sets the value of a name that has none.
    pub fn set_name_if_absent(&self, vm: &Vm, name: &Ref<Str>, value: Object) -> Result<()> {
        if self.get_name(name).is_none() { self.set_name(vm, name, value) } else { Ok(()) }
    }

    /// Adds a name known to be absent.
    pub fn insert_fresh_name(&self, name: &Ref<Str>, value: Object) {
        let _ = self.table.insert_new(name.hash_value(), name.to_object(), value);
    }

    /// Removes a name and gives its value.
    pub fn remove_name(&self, vm: &Vm, name: &Ref<Str>) -> Result<Option<Object>> {
        if !name.is_exact_str() {
            return self.remove(vm, name.as_object());
        }
        let at = self.table.find_str(name.hash_value(), name, Str::kind());
        Ok(at.and_then(|at| self.table.remove(at)).map(|(_, value)| value))
    }

    /// The value of a text key (for tables that the vm keeps).
    pub fn get_str(&self, vm: &Vm, name: &str) -> Option<Object> {
        self.get_name(&vm.intern(name))
    }

    /// Sets the value of a text key.
    pub fn set_str(&self, vm: &Vm, name: &str, value: Object) -> Result<()> {
        self.set_name(vm, &vm.intern(name), value)
    }

    /// A shallow copy that is exactly a dict.
    pub fn copy(&self, vm: &Vm) -> Result<Ref<Dict>> {
        Ok(Dict::from_table(vm.memory(self.table.copy())?))
    }

    /// Copies of all keys and values in order.
    pub fn to_pairs(&self) -> Vec<(Object, Object)> {
        let mut pairs = Vec::with_capacity(self.len());
        let mut at = 0;
        while let Some(i) = self.table.next(at) {
            pairs.extend(self.table.entry(i));
            at = i + 1;
        }
        pairs
    }

    pub fn keys_vec(&self) -> Vec<Object> {
        self.to_pairs().into_iter().map(|(k, _)| k).collect()
    }

    pub fn values_vec(&self) -> Vec<Object> {
        self.to_pairs().into_iter().map(|(_, v)| v).collect()
    }

    /// `self.update(other)` for a dict.
    pub fn update_from_dict(&self, vm: &Vm, other: &Dict) -> Result<()> {
        if std::ptr::eq(self, other) {
            return Ok(());
        }
        if self.is_empty() {
            self.table.swap(&vm.memory(other.table.copy())?);
            return Ok(());
        }
        let changes = other.table.changes();
        let mut at = 0;
        while let Some(i) = other.table.next(at) {
            at = i + 1;
            let Some((hash, key, value)) = other.table.entry_with_hash(i) else { continue };
            let found = self.find_hashed(vm, &key, hash)?;
            self.store(vm, hash, found, &key, value)?;
            if other.table.changes() != changes {
                bail!(vm, RuntimeError, "dict mutated during update");
            }
        }
        Ok(())
    }

    /// `dict.setdefault`.
    pub fn set_default(&self, vm: &Vm, key: &Object, default: Object) -> Result<Object> {
        let (hash, at) = self.find(vm, key)?;
        match at.and_then(|at| self.table.value(at)) {
            Some(value) => Ok(value),
            None => {
                self.store(vm, hash, None, key, default.clone())?;
                Ok(default)
            }
        }
    }

    /// What `dict.update(*args, **kwargs)` does.
    pub fn update_from_args(this: &Ref<Dict>, vm: &Vm, name: &str, args: Args<'_>) -> Result<()> {
        match args.positional() {
            [] => {}
            [source] => this.merge(vm, source)?,
            many => bail!(vm, TypeError, "{name} expected at most 1 argument, got {}", many.len()),
        }
        for (key, value) in args.keywords().iter() {
            this.set(vm, key, value.clone())?;
        }
        Ok(())
    }

    /// Takes in a mapping or an iterable of pairs.
    pub fn merge(&self, vm: &Vm, source: &Object) -> Result<()> {
        if source.is_exact::<Dict>() || mapping::has_keys(vm, source)? {
            return mapping::update(vm, self, source);
        }
        let iterator = iter::get_iter(vm, source)?;
        let mut n = 0;
        while let Some(pair) = iter::next(vm, &iterator)? {
            let items = match iter::to_vec(vm, &pair) {
                Ok(items) => items,
                Err(raised) if vm.raised_is(&crate::exception::types::TypeError) => {
                    let Some(error) = vm.take_raised() else { return Err(raised) };
                    let note = format!("Cannot convert dictionary update sequence element #{n} to a sequence");
                    // Only what has no iterator is told so; an iterator's own error stays.
                    let error =
                        if type_of(&pair).slots.iter.get().is_none() && type_of(&pair).slots.item.get().is_none() {
                            let text = Str::new("object is not iterable").into_object();
                            crate::exception::make(vm, crate::exception::types::TypeError.get(), &[text])?
                        } else {
                            error
                        };
                    crate::exception::add_note(vm, &error, Str::new(&note).as_object())?;
                    return Err(vm.restore(error));
                }
                Err(raised) => return Err(raised),
            };
            let [key, value] = &items[..] else {
                bail!(
                    vm,
                    ValueError,
                    "dictionary update sequence element #{n} has length {}; 2 is required",
                    items.len()
                );
            };
            self.set(vm, key, value.clone())?;
            n += 1;
        }
        Ok(())
    }

    fn view<T: PyType>(body: T) -> Object {
        instance::alloc_static(body).into_object()
    }
}

#[pymethods]
impl Dict {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        Ok(instance::alloc(vm, cls, Dict { head: Head::new(), table: Table::new() })?.into_object())
    }

    #[slot]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        Dict::update_from_args(this, vm, "dict", args)
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        if this.is_empty() {
            return Ok(Str::new("{}").into_object());
        }
        let text = vm.guard_repr(this.as_object(), || {
            let mut joined = Joined::new(vm, "{")?;
            let mut at = 0;
            while let Some(i) = this.table.next(at) {
                at = i + 1;
                let Some((key, value)) = this.table.entry(i) else { continue };
                joined.pair(vm, &key, &value)?;
            }
            joined.finish(vm, "}")
        })?;
        Ok(text.unwrap_or_else(|| Str::new("{...}")).into_object())
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Dict>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return not_implemented(vm);
        };
        let equal = self.equals(vm, other)?;
        Ok((equal == (op == CompareOp::Eq)).object())
    }

    #[slot]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    #[slot]
    fn contains(&self, vm: &Vm, key: &Object) -> Result<bool> {
        Ok(self.find(vm, key)?.1.is_some())
    }

    #[slot]
    fn subscript(this: &Ref<Self>, vm: &Vm, key: &Object) -> Result<Object> {
        if let Some(value) = this.get(vm, key)? {
            return Ok(value);
        }
        if !this.as_object().is_exact::<Dict>()
            && let Some(missing) = attr::lookup(type_of(this.as_object()), vm.names().__missing__())
        {
            return slot_table::call_found(vm, this.as_object(), &missing, &[key]);
        }
        Err(crate::exception::key_error(vm, key))
    }

    #[slot]
    fn ass_subscript(&self, vm: &Vm, key: &Object, value: Option<&Object>) -> Result<()> {
        match value {
            Some(value) => self.set(vm, key, value.clone()),
            None => match self.remove(vm, key)? {
                Some(_) => Ok(()),
                None => Err(crate::exception::key_error(vm, key)),
            },
        }
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        DictIter::make(this, What::Keys, false)
    }

    #[slot]
    fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (Some(left), Some(right)) = (a.cast::<Dict>(), b.cast::<Dict>()) else { return not_implemented(vm) };
        let result = left.copy(vm)?;
        result.update_from_dict(vm, right)?;
        Ok(result.into_object())
    }

    #[slot]
    fn inplace_or(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        this.merge(vm, other)?;
        Ok(this.to_object())
    }

    /// Return a reverse iterator over the dict keys.
    #[py("__reversed__()")]
    fn reversed(this: &Ref<Self>) -> Object {
        DictIter::make(this, What::Keys, true)
    }

    /// Return the size of the dict in memory.
    #[py("__sizeof__()")]
    fn sizeof(&self) -> usize {
        size_of::<Dict>() + self.table.bytes()
    }

    /// True if the dictionary has the specified key, else False.
    #[py("__contains__(key, /)")]
    fn contains_method(&self, vm: &Vm, key: &Object) -> Result<bool> {
        self.contains(vm, key)
    }

    /// Return self[key].
    #[py("__getitem__(key, /)")]
    fn getitem(this: &Ref<Self>, vm: &Vm, key: &Object) -> Result<Object> {
        Dict::subscript(this, vm, key)
    }

    /// Return the value for key if key is in the dictionary, else default.
    #[py("get(key, default=None, /)")]
    fn get_method(&self, vm: &Vm, key: &Object, default: Option<&Object>) -> Result<Object> {
        Ok(self.get(vm, key)?.unwrap_or_else(|| default.cloned().unwrap_or_else(none)))
    }

    /// Insert key with a value of default if key is not in the dictionary.
    ///
    /// Return the value for key if key is in the dictionary, else default.
    #[py("setdefault(key, default=None, /)")]
    fn setdefault(&self, vm: &Vm, key: &Object, default: Option<&Object>) -> Result<Object> {
        self.set_default(vm, key, default.cloned().unwrap_or_else(none))
    }

    /// D.pop(k[,d]) -> v, remove specified key and return the corresponding value.
    ///
    /// If the key is not found, return the default if given; otherwise,
    /// raise a KeyError.
    #[py("pop(key, default=<unrepresentable>, /)")]
    fn pop(&self, vm: &Vm, key: &Object, default: Option<&Object>) -> Result<Object> {
        if self.is_empty() {
            return default.cloned().ok_or_else(|| crate::exception::key_error(vm, key));
        }
        match (self.remove(vm, key)?, default) {
            (Some(value), _) => Ok(value),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => Err(crate::exception::key_error(vm, key)),
        }
    }

    /// Remove and return a (key, value) pair as a 2-tuple.
    ///
    /// Pairs are returned in LIFO (last-in, first-out) order.
    /// Raises KeyError if the dict is empty.
    #[py("popitem()")]
    fn popitem(&self, vm: &Vm) -> Result<Object> {
        match self.table.previous(usize::MAX).and_then(|at| self.table.remove(at)) {
            Some((key, value)) => Ok(Tuple::from_slice(&[key, value]).into_object()),
            None => Err(vm.raise_args(
                &crate::exception::types::KeyError,
                &[Str::new("popitem(): dictionary is empty").into_object()],
            )),
        }
    }

    /// Return a set-like object providing a view on the dict's keys.
    #[py("keys()")]
    fn keys(this: &Ref<Self>) -> Object {
        Dict::view(DictKeys { head: Head::new(), dict: this.clone() })
    }

    /// Return a set-like object providing a view on the dict's items.
    #[py("items()")]
    fn items(this: &Ref<Self>) -> Object {
        Dict::view(DictItems { head: Head::new(), dict: this.clone() })
    }

    /// Return an object providing a view on the dict's values.
    #[py("values()")]
    fn values(this: &Ref<Self>) -> Object {
        Dict::view(DictValues { head: Head::new(), dict: this.clone() })
    }

    /// D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.
    /// If E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]
    /// If E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v
    /// In either case, this is followed by: for k in F:  D[k] = F[k]
    #[py(raw, "update", notext)]
    fn update(vm: &Vm, args: Args<'_>) -> Result<()> {
        match args.items.first().and_then(|d| d.cast::<Dict>()) {
            Some(this) => Dict::update_from_args(this, vm, "update", args.skip_first()),
            None => Err(raise!(vm, TypeError, "unbound method dict.update() needs an argument")),
        }
    }

    /// Create a new dictionary with keys from iterable and values set to value.
    #[py("fromkeys(iterable, value=None, /)", classmethod)]
    fn fromkeys(cls: &Ref<Type>, vm: &Vm, iterable: &Object, value: Option<&Object>) -> Result<Object> {
        let value = value.cloned().unwrap_or_else(none);
        let result = call::call(vm, cls.as_object(), &[])?;
        let plain = result.cast_exact::<Dict>().cloned();
        if let Some(target) = &plain
            && let Some(hashed) = hashed_keys(iterable)
        {
            for (hash, key) in hashed {
                let at = target.find_hashed(vm, &key, hash)?;
                target.store(vm, hash, at, &key, value.clone())?;
            }
            return Ok(result);
        }
        iter::each(vm, iterable, |key| match &plain {
            Some(dict) => dict.set(vm, &key, value.clone()),
            None => protocol::setitem(vm, &result, &key, &value),
        })?;
        Ok(result)
    }

    /// Remove all items from the dict.
    #[py("clear()")]
    fn clear(&self) {
        self.table.clear();
    }

    /// Return a shallow copy of the dict.
    #[py("copy()")]
    fn copy_method(&self, vm: &Vm) -> Result<Object> {
        Ok(self.copy(vm)?.into_object())
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        crate::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), object)
    }
}

/// The keys of a set or dict with the hashes that it knows.
fn hashed_keys(object: &Object) -> Option<Vec<(i64, Object)>> {
    use crate::builtins::set::{FrozenSet, Set};
    if let Some(dict) = object.cast_exact::<Dict>() {
        let mut keys = Vec::with_capacity(dict.len());
        let mut at = 0;
        while let Some(i) = dict.table.next(at) {
            at = i + 1;
            keys.extend(dict.table.entry_with_hash(i).map(|(hash, key, _)| (hash, key)));
        }
        return Some(keys);
    }
    if !object.is_exact::<Set>() && !object.is_exact::<FrozenSet>() {
        return None;
    }
    let table = crate::builtins::set::ops::table_of(object)?;
    let mut keys = Vec::with_capacity(table.len());
    let mut at = 0;
    while let Some((slot, hash, key)) = table.next(at) {
        at = slot + 1;
        keys.push((hash, key));
    }
    Some(keys)
}

impl Dict {
    fn equals(&self, vm: &Vm, other: &Dict) -> Result<bool> {
        if self.len() != other.len() {
            return Ok(false);
        }
        let mut at = 0;
        while let Some(i) = self.table.next(at) {
            at = i + 1;
            let Some((hash, key, value)) = self.table.entry_with_hash(i) else { continue };
            let Some(theirs) = other.find_hashed(vm, &key, hash)?.and_then(|at| other.table.value(at)) else {
                return Ok(false);
            };
            if !protocol::same_or_equal(vm, &value, &theirs)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What an iterator over a dict gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    Keys,
    Values,
    Items,
}

/// The iterators over a dict and its views, in both directions.
///
/// CPython has six types; here one body serves all, and the type is chosen by what it gives.
#[pytype("dict_keyiterator", flags(HAVE_GC))]
pub struct DictIter {
    pub head: Head,
    pub dict: Field<Ref<Dict>>,
    #[untraced]
    pub what: What,
    pub reverse: bool,
    pub at: Cell<usize>,
    pub len: Cell<usize>,
    pub changes: Cell<u32>,
    pair: Recycled,
    /// Entries still to come.
    left: Cell<usize>,
}

impl DictIter {
    pub fn make(dict: &Ref<Dict>, what: What, reverse: bool) -> Object {
        instance::alloc_static(DictIter {
            head: Head::new(),
            dict: Field::some(dict.clone()),
            what,
            reverse,
            at: Cell::new(if reverse { dict.table.end() } else { 0 }),
            len: Cell::new(dict.len()),
            changes: Cell::new(dict.table.changes()),
            pair: Recycled::default(),
            left: Cell::new(dict.len()),
        })
        .into_object()
    }
}

impl DictIter {
    /// Key and value of the next entry of a dict whose keys did not change meanwhile; none too at the end, and
    /// backwards.
    ///
    /// # Safety
    /// The borrows end before anything can change the iterator or the dict.
    #[expect(unsafe_code, reason = "hands the contract on")]
    #[inline(always)]
    pub unsafe fn peek_step(&self) -> Option<(&Object, &Object)> {
        // SAFETY: as said.
        unsafe {
            let table = &self.dict.peek()?.table;
            if self.reverse || self.changes.get() != table.changes() {
                return None;
            }
            let (behind, key, value) = table.peek_next(self.at.get())?;
            self.at.set(behind);
            Some((key, value))
        }
    }

    #[expect(unsafe_code, reason = "what is looked at is cloned at once")]
    #[inline(always)]
    fn step(&self) -> Option<Object> {
        // SAFETY: cloning runs no foreign code.
        let (key, value) = unsafe { self.peek_step() }?;
        Some(match self.what {
            What::Keys => key.clone(),
            What::Values => value.clone(),
            What::Items => {
                let (key, value) = (key.clone(), value.clone());
                self.pair.pair(key, value).into_object()
            }
        })
    }
}

#[pymethods]
impl DictIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    pub fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        if let Some(value) = self.step() {
            return Ok(Some(value));
        }
        let Some(dict) = self.dict.get() else { return Ok(None) };
        let table = &dict.table;
        if self.changes.get() != table.changes() {
            if self.len.get() != usize::MAX && table.len() != self.len.get() {
                self.len.set(usize::MAX);
                bail!(vm, RuntimeError, "dictionary changed size during iteration");
            }
            if self.len.get() == usize::MAX {
                bail!(vm, RuntimeError, "dictionary changed size during iteration");
            }
            if !self.reverse {
                self.len.set(usize::MAX);
                bail!(vm, RuntimeError, "dictionary keys changed during iteration");
            }
            // Backwards CPython goes on from the place that it has reached.
            if self.left.get() == 0 && table.previous(self.at.get()).is_some() {
                bail!(vm, RuntimeError, "dictionary keys changed during iteration");
            }
        }
        let found = if self.reverse { table.previous(self.at.get()) } else { table.next(self.at.get()) };
        let Some(i) = found else {
            self.dict.set(None);
            return Ok(None);
        };
        self.at.set(if self.reverse { i } else { i + 1 });
        self.left.set(self.left.get().saturating_sub(1));
        Ok(match self.what {
            What::Keys => table.key(i),
            What::Values => table.value(i),
            What::Items => table.entry(i).map(|(k, v)| self.pair.pair(k, v).into_object()),
        })
    }

    /// Private method returning an estimate of len(list(it)).
    #[py("__length_hint__()")]
    fn length_hint(&self) -> usize {
        let Some(dict) = self.dict.get().filter(|d| d.table.changes() == self.changes.get()) else { return 0 };
        let mut left = 0;
        if self.reverse {
            let mut at = self.at.get();
            while let Some(i) = dict.table.previous(at) {
                left += 1;
                at = i;
            }
        } else {
            let mut at = self.at.get();
            while let Some(i) = dict.table.next(at) {
                left += 1;
                at = i + 1;
            }
        }
        left
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let copy = instance::alloc_static(DictIter {
            head: Head::new(),
            dict: Field::new(this.dict.get()),
            what: this.what,
            reverse: this.reverse,
            at: Cell::new(this.at.get()),
            len: Cell::new(this.len.get()),
            changes: Cell::new(this.changes.get()),
            pair: Recycled::default(),
            left: Cell::new(this.left.get()),
        });
        let list = List::from_vec(iter::to_vec(vm, copy.as_object())?);
        let args = Tuple::from_slice(&[list.into_object()]).into_object();
        Ok(Tuple::from_slice(&[crate::frame::namespace::builtin(vm, "iter")?, args]).into_object())
    }
}

/// A view of a dict's keys.
#[pytype("dict_keys", flags(HAVE_GC))]
pub struct DictKeys {
    pub head: Head,
    pub dict: Ref<Dict>,
}

/// A view of a dict's values.
#[pytype("dict_values", flags(HAVE_GC))]
pub struct DictValues {
    pub head: Head,
    pub dict: Ref<Dict>,
}

/// A view of a dict's items.
#[pytype("dict_items", flags(HAVE_GC))]
pub struct DictItems {
    pub head: Head,
    pub dict: Ref<Dict>,
}

fn view_repr(vm: &Vm, this: &Object) -> Result<Object> {
    let name = type_name(this);
    let text = vm.guard_repr(this, || {
        let list = List::from_vec(iter::to_vec(vm, this)?);
        let inner = protocol::repr(vm, list.as_object())?;
        Ok(Str::new(&format!("{name}({inner})")))
    })?;
    Ok(text.unwrap_or_else(|| Str::new("...")).into_object())
}

/// A set of what the view gives, for the set operators.
fn to_set(vm: &Vm, object: &Object) -> Result<Object> {
    // Keys go over as the dict, which says how many they are: the set gets the size that it has in CPython.
    if let Some(dict) =
        object.cast::<DictKeys>().map(|keys| &keys.dict).filter(|dict| dict.as_object().is_exact::<Dict>())
    {
        return call::call(vm, crate::builtins::set::Set::class().as_object(), &[dict.to_object()]);
    }
    call::call(vm, crate::builtins::set::Set::class().as_object(), std::slice::from_ref(object))
}

fn set_operation(vm: &Vm, a: &Object, b: &Object, method: &str) -> Result<Object> {
    let set = to_set(vm, a)?;
    call::call_method(vm, &set, &vm.intern(method), std::slice::from_ref(b))?;
    Ok(set)
}

fn is_view(object: &Object) -> bool {
    object.is_instance_of::<DictKeys>() || object.is_instance_of::<DictItems>()
}

/// `view & other`: what the smaller one has in the order of the smaller one.
fn view_and(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
    use crate::builtins::set::Set;
    let (mut view, mut other) = if is_view(a) { (a, b) } else { (b, a) };
    let len = protocol::len(vm, view)?;
    if other.is_exact::<Set>() && len <= protocol::len(vm, other)? {
        return call::call_method(vm, other, &vm.intern("intersection"), std::slice::from_ref(view));
    }
    if is_view(other) && protocol::len(vm, other)? > len {
        std::mem::swap(&mut view, &mut other);
    }
    let result = Set::from_items(vm, Vec::new())?;
    let Some(set) = result.cast::<Set>() else { return Ok(result) };
    iter::each(vm, other, |item| match crate::protocol::sequence::contains(vm, view, &item)? {
        true => set.add(vm, &item),
        false => Ok(()),
    })?;
    Ok(result)
}

/// `a.items() ^ b.items()`: first those of `b`, then what is left of `a`.
fn items_xor(vm: &Vm, a: &Ref<Dict>, b: &Ref<Dict>) -> Result<Object> {
    let left = a.copy(vm)?;
    let result = crate::builtins::set::Set::from_items(vm, Vec::new())?;
    let Some(set) = result.cast::<crate::builtins::set::Set>() else { return Ok(result) };
    for (key, value) in b.to_pairs() {
        let same = match left.get(vm, &key)? {
            Some(own) => protocol::same_or_equal(vm, &own, &value)?,
            None => false,
        };
        if same {
            left.remove(vm, &key)?;
        } else {
            set.add(vm, Tuple::pair(key, value).as_object())?;
        }
    }
    let rest = call::call_method(vm, left.as_object(), &vm.intern("items"), &[])?;
    set.extend(vm, &rest)?;
    Ok(result)
}

fn is_set_like(object: &Object) -> bool {
    object.is_instance_of::<crate::builtins::set::Set>()
        || object.is_instance_of::<crate::builtins::set::FrozenSet>()
        || object.is_instance_of::<DictKeys>()
        || object.is_instance_of::<DictItems>()
}

fn all_in(vm: &Vm, a: &Object, b: &Object) -> Result<bool> {
    for item in iter::to_vec(vm, a)? {
        if !crate::protocol::sequence::contains(vm, b, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn view_compare(vm: &Vm, a: &Object, b: &Object, op: CompareOp) -> Result<Object> {
    if !is_set_like(b) {
        return not_implemented(vm);
    }
    let (x, y) = (protocol::len(vm, a)?, protocol::len(vm, b)?);
    Ok(match op {
        CompareOp::Eq => x == y && all_in(vm, a, b)?,
        CompareOp::Ne => !(x == y && all_in(vm, a, b)?),
        CompareOp::Lt => x < y && all_in(vm, a, b)?,
        CompareOp::Le => x <= y && all_in(vm, a, b)?,
        CompareOp::Gt => x > y && all_in(vm, b, a)?,
        CompareOp::Ge => x >= y && all_in(vm, b, a)?,
    }
    .object())
}

macro_rules! view_methods {
    ($view:ident, $what:expr, { $($more:tt)* }) => {
        #[pymethods]
        impl $view {
            #[slot]
            fn len(&self) -> usize {
                self.dict.len()
            }

            #[slot]
            fn repr(this: &Object, vm: &Vm) -> Result<Object> {
                view_repr(vm, this)
            }

            #[slot]
            fn iter(&self) -> Object {
                DictIter::make(&self.dict, $what, false)
            }

            /// Return a reverse iterator over the dict view.
            #[py("__reversed__()")]
            fn reversed(&self) -> Object {
                DictIter::make(&self.dict, $what, true)
            }

            /// dictionary that this view refers to
            #[getter("mapping")]
            fn mapping(&self) -> Object {
                DictProxy::make(self.dict.as_object())
            }

            $($more)*
        }
    };
}

view_methods!(DictValues, What::Values, {});

macro_rules! set_view_methods {
    ($view:ident, $what:expr, $contains:item) => {
        view_methods!($view, $what, {
            #[slot]
            $contains

            #[slot]
            fn richcompare(this: &Object, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
                view_compare(vm, this, other, op)
            }

            #[slot]
            fn and(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                view_and(vm, a, b)
            }

            #[slot]
            fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                set_operation(vm, a, b, "update")
            }

            #[slot]
            fn xor(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                if let (Some(a), Some(b)) = (a.cast::<DictItems>(), b.cast::<DictItems>()) {
                    return items_xor(vm, &a.dict, &b.dict);
                }
                set_operation(vm, a, b, "symmetric_difference_update")
            }

            #[slot]
            fn sub(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                set_operation(vm, a, b, "difference_update")
            }

            /// Return True if the view and the given iterable have a null intersection.
            #[py("isdisjoint(object, /)")]
            fn isdisjoint(this: &Object, vm: &Vm, object: &Object) -> Result<bool> {
                for item in iter::to_vec(vm, object)? {
                    if crate::protocol::sequence::contains(vm, this, &item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        });
    };
}

set_view_methods!(
    DictKeys,
    What::Keys,
    fn contains(&self, vm: &Vm, key: &Object) -> Result<bool> {
        self.dict.contains(vm, key)
    }
);
set_view_methods!(
    DictItems,
    What::Items,
    fn contains(&self, vm: &Vm, item: &Object) -> Result<bool> {
        let Some(pair) = item.cast::<Tuple>().filter(|t| t.len() == 2) else { return Ok(false) };
        match self.dict.get(vm, &pair.items()[0])? {
            Some(value) => protocol::same_or_equal(vm, &value, &pair.items()[1]),
            None => Ok(false),
        }
    }
);

/// Read-only proxy of a mapping.
#[pytype("mappingproxy", flags(HAVE_GC, MAPPING))]
pub struct DictProxy {
    pub head: Head,
    pub mapping: Object,
}

impl DictProxy {
    pub fn make(mapping: &Object) -> Object {
        instance::alloc_static(DictProxy { head: Head::new(), mapping: mapping.clone() }).into_object()
    }
}

#[pymethods]
impl DictProxy {
    #[slot("(mapping)")]
    fn new(cls: &Ref<Type>, vm: &Vm, mapping: &Object) -> Result<Object> {
        let _ = cls;
        if !mapping::is_mapping(mapping) || mapping.is_instance_of::<List>() || mapping.is_instance_of::<Tuple>() {
            bail!(vm, TypeError, "mappingproxy() argument must be a mapping, not {}", type_name(mapping));
        }
        Ok(DictProxy::make(mapping))
    }

    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        Ok(format!("mappingproxy({})", protocol::repr(vm, &self.mapping)?))
    }

    #[slot]
    fn str(&self, vm: &Vm) -> Result<Object> {
        Ok(protocol::str(vm, &self.mapping)?.into_object())
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        protocol::hash(vm, &self.mapping)
    }

    #[slot]
    fn len(&self, vm: &Vm) -> Result<usize> {
        protocol::len(vm, &self.mapping)
    }

    #[slot]
    fn subscript(&self, vm: &Vm, key: &Object) -> Result<Object> {
        protocol::getitem(vm, &self.mapping, key)
    }

    #[slot]
    fn contains(&self, vm: &Vm, key: &Object) -> Result<bool> {
        crate::protocol::sequence::contains(vm, &self.mapping, key)
    }

    #[slot]
    fn iter(&self, vm: &Vm) -> Result<Object> {
        iter::get_iter(vm, &self.mapping)
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        protocol::compare(vm, &self.mapping, other, op)
    }

    #[slot]
    fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let plain = |o: &Object| o.cast::<DictProxy>().map_or_else(|| o.clone(), |p| p.mapping.clone());
        crate::protocol::number::or(vm, &plain(a), &plain(b))
    }

    #[slot]
    fn inplace_or(&self, vm: &Vm, _other: &Object) -> Result<Object> {
        Err(raise!(vm, TypeError, "'|=' is not supported by mappingproxy; use '|' instead"))
    }

    /// Return the value for key if key is in the mapping, else default.
    #[py("get(key, default=None, /)")]
    fn get(&self, vm: &Vm, key: &Object, default: Option<&Object>) -> Result<Object> {
        let default = default.cloned().unwrap_or_else(none);
        call::call_method(vm, &self.mapping, vm.names().get(), &[key.clone(), default])
    }

    /// a set-like object providing a view on D's keys
    #[py("keys()")]
    fn keys(&self, vm: &Vm) -> Result<Object> {
        call::call_method(vm, &self.mapping, vm.names().keys(), &[])
    }

    /// an object providing a view on D's values
    #[py("values()")]
    fn values(&self, vm: &Vm) -> Result<Object> {
        call::call_method(vm, &self.mapping, vm.names().values(), &[])
    }

    /// a set-like object providing a view on D's items
    #[py("items()")]
    fn items(&self, vm: &Vm) -> Result<Object> {
        call::call_method(vm, &self.mapping, vm.names().items(), &[])
    }

    /// D.copy() -> a shallow copy of D
    #[py("copy()")]
    fn copy(&self, vm: &Vm) -> Result<Object> {
        call::call_method(vm, &self.mapping, vm.names().copy(), &[])
    }

    /// Return a reverse iterator over the mapping's keys.
    #[py("__reversed__()")]
    fn reversed(&self, vm: &Vm) -> Result<Object> {
        call::call_method(vm, &self.mapping, vm.names().__reversed__(), &[])
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        crate::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), object)
    }
}
