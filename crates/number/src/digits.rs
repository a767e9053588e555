//! Integers as CPython lays them out: a sign and 30-bit digits, least significant first.
//!
//! What is linear, and multiplication of numbers that are not huge, is done on the digits as they lie in the heap;
//! the rest goes through [`BigInt`].

use std::cmp::Ordering;

use crate::{BigInt, OutOfMemory, Sign};

/// Bits in a digit.
pub const BITS: u32 = 30;
/// Bits in one of the library's words.
const WORD: u32 = dashu_int::Word::BITS;
/// The highest digit.
pub const MASK: u32 = (1 << BITS) - 1;
/// Above this many digits in both operands multiplication and division go through [`BigInt`], which is subquadratic.
const SCHOOLBOOK: usize = 80;
/// From this many digits in both operands on a product is made of pairs of digits, column by column.
const PAIRS: usize = 4;

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
        let mut words = Vec::with_capacity(self.magnitude.len() * BITS as usize / WORD as usize + 1);
        let (mut word, mut bits): (dashu_int::Word, u32) = (0, 0);
        for &digit in self.magnitude {
            word |= dashu_int::Word::from(digit) << bits;
            bits += BITS;
            if bits >= WORD {
                words.push(word);
                bits -= WORD;
                // What did not fit; all of it did where nothing is over.
                word = dashu_int::Word::from(digit) >> (BITS - bits);
            }
        }
        words.push(word);
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
    let len = words.len() * WORD as usize / BITS as usize + 1;
    let mut magnitude = vec(len)?;
    magnitude.extend((0..len).map(|i| {
        let at = i * BITS as usize;
        let (word, bit) = (at / WORD as usize, at as u32 % WORD);
        let low = words.get(word).map_or(0, |w| w >> bit);
        match words.get(word + 1) {
            Some(next) if bit + BITS > WORD => (low | next << (WORD - bit)) as u32 & MASK,
            _ => low as u32 & MASK,
        }
    }));
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
        sum & MASK
    };
    let (low, high) = long.split_at(short.len());
    out.extend(low.iter().zip(short).map(|(&x, &y)| step(x + y)));
    out.extend(high.iter().map(|&x| step(x)));
    out.push(carry);
    Ok(out)
}

/// `a - b` for `a >= b`.
fn sub_magnitudes(a: &[u32], b: &[u32]) -> Result<Vec<u32>, OutOfMemory> {
    let mut out = vec(a.len())?;
    let mut borrow = 0;
    let mut step = |x: u32, y: u32| {
        let difference = x.wrapping_sub(y).wrapping_sub(borrow);
        borrow = difference >> 31;
        difference & MASK
    };
    let (low, high) = a.split_at(b.len());
    out.extend(low.iter().zip(b).map(|(&x, &y)| step(x, y)));
    out.extend(high.iter().map(|&x| step(x, 0)));
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
    let negative = a.negative != b.negative;
    if short.magnitude.len() >= PAIRS {
        return Ok(DigitsBuf::new(negative, by_columns(long.magnitude, short.magnitude)?));
    }
    let mut out = vec(long.magnitude.len() + short.magnitude.len())?;
    let Some((&first, rest)) = short.magnitude.split_first() else { return Ok(DigitsBuf::default()) };
    let mut carry = 0u64;
    out.extend(long.magnitude.iter().map(|&x| {
        carry += u64::from(x) * u64::from(first);
        let digit = carry as u32 & MASK;
        carry >>= BITS;
        digit
    }));
    out.push(carry as u32);
    for (i, &y) in rest.iter().enumerate() {
        let mut carry = 0u64;
        for (slot, &x) in out[i + 1..].iter_mut().zip(long.magnitude) {
            carry += u64::from(x) * u64::from(y) + u64::from(*slot);
            *slot = carry as u32 & MASK;
            carry >>= BITS;
        }
        out.push(carry as u32);
    }
    Ok(DigitsBuf::new(negative, out))
}

/// Two digits as one.
fn pair(digits: &[u32]) -> u64 {
    match digits {
        [low, high] => u64::from(*low) | u64::from(*high) << BITS,
        rest => rest.first().map_or(0, |&low| u64::from(low)),
    }
}

/// The product of magnitudes, the shorter of which has at most [`SCHOOLBOOK`] digits: a column's products of pairs, each
/// below 2 to the 120th, add up within 128 bits.
fn by_columns(long: &[u32], short: &[u32]) -> Result<Vec<u32>, OutOfMemory> {
    let mut room = [0; SCHOOLBOOK.div_ceil(2)];
    let reversed = &mut room[..short.len().div_ceil(2)];
    // Back to front: a column is then a product of two runs.
    reversed.iter_mut().rev().zip(short.chunks(2)).for_each(|(slot, two)| *slot = pair(two));
    let n = reversed.len();
    let mut pairs = Vec::new();
    pairs.try_reserve_exact(long.len().div_ceil(2)).map_err(|_| OutOfMemory)?;
    pairs.extend(long.chunks(2).map(pair));
    let columns = pairs.len() + n;
    let mut out = vec(columns * 2)?;
    let mut sum = 0u128;
    for column in 0..columns {
        let first = (column + 1).saturating_sub(n);
        let run = &pairs[first..pairs.len().min(column + 1)];
        for (&x, &y) in run.iter().zip(&reversed[n - 1 + first - column..]) {
            sum += u128::from(x) * u128::from(y);
        }
        out.push(sum as u32 & MASK);
        out.push((sum >> BITS) as u32 & MASK);
        sum >>= 2 * BITS;
    }
    Ok(out)
}

/// Quotient (rounded down) and remainder (with the divisor's sign), or `None` where the library is quicker.
///
/// # Panics
/// If the divisor is zero.
pub fn divmod(a: Digits<'_>, b: Digits<'_>) -> Result<Option<(DigitsBuf, DigitsBuf)>, OutOfMemory> {
    let (over, n) = (a.magnitude.len().saturating_sub(b.magnitude.len()), b.magnitude.len());
    if over.min(n) > SCHOOLBOOK {
        return Ok(None);
    }
    let negative = a.negative != b.negative;
    let (quotient, rest) = match b.magnitude {
        _ if compare(a.magnitude, b.magnitude).is_lt() => {
            let mut rest = vec(a.magnitude.len())?;
            rest.extend_from_slice(a.magnitude);
            (Vec::new(), rest)
        }
        [divisor] => {
            let (quotient, rest) = divide_by_digit(a.magnitude, *divisor)?;
            (quotient, vec![rest])
        }
        _ => divide(a.magnitude, b.magnitude)?,
    };
    let (mut quotient, mut rest) = (DigitsBuf::new(negative, quotient), DigitsBuf::new(b.negative, rest));
    if negative && !rest.magnitude.is_empty() {
        quotient = DigitsBuf::new(true, add_magnitudes(&quotient.magnitude, &[1])?);
        rest = DigitsBuf::new(b.negative, sub_magnitudes(b.magnitude, &rest.magnitude)?);
    }
    Ok(Some((quotient, rest)))
}

fn divide_by_digit(a: &[u32], divisor: u32) -> Result<(Vec<u32>, u32), OutOfMemory> {
    let mut quotient = zeros(a.len())?;
    let (mut rest, divisor) = (0u64, u64::from(divisor));
    for (slot, &x) in quotient.iter_mut().zip(a).rev() {
        rest = rest << BITS | u64::from(x);
        *slot = (rest / divisor) as u32;
        rest -= u64::from(*slot) * divisor;
    }
    Ok((quotient, rest as u32))
}

/// Long division of magnitudes; the divisor has at least two digits and is not above the dividend.
///
/// Each of the quotient's digits is guessed from the divisor's two highest digits. Those are at least 2 to the 30th, so
/// the guess is at most two too high.
fn divide(a: &[u32], b: &[u32]) -> Result<(Vec<u32>, Vec<u32>), OutOfMemory> {
    let n = b.len();
    let top = u64::from(b[n - 1]) << BITS | u64::from(b[n - 2]);
    let mut rest = vec(a.len() + 1)?;
    rest.extend_from_slice(a);
    rest.push(0);
    let mut quotient = zeros(a.len() - n + 1)?;
    for (at, slot) in quotient.iter_mut().enumerate().rev() {
        let window = &mut rest[at..=at + n];
        let high = u64::from(window[n]) << BITS | u64::from(window[n - 1]);
        let guess = match high >> 34 {
            // The three digits fit a word.
            0 => (high << BITS | u64::from(window[n - 2])) / top,
            _ => ((u128::from(high) << BITS | u128::from(window[n - 2])) / u128::from(top)) as u64,
        };
        let mut guess = guess.min(u64::from(MASK));
        if guess == 0 {
            continue;
        }
        let mut borrow = 0i64;
        for (x, &y) in window.iter_mut().zip(b) {
            let difference = i64::from(*x) + borrow - (guess * u64::from(y)) as i64;
            *x = difference as u32 & MASK;
            borrow = difference >> BITS;
        }
        let mut last = i64::from(window[n]) + borrow;
        while last < 0 {
            guess -= 1;
            let mut carry = 0;
            for (x, &y) in window.iter_mut().zip(b) {
                let sum = *x + y + carry;
                *x = sum & MASK;
                carry = sum >> BITS;
            }
            last += i64::from(carry);
        }
        window[n] = last as u32;
        *slot = guess as u32;
    }
    Ok((quotient, rest))
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
            // Digits that are all ones or zeros make the guesses of a quotient's digits wrong.
            out.push((n.clone() << 90) - 1);
            out.push((n.clone() << 60) + 1);
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
                if b.is_zero() {
                    continue;
                }
                if let Some((q, r)) = divmod(x, y).unwrap() {
                    let expected = crate::int::divmod(a, b).unwrap();
                    assert_eq!((q.as_digits().to_big(), r.as_digits().to_big()), expected);
                }
            }
        }
    }
}
