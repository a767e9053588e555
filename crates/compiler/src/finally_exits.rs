//! Warnings about `return`, `break` and `continue` that leave a `finally` block (PEP 765).
//!
//! CPython looks only at the innermost of the blocks that matter, so a `return` inside a loop inside `finally` goes
//! unnoticed; so here.

use syntax::ast::{Stmt, StmtKind};

use crate::Warning;

#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Nothing,
    Finally,
    Loop,
}

/// Appends the warnings for `body` in source order.
pub(crate) fn check(body: &[Stmt], warnings: &mut Vec<Warning>) {
    walk(body, Inside::Nothing, warnings);
}

fn walk(body: &[Stmt], inside: Inside, out: &mut Vec<Warning>) {
    stacker::maybe_grow(64 << 10, 1 << 20, || body.iter().for_each(|stmt| one(stmt, inside, out)));
}

fn one(stmt: &Stmt, inside: Inside, out: &mut Vec<Warning>) {
    let mut warn = |what: &str| {
        if inside == Inside::Finally {
            out.push(Warning { message: format!("'{what}' in a 'finally' block"), pos: stmt.pos });
        }
    };
    match &stmt.kind {
        StmtKind::Return { .. } => warn("return"),
        StmtKind::Break {} => warn("break"),
        StmtKind::Continue {} => warn("continue"),
        StmtKind::FunctionDef { body, .. } | StmtKind::AsyncFunctionDef { body, .. } => {
            walk(body, Inside::Nothing, out);
        }
        StmtKind::ClassDef { body, .. } | StmtKind::With { body, .. } | StmtKind::AsyncWith { body, .. } => {
            walk(body, inside, out);
        }
        StmtKind::For { body, orelse, .. }
        | StmtKind::AsyncFor { body, orelse, .. }
        | StmtKind::While { body, orelse, .. } => {
            walk(body, Inside::Loop, out);
            walk(orelse, inside, out);
        }
        StmtKind::If { body, orelse, .. } => {
            walk(body, inside, out);
            walk(orelse, inside, out);
        }
        StmtKind::Match { cases, .. } => cases.iter().for_each(|case| walk(&case.body, inside, out)),
        StmtKind::Try { body, handlers, orelse, finalbody }
        | StmtKind::TryStar { body, handlers, orelse, finalbody } => {
            walk(body, inside, out);
            handlers.iter().for_each(|handler| walk(&handler.body, inside, out));
            walk(orelse, inside, out);
            walk(finalbody, Inside::Finally, out);
        }
        _ => {}
    }
}
