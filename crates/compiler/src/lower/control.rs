//! Loops, `with`, and the ways out of blocks.

use bytecode::op::special;
use bytecode::{Const, Location, Op, Pseudo};
use syntax::ast::{Expr, Pos, Stmt, WithItem};

use super::{Lower, NOWHERE, Result, to_const};
use crate::error;
use crate::flow::Label;
use crate::unit::{FBlock, loc};

impl<'a> Lower<'a> {
    pub(super) fn if_stmt(&mut self, node: &Stmt, test: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Result {
        let end = self.label();
        let next = if orelse.is_empty() { end } else { self.label() };
        self.jump_if(loc(node.pos), test, next, false)?;
        self.stmts(body)?;
        if !orelse.is_empty() {
            self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, end);
            self.place(next);
            self.stmts(orelse)?;
        }
        self.place(end);
        Ok(())
    }

    pub(super) fn for_stmt(
        &mut self,
        target: &'a Expr,
        iter: &'a Expr,
        body: &'a [Stmt],
        orelse: &'a [Stmt],
    ) -> Result {
        let (start, cleanup, end) = (self.label(), self.label(), self.label());
        self.fblocks.push(FBlock::ForLoop { start, end });
        self.expr(iter)?;
        let at = loc(iter.pos);
        self.op(at, Op::GET_ITER);
        self.place(start);
        self.jump(at, Op::FOR_ITER, cleanup);
        // The target may stand on a line of its own.
        self.op(loc(target.pos), Op::NOP);
        self.expr(target)?;
        self.stmts(body)?;
        self.jump(NOWHERE, Pseudo::JUMP, start);
        self.place(cleanup);
        self.op(NOWHERE, Op::END_FOR);
        self.op(NOWHERE, Op::POP_ITER);
        self.fblocks.pop();
        self.stmts(orelse)?;
        self.place(end);
        Ok(())
    }

    pub(super) fn async_for(
        &mut self,
        node: &Stmt,
        target: &'a Expr,
        iter: &'a Expr,
        body: &'a [Stmt],
        orelse: &'a [Stmt],
    ) -> Result {
        let at = loc(node.pos);
        let (start, send, except, end) = (self.label(), self.label(), self.label(), self.label());
        self.expr(iter)?;
        self.op(loc(iter.pos), Op::GET_AITER);
        self.place(start);
        self.fblocks.push(FBlock::AsyncForLoop { start, end });
        self.jump(at, Pseudo::SETUP_FINALLY, except);
        self.op(at, Op::GET_ANEXT);
        self.constant(at, Const::None);
        self.place(send);
        self.yield_from(at, true);
        self.op(at, Pseudo::POP_BLOCK);
        self.op(at, Op::NOT_TAKEN);
        self.expr(target)?;
        self.stmts(body)?;
        self.jump(NOWHERE, Pseudo::JUMP, start);
        self.fblocks.pop();
        self.place(except);
        self.jump(loc(iter.pos), Op::END_ASYNC_FOR, send);
        self.stmts(orelse)?;
        self.place(end);
        Ok(())
    }

    pub(super) fn while_stmt(&mut self, node: &Stmt, test: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Result {
        let (start, end, anchor) = (self.label(), self.label(), self.label());
        self.place(start);
        self.fblocks.push(FBlock::WhileLoop { start, end });
        self.jump_if(loc(node.pos), test, anchor, false)?;
        self.stmts(body)?;
        self.jump(NOWHERE, Pseudo::JUMP, start);
        self.fblocks.pop();
        self.place(anchor);
        self.stmts(orelse)?;
        self.place(end);
        Ok(())
    }

    pub(super) fn return_stmt(&mut self, node: &Stmt, value: Option<&'a Expr>) -> Result {
        let mut at = loc(node.pos);
        let scope = self.scope();
        if !scope.is_function_like() {
            return Err(error("'return' outside function", node.pos));
        }
        if value.is_some() && scope.coroutine && scope.generator {
            return Err(error("'return' with value in async generator", node.pos));
        }
        let constant = value.and_then(|value| self.as_constant(value)).map(|value| to_const(&value));
        let preserve = value.is_some() && constant.is_none();
        if let Some(value) = value {
            if preserve {
                self.expr(value)?;
            } else {
                at = loc(value.pos);
                self.op(at, Op::NOP);
            }
        }
        if value.is_none_or(|value| value.pos.lineno != node.pos.lineno) {
            at = loc(node.pos);
            self.op(at, Op::NOP);
        }
        self.unwind_all(&mut at, preserve, false, node.pos)?;
        match constant {
            Some(constant) => self.constant(at, constant),
            None if value.is_none() => self.constant(at, Const::None),
            None => {}
        }
        self.op(at, Op::RETURN_VALUE);
        Ok(())
    }

    pub(super) fn break_stmt(&mut self, pos: Pos) -> Result {
        let mut at = loc(pos);
        self.op(at, Op::NOP);
        let Some(found) = self.unwind_all(&mut at, false, true, pos)? else {
            return Err(error("'break' outside loop", pos));
        };
        self.unwind(&mut at, found, false)?;
        if let Some((_, end)) = loop_labels(found) {
            self.jump(at, Pseudo::JUMP, end);
        }
        Ok(())
    }

    pub(super) fn continue_stmt(&mut self, pos: Pos) -> Result {
        let mut at = loc(pos);
        self.op(at, Op::NOP);
        let Some(found) = self.unwind_all(&mut at, false, true, pos)? else {
            return Err(error("'continue' not properly in loop", pos));
        };
        if let Some((start, _)) = loop_labels(found) {
            self.jump(at, Pseudo::JUMP, start);
        }
        Ok(())
    }

    /// Leaves all blocks, or all up to the innermost loop, which comes back.
    fn unwind_all(&mut self, at: &mut Location, preserve: bool, to_loop: bool, pos: Pos) -> Result<Option<FBlock<'a>>> {
        let Some(top) = self.fblocks.last().copied() else { return Ok(None) };
        if matches!(top, FBlock::ExceptionGroupHandler) {
            let message = "'break', 'continue' and 'return' cannot appear in an except* block";
            return Err(error(message, pos));
        }
        if to_loop && loop_labels(top).is_some() {
            return Ok(Some(top));
        }
        self.fblocks.pop();
        self.unwind(at, top, preserve)?;
        let found = self.unwind_all(at, preserve, to_loop, pos)?;
        self.fblocks.push(top);
        Ok(found)
    }

    /// Leaves one block; `preserve` keeps the value on top.
    fn unwind(&mut self, at: &mut Location, block: FBlock<'a>, preserve: bool) -> Result {
        let keep = |this: &mut Self, at: Location, depth: u32| {
            if preserve {
                this.arg(at, Op::SWAP, depth);
            }
        };
        match block {
            FBlock::WhileLoop { .. }
            | FBlock::ExceptionHandler
            | FBlock::ExceptionGroupHandler
            | FBlock::AsyncComprehension
            | FBlock::StopIteration => {}
            FBlock::ForLoop { .. } | FBlock::AsyncForLoop { .. } | FBlock::PopValue => {
                keep(self, *at, 2);
                self.op(*at, Op::POP_TOP);
            }
            FBlock::TryExcept => self.op(*at, Pseudo::POP_BLOCK),
            FBlock::FinallyTry { body } => {
                self.op(*at, Pseudo::POP_BLOCK);
                if preserve {
                    self.fblocks.push(FBlock::PopValue);
                }
                self.quiet += 1;
                let result = self.stmts(body);
                self.quiet -= 1;
                result?;
                if preserve {
                    self.fblocks.pop();
                }
                // The finally block seems to run after the statement that leaves.
                *at = NOWHERE;
            }
            FBlock::FinallyEnd => {
                keep(self, *at, 2);
                self.op(*at, Op::POP_TOP);
                keep(self, *at, 2);
                self.op(*at, Pseudo::POP_BLOCK);
                self.op(*at, Op::POP_EXCEPT);
            }
            FBlock::With { loc } | FBlock::AsyncWith { loc } => {
                *at = loc;
                self.op(*at, Pseudo::POP_BLOCK);
                if preserve {
                    self.arg(*at, Op::SWAP, 3);
                    self.arg(*at, Op::SWAP, 2);
                }
                self.call_exit_with_nones(*at);
                if matches!(block, FBlock::AsyncWith { .. }) {
                    self.await_value(*at, 2);
                }
                self.op(*at, Op::POP_TOP);
                *at = NOWHERE;
            }
            FBlock::HandlerCleanup { name } => {
                if name.is_some() {
                    self.op(*at, Pseudo::POP_BLOCK);
                }
                keep(self, *at, 2);
                self.op(*at, Pseudo::POP_BLOCK);
                self.op(*at, Op::POP_EXCEPT);
                if let Some(name) = name {
                    self.constant(*at, Const::None);
                    self.name_store(*at, name)?;
                    self.name_delete(*at, name)?;
                }
            }
        }
        Ok(())
    }

    fn call_exit_with_nones(&mut self, at: Location) {
        for _ in 0..3 {
            self.constant(at, Const::None);
        }
        self.arg(at, Op::CALL, 3);
    }

    pub(super) fn with_stmt(&mut self, items: &'a [WithItem], body: &'a [Stmt], is_async: bool) -> Result {
        let Some((item, rest)) = items.split_first() else { return self.stmts(body) };
        let (block, last, exit, cleanup) = (self.label(), self.label(), self.label(), self.label());
        let (enter_method, exit_method) =
            if is_async { (special::AENTER, special::AEXIT) } else { (special::ENTER, special::EXIT) };
        self.expr(&item.context_expr)?;
        let at = loc(item.context_expr.pos);
        self.arg(at, Op::COPY, 1);
        self.arg(at, Op::LOAD_SPECIAL, exit_method);
        self.arg(at, Op::SWAP, 2);
        self.arg(at, Op::SWAP, 3);
        self.arg(at, Op::LOAD_SPECIAL, enter_method);
        self.arg(at, Op::CALL, 0);
        if is_async {
            self.await_value(at, 1);
        }
        self.jump(at, Pseudo::SETUP_WITH, last);
        self.place(block);
        self.fblocks.push(if is_async { FBlock::AsyncWith { loc: at } } else { FBlock::With { loc: at } });
        match &item.optional_vars {
            Some(target) => self.expr(target)?,
            None => self.op(at, Op::POP_TOP),
        }
        if rest.is_empty() {
            self.stmts(body)?;
        } else {
            self.with_stmt(rest, body, is_async)?;
        }
        self.fblocks.pop();
        self.op(if is_async { at } else { NOWHERE }, Pseudo::POP_BLOCK);
        self.call_exit_with_nones(at);
        if is_async {
            self.await_value(at, 2);
        }
        self.op(at, Op::POP_TOP);
        self.jump(at, Pseudo::JUMP, exit);
        self.place(last);
        self.jump(at, Pseudo::SETUP_CLEANUP, cleanup);
        self.op(at, Op::PUSH_EXC_INFO);
        self.op(at, Op::WITH_EXCEPT_START);
        if is_async {
            self.await_value(at, 2);
        }
        self.with_except_finish(cleanup);
        self.place(exit);
        Ok(())
    }

    fn with_except_finish(&mut self, cleanup: Label) {
        let (suppress, exit) = (self.label(), self.label());
        self.op(NOWHERE, Op::TO_BOOL);
        self.jump(NOWHERE, Op::POP_JUMP_IF_TRUE, suppress);
        self.arg(NOWHERE, Op::RERAISE, 2);
        self.place(suppress);
        self.op(NOWHERE, Op::POP_TOP);
        self.op(NOWHERE, Pseudo::POP_BLOCK);
        self.op(NOWHERE, Op::POP_EXCEPT);
        for _ in 0..3 {
            self.op(NOWHERE, Op::POP_TOP);
        }
        self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, exit);
        self.place(cleanup);
        self.pop_except_and_reraise();
        self.place(exit);
    }

    pub(super) fn pop_except_and_reraise(&mut self) {
        self.arg(NOWHERE, Op::COPY, 3);
        self.op(NOWHERE, Op::POP_EXCEPT);
        self.arg(NOWHERE, Op::RERAISE, 1);
    }
}

fn loop_labels(block: FBlock<'_>) -> Option<(Label, Label)> {
    match block {
        FBlock::WhileLoop { start, end } | FBlock::ForLoop { start, end } | FBlock::AsyncForLoop { start, end } => {
            Some((start, end))
        }
        _ => None,
    }
}
