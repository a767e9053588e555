//! Calls from Rust.

use crate::native::Args;
use crate::object::{attr, flags, type_of};
use crate::prelude::*;

/// `callable(*args)`.
#[inline]
pub fn call(vm: &Vm, callable: &Object, args: &[Object]) -> Result<Object> {
    call_args(vm, callable, Args::positional_only(args))
}

/// A call with keyword arguments.
#[inline]
pub fn call_args(vm: &Vm, callable: &Object, args: Args<'_>) -> Result<Object> {
    match type_of(callable).slots.call.get() {
        Some(slot) => {
            vm.check_stack(" while calling a Python object")?;
            slot(vm, callable, args)
        }
        None => Err(not_callable(vm, callable)),
    }
}

#[cold]
pub fn not_callable(vm: &Vm, callable: &Object) -> Raised {
    raise!(vm, TypeError, "'{}' object is not callable", type_of(callable).tp_name())
}

/// Whether the object can be called.
pub fn is_callable(object: &Object) -> bool {
    type_of(object).slots.call.get().is_some()
}

/// Calls a method found on the type of `this`, bound to it, with whole arguments.
pub fn call_method_found(vm: &Vm, this: &Object, method: &Object, args: Args<'_>) -> Result<Object> {
    let kind = type_of(method);
    if kind.has_flag(flags::METHOD_DESCRIPTOR) {
        return with_first(vm, method, this, args);
    }
    let bound = match kind.slots.descr_get.get() {
        Some(get) => get(vm, method, Some(this), Some(type_of(this).as_object()))?,
        None => method.clone(),
    };
    call_args(vm, &bound, args)
}

/// `callable(first, *args)`.
pub fn with_first(vm: &Vm, callable: &Object, first: &Object, args: Args<'_>) -> Result<Object> {
    match args.items {
        [] => call_args(vm, callable, Args { items: std::slice::from_ref(first), names: args.names }),
        [a] => call_args(vm, callable, Args { items: &[first.clone(), a.clone()], names: args.names }),
        [a, b] => call_args(vm, callable, Args { items: &[first.clone(), a.clone(), b.clone()], names: args.names }),
        many => {
            let mut items = Vec::new();
            vm.memory(items.try_reserve_exact(many.len() + 1).map_err(|_| heap::OutOfMemory))?;
            items.push(first.clone());
            items.extend_from_slice(many);
            call_args(vm, callable, Args { items: &items, names: args.names })
        }
    }
}

/// `object.name(*args)` without a bound method in between.
pub fn call_method(vm: &Vm, object: &Object, name: &Name, args: &[Object]) -> Result<Object> {
    let (function, takes_self) = attr::get_method(vm, object, name)?;
    if takes_self {
        return with_first(vm, &function, object, Args::positional_only(args));
    }
    call(vm, &function, args)
}

/// `callable(*args, **kwargs)` with a tuple and a dict.
pub fn call_tuple_dict(vm: &Vm, callable: &Object, args: &Tuple, kwargs: Option<&Dict>) -> Result<Object> {
    spread(vm, args, kwargs, |args| call_args(vm, callable, args))
}

/// Gives `f` the arguments `*args, **kwargs`.
pub fn spread<R>(vm: &Vm, args: &Tuple, kwargs: Option<&Dict>, f: impl FnOnce(Args<'_>) -> Result<R>) -> Result<R> {
    let Some(kwargs) = kwargs.filter(|k| !k.is_empty()) else {
        return f(Args::positional_only(args.items()));
    };
    let mut items = Vec::with_capacity(args.len() + kwargs.len());
    items.extend_from_slice(args.items());
    let mut names = Vec::with_capacity(kwargs.len());
    let mut at = 0;
    while let Some(index) = kwargs.table.next(at) {
        at = index + 1;
        let Some((name, value)) = kwargs.table.entry(index) else { continue };
        if name.cast::<Str>().is_none() {
            bail!(vm, TypeError, "keywords must be strings");
        }
        names.push(name);
        items.push(value);
    }
    let names = Tuple::from_vec(vm, names)?;
    f(Args { items: &items, names: Some(&names) })
}
