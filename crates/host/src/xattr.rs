//! Extended attributes.

use crate::fd::Fd;
use std::ffi::CStr;
use std::io;

/// Which file.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// By name, and whether a symbolic link at its end is followed.
    Path(&'a CStr, bool),
    /// An open one.
    Fd(Fd),
}

/// The value of the attribute `name`.
pub fn get(target: Target<'_>, name: &CStr) -> io::Result<Vec<u8>> {
    sized(|pointer, len| match target {
        Target::Path(path, true) => get!(libc::getxattr(path.as_ptr(), name.as_ptr(), pointer.cast(), len)),
        Target::Path(path, false) => get!(libc::lgetxattr(path.as_ptr(), name.as_ptr(), pointer.cast(), len)),
        Target::Fd(fd) => get!(libc::fgetxattr(fd, name.as_ptr(), pointer.cast(), len)),
    })
}

/// The names of all attributes.
pub fn list(target: Target<'_>) -> io::Result<Vec<Vec<u8>>> {
    let joined = sized(|pointer, len| match target {
        Target::Path(path, true) => get!(libc::listxattr(path.as_ptr(), pointer.cast(), len)),
        Target::Path(path, false) => get!(libc::llistxattr(path.as_ptr(), pointer.cast(), len)),
        Target::Fd(fd) => get!(libc::flistxattr(fd, pointer.cast(), len)),
    })?;
    Ok(joined.split(|b| *b == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
}

/// Sets the attribute `name`; `flags` is 0, `XATTR_CREATE` or `XATTR_REPLACE`.
pub fn set(target: Target<'_>, name: &CStr, value: &[u8], flags: i32) -> io::Result<()> {
    let (pointer, len) = (value.as_ptr().cast(), value.len());
    match target {
        Target::Path(path, true) => call!(libc::setxattr(path.as_ptr(), name.as_ptr(), pointer, len, flags)),
        Target::Path(path, false) => call!(libc::lsetxattr(path.as_ptr(), name.as_ptr(), pointer, len, flags)),
        Target::Fd(fd) => call!(libc::fsetxattr(fd, name.as_ptr(), pointer, len, flags)),
    }
    .map(drop)
}

/// Removes the attribute `name`.
pub fn remove(target: Target<'_>, name: &CStr) -> io::Result<()> {
    match target {
        Target::Path(path, true) => call!(libc::removexattr(path.as_ptr(), name.as_ptr())),
        Target::Path(path, false) => call!(libc::lremovexattr(path.as_ptr(), name.as_ptr())),
        Target::Fd(fd) => call!(libc::fremovexattr(fd, name.as_ptr())),
    }
    .map(drop)
}

/// Calls with a buffer that is large enough.
fn sized(ask: impl Fn(*mut u8, usize) -> isize) -> io::Result<Vec<u8>> {
    for len in [128, 65536] {
        let mut buffer = vec![0u8; len];
        match crate::call::check(ask(buffer.as_mut_ptr(), len)) {
            Ok(got) => {
                buffer.truncate(got as usize);
                return Ok(buffer);
            }
            Err(error) if error.raw_os_error() == Some(libc::ERANGE) => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from_raw_os_error(libc::ERANGE))
}
