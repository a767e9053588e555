//! The iterators that stand in `builtins` (`enumerate`, `filter`, `reversed`), and the two that `iter()`
//! makes of objects without `__iter__` and of callables.

use crate::builtins::generic_alias::GenericAlias;
use crate::builtins::tuple::Recycled;
use crate::object::{attr, instance, slot_table, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call, iter, number as numbers, object as protocol, sequence};
use std::cell::Cell;

/// What an iterator over a sequence reduces to: `(iter, (sequence,), index)`, or `(iter, (empty,))` at its end.
pub fn reduce_sequence_iter(vm: &Vm, state: impl FnOnce() -> Option<(Object, usize)>, empty: Object) -> Result<Object> {
    // Looking the name up may run Python code that uses the iterator up, so the state is read behind it.
    let function = crate::frame::namespace::builtin(vm, "iter")?;
    Ok(match state() {
        Some((sequence, at)) => {
            let args = Tuple::from_slice(&[sequence]).into_object();
            Tuple::from_slice(&[function, args, Int::from_i64(at as i64)])
        }
        None => Tuple::from_slice(&[function, Tuple::from_slice(&[empty]).into_object()]),
    }
    .into_object())
}

/// The iterator over an object that has `__getitem__` but no `__iter__`.
#[pytype("iterator", doc = "", flags(HAVE_GC))]
pub struct SequenceIter {
    pub head: Head,
    pub sequence: Field<Object>,
    pub at: Cell<isize>,
}

impl SequenceIter {
    /// An iterator from index 0 to the first IndexError.
    pub fn make(sequence: &Object) -> Object {
        let body = SequenceIter { head: Head::new(), sequence: Field::some(sequence.clone()), at: Cell::new(0) };
        instance::alloc_static(body).into_object()
    }
}

/// `sequence[at]` by index.
fn item(vm: &Vm, sequence: &Object, at: isize) -> Result<Object> {
    match type_of(sequence).slots.item.get() {
        Some(slot) => slot(vm, sequence, at),
        None => protocol::getitem(vm, sequence, &Int::from_i64(at as i64)),
    }
}

/// Whether the exception under way is what ends a sequence; it is cleared then.
fn ends_sequence(vm: &Vm) -> bool {
    let ends =
        vm.raised_is(&crate::exception::types::IndexError) || vm.raised_is(&crate::exception::types::StopIteration);
    if ends {
        vm.clear_raised();
    }
    ends
}

#[pymethods]
impl SequenceIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(sequence) = self.sequence.get() else { return Ok(None) };
        let at = self.at.get();
        if at == isize::MAX {
            bail!(vm, OverflowError, "iter index too large");
        }
        match item(vm, &sequence, at) {
            Ok(value) => {
                self.at.set(at + 1);
                Ok(Some(value))
            }
            Err(_) if ends_sequence(vm) => {
                self.sequence.set(None);
                Ok(None)
            }
            Err(raised) => Err(raised),
        }
    }

    /// Private method returning an estimate of len(list(it)).
    #[py("__length_hint__()")]
    fn length_hint(&self, vm: &Vm) -> Result<Object> {
        let Some(sequence) = self.sequence.get() else { return Ok(Object::int32(0)) };
        if type_of(&sequence).slots.len.get().is_none() {
            return not_implemented(vm);
        }
        let len = protocol::len(vm, &sequence)? as i64;
        Ok(Int::from_i64((len - self.at.get() as i64).max(0)))
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        let state = || self.sequence.get().map(|s| (s, self.at.get() as usize));
        reduce_sequence_iter(vm, state, Tuple::empty().into_object())
    }

    /// Set state information for unpickling.
    #[py("__setstate__(object, /)")]
    fn setstate(&self, vm: &Vm, object: &Object) -> Result<()> {
        let at = numbers::as_ssize(vm, object, Some(&crate::exception::types::OverflowError))?;
        if self.sequence.is_some() {
            self.at.set(at.max(0));
        }
        Ok(())
    }
}

/// The iterator that calls a function until it returns a certain value.
#[pytype("callable_iterator", doc = "", flags(HAVE_GC))]
pub struct CallableIter {
    pub head: Head,
    pub callable: Field<Object>,
    pub sentinel: Field<Object>,
}

impl CallableIter {
    /// `iter(callable, sentinel)`.
    pub fn make(callable: &Object, sentinel: &Object) -> Object {
        let body = CallableIter {
            head: Head::new(),
            callable: Field::some(callable.clone()),
            sentinel: Field::some(sentinel.clone()),
        };
        instance::alloc_static(body).into_object()
    }

    fn stop(&self) {
        self.callable.set(None);
        self.sentinel.set(None);
    }
}

#[pymethods]
impl CallableIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(callable) = self.callable.get() else { return Ok(None) };
        match call::call(vm, &callable, &[]) {
            Ok(value) => {
                let Some(sentinel) = self.sentinel.get() else { return Ok(None) };
                if protocol::same_or_equal(vm, &sentinel, &value)? {
                    self.stop();
                    return Ok(None);
                }
                Ok(Some(value))
            }
            Err(_) if vm.raised_is(&crate::exception::types::StopIteration) => {
                vm.clear_raised();
                self.stop();
                Ok(None)
            }
            Err(raised) => Err(raised),
        }
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        let function = crate::frame::namespace::builtin(vm, "iter")?;
        let args = match (self.callable.get(), self.sentinel.get()) {
            (Some(callable), Some(sentinel)) => Tuple::from_slice(&[callable, sentinel]),
            _ => Tuple::from_slice(&[Tuple::empty().into_object()]),
        };
        Ok(Tuple::from_slice(&[function, args.into_object()]).into_object())
    }
}

/// Return an enumerate object.
///
///   iterable
///     an object supporting iteration
///
/// The enumerate object yields pairs containing a count (from start, which
/// defaults to zero) and a value yielded by the iterable argument.
///
/// enumerate is useful for obtaining an indexed list:
///     (0, seq[0]), (1, seq[1]), (2, seq[2]), ...
#[pytype("enumerate", flags(BASETYPE, HAVE_GC))]
pub struct Enumerate {
    pub head: Head,
    pub iterator: Object,
    /// The next count while it fits.
    pub count: Cell<i64>,
    /// The next count when it does not.
    pub large: Field<Object>,
    pair: Recycled,
}

impl Enumerate {
    /// The next count and value.
    #[inline(always)]
    pub fn two(&self, vm: &Vm) -> Result<Option<(Object, Object)>> {
        let Some(value) = iter::next(vm, &self.iterator)? else { return Ok(None) };
        let count = self.count.get();
        if count != i64::MAX {
            self.count.set(count + 1);
            return Ok(Some((Int::from_i64(count), value)));
        }
        let index = self.large.get().unwrap_or_else(|| Int::from_i64(count));
        self.large.set(Some(numbers::add(vm, &index, &Object::int32(1))?));
        Ok(Some((index, value)))
    }
}

#[pymethods]
impl Enumerate {
    #[slot(raw, "(iterable, start=0)")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let (positional, keywords) = (args.positional(), args.keywords());
        if positional.len() + keywords.len() > 2 {
            bail!(vm, TypeError, "enumerate() takes at most 2 arguments ({} given)", args.items.len());
        }
        let mut given = [positional.first(), positional.get(1)];
        for (key, value) in keywords.iter() {
            let key = key.cast::<Str>().map(|k| k.to_string_lossy()).unwrap_or_default();
            match ["iterable", "start"].iter().position(|n| *n == key) {
                Some(at) if given[at].is_none() => given[at] = Some(value),
                _ => bail!(vm, TypeError, "'{key}' is an invalid keyword argument for enumerate()"),
            }
        }
        let [Some(iterable), start] = given else {
            bail!(vm, TypeError, "enumerate() missing required argument 'iterable'");
        };
        let start = start.map_or(Ok(Object::int32(0)), |s| numbers::index(vm, s))?;
        let (count, large) = match Int::to_i64(&start) {
            Some(count) => (count, None),
            None => (i64::MAX, Some(start)),
        };
        let iterator = iter::get_iter(vm, iterable)?;
        let body = Enumerate {
            head: Head::new(),
            iterator,
            count: Cell::new(count),
            large: Field::new(large),
            pair: Recycled::default(),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    pub fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        Ok(self.two(vm)?.map(|(index, value)| self.pair.pair(index, value).into_object()))
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> Object {
        let count = this.large.get().unwrap_or_else(|| Int::from_i64(this.count.get()));
        let args = Tuple::from_slice(&[this.iterator.clone(), count]).into_object();
        Tuple::from_slice(&[type_of(this.as_object()).to_object(), args]).into_object()
    }

    /// 'enumerate' objects are generic over the type of their values
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }
}

/// Return an iterator yielding those items of iterable for which
/// function(item) is true.  If function is None, return the items that
/// are true.
#[pytype("filter", flags(BASETYPE, HAVE_GC))]
pub struct Filter {
    pub head: Head,
    pub function: Object,
    pub iterator: Object,
}

#[pymethods]
impl Filter {
    #[slot(raw, "(function, iterable, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if crate::native::own_keywords_new(cls, Filter::class(), args).keyword_count() > 0 {
            bail!(vm, TypeError, "filter() takes no keyword arguments");
        }
        let [function, iterable] = args.positional() else {
            bail!(vm, TypeError, "filter expected 2 arguments, got {}", args.positional().len());
        };
        let body = Filter { head: Head::new(), function: function.clone(), iterator: iter::get_iter(vm, iterable)? };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    pub fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let plain = self.function.is(&none()) || self.function.is(Bool::class().as_object());
        while let Some(value) = iter::next(vm, &self.iterator)? {
            let good = if plain {
                protocol::is_true(vm, &value)?
            } else {
                let answer = call::call(vm, &self.function, std::slice::from_ref(&value))?;
                protocol::is_true(vm, &answer)?
            };
            if good {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> Object {
        let args = Tuple::from_slice(&[this.function.clone(), this.iterator.clone()]).into_object();
        Tuple::from_slice(&[type_of(this.as_object()).to_object(), args]).into_object()
    }
}

/// Return a reverse iterator over the values of the given sequence.
#[pytype("reversed", flags(BASETYPE, HAVE_GC))]
pub struct Reversed {
    pub head: Head,
    pub sequence: Field<Object>,
    pub at: Cell<isize>,
}

#[pymethods]
impl Reversed {
    #[slot(raw, "(sequence, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if crate::native::own_keywords_new(cls, Reversed::class(), args).keyword_count() > 0 {
            bail!(vm, TypeError, "reversed() takes no keyword arguments");
        }
        let [given] = args.positional() else {
            bail!(vm, TypeError, "reversed expected 1 argument, got {}", args.positional().len());
        };
        match attr::lookup(type_of(given), vm.names().__reversed__()) {
            Some(method) if method.is(&none()) => {
                bail!(vm, TypeError, "'{}' object is not reversible", type_name(given))
            }
            Some(method) => return slot_table::call_found(vm, given, &method, &[]),
            None => {}
        }
        if !sequence::is_sequence(given) {
            bail!(vm, TypeError, "'{}' object is not reversible", type_name(given));
        }
        let last = protocol::len(vm, given)? as isize - 1;
        let body = Reversed { head: Head::new(), sequence: Field::some(given.clone()), at: Cell::new(last) };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let (Some(sequence), at) = (self.sequence.get(), self.at.get()) else { return Ok(None) };
        if at >= 0 {
            match item(vm, &sequence, at) {
                Ok(value) => {
                    self.at.set(at - 1);
                    return Ok(Some(value));
                }
                Err(_) if ends_sequence(vm) => {}
                Err(raised) => return Err(raised),
            }
        }
        self.at.set(-1);
        self.sequence.set(None);
        Ok(None)
    }

    /// Private method returning an estimate of len(list(it)).
    #[py("__length_hint__()")]
    fn length_hint(&self, vm: &Vm) -> Result<usize> {
        let Some(sequence) = self.sequence.get() else { return Ok(0) };
        let left = (self.at.get() + 1).max(0) as usize;
        Ok(if protocol::len(vm, &sequence)? < left { 0 } else { left })
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> Object {
        let kind = type_of(this.as_object()).to_object();
        match this.sequence.get() {
            Some(sequence) => {
                let args = Tuple::from_slice(&[sequence]).into_object();
                Tuple::from_slice(&[kind, args, Int::from_i64(this.at.get() as i64)]).into_object()
            }
            None => {
                let args = Tuple::from_slice(&[Tuple::empty().into_object()]).into_object();
                Tuple::from_slice(&[kind, args]).into_object()
            }
        }
    }

    /// Set state information for unpickling.
    #[py("__setstate__(object, /)")]
    fn setstate(&self, vm: &Vm, object: &Object) -> Result<()> {
        let at = numbers::as_ssize(vm, object, Some(&crate::exception::types::OverflowError))?;
        if let Some(sequence) = self.sequence.get() {
            let len = protocol::len(vm, &sequence)? as isize;
            self.at.set(at.clamp(-1, len - 1));
        }
        Ok(())
    }
}
