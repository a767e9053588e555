//! `deque` and its iterators.

use std::cell::Cell;
use vm::builtins::generic_alias::GenericAlias;
use vm::builtins::list::Joined;
use vm::exception::types;
use vm::heap::ObjDeque;
use vm::native::SliceIndex;
use vm::object::{instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, iter, number, object as protocol, sequence};

/// A list-like sequence optimized for data accesses near its endpoints.
#[pytype("deque", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC, SEQUENCE, MANAGED_WEAKREF), module = "collections")]
pub struct Deque {
    pub head: Head,
    items: ObjDeque,
    /// Grows with each change of the items' number or places.
    state: Cell<usize>,
    most: Cell<usize>,
}

const UNBOUNDED: usize = usize::MAX;

fn mutated(vm: &Vm) -> Raised {
    raise!(vm, RuntimeError, "deque mutated during iteration")
}

impl Deque {
    fn changed(&self) {
        self.state.set(self.state.get().wrapping_add(1));
    }

    fn make(vm: &Vm, cls: &Ref<Type>, most: usize) -> Result<Ref<Deque>> {
        let body = Deque { head: Head::new(), items: ObjDeque::new(), state: Cell::new(0), most: Cell::new(most) };
        instance::alloc(vm, cls, body)
    }

    #[inline]
    fn push(&self, vm: &Vm, item: Object) -> Result<()> {
        vm.memory(self.items.push_back(item))?;
        self.changed();
        if self.items.len() > self.most.get() {
            drop(self.items.pop_front());
        }
        Ok(())
    }

    #[inline]
    fn push_left(&self, vm: &Vm, item: Object) -> Result<()> {
        vm.memory(self.items.push_front(item))?;
        self.changed();
        if self.items.len() > self.most.get() {
            drop(self.items.pop_back());
        }
        Ok(())
    }

    /// Takes the items of an iterable in, by `push`.
    fn take_in(&self, vm: &Vm, iterable: &Object, push: impl Fn(&Deque, Object) -> Result<()>) -> Result<()> {
        if let Some(other) = iterable.cast::<Deque>()
            && std::ptr::eq::<Deque>(self, &**other)
        {
            for item in vm.memory(self.items.to_vec())? {
                push(self, item)?;
            }
            return Ok(());
        }
        let iterator = iter::get_iter(vm, iterable)?;
        while let Some(item) = iter::next(vm, &iterator)? {
            if self.most.get() != 0 {
                push(self, item)?;
            }
        }
        Ok(())
    }

    /// The first position from `start` to `stop` whose item equals the value.
    fn position(
        &self,
        vm: &Vm,
        value: &Object,
        start: usize,
        stop: usize,
        mutated: impl Fn() -> Raised,
    ) -> Result<Option<usize>> {
        let state = self.state.get();
        for i in start..stop {
            let Some(item) = self.items.get(i) else { break };
            let same = protocol::same_or_equal(vm, &item, value)?;
            if self.state.get() != state {
                return Err(mutated());
            }
            if same {
                return Ok(Some(i));
            }
        }
        Ok(None)
    }

    fn rotate_by(&self, n: isize) {
        let len = self.items.len() as isize;
        if len <= 1 {
            return;
        }
        let n = n.rem_euclid(len) as usize;
        if n == 0 {
            return;
        }
        self.changed();
        if n * 2 <= len as usize { self.items.rotate_right(n) } else { self.items.rotate_left(len as usize - n) }
    }

    fn limit(&self) -> Option<usize> {
        Some(self.most.get()).filter(|&m| m != UNBOUNDED)
    }

    /// A new deque of the same kind with the same items and bound.
    fn duplicate(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        if this.as_object().is_exact::<Deque>() {
            let copy = Deque::make(vm, Deque::class(), this.most.get())?;
            for item in vm.memory(this.items.to_vec())? {
                vm.memory(copy.items.push_back(item))?;
            }
            return Ok(copy.into_object());
        }
        let kind = type_of(this.as_object()).to_object();
        let copy = match this.limit() {
            None => call::call(vm, &kind, &[this.to_object()])?,
            Some(most) => call::call(vm, &kind, &[this.to_object(), Int::from_i64(most as i64)])?,
        };
        if !copy.is_instance_of::<Deque>() {
            bail!(vm, TypeError, "{}() must return a deque, not {}", type_name(this.as_object()), type_name(&copy));
        }
        Ok(copy)
    }

    fn repeat_in_place(&self, vm: &Vm, times: isize) -> Result<()> {
        let len = self.items.len();
        if times <= 0 || len == 0 {
            self.clear();
            return Ok(());
        }
        let total = sequence::repeated_len(len, times).ok_or_else(|| vm.out_of_memory())?;
        let items = vm.memory(self.items.to_vec())?;
        // With a bound only the last copies stay.
        let wanted = self.limit().map_or(total, |most| total.min(most + len));
        let copies = wanted.div_ceil(len).min(times as usize);
        vm.memory(self.items.reserve(wanted - len))?;
        for _ in 1..copies {
            for item in &items {
                self.push(vm, item.clone())?;
            }
        }
        Ok(())
    }
}

#[pymethods]
impl Deque {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        Ok(Deque::make(vm, cls, UNBOUNDED)?.into_object())
    }

    #[slot("(iterable=(), maxlen=None)", notext)]
    fn init(&self, vm: &Vm, iterable: Option<&Object>, maxlen: Option<&Object>) -> Result<()> {
        let most = match maxlen {
            None => UNBOUNDED,
            Some(most) if !most.is_instance_of::<Int>() => bail!(vm, TypeError, "an integer is required"),
            Some(most) => match number::as_ssize(vm, most, Some(&types::OverflowError))? {
                n if n < 0 => bail!(vm, ValueError, "maxlen must be non-negative"),
                n => n as usize,
            },
        };
        self.most.set(most);
        if !self.items.is_empty() {
            self.clear();
        }
        match iterable {
            Some(iterable) => self.extend(vm, iterable),
            None => Ok(()),
        }
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let name = type_of(this.as_object()).short_name();
        let text = vm.guard_repr(this.as_object(), || {
            let mut joined = Joined::new(vm, &format!("{name}(["))?;
            let state = this.state.get();
            let mut i = 0;
            while let Some(item) = this.items.get(i) {
                joined.item(vm, &item)?;
                if this.state.get() != state {
                    return Err(mutated(vm));
                }
                i += 1;
            }
            match this.limit() {
                Some(most) => joined.finish(vm, &format!("], maxlen={most})")),
                None => joined.finish(vm, "])"),
            }
        })?;
        Ok(text.unwrap_or_else(|| Str::new("[...]")).into_object())
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Deque>() else { return not_implemented(vm) };
        let (a, b) = (&self.items, &other.items);
        if std::ptr::eq::<Deque>(self, &**other) && matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok((op == CompareOp::Eq).object());
        }
        if a.len() != b.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok((op == CompareOp::Ne).object());
        }
        let states = (self.state.get(), other.state.get());
        let mut i = 0;
        while let (Some(x), Some(y)) = (a.get(i), b.get(i)) {
            let same = protocol::same_or_equal(vm, &x, &y)?;
            if !same {
                return match op {
                    CompareOp::Eq => Ok(false.object()),
                    CompareOp::Ne => Ok(true.object()),
                    op => protocol::compare(vm, &x, &y, op),
                };
            }
            if (self.state.get(), other.state.get()) != states {
                return Err(mutated(vm));
            }
            i += 1;
        }
        Ok(protocol::holds(op, a.len().cmp(&b.len())).object())
    }

    #[slot]
    fn len(&self) -> usize {
        self.items.len()
    }

    #[slot]
    fn bool(&self) -> bool {
        !self.items.is_empty()
    }

    #[slot]
    fn contains(&self, vm: &Vm, value: &Object) -> Result<bool> {
        Ok(self.position(vm, value, 0, usize::MAX, || mutated(vm))?.is_some())
    }

    #[slot]
    fn item(&self, vm: &Vm, index: isize) -> Result<Object> {
        usize::try_from(index)
            .ok()
            .and_then(|i| self.items.get(i))
            .ok_or_else(|| raise!(vm, IndexError, "deque index out of range"))
    }

    #[slot]
    fn ass_item(&self, vm: &Vm, index: isize, value: Option<&Object>) -> Result<()> {
        let Some(i) = usize::try_from(index).ok().filter(|&i| i < self.items.len()) else {
            bail!(vm, IndexError, "deque index out of range");
        };
        match value {
            Some(value) => drop(self.items.replace(i, value.clone())),
            None => {
                self.changed();
                drop(self.items.remove(i));
            }
        }
        Ok(())
    }

    #[slot]
    fn concat(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        if !other.is_instance_of::<Deque>() {
            bail!(vm, TypeError, "can only concatenate deque (not \"{}\") to deque", type_name(other));
        }
        let new = Deque::duplicate(this, vm)?;
        if let Some(deque) = new.cast::<Deque>() {
            deque.extend(vm, other)?;
        }
        Ok(new)
    }

    #[slot]
    fn repeat(this: &Ref<Self>, vm: &Vm, times: isize) -> Result<Object> {
        let new = Deque::duplicate(this, vm)?;
        if let Some(deque) = new.cast::<Deque>() {
            deque.repeat_in_place(vm, times)?;
        }
        Ok(new)
    }

    #[slot]
    fn inplace_concat(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        this.extend(vm, other)?;
        Ok(this.to_object())
    }

    #[slot]
    fn inplace_repeat(this: &Ref<Self>, vm: &Vm, times: isize) -> Result<Object> {
        this.repeat_in_place(vm, times)?;
        Ok(this.to_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        instance::alloc_static(DequeIter::over(this)).into_object()
    }

    /// Return a reverse iterator over the deque.
    #[py("__reversed__()")]
    fn reversed(this: &Ref<Self>) -> Object {
        instance::alloc_static(DequeReverseIter::over(this)).into_object()
    }

    /// Return the size of the deque in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(&self) -> usize {
        size_of::<Deque>() + self.items.capacity() * 8
    }

    /// Add an element to the right side of the deque.
    #[py("append(item, /)")]
    fn append(&self, vm: &Vm, item: &Object) -> Result<()> {
        self.push(vm, item.clone())
    }

    /// Add an element to the left side of the deque.
    #[py("appendleft(item, /)")]
    fn appendleft(&self, vm: &Vm, item: &Object) -> Result<()> {
        self.push_left(vm, item.clone())
    }

    /// Remove all elements from the deque.
    #[py("clear()")]
    fn clear(&self) {
        self.changed();
        drop(self.items.take());
    }

    /// Return a shallow copy of a deque.
    #[py("__copy__()")]
    fn copy_protocol(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        Deque::duplicate(this, vm)
    }

    /// Return a shallow copy of a deque.
    #[py("copy()")]
    fn copy(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        Deque::duplicate(this, vm)
    }

    /// Return number of occurrences of value.
    #[py("count(value, /)")]
    fn count(&self, vm: &Vm, value: &Object) -> Result<usize> {
        let state = self.state.get();
        let (mut n, mut i) = (0, 0);
        while let Some(item) = self.items.get(i) {
            n += usize::from(protocol::same_or_equal(vm, &item, value)?);
            if self.state.get() != state {
                return Err(mutated(vm));
            }
            i += 1;
        }
        Ok(n)
    }

    /// Extend the right side of the deque with elements from the iterable.
    #[py("extend(iterable, /)")]
    fn extend(&self, vm: &Vm, iterable: &Object) -> Result<()> {
        self.take_in(vm, iterable, |deque, item| deque.push(vm, item))
    }

    /// Extend the left side of the deque with elements from the iterable.
    #[py("extendleft(iterable, /)")]
    fn extendleft(&self, vm: &Vm, iterable: &Object) -> Result<()> {
        self.take_in(vm, iterable, |deque, item| deque.push_left(vm, item))
    }

    /// Return first index of value; ValueError if there is none.
    #[py("index(value, start=0, stop=sys.maxsize, /)", notext)]
    fn index(&self, vm: &Vm, value: &Object, start: SliceIndex, stop: SliceIndex) -> Result<usize> {
        let len = self.items.len();
        match self.position(vm, value, start.clamp(len), stop.clamp(len), || mutated(vm))? {
            Some(i) => Ok(i),
            None => Err(raise!(vm, ValueError, "deque.index(x): x not in deque")),
        }
    }

    /// Insert value before index.
    #[py("insert(index, value, /)")]
    fn insert(&self, vm: &Vm, index: isize, value: &Object) -> Result<()> {
        let len = self.items.len();
        if len >= self.most.get() {
            bail!(vm, IndexError, "deque already at its maximum size");
        }
        self.changed();
        vm.memory(self.items.insert(SliceIndex(index).clamp(len), value.clone()))
    }

    /// Remove and return the rightmost element.
    #[py("pop()")]
    fn pop(&self, vm: &Vm) -> Result<Object> {
        match self.items.pop_back() {
            Some(item) => {
                self.changed();
                Ok(item)
            }
            None => Err(raise!(vm, IndexError, "pop from an empty deque")),
        }
    }

    /// Remove and return the leftmost element.
    #[py("popleft()")]
    fn popleft(&self, vm: &Vm) -> Result<Object> {
        match self.items.pop_front() {
            Some(item) => {
                self.changed();
                Ok(item)
            }
            None => Err(raise!(vm, IndexError, "pop from an empty deque")),
        }
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let object = this.as_object();
        let state = call::call_method(vm, object, vm.names().__getstate__(), &[])?;
        let args = match this.limit() {
            None => Tuple::empty(),
            Some(most) => Tuple::from_slice(&[Tuple::empty().into_object(), Int::from_i64(most as i64)]),
        };
        let iterator = iter::get_iter(vm, object)?;
        let kind = type_of(object).to_object();
        Ok(Tuple::from_slice(&[kind, args.into_object(), state, iterator]).into_object())
    }

    /// Remove first occurrence of value.
    #[py("remove(value, /)")]
    fn remove(&self, vm: &Vm, value: &Object) -> Result<()> {
        let mutated = || raise!(vm, IndexError, "deque mutated during iteration");
        match self.position(vm, value, 0, usize::MAX, mutated)? {
            Some(i) => {
                self.changed();
                drop(self.items.remove(i));
                Ok(())
            }
            None => Err(raise!(vm, ValueError, "deque.remove(x): x not in deque")),
        }
    }

    /// Reverse *IN PLACE*.
    #[py("reverse()")]
    fn reverse(&self) {
        self.items.reverse();
    }

    /// Rotate the deque n steps to the right.  If n is negative, rotates left.
    #[py("rotate(n=1, /)")]
    fn rotate(&self, n: isize) {
        self.rotate_by(n);
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }

    /// maximum size of a deque or None if unbounded
    #[getter("maxlen")]
    fn maxlen(&self) -> Option<usize> {
        self.limit()
    }
}

macro_rules! walks {
    ($kind:ident, $name:literal, $at:expr) => {
        #[pytype($name, flags(SHOWS_GETATTRIBUTE, HAVE_GC), module = "collections")]
        pub struct $kind {
            pub head: Head,
            deque: Field<Ref<Deque>>,
            /// Items already given.
            given: Cell<usize>,
            left: Cell<usize>,
            state: Cell<usize>,
        }

        impl $kind {
            fn over(deque: &Ref<Deque>) -> Self {
                $kind {
                    head: Head::new(),
                    deque: Field::some(deque.clone()),
                    given: Cell::new(0),
                    left: Cell::new(deque.items.len()),
                    state: Cell::new(deque.state.get()),
                }
            }
        }

        #[pymethods]
        impl $kind {
            #[slot]
            fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
                let (deque, index) = match args.positional() {
                    [deque] => (deque, 0),
                    [deque, index] => (deque, number::as_ssize(vm, index, Some(&types::OverflowError))?),
                    other => bail!(
                        vm,
                        TypeError,
                        "function takes {} ({} given)",
                        if other.is_empty() { "at least 1 argument" } else { "at most 2 arguments" },
                        other.len()
                    ),
                };
                let Some(deque) = deque.cast::<Deque>() else {
                    bail!(vm, TypeError, "argument 1 must be collections.deque, not {}", type_name(deque));
                };
                let walk = instance::alloc(vm, cls, Self::over(deque))?;
                let skip = (index.max(0) as usize).min(walk.left.get());
                walk.given.set(skip);
                walk.left.set(walk.left.get() - skip);
                Ok(walk.into_object())
            }

            #[slot]
            fn iter(this: &Ref<Self>) -> Object {
                this.to_object()
            }

            #[slot]
            fn next(&self, vm: &Vm) -> Result<Option<Object>> {
                let Some(deque) = self.deque.get() else { return Ok(None) };
                if deque.state.get() != self.state.get() {
                    self.left.set(0);
                    return Err(mutated(vm));
                }
                let left = self.left.get();
                if left == 0 {
                    return Ok(None);
                }
                let given = self.given.get();
                let at: fn(usize, usize) -> usize = $at;
                self.given.set(given + 1);
                self.left.set(left - 1);
                Ok(deque.items.get(at(given, left)))
            }

            /// Private method returning an estimate of len(list(it)).
            #[py("__length_hint__()")]
            fn length_hint(&self) -> usize {
                self.left.get()
            }

            /// Return state information for pickling.
            #[py("__reduce__()")]
            fn reduce(this: &Ref<Self>) -> Object {
                let deque = this.deque.get().map_or_else(none, |d| d.into_object());
                let len = deque.cast::<Deque>().map_or(0usize, |d| d.items.len());
                let index = Int::from_i64(len.saturating_sub(this.left.get()) as i64);
                let args = Tuple::from_slice(&[deque, index]).into_object();
                Tuple::from_slice(&[type_of(this.as_object()).to_object(), args]).into_object()
            }
        }
    };
}
walks!(DequeIter, "_deque_iterator", |given, _| given);
walks!(DequeReverseIter, "_deque_reverse_iterator", |_, left| left - 1);
