//! From the options to the exit code.

use crate::library;
use crate::options::{Plan, What};
use crate::prompt;
use std::process::ExitCode;
use vm::builtins::module::Module;
use vm::exception::{SystemExit, report};
use vm::modules::compile::{Request, compile};
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// Starts the interpreter, runs what the plan says, and ends it.
pub fn run(mut plan: Plan) -> ExitCode {
    let folder = library::folder(&plan.config);
    let frozen = match library::frozen(&folder) {
        Ok(frozen) => frozen,
        Err(error) => {
            eprintln!("Fatal Python error: the standard library is not at {}: {error}", folder.display());
            return ExitCode::FAILURE;
        }
    };
    place(&mut plan, &folder);
    let vm = vm::start::start(plan.config.clone(), stdlib::all(), frozen);
    let started = vm::start::initialise(vm)
        .and_then(|()| vm::import::install(vm))
        .and_then(|()| zip_files(vm))
        .and_then(|()| streams(vm))
        .and_then(|()| signals(vm));
    if started.is_err() {
        let reason = vm.take_raised().map(|e| report::plain(vm, &e)).unwrap_or_default();
        eprintln!("Fatal Python error: the interpreter could not start\n{reason}");
        return ExitCode::FAILURE;
    }
    let result = site(vm).and_then(|()| program(vm, &plan));
    let mut code = exit_code(vm, result);
    if !vm::start::finish(vm) && code == 0 {
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

/// The folders that `sys` tells of, and the search path.
fn place(plan: &mut Plan, folder: &std::path::Path) {
    let config = &mut plan.config;
    let executable = std::env::current_exe().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
    let prefix = std::path::Path::new(&executable)
        .parent()
        .and_then(|p| p.parent())
        .unwrap_or(std::path::Path::new("/usr/local"));
    let prefix = prefix.to_string_lossy().into_owned();
    config.executable = executable;
    config.stdlib = folder.to_string_lossy().into_owned();
    for field in [&mut config.prefix, &mut config.exec_prefix, &mut config.base_prefix, &mut config.base_exec_prefix] {
        field.clone_from(&prefix);
    }
    if !config.ignore_environment
        && let Ok(path) = std::env::var("PYTHONPATH")
    {
        config.module_search_paths.extend(path.split(':').filter(|p| !p.is_empty()).map(str::to_owned));
    }
    config.module_search_paths.push(config.stdlib.clone());
}

/// `sys.stdin`, `sys.stdout`, `sys.stderr`.
fn streams(vm: &Vm) -> Result<()> {
    let builtins = vm.import("builtins")?;
    let io = vm.import("io")?;
    let open = attr::getattr(vm, &io, &vm.intern("open"))?;
    attr::setattr(vm, &builtins, &vm.intern("open"), Some(&open))?;
    let unbuffered = vm.interp().config.borrow().unbuffered;
    for (fd, name, mode) in [(0, "stdin", "rb"), (1, "stdout", "wb"), (2, "stderr", "wb")] {
        let stream = stream(vm, &io, fd, mode, unbuffered && fd > 0);
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

fn stream(vm: &Vm, io: &Object, fd: i32, mode: &str, unbuffered: bool) -> Result<Object> {
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
    let errors = if fd == 2 { "backslashreplace" } else { "strict" };
    let class = attr::getattr(vm, io, &vm.intern("TextIOWrapper"))?;
    let newline = if fd == 0 { none() } else { Str::new("\n").into_object() };
    let args = [
        buffer,
        Str::new("utf-8").into_object(),
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
    // The module turns `-W` into filters.
    if !vm.interp().config.borrow().warnoptions.is_empty() && vm.import("warnings").is_err() {
        vm.clear_raised();
    }
    if vm.interp().config.borrow().no_site {
        return Ok(());
    }
    let site = vm.import("site")?;
    call::call_method(vm, &site, &vm.intern("main"), &[]).map(drop)
}

fn prepend_path(vm: &Vm, entry: &str) -> Result<()> {
    if vm.interp().config.borrow().safe_path {
        return Ok(());
    }
    match vm.sys_get(vm.names().path()).and_then(|p| p.cast::<List>().cloned()) {
        Some(path) => vm.memory(path.items.insert(0, Str::new(entry).into_object())),
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
    let (interactive, inspect) = {
        let config = vm.interp().config.borrow();
        (config.interactive > 0, config.inspect > 0)
    };
    if matches!(plan.what, What::Stdin) && (interactive || prompt::on_terminal()) {
        prepend_path(vm, "")?;
        return prompt::interact(vm, &globals);
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
    prompt::interact(vm, &globals)
}

/// Runs what the command line names.
fn once(vm: &Vm, plan: &Plan, globals: &Ref<Dict>) -> Result<()> {
    match &plan.what {
        What::Command(source) => {
            prepend_path(vm, "")?;
            run_source(vm, source, "<string>", globals)
        }
        What::Module(name) => {
            let cwd = std::env::current_dir().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
            prepend_path(vm, &cwd)?;
            let runpy = vm.import("runpy")?;
            let run = attr::getattr(vm, &runpy, &vm.intern("_run_module_as_main"))?;
            call::call(vm, &run, &[Str::new(name).into_object()]).map(drop)
        }
        What::File(file) => run_file(vm, file, globals),
        What::Stdin => {
            let mut bytes = Vec::new();
            let _ = std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes);
            prepend_path(vm, "")?;
            let name = Str::new("<stdin>");
            let source = vm::modules::builtins::decode_source(vm, &bytes, &name)?;
            run_source(vm, &source, "<stdin>", globals)
        }
    }
}

fn run_source(vm: &Vm, source: &str, filename: &str, globals: &Ref<Dict>) -> Result<()> {
    let filename = Str::new(filename);
    let code = compile(vm, source, &Request { filename: &filename, mode: syntax::Mode::Exec, flags: 0, optimize: -1 })?;
    if filename.to_string_lossy() == "<string>" {
        // Tracebacks show the lines of `-c`, which are in no file.
        let cache = vm.import("linecache")?;
        let args = [code.to_object(), Str::new(source).into_object(), filename.to_object()];
        call::call_method(vm, &cache, &vm.intern("_register_code"), &args)?;
    }
    vm::frame::call::run_code(vm, &code, globals, globals.as_object(), None).map(drop)
}

fn run_file(vm: &Vm, file: &str, globals: &Ref<Dict>) -> Result<()> {
    let path = std::path::Path::new(file);
    if path.is_dir() || file.ends_with(".zip") || file.ends_with(".pyz") {
        let runpy = vm.import("runpy")?;
        if let Some(list) = vm.sys_get(vm.names().path()).and_then(|p| p.cast::<List>().cloned()) {
            vm.memory(list.items.insert(0, Str::new(file).into_object()))?;
        }
        let run = attr::getattr(vm, &runpy, &vm.intern("_run_module_as_main"))?;
        return call::call(vm, &run, &[Str::new("__main__").into_object(), false.object()]).map(drop);
    }
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let text = host::error_text(error.raw_os_error().unwrap_or(0));
            let code = error.raw_os_error().unwrap_or(0);
            eprintln!("{}: can't open file '{}': [Errno {code}] {text}", program_name(vm), absolute(file));
            return Err(vm.raise_args(&vm::exception::types::SystemExit, &[Object::int32(2)]));
        }
    };
    let folder = std::fs::canonicalize(path).ok().and_then(|p| p.parent().map(|p| p.to_string_lossy().into_owned()));
    prepend_path(vm, &folder.unwrap_or_default())?;
    globals.set_name(vm, vm.names().__file__(), Str::new(file).into_object())?;
    globals.set_name(vm, vm.names().__cached__(), none())?;
    if let Ok((_, _, body)) = bytecode::pyc::split(&bytes) {
        let (code, _) = vm::modules::marshal::loads(vm, body, true)?;
        let Some(code) = code.cast::<vm::frame::code::Code>() else {
            bail!(vm, RuntimeError, "Bad code object in .pyc file")
        };
        return vm::frame::call::run_code(vm, code, globals, globals.as_object(), None).map(drop);
    }
    let name = Str::new(file);
    let source = vm::modules::builtins::decode_source(vm, &bytes, &name)?;
    run_source(vm, &source, file, globals)
}

fn program_name(vm: &Vm) -> String {
    vm.interp().config.borrow().orig_argv.first().cloned().unwrap_or_else(|| "taipan".to_owned())
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
        eprintln!("{text}");
    }
    1
}
