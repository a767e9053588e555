//! `slice`.

use crate::builtins::none::none_word;
use crate::object::instance;
use crate::prelude::*;
use crate::protocol::sequence::SliceRange;
use crate::protocol::{number as numbers, object as protocol};
use number::BigInt;

/// slice(stop)
/// slice(start, stop[, step])
///
/// Create a slice object.
///
/// This is used for extended slicing (e.g. a[0:10:2]).
#[pytype("slice", flags(HAVE_GC))]
pub struct Slice {
    pub head: Head,
    pub start: Object,
    pub stop: Object,
    pub step: Object,
}

impl Slice {
    /// A slice of these bounds.
    #[inline]
    pub fn make(start: &Object, stop: &Object, step: &Object) -> Object {
        let body = Slice { head: Head::new(), start: start.clone(), stop: stop.clone(), step: step.clone() };
        instance::alloc_static(body).into_object()
    }

    /// Whether the step is None or 1: what assignment may change the length with.
    pub fn is_plain(&self) -> bool {
        self.step.is(&none()) || self.step.as_small_int() == Some(1)
    }

    /// Start, stop and step as machine words, before a length is known: large values are clipped, missing ones are the
    /// ends that the step's sign asks for.
    #[inline]
    pub fn raw(&self, vm: &Vm) -> Result<(isize, isize, isize)> {
        let plain = |bound: &Object, missing: isize| match bound.as_small_int() {
            Some(small) => Some(small as isize),
            None => (bound.word() == none_word()).then_some(missing),
        };
        if let (Some(step @ 1..), Some(start), Some(stop)) =
            (plain(&self.step, 1), plain(&self.start, 0), plain(&self.stop, isize::MAX))
        {
            return Ok((start, stop, step));
        }
        self.raw_slow(vm)
    }

    fn raw_slow(&self, vm: &Vm) -> Result<(isize, isize, isize)> {
        let step = if self.step.is(&none()) { 1 } else { bound(vm, &self.step)?.max(-isize::MAX) };
        if step == 0 {
            bail!(vm, ValueError, "slice step cannot be zero");
        }
        let or = |bound_of: &Object, forwards: isize, backwards: isize| match bound_of {
            missing if missing.is(&none()) => Ok(if step > 0 { forwards } else { backwards }),
            given => bound(vm, given),
        };
        let start = or(&self.start, 0, isize::MAX)?;
        let stop = or(&self.stop, isize::MAX, isize::MIN)?;
        Ok((start, stop, step))
    }

    /// The slice applied to a sequence of `len` items.
    #[inline]
    pub fn resolve(&self, vm: &Vm, len: usize) -> Result<SliceRange> {
        let (start, stop, step) = self.raw(vm)?;
        if step == 1 {
            let fit = |at: isize| crate::native::SliceIndex(at).clamp(len);
            let (start, stop) = (fit(start), fit(stop));
            let count = stop.saturating_sub(start);
            return Ok(SliceRange { start: start as isize, stop: stop as isize, step, count });
        }
        Ok(adjust(start, stop, step, len))
    }
}

/// A bound as a machine word, clipped.
#[inline]
fn bound(vm: &Vm, value: &Object) -> Result<isize> {
    if let Some(small) = value.as_small_int() {
        return Ok(small as isize);
    }
    if !numbers::has_index(value) {
        bail!(vm, TypeError, "slice indices must be integers or None or have an __index__ method");
    }
    numbers::as_ssize(vm, value, None)
}

/// Fits raw bounds to a length: negative ones count from the end, all are clipped.
pub fn adjust(start: isize, stop: isize, step: isize, len: usize) -> SliceRange {
    let len = len as isize;
    let (least, most) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let fit = |at: isize| if at < 0 { (at + len).max(least) } else { at.min(most) };
    let (start, stop) = (fit(start), fit(stop));
    let count = match step {
        1 => (stop - start).max(0) as usize,
        1.. if start < stop => (stop - start - 1) as usize / step as usize + 1,
        ..=-1 if stop < start => (start - stop - 1) as usize / step.unsigned_abs() + 1,
        _ => 0,
    };
    SliceRange { start, stop, step, count }
}

fn long_bound(vm: &Vm, value: &Object) -> Result<BigInt> {
    if !numbers::has_index(value) {
        bail!(vm, TypeError, "slice indices must be integers or None or have an __index__ method");
    }
    Ok(Int::to_big(&numbers::index(vm, value)?).unwrap_or_default())
}

#[pymethods]
impl Slice {
    #[slot]
    fn new(_cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "slice() takes no keyword arguments");
        }
        let nothing = none();
        match args.items {
            [stop] => Ok(Slice::make(&nothing, stop, &nothing)),
            [start, stop] => Ok(Slice::make(start, stop, &nothing)),
            [start, stop, step] => Ok(Slice::make(start, stop, step)),
            [] => Err(raise!(vm, TypeError, "slice expected at least 1 argument, got 0")),
            many => Err(raise!(vm, TypeError, "slice expected at most 3 arguments, got {}", many.len())),
        }
    }

    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        let text = |o: &Object| protocol::repr(vm, o);
        Ok(format!("slice({}, {}, {})", text(&self.start)?, text(&self.stop)?, text(&self.step)?))
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        // As a tuple's, without the length.
        const P1: u64 = 11_400_714_785_074_694_791;
        const P2: u64 = 14_029_467_366_897_019_727;
        let mut acc: u64 = 2_870_177_450_012_600_261;
        for part in [&self.start, &self.stop, &self.step] {
            let lane = protocol::hash(vm, part)? as u64;
            acc = acc.wrapping_add(lane.wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1);
        }
        Ok(if acc == u64::MAX { 1_546_275_796 } else { acc as i64 })
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Slice>() else { return not_implemented(vm) };
        let parts = |s: &Slice| Tuple::from_slice(&[s.start.clone(), s.stop.clone(), s.step.clone()]).into_object();
        if std::ptr::eq(self, &**other) {
            return Ok(matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge).object());
        }
        protocol::compare(vm, &parts(self), &parts(other), op)
    }

    /// S.indices(len) -> (start, stop, stride)
    ///
    /// Assuming a sequence of length len, calculate the start and stop
    /// indices, and the stride length of the extended slice described by
    /// S. Out of bounds indices are clipped in a manner consistent with the
    /// handling of normal slices.
    #[py("indices(object, /)")]
    fn indices(&self, vm: &Vm, object: &Object) -> Result<Object> {
        let len = Int::to_big(&numbers::index(vm, object)?).unwrap_or_default();
        let zero = BigInt::default();
        if len < zero {
            bail!(vm, ValueError, "length should not be negative");
        }
        let step = if self.step.is(&none()) { BigInt::from(1) } else { long_bound(vm, &self.step)? };
        if step == zero {
            bail!(vm, ValueError, "slice step cannot be zero");
        }
        let back = step < zero;
        let (least, most) = if back { (BigInt::from(-1), &len - BigInt::from(1)) } else { (zero.clone(), len.clone()) };
        let fit = |value: &Object, missing: &BigInt| -> Result<BigInt> {
            if value.is(&none()) {
                return Ok(missing.clone());
            }
            let at = long_bound(vm, value)?;
            Ok(if at < zero { (at + &len).max(least.clone()) } else { at.min(most.clone()) })
        };
        let start = fit(&self.start, if back { &most } else { &least })?;
        let stop = fit(&self.stop, if back { &least } else { &most })?;
        let parts = [Int::from_big(vm, start)?, Int::from_big(vm, stop)?, Int::from_big(vm, step)?];
        Ok(Tuple::from_slice(&parts).into_object())
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(&self) -> Object {
        let parts = Tuple::from_slice(&[self.start.clone(), self.stop.clone(), self.step.clone()]);
        Tuple::from_slice(&[Slice::class().to_object(), parts.into_object()]).into_object()
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
