//! How C functions are called: the two macros that hold nearly all of this crate's `unsafe`.

use std::ffi::CStr;
use std::io;

/// Calls a C function that returns −1 on failure; gives `io::Result` of what it returns.
macro_rules! call {
    ($call:expr) => {{
        // SAFETY: I1, I2: arguments are numbers, C strings, or references with their true length.
        #[allow(unused_unsafe)]
        let result = unsafe { $call };
        crate::call::check(result)
    }};
}

/// Calls a C function that returns the error's number itself, 0 for success.
macro_rules! call0 {
    ($call:expr) => {{
        // SAFETY: I1, I2: arguments are numbers, C strings, or references with their true length.
        let result = unsafe { $call };
        match result {
            0 => Ok(()),
            error => Err(std::io::Error::from_raw_os_error(error)),
        }
    }};
}

/// Calls a C function that cannot fail.
macro_rules! get {
    ($call:expr) => {{
        // SAFETY: I1, I2: arguments are numbers, C strings, or references with their true length.
        #[allow(unused_unsafe)]
        let result = unsafe { $call };
        result
    }};
}

/// A C structure of zeros, for a call to fill.
macro_rules! zeroed {
    ($type:ty) => {{
        // SAFETY: I2.
        let value: $type = unsafe { std::mem::zeroed() };
        value
    }};
}

/// What may be −1.
pub trait Signed: Copy + PartialEq {
    /// −1
    const FAILED: Self;
}

impl Signed for i32 {
    const FAILED: i32 = -1;
}

impl Signed for i64 {
    const FAILED: i64 = -1;
}

impl Signed for isize {
    const FAILED: isize = -1;
}

/// −1 becomes the error of `errno`.
pub fn check<T: Signed>(result: T) -> io::Result<T> {
    if result == T::FAILED { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// The `errno` of this thread.
pub fn errno() -> i32 {
    io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Sets the `errno` of this thread.
pub fn set_errno(value: i32) {
    // SAFETY: the location is this thread's own and always valid.
    unsafe { *libc::__errno_location() = value };
}

/// `strerror`: the system's words for an error number.
pub fn error_text(errno: i32) -> String {
    let mut text = [0 as libc::c_char; 256];
    // SAFETY: I1; the result is NUL-terminated within the buffer, also when it is cut.
    unsafe {
        libc::strerror_r(errno, text.as_mut_ptr(), text.len());
        text[text.len() - 1] = 0;
        CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()
    }
}

/// Copies a C string that a call returned; `None` for NULL.
///
/// # Safety
/// `pointer` is NULL or a NUL-terminated string that lives until this returns (I3).
pub unsafe fn copy_str(pointer: *const libc::c_char) -> Option<Vec<u8>> {
    // SAFETY: the caller's promise.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_bytes().to_vec())
}
