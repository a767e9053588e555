//! The executable `taipan`.
#![forbid(unsafe_code)]

use std::process::ExitCode;
use vm::context::Config;
use vm::prelude::*;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let vm = vm::start::start(Config::default(), stdlib::all(), Vec::new());
    if vm::start::initialise(vm).is_err() {
        eprintln!("init failed: {}", vm.take_raised().map(|e| vm::exception::report::plain(vm, &e)).unwrap_or_default());
        return ExitCode::FAILURE;
    }
    let result = run(vm, &args);
    if result.is_err() {
        if let Some(e) = vm.take_raised() {
            eprintln!("{}", vm::exception::report::plain(vm, &e));
        }
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn run(vm: &Vm, args: &[String]) -> Result<()> {
    let source = std::fs::read_to_string(&args[1]).expect("file");
    let filename = Str::new(&args[1]);
    let request = vm::modules::compile::Request { filename: &filename, mode: syntax::Mode::Exec, flags: 0, optimize: -1 };
    let code = vm::modules::compile::compile(vm, &source, &request)?;
    let globals = Dict::empty();
    globals.set_str(vm, "__name__", Str::new("__main__").into_object())?;
    vm::frame::call::run_code(vm, &code, &globals, globals.as_object(), None)?;
    Ok(())
}
