//! Start and end of an interpreter.

use crate::builtins::dict::Dict;
use crate::builtins::{self, none};
use crate::context::{BuiltinModule, Config, Interp, Vm, breaker};
use crate::error::Result;
use crate::import::{self, Frozen};
use crate::object::cast::Cast;
use crate::object::{PyType, Type, type_of};
use heap::{Heap, Hooks, Object};

/// The key of `PYTHONHASHSEED=seed`: CPython's, so that both give the same hashes. Bytes of a linear congruential
/// generator (the multiplier and increment of Microsoft's `rand`).
fn seeded_key(seed: u32) -> (u64, u64) {
    let mut state = seed;
    let mut half = || {
        (0..8).fold(0, |word, i| {
            state = state.wrapping_mul(214_013).wrapping_add(2_531_011);
            word | u64::from((state >> 16) as u8) << (8 * i)
        })
    };
    (half(), half())
}

/// Makes the process's first interpreter and enters it on the calling thread.
///
/// `modules` are native modules beside the vm's own; `frozen` the library modules that are part of the program.
pub fn start(config: Config, modules: Vec<BuiltinModule>, frozen: Vec<(&'static str, Frozen)>) -> &'static Vm {
    let heap: &'static Heap = Box::leak(Box::new(Heap::new()));
    let key = match config.hash_seed {
        Some(0) => (0, 0),
        Some(seed) => seeded_key(seed as u32),
        None => {
            let mut bytes = [0; 16];
            let _ = host::system::fill_random(&mut bytes);
            let half = |b: &[u8]| u64::from_le_bytes(b.try_into().expect("eight bytes"));
            (half(&bytes[..8]), half(&bytes[8..]))
        }
    };
    let import_time = config.import_time;
    builtins::str::set_hash_key(key);
    heap.set_stress(config.gc_stress);
    let interp: &'static Interp = Box::leak(Box::new(Interp::new(heap, config)));
    let vm: &'static Vm = Box::leak(Box::new(Vm::new(interp)));
    interp.import_times.level.set(import_time);
    vm.enter();
    set_stack_limit(vm);
    vm.thread_id.set(host::thread::id());
    interp.main_thread.set(vm.thread_id.get());
    interp.gil.register_main(vm);
    crate::modules::signals::watch(vm);
    crate::interp::panics::install_hook();
    heap.set_breaker(vm.breaker, breaker::GC);
    heap.set_hooks(Hooks { weakrefs, finalize, has_finalizer });
    interp.builtin_modules.borrow_mut().extend(crate::modules::all());
    interp.builtin_modules.borrow_mut().extend(modules);
    interp.frozen_modules.borrow_mut().extend(frozen);
    // Addresses first, contents after: types need strings and dicts, which need their types.
    builtins::place_all();
    crate::exception::types::place_all();
    none::init();
    builtins::bool_::init();
    crate::names::init(crate::builtins::str::intern::intern_text);
    vm
}

/// Fills the built-in types and modules and sets the importer up.
pub fn initialise(vm: &Vm) -> Result<()> {
    builtins::init_all(vm)?;
    crate::exception::types::init_all(vm)?;
    builtins::template::init(vm)?;
    builtins::typevar::init(vm)?;
    let interp = vm.interp();
    interp.modules.set(Some(Dict::empty()));
    let module = import::create_builtin(vm, "builtins")?;
    interp.builtins.set(Some(dict_of(&module)));
    register(vm, "builtins", &module)?;
    import::exec_builtin(vm, &module)?;
    interp.all_function.set(Some(crate::modules::builtins_get(vm, "all")));
    interp.any_function.set(Some(crate::modules::builtins_get(vm, "any")));
    interp.len_function.set(Some(crate::modules::builtins_get(vm, "len")));
    interp.isinstance_function.set(Some(crate::modules::builtins_get(vm, "isinstance")));
    interp.append_method.set(crate::object::attr::lookup(builtins::list::List::class(), &vm.intern("append")));
    let sys = import::create_builtin(vm, "sys")?;
    interp.sys.set(Some(dict_of(&sys)));
    register(vm, "sys", &sys)?;
    if let Some(modules) = interp.modules.get() {
        vm.sys_set("modules", modules.into_object())?;
    }
    import::exec_builtin(vm, &sys)?;
    vm.sys_set("stderr", crate::modules::stderr_printer::StderrPrinter::make(vm)?)?;
    Ok(())
}

fn dict_of(module: &Object) -> heap::Ref<Dict> {
    module.cast::<builtins::module::Module>().expect("a module was made").dict()
}

fn register(vm: &Vm, name: &str, module: &Object) -> Result<()> {
    match vm.interp().modules.get() {
        Some(modules) => modules.set_str(vm, name, module.clone()),
        None => Ok(()),
    }
}

/// Native recursion stops this far above the end of the thread's stack.
const MARGIN: usize = 192 * 1024;

/// Finds the end of the calling thread's stack.
pub fn set_stack_limit(vm: &Vm) {
    let limit = match host::thread::stack() {
        Ok(range) => range.start + MARGIN,
        Err(_) => host::thread::stack_pointer().saturating_sub(4 * 1024 * 1024),
    };
    vm.stack_limit.set(limit);
}

fn weakrefs(object: &Object, call: bool) {
    if let Some(vm) = Vm::try_current() {
        vm.interp().weakrefs.clear(vm, object, call);
    }
}

fn has_finalizer(object: &Object) -> bool {
    let kind: &Type = type_of(object);
    kind.slots.finalize.get().is_some() && object.head().is_some_and(|h| !h.has(heap::flags::FINALIZED))
}

fn finalize(object: &Object) {
    let Some(vm) = Vm::try_current() else { return };
    let Some(finalize) = type_of(object).slots.finalize.get() else { return };
    if let Some(head) = object.head() {
        head.set_flag(heap::flags::FINALIZED);
    }
    crate::object::instance::run_finalizer(vm, finalize, object);
}

/// Ends the interpreter: runs exit functions, flushes the streams, lets modules and cycles go.
pub fn finish(vm: &Vm) -> bool {
    let mut clean = true;
    for (module, function) in [("threading", "_shutdown"), ("atexit", "_run_exitfuncs")] {
        let found = vm.interp().modules.get().and_then(|m| m.get_str(vm, module));
        let Some(found) = found else { continue };
        let done = crate::object::attr::getattr(vm, &found, &vm.intern(function))
            .and_then(|f| crate::protocol::call::call(vm, &f, &[]));
        if done.is_err() {
            vm.unraisable(&format!("Exception ignored on {module} shutdown"), None);
        }
    }
    // Daemon threads stop where they are from here on.
    vm.interp().gil.close();
    vm.interp().finalizing.set(true);
    clean &= flush(vm);
    clear_modules(vm);
    crate::modules::gc::collect(vm, 2);
    clean &= flush(vm);
    if vm.interp().config.borrow().verify_heap {
        crate::modules::look::verify_heap(vm);
    }
    clean
}

/// Lets the modules go: first from `sys.modules`, so that what only they held is finalised with its globals whole; then
/// the names of those that something still holds: the main module, then the latest imported first.
fn clear_modules(vm: &Vm) {
    let Some(modules) = vm.interp().modules.get() else { return };
    for name in ["path_hooks", "path_importer_cache", "meta_path"] {
        let _ = vm.sys_set(name, none::none());
    }
    let mut left = Vec::new();
    for (name, module) in modules.to_pairs() {
        if module.is_instance_of::<builtins::module::Module>()
            && let Ok(reference) = builtins::weakref::make_ref(vm, &module, None)
        {
            left.push((name.cast::<builtins::str::Str>().is_some_and(|n| n.as_ascii() == Some("__main__")), reference));
        }
        if modules.set(vm, &name, none::none()).is_err() {
            vm.clear_raised();
        }
    }
    modules.table.clear();
    crate::modules::gc::collect(vm, 2);
    let kept = [vm.interp().builtins.get(), vm.interp().sys.get()];
    // The main module's finalisers still find the library whole.
    left.sort_by_key(|(main, _)| *main);
    for (_, reference) in left.iter().rev() {
        let module = reference.cast::<builtins::weakref::WeakRef>().and_then(|r| r.target());
        let Some(module) = module.as_ref().and_then(|m| m.cast::<builtins::module::Module>()) else { continue };
        let dict = module.dict();
        if !kept.iter().flatten().any(|k| std::ptr::eq(k.as_ptr(), dict.as_ptr())) {
            clear_names(vm, &dict);
        }
    }
}

fn clear_names(vm: &Vm, dict: &Dict) {
    let keep = |name: &str| name == "__builtins__";
    for underscore in [true, false] {
        for (key, value) in dict.to_pairs() {
            let Some(name) = key.cast::<builtins::str::Str>() else { continue };
            let text = name.to_string_lossy();
            let private = text.starts_with('_') && !text.starts_with("__");
            if value.is(&none::none()) || keep(&text) || (underscore && !private) {
                continue;
            }
            if dict.set_name(vm, name, none::none()).is_err() {
                vm.clear_raised();
            }
        }
    }
}

/// Flushes `sys.stdout` and `sys.stderr`; whether both took everything.
pub fn flush(vm: &Vm) -> bool {
    let mut clean = true;
    // The exception that ends the program is shown after this.
    let saved = vm.take_raised();
    for name in [vm.names().stdout(), vm.names().stderr()] {
        let Some(file) = vm.sys_get(name).filter(|f| !f.is(&none::none())) else { continue };
        let closed = crate::object::attr::getattr_opt(vm, &file, vm.names().closed());
        if matches!(&closed, Ok(Some(closed)) if crate::protocol::object::is_true(vm, closed) == Ok(true)) {
            continue;
        }
        vm.clear_raised();
        if crate::protocol::call::call_method(vm, &file, vm.names().flush(), &[]).is_err() {
            vm.unraisable("Exception ignored while flushing sys.stdout", None);
            clean = false;
        }
    }
    vm.restore_raised(saved);
    clean
}
