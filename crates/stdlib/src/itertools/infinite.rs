//! `count`, `cycle`, `repeat`.

use super::as_size;
use std::cell::Cell;
use vm::object::{instance, type_of};
use vm::prelude::*;
use vm::protocol::{iter, number, object as protocol};

/// Return a count object whose .__next__() method returns consecutive values.
#[pytype("count", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct Count {
    pub head: Head,
    /// The next value while `large` is empty.
    next: Cell<i64>,
    /// The next value when it is no machine word or the step is not 1.
    large: Field<Object>,
    step: Object,
}

fn is_number(object: &Object) -> bool {
    let slots = &type_of(object).slots;
    slots.index.get().is_some()
        || slots.int.get().is_some()
        || slots.float.get().is_some()
        || object.is_instance_of::<vm::builtins::complex::Complex>()
}

#[pymethods]
impl Count {
    #[slot("(start=0, step=1)")]
    fn new(cls: &Ref<Type>, vm: &Vm, start: Option<&Object>, step: Option<&Object>) -> Result<Object> {
        if start.is_some_and(|s| !is_number(s)) || step.is_some_and(|s| !is_number(s)) {
            bail!(vm, TypeError, "a number is required");
        }
        let step = step.cloned().unwrap_or_else(|| Object::int32(1));
        let start = start.cloned().unwrap_or_else(|| Object::int32(0));
        let by_one = step.is_instance_of::<Int>() && Int::to_i64(&step) == Some(1);
        let (next, large) = match Int::to_i64(&start) {
            Some(next) if by_one && start.is_instance_of::<Int>() => (next, None),
            _ => (0, Some(start)),
        };
        let body = Count { head: Head::new(), next: Cell::new(next), large: Field::new(large), step };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        if !self.large.is_some() {
            let now = self.next.get();
            if let Some(next) = now.checked_add(1) {
                self.next.set(next);
                return Ok(Some(Int::from_i64(now)));
            }
        }
        let now = self.large.get().unwrap_or_else(|| Int::from_i64(self.next.get()));
        let next = number::add(vm, &now, &self.step)?;
        self.large.set(Some(next));
        Ok(Some(now))
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let name = type_of(this.as_object()).short_name();
        let Some(large) = this.large.get() else { return Ok(format!("{name}({})", this.next.get())) };
        let now = protocol::repr(vm, &large)?;
        if this.step.is_instance_of::<Int>() && Int::to_i64(&this.step) == Some(1) {
            return Ok(format!("{name}({now})"));
        }
        Ok(format!("{name}({now}, {})", protocol::repr(vm, &this.step)?))
    }
}

/// Return elements from the iterable until it is exhausted, then repeat the sequence indefinitely.
#[pytype("cycle", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct Cycle {
    pub head: Head,
    /// The source, until it ends.
    source: Field<Object>,
    saved: ObjVec,
    at: Cell<usize>,
}

#[pymethods]
impl Cycle {
    #[slot("(iterable, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, iterable: &Object) -> Result<Object> {
        let source = Field::some(iter::get_iter(vm, iterable)?);
        let body = Cycle { head: Head::new(), source, saved: ObjVec::new(), at: Cell::new(0) };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        if let Some(source) = self.source.get() {
            if let Some(item) = iter::next(vm, &source)? {
                vm.memory(self.saved.push(item.clone()))?;
                return Ok(Some(item));
            }
            self.source.set(None);
        }
        let at = self.at.get();
        let item = self.saved.get(at);
        self.at.set(if at + 1 >= self.saved.len() { 0 } else { at + 1 });
        Ok(item)
    }
}

/// Create an iterator which returns the object for the specified number of times, or endlessly.
#[pytype("repeat", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct Repeat {
    pub head: Head,
    element: Object,
    /// How often it will still be given; -1 for endlessly.
    left: Cell<isize>,
}

#[pymethods]
impl Repeat {
    #[slot("(object, times=-1)", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, object: &Object, times: Option<&Object>) -> Result<Object> {
        let left = match times {
            Some(times) => as_size(vm, times)?.max(0),
            None => -1,
        };
        let body = Repeat { head: Head::new(), element: object.clone(), left: Cell::new(left) };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self) -> Option<Object> {
        match self.left.get() {
            0 => None,
            left => {
                if left > 0 {
                    self.left.set(left - 1);
                }
                Some(self.element.clone())
            }
        }
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let name = type_of(this.as_object()).short_name();
        let element = protocol::repr(vm, &this.element)?;
        Ok(match this.left.get() {
            -1 => format!("{name}({element})"),
            left => format!("{name}({element}, {left})"),
        })
    }

    /// Private method returning an estimate of len(list(it)).
    #[py("__length_hint__()")]
    fn length_hint(&self, vm: &Vm) -> Result<isize> {
        match self.left.get() {
            -1 => Err(raise!(vm, TypeError, "len() of unsized object")),
            left => Ok(left),
        }
    }
}
