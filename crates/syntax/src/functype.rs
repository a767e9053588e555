//! `(argtypes) -> returns`: the type of a function, as in a type comment.

use crate::ast::{Expr, Mod, Pos};
use crate::error::SyntaxError;
use crate::explain::{Tok, tokenize};
use crate::lines::Lines;
use crate::parse::{Mode, Parsed, parse};

type Result<T> = std::result::Result<T, Box<SyntaxError>>;

struct Reader<'s> {
    source: &'s str,
    lines: &'s Lines,
    tokens: Vec<(Tok, usize, usize)>,
    at: usize,
}

impl<'s> Reader<'s> {
    fn text(&self) -> &'s str {
        let (_, start, end) = self.tokens[self.at];
        self.source.get(start..end).unwrap_or("")
    }

    fn wrong<T>(&self) -> Result<T> {
        let (_, start, end) = self.tokens[self.at];
        Err(Box::new(SyntaxError::new("invalid syntax", self.lines.pos(start, end.min(self.source.len())))))
    }

    fn is_end(&self) -> bool {
        matches!(self.tokens[self.at].0, Tok::Newline | Tok::End | Tok::Error)
    }

    fn expect(&mut self, text: &str) -> Result<()> {
        if self.text() != text {
            return self.wrong();
        }
        self.at += 1;
        Ok(())
    }

    /// An expression, up to a comma or bracket that is not its own.
    fn expression(&mut self) -> Result<Expr> {
        let (from, mut depth) = (self.tokens[self.at].1, 0u32);
        let first = self.at;
        loop {
            match (self.text(), depth) {
                ("," | ")", 0) => break,
                (":=" | "=" | "for" | "async" | "yield", 0) => return self.wrong(),
                ("(" | "[" | "{", _) => depth += 1,
                (")" | "]" | "}", _) => depth -= 1,
                _ if self.is_end() => break,
                _ => {}
            }
            self.at += 1;
        }
        if self.at == first || matches!(self.source.as_bytes().get(from), Some(b'*')) {
            self.at = first;
            return self.wrong();
        }
        let to = self.tokens[self.at - 1].2;
        match parse(&format!("({}\n)", &self.source[from..to]), Mode::Eval)?.module {
            Mod::Expression { body } => Ok(*body),
            _ => self.wrong(),
        }
    }

    fn parameters(&mut self) -> Result<Vec<Expr>> {
        let mut types = Vec::new();
        let mut stars = 0;
        self.expect("(")?;
        while types.is_empty() && self.text() != ")" || !types.is_empty() && self.text() == "," {
            if !types.is_empty() {
                if stars == 2 {
                    return self.wrong();
                }
                self.at += 1;
            }
            // Stars mark the variadic parameters and are no part of the types.
            let own = match self.text() {
                "*" => 1,
                "**" => 2,
                _ => 0,
            };
            if stars > 0 && own != 2 {
                return self.wrong();
            }
            self.at += usize::from(own > 0);
            stars = own;
            types.push(self.expression()?);
        }
        self.expect(")")?;
        Ok(types)
    }
}

/// The tree of a function's type.
pub(crate) fn func_type(source: &str, lines: &Lines) -> Result<Parsed> {
    let text = &if source.ends_with('\n') { source.to_owned() } else { format!("{source}\n") };
    let (tokens, problem) = tokenize(text, true);
    let tokens = tokens.iter().map(|token| (token.kind, token.start, token.end)).collect();
    let mut reader = Reader { source: text, lines, tokens, at: 0 };
    if problem.is_some() || reader.is_end() {
        return Err(Box::new(SyntaxError::new("invalid syntax", Pos { lineno: 1, end_lineno: 1, ..Pos::default() })));
    }
    let argtypes = reader.parameters()?;
    reader.expect("->")?;
    let returns = Box::new(reader.expression()?);
    if !reader.is_end() {
        return reader.wrong();
    }
    Ok(Parsed { module: Mod::FunctionType { argtypes, returns }, warnings: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_come_last_and_once() {
        let read = |source| func_type(source, &Lines::new(source)).map(|_| ()).map_err(|error| error.col);
        for source in ["() -> int", "(int) -> a[b, c]", "(int, *str, **Any) -> f", "(*a, **b) -> c", "(**a) -> b"] {
            assert_eq!(read(source), Ok(()), "{source}");
        }
        for (source, col) in
            [("(a,) -> b", 3), ("(*a, b) -> c", 5), ("(**a, **b) -> c", 4), ("(a) b", 4), ("(a:=1) -> b", 2)]
        {
            assert_eq!(read(source), Err(col), "{source}");
        }
    }
}
