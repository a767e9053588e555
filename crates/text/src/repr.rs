//! `repr` and `ascii` of text, `repr` of bytes.

use crate::chars::is_printable;
use crate::codec::handler::push_escape;
use crate::units::{OutOfMemory, TextBuilder, Units, UnitsBuf};

/// The quote that `repr` takes: single, unless there are single quotes and no double ones.
fn quote(single: bool, double: bool) -> u32 {
    if single && !double { 0x22 } else { 0x27 }
}

/// Text that `repr` gives as it is, between single quotes: most is.
pub fn plain(text: Units<'_>) -> Option<&[u8]> {
    let Units::Ascii(bytes) = text else { return None };
    let kept = |&byte: &u8| (0x20..0x7F).contains(&byte) && byte != b'\'' && byte != b'\\';
    // All are looked at, so that many are at once.
    bytes.iter().fold(true, |all, byte| all & kept(byte)).then_some(bytes)
}

/// `repr(text)`.
pub fn repr(text: Units<'_>) -> Result<UnitsBuf, OutOfMemory> {
    escape(text, is_printable)
}

/// `ascii(text)`.
pub fn ascii(text: Units<'_>) -> Result<UnitsBuf, OutOfMemory> {
    escape(text, |code| (0x20..0x7F).contains(&code))
}

/// A repr with what is not ASCII escaped: `ascii(object)`.
pub fn escape_non_ascii(text: Units<'_>) -> Result<UnitsBuf, OutOfMemory> {
    let mut out = TextBuilder::with_capacity(text.len())?;
    for code in text.iter() {
        if code < 0x80 { out.push(code)? } else { push_escape(&mut out, code)? }
    }
    Ok(out.finish())
}

fn escape(text: Units<'_>, keep: impl Fn(u32) -> bool) -> Result<UnitsBuf, OutOfMemory> {
    let (mut single, mut double) = (false, false);
    for code in text.iter() {
        single |= code == 0x27;
        double |= code == 0x22;
    }
    let quote = quote(single, double);
    let mut out = TextBuilder::with_capacity(text.len() + 2)?;
    out.push(quote)?;
    for code in text.iter() {
        match code {
            0x09 => out.push_str("\\t")?,
            0x0A => out.push_str("\\n")?,
            0x0D => out.push_str("\\r")?,
            _ if code == quote || code == 0x5C => {
                out.push(0x5C)?;
                out.push(code)?;
            }
            _ if keep(code) => out.push(code)?,
            _ => push_escape(&mut out, code)?,
        }
    }
    out.push(quote)?;
    Ok(out.finish())
}

/// The body of `repr(bytes)`: `b'…'`. The caller wraps it for `bytearray`.
pub fn bytes_repr(bytes: &[u8]) -> Result<UnitsBuf, OutOfMemory> {
    let has = |byte| memchr::memchr(byte, bytes).is_some();
    let quote = quote(has(b'\''), has(b'"'));
    let mut out = TextBuilder::with_capacity(bytes.len() + 3)?;
    out.push(u32::from(b'b'))?;
    out.push(quote)?;
    for &byte in bytes {
        let code = u32::from(byte);
        match byte {
            b'\t' => out.push_str("\\t")?,
            b'\n' => out.push_str("\\n")?,
            b'\r' => out.push_str("\\r")?,
            _ if code == quote || byte == b'\\' => {
                out.push(0x5C)?;
                out.push(code)?;
            }
            0x20..0x7F => out.push(code)?,
            _ => push_escape(&mut out, code)?,
        }
    }
    out.push(quote)?;
    Ok(out.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes() {
        let run = |f: fn(Units<'_>) -> Result<UnitsBuf, OutOfMemory>, s: &str| {
            f(UnitsBuf::try_from(s).unwrap().as_units()).unwrap().as_units().to_string().unwrap()
        };
        let text = |s: &str| plain(UnitsBuf::try_from(s).unwrap().as_units()).is_some();
        assert_eq!(
            ["a b~", "", "it's", "\\", "\n", "\u{7f}", "\u{e9}"].map(text),
            [true, true, false, false, false, false, false]
        );
        assert_eq!(run(repr, "it's"), "\"it's\"");
        assert_eq!(run(repr, "'\""), r#"'\'"'"#);
        assert_eq!(
            run(repr, "\0\n\u{7f}\u{a0}\u{e9}\u{200b}\u{1F600}\u{E0001}"),
            "'\\x00\\n\\x7f\\xa0\u{e9}\\u200b\u{1F600}\\U000e0001'"
        );
        assert_eq!(run(ascii, "\u{e9}\u{1F600}\\"), "'\\xe9\\U0001f600\\\\'");
        assert_eq!(bytes_repr(b"a'\x00\xff\\").unwrap().as_units().to_string().unwrap(), r#"b"a'\x00\xff\\""#);
        assert_eq!(repr(Units::Ucs2(&[0xD800])).unwrap().as_units().to_string().unwrap(), "'\\ud800'");
    }
}
