//! Operations on digits: logical ones, shifts and rotations.

use super::{Context, Decimal, digit_count, pow10, status};
use dashu_int::UBig;
use dashu_int::ops::DivRem;

/// The digits of a number whose digits are all 0 or 1, lowest first.
fn bits(number: &Decimal) -> Option<Vec<u8>> {
    if !number.is_finite() || number.negative || number.exponent != 0 {
        return None;
    }
    let text = number.coefficient.to_string();
    text.bytes().rev().map(|digit| (digit <= b'1').then(|| digit - b'0')).collect()
}

fn from_bits(bits: &[u8]) -> Decimal {
    let text: String = bits.iter().rev().map(|&bit| char::from(b'0' + bit)).collect();
    Decimal::finite(false, UBig::from_str_radix(&text, 10).unwrap_or_default(), 0)
}

impl Decimal {
    /// `and`, `or` and `xor`, digit by digit.
    pub fn logical(&self, other: &Decimal, op: fn(u8, u8) -> u8, context: &Context, status: &mut u32) -> Decimal {
        let (Some(a), Some(b)) = (bits(self), bits(other)) else {
            return Decimal::invalid(status, status::INVALID_OPERATION);
        };
        let len = (a.len().max(b.len()) as i64).min(context.prec) as usize;
        let at = |bits: &[u8], i: usize| bits.get(i).copied().unwrap_or(0);
        from_bits(&(0..len).map(|i| op(at(&a, i), at(&b, i))).collect::<Vec<u8>>())
    }

    pub fn logical_invert(&self, context: &Context, status: &mut u32) -> Decimal {
        let Some(own) = bits(self) else {
            return Decimal::invalid(status, status::INVALID_OPERATION);
        };
        if !super::fits(context.prec) {
            return Decimal::invalid(status, status::MEMORY);
        }
        let inverted: Vec<u8> = (0..context.prec as usize).map(|i| 1 - own.get(i).copied().unwrap_or(0)).collect();
        from_bits(&inverted)
    }

    /// How far a shift goes: an integer that is at most the precision.
    fn distance(&self, context: &Context) -> Option<i64> {
        if !self.is_finite() || self.exponent != 0 {
            return None;
        }
        let n = i64::try_from(&self.coefficient).ok().filter(|&n| n <= context.prec)?;
        Some(if self.negative { -n } else { n })
    }

    /// The coefficient moved to the left (or right) within the precision.
    pub fn shift(&self, by: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self, by]) {
            return nan;
        }
        let Some(n) = by.distance(context) else {
            return Decimal::invalid(status, status::INVALID_OPERATION);
        };
        if self.is_infinite() {
            return self.clone();
        }
        let coefficient = if n >= 0 {
            let kept = (context.prec - n).max(0);
            let cut = if digit_count(&self.coefficient) > kept {
                &self.coefficient % pow10(kept as u64)
            } else {
                self.coefficient.clone()
            };
            if !cut.is_zero() && !super::fits(n) {
                return Decimal::invalid(status, status::MEMORY);
            }
            if cut.is_zero() { cut } else { cut * pow10(n as u64) }
        } else {
            let own = if self.digits() > context.prec {
                &self.coefficient % pow10(context.prec as u64)
            } else {
                self.coefficient.clone()
            };
            if n.unsigned_abs() as i64 >= digit_count(&own) { UBig::ZERO } else { own / pow10(n.unsigned_abs()) }
        };
        Decimal::finite(self.negative, coefficient, self.exponent)
    }

    /// The coefficient's digits moved around within the precision.
    pub fn rotate(&self, by: &Decimal, context: &Context, status: &mut u32) -> Decimal {
        if let Some(nan) = Decimal::nan_of(context, status, &[self, by]) {
            return nan;
        }
        let Some(n) = by.distance(context) else {
            return Decimal::invalid(status, status::INVALID_OPERATION);
        };
        if self.is_infinite() {
            return self.clone();
        }
        if !super::fits(context.prec) {
            return Decimal::invalid(status, status::MEMORY);
        }
        let own = if self.digits() > context.prec {
            &self.coefficient % pow10(context.prec as u64)
        } else {
            self.coefficient.clone()
        };
        let left = if n >= 0 { n } else { n + context.prec } as u64;
        let (high, low) = own.div_rem(pow10(context.prec as u64 - left));
        Decimal::finite(self.negative, low * pow10(left) + high, self.exponent)
    }
}
