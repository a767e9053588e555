//! Floats from text and to text.

use crate::OutOfMemory;

/// No float has more significant decimal digits, nor more digits after the point.
const MOST_DIGITS: usize = 1100;

/// `float(text)`: white space, sign, underscores between digits, `inf`, `infinity`, `nan`; `None` if it is no float.
/// Non-ASCII digits and spaces have been replaced by the caller.
pub fn parse(text: &[u8]) -> Option<f64> {
    let (value, used) = parse_prefix(crate::int::trim(text))?;
    (used == crate::int::trim(text).len()).then_some(value)
}

/// The longest float that `text` begins with, and its length.
pub(crate) fn parse_prefix(text: &[u8]) -> Option<(f64, usize)> {
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let negative = text.first() == Some(&b'-');
    let body = &text[sign..];
    let starts = |word: &[u8]| body.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let signed = |x: f64| if negative { -x } else { x };
    for (word, value) in [(&b"infinity"[..], f64::INFINITY), (b"inf", f64::INFINITY), (b"nan", f64::NAN)] {
        if starts(word) {
            return Some((signed(value), sign + word.len()));
        }
    }
    // One run of digits, in which single underscores may stand between digits.
    let run = |mut at: usize| {
        let start = at;
        while let Some(byte) = body.get(at) {
            match byte {
                b'0'..=b'9' => at += 1,
                b'_' if at > start && body[at - 1] != b'_' && matches!(body.get(at + 1), Some(b'0'..=b'9')) => at += 1,
                _ => break,
            }
        }
        at
    };
    let whole = run(0);
    let mut end = whole;
    let mut fraction = 0;
    if body.get(end) == Some(&b'.') {
        let after = run(end + 1);
        fraction = after - (end + 1);
        end = after;
    }
    if whole == 0 && fraction == 0 {
        return None;
    }
    if matches!(body.get(end), Some(b'e' | b'E')) {
        let digits = end + 1 + usize::from(matches!(body.get(end + 1), Some(b'+' | b'-')));
        let after = run(digits);
        if after > digits {
            end = after;
        }
    }
    let number = &body[..end];
    let value: f64 = if number.contains(&b'_') {
        let plain: Vec<u8> = number.iter().copied().filter(|&b| b != b'_').collect();
        std::str::from_utf8(&plain).ok()?.parse().ok()?
    } else {
        std::str::from_utf8(number).ok()?.parse().ok()?
    };
    Some((signed(value), sign + end))
}

/// How a float is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Keep the point and, for `g`, trailing zeros (`#`).
    pub alternate: bool,
    /// Write `.0` after a whole number.
    pub add_dot_0: bool,
    /// Write a plus sign too.
    pub sign: bool,
}

/// Significant digits and the position of the point relative to their start.
fn digits(text: &str) -> (Vec<u8>, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let digits: Vec<u8> = mantissa.bytes().filter(|b| *b != b'.').collect();
    (digits, exponent.parse::<i32>().unwrap_or(0) + 1)
}

/// The fewest digits that read back as the same float; of several the nearest, of two as near the even one (the standard
/// library takes the upper).
fn shortest(magnitude: f64) -> (Vec<u8>, i32) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(magnitude);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let mut digits: Vec<u8> = Vec::with_capacity(24);
    digits.extend(mantissa.bytes().filter(|b| *b != b'.'));
    let whole = mantissa.find('.').unwrap_or(mantissa.len());
    let mut point = whole as i32 + exponent.parse::<i32>().unwrap_or(0);
    let leading = digits.iter().take_while(|&&d| d == b'0').count().min(digits.len() - 1);
    digits.drain(..leading);
    point -= leading as i32;
    strip_zeros(&mut digits);
    if digits == b"0" {
        point = 1;
    }
    (digits, point)
}

fn strip_zeros(digits: &mut Vec<u8>) {
    while digits.len() > 1 && digits.last() == Some(&b'0') {
        digits.pop();
    }
}

/// The digits of a magnitude at so many places, rounded half to even, and how many of them stand in front of the point.
/// `None` where 128 bits do not hold the exact product.
fn fixed(magnitude: f64, places: usize) -> Option<(Vec<u8>, usize)> {
    let mut digits = crate::short::scaled(magnitude, places)?.to_string().into_bytes();
    if digits.len() <= places {
        let missing = places + 1 - digits.len();
        digits.splice(0..0, std::iter::repeat_n(b'0', missing));
    }
    let whole = digits.len() - places;
    Some((digits, whole))
}

/// Writes a float: `code` is `e`, `f`, `g` (upper case for an upper-case result) or `r` for the shortest text that reads
/// back the same (the precision is then ignored).
pub fn format(x: f64, code: u8, precision: usize, flags: Flags) -> Result<String, OutOfMemory> {
    if code == b'r'
        && flags == (Flags { add_dot_0: true, ..Flags::default() })
        && let Some(short) = crate::short::repr(x)
    {
        return Ok(String::from_utf8_lossy(short.as_bytes()).into_owned());
    }
    general(x, code, precision, flags)
}

/// As [`format`], for all floats.
pub(crate) fn general(x: f64, code: u8, precision: usize, flags: Flags) -> Result<String, OutOfMemory> {
    let upper = code.is_ascii_uppercase();
    let sign = if x.is_sign_negative() && !x.is_nan() {
        "-"
    } else if flags.sign {
        "+"
    } else {
        ""
    };
    let word = match (x.is_nan(), x.is_infinite(), upper) {
        (true, _, true) => Some("NAN"),
        (true, _, false) => Some("nan"),
        (_, true, true) => Some("INF"),
        (_, true, false) => Some("inf"),
        _ => None,
    };
    if let Some(word) = word {
        return Ok(format!("{sign}{word}"));
    }
    let magnitude = x.abs();
    if precision > isize::MAX as usize / 2 {
        return Err(OutOfMemory);
    }
    // `wanted` is how many digits to show, counted from the first; missing ones are zeros.
    let (digits, point, exponential, wanted) = match code.to_ascii_lowercase() {
        b'r' => {
            let (digits, point) = shortest(magnitude);
            let len = digits.len();
            (digits, point, point <= -4 || point > 16, len as i64)
        }
        b'e' => {
            let (digits, point) = digits(&format!("{magnitude:.*e}", precision.min(MOST_DIGITS)));
            (digits, point, true, precision as i64 + 1)
        }
        b'f' => {
            let (digits, whole) = match fixed(magnitude, precision) {
                Some(known) => known,
                None => {
                    let text = format!("{magnitude:.*}", precision.min(MOST_DIGITS));
                    let whole = text.find('.').unwrap_or(text.len());
                    (text.bytes().filter(|b| *b != b'.').collect(), whole)
                }
            };
            (digits, whole as i32, false, whole as i64 + precision as i64)
        }
        _ => {
            let precision = precision.max(1);
            let (mut digits, point) = digits(&format!("{magnitude:.*e}", (precision - 1).min(MOST_DIGITS)));
            strip_zeros(&mut digits);
            let limit = precision as i64 - i64::from(flags.add_dot_0);
            let wanted = if flags.alternate { precision as i64 } else { digits.len() as i64 };
            (digits, point, point <= -4 || i64::from(point) > limit, wanted)
        }
    };
    let mut out = String::new();
    let room = usize::try_from(wanted).map_err(|_| OutOfMemory)?.saturating_add(point.unsigned_abs() as usize);
    out.try_reserve(room.saturating_add(16)).map_err(|_| OutOfMemory)?;
    out.push_str(sign);
    let digit = |i: i64| match usize::try_from(i) {
        Ok(i) => digits.get(i).map_or('0', |&d| d as char),
        Err(_) => '0',
    };
    let before = if exponential { 1 } else { i64::from(point) };
    if before <= 0 {
        out.push('0');
    }
    (0..before).for_each(|i| out.push(digit(i)));
    out.push('.');
    let shown = out.len();
    (before.min(0)..wanted.max(before)).skip_while(|&i| i < before).for_each(|i| out.push(digit(i)));
    if out.len() == shown {
        if flags.add_dot_0 && !exponential {
            out.push('0');
        } else if !flags.alternate {
            out.pop();
        }
    }
    if exponential {
        let exponent = if digits.iter().all(|&d| d == b'0') { 0 } else { point - 1 };
        out.push(if upper { 'E' } else { 'e' });
        out.push_str(&format!("{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()));
    }
    Ok(out)
}

/// `repr(x)`.
pub fn repr(x: f64) -> String {
    format(x, b'r', 0, Flags { add_dot_0: true, ..Flags::default() }).unwrap_or_default()
}

/// `round(x, ndigits)`, correctly rounded, ties to even. The result is infinite if it is too large to represent
/// (OverflowError: rounded value too large to represent).
pub fn round(x: f64, ndigits: i64) -> f64 {
    // Beyond the first bound there is nothing to round; beyond the second nothing is left.
    if !x.is_finite() || x == 0.0 || ndigits > 323 {
        return x;
    }
    if ndigits < -308 {
        return 0.0 * x;
    }
    if let Ok(places) = usize::try_from(ndigits) {
        return format!("{x:.places$}").parse().unwrap_or(x);
    }
    let place = (-ndigits) as usize;
    // All the digits of the whole part, and whether anything follows.
    let whole = format!("{:.0}", x.abs().trunc());
    let cut = whole.len().checked_sub(place);
    let zero = || 0.0f64.copysign(x);
    let Some(cut) = cut else { return zero() };
    let (kept, lost) = whole.split_at(cut);
    let half = lost.as_bytes()[0].cmp(&b'5').then_with(|| {
        let more = lost.bytes().skip(1).any(|d| d != b'0') || x.fract() != 0.0;
        if more { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Equal }
    });
    let odd = kept.bytes().last().is_some_and(|d| d % 2 == 1);
    let up = half.is_gt() || (half.is_eq() && odd);
    let mut digits: Vec<u8> = kept.bytes().collect();
    if up {
        match digits.iter().rposition(|&d| d != b'9') {
            Some(i) => {
                digits[i] += 1;
                digits[i + 1..].fill(b'0');
            }
            None => {
                digits.fill(b'0');
                digits.insert(0, b'1');
            }
        }
    }
    if digits.is_empty() {
        return zero();
    }
    let text = format!("{}e{place}", String::from_utf8_lossy(&digits));
    text.parse::<f64>().unwrap_or(0.0).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::fixed;

    #[test]
    fn fixed_places_are_rounded_as_the_standard_library_does() {
        let mut state = 1u64;
        for round in 0..200_000u64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Multiples of small powers of two have ties; the others are any numbers of middling size.
            let x = if round % 2 == 0 { (state >> 44) as f64 / 1024.0 } else { (state >> 11) as f64 / 1e12 };
            let places = (round % 16) as usize;
            let Some((digits, whole)) = fixed(x, places) else { continue };
            let (front, back) = digits.split_at(whole);
            let mut text = String::from_utf8(front.to_vec()).expect("digits");
            if places > 0 {
                text.push('.');
                text.push_str(std::str::from_utf8(back).expect("digits"));
            }
            assert_eq!(text, format!("{x:.places$}"), "{x:?} at {places}");
        }
    }
}
