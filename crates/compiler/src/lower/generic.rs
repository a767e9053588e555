//! Annotations (PEP 649), type parameters (PEP 695), type aliases.

use bytecode::op::{common_constant, func_attr, intrinsic};
use bytecode::{CompareOp, Const, Location, Op};
use syntax::ast::{Expr, ExprKind, Ident, Pos, Stmt, TypeParam, TypeParamKind};
use text::Wtf8Buf;

use super::unparse::unparse;
use super::{Lower, Result, text};
use crate::error;
use crate::flow::Sequence;
use crate::symbols::{Key, Role};
use crate::unit::{UnitKind, loc};

/// `annotationlib.Format.VALUE_WITH_FAKE_GLOBALS`: the highest format that `__annotate__` itself can do.
const VALUE_WITH_FAKE_GLOBALS: u32 = 2;

impl<'a> Lower<'a> {
    /// `if .format > 2: raise NotImplementedError`
    pub(super) fn annotations_prologue(&mut self, at: Location) {
        self.posonlyargcount = 1;
        self.arg(at, Op::LOAD_FAST, 0);
        self.constant(at, Const::Int(VALUE_WITH_FAKE_GLOBALS.into()));
        self.arg(at, Op::COMPARE_OP, CompareOp::Gt.arg(false));
        let body = self.label();
        self.jump(at, Op::POP_JUMP_IF_FALSE, body);
        self.arg(at, Op::LOAD_COMMON_CONSTANT, common_constant::NOT_IMPLEMENTED_ERROR);
        self.arg(at, Op::RAISE_VARARGS, 1);
        self.place(body);
    }

    /// Closes an `__annotate__` and pushes the function. Its parameter is called `format` outside.
    pub(super) fn leave_annotations(&mut self, at: Location) {
        self.op(at, Op::RETURN_VALUE);
        let mut code = self.leave(Some(true));
        if let Some(first) = code.localsplusnames.first_mut() {
            *first = Wtf8Buf::from("format");
        }
        self.closure(at, code, 0);
    }

    /// An annotation as the text that `from __future__ import annotations` makes of it.
    pub(super) fn annotation_text(&mut self, annotation: &Expr) {
        let value = Const::Str(unparse(annotation));
        self.constant(loc(annotation.pos), value);
    }

    /// Remembers an annotation for `__annotate__`, and notes at run time that it was reached.
    pub(super) fn defer_annotation(&mut self, node: &'a Stmt, name: &'a Ident, annotation: &'a Expr) {
        let at = loc(node.pos);
        let is_class = self.kind == UnitKind::Class;
        let number = (!is_class || self.conditional > 0).then(|| {
            let number = self.next_conditional;
            self.next_conditional += 1;
            number
        });
        self.deferred.push((node, name, annotation, number));
        let Some(number) = number else { return };
        if is_class {
            let cell = self.cellvars.find(&Ident::from("__conditional_annotations__")).unwrap_or(0);
            self.arg(at, Op::LOAD_DEREF, cell);
        } else {
            self.name_op(at, Op::LOAD_NAME, "__conditional_annotations__");
        }
        self.constant(at, Const::Int(number.into()));
        self.arg(at, Op::SET_ADD, 1);
        self.op(at, Op::POP_TOP);
    }

    /// The `__annotate__` of a module or class.
    pub(super) fn deferred_annotations(&mut self, at: Location) -> Result {
        let deferred = std::mem::take(&mut self.deferred);
        if deferred.is_empty() {
            return Ok(());
        }
        let is_module = self.kind == UnitKind::Module;
        let Some(block) = self.scope().annotation_block else { return Ok(()) };
        let outside = is_module.then(|| std::mem::take(&mut self.sequence));
        self.enter_scope("__annotate__", UnitKind::Annotations, block, at.line, None);
        self.annotations_prologue(at);
        self.arg(at, Op::BUILD_MAP, 0);
        for (node, name, annotation, number) in deferred {
            let here = loc(node.pos);
            let mangled = crate::symbols::mangle(self.private.as_deref(), name);
            let not_set = self.label();
            if let Some(number) = number {
                self.constant(here, Const::Int(number.into()));
                let set = Ident::from("__conditional_annotations__");
                if is_module {
                    self.name_op(here, Op::LOAD_GLOBAL, &set);
                } else {
                    let arg = self.deref(&set).unwrap_or(0);
                    self.arg(here, Op::LOAD_DEREF, arg);
                }
                self.arg(here, Op::CONTAINS_OP, 0);
                self.jump(here, Op::POP_JUMP_IF_FALSE, not_set);
            }
            self.expr(annotation)?;
            self.arg(here, Op::COPY, 2);
            self.constant(here, text(&mangled));
            self.op(at, Op::STORE_SUBSCR);
            self.place(not_set);
        }
        self.leave_annotations(at);
        let name = if is_module { "__annotate__" } else { "__annotate_func__" };
        self.name_store(at, &Ident::from(name))?;
        if let Some(outside) = outside {
            let annotations: Sequence = std::mem::replace(&mut self.sequence, outside);
            self.annotations = Some(annotations);
        }
        Ok(())
    }

    /// Pushes the tuple of type parameters and binds each.
    pub(super) fn type_params(&mut self, params: &'a [TypeParam]) -> Result {
        let mut seen_default = false;
        for param in params {
            let at = loc(param.pos);
            let (name, default) = match &param.kind {
                TypeParamKind::TypeVar { name, bound, default_value } => {
                    self.constant(at, text(name));
                    if let Some(bound) = bound {
                        self.bound_or_default(name, bound, Key::of(param, Role::Bound), false)?;
                        let kind = if matches!(bound.kind, ExprKind::Tuple { .. }) {
                            intrinsic::TYPEVAR_WITH_CONSTRAINTS
                        } else {
                            intrinsic::TYPEVAR_WITH_BOUND
                        };
                        self.arg(at, Op::CALL_INTRINSIC_2, kind);
                    } else {
                        self.arg(at, Op::CALL_INTRINSIC_1, intrinsic::TYPEVAR);
                    }
                    (name, default_value)
                }
                TypeParamKind::TypeVarTuple { name, default_value } => {
                    self.constant(at, text(name));
                    self.arg(at, Op::CALL_INTRINSIC_1, intrinsic::TYPEVARTUPLE);
                    (name, default_value)
                }
                TypeParamKind::ParamSpec { name, default_value } => {
                    self.constant(at, text(name));
                    self.arg(at, Op::CALL_INTRINSIC_1, intrinsic::PARAMSPEC);
                    (name, default_value)
                }
            };
            if let Some(default) = default {
                seen_default = true;
                let starred = matches!(param.kind, TypeParamKind::TypeVarTuple { .. });
                self.bound_or_default(name, default, Key::of(param, Role::Default), starred)?;
                self.arg(at, Op::CALL_INTRINSIC_2, intrinsic::SET_TYPEPARAM_DEFAULT);
            } else if seen_default {
                let message = format!("non-default type parameter '{name}' follows default type parameter");
                return Err(error(message, param.pos));
            }
            self.arg(at, Op::COPY, 1);
            self.name_store(at, name)?;
        }
        if let Some(first) = params.first() {
            self.arg(loc(first.pos), Op::BUILD_TUPLE, params.len() as u32);
        }
        Ok(())
    }

    /// Pushes a function that evaluates a bound or default when asked.
    fn bound_or_default(&mut self, name: &Ident, value: &'a Expr, key: Key, starred: bool) -> Result {
        let at = loc(value.pos);
        self.constant(at, Const::Tuple(vec![Const::Int(1.into())]));
        self.enter(name, UnitKind::Annotations, key, value.pos.lineno, None)?;
        self.annotations_prologue(at);
        match &value.kind {
            ExprKind::Starred { value: inner, .. } if starred => {
                self.expr(inner)?;
                self.arg(at, Op::UNPACK_SEQUENCE, 1);
            }
            _ => self.expr(value)?,
        }
        self.op(at, Op::RETURN_VALUE);
        let code = self.leave(Some(true));
        self.closure(at, code, func_attr::DEFAULTS);
        Ok(())
    }

    pub(super) fn type_alias(
        &mut self,
        node: &'a Stmt,
        name: &'a Expr,
        params: &'a Vec<TypeParam>,
        value: &'a Expr,
    ) -> Result {
        let at = loc(node.pos);
        let ExprKind::Name { id, .. } = &name.kind else {
            return Err(error("TypeAlias with non-Name name", Pos { ..node.pos }));
        };
        let generic = !params.is_empty();
        if generic {
            let unit_name = format!("<generic parameters of {id}>");
            self.enter(&unit_name, UnitKind::Annotations, Key::of(params, Role::TypeParams), at.line, None)?;
            self.constant(at, text(id));
            self.type_params(params)?;
        } else {
            self.constant(at, text(id));
            self.constant(at, Const::None);
        }
        self.constant(at, Const::Tuple(vec![Const::Int(1.into())]));
        self.enter(id, UnitKind::Annotations, Key::of(node, Role::Alias), at.line, None)?;
        self.annotations_prologue(at);
        self.expr(value)?;
        self.op(at, Op::RETURN_VALUE);
        let code = self.leave(Some(false));
        self.closure(at, code, func_attr::DEFAULTS);
        self.arg(at, Op::BUILD_TUPLE, 3);
        self.arg(at, Op::CALL_INTRINSIC_1, intrinsic::TYPEALIAS);
        if generic {
            let code = self.leave(Some(false));
            self.closure(at, code, 0);
            self.op(at, Op::PUSH_NULL);
            self.arg(at, Op::CALL, 0);
        }
        self.name_store(at, id)
    }
}
