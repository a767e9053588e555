//! Expressions, calls and comprehensions aside.

use bytecode::op::{convert, intrinsic, nb};
use bytecode::{CompareOp, Const, Location, Op, Pseudo};
use syntax::ast::{BoolOp, CmpOp, Constant, Expr, ExprContext, ExprKind, Operator, Pos, UnaryOp};
use text::Wtf8Buf;

use super::{Lower, NOWHERE, Result, text, to_const};
use crate::error;
use crate::flow::{Label, Opcode, STACK_USE_GUIDELINE};
use crate::symbols::Comprehension;
use crate::unit::{UnitKind, loc};

/// The `BINARY_OP` number of an operator.
pub(super) fn binary_op(op: Operator) -> u32 {
    match op {
        Operator::Add => nb::ADD,
        Operator::Sub => nb::SUBTRACT,
        Operator::Mult => nb::MULTIPLY,
        Operator::MatMult => nb::MATRIX_MULTIPLY,
        Operator::Div => nb::TRUE_DIVIDE,
        Operator::Mod => nb::REMAINDER,
        Operator::Pow => nb::POWER,
        Operator::LShift => nb::LSHIFT,
        Operator::RShift => nb::RSHIFT,
        Operator::BitOr => nb::OR,
        Operator::BitXor => nb::XOR,
        Operator::BitAnd => nb::AND,
        Operator::FloorDiv => nb::FLOOR_DIVIDE,
    }
}

/// How to build a collection with stars in it.
#[derive(Clone, Copy)]
pub(super) struct Collection {
    build: Op,
    add: Op,
    extend: Op,
    tuple: bool,
}

pub(super) const LIST: Collection =
    Collection { build: Op::BUILD_LIST, add: Op::LIST_APPEND, extend: Op::LIST_EXTEND, tuple: false };
pub(super) const TUPLE: Collection = Collection { tuple: true, ..LIST };
const SET: Collection = Collection { build: Op::BUILD_SET, add: Op::SET_ADD, extend: Op::SET_UPDATE, tuple: false };

/// Where an attribute's instruction stands: with the name, if that is on a later line.
pub(super) fn attribute_location(at: Location, node: &Expr) -> Location {
    let ExprKind::Attribute { attr, .. } = &node.kind else { return at };
    let mut at = at;
    if at.line != node.pos.end_lineno {
        at.line = node.pos.end_lineno;
        let len = attr.chars().count() as i32;
        if len <= node.pos.end_col_offset {
            at.col = node.pos.end_col_offset - len;
        } else {
            at.col = -1;
            at.end_col = -1;
        }
        at.end_line = at.end_line.max(at.line);
        if at.line == at.end_line {
            at.end_col = at.end_col.max(at.col);
        }
    }
    at
}

impl<'a> Lower<'a> {
    pub(super) fn exprs(&mut self, nodes: &'a [Expr]) -> Result {
        nodes.iter().try_for_each(|node| self.expr(node))
    }

    pub(super) fn expr(&mut self, node: &'a Expr) -> Result {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.expr_inner(node))
    }

    fn expr_inner(&mut self, node: &'a Expr) -> Result {
        let at = loc(node.pos);
        match &node.kind {
            ExprKind::NamedExpr { target, value } => {
                self.expr(value)?;
                self.arg(at, Op::COPY, 1);
                self.expr(target)
            }
            ExprKind::BoolOp { op, values } => self.bool_op(at, *op, values),
            ExprKind::BinOp { left, op, right } => {
                if *op == Operator::Mod && self.percent_format(node, left, right)? {
                    return Ok(());
                }
                self.expr(left)?;
                self.expr(right)?;
                self.arg(at, Op::BINARY_OP, binary_op(*op));
                Ok(())
            }
            ExprKind::UnaryOp { op, operand } => {
                self.expr(operand)?;
                match op {
                    UnaryOp::UAdd => self.arg(at, Op::CALL_INTRINSIC_1, intrinsic::UNARY_POSITIVE),
                    UnaryOp::Not => {
                        self.op(at, Op::TO_BOOL);
                        self.op(at, Op::UNARY_NOT);
                    }
                    UnaryOp::Invert => self.op(at, Op::UNARY_INVERT),
                    UnaryOp::USub => self.op(at, Op::UNARY_NEGATIVE),
                }
                Ok(())
            }
            ExprKind::Lambda { args, body } => self.lambda(node, args, body),
            ExprKind::IfExp { test, body, orelse } => {
                let (end, next) = (self.label(), self.label());
                self.jump_if(at, test, next, false)?;
                self.expr(body)?;
                self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, end);
                self.place(next);
                self.expr(orelse)?;
                self.place(end);
                Ok(())
            }
            ExprKind::Dict { keys, values } => self.dict(at, keys, values),
            ExprKind::Set { elts } => self.collection(at, elts, None, 0, SET),
            ExprKind::ListComp { elt, generators } => {
                self.comprehension(node, Comprehension::List, "<listcomp>", generators, elt, None)
            }
            ExprKind::SetComp { elt, generators } => {
                self.comprehension(node, Comprehension::Set, "<setcomp>", generators, elt, None)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(node, Comprehension::Dict, "<dictcomp>", generators, key, Some(value))
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension(node, Comprehension::Generator, "<genexpr>", generators, elt, None)
            }
            ExprKind::Yield { value } => {
                if !self.scope().is_function_like() {
                    return Err(error("'yield' outside function", node.pos));
                }
                match value {
                    Some(value) => self.expr(value)?,
                    None => self.constant(at, Const::None),
                }
                self.yield_value(at);
                Ok(())
            }
            ExprKind::YieldFrom { value } => {
                if !self.scope().is_function_like() {
                    return Err(error("'yield from' outside function", node.pos));
                }
                if self.kind == UnitKind::AsyncFunction {
                    return Err(error("'yield from' inside async function", node.pos));
                }
                self.expr(value)?;
                self.op(at, Op::GET_YIELD_FROM_ITER);
                self.constant(at, Const::None);
                self.yield_from(at, false);
                Ok(())
            }
            ExprKind::Await { value } => {
                self.expr(value)?;
                self.await_value(at, 0);
                Ok(())
            }
            ExprKind::Compare { left, ops, comparators } => self.compare(node, left, ops, comparators),
            ExprKind::Call { func, args, keywords } => self.call(node, func, args, keywords),
            ExprKind::JoinedStr { values } => self.joined_str(at, values),
            ExprKind::TemplateStr { values } => self.template_str(at, values),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.expr(value)?;
                self.format(at, *conversion, format_spec.as_deref(), node.pos)
            }
            ExprKind::Interpolation { value, str, conversion, format_spec } => {
                self.expr(value)?;
                self.constant(at, to_const(str));
                let mut arg = 2;
                if let Some(spec) = format_spec {
                    arg |= 1;
                    self.expr(spec)?;
                }
                arg |= conversion_number(*conversion, node.pos)? << 2;
                self.arg(at, Op::BUILD_INTERPOLATION, arg);
                Ok(())
            }
            ExprKind::Constant { value, .. } => {
                self.constant(at, to_const(value));
                Ok(())
            }
            ExprKind::Attribute { value, attr, ctx } => {
                if *ctx == ExprContext::Load && self.super_attribute(node)? {
                    return Ok(());
                }
                if *ctx == ExprContext::Store {
                    self.note_static_attribute(value, attr);
                }
                self.expr(value)?;
                let at = attribute_location(at, node);
                let op = match ctx {
                    ExprContext::Load => Op::LOAD_ATTR,
                    ExprContext::Store => Op::STORE_ATTR,
                    ExprContext::Del => Op::DELETE_ATTR,
                };
                self.attribute(at, op, attr);
                Ok(())
            }
            ExprKind::Subscript { value, slice, ctx } => self.subscript(node, value, slice, *ctx),
            ExprKind::Starred { ctx, .. } => Err(error(
                match ctx {
                    ExprContext::Store => "starred assignment target must be in a list or tuple",
                    _ => "can't use starred expression here",
                },
                node.pos,
            )),
            ExprKind::Slice { lower, upper, step } => {
                self.slice(node, lower.as_deref(), upper.as_deref(), step.as_deref())
            }
            ExprKind::Name { id, ctx } => {
                if let Some(value) = self.as_constant(node) {
                    self.constant(at, to_const(&value));
                    return Ok(());
                }
                self.name(at, id, *ctx);
                Ok(())
            }
            ExprKind::List { elts, ctx } => self.sequence(at, elts, *ctx, LIST, node.pos),
            ExprKind::Tuple { elts, ctx } => self.sequence(at, elts, *ctx, TUPLE, node.pos),
        }
    }

    fn sequence(&mut self, at: Location, elts: &'a [Expr], ctx: ExprContext, how: Collection, pos: Pos) -> Result {
        match ctx {
            ExprContext::Store => {
                self.unpack(at, elts, pos)?;
                for elt in elts {
                    match &elt.kind {
                        ExprKind::Starred { value, .. } => self.expr(value)?,
                        _ => self.expr(elt)?,
                    }
                }
                Ok(())
            }
            ExprContext::Load => self.collection(at, elts, None, 0, how),
            ExprContext::Del => self.exprs(elts),
        }
    }

    fn unpack(&mut self, at: Location, elts: &[Expr], pos: Pos) -> Result {
        let mut stars = elts.iter().enumerate().filter(|(_, elt)| matches!(elt.kind, ExprKind::Starred { .. }));
        let Some((star, _)) = stars.next() else {
            self.arg(at, Op::UNPACK_SEQUENCE, elts.len() as u32);
            return Ok(());
        };
        let after = elts.len() - star - 1;
        if star >= 1 << 8 || after >= (i32::MAX >> 8) as usize {
            return Err(error("too many expressions in star-unpacking assignment", pos));
        }
        if stars.next().is_some() {
            return Err(error("multiple starred expressions in assignment", pos));
        }
        self.arg(at, Op::UNPACK_EX, (star + (after << 8)) as u32);
        Ok(())
    }

    /// Builds a collection; `pushed` items are on the stack already, `last` names a further one.
    pub(super) fn collection(
        &mut self,
        at: Location,
        elts: &'a [Expr],
        last: Option<&syntax::ast::Ident>,
        pushed: usize,
        how: Collection,
    ) -> Result {
        let count = elts.len() + pushed + usize::from(last.is_some());
        let big = count > STACK_USE_GUIDELINE;
        let starred = elts.iter().any(|elt| matches!(elt.kind, ExprKind::Starred { .. }));
        if !starred && !big {
            self.exprs(elts)?;
            if let Some(last) = last {
                self.name_load(at, last)?;
            }
            self.arg(at, if how.tuple { Op::BUILD_TUPLE } else { how.build }, count as u32);
            return Ok(());
        }
        let mut built = big;
        if big {
            self.arg(at, how.build, pushed as u32);
        }
        for (i, elt) in elts.iter().enumerate() {
            if let ExprKind::Starred { value, .. } = &elt.kind {
                if !built {
                    self.arg(at, how.build, (i + pushed) as u32);
                    built = true;
                }
                self.expr(value)?;
                self.arg(at, how.extend, 1);
            } else {
                self.expr(elt)?;
                if built {
                    self.arg(at, how.add, 1);
                }
            }
        }
        if let Some(last) = last {
            self.name_load(at, last)?;
            self.arg(at, how.add, 1);
        }
        if how.tuple {
            self.arg(at, Op::CALL_INTRINSIC_1, intrinsic::LIST_TO_TUPLE);
        }
        Ok(())
    }

    fn dict(&mut self, at: Location, keys: &'a [Option<Expr>], values: &'a [Expr]) -> Result {
        let mut have_dict = false;
        let mut pending = 0;
        let flush = |this: &mut Self, range: std::ops::Range<usize>, have_dict: &mut bool| -> Result {
            this.sub_dict(at, &keys[range.clone()], &values[range])?;
            if *have_dict {
                this.arg(at, Op::DICT_UPDATE, 1);
            }
            *have_dict = true;
            Ok(())
        };
        for (i, (key, value)) in keys.iter().zip(values).enumerate() {
            if key.is_none() {
                if pending > 0 {
                    flush(self, i - pending..i, &mut have_dict)?;
                    pending = 0;
                }
                if !have_dict {
                    self.arg(at, Op::BUILD_MAP, 0);
                    have_dict = true;
                }
                self.expr(value)?;
                self.arg(at, Op::DICT_UPDATE, 1);
            } else if pending * 2 > STACK_USE_GUIDELINE {
                flush(self, i - pending..i + 1, &mut have_dict)?;
                pending = 0;
            } else {
                pending += 1;
            }
        }
        if pending > 0 {
            flush(self, values.len() - pending..values.len(), &mut have_dict)?;
        }
        if !have_dict {
            self.arg(at, Op::BUILD_MAP, 0);
        }
        Ok(())
    }

    fn sub_dict(&mut self, at: Location, keys: &'a [Option<Expr>], values: &'a [Expr]) -> Result {
        let big = values.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.arg(at, Op::BUILD_MAP, 0);
        }
        for (key, value) in keys.iter().zip(values) {
            if let Some(key) = key {
                self.expr(key)?;
            }
            self.expr(value)?;
            if big {
                self.arg(at, Op::MAP_ADD, 1);
            }
        }
        if !big {
            self.arg(at, Op::BUILD_MAP, values.len() as u32);
        }
        Ok(())
    }

    fn bool_op(&mut self, at: Location, op: BoolOp, values: &'a [Expr]) -> Result {
        let jump = match op {
            BoolOp::And => Pseudo::JUMP_IF_FALSE,
            BoolOp::Or => Pseudo::JUMP_IF_TRUE,
        };
        let end = self.label();
        let Some((last, first)) = values.split_last() else { return Ok(()) };
        for value in first {
            self.expr(value)?;
            self.jump(at, jump, end);
            self.op(at, Op::POP_TOP);
        }
        self.expr(last)?;
        self.place(end);
        Ok(())
    }

    pub(super) fn compare_op(&mut self, at: Location, op: CmpOp) {
        let compare = match op {
            CmpOp::Eq => CompareOp::Eq,
            CmpOp::NotEq => CompareOp::Ne,
            CmpOp::Lt => CompareOp::Lt,
            CmpOp::LtE => CompareOp::Le,
            CmpOp::Gt => CompareOp::Gt,
            CmpOp::GtE => CompareOp::Ge,
            CmpOp::Is => return self.arg(at, Op::IS_OP, 0),
            CmpOp::IsNot => return self.arg(at, Op::IS_OP, 1),
            CmpOp::In => return self.arg(at, Op::CONTAINS_OP, 0),
            CmpOp::NotIn => return self.arg(at, Op::CONTAINS_OP, 1),
        };
        self.arg(at, Op::COMPARE_OP, compare.arg(false));
    }

    fn compare(&mut self, node: &'a Expr, left: &'a Expr, ops: &[CmpOp], comparators: &'a [Expr]) -> Result {
        let at = loc(node.pos);
        self.check_compare(node, left, ops, comparators);
        self.expr(left)?;
        let (Some((last, first)), Some((last_op, first_ops))) = (comparators.split_last(), ops.split_last()) else {
            return Ok(());
        };
        if first.is_empty() {
            self.expr(last)?;
            self.compare_op(at, *last_op);
            return Ok(());
        }
        let cleanup = self.label();
        for (value, op) in first.iter().zip(first_ops) {
            self.expr(value)?;
            self.arg(at, Op::SWAP, 2);
            self.arg(at, Op::COPY, 2);
            self.compare_op(at, *op);
            self.arg(at, Op::COPY, 1);
            self.op(at, Op::TO_BOOL);
            self.jump(at, Op::POP_JUMP_IF_FALSE, cleanup);
            self.op(at, Op::POP_TOP);
        }
        self.expr(last)?;
        self.compare_op(at, *last_op);
        let end = self.label();
        self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, end);
        self.place(cleanup);
        self.arg(at, Op::SWAP, 2);
        self.op(at, Op::POP_TOP);
        self.place(end);
        Ok(())
    }

    /// Jumps to `next` if the truth of `node` is `when`.
    pub(super) fn jump_if(&mut self, at: Location, node: &'a Expr, next: Label, when: bool) -> Result {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.jump_if_inner(at, node, next, when))
    }

    fn jump_if_inner(&mut self, at: Location, node: &'a Expr, next: Label, when: bool) -> Result {
        let here = loc(node.pos);
        let jump: Opcode = if when { Op::POP_JUMP_IF_TRUE } else { Op::POP_JUMP_IF_FALSE }.into();
        match &node.kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => return self.jump_if(at, operand, next, !when),
            ExprKind::BoolOp { op, values } => {
                let Some((last, first)) = values.split_last() else { return Ok(()) };
                let when_inner = *op == BoolOp::Or;
                let next_inner = if when_inner == when { next } else { self.label() };
                for value in first {
                    self.jump_if(at, value, next_inner, when_inner)?;
                }
                self.jump_if(at, last, next, when)?;
                if next_inner != next {
                    self.place(next_inner);
                }
                return Ok(());
            }
            ExprKind::IfExp { test, body, orelse } => {
                let (end, otherwise) = (self.label(), self.label());
                self.jump_if(at, test, otherwise, false)?;
                self.jump_if(at, body, next, when)?;
                self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, end);
                self.place(otherwise);
                self.jump_if(at, orelse, next, when)?;
                self.place(end);
                return Ok(());
            }
            ExprKind::Compare { left, ops, comparators } if ops.len() > 1 => {
                self.check_compare(node, left, ops, comparators);
                let cleanup = self.label();
                self.expr(left)?;
                let n = ops.len() - 1;
                for (value, op) in comparators.iter().zip(ops).take(n) {
                    self.expr(value)?;
                    self.arg(here, Op::SWAP, 2);
                    self.arg(here, Op::COPY, 2);
                    self.compare_op(here, *op);
                    self.op(here, Op::TO_BOOL);
                    self.jump(here, Op::POP_JUMP_IF_FALSE, cleanup);
                }
                self.expr(&comparators[n])?;
                self.compare_op(here, ops[n]);
                self.op(here, Op::TO_BOOL);
                self.jump(here, jump, next);
                let end = self.label();
                self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, end);
                self.place(cleanup);
                self.op(here, Op::POP_TOP);
                if !when {
                    self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, next);
                }
                self.place(end);
                return Ok(());
            }
            _ => {}
        }
        self.expr(node)?;
        self.op(here, Op::TO_BOOL);
        self.jump(here, jump, next);
        Ok(())
    }

    pub(super) fn yield_value(&mut self, at: Location) {
        let scope = self.scope();
        if scope.generator && scope.coroutine {
            self.arg(at, Op::CALL_INTRINSIC_1, intrinsic::ASYNC_GEN_WRAP);
        }
        self.arg(at, Op::YIELD_VALUE, 0);
        self.arg(at, Op::RESUME, bytecode::op::resume::AFTER_YIELD);
    }

    /// Awaits what is on the stack; `of`: 0 anything, 1 what `__aenter__`, 2 what `__aexit__` returned.
    pub(super) fn await_value(&mut self, at: Location, of: u32) {
        self.arg(at, Op::GET_AWAITABLE, of);
        self.constant(at, Const::None);
        self.yield_from(at, true);
    }

    /// Delegates to the receiver below a value on the stack until it returns.
    pub(super) fn yield_from(&mut self, at: Location, is_await: bool) {
        use bytecode::op::resume;
        let (send, fail, exit) = (self.label(), self.label(), self.label());
        self.place(send);
        self.jump(at, Op::SEND, exit);
        // Only throw() and close() raise at the yield.
        self.jump(at, Pseudo::SETUP_FINALLY, fail);
        self.arg(at, Op::YIELD_VALUE, 1);
        self.op(NOWHERE, Pseudo::POP_BLOCK);
        self.arg(at, Op::RESUME, if is_await { resume::AFTER_AWAIT } else { resume::AFTER_YIELD_FROM });
        self.jump(at, Pseudo::JUMP_NO_INTERRUPT, send);
        self.place(fail);
        self.op(at, Op::CLEANUP_THROW);
        self.place(exit);
        self.op(at, Op::END_SEND);
    }

    fn joined_str(&mut self, at: Location, values: &'a [Expr]) -> Result {
        if values.len() > STACK_USE_GUIDELINE {
            self.constant(at, text(""));
            self.load_method(at, &syntax::ast::Ident::from("join"));
            self.arg(at, Op::BUILD_LIST, 0);
            for value in values {
                self.expr(value)?;
                self.arg(at, Op::LIST_APPEND, 1);
            }
            self.arg(at, Op::CALL, 1);
            return Ok(());
        }
        self.exprs(values)?;
        match values.len() {
            0 => self.constant(at, text("")),
            1 => {}
            n => self.arg(at, Op::BUILD_STRING, n as u32),
        }
        Ok(())
    }

    fn template_str(&mut self, at: Location, values: &'a [Expr]) -> Result {
        let is_interpolation = |value: &Expr| matches!(value.kind, ExprKind::Interpolation { .. });
        let mut last_was_interpolation = true;
        let mut strings = 0;
        for value in values {
            if is_interpolation(value) {
                if last_was_interpolation {
                    self.constant(at, text(""));
                    strings += 1;
                }
                last_was_interpolation = true;
            } else {
                self.expr(value)?;
                strings += 1;
                last_was_interpolation = false;
            }
        }
        if last_was_interpolation {
            self.constant(at, text(""));
            strings += 1;
        }
        self.arg(at, Op::BUILD_TUPLE, strings);
        let mut interpolations = 0;
        for value in values.iter().filter(|value| is_interpolation(value)) {
            self.expr(value)?;
            interpolations += 1;
        }
        self.arg(at, Op::BUILD_TUPLE, interpolations);
        self.op(at, Op::BUILD_TEMPLATE);
        Ok(())
    }

    /// Formats what is on the stack.
    fn format(&mut self, at: Location, conversion: i64, spec: Option<&'a Expr>, pos: Pos) -> Result {
        let number = conversion_number(conversion, pos)?;
        if number != convert::NONE {
            self.arg(at, Op::CONVERT_VALUE, number);
        }
        match spec {
            Some(spec) => {
                self.expr(spec)?;
                self.op(at, Op::FORMAT_WITH_SPEC);
            }
            None => self.op(at, Op::FORMAT_SIMPLE),
        }
        Ok(())
    }

    fn subscript(&mut self, node: &'a Expr, value: &'a Expr, slice: &'a Expr, ctx: ExprContext) -> Result {
        let at = loc(node.pos);
        if ctx == ExprContext::Load {
            self.check_subscripter(value);
            self.check_index(value, slice);
        }
        self.expr(value)?;
        if ctx != ExprContext::Del && self.two_part_slice(slice)? {
            self.op(at, if ctx == ExprContext::Load { Op::BINARY_SLICE } else { Op::STORE_SLICE });
            return Ok(());
        }
        self.expr(slice)?;
        match ctx {
            ExprContext::Load => self.arg(at, Op::BINARY_OP, nb::SUBSCR),
            ExprContext::Store => self.op(at, Op::STORE_SUBSCR),
            ExprContext::Del => self.op(at, Op::DELETE_SUBSCR),
        }
        Ok(())
    }

    /// Whether a slice is written as two values for `BINARY_SLICE`.
    pub(super) fn is_two_part_slice(&self, slice: &Expr) -> bool {
        let ExprKind::Slice { lower, upper, step } = &slice.kind else { return false };
        let constant = |part: &Option<Box<Expr>>| part.as_ref().is_none_or(|part| self.as_constant(part).is_some());
        step.is_none() && !(constant(lower) && constant(upper))
    }

    /// Pushes both parts of such a slice; whether it is one.
    pub(super) fn two_part_slice(&mut self, slice: &'a Expr) -> Result<bool> {
        if !self.is_two_part_slice(slice) {
            return Ok(false);
        }
        if let ExprKind::Slice { lower, upper, .. } = &slice.kind {
            self.slice_part(slice, lower.as_deref())?;
            self.slice_part(slice, upper.as_deref())?;
        }
        Ok(true)
    }

    fn slice_part(&mut self, slice: &Expr, part: Option<&'a Expr>) -> Result {
        match part {
            Some(part) => self.expr(part),
            None => {
                self.constant(loc(slice.pos), Const::None);
                Ok(())
            }
        }
    }

    fn slice(
        &mut self,
        node: &'a Expr,
        lower: Option<&'a Expr>,
        upper: Option<&'a Expr>,
        step: Option<&'a Expr>,
    ) -> Result {
        let part = |this: &Self, part: Option<&Expr>| match part {
            None => Some(Const::None),
            Some(part) => this.as_constant(part).map(|value| to_const(&value)),
        };
        if let (Some(a), Some(b), Some(c)) = (part(self, lower), part(self, upper), part(self, step)) {
            self.constant(loc(node.pos), Const::Slice(Box::new([a, b, c])));
            return Ok(());
        }
        self.slice_part(node, lower)?;
        self.slice_part(node, upper)?;
        let mut count = 2;
        if let Some(step) = step {
            count = 3;
            self.expr(step)?;
        }
        self.arg(loc(node.pos), Op::BUILD_SLICE, count);
        Ok(())
    }

    // Warnings about what cannot be meant.

    fn check_compare(&mut self, node: &Expr, left: &Expr, ops: &[CmpOp], comparators: &[Expr]) {
        let mut left = left;
        for (op, right) in ops.iter().zip(comparators) {
            if matches!(op, CmpOp::Is | CmpOp::IsNot) {
                let literal = [left, right].into_iter().find(|e| !self.may_be_identical(e));
                if let Some(literal) = literal {
                    let kind = self.type_name(literal).unwrap_or("object");
                    let message = if *op == CmpOp::Is {
                        format!("\"is\" with '{kind}' literal. Did you mean \"==\"?")
                    } else {
                        format!("\"is not\" with '{kind}' literal. Did you mean \"!=\"?")
                    };
                    self.warn(message, node.pos);
                    return;
                }
            }
            left = right;
        }
    }

    fn may_be_identical(&self, node: &Expr) -> bool {
        if let ExprKind::Tuple { elts, .. } = &node.kind {
            return !elts.iter().all(|elt| self.as_constant(elt).is_some());
        }
        self.as_constant(node)
            .is_none_or(|value| matches!(*value, Constant::None | Constant::Bool(_) | Constant::Ellipsis))
    }

    /// The type that an expression surely has.
    pub(super) fn type_name(&self, node: &Expr) -> Option<&'static str> {
        Some(match &node.kind {
            ExprKind::Tuple { .. } => "tuple",
            ExprKind::List { .. } | ExprKind::ListComp { .. } => "list",
            ExprKind::Dict { .. } | ExprKind::DictComp { .. } => "dict",
            ExprKind::Set { .. } | ExprKind::SetComp { .. } => "set",
            ExprKind::GeneratorExp { .. } => "generator",
            ExprKind::Lambda { .. } => "function",
            ExprKind::TemplateStr { .. } | ExprKind::Interpolation { .. } => "string.templatelib.Template",
            ExprKind::JoinedStr { .. } | ExprKind::FormattedValue { .. } => "str",
            _ => match &*self.as_constant(node)? {
                Constant::None => "NoneType",
                Constant::Bool(_) => "bool",
                Constant::Ellipsis => "ellipsis",
                Constant::Int(_) => "int",
                Constant::Float(_) => "float",
                Constant::Complex(..) => "complex",
                Constant::Str(_) => "str",
                Constant::Bytes(_) => "bytes",
                Constant::Tuple(_) => "tuple",
                Constant::FrozenSet(_) => "frozenset",
            },
        })
    }

    fn check_subscripter(&mut self, node: &Expr) {
        let wrong = match &node.kind {
            ExprKind::Set { .. }
            | ExprKind::SetComp { .. }
            | ExprKind::GeneratorExp { .. }
            | ExprKind::TemplateStr { .. }
            | ExprKind::Interpolation { .. }
            | ExprKind::Lambda { .. } => true,
            _ => self
                .as_constant(node)
                .is_some_and(|value| !matches!(*value, Constant::Str(_) | Constant::Bytes(_) | Constant::Tuple(_))),
        };
        if wrong && let Some(kind) = self.type_name(node) {
            let message = format!("'{kind}' object is not subscriptable; perhaps you missed a comma?");
            self.warn(message, node.pos);
        }
    }

    fn check_index(&mut self, node: &Expr, index: &Expr) {
        let Some(index_kind) = self.type_name(index).filter(|kind| *kind != "int" && *kind != "bool") else { return };
        let indexed = match &node.kind {
            ExprKind::Tuple { .. }
            | ExprKind::List { .. }
            | ExprKind::ListComp { .. }
            | ExprKind::JoinedStr { .. }
            | ExprKind::FormattedValue { .. } => true,
            _ => self
                .as_constant(node)
                .is_some_and(|value| matches!(*value, Constant::Str(_) | Constant::Bytes(_) | Constant::Tuple(_))),
        };
        if indexed && let Some(kind) = self.type_name(node) {
            let message =
                format!("{kind} indices must be integers or slices, not {index_kind}; perhaps you missed a comma?");
            self.warn(message, node.pos);
        }
    }
}

/// The `convert` number of a conversion as the tree has it: −1 or the character's code.
fn conversion_number(conversion: i64, pos: Pos) -> Result<u32> {
    Ok(match u8::try_from(conversion) {
        Err(_) if conversion == -1 => convert::NONE,
        Ok(b's') => convert::STR,
        Ok(b'r') => convert::REPR,
        Ok(b'a') => convert::ASCII,
        _ => return Err(error(format!("Unrecognized conversion character {conversion}"), pos)),
    })
}

/// A literal's text as code has it.
pub(super) fn str_const(value: Wtf8Buf) -> Const {
    Const::Str(value)
}
