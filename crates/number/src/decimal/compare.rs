//! Orders, and the smaller or larger of two.

use super::{Context, Decimal, Kind, pow10, status};
use dashu_int::UBig;
use std::cmp::Ordering;

impl Decimal {
    /// The order of two numbers, neither of them a NaN.
    pub fn order(&self, other: &Decimal) -> Ordering {
        let sign = |number: &Decimal| match (number.is_zero(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let (a, b) = (sign(self), sign(other));
        if a != b || a == 0 {
            return a.cmp(&b);
        }
        let magnitudes = self.order_of_magnitudes(other);
        if self.negative { magnitudes.reverse() } else { magnitudes }
    }

    fn order_of_magnitudes(&self, other: &Decimal) -> Ordering {
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        match (self.coefficient.is_zero(), other.coefficient.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        let by_size = self.adjusted().cmp(&other.adjusted());
        if by_size != Ordering::Equal {
            return by_size;
        }
        // The same number of digits before the point: the exponents differ by no more than the digits.
        if self.exponent >= other.exponent {
            (&self.coefficient * pow10((self.exponent - other.exponent) as u64)).cmp(&other.coefficient)
        } else {
            self.coefficient.cmp(&(&other.coefficient * pow10((other.exponent - self.exponent) as u64)))
        }
    }

    fn from_order(order: Ordering) -> Decimal {
        Decimal::finite(order == Ordering::Less, UBig::from((order != Ordering::Equal) as u8), 0)
    }

    /// -1, 0 or 1, or a NaN.
    pub fn compare(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        match Decimal::nan_of(context, status, &[self, other]) {
            Some(nan) => nan,
            None => Decimal::from_order(self.order(other)),
        }
    }

    /// As [`Decimal::compare`]; quiet NaNs are invalid too.
    pub fn compare_signal(&self, other: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        match Decimal::nan_of(context, status, &[self, other]) {
            Some(nan) => {
                *status |= status::INVALID_OPERATION;
                nan
            }
            None => Decimal::from_order(self.order(other)),
        }
    }

    /// The total order: by value, then by representation.
    pub fn total_order(&self, other: &Decimal) -> Ordering {
        if self.negative != other.negative {
            return other.negative.cmp(&self.negative);
        }
        let rank = |kind: Kind| match kind {
            Kind::Finite => 0,
            Kind::Infinite => 1,
            Kind::SignalingNan => 2,
            Kind::QuietNan => 3,
        };
        let magnitudes = match (self.is_nan(), other.is_nan()) {
            (false, false) => self.order_of_magnitudes(other).then(self.exponent.cmp(&other.exponent)),
            _ => rank(self.kind).cmp(&rank(other.kind)).then_with(|| self.coefficient.cmp(&other.coefficient)),
        };
        if self.negative { magnitudes.reverse() } else { magnitudes }
    }

    pub fn compare_total(&self, other: &Decimal) -> Decimal {
        Decimal::from_order(self.total_order(other))
    }

    pub fn compare_total_mag(&self, other: &Decimal) -> Decimal {
        Decimal::from_order(self.clone().with_sign(false).total_order(&other.clone().with_sign(false)))
    }

    /// The larger (or smaller) of two; a quiet NaN loses against a number. `magnitudes` ignores the signs at first.
    pub fn extreme(
        &self,
        other: &Decimal,
        largest: bool,
        magnitudes: bool,
        context: &Context,
        status: &mut u32,
    ) -> Decimal {
        if self.is_nan() || other.is_nan() {
            let quiet = |number: &Decimal| number.kind == Kind::QuietNan;
            if quiet(self) && !other.is_nan() {
                return other.clone().finalized(context, status);
            }
            if quiet(other) && !self.is_nan() {
                return self.clone().finalized(context, status);
            }
            if let Some(nan) = Decimal::nan_of(context, status, &[self, other]) {
                return nan;
            }
        }
        let mut order = if magnitudes { self.order_of_magnitudes(other) } else { self.order(other) };
        if order == Ordering::Equal {
            order = self.total_order(other);
        }
        let chosen = if (order == Ordering::Less) == largest { other } else { self };
        chosen.clone().finalized(context, status)
    }
}
