//! What several methods of `str` share: windows, parts, padding.

use super::{Str, mem};
use crate::native::SliceIndex;
use crate::object::type_name;
use crate::prelude::*;
use crate::protocol::iter::gather;
use text::split::{self, Ends, Space};
use text::{Units, find, layout};

/// The largest number of splits or replacements: negative means all.
pub(super) fn limit(count: isize) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The window that `start` and `end` give, if there is one.
pub(super) fn window(this: &Str, start: SliceIndex, end: SliceIndex) -> Option<(usize, usize)> {
    let len = this.len();
    let from = if start.0 > len as isize { return None } else { start.clamp(len) };
    let to = end.clamp(len);
    (from <= to).then_some((from, to))
}

pub(super) fn find_in(
    this: &Str,
    vm: &Vm,
    sub: &Str,
    start: SliceIndex,
    end: SliceIndex,
    reverse: bool,
) -> Result<Option<usize>> {
    let Some((from, to)) = window(this, start, end) else { return Ok(None) };
    let hay = this.units().slice(from..to);
    let found = if reverse { find::rfind(hay, sub.units()) } else { find::find(hay, sub.units()) };
    Ok(mem(vm, found)?.map(|at| from + at))
}

pub(super) fn parts(
    this: &Ref<Str>,
    vm: &Vm,
    ranges: impl Iterator<Item = std::ops::Range<usize>>,
) -> Result<Vec<Object>> {
    gather(vm, ranges.map(|range| Str::part(this, vm, range).map(Ref::into_object)))
}

/// Whether an ASCII character is space, for strings.
#[inline(always)]
fn is_space(byte: u8) -> bool {
    matches!(byte, 0x09..=0x0D | 0x1C..=0x20)
}

/// The words of an ASCII string, at most `max` of them and the rest.
pub(super) fn words(this: &Ref<Str>, vm: &Vm, text: &[u8], max: usize) -> Result<Vec<Object>> {
    let (mut items, mut at) = (Vec::new(), 0);
    loop {
        while text.get(at).is_some_and(|&byte| is_space(byte)) {
            at += 1;
        }
        if at == text.len() {
            return Ok(items);
        }
        let start = at;
        if items.len() == max {
            at = text.len();
        }
        while text.get(at).is_some_and(|&byte| !is_space(byte)) {
            at += 1;
        }
        if items.len() == items.capacity() {
            mem(vm, items.try_reserve(items.len().max(12)).map_err(|_| text::OutOfMemory))?;
        }
        items.push(if at - start == text.len() {
            this.to_exact().into_object()
        } else {
            Str::of_ascii(vm, &text[start..at])?.into_object()
        });
    }
}

/// Where ASCII text is without space at its ends.
#[inline]
fn strip_ascii(text: &[u8], ends: Ends) -> std::ops::Range<usize> {
    let (mut start, mut end) = (0, text.len());
    if !matches!(ends, Ends::Right) {
        while text.get(start).is_some_and(|&byte| is_space(byte)) {
            start += 1;
        }
    }
    if !matches!(ends, Ends::Left) {
        while end > start && is_space(text[end - 1]) {
            end -= 1;
        }
    }
    start..end
}

pub(super) fn strip(this: &Ref<Str>, vm: &Vm, chars: Option<&Object>, ends: Ends, name: &str) -> Result<Ref<Str>> {
    let range = match chars.filter(|c| !c.is(&none())) {
        None => match this.units() {
            Units::Ascii(text) => strip_ascii(text, ends),
            units => split::strip_space(units, Space::Text, ends),
        },
        Some(chars) => match chars.cast::<Str>() {
            Some(set) => split::strip_set(this.units(), set.units(), ends),
            None => bail!(vm, TypeError, "{name} arg must be None or str"),
        },
    };
    Str::part(this, vm, range)
}

pub(super) fn separator<'a>(vm: &Vm, sep: &'a Object) -> Result<Option<&'a Ref<Str>>> {
    if sep.is(&none()) {
        return Ok(None);
    }
    match sep.cast::<Str>() {
        Some(text) if text.is_empty() => Err(raise!(vm, ValueError, "empty separator")),
        Some(text) => Ok(Some(text)),
        None => Err(raise!(vm, TypeError, "must be str or None, not {}", type_name(sep))),
    }
}

pub(super) fn affix(
    this: &Ref<Str>,
    vm: &Vm,
    what: &Object,
    start: SliceIndex,
    end: SliceIndex,
    tail: bool,
) -> Result<bool> {
    let test = |what: &Str| {
        let Some((from, to)) = window(this, start, end) else { return false };
        let hay = this.units().slice(from..to);
        if tail { find::ends_with(hay, what.units()) } else { find::starts_with(hay, what.units()) }
    };
    let name = if tail { "endswith" } else { "startswith" };
    if let Some(text) = what.cast::<Str>() {
        return Ok(test(text));
    }
    let Some(tuple) = what.cast::<Tuple>() else {
        bail!(vm, TypeError, "{name} first arg must be str or a tuple of str, not {}", type_name(what));
    };
    for item in tuple.items() {
        match item.cast::<Str>() {
            Some(text) if test(text) => return Ok(true),
            Some(_) => {}
            None => bail!(vm, TypeError, "tuple for {name} must only contain str, not {}", type_name(item)),
        }
    }
    Ok(false)
}

pub(super) fn fill_code(vm: &Vm, fillchar: Option<&Object>) -> Result<u32> {
    let Some(fill) = fillchar else { return Ok(0x20) };
    match fill.cast::<Str>() {
        Some(text) if text.len() == 1 => Ok(text.units().get(0).unwrap_or(0x20)),
        Some(_) => Err(raise!(vm, TypeError, "The fill character must be exactly one character long")),
        None => Err(raise!(vm, TypeError, "The fill character must be a unicode character, not {}", type_name(fill))),
    }
}

pub(super) fn pad(this: &Ref<Str>, vm: &Vm, left: usize, right: usize, fill: u32) -> Result<Ref<Str>> {
    if left == 0 && right == 0 {
        return Ok(this.to_exact());
    }
    Str::from_result(vm, layout::pad(this.units(), left, right, fill))
}

/// ASCII text mapped to ASCII text of the same length.
pub(super) fn ascii_mapped(vm: &Vm, text: &[u8], map: impl FnOnce(&mut [u8])) -> Result<Ref<Str>> {
    if text.len() <= 1 {
        let mut byte = [text.first().copied().unwrap_or(0)];
        map(&mut byte);
        return Str::from_view(vm, Units::Ascii(&byte[..text.len()]));
    }
    Str::mapped_ascii(vm, text, map)
}

pub(super) fn missing(this: &Str, width: isize) -> usize {
    (width.max(0) as usize).saturating_sub(this.len())
}

pub(super) fn triple(vm: &Vm, this: &Ref<Str>, sep: &Object, reverse: bool) -> Result<Object> {
    let Some(text) = sep.cast::<Str>() else {
        bail!(vm, TypeError, "must be str, not {}", type_name(sep));
    };
    if text.is_empty() {
        bail!(vm, ValueError, "empty separator");
    }
    let empty = Str::empty(vm).into_object();
    let found = if reverse { find::rfind(this.units(), text.units()) } else { find::find(this.units(), text.units()) };
    let items = match mem(vm, found)? {
        Some(at) => [
            Str::part(this, vm, 0..at)?.into_object(),
            sep.clone(),
            Str::part(this, vm, at + text.len()..this.len())?.into_object(),
        ],
        None if reverse => [empty.clone(), empty, this.to_exact().into_object()],
        None => [this.to_exact().into_object(), empty.clone(), empty],
    };
    Ok(Tuple::from_slice(&items).into_object())
}
