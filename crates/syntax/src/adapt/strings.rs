//! String literals: escapes (with lone surrogates, which the library cannot hold), concatenation, f-strings (PEP 701) and
//! t-strings (PEP 750).

use ruff_python_ast as r;
use ruff_python_ast::{InterpolatedStringElement as Element, StringFlags};
use ruff_text_size::{Ranged, TextRange};
use text::Wtf8Buf;

use super::expr::string;
use super::{Adapter, Result, Warning};
use crate::ast::*;
use crate::error::SyntaxError;

/// What an f-string is made of while its pieces are joined.
enum Piece {
    Text(Wtf8Buf, TextRange),
    Value(Expr),
}

impl Adapter<'_> {
    pub(super) fn string_literal(&mut self, node: &r::ExprStringLiteral) -> Result<ExprKind> {
        let parts = node.value.as_slice();
        let mut value = Wtf8Buf::new();
        for part in parts {
            self.string_part(part, &mut value)?;
        }
        let unicode = parts.first().is_some_and(|part| part.flags.prefix().is_unicode());
        Ok(ExprKind::Constant { value: Constant::Str(value), kind: unicode.then(|| Wtf8Buf::from("u")) })
    }

    fn string_part(&mut self, part: &r::StringLiteral, out: &mut Wtf8Buf) -> Result<()> {
        let body = body(part.range, &part.flags);
        self.decode(self.text(body), body, part.range, part.flags.prefix().is_raw(), false, out)
    }

    pub(super) fn bytes_literal(&mut self, node: &r::ExprBytesLiteral) -> Result<ExprKind> {
        let mut value = Vec::new();
        for part in node.value.as_slice() {
            value.extend_from_slice(&part.value);
            if !part.flags.prefix().is_raw() {
                let body = body(part.range, &part.flags);
                self.check_bytes(self.text(body), body);
            }
        }
        Ok(super::expr::constant(Constant::Bytes(value)))
    }

    pub(super) fn f_string(&mut self, node: &r::ExprFString) -> Result<ExprKind> {
        let mut pieces = Vec::new();
        for part in node.value.as_slice() {
            match part {
                r::FStringPart::Literal(literal) => {
                    let mut value = Wtf8Buf::new();
                    self.string_part(literal, &mut value)?;
                    pieces.push(Piece::Text(value, literal.range));
                }
                r::FStringPart::FString(f) => {
                    self.elements(&f.elements, f.flags.prefix().is_raw(), false, &mut pieces)?;
                }
            }
        }
        Ok(ExprKind::JoinedStr { values: self.join(pieces) })
    }

    pub(super) fn t_string(&mut self, node: &r::ExprTString) -> Result<ExprKind> {
        let mut pieces = Vec::new();
        for t in node.value.as_slice() {
            self.elements(&t.elements, t.flags.prefix().is_raw(), true, &mut pieces)?;
        }
        Ok(ExprKind::TemplateStr { values: self.join(pieces) })
    }

    /// Neighbouring texts become one constant; empty ones vanish.
    fn join(&mut self, pieces: Vec<Piece>) -> Vec<Expr> {
        let mut values = Vec::new();
        let mut run: Option<(Wtf8Buf, TextRange)> = None;
        for piece in pieces {
            match (piece, &mut run) {
                (Piece::Text(text, range), Some((all, whole))) => {
                    append(all, &text);
                    *whole = TextRange::new(whole.start(), range.end());
                }
                (Piece::Text(text, range), None) => run = Some((text, range)),
                (Piece::Value(expr), _) => {
                    self.flush(run.take(), &mut values);
                    values.push(expr);
                }
            }
        }
        self.flush(run, &mut values);
        values
    }

    fn flush(&self, run: Option<(Wtf8Buf, TextRange)>, values: &mut Vec<Expr>) {
        if let Some((text, range)) = run
            && !text.as_bytes().is_empty()
        {
            values.push(Expr { pos: self.pos(range), kind: string(text) });
        }
    }

    fn elements(
        &mut self,
        elements: &r::InterpolatedStringElements,
        raw: bool,
        template: bool,
        pieces: &mut Vec<Piece>,
    ) -> Result<()> {
        for element in elements {
            match element {
                Element::Literal(literal) => {
                    let mut value = Wtf8Buf::new();
                    self.decode(self.text(literal.range), literal.range, literal.range, raw, true, &mut value)?;
                    pieces.push(Piece::Text(value, literal.range));
                }
                Element::Interpolation(field) => self.field(field, raw, template, pieces)?,
            }
        }
        Ok(())
    }

    /// A replacement field, with the text before it that `=` asks for.
    fn field(
        &mut self,
        node: &r::InterpolatedElement,
        raw: bool,
        template: bool,
        pieces: &mut Vec<Piece>,
    ) -> Result<()> {
        let inner = node.range.start().to_usize() + 1;
        if self.specs > 2 {
            let letter = if template { 't' } else { 'f' };
            let pos = self.lines.pos(inner - 2, inner - 2);
            return Err(Box::new(SyntaxError::new(format!("{letter}-string: expressions nested too deeply"), pos)));
        }
        if let Some(debug) = &node.debug_text {
            let text = debug.as_str();
            let end = inner + text.len();
            let range = TextRange::new((inner as u32).into(), (end as u32).into());
            pieces.push(Piece::Text(Wtf8Buf::from(without_comments(text)), range));
        }
        let specs = std::mem::take(&mut self.specs);
        let value = self.boxed(&node.expression)?;
        self.specs = specs;
        let format_spec = match &node.format_spec {
            None => None,
            Some(spec) => {
                let mut inside = Vec::new();
                self.specs += 1;
                self.deeper(spec.range.start(), |this| this.elements(&spec.elements, raw, false, &mut inside))?;
                self.specs -= 1;
                let values = self.join(inside);
                let colon = spec.range.start() - ruff_text_size::TextSize::new(1);
                let pos = self.pos(TextRange::new(colon, spec.range.end()));
                Some(Box::new(Expr { pos, kind: ExprKind::JoinedStr { values } }))
            }
        };
        let conversion = match node.conversion {
            r::ConversionFlag::None if node.debug_text.is_some() && format_spec.is_none() => i64::from(b'r'),
            r::ConversionFlag::None => -1,
            r::ConversionFlag::Str => i64::from(b's'),
            r::ConversionFlag::Ascii => i64::from(b'a'),
            r::ConversionFlag::Repr => i64::from(b'r'),
        };
        let kind = if template {
            let end = self.expression_end(node.expression.end().to_usize());
            let text = Constant::Str(Wtf8Buf::from(without_comments(&self.source[inner..end])));
            ExprKind::Interpolation { value, str: text, conversion, format_spec }
        } else {
            ExprKind::FormattedValue { value, conversion, format_spec }
        };
        pieces.push(Piece::Value(Expr { pos: self.pos(node.range), kind }));
        Ok(())
    }

    /// Where the text of a field's expression ends: closing parentheses and blanks belong to it.
    fn expression_end(&self, mut at: usize) -> usize {
        let bytes = self.source.as_bytes();
        loop {
            let next = self.skip_blank(at);
            match bytes.get(next) {
                Some(b')' | b',') => at = next + 1,
                _ => return next,
            }
        }
    }

    /// Decodes the escapes of `text`, which stands at `range` in the literal or f-string text at `token`.
    fn decode(
        &mut self,
        text: &str,
        range: TextRange,
        token: TextRange,
        raw: bool,
        braces: bool,
        out: &mut Wtf8Buf,
    ) -> Result<()> {
        let mut invalid = None;
        let mut rest = text;
        loop {
            let special = |b: u8| b == b'\\' && !raw || braces && (b == b'{' || b == b'}');
            let Some(at) = rest.bytes().position(special) else {
                out.push_str(rest);
                break;
            };
            out.push_str(&rest[..at]);
            let bytes = rest.as_bytes();
            if bytes[at] != b'\\' {
                out.push_str(&rest[at..=at]);
                let doubled = bytes.get(at + 1) == Some(&bytes[at]);
                rest = &rest[at + 1 + usize::from(doubled)..];
                continue;
            }
            let offset = text.len() - rest.len() + at;
            let after = &rest[at + 1..];
            let brace_next = matches!(after.as_bytes().first(), None | Some(b'{' | b'}'));
            if braces && brace_next {
                // `\{`: the brace keeps its own meaning.
                out.push_str("\\");
                invalid.get_or_insert(offset);
                rest = after;
                continue;
            }
            match escape(after, out) {
                Ok(Escaped { used, valid }) => {
                    if !valid {
                        invalid.get_or_insert(offset);
                    }
                    rest = &after[used..];
                }
                Err(problem) => {
                    let start = offset;
                    return Err(decode_error(text, start, start + problem.1, problem.0, self.pos(token)));
                }
            }
        }
        if let Some(offset) = invalid {
            self.warn_escape(range, offset);
        }
        Ok(())
    }

    fn check_bytes(&mut self, text: &str, range: TextRange) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'\\')) {
            let here = at + found;
            let valid = match bytes.get(here + 1) {
                Some(b'0'..=b'7') => {
                    !(bytes[here + 1] >= b'4' && bytes.get(here + 2..here + 4).is_some_and(|r| r.iter().all(is_octal)))
                }
                Some(b) => b"\\'\"abfnrtvx\n".contains(b),
                None => true,
            };
            if !valid {
                self.warn_escape(range, here);
                return;
            }
            at = here + 2;
        }
    }

    /// Only the first invalid escape of a literal is told of.
    fn warn_escape(&mut self, range: TextRange, offset: usize) {
        let at = range.start().to_usize() + offset;
        let rest = &self.source[at + 1..];
        let octal = rest.bytes().take(3).take_while(is_octal).count();
        let (shown, kind) = if octal == 3 && rest.as_bytes()[0] >= b'4' {
            (&rest[..3], "an invalid octal escape sequence")
        } else {
            let len = rest.chars().next().map_or(0, char::len_utf8);
            (&rest[..len], "an invalid escape sequence")
        };
        let message = format!(
            "\"\\{shown}\" is {kind}. Such sequences will not work in the future. Did you mean \"\\\\{shown}\"? A raw string is also an option."
        );
        let pos = self.lines.pos(at, at + 1 + shown.len());
        self.warnings.push(Warning { message, line: pos.lineno, pos });
    }
}

/// What is wrong with the escapes of a literal, prefix and quotes included.
pub(crate) fn escape_problem(literal: &str) -> Option<String> {
    let quote = literal.find(['"', '\''])?;
    let (prefix, rest) = literal.split_at(quote);
    let quotes = if rest.starts_with("\"\"\"") || rest.starts_with("'''") { 3 } else { 1 };
    let text = rest.get(quotes..rest.len().checked_sub(quotes)?)?;
    if prefix.contains(['r', 'R']) {
        return None;
    }
    if !prefix.contains(['b', 'B']) {
        return text_problem(text);
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let digits = bytes.iter().skip(at + 2).take(2).take_while(|b| b.is_ascii_hexdigit()).count();
        if bytes.get(at + 1) == Some(&b'x') && digits < 2 {
            return Some(format!("(value error) invalid \\x escape at position {at}"));
        }
        at += 2;
    }
    None
}

/// What is wrong with the escapes of a text.
pub(crate) fn text_problem(text: &str) -> Option<String> {
    let mut out = Wtf8Buf::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        let offset = at + found;
        match escape(&text[offset + 1..], &mut out) {
            Ok(Escaped { used, .. }) => at = offset + 1 + used,
            Err((problem, len)) => return Some(decode_message(text, offset, offset + len, problem)),
        }
    }
    None
}

fn is_octal(b: &u8) -> bool {
    (b'0'..=b'7').contains(b)
}

struct Escaped {
    /// Bytes after the backslash that it takes.
    used: usize,
    /// Whether it is an escape at all.
    valid: bool,
}

/// Decodes the escape whose text after the backslash starts `after`; the error says why and how far it got, the
/// backslash included.
fn escape(after: &str, out: &mut Wtf8Buf) -> std::result::Result<Escaped, (&'static str, usize)> {
    let bytes = after.as_bytes();
    let simple = |out: &mut Wtf8Buf, text: &str| {
        out.push_str(text);
        Ok(Escaped { used: 1, valid: true })
    };
    let Some(first) = bytes.first() else {
        out.push_str("\\");
        return Ok(Escaped { used: 0, valid: true });
    };
    match first {
        b'\n' => simple(out, ""),
        b'\\' => simple(out, "\\"),
        b'\'' => simple(out, "'"),
        b'"' => simple(out, "\""),
        b'a' => simple(out, "\x07"),
        b'b' => simple(out, "\x08"),
        b'f' => simple(out, "\x0c"),
        b'n' => simple(out, "\n"),
        b'r' => simple(out, "\r"),
        b't' => simple(out, "\t"),
        b'v' => simple(out, "\x0b"),
        b'0'..=b'7' => {
            let used = bytes.iter().take(3).take_while(|b| is_octal(b)).count();
            let code = bytes[..used].iter().fold(0, |code, b| code * 8 + u32::from(b - b'0'));
            let _ = out.push_code_point(code);
            Ok(Escaped { used, valid: code < 0o400 })
        }
        b'x' => hex(bytes, 2, "truncated \\xXX escape", out),
        b'u' => hex(bytes, 4, "truncated \\uXXXX escape", out),
        b'U' => hex(bytes, 8, "truncated \\UXXXXXXXX escape", out),
        b'N' => {
            let Some(close) = after.find('}').filter(|close| after.starts_with("N{") && *close > 2) else {
                return Err(("malformed \\N character escape", after.find('}').map_or(after.len(), |i| i + 1) + 1));
            };
            match unicode_names2::character(&after[2..close]) {
                Some(c) => {
                    out.push_str(c.encode_utf8(&mut [0; 4]));
                    Ok(Escaped { used: close + 1, valid: true })
                }
                None => Err(("unknown Unicode character name", close + 2)),
            }
        }
        _ => {
            let len = after.chars().next().map_or(0, char::len_utf8);
            out.push_str("\\");
            out.push_str(&after[..len]);
            Ok(Escaped { used: len, valid: false })
        }
    }
}

fn hex(
    bytes: &[u8],
    digits: usize,
    problem: &'static str,
    out: &mut Wtf8Buf,
) -> std::result::Result<Escaped, (&'static str, usize)> {
    let found = bytes[1..].iter().take(digits).take_while(|b| b.is_ascii_hexdigit()).count();
    if found < digits {
        return Err((problem, 2 + found));
    }
    let code = bytes[1..=digits].iter().fold(0, |code, b| code * 16 + (*b as char).to_digit(16).unwrap_or(0));
    match out.push_code_point(code) {
        Some(()) => Ok(Escaped { used: 1 + digits, valid: true }),
        None => Err(("illegal Unicode character", 2 + digits)),
    }
}

/// The SyntaxError for an escape that cannot be decoded. CPython counts in the text as `unicode_escape` sees it, where a
/// character beyond ASCII has become an escape of ten.
fn decode_error(text: &str, start: usize, end: usize, problem: &str, pos: Pos) -> Box<SyntaxError> {
    Box::new(SyntaxError::new(decode_message(text, start, end, problem), pos))
}

fn decode_message(text: &str, start: usize, end: usize, problem: &str) -> String {
    let count = |text: &str| text.chars().map(|c| if c.is_ascii() { 1 } else { 10 }).sum::<usize>();
    let start_shown = count(&text[..start]);
    let end_shown = start_shown + count(&text[start..end.min(text.len())]);
    let last = end_shown.saturating_sub(1);
    format!("(unicode error) 'unicodeescape' codec can't decode bytes in position {start_shown}-{last}: {problem}")
}

/// The text of a field without its comments; `#` in strings is none.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['#', '\'', '"']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = if rest.starts_with('#') {
            let end = rest.find('\n').unwrap_or(rest.len());
            rest = &rest[end..];
            continue;
        } else {
            string_end(rest)
        };
        out.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Where the string that `text` starts with ends.
fn string_end(text: &str) -> usize {
    let quote = &text[..1];
    let triple = quote.repeat(3);
    let closer = if text.starts_with(&triple) { &triple[..] } else { quote };
    let mut at = closer.len();
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(closer) {
            return at + closer.len();
        }
        let step = usize::from(rest.starts_with('\\'));
        at += step + rest[step..].chars().next().map_or(0, char::len_utf8);
    }
    text.len()
}

fn body(range: TextRange, flags: &impl StringFlags) -> TextRange {
    TextRange::new(range.start() + flags.opener_len(), range.end() - flags.closer_len())
}

fn append(out: &mut Wtf8Buf, more: &Wtf8Buf) {
    match more.as_str() {
        Some(text) => out.push_str(text),
        None => {
            for code in more.code_points() {
                let _ = out.push_code_point(code);
            }
        }
    }
}
