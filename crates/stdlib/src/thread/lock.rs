//! `lock` and `RLock`.

use host::futex;
use std::cell::Cell;
use vm::object::{instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::object as protocol;
use vm::protocol::time::{Round, nanoseconds};

const UNSET: i64 = -1_000_000_000;

/// Nanoseconds to wait: `None` for ever.
fn timeout_of(vm: &Vm, blocking: bool, timeout: Option<&Object>) -> Result<Option<i64>> {
    let nanos = timeout.map_or(Ok(UNSET), |t| nanoseconds(vm, t, Round::Away))?;
    if !blocking && nanos != UNSET {
        bail!(vm, ValueError, "can't specify a timeout for a non-blocking call");
    }
    if nanos < 0 && nanos != UNSET {
        bail!(vm, ValueError, "timeout value must be a non-negative number");
    }
    Ok(match (blocking, nanos) {
        (false, _) => Some(0),
        (true, UNSET) => None,
        (true, nanos) => Some(nanos),
    })
}

/// Takes a lock; `false` when the time is over. Signal handlers run while it waits.
fn take(vm: &Vm, lock: &futex::Lock, timeout: Option<i64>) -> Result<bool> {
    if lock.try_acquire() {
        return Ok(true);
    }
    if timeout == Some(0) {
        return Ok(false);
    }
    let until = timeout.map(host::time::Time::after);
    vm.blocking_call(|| lock.acquire(until))
}

/// A lock: taken once, and released by whoever wants to.
#[pytype("lock", flags(HAVE_GC, MANAGED_WEAKREF), module = "_thread")]
pub struct Lock {
    pub head: Head,
    #[untraced]
    lock: futex::Lock,
}

impl Lock {
    pub fn make(vm: &Vm, cls: &Ref<Type>) -> Result<Object> {
        Ok(instance::alloc(vm, cls, Lock { head: Head::new(), lock: futex::Lock::new() })?.into_object())
    }
}

#[pymethods]
impl Lock {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "lock() takes no keyword arguments");
        }
        if !args.items.is_empty() {
            bail!(vm, TypeError, "lock expected 0 arguments, got {}", args.items.len());
        }
        Lock::make(vm, cls)
    }

    #[slot]
    fn repr(this: &Ref<Self>) -> String {
        let state = if this.lock.is_held() { "locked" } else { "unlocked" };
        format!("<{state} {} object at {:#x}>", type_name(this.as_object()), protocol::address(this.as_object()))
    }

    /// Lock the lock, waiting for it if need be; tell whether it was acquired.
    #[py("acquire(blocking=True, timeout=-1)")]
    fn acquire(&self, vm: &Vm, blocking: bool, timeout: Option<&Object>) -> Result<bool> {
        if blocking && timeout.is_none() && self.lock.try_acquire() {
            return Ok(true);
        }
        take(vm, &self.lock, timeout_of(vm, blocking, timeout)?)
    }

    /// An obsolete synonym of acquire().
    #[py("acquire_lock(blocking=True, timeout=-1)")]
    fn acquire_lock(&self, vm: &Vm, blocking: bool, timeout: Option<&Object>) -> Result<bool> {
        self.acquire(vm, blocking, timeout)
    }

    /// Release the lock, which another thread may be waiting for.
    #[py("release()")]
    fn release(&self, vm: &Vm) -> Result<()> {
        if !self.lock.release() {
            bail!(vm, RuntimeError, "release unlocked lock");
        }
        Ok(())
    }

    /// An obsolete synonym of release().
    #[py("release_lock()")]
    fn release_lock(&self, vm: &Vm) -> Result<()> {
        self.release(vm)
    }

    /// Return whether the lock is in the locked state.
    #[py("locked()")]
    fn locked(&self) -> bool {
        self.lock.is_held()
    }

    /// An obsolete synonym of locked().
    #[py("locked_lock()")]
    fn locked_lock(&self) -> bool {
        self.lock.is_held()
    }

    /// Lock the lock.
    #[py("__enter__()")]
    fn enter(&self, vm: &Vm) -> Result<bool> {
        take(vm, &self.lock, None)
    }

    /// Release the lock.
    #[py("__exit__(*exc_info)", tuple)]
    fn exit(&self, vm: &Vm, exc_info: &[Object]) -> Result<()> {
        let _ = exc_info;
        self.release(vm)
    }

    // Free the lock in a child after fork().
    #[py("_at_fork_reinit()")]
    fn at_fork_reinit(&self) {
        self.lock.reset();
    }
}

/// A lock that the thread that holds it may take again.
#[pytype("RLock", doc = "", flags(BASETYPE, HAVE_GC, MANAGED_WEAKREF), module = "_thread")]
pub struct RLock {
    pub head: Head,
    #[untraced]
    lock: futex::Lock,
    /// The thread that holds it, 0 for none.
    owner: Cell<u64>,
    depth: Cell<u64>,
}

impl RLock {
    fn is_mine(&self, vm: &Vm) -> bool {
        self.depth.get() > 0 && self.owner.get() == vm.thread_id.get()
    }

    fn lock_for(&self, vm: &Vm, timeout: Option<i64>) -> Result<bool> {
        if self.is_mine(vm) {
            let Some(depth) = self.depth.get().checked_add(1) else {
                bail!(vm, OverflowError, "Internal lock count overflowed");
            };
            self.depth.set(depth);
            return Ok(true);
        }
        let taken = take(vm, &self.lock, timeout)?;
        if taken {
            self.owner.set(vm.thread_id.get());
            self.depth.set(1);
        }
        Ok(taken)
    }

    fn unlock(&self) {
        self.owner.set(0);
        self.depth.set(0);
        self.lock.release();
    }
}

#[pymethods]
impl RLock {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body = RLock { head: Head::new(), lock: futex::Lock::new(), owner: Cell::new(0), depth: Cell::new(0) };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn init(&self, args: Args<'_>) -> Result<()> {
        let _ = args;
        Ok(())
    }

    #[slot]
    fn repr(this: &Ref<Self>) -> String {
        let state = if this.depth.get() > 0 { "locked" } else { "unlocked" };
        let (name, address) = (type_of(this.as_object()).tp_name(), protocol::address(this.as_object()));
        format!("<{state} {name} object owner={} count={} at {address:#x}>", this.owner.get(), this.depth.get())
    }

    /// Lock the lock, waiting while another thread holds it; tell whether it was acquired.
    #[py("acquire(blocking=True, timeout=-1)")]
    fn acquire(&self, vm: &Vm, blocking: bool, timeout: Option<&Object>) -> Result<bool> {
        self.lock_for(vm, timeout_of(vm, blocking, timeout)?)
    }

    /// Release the lock once; it is free when it was released as often as it was acquired.
    #[py("release()")]
    fn release(&self, vm: &Vm) -> Result<()> {
        if !self.is_mine(vm) {
            bail!(vm, RuntimeError, "cannot release un-acquired lock");
        }
        match self.depth.get() {
            1 => self.unlock(),
            depth => self.depth.set(depth - 1),
        }
        Ok(())
    }

    /// Tell whether the lock is held by any thread.
    #[py("locked()")]
    fn locked(&self) -> bool {
        self.depth.get() > 0
    }

    /// For internal use by `threading.Condition`.
    #[py("_is_owned()")]
    fn is_owned(&self, vm: &Vm) -> bool {
        self.is_mine(vm)
    }

    /// How often the calling thread has acquired the lock.
    #[py("_recursion_count()")]
    fn recursion_count(&self, vm: &Vm) -> u64 {
        if self.is_mine(vm) { self.depth.get() } else { 0 }
    }

    /// For internal use by `threading.Condition`.
    #[py("_release_save()")]
    fn release_save(&self, vm: &Vm) -> Result<(u64, u64)> {
        if !self.is_mine(vm) {
            bail!(vm, RuntimeError, "cannot release un-acquired lock");
        }
        let state = (self.depth.get(), self.owner.get());
        self.unlock();
        Ok(state)
    }

    /// For internal use by `threading.Condition`.
    #[py("_acquire_restore(state, /)", tuple)]
    fn acquire_restore(&self, vm: &Vm, state: &Object) -> Result<()> {
        let Some([depth, owner]) = state.cast::<Tuple>().map(|t| t.items()) else {
            bail!(vm, TypeError, "_acquire_restore() argument 1 must be 2-item tuple, not {}", type_name(state));
        };
        let word = |o: &Object| Int::to_i128(o).and_then(|n| u64::try_from(n).ok());
        let (Some(depth), Some(owner)) = (word(depth), word(owner)) else {
            bail!(vm, TypeError, "an integer is required");
        };
        take(vm, &self.lock, None)?;
        self.owner.set(owner);
        self.depth.set(depth);
        Ok(())
    }

    /// Lock the lock.
    #[py("__enter__()")]
    fn enter(&self, vm: &Vm) -> Result<bool> {
        self.lock_for(vm, None)
    }

    /// Release the lock once.
    #[py("__exit__(*exc_info)", tuple)]
    fn exit(&self, vm: &Vm, exc_info: &[Object]) -> Result<()> {
        let _ = exc_info;
        self.release(vm)
    }

    // Free the lock in a child after fork().
    #[py("_at_fork_reinit()")]
    fn at_fork_reinit(&self) {
        self.lock.reset();
        self.owner.set(0);
        self.depth.set(0);
    }
}
