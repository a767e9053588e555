//! The function that `functools.lru_cache` makes.
//!
//! The least recently used results are found by a ring of links, which lie in one vector; the dict from keys to results
//! holds their indices. Nothing of the ring is borrowed while Python code may run.

use super::partial::keyword_mark;
use std::cell::{Cell, RefCell};
use vm::builtins::bound::BoundMethod;
use vm::heap;
use vm::object::{attr, instance, type_of};
use vm::prelude::*;
use vm::protocol::{call, number as numbers, object as protocol};

/// One result in the ring. Link 0 is the ring's beginning and holds nothing.
struct Link {
    hash: i64,
    key: Object,
    result: Object,
    previous: usize,
    next: usize,
}

#[derive(Default)]
struct Ring {
    links: Vec<Link>,
}

impl Trace for Ring {
    fn trace(&self, visit: &mut Visitor) {
        for link in &self.links {
            visit.object(&link.key);
            visit.object(&link.result);
        }
    }
}

impl Ring {
    fn reserve(&mut self, vm: &Vm) -> Result<()> {
        vm.memory(self.links.try_reserve(2).map_err(|_| heap::OutOfMemory))?;
        if self.links.is_empty() {
            self.links.push(Link { hash: 0, key: none(), result: none(), previous: 0, next: 0 });
        }
        Ok(())
    }

    fn take_out(&mut self, at: usize) {
        let (previous, next) = (self.links[at].previous, self.links[at].next);
        self.links[previous].next = next;
        self.links[next].previous = previous;
    }

    fn put_last(&mut self, at: usize) {
        let last = self.links[0].previous;
        self.links[last].next = at;
        self.links[at].previous = last;
        self.links[at].next = 0;
        self.links[0].previous = at;
    }
}

/// Create a cached callable that wraps another function.
#[pytype(
    "_lru_cache_wrapper",
    module = "functools",
    flags(BASETYPE, HAVE_GC, METHOD_DESCRIPTOR, MANAGED_DICT, MANAGED_WEAKREF)
)]
pub struct LruCache {
    pub head: Head,
    function: Object,
    cache_info_type: Object,
    results: Ref<Dict>,
    ring: RefCell<Ring>,
    /// `None`: results are never forgotten.
    most: Option<usize>,
    typed: bool,
    hits: Cell<usize>,
    misses: Cell<usize>,
}

/// What stands for a call's arguments in the cache. A lone str or int stands for itself, so calls must not be able to
/// make the same object out of more.
fn make_key(vm: &Vm, args: Args<'_>, typed: bool) -> Result<Object> {
    let (given, named) = (args.positional(), args.keywords());
    if !typed && named.is_empty() {
        if let [only] = given
            && (only.is_exact::<Str>() || only.is_exact::<Int>())
        {
            return Ok(only.clone());
        }
        return Ok(Tuple::try_from_slice(vm, given)?.into_object());
    }
    let mut parts = Vec::new();
    let total = given.len() * 2 + named.len() * 3 + 1;
    vm.memory(parts.try_reserve_exact(total).map_err(|_| heap::OutOfMemory))?;
    parts.extend_from_slice(given);
    if !named.is_empty() {
        parts.push(keyword_mark());
        for (name, value) in named.iter() {
            parts.push(name.clone());
            parts.push(value.clone());
        }
    }
    if typed {
        parts.extend(given.iter().chain(named.values).map(|value| type_of(value).to_object()));
    }
    Ok(Tuple::from_vec(vm, parts)?.into_object())
}

/// The hash of what is hashed without Python code.
#[inline]
fn plain_hash(key: &Object) -> Option<i64> {
    match key.as_small_int() {
        Some(n) => Some(number::int::hash_i64(n)),
        None => key.cast_exact::<Str>().map(|text| text.hash_value()),
    }
}

#[inline]
fn count(cell: &Cell<usize>) {
    cell.set(cell.get().wrapping_add(1));
}

impl LruCache {
    fn unbounded(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        // A lone small int or str is its own key, and nobody needs to hold it while it is looked for.
        if let ([only], false) = (args.items, self.typed)
            && args.keyword_count() == 0
            && let Some(hash) = plain_hash(only)
            && let Some(result) = self.results.find_hashed(vm, only, hash)?.and_then(|at| self.results.table.value(at))
        {
            count(&self.hits);
            return Ok(result);
        }
        let key = make_key(vm, args, self.typed)?;
        let hash = protocol::hash(vm, &key)?;
        let found = self.results.find_hashed(vm, &key, hash)?;
        if let Some(result) = found.and_then(|at| self.results.table.value(at)) {
            count(&self.hits);
            return Ok(result);
        }
        count(&self.misses);
        let result = call::call_args(vm, &self.function, args)?;
        match self.results.find_hashed(vm, &key, hash)? {
            Some(at) => drop(self.results.table.replace(at, result.clone())),
            None => drop(vm.memory(self.results.table.insert_new(hash, key, result.clone()))?),
        }
        Ok(result)
    }

    /// The link of a key that is in the cache.
    fn find(&self, vm: &Vm, key: &Object, hash: i64) -> Result<Option<usize>> {
        let found = self.results.find_hashed(vm, key, hash)?;
        let at = found.and_then(|at| self.results.table.value(at)).and_then(|at| at.as_small_int());
        Ok(at.map(|at| at as usize).filter(|&at| at < self.ring.borrow().links.len()))
    }

    fn bounded(&self, vm: &Vm, args: Args<'_>, most: usize) -> Result<Object> {
        let key = make_key(vm, args, self.typed)?;
        let hash = protocol::hash(vm, &key)?;
        if let Some(at) = self.find(vm, &key, hash)? {
            let mut ring = self.ring.borrow_mut();
            ring.take_out(at);
            ring.put_last(at);
            count(&self.hits);
            return Ok(ring.links[at].result.clone());
        }
        count(&self.misses);
        let result = call::call_args(vm, &self.function, args)?;
        if self.find(vm, &key, hash)?.is_some() {
            // The call itself has brought the key in.
            return Ok(result);
        }
        let table = &self.results.table;
        // What is forgotten is dropped when all is in order again.
        let _forgotten;
        let mut ring = self.ring.borrow_mut();
        ring.reserve(vm)?;
        let at = if table.len() < most {
            let at = ring.links.len();
            vm.memory(table.insert_new(hash, key.clone(), Int::from_i64(at as i64)))?;
            ring.links.push(Link { hash, key, result: result.clone(), previous: 0, next: 0 });
            at
        } else {
            let at = ring.links[0].next;
            if at == 0 {
                return Ok(result);
            }
            let oldest = &ring.links[at];
            let removed = table.find_word(oldest.hash, oldest.key.word()).and_then(|entry| table.remove(entry));
            vm.memory(table.insert_new(hash, key.clone(), Int::from_i64(at as i64)))?;
            ring.take_out(at);
            let link = &mut ring.links[at];
            link.hash = hash;
            let key = std::mem::replace(&mut link.key, key);
            let old = std::mem::replace(&mut link.result, result.clone());
            _forgotten = (removed, key, old);
            at
        };
        ring.put_last(at);
        drop(ring);
        Ok(result)
    }
}

#[pymethods]
impl LruCache {
    #[slot("(user_function, maxsize, typed, cache_info_type)", notext)]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        user_function: &Object,
        maxsize: &Object,
        typed: bool,
        cache_info_type: &Object,
    ) -> Result<Object> {
        if !call::is_callable(user_function) {
            bail!(vm, TypeError, "the first argument must be callable");
        }
        let most = if maxsize.is(&none()) {
            None
        } else if numbers::has_index(maxsize) {
            Some(numbers::as_ssize(vm, maxsize, Some(&vm::exception::types::OverflowError))?.max(0) as usize)
        } else {
            bail!(vm, TypeError, "maxsize should be integer or None");
        };
        let body = LruCache {
            head: Head::new(),
            function: user_function.clone(),
            cache_info_type: cache_info_type.clone(),
            results: Dict::empty(),
            ring: RefCell::default(),
            most,
            typed,
            hits: Cell::new(0),
            misses: Cell::new(0),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        match self.most {
            None => self.unbounded(vm, args),
            Some(0) => {
                count(&self.misses);
                call::call_args(vm, &self.function, args)
            }
            Some(most) => self.bounded(vm, args, most),
        }
    }

    #[slot]
    fn descr_get(this: &Ref<Self>, object: Option<&Object>, _kind: Option<&Object>) -> Object {
        match object.filter(|o| !o.is(&none())) {
            Some(object) => BoundMethod::make(this.as_object(), object),
            None => this.to_object(),
        }
    }

    /// Report cache statistics.
    #[py("cache_info()")]
    fn cache_info(&self, vm: &Vm) -> Result<Object> {
        let most = self.most.map_or_else(none, |n| Int::from_i128(n as i128));
        let of = |n: usize| Int::from_i128(n as i128);
        let numbers = [of(self.hits.get()), of(self.misses.get()), most, of(self.results.len())];
        call::call(vm, &self.cache_info_type, &numbers)
    }

    /// Clear the cache and the cache statistics.
    #[py("cache_clear()")]
    fn cache_clear(&self) {
        let ring = std::mem::take(&mut *self.ring.borrow_mut());
        self.hits.set(0);
        self.misses.set(0);
        self.results.table.clear();
        drop(ring);
    }

    #[py("__reduce__()", notext)]
    fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        attr::getattr(vm, this.as_object(), vm.names().__qualname__())
    }

    #[py("__copy__()", notext, tuple)]
    fn copy(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[py("__deepcopy__(memo, /)", notext, tuple)]
    fn deepcopy(this: &Ref<Self>, memo: &Object) -> Object {
        let _ = memo;
        this.to_object()
    }
}
