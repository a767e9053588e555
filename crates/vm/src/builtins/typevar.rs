//! Type parameters (PEP 695, 696): `TypeVar`, `ParamSpec`, `TypeVarTuple`, `TypeAliasType`.

use crate::prelude::*;

fn missing(vm: &Vm, what: &str) -> Raised {
    raise!(vm, NotImplementedError, "{what} is not implemented yet")
}

pub fn make_typevar(vm: &Vm, _name: &Object, _bound: Option<&Object>, _constraints: Option<&Object>) -> Result<Object> {
    Err(missing(vm, "TypeVar"))
}

pub fn make_paramspec(vm: &Vm, _name: &Object) -> Result<Object> {
    Err(missing(vm, "ParamSpec"))
}

pub fn make_typevartuple(vm: &Vm, _name: &Object) -> Result<Object> {
    Err(missing(vm, "TypeVarTuple"))
}

pub fn subscript_generic(vm: &Vm, _params: &Object) -> Result<Object> {
    Err(missing(vm, "Generic"))
}

pub fn make_alias(vm: &Vm, _parts: &Object) -> Result<Object> {
    Err(missing(vm, "TypeAliasType"))
}

pub fn set_default(vm: &Vm, _parameter: &Object, _default: &Object) -> Result<Object> {
    Err(missing(vm, "type parameter defaults"))
}
