//! What a tree made by hand must keep to before it is compiled; the words are CPython's.

use crate::prelude::*;
use syntax::ast::*;

struct Validator<'a> {
    vm: &'a Vm,
}

/// Raises for a tree that no source could give and that the compiler does not expect.
pub fn validate(vm: &Vm, tree: &Mod) -> Result<()> {
    let v = Validator { vm };
    match tree {
        Mod::Module { body, .. } | Mod::Interactive { body } => v.stmts(body),
        Mod::Expression { body } => v.expr(body, ExprContext::Load),
        Mod::FunctionType { argtypes, returns } => {
            v.exprs(argtypes, ExprContext::Load)?;
            v.expr(returns, ExprContext::Load)
        }
    }
}

fn context_name(ctx: ExprContext) -> &'static str {
    match ctx {
        ExprContext::Load => "Load",
        ExprContext::Store => "Store",
        ExprContext::Del => "Del",
    }
}

use ExprContext::{Del, Load, Store};

impl Validator<'_> {
    fn bad(&self, message: &str) -> Result<()> {
        Err(raise!(self.vm, ValueError, "{message}"))
    }

    fn pos(&self, pos: &Pos) -> Result<()> {
        let Pos { lineno, col_offset, end_lineno, end_col_offset } = *pos;
        if lineno > end_lineno {
            return self.bad(&format!("AST node line range ({lineno}, {end_lineno}) is not valid"));
        }
        if (lineno < 0 && end_lineno != lineno) || (col_offset < 0 && col_offset != end_col_offset) {
            return self.bad(&format!(
                "AST node column range ({col_offset}, {end_col_offset}) for line range ({lineno}, {end_lineno}) is not valid"
            ));
        }
        if lineno == end_lineno && col_offset > end_col_offset {
            return self.bad(&format!("line {lineno}, column {col_offset}-{end_col_offset} is not a valid range"));
        }
        Ok(())
    }

    fn name(&self, name: &str) -> Result<()> {
        match name {
            "None" | "True" | "False" => self.bad(&format!("identifier field can't represent '{name}' constant")),
            _ => Ok(()),
        }
    }

    fn some<T>(&self, items: &[T], what: &str, owner: &str) -> Result<()> {
        if items.is_empty() { self.bad(&format!("empty {what} on {owner}")) } else { Ok(()) }
    }

    fn aliases(&self, names: &[Alias], owner: &str) -> Result<()> {
        self.some(names, "names", owner)?;
        names.iter().try_for_each(|alias| {
            self.name(&alias.name)?;
            alias.asname.iter().try_for_each(|name| self.name(name))
        })
    }

    fn body(&self, body: &[Stmt], owner: &str) -> Result<()> {
        self.some(body, "body", owner)?;
        self.stmts(body)
    }

    fn stmts(&self, body: &[Stmt]) -> Result<()> {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    fn exprs(&self, items: &[Expr], ctx: ExprContext) -> Result<()> {
        items.iter().try_for_each(|e| self.expr(e, ctx))
    }

    fn maybe(&self, expr: &Option<Box<Expr>>) -> Result<()> {
        expr.iter().try_for_each(|e| self.expr(e, Load))
    }

    fn keywords(&self, items: &[Keyword]) -> Result<()> {
        items.iter().try_for_each(|k| self.expr(&k.value, Load))
    }

    fn args(&self, items: &[Arg]) -> Result<()> {
        items.iter().try_for_each(|arg| {
            self.pos(&arg.pos)?;
            self.maybe(&arg.annotation)
        })
    }

    fn arguments(&self, a: &Arguments) -> Result<()> {
        self.args(&a.posonlyargs)?;
        self.args(&a.args)?;
        for one in [&a.vararg, &a.kwarg].into_iter().flatten() {
            self.args(std::slice::from_ref(one))?;
        }
        self.args(&a.kwonlyargs)?;
        if a.defaults.len() > a.posonlyargs.len() + a.args.len() {
            return self.bad("more positional defaults than args on arguments");
        }
        if a.kw_defaults.len() != a.kwonlyargs.len() {
            return self.bad("length of kwonlyargs is not the same as kw_defaults on arguments");
        }
        self.exprs(&a.defaults, Load)?;
        a.kw_defaults.iter().flatten().try_for_each(|e| self.expr(e, Load))
    }

    fn comprehension(&self, generators: &[Comprehension]) -> Result<()> {
        if generators.is_empty() {
            return self.bad("comprehension with no generators");
        }
        generators.iter().try_for_each(|c| {
            self.expr(&c.target, Store)?;
            self.expr(&c.iter, Load)?;
            self.exprs(&c.ifs, Load)
        })
    }

    fn type_params(&self, params: &[TypeParam]) -> Result<()> {
        params.iter().try_for_each(|p| {
            self.pos(&p.pos)?;
            match &p.kind {
                TypeParamKind::TypeVar { name, bound, default_value } => {
                    self.name(name)?;
                    self.maybe(bound)?;
                    self.maybe(default_value)
                }
                TypeParamKind::ParamSpec { name, default_value }
                | TypeParamKind::TypeVarTuple { name, default_value } => {
                    self.name(name)?;
                    self.maybe(default_value)
                }
            }
        })
    }

    fn function(
        &self,
        body: &[Stmt],
        owner: &str,
        params: &[TypeParam],
        args: &Arguments,
        decorators: &[Expr],
        returns: &Option<Box<Expr>>,
    ) -> Result<()> {
        self.body(body, owner)?;
        self.type_params(params)?;
        self.arguments(args)?;
        self.exprs(decorators, Load)?;
        self.maybe(returns)
    }

    fn stmt(&self, stmt: &Stmt) -> Result<()> {
        self.vm.check_stack(" during compilation")?;
        self.pos(&stmt.pos)?;
        use StmtKind as S;
        match &stmt.kind {
            S::FunctionDef { name, body, type_params, args, decorator_list, returns, .. } => {
                self.name(name)?;
                self.function(body, "FunctionDef", type_params, args, decorator_list, returns)
            }
            S::AsyncFunctionDef { name, body, type_params, args, decorator_list, returns, .. } => {
                self.name(name)?;
                self.function(body, "AsyncFunctionDef", type_params, args, decorator_list, returns)
            }
            S::ClassDef { name, bases, keywords, body, decorator_list, type_params, .. } => {
                self.name(name)?;
                self.body(body, "ClassDef")?;
                self.type_params(type_params)?;
                self.exprs(bases, Load)?;
                self.keywords(keywords)?;
                self.exprs(decorator_list, Load)
            }
            S::Return { value } => self.maybe(value),
            S::Delete { targets } => {
                self.some(targets, "targets", "Delete")?;
                self.exprs(targets, Del)
            }
            S::Assign { targets, value, .. } => {
                self.some(targets, "targets", "Assign")?;
                self.exprs(targets, Store)?;
                self.expr(value, Load)
            }
            S::AugAssign { target, value, .. } => {
                self.expr(target, Store)?;
                self.expr(value, Load)
            }
            S::AnnAssign { target, annotation, value, simple } => {
                if *simple != 0 && !matches!(target.kind, ExprKind::Name { .. }) {
                    return Err(raise!(self.vm, TypeError, "AnnAssign with simple non-Name target"));
                }
                self.expr(target, Store)?;
                self.maybe(value)?;
                self.expr(annotation, Load)
            }
            S::TypeAlias { name, type_params, value } => {
                if !matches!(name.kind, ExprKind::Name { .. }) {
                    return Err(raise!(self.vm, TypeError, "TypeAlias with non-Name name"));
                }
                self.expr(name, Store)?;
                self.type_params(type_params)?;
                self.expr(value, Load)
            }
            S::For { target, iter, body, orelse, .. } | S::AsyncFor { target, iter, body, orelse, .. } => {
                self.expr(target, Store)?;
                self.expr(iter, Load)?;
                self.body(body, if matches!(stmt.kind, S::For { .. }) { "For" } else { "AsyncFor" })?;
                self.stmts(orelse)
            }
            S::While { test, body, orelse } => {
                self.expr(test, Load)?;
                self.body(body, "While")?;
                self.stmts(orelse)
            }
            S::If { test, body, orelse } => {
                self.expr(test, Load)?;
                self.body(body, "If")?;
                self.stmts(orelse)
            }
            S::With { items, body, .. } | S::AsyncWith { items, body, .. } => {
                let owner = if matches!(stmt.kind, S::With { .. }) { "With" } else { "AsyncWith" };
                self.some(items, "items", owner)?;
                for item in items {
                    self.expr(&item.context_expr, Load)?;
                    item.optional_vars.iter().try_for_each(|e| self.expr(e, Store))?;
                }
                self.body(body, owner)
            }
            S::Match { subject, cases } => {
                self.expr(subject, Load)?;
                self.some(cases, "cases", "Match")?;
                cases.iter().try_for_each(|case| {
                    self.pattern(&case.pattern, false)?;
                    self.maybe(&case.guard)?;
                    self.body(&case.body, "match_case")
                })
            }
            S::Raise { exc, cause } => {
                if exc.is_none() && cause.is_some() {
                    return self.bad("Raise with cause but no exception");
                }
                self.maybe(exc)?;
                self.maybe(cause)
            }
            S::Try { body, handlers, orelse, finalbody } => self.tried(body, handlers, orelse, finalbody, "Try"),
            S::TryStar { body, handlers, orelse, finalbody } => {
                self.tried(body, handlers, orelse, finalbody, "TryStar")
            }
            S::Assert { test, msg } => {
                self.expr(test, Load)?;
                self.maybe(msg)
            }
            S::Import { names } => self.aliases(names, "Import"),
            S::ImportFrom { names, level, .. } => {
                if level.is_some_and(|l| l < 0) {
                    return self.bad("Negative ImportFrom level");
                }
                self.aliases(names, "ImportFrom")
            }
            S::Global { names } => self.some(names, "names", "Global"),
            S::Nonlocal { names } => self.some(names, "names", "Nonlocal"),
            S::Expr { value } => self.expr(value, Load),
            S::Pass {} | S::Break {} | S::Continue {} => Ok(()),
        }
    }

    fn tried(
        &self,
        body: &[Stmt],
        handlers: &[ExceptHandler],
        orelse: &[Stmt],
        finalbody: &[Stmt],
        owner: &str,
    ) -> Result<()> {
        self.body(body, owner)?;
        if handlers.is_empty() && finalbody.is_empty() {
            return self.bad(&format!("{owner} has neither except handlers nor finalbody"));
        }
        if handlers.is_empty() && !orelse.is_empty() {
            return self.bad(&format!("{owner} has orelse but no except handlers"));
        }
        for handler in handlers {
            handler.name.iter().try_for_each(|name| self.name(name))?;
            self.pos(&handler.pos)?;
            self.maybe(&handler.type_)?;
            self.body(&handler.body, "ExceptHandler")?;
        }
        self.stmts(finalbody)?;
        self.stmts(orelse)
    }

    fn expr(&self, expr: &Expr, ctx: ExprContext) -> Result<()> {
        self.vm.check_stack(" during compilation")?;
        self.pos(&expr.pos)?;
        use ExprKind as E;
        let actual = match &expr.kind {
            E::Attribute { ctx, .. }
            | E::Subscript { ctx, .. }
            | E::Starred { ctx, .. }
            | E::List { ctx, .. }
            | E::Tuple { ctx, .. } => *ctx,
            E::Name { id, ctx } => {
                self.name(id)?;
                *ctx
            }
            _ if ctx != Load => {
                return self.bad(&format!("expression which can't be assigned to in {} context", context_name(ctx)));
            }
            _ => Load,
        };
        if actual != ctx {
            return self.bad(&format!(
                "expression must have {} context but has {} instead",
                context_name(ctx),
                context_name(actual)
            ));
        }
        match &expr.kind {
            E::BoolOp { values, .. } => {
                if values.len() < 2 {
                    return self.bad("BoolOp with less than 2 values");
                }
                self.exprs(values, Load)
            }
            E::NamedExpr { target, value } => {
                if !matches!(target.kind, E::Name { .. }) {
                    return Err(raise!(self.vm, TypeError, "NamedExpr target must be a Name"));
                }
                self.expr(value, Load)
            }
            E::BinOp { left, right, .. } => {
                self.expr(left, Load)?;
                self.expr(right, Load)
            }
            E::UnaryOp { operand, .. } => self.expr(operand, Load),
            E::Lambda { args, body } => {
                self.arguments(args)?;
                self.expr(body, Load)
            }
            E::IfExp { test, body, orelse } => {
                self.expr(test, Load)?;
                self.expr(body, Load)?;
                self.expr(orelse, Load)
            }
            E::Dict { keys, values } => {
                if keys.len() != values.len() {
                    return self.bad("Dict doesn't have the same number of keys as values");
                }
                keys.iter().flatten().try_for_each(|k| self.expr(k, Load))?;
                self.exprs(values, Load)
            }
            E::Set { elts } => self.exprs(elts, Load),
            E::ListComp { elt, generators } | E::SetComp { elt, generators } | E::GeneratorExp { elt, generators } => {
                self.comprehension(generators)?;
                self.expr(elt, Load)
            }
            E::DictComp { key, value, generators } => {
                self.comprehension(generators)?;
                self.expr(key, Load)?;
                self.expr(value, Load)
            }
            E::Await { value } | E::YieldFrom { value } => self.expr(value, Load),
            E::Yield { value } => self.maybe(value),
            E::Compare { left, ops, comparators } => {
                if comparators.is_empty() {
                    return self.bad("Compare has no comparators");
                }
                if comparators.len() != ops.len() {
                    return self.bad("Compare has a different number of comparators and operands");
                }
                self.exprs(comparators, Load)?;
                self.expr(left, Load)
            }
            E::Call { func, args, keywords } => {
                self.expr(func, Load)?;
                self.exprs(args, Load)?;
                self.keywords(keywords)
            }
            E::Constant { .. } => Ok(()),
            E::JoinedStr { values } | E::TemplateStr { values } => self.exprs(values, Load),
            E::FormattedValue { value, format_spec, .. } | E::Interpolation { value, format_spec, .. } => {
                self.expr(value, Load)?;
                self.maybe(format_spec)
            }
            E::Attribute { value, .. } => self.expr(value, Load),
            E::Subscript { value, slice, .. } => {
                self.expr(slice, Load)?;
                self.expr(value, Load)
            }
            E::Starred { value, .. } => self.expr(value, ctx),
            E::Name { .. } => Ok(()),
            E::List { elts, .. } | E::Tuple { elts, .. } => self.exprs(elts, ctx),
            E::Slice { lower, upper, step } => {
                self.maybe(lower)?;
                self.maybe(upper)?;
                self.maybe(step)
            }
        }
    }

    fn patterns(&self, patterns: &[Pattern], star_ok: bool) -> Result<()> {
        patterns.iter().try_for_each(|p| self.pattern(p, star_ok))
    }

    fn capture(&self, name: &str) -> Result<()> {
        if name == "_" {
            return self.bad("can't capture name '_' in patterns");
        }
        self.name(name)
    }

    fn match_value(&self, expr: &Expr) -> Result<()> {
        self.expr(expr, Load)?;
        let number = |e: &Expr| {
            matches!(
                &e.kind,
                ExprKind::Constant { value: Constant::Int(_) | Constant::Float(_) | Constant::Complex(..), .. }
            )
        };
        match &expr.kind {
            ExprKind::Constant { value, .. } => match value {
                Constant::Int(_)
                | Constant::Float(_)
                | Constant::Complex(..)
                | Constant::Str(_)
                | Constant::Bytes(_) => Ok(()),
                Constant::Ellipsis
                | Constant::None
                | Constant::Bool(_)
                | Constant::Tuple(_)
                | Constant::FrozenSet(_) => self.bad("unexpected constant inside of a literal pattern"),
            },
            ExprKind::Attribute { .. } => Ok(()),
            ExprKind::UnaryOp { op: UnaryOp::USub, operand } if number(operand) => Ok(()),
            ExprKind::BinOp { left, op: Operator::Add | Operator::Sub, right } => {
                let real = match &left.kind {
                    ExprKind::UnaryOp { op: UnaryOp::USub, operand } => operand,
                    _ => left,
                };
                if number(real) && number(right) {
                    return Ok(());
                }
                self.bad("patterns may only match literals and attribute lookups")
            }
            ExprKind::JoinedStr { .. } | ExprKind::TemplateStr { .. } => Ok(()),
            _ => self.bad("patterns may only match literals and attribute lookups"),
        }
    }

    fn pattern(&self, pattern: &Pattern, star_ok: bool) -> Result<()> {
        self.vm.check_stack(" during compilation")?;
        self.pos(&pattern.pos)?;
        use PatternKind as P;
        match &pattern.kind {
            P::MatchValue { value } => self.match_value(value),
            P::MatchSingleton { value } => match value {
                Constant::None | Constant::Bool(_) => Ok(()),
                _ => self.bad("MatchSingleton can only contain True, False and None"),
            },
            P::MatchSequence { patterns } => self.patterns(patterns, true),
            P::MatchMapping { keys, patterns, rest } => {
                if keys.len() != patterns.len() {
                    return self.bad("MatchMapping doesn't have the same number of keys as patterns");
                }
                if let Some(rest) = rest {
                    self.capture(rest)?;
                }
                for key in keys {
                    match &key.kind {
                        ExprKind::Constant { value: Constant::None | Constant::Bool(_), .. } => {}
                        _ => self.match_value(key)?,
                    }
                }
                self.patterns(patterns, false)
            }
            P::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                if kwd_attrs.len() != kwd_patterns.len() {
                    return self.bad("MatchClass doesn't have the same number of keyword attributes as patterns");
                }
                self.expr(cls, Load)?;
                let mut at = &**cls;
                loop {
                    match &at.kind {
                        ExprKind::Name { .. } => break,
                        ExprKind::Attribute { value, .. } => at = value,
                        _ => return self.bad("MatchClass cls field can only contain Name or Attribute nodes."),
                    }
                }
                kwd_attrs.iter().try_for_each(|n| self.name(n))?;
                self.patterns(patterns, false)?;
                self.patterns(kwd_patterns, false)
            }
            P::MatchStar { name } => {
                if !star_ok {
                    return self.bad("can't use MatchStar here");
                }
                name.iter().try_for_each(|n| self.capture(n))
            }
            P::MatchAs { pattern, name } => {
                if let Some(name) = name {
                    self.capture(name)?;
                }
                match pattern {
                    None => Ok(()),
                    Some(_) if name.is_none() => self.bad("MatchAs must specify a target name if a pattern is given"),
                    Some(pattern) => self.pattern(pattern, false),
                }
            }
            P::MatchOr { patterns } => {
                if patterns.len() < 2 {
                    return self.bad("MatchOr requires at least 2 patterns");
                }
                self.patterns(patterns, false)
            }
        }
    }
}
