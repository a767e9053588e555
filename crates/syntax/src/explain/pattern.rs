//! Patterns of `match`.

use super::lex::Tok;
use super::{Explain, Node, Rule, What, need};

impl Explain<'_> {
    pub(super) fn patterns(&mut self) -> Rule<()> {
        need!(self.gather(Self::maybe_star_pattern));
        self.take(",")?;
        Ok(Some(()))
    }

    fn maybe_star_pattern(&mut self) -> Rule<Node> {
        let start = self.pos;
        if self.take("*")?.is_some() {
            need!(self.name());
            return Ok(Some(self.node(What::Starred, start)));
        }
        self.pattern()
    }

    fn pattern(&mut self) -> Rule<Node> {
        let start = self.pos;
        need!(self.or_pattern());
        let Some(_) = self.take("as")? else { return Ok(Some(self.node(What::Name, start))) };
        let token = self.peek()?;
        if token.kind == Tok::Name && self.text(&token) != "_" {
            let dotted = self.ahead(|p| {
                p.pos += 1;
                Ok(p.is_any(&[".", "(", "="])?.then_some(()))
            })?;
            if !dotted {
                self.pos += 1;
                return Ok(Some(self.node(What::Name, start)));
            }
        }
        if self.invalid {
            if token.kind == Tok::Name && self.text(&token) == "_" {
                return Err(self.error_at("cannot use '_' as a target", self.pos));
            }
            if let Some(target) = self.attempt(Self::expression)? {
                let message = format!("cannot use {} as pattern target", target.what.name());
                return Err(self.error_node(&message, &target));
            }
        }
        Ok(None)
    }

    fn or_pattern(&mut self) -> Rule<()> {
        need!(self.closed_pattern());
        while self.take("|")?.is_some() {
            need!(self.closed_pattern());
        }
        Ok(Some(()))
    }

    fn closed_pattern(&mut self) -> Rule<()> {
        let token = self.peek()?;
        match token.kind {
            Tok::Str | Tok::FStart => Ok(self.strings()?.map(|_| ())),
            Tok::Number => self.signed_number(),
            Tok::Keyword if ["None", "True", "False"].contains(&self.text(&token)) => {
                self.pos += 1;
                Ok(Some(()))
            }
            Tok::Name => {
                self.pos += 1;
                while self.take(".")?.is_some() {
                    need!(self.name());
                }
                if self.is("(")? {
                    return self.class_pattern();
                }
                Ok(Some(()))
            }
            Tok::Op => match self.text(&token) {
                "-" => {
                    self.pos += 1;
                    self.signed_number()
                }
                "(" => self.bracketed_pattern(")"),
                "[" => self.bracketed_pattern("]"),
                "{" => self.mapping_pattern(),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn signed_number(&mut self) -> Rule<()> {
        need!(self.take_kind(Tok::Number));
        if self.is_any(&["+", "-"])? {
            self.pos += 1;
            need!(self.take_kind(Tok::Number));
        }
        Ok(Some(()))
    }

    fn bracketed_pattern(&mut self, close: &str) -> Rule<()> {
        self.pos += 1;
        self.attempt(Self::patterns)?;
        need!(self.take(close));
        Ok(Some(()))
    }

    fn mapping_pattern(&mut self) -> Rule<()> {
        self.pos += 1;
        let mut rest = false;
        while !self.is("}")? {
            if rest {
                return Ok(None);
            }
            if self.take("**")?.is_some() {
                need!(self.name());
                rest = true;
            } else {
                need!(self.closed_pattern());
                need!(self.take(":"));
                need!(self.pattern());
            }
            if self.take(",")?.is_none() {
                break;
            }
        }
        need!(self.take("}"));
        Ok(Some(()))
    }

    fn class_pattern(&mut self) -> Rule<()> {
        self.pos += 1;
        let mut keywords = false;
        while !self.is(")")? {
            let keyword = self.ahead(|p| {
                need!(p.name());
                p.take("=")
            })?;
            let start = self.pos;
            if keyword {
                self.pos += 2;
                keywords = true;
            }
            need!(self.pattern());
            let after = self.pos;
            if keywords && !keyword {
                if self.invalid {
                    // CPython reads all positional patterns first.
                    while self.take(",")?.is_some() && self.attempt(Self::pattern)?.is_some() {}
                    self.pos = after;
                    let message = "positional patterns follow keyword patterns";
                    return Err(self.error_range(message, start, self.pos - 1));
                }
                return Ok(None);
            }
            if self.take(",")?.is_none() {
                break;
            }
        }
        need!(self.take(")"));
        Ok(Some(()))
    }
}
