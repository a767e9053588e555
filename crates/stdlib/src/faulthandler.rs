//! `faulthandler`: tracebacks when a fault ends the process, when a signal comes, after a time, or now.
//!
//! What is written lies in `vm::frame::dump`, which may run in a signal's handler; the handlers are `host::fault`'s.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use vm::frame::dump::{self, Out};
use vm::modules::gil::Watcher;
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::call;
use vm::protocol::time::{Round, nanoseconds};

/// What a handler has to know: plain numbers, because it may run at any time.
struct Wish {
    on: AtomicBool,
    fd: AtomicI32,
    all_threads: AtomicBool,
    c_stack: AtomicBool,
}

impl Wish {
    const fn none() -> Wish {
        Wish {
            on: AtomicBool::new(false),
            fd: AtomicI32::new(-1),
            all_threads: AtomicBool::new(false),
            c_stack: AtomicBool::new(false),
        }
    }

    fn set(&self, fd: i32, all_threads: bool, c_stack: bool) {
        self.fd.store(fd, Ordering::Relaxed);
        self.all_threads.store(all_threads, Ordering::Relaxed);
        self.c_stack.store(c_stack, Ordering::Relaxed);
        self.on.store(true, Ordering::Release);
    }
}

static FATAL: Wish = Wish::none();
static USER: [Wish; host::signal::COUNT as usize] = [const { Wish::none() }; host::signal::COUNT as usize];

/// Runs in a signal's handler.
fn report_fatal(signal: i32) {
    // A second fault, in here, is not reported.
    if !FATAL.on.swap(false, Ordering::AcqRel) {
        return;
    }
    let mut out = Out::new(FATAL.fd.load(Ordering::Relaxed));
    let words = host::fault::FATAL.iter().find(|(number, _)| *number == signal).map_or("unknown", |(_, words)| words);
    out.text("Fatal Python error: ");
    out.text(words);
    out.text("\n\n");
    dump::write(&mut out, FATAL.all_threads.load(Ordering::Relaxed));
    // What follows reads more, and needs more stack: what is there so far must be seen.
    out.flush();
    if FATAL.c_stack.load(Ordering::Relaxed) {
        out.byte(b'\n');
        dump::native(&mut out);
        out.flush();
    }
    dump::native_modules(&mut out);
}

/// Runs in a signal's handler.
fn report_user(signal: i32) {
    if let Some(wish) = USER.get(signal as usize)
        && wish.on.load(Ordering::Acquire)
    {
        dump::write(&mut Out::new(wish.fd.load(Ordering::Relaxed)), wish.all_threads.load(Ordering::Relaxed));
    }
}

/// The descriptor to write to, and the file to keep alive for it: of a file, of a number, or of `sys.stderr`.
fn descriptor(vm: &Vm, file: Option<&Object>) -> Result<(i32, Object)> {
    let file = match file.filter(|f| !f.is(&none())) {
        Some(file) => file.clone(),
        None => match vm.sys_get(vm.names().stderr()) {
            Some(file) if !file.is(&none()) => file,
            Some(_) => bail!(vm, RuntimeError, "sys.stderr is None"),
            None => bail!(vm, RuntimeError, "unable to get sys.stderr"),
        },
    };
    if file.is_instance_of::<Int>() {
        if file.is_instance_of::<Bool>() {
            vm.warn(&vm::exception::types::RuntimeWarning, "bool is used as a file descriptor", 1)?;
        }
        return match Int::to_i64(&file).map(i32::try_from) {
            Some(Ok(fd)) if fd >= 0 && host::fd::is_inheritable(fd).is_ok() => Ok((fd, none())),
            Some(Ok(_)) => Err(raise!(vm, ValueError, "file is not a valid file descriptor")),
            _ => Err(raise!(vm, OverflowError, "Python int too large to convert to C int")),
        };
    }
    let method = attr::getattr(vm, &file, vm.names().fileno())?;
    let fd = call::call(vm, &method, &[])?;
    let Some(fd) = Int::to_i64(&fd).and_then(|n| i32::try_from(n).ok()).filter(|fd| *fd >= 0) else {
        bail!(vm, RuntimeError, "file.fileno() is not a valid file descriptor");
    };
    if let Ok(flush) = attr::getattr(vm, &file, vm.names().flush()) {
        let _ = call::call(vm, &flush, &[]);
    }
    vm.clear_raised();
    Ok((fd, file))
}

/// Keeps the file alive that something writes to, or lets it go.
fn keep(vm: &Vm, what: &str, file: Option<Object>) -> Result<()> {
    const KEPT: &str = "faulthandler.files";
    let known = vm.interp().module_state.borrow().get(KEPT).cloned();
    let kept = match known {
        Some(kept) => kept,
        None => {
            let kept = Dict::empty().into_object();
            vm.interp().module_state.borrow_mut().insert(KEPT, kept.clone());
            kept
        }
    };
    match kept.cast::<Dict>() {
        Some(kept) => kept.set_str(vm, what, file.unwrap_or_else(none)),
        None => Ok(()),
    }
}

/// A signal that may be registered; a fault's is refused.
fn user_signal(vm: &Vm, signal: i32) -> Result<&'static Wish> {
    if host::fault::FATAL.iter().any(|(number, _)| *number == signal) {
        bail!(vm, RuntimeError, "signal {signal} cannot be registered, use enable() instead");
    }
    match USER.get(usize::try_from(signal).unwrap_or(0)) {
        Some(wish) if signal > 0 => Ok(wish),
        _ => Err(raise!(vm, ValueError, "signal number out of range")),
    }
}

/// The thread that waits for a time to pass.
struct Watchdog {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: std::thread::JoinHandle<()>,
    /// The process that it runs in: a child has only its name.
    process: host::process::Pid,
}

static WATCHDOG: Mutex<Option<Watchdog>> = Mutex::new(None);

/// What the watchdog writes above the stacks: hours, minutes, seconds, and microseconds where there are some.
fn timeout_text(nanos: i64) -> String {
    let micros = nanos / 1000;
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match micros {
        0 => format!("Timeout ({hours}:{minutes:02}:{seconds:02})!\n"),
        _ => format!("Timeout ({hours}:{minutes:02}:{seconds:02}.{micros:06})!\n"),
    }
}

/// How long the watchdog waits for the threads to hold still.
const PATIENCE: Duration = Duration::from_millis(200);

struct Watch {
    fd: i32,
    header: String,
    timeout: Duration,
    repeat: bool,
    exit: bool,
}

fn watch(watcher: &Watcher, watch: &Watch, stop: &(Mutex<bool>, Condvar)) {
    loop {
        let stopped = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = stop.1.wait_timeout_while(stopped, watch.timeout, |stopped| !*stopped);
        let (stopped, result) = waited.unwrap_or_else(PoisonError::into_inner);
        if !result.timed_out() {
            return;
        }
        drop(stopped);
        watcher.hold_still(PATIENCE, || {
            let mut out = Out::new(watch.fd);
            out.text(&watch.header);
            dump::threads(&mut out, None);
        });
        if watch.exit {
            host::process::exit_now(1);
        }
        if !watch.repeat {
            return;
        }
    }
}

/// Ends the watchdog, if there is one.
fn stop_watching(vm: &Vm) -> Result<()> {
    let watchdog = WATCHDOG.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(watchdog) = watchdog
        && watchdog.process == host::process::getpid()
    {
        *watchdog.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        watchdog.stop.1.notify_all();
        let _ = vm.allow_threads(|| watchdog.thread.join());
        vm.interp().gil.set_watched(false);
    }
    keep(vm, "later", None)
}

fn start_watching(vm: &Vm, wish: Watch) -> std::io::Result<()> {
    let stop = Arc::new((Mutex::new(false), Condvar::new()));
    let theirs = stop.clone();
    let watcher = Watcher::new(vm.interp());
    let thread = host::fault::spawn_quiet(256 * 1024, move || watch(&watcher, &wish, &theirs))?;
    vm.interp().gil.set_watched(true);
    let watchdog = Watchdog { stop, thread, process: host::process::getpid() };
    *WATCHDOG.lock().unwrap_or_else(PoisonError::into_inner) = Some(watchdog);
    Ok(())
}

/// Uses the stack up, as far as 100 MB.
fn use_stack(start: usize) -> usize {
    const MOST: usize = 100 << 20;
    let here = std::hint::black_box([0u8; 4096]);
    let used = start.wrapping_sub(here.as_ptr() as usize);
    if used > MOST { used } else { std::hint::black_box(use_stack(start)) + usize::from(here[7]) }
}

fn raise_signal(vm: &Vm, name: &str) -> Result<()> {
    let signal = host::constants::find(host::constants::SIGNAL, name).unwrap_or_default() as i32;
    // Once for a handler of the language's runtime, which lets the first one pass, and once in earnest.
    for _ in 0..2 {
        host::signal::raise(signal).map_err(|error| vm::exception::os_error(vm, &error, None))?;
    }
    Ok(())
}

/// Tracebacks when a fault ends the process, when a signal comes, after a time, or now.
#[pymodule("faulthandler")]
pub mod module {
    use super::*;

    /// Write tracebacks to the file when a fault ends the process.
    #[py("enable(file=sys.stderr, all_threads=True, c_stack=True)")]
    fn enable(vm: &Vm, file: Option<&Object>, all_threads: bool, c_stack: bool) -> Result<()> {
        let (fd, file) = descriptor(vm, file)?;
        keep(vm, "fatal", Some(file))?;
        dump::show(vm.interp());
        FATAL.set(fd, all_threads, c_stack);
        host::fault::catch_fatal(report_fatal).map_err(|error| vm::exception::os_error(vm, &error, None))
    }

    /// No longer report faults; tell whether they were reported.
    #[py("disable()")]
    fn disable(vm: &Vm) -> Result<bool> {
        let was = FATAL.on.swap(false, Ordering::AcqRel);
        if was {
            host::fault::release_fatal();
            keep(vm, "fatal", None)?;
        }
        Ok(was)
    }

    /// Tell whether faults are reported.
    #[py("is_enabled()")]
    fn is_enabled() -> bool {
        FATAL.on.load(Ordering::Acquire)
    }

    /// Write the stack of the current thread, or of all threads, to the file.
    #[py("dump_traceback(file=sys.stderr, all_threads=True)")]
    fn dump_traceback(vm: &Vm, file: Option<&Object>, all_threads: bool) -> Result<()> {
        let (fd, _kept) = descriptor(vm, file)?;
        dump::write(&mut Out::new(fd), all_threads);
        Ok(())
    }

    /// Write the native stack of the current thread to the file.
    #[py("dump_c_stack(file=sys.stderr)")]
    fn dump_c_stack(vm: &Vm, file: Option<&Object>) -> Result<()> {
        let (fd, _kept) = descriptor(vm, file)?;
        dump::native(&mut Out::new(fd));
        Ok(())
    }

    /// Write the stacks of all threads to the file after so many seconds, once or again and again.
    ///
    /// With exit=True the process ends then, without any clean-up.
    #[py("dump_traceback_later(timeout, repeat=False, file=sys.stderr, exit=False)")]
    fn dump_traceback_later(vm: &Vm, timeout: &Object, repeat: bool, file: Option<&Object>, exit: bool) -> Result<()> {
        let nanos = nanoseconds(vm, timeout, Round::Up)?;
        if nanos <= 0 {
            bail!(vm, ValueError, "timeout must be greater than 0");
        }
        let (fd, file) = descriptor(vm, file)?;
        stop_watching(vm)?;
        keep(vm, "later", Some(file))?;
        dump::show(vm.interp());
        let wish = Watch { fd, header: timeout_text(nanos), timeout: Duration::from_nanos(nanos as u64), repeat, exit };
        if start_watching(vm, wish).is_err() {
            bail!(vm, RuntimeError, "unable to start watchdog thread");
        }
        Ok(())
    }

    /// Undo dump_traceback_later().
    #[py("cancel_dump_traceback_later()")]
    fn cancel_dump_traceback_later(vm: &Vm) -> Result<()> {
        stop_watching(vm)
    }

    /// Write stacks to the file when the signal comes; with chain=True its former handler runs too.
    #[py("register(signum, file=sys.stderr, all_threads=True, chain=False)")]
    fn register(vm: &Vm, signum: i32, file: Option<&Object>, all_threads: bool, chain: bool) -> Result<()> {
        let wish = user_signal(vm, signum)?;
        let (fd, file) = descriptor(vm, file)?;
        keep(vm, &signum.to_string(), Some(file))?;
        dump::show(vm.interp());
        wish.set(fd, all_threads, false);
        host::fault::catch_user(signum, report_user, chain).map_err(|error| {
            wish.on.store(false, Ordering::Release);
            vm::exception::os_error(vm, &error, None)
        })
    }

    /// Undo register() for the signal; tell whether it was registered.
    #[py("unregister(signum, /)", tuple)]
    fn unregister(vm: &Vm, signum: i32) -> Result<bool> {
        let wish = user_signal(vm, signum)?;
        let was = host::fault::release_user(signum);
        wish.on.store(false, Ordering::Release);
        keep(vm, &signum.to_string(), None)?;
        Ok(was)
    }

    /// Read at address 0.
    #[py("_read_null()")]
    fn _read_null() {
        host::fault::read_null();
    }

    /// Raise SIGSEGV, with or without the GIL.
    #[py("_sigsegv(release_gil=False, /)", tuple)]
    fn _sigsegv(vm: &Vm, release_gil: bool) -> Result<()> {
        if release_gil { vm.allow_threads(|| raise_signal(vm, "SIGSEGV")) } else { raise_signal(vm, "SIGSEGV") }
    }

    /// Raise SIGABRT.
    #[py("_sigabrt()")]
    fn _sigabrt() {
        host::process::abort();
    }

    /// Raise SIGFPE.
    #[py("_sigfpe()")]
    fn _sigfpe(vm: &Vm) -> Result<()> {
        raise_signal(vm, "SIGFPE")
    }

    /// Make a fatal error in a thread that runs no Python.
    #[py("_fatal_error_c_thread()")]
    fn _fatal_error_c_thread(vm: &Vm) {
        dump::show(vm.interp());
        let fatal = || {
            FATAL.on.store(false, Ordering::Release);
            let mut out = Out::new(2);
            out.text("Fatal Python error: faulthandler_fatal_error_thread: in new thread\n");
            out.text("Python runtime state: initialized\n\n");
            dump::write(&mut out, true);
            out.flush();
            host::process::abort()
        };
        let _ = std::thread::spawn(fatal).join();
    }

    /// Use up the native stack.
    #[py("_stack_overflow()")]
    fn _stack_overflow(vm: &Vm) -> Result<()> {
        let used = use_stack(host::thread::stack_pointer());
        Err(raise!(vm, RuntimeError, "unable to raise a stack overflow (allocated {used} bytes on the stack)"))
    }
}
