//! `math`'s functions of integers.

use dashu_int::UBig;
use dashu_int::ops::SquareRoot;

use super::{bit_length, gcd, room};
use crate::{BigInt, OutOfMemory};

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
fn product(from: u64, to: u64) -> BigInt {
    match to - from {
        0..=8 => (from..=to).fold(BigInt::ONE, |p, n| p * n),
        _ => {
            let middle = from + (to - from) / 2;
            product(from, middle) * product(middle + 1, to)
        }
    }
}

/// `n!`
pub fn factorial(n: u64) -> Result<BigInt, OutOfMemory> {
    if n < 2 {
        return Ok(BigInt::ONE);
    }
    room(u128::from(n) * u128::from(n.ilog2() + 1))?;
    Ok(product(2, n))
}

/// The product of `count` factors falling from `n`.
fn falling(n: &BigInt, count: u64) -> BigInt {
    match u64::try_from(n) {
        Ok(n) if count > 0 => product(n - count + 1, n),
        _ if count == 0 => BigInt::ONE,
        _ if count <= 8 => (0..count).fold(BigInt::ONE, |p, i| p * (n - i)),
        _ => falling(n, count / 2) * falling(&(n - count / 2), count - count / 2),
    }
}

/// `math.perm(n, k)` for non-negative arguments.
pub fn perm(n: &BigInt, k: u64) -> Result<BigInt, OutOfMemory> {
    if *n < BigInt::from(k) {
        return Ok(BigInt::ZERO);
    }
    room(u128::from(bit_length(n)) * u128::from(k))?;
    Ok(falling(n, k))
}

/// `math.comb(n, k)` for non-negative arguments; the caller has replaced `k` by `min(k, n - k)`.
pub fn comb(n: &BigInt, k: u64) -> Result<BigInt, OutOfMemory> {
    if *n < BigInt::from(k) {
        return Ok(BigInt::ZERO);
    }
    room(u128::from(bit_length(n)) * u128::from(k))?;
    Ok(choose(n, k))
}

/// C(n, k) = C(n, j) · C(n − j, k − j) / C(k, j): the numbers stay small compared with falling products.
fn choose(n: &BigInt, k: u64) -> BigInt {
    if k <= 16 {
        return falling(n, k) / falling(&BigInt::from(k), k);
    }
    let j = k / 2;
    choose(n, j) * choose(&(n - j), k - j) / choose(&BigInt::from(k), j)
}
