//! `match` (PEP 634).
//!
//! Each pattern consumes the subject on top of the stack and jumps away on failure. Captured values wait on the stack,
//! below what a pattern still needs, until the whole pattern has matched.

use bytecode::op::nb;
use bytecode::{Const, Location, Op, Pseudo};
use syntax::ast::{CmpOp, Expr, ExprKind, Ident, MatchCase, Operator, Pattern, PatternKind, Pos, UnaryOp};

use super::{Lower, NOWHERE, Result, text, to_const};
use crate::error;
use crate::flow::{Label, NEXT_LOCATION, Opcode};
use crate::fold;
use crate::unit::loc;

/// What a pattern in progress has on the stack.
#[derive(Default)]
struct Context {
    /// Names captured so far, in the order of their values on the stack.
    stores: Vec<Ident>,
    allow_irrefutable: bool,
    /// Where to go on failure, by how many values must be popped there.
    fail_pop: Vec<Label>,
    /// Values on top of the captured ones that the pattern still needs.
    on_top: usize,
}

fn is_wildcard(pattern: &Pattern) -> bool {
    matches!(pattern.kind, PatternKind::MatchAs { name: None, .. })
}

impl<'a> Lower<'a> {
    pub(super) fn match_stmt(&mut self, subject: &'a Expr, cases: &'a [MatchCase]) -> Result {
        self.expr(subject)?;
        let end = self.label();
        let Some((last, first)) = cases.split_last() else { return Ok(()) };
        let has_default = is_wildcard(&last.pattern) && !first.is_empty();
        let tested = if has_default { first } else { cases };
        for (i, case) in tested.iter().enumerate() {
            let at = loc(case.pattern.pos);
            let keep_subject = i + 1 != tested.len();
            if keep_subject {
                self.arg(at, Op::COPY, 1);
            }
            let mut pc =
                Context { allow_irrefutable: case.guard.is_some() || i + 1 == cases.len(), ..Context::default() };
            self.pattern(&case.pattern, &mut pc)?;
            for name in std::mem::take(&mut pc.stores) {
                self.name_store(at, &name)?;
            }
            if let Some(guard) = &case.guard {
                let fail = self.fail_label(&mut pc, 0);
                self.jump_if(at, guard, fail, false)?;
            }
            if keep_subject {
                self.op(NEXT_LOCATION, Op::POP_TOP);
            }
            self.stmts(&case.body)?;
            self.jump(NOWHERE, Pseudo::JUMP, end);
            self.emit_fail_pops(at, &mut pc);
        }
        if has_default {
            let at = loc(last.pattern.pos);
            self.op(at, Op::NOP);
            if let Some(guard) = &last.guard {
                self.jump_if(at, guard, end, false)?;
            }
            self.stmts(&last.body)?;
        }
        self.place(end);
        Ok(())
    }

    fn fail_label(&mut self, pc: &mut Context, pops: usize) -> Label {
        while pc.fail_pop.len() <= pops {
            let label = self.label();
            pc.fail_pop.push(label);
        }
        pc.fail_pop[pops]
    }

    fn jump_to_fail(&mut self, at: Location, pc: &mut Context, op: impl Into<Opcode>) {
        let pops = pc.on_top + pc.stores.len();
        let label = self.fail_label(pc, pops);
        self.jump(at, op, label);
    }

    fn emit_fail_pops(&mut self, at: Location, pc: &mut Context) {
        let labels = std::mem::take(&mut pc.fail_pop);
        for (i, label) in labels.into_iter().enumerate().rev() {
            self.place(label);
            if i > 0 {
                self.op(at, Op::POP_TOP);
            }
        }
    }

    /// Moves the top value down by `count - 1`.
    fn rotate(&mut self, at: Location, count: usize) {
        for depth in (2..=count).rev() {
            self.arg(at, Op::SWAP, depth as u32);
        }
    }

    fn capture(&mut self, pos: Pos, name: Option<&Ident>, pc: &mut Context) -> Result {
        let at = loc(pos);
        let Some(name) = name else {
            self.op(at, Op::POP_TOP);
            return Ok(());
        };
        if pc.stores.contains(name) {
            return Err(duplicate_store(name, pos));
        }
        self.rotate(at, pc.on_top + pc.stores.len() + 1);
        pc.stores.push(name.clone());
        Ok(())
    }

    fn pattern(&mut self, p: &'a Pattern, pc: &mut Context) -> Result {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.pattern_inner(p, pc))
    }

    fn pattern_inner(&mut self, p: &'a Pattern, pc: &mut Context) -> Result {
        let at = loc(p.pos);
        match &p.kind {
            PatternKind::MatchValue { value } => {
                self.pattern_literal(value, p.pos, "patterns may only match literals and attribute lookups")?;
                self.compare_op(at, CmpOp::Eq);
                self.op(at, Op::TO_BOOL);
                self.jump_to_fail(at, pc, Op::POP_JUMP_IF_FALSE);
                Ok(())
            }
            PatternKind::MatchSingleton { value } => {
                self.constant(at, to_const(value));
                self.compare_op(at, CmpOp::Is);
                self.jump_to_fail(at, pc, Op::POP_JUMP_IF_FALSE);
                Ok(())
            }
            PatternKind::MatchSequence { patterns } => self.pattern_sequence(p, patterns, pc),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.pattern_mapping(p, keys, patterns, rest.as_ref(), pc)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.pattern_class(p, cls, patterns, kwd_attrs, kwd_patterns, pc)
            }
            PatternKind::MatchStar { name } => self.capture(p.pos, name.as_ref(), pc),
            PatternKind::MatchAs { pattern, name } => {
                let Some(pattern) = pattern else {
                    if !pc.allow_irrefutable {
                        let what = match name {
                            Some(name) => format!("name capture '{name}'"),
                            None => "wildcard".to_owned(),
                        };
                        return Err(error(format!("{what} makes remaining patterns unreachable"), p.pos));
                    }
                    return self.capture(p.pos, name.as_ref(), pc);
                };
                pc.on_top += 1;
                self.arg(at, Op::COPY, 1);
                self.pattern(pattern, pc)?;
                pc.on_top -= 1;
                self.capture(p.pos, name.as_ref(), pc)
            }
            PatternKind::MatchOr { patterns } => self.pattern_or(p, patterns, pc),
        }
    }

    /// A pattern inside another may be irrefutable.
    fn subpattern(&mut self, p: &'a Pattern, pc: &mut Context) -> Result {
        let before = std::mem::replace(&mut pc.allow_irrefutable, true);
        self.pattern(p, pc)?;
        pc.allow_irrefutable = before;
        Ok(())
    }

    /// Pushes a literal (`-1` and `1+2j` are such) or a dotted name.
    fn pattern_literal(&mut self, value: &'a Expr, pos: Pos, message: &str) -> Result {
        if let Some(constant) = literal(value) {
            self.constant(loc(value.pos), constant);
            return Ok(());
        }
        if !matches!(value.kind, ExprKind::Attribute { .. } | ExprKind::JoinedStr { .. }) {
            return Err(error(message, pos));
        }
        if matches!(value.kind, ExprKind::JoinedStr { .. }) {
            return Err(error(message, pos));
        }
        self.expr(value)
    }

    fn unpack_patterns(&mut self, pos: Pos, patterns: &[Pattern]) -> Result {
        let at = loc(pos);
        let mut stars = patterns.iter().enumerate().filter(|(_, p)| matches!(p.kind, PatternKind::MatchStar { .. }));
        let Some((star, _)) = stars.next() else {
            self.arg(at, Op::UNPACK_SEQUENCE, patterns.len() as u32);
            return Ok(());
        };
        let after = patterns.len() - star - 1;
        if star >= 1 << 8 || after >= (i32::MAX >> 8) as usize {
            return Err(error("too many expressions in star-unpacking sequence pattern", pos));
        }
        self.arg(at, Op::UNPACK_EX, (star + (after << 8)) as u32);
        Ok(())
    }

    fn pattern_sequence(&mut self, p: &'a Pattern, patterns: &'a [Pattern], pc: &mut Context) -> Result {
        let at = loc(p.pos);
        let size = patterns.len();
        let mut star = None;
        let mut star_wildcard = false;
        let mut only_wildcards = true;
        for (i, pattern) in patterns.iter().enumerate() {
            if let PatternKind::MatchStar { name } = &pattern.kind {
                if star.is_some() {
                    return Err(error("multiple starred names in sequence pattern", p.pos));
                }
                star = Some(i);
                star_wildcard = name.is_none();
                only_wildcards &= star_wildcard;
            } else {
                only_wildcards &= is_wildcard(pattern);
            }
        }
        pc.on_top += 1;
        self.op(at, Op::MATCH_SEQUENCE);
        self.jump_to_fail(at, pc, Op::POP_JUMP_IF_FALSE);
        let length = match star {
            None => Some((size, CmpOp::Eq)),
            Some(_) if size > 1 => Some((size - 1, CmpOp::GtE)),
            Some(_) => None,
        };
        if let Some((length, op)) = length {
            self.op(at, Op::GET_LEN);
            self.constant(at, Const::Int(length.into()));
            self.compare_op(at, op);
            self.jump_to_fail(at, pc, Op::POP_JUMP_IF_FALSE);
        }
        pc.on_top -= 1;
        match star {
            _ if only_wildcards => self.op(at, Op::POP_TOP),
            Some(star) if star_wildcard => self.sequence_by_index(p.pos, patterns, star, pc)?,
            _ => {
                self.unpack_patterns(p.pos, patterns)?;
                pc.on_top += size;
                for pattern in patterns {
                    pc.on_top -= 1;
                    self.subpattern(pattern, pc)?;
                }
            }
        }
        Ok(())
    }

    /// `[a, *_, b]`: items are fetched one by one.
    fn sequence_by_index(&mut self, pos: Pos, patterns: &'a [Pattern], star: usize, pc: &mut Context) -> Result {
        let at = loc(pos);
        pc.on_top += 1;
        for (i, pattern) in patterns.iter().enumerate() {
            if i == star || is_wildcard(pattern) {
                continue;
            }
            self.arg(at, Op::COPY, 1);
            if i < star {
                self.constant(at, Const::Int(i.into()));
            } else {
                self.op(at, Op::GET_LEN);
                self.constant(at, Const::Int((patterns.len() - i).into()));
                self.arg(at, Op::BINARY_OP, nb::SUBTRACT);
            }
            self.arg(at, Op::BINARY_OP, nb::SUBSCR);
            self.subpattern(pattern, pc)?;
        }
        pc.on_top -= 1;
        self.op(at, Op::POP_TOP);
        Ok(())
    }

    fn pattern_mapping(
        &mut self,
        p: &'a Pattern,
        keys: &'a [Expr],
        patterns: &'a [Pattern],
        rest: Option<&Ident>,
        pc: &mut Context,
    ) -> Result {
        let at = loc(p.pos);
        let size = keys.len();
        if size != patterns.len() {
            let message = format!("keys ({size}) / patterns ({}) length mismatch in mapping pattern", patterns.len());
            return Err(error(message, p.pos));
        }
        pc.on_top += 1;
        self.op(at, Op::MATCH_MAPPING);
        self.jump_to_fail(at, pc, Op::POP_JUMP_IF_FALSE);
        if size == 0 && rest.is_none() {
            pc.on_top -= 1;
            self.op(at, Op::POP_TOP);
            return Ok(());
        }
        if size > 0 {
            self.op(at, Op::GET_LEN);
            self.constant(at, Const::Int(size.into()));
            self.compare_op(at, CmpOp::GtE);
            self.jump_to_fail(at, pc, Op::POP_JUMP_IF_FALSE);
        }
        let mut seen: Vec<Const> = Vec::new();
        for key in keys {
            if let Some(constant) = literal(key) {
                if let Const::FrozenSet(both) = fold::frozen_set([&seen[..], std::slice::from_ref(&constant)].concat())
                    && both.len() == seen.len()
                {
                    let message = format!("mapping pattern checks duplicate key ({})", super::unparse::repr(&constant));
                    return Err(error(message, p.pos));
                }
                seen.push(constant);
            }
            self.pattern_literal(key, p.pos, "mapping pattern keys may only match literals and attribute lookups")?;
        }
        self.arg(at, Op::BUILD_TUPLE, size as u32);
        self.op(at, Op::MATCH_KEYS);
        pc.on_top += 2;
        self.arg(at, Op::COPY, 1);
        self.constant(at, Const::None);
        self.arg(at, Op::IS_OP, 1);
        self.jump_to_fail(at, pc, Op::POP_JUMP_IF_FALSE);
        self.arg(at, Op::UNPACK_SEQUENCE, size as u32);
        pc.on_top += size;
        pc.on_top -= 1;
        for pattern in patterns {
            pc.on_top -= 1;
            self.subpattern(pattern, pc)?;
        }
        pc.on_top -= 2;
        let Some(rest) = rest else {
            self.op(at, Op::POP_TOP);
            self.op(at, Op::POP_TOP);
            return Ok(());
        };
        // A copy of the subject without the keys.
        self.arg(at, Op::BUILD_MAP, 0);
        self.arg(at, Op::SWAP, 3);
        self.arg(at, Op::DICT_UPDATE, 2);
        self.arg(at, Op::UNPACK_SEQUENCE, size as u32);
        for left in (1..=size).rev() {
            self.arg(at, Op::COPY, 1 + left as u32);
            self.arg(at, Op::SWAP, 2);
            self.op(at, Op::DELETE_SUBSCR);
        }
        self.capture(p.pos, Some(rest), pc)
    }

    fn pattern_class(
        &mut self,
        p: &'a Pattern,
        cls: &'a Expr,
        patterns: &'a [Pattern],
        attrs: &[Ident],
        kwd_patterns: &'a [Pattern],
        pc: &mut Context,
    ) -> Result {
        let at = loc(p.pos);
        if attrs.len() != kwd_patterns.len() {
            let message = format!(
                "kwd_attrs ({}) / kwd_patterns ({}) length mismatch in class pattern",
                attrs.len(),
                kwd_patterns.len()
            );
            return Err(error(message, p.pos));
        }
        for (i, attr) in attrs.iter().enumerate() {
            if let Some(j) = attrs[i + 1..].iter().position(|other| other == attr) {
                let message = format!("attribute name repeated in class pattern: {attr}");
                return Err(error(message, kwd_patterns[i + 1 + j].pos));
            }
        }
        self.expr(cls)?;
        self.constant(at, Const::Tuple(attrs.iter().map(|name| text(name)).collect()));
        self.arg(at, Op::MATCH_CLASS, patterns.len() as u32);
        self.arg(at, Op::COPY, 1);
        self.constant(at, Const::None);
        self.arg(at, Op::IS_OP, 1);
        pc.on_top += 1;
        self.jump_to_fail(at, pc, Op::POP_JUMP_IF_FALSE);
        let count = patterns.len() + attrs.len();
        self.arg(at, Op::UNPACK_SEQUENCE, count as u32);
        pc.on_top += count;
        pc.on_top -= 1;
        for pattern in patterns.iter().chain(kwd_patterns) {
            pc.on_top -= 1;
            if is_wildcard(pattern) {
                self.op(at, Op::POP_TOP);
                continue;
            }
            self.subpattern(pattern, pc)?;
        }
        Ok(())
    }

    fn pattern_or(&mut self, p: &'a Pattern, patterns: &'a [Pattern], pc: &mut Context) -> Result {
        let at = loc(p.pos);
        let end = self.label();
        let mut control: Option<Vec<Ident>> = None;
        for (i, alternative) in patterns.iter().enumerate() {
            let here = loc(alternative.pos);
            let mut inner =
                Context { allow_irrefutable: i + 1 == patterns.len() && pc.allow_irrefutable, ..Context::default() };
            self.arg(here, Op::COPY, 1);
            self.pattern(alternative, &mut inner)?;
            match &control {
                None => control = Some(inner.stores.clone()),
                Some(control) => self.align_stores(p, here, control, &mut inner)?,
            }
            self.jump(here, Pseudo::JUMP, end);
            self.emit_fail_pops(here, &mut inner);
        }
        self.op(at, Op::POP_TOP);
        self.jump_to_fail(at, pc, Pseudo::JUMP);
        self.place(end);
        let control = control.unwrap_or_default();
        let rotations = control.len() + 1 + pc.on_top + pc.stores.len();
        for name in control {
            self.rotate(at, rotations);
            if pc.stores.contains(&name) {
                return Err(duplicate_store(&name, p.pos));
            }
            pc.stores.push(name);
        }
        self.op(at, Op::POP_TOP);
        Ok(())
    }

    /// Brings an alternative's captured values into the order of the first alternative's.
    fn align_stores(&mut self, p: &Pattern, at: Location, control: &[Ident], pc: &mut Context) -> Result {
        let differ = || error("alternative patterns bind different names", p.pos);
        if pc.stores.len() != control.len() {
            return Err(differ());
        }
        for (wanted, name) in control.iter().enumerate().rev() {
            let Some(have) = pc.stores.iter().position(|store| store == name) else { return Err(differ()) };
            if have == wanted {
                continue;
            }
            let rotated: Vec<Ident> = pc.stores.drain(..=have).collect();
            let place = wanted - have;
            pc.stores.splice(place..place, rotated);
            for _ in 0..=have {
                self.rotate(at, wanted + 1);
            }
        }
        Ok(())
    }
}

fn duplicate_store(name: &Ident, pos: Pos) -> Box<crate::CompileError> {
    error(format!("multiple assignments to name '{name}' in pattern"), pos)
}

/// The constant that a literal of a pattern is.
fn literal(value: &Expr) -> Option<Const> {
    match &value.kind {
        ExprKind::Constant { value, .. } => Some(to_const(value)),
        ExprKind::UnaryOp { op: UnaryOp::USub, operand } => fold::unary(Op::UNARY_NEGATIVE, &literal(operand)?),
        ExprKind::BinOp { left, op, right } => {
            let op = match op {
                Operator::Add => nb::ADD,
                Operator::Sub => nb::SUBTRACT,
                _ => return None,
            };
            let right = literal(right).filter(|right| matches!(right, Const::Complex(..)))?;
            fold::binary(&literal(left)?, op, &right)
        }
        _ => None,
    }
}
