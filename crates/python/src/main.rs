//! The executable `taipan`.
fn main() {}
