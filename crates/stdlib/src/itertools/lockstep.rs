//! `pairwise` and `zip_longest`.

use std::cell::Cell;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::iter;

/// Return an iterator of overlapping pairs taken from the input iterator.
///
///     s -> (s0,s1), (s1,s2), (s2, s3), ...
#[pytype("pairwise", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct Pairwise {
    pub head: Head,
    source: Field<Object>,
    before: Field<Object>,
    result: Field<Ref<Tuple>>,
}

#[pymethods]
impl Pairwise {
    #[slot("(iterable, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, iterable: &Object) -> Result<Object> {
        let source = Field::some(iter::get_iter(vm, iterable)?);
        let body = Pairwise { head: Head::new(), source, before: Field::empty(), result: Field::empty() };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(mut source) = self.source.get() else { return Ok(None) };
        let step = |source: &Object| match iter::next(vm, source) {
            Ok(Some(item)) => Ok(Some(item)),
            other => {
                self.source.set(None);
                self.before.set(None);
                other
            }
        };
        let before = match self.before.get() {
            Some(before) => before,
            None => {
                let Some(first) = step(&source)? else { return Ok(None) };
                self.before.set(Some(first.clone()));
                // Taking the first item may have run this iterator to its end.
                match self.source.get() {
                    Some(same) => source = same,
                    None => {
                        self.before.set(None);
                        return Ok(None);
                    }
                }
                first
            }
        };
        let Some(item) = step(&source)? else { return Ok(None) };
        let mut result = self.result.take();
        let old = match result.as_mut().and_then(Tuple::unique_mut) {
            Some([a, b]) => Some((std::mem::replace(a, before), std::mem::replace(b, item.clone()))),
            _ => {
                result = Some(Tuple::pair(before, item.clone()));
                None
            }
        };
        let given = result.clone().map(Ref::into_object);
        self.result.set(result);
        self.before.set(Some(item));
        drop(old);
        Ok(given)
    }
}

/// Return a zip_longest object whose .__next__() method returns a tuple where
/// the i-th element comes from the i-th iterable argument, until the longest
/// iterable is exhausted; fillvalue stands for the items of shorter ones.
#[pytype("zip_longest", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct ZipLongest {
    pub head: Head,
    /// An iterator is taken out when it ends.
    iterators: Vec<Field<Object>>,
    active: Cell<usize>,
    fill: Object,
    result: Field<Ref<Tuple>>,
}

#[pymethods]
impl ZipLongest {
    #[slot(raw, "(*iterables, fillvalue=None)")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let mut fill = none();
        for (name, value) in args.keywords().iter() {
            if name.cast::<Str>().is_none_or(|n| n.as_ascii() != Some("fillvalue")) {
                bail!(vm, TypeError, "zip_longest() got an unexpected keyword argument");
            }
            fill = value.clone();
        }
        let mut iterators = Vec::with_capacity(args.positional().len());
        for iterable in args.positional() {
            iterators.push(Field::some(iter::get_iter(vm, iterable)?));
        }
        let active = Cell::new(iterators.len());
        let body = ZipLongest { head: Head::new(), iterators, active, fill, result: Field::empty() };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        if self.active.get() == 0 {
            return Ok(None);
        }
        let mut result = self.result.take();
        if let Some(items) = result.as_mut().and_then(Tuple::unique_mut) {
            for (slot, iterator) in items.iter_mut().zip(&self.iterators) {
                let Some(value) = self.item(vm, iterator)? else { return Ok(None) };
                drop(std::mem::replace(slot, value));
            }
        } else {
            let mut values = Vec::with_capacity(self.iterators.len());
            for iterator in &self.iterators {
                let Some(value) = self.item(vm, iterator)? else { return Ok(None) };
                values.push(value);
            }
            result = Some(Tuple::from_vec(vm, values)?);
        }
        let given = result.clone().map(Ref::into_object);
        self.result.set(result);
        Ok(given)
    }
}

impl ZipLongest {
    /// The next item of one iterator, or the fill value; `None` when the last of them has ended.
    fn item(&self, vm: &Vm, place: &Field<Object>) -> Result<Option<Object>> {
        let Some(iterator) = place.get() else { return Ok(Some(self.fill.clone())) };
        match iter::next(vm, &iterator) {
            Ok(Some(value)) => Ok(Some(value)),
            Ok(None) => {
                // A nested call may have taken it out already.
                if place.take().is_some() {
                    self.active.set(self.active.get().saturating_sub(1));
                }
                Ok((self.active.get() > 0).then(|| self.fill.clone()))
            }
            Err(raised) => {
                self.active.set(0);
                Err(raised)
            }
        }
    }
}
