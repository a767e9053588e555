//! `_imp`: what the importer's bootstrap asks of the interpreter.

use crate::builtins::module::Module;
use crate::frame::code::Code;
use crate::object::{attr, type_name};
use crate::prelude::*;

/// Low-level import machinery bits.
#[pymodule("_imp")]
pub mod module {
    use super::*;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        module.dict().set_str(vm, "check_hash_based_pycs", Str::new("default").into_object())?;
        module.dict().set_str(
            vm,
            "pyc_magic_number_token",
            Int::from_i64(i64::from(u32::from_le_bytes(bytecode::pyc::magic(bytecode::pyc::MAGIC_NUMBER)))),
        )
    }

    /// Return True if the import lock is currently held, else False.
    #[py("lock_held()")]
    fn lock_held() -> bool {
        false
    }

    /// Acquires the interpreter's import lock for the current thread.
    #[py("acquire_lock()")]
    fn acquire_lock() {}

    /// Release the interpreter's import lock.
    #[py("release_lock()")]
    fn release_lock() {}

    /// Returns the list of file suffixes used to identify extension modules.
    #[py("extension_suffixes()")]
    fn extension_suffixes() -> Vec<Object> {
        Vec::new()
    }

    /// Returns True if the module name corresponds to a built-in module.
    #[py("is_builtin(name, /)")]
    fn is_builtin(vm: &Vm, name: &Ref<Str>) -> i32 {
        i32::from(crate::import::find_builtin(vm, &name.to_string()).is_some())
    }

    /// Returns True if the module name corresponds to a frozen module.
    #[py("is_frozen(name, /)")]
    fn is_frozen(vm: &Vm, name: &Ref<Str>) -> bool {
        vm.interp().frozen_modules.borrow().contains_key(&name.to_string()[..])
    }

    /// Returns True if the module name is of a frozen package.
    #[py("is_frozen_package(name, /)")]
    fn is_frozen_package(vm: &Vm, name: &Ref<Str>) -> Result<bool> {
        match vm.interp().frozen_modules.borrow().get(&name.to_string()[..]) {
            Some(frozen) => Ok(frozen.is_package),
            None => Err(raise!(vm, ImportError, "No such frozen object named {name}")),
        }
    }

    /// Create a code object for a frozen module.
    #[py("get_frozen_object(name, data=None, /)")]
    fn get_frozen_object(vm: &Vm, name: &Ref<Str>, data: Option<&Object>) -> Result<Object> {
        let _ = data;
        crate::import::frozen_code(vm, &name.to_string()).map(Ref::into_object)
    }

    /// Return info about the corresponding frozen module (if there is one) or None.
    #[py("find_frozen(name, /, *, withdata=False)")]
    fn find_frozen(vm: &Vm, name: &Ref<Str>, withdata: bool) -> Option<Object> {
        let _ = withdata;
        let frozen = vm.interp().frozen_modules.borrow().get(&name.to_string()[..]).copied()?;
        let original = Str::new(frozen.original).into_object();
        Some(Tuple::from_slice(&[none(), frozen.is_package.object(), original]).into_object())
    }

    /// Initializes a frozen module.
    #[py("init_frozen(name, /)")]
    fn init_frozen(vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        crate::import::import_frozen(vm, &name.to_string())
    }

    /// Returns the list of available frozen modules.
    #[py("_frozen_module_names()")]
    fn _frozen_module_names(vm: &Vm) -> Vec<Object> {
        vm.interp().frozen_modules.borrow().keys().map(|n| Str::new(n).into_object()).collect()
    }

    /// (internal-only) Override PyConfig.use_frozen_modules.
    #[py("_override_frozen_modules_for_tests(override, /)")]
    fn _override_frozen_modules_for_tests(override_: i32) {
        let _ = override_;
    }

    /// (internal-only) Override PyInterpreterConfig.check_multi_interp_extensions.
    #[py("_override_multi_interp_extensions_check(override, /)")]
    fn _override_multi_interp_extensions_check(override_: i32) -> i32 {
        override_
    }

    /// Create an extension module.
    #[py("create_builtin(spec, /)")]
    fn create_builtin(vm: &Vm, spec: &Object) -> Result<Object> {
        let name = attr::getattr(vm, spec, vm.names().name())?;
        let Some(name) = name.cast::<Str>() else {
            bail!(vm, TypeError, "name must be string, not {}", type_name(&name))
        };
        crate::import::create_builtin(vm, &name.to_string())
    }

    /// Initialize a built-in module.
    #[py("exec_builtin(mod, /)")]
    fn exec_builtin(vm: &Vm, mod_: &Object) -> Result<i32> {
        crate::import::exec_builtin(vm, mod_)?;
        Ok(0)
    }

    #[py("create_dynamic(spec, file=None, /)")]
    fn create_dynamic(vm: &Vm, spec: &Object, file: Option<&Object>) -> Result<Object> {
        let _ = (spec, file);
        Err(raise!(vm, ImportError, "extension modules are not supported yet"))
    }

    #[py("exec_dynamic(mod, /)")]
    fn exec_dynamic(mod_: &Object) -> i32 {
        let _ = mod_;
        0
    }

    /// Changes code.co_filename to specify the passed-in path.
    #[py("_fix_co_filename(code, path, /)")]
    fn _fix_co_filename(code: &Ref<Code>, path: &Ref<Str>) {
        fix_filename(code, &code.filename.get(), path);
    }

    fn fix_filename(code: &Code, old: &Option<Ref<Str>>, new: &Ref<Str>) {
        match (code.filename.get(), old) {
            (Some(now), Some(old)) if *now == **old => code.filename.set(Some(new.clone())),
            _ => return,
        }
        for inner in code.consts.iter().filter_map(|c| c.cast::<Code>()) {
            fix_filename(inner, old, new);
        }
    }

    #[py("source_hash(key, source)")]
    fn source_hash(vm: &Vm, key: i64, source: &Object) -> Result<Ref<Bytes>> {
        let bytes = match crate::builtins::bytes::bytes_or_bytearray(source) {
            Some(bytes) => bytes,
            None => {
                let buffer = crate::object::buffer::get_buffer(vm, source, crate::object::buffer::request::SIMPLE)?;
                buffer.to_vec()
            }
        };
        Ok(Bytes::new(&bytecode::pyc::source_hash(key as u64, &bytes)))
    }
}
