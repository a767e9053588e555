//! Text as Python has it: Unicode code points, lone surrogates included.
#![forbid(unsafe_code)]

mod wtf8;
pub use wtf8::Wtf8Buf;
