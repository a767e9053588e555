//! Faults: signals that end the process, caught to say where it stood; and what such a report may use.
//!
//! The functions that are called from a handler are plain `fn`s that must be async-signal-safe (I4).

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// What runs in a signal's handler: it allocates nothing and takes no lock.
pub type Report = fn(i32);

/// The signals of a fault, with the words for them.
pub const FATAL: [(i32, &str); 5] = [
    (libc::SIGBUS, "Bus error"),
    (libc::SIGILL, "Illegal instruction"),
    (libc::SIGFPE, "Floating-point exception"),
    (libc::SIGABRT, "Aborted"),
    (libc::SIGSEGV, "Segmentation fault"),
];

/// What is remembered of a signal whose handler is ours.
struct Caught {
    /// What was there before, leaked; null while the handler is not ours.
    before: AtomicPtr<libc::sigaction>,
    chain: AtomicBool,
}

static CAUGHT: [Caught; crate::signal::COUNT as usize] =
    [const { Caught { before: AtomicPtr::new(std::ptr::null_mut()), chain: AtomicBool::new(false) } };
        crate::signal::COUNT as usize];
static ON_FATAL: OnceLock<Report> = OnceLock::new();
static ON_USER: OnceLock<Report> = OnceLock::new();

fn caught(signal: i32) -> Option<&'static Caught> {
    CAUGHT.get(usize::try_from(signal).ok()?)
}

/// Sets our handler; what was there is remembered. Nothing happens where it is ours already.
fn catch(signal: i32, handler: extern "C" fn(i32), flags: i32) -> io::Result<()> {
    let Some(slot) = caught(signal) else { return Err(io::Error::from_raw_os_error(libc::EINVAL)) };
    if !slot.before.load(Ordering::Acquire).is_null() {
        return Ok(());
    }
    let (mut new, mut old) = (zeroed!(libc::sigaction), zeroed!(libc::sigaction));
    new.sa_sigaction = handler as *const () as usize;
    new.sa_flags = flags | libc::SA_ONSTACK;
    call!(libc::sigaction(signal, &new, &mut old))?;
    // A handler on its way may still read it, so it is never freed: a few words for each call of `enable`.
    slot.before.store(Box::leak(Box::new(old)), Ordering::Release);
    Ok(())
}

/// Puts back what was there before our handler; whether it was ours.
fn release(signal: i32) -> bool {
    let Some(slot) = caught(signal) else { return false };
    let before = slot.before.swap(std::ptr::null_mut(), Ordering::AcqRel);
    if before.is_null() {
        return false;
    }
    // SAFETY: leaked by `catch`, never written again.
    unsafe { libc::sigaction(signal, before, std::ptr::null_mut()) };
    true
}

/// Reports a fault once, then lets the signal do what it would have done.
extern "C" fn fatal(signal: i32) {
    let errno = crate::errno();
    release(signal);
    if let Some(report) = ON_FATAL.get() {
        report(signal);
    }
    // The language runtime's own handler lets the first signal pass, because a fault comes again by itself.
    if crate::signal::action(signal).is_ok_and(|action| action == crate::signal::Action::Foreign) {
        let _ = crate::signal::set_action(signal, crate::signal::Action::Default);
    }
    crate::set_errno(errno);
    get!(libc::raise(signal));
}

extern "C" fn user(signal: i32) {
    let errno = crate::errno();
    if let Some(report) = ON_USER.get() {
        report(signal);
    }
    if let Some(slot) = caught(signal)
        && slot.chain.load(Ordering::Relaxed)
    {
        let before = slot.before.load(Ordering::Acquire);
        if !before.is_null() {
            let mut ours = zeroed!(libc::sigaction);
            // SAFETY: `before` was leaked by `catch`.
            unsafe {
                libc::sigaction(signal, before, &mut ours);
                crate::set_errno(errno);
                libc::raise(signal);
                libc::sigaction(signal, &ours, std::ptr::null_mut());
            }
        }
    }
    crate::set_errno(errno);
}

/// Has `report` called when a signal of [`FATAL`] comes; the first report that is given stays.
pub fn catch_fatal(report: Report) -> io::Result<()> {
    ON_FATAL.get_or_init(|| report);
    give_stack();
    FATAL.iter().try_for_each(|(signal, _)| catch(*signal, fatal, libc::SA_NODEFER))
}

/// Lets the signals of [`FATAL`] do again what they did.
pub fn release_fatal() {
    for (signal, _) in FATAL {
        release(signal);
    }
}

/// Has `report` called when `signal` comes; then, with `chain`, what was there before. Calls go on that it cuts short.
pub fn catch_user(signal: i32, report: Report, chain: bool) -> io::Result<()> {
    ON_USER.get_or_init(|| report);
    give_stack();
    let Some(slot) = caught(signal) else { return Err(io::Error::from_raw_os_error(libc::EINVAL)) };
    slot.chain.store(chain, Ordering::Relaxed);
    // With what was there before called from inside, the signal must be able to come inside its own handler.
    catch(signal, user, if chain { libc::SA_NODEFER | libc::SA_RESTART } else { libc::SA_RESTART })
}

/// Undoes [`catch_user`]; whether there was something to undo.
pub fn release_user(signal: i32) -> bool {
    release(signal)
}

/// A stack for the calling thread's signals on which a report has room: a thread's usual one is 8 KiB.
pub struct SignalStack {
    before: libc::stack_t,
    room: Option<Box<[u8]>>,
}

impl SignalStack {
    /// Gives the calling thread such a stack until this is dropped, in the same thread.
    pub fn new() -> SignalStack {
        const ROOM: usize = 64 * 1024;
        let mut before = zeroed!(libc::stack_t);
        get!(libc::sigaltstack(std::ptr::null(), &mut before));
        let mut room = None;
        if before.ss_flags & libc::SS_DISABLE != 0 || before.ss_size < ROOM {
            let mut bytes = vec![0u8; ROOM].into_boxed_slice();
            let new = libc::stack_t { ss_sp: bytes.as_mut_ptr().cast(), ss_flags: 0, ss_size: ROOM };
            get!(libc::sigaltstack(&new, std::ptr::null_mut()));
            room = Some(bytes);
        }
        SignalStack { before, room }
    }

    /// As [`SignalStack::new`], if faults are or were reported in this process.
    pub fn if_wanted() -> Option<SignalStack> {
        ON_FATAL.get().map(|_| SignalStack::new())
    }
}

impl Default for SignalStack {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for SignalStack {
    fn drop(&mut self) {
        if self.room.is_some() {
            get!(libc::sigaltstack(&self.before, std::ptr::null_mut()));
        }
    }
}

/// For the rest of the calling thread's life.
fn give_stack() {
    std::mem::forget(SignalStack::new());
}

/// Writes everything, as far as it goes.
pub fn write_all(fd: i32, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match crate::fd::write(fd, bytes) {
            Ok(count) if count > 0 => bytes = &bytes[count.min(bytes.len())..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            _ => return,
        }
    }
}

/// Copies memory of this process by way of the kernel: false, and no fault, where there is none.
///
/// # Safety
/// Where the kernel does not offer that (a sandbox), the address must be of memory.
pub unsafe fn peek(address: usize, into: &mut [u8]) -> bool {
    let local = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    let remote = libc::iovec { iov_base: address as *mut _, iov_len: into.len() };
    if get!(libc::process_vm_readv(crate::process::getpid(), &local, 1, &remote, 1, 0)) == into.len() as isize {
        return true;
    }
    let refused = matches!(crate::errno(), libc::ENOSYS | libc::EPERM);
    if refused {
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy_nonoverlapping(address as *const u8, into.as_mut_ptr(), into.len()) };
    }
    refused
}

/// The word at an address; `None` where there is no memory.
///
/// # Safety
/// As [`peek`].
pub unsafe fn peek_word(address: usize) -> Option<u64> {
    let mut bytes = [0; 8];
    // SAFETY: the caller's promise.
    (address != 0 && unsafe { peek(address, &mut bytes) }).then(|| u64::from_ne_bytes(bytes))
}

/// A frame of the native stack.
pub struct Native {
    pub address: usize,
    /// The file that the code is of, empty if unknown; and its symbol, or the file itself, with the distance to it.
    pub file: &'static [u8],
    pub symbol: Option<(&'static [u8], isize)>,
}

/// Calls `each` with the frames of the calling thread's native stack, the innermost first, `most` at most; whether that
/// was all.
pub fn native_stack(most: usize, mut each: impl FnMut(Native)) -> bool {
    let mut frames = [std::ptr::null_mut::<libc::c_void>(); 64];
    let most = most.min(frames.len() - 1);
    let count = get!(libc::backtrace(frames.as_mut_ptr(), most as i32 + 1)).max(0) as usize;
    for frame in &frames[..count.min(most)] {
        let mut found = zeroed!(libc::Dl_info);
        let known = get!(libc::dladdr(*frame, &mut found)) != 0;
        let text = |pointer: *const libc::c_char| match known && !pointer.is_null() {
            // SAFETY: I3; the names of loaded objects live as long as these, which is for ever here.
            true => unsafe { std::ffi::CStr::from_ptr(pointer) }.to_bytes(),
            false => &[],
        };
        let (file, symbol) = (text(found.dli_fname), text(found.dli_sname));
        let origin = if symbol.is_empty() { found.dli_fbase } else { found.dli_saddr };
        let symbol = (!file.is_empty()).then_some((symbol, (*frame as isize).wrapping_sub(origin as isize)));
        each(Native { address: *frame as usize, file, symbol });
    }
    count <= most
}

/// The name that the system shows for a thread of this process, from any thread; the bytes that were written.
pub fn thread_name(thread: u64, into: &mut [u8; 16]) -> usize {
    let found = call0!(libc::pthread_getname_np(thread as libc::pthread_t, into.as_mut_ptr().cast(), into.len()));
    if found.is_err() { 0 } else { into.iter().position(|byte| *byte == 0).unwrap_or(0) }
}

/// Starts a thread to which no signal comes.
pub fn spawn_quiet(stack_size: usize, body: impl FnOnce() + Send + 'static) -> io::Result<std::thread::JoinHandle<()>> {
    let before = crate::signal::mask(libc::SIG_BLOCK, &crate::signal::valid())?;
    let started = std::thread::Builder::new().stack_size(stack_size).spawn(body);
    crate::signal::mask(libc::SIG_SETMASK, &before)?;
    started
}

/// A fault of memory: reads at address 0.
pub fn read_null() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the read faults, and changes nothing if a handler returns from it with the address mapped.
    unsafe {
        std::arch::asm!("mov {0}, [{0}]", inout(reg) 0usize => _, options(nostack, readonly));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = crate::signal::raise(libc::SIGSEGV);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicI32;

    static SEEN: AtomicI32 = AtomicI32::new(0);

    #[test]
    fn a_report_is_made_when_a_signal_comes() {
        catch_user(libc::SIGUSR2, |signal| SEEN.store(signal, Ordering::Relaxed), false).unwrap();
        crate::signal::raise(libc::SIGUSR2).unwrap();
        assert_eq!(SEEN.load(Ordering::Relaxed), libc::SIGUSR2);
        assert!(release_user(libc::SIGUSR2) && !release_user(libc::SIGUSR2));
        assert_eq!(crate::signal::action(libc::SIGUSR2).unwrap(), crate::signal::Action::Default);
    }

    #[test]
    fn memory_is_looked_at_without_faults() {
        let value = 0x1234_5678_9abc_def0_u64;
        // SAFETY: a local's address, and addresses that are of no memory where the kernel is asked.
        let [found, null] = unsafe { [peek_word(&raw const value as usize), peek_word(0)] };
        assert_eq!((found, null), (Some(value), None));
        let mut frames = 0;
        native_stack(10, |frame| frames += usize::from(frame.address != 0));
        assert!(frames > 1);
    }
}
