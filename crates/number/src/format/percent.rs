//! The number part of `%` formatting, for `str` and `bytes` alike.

use crate::float::Flags as FloatFlags;
use crate::int::{is_negative, to_text};
use crate::{BigInt, OutOfMemory};

/// The flags between `%` and the width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `-`
    pub left: bool,
    /// `+`
    pub sign: bool,
    /// ` `
    pub space: bool,
    /// `#`
    pub alternate: bool,
    /// `0`
    pub zero: bool,
}

/// An integer for `%d`, `%i`, `%u`, `%o`, `%x`, `%X`: sign and prefix apart from the digits, which `precision` fills with
/// zeros.
pub fn int(n: &BigInt, code: u8, flags: Flags, precision: Option<usize>) -> Result<(String, String), OutOfMemory> {
    let (base, prefix) = match code {
        b'o' => (8, "0o"),
        b'x' => (16, "0x"),
        b'X' => (16, "0X"),
        _ => (10, ""),
    };
    let text = to_text(n, base)?;
    let mut digits = text.trim_start_matches('-').to_owned();
    if code == b'X' {
        digits.make_ascii_uppercase();
    }
    let missing = precision.unwrap_or(0).saturating_sub(digits.len());
    if missing > 0 {
        let mut filled = String::new();
        filled.try_reserve(missing.checked_add(digits.len()).ok_or(OutOfMemory)?).map_err(|_| OutOfMemory)?;
        filled.extend(std::iter::repeat_n('0', missing));
        filled.push_str(&digits);
        digits = filled;
    }
    let head = format!("{}{}", sign(is_negative(n), flags), if flags.alternate { prefix } else { "" });
    Ok((head, digits))
}

/// A float for `%e`, `%E`, `%f`, `%F`, `%g`, `%G`: sign apart from the rest. The precision is 6 unless given.
pub fn float(x: f64, code: u8, flags: Flags, precision: Option<usize>) -> Result<(String, String), OutOfMemory> {
    let style = FloatFlags { alternate: flags.alternate, ..FloatFlags::default() };
    let text = crate::float::format(x, code, precision.unwrap_or(6), style)?;
    Ok(match text.strip_prefix('-') {
        Some(rest) => (sign(true, flags).to_owned(), rest.to_owned()),
        None => (sign(false, flags).to_owned(), text),
    })
}

fn sign(negative: bool, flags: Flags) -> &'static str {
    match flags {
        _ if negative => "-",
        Flags { sign: true, .. } => "+",
        Flags { space: true, .. } => " ",
        _ => "",
    }
}

/// Head and body laid out in `width`: to the left, filled with zeros after the head, or to the right.
pub fn pad(head: &str, body: &str, width: usize, flags: Flags) -> Result<String, OutOfMemory> {
    let padding = width.saturating_sub(head.len() + body.len());
    let mut out = String::new();
    let room = padding.checked_add(head.len() + body.len()).ok_or(OutOfMemory)?;
    out.try_reserve(room).map_err(|_| OutOfMemory)?;
    let zeros = flags.zero && !flags.left;
    if !flags.left && !zeros {
        out.extend(std::iter::repeat_n(' ', padding));
    }
    out.push_str(head);
    if zeros {
        out.extend(std::iter::repeat_n('0', padding));
    }
    out.push_str(body);
    if flags.left {
        out.extend(std::iter::repeat_n(' ', padding));
    }
    Ok(out)
}
