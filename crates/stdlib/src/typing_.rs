//! `_typing`: the native half of `typing`.

use vm::builtins::none::no_default;
use vm::builtins::type_alias::TypeAlias;
use vm::builtins::typevar::{Generic, ParamSpec, ParamSpecArgs, ParamSpecKwargs, TypeVar, TypeVarTuple};
use vm::builtins::union::Union;
use vm::prelude::*;

/// Primitives and accelerators for the typing module.
#[pymodule("_typing", types())]
pub mod module {
    use super::*;

    // Return the argument.
    #[py("_idfunc(x, /)")]
    fn _idfunc(x: &Object) -> Object {
        x.clone()
    }

    #[exec]
    fn exec(vm: &Vm, module: &Ref<vm::builtins::module::Module>) -> Result<()> {
        let types = [
            TypeVar::class(),
            ParamSpec::class(),
            ParamSpecArgs::class(),
            ParamSpecKwargs::class(),
            TypeVarTuple::class(),
            TypeAlias::class(),
            Generic::class(),
            Union::class(),
        ];
        for class in types {
            module.dict().set_str(vm, &class.short_name(), class.to_object())?;
        }
        module.dict().set_str(vm, "NoDefault", no_default())
    }
}
