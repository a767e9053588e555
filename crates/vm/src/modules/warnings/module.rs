//! `_warnings`.

use super::Place;
use crate::builtins::module::Module;
use crate::exception::types as t;
use crate::object::{attr, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call, iter, object as protocol};

/// The category of a warning, from the arguments of `warn`.
fn category_of(vm: &Vm, message: &Object, category: Option<&Object>) -> Result<Object> {
    let warning = t::Warning.get();
    if protocol::is_instance(vm, message, warning.as_object())? {
        return Ok(type_of(message).to_object());
    }
    let Some(category) = category.filter(|c| !c.is(&none())) else { return Ok(t::UserWarning.get().to_object()) };
    let fits = category.cast::<Type>().is_some_and(|kind| kind.is_subtype(warning));
    if !fits {
        bail!(vm, TypeError, "category must be a Warning subclass, not '{}'", type_name(category));
    }
    Ok(category.clone())
}

/// The name of the module that a file is, as far as its name tells.
fn module_of(file: &Object) -> Object {
    let Some(text) = file.cast::<Str>() else { return file.clone() };
    let name = text.to_string_lossy();
    match name.strip_suffix(".py") {
        _ if name.is_empty() => Str::new("<unknown>").into_object(),
        Some(stem) => Str::new(stem).into_object(),
        None => file.clone(),
    }
}

/// The line of the source that a module's loader gives.
fn source_line(vm: &Vm, globals: &Object, line: i32) -> Result<Option<Object>> {
    let external = vm.import("importlib._bootstrap_external")?;
    let loader = call::call_method(vm, &external, &vm.intern("_bless_my_loader"), std::slice::from_ref(globals))?;
    let Some(globals) = globals.cast::<Dict>() else { return Ok(None) };
    // A program's name is not the one that its loader knows it by.
    let spec_name = match globals.get_name(vm.names().__spec__()) {
        Some(spec) => attr::getattr_opt(vm, &spec, vm.names().name())?,
        None => None,
    };
    let Some(name) = spec_name.or_else(|| globals.get_name(vm.names().__name__())) else { return Ok(None) };
    let Some(get_source) = attr::getattr_opt(vm, &loader, &vm.intern("get_source"))? else { return Ok(None) };
    let source = match call::call(vm, &get_source, &[name]) {
        Ok(source) => source,
        // The program itself may be nothing that its loader can find.
        Err(_) if vm.raised_is(&t::ImportError) => {
            vm.clear_raised();
            return Ok(None);
        }
        Err(raised) => return Err(raised),
    };
    if source.is(&none()) {
        return Ok(None);
    }
    if source.cast::<Str>().is_none() {
        bail!(vm, TypeError, "must be str, not {}", type_name(&source));
    }
    let lines = call::call(vm, &attr::getattr(vm, Str::class().as_object(), &vm.intern("splitlines"))?, &[source])?;
    let lines = iter::to_vec(vm, &lines)?;
    Ok(usize::try_from(line - 1).ok().and_then(|at| lines.get(at)).cloned())
}

/// _warnings provides basic warning filtering support.
/// It is a helper module to speed up interpreter start-up.
#[pymodule("_warnings")]
mod items {
    use super::*;

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
        let filters = vec![
            entry("default", &t::DeprecationWarning, Some("__main__")),
            entry("ignore", &t::DeprecationWarning, None),
            entry("ignore", &t::PendingDeprecationWarning, None),
            entry("ignore", &t::ImportWarning, None),
            entry("ignore", &t::ResourceWarning, None),
        ];
        // The importer itself warns: it may not be there yet.
        let variables = crate::import::create_builtin(vm, "_contextvars")?;
        crate::import::exec_builtin(vm, &variables)?;
        let name = Str::new("_warnings_context").into_object();
        let context = call::call_method(vm, &variables, &vm.intern("ContextVar"), &[name])?;
        dict.set_str(vm, "_warnings_context", context)?;
        vm.interp().warnings.set(Some(dict.clone()));
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
        let category = category_of(vm, message, category)?;
        let mut skip = Vec::new();
        if let Some(prefixes) = skip_file_prefixes {
            let Some(prefixes) = prefixes.cast::<Tuple>() else {
                let kind = type_name(prefixes);
                bail!(vm, TypeError, "warn() argument 'skip_file_prefixes' must be tuple, not {kind}");
            };
            for prefix in prefixes.items() {
                let Some(prefix) = prefix.cast::<Str>() else {
                    let kind = type_name(prefix);
                    bail!(vm, TypeError, "Found non-str '{kind}' in skip_file_prefixes.");
                };
                skip.push(prefix.to_string_lossy());
            }
        }
        let level = if skip.is_empty() { stacklevel } else { stacklevel.max(2) };
        super::super::warn_object(vm, message, &category, level, source, &skip)
    }

    /// Issue a warning, or maybe ignore it or raise an exception.
    #[py(
        "warn_explicit(message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)"
    )]
    fn warn_explicit(
        vm: &Vm,
        message: &Object,
        category: &Object,
        filename: &Ref<Str>,
        lineno: i32,
        module: Option<&Object>,
        registry: Option<&Object>,
        module_globals: Option<&Object>,
        source: Option<&Object>,
    ) -> Result<()> {
        let category = category_of(vm, message, Some(category))?;
        let line = match module_globals {
            None => None,
            Some(globals) if globals.cast::<Dict>().is_none() => {
                bail!(vm, TypeError, "module_globals must be a dict, not '{}'", type_name(globals));
            }
            Some(globals) => source_line(vm, globals, lineno)?,
        };
        let module = module.cloned().unwrap_or_else(|| module_of(filename.as_object()));
        let nothing = none();
        let at = Place {
            file: filename.as_object(),
            line: lineno,
            module: &module,
            registry: registry.unwrap_or(&nothing),
            source_line: line.as_ref(),
            source,
        };
        super::super::explicit(vm, message, &category, at)
    }

    #[py("_filters_mutated_lock_held()")]
    fn _filters_mutated_lock_held(vm: &Vm) {
        let version = &vm.interp().filters_version;
        version.set(version.get() + 1);
    }

    #[py("_acquire_lock()")]
    fn _acquire_lock() {}

    #[py("_release_lock()")]
    fn _release_lock() {}
}

pub use items::MODULE;
