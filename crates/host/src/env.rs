//! The process's environment.
//!
//! The C library reads it without a lock (`TZ`, `LC_*`, host name look-ups). Changes here are made by one thread at a
//! time and only grow the list, as the C library's own functions do; a program that changes the environment while
//! another thread is inside such a call takes the same risk as with CPython.

use std::ffi::CStr;
use std::io;
use std::sync::{Mutex, PoisonError};

unsafe extern "C" {
    static environ: *const *const libc::c_char;
}

static LOCK: Mutex<()> = Mutex::new(());

/// Every variable in order: name, value. Entries without `=` are left out.
pub fn all() -> Vec<(Vec<u8>, Vec<u8>)> {
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found = Vec::new();
    // SAFETY: I3: a NULL-terminated list of C strings, which nothing of ours changes while the lock is held.
    unsafe {
        let mut each = environ;
        while !each.is_null() && !(*each).is_null() {
            let entry = CStr::from_ptr(*each).to_bytes();
            // A name may begin with `=`.
            if let Some(at) = entry.iter().skip(1).position(|b| *b == b'=') {
                found.push((entry[..=at].to_vec(), entry[at + 2..].to_vec()));
            }
            each = each.add(1);
        }
    }
    found
}

/// Sets a variable. `EINVAL` for a name that is empty or holds `=`.
pub fn set(name: &CStr, value: &CStr) -> io::Result<()> {
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    call!(libc::setenv(name.as_ptr(), value.as_ptr(), 1)).map(drop)
}

/// Removes a variable, if there is one. `EINVAL` for a name that is empty or holds `=`.
pub fn unset(name: &CStr) -> io::Result<()> {
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    call!(libc::unsetenv(name.as_ptr())).map(drop)
}

/// Removes every variable.
pub fn clear() -> io::Result<()> {
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    call!(libc::clearenv()).map(drop)
}

/// One variable.
pub fn get(name: &CStr) -> Option<Vec<u8>> {
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: I1, I3, under the lock.
    unsafe { crate::call::copy_str(libc::getenv(name.as_ptr())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_come_and_go() {
        set(c"HOST_TEST", c"a=b").unwrap();
        assert_eq!(get(c"HOST_TEST").as_deref(), Some(&b"a=b"[..]));
        assert!(all().contains(&(b"HOST_TEST".to_vec(), b"a=b".to_vec())));
        unset(c"HOST_TEST").unwrap();
        assert_eq!(get(c"HOST_TEST"), None);
        assert!(set(c"a=b", c"").is_err() && set(c"", c"").is_err());
    }
}
