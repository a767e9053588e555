//! `faulthandler`: tracebacks of the threads, asked for by the program or by a signal.
//!
//! Faults of the process itself do not happen in Python code here; what is enabled is remembered and told.

use std::sync::atomic::{AtomicBool, Ordering};
use vm::frame::Frame;
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::call;

static ENABLED: AtomicBool = AtomicBool::new(false);

/// The descriptor to write to: of a file, of a number, or of `sys.stderr`.
fn descriptor(vm: &Vm, file: Option<&Object>) -> Result<i32> {
    let file = match file.filter(|f| !f.is(&none())) {
        Some(file) => file.clone(),
        None => match vm.sys_get(vm.names().stderr()) {
            Some(file) if !file.is(&none()) => file,
            Some(_) => bail!(vm, RuntimeError, "sys.stderr is None"),
            None => bail!(vm, RuntimeError, "unable to get sys.stderr"),
        },
    };
    if file.is_instance_of::<Int>() {
        return match Int::to_i64(&file).and_then(|n| i32::try_from(n).ok()).filter(|fd| *fd >= 0) {
            Some(fd) => Ok(fd),
            None => Err(raise!(vm, ValueError, "file is not a valid file descriptor")),
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
    Ok(fd)
}

/// The stack of one thread, the innermost frame first.
fn stack_text(thread: &Vm) -> String {
    let mut text = String::new();
    let mut depth = 0;
    while let Some(frame) = vm::frame::nth(thread, depth) {
        depth += 1;
        if depth > 100 {
            text.push_str("  ...\n");
            break;
        }
        let code = Frame::code(frame);
        let (file, name) =
            (code.filename.get().map(|f| f.to_string_lossy()).unwrap_or_default(), code.qualname.to_string_lossy());
        text.push_str(&format!("  File \"{file}\", line {} in {name}\n", Frame::line(frame)));
    }
    if depth == 0 {
        text.push_str("  <no Python frame>\n");
    }
    text
}

fn dump(vm: &Vm, all_threads: bool) -> String {
    if !all_threads {
        return format!("Stack (most recent call first):\n{}", stack_text(vm));
    }
    let mut text = String::new();
    for thread in vm.interp().gil.threads() {
        if !text.is_empty() {
            text.push('\n');
        }
        let current = if std::ptr::eq(thread, vm) { "Current thread" } else { "Thread" };
        let id = thread.thread_id.get();
        text.push_str(&format!("{current} {id:#018x} (most recent call first):\n{}", stack_text(thread)));
    }
    text
}

/// Dump tracebacks on demand.
#[pymodule("faulthandler")]
pub mod module {
    use super::*;

    /// Remember that faults are to be told of.
    #[py("enable(file=sys.stderr, all_threads=True)")]
    fn enable(vm: &Vm, file: Option<&Object>, all_threads: bool) -> Result<()> {
        let _ = all_threads;
        descriptor(vm, file)?;
        ENABLED.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Forget it; tell whether it was enabled.
    #[py("disable()")]
    fn disable() -> bool {
        ENABLED.swap(false, Ordering::Relaxed)
    }

    /// Tell whether it is enabled.
    #[py("is_enabled()")]
    fn is_enabled() -> bool {
        ENABLED.load(Ordering::Relaxed)
    }

    /// Write the stack of the current thread, or of all, to a file.
    #[py("dump_traceback(file=sys.stderr, all_threads=True)")]
    fn dump_traceback(vm: &Vm, file: Option<&Object>, all_threads: bool) -> Result<()> {
        let fd = descriptor(vm, file)?;
        let text = dump(vm, all_threads);
        let _ = host::fd::write(fd, text.as_bytes());
        Ok(())
    }

    /// Watch the time: not implemented.
    #[py("dump_traceback_later(timeout, repeat=False, file=sys.stderr, exit=False)")]
    fn dump_traceback_later(vm: &Vm, timeout: &Object, repeat: bool, file: Option<&Object>, exit: bool) -> Result<()> {
        let _ = (timeout, repeat, file, exit);
        Err(raise!(vm, NotImplementedError, "faulthandler.dump_traceback_later is not implemented yet"))
    }

    /// Stop watching the time.
    #[py("cancel_dump_traceback_later()")]
    fn cancel_dump_traceback_later() {}

    /// Dump tracebacks when a signal comes: not implemented.
    #[py("register(signum, file=sys.stderr, all_threads=True, chain=False)")]
    fn register(vm: &Vm, signum: i32, file: Option<&Object>, all_threads: bool, chain: bool) -> Result<()> {
        let _ = (signum, file, all_threads, chain);
        Err(raise!(vm, NotImplementedError, "faulthandler.register is not implemented yet"))
    }

    /// Stop dumping tracebacks when a signal comes; tell whether it was registered.
    #[py("unregister(signum, /)", tuple)]
    fn unregister(signum: i32) -> bool {
        let _ = signum;
        false
    }
}
