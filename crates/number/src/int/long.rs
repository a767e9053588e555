//! Work on integers so long that it takes seconds: in pieces, with a question in between whether to go on.
//!
//! The pieces are what the library does in well under a second; the algorithms above them are the usual halvings
//! (Karatsuba's product, Burnikel and Ziegler's division, conversion of the radix by powers).

use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;
use dashu_int::ops::{DivRem, UnsignedAbs};

use super::{PowError, bit_length, is_negative, room};
use crate::{BigInt, OutOfMemory, Sign};

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// An allocation was refused.
    Memory,
    /// The question was answered with no.
    Asked,
}

impl From<OutOfMemory> for Stopped {
    fn from(_: OutOfMemory) -> Self {
        Stopped::Memory
    }
}

/// Asked between pieces: whether to go on.
pub type GoOn<'a> = &'a mut dyn FnMut() -> bool;

/// Bits of a factor, divisor or number to convert that are left to the library in one piece.
#[cfg(not(test))]
const PIECE: usize = 1 << 22;
#[cfg(test)]
const PIECE: usize = 1 << 10;

fn ask(go_on: GoOn<'_>) -> Result<(), Stopped> {
    if go_on() { Ok(()) } else { Err(Stopped::Asked) }
}

/// Whether a product or quotient of numbers of so many bits is done in one piece.
pub fn is_short(bits: u64) -> bool {
    bits <= PIECE as u64
}

fn length(n: &UBig) -> usize {
    n.as_words()
        .last()
        .map_or(0, |top| n.as_words().len() * dashu_int::Word::BITS as usize - top.leading_zeros() as usize)
}

/// `a * b`.
pub fn mul(a: &BigInt, b: &BigInt, go_on: GoOn<'_>) -> Result<BigInt, Stopped> {
    let (bits_a, bits_b) = (bit_length(a), bit_length(b));
    // The sums of halves lie beside the result.
    room(u128::from(bits_a) + u128::from(bits_b))?;
    if is_short(bits_a.max(bits_b)) {
        return Ok(a * b);
    }
    let negative = is_negative(a) != is_negative(b);
    let (x, y) = (a.unsigned_abs(), b.unsigned_abs());
    let product = if x == y { square(&x, go_on)? } else { product(&x, &y, go_on)? };
    Ok(BigInt::from_parts(if negative { Sign::Negative } else { Sign::Positive }, product))
}

fn product(a: &UBig, b: &UBig, go_on: GoOn<'_>) -> Result<UBig, Stopped> {
    let (long, short) = if length(a) >= length(b) { (a, b) } else { (b, a) };
    let (bits, least) = (length(long), length(short));
    if bits <= PIECE {
        ask(go_on)?;
        return Ok(long * short);
    }
    if least * 2 <= bits {
        // Pieces of the long one as long as the short one, or as one piece.
        let step = least.max(PIECE);
        let (mut result, mut rest, mut at) = (UBig::ZERO, long.clone(), 0);
        while !rest.is_zero() {
            let (low, high) = rest.split_bits(step);
            result += product(&low, short, go_on)? << at;
            (rest, at) = (high, at + step);
        }
        return Ok(result);
    }
    let half = bits.div_ceil(2);
    let (a0, a1) = long.clone().split_bits(half);
    let (b0, b1) = short.clone().split_bits(half);
    let (low, high) = (product(&a0, &b0, go_on)?, product(&a1, &b1, go_on)?);
    let middle = product(&(a0 + a1), &(b0 + b1), go_on)? - &low - &high;
    Ok((high << (2 * half)) + (middle << half) + low)
}

fn square(a: &UBig, go_on: GoOn<'_>) -> Result<UBig, Stopped> {
    let bits = length(a);
    if bits <= 2 * PIECE {
        ask(go_on)?;
        return Ok(a.sqr());
    }
    let half = bits.div_ceil(2);
    let (a0, a1) = a.clone().split_bits(half);
    let (low, high) = (square(&a0, go_on)?, square(&a1, go_on)?);
    let middle = square(&(a0 + a1), go_on)? - &low - &high;
    Ok((high << (2 * half)) + (middle << half) + low)
}

/// `base ** exponent`, whose result has about `bit_length(base) * exponent` bits.
pub fn pow(base: &BigInt, exponent: u64, go_on: GoOn<'_>) -> Result<BigInt, Stopped> {
    let bits = bit_length(base);
    if bits.saturating_mul(exponent) <= PIECE as u64 || bits <= 1 {
        return Ok(super::pow(base, exponent)?);
    }
    room(u128::from(bits - 1).saturating_mul(u128::from(exponent)))?;
    let magnitude = base.unsigned_abs();
    // The power of two in it is a shift at the end.
    let zeros = magnitude.trailing_zeros().unwrap_or(0);
    let odd = &magnitude >> zeros;
    let mut result = UBig::ONE;
    for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
        result = square(&result, go_on)?;
        if exponent >> bit & 1 == 1 {
            result = product(&result, &odd, go_on)?;
        }
    }
    let shift = usize::try_from(exponent).ok().and_then(|e| e.checked_mul(zeros)).ok_or(Stopped::Memory)?;
    let negative = is_negative(base) && exponent % 2 == 1;
    Ok(BigInt::from_parts(if negative { Sign::Negative } else { Sign::Positive }, result << shift))
}

/// `pow(base, exponent, modulus)`.
pub fn pow_mod(base: &BigInt, exponent: &BigInt, modulus: &BigInt, go_on: GoOn<'_>) -> Result<BigInt, PowError> {
    let (bits, size) = (bit_length(exponent), bit_length(modulus));
    if bits.saturating_mul(size) <= PIECE as u64 || is_negative(exponent) || modulus.is_zero() {
        return super::pow_mod(base, exponent, modulus);
    }
    let ring = ConstDivisor::new(modulus.unsigned_abs());
    let base = ring.reduce(base.clone());
    let mut result = ring.reduce(UBig::ONE);
    // Some bits of the exponent at a time, from the top.
    let step = (PIECE as u64 / size).clamp(1, bits) as usize;
    let exponent = exponent.unsigned_abs();
    for at in (0..(bits as usize).div_ceil(step)).rev() {
        if !go_on() {
            return Err(PowError::Stopped);
        }
        let part = (&exponent >> (at * step)).split_bits(step).0;
        result = result.pow(&(UBig::ONE << step)) * base.pow(&part);
    }
    let result = BigInt::from(result.residue());
    Ok(if is_negative(modulus) && !result.is_zero() { result + modulus } else { result })
}

/// Quotient rounded down and remainder with the divisor's sign; the divisor is not 0.
pub fn divmod(a: &BigInt, b: &BigInt, go_on: GoOn<'_>) -> Result<(BigInt, BigInt), Stopped> {
    let (bits_a, bits_b) = (bit_length(a), bit_length(b));
    room(u128::from(bits_a) * 2)?;
    if is_short(bits_a) || bits_b < 64 {
        return Ok(super::divmod(a, b).unwrap_or_default());
    }
    let (q, r) = divide(&a.unsigned_abs(), &b.unsigned_abs(), go_on)?;
    let sign = |negative| if negative { Sign::Negative } else { Sign::Positive };
    let mut q = BigInt::from_parts(sign(is_negative(a) != is_negative(b)), q);
    let mut r = BigInt::from_parts(sign(is_negative(a)), r);
    if !r.is_zero() && is_negative(&r) != is_negative(b) {
        q -= 1;
        r += b;
    }
    Ok((q, r))
}

fn divide(a: &UBig, b: &UBig, go_on: GoOn<'_>) -> Result<(UBig, UBig), Stopped> {
    let bits = length(b);
    if length(a) <= bits.max(PIECE) {
        ask(go_on)?;
        return Ok(a.div_rem(b));
    }
    // From the top, a piece of the quotient at a time.
    let step = bits.max(PIECE);
    let mut parts = Vec::new();
    let mut rest = a.clone();
    while length(&rest) > step {
        let (low, high) = rest.split_bits(step);
        parts.push(low);
        rest = high;
    }
    let (mut quotient, mut remainder) = if &rest < b { (UBig::ZERO, rest) } else { rest.div_rem(b) };
    while let Some(low) = parts.pop() {
        let (q, r) = step_of_division(&((remainder << step) + low), b, step, go_on)?;
        quotient = (quotient << step) + q;
        remainder = r;
    }
    Ok((quotient, remainder))
}

/// `a / b` for `a < b << bits`.
fn step_of_division(a: &UBig, b: &UBig, bits: usize, go_on: GoOn<'_>) -> Result<(UBig, UBig), Stopped> {
    if bits <= PIECE || length(b) <= PIECE {
        ask(go_on)?;
        return Ok(a.div_rem(b));
    }
    let half = bits / 2;
    let (low, high) = a.clone().split_bits(half);
    let (q1, r1) = estimated(&high, b, bits - half, go_on)?;
    let (q0, r0) = estimated(&((r1 << half) + low), b, half, go_on)?;
    Ok(((q1 << half) + q0, r0))
}

/// As [`step_of_division`], from the quotient by the upper bits of the divisor.
fn estimated(a: &UBig, b: &UBig, bits: usize, go_on: GoOn<'_>) -> Result<(UBig, UBig), Stopped> {
    // So many bits of the divisor say the quotient up to a unit or two.
    let cut = length(b).saturating_sub(bits + 2);
    if cut == 0 || bits <= PIECE {
        ask(go_on)?;
        return Ok(a.div_rem(b));
    }
    let (low, high) = b.clone().split_bits(cut);
    let (mut q, r) = step_of_division(&(a >> cut), &high, bits + 1, go_on)?;
    let mut rest = BigInt::from((r << cut) + a.clone().split_bits(cut).0) - BigInt::from(product(&q, &low, go_on)?);
    while is_negative(&rest) {
        q -= 1u8;
        rest += b;
    }
    Ok((q, rest.unsigned_abs()))
}

/// The text in base 10, without limit.
pub fn to_decimal(n: &BigInt, go_on: GoOn<'_>) -> Result<String, Stopped> {
    let bits = bit_length(n);
    if is_short(bits) {
        return Ok(super::to_text(n, 10)?);
    }
    room(u128::from(bits) * 8)?;
    // 10 ** (19 << level), until one has half as many digits as the number.
    let mut powers = vec![UBig::from(10u64.pow(19))];
    while length(&powers[powers.len() - 1]) * 2 <= bits as usize {
        let next = square(&powers[powers.len() - 1], go_on)?;
        powers.push(next);
    }
    let mut out = String::new();
    out.try_reserve(bits as usize / 3 + 20).map_err(|_| Stopped::Memory)?;
    if is_negative(n) {
        out.push('-');
    }
    digits(&n.unsigned_abs(), &powers, 0, &mut out, go_on)?;
    Ok(out)
}

/// Appends the digits, filled with zeros to `width`.
fn digits(n: &UBig, powers: &[UBig], width: usize, out: &mut String, go_on: GoOn<'_>) -> Result<(), Stopped> {
    let Some((power, smaller)) = powers.split_last().filter(|_| length(n) > PIECE) else {
        ask(go_on)?;
        // Formatting's own widths end at 65535.
        let text = n.to_string();
        out.extend(std::iter::repeat_n('0', width.saturating_sub(text.len())));
        out.push_str(&text);
        return Ok(());
    };
    if n < power {
        let low = 19 << (powers.len() - 1);
        if width > low {
            out.extend(std::iter::repeat_n('0', width - low));
        }
        return digits(n, smaller, width.min(low), out, go_on);
    }
    let low = 19 << (powers.len() - 1);
    let (high, rest) = divide(n, power, go_on)?;
    digits(&high, smaller, width.saturating_sub(low), out, go_on)?;
    digits(&rest, smaller, low, out, go_on)
}

/// The number of decimal digits.
pub fn from_decimal(text: &str, go_on: GoOn<'_>) -> Result<BigInt, Stopped> {
    room(text.len() as u128 * 8)?;
    let mut powers = vec![UBig::from(10u64.pow(19))];
    while (38 << (powers.len() - 1)) < text.len() && text.len() > PIECE / 4 {
        let next = square(&powers[powers.len() - 1], go_on)?;
        powers.push(next);
    }
    number(text, &powers, go_on).map(BigInt::from)
}

fn number(text: &str, powers: &[UBig], go_on: GoOn<'_>) -> Result<UBig, Stopped> {
    let low = 19 << (powers.len() - 1);
    if text.len() <= PIECE / 4 || powers.len() == 1 {
        ask(go_on)?;
        return Ok(UBig::from_str_radix(text, 10).unwrap_or_default());
    }
    let smaller = &powers[..powers.len() - 1];
    if text.len() <= low {
        return number(text, smaller, go_on);
    }
    let (high, rest) = text.split_at(text.len() - low);
    let high = product(&number(high, smaller, go_on)?, &powers[powers.len() - 1], go_on)?;
    Ok(high + number(rest, smaller, go_on)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_within_are_written() {
        let n = super::super::pow(&BigInt::from(10), 200_000).unwrap() + BigInt::from(7);
        let text = to_decimal(&n, &mut || true).unwrap();
        assert_eq!(
            (text.len(), &text[..2], text.trim_start_matches('1').trim_start_matches('0')),
            (200_001, "10", "7")
        );
    }

    #[test]
    fn agrees_with_the_library() {
        let mut state = 7u64;
        let mut random = |bits: usize| -> BigInt {
            let words = bits.div_ceil(64);
            let words: Vec<u64> = (0..words)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    match state >> 61 {
                        0 => 0,
                        1 => u64::MAX,
                        _ => state,
                    }
                })
                .collect();
            BigInt::from((UBig::from_words(&words) >> (words.len() * 64 - bits)) | (UBig::ONE << (bits - 1)))
        };
        let sizes = [65, 1000, 1100, 2050, 5000, 9001];
        let mut yes = || true;
        for a in sizes {
            for b in sizes {
                let (x, y) = (random(a), -random(b));
                let xy = mul(&x, &y, &mut yes).unwrap();
                assert_eq!(xy, &x * &y, "{a} * {b}");
                for dividend in [&xy + &x, xy.clone(), x.clone(), -&xy - 1] {
                    let expected = super::super::divmod(&dividend, &y);
                    assert_eq!(divmod(&dividend, &y, &mut yes).ok(), expected, "{a} / {b}");
                }
                assert_eq!(mul(&x, &x, &mut yes).unwrap(), BigInt::from(x.sqr()));
            }
            let x = -random(a);
            let text = super::super::to_text(&x, 10).unwrap();
            assert_eq!(to_decimal(&x, &mut yes).unwrap(), text);
            assert_eq!(-from_decimal(&text[1..], &mut yes).unwrap(), x);
            let power = BigInt::from(10).pow(a);
            assert_eq!(to_decimal(&power, &mut yes).unwrap(), format!("1{}", "0".repeat(a)));
            for m in [BigInt::from(10), -random(300)] {
                let expected = super::super::pow_mod(&x, &power, &m);
                assert_eq!(pow_mod(&x, &power, &m, &mut yes), expected, "{a}");
            }
            assert_eq!(pow(&BigInt::from(-12), a as u64, &mut yes).unwrap(), BigInt::from(-12).pow(a));
        }
    }

    #[test]
    fn it_stops_when_asked() {
        let n = BigInt::from(3).pow(20_000);
        let mut left = 5;
        let mut no = || {
            left -= 1;
            left > 0
        };
        assert_eq!(mul(&n, &(&n + 1), &mut no), Err(Stopped::Asked));
        assert_eq!(divmod(&(&n * &n), &n, &mut || false), Err(Stopped::Asked));
        assert_eq!(to_decimal(&n, &mut || false), Err(Stopped::Asked));
        assert_eq!(pow(&n, 3, &mut || false), Err(Stopped::Asked));
    }
}
