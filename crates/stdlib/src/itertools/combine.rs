//! The combinatoric iterators: `product`, `combinations`, `combinations_with_replacement`, `permutations`.
//!
//! Each holds its items in a pool and walks indices into it. No Python code runs while the indices are borrowed: the
//! pool keeps every item alive, so replacing one in the result frees nothing.

use super::as_size;
use std::cell::{Cell, RefCell};
use vm::heap::OutOfMemory;
use vm::object::{instance, type_of};
use vm::prelude::*;
use vm::protocol::iter;

/// The tuple for the indices as they are now: the last result again, with the items from `from` on changed, if nobody
/// else has it.
fn emit<'a>(
    vm: &Vm,
    result: &Field<Ref<Tuple>>,
    from: usize,
    len: usize,
    item: impl Fn(usize) -> &'a Object,
) -> Result<Option<Object>> {
    let mut last = result.take();
    match last.as_mut().and_then(Tuple::unique_mut) {
        Some(items) => {
            for (i, slot) in items.iter_mut().enumerate().skip(from) {
                *slot = item(i).clone();
            }
        }
        None => last = Some(vm.memory(Tuple::try_from_fn(len, |i| item(i).clone()))?),
    }
    let given = last.clone().map(Ref::into_object);
    result.set(last);
    Ok(given)
}

fn indices(vm: &Vm, len: usize, at: impl Fn(usize) -> usize) -> Result<Vec<usize>> {
    let mut out = Vec::new();
    vm.memory(out.try_reserve_exact(len).map_err(|_| OutOfMemory))?;
    out.extend((0..len).map(at));
    Ok(out)
}

fn pool(vm: &Vm, iterable: &Object) -> Result<Ref<Tuple>> {
    match iterable.cast_exact::<Tuple>() {
        Some(tuple) => Ok(tuple.clone()),
        None => Tuple::from_vec(vm, iter::to_vec(vm, iterable)?),
    }
}

/// `r`, which must not be negative.
fn count(vm: &Vm, r: &Object) -> Result<usize> {
    match as_size(vm, r)? {
        r if r < 0 => Err(raise!(vm, ValueError, "r must be non-negative")),
        r => Ok(r as usize),
    }
}

/// Where the iterator stands.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Fresh,
    Running,
    Stopped,
}

/// Cartesian product of input iterables.  Equivalent to nested for-loops.
///
/// product('ab', range(3)) --> ('a',0) ('a',1) ('a',2) ('b',0) ('b',1) ('b',2)
#[pytype("product", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct Product {
    pub head: Head,
    pools: Vec<Ref<Tuple>>,
    #[untraced]
    indices: RefCell<Vec<usize>>,
    result: Field<Ref<Tuple>>,
    #[untraced]
    state: Cell<State>,
}

#[pymethods]
impl Product {
    #[slot(raw, "(*iterables, repeat=1)")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let mut repeat = 1;
        for (name, value) in args.keywords().iter() {
            match name.cast::<Str>() {
                Some(name) if name.as_ascii() == Some("repeat") => repeat = as_size(vm, value)?,
                Some(name) => bail!(vm, TypeError, "product() got an unexpected keyword argument '{name}'"),
                None => bail!(vm, TypeError, "keywords must be strings"),
            }
        }
        if repeat < 0 {
            bail!(vm, ValueError, "repeat argument cannot be negative");
        }
        let given = if repeat == 0 { &[] } else { args.positional() };
        let Some(len) = given.len().checked_mul(repeat as usize).filter(|&n| n <= isize::MAX as usize / 8) else {
            bail!(vm, OverflowError, "repeat argument too large");
        };
        let indices = indices(vm, len, |_| 0)?;
        let mut pools = Vec::new();
        vm.memory(pools.try_reserve_exact(len).map_err(|_| OutOfMemory))?;
        for iterable in given {
            pools.push(pool(vm, iterable)?);
        }
        for i in given.len()..len {
            pools.push(pools[i - given.len()].clone());
        }
        let stopped = pools.iter().any(|p| p.is_empty());
        let body = Product {
            head: Head::new(),
            pools,
            indices: RefCell::new(indices),
            result: Field::empty(),
            state: Cell::new(if stopped { State::Stopped } else { State::Fresh }),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let mut indices = self.indices.borrow_mut();
        let from = match self.state.get() {
            State::Stopped => return Ok(None),
            State::Fresh => {
                self.state.set(State::Running);
                0
            }
            State::Running => {
                let mut at = indices.len();
                loop {
                    if at == 0 {
                        self.state.set(State::Stopped);
                        self.result.set(None);
                        return Ok(None);
                    }
                    at -= 1;
                    indices[at] += 1;
                    if indices[at] < self.pools[at].len() {
                        break at;
                    }
                    indices[at] = 0;
                }
            }
        };
        emit(vm, &self.result, from, indices.len(), |i| &self.pools[i].items()[indices[i]])
    }

    /// Returns size in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(this: &Ref<Self>) -> usize {
        type_of(this.as_object()).base_head.basic_size.get() as usize + this.pools.len() * 8
    }
}

/// Return successive r-length combinations of elements in the iterable.
///
/// combinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)
#[pytype("combinations", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct Combinations {
    pub head: Head,
    pool: Ref<Tuple>,
    #[untraced]
    indices: RefCell<Vec<usize>>,
    result: Field<Ref<Tuple>>,
    #[untraced]
    state: Cell<State>,
}

#[pymethods]
impl Combinations {
    #[slot("(iterable, r)")]
    fn new(cls: &Ref<Type>, vm: &Vm, iterable: &Object, r: &Object) -> Result<Object> {
        let r = as_size(vm, r)?;
        let pool = pool(vm, iterable)?;
        if r < 0 {
            bail!(vm, ValueError, "r must be non-negative");
        }
        let r = r as usize;
        let possible = r <= pool.len();
        let body = Combinations {
            head: Head::new(),
            indices: RefCell::new(indices(vm, if possible { r } else { 0 }, |i| i)?),
            pool,
            result: Field::empty(),
            state: Cell::new(if possible { State::Fresh } else { State::Stopped }),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let mut indices = self.indices.borrow_mut();
        let (n, r) = (self.pool.len(), indices.len());
        let from = match self.state.get() {
            State::Stopped => return Ok(None),
            State::Fresh => {
                self.state.set(State::Running);
                0
            }
            State::Running => {
                // The rightmost index that is not at its last place.
                let Some(at) = (0..r).rev().find(|&i| indices[i] != i + n - r) else {
                    self.state.set(State::Stopped);
                    self.result.set(None);
                    return Ok(None);
                };
                indices[at] += 1;
                for i in at + 1..r {
                    indices[i] = indices[i - 1] + 1;
                }
                at
            }
        };
        emit(vm, &self.result, from, r, |i| &self.pool.items()[indices[i]])
    }

    /// Returns size in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(this: &Ref<Self>) -> usize {
        type_of(this.as_object()).base_head.basic_size.get() as usize + this.indices.borrow().len() * 8
    }
}

/// Return successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.
#[pytype("combinations_with_replacement", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct CombinationsWithReplacement {
    pub head: Head,
    pool: Ref<Tuple>,
    #[untraced]
    indices: RefCell<Vec<usize>>,
    result: Field<Ref<Tuple>>,
    #[untraced]
    state: Cell<State>,
}

#[pymethods]
impl CombinationsWithReplacement {
    #[slot("(iterable, r)")]
    fn new(cls: &Ref<Type>, vm: &Vm, iterable: &Object, r: &Object) -> Result<Object> {
        let r = as_size(vm, r)?;
        let pool = pool(vm, iterable)?;
        if r < 0 {
            bail!(vm, ValueError, "r must be non-negative");
        }
        let r = r as usize;
        let stopped = pool.is_empty() && r > 0;
        let body = CombinationsWithReplacement {
            head: Head::new(),
            indices: RefCell::new(indices(vm, r, |_| 0)?),
            pool,
            result: Field::empty(),
            state: Cell::new(if stopped { State::Stopped } else { State::Fresh }),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let mut indices = self.indices.borrow_mut();
        let from = match self.state.get() {
            State::Stopped => return Ok(None),
            State::Fresh => {
                self.state.set(State::Running);
                0
            }
            State::Running => {
                let last = self.pool.len().wrapping_sub(1);
                let Some(at) = indices.iter().rposition(|&i| i != last) else {
                    self.state.set(State::Stopped);
                    self.result.set(None);
                    return Ok(None);
                };
                let index = indices[at] + 1;
                indices[at..].fill(index);
                at
            }
        };
        emit(vm, &self.result, from, indices.len(), |i| &self.pool.items()[indices[i]])
    }

    /// Returns size in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(this: &Ref<Self>) -> usize {
        type_of(this.as_object()).base_head.basic_size.get() as usize + this.indices.borrow().len() * 8
    }
}

/// Return successive r-length permutations of elements in the iterable.
///
/// permutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)
#[pytype("permutations", module = "itertools", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct Permutations {
    pub head: Head,
    pool: Ref<Tuple>,
    /// The indices in their present order, and for each place how many orders are left.
    #[untraced]
    walk: RefCell<(Vec<usize>, Vec<usize>)>,
    result: Field<Ref<Tuple>>,
    #[untraced]
    state: Cell<State>,
}

#[pymethods]
impl Permutations {
    #[slot("(iterable, r=None)")]
    fn new(cls: &Ref<Type>, vm: &Vm, iterable: &Object, r: Option<&Object>) -> Result<Object> {
        let pool = pool(vm, iterable)?;
        let n = pool.len();
        let r = match r {
            None => n,
            Some(r) if !r.is_instance_of::<Int>() => bail!(vm, TypeError, "Expected int as r"),
            Some(r) => count(vm, r)?,
        };
        let possible = r <= n;
        let walk =
            if possible { (indices(vm, n, |i| i)?, indices(vm, r, |i| n - i)?) } else { (Vec::new(), Vec::new()) };
        let body = Permutations {
            head: Head::new(),
            pool,
            walk: RefCell::new(walk),
            result: Field::empty(),
            state: Cell::new(if possible { State::Fresh } else { State::Stopped }),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let mut walk = self.walk.borrow_mut();
        let (indices, cycles) = &mut *walk;
        let (n, r) = (indices.len(), cycles.len());
        let from = match self.state.get() {
            State::Stopped => return Ok(None),
            State::Fresh => {
                self.state.set(State::Running);
                0
            }
            State::Running => {
                let mut at = r;
                loop {
                    if at == 0 {
                        self.state.set(State::Stopped);
                        self.result.set(None);
                        return Ok(None);
                    }
                    at -= 1;
                    cycles[at] -= 1;
                    if cycles[at] != 0 {
                        indices.swap(at, n - cycles[at]);
                        break at;
                    }
                    indices[at..].rotate_left(1);
                    cycles[at] = n - at;
                }
            }
        };
        emit(vm, &self.result, from, r, |i| &self.pool.items()[indices[i]])
    }

    /// Returns size in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(this: &Ref<Self>) -> usize {
        let walk = this.walk.borrow();
        type_of(this.as_object()).base_head.basic_size.get() as usize + (walk.0.len() + walk.1.len()) * 8
    }
}
