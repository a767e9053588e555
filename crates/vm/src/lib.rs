//! The meaning of Python: objects and their types, protocols, exceptions, frames, the interpreter, imports.
//!
//! | module      | what it holds                                                                       |
//! |-------------|--------------------------------------------------------------------------------------|
//! | `context`   | [`Vm`], the state of one thread, and [`Interp`], that of one interpreter             |
//! | `native`    | how Rust functions are called from Python: signatures, binding, conversions           |
//! | `object`    | types, slots, attributes, MRO, classes, instances                                     |
//! | `protocol`  | number, sequence, mapping, iter, call, compare, repr: what operators do               |
//! | `builtins`  | one file or folder per built-in type                                                  |
//! | `exception` | the exception tree, raising, tracebacks                                               |
//! | `frame`     | frames, the value stack, code and function objects, generators                        |
//! | `interp`    | the dispatch loop and the instruction handlers                                        |
//! | `import`    | module objects, the frozen importer's natives                                         |
//! | `modules`   | windows onto the vm itself: builtins, sys, gc, marshal, _imp, _thread …               |
#![deny(unsafe_code)]
#![allow(non_snake_case, reason = "native functions have Python's names")]

extern crate self as vm;

pub use bytecode;
pub use heap;

#[macro_use]
mod error;
pub mod builtins;
pub mod context;
pub mod exception;
#[expect(unsafe_code, reason = "frames live on a raw stack of words: one of the homes of unsafe")]
pub mod frame;
pub mod import;
#[expect(unsafe_code, reason = "the dispatch loop reads code units and stack words: one of the homes of unsafe")]
pub mod interp;
pub mod modules;
pub mod names;
pub mod native;
pub mod object;
pub mod prelude;
pub mod protocol;
pub mod start;

pub use context::{Interp, Vm};
pub use error::{Raised, Result};
