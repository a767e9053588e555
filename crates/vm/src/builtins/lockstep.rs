//! `zip` and `map`: iterators over several iterables at once.

use crate::builtins::tuple::Recycled;
use crate::object::{instance, type_of};
use crate::prelude::*;
use crate::protocol::{call, iter, object as protocol};
use std::cell::Cell;

/// `strict=…` of `zip` and `map`: the only keyword that they take.
fn strict_keyword(vm: &Vm, name: &str, args: &Args<'_>) -> Result<bool> {
    let mut strict = false;
    for (key, value) in args.keywords().iter() {
        match key.cast::<Str>() {
            Some(key) if key.as_ascii() == Some("strict") => strict = protocol::is_true(vm, value)?,
            Some(key) => bail!(vm, TypeError, "{name}() got an unexpected keyword argument '{key}'"),
            None => bail!(vm, TypeError, "keywords must be strings"),
        }
    }
    Ok(strict)
}

/// "argument 2 is shorter than argument 1", "argument 3 is longer than arguments 1-2".
fn uneven(vm: &Vm, name: &str, at: usize, word: &str) -> Raised {
    match at {
        1 => raise!(vm, ValueError, "{name}() argument 2 is {word} than argument 1"),
        at => raise!(vm, ValueError, "{name}() argument {} is {word} than arguments 1-{at}", at + 1),
    }
}

/// The next value of every iterator, or `None` where the shortest ends; with `strict`, ValueError unless all end.
fn next_of_each(vm: &Vm, name: &str, iterators: &[Object], strict: bool) -> Result<Option<Vec<Object>>> {
    let mut values = Vec::with_capacity(iterators.len());
    for (at, iterator) in iterators.iter().enumerate() {
        match iter::next(vm, iterator)? {
            Some(value) => values.push(value),
            None if !strict => return Ok(None),
            None if at > 0 => return Err(uneven(vm, name, at, "shorter")),
            None => {
                for (later, iterator) in iterators.iter().enumerate().skip(1) {
                    if iter::next(vm, iterator)?.is_some() {
                        return Err(uneven(vm, name, later, "longer"));
                    }
                }
                return Ok(None);
            }
        }
    }
    Ok(Some(values))
}

/// The zip object yields n-length tuples, where n is the number of
/// iterables passed as positional arguments to zip().  The i-th element
/// in every tuple comes from the i-th iterable argument to zip().  This
/// continues until the shortest argument is exhausted.
///
/// If strict is true and one of the arguments is exhausted before the
/// others, raise a ValueError.
///
///    >>> list(zip('abcdefg', range(3), range(4)))
///    [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]
#[pytype("zip", flags(BASETYPE, HAVE_GC))]
pub struct Zip {
    pub head: Head,
    pub iterators: Ref<Tuple>,
    pub strict: Cell<bool>,
    pair: Recycled,
}

impl Zip {
    /// Whether it gives pairs, without looking whether all its iterators end together.
    #[inline(always)]
    pub fn is_pairs(&self) -> bool {
        self.iterators.len() == 2 && !self.strict.get()
    }

    /// The next two values of an iterator that [gives pairs](Zip::is_pairs).
    #[inline(always)]
    pub fn two(&self, vm: &Vm) -> Result<Option<(Object, Object)>> {
        let [a, b] = self.iterators.items() else { return Ok(None) };
        let Some(x) = iter::next(vm, a)? else { return Ok(None) };
        let Some(y) = iter::next(vm, b)? else { return Ok(None) };
        Ok(Some((x, y)))
    }
}

#[pymethods]
impl Zip {
    #[slot(raw, "(*iterables, strict=False)")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let strict = strict_keyword(vm, "zip", &args)?;
        let mut iterators = Vec::with_capacity(args.positional().len());
        for iterable in args.positional() {
            iterators.push(iter::get_iter(vm, iterable)?);
        }
        let iterators = Tuple::from_vec(vm, iterators)?;
        let body = Zip { head: Head::new(), iterators, strict: Cell::new(strict), pair: Recycled::default() };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    pub fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let iterators = self.iterators.items();
        if iterators.is_empty() {
            return Ok(None);
        }
        if let ([_, _], false) = (iterators, self.strict.get()) {
            return Ok(self.two(vm)?.map(|(x, y)| self.pair.pair(x, y).into_object()));
        }
        if let ([a, b, c], false) = (iterators, self.strict.get()) {
            let Some(x) = iter::next(vm, a)? else { return Ok(None) };
            let Some(y) = iter::next(vm, b)? else { return Ok(None) };
            let Some(z) = iter::next(vm, c)? else { return Ok(None) };
            return Ok(Some(Tuple::from_iter_exact([x, y, z].into_iter()).into_object()));
        }
        match next_of_each(vm, "zip", iterators, self.strict.get())? {
            Some(values) => Tuple::from_vec(vm, values).map(|t| Some(t.into_object())),
            None => Ok(None),
        }
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> Object {
        let kind = type_of(this.as_object()).to_object();
        let args = this.iterators.to_object();
        if this.strict.get() {
            return Tuple::from_slice(&[kind, args, true.object()]).into_object();
        }
        Tuple::from_slice(&[kind, args]).into_object()
    }

    /// Set state information for unpickling.
    #[py("__setstate__(object, /)")]
    fn setstate(&self, vm: &Vm, object: &Object) -> Result<()> {
        self.strict.set(protocol::is_true(vm, object)?);
        Ok(())
    }
}

/// Make an iterator that computes the function using arguments from
/// each of the iterables.  Stops when the shortest iterable is exhausted.
///
/// If strict is true and one of the arguments is exhausted before the
/// others, raise a ValueError.
#[pytype("map", flags(BASETYPE, HAVE_GC))]
pub struct Map {
    pub head: Head,
    pub function: Object,
    pub iterators: Ref<Tuple>,
    pub strict: Cell<bool>,
}

#[pymethods]
impl Map {
    #[slot(raw, "(function, iterable, /, *iterables, strict=False)")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let strict = strict_keyword(vm, "map", &args)?;
        let [function, iterables @ ..] = args.positional() else {
            bail!(vm, TypeError, "map() must have at least two arguments.");
        };
        if iterables.is_empty() {
            bail!(vm, TypeError, "map() must have at least two arguments.");
        }
        let mut iterators = Vec::with_capacity(iterables.len());
        for iterable in iterables {
            iterators.push(iter::get_iter(vm, iterable)?);
        }
        let body = Map {
            head: Head::new(),
            function: function.clone(),
            iterators: Tuple::from_vec(vm, iterators)?,
            strict: Cell::new(strict),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    pub fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        if let [iterator] = self.iterators.items() {
            return match iter::next(vm, iterator)? {
                Some(value) => call::call(vm, &self.function, &[value]).map(Some),
                None => Ok(None),
            };
        }
        match next_of_each(vm, "map", self.iterators.items(), self.strict.get())? {
            Some(values) => call::call(vm, &self.function, &values).map(Some),
            None => Ok(None),
        }
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> Object {
        let kind = type_of(this.as_object()).to_object();
        let mut args = vec![this.function.clone()];
        args.extend_from_slice(this.iterators.items());
        let args = Tuple::from_slice(&args).into_object();
        if this.strict.get() {
            return Tuple::from_slice(&[kind, args, true.object()]).into_object();
        }
        Tuple::from_slice(&[kind, args]).into_object()
    }

    /// Set state information for unpickling.
    #[py("__setstate__(object, /)")]
    fn setstate(&self, vm: &Vm, object: &Object) -> Result<()> {
        self.strict.set(protocol::is_true(vm, object)?);
        Ok(())
    }
}
