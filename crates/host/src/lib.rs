//! The operating system behind a safe API that knows no Python.
//!
//! Everything here returns `io::Result` or plain data. Paths are NUL-terminated bytes (`&CStr`), as the system has them;
//! file descriptors are plain numbers, because Python hands them around as such: closing one that another owner still
//! uses is that program's error, never memory unsafety. Nothing is retried: a call cut short by a signal returns
//! `ErrorKind::Interrupted`, and the caller runs Python's handlers and calls again (PEP 475).
//!
//! # Unsafe
//!
//! Only this crate names `libc`. Its blocks lean on these invariants, by number:
//!
//! - **I1** Pointers given to a call come from references or slices that outlive the call, with their true length; C
//!   strings are `CStr`. The call keeps none of them.
//! - **I2** Structures that a call fills are plain C data for which all zeros is a valid value.
//! - **I3** A pointer that a call returns is checked for NULL and copied from before anything can invalidate it.
//! - **I4** What runs in a signal handler or between `fork` and `exec` is async-signal-safe: it allocates nothing, takes
//!   no lock, and touches atomics and stack memory only.
#![cfg(unix)]

#[macro_use]
mod call;
pub mod constants;
pub mod dir;
pub mod env;
pub mod fault;
pub mod fd;
pub mod fs;
pub mod futex;
pub mod limits;
pub mod locale;
pub mod log;
pub mod mmap;
pub mod netdb;
pub mod poll;
pub mod process;
pub mod semaphore;
pub mod signal;
pub mod socket;
pub mod spawn;
pub mod system;
pub mod text;
pub mod thread;
pub mod time;
pub mod tty;
pub mod users;
pub mod xattr;
pub mod zlib;

pub use call::{errno, error_text, set_errno};
