//! What tests share: comparing text with a readable difference, golden files, Python programs with their expected
//! output, and the rules of the house.
#![forbid(unsafe_code)]

pub mod compare;
pub mod golden;
pub mod programs;
pub mod tidy;

pub use compare::check;

use std::path::PathBuf;

/// The repository's root.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map(PathBuf::from).unwrap_or(here)
}
