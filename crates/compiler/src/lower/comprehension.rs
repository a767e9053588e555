//! Comprehensions: inlined (PEP 709), or functions of their own.

use bytecode::{Const, Location, Op, Pseudo};
use syntax::ast::{Comprehension as Gen, Expr, ExprKind, Ident};

use super::{Lower, NOWHERE, Result};
use crate::flow::Label;
use crate::symbols::{Comprehension, Key, Reach, Role, ScopeId, Symbol, def};
use crate::unit::{FBlock, UnitKind, loc};

/// What an inlined comprehension changed and must put back.
#[derive(Default)]
struct Inlined {
    /// Fast locals whose values lie on the stack.
    pushed: Vec<Ident>,
    /// Names of the outer block as they were.
    symbols: Vec<(Ident, Symbol)>,
    /// Names made fast for a while.
    hidden: Vec<Ident>,
    cleanup: Option<Label>,
}

/// The element and the place where it goes.
#[derive(Clone, Copy)]
struct Target<'a> {
    kind: Comprehension,
    elt: &'a Expr,
    value: Option<&'a Expr>,
    at: Location,
}

impl<'a> Lower<'a> {
    pub(super) fn comprehension(
        &mut self,
        node: &'a Expr,
        kind: Comprehension,
        name: &str,
        generators: &'a [Gen],
        elt: &'a Expr,
        value: Option<&'a Expr>,
    ) -> Result {
        let at = loc(node.pos);
        let key = Key::of(node, Role::Body);
        let Some(scope) = self.symbols.find(key) else { return Ok(()) };
        let inlined = self.symbols.scopes[scope].inlined;
        let is_async = self.symbols.scopes[scope].coroutine;
        let target = Target { kind, elt, value, at };
        let build = match kind {
            Comprehension::List => Some(Op::BUILD_LIST),
            Comprehension::Set => Some(Op::BUILD_SET),
            Comprehension::Dict => Some(Op::BUILD_MAP),
            Comprehension::Generator => None,
        };
        if inlined {
            self.iterable(&generators[0])?;
            let state = self.enter_inlined(at, scope);
            if let Some(build) = build {
                self.arg(at, build, 0);
                self.arg(at, Op::SWAP, 2);
            }
            self.generators(generators, 0, 0, target, true)?;
            self.leave_inlined(at, state);
            return Ok(());
        }
        self.enter(name, UnitKind::Comprehension, key, node.pos.lineno, None)?;
        self.argcount = 1;
        if let Some(build) = build {
            self.arg(at, build, 0);
        }
        self.generators(generators, 0, 0, target, false)?;
        if build.is_some() {
            self.op(at, Op::RETURN_VALUE);
        } else {
            self.stop_iteration_handler();
        }
        let code = self.leave(Some(true));
        self.closure(at, code, 0);
        self.iterable(&generators[0])?;
        self.arg(at, Op::CALL, 0);
        if is_async && build.is_some() {
            self.await_value(at, 0);
        }
        Ok(())
    }

    /// Pushes the iterator of a `for`.
    fn iterable(&mut self, generator: &'a Gen) -> Result {
        self.expr(&generator.iter)?;
        let op = if generator.is_async != 0 { Op::GET_AITER } else { Op::GET_ITER };
        self.op(loc(generator.iter.pos), op);
        Ok(())
    }

    fn generators(
        &mut self,
        generators: &'a [Gen],
        index: usize,
        depth: u32,
        target: Target<'a>,
        on_stack: bool,
    ) -> Result {
        if generators[index].is_async != 0 {
            self.async_generator(generators, index, depth, target, on_stack)
        } else {
            self.sync_generator(generators, index, depth, target, on_stack)
        }
    }

    fn sync_generator(
        &mut self,
        generators: &'a [Gen],
        index: usize,
        mut depth: u32,
        target: Target<'a>,
        on_stack: bool,
    ) -> Result {
        let generator = &generators[index];
        let (start, if_cleanup, anchor) = (self.label(), self.label(), self.label());
        let mut looping = true;
        if !on_stack {
            if index == 0 {
                self.arg(target.at, Op::LOAD_FAST, 0);
            } else if let Some(single) = single_item(&generator.iter) {
                // for y in [f(x)]: an assignment.
                self.expr(single)?;
                looping = false;
            } else {
                self.iterable(generator)?;
            }
        }
        let iter_at = loc(generator.iter.pos);
        if looping {
            depth += 1;
            self.place(start);
            self.jump(iter_at, Op::FOR_ITER, anchor);
        }
        self.expr(&generator.target)?;
        for test in &generator.ifs {
            self.jump_if(target.at, test, if_cleanup, false)?;
        }
        let elt_at = self.innermost(generators, index + 1, depth, target)?;
        self.place(if_cleanup);
        if looping {
            self.jump(elt_at, Pseudo::JUMP, start);
            self.place(anchor);
            self.op(NOWHERE, Op::END_FOR);
            self.op(NOWHERE, Op::POP_ITER);
        }
        Ok(())
    }

    fn async_generator(
        &mut self,
        generators: &'a [Gen],
        index: usize,
        mut depth: u32,
        target: Target<'a>,
        on_stack: bool,
    ) -> Result {
        let generator = &generators[index];
        let (start, send, except, if_cleanup) = (self.label(), self.label(), self.label(), self.label());
        if !on_stack {
            if index == 0 {
                self.arg(target.at, Op::LOAD_FAST, 0);
            } else {
                self.iterable(generator)?;
            }
        }
        self.place(start);
        self.fblocks.push(FBlock::AsyncComprehension);
        self.jump(target.at, Pseudo::SETUP_FINALLY, except);
        self.op(target.at, Op::GET_ANEXT);
        self.constant(target.at, Const::None);
        self.place(send);
        self.yield_from(target.at, true);
        self.op(target.at, Pseudo::POP_BLOCK);
        self.expr(&generator.target)?;
        for test in &generator.ifs {
            self.jump_if(target.at, test, if_cleanup, false)?;
        }
        depth += 1;
        let elt_at = self.innermost(generators, index + 1, depth, target)?;
        self.place(if_cleanup);
        self.jump(elt_at, Pseudo::JUMP, start);
        self.fblocks.pop();
        self.place(except);
        self.jump(target.at, Op::END_ASYNC_FOR, send);
        Ok(())
    }

    /// The generators further in, or the element; where the element stands.
    fn innermost(&mut self, generators: &'a [Gen], index: usize, depth: u32, target: Target<'a>) -> Result<Location> {
        let at = loc(target.elt.pos);
        if index < generators.len() {
            self.generators(generators, index, depth, target, false)?;
            return Ok(at);
        }
        self.expr(target.elt)?;
        match target.kind {
            Comprehension::Generator => {
                self.yield_value(at);
                self.op(at, Op::POP_TOP);
            }
            Comprehension::List => self.arg(at, Op::LIST_APPEND, depth + 1),
            Comprehension::Set => self.arg(at, Op::SET_ADD, depth + 1),
            Comprehension::Dict => {
                let Some(value) = target.value else { return Ok(at) };
                self.expr(value)?;
                let both = Location { end_line: value.pos.end_lineno, end_col: value.pos.end_col_offset, ..at };
                self.arg(both, Op::MAP_ADD, depth + 1);
                return Ok(both);
            }
        }
        Ok(at)
    }

    /// Makes the comprehension's names this block's own; those of the block that they hide go on the stack.
    fn enter_inlined(&mut self, at: Location, comp: ScopeId) -> Inlined {
        let mut state = Inlined::default();
        let in_class = self.is_class_scope() && self.inlined == 0;
        let function_like = self.scope().is_function_like();
        self.inlined += 1;
        let outer = self.scope;
        let names: Vec<(Ident, Symbol)> =
            self.symbols.scopes[comp].symbols.iter().map(|(n, s)| (n.clone(), s)).collect();
        let own = |symbol: &Symbol| symbol.flags & def::LOCAL != 0 && symbol.flags & def::NONLOCAL == 0;
        for (name, symbol) in &names {
            if symbol.flags & def::PARAM != 0 {
                continue;
            }
            let outside = self.symbols.scopes[outer].symbols.get(name).unwrap_or_default();
            let (reach, outer_reach) = (symbol.reach, outside.reach);
            let differs =
                reach != outer_reach && reach != Reach::Free && !(reach == Reach::Cell && outer_reach == Reach::Free);
            if differs || in_class {
                self.symbols.scopes[outer].symbols.set(name, *symbol);
                state.symbols.push((name.clone(), outside));
            }
            if own(symbol) && !function_like && self.fast_hidden.get(name) != Some(&true) {
                self.fast_hidden.insert(name.clone(), true);
                state.hidden.push(name.clone());
            }
        }
        for (name, symbol) in names.iter().filter(|(_, symbol)| own(symbol)) {
            self.fast(at, Op::LOAD_FAST_AND_CLEAR, name);
            if symbol.reach == Reach::Cell {
                let outside = self.symbols.scopes[outer].symbols.reach(name);
                let cells = self.cellvars.len() as u32;
                let free = self.freevars.find(name).map(|i| i + cells);
                let cell = if outside == Reach::Free { free } else { self.cellvars.find(name) };
                let arg = cell.or_else(|| self.deref(name)).unwrap_or(0);
                self.arg(at, Op::MAKE_CELL, arg);
            }
            state.pushed.push(name.clone());
        }
        if !state.pushed.is_empty() {
            // The iterator back on top.
            self.arg(at, Op::SWAP, state.pushed.len() as u32 + 1);
            let cleanup = self.label();
            state.cleanup = Some(cleanup);
            self.jump(at, Pseudo::SETUP_FINALLY, cleanup);
        }
        state
    }

    fn leave_inlined(&mut self, at: Location, state: Inlined) {
        if let Some(cleanup) = state.cleanup {
            self.op(NOWHERE, Pseudo::POP_BLOCK);
            let end = self.label();
            self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, end);
            self.place(cleanup);
            // The unfinished result lies below the exception.
            self.arg(NOWHERE, Op::SWAP, 2);
            self.op(NOWHERE, Op::POP_TOP);
            self.restore_locals(at, &state.pushed);
            self.arg(NOWHERE, Op::RERAISE, 0);
            self.place(end);
            self.restore_locals(at, &state.pushed);
        }
        self.inlined -= 1;
        let outer = self.scope;
        for (name, symbol) in &state.symbols {
            self.symbols.scopes[outer].symbols.set(name, *symbol);
        }
        for name in state.hidden {
            self.fast_hidden.insert(name, false);
        }
    }

    fn restore_locals(&mut self, at: Location, pushed: &[Ident]) {
        self.arg(at, Op::SWAP, pushed.len() as u32 + 1);
        for name in pushed.iter().rev() {
            self.fast_pseudo(at, Pseudo::STORE_FAST_MAYBE_NULL, name);
        }
    }

    /// In generators a StopIteration that would leave becomes a RuntimeError.
    pub(super) fn stop_iteration_handler(&mut self) {
        let handler = self.label();
        self.sequence.jump_first(Pseudo::SETUP_CLEANUP, handler, NOWHERE);
        self.constant(NOWHERE, Const::None);
        self.op(NOWHERE, Op::RETURN_VALUE);
        self.place(handler);
        self.arg(NOWHERE, Op::CALL_INTRINSIC_1, bytecode::op::intrinsic::STOPITERATION_ERROR);
        self.arg(NOWHERE, Op::RERAISE, 1);
    }
}

fn single_item(iter: &Expr) -> Option<&Expr> {
    let (ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. }) = &iter.kind else { return None };
    match &elts[..] {
        [item] if !matches!(item.kind, ExprKind::Starred { .. }) => Some(item),
        _ => None,
    }
}
