//! `errno`.

use host::constants::ERRNO;
use vm::prelude::*;

/// This module makes available standard errno system symbols.
///
/// The value of each symbol is the corresponding integer value,
/// e.g., on most systems, errno.ENOENT equals the integer 2.
///
/// The dictionary errno.errorcode maps numeric codes to symbol names,
/// e.g., errno.errorcode[2] could be the string 'ENOENT'.
///
/// Symbols that are not relevant to the underlying system are not defined.
///
/// To map error codes to error messages, use the function os.strerror(),
/// e.g. os.strerror(2) could return 'No such file or directory'.
#[pymodule("errno")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let codes = Dict::empty();
        for (name, value) in ERRNO {
            let number = Int::from_i64(*value);
            module.dict().set_str(vm, name, number.clone())?;
            if codes.get(vm, &number)?.is_none() {
                codes.set(vm, &number, Str::new(name).into_object())?;
            }
        }
        module.dict().set_str(vm, "errorcode", codes.into_object())
    }
}
