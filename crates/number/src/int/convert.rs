//! Integers to and from floats and bytes; hashing.

use std::cmp::Ordering;

use dashu_int::ops::{DivRem, UnsignedAbs};
use dashu_int::{UBig, Word};

use super::{bit_length, is_negative};
use crate::{BigInt, OutOfMemory, Sign};

/// The number is too large for a float: `int too large to convert to float`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

/// The 64 bits from `from` bits below the top on, and whether anything below them is set.
fn top_bits(n: &UBig) -> (u64, bool, u64) {
    let bits = bit_length(n.as_ibig());
    if bits <= 64 {
        return (u64::try_from(n).unwrap_or(0), false, 0);
    }
    let shift = bits - 64;
    let top = u64::try_from(n >> shift as usize).unwrap_or(0);
    (top, n.trailing_zeros().is_some_and(|zeros| (zeros as u64) < shift), shift)
}

/// `top · 2^exponent` (plus a little, if `sticky`) rounded to the nearest float, ties to even; infinite if too large.
pub fn scaled_f64(top: u64, sticky: bool, exponent: i64) -> f64 {
    if top == 0 {
        return 0.0;
    }
    let shift = top.leading_zeros();
    let (top, exponent) = (top << shift, exponent - i64::from(shift));
    // The value is 1.… · 2^(exponent + 63).
    let e = exponent + 63;
    if e > 1023 {
        return f64::INFINITY;
    }
    let keep = if e >= -1022 { 53 } else { 53 - (-1022 - e) };
    if keep < 0 {
        return 0.0;
    }
    let dropped = 64 - keep as u32;
    let (kept, rest) = if dropped == 64 { (0, top) } else { (top >> dropped, top << (64 - dropped)) };
    let half = 1 << 63;
    let up = rest > half || (rest == half && (sticky || kept & 1 == 1));
    let mantissa = kept + u64::from(up);
    // A mantissa that has become 2^53 carries into the exponent, as it should.
    let biased = if e >= -1022 { (e + 1022) as u64 } else { 0 };
    f64::from_bits((biased << 52) + mantissa)
}

/// The nearest float, ties to even.
pub fn to_f64(n: &BigInt) -> Result<f64, Overflow> {
    let (top, sticky, shift) = top_bits(&n.unsigned_abs());
    let value = scaled_f64(top, sticky, shift as i64);
    if value.is_infinite() {
        return Err(Overflow);
    }
    Ok(if is_negative(n) { -value } else { value })
}

/// The number as `m · 2^e` with `0.5 <= |m| < 1`: for logarithms of numbers too large for a float. Zero gives zeros.
pub fn frexp(n: &BigInt) -> (f64, i64) {
    let (top, sticky, shift) = top_bits(&n.unsigned_abs());
    if top == 0 {
        return (0.0, 0);
    }
    let bits = 64 - i64::from(top.leading_zeros());
    let m = scaled_f64(top, sticky, -bits);
    // Rounding may have carried into the next power of two.
    let (m, e) = if m == 1.0 { (0.5, bits + shift as i64 + 1) } else { (m, bits + shift as i64) };
    (if is_negative(n) { -m } else { m }, e)
}

/// Whether the conversion to float loses nothing.
pub fn is_exact_f64(n: &BigInt) -> bool {
    to_f64(n).is_ok_and(|x| compare_f64(n, x) == Some(Ordering::Equal))
}

/// The integer part of a float; `None` for infinities and NaN.
pub fn from_f64(x: f64) -> Option<BigInt> {
    if !x.is_finite() {
        return None;
    }
    let (mantissa, exponent) = crate::float::decode(x);
    let n = BigInt::from(mantissa);
    let n = if exponent >= 0 { n << exponent as usize } else { n >> (-exponent) as usize };
    Some(if x < 0.0 { -n } else { n })
}

/// The order of an integer and a float, exactly; `None` if the float is NaN.
pub fn compare_f64(n: &BigInt, x: f64) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x == f64::INFINITY || (bit_length(n) > 1024 && !is_negative(n)) {
        return Some(if x == f64::INFINITY { Ordering::Less } else { Ordering::Greater });
    }
    if x == f64::NEG_INFINITY || bit_length(n) > 1024 {
        return Some(if x == f64::NEG_INFINITY { Ordering::Greater } else { Ordering::Less });
    }
    let whole = from_f64(x)?;
    Some(n.cmp(&whole).then_with(|| 0.0f64.total_cmp(&(x.fract() + 0.0))))
}

/// `a / b`, correctly rounded; `None` for division by zero. The error is `integer division result too large for a float`.
pub fn true_div(a: &BigInt, b: &BigInt) -> Option<Result<f64, Overflow>> {
    if b.is_zero() {
        return None;
    }
    let negative = is_negative(a) != is_negative(b);
    let (ua, ub) = (a.unsigned_abs(), b.unsigned_abs());
    let (bits_a, bits_b) = (bit_length(a) as i128, bit_length(b) as i128);
    let signed = |x: f64| if negative { -x } else { x };
    if a.is_zero() {
        return Some(Ok(signed(0.0)));
    }
    if bits_a - bits_b > 1025 {
        return Some(Err(Overflow));
    }
    if bits_a - bits_b < -1080 {
        return Some(Ok(signed(0.0)));
    }
    // A quotient of 64 or 65 bits and a sticky bit for the rest.
    let shift = (64 - (bits_a - bits_b)) as i64;
    let (q, r) = if shift >= 0 { (ua << shift as usize).div_rem(&ub) } else { ua.div_rem(&(ub << (-shift) as usize)) };
    let (top, sticky, more) = top_bits(&q);
    let value = scaled_f64(top, sticky || !r.is_zero(), more as i64 - shift);
    Some(if value.is_infinite() { Err(Overflow) } else { Ok(signed(value)) })
}

/// `a / b` for machine integers, correctly rounded; `b` is not zero.
pub fn true_div_i64(a: i64, b: i64) -> f64 {
    const EXACT: u64 = 1 << 53;
    if a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
        return a as f64 / b as f64;
    }
    // The quotient of 64-bit numbers never overflows.
    true_div(&BigInt::from(a), &BigInt::from(b)).and_then(Result::ok).unwrap_or(f64::NAN)
}

/// Why `int.to_bytes` failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BytesError {
    /// OverflowError: can't convert negative int to unsigned
    Negative,
    /// OverflowError: int too big to convert
    TooBig,
    /// MemoryError.
    Memory,
}

impl From<OutOfMemory> for BytesError {
    fn from(_: OutOfMemory) -> Self {
        BytesError::Memory
    }
}

/// `int.to_bytes`: `length` bytes, in two's complement if `signed`.
pub fn to_bytes(n: &BigInt, length: usize, big_endian: bool, signed: bool) -> Result<Vec<u8>, BytesError> {
    let negative = is_negative(n);
    if negative && !signed {
        return Err(BytesError::Negative);
    }
    // -2^k needs as many bits as 2^k - 1.
    let bits = if negative { bit_length(&(n + 1)) } else { bit_length(n) };
    if u128::from(bits) + u128::from(signed) > length as u128 * 8 && (bits > 0 || length == 0) {
        let nothing = bits == 0 && length == 0 && !negative;
        if !nothing {
            return Err(BytesError::TooBig);
        }
    }
    let mut out = Vec::new();
    out.try_reserve_exact(length).map_err(|_| BytesError::Memory)?;
    let (_, words) = n.as_sign_words();
    out.extend(words.iter().flat_map(|w| w.to_le_bytes()).take(length));
    out.resize(length, 0);
    if negative {
        let mut carry = true;
        for byte in &mut out {
            (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
        }
    }
    if big_endian {
        out.reverse();
    }
    Ok(out)
}

/// `int.from_bytes`.
pub fn from_bytes(bytes: &[u8], big_endian: bool, signed: bool) -> Result<BigInt, OutOfMemory> {
    super::room(bytes.len() as u128 * 8)?;
    let n = BigInt::from(if big_endian { UBig::from_be_bytes(bytes) } else { UBig::from_le_bytes(bytes) });
    let top = if big_endian { bytes.first() } else { bytes.last() };
    if signed && top.is_some_and(|&b| b >= 0x80) {
        return Ok(n - (BigInt::ONE << (bytes.len() * 8)));
    }
    Ok(n)
}

/// 2^61 − 1, the modulus of numeric hashes.
pub const HASH_MODULUS: u64 = (1 << 61) - 1;

#[inline(always)]
fn finish(rest: u64, negative: bool) -> i64 {
    let hash = if negative { -(rest as i64) } else { rest as i64 };
    if hash == -1 { -2 } else { hash }
}

/// `hash(n)`.
pub fn hash(n: &BigInt) -> i64 {
    let (sign, words) = n.as_sign_words();
    // 2^64 is 8 modulo 2^61 - 1.
    let step = (1u128 << Word::BITS) % u128::from(HASH_MODULUS);
    let rest = words
        .iter()
        .rev()
        .fold(0u64, |rest, &word| ((u128::from(rest) * step + u128::from(word)) % u128::from(HASH_MODULUS)) as u64);
    finish(rest, sign == Sign::Negative)
}

/// `hash(n)` of a machine integer.
#[inline]
pub fn hash_i64(n: i64) -> i64 {
    let magnitude = n.unsigned_abs();
    finish(if magnitude < HASH_MODULUS { magnitude } else { magnitude % HASH_MODULUS }, n < 0)
}

/// `hash(n)` of 30-bit digits.
pub fn hash_digits(n: crate::digits::Digits<'_>) -> i64 {
    let rest = n.magnitude.iter().rev().fold(0u64, |rest, &digit| {
        let turned = (rest << 30 & HASH_MODULUS) | rest >> 31;
        let sum = turned + u64::from(digit);
        if sum >= HASH_MODULUS { sum - HASH_MODULUS } else { sum }
    });
    finish(rest, n.negative)
}
