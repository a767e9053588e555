//! `_warnings`: the filters and the functions that issue warnings.

use crate::frame::{Frame, nth};
use crate::object::attr;
use crate::prelude::*;
use crate::protocol::{call, object as protocol};

/// Issues a warning of `category`, `stack_level` frames up (1 is the caller).
pub fn warn(vm: &Vm, category: &Ref<Type>, message: &str, stack_level: isize) -> Result<()> {
    warn_object(vm, Str::new(message).as_object(), category.as_object(), stack_level)
}

/// `warnings.warn(message, category, stack_level)`, through the library's module once that is loaded.
pub fn warn_object(vm: &Vm, message: &Object, category: &Object, stack_level: isize) -> Result<()> {
    let Some(modules) = vm.interp().modules.get() else { return Ok(()) };
    if let Some(module) = modules.get_name(vm.names().warnings())
        && let Some(warn) = attr::getattr_opt(vm, &module, vm.names().warn())?
        && !warn.is_instance_of::<crate::native::BuiltinFunction>()
    {
        return call::call(vm, &warn, &[message.clone(), category.clone(), Int::from_i64(stack_level as i64)])
            .map(drop);
    }
    let level = (stack_level - 1).max(0) as usize;
    let (file, line, globals) = match nth(vm, level) {
        Some(frame) => {
            let file = Frame::code(frame).filename.get().map_or_else(none, Ref::into_object);
            (file, Frame::line(frame), Some(Frame::globals(frame)))
        }
        None => (Str::new("<sys>").into_object(), 0, None),
    };
    let registry = match &globals {
        Some(globals) => {
            globals.set_default(vm, vm.names().__warningregistry__().as_object(), Dict::empty().into_object())?
        }
        None => none(),
    };
    let module = globals
        .as_ref()
        .and_then(|g| g.get_name(vm.names().__name__()))
        .unwrap_or_else(|| Str::new("<string>").into_object());
    explicit(vm, message, category, &file, line, &module, &registry)
}

/// `warnings.warn_explicit`.
pub fn explicit(
    vm: &Vm,
    message: &Object,
    category: &Object,
    file: &Object,
    line: i32,
    module: &Object,
    registry: &Object,
) -> Result<()> {
    let Some(action) = filter(vm, category, &protocol::str(vm, message)?, module, line)? else { return Ok(()) };
    match &action[..] {
        "ignore" => return Ok(()),
        "error" => {
            let exception = if crate::exception::is_exception(message) {
                message.clone()
            } else {
                call::call(vm, category, std::slice::from_ref(message))?
            };
            return Err(vm.raise(exception));
        }
        "always" | "all" => {}
        action => {
            let key = Tuple::from_slice(&[
                message.clone(),
                category.clone(),
                Object::int32(if action == "default" { line } else { 0 }),
            ]);
            if let Some(registry) = registry.cast::<Dict>() {
                if registry.get(vm, key.as_object())?.is_some() {
                    return Ok(());
                }
                registry.set(vm, key.as_object(), true.object())?;
            }
        }
    }
    show(vm, message, category, file, line)
}

/// The action of the first filter that fits, or the default.
fn filter(vm: &Vm, category: &Object, text: &Ref<Str>, module: &Object, line: i32) -> Result<Option<String>> {
    let filters = match vm.interp().modules.get().and_then(|m| m.get_name(vm.names().warnings())) {
        Some(module) => attr::getattr_opt(vm, &module, vm.names().filters())?,
        None => None,
    };
    let filters = match filters.or_else(|| own_filters(vm)) {
        Some(filters) => crate::protocol::iter::to_vec(vm, &filters)?,
        None => return Ok(Some("default".to_owned())),
    };
    for item in filters {
        let Some(parts) = item.cast::<Tuple>().filter(|t| t.len() == 5) else { continue };
        let [action, message, wanted, wanted_module, wanted_line] = parts.items() else { continue };
        let matches = |pattern: &Object, text: &Object| -> Result<bool> {
            if pattern.is(&none()) {
                return Ok(true);
            }
            if pattern.is_exact::<Str>() {
                return protocol::same_or_equal(vm, pattern, text);
            }
            let found = call::call_method(vm, pattern, &vm.intern("match"), std::slice::from_ref(text))?;
            protocol::is_true(vm, &found)
        };
        if matches(message, text.as_object())?
            && protocol::is_subclass(vm, category, wanted)?
            && matches(wanted_module, module)?
            && wanted_line.as_small_int().is_none_or(|l| l == 0 || l == i64::from(line))
        {
            return Ok(Some(protocol::str(vm, action)?.to_string()));
        }
    }
    Ok(Some("default".to_owned()))
}

fn own_filters(vm: &Vm) -> Option<Object> {
    let module = vm.interp().modules.get()?.get_str(vm, "_warnings")?;
    module.cast::<crate::builtins::module::Module>()?.dict().get_str(vm, "filters")
}

fn show(vm: &Vm, message: &Object, category: &Object, file: &Object, line: i32) -> Result<()> {
    if let Some(module) = vm.interp().modules.get().and_then(|m| m.get_name(vm.names().warnings()))
        && let Some(showing) = attr::getattr_opt(vm, &module, vm.names()._showwarnmsg())?
    {
        let class = attr::getattr(vm, &module, vm.names().WarningMessage())?;
        let exception = if crate::exception::is_exception(message) {
            message.clone()
        } else {
            call::call(vm, category, std::slice::from_ref(message))?
        };
        let warning = call::call(vm, &class, &[exception, category.clone(), file.clone(), Object::int32(line)])?;
        return call::call(vm, &showing, &[warning]).map(drop);
    }
    let name = category.cast::<Type>().map(|t| t.short_name()).unwrap_or_default();
    let text = format!("{}:{line}: {name}: {}\n", protocol::str(vm, file)?, protocol::str(vm, message)?);
    let _ = host::fd::write(2, text.as_bytes());
    Ok(())
}

/// A coroutine was dropped without having been awaited.
pub fn unawaited(vm: &Vm, coroutine: &Object) {
    if vm.interp().finalizing.get() {
        return;
    }
    let module = vm.interp().modules.get().and_then(|m| m.get_name(vm.names().warnings()));
    let done = (|| {
        if let Some(module) = &module
            && let Some(function) = attr::getattr_opt(vm, module, &vm.intern("_warn_unawaited_coroutine"))?
        {
            return call::call(vm, &function, std::slice::from_ref(coroutine)).map(drop);
        }
        let name = crate::frame::generator::body_of(coroutine)
            .and_then(|b| b.qualname.get())
            .map(|n| n.to_string())
            .unwrap_or_default();
        vm.warn(&crate::exception::types::RuntimeWarning, &format!("coroutine '{name}' was never awaited"), 1)
    })();
    if done.is_err() {
        vm.unraisable("Exception ignored while finalizing coroutine", Some(coroutine));
    }
}

/// _warnings provides basic warning filtering support.
/// It is a helper module to speed up interpreter start-up.
#[pymodule("_warnings")]
pub mod module {
    use super::*;
    use crate::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        let entry = |action: &str, category: &'static StaticType, module: Option<&str>| {
            let module = module.map_or_else(none, |m| Str::new(m).into_object());
            Tuple::from_slice(&[
                Str::new(action).into_object(),
                none(),
                category.get().to_object(),
                module,
                Object::int32(0),
            ])
            .into_object()
        };
        use crate::exception::types as t;
        let filters = vec![
            entry("default", &t::DeprecationWarning, Some("__main__")),
            entry("ignore", &t::DeprecationWarning, None),
            entry("ignore", &t::PendingDeprecationWarning, None),
            entry("ignore", &t::ImportWarning, None),
            entry("ignore", &t::ResourceWarning, None),
        ];
        dict.set_str(vm, "filters", List::from_vec(filters).into_object())?;
        dict.set_str(vm, "_onceregistry", Dict::empty().into_object())?;
        dict.set_str(vm, "_defaultaction", Str::new("default").into_object())
    }

    /// Issue a warning, or maybe ignore it or raise an exception.
    ///
    ///   message
    ///     Text of the warning message.
    ///   category
    ///     The Warning category subclass. Defaults to UserWarning.
    ///   stacklevel
    ///     How far up the call stack to make this warning appear. A value of 2 for
    ///     example attributes the warning to the caller of the code calling warn().
    ///   source
    ///     If supplied, the destroyed object which emitted a ResourceWarning
    ///   skip_file_prefixes
    ///     An optional tuple of module filename prefixes indicating frames to skip
    ///     during stacklevel computations for stack frame attribution.
    #[py("warn(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())")]
    fn warn(
        vm: &Vm,
        message: &Object,
        category: Option<&Object>,
        stacklevel: isize,
        source: Option<&Object>,
        skip_file_prefixes: Option<&Object>,
    ) -> Result<()> {
        let _ = (source, skip_file_prefixes);
        let category = match category {
            Some(category) => category.clone(),
            None if crate::exception::is_exception(message) => crate::object::type_of(message).to_object(),
            None => crate::exception::types::UserWarning.get().to_object(),
        };
        super::warn_object(vm, message, &category, stacklevel)
    }

    /// Issue a warning, or maybe ignore it or raise an exception.
    #[py(
        "warn_explicit(message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None)"
    )]
    fn warn_explicit(
        vm: &Vm,
        message: &Object,
        category: &Object,
        filename: &Object,
        lineno: i32,
        module: Option<&Object>,
        registry: Option<&Object>,
        module_globals: Option<&Object>,
        source: Option<&Object>,
    ) -> Result<()> {
        let _ = (module_globals, source);
        let module = module.cloned().unwrap_or_else(|| filename.clone());
        super::explicit(vm, message, category, filename, lineno, &module, &registry.cloned().unwrap_or_else(none))
    }

    #[py("_filters_mutated_lock_held()")]
    fn _filters_mutated_lock_held() {}

    #[py("_acquire_lock()")]
    fn _acquire_lock() {}

    #[py("_release_lock()")]
    fn _release_lock() {}
}
