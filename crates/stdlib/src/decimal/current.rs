//! The current context, and those that the module makes once.

use super::context::{ContextObject, DEFAULT, DEFAULT_TRAPS};
use number::decimal::{Context, Rounding, status};
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::call;

/// The variable that holds the current context.
fn variable(vm: &Vm) -> Result<Object> {
    if let Some(known) = vm.interp().module_state.borrow().get("decimal.variable") {
        return Ok(known.clone());
    }
    let class = attr::getattr(vm, &vm.import("_contextvars")?, &vm.intern("ContextVar"))?;
    let made = call::call(vm, &class, &[Str::new("decimal_context").into_object()])?;
    vm.interp().module_state.borrow_mut().insert("decimal.variable", made.clone());
    Ok(made)
}

/// A context that the module has made once.
pub fn template(vm: &Vm, name: &'static str) -> Result<Ref<ContextObject>> {
    if let Some(known) = vm.interp().module_state.borrow().get(name)
        && let Some(context) = known.cast::<ContextObject>()
    {
        return Ok(context.clone());
    }
    let nine = Context { prec: 9, ..DEFAULT };
    let made = match name {
        "decimal.BasicContext" => {
            let traps = DEFAULT_TRAPS | status::UNDERFLOW | status::CLAMPED;
            ContextObject::make(vm, Context { rounding: Rounding::HalfUp, ..nine }, traps)?
        }
        "decimal.ExtendedContext" => ContextObject::make(vm, nine, 0)?,
        _ => ContextObject::make(vm, DEFAULT, DEFAULT_TRAPS)?,
    };
    vm.interp().module_state.borrow_mut().insert(name, made.to_object());
    Ok(made)
}

/// The current context.
pub fn current(vm: &Vm) -> Result<Ref<ContextObject>> {
    if let Some(known) = vm.context_found.get()
        && let Some(context) = known.cast::<ContextObject>()
    {
        return Ok(context.clone());
    }
    let context = found(vm)?;
    vm.context_found.set(Some(context.to_object()));
    Ok(context)
}

fn found(vm: &Vm) -> Result<Ref<ContextObject>> {
    let getter = vm.interp().module_state.borrow().get("decimal.current").cloned();
    let getter = match getter {
        Some(known) => known,
        None => {
            let bound = attr::getattr(vm, &variable(vm)?, vm.names().get())?;
            vm.interp().module_state.borrow_mut().insert("decimal.current", bound.clone());
            bound
        }
    };
    let found = call::call(vm, &getter, &[none()])?;
    if let Some(context) = found.cast::<ContextObject>() {
        return Ok(context.clone());
    }
    let made = template(vm, "decimal.DefaultContext")?.copied(vm)?;
    made.flags.bits.set(0);
    set_current(vm, &made)?;
    Ok(made)
}

pub fn set_current(vm: &Vm, context: &Ref<ContextObject>) -> Result<()> {
    call::call_method(vm, &variable(vm)?, &vm.intern("set"), &[context.to_object()]).map(drop)
}
