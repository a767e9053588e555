//! The registry behind `codecs.register`, `lookup` and `register_error`.

use crate::builtins::dict::Dict;
use heap::{Field, Object, Ref};
use std::cell::RefCell;

/// Search functions, found codecs and error handlers of one interpreter.
#[derive(Default)]
pub struct Registry {
    pub search: RefCell<Vec<Object>>,
    pub cache: Field<Ref<Dict>>,
    pub errors: Field<Ref<Dict>>,
    pub ready: std::cell::Cell<bool>,
}
