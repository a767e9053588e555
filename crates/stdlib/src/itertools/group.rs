//! `groupby`.

use std::cell::Cell;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::{call, iter, object as protocol};

/// make an iterator that returns consecutive keys and groups from the iterable
///
///   iterable
///     Elements to divide into groups according to the key function.
///   key
///     A function for computing the group category for each element.
///     If the key function is not specified or is None, the element itself
///     is used for grouping.
#[pytype("groupby", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct GroupBy {
    pub head: Head,
    source: Object,
    key: Option<Object>,
    target_key: Field<Object>,
    current_key: Field<Object>,
    current_value: Field<Object>,
    /// Number of the group that may still take items; counts up with each.
    current: Cell<u64>,
}

impl GroupBy {
    /// Takes the next item and its key; `false` at the end.
    fn step(&self, vm: &Vm) -> Result<bool> {
        let Some(value) = iter::next(vm, &self.source)? else { return Ok(false) };
        let key = match &self.key {
            None => value.clone(),
            Some(key) => call::call(vm, key, std::slice::from_ref(&value))?,
        };
        self.current_value.set(Some(value));
        self.current_key.set(Some(key));
        Ok(true)
    }
}

#[pymethods]
impl GroupBy {
    #[slot("(iterable, key=None)")]
    fn new(cls: &Ref<Type>, vm: &Vm, iterable: &Object, key: Option<&Object>) -> Result<Object> {
        let body = GroupBy {
            head: Head::new(),
            source: iter::get_iter(vm, iterable)?,
            key: key.cloned(),
            target_key: Field::empty(),
            current_key: Field::empty(),
            current_value: Field::empty(),
            current: Cell::new(0),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(this: &Ref<Self>, vm: &Vm) -> Result<Option<Object>> {
        this.current.set(this.current.get() + 1);
        // Skip what is left of the last group.
        loop {
            if let Some(key) = this.current_key.get() {
                match this.target_key.get() {
                    None => break,
                    Some(target) if !protocol::same_or_equal(vm, &target, &key)? => break,
                    Some(_) => {}
                }
            }
            if !this.step(vm)? {
                return Ok(None);
            }
        }
        let Some(key) = this.current_key.get() else { return Ok(None) };
        this.target_key.set(Some(key.clone()));
        let group = Grouper::make(this, key.clone());
        Ok(Some(Tuple::pair(key, group).into_object()))
    }
}

#[pytype("_grouper", module = "itertools", doc = "", flags(SHOWS_GETATTRIBUTE, HAVE_GC))]
pub struct Grouper {
    pub head: Head,
    parent: Ref<GroupBy>,
    target_key: Object,
    number: u64,
}

impl Grouper {
    fn make(parent: &Ref<GroupBy>, target_key: Object) -> Object {
        let number = parent.current.get() + 1;
        parent.current.set(number);
        instance::alloc_static(Grouper { head: Head::new(), parent: parent.clone(), target_key, number }).into_object()
    }
}

#[pymethods]
impl Grouper {
    #[slot("(parent, tgtkey, /)", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, parent: &Object, tgtkey: &Object) -> Result<Object> {
        let _ = cls;
        let Some(parent) = parent.cast::<GroupBy>() else {
            bail!(
                vm,
                TypeError,
                "_grouper() argument 1 must be itertools.groupby, not {}",
                vm::object::type_name(parent)
            );
        };
        Ok(Grouper::make(parent, tgtkey.clone()))
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let parent = &*self.parent;
        if parent.current.get() != self.number {
            return Ok(None);
        }
        if !parent.current_value.is_some() && !parent.step(vm)? {
            return Ok(None);
        }
        let Some(key) = parent.current_key.get() else { return Ok(None) };
        if !protocol::same_or_equal(vm, &self.target_key, &key)? {
            return Ok(None);
        }
        let value = parent.current_value.take();
        parent.current_key.set(None);
        Ok(value)
    }
}
