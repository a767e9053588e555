//! UTF-8, strict: surrogates and overlong forms are errors.

use super::{Step, Stepped, error};
use crate::units::{TextBuilder, Units, grow};

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
    grow(out, rest.len() + rest.len() / 2)?;
    for (i, code) in rest.iter().enumerate() {
        match char::from_u32(code) {
            Some(c) => {
                grow(out, 4)?;
                let mut buffer = [0; 4];
                out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            }
            None => {
                let run = rest.slice(i..rest.len()).iter().take_while(|&code| is_surrogate(code)).count();
                return error(from + i, from + i + run.max(1), "surrogates not allowed");
            }
        }
    }
    done
}

pub(super) fn is_surrogate(code: u32) -> bool {
    (0xD800..0xE000).contains(&code)
}
