//! Functions and lambdas.

use bytecode::op::{func_attr, intrinsic};
use bytecode::{Const, Location, Op};
use syntax::ast::{Arg, Arguments, Expr, ExprKind, Ident, Stmt, TypeParam};

use super::{Lower, Result, clean_doc, text};
use crate::symbols::{Key, Role};
use crate::unit::{FBlock, UnitKind, loc};

/// A `def`.
#[derive(Clone, Copy)]
pub(super) struct Function<'a> {
    pub node: &'a Stmt,
    pub name: &'a Ident,
    pub args: &'a Arguments,
    pub body: &'a [Stmt],
    pub decorators: &'a [Expr],
    pub returns: Option<&'a Expr>,
    pub type_params: &'a Vec<TypeParam>,
    pub is_async: bool,
}

impl<'a> Lower<'a> {
    pub(super) fn apply_decorators(&mut self, decorators: &'a [Expr]) {
        for decorator in decorators.iter().rev() {
            self.arg(loc(decorator.pos), Op::CALL, 0);
        }
    }

    pub(super) fn function(&mut self, f: Function<'a>) -> Result {
        self.exprs(f.decorators)?;
        let first_line = f.decorators.first().map_or(f.node.pos.lineno, |d| d.pos.lineno);
        let at = loc(f.node.pos);
        let mut flags = self.default_arguments(at, f.args)?;
        let generic = !f.type_params.is_empty();
        let mut type_param_args = 0;
        if generic {
            type_param_args = (flags & (func_attr::DEFAULTS | func_attr::KWDEFAULTS)).count_ones();
            if type_param_args == 2 {
                self.arg(at, Op::SWAP, 2);
            }
            let name = format!("<generic parameters of {}>", f.name);
            let key = Key::of(f.type_params, Role::TypeParams);
            self.enter(&name, UnitKind::Annotations, key, first_line, None)?;
            self.argcount = type_param_args;
            self.type_params(f.type_params)?;
            for i in 0..type_param_args {
                self.arg(at, Op::LOAD_FAST, i);
            }
        }
        flags |= self.function_annotations(at, f.name, f.args, f.returns)?;
        self.function_body(f, flags, first_line)?;
        if generic {
            self.arg(at, Op::SWAP, 2);
            self.arg(at, Op::CALL_INTRINSIC_2, intrinsic::SET_FUNCTION_TYPE_PARAMS);
            let code = self.leave(Some(false));
            self.closure(at, code, 0);
            if type_param_args > 0 {
                self.arg(at, Op::SWAP, type_param_args + 1);
                self.arg(at, Op::CALL, type_param_args - 1);
            } else {
                self.op(at, Op::PUSH_NULL);
                self.arg(at, Op::CALL, 0);
            }
        }
        self.apply_decorators(f.decorators);
        self.name_store(at, f.name)
    }

    /// Pushes the defaults; which there are.
    fn default_arguments(&mut self, at: Location, args: &'a Arguments) -> Result<u32> {
        let mut flags = 0;
        if !args.defaults.is_empty() {
            flags |= func_attr::DEFAULTS;
            self.exprs(&args.defaults)?;
            self.arg(at, Op::BUILD_TUPLE, args.defaults.len() as u32);
        }
        let mut count = 0;
        for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
            let Some(default) = default else { continue };
            count += 1;
            let name = self.mangled(&arg.arg);
            self.constant(at, text(&name));
            self.expr(default)?;
        }
        if count > 0 {
            flags |= func_attr::KWDEFAULTS;
            self.arg(at, Op::BUILD_MAP, count);
        }
        Ok(flags)
    }

    /// The function's `__annotate__`, if it has annotations.
    fn function_annotations(
        &mut self,
        at: Location,
        name: &Ident,
        args: &'a Arguments,
        returns: Option<&'a Expr>,
    ) -> Result<u32> {
        let key = Key::of(args, Role::Annotations);
        let used = self.symbols.find(key).is_some_and(|id| self.symbols.scopes[id].annotations_used);
        if !used {
            return Ok(0);
        }
        let of = self.qualname(name, UnitKind::Function).unwrap_or_else(|| name.clone());
        self.enter("__annotate__", UnitKind::Annotations, key, at.line, None)?;
        self.qualname = Ident::from(format!("{of}.__annotate__"));
        self.annotations_prologue(at);
        let mut count = 0;
        for arg in args.args.iter().chain(&args.posonlyargs) {
            self.arg_annotation(at, arg, &mut count)?;
        }
        for arg in args.vararg.iter() {
            self.arg_annotation(at, arg, &mut count)?;
        }
        for arg in &args.kwonlyargs {
            self.arg_annotation(at, arg, &mut count)?;
        }
        for arg in args.kwarg.iter() {
            self.arg_annotation(at, arg, &mut count)?;
        }
        if let Some(returns) = returns {
            self.one_annotation(at, &Ident::from("return"), returns, &mut count)?;
        }
        self.arg(at, Op::BUILD_MAP, count);
        self.leave_annotations(at);
        Ok(func_attr::ANNOTATE)
    }

    fn arg_annotation(&mut self, at: Location, arg: &'a Arg, count: &mut u32) -> Result {
        match &arg.annotation {
            Some(annotation) => self.one_annotation(at, &arg.arg, annotation, count),
            None => Ok(()),
        }
    }

    fn one_annotation(&mut self, at: Location, name: &Ident, annotation: &'a Expr, count: &mut u32) -> Result {
        let mangled = self.mangled(name);
        self.constant(at, text(&mangled));
        if self.features.annotations {
            self.annotation_text(annotation);
        } else if let ExprKind::Starred { value, .. } = &annotation.kind {
            // *args: *Ts
            self.expr(value)?;
            self.arg(at, Op::UNPACK_SEQUENCE, 1);
        } else {
            self.expr(annotation)?;
        }
        *count += 1;
        Ok(())
    }

    fn function_body(&mut self, f: Function<'a>, flags: u32, first_line: i32) -> Result {
        let kind = if f.is_async { UnitKind::AsyncFunction } else { UnitKind::Function };
        self.enter(f.name, kind, Key::of(f.node, Role::Body), first_line, None)?;
        self.set_arguments(f.args);
        let mut body = f.body;
        if let Some(doc) = crate::docstring(body) {
            if self.scope().has_docstring {
                let doc = Const::Str(clean_doc(doc));
                self.consts.add(doc);
            }
            body = self.after_docstring(body);
        }
        let generator = self.scope().coroutine || self.scope().generator;
        let start = self.label();
        self.place(start);
        if generator {
            self.fblocks.push(FBlock::StopIteration);
        }
        self.stmts(body)?;
        if generator {
            self.stop_iteration_handler();
            self.fblocks.pop();
        }
        let code = self.leave(Some(true));
        self.closure(loc(f.node.pos), code, flags);
        Ok(())
    }

    fn set_arguments(&mut self, args: &Arguments) {
        self.argcount = args.args.len() as u32;
        self.posonlyargcount = args.posonlyargs.len() as u32;
        self.kwonlyargcount = args.kwonlyargs.len() as u32;
    }

    pub(super) fn lambda(&mut self, node: &'a Expr, args: &'a Arguments, body: &'a Expr) -> Result {
        let at = loc(node.pos);
        let flags = self.default_arguments(at, args)?;
        self.enter("<lambda>", UnitKind::Lambda, Key::of(node, Role::Body), node.pos.lineno, None)?;
        self.set_arguments(args);
        self.expr(body)?;
        let code = if self.scope().generator {
            self.leave(Some(false))
        } else {
            self.op(loc(body.pos), Op::RETURN_VALUE);
            self.leave(Some(true))
        };
        self.closure(at, code, flags);
        Ok(())
    }
}
