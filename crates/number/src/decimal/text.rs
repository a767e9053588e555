//! Numbers from text and to text.

use super::{Decimal, Kind, MAX};
use dashu_int::UBig;

/// A number as text has it; without the limits of a context.
fn parse(text: &[u8]) -> Option<Decimal> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let lower = rest.iter().take(10).map(u8::to_ascii_lowercase).collect::<Vec<u8>>();
    if lower == b"inf" || lower == b"infinity" && rest.len() == 8 {
        return Some(Decimal::infinity(negative));
    }
    for (name, kind) in [(&b"nan"[..], Kind::QuietNan), (b"snan", Kind::SignalingNan)] {
        if lower.starts_with(name) {
            let payload = &rest[name.len()..];
            let coefficient = if payload.is_empty() { UBig::ZERO } else { digits(payload)? };
            return Some(Decimal { negative, kind, coefficient, exponent: 0 });
        }
    }
    let (mantissa, exponent) = match rest.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let mut exponent = match exponent {
        Some(text) => exponent_of(text)?,
        None => 0,
    };
    let (whole, fraction) = match mantissa.iter().position(|&b| b == b'.') {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &[][..]),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let all: Vec<u8> = [whole, fraction].concat();
    exponent -= fraction.len() as i64;
    Some(Decimal::finite(negative, digits(&all)?, exponent))
}

fn digits(text: &[u8]) -> Option<UBig> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    if text.len() <= 38 {
        return Some(UBig::from(text.iter().fold(0u128, |n, digit| n * 10 + u128::from(digit - b'0'))));
    }
    UBig::from_str_radix(std::str::from_utf8(text).ok()?, 10).ok()
}

/// An exponent; what is far beyond all limits is clipped.
fn exponent_of(text: &[u8]) -> Option<i64> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = text.iter().fold(0i64, |n, digit| (n.saturating_mul(10) + i64::from(digit - b'0')).min(4 * MAX));
    Some(if negative { -size } else { size })
}

impl Decimal {
    /// The number that text (in ASCII) describes, not rounded; `None` if it describes none.
    pub fn parse_exact(text: &[u8]) -> Option<Decimal> {
        parse(text)
    }

    /// Scientific notation where the exponent asks for it.
    pub fn to_sci(&self, capitals: bool) -> String {
        self.to_text(capitals, false)
    }

    /// Engineering notation: exponents are multiples of three.
    pub fn to_eng(&self, capitals: bool) -> String {
        self.to_text(capitals, true)
    }

    fn to_text(&self, capitals: bool, engineering: bool) -> String {
        let sign = if self.negative { "-" } else { "" };
        match self.kind {
            Kind::Infinite => return format!("{sign}Infinity"),
            Kind::QuietNan | Kind::SignalingNan => {
                let name = if self.kind == Kind::SignalingNan { "sNaN" } else { "NaN" };
                let zero = self.coefficient.is_zero();
                let payload = if zero { String::new() } else { self.coefficient.to_string() };
                return format!("{sign}{name}{payload}");
            }
            Kind::Finite => {}
        }
        let digits = self.coefficient.to_string();
        let len = digits.len() as i64;
        let left = self.exponent + len;
        // How many digits stand before the point.
        let point = if self.exponent <= 0 && left > -6 {
            left
        } else if !engineering {
            1
        } else if self.coefficient.is_zero() {
            (left + 1).rem_euclid(3) - 1
        } else {
            (left - 1).rem_euclid(3) + 1
        };
        let mut out = String::from(sign);
        if point <= 0 {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
            out.push_str(&digits);
        } else if point >= len {
            out.push_str(&digits);
            out.extend(std::iter::repeat_n('0', (point - len) as usize));
        } else {
            out.push_str(&digits[..point as usize]);
            out.push('.');
            out.push_str(&digits[point as usize..]);
        }
        if left != point {
            out.push_str(if capitals { "E" } else { "e" });
            out.push_str(&format!("{:+}", left - point));
        }
        out
    }
}
