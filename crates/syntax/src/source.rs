//! From a file's bytes to text: byte order mark, coding cookie (PEP 263), line ends, NULs.

use crate::error::{Shape, SyntaxError};

/// Decodes with an encoding that this crate does not know: name, bytes → text, or what a SyntaxError says.
pub type OtherDecoder<'a> = &'a mut dyn FnMut(&str, &[u8]) -> Result<String, String>;

/// Where bytes of source come from: CPython words some errors in its own way for a program that it reads from a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin<'a> {
    /// `compile()`, `exec()`, the importer.
    Bytes,
    /// The file of a program, by its name.
    File(&'a str),
}

/// Decodes source as CPython's tokenizer does: UTF-8 by default, or what a cookie in the first two lines says.
/// Line ends become `\n`. `other` is asked for encodings beyond UTF-8, Latin-1 and ASCII.
pub fn decode(bytes: &[u8], origin: Origin<'_>, other: OtherDecoder<'_>) -> Result<String, Box<SyntaxError>> {
    if origin == Origin::Bytes && bytes.contains(&0) {
        return Err(nul_in_string());
    }
    let (bytes, marked) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let cookie = cookie(bytes);
    let encoding = cookie.as_ref().map(|c| normalise(&c.name));
    if marked
        && let Some(cookie) = &cookie
        && encoding.as_deref() != Some("utf-8")
    {
        let mut error = on_line(bytes, cookie.at, format!("encoding problem: {} with BOM", normalise(&cookie.name)));
        error.end_col = error.text.as_ref().map_or(0, |t| t.chars().count() as i32) + 1;
        error.shape = if origin == Origin::Bytes { Shape::Unnamed } else { Shape::Full };
        return Err(error);
    }
    let text = match encoding.as_deref() {
        None | Some("utf-8") => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(error) => return Err(bad_utf8(bytes, error.valid_up_to(), origin, marked || cookie.is_some())),
        },
        Some("iso-8859-1") => bytes.iter().map(|b| *b as char).collect(),
        Some(name) => {
            // A file's first lines are read before the codec is known: its positions count from there.
            let done = cookie.as_ref().map_or(0, |c| c.end);
            let from = if origin == Origin::Bytes { 0 } else { done };
            let failed = |message: String| {
                let message = match origin {
                    Origin::File(_) => message.split(';').next().unwrap_or_default().to_owned(),
                    Origin::Bytes => message,
                };
                Box::new(SyntaxError { col: -1, ..*plain(message) })
            };
            let rest = other(name, &bytes[from..]).map_err(failed)?;
            if from == 0 { rest } else { other(name, &bytes[..from]).map_err(failed)? + &rest }
        }
    };
    if let (Origin::File(_), Some(at)) = (origin, text.find('\0')) {
        return Err(nul_in_file(text.as_bytes(), at));
    }
    Ok(line_ends(text))
}

/// Sees to a text that is a `str` already: NULs are refused, line ends become `\n`.
pub fn check(text: String) -> Result<String, Box<SyntaxError>> {
    if text.contains('\0') {
        return Err(nul_in_string());
    }
    Ok(line_ends(text))
}

fn line_ends(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

fn plain(message: String) -> Box<SyntaxError> {
    Box::new(SyntaxError { raw: false, ..SyntaxError::new(message, crate::ast::Pos::default()) })
}

fn nul_in_string() -> Box<SyntaxError> {
    let message = "source code string cannot contain null bytes".to_owned();
    Box::new(SyntaxError { shape: Shape::Bare, ..*plain(message) })
}

fn nul_in_file(bytes: &[u8], at: usize) -> Box<SyntaxError> {
    let mut error = on_line(bytes, at, "source code cannot contain null bytes".to_owned());
    let text = error.text.as_deref().and_then(|t| t.split('\0').next()).map(str::to_owned);
    error.text = text;
    error
}

/// An error of a line that shows all of it and no place in it.
fn on_line(bytes: &[u8], at: usize, message: String) -> Box<SyntaxError> {
    let start = line_start(bytes, at);
    let end = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |i| at + i);
    let line = bytes[..start].iter().filter(|b| **b == b'\n').count() as i32 + 1;
    let text = Some(String::from_utf8_lossy(&bytes[start..end]).into_owned());
    Box::new(SyntaxError { line, end_line: line, text, ..*plain(message) })
}

fn line_start(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1)
}

fn bad_utf8(bytes: &[u8], at: usize, origin: Origin<'_>, declared: bool) -> Box<SyntaxError> {
    if let (Origin::File(_), Some(nul)) = (origin, bytes.iter().position(|b| *b == 0))
        && line_start(bytes, nul) < line_start(bytes, at)
    {
        return nul_in_file(bytes, nul);
    }
    let column = at - line_start(bytes, at);
    if declared && origin != Origin::Bytes {
        let problem = utf8_problem(&bytes[at..]);
        let message = format!(
            "(unicode error) 'utf-8' codec can't decode byte 0x{:02x} in position {column}: {problem}",
            bytes[at]
        );
        return on_line(bytes, at, message);
    }
    let line = bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
    let file = match origin {
        Origin::File(name) => format!(" in file {name}"),
        Origin::Bytes => String::new(),
    };
    let message = format!(
        "Non-UTF-8 code starting with '\\x{:02x}'{file} on line {line}, but no encoding declared; see \
         https://peps.python.org/pep-0263/ for details",
        bytes[at]
    );
    let mut error = on_line(bytes, at, message);
    error.col = String::from_utf8_lossy(&bytes[at - column..at]).chars().count() as i32 + 1;
    error.end_col = error.col;
    error.shape = if origin == Origin::Bytes { Shape::Unnamed } else { Shape::Full };
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

/// What a comment says of the encoding.
#[derive(Debug, PartialEq, Eq)]
pub struct Cookie {
    pub name: String,
    /// Where the comment starts, in bytes.
    at: usize,
    /// Where its line ends, without the line's end.
    end: usize,
}

/// The encoding that a comment in the first two lines names.
pub fn cookie(bytes: &[u8]) -> Option<Cookie> {
    let mut at = 0;
    for line in bytes.split(|b| *b == b'\n' || *b == b'\r').take(2) {
        let end = at + line.len();
        let start = line.iter().position(|b| !b" \t\x0c".contains(b));
        if let Some(start) = start {
            if line[start] != b'#' {
                return None;
            }
            if let Some(name) = cookie_in(&line[start..]) {
                return Some(Cookie { name, at, end });
            }
        }
        at = end + 1;
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

fn normalise(whole: &str) -> String {
    let name: String = whole.chars().take(12).map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    let is = |what: &str| name == what || name.strip_prefix(what).is_some_and(|rest| rest.starts_with('-'));
    if is("utf-8") {
        "utf-8".into()
    } else if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") {
        "iso-8859-1".into()
    } else {
        whole.to_owned()
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
            assert_eq!(cookie(source).map(|c| c.name).as_deref(), expected, "{}", source.escape_ascii());
        }
    }

    #[test]
    fn decoding() {
        let mut other = |name: &str, _: &[u8]| Err(format!("unknown encoding: {name}"));
        let mut text = |bytes: &[u8]| decode(bytes, Origin::File("f"), &mut other);
        assert_eq!(text(b"\xef\xbb\xbfa\r\nb\rc").unwrap(), "a\nb\nc");
        assert_eq!(text(b"# coding: latin-1\n'\xe9'").unwrap(), "# coding: latin-1\n'\u{e9}'");
        assert!(text(b"\xef\xbb\xbf# coding: latin-1\n").is_err());
        assert!(text(b"# coding: nonsense\n").unwrap_err().message.contains("unknown encoding: nonsense"));
        assert!(text(b"a\n'\xff'").unwrap_err().message.contains("starting with '\\xff' in file f on line 2,"));
        assert!(text(b"a\0b").unwrap_err().message.contains("null bytes"));
    }
}
