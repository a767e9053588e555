//! Numbers.

use super::{Lexer, Problem, Step, Tok, is_start};

impl Lexer<'_> {
    pub(super) fn number(&mut self) -> Step {
        let start = self.at;
        let (kind, digits): (&str, fn(u8) -> bool) = match (self.byte(0), self.byte(1) | 0x20) {
            (b'0', b'x') => ("hexadecimal", |c| c.is_ascii_hexdigit()),
            (b'0', b'o') => ("octal", |c| (b'0'..b'8').contains(&c)),
            (b'0', b'b') => ("binary", |c| c == b'0' || c == b'1'),
            _ => return self.decimal(start),
        };
        self.at += 2;
        loop {
            if self.byte(0) == b'_' {
                self.at += 1;
            }
            if !digits(self.byte(0)) {
                return Err(self.bad_digit(kind));
            }
            while digits(self.byte(0)) {
                self.at += 1;
            }
            if self.byte(0) != b'_' {
                break;
            }
        }
        if self.byte(0).is_ascii_digit() {
            return Err(self.bad_digit(kind));
        }
        self.end_of_number(start, kind)
    }

    fn bad_digit(&self, kind: &str) -> Box<Problem> {
        let c = self.byte(0);
        if c.is_ascii_digit() && kind != "hexadecimal" {
            return self.fail(format!("invalid digit '{}' in {kind} literal", c as char), self.at + 1);
        }
        self.fail(format!("invalid {kind} literal"), self.at)
    }

    /// Digits with single underscores between.
    fn digits(&mut self) -> Step {
        loop {
            while self.byte(0).is_ascii_digit() {
                self.at += 1;
            }
            if self.byte(0) != b'_' {
                return Ok(());
            }
            self.at += 1;
            if !self.byte(0).is_ascii_digit() {
                return Err(self.fail("invalid decimal literal", self.at));
            }
        }
    }

    fn decimal(&mut self, start: usize) -> Step {
        let mut kind = "decimal";
        let leading_zero = self.byte(0) == b'0';
        if self.byte(0) != b'.' {
            self.digits()?;
        }
        let digits_end = self.at;
        let mut whole = true;
        if self.byte(0) == b'.' {
            whole = false;
            self.at += 1;
            if self.byte(0).is_ascii_digit() {
                self.digits()?;
            }
        }
        if self.byte(0) | 0x20 == b'e' {
            let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
            if self.byte(1 + sign).is_ascii_digit() {
                whole = false;
                self.at += 1 + sign;
                self.digits()?;
            } else if sign > 0 {
                return Err(self.fail("invalid decimal literal", self.at + 1 + sign));
            }
        }
        if self.byte(0) | 0x20 == b'j' {
            whole = false;
            kind = "imaginary";
            self.at += 1;
        }
        if whole && leading_zero {
            let text = &self.source[start..digits_end];
            let zeros = text.bytes().take_while(|b| *b == b'0' || *b == b'_').count();
            if zeros < text.len() && !self.everything {
                let message = "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal \
                               integers";
                let mut problem = self.fail(message, start);
                problem.shift = 1;
                let col = start - self.source[..start].rfind('\n').map_or(0, |i| i + 1);
                problem.end = Some((col + zeros) as i32);
                return Err(problem);
            }
        }
        self.end_of_number(start, kind)
    }

    /// Only some keywords may follow a number directly.
    fn end_of_number(&mut self, start: usize, kind: &str) -> Step {
        let rest = &self.source[self.at..];
        let next = rest.chars().next().unwrap_or(' ');
        if next == '_' || next.is_alphanumeric() || !next.is_ascii() && is_start(next) {
            let allowed = ["and", "else", "for", "if", "in", "is", "or", "not"];
            if !self.everything && !allowed.iter().any(|word| rest.starts_with(word)) {
                return Err(self.fail(format!("invalid {kind} literal"), self.at));
            }
        }
        self.push(Tok::Number, start, self.at);
        Ok(())
    }
}
