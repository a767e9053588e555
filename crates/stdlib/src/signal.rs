//! `_signal`.

use host::signal::{self as system, Action, COUNT};
use vm::builtins::set::Set;
use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::exception::{os_error, types};
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::time::{Round, nanoseconds};
use vm::protocol::{call, iter, number};

static SIGINFO: Table = Table {
    name: "struct_siginfo",
    module: "signal",
    doc: "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.",
    fields: &[
        ("si_signo", "signal number"),
        ("si_code", "signal code"),
        ("si_errno", "errno associated with this signal"),
        ("si_pid", "sending process ID"),
        ("si_uid", "real user ID of sending process"),
        ("si_status", "exit value or signal"),
        ("si_band", "band event for SIGPOLL"),
    ],
    visible: 7,
    constructible: true,
};

fn failed(vm: &Vm, error: &std::io::Error) -> Raised {
    os_error(vm, error, None)
}

fn check_number(vm: &Vm, signal: i32) -> Result<()> {
    if !(1..COUNT).contains(&signal) {
        bail!(vm, ValueError, "signal number out of range");
    }
    Ok(())
}

/// The signals of an iterable of numbers.
fn signals_of(vm: &Vm, iterable: &Object) -> Result<Vec<i32>> {
    let mut signals = Vec::new();
    iter::each(vm, iterable, |item| {
        let index = number::index(vm, &item)?;
        let Some(n) = Int::to_i64(&index) else {
            bail!(vm, OverflowError, "Python int too large to convert to C long");
        };
        match i32::try_from(n) {
            Ok(n) if (1..COUNT).contains(&n) => {
                if (32..34).contains(&n) {
                    let message = format!("invalid signal number {n}, please use valid_signals()");
                    return vm.warn(&types::RuntimeWarning, &message, 1);
                }
                signals.push(n);
                Ok(())
            }
            _ => Err(raise!(vm, ValueError, "signal number {n} out of range [1; {}]", COUNT - 1)),
        }
    })?;
    Ok(signals)
}

fn set_of(vm: &Vm, signals: &[i32]) -> Result<Object> {
    Set::from_items(vm, signals.iter().map(|s| Object::int32(*s)).collect())
}

fn siginfo(vm: &Vm, info: &system::Info) -> Result<Object> {
    let values = vec![
        Object::int32(info.signo),
        Object::int32(info.code),
        Object::int32(info.errno),
        Object::int32(info.pid),
        Int::from_i64(info.uid.into()),
        Object::int32(info.status),
        Int::from_i64(info.band),
    ];
    StructSeq::make(vm, &SIGINFO, values)
}

fn time_of(vm: &Vm, seconds: &Object) -> Result<host::time::Time> {
    Ok(host::time::Time::from_nanos(nanoseconds(vm, seconds, Round::Up)?.into()))
}

fn timer_pair((value, interval): (host::time::Time, host::time::Time)) -> (f64, f64) {
    let seconds = |t: host::time::Time| t.sec as f64 + t.nsec as f64 * 1e-9;
    (seconds(value), seconds(interval))
}

/// Raises `signal.ItimerError`.
fn timer_failed(vm: &Vm, error: &std::io::Error) -> Raised {
    let raised = failed(vm, error);
    let module = vm.interp().modules.get().and_then(|m| m.get_str(vm, "_signal"));
    let Some(module) = module else { return raised };
    let Some(plain) = vm.take_raised() else { return raised };
    let made = attr::getattr(vm, &module, &vm.intern("ItimerError")).and_then(|kind| {
        let args = attr::getattr(vm, &plain, vm.names().args())?;
        match args.cast::<Tuple>() {
            Some(args) => call::call(vm, &kind, args.items()),
            None => Ok(plain),
        }
    });
    match made {
        Ok(error) => vm.raise(error),
        Err(raised) => raised,
    }
}

/// This module provides mechanisms to use signal handlers in Python.
#[pymodule("_signal")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        for (name, value) in host::constants::SIGNAL {
            dict.set_str(vm, name, Int::from_i64(*value))?;
        }
        let (first, last) = host::constants::realtime_signals();
        dict.set_str(vm, "SIGRTMIN", Object::int32(first))?;
        dict.set_str(vm, "SIGRTMAX", Object::int32(last))?;
        dict.set_str(vm, "NSIG", Object::int32(COUNT))?;
        dict.set_str(vm, "struct_siginfo", StructSeq::class(vm, &SIGINFO)?.into_object())?;
        let error = vm::exception::new_class(vm, "signal", "itimer_error", types::OSError.get())?;
        dict.set_str(vm, "ItimerError", error)?;
        let handlers = &vm.interp().signals;
        for number in 1..COUNT {
            let handler = match system::action(number) {
                Ok(Action::Default) => Some(Object::int32(0)),
                Ok(Action::Ignore) => Some(Object::int32(1)),
                _ => None,
            };
            if handlers.handler(number).is_none() {
                handlers.set_handler(number, handler);
            }
        }
        let interrupt = host::constants::find(host::constants::SIGNAL, "SIGINT").unwrap_or(2) as i32;
        if system::action(interrupt).is_ok_and(|a| a == Action::Default) && vm.is_main_thread() {
            handlers.set_handler(interrupt, dict.get_str(vm, "default_int_handler"));
            let _ = system::set_action(interrupt, Action::Note);
        }
        Ok(())
    }

    /// The default handler for SIGINT installed by Python: it raises KeyboardInterrupt.
    #[py("default_int_handler(signalnum, frame, /)")]
    fn default_int_handler(vm: &Vm, signalnum: i32, frame: &Object) -> Result<()> {
        let _ = (signalnum, frame);
        Err(vm.raise_empty(&types::KeyboardInterrupt))
    }

    /// Arrange for SIGALRM to arrive after the given number of seconds.
    #[py("alarm(seconds, /)")]
    fn alarm(seconds: i32) -> u32 {
        system::alarm(seconds as u32)
    }

    /// Wait until a signal arrives.
    #[py("pause()")]
    fn pause(vm: &Vm) -> Result<()> {
        vm.allow_threads(system::pause);
        vm::interp::check_signals(vm)
    }

    /// Send a signal to the executing process.
    #[py("raise_signal(signalnum, /)")]
    fn raise_signal(vm: &Vm, signalnum: i32) -> Result<()> {
        system::raise(signalnum).map_err(|error| failed(vm, &error))?;
        vm::interp::check_signals(vm)
    }

    /// Set the action for the given signal; give the one before.
    ///
    /// The action can be SIG_DFL, SIG_IGN, or a callable Python object, which is
    /// called with the signal's number and the interrupted frame.
    #[py("signal(signalnum, handler, /)")]
    fn signal(vm: &Vm, signalnum: i32, handler: &Object) -> Result<Object> {
        if !vm.is_main_thread() {
            bail!(vm, ValueError, "signal only works in main thread of the main interpreter");
        }
        check_number(vm, signalnum)?;
        let plain = if handler.is_instance_of::<Int>() { Int::to_i64(handler) } else { None };
        let action = match plain {
            Some(0) => Action::Default,
            Some(1) => Action::Ignore,
            _ if call::is_callable(handler) => Action::Note,
            _ => bail!(vm, TypeError, "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"),
        };
        vm::interp::check_signals(vm)?;
        system::set_action(signalnum, action).map_err(|error| failed(vm, &error))?;
        let stored = match action {
            Action::Default => Object::int32(0),
            Action::Ignore => Object::int32(1),
            _ => handler.clone(),
        };
        Ok(vm.interp().signals.set_handler(signalnum, Some(stored)).unwrap_or_else(none))
    }

    /// Return the current action for the given signal: SIG_IGN, SIG_DFL, a callable, or None for an unknown handler.
    #[py("getsignal(signalnum, /)")]
    fn getsignal(vm: &Vm, signalnum: i32) -> Result<Option<Object>> {
        check_number(vm, signalnum)?;
        Ok(vm.interp().signals.handler(signalnum))
    }

    /// Return the system description of the given signal, or None for an unknown one.
    #[py("strsignal(signalnum, /)")]
    fn strsignal(vm: &Vm, signalnum: i32) -> Result<Option<String>> {
        check_number(vm, signalnum)?;
        Ok(system::describe(signalnum))
    }

    /// Change system call restart behaviour: a signal interrupts calls if flag is true, else they are restarted.
    #[py("siginterrupt(signalnum, flag, /)")]
    fn siginterrupt(vm: &Vm, signalnum: i32, flag: bool) -> Result<()> {
        check_number(vm, signalnum)?;
        system::set_interrupts(signalnum, flag).map_err(|error| failed(vm, &error))
    }

    /// Set the descriptor that the numbers of arriving signals are written to; give the one before, -1 for none.
    #[py("set_wakeup_fd(fd, /, *, warn_on_full_buffer=True)")]
    fn set_wakeup_fd(vm: &Vm, fd: i32, warn_on_full_buffer: bool) -> Result<i32> {
        if !vm.is_main_thread() {
            bail!(vm, ValueError, "set_wakeup_fd only works in main thread of the main interpreter");
        }
        if fd != -1 && host::fd::is_blocking(fd).map_err(|error| failed(vm, &error))? {
            bail!(vm, ValueError, "the fd {fd} must be in non-blocking mode");
        }
        Ok(system::set_wakeup_fd(fd, warn_on_full_buffer))
    }

    /// Set the given interval timer (ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF); give its values before.
    #[py("setitimer(which, seconds, interval=0.0, /)")]
    fn setitimer(vm: &Vm, which: i32, seconds: &Object, interval: Option<&Object>) -> Result<(f64, f64)> {
        let value = time_of(vm, seconds)?;
        let interval = interval.map_or(Ok(host::time::Time::default()), |interval| time_of(vm, interval))?;
        system::set_timer(which, value, interval).map(timer_pair).map_err(|error| timer_failed(vm, &error))
    }

    /// Return current value of given itimer: the time left, and the interval.
    #[py("getitimer(which, /)")]
    fn getitimer(vm: &Vm, which: i32) -> Result<(f64, f64)> {
        system::timer(which).map(timer_pair).map_err(|error| timer_failed(vm, &error))
    }

    /// Fetch and/or change the signal mask of the calling thread; give the one before.
    #[py("pthread_sigmask(how, mask, /)")]
    fn pthread_sigmask(vm: &Vm, how: i32, mask: &Object) -> Result<Object> {
        let signals = signals_of(vm, mask)?;
        let before = system::mask(how, &signals).map_err(|error| failed(vm, &error))?;
        vm::interp::check_signals(vm)?;
        set_of(vm, &before)
    }

    /// Examine pending signals: those that were raised while they were blocked.
    #[py("sigpending()")]
    fn sigpending(vm: &Vm) -> Result<Object> {
        let pending = system::pending().map_err(|error| failed(vm, &error))?;
        set_of(vm, &pending)
    }

    /// Wait for one of the signals, take it, and return its number.
    #[py("sigwait(sigset, /)")]
    fn sigwait(vm: &Vm, sigset: &Object) -> Result<i32> {
        let signals = signals_of(vm, sigset)?;
        vm.allow_threads(|| system::wait(&signals)).map_err(|error| failed(vm, &error))
    }

    /// Wait synchronously until one of the signals is delivered; give what is known of it.
    #[py("sigwaitinfo(sigset, /)")]
    fn sigwaitinfo(vm: &Vm, sigset: &Object) -> Result<Object> {
        let signals = signals_of(vm, sigset)?;
        let info = vm.blocking_call(|| system::wait_info(&signals, None))?;
        siginfo(vm, &info)
    }

    /// Like sigwaitinfo(), but with a timeout in seconds; None when it is over.
    #[py("sigtimedwait(sigset, timeout, /)")]
    fn sigtimedwait(vm: &Vm, sigset: &Object, timeout: &Object) -> Result<Option<Object>> {
        let nanos = nanoseconds(vm, timeout, Round::Up)?;
        if nanos < 0 {
            bail!(vm, ValueError, "timeout must be non-negative");
        }
        let signals = signals_of(vm, sigset)?;
        let until = host::time::Time::after(nanos).nanos();
        let result = vm.blocking(|| {
            let left = (until - host::time::monotonic().nanos()).max(0);
            system::wait_info(&signals, Some(host::time::Time::from_nanos(left)))
        })?;
        match result {
            Ok(info) => siginfo(vm, &info).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(failed(vm, &error)),
        }
    }

    /// Send a signal to a thread.
    #[py("pthread_kill(thread_id, signalnum, /)")]
    fn pthread_kill(vm: &Vm, thread_id: u64, signalnum: i32) -> Result<()> {
        vm.audit("signal.pthread_kill", &[Int::from_i128(thread_id.into()), Object::int32(signalnum)])?;
        system::kill_thread(thread_id, signalnum).map_err(|error| failed(vm, &error))?;
        vm::interp::check_signals(vm)
    }

    /// Send a signal to the process that a pidfd refers to.
    #[py("pidfd_send_signal(pidfd, signalnum, siginfo=None, flags=0, /)")]
    fn pidfd_send_signal(vm: &Vm, pidfd: i32, signalnum: i32, siginfo: Option<&Object>, flags: u32) -> Result<()> {
        if siginfo.is_some() {
            bail!(vm, TypeError, "siginfo must be None");
        }
        host::process::pidfd_send_signal(pidfd, signalnum, flags).map_err(|error| failed(vm, &error))
    }

    /// Return the set of the signal numbers that can be used on this platform.
    #[py("valid_signals()")]
    fn valid_signals(vm: &Vm) -> Result<Object> {
        set_of(vm, &system::valid())
    }
}
