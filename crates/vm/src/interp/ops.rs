//! Operators, subscripts, building and unpacking of containers, formatting.

use super::items::{self, exact};
use super::state::{Sp, Val};
use crate::builtins::bool_;
use crate::builtins::bytearray::ByteArray;
use crate::builtins::set::Set;
use crate::builtins::slice::Slice;
use crate::frame::generator::Generator;
use crate::frame::{Frame, drop_word};
use crate::native::SliceIndex;
use crate::object::{type_name, type_of};
use crate::prelude::*;
use crate::protocol::{iter, mapping, number, object as protocol, sequence};
use bytecode::Op;
use std::ops::ControlFlow;

type Done = Result<()>;

/// BINARY_OP, by operand.
pub fn binary(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let (b, a) = (sp.pop(), sp.pop());
    let result = match arg {
        0 | 13 if a.is_exact::<Str>() && b.is_exact::<Str>() => concatenate(vm, frame, a, &b)?,
        0 => number::add(vm, &a, &b)?,
        26 => match a.cast_exact::<Dict>() {
            Some(dict) => match dict.get(vm, &b)? {
                Some(found) => found,
                None => protocol::getitem(vm, &a, &b)?,
            },
            None => match (a.cast_exact::<List>(), b.cast_exact::<Slice>()) {
                (Some(list), Some(slice)) => list.part(vm, slice)?,
                _ => protocol::getitem(vm, &a, &b)?,
            },
        },
        1 => number::and(vm, &a, &b)?,
        2 => number::floordiv(vm, &a, &b)?,
        3 => number::lshift(vm, &a, &b)?,
        4 => number::matmul(vm, &a, &b)?,
        5 => number::mul(vm, &a, &b)?,
        6 => number::mod_(vm, &a, &b)?,
        7 => number::or(vm, &a, &b)?,
        8 => number::pow(vm, &a, &b, None)?,
        9 => number::rshift(vm, &a, &b)?,
        10 => number::sub(vm, &a, &b)?,
        11 => number::truediv(vm, &a, &b)?,
        12 => number::xor(vm, &a, &b)?,
        13 => number::inplace_add(vm, &a, &b)?,
        14 => number::inplace_and(vm, &a, &b)?,
        15 => number::inplace_floordiv(vm, &a, &b)?,
        16 => number::inplace_lshift(vm, &a, &b)?,
        17 => number::inplace_matmul(vm, &a, &b)?,
        18 => number::inplace_mul(vm, &a, &b)?,
        19 => number::inplace_mod_(vm, &a, &b)?,
        20 => number::inplace_or(vm, &a, &b)?,
        21 => number::inplace_pow(vm, &a, &b)?,
        22 => number::inplace_rshift(vm, &a, &b)?,
        23 => number::inplace_sub(vm, &a, &b)?,
        24 => number::inplace_truediv(vm, &a, &b)?,
        25 => number::inplace_xor(vm, &a, &b)?,
        _ => protocol::getitem(vm, &a, &b)?,
    };
    sp.push(result);
    Ok(())
}

/// `a + b` of two strings. Where the next instruction stores the result to the local that `a` came from, that reference
/// is given up first: the string then is often nobody else's and grows in place.
fn concatenate(vm: &Vm, frame: *mut Frame, a: Val, b: &Object) -> Result<Object> {
    let Some(right) = b.cast_exact::<Str>() else { return number::add(vm, &a, b) };
    // SAFETY: `ip` stands behind BINARY_OP, whose cache units and a next instruction follow (verified).
    let next = unsafe { *(*frame).ip.add(const { Op::BINARY_OP.caches() }) };
    // SAFETY: a known instruction.
    let local = match unsafe { std::mem::transmute::<u8, Op>(next as u8) } {
        Op::STORE_FAST => usize::from(next >> 8),
        Op::STORE_FAST_LOAD_FAST | Op::STORE_FAST_STORE_FAST => usize::from(next >> 12),
        _ => return Str::append_in_place(vm, a.into_object(), right),
    };
    let left = a.into_object();
    // SAFETY: a local of the frame; its reference is dropped, and the instruction that follows writes the word.
    unsafe {
        let word = Frame::locals(frame).add(local);
        if *word == left.word() && !b.is(&left) {
            drop_word(std::mem::replace(&mut *word, 0));
        }
    }
    Str::append_in_place(vm, left, right)
}

pub fn negative(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let value = sp.pop();
    sp.push(number::neg(vm, &value)?);
    Ok(())
}

pub fn invert(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let value = sp.pop();
    sp.push(number::invert(vm, &value)?);
    Ok(())
}

pub fn get_iter(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let value = sp.pop();
    sp.push(iter::get_iter(vm, &value)?);
    Ok(())
}

/// IS_OP; operand 1: `is not`.
pub fn is_same(_: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let (b, a) = (sp.pop(), sp.pop());
    let same = a.is(&b) == (arg == 0);
    drop((a, b));
    sp.push_word(bool_::word(same));
    Ok(())
}

/// LIST_APPEND: the list is the operand-th below the value.
pub fn list_append(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let value = sp.pop().into_object();
    let Some(list) = exact::<List>(sp.peek_word(arg as usize)) else {
        bail!(vm, SystemError, "LIST_APPEND to what is no list");
    };
    vm.memory(list.items.push(value))
}

/// COMPARE_OP.
pub fn compare(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let (b, a) = (sp.pop(), sp.pop());
    let op = CompareOp::from_arg(arg).ok_or(Raised)?;
    if let (Some(x), Some(y)) = (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        sp.push_word(bool_::word(x.holds(y, op)));
        return Ok(());
    }
    let result = protocol::compare(vm, &a, &b, op)?;
    let result = if arg & 16 != 0 { protocol::is_true(vm, &result)?.object() } else { result };
    sp.push(result);
    Ok(())
}

pub fn to_bool(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let value = sp.pop();
    let truth = protocol::is_true(vm, &value)?;
    sp.push_word(bool_::word(truth));
    Ok(())
}

pub fn contains(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let (container, value) = (sp.pop(), sp.pop());
    let found = sequence::contains(vm, &container, &value)?;
    sp.push_word(bool_::word(found == (arg == 0)));
    Ok(())
}

pub fn store_subscr(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let (key, container, value) = (sp.pop(), sp.pop(), sp.pop());
    if let Some(dict) = container.cast_exact::<Dict>() {
        return dict.set(vm, &key, value.into_object());
    }
    if container.cast_exact::<ByteArray>().is_some_and(|bytes| bytes.put_plainly(&key, &value)) {
        return Ok(());
    }
    protocol::setitem(vm, &container, &key, &value)
}

pub fn delete_subscr(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let (key, container) = (sp.pop(), sp.pop());
    protocol::delitem(vm, &container, &key)
}

pub fn binary_slice(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let (stop, start, container) = (sp.pop(), sp.pop(), sp.pop());
    if let (Some(from), Some(to)) = (bound(&start, 0), bound(&stop, isize::MAX)) {
        let within = |len: usize| {
            let (from, to) = (SliceIndex(from).clamp(len), SliceIndex(to).clamp(len));
            from..to.max(from)
        };
        if let Some(list) = container.cast_exact::<List>() {
            let range = within(list.items.len());
            let items = vm.memory(list.items.slice(range.start, 1, range.len()))?;
            sp.push(List::from_items(items).into_object());
            return Ok(());
        }
        if let Some(text) = container.cast_exact::<Str>() {
            let part = Str::part(text, vm, within(text.len()))?;
            sp.push(part.into_object());
            return Ok(());
        }
        if let Some(tuple) = container.cast_exact::<Tuple>() {
            let range = within(tuple.len());
            let part = match range.len() == tuple.len() {
                true => tuple.clone(),
                false => Tuple::try_from_slice(vm, &tuple.items()[range])?,
            };
            sp.push(part.into_object());
            return Ok(());
        }
    }
    let slice = Slice::make(&start, &stop, &none());
    let result = protocol::getitem(vm, &container, &slice)?;
    sp.push(result);
    Ok(())
}

/// A bound of a slice that is a small int or None.
fn bound(value: &Object, missing: isize) -> Option<isize> {
    if value.is(&none()) {
        return Some(missing);
    }
    value.as_small_int().map(|small| small as isize)
}

pub fn store_slice(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let (stop, start, container, value) = (sp.pop(), sp.pop(), sp.pop(), sp.pop());
    if let (Some(from), Some(to)) = (bound(&start, 0), bound(&stop, isize::MAX))
        && let (Some(list), Some(new)) = (container.cast_exact::<List>(), value.cast_exact::<List>())
    {
        return list.assign_part(vm, SliceIndex(from), SliceIndex(to), new);
    }
    let slice = Slice::make(&start, &stop, &none());
    protocol::setitem(vm, &container, &slice, &value)
}

pub fn build_list(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let n = arg as usize;
    // SAFETY: the words are moved out one by one; the stack pointer goes below them.
    let items = unsafe {
        let start = sp.own(n).as_ptr();
        let items = vm.memory(heap::ObjVec::from_fn(n, |i| std::ptr::read(start.add(i))))?;
        sp.0 = sp.0.sub(n);
        items
    };
    sp.push(List::from_items(items).into_object());
    Ok(())
}

pub fn build_tuple(_: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let n = arg as usize;
    // SAFETY: the words are moved out one by one; the stack pointer goes below them.
    let tuple = unsafe {
        let start = sp.own(n).as_ptr();
        let tuple = Tuple::from_iter_exact((0..n).map(|i| std::ptr::read(start.add(i))));
        sp.0 = sp.0.sub(n);
        tuple
    };
    sp.push(tuple.into_object());
    Ok(())
}

pub fn build_map(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let words = arg as usize * 2;
    let dict = Dict::empty();
    vm.memory(dict.table.reserve(arg as usize))?;
    for below in (0..words).step_by(2).map(|done| words - done) {
        let (key, value) = (sp.peek_word(below), sp.peek_word(below - 1));
        // SAFETY: values of the running frame's stack; the one that was moved is no longer there.
        let (stored, old) = unsafe { items::set_item(&dict, key, value) };
        if stored {
            sp.set_word(below - 1, 0);
            // SAFETY: the old value's word was given to us.
            unsafe { drop_word(old) };
        } else {
            dict.set(vm, &sp.peek(below), sp.peek(below - 1).clone())?;
        }
    }
    sp.drop_n(words);
    sp.push(dict.into_object());
    Ok(())
}

pub fn build_set(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let made = Set::make(heap::SetTable::new());
    if let Some(set) = made.cast_exact::<Set>() {
        for below in (1..=arg as usize).rev() {
            if !items::add_to_set(&set.table, sp.peek_word(below)) {
                set.add(vm, &sp.peek(below))?;
            }
        }
    }
    sp.drop_n(arg as usize);
    sp.push(made);
    Ok(())
}

pub fn build_string(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let pieces = sp.own(arg as usize).iter().filter_map(|item| item.cast::<Str>().map(|text| &**text));
    let text = Str::of_pieces(vm, text::Units::Ascii(&[]), pieces)?;
    sp.drop_n(arg as usize);
    sp.push(text.into_object());
    Ok(())
}

pub fn build_slice(_: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let step = if arg == 3 { Some(sp.pop()) } else { None };
    let (stop, start) = (sp.pop(), sp.pop());
    let nothing = none();
    let slice = Slice::make(&start, &stop, step.as_deref().unwrap_or(&nothing));
    sp.push(slice);
    Ok(())
}

pub fn list_extend(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let iterable = sp.pop();
    let list = sp.peek(arg as usize);
    let Some(list) = list.cast::<List>() else { bail!(vm, SystemError, "LIST_EXTEND without a list") };
    match list.extend(vm, &iterable) {
        Err(_)
            if type_of(&iterable).slots.iter.get().is_none()
                && !sequence::is_sequence(&iterable)
                && vm.raised_is(&crate::exception::types::TypeError) =>
        {
            vm.clear_raised();
            Err(raise!(vm, TypeError, "Value after * must be an iterable, not {}", type_name(&iterable)))
        }
        other => other,
    }
}

pub fn set_add(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let value = sp.pop();
    let set = sp.peek(arg as usize);
    match set.cast::<Set>() {
        Some(set) => set.add(vm, &value),
        // `__conditional_annotations__` is a name that anybody may bind.
        None => Err(raise!(vm, TypeError, "'{}' object is not a set", type_name(&set))),
    }
}

pub fn set_update(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let iterable = sp.pop();
    let set = sp.peek(arg as usize);
    let Some(set) = set.cast::<Set>() else { bail!(vm, SystemError, "SET_UPDATE without a set") };
    set.extend(vm, &iterable)
}

pub fn map_add(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let (value, key) = (sp.pop(), sp.pop());
    let dict = sp.peek(arg as usize);
    match dict.cast::<Dict>() {
        Some(dict) => dict.set(vm, &key, value.into_object()),
        None => Err(raise!(vm, SystemError, "MAP_ADD without a dict")),
    }
}

pub fn dict_update(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let source = sp.pop();
    let dict = sp.peek(arg as usize);
    let Some(dict) = dict.cast::<Dict>() else { bail!(vm, SystemError, "DICT_UPDATE without a dict") };
    match mapping::update(vm, dict, &source) {
        Err(_) if vm.raised_is(&crate::exception::types::AttributeError) => {
            vm.clear_raised();
            Err(raise!(vm, TypeError, "'{}' object is not a mapping", type_name(&source)))
        }
        other => other,
    }
}

/// `f(**a, **b)`: keys must be new.
pub fn dict_merge(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let source = sp.pop();
    let dict = sp.peek(arg as usize);
    let Some(dict) = dict.cast::<Dict>() else { bail!(vm, SystemError, "DICT_MERGE without a dict") };
    if let Some(source) = source.cast_exact::<Dict>()
        && dict.is_empty()
    {
        return dict.update_from_dict(vm, source);
    }
    let callable = sp.peek(arg as usize + 3);
    let name = |vm: &Vm| call_name(vm, &callable);
    let keys = match source.cast_exact::<Dict>() {
        Some(dict) => dict.keys_vec(),
        None => match mapping::has_keys(vm, &source)? {
            true => mapping::view_to_vec(vm, &source, "keys")?,
            false => {
                bail!(vm, TypeError, "{} argument after ** must be a mapping, not {}", name(vm)?, type_name(&source))
            }
        },
    };
    for key in keys {
        if dict.get(vm, &key)?.is_some() {
            let text = protocol::str(vm, &key)?;
            bail!(vm, TypeError, "{} got multiple values for keyword argument '{text}'", name(vm)?);
        }
        let value = protocol::getitem(vm, &source, &key)?;
        dict.set(vm, &key, value)?;
    }
    Ok(())
}

/// How a callable is named in argument errors: `module.qualname()`.
pub fn call_name(vm: &Vm, callable: &Object) -> Result<String> {
    let names = vm.names();
    let qualname = match protocol::getattr_opt(vm, callable, names.__qualname__())? {
        Some(name) => protocol::str(vm, &name)?,
        None => return Ok(protocol::str(vm, callable)?.to_string()),
    };
    match protocol::getattr_opt(vm, callable, names.__module__())? {
        Some(module) if !module.is(&none()) => {
            let module = protocol::str(vm, &module)?.to_string();
            Ok(if module == "builtins" { format!("{qualname}()") } else { format!("{module}.{qualname}()") })
        }
        _ => Ok(format!("{qualname}()")),
    }
}

pub fn unpack_sequence(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let n = arg as usize;
    let value = sp.pop();
    if let Some(tuple) = value.cast_exact::<Tuple>().filter(|t| t.len() == n) {
        for item in tuple.items().iter().rev() {
            sp.push(item.clone());
        }
        return Ok(());
    }
    if let Some(list) = value.cast_exact::<List>().filter(|l| l.items.len() == n) {
        for i in (0..n).rev() {
            sp.push(list.items.get(i).unwrap_or_else(none));
        }
        return Ok(());
    }
    let items = unpack(vm, &value, n, None)?;
    for item in items.into_iter().rev() {
        sp.push(item);
    }
    Ok(())
}

pub fn unpack_ex(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let (before, after) = ((arg & 0xFF) as usize, (arg >> 8) as usize);
    let value = sp.pop();
    let items = unpack(vm, &value, before, Some(after))?;
    for item in items.into_iter().rev() {
        sp.push(item);
    }
    Ok(())
}

/// The values of `a, b = value`, or with `after` of `a, *rest, b = value`.
fn unpack(vm: &Vm, value: &Object, before: usize, after: Option<usize>) -> Result<Vec<Object>> {
    let iterator = match iter::get_iter(vm, value) {
        Ok(iterator) => iterator,
        Err(_)
            if vm.raised_is(&crate::exception::types::TypeError)
                && type_of(value).slots.iter.get().is_none()
                && !sequence::is_sequence(value) =>
        {
            vm.clear_raised();
            bail!(vm, TypeError, "cannot unpack non-iterable {} object", type_name(value));
        }
        Err(raised) => return Err(raised),
    };
    let mut items = Vec::with_capacity(before + 1 + after.unwrap_or(0));
    for i in 0..before {
        match iter::next(vm, &iterator)? {
            Some(item) => items.push(item),
            None => match after {
                None => bail!(vm, ValueError, "not enough values to unpack (expected {before}, got {i})"),
                Some(after) => {
                    bail!(vm, ValueError, "not enough values to unpack (expected at least {}, got {i})", before + after)
                }
            },
        }
    }
    let Some(after) = after else {
        if iter::next(vm, &iterator)?.is_some() {
            let len = if value.is_exact::<List>() || value.is_exact::<Tuple>() || value.is_exact::<Dict>() {
                Some(protocol::len(vm, value)?)
            } else {
                None
            };
            match len.filter(|&l| l > before) {
                Some(len) => bail!(vm, ValueError, "too many values to unpack (expected {before}, got {len})"),
                None => bail!(vm, ValueError, "too many values to unpack (expected {before})"),
            }
        }
        return Ok(items);
    };
    let mut rest = Vec::new();
    iter::for_each(vm, &iterator, |item| {
        rest.push(item);
        Ok(ControlFlow::<()>::Continue(()))
    })?;
    if rest.len() < after {
        bail!(
            vm,
            ValueError,
            "not enough values to unpack (expected at least {}, got {})",
            before + after,
            before + rest.len()
        );
    }
    let tail = rest.split_off(rest.len() - after);
    items.push(List::from_vec(rest).into_object());
    items.extend(tail);
    Ok(items)
}

pub fn format_simple(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let value = sp.pop();
    let text = protocol::format(vm, &value, &Str::empty(vm))?;
    sp.push(text.into_object());
    Ok(())
}

pub fn format_with_spec(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let (spec, value) = (sp.pop(), sp.pop());
    let Some(spec) = spec.cast::<Str>() else { bail!(vm, SystemError, "a format spec that is no str") };
    let text = protocol::format(vm, &value, spec)?;
    sp.push(text.into_object());
    Ok(())
}

pub fn convert_value(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let value = sp.pop();
    let text = match arg {
        1 => protocol::str(vm, &value)?,
        2 => protocol::repr(vm, &value)?,
        _ => protocol::ascii(vm, &value)?,
    };
    sp.push(text.into_object());
    Ok(())
}

/// The next value of an iterator.
pub fn next(vm: &Vm, iterator: &Object) -> Result<Option<Object>> {
    if iterator.is_exact::<Generator>() {
        return match Generator::next(iterator, vm) {
            Err(_) => stop(vm),
            other => other,
        };
    }
    iter::next(vm, iterator)
}

#[cold]
fn stop(vm: &Vm) -> Result<Option<Object>> {
    if vm.raised_is(&crate::exception::types::StopIteration) {
        vm.clear_raised();
        return Ok(None);
    }
    Err(Raised)
}
