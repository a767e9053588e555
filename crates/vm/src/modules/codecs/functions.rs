//! The codecs behind `_codecs`' functions that have state or tables of their own.

use super::{decode_steps, encode_steps};
use crate::builtins::str::mem;
use crate::object::type_name;
use crate::prelude::*;
use crate::protocol::object as protocol;
use text::codec::{Codec, CodecError, Order, Step, charmap, escape, utf7, utf16};
use text::{TextBuilder, Units};

/// A decoder's result as `_codecs` gives it.
pub fn decoded(result: (Ref<Str>, usize)) -> Object {
    Tuple::from_slice(&[result.0.into_object(), Int::from_i64(result.1 as i64)]).into_object()
}

/// An encoder's result as `_codecs` gives it.
pub fn encoded(vm: &Vm, bytes: &[u8], used: usize) -> Result<Object> {
    Ok(Tuple::from_slice(&[Bytes::try_new(vm, bytes)?.into_object(), Int::from_i64(used as i64)]).into_object())
}

/// UTF-16 (`width` 2) or UTF-32 (4) with a byte order mark where `order` is 0; gives the order that was found too.
pub fn decode_marked(
    vm: &Vm,
    bytes: &[u8],
    errors: &str,
    order: i32,
    is_final: bool,
    width: usize,
) -> Result<(Ref<Str>, usize, i32)> {
    let (mut found, mut skip) = (order, 0);
    if order == 0 && bytes.len() >= width {
        match utf16::mark(bytes, width) {
            Some((Order::Little, len)) => (found, skip) = (-1, len),
            Some((Order::Big, len)) => (found, skip) = (1, len),
            None => {}
        }
    }
    let byte_order = match found {
        0 => Order::NATIVE,
        found if found < 0 => Order::Little,
        _ => Order::Big,
    };
    let name = if width == 2 { "utf-16" } else { "utf-32" };
    let suffix = match byte_order {
        Order::Little => "-le",
        Order::Big => "-be",
    };
    let (text, used) = decode_steps(vm, &format!("{name}{suffix}"), bytes, errors, &mut |bytes, from, out| {
        let from = from.max(skip);
        if width == 2 {
            utf16::decode16(bytes, from, out, byte_order, is_final)
        } else {
            utf16::decode32(bytes, from, out, byte_order, is_final)
        }
    })?;
    Ok((text, used, found))
}

/// UTF-16 or UTF-32, with a mark where `order` is 0.
pub fn encode_marked(vm: &Vm, text: &Ref<Str>, errors: &str, order: i32, width: usize) -> Result<Vec<u8>> {
    let byte_order = match order {
        0 => Order::NATIVE,
        order if order < 0 => Order::Little,
        _ => Order::Big,
    };
    let codec = if width == 2 { Codec::Utf16(byte_order) } else { Codec::Utf32(byte_order) };
    let name = if order == 0 { if width == 2 { "utf-16" } else { "utf-32" } } else { codec.name() };
    let body = encode_steps(vm, name, width, text, errors, &mut |text, from, out| codec.encode_step(text, from, out))?;
    if order != 0 {
        return Ok(body);
    }
    let mut out = Vec::new();
    mem(vm, utf16::put_mark(&mut out, width, byte_order))?;
    out.extend_from_slice(&body);
    Ok(out)
}

pub fn decode_utf7(vm: &Vm, bytes: &[u8], errors: &str, is_final: bool) -> Result<(Ref<Str>, usize)> {
    let mut decoder = utf7::Utf7Decoder::default();
    decode_steps(vm, "utf7", bytes, errors, &mut |bytes, from, out| decoder.decode(bytes, from, out, is_final))
}

/// `unicode_escape`; an invalid escape is a DeprecationWarning.
pub fn decode_unicode_escape(vm: &Vm, bytes: &[u8], errors: &str, is_final: bool) -> Result<(Ref<Str>, usize)> {
    let mut invalid = None;
    let result = decode_steps(vm, "unicodeescape", bytes, errors, &mut |bytes, from, out| {
        escape::decode(bytes, from, out, is_final, &mut invalid)
    })?;
    if let Some(at) = invalid {
        let rest = &bytes[at + 1..];
        let octal: String = rest.iter().take(3).take_while(|b| (b'0'..=b'7').contains(b)).map(|&b| b as char).collect();
        let message = match (octal.is_empty(), rest.first()) {
            (false, _) => format!(
                "\"\\{octal}\" is an invalid octal escape sequence. Such sequences will not work in the future. "
            ),
            (true, Some(&b)) => {
                format!(
                    "\"\\{}\" is an invalid escape sequence. Such sequences will not work in the future. ",
                    b as char
                )
            }
            (true, None) => return Ok(result),
        };
        vm.warn(&crate::exception::types::DeprecationWarning, &message, 1)?;
    }
    Ok(result)
}

/// `charmap_decode` by a string or a mapping.
pub fn decode_charmap(vm: &Vm, bytes: &[u8], errors: &str, mapping: &Object) -> Result<(Ref<Str>, usize)> {
    if let Some(table) = mapping.cast::<Str>() {
        return decode_steps(vm, "charmap", bytes, errors, &mut |bytes, from, out| {
            charmap::decode(bytes, from, out, table.units())
        });
    }
    let mut failed = None;
    let result = decode_steps(vm, "charmap", bytes, errors, &mut |bytes, from, out| {
        for (i, &byte) in bytes.iter().enumerate().skip(from) {
            match mapped_char(vm, mapping, byte, out) {
                Ok(true) => {}
                Ok(false) => return Ok(undefined(i, i + 1)),
                Err(raised) => {
                    failed = Some(raised);
                    return Ok(Step::Done { consumed: i });
                }
            }
        }
        Ok(Step::Done { consumed: bytes.len() })
    });
    match failed {
        Some(raised) => Err(raised),
        None => result,
    }
}

fn undefined(start: usize, end: usize) -> Step {
    Step::Error(CodecError { start, end, reason: "character maps to <undefined>" })
}

fn looked_up(vm: &Vm, mapping: &Object, key: u32) -> Result<Option<Object>> {
    match protocol::getitem(vm, mapping, &Int::from_i64(i64::from(key))) {
        Ok(value) if value.is(&none()) => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(_) if vm.raised_is(&crate::exception::types::LookupError) => {
            vm.clear_raised();
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

fn mapped_char(vm: &Vm, mapping: &Object, byte: u8, out: &mut TextBuilder) -> Result<bool> {
    let Some(value) = looked_up(vm, mapping, u32::from(byte))? else { return Ok(false) };
    if let Some(text) = value.cast::<Str>() {
        if matches!(text.units().get(0), Some(0xFFFE)) && text.len() == 1 {
            return Ok(false);
        }
        mem(vm, out.push_units(text.units()))?;
        return Ok(true);
    }
    if !value.is_instance_of::<Int>() {
        bail!(vm, TypeError, "character mapping must return integer, None or str");
    }
    match Int::to_i64(&value).and_then(|v| u32::try_from(v).ok()).filter(|&v| v <= 0x10FFFF) {
        Some(0xFFFE) => Ok(false),
        Some(code) => mem(vm, out.push(code)).map(|()| true),
        None => Err(raise!(vm, TypeError, "character mapping must be in range(0x110000)")),
    }
}

/// `charmap_encode` by an EncodingMap or a mapping.
pub fn encode_charmap(vm: &Vm, text: &Ref<Str>, errors: &str, mapping: &Object) -> Result<Vec<u8>> {
    if let Some(map) = mapping.cast::<EncodingMap>() {
        return encode_steps(vm, "charmap", 1, text, errors, &mut |text, from, out| {
            charmap::encode(text, from, out, &map.map)
        });
    }
    let mut failed = None;
    let result = encode_steps(vm, "charmap", 1, text, errors, &mut |text, from, out| {
        let mut start = None;
        for i in from..text.len() {
            match mapped_bytes(vm, mapping, text.get(i).unwrap_or(0), out, start.is_none()) {
                Ok(true) if start.is_some() => return Ok(undefined(start.unwrap_or(i), i)),
                Ok(true) => {}
                // A run of such characters is one error.
                Ok(false) => {
                    start.get_or_insert(i);
                }
                Err(raised) => {
                    failed = Some(raised);
                    return Ok(Step::Done { consumed: i });
                }
            }
        }
        Ok(match start {
            Some(start) => undefined(start, text.len()),
            None => Step::Done { consumed: text.len() },
        })
    });
    match failed {
        Some(raised) => Err(raised),
        None => result,
    }
}

fn mapped_bytes(vm: &Vm, mapping: &Object, code: u32, out: &mut Vec<u8>, write: bool) -> Result<bool> {
    let Some(value) = looked_up(vm, mapping, code)? else { return Ok(false) };
    if let Some(bytes) = value.cast::<Bytes>() {
        if write {
            out.extend_from_slice(bytes.as_bytes());
        }
        return Ok(true);
    }
    if !value.is_instance_of::<Int>() {
        bail!(vm, TypeError, "character mapping must return integer, bytes or None, not {}", type_name(&value));
    }
    match Int::to_i64(&value).and_then(|v| u8::try_from(v).ok()) {
        Some(byte) => {
            if write {
                out.push(byte);
            }
            Ok(true)
        }
        None => Err(raise!(vm, TypeError, "character mapping must be in range(256)")),
    }
}

/// The table that `charmap_build` makes.
#[pytype("EncodingMap", flags(DISALLOW_INSTANTIATION))]
pub struct EncodingMap {
    pub head: Head,
    #[untraced]
    pub map: charmap::EncodingMap,
}

#[pymethods]
impl EncodingMap {
    /// Return the size of this object in bytes.
    #[py("size()")]
    fn size(&self) -> usize {
        size_of::<EncodingMap>()
    }
}

/// `escape_decode`: the escapes of bytes literals.
pub fn unescape(vm: &Vm, bytes: &[u8], errors: &str) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        at += 1;
        if b != b'\\' {
            out.push(b);
            continue;
        }
        let Some(&letter) = bytes.get(at) else { bail!(vm, ValueError, "Trailing \\ in string") };
        at += 1;
        match letter {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(letter),
            b'b' => out.push(8),
            b't' => out.push(9),
            b'n' => out.push(10),
            b'v' => out.push(11),
            b'f' => out.push(12),
            b'r' => out.push(13),
            b'a' => out.push(7),
            b'0'..=b'7' => {
                let mut value = u32::from(letter - b'0');
                while let Some(&digit) = bytes.get(at).filter(|b| (b'0'..=b'7').contains(b) && value < 0o100) {
                    value = value * 8 + u32::from(digit - b'0');
                    at += 1;
                }
                out.push(value as u8);
            }
            b'x' => {
                let digit = |i: usize| bytes.get(at + i).and_then(|&b| (b as char).to_digit(16));
                match (digit(0), digit(1), errors) {
                    (Some(high), Some(low), _) => {
                        out.push((high << 4 | low) as u8);
                        at += 2;
                    }
                    (high, _, "replace" | "ignore") => {
                        if errors == "replace" {
                            out.push(b'?');
                        }
                        at += usize::from(high.is_some());
                    }
                    (_, _, "strict") => bail!(vm, ValueError, "invalid \\x escape at position {}", at - 2),
                    _ => bail!(vm, ValueError, "decoding error; unknown error handling code: {errors}"),
                }
            }
            other => out.extend([b'\\', other]),
        }
    }
    Ok(out)
}

/// `escape_encode`: bytes as their repr has them, without quotes.
pub fn escaped(vm: &Vm, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    vm.memory(out.try_reserve(bytes.len()).map_err(|_| heap::OutOfMemory))?;
    for &b in bytes {
        match b {
            b'\'' | b'\\' => out.extend([b'\\', b]),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            0x20..0x7F => out.push(b),
            _ => out.extend(format!("\\x{b:02x}").bytes()),
        }
    }
    Ok(out)
}

/// An encoder without errors.
pub fn infallible(vm: &Vm, text: Units<'_>, raw: bool) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    mem(vm, if raw { escape::encode_raw(text, &mut out) } else { escape::encode(text, &mut out) })?;
    Ok(out)
}
