//! The walk over the tree: statements, patterns, type parameters, annotations.

use syntax::ast::{
    Arg, Arguments, Expr, ExprKind, Ident, Pattern, PatternKind, Pos, Stmt, StmtKind, TypeParam, TypeParamKind,
};

use super::visit::{Result, Walker, forbid_debug, shared_set};
use super::{BlockKind, Key, Names, Role, ScopeId, def, maybe_mangle};
use crate::{docstring, error};

impl Walker<'_> {
    pub fn stmts(&mut self, nodes: &[Stmt]) -> Result {
        nodes.iter().try_for_each(|node| self.stmt(node))
    }

    /// The blocks of a statement that may not run.
    fn conditional(&mut self, f: impl FnOnce(&mut Self) -> Result) -> Result {
        let before = std::mem::replace(&mut self.cur().in_conditional_block, true);
        f(self)?;
        self.cur().in_conditional_block = before;
        Ok(())
    }

    fn stmt(&mut self, node: &Stmt) -> Result {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.stmt_inner(node))
    }

    fn stmt_inner(&mut self, node: &Stmt) -> Result {
        match &node.kind {
            StmtKind::FunctionDef { name, args, body, decorator_list, returns, type_params, .. } => {
                self.function(node, (name, args, body, decorator_list, returns, type_params), false)
            }
            StmtKind::AsyncFunctionDef { name, args, body, decorator_list, returns, type_params, .. } => {
                self.function(node, (name, args, body, decorator_list, returns, type_params), true)
            }
            StmtKind::ClassDef { name, bases, keywords, body, decorator_list, type_params } => {
                forbid_debug(name, node.pos)?;
                self.add(name, def::LOCAL, node.pos)?;
                self.exprs(decorator_list)?;
                let private = self.private.clone();
                if !type_params.is_empty() {
                    self.type_param_block(name, type_params, node.pos)?;
                    self.add_str(".type_params", def::LOCAL, node.pos)?;
                    self.add_str(".type_params", def::USE, node.pos)?;
                    self.add_str(".generic_base", def::LOCAL, node.pos)?;
                    self.add_str(".generic_base", def::USE, node.pos)?;
                    self.private = Some(name.clone());
                    self.cur().mangled_names = shared_set();
                    self.type_params(type_params)?;
                }
                self.exprs(bases)?;
                for keyword in keywords {
                    if let Some(arg) = &keyword.arg {
                        forbid_debug(arg, keyword.pos)?;
                    }
                    self.expr(&keyword.value)?;
                }
                self.enter(name, BlockKind::Class, Key::of(node, Role::Body), node.pos);
                self.private = Some(name.clone());
                if !type_params.is_empty() {
                    self.add_str("__type_params__", def::LOCAL, node.pos)?;
                    self.add_str(".type_params", def::USE, node.pos)?;
                }
                self.cur().has_docstring = self.features.optimize < 2 && docstring(body).is_some();
                self.stmts(body)?;
                self.exit();
                if !type_params.is_empty() {
                    self.exit();
                }
                self.private = private;
                Ok(())
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                self.expr(name)?;
                let ExprKind::Name { id, .. } = &name.kind else {
                    return Err(error("TypeAlias with non-Name name", node.pos));
                };
                let in_class = self.cur().kind == BlockKind::Class;
                if !type_params.is_empty() {
                    self.type_param_block(id, type_params, node.pos)?;
                    self.type_params(type_params)?;
                }
                self.enter(id, BlockKind::TypeAlias, Key::of(node, Role::Alias), node.pos);
                self.cur().can_see_class_scope = in_class;
                if in_class {
                    self.add_str("__classdict__", def::USE, value.pos)?;
                }
                self.expr(value)?;
                self.exit();
                if !type_params.is_empty() {
                    self.exit();
                }
                Ok(())
            }
            StmtKind::Return { value } => self.maybe(value),
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign { targets, value, .. } => {
                self.exprs(targets)?;
                self.expr(value)
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target)?;
                self.expr(value)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.ann_assign(node, target, annotation, value, *simple != 0)
            }
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.expr(target)?;
                self.expr(iter)?;
                self.conditional(|this| {
                    this.stmts(body)?;
                    this.stmts(orelse)
                })
            }
            StmtKind::AsyncFor { target, iter, body, orelse, .. } => {
                self.async_statement(node, "async for")?;
                self.expr(target)?;
                self.expr(iter)?;
                self.conditional(|this| {
                    this.stmts(body)?;
                    this.stmts(orelse)
                })
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expr(test)?;
                self.conditional(|this| {
                    this.stmts(body)?;
                    this.stmts(orelse)
                })
            }
            StmtKind::With { items, body, .. } => self.conditional(|this| {
                for item in items {
                    this.expr(&item.context_expr)?;
                    this.maybe(&item.optional_vars)?;
                }
                this.stmts(body)
            }),
            StmtKind::AsyncWith { items, body, .. } => {
                self.async_statement(node, "async with")?;
                self.conditional(|this| {
                    for item in items {
                        this.expr(&item.context_expr)?;
                        this.maybe(&item.optional_vars)?;
                    }
                    this.stmts(body)
                })
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject)?;
                self.conditional(|this| {
                    for case in cases {
                        this.pattern(&case.pattern)?;
                        this.maybe(&case.guard)?;
                        this.stmts(&case.body)?;
                    }
                    Ok(())
                })
            }
            StmtKind::Raise { exc, cause } => {
                self.maybe(exc)?;
                self.maybe(cause)
            }
            StmtKind::Try { body, handlers, orelse, finalbody }
            | StmtKind::TryStar { body, handlers, orelse, finalbody } => self.conditional(|this| {
                this.stmts(body)?;
                for handler in handlers {
                    this.maybe(&handler.type_)?;
                    if let Some(name) = &handler.name {
                        forbid_debug(name, handler.pos)?;
                        this.add(name, def::LOCAL, handler.pos)?;
                    }
                    this.stmts(&handler.body)?;
                }
                this.stmts(orelse)?;
                this.stmts(finalbody)
            }),
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.maybe(msg)
            }
            StmtKind::Import { names } => {
                for alias in names {
                    let bound = match &alias.asname {
                        Some(name) => name.clone(),
                        None => Ident::from(alias.name.split('.').next().unwrap_or_default()),
                    };
                    forbid_debug(&bound, alias.pos)?;
                    self.add(&bound, def::IMPORT, alias.pos)?;
                }
                Ok(())
            }
            StmtKind::ImportFrom { names, .. } => {
                for alias in names {
                    if &*alias.name == "*" {
                        if self.cur().kind != BlockKind::Module {
                            return Err(error("import * only allowed at module level", alias.pos));
                        }
                        continue;
                    }
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name);
                    forbid_debug(bound, alias.pos)?;
                    self.add(bound, def::IMPORT, alias.pos)?;
                }
                Ok(())
            }
            StmtKind::Global { names } => self.declare(node, names, def::GLOBAL, "global"),
            StmtKind::Nonlocal { names } => self.declare(node, names, def::NONLOCAL, "nonlocal"),
            StmtKind::Expr { value } => self.expr(value),
            StmtKind::Pass {} | StmtKind::Break {} | StmtKind::Continue {} => Ok(()),
        }
    }

    fn async_statement(&mut self, node: &Stmt, what: &str) -> Result {
        if self.top_level_await() {
            self.cur().coroutine = true;
            return Ok(());
        }
        if !self.cur().is_function_like() {
            return Err(error(format!("'{what}' outside async function"), node.pos));
        }
        Ok(())
    }

    fn declare(&mut self, node: &Stmt, names: &[Ident], flag: u32, what: &str) -> Result {
        for name in names {
            let private = self.private.clone();
            let scope = self.cur();
            let mangled = maybe_mangle(private.as_deref(), scope, name);
            let flags = scope.symbols.flags(&mangled);
            let problem = if flags & def::PARAM != 0 {
                Some(format!("name '{name}' is parameter and {what}"))
            } else if flags & def::USE != 0 {
                Some(format!("name '{name}' is used prior to {what} declaration"))
            } else if flags & def::ANNOT != 0 {
                Some(format!("annotated name '{name}' can't be {what}"))
            } else if flags & def::LOCAL != 0 {
                Some(format!("name '{name}' is assigned to before {what} declaration"))
            } else {
                None
            };
            if let Some(problem) = problem {
                return Err(error(problem, node.pos));
            }
            forbid_debug(name, node.pos)?;
            self.add(name, flag, node.pos)?;
            self.cur().directives.push((mangled, node.pos));
        }
        Ok(())
    }

    #[expect(clippy::type_complexity, reason = "the fields of FunctionDef and AsyncFunctionDef")]
    fn function(
        &mut self,
        node: &Stmt,
        fields: (&Ident, &Arguments, &Vec<Stmt>, &Vec<Expr>, &Option<Box<Expr>>, &Vec<TypeParam>),
        is_async: bool,
    ) -> Result {
        let (name, args, body, decorators, returns, type_params) = fields;
        forbid_debug(name, node.pos)?;
        self.add(name, def::LOCAL, node.pos)?;
        self.defaults(args)?;
        self.exprs(decorators)?;
        if !type_params.is_empty() {
            self.type_param_block(name, type_params, node.pos)?;
            // Even where there is none.
            self.add_str(".defaults", def::PARAM, node.pos)?;
            if args.kw_defaults.iter().any(Option::is_some) {
                self.add_str(".kwdefaults", def::PARAM, node.pos)?;
            }
            self.type_params(type_params)?;
        }
        let function = self.new_scope(name, BlockKind::Function, Some(Key::of(node, Role::Body)), node.pos);
        self.function_annotations(node, args, returns)?;
        self.enter_existing(function, true);
        if is_async {
            self.cur().coroutine = true;
        }
        self.cur().has_docstring = self.features.optimize < 2 && docstring(body).is_some();
        self.params(args)?;
        self.stmts(body)?;
        self.exit();
        if !type_params.is_empty() {
            self.exit();
        }
        Ok(())
    }

    fn function_annotations(&mut self, node: &Stmt, args: &Arguments, returns: &Option<Box<Expr>>) -> Result {
        let in_class = self.cur().can_see_class_scope || self.cur().kind == BlockKind::Class;
        self.enter("__annotate__", BlockKind::Annotation, Key::of(args, Role::Annotations), node.pos);
        if in_class && !self.features.annotations {
            self.cur().can_see_class_scope = true;
            self.add_str("__classdict__", def::USE, node.pos)?;
        }
        for arg in args.posonlyargs.iter().chain(&args.args) {
            self.arg_annotation(arg)?;
        }
        for arg in args.vararg.iter().chain(&args.kwarg) {
            self.arg_annotation(arg)?;
        }
        for arg in &args.kwonlyargs {
            self.arg_annotation(arg)?;
        }
        if let Some(returns) = returns {
            self.cur().annotations_used = true;
            self.expr(returns)?;
        }
        self.forget_text_annotations();
        self.exit();
        Ok(())
    }

    /// Annotations that become text use no names.
    fn forget_text_annotations(&mut self) {
        if self.features.annotations {
            let scope = self.cur();
            scope.symbols = Names::default();
            scope.children.clear();
        }
    }

    fn arg_annotation(&mut self, arg: &Arg) -> Result {
        if let Some(annotation) = &arg.annotation {
            self.cur().annotations_used = true;
            self.expr(annotation)?;
        }
        Ok(())
    }

    fn ann_assign(
        &mut self,
        node: &Stmt,
        target: &Expr,
        annotation: &Expr,
        value: &Option<Box<Expr>>,
        simple: bool,
    ) -> Result {
        self.cur().annotations_used = true;
        match &target.kind {
            ExprKind::Name { id, .. } => {
                forbid_debug(id, target.pos)?;
                let private = self.private.clone();
                let is_module = self.stack.len() == 1;
                let scope = self.cur();
                let mangled = maybe_mangle(private.as_deref(), scope, id);
                let flags = scope.symbols.flags(&mangled);
                if flags & (def::GLOBAL | def::NONLOCAL) != 0 && !is_module && simple {
                    let what = if flags & def::GLOBAL != 0 { "global" } else { "nonlocal" };
                    return Err(error(format!("annotated name '{id}' can't be {what}"), node.pos));
                }
                if simple {
                    self.add(id, def::ANNOT | def::LOCAL, target.pos)?;
                } else if value.is_some() {
                    self.add(id, def::LOCAL, target.pos)?;
                }
            }
            _ => self.expr(target)?,
        }
        self.annotation(annotation)?;
        self.maybe(value)
    }

    fn annotation(&mut self, annotation: &Expr) -> Result {
        let pos = annotation.pos;
        let parent = *self.stack.last().expect("a block is open");
        // Annotations of local variables are never evaluated.
        let unevaluated = self.scopes[parent].kind == BlockKind::Function;
        let scope = &self.scopes[parent];
        let conditional =
            scope.kind == BlockKind::Module || scope.kind == BlockKind::Class && scope.in_conditional_block;
        if conditional && !scope.has_conditional_annotations {
            self.cur().has_conditional_annotations = true;
            self.add_str("__conditional_annotations__", def::USE, pos)?;
        }
        match self.scopes[parent].annotation_block {
            Some(block) => self.enter_existing(block, false),
            None => {
                let block: ScopeId = self.new_scope("__annotate__", BlockKind::Annotation, None, pos);
                self.enter_existing(block, true);
                self.scopes[parent].annotation_block = Some(block);
                if self.scopes[parent].kind == BlockKind::Class && !self.features.annotations {
                    self.cur().can_see_class_scope = true;
                    self.add_str("__classdict__", def::USE, pos)?;
                }
            }
        }
        let in_conditional = self.scopes[parent].has_conditional_annotations;
        if in_conditional && !unevaluated {
            self.add_str("__conditional_annotations__", def::USE, pos)?;
        }
        self.cur().in_unevaluated_annotation = unevaluated;
        self.expr(annotation)?;
        self.cur().in_unevaluated_annotation = false;
        self.forget_text_annotations();
        self.exit();
        Ok(())
    }

    fn type_param_block(&mut self, name: &Ident, params: &Vec<TypeParam>, pos: Pos) -> Result {
        let in_class = self.cur().kind == BlockKind::Class;
        self.enter(name, BlockKind::TypeParameters, Key::of(params, Role::TypeParams), pos);
        if in_class {
            self.cur().can_see_class_scope = true;
            self.add_str("__classdict__", def::USE, pos)?;
        }
        Ok(())
    }

    fn type_params(&mut self, params: &[TypeParam]) -> Result {
        for param in params {
            let (name, bound, default, what) = match &param.kind {
                TypeParamKind::TypeVar { name, bound, default_value } => {
                    (name, bound, default_value, "a TypeVar default")
                }
                TypeParamKind::ParamSpec { name, default_value } => (name, &None, default_value, "a ParamSpec default"),
                TypeParamKind::TypeVarTuple { name, default_value } => {
                    (name, &None, default_value, "a TypeVarTuple default")
                }
            };
            if ["__classdict__", "__conditional_annotations__"].contains(&&**name) {
                return Err(error(format!("reserved name '{name}' cannot be used for type parameter"), param.pos));
            }
            forbid_debug(name, param.pos)?;
            self.add(name, def::TYPE_PARAM | def::LOCAL, param.pos)?;
            if let Some(bound) = bound {
                let what = if matches!(bound.kind, ExprKind::Tuple { .. }) {
                    "a TypeVar constraint"
                } else {
                    "a TypeVar bound"
                };
                self.type_variable(name, bound, Key::of(param, Role::Bound), what)?;
            }
            if let Some(default) = default {
                self.type_variable(name, default, Key::of(param, Role::Default), what)?;
            }
        }
        Ok(())
    }

    fn type_variable(&mut self, name: &Ident, value: &Expr, key: Key, what: &'static str) -> Result {
        let in_class = self.cur().can_see_class_scope;
        self.enter(name, BlockKind::TypeVariable, key, value.pos);
        self.cur().scope_info = what;
        self.cur().can_see_class_scope = in_class;
        if in_class {
            self.add_str("__classdict__", def::USE, value.pos)?;
        }
        self.expr(value)?;
        self.exit();
        Ok(())
    }

    fn pattern(&mut self, node: &Pattern) -> Result {
        stacker::maybe_grow(64 << 10, 1 << 20, || match &node.kind {
            PatternKind::MatchValue { value } => self.expr(value),
            PatternKind::MatchSingleton { .. } => Ok(()),
            PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => {
                patterns.iter().try_for_each(|p| self.pattern(p))
            }
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.exprs(keys)?;
                patterns.iter().try_for_each(|p| self.pattern(p))?;
                self.capture(rest, node.pos)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.expr(cls)?;
                patterns.iter().try_for_each(|p| self.pattern(p))?;
                for (name, pattern) in kwd_attrs.iter().zip(kwd_patterns) {
                    forbid_debug(name, pattern.pos)?;
                }
                kwd_patterns.iter().try_for_each(|p| self.pattern(p))
            }
            PatternKind::MatchStar { name } => self.capture(name, node.pos),
            PatternKind::MatchAs { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern)?;
                }
                self.capture(name, node.pos)
            }
        })
    }

    fn capture(&mut self, name: &Option<Ident>, pos: Pos) -> Result {
        let Some(name) = name else { return Ok(()) };
        forbid_debug(name, pos)?;
        self.add(name, def::LOCAL, pos)
    }
}
