//! From the options to the exit code.

use crate::library;
use crate::options::{self, Plan, What};
use crate::prompt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vm::builtins::module::Module;
use vm::exception::{SystemExit, report};
use vm::interp::panics;
use vm::modules::compile::{Request, compile};
use vm::modules::sys::decode_fs;
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// Starts the interpreter, runs what the plan says, and ends it.
pub fn run(mut plan: Plan) -> ExitCode {
    heap::at_growth(host::text::unload);
    let folder = library::folder(&plan.config);
    if let Err(error) = std::fs::metadata(folder.join("os.py")) {
        eprintln!("Fatal Python error: the standard library is not at {}: {error}", folder.display());
        return ExitCode::FAILURE;
    }
    place(&mut plan, &folder);
    let vm = vm::start::start(plan.config.clone(), stdlib::all(), library::frozen());
    let started = vm::start::initialise(vm)
        .and_then(|()| vm::import::install(vm))
        .and_then(|()| zip_files(vm))
        .and_then(|()| streams(vm))
        .and_then(|()| signals(vm))
        .and_then(|()| watchers(vm));
    if started.is_err() {
        let reason = vm.take_raised().map(|e| report::plain(vm, &e)).unwrap_or_default();
        eprintln!("Fatal Python error: the interpreter could not start\n{reason}");
        return ExitCode::FAILURE;
    }
    let result = panics::guard(vm, || site(vm).and_then(|()| trace(vm)).and_then(|()| program(vm, &plan)));
    let mut code = panics::guard(vm, || Ok(exit_code(vm, result))).unwrap_or(1);
    let clean = panics::guard(vm, || Ok(vm::start::finish(vm))).unwrap_or_else(|_| {
        vm.unraisable("Exception ignored at the end of the program", None);
        false
    });
    if !clean && code == 0 {
        code = 120;
    }
    if code == INTERRUPTED {
        let _ = host::signal::die_of(2);
    }
    std::process::exit(code)
}

/// Zip files can stand on the search path (PEP 273): the first of the path hooks.
fn zip_files(vm: &Vm) -> Result<()> {
    let module = vm.import("zipimport")?;
    let importer = vm::object::attr::getattr(vm, &module, &vm.intern("zipimporter"))?;
    let hooks = vm.sys_get(vm.names().path_hooks());
    match hooks.as_ref().and_then(|hooks| hooks.cast::<List>()) {
        Some(hooks) => vm.memory(hooks.items.insert(0, importer)),
        None => Ok(()),
    }
}

/// What a program ends with that a KeyboardInterrupt ended: if possible, the signal itself ends the process.
const INTERRUPTED: i32 = 130;

/// Ctrl-C raises KeyboardInterrupt from now on; writing to a closed pipe or past a limit fails instead of killing.
fn signals(vm: &Vm) -> Result<()> {
    for name in ["SIGPIPE", "SIGXFSZ"] {
        if let Some(signal) = host::constants::find(host::constants::SIGNAL, name) {
            let _ = host::signal::set_action(signal as i32, host::signal::Action::Ignore);
        }
    }
    vm.import("_signal").map(drop)
}

/// Starts what is to watch the whole program: reports of faults, records of allocations.
fn watchers(vm: &Vm) -> Result<()> {
    let config = vm.interp().config.borrow();
    let (faults, frames) = (config.fault_handler, config.tracemalloc);
    drop(config);
    let call = |module: &str, function: &str, args: &[Object]| {
        let function = attr::getattr(vm, &vm.import(module)?, &vm.intern(function))?;
        call::call(vm, &function, args).map(drop)
    };
    if faults {
        call("faulthandler", "enable", &[])?;
    }
    if frames > 0 {
        call("_tracemalloc", "start", &[Object::int32(frames)])?;
    }
    Ok(())
}

/// The folders that `sys` tells of, and the search path.
fn place(plan: &mut Plan, folder: &Path) {
    let config = &mut plan.config;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let executable = called_as();
    let real = std::env::current_exe().unwrap_or_else(|_| executable.clone());
    // Programs lie in `bin` of their installation.
    let installation = |bin: &Path| bin.parent().map_or_else(|| "/usr/local".into(), text);
    let environment = executable.parent().and_then(virtual_environment);
    let (prefix, base, base_executable) = match &environment {
        Some((prefix, home)) => (text(prefix), installation(home), home.join(real.file_name().unwrap_or_default())),
        None => {
            let prefix = real.parent().map_or_else(|| "/usr/local".into(), installation);
            (prefix.clone(), prefix, executable.clone())
        }
    };
    config.executable = text(&executable);
    config.base_executable = text(&base_executable);
    config.stdlib = text(folder);
    (config.prefix, config.exec_prefix) = (prefix.clone(), prefix);
    (config.base_prefix, config.base_exec_prefix) = (base.clone(), base);
    if !config.ignore_environment
        && let Ok(path) = std::env::var("PYTHONPATH")
    {
        config.module_search_paths.extend(path.split(':').filter(|p| !p.is_empty()).map(str::to_owned));
    }
    config.module_search_paths.push(config.stdlib.clone());
}

/// The program's file as it was called, links unresolved: through `PATH` where it was called by its bare name.
fn called_as() -> PathBuf {
    let called = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let found = match called.components().count() {
        0 => None,
        1 if !called.as_os_str().as_encoded_bytes().contains(&b'/') => std::env::var_os("PATH")
            .and_then(|path| std::env::split_paths(&path).map(|dir| dir.join(&called)).find(|file| file.is_file())),
        _ => Some(called),
    };
    found.and_then(|path| std::path::absolute(path).ok()).or_else(|| std::env::current_exe().ok()).unwrap_or_default()
}

/// The virtual environment (PEP 405) that a program in the folder `bin` belongs to, with the `home` that its
/// `pyvenv.cfg` names: the folder of the program that made it.
fn virtual_environment(bin: &Path) -> Option<(PathBuf, PathBuf)> {
    [bin, bin.parent()?].into_iter().find_map(|folder| {
        let settings = std::fs::read_to_string(folder.join("pyvenv.cfg")).ok()?;
        let home = settings.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case("home").then(|| PathBuf::from(value.trim()))
        });
        Some((bin.parent()?.to_path_buf(), home?))
    })
}

/// The encoding of the standard streams, and what they do about text that it does not have.
fn stream_codec(vm: &Vm) -> (String, String) {
    let config = vm.interp().config.borrow();
    let codeset = host::constants::find(host::constants::LOCALE, "CODESET")
        .map_or(Vec::new(), |item| host::locale::info(item as i32));
    let codeset = String::from_utf8_lossy(&codeset).to_lowercase();
    let usual = match codeset.as_str() {
        _ if config.utf8_mode => "utf-8",
        "ansi_x3.4-1968" => "ascii",
        "" => "utf-8",
        name => name,
    };
    let errors = if config.lenient_streams { "surrogateescape" } else { "strict" };
    let wish = config.stream_encoding.clone().unwrap_or_default();
    let (encoding, wish) = wish.split_once(':').unwrap_or((&wish, ""));
    let errors = match wish {
        "" if !encoding.is_empty() => "strict",
        "" => errors,
        wish => wish,
    };
    (if encoding.is_empty() { usual } else { encoding }.to_owned(), errors.to_owned())
}

/// `sys.stdin`, `sys.stdout`, `sys.stderr`.
fn streams(vm: &Vm) -> Result<()> {
    let builtins = vm.import("builtins")?;
    let io = vm.import("io")?;
    let open = attr::getattr(vm, &io, &vm.intern("open"))?;
    attr::setattr(vm, &builtins, &vm.intern("open"), Some(&open))?;
    let unbuffered = vm.interp().config.borrow().unbuffered;
    let codec = stream_codec(vm);
    for (fd, name, mode) in [(0, "stdin", "rb"), (1, "stdout", "wb"), (2, "stderr", "wb")] {
        let closed = host::fd::closed_at_start(fd);
        let stream = if closed { Ok(none()) } else { stream(vm, &io, fd, mode, unbuffered && fd > 0, &codec) };
        let stream = match stream {
            Ok(stream) => stream,
            // A closed descriptor gives None, as in CPython.
            Err(_) if vm.raised_is(&vm::exception::types::OSError) => {
                vm.clear_raised();
                none()
            }
            Err(raised) => return Err(raised),
        };
        vm.sys_set(name, stream.clone())?;
        vm.sys_set(&format!("__{name}__"), stream)?;
    }
    Ok(())
}

fn stream(
    vm: &Vm,
    io: &Object,
    fd: i32,
    mode: &str,
    unbuffered: bool,
    (encoding, errors): &(String, String),
) -> Result<Object> {
    let open = attr::getattr(vm, io, &vm.intern("open"))?;
    let buffering = if unbuffered { 0 } else { -1 };
    let args = [
        Object::int32(fd),
        Str::new(mode).into_object(),
        Object::int32(buffering),
        none(),
        none(),
        none(),
        false.object(),
    ];
    let buffer = call::call(vm, &open, &args)?;
    let raw = if unbuffered { buffer.clone() } else { attr::getattr(vm, &buffer, vm.names().raw())? };
    let names = ["<stdin>", "<stdout>", "<stderr>"];
    attr::setattr(vm, &raw, vm.names().name(), Some(Str::new(names[fd as usize]).as_object()))?;
    let tty = host::fd::is_tty(fd);
    let errors = if fd == 2 { "backslashreplace" } else { errors };
    let class = attr::getattr(vm, io, &vm.intern("TextIOWrapper"))?;
    let newline = if fd == 0 { none() } else { Str::new("\n").into_object() };
    let args = [
        buffer,
        Str::new(encoding).into_object(),
        Str::new(errors).into_object(),
        newline,
        (tty || fd == 2).object(),
        unbuffered.object(),
    ];
    let wrapper = call::call(vm, &class, &args)?;
    attr::setattr(vm, &wrapper, vm.names().mode(), Some(Str::new(&mode[..1]).as_object()))?;
    Ok(wrapper)
}

fn site(vm: &Vm) -> Result<()> {
    if !vm.interp().config.borrow().warnoptions.is_empty() {
        // Its filters hold from the first warning on.
        vm.import("warnings")?;
    }
    if vm.interp().config.borrow().no_site {
        return Ok(());
    }
    let site = vm.import("site")?;
    call::call_method(vm, &site, &vm.intern("main"), &[]).map(drop)
}

/// `-X trace`: of the program, not of start-up.
fn trace(vm: &Vm) -> Result<()> {
    if vm.interp().config.borrow().trace { vm::modules::look::start_trace(vm) } else { Ok(()) }
}

fn prepend_path(vm: &Vm, entry: &str) -> Result<()> {
    prepend_entry(vm, Str::new(entry).into_object())
}

fn prepend_entry(vm: &Vm, entry: Object) -> Result<()> {
    if vm.interp().config.borrow().safe_path {
        return Ok(());
    }
    vm.interp().script_folder.set(entry.cast::<Str>().cloned());
    match vm.sys_get(vm.names().path()).and_then(|p| p.cast::<List>().cloned()) {
        Some(path) => vm.memory(path.items.insert(0, entry)),
        None => Ok(()),
    }
}

fn main_module(vm: &Vm) -> Result<Ref<Dict>> {
    let module = Module::make(vm, "__main__", None)?;
    if let Some(modules) = vm.interp().modules.get() {
        modules.set_str(vm, "__main__", module.to_object())?;
    }
    let dict = module.dict();
    dict.set_name(vm, vm.names().__builtins__(), vm.import("builtins")?)?;
    let importlib = vm.interp().importlib.get();
    if let Some(importlib) = importlib {
        let loader = attr::getattr(vm, &importlib, &vm.intern("BuiltinImporter"))?;
        dict.set_name(vm, vm.names().__loader__(), loader)?;
    }
    Ok(dict)
}

fn program(vm: &Vm, plan: &Plan) -> Result<()> {
    let globals = main_module(vm)?;
    prompt::add_to_sys(vm)?;
    let (interactive, inspect) = {
        let config = vm.interp().config.borrow();
        (config.interactive > 0, config.inspect > 0)
    };
    if matches!(plan.what, What::Stdin) && (interactive || prompt::on_terminal()) {
        prepend_path(vm, "")?;
        return prompt::interact(vm, &globals, true);
    }
    let result = once(vm, plan, &globals);
    if !inspect {
        return result;
    }
    // `-i`: what the program left can be looked at.
    if result.is_err() {
        vm::start::flush(vm);
        report::print_raised(vm);
    }
    prompt::interact(vm, &globals, false)
}

/// Runs what the command line names.
fn once(vm: &Vm, plan: &Plan, globals: &Ref<Dict>) -> Result<()> {
    match &plan.what {
        What::Command(source) => {
            prepend_path(vm, "")?;
            let Some(source) = source.to_str() else {
                eprintln!("Unable to decode the command from the command line:");
                return Err(vm.raise_args(&vm::exception::types::SystemExit, &[Object::int32(1)]));
            };
            let source = options::dedent(source);
            let text = vm::modules::builtins::source_text(
                vm,
                Str::new(&(source + "\n")).as_object(),
                "exec",
                "string",
                &Str::new("<string>"),
            )?;
            run_shown(vm, &text, "<string>", globals)
        }
        What::Module(name) => {
            let cwd = std::env::current_dir().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
            prepend_path(vm, &cwd)?;
            offer_bundled(vm, name)?;
            let runpy = vm.import("runpy")?;
            let run = attr::getattr(vm, &runpy, &vm.intern("_run_module_as_main"))?;
            call::call(vm, &run, &[decode_fs(vm, name.as_bytes())?.into_object()]).map(drop)
        }
        What::File(file) => run_file(vm, file, globals),
        What::Stdin => {
            let mut bytes = Vec::new();
            let _ = std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes);
            prepend_path(vm, "")?;
            let name = Str::new("<stdin>");
            let source = vm::modules::builtins::decode_file(vm, &bytes, &name)?;
            run_shown(vm, &source, "<stdin>", globals)
        }
    }
}

/// `-m NAME` where nobody installed NAME, but the library carries a wheel of that distribution for `ensurepip`: it is run
/// from the wheel. CPython's installation unpacks these into its `site-packages`; Taipan's library may be read-only and is
/// shared, so nothing is written there. A virtual environment has its own or none, as with CPython.
fn offer_bundled(vm: &Vm, name: &std::ffi::OsStr) -> Result<()> {
    let bundled = {
        let config = vm.interp().config.borrow();
        if config.prefix != config.base_prefix {
            return Ok(());
        }
        Path::new(&config.stdlib).join("ensurepip/_bundled")
    };
    let is_wanted = |path: &PathBuf| {
        let file = path.file_name().unwrap_or_default().as_bytes();
        file.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"-") && rest.ends_with(b".whl"))
    };
    let mut wheels = std::fs::read_dir(bundled).into_iter().flatten().flatten().map(|entry| entry.path());
    let Some(wheel) = wheels.find(is_wanted) else { return Ok(()) };
    let util = vm.import("importlib.util")?;
    let found =
        call::call_method(vm, &util, &vm.intern("find_spec"), &[decode_fs(vm, name.as_bytes())?.into_object()])?;
    match vm.sys_get(vm.names().path()).and_then(|path| path.cast::<List>().cloned()) {
        Some(path) if found.is(&none()) => {
            vm.memory(path.items.push(decode_fs(vm, wheel.as_os_str().as_bytes())?.into_object()))
        }
        _ => Ok(()),
    }
}

/// Runs source that lies in no file: `linecache` is told of it, so that tracebacks can show its lines.
fn run_shown(vm: &Vm, source: &str, filename: &str, globals: &Ref<Dict>) -> Result<()> {
    let filename = Str::new(filename);
    let request = Request { filename: &filename, mode: syntax::Mode::Exec, flags: 0, optimize: -1 };
    let code = compile(vm, source, &request)?;
    let register = attr::getattr(vm, &vm.import("linecache")?, &vm.intern("_register_code"))?;
    call::call(vm, &register, &[code.to_object(), Str::new(source).into_object(), filename.to_object()])?;
    vm::frame::call::run_code(vm, &code, globals, globals.as_object(), None).map(drop)
}

pub fn run_source(vm: &Vm, source: &str, filename: &Ref<Str>, globals: &Ref<Dict>) -> Result<()> {
    let code = compile(vm, source, &Request { filename, mode: syntax::Mode::Exec, flags: 0, optimize: -1 })?;
    vm::frame::call::run_code(vm, &code, globals, globals.as_object(), None).map(drop)
}

/// Whether the program is a folder or an archive with a `__main__` in it: some hook of `sys.path_hooks` takes it.
fn is_importable(vm: &Vm, file: &Ref<Str>) -> Result<bool> {
    let pkgutil = vm.import("pkgutil")?;
    let importer = call::call_method(vm, &pkgutil, &vm.intern("get_importer"), &[file.to_object()])?;
    Ok(!importer.is(&none()))
}

fn run_file(vm: &Vm, file: &std::ffi::OsStr, globals: &Ref<Dict>) -> Result<()> {
    let path = std::path::Path::new(file);
    let given = decode_fs(vm, file.as_bytes())?;
    // What is no regular file, or starts as archives do, may be importable.
    if path.is_dir() || is_archive(path) && is_importable(vm, &given)? {
        let runpy = vm.import("runpy")?;
        if let Some(list) = vm.sys_get(vm.names().path()).and_then(|p| p.cast::<List>().cloned()) {
            vm.memory(list.items.insert(0, given.to_object()))?;
        }
        let run = attr::getattr(vm, &runpy, &vm.intern("_run_module_as_main"))?;
        return call::call(vm, &run, &[Str::new("__main__").into_object(), false.object()]).map(drop);
    }
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let text = host::error_text(error.raw_os_error().unwrap_or(0));
            let code = error.raw_os_error().unwrap_or(0);
            eprintln!(
                "{}: can't open file '{}': [Errno {code}] {text}",
                program_name(vm),
                absolute(&file.to_string_lossy())
            );
            return Err(vm.raise_args(&vm::exception::types::SystemExit, &[Object::int32(2)]));
        }
    };
    let folder = std::fs::canonicalize(path).ok().and_then(|p| p.parent().map(|p| p.as_os_str().as_bytes().to_vec()));
    prepend_entry(vm, decode_fs(vm, &folder.unwrap_or_default())?.into_object())?;
    let name = decode_fs(vm, &absolute_bytes(file))?;
    globals.set_name(vm, vm.names().__file__(), name.to_object())?;
    globals.set_name(vm, vm.names().__cached__(), none())?;
    let compiled = bytecode::pyc::split(&bytes);
    let is_compiled = compiled.is_ok() || path.extension().is_some_and(|extension| extension == "pyc");
    let loader = if is_compiled { "SourcelessFileLoader" } else { "SourceFileLoader" };
    set_loader(vm, loader, &name, globals)?;
    if is_compiled {
        let body = match compiled {
            Ok((_, _, body)) => body,
            Err(bytecode::pyc::Refused::Short) => bail!(vm, EOFError, "EOF read where not expected"),
            Err(_) => bail!(vm, RuntimeError, "Bad magic number in .pyc file"),
        };
        let loaded = vm::modules::marshal::loads(vm, body, true);
        let code = loaded.ok().and_then(|(object, _)| object.cast::<vm::frame::code::Code>().cloned());
        let Some(code) = code else {
            vm.clear_raised();
            bail!(vm, RuntimeError, "Bad code object in .pyc file")
        };
        return vm::frame::call::run_code(vm, &code, globals, globals.as_object(), None).map(drop);
    }
    let source = vm::modules::builtins::decode_file(vm, &bytes, &name)?;
    run_source(vm, &source, &name, globals)
}

/// `__main__`'s loader: that of a module in the program's file.
fn set_loader(vm: &Vm, class: &str, name: &Ref<Str>, globals: &Ref<Dict>) -> Result<()> {
    let external = vm.import("_frozen_importlib_external")?;
    let class = attr::getattr(vm, &external, &vm.intern(class))?;
    let loader = call::call(vm, &class, &[Str::new("__main__").into_object(), name.to_object()])?;
    globals.set_name(vm, vm.names().__loader__(), loader)
}

/// Whether a file ends as zip archives do: the record of its directory stands within the last 64 KiB.
fn is_archive(path: &std::path::Path) -> bool {
    use std::io::{Read, Seek, SeekFrom};
    let tail = || {
        let mut file = std::fs::File::open(path)?;
        if !file.metadata()?.is_file() {
            return Ok(Vec::new());
        }
        let len = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(len.saturating_sub((1 << 16) + 22)))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        Ok::<_, std::io::Error>(tail)
    };
    tail().is_ok_and(|tail| tail.windows(4).any(|w| w == b"PK\x05\x06"))
}

/// The path from the root, otherwise as it was given (`.` and all).
fn absolute_bytes(file: &std::ffi::OsStr) -> Vec<u8> {
    let bytes = file.as_bytes();
    match std::env::current_dir() {
        Ok(folder) if !bytes.starts_with(b"/") => {
            let folder = folder.as_os_str().as_bytes();
            let slash: &[u8] = if folder.ends_with(b"/") { b"" } else { b"/" };
            [folder, slash, bytes].concat()
        }
        _ => bytes.to_vec(),
    }
}

fn program_name(vm: &Vm) -> String {
    let config = vm.interp().config.borrow();
    config.orig_argv.first().map_or_else(|| "taipan".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn absolute(file: &str) -> String {
    std::path::absolute(file).map_or_else(|_| file.to_owned(), |p| p.to_string_lossy().into_owned())
}

/// The exit code; prints the exception that nobody handled.
fn exit_code(vm: &Vm, result: Result<()>) -> i32 {
    if result.is_ok() {
        return 0;
    }
    if !vm.raised_is(&vm::exception::types::SystemExit) {
        let interrupted = vm.raised_is(&vm::exception::types::KeyboardInterrupt);
        vm::start::flush(vm);
        report::print_raised(vm);
        return if interrupted { INTERRUPTED } else { 1 };
    }
    let Some(exception) = vm.take_raised() else { return 1 };
    let code = exception.cast::<SystemExit>().and_then(|e| e.code.get()).unwrap_or_else(none);
    if code.is(&none()) {
        return 0;
    }
    if code.is_instance_of::<Int>() {
        return Int::to_i64(&code).map_or(255, |c| (c & 0xFF) as i32);
    }
    vm::start::flush(vm);
    if let Ok(text) = protocol::str(vm, &code) {
        report::write_stderr_text(vm, &text);
        report::write_stderr(vm, "\n");
    }
    1
}
