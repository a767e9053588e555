//! Exponential, logarithms and powers. The first three are correctly rounded: they are computed with more and more
//! digits until those decide.

use super::{Context, Decimal, Rounding, digit_count, fits, pow10, status};
use crate::BigInt;
use dashu_int::UBig;
use dashu_int::ops::{DivRem, UnsignedAbs};

/// Bits for this many decimal digits, and some to spare.
fn bits_for(digits: i64) -> usize {
    (digits.max(1) as usize) * 3322 / 1000 + 72
}

/// Cuts off the last bits, towards zero.
fn cut_bits(n: BigInt, bits: usize) -> BigInt {
    if crate::int::is_negative(&n) { -(-n >> bits) } else { n >> bits }
}

/// `2 * artanh(a / b)` with `bits` bits behind the point.
fn log_series(a: &BigInt, b: &BigInt, bits: usize) -> BigInt {
    let mut power = (a << bits) / b;
    let square = cut_bits(&power * &power, bits);
    let mut sum = power.clone();
    let mut n = 3u32;
    while !power.is_zero() {
        power = cut_bits(&power * &square, bits);
        sum += &power / BigInt::from(n);
        n += 2;
    }
    sum * BigInt::from(2)
}

fn ln2(bits: usize) -> BigInt {
    log_series(&BigInt::from(1), &BigInt::from(3), bits)
}

fn ln10(bits: usize) -> BigInt {
    // 10 = 8 * 5/4
    ln2(bits) * BigInt::from(3) + log_series(&BigInt::from(1), &BigInt::from(9), bits)
}

/// ln(c * 10^e) with `bits` bits behind the point.
fn ln_bits(c: &UBig, e: i64, bits: usize) -> BigInt {
    let digits = digit_count(c);
    // c = m * 10^(digits - 1) with m from 1 to 10.
    let m = (BigInt::from(c.clone()) << bits) / BigInt::from(pow10((digits - 1) as u64));
    let power = e + digits - 1;
    // m = y * 2^k with y from 3/4 to 3/2.
    let one = BigInt::from(1) << bits;
    let mut k = 0usize;
    while (&m >> k) * BigInt::from(2) > &one * BigInt::from(3) {
        k += 1;
    }
    let scaled_one = &one << k;
    let series = log_series(&(&m - &scaled_one), &(&m + &scaled_one), bits);
    series + ln2(bits) * BigInt::from(k) + ln10(bits) * BigInt::from(power)
}

/// exp(x) for x with `bits` bits behind the point: a value with as many bits, and a power of ten.
fn exp_bits(x: &BigInt, bits: usize) -> (BigInt, i64) {
    let ten = ln10(bits);
    let power = (x + (&ten >> 1usize)).div_euclid_by(&ten);
    let mut rest = x - &ten * &power;
    // Smaller for the series; squared back afterwards.
    let halvings = 8 + bits / 256;
    let wide = bits + 2 * halvings + 16;
    rest = cut_bits(rest << (wide - bits), halvings);
    let one = BigInt::from(1) << wide;
    let (mut sum, mut term, mut n) = (one.clone(), one, 1u32);
    while !term.is_zero() {
        term = cut_bits(&term * &rest, wide) / BigInt::from(n);
        sum += &term;
        n += 1;
    }
    for _ in 0..halvings {
        sum = (&sum * &sum) >> wide;
    }
    (sum >> (wide - bits), i64::try_from(&power).unwrap_or(0))
}

trait DivEuclid {
    fn div_euclid_by(&self, by: &BigInt) -> BigInt;
}

impl DivEuclid for BigInt {
    fn div_euclid_by(&self, by: &BigInt) -> BigInt {
        crate::int::floor_div(self, by).unwrap_or_default()
    }
}

/// A number with `bits` bits behind the point as a decimal with `digits` digits, cut off, and a power of ten on top.
fn to_decimal(value: &BigInt, bits: usize, digits: i64, power: i64) -> Decimal {
    let negative = crate::int::is_negative(value);
    let size = value.clone().unsigned_abs();
    if size.is_zero() {
        return Decimal::finite(false, UBig::ZERO, -digits);
    }
    let whole = digit_count(&(&size >> bits));
    // Small values have zeros behind the point.
    let magnitude = if (&size >> bits).is_zero() {
        let length = crate::int::bit_length(value) as i64;
        -((bits as i64 - length) * 30103 / 100_000)
    } else {
        whole
    };
    let places = digits - magnitude + 1;
    let coefficient =
        if places >= 0 { (size * pow10(places as u64)) >> bits } else { (size >> bits) / pow10(places.unsigned_abs()) };
    Decimal::finite(negative, coefficient, power - places)
}

/// Whether the digits behind the precision decide the rounding in spite of a small error in the last ones.
fn decides(number: &Decimal, prec: i64) -> bool {
    let spare = number.digits() - prec;
    if spare < 4 {
        return false;
    }
    let unit = pow10(spare as u64);
    let rest = &number.coefficient % &unit;
    let error = UBig::from(1000u16);
    let half = &unit >> 1usize;
    let near = |a: &UBig, b: &UBig| if a >= b { a - b <= error } else { b - a <= error };
    !near(&rest, &half) && rest > error && !near(&rest, &unit)
}

/// Rounds an approximation of an irrational number, made with more and more digits.
fn round_up_to(context: &Context, status: &mut u32, mut approximate: impl FnMut(i64) -> Decimal) -> Decimal {
    let mut digits = context.prec + 8;
    loop {
        let mut value = approximate(digits);
        if decides(&value, context.prec) || digits > 8 * context.prec + 4000 {
            // A one behind the last digit: the value is never exact.
            value.coefficient = value.coefficient * UBig::from(10u8) + 1u8;
            value.exponent -= 1;
            let context = Context { rounding: Rounding::HalfEven, ..*context };
            *status |= status::INEXACT | status::ROUNDED;
            return value.finalized(&context, status);
        }
        digits += digits / 2 + 8;
    }
}

impl Decimal {
    pub fn exp(&self, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self]) {
            return nan;
        }
        if self.is_infinite() {
            return if self.negative { Decimal::finite(false, UBig::ZERO, 0) } else { self.clone() };
        }
        if self.is_zero() {
            return Decimal::from_u64(1);
        }
        let context = &Context { rounding: Rounding::HalfEven, ..*context };
        // Far out of range, or so near to zero that only the last digit is touched.
        if self.adjusted() > 19 {
            let exponent = if self.negative { -4 * super::MAX } else { 4 * super::MAX };
            return Decimal::finite(false, UBig::ONE, exponent).finalized(context, status);
        }
        if self.adjusted() < -(context.prec + 1) {
            if !fits(context.prec) {
                return Decimal::invalid(status, status::MEMORY);
            }
            let one = pow10(context.prec as u64 + 1);
            let near = if self.negative { one - 1u8 } else { one + 1u8 };
            return Decimal::finite(false, near, -(context.prec + 1)).finalized(context, status);
        }
        if !fits(context.prec * 4) {
            return Decimal::invalid(status, status::MEMORY);
        }
        round_up_to(context, status, |digits| {
            let bits = bits_for(digits + self.adjusted().max(0) + 3);
            let x = fixed(self, bits);
            let (value, power) = exp_bits(&x, bits);
            to_decimal(&value, bits, digits, power)
        })
    }

    pub fn ln(&self, context: &Context, status: &mut u32) -> Decimal {
        self.logarithm(context, status, false)
    }

    pub fn log10(&self, context: &Context, status: &mut u32) -> Decimal {
        self.logarithm(context, status, true)
    }

    fn logarithm(&self, context: &Context, status: &mut u32, ten: bool) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self]) {
            return nan;
        }
        if self.is_zero() {
            return Decimal::infinity(true);
        }
        if self.negative {
            return Decimal::invalid(status, status::INVALID_OPERATION);
        }
        if self.is_infinite() {
            return self.clone();
        }
        let context = &Context { rounding: Rounding::HalfEven, ..*context };
        let power_of_ten = {
            let (kept, rest) = self.coefficient.clone().div_rem(pow10((self.digits() - 1) as u64));
            rest.is_zero() && kept.is_one()
        };
        if power_of_ten && (ten || self.adjusted() == 0) {
            let log = if ten { self.adjusted() } else { 0 };
            return Decimal::finite(log < 0, UBig::from(log.unsigned_abs()), 0).finalized(context, status);
        }
        if !fits(context.prec * 4) {
            return Decimal::invalid(status, status::MEMORY);
        }
        // Near to one the logarithm is small, and its first digits lie far behind the point.
        let near = if matches!(self.adjusted(), 0 | -1) {
            let one = Decimal::from_u64(1);
            let difference = self.sub(&one, &Context::MAX.with_prec(self.digits() + 20), &mut 0);
            if difference.is_finite() { (-difference.adjusted()).max(0) } else { 0 }
        } else {
            0
        };
        round_up_to(context, status, |digits| {
            let bits = bits_for(digits + near + 24);
            let value = ln_bits(&self.coefficient, self.exponent, bits);
            let value = if ten { (value << bits) / ln10(bits) } else { value };
            to_decimal(&value, bits, digits, 0)
        })
    }

    /// `self ** other`. Exact where the result is a number with few digits and the exponent an integer.
    pub fn pow(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self, other]) {
            return nan;
        }
        let odd = other.is_odd();
        let negative = self.negative && odd;
        if self.is_zero() && other.is_zero() {
            return Decimal::invalid(status, status::INVALID_OPERATION);
        }
        if other.is_zero() {
            return Decimal::from_u64(1);
        }
        if self.is_zero() || self.is_infinite() {
            if self.negative && other.is_infinite() && self.is_infinite() {
                return Decimal::invalid(status, status::INVALID_OPERATION);
            }
            if self.negative && !self.is_zero() && !other.is_integer() {
                return Decimal::invalid(status, status::INVALID_OPERATION);
            }
            let grows = self.is_infinite() != other.negative;
            return if grows { Decimal::infinity(negative) } else { Decimal::finite(negative, UBig::ZERO, 0) };
        }
        if self.negative && (other.is_infinite() || !other.is_integer()) {
            return Decimal::invalid(status, status::INVALID_OPERATION);
        }
        let one = Decimal::from_u64(1);
        let magnitude = self.clone().with_sign(false);
        let order = magnitude.order(&one);
        if order.is_eq() {
            return one_with_zeros(self, other, negative, context, status);
        }
        if other.is_infinite() {
            let grows = order.is_gt() != other.negative;
            return if grows { Decimal::infinity(false) } else { Decimal::finite(false, UBig::ZERO, 0) };
        }
        // How many digits the result has before the point (or zeros behind it), roughly.
        let size = {
            let mut ignored = 0;
            let narrow = Context::MAX.with_prec(9);
            other.mul(&magnitude.log10(&narrow, &mut ignored), &narrow, &mut ignored)
        };
        if size.adjusted() > 19 {
            let exponent = if size.negative { -4 * super::MAX } else { 4 * super::MAX };
            return Decimal::finite(negative, UBig::ONE, exponent).finalized(context, status);
        }
        if let Some(exact) = whole_power(&magnitude, other, context, status) {
            return exact.with_sign(negative).finalized(context, status);
        }
        if !fits(context.prec * 4) || other.adjusted() > 1 << 24 {
            return Decimal::invalid(status, status::MEMORY);
        }
        if size.is_zero() || size.adjusted() < -(context.prec + 3) {
            // So near to one that only the last digit is touched.
            let one = pow10(context.prec as u64 + 1);
            let near = if size.negative { one - 1u8 } else { one + 1u8 };
            let context = Context { rounding: Rounding::HalfEven, ..*context };
            return Decimal::finite(negative, near, -(context.prec + 1)).finalized(&context, status);
        }
        let value = {
            let digits = context.prec + 8;
            let bits = bits_for(digits + size.adjusted().max(0) + other.adjusted().max(0) + 24);
            let log = ln_bits(&magnitude.coefficient, magnitude.exponent, bits);
            let (value, power) = exp_bits(&times(&log, other), bits);
            to_decimal(&value, bits, digits, power)
        };
        *status |= status::INEXACT | status::ROUNDED;
        let near = Context { rounding: Rounding::HalfEven, ..*context };
        let wide = Context {
            emax: 3 * super::MAX,
            emin: -3 * super::MAX,
            clamp: false,
            ..context.with_prec(context.prec + 4)
        };
        let result = value.finalized(&wide, &mut 0);
        let result = result.with_sign(negative).padded(context.prec).finalized(&near, status);
        if *status & status::SUBNORMAL != 0 {
            *status |= status::UNDERFLOW;
        }
        result
    }

    /// The number with zeros behind it up to this many digits.
    fn padded(mut self, digits: i64) -> Decimal {
        let more = digits - self.digits();
        if self.is_finite() && more > 0 && fits(digits) {
            self.coefficient = &self.coefficient * pow10(more as u64);
            self.exponent -= more;
        }
        self
    }
}

/// x with `bits` bits behind the point.
fn fixed(x: &Decimal, bits: usize) -> BigInt {
    let coefficient = BigInt::from(x.coefficient.clone()) << bits;
    let size = if x.exponent >= 0 {
        coefficient * BigInt::from(pow10(x.exponent as u64))
    } else if x.exponent.unsigned_abs() as usize > bits + x.digits() as usize {
        BigInt::ZERO
    } else {
        coefficient / BigInt::from(pow10(x.exponent.unsigned_abs()))
    };
    if x.negative { -size } else { size }
}

/// A fixed-point number times a decimal.
fn times(a: &BigInt, x: &Decimal) -> BigInt {
    let product = a * BigInt::from(x.coefficient.clone());
    let product = if x.exponent >= 0 {
        product * BigInt::from(pow10(x.exponent as u64))
    } else if x.exponent.unsigned_abs() > crate::int::bit_length(&product) {
        BigInt::ZERO
    } else {
        product / BigInt::from(pow10(x.exponent.unsigned_abs()))
    };
    if x.negative { -product } else { product }
}

/// 1 to any power: with all the digits that an inexact power has, and exact only for integers.
fn one_with_zeros(base: &Decimal, other: &Decimal, negative: bool, context: &Context, status: &mut u32) -> Decimal {
    if !fits(context.prec) {
        return Decimal::invalid(status, status::MEMORY);
    }
    let inexact = other.is_infinite() || !other.is_integer();
    if inexact {
        *status |= status::INEXACT | status::ROUNDED;
        return Decimal::finite(negative, UBig::ONE, 0).padded(context.prec);
    }
    // An integer power of 1.00 has as many zeros as the product would have.
    let zeros = base.exponent.min(0).unsigned_abs();
    let n = i64::try_from(&other.coefficient).ok().filter(|_| other.exponent == 0);
    let wanted = n.map_or(context.prec, |n| (zeros as i64).saturating_mul(n)).max(0);
    if wanted > context.prec - 1 {
        *status |= status::ROUNDED;
    }
    let shift = wanted.min(context.prec - 1).max(0);
    if other.negative {
        return Decimal::finite(negative, UBig::ONE, 0);
    }
    Decimal::finite(negative, pow10(shift as u64), -shift)
}

/// An integer power by repeated squaring, with some digits more than asked for.
fn whole_power(base: &Decimal, other: &Decimal, context: &Context, status: &mut u32) -> Option<Decimal> {
    if !other.is_integer() {
        return None;
    }
    let n = if other.exponent >= 0 {
        if other.exponent > 19 {
            return None;
        }
        u64::try_from(&(&other.coefficient * pow10(other.exponent as u64))).ok()?
    } else {
        u64::try_from(&(&other.coefficient / pow10(other.exponent.unsigned_abs()))).ok()?
    };
    let wide = Context {
        prec: context.prec + 4 + 20,
        emax: 3 * super::MAX,
        emin: -3 * super::MAX,
        clamp: false,
        rounding: Rounding::HalfEven,
    };
    // The exact result may have fewer digits than are asked for.
    let exact = i64::try_from(n).map_or(i64::MAX, |n| n.saturating_mul(base.digits()));
    if !fits(wide.prec.min(exact)) {
        *status |= status::MEMORY;
        return Some(Decimal::nan());
    }
    let mut own = 0;
    // Under a one zeros at the end are no digits.
    let stripped = if other.negative { base.reduce(&Context::MAX, &mut 0) } else { base.clone() };
    let base = &stripped;
    let mut result = Decimal::from_u64(1);
    let mut bit = 64 - n.leading_zeros();
    while bit > 0 {
        bit -= 1;
        result = result.mul(&result, &wide, &mut own);
        if n >> bit & 1 == 1 {
            result = result.mul(base, &wide, &mut own);
        }
        if !result.is_finite() || result.adjusted().abs() > 2 * super::MAX {
            let exponent = if (result.is_infinite() || result.adjusted() > 0) != other.negative { 4 } else { -4 };
            return Some(Decimal::finite(false, UBig::ONE, exponent * super::MAX));
        }
    }
    if other.negative {
        result = Decimal::from_u64(1).div(&result, &wide, &mut own);
    }
    *status |= own & (status::INEXACT | status::ROUNDED);
    Some(result)
}
