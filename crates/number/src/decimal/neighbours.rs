//! The next number up or down, and operations on the exponent.

use super::{Context, Decimal, MAX, Rounding, status};
use dashu_int::UBig;
use std::cmp::Ordering;

impl Decimal {
    fn next(&self, up: bool, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self]) {
            return nan;
        }
        let mut own = 0;
        if self.is_infinite() {
            if self.negative != up {
                return self.clone();
            }
            let largest = Decimal::largest(context, self.negative, &mut own);
            *status |= own & status::MEMORY;
            return largest;
        }
        let rounding = if up { Rounding::Ceiling } else { Rounding::Floor };
        let context = Context { rounding, ..*context };
        let rounded = self.clone().finalized(&context, &mut own);
        if rounded.is_infinite() || rounded.order(self) != Ordering::Equal {
            return rounded;
        }
        let tiny = Decimal::finite(!up, UBig::ONE, context.etiny() - 1);
        self.add(&tiny, &context, &mut own)
    }

    pub fn next_plus(&self, context: &Context, status: &mut u32) -> Decimal {
        self.next(true, context, status)
    }

    pub fn next_minus(&self, context: &Context, status: &mut u32) -> Decimal {
        self.next(false, context, status)
    }

    pub fn next_toward(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self, other]) {
            return nan;
        }
        let result = match self.order(other) {
            Ordering::Equal => return self.clone().with_sign(other.negative),
            Ordering::Less => self.next_plus(context, status),
            Ordering::Greater => self.next_minus(context, status),
        };
        if result.is_infinite() {
            *status |= status::OVERFLOW | status::ROUNDED | status::INEXACT;
        } else if result.is_finite() && result.adjusted() < context.emin {
            *status |= status::UNDERFLOW | status::SUBNORMAL | status::ROUNDED | status::INEXACT;
            if result.is_zero() {
                *status |= status::CLAMPED;
            }
        }
        result
    }

    /// The exponent of the first digit, as a number.
    pub fn logb(&self, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self]) {
            return nan;
        }
        if self.is_infinite() {
            return Decimal::infinity(false);
        }
        if self.is_zero() {
            *status |= status::DIVISION_BY_ZERO;
            return Decimal::infinity(true);
        }
        let exponent = self.adjusted();
        Decimal::finite(exponent < 0, UBig::from(exponent.unsigned_abs()), 0).finalized(context, status)
    }

    /// The number times 10 to the power of another one.
    pub fn scaleb(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self, other]) {
            return nan;
        }
        let most = context.emax.saturating_add(context.prec).saturating_mul(2);
        let n = i64::try_from(&other.coefficient).ok().filter(|&n| n <= most);
        let Some(n) = n.filter(|_| other.is_finite() && other.exponent == 0) else {
            return Decimal::invalid(status, status::INVALID_OPERATION);
        };
        if self.is_infinite() {
            return self.clone();
        }
        let n = if other.negative { -n } else { n };
        let exponent = self.exponent.saturating_add(n).clamp(-4 * MAX, 4 * MAX);
        Decimal::finite(self.negative, self.coefficient.clone(), exponent).finalized(context, status)
    }

    /// Whether both have the same exponent, or are both infinite, or both NaN.
    pub fn same_quantum(&self, other: &Decimal) -> bool {
        if !self.is_finite() || !other.is_finite() {
            return self.is_nan() && other.is_nan() || self.is_infinite() && other.is_infinite();
        }
        self.exponent == other.exponent
    }

    pub fn is_normal(&self, context: &Context) -> bool {
        self.is_finite() && !self.coefficient.is_zero() && self.adjusted() >= context.emin
    }

    pub fn is_subnormal(&self, context: &Context) -> bool {
        self.is_finite() && !self.coefficient.is_zero() && self.adjusted() < context.emin
    }

    pub fn class(&self, context: &Context) -> &'static str {
        match self.kind {
            super::Kind::QuietNan => return "NaN",
            super::Kind::SignalingNan => return "sNaN",
            _ => {}
        }
        let name = if self.is_infinite() {
            ["+Infinity", "-Infinity"]
        } else if self.is_zero() {
            ["+Zero", "-Zero"]
        } else if self.is_subnormal(context) {
            ["+Subnormal", "-Subnormal"]
        } else {
            ["+Normal", "-Normal"]
        };
        name[usize::from(self.negative)]
    }
}
