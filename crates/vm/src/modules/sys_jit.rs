//! `sys._jit`: whether code is turned into machine code.

use crate::builtins::module::Module;
use crate::prelude::*;

/// The module's object.
pub fn make(vm: &Vm) -> Result<Object> {
    let made = Module::make(vm, "sys._jit", Some(module::MODULE.doc))?;
    crate::import::add_functions(vm, &made, module::MODULE.functions)?;
    Ok(made.into_object())
}

/// Utilities for observing just-in-time compilation.
#[pymodule("sys._jit")]
pub mod module {

    /// Return True if the interpreter was built with a just-in-time compiler.
    #[py("is_available()")]
    fn is_available() -> bool {
        false
    }

    /// Return True if the just-in-time compiler is in use.
    #[py("is_enabled()")]
    fn is_enabled() -> bool {
        false
    }

    /// Return True if the topmost Python frame runs machine code.
    #[py("is_active()")]
    fn is_active() -> bool {
        false
    }
}
