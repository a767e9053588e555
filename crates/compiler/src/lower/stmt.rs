//! Statements, the compound ones aside.

use bytecode::op::{common_constant, intrinsic, nb};
use bytecode::{Const, Location, Op};
use syntax::ast::{Alias, Expr, ExprKind, Ident, Operator, Stmt, StmtKind};

use super::expr::{attribute_location, binary_op};
use super::function::Function;
use super::try_stmt::Try;
use super::{Lower, NOWHERE, Result, text};
use crate::error;
use crate::unit::{UnitKind, loc};

impl<'a> Lower<'a> {
    pub(super) fn stmts(&mut self, nodes: &'a [Stmt]) -> Result {
        nodes.iter().try_for_each(|node| self.stmt(node))
    }

    fn stmt(&mut self, node: &'a Stmt) -> Result {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.stmt_inner(node))
    }

    /// Statements inside may not run, nor may their annotations.
    fn conditional(&mut self, f: impl FnOnce(&mut Self) -> Result) -> Result {
        self.conditional += 1;
        f(self)?;
        self.conditional -= 1;
        Ok(())
    }

    fn stmt_inner(&mut self, node: &'a Stmt) -> Result {
        let at = loc(node.pos);
        match &node.kind {
            StmtKind::FunctionDef { name, args, body, decorator_list, returns, type_params, .. } => {
                let returns = returns.as_deref();
                self.function(Function {
                    node,
                    name,
                    args,
                    body,
                    decorators: decorator_list,
                    returns,
                    type_params,
                    is_async: false,
                })
            }
            StmtKind::AsyncFunctionDef { name, args, body, decorator_list, returns, type_params, .. } => {
                let returns = returns.as_deref();
                self.function(Function {
                    node,
                    name,
                    args,
                    body,
                    decorators: decorator_list,
                    returns,
                    type_params,
                    is_async: true,
                })
            }
            StmtKind::ClassDef { .. } => self.class(node),
            StmtKind::TypeAlias { name, type_params, value } => self.type_alias(node, name, type_params, value),
            StmtKind::Return { value } => self.return_stmt(node, value.as_deref()),
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign { targets, value, .. } => {
                self.expr(value)?;
                for (i, target) in targets.iter().enumerate() {
                    if i + 1 < targets.len() {
                        self.arg(at, Op::COPY, 1);
                    }
                    self.expr(target)?;
                }
                Ok(())
            }
            StmtKind::AugAssign { target, op, value } => self.aug_assign(node, target, *op, value),
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.ann_assign(node, target, annotation, value.as_deref(), *simple != 0)
            }
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.conditional(|this| this.for_stmt(target, iter, body, orelse))
            }
            StmtKind::AsyncFor { target, iter, body, orelse, .. } => {
                self.check_async(node, "async for")?;
                self.conditional(|this| this.async_for(node, target, iter, body, orelse))
            }
            StmtKind::While { test, body, orelse } => {
                self.conditional(|this| this.while_stmt(node, test, body, orelse))
            }
            StmtKind::If { test, body, orelse } => self.conditional(|this| this.if_stmt(node, test, body, orelse)),
            StmtKind::With { items, body, .. } => self.conditional(|this| this.with_stmt(items, body, false)),
            StmtKind::AsyncWith { items, body, .. } => {
                self.check_async(node, "async with")?;
                self.conditional(|this| this.with_stmt(items, body, true))
            }
            StmtKind::Match { subject, cases } => self.conditional(|this| this.match_stmt(subject, cases)),
            StmtKind::Raise { exc, cause } => {
                let mut count = 0;
                if let Some(exc) = exc {
                    self.expr(exc)?;
                    count = 1;
                    if let Some(cause) = cause {
                        self.expr(cause)?;
                        count = 2;
                    }
                }
                self.arg(at, Op::RAISE_VARARGS, count);
                Ok(())
            }
            StmtKind::Try { body, handlers, orelse, finalbody } => {
                let parts = Try { body, handlers, orelse, finalbody, is_star: false };
                self.conditional(|this| this.try_stmt(node, parts))
            }
            StmtKind::TryStar { body, handlers, orelse, finalbody } => {
                let parts = Try { body, handlers, orelse, finalbody, is_star: true };
                self.conditional(|this| this.try_stmt(node, parts))
            }
            StmtKind::Assert { test, msg } => self.assert_stmt(node, test, msg.as_deref()),
            StmtKind::Import { names } => self.import(at, names),
            StmtKind::ImportFrom { module, names, level } => {
                self.import_from(at, module.as_ref(), names, level.unwrap_or(0))
            }
            StmtKind::Global { .. } | StmtKind::Nonlocal { .. } => Ok(()),
            StmtKind::Expr { value } => self.expr_stmt(at, value),
            StmtKind::Pass {} => {
                self.op(at, Op::NOP);
                Ok(())
            }
            StmtKind::Break {} => self.break_stmt(node.pos),
            StmtKind::Continue {} => self.continue_stmt(node.pos),
        }
    }

    fn check_async(&self, node: &Stmt, what: &str) -> Result {
        let allowed =
            self.kind == UnitKind::AsyncFunction || self.kind == UnitKind::Module && self.features.top_level_await;
        if allowed { Ok(()) } else { Err(error(format!("'{what}' outside async function"), node.pos)) }
    }

    fn expr_stmt(&mut self, at: Location, value: &'a Expr) -> Result {
        if self.interactive && self.units.len() == 1 {
            self.expr(value)?;
            self.arg(at, Op::CALL_INTRINSIC_1, intrinsic::PRINT);
            self.op(NOWHERE, Op::POP_TOP);
            return Ok(());
        }
        if self.as_constant(value).is_some() {
            self.op(at, Op::NOP);
            return Ok(());
        }
        self.expr(value)?;
        self.op(NOWHERE, Op::POP_TOP);
        Ok(())
    }

    fn aug_assign(&mut self, node: &'a Stmt, target: &'a Expr, op: Operator, value: &'a Expr) -> Result {
        let at = loc(target.pos);
        let name_at = attribute_location(at, target);
        match &target.kind {
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(value)?;
                self.arg(at, Op::COPY, 1);
                self.attribute(name_at, Op::LOAD_ATTR, attr);
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                if self.two_part_slice(slice)? {
                    for _ in 0..3 {
                        self.arg(at, Op::COPY, 3);
                    }
                    self.op(at, Op::BINARY_SLICE);
                } else {
                    self.expr(slice)?;
                    self.arg(at, Op::COPY, 2);
                    self.arg(at, Op::COPY, 2);
                    self.arg(at, Op::BINARY_OP, nb::SUBSCR);
                }
            }
            ExprKind::Name { id, .. } => self.name_load(at, id)?,
            _ => return Err(error("invalid node type for augmented assignment", node.pos)),
        }
        self.expr(value)?;
        self.arg(loc(node.pos), Op::BINARY_OP, binary_op(op) + nb::INPLACE);
        match &target.kind {
            ExprKind::Attribute { attr, .. } => {
                self.arg(name_at, Op::SWAP, 2);
                self.attribute(name_at, Op::STORE_ATTR, attr);
            }
            ExprKind::Subscript { slice, .. } => {
                if self.is_two_part_slice(slice) {
                    self.arg(at, Op::SWAP, 4);
                    self.arg(at, Op::SWAP, 3);
                    self.arg(at, Op::SWAP, 2);
                    self.op(at, Op::STORE_SLICE);
                } else {
                    self.arg(at, Op::SWAP, 3);
                    self.arg(at, Op::SWAP, 2);
                    self.op(at, Op::STORE_SUBSCR);
                }
            }
            ExprKind::Name { id, .. } => self.name_store(at, id)?,
            _ => {}
        }
        Ok(())
    }

    fn ann_assign(
        &mut self,
        node: &'a Stmt,
        target: &'a Expr,
        annotation: &'a Expr,
        value: Option<&'a Expr>,
        simple: bool,
    ) -> Result {
        let at = loc(node.pos);
        if let Some(value) = value {
            self.expr(value)?;
            self.expr(target)?;
        }
        match &target.kind {
            ExprKind::Name { id, .. } => {
                if !simple || !matches!(self.kind, UnitKind::Module | UnitKind::Class) {
                    return Ok(());
                }
                if self.features.annotations {
                    self.annotation_text(annotation);
                    self.name_op(at, Op::LOAD_NAME, "__annotations__");
                    let mangled = self.mangled(id);
                    self.constant(at, text(&mangled));
                    self.op(at, Op::STORE_SUBSCR);
                } else {
                    self.defer_annotation(node, id, annotation);
                }
                Ok(())
            }
            ExprKind::Attribute { value: owner, .. } => {
                if value.is_none() {
                    self.check_annotated(owner)?;
                }
                Ok(())
            }
            ExprKind::Subscript { value: owner, slice, .. } => {
                if value.is_none() {
                    self.check_annotated(owner)?;
                    self.check_annotated_slice(slice)?;
                }
                Ok(())
            }
            _ => Err(error("invalid node type for annotated assignment", node.pos)),
        }
    }

    /// What an annotation is put on is evaluated even if nothing is bound.
    fn check_annotated(&mut self, node: &'a Expr) -> Result {
        self.expr(node)?;
        self.op(loc(node.pos), Op::POP_TOP);
        Ok(())
    }

    fn check_annotated_slice(&mut self, node: &'a Expr) -> Result {
        match &node.kind {
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().flatten().try_for_each(|part| self.check_annotated(part))
            }
            ExprKind::Tuple { elts, .. } => elts.iter().try_for_each(|elt| self.check_annotated_slice(elt)),
            _ => self.check_annotated(node),
        }
    }

    fn assert_stmt(&mut self, node: &'a Stmt, test: &'a Expr, msg: Option<&'a Expr>) -> Result {
        let at = loc(node.pos);
        if matches!(&test.kind, ExprKind::Tuple { elts, .. } if !elts.is_empty()) {
            self.warn("assertion is always true, perhaps remove parentheses?", node.pos);
        }
        if self.features.optimize > 0 {
            return Ok(());
        }
        let end = self.label();
        self.jump_if(at, test, end, true)?;
        self.arg(at, Op::LOAD_COMMON_CONSTANT, common_constant::ASSERTION_ERROR);
        if let Some(msg) = msg {
            self.expr(msg)?;
            self.arg(at, Op::CALL, 0);
        }
        self.arg(loc(test.pos), Op::RAISE_VARARGS, 1);
        self.place(end);
        Ok(())
    }

    fn import(&mut self, at: Location, names: &'a [Alias]) -> Result {
        for alias in names {
            self.constant(at, Const::Int(0.into()));
            self.constant(at, Const::None);
            self.attribute(at, Op::IMPORT_NAME, &alias.name);
            let mut parts = alias.name.split('.');
            let first = parts.next().unwrap_or_default();
            let Some(bound) = &alias.asname else {
                self.name_store(at, &Ident::from(first))?;
                continue;
            };
            // import a.b.c as d: d is the last one.
            let rest: Vec<&str> = parts.collect();
            for (i, part) in rest.iter().enumerate() {
                self.name_op(at, Op::IMPORT_FROM, part);
                if i + 1 < rest.len() {
                    self.arg(at, Op::SWAP, 2);
                    self.op(at, Op::POP_TOP);
                }
            }
            self.name_store(at, bound)?;
            if !rest.is_empty() {
                self.op(at, Op::POP_TOP);
            }
        }
        Ok(())
    }

    fn import_from(&mut self, at: Location, module: Option<&Ident>, names: &'a [Alias], level: i64) -> Result {
        self.constant(at, Const::Int(level.into()));
        self.constant(at, Const::Tuple(names.iter().map(|alias| text(&alias.name)).collect()));
        match module {
            Some(module) => self.attribute(at, Op::IMPORT_NAME, module),
            None => self.name_op(at, Op::IMPORT_NAME, ""),
        }
        for (i, alias) in names.iter().enumerate() {
            if i == 0 && alias.name.starts_with('*') {
                self.arg(at, Op::CALL_INTRINSIC_1, intrinsic::IMPORT_STAR);
                self.op(NOWHERE, Op::POP_TOP);
                return Ok(());
            }
            self.attribute(at, Op::IMPORT_FROM, &alias.name);
            self.name_store(at, alias.asname.as_ref().unwrap_or(&alias.name))?;
        }
        self.op(at, Op::POP_TOP);
        Ok(())
    }
}
