//! The instructions' handlers, by family. What is hot is done here, in a few lines each; the rest calls the functions of
//! the family's own chapter beside this folder (`ops`, `attr`, `name`, …), out of line.

pub mod arithmetic;
pub mod attribute;
pub mod build;
pub mod call;
pub mod flow;
pub mod instrumented;
pub mod lookup;
pub mod name;
pub mod stack;

use super::dispatch::Handler;
use super::state::Sp;
use crate::frame::Frame;
use crate::prelude::*;
use bytecode::Op;

/// All of them.
pub const FAMILIES: &[&[(Op, Handler)]] = &[
    arithmetic::HANDLERS,
    attribute::HANDLERS,
    build::HANDLERS,
    call::HANDLERS,
    flow::HANDLERS,
    instrumented::HANDLERS,
    lookup::HANDLERS,
    name::HANDLERS,
    stack::HANDLERS,
];

continuations! {
    /// What stands at numbers that no code has: the verifier lets none of them through.
    unknown(vm, s) {
        let ip = s.ip;
        slow!(vm, s, not_handled, ip);
    }
}

#[cold]
fn not_handled(vm: &Vm, _: *mut Frame, _: &mut Sp, ip: *const u16) -> Result<()> {
    // SAFETY: the instruction stands before the next one.
    let number = unsafe { *ip.sub(1) } as u8;
    let name = Op::from_u8(number).map_or("?", Op::name);
    Err(raise!(vm, SystemError, "instruction {number} ({name}) is not handled"))
}
