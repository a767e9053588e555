//! Arithmetic on ints of either form.

use super::{Int, Number, from_digits, long, read, spread};
use crate::prelude::*;
use crate::protocol::number as protocol;
use number::digits::{self, Digits, DigitsBuf};
use number::{BigInt, int};

/// Both operands as ints, or NotImplemented.
macro_rules! operands {
    ($vm:ident, $a:ident, $b:ident) => {
        match (read($a), read($b)) {
            (Some(x), Some(y)) => (x, y),
            _ => return not_implemented($vm),
        }
    };
}
pub(super) use operands;

pub(super) fn through_digits(
    vm: &Vm,
    a: &Number<'_>,
    b: &Number<'_>,
    f: fn(Digits<'_>, Digits<'_>) -> Result<DigitsBuf, number::OutOfMemory>,
) -> Result<Object> {
    let (mut x, mut y) = (([0; 5], 0), ([0; 5], 0));
    from_digits(vm, f(spread(a, &mut x), spread(b, &mut y)))
}

pub(super) fn big(number: &Number<'_>) -> BigInt {
    match number {
        Number::Small(i) => BigInt::from(*i),
        Number::Big(d) => d.to_big(),
    }
}

pub(super) fn is_zero(number: &Number<'_>) -> bool {
    matches!(number, Number::Small(0)) || matches!(number, Number::Big(d) if d.magnitude.is_empty())
}

pub(super) fn zero_division(vm: &Vm, message: &str) -> Raised {
    raise!(vm, ZeroDivisionError, "{message}")
}

pub(super) fn shift_count(vm: &Vm, number: &Number<'_>) -> Result<Option<u64>> {
    match number {
        Number::Small(i) if *i < 0 => Err(raise!(vm, ValueError, "negative shift count")),
        Number::Small(i) => Ok(Some(*i as u64)),
        Number::Big(d) if d.negative => Err(raise!(vm, ValueError, "negative shift count")),
        Number::Big(d) => Ok(d.to_i64().map(|i| i as u64)),
    }
}

pub(super) fn pow_value(vm: &Vm, base: &Object, exponent: &Object, modulus: Option<&Object>) -> Result<Object> {
    let (Some(x), Some(y)) = (read(base), read(exponent)) else { return not_implemented(vm) };
    if let Some(modulus) = modulus {
        let Some(m) = read(modulus) else { return not_implemented(vm) };
        let mut go_on = || crate::interp::check_signals(vm).is_ok();
        return match int::long::pow_mod(&big(&x), &big(&y), &big(&m), &mut go_on) {
            Ok(value) => Int::from_big(vm, value),
            Err(int::PowError::Stopped) => Err(Raised),
            Err(int::PowError::ZeroModulus) => Err(raise!(vm, ValueError, "pow() 3rd argument cannot be 0")),
            Err(int::PowError::NotInvertible) => {
                Err(raise!(vm, ValueError, "base is not invertible for the given modulus"))
            }
        };
    }
    let negative = match &y {
        Number::Small(i) => *i < 0,
        Number::Big(d) => d.negative,
    };
    if negative {
        let (a, b) = (Int::to_f64(vm, base)?, Int::to_f64(vm, exponent)?);
        return protocol::pow(vm, &Float::from_f64(a), &Float::from_f64(b), None);
    }
    if let (Number::Small(a), Number::Small(b)) = (&x, &y)
        && let Ok(b) = u32::try_from(*b)
        && let Some(value) = a.checked_pow(b)
    {
        return Ok(Int::from_i64(value));
    }
    let exponent = match &y {
        Number::Small(i) => *i as u64,
        Number::Big(d) => match (d.to_i64(), &x) {
            (_, Number::Small(0 | 1)) => 1,
            (_, Number::Small(-1)) => 2 - u64::from(d.magnitude[0] & 1),
            (Some(i), _) => i as u64,
            (None, _) => return Err(vm.out_of_memory()),
        },
    };
    let base = big(&x);
    Int::from_big(vm, long(vm, |go_on| int::long::pow(&base, exponent, go_on))?)
}

pub(super) fn mul_value(vm: &Vm, a: &Number<'_>, b: &Number<'_>) -> Result<Object> {
    if let (Number::Big(x), Number::Big(y)) = (a, b)
        && !int::long::is_short(x.bit_length().max(y.bit_length()))
    {
        return Int::from_big(vm, long(vm, |go_on| int::long::mul(&x.to_big(), &y.to_big(), go_on))?);
    }
    through_digits(vm, a, b, digits::mul)
}

/// Quotient and remainder; the divisor is not 0.
pub(super) fn divmod_value(vm: &Vm, a: &Number<'_>, b: &Number<'_>) -> Result<(Quotient, Quotient)> {
    let (mut x, mut y) = (([0; 5], 0), ([0; 5], 0));
    if let Some((q, r)) = super::out_of_memory(vm, digits::divmod(spread(a, &mut x), spread(b, &mut y)))? {
        return Ok((Quotient::Digits(q), Quotient::Digits(r)));
    }
    let (q, r) = long(vm, |go_on| int::long::divmod(&big(a), &big(b), go_on))?;
    Ok((Quotient::Big(q), Quotient::Big(r)))
}

/// A quotient or remainder as the division left it.
pub(super) enum Quotient {
    Digits(DigitsBuf),
    Big(BigInt),
}

impl Quotient {
    pub(super) fn into_object(self, vm: &Vm) -> Result<Object> {
        match self {
            Quotient::Digits(value) => super::make(vm, &value),
            Quotient::Big(value) => Int::from_big(vm, value),
        }
    }
}

/// Floor division of machine words; `b` is not 0.
#[inline]
pub fn floor_div(a: i64, b: i64) -> i64 {
    let q = a.wrapping_div(b);
    if (a % b != 0) && ((a < 0) != (b < 0)) { q - 1 } else { q }
}

/// The remainder with the sign of `b`, which is not 0.
#[inline]
pub fn floor_mod(a: i64, b: i64) -> i64 {
    let r = a.wrapping_rem(b);
    if r != 0 && ((r < 0) != (b < 0)) { r + b } else { r }
}
