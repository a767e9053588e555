//! Tree to code object: CPython 3.14's compiler in three passes.
//!
//! [`symbols`] decides each name's scope, `lower` turns the tree into a sequence of instructions with labels, `flow` cleans
//! the graph of basic blocks (constant folding, jump threading, dead code, superinstructions, borrowed loads), `assemble`
//! writes code units, location table and exception table. Nothing here knows an object.
#![forbid(unsafe_code)]

mod assemble;
mod finally_exits;
mod flow;
mod fold;
mod lower;
pub mod symbols;
mod unit;

use bytecode::{Code, CodeFlags};
use std::cell::RefCell;
use std::rc::Rc;
use syntax::ast::{Constant, ExprKind, Mod, Pos, Stmt, StmtKind};
use text::Wtf8Buf;

/// How to compile.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `co_filename`.
    pub filename: Wtf8Buf,
    /// 0, 1 (no `assert`, `__debug__` false) or 2 (no docstrings either).
    pub optimize: u8,
    /// `__future__` features of the code that calls `compile()`, to be inherited.
    pub inherited: CodeFlags,
    /// `PyCF_ALLOW_TOP_LEVEL_AWAIT`.
    pub top_level_await: bool,
    /// Where the graph of each code object is to be written.
    pub blocks: Option<Rc<RefCell<String>>>,
}

/// What holds for the whole program.
#[derive(Clone, Debug)]
pub struct Features {
    /// As in [`Options`].
    pub optimize: u8,
    /// As in [`Options`].
    pub top_level_await: bool,
    /// `from __future__ import annotations`
    pub annotations: bool,
    /// All `__future__` bits.
    pub flags: CodeFlags,
    /// As in [`Options`].
    pub blocks: Option<Rc<RefCell<String>>>,
}

/// A compiled program.
#[derive(Debug)]
pub struct Compiled {
    /// The module's code.
    pub code: Code,
    /// Warnings (`SyntaxWarning`) in the order in which CPython gives them.
    pub warnings: Vec<Warning>,
}

/// A `SyntaxWarning`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The text.
    pub message: String,
    /// Its place; a filter that makes it an error raises a SyntaxError there.
    pub pos: Pos,
}

/// A SyntaxError that only the compiler sees. Columns are bytes from 0; `syntax::SyntaxError` turns them into offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// The text.
    pub message: String,
    /// Its place.
    pub pos: Pos,
}

fn error(message: impl Into<String>, pos: Pos) -> Box<CompileError> {
    Box::new(CompileError { message: message.into(), pos })
}

/// Compiles a tree.
///
/// Errors: what Python calls a SyntaxError and the parser cannot see.
pub fn compile(module: &Mod, options: &Options) -> Result<Compiled, Box<CompileError>> {
    let flags = futures(module)? | CodeFlags(options.inherited.0 & CodeFlags::FUTURE_MASK.0);
    let features = Features {
        optimize: options.optimize,
        top_level_await: options.top_level_await,
        annotations: flags.has(CodeFlags::FUTURE_ANNOTATIONS),
        flags,
        blocks: options.blocks.clone(),
    };
    let mut warnings = Vec::new();
    if let Mod::Module { body, .. } | Mod::Interactive { body } = module {
        finally_exits::check(body, &mut warnings);
    }
    let symbols = symbols::build(module, &features)?;
    let mut compiled = lower::module(module, symbols, &features, options)?;
    warnings.append(&mut compiled.warnings);
    Ok(Compiled { warnings, ..compiled })
}

/// Only the scopes, for the module `symtable`.
pub fn symtable(module: &Mod, options: &Options) -> Result<symbols::Symbols, Box<CompileError>> {
    let flags = futures(module)? | CodeFlags(options.inherited.0 & CodeFlags::FUTURE_MASK.0);
    let annotations = flags.has(CodeFlags::FUTURE_ANNOTATIONS);
    let (optimize, top_level_await) = (options.optimize, options.top_level_await);
    let features = Features { optimize, top_level_await, annotations, flags, blocks: None };
    symbols::build(module, &features)
}

/// The docstring of a block, if its first statement is one.
pub(crate) fn docstring(body: &[Stmt]) -> Option<&Wtf8Buf> {
    let StmtKind::Expr { value } = &body.first()?.kind else { return None };
    match &value.kind {
        ExprKind::Constant { value: Constant::Str(text), .. } => Some(text),
        _ => None,
    }
}

/// The `__future__` features that a program asks for.
fn futures(module: &Mod) -> Result<CodeFlags, Box<CompileError>> {
    let (Mod::Module { body, .. } | Mod::Interactive { body }) = module else { return Ok(CodeFlags::default()) };
    let mut flags = CodeFlags::default();
    let mut body = &body[..];
    if docstring(body).is_some() {
        body = &body[1..];
    }
    let mut done = false;
    for stmt in body {
        let StmtKind::ImportFrom { module: Some(name), names, level } = &stmt.kind else {
            done = true;
            continue;
        };
        if &**name != "__future__" || level.unwrap_or(0) != 0 {
            done = true;
            continue;
        }
        if done {
            return Err(error("from __future__ imports must occur at the beginning of the file", stmt.pos));
        }
        for alias in names {
            flags |= match &*alias.name {
                // Long since mandatory: no bit.
                "nested_scopes" | "generators" | "division" | "absolute_import" | "with_statement"
                | "print_function" | "unicode_literals" | "generator_stop" => CodeFlags::default(),
                "barry_as_FLUFL" => CodeFlags::FUTURE_BARRY_AS_BDFL,
                "annotations" => CodeFlags::FUTURE_ANNOTATIONS,
                "braces" => return Err(error("not a chance", alias.pos)),
                name => return Err(error(format!("future feature {name} is not defined"), alias.pos)),
            };
        }
    }
    Ok(flags)
}
