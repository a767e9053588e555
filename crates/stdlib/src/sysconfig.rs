//! `_sysconfig`.

use vm::prelude::*;

/// A helper for the sysconfig module.
#[pymodule("_sysconfig")]
pub mod module {
    use super::*;

    /// Returns a dictionary containing build variables intended to be exposed by sysconfig.
    #[py("config_vars()")]
    fn config_vars(vm: &Vm) -> Result<Ref<Dict>> {
        let variables = Dict::empty();
        for name in ["Py_GIL_DISABLED", "Py_DEBUG"] {
            variables.set_str(vm, name, Object::int32(0))?;
        }
        Ok(variables)
    }
}
