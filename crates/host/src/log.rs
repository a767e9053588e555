//! The system's log.

use std::ffi::{CStr, CString};
use std::sync::Mutex;

/// The name that messages begin with; the C library keeps a pointer to it while the log is open.
static IDENT: Mutex<Option<CString>> = Mutex::new(None);

/// `openlog(3)`; without a name the C library takes the program's.
pub fn open(ident: Option<CString>, options: i32, facility: i32) {
    let mut kept = IDENT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    // The old name must live until the C library has the new one.
    let old = std::mem::replace(&mut *kept, ident);
    let name = kept.as_ref().map_or(std::ptr::null(), |name| name.as_ptr());
    get!(libc::openlog(name, options, facility));
    drop(old);
}

/// `syslog(3)`.
pub fn write(priority: i32, message: &CStr) {
    let _kept = IDENT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    get!(libc::syslog(priority, c"%s".as_ptr(), message.as_ptr()));
}

/// `closelog(3)`.
pub fn close() {
    let mut kept = IDENT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    get!(libc::closelog());
    *kept = None;
}

/// `setlogmask(3)`: the mask before.
pub fn set_mask(mask: i32) -> i32 {
    get!(libc::setlogmask(mask))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_mask_is_given_back() {
        let before = super::set_mask(7);
        assert_eq!(super::set_mask(before), 7);
    }
}
