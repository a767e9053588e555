//! Iteration from Rust.

use crate::builtins::list::ListIter;
use crate::builtins::range::RangeIter;
use crate::object::{attr, slot_table, type_of};
use crate::prelude::*;
use crate::protocol::number;
use std::ops::ControlFlow;

/// `iter(object)`.
pub fn get_iter(vm: &Vm, object: &Object) -> Result<Object> {
    let kind = type_of(object);
    if let Some(iter) = kind.slots.iter.get() {
        let result = iter(vm, object)?;
        if type_of(&result).slots.next.get().is_none() {
            bail!(vm, TypeError, "iter() returned non-iterator of type '{}'", type_of(&result).tp_name());
        }
        return Ok(result);
    }
    if crate::protocol::sequence::is_sequence(object) {
        return Ok(crate::builtins::iterators::SequenceIter::make(object));
    }
    Err(raise!(vm, TypeError, "'{}' object is not iterable", kind.tp_name()))
}

/// The next value of an iterator, or `None` at its end.
#[inline]
pub fn next(vm: &Vm, iterator: &Object) -> Result<Option<Object>> {
    if let Some(list) = iterator.cast_exact::<ListIter>()
        && let Some(item) = list.step()
    {
        return Ok(Some(item));
    }
    next_of_any(vm, iterator)
}

/// As [`next`], by the type's slot.
pub fn next_of_any(vm: &Vm, iterator: &Object) -> Result<Option<Object>> {
    if let Some(range) = iterator.cast_exact::<RangeIter>() {
        return Ok(range.advance().map(Int::from_i64));
    }
    // Iterators of iterators nest as deep as a program likes.
    if vm.stack_is_low() {
        return Err(vm.too_deep(""));
    }
    match type_of(iterator).slots.next.get() {
        Some(next) => match next(vm, iterator) {
            Err(_) if vm.raised_is(&crate::exception::types::StopIteration) => {
                vm.clear_raised();
                Ok(None)
            }
            other => other,
        },
        None => Err(raise!(vm, TypeError, "'{}' object is not an iterator", type_of(iterator).tp_name())),
    }
}

/// Calls `each` with every value of an iterable until it breaks or fails. Lists and tuples are walked in place.
pub fn for_each<B>(
    vm: &Vm,
    iterable: &Object,
    mut each: impl FnMut(Object) -> Result<ControlFlow<B>>,
) -> Result<Option<B>> {
    if let Some(tuple) = iterable.cast_exact::<Tuple>() {
        for item in tuple.items() {
            if let ControlFlow::Break(value) = each(item.clone())? {
                return Ok(Some(value));
            }
        }
        return Ok(None);
    }
    if let Some(list) = iterable.cast_exact::<List>() {
        let mut i = 0;
        while let Some(item) = list.items.get(i) {
            i += 1;
            if let ControlFlow::Break(value) = each(item)? {
                return Ok(Some(value));
            }
        }
        return Ok(None);
    }
    let iterator = get_iter(vm, iterable)?;
    while let Some(item) = next(vm, &iterator)? {
        if let ControlFlow::Break(value) = each(item)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// Calls `each` with every value.
pub fn each(vm: &Vm, iterable: &Object, mut each: impl FnMut(Object) -> Result<()>) -> Result<()> {
    for_each(vm, iterable, |item| each(item).map(|()| ControlFlow::<()>::Continue(()))).map(drop)
}

/// All values of an iterable.
pub fn to_vec(vm: &Vm, iterable: &Object) -> Result<Vec<Object>> {
    if let Some(tuple) = iterable.cast_exact::<Tuple>() {
        return Ok(tuple.items().to_vec());
    }
    if let Some(list) = iterable.cast_exact::<List>() {
        return vm.memory(list.items.to_vec());
    }
    let mut items = Vec::new();
    let hint = length_hint(vm, iterable, 0)?;
    let iterator = get_iter(vm, iterable)?;
    vm.memory(items.try_reserve(hint).map_err(|_| heap::OutOfMemory))?;
    while let Some(item) = next(vm, &iterator)? {
        if items.len() == items.capacity() {
            vm.memory(items.try_reserve(items.len().max(4)).map_err(|_| heap::OutOfMemory))?;
        }
        items.push(item);
    }
    Ok(items)
}

/// A list that grows by a program's measure: an allocation that was refused is told of at the end.
pub struct Gathered<T> {
    items: Vec<T>,
    failed: bool,
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Gathered { items: Vec::new(), failed: false }
    }
}

impl<T> Gathered<T> {
    /// Appends an item.
    #[inline]
    pub fn push(&mut self, item: T) {
        if self.items.len() == self.items.capacity() && self.items.try_reserve(self.items.len().max(4)).is_err() {
            self.failed = true;
            return;
        }
        self.items.push(item);
    }

    /// The items; MemoryError if there was no room for one.
    pub fn finish(self, vm: &Vm) -> Result<Vec<T>> {
        if self.failed { Err(vm.out_of_memory()) } else { Ok(self.items) }
    }
}

/// All items, up to the first that fails.
pub fn gather<T>(vm: &Vm, items: impl Iterator<Item = Result<T>>) -> Result<Vec<T>> {
    let mut out = Gathered::default();
    for item in items {
        out.push(item?);
        if out.failed {
            break;
        }
    }
    out.finish(vm)
}

/// `operator.length_hint(object, default)` (PEP 424).
pub fn length_hint(vm: &Vm, object: &Object, default: usize) -> Result<usize> {
    let kind = type_of(object);
    if let Some(len) = kind.slots.len.get() {
        match len(vm, object) {
            Ok(n) => return Ok(n),
            Err(_) if vm.raised_is(&crate::exception::types::TypeError) => vm.clear_raised(),
            Err(raised) => return Err(raised),
        }
    }
    let Some(method) = attr::lookup(kind, vm.names().__length_hint__()) else { return Ok(default) };
    let result = match slot_table::call_found(vm, object, &method, &[]) {
        Ok(result) => result,
        Err(_) if vm.raised_is(&crate::exception::types::TypeError) => {
            vm.clear_raised();
            return Ok(default);
        }
        Err(raised) => return Err(raised),
    };
    if crate::builtins::none::is_not_implemented(&result) {
        return Ok(default);
    }
    if !result.is_instance_of::<Int>() {
        bail!(vm, TypeError, "__length_hint__ must be an integer, not {}", type_of(&result).tp_name());
    }
    let n = number::as_ssize(vm, &result, Some(&crate::exception::types::OverflowError))?;
    if n < 0 {
        bail!(vm, ValueError, "__length_hint__() should return >= 0");
    }
    Ok(n as usize)
}
