//! Waiting for another thread: a lock and an event that a signal can interrupt, as Python's must be.

use crate::time::Time;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

/// Waits until somebody wakes `word`, if it holds `expected`; at most until the monotonic clock shows `until`.
///
/// May come back early. `Interrupted`: a signal came; `TimedOut`: the time is over.
fn wait(word: &AtomicU32, expected: u32, until: Option<Time>) -> io::Result<()> {
    let until = until.map(Time::to_c);
    let until = until.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let operation = libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG;
    let nothing = std::ptr::null::<u32>();
    let every = u32::MAX;
    match call!(libc::syscall(libc::SYS_futex, word.as_ptr(), operation, expected, until, nothing, every)) {
        Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => Ok(()),
        done => done.map(drop),
    }
}

fn wake(word: &AtomicU32, count: i32) {
    let operation = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
    get!(libc::syscall(libc::SYS_futex, word.as_ptr(), operation, count));
}

const FREE: u32 = 0;
const HELD: u32 = 1;
const WANTED: u32 = 2;

/// A lock that any thread may release.
#[derive(Debug, Default)]
pub struct Lock(AtomicU32);

impl Lock {
    /// A free lock.
    pub const fn new() -> Lock {
        Lock(AtomicU32::new(FREE))
    }

    /// Takes the lock if it is free.
    #[inline]
    pub fn try_acquire(&self) -> bool {
        self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Takes the lock, waiting for it; `false` when the monotonic clock shows `until`. `Interrupted`: a signal came.
    pub fn acquire(&self, until: Option<Time>) -> io::Result<bool> {
        if self.try_acquire() {
            return Ok(true);
        }
        while self.0.swap(WANTED, Ordering::Acquire) != FREE {
            match wait(&self.0, WANTED, until) {
                Err(error) if error.raw_os_error() == Some(libc::ETIMEDOUT) => return Ok(false),
                other => other?,
            }
        }
        Ok(true)
    }

    /// Whether somebody holds it.
    pub fn is_held(&self) -> bool {
        self.0.load(Ordering::Relaxed) != FREE
    }

    /// Frees the lock; `false` if nobody held it.
    #[inline]
    pub fn release(&self) -> bool {
        match self.0.swap(FREE, Ordering::Release) {
            FREE => false,
            HELD => true,
            _ => {
                wake(&self.0, 1);
                true
            }
        }
    }

    /// Frees the lock whoever holds it: in a child after `fork`, where the holder may be gone.
    pub fn reset(&self) {
        self.0.store(FREE, Ordering::Release);
    }
}

/// Something that happens once.
#[derive(Debug, Default)]
pub struct Event(AtomicU32);

impl Event {
    /// An event that has not happened.
    pub const fn new() -> Event {
        Event(AtomicU32::new(0))
    }

    /// It has happened: all that wait go on.
    pub fn set(&self) {
        self.0.store(1, Ordering::Release);
        wake(&self.0, i32::MAX);
    }

    /// Whether it has happened.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire) == 1
    }

    /// Waits for it; `false` when the monotonic clock shows `until`. `Interrupted`: a signal came.
    pub fn wait(&self, until: Option<Time>) -> io::Result<bool> {
        while !self.is_set() {
            match wait(&self.0, 0, until) {
                Err(error) if error.raw_os_error() == Some(libc::ETIMEDOUT) => return Ok(self.is_set()),
                other => other?,
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn soon(nanos: i64) -> Option<Time> {
        Some(Time::after(nanos))
    }

    #[test]
    fn locks_and_events_pass_between_threads() {
        let (lock, event) = (Arc::new(Lock::new()), Arc::new(Event::new()));
        assert!(lock.try_acquire() && !lock.try_acquire() && lock.is_held());
        assert!(!lock.acquire(soon(1_000_000)).unwrap());
        assert!(!event.wait(soon(1_000_000)).unwrap());
        let (theirs, happened) = (lock.clone(), event.clone());
        let other = std::thread::spawn(move || {
            happened.set();
            theirs.acquire(None).unwrap()
        });
        assert!(event.wait(None).unwrap());
        assert!(lock.release());
        assert!(other.join().unwrap());
        assert!(lock.release() && !lock.release());
    }
}
