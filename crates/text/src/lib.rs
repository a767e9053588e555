//! Text as Python has it: Unicode code points, lone surrogates included.
#![forbid(unsafe_code)]

pub mod case;
pub mod chars;
pub mod codec;
pub mod data;
pub mod find;
pub mod layout;
mod numeric;
pub mod repr;
mod siphash;
pub mod split;
mod tables;
pub mod unicode32;
mod units;
pub mod words;
mod wtf8;

pub use siphash::siphash13;
pub use units::{Codes, OutOfMemory, TextBuilder, Unit, Units, UnitsBuf};
pub use wtf8::Wtf8Buf;
