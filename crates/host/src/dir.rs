//! Listing directories.

use crate::fd::{self, Fd};
use std::ffi::CStr;
use std::io;
use std::ptr::NonNull;

/// An open directory; iterates over its entries but for `.` and `..`.
pub struct Dir {
    stream: NonNull<libc::DIR>,
}

// SAFETY: a stream may be used from any thread as long as only one uses it at a time, and `next` takes `&mut`.
unsafe impl Send for Dir {}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: Vec<u8>,
    /// Its number within the device.
    pub ino: u64,
    /// What it is, where the file system says so without being asked for more: a `DT_*`, `DT_UNKNOWN` otherwise.
    pub kind: u8,
}

impl Dir {
    /// Opens the directory `path`.
    pub fn open(path: &CStr) -> io::Result<Dir> {
        let fd = fd::open(path, libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC, 0)?;
        Dir::adopt(fd)
    }

    /// Lists the directory that `fd` is open on; `fd` itself stays the caller's and is read from its start.
    pub fn from_fd(fd: Fd) -> io::Result<Dir> {
        let mut dir = Dir::adopt(fd::dup(fd)?)?;
        dir.rewind();
        Ok(dir)
    }

    fn adopt(fd: Fd) -> io::Result<Dir> {
        match NonNull::new(get!(libc::fdopendir(fd))) {
            Some(stream) => Ok(Dir { stream }),
            None => {
                let error = io::Error::last_os_error();
                let _ = fd::close(fd);
                Err(error)
            }
        }
    }

    /// Goes back to the first entry.
    pub fn rewind(&mut self) {
        // SAFETY: the stream is open until `drop`.
        unsafe { libc::rewinddir(self.stream.as_ptr()) };
    }
}

impl Iterator for Dir {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<io::Result<Entry>> {
        loop {
            crate::set_errno(0);
            // SAFETY: the stream is open until `drop`; the entry is copied before the next call (I3).
            let entry = unsafe {
                let Some(entry) = NonNull::new(libc::readdir(self.stream.as_ptr())) else {
                    return (crate::errno() != 0).then(|| Err(io::Error::last_os_error()));
                };
                let entry = entry.as_ptr();
                // The structure may be shorter than its type: its fields are read through the pointer.
                let name = CStr::from_ptr((&raw const (*entry).d_name).cast()).to_bytes().to_vec();
                Entry { name, ino: (*entry).d_ino, kind: (*entry).d_type }
            };
            if entry.name != b"." && entry.name != b".." {
                return Some(Ok(entry));
            }
        }
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        // SAFETY: the stream is open, and closed here only.
        unsafe { libc::closedir(self.stream.as_ptr()) };
    }
}
