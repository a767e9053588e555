//! Encodings. Decoders and encoders stop at the first error and can go on after it, so that the caller applies the error
//! handler (which may be Python code) and resumes; [`handler`] has the built-in handlers.
//!
//! A decoder appends to the output all that precedes the error before it reports it. Positions are indices into the
//! whole input, which is passed again on resumption.

pub mod charmap;
pub mod cjk;
pub mod escape;
pub mod handler;
pub mod utf16;
pub mod utf7;
pub mod utf8;

use crate::units::{OutOfMemory, TextBuilder, Units, UnitsBuf, grow};

/// What `UnicodeDecodeError` or `UnicodeEncodeError` will say: the range that cannot be converted, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodecError {
    /// First index of the range.
    pub start: usize,
    /// One past the last index of the range.
    pub end: usize,
    /// CPython's wording.
    pub reason: &'static str,
}

/// How far a decoder or encoder got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// All that could be converted is; `consumed` is less than the input's length only when the input is not final and
    /// ends within a character.
    Done {
        /// How much of the input was used.
        consumed: usize,
    },
    /// Handle the error, append the replacement, go on at the position that the handler gives.
    Error(CodecError),
}

/// The result of a codec step; `Err` is an allocation refused.
pub type Stepped = Result<Step, OutOfMemory>;

pub(crate) fn error(start: usize, end: usize, reason: &'static str) -> Stepped {
    Ok(Step::Error(CodecError { start, end, reason }))
}

/// Byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl Order {
    /// This machine's.
    pub const NATIVE: Order = if cfg!(target_endian = "big") { Order::Big } else { Order::Little };
}

/// The codecs that this crate has, for callers that choose by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// `utf-8`.
    Utf8,
    /// `latin-1`.
    Latin1,
    /// `ascii`.
    Ascii,
    /// `utf-16-le`, `utf-16-be` (no mark).
    Utf16(Order),
    /// `utf-32-le`, `utf-32-be` (no mark).
    Utf32(Order),
}

impl Codec {
    /// The codec of a name in any of the spellings that CPython short-cuts, or `None`.
    pub fn by_name(name: &str) -> Option<Codec> {
        match name {
            "utf-8" | "utf8" | "UTF-8" => return Some(Codec::Utf8),
            "latin-1" | "latin1" => return Some(Codec::Latin1),
            "ascii" => return Some(Codec::Ascii),
            _ => {}
        }
        let plain: String =
            name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
        Some(match plain.as_str() {
            "utf8" | "u8" | "utf" | "cp65001" => Codec::Utf8,
            "latin1" | "latin" | "iso88591" | "l1" | "8859" | "cp819" => Codec::Latin1,
            "ascii" | "usascii" | "646" => Codec::Ascii,
            "utf16le" => Codec::Utf16(Order::Little),
            "utf16be" => Codec::Utf16(Order::Big),
            "utf32le" => Codec::Utf32(Order::Little),
            "utf32be" => Codec::Utf32(Order::Big),
            _ => return None,
        })
    }

    /// The name that CPython's errors carry.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Utf8 => "utf-8",
            Codec::Latin1 => "latin-1",
            Codec::Ascii => "ascii",
            Codec::Utf16(Order::Little) => "utf-16-le",
            Codec::Utf16(Order::Big) => "utf-16-be",
            Codec::Utf32(Order::Little) => "utf-32-le",
            Codec::Utf32(Order::Big) => "utf-32-be",
        }
    }

    /// How many bytes a code unit has; a handler's bytes must be a multiple of it.
    pub fn width(self) -> usize {
        match self {
            Codec::Utf8 | Codec::Latin1 | Codec::Ascii => 1,
            Codec::Utf16(_) => 2,
            Codec::Utf32(_) => 4,
        }
    }

    /// Decodes from `from` to the end or the first error.
    pub fn decode_step(self, bytes: &[u8], from: usize, out: &mut TextBuilder, is_final: bool) -> Stepped {
        match self {
            Codec::Utf8 => utf8::decode(bytes, from, out, is_final),
            Codec::Latin1 => decode_latin1(bytes, from, out),
            Codec::Ascii => decode_ascii(bytes, from, out),
            Codec::Utf16(order) => utf16::decode16(bytes, from, out, order, is_final),
            Codec::Utf32(order) => utf16::decode32(bytes, from, out, order, is_final),
        }
    }

    /// Encodes from `from` to the end or the first error.
    pub fn encode_step(self, text: Units<'_>, from: usize, out: &mut Vec<u8>) -> Stepped {
        match self {
            Codec::Utf8 => utf8::encode(text, from, out),
            Codec::Latin1 => encode_narrow(text, from, out, 0x100, "ordinal not in range(256)"),
            Codec::Ascii => encode_narrow(text, from, out, 0x80, "ordinal not in range(128)"),
            Codec::Utf16(order) => utf16::encode16(text, from, out, order),
            Codec::Utf32(order) => utf16::encode32(text, from, out, order),
        }
    }
}

/// Why a whole conversion failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The input cannot be converted.
    Codec(CodecError),
    /// An allocation was refused.
    Memory,
}

impl From<OutOfMemory> for Failure {
    fn from(_: OutOfMemory) -> Self {
        Failure::Memory
    }
}

/// Decodes all of `bytes` with a built-in handler: the text and how many bytes were used.
pub fn decode(
    codec: Codec,
    bytes: &[u8],
    handler: handler::Handler,
    is_final: bool,
) -> Result<(UnitsBuf, usize), Failure> {
    let mut out = TextBuilder::new();
    let mut from = 0;
    loop {
        match codec.decode_step(bytes, from, &mut out, is_final)? {
            Step::Done { consumed } => return Ok((out.finish(), consumed)),
            Step::Error(e) => match handler.on_decode(codec.name(), bytes, e, &mut out)? {
                Some(resume) => from = resume,
                None => return Err(Failure::Codec(e)),
            },
        }
    }
}

/// Encodes all of `text` with a built-in handler.
pub fn encode(codec: Codec, text: Units<'_>, handler: handler::Handler) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    let mut from = 0;
    loop {
        match codec.encode_step(text, from, &mut out)? {
            Step::Done { .. } => return Ok(out),
            Step::Error(e) => match handler.on_encode(codec.name(), text, e)? {
                Some((handler::Replacement::Bytes(bytes), resume)) => {
                    if bytes.len() % codec.width() != 0 {
                        return Err(Failure::Codec(e));
                    }
                    grow(&mut out, bytes.len())?;
                    out.extend_from_slice(&bytes);
                    from = resume;
                }
                Some((handler::Replacement::Text(replacement), resume)) => {
                    let replacement = replacement.as_units();
                    if !matches!(codec.encode_step(replacement, 0, &mut out)?, Step::Done { .. }) {
                        return Err(Failure::Codec(e));
                    }
                    from = resume;
                }
                None => return Err(Failure::Codec(e)),
            },
        }
    }
}

/// Decodes Latin-1: never an error.
pub fn decode_latin1(bytes: &[u8], from: usize, out: &mut TextBuilder) -> Stepped {
    let rest = bytes.get(from..).unwrap_or_default();
    out.push_units(if rest.is_ascii() { Units::Ascii(rest) } else { Units::Latin1(rest) })?;
    Ok(Step::Done { consumed: bytes.len() })
}

/// Decodes ASCII: each byte above 127 is an error of its own.
pub fn decode_ascii(bytes: &[u8], from: usize, out: &mut TextBuilder) -> Stepped {
    let rest = bytes.get(from..).unwrap_or_default();
    let good = rest.iter().position(|b| !b.is_ascii()).unwrap_or(rest.len());
    out.push_units(Units::Ascii(&rest[..good]))?;
    if good < rest.len() {
        return error(from + good, from + good + 1, "ordinal not in range(128)");
    }
    Ok(Step::Done { consumed: bytes.len() })
}

/// Encodes code points below `limit` as one byte each; a run of others is one error.
fn encode_narrow(text: Units<'_>, from: usize, out: &mut Vec<u8>, limit: u32, reason: &'static str) -> Stepped {
    let rest = text.slice(from..text.len());
    grow(out, rest.len())?;
    if let (Units::Ascii(s), _) | (Units::Latin1(s), 0x100) = (rest, limit) {
        out.extend_from_slice(s);
        return Ok(Step::Done { consumed: text.len() });
    }
    for (i, code) in rest.iter().enumerate() {
        if code >= limit {
            let run = rest.slice(i..rest.len()).iter().take_while(|&code| code >= limit).count();
            return error(from + i, from + i + run, reason);
        }
        out.push(code as u8);
    }
    Ok(Step::Done { consumed: text.len() })
}

#[cfg(test)]
mod tests;
