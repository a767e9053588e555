//! Threads: names for them, and where their stacks lie.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::{LazyLock, Mutex, PoisonError};

/// The kernel's numbers of the threads that asked for their [`id`] and still run.
static THREADS: LazyLock<Mutex<HashMap<u64, i32>>> = LazyLock::new(Mutex::default);

struct Registered(u64);

impl Drop for Registered {
    fn drop(&mut self) {
        THREADS.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

thread_local! {
    static SELF: OnceCell<Registered> = const { OnceCell::new() };
}

/// This thread's name as the C library has it (`pthread_self`): unique among the threads that run.
pub fn id() -> u64 {
    let id = get!(libc::pthread_self()) as u64;
    let register = |cell: &OnceCell<Registered>| {
        cell.get_or_init(|| {
            THREADS.lock().unwrap_or_else(PoisonError::into_inner).insert(id, native_id());
            Registered(id)
        });
    };
    // In a thread that is about to end there is nothing to register.
    let _ = SELF.try_with(register);
    id
}

/// This thread's number as the kernel has it (`gettid`).
pub fn native_id() -> i32 {
    get!(libc::gettid())
}

/// The kernel's number of a running thread that has asked for its [`id`].
pub fn native_of(id: u64) -> Option<i32> {
    THREADS.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
}

/// In a child after `fork`: this thread is the only one, and has a new number.
///
/// Must be called before any other function of this module; `fork` must have been called with no other thread inside
/// this module, or the child waits for ever.
pub fn after_fork() {
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    threads.clear();
    threads.insert(get!(libc::pthread_self()) as u64, native_id());
}

/// Sets the name that the system shows for this thread, cut to 15 bytes; what is no UTF-8 boundary is cut too.
pub fn set_name(name: &str) -> io::Result<()> {
    let mut end = name.len().min(15);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let name = std::ffi::CString::new(&name[..end])?;
    call0!(libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()))
}

/// The name that the system shows for this thread.
pub fn name() -> io::Result<String> {
    let mut name = [0u8; 16];
    call0!(libc::pthread_getname_np(libc::pthread_self(), name.as_mut_ptr().cast(), name.len()))?;
    Ok(String::from_utf8_lossy(name.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned())
}

/// The addresses of this thread's stack, guard pages left out. It grows from the end down.
///
/// The main thread's stack is as large as its limit says now, which the system may not be able to give.
pub fn stack() -> io::Result<Range<usize>> {
    let mut attributes = zeroed!(libc::pthread_attr_t);
    call0!(libc::pthread_getattr_np(libc::pthread_self(), &mut attributes))?;
    let (mut low, mut size, mut guard) = (std::ptr::null_mut(), 0, 0);
    let found = call0!(libc::pthread_attr_getstack(&attributes, &mut low, &mut size));
    get!(libc::pthread_attr_getguardsize(&attributes, &mut guard));
    get!(libc::pthread_attr_destroy(&mut attributes));
    found?;
    let low = low as usize;
    Ok(low + guard.min(size)..low + size)
}

/// Roughly where this thread's stack ends now: the address of a local variable.
#[inline(never)]
pub fn stack_pointer() -> usize {
    let here = 0u8;
    std::hint::black_box(&raw const here) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_known_while_they_run() {
        let other = std::thread::spawn(|| {
            assert!(stack().unwrap().contains(&stack_pointer()));
            set_name("a name that is töö long").unwrap();
            (id(), native_id(), native_of(id()))
        });
        let (id, native, found) = other.join().unwrap();
        assert_eq!(found, Some(native));
        assert_eq!(native_of(id), None);
        assert_eq!(crate::signal::kill_thread(id, 0).unwrap_err().raw_os_error(), Some(libc::ESRCH));
        crate::signal::kill_thread(super::id(), 0).unwrap();
        let stack = stack().unwrap();
        assert!(stack.contains(&stack_pointer()) && stack.len() > 65536);
    }
}
