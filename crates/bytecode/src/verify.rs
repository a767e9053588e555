//! The check that a code object passes before its first run, wherever it comes from.
//!
//! An interpreter that runs checked code only may rely on this:
//!
//! - Every reachable instruction is a generic one with its caches behind it and an argument in range; control never
//!   leaves the code, and jumps and handlers lead to the start of an instruction (of its `EXTENDED_ARG`s).
//! - The value stack is as deep on every way to an instruction, never below what the instruction takes, never above
//!   `stacksize`; `RETURN_VALUE` finds exactly its value.
//! - NULL stands only where an instruction allows it. `LOAD_FAST` and its relatives find the local bound.
//! - Instructions on cells find a cell: `MAKE_CELL` or `COPY_FREE_VARS` came before on every way.
//! - A borrowed reference never outlives what its local was bound to when it was pushed. (An instruction that keeps a
//!   value, `STORE_FAST` included, makes a borrowed one its own.)
//! - `YIELD_VALUE` runs in a generator's own frame only, after `RETURN_GENERATOR`.
//! - The exception table is sorted and in CPython's canonical form; handlers fit the stack. The line table covers no
//!   more than the code; what it leaves out has no line. Parameters, locals, cells and free variables stand in that order.
//!
//! The *types* of values are not tracked: that `LIST_APPEND` finds a list, `POP_EXCEPT` an exception, `MAKE_FUNCTION` a
//! code object and `RERAISE` an int must be looked at when they run.
//!
//! Checking is one walk over the code with the state (kinds of stack slots, bound locals) that meets at leaders.

mod flow;
mod scan;

use crate::{Code, CodeFlags};

/// What the check looks at: a code object wherever it lives.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names are those of Code; consts and names are counts")]
pub struct Shape<'a> {
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub flags: CodeFlags,
    pub code: &'a [u8],
    pub consts: usize,
    pub names: usize,
    pub localsplusnames: usize,
    pub localspluskinds: &'a [u8],
    pub firstlineno: i32,
    pub linetable: &'a [u8],
    pub exceptiontable: &'a [u8],
}

impl<'a> From<&'a Code> for Shape<'a> {
    fn from(code: &'a Code) -> Shape<'a> {
        Shape {
            argcount: code.argcount,
            posonlyargcount: code.posonlyargcount,
            kwonlyargcount: code.kwonlyargcount,
            stacksize: code.stacksize,
            flags: code.flags,
            code: &code.code,
            consts: code.consts.len(),
            names: code.names.len(),
            localsplusnames: code.localsplusnames.len(),
            localspluskinds: &code.localspluskinds,
            firstlineno: code.firstlineno,
            linetable: &code.linetable,
            exceptiontable: &code.exceptiontable,
        }
    }
}

/// Checks one code object, not those among its constants. The error says what is wrong and at which byte offset.
pub fn verify<'a>(code: impl Into<Shape<'a>>) -> Result<(), String> {
    let shape = code.into();
    let scanned = scan::scan(&shape)?;
    flow::check(&shape, &scanned)
}

#[cfg(test)]
mod tests;
