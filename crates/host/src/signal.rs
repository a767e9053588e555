//! Signals: a handler that only notes what came, masks, timers.
//!
//! Whoever runs Python code calls [`take`] at safe points; [`arrived`] is the cheap question whether that is worth it.

use crate::fd::Fd;
use crate::process::Pid;
use crate::time::Time;
use std::ffi::CStr;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, Ordering};

/// One more than the largest signal's number.
pub const COUNT: i32 = 65;

static ARRIVED: AtomicBool = AtomicBool::new(false);
static FLAGS: [AtomicBool; COUNT as usize] = [const { AtomicBool::new(false) }; COUNT as usize];
static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
static WAKEUP_ERROR: AtomicI32 = AtomicI32::new(0);
static NOTIFIED: AtomicPtr<AtomicU32> = AtomicPtr::new(std::ptr::null_mut());
static NOTIFIED_BIT: AtomicU32 = AtomicU32::new(0);
static WARN_ON_FULL: AtomicBool = AtomicBool::new(true);

/// What a signal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// What the system does by default.
    Default,
    /// Nothing.
    Ignore,
    /// It is noted for [`take`].
    Note,
    /// Something that another part of the process installed.
    Foreign,
}

/// Notes a signal and writes its number to the wake-up descriptor (I4).
extern "C" fn note(signal: i32) {
    let errno = crate::errno();
    mark(signal);
    let fd = WAKEUP_FD.load(Ordering::Relaxed);
    if fd != -1
        && let Err(error) = crate::fd::write(fd, &[signal as u8])
    {
        let error = error.raw_os_error().unwrap_or(0);
        if WARN_ON_FULL.load(Ordering::Relaxed) || error != libc::EAGAIN {
            WAKEUP_ERROR.store(error, Ordering::Relaxed);
        }
    }
    crate::set_errno(errno);
}

/// Notes a signal as if it had come (`_thread.interrupt_main`).
pub fn mark(signal: i32) {
    if let Some(flag) = usize::try_from(signal).ok().and_then(|index| FLAGS.get(index)) {
        flag.store(true, Ordering::Relaxed);
        ARRIVED.store(true, Ordering::Release);
        let word = NOTIFIED.load(Ordering::Acquire);
        if !word.is_null() {
            // SAFETY: `notify` takes 'static words only.
            unsafe { &*word }.fetch_or(NOTIFIED_BIT.load(Ordering::Relaxed), Ordering::AcqRel);
        }
    }
}

/// Makes every signal that is noted set `bit` in `word` too.
pub fn notify(word: &'static AtomicU32, bit: u32) {
    NOTIFIED_BIT.store(bit, Ordering::Relaxed);
    NOTIFIED.store(std::ptr::from_ref(word).cast_mut(), Ordering::Release);
}

/// Whether any signal came since the last [`take`].
#[inline]
pub fn arrived() -> bool {
    ARRIVED.load(Ordering::Relaxed)
}

/// The flag behind [`arrived`], for machine code that looks at it itself.
pub fn arrived_flag() -> &'static AtomicBool {
    &ARRIVED
}

/// The signals that came, in ascending order, each once. They count as handled from now on.
pub fn take() -> Vec<i32> {
    if !ARRIVED.swap(false, Ordering::Acquire) {
        return Vec::new();
    }
    (1..COUNT).filter(|signal| FLAGS[*signal as usize].swap(false, Ordering::Relaxed)).collect()
}

/// Forgets what came: in a child after `fork`.
pub fn clear() {
    take();
}

/// Why writing to the wake-up descriptor failed since the last call, an errno.
pub fn take_wakeup_error() -> Option<i32> {
    Some(WAKEUP_ERROR.swap(0, Ordering::Relaxed)).filter(|error| *error != 0)
}

/// Sets the descriptor that signals are written to (−1: none); gives the one before.
pub fn set_wakeup_fd(fd: Fd, warn_on_full_buffer: bool) -> Fd {
    WARN_ON_FULL.store(warn_on_full_buffer, Ordering::Relaxed);
    WAKEUP_FD.swap(fd, Ordering::Relaxed)
}

fn action_of(action: &libc::sigaction) -> Action {
    match action.sa_sigaction {
        libc::SIG_DFL => Action::Default,
        libc::SIG_IGN => Action::Ignore,
        handler if handler == note as *const () as usize => Action::Note,
        _ => Action::Foreign,
    }
}

/// What `signal` does now.
pub fn action(signal: i32) -> io::Result<Action> {
    let mut old = zeroed!(libc::sigaction);
    call!(libc::sigaction(signal, std::ptr::null(), &mut old))?;
    Ok(action_of(&old))
}

/// Sets what `signal` does; calls that it cuts short are not restarted. Gives what it did before.
pub fn set_action(signal: i32, action: Action) -> io::Result<Action> {
    let mut new = zeroed!(libc::sigaction);
    new.sa_sigaction = match action {
        Action::Default => libc::SIG_DFL,
        Action::Ignore => libc::SIG_IGN,
        Action::Note => note as *const () as usize,
        Action::Foreign => return Err(io::Error::from_raw_os_error(libc::EINVAL)),
    };
    // On the alternate stack where a thread has one: a full stack must not make a signal fatal.
    new.sa_flags = libc::SA_ONSTACK;
    let mut old = zeroed!(libc::sigaction);
    call!(libc::sigaction(signal, &new, &mut old))?;
    Ok(action_of(&old))
}

/// Whether calls that `signal` cuts short fail with `Interrupted` or go on.
pub fn set_interrupts(signal: i32, interrupts: bool) -> io::Result<()> {
    let mut now = zeroed!(libc::sigaction);
    call!(libc::sigaction(signal, std::ptr::null(), &mut now))?;
    if interrupts {
        now.sa_flags &= !libc::SA_RESTART;
    } else {
        now.sa_flags |= libc::SA_RESTART;
    }
    call!(libc::sigaction(signal, &now, std::ptr::null_mut())).map(drop)
}

/// A C set of signals. A number that is none fails with `EINVAL`.
pub(crate) fn to_set(signals: &[i32]) -> io::Result<libc::sigset_t> {
    let mut set = zeroed!(libc::sigset_t);
    get!(libc::sigemptyset(&mut set));
    for signal in signals {
        call!(libc::sigaddset(&mut set, *signal))?;
    }
    Ok(set)
}

fn from_set(set: &libc::sigset_t) -> Vec<i32> {
    (1..COUNT).filter(|signal| get!(libc::sigismember(set, *signal)) == 1).collect()
}

/// Every signal that a program may use.
pub fn valid() -> Vec<i32> {
    let mut set = zeroed!(libc::sigset_t);
    get!(libc::sigfillset(&mut set));
    from_set(&set)
}

/// `pthread_sigmask(3)`: `how` is `SIG_BLOCK`, `SIG_UNBLOCK` or `SIG_SETMASK`. Gives the mask before.
pub fn mask(how: i32, signals: &[i32]) -> io::Result<Vec<i32>> {
    let (set, mut old) = (to_set(signals)?, zeroed!(libc::sigset_t));
    call0!(libc::pthread_sigmask(how, &set, &mut old))?;
    Ok(from_set(&old))
}

/// `sigpending(2)`
pub fn pending() -> io::Result<Vec<i32>> {
    let mut set = zeroed!(libc::sigset_t);
    call!(libc::sigpending(&mut set))?;
    Ok(from_set(&set))
}

/// `sigwait(3)`
pub fn wait(signals: &[i32]) -> io::Result<i32> {
    let (set, mut signal) = (to_set(signals)?, 0);
    call0!(libc::sigwait(&set, &mut signal))?;
    Ok(signal)
}

/// What came with a signal.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names are C's without si_")]
pub struct Info {
    pub signo: i32,
    pub code: i32,
    pub errno: i32,
    pub pid: Pid,
    pub uid: u32,
    pub status: i32,
    pub band: i64,
}

/// `sigtimedwait(2)`, or `sigwaitinfo(2)` without a timeout. `WouldBlock`: the time is over.
pub fn wait_info(signals: &[i32], timeout: Option<Time>) -> io::Result<Info> {
    let (set, mut info) = (to_set(signals)?, zeroed!(libc::siginfo_t));
    match timeout.map(Time::to_c) {
        Some(timeout) => call!(libc::sigtimedwait(&set, &mut info, &timeout))?,
        None => call!(libc::sigwaitinfo(&set, &mut info))?,
    };
    // SAFETY: plain numbers of the filled structure, whatever the signal.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    Ok(Info { signo: info.si_signo, code: info.si_code, errno: info.si_errno, pid, uid, status, band: 0 })
}

/// `raise(3)`
pub fn raise(signal: i32) -> io::Result<()> {
    match get!(libc::raise(signal)) {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ends the process by a signal, as if it had never been handled.
pub fn die_of(signal: i32) -> io::Result<()> {
    set_action(signal, Action::Default)?;
    mask(libc::SIG_UNBLOCK, &[signal])?;
    crate::process::kill(crate::process::getpid(), signal)
}

/// `pause(2)`: until a signal came.
pub fn pause() {
    get!(libc::pause());
}

/// `alarm(2)`: gives the seconds that were left.
pub fn alarm(seconds: u32) -> u32 {
    get!(libc::alarm(seconds))
}

/// `getitimer(2)`: time left and interval.
pub fn timer(which: i32) -> io::Result<(Time, Time)> {
    let mut value = zeroed!(libc::itimerval);
    call!(libc::getitimer(which as _, &mut value))?;
    Ok((Time::from_timeval(value.it_value), Time::from_timeval(value.it_interval)))
}

/// `setitimer(2)`: gives what was set before.
pub fn set_timer(which: i32, value: Time, interval: Time) -> io::Result<(Time, Time)> {
    let new = libc::itimerval { it_value: value.to_timeval(), it_interval: interval.to_timeval() };
    let mut old = zeroed!(libc::itimerval);
    call!(libc::setitimer(which as _, &new, &mut old))?;
    Ok((Time::from_timeval(old.it_value), Time::from_timeval(old.it_interval)))
}

/// Sends a signal to one thread, as [`crate::thread::id`] names it; `ESRCH` if it is none of ours or has ended.
pub fn kill_thread(thread: u64, signal: i32) -> io::Result<()> {
    let Some(tid) = crate::thread::native_of(thread) else {
        return Err(io::Error::from_raw_os_error(libc::ESRCH));
    };
    call!(libc::syscall(libc::SYS_tgkill, crate::process::getpid(), tid, signal)).map(drop)
}

/// `strsignal(3)`; `None` for no signal.
pub fn describe(signal: i32) -> Option<String> {
    if !(1..COUNT).contains(&signal) {
        return None;
    }
    // SAFETY: I3.
    let text = unsafe { libc::strsignal(signal).cast_const() };
    // SAFETY: checked for NULL; the C library's text lives until the next call in this thread.
    let text = (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned());
    text.filter(|text| !text.starts_with("Unknown signal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_noted_once() {
        let (from, to) = crate::fd::pipe(libc::O_CLOEXEC | libc::O_NONBLOCK).unwrap();
        assert_eq!(set_action(libc::SIGUSR1, Action::Note).unwrap(), Action::Default);
        assert_eq!(action(libc::SIGUSR1).unwrap(), Action::Note);
        set_wakeup_fd(to, true);
        for _ in 0..2 {
            raise(libc::SIGUSR1).unwrap();
        }
        assert!(arrived());
        assert_eq!(take(), [libc::SIGUSR1]);
        assert!(!arrived() && take().is_empty());
        let mut buffer = [0; 8];
        assert_eq!(crate::fd::read(from, &mut buffer).unwrap(), 2);
        assert_eq!(set_wakeup_fd(-1, true), to);
        mask(libc::SIG_BLOCK, &[libc::SIGUSR1]).unwrap();
        raise(libc::SIGUSR1).unwrap();
        assert_eq!(pending().unwrap(), [libc::SIGUSR1]);
        let info = wait_info(&[libc::SIGUSR1], Some(Time { sec: 5, nsec: 0 })).unwrap();
        assert_eq!((info.signo, info.pid), (libc::SIGUSR1, crate::process::getpid()));
        let over = wait_info(&[libc::SIGUSR1], Some(Time::default())).unwrap_err();
        assert_eq!(over.kind(), io::ErrorKind::WouldBlock);
        assert!(mask(libc::SIG_SETMASK, &[]).unwrap().contains(&libc::SIGUSR1));
        assert_eq!(set_action(libc::SIGUSR1, Action::Default).unwrap(), Action::Note);
    }

    #[test]
    fn numbers_are_checked() {
        assert_eq!(set_action(libc::SIGKILL, Action::Note).unwrap_err().raw_os_error(), Some(libc::EINVAL));
        assert!(mask(libc::SIG_BLOCK, &[1000]).is_err() && raise(1000).is_err());
        assert_eq!(describe(libc::SIGINT).as_deref(), Some("Interrupt"));
        assert_eq!(describe(1000), None);
        assert!(valid().contains(&libc::SIGTERM) && !valid().contains(&32));
    }
}
