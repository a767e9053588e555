//! `accumulate`, `batched`, `chain`.

use vm::builtins::generic_alias::GenericAlias;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::{call, iter, number};

/// Return series of accumulated sums (or other binary function results).
#[pytype("accumulate", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct Accumulate {
    pub head: Head,
    source: Object,
    function: Option<Object>,
    initial: Field<Object>,
    total: Field<Object>,
}

#[pymethods]
impl Accumulate {
    #[slot("(iterable, func=None, *, initial=None)")]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        iterable: &Object,
        func: Option<&Object>,
        initial: Option<&Object>,
    ) -> Result<Object> {
        let body = Accumulate {
            head: Head::new(),
            source: iter::get_iter(vm, iterable)?,
            function: func.cloned(),
            initial: Field::new(initial.cloned()),
            total: Field::empty(),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        if let Some(initial) = self.initial.take() {
            self.total.set(Some(initial.clone()));
            return Ok(Some(initial));
        }
        let Some(value) = iter::next(vm, &self.source)? else { return Ok(None) };
        let Some(total) = self.total.get() else {
            self.total.set(Some(value.clone()));
            return Ok(Some(value));
        };
        let total = match &self.function {
            None => number::add(vm, &total, &value)?,
            Some(function) => call::call(vm, function, &[total, value])?,
        };
        self.total.set(Some(total.clone()));
        Ok(Some(total))
    }
}

/// Batch data into tuples of length n. The last batch may be shorter than n.
///
/// If "strict" is True, raises a ValueError if the final batch is shorter than n.
///
/// >>> list(batched(range(5), 2))
/// [(0, 1), (2, 3), (4,)]
#[pytype("batched", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct Batched {
    pub head: Head,
    source: Field<Object>,
    size: usize,
    strict: bool,
}

#[pymethods]
impl Batched {
    #[slot("(iterable, n, *, strict=False)")]
    fn new(cls: &Ref<Type>, vm: &Vm, iterable: &Object, n: &Object, strict: bool) -> Result<Object> {
        let n = super::as_size(vm, n)?;
        if n < 1 {
            bail!(vm, ValueError, "n must be at least one");
        }
        let source = Field::some(iter::get_iter(vm, iterable)?);
        let body = Batched { head: Head::new(), source, size: n as usize, strict };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(source) = self.source.get() else { return Ok(None) };
        let mut items = Vec::new();
        vm.memory(items.try_reserve(self.size.min(1 << 12)).map_err(|_| vm::heap::OutOfMemory))?;
        while items.len() < self.size {
            match iter::next(vm, &source) {
                Ok(Some(item)) => {
                    if items.len() == items.capacity() {
                        vm.memory(items.try_reserve(items.len()).map_err(|_| vm::heap::OutOfMemory))?;
                    }
                    items.push(item);
                }
                Ok(None) => {
                    self.source.set(None);
                    if items.is_empty() {
                        return Ok(None);
                    }
                    if self.strict {
                        bail!(vm, ValueError, "batched(): incomplete batch");
                    }
                    break;
                }
                Err(raised) => {
                    self.source.set(None);
                    return Err(raised);
                }
            }
        }
        Tuple::from_vec(vm, items).map(|t| Some(t.into_object()))
    }
}

/// Return a chain object whose .__next__() method returns elements from the
/// first iterable until it is exhausted, then elements from the next
/// iterable, until all of the iterables are exhausted.
#[pytype("chain", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct Chain {
    pub head: Head,
    /// The iterator over the iterables.
    source: Field<Object>,
    active: Field<Object>,
}

impl Chain {
    fn over(cls: &Ref<Type>, vm: &Vm, source: Object) -> Result<Object> {
        let body = Chain { head: Head::new(), source: Field::some(source), active: Field::empty() };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }
}

#[pymethods]
impl Chain {
    #[slot("(*iterables)")]
    fn new(cls: &Ref<Type>, vm: &Vm, iterables: &[Object]) -> Result<Object> {
        let iterables = Tuple::try_from_slice(vm, iterables)?;
        Chain::over(cls, vm, iter::get_iter(vm, iterables.as_object())?)
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        loop {
            if let Some(active) = self.active.get() {
                match iter::next(vm, &active)? {
                    Some(item) => return Ok(Some(item)),
                    None => self.active.set(None),
                }
            }
            let Some(source) = self.source.get() else { return Ok(None) };
            let following = match iter::next(vm, &source) {
                Ok(Some(iterable)) => iter::get_iter(vm, &iterable).map(Some),
                other => other,
            };
            match following {
                Ok(Some(active)) => self.active.set(Some(active)),
                Ok(None) => {
                    self.source.set(None);
                    return Ok(None);
                }
                Err(raised) => {
                    self.source.set(None);
                    return Err(raised);
                }
            }
        }
    }

    /// Alternative chain() constructor taking a single iterable argument that evaluates lazily.
    #[py("from_iterable(iterable, /)", classmethod)]
    fn from_iterable(cls: &Ref<Type>, vm: &Vm, iterable: &Object) -> Result<Object> {
        Chain::over(cls, vm, iter::get_iter(vm, iterable)?)
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }
}
