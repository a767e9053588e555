//! `math`'s functions of integers.

use dashu_int::UBig;
use dashu_int::ops::SquareRoot;

use super::long::{GoOn, Stopped, divmod, mul};
use super::{bit_length, gcd, room};
use crate::BigInt;

/// The integer square root; `None` for a negative number.
pub fn isqrt(n: &BigInt) -> Option<BigInt> {
    UBig::try_from(n.clone()).ok().map(|n| BigInt::from(n.sqrt()))
}

/// The least common multiple, never negative.
pub fn lcm(a: &BigInt, b: &BigInt) -> BigInt {
    if a.is_zero() || b.is_zero() {
        return BigInt::ZERO;
    }
    let product = a / gcd(a, b) * b;
    if super::is_negative(&product) { -product } else { product }
}

/// The product of `from..=to`, halving so that the factors stay of equal size.
fn product(from: u64, to: u64, go_on: GoOn<'_>) -> Result<BigInt, Stopped> {
    match to - from {
        0..=8 => Ok((from..=to).fold(BigInt::ONE, |p, n| p * n)),
        _ => {
            let middle = from + (to - from) / 2;
            halves(product(from, middle, go_on)?, product(middle + 1, to, go_on)?, go_on)
        }
    }
}

fn halves(a: BigInt, b: BigInt, go_on: GoOn<'_>) -> Result<BigInt, Stopped> {
    // Not for each of the small ones.
    if bit_length(&a) > 1 << 12 && !go_on() {
        return Err(Stopped::Asked);
    }
    mul(&a, &b, go_on)
}

/// `n!`
pub fn factorial(n: u64, go_on: GoOn<'_>) -> Result<BigInt, Stopped> {
    if n < 2 {
        return Ok(BigInt::ONE);
    }
    room(u128::from(n) * u128::from(n.ilog2() + 1))?;
    product(2, n, go_on)
}

/// The product of `count` factors falling from `n`.
fn falling(n: &BigInt, count: u64, go_on: GoOn<'_>) -> Result<BigInt, Stopped> {
    match u64::try_from(n) {
        Ok(n) if count > 0 => product(n - count + 1, n, go_on),
        _ if count == 0 => Ok(BigInt::ONE),
        _ if count <= 8 => Ok((0..count).fold(BigInt::ONE, |p, i| p * (n - i))),
        _ => {
            let upper = falling(n, count / 2, go_on)?;
            halves(upper, falling(&(n - count / 2), count - count / 2, go_on)?, go_on)
        }
    }
}

/// `math.perm(n, k)` for non-negative arguments.
pub fn perm(n: &BigInt, k: u64, go_on: GoOn<'_>) -> Result<BigInt, Stopped> {
    if *n < BigInt::from(k) {
        return Ok(BigInt::ZERO);
    }
    room(u128::from(bit_length(n)) * u128::from(k))?;
    falling(n, k, go_on)
}

/// `math.comb(n, k)` for non-negative arguments; the caller has replaced `k` by `min(k, n - k)`.
pub fn comb(n: &BigInt, k: u64, go_on: GoOn<'_>) -> Result<BigInt, Stopped> {
    if *n < BigInt::from(k) {
        return Ok(BigInt::ZERO);
    }
    room(u128::from(bit_length(n)) * u128::from(k))?;
    choose(n, k, go_on)
}

/// C(n, k) = C(n, j) · C(n − j, k − j) / C(k, j): the numbers stay small compared with falling products.
fn choose(n: &BigInt, k: u64, go_on: GoOn<'_>) -> Result<BigInt, Stopped> {
    if k <= 16 {
        return Ok(falling(n, k, go_on)? / falling(&BigInt::from(k), k, go_on)?);
    }
    let j = k / 2;
    let upper = choose(n, j, go_on)?;
    let both = halves(upper, choose(&(n - j), k - j, go_on)?, go_on)?;
    Ok(divmod(&both, &choose(&BigInt::from(k), j, go_on)?, go_on)?.0)
}
