//! The global interpreter lock, and the threads that take turns with it.
//!
//! One thread at a time runs Python or touches objects: the one that holds the lock. It lets go of it around calls that
//! may block ([`Vm::allow_threads`]), and when another thread has waited for the switch interval: the waiter sets
//! [`breaker::GIL`] in the holder's breaker, and the interpreter looks at its breaker on back-edges and calls.
//!
//! While there is one thread only, nothing is locked or released: a second one can only be started by the first, which
//! holds the lock then.
//!
//! What belongs to a thread is its [`Vm`]; what is shared hangs on [`Interp`] and is touched by the holder only. The
//! depth of deallocations, which the heap counts, is swapped with the thread.
//!
//! [`Interp`]: crate::context::Interp

use crate::context::{Vm, breaker};
use crate::error::Result;
use std::cell::{Cell, RefCell};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

struct State {
    held: bool,
    /// The holder's breaker.
    holder: Option<&'static AtomicU32>,
    /// How often the lock was taken.
    taken: u64,
    waiting: usize,
}

/// The lock. See the module's text.
pub struct Gil {
    state: Mutex<State>,
    freed: Condvar,
    changed_hands: Condvar,
    /// Microseconds that a waiter gives the holder.
    interval: AtomicU64,
    /// The program is ending: threads other than the main one stop where they ask for the lock.
    closing: AtomicBool,
    /// Whether more than one thread runs Python. Read and written by the holder.
    shared: Cell<bool>,
    threads: RefCell<Vec<&'static Vm>>,
    /// How many threads were started.
    starts: Cell<u64>,
    /// Somebody watches from a thread that runs no Python ([`Watcher`]).
    watched: Cell<bool>,
    /// States of threads that have ended, for the next ones.
    spare: RefCell<Vec<&'static Vm>>,
}

impl Default for Gil {
    fn default() -> Self {
        Gil {
            state: Mutex::new(State { held: true, holder: None, taken: 0, waiting: 0 }),
            freed: Condvar::new(),
            changed_hands: Condvar::new(),
            interval: AtomicU64::new(5000),
            closing: AtomicBool::new(false),
            shared: Cell::new(false),
            threads: RefCell::default(),
            starts: Cell::new(0),
            watched: Cell::new(false),
            spare: RefCell::default(),
        }
    }
}

impl Gil {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the switch interval, in seconds.
    pub fn set_interval(&self, seconds: f64) {
        self.interval.store((seconds * 1e6).clamp(1.0, 1e12) as u64, Ordering::Relaxed);
    }

    /// The first thread, which holds the lock from the start.
    pub(crate) fn register_main(&self, vm: &'static Vm) {
        vm.interp().all_threads.add(vm);
        self.add(vm);
        self.state().holder = Some(vm.breaker);
    }

    fn add(&self, vm: &'static Vm) {
        self.threads.borrow_mut().push(vm);
        self.starts.set(self.starts.get() + 1);
        vm.start_number.store(self.starts.get(), Ordering::Release);
    }

    fn remove(&self, vm: &'static Vm) {
        vm.start_number.store(0, Ordering::Release);
        self.threads.borrow_mut().retain(|other| !std::ptr::eq(*other, vm));
    }

    /// Sees again whether the lock is to be handed about.
    fn recount(&self) {
        self.shared.set(self.watched.get() || self.threads.borrow().len() > 1);
    }

    /// From now on (or no longer) [`Watcher::hold_still`] is used. Called with the lock held.
    pub fn set_watched(&self, watched: bool) {
        self.watched.set(watched);
        self.recount();
    }

    /// Every thread that runs Python, in the order of their starts.
    pub fn threads(&self) -> Vec<&'static Vm> {
        self.threads.borrow().clone()
    }

    /// Whether other threads run Python.
    #[inline]
    pub fn is_shared(&self) -> bool {
        self.shared.get()
    }

    /// Takes the lock, waiting for it.
    pub(crate) fn take(&self, vm: &Vm) {
        let mut state = self.state();
        loop {
            if self.closing.load(Ordering::Acquire) && !vm.is_main_thread() {
                drop(state);
                self.changed_hands.notify_all();
                // The process ends soon; this thread's Python code does not go on.
                loop {
                    std::thread::park();
                }
            }
            if !state.held {
                break;
            }
            let seen = state.taken;
            let interval = Duration::from_micros(self.interval.load(Ordering::Relaxed));
            state.waiting += 1;
            let (back, waited) = self.freed.wait_timeout(state, interval).unwrap_or_else(PoisonError::into_inner);
            state = back;
            state.waiting -= 1;
            if waited.timed_out()
                && state.held
                && state.taken == seen
                && let Some(holder) = state.holder
            {
                holder.fetch_or(breaker::GIL, Ordering::AcqRel);
            }
        }
        state.held = true;
        state.holder = Some(vm.breaker);
        state.taken += 1;
        drop(state);
        self.changed_hands.notify_all();
        let heap = vm.interp().heap;
        heap.set_breaker(vm.breaker, breaker::GC);
        heap.set_dying_depth(vm.dying_depth.get());
    }

    /// Lets go of the lock.
    pub(crate) fn release(&self, vm: &Vm) {
        vm.dying_depth.set(vm.interp().heap.dying_depth());
        let mut state = self.state();
        state.held = false;
        drop(state);
        self.freed.notify_one();
    }

    /// Lets another thread run, if one waits.
    pub fn yield_now(&self, vm: &Vm) {
        if !self.shared.get() || self.state().waiting == 0 {
            return;
        }
        vm.dying_depth.set(vm.interp().heap.dying_depth());
        let mut state = self.state();
        state.held = false;
        let seen = state.taken;
        self.freed.notify_one();
        // Somebody else first, or the same thread would win again and again.
        while state.taken == seen && state.waiting > 0 {
            let wait = self.changed_hands.wait_timeout(state, Duration::from_millis(5));
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        self.take(vm);
    }

    /// The program ends: from now on only the calling thread, the main one, runs Python.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    /// Runs `fork`, which must not find the lock's own state half changed in the child.
    pub fn around_fork<R>(&self, fork: impl FnOnce() -> R) -> R {
        let _state = self.state();
        heap::recorder::around_fork(fork)
    }

    /// In a child after `fork`: the calling thread, which holds the lock, is the only and the main one.
    pub fn after_fork(&self, vm: &'static Vm) {
        let mut state = self.state();
        state.waiting = 0;
        drop(state);
        // The others' states are left as they are: their stacks are still in them.
        for other in self.threads.replace(vec![vm]) {
            if !std::ptr::eq(other, vm) {
                other.start_number.store(0, Ordering::Release);
            }
        }
        self.set_watched(false);
        vm.thread_id.set(host::thread::id());
        vm.interp().main_thread.set(vm.thread_id.get());
        crate::modules::signals::watch(vm);
    }
}

/// The lock as a thread knows it that runs no Python.
pub struct Watcher(&'static Gil);

#[expect(unsafe_code, reason = "a watcher touches what is made for threads only: the state and its conditions")]
// SAFETY: `hold_still` reads and writes atomics and what the mutex guards.
unsafe impl Send for Watcher {}

impl Watcher {
    pub fn new(interp: &'static crate::context::Interp) -> Watcher {
        Watcher(&interp.gil)
    }

    /// Runs `look` while no thread runs Python, for a thread that runs none itself; if the holder does not let go in
    /// `patience`, `look` runs nevertheless.
    pub fn hold_still(&self, patience: Duration, look: impl FnOnce()) {
        let gil = self.0;
        let until = std::time::Instant::now() + patience;
        let mut state = gil.state();
        while state.held {
            let left = until.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() || gil.closing.load(Ordering::Acquire) {
                break;
            }
            if let Some(holder) = state.holder {
                holder.fetch_or(breaker::GIL, Ordering::AcqRel);
            }
            state.waiting += 1;
            state = gil.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            state.waiting -= 1;
        }
        let held = std::mem::replace(&mut state.held, true);
        if !held {
            (state.holder, state.taken) = (None, state.taken + 1);
        }
        drop(state);
        gil.changed_hands.notify_all();
        look();
        if !held {
            gil.state().held = false;
            gil.freed.notify_one();
        }
    }
}

/// What goes to a new thread with the lock: nothing of it is touched before that thread holds the lock.
struct Carried<T>(T);

#[expect(unsafe_code, reason = "the only way for objects into another thread")]
// SAFETY: the sender holds the lock while it makes this, the receiver while it takes it apart.
unsafe impl<T> Send for Carried<T> {}

impl<T> Carried<T> {
    fn take(self) -> T {
        self.0
    }
}

/// Ends a thread's use of Python, also when it ends by a panic.
struct Turn(&'static Vm);

impl Drop for Turn {
    fn drop(&mut self) {
        let vm = self.0;
        let gil = &vm.interp().gil;
        vm.reset();
        gil.remove(vm);
        if !std::thread::panicking() {
            gil.spare.borrow_mut().push(vm);
        }
        gil.recount();
        gil.release(vm);
    }
}

/// Starts a thread that runs `body` with the lock held; gives its identifier.
///
/// `stack_size` is in bytes, 0 for the usual. The thread's native recursion is bounded by its own stack.
pub fn spawn(vm: &Vm, stack_size: usize, body: impl FnOnce(&'static Vm) + 'static) -> io::Result<u64> {
    use std::os::unix::thread::JoinHandleExt;
    let interp = vm.interp();
    let gil = &interp.gil;
    let spare = gil.spare.borrow_mut().pop();
    let new: &'static Vm = spare.unwrap_or_else(|| {
        let new = Box::leak(Box::new(Vm::new(interp)));
        interp.all_threads.add(new);
        new
    });
    new.recursion_left.set(interp.recursion_limit.get());
    crate::interp::observe::mark_thread(new);
    let carried = Carried((new, body));
    gil.add(new);
    gil.recount();
    // Less would hardly be more than what native recursion leaves free.
    const LEAST: usize = 1 << 20;
    let stack_size = if stack_size == 0 { default_stack() } else { stack_size.max(LEAST) };
    let started = std::thread::Builder::new().stack_size(stack_size).spawn(move || {
        let (vm, body) = carried.take();
        vm.enter();
        vm.thread_id.set(host::thread::id());
        crate::start::set_stack_limit(vm);
        let _signals = host::fault::SignalStack::if_wanted();
        vm.interp().gil.take(vm);
        let _turn = Turn(vm);
        // Python code turns its panics into exceptions; what is left is of the thread's own start and end.
        if crate::interp::panics::guard(vm, move || {
            body(vm);
            Ok(())
        })
        .is_err()
        {
            vm.unraisable("Exception ignored in thread", None);
        }
    });
    match started {
        Ok(handle) => Ok(handle.as_pthread_t()),
        Err(error) => {
            gil.remove(new);
            gil.spare.borrow_mut().push(new);
            gil.recount();
            Err(error)
        }
    }
}

/// As large as the main thread's, so that recursion goes as deep; 8 MiB where that has no limit.
fn default_stack() -> usize {
    const USUAL: u64 = 8 << 20;
    let stack = host::constants::find(host::constants::RESOURCE, "RLIMIT_STACK");
    let limit = stack.and_then(|s| host::limits::limit(s as i32).ok()).map_or(USUAL, |(soft, _)| soft);
    if (1 << 20..=64 << 20).contains(&limit) { limit as usize } else { USUAL as usize }
}

/// Calls that other threads queued for the main thread.
pub fn run_pending(_vm: &Vm) -> Result<()> {
    Ok(())
}
