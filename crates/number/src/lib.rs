//! Numbers as Python has them, without objects: big integers, float parsing and repr, hashing.
#![forbid(unsafe_code)]

mod bigint;
pub use bigint::BigInt;
