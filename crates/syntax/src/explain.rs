//! CPython's words for a program that the parser refused.
//!
//! A second reader of our own, which runs only then: a tokenizer with CPython's complaints (`lex`), and a recursive
//! descent over the grammar that tries, at the places where CPython 3.14 has its `invalid_…` rules, what those rules try,
//! in their order; the first that recognises its mistake says so. Where none does, the error is "invalid syntax" at the
//! furthest token that was looked at, as in CPython.

mod expr;
mod fstring;
mod lex;
mod params;
mod pattern;
mod stmt;
mod target;

use std::rc::Rc;

use crate::ast::Pos;
use crate::error::{ErrorKind, SyntaxError};
use crate::lines::Lines;
use lex::{Problem, Token};

pub(crate) use lex::{MAX_INDENT, MAX_STRINGS, Tok, tokenize, tokenize_with};

/// What an expression is, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Attribute,
    Subscript,
    Starred,
    Name,
    List,
    Tuple,
    Lambda,
    Call,
    /// Any operator.
    Expression,
    Generator,
    Yield,
    Await,
    ListComp,
    SetComp,
    DictComp,
    Dict,
    Set,
    FString,
    TString,
    None,
    False,
    True,
    Ellipsis,
    Literal,
    Comparison,
    Conditional,
    Named,
    Slice,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            What::Attribute => "attribute",
            What::Subscript => "subscript",
            What::Starred => "starred",
            What::Name => "name",
            What::List => "list",
            What::Tuple => "tuple",
            What::Lambda => "lambda",
            What::Call => "function call",
            What::Expression => "expression",
            What::Generator => "generator expression",
            What::Yield => "yield expression",
            What::Await => "await expression",
            What::ListComp => "list comprehension",
            What::SetComp => "set comprehension",
            What::DictComp => "dict comprehension",
            What::Dict => "dict literal",
            What::Set => "set display",
            What::FString => "f-string expression",
            What::TString => "t-string expression",
            What::None => "None",
            What::False => "False",
            What::True => "True",
            What::Ellipsis => "ellipsis",
            What::Literal => "literal",
            What::Comparison => "comparison",
            What::Conditional => "conditional expression",
            What::Named => "named expression",
            What::Slice => "slice",
        }
    }
}

/// An expression as far as messages need it: kind, first token, token behind the last, and the parts of a list, tuple,
/// starred or comparison.
#[derive(Clone, Debug)]
struct Node {
    what: What,
    start: usize,
    end: usize,
    kids: Rc<[Node]>,
    /// The operator of a comparison is `in`.
    is_in: bool,
}

/// A rule's outcome: an error was recognised, the rule does not match, or it does.
type Rule<T> = Result<Option<T>, Box<SyntaxError>>;

/// Unwraps what a rule recognised; leaves the function where it did not match.
macro_rules! need {
    ($e:expr) => {
        match $e? {
            Some(value) => value,
            None => return Ok(None),
        }
    };
}
use need;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Memo {
    Expression,
    Disjunction,
    BitOr,
    Primary,
    Atom,
    StarExpression,
    NamedExpression,
    StarTarget,
    TPrimary,
    SimpleStmt,
    Block,
    LambdaParams,
    Strings,
    Slices,
}

/// What rules gave at each token: a chain of entries for each, the newest first. There are several for nearly every token,
/// which a table of hashes would spread over far more memory.
#[derive(Default)]
struct Memos {
    /// For each token one more than its newest entry, 0 for none.
    heads: Vec<u32>,
    entries: Vec<(Memo, u32, Option<(Node, usize)>)>,
}

impl Memos {
    fn get(&self, key: Memo, at: usize) -> Option<&Option<(Node, usize)>> {
        let mut entry = *self.heads.get(at)?;
        while entry != 0 {
            let (of, next, result) = &self.entries[entry as usize - 1];
            if *of == key {
                return Some(result);
            }
            entry = *next;
        }
        None
    }

    fn insert(&mut self, key: Memo, at: usize, result: Option<(Node, usize)>) {
        if self.heads.len() <= at {
            self.heads.resize(at + 1, 0);
        }
        self.entries.push((key, self.heads[at], result));
        self.heads[at] = self.entries.len() as u32;
    }

    fn clear(&mut self) {
        self.heads.clear();
        self.entries.clear();
    }
}

struct Explain<'s> {
    source: &'s str,
    lines: &'s Lines,
    tokens: Vec<Token>,
    problem: Option<Problem>,
    pos: usize,
    /// Tokens looked at so far.
    seen: usize,
    /// Tokens that the reading without `invalid_…` rules looked at: the last is where "invalid syntax" stands.
    furthest: usize,
    /// Whether the `invalid_…` rules are tried.
    invalid: bool,
    memo: Memos,
    depth: u32,
    /// Steps left: a bound against programs that make the descent slow.
    fuel: u32,
}

const FUEL: u32 = 20_000_000;
const MAX_DEPTH: u32 = 3000;

/// What kind of source it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    File,
    Eval,
    Single,
}

/// The error that CPython gives for `source`; `None` if this reader finds nothing wrong.
pub(crate) fn explain(source: &str, start: Start) -> Option<Box<SyntaxError>> {
    // CPython ends the last line itself.
    let end_is_ours = start != Start::File && !source.ends_with('\n');
    let source = &if source.ends_with('\n') { source.to_owned() } else { format!("{source}\n") };
    let lines = &Lines::new(source);
    let (tokens, problem) = tokenize(source, end_is_ours);
    let mut this = Explain {
        source,
        lines,
        tokens,
        problem,
        pos: 0,
        seen: 0,
        furthest: 0,
        invalid: false,
        memo: Memos::default(),
        depth: 0,
        fuel: FUEL,
    };
    let error = this.run(start)?;
    Some(Box::new(this.finish(*error)))
}

impl<'s> Explain<'s> {
    fn run(&mut self, start: Start) -> Option<Box<SyntaxError>> {
        for invalid in [false, true] {
            self.invalid = invalid;
            self.pos = 0;
            self.memo.clear();
            let outcome = match start {
                Start::File => self.file(),
                Start::Eval => self.eval(),
                Start::Single => self.interactive(),
            };
            match outcome {
                Ok(Some(())) => return None,
                Ok(None) => {}
                Err(mut error) => {
                    error.incomplete |= self.furthest_is_end();
                    let replaceable = matches!(error.kind, ErrorKind::Syntax | ErrorKind::Indentation);
                    return Some(if replaceable { self.or_tokenizer(error) } else { error });
                }
            }
            if !invalid {
                self.furthest = self.seen;
            }
        }
        Some(self.generic())
    }

    /// Whether the whole source was read before it was refused: more of it could help.
    fn furthest_is_end(&self) -> bool {
        self.furthest.checked_sub(1).and_then(|i| self.tokens.get(i)).is_some_and(|t| t.kind == Tok::End)
    }

    /// "invalid syntax", or what is wrong with the layout.
    fn generic(&mut self) -> Box<SyntaxError> {
        let last = self.furthest.saturating_sub(1).min(self.tokens.len() - 1);
        let token = self.tokens[last];
        match token.kind {
            Tok::Indent => self.at_cursor("unexpected indent", last).with_kind_boxed(ErrorKind::Indentation),
            Tok::Dedent => self.at_cursor("unexpected unindent", last).with_kind_boxed(ErrorKind::Indentation),
            _ => {
                let mut error = self.error_at("invalid syntax", last);
                error.incomplete = token.kind == Tok::End;
                self.or_tokenizer(error)
            }
        }
    }

    /// What the tokenizer finds in the rest of the source comes before what the rules found; a bracket that is never
    /// closed only if it stands on an earlier line.
    fn or_tokenizer(&self, error: Box<SyntaxError>) -> Box<SyntaxError> {
        let Some(problem) = &self.problem else { return error };
        let first = match problem.unclosed {
            Some(at) => {
                let last = self.seen.saturating_sub(1).min(self.tokens.len() - 1);
                self.line_of(&self.tokens[last]) > self.lines.line_col(at).0
            }
            // The others raise nothing by themselves.
            None => {
                let own = problem.message.starts_with("unexpected ") || problem.in_string;
                problem.kind == ErrorKind::Syntax && !own
            }
        };
        if first { self.problem_error(problem) } else { error }
    }

    /// Adds the text.
    fn finish(&self, error: SyntaxError) -> SyntaxError {
        let last_line = self.seen.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(0, |t| self.line_of(t));
        let mut finished = error.finish(self.source, self.lines);
        if let Some(text) = &mut finished.text {
            let current = finished.line >= last_line;
            if current && !text.ends_with('\n') {
                text.push('\n');
            } else if !current && text.ends_with('\n') {
                text.pop();
            }
        }
        finished
    }

    fn line_of(&self, token: &Token) -> i32 {
        self.lines.line_col(token.start).0
    }

    fn problem_error(&self, problem: &Problem) -> Box<SyntaxError> {
        let (line, col) = self.lines.line_col(problem.at);
        let pos = Pos { lineno: line, col_offset: col, end_lineno: line, end_col_offset: col };
        let mut error = SyntaxError::new(problem.message.clone(), pos).with_kind(problem.kind);
        error.col += problem.shift - 1;
        error.end_col = problem.end.unwrap_or(error.col);
        error.incomplete = problem.incomplete;
        Box::new(error)
    }

    // Tokens.

    /// The token at `i`; what is wrong with it is raised when it is first looked at.
    fn token(&mut self, i: usize) -> Result<Token, Box<SyntaxError>> {
        let i = i.min(self.tokens.len() - 1);
        self.seen = self.seen.max(i + 1);
        let token = self.tokens[i];
        if token.kind == Tok::Error
            && let Some(problem) = &self.problem
        {
            return Err(self.problem_error(problem));
        }
        self.fuel = self.fuel.saturating_sub(1);
        if self.fuel == 0 {
            return Err(self.error_at("invalid syntax", i));
        }
        Ok(token)
    }

    fn peek(&mut self) -> Result<Token, Box<SyntaxError>> {
        self.token(self.pos)
    }

    fn text(&self, token: &Token) -> &'s str {
        &self.source[token.start..token.end]
    }

    fn is(&mut self, text: &str) -> Result<bool, Box<SyntaxError>> {
        let token = self.peek()?;
        Ok(matches!(token.kind, Tok::Op | Tok::Keyword) && self.text(&token) == text)
    }

    fn is_any(&mut self, texts: &[&str]) -> Result<bool, Box<SyntaxError>> {
        let token = self.peek()?;
        Ok(matches!(token.kind, Tok::Op | Tok::Keyword) && texts.contains(&self.text(&token)))
    }

    /// Takes an operator or keyword.
    fn take(&mut self, text: &str) -> Rule<usize> {
        if !self.is(text)? {
            return Ok(None);
        }
        self.pos += 1;
        Ok(Some(self.pos - 1))
    }

    fn take_kind(&mut self, kind: Tok) -> Rule<usize> {
        if self.peek()?.kind != kind {
            return Ok(None);
        }
        self.pos += 1;
        Ok(Some(self.pos - 1))
    }

    fn name(&mut self) -> Rule<usize> {
        self.take_kind(Tok::Name)
    }

    fn soft(&mut self, word: &str) -> Rule<usize> {
        let token = self.peek()?;
        if token.kind != Tok::Name || self.text(&token) != word {
            return Ok(None);
        }
        self.pos += 1;
        Ok(Some(self.pos - 1))
    }

    /// Takes `text`, or raises "expected 'text'".
    fn force(&mut self, text: &str) -> Rule<usize> {
        if let Some(i) = self.take(text)? {
            return Ok(Some(i));
        }
        if !self.invalid {
            return Ok(None);
        }
        Err(self.error_at(&format!("expected '{text}'"), self.pos))
    }

    /// Tries a rule; where it does not match, nothing was taken.
    fn attempt<T>(&mut self, f: impl FnOnce(&mut Self) -> Rule<T>) -> Rule<T> {
        let before = self.pos;
        let result = f(self)?;
        if result.is_none() {
            self.pos = before;
        }
        Ok(result)
    }

    /// Whether a rule would match here.
    fn ahead<T>(&mut self, f: impl FnOnce(&mut Self) -> Rule<T>) -> Result<bool, Box<SyntaxError>> {
        let before = self.pos;
        let result = f(self)?;
        self.pos = before;
        Ok(result.is_some())
    }

    fn memo(&mut self, key: Memo, f: impl FnOnce(&mut Self) -> Rule<Node>) -> Rule<Node> {
        let start = self.pos;
        if let Some(known) = self.memo.get(key, start) {
            return Ok(known.clone().map(|(node, end)| {
                self.pos = end;
                node
            }));
        }
        let result = self.deeper(f)?;
        self.memo.insert(key, start, result.clone().map(|node| (node, self.pos)));
        Ok(result)
    }

    /// A rule that leads to itself.
    fn deeper(&mut self, f: impl FnOnce(&mut Self) -> Rule<Node>) -> Rule<Node> {
        if self.depth > MAX_DEPTH {
            let at = self.tokens[self.pos.min(self.tokens.len() - 1)];
            let pos = self.lines.pos(at.start, at.end);
            let message = "Parser stack overflowed - Python source too complex to compile";
            return Err(Box::new(SyntaxError::new(message, pos).with_kind(ErrorKind::Memory)));
        }
        let start = self.pos;
        self.depth += 1;
        let result = stacker::maybe_grow(64 << 10, 1 << 20, || f(self));
        self.depth -= 1;
        let result = result?;
        if result.is_none() {
            self.pos = start;
        }
        Ok(result)
    }

    fn node(&self, what: What, start: usize) -> Node {
        self.node_of(what, start, Vec::new())
    }

    fn node_of(&self, what: What, start: usize, kids: Vec<Node>) -> Node {
        Node { what, start, end: self.pos, kids: kids.into(), is_in: false }
    }

    // Errors.

    /// An error at a token.
    fn error_at(&self, message: &str, token: usize) -> Box<SyntaxError> {
        let token = self.tokens[token.min(self.tokens.len() - 1)];
        if token.kind == Tok::End {
            // It has no column.
            let (line, _) = self.end_of_source();
            let pos = Pos { lineno: line, col_offset: -1, end_lineno: line, end_col_offset: -1 };
            return Box::new(SyntaxError::new(message, pos));
        }
        Box::new(SyntaxError::new(message, self.span(token, token)))
    }

    /// From the start of one token to the end of another; a line's end is on that line.
    fn span(&self, first: Token, last: Token) -> Pos {
        let newline = last.kind == Tok::Newline;
        let mut pos = self.lines.pos(first.start, last.end - usize::from(newline));
        pos.end_col_offset += i32::from(newline);
        pos
    }

    /// An error from the first to the last token of a range.
    fn error_range(&self, message: &str, first: usize, last: usize) -> Box<SyntaxError> {
        let (a, b) = (self.tokens[first], self.tokens[last.min(self.tokens.len() - 1)]);
        Box::new(SyntaxError::new(message, self.span(a, b)))
    }

    /// An error from a token to where the tokenizer stands.
    fn error_from(&self, message: &str, first: usize) -> Box<SyntaxError> {
        let last = self.seen.saturating_sub(1).min(self.tokens.len() - 1);
        let mut error = self.error_range(message, first, last);
        error.end_col -= 1;
        error
    }

    /// An error at an expression.
    fn error_node(&self, message: &str, node: &Node) -> Box<SyntaxError> {
        self.error_range(message, node.start, node.end.saturating_sub(1).max(node.start))
    }

    /// An error from one expression to another.
    fn error_nodes(&self, message: &str, a: &Node, b: &Node) -> Box<SyntaxError> {
        self.error_range(message, a.start, b.end.saturating_sub(1).max(b.start))
    }

    /// An error at the token that was looked at last.
    fn error_last(&self, message: &str) -> Box<SyntaxError> {
        let last = self.seen.saturating_sub(1).min(self.tokens.len() - 1);
        match self.tokens[last].kind {
            Tok::Indent | Tok::Dedent | Tok::End => self.at_cursor(message, last),
            _ => self.error_at(message, last),
        }
    }

    /// An error where the tokenizer stands: tokens of layout have no column.
    fn at_cursor(&self, message: &str, token: usize) -> Box<SyntaxError> {
        let token = self.tokens[token];
        let ends = token.kind == Tok::End || token.end >= self.source.len();
        let (line, col) = if ends { self.end_of_source() } else { self.lines.line_col(token.end) };
        let pos = Pos { lineno: line, col_offset: col - 1, end_lineno: line, end_col_offset: -2 };
        Box::new(SyntaxError::new(message, pos))
    }

    /// The last line, and its length with the line end that CPython adds.
    fn end_of_source(&self) -> (i32, i32) {
        let trimmed = self.source.strip_suffix('\n').unwrap_or(self.source);
        let (line, col) = self.lines.line_col(trimmed.len());
        (line, col + 1)
    }
}

trait WithKind {
    fn with_kind_boxed(self, kind: ErrorKind) -> Self;
}

impl WithKind for Box<SyntaxError> {
    fn with_kind_boxed(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }
}
