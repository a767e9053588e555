//! `unicode_escape` and `raw_unicode_escape`.

use super::handler::push_escape;
use super::{Step, Stepped, error};
use crate::units::{TextBuilder, Units, grow};

/// Decodes `unicode_escape`. `invalid` receives the index of the first backslash whose escape is not one (kept as it is,
/// but CPython warns), unless it holds one already.
pub fn decode(
    bytes: &[u8],
    from: usize,
    out: &mut TextBuilder,
    is_final: bool,
    invalid: &mut Option<usize>,
) -> Stepped {
    let mut at = from.min(bytes.len());
    while at < bytes.len() {
        let plain = memchr::memchr(b'\\', &bytes[at..]).unwrap_or(bytes.len() - at);
        super::decode_latin1(&bytes[..at + plain], at, out)?;
        at += plain;
        if at == bytes.len() {
            break;
        }
        let start = at;
        let Some(&letter) = bytes.get(at + 1) else {
            if is_final {
                return error(start, bytes.len(), "\\ at end of string");
            }
            return Ok(Step::Done { consumed: start });
        };
        at += 2;
        let code = match letter {
            b'\n' => continue,
            b'\\' | b'\'' | b'"' => u32::from(letter),
            b'b' => 8,
            b'f' => 12,
            b't' => 9,
            b'n' => 10,
            b'r' => 13,
            b'v' => 11,
            b'a' => 7,
            b'0'..=b'7' => {
                let digits = bytes[at - 1..].iter().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                let code = bytes[at - 1..at - 1 + digits].iter().fold(0, |n, b| n * 8 + u32::from(b - b'0'));
                at += digits - 1;
                if code > 0xFF && invalid.is_none() {
                    *invalid = Some(start);
                }
                code
            }
            b'x' | b'u' | b'U' => {
                let (width, reason) = match letter {
                    b'x' => (2, "truncated \\xXX escape"),
                    b'u' => (4, "truncated \\uXXXX escape"),
                    _ => (8, "truncated \\UXXXXXXXX escape"),
                };
                match hex(bytes, at, width) {
                    Ok(code) if code > 0x10FFFF => return error(start, at + width, "illegal Unicode character"),
                    Ok(code) => {
                        at += width;
                        code
                    }
                    Err(end) if end == bytes.len() && !is_final => return Ok(Step::Done { consumed: start }),
                    Err(end) => return error(start, end, reason),
                }
            }
            b'N' => {
                let name = bytes.get(at).filter(|&&b| b == b'{').map(|_| &bytes[at + 1..]);
                let close = name.map(|name| memchr::memchr(b'}', name));
                match (name, close) {
                    (Some(name), Some(Some(len))) if len > 0 => {
                        let end = at + 1 + len + 1;
                        match std::str::from_utf8(&name[..len]).ok().and_then(crate::data::lookup) {
                            Some(code) => {
                                at = end;
                                code
                            }
                            None => return error(start, end, "unknown Unicode character name"),
                        }
                    }
                    (Some(_), Some(None)) | (None, _) if !is_final && (close.is_some() || at == bytes.len()) => {
                        return Ok(Step::Done { consumed: start });
                    }
                    (Some(_), Some(None)) => return error(start, bytes.len(), "malformed \\N character escape"),
                    (Some(_), _) => return error(start, at + 1, "malformed \\N character escape"),
                    (None, _) => return error(start, at, "malformed \\N character escape"),
                }
            }
            _ => {
                if invalid.is_none() {
                    *invalid = Some(start);
                }
                out.push(0x5C)?;
                u32::from(letter)
            }
        };
        out.push(code)?;
    }
    Ok(Step::Done { consumed: bytes.len() })
}

/// `width` hexadecimal digits at `at`; else where they end.
fn hex(bytes: &[u8], at: usize, width: usize) -> Result<u32, usize> {
    let digits = bytes[at..].iter().take(width).take_while(|b| b.is_ascii_hexdigit()).count();
    if digits < width {
        return Err(at + digits);
    }
    Ok(bytes[at..at + width].iter().fold(0, |n, &b| n << 4 | (b as char).to_digit(16).unwrap_or(0)))
}

/// Decodes `raw_unicode_escape`: only `\u` and `\U` after an odd number of backslashes.
pub fn decode_raw(bytes: &[u8], from: usize, out: &mut TextBuilder, is_final: bool) -> Stepped {
    let mut at = from.min(bytes.len());
    while at < bytes.len() {
        let plain = memchr::memchr(b'\\', &bytes[at..]).unwrap_or(bytes.len() - at);
        super::decode_latin1(&bytes[..at + plain], at, out)?;
        at += plain;
        if at == bytes.len() {
            break;
        }
        let start = at;
        let (width, reason) = match bytes.get(at + 1) {
            Some(b'u') => (4, "truncated \\uXXXX escape"),
            Some(b'U') => (8, "truncated \\UXXXXXXXX escape"),
            Some(&other) => {
                out.push(0x5C)?;
                out.push(u32::from(other))?;
                at += 2;
                continue;
            }
            None if is_final => {
                out.push(0x5C)?;
                break;
            }
            None => return Ok(Step::Done { consumed: start }),
        };
        match hex(bytes, at + 2, width) {
            Ok(code) if code > 0x10FFFF => return error(start, at + 2 + width, "\\Uxxxxxxxx out of range"),
            Ok(code) => {
                out.push(code)?;
                at += 2 + width;
            }
            Err(end) if end == bytes.len() && !is_final => return Ok(Step::Done { consumed: start }),
            Err(end) => return error(start, end, reason),
        }
    }
    Ok(Step::Done { consumed: bytes.len() })
}

/// Encodes `unicode_escape`: printable ASCII but the backslash as it is, all else escaped.
pub fn encode(text: Units<'_>, out: &mut Vec<u8>) -> Stepped {
    for code in text.iter() {
        grow(out, 10)?;
        match code {
            0x5C => out.extend_from_slice(b"\\\\"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0A => out.extend_from_slice(b"\\n"),
            0x0D => out.extend_from_slice(b"\\r"),
            0x20..0x7F => out.push(code as u8),
            _ => put_escape(out, code)?,
        }
    }
    Ok(Step::Done { consumed: text.len() })
}

/// Encodes `raw_unicode_escape`: Latin-1 as it is, all else escaped.
pub fn encode_raw(text: Units<'_>, out: &mut Vec<u8>) -> Stepped {
    for code in text.iter() {
        grow(out, 10)?;
        if code < 0x100 {
            out.push(code as u8);
        } else {
            put_escape(out, code)?;
        }
    }
    Ok(Step::Done { consumed: text.len() })
}

fn put_escape(out: &mut Vec<u8>, code: u32) -> Result<(), crate::OutOfMemory> {
    let mut escape = TextBuilder::new();
    push_escape(&mut escape, code)?;
    out.extend_from_slice(escape.as_units().as_bytes());
    Ok(())
}
