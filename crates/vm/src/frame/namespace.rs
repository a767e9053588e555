//! `__builtins__` that is no dict: functions and frames keep a dict, so such a mapping is wrapped in one that is empty
//! and finds its names in the mapping.

use crate::object::instance;
use crate::prelude::*;
use crate::protocol::object as protocol;
use heap::Table;

/// A dict that stands for another mapping.
#[pytype("builtins_mapping", doc = "", base = Dict, flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct BuiltinsMapping {
    pub base: Dict,
    mapping: Object,
}

#[pymethods]
impl BuiltinsMapping {
    #[slot]
    fn subscript(&self, vm: &Vm, key: &Object) -> Result<Object> {
        protocol::getitem(vm, &self.mapping, key)
    }
}

/// The dict for what `__builtins__` is.
pub fn from_object(object: &Object) -> Ref<Dict> {
    if let Some(module) = object.cast::<crate::builtins::module::Module>() {
        return module.dict();
    }
    match object.cast::<Dict>() {
        Some(dict) => dict.clone(),
        None => {
            let base = Dict { head: Head::new(), table: Table::new() };
            let wrapped = instance::alloc_static(BuiltinsMapping { base, mapping: object.clone() });
            wrapped.as_object().cast::<Dict>().cloned().unwrap_or_else(Dict::empty)
        }
    }
}

/// What Python sees of a namespace of builtins.
pub fn to_object(dict: &Ref<Dict>) -> Object {
    match dict.as_object().cast_exact::<BuiltinsMapping>() {
        Some(wrapped) => wrapped.mapping.clone(),
        None => dict.to_object(),
    }
}

/// A builtin as the innermost frame's code finds it, for `__reduce__`.
pub fn builtin(vm: &Vm, name: &str) -> Result<Object> {
    let name = vm.intern(name);
    let builtins = super::current(vm).map(super::Frame::builtins).or_else(|| vm.interp().builtins.get());
    let found = match builtins {
        Some(dict) if dict.as_object().is_exact::<Dict>() => dict.get(vm, name.as_object())?,
        Some(other) => match protocol::getitem(vm, other.as_object(), name.as_object()) {
            Ok(value) => Some(value),
            Err(_) if vm.raised_is(&crate::exception::types::KeyError) => {
                vm.clear_raised();
                None
            }
            Err(raised) => return Err(raised),
        },
        None => None,
    };
    found.ok_or_else(|| raise!(vm, AttributeError, "{name}"))
}
