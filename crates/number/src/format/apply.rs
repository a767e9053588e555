//! A specification applied to a value.

use super::{Align, FormatError, Layout, Sign, Spec, value_error};
use crate::float::Flags;
use crate::int::{is_negative, to_text};
use crate::{BigInt, OutOfMemory};

/// What the presentation type `n` takes from the locale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    /// The decimal point.
    pub decimal_point: String,
    /// The separator of groups.
    pub thousands_separator: String,
    /// The sizes of groups from the right as C's `localeconv` has them: 0 repeats the last, 127 ends grouping.
    pub grouping: Vec<u8>,
}

impl Default for Locale {
    /// The C locale.
    fn default() -> Self {
        Locale { decimal_point: ".".into(), thousands_separator: String::new(), grouping: Vec::new() }
    }
}

/// How digits are grouped.
struct Grouping<'a> {
    separator: &'a str,
    sizes: &'a [u8],
}

impl Grouping<'_> {
    /// The digits with separators, filled up with zeros (and separators) to `width` characters.
    fn apply(&self, digits: &str, width: usize) -> Result<String, OutOfMemory> {
        let mut reversed = String::new();
        let most = digits.len().max(width);
        let room = most.checked_mul(1 + self.separator.len()).ok_or(OutOfMemory)?;
        reversed.try_reserve(room.saturating_add(8)).map_err(|_| OutOfMemory)?;
        let (mut digits, mut width) = (digits.bytes().rev().peekable(), width as isize);
        let separator: Vec<char> = self.separator.chars().rev().collect();
        let (mut sizes, mut size) = (self.sizes.iter(), 0usize);
        let mut first = true;
        loop {
            match sizes.next() {
                Some(0) => sizes = [].iter(),
                Some(127) => (sizes, size) = ([].iter(), usize::MAX),
                Some(&next) => size = usize::from(next),
                None => {}
            }
            if size == 0 {
                size = usize::MAX;
            }
            if !first {
                reversed.extend(&separator);
                width -= separator.len() as isize;
            }
            let mut written = 0;
            while written < size && (digits.peek().is_some() || width > 0 || written == 0) {
                reversed.push(digits.next().unwrap_or(b'0') as char);
                width -= 1;
                written += 1;
            }
            first = false;
            if digits.peek().is_none() && width <= 0 {
                return Ok(reversed.chars().rev().collect());
            }
        }
    }
}

/// A number taken apart.
struct Parts<'a> {
    sign: &'a str,
    prefix: &'a str,
    /// The digits before the point; none for infinities and NaN.
    whole: &'a str,
    point: &'a str,
    fraction: &'a str,
    /// The exponent, `%`, `inf`, `nan`.
    rest: &'a str,
}

fn lay_out(spec: &Spec, parts: &Parts<'_>, grouping: &Grouping<'_>) -> Result<Layout, FormatError> {
    let mut tail = String::new();
    let grouped = if spec.fraction_grouping.is_some() { parts.fraction.len() / 3 } else { 0 };
    make_room(&mut tail, parts.point.len() + parts.fraction.len() + grouped + parts.rest.len())?;
    tail.push_str(parts.point);
    match spec.fraction_grouping {
        Some(separator) => {
            for (i, digit) in parts.fraction.chars().enumerate() {
                if i > 0 && i % 3 == 0 {
                    tail.push(separator as char);
                }
                tail.push(digit);
            }
        }
        None => tail.push_str(parts.fraction),
    }
    tail.push_str(parts.rest);
    let head = format!("{}{}", parts.sign, parts.prefix);
    // Zeros between sign and digits take part in the grouping.
    let zeros = spec.fill == u32::from(b'0') && spec.align == Some(Align::Sign);
    let least = if zeros { spec.width.saturating_sub(head.len() + tail.chars().count()) } else { 0 };
    let mut body = if parts.whole.is_empty() { String::new() } else { grouping.apply(parts.whole, least)? };
    make_room(&mut body, tail.len())?;
    body.push_str(&tail);
    Ok(Layout { head, body, ..Layout::default() }.pad(spec, Align::Right))
}

/// Room for `more` bytes: the text is as long as the program wants it.
fn make_room(text: &mut String, more: usize) -> Result<(), FormatError> {
    text.try_reserve(more).map_err(|_| FormatError::from(crate::OutOfMemory))
}

fn sign_text(negative: bool, sign: Option<Sign>) -> &'static str {
    match sign {
        _ if negative => "-",
        Some(Sign::Plus) => "+",
        Some(Sign::Space) => " ",
        _ => "",
    }
}

/// Which grouping the specification asks for; `size` is that of the number's base.
fn grouping<'a>(spec: &Spec, size: &'a [u8], locale: &'a Locale) -> Grouping<'a> {
    match spec.grouping {
        _ if spec.code == Some(u32::from(b'n')) => {
            Grouping { separator: &locale.thousands_separator, sizes: &locale.grouping }
        }
        Some(b',') => Grouping { separator: ",", sizes: size },
        Some(_) => Grouping { separator: "_", sizes: size },
        None => Grouping { separator: "", sizes: &[] },
    }
}

/// `format(n, spec)`. The caller has dealt with an empty specification (which is `str(n)`).
pub fn int(n: &BigInt, spec: &Spec, type_name: &str, locale: &Locale) -> Result<Layout, FormatError> {
    let code = spec.code_byte().unwrap_or(b'd');
    let (base, prefix, size) = match code {
        b'd' | b'n' => (10, "", 3),
        b'b' => (2, "0b", 4),
        b'o' => (8, "0o", 4),
        b'x' => (16, "0x", 4),
        b'X' => (16, "0X", 4),
        b'c' => (0, "", 0),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'%' => {
            let x = crate::int::to_f64(n).map_err(|_| FormatError::Overflow("int too large to convert to float"))?;
            return float(x, spec, type_name, locale);
        }
        _ => return spec.unknown_code(type_name),
    };
    if spec.precision.is_some() {
        return value_error("Precision not allowed in integer format specifier");
    }
    if spec.no_negative_zero {
        return value_error("Negative zero coercion (z) not allowed in integer format specifier");
    }
    if code == b'c' {
        if spec.sign.is_some() {
            return value_error("Sign not allowed with integer format specifier 'c'");
        }
        if spec.alternate {
            return value_error("Alternate form (#) not allowed with integer format specifier 'c'");
        }
        if i64::try_from(n).is_err() {
            return Err(FormatError::Overflow("Python int too large to convert to C long"));
        }
        let Some(code) = u32::try_from(n).ok().filter(|&code| code < 0x110000) else {
            return Err(FormatError::Overflow("%c arg not in range(0x110000)"));
        };
        return Ok(Layout { code: Some(code), ..Layout::default() }.pad(spec, Align::Right));
    }
    let mut text = to_text(n, base)?;
    if code == b'X' {
        text.make_ascii_uppercase();
    }
    let parts = Parts {
        sign: sign_text(is_negative(n), spec.sign),
        prefix: if spec.alternate { prefix } else { "" },
        whole: text.trim_start_matches('-'),
        point: "",
        fraction: "",
        rest: "",
    };
    lay_out(spec, &parts, &grouping(spec, &[size, 0], locale))
}

/// The text of a float as the specification's type, precision and `#` make it, without sign.
fn float_digits(x: f64, spec: &Spec, code: Option<u8>, default_dot: bool) -> Result<(bool, String), FormatError> {
    let flags = Flags { alternate: spec.alternate, ..Flags::default() };
    let (x, percent) = if code == Some(b'%') { (x * 100.0, true) } else { (x, false) };
    let (style, precision, flags) = match (code, spec.precision) {
        (None, None) => (b'r', 0, Flags { add_dot_0: default_dot, ..flags }),
        (None, Some(precision)) => (b'g', precision, Flags { add_dot_0: default_dot, ..flags }),
        (Some(b'%'), precision) => (b'f', precision.unwrap_or(6), flags),
        (Some(b'n'), precision) => (b'g', precision.unwrap_or(6), flags),
        (Some(code), precision) => (code, precision.unwrap_or(6), flags),
    };
    if precision > i32::MAX as usize {
        return value_error("precision too big");
    }
    let mut text = crate::float::format(x, style, precision, flags)?;
    let mut negative = text.starts_with('-');
    if negative {
        text.remove(0);
        if spec.no_negative_zero && x.is_finite() {
            let digits = text.split(['e', 'E']).next().unwrap_or_default();
            negative = digits.bytes().any(|b| (b'1'..=b'9').contains(&b));
        }
    }
    if percent {
        make_room(&mut text, 1)?;
        text.push('%');
    }
    Ok((negative, text))
}

fn split_float<'a>(text: &'a str, locale: &'a Locale, use_locale: bool) -> Parts<'a> {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at(digits(text));
    let (point, rest) = match rest.strip_prefix('.') {
        Some(rest) => (if use_locale { locale.decimal_point.as_str() } else { "." }, rest),
        None => ("", rest),
    };
    let (fraction, rest) = if point.is_empty() { ("", rest) } else { rest.split_at(digits(rest)) };
    Parts { sign: "", prefix: "", whole, point, fraction, rest }
}

fn is_float_code(code: Option<u8>) -> bool {
    matches!(code, None | Some(b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n'))
}

/// The presentation type; NUL counts as none.
fn float_code(spec: &Spec) -> Option<u8> {
    spec.code_byte().filter(|&code| code != 0)
}

/// `format(x, spec)`. The caller has dealt with an empty specification (which is `str(x)`).
pub fn float(x: f64, spec: &Spec, type_name: &str, locale: &Locale) -> Result<Layout, FormatError> {
    let code = float_code(spec);
    if !is_float_code(code) && code != Some(b'%') {
        return spec.unknown_code(type_name);
    }
    let (negative, text) = float_digits(x, spec, code, true)?;
    let parts = split_float(&text, locale, code == Some(b'n'));
    let parts = Parts { sign: sign_text(negative, spec.sign), ..parts };
    lay_out(spec, &parts, &grouping(spec, &[3, 0], locale))
}

/// `format(complex(re, im), spec)`. The caller has dealt with an empty specification (which is `str`).
pub fn complex(re: f64, im: f64, spec: &Spec, type_name: &str, locale: &Locale) -> Result<Layout, FormatError> {
    let code = float_code(spec);
    if !is_float_code(code) {
        return spec.unknown_code(type_name);
    }
    if spec.fill == u32::from(b'0') {
        return value_error("Zero padding is not allowed in complex format specifier");
    }
    if spec.align == Some(Align::Sign) {
        return value_error("'=' alignment flag is not allowed in complex format specifier");
    }
    let plain = Spec { width: 0, align: None, ..spec.clone() };
    let one = |x: f64, sign: Option<Sign>| -> Result<String, FormatError> {
        let (negative, text) = float_digits(x, spec, code, false)?;
        let parts = split_float(&text, locale, code == Some(b'n'));
        let parts = Parts { sign: sign_text(negative, sign), ..parts };
        Ok(lay_out(&plain, &parts, &grouping(spec, &[3, 0], locale))?.to_text()?)
    };
    let mut body = String::new();
    // Without type it is like repr: parentheses, and no real part if that is zero.
    if code.is_none() && re == 0.0 && re.is_sign_positive() {
        body = one(im, spec.sign)?;
        make_room(&mut body, 1)?;
        body.push('j');
    } else {
        let parentheses = if code.is_none() { ("(", ")") } else { ("", "") };
        body.push_str(parentheses.0);
        let (re, im) = (one(re, spec.sign)?, one(im, Some(Sign::Plus))?);
        make_room(&mut body, re.len() + im.len() + 4)?;
        body.push_str(&re);
        body.push_str(&im);
        body.push('j');
        body.push_str(parentheses.1);
    }
    Ok(Layout { body, ..Layout::default() }.pad(spec, Align::Right))
}

/// `format(text, spec)` of a text of `len` code points: how many of them to keep, and the padding.
pub fn str(len: usize, spec: &Spec, type_name: &str) -> Result<(usize, Layout), FormatError> {
    if spec.code.is_some_and(|code| code != u32::from(b's')) {
        return spec.unknown_code(type_name);
    }
    match spec.sign {
        Some(Sign::Space) => return value_error("Space not allowed in string format specifier"),
        Some(_) => return value_error("Sign not allowed in string format specifier"),
        None => {}
    }
    if spec.no_negative_zero {
        return value_error("Negative zero coercion (z) not allowed in string format specifier");
    }
    if spec.alternate {
        return value_error("Alternate form (#) not allowed in string format specifier");
    }
    if spec.align == Some(Align::Sign) {
        return value_error("'=' alignment not allowed in string format specifier");
    }
    let kept = spec.precision.map_or(len, |precision| precision.min(len));
    let mut layout = Layout::default().pad(spec, Align::Left);
    let padding = spec.width.saturating_sub(kept);
    (layout.left, layout.right) = match spec.align.unwrap_or(Align::Left) {
        Align::Right => (padding, 0),
        Align::Center => (padding / 2, padding - padding / 2),
        Align::Left | Align::Sign => (0, padding),
    };
    Ok((kept, layout))
}
