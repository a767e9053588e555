//! `compress`, `dropwhile`, `filterfalse`, `islice`, `starmap`, `takewhile`.

use std::cell::Cell;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::{call, iter, number, object as protocol};

/// Return data elements corresponding to true selector elements.
#[pytype("compress", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct Compress {
    pub head: Head,
    data: Object,
    selectors: Object,
}

#[pymethods]
impl Compress {
    #[slot("(data, selectors)")]
    fn new(cls: &Ref<Type>, vm: &Vm, data: &Object, selectors: &Object) -> Result<Object> {
        let (data, selectors) = (iter::get_iter(vm, data)?, iter::get_iter(vm, selectors)?);
        Ok(instance::alloc(vm, cls, Compress { head: Head::new(), data, selectors })?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        loop {
            let Some(item) = iter::next(vm, &self.data)? else { return Ok(None) };
            let Some(selector) = iter::next(vm, &self.selectors)? else { return Ok(None) };
            if protocol::is_true(vm, &selector)? {
                return Ok(Some(item));
            }
        }
    }
}

/// Drop items from the iterable while predicate(item) is true.
///
/// Afterwards, return every element until the iterable is exhausted.
#[pytype("dropwhile", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct DropWhile {
    pub head: Head,
    predicate: Object,
    source: Object,
    started: Cell<bool>,
}

#[pymethods]
impl DropWhile {
    #[slot("(predicate, iterable, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, predicate: &Object, iterable: &Object) -> Result<Object> {
        let source = iter::get_iter(vm, iterable)?;
        let body = DropWhile { head: Head::new(), predicate: predicate.clone(), source, started: Cell::new(false) };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        while let Some(item) = iter::next(vm, &self.source)? {
            if self.started.get() {
                return Ok(Some(item));
            }
            let good = call::call(vm, &self.predicate, std::slice::from_ref(&item))?;
            if !protocol::is_true(vm, &good)? {
                self.started.set(true);
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}

/// Return those items of iterable for which function(item) is false.
///
/// If function is None, return the items that are false.
#[pytype("filterfalse", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct FilterFalse {
    pub head: Head,
    /// None where the items themselves are asked.
    function: Option<Object>,
    source: Object,
}

#[pymethods]
impl FilterFalse {
    #[slot("(function, iterable, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, function: &Object, iterable: &Object) -> Result<Object> {
        let source = iter::get_iter(vm, iterable)?;
        let plain = function.is(&none()) || function.is(Bool::class().as_object());
        let function = (!plain).then(|| function.clone());
        Ok(instance::alloc(vm, cls, FilterFalse { head: Head::new(), function, source })?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        while let Some(item) = iter::next(vm, &self.source)? {
            let keep = match &self.function {
                None => protocol::is_true(vm, &item)?,
                Some(function) => {
                    let good = call::call(vm, function, std::slice::from_ref(&item))?;
                    protocol::is_true(vm, &good)?
                }
            };
            if !keep {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}

/// islice(iterable, stop) --> islice object
/// islice(iterable, start, stop[, step]) --> islice object
///
/// Return an iterator whose next() method returns selected values from an iterable, as a slice of a list would.
#[pytype("islice", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct ISlice {
    pub head: Head,
    source: Field<Object>,
    /// Index of the next item to give.
    wanted: Cell<usize>,
    /// No item at or behind this index; -1 for no end.
    stop: isize,
    step: usize,
    /// Number of items taken from the source.
    taken: Cell<usize>,
}

/// A bound: `default` for None, `wrong` for what is no index.
fn bound(vm: &Vm, object: &Object, default: isize, wrong: isize) -> isize {
    if object.is(&none()) {
        return default;
    }
    number::as_ssize(vm, object, Some(&vm::exception::types::OverflowError)).unwrap_or_else(|_| {
        vm.clear_raised();
        wrong
    })
}

#[pymethods]
impl ISlice {
    #[slot("(iterable, start, stop=<unrepresentable>, step=<unrepresentable>, /)", notext)]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        iterable: &Object,
        start: &Object,
        stop: Option<&Object>,
        step: Option<&Object>,
    ) -> Result<Object> {
        let (first, last) = match stop {
            None => (0, bound(vm, start, -1, -2)),
            Some(stop) => (bound(vm, start, 0, -1), bound(vm, stop, -1, -2)),
        };
        let given = stop.unwrap_or(start);
        if last == -2 || (last == -1 && !given.is(&none())) {
            bail!(vm, ValueError, "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
        }
        if first < 0 || last < -1 {
            bail!(vm, ValueError, "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
        }
        let step = step.map_or(1, |step| bound(vm, step, 1, -1));
        if step < 1 {
            bail!(vm, ValueError, "Step for islice() must be a positive integer or None.");
        }
        let body = ISlice {
            head: Head::new(),
            source: Field::some(iter::get_iter(vm, iterable)?),
            wanted: Cell::new(first as usize),
            stop: last,
            step: step as usize,
            taken: Cell::new(0),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(source) = self.source.get() else { return Ok(None) };
        let take = || match iter::next(vm, &source) {
            Ok(Some(item)) => {
                self.taken.set(self.taken.get() + 1);
                Ok(Some(item))
            }
            other => {
                self.source.set(None);
                other
            }
        };
        while self.taken.get() < self.wanted.get() {
            if take()?.is_none() {
                return Ok(None);
            }
        }
        let stop = self.stop as usize;
        if self.taken.get() >= stop {
            self.source.set(None);
            return Ok(None);
        }
        let Some(item) = take()? else { return Ok(None) };
        let wanted = self.wanted.get().saturating_add(self.step);
        self.wanted.set(wanted.min(stop));
        Ok(Some(item))
    }
}

/// Return an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence.
#[pytype("starmap", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct StarMap {
    pub head: Head,
    function: Object,
    source: Object,
}

#[pymethods]
impl StarMap {
    #[slot("(function, iterable, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, function: &Object, iterable: &Object) -> Result<Object> {
        let source = iter::get_iter(vm, iterable)?;
        Ok(instance::alloc(vm, cls, StarMap { head: Head::new(), function: function.clone(), source })?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(args) = iter::next(vm, &self.source)? else { return Ok(None) };
        match args.cast_exact::<Tuple>() {
            Some(args) => call::call(vm, &self.function, args.items()).map(Some),
            None => call::call(vm, &self.function, &iter::to_vec(vm, &args)?).map(Some),
        }
    }
}

/// Return successive entries from an iterable as long as the predicate evaluates to true for each entry.
#[pytype("takewhile", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct TakeWhile {
    pub head: Head,
    predicate: Object,
    source: Object,
    stopped: Cell<bool>,
}

#[pymethods]
impl TakeWhile {
    #[slot("(predicate, iterable, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, predicate: &Object, iterable: &Object) -> Result<Object> {
        let source = iter::get_iter(vm, iterable)?;
        let body = TakeWhile { head: Head::new(), predicate: predicate.clone(), source, stopped: Cell::new(false) };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        if self.stopped.get() {
            return Ok(None);
        }
        let Some(item) = iter::next(vm, &self.source)? else { return Ok(None) };
        let good = call::call(vm, &self.predicate, std::slice::from_ref(&item))?;
        if protocol::is_true(vm, &good)? {
            return Ok(Some(item));
        }
        self.stopped.set(true);
        Ok(None)
    }
}
