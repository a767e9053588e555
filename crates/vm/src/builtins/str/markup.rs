//! The grammar of `str.format`: literal text and replacement fields, and the parts of a field's name.

use text::Units;

/// Literal text, and the field behind it.
pub struct Piece<'a> {
    pub literal: Units<'a>,
    pub field: Option<Field<'a>>,
}

/// `{name!conversion:spec}`.
pub struct Field<'a> {
    pub name: Units<'a>,
    /// A code point.
    pub conversion: Option<u32>,
    pub spec: Units<'a>,
    /// The specification has fields of its own.
    pub nested: bool,
}

/// The pieces of a format string; the error is a ValueError's message.
pub struct Pieces<'a> {
    text: Units<'a>,
    at: usize,
}

const OPEN: u32 = b'{' as u32;
const CLOSE: u32 = b'}' as u32;

/// Cuts a format string up.
pub fn pieces(text: Units<'_>) -> Pieces<'_> {
    Pieces { text, at: 0 }
}

impl<'a> Pieces<'a> {
    fn part(&self, from: usize, to: usize) -> Units<'a> {
        self.text.slice(from..to)
    }

    fn field(&mut self) -> Result<Field<'a>, String> {
        let start = self.at;
        let (mut at, mut in_brackets) = (start, false);
        let stop = loop {
            let Some(code) = self.text.get(at) else { return Err("expected '}' before end of string".into()) };
            match code {
                OPEN if !in_brackets => return Err("unexpected '{' in field name".into()),
                0x5B => in_brackets = true,
                0x5D => in_brackets = false,
                CLOSE | 0x3A | 0x21 if !in_brackets => break code,
                _ => {}
            }
            at += 1;
        };
        let mut field = Field { name: self.part(start, at), conversion: None, spec: self.part(at, at), nested: false };
        at += 1;
        if stop == 0x21 {
            let Some(conversion) = self.text.get(at) else {
                return Err("end of string while looking for conversion specifier".into());
            };
            field.conversion = Some(conversion);
            at += 1;
            match self.text.get(at) {
                Some(CLOSE) => {
                    self.at = at + 1;
                    return Ok(field);
                }
                Some(0x3A) => at += 1,
                Some(_) => return Err("expected ':' after conversion specifier".into()),
                None => return Err("unmatched '{' in format spec".into()),
            }
        }
        if stop != CLOSE {
            let (from, mut depth) = (at, 1);
            while depth > 0 {
                match self.text.get(at) {
                    Some(OPEN) => {
                        field.nested = true;
                        depth += 1;
                    }
                    Some(CLOSE) => depth -= 1,
                    Some(_) => {}
                    None => return Err("unmatched '{' in format spec".into()),
                }
                at += 1;
            }
            field.spec = self.part(from, at - 1);
        }
        self.at = at;
        Ok(field)
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Piece<'a>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        if start >= self.text.len() {
            return None;
        }
        let rest = self.part(start, self.text.len());
        let brace = match rest {
            Units::Ascii(rest) => rest.iter().position(|byte| matches!(byte, b'{' | b'}')),
            _ => rest.iter().position(|code| code == OPEN || code == CLOSE),
        };
        let Some(brace) = brace else {
            self.at = self.text.len();
            return Some(Ok(Piece { literal: rest, field: None }));
        };
        let at = start + brace;
        let (code, following) = (self.text.get(at), self.text.get(at + 1));
        if code == following {
            // A doubled brace stands for one.
            self.at = at + 2;
            return Some(Ok(Piece { literal: self.part(start, at + 1), field: None }));
        }
        if code == Some(CLOSE) {
            return Some(Err("Single '}' encountered in format string".into()));
        }
        if following.is_none() {
            return Some(Err("Single '{' encountered in format string".into()));
        }
        self.at = at + 1;
        let literal = self.part(start, at);
        Some(self.field().map(|field| Piece { literal, field: Some(field) }))
    }
}

/// The first part of a field's name.
pub enum First<'a> {
    /// Empty: the next argument.
    Auto,
    Index(usize),
    Name(Units<'a>),
}

/// `.name`, `[index]` or `[key]`.
pub enum Step<'a> {
    Attr(Units<'a>),
    Index(usize),
    Key(Units<'a>),
    /// What comes here is wrong: a ValueError with these words, once the steps before it are taken.
    Wrong(&'static str),
}

/// An index, if the text is all digits; the error is a ValueError's message.
fn index(text: Units<'_>) -> Result<Option<usize>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut value = 0usize;
    for code in text.iter() {
        let Some(digit) = text::chars::decimal(code) else { return Ok(None) };
        value = match value.checked_mul(10).and_then(|v| v.checked_add(usize::from(digit))) {
            Some(value) if value <= isize::MAX as usize => value,
            _ => return Err("Too many decimal digits in format string".into()),
        };
    }
    Ok(Some(value))
}

/// Splits a field's name; the error is a ValueError's message.
pub fn split_name(name: Units<'_>) -> Result<(First<'_>, Vec<Step<'_>>), String> {
    let end = name.iter().position(|code| code == 0x2E || code == 0x5B).unwrap_or(name.len());
    let head = name.slice(0..end);
    let first = match index(head)? {
        Some(index) => First::Index(index),
        None if head.is_empty() => First::Auto,
        None => First::Name(head),
    };
    let (mut steps, mut at) = (Vec::new(), end);
    while let Some(code) = name.get(at) {
        at += 1;
        let rest = name.slice(at..name.len());
        if code == 0x2E {
            let len = rest.iter().position(|code| code == 0x2E || code == 0x5B).unwrap_or(rest.len());
            if len == 0 {
                steps.push(Step::Wrong("Empty attribute in format string"));
                break;
            }
            steps.push(Step::Attr(rest.slice(0..len)));
            at += len;
        } else if code == 0x5B {
            let Some(len) = rest.iter().position(|code| code == 0x5D) else {
                steps.push(Step::Wrong("Missing ']' in format string"));
                break;
            };
            if len == 0 {
                steps.push(Step::Wrong("Empty attribute in format string"));
                break;
            }
            let key = rest.slice(0..len);
            steps.push(match index(key)? {
                Some(index) => Step::Index(index),
                None => Step::Key(key),
            });
            at += len + 1;
        } else {
            steps.push(Step::Wrong("Only '.' or '[' may follow ']' in format field specifier"));
            break;
        }
    }
    Ok((first, steps))
}
