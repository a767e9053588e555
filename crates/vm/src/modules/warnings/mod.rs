//! Warnings: issued here, filtered by what the module `warnings` has, and shown by it once it is loaded.

mod filter;
pub mod module;

use crate::frame::{Frame, nth};
use crate::object::{attr, type_of};
use crate::prelude::*;
use crate::protocol::{call, object as protocol};

/// Issues a warning of `category`, `stack_level` frames up (1 is the caller).
pub fn warn(vm: &Vm, category: &Ref<Type>, message: &str, stack_level: isize) -> Result<()> {
    let message = Str::new(message).into_object();
    warn_object(vm, &message, category.as_object(), stack_level, None, &[])
}

/// Issues a ResourceWarning about an object that goes without having been closed.
pub fn warn_unclosed(vm: &Vm, source: &Object, message: &str) -> Result<()> {
    let category = crate::exception::types::ResourceWarning.get();
    warn_object(vm, Str::new(message).as_object(), category.as_object(), 1, Some(source), &[])
}

/// An attribute of the module `warnings`, which is imported for it only if `import` says so.
fn attribute(vm: &Vm, name: &Name, import: bool) -> Result<Option<Object>> {
    let Some(modules) = vm.interp().modules.get() else { return Ok(None) };
    let module = match modules.get_name(vm.names().warnings()) {
        Some(module) if !module.is(&none()) => module,
        // The module cannot be imported any more.
        _ if !import || vm.interp().finalizing.get() => return Ok(None),
        _ => match vm.import("warnings") {
            Ok(module) => module,
            Err(_) => {
                vm.clear_raised();
                return Ok(None);
            }
        },
    };
    attr::getattr_opt(vm, &module, name)
}

/// The file of a frame.
fn file_of(frame: *mut Frame) -> Object {
    Frame::code(frame).filename.get().map_or_else(none, Ref::into_object)
}

/// Whether a frame is the importer's.
fn is_internal(frame: *mut Frame) -> bool {
    let name = Frame::code(frame).filename.get().map(|f| f.to_string_lossy()).unwrap_or_default();
    name.contains("importlib") && name.contains("_bootstrap")
}

/// The frame that a warning is about: `level` frames up, those of the importer and of files that begin with a prefix not
/// counted unless the innermost is one.
fn frame_at(vm: &Vm, level: isize, skip: &[String]) -> Option<*mut Frame> {
    let mut depth = 0;
    let first = nth(vm, 0)?;
    if level <= 0 || is_internal(first) {
        return nth(vm, (level - 1).max(0) as usize);
    }
    let mut frame = first;
    for _ in 1..level {
        loop {
            depth += 1;
            frame = nth(vm, depth)?;
            let skipped = !skip.is_empty() && {
                let name = Frame::code(frame).filename.get().map(|f| f.to_string_lossy()).unwrap_or_default();
                skip.iter().any(|prefix| name.starts_with(prefix.as_str()))
            };
            if !is_internal(frame) && !skipped {
                break;
            }
        }
    }
    Some(frame)
}

/// `warnings.warn(message, category, stack_level, source, skip_file_prefixes=skip)`.
pub fn warn_object(
    vm: &Vm,
    message: &Object,
    category: &Object,
    stack_level: isize,
    source: Option<&Object>,
    skip: &[String],
) -> Result<()> {
    let (file, line, globals) = match frame_at(vm, stack_level, skip) {
        Some(frame) => (file_of(frame), Frame::line(frame), Some(Frame::globals(frame))),
        None => (Str::new("<sys>").into_object(), 0, vm.interp().sys.get()),
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
        .filter(|name| name.is(&none()) || name.is_instance_of::<Str>())
        .unwrap_or_else(|| Str::new("<string>").into_object());
    let at = Place { file: &file, line, module: &module, registry: &registry, source_line: None, source };
    explicit(vm, message, category, at)
}

/// Where a warning comes from.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub file: &'a Object,
    pub line: i32,
    /// None if there is no module any more: nothing is said then.
    pub module: &'a Object,
    /// A dict of what was said before, or None.
    pub registry: &'a Object,
    pub source_line: Option<&'a Object>,
    /// The object that the warning is about.
    pub source: Option<&'a Object>,
}

/// `warnings.warn_explicit`.
pub fn explicit(vm: &Vm, message: &Object, category: &Object, at: Place<'_>) -> Result<()> {
    if at.module.is(&none()) {
        return Ok(());
    }
    let registry = at.registry.cast::<Dict>();
    if registry.is_none() && !at.registry.is(&none()) {
        bail!(vm, TypeError, "'registry' must be a dict or None");
    }
    let is_warning = protocol::is_instance(vm, message, crate::exception::types::Warning.get().as_object())?;
    let (text, category, message) = if is_warning {
        (protocol::str(vm, message)?.into_object(), type_of(message).to_object(), message.clone())
    } else {
        let made = call::call(vm, category, std::slice::from_ref(message))?;
        (message.clone(), category.clone(), made)
    };
    let key = Tuple::from_slice(&[text.clone(), category.clone(), Object::int32(at.line)]).into_object();
    if let Some(registry) = registry
        && known(vm, registry, &key, false)?
    {
        return Ok(());
    }
    let (action, item) = filter::action(vm, &category, &text, at.line, at.module)?;
    match &action.to_string_lossy()[..] {
        "ignore" => return Ok(()),
        "error" => return Err(vm.raise(message)),
        "always" | "all" => {}
        name => {
            if let Some(registry) = registry {
                registry.set(vm, &key, true.object())?;
            }
            let whole = Tuple::from_slice(&[text.clone(), category.clone()]).into_object();
            let before = match name {
                "once" => match registry {
                    Some(registry) => known(vm, registry, &whole, true)?,
                    None => known(vm, &filter::once_registry(vm)?, &whole, true)?,
                },
                "module" => match registry {
                    Some(registry) => known(vm, registry, &whole, true)?,
                    None => false,
                },
                "default" => false,
                _ => {
                    let (action, item) = (protocol::repr(vm, action.as_object())?, protocol::repr(vm, &item)?);
                    bail!(vm, RuntimeError, "Unrecognized action ({action}) in warnings.filters:\n {item}");
                }
            };
            if before {
                return Ok(());
            }
        }
    }
    show(vm, &message, &text, &category, at)
}

/// Whether a registry, which forgets everything when the filters have changed, has a key; it is put there if `set` says so.
fn known(vm: &Vm, registry: &Ref<Dict>, key: &Object, set: bool) -> Result<bool> {
    let version = Int::from_i64(vm.interp().filters_version.get());
    let now = registry.get_name(vm.names().version());
    if now.as_ref().and_then(|v| v.as_small_int()) != version.as_small_int() {
        registry.table.clear();
        registry.set_name(vm, vm.names().version(), version)?;
    } else if let Some(value) = registry.get(vm, key)?
        && protocol::is_true(vm, &value)?
    {
        return Ok(true);
    }
    if set {
        registry.set(vm, key, true.object())?;
    }
    Ok(false)
}

fn show(vm: &Vm, message: &Object, text: &Object, category: &Object, at: Place<'_>) -> Result<()> {
    // A warning about an object may show where it was made, which the module does.
    let Some(showing) = attribute(vm, vm.names()._showwarnmsg(), at.source.is_some())? else {
        return show_plainly(vm, text, category, at);
    };
    if type_of(&showing).slots.call.get().is_none() {
        bail!(vm, TypeError, "warnings._showwarnmsg() must be set to a callable");
    }
    let Some(class) = attribute(vm, vm.names().WarningMessage(), false)? else {
        bail!(vm, RuntimeError, "unable to get warnings.WarningMessage");
    };
    let source = at.source.cloned().unwrap_or_else(none);
    let source_line = at.source_line.cloned().unwrap_or_else(none);
    let args =
        [message.clone(), category.clone(), at.file.clone(), Object::int32(at.line), none(), source_line, source];
    let warning = call::call(vm, &class, &args)?;
    call::call(vm, &showing, &[warning]).map(drop)
}

/// On `sys.stderr`, without the module.
fn show_plainly(vm: &Vm, text: &Object, category: &Object, at: Place<'_>) -> Result<()> {
    let Some(stderr) = vm.sys_get(vm.names().stderr()).filter(|f| !f.is(&none())) else { return Ok(()) };
    let name = category.cast::<Type>().map(|t| t.short_name()).unwrap_or_default();
    let mut shown = format!("{}:{}: {name}: {}\n", protocol::str(vm, at.file)?, at.line, protocol::str(vm, text)?);
    let line = match at.source_line {
        Some(line) => Some(protocol::str(vm, line)?.to_string_lossy()),
        None => line_of(vm, at.file, at.line)?,
    };
    if let Some(line) = line {
        shown.push_str(&format!("  {}\n", line.trim_matches([' ', '\t', '\x0c', '\n'])));
    }
    let written = call::call_method(vm, &stderr, vm.names().write(), &[Str::new(&shown).into_object()]);
    if written.is_err() {
        vm.clear_raised();
    }
    Ok(())
}

/// A line of a file, if it can be read.
fn line_of(vm: &Vm, file: &Object, line: i32) -> Result<Option<String>> {
    let path = protocol::str(vm, file)?.to_string_lossy();
    let Ok(text) = std::fs::read(&path) else { return Ok(None) };
    let found = text.split(|&b| b == b'\n').nth((line - 1).max(0) as usize);
    Ok(found
        .map(|line| String::from_utf8_lossy(line).trim().to_owned())
        .filter(|line| !line.is_empty() && line.len() < 4096))
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
            if call::call(vm, &function, std::slice::from_ref(coroutine)).is_ok() {
                return Ok(());
            }
            vm.unraisable("Exception ignored while finalizing coroutine", Some(coroutine));
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
