//! `_csv`.

mod dialect;
mod reader;
mod writer;

pub use dialect::Dialect;
pub use reader::Reader;
pub use writer::Writer;

use std::sync::atomic::{AtomicI64, Ordering};
use vm::object::{attr, type_name};
use vm::prelude::*;
use vm::protocol::call;

/// Most characters of a field that is read.
static FIELD_LIMIT: AtomicI64 = AtomicI64::new(128 * 1024);

/// Raises `csv.Error`.
#[cold]
fn failed(vm: &Vm, message: &str) -> Raised {
    let make = || {
        let module = vm.import("_csv")?;
        let kind = attr::getattr(vm, &module, &vm.intern("Error"))?;
        call::call(vm, &kind, &[Str::new(message).into_object()])
    };
    match make() {
        Ok(error) => vm.raise(error),
        Err(raised) => raised,
    }
}

/// The registered dialects by name.
fn registry(vm: &Vm) -> Result<Ref<Dict>> {
    let module = vm.import("_csv")?;
    let known = attr::getattr(vm, &module, &vm.intern("_dialects"))?;
    match known.cast::<Dict>() {
        Some(dict) => Ok(dict.clone()),
        None => Err(failed(vm, "unable to access dialect registry")),
    }
}

/// The first argument of `reader` and `writer`, and the dialect that the others describe.
fn split_args<'a>(vm: &Vm, name: &str, args: Args<'a>) -> Result<(&'a Object, Ref<Dialect>)> {
    let (first, dialect) = match args.positional() {
        [first] => (first, None),
        [first, dialect] => (first, Some(dialect)),
        [] => bail!(vm, TypeError, "{name} expected at least 1 argument, got 0"),
        many => bail!(vm, TypeError, "{name} expected at most 2 arguments, got {}", many.len()),
    };
    Ok((first, Dialect::from_args(vm, dialect, args.keywords())?))
}

/// Reading and writing of comma-separated values.
#[pymodule("_csv", types(Dialect))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;
    use vm::object::class;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        dict.set_str(vm, "Reader", Reader::init_type(vm)?.into_object())?;
        dict.set_str(vm, "Writer", Writer::init_type(vm)?.into_object())?;
        dict.set_str(vm, "__version__", Str::new("1.0").into_object())?;
        dict.set_str(vm, "_dialects", Dict::empty().into_object())?;
        for (value, name) in
            ["QUOTE_MINIMAL", "QUOTE_ALL", "QUOTE_NONNUMERIC", "QUOTE_NONE", "QUOTE_STRINGS", "QUOTE_NOTNULL"]
                .into_iter()
                .enumerate()
        {
            dict.set_str(vm, name, Object::int32(value as i32))?;
        }
        let namespace = Dict::empty();
        namespace.set_str(vm, "__module__", Str::new("_csv").into_object())?;
        let bases = Tuple::from_slice(&[vm::exception::types::Exception.get().to_object()]);
        let no = Kwargs { names: &[], values: &[] };
        let error = class::new_class(vm, Type::class(), &Str::new("Error"), &bases, &namespace, no)?;
        dict.set_str(vm, "Error", error)
    }

    /// Return a reader over the rows of an iterable of lines.
    #[py(raw, "reader(iterable, /, dialect='excel', **fmtparams)")]
    fn reader(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let (lines, dialect) = split_args(vm, "reader", args)?;
        Reader::make(vm, lines, dialect)
    }

    /// Return a writer of rows to an object with a write method.
    #[py(raw, "writer(fileobj, /, dialect='excel', **fmtparams)")]
    fn writer(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let (file, dialect) = split_args(vm, "writer", args)?;
        Writer::make(vm, file, dialect)
    }

    /// Return the names of all registered dialects.
    #[py("list_dialects()")]
    fn list_dialects(vm: &Vm) -> Result<Vec<Object>> {
        Ok(registry(vm)?.keys_vec())
    }

    /// Register a dialect under a name.
    #[py(raw, "register_dialect(name, /, dialect='excel', **fmtparams)")]
    fn register_dialect(vm: &Vm, args: Args<'_>) -> Result<()> {
        let (name, dialect) = match args.positional() {
            [name] => (name, None),
            [name, dialect] => (name, Some(dialect)),
            [] => bail!(vm, TypeError, "register_dialect expected at least 1 argument, got 0"),
            many => bail!(vm, TypeError, "register_dialect expected at most 2 arguments, got {}", many.len()),
        };
        if !name.is_instance_of::<Str>() {
            bail!(vm, TypeError, "dialect name must be a string");
        }
        let dialect = Dialect::from_args(vm, dialect, args.keywords())?;
        registry(vm)?.set(vm, name, dialect.into_object())
    }

    /// Forget the dialect of a name.
    #[py("unregister_dialect(name)")]
    fn unregister_dialect(vm: &Vm, name: &Object) -> Result<()> {
        match registry(vm)?.remove(vm, name)? {
            Some(_) => Ok(()),
            None => Err(failed(vm, "unknown dialect")),
        }
    }

    /// Return the dialect of a name.
    #[py("get_dialect(name)")]
    fn get_dialect(vm: &Vm, name: &Object) -> Result<Object> {
        registry(vm)?.get(vm, name)?.ok_or_else(|| failed(vm, "unknown dialect"))
    }

    /// Return the limit on the size of a field, and set it if a new one is given.
    #[py("field_size_limit(new_limit=<unrepresentable>)")]
    fn field_size_limit(vm: &Vm, new_limit: Option<&Object>) -> Result<i64> {
        let old = FIELD_LIMIT.load(Ordering::Relaxed);
        if let Some(limit) = new_limit {
            if !limit.is_exact::<Int>() {
                bail!(vm, TypeError, "limit must be an integer");
            }
            let Some(limit) = Int::to_i64(limit) else {
                bail!(vm, OverflowError, "Python int too large to convert to C long");
            };
            FIELD_LIMIT.store(limit, Ordering::Relaxed);
        }
        Ok(old)
    }
}

/// A character option: `None` where it is None.
fn character(vm: &Vm, name: &str, value: &Object, or_none: &str) -> Result<Option<u32>> {
    if value.is(&none()) && !or_none.is_empty() {
        return Ok(None);
    }
    match value.cast::<Str>() {
        Some(text) if text.len() == 1 => Ok(text.units().get(0)),
        Some(text) => Err(raise!(
            vm,
            TypeError,
            "\"{name}\" must be a unicode character{or_none}, not a string of length {}",
            text.len()
        )),
        None => Err(raise!(vm, TypeError, "\"{name}\" must be a unicode character{or_none}, not {}", type_name(value))),
    }
}
