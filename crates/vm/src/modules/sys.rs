//! `sys`.

use crate::builtins::structseq::{Field as SeqField, StructSeq};
use crate::frame::{self, Frame, object::FrameObject};
use crate::object::{attr, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call, object as protocol};

/// A file name as text: str as it is, bytes decoded, PathLike asked.
pub fn fs_text(vm: &Vm, path: &Object) -> Result<Ref<Str>> {
    if let Some(text) = path.cast::<Str>() {
        return Ok(text.clone());
    }
    if let Some(bytes) = path.cast::<Bytes>() {
        return decode_fs(vm, bytes.as_bytes());
    }
    fs_text(vm, &fs_path(vm, path)?)
}

/// `os.fspath`: str and bytes as they are, what `__fspath__` gives of others.
pub fn fs_path(vm: &Vm, path: &Object) -> Result<Object> {
    if path.is_instance_of::<Str>() || path.is_instance_of::<Bytes>() {
        return Ok(path.clone());
    }
    let method = attr::lookup(type_of(path), vm.names().__fspath__()).filter(|method| !method.is(&none()));
    let Some(method) = method else {
        bail!(vm, TypeError, "expected str, bytes or os.PathLike object, not {}", type_name(path));
    };
    let found = crate::object::slot_table::call_found(vm, path, &method, &[])?;
    if found.is_instance_of::<Str>() || found.is_instance_of::<Bytes>() {
        return Ok(found);
    }
    let (path, found) = (type_name(path), type_name(&found));
    Err(raise!(vm, TypeError, "expected {path}.__fspath__() to return str or bytes, not {found}"))
}

/// Writes text that the file's encoding does not have: what lacks is escaped.
fn write_escaped(vm: &Vm, out: &Object, shown: &Ref<Str>) -> Result<()> {
    let encoding = crate::object::attr::getattr(vm, out, &vm.intern("encoding"))?;
    let method = |object: &Object, name: &str, args: &[Object]| call::call_method(vm, object, &vm.intern(name), args);
    let bytes = method(shown.as_object(), "encode", &[encoding.clone(), text("backslashreplace")])?;
    match crate::object::attr::getattr_opt(vm, out, &vm.intern("buffer"))? {
        Some(buffer) => method(&buffer, "write", &[bytes]).map(drop),
        None => method(out, "write", &[method(&bytes, "decode", &[encoding, text("strict")])?]).map(drop),
    }
}

/// File-system bytes as text: UTF-8 with surrogateescape (PEP 383).
pub fn decode_fs(vm: &Vm, bytes: &[u8]) -> Result<Ref<Str>> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return vm.memory(Str::try_new(text));
    }
    let mut builder = text::TextBuilder::new();
    for chunk in bytes.utf8_chunks() {
        vm.memory(builder.push_str(chunk.valid()).map_err(|_| heap::OutOfMemory))?;
        for &byte in chunk.invalid() {
            vm.memory(builder.push(0xDC00 + u32::from(byte)).map_err(|_| heap::OutOfMemory))?;
        }
    }
    Str::from_buf(vm, builder.finish())
}

/// Text as file-system bytes: UTF-8 with surrogateescape (PEP 383).
pub fn encode_fs(vm: &Vm, text: &Str) -> Result<Vec<u8>> {
    if let Some(ascii) = text.as_ascii() {
        return Ok(ascii.as_bytes().to_vec());
    }
    let mut bytes = Vec::with_capacity(text.len() * 2);
    for (at, code) in text.code_points().enumerate() {
        match char::from_u32(code) {
            Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None if (0xDC80..0xDD00).contains(&code) => bytes.push((code - 0xDC00) as u8),
            None => return Err(crate::exception::surrogate_error(vm, text, at)),
        }
    }
    Ok(bytes)
}

/// Calls `sys.unraisablehook` for an exception that nobody can handle.
pub fn call_unraisable_hook(vm: &Vm, exception: &Object, message: &str, object: Option<&Object>) -> Result<()> {
    let own = exception.cast::<crate::exception::BaseException>().and_then(|b| b.traceback.get());
    // What no Python code raised is shown at the place that runs.
    let here = || frame::current(vm).map(|frame| frame::traceback::of_frame(frame, None));
    let traceback = own.or_else(here).unwrap_or_else(none);
    let args = StructSeq::make(
        vm,
        &UNRAISABLE,
        vec![
            type_of(exception).to_object(),
            exception.clone(),
            traceback,
            Str::new(message).into_object(),
            object.cloned().unwrap_or_else(none),
        ],
    )?;
    match vm.sys_get(vm.names().unraisablehook()).filter(|h| !h.is(&none())) {
        Some(hook) => call::call(vm, &hook, &[args]).map(drop),
        None => default_unraisable(vm, &args),
    }
}

fn default_unraisable(vm: &Vm, args: &Object) -> Result<()> {
    let part = |name: &str| attr::getattr(vm, args, &vm.intern(name));
    let (exception, message, object) = (part("exc_value")?, part("err_msg")?, part("object")?);
    let mut text = if message.is(&none()) {
        "Exception ignored in".to_owned()
    } else {
        protocol::str(vm, &message)?.to_string_lossy()
    };
    if !object.is(&none()) {
        let shown = match protocol::repr(vm, &object) {
            Ok(shown) => shown.to_string_lossy(),
            Err(_) => {
                vm.clear_raised();
                "<object repr() failed>".to_owned()
            }
        };
        text.push_str(&format!(" {shown}"));
    }
    text.push_str(":\n");
    if let Some(file) = vm.sys_get(vm.names().stderr()).filter(|f| !f.is(&none())) {
        call::call_method(vm, &file, vm.names().write(), &[Str::new(&text).into_object()])?;
    }
    crate::exception::report::display(vm, &exception);
    Ok(())
}

pub static UNRAISABLE: SeqField = SeqField {
    name: "UnraisableHookArgs",
    module: "sys",
    doc: "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
    fields: &[
        ("exc_type", "Exception type"),
        ("exc_value", "Exception value"),
        ("exc_traceback", "Exception traceback"),
        ("err_msg", "Error message"),
        ("object", "Object causing the exception"),
    ],
    visible: 5,
    constructible: false,
};

static FLAGS: SeqField = SeqField {
    name: "flags",
    module: "sys",
    doc: "sys.flags\n\nFlags provided through command line arguments or environment vars.",
    fields: &[
        ("debug", "-d"),
        ("inspect", "-i"),
        ("interactive", "-i"),
        ("optimize", "-O or -OO"),
        ("dont_write_bytecode", "-B"),
        ("no_user_site", "-s"),
        ("no_site", "-S"),
        ("ignore_environment", "-E"),
        ("verbose", "-v"),
        ("bytes_warning", "-b"),
        ("quiet", "-q"),
        ("hash_randomization", "-R"),
        ("isolated", "-I"),
        ("dev_mode", "-X dev"),
        ("utf8_mode", "-X utf8"),
        ("warn_default_encoding", "-X warn_default_encoding"),
        ("safe_path", "-P"),
        ("int_max_str_digits", "-X int_max_str_digits"),
        ("gil", "-X gil"),
        ("thread_inherit_context", "-X thread_inherit_context"),
        ("context_aware_warnings", "-X context_aware_warnings"),
    ],
    visible: 18,
    constructible: false,
};

static VERSION_INFO: SeqField = SeqField {
    name: "version_info",
    module: "sys",
    doc: "sys.version_info\n\nVersion information as a named tuple.",
    fields: &[
        ("major", "Major release number"),
        ("minor", "Minor release number"),
        ("micro", "Patch release number"),
        ("releaselevel", "'alpha', 'beta', 'candidate', or 'final'"),
        ("serial", "Serial release number"),
    ],
    visible: 5,
    constructible: false,
};

static HASH_INFO: SeqField = SeqField {
    name: "hash_info",
    module: "sys",
    doc: "hash_info\n\nA named tuple providing parameters used for computing hashes.",
    fields: &[
        ("width", "width of the type used for hashing, in bits"),
        ("modulus", "prime number giving the modulus on which the hash function is based"),
        ("inf", "value to be used for hash of a positive infinity"),
        ("nan", "value to be used for hash of a nan"),
        ("imag", "multiplier used for the imaginary part of a complex number"),
        ("algorithm", "name of the algorithm for hashing of str, bytes and memoryviews"),
        ("hash_bits", "internal output size of hash algorithm"),
        ("seed_bits", "seed size of hash algorithm"),
        ("cutoff", "small string optimization cutoff"),
    ],
    visible: 9,
    constructible: false,
};

static INT_INFO: SeqField = SeqField {
    name: "int_info",
    module: "sys",
    doc: "sys.int_info\n\nA named tuple that holds information about Python's\ninternal representation of integers.  The attributes are read only.",
    fields: &[
        ("bits_per_digit", "size of a digit in bits"),
        ("sizeof_digit", "size in bytes of the C type used to represent a digit"),
        ("default_max_str_digits", "maximum string conversion digits limitation"),
        ("str_digits_check_threshold", "minimum positive value for int_max_str_digits"),
    ],
    visible: 4,
    constructible: false,
};

static FLOAT_INFO: SeqField = SeqField {
    name: "float_info",
    module: "sys",
    doc: "sys.float_info\n\nA named tuple holding information about the float type.",
    fields: &[
        ("max", "DBL_MAX -- maximum representable finite float"),
        ("max_exp", "DBL_MAX_EXP -- maximum int e such that radix**(e-1) is representable"),
        ("max_10_exp", "DBL_MAX_10_EXP -- maximum int e such that 10**e is representable"),
        ("min", "DBL_MIN -- Minimum positive normalized float"),
        ("min_exp", "DBL_MIN_EXP -- minimum int e such that radix**(e-1) is a normalized float"),
        ("min_10_exp", "DBL_MIN_10_EXP -- minimum int e such that 10**e is a normalized float"),
        ("dig", "DBL_DIG -- maximum number of decimal digits that can be faithfully represented in a float"),
        ("mant_dig", "DBL_MANT_DIG -- mantissa digits"),
        ("epsilon", "DBL_EPSILON -- Difference between 1 and the next representable float"),
        ("radix", "FLT_RADIX -- radix of exponent"),
        ("rounds", "FLT_ROUNDS -- rounding mode used for arithmetic operations"),
    ],
    visible: 11,
    constructible: false,
};

static THREAD_INFO: SeqField = SeqField {
    name: "thread_info",
    module: "sys",
    doc: "sys.thread_info\n\nA named tuple holding information about the thread implementation.",
    fields: &[
        ("name", "name of the thread implementation"),
        ("lock", "name of the lock implementation"),
        ("version", "name and version of the thread library"),
    ],
    visible: 3,
    constructible: false,
};

static ASYNCGEN_HOOKS: SeqField = SeqField {
    name: "asyncgen_hooks",
    module: "sys",
    doc: "asyncgen_hooks\n\nA named tuple with information about asynchronous\ngenerators hooks.  The attributes are read only.",
    fields: &[("firstiter", "Hook to intercept first iteration"), ("finalizer", "Hook to intercept finalization")],
    visible: 2,
    constructible: false,
};

/// What `sys.version` says first.
pub const VERSION: (i32, i32, i32) = (3, 14, 2);

fn text(value: &str) -> Object {
    Str::new(value).into_object()
}

fn list(items: &[String]) -> Object {
    List::from_vec(items.iter().map(|i| text(i)).collect()).into_object()
}

fn arguments(vm: &Vm, items: &[std::ffi::OsString]) -> Result<Object> {
    use std::os::unix::ffi::OsStrExt;
    let decode = |item: &std::ffi::OsString| decode_fs(vm, item.as_bytes()).map(Ref::into_object);
    Ok(List::from_vec(items.iter().map(decode).collect::<Result<_>>()?).into_object())
}

/// `sys.implementation`.
fn implementation(vm: &Vm, version: &Object) -> Result<Object> {
    let fields = vec![
        (text("name"), text("taipan")),
        (text("cache_tag"), text(if vm.interp().config.borrow().cpython_pyc { "cpython-314" } else { "taipan-314" })),
        (text("version"), version.clone()),
        (text("hexversion"), Int::from_i64(0x030E_02F0)),
        (text("_multiarch"), text("x86_64-linux-gnu")),
        (text("supports_isolated_interpreters"), false.object()),
    ];
    crate::builtins::namespace::SimpleNamespace::make(vm, fields)
}

/// Fills `sys` at start: what depends on the configuration.
fn fill(vm: &Vm, dict: &Ref<Dict>) -> Result<()> {
    let config = vm.interp().config.borrow().clone();
    let int = |i: i64| Int::from_i64(i);
    let (major, minor, micro) = VERSION;
    let version_info = StructSeq::make(
        vm,
        &VERSION_INFO,
        vec![int(major.into()), int(minor.into()), int(micro.into()), text("final"), int(0)],
    )?;
    let flags = [
        config.debug,
        config.inspect,
        config.interactive,
        config.optimize,
        i32::from(config.dont_write_bytecode),
        i32::from(config.no_user_site),
        i32::from(config.no_site),
        i32::from(config.ignore_environment),
        config.verbose,
        config.bytes_warning,
        i32::from(config.quiet),
        i32::from(config.hash_seed != Some(0)),
        i32::from(config.isolated),
    ];
    let mut flag_values: Vec<Object> = flags.iter().map(|&f| int(f.into())).collect();
    flag_values.extend([
        config.dev_mode.object(),
        int(i64::from(config.utf8_mode)),
        int(i64::from(config.warn_default_encoding)),
        config.safe_path.object(),
        int(config.int_max_str_digits.into()),
        int(1),
        int(0),
        int(i64::from(config.context_aware_warnings)),
    ]);
    let xoptions = Dict::empty();
    for (key, value) in &config.xoptions {
        xoptions.set_str(vm, key, value.as_ref().map_or_else(|| true.object(), |v| text(v)))?;
    }
    let mut names: Vec<&str> = vm.interp().builtin_modules.borrow().iter().map(|m| m.def.name).collect();
    names.sort_unstable();
    names.dedup();
    let stdlib_names = crate::import::STDLIB_NAMES.iter().map(|n| text(n)).collect();
    let entries: Vec<(&str, Object)> = vec![
        ("version_info", version_info.clone()),
        // In the form that `platform` takes apart: build, date, time, compiler.
        (
            "version",
            text(&format!(
                "{major}.{minor}.{micro} (main, Nov 21 2026, 00:00:00) [Taipan {}]",
                env!("CARGO_PKG_VERSION")
            )),
        ),
        ("hexversion", int(0x030E_02F0)),
        ("api_version", int(1013)),
        (
            "copyright",
            text(
                "Copyright (c) the Taipan authors.\nThe standard library is Copyright (c) 2001 Python Software Foundation.\nAll Rights Reserved.",
            ),
        ),
        ("platform", text("linux")),
        ("byteorder", text("little")),
        ("maxsize", int(i64::MAX)),
        ("maxunicode", int(0x10FFFF)),
        ("implementation", implementation(vm, &version_info)?),
        ("flags", StructSeq::make(vm, &FLAGS, flag_values)?),
        ("argv", arguments(vm, &config.argv)?),
        ("orig_argv", arguments(vm, &config.orig_argv)?),
        ("executable", text(&config.executable)),
        ("_base_executable", text(&config.base_executable)),
        ("prefix", text(&config.prefix)),
        ("exec_prefix", text(&config.exec_prefix)),
        ("base_prefix", text(&config.base_prefix)),
        ("base_exec_prefix", text(&config.base_exec_prefix)),
        ("platlibdir", text("lib")),
        ("_stdlib_dir", text(&config.stdlib)),
        ("_framework", text("")),
        ("abiflags", text("")),
        ("float_repr_style", text("short")),
        ("path", list(&config.module_search_paths)),
        ("meta_path", List::empty().into_object()),
        ("path_hooks", List::empty().into_object()),
        ("path_importer_cache", Dict::empty().into_object()),
        ("warnoptions", list(&config.warnoptions)),
        ("_xoptions", xoptions.into_object()),
        ("dont_write_bytecode", config.dont_write_bytecode.object()),
        ("pycache_prefix", config.pycache_prefix.as_ref().map_or_else(none, |p| text(p))),
        ("builtin_module_names", Tuple::from_iter_exact(names.iter().map(|n| text(n))).into_object()),
        ("stdlib_module_names", crate::builtins::set::FrozenSet::from_items(vm, stdlib_names)?),
        (
            "hash_info",
            StructSeq::make(
                vm,
                &HASH_INFO,
                vec![
                    int(64),
                    int((1 << 61) - 1),
                    int(314_159),
                    int(0),
                    int(1_000_003),
                    text("siphash13"),
                    int(64),
                    int(128),
                    int(0),
                ],
            )?,
        ),
        ("int_info", StructSeq::make(vm, &INT_INFO, vec![int(30), int(4), int(4300), int(640)])?),
        (
            "float_info",
            StructSeq::make(
                vm,
                &FLOAT_INFO,
                vec![
                    Float::from_f64(f64::MAX),
                    int(1024),
                    int(308),
                    Float::from_f64(f64::MIN_POSITIVE),
                    int(-1021),
                    int(-307),
                    int(15),
                    int(53),
                    Float::from_f64(f64::EPSILON),
                    int(2),
                    int(1),
                ],
            )?,
        ),
        ("thread_info", StructSeq::make(vm, &THREAD_INFO, vec![text("pthread"), text("semaphore"), none()])?),
        ("_jit", crate::modules::sys_jit::make(vm)?),
        ("monitoring", crate::modules::monitoring::make(vm)?),
        ("_git", Tuple::from_slice(&[text("Taipan"), text(""), text("")]).into_object()),
    ];
    for (name, value) in entries {
        dict.set_str(vm, name, value)?;
    }
    Ok(())
}

/// This module provides access to some objects used or maintained by the
/// interpreter and to functions that interact strongly with the interpreter.
///
/// Dynamic objects:
///
/// argv -- command line arguments; argv[0] is the script pathname if known
/// path -- module search path; path[0] is the script directory, else ''
/// modules -- dictionary of loaded modules
#[pymodule("sys")]
pub mod module {
    use super::*;
    use crate::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        fill(vm, &dict)?;
        for (name, from) in [
            ("__displayhook__", "displayhook"),
            ("__excepthook__", "excepthook"),
            ("__breakpointhook__", "breakpointhook"),
            ("__unraisablehook__", "unraisablehook"),
        ] {
            if let Some(function) = dict.get_str(vm, from) {
                dict.set_str(vm, name, function)?;
            }
        }
        Ok(())
    }

    /// Return True if another process may ask this one to run a script: never, as nothing listens for it.
    #[py("is_remote_debug_enabled()")]
    fn is_remote_debug_enabled() -> bool {
        false
    }

    /// Executes a file of Python code in another process: refused, as remote debugging is not supported.
    #[py("remote_exec(pid, script)")]
    fn remote_exec(vm: &Vm, pid: i32, script: &Object) -> Result<()> {
        let _ = (pid, script);
        Err(raise!(vm, RuntimeError, "Remote debugging is not enabled"))
    }

    /// Return the number of elements of the interned strings table.
    #[py("getunicodeinternedsize(*, _only_immortal=False)")]
    fn getunicodeinternedsize(_only_immortal: bool) -> usize {
        crate::builtins::str::intern::interned_count()
    }

    /// Return the flags for loading shared libraries, as `os.RTLD_*` has them.
    #[py("getdlopenflags()")]
    fn getdlopenflags(vm: &Vm) -> i32 {
        vm.interp().dlopen_flags.get()
    }

    /// Set the flags for loading shared libraries, as `os.RTLD_*` has them.
    #[py("setdlopenflags(flags, /)")]
    fn setdlopenflags(vm: &Vm, flags: i32) {
        vm.interp().dlopen_flags.set(flags);
    }

    /// Private function for clearing certain descriptors from a type's dictionary.
    ///
    /// A class that is made again with slots leaves its own `__dict__` behind.
    #[py("_clear_type_descriptors(type, /)")]
    fn _clear_type_descriptors(vm: &Vm, r#type: &Ref<Type>) -> Result<()> {
        if r#type.has_flag(flags::IMMUTABLETYPE) {
            bail!(vm, TypeError, "argument is immutable");
        }
        crate::object::mro::modified(r#type);
        for name in [vm.names().__dict__(), vm.names().__weakref__()] {
            r#type.own_dict().remove_name(vm, name)?;
        }
        Ok(())
    }

    /// Print an object to sys.stdout and also save it in builtins._
    #[py("displayhook(object, /)")]
    fn displayhook(vm: &Vm, object: &Object) -> Result<()> {
        if object.is(&none()) {
            return Ok(());
        }
        let Some(builtins) = vm.interp().builtins.get() else { bail!(vm, RuntimeError, "lost builtins module") };
        builtins.set_str(vm, "_", none())?;
        let Some(out) = vm.sys_get(vm.names().stdout()).filter(|f| !f.is(&none())) else {
            bail!(vm, RuntimeError, "lost sys.stdout")
        };
        let shown = protocol::repr(vm, object)?;
        if call::call_method(vm, &out, vm.names().write(), &[shown.to_object()]).is_err() {
            if !vm.raised_is(&crate::exception::types::UnicodeEncodeError) {
                return Err(Raised);
            }
            vm.clear_raised();
            write_escaped(vm, &out, &shown)?;
        }
        call::call_method(vm, &out, vm.names().write(), &[text("\n")])?;
        builtins.set_str(vm, "_", object.clone())
    }

    /// Handle an exception by displaying it with a traceback on sys.stderr.
    #[py("excepthook(exctype, value, traceback, /)")]
    fn excepthook(vm: &Vm, exctype: &Object, value: &Object, traceback: &Object) {
        let _ = exctype;
        if !value.is(&none()) && !value.is_instance_of::<crate::exception::BaseException>() {
            let given = type_name(value);
            let message = format!("TypeError: print_exception(): Exception expected for value, {given} found\n");
            return crate::exception::report::write_stderr(vm, &message);
        }
        if let Some(body) = value.cast::<crate::exception::BaseException>()
            && body.traceback.get().is_none()
            && traceback.is_instance_of::<crate::frame::traceback::Traceback>()
        {
            body.traceback.set(Some(traceback.clone()));
        }
        crate::exception::report::display(vm, value);
    }

    /// Handle an unraisable exception.
    ///
    /// The unraisable argument has the following attributes:
    ///
    /// * exc_type: Exception type.
    /// * exc_value: Exception value, can be None.
    /// * exc_traceback: Exception traceback, can be None.
    /// * err_msg: Error message, can be None.
    /// * object: Object causing the exception, can be None.
    #[py("unraisablehook(unraisable, /)")]
    fn unraisablehook(vm: &Vm, unraisable: &Object) -> Result<()> {
        default_unraisable(vm, unraisable)
    }

    /// This hook function is called by built-in breakpoint().
    #[py(raw, "breakpointhook(*args, **kwargs)")]
    fn breakpointhook(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let wanted = match vm.interp().config.borrow().ignore_environment {
            true => None,
            false => host::env::get(c"PYTHONBREAKPOINT").filter(|w| !w.is_empty()),
        };
        let wanted = wanted.map_or_else(|| "pdb.set_trace".to_owned(), |w| String::from_utf8_lossy(&w).into_owned());
        if wanted == "0" {
            return Ok(none());
        }
        let (module, name) = wanted.rsplit_once('.').unwrap_or(("builtins", &wanted));
        let hook = vm.import(module).and_then(|module| attr::getattr(vm, &module, &vm.intern(name)));
        match hook {
            Ok(hook) => call::call_args(vm, &hook, args),
            Err(_)
                if vm.raised_is(&crate::exception::types::ImportError)
                    || vm.raised_is(&crate::exception::types::AttributeError)
                    || vm.raised_is(&crate::exception::types::ValueError) =>
            {
                vm.clear_raised();
                let message = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{wanted}\"");
                vm.warn(&crate::exception::types::RuntimeWarning, &message, 0)?;
                Ok(none())
            }
            Err(raised) => Err(raised),
        }
    }

    /// Return the current exception.
    ///
    /// Return the most recent exception caught by an except clause
    /// in the current stack frame or in an older stack frame, or None
    /// if no such clause exists.
    #[py("exception()")]
    fn exception(vm: &Vm) -> Option<Object> {
        vm.handled()
    }

    /// Return current exception information: (type, value, traceback).
    ///
    /// Return information about the most recent exception caught by an except
    /// clause in the current stack frame or in an older stack frame.
    #[py("exc_info()")]
    fn exc_info(vm: &Vm) -> (Object, Object, Object) {
        match vm.handled() {
            None => (none(), none(), none()),
            Some(exception) => {
                let traceback = exception
                    .cast::<crate::exception::BaseException>()
                    .and_then(|b| b.traceback.get())
                    .unwrap_or_else(none);
                (type_of(&exception).to_object(), exception, traceback)
            }
        }
    }

    /// Exit the interpreter by raising SystemExit(status).
    ///
    /// If the status is omitted or None, it defaults to zero (i.e., success).
    /// If the status is an integer, it will be used as the system exit status.
    /// If it is another kind of object, it will be printed and the system
    /// exit status will be one (i.e., failure).
    #[py("exit(status=None, /)")]
    fn exit(vm: &Vm, status: Option<&Object>) -> Result<Object> {
        let args: &[Object] = match status {
            // A tuple is taken for the exception's arguments.
            Some(status) if status.is_instance_of::<Tuple>() => status.cast::<Tuple>().map_or(&[], |t| t.items()),
            Some(status) => std::slice::from_ref(status),
            None => &[],
        };
        Err(vm.raise_args(&crate::exception::types::SystemExit, args))
    }

    /// Return the current default encoding used by the Unicode implementation.
    #[py("getdefaultencoding()")]
    fn getdefaultencoding() -> &'static str {
        "utf-8"
    }

    /// Return the encoding used to convert Unicode filenames to OS filenames.
    #[py("getfilesystemencoding()")]
    fn getfilesystemencoding() -> &'static str {
        "utf-8"
    }

    /// Return the error mode used Unicode to OS filename conversion.
    #[py("getfilesystemencodeerrors()")]
    fn getfilesystemencodeerrors() -> &'static str {
        "surrogateescape"
    }

    /// ``Intern'' the given string.
    ///
    /// This enters the string in the (global) table of interned strings whose
    /// purpose is to speed up dictionary lookups. Return the string itself or
    /// the previously interned string object with the same value.
    #[py("intern(string, /)")]
    fn intern(vm: &Vm, string: &Object) -> Result<Ref<Str>> {
        match string.cast::<Str>() {
            Some(text) if text.is_exact_str() => Ok(vm.intern_ref(text)),
            Some(_) => Err(raise!(vm, TypeError, "can't intern {}", type_name(string))),
            None => Err(raise!(vm, TypeError, "intern() argument must be str, not {}", type_name(string))),
        }
    }

    /// Return True if the given string is "interned".
    #[py("_is_interned(string, /)")]
    fn _is_interned(string: &Ref<Str>) -> bool {
        string.interned() != 0
    }

    /// Return the current value of the recursion limit.
    ///
    /// The recursion limit is the maximum depth of the Python interpreter
    /// stack.  This limit prevents infinite recursion from causing an overflow
    /// of the C stack and crashing Python.
    #[py("getrecursionlimit()")]
    fn getrecursionlimit(vm: &Vm) -> i32 {
        vm.interp().recursion_limit.get()
    }

    /// Set the maximum depth of the Python interpreter stack to n.
    ///
    /// This limit prevents infinite recursion from causing an overflow of the C
    /// stack and crashing Python.  The highest possible limit is platform-
    /// dependent.
    #[py("setrecursionlimit(limit, /)")]
    fn setrecursionlimit(vm: &Vm, limit: i32) -> Result<()> {
        if limit < 1 {
            bail!(vm, ValueError, "recursion limit must be greater or equal than 1");
        }
        let depth = vm.interp().recursion_limit.get() - vm.recursion_left.get();
        if depth >= limit {
            bail!(
                vm,
                RecursionError,
                "cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
            );
        }
        let old = vm.interp().recursion_limit.replace(limit);
        for thread in vm.interp().gil.threads() {
            thread.recursion_left.set(thread.recursion_left.get() + (limit - old));
        }
        Ok(())
    }

    /// Return the reference count of object.
    ///
    /// The count returned is generally one higher than you might expect,
    /// because it includes the (temporary) reference as an argument to
    /// getrefcount().
    #[py("getrefcount(object, /)")]
    fn getrefcount(object: &Object) -> u32 {
        object.head().map_or(u32::MAX >> 1, |h| if h.is_immortal() { 3 << 30 } else { h.count() })
    }

    /// getsizeof(object [, default]) -> int
    ///
    /// Return the size of object in bytes.
    #[py("getsizeof(object, default=<unrepresentable>)")]
    fn getsizeof(vm: &Vm, object: &Object, default: Option<&Object>) -> Result<Object> {
        let size = match attr::lookup(type_of(object), &vm.intern("__sizeof__")) {
            Some(method) => crate::object::slot_table::call_found(vm, object, &method, &[]),
            None => Err(raise!(vm, TypeError, "Type {} doesn't define __sizeof__", type_name(object))),
        };
        match (size, default) {
            (Ok(size), _) => {
                if Int::is_negative(&size) {
                    bail!(vm, ValueError, "__sizeof__() should return >= 0");
                }
                Ok(size)
            }
            (Err(_), Some(default)) if vm.raised_is(&crate::exception::types::TypeError) => {
                vm.clear_raised();
                Ok(default.clone())
            }
            (Err(raised), _) => Err(raised),
        }
    }

    /// Return a frame object from the call stack.
    ///
    /// If optional integer depth is given, return the frame object that many
    /// calls below the top of the stack.  If that is deeper than the call
    /// stack, ValueError is raised.  The default for depth is zero, returning
    /// the frame at the top of the call stack.
    ///
    /// This function should be used for internal and specialized purposes
    /// only.
    #[py("_getframe(depth=0, /)")]
    fn _getframe(vm: &Vm, depth: isize) -> Result<Ref<FrameObject>> {
        match frame::nth(vm, depth.max(0) as usize) {
            Some(frame) => Ok(FrameObject::of(frame)),
            None => Err(raise!(vm, ValueError, "call stack is not deep enough")),
        }
    }

    /// Return the name of the module for a calling frame.
    ///
    /// The default depth returns the module containing the call to this API.
    /// A more typical use in a library will pass a depth of 1 to get the user's
    /// module rather than the library module.
    ///
    /// If no frame, module, or name can be found, returns None.
    #[py("_getframemodulename(depth=0)")]
    fn _getframemodulename(vm: &Vm, depth: isize) -> Option<Object> {
        let frame = frame::nth(vm, depth.max(0) as usize)?;
        Frame::function(frame).and_then(|f| f.module.get())
    }

    /// Return a dict mapping each thread's thread id to its current stack frame.
    #[py("_current_frames()")]
    fn _current_frames(vm: &Vm) -> Result<Ref<Dict>> {
        let dict = Dict::empty();
        for thread in vm.interp().gil.threads() {
            if let Some(frame) = frame::current(thread) {
                let id = Int::from_i128(thread.thread_id.get().into());
                dict.set(vm, &id, FrameObject::of(frame).into_object())?;
            }
        }
        Ok(dict)
    }

    /// Return a dict mapping each thread's identifier to its current raised exception.
    #[py("_current_exceptions()")]
    fn _current_exceptions(vm: &Vm) -> Result<Ref<Dict>> {
        let dict = Dict::empty();
        for thread in vm.interp().gil.threads() {
            let id = Int::from_i128(thread.thread_id.get().into());
            dict.set(vm, &id, thread.handled().unwrap_or_else(none))?;
        }
        Ok(dict)
    }

    /// Passes the event to any hooks that are attached.
    #[py("audit(event, /, *args)")]
    fn audit(vm: &Vm, event: &Object, args: &[Object]) -> Result<()> {
        match event.cast::<Str>() {
            Some(event) => vm.audit(&event.to_utf8(vm)?, args),
            None => Err(raise!(vm, TypeError, "expected str for argument 'event', not {}", type_name(event))),
        }
    }

    /// Adds a new audit hook callback.
    #[py("addaudithook(hook)")]
    fn addaudithook(vm: &Vm, hook: &Object) -> Result<()> {
        match vm.audit("sys.addaudithook", &[]) {
            Ok(()) => {
                vm.interp().audit_hooks.borrow_mut().push(hook.clone());
                Ok(())
            }
            Err(_) if vm.raised_is(&crate::exception::types::RuntimeError) => {
                vm.clear_raised();
                Ok(())
            }
            Err(raised) => Err(raised),
        }
    }

    /// Set the global debug tracing function.
    ///
    /// It will be called on each function call.  See the debugger chapter
    /// in the library manual.
    #[py("settrace(function, /)")]
    fn settrace(vm: &Vm, function: &Object) -> Result<()> {
        vm.audit("sys.settrace", &[])?;
        crate::interp::trace::set_trace(vm, (!function.is(&none())).then(|| function.clone()));
        Ok(())
    }

    /// Return the global debug tracing function set with sys.settrace.
    ///
    /// See the debugger chapter in the library manual.
    #[py("gettrace()")]
    fn gettrace(vm: &Vm) -> Option<Object> {
        vm.trace.get()
    }

    /// Set the profiling function.
    ///
    /// It will be called on each function call and return.  See the profiler
    /// chapter in the library manual.
    #[py("setprofile(function, /)")]
    fn setprofile(vm: &Vm, function: &Object) -> Result<()> {
        vm.audit("sys.setprofile", &[])?;
        crate::interp::trace::set_profile(vm, (!function.is(&none())).then(|| function.clone()));
        Ok(())
    }

    /// Set the trace function in all running threads.
    #[py("_settraceallthreads(function, /)")]
    fn _settraceallthreads(vm: &Vm, function: &Object) -> Result<()> {
        vm.audit("sys.settrace", &[])?;
        for thread in vm.interp().gil.threads() {
            thread.trace.set((!function.is(&none())).then(|| function.clone()));
        }
        crate::interp::trace::update(vm);
        Ok(())
    }

    /// Set the profiling function in all running threads.
    #[py("_setprofileallthreads(function, /)")]
    fn _setprofileallthreads(vm: &Vm, function: &Object) -> Result<()> {
        vm.audit("sys.setprofile", &[])?;
        for thread in vm.interp().gil.threads() {
            thread.profile.set((!function.is(&none())).then(|| function.clone()));
        }
        crate::interp::trace::update(vm);
        Ok(())
    }

    /// Return the profiling function set with sys.setprofile.
    ///
    /// See the profiler chapter in the library manual.
    #[py("getprofile()")]
    fn getprofile(vm: &Vm) -> Option<Object> {
        vm.profile.get()
    }

    /// Set the ideal thread switching delay inside the Python interpreter.
    ///
    /// The actual frequency of switching threads can be lower if the
    /// interpreter executes long sequences of uninterruptible code
    /// (this is implementation-specific and workload-dependent).
    ///
    /// The parameter must represent the desired switching delay in seconds
    /// A typical value is 0.005 (5 milliseconds).
    #[py("setswitchinterval(interval, /)")]
    fn setswitchinterval(vm: &Vm, interval: f64) -> Result<()> {
        if interval <= 0.0 {
            bail!(vm, ValueError, "switch interval must be strictly positive");
        }
        vm.interp().switch_interval.set(interval);
        vm.interp().gil.set_interval(interval);
        Ok(())
    }

    /// Private: the number of CPUs that the command line gives, -1 for none.
    #[py("_get_cpu_count_config()")]
    fn _get_cpu_count_config(vm: &Vm) -> i32 {
        vm.interp().config.borrow().cpu_count
    }

    /// Return the current thread switch interval; see sys.setswitchinterval().
    #[py("getswitchinterval()")]
    fn getswitchinterval(vm: &Vm) -> f64 {
        vm.interp().switch_interval.get()
    }

    /// Return the maximum string digits limit for non-binary int<->str conversions.
    #[py("get_int_max_str_digits()")]
    fn get_int_max_str_digits(vm: &Vm) -> i32 {
        vm.interp().int_max_str_digits.get()
    }

    /// Set the maximum string digits limit for non-binary int<->str conversions.
    #[py("set_int_max_str_digits(maxdigits)")]
    fn set_int_max_str_digits(vm: &Vm, maxdigits: i32) -> Result<()> {
        if maxdigits != 0 && maxdigits < 640 {
            bail!(vm, ValueError, "maxdigits must be 0 or larger than 640");
        }
        vm.interp().int_max_str_digits.set(maxdigits);
        Ok(())
    }

    /// set_asyncgen_hooks([firstiter] [, finalizer])
    ///
    /// Set a finalizer for async generators objects.
    #[py("set_asyncgen_hooks(firstiter=<unrepresentable>, finalizer=<unrepresentable>)", nameless)]
    fn set_asyncgen_hooks(vm: &Vm, firstiter: Option<&Object>, finalizer: Option<&Object>) -> Result<()> {
        for (value, name) in [(firstiter, "firstiter"), (finalizer, "finalizer")] {
            if let Some(value) = value.filter(|v| !v.is(&none()))
                && !call::is_callable(value)
            {
                bail!(vm, TypeError, "callable {name} expected, got {}", type_name(value));
            }
        }
        let plain = |v: &Object| (!v.is(&none())).then(|| v.clone());
        if let Some(value) = finalizer {
            vm.async_gen_finalizer.set(plain(value));
        }
        if let Some(value) = firstiter {
            vm.async_gen_firstiter.set(plain(value));
        }
        Ok(())
    }

    /// Return the installed asynchronous generators hooks.
    ///
    /// This returns a namedtuple of the form (firstiter, finalizer).
    #[py("get_asyncgen_hooks()")]
    fn get_asyncgen_hooks(vm: &Vm) -> Result<Object> {
        let value = |f: &Field<Object>| f.get().unwrap_or_else(none);
        StructSeq::make(vm, &ASYNCGEN_HOOKS, vec![value(&vm.async_gen_firstiter), value(&vm.async_gen_finalizer)])
    }

    /// Check status of origin tracking for coroutine objects in this thread.
    #[py("get_coroutine_origin_tracking_depth()")]
    fn get_coroutine_origin_tracking_depth(vm: &Vm) -> i32 {
        vm.coroutine_origin_depth.get()
    }

    /// Enable or disable origin tracking for coroutine objects in this thread.
    ///
    /// Coroutine objects will track 'depth' frames of traceback information
    /// about where they came from, available in their cr_origin attribute.
    ///
    /// Set a depth of 0 to disable.
    #[py("set_coroutine_origin_tracking_depth(depth)")]
    fn set_coroutine_origin_tracking_depth(vm: &Vm, depth: i32) -> Result<()> {
        if depth < 0 {
            bail!(vm, ValueError, "depth must be >= 0");
        }
        vm.coroutine_origin_depth.set(depth);
        Ok(())
    }

    /// Return True if Python is exiting.
    #[py("is_finalizing()")]
    fn is_finalizing(vm: &Vm) -> bool {
        vm.interp().finalizing.get()
    }

    /// Call a function.
    #[py("call_tracing(func, args, /)")]
    fn call_tracing(vm: &Vm, func: &Object, args: &Ref<Tuple>) -> Result<Object> {
        let tracing = vm.tracing.replace(0);
        let result = call::call(vm, func, args.items());
        vm.tracing.set(tracing);
        result
    }

    /// Activate stack profiler trampoline *backend*.
    #[py("activate_stack_trampoline(backend, /)")]
    fn activate_stack_trampoline(vm: &Vm, backend: &Ref<Str>) -> Result<()> {
        match backend.to_string_lossy().as_str() {
            "perf" | "perf_jit" => Err(raise!(vm, ValueError, "perf trampoline not available")),
            other => Err(raise!(vm, ValueError, "invalid backend: {other}")),
        }
    }

    /// Deactivate the current stack profiler trampoline backend.
    ///
    /// If no stack profiler is activated, this function has no effect.
    #[py("deactivate_stack_trampoline()")]
    fn deactivate_stack_trampoline() {}

    /// Return True if a stack trampoline is active.
    #[py("is_stack_trampoline_active()")]
    fn is_stack_trampoline_active() -> bool {
        false
    }

    /// Return True if the GIL is currently enabled and False if it's disabled.
    #[py("_is_gil_enabled()")]
    fn _is_gil_enabled() -> bool {
        true
    }

    /// Return True if the given object is "immortal" per PEP 683.
    #[py("_is_immortal(op, /)")]
    fn _is_immortal(op: &Object) -> bool {
        op.head().is_none_or(|h| h.is_immortal())
    }

    /// Clear all internal performance-related caches.
    #[py("_clear_internal_caches()")]
    fn _clear_internal_caches() {}

    /// Clear the internal type lookup cache.
    #[py("_clear_type_cache()")]
    fn _clear_type_cache() {}

    /// Return the number of memory blocks currently allocated.
    #[py("getallocatedblocks()")]
    fn getallocatedblocks(vm: &Vm) -> usize {
        vm.interp().heap.bytes_used() / 16
    }
}
