//! UTF-16 and UTF-32 in either byte order, with and without mark.

use super::utf8::is_surrogate;
use super::{Order, Step, Stepped, error};
use crate::units::{OutOfMemory, TextBuilder, Units, grow};

fn unit16(bytes: &[u8], at: usize, order: Order) -> u32 {
    let pair = [bytes[at], bytes[at + 1]];
    u32::from(match order {
        Order::Little => u16::from_le_bytes(pair),
        Order::Big => u16::from_be_bytes(pair),
    })
}

/// Decodes UTF-16 without mark.
pub fn decode16(bytes: &[u8], from: usize, out: &mut TextBuilder, order: Order, is_final: bool) -> Stepped {
    let mut at = from.min(bytes.len());
    out.reserve((bytes.len() - at) / 2)?;
    loop {
        match bytes.len() - at {
            0 => return Ok(Step::Done { consumed: at }),
            1 if is_final => return error(at, at + 1, "truncated data"),
            1 => return Ok(Step::Done { consumed: at }),
            _ => {}
        }
        let first = unit16(bytes, at, order);
        match first {
            0xD800..0xDC00 => match bytes.len() - at {
                4.. => {
                    let second = unit16(bytes, at + 2, order);
                    if !(0xDC00..0xE000).contains(&second) {
                        return error(at, at + 2, "illegal UTF-16 surrogate");
                    }
                    out.push(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))?;
                    at += 4;
                }
                _ if is_final => return error(at, bytes.len(), "unexpected end of data"),
                _ => return Ok(Step::Done { consumed: at }),
            },
            0xDC00..0xE000 => return error(at, at + 2, "illegal encoding"),
            _ => {
                out.push(first)?;
                at += 2;
            }
        }
    }
}

/// Decodes UTF-32 without mark.
pub fn decode32(bytes: &[u8], from: usize, out: &mut TextBuilder, order: Order, is_final: bool) -> Stepped {
    let mut at = from.min(bytes.len());
    out.reserve((bytes.len() - at) / 4)?;
    while let Some(&[a, b, c, d]) = bytes.get(at..at + 4) {
        let code = match order {
            Order::Little => u32::from_le_bytes([a, b, c, d]),
            Order::Big => u32::from_be_bytes([a, b, c, d]),
        };
        if is_surrogate(code) {
            return error(at, at + 4, "code point in surrogate code point range(0xd800, 0xe000)");
        }
        if code > 0x10FFFF {
            return error(at, at + 4, "code point not in range(0x110000)");
        }
        out.push(code)?;
        at += 4;
    }
    if is_final && at < bytes.len() {
        return error(at, bytes.len(), "truncated data");
    }
    Ok(Step::Done { consumed: at })
}

/// The byte order that a mark at the beginning of UTF-16 (`width` 2) or UTF-32 (`width` 4) tells, and the mark's length.
/// `None` if there is no mark (the native order is then meant). With fewer than `width` bytes nothing can be said yet.
pub fn mark(bytes: &[u8], width: usize) -> Option<(Order, usize)> {
    match (width, bytes) {
        (4, [0xFF, 0xFE, 0, 0, ..]) => Some((Order::Little, 4)),
        (4, [0, 0, 0xFE, 0xFF, ..]) => Some((Order::Big, 4)),
        (2, [0xFF, 0xFE, ..]) => Some((Order::Little, 2)),
        (2, [0xFE, 0xFF, ..]) => Some((Order::Big, 2)),
        _ => None,
    }
}

fn put16(out: &mut Vec<u8>, unit: u16, order: Order) {
    out.extend_from_slice(&match order {
        Order::Little => unit.to_le_bytes(),
        Order::Big => unit.to_be_bytes(),
    });
}

/// Appends the byte order mark of UTF-16 (`width` 2) or UTF-32 (`width` 4).
pub fn put_mark(out: &mut Vec<u8>, width: usize, order: Order) -> Result<(), OutOfMemory> {
    grow(out, 4)?;
    match (width, order) {
        (2, _) => put16(out, 0xFEFF, order),
        (_, Order::Little) => out.extend_from_slice(&0xFEFFu32.to_le_bytes()),
        (_, Order::Big) => out.extend_from_slice(&0xFEFFu32.to_be_bytes()),
    }
    Ok(())
}

/// Encodes UTF-16 without mark; each surrogate is an error of its own.
pub fn encode16(text: Units<'_>, from: usize, out: &mut Vec<u8>, order: Order) -> Stepped {
    let rest = text.slice(from..text.len());
    grow(out, rest.len().saturating_mul(2))?;
    for (i, code) in rest.iter().enumerate() {
        grow(out, 4)?;
        match code {
            0xD800..0xE000 => return error(from + i, from + i + 1, "surrogates not allowed"),
            0..0x10000 => put16(out, code as u16, order),
            _ => {
                put16(out, (0xD7C0 + (code >> 10)) as u16, order);
                put16(out, (0xDC00 + (code & 0x3FF)) as u16, order);
            }
        }
    }
    Ok(Step::Done { consumed: text.len() })
}

/// Encodes UTF-32 without mark; each surrogate is an error of its own.
pub fn encode32(text: Units<'_>, from: usize, out: &mut Vec<u8>, order: Order) -> Stepped {
    let rest = text.slice(from..text.len());
    grow(out, rest.len().saturating_mul(4))?;
    for (i, code) in rest.iter().enumerate() {
        if is_surrogate(code) {
            return error(from + i, from + i + 1, "surrogates not allowed");
        }
        out.extend_from_slice(&match order {
            Order::Little => code.to_le_bytes(),
            Order::Big => code.to_be_bytes(),
        });
    }
    Ok(Step::Done { consumed: text.len() })
}
