//! Pieces of XML: names, tags, references. Nothing here knows of handlers.

/// Why a piece could not be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// The text ends inside it.
    Partial,
    /// This error, at this offset.
    Code(i32, usize),
}

pub mod code {
    //! Expat's error numbers.
    pub const NO_MEMORY: i32 = 1;
    pub const SYNTAX: i32 = 2;
    pub const NO_ELEMENTS: i32 = 3;
    pub const INVALID_TOKEN: i32 = 4;
    pub const UNCLOSED_TOKEN: i32 = 5;
    pub const PARTIAL_CHAR: i32 = 6;
    pub const TAG_MISMATCH: i32 = 7;
    pub const DUPLICATE_ATTRIBUTE: i32 = 8;
    pub const JUNK_AFTER_DOC_ELEMENT: i32 = 9;
    pub const UNDEFINED_ENTITY: i32 = 11;
    pub const RECURSIVE_ENTITY_REF: i32 = 12;
    pub const ASYNC_ENTITY: i32 = 13;
    pub const BAD_CHAR_REF: i32 = 14;
    pub const BINARY_ENTITY_REF: i32 = 15;
    pub const ATTRIBUTE_EXTERNAL_ENTITY_REF: i32 = 16;
    pub const MISPLACED_XML_PI: i32 = 17;
    pub const UNKNOWN_ENCODING: i32 = 18;
    pub const UNCLOSED_CDATA_SECTION: i32 = 20;
    pub const EXTERNAL_ENTITY_HANDLING: i32 = 21;
    pub const NOT_STANDALONE: i32 = 22;
    pub const CANT_CHANGE_FEATURE_ONCE_PARSING: i32 = 26;
    pub const UNBOUND_PREFIX: i32 = 27;
    pub const UNDECLARING_PREFIX: i32 = 28;
    pub const XML_DECL: i32 = 30;
    pub const FINISHED: i32 = 36;
    pub const RESERVED_PREFIX_XML: i32 = 38;
    pub const RESERVED_PREFIX_XMLNS: i32 = 39;
    pub const RESERVED_NAMESPACE_URI: i32 = 40;
    pub const INVALID_ARGUMENT: i32 = 41;
    pub const AMPLIFICATION_LIMIT_BREACH: i32 = 43;
}

pub fn is_space(c: u8) -> bool {
    matches!(c, b' ' | b'\t' | b'\n' | b'\r')
}

pub fn is_name_start(c: char) -> bool {
    matches!(c, ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

pub fn is_name_char(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Whether XML allows the character at all.
pub fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// What a byte may be.
const NAME_START: u8 = 1;
const NAME: u8 = 2;
/// Ends a run of text: markup, a reference, or the end of a line.
const STOP: u8 = 4;
/// May begin what is wrong in text: a control character, `]]>`, or U+FFFE and U+FFFF.
const DOUBTFUL: u8 = 8;

const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut b = 0;
    while b < 256 {
        kinds[b] = match b as u8 {
            b':' | b'_' | b'A'..=b'Z' | b'a'..=b'z' => NAME_START | NAME,
            b'-' | b'.' | b'0'..=b'9' => NAME,
            b'<' | b'&' | b'\n' | b'\r' => STOP,
            b'\t' => 0,
            0..0x20 | b']' | 0xEF => DOUBTFUL,
            _ => 0,
        };
        b += 1;
    }
    kinds
};

fn is_kind(b: u8, kind: u8) -> bool {
    KINDS[usize::from(b)] & kind != 0
}

/// Whether these bytes of UTF-8 begin with a character that XML does not allow.
fn is_bad(bytes: &[u8]) -> bool {
    match bytes {
        [b, ..] if *b < 0x20 => !is_space(*b),
        [0xEF, 0xBF, last, ..] => *last >= 0xBE,
        _ => false,
    }
}

/// The first character that XML does not allow.
pub fn bad_char(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len()).find(|&at| is_kind(bytes[at], DOUBTFUL) && is_bad(&bytes[at..]))
}

/// What cannot stand in text.
#[derive(Debug, PartialEq)]
pub enum Wrong {
    Char,
    /// `]]>`
    Close,
}

/// How long the run of text is that bytes of UTF-8 begin with, and whether something wrong ends it.
pub fn run(bytes: &[u8]) -> (usize, Option<Wrong>) {
    for (at, &b) in bytes.iter().enumerate() {
        if is_kind(b, STOP) {
            return (at, None);
        }
        if is_kind(b, DOUBTFUL) {
            if is_bad(&bytes[at..]) {
                return (at, Some(Wrong::Char));
            }
            if bytes[at..].starts_with(b"]]>") {
                return (at, Some(Wrong::Close));
            }
        }
    }
    (bytes.len(), None)
}

/// Whether an attribute's value stands for itself.
pub fn is_plain_value(value: &str) -> bool {
    value.bytes().all(|b| b != b'\t' && !is_kind(b, STOP))
}

/// The end of the name at `at`.
pub fn name(t: &str, at: usize) -> Result<usize, Fault> {
    let bytes = &t.as_bytes()[at..];
    match bytes.first() {
        None => return Err(Fault::Partial),
        Some(b) if b.is_ascii() && !is_kind(*b, NAME_START) => return Err(Fault::Code(code::INVALID_TOKEN, at)),
        Some(_) => {}
    }
    let len = bytes.iter().position(|b| !is_kind(*b, NAME)).unwrap_or(bytes.len());
    match bytes.get(len) {
        Some(b) if !b.is_ascii() => wide_name(t, at),
        _ => Ok(at + len),
    }
}

/// A name with characters beyond ASCII.
#[cold]
fn wide_name(t: &str, at: usize) -> Result<usize, Fault> {
    let mut chars = t[at..].char_indices();
    match chars.next() {
        None => return Err(Fault::Partial),
        Some((_, c)) if is_name_start(c) => {}
        Some(_) => return Err(Fault::Code(code::INVALID_TOKEN, at)),
    }
    Ok(chars.find(|(_, c)| !is_name_char(*c)).map_or(t.len(), |(i, _)| at + i))
}

pub fn skip_space(t: &str, at: usize) -> usize {
    at + t.as_bytes()[at..].iter().take_while(|b| is_space(**b)).count()
}

/// An attribute as it stands.
pub struct RawAttr<'a> {
    pub name: &'a str,
    pub at: usize,
    pub value: &'a str,
    pub value_at: usize,
}

/// A start tag as it stands.
pub struct StartTag<'a> {
    pub name: &'a str,
    pub attrs: Vec<RawAttr<'a>>,
    pub is_empty: bool,
    pub end: usize,
}

/// Reads the start tag whose `<` is at `at`.
pub fn start_tag(t: &str, at: usize) -> Result<StartTag<'_>, Fault> {
    let bytes = t.as_bytes();
    let invalid = |at: usize| Err(Fault::Code(code::INVALID_TOKEN, at));
    let name_end = name(t, at + 1)?;
    let mut tag = StartTag { name: &t[at + 1..name_end], attrs: Vec::new(), is_empty: false, end: 0 };
    let mut p = name_end;
    loop {
        let after_space = skip_space(t, p);
        let Some(&c) = bytes.get(after_space) else { return Err(Fault::Partial) };
        match c {
            b'>' => {
                tag.end = after_space + 1;
                return Ok(tag);
            }
            b'/' => match bytes.get(after_space + 1) {
                None => return Err(Fault::Partial),
                Some(b'>') => {
                    tag.is_empty = true;
                    tag.end = after_space + 2;
                    return Ok(tag);
                }
                Some(_) => return invalid(after_space + 1),
            },
            _ if after_space == p => return invalid(after_space),
            _ => {}
        }
        let end = name(t, after_space)?;
        let attr = &t[after_space..end];
        let equals = skip_space(t, end);
        match bytes.get(equals) {
            None => return Err(Fault::Partial),
            Some(b'=') => {}
            Some(_) => return invalid(equals),
        }
        let open = skip_space(t, equals + 1);
        let quote = match bytes.get(open) {
            None => return Err(Fault::Partial),
            Some(&q @ (b'"' | b'\'')) => q,
            Some(_) => return invalid(open),
        };
        let Some(len) = bytes[open + 1..].iter().position(|&b| b == quote || b == b'<') else {
            return Err(Fault::Partial);
        };
        let close = open + 1 + len;
        if bytes[close] == b'<' {
            return invalid(close);
        }
        let value = &t[open + 1..close];
        if let Some(bad) = bad_char(value) {
            return invalid(open + 1 + bad);
        }
        tag.attrs.push(RawAttr { name: attr, at: after_space, value, value_at: open + 1 });
        p = close + 1;
    }
}

/// What an `&…;` stands for.
pub enum Reference<'a> {
    Char(char),
    Entity(&'a str),
}

/// Reads the reference whose `&` is at `at`; gives what it is and the offset behind it.
pub fn reference(t: &str, at: usize) -> Result<(Reference<'_>, usize), Fault> {
    let bytes = t.as_bytes();
    let Some(&c) = bytes.get(at + 1) else { return Err(Fault::Partial) };
    if c != b'#' {
        let end = name(t, at + 1)?;
        return match bytes.get(end) {
            None => Err(Fault::Partial),
            Some(b';') => Ok((Reference::Entity(&t[at + 1..end]), end + 1)),
            Some(_) => Err(Fault::Code(code::INVALID_TOKEN, end)),
        };
    }
    let hex = bytes.get(at + 2) == Some(&b'x');
    let start = at + 2 + usize::from(hex);
    let radix = if hex { 16 } else { 10 };
    let len = bytes[start.min(t.len())..].iter().take_while(|b| char::from(**b).is_digit(radix)).count();
    match bytes.get(start + len) {
        None => return Err(Fault::Partial),
        Some(b';') if len > 0 => {}
        Some(_) => return Err(Fault::Code(code::INVALID_TOKEN, start + len)),
    }
    let number = u32::from_str_radix(&t[start..start + len], radix).ok();
    match number.and_then(char::from_u32).filter(|c| is_char(*c)) {
        Some(c) => Ok((Reference::Char(c), start + len + 1)),
        None => Err(Fault::Code(code::BAD_CHAR_REF, at)),
    }
}

/// The five entities that need no declaration.
pub fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// Line ends as XML has them.
pub fn normalised(text: &str) -> String {
    if !text.contains('\r') {
        return text.to_owned();
    }
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_at_markup_and_at_what_is_wrong() {
        assert_eq!(run(b"plain <"), (6, None));
        assert_eq!(run("é]] >\t".as_bytes()), (7, None));
        assert_eq!(run(b"a]]]>"), (2, Some(Wrong::Close)));
        assert_eq!(run(b"a\x01"), (1, Some(Wrong::Char)));
        assert_eq!(run("\u{FFFD}\u{FFFE}".as_bytes()), (3, Some(Wrong::Char)));
        assert_eq!(bad_char("ok]\r\n\u{FFFF}"), Some(5));
    }

    #[test]
    fn names_may_be_wide() {
        assert_eq!(name("<a-b:c>", 1), Ok(6));
        assert_eq!(name("aé·x y", 0), Ok(6));
        assert_eq!(name("é", 0), Ok(2));
        assert_eq!(name("-a", 0), Err(Fault::Code(code::INVALID_TOKEN, 0)));
        assert_eq!(name("", 0), Err(Fault::Partial));
    }
}
