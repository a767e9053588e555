//! `OrderedDict`. A dict keeps its order itself; what is added is moving a key to either end, comparing with the order,
//! and iterators that notice every change of it.

use std::cell::Cell;
use vm::builtins::dict::{DictItems, DictKeys, DictValues, What};
use vm::exception::{key_error, types};
use vm::heap::Table;
use vm::object::{attr, instance, type_of};
use vm::prelude::*;
use vm::protocol::{call, iter, mapping, object as protocol, sequence};

/// Dictionary that remembers insertion order
#[pytype(
    "OrderedDict",
    base = Dict,
    flags(BASETYPE, HAVE_GC, MANAGED_DICT, MANAGED_WEAKREF),
    module = "collections"
)]
pub struct OrderedDict {
    pub base: Dict,
}

fn as_dict<T>(this: &Ref<T>) -> &Ref<Dict> {
    this.as_object().cast::<Dict>().expect("an OrderedDict is a dict")
}

/// Whether the class sets items as dict does, so that items can be put in directly.
fn sets_plainly(vm: &Vm, object: &Object) -> bool {
    match (
        attr::lookup(type_of(object), vm.names().__setitem__()),
        attr::lookup(Dict::class(), vm.names().__setitem__()),
    ) {
        (Some(a), Some(b)) => a.is(&b),
        _ => false,
    }
}

/// The pairs of one iterable of pairs, set one by one.
fn set_pairs(vm: &Vm, target: &Object, pairs: &Object) -> Result<()> {
    iter::each(vm, pairs, |pair| {
        let iterator = iter::get_iter(vm, &pair)?;
        let Some(key) = iter::next(vm, &iterator)? else { bail!(vm, ValueError, "need more than 0 values to unpack") };
        let Some(value) = iter::next(vm, &iterator)? else { bail!(vm, ValueError, "need more than 1 value to unpack") };
        if iter::next(vm, &iterator)?.is_some() {
            bail!(vm, ValueError, "too many values to unpack (expected 2)");
        }
        protocol::setitem(vm, target, &key, &value)
    })
}

/// Takes a mapping or an iterable of pairs in, through the class's own `__setitem__`.
fn update_from(vm: &Vm, target: &Object, source: &Object) -> Result<()> {
    if source.is_exact::<Dict>()
        && let Some(dict) = source.cast::<Dict>()
    {
        if sets_plainly(vm, target)
            && let Some(target) = target.cast::<Dict>()
        {
            return target.update_from_dict(vm, dict);
        }
        for (key, value) in dict.to_pairs() {
            protocol::setitem(vm, target, &key, &value)?;
        }
        return Ok(());
    }
    if mapping::has_keys(vm, source)? {
        let keys = call::call_method(vm, source, vm.names().keys(), &[])?;
        return iter::each(vm, &keys, |key| {
            let value = protocol::getitem(vm, source, &key)?;
            protocol::setitem(vm, target, &key, &value)
        });
    }
    if let Some(items) = attr::getattr_opt(vm, source, vm.names().items())? {
        let items = call::call(vm, &items, &[])?;
        return set_pairs(vm, target, &items);
    }
    set_pairs(vm, target, source)
}

fn update_from_args(vm: &Vm, target: &Object, args: Args<'_>, too_many: impl Fn(usize) -> String) -> Result<()> {
    match args.positional() {
        [] => {}
        [source] => update_from(vm, target, source)?,
        many => bail!(vm, TypeError, "{}", too_many(many.len())),
    }
    for (key, value) in args.keywords().iter() {
        protocol::setitem(vm, target, key, value)?;
    }
    Ok(())
}

#[pymethods]
impl OrderedDict {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let base = Dict { head: Head::new(), table: Table::new() };
        Ok(instance::alloc(vm, cls, OrderedDict { base })?.into_object())
    }

    #[slot]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        update_from_args(vm, this.as_object(), args, |n| format!("expected at most 1 argument, got {n}"))
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let name = type_of(this.as_object()).short_name();
        if this.base.is_empty() {
            return Ok(Str::new(&format!("{name}()")).into_object());
        }
        let text = vm.guard_repr(this.as_object(), || {
            let dict = if this.as_object().is_exact::<OrderedDict>() {
                this.base.copy(vm)?
            } else {
                let items = call::call_method(vm, this.as_object(), vm.names().items(), &[])?;
                let dict = Dict::empty();
                dict.merge(vm, &items)?;
                dict
            };
            let inner = protocol::repr(vm, dict.as_object())?;
            let mut text = text::TextBuilder::new();
            let grown = |done: std::result::Result<(), _>| {
                vm.memory(done.map_err(|_: text::OutOfMemory| vm::heap::OutOfMemory))
            };
            grown(text.push_str(&format!("{name}(")))?;
            grown(text.push_units(inner.units()))?;
            grown(text.push_str(")"))?;
            Str::from_buf(vm, text.finish())
        })?;
        Ok(text.unwrap_or_else(|| Str::new("...")).into_object())
    }

    #[slot]
    fn richcompare(this: &Ref<Self>, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
        let Some(theirs) = other.cast::<Dict>().filter(|_| equality) else { return not_implemented(vm) };
        let compare = Dict::class().slots.richcompare.get().expect("dict compares");
        let mut equal = protocol::is_true(vm, &compare(vm, this.as_object(), other, CompareOp::Eq)?)?;
        if equal && other.is_instance_of::<OrderedDict>() {
            let (a, b) = (&this.base.table, &theirs.table);
            let changes = (a.changes(), b.changes());
            let (mut i, mut j) = (0, 0);
            while let (Some(x), Some(y)) = (a.next(i), b.next(j)) {
                (i, j) = (x + 1, y + 1);
                let (Some(x), Some(y)) = (a.key(x), b.key(y)) else { break };
                equal = protocol::same_or_equal(vm, &x, &y)?;
                if (a.changes(), b.changes()) != changes {
                    bail!(vm, RuntimeError, "OrderedDict mutated during iteration");
                }
                if !equal {
                    break;
                }
            }
            equal = equal && a.next(i).is_none() && b.next(j).is_none();
        }
        Ok((equal == (op == CompareOp::Eq)).object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        OrderedIter::make(as_dict(this), What::Keys, false)
    }

    #[slot]
    fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let kind = if a.is_instance_of::<OrderedDict>() { type_of(a) } else { type_of(b) }.clone();
        if !a.is_instance_of::<Dict>() || !b.is_instance_of::<Dict>() {
            return not_implemented(vm);
        }
        let new = call::call(vm, kind.as_object(), std::slice::from_ref(a))?;
        update_from(vm, &new, b)?;
        Ok(new)
    }

    #[slot]
    fn inplace_or(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        update_from(vm, this.as_object(), other)?;
        Ok(this.to_object())
    }

    /// Return a reverse iterator over the keys.
    #[py("__reversed__()")]
    fn reversed(this: &Ref<Self>) -> Object {
        OrderedIter::make(as_dict(this), What::Keys, true)
    }

    // Return the size of the dict in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(&self) -> usize {
        size_of::<OrderedDict>() + self.base.table.bytes()
    }

    /// Create a new ordered dictionary with keys from iterable and values set to value.
    #[py("fromkeys(iterable, value=None)", classmethod)]
    fn fromkeys(cls: &Ref<Type>, vm: &Vm, iterable: &Object, value: Option<&Object>) -> Result<Object> {
        let value = value.cloned().unwrap_or_else(none);
        let result = call::call(vm, cls.as_object(), &[])?;
        iter::each(vm, iterable, |key| protocol::setitem(vm, &result, &key, &value))?;
        Ok(result)
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let state = call::call_method(vm, this.as_object(), vm.names().__getstate__(), &[])?;
        let items = call::call_method(vm, this.as_object(), vm.names().items(), &[])?;
        let iterator = iter::get_iter(vm, &items)?;
        let kind = type_of(this.as_object()).to_object();
        Ok(Tuple::from_slice(&[kind, Tuple::empty().into_object(), state, none(), iterator]).into_object())
    }

    /// Insert key with a value of default if key is not in the dictionary; return its value.
    #[py("setdefault(key, default=None)")]
    fn setdefault(this: &Ref<Self>, vm: &Vm, key: &Object, default: Option<&Object>) -> Result<Object> {
        let default = default.cloned().unwrap_or_else(none);
        if this.as_object().is_exact::<OrderedDict>() {
            return this.base.set_default(vm, key, default);
        }
        if sequence::contains(vm, this.as_object(), key)? {
            return protocol::getitem(vm, this.as_object(), key);
        }
        protocol::setitem(vm, this.as_object(), key, &default)?;
        Ok(default)
    }

    /// Remove a key and return its value, or the default if there is no such key; KeyError without a default.
    #[py("pop(key, default=<unrepresentable>)")]
    fn pop(this: &Ref<Self>, vm: &Vm, key: &Object, default: Option<&Object>) -> Result<Object> {
        match (this.base.remove(vm, key)?, default) {
            (Some(value), _) => Ok(value),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => Err(key_error(vm, key)),
        }
    }

    /// Remove and return a (key, value) pair: the last one, or the first if last is false.
    #[py("popitem(last=True)")]
    fn popitem(&self, vm: &Vm, last: bool) -> Result<Object> {
        let table = &self.base.table;
        let at = if last { table.previous(usize::MAX) } else { table.next(0) };
        match at.and_then(|at| table.remove(at)) {
            Some((key, value)) => Ok(Tuple::pair(key, value).into_object()),
            None => Err(vm.raise_args(&types::KeyError, &[Str::new("dictionary is empty").into_object()])),
        }
    }

    // D.keys() -> a set-like object providing a view on D's keys
    #[py("keys()")]
    fn keys(this: &Ref<Self>) -> Object {
        let base = DictKeys { head: Head::new(), dict: as_dict(this).clone() };
        instance::alloc_static(OrderedKeys { base }).into_object()
    }

    // D.values() -> an object providing a view on D's values
    #[py("values()")]
    fn values(this: &Ref<Self>) -> Object {
        let base = DictValues { head: Head::new(), dict: as_dict(this).clone() };
        instance::alloc_static(OrderedValues { base }).into_object()
    }

    // D.items() -> a set-like object providing a view on D's items
    #[py("items()")]
    fn items(this: &Ref<Self>) -> Object {
        let base = DictItems { head: Head::new(), dict: as_dict(this).clone() };
        instance::alloc_static(OrderedItems { base }).into_object()
    }

    // Take in a mapping or an iterable of pairs, then the keyword arguments.
    #[py(raw, "update", notext)]
    fn update(vm: &Vm, args: Args<'_>) -> Result<()> {
        let Some(this) = args.positional().first().filter(|o| o.is_instance_of::<OrderedDict>()) else {
            bail!(vm, TypeError, "unbound method OrderedDict.update() needs an argument");
        };
        update_from_args(vm, this, args.skip_first(), |n| {
            format!("update() takes at most 1 positional argument ({n} given)")
        })
    }

    /// Remove all items from ordered dict.
    #[py("clear()")]
    fn clear(&self) {
        self.base.table.clear();
    }

    /// A shallow copy of ordered dict.
    #[py("copy()")]
    fn copy(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let object = this.as_object();
        if object.is_exact::<OrderedDict>() {
            let base = Dict { head: Head::new(), table: vm.memory(this.base.table.copy())? };
            return Ok(instance::alloc(vm, OrderedDict::class(), OrderedDict { base })?.into_object());
        }
        let new = call::call(vm, type_of(object).as_object(), &[])?;
        let changes = this.base.table.changes();
        for key in this.base.keys_vec() {
            let value = protocol::getitem(vm, object, &key)?;
            if this.base.table.changes() != changes {
                bail!(vm, RuntimeError, "OrderedDict mutated during iteration");
            }
            protocol::setitem(vm, &new, &key, &value)?;
            if this.base.table.changes() != changes {
                bail!(vm, RuntimeError, "OrderedDict mutated during iteration");
            }
        }
        Ok(new)
    }

    /// Move an existing element to the end (or beginning if last is false); KeyError if there is no such key.
    #[py("move_to_end(key, last=True)")]
    fn move_to_end(&self, vm: &Vm, key: &Object, last: bool) -> Result<()> {
        let table = &self.base.table;
        let (hash, at) = self.base.find(vm, key)?;
        let Some(at) = at else { return Err(key_error(vm, key)) };
        let outermost = if last { table.next(at + 1).is_none() } else { table.next(0) == Some(at) };
        if outermost {
            return Ok(());
        }
        // Room first: the entry must not be lost.
        vm.memory(table.reserve(1))?;
        let (_, at) = self.base.find(vm, key)?;
        let Some((own, value)) = at.and_then(|at| table.remove(at)) else { return Err(key_error(vm, key)) };
        let inserted = if last { table.insert_new(hash, own, value) } else { table.insert_first(hash, own, value) };
        vm.memory(inserted)?;
        Ok(())
    }
}

/// Iterates over an ordered dict, in either direction.
#[pytype("odict_iterator", doc = "", flags(HAVE_GC))]
pub struct OrderedIter {
    pub head: Head,
    dict: Field<Ref<Dict>>,
    #[untraced]
    what: What,
    reverse: bool,
    at: Cell<usize>,
    len: Cell<usize>,
    changes: Cell<u32>,
}

impl OrderedIter {
    fn make(dict: &Ref<Dict>, what: What, reverse: bool) -> Object {
        let table = &dict.table;
        instance::alloc_static(OrderedIter {
            head: Head::new(),
            dict: Field::some(dict.clone()),
            what,
            reverse,
            at: Cell::new(if reverse { table.end() } else { 0 }),
            len: Cell::new(table.len()),
            changes: Cell::new(table.changes()),
        })
        .into_object()
    }
}

#[pymethods]
impl OrderedIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(dict) = self.dict.get() else { return Ok(None) };
        let table = &dict.table;
        if table.changes() != self.changes.get() {
            if table.len() != self.len.get() {
                bail!(vm, RuntimeError, "OrderedDict changed size during iteration");
            }
            bail!(vm, RuntimeError, "OrderedDict mutated during iteration");
        }
        let found = if self.reverse { table.previous(self.at.get()) } else { table.next(self.at.get()) };
        let entry = found.and_then(|i| Some((i, table.entry(i)?)));
        let Some((i, (key, value))) = entry else {
            self.dict.set(None);
            return Ok(None);
        };
        self.at.set(if self.reverse { i } else { i + 1 });
        // The end is known one step ahead: what is added while the last key is out is not seen, and no error.
        if (if self.reverse { table.previous(i) } else { table.next(i + 1) }).is_none() {
            self.dict.set(None);
        }
        if self.what == What::Keys {
            return Ok(Some(key));
        }
        // A subclass may answer for its items.
        let value = if dict.as_object().is_exact::<OrderedDict>() {
            value
        } else {
            protocol::getitem(vm, dict.as_object(), &key)?
        };
        Ok(Some(match self.what {
            What::Values => value,
            _ => Tuple::pair(key, value).into_object(),
        }))
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let copy = instance::alloc_static(OrderedIter {
            head: Head::new(),
            dict: Field::new(this.dict.get()),
            what: this.what,
            reverse: this.reverse,
            at: Cell::new(this.at.get()),
            len: Cell::new(this.len.get()),
            changes: Cell::new(this.changes.get()),
        });
        let list = List::from_vec(iter::to_vec(vm, copy.as_object())?);
        let args = Tuple::from_slice(&[list.into_object()]).into_object();
        Ok(Tuple::from_slice(&[vm::modules::builtins_get(vm, "iter"), args]).into_object())
    }
}

macro_rules! views {
    ($($view:ident, $base:ident, $name:literal, $what:expr;)*) => { $(
        #[pytype($name, doc = "", base = $base, flags(HAVE_GC))]
        pub struct $view {
            pub base: $base,
        }

        #[pymethods]
        impl $view {
            #[slot]
            fn iter(&self) -> Object {
                OrderedIter::make(&self.base.dict, $what, false)
            }

            // Return a reverse iterator over the view.
            #[py("__reversed__()")]
            fn reversed(&self) -> Object {
                OrderedIter::make(&self.base.dict, $what, true)
            }
        }
    )* };
}
views! {
    OrderedKeys, DictKeys, "odict_keys", What::Keys;
    OrderedValues, DictValues, "odict_values", What::Values;
    OrderedItems, DictItems, "odict_items", What::Items;
}
