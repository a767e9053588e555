//! Calls.

use bytecode::op::common_constant;
use bytecode::{Const, Location, Op, Pseudo};
use syntax::ast::{Expr, ExprContext, ExprKind, Ident, Keyword};

use super::expr::{TUPLE, attribute_location};
use super::{Lower, NOWHERE, Result, text};
use crate::error;
use crate::flow::{Label, STACK_USE_GUIDELINE};
use crate::symbols::{Key, Reach, Role, def};
use crate::unit::loc;

fn is_starred(node: &Expr) -> bool {
    matches!(node.kind, ExprKind::Starred { .. })
}

impl<'a> Lower<'a> {
    pub(super) fn call(&mut self, node: &'a Expr, func: &'a Expr, args: &'a [Expr], keywords: &'a [Keyword]) -> Result {
        self.check_keywords(keywords)?;
        if self.method_call(node, func, args, keywords)? {
            return Ok(());
        }
        let done = self.label();
        self.check_caller(func);
        self.expr(func)?;
        self.builtin_call(func, args, keywords, done)?;
        self.op(loc(func.pos), Op::PUSH_NULL);
        self.call_helper(loc(node.pos), 0, args, None, keywords)?;
        self.place(done);
        Ok(())
    }

    fn check_keywords(&self, keywords: &[Keyword]) -> Result {
        for (i, keyword) in keywords.iter().enumerate() {
            let Some(name) = &keyword.arg else { continue };
            if let Some(other) = keywords[i + 1..].iter().find(|other| other.arg.as_ref() == Some(name)) {
                return Err(error(format!("keyword argument repeated: {name}"), other.pos));
            }
        }
        Ok(())
    }

    fn check_caller(&mut self, func: &Expr) {
        let literal = matches!(
            func.kind,
            ExprKind::Tuple { .. }
                | ExprKind::List { .. }
                | ExprKind::ListComp { .. }
                | ExprKind::Dict { .. }
                | ExprKind::DictComp { .. }
                | ExprKind::Set { .. }
                | ExprKind::SetComp { .. }
                | ExprKind::GeneratorExp { .. }
                | ExprKind::JoinedStr { .. }
                | ExprKind::TemplateStr { .. }
                | ExprKind::FormattedValue { .. }
                | ExprKind::Interpolation { .. }
        ) || self.as_constant(func).is_some();
        if literal && let Some(kind) = self.type_name(func) {
            let message = format!("'{kind}' object is not callable; perhaps you missed a comma?");
            self.warn(message, func.pos);
        }
    }

    /// `value.method(…)` without stars; whether it was one.
    fn method_call(
        &mut self,
        node: &'a Expr,
        func: &'a Expr,
        args: &'a [Expr],
        keywords: &'a [Keyword],
    ) -> Result<bool> {
        let ExprKind::Attribute { value, attr, ctx: ExprContext::Load } = &func.kind else { return Ok(false) };
        if let ExprKind::Name { id, .. } = &value.kind
            && self.symbols.top().symbols.flags(id) & def::IMPORT != 0
        {
            // An imported name is a module, most likely.
            return Ok(false);
        }
        let count = args.len() + keywords.len() + usize::from(!keywords.is_empty());
        if count >= STACK_USE_GUIDELINE || args.iter().any(is_starred) || keywords.iter().any(|k| k.arg.is_none()) {
            return Ok(false);
        }
        let at = loc(func.pos);
        let mut name_at = at;
        if self.can_optimize_super(value, attr) {
            let two = self.load_super_args(value)?;
            self.load_super(at, attr, true, two);
            name_at = attribute_location(at, func);
            self.op(name_at, Op::NOP);
        } else {
            self.expr(value)?;
            name_at = attribute_location(name_at, func);
            self.load_method(name_at, attr);
        }
        self.exprs(args)?;
        let call_at = attribute_location(loc(node.pos), func);
        if keywords.is_empty() {
            self.arg(call_at, Op::CALL, args.len() as u32);
        } else {
            self.keyword_values(name_at, keywords)?;
            self.arg(call_at, Op::CALL_KW, (args.len() + keywords.len()) as u32);
        }
        Ok(true)
    }

    fn keyword_values(&mut self, at: Location, keywords: &'a [Keyword]) -> Result {
        for keyword in keywords {
            self.expr(&keyword.value)?;
        }
        let names = keywords.iter().filter_map(|k| k.arg.as_ref()).map(|name| text(name)).collect();
        self.constant(at, Const::Tuple(names));
        Ok(())
    }

    /// `super().attr`, `super(a, b).attr`, as an attribute; whether it was one.
    pub(super) fn super_attribute(&mut self, node: &'a Expr) -> Result<bool> {
        let ExprKind::Attribute { value, attr, .. } = &node.kind else { return Ok(false) };
        if !self.can_optimize_super(value, attr) {
            return Ok(false);
        }
        let at = loc(node.pos);
        let two = self.load_super_args(value)?;
        self.load_super(at, attr, false, two);
        self.op(attribute_location(at, node), Op::NOP);
        Ok(true)
    }

    fn can_optimize_super(&self, value: &Expr, attr: &Ident) -> bool {
        let ExprKind::Call { func, args, keywords } = &value.kind else { return false };
        let ExprKind::Name { id, .. } = &func.kind else { return false };
        if &**id != "super" || &**attr == "__class__" || !keywords.is_empty() {
            return false;
        }
        if self.scope().symbols.reach(id) != Reach::GlobalImplicit
            || self.symbols.top().symbols.reach(id) != Reach::Unknown
        {
            return false;
        }
        match args.len() {
            2 => !args.iter().any(is_starred),
            0 => self.argcount + self.posonlyargcount > 0 && self.scope().symbols.reach("__class__") == Reach::Free,
            _ => false,
        }
    }

    /// Pushes super, the class and the instance; whether they were written down.
    fn load_super_args(&mut self, value: &'a Expr) -> Result<bool> {
        let ExprKind::Call { func, args, .. } = &value.kind else { return Ok(false) };
        let ExprKind::Name { id, .. } = &func.kind else { return Ok(false) };
        self.name_load(loc(func.pos), id)?;
        if args.len() == 2 {
            self.exprs(args)?;
            return Ok(true);
        }
        let at = loc(value.pos);
        self.name_load(at, &Ident::from("__class__"))?;
        if let Some(first) = self.varnames.get(0).cloned() {
            self.name_load(at, &first)?;
        }
        Ok(false)
    }

    /// `all`, `any` and `tuple` of a generator expression run it in place, if the name means the builtin.
    fn builtin_call(&mut self, func: &'a Expr, args: &'a [Expr], keywords: &[Keyword], end: Label) -> Result {
        let ExprKind::Name { id, .. } = &func.kind else { return Ok(()) };
        let [generator] = args else { return Ok(()) };
        if !keywords.is_empty() || !matches!(generator.kind, ExprKind::GeneratorExp { .. }) {
            return Ok(());
        }
        let scope = self.symbols.find(Key::of(generator, Role::Body));
        if scope.is_some_and(|scope| self.symbols.scopes[scope].coroutine) {
            return Ok(());
        }
        let (constant, go_on, outcome) = match &**id {
            "all" => (common_constant::ALL, Some(Op::POP_JUMP_IF_TRUE), true),
            "any" => (common_constant::ANY, Some(Op::POP_JUMP_IF_FALSE), false),
            "tuple" => (common_constant::TUPLE, None, false),
            _ => return Ok(()),
        };
        let at = loc(func.pos);
        let skip = self.label();
        self.arg(at, Op::COPY, 1);
        self.arg(at, Op::LOAD_COMMON_CONSTANT, constant);
        self.arg(at, Op::IS_OP, 0);
        self.jump(at, Op::POP_JUMP_IF_FALSE, skip);
        self.op(at, Op::POP_TOP);
        if go_on.is_none() {
            self.arg(at, Op::BUILD_LIST, 0);
        }
        self.expr(generator)?;
        let (again, cleanup) = (self.label(), self.label());
        self.place(again);
        self.jump(at, Op::FOR_ITER, cleanup);
        match go_on {
            None => {
                self.arg(at, Op::LIST_APPEND, 2);
                self.jump(at, Pseudo::JUMP, again);
            }
            Some(jump) => {
                self.op(at, Op::TO_BOOL);
                self.jump(at, jump, again);
            }
        }
        self.op(NOWHERE, Op::POP_ITER);
        if go_on.is_some() {
            self.constant(at, Const::Bool(!outcome));
        }
        self.jump(at, Pseudo::JUMP, end);
        self.place(cleanup);
        self.op(NOWHERE, Op::END_FOR);
        self.op(NOWHERE, Op::POP_ITER);
        match go_on {
            None => self.arg(at, Op::CALL_INTRINSIC_1, bytecode::op::intrinsic::LIST_TO_TUPLE),
            Some(_) => self.constant(at, Const::Bool(outcome)),
        }
        self.jump(at, Pseudo::JUMP, end);
        self.place(skip);
        Ok(())
    }

    /// Arguments and the call itself; `pushed` arguments are on the stack, `last` names a further positional one.
    pub(super) fn call_helper(
        &mut self,
        at: Location,
        pushed: usize,
        args: &'a [Expr],
        last: Option<&Ident>,
        keywords: &'a [Keyword],
    ) -> Result {
        self.check_keywords(keywords)?;
        let simple = args.len() + keywords.len() * 2 <= STACK_USE_GUIDELINE
            && !args.iter().any(is_starred)
            && keywords.iter().all(|k| k.arg.is_some());
        if !simple {
            return self.call_ex(at, pushed, args, last, keywords);
        }
        self.exprs(args)?;
        let mut count = pushed + args.len();
        if let Some(last) = last {
            self.name_load(at, last)?;
            count += 1;
        }
        if keywords.is_empty() {
            self.arg(at, Op::CALL, count as u32);
        } else {
            self.keyword_values(at, keywords)?;
            self.arg(at, Op::CALL_KW, (count + keywords.len()) as u32);
        }
        Ok(())
    }

    fn call_ex(
        &mut self,
        at: Location,
        pushed: usize,
        args: &'a [Expr],
        last: Option<&Ident>,
        keywords: &'a [Keyword],
    ) -> Result {
        match args {
            [Expr { kind: ExprKind::Starred { value, .. }, .. }] if pushed == 0 => self.expr(value)?,
            _ => self.collection(at, args, last, pushed, TUPLE)?,
        }
        if keywords.is_empty() {
            self.op(at, Op::PUSH_NULL);
            self.op(at, Op::CALL_FUNCTION_EX);
            return Ok(());
        }
        let mut have_dict = false;
        let mut pending = 0;
        for (i, keyword) in keywords.iter().enumerate() {
            if keyword.arg.is_some() {
                pending += 1;
                continue;
            }
            if pending > 0 {
                self.sub_kwargs(at, &keywords[i - pending..i], &mut have_dict)?;
                pending = 0;
            }
            if !have_dict {
                self.arg(at, Op::BUILD_MAP, 0);
                have_dict = true;
            }
            self.expr(&keyword.value)?;
            self.arg(at, Op::DICT_MERGE, 1);
        }
        if pending > 0 {
            self.sub_kwargs(at, &keywords[keywords.len() - pending..], &mut have_dict)?;
        }
        self.op(at, Op::CALL_FUNCTION_EX);
        Ok(())
    }

    fn sub_kwargs(&mut self, at: Location, keywords: &'a [Keyword], have_dict: &mut bool) -> Result {
        let big = keywords.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.arg(NOWHERE, Op::BUILD_MAP, 0);
        }
        for keyword in keywords {
            if let Some(name) = &keyword.arg {
                self.constant(at, text(name));
            }
            self.expr(&keyword.value)?;
            if big {
                self.arg(NOWHERE, Op::MAP_ADD, 1);
            }
        }
        if !big {
            self.arg(at, Op::BUILD_MAP, keywords.len() as u32);
        }
        if *have_dict {
            self.arg(at, Op::DICT_MERGE, 1);
        }
        *have_dict = true;
        Ok(())
    }

    /// An attribute of `self` that a method of the innermost class binds.
    pub(super) fn note_static_attribute(&mut self, value: &Expr, attr: &Ident) {
        use crate::unit::UnitKind;
        if !matches!(&value.kind, ExprKind::Name { id, .. } if &**id == "self") {
            return;
        }
        if let Some(class) = self.units.iter_mut().rev().find(|unit| unit.kind == UnitKind::Class) {
            class.static_attributes.insert(attr.clone());
        }
    }
}
