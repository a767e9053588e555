//! Tokens for the module `tokenize`.

use crate::ast::Pos;
use crate::error::SyntaxError;
use crate::explain::{Tok, tokenize_with};
use crate::lines::Lines;

/// What a token is. The strings' letter is `f` or `t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Name,
    /// A number.
    Number,
    /// A whole string.
    Str,
    /// The opening of an f-string or t-string.
    Start(char),
    /// Text in one.
    Middle(char),
    /// Its end.
    End(char),
    /// An operator, or a character that no rule knows.
    Op,
    /// The end of a statement's line.
    Newline,
    /// Another line's end.
    Nl,
    /// A comment.
    Comment,
    /// The space that begins a deeper block.
    Indent,
    /// The end of a block; empty.
    Dedent,
    /// The end of the source; empty.
    EndMarker,
}

/// A token and its byte offsets; a line end that is not there ends one past the source.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its first byte.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
}

/// All tokens up to the end or the first error. With `everything`, comments and line ends within statements too.
///
/// Line ends must be `\n`.
pub fn tokens(source: &str, everything: bool) -> (Vec<Token>, Option<Box<SyntaxError>>) {
    let (raw, problem) = tokenize_with(source, everything);
    let mut out = Vec::with_capacity(raw.len());
    let mut open = Vec::new();
    for token in raw {
        let kind = match token.kind {
            Tok::Name | Tok::Keyword => Kind::Name,
            Tok::Number => Kind::Number,
            Tok::Str => Kind::Str,
            Tok::FStart => {
                let formatted = source[token.start..token.end].contains(['f', 'F']);
                open.push(if formatted { 'f' } else { 't' });
                Kind::Start(open.last().copied().unwrap_or('f'))
            }
            Tok::FMiddle => Kind::Middle(open.last().copied().unwrap_or('f')),
            Tok::FEnd => Kind::End(open.pop().unwrap_or('f')),
            Tok::Op => Kind::Op,
            Tok::Newline => Kind::Newline,
            Tok::Nl => Kind::Nl,
            Tok::Comment => Kind::Comment,
            Tok::Indent => Kind::Indent,
            Tok::Dedent => Kind::Dedent,
            Tok::End => Kind::EndMarker,
            Tok::Error => break,
        };
        if kind == Kind::Op && &source[token.start..token.end] == "<>" {
            // One operator only where Barry is the FLUFL.
            out.push(Token { kind, start: token.start, end: token.end - 1 });
            out.push(Token { kind, start: token.start + 1, end: token.end });
            continue;
        }
        out.push(Token { kind, start: token.start, end: token.end });
    }
    let Some(problem) = problem else { return (out, None) };
    let lines = Lines::new(source);
    let error = if problem.unclosed.is_some() {
        if everything && !source.ends_with('\n') {
            out.push(Token { kind: Kind::Nl, start: source.len(), end: source.len() + 1 });
        }
        let (line, _) = lines.line_col(source.trim_end_matches('\n').len());
        let pos = Pos { lineno: line, col_offset: -1, end_lineno: line, end_col_offset: -1 };
        SyntaxError::new("unexpected EOF in multi-line statement", pos)
    } else {
        let (line, col) = lines.line_col(problem.at);
        let pos = Pos { lineno: line, col_offset: col, end_lineno: line, end_col_offset: col };
        let mut error = SyntaxError::new(problem.message, pos).with_kind(problem.kind);
        error.col += problem.shift - 1;
        error.end_col = error.col;
        error
    };
    (out, Some(Box::new(error.finish(source, &lines))))
}
