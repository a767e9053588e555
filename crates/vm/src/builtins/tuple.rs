//! `tuple`.

use crate::builtins::range::RangeIter;
use crate::object::{instance, same_slot, type_of};
use crate::prelude::*;
use crate::protocol::sequence::{self, repeated_len};
use crate::protocol::{iter, number, object as protocol};
use heap::{OutOfMemory, TupleBody};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// The body of a tuple.
#[repr(transparent)]
pub struct Tuple {
    body: TupleBody,
}

impl Trace for Tuple {
    fn trace(&self, visit: &mut Visitor) {
        self.body.trace(visit);
    }
}

impl PyType for Tuple {
    const NAME: &'static str = "tuple";
    const MODULE: &'static str = "builtins";
    const DOC: &'static str = "Built-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is initialized from iterable's items.\n\nIf the argument is a tuple, the return value is the same object.";
    const FLAGS: u32 = flags::BASETYPE | flags::TUPLE_SUBCLASS | flags::SEQUENCE | flags::MATCH_SELF | flags::HAVE_GC;
    type Base = crate::builtins::object::BaseObject;
    #[inline]
    fn static_type() -> &'static StaticType {
        static TYPE: StaticType = StaticType::new();
        &TYPE
    }
    fn fill_head(head: &heap::TypeHead) {
        head.for_tuple();
    }
}

impl std::ops::Deref for Tuple {
    type Target = TupleBody;
    #[inline(always)]
    fn deref(&self) -> &TupleBody {
        &self.body
    }
}

/// The pair that an iterator gave last: it is given again, with other items, when nobody else has kept it.
#[derive(Default)]
pub struct Recycled(Field<Ref<Tuple>>);

impl Trace for Recycled {
    fn trace(&self, visit: &mut Visitor) {
        self.0.trace(visit);
    }
    fn clear_refs(&self) {
        self.0.clear_refs();
    }
}

impl Recycled {
    /// A tuple of two that takes the references over.
    #[expect(unsafe_code, reason = "a pair that only this field holds is looked at by nobody")]
    #[inline]
    pub fn pair(&self, a: Object, b: Object) -> Ref<Tuple> {
        // SAFETY: cloned at once.
        if let Some(kept) = unsafe { self.0.peek() }
            && kept.head().count() == 1
        {
            let kept = kept.clone();
            // SAFETY: only this field held it; made below, with two items.
            let old = unsafe { kept.replace_items([a, b]) };
            drop(old);
            return kept;
        }
        let made = Tuple::pair(a, b);
        self.0.set(Some(made.clone()));
        made
    }
}

static EMPTY: AtomicU64 = AtomicU64::new(0);

impl Tuple {
    /// Gives a tuple that its maker began with anything its items; parts of it may refer to it already.
    #[expect(
        unsafe_code,
        reason = "no part looks into the tuple before it is complete, and places beyond it are left out"
    )]
    pub fn complete(&self, items: Vec<Object>) {
        let len = self.items().len();
        for (index, item) in items.into_iter().take(len).enumerate() {
            // SAFETY: the place exists; nothing borrows the items while the reader holds the tuple.
            drop(unsafe { self.replace_item(index, item) });
        }
    }

    #[expect(unsafe_code, reason = "instances of tuple and its subclasses have this body and room behind it")]
    #[inline]
    fn alloc(kind: &Ref<Type>, len: usize, fill: impl FnMut(usize) -> Object) -> Result<Ref<Tuple>, OutOfMemory> {
        // SAFETY: `kind` is tuple or derives from it.
        unsafe {
            let extra = instance::extra_var(kind);
            let body = TupleBody::alloc(kind.as_kind(), len, extra, fill)?;
            let this: Ref<Tuple> = crate::object::cast::retype(body);
            if extra != 0 {
                instance::set_up_var(this.as_object());
            }
            Ok(this)
        }
    }

    /// The empty tuple: always the same object.
    #[expect(unsafe_code, reason = "the one empty tuple is immortal and its word is kept in a cell")]
    pub fn empty() -> Ref<Tuple> {
        let word = EMPTY.load(Ordering::Relaxed);
        if word == 0 {
            let made = Self::alloc(Self::class(), 0, |_| none()).expect("memory for a constant");
            made.head().make_immortal();
            heap::Heap::current().untrack(made.head());
            EMPTY.store(made.clone().into_raw() as u64, Ordering::Relaxed);
            return made;
        }
        // SAFETY: the immortal tuple made above.
        unsafe { Ref::from_raw(word as *mut Tuple) }
    }

    /// A tuple of copies of these references.
    #[inline]
    pub fn from_slice(items: &[Object]) -> Ref<Tuple> {
        if items.is_empty() {
            return Self::empty();
        }
        Self::alloc(Self::class(), items.len(), |i| items[i].clone()).expect("memory for a tuple")
    }

    /// A tuple of what `fill` gives for each index.
    #[inline]
    pub fn try_from_fn(len: usize, fill: impl FnMut(usize) -> Object) -> Result<Ref<Tuple>, OutOfMemory> {
        if len == 0 {
            return Ok(Self::empty());
        }
        Self::alloc(Self::class(), len, fill)
    }

    /// The items to change in place, where this is the only reference to the tuple: for iterators that hand out the
    /// same tuple again. The cached hash is forgotten.
    #[expect(unsafe_code, reason = "the only reference, borrowed uniquely: nobody else sees the items")]
    #[inline]
    pub fn unique_mut(this: &mut Ref<Tuple>) -> Option<&mut [Object]> {
        if this.head().count() != 1 || this.head().is_immortal() {
            return None;
        }
        this.set_hash(-1);
        let len = this.items().len();
        // SAFETY: the count is one and `this` is borrowed uniquely, so no other slice of the items is alive.
        Some(unsafe { std::slice::from_raw_parts_mut(this.items().as_ptr().cast_mut(), len) })
    }

    /// A tuple of any size.
    pub fn try_from_slice(vm: &Vm, items: &[Object]) -> Result<Ref<Tuple>> {
        if items.is_empty() {
            return Ok(Self::empty());
        }
        vm.memory(Self::alloc(Self::class(), items.len(), |i| items[i].clone()))
    }

    /// A tuple that takes the references over.
    #[inline]
    pub fn from_iter_exact(items: impl ExactSizeIterator<Item = Object>) -> Ref<Tuple> {
        let mut items = items;
        if items.len() == 0 {
            return Self::empty();
        }
        Self::alloc(Self::class(), items.len(), |_| items.next().unwrap_or_else(none)).expect("memory for a tuple")
    }

    /// A tuple of two that takes the references over.
    #[inline]
    pub fn pair(a: Object, b: Object) -> Ref<Tuple> {
        let (mut a, mut b) = (Some(a), Some(b));
        let fill = |i| if i == 0 { a.take() } else { b.take() }.unwrap_or_else(none);
        Self::alloc(Self::class(), 2, fill).expect("memory for a tuple")
    }

    /// A tuple that takes the references over, of any size.
    pub fn from_vec(vm: &Vm, items: Vec<Object>) -> Result<Ref<Tuple>> {
        if items.is_empty() {
            return Ok(Self::empty());
        }
        let len = items.len();
        let mut items = items.into_iter();
        vm.memory(Self::alloc(Self::class(), len, |_| items.next().unwrap_or_else(none)))
    }

    /// The tuple of an iterable's items: a tuple itself.
    #[expect(unsafe_code, reason = "a list's items are copied while nobody can change it")]
    pub fn from_iterable(vm: &Vm, iterable: &Object) -> Result<Ref<Tuple>> {
        if let Some(same) = iterable.cast_exact::<Tuple>() {
            return Ok(same.clone());
        }
        match iterable.cast_exact::<List>() {
            Some(list) => {
                // SAFETY: taking memory and counting run no code that could change the list.
                let items = unsafe { list.items.as_slice() };
                vm.memory(Tuple::try_from_fn(items.len(), |i| items[i].clone()))
            }
            None => Self::gathered(vm, &iter::get_iter(vm, iterable)?),
        }
    }

    /// A tuple of what an iterator gives. A few items need no buffer besides the tuple.
    fn gathered(vm: &Vm, iterator: &Object) -> Result<Ref<Tuple>> {
        if let Some(range) = iterator.cast_exact::<RangeIter>().filter(|range| range.left.get() < 1 << 24) {
            let fill = |_| range.advance().map_or_else(none, Int::from_i64);
            return vm.memory(Self::try_from_fn(range.left.get() as usize, fill));
        }
        let mut few = [const { None }; 12];
        let mut len = 0;
        while let Some(item) = iter::next(vm, iterator)? {
            let Some(place) = few.get_mut(len) else {
                let mut items: Vec<Object> = few.into_iter().flatten().collect();
                items.push(item);
                while let Some(item) = iter::next(vm, iterator)? {
                    if items.len() == items.capacity() {
                        vm.memory(items.try_reserve(items.len()).map_err(|_| OutOfMemory))?;
                    }
                    items.push(item);
                }
                return Self::from_vec(vm, items);
            };
            *place = Some(item);
            len += 1;
        }
        vm.memory(Self::try_from_fn(len, |i| few[i].take().unwrap_or_else(none)))
    }

    /// An instance of a subclass.
    pub fn of_class(vm: &Vm, cls: &Ref<Type>, items: Vec<Object>) -> Result<Ref<Tuple>> {
        if cls.is(Self::class()) {
            return Self::from_vec(vm, items);
        }
        let len = items.len();
        let mut items = items.into_iter();
        vm.memory(Self::alloc(cls, len, |_| items.next().unwrap_or_else(none)))
    }
}

/// The hash of a tuple of these items: xxHash's mixing, as CPython's tuples have it.
pub fn hash_items(vm: &Vm, items: &[Object]) -> Result<i64> {
    vm.check_stack(" while hashing a tuple")?;
    const P1: u64 = 11_400_714_785_074_694_791;
    const P2: u64 = 14_029_467_366_897_019_727;
    const P5: u64 = 2_870_177_450_012_600_261;
    let mut acc = P5;
    for item in items {
        let lane = protocol::hash(vm, item)? as u64;
        acc = acc.wrapping_add(lane.wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1);
    }
    acc = acc.wrapping_add(items.len() as u64 ^ (P5 ^ 3_527_539));
    Ok(if acc == u64::MAX { 1_546_275_796 } else { acc as i64 })
}

/// Whether two objects are equal, as far as that is told without Python code: the same one, numbers in a word, strings, and
/// tuples of such (their subclasses too, unless they compare in a way of their own), nested `depth` times.
pub fn equal_plainly(a: &Object, b: &Object, depth: u32) -> Option<bool> {
    if a.is(b) {
        return Some(true);
    }
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Some(x == y);
    }
    if let (Some(x), Some(y)) = (a.as_small_float(), b.as_small_float()) {
        return Some(x == y);
    }
    if let (Some(x), Some(y)) = (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        return Some(**x == **y);
    }
    let (x, y) = (plain_tuple(a)?, plain_tuple(b)?);
    if depth == 0 {
        return None;
    }
    for (x, y) in x.items().iter().zip(y.items()) {
        if !equal_plainly(x, y, depth - 1)? {
            return Some(false);
        }
    }
    Some(x.items().len() == y.items().len())
}

/// How deep tables look into tuples that are keys.
pub const TUPLE_DEPTH: u32 = 4;

/// A tuple that compares as tuples do.
#[inline(always)]
pub fn plain_tuple(object: &Object) -> Option<&Ref<Tuple>> {
    if let Some(tuple) = object.cast_exact::<Tuple>() {
        return Some(tuple);
    }
    object.cast::<Tuple>().filter(|_| same_slot!(type_of(object), Tuple::class(), richcompare))
}

/// Order of two sequences of items by the first that differ; `None` if all shared ones are equal.
pub fn first_difference(vm: &Vm, a: &[Object], b: &[Object]) -> Result<Option<usize>> {
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        let same = match equal_plainly(x, y, 1) {
            Some(same) => same,
            None => protocol::same_or_equal(vm, x, y)?,
        };
        if !same {
            return Ok(Some(i));
        }
    }
    Ok(None)
}

#[pymethods]
impl Tuple {
    #[slot("(iterable=(), /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, iterable: Option<&Object>) -> Result<Object> {
        if cls.is(Tuple::class()) {
            return match iterable {
                None => Ok(Tuple::empty().into_object()),
                Some(iterable) => Tuple::from_iterable(vm, iterable).map(Ref::into_object),
            };
        }
        let items = iterable.map_or(Ok(Vec::new()), |i| iter::to_vec(vm, i))?;
        Tuple::of_class(vm, cls, items).map(Ref::into_object)
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        if this.is_empty() {
            return Ok(Str::new("()").into_object());
        }
        let text = vm.guard_repr(this.as_object(), || {
            let mut builder = crate::builtins::list::Joined::new(vm, "(")?;
            for item in this.items() {
                builder.item(vm, item)?;
            }
            builder.finish(vm, if this.len() == 1 { ",)" } else { ")" })
        })?;
        Ok(text.unwrap_or_else(|| Str::new("(...)")).into_object())
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        if self.cached_hash() != -1 {
            return Ok(self.cached_hash());
        }
        let hash = hash_items(vm, self.items())?;
        self.set_hash(hash);
        Ok(hash)
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Tuple>() else { return not_implemented(vm) };
        let (a, b) = (self.items(), other.items());
        match first_difference(vm, a, b)? {
            None => Ok(protocol::holds(op, a.len().cmp(&b.len())).object()),
            Some(_) if op == CompareOp::Eq => Ok(false.object()),
            Some(_) if op == CompareOp::Ne => Ok(true.object()),
            Some(i) => protocol::compare(vm, &a[i], &b[i], op),
        }
    }

    #[slot]
    pub fn len(&self) -> usize {
        self.body.len()
    }

    #[slot]
    fn contains(&self, vm: &Vm, value: &Object) -> Result<bool> {
        for item in self.items() {
            if protocol::same_or_equal(vm, item, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[slot]
    fn item(&self, vm: &Vm, index: isize) -> Result<Object> {
        usize::try_from(index)
            .ok()
            .and_then(|i| self.items().get(i).cloned())
            .ok_or_else(|| raise!(vm, IndexError, "tuple index out of range"))
    }

    #[slot]
    fn subscript(this: &Ref<Self>, vm: &Vm, key: &Object) -> Result<Object> {
        if let Some(slice) = key.cast_exact::<crate::builtins::slice::Slice>() {
            let range = slice.resolve(vm, this.len())?;
            if range.count == this.len() && range.step == 1 && this.as_object().is_exact::<Tuple>() {
                return Ok(this.to_object());
            }
            let all = this.items();
            let at = |i: usize| all[(range.start + i as isize * range.step) as usize].clone();
            return vm.memory(Tuple::try_from_fn(range.count, at)).map(Ref::into_object);
        }
        if number::has_index(key) {
            return match sequence::wrap_index(vm, key, this.len())? {
                Some(i) => Ok(this.items()[i].clone()),
                None => Err(raise!(vm, IndexError, "tuple index out of range")),
            };
        }
        Err(raise!(vm, TypeError, "tuple indices must be integers or slices, not {}", crate::object::type_name(key)))
    }

    #[slot]
    fn concat(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        let Some(right) = other.cast::<Tuple>() else {
            bail!(vm, TypeError, "can only concatenate tuple (not \"{}\") to tuple", crate::object::type_name(other));
        };
        if this.is_empty() && other.is_exact::<Tuple>() {
            return Ok(other.clone());
        }
        if right.is_empty() && this.as_object().is_exact::<Tuple>() {
            return Ok(this.to_object());
        }
        let (a, b) = (this.items(), right.items());
        let at = |i: usize| if i < a.len() { a[i].clone() } else { b[i - a.len()].clone() };
        vm.memory(Tuple::alloc(Tuple::class(), a.len() + b.len(), at)).map(Ref::into_object)
    }

    #[slot]
    fn repeat(this: &Ref<Self>, vm: &Vm, times: isize) -> Result<Object> {
        if times == 1 && this.as_object().is_exact::<Tuple>() {
            return Ok(this.to_object());
        }
        let items = this.items();
        let len = repeated_len(items.len(), times).ok_or_else(|| vm.out_of_memory())?;
        if len == 0 {
            return Ok(Tuple::empty().into_object());
        }
        vm.memory(Tuple::alloc(Tuple::class(), len, |i| items[i % items.len()].clone())).map(Ref::into_object)
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        let body = TupleIter { head: Head::new(), tuple: Field::some(this.clone()), at: Cell::new(0) };
        instance::alloc_static(body).into_object()
    }

    #[py("__getnewargs__()")]
    fn getnewargs(&self) -> (Ref<Tuple>,) {
        (Tuple::from_slice(self.items()),)
    }

    /// Return first index of value.
    ///
    /// Raises ValueError if the value is not present.
    #[py("index(value, start=0, stop=sys.maxsize, /)")]
    fn index(
        &self,
        vm: &Vm,
        value: &Object,
        start: crate::native::SliceIndex,
        stop: crate::native::SliceIndex,
    ) -> Result<usize> {
        let len = self.len();
        for i in start.clamp(len)..stop.clamp(len) {
            if protocol::same_or_equal(vm, &self.items()[i], value)? {
                return Ok(i);
            }
        }
        Err(raise!(vm, ValueError, "tuple.index(x): x not in tuple"))
    }

    /// Return number of occurrences of value.
    #[py("count(value, /)")]
    fn count(&self, vm: &Vm, value: &Object) -> Result<usize> {
        let mut n = 0;
        for item in self.items() {
            n += usize::from(protocol::same_or_equal(vm, item, value)?);
        }
        Ok(n)
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        crate::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), object)
    }
}

/// The iterator over a tuple.
#[pytype("tuple_iterator", flags(HAVE_GC))]
pub struct TupleIter {
    pub head: Head,
    pub tuple: Field<Ref<Tuple>>,
    pub at: Cell<usize>,
}

impl TupleIter {
    /// The next item, if there is one.
    #[expect(unsafe_code, reason = "the tuple is let go of by nobody while an item is cloned")]
    #[inline(always)]
    pub fn step(&self) -> Option<Object> {
        // SAFETY: cloning an item runs no foreign code.
        let tuple = unsafe { self.tuple.peek() }?;
        let at = self.at.get();
        let item = tuple.items().get(at)?.clone();
        self.at.set(at + 1);
        Some(item)
    }
}

#[pymethods]
impl TupleIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    pub fn next(&self) -> Result<Option<Object>> {
        let item = self.step();
        if item.is_none() {
            self.tuple.set(None);
        }
        Ok(item)
    }

    /// Private method returning an estimate of len(list(it)).
    #[py("__length_hint__()")]
    fn length_hint(&self) -> usize {
        self.tuple.get().map_or(0, |t| t.len().saturating_sub(self.at.get()))
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        crate::builtins::iterators::reduce_sequence_iter(
            vm,
            || self.tuple.get().map(|t| (t.into_object(), self.at.get())),
            Tuple::empty().into_object(),
        )
    }

    /// Set state information for unpickling.
    #[py("__setstate__(object, /)")]
    fn setstate(&self, vm: &Vm, object: &Object) -> Result<()> {
        let at = number::as_ssize(vm, object, Some(&crate::exception::types::OverflowError))?;
        if let Some(tuple) = self.tuple.get() {
            self.at.set((at.max(0) as usize).min(tuple.len()));
        }
        Ok(())
    }
}
