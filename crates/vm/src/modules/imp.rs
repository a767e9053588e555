//! `_imp`: what the importer's bootstrap asks of the interpreter.

use crate::builtins::module::Module;
use crate::frame::code::Code;
use crate::object::{attr, type_name};
use crate::prelude::*;
use crate::protocol::call::call;
use crate::protocol::object::ErrorText;

/// What caches are written with: `-X pyc=cpython` asks for files that CPython 3.14 runs.
fn magic_number(vm: &Vm) -> u16 {
    if vm.interp().config.borrow().cpython_pyc {
        bytecode::pyc::CPYTHON_MAGIC_NUMBER
    } else {
        bytecode::pyc::MAGIC_NUMBER
    }
}

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
            Int::from_i64(i64::from(u32::from_le_bytes(bytecode::pyc::magic(magic_number(vm))))),
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
            None => Err(raise!(vm, ImportError, "No such frozen object named '{name}'")),
        }
    }

    /// Create a code object for a frozen module.
    #[py("get_frozen_object(name, data=None, /)")]
    fn get_frozen_object(vm: &Vm, name: &Ref<Str>, data: Option<&Object>) -> Result<Object> {
        let _ = data;
        let Some(data) = data.filter(|d| !d.is(&none())) else {
            return crate::import::frozen_code(vm, &name.to_string()).map(Ref::into_object);
        };
        let buffer = crate::object::buffer::get_buffer(vm, data, crate::object::buffer::request::SIMPLE)?;
        let bytes = buffer.to_vec();
        buffer.release(vm);
        match crate::modules::marshal::loads(vm, &bytes, true) {
            Ok((code, _)) if code.is_instance_of::<Code>() => Ok(code),
            Ok(_) => Err(raise!(vm, TypeError, "frozen object {name} is not a code object")),
            Err(_) => {
                vm.clear_raised();
                let shown = name.as_object().repr_for_error(vm);
                Err(raise!(vm, ImportError, "Frozen object named {shown} is invalid"))
            }
        }
    }

    /// (internal-only) What the head of a .pyc says; ImportError or EOFError if it cannot be used.
    #[py("_classify_pyc(data, name, exc_details, /)")]
    fn _classify_pyc(vm: &Vm, data: &Ref<Bytes>, name: &Object, exc_details: &Ref<Dict>) -> Result<u32> {
        let refuse = |message: String| match exception_with(vm, &message, exc_details) {
            Ok(exception) => vm.raise(exception),
            Err(raised) => raised,
        };
        let bytes = data.as_bytes();
        let shown = name.repr_for_error(vm);
        let magic = &bytes[..bytes.len().min(4)];
        let known = [bytecode::pyc::MAGIC_NUMBER, bytecode::pyc::CPYTHON_MAGIC_NUMBER];
        if !known.iter().any(|number| magic == bytecode::pyc::magic(*number)) {
            let magic = Bytes::try_new(vm, magic)?.as_object().repr_for_error(vm);
            return Err(refuse(format!("bad magic number in {shown}: {magic}")));
        }
        let Some((head, body)) = bytes.split_first_chunk::<{ bytecode::pyc::HEADER_LEN }>() else {
            bail!(vm, EOFError, "reached EOF while reading pyc header of {shown}");
        };
        let flags = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        if flags & !0b11 != 0 {
            return Err(refuse(format!("invalid flags {flags} in {shown}")));
        }
        match crate::modules::marshal::loads(vm, body, true) {
            Ok((code, _)) if code.is_instance_of::<Code>() => {
                // `marshal.loads` is asked for the same bytes next.
                vm.interp().checked_pyc.set(Some(Tuple::from_slice(&[data.to_object(), code])));
                Ok(flags)
            }
            Err(raised) if vm.raised_is(&crate::exception::types::MemoryError) => Err(raised),
            Ok(_) => Err(refuse(format!("Non-code object in {shown}"))),
            Err(_) => {
                vm.clear_raised();
                Err(refuse(format!("bad marshal data in {shown}")))
            }
        }
    }

    fn exception_with(vm: &Vm, message: &str, details: &Ref<Dict>) -> Result<Object> {
        let class = crate::exception::types::ImportError.get();
        let args = Tuple::from_slice(&[Str::new(message).into_object()]);
        crate::protocol::call::call_tuple_dict(vm, class.as_object(), &args, Some(details))
    }

    /// Return info about the corresponding frozen module (if there is one) or None.
    #[py("find_frozen(name, /, *, withdata=False)")]
    fn find_frozen(vm: &Vm, name: &Ref<Str>, withdata: bool) -> Result<Option<Object>> {
        let found = vm.interp().frozen_modules.borrow().get(&name.to_string()[..]).copied();
        let Some(frozen) = found else { return Ok(None) };
        let original = frozen.original.map_or_else(none, |o| Str::new(o).into_object());
        let mut data = none();
        if withdata {
            let code = crate::import::frozen_code(vm, &name.to_string())?;
            let bytes = crate::modules::marshal::dumps(vm, code.as_object(), bytecode::marshal::VERSION, true)?;
            let bytes = Bytes::try_new(vm, &bytes)?.into_object();
            data = call(vm, crate::builtins::memoryview::MemoryView::class().as_object(), &[bytes])?;
        }
        Ok(Some(Tuple::from_slice(&[data, frozen.is_package.object(), original]).into_object()))
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
        let _ = file;
        for field in [vm.names().name(), vm.names().origin()] {
            let value = attr::getattr(vm, spec, field)?;
            if value.cast::<Str>().is_some_and(|text| text.code_points().any(|c| c == 0)) {
                bail!(vm, ValueError, "embedded null character");
            }
        }
        Err(raise!(vm, ImportError, "extension modules are not supported yet"))
    }

    #[py("exec_dynamic(mod, /)")]
    fn exec_dynamic(mod_: &Object) -> i32 {
        let _ = mod_;
        0
    }

    /// Changes code.co_filename to specify the passed-in path.
    #[py("_fix_co_filename(code, path, /)")]
    fn _fix_co_filename(vm: &Vm, code: &Ref<Code>, path: &Ref<Str>) {
        fix_filename(code, &code.filename.get(), &vm.intern_ref(path));
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
