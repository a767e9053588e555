//! From the parser library's tree to ours: names, contexts, places and strings as CPython has them.

mod comments;
mod expr;
mod pattern;
mod stmt;
pub(crate) mod strings;

use std::cell::Cell;

use ruff_python_ast as r;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::ast::{Ident, MAX_DEPTH, Pos};
use crate::error::SyntaxError;
use crate::lines::Lines;
pub(crate) use comments::TypeComments;
use text::Wtf8Buf;

/// A warning that the parser gives: always a `SyntaxWarning`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The text.
    pub message: String,
    /// The line, from 1.
    pub line: i32,
    /// The place for the SyntaxError that the warning becomes where filters say so.
    pub pos: Pos,
}

/// Turns one parsed source into a tree.
pub(crate) struct Adapter<'s> {
    pub source: &'s str,
    pub lines: &'s Lines,
    pub warnings: Vec<Warning>,
    depth: u32,
    /// How many format specifications are around, in the innermost string.
    specs: u32,
    /// How many digits a decimal integer may have, 0 for any number.
    pub most_digits: usize,
    pub comments: TypeComments,
    /// Whether no name of the source needs normalising.
    is_ascii: bool,
    /// A name that reads as a constant's once its letters are normalised.
    pub constant_name: Cell<Option<&'static str>>,
}

type Result<T> = std::result::Result<T, Box<SyntaxError>>;

impl<'s> Adapter<'s> {
    pub fn new(source: &'s str, lines: &'s Lines) -> Self {
        Adapter {
            source,
            lines,
            warnings: Vec::new(),
            depth: 0,
            specs: 0,
            most_digits: 0,
            comments: TypeComments::default(),
            is_ascii: source.is_ascii(),
            constant_name: Cell::new(None),
        }
    }

    fn pos(&self, range: TextRange) -> Pos {
        self.lines.pos(range.start().to_usize(), range.end().to_usize())
    }

    fn pos_of(&self, node: &impl Ranged) -> Pos {
        self.pos(node.range())
    }

    fn text(&self, range: TextRange) -> &'s str {
        &self.source[range.start().to_usize()..range.end().to_usize()]
    }

    fn ident(&self, name: &ruff_python_ast::Identifier) -> Ident {
        self.name(name.id.as_str())
    }

    /// A name, with its letters normalised; a dotted one has no blanks.
    fn name(&self, name: &str) -> Ident {
        if !self.is_ascii
            && let Some(constant) =
                ["True", "False", "None"].into_iter().find(|c| name.split('.').any(|part| part == *c))
        {
            self.constant_name.set(Some(constant));
        }
        Ident::from(name)
    }

    /// Runs `f` one level deeper, on more stack where that is needed.
    fn deeper<T>(&mut self, at: TextSize, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Box::new(SyntaxError::too_deep(self.lines.pos(at.to_usize(), at.to_usize()))));
        }
        self.depth += 1;
        let result = stacker::maybe_grow(64 << 10, 1 << 20, || f(self));
        self.depth -= 1;
        result
    }

    /// The type comment behind a head that ends at `from`, before its body; for a function on a line of its own, too.
    fn head_comment(&self, from: TextSize, body: &[r::Stmt], own_line: bool) -> Result<Option<Wtf8Buf>> {
        let (Some(first), false) = (body.first(), self.comments.is_empty()) else { return Ok(None) };
        let (from, to) = (from.to_usize(), first.start().to_usize());
        let fits = |at: usize| own_line || self.source[from..at].trim_end_matches([' ', '\t']).ends_with(':');
        let found = self.comments.take(from, to, fits).map(Wtf8Buf::from);
        if found.is_some() && own_line && self.comments.take(from, to, |_| true).is_some() {
            return Err(Box::new(SyntaxError::new("Cannot have two type comments on def", self.pos_of(first))));
        }
        Ok(found)
    }

    /// The type comment behind a parameter that ends at `from`: behind its comma, or before the closing bracket.
    fn parameter_comment(&self, from: TextSize) -> Option<Wtf8Buf> {
        if self.comments.is_empty() {
            return None;
        }
        let from = from.to_usize();
        let fits = |at: usize| {
            let before = self.skip_blank(from);
            let line_end = self.source[at..].find('\n').map_or(self.source.len(), |i| at + i);
            match self.source.as_bytes().get(before) {
                Some(b',') => {
                    before < at && self.skip_blank(before + 1) > at && !self.source[before + 1..at].contains('#')
                }
                _ => before > at && self.source.as_bytes().get(self.skip_blank(line_end)) == Some(&b')'),
            }
        };
        self.comments.take(from, self.source.len(), fits).map(Wtf8Buf::from)
    }

    /// The type comment behind an assignment, on its line.
    fn line_comment(&self, from: TextSize) -> Option<Wtf8Buf> {
        let from = from.to_usize();
        let fits = |at: usize| self.source[from..at].trim_matches([' ', '\t']).is_empty();
        self.comments.take(from, self.source.len(), fits).map(Wtf8Buf::from)
    }

    /// The offset after blanks, comments, line ends and continuations from `at` on.
    fn skip_blank(&self, mut at: usize) -> usize {
        let bytes = self.source.as_bytes();
        loop {
            match bytes.get(at) {
                Some(b' ' | b'\t' | b'\x0c' | b'\n' | b'\r' | b'\\') => at += 1,
                Some(b'#') => {
                    while bytes.get(at).is_some_and(|b| *b != b'\n') {
                        at += 1;
                    }
                }
                _ => return at,
            }
        }
    }
}
