//! Module objects.

use crate::object::{attr, instance, type_name};
use crate::prelude::*;
use crate::protocol::{call, object as protocol, sequence};

/// Create a module object.
///
/// The name must be a string; the optional doc argument can have any type.
#[pytype("module", flags(BASETYPE, HAVE_GC, MANAGED_WEAKREF))]
pub struct Module {
    pub head: Head,
    pub dict: Ref<Dict>,
}

impl Module {
    /// A module with the attributes that every new module has.
    pub fn make(vm: &Vm, name: &str, doc: Option<&str>) -> Result<Ref<Module>> {
        let module = instance::alloc_static(Module { head: Head::new(), dict: Dict::empty() });
        let doc = doc.map_or_else(none, |doc| Str::new(doc).into_object());
        module.fill(vm, vm.intern(name).as_object(), &doc)?;
        Ok(module)
    }

    /// The attributes.
    #[inline]
    pub fn dict(&self) -> Ref<Dict> {
        self.dict.clone()
    }

    /// The attributes, borrowed.
    #[inline(always)]
    pub fn dict_ref(&self) -> &Ref<Dict> {
        &self.dict
    }

    fn fill(&self, vm: &Vm, name: &Object, doc: &Object) -> Result<()> {
        let (dict, names) = (self.dict(), vm.names());
        dict.set_name(vm, names.__name__(), name.clone())?;
        dict.set_name(vm, names.__doc__(), doc.clone())?;
        for name in [names.__package__(), names.__loader__(), names.__spec__()] {
            dict.set_name(vm, name, none())?;
        }
        Ok(())
    }

    /// `__name__`, if it is a string.
    pub fn name(&self, vm: &Vm) -> Option<Ref<Str>> {
        self.dict().get_name(vm.names().__name__())?.cast::<Str>().cloned()
    }
}

/// Whether the module's spec says that it is still being imported.
fn is_initializing(vm: &Vm, spec: &Object) -> Result<bool> {
    match attr::getattr_opt(vm, spec, vm.names()._initializing())? {
        Some(value) => protocol::is_true(vm, &value),
        None => Ok(false),
    }
}

/// The file that the spec names, if it has one.
pub fn origin(vm: &Vm, spec: &Object) -> Result<Option<Ref<Str>>> {
    let located = match attr::getattr_opt(vm, spec, &vm.intern("has_location"))? {
        Some(value) => protocol::is_true(vm, &value)?,
        None => false,
    };
    if !located {
        return Ok(None);
    }
    Ok(attr::getattr_opt(vm, spec, vm.names().origin())?.and_then(|o| o.cast::<Str>().cloned()))
}

/// Whether the file stands in the script's directory, in front of the library.
pub fn may_shadow(vm: &Vm, origin: &str) -> bool {
    if vm.interp().config.borrow().safe_path {
        return false;
    }
    let Some(first) = vm.interp().script_folder.get().map(|folder| folder.to_string_lossy()) else { return false };
    let Some((folder, file)) = origin.rsplit_once('/') else { return false };
    let folder = if file == "__init__.py" { folder.rsplit_once('/').map_or("", |(up, _)| up) } else { folder };
    let first = if first.is_empty() {
        std::env::current_dir().map(|d| d.to_string_lossy().into_owned()).unwrap_or_default()
    } else {
        first
    };
    folder == first
}

/// The AttributeError for a module that lacks an attribute.
#[cold]
pub fn no_attribute(vm: &Vm, module: &Ref<Module>, name: &Name) -> Raised {
    let raised = match missing(vm, module, name) {
        Ok(message) => raise!(vm, AttributeError, "{message}"),
        Err(raised) => return raised,
    };
    vm.set_attribute_context(module.as_object(), name);
    raised
}

fn missing(vm: &Vm, module: &Ref<Module>, name: &Name) -> Result<String> {
    let Some(own) = module.name(vm) else { return Ok(format!("module has no attribute '{name}'")) };
    let plain = format!("module '{own}' has no attribute '{name}'");
    let Some(spec) = module.dict().get_name(vm.names().__spec__()).filter(|s| !s.is(&none())) else { return Ok(plain) };
    let file = origin(vm, &spec)?.map(|o| o.to_string());
    let shadows = file.as_deref().is_some_and(|file| may_shadow(vm, file));
    let of_library = shadows
        && match vm.sys_get(&vm.intern("stdlib_module_names")) {
            Some(names) => sequence::contains(vm, &names, own.as_object())?,
            None => false,
        };
    if let Some(file) = file.as_deref().filter(|_| of_library) {
        return Ok(format!(
            "{plain} (consider renaming '{file}' since it has the same name as the standard library module named '{own}' and prevents importing that standard library module)"
        ));
    }
    if is_initializing(vm, &spec)? {
        return Ok(match file {
            Some(file) if shadows => {
                format!(
                    "{plain} (consider renaming '{file}' if it has the same name as a library you intended to import)"
                )
            }
            Some(file) => {
                format!(
                    "partially initialized module '{own}' from '{file}' has no attribute '{name}' (most likely due to a circular import)"
                )
            }
            None => format!(
                "partially initialized module '{own}' has no attribute '{name}' (most likely due to a circular import)"
            ),
        });
    }
    if let Some(waiting) = attr::getattr_opt(vm, &spec, vm.names()._uninitialized_submodules())?
        && waiting.is_instance_of::<List>()
        && sequence::contains(vm, &waiting, name.as_object())?
    {
        return Ok(format!(
            "cannot access submodule '{name}' of module '{own}' (most likely due to a circular import)"
        ));
    }
    Ok(plain)
}

#[pymethods]
impl Module {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let module = instance::alloc(vm, cls, Module { head: Head::new(), dict: Dict::empty() })?;
        Ok(module.into_object())
    }

    #[slot("(name, doc=None)")]
    fn init(&self, vm: &Vm, name: &Ref<Str>, doc: Option<&Object>) -> Result<()> {
        self.fill(vm, name.as_object(), &doc.cloned().unwrap_or_else(none))
    }

    #[slot]
    fn getattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        if let Some(value) = attr::generic_getattr_opt(vm, this.as_object(), name)? {
            return Ok(value);
        }
        if let Some(hook) = this.dict().get_name(vm.names().__getattr__()) {
            return call::call(vm, &hook, &[name.to_object()]);
        }
        Err(no_attribute(vm, this, name))
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        match vm.interp().importlib.get() {
            Some(importlib) => call::call_method(vm, &importlib, &vm.intern("_module_repr"), &[this.to_object()]),
            None => {
                let name = this.name(vm).map_or_else(|| "?".to_owned(), |n| n.to_string());
                Ok(Str::new(&format!("<module '{name}'>")).into_object())
            }
        }
    }

    /// __dir__() -> list
    /// specialized dir() implementation
    #[py("__dir__()")]
    fn dir(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let dict = attr::getattr(vm, this.as_object(), vm.names().__dict__())?;
        let Some(dict) = dict.cast::<Dict>() else { bail!(vm, TypeError, "<module>.__dict__ is not a dictionary") };
        match dict.get_name(vm.names().__dir__()) {
            Some(own) => call::call(vm, &own, &[]),
            None => Ok(List::from_vec(dict.keys_vec()).into_object()),
        }
    }

    #[getter("__dict__")]
    fn get_dict(&self) -> Ref<Dict> {
        self.dict()
    }

    #[getter("__annotations__")]
    fn get_annotations(&self, vm: &Vm) -> Result<Object> {
        let (dict, names) = (self.dict(), vm.names());
        if let Some(found) = dict.get_name(names.__annotations__()) {
            return Ok(found);
        }
        // While the module is being executed more annotations may come: they are not kept yet.
        let initializing = match dict.get_name(names.__spec__()) {
            Some(spec) => is_initializing(vm, &spec)?,
            None => false,
        };
        let made = match dict.get_name(names.__annotate__()).filter(call::is_callable) {
            Some(annotate) => {
                let made = call::call(vm, &annotate, &[Object::int32(1)])?;
                if made.cast::<Dict>().is_none() {
                    bail!(vm, TypeError, "__annotate__ returned non-dict of type '{}'", type_name(&made));
                }
                made
            }
            None => Dict::empty().into_object(),
        };
        if !initializing {
            dict.set_name(vm, names.__annotations__(), made.clone())?;
        }
        Ok(made)
    }

    #[setter("__annotations__")]
    fn set_annotations(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let (dict, names) = (self.dict(), vm.names());
        match value {
            Some(value) => dict.set_name(vm, names.__annotations__(), value.clone())?,
            None if dict.remove_name(vm, names.__annotations__())?.is_none() => {
                bail!(vm, AttributeError, "__annotations__")
            }
            None => {}
        }
        dict.remove_name(vm, names.__annotate__()).map(drop)
    }

    #[getter("__annotate__")]
    fn get_annotate(&self, vm: &Vm) -> Result<Object> {
        let (dict, name) = (self.dict(), vm.names().__annotate__());
        if let Some(found) = dict.get_name(name) {
            return Ok(found);
        }
        dict.set_name(vm, name, none())?;
        Ok(none())
    }

    #[setter("__annotate__")]
    fn set_annotate(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { bail!(vm, TypeError, "cannot delete __annotate__ attribute") };
        if !value.is(&none()) && !call::is_callable(value) {
            bail!(vm, TypeError, "__annotate__ must be callable or None");
        }
        let (dict, names) = (self.dict(), vm.names());
        dict.set_name(vm, names.__annotate__(), value.clone())?;
        if !value.is(&none()) {
            dict.remove_name(vm, names.__annotations__())?;
        }
        Ok(())
    }
}
