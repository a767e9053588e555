//! Sequences: containment, concatenation, repetition, and the two protocols of `x[i]`.

use crate::object::{flags, type_of};
use crate::prelude::*;
use crate::protocol::{iter, number, object as protocol};
use std::ops::ControlFlow;

/// Whether the type indexes by integers (a class with `__getitem__` counts, a dict does not).
pub fn is_sequence(object: &Object) -> bool {
    let kind = type_of(object);
    if kind.has_flag(flags::DICT_SUBCLASS) {
        return false;
    }
    kind.slots.item.get().is_some() || (kind.is_heap_type() && kind.slots.subscript.get().is_some())
}

/// `value in container`.
pub fn contains(vm: &Vm, container: &Object, value: &Object) -> Result<bool> {
    match type_of(container).slots.contains.get() {
        Some(contains) => contains(vm, container, value),
        None => contains_by_iteration(vm, container, value),
    }
}

/// Looks for an equal value by iterating.
pub fn contains_by_iteration(vm: &Vm, container: &Object, value: &Object) -> Result<bool> {
    let iterator = match iter::get_iter(vm, container) {
        Ok(iterator) => iterator,
        Err(_) if vm.raised_is(&crate::exception::types::TypeError) => {
            vm.clear_raised();
            bail!(vm, TypeError, "argument of type '{}' is not a container or iterable", type_of(container).tp_name());
        }
        Err(raised) => return Err(raised),
    };
    while let Some(item) = iter::next(vm, &iterator)? {
        if protocol::same_or_equal(vm, &item, value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `operator.indexOf`.
pub fn index_of(vm: &Vm, iterable: &Object, value: &Object) -> Result<usize> {
    let mut i = 0;
    let found = iter::for_each(vm, iterable, |item| {
        if protocol::same_or_equal(vm, &item, value)? {
            return Ok(ControlFlow::Break(i));
        }
        i += 1;
        Ok(ControlFlow::Continue(()))
    })?;
    found.ok_or_else(|| raise!(vm, ValueError, "sequence.index(x): x not in sequence"))
}

/// The index of an item in a sequence of `len` items, counted from the end when negative.
pub fn wrap_index(vm: &Vm, index: &Object, len: usize) -> Result<Option<usize>> {
    let i = number::as_ssize(vm, index, Some(&crate::exception::types::IndexError))?;
    let i = if i < 0 { i + len as isize } else { i };
    Ok(usize::try_from(i).ok().filter(|&i| i < len))
}

/// A slice applied to a sequence of `len` items: start, step and count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceRange {
    pub start: isize,
    pub stop: isize,
    pub step: isize,
    pub count: usize,
}

impl SliceRange {
    /// The indices in order.
    pub fn indices(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |i| (self.start + i as isize * self.step) as usize)
    }
}

/// Number of items that `repeat` makes, checked; `None` is a MemoryError.
pub fn repeated_len(len: usize, times: isize) -> Option<usize> {
    len.checked_mul(times.max(0) as usize).filter(|&n| n <= isize::MAX as usize / 8)
}

/// A list or tuple as a vector; anything else is iterated. `message` is the TypeError for what cannot be iterated.
pub fn fast(vm: &Vm, object: &Object, message: &str) -> Result<Vec<Object>> {
    match iter::to_vec(vm, object) {
        Err(_)
            if vm.raised_is(&crate::exception::types::TypeError)
                && type_of(object).slots.iter.get().is_none()
                && !is_sequence(object) =>
        {
            vm.clear_raised();
            Err(raise!(vm, TypeError, "{message}"))
        }
        other => other,
    }
}
