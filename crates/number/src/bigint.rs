//! Big integers: `dashu_int::IBig` under Python's rules.

pub use dashu_int::IBig as BigInt;
