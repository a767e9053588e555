//! Looks at stack words for what the hot handlers ask: objects of an exact type, items of lists and tuples.

use super::state::{Sp, own_word};
use crate::builtins::list::ListIter;
use crate::builtins::str::iter::StrAsciiIter;
use crate::builtins::tuple::TupleIter;
use crate::prelude::*;

/// The object of a stack word if it is exactly a `T`.
#[inline(always)]
pub fn exact<'a, T: PyType>(word: u64) -> Option<&'a T> {
    if word & 3 != 0 || word == 0 {
        return None;
    }
    let object = (word & !4) as *const Head;
    // SAFETY: a stack word of the running frame, looked at before anything else happens.
    unsafe { std::ptr::eq((*object).kind(), T::kind()).then(|| &*object.cast::<T>()) }
}

/// Where a subscript, a small int as a stack word, lies in a sequence of `len` items.
#[inline(always)]
fn place(index: u64, len: usize) -> Option<usize> {
    if index & 1 == 0 {
        return None;
    }
    let index = index as i64 >> 1;
    let index = if index < 0 { index + len as i64 } else { index };
    usize::try_from(index).ok().filter(|&i| i < len)
}

/// `list[i]` of an exact list, in range, as an owned word; 0 otherwise.
#[inline(always)]
pub fn list_item(container: u64, index: u64) -> u64 {
    let Some(list) = exact::<List>(container) else { return 0 };
    let found = place(index, list.items.len()).and_then(|at| list.items.get(at));
    found.map_or(0, Object::into_word)
}

/// `tuple[i]` of an exact tuple, in range, as an owned word; 0 otherwise.
#[inline(always)]
pub fn tuple_item(container: u64, index: u64) -> u64 {
    let Some(tuple) = exact::<Tuple>(container) else { return 0 };
    place(index, tuple.len()).map_or(0, |at| tuple.items()[at].clone().into_word())
}

/// The next item of a list's iterator as an owned word; 0 at the end, which [`push_next`] then notes.
#[inline(always)]
pub fn next_of_list(iterator: &ListIter) -> u64 {
    // SAFETY: looked at before anything else happens.
    let Some(list) = (unsafe { iterator.list.peek() }) else { return 0 };
    let at = iterator.at.get();
    let Some(item) = list.items.get(at) else { return 0 };
    iterator.at.set(at + 1);
    item.into_word()
}

/// As [`next_of_list`].
#[inline(always)]
pub fn next_of_tuple(iterator: &TupleIter) -> u64 {
    // SAFETY: looked at before anything else happens.
    let Some(tuple) = (unsafe { iterator.tuple.peek() }) else { return 0 };
    let at = iterator.at.get();
    let Some(item) = tuple.items().get(at) else { return 0 };
    iterator.at.set(at + 1);
    item.clone().into_word()
}

/// The next character of an ASCII string's iterator; nothing at the end, which [`push_next`](super::ops::push_next) then
/// notes.
#[inline(always)]
pub fn next_of_ascii(vm: &Vm, iterator: &StrAsciiIter) -> Option<Object> {
    // SAFETY: looked at before anything else happens.
    let text = unsafe { iterator.text.peek() }?;
    let at = iterator.at.get();
    let code = text.units().get(at)?;
    iterator.at.set(at + 1);
    Str::from_code(vm, code).ok().map(Ref::into_object)
}

/// Whether `container[index]` is an item of an exact list.
#[inline(always)]
pub fn is_list_item(container: u64, index: u64) -> bool {
    exact::<List>(container).is_some_and(|list| place(index, list.items.len()).is_some())
}

/// Whether `container[index]` is an item of an exact tuple.
pub fn is_tuple_item(container: u64, index: u64) -> bool {
    exact::<Tuple>(container).is_some_and(|tuple| place(index, tuple.len()).is_some())
}

/// `list[i] = value` where [`is_list_item`] said yes: takes the three words off and gives the old item's; the container
/// is the caller's to drop.
#[inline(always)]
pub fn replace_item(container: u64, index: u64, sp: &mut Sp) -> u64 {
    sp.0 = sp.0.wrapping_sub(2);
    // SAFETY: the value below them.
    let value = unsafe { Object::from_word(own_word(sp.pop_word())) };
    let Some(list) = exact::<List>(container) else { return 0 };
    let Some(at) = place(index, list.items.len()) else { return 0 };
    list.items.replace(at, value).map_or(0, Object::into_word)
}
