//! Items of a view: native single-character formats of the `struct` module, read and written.

use crate::object::type_of;
use crate::prelude::*;
use crate::protocol::number as numbers;

/// The character of a native format and the bytes of its items; `None` for any other format.
pub fn native(format: &str) -> Option<(u8, usize)> {
    let [code] = format.strip_prefix('@').unwrap_or(format).as_bytes() else { return None };
    let size = match code {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'P' | b'd' => 8,
        _ => return None,
    };
    Some((*code, size))
}

/// Whether items of the format are single bytes.
pub fn is_byte(format: &str) -> bool {
    native(format).is_some_and(|(code, _)| matches!(code, b'B' | b'b' | b'c'))
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}

/// An IEEE 754 half as a float.
fn from_half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        e => (1.0 + fraction / 1024.0) * 2f64.powi(e - 15),
    }
}

/// A float as an IEEE 754 half, rounded to even; `None` if it is too large.
fn to_half(value: f64) -> Option<u16> {
    let sign = u16::from(value.is_sign_negative()) << 15;
    let size = value.abs();
    if size.is_nan() {
        return Some(sign | 0x7E00);
    }
    if size.is_infinite() {
        return Some(sign | 0x7C00);
    }
    if size == 0.0 {
        return Some(sign);
    }
    // The exponent of the leading bit, no lower than that of the smallest normal half.
    let exponent = (((size.to_bits() >> 52) as i32) - 1023).max(-14);
    let units = (size * 2f64.powi(10 - exponent)).round_ties_even();
    let (units, exponent) = if units >= 2048.0 { (1024.0, exponent + 1) } else { (units, exponent) };
    match units as u16 {
        _ if exponent > 15 => None,
        subnormal @ 0..1024 => Some(sign | subnormal),
        normal => Some(sign | ((exponent + 15) as u16) << 10 | (normal - 1024)),
    }
}

/// The item whose bytes these are.
pub fn unpack(code: u8, bytes: &[u8]) -> Object {
    match code {
        b'c' => Bytes::new(&bytes[..1]).into_object(),
        b'b' => Object::int32(i32::from(bytes[0] as i8)),
        b'B' => Object::int32(i32::from(bytes[0])),
        b'?' => (bytes[0] != 0).object(),
        b'h' => Object::int32(i32::from(i16::from_ne_bytes(array(bytes)))),
        b'H' => Object::int32(i32::from(u16::from_ne_bytes(array(bytes)))),
        b'i' => Object::int32(i32::from_ne_bytes(array(bytes))),
        b'I' => Int::from_i64(i64::from(u32::from_ne_bytes(array(bytes)))),
        b'l' | b'q' | b'n' => Int::from_i64(i64::from_ne_bytes(array(bytes))),
        b'f' => Float::from_f64(f64::from(f32::from_ne_bytes(array(bytes)))),
        b'd' => Float::from_f64(f64::from_ne_bytes(array(bytes))),
        b'e' => Float::from_f64(from_half(u16::from_ne_bytes(array(bytes)))),
        // L, Q, N and P.
        _ => Int::from_i128(i128::from(u64::from_ne_bytes(array(bytes)))),
    }
}

/// The bytes of an item, of which the first `size` count.
pub fn pack(vm: &Vm, code: u8, value: &Object) -> Result<[u8; 8]> {
    let mut out = [0; 8];
    let shown = char::from(code);
    let wrong_type = |vm: &Vm| raise!(vm, TypeError, "memoryview: invalid type for format '{shown}'");
    let wrong_value = |vm: &Vm| raise!(vm, ValueError, "memoryview: invalid value for format '{shown}'");
    match code {
        b'c' => {
            let Some(bytes) = value.cast::<Bytes>() else { return Err(wrong_type(vm)) };
            let &[byte] = bytes.as_bytes() else { return Err(wrong_value(vm)) };
            out[0] = byte;
        }
        b'?' => out[0] = u8::from(crate::protocol::object::is_true(vm, value)?),
        b'f' | b'd' | b'e' => {
            let slots = &type_of(value).slots;
            if slots.float.get().is_none() && slots.index.get().is_none() && !value.is_instance_of::<Int>() {
                return Err(wrong_type(vm));
            }
            let x = numbers::as_f64(vm, value)?;
            match code {
                b'd' => out = x.to_ne_bytes(),
                b'f' => out[..4].copy_from_slice(&(x as f32).to_ne_bytes()),
                _ => match to_half(x) {
                    Some(bits) => out[..2].copy_from_slice(&bits.to_ne_bytes()),
                    None => return Err(wrong_value(vm)),
                },
            }
        }
        _ => {
            if !numbers::has_index(value) {
                return Err(wrong_type(vm));
            }
            let Some(wide) = Int::to_i128(&numbers::index(vm, value)?) else { return Err(wrong_value(vm)) };
            let range = match code {
                b'b' => i128::from(i8::MIN)..=i128::from(i8::MAX),
                b'B' => 0..=i128::from(u8::MAX),
                b'h' => i128::from(i16::MIN)..=i128::from(i16::MAX),
                b'H' => 0..=i128::from(u16::MAX),
                b'i' => i128::from(i32::MIN)..=i128::from(i32::MAX),
                b'I' => 0..=i128::from(u32::MAX),
                b'l' | b'q' | b'n' => i128::from(i64::MIN)..=i128::from(i64::MAX),
                _ => 0..=i128::from(u64::MAX),
            };
            if !range.contains(&wide) {
                return Err(wrong_value(vm));
            }
            let bytes = (wide as i64).to_ne_bytes();
            // The low bytes of a machine word: first on little-endian machines, last on big-endian ones.
            let size = native(&shown.to_string()).map_or(8, |(_, size)| size);
            let low = if cfg!(target_endian = "big") { &bytes[8 - size..] } else { &bytes[..size] };
            out[..size].copy_from_slice(low);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves() {
        for (value, bits) in [
            (0.0, 0), (-0.0, 0x8000), (1.0, 0x3C00), (-2.0, 0xC000), (65504.0, 0x7BFF), (0.1, 0x2E66), (6e-8, 1), (2e-8, 0),
            (f64::INFINITY, 0x7C00),
        ] {
            assert_eq!(to_half(value), Some(bits), "{value}");
        }
        assert_eq!(to_half(65520.0), None);
        for bits in [0, 1, 0x3FF, 0x400, 0x3C01, 0x7BFF, 0x8001, 0xFBFF] {
            assert_eq!(to_half(from_half(bits)), Some(bits), "{bits:#x}");
        }
    }

    #[test]
    fn formats() {
        for (format, expected) in [("B", Some((b'B', 1))), ("@i", Some((b'i', 4))), ("<i", None), ("ii", None), ("", None), ("n", Some((b'n', 8)))] {
            assert_eq!(native(format), expected, "{format}");
        }
    }
}
