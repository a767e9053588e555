//! Statements.

use ruff_python_ast as r;
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::expr::operator;
use super::{Adapter, Result};
use crate::ast::*;

impl Adapter<'_> {
    pub(crate) fn body(&mut self, nodes: &[r::Stmt]) -> Result<Vec<Stmt>> {
        nodes.iter().map(|node| self.stmt(node)).collect()
    }

    pub(crate) fn expression(&mut self, node: &r::Expr) -> Result<Box<Expr>> {
        self.boxed(node)
    }

    fn stmt(&mut self, node: &r::Stmt) -> Result<Stmt> {
        self.deeper(node.start(), |this| {
            let start = match node {
                r::Stmt::FunctionDef(n) => this.after_decorators(n.range.start(), &n.decorator_list),
                r::Stmt::ClassDef(n) => this.after_decorators(n.range.start(), &n.decorator_list),
                _ => node.start(),
            };
            let end = if is_compound(node) { this.end(node) } else { node.end() };
            Ok(Stmt { pos: this.pos(TextRange::new(start, end)), kind: this.stmt_kind(node)? })
        })
    }

    /// Where `def` or `class` itself stands.
    fn after_decorators(&self, start: TextSize, decorators: &[r::Decorator]) -> TextSize {
        match decorators.last() {
            Some(last) => TextSize::new(self.skip_blank(last.range.end().to_usize()) as u32),
            None => start,
        }
    }

    /// Where a compound statement ends: with its last token, which may be a semicolon.
    fn end(&self, node: &r::Stmt) -> TextSize {
        match last_block(node).and_then(<[r::Stmt]>::last) {
            Some(last) if is_compound(last) => self.end(last),
            Some(last) => self.after_semicolon(last.end()),
            None => node.end(),
        }
    }

    fn after_semicolon(&self, end: TextSize) -> TextSize {
        let bytes = self.source.as_bytes();
        let mut at = end.to_usize();
        loop {
            match bytes.get(at) {
                Some(b' ' | b'\t' | b'\x0c') => at += 1,
                Some(b'\\') if bytes.get(at + 1) == Some(&b'\n') => at += 2,
                Some(b';') => return TextSize::new(at as u32 + 1),
                _ => return end,
            }
        }
    }

    fn block_end(&self, body: &[r::Stmt], otherwise: TextSize) -> TextSize {
        match body.last() {
            Some(last) if is_compound(last) => self.end(last),
            Some(last) => self.after_semicolon(last.end()),
            None => otherwise,
        }
    }

    fn stmt_kind(&mut self, node: &r::Stmt) -> Result<StmtKind> {
        Ok(match node {
            r::Stmt::FunctionDef(n) => {
                let name = self.ident(&n.name);
                let decorator_list = self.decorators(&n.decorator_list)?;
                let type_params = self.type_params(n.type_params.as_deref())?;
                let args = self.parameters(Some(&n.parameters))?;
                let returns = self.maybe(n.returns.as_deref())?;
                let head = n.returns.as_ref().map_or(n.parameters.end(), |returns| returns.end());
                let type_comment = self.head_comment(head, &n.body, true)?;
                let body = self.body(&n.body)?;
                if n.is_async {
                    StmtKind::AsyncFunctionDef { name, args, body, decorator_list, returns, type_comment, type_params }
                } else {
                    StmtKind::FunctionDef { name, args, body, decorator_list, returns, type_comment, type_params }
                }
            }
            r::Stmt::ClassDef(n) => {
                let decorator_list = self.decorators(&n.decorator_list)?;
                let type_params = self.type_params(n.type_params.as_deref())?;
                let (bases, keywords) = match &n.arguments {
                    Some(arguments) => self.arguments(arguments)?,
                    None => Default::default(),
                };
                let body = self.body(&n.body)?;
                StmtKind::ClassDef { name: self.ident(&n.name), bases, keywords, body, decorator_list, type_params }
            }
            r::Stmt::Return(n) => StmtKind::Return { value: self.maybe(n.value.as_deref())? },
            r::Stmt::Delete(n) => StmtKind::Delete { targets: self.exprs(&n.targets)? },
            r::Stmt::TypeAlias(n) => StmtKind::TypeAlias {
                name: self.boxed(&n.name)?,
                type_params: self.type_params(n.type_params.as_deref())?,
                value: self.boxed(&n.value)?,
            },
            r::Stmt::Assign(n) => StmtKind::Assign {
                targets: self.exprs(&n.targets)?,
                value: self.boxed(&n.value)?,
                type_comment: self.line_comment(n.range.end()),
            },
            r::Stmt::AugAssign(n) => {
                StmtKind::AugAssign { target: self.boxed(&n.target)?, op: operator(n.op), value: self.boxed(&n.value)? }
            }
            r::Stmt::AnnAssign(n) => StmtKind::AnnAssign {
                target: self.boxed(&n.target)?,
                annotation: self.boxed(&n.annotation)?,
                value: self.maybe(n.value.as_deref())?,
                simple: n.simple.into(),
            },
            r::Stmt::For(n) => {
                let target = self.boxed(&n.target)?;
                let iter = self.boxed(&n.iter)?;
                let type_comment = self.head_comment(n.iter.end(), &n.body, false)?;
                let body = self.body(&n.body)?;
                let orelse = self.body(&n.orelse)?;
                if n.is_async {
                    StmtKind::AsyncFor { target, iter, body, orelse, type_comment }
                } else {
                    StmtKind::For { target, iter, body, orelse, type_comment }
                }
            }
            r::Stmt::While(n) => {
                StmtKind::While { test: self.boxed(&n.test)?, body: self.body(&n.body)?, orelse: self.body(&n.orelse)? }
            }
            r::Stmt::If(n) => StmtKind::If {
                test: self.boxed(&n.test)?,
                body: self.body(&n.body)?,
                orelse: self.clauses(&n.elif_else_clauses, self.end(node))?,
            },
            r::Stmt::With(n) => {
                let items = n
                    .items
                    .iter()
                    .map(|item| {
                        Ok(WithItem {
                            context_expr: self.boxed(&item.context_expr)?,
                            optional_vars: self.maybe(item.optional_vars.as_deref())?,
                        })
                    })
                    .collect::<Result<_>>()?;
                let head = n.items.last().map_or(n.range.start(), |item| item.range.end());
                let type_comment = self.head_comment(head, &n.body, false)?;
                let body = self.body(&n.body)?;
                if n.is_async {
                    StmtKind::AsyncWith { items, body, type_comment }
                } else {
                    StmtKind::With { items, body, type_comment }
                }
            }
            r::Stmt::Match(n) => {
                let subject = self.boxed(&n.subject)?;
                let cases = n
                    .cases
                    .iter()
                    .map(|case| {
                        Ok(MatchCase {
                            pattern: self.pattern(&case.pattern)?,
                            guard: self.maybe(case.guard.as_deref())?,
                            body: self.body(&case.body)?,
                        })
                    })
                    .collect::<Result<_>>()?;
                StmtKind::Match { subject, cases }
            }
            r::Stmt::Raise(n) => {
                StmtKind::Raise { exc: self.maybe(n.exc.as_deref())?, cause: self.maybe(n.cause.as_deref())? }
            }
            r::Stmt::Try(n) => {
                let body = self.body(&n.body)?;
                let handlers = n.handlers.iter().map(|h| self.handler(h)).collect::<Result<_>>()?;
                let orelse = self.body(&n.orelse)?;
                let finalbody = self.body(&n.finalbody)?;
                if n.is_star {
                    StmtKind::TryStar { body, handlers, orelse, finalbody }
                } else {
                    StmtKind::Try { body, handlers, orelse, finalbody }
                }
            }
            r::Stmt::Assert(n) => StmtKind::Assert { test: self.boxed(&n.test)?, msg: self.maybe(n.msg.as_deref())? },
            r::Stmt::Import(n) if n.is_lazy => return Err(self.refuse(n.range)),
            r::Stmt::Import(n) => StmtKind::Import { names: self.aliases(&n.names) },
            r::Stmt::ImportFrom(n) if n.is_lazy => return Err(self.refuse(n.range)),
            r::Stmt::ImportFrom(n) => StmtKind::ImportFrom {
                module: n.module.as_ref().map(|name| self.ident(name)),
                names: self.aliases(&n.names),
                level: Some(n.level.into()),
            },
            r::Stmt::Global(n) => StmtKind::Global { names: n.names.iter().map(|name| self.ident(name)).collect() },
            r::Stmt::Nonlocal(n) => StmtKind::Nonlocal { names: n.names.iter().map(|name| self.ident(name)).collect() },
            r::Stmt::Expr(n) => StmtKind::Expr { value: self.boxed(&n.value)? },
            r::Stmt::Pass(_) => StmtKind::Pass {},
            r::Stmt::Break(_) => StmtKind::Break {},
            r::Stmt::Continue(_) => StmtKind::Continue {},
            r::Stmt::IpyEscapeCommand(n) => return Err(self.refuse(n.range)),
        })
    }

    /// `elif` and `else`: an `if` in the `else` of the one before.
    fn clauses(&mut self, clauses: &[r::ElifElseClause], end: TextSize) -> Result<Vec<Stmt>> {
        let Some((first, rest)) = clauses.split_first() else { return Ok(Vec::new()) };
        let Some(test) = &first.test else { return self.body(&first.body) };
        self.deeper(first.range.start(), |this| {
            let pos = this.pos(TextRange::new(first.range.start(), end));
            let test = this.boxed(test)?;
            let body = this.body(&first.body)?;
            let orelse = this.clauses(rest, end)?;
            Ok(vec![Stmt { pos, kind: StmtKind::If { test, body, orelse } }])
        })
    }

    fn handler(&mut self, node: &r::ExceptHandler) -> Result<ExceptHandler> {
        let r::ExceptHandler::ExceptHandler(n) = node;
        let end = self.block_end(&n.body, n.range.end());
        Ok(ExceptHandler {
            pos: self.pos(TextRange::new(n.range.start(), end)),
            type_: self.maybe(n.type_.as_deref())?,
            name: n.name.as_ref().map(|name| self.ident(name)),
            body: self.body(&n.body)?,
        })
    }

    fn decorators(&mut self, nodes: &[r::Decorator]) -> Result<Vec<Expr>> {
        nodes.iter().map(|node| self.expr(&node.expression)).collect()
    }

    fn aliases(&mut self, nodes: &[r::Alias]) -> Vec<Alias> {
        let alias = |n: &r::Alias| Alias {
            pos: self.pos(n.range),
            name: self.ident(&n.name),
            asname: n.asname.as_ref().map(|name| self.ident(name)),
        };
        nodes.iter().map(alias).collect()
    }

    fn type_params(&mut self, nodes: Option<&r::TypeParams>) -> Result<Vec<TypeParam>> {
        let Some(nodes) = nodes else { return Ok(Vec::new()) };
        nodes
            .type_params
            .iter()
            .map(|node| {
                let kind = match node {
                    r::TypeParam::TypeVar(n) => TypeParamKind::TypeVar {
                        name: self.ident(&n.name),
                        bound: self.maybe(n.bound.as_deref())?,
                        default_value: self.maybe(n.default.as_deref())?,
                    },
                    r::TypeParam::ParamSpec(n) => TypeParamKind::ParamSpec {
                        name: self.ident(&n.name),
                        default_value: self.maybe(n.default.as_deref())?,
                    },
                    r::TypeParam::TypeVarTuple(n) => TypeParamKind::TypeVarTuple {
                        name: self.ident(&n.name),
                        default_value: self.maybe(n.default.as_deref())?,
                    },
                };
                Ok(TypeParam { pos: self.pos_of(node), kind })
            })
            .collect()
    }
}

fn is_compound(node: &r::Stmt) -> bool {
    last_block(node).is_some()
}

/// The block that ends a compound statement.
fn last_block(node: &r::Stmt) -> Option<&[r::Stmt]> {
    fn first_filled<'a>(blocks: &[&'a [r::Stmt]]) -> Option<&'a [r::Stmt]> {
        blocks.iter().copied().find(|block| !block.is_empty()).or(blocks.last().copied())
    }
    match node {
        r::Stmt::FunctionDef(n) => Some(&n.body),
        r::Stmt::ClassDef(n) => Some(&n.body),
        r::Stmt::For(n) => first_filled(&[&n.orelse, &n.body]),
        r::Stmt::While(n) => first_filled(&[&n.orelse, &n.body]),
        r::Stmt::If(n) => Some(n.elif_else_clauses.last().map_or(&n.body, |clause| &clause.body)),
        r::Stmt::With(n) => Some(&n.body),
        r::Stmt::Match(n) => Some(n.cases.last().map_or(&[], |case| &case.body)),
        r::Stmt::Try(n) => {
            let handlers = n.handlers.last().map_or(&n.body[..], |r::ExceptHandler::ExceptHandler(h)| &h.body);
            first_filled(&[&n.finalbody, &n.orelse, handlers])
        }
        _ => None,
    }
}
