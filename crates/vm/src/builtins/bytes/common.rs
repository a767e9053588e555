//! Byte-string algorithms that bytes and bytearray share: what their arguments may be, and the work on plain slices.

use crate::builtins::str::mem;
use crate::native::SliceIndex;
use crate::object::{buffer, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{iter, number};
use std::borrow::Cow;
use std::ops::Range;
use text::split::{self, Ends, Space};
use text::{Units, find};

/// The bytes of a bytes-like argument: TypeError for anything else.
pub fn like<'a>(vm: &Vm, object: &'a Object) -> Result<Cow<'a, [u8]>> {
    if let Some(bytes) = object.cast::<Bytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    let view = buffer::get_buffer(vm, object, buffer::request::SIMPLE)?;
    let copy = view.to_vec();
    view.release(vm);
    Ok(Cow::Owned(copy))
}

/// Whether the object exports a buffer.
pub fn is_like(object: &Object) -> bool {
    type_of(object).slots.buffer.get().is_some()
}

/// One byte; `what` is what the range error speaks of.
pub fn byte(vm: &Vm, object: &Object, what: &str) -> Result<u8> {
    let index = match object.as_small_int() {
        Some(small) => Some(small),
        None => Int::to_i64(&number::index(vm, object)?),
    };
    match index.and_then(|i| u8::try_from(i).ok()) {
        Some(byte) => Ok(byte),
        None => Err(raise!(vm, ValueError, "{what} must be in range(0, 256)")),
    }
}

/// What is looked for: bytes, or one byte given as an int.
pub fn needle<'a>(vm: &Vm, object: &'a Object) -> Result<Cow<'a, [u8]>> {
    if is_like(object) {
        return like(vm, object);
    }
    if !number::has_index(object) {
        bail!(vm, TypeError, "argument should be integer or bytes-like object, not '{}'", type_name(object));
    }
    Ok(Cow::Owned(vec![byte(vm, object, "byte")?]))
}

/// The window of `len` bytes that `start` and `end` give, if there is one.
pub fn window(len: usize, start: SliceIndex, end: SliceIndex) -> Option<Range<usize>> {
    if start.0 > len as isize {
        return None;
    }
    let (from, to) = (start.clamp(len), end.clamp(len));
    (from <= to).then_some(from..to)
}

pub fn find_in(
    vm: &Vm,
    data: &[u8],
    sub: &[u8],
    start: SliceIndex,
    end: SliceIndex,
    reverse: bool,
) -> Result<Option<usize>> {
    let Some(range) = window(data.len(), start, end) else { return Ok(None) };
    let from = range.start;
    let (hay, sub) = (Units::Latin1(&data[range]), Units::Latin1(sub));
    let found = mem(vm, if reverse { find::rfind(hay, sub) } else { find::find(hay, sub) })?;
    Ok(found.map(|at| from + at))
}

pub fn contains(vm: &Vm, data: &[u8], sub: &[u8]) -> Result<bool> {
    mem(vm, find::contains(Units::Latin1(data), Units::Latin1(sub)))
}

pub fn count(vm: &Vm, data: &[u8], sub: &[u8], start: SliceIndex, end: SliceIndex) -> Result<usize> {
    match window(data.len(), start, end) {
        Some(range) => mem(vm, find::count(Units::Latin1(&data[range]), Units::Latin1(sub), usize::MAX)),
        None => Ok(0),
    }
}

/// The candidates of `startswith` and `endswith`.
pub fn affixes(vm: &Vm, what: &Object, name: &str) -> Result<Vec<Vec<u8>>> {
    if let Some(tuple) = what.cast::<Tuple>() {
        return tuple.items().iter().map(|item| Ok(like(vm, item)?.into_owned())).collect();
    }
    if !is_like(what) {
        bail!(vm, TypeError, "{name} first arg must be bytes or a tuple of bytes, not {}", type_name(what));
    }
    Ok(vec![like(vm, what)?.into_owned()])
}

pub fn has_affix(data: &[u8], candidates: &[Vec<u8>], start: SliceIndex, end: SliceIndex, tail: bool) -> bool {
    let Some(range) = window(data.len(), start, end) else { return false };
    let data = &data[range];
    candidates.iter().any(|c| if tail { data.ends_with(c) } else { data.starts_with(c) })
}

pub fn replace(vm: &Vm, data: &[u8], old: &[u8], new: &[u8], count: isize) -> Result<Option<Vec<u8>>> {
    let max = usize::try_from(count).unwrap_or(usize::MAX);
    let made = mem(vm, find::replace(Units::Latin1(data), Units::Latin1(old), Units::Latin1(new), max))?;
    Ok(made.map(|made| made.as_units().as_bytes().to_vec()))
}

/// The set of `strip`: `None` is white space.
pub fn strip_range(data: &[u8], set: Option<&[u8]>, ends: Ends) -> Range<usize> {
    match set {
        None => split::strip_space(Units::Latin1(data), Space::Bytes, ends),
        Some(set) => split::strip_set(Units::Latin1(data), Units::Latin1(set), ends),
    }
}

/// The pieces of `split` or `rsplit`, from the left.
pub fn split_ranges(vm: &Vm, data: &[u8], sep: Option<&[u8]>, max: isize, reverse: bool) -> Result<Vec<Range<usize>>> {
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let data = Units::Latin1(data);
    let mut ranges = iter::Gathered::default();
    match (sep, reverse) {
        (Some([]), _) => bail!(vm, ValueError, "empty separator"),
        (None, false) => split::split_space(data, Space::Bytes, max).for_each(|range| ranges.push(range)),
        (None, true) => split::rsplit_space(data, Space::Bytes, max).for_each(|range| ranges.push(range)),
        (Some(sep), false) => mem(vm, split::split(data, Units::Latin1(sep), max, |range| ranges.push(range)))?,
        (Some(sep), true) => mem(vm, split::rsplit(data, Units::Latin1(sep), max, |range| ranges.push(range)))?,
    }
    let mut ranges = ranges.finish(vm)?;
    if reverse {
        ranges.reverse();
    }
    Ok(ranges)
}

pub fn line_ranges(vm: &Vm, data: &[u8], keep_ends: bool) -> Result<Vec<Range<usize>>> {
    iter::gather(vm, split::lines(Units::Latin1(data), Space::Bytes, keep_ends).map(Ok))
}

/// `separator.join(iterable)`.
pub fn join(vm: &Vm, separator: &[u8], iterable: &Object) -> Result<Vec<u8>> {
    if type_of(iterable).slots.iter.get().is_none() && !crate::protocol::sequence::is_sequence(iterable) {
        bail!(vm, TypeError, "can only join an iterable");
    }
    let items = iter::to_vec(vm, iterable)?;
    let list = iterable.cast::<crate::builtins::list::List>();
    let mut out = Vec::new();
    for (i, item) in items.iter().enumerate() {
        // An item's `__buffer__` may have changed the list.
        if list.is_some_and(|list| list.items.len() != items.len()) {
            bail!(vm, RuntimeError, "sequence changed size during iteration");
        }
        if !is_like(item) {
            bail!(vm, TypeError, "sequence item {i}: expected a bytes-like object, {} found", type_name(item));
        }
        let data = like(vm, item)?;
        vm.memory(out.try_reserve(data.len() + separator.len()).map_err(|_| heap::OutOfMemory))?;
        if i > 0 {
            out.extend_from_slice(separator);
        }
        out.extend_from_slice(&data);
    }
    Ok(out)
}

/// The table of `translate`.
pub fn table(vm: &Vm, table: &Object) -> Result<Option<[u8; 256]>> {
    if table.is(&none()) {
        return Ok(None);
    }
    match <[u8; 256]>::try_from(&like(vm, table)?[..]) {
        Ok(table) => Ok(Some(table)),
        Err(_) => Err(raise!(vm, ValueError, "translation table must be 256 characters long")),
    }
}

pub fn translate(data: &[u8], table: Option<&[u8; 256]>, delete: &[u8]) -> Vec<u8> {
    let mut gone = [false; 256];
    delete.iter().for_each(|&b| gone[usize::from(b)] = true);
    data.iter().filter(|&&b| !gone[usize::from(b)]).map(|&b| table.map_or(b, |t| t[usize::from(b)])).collect()
}

pub fn maketrans(vm: &Vm, frm: &Object, to: &Object) -> Result<Ref<Bytes>> {
    let (frm, to) = (like(vm, frm)?, like(vm, to)?);
    if frm.len() != to.len() {
        bail!(vm, ValueError, "maketrans arguments must have same length");
    }
    let mut table: [u8; 256] = std::array::from_fn(|i| i as u8);
    frm.iter().zip(to.iter()).for_each(|(&a, &b)| table[usize::from(a)] = b);
    Bytes::try_new(vm, &table)
}

/// The fill of `center`, `ljust`, `rjust`.
pub fn fill(vm: &Vm, fillchar: Option<&Object>, name: &str) -> Result<u8> {
    let Some(fill) = fillchar else { return Ok(b' ') };
    match super::bytes_or_bytearray(fill).as_deref() {
        Some(&[byte]) => Ok(byte),
        Some(data) => Err(raise!(
            vm,
            TypeError,
            "{name}(): argument 2 must be a byte string of length 1, not a {} object of length {}",
            type_name(fill),
            data.len()
        )),
        None => {
            Err(raise!(vm, TypeError, "{name}() argument 2 must be a byte string of length 1, not {}", type_name(fill)))
        }
    }
}

pub fn pad(vm: &Vm, data: &[u8], left: usize, right: usize, fill: u8) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let total = left.checked_add(data.len()).and_then(|n| n.checked_add(right));
    let Some(total) = total.filter(|&n| n <= isize::MAX as usize) else { return Err(vm.out_of_memory()) };
    vm.memory(out.try_reserve_exact(total).map_err(|_| heap::OutOfMemory))?;
    out.resize(left, fill);
    out.extend_from_slice(data);
    out.resize(total, fill);
    Ok(out)
}

pub fn zfill(vm: &Vm, data: &[u8], width: isize) -> Result<Vec<u8>> {
    let missing = (width.max(0) as usize).saturating_sub(data.len());
    let mut out = pad(vm, data, missing, 0, b'0')?;
    if missing > 0 && matches!(data.first(), Some(b'+' | b'-')) {
        out.swap(0, missing);
    }
    Ok(out)
}

pub fn expandtabs(vm: &Vm, data: &[u8], tabsize: i32) -> Result<Vec<u8>> {
    let made = mem(vm, text::layout::expand_tabs(Units::Latin1(data), tabsize.max(0) as usize))?;
    Ok(made.as_units().as_bytes().to_vec())
}

pub fn repeat(vm: &Vm, data: &[u8], times: usize) -> Result<Vec<u8>> {
    let Some(total) = data.len().checked_mul(times).filter(|&n| n <= isize::MAX as usize) else {
        return Err(vm.out_of_memory());
    };
    let mut out = Vec::new();
    vm.memory(out.try_reserve_exact(total).map_err(|_| heap::OutOfMemory))?;
    (0..if data.is_empty() { 0 } else { times }).for_each(|_| out.extend_from_slice(data));
    Ok(out)
}

pub fn title(data: &[u8]) -> Vec<u8> {
    let mut after_letter = false;
    data.iter()
        .map(|b| {
            let mapped = if after_letter { b.to_ascii_lowercase() } else { b.to_ascii_uppercase() };
            after_letter = b.is_ascii_alphabetic();
            mapped
        })
        .collect()
}

pub fn capitalize(data: &[u8]) -> Vec<u8> {
    let mut out = data.to_ascii_lowercase();
    if let Some(first) = out.first_mut() {
        first.make_ascii_uppercase();
    }
    out
}

pub fn swapcase(data: &[u8]) -> Vec<u8> {
    let swap = |b: &u8| if b.is_ascii_lowercase() { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() };
    data.iter().map(swap).collect()
}

pub fn is_space(byte: u8) -> bool {
    matches!(byte, 9..=13 | 32)
}

pub fn istitle(data: &[u8]) -> bool {
    let (mut after_letter, mut any) = (false, false);
    for b in data {
        if b.is_ascii_uppercase() && after_letter || b.is_ascii_lowercase() && !after_letter {
            return false;
        }
        after_letter = b.is_ascii_alphabetic();
        any |= after_letter;
    }
    any
}

/// The separator of `hex`. May run Python code.
pub fn hex_separator(vm: &Vm, sep: Option<&Object>) -> Result<Option<u8>> {
    let Some(sep) = sep else { return Ok(None) };
    if crate::protocol::object::len(vm, sep)? != 1 {
        bail!(vm, ValueError, "sep must be length 1.");
    }
    let code = if let Some(text) = sep.cast::<Str>() {
        text.units().get(0)
    } else if let Some(bytes) = sep.cast::<Bytes>() {
        bytes.as_bytes().first().map(|&b| u32::from(b))
    } else {
        bail!(vm, TypeError, "sep must be str or bytes.");
    };
    match code {
        Some(code @ ..=0x7F) => Ok(Some(code as u8)),
        Some(_) => Err(raise!(vm, ValueError, "sep must be ASCII.")),
        None => Err(raise!(vm, ValueError, "sep must be length 1.")),
    }
}

/// Hexadecimal digits, with a separator after each `every` bytes counted from the right (from the left if negative).
pub fn hex(vm: &Vm, data: &[u8], sep: Option<u8>, every: i32) -> Result<Ref<Str>> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = Vec::new();
    vm.memory(out.try_reserve(data.len().saturating_mul(3)).map_err(|_| heap::OutOfMemory))?;
    let group = every.unsigned_abs() as usize;
    for (i, b) in data.iter().enumerate() {
        let boundary = if every < 0 { i } else { data.len() - i };
        if let Some(sep) = sep
            && group > 0
            && i > 0
            && boundary % group == 0
        {
            out.push(sep);
        }
        out.extend([DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]);
    }
    Str::from_units(vm, Units::Ascii(&out))
}

/// `bytes.fromhex`.
pub fn from_hex(vm: &Vm, source: &Object) -> Result<Vec<u8>> {
    let text: Vec<u32> = if let Some(text) = source.cast::<Str>() {
        text.code_points().collect()
    } else if is_like(source) {
        like(vm, source)?.iter().map(|&b| u32::from(b)).collect()
    } else {
        bail!(vm, TypeError, "fromhex() argument must be str or bytes-like, not {}", type_name(source));
    };
    let digit = |at: usize| text.get(at).and_then(|&c| char::from_u32(c)).and_then(|c| c.to_digit(16));
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut at = 0;
    while at < text.len() {
        if text[at] < 128 && is_space(text[at] as u8) {
            at += 1;
            continue;
        }
        match (digit(at), digit(at + 1)) {
            (Some(high), Some(low)) => out.push((high << 4 | low) as u8),
            (Some(_), None) if at + 1 == text.len() => {
                bail!(vm, ValueError, "fromhex() arg must contain an even number of hexadecimal digits")
            }
            (high, _) => {
                let wrong = at + usize::from(high.is_some());
                bail!(vm, ValueError, "non-hexadecimal number found in fromhex() arg at position {wrong}");
            }
        }
        at += 2;
    }
    Ok(out)
}

/// The bytes of `bytes(source, encoding, errors)`; `kind` is the type's name.
pub fn construct(
    vm: &Vm,
    source: Option<&Object>,
    encoding: Option<String>,
    errors: Option<String>,
    kind: &str,
) -> Result<Vec<u8>> {
    match (construct_at_once(vm, source, encoding, errors, kind)?, source) {
        (None, Some(source)) => from_iterable(vm, source, if kind == "bytes" { "bytes" } else { "byte" }),
        (data, _) => Ok(data.unwrap_or_default()),
    }
}

/// As [`construct`]; `None` where the bytes are the items of an iterable, which is not begun.
pub fn construct_at_once(
    vm: &Vm,
    source: Option<&Object>,
    encoding: Option<String>,
    errors: Option<String>,
    kind: &str,
) -> Result<Option<Vec<u8>>> {
    let Some(source) = source else {
        match (encoding, errors) {
            (Some(_), _) => bail!(vm, TypeError, "encoding without a string argument"),
            (_, Some(_)) => bail!(vm, TypeError, "errors without a string argument"),
            _ => return Ok(Some(Vec::new())),
        }
    };
    if let Some(text) = source.cast::<Str>() {
        let Some(encoding) = encoding else { bail!(vm, TypeError, "string argument without an encoding") };
        let made = crate::modules::codecs::encode(vm, text, &encoding, errors.as_deref().unwrap_or("strict"))?;
        return Ok(Some(made.as_bytes().to_vec()));
    }
    match (encoding, errors) {
        (Some(_), _) => bail!(vm, TypeError, "encoding without a string argument"),
        (_, Some(_)) => bail!(vm, TypeError, "errors without a string argument"),
        _ => {}
    }
    if number::has_index(source) {
        match number::as_ssize(vm, source, Some(&crate::exception::types::OverflowError)) {
            Ok(n) if n < 0 => bail!(vm, ValueError, "negative count"),
            Ok(n) => {
                let mut zeros = Vec::new();
                vm.memory(zeros.try_reserve_exact(n as usize).map_err(|_| heap::OutOfMemory))?;
                zeros.resize(n as usize, 0);
                return Ok(Some(zeros));
            }
            Err(_) if vm.raised_is(&crate::exception::types::TypeError) => vm.clear_raised(),
            Err(raised) => return Err(raised),
        }
    }
    if is_like(source) {
        return Ok(Some(like(vm, source)?.into_owned()));
    }
    if type_of(source).slots.iter.get().is_none() && !crate::protocol::sequence::is_sequence(source) {
        bail!(vm, TypeError, "cannot convert '{}' object to {kind}", type_name(source));
    }
    Ok(None)
}

/// The ints of an iterable as bytes.
pub fn from_iterable(vm: &Vm, iterable: &Object, what: &str) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    iter::each(vm, iterable, |item| {
        let byte = byte(vm, &item, what)?;
        if out.len() == out.capacity() {
            vm.memory(out.try_reserve(out.len().max(16)).map_err(|_| heap::OutOfMemory))?;
        }
        out.push(byte);
        Ok(())
    })?;
    Ok(out)
}
