//! SyntaxErrors as CPython words and places them.

use crate::ast::Pos;

/// Which class is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// SyntaxError
    Syntax,
    /// IndentationError
    Indentation,
    /// TabError
    Tab,
    /// RecursionError: the program is nested too deeply for us.
    Recursion,
    /// MemoryError
    Memory,
    /// ValueError: of a source with a NUL in it.
    Value,
}

/// How much the exception tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    #[default]
    Full,
    /// Everything but the file's name.
    Unnamed,
    /// The message only.
    Bare,
}

/// Why a source was refused: what goes into the exception's attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The class.
    pub kind: ErrorKind,
    /// `msg`
    pub message: String,
    /// `lineno`, from 1; 0 where there is none.
    pub line: i32,
    /// `offset`, in characters from 1; 0 where there is none.
    pub col: i32,
    /// `end_lineno`
    pub end_line: i32,
    /// `end_offset`, in characters from 1.
    pub end_col: i32,
    /// `text`: the line, with its end.
    pub text: Option<String>,
    /// Whether more input could make it right (`codeop`).
    pub incomplete: bool,
    /// Whether columns still count bytes from 0 and `text` is missing; [`SyntaxError::finish`] sees to both.
    pub raw: bool,
    /// How much of all this the exception gets.
    pub shape: Shape,
}

impl SyntaxError {
    /// An error at a place in the tree.
    pub fn new(message: impl Into<String>, pos: Pos) -> Self {
        SyntaxError {
            kind: ErrorKind::Syntax,
            message: message.into(),
            line: pos.lineno,
            col: pos.col_offset,
            end_line: pos.end_lineno,
            end_col: pos.end_col_offset,
            text: None,
            incomplete: false,
            raw: true,
            shape: Shape::Full,
        }
    }

    /// An error that the compiler found in the tree. CPython counts bytes there, and reads `text` from the file of that
    /// name, if there is one: the caller's to do.
    pub fn of_compiler(message: impl Into<String>, pos: Pos) -> Self {
        let error = SyntaxError::new(message, pos);
        SyntaxError { col: error.col + 1, end_col: error.end_col + 1, raw: false, ..error }
    }

    /// The error for a tree deeper than [`crate::ast::MAX_DEPTH`].
    pub fn too_deep(pos: Pos) -> Self {
        let message = "maximum recursion depth exceeded during compilation";
        SyntaxError { kind: ErrorKind::Recursion, ..SyntaxError::new(message, pos) }
    }

    /// The same of another class.
    pub fn with_kind(self, kind: ErrorKind) -> Self {
        SyntaxError { kind, ..self }
    }

    /// Turns byte columns into `offset`s and adds the line's text, from the source.
    pub fn finish(mut self, source: &str, lines: &crate::lines::Lines) -> Self {
        if !self.raw {
            return self;
        }
        self.raw = false;
        let offset = |line: i32, col: i32| {
            if col < 0 || line < 1 {
                return col + 1;
            }
            let text = lines.text(source, line as usize);
            let bytes = text.as_bytes();
            let inside = (col as usize).min(bytes.len());
            let chars = bytes[..inside].iter().filter(|b| **b & 0xC0 != 0x80).count();
            // The line's end counts as one more.
            (chars + (col as usize - inside).min(1)) as i32 + 1
        };
        if self.line >= 1 && self.line as usize <= lines.count() {
            let start = lines.start(self.line as usize);
            let end = lines.start(self.line as usize + 1);
            self.text = Some(source[start..end].to_owned());
        }
        self.col = offset(self.line, self.col);
        self.end_col = if self.end_line > self.line && self.line >= 1 && self.end_col >= 0 {
            // CPython counts in the first line's text all the same.
            let text = lines.text(source, self.line as usize);
            let bytes = text.as_bytes();
            let inside = (self.end_col as usize).min(bytes.len());
            bytes[..inside].iter().filter(|b| **b & 0xC0 != 0x80).count() as i32 + 1
        } else {
            offset(self.end_line, self.end_col)
        };
        self
    }
}
