//! UTF-7 (RFC 2152).

use super::utf8::is_surrogate;
use super::{Step, Stepped, error};
use crate::units::{OutOfMemory, TextBuilder, Units, grow};

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn digit(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// What the decoder carries from one call to the next, over errors.
#[derive(Clone, Debug, Default)]
pub struct Utf7Decoder {
    /// Whether we are within `+…-`, and where that began in the input and in the output.
    shift: Option<(usize, usize)>,
    buffer: u32,
    bits: u32,
    /// A high surrogate that waits for its partner.
    high: u32,
}

impl Utf7Decoder {
    /// Decodes from `from` on.
    pub fn decode(&mut self, bytes: &[u8], from: usize, out: &mut TextBuilder, is_final: bool) -> Stepped {
        let mut at = from.min(bytes.len());
        while at < bytes.len() {
            let byte = bytes[at];
            if let Some((start, _)) = self.shift {
                if let Some(value) = digit(byte) {
                    self.buffer = self.buffer << 6 | value;
                    self.bits += 6;
                    at += 1;
                    if self.bits >= 16 {
                        let unit = self.buffer >> (self.bits - 16) & 0xFFFF;
                        self.bits -= 16;
                        self.buffer &= (1 << self.bits) - 1;
                        self.put(unit, out)?;
                    }
                    continue;
                }
                let (bits, buffer) = (self.bits, self.buffer);
                (self.shift, self.bits, self.buffer) = (None, 0, 0);
                if bits >= 6 {
                    self.high = 0;
                    return error(start, at + 1, "partial character in shift sequence");
                }
                if bits > 0 && buffer != 0 {
                    self.high = 0;
                    return error(start, at + 1, "non-zero padding bits in shift sequence");
                }
                // A half pair is text only if text follows it.
                if byte < 0x80 && byte != b'+' {
                    self.flush(out)?
                } else {
                    self.high = 0
                }
                if byte == b'-' {
                    at += 1;
                } else if byte >= 0x80 {
                    return error(at, at + 1, "unexpected special character");
                } else {
                    out.push(u32::from(byte))?;
                    at += 1;
                }
                continue;
            }
            match byte {
                b'+' => {
                    let start = at;
                    at += 1;
                    match bytes.get(at) {
                        Some(b'-') => {
                            out.push(0x2B)?;
                            at += 1;
                        }
                        Some(&next) if digit(next).is_none() => return error(start, at + 1, "ill-formed sequence"),
                        _ => {
                            self.shift = Some((start, out.len()));
                            (self.bits, self.buffer, self.high) = (0, 0, 0);
                        }
                    }
                }
                0..0x80 => {
                    out.push(u32::from(byte))?;
                    at += 1;
                }
                _ => return error(at, at + 1, "unexpected special character"),
            }
        }
        let Some((start, written)) = self.shift else { return Ok(Step::Done { consumed: bytes.len() }) };
        if is_final {
            if self.high != 0 || self.bits >= 6 || (self.bits > 0 && self.buffer != 0) {
                self.shift = None;
                return error(start, bytes.len(), "unterminated shift sequence");
            }
            return Ok(Step::Done { consumed: bytes.len() });
        }
        // Begin the sequence again when more has come.
        out.truncate(written);
        self.shift = None;
        Ok(Step::Done { consumed: start })
    }

    fn put(&mut self, unit: u32, out: &mut TextBuilder) -> Result<(), OutOfMemory> {
        if self.high != 0 {
            let high = std::mem::take(&mut self.high);
            if (0xDC00..0xE000).contains(&unit) {
                return out.push(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
            }
            out.push(high)?;
        }
        if (0xD800..0xDC00).contains(&unit) {
            self.high = unit;
            return Ok(());
        }
        out.push(unit)
    }

    fn flush(&mut self, out: &mut TextBuilder) -> Result<(), OutOfMemory> {
        match std::mem::take(&mut self.high) {
            0 => Ok(()),
            high => out.push(high),
        }
    }
}

/// Whether a code point may stand for itself: RFC 2152's direct and optional direct characters and white space.
fn is_direct(code: u32) -> bool {
    matches!(code, 0x09 | 0x0A | 0x0D | 0x20..=0x7D) && !matches!(code, 0x2B | 0x5C)
}

/// Encodes; there are no errors.
pub fn encode(text: Units<'_>, out: &mut Vec<u8>) -> Result<(), OutOfMemory> {
    let (mut shifted, mut buffer, mut bits) = (false, 0u64, 0u32);
    for code in text.iter() {
        grow(out, 10)?;
        if shifted && is_direct(code) {
            if bits > 0 {
                out.push(DIGITS[(buffer << (6 - bits) & 0x3F) as usize]);
            }
            (shifted, buffer, bits) = (false, 0, 0);
            if digit(code as u8).is_some() || code == 0x2D {
                out.push(b'-');
            }
        }
        if !shifted {
            match code {
                0x2B => {
                    out.extend_from_slice(b"+-");
                    continue;
                }
                _ if is_direct(code) => {
                    out.push(code as u8);
                    continue;
                }
                _ => {
                    out.push(b'+');
                    shifted = true;
                }
            }
        }
        let units = match code {
            0x10000.. => &[(0xD7C0 + (code >> 10)), (0xDC00 + (code & 0x3FF))][..],
            _ => &[code][..],
        };
        debug_assert!(units.len() == 1 || units.iter().all(|&unit| is_surrogate(unit)));
        for &unit in units {
            buffer = buffer << 16 | u64::from(unit);
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(DIGITS[(buffer >> bits & 0x3F) as usize]);
            }
            buffer &= (1 << bits) - 1;
        }
    }
    grow(out, 2)?;
    if bits > 0 {
        out.push(DIGITS[(buffer << (6 - bits) & 0x3F) as usize]);
    }
    if shifted {
        out.push(b'-');
    }
    Ok(())
}
