//! The walk over the tree: expressions, blocks and definitions.

use std::collections::HashMap;
use std::rc::Rc;

use syntax::ast::{Arguments, Comprehension as Gen, Expr, ExprContext, ExprKind, Ident, Mod, Pos};

use super::{BlockKind, Comprehension, Key, Names, Role, Scope, ScopeId, Symbol, Symbols, def, maybe_mangle};
use crate::{CompileError, Features, docstring, error};

pub(super) type Result<T = ()> = std::result::Result<T, Box<CompileError>>;

pub(super) struct Walker<'f> {
    pub scopes: Vec<Scope>,
    pub keys: HashMap<Key, ScopeId>,
    pub stack: Vec<ScopeId>,
    pub private: Option<Ident>,
    pub features: &'f Features,
}

pub(super) fn walk(module: &Mod, features: &Features) -> Result<Symbols> {
    let mut walker = Walker { scopes: Vec::new(), keys: HashMap::new(), stack: Vec::new(), private: None, features };
    walker.enter("top", BlockKind::Module, Key::of(module, Role::Body), Pos::default());
    match module {
        Mod::Module { body, .. } => {
            walker.cur().has_docstring = features.optimize < 2 && docstring(body).is_some();
            walker.stmts(body)?;
        }
        Mod::Interactive { body } => walker.stmts(body)?,
        Mod::Expression { body } => walker.expr(body)?,
        Mod::FunctionType { .. } => {
            return Err(error("this compiler does not handle FunctionTypes", Pos::default()));
        }
    }
    walker.exit();
    Ok(Symbols { scopes: walker.scopes, keys: walker.keys })
}

impl Walker<'_> {
    pub fn cur(&mut self) -> &mut Scope {
        let id = *self.stack.last().expect("a block is open");
        &mut self.scopes[id]
    }

    pub fn new_scope(&mut self, name: &str, kind: BlockKind, key: Option<Key>, pos: Pos) -> ScopeId {
        let parent = self.stack.last().map(|id| &self.scopes[*id]);
        let nested = parent.is_some_and(|p| p.nested || p.is_function_like());
        let method = kind == BlockKind::Function && parent.is_some_and(|p| p.kind == BlockKind::Class);
        let scope = Scope {
            name: Ident::from(name),
            kind,
            symbols: Names::default(),
            params: Vec::new(),
            children: Vec::new(),
            directives: Vec::new(),
            pos,
            nested,
            generator: false,
            coroutine: false,
            comprehension: None,
            varargs: false,
            varkeywords: false,
            has_docstring: false,
            method,
            can_see_class_scope: false,
            needs_class_closure: false,
            needs_classdict: false,
            inlined: false,
            annotations_used: false,
            has_conditional_annotations: false,
            annotation_block: None,
            mangled_names: parent.and_then(|p| p.mangled_names.clone()).filter(|_| {
                // Only blocks inside the type parameters share the set, not the class itself.
                kind != BlockKind::Class
            }),
            in_conditional_block: false,
            in_unevaluated_annotation: false,
            comp_iter_target: false,
            comp_iter_expr: 0,
            scope_info: "",
        };
        let id = self.scopes.len();
        self.scopes.push(scope);
        if let Some(key) = key {
            self.keys.insert(key, id);
        }
        id
    }

    pub fn enter(&mut self, name: &str, kind: BlockKind, key: Key, pos: Pos) {
        let id = self.new_scope(name, kind, Some(key), pos);
        self.enter_existing(id, true);
    }

    /// Opens a block; `first` when it becomes its parent's child now.
    pub fn enter_existing(&mut self, id: ScopeId, first: bool) {
        if first && let Some(parent) = self.stack.last() {
            self.scopes[*parent].children.push(id);
            self.scopes[id].comp_iter_expr = self.scopes[*parent].comp_iter_expr;
        }
        self.stack.push(id);
        let kind = self.scopes[id].kind;
        if first && matches!(kind, BlockKind::Annotation | BlockKind::TypeVariable | BlockKind::TypeAlias) {
            let format = Ident::from(".format");
            // A fresh block has no other parameter.
            let _ = self.add(&format, def::PARAM, Pos::default());
            let _ = self.add(&format, def::USE, Pos::default());
        }
    }

    pub fn exit(&mut self) {
        self.stack.pop();
    }

    /// Notes what happens to `name` in the innermost block.
    pub fn add(&mut self, name: &Ident, flag: u32, pos: Pos) -> Result {
        let id = *self.stack.last().expect("a block is open");
        self.add_to(id, name, flag, pos)
    }

    pub fn add_str(&mut self, name: &str, flag: u32, pos: Pos) -> Result {
        self.add(&Ident::from(name), flag, pos)
    }

    pub fn add_to(&mut self, id: ScopeId, name: &Ident, flag: u32, pos: Pos) -> Result {
        if flag & def::TYPE_PARAM != 0
            && let Some(names) = &self.scopes[id].mangled_names
        {
            names.borrow_mut().insert(name.clone());
        }
        let name = maybe_mangle(self.private.as_deref(), &self.scopes[id], name);
        let scope = &mut self.scopes[id];
        let mut flags = scope.symbols.flags(&name);
        if flag & def::PARAM != 0 && flags & def::PARAM != 0 {
            return Err(error(format!("duplicate argument '{name}' in function definition"), pos));
        }
        if flag & def::TYPE_PARAM != 0 && flags & def::TYPE_PARAM != 0 {
            return Err(error(format!("duplicate type parameter '{name}'"), pos));
        }
        flags |= flag;
        if scope.comp_iter_target {
            if flags & (def::GLOBAL | def::NONLOCAL) != 0 {
                let message = format!("comprehension inner loop cannot rebind assignment expression target '{name}'");
                return Err(error(message, pos));
            }
            flags |= def::COMP_ITER;
        }
        scope.symbols.set(&name, Symbol { flags, ..Symbol::default() });
        if flag & def::PARAM != 0 {
            scope.params.push(name);
        } else if flag & def::GLOBAL != 0 {
            let flags = self.scopes[0].symbols.flags(&name) | flag;
            self.scopes[0].symbols.set(&name, Symbol { flags, ..Symbol::default() });
        }
        Ok(())
    }

    pub fn exprs(&mut self, nodes: &[Expr]) -> Result {
        nodes.iter().try_for_each(|node| self.expr(node))
    }

    pub fn maybe(&mut self, node: &Option<Box<Expr>>) -> Result {
        node.as_ref().map_or(Ok(()), |node| self.expr(node))
    }

    pub fn expr(&mut self, node: &Expr) -> Result {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.expr_inner(node))
    }

    fn expr_inner(&mut self, node: &Expr) -> Result {
        match &node.kind {
            ExprKind::NamedExpr { target, value } => self.named_expr(node, target, value),
            ExprKind::BoolOp { values, .. } => self.exprs(values),
            ExprKind::BinOp { left, right, .. } => {
                self.expr(left)?;
                self.expr(right)
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { args, body } => {
                self.defaults(args)?;
                self.enter("<lambda>", BlockKind::Function, Key::of(node, Role::Body), node.pos);
                self.params(args)?;
                self.expr(body)?;
                self.exit();
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test)?;
                self.expr(body)?;
                self.expr(orelse)
            }
            ExprKind::Dict { keys, values } => {
                keys.iter().flatten().try_for_each(|key| self.expr(key))?;
                self.exprs(values)
            }
            ExprKind::Set { elts } => self.exprs(elts),
            ExprKind::ListComp { elt, generators } => {
                self.comprehension(node, "<listcomp>", Comprehension::List, generators, elt, None)
            }
            ExprKind::SetComp { elt, generators } => {
                self.comprehension(node, "<setcomp>", Comprehension::Set, generators, elt, None)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(node, "<dictcomp>", Comprehension::Dict, generators, key, Some(value))
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension(node, "<genexpr>", Comprehension::Generator, generators, elt, None)
            }
            ExprKind::Yield { value } => {
                self.forbidden_in_annotation(node, "yield expression")?;
                self.maybe(value)?;
                self.yields(node)
            }
            ExprKind::YieldFrom { value } => {
                self.forbidden_in_annotation(node, "yield expression")?;
                self.expr(value)?;
                self.yields(node)
            }
            ExprKind::Await { value } => {
                self.forbidden_in_annotation(node, "await expression")?;
                self.awaits(node)?;
                self.expr(value)?;
                self.cur().coroutine = true;
                Ok(())
            }
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func)?;
                self.exprs(args)?;
                for keyword in keywords {
                    if let Some(arg) = &keyword.arg {
                        forbid_debug(arg, keyword.pos)?;
                    }
                    self.expr(&keyword.value)?;
                }
                Ok(())
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value)?;
                self.maybe(format_spec)
            }
            ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => self.exprs(values),
            ExprKind::Constant { .. } => Ok(()),
            ExprKind::Attribute { value, attr, ctx } => {
                if *ctx != ExprContext::Load {
                    forbid_debug(attr, node.pos)?;
                }
                self.expr(value)
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                self.expr(slice)
            }
            ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Slice { lower, upper, step } => {
                self.maybe(lower)?;
                self.maybe(upper)?;
                self.maybe(step)
            }
            ExprKind::Name { id, ctx } => self.name(id, *ctx, node.pos),
            ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => self.exprs(elts),
        }
    }

    fn name(&mut self, id: &Ident, ctx: ExprContext, pos: Pos) -> Result {
        if self.cur().in_unevaluated_annotation {
            return Ok(());
        }
        match ctx {
            ExprContext::Load => {
                if &**id == "__debug__" {
                    return Ok(());
                }
                self.add(id, def::USE, pos)?;
                if &**id == "super" && self.cur().is_function_like() {
                    self.add_str("__class__", def::USE, pos)?;
                }
                Ok(())
            }
            ExprContext::Store => {
                forbid_debug(id, pos)?;
                self.add(id, def::LOCAL, pos)
            }
            ExprContext::Del => {
                if &**id == "__debug__" {
                    return Err(error("cannot delete __debug__", pos));
                }
                self.add(id, def::LOCAL, pos)
            }
        }
    }

    pub fn defaults(&mut self, args: &Arguments) -> Result {
        self.exprs(&args.defaults)?;
        args.kw_defaults.iter().flatten().try_for_each(|default| self.expr(default))
    }

    pub fn params(&mut self, args: &Arguments) -> Result {
        for arg in args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs) {
            forbid_debug(&arg.arg, arg.pos)?;
            self.add(&arg.arg, def::PARAM, arg.pos)?;
        }
        if let Some(arg) = &args.vararg {
            forbid_debug(&arg.arg, arg.pos)?;
            self.add(&arg.arg, def::PARAM, arg.pos)?;
            self.cur().varargs = true;
        }
        if let Some(arg) = &args.kwarg {
            forbid_debug(&arg.arg, arg.pos)?;
            self.add(&arg.arg, def::PARAM, arg.pos)?;
            self.cur().varkeywords = true;
        }
        Ok(())
    }

    fn comprehension(
        &mut self,
        node: &Expr,
        name: &str,
        kind: Comprehension,
        generators: &[Gen],
        elt: &Expr,
        value: Option<&Expr>,
    ) -> Result {
        let Some((outermost, rest)) = generators.split_first() else {
            return Err(error("comprehension with no generators", node.pos));
        };
        let mut is_async = outermost.is_async != 0;
        // The outermost iterable is evaluated outside.
        self.cur().comp_iter_expr += 1;
        self.expr(&outermost.iter)?;
        self.cur().comp_iter_expr -= 1;
        self.enter(name, BlockKind::Function, Key::of(node, Role::Body), node.pos);
        self.cur().comprehension = Some(kind);
        self.cur().coroutine = is_async;
        self.add_str(".0", def::PARAM, node.pos)?;
        self.target(&outermost.target)?;
        self.exprs(&outermost.ifs)?;
        for generator in rest {
            self.target(&generator.target)?;
            self.cur().comp_iter_expr += 1;
            self.expr(&generator.iter)?;
            self.cur().comp_iter_expr -= 1;
            self.exprs(&generator.ifs)?;
            if generator.is_async != 0 {
                self.cur().coroutine = true;
            }
        }
        if let Some(value) = value {
            self.expr(value)?;
        }
        self.expr(elt)?;
        let scope = self.cur();
        scope.generator = kind == Comprehension::Generator;
        is_async = scope.coroutine && !scope.generator;
        self.exit();
        if is_async {
            let outer = self.cur();
            let allowed = outer.kind == BlockKind::Function && (outer.coroutine || outer.comprehension.is_some());
            if !allowed && !self.top_level_await() {
                let message = "asynchronous comprehension outside of an asynchronous function";
                return Err(error(message, node.pos));
            }
            self.cur().coroutine = true;
        }
        Ok(())
    }

    fn target(&mut self, target: &Expr) -> Result {
        self.cur().comp_iter_target = true;
        let result = self.expr(target);
        self.cur().comp_iter_target = false;
        result
    }

    /// Whether the innermost block is a module in which `await` is allowed.
    pub fn top_level_await(&mut self) -> bool {
        self.features.top_level_await && self.cur().kind == BlockKind::Module
    }

    fn yields(&mut self, node: &Expr) -> Result {
        let scope = self.cur();
        scope.generator = true;
        if let Some(kind) = scope.comprehension {
            let what = match kind {
                Comprehension::List => "list comprehension",
                Comprehension::Set => "set comprehension",
                Comprehension::Dict => "dict comprehension",
                Comprehension::Generator => "generator expression",
            };
            return Err(error(format!("'yield' inside {what}"), node.pos));
        }
        Ok(())
    }

    fn awaits(&mut self, node: &Expr) -> Result {
        if self.top_level_await() {
            return Ok(());
        }
        if !self.cur().is_function_like() {
            return Err(error("'await' outside function", node.pos));
        }
        // A comprehension becomes asynchronous by it, and is judged as a whole when it ends.
        let scope = self.cur();
        if scope.comprehension.is_none() && scope.kind == BlockKind::Function && !scope.coroutine {
            return Err(error("'await' outside async function", node.pos));
        }
        Ok(())
    }

    fn forbidden_in_annotation(&mut self, node: &Expr, what: &str) -> Result {
        let scope = self.cur();
        let place = match scope.kind {
            BlockKind::Annotation => "an annotation",
            BlockKind::TypeVariable => scope.scope_info,
            BlockKind::TypeAlias => "a type alias",
            BlockKind::TypeParameters => "the definition of a generic",
            BlockKind::Function | BlockKind::Class | BlockKind::Module => return Ok(()),
        };
        Err(error(format!("{what} cannot be used within {place}"), node.pos))
    }

    fn named_expr(&mut self, node: &Expr, target: &Expr, value: &Expr) -> Result {
        self.forbidden_in_annotation(node, "named expression")?;
        if self.cur().comp_iter_expr > 0 {
            let message = "assignment expression cannot be used in a comprehension iterable expression";
            return Err(error(message, node.pos));
        }
        if self.cur().comprehension.is_some() {
            self.extend_named_expr(target)?;
        }
        self.expr(value)?;
        self.expr(target)
    }

    /// A walrus in a comprehension binds in the block around all comprehensions.
    fn extend_named_expr(&mut self, target: &Expr) -> Result {
        let ExprKind::Name { id: name, .. } = &target.kind else { return Ok(()) };
        let pos = target.pos;
        let private = self.private.clone();
        for id in self.stack.clone().into_iter().rev() {
            let scope = &self.scopes[id];
            let mangled = maybe_mangle(private.as_deref(), scope, name);
            let flags = scope.symbols.flags(&mangled);
            if scope.comprehension.is_some() {
                if flags & def::COMP_ITER != 0 && flags & def::LOCAL != 0 {
                    let message =
                        format!("assignment expression cannot rebind comprehension iteration variable '{name}'");
                    return Err(error(message, pos));
                }
                continue;
            }
            let message = match scope.kind {
                BlockKind::Function => {
                    let flag = if flags & def::GLOBAL != 0 { def::GLOBAL } else { def::NONLOCAL };
                    self.add(name, flag, pos)?;
                    self.cur().directives.push((mangled, pos));
                    return self.add_to(id, name, def::LOCAL, pos);
                }
                BlockKind::Module => {
                    self.add(name, def::GLOBAL, pos)?;
                    self.cur().directives.push((mangled, pos));
                    return self.add_to(id, name, def::GLOBAL, pos);
                }
                BlockKind::Class => {
                    "assignment expression within a comprehension cannot be used in a class body".to_owned()
                }
                BlockKind::TypeParameters => "assignment expression within a comprehension cannot be used within the \
                                              definition of a generic"
                    .to_owned(),
                BlockKind::TypeAlias => {
                    "assignment expression within a comprehension cannot be used in a type alias".to_owned()
                }
                BlockKind::TypeVariable => {
                    let what = scope.scope_info.trim_start_matches("a ");
                    format!("assignment expression within a comprehension cannot be used in a {what}")
                }
                BlockKind::Annotation => {
                    "assignment expression within a comprehension cannot be used within an annotation".to_owned()
                }
            };
            return Err(error(message, pos));
        }
        Ok(())
    }
}

/// `__debug__` is never bound.
pub(super) fn forbid_debug(name: &str, pos: Pos) -> Result {
    if name == "__debug__" { Err(error("cannot assign to __debug__", pos)) } else { Ok(()) }
}

/// A set that the blocks of a generic class's type parameters share.
pub(super) fn shared_set() -> Option<Rc<std::cell::RefCell<std::collections::HashSet<Ident>>>> {
    Some(Rc::default())
}
