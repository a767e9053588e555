//! Tree to instructions.
//!
//! One method per node; the instructions, their order and places are CPython 3.14's. `Unit` writes them down, this type
//! knows which unit is open and what the scopes say.

mod call;
mod class;
mod comprehension;
mod control;
mod expr;
mod format;
mod function;
mod generic;
mod names;
mod pattern;
mod stmt;
mod try_stmt;
mod unparse;

use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use bytecode::{Code, Const, Location, Op, Pseudo};
use syntax::ast::{Constant, Expr, ExprContext, ExprKind, Ident, Mod, Pos, Stmt, StmtKind};
use text::Wtf8Buf;

use crate::symbols::{BlockKind, Key, Reach, Scope, Symbols, mangle};
use crate::unit::{Unit, UnitKind, loc};
use crate::{CompileError, Compiled, Features, Options, Warning, error};

type Result<T = ()> = std::result::Result<T, Box<CompileError>>;

const NOWHERE: Location = Location::NONE;

pub(crate) struct Lower<'a> {
    symbols: Symbols,
    features: Features,
    filename: Wtf8Buf,
    units: Vec<Unit<'a>>,
    warnings: Vec<Warning>,
    interactive: bool,
    /// How many `finally` blocks are being written a second time: their warnings were given.
    quiet: u32,
}

/// The open unit is what nearly everything writes to.
impl<'a> Deref for Lower<'a> {
    type Target = Unit<'a>;

    fn deref(&self) -> &Unit<'a> {
        self.units.last().expect("a unit is open")
    }
}

impl<'a> DerefMut for Lower<'a> {
    fn deref_mut(&mut self) -> &mut Unit<'a> {
        self.units.last_mut().expect("a unit is open")
    }
}

pub(crate) fn module(module: &Mod, symbols: Symbols, features: &Features, options: &Options) -> Result<Compiled> {
    let mut lower = Lower {
        symbols,
        features: features.clone(),
        filename: options.filename.clone(),
        units: Vec::new(),
        warnings: Vec::new(),
        interactive: matches!(module, Mod::Interactive { .. }),
        quiet: 0,
    };
    let key = Key::of(module, crate::symbols::Role::Body);
    lower.enter("<module>", UnitKind::Module, key, 1, None)?;
    let mut add_none = true;
    match module {
        Mod::Module { body, .. } | Mod::Interactive { body } => {
            // A docstring that is dropped is no first statement.
            let dropped = crate::docstring(body).is_some() && features.optimize >= 2 && body.len() > 1;
            let start = body
                .get(usize::from(dropped))
                .map_or(Location { line: 1, end_line: 1, col: 0, end_col: 0 }, |s| loc(s.pos));
            if lower.scope().has_conditional_annotations {
                lower.arg(start, Op::BUILD_SET, 0);
                lower.name_op(start, Op::STORE_NAME, "__conditional_annotations__");
            }
            lower.body(start, body)?;
        }
        Mod::Expression { body } => {
            lower.expr(body)?;
            add_none = false;
        }
        Mod::FunctionType { .. } => return Err(error("this compiler does not handle FunctionTypes", Pos::default())),
    }
    let code = lower.leave(Some(add_none));
    Ok(Compiled { code, warnings: lower.warnings })
}

impl<'a> Lower<'a> {
    /// The open unit's scope.
    fn scope(&self) -> &Scope {
        &self.symbols.scopes[self.scope]
    }

    /// Opens a unit for a block. `private` is the class that names are mangled with, if a new one.
    fn enter(&mut self, name: &str, kind: UnitKind, key: Key, line: i32, private: Option<&Ident>) -> Result {
        let Some(id) = self.symbols.find(key) else {
            let pos = Pos { lineno: line, end_lineno: line, ..Pos::default() };
            return Err(error("this tree has a block that its symbol table does not know", pos));
        };
        self.enter_scope(name, kind, id, line, private);
        Ok(())
    }

    fn enter_scope(&mut self, name: &str, kind: UnitKind, id: usize, line: i32, private: Option<&Ident>) {
        let mut unit = Unit::new(id, &self.symbols.scopes[id], kind, Ident::from(name), line);
        unit.private = private.cloned().or_else(|| self.units.last().and_then(|u| u.private.clone()));
        if let Some(qualname) = self.qualname(name, kind) {
            unit.qualname = qualname;
        }
        self.units.push(unit);
        let mut at = Location { line, end_line: line, col: 0, end_col: 0 };
        if kind == UnitKind::Module {
            at.line = 0;
        }
        self.arg(at, Op::RESUME, bytecode::op::resume::AT_FUNC_START);
        if kind == UnitKind::Module {
            self.op(at, Pseudo::ANNOTATIONS_PLACEHOLDER);
        }
    }

    /// The qualified name of something called `name` in the open unit; `None` if it is just the name.
    fn qualname(&self, name: &str, kind: UnitKind) -> Option<Ident> {
        let (mut parent, mut outer) = self.units.split_last().filter(|(_, outer)| !outer.is_empty())?;
        if parent.kind == UnitKind::Annotations {
            // Type parameters do not show.
            (parent, outer) = outer.split_last()?;
            if outer.is_empty() {
                return None;
            }
        }
        if matches!(kind, UnitKind::Function | UnitKind::AsyncFunction | UnitKind::Class) {
            let mangled = mangle(parent.private.as_deref(), &Ident::from(name));
            if self.symbols.scopes[parent.scope].symbols.reach(&mangled) == Reach::GlobalExplicit {
                return None;
            }
        }
        let base = &parent.qualname;
        Some(Ident::from(match parent.kind {
            UnitKind::Function | UnitKind::AsyncFunction | UnitKind::Lambda => format!("{base}.<locals>.{name}"),
            _ => format!("{base}.{name}"),
        }))
    }

    /// Closes the open unit. `end`: whether to return None, or what is on the stack, if control reaches the end.
    fn leave(&mut self, end: Option<bool>) -> Code {
        if let Some(add_none) = end {
            if add_none {
                self.constant(NOWHERE, Const::None);
            }
            self.op(NOWHERE, Op::RETURN_VALUE);
        }
        let unit = self.units.pop().expect("a unit is open");
        let scope = &self.symbols.scopes[unit.scope];
        unit.finish(scope, &self.features, &self.filename)
    }

    fn warn(&mut self, message: impl Into<String>, pos: Pos) {
        if self.quiet == 0 {
            self.warnings.push(Warning { message: message.into(), pos });
        }
    }

    /// The statements of a module or class, its docstring and annotations.
    fn body(&mut self, at: Location, body: &'a [Stmt]) -> Result {
        if self.features.annotations && self.scope().annotations_used {
            self.op(at, Op::SETUP_ANNOTATIONS);
        }
        if body.is_empty() {
            return Ok(());
        }
        let mut rest = body;
        let has_doc = crate::docstring(body).is_some();
        if has_doc && !(self.interactive && self.units.len() == 1) {
            if self.scope().has_docstring {
                let doc = crate::docstring(body).map(clean_doc).unwrap_or_default();
                if let StmtKind::Expr { value } = &body[0].kind {
                    self.constant(loc(value.pos), Const::Str(doc));
                    self.name_store(NOWHERE, &Ident::from("__doc__"))?;
                }
            }
            rest = self.after_docstring(body);
        }
        self.stmts(rest)?;
        if !self.features.annotations {
            self.deferred_annotations(at)?;
        }
        Ok(())
    }

    /// The statements after a docstring. Where the docstring is dropped and nothing else is there, CPython puts a `pass`.
    fn after_docstring(&mut self, body: &'a [Stmt]) -> &'a [Stmt] {
        let rest = &body[1..];
        if rest.is_empty() && !self.scope().has_docstring {
            let at = loc(body[0].pos);
            self.op(Location { end_line: at.line, end_col: at.col + 4, ..at }, Op::NOP);
        }
        if let (Some(text), false, StmtKind::Expr { value }) =
            (crate::docstring(rest), self.scope().has_docstring, &body[1.min(body.len() - 1)].kind)
        {
            // A second string must not become the docstring: it is an expression, as an f-string would be.
            self.constant(loc(value.pos), Const::Str(text.clone()));
            self.op(NOWHERE, Op::POP_TOP);
            return &rest[1..];
        }
        rest
    }

    /// The constant that an expression is, `__debug__` included.
    fn as_constant<'e>(&self, node: &'e Expr) -> Option<std::borrow::Cow<'e, Constant>> {
        use std::borrow::Cow;
        match &node.kind {
            ExprKind::Constant { value, .. } => Some(Cow::Borrowed(value)),
            ExprKind::Name { id, ctx: ExprContext::Load } if &**id == "__debug__" => {
                Some(Cow::Owned(Constant::Bool(self.features.optimize == 0)))
            }
            _ => None,
        }
    }

    /// Pushes a function of `code`, with the cells that it needs; `flags` are the attributes on the stack.
    fn closure(&mut self, at: Location, code: Code, flags: u32) {
        use bytecode::op::func_attr::{ANNOTATE, ANNOTATIONS, CLOSURE, DEFAULTS, KWDEFAULTS};
        let mut flags = flags;
        let free: Vec<Ident> =
            code.freevars().map(|name| Ident::from(String::from_utf8_lossy(name.as_bytes()).as_ref())).collect();
        for name in &free {
            let arg = self.closure_arg(name);
            self.arg(at, Pseudo::LOAD_CLOSURE, arg);
        }
        if !free.is_empty() {
            flags |= CLOSURE;
            self.arg(at, Op::BUILD_TUPLE, free.len() as u32);
        }
        self.constant(at, Const::Code(Rc::new(code)));
        self.op(at, Op::MAKE_FUNCTION);
        for flag in [CLOSURE, ANNOTATIONS, ANNOTATE, KWDEFAULTS, DEFAULTS] {
            if flags & flag != 0 {
                self.arg(at, Op::SET_FUNCTION_ATTRIBUTE, flag);
            }
        }
    }

    /// Which cell of the open unit an inner function means. A class may have a local and pass on a cell of one name.
    fn closure_arg(&self, name: &Ident) -> u32 {
        let cells = self.cellvars.len() as u32;
        let free = self.freevars.find(name).map(|i| i + cells);
        let cell = self.cellvars.find(name);
        let implicit = ["__class__", "__classdict__", "__conditional_annotations__"].contains(&&**name);
        let is_cell = implicit && self.kind == UnitKind::Class || self.scope().symbols.reach(name) == Reach::Cell;
        (if is_cell { cell.or(free) } else { free.or(cell) }).unwrap_or(0)
    }

    fn is_class_scope(&self) -> bool {
        self.scope().kind == BlockKind::Class
    }
}

/// What a constant of the tree is in code.
fn to_const(value: &Constant) -> Const {
    let all = |items: &[Constant]| items.iter().map(to_const).collect::<Vec<_>>();
    match value {
        Constant::None => Const::None,
        Constant::Bool(b) => Const::Bool(*b),
        Constant::Ellipsis => Const::Ellipsis,
        Constant::Int(i) => Const::Int(i.clone()),
        Constant::Float(f) => Const::Float(*f),
        Constant::Complex(re, im) => Const::Complex(*re, *im),
        Constant::Str(s) => Const::Str(s.clone()),
        Constant::Bytes(b) => Const::Bytes(b.clone()),
        Constant::Tuple(items) => Const::Tuple(all(items)),
        Constant::FrozenSet(items) => Const::FrozenSet(all(items)),
    }
}

fn text(name: &str) -> Const {
    Const::Str(Wtf8Buf::from(name))
}

/// A docstring without the indentation that all its lines but the first share; tabs become blanks first.
fn clean_doc(doc: &Wtf8Buf) -> Wtf8Buf {
    let bytes = expand_tabs(doc.as_bytes());
    let lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
    let indent_of = |line: &[u8]| line.iter().take_while(|b| **b == b' ').count();
    let margin = lines[1..].iter().filter(|line| indent_of(line) < line.len()).map(|line| indent_of(line)).min();
    let margin = margin.unwrap_or(0);
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(&lines[0][indent_of(lines[0])..]);
    for line in &lines[1..] {
        out.push(b'\n');
        out.extend_from_slice(&line[margin.min(indent_of(line))..]);
    }
    Wtf8Buf::from_bytes(out).unwrap_or_default()
}

/// `str.expandtabs()`; columns count characters.
fn expand_tabs(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut column = 0;
    for b in bytes {
        match b {
            b'\t' => {
                let blanks = 8 - column % 8;
                out.resize(out.len() + blanks, b' ');
                column += blanks;
            }
            b'\n' | b'\r' => {
                out.push(*b);
                column = 0;
            }
            _ => {
                out.push(*b);
                column += usize::from(b & 0xC0 != 0x80);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docstrings_lose_their_indentation() {
        let cleaned = |s: &str| clean_doc(&Wtf8Buf::from(s)).as_str().unwrap().to_owned();
        assert_eq!(cleaned("  one\n    two\n      three\n  "), "one\ntwo\n  three\n");
        assert_eq!(cleaned("one"), "one");
        assert_eq!(cleaned("one\n\ttwo\n\n        three\n"), "one\ntwo\n\nthree\n");
    }
}
