//! Numbers as Python has them, without objects: big integers, floats, complex numbers, their text, formatting and hashing.
#![forbid(unsafe_code)]

pub mod complex;
pub mod decimal;
pub mod digits;
pub mod float;
pub mod format;
pub mod half;
pub mod int;
pub mod math;
pub mod random;
pub mod short;

/// A big integer.
pub use dashu_int::IBig as BigInt;
/// The sign of a [`BigInt`].
pub use dashu_int::Sign;

/// An allocation that was refused; the caller raises `MemoryError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;
