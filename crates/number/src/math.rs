//! What `math` has and the standard library lacks.
//!
//! Functions that the C library gives CPython (`exp`, `sin`, `log`, …) are the standard library's, which calls the same C
//! library.

/// The gamma function: infinite if the result is too large, NaN at the poles below zero (the caller raises).
pub fn gamma(x: f64) -> f64 {
    if x == 0.0 || x == f64::NEG_INFINITY || (x < 0.0 && x == x.floor()) {
        return f64::NAN;
    }
    // The library's series is a last digit off here; products of small integers are exact.
    if x == x.floor() && x <= 23.0 {
        return (2..x as u64).fold(1.0, |p, n| p * n as f64);
    }
    libm::tgamma(x)
}

/// The logarithm of the absolute value of gamma: infinite at the poles.
pub fn lgamma(x: f64) -> f64 {
    if x.is_infinite() {
        return f64::INFINITY;
    }
    libm::lgamma(x)
}

/// The error function.
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// The complementary error function.
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// The IEEE 754 remainder; NaN for an infinite `x` or a zero `y` (the caller raises).
pub fn remainder(x: f64, y: f64) -> f64 {
    if x.is_finite() && y.is_infinite() {
        return x;
    }
    libm::remquo(x, y).0
}

/// `x · y + z`, rounded once.
pub fn fma(x: f64, y: f64, z: f64) -> f64 {
    libm::fma(x, y, z)
}

/// The float `steps` floats away from `x` towards `y`.
pub fn nextafter(x: f64, y: f64, steps: u64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return x + y;
    }
    if x == y {
        return y;
    }
    // On this scale neighbouring floats are neighbouring integers; both zeros are 0.
    let rank = |x: f64| {
        let bits = x.to_bits() as i64;
        i128::from(if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits })
    };
    let (from, to, steps) = (rank(x), rank(y), i128::from(steps));
    if steps == 0 {
        return x;
    }
    let reached = if from < to { (from + steps).min(to) } else { (from - steps).max(to) };
    if reached == to {
        return y;
    }
    let magnitude = f64::from_bits(reached.unsigned_abs() as u64);
    match reached {
        0 => 0.0f64.copysign(x),
        1.. => magnitude,
        _ => -magnitude,
    }
}

/// The value of the least significant bit of `x`.
pub fn ulp(x: f64) -> f64 {
    let x = x.abs();
    if !x.is_finite() {
        return x;
    }
    let above = x.next_up();
    if above.is_infinite() { x - x.next_down() } else { above - x }
}

/// Mantissa and exponent: `x = m · 2^e` with `0.5 <= |m| < 1` (zero, infinities and NaN as they are with `e` = 0).
pub fn frexp(x: f64) -> (f64, i32) {
    libm::frexp(if x.is_finite() { x } else { return (x, 0) })
}

/// `x · 2^exponent`, rounded once; infinite if too large.
pub fn ldexp(x: f64, exponent: i64) -> f64 {
    libm::scalbn(x, exponent.clamp(-10_000, 10_000) as i32)
}

/// Why `fsum` failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumError {
    /// OverflowError: intermediate overflow in fsum
    Overflow,
    /// ValueError: -inf + inf in fsum
    Infinities,
}

/// A sum without rounding error (Shewchuk's method): partial sums that do not overlap, in increasing magnitude.
#[derive(Clone, Debug, Default)]
pub struct Sum {
    partials: Vec<f64>,
    /// The sum of the infinities and NaNs.
    special: f64,
    infinities: f64,
    has_special: bool,
}

impl Sum {
    /// An empty sum.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a number.
    pub fn add(&mut self, number: f64) -> Result<(), SumError> {
        let mut x = number;
        let mut kept = 0;
        for j in 0..self.partials.len() {
            let mut y = self.partials[j];
            if x.abs() < y.abs() {
                (x, y) = (y, x);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                self.partials[kept] = low;
                kept += 1;
            }
            x = high;
        }
        self.partials.truncate(kept);
        if x == 0.0 {
            return Ok(());
        }
        if x.is_finite() {
            self.partials.push(x);
            return Ok(());
        }
        if number.is_finite() {
            return Err(SumError::Overflow);
        }
        if number.is_infinite() {
            self.infinities += number;
        }
        self.special += number;
        self.has_special = true;
        self.partials.clear();
        Ok(())
    }

    /// The sum, rounded once.
    pub fn finish(self) -> Result<f64, SumError> {
        if self.has_special {
            return if self.infinities.is_nan() { Err(SumError::Infinities) } else { Ok(self.special) };
        }
        let mut rest = self.partials.into_iter().rev();
        let Some(mut high) = rest.next() else { return Ok(0.0) };
        let mut low = 0.0;
        for y in rest.by_ref() {
            let x = high;
            high = x + y;
            low = y - (high - x);
            if low != 0.0 {
                break;
            }
        }
        // A tie is decided by what lies below: round half-even across several partials.
        if let Some(next) = rest.next()
            && ((low < 0.0 && next < 0.0) || (low > 0.0 && next > 0.0))
        {
            let double = low * 2.0;
            let moved = high + double;
            if double == moved - high {
                high = moved;
            }
        }
        Ok(high)
    }
}

/// A product as the rounded value and the error.
fn two_product(x: f64, y: f64) -> (f64, f64) {
    let high = x * y;
    (high, libm::fma(x, y, -high))
}

/// A sum as the rounded value and the error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let c = sum - a;
    (sum, (a - (sum - c)) + (b - c))
}

/// A sum of products in triple length, as `math.sumprod` has it.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProductSum {
    high: f64,
    low: f64,
    tiny: f64,
    /// The sum with all its rounding, which stands when the other is not finite.
    plain: f64,
}

impl ProductSum {
    /// Zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing has overflowed yet.
    pub fn is_finite(&self) -> bool {
        self.high.is_finite()
    }

    /// Adds `x · y`.
    pub fn add(&mut self, x: f64, y: f64) {
        let (product, product_error) = two_product(x, y);
        let (high, error) = two_sum(self.high, product);
        let (low, error_1) = two_sum(self.low, product_error);
        let (low, error_2) = two_sum(low, error);
        *self = ProductSum { high, low, tiny: self.tiny + error_1 + error_2, plain: self.plain + product };
    }

    /// The sum, rounded.
    pub fn finish(self) -> f64 {
        let (last, low) = two_sum(self.tiny, self.low);
        let (high, error) = two_sum(self.high, last);
        let sum = high + (low + error);
        if sum.is_finite() { sum } else { self.plain }
    }
}

/// The Euclidean length of a vector, to within one unit in the last place and nearly always correctly rounded.
pub fn hypot(coordinates: &[f64]) -> f64 {
    let largest = coordinates.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    if coordinates.iter().any(|x| x.is_infinite()) {
        return f64::INFINITY;
    }
    if coordinates.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if largest == 0.0 || coordinates.len() == 1 {
        return largest;
    }
    let (_, exponent) = frexp(largest);
    if exponent < -1023 {
        // Subnormal: scale up so that the scale itself is a normal number.
        let scaled: Vec<f64> = coordinates.iter().map(|x| x / f64::MIN_POSITIVE).collect();
        return f64::MIN_POSITIVE * hypot(&scaled);
    }
    let scale = libm::ldexp(1.0, -exponent);
    let mut squares = Squares { sum: 1.0, low_1: 0.0, low_2: 0.0 };
    for x in coordinates {
        let x = x * scale;
        squares.add(two_product(x, x));
    }
    let root = squares.total().sqrt();
    // One step of Newton's method with the residue in double length.
    squares.add(two_product(-root, root));
    (root + squares.total() / (2.0 * root)) / scale
}

/// A sum of numbers below 1 in double length. It starts at 1, so that the error of each addition is exact.
struct Squares {
    sum: f64,
    low_1: f64,
    low_2: f64,
}

impl Squares {
    fn add(&mut self, (high, low): (f64, f64)) {
        let next = self.sum + high;
        self.low_1 += low;
        self.low_2 += high - (next - self.sum);
        self.sum = next;
    }

    fn total(&self) -> f64 {
        self.sum - 1.0 + (self.low_1 + self.low_2)
    }
}

/// The distance of two points; the caller has checked that they have as many coordinates.
pub fn dist(p: &[f64], q: &[f64]) -> f64 {
    let differences: Vec<f64> = p.iter().zip(q).map(|(a, b)| a - b).collect();
    hypot(&differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        let sum = |xs: &[f64]| {
            let mut sum = Sum::new();
            xs.iter().try_for_each(|&x| sum.add(x))?;
            sum.finish()
        };
        assert_eq!(sum(&[0.1; 10]), Ok(1.0));
        assert_eq!(sum(&[1e100, 1.0, -1e100]), Ok(1.0));
        assert_eq!(sum(&[1e16, 1.0, 1e-16]), Ok(1e16 + 2.0));
        assert_eq!(sum(&[1e308, 1e308]), Err(SumError::Overflow));
        assert_eq!(sum(&[f64::INFINITY, f64::NEG_INFINITY]), Err(SumError::Infinities));
        assert_eq!(sum(&[f64::INFINITY, 1.0]), Ok(f64::INFINITY));
        let mut products = ProductSum::new();
        [(10.0, 0.1), (-1.0, 1.0), (1e-30, 1.0)].iter().for_each(|&(x, y)| products.add(x, y));
        assert_eq!(products.finish(), 5.551115123125883e-17);
    }

    #[test]
    fn neighbours() {
        assert_eq!(nextafter(1.0, 2.0, 1), 1.0 + f64::EPSILON);
        assert_eq!(nextafter(5e-324, -1.0, 2), -5e-324);
        assert_eq!(nextafter(1.0, 0.0, u64::MAX), 0.0);
        assert!(nextafter(-5e-324, 1.0, 1).is_sign_negative());
        assert_eq!((ulp(1.0), ulp(f64::MAX), ulp(0.0)), (f64::EPSILON, 1.99584030953472e292, 5e-324));
        assert_eq!((remainder(7.0, 2.0), remainder(5.0, 2.0), remainder(-1.0, f64::INFINITY)), (-1.0, 1.0, -1.0));
    }

    #[test]
    fn special_functions() {
        assert_eq!((gamma(5.0), gamma(0.5)), (24.0, 1.7724538509055159));
        assert!(gamma(-1.0).is_nan() && gamma(172.0).is_infinite());
        assert_eq!((lgamma(100.0), lgamma(-2.0)), (359.13420536957545, f64::INFINITY));
        assert_eq!((erf(0.5), erfc(5.0)), (0.5204998778130465, 1.5374597944280351e-12));
    }

    #[test]
    fn lengths() {
        assert_eq!(hypot(&[3.0, 4.0, 12.0]), 13.0);
        assert_eq!(hypot(&[1e308, 1e308]), 1.4142135623730951e308);
        assert_eq!(hypot(&[5e-324, 5e-324]), 5e-324);
        assert_eq!(hypot(&[f64::NAN, f64::NEG_INFINITY]), f64::INFINITY);
        assert_eq!(dist(&[1.0, 2.0], &[4.0, 6.0]), 5.0);
    }
}
