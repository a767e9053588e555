//! What to do with a warning: the first filter that fits says it.

use super::attribute;
use crate::object::type_name;
use crate::prelude::*;
use crate::protocol::{call, number, object as protocol};

/// An attribute of the module `warnings`; what it was last if it is gone.
fn current(vm: &Vm, attr: &Name, name: &str) -> Result<Object> {
    let Some(value) = attribute(vm, attr, false)? else { return own(vm, name) };
    if let Some(dict) = vm.interp().warnings.get() {
        dict.set_str(vm, name, value.clone())?;
    }
    Ok(value)
}

/// `_warnings`' own state, for as long as the module `warnings` has none.
fn own(vm: &Vm, name: &str) -> Result<Object> {
    if vm.interp().warnings.get().is_none() {
        crate::import::import_module(vm, "_warnings")?;
    }
    match vm.interp().warnings.get().and_then(|dict| dict.get_str(vm, name)) {
        Some(value) => Ok(value),
        None => Err(raise!(vm, RuntimeError, "unable to get _warnings.{name}")),
    }
}

/// The filters of the context that is set, if warnings depend on the context.
fn of_context(vm: &Vm) -> Result<Option<Object>> {
    if !vm.interp().config.borrow().context_aware_warnings {
        return Ok(None);
    }
    let context = call::call_method(vm, &own(vm, "_warnings_context")?, vm.names().get(), &[none()])?;
    if context.is(&none()) {
        return Ok(None);
    }
    let filters = crate::object::attr::getattr(vm, &context, &vm.intern("_filters"))?;
    if filters.cast::<List>().is_none() {
        bail!(vm, ValueError, "_filters of warnings._warnings_context must be a list");
    }
    Ok(Some(filters))
}

/// The registry of the warnings that are shown once only.
pub fn once_registry(vm: &Vm) -> Result<Ref<Dict>> {
    let found = current(vm, vm.names().onceregistry(), "_onceregistry")?;
    match found.cast::<Dict>() {
        Some(dict) => Ok(dict.clone()),
        None => Err(raise!(vm, TypeError, "_warnings.onceregistry must be a dict, not '{}'", type_name(&found))),
    }
}

/// The action for a warning, and the filter that says it (None: the default).
pub fn action(vm: &Vm, category: &Object, text: &Object, line: i32, module: &Object) -> Result<(Ref<Str>, Object)> {
    if let Some(filters) = of_context(vm)?
        && let Some(found) = search(vm, &filters, category, text, line, module)?
    {
        return Ok(found);
    }
    let filters = current(vm, vm.names().filters(), "filters")?;
    if filters.cast::<List>().is_none() {
        bail!(vm, ValueError, "_warnings.filters must be a list");
    }
    if let Some(found) = search(vm, &filters, category, text, line, module)? {
        return Ok(found);
    }
    let default = current(vm, vm.names().defaultaction(), "_defaultaction")?;
    match default.cast::<Str>() {
        Some(action) => Ok((action.clone(), none())),
        None => Err(raise!(vm, TypeError, "_warnings.defaultaction must be a string, not '{}'", type_name(&default))),
    }
}

fn search(
    vm: &Vm,
    filters: &Object,
    category: &Object,
    text: &Object,
    line: i32,
    module: &Object,
) -> Result<Option<(Ref<Str>, Object)>> {
    let Some(filters) = filters.cast::<List>() else { return Ok(None) };
    let mut at = 0;
    // Matching may run Python code, which may change the list.
    while let Some(item) = filters.items.get(at) {
        let Some([action, message, wanted, wanted_module, wanted_line]) = item.cast::<Tuple>().map(|t| t.items())
        else {
            bail!(vm, ValueError, "warnings.filters item {at} isn't a 5-tuple");
        };
        let Some(action) = action.cast::<Str>() else {
            bail!(vm, TypeError, "action must be a string, not '{}'", type_name(action));
        };
        let wanted_line = if wanted_line.is(&none()) { 0 } else { number::as_ssize(vm, wanted_line, None)? };
        if matches(vm, message, text)?
            && protocol::is_subclass(vm, category, wanted)?
            && matches(vm, wanted_module, module)?
            && (wanted_line == 0 || wanted_line == line as isize)
        {
            return Ok(Some((action.clone(), item)));
        }
        at += 1;
    }
    Ok(None)
}

/// Whether a pattern (None, an exact text or a regular expression) fits.
fn matches(vm: &Vm, pattern: &Object, text: &Object) -> Result<bool> {
    if pattern.is(&none()) {
        return Ok(true);
    }
    if pattern.is_exact::<Str>() {
        return protocol::same_or_equal(vm, pattern, text);
    }
    let found = call::call_method(vm, pattern, &vm.intern("match"), std::slice::from_ref(text))?;
    protocol::is_true(vm, &found)
}
