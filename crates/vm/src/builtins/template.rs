//! Template strings (PEP 750).

use crate::prelude::*;

pub fn make_template(vm: &Vm, _strings: &Object, _interpolations: &Object) -> Result<Object> {
    Err(raise!(vm, NotImplementedError, "template strings are not implemented yet"))
}

pub fn make_interpolation(
    vm: &Vm,
    _value: &Object,
    _text: &Object,
    _conversion: u32,
    _spec: &Object,
) -> Result<Object> {
    Err(raise!(vm, NotImplementedError, "template strings are not implemented yet"))
}
