//! Imports: native and frozen modules, and the way to the library's own `importlib`.

use crate::builtins::module::{self, Module};
use crate::context::BuiltinModule;
use crate::frame::call::run_code;
use crate::frame::code::Code;
use crate::native::BuiltinFunction;
use crate::object::attr;
use crate::prelude::*;
use crate::protocol::{call, object as protocol};

mod stdlib_names;
pub mod times;
pub use stdlib_names::STDLIB_NAMES;

/// What a frozen module is made of.
#[derive(Clone, Copy)]
pub enum FrozenSource {
    Text(&'static str),
    /// The marshalled code object, verified when it was made.
    Code(&'static [u8]),
    /// In a file of the library, by its path in there.
    File(&'static str),
}

/// A module of the library that is part of the program.
#[derive(Clone, Copy)]
pub struct Frozen {
    pub source: FrozenSource,
    /// The name it has as a file, if it has one there.
    pub original: Option<&'static str>,
    pub is_package: bool,
}

/// The native module of this name.
pub fn find_builtin(vm: &Vm, name: &str) -> Option<BuiltinModule> {
    vm.interp().builtin_modules.borrow().iter().find(|m| m.def.name == name).copied()
}

/// Puts functions into a native module; for modules that are written in several chapters.
pub fn add_functions(vm: &Vm, module: &Ref<Module>, functions: &'static [crate::native::MethodDef]) -> Result<()> {
    let dict = module.dict();
    let module_name = dict.get_name(vm.names().__name__());
    for function in functions {
        let object = BuiltinFunction::make(function, Some(module.to_object()), module_name.clone());
        dict.set_str(vm, function.name, object)?;
    }
    Ok(())
}

/// A native module's object with its functions and constants, not yet executed.
pub fn create_builtin(vm: &Vm, name: &str) -> Result<Object> {
    let Some(found) = find_builtin(vm, name) else {
        return Err(raise!(vm, ImportError, "no built-in module named {name}"));
    };
    Ok(module_of(vm, found.def)?.into_object())
}

/// The module that a table describes, not yet executed.
pub fn module_of(vm: &Vm, def: &'static crate::native::ModuleDef) -> Result<Ref<Module>> {
    let doc = (!def.doc.is_empty()).then_some(def.doc);
    let module = Module::make(vm, def.name, doc)?;
    let dict = module.dict();
    add_functions(vm, &module, def.functions)?;
    for (name, value) in def.constants {
        dict.set_str(vm, name, value(vm)?)?;
    }
    for kind in def.types {
        let kind = kind(vm)?;
        // Instances answer `__module__` with their class's.
        if let Some((owner, _)) = kind.tp_name().rsplit_once('.')
            && kind.own_dict().get_name(vm.names().__module__()).is_none()
        {
            crate::object::mro::modified(&kind);
            kind.own_dict().set_name(vm, vm.names().__module__(), vm.intern(owner).into_object())?;
        }
        dict.set_str(vm, &kind.short_name(), kind.to_object())?;
    }
    Ok(module)
}

/// Runs a native module's own start.
pub fn exec_builtin(vm: &Vm, module: &Object) -> Result<()> {
    let Some(module) = module.cast::<Module>() else { return Ok(()) };
    let name = module.dict().get_name(vm.names().__name__());
    let name = name.and_then(|n| n.cast::<Str>().map(|n| n.to_string())).unwrap_or_default();
    match find_builtin(vm, &name).and_then(|m| m.def.exec) {
        Some(exec) => exec(vm, module),
        None => Ok(()),
    }
}

/// A native module made, executed and put into `sys.modules`.
pub fn load_builtin(vm: &Vm, name: &str) -> Result<Object> {
    let module = create_builtin(vm, name)?;
    if let Some(modules) = vm.interp().modules.get() {
        modules.set_str(vm, name, module.clone())?;
    }
    exec_builtin(vm, &module)?;
    Ok(module)
}

/// The code of a frozen module.
pub fn frozen_code(vm: &Vm, name: &str) -> Result<Ref<Code>> {
    let Some(frozen) = vm.interp().frozen_modules.borrow().get(name).copied() else {
        bail!(vm, ImportError, "No such frozen object named '{name}'");
    };
    let filename = Str::new(&format!("<frozen {}>", frozen.original.unwrap_or(name)));
    let read;
    let source = match frozen.source {
        FrozenSource::Text(text) => text,
        FrozenSource::Code(bytes) => return crate::modules::marshal::load_frozen(vm, bytes),
        FrozenSource::File(file) => {
            let path = std::path::Path::new(&vm.interp().config.borrow().stdlib).join(file);
            let Ok(text) = std::fs::read_to_string(&path) else {
                bail!(vm, ImportError, "the library has no {}", path.display())
            };
            read = text;
            &read
        }
    };
    let request =
        crate::modules::compile::Request { filename: &filename, mode: syntax::Mode::Exec, flags: 0, optimize: -1 };
    crate::modules::compile::compile(vm, source, &request)
}

/// A frozen module made, put into `sys.modules` and executed.
pub fn import_frozen(vm: &Vm, name: &str) -> Result<Object> {
    let code = frozen_code(vm, name)?;
    let module = Module::make(vm, name, None)?;
    if let Some(modules) = vm.interp().modules.get() {
        modules.set_str(vm, name, module.to_object())?;
    }
    let dict = module.dict();
    let original = vm.interp().frozen_modules.borrow().get(name).map(|f| f.original);
    if let Some(original) = original {
        dict.set_str(vm, "__origname__", original.map_or_else(none, |o| Str::new(o).into_object()))?;
    }
    run_code(vm, &code, &dict, dict.as_object(), None)?;
    Ok(module.into_object())
}

/// Whether this is `builtins.__import__` as it was made.
pub fn is_own_import(_vm: &Vm, function: &Object) -> bool {
    function.cast_exact::<BuiltinFunction>().is_some_and(|f| f.def.name == "__import__")
}

fn importlib_call(vm: &Vm, name: &Name, args: &[Object]) -> Result<Object> {
    let Some(importlib) = vm.interp().importlib.get() else {
        bail!(vm, ImportError, "the importer is not there yet");
    };
    let function = attr::getattr(vm, &importlib, name)?;
    let result = call::call(vm, &function, args);
    if result.is_err() {
        trim_frames(vm);
    }
    result
}

/// Takes the importer's own frames out of the traceback of an ImportError (or of any error, up to the module's code).
fn trim_frames(vm: &Vm) {
    use crate::exception::BaseException;
    use crate::frame::traceback::Traceback;
    if vm.interp().config.borrow().verbose > 0 {
        return;
    }
    let Some(exception) = vm.raised() else { return };
    let Some(body) = exception.cast::<BaseException>() else { return };
    let always = vm.raised_is(&crate::exception::types::ImportError);
    // Chunks of importlib frames are cut where they end in the import of a module's code, or all for ImportError.
    let mut entries: Vec<Ref<Traceback>> = Vec::new();
    let mut at = body.traceback.get();
    while let Some(entry) = at {
        let Some(entry) = entry.cast::<Traceback>() else { return };
        entries.push(entry.clone());
        at = entry.next.get();
    }
    let mut keep: Vec<bool> = vec![true; entries.len()];
    let mut start = None;
    for (i, entry) in entries.iter().enumerate() {
        let code = entry.frame.code();
        let file = code.filename.get().map(|f| f.to_string()).unwrap_or_default();
        let own = file == "<frozen importlib._bootstrap>" || file == "<frozen importlib._bootstrap_external>";
        if !own {
            start = None;
            continue;
        }
        let first = *start.get_or_insert(i);
        let last = code.name.as_ascii() == Some("_call_with_frames_removed");
        if always || last {
            keep[first..=i].fill(false);
        }
    }
    let mut next = None;
    for (entry, keep) in entries.into_iter().zip(keep).rev() {
        if keep {
            entry.next.set(next);
            next = Some(entry.into_object());
        }
    }
    body.traceback.set(next);
}

/// The absolute name of a relative import.
fn resolve_name(vm: &Vm, name: &Ref<Str>, globals: Option<&Object>, level: i64) -> Result<Ref<Str>> {
    let Some(globals) = globals.and_then(|g| g.cast::<Dict>()) else {
        bail!(vm, KeyError, "'__name__' not in globals");
    };
    let names = vm.names();
    let package = globals.get_name(names.__package__()).filter(|p| !p.is(&none()));
    let spec = globals.get_name(names.__spec__()).filter(|s| !s.is(&none()));
    let package = match (package, &spec) {
        (Some(package), spec) => {
            let Some(text) = package.cast::<Str>() else { bail!(vm, TypeError, "package must be a string") };
            if let Some(spec) = spec {
                let parent = attr::getattr(vm, spec, names.parent())?;
                if !protocol::same_or_equal(vm, &package, &parent)? {
                    vm.warn(&crate::exception::types::DeprecationWarning, "__package__ != __spec__.parent", 1)?;
                }
            }
            text.clone()
        }
        (None, Some(spec)) => match attr::getattr(vm, spec, names.parent())?.cast::<Str>() {
            Some(text) => text.clone(),
            None => bail!(vm, TypeError, "__spec__.parent must be a string"),
        },
        (None, None) => {
            let Some(own) = globals.get_name(names.__name__()) else {
                bail!(vm, KeyError, "'__name__' not in globals")
            };
            let Some(own) = own.cast::<Str>() else { bail!(vm, TypeError, "__name__ must be a string") };
            let problem = "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__";
            vm.warn(&crate::exception::types::ImportWarning, problem, 1)?;
            if globals.get_name(names.__path__()).is_some() {
                own.clone()
            } else {
                let text = own.to_utf8(vm)?;
                Str::new(text.rsplit_once('.').map_or("", |(parent, _)| parent))
            }
        }
    };
    let text = package.to_utf8(vm)?;
    if text.is_empty() {
        bail!(vm, ImportError, "attempted relative import with no known parent package");
    }
    let mut base = &text[..];
    for _ in 1..level {
        match base.rsplit_once('.') {
            Some((parent, _)) => base = parent,
            None => bail!(vm, ImportError, "attempted relative import beyond top-level package"),
        }
    }
    if name.is_empty() { Ok(Str::new(base)) } else { Ok(Str::new(&format!("{base}.{}", name.to_utf8(vm)?))) }
}

fn not_there(vm: &Vm, name: &Ref<Str>) -> Raised {
    raise!(vm, KeyError, "{} not in sys.modules as expected", protocol::ErrorText::repr_for_error(name.as_object(), vm))
}

/// Runs `f` with the import system as it is at start, and puts back what the program made of it.
pub fn with_own_path(vm: &Vm, f: impl FnOnce() -> Result<()>) -> Result<()> {
    let Some(external) = vm.interp().modules.get().and_then(|m| m.get_str(vm, "_frozen_importlib_external")) else {
        return f();
    };
    let Some(importlib) = vm.interp().importlib.get() else { return f() };
    let finders = [(&importlib, "BuiltinImporter"), (&importlib, "FrozenImporter"), (&external, "PathFinder")];
    let finders = finders.map(|(module, name)| attr::getattr(vm, module, &vm.intern(name)));
    let finders = finders.into_iter().collect::<Result<Vec<_>>>()?;
    let loaders = call::call_method(vm, &external, &vm.intern("_get_supported_file_loaders"), &[])?;
    let file_finder = attr::getattr(vm, &external, &vm.intern("FileFinder"))?;
    let hook =
        call::call_method(vm, &file_finder, &vm.intern("path_hook"), &crate::protocol::iter::to_vec(vm, &loaders)?)?;
    let library = Str::new(&vm.interp().config.borrow().stdlib).into_object();
    let list = |item: Object| List::from_vec(vec![item]).into_object();
    let own = [
        ("meta_path", List::from_vec(finders).into_object()),
        ("path_hooks", list(hook)),
        ("path", list(library)),
        ("path_importer_cache", Dict::empty().into_object()),
    ];
    let mut saved = Vec::new();
    for (name, value) in own {
        saved.push((name, vm.sys_get(&vm.intern(name))));
        vm.sys_set(name, value)?;
    }
    let result = f();
    for (name, value) in saved {
        if let Some(value) = value {
            vm.sys_set(name, value)?;
        }
    }
    result
}

fn in_modules(vm: &Vm, name: &Ref<Str>) -> Result<Option<Object>> {
    let Some(modules) = vm.interp().modules.get() else { return Ok(None) };
    Ok(modules.get_name(name).filter(|m| !m.is(&none())))
}

/// Whether a module in `sys.modules` is still being imported (by another thread, or further out).
fn is_initializing(vm: &Vm, module: &Object) -> Result<bool> {
    match attr::getattr_opt(vm, module, vm.names().__spec__())? {
        Some(spec) if !spec.is(&none()) => match attr::getattr_opt(vm, &spec, vm.names()._initializing())? {
            Some(flag) => protocol::is_true(vm, &flag),
            None => Ok(false),
        },
        _ => Ok(false),
    }
}

/// `__import__(name, globals, locals, fromlist, level)`.
pub fn import_level(
    vm: &Vm,
    name: &Ref<Str>,
    globals: Option<&Object>,
    fromlist: &Object,
    level: &Object,
) -> Result<Object> {
    let level = crate::protocol::number::as_ssize(vm, level, None)? as i64;
    if level < 0 {
        bail!(vm, ValueError, "level must be >= 0");
    }
    let full = if level > 0 {
        resolve_name(vm, name, globals, level)?
    } else {
        if name.is_empty() {
            bail!(vm, ValueError, "Empty module name");
        }
        name.clone()
    };
    let full = vm.intern_ref(&full);
    let timing = vm.interp().import_times.level.get();
    let module = match in_modules(vm, &full)? {
        Some(module) => {
            if timing > 1 {
                vm.interp().import_times.cached(&full);
            }
            if is_initializing(vm, &module)? {
                importlib_call(vm, vm.names()._lock_unlock_module(), &[full.to_object()])?;
            }
            module
        }
        None => {
            let import =
                vm.interp().builtins.get().and_then(|b| b.get_name(vm.names().__import__())).unwrap_or_else(none);
            let load = || importlib_call(vm, vm.names()._find_and_load(), &[full.to_object(), import]);
            if timing > 0 { vm.interp().import_times.measured(&full, load)? } else { load()? }
        }
    };
    let has_from = !fromlist.is(&none()) && protocol::is_true(vm, fromlist)?;
    if has_from {
        if attr::getattr_opt(vm, &module, vm.names().__path__())?.is_some() {
            let import =
                vm.interp().builtins.get().and_then(|b| b.get_name(vm.names().__import__())).unwrap_or_else(none);
            return importlib_call(vm, vm.names()._handle_fromlist(), &[module, fromlist.clone(), import]);
        }
        return Ok(module);
    }
    if level == 0 && !name.contains_code_point(u32::from('.')) {
        // Also a name that is no text in UTF-8.
        return Ok(module);
    }
    let text = name.to_utf8(vm)?;
    if level == 0 || !text.is_empty() {
        let Some((front, _)) = text.split_once('.') else { return Ok(module) };
        if level == 0 {
            let front = vm.intern(front);
            return match in_modules(vm, &front)? {
                Some(top) => Ok(top),
                None => import_level(vm, &front, None, &none(), &Object::int32(0)),
            };
        }
        let full_text = full.to_utf8(vm)?;
        let cut = text.len() - front.len();
        let top = vm.intern(&full_text[..full_text.len() - cut]);
        return in_modules(vm, &top)?.ok_or_else(|| not_there(vm, &top));
    }
    Ok(module)
}

/// Imports a dotted name and gives that module.
pub fn import_module(vm: &Vm, name: &str) -> Result<Object> {
    let name = vm.intern(name);
    let from = Tuple::from_slice(&[Str::new("*").into_object()]);
    if let Some(found) = in_modules(vm, &name)? {
        return Ok(found);
    }
    let _ = from;
    import_level(vm, &name, None, &none(), &Object::int32(0))?;
    in_modules(vm, &name)?.ok_or_else(|| raise!(vm, ImportError, "No module named '{name}'"))
}

/// As [`import_module`], but a module that another thread is still importing is waited for: for code that then looks for
/// names in it.
pub fn import_whole(vm: &Vm, name: &Ref<Str>) -> Result<Object> {
    let name = vm.intern_ref(name);
    match in_modules(vm, &name)? {
        Some(found) => {
            if is_initializing(vm, &found)? {
                importlib_call(vm, vm.names()._lock_unlock_module(), &[name.to_object()])?;
            }
            Ok(found)
        }
        None => {
            import_level(vm, &name, None, &none(), &Object::int32(0))?;
            in_modules(vm, &name)?.ok_or_else(|| raise!(vm, ImportError, "No module named '{name}'"))
        }
    }
}

/// `from package import name` where the package has no such attribute: the submodule, or ImportError that says why.
pub fn import_from_fallback(vm: &Vm, module: &Object, name: &Ref<Str>) -> Result<Object> {
    let names = vm.names();
    let own_name = attr::getattr_opt(vm, module, names.__name__())?;
    let own = own_name.as_ref().and_then(|n| n.cast::<Str>()).cloned();
    if let Some(own) = &own {
        let full = vm.intern(&format!("{own}.{name}"));
        if let Some(found) = in_modules(vm, &full)? {
            return Ok(found);
        }
    }
    let shown = own.as_ref().map_or_else(|| "<unknown module name>".to_owned(), |n| n.to_string());
    let spec = attr::getattr_opt(vm, module, names.__spec__())?.filter(|s| !s.is(&none()));
    let file = match &spec {
        Some(spec) => module::origin(vm, spec)?,
        None => None,
    };
    let shadows = file.as_ref().is_some_and(|file| module::may_shadow(vm, &file.to_string_lossy()));
    let of_library = shadows
        && match (vm.sys_get(&vm.intern("stdlib_module_names")), &own) {
            (Some(names), Some(own)) => crate::protocol::sequence::contains(vm, &names, own.as_object())?,
            _ => false,
        };
    let origin = match file.map(Ref::into_object) {
        Some(origin) => Some(origin),
        None if module.is_instance_of::<Module>() => {
            attr::getattr_opt(vm, module, names.__file__())?.filter(|o| o.is_instance_of::<Str>())
        }
        None => None,
    };
    let initializing = match &spec {
        Some(_) => is_initializing(vm, module)?,
        None => false,
    };
    let place = match &origin {
        Some(origin) => protocol::str(vm, origin)?.to_string_lossy(),
        None => "unknown location".to_owned(),
    };
    let what = format!("cannot import name '{name}' from");
    let message = if of_library {
        format!(
            "{what} '{shown}' (consider renaming '{place}' since it has the same name as the standard library module named '{shown}' and prevents importing that standard library module)"
        )
    } else if initializing && shadows {
        format!(
            "{what} '{shown}' (consider renaming '{place}' if it has the same name as a library you intended to import)"
        )
    } else if initializing {
        format!("{what} partially initialized module '{shown}' (most likely due to a circular import) ({place})")
    } else {
        format!("{what} '{shown}' ({place})")
    };
    let raised = raise!(vm, ImportError, "{message}");
    if let Some(e) = vm.raised()
        && let Some(e) = e.cast::<crate::exception::ImportError>()
    {
        e.name.set(own_name);
        e.path.set(origin);
        e.name_from.set(Some(name.to_object()));
    }
    Err(raised)
}

/// Sets the importer up: its bootstrap is run as frozen code and installed (PEP 302, 451).
pub fn install(vm: &Vm) -> Result<()> {
    let bootstrap = import_frozen(vm, "_frozen_importlib")?;
    let modules = vm.interp().modules.get().ok_or(Raised)?;
    let sys = modules.get_str(vm, "sys").ok_or(Raised)?;
    let imp = load_builtin(vm, "_imp")?;
    call::call_method(vm, &bootstrap, &vm.intern("_install"), &[sys, imp])?;
    vm.interp().importlib.set(Some(bootstrap.clone()));
    modules.set_str(vm, "importlib._bootstrap", bootstrap.clone())?;
    call::call_method(vm, &bootstrap, &vm.intern("_install_external_importers"), &[])?;
    if let Some(external) = modules.get_str(vm, "_frozen_importlib_external") {
        // Ours also looks at the code behind the head: what is broken in a cache is compiled anew.
        let imp = load_builtin(vm, "_imp")?;
        let classify = attr::getattr(vm, &imp, &vm.intern("_classify_pyc"))?;
        attr::setattr(vm, &external, &vm.intern("_classify_pyc"), Some(&classify))?;
        modules.set_str(vm, "importlib._bootstrap_external", external)?;
    }
    Ok(())
}
