//! Mappings.

use crate::object::{attr, same_slot, type_of};
use crate::prelude::*;
use crate::protocol::{call, iter, object as protocol};

/// Whether the type has `__getitem__` as a mapping may.
pub fn is_mapping(object: &Object) -> bool {
    type_of(object).slots.subscript.get().is_some()
}

/// The keys, values or items of a mapping as a list.
pub fn view_to_vec(vm: &Vm, object: &Object, name: &str) -> Result<Vec<Object>> {
    let view = call::call_method(vm, object, &vm.intern(name), &[])?;
    iter::to_vec(vm, &view)
}

/// Copies `source` (a dict, or anything with `keys()`) into `dict`; later values win.
pub fn update(vm: &Vm, dict: &Dict, source: &Object) -> Result<()> {
    if let Some(other) = source.cast::<Dict>()
        && same_slot!(type_of(source), Dict::class(), iter)
    {
        return dict.update_from_dict(vm, other);
    }
    let keys = call::call_method(vm, source, vm.names().keys(), &[])?;
    iter::each(vm, &keys, |key| {
        let value = protocol::getitem(vm, source, &key)?;
        dict.set(vm, &key, value)
    })
}

/// Whether the object has a `keys` attribute: what tells a mapping from pairs in `dict(x)`.
pub fn has_keys(vm: &Vm, object: &Object) -> Result<bool> {
    Ok(attr::getattr_opt(vm, object, vm.names().keys())?.is_some())
}
