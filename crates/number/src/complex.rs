//! The arithmetic of `complex`, with 3.14's mixed operations of complex and real numbers, which leave the part alone that
//! the real operand does not touch.

use crate::float;

/// A complex number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Complex {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

/// What an operation has instead of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComplexError {
    /// ZeroDivisionError: division by zero
    DivisionByZero,
    /// ZeroDivisionError: zero to a negative or complex power
    ZeroToNegative,
    /// OverflowError: complex exponentiation
    Overflow,
}

const fn c(re: f64, im: f64) -> Complex {
    Complex { re, im }
}

/// `a * b`, with the infinities that C99's Annex G asks for where the plain formula gives NaN.
pub fn mul(a: Complex, b: Complex) -> Complex {
    let (mut x, mut y) = (a, b);
    let product = |x: Complex, y: Complex| c(x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re);
    let plain = product(x, y);
    if !(plain.re.is_nan() && plain.im.is_nan()) {
        return plain;
    }
    let boxed = |z: Complex| c(unit_if_infinite(z.re), unit_if_infinite(z.im));
    let unnan = |z: Complex| {
        let zero = |part: f64| if part.is_nan() { 0.0f64.copysign(part) } else { part };
        c(zero(z.re), zero(z.im))
    };
    let infinite = |z: Complex| z.re.is_infinite() || z.im.is_infinite();
    let mut recalculate = false;
    if infinite(x) {
        (x, y, recalculate) = (boxed(x), unnan(y), true);
    }
    if infinite(y) {
        (y, x, recalculate) = (boxed(y), unnan(x), true);
    }
    let partial = [a.re * b.re, a.im * b.im, a.re * b.im, a.im * b.re];
    if !recalculate && partial.iter().any(|p| p.is_infinite()) {
        (x, y, recalculate) = (unnan(x), unnan(y), true);
    }
    if !recalculate {
        return plain;
    }
    let finite = product(x, y);
    c(f64::INFINITY * finite.re, f64::INFINITY * finite.im)
}

/// `a / b` by Smith's method.
pub fn div(a: Complex, b: Complex) -> Result<Complex, ComplexError> {
    let (abs_re, abs_im) = (b.re.abs(), b.im.abs());
    let plain = if abs_re >= abs_im {
        if abs_re == 0.0 {
            return Err(ComplexError::DivisionByZero);
        }
        let ratio = b.im / b.re;
        let denominator = b.re + b.im * ratio;
        c((a.re + a.im * ratio) / denominator, (a.im - a.re * ratio) / denominator)
    } else if abs_im >= abs_re {
        let ratio = b.re / b.im;
        let denominator = b.re * ratio + b.im;
        c((a.re * ratio + a.im) / denominator, (a.im * ratio - a.re) / denominator)
    } else {
        c(f64::NAN, f64::NAN)
    };
    Ok(recover_quotient(plain, a, b))
}

/// The infinities and zeros that Annex G asks for where a quotient came out as NaN.
fn recover_quotient(plain: Complex, a: Complex, b: Complex) -> Complex {
    if !(plain.re.is_nan() && plain.im.is_nan()) {
        return plain;
    }
    let finite = |z: Complex| z.re.is_finite() && z.im.is_finite();
    let infinite = |z: Complex| z.re.is_infinite() || z.im.is_infinite();
    let one = unit_if_infinite;
    if infinite(a) && finite(b) {
        let (x, y) = (one(a.re), one(a.im));
        return c(f64::INFINITY * (x * b.re + y * b.im), f64::INFINITY * (y * b.re - x * b.im));
    }
    if (b.re.abs() == f64::INFINITY || b.im.abs() == f64::INFINITY) && finite(a) {
        let (x, y) = (one(b.re), one(b.im));
        return c(0.0 * (a.re * x + a.im * y), 0.0 * (a.im * x - a.re * y));
    }
    plain
}

/// `real / b`.
pub fn real_div(real: f64, b: Complex) -> Result<Complex, ComplexError> {
    let (abs_re, abs_im) = (b.re.abs(), b.im.abs());
    let plain = if abs_re >= abs_im {
        if abs_re == 0.0 {
            return Err(ComplexError::DivisionByZero);
        }
        let ratio = b.im / b.re;
        let denominator = b.re + b.im * ratio;
        c(real / denominator, (-real * ratio) / denominator)
    } else if abs_im >= abs_re {
        let ratio = b.re / b.im;
        let denominator = b.re * ratio + b.im;
        c((real * ratio) / denominator, -real / denominator)
    } else {
        c(f64::NAN, f64::NAN)
    };
    if plain.re.is_nan() && plain.im.is_nan() && (b.re.is_infinite() || b.im.is_infinite()) && real.is_finite() {
        let (x, y) = (unit_if_infinite(b.re), unit_if_infinite(b.im));
        return Ok(c(0.0 * (real * x), 0.0 * (-real * y)));
    }
    Ok(plain)
}

/// ±1 for an infinity, ±0 for anything else.
fn unit_if_infinite(part: f64) -> f64 {
    if part.is_infinite() { 1.0f64 } else { 0.0 }.copysign(part)
}

/// `a / real`.
pub fn div_real(a: Complex, real: f64) -> Result<Complex, ComplexError> {
    if real == 0.0 {
        return Err(ComplexError::DivisionByZero);
    }
    Ok(c(a.re / real, a.im / real))
}

/// `abs(z)`; infinite if it is too large (OverflowError: absolute value too large) though the parts are finite.
pub fn abs(z: Complex) -> f64 {
    if z.re.is_infinite() || z.im.is_infinite() {
        return f64::INFINITY;
    }
    z.re.hypot(z.im)
}

/// `a ** b`.
pub fn pow(a: Complex, b: Complex) -> Result<Complex, ComplexError> {
    if b.im == 0.0 && b.re == b.re.floor() && b.re.abs() <= 100.0 {
        return checked(power_int(a, b.re as i32).map_err(|_| ComplexError::ZeroToNegative)?);
    }
    let value = if a.re == 0.0 && a.im == 0.0 {
        if b.im != 0.0 || b.re < 0.0 {
            return Err(ComplexError::ZeroToNegative);
        }
        c(0.0, 0.0)
    } else {
        let modulus = abs(a);
        let mut length = modulus.powf(b.re);
        let angle = a.im.atan2(a.re);
        let mut phase = angle * b.re;
        if b.im != 0.0 {
            length *= (-angle * b.im).exp();
            phase += b.im * modulus.ln();
        }
        if phase.is_infinite() {
            // The C library's sine complains, and CPython words all complaints alike.
            return Err(ComplexError::ZeroToNegative);
        }
        c(length * phase.cos(), length * phase.sin())
    };
    checked(value)
}

fn checked(value: Complex) -> Result<Complex, ComplexError> {
    if value.re.is_infinite() || value.im.is_infinite() { Err(ComplexError::Overflow) } else { Ok(value) }
}

/// Small integral powers by repeated squaring: exact where floats are.
fn power_int(z: Complex, n: i32) -> Result<Complex, ComplexError> {
    let (mut result, mut power, mut rest) = (c(1.0, 0.0), z, n.unsigned_abs());
    while rest > 0 {
        if rest & 1 == 1 {
            result = mul(result, power);
        }
        rest >>= 1;
        if rest > 0 {
            power = mul(power, power);
        }
    }
    if n >= 0 { Ok(result) } else { div(c(1.0, 0.0), result) }
}

/// `hash(z)`; `None` if a part is NaN.
pub fn hash(z: Complex) -> Option<i64> {
    let hash = float::hash(z.re)?.wrapping_add(float::hash(z.im)?.wrapping_mul(1_000_003));
    Some(if hash == -1 { -2 } else { hash })
}

/// `repr(z)`.
pub fn repr(z: Complex) -> String {
    let part = |x: f64, sign: bool| {
        float::format(x, b'r', 0, float::Flags { sign, ..float::Flags::default() }).unwrap_or_default()
    };
    if z.re == 0.0 && z.re.is_sign_positive() {
        return format!("{}j", part(z.im, false));
    }
    format!("({}{}j)", part(z.re, false), part(z.im, true))
}

/// A sign in front of a lone `j`.
fn signed_unit(text: &[u8]) -> Option<(f64, &[u8])> {
    match text {
        [b'+', rest @ ..] => Some((1.0, rest)),
        [b'-', rest @ ..] => Some((-1.0, rest)),
        _ => None,
    }
}

/// `complex(text)`: `None` if it is no complex number. Non-ASCII digits and spaces have been replaced by the caller.
pub fn parse(text: &[u8]) -> Option<Complex> {
    let mut text = crate::int::trim(text);
    if let [b'(', inner @ .., b')'] = text {
        text = crate::int::trim(inner);
    }
    let is_j = |byte: Option<&u8>| matches!(byte, Some(b'j' | b'J'));
    // A first number: the real part, or the imaginary one if a j follows.
    let (first, rest) = match float::parse_prefix(text) {
        Some((x, used)) => (x, &text[used..]),
        None => {
            let (x, rest) = signed_unit(text).unwrap_or((1.0, text));
            return (is_j(rest.first()) && rest.len() == 1).then_some(c(0.0, x));
        }
    };
    if is_j(rest.first()) {
        return (rest.len() == 1).then_some(c(0.0, first));
    }
    if rest.is_empty() {
        return Some(c(first, 0.0));
    }
    let (unit, after_sign) = signed_unit(rest)?;
    let (second, rest) = match float::parse_prefix(rest) {
        Some((x, used)) => (x, &rest[used..]),
        None => (unit, after_sign),
    };
    (is_j(rest.first()) && rest.len() == 1).then_some(c(first, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (text, expected) in [
            (" ( 1+2j ) ", Some(c(1.0, 2.0))),
            ("j", Some(c(0.0, 1.0))),
            ("-j", Some(c(0.0, -1.0))),
            ("1e2-J", Some(c(100.0, -1.0))),
            ("1_0-2_0.5e1j", Some(c(10.0, -205.0))),
            ("inf-infj", Some(c(f64::INFINITY, f64::NEG_INFINITY))),
            ("1 + 2j", None),
            ("1+2", None),
            ("1j+2", None),
            ("(1", None),
            ("", None),
        ] {
            assert_eq!(parse(text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(repr(c(-0.0, -2.5)), "(-0-2.5j)");
        assert_eq!(repr(c(0.0, 1e16)), "1e+16j");
    }

    #[test]
    fn arithmetic() {
        assert_eq!(div(c(1.0, 2.0), c(3.0, -4.0)), Ok(c(-0.2, 0.4)));
        assert_eq!(div(c(1.0, 2.0), c(0.0, 0.0)), Err(ComplexError::DivisionByZero));
        assert_eq!(pow(c(1.0, 2.0), c(3.0, 0.0)), Ok(c(-11.0, -2.0)));
        assert_eq!(pow(c(0.0, 0.0), c(0.0, 1.0)), Err(ComplexError::ZeroToNegative));
        assert_eq!(pow(c(1e200, 0.0), c(5.0, 0.0)), Err(ComplexError::Overflow));
        assert_eq!(hash(c(1.5, -2.0)), Some(1152921504604846971));
        let infinite = mul(c(f64::INFINITY, f64::NAN), c(1.0, 1.0));
        assert!(infinite.re.is_infinite());
    }
}
