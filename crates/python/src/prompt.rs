//! The interactive prompt: the library's `_pyrepl` on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use vm::builtins::module::Module;
use vm::exception::report;
use vm::exception::types::{KeyboardInterrupt, SystemExit};
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// Whether standard input is a terminal.
pub fn on_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// What the library's prompt calls on a terminal that it cannot use.
#[pymodule("sys")]
pub mod module {
    use super::*;

    /// Private function for getting the base REPL
    #[py("_baserepl()")]
    fn baserepl(vm: &Vm) -> Result<()> {
        match vm.import("__main__")?.cast::<Module>() {
            Some(main) => lines(vm, &main.dict()),
            None => Ok(()),
        }
    }
}

/// Gives `sys` the functions that only this program has.
pub fn add_to_sys(vm: &Vm) -> Result<()> {
    match vm.import("sys")?.cast::<Module>() {
        Some(sys) => vm::import::add_functions(vm, sys, module::MODULE.functions),
        None => Ok(()),
    }
}

/// Reads and runs statements in `__main__` until the input ends. `fresh`: no program ran before, so that the greeting and
/// `PYTHONSTARTUP` come first.
pub fn interact(vm: &Vm, globals: &Ref<Dict>, fresh: bool) -> Result<()> {
    let (quiet, verbose, environment) = {
        let config = vm.interp().config.borrow();
        (config.quiet, config.verbose > 0, !config.ignore_environment)
    };
    if !quiet && (fresh || verbose) {
        banner(vm)?;
    }
    for (name, text) in [(vm.names().ps1(), ">>> "), (vm.names().ps2(), "... ")] {
        if vm.sys_get(name).is_none() {
            vm.sys_set(&name.to_string(), Str::new(text).into_object())?;
        }
    }
    if on_terminal() && std::env::var_os("PYTHON_BASIC_REPL").is_none_or(|v| v.is_empty()) {
        match library_prompt(vm, fresh && environment) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(raised) if vm.raised_is(&SystemExit) => return Err(raised),
            Err(_) => report::print_raised(vm),
        }
    }
    if fresh && environment && on_terminal() {
        startup(vm, globals)?;
    }
    lines(vm, globals)
}

/// Runs the file that `PYTHONSTARTUP` names; its errors are shown, and do no more harm.
fn startup(vm: &Vm, globals: &Ref<Dict>) -> Result<()> {
    let Some(path) = std::env::var_os("PYTHONSTARTUP").filter(|path| !path.is_empty()) else { return Ok(()) };
    let name = Str::new(&path.to_string_lossy());
    let done = match std::fs::read(&path) {
        Ok(bytes) => vm::modules::builtins::decode_file(vm, &bytes, &name)
            .and_then(|source| crate::run::run_source(vm, &source, &name, globals)),
        Err(error) => {
            write_error(vm, "Could not open PYTHONSTARTUP\n")?;
            Err(vm::exception::os_error(vm, &error, Some(name.as_object())))
        }
    };
    match done {
        Err(raised) if vm.raised_is(&SystemExit) => Err(raised),
        Err(_) => {
            report::print_raised(vm);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// The version, as CPython greets.
fn banner(vm: &Vm) -> Result<()> {
    let text = |name: &str| {
        let found = vm.sys_get(&vm.intern(name));
        found.and_then(|f| f.cast::<Str>().map(|s| s.to_string_lossy())).unwrap_or_default()
    };
    let (version, platform) = (text("version"), text("platform"));
    let hint = "Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.";
    write_error(vm, &format!("Python {version} on {platform}\n{hint}\n"))
}

fn write_error(vm: &Vm, text: &str) -> Result<()> {
    let Some(file) = vm.sys_get(vm.names().stderr()).filter(|f| !f.is(&none())) else { return Ok(()) };
    call::call_method(vm, &file, vm.names().write(), &[Str::new(text).into_object()])?;
    call::call_method(vm, &file, vm.names().flush(), &[]).map(drop)
}

/// Runs `_pyrepl` if this terminal can; whether it did. If not, it says why.
fn library_prompt(vm: &Vm, startup: bool) -> Result<bool> {
    let main = vm.import("_pyrepl.main")?;
    let able = attr::getattr(vm, &main, &vm.intern("CAN_USE_PYREPL"))?;
    if !protocol::is_true(vm, &able)? {
        let reason = attr::getattr(vm, &main, &vm.intern("FAIL_REASON"))?;
        write_error(vm, &format!("{}\n", protocol::str(vm, &reason)?.to_string_lossy()))?;
        return Ok(false);
    }
    let console = attr::getattr(vm, &main, &vm.intern("interactive_console"))?;
    let module = vm.import("__main__")?;
    call::call(vm, &console, &[module, false.object(), startup.object()])?;
    Ok(true)
}

/// The plain prompt: a statement is run as soon as `codeop` finds it complete.
fn lines(vm: &Vm, globals: &Ref<Dict>) -> Result<()> {
    let compiler = call::call(vm, &attr::getattr(vm, &vm.import("codeop")?, &vm.intern("CommandCompiler"))?, &[])?;
    let mut statement = String::new();
    loop {
        let name = if statement.is_empty() { vm.names().ps1() } else { vm.names().ps2() };
        let shown = match vm.sys_get(name) {
            Some(prompt) => protocol::str(vm, &prompt)?.to_string_lossy(),
            None => String::new(),
        };
        write_error(vm, &shown)?;
        let line = match next_line(vm) {
            Ok(line) => line,
            Err(_) if vm.raised_is(&KeyboardInterrupt) => {
                vm.clear_raised();
                write_error(vm, "\nKeyboardInterrupt\n")?;
                statement.clear();
                continue;
            }
            Err(raised) => return Err(raised),
        };
        let ended = line.is_empty();
        if ended && statement.trim().is_empty() {
            return write_error(vm, "\n");
        }
        statement.push_str(if ended { "\n" } else { &line });
        // Without its end, as `codeop` wants lines: a block is complete when an empty line follows.
        match complete(vm, &compiler, statement.strip_suffix('\n').unwrap_or(&statement), globals) {
            Ok(false) if !ended => continue,
            Ok(_) => {}
            Err(raised) if vm.raised_is(&SystemExit) => return Err(raised),
            Err(_) => {
                vm::start::flush(vm);
                report::print_raised(vm);
            }
        }
        vm::start::flush(vm);
        statement.clear();
        if ended {
            return Ok(());
        }
    }
}

/// A line of `sys.stdin` with its end; nothing at the end of the input.
fn next_line(vm: &Vm) -> Result<String> {
    let Some(input) = vm.sys_get(vm.names().stdin()).filter(|f| !f.is(&none())) else { return Ok(String::new()) };
    let line = call::call_method(vm, &input, vm.names().readline(), &[])?;
    Ok(line.cast::<Str>().map(|l| l.to_string_lossy()).unwrap_or_default())
}

/// Runs the statement if it is complete; whether it was.
fn complete(vm: &Vm, compiler: &Object, statement: &str, globals: &Ref<Dict>) -> Result<bool> {
    let (source, name) = (Str::new(statement).into_object(), Str::new("<stdin>").into_object());
    let code = match call::call(vm, compiler, &[source.clone(), name.clone(), Str::new("single").into_object()]) {
        Ok(code) => code,
        Err(_) => {
            // Where the library's compiler stood is nobody's business.
            let error = vm.take_raised();
            if let Some(body) = error.as_ref().and_then(|e| e.cast::<vm::exception::BaseException>()) {
                body.traceback.set(None);
            }
            vm.restore_raised(error);
            return Err(Raised);
        }
    };
    let Some(code) = code.cast::<vm::frame::code::Code>() else { return Ok(false) };
    let cache = vm.import("linecache")?;
    call::call_method(vm, &cache, &vm.intern("_register_code"), &[code.to_object(), source, name])?;
    vm::frame::call::run_code(vm, code, globals, globals.as_object(), None)?;
    Ok(true)
}
