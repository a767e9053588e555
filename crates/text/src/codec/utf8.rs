//! UTF-8, strict: surrogates and overlong forms are errors.

use super::{Step, Stepped, error};
use crate::units::{OutOfMemory, TextBuilder, Unit, Units, each, grow};

/// The byte order mark, which `utf-8-sig` skips and writes.
pub const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Decodes from `from` on. The ranges and reasons of errors are CPython's: the longest prefix of a well-formed sequence,
/// or one byte.
pub fn decode(bytes: &[u8], from: usize, out: &mut TextBuilder, is_final: bool) -> Stepped {
    let rest = bytes.get(from..).unwrap_or_default();
    let e = match std::str::from_utf8(rest) {
        Ok(text) => {
            out.push_str(text)?;
            return Ok(Step::Done { consumed: bytes.len() });
        }
        Err(e) => e,
    };
    let good = e.valid_up_to();
    // The prefix was just found valid.
    out.push_str(std::str::from_utf8(&rest[..good]).unwrap_or_default())?;
    let start = from + good;
    match e.error_len() {
        None if is_final => error(start, bytes.len(), "unexpected end of data"),
        None => Ok(Step::Done { consumed: start }),
        Some(len) if matches!(bytes[start], 0xC2..=0xF4) => error(start, start + len, "invalid continuation byte"),
        Some(len) => error(start, start + len, "invalid start byte"),
    }
}

/// Encodes from `from` on; a run of surrogates is one error.
pub fn encode(text: Units<'_>, from: usize, out: &mut Vec<u8>) -> Stepped {
    let rest = text.slice(from..text.len());
    let done = Ok(Step::Done { consumed: text.len() });
    if let Units::Ascii(s) = rest {
        grow(out, s.len())?;
        out.extend_from_slice(s);
        return done;
    }
    let written = each!(rest, units => encode_units(units, out))?;
    if written < rest.len() {
        let bad = rest.slice(written..rest.len());
        let run = bad.iter().take_while(|&code| is_surrogate(code)).count();
        return error(from + written, from + written + run.max(1), "surrogates not allowed");
    }
    done
}

/// Encodes up to the first unit that cannot be: how many units that was.
fn encode_units<U: Unit>(units: &[U], out: &mut Vec<u8>) -> Result<usize, OutOfMemory> {
    const LANES: usize = 16;
    // One byte for each unit, and one more from each of these bounds on.
    let more = |unit: U| {
        let code = unit.code();
        usize::from(code >= 0x80) + usize::from(code >= 0x800) + usize::from(code >= 0x10000)
    };
    let total = units.len() + units.iter().map(|&unit| more(unit)).sum::<usize>();
    let start = out.len();
    grow(out, total)?;
    out.resize(start + total, 0);
    let mut to = start;
    let mut at = 0;
    while at < units.len() {
        if let Some(chunk) = units.get(at..at + LANES)
            && chunk.iter().fold(0, |bits, unit| bits | unit.code()) < 0x80
        {
            for (byte, unit) in out[to..to + LANES].iter_mut().zip(chunk) {
                *byte = unit.code() as u8;
            }
            (at, to) = (at + LANES, to + LANES);
            continue;
        }
        for &unit in &units[at..(at + LANES).min(units.len())] {
            let code = unit.code();
            let tail = |shift: u32| 0x80 | (code >> shift & 0x3F) as u8;
            match code {
                0..0x80 => out[to] = code as u8,
                0x80..0x800 => out[to..to + 2].copy_from_slice(&[0xC0 | (code >> 6) as u8, tail(0)]),
                0xD800..0xE000 | 0x110000.. => {
                    out.truncate(to);
                    return Ok(at);
                }
                0x800..0x10000 => {
                    out[to..to + 3].copy_from_slice(&[0xE0 | (code >> 12) as u8, tail(6), tail(0)]);
                }
                _ => {
                    out[to..to + 4].copy_from_slice(&[0xF0 | (code >> 18) as u8, tail(12), tail(6), tail(0)]);
                }
            }
            to += 1 + more(unit);
            at += 1;
        }
    }
    Ok(at)
}

pub(super) fn is_surrogate(code: u32) -> bool {
    (0xD800..0xE000).contains(&code)
}
