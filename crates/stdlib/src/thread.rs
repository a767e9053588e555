//! `_thread`: locks and thread identity. Threads cannot be started yet.

use std::cell::Cell;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::object as protocol;

/// A lock object is a synchronization primitive.  To create a lock,
/// call threading.Lock().
#[pytype("lock", flags(HAVE_GC, MANAGED_WEAKREF), module = "_thread")]
pub struct Lock {
    pub head: Head,
    is_locked: Cell<bool>,
}

fn deadlock(vm: &Vm) -> Raised {
    raise!(vm, NotImplementedError, "waiting for a lock needs threads, which are not implemented yet")
}

#[pymethods]
impl Lock {
    #[slot("()")]
    fn new(cls: &Ref<Type>, vm: &Vm) -> Result<Object> {
        Ok(instance::alloc(vm, cls, Lock { head: Head::new(), is_locked: Cell::new(false) })?.into_object())
    }

    #[slot]
    fn repr(this: &Ref<Self>) -> String {
        let state = if this.is_locked.get() { "locked" } else { "unlocked" };
        format!("<{state} _thread.lock object at {:#x}>", protocol::address(this.as_object()))
    }

    /// Lock the lock.
    #[py("acquire(blocking=True, timeout=-1)")]
    fn acquire(&self, vm: &Vm, blocking: bool, timeout: f64) -> Result<bool> {
        if !self.is_locked.replace(true) {
            return Ok(true);
        }
        if blocking && timeout < 0.0 { Err(deadlock(vm)) } else { Ok(false) }
    }

    /// Release the lock, allowing another thread that is blocked waiting for
    /// the lock to acquire the lock.
    #[py("release()")]
    fn release(&self, vm: &Vm) -> Result<()> {
        if !self.is_locked.replace(false) {
            bail!(vm, RuntimeError, "release unlocked lock");
        }
        Ok(())
    }

    /// Return whether the lock is in the locked state.
    #[py("locked()")]
    fn locked(&self) -> bool {
        self.is_locked.get()
    }

    /// Lock the lock.
    #[py("__enter__()")]
    fn enter(&self, vm: &Vm) -> Result<bool> {
        self.acquire(vm, true, -1.0)
    }

    /// Release the lock.
    #[py("__exit__(*args)")]
    fn exit(&self, vm: &Vm, args: &[Object]) -> Result<()> {
        let _ = args;
        self.release(vm)
    }

    #[py("_at_fork_reinit()")]
    fn at_fork_reinit(&self) {
        self.is_locked.set(false);
    }
}

/// A lock that its owner may take again.
#[pytype("RLock", flags(BASETYPE, HAVE_GC, MANAGED_WEAKREF), module = "_thread")]
pub struct RLock {
    pub head: Head,
    depth: Cell<usize>,
}

#[pymethods]
impl RLock {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        Ok(instance::alloc(vm, cls, RLock { head: Head::new(), depth: Cell::new(0) })?.into_object())
    }

    #[slot]
    fn init(&self, args: Args<'_>) -> Result<()> {
        let _ = args;
        Ok(())
    }

    /// Lock the lock.
    #[py("acquire(blocking=True, timeout=-1)")]
    fn acquire(&self, blocking: bool, timeout: f64) -> bool {
        let _ = (blocking, timeout);
        self.depth.set(self.depth.get() + 1);
        true
    }

    /// Release the lock.
    #[py("release()")]
    fn release(&self, vm: &Vm) -> Result<()> {
        match self.depth.get() {
            0 => Err(raise!(vm, RuntimeError, "cannot release un-acquired lock")),
            depth => {
                self.depth.set(depth - 1);
                Ok(())
            }
        }
    }

    /// Return a boolean indicating whether this object is locked right now.
    #[py("locked()")]
    fn locked(&self) -> bool {
        self.depth.get() > 0
    }

    #[py("_is_owned()")]
    fn is_owned(&self) -> bool {
        self.depth.get() > 0
    }

    #[py("_recursion_count()")]
    fn recursion_count(&self) -> usize {
        self.depth.get()
    }

    #[py("_release_save()")]
    fn release_save(&self) -> (usize, u64) {
        (self.depth.replace(0), host::thread::id())
    }

    #[py("_acquire_restore(state, /)")]
    fn acquire_restore(&self, vm: &Vm, state: &Ref<Tuple>) -> Result<()> {
        let depth = state.items().first().and_then(|d| d.as_small_int()).ok_or_else(|| raise!(vm, TypeError, "bad state"))?;
        self.depth.set(depth.max(0) as usize);
        Ok(())
    }

    /// Lock the lock.
    #[py("__enter__()")]
    fn enter(&self) -> bool {
        self.acquire(true, -1.0)
    }

    /// Release the lock.
    #[py("__exit__(*args)")]
    fn exit(&self, vm: &Vm, args: &[Object]) -> Result<()> {
        let _ = args;
        self.release(vm)
    }

    #[py("_at_fork_reinit()")]
    fn at_fork_reinit(&self) {
        self.depth.set(0);
    }
}

/// Thread-local data
#[pytype("_local", flags(BASETYPE, HAVE_GC, MANAGED_DICT, MANAGED_WEAKREF), module = "_thread")]
pub struct Local {
    pub head: Head,
}

#[pymethods]
impl Local {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let own_init = cls.slots.init.get().map(|f| f as usize) != Type::class().base.get().and_then(|b| b.slots.init.get()).map(|f| f as usize);
        if !args.items.is_empty() && !own_init {
            bail!(vm, TypeError, "Initialization arguments are not supported");
        }
        Ok(instance::alloc(vm, cls, Local { head: Head::new() })?.into_object())
    }
}

/// This module provides primitive operations to write multi-threaded programs.
/// The 'threading' module provides a more convenient interface.
#[pymodule("_thread", types(Lock, RLock, Local))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[constant]
    const TIMEOUT_MAX: f64 = 9_223_372_036.0;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        dict.set_str(vm, "error", vm::exception::types::RuntimeError.get().to_object())?;
        dict.set_str(vm, "LockType", Lock::class().to_object())
    }

    /// Create a new lock object.
    #[py("allocate_lock()")]
    fn allocate_lock(vm: &Vm) -> Result<Object> {
        Lock::new(Lock::class(), vm)
    }

    /// Return a non-zero integer that uniquely identifies the current thread.
    #[py("get_ident()")]
    fn get_ident() -> u64 {
        host::thread::id()
    }

    /// Return a non-negative integer identifying the thread as reported by the OS.
    #[py("get_native_id()")]
    fn get_native_id() -> i32 {
        host::thread::native_id()
    }

    #[py("_get_main_thread_ident()")]
    fn _get_main_thread_ident() -> u64 {
        host::thread::id()
    }

    #[py("_is_main_interpreter()")]
    fn _is_main_interpreter() -> bool {
        true
    }

    #[py("daemon_threads_allowed()")]
    fn daemon_threads_allowed() -> bool {
        true
    }

    /// Return the thread stack size used when creating new threads.
    #[py("stack_size(size=0, /)")]
    fn stack_size(size: isize) -> i32 {
        let _ = size;
        0
    }

    /// Return the number of threads.
    #[py("_count()")]
    fn _count() -> i32 {
        0
    }

    /// Start a new thread and return its identifier.
    #[py(raw, "start_new_thread", notext)]
    fn start_new_thread(vm: &Vm, _args: Args<'_>) -> Result<Object> {
        Err(raise!(vm, NotImplementedError, "threads are not implemented yet"))
    }
}
