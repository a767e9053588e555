//! `float.hex` and `float.fromhex`.

/// Why `float.fromhex` failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    /// ValueError: invalid hexadecimal floating-point string
    Invalid,
    /// OverflowError: hexadecimal value too large to represent as a float
    TooLarge,
}

/// `x.hex()`.
pub fn hex(x: f64) -> String {
    if !x.is_finite() {
        return super::repr(x);
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = x.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let (lead, exponent) = match (bits >> 52 & 0x7FF) as i32 {
        0 => (0, -1022),
        biased => (1, biased - 1023),
    };
    format!("{sign}0x{lead}.{fraction:013x}p{exponent:+}")
}

/// `float.fromhex(text)`.
pub fn from_hex(text: &[u8]) -> Result<f64, HexError> {
    let text = crate::int::trim(text);
    let negative = text.first() == Some(&b'-');
    let mut rest = &text[usize::from(matches!(text.first(), Some(b'+' | b'-')))..];
    let signed = |x: f64| if negative { -x } else { x };
    if rest.eq_ignore_ascii_case(b"inf") || rest.eq_ignore_ascii_case(b"infinity") {
        return Ok(signed(f64::INFINITY));
    }
    if rest.eq_ignore_ascii_case(b"nan") {
        return Ok(signed(f64::NAN));
    }
    if let [b'0', b'x' | b'X', tail @ ..] = rest {
        rest = tail;
    }
    // The first 60 bits or so, and whether anything was set below them.
    let (mut top, mut sticky, mut exponent) = (0u64, false, 0i64);
    let (mut count, mut seen_point) = (0usize, false);
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'.' && !seen_point {
            seen_point = true;
        } else if let Some(digit) = (byte as char).to_digit(16) {
            count += 1;
            if top >> 58 == 0 {
                top = top << 4 | u64::from(digit);
                exponent -= if seen_point { 4 } else { 0 };
            } else {
                sticky |= digit != 0;
                exponent += if seen_point { 0 } else { 4 };
            }
        } else {
            break;
        }
        rest = tail;
    }
    if count == 0 {
        return Err(HexError::Invalid);
    }
    if let [b'p' | b'P', tail @ ..] = rest {
        let sign = usize::from(matches!(tail.first(), Some(b'+' | b'-')));
        let len = tail[sign..].iter().take_while(|b| b.is_ascii_digit()).count();
        if len == 0 {
            return Err(HexError::Invalid);
        }
        let digits = &tail[sign..sign + len];
        let written = digits.iter().fold(0i64, |n, d| n.saturating_mul(10).saturating_add(i64::from(d - b'0')));
        let written = written.min(i64::MAX / 4);
        exponent = exponent.saturating_add(if tail[0] == b'-' { -written } else { written });
        rest = &tail[sign + len..];
    }
    // CPython looks at what follows only after it has found the value to be in range.
    let value = crate::int::scaled_f64(top, sticky, exponent.clamp(-100_000, 100_000));
    if value.is_infinite() {
        return Err(HexError::TooLarge);
    }
    if !rest.is_empty() {
        return Err(HexError::Invalid);
    }
    Ok(signed(value))
}
