//! From source text to tree.

use ruff_python_ast as r;
use ruff_python_ast::PythonVersion;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_parser::{Mode as RuffMode, ParseOptions};
use ruff_text_size::Ranged;

use crate::adapt::{Adapter, TypeComments, Warning};
use crate::ast::{Mod, Pos};
use crate::error::{ErrorKind, SyntaxError};
use crate::explain::{MAX_INDENT, MAX_STRINGS, Start, explain};
use crate::functype::func_type;
use crate::lines::Lines;

/// The second argument of `compile()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A module.
    Exec,
    /// One expression.
    Eval,
    /// One interactive statement.
    Single,
    /// A function's type, as in a type comment.
    FuncType,
}

/// A tree and what the parser had to say about its source.
#[derive(Debug)]
pub struct Parsed {
    /// The tree.
    pub module: Mod,
    /// Warnings in source order.
    pub warnings: Vec<Warning>,
}

/// `sys.int_info.default_max_str_digits`
const USUAL_DIGITS: usize = 4300;

/// Parses `source`, which must have `\n` line ends (see [`crate::source::decode`]).
pub fn parse(source: &str, mode: Mode) -> Result<Parsed, Box<SyntaxError>> {
    parse_with(source, mode, Options { most_digits: USUAL_DIGITS, type_comments: false })
}

/// What else decides how a source is read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The digits that a decimal integer may have, 0 for any number.
    pub most_digits: usize,
    /// Whether type comments become part of the tree (`PyCF_TYPE_COMMENTS`).
    pub type_comments: bool,
}

/// As [`parse`], with options.
pub fn parse_with(source: &str, mode: Mode, options: Options) -> Result<Parsed, Box<SyntaxError>> {
    let lines = Lines::new(source);
    let stack = stack_needed(source);
    let result = stacker::maybe_grow(stack, stack, || match mode {
        Mode::FuncType => func_type(source, &lines),
        _ => parse_ruff(source, mode, &lines, options),
    });
    result.map_err(|error| Box::new(error.finish(source, &lines)))
}

/// Stack that dropping one level of the library's trees takes.
const PER_LEVEL: usize = 512;
/// Most stack to ask for.
const MOST: usize = 256 << 20;
/// Brackets within brackets that CPython's tokenizer allows.
const MOST_BRACKETS: usize = 200;

/// How much stack the library's trees may take to be dropped: one level for each byte at worst.
fn stack_needed(source: &str) -> usize {
    (source.len() * PER_LEVEL).clamp(256 << 10, MOST)
}

fn parse_ruff(source: &str, mode: Mode, lines: &Lines, options: Options) -> Result<Parsed, Box<SyntaxError>> {
    let flufl = crate::flufl::as_usual(source, lines)?;
    let source = flufl.as_deref().unwrap_or(source);
    let ruff_mode = if mode == Mode::Eval { RuffMode::Expression } else { RuffMode::Module };
    let ruff_options = ParseOptions::from(ruff_mode).with_target_version(PythonVersion::PY314);
    let parsed = ruff_python_parser::parse_unchecked(source, ruff_options);
    if let Some(error) = parsed.errors().first() {
        let range = error.range();
        return Err(explained(source, mode, lines, (range.start().to_usize(), range.end().to_usize())));
    }
    if let Some(error) = parsed.unsupported_syntax_errors().first() {
        let range = error.range;
        return Err(explained(source, mode, lines, (range.start().to_usize(), range.end().to_usize())));
    }
    if let Some(place) = too_deep(parsed.tokens()) {
        return Err(explained(source, mode, lines, place));
    }
    let mut adapter = Adapter::new(source, lines);
    adapter.most_digits = options.most_digits;
    if options.type_comments {
        let comments = parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment);
        adapter.comments = TypeComments::of(source, comments.map(|token| token.range()));
    }
    let module = adapt(source, mode, lines, &mut adapter, parsed.syntax());
    if module.is_err() && source.len() > MOST / PER_LEVEL {
        // The tree may be deeper than there is stack to drop it.
        std::mem::forget(parsed);
    }
    let module = module?;
    if let Some(name) = adapter.constant_name.get() {
        let mut error = SyntaxError::new(format!("identifier field can't represent '{name}' constant"), Pos::default());
        error.kind = ErrorKind::Value;
        return Err(Box::new(error));
    }
    if let Some((start, end)) = adapter.comments.misplaced() {
        return Err(Box::new(SyntaxError::new("invalid syntax", lines.pos(start, end))));
    }
    Ok(Parsed { module, warnings: adapter.warnings })
}

/// Where brackets, f-strings or blocks are nested too deeply.
fn too_deep(tokens: &Tokens) -> Option<(usize, usize)> {
    let (mut depth, mut strings, mut indents) = (0usize, 1usize, 1usize);
    for token in tokens {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth = depth.saturating_sub(1),
            TokenKind::FStringStart | TokenKind::TStringStart => strings += 1,
            TokenKind::FStringEnd | TokenKind::TStringEnd => strings = strings.saturating_sub(1),
            TokenKind::Indent => indents += 1,
            TokenKind::Dedent => indents = indents.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_BRACKETS || strings > MAX_STRINGS || indents > MAX_INDENT {
            return Some((token.start().to_usize(), token.end().to_usize()));
        }
    }
    None
}

fn adapt(
    source: &str,
    mode: Mode,
    lines: &Lines,
    adapter: &mut Adapter<'_>,
    tree: &r::Mod,
) -> Result<Mod, Box<SyntaxError>> {
    Ok(match tree {
        r::Mod::Module(module) => {
            let body = adapter.body(&module.body)?;
            if mode == Mode::Single && body.len() != 1 {
                match explain(source, Start::Single) {
                    Some(error) => return Err(error),
                    None if body.is_empty() => return Err(nothing_there(source, lines)),
                    None => {}
                }
            }
            match mode {
                Mode::Single => Mod::Interactive { body },
                _ => Mod::Module { body, type_ignores: adapter.comments.ignores(lines) },
            }
        }
        r::Mod::Expression(module) => Mod::Expression { body: adapter.expression(&module.body)? },
    })
}

/// An interactive compound statement that is not ended: its block stands on the last line and no line end follows, or,
/// where a block's end is not implied (`PyCF_DONT_IMPLY_DEDENT`), no line end follows at all.
pub fn unended(source: &str, module: &Mod, implied: bool) -> Option<Box<SyntaxError>> {
    use crate::ast::StmtKind as S;
    let Mod::Interactive { body } = module else { return None };
    let compound = |kind: &S| {
        matches!(
            kind,
            S::FunctionDef { .. }
                | S::AsyncFunctionDef { .. }
                | S::ClassDef { .. }
                | S::For { .. }
                | S::AsyncFor { .. }
                | S::While { .. }
                | S::If { .. }
                | S::With { .. }
                | S::AsyncWith { .. }
                | S::Match { .. }
                | S::Try { .. }
                | S::TryStar { .. }
        )
    };
    let last = source.rsplit('\n').next().filter(|line| !line.is_empty())?;
    if !body.iter().any(|statement| compound(&statement.kind)) || implied && last.starts_with([' ', '\t', '\x0c']) {
        return None;
    }
    let line = source.matches('\n').count() as i32 + 1;
    let pos = Pos { lineno: line, col_offset: -1, end_lineno: line, end_col_offset: -1 };
    let mut error = SyntaxError::new("invalid syntax", pos).finish(source, &Lines::new(source));
    error.text = Some(last.to_owned());
    Some(Box::new(error))
}

/// An interactive statement that is none.
fn nothing_there(source: &str, lines: &Lines) -> Box<SyntaxError> {
    let line = if source.is_empty() { 0 } else { lines.line_col(source.trim_end_matches('\n').len()).0 };
    let pos = Pos { lineno: line, col_offset: -1, end_lineno: line, end_col_offset: -1 };
    let mut error = SyntaxError::new("invalid syntax", pos);
    error.text = Some(String::new());
    Box::new(error)
}

/// What CPython says of a source that the library refused at `place`.
fn explained(source: &str, mode: Mode, lines: &Lines, place: (usize, usize)) -> Box<SyntaxError> {
    let start = match mode {
        Mode::Eval => Start::Eval,
        Mode::Single => Start::Single,
        Mode::Exec | Mode::FuncType => Start::File,
    };
    explain(source, start).unwrap_or_else(|| Box::new(SyntaxError::new("invalid syntax", lines.pos(place.0, place.1))))
}
