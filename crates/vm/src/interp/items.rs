//! Looks at stack words for what the hot handlers ask: objects of an exact type, items of lists and tuples.

use super::dispatch::may_drop;
use super::state::{Sp, lend_word, own_word, plain_word, share_word};
use crate::builtins::dict::{DictIter, What};
use crate::builtins::iterators::Enumerate;
use crate::builtins::list::ListIter;
use crate::builtins::lockstep::Zip;
use crate::builtins::object::{BaseObject, hash_address};
use crate::builtins::set::{FrozenSet, Set, SetIter};
use crate::builtins::str::{StrAsciiIter, known_char};
use crate::builtins::tuple::TupleIter;
use crate::object::same_slot;
use crate::prelude::*;
use crate::protocol::iter;
use heap::Look;

/// The object of a stack word, which is not NULL, if it is exactly a `T`.
#[inline(always)]
pub fn exact<'a, T: PyType>(word: u64) -> Option<&'a T> {
    debug_assert!(word != 0, "NULL is no value");
    if word & 3 != 0 {
        return None;
    }
    let object = (word & !4) as *const Head;
    // SAFETY: a stack word of the running frame, looked at before anything else happens.
    unsafe { std::ptr::eq((*object).kind(), T::kind()).then(|| &*object.cast::<T>()) }
}

/// The type of a stack word, as a borrowed word.
#[inline(always)]
pub fn kind_of(word: u64) -> u64 {
    // SAFETY: a stack word of the running frame, looked at before anything else happens.
    let object = unsafe { std::mem::ManuallyDrop::new(Object::from_word(plain_word(word))) };
    lend_word(crate::object::type_of(&object).as_ptr() as u64)
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

/// Words that are none: an iterator's end, a failure, two words that were found, an iterator of another kind.
pub const ENDED: u64 = 0;
pub const FAILED: u64 = 4;
pub const FOUND: u64 = 1;
pub const OTHER: u64 = 2;

/// The next value of an iterator as an owned word, or [`ENDED`] or [`FAILED`].
#[inline(never)]
pub fn next_word(vm: &Vm, iterator: u64) -> u64 {
    // SAFETY: a stack word of the running frame, which holds the iterator.
    let iterator = unsafe { std::mem::ManuallyDrop::new(Object::from_word(plain_word(iterator))) };
    let found = match crate::object::type_of(&iterator).slots.next.get() {
        Some(next) if !vm.stack_is_low() => next(vm, &iterator),
        _ => iter::next_of_any(vm, &iterator),
    };
    match found {
        Ok(Some(value)) => value.into_word(),
        Ok(None) => ENDED,
        Err(_) => stopped(vm),
    }
}

/// [`ENDED`] if the exception under way is what ends an iterator, which is cleared then; else [`FAILED`].
#[cold]
fn stopped(vm: &Vm) -> u64 {
    if !vm.raised_is(&crate::exception::types::StopIteration) {
        return FAILED;
    }
    vm.clear_raised();
    ENDED
}

/// Whether [`next_two`] can ask this iterator.
pub fn gives_pairs(iterator: u64) -> bool {
    exact::<Enumerate>(iterator).is_some() || exact::<Zip>(iterator).is_some_and(Zip::is_pairs)
}

/// The next two values of an enumerate or zip, the second one at `to` and the first one above it: [`FOUND`], [`ENDED`],
/// [`FAILED`], or [`OTHER`] where nothing was done.
///
/// # Safety
/// The iterator is a stack word of the running frame; at `to` is room for two words.
#[inline(never)]
pub unsafe fn next_two(vm: &Vm, iterator: u64, to: *mut u64) -> u64 {
    let two = if let Some(enumerate) = exact::<Enumerate>(iterator) {
        enumerate.two(vm)
    } else if let Some(zip) = exact::<Zip>(iterator).filter(|zip| zip.is_pairs()) {
        zip.two(vm)
    } else {
        return OTHER;
    };
    match two {
        Ok(Some((first, second))) => {
            // SAFETY: as said.
            unsafe {
                *to = second.into_word();
                *to.add(1) = first.into_word();
            }
            FOUND
        }
        Ok(None) => ENDED,
        Err(_) => FAILED,
    }
}

/// The next item of a list's iterator as an owned word; 0 at the end, which [`next_word`] then notes.
#[inline(always)]
pub fn next_of_list(iterator: &ListIter) -> u64 {
    iterator.step().map_or(0, Object::into_word)
}

/// As [`next_of_list`].
#[inline(always)]
pub fn next_of_tuple(iterator: &TupleIter) -> u64 {
    iterator.step().map_or(0, Object::into_word)
}

/// The next key or value of a dict's iterator; 0 where there is more to be said.
#[inline(always)]
pub fn next_of_dict(iterator: &DictIter) -> u64 {
    if iterator.what == What::Items {
        return 0;
    }
    // SAFETY: cloned before anything else happens.
    let Some((key, value)) = (unsafe { iterator.peek_step() }) else { return 0 };
    let found = if iterator.what == What::Keys { key } else { value };
    found.clone().into_word()
}

/// The next key of an exact set's or frozenset's iterator; 0 where there is more to be said.
#[inline(always)]
pub fn next_of_set(iterator: &SetIter) -> u64 {
    // SAFETY: cloned before anything else happens.
    unsafe {
        let Some(table) = iterator.set.peek().and_then(|set| set_table(set.word())) else { return 0 };
        if table.len() != iterator.len.get() {
            return 0;
        }
        let Some((behind, _, key)) = table.peek_next(iterator.at.get()) else {
            // So that nobody looks once more.
            iterator.at.set(table.slots());
            return 0;
        };
        iterator.at.set(behind);
        key.clone().into_word()
    }
}

/// The next character of an ASCII string's iterator, if it was met before; 0 otherwise.
#[inline(always)]
pub fn next_of_ascii(iterator: &StrAsciiIter) -> u64 {
    // SAFETY: looked at before anything else happens.
    let Some(text) = (unsafe { iterator.text.peek() }) else { return 0 };
    let at = iterator.at.get();
    let Some(character) = text.as_ascii().and_then(|text| text.as_bytes().get(at)).and_then(|&code| known_char(code))
    else {
        return 0;
    };
    iterator.at.set(at + 1);
    character.into_object().into_word()
}

/// Whether a stack word's type has a flag.
#[inline(always)]
pub fn has_flag(word: u64, flag: u32) -> bool {
    // SAFETY: a stack word of the running frame, looked at before anything else happens.
    let object = unsafe { std::mem::ManuallyDrop::new(Object::from_word(plain_word(word))) };
    crate::object::type_of(&object).has_flag(flag)
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

/// The hash of a small int, of an exact string, with its text, or of an object that is equal to itself only
/// and that somebody else holds too: dropping the key runs no Python code.
#[inline(always)]
fn plain_hash<'a>(key: u64) -> Option<(i64, Option<&'a Str>)> {
    if key & 1 == 1 {
        return Some((number::int::hash_i64(key as i64 >> 1), None));
    }
    if key & 3 != 0 {
        return None;
    }
    if let Some(text) = exact::<Str>(key) {
        return Some((text.hash_value(), Some(text)));
    }
    if !may_drop(key) {
        return None;
    }
    // SAFETY: a stack word of the running frame, looked at before anything else happens.
    let object = unsafe { std::mem::ManuallyDrop::new(Object::from_word(plain_word(key))) };
    let (kind, base) = (crate::object::type_of(&object), BaseObject::class());
    let by_identity = same_slot!(kind, base, hash) && same_slot!(kind, base, richcompare);
    by_identity.then(|| (hash_address(&object), None))
}

/// Where such a key ([`plain_hash`]) lies in an exact dict.
#[inline(never)]
pub fn look_in_dict(dict: &Dict, key: u64) -> Look {
    let Some((hash, text)) = plain_hash(key) else { return Look::Unknown };
    dict.table.look(hash, plain_word(key), text.map(|text| &**text), Str::kind())
}

/// Whether such a key is in an exact dict, set or frozenset; `None` where comparing the keys may take Python code.
#[inline(never)]
pub fn is_in(container: u64, key: u64) -> Option<bool> {
    let look = match exact::<Dict>(container) {
        Some(dict) => look_in_dict(dict, key),
        None => {
            let (hash, text) = plain_hash(key)?;
            set_table(container)?.look(hash, plain_word(key), text.map(|text| &**text), Str::kind())
        }
    };
    match look {
        Look::At(_) => Some(true),
        Look::Absent => Some(false),
        Look::Unknown => None,
    }
}

/// The table of an exact set or frozenset.
#[inline(always)]
pub fn set_table<'a>(word: u64) -> Option<&'a heap::SetTable> {
    match exact::<Set>(word) {
        Some(set) => Some(&set.table),
        None => exact::<FrozenSet>(word).map(|set| &set.table),
    }
}

/// Adds such a key ([`plain_hash`]) to a table; whether that was done without Python code. The word is not moved.
#[inline(never)]
pub fn add_to_set(table: &heap::SetTable, key: u64) -> bool {
    let Some((hash, text)) = plain_hash(key) else { return false };
    // SAFETY: a stack word of the running frame.
    let key = unsafe { std::mem::ManuallyDrop::new(Object::from_word(plain_word(key))) };
    matches!(table.add(hash, &key, text.map(|text| &**text), Str::kind()), Ok(Look::At(_) | Look::Absent))
}

/// `dict[key] = value` for such a key: whether it was done, and the word of the old value or 0. The value's word is moved
/// then, the key's is not.
///
/// # Safety
/// The words are values of the running frame's stack.
#[inline(never)]
pub unsafe fn set_item(dict: &Dict, key: u64, value: u64) -> (bool, u64) {
    let Some((hash, text)) = plain_hash(key) else { return (false, 0) };
    // SAFETY: as said.
    unsafe {
        match dict.table.look(hash, plain_word(key), text.map(|text| &**text), Str::kind()) {
            Look::At(at) => {
                let old = dict.table.replace(at, Object::from_word(own_word(value)));
                (true, old.map_or(0, Object::into_word))
            }
            Look::Absent => {
                if dict.table.make_room().is_err() {
                    return (false, 0);
                }
                let shared = Object::from_word(share_word(key));
                let done = dict.table.insert_new(hash, shared, Object::from_word(own_word(value)));
                (done.is_ok(), 0)
            }
            Look::Unknown => (false, 0),
        }
    }
}

/// The truth of a stack word if no Python code is needed to tell, and the word may be dropped without any: 1 or 0; else 2.
#[inline(always)]
pub fn plain_truth(word: u64) -> u32 {
    if word & 3 != 0 || !may_drop(word) {
        return 2;
    }
    let len = len_of(word);
    if len != usize::MAX {
        return u32::from(len != 0);
    }
    // SAFETY: a stack word: a live object of a live type.
    let slots = unsafe { &(*(*((word & !4) as *const Head)).kind().cast::<Type>()).slots };
    if slots.bool.get().is_none() && slots.len.get().is_none() { 1 } else { 2 }
}

/// Whether two exact strings are equal, as far as their first byte and what lies in front of it tell.
#[inline(always)]
pub fn same_at_sight(a: u64, b: u64) -> Option<bool> {
    exact::<Str>(a)?.same_at_sight(exact::<Str>(b)?)
}

/// Whether two exact strings are equal; 2 if they are not both such.
#[inline(never)]
pub fn same_strings(a: u64, b: u64) -> u32 {
    let (Some(x), Some(y)) = (exact::<Str>(a), exact::<Str>(b)) else { return 2 };
    u32::from(x == y)
}

/// `len` of an exact built-in container that may be dropped without further ado; `usize::MAX` of anything else.
#[inline(never)]
pub fn plain_len(word: u64) -> usize {
    if may_drop(word) { len_of(word) } else { usize::MAX }
}

/// `len` of an exact built-in container; `usize::MAX` of anything else.
#[inline(always)]
fn len_of(word: u64) -> usize {
    if let Some(list) = exact::<List>(word) {
        return list.items.len();
    }
    if let Some(text) = exact::<Str>(word) {
        return text.len();
    }
    if let Some(tuple) = exact::<Tuple>(word) {
        return tuple.len();
    }
    if let Some(dict) = exact::<Dict>(word) {
        return dict.table.len();
    }
    if let Some(bytes) = exact::<Bytes>(word) {
        return bytes.as_bytes().len();
    }
    set_table(word).map_or(usize::MAX, |table| table.len())
}

/// `isinstance` of an object and a class, where neither can have a say of its own: 1 or 0; else 2.
#[inline(never)]
pub fn plain_isinstance(object: u64, class: u64) -> u32 {
    if !may_drop(object) {
        return 2;
    }
    // SAFETY: a stack word of the running frame.
    let object = unsafe { std::mem::ManuallyDrop::new(Object::from_word(plain_word(object))) };
    let kind = crate::object::type_of(&object);
    if let Some(class) = exact::<Type>(class) {
        return is_plain_instance(kind, class);
    }
    // Of a tuple's classes the first that it is one of says so, and all that it is none.
    let Some(classes) = exact::<Tuple>(class) else { return 2 };
    for class in classes.items() {
        let Some(class) = class.cast_exact::<Type>() else { return 2 };
        match is_plain_instance(kind, class) {
            0 => {}
            other => return other,
        }
    }
    0
}

/// [`plain_isinstance`] for objects of a type.
#[inline]
fn is_plain_instance(kind: &Ref<Type>, class: &Type) -> u32 {
    if std::ptr::eq(kind.as_ptr(), class) || kind.is_subtype(class) {
        return 1;
    }
    // An object may claim another class in `__class__`.
    if crate::object::attr::is_plain(kind) && !kind.is_heap_type() { 0 } else { 2 }
}
