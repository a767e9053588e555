//! Integers from text and to text.

use std::borrow::Cow;
use std::fmt::Write;

use super::long::{GoOn, Stopped};
use super::{bit_length, is_negative};
use crate::{BigInt, OutOfMemory};

/// The text is no integer in that base: `invalid literal for int() with base …`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// Not a literal.
    Invalid,
    /// An allocation was refused.
    Memory,
}

/// A literal whose shape is right: what the digit limit is looked up against before the costly conversion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned<'a> {
    /// Whether there is a minus sign.
    pub negative: bool,
    /// 2 to 36.
    pub base: u32,
    /// The digits alone, in ASCII.
    pub digits: Cow<'a, str>,
}

impl Scanned<'_> {
    /// Whether converting so many digits is subject to `sys.set_int_max_str_digits` (bases that are powers of two are not).
    pub fn is_limited(&self) -> bool {
        !self.base.is_power_of_two()
    }

    /// The number; a long conversion asks from time to time whether to go on.
    pub fn to_int_asking(&self, go_on: GoOn<'_>) -> Result<BigInt, Stopped> {
        if self.base == 10 && self.digits.len() > 1 << 16 {
            let n = super::long::from_decimal(&self.digits, go_on)?;
            return Ok(if self.negative { -n } else { n });
        }
        // The literal was checked.
        self.to_int().map_err(|_| Stopped::Memory)
    }

    /// The number.
    pub fn to_int(&self) -> Result<BigInt, ParseError> {
        if self.digits.len() <= 12
            && let Ok(small) = i64::from_str_radix(&self.digits, self.base)
        {
            return Ok(BigInt::from(if self.negative { -small } else { small }));
        }
        super::room(self.digits.len() as u128 * 6).map_err(|_| ParseError::Memory)?;
        let n = BigInt::from_str_radix(&self.digits, self.base).map_err(|_| ParseError::Invalid)?;
        Ok(if self.negative { -n } else { n })
    }
}

/// ASCII white space as C's `isspace` has it.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let space = |b: &u8| matches!(b, 9..=13 | 32);
    let start = text.iter().position(|b| !space(b)).unwrap_or(text.len());
    let end = text.iter().rposition(|b| !space(b)).map_or(start, |i| i + 1);
    &text[start..end]
}

/// Checks a literal for `int(text, base)`: white space, sign, prefix, underscores. `base` is 0 (the prefix tells) or
/// 2 to 36. Non-ASCII digits and spaces have been replaced by the caller.
pub fn scan(text: &[u8], base: u32) -> Result<Scanned<'_>, ParseError> {
    let mut rest = trim(text);
    let negative = match rest {
        [sign @ (b'+' | b'-'), tail @ ..] => {
            rest = tail;
            *sign == b'-'
        }
        _ => false,
    };
    let prefixed = match rest {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    let mut actual = if base == 0 { 10 } else { base };
    let mut after_prefix = false;
    if prefixed != 0 && (base == 0 || base == prefixed) {
        actual = prefixed;
        rest = &rest[2..];
        after_prefix = true;
    }
    if base == 0 && !after_prefix && rest.first() == Some(&b'0') && rest.iter().any(|b| !matches!(b, b'0' | b'_')) {
        // An old octal literal, or a decimal with a leading zero.
        return Err(ParseError::Invalid);
    }
    // Digits alone need no copy: text that is too long is refused in no time.
    let is_digit = |byte: u8| (byte as char).is_digit(actual);
    let plain = match actual {
        10 => rest.iter().fold(true, |all, byte| all & byte.is_ascii_digit()),
        _ => rest.iter().all(|&byte| is_digit(byte)),
    };
    if plain && !rest.is_empty() {
        let digits = std::str::from_utf8(rest).map_err(|_| ParseError::Invalid)?;
        return Ok(Scanned { negative, base: actual, digits: Cow::Borrowed(digits) });
    }
    let mut digits = String::new();
    digits.try_reserve(rest.len()).map_err(|_| ParseError::Memory)?;
    // An underscore may follow the prefix or a digit, and must precede a digit.
    let mut may_underscore = after_prefix;
    for &byte in rest {
        match byte {
            b'_' if may_underscore => may_underscore = false,
            _ if is_digit(byte) => {
                digits.push(byte as char);
                may_underscore = true;
            }
            _ => return Err(ParseError::Invalid),
        }
    }
    if digits.is_empty() || !may_underscore {
        return Err(ParseError::Invalid);
    }
    Ok(Scanned { negative, base: actual, digits: Cow::Owned(digits) })
}

/// `int(text, base)` without digit limit.
pub fn parse(text: &[u8], base: u32) -> Result<BigInt, ParseError> {
    scan(text, base)?.to_int()
}

/// The text in base 2 to 36, in lower case, without prefix.
pub fn to_text(n: &BigInt, base: u32) -> Result<String, OutOfMemory> {
    if let (Ok(small), 10) = (i64::try_from(n), base) {
        return Ok(small.to_string());
    }
    let bits = bit_length(n);
    super::room(u128::from(bits) * 8)?;
    let mut out = String::new();
    let per_digit = base.ilog2().max(1);
    out.try_reserve(bits as usize / per_digit as usize + 2).map_err(|_| OutOfMemory)?;
    // Writing to a String does not fail.
    let _ = write!(out, "{}", n.in_radix(base as u8));
    Ok(out)
}

/// Whether the decimal form has more than `limit` digits, found without converting in all but the closest cases.
pub fn exceeds_digits(n: &BigInt, limit: usize) -> bool {
    let bits = bit_length(n) as f64;
    // A number of b bits has between (b - 1)·log10(2) and b·log10(2) + 1 digits.
    if (bits - 1.0) * std::f64::consts::LOG10_2 >= limit as f64 + 1.0 {
        return true;
    }
    if bits * std::f64::consts::LOG10_2 + 1.0 < limit as f64 {
        return false;
    }
    to_text(n, 10).is_ok_and(|text| text.len() - usize::from(is_negative(n)) > limit)
}
