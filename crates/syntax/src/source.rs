//! From a file's bytes to text: byte order mark, coding cookie (PEP 263), line ends, NULs.

use crate::error::{ErrorKind, SyntaxError};

/// Decodes with an encoding that this crate does not know: name, bytes → text. `None`: no such encoding or bad bytes.
pub type OtherDecoder<'a> = &'a mut dyn FnMut(&str, &[u8]) -> Option<String>;

/// Decodes a source file as CPython's tokenizer does: UTF-8 by default, or what a cookie in the first two lines says.
/// Line ends become `\n`. `other` is asked for encodings beyond UTF-8, Latin-1 and ASCII.
pub fn decode(bytes: &[u8], other: OtherDecoder<'_>) -> Result<String, Box<SyntaxError>> {
    let (bytes, marked) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let cookie = cookie(bytes);
    let encoding = cookie.as_deref().map(normalise);
    let other_name = encoding.as_deref().is_some_and(|e| e != "utf-8");
    if marked && (other_name || cookie.as_deref().is_some_and(|c| c.eq_ignore_ascii_case("utf8"))) {
        return Err(plain(format!("encoding problem: {} with BOM", cookie.unwrap_or_default())));
    }
    let text = match encoding.as_deref() {
        None | Some("utf-8") => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(error) => return Err(bad_utf8(bytes, error.valid_up_to(), cookie.is_some())),
        },
        Some("iso-8859-1") => bytes.iter().map(|b| *b as char).collect(),
        Some("ascii") => match bytes.iter().position(|b| !b.is_ascii()) {
            None => bytes.iter().map(|b| *b as char).collect(),
            Some(at) => {
                return Err(plain(format!(
                    "(unicode error) 'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in \
                     range(128)",
                    bytes[at]
                )));
            }
        },
        Some(name) => match other(name, bytes) {
            Some(text) => text,
            None => return Err(plain(format!("unknown encoding: {}", cookie.unwrap_or_default()))),
        },
    };
    check(text)
}

/// Sees to a text that is a `str` already: NULs are refused, line ends become `\n`.
pub fn check(text: String) -> Result<String, Box<SyntaxError>> {
    if text.contains('\0') {
        return Err(Box::new(
            SyntaxError { raw: false, ..*plain("source code string cannot contain null bytes".into()) }
                .with_kind(ErrorKind::Syntax),
        ));
    }
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text })
}

fn plain(message: String) -> Box<SyntaxError> {
    Box::new(SyntaxError { raw: false, ..SyntaxError::new(message, crate::ast::Pos::default()) })
}

fn bad_utf8(bytes: &[u8], at: usize, declared: bool) -> Box<SyntaxError> {
    let line = bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
    let _ = declared;
    let message = format!(
        "(unicode error) 'utf-8' codec can't decode byte 0x{:02x} in position {}: {}",
        bytes[at],
        at - bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1),
        utf8_problem(&bytes[at..])
    );
    let mut error = plain(message);
    error.line = line as i32;
    error
}

fn utf8_problem(rest: &[u8]) -> &'static str {
    let wanted = match rest[0] {
        0xC2..0xE0 => 1,
        0xE0..0xF0 => 2,
        0xF0..0xF5 => 3,
        _ => return "invalid start byte",
    };
    let have = rest[1..].iter().take(wanted).take_while(|b| (0x80..0xC0).contains(*b)).count();
    if have < wanted && rest.len() == 1 + have { "unexpected end of data" } else { "invalid continuation byte" }
}

/// The encoding that a comment in the first two lines names.
pub fn cookie(bytes: &[u8]) -> Option<String> {
    for line in bytes.split(|b| *b == b'\n' || *b == b'\r').take(2) {
        let blank = line.iter().position(|b| !b" \t\x0c".contains(b));
        let Some(start) = blank else { continue };
        if line[start] != b'#' {
            return None;
        }
        if let Some(name) = cookie_in(&line[start..]) {
            return Some(name);
        }
    }
    None
}

fn cookie_in(comment: &[u8]) -> Option<String> {
    let text = comment.windows(6).position(|w| w == b"coding").map(|i| &comment[i + 6..])?;
    let rest = match text.first() {
        Some(b':' | b'=') => &text[1..],
        _ => return cookie_in(text),
    };
    let start = rest.iter().position(|b| *b != b' ' && *b != b'\t')?;
    let name: Vec<u8> =
        rest[start..].iter().copied().take_while(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)).collect();
    if name.is_empty() { None } else { String::from_utf8(name).ok() }
}

fn normalise(name: &str) -> String {
    let name: String = name.chars().take(12).map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    let is = |what: &str| name == what || name.strip_prefix(what).is_some_and(|rest| rest.starts_with('-'));
    if is("utf-8") || name == "utf8" {
        "utf-8".into()
    } else if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") || name == "latin1" {
        "iso-8859-1".into()
    } else if name == "ascii" || name == "us-ascii" {
        "ascii".into()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies() {
        let cases: [(&[u8], Option<&str>); 7] = [
            (b"# -*- coding: latin-1 -*-\n", Some("latin-1")),
            (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n", Some("cp1252")),
            (b"x = 1\n# coding: latin-1\n", None),
            (b"\n# coding=utf_8\n", Some("utf_8")),
            (b"\n\n# coding=utf_8\n", None),
            (b"# encoding for xcoding: ascii", Some("ascii")),
            (b"# coding", None),
        ];
        for (source, expected) in cases {
            assert_eq!(cookie(source).as_deref(), expected, "{}", source.escape_ascii());
        }
    }

    #[test]
    fn decoding() {
        let text = |bytes: &[u8]| decode(bytes, &mut |_, _| None);
        assert_eq!(text(b"\xef\xbb\xbfa\r\nb\rc").unwrap(), "a\nb\nc");
        assert_eq!(text(b"# coding: latin-1\n'\xe9'").unwrap(), "# coding: latin-1\n'\u{e9}'");
        assert!(text(b"\xef\xbb\xbf# coding: latin-1\n").is_err());
        assert!(text(b"# coding: nonsense\n").unwrap_err().message.contains("unknown encoding: nonsense"));
        assert!(text(b"a\n'\xff'").unwrap_err().message.contains("invalid start byte"));
        assert!(text(b"a\0b").unwrap_err().message.contains("null bytes"));
    }
}
