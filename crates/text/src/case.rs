//! Case: `lower`, `upper`, `title`, `capitalize`, `swapcase`, `casefold` with Unicode 16.0's full mappings.
//!
//! The standard library's tables may be of a later version; what they add concerns only code points that 16.0 does not
//! assign, and two that it does.

use crate::chars::{is_assigned, is_case_ignorable, is_cased, is_lower, is_upper};
use crate::units::{OutOfMemory, TextBuilder, Unit, Units, UnitsBuf, copy, each, grow};

/// Up to three code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    codes: [u32; 3],
    len: u8,
}

impl Mapped {
    fn of(codes: &[u32]) -> Self {
        let mut out = Mapped { codes: [0; 3], len: codes.len() as u8 };
        out.codes[..codes.len()].copy_from_slice(codes);
        out
    }

    fn chars(chars: impl Iterator<Item = char>) -> Self {
        let mut out = Mapped { codes: [0; 3], len: 0 };
        for c in chars {
            out.codes[usize::from(out.len)] = c as u32;
            out.len += 1;
        }
        out
    }

    /// The code points.
    pub fn as_slice(&self) -> &[u32] {
        &self.codes[..usize::from(self.len)]
    }
}

/// Whether Unicode 16.0 gives the code point the case mappings that the standard library has for it.
fn is_known(code: u32) -> bool {
    // U+A7D3 and U+A7D5 were assigned before the capitals that 17.0 gave them.
    code < 0x0370 || (is_assigned(code) && !matches!(code, 0xA7D3 | 0xA7D5))
}

/// The full lowercase mapping, without regard to context.
#[inline]
pub fn to_lower(code: u32) -> Mapped {
    match char::from_u32(code) {
        Some(c) if !c.is_ascii() && is_known(code) => Mapped::chars(c.to_lowercase()),
        _ => Mapped::of(&[if code < 0x80 { u32::from((code as u8).to_ascii_lowercase()) } else { code }]),
    }
}

/// The full uppercase mapping.
pub fn to_upper(code: u32) -> Mapped {
    match char::from_u32(code) {
        Some(c) if !c.is_ascii() && is_known(code) => Mapped::chars(c.to_uppercase()),
        _ => Mapped::of(&[if code < 0x80 { u32::from((code as u8).to_ascii_uppercase()) } else { code }]),
    }
}

/// The lowercase mapping as one code point: the first of the full one (which is longer for U+0130 alone).
pub fn simple_lower(code: u32) -> u32 {
    to_lower(code).codes[0]
}

/// The full titlecase mapping. It differs from the uppercase one for digraphs, ligatures, Georgian and the Greek letters
/// with iota subscript (SpecialCasing.txt).
pub fn to_title(code: u32) -> Mapped {
    let one = match code {
        0x01C4..=0x01C6 => 0x01C5,
        0x01C7..=0x01C9 => 0x01C8,
        0x01CA..=0x01CC => 0x01CB,
        0x01F1..=0x01F3 => 0x01F2,
        0x10D0..=0x10FA | 0x10FD..=0x10FF => code,
        0x1F80..=0x1FAF => code | 8,
        0x1FB3 | 0x1FBC => 0x1FBC,
        0x1FC3 | 0x1FCC => 0x1FCC,
        0x1FF3 | 0x1FFC => 0x1FFC,
        _ => {
            let mut mapped = to_upper(code);
            // U+0149 is an apostrophe and an N: its title form is all in upper case.
            if mapped.len > 1 && code != 0x0149 {
                for code in &mut mapped.codes[1..usize::from(mapped.len)] {
                    *code = if *code == 0x0399 { 0x0345 } else { simple_lower(*code) };
                }
            }
            return mapped;
        }
    };
    Mapped::of(&[one])
}

/// The full case folding: the lower case of the upper case, but for Cherokee (which folds to upper case), the dotless i
/// and the capital sharp s (CaseFolding.txt).
pub fn to_fold(code: u32) -> Mapped {
    match code {
        0..0x80 => to_lower(code),
        0x0131 => Mapped::of(&[code]),
        0x13A0..=0x13F5 => Mapped::of(&[code]),
        0x13F8..=0x13FD => Mapped::of(&[code - 8]),
        0xAB70..=0xABBF => Mapped::of(&[code - 0xAB70 + 0x13A0]),
        0x1E9E => Mapped::of(&[0x73, 0x73]),
        _ => {
            let upper = to_upper(code);
            match upper.as_slice() {
                [one] => to_lower(*one),
                more => {
                    let mut out = upper;
                    for (to, from) in out.codes.iter_mut().zip(more) {
                        *to = simple_lower(*from);
                    }
                    out
                }
            }
        }
    }
}

/// The uppercase mapping as one code point: the first of the full one. (That is what CPython's regular expressions see of
/// ligatures, `ß` and the like.)
pub fn simple_upper(code: u32) -> u32 {
    to_upper(code).codes[0]
}

/// The lower case of the code point at `at`: a capital sigma at the end of a word becomes a final one.
fn lower_at(text: Units<'_>, at: usize, code: u32) -> Mapped {
    if code != 0x03A3 {
        return to_lower(code);
    }
    let before = text.slice(0..at).iter().rev().find(|&c| !is_case_ignorable(c));
    let after = text.slice(at + 1..text.len()).iter().find(|&c| !is_case_ignorable(c));
    let is_final = before.is_some_and(is_cased) && !after.is_some_and(is_cased);
    Mapped::of(&[if is_final { 0x03C2 } else { 0x03C3 }])
}

fn map(text: Units<'_>, f: impl FnMut(usize, u32) -> Mapped) -> Result<UnitsBuf, OutOfMemory> {
    each!(text, units => map_units(units, f))
}

fn map_units<U: Unit>(units: &[U], mut f: impl FnMut(usize, u32) -> Mapped) -> Result<UnitsBuf, OutOfMemory> {
    // Nearly always one unit becomes one of the same width.
    let mut same: Vec<U> = Vec::new();
    grow(&mut same, units.len())?;
    let mut rest = units.iter().enumerate();
    let odd = rest.by_ref().find_map(|(i, unit)| {
        let mapped = f(i, unit.code());
        match mapped.as_slice() {
            &[code] if code <= U::MAX => {
                same.push(U::truncate(code));
                None
            }
            _ => Some(mapped),
        }
    });
    let Some(odd) = odd else { return U::own(same) };
    let mut out = TextBuilder::new();
    out.push_units(U::view(&same))?;
    odd.as_slice().iter().try_for_each(|&code| out.push(code))?;
    for (i, unit) in rest {
        f(i, unit.code()).as_slice().iter().try_for_each(|&code| out.push(code))?;
    }
    Ok(out.finish())
}

/// Latin-1 text by a mapping that stays within Latin-1 for all but `exceptions`; `None` if there is one of those.
fn map_latin1(text: &[u8], exceptions: &[u8], f: impl Fn(u8) -> u8) -> Result<Option<UnitsBuf>, OutOfMemory> {
    if exceptions.iter().any(|&byte| memchr::memchr(byte, text).is_some()) {
        return Ok(None);
    }
    let mut out = copy(text)?;
    out.iter_mut().for_each(|byte| *byte = f(*byte));
    Ok(Some(UnitsBuf::from_latin1(out)))
}

fn lower_latin1(byte: u8) -> u8 {
    let capital = byte.is_ascii_uppercase() || (matches!(byte, 0xC0..=0xDE) && byte != 0xD7);
    byte | u8::from(capital) << 5
}

fn upper_latin1(byte: u8) -> u8 {
    let small = byte.is_ascii_lowercase() || (matches!(byte, 0xE0..=0xFE) && byte != 0xF7);
    byte & !(u8::from(small) << 5)
}

fn map_ascii(text: &[u8], f: impl FnOnce(&mut [u8])) -> Result<UnitsBuf, OutOfMemory> {
    let mut out = copy(text)?;
    f(&mut out);
    Ok(UnitsBuf::Ascii(out))
}

/// `str.lower`.
pub fn lower(text: Units<'_>) -> Result<UnitsBuf, OutOfMemory> {
    match text {
        Units::Ascii(s) => map_ascii(s, <[u8]>::make_ascii_lowercase),
        Units::Latin1(s) => Ok(map_latin1(s, &[], lower_latin1)?.unwrap_or_default()),
        _ => map(text, |i, code| lower_at(text, i, code)),
    }
}

/// `str.upper`.
pub fn upper(text: Units<'_>) -> Result<UnitsBuf, OutOfMemory> {
    match text {
        Units::Ascii(s) => map_ascii(s, <[u8]>::make_ascii_uppercase),
        Units::Latin1(s) => match map_latin1(s, &[0xB5, 0xDF, 0xFF], upper_latin1)? {
            Some(out) => Ok(out),
            None => map(text, |_, code| to_upper(code)),
        },
        _ => map(text, |_, code| to_upper(code)),
    }
}

/// `str.casefold`.
pub fn casefold(text: Units<'_>) -> Result<UnitsBuf, OutOfMemory> {
    match text {
        Units::Ascii(s) => map_ascii(s, <[u8]>::make_ascii_lowercase),
        Units::Latin1(s) => match map_latin1(s, &[0xB5, 0xDF], lower_latin1)? {
            Some(out) => Ok(out),
            None => map(text, |_, code| to_fold(code)),
        },
        _ => map(text, |_, code| to_fold(code)),
    }
}

/// `str.capitalize`: the first code point in title case, the rest in lower case.
pub fn capitalize(text: Units<'_>) -> Result<UnitsBuf, OutOfMemory> {
    if let Units::Ascii(s) = text {
        return map_ascii(s, |s| {
            s.make_ascii_lowercase();
            if let Some(first) = s.first_mut() {
                first.make_ascii_uppercase();
            }
        });
    }
    map(text, |i, code| if i == 0 { to_title(code) } else { lower_at(text, i, code) })
}

/// `str.title`: each run of cased code points begins in title case and goes on in lower case.
pub fn title(text: Units<'_>) -> Result<UnitsBuf, OutOfMemory> {
    let mut in_word = false;
    map(text, |i, code| {
        let mapped = if in_word { lower_at(text, i, code) } else { to_title(code) };
        in_word = is_cased(code);
        mapped
    })
}

/// `str.swapcase`.
pub fn swapcase(text: Units<'_>) -> Result<UnitsBuf, OutOfMemory> {
    map(text, |i, code| {
        if is_upper(code) {
            lower_at(text, i, code)
        } else if is_lower(code) {
            to_upper(code)
        } else {
            Mapped::of(&[code])
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(f: fn(Units<'_>) -> Result<UnitsBuf, OutOfMemory>, from: &str, to: &str) {
        let from = UnitsBuf::try_from(from).unwrap();
        assert_eq!(f(from.as_units()).unwrap().as_units().to_string().as_deref(), Some(to));
    }

    #[test]
    fn mappings() {
        check(lower, "\u{3a3}A\u{3a3}", "\u{3c3}a\u{3c2}");
        check(lower, "A\u{3a3}\u{301}B", "a\u{3c3}\u{301}b");
        check(upper, "stra\u{df}e \u{fb01}", "STRASSE FI");
        check(title, "\u{fb01}n \u{1c6}x they're", "Fin \u{1c5}x They'Re");
        check(capitalize, "\u{1c4}A", "\u{1c5}a");
        check(swapcase, "aB\u{df}\u{130}", "AbSSi\u{307}");
        check(casefold, "\u{1e9e}\u{13f8}\u{ab70}\u{131}\u{1f80}", "ss\u{13f0}\u{13a0}\u{131}\u{1f00}\u{3b9}");
        assert_eq!((simple_lower(0x130), simple_upper(0xDF), simple_upper(0x1F80)), (0x69, 0x53, 0x1F08));
    }
}
