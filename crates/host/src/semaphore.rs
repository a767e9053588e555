//! What processes share by a name: semaphores (`sem_open(3)`) and memory (`shm_open(3)`).

use crate::time::Time;
use std::collections::HashMap;
use std::ffi::CStr;
use std::io;
use std::sync::{LazyLock, Mutex, PoisonError};

/// How often each open semaphore is held by this process. What is not in here is none of ours and is never touched.
static OPEN: LazyLock<Mutex<HashMap<usize, usize>>> = LazyLock::new(Mutex::default);

fn open() -> std::sync::MutexGuard<'static, HashMap<usize, usize>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An open semaphore; closed with the last one of this process.
#[derive(Debug)]
pub struct Semaphore(usize);

impl Semaphore {
    /// Makes a new one; `AlreadyExists` if there is one of that name.
    pub fn create(name: &CStr, value: u32) -> io::Result<Semaphore> {
        const MODE: libc::c_uint = 0o600;
        Self::opened(get!(libc::sem_open(name.as_ptr(), libc::O_CREAT | libc::O_EXCL, MODE, value)))
    }

    /// Opens the one of that name.
    pub fn named(name: &CStr) -> io::Result<Semaphore> {
        Self::opened(get!(libc::sem_open(name.as_ptr(), 0)))
    }

    fn opened(pointer: *mut libc::sem_t) -> io::Result<Semaphore> {
        if pointer == libc::SEM_FAILED {
            return Err(io::Error::last_os_error());
        }
        *open().entry(pointer as usize).or_default() += 1;
        Ok(Semaphore(pointer as usize))
    }

    /// The one that [`Semaphore::handle`] named in this process, or in one that it was forked from.
    pub fn of_handle(handle: usize) -> Option<Semaphore> {
        *open().get_mut(&handle)? += 1;
        Some(Semaphore(handle))
    }

    /// Its number in this process.
    pub fn handle(&self) -> usize {
        self.0
    }

    fn pointer(&self) -> *mut libc::sem_t {
        self.0 as *mut libc::sem_t
    }

    /// Takes one if there is one; whether there was.
    pub fn try_take(&self) -> io::Result<bool> {
        // In the calls below the pointer is an open semaphore's (see `OPEN`).
        match call!(libc::sem_trywait(self.pointer())) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Waits for one, until a moment of the real-time clock; false when the time is over. A signal ends it with
    /// `Interrupted`.
    pub fn take(&self, until: Option<Time>) -> io::Result<bool> {
        let taken = match until.map(Time::to_c) {
            Some(until) => call!(libc::sem_timedwait(self.pointer(), &until)),
            None => call!(libc::sem_wait(self.pointer())),
        };
        match taken {
            Ok(_) => Ok(true),
            Err(error) if error.raw_os_error() == Some(libc::ETIMEDOUT) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives one back.
    pub fn give(&self) -> io::Result<()> {
        call!(libc::sem_post(self.pointer())).map(drop)
    }

    /// How many there are.
    pub fn value(&self) -> io::Result<i32> {
        let mut value = 0;
        call!(libc::sem_getvalue(self.pointer(), &mut value))?;
        Ok(value)
    }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        let mut open = open();
        if let Some(count) = open.get_mut(&self.0) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.0);
                get!(libc::sem_close(self.pointer()));
            }
        }
    }
}

/// Takes a semaphore's name away; processes that have it open keep it.
pub fn unlink(name: &CStr) -> io::Result<()> {
    call!(libc::sem_unlink(name.as_ptr())).map(drop)
}

/// Opens named memory; the descriptor is not inherited.
pub fn open_memory(name: &CStr, flags: i32, mode: u32) -> io::Result<crate::fd::Fd> {
    call!(libc::shm_open(name.as_ptr(), flags | libc::O_CLOEXEC, mode))
}

/// Takes the name of memory away; processes that have it open keep it.
pub fn unlink_memory(name: &CStr) -> io::Result<()> {
    call!(libc::shm_unlink(name.as_ptr())).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semaphore_counts() {
        let name = std::ffi::CString::new(format!("/taipan-{}", std::process::id())).unwrap();
        let semaphore = Semaphore::create(&name, 1).unwrap();
        assert_eq!(Semaphore::create(&name, 1).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        let same = Semaphore::named(&name).unwrap();
        unlink(&name).unwrap();
        assert!(same.try_take().unwrap() && !semaphore.try_take().unwrap());
        assert!(!semaphore.take(Some(Time::default())).unwrap());
        semaphore.give().unwrap();
        assert_eq!(same.value().unwrap(), 1);
        let again = Semaphore::of_handle(same.handle()).unwrap();
        drop((semaphore, same));
        assert!(again.take(None).unwrap());
        assert!(Semaphore::of_handle(12345).is_none());
    }
}
