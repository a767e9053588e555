//! Python 3.14's bytecode as data: the instruction table, code objects, location and exception tables.
//!
//! The format is CPython 3.14's, so that `dis` and debuggers work and `.pyc` files go both ways. Nothing here runs code.
#![forbid(unsafe_code)]

pub mod code;
pub mod dis;
pub mod exceptions;
mod flags;
pub mod locations;
pub mod marshal;
pub mod op;
pub mod pyc;
pub mod verify;

pub use code::{Code, Const, kind};
pub use flags::CodeFlags;
pub use locations::Location;
pub use op::{CompareOp, Op, Operand, Pseudo};
pub use text::Wtf8Buf as Name;
