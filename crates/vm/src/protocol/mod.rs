//! What operators and built-in functions do with any object: through the slots of its type.

pub mod call;
pub mod iter;
pub mod mapping;
pub mod number;
pub mod object;
pub mod sequence;
pub mod time;
