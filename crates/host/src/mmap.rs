//! Files mapped into memory.
//!
//! Another process (or a second mapping) may change shared memory at any time, so no reference into a mapping outlives a
//! call: bytes are copied in and out.

use crate::fd::Fd;
use std::io;
use std::ptr::NonNull;

/// A mapping; unmapped when dropped.
#[derive(Debug)]
pub struct Map {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the memory belongs to the mapping alone; it is read and written through raw copies only.
unsafe impl Send for Map {}
// SAFETY: as above; threads that race here see torn bytes, as with any shared memory.
unsafe impl Sync for Map {}

impl Map {
    /// `mmap(2)` of `len` bytes, more than 0, of `fd` (−1: of no file) from `offset`.
    pub fn new(fd: Fd, len: usize, protection: i32, flags: i32, offset: i64) -> io::Result<Map> {
        // MAP_FIXED would tear holes into other memory.
        if flags & (libc::MAP_FIXED | libc::MAP_FIXED_NOREPLACE) != 0 {
            return Err(io::Error::from_raw_os_error(libc::EINVAL));
        }
        let start = get!(libc::mmap(std::ptr::null_mut(), len, protection, flags, fd, offset));
        match NonNull::new(start.cast()) {
            Some(start) if start.as_ptr() as isize != -1 => Ok(Map { start, len }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The address, for `ctypes` and buffers handed to other code; dereferencing it is that code's responsibility.
    pub fn address(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    fn check(&self, at: usize, count: usize) -> io::Result<()> {
        let fits = at.checked_add(count).is_some_and(|end| end <= self.len);
        if fits { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::EINVAL)) }
    }

    /// Calls `look` with the bytes, which stay where they are; the mapping must have been made readable. Others may write to
    /// shared memory meanwhile, so `look` copies and draws no conclusions from what it reads twice.
    pub fn with<R>(&self, look: impl FnOnce(&[u8]) -> R) -> R {
        // SAFETY: the whole mapping, which lives as long as `self`.
        look(unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) })
    }

    /// Calls `change` with the bytes; the mapping must have been made readable and writable. Else as [`Map::with`].
    pub fn with_mut<R>(&self, change: impl FnOnce(&mut [u8]) -> R) -> R {
        // SAFETY: the whole mapping, which lives as long as `self`; no other slice of it exists while `change` runs.
        change(unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) })
    }

    /// Copies bytes out. The mapping must have been made readable; beyond the end of a file that has shrunk, SIGBUS.
    pub fn read(&self, at: usize, buffer: &mut [u8]) -> io::Result<()> {
        self.check(at, buffer.len())?;
        // SAFETY: within the mapping; volatile in effect, since no reference is made.
        unsafe { buffer.as_mut_ptr().copy_from(self.start.as_ptr().add(at), buffer.len()) };
        Ok(())
    }

    /// Copies bytes in. The mapping must have been made writable.
    pub fn write(&self, at: usize, bytes: &[u8]) -> io::Result<()> {
        self.check(at, bytes.len())?;
        // SAFETY: within the mapping.
        unsafe { self.start.as_ptr().add(at).copy_from(bytes.as_ptr(), bytes.len()) };
        Ok(())
    }

    /// Moves `count` bytes within the mapping; the ranges may overlap.
    pub fn copy_within(&self, from: usize, to: usize, count: usize) -> io::Result<()> {
        self.check(from, count)?;
        self.check(to, count)?;
        // SAFETY: both ranges are within the mapping; `copy` allows overlap.
        unsafe { self.start.as_ptr().add(from).copy_to(self.start.as_ptr().add(to), count) };
        Ok(())
    }

    /// Where `needle` first (or last) occurs in `at .. end`.
    pub fn find(&self, needle: &[u8], at: usize, end: usize, last: bool) -> io::Result<Option<usize>> {
        let count = end.saturating_sub(at);
        self.check(at, count)?;
        let byte = |place: usize| {
            // SAFETY: below `end`, so within the mapping.
            unsafe { self.start.as_ptr().add(place).read_volatile() }
        };
        let Some(most) = count.checked_sub(needle.len()) else { return Ok(None) };
        let matches = |place: &usize| needle.iter().enumerate().all(|(i, b)| byte(place + i) == *b);
        let mut places = at..=at + most;
        Ok(if last { places.rev().find(matches) } else { places.find(matches) })
    }

    /// `msync(2)` of a range that starts at a page's start.
    pub fn flush(&self, at: usize, count: usize, flags: i32) -> io::Result<()> {
        self.check(at, count)?;
        // SAFETY: within the mapping.
        let start = unsafe { self.start.as_ptr().add(at) };
        call!(libc::msync(start.cast(), count, flags)).map(drop)
    }

    /// `madvise(2)` of a range that starts at a page's start.
    pub fn advise(&self, at: usize, count: usize, advice: i32) -> io::Result<()> {
        self.check(at, count)?;
        // SAFETY: within the mapping.
        let start = unsafe { self.start.as_ptr().add(at) };
        call!(libc::madvise(start.cast(), count, advice)).map(drop)
    }

    /// `mremap(2)`: the mapping may move.
    pub fn resize(&mut self, len: usize) -> io::Result<()> {
        let moved = get!(libc::mremap(self.start.as_ptr().cast(), self.len, len, libc::MREMAP_MAYMOVE));
        match NonNull::new(moved.cast()) {
            Some(start) if start.as_ptr() as isize != -1 => {
                (self.start, self.len) = (start, len);
                Ok(())
            }
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        get!(libc::munmap(self.start.as_ptr().cast(), self.len));
    }
}

/// Bytes in a page.
pub fn page_size() -> usize {
    get!(libc::sysconf(libc::_SC_PAGESIZE)).max(4096) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_memory() {
        let file = crate::fd::memory_file(c"map", 0).unwrap();
        crate::fd::truncate(file, 10000).unwrap();
        let both = libc::PROT_READ | libc::PROT_WRITE;
        let mut map = Map::new(file, 5000, both, libc::MAP_SHARED, 0).unwrap();
        map.write(100, b"abcabc").unwrap();
        map.copy_within(100, 102, 6).unwrap();
        let mut buffer = [0; 8];
        map.read(100, &mut buffer).unwrap();
        assert_eq!(&buffer, b"ababcabc");
        assert_eq!(map.find(b"abc", 0, 5000, false).unwrap(), Some(102));
        assert_eq!(map.find(b"abc", 0, 5000, true).unwrap(), Some(105));
        assert_eq!(map.find(b"abc", 0, 107, true).unwrap(), Some(102));
        map.flush(0, 5000, libc::MS_SYNC).unwrap();
        assert_eq!(crate::fd::pread(file, &mut buffer, 100).unwrap(), 8);
        assert_eq!(&buffer, b"ababcabc");
        map.resize(9000).unwrap();
        assert_eq!(map.len(), 9000);
        map.write(8992, b"12345678").unwrap();
        assert!(map.write(8993, b"12345678").is_err() && map.read(usize::MAX, &mut buffer).is_err());
        assert!(Map::new(file, 0, both, libc::MAP_SHARED, 0).is_err());
        assert!(Map::new(-1, 4096, both, libc::MAP_FIXED | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, 0).is_err());
        crate::fd::close(file).unwrap();
    }
}
