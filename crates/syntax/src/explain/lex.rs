//! Tokens as CPython's tokenizer makes them, and its complaints.

mod numbers;
mod strings;

use crate::error::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tok {
    Name,
    Keyword,
    Number,
    Str,
    /// The opening of an f-string or t-string.
    FStart,
    FMiddle,
    FEnd,
    Op,
    Newline,
    /// A line's end that ends no statement; only where everything is wanted.
    Nl,
    /// Likewise.
    Comment,
    Indent,
    Dedent,
    End,
    /// What is wrong stands beside.
    Error,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub kind: Tok,
    pub start: usize,
    pub end: usize,
    /// Brackets open behind it.
    pub level: u16,
}

/// What the tokenizer refuses.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub message: String,
    pub kind: ErrorKind,
    /// Byte offset of the place.
    pub at: usize,
    /// Added to its column (from 0) for `offset`.
    pub shift: i32,
    /// `end_offset - 1`, where it is not the same as the start.
    pub end: Option<i32>,
    /// Where the bracket that is never closed stands, if that is the problem.
    pub unclosed: Option<usize>,
    /// Whether more input could help.
    pub incomplete: bool,
    /// Whether it was found inside an f-string or t-string.
    pub in_string: bool,
}

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

const OPERATORS: [&str; 48] = [
    "**=", "//=", ">>=", "<<=", "...", "!=", "->", "==", ">=", "<=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
    "@=", "**", "//", ">>", "<<", "<>", ":=", "+", "-", "*", "/", "%", "&", "|", "^", "~", "<", ">", "=", "(", ")",
    "[", "]", "{", "}", ",", ":", ".", ";", "@",
];

const MAX_BRACKETS: usize = 200;
/// Blocks within each other, with the source itself.
pub(crate) const MAX_INDENT: usize = 100;
/// f-strings and t-strings within each other, with the source itself.
pub(crate) const MAX_STRINGS: usize = 150;

/// An f-string or t-string that is open.
struct Mode {
    quote: u8,
    triple: bool,
    raw: bool,
    letter: char,
    start: usize,
    /// Brackets open in its fields; one that a field leaves open stays open behind the string.
    depth: usize,
    /// Depth of each open field, and whether it is in its format spec.
    fields: Vec<(usize, bool)>,
}

struct Lexer<'s> {
    source: &'s str,
    bytes: &'s [u8],
    at: usize,
    tokens: Vec<Token>,
    brackets: Vec<(u8, usize)>,
    indents: Vec<(usize, usize)>,
    modes: Vec<Mode>,
    /// Comments and all line ends are tokens too, as the module `tokenize` wants them.
    everything: bool,
    /// Whether the last line's end is not the source's: CPython adds one only to what it reads as a file.
    end_is_ours: bool,
}

type Step = Result<(), Box<Problem>>;

/// All tokens up to the end or the first problem, whose place has an `Error` token.
pub(crate) fn tokenize(source: &str, end_is_ours: bool) -> (Vec<Token>, Option<Problem>) {
    tokens(source, false, end_is_ours)
}

/// As [`tokenize`]; with `everything`, comments and line ends within statements too.
pub(crate) fn tokenize_with(source: &str, everything: bool) -> (Vec<Token>, Option<Problem>) {
    tokens(source, everything, false)
}

fn tokens(source: &str, everything: bool, end_is_ours: bool) -> (Vec<Token>, Option<Problem>) {
    let mut lexer = Lexer {
        source,
        bytes: source.as_bytes(),
        at: 0,
        tokens: Vec::new(),
        brackets: Vec::new(),
        indents: vec![(0, 0)],
        modes: Vec::new(),
        everything,
        end_is_ours,
    };
    let problem = lexer.run().err();
    if problem.is_some() {
        lexer.push(Tok::Error, lexer.at, lexer.at);
    }
    lexer.push(Tok::End, source.len(), source.len());
    (lexer.tokens, problem.map(|p| *p))
}

impl Lexer<'_> {
    fn push(&mut self, kind: Tok, start: usize, end: usize) {
        let level = self.brackets.len() as u16;
        self.tokens.push(Token { kind, start, end, level });
    }

    fn extra(&mut self, kind: Tok, start: usize, end: usize) {
        if self.everything {
            self.push(kind, start, end);
        }
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// A problem with the cursor at `at`: `offset` is the cursor's column.
    fn fail(&self, message: impl Into<String>, at: usize) -> Box<Problem> {
        Box::new(Problem {
            message: message.into(),
            kind: ErrorKind::Syntax,
            at,
            shift: 0,
            end: None,
            unclosed: None,
            incomplete: false,
            in_string: !self.modes.is_empty(),
        })
    }

    fn run(&mut self) -> Step {
        let mut line_start = true;
        let mut comment = None;
        loop {
            if self.in_fstring_text() {
                self.fstring_text()?;
                continue;
            }
            if line_start && self.brackets.is_empty() && self.modes.is_empty() {
                if !self.indentation()? {
                    if self.at >= self.bytes.len() {
                        break;
                    }
                    continue;
                }
                line_start = false;
            }
            while matches!(self.byte(0), b' ' | b'\t' | b'\x0c') {
                self.at += 1;
            }
            match self.byte(0) {
                0 if self.at >= self.bytes.len() => break,
                b'#' => {
                    comment = Some(self.at);
                    while self.at < self.bytes.len() && self.byte(0) != b'\n' {
                        self.at += 1;
                    }
                    self.extra(Tok::Comment, comment.unwrap_or(self.at), self.at);
                }
                b'\n' => {
                    // The comment belongs to the line's end.
                    let comment = comment.take().filter(|_| !self.everything);
                    let start = comment.unwrap_or(self.at);
                    if self.brackets.is_empty() {
                        self.push(Tok::Newline, start, self.at + 1);
                        line_start = true;
                    } else if self.newline_in_field() {
                        return Err(self.unterminated_fstring());
                    } else {
                        self.extra(Tok::Nl, self.at, self.at + 1);
                    }
                    self.at += 1;
                }
                b'\\' => self.continuation()?,
                _ => self.token()?,
            }
        }
        self.finish()
    }

    fn never_closed(&self) -> Option<Box<Problem>> {
        let (bracket, at) = self.brackets.last().copied()?;
        let message = format!("'{}' was never closed", bracket as char);
        let mut problem = self.fail(message, at);
        problem.shift = 1;
        problem.end = Some(-1);
        problem.unclosed = Some(at);
        problem.incomplete = true;
        Some(problem)
    }

    fn finish(&mut self) -> Step {
        let end = self.bytes.len();
        if let Some(problem) = self.never_closed() {
            return Err(problem);
        }
        let last = self.tokens.iter().rev().find(|t| !matches!(t.kind, Tok::Comment | Tok::Nl));
        if last.is_some_and(|t| !matches!(t.kind, Tok::Newline | Tok::Dedent | Tok::Indent)) {
            self.push(Tok::Newline, end, end + 1);
        }
        while self.indents.len() > 1 {
            self.indents.pop();
            self.push(Tok::Dedent, end, end);
        }
        Ok(())
    }

    /// Reads a line's indentation; whether there is anything on the line.
    fn indentation(&mut self) -> Result<bool, Box<Problem>> {
        let mut line = self.at;
        // The column of the first backslash counts, unless it begins its line.
        let mut first_backslash = None;
        // Columns with tabs to eight, and with tabs as one: both must agree on the order.
        let (mut col, mut alternate) = (0, 0);
        loop {
            match self.byte(0) {
                b' ' => (col, alternate) = (col + 1, alternate + 1),
                b'\t' => (col, alternate) = ((col / 8 + 1) * 8, alternate + 1),
                b'\x0c' => (col, alternate) = (0, 0),
                b'\\' if self.byte(1) == b'\n' => {
                    first_backslash = first_backslash.or(Some(col).filter(|col| *col > 0));
                    self.continuation()?;
                    line = self.at;
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        match self.byte(0) {
            b'#' => {
                let start = self.at;
                while self.at < self.bytes.len() && self.byte(0) != b'\n' {
                    self.at += 1;
                }
                self.extra(Tok::Comment, start, self.at);
                self.extra(Tok::Nl, self.at, self.at + 1);
                self.at += usize::from(self.at < self.bytes.len());
                return Ok(false);
            }
            b'\n' => {
                self.extra(Tok::Nl, self.at, self.at + 1);
                self.at += 1;
                return Ok(false);
            }
            0 if self.at >= self.bytes.len() => {
                if self.at > line {
                    self.extra(Tok::Nl, self.at, self.at + 1);
                }
                return Ok(false);
            }
            _ => {}
        }
        if let Some(first) = first_backslash {
            (col, alternate) = (first, first);
        }
        let tab_error = |this: &Self| {
            let mut problem = this.fail("inconsistent use of tabs and spaces in indentation", line);
            problem.kind = ErrorKind::Tab;
            problem.shift = 1;
            problem.end = Some(-1);
            problem
        };
        let (top, top_alternate) = self.indents.last().copied().unwrap_or_default();
        if col == top {
            if alternate != top_alternate {
                return Err(tab_error(self));
            }
        } else if col > top {
            if self.indents.len() >= MAX_INDENT {
                let mut problem = self.fail("too many levels of indentation", line);
                problem.kind = ErrorKind::Indentation;
                problem.shift = 1;
                problem.end = Some(-1);
                return Err(problem);
            }
            if alternate <= top_alternate {
                return Err(tab_error(self));
            }
            self.indents.push((col, alternate));
            self.push(Tok::Indent, line, self.at);
        } else {
            while self.indents.last().is_some_and(|(indent, _)| col < *indent) {
                self.indents.pop();
                self.push(Tok::Dedent, self.at, self.at);
            }
            let (indent, indent_alternate) = self.indents.last().copied().unwrap_or_default();
            if col != indent {
                let end = self.source[self.at..].find('\n').map_or(self.bytes.len(), |i| self.at + i);
                let mut problem = self.fail("unindent does not match any outer indentation level", end);
                problem.kind = ErrorKind::Indentation;
                problem.shift = 1;
                problem.end = Some(-2);
                // The dedents before it are not seen.
                while self.tokens.last().is_some_and(|t| t.kind == Tok::Dedent) {
                    self.tokens.pop();
                }
                return Err(problem);
            }
            if alternate != indent_alternate {
                return Err(tab_error(self));
            }
        }
        Ok(true)
    }

    fn continuation(&mut self) -> Step {
        if self.byte(1) == b'\n' && self.at + 2 < self.bytes.len() {
            self.at += 2;
            return Ok(());
        }
        if self.end_is_ours && self.at + 2 >= self.bytes.len() {
            let mut problem = self.fail("unexpected character after line continuation character", self.at);
            problem.shift = 1;
            problem.end = Some(-1);
            return Err(problem);
        }
        if self.byte(1) == b'\n' || self.at + 1 >= self.bytes.len() {
            if let Some(problem) = self.never_closed() {
                return Err(problem);
            }
            let mut problem = self.fail("unexpected EOF while parsing", self.at);
            problem.shift = 2;
            problem.end = Some(-2);
            problem.incomplete = true;
            return Err(problem);
        }
        let mut problem = self.fail("unexpected character after line continuation character", self.at);
        problem.shift = 2;
        problem.end = Some(-1);
        Err(problem)
    }

    fn token(&mut self) -> Step {
        let start = self.at;
        let c = self.byte(0);
        if c.is_ascii_digit() || c == b'.' && self.byte(1).is_ascii_digit() {
            return self.number();
        }
        if c == b'_' || c.is_ascii_alphabetic() || c >= 0x80 {
            return self.word();
        }
        if c == b'"' || c == b'\'' {
            return self.string(start, "");
        }
        if let Some(op) = self.field_op() {
            return self.operator(start, op);
        }
        let rest = &self.source[start..];
        let op = OPERATORS.iter().copied().find(|op| rest.starts_with(op));
        if let Some(op) = op {
            return self.operator(start, op);
        }
        if c < 0x20 || c == 0x7F {
            return Err(self.fail(format!("invalid non-printable character U+{c:04X}"), start + 1));
        }
        // `$`, `?`, `!` and the backquote are tokens that no rule knows.
        self.at += 1;
        self.push(Tok::Op, start, self.at);
        Ok(())
    }

    /// In a field of an f-string some operators are not read whole.
    fn field_op(&self) -> Option<&'static str> {
        let mode = self.modes.last()?;
        let (level, in_spec) = *mode.fields.last()?;
        if mode.depth != level || in_spec {
            return None;
        }
        match (self.byte(0), self.byte(1)) {
            (b':', _) => Some(":"),
            (b'!', b'=') => None,
            (b'!', _) => Some("!"),
            _ => None,
        }
    }

    fn operator(&mut self, start: usize, op: &str) -> Step {
        let c = op.as_bytes()[0];
        self.at += op.len();
        match c {
            b'(' | b'[' | b'{' => {
                if self.brackets.len() >= MAX_BRACKETS {
                    return Err(self.fail("too many nested parentheses", self.at));
                }
                self.brackets.push((c, start));
                if let Some(mode) = self.modes.last_mut() {
                    mode.depth += 1;
                    if mode.fields.last().is_some_and(|f| f.1) {
                        // A field in a format spec.
                        mode.fields.push((mode.depth, false));
                    }
                }
            }
            b')' | b']' | b'}' if op.len() == 1 => self.close(c, start)?,
            _ => {}
        }
        self.push(Tok::Op, start, self.at);
        if c == b':'
            && op.len() == 1
            && let Some(mode) = self.modes.last_mut()
            && let Some(field) = mode.fields.last_mut()
            && field.0 == mode.depth
            && !field.1
        {
            field.1 = true;
        }
        Ok(())
    }

    fn close(&mut self, c: u8, start: usize) -> Step {
        let in_field = self.modes.last().and_then(|m| m.fields.last()).map(|f| f.0);
        if let (b'}', Some(mode)) = (c, self.modes.last())
            && mode.fields.is_empty()
        {
            return Err(self.fail(format!("{}-string: single '}}' is not allowed", mode.letter), self.at));
        }
        let Some((open, open_at)) = self.brackets.pop() else {
            // The module `tokenize` leaves it to others to complain.
            if self.everything {
                return Ok(());
            }
            return Err(self.fail(format!("unmatched '{}'", c as char), self.at));
        };
        let matches = matches!((open, c), (b'(', b')') | (b'[', b']') | (b'{', b'}'));
        if !matches && !self.everything {
            if let (Some(level), Some(mode)) = (in_field, self.modes.last())
                && level == mode.depth
                && open == b'{'
            {
                return Err(self.fail(format!("{}-string: unmatched '{}'", mode.letter, c as char), self.at));
            }
            let line = |at: usize| self.source[..at].matches('\n').count() + 1;
            let (here, there) = (line(start), line(open_at));
            let on = if here == there { String::new() } else { format!(" on line {there}") };
            let message = format!(
                "closing parenthesis '{}' does not match opening parenthesis '{}'{on}",
                c as char, open as char
            );
            return Err(self.fail(message, self.at));
        }
        if let Some(mode) = self.modes.last_mut() {
            if mode.fields.last().is_some_and(|f| f.0 == mode.depth) {
                mode.fields.pop();
            }
            mode.depth = mode.depth.saturating_sub(1);
        }
        Ok(())
    }

    fn word(&mut self) -> Step {
        let start = self.at;
        let rest = &self.source[start..];
        let len = rest.find(|c: char| !(c == '_' || c.is_alphanumeric() || !c.is_ascii())).unwrap_or(rest.len());
        let word = &rest[..len];
        // Prefixes of strings.
        if matches!(self.byte(len), b'"' | b'\'')
            && let Some(problem) = self.bad_prefix(word)
        {
            return Err(problem);
        }
        if len <= 2 && matches!(self.byte(len), b'"' | b'\'') {
            let lower = word.to_ascii_lowercase();
            if ["r", "u", "b", "f", "t", "br", "rb", "fr", "rf", "tr", "rt"].contains(&lower.as_str()) {
                self.at += len;
                return self.string(start, &lower);
            }
        }
        self.at += len;
        let mut chars = word.char_indices();
        let bad = chars.find(|(i, c)| {
            let fits = if *i == 0 { is_start(*c) } else { is_continue(*c) };
            !fits
        });
        if let Some((i, c)) = bad {
            let code = u32::from(c);
            let message = if c.is_control() || c.is_whitespace() || is_format(c) {
                format!("invalid non-printable character U+{code:04X}")
            } else {
                format!("invalid character '{c}' (U+{code:04X})")
            };
            let mut problem = self.fail(message, start + i);
            problem.shift = 1;
            return Err(problem);
        }
        let kind = if KEYWORDS.contains(&word) { Tok::Keyword } else { Tok::Name };
        self.push(kind, start, self.at);
        Ok(())
    }

    /// Letters that each may start a string, but not these together.
    fn bad_prefix(&self, word: &str) -> Option<Box<Problem>> {
        let lower = word.to_ascii_lowercase();
        let letters = "burft";
        let once = |c: char| letters.contains(c) && lower.matches(c).count() == 1;
        if !lower.chars().all(once) {
            return None;
        }
        let pairs = [('u', 'b'), ('u', 'r'), ('u', 'f'), ('u', 't'), ('b', 'f'), ('b', 't'), ('f', 't')];
        let (a, b) = pairs.into_iter().find(|(a, b)| lower.contains(*a) && lower.contains(*b))?;
        let mut problem = self.fail(format!("'{a}' and '{b}' prefixes are incompatible"), self.at);
        problem.shift = 1;
        let col = self.at - self.source[..self.at].rfind('\n').map_or(0, |i| i + 1);
        problem.end = Some((col + word.len()) as i32);
        Some(problem)
    }
}

fn is_start(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_start(c)
}

fn is_continue(c: char) -> bool {
    unicode_ident::is_xid_continue(c)
}

fn is_format(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}
