//! The arithmetic of `float`.

mod hex;
mod text;

pub use hex::{HexError, from_hex, hex};
#[cfg(test)]
pub(crate) use text::general;
pub(crate) use text::parse_prefix;
pub use text::{Flags, format, parse, repr, round};

use crate::BigInt;

/// Mantissa and exponent: the absolute value is `mantissa · 2^exponent`. For finite numbers.
pub fn decode(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let (mantissa, exponent) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7FF) as i32);
    if exponent == 0 { (mantissa, -1074) } else { (mantissa | 1 << 52, exponent - 1075) }
}

/// `float.as_integer_ratio`; `None` for infinities and NaN.
pub fn as_integer_ratio(x: f64) -> Option<(BigInt, BigInt)> {
    if !x.is_finite() {
        return None;
    }
    let (mantissa, exponent) = decode(x);
    if mantissa == 0 {
        return Some((BigInt::ZERO, BigInt::ONE));
    }
    let zeros = mantissa.trailing_zeros();
    let (mantissa, exponent) = (mantissa >> zeros, exponent + zeros as i32);
    let numerator = BigInt::from(mantissa) << exponent.max(0) as usize;
    let denominator = BigInt::ONE << (-exponent).max(0) as usize;
    Some((if x < 0.0 { -numerator } else { numerator }, denominator))
}

/// `float.is_integer`.
pub fn is_integer(x: f64) -> bool {
    x.is_finite() && x.floor() == x
}

/// `divmod(a, b)`; `None` for division by zero.
pub fn divmod(a: f64, b: f64) -> Option<(f64, f64)> {
    if b == 0.0 {
        return None;
    }
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest != 0.0 {
        if (b < 0.0) != (rest < 0.0) {
            rest += b;
            quotient -= 1.0;
        }
    } else {
        rest = 0.0f64.copysign(b);
    }
    let whole = if quotient != 0.0 {
        // The division above may have rounded up to the next integer.
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0.0f64.copysign(a / b)
    };
    Some((whole, rest))
}

/// `a // b`; `None` for division by zero.
pub fn floor_div(a: f64, b: f64) -> Option<f64> {
    divmod(a, b).map(|(quotient, _)| quotient)
}

/// `a % b`; `None` for division by zero.
pub fn modulo(a: f64, b: f64) -> Option<f64> {
    if b == 0.0 {
        return None;
    }
    let rest = a % b;
    Some(match rest {
        0.0 => 0.0f64.copysign(b),
        _ if (b < 0.0) != (rest < 0.0) => rest + b,
        _ => rest,
    })
}

/// The value of `a ** b`, or what it is instead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Power {
    /// A float.
    Value(f64),
    /// ZeroDivisionError: zero to a negative power
    ZeroToNegative,
    /// A negative base with a fractional exponent: the caller computes with complex numbers.
    Complex,
    /// OverflowError: (34, 'Numerical result out of range')
    Overflow,
}

/// `a ** b`.
pub fn pow(a: f64, b: f64) -> Power {
    if b == 0.0 || a == 1.0 {
        return Power::Value(1.0);
    }
    if a.is_nan() || b.is_nan() {
        return Power::Value(a + b);
    }
    if b.is_infinite() || a.is_infinite() {
        return Power::Value(a.powf(b));
    }
    if a == 0.0 {
        return if b < 0.0 { Power::ZeroToNegative } else { Power::Value(a.powf(b)) };
    }
    if a < 0.0 && b.floor() != b {
        return Power::Complex;
    }
    let value = a.powf(b);
    if value.is_infinite() { Power::Overflow } else { Power::Value(value) }
}

/// `hash(x)`; `None` for NaN, whose hash is its identity's.
pub fn hash(x: f64) -> Option<i64> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { 314_159 } else { -314_159 });
    }
    let (mantissa, exponent) = decode(x);
    // Multiplying by a power of two turns the 61 bits round.
    let turn = exponent.rem_euclid(61) as u32;
    let rest = mantissa % crate::int::HASH_MODULUS;
    let turned = (rest << turn & crate::int::HASH_MODULUS) | rest >> (61 - turn);
    let hash = if x < 0.0 { -(turned as i64) } else { turned as i64 };
    Some(if hash == -1 { -2 } else { hash })
}

#[cfg(test)]
mod tests;
