//! Names: which instruction reads, binds or unbinds one.

use bytecode::{Location, Op, Pseudo};
use syntax::ast::{ExprContext, Ident};

use super::{Lower, Result};
use crate::symbols::{BlockKind, Reach, maybe_mangle};

impl Lower<'_> {
    pub(super) fn mangled(&self, name: &Ident) -> Ident {
        maybe_mangle(self.private.as_deref(), self.scope(), name)
    }

    /// An instruction whose argument is a name, shifted as it wants it. `low` are the flag bits below.
    fn named(&mut self, at: Location, op: Op, name: &Ident, low: u32) {
        let name = self.mangled(name);
        let index = self.names.add(name);
        self.arg(at, op, index << op.name_shift() | low);
    }

    pub(super) fn name_op(&mut self, at: Location, op: Op, name: &str) {
        self.named(at, op, &Ident::from(name), 0);
    }

    pub(super) fn attribute(&mut self, at: Location, op: Op, name: &Ident) {
        self.named(at, op, name, 0);
    }

    pub(super) fn load_method(&mut self, at: Location, name: &Ident) {
        self.named(at, Op::LOAD_ATTR, name, 1);
    }

    pub(super) fn load_super(&mut self, at: Location, name: &Ident, method: bool, two_arguments: bool) {
        self.named(at, Op::LOAD_SUPER_ATTR, name, u32::from(method) | u32::from(two_arguments) << 1);
    }

    pub(super) fn name_load(&mut self, at: Location, name: &Ident) -> Result {
        self.name(at, name, ExprContext::Load);
        Ok(())
    }

    pub(super) fn name_store(&mut self, at: Location, name: &Ident) -> Result {
        self.name(at, name, ExprContext::Store);
        Ok(())
    }

    pub(super) fn name_delete(&mut self, at: Location, name: &Ident) -> Result {
        self.name(at, name, ExprContext::Del);
        Ok(())
    }

    pub(super) fn name(&mut self, at: Location, name: &Ident, ctx: ExprContext) {
        let name = self.mangled(name);
        let scope = self.scope();
        let reach = scope.symbols.reach(&name);
        let function_like = scope.is_function_like();
        let sees_class = scope.can_see_class_scope;
        let in_class = scope.kind == BlockKind::Class;
        let inlined = self.inlined > 0;
        match reach {
            Reach::Free | Reach::Cell => {
                let cells = self.cellvars.len() as u32;
                let arg = if reach == Reach::Cell {
                    self.cellvars.find(&name)
                } else {
                    self.freevars.find(&name).map(|i| i + cells)
                };
                let arg = arg.or_else(|| self.deref(&name)).unwrap_or(0);
                let op = match ctx {
                    ExprContext::Load if in_class && !inlined => {
                        self.op(at, Op::LOAD_LOCALS);
                        Op::LOAD_FROM_DICT_OR_DEREF
                    }
                    ExprContext::Load if sees_class => {
                        self.load_classdict(at);
                        Op::LOAD_FROM_DICT_OR_DEREF
                    }
                    ExprContext::Load => Op::LOAD_DEREF,
                    ExprContext::Store => Op::STORE_DEREF,
                    ExprContext::Del => Op::DELETE_DEREF,
                };
                self.arg(at, op, arg);
            }
            Reach::Local if function_like || self.fast_hidden.get(&name) == Some(&true) => {
                let op = match ctx {
                    ExprContext::Load => Op::LOAD_FAST,
                    ExprContext::Store => Op::STORE_FAST,
                    ExprContext::Del => Op::DELETE_FAST,
                };
                let arg = self.varnames.add(name);
                self.arg(at, op, arg);
            }
            Reach::GlobalExplicit | Reach::GlobalImplicit if reach == Reach::GlobalExplicit || function_like => {
                let index = self.names.add(name);
                let op = match ctx {
                    ExprContext::Load if sees_class && reach == Reach::GlobalImplicit => {
                        self.load_classdict(at);
                        Op::LOAD_FROM_DICT_OR_GLOBALS
                    }
                    ExprContext::Load => Op::LOAD_GLOBAL,
                    ExprContext::Store => Op::STORE_GLOBAL,
                    ExprContext::Del => Op::DELETE_GLOBAL,
                };
                self.arg(at, op, index << op.name_shift());
            }
            _ => {
                let index = self.names.add(name);
                let op = match ctx {
                    ExprContext::Load if in_class && inlined => Op::LOAD_GLOBAL,
                    ExprContext::Load => Op::LOAD_NAME,
                    ExprContext::Store => Op::STORE_NAME,
                    ExprContext::Del => Op::DELETE_NAME,
                };
                self.arg(at, op, index << op.name_shift());
            }
        }
    }

    fn load_classdict(&mut self, at: Location) {
        let arg = self.deref(&Ident::from("__classdict__")).unwrap_or(0);
        self.arg(at, Op::LOAD_DEREF, arg);
    }

    /// A fast local, whatever the scope says.
    pub(super) fn fast(&mut self, at: Location, op: Op, name: &Ident) {
        let arg = self.varnames.add(name.clone());
        self.arg(at, op, arg);
    }

    pub(super) fn fast_pseudo(&mut self, at: Location, op: Pseudo, name: &Ident) {
        let arg = self.varnames.add(name.clone());
        self.arg(at, op, arg);
    }
}
