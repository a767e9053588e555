//! `range` and its iterators.

use crate::builtins::slice::{Slice, adjust};
use crate::object::instance;
use crate::prelude::*;
use crate::protocol::{iter, number as numbers, object as protocol};
use number::BigInt;
use std::cell::Cell;

/// range(stop) -> range object
/// range(start, stop[, step]) -> range object
///
/// Return an object that produces a sequence of integers from start (inclusive)
/// to stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.
/// start defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.
/// These are exactly the valid indices for a list of 4 elements.
/// When step is given, it specifies the increment (or decrement).
#[pytype("range", flags(SEQUENCE))]
pub struct Range {
    pub head: Head,
    pub start: Object,
    pub stop: Object,
    pub step: Object,
    /// Number of values, an int.
    pub length: Object,
}

fn big(object: &Object) -> BigInt {
    Int::to_big(object).unwrap_or_default()
}

/// Number of values of a range of machine words.
fn count(start: i64, stop: i64, step: i64) -> u64 {
    let (low, high) = if step > 0 { (start, stop) } else { (stop, start) };
    if low >= high { 0 } else { (high.wrapping_sub(low) as u64 - 1) / step.unsigned_abs() + 1 }
}

fn length(vm: &Vm, start: &Object, stop: &Object, step: &Object) -> Result<Object> {
    if let (Some(start), Some(stop), Some(step)) = (start.as_small_int(), stop.as_small_int(), step.as_small_int()) {
        return Ok(Int::from_i128(i128::from(count(start, stop, step))));
    }
    let (start, stop, step) = (big(start), big(stop), big(step));
    let zero = BigInt::default();
    let (low, high, by) = if step > zero { (start, stop, step) } else { (stop, start, -step) };
    if low >= high {
        return Ok(Object::int32(0));
    }
    let one = BigInt::from(1);
    let steps = number::int::floor_div(&(high - low - &one), &by).unwrap_or_default();
    Int::from_big(vm, steps + one)
}

impl Range {
    /// A range of exact ints; ValueError for a step of 0.
    pub fn make(vm: &Vm, start: Object, stop: Object, step: Object) -> Result<Ref<Range>> {
        if step.as_small_int() == Some(0) {
            bail!(vm, ValueError, "range() arg 3 must not be zero");
        }
        let length = length(vm, &start, &stop, &step)?;
        Ok(instance::alloc_static(Range { head: Head::new(), start, stop, step, length }))
    }

    /// The value at an index that may be any int; no bounds are checked.
    fn value(&self, vm: &Vm, index: &Object) -> Result<Object> {
        let offset = numbers::mul(vm, index, &self.step)?;
        numbers::add(vm, &self.start, &offset)
    }

    /// Where an exact int or bool stands in the range.
    fn position(&self, vm: &Vm, value: &Object) -> Result<Option<Object>> {
        if let (Some(start), Some(stop), Some(step), Some(value)) =
            (self.start.as_small_int(), self.stop.as_small_int(), self.step.as_small_int(), value.as_small_int())
        {
            let inside = if step > 0 { start <= value && value < stop } else { stop < value && value <= start };
            let offset = i128::from(value) - i128::from(start);
            return Ok((inside && offset % i128::from(step) == 0).then(|| Int::from_i128(offset / i128::from(step))));
        }
        let (start, stop, step, value) = (big(&self.start), big(&self.stop), big(&self.step), big(value));
        let inside =
            if step > BigInt::default() { start <= value && value < stop } else { stop < value && value <= start };
        if !inside {
            return Ok(None);
        }
        let (quotient, rest) = number::int::divmod(&(value - start), &step).unwrap_or_default();
        if rest != BigInt::default() {
            return Ok(None);
        }
        Int::from_big(vm, quotient).map(Some)
    }

    fn is_plain_int(value: &Object) -> bool {
        value.is_exact::<Int>() || value.is_exact::<Bool>()
    }

    /// The range of the values that the slice picks.
    fn slice(&self, vm: &Vm, slice: &Slice) -> Result<Object> {
        let small_step = slice.step.is(&crate::builtins::none::none()) || slice.step.as_small_int().is_some();
        let bounds = if let Some(len) = self.length.as_small_int().filter(|_| small_step) {
            let (start, stop, step) = slice.raw(vm)?;
            let fitted = adjust(start, stop, step, len as usize);
            [fitted.start, fitted.stop, step].map(|i| Int::from_i64(i as i64))
        } else {
            let args = crate::object::attr::getattr(vm, Ref::of(slice).as_object(), &vm.intern("indices"))?;
            let parts = crate::protocol::call::call(vm, &args, std::slice::from_ref(&self.length))?;
            match parts.cast::<Tuple>().map(|t| t.items()) {
                Some([start, stop, step]) => [start.clone(), stop.clone(), step.clone()],
                _ => bail!(vm, SystemError, "slice.indices gave no triple"),
            }
        };
        let [start, stop, step] = bounds;
        let (first, last) = (self.value(vm, &start)?, self.value(vm, &stop)?);
        let by = numbers::mul(vm, &self.step, &step)?;
        Range::make(vm, first, last, by).map(Ref::into_object)
    }

    fn iterate(&self, vm: &Vm, start: &Object, step: &Object) -> Result<Object> {
        // The machine-word iterator must be able to hold every value that it computes.
        if let (Some(next), Some(step), Some(left)) = (Int::to_i64(start), Int::to_i64(step), Int::to_i64(&self.length))
            && (i128::from(next) + i128::from(step) * i128::from(left)).unsigned_abs() < 1 << 63
        {
            return Ok(RangeIter::make(next, step, left as u64));
        }
        let _ = vm;
        let body = LongRangeIter {
            head: Head::new(),
            start: start.clone(),
            step: step.clone(),
            length: self.length.clone(),
            at: Field::some(Object::int32(0)),
        };
        Ok(instance::alloc_static(body).into_object())
    }
}

#[pymethods]
impl Range {
    #[slot]
    fn new(_cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "range() takes no keyword arguments");
        }
        let index = |o: &Object| numbers::index(vm, o);
        let made = match args.items {
            [stop] => Range::make(vm, Object::int32(0), index(stop)?, Object::int32(1)),
            [start, stop] => Range::make(vm, index(start)?, index(stop)?, Object::int32(1)),
            [start, stop, step] => Range::make(vm, index(start)?, index(stop)?, index(step)?),
            [] => Err(raise!(vm, TypeError, "range expected at least 1 argument, got 0")),
            many => Err(raise!(vm, TypeError, "range expected at most 3 arguments, got {}", many.len())),
        };
        made.map(Ref::into_object)
    }

    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        let (start, stop) = (protocol::repr(vm, &self.start)?, protocol::repr(vm, &self.stop)?);
        if self.step.as_small_int() == Some(1) {
            return Ok(format!("range({start}, {stop})"));
        }
        Ok(format!("range({start}, {stop}, {})", protocol::repr(vm, &self.step)?))
    }

    #[slot]
    fn bool(&self) -> bool {
        self.length.as_small_int() != Some(0)
    }

    #[slot]
    fn len(&self, vm: &Vm) -> Result<usize> {
        match Int::to_i64(&self.length) {
            Some(len) => Ok(len as usize),
            None => Err(raise!(vm, OverflowError, "Python int too large to convert to C ssize_t")),
        }
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        let (start, step) = match self.length.as_small_int() {
            Some(0) => (none(), none()),
            Some(1) => (self.start.clone(), none()),
            _ => (self.start.clone(), self.step.clone()),
        };
        protocol::hash(vm, Tuple::from_slice(&[self.length.clone(), start, step]).as_object())
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Range>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return not_implemented(vm);
        };
        let same = |a: &Object, b: &Object| Int::order(a, b).is_some_and(|o| o.is_eq());
        let equal = std::ptr::eq(self, &**other)
            || same(&self.length, &other.length)
                && match self.length.as_small_int() {
                    Some(0) => true,
                    Some(1) => same(&self.start, &other.start),
                    _ => same(&self.start, &other.start) && same(&self.step, &other.step),
                };
        Ok((equal == (op == CompareOp::Eq)).object())
    }

    #[slot]
    fn contains(this: &Ref<Self>, vm: &Vm, value: &Object) -> Result<bool> {
        if Range::is_plain_int(value) {
            return Ok(this.position(vm, value)?.is_some());
        }
        crate::protocol::sequence::contains_by_iteration(vm, this.as_object(), value)
    }

    #[slot]
    fn item(&self, vm: &Vm, index: isize) -> Result<Object> {
        let inside = index >= 0 && Int::order(&Int::from_i64(index as i64), &self.length).is_some_and(|o| o.is_lt());
        if !inside {
            bail!(vm, IndexError, "range object index out of range");
        }
        self.value(vm, &Int::from_i64(index as i64))
    }

    #[slot]
    fn subscript(&self, vm: &Vm, key: &Object) -> Result<Object> {
        if numbers::has_index(key) {
            let index = numbers::index(vm, key)?;
            let index = if Int::is_negative(&index) { numbers::add(vm, &index, &self.length)? } else { index };
            if Int::is_negative(&index) || Int::order(&index, &self.length).is_none_or(|o| o.is_ge()) {
                bail!(vm, IndexError, "range object index out of range");
            }
            return self.value(vm, &index);
        }
        match key.cast::<Slice>() {
            Some(slice) => self.slice(vm, slice),
            None => {
                let name = crate::object::type_name(key);
                Err(raise!(vm, TypeError, "range indices must be integers or slices, not {name}"))
            }
        }
    }

    #[slot]
    fn iter(&self, vm: &Vm) -> Result<Object> {
        self.iterate(vm, &self.start, &self.step)
    }

    /// Return a reverse iterator.
    #[py("__reversed__()")]
    fn reversed(&self, vm: &Vm) -> Result<Object> {
        let last = numbers::sub(vm, &self.length, &Object::int32(1))?;
        let (start, step) = (self.value(vm, &last)?, numbers::neg(vm, &self.step)?);
        self.iterate(vm, &start, &step)
    }

    /// rangeobject.count(value) -> integer -- return number of occurrences of value
    #[py("count(object, /)")]
    fn count(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<usize> {
        if Range::is_plain_int(object) {
            return Ok(usize::from(this.position(vm, object)?.is_some()));
        }
        let mut n = 0;
        iter::each(vm, this.as_object(), |item| {
            n += usize::from(protocol::same_or_equal(vm, &item, object)?);
            Ok(())
        })?;
        Ok(n)
    }

    /// rangeobject.index(value) -> integer -- return index of value.
    /// Raise ValueError if the value is not present.
    #[py("index(object, /)")]
    fn index(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<Object> {
        if Range::is_plain_int(object) {
            return match this.position(vm, object)? {
                Some(index) => Ok(index),
                None => Err(raise!(vm, ValueError, "range.index(x): x not in range")),
            };
        }
        crate::protocol::sequence::index_of(vm, this.as_object(), object).map(|i| Int::from_i64(i as i64))
    }

    #[py("__reduce__()")]
    fn reduce(&self) -> Object {
        let parts = Tuple::from_slice(&[self.start.clone(), self.stop.clone(), self.step.clone()]);
        Tuple::from_slice(&[Range::class().to_object(), parts.into_object()]).into_object()
    }

    #[getter("start")]
    fn get_start(&self) -> Object {
        self.start.clone()
    }

    #[getter("stop")]
    fn get_stop(&self) -> Object {
        self.stop.clone()
    }

    #[getter("step")]
    fn get_step(&self) -> Object {
        self.step.clone()
    }
}

/// The iterator over a range whose values fit machine words; the interpreter reads and writes its fields.
#[pytype("range_iterator", doc = "")]
pub struct RangeIter {
    pub head: Head,
    pub next: Cell<i64>,
    pub step: i64,
    pub left: Cell<u64>,
}

impl RangeIter {
    /// An iterator over `left` values.
    #[inline]
    pub fn make(next: i64, step: i64, left: u64) -> Object {
        instance::alloc_static(RangeIter { head: Head::new(), next: Cell::new(next), step, left: Cell::new(left) })
            .into_object()
    }

    /// The next value.
    #[inline(always)]
    pub fn advance(&self) -> Option<i64> {
        let left = self.left.get();
        if left == 0 {
            return None;
        }
        self.left.set(left - 1);
        let value = self.next.get();
        self.next.set(value.wrapping_add(self.step));
        Some(value)
    }
}

#[pymethods]
impl RangeIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    pub fn next(&self) -> Result<Option<Object>> {
        Ok(self.advance().map(Int::from_i64))
    }

    /// Private method returning an estimate of len(list(it)).
    #[py("__length_hint__()")]
    fn length_hint(&self) -> u64 {
        self.left.get()
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        let start = self.next.get();
        let stop = i128::from(start) + i128::from(self.left.get()) * i128::from(self.step);
        let range = Range::make(vm, Int::from_i64(start), Int::from_i128(stop), Int::from_i64(self.step))?;
        let args = Tuple::from_slice(&[range.into_object()]).into_object();
        Ok(Tuple::from_slice(&[crate::frame::namespace::builtin(vm, "iter")?, args, none()]).into_object())
    }

    /// Set state information for unpickling.
    #[py("__setstate__(object, /)")]
    fn setstate(&self, vm: &Vm, object: &Object) -> Result<()> {
        let at = numbers::as_ssize(vm, object, Some(&crate::exception::types::OverflowError))?;
        let skip = (at.max(0) as u64).min(self.left.get());
        self.next.set(self.next.get().wrapping_add((skip as i64).wrapping_mul(self.step)));
        self.left.set(self.left.get() - skip);
        Ok(())
    }
}

/// The iterator over a range of large ints.
#[pytype("longrange_iterator", doc = "", flags(HAVE_GC))]
pub struct LongRangeIter {
    pub head: Head,
    pub start: Object,
    pub step: Object,
    pub length: Object,
    pub at: Field<Object>,
}

impl LongRangeIter {
    fn position(&self) -> Object {
        self.at.get().unwrap_or_else(|| Object::int32(0))
    }
}

#[pymethods]
impl LongRangeIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let at = self.position();
        if Int::order(&at, &self.length).is_none_or(|o| o.is_ge()) {
            return Ok(None);
        }
        let offset = numbers::mul(vm, &at, &self.step)?;
        let value = numbers::add(vm, &self.start, &offset)?;
        self.at.set(Some(numbers::add(vm, &at, &Object::int32(1))?));
        Ok(Some(value))
    }

    /// Private method returning an estimate of len(list(it)).
    #[py("__length_hint__()")]
    fn length_hint(&self, vm: &Vm) -> Result<Object> {
        numbers::sub(vm, &self.length, &self.position())
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        let span = numbers::mul(vm, &self.length, &self.step)?;
        let stop = numbers::add(vm, &self.start, &span)?;
        let range = Range::make(vm, self.start.clone(), stop, self.step.clone())?;
        let args = Tuple::from_slice(&[range.into_object()]).into_object();
        Ok(Tuple::from_slice(&[crate::frame::namespace::builtin(vm, "iter")?, args, self.position()]).into_object())
    }

    /// Set state information for unpickling.
    #[py("__setstate__(object, /)")]
    fn setstate(&self, vm: &Vm, object: &Object) -> Result<()> {
        let at = numbers::index(vm, object)?;
        let zero = Object::int32(0);
        self.at.set(Some(match () {
            () if Int::is_negative(&at) => zero,
            () if Int::order(&at, &self.length).is_some_and(|o| o.is_gt()) => self.length.clone(),
            () => at,
        }));
        Ok(())
    }
}
