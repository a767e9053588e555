//! Decimal floating-point numbers (the General Decimal Arithmetic specification, version 1.70).
//!
//! Every operation takes a [`Context`] and collects in `status` the conditions that came up. A result is always given:
//! where an operation is invalid it is a NaN, and whoever calls decides whether a condition is an error.

mod arith;
mod compare;
mod elementary;
mod logical;
mod neighbours;
mod text;

use crate::int::room;
use dashu_int::UBig;
use dashu_int::ops::DivRem;

/// Conditions; the numbers are those of the C library that Python's `decimal` was first built on.
pub mod status {
    pub const CLAMPED: u32 = 0x1;
    pub const CONVERSION_SYNTAX: u32 = 0x2;
    pub const DIVISION_BY_ZERO: u32 = 0x4;
    pub const DIVISION_IMPOSSIBLE: u32 = 0x8;
    pub const DIVISION_UNDEFINED: u32 = 0x10;
    pub const INEXACT: u32 = 0x40;
    pub const INVALID_CONTEXT: u32 = 0x80;
    pub const INVALID_OPERATION: u32 = 0x100;
    /// Memory for the digits was refused.
    pub const MEMORY: u32 = 0x200;
    pub const OVERFLOW: u32 = 0x800;
    pub const ROUNDED: u32 = 0x1000;
    pub const SUBNORMAL: u32 = 0x2000;
    pub const UNDERFLOW: u32 = 0x4000;
    pub const FLOAT_OPERATION: u32 = 0x8000;
    /// All that count as InvalidOperation.
    pub const INVALID: u32 = CONVERSION_SYNTAX
        | DIVISION_IMPOSSIBLE
        | DIVISION_UNDEFINED
        | INVALID_CONTEXT
        | INVALID_OPERATION
        | MEMORY
        | 0x20;
}

/// The largest precision and exponent.
pub const MAX: i64 = 999_999_999_999_999_999;

/// How the last digit is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    Up,
    Down,
    Ceiling,
    Floor,
    HalfUp,
    HalfDown,
    HalfEven,
    /// Away from zero where the last digit would be 0 or 5.
    ZeroFiveUp,
}

/// What operations are bound by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    pub prec: i64,
    pub emax: i64,
    pub emin: i64,
    pub rounding: Rounding,
    pub clamp: bool,
}

impl Context {
    /// The widest context: what exact operations use.
    pub const MAX: Context = Context { prec: MAX, emax: MAX, emin: -MAX, rounding: Rounding::HalfEven, clamp: false };

    /// Whether a number with so many digits, which is not zero, stands as it is: nothing is rounded, nothing signaled.
    #[inline]
    fn holds(&self, digits: i64, exponent: i64) -> bool {
        let (lowest, etop) = (digits + exponent - self.prec, self.etop());
        digits <= self.prec && (self.etiny()..=etop).contains(&lowest) && !(self.clamp && exponent > etop)
    }

    /// The lowest exponent of a subnormal number's last digit.
    pub fn etiny(&self) -> i64 {
        self.emin - (self.prec - 1)
    }

    /// The highest exponent of a number with all digits.
    pub fn etop(&self) -> i64 {
        self.emax - (self.prec - 1)
    }

    /// The same with another precision, rounding half even.
    fn with_prec(&self, prec: i64) -> Context {
        Context { prec, rounding: Rounding::HalfEven, ..*self }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Finite,
    Infinite,
    QuietNan,
    SignalingNan,
}

/// A decimal number: sign, coefficient and exponent. A NaN's coefficient is its payload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decimal {
    pub negative: bool,
    pub kind: Kind,
    pub coefficient: UBig,
    pub exponent: i64,
}

/// 10 to the power `n`.
pub(crate) fn pow10(n: u64) -> UBig {
    match n {
        0..20 => UBig::from(POWERS[n as usize]),
        20..39 => UBig::from(LARGE_POWERS[n as usize]),
        _ => UBig::from(10u8).pow(n as usize),
    }
}

/// The number of decimal digits; 1 for zero.
pub fn digit_count(n: &UBig) -> i64 {
    match *n.as_words() {
        [] => return 1,
        [word] => return digits_of_word(word),
        _ => {}
    }
    if let Ok(small) = u128::try_from(n) {
        return digits_of_words(small);
    }
    let words = n.as_words();
    let bits = words.len() as i128 * 64 - words.last().map_or(0, |top| i128::from(top.leading_zeros()));
    // log10(2) between two fractions: the two bounds differ by one at most for anything that fits in memory.
    let low = ((bits - 1) * 301_029_995_663_981_195 / 1_000_000_000_000_000_000) as u64;
    if *n >= pow10(low + 1) { low as i64 + 2 } else { low as i64 + 1 }
}

/// The number of decimal digits; 1 for zero. A number of `bits` bits has about `bits * log10(2)`, or one less.
fn digits_of_word(word: u64) -> i64 {
    let bits = u64::BITS - (word | 1).leading_zeros();
    let most = ((bits * 1233) >> 12) as usize;
    most as i64 + i64::from(word >= POWERS[most]).max(i64::from(most == 0))
}

/// The same of two words.
fn digits_of_words(words: u128) -> i64 {
    if let Ok(word) = u64::try_from(words) {
        return digits_of_word(word);
    }
    let most = (((u128::BITS - words.leading_zeros()) * 1233) >> 12) as usize;
    most as i64 + i64::from(words >= LARGE_POWERS[most])
}

/// The powers of ten that fit two words.
const LARGE_POWERS: [u128; 39] = {
    let mut powers = [1; 39];
    let mut n = 1;
    while n < 39 {
        powers[n] = powers[n - 1] * 10;
        n += 1;
    }
    powers
};

/// The powers of ten that fit a word.
const POWERS: [u64; 20] = {
    let mut powers = [0; 20];
    let mut n = 0;
    while n < 20 {
        powers[n] = LARGE_POWERS[n] as u64;
        n += 1;
    }
    powers
};

/// Whether digits of this number can be held.
fn fits(digits: i64) -> bool {
    digits < 1 << 40 && room(digits.max(0) as u128 * 4).is_ok()
}

/// Whether the digits kept go up by one, given what was cut off: its order to a half, and whether it is nothing.
fn goes_up(rounding: Rounding, negative: bool, last_odd: bool, last_digit: u8, half: std::cmp::Ordering) -> bool {
    use std::cmp::Ordering::{Equal, Greater};
    match rounding {
        Rounding::Up => true,
        Rounding::Down => false,
        Rounding::Ceiling => !negative,
        Rounding::Floor => negative,
        Rounding::HalfUp => half != std::cmp::Ordering::Less,
        Rounding::HalfDown => half == Greater,
        Rounding::HalfEven => half == Greater || half == Equal && last_odd,
        Rounding::ZeroFiveUp => last_digit == 0 || last_digit == 5,
    }
}

/// Cuts off the last `n` digits; gives what is left, rounded, and whether anything but zeros was cut.
fn cut(coefficient: &UBig, n: u64, rounding: Rounding, negative: bool) -> (UBig, bool) {
    if let (&[word], 0..19) = (coefficient.as_words(), n) {
        // One machine word, and a power of ten that is one too.
        let scale = 10u64.pow(n as u32);
        let (kept, rest) = (word / scale, word % scale);
        if rest == 0 {
            return (UBig::from(kept), false);
        }
        let half = rest.cmp(&(scale - rest));
        let last = (kept % 10) as u8;
        let up = goes_up(rounding, negative, kept & 1 == 1, last, half);
        return (UBig::from(kept + u64::from(up)), true);
    }
    let scale = pow10(n);
    let (kept, rest) = coefficient.div_rem(&scale);
    if rest.is_zero() {
        return (kept, false);
    }
    let half = (&rest << 1usize).cmp(&scale);
    let odd = kept.as_words().first().is_some_and(|word| word & 1 == 1);
    let last = if rounding == Rounding::ZeroFiveUp { &kept % 10u8 } else { 0 };
    let up = goes_up(rounding, negative, odd, last, half);
    (if up { kept + 1u8 } else { kept }, true)
}

impl Decimal {
    pub fn finite(negative: bool, coefficient: UBig, exponent: i64) -> Decimal {
        Decimal { negative, kind: Kind::Finite, coefficient, exponent }
    }

    pub fn from_u64(n: u64) -> Decimal {
        Decimal::finite(false, UBig::from(n), 0)
    }

    pub fn infinity(negative: bool) -> Decimal {
        Decimal { negative, kind: Kind::Infinite, coefficient: UBig::ZERO, exponent: 0 }
    }

    pub fn nan() -> Decimal {
        Decimal { negative: false, kind: Kind::QuietNan, coefficient: UBig::ZERO, exponent: 0 }
    }

    /// The NaN of an invalid operation.
    fn invalid(status: &mut u32, why: u32) -> Decimal {
        *status |= why;
        Decimal::nan()
    }

    pub fn is_finite(&self) -> bool {
        self.kind == Kind::Finite
    }

    pub fn is_infinite(&self) -> bool {
        self.kind == Kind::Infinite
    }

    pub fn is_nan(&self) -> bool {
        matches!(self.kind, Kind::QuietNan | Kind::SignalingNan)
    }

    pub fn is_snan(&self) -> bool {
        self.kind == Kind::SignalingNan
    }

    pub fn is_zero(&self) -> bool {
        self.is_finite() && self.coefficient.is_zero()
    }

    /// The coefficient of a finite number, if it is one word.
    fn small(&self) -> Option<u64> {
        match (self.kind, self.coefficient.as_words()) {
            (Kind::Finite, []) => Some(0),
            (Kind::Finite, [word]) => Some(*word),
            _ => None,
        }
    }

    pub fn digits(&self) -> i64 {
        digit_count(&self.coefficient)
    }

    /// The exponent of the first digit.
    pub fn adjusted(&self) -> i64 {
        self.exponent + self.digits() - 1
    }

    pub fn with_sign(mut self, negative: bool) -> Decimal {
        self.negative = negative;
        self
    }

    /// Whether the value is an integer.
    pub fn is_integer(&self) -> bool {
        if !self.is_finite() {
            return false;
        }
        if self.exponent >= 0 || self.coefficient.is_zero() {
            return true;
        }
        let drop = self.exponent.unsigned_abs();
        drop < self.digits() as u64 && (&self.coefficient % pow10(drop)).is_zero()
    }

    /// Whether the value is an odd integer.
    fn is_odd(&self) -> bool {
        if !self.is_integer() || self.exponent > 0 {
            return false;
        }
        let whole = &self.coefficient / pow10(self.exponent.unsigned_abs());
        whole.as_words().first().is_some_and(|word| word & 1 == 1)
    }

    /// A payload that fits the precision.
    fn fitted_nan(mut self, context: &Context) -> Decimal {
        let most = context.prec - i64::from(context.clamp);
        if self.digits() > most {
            self.coefficient = if most > 0 { &self.coefficient % pow10(most as u64) } else { UBig::ZERO };
        }
        self
    }

    /// The NaN that an operation gives for its operands, if one of them is one: the first signaling one, or the first.
    fn nan_of(context: &Context, status: &mut u32, operands: &[&Decimal]) -> Option<Decimal> {
        let signaling = operands.iter().find(|operand| operand.is_snan());
        if signaling.is_some() {
            *status |= status::INVALID_OPERATION;
        }
        let found = signaling.or_else(|| operands.iter().find(|operand| operand.is_nan()))?;
        let quiet = Decimal { kind: Kind::QuietNan, ..(*found).clone() };
        Some(quiet.fitted_nan(context))
    }

    /// What is given where a number is too large.
    fn overflowed(context: &Context, negative: bool, status: &mut u32) -> Decimal {
        *status |= status::OVERFLOW | status::INEXACT | status::ROUNDED;
        let to_infinity = match context.rounding {
            Rounding::Up | Rounding::HalfUp | Rounding::HalfDown | Rounding::HalfEven => true,
            Rounding::Down | Rounding::ZeroFiveUp => false,
            Rounding::Ceiling => !negative,
            Rounding::Floor => negative,
        };
        if to_infinity {
            return Decimal::infinity(negative);
        }
        Decimal::largest(context, negative, status)
    }

    /// The largest finite number.
    fn largest(context: &Context, negative: bool, status: &mut u32) -> Decimal {
        if !fits(context.prec) {
            return Decimal::invalid(status, status::MEMORY);
        }
        Decimal::finite(negative, pow10(context.prec as u64) - 1u8, context.etop())
    }

    /// Rounds to the context: precision and exponent limits.
    pub fn finalized(mut self, context: &Context, status: &mut u32) -> Decimal {
        if !self.is_finite() {
            return if self.is_nan() { self.fitted_nan(context) } else { self };
        }
        let (etiny, etop) = (context.etiny(), context.etop());
        if self.coefficient.is_zero() {
            let highest = if context.clamp { etop } else { context.emax };
            let fitted = self.exponent.clamp(etiny, highest.max(etiny));
            if fitted != self.exponent {
                *status |= status::CLAMPED;
                self.exponent = fitted;
            }
            return self;
        }
        let digits = self.digits();
        // The exponent of the last digit that the precision has room for.
        let mut lowest = digits + self.exponent - context.prec;
        if lowest > etop {
            return Decimal::overflowed(context, self.negative, status);
        }
        let subnormal = lowest < etiny;
        if subnormal {
            *status |= status::SUBNORMAL;
            lowest = etiny;
        }
        if self.exponent < lowest {
            let drop = lowest - self.exponent;
            // More than one digit in front of the first one: only whether there is anything counts.
            let (mut coefficient, inexact) = if drop > digits + 1 {
                cut(&UBig::ONE, 2, context.rounding, self.negative)
            } else {
                cut(&self.coefficient, drop as u64, context.rounding, self.negative)
            };
            if inexact && digit_count(&coefficient) > context.prec {
                coefficient = &coefficient / UBig::from(10u8);
                lowest += 1;
            }
            *status |= status::ROUNDED;
            if inexact {
                *status |= status::INEXACT;
                if subnormal {
                    *status |= status::UNDERFLOW;
                }
            }
            if lowest > etop {
                return Decimal::overflowed(context, self.negative, status);
            }
            if coefficient.is_zero() {
                *status |= status::CLAMPED;
            }
            return Decimal::finite(self.negative, coefficient, lowest);
        }
        if context.clamp && self.exponent > etop {
            *status |= status::CLAMPED;
            self.coefficient = &self.coefficient * pow10((self.exponent - etop) as u64);
            self.exponent = etop;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::parse_exact(text.as_bytes()).expect("a number")
    }

    const NINE: Context = Context { prec: 9, emax: 999, emin: -999, rounding: Rounding::HalfEven, clamp: false };

    #[test]
    fn arithmetic_rounds_to_the_context() {
        let mut status = 0;
        assert_eq!(d("1").div(&d("3"), &NINE, &mut status).to_sci(true), "0.333333333");
        assert_eq!(status, status::INEXACT | status::ROUNDED);
        let mut status = 0;
        assert_eq!(d("1.20").add(&d("1e20"), &NINE, &mut status).to_sci(true), "1.00000000E+20");
        assert_eq!(d("2").sqrt(&NINE, &mut status).to_sci(true), "1.41421356");
        assert_eq!(d("2").ln(&NINE, &mut status).to_sci(true), "0.693147181");
        assert_eq!(d("1").exp(&NINE, &mut status).to_sci(true), "2.71828183");
        assert_eq!(d("70").log10(&NINE, &mut status).to_sci(true), "1.84509804");
        assert_eq!(d("2").pow(&d("8"), &NINE, &mut status).to_sci(true), "256");
    }

    #[test]
    fn exact_powers_need_no_room_for_all_digits() {
        let mut status = 0;
        let widest = Context { prec: MAX, emax: MAX, emin: -MAX, ..NINE };
        assert_eq!(d("256").pow(&d("10"), &widest, &mut status).to_sci(true), "1208925819614629174706176");
        assert_eq!(d("-1.5").pow(&d("3"), &widest, &mut status).to_sci(true), "-3.375");
        assert_eq!(status, 0);
        assert!(d("2").pow(&d("1e12"), &widest, &mut status).is_nan());
        assert_eq!(status, status::MEMORY);
    }

    #[test]
    fn numbers_leave_the_range_as_the_rounding_says() {
        let mut status = 0;
        assert!(d("9e999").mul(&d("10"), &NINE, &mut status).is_infinite());
        assert_ne!(status & status::OVERFLOW, 0);
        let mut status = 0;
        assert_eq!(d("1e-1007").div(&d("3"), &NINE, &mut status).to_sci(true), "0E-1007");
        assert_ne!(status & status::UNDERFLOW, 0);
    }

    #[test]
    fn digits_are_counted() {
        for word in [0u64, 1, 7, 8, 9, 10, 99, 100, 1023, 1024, u64::MAX - 1, u64::MAX] {
            assert_eq!(digits_of_word(word), word.to_string().len() as i64);
        }
        assert_eq!(digit_count(&UBig::from(u128::MAX)), 39);
        for power in POWERS {
            assert_eq!(digits_of_word(power), power.to_string().len() as i64);
            assert_eq!(digits_of_word(power - 1), (power - 1).to_string().len() as i64);
        }
        for n in 0..200 {
            assert_eq!(digit_count(&(pow10(n))), n as i64 + 1);
            assert_eq!(digit_count(&(pow10(n + 1) - 1u8)), n as i64 + 1);
        }
    }
}
