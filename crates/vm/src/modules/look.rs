//! Seeing inside: `-X dump=…`, `-X trace`, `-X verify-heap`. They print to standard error.

use super::compile::Request;
use crate::frame::code::Code;
use crate::prelude::*;
use crate::protocol::call;
use std::cell::RefCell;
use std::fmt::Write;
use std::rc::Rc;
use syntax::ast::Mod;

/// What `-X dump` knows, in the order of a program's way.
pub const STAGES: &[&str] = &["tokens", "ast", "symbols", "blocks", "code"];

/// Whether a stage is wanted of a source: of the program's own, not of what the library compiles for itself.
fn wanted(vm: &Vm, stage: &str, request: &Request<'_>) -> bool {
    let name = request.filename.to_string();
    vm.interp().config.borrow().dump.iter().any(|each| each == stage)
        && (vm.frame.get().is_null() || is_own(vm, &name) && !name.starts_with('<'))
}

/// Whether a file is none of the library's.
fn is_own(vm: &Vm, filename: &str) -> bool {
    !filename.starts_with("<frozen") && !filename.starts_with(&vm.interp().config.borrow().stdlib)
}

fn print(title: &str, filename: &Ref<Str>, text: &str) {
    eprintln!("== {title} of {filename}\n{}", text.trim_end());
}

/// Shows what comes before the tree.
pub fn dump_source(vm: &Vm, source: &str, request: &Request<'_>) {
    if !wanted(vm, "tokens", request) {
        return;
    }
    let mut text = String::new();
    let (tokens, _) = syntax::tokens::tokens(source, true);
    let place = |at: usize| {
        let before = source.get(..at.min(source.len())).unwrap_or(source);
        let line = before.matches('\n').count() + 1;
        format!("{line}:{}", before.len() - before.rfind('\n').map_or(0, |newline| newline + 1))
    };
    for token in tokens {
        let word = source.get(token.start..token.end.min(source.len())).unwrap_or("");
        let _ = writeln!(text, "{:>9} {:<12} {word:?}", place(token.start), format!("{:?}", token.kind));
    }
    print("tokens", request.filename, &text);
}

/// Shows the tree and the scopes; gives where the compiler is to write its blocks, if they are wanted.
pub fn dump_tree(vm: &Vm, module: &Mod, options: &compiler::Options, request: &Request<'_>) -> Option<Blocks> {
    if wanted(vm, "ast", request) {
        let text = match module {
            Mod::Module { body, .. } | Mod::Interactive { body } => {
                body.iter().map(|statement| syntax::dump(statement) + "\n").collect()
            }
            other => syntax::dump(other),
        };
        print("ast", request.filename, &text);
    }
    if wanted(vm, "symbols", request)
        && let Ok(symbols) = compiler::symtable(module, options)
    {
        let mut text = String::new();
        for scope in &symbols.scopes {
            let _ = writeln!(text, "{:?} {} at line {}", scope.kind, scope.name, scope.pos.lineno);
            for (name, symbol) in scope.symbols.iter() {
                let _ = writeln!(text, "    {name:<20} {:?} {:#x}", symbol.reach, symbol.flags);
            }
        }
        print("symbols", request.filename, &text);
    }
    wanted(vm, "blocks", request).then(Blocks::default)
}

/// Where the compiler writes what `blocks` shows.
pub type Blocks = Rc<RefCell<String>>;

/// Shows what was compiled.
pub fn dump_code(vm: &Vm, code: &bytecode::Code, blocks: Option<Blocks>, request: &Request<'_>) {
    if let Some(blocks) = blocks {
        print("blocks", request.filename, &blocks.borrow());
    }
    if wanted(vm, "code", request) {
        print("code", request.filename, &bytecode::dis::listing(code));
    }
}

/// Checks the heap; a problem is a mistake of ours and ends the process, as nothing it would do now could be trusted.
pub fn verify_heap(vm: &Vm) {
    let (count, problems) = vm.interp().heap.verify();
    if problems.is_empty() {
        return;
    }
    eprintln!("-X verify-heap: {} problems among {count} objects", problems.len());
    let types: Vec<Object> = vm.interp().heap.objects(None);
    for problem in problems.iter().take(20) {
        let address = problem.kind as usize;
        let name = types.iter().find(|object| object.as_ptr() as usize == address);
        let name = name.and_then(|kind| kind.cast::<Type>()).map_or("a built-in type".into(), |kind| kind.tp_name());
        eprintln!("    {:#x} ({name}, type at {address:#x}): {}", problem.address, problem.what);
    }
    std::process::abort();
}

/// Tells of each instruction of the program's own code from now on: where it stands, what it is, and its argument.
pub fn start_trace(vm: &Vm) -> Result<()> {
    // Between the tools that `sys.monitoring` reserves for known purposes.
    let tool = Object::int32(4);
    let sys = vm.import("sys")?;
    let monitoring = crate::object::attr::getattr(vm, &sys, &vm.intern("monitoring"))?;
    let events = crate::object::attr::getattr(vm, &monitoring, &vm.intern("events"))?;
    let instruction = crate::object::attr::getattr(vm, &events, &vm.intern("INSTRUCTION"))?;
    let made = crate::builtins::module::Module::make(vm, "-X trace", None)?;
    crate::import::add_functions(vm, &made, module::MODULE.functions)?;
    let show = crate::object::attr::getattr(vm, made.as_object(), &vm.intern("instruction"))?;
    let method = |name: &str, args: &[Object]| call::call_method(vm, &monitoring, &vm.intern(name), args).map(drop);
    method("use_tool_id", &[tool.clone(), Str::new("-X trace").into_object()])?;
    method("register_callback", &[tool.clone(), instruction.clone(), show])?;
    method("set_events", &[tool, instruction])
}

/// What `-X trace` calls.
#[pymodule("-X trace")]
pub mod module {
    use super::*;

    /// Show the instruction that comes next; the library's are told of no more.
    #[py("instruction(code, offset, /)")]
    fn instruction(vm: &Vm, code: &Ref<Code>, offset: usize) -> Result<Object> {
        let file = code.filename.get().map(|name| name.to_string()).unwrap_or_default();
        if !is_own(vm, &file) {
            let monitoring = crate::object::attr::getattr(vm, &vm.import("sys")?, &vm.intern("monitoring"))?;
            return crate::object::attr::getattr(vm, &monitoring, &vm.intern("DISABLE"));
        }
        let line = bytecode::locations::line(&code.linetable, code.firstlineno, offset / 2);
        let name = code.original_op(offset / 2).map_or("?", bytecode::Op::name);
        let arg = code.bytes.get(offset + 1).copied().unwrap_or(0);
        eprintln!("{file}:{line} {} {offset} {name} {arg}", code.qualname);
        Ok(none())
    }
}
