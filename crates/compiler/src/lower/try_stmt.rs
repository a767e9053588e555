//! `try` in all its forms.

use bytecode::op::intrinsic;
use bytecode::{Const, Op, Pseudo};
use syntax::ast::{ExceptHandler, Ident, Stmt};

use super::{Lower, NOWHERE, Result};
use crate::error;
use crate::unit::{FBlock, loc};

/// The parts of a `try` statement.
#[derive(Clone, Copy)]
pub(super) struct Try<'a> {
    pub body: &'a [Stmt],
    pub handlers: &'a [ExceptHandler],
    pub orelse: &'a [Stmt],
    pub finalbody: &'a [Stmt],
    pub is_star: bool,
}

impl<'a> Lower<'a> {
    pub(super) fn try_stmt(&mut self, node: &Stmt, parts: Try<'a>) -> Result {
        if parts.finalbody.is_empty() { self.try_except(node, parts) } else { self.try_finally(node, parts) }
    }

    fn try_finally(&mut self, node: &Stmt, parts: Try<'a>) -> Result {
        let (body, end, exit, cleanup) = (self.label(), self.label(), self.label(), self.label());
        self.jump(loc(node.pos), Pseudo::SETUP_FINALLY, end);
        self.place(body);
        self.fblocks.push(FBlock::FinallyTry { body: parts.finalbody });
        if parts.handlers.is_empty() {
            self.stmts(parts.body)?;
        } else {
            self.try_except(node, parts)?;
        }
        self.op(NOWHERE, Pseudo::POP_BLOCK);
        self.fblocks.pop();
        self.stmts(parts.finalbody)?;
        self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, exit);
        self.place(end);
        self.jump(NOWHERE, Pseudo::SETUP_CLEANUP, cleanup);
        self.op(NOWHERE, Op::PUSH_EXC_INFO);
        self.fblocks.push(FBlock::FinallyEnd);
        self.quiet += 1;
        let result = self.stmts(parts.finalbody);
        self.quiet -= 1;
        result?;
        self.fblocks.pop();
        self.arg(NOWHERE, Op::RERAISE, 0);
        self.place(cleanup);
        self.pop_except_and_reraise();
        self.place(exit);
        Ok(())
    }

    fn try_except(&mut self, node: &Stmt, parts: Try<'a>) -> Result {
        if parts.is_star {
            return self.try_star_except(node, parts);
        }
        let (body, except, end, cleanup) = (self.label(), self.label(), self.label(), self.label());
        self.jump(loc(node.pos), Pseudo::SETUP_FINALLY, except);
        self.place(body);
        self.fblocks.push(FBlock::TryExcept);
        self.stmts(parts.body)?;
        self.fblocks.pop();
        self.op(NOWHERE, Pseudo::POP_BLOCK);
        self.stmts(parts.orelse)?;
        self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, end);
        self.place(except);
        self.jump(NOWHERE, Pseudo::SETUP_CLEANUP, cleanup);
        self.op(NOWHERE, Op::PUSH_EXC_INFO);
        self.fblocks.push(FBlock::ExceptionHandler);
        for (i, handler) in parts.handlers.iter().enumerate() {
            let at = loc(handler.pos);
            if handler.type_.is_none() && i + 1 < parts.handlers.len() {
                return Err(error("default 'except:' must be last", handler.pos));
            }
            let next = self.label();
            if let Some(kind) = &handler.type_ {
                self.expr(kind)?;
                self.op(at, Op::CHECK_EXC_MATCH);
                self.jump(at, Op::POP_JUMP_IF_FALSE, next);
            }
            match &handler.name {
                Some(name) => {
                    let (cleanup_end, cleanup_body) = (self.label(), self.label());
                    self.name_store(at, name)?;
                    self.jump(at, Pseudo::SETUP_CLEANUP, cleanup_end);
                    self.place(cleanup_body);
                    self.fblocks.push(FBlock::HandlerCleanup { name: Some(name) });
                    self.stmts(&handler.body)?;
                    self.fblocks.pop();
                    self.op(NOWHERE, Pseudo::POP_BLOCK);
                    self.op(NOWHERE, Pseudo::POP_BLOCK);
                    self.op(NOWHERE, Op::POP_EXCEPT);
                    self.forget(name)?;
                    self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, end);
                    self.place(cleanup_end);
                    self.forget(name)?;
                    self.arg(NOWHERE, Op::RERAISE, 1);
                }
                None => {
                    let cleanup_body = self.label();
                    self.op(at, Op::POP_TOP);
                    self.place(cleanup_body);
                    self.fblocks.push(FBlock::HandlerCleanup { name: None });
                    self.stmts(&handler.body)?;
                    self.fblocks.pop();
                    self.op(NOWHERE, Pseudo::POP_BLOCK);
                    self.op(NOWHERE, Op::POP_EXCEPT);
                    self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, end);
                }
            }
            self.place(next);
        }
        self.fblocks.pop();
        self.arg(NOWHERE, Op::RERAISE, 0);
        self.place(cleanup);
        self.pop_except_and_reraise();
        self.place(end);
        Ok(())
    }

    /// The name of a handled exception is unbound at the end.
    fn forget(&mut self, name: &Ident) -> Result {
        self.constant(NOWHERE, Const::None);
        self.name_store(NOWHERE, name)?;
        self.name_delete(NOWHERE, name)
    }

    fn try_star_except(&mut self, node: &Stmt, parts: Try<'a>) -> Result {
        let (body, except, orelse) = (self.label(), self.label(), self.label());
        let (end, cleanup, reraise_star) = (self.label(), self.label(), self.label());
        self.jump(loc(node.pos), Pseudo::SETUP_FINALLY, except);
        self.place(body);
        self.fblocks.push(FBlock::TryExcept);
        self.stmts(parts.body)?;
        self.fblocks.pop();
        self.op(NOWHERE, Pseudo::POP_BLOCK);
        self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, orelse);
        self.place(except);
        self.jump(NOWHERE, Pseudo::SETUP_CLEANUP, cleanup);
        self.op(NOWHERE, Op::PUSH_EXC_INFO);
        self.fblocks.push(FBlock::ExceptionGroupHandler);
        for (i, handler) in parts.handlers.iter().enumerate() {
            let at = loc(handler.pos);
            let (next, with_error, no_match) = (self.label(), self.label(), self.label());
            if i == 0 {
                // The list of what is raised, and a copy of the group to take matches from.
                self.arg(at, Op::BUILD_LIST, 0);
                self.arg(at, Op::COPY, 2);
            }
            if let Some(kind) = &handler.type_ {
                self.expr(kind)?;
                self.op(at, Op::CHECK_EG_MATCH);
                self.arg(at, Op::COPY, 1);
                self.jump(at, Op::POP_JUMP_IF_NONE, no_match);
            }
            let (cleanup_end, cleanup_body) = (self.label(), self.label());
            match &handler.name {
                Some(name) => self.name_store(at, name)?,
                None => self.op(at, Op::POP_TOP),
            }
            self.jump(at, Pseudo::SETUP_CLEANUP, cleanup_end);
            self.place(cleanup_body);
            self.fblocks.push(FBlock::HandlerCleanup { name: handler.name.as_ref() });
            self.stmts(&handler.body)?;
            self.fblocks.pop();
            self.op(NOWHERE, Pseudo::POP_BLOCK);
            if let Some(name) = &handler.name {
                self.forget(name)?;
            }
            self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, next);
            self.place(cleanup_end);
            if let Some(name) = &handler.name {
                self.forget(name)?;
            }
            self.arg(NOWHERE, Op::LIST_APPEND, 3);
            self.op(NOWHERE, Op::POP_TOP);
            self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, with_error);
            self.place(next);
            self.op(NOWHERE, Op::NOP);
            self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, with_error);
            self.place(no_match);
            self.op(at, Op::POP_TOP);
            self.place(with_error);
            if i + 1 == parts.handlers.len() {
                // What no handler took.
                self.arg(NOWHERE, Op::LIST_APPEND, 1);
                self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, reraise_star);
            }
        }
        self.fblocks.pop();
        let reraise = self.label();
        self.place(reraise_star);
        self.arg(NOWHERE, Op::CALL_INTRINSIC_2, intrinsic::PREP_RERAISE_STAR);
        self.arg(NOWHERE, Op::COPY, 1);
        self.jump(NOWHERE, Op::POP_JUMP_IF_NOT_NONE, reraise);
        self.op(NOWHERE, Op::POP_TOP);
        self.op(NOWHERE, Pseudo::POP_BLOCK);
        self.op(NOWHERE, Op::POP_EXCEPT);
        self.jump(NOWHERE, Pseudo::JUMP_NO_INTERRUPT, end);
        self.place(reraise);
        self.op(NOWHERE, Pseudo::POP_BLOCK);
        self.arg(NOWHERE, Op::SWAP, 2);
        self.op(NOWHERE, Op::POP_EXCEPT);
        self.arg(NOWHERE, Op::RERAISE, 0);
        self.place(cleanup);
        self.pop_except_and_reraise();
        self.place(orelse);
        self.stmts(parts.orelse)?;
        self.place(end);
        Ok(())
    }
}
