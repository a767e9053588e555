//! Integers as CPython lays them out: a sign and 30-bit digits, least significant first.
//!
//! What is linear, and multiplication of numbers that are not huge, is done on the digits as they lie in the heap;
//! the rest goes through [`BigInt`].

use std::cmp::Ordering;

use crate::{BigInt, OutOfMemory, Sign};

/// Bits in a digit.
pub const BITS: u32 = 30;
/// The highest digit.
pub const MASK: u32 = (1 << BITS) - 1;
/// Above this many digits in both operands multiplication goes through [`BigInt`], which is subquadratic.
const SCHOOLBOOK: usize = 40;

/// A borrowed integer: no leading zero digits; zero has no digits and is not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digits<'a> {
    /// Whether it is below zero.
    pub negative: bool,
    /// The digits of the absolute value.
    pub magnitude: &'a [u32],
}

/// An owned integer in the same form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DigitsBuf {
    /// Whether it is below zero.
    pub negative: bool,
    /// The digits of the absolute value.
    pub magnitude: Vec<u32>,
}

fn vec(capacity: usize) -> Result<Vec<u32>, OutOfMemory> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(capacity).map_err(|_| OutOfMemory)?;
    Ok(vec)
}

fn zeros(len: usize) -> Result<Vec<u32>, OutOfMemory> {
    let mut vec = vec(len)?;
    vec.resize(len, 0);
    Ok(vec)
}

impl DigitsBuf {
    fn new(negative: bool, mut magnitude: Vec<u32>) -> Self {
        let len = magnitude.iter().rposition(|&d| d != 0).map_or(0, |i| i + 1);
        magnitude.truncate(len);
        Self { negative: negative && len > 0, magnitude }
    }

    /// A borrowed view.
    pub fn as_digits(&self) -> Digits<'_> {
        Digits { negative: self.negative, magnitude: &self.magnitude }
    }
}

impl From<i128> for DigitsBuf {
    fn from(value: i128) -> Self {
        let (digits, len) = from_u128(value.unsigned_abs());
        Self { negative: value < 0, magnitude: digits[..len].to_vec() }
    }
}

/// The digits of a machine integer, without allocation: the array and how many of it are used.
pub fn from_u128(mut value: u128) -> ([u32; 5], usize) {
    let (mut digits, mut len) = ([0; 5], 0);
    while value != 0 {
        digits[len] = value as u32 & MASK;
        value >>= BITS;
        len += 1;
    }
    (digits, len)
}

impl<'a> Digits<'a> {
    /// The value, if it has at most four digits (120 bits).
    pub fn to_i128(self) -> Option<i128> {
        if self.magnitude.len() > 4 {
            return None;
        }
        let value = self.magnitude.iter().rev().fold(0i128, |n, &d| n << BITS | i128::from(d));
        Some(if self.negative { -value } else { value })
    }

    /// The value, if it fits.
    pub fn to_i64(self) -> Option<i64> {
        self.to_i128().and_then(|value| value.try_into().ok())
    }

    /// The number of bits of the absolute value.
    pub fn bit_length(self) -> u64 {
        match self.magnitude {
            [] => 0,
            [rest @ .., top] => rest.len() as u64 * u64::from(BITS) + u64::from(32 - top.leading_zeros()),
        }
    }

    /// As a big integer for everything that is not here.
    pub fn to_big(self) -> BigInt {
        if let Some(value) = self.to_i128() {
            return BigInt::from(value);
        }
        let mut words = Vec::with_capacity(self.magnitude.len() * BITS as usize / dashu_int::Word::BITS as usize + 1);
        let (mut buffer, mut bits) = (0u128, 0);
        for &digit in self.magnitude {
            buffer |= u128::from(digit) << bits;
            bits += BITS;
            if bits >= dashu_int::Word::BITS {
                words.push(buffer as dashu_int::Word);
                buffer >>= dashu_int::Word::BITS;
                bits -= dashu_int::Word::BITS;
            }
        }
        words.push(buffer as dashu_int::Word);
        BigInt::from_sign_words(if self.negative { Sign::Negative } else { Sign::Positive }, &words)
    }

    /// The order of the values.
    pub fn compare(self, other: Digits<'_>) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => compare(self.magnitude, other.magnitude),
            (true, true) => compare(other.magnitude, self.magnitude),
        }
    }
}

/// From a big integer.
pub fn from_big(value: &BigInt) -> Result<DigitsBuf, OutOfMemory> {
    let (sign, words) = value.as_sign_words();
    let mut magnitude = vec(words.len() * dashu_int::Word::BITS as usize / BITS as usize + 2)?;
    let (mut buffer, mut bits) = (0u128, 0);
    for &word in words {
        buffer |= u128::from(word) << bits;
        bits += dashu_int::Word::BITS;
        while bits >= BITS {
            magnitude.push(buffer as u32 & MASK);
            buffer >>= BITS;
            bits -= BITS;
        }
    }
    magnitude.push(buffer as u32);
    Ok(DigitsBuf::new(sign == Sign::Negative, magnitude))
}

fn compare(a: &[u32], b: &[u32]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

fn add_magnitudes(a: &[u32], b: &[u32]) -> Result<Vec<u32>, OutOfMemory> {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut out = vec(long.len() + 1)?;
    let mut carry = 0;
    let mut step = |sum: u32| {
        let sum = sum + carry;
        carry = sum >> BITS;
        out.push(sum & MASK);
    };
    let (low, high) = long.split_at(short.len());
    low.iter().zip(short).for_each(|(&x, &y)| step(x + y));
    high.iter().for_each(|&x| step(x));
    step(0);
    Ok(out)
}

/// `a - b` for `a >= b`.
fn sub_magnitudes(a: &[u32], b: &[u32]) -> Result<Vec<u32>, OutOfMemory> {
    let mut out = vec(a.len())?;
    let mut borrow = 0;
    let mut step = |x: u32, y: u32| {
        let difference = x.wrapping_sub(y).wrapping_sub(borrow);
        borrow = difference >> 31;
        out.push(difference & MASK);
    };
    let (low, high) = a.split_at(b.len());
    low.iter().zip(b).for_each(|(&x, &y)| step(x, y));
    high.iter().for_each(|&x| step(x, 0));
    Ok(out)
}

/// `a + b`.
pub fn add(a: Digits<'_>, b: Digits<'_>) -> Result<DigitsBuf, OutOfMemory> {
    if a.negative == b.negative {
        return Ok(DigitsBuf::new(a.negative, add_magnitudes(a.magnitude, b.magnitude)?));
    }
    Ok(match compare(a.magnitude, b.magnitude) {
        Ordering::Equal => DigitsBuf::default(),
        Ordering::Greater => DigitsBuf::new(a.negative, sub_magnitudes(a.magnitude, b.magnitude)?),
        Ordering::Less => DigitsBuf::new(b.negative, sub_magnitudes(b.magnitude, a.magnitude)?),
    })
}

/// `a - b`.
pub fn sub(a: Digits<'_>, b: Digits<'_>) -> Result<DigitsBuf, OutOfMemory> {
    add(a, Digits { negative: !b.negative, ..b })
}

/// `a * b`.
pub fn mul(a: Digits<'_>, b: Digits<'_>) -> Result<DigitsBuf, OutOfMemory> {
    let (long, short) = if a.magnitude.len() >= b.magnitude.len() { (a, b) } else { (b, a) };
    if short.magnitude.len() > SCHOOLBOOK {
        crate::int::room(a.bit_length() as u128 + b.bit_length() as u128)?;
        return from_big(&(a.to_big() * b.to_big()));
    }
    let mut out = zeros(long.magnitude.len() + short.magnitude.len())?;
    for (i, &y) in short.magnitude.iter().enumerate() {
        let mut carry = 0u64;
        for (slot, &x) in out[i..].iter_mut().zip(long.magnitude) {
            carry += u64::from(x) * u64::from(y) + u64::from(*slot);
            *slot = carry as u32 & MASK;
            carry >>= BITS;
        }
        out[i + long.magnitude.len()] = carry as u32;
    }
    Ok(DigitsBuf::new(a.negative != b.negative, out))
}

/// Quotient (rounded down) and remainder (with the divisor's sign) of a division by one digit with a sign.
///
/// # Panics
/// If the divisor is zero.
pub fn divmod_small(a: Digits<'_>, divisor: i32) -> Result<(DigitsBuf, i32), OutOfMemory> {
    let (negative, d) = (divisor < 0, u64::from(divisor.unsigned_abs()));
    let mut quotient = zeros(a.magnitude.len())?;
    let mut rest = 0u64;
    for (slot, &x) in quotient.iter_mut().zip(a.magnitude).rev() {
        rest = rest << BITS | u64::from(x);
        *slot = (rest / d) as u32;
        rest %= d;
    }
    let mut quotient = DigitsBuf::new(a.negative != negative, quotient);
    if rest != 0 && a.negative != negative {
        let one = Digits { negative: true, magnitude: &[1] };
        quotient.negative = !quotient.magnitude.is_empty();
        quotient = add(quotient.as_digits(), one)?;
        rest = d - rest;
    }
    Ok((quotient, if negative { -(rest as i64) as i32 } else { rest as i32 }))
}

/// `a << bits`.
pub fn shl(a: Digits<'_>, bits: u64) -> Result<DigitsBuf, OutOfMemory> {
    if a.magnitude.is_empty() {
        return Ok(DigitsBuf::default());
    }
    let whole = usize::try_from(bits / u64::from(BITS)).map_err(|_| OutOfMemory)?;
    let bits = (bits % u64::from(BITS)) as u32;
    let mut out = vec(whole.checked_add(a.magnitude.len() + 1).ok_or(OutOfMemory)?)?;
    out.resize(whole, 0);
    let mut carry = 0u64;
    for &digit in a.magnitude {
        carry |= u64::from(digit) << bits;
        out.push(carry as u32 & MASK);
        carry >>= BITS;
    }
    out.push(carry as u32);
    Ok(DigitsBuf::new(a.negative, out))
}

/// `a >> bits`, rounded down.
pub fn shr(a: Digits<'_>, bits: u64) -> Result<DigitsBuf, OutOfMemory> {
    let whole = usize::try_from(bits / u64::from(BITS)).unwrap_or(usize::MAX);
    let bits = (bits % u64::from(BITS)) as u32;
    let (lost, kept) = a.magnitude.split_at(whole.min(a.magnitude.len()));
    let mut out = vec(kept.len() + 1)?;
    for (i, &digit) in kept.iter().enumerate() {
        let above = kept.get(i + 1).map_or(0, |&d| u64::from(d));
        out.push((u64::from(digit) | above << BITS).wrapping_shr(bits) as u32 & MASK);
    }
    let cut = lost.iter().any(|&d| d != 0) || kept.first().is_some_and(|&d| d & ((1 << bits) - 1) != 0);
    if a.negative && cut {
        out = add_magnitudes(&out, &[1])?;
    }
    Ok(DigitsBuf::new(a.negative, out))
}

/// A bitwise operation on two's complements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bitwise {
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

/// `a & b`, `a | b`, `a ^ b`.
pub fn bitwise(op: Bitwise, a: Digits<'_>, b: Digits<'_>) -> Result<DigitsBuf, OutOfMemory> {
    let len = a.magnitude.len().max(b.magnitude.len()) + 1;
    let mut out = vec(len)?;
    let (mut a_digits, mut b_digits) = (complement(a), complement(b));
    for _ in 0..len {
        let (x, y) = (a_digits(), b_digits());
        out.push(match op {
            Bitwise::And => x & y,
            Bitwise::Or => x | y,
            Bitwise::Xor => x ^ y,
        });
    }
    let negative = match op {
        Bitwise::And => a.negative && b.negative,
        Bitwise::Or => a.negative || b.negative,
        Bitwise::Xor => a.negative != b.negative,
    };
    if negative {
        let mut carry = 1;
        for digit in &mut out {
            let sum = (!*digit & MASK) + carry;
            *digit = sum & MASK;
            carry = sum >> BITS;
        }
    }
    Ok(DigitsBuf::new(negative, out))
}

/// The digits of the two's complement, without end.
fn complement(a: Digits<'_>) -> impl FnMut() -> u32 {
    let mut digits = a.magnitude.iter();
    let mut carry = 1;
    move || {
        let digit = digits.next().copied().unwrap_or(0);
        if !a.negative {
            return digit;
        }
        let sum = (!digit & MASK) + carry;
        carry = sum >> BITS;
        sum & MASK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of all shapes: around powers of two, and random ones up to a few thousand bits.
    fn samples() -> Vec<BigInt> {
        let mut out = vec![BigInt::from(0)];
        for bits in [1, 29, 30, 31, 59, 60, 61, 63, 64, 90, 127, 128, 300, 3000] {
            let power = BigInt::from(1) << bits;
            out.extend([power.clone() - 1, power.clone(), -power.clone() - 1, -power + 1]);
        }
        let mut n = BigInt::from(0x9E37_79B9_7F4A_7C15u64);
        for _ in 0..6 {
            n = &n * &n + 12345;
            out.push(-n.clone());
            out.push(n.clone());
        }
        out
    }

    #[test]
    fn agrees_with_the_library() {
        let samples = samples();
        for a in &samples {
            let da = from_big(a).unwrap();
            assert_eq!(&da.as_digits().to_big(), a);
            for shift in [0, 1, 29, 30, 31, 64, 95] {
                assert_eq!(shl(da.as_digits(), shift).unwrap().as_digits().to_big(), a << shift as usize);
                assert_eq!(shr(da.as_digits(), shift).unwrap().as_digits().to_big(), a >> shift as usize);
            }
            for divisor in [1, -1, 7, -7, 1_000_000_000, i32::MIN] {
                let (q, r) = divmod_small(da.as_digits(), divisor).unwrap();
                assert_eq!(&(q.as_digits().to_big() * divisor + r), a);
                assert!(r == 0 || (r < 0) == (divisor < 0));
            }
            for b in &samples {
                let db = from_big(b).unwrap();
                let (x, y) = (da.as_digits(), db.as_digits());
                let big = |r: Result<DigitsBuf, OutOfMemory>| r.unwrap().as_digits().to_big();
                assert_eq!(big(add(x, y)), a + b);
                assert_eq!(big(sub(x, y)), a - b);
                assert_eq!(big(mul(x, y)), a * b);
                assert_eq!(big(bitwise(Bitwise::And, x, y)), a & b);
                assert_eq!(big(bitwise(Bitwise::Or, x, y)), a | b);
                assert_eq!(big(bitwise(Bitwise::Xor, x, y)), a ^ b);
                assert_eq!(x.compare(y), a.cmp(b));
            }
        }
    }
}
