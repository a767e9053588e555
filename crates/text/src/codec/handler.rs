//! The built-in error handlers, for callers that need not call into Python.

use super::utf8::is_surrogate;
use super::{CodecError, Order};
use crate::units::{OutOfMemory, TextBuilder, Units, UnitsBuf, grow};

/// A built-in error handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    /// Raise.
    Strict,
    /// Leave out.
    Ignore,
    /// U+FFFD when decoding, `?` when encoding.
    Replace,
    /// Bytes above 127 as U+DC80 to U+DCFF and back.
    SurrogateEscape,
    /// Surrogates as if they were characters (UTF codecs only).
    SurrogatePass,
    /// `\x`, `\u`, `\U` escapes.
    BackslashReplace,
    /// `&#…;` (encoding only).
    XmlCharRefReplace,
    /// `\N{…}` (encoding only).
    NameReplace,
}

/// What an encoding error handler gives: text is encoded in its turn, bytes are written as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// To be encoded.
    Text(UnitsBuf),
    /// To be written.
    Bytes(Vec<u8>),
}

impl Handler {
    /// The handler of a registered name.
    pub fn by_name(name: &str) -> Option<Handler> {
        Some(match name {
            "strict" => Handler::Strict,
            "ignore" => Handler::Ignore,
            "replace" => Handler::Replace,
            "surrogateescape" => Handler::SurrogateEscape,
            "surrogatepass" => Handler::SurrogatePass,
            "backslashreplace" => Handler::BackslashReplace,
            "xmlcharrefreplace" => Handler::XmlCharRefReplace,
            "namereplace" => Handler::NameReplace,
            _ => return None,
        })
    }

    /// Appends the replacement for undecodable bytes and gives where to go on; `None` if the handler gives up (raise).
    pub fn on_decode(
        self,
        codec: &str,
        bytes: &[u8],
        error: CodecError,
        out: &mut TextBuilder,
    ) -> Result<Option<usize>, OutOfMemory> {
        let bad = bytes.get(error.start..error.end).unwrap_or_default();
        match self {
            Handler::Ignore => {}
            Handler::Replace => out.push(0xFFFD)?,
            Handler::BackslashReplace => {
                for &b in bad {
                    push_escape(out, u32::from(b))?;
                }
            }
            Handler::SurrogateEscape => {
                let high = bad.iter().take(4).take_while(|&&b| b >= 0x80).count();
                if high == 0 {
                    return Ok(None);
                }
                for &b in &bad[..high] {
                    out.push(0xDC00 + u32::from(b))?;
                }
                return Ok(Some(error.start + high));
            }
            Handler::SurrogatePass => {
                let Some((width, order)) = pass_width(codec) else { return Ok(None) };
                let rest = bytes.get(error.start..).unwrap_or_default();
                let Some(code) = read_unit(rest, width, order).filter(|&code| is_surrogate(code)) else {
                    return Ok(None);
                };
                out.push(code)?;
                return Ok(Some(error.start + width));
            }
            Handler::Strict | Handler::XmlCharRefReplace | Handler::NameReplace => return Ok(None),
        }
        Ok(Some(error.end))
    }

    /// The replacement for unencodable text and where to go on; `None` if the handler gives up (raise).
    pub fn on_encode(
        self,
        codec: &str,
        text: Units<'_>,
        error: CodecError,
    ) -> Result<Option<(Replacement, usize)>, OutOfMemory> {
        let bad = text.slice(error.start..error.end);
        let mut out = TextBuilder::new();
        match self {
            Handler::Strict => return Ok(None),
            Handler::Ignore => {}
            Handler::Replace => out.push_repeated(0x3F, bad.len())?,
            Handler::BackslashReplace => bad.iter().try_for_each(|code| push_escape(&mut out, code))?,
            Handler::XmlCharRefReplace => {
                for code in bad.iter() {
                    out.push_str(&format!("&#{code};"))?;
                }
            }
            Handler::NameReplace => {
                for code in bad.iter() {
                    match crate::data::name(code) {
                        Some(name) => out.push_str(&format!("\\N{{{name}}}"))?,
                        None => push_escape(&mut out, code)?,
                    }
                }
            }
            Handler::SurrogateEscape => {
                let bytes: Vec<u8> =
                    bad.iter().take_while(|code| (0xDC80..0xDD00).contains(code)).map(|code| code as u8).collect();
                let resume = error.start + bytes.len();
                return Ok((!bytes.is_empty()).then_some((Replacement::Bytes(bytes), resume)));
            }
            Handler::SurrogatePass => {
                let Some((width, order)) = pass_width(codec) else { return Ok(None) };
                if !bad.iter().all(is_surrogate) {
                    return Ok(None);
                }
                let mut bytes = Vec::new();
                grow(&mut bytes, bad.len().saturating_mul(width))?;
                for code in bad.iter() {
                    put_unit(&mut bytes, code, width, order);
                }
                return Ok(Some((Replacement::Bytes(bytes), error.end)));
            }
        }
        Ok(Some((Replacement::Text(out.finish()), error.end)))
    }
}

/// Appends `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
pub fn push_escape(out: &mut TextBuilder, code: u32) -> Result<(), OutOfMemory> {
    out.push_str(&match code {
        0..0x100 => format!("\\x{code:02x}"),
        0x100..0x10000 => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    })
}

/// How wide a surrogate is in a UTF codec of this name; `None` for other codecs.
fn pass_width(codec: &str) -> Option<(usize, Order)> {
    let plain: String = codec.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect();
    let (width, order) = match plain.strip_prefix("utf")? {
        "8" => return Some((3, Order::Big)),
        rest if rest.starts_with("16") => (2, &rest[2..]),
        rest if rest.starts_with("32") => (4, &rest[2..]),
        _ => return None,
    };
    match order {
        "" => Some((width, Order::NATIVE)),
        "le" => Some((width, Order::Little)),
        "be" => Some((width, Order::Big)),
        _ => None,
    }
}

/// Reads a code point of the given width (3 is UTF-8's three-byte form).
fn read_unit(bytes: &[u8], width: usize, order: Order) -> Option<u32> {
    let bytes = bytes.get(..width)?;
    if width == 3 {
        let &[a, b, c] = bytes else { return None };
        let shape = a & 0xF0 == 0xE0 && b & 0xC0 == 0x80 && c & 0xC0 == 0x80;
        return shape.then(|| u32::from(a & 0xF) << 12 | u32::from(b & 0x3F) << 6 | u32::from(c & 0x3F));
    }
    let add = |code: u32, &b: &u8| code << 8 | u32::from(b);
    Some(match order {
        Order::Big => bytes.iter().fold(0, add),
        Order::Little => bytes.iter().rev().fold(0, add),
    })
}

fn put_unit(out: &mut Vec<u8>, code: u32, width: usize, order: Order) {
    if width == 3 {
        out.extend_from_slice(&[
            0xE0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3F) as u8,
            0x80 | (code & 0x3F) as u8,
        ]);
        return;
    }
    let bytes = code.to_be_bytes();
    match order {
        Order::Big => out.extend_from_slice(&bytes[4 - width..]),
        Order::Little => out.extend(bytes[4 - width..].iter().rev()),
    }
}
