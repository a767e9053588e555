//! The arithmetic of `int`: big integers under Python's rules.
//!
//! The library panics or aborts when memory is refused; every operation whose result may be much larger than its operands
//! therefore asks [`room`] first.

mod convert;
pub mod long;
mod math;
mod text;

use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;
use dashu_int::ops::{BitTest, DivRem, ExtendedGcd, Gcd, UnsignedAbs};

use crate::{BigInt, OutOfMemory, Sign};

pub use convert::{
    BytesError, HASH_MODULUS, Overflow, compare_f64, frexp, from_bytes, from_f64, hash, hash_digits, hash_i64,
    is_exact_f64, scaled_f64, to_bytes, to_f64, true_div, true_div_i64,
};
pub use math::{comb, factorial, isqrt, lcm, perm};
pub(crate) use text::trim;
pub use text::{ParseError, Scanned, exceeds_digits, parse, scan, to_text};

/// `Err` if a number of `bits` bits cannot be held.
pub fn room(bits: u128) -> Result<(), OutOfMemory> {
    const UNASKED: u128 = 1 << 20;
    // Some operations need room for the result and as much again.
    let bytes = bits.div_ceil(8);
    if bytes < UNASKED {
        return Ok(());
    }
    let bytes = usize::try_from(bytes).ok().filter(|&n| n < isize::MAX as usize / 4).ok_or(OutOfMemory)?;
    Vec::<u8>::new().try_reserve_exact(bytes * 2).map_err(|_| OutOfMemory)
}

/// The number of bits of the absolute value.
pub fn bit_length(n: &BigInt) -> u64 {
    let (_, words) = n.as_sign_words();
    match words {
        [] => 0,
        [rest @ .., top] => {
            let bits = u64::from(dashu_int::Word::BITS);
            rest.len() as u64 * bits + bits - u64::from(top.leading_zeros())
        }
    }
}

/// The number of ones in the binary form of the absolute value.
pub fn bit_count(n: &BigInt) -> u64 {
    n.as_sign_words().1.iter().map(|w| u64::from(w.count_ones())).sum()
}

/// Whether it is below zero.
pub fn is_negative(n: &BigInt) -> bool {
    n.sign() == Sign::Negative
}

/// Whether it is odd.
pub fn is_odd(n: &BigInt) -> bool {
    n.as_sign_words().1.first().is_some_and(|w| w & 1 == 1)
}

/// Quotient rounded down and remainder with the divisor's sign; `None` for division by zero.
pub fn divmod(a: &BigInt, b: &BigInt) -> Option<(BigInt, BigInt)> {
    if b.is_zero() {
        return None;
    }
    let (mut q, mut r) = a.div_rem(b);
    if !r.is_zero() && is_negative(&r) != is_negative(b) {
        q -= 1;
        r += b;
    }
    Some((q, r))
}

/// `a // b`; `None` for division by zero.
pub fn floor_div(a: &BigInt, b: &BigInt) -> Option<BigInt> {
    divmod(a, b).map(|(q, _)| q)
}

/// `a % b`; `None` for division by zero.
pub fn modulo(a: &BigInt, b: &BigInt) -> Option<BigInt> {
    if b.is_zero() {
        return None;
    }
    let r = a % b;
    Some(if !r.is_zero() && is_negative(&r) != is_negative(b) { r + b } else { r })
}

/// `a << bits`.
pub fn shl(a: &BigInt, bits: u64) -> Result<BigInt, OutOfMemory> {
    if a.is_zero() {
        return Ok(BigInt::ZERO);
    }
    room(u128::from(bits) + u128::from(bit_length(a)))?;
    Ok(a << usize::try_from(bits).map_err(|_| OutOfMemory)?)
}

/// `a >> bits`, rounded down.
pub fn shr(a: &BigInt, bits: u64) -> BigInt {
    if bits >= bit_length(a) {
        return if is_negative(a) { BigInt::NEG_ONE } else { BigInt::ZERO };
    }
    a >> bits as usize
}

/// `base ** exponent`.
pub fn pow(base: &BigInt, exponent: u64) -> Result<BigInt, OutOfMemory> {
    if base.is_zero() || base.is_one() || *base == BigInt::NEG_ONE {
        return Ok(if exponent == 0 || (is_negative(base) && exponent.is_multiple_of(2)) {
            BigInt::ONE
        } else {
            base.clone()
        });
    }
    let bits = bit_length(base);
    room(u128::from(bits) * u128::from(exponent))?;
    let exponent = usize::try_from(exponent).map_err(|_| OutOfMemory)?;
    // A power of two is a shift.
    if base.as_sign_words().1.iter().map(|w| w.count_ones()).sum::<u32>() == 1 && !is_negative(base) {
        return Ok(BigInt::ONE << ((bits - 1) as usize * exponent));
    }
    Ok(base.pow(exponent))
}

/// Why `pow(base, exponent, modulus)` has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowError {
    /// ValueError: pow() 3rd argument cannot be 0
    ZeroModulus,
    /// ValueError: base is not invertible for the given modulus
    NotInvertible,
    /// Whoever asked for it wants it no more.
    Stopped,
}

/// `pow(base, exponent, modulus)`; a negative exponent takes the modular inverse.
pub fn pow_mod(base: &BigInt, exponent: &BigInt, modulus: &BigInt) -> Result<BigInt, PowError> {
    if modulus.is_zero() {
        return Err(PowError::ZeroModulus);
    }
    let m = modulus.unsigned_abs();
    let inverted;
    let base = if is_negative(exponent) {
        inverted = inverse(base, &m).ok_or(PowError::NotInvertible)?;
        &inverted
    } else {
        base
    };
    let result = if m.is_one() {
        BigInt::ZERO
    } else {
        let ring = ConstDivisor::new(m);
        BigInt::from(ring.reduce(base.clone()).pow(&exponent.unsigned_abs()).residue())
    };
    Ok(if is_negative(modulus) && !result.is_zero() { result + modulus } else { result })
}

fn inverse(a: &BigInt, m: &UBig) -> Option<BigInt> {
    let m = BigInt::from(m.clone());
    if m.is_one() {
        return Some(BigInt::ZERO);
    }
    let a = modulo(a, &m)?;
    if a.is_zero() {
        return None;
    }
    let (g, x, _) = a.gcd_ext(&m);
    if !g.is_one() {
        return None;
    }
    modulo(&x, &m)
}

/// The greatest common divisor, never negative.
pub fn gcd(a: &BigInt, b: &BigInt) -> BigInt {
    if a.is_zero() {
        return BigInt::from(b.unsigned_abs());
    }
    if b.is_zero() {
        return BigInt::from(a.unsigned_abs());
    }
    BigInt::from(a.gcd(b))
}

/// Bit `n` of the two's complement.
pub fn bit(a: &BigInt, n: u64) -> bool {
    match usize::try_from(n) {
        Ok(n) => a.bit(n),
        Err(_) => is_negative(a),
    }
}

#[cfg(test)]
mod tests;
