//! `atexit`.

use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// Functions to run when the program ends, the latest first.
#[pymodule("atexit")]
pub mod module {
    use super::*;

    /// Register a function, with its arguments, to run when the program ends.
    #[py(raw, "register(func, /, *args, **kwargs)")]
    fn register(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let Some(function) = args.positional().first() else {
            bail!(vm, TypeError, "register() takes at least 1 argument (0 given)");
        };
        if !call::is_callable(function) {
            bail!(vm, TypeError, "the first argument must be callable");
        }
        let rest = args.skip_first();
        let kwargs = Dict::empty();
        for (name, value) in rest.keywords().iter() {
            kwargs.set(vm, name, value.clone())?;
        }
        let positional = Tuple::from_slice(rest.positional());
        let entry = Tuple::from_slice(&[function.clone(), positional.into_object(), kwargs.into_object()]);
        vm.memory(vm.interp().exit_functions.push(entry.into_object()))?;
        Ok(function.clone())
    }

    /// Forget a function that was registered; it is compared by equality.
    #[py("unregister(func, /)")]
    fn unregister(vm: &Vm, func: &Object) -> Result<()> {
        let functions = &vm.interp().exit_functions;
        let mut i = functions.len();
        while i > 0 {
            i -= 1;
            let Some(entry) = functions.get(i) else { continue };
            let Some(known) = entry.cast::<Tuple>().and_then(|e| e.items().first().cloned()) else { continue };
            let same = protocol::compare_bool(vm, func, &known, CompareOp::Eq)?;
            // Comparing may have registered or unregistered others.
            if same && functions.get(i).is_some_and(|now| now.is(&entry)) {
                drop(functions.remove(i));
            }
        }
        Ok(())
    }

    /// Forget all functions that were registered.
    #[py("_clear()")]
    fn _clear(vm: &Vm) {
        vm.interp().exit_functions.clear();
    }

    /// Return the number of functions that are registered.
    #[py("_ncallbacks()")]
    fn _ncallbacks(vm: &Vm) -> usize {
        vm.interp().exit_functions.len()
    }

    /// Run all functions that are registered, the latest first, and forget them.
    #[py("_run_exitfuncs()")]
    fn _run_exitfuncs(vm: &Vm) {
        let functions = &vm.interp().exit_functions;
        while let Some(entry) = functions.pop() {
            let Some([function, args, kwargs]) = entry.cast::<Tuple>().map(|e| e.items()) else { continue };
            let (Some(args), kwargs) = (args.cast::<Tuple>(), kwargs.cast::<Dict>()) else { continue };
            if call::call_tuple_dict(vm, function, args, kwargs.map(|k| &**k)).is_err() {
                let text = match protocol::repr(vm, function) {
                    Ok(text) => text.to_string_lossy(),
                    Err(_) => "<unknown>".to_owned(),
                };
                vm.unraisable(&format!("Exception ignored in atexit callback {text}"), None);
            }
        }
    }
}
