//! Strings, and the text of f-strings and t-strings.

use super::{Lexer, MAX_BRACKETS, MAX_STRINGS, Mode, Problem, Step, Tok};

impl Lexer<'_> {
    pub(super) fn string(&mut self, start: usize, prefix: &str) -> Step {
        let quote = self.byte(0);
        let triple = self.byte(1) == quote && self.byte(2) == quote;
        let formatted = prefix.contains(['f', 't']);
        if formatted {
            self.at += if triple { 3 } else { 1 };
            if self.modes.len() + 1 >= MAX_STRINGS {
                return Err(self.fail("too many nested f-strings or t-strings", self.at));
            }
            self.push(Tok::FStart, start, self.at);
            let letter = if prefix.contains('f') { 'f' } else { 't' };
            let (raw, fields) = (prefix.contains('r'), Vec::new());
            self.modes.push(Mode { quote, triple, raw, letter, start, depth: 0, fields });
            return Ok(());
        }
        self.at += if triple { 3 } else { 1 };
        loop {
            match self.byte(0) {
                0 if self.at >= self.bytes.len() => return Err(self.unterminated(start, triple)),
                b'\\' => {
                    self.at += 1;
                    if self.at >= self.bytes.len() {
                        return Err(self.unterminated(start, triple));
                    }
                    let len = self.source[self.at..].chars().next().map_or(1, char::len_utf8);
                    self.at += len;
                }
                b'\n' if !triple => return Err(self.unterminated(start, triple)),
                c if c == quote => {
                    if !triple {
                        self.at += 1;
                        break;
                    }
                    if self.byte(1) == quote && self.byte(2) == quote {
                        self.at += 3;
                        break;
                    }
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
        self.push(Tok::Str, start, self.at);
        Ok(())
    }

    fn unterminated(&self, start: usize, triple: bool) -> Box<Problem> {
        let here = &self.source[..self.at.min(self.bytes.len())];
        let here = here.strip_suffix('\n').unwrap_or(here);
        let line = here.matches('\n').count() + 1;
        if let Some(mode) = self.modes.last()
            && mode.triple == triple
            && self.source[start..].trim_start_matches(char::is_alphabetic).as_bytes().first() == Some(&mode.quote)
        {
            // The quote was meant to end the f-string.
            let mut problem = self.fail(format!("{}-string: expecting '}}'", mode.letter), start);
            problem.shift = 1;
            return problem;
        }
        let what = if triple { "triple-quoted string literal" } else { "string literal" };
        let mut message = format!("unterminated {what} (detected at line {line})");
        let quote_at = self.source[start..].find(['"', '\'']).map_or(start, |i| start + i);
        let quote = self.bytes[quote_at];
        let body = &self.bytes[quote_at + 1..self.at.min(self.bytes.len())];
        let escaped_end = body.ends_with(&[b'\\', quote]);
        if !triple && escaped_end {
            message.push_str("; perhaps you escaped the end quote");
        }
        let mut problem = self.fail(message, start);
        problem.shift = 1;
        problem.incomplete = triple;
        problem
    }

    pub(super) fn unterminated_fstring(&self) -> Box<Problem> {
        let Some(mode) = self.modes.last() else { return self.fail("unterminated string literal", self.at) };
        let here = &self.source[..self.at.min(self.bytes.len())];
        let here = here.strip_suffix('\n').unwrap_or(here);
        let line = here.matches('\n').count() + 1;
        let what = if mode.triple { "triple-quoted " } else { "" };
        let message = format!("unterminated {what}{}-string literal (detected at line {line})", mode.letter);
        let mut problem = self.fail(message, mode.start);
        problem.shift = 1;
        problem.incomplete = mode.triple;
        problem
    }

    pub(super) fn in_fstring_text(&self) -> bool {
        self.modes.last().is_some_and(|mode| match mode.fields.last() {
            None => true,
            Some((level, in_spec)) => *in_spec && mode.depth == *level,
        })
    }

    pub(super) fn newline_in_field(&self) -> bool {
        false
    }

    /// The text of an f-string or format spec, up to a field or the end.
    pub(super) fn fstring_text(&mut self) -> Step {
        let start = self.at;
        let Some(mode) = self.modes.last() else { return Ok(()) };
        let (quote, triple, raw) = (mode.quote, mode.triple, mode.raw);
        let in_spec = !mode.fields.is_empty();
        loop {
            let c = self.byte(0);
            if self.at >= self.bytes.len() {
                return Err(self.unterminated_fstring());
            }
            let closing = c == quote && (!triple || self.byte(1) == quote && self.byte(2) == quote);
            if closing {
                if self.at > start {
                    self.push(Tok::FMiddle, start, self.at);
                }
                let end = self.at;
                self.at += if triple { 3 } else { 1 };
                self.push(Tok::FEnd, end, self.at);
                self.modes.pop();
                return Ok(());
            }
            match c {
                b'\n' if !triple => {
                    if in_spec && let Some(mode) = self.modes.last() {
                        let message = format!(
                            "{0}-string: newlines are not allowed in format specifiers for single quoted {0}-strings",
                            mode.letter
                        );
                        let mut problem = self.fail(message, self.at);
                        problem.shift = 1;
                        return Err(problem);
                    }
                    return Err(self.unterminated_fstring());
                }
                b'{' | b'}' if self.byte(1) == c && !in_spec => {
                    self.at += 2;
                    if self.everything {
                        // Only one of the two belongs to the text.
                        self.push(Tok::FMiddle, start, self.at - 1);
                        return Ok(());
                    }
                }
                b'{' => {
                    if self.at > start {
                        self.push(Tok::FMiddle, start, self.at);
                    }
                    if self.brackets.len() >= MAX_BRACKETS {
                        return Err(self.fail("too many nested parentheses", self.at + 1));
                    }
                    self.brackets.push((b'{', self.at));
                    if let Some(mode) = self.modes.last_mut() {
                        mode.depth += 1;
                        mode.fields.push((mode.depth, false));
                    }
                    self.push(Tok::Op, self.at, self.at + 1);
                    self.at += 1;
                    return Ok(());
                }
                b'}' => {
                    if self.at > start || in_spec && self.everything {
                        self.push(Tok::FMiddle, start, self.at);
                    }
                    let at = self.at;
                    self.at += 1;
                    self.close(b'}', at)?;
                    self.push(Tok::Op, at, self.at);
                    return Ok(());
                }
                b'\\' => {
                    self.at += 1;
                    let next = self.byte(0);
                    if !raw && next == b'N' && self.byte(1) == b'{' {
                        let rest = &self.source[self.at..];
                        self.at += rest
                            .find(['}', '"', '\'', '\n'])
                            .map_or(1, |i| i + usize::from(rest.as_bytes()[i] == b'}'));
                    } else if next != b'{' && next != b'}' {
                        let len = self.source[self.at..].chars().next().map_or(0, char::len_utf8);
                        self.at += len;
                    }
                }
                _ => self.at += 1,
            }
        }
    }
}
