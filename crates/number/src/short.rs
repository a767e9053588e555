//! Short ASCII texts of numbers, made without an allocation. What is too long or too unusual for them gives `None`, and the
//! general forms in [`crate::float`], [`crate::int`] and [`crate::format`] take over.

use crate::format::{Align, Sign, Spec, percent};

/// Bytes that a text may have.
const ROOM: usize = 64;
/// Padding and digits up to this always fit.
const WIDEST: usize = 40;

/// A text of at most 64 ASCII characters.
#[derive(Clone, Copy)]
pub struct Short {
    room: [u8; ROOM],
    len: usize,
}

impl Short {
    const fn new() -> Short {
        Short { room: [0; ROOM], len: 0 }
    }

    /// The text, all of it ASCII.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.room[..self.len.min(ROOM)]
    }

    /// Appends; what does not fit is lost, so the callers have seen to it that all does.
    #[inline]
    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.room.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }

    #[inline]
    fn push_all(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.push(byte);
        }
    }

    #[inline]
    fn repeat(&mut self, byte: u8, count: usize) {
        for _ in 0..count {
            self.push(byte);
        }
    }
}

static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut i = 0;
    while i < 100 {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
};

/// The digits of a number, at the end of their room.
struct Digits {
    room: [u8; 64],
    start: usize,
}

impl Digits {
    #[inline]
    fn as_bytes(&self) -> &[u8] {
        &self.room[self.start.min(64)..]
    }

    #[inline]
    fn decimal(mut n: u64) -> Digits {
        let mut out = Digits { room: [0; 64], start: 64 };
        while n >= 10 {
            let pair = PAIRS[(n % 100) as usize];
            n /= 100;
            out.start -= 2;
            out.room[out.start..out.start + 2].copy_from_slice(&pair);
        }
        if n > 0 || out.start == 64 {
            out.start -= 1;
            out.room[out.start] = b'0' + n as u8;
        }
        out
    }

    fn power_of_two(mut n: u64, bits: u32, upper: bool) -> Digits {
        let mut out = Digits { room: [0; 64], start: 64 };
        loop {
            let digit = (n & ((1 << bits) - 1)) as u8;
            out.start -= 1;
            out.room[out.start] = match digit {
                0..10 => b'0' + digit,
                _ if upper => b'A' + digit - 10,
                _ => b'a' + digit - 10,
            };
            n >>= bits;
            if n == 0 {
                return out;
            }
        }
    }

    /// In the base of a presentation type; `None` for types that are not an integer's.
    #[inline]
    fn of_type(n: u64, code: u8) -> Option<Digits> {
        Some(match code {
            b'd' | b'i' | b'u' => Digits::decimal(n),
            b'x' => Digits::power_of_two(n, 4, false),
            b'X' => Digits::power_of_two(n, 4, true),
            b'o' => Digits::power_of_two(n, 3, false),
            b'b' => Digits::power_of_two(n, 1, false),
            _ => return None,
        })
    }
}

/// `str(n)`.
#[inline]
pub fn int(n: i64) -> Short {
    let mut out = Short::new();
    if n < 0 {
        out.push(b'-');
    }
    let digits = Digits::decimal(n.unsigned_abs());
    let digits = digits.as_bytes();
    let end = out.len + digits.len();
    if let Some(slot) = out.room.get_mut(out.len..end) {
        slot.copy_from_slice(digits);
        out.len = end;
    }
    out
}

/// `repr(x)` where it is neither exponential nor special.
pub fn repr(x: f64) -> Option<Short> {
    let magnitude = x.abs();
    // Below 2**52 no two shortest texts are equally near, the case in which Python has its own choice.
    if !(1e-3..4e15).contains(&magnitude) && magnitude != 0.0 {
        return None;
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(x).as_bytes();
    if !text.contains(&b'.') || text.contains(&b'e') {
        return None;
    }
    let mut out = Short::new();
    out.push_all(text);
    Some(out)
}

/// A magnitude times ten to the `places`, rounded half to even. `None` where 128 bits do not hold the exact product.
pub(crate) fn scaled(magnitude: f64, places: usize) -> Option<u64> {
    let places = u32::try_from(places).ok().filter(|&p| p <= 15)?;
    let scale = 10u64.pow(places);
    let bits = magnitude.to_bits();
    let (exponent, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
    // magnitude = mantissa / 2^shift
    let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
    let shift = u32::try_from(1075 - exponent.max(1)).ok().filter(|&s| (1..128).contains(&s))?;
    let product = u128::from(mantissa) * u128::from(scale);
    let (whole, rest) = (product >> shift, product & ((1 << shift) - 1));
    let half = 1u128 << (shift - 1);
    let rounded = whole + u128::from(rest > half || rest == half && whole & 1 == 1);
    u64::try_from(rounded).ok()
}

/// The digits of a magnitude with so many places after the point.
fn fixed(magnitude: f64, places: usize) -> Option<Short> {
    let digits = Digits::decimal(scaled(magnitude, places)?);
    let digits = digits.as_bytes();
    let mut out = Short::new();
    let whole = digits.len().saturating_sub(places);
    if whole == 0 {
        out.push(b'0');
    }
    out.push_all(&digits[..whole]);
    if places > 0 {
        out.push(b'.');
        out.repeat(b'0', places.saturating_sub(digits.len()));
        out.push_all(&digits[whole..]);
    }
    Some(out)
}

/// Sign, prefix and body with padding.
fn lay_out(head: &[u8], body: &[u8], width: usize, fill: u8, align: Align) -> Short {
    let padding = width.saturating_sub(head.len() + body.len());
    let (left, middle, right) = match align {
        Align::Left => (0, 0, padding),
        Align::Right => (padding, 0, 0),
        Align::Center => (padding / 2, 0, padding - padding / 2),
        Align::Sign => (0, padding, 0),
    };
    let mut out = Short::new();
    out.repeat(fill, left);
    out.push_all(head);
    out.repeat(fill, middle);
    out.push_all(body);
    out.repeat(fill, right);
    out
}

/// The fill, if the specification is one that the short forms know.
fn plain(spec: &Spec) -> Option<u8> {
    let usual = spec.width <= WIDEST
        && spec.grouping.is_none()
        && spec.fraction_grouping.is_none()
        && !spec.no_negative_zero
        && spec.fill < 0x80;
    usual.then_some(spec.fill as u8)
}

fn sign(negative: bool, sign: Option<Sign>) -> &'static [u8] {
    match sign {
        _ if negative => b"-",
        Some(Sign::Plus) => b"+",
        Some(Sign::Space) => b" ",
        _ => b"",
    }
}

/// `format(n, spec)`.
pub fn format_int(n: i64, spec: &Spec) -> Option<Short> {
    let fill = plain(spec)?;
    if spec.alternate || spec.precision.is_some() {
        return None;
    }
    let digits = Digits::of_type(n.unsigned_abs(), spec.code.map_or(Some(b'd'), |code| u8::try_from(code).ok())?)?;
    if matches!(spec.code, Some(0x69 | 0x75)) || digits.as_bytes().len() > WIDEST {
        return None;
    }
    let align = spec.align.unwrap_or(Align::Right);
    Some(lay_out(sign(n < 0, spec.sign), digits.as_bytes(), spec.width, fill, align))
}

/// `format(x, spec)`.
pub fn format_float(x: f64, spec: &Spec) -> Option<Short> {
    let fill = plain(spec)?;
    if spec.alternate || !x.is_finite() {
        return None;
    }
    let body = match (spec.code, spec.precision) {
        (Some(0x66 | 0x46), precision) => fixed(x.abs(), precision.unwrap_or(6))?,
        (None, None) => repr(x.abs())?,
        _ => return None,
    };
    let align = spec.align.unwrap_or(Align::Right);
    Some(lay_out(sign(x.is_sign_negative(), spec.sign), body.as_bytes(), spec.width, fill, align))
}

fn percent_layout(negative: bool, body: &[u8], width: usize, flags: percent::Flags) -> Short {
    let head: &[u8] = match flags {
        _ if negative => b"-",
        percent::Flags { sign: true, .. } => b"+",
        percent::Flags { space: true, .. } => b" ",
        _ => b"",
    };
    match flags {
        percent::Flags { left: true, .. } => lay_out(head, body, width, b' ', Align::Left),
        percent::Flags { zero: true, .. } => lay_out(head, body, width, b'0', Align::Sign),
        _ => lay_out(head, body, width, b' ', Align::Right),
    }
}

/// `%d`, `%x`, `%X`, `%o` and their like.
pub fn percent_int(n: i64, code: u8, flags: percent::Flags, width: usize, precision: Option<usize>) -> Option<Short> {
    if flags.alternate || width > WIDEST || precision.is_some() {
        return None;
    }
    let digits = Digits::of_type(n.unsigned_abs(), code)?;
    Some(percent_layout(n < 0, digits.as_bytes(), width, flags))
}

/// `%f` and `%F`.
pub fn percent_float(x: f64, code: u8, flags: percent::Flags, width: usize, precision: Option<usize>) -> Option<Short> {
    if flags.alternate || width > WIDEST || !x.is_finite() || !matches!(code, b'f' | b'F') {
        return None;
    }
    let body = fixed(x.abs(), precision.unwrap_or(6))?;
    Some(percent_layout(x.is_sign_negative(), body.as_bytes(), width, flags))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::float::{Flags, general};

    fn numbers() -> impl Iterator<Item = f64> {
        let mut state = 1u64;
        (0..100_000u64).map(move |round| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Multiples of small powers of two have ties; the others are any numbers of middling size.
            match round % 3 {
                0 => (state >> 44) as f64 / 1024.0,
                1 => -((state >> 11) as f64) / 1e12,
                _ => (state >> 40) as f64 / 1000.0,
            }
        })
    }

    fn text(short: Option<Short>) -> Option<String> {
        short.map(|s| String::from_utf8_lossy(s.as_bytes()).into_owned())
    }

    #[test]
    fn short_floats_are_the_general_ones() {
        for (round, x) in numbers().chain([0.0, -0.0, 1e15, 123456789012345.0, 0.001]).enumerate() {
            let places = round % 16;
            if let Some(short) = text(fixed(x.abs(), places)) {
                assert_eq!(short, std::format!("{:.places$}", x.abs()), "{x:?} at {places}");
            }
            let whole = general(x, b'r', 0, Flags { add_dot_0: true, ..Flags::default() });
            assert!(text(repr(x)).is_none_or(|short| Ok(short) == whole), "{x:?}: {whole:?}");
        }
        assert_eq!(text(repr(100.25)).as_deref(), Some("100.25"));
    }

    #[test]
    fn short_ints_are_the_general_ones() {
        for n in [0, 7, -7, 10, 99, 100, -12345, i64::MAX, i64::MIN].into_iter().chain((0..62).map(|i| 1i64 << i)) {
            assert_eq!(text(Some(int(n))), Some(n.to_string()));
            let hex = percent_int(n, b'x', percent::Flags::default(), 0, None);
            assert_eq!(text(hex), Some(std::format!("{}{:x}", if n < 0 { "-" } else { "" }, n.unsigned_abs())));
        }
    }
}
