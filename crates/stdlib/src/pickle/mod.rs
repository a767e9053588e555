//! `_pickle`: the pickle protocols 0 to 5.
//!
//! [`save`] and [`reduce`] write, [`load`] and [`build`] read; [`pickler`] and [`unpickler`] are the classes around them.

mod buffer;
mod build;
mod containers;
mod input;
mod lines;
mod load;
mod memo;
mod opcodes;
mod output;
mod pickler;
mod reduce;
mod save;
mod unpickler;

use vm::builtins::type_::full_name;
use vm::exception;
use vm::object::{attr, type_of};
use vm::prelude::*;
use vm::protocol::call;

/// An attribute of a module of the library.
fn lookup(vm: &Vm, module: &str, name: &str) -> Result<Object> {
    let module = vm.import(module)?;
    attr::getattr(vm, &module, &vm.intern(name))
}

/// A dict of a module of the library.
fn lookup_dict(vm: &Vm, module: &str, name: &str) -> Result<Ref<Dict>> {
    let found = lookup(vm, module, name)?;
    match found.cast::<Dict>() {
        Some(dict) => Ok(dict.clone()),
        None => {
            let kind = type_of(&found).tp_name();
            Err(raise!(vm, RuntimeError, "{module}.{name} should be a dict, not {kind}"))
        }
    }
}

/// The type of an object as notes and errors show it.
fn qualified(vm: &Vm, object: &Object) -> String {
    match full_name(vm, type_of(object)) {
        Ok(name) => name.strip_prefix("__main__.").map(str::to_owned).unwrap_or(name),
        Err(_) => {
            vm.clear_raised();
            type_of(object).tp_name()
        }
    }
}

/// One of the module's exception classes, by its dotted name.
fn error_class(vm: &Vm, name: &'static str) -> Result<Object> {
    let root = exception::module_class(vm, "_pickle.PickleError", exception::types::Exception.get())?;
    match root.cast::<Type>() {
        Some(base) if name != "_pickle.PickleError" => exception::module_class(vm, name, base),
        _ => Ok(root),
    }
}

#[cold]
fn module_error(vm: &Vm, class: &'static str, message: String) -> Raised {
    let make = || {
        let class = error_class(vm, class)?;
        call::call(vm, &class, &[Str::new(&message).into_object()])
    };
    match make() {
        Ok(error) => vm.raise(error),
        Err(raised) => raised,
    }
}

#[cold]
fn pickling_error(vm: &Vm, message: String) -> Raised {
    module_error(vm, "_pickle.PicklingError", message)
}

#[cold]
fn unpickling_error(vm: &Vm, message: &str) -> Raised {
    module_error(vm, "_pickle.UnpicklingError", message.to_owned())
}

/// Optimized C implementation for the Python pickle module.
#[pymodule("_pickle", types(buffer::PickleBuffer, pickler::Pickler, unpickler::Unpickler))]
pub mod module {
    use super::*;
    use crate::pickle::input::Input;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        pickler::PicklerMemoProxy::init_type(vm)?;
        unpickler::UnpicklerMemoProxy::init_type(vm)?;
        let dict = module.dict();
        dict.set_str(vm, "PicklingError", error_class(vm, "_pickle.PicklingError")?)?;
        dict.set_str(vm, "UnpicklingError", error_class(vm, "_pickle.UnpicklingError")?)?;
        dict.set_str(vm, "PickleError", error_class(vm, "_pickle.PickleError")?)
    }

    /// Write a pickled representation of obj to the open file object file.
    ///
    /// This is equivalent to ``Pickler(file, protocol).dump(obj)``, but may be more efficient.
    #[py("dump(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)")]
    fn dump(
        vm: &Vm,
        obj: &Object,
        file: &Object,
        protocol: Option<&Object>,
        fix_imports: bool,
        buffer_callback: Option<&Object>,
    ) -> Result<()> {
        let pickler = pickler::Pickler::make(vm, Some(file), protocol, fix_imports, buffer_callback)?;
        let mut save = save::Save::new(vm, &pickler);
        save.run(obj)?;
        save.out.flush(vm)
    }

    /// Return the pickled representation of the object as a bytes object.
    #[py("dumps(obj, protocol=None, *, fix_imports=True, buffer_callback=None)")]
    fn dumps(
        vm: &Vm,
        obj: &Object,
        protocol: Option<&Object>,
        fix_imports: bool,
        buffer_callback: Option<&Object>,
    ) -> Result<Ref<Bytes>> {
        let pickler = pickler::Pickler::make(vm, None, protocol, fix_imports, buffer_callback)?;
        let mut save = save::Save::new(vm, &pickler);
        save.run(obj)?;
        Bytes::try_new(vm, &save.out.bytes)
    }

    /// Read and return an object from the pickle data stored in a file.
    ///
    /// This is equivalent to ``Unpickler(file).load()``, but may be more efficient. The protocol is found out from the
    /// data; bytes behind the pickle are ignored.
    #[py("load(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")]
    fn load(
        vm: &Vm,
        file: &Object,
        fix_imports: bool,
        encoding: String,
        errors: String,
        buffers: Option<&Object>,
    ) -> Result<Object> {
        let unpickler = unpickler::Unpickler::make();
        unpickler.set_up(vm, Input::of_file(vm, file)?, fix_imports, encoding, errors, buffers)?;
        unpickler.run(vm, None)
    }

    /// Read and return an object from the given pickle data.
    ///
    /// The protocol is found out from the data; bytes behind the pickle are ignored.
    #[py("loads(data, /, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")]
    fn loads(
        vm: &Vm,
        data: &Object,
        fix_imports: bool,
        encoding: String,
        errors: String,
        buffers: Option<&Object>,
    ) -> Result<Object> {
        let unpickler = unpickler::Unpickler::make();
        unpickler.set_up(vm, Input::of_object(vm, data)?, fix_imports, encoding, errors, buffers)?;
        unpickler.run(vm, None)
    }
}
