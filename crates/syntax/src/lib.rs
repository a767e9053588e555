//! Python source to tree: decoding (PEP 263), parsing, CPython's SyntaxErrors.
//!
//! The parser is a library (`ruff_python_parser`), which only this crate names; the tree ([`ast`]) is ours and mirrors
//! CPython 3.14's `ast` module, places included.
#![forbid(unsafe_code)]

mod adapt;
pub mod ast;
mod dump;
pub mod error;
mod explain;
pub mod features;
mod flufl;
mod functype;
pub mod lines;
pub mod parse;
pub mod source;
pub mod tokens;

pub use adapt::Warning;
pub use dump::dump;
pub use error::{ErrorKind, SyntaxError};
pub use parse::{Mode, Options, Parsed, parse, parse_with, unended};
