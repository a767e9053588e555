//! The Python text of a signature: `index(value, start=0, stop=sys.maxsize, /)`.
//!
//! One text decides the names, kinds and defaults of the parameters and, in [`Signature::text_signature`], what
//! `__text_signature__` says. The rules are those of a Python parameter list without annotations.

use proc_macro2::TokenStream;
use quote::quote;

/// A signature as written, taken apart.
#[derive(Debug, PartialEq)]
pub struct Signature {
    /// What stands before the parenthesis; empty for a slot's text.
    pub name: String,
    /// What stands between the parentheses, as written.
    pub written: String,
    /// Positional parameters in order, then keyword-only ones.
    pub params: Vec<Param>,
    /// Every name in the order written, `*args` and `**kwargs` with them.
    pub order: Vec<Entry>,
}

impl Signature {
    /// Whether no argument can be given by keyword.
    pub fn only_positional(&self) -> bool {
        !self.varkw() && self.params.iter().all(|p| p.kind == Kind::PositionalOnly)
    }
}

#[derive(Debug, PartialEq)]
pub struct Param {
    pub name: String,
    pub kind: Kind,
    pub default: Option<Default>,
}

#[derive(Debug, PartialEq, Clone, Copy)]
pub enum Kind {
    PositionalOnly,
    PositionalOrKeyword,
    KeywordOnly,
}

#[derive(Debug, PartialEq)]
pub enum Entry {
    /// Index into [`Signature::params`].
    Param(usize),
    Rest(String),
    Kwargs(String),
}

/// A default value as far as Rust can read it; everything else stays Python text.
#[derive(Debug, PartialEq)]
pub enum Default {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    Expr(String),
}

impl Signature {
    /// Reads `name(parameters)`, or `(parameters)` for a slot. The error says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Signature, String> {
        let open = text.find('(').ok_or("a signature is `name(parameters)`")?;
        let name = text[..open].trim();
        let written = text[open + 1..].trim_end().strip_suffix(')').ok_or("the signature must end with `)`")?;
        if !name.is_empty() && !is_name(name) {
            return Err(format!("`{name}` is not a Python name"));
        }
        let mut signature =
            Signature { name: name.to_owned(), written: written.to_owned(), params: Vec::new(), order: Vec::new() };
        let mut kind = Kind::PositionalOrKeyword;
        let mut star_needs_name = false;
        let parts = split(written)?;
        for (at, part) in parts.iter().enumerate() {
            let part = part.trim();
            if matches!(signature.order.last(), Some(Entry::Kwargs(_))) {
                return Err("nothing may follow `**`".into());
            }
            if part == "/" {
                if kind != Kind::PositionalOrKeyword || signature.params.is_empty() {
                    return Err("`/` must follow a positional parameter, once, and before `*`".into());
                }
                if signature.posonly() > 0 {
                    return Err("`/` may stand only once".into());
                }
                signature.params.iter_mut().for_each(|p| p.kind = Kind::PositionalOnly);
            } else if let Some(name) = part.strip_prefix("**") {
                signature.take(name)?;
                signature.order.push(Entry::Kwargs(name.to_owned()));
            } else if let Some(name) = part.strip_prefix('*') {
                if kind == Kind::KeywordOnly {
                    return Err("`*` may stand only once".into());
                }
                kind = Kind::KeywordOnly;
                if name.is_empty() {
                    star_needs_name = true;
                } else {
                    signature.take(name)?;
                    signature.order.push(Entry::Rest(name.to_owned()));
                }
            } else if part.is_empty() && at + 1 == parts.len() {
                break;
            } else {
                signature.param(part, kind)?;
                star_needs_name = false;
            }
        }
        if star_needs_name {
            return Err("named parameters must follow a bare `*`".into());
        }
        Ok(signature)
    }

    fn param(&mut self, part: &str, kind: Kind) -> Result<(), String> {
        let (name, default) = match part.split_once('=') {
            Some((name, default)) => (name.trim(), Some(Default::parse(default.trim())?)),
            None => (part, None),
        };
        self.take(name)?;
        let after_default = self.params.last().is_some_and(|p| p.default.is_some());
        if kind != Kind::KeywordOnly && default.is_none() && after_default {
            return Err(format!("`{name}` without a default follows a parameter with one"));
        }
        self.order.push(Entry::Param(self.params.len()));
        self.params.push(Param { name: name.to_owned(), kind, default });
        Ok(())
    }

    /// Checks that `name` is a name and new.
    fn take(&self, name: &str) -> Result<(), String> {
        if !is_name(name) {
            return Err(format!("`{name}` is not a Python name"));
        }
        let known = self.order.iter().any(|entry| self.entry_name(entry) == name);
        if known { Err(format!("`{name}` stands twice")) } else { Ok(()) }
    }

    /// The Python name of an entry of [`Signature::order`].
    pub fn entry_name<'a>(&'a self, entry: &'a Entry) -> &'a str {
        match entry {
            Entry::Param(index) => &self.params[*index].name,
            Entry::Rest(name) | Entry::Kwargs(name) => name,
        }
    }

    pub fn posonly(&self) -> usize {
        self.params.iter().filter(|p| p.kind == Kind::PositionalOnly).count()
    }

    pub fn positional(&self) -> usize {
        self.params.iter().filter(|p| p.kind != Kind::KeywordOnly).count()
    }

    /// Number of leading positional parameters without a default.
    pub fn required(&self) -> usize {
        self.params.iter().take_while(|p| p.kind != Kind::KeywordOnly && p.default.is_none()).count()
    }

    pub fn varargs(&self) -> bool {
        self.order.iter().any(|e| matches!(e, Entry::Rest(_)))
    }

    pub fn varkw(&self) -> bool {
        self.order.iter().any(|e| matches!(e, Entry::Kwargs(_)))
    }

    /// `__text_signature__` with `receiver` (`$self`, `$type`, `$module`) as first, positional-only parameter.
    /// CPython writes a `/` right after the receiver where no positional-only parameter follows.
    pub fn text_signature(&self, receiver: Option<&str>) -> String {
        let slash = if self.posonly() == 0 { ", /" } else { "" };
        match receiver {
            None => format!("({})", self.written),
            Some(receiver) if self.written.trim().is_empty() => format!("({receiver}{slash})"),
            Some(receiver) => format!("({receiver}{slash}, {})", self.written),
        }
    }

    /// The initialiser of `Signature::params`.
    pub fn params_tokens(&self) -> TokenStream {
        let params = self.params.iter().map(|param| {
            let name = &param.name;
            let kind = match param.kind {
                Kind::PositionalOnly => quote!(PositionalOnly),
                Kind::PositionalOrKeyword => quote!(PositionalOrKeyword),
                Kind::KeywordOnly => quote!(KeywordOnly),
            };
            let default = match &param.default {
                None => quote!(Required),
                Some(Default::None) => quote!(None),
                Some(Default::Bool(value)) => quote!(Bool(#value)),
                Some(Default::Int(value)) => quote!(Int(#value)),
                Some(Default::Float(value)) => quote!(Float(#value)),
                Some(Default::Str(value)) => quote!(Str(#value)),
                Some(Default::Expr(value)) => quote!(Expr(#value)),
            };
            quote!(::vm::native::Param {
                name: #name,
                kind: ::vm::native::ParamKind::#kind,
                default: ::vm::native::Default::#default,
            })
        });
        quote!(&[#(#params),*])
    }
}

impl Default {
    fn parse(text: &str) -> Result<Default, String> {
        match text {
            "" => return Err("a default value is missing after `=`".into()),
            "None" => return Ok(Default::None),
            "True" => return Ok(Default::Bool(true)),
            "False" => return Ok(Default::Bool(false)),
            _ => {}
        }
        if let Some(value) = integer(text) {
            return Ok(Default::Int(value));
        }
        if text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
            && let Ok(value) = text.parse::<f64>()
        {
            return Ok(Default::Float(value));
        }
        if text.starts_with(['\'', '"']) {
            return string(text).map(Default::Str);
        }
        Ok(Default::Expr(text.to_owned()))
    }
}

fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    let value = i64::from_str_radix(digits, radix).ok()?;
    Some(if text.starts_with('-') { -value } else { value })
}

/// The value of a plain Python string literal with the escapes that defaults use.
fn string(text: &str) -> Result<String, String> {
    let quote = text.chars().next().unwrap_or('\'');
    let body = text[1..].strip_suffix(quote).ok_or_else(|| format!("{text} is not one string literal"))?;
    let mut value = String::new();
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        let c = if c != '\\' {
            c
        } else {
            match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('0') => '\0',
                Some(c @ ('\\' | '\'' | '"')) => c,
                _ => return Err(format!("unknown escape in {text}")),
            }
        };
        value.push(c);
    }
    Ok(value)
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
        && chars.all(|c| c == '_' || c.is_ascii_alphanumeric())
}

/// Splits at the commas that stand outside brackets and string literals.
fn split(text: &str) -> Result<Vec<&str>, String> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0usize, None);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => drop(chars.next()),
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.checked_sub(1).ok_or("unbalanced brackets")?,
            (None, ',') if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if depth > 0 || quote.is_some() {
        return Err("unbalanced brackets or quotes".into());
    }
    if !text[start..].trim().is_empty() {
        parts.push(&text[start..]);
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_signatures_are_cpythons() {
        // Right-hand sides are what CPython 3.14 prints as `__text_signature__`.
        for (text, receiver, expected) in [
            ("append(object, /)", Some("$self"), "($self, object, /)"),
            ("sort(*, key=None, reverse=False)", Some("$self"), "($self, /, *, key=None, reverse=False)"),
            ("split(sep=None, maxsplit=-1)", Some("$self"), "($self, /, sep=None, maxsplit=-1)"),
            ("clear()", Some("$self"), "($self, /)"),
            ("fromkeys(iterable, value=None, /)", Some("$type"), "($type, iterable, value=None, /)"),
            (
                "maketrans(x, y=<unrepresentable>, z=<unrepresentable>, /)",
                None,
                "(x, y=<unrepresentable>, z=<unrepresentable>, /)",
            ),
            ("hypot(*coordinates)", Some("$module"), "($module, /, *coordinates)"),
            ("sum(iterable, /, start=0)", Some("$module"), "($module, iterable, /, start=0)"),
            ("format(*args, **kwargs)", Some("$self"), "($self, /, *args, **kwargs)"),
            ("print(*args, sep=' ', end='\\n')", Some("$module"), "($module, /, *args, sep=' ', end='\\n')"),
            ("(iterable=(), /)", None, "(iterable=(), /)"),
        ] {
            assert_eq!(Signature::parse(text).unwrap().text_signature(receiver), expected, "{text}");
        }
    }

    #[test]
    fn counts() {
        // text, positional-only, positional, required, *args, **kwargs, all named
        for (text, posonly, positional, required, varargs, varkw, all) in [
            ("f()", 0, 0, 0, false, false, 0),
            ("f(a, b, /)", 2, 2, 2, false, false, 2),
            ("f(a, /, b=1, *, c)", 1, 2, 1, false, false, 3),
            ("f(a, *rest, c=None, **kw)", 0, 1, 1, true, true, 2),
            ("f(*, k)", 0, 0, 0, false, false, 1),
        ] {
            let s = Signature::parse(text).unwrap();
            let found = (s.posonly(), s.positional(), s.required(), s.varargs(), s.varkw(), s.params.len());
            assert_eq!(found, (posonly, positional, required, varargs, varkw, all), "{text}");
        }
    }

    #[test]
    fn defaults() {
        for (text, expected) in [
            ("None", Default::None),
            ("True", Default::Bool(true)),
            ("-1", Default::Int(-1)),
            ("0x10", Default::Int(16)),
            ("1e-09", Default::Float(1e-9)),
            ("0.0", Default::Float(0.0)),
            ("', '", Default::Str(", ".into())),
            ("'\\n'", Default::Str("\n".into())),
            ("\"it's\"", Default::Str("it's".into())),
            ("sys.maxsize", Default::Expr("sys.maxsize".into())),
            ("<unrepresentable>", Default::Expr("<unrepresentable>".into())),
            ("(1, 2)", Default::Expr("(1, 2)".into())),
        ] {
            let s = Signature::parse(&format!("f(x={text}, y=0)")).unwrap();
            assert_eq!(s.params[0].default, Some(expected), "{text}");
            assert_eq!(s.params.len(), 2);
        }
    }

    #[test]
    fn refused() {
        for (text, why) in [
            ("f", "a signature is"),
            ("f(a", "must end with"),
            ("f(a=1, b)", "without a default"),
            ("f(/, a)", "must follow a positional"),
            ("f(a, /, b, /)", "only once"),
            ("f(*)", "bare `*`"),
            ("f(*a, *b)", "only once"),
            ("f(**k, a)", "nothing may follow"),
            ("f(a, a)", "twice"),
            ("f(1a)", "not a Python name"),
            ("f(a=)", "missing"),
            ("f(a='x)", "unbalanced"),
            ("f(a,,b)", "not a Python name"),
        ] {
            let error = Signature::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
