//! String literals, joined; the inside of f-strings and t-strings.

use super::lex::Tok;
use super::{Explain, Memo, Node, Rule, What, need};

impl Explain<'_> {
    /// `f` or `t`, of the string that is open here.
    pub(super) fn string_letter(&self) -> char {
        let mut depth = 0;
        for token in self.tokens[..self.pos.min(self.tokens.len())].iter().rev() {
            match token.kind {
                Tok::FEnd => depth += 1,
                Tok::FStart if depth == 0 => {
                    let text = &self.source[token.start..token.end];
                    return if text.contains(['t', 'T']) { 't' } else { 'f' };
                }
                Tok::FStart => depth -= 1,
                _ => {}
            }
        }
        'f'
    }

    /// Whether the token stands in a replacement field, in no bracket of its own.
    pub(super) fn in_field(&self, at: usize) -> bool {
        let (mut strings, mut braces) = (0, 0);
        for token in self.tokens[..at].iter().rev() {
            match token.kind {
                Tok::FEnd => strings += 1,
                Tok::FStart if strings == 0 => return braces == 1,
                Tok::FStart => strings -= 1,
                _ if strings > 0 => {}
                _ => match &self.source[token.start..token.end] {
                    "{" | "(" | "[" => braces += 1,
                    "}" | ")" | "]" => braces -= 1,
                    _ => {}
                },
            }
        }
        false
    }

    pub(super) fn strings(&mut self) -> Rule<Node> {
        self.memo(Memo::Strings, |p| {
            let start = p.pos;
            let (mut bytes, mut texts, mut f, mut t) = (false, false, false, false);
            loop {
                let token = p.peek()?;
                match token.kind {
                    Tok::Str => {
                        let text = p.text(&token);
                        let quote = text.find(['"', '\'']).unwrap_or(0);
                        let is_bytes = text[..quote].contains(['b', 'B']);
                        bytes |= is_bytes;
                        texts |= !is_bytes;
                        if is_bytes && !text.is_ascii() {
                            return Err(p.error_at("bytes can only contain ASCII literal characters", p.pos));
                        }
                        if let Some(message) = crate::adapt::strings::escape_problem(text) {
                            return Err(p.error_at(&message, p.pos));
                        }
                        p.pos += 1;
                    }
                    Tok::FStart => {
                        let is_t = p.text(&token).contains(['t', 'T']);
                        f |= !is_t;
                        t |= is_t;
                        need!(p.fstring());
                    }
                    _ => break,
                }
            }
            if p.pos == start {
                return Ok(None);
            }
            if t && (texts || f || bytes) {
                let message = "cannot mix t-string literals with string or bytes literals";
                return Err(p.error_range(message, start, p.pos - 1));
            }
            if bytes && (texts || f) {
                return Err(p.error_last("cannot mix bytes and nonbytes literals"));
            }
            let what = match (f, t) {
                (true, _) => What::FString,
                (_, true) => What::TString,
                _ => What::Literal,
            };
            Ok(Some(p.node(what, start)))
        })
    }

    fn fstring(&mut self) -> Rule<()> {
        let open = need!(self.take_kind(Tok::FStart));
        let raw = self.text(&self.tokens[open]).contains(['r', 'R']);
        loop {
            if let Some(middle) = self.take_kind(Tok::FMiddle)? {
                let text = self.text(&self.tokens[middle]);
                if !raw && let Some(message) = crate::adapt::strings::text_problem(text) {
                    return Err(self.error_at(&message, middle));
                }
                continue;
            }
            if self.take_kind(Tok::FEnd)?.is_some() {
                return Ok(Some(()));
            }
            need!(self.replacement_field());
        }
    }

    fn replacement_field(&mut self) -> Rule<()> {
        if !self.is("{")? {
            return Ok(None);
        }
        let field = self.attempt(|p| {
            p.pos += 1;
            need!(p.field_expression());
            p.take("=")?;
            if p.is("!")? {
                need!(p.conversion());
            }
            if p.take(":")?.is_some() {
                need!(p.format_spec());
            }
            need!(p.take("}"));
            Ok(Some(()))
        })?;
        if field.is_none() && self.invalid {
            self.attempt(Self::invalid_field)?;
        }
        Ok(field)
    }

    fn field_expression(&mut self) -> Rule<()> {
        if self.attempt(Self::yield_expr)?.is_some() {
            return Ok(Some(()));
        }
        Ok(self.attempt(Self::star_expressions)?.map(|_| ()))
    }

    /// `!r`, without a blank between.
    fn conversion(&mut self) -> Rule<()> {
        let mark = need!(self.take("!"));
        let letter = self.string_letter();
        let token = self.peek()?;
        if token.kind != Tok::Name {
            if self.invalid {
                let message = format!("{letter}-string: missing conversion character");
                if self.is_any(&[":", "}"])? {
                    return Err(self.error_at(&message, self.pos));
                }
                let message = format!("{letter}-string: invalid conversion character");
                return Err(self.error_at(&message, self.pos));
            }
            return Ok(None);
        }
        if token.start != self.tokens[mark].end {
            let message = format!("{letter}-string: conversion type must come right after the exclamation mark");
            return Err(self.error_range(&message, mark, self.pos));
        }
        let text = self.text(&token);
        if !["s", "r", "a"].contains(&text) {
            let message = format!("{letter}-string: invalid conversion character '{text}': expected 's', 'r', or 'a'");
            return Err(self.error_at(&message, self.pos));
        }
        self.pos += 1;
        Ok(Some(()))
    }

    fn format_spec(&mut self) -> Rule<()> {
        loop {
            if self.take_kind(Tok::FMiddle)?.is_some() {
                continue;
            }
            if !self.is("{")? {
                return Ok(Some(()));
            }
            need!(self.replacement_field());
        }
    }

    fn invalid_field(&mut self) -> Rule<()> {
        let start = self.pos;
        self.pos += 1;
        let letter = self.string_letter();
        for mark in ["=", "!", ":", "}"] {
            if self.is(mark)? {
                let message = format!("{letter}-string: valid expression required before '{mark}'");
                return Err(self.error_at(&message, self.pos));
            }
        }
        if self.attempt(Self::field_expression)?.is_none() {
            self.pos = start + 1;
            if self.peek()?.kind == Tok::FEnd {
                return Err(self.brace_expected(letter));
            }
            let message = format!("{letter}-string: expecting a valid expression after '{{'");
            return Err(self.error_at(&message, self.pos));
        }
        if !self.is_any(&["=", "!", ":", "}"])? {
            if self.peek()?.kind == Tok::FEnd {
                return Err(self.brace_expected(letter));
            }
            let message = format!("{letter}-string: expecting '=', or '!', or ':', or '}}'");
            return Err(self.error_at(&message, self.pos));
        }
        if self.take("=")?.is_some() && !self.is_any(&["!", ":", "}"])? {
            let message = format!("{letter}-string: expecting '!', or ':', or '}}'");
            return Err(self.error_at(&message, self.pos));
        }
        if self.is("!")? {
            self.conversion()?;
            if !self.is_any(&[":", "}"])? {
                let message = format!("{letter}-string: expecting ':' or '}}'");
                return Err(self.error_at(&message, self.pos));
            }
        }
        if self.take(":")?.is_some() {
            self.attempt(Self::format_spec)?;
            if !self.is("}")? {
                let message = format!("{letter}-string: expecting '}}', or format specs");
                return Err(self.error_at(&message, self.pos));
            }
        }
        if !self.is("}")? {
            return Err(self.brace_expected(letter));
        }
        Ok(None)
    }

    /// The string ends inside a field: CPython's tokenizer says so, at the quote.
    fn brace_expected(&self, letter: char) -> Box<crate::error::SyntaxError> {
        let mut error = self.error_at(&format!("{letter}-string: expecting '}}'"), self.pos);
        error.end_line = error.line;
        error.end_col = error.col;
        error
    }
}
