//! The four operations, remainders, and moving the exponent.

use super::{Context, Decimal, Kind, Rounding, cut, digit_count, digits_of_words, fits, pow10, status};
use dashu_int::UBig;
use dashu_int::ops::DivRem;
use std::cmp::Ordering;

/// The two coefficients at the lower one's exponent. A number that is too small to matter is first made as small as it
/// may be without being seen.
fn aligned(a: &Decimal, b: &Decimal, prec: i64) -> Option<(UBig, UBig, i64)> {
    let (high, low) = if a.exponent >= b.exponent { (a, b) } else { (b, a) };
    let mut low_coefficient = low.coefficient.clone();
    let mut exponent = low.exponent;
    let least = high.exponent + (high.digits() - prec - 2).min(-1);
    if low.digits() + low.exponent - 1 < least && !low.coefficient.is_zero() {
        (low_coefficient, exponent) = (UBig::ONE, least);
    }
    let shift = high.exponent - exponent;
    if !fits(shift + high.digits()) {
        return None;
    }
    let high_coefficient = match shift {
        ..=0 => high.coefficient.clone(),
        _ => &high.coefficient * pow10(shift as u64),
    };
    Some(if a.exponent >= b.exponent {
        (high_coefficient, low_coefficient, exponent)
    } else {
        (low_coefficient, high_coefficient, exponent)
    })
}

impl Decimal {
    pub fn add(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        self.add_signed(other, other.negative, context, status)
    }

    pub fn sub(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        self.add_signed(other, !other.negative, context, status)
    }

    fn add_signed(&self, other: &Decimal, negative: bool, context: &Context, status: &mut u32) -> Decimal {
        if let Some((sign, sum, exponent)) = self.add_small(other, negative)
            && context.holds(digits_of_words(sum), exponent)
        {
            return Decimal::finite(sign, UBig::from(sum), exponent);
        }
        if let Some(nan) = Decimal::nan_of(context, status, &[self, other]) {
            return nan;
        }
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) if self.negative != negative => {
                return Decimal::invalid(status, status::INVALID_OPERATION);
            }
            (true, _) => return self.clone(),
            (_, true) => return Decimal::infinity(negative),
            _ => {}
        }
        self.add_exact(other, negative, context, status).finalized(context, status)
    }

    /// The sum before rounding of finite numbers that are not zero, if machine words hold it and it is not zero either:
    /// sign, coefficient and exponent.
    #[inline]
    fn add_small(&self, other: &Decimal, negative: bool) -> Option<(bool, u128, i64)> {
        let (x, y) = (u128::from(self.small()?), u128::from(other.small()?));
        let shift = self.exponent - other.exponent;
        // Below ten to the 19th times 2 to the 64th.
        let scale = u128::from(*super::POWERS.get(shift.unsigned_abs() as usize)?);
        let (x, y) = if shift > 0 { (x * scale, y) } else { (x, y * scale) };
        if x == 0 || y == 0 || self.negative != negative && x == y {
            return None;
        }
        let (sign, sum) = match self.negative == negative {
            true => (negative, x + y),
            false if x > y => (self.negative, x - y),
            false => (negative, y - x),
        };
        Some((sign, sum, self.exponent.min(other.exponent)))
    }

    /// The sum of finite numbers before rounding, or one that rounds to the same.
    fn add_exact(&self, other: &Decimal, negative: bool, context: &Context, status: &mut u32) -> Decimal {
        let exponent = self.exponent.min(other.exponent);
        let zero_sign = if self.negative == negative { negative } else { context.rounding == Rounding::Floor };
        match (self.coefficient.is_zero(), other.coefficient.is_zero()) {
            (true, true) => return Decimal::finite(zero_sign, UBig::ZERO, exponent),
            (true, false) | (false, true) => {
                // Zeros are added as far as the precision has room.
                let (number, sign) =
                    if other.coefficient.is_zero() { (self, self.negative) } else { (other, negative) };
                let exponent = exponent.max(number.exponent - context.prec - 1);
                let shift = (number.exponent - exponent).min(context.prec + 1 - number.digits().min(context.prec + 1));
                if !fits(shift + number.digits()) {
                    return Decimal::invalid(status, status::MEMORY);
                }
                let coefficient = &number.coefficient * pow10(shift.max(0) as u64);
                let result = Decimal::finite(sign, coefficient, number.exponent - shift.max(0));
                if result.exponent > self.exponent.min(other.exponent) {
                    *status |= status::ROUNDED;
                }
                return result;
            }
            (false, false) => {}
        }
        let Some((a, b, exponent)) = aligned(self, other, context.prec) else {
            return Decimal::invalid(status, status::MEMORY);
        };
        if self.negative == negative {
            return Decimal::finite(negative, a + b, exponent);
        }
        match a.cmp(&b) {
            Ordering::Equal => Decimal::finite(zero_sign, UBig::ZERO, exponent),
            Ordering::Greater => Decimal::finite(self.negative, a - b, exponent),
            Ordering::Less => Decimal::finite(negative, b - a, exponent),
        }
    }

    pub fn mul(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        if let (Some(x), Some(y)) = (self.small(), other.small()) {
            let (product, exponent) = (u128::from(x) * u128::from(y), self.exponent + other.exponent);
            if product != 0 && context.holds(digits_of_words(product), exponent) {
                return Decimal::finite(self.negative != other.negative, UBig::from(product), exponent);
            }
        }
        if let Some(nan) = Decimal::nan_of(context, status, &[self, other]) {
            return nan;
        }
        let negative = self.negative != other.negative;
        if self.is_infinite() || other.is_infinite() {
            if self.is_zero() || other.is_zero() {
                return Decimal::invalid(status, status::INVALID_OPERATION);
            }
            return Decimal::infinity(negative);
        }
        let product = &self.coefficient * &other.coefficient;
        Decimal::finite(negative, product, self.exponent + other.exponent).finalized(context, status)
    }

    /// `self * other + third` with one rounding.
    pub fn fma(&self, other: &Decimal, third: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        if (self.is_nan() || other.is_nan())
            && let Some(nan) = Decimal::nan_of(context, status, &[self, other, third])
        {
            return nan;
        }
        if !self.is_finite() || !other.is_finite() {
            let product = self.mul(other, context, status);
            return if product.is_nan() { product } else { product.add(third, context, status) };
        }
        if let Some(nan) = Decimal::nan_of(context, status, &[third]) {
            return nan;
        }
        let negative = self.negative != other.negative;
        if third.is_infinite() {
            return third.clone();
        }
        let product = &self.coefficient * &other.coefficient;
        Decimal::finite(negative, product, self.exponent + other.exponent).add(third, context, status)
    }

    pub fn div(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self, other]) {
            return nan;
        }
        let negative = self.negative != other.negative;
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) => return Decimal::invalid(status, status::INVALID_OPERATION),
            (true, false) => return Decimal::infinity(negative),
            (false, true) => {
                *status |= status::CLAMPED;
                return Decimal::finite(negative, UBig::ZERO, context.etiny());
            }
            (false, false) => {}
        }
        if other.coefficient.is_zero() {
            if self.coefficient.is_zero() {
                return Decimal::invalid(status, status::DIVISION_UNDEFINED);
            }
            *status |= status::DIVISION_BY_ZERO;
            return Decimal::infinity(negative);
        }
        let ideal = self.exponent - other.exponent;
        if self.coefficient.is_zero() {
            return Decimal::finite(negative, UBig::ZERO, ideal).finalized(context, status);
        }
        let shift = other.digits() - self.digits() + context.prec + 1;
        if !fits(shift.abs() + context.prec) {
            return Decimal::invalid(status, status::MEMORY);
        }
        let (mut quotient, rest) = if shift >= 0 {
            (&self.coefficient * pow10(shift as u64)).div_rem(&other.coefficient)
        } else {
            self.coefficient.clone().div_rem(&other.coefficient * pow10(shift.unsigned_abs()))
        };
        let mut exponent = ideal - shift;
        if rest.is_zero() {
            // An exact quotient comes as near to the ideal exponent as it can.
            (quotient, exponent) = without_zeros(quotient, exponent, ideal);
        } else if (&quotient % UBig::from(5u8)).is_zero() {
            // The digits that were not computed show in the last one.
            quotient += 1u8;
        }
        Decimal::finite(negative, quotient, exponent).finalized(context, status)
    }

    /// Quotient and remainder of finite numbers, other than zero: the quotient is an integer with at most `prec` digits.
    fn divmod_whole(&self, other: &Decimal, context: &Context) -> Option<(UBig, Decimal)> {
        let ideal = self.exponent.min(other.exponent);
        let distance = self.adjusted() - other.adjusted();
        if self.coefficient.is_zero() || distance <= -2 {
            // The remainder is the number itself, at the ideal exponent.
            let shift = self.exponent - ideal;
            let digits = if self.coefficient.is_zero() { 0 } else { shift.min(context.prec + 2) };
            let rest = Decimal::finite(
                self.negative,
                &self.coefficient * pow10(digits.max(0) as u64),
                if self.coefficient.is_zero() { ideal } else { self.exponent - digits },
            );
            return Some((UBig::ZERO, rest));
        }
        if distance > context.prec {
            return None;
        }
        let a = &self.coefficient * pow10((self.exponent - ideal) as u64);
        let b = &other.coefficient * pow10((other.exponent - ideal) as u64);
        let (quotient, rest) = a.div_rem(&b);
        if digit_count(&quotient) > context.prec {
            return None;
        }
        Some((quotient, Decimal::finite(self.negative, rest, ideal)))
    }

    /// `divmod`: the quotient rounds towards zero.
    pub fn divmod(&self, other: &Decimal, context: &Context, status: &mut u32) -> (Decimal, Decimal) {
        if let Some(nan) = Decimal::nan_of(context, status, &[self, other]) {
            return (nan.clone(), nan);
        }
        let negative = self.negative != other.negative;
        if self.is_infinite() {
            if other.is_infinite() {
                let nan = Decimal::invalid(status, status::INVALID_OPERATION);
                return (nan.clone(), nan);
            }
            return (Decimal::infinity(negative), Decimal::invalid(status, status::INVALID_OPERATION));
        }
        if other.is_infinite() {
            let rest = self.clone().finalized(context, status);
            return (Decimal::finite(negative, UBig::ZERO, 0), rest);
        }
        if other.coefficient.is_zero() {
            if self.coefficient.is_zero() {
                let nan = Decimal::invalid(status, status::DIVISION_UNDEFINED);
                return (nan.clone(), nan);
            }
            *status |= status::DIVISION_BY_ZERO;
            return (Decimal::infinity(negative), Decimal::invalid(status, status::INVALID_OPERATION));
        }
        match self.divmod_whole(other, context) {
            Some((quotient, rest)) => {
                let quotient = Decimal::finite(negative, quotient, 0);
                (quotient, rest.finalized(context, status))
            }
            None => {
                let nan = Decimal::invalid(status, status::DIVISION_IMPOSSIBLE);
                (nan.clone(), nan)
            }
        }
    }

    /// `//`.
    pub fn div_int(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self, other]) {
            return nan;
        }
        let negative = self.negative != other.negative;
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) => return Decimal::invalid(status, status::INVALID_OPERATION),
            (true, false) => return Decimal::infinity(negative),
            (false, true) => return Decimal::finite(negative, UBig::ZERO, 0),
            (false, false) => {}
        }
        if other.coefficient.is_zero() {
            if self.coefficient.is_zero() {
                return Decimal::invalid(status, status::DIVISION_UNDEFINED);
            }
            *status |= status::DIVISION_BY_ZERO;
            return Decimal::infinity(negative);
        }
        match self.divmod_whole(other, context) {
            Some((quotient, _)) => Decimal::finite(negative, quotient, 0),
            None => Decimal::invalid(status, status::DIVISION_IMPOSSIBLE),
        }
    }

    /// `%`: the sign is that of the dividend.
    pub fn rem(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        self.checked_rem(other, context, status, false)
    }

    /// The remainder that is nearest to zero.
    pub fn rem_near(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        self.checked_rem(other, context, status, true)
    }

    fn checked_rem(&self, other: &Decimal, context: &Context, status: &mut u32, near: bool) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self, other]) {
            return nan;
        }
        if self.is_infinite() {
            return Decimal::invalid(status, status::INVALID_OPERATION);
        }
        if other.is_infinite() {
            return self.clone().finalized(context, status);
        }
        if other.coefficient.is_zero() {
            let why = if self.coefficient.is_zero() { status::DIVISION_UNDEFINED } else { status::INVALID_OPERATION };
            return Decimal::invalid(status, why);
        }
        let Some((quotient, rest)) = self.divmod_whole(other, context) else {
            return Decimal::invalid(status, status::DIVISION_IMPOSSIBLE);
        };
        if !near || self.adjusted() - other.adjusted() <= -2 {
            return rest.finalized(context, status);
        }
        let divisor = &other.coefficient * pow10((other.exponent - rest.exponent) as u64);
        let order = (&rest.coefficient << 1usize).cmp(&divisor);
        let odd = quotient.as_words().first().is_some_and(|word| word & 1 == 1);
        if order == Ordering::Greater || order == Ordering::Equal && odd {
            if digit_count(&(quotient + 1u8)) > context.prec {
                return Decimal::invalid(status, status::DIVISION_IMPOSSIBLE);
            }
            let over = divisor - rest.coefficient;
            return Decimal::finite(!rest.negative, over, rest.exponent).finalized(context, status);
        }
        rest.finalized(context, status)
    }

    /// `0 + x`: the number rounded to the context.
    pub fn plus(&self, context: &Context, status: &mut u32) -> Decimal {
        self.signed_copy(false, context, status)
    }

    /// `0 - x`.
    pub fn minus(&self, context: &Context, status: &mut u32) -> Decimal {
        self.signed_copy(true, context, status)
    }

    fn signed_copy(&self, flip: bool, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self]) {
            return nan;
        }
        let negative = self.negative != flip && (!self.is_zero() || context.rounding == Rounding::Floor);
        self.clone().with_sign(negative).finalized(context, status)
    }

    /// The absolute value.
    pub fn abs(&self, context: &Context, status: &mut u32) -> Decimal {
        match Decimal::nan_of(context, status, &[self]) {
            Some(nan) => nan,
            None => self.clone().with_sign(false).finalized(context, status),
        }
    }

    /// The number with the exponent of another one.
    pub fn quantize(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self, other]) {
            return nan;
        }
        if self.is_infinite() || other.is_infinite() {
            if self.is_infinite() && other.is_infinite() {
                return self.clone();
            }
            return Decimal::invalid(status, status::INVALID_OPERATION);
        }
        if other.exponent > context.emax || other.exponent < context.etiny() {
            return Decimal::invalid(status, status::INVALID_OPERATION);
        }
        let mut own = 0;
        let result = self.rescaled(other.exponent, context, &mut own);
        if own & status::MEMORY != 0 || result.digits() > context.prec || result.adjusted() > context.emax {
            return Decimal::invalid(status, status::INVALID_OPERATION);
        }
        *status |= own;
        let mut own = 0;
        let result = result.finalized(context, &mut own);
        *status |= own & !status::CLAMPED;
        result
    }

    /// A finite number with another exponent, rounded if that is higher.
    pub(super) fn rescaled(&self, exponent: i64, context: &Context, status: &mut u32) -> Decimal {
        if self.coefficient.is_zero() {
            return Decimal::finite(self.negative, UBig::ZERO, exponent);
        }
        let shift = self.exponent - exponent;
        if shift >= 0 {
            if self.digits() + shift > context.prec.saturating_add(1) || !fits(self.digits() + shift) {
                return Decimal::invalid(status, status::MEMORY);
            }
            return Decimal::finite(self.negative, &self.coefficient * pow10(shift as u64), exponent);
        }
        let drop = shift.unsigned_abs();
        let (coefficient, inexact) = if drop > self.digits() as u64 + 1 {
            cut(&UBig::ONE, 2, context.rounding, self.negative)
        } else {
            cut(&self.coefficient, drop, context.rounding, self.negative)
        };
        *status |= status::ROUNDED;
        if inexact {
            *status |= status::INEXACT;
        }
        Decimal::finite(self.negative, coefficient, exponent)
    }

    /// Rounds to an integer; `exact` tells of what was lost.
    pub fn to_integral(&self, exact: bool, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self]) {
            return nan;
        }
        if self.is_infinite() || self.exponent >= 0 {
            return self.clone();
        }
        let mut own = 0;
        let wide = Context { prec: super::MAX, ..*context };
        let result = self.rescaled(0, &wide, &mut own);
        if exact {
            *status |= own & (status::INEXACT | status::ROUNDED);
        }
        result
    }

    /// The number without trailing zeros.
    pub fn reduce(&self, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self]) {
            return nan;
        }
        let mut result = self.clone().finalized(context, status);
        if !result.is_finite() {
            return result;
        }
        if result.coefficient.is_zero() {
            result.exponent = 0;
            return result;
        }
        let highest = if context.clamp { context.etop() } else { context.emax };
        let highest = highest.max(result.exponent);
        (result.coefficient, result.exponent) = without_zeros(result.coefficient, result.exponent, highest);
        result
    }

    /// The square root.
    pub fn sqrt(&self, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self]) {
            return nan;
        }
        if self.is_zero() {
            return Decimal::finite(self.negative, UBig::ZERO, self.exponent.div_euclid(2)).finalized(context, status);
        }
        if self.negative {
            return Decimal::invalid(status, status::INVALID_OPERATION);
        }
        if self.is_infinite() {
            return self.clone();
        }
        let ideal = self.exponent.div_euclid(2);
        // An even exponent, and digits enough for one more than the precision.
        let odd = self.exponent.rem_euclid(2);
        let digits = self.digits() + odd;
        let shift = (context.prec + 1) - (digits + 1) / 2;
        if !fits(shift.abs() * 2 + digits) {
            return Decimal::invalid(status, status::MEMORY);
        }
        let coefficient = &self.coefficient * pow10(odd as u64);
        let (scaled, mut exact) = if shift >= 0 {
            (coefficient * pow10(2 * shift as u64), true)
        } else {
            let (kept, rest) = coefficient.div_rem(pow10(2 * shift.unsigned_abs()));
            (kept, rest.is_zero())
        };
        let mut root = scaled.nth_root(2);
        exact &= &root * &root == scaled;
        let mut exponent = ideal - shift;
        if exact {
            (root, exponent) = without_zeros(root, exponent, ideal);
        } else if (&root % UBig::from(5u8)).is_zero() {
            root += 1u8;
        }
        let context = Context { rounding: Rounding::HalfEven, ..*context };
        Decimal { kind: Kind::Finite, ..Decimal::finite(false, root, exponent) }.finalized(&context, status)
    }
}

/// Takes zeros off the end, as long as the exponent stays at most `highest`.
fn without_zeros(mut coefficient: UBig, mut exponent: i64, highest: i64) -> (UBig, i64) {
    let mut step: u64 = 1;
    while exponent < highest && !coefficient.is_zero() {
        let by = step.min((highest - exponent) as u64);
        let (kept, rest) = coefficient.clone().div_rem(pow10(by));
        if rest.is_zero() {
            coefficient = kept;
            exponent += by as i64;
            step = (step * 2).min(1 << 20);
        } else if by == 1 {
            break;
        } else {
            step = by / 2;
        }
    }
    (coefficient, exponent)
}
