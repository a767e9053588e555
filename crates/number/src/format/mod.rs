//! The format mini-language (PEP 3101) of 3.14 on numbers and text, and the number part of `%` formatting.
//!
//! A [`Spec`] is read once; [`int`], [`float`], [`complex`] and [`str`] apply it and give a [`Layout`]: text and padding,
//! which the caller writes in its own storage (the fill may be any code point, even a surrogate).

mod apply;
pub mod percent;

pub use apply::{Locale, complex, float, int, str};

use crate::OutOfMemory;

/// Why formatting failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// ValueError with this message.
    Value(String),
    /// OverflowError with this message.
    Overflow(&'static str),
    /// MemoryError.
    Memory,
}

impl From<OutOfMemory> for FormatError {
    fn from(_: OutOfMemory) -> Self {
        FormatError::Memory
    }
}

pub(crate) fn value_error<T>(message: impl Into<String>) -> Result<T, FormatError> {
    Err(FormatError::Value(message.into()))
}

/// Where the padding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: after the sign.
    Sign,
}

/// When a sign is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `-`: for negative numbers.
    Minus,
    /// `+`: always.
    Plus,
    /// ` `: a space for numbers that are not negative.
    Space,
}

/// A format specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The fill, a code point; a space unless given.
    pub fill: u32,
    /// The alignment, if given (by `0` too).
    pub align: Option<Align>,
    /// The sign, if given.
    pub sign: Option<Sign>,
    /// `z`: no negative zero.
    pub no_negative_zero: bool,
    /// `#`.
    pub alternate: bool,
    /// The least width, 0 unless given.
    pub width: usize,
    /// `,` or `_` in the whole part.
    pub grouping: Option<u8>,
    /// The precision, if given.
    pub precision: Option<usize>,
    /// `,` or `_` in the fraction.
    pub fraction_grouping: Option<u8>,
    /// The presentation type, a code point; `None` if not given.
    pub code: Option<u32>,
}

/// What kind of object the specification is for: it decides the defaults and the words of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `str`
    Str,
    /// Numbers.
    Number,
}

impl Spec {
    /// Reads a specification, given as code points. `type_name` is the object's type for the error's words.
    pub fn parse(spec: &[u32], type_name: &str, kind: Kind) -> Result<Spec, FormatError> {
        let at = |i: usize| spec.get(i).and_then(|&code| u8::try_from(code).ok());
        let align_of = |byte: Option<u8>| {
            Some(match byte? {
                b'<' => Align::Left,
                b'>' => Align::Right,
                b'=' => Align::Sign,
                b'^' => Align::Center,
                _ => return None,
            })
        };
        let mut out = Spec {
            fill: 0x20,
            align: None,
            sign: None,
            no_negative_zero: false,
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            fraction_grouping: None,
            code: None,
        };
        let mut pos = 0;
        let mut has_fill = false;
        if let Some(align) = align_of(at(1)) {
            (out.fill, out.align, has_fill, pos) = (spec[0], Some(align), true, 2);
        } else if let Some(align) = align_of(at(0)) {
            (out.align, pos) = (Some(align), 1);
        }
        out.sign = match at(pos) {
            Some(b'+') => Some(Sign::Plus),
            Some(b'-') => Some(Sign::Minus),
            Some(b' ') => Some(Sign::Space),
            _ => None,
        };
        pos += usize::from(out.sign.is_some());
        out.no_negative_zero = at(pos) == Some(b'z');
        pos += usize::from(out.no_negative_zero);
        out.alternate = at(pos) == Some(b'#');
        pos += usize::from(out.alternate);
        if !has_fill && at(pos) == Some(b'0') {
            out.fill = u32::from(b'0');
            if out.align.is_none() && kind == Kind::Number {
                out.align = Some(Align::Sign);
            }
            pos += 1;
        }
        if let Some((width, end)) = integer(spec, pos)? {
            (out.width, pos) = (width, end);
        }
        out.grouping = separators(spec, &mut pos)?;
        if at(pos) == Some(b'.') {
            pos += 1;
            if let Some((precision, end)) = integer(spec, pos)? {
                (out.precision, pos) = (Some(precision), end);
            }
            out.fraction_grouping = separators(spec, &mut pos)?;
            if out.precision.is_none() && out.fraction_grouping.is_none() {
                return value_error("Format specifier missing precision");
            }
        }
        match spec.get(pos..).unwrap_or_default() {
            [] => {}
            &[code] => out.code = Some(code),
            _ => {
                let text: String = spec.iter().map(|&c| char::from_u32(c).unwrap_or('\u{FFFD}')).collect();
                return value_error(format!("Invalid format specifier '{text}' for object of type '{type_name}'"));
            }
        }
        out.check_separators(kind)?;
        Ok(out)
    }

    /// A comma goes with decimal numbers only, an underscore with the other bases too, and none with `n`.
    fn check_separators(&self, kind: Kind) -> Result<(), FormatError> {
        let default = if kind == Kind::Str { Some(u32::from(b's')) } else { None };
        let code = self.code.or(default);
        let narrow = code.map(|code| u8::try_from(code).unwrap_or(0));
        let refuse = |separator: u8| {
            let separator = separator as char;
            value_error(match code.unwrap_or(0) {
                code @ 0x21..0x80 => format!("Cannot specify '{separator}' with '{}'.", code as u8 as char),
                code => format!("Cannot specify '{separator}' with '\\x{code:x}'."),
            })
        };
        if let Some(separator) = self.grouping {
            match narrow {
                None | Some(b'd' | b'e' | b'f' | b'g' | b'E' | b'F' | b'G' | b'%') => {}
                _ if code == Some(0) => {}
                Some(b'b' | b'o' | b'x' | b'X') if separator == b'_' => {}
                _ => return refuse(separator),
            }
        }
        match self.fraction_grouping {
            Some(separator) if narrow == Some(b'n') => refuse(separator),
            _ => Ok(()),
        }
    }

    /// The presentation type, if it is ASCII.
    pub(crate) fn code_byte(&self) -> Option<u8> {
        self.code.map(|code| if code < 0x80 { code as u8 } else { 0xFF })
    }

    pub(crate) fn unknown_code<T>(&self, type_name: &str) -> Result<T, FormatError> {
        value_error(match self.code.unwrap_or(u32::from(b's')) {
            code @ 0x21..0x80 => {
                format!("Unknown format code '{}' for object of type '{type_name}'", code as u8 as char)
            }
            code => format!("Unknown format code '\\x{code:x}' for object of type '{type_name}'"),
        })
    }
}

fn integer(spec: &[u32], from: usize) -> Result<Option<(usize, usize)>, FormatError> {
    let (mut value, mut pos) = (0usize, from);
    while let Some(digit) = spec.get(pos).and_then(|&c| char::from_u32(c)).and_then(|c| c.to_digit(10)) {
        value = match value.checked_mul(10).and_then(|v| v.checked_add(digit as usize)) {
            Some(value) if value <= isize::MAX as usize => value,
            _ => return value_error("Too many decimal digits in format string"),
        };
        pos += 1;
    }
    Ok((pos > from).then_some((value, pos)))
}

fn separators(spec: &[u32], pos: &mut usize) -> Result<Option<u8>, FormatError> {
    const BOTH: &str = "Cannot specify both ',' and '_'.";
    let is = |i: usize, byte: u8| spec.get(i) == Some(&u32::from(byte));
    let mut found = None;
    if is(*pos, b',') {
        found = Some(b',');
        *pos += 1;
    }
    if is(*pos, b'_') {
        if found.is_some() {
            return value_error(BOTH);
        }
        found = Some(b'_');
        *pos += 1;
    }
    if found == Some(b'_') && is(*pos, b',') {
        return value_error(BOTH);
    }
    Ok(found)
}

/// Formatted text with its padding: `left` fills, `head` (sign and prefix), `middle` fills, `body`, `right` fills.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The fill, a code point.
    pub fill: u32,
    /// Fills before everything.
    pub left: usize,
    /// Sign and prefix.
    pub head: String,
    /// Fills after the head.
    pub middle: usize,
    /// The digits and what follows.
    pub body: String,
    /// A code point after the body: what the presentation type `c` shows.
    pub code: Option<u32>,
    /// Fills after everything.
    pub right: usize,
}

impl Layout {
    /// Puts padding around the text as aligned (numbers go to the right by default).
    fn pad(mut self, spec: &Spec, default: Align) -> Layout {
        let len = self.head.chars().count() + self.body.chars().count() + usize::from(self.code.is_some());
        let padding = spec.width.saturating_sub(len);
        self.fill = spec.fill;
        match spec.align.unwrap_or(default) {
            Align::Left => self.right = padding,
            Align::Right => self.left = padding,
            Align::Center => (self.left, self.right) = (padding / 2, padding - padding / 2),
            Align::Sign => self.middle = padding,
        }
        self
    }

    /// The whole text; surrogates become U+FFFD.
    pub fn to_text(&self) -> Result<String, OutOfMemory> {
        let fill = char::from_u32(self.fill).unwrap_or('\u{FFFD}');
        let fills = self.left.checked_add(self.middle).and_then(|n| n.checked_add(self.right)).ok_or(OutOfMemory)?;
        let mut out = String::new();
        let room =
            fills.checked_mul(fill.len_utf8()).and_then(|n| n.checked_add(self.head.len() + self.body.len() + 4));
        out.try_reserve(room.ok_or(OutOfMemory)?).map_err(|_| OutOfMemory)?;
        out.extend(std::iter::repeat_n(fill, self.left));
        out.push_str(&self.head);
        out.extend(std::iter::repeat_n(fill, self.middle));
        out.push_str(&self.body);
        out.extend(self.code.map(|code| char::from_u32(code).unwrap_or('\u{FFFD}')));
        out.extend(std::iter::repeat_n(fill, self.right));
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
