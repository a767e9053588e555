//! [`Vm`]: the state of one thread. [`Interp`]: what its threads share.
//!
//! Every function that can run Python code takes `&Vm` first. The exception under way is here ([`Vm::raised`]), and so
//! are the current frame, the stack of handled exceptions, the recursion limits and the word of flags (`breaker`) that
//! the interpreter looks at on back-edges and calls.

use crate::builtins::dict::Dict;
use crate::builtins::str::Str;
use crate::builtins::str::intern::{intern_str, intern_text};
use crate::builtins::tuple::Tuple;
use crate::error::{Raised, Result};
use crate::exception;
use crate::frame::Stack;
use crate::names::{Name, Names};
use crate::object::cast::Cast;
use crate::object::{StaticType, Type};
use heap::{Field, Heap, ObjVec, Object, OutOfMemory, Ref};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasherDefault;
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64};

/// Bits of the breaker.
pub mod breaker {
    /// A collection is due.
    pub const GC: u32 = 1;
    /// A signal came in.
    pub const SIGNAL: u32 = 2;
    /// Another thread wants the GIL.
    pub const GIL: u32 = 4;
    /// An exception was thrown into this thread from another.
    pub const ASYNC: u32 = 8;
    /// Calls queued for the main thread.
    pub const PENDING: u32 = 16;
    /// Code that is entered may have to be brought up to date for observers; stays set.
    pub const OBSERVED: u32 = 32;
}

/// Settings that the command line and the environment decide; `sys.flags` shows most of them.
#[derive(Clone, Debug)]
pub struct Config {
    pub argv: Vec<std::ffi::OsString>,
    pub orig_argv: Vec<std::ffi::OsString>,
    pub executable: String,
    /// The program that made the virtual environment, or the same.
    pub base_executable: String,
    pub prefix: String,
    pub exec_prefix: String,
    pub base_prefix: String,
    pub base_exec_prefix: String,
    /// Where the pure-Python library lies.
    pub stdlib: String,
    pub module_search_paths: Vec<String>,
    pub warnoptions: Vec<String>,
    pub xoptions: Vec<(String, Option<String>)>,
    pub debug: i32,
    pub inspect: i32,
    pub interactive: i32,
    pub optimize: i32,
    pub dont_write_bytecode: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub ignore_environment: bool,
    pub verbose: i32,
    pub bytes_warning: i32,
    pub quiet: bool,
    pub isolated: bool,
    pub dev_mode: bool,
    pub utf8_mode: bool,
    pub warn_default_encoding: bool,
    pub context_aware_warnings: bool,
    pub safe_path: bool,
    pub int_max_str_digits: i32,
    pub hash_seed: Option<u64>,
    pub pycache_prefix: Option<String>,
    pub unbuffered: bool,
    pub gc_stress: u32,
    /// The heap is checked after each collection and at the end.
    pub verify_heap: bool,
    /// Which stages of compilation print what they make of the source.
    pub dump: Vec<String>,
    /// Each instruction is told of on standard error.
    pub trace: bool,
    /// Caches are CPython 3.14's: its magic number and its names.
    pub cpython_pyc: bool,
    pub import_time: i32,
    /// Faults are reported from the start.
    pub fault_handler: bool,
    /// Allocations are recorded from the start, with so many frames; 0 for no.
    pub tracemalloc: i32,
    /// `-X utf8` or `PYTHONUTF8`, if given.
    pub utf8: Option<bool>,
    /// Bytes on the standard streams that are no text pass as surrogates: the locale is C's.
    pub lenient_streams: bool,
    /// `PYTHONIOENCODING`: `encoding:errors`.
    pub stream_encoding: Option<String>,
    /// Hashes of texts differ from run to run, whatever the seed says.
    pub random_hashes: bool,
    /// -1 for what the system says.
    pub cpu_count: i32,
    /// Code keeps lines only, no columns.
    pub no_debug_ranges: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            argv: vec![std::ffi::OsString::new()],
            orig_argv: Vec::new(),
            executable: String::new(),
            base_executable: String::new(),
            prefix: String::new(),
            exec_prefix: String::new(),
            base_prefix: String::new(),
            base_exec_prefix: String::new(),
            stdlib: String::new(),
            module_search_paths: Vec::new(),
            warnoptions: Vec::new(),
            xoptions: Vec::new(),
            debug: 0,
            inspect: 0,
            interactive: 0,
            optimize: 0,
            dont_write_bytecode: false,
            no_user_site: false,
            no_site: false,
            ignore_environment: false,
            verbose: 0,
            bytes_warning: 0,
            quiet: false,
            isolated: false,
            dev_mode: false,
            utf8_mode: true,
            warn_default_encoding: false,
            context_aware_warnings: false,
            safe_path: false,
            int_max_str_digits: 4300,
            hash_seed: None,
            pycache_prefix: None,
            unbuffered: false,
            gc_stress: 0,
            cpython_pyc: false,
            verify_heap: false,
            dump: Vec::new(),
            trace: false,
            import_time: 0,
            fault_handler: false,
            tracemalloc: 0,
            utf8: None,
            lenient_streams: false,
            stream_encoding: None,
            random_hashes: false,
            cpu_count: -1,
            no_debug_ranges: false,
        }
    }
}

/// A native module that `import` can find without a file.
#[derive(Clone, Copy)]
pub struct BuiltinModule {
    pub def: &'static crate::native::ModuleDef,
}

/// What the threads of one interpreter share.
pub struct Interp {
    pub config: RefCell<Config>,
    pub heap: &'static Heap,
    /// `sys.modules`.
    pub modules: Field<Ref<Dict>>,
    /// The dict of `builtins`.
    pub builtins: Field<Ref<Dict>>,
    /// The dict of `sys`.
    pub sys: Field<Ref<Dict>>,
    /// `importlib._bootstrap`, and its `__import__` helpers.
    pub importlib: Field<Object>,
    /// `all` and `any` as they were made: what LOAD_COMMON_CONSTANT gives, whatever `builtins` holds now.
    pub all_function: Field<Object>,
    pub any_function: Field<Object>,
    /// `len`, `isinstance` and `list.append`, whose calls the interpreter does itself.
    pub len_function: Field<Object>,
    pub isinstance_function: Field<Object>,
    pub append_method: Field<Object>,
    /// What stands first on `sys.path` for the program's sake.
    pub script_folder: Field<Ref<Str>>,
    /// The last `.pyc` that was looked at, and the code in it.
    pub checked_pyc: Field<Ref<Tuple>>,
    pub builtin_modules: RefCell<Vec<BuiltinModule>>,
    pub frozen_modules: RefCell<HashMap<&'static str, crate::import::Frozen>>,
    function_version: Cell<u32>,
    pub recursion_limit: Cell<i32>,
    pub switch_interval: Cell<f64>,
    pub int_max_str_digits: Cell<i32>,
    /// `sys.getdlopenflags()`.
    pub dlopen_flags: Cell<i32>,
    pub audit_hooks: RefCell<Vec<Object>>,
    /// Counts the changes of the warning filters.
    pub filters_version: Cell<i64>,
    /// The dict of `_warnings`, which is asked when the modules are gone already.
    pub warnings: Field<Ref<Dict>>,
    pub gc_callbacks: Field<Object>,
    pub gc_garbage: Field<Object>,
    pub gc_debug: Cell<i32>,
    pub codecs: crate::modules::codec_registry::Registry,
    pub monitoring: crate::modules::monitoring_state::Monitoring,
    pub weakrefs: crate::builtins::weakref::Registry,
    pub finalizing: Cell<bool>,
    /// The classes of `ast`, once they are made.
    pub ast: std::cell::OnceCell<crate::modules::ast::State>,
    /// What `atexit` runs: tuples of function, arguments and keyword arguments.
    pub exit_functions: ObjVec,
    pub signals: crate::modules::signals::Signals,
    /// What `os.register_at_fork` was given: before, in the parent after, in the child after.
    pub fork_hooks: [ObjVec; 3],
    pub struct_sequences: crate::builtins::structseq::Registry,
    /// `-X importtime`.
    pub import_times: crate::import::times::ImportTimes,
    /// What instructions have found out about attributes.
    pub known: crate::interp::known::Known,
    /// What native modules keep for the interpreter, by their names.
    pub module_state: RefCell<HashMap<&'static str, Object, BuildHasherDefault<crate::names::NameHasher>>>,
    /// The tasks of all event loops, and what `asyncio` looked up.
    pub tasks: Field<Object>,
    /// [`Vm::thread_id`] of the main thread.
    pub main_thread: Cell<u64>,
    /// The tier that makes machine code, if there is one.
    pub gil: crate::modules::gil::Gil,
    /// For tracebacks that are written without the lock.
    pub all_threads: crate::frame::dump::AllThreads,
}

/// The state of one thread. See the module's text.
pub struct Vm {
    interp: &'static Interp,
    raised: Field<Object>,
    pub handled_chain: crate::frame::handled::Chain,
    pub frame: Cell<*mut crate::frame::Frame>,
    pub stack: Stack,
    pub breaker: &'static AtomicU32,
    /// Python frames that may still be pushed.
    pub recursion_left: Cell<i32>,
    /// The lowest address that native code may use.
    pub stack_limit: Cell<usize>,
    pub trace: Field<Object>,
    pub profile: Field<Object>,
    pub tracing: Cell<u32>,
    /// The event that an observer is told of, -1 for none, and the frame where it happened.
    pub observed: Cell<(i32, *const crate::frame::Frame)>,
    pub context: Field<Object>,
    /// What a native module found in the current context; who changes that, or what is in it, empties this.
    pub context_found: Field<Object>,
    pub async_gen_firstiter: Field<Object>,
    pub async_gen_finalizer: Field<Object>,
    pub coroutine_origin_depth: Cell<i32>,
    pub thread_id: Cell<u64>,
    /// Which start of a thread this was, counted from 1; 0 while no thread uses this state.
    pub start_number: AtomicU64,
    /// The state that was made before this one.
    pub older: AtomicPtr<Vm>,
    /// The heap's depth of deallocations while this thread does not hold the GIL.
    pub dying_depth: Cell<u32>,
    /// What runs when the thread ends.
    pub at_thread_exit: RefCell<Vec<Box<dyn FnOnce(&Vm)>>>,
    pub async_raise: Field<Object>,
    pub repr_running: RefCell<Vec<u64>>,
    stop_value: Field<Object>,
    pub thread_dict: Field<Object>,
    /// The event loop that runs in this thread, and the task whose step it runs.
    pub running_loop: Field<Object>,
    pub running_task: Field<Object>,
}

thread_local! {
    static CURRENT: Cell<*const Vm> = const { Cell::new(ptr::null()) };
}

impl Interp {
    pub(crate) fn new(heap: &'static Heap, config: Config) -> Interp {
        Interp {
            recursion_limit: Cell::new(1000),
            switch_interval: Cell::new(0.005),
            int_max_str_digits: Cell::new(config.int_max_str_digits),
            // RTLD_NOW
            dlopen_flags: Cell::new(2),
            config: RefCell::new(config),
            heap,
            modules: Field::empty(),
            builtins: Field::empty(),
            sys: Field::empty(),
            importlib: Field::empty(),
            all_function: Field::empty(),
            any_function: Field::empty(),
            len_function: Field::empty(),
            isinstance_function: Field::empty(),
            append_method: Field::empty(),
            script_folder: Field::empty(),
            checked_pyc: Field::empty(),
            builtin_modules: RefCell::default(),
            frozen_modules: RefCell::default(),
            function_version: Cell::new(1),
            audit_hooks: RefCell::default(),
            filters_version: Cell::new(0),
            warnings: Field::empty(),
            gc_callbacks: Field::empty(),
            gc_garbage: Field::empty(),
            gc_debug: Cell::new(0),
            codecs: Default::default(),
            monitoring: Default::default(),
            weakrefs: Default::default(),
            finalizing: Cell::new(false),
            ast: Default::default(),
            exit_functions: ObjVec::new(),
            signals: Default::default(),
            fork_hooks: Default::default(),
            struct_sequences: Default::default(),
            import_times: Default::default(),
            known: Default::default(),
            module_state: RefCell::default(),
            tasks: Field::empty(),
            main_thread: Cell::new(0),
            gil: Default::default(),
            all_threads: Default::default(),
        }
    }

    /// A fresh function version; 0 when they have run out.
    pub fn next_function_version(&self) -> u32 {
        let version = self.function_version.get();
        if version != 0 {
            self.function_version.set(version.wrapping_add(1));
        }
        version
    }
}

impl Vm {
    pub(crate) fn new(interp: &'static Interp) -> Vm {
        Vm {
            interp,
            raised: Field::empty(),
            handled_chain: crate::frame::handled::Chain::default(),
            frame: Cell::new(ptr::null_mut()),
            stack: Stack::new(),
            breaker: Box::leak(Box::new(AtomicU32::new(0))),
            recursion_left: Cell::new(interp.recursion_limit.get()),
            stack_limit: Cell::new(0),
            trace: Field::empty(),
            profile: Field::empty(),
            tracing: Cell::new(0),
            observed: Cell::new((-1, ptr::null())),
            context: Field::empty(),
            context_found: Field::empty(),
            async_gen_firstiter: Field::empty(),
            async_gen_finalizer: Field::empty(),
            coroutine_origin_depth: Cell::new(0),
            thread_id: Cell::new(0),
            start_number: AtomicU64::new(0),
            older: AtomicPtr::default(),
            dying_depth: Cell::new(0),
            at_thread_exit: RefCell::default(),
            async_raise: Field::empty(),
            repr_running: RefCell::default(),
            stop_value: Field::empty(),
            thread_dict: Field::empty(),
            running_loop: Field::empty(),
            running_task: Field::empty(),
        }
    }

    /// Whether this is the thread that the interpreter was started on.
    pub fn is_main_thread(&self) -> bool {
        self.thread_id.get() == self.interp.main_thread.get()
    }

    /// Runs `call`, which may block and touches no Python object, while other threads may run Python.
    #[inline]
    pub fn allow_threads<R>(&self, call: impl FnOnce() -> R) -> R {
        let gil = &self.interp.gil;
        if !gil.is_shared() {
            return call();
        }
        /// Takes the lock back, also after a panic.
        struct Back<'a>(&'a Vm);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                self.0.interp.gil.take(self.0);
            }
        }
        gil.release(self);
        let _back = Back(self);
        call()
    }

    /// Lets go of all objects of a thread that ends.
    pub(crate) fn reset(&self) {
        for field in [
            &self.raised,
            &self.trace,
            &self.profile,
            &self.context,
            &self.context_found,
            &self.async_raise,
            &self.stop_value,
        ] {
            field.set(None);
        }
        self.async_gen_firstiter.set(None);
        self.async_gen_finalizer.set(None);
        drop(self.set_handled(None));
        self.thread_dict.set(None);
        self.running_loop.set(None);
        self.running_task.set(None);
        loop {
            let next = self.at_thread_exit.borrow_mut().pop();
            let Some(next) = next else { break };
            next(self);
        }
        self.tracing.set(0);
        self.coroutine_origin_depth.set(0);
        self.dying_depth.set(0);
        self.breaker.store(0, std::sync::atomic::Ordering::Relaxed);
    }

    /// Runs a system call that may block, again and again as signals cut it short; their handlers run in between.
    ///
    /// The outer error is a handler's exception, the inner one the system's.
    pub fn blocking<R>(&self, mut call: impl FnMut() -> io::Result<R>) -> Result<io::Result<R>> {
        loop {
            match self.allow_threads(&mut call) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => crate::interp::check_signals(self)?,
                done => return Ok(done),
            }
        }
    }

    /// As [`Vm::blocking`], with the system's error raised as an OSError.
    pub fn blocking_call<R>(&self, call: impl FnMut() -> io::Result<R>) -> Result<R> {
        self.blocking(call)?.map_err(|error| exception::os_error(self, &error, None))
    }

    /// Makes this the calling thread's `Vm`; it must outlive the thread's use of Python.
    pub fn enter(&'static self) {
        CURRENT.set(self);
        self.interp.heap.enter();
    }

    /// The calling thread's `Vm`, if it has one.
    #[inline]
    #[expect(unsafe_code, reason = "set by `enter`, which asks for 'static")]
    pub fn try_current() -> Option<&'static Vm> {
        let vm = CURRENT.get();
        // SAFETY: set by `enter`.
        (!vm.is_null()).then(|| unsafe { &*vm })
    }

    /// The calling thread's `Vm`. Panics on a thread that has none.
    #[inline]
    pub fn current() -> &'static Vm {
        Self::try_current().expect("this thread runs no Python")
    }

    #[inline(always)]
    pub fn interp(&self) -> &'static Interp {
        self.interp
    }

    #[inline(always)]
    pub fn names(&self) -> &'static Names {
        crate::names::names()
    }

    // ---- interning -------------------------------------------------------------------------------------------------

    /// The interned string of this text.
    pub fn intern(&self, text: &str) -> Name {
        intern_text(text)
    }

    /// The interned string equal to `text` (itself, if it is the first of its kind).
    pub fn intern_ref(&self, text: &Ref<Str>) -> Name {
        if text.interned() != 0 {
            return text.clone();
        }
        intern_str(text)
    }

    // ---- the exception under way ---------------------------------------------------------------------------------------

    /// Raises an instance.
    pub fn raise(&self, exception: Object) -> Raised {
        exception::set_context(self, &exception);
        self.raised.set(Some(exception));
        Raised
    }

    /// Raises an instance without touching its `__context__`.
    pub fn restore(&self, exception: Object) -> Raised {
        self.raised.set(Some(exception));
        Raised
    }

    /// Raises what was thrown into a generator: its context is what is being handled, as with `raise`.
    pub fn raise_thrown(&self, exception: Object) -> Raised {
        self.restore(exception)
    }

    /// Makes and raises an exception with a message.
    #[cold]
    #[inline(never)]
    pub fn raise_message(&self, kind: &'static StaticType, message: fmt::Arguments<'_>) -> Raised {
        let text = Str::new(&message.to_string()).into_object();
        self.raise_args(kind, &[text])
    }

    /// Makes and raises an exception without arguments.
    #[cold]
    #[inline(never)]
    pub fn raise_empty(&self, kind: &'static StaticType) -> Raised {
        self.raise_args(kind, &[])
    }

    /// Makes and raises an exception with these arguments.
    #[cold]
    #[inline(never)]
    pub fn raise_args(&self, kind: &'static StaticType, args: &[Object]) -> Raised {
        match exception::make(self, kind.get(), args) {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }

    /// MemoryError.
    #[cold]
    pub fn out_of_memory(&self) -> Raised {
        self.raise_empty(&exception::types::MemoryError)
    }

    /// The exception under way.
    pub fn raised(&self) -> Option<Object> {
        self.raised.get()
    }

    /// Takes the exception under way.
    pub fn take_raised(&self) -> Option<Object> {
        self.raised.take()
    }

    /// Puts back what [`Vm::take_raised`] took, or clears.
    pub fn restore_raised(&self, exception: Option<Object>) {
        self.raised.set(exception);
    }

    pub fn clear_raised(&self) {
        self.raised.set(None);
    }

    /// Whether the exception under way is an instance of a built-in exception type.
    pub fn raised_is(&self, kind: &'static StaticType) -> bool {
        self.raised.get().is_some_and(|e| crate::object::type_of(&e).is_subtype(kind.get()))
    }

    /// Adds a note (PEP 678) to the exception under way.
    pub fn add_note(&self, note: &str) {
        if let Some(exception) = self.raised.take() {
            let done = exception::add_note(self, &exception, Str::new(note).as_object());
            if done.is_err() {
                self.clear_raised();
            }
            self.raised.set(Some(exception));
        }
    }

    /// Gives the AttributeError under way its `name` and `obj`.
    pub fn set_attribute_context(&self, object: &Object, name: &Name) {
        if let Some(e) = self.raised.get()
            && let Some(e) = e.cast::<exception::AttributeError>()
        {
            e.name.set(Some(name.to_object()));
            e.obj.set(Some(object.clone()));
        }
    }

    /// As [`Vm::set_attribute_context`], for an exception that a program raised and that says nothing itself.
    pub fn add_attribute_context(&self, object: &Object, name: &Ref<Str>) {
        if let Some(e) = self.raised.get()
            && let Some(e) = e.cast::<exception::AttributeError>()
            && e.name.get().is_none_or(|n| n.is(&crate::builtins::none::none()))
            && e.obj.get().is_none_or(|o| o.is(&crate::builtins::none::none()))
        {
            e.name.set(Some(name.to_object()));
            e.obj.set(Some(object.clone()));
        }
    }

    /// Adds the exception that a resumed generator handles as the context of the one thrown into it.
    pub fn chain_thrown(&self) {
        if self.handled_chain.has_own()
            && let Some(thrown) = self.raised.take()
        {
            exception::set_context(self, &thrown);
            self.raised.set(Some(thrown));
        }
    }

    // ---- handled exceptions -----------------------------------------------------------------------------------------------

    /// The exception being handled: what `sys.exception()` gives and a bare `raise` raises.
    pub fn handled(&self) -> Option<Object> {
        self.handled_chain.get()
    }

    /// The innermost entry of the handled stack, replaced.
    pub fn set_handled(&self, exception: Option<Object>) -> Option<Object> {
        self.handled_chain.replace(exception)
    }

    /// The value that a native iterator ended with.
    pub fn take_stop_value(&self) -> Object {
        self.stop_value.take().unwrap_or_else(crate::builtins::none::none)
    }

    // ---- names and modules ------------------------------------------------------------------------------------------------

    /// The globals of the innermost Python frame.
    pub fn current_globals(&self) -> Option<Ref<Dict>> {
        crate::frame::current_globals(self)
    }

    /// An attribute of `sys`.
    pub fn sys_get(&self, name: &Name) -> Option<Object> {
        self.interp.sys.get()?.get_name(name)
    }

    /// Sets an attribute of `sys`.
    pub fn sys_set(&self, name: &str, value: Object) -> Result<()> {
        match self.interp.sys.get() {
            Some(sys) => sys.set_name(self, &self.intern(name), value),
            None => Ok(()),
        }
    }

    /// Imports a module by its dotted name and gives the module itself.
    pub fn import(&self, name: &str) -> Result<Object> {
        crate::import::import_module(self, name)
    }

    /// Tells of an exception that nobody can handle (a finaliser's), and clears it.
    ///
    /// What it is about stands in the message, behind its text.
    pub fn unraisable(&self, message: &str, object: Option<&Object>) {
        let Some(object) = object else { return exception::report::unraisable(self, message, None) };
        let message = format!("{message} {}", crate::protocol::object::ErrorText::repr_for_error(object, self));
        exception::report::unraisable(self, &message, None);
    }

    /// Issues a warning of a built-in category, `stack_level` frames up.
    pub fn warn(&self, category: &'static StaticType, message: &str, stack_level: isize) -> Result<()> {
        crate::modules::warnings::warn(self, category.get(), message, stack_level)
    }

    /// Raises an audit event.
    pub fn audit(&self, event: &str, args: &[Object]) -> Result<()> {
        if self.interp.audit_hooks.borrow().is_empty() {
            return Ok(());
        }
        let hooks = self.interp.audit_hooks.borrow().clone();
        let (event, args) = (Str::new(event).into_object(), Tuple::from_slice(args).into_object());
        for hook in hooks {
            crate::protocol::call::call(self, &hook, &[event.clone(), args.clone()])?;
        }
        Ok(())
    }

    // ---- depth ---------------------------------------------------------------------------------------------------------------

    /// Refuses when native code has little stack left: to be called where Rust functions recurse over Python data.
    #[inline(always)]
    pub fn check_stack(&self, doing: &str) -> Result<()> {
        if self.stack_is_low() {
            return Err(self.too_deep(doing));
        }
        Ok(())
    }

    /// Whether native code has little stack left.
    #[inline(always)]
    pub fn stack_is_low(&self) -> bool {
        let here = 0u8;
        (&raw const here as usize) < self.stack_limit.get()
    }

    #[cold]
    pub fn too_deep(&self, doing: &str) -> Raised {
        // Handling the error needs some stack itself.
        let limit = self.stack_limit.get();
        self.stack_limit.set(limit.saturating_sub(64 * 1024));
        let raised = crate::raise!(self, RecursionError, "maximum recursion depth exceeded{doing}");
        self.stack_limit.set(limit);
        raised
    }

    /// Runs `f` unless `object` is already being shown further out; `None` then (`[...]`).
    pub fn guard_repr<R>(&self, object: &Object, f: impl FnOnce() -> Result<R>) -> Result<Option<R>> {
        let word = object.word();
        if self.repr_running.borrow().contains(&word) {
            return Ok(None);
        }
        self.check_stack(" while getting the repr of an object")?;
        self.repr_running.borrow_mut().push(word);
        let result = f();
        self.repr_running.borrow_mut().retain(|&w| w != word);
        result.map(Some)
    }

    /// MemoryError from the heap's refusal.
    #[inline]
    pub fn memory<T>(&self, result: Result<T, OutOfMemory>) -> Result<T> {
        result.map_err(|_| self.out_of_memory())
    }
}

/// Whether `kind` is this built-in type.
pub fn is_type(kind: &Ref<Type>, of: &'static StaticType) -> bool {
    kind.is(of.get())
}
