//! `_ThreadHandle`: what another thread can wait for.

use host::futex::Event;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::time::{Round, nanoseconds};

/// What a thread and its handles share.
#[derive(Default)]
pub struct Running {
    /// 0 before the thread was started.
    pub ident: AtomicU64,
    pub started: AtomicBool,
    pub done: Event,
}

/// Threads that the program's end waits for.
static AWAITED: Mutex<Vec<Arc<Running>>> = Mutex::new(Vec::new());

fn awaited<R>(f: impl FnOnce(&mut Vec<Arc<Running>>) -> R) -> R {
    f(&mut AWAITED.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The program's end waits for the thread.
pub fn await_at_end(running: &Arc<Running>) {
    awaited(|list| list.push(running.clone()));
}

/// The thread has ended, or could not be started.
pub fn forget(running: &Arc<Running>) {
    awaited(|list| list.retain(|other| !Arc::ptr_eq(other, running)));
}

/// Waits for a thread's end; `false` when the time in nanoseconds is over.
pub fn wait(vm: &Vm, running: &Arc<Running>, timeout: Option<i64>) -> Result<bool> {
    if running.done.is_set() {
        return Ok(true);
    }
    if vm.interp().finalizing.get() {
        // Nothing but the main thread runs any more.
        bail!(vm, PythonFinalizationError, "cannot join thread at interpreter shutdown");
    }
    let until = timeout.map(host::time::Time::after);
    vm.blocking_call(|| running.done.wait(until))
}

/// Waits for all threads that are no daemons.
pub fn wait_for_all(vm: &Vm) -> Result<()> {
    let me = vm.thread_id.get();
    loop {
        let next = awaited(|list| {
            list.retain(|r| !r.done.is_set());
            list.iter().find(|r| r.ident.load(Ordering::Relaxed) != me).cloned()
        });
        let Some(next) = next else { return Ok(()) };
        wait(vm, &next, None)?;
    }
}

/// A thread as others see it.
#[pytype("_ThreadHandle", doc = "", flags(HAVE_GC), module = "_thread")]
pub struct ThreadHandle {
    pub head: Head,
    #[untraced]
    pub running: RefCell<Arc<Running>>,
}

impl ThreadHandle {
    pub fn make(vm: &Vm) -> Result<Ref<ThreadHandle>> {
        let body = ThreadHandle { head: Head::new(), running: RefCell::default() };
        instance::alloc(vm, ThreadHandle::class(), body)
    }

    fn check_started(&self, vm: &Vm) -> Result<Arc<Running>> {
        let running = self.running.borrow().clone();
        if !running.started.load(Ordering::Acquire) {
            bail!(vm, RuntimeError, "thread not started");
        }
        Ok(running)
    }
}

#[pymethods]
impl ThreadHandle {
    #[slot("()")]
    fn new(cls: &Ref<Type>, vm: &Vm) -> Result<Object> {
        let _ = cls;
        Ok(ThreadHandle::make(vm)?.into_object())
    }

    #[slot]
    fn repr(&self) -> String {
        format!("<_thread._ThreadHandle object: ident={}>", self.get_ident())
    }

    // Wait for the thread to end, at most timeout seconds.
    #[py("join(timeout=None, /)", notext, tuple)]
    fn join(&self, vm: &Vm, timeout: Option<&Object>) -> Result<()> {
        let timeout = timeout.map(|t| nanoseconds(vm, t, Round::Up)).transpose()?.filter(|n| *n >= 0);
        let running = self.check_started(vm)?;
        if !running.done.is_set() && running.ident.load(Ordering::Relaxed) == vm.thread_id.get() {
            bail!(vm, RuntimeError, "Cannot join current thread");
        }
        wait(vm, &running, timeout).map(drop)
    }

    // Mark the thread as ended: in a child after fork().
    #[py("_set_done()")]
    fn set_done(&self, vm: &Vm) -> Result<()> {
        let running = self.check_started(vm)?;
        forget(&running);
        running.done.set();
        Ok(())
    }

    // Tell whether the thread has ended.
    #[py("is_done()")]
    fn is_done(&self) -> bool {
        self.running.borrow().done.is_set()
    }

    // The thread's identifier, 0 before it was started.
    #[getter("ident")]
    fn get_ident(&self) -> u64 {
        self.running.borrow().ident.load(Ordering::Relaxed)
    }
}
