//! `_thread`.

mod handle;
mod local;
mod lock;

use handle::ThreadHandle;
use local::Local;
use lock::{Lock, RLock};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::exception::types;
use vm::modules::gil;
use vm::object::{attr, type_of};
use vm::prelude::*;
use vm::protocol::object::ErrorText;
use vm::protocol::{call, object as protocol};

static HOOK_ARGS: Table = Table {
    name: "_ExceptHookArgs",
    module: "_thread",
    doc: "ExceptHookArgs - Type used to pass arguments to threading.excepthook.",
    fields: &[
        ("exc_type", "Exception type"),
        ("exc_value", "Exception value"),
        ("exc_traceback", "Exception traceback"),
        ("thread", "Thread"),
    ],
    visible: 4,
    constructible: true,
};

/// Bytes of new threads' stacks; 0 for the usual.
static STACK_SIZE: AtomicUsize = AtomicUsize::new(0);
const LEAST_STACK: usize = 53_248;

fn refuse_at_end(vm: &Vm) -> Result<()> {
    if vm.interp().finalizing.get() {
        bail!(vm, PythonFinalizationError, "can't create new thread at interpreter shutdown");
    }
    Ok(())
}

/// Runs a thread's function; what it raises is told of, unless it is SystemExit.
fn run(vm: &Vm, function: &Object, args: &Tuple, kwargs: Option<&Dict>) {
    if call::call_tuple_dict(vm, function, args, kwargs).is_err() {
        if vm.raised_is(&types::SystemExit) {
            vm.clear_raised();
        } else {
            let shown = function.repr_for_error(vm);
            vm.unraisable(&format!("Exception ignored in thread started by {shown}"), None);
        }
    }
}

fn start(vm: &Vm, body: impl FnOnce(&'static Vm) + 'static) -> Result<u64> {
    gil::spawn(vm, STACK_SIZE.load(Ordering::Relaxed), body)
        .map_err(|_| raise!(vm, RuntimeError, "can't start new thread"))
}

/// Primitive operations to write multi-threaded programs; the 'threading' module is more convenient.
#[pymodule("_thread", types(Lock, RLock, Local, ThreadHandle))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[constant]
    const TIMEOUT_MAX: f64 = 9_223_372_036.0;

    #[constant]
    const _NAME_MAXLEN: i32 = 15;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        dict.set_str(vm, "error", types::RuntimeError.get().to_object())?;
        dict.set_str(vm, "LockType", Lock::class().to_object())?;
        dict.set_str(vm, "_ExceptHookArgs", StructSeq::class(vm, &HOOK_ARGS)?.into_object())
    }

    /// Create a new lock object.
    #[py("allocate_lock()")]
    fn allocate_lock(vm: &Vm) -> Result<Object> {
        Lock::make(vm, Lock::class())
    }

    /// An obsolete synonym of allocate_lock().
    #[py("allocate()")]
    fn allocate(vm: &Vm) -> Result<Object> {
        Lock::make(vm, Lock::class())
    }

    /// Return a non-zero integer that identifies the current thread among those that run.
    #[py("get_ident()")]
    fn get_ident(vm: &Vm) -> u64 {
        vm.thread_id.get()
    }

    /// Return the number by which the system knows the current thread.
    #[py("get_native_id()")]
    fn get_native_id() -> i32 {
        host::thread::native_id()
    }

    #[py("_get_main_thread_ident()")]
    fn _get_main_thread_ident(vm: &Vm) -> u64 {
        vm.interp().main_thread.get()
    }

    /// Return True if the current interpreter is the main one.
    #[py("_is_main_interpreter()")]
    fn _is_main_interpreter() -> bool {
        true
    }

    /// Return True if daemon threads are allowed in the current interpreter.
    #[py("daemon_threads_allowed()")]
    fn daemon_threads_allowed() -> bool {
        true
    }

    /// Return the stack size of new threads, 0 for the system's default; set it if a size is given.
    #[py("stack_size(size=0, /)", tuple)]
    fn stack_size(vm: &Vm, size: Option<isize>) -> Result<usize> {
        let Some(size) = size else { return Ok(STACK_SIZE.load(Ordering::Relaxed)) };
        if size != 0 && size < LEAST_STACK as isize {
            bail!(vm, ValueError, "size must be at least {LEAST_STACK} bytes");
        }
        Ok(STACK_SIZE.swap(size as usize, Ordering::Relaxed))
    }

    /// Return the number of threads that run Python, the main one left out.
    #[py("_count()")]
    fn _count(vm: &Vm) -> usize {
        vm.interp().gil.threads().len() - 1
    }

    /// Start a new thread that calls a function, and return its identifier.
    #[py("start_new_thread(function, args, kwargs={}, /)", tuple)]
    fn start_new_thread(vm: &Vm, function: &Object, args: &Object, kwargs: Option<&Object>) -> Result<u64> {
        if !call::is_callable(function) {
            bail!(vm, TypeError, "first arg must be callable");
        }
        let Some(args) = args.cast::<Tuple>().cloned() else { bail!(vm, TypeError, "2nd arg must be a tuple") };
        let kwargs = match kwargs.map(|k| k.cast::<Dict>().cloned()) {
            Some(None) => bail!(vm, TypeError, "optional 3rd arg must be a dictionary"),
            given => given.flatten(),
        };
        vm.audit(
            "_thread.start_new_thread",
            &[function.clone(), args.to_object(), kwargs.clone().map_or_else(none, Ref::into_object)],
        )?;
        refuse_at_end(vm)?;
        let function = function.clone();
        start(vm, move |vm| run(vm, &function, &args, kwargs.as_deref()))
    }

    /// An obsolete synonym of start_new_thread().
    #[py("start_new(function, args, kwargs={}, /)", tuple)]
    fn start_new(vm: &Vm, function: &Object, args: &Object, kwargs: Option<&Object>) -> Result<u64> {
        start_new_thread(vm, function, args, kwargs)
    }

    /// For internal use: start a new thread that calls a function, and give its handle.
    #[py("start_joinable_thread(function, handle=None, daemon=True)")]
    fn start_joinable_thread(
        vm: &Vm,
        function: &Object,
        handle: Option<&Object>,
        daemon: bool,
    ) -> Result<Ref<ThreadHandle>> {
        if !call::is_callable(function) {
            bail!(vm, TypeError, "thread function must be callable");
        }
        let handle = match handle {
            None => ThreadHandle::make(vm)?,
            Some(handle) => match handle.cast::<ThreadHandle>() {
                Some(handle) => handle.clone(),
                None => bail!(vm, TypeError, "'handle' must be a _ThreadHandle"),
            },
        };
        vm.audit("_thread.start_joinable_thread", &[function.clone(), daemon.object(), handle.to_object()])?;
        refuse_at_end(vm)?;
        let running = handle.running.borrow().clone();
        if running.started.swap(true, Ordering::AcqRel) {
            bail!(vm, RuntimeError, "thread already started");
        }
        if !daemon {
            handle::await_at_end(&running);
        }
        let (function, theirs) = (function.clone(), running.clone());
        let started = start(vm, move |vm| {
            // The last thing that the thread does with objects: whoever waits may go on.
            vm.at_thread_exit.borrow_mut().push(Box::new(move |_| {
                handle::forget(&theirs);
                theirs.done.set();
            }));
            run(vm, &function, &Tuple::empty(), None);
        });
        match started {
            Ok(ident) => {
                running.ident.store(ident, Ordering::Relaxed);
                Ok(handle)
            }
            Err(raised) => {
                handle::forget(&running);
                running.started.store(false, Ordering::Release);
                Err(raised)
            }
        }
    }

    /// For internal use: a handle of a thread that was not started by this module.
    #[py("_make_thread_handle(ident, /)")]
    fn _make_thread_handle(vm: &Vm, ident: u64) -> Result<Ref<ThreadHandle>> {
        let handle = ThreadHandle::make(vm)?;
        let running: Arc<handle::Running> = Arc::default();
        running.ident.store(ident, Ordering::Relaxed);
        running.started.store(true, Ordering::Release);
        handle.running.replace(running);
        Ok(handle)
    }

    /// For internal use: wait for all threads that are no daemons.
    #[py("_shutdown()")]
    fn _shutdown(vm: &Vm) -> Result<()> {
        handle::wait_for_all(vm)
    }

    /// Raise SystemExit: the thread ends, and nobody is told.
    #[py("exit()")]
    fn exit(vm: &Vm) -> Result<()> {
        Err(vm.raise_empty(&types::SystemExit))
    }

    /// An obsolete synonym of exit().
    #[py("exit_thread()")]
    fn exit_thread(vm: &Vm) -> Result<()> {
        exit(vm)
    }

    /// Simulate the arrival of a signal in the main thread.
    #[py("interrupt_main(signum=signal.SIGINT, /)")]
    fn interrupt_main(vm: &Vm, signum: Option<i32>) -> Result<()> {
        let signal = signum.unwrap_or(2);
        if !(1..host::signal::COUNT).contains(&signal) {
            bail!(vm, ValueError, "signal number out of range");
        }
        if vm.interp().signals.handler(signal).is_some_and(|h| h.as_small_int().is_none()) {
            host::signal::mark(signal);
        }
        Ok(())
    }

    /// Set the name of the current thread, as the system shows it.
    #[py("set_name(name)")]
    fn set_name(vm: &Vm, name: &Ref<Str>) -> Result<()> {
        // What UTF-8 cannot hold is shown as a question mark.
        let name: String = name.code_points().map(|code| char::from_u32(code).unwrap_or('?')).collect();
        host::thread::set_name(name.split('\0').next().unwrap_or_default())
            .map_err(|error| vm::exception::os_error(vm, &error, None))
    }

    /// Return the name of the current thread, as the system shows it.
    #[py("_get_name()")]
    fn _get_name(vm: &Vm) -> Result<String> {
        host::thread::name().map_err(|error| vm::exception::os_error(vm, &error, None))
    }

    /// Handle an exception that a thread did not.
    #[py("_excepthook(args, /)")]
    fn _excepthook(vm: &Vm, args: &Object) -> Result<()> {
        let class = StructSeq::class(vm, &HOOK_ARGS)?;
        let items = args.cast::<Tuple>().filter(|_| type_of(args).is(&class)).map(|t| t.items().to_vec());
        let Some([kind, value, _, thread]) = items.as_deref() else {
            bail!(vm, TypeError, "_thread.excepthook argument type must be ExceptHookArgs");
        };
        if kind.is(types::SystemExit.get().as_object()) {
            return Ok(());
        }
        let file = match vm.sys_get(vm.names().stderr()).filter(|f| !f.is(&none())) {
            Some(file) => file,
            None if thread.is(&none()) => return Ok(()),
            None => match attr::getattr(vm, thread, &vm.intern("_stderr"))? {
                file if file.is(&none()) => return Ok(()),
                file => file,
            },
        };
        let name = match thread.is(&none()) {
            true => None,
            false => attr::getattr_opt(vm, thread, vm.names().name())?,
        };
        let name = match name {
            Some(name) => protocol::str(vm, &name)?.to_string_lossy(),
            None => vm.thread_id.get().to_string(),
        };
        let head = Str::new(&format!("Exception in thread {name}:\n"));
        call::call_method(vm, &file, vm.names().write(), &[head.into_object()])?;
        vm::exception::report::display_in(vm, value, &file);
        call::call_method(vm, &file, vm.names().flush(), &[]).map(drop)
    }
}
