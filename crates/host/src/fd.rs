//! File descriptors: opening, reading, writing, duplicating, controlling.

use std::ffi::CStr;
use std::io::{self, IoSlice, IoSliceMut};

/// A file descriptor's number.
pub type Fd = i32;

/// Stands for the current directory in the `*at` calls.
pub const AT_FDCWD: Fd = libc::AT_FDCWD;

/// Bit n: descriptor n was closed when the process started.
static CLOSED_AT_START: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);

extern "C" fn look_at_start() {
    for fd in 0..3 {
        if get!(libc::fcntl(fd, libc::F_GETFD)) == -1 {
            CLOSED_AT_START.fetch_or(1 << fd, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

/// Runs before Rust's own start-up, which opens `/dev/null` in the place of closed standard streams.
#[used]
// SAFETY: the C library calls the functions in this section before `main`; this one needs nothing that is set up later.
#[unsafe(link_section = ".init_array")]
static LOOK_AT_START: extern "C" fn() = look_at_start;

/// Whether a standard stream's descriptor (0 to 2) was closed when the process started.
pub fn closed_at_start(fd: Fd) -> bool {
    CLOSED_AT_START.load(std::sync::atomic::Ordering::Relaxed) & (1 << fd) != 0
}

/// `openat(2)`; `flags` are `O_*`. The caller decides about `O_CLOEXEC`.
pub fn open_at(dir: Fd, path: &CStr, flags: i32, mode: u32) -> io::Result<Fd> {
    call!(libc::openat(dir, path.as_ptr(), flags, mode))
}

/// `open(2)`
pub fn open(path: &CStr, flags: i32, mode: u32) -> io::Result<Fd> {
    open_at(AT_FDCWD, path, flags, mode)
}

/// `close(2)`. After `Interrupted` the descriptor is closed all the same.
pub fn close(fd: Fd) -> io::Result<()> {
    call!(libc::close(fd)).map(drop)
}

/// Closes `low` to `high − 1`, whichever are open.
pub fn close_range(low: Fd, high: Fd) {
    let (low, high) = (low.max(0), high.max(0));
    if low >= high {
        return;
    }
    if get!(libc::syscall(libc::SYS_close_range, low as u32, high as u32 - 1, 0u32)) == 0 {
        return;
    }
    let most = crate::system::sysconf(libc::_SC_OPEN_MAX).ok().flatten().unwrap_or(1024);
    (low..high.min(most as i32)).for_each(|fd| drop(close(fd)));
}

/// `read(2)` into `buffer`; gives how many bytes came, 0 at the end.
pub fn read(fd: Fd, buffer: &mut [u8]) -> io::Result<usize> {
    call!(libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len())).map(|n| n as usize)
}

/// `pread(2)`
pub fn pread(fd: Fd, buffer: &mut [u8], offset: i64) -> io::Result<usize> {
    call!(libc::pread(fd, buffer.as_mut_ptr().cast(), buffer.len(), offset)).map(|n| n as usize)
}

/// `preadv2(2)`
pub fn preadv(fd: Fd, buffers: &mut [IoSliceMut<'_>], offset: i64, flags: i32) -> io::Result<usize> {
    // `IoSliceMut` has the layout of `iovec` by its documentation.
    let (pointer, len) = (buffers.as_mut_ptr().cast(), buffers.len() as i32);
    call!(libc::preadv2(fd, pointer, len, offset, flags)).map(|n| n as usize)
}

/// `readv(2)`
pub fn readv(fd: Fd, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
    call!(libc::readv(fd, buffers.as_mut_ptr().cast(), buffers.len() as i32)).map(|n| n as usize)
}

/// `write(2)`; gives how many bytes were taken.
pub fn write(fd: Fd, bytes: &[u8]) -> io::Result<usize> {
    call!(libc::write(fd, bytes.as_ptr().cast(), bytes.len())).map(|n| n as usize)
}

/// `pwrite(2)`
pub fn pwrite(fd: Fd, bytes: &[u8], offset: i64) -> io::Result<usize> {
    call!(libc::pwrite(fd, bytes.as_ptr().cast(), bytes.len(), offset)).map(|n| n as usize)
}

/// `writev(2)`
pub fn writev(fd: Fd, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
    call!(libc::writev(fd, buffers.as_ptr().cast(), buffers.len() as i32)).map(|n| n as usize)
}

/// `pwritev2(2)`
pub fn pwritev(fd: Fd, buffers: &[IoSlice<'_>], offset: i64, flags: i32) -> io::Result<usize> {
    let (pointer, len) = (buffers.as_ptr().cast(), buffers.len() as i32);
    call!(libc::pwritev2(fd, pointer, len, offset, flags)).map(|n| n as usize)
}

/// `lseek(2)`; `whence` is a `SEEK_*`.
pub fn seek(fd: Fd, offset: i64, whence: i32) -> io::Result<i64> {
    call!(libc::lseek(fd, offset, whence))
}

/// `ftruncate(2)`
pub fn truncate(fd: Fd, len: i64) -> io::Result<()> {
    call!(libc::ftruncate(fd, len)).map(drop)
}

/// `fsync(2)`
pub fn sync(fd: Fd) -> io::Result<()> {
    call!(libc::fsync(fd)).map(drop)
}

/// `fdatasync(2)`
pub fn sync_data(fd: Fd) -> io::Result<()> {
    call!(libc::fdatasync(fd)).map(drop)
}

/// `isatty(3)`
pub fn is_tty(fd: Fd) -> bool {
    get!(libc::isatty(fd)) == 1
}

/// A duplicate that programs started later do not inherit.
pub fn dup(fd: Fd) -> io::Result<Fd> {
    call!(libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0))
}

/// `dup3(2)`, or `dup2(2)` where `inheritable`.
pub fn dup_to(fd: Fd, to: Fd, inheritable: bool) -> io::Result<Fd> {
    if inheritable || fd == to {
        return call!(libc::dup2(fd, to));
    }
    call!(libc::dup3(fd, to, libc::O_CLOEXEC))
}

/// `pipe2(2)`: reading end, writing end.
pub fn pipe(flags: i32) -> io::Result<(Fd, Fd)> {
    let mut ends = [0; 2];
    call!(libc::pipe2(ends.as_mut_ptr(), flags))?;
    Ok((ends[0], ends[1]))
}

/// `fcntl(2)` with a number.
pub fn fcntl(fd: Fd, command: i32, arg: i64) -> io::Result<i32> {
    call!(libc::fcntl(fd, command, arg))
}

/// `fcntl(2)` with a structure as bytes, at most 1024 as in Python, which the call may change.
pub fn fcntl_bytes(fd: Fd, command: i32, arg: &mut [u8]) -> io::Result<i32> {
    // The kernel reads and writes a structure whose size depends on the command: room for the largest is given.
    let mut room = [0u64; 256];
    let len = arg.len().min(1024);
    with_room(&mut room, &mut arg[..len], |pointer| call!(libc::fcntl(fd, command, pointer)))
}

/// `ioctl(2)` with a number.
pub fn ioctl(fd: Fd, request: u64, arg: i64) -> io::Result<i32> {
    call!(libc::ioctl(fd, request as _, arg))
}

/// `ioctl(2)` with a structure as bytes, which the call may change.
pub fn ioctl_bytes(fd: Fd, request: u64, arg: &mut [u8]) -> io::Result<i32> {
    let mut room = [0u64; 256];
    if arg.len() > 1024 {
        return call!(libc::ioctl(fd, request as _, arg.as_mut_ptr()));
    }
    with_room(&mut room, arg, |pointer| call!(libc::ioctl(fd, request as _, pointer)))
}

fn with_room<R>(room: &mut [u64; 256], arg: &mut [u8], run: impl FnOnce(*mut u64) -> R) -> R {
    for (word, chunk) in room.iter_mut().zip(arg.chunks(8)) {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        *word = u64::from_ne_bytes(bytes);
    }
    let result = run(room.as_mut_ptr());
    for (word, chunk) in room.iter().zip(arg.chunks_mut(8)) {
        let len = chunk.len();
        chunk.copy_from_slice(&word.to_ne_bytes()[..len]);
    }
    result
}

/// `lockf(3)`
pub fn lockf(fd: Fd, command: i32, len: i64) -> io::Result<()> {
    call!(libc::lockf(fd, command, len)).map(drop)
}

/// `flock(2)`
pub fn flock(fd: Fd, operation: i32) -> io::Result<()> {
    call!(libc::flock(fd, operation)).map(drop)
}

/// A record lock of `F_SETLK`/`F_SETLKW`: `kind` is `F_RDLCK`, `F_WRLCK` or `F_UNLCK`.
pub fn record_lock(fd: Fd, wait: bool, kind: i16, start: i64, len: i64, whence: i16) -> io::Result<()> {
    let mut lock = zeroed!(libc::flock);
    (lock.l_type, lock.l_whence, lock.l_start, lock.l_len) = (kind, whence, start, len);
    let command = if wait { libc::F_SETLKW } else { libc::F_SETLK };
    call!(libc::fcntl(fd, command, &lock)).map(drop)
}

/// Whether programs started later inherit the descriptor.
pub fn is_inheritable(fd: Fd) -> io::Result<bool> {
    Ok(fcntl(fd, libc::F_GETFD, 0)? & libc::FD_CLOEXEC == 0)
}

/// Sets whether programs started later inherit the descriptor.
pub fn set_inheritable(fd: Fd, inheritable: bool) -> io::Result<()> {
    let flags = fcntl(fd, libc::F_GETFD, 0)?;
    let wanted = if inheritable { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
    if wanted != flags { fcntl(fd, libc::F_SETFD, i64::from(wanted)).map(drop) } else { Ok(()) }
}

/// Whether calls on the descriptor wait.
pub fn is_blocking(fd: Fd) -> io::Result<bool> {
    Ok(fcntl(fd, libc::F_GETFL, 0)? & libc::O_NONBLOCK == 0)
}

/// Sets whether calls on the descriptor wait.
pub fn set_blocking(fd: Fd, blocking: bool) -> io::Result<()> {
    let flags = fcntl(fd, libc::F_GETFL, 0)?;
    let wanted = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
    if wanted != flags { fcntl(fd, libc::F_SETFL, i64::from(wanted)).map(drop) } else { Ok(()) }
}

/// `sendfile(2)`; without `offset` from where `from` stands.
pub fn send_file(to: Fd, from: Fd, offset: Option<i64>, count: usize) -> io::Result<usize> {
    let mut place = offset.unwrap_or(0);
    let pointer = if offset.is_some() { &raw mut place } else { std::ptr::null_mut() };
    call!(libc::sendfile(to, from, pointer, count)).map(|n| n as usize)
}

/// `copy_file_range(2)`
pub fn copy_range(from: Fd, to: Fd, count: usize, from_at: Option<i64>, to_at: Option<i64>) -> io::Result<usize> {
    let (mut a, mut b) = (from_at.unwrap_or(0), to_at.unwrap_or(0));
    let a = if from_at.is_some() { &raw mut a } else { std::ptr::null_mut() };
    let b = if to_at.is_some() { &raw mut b } else { std::ptr::null_mut() };
    call!(libc::copy_file_range(from, a, to, b, count, 0)).map(|n| n as usize)
}

/// `splice(2)`
pub fn splice(
    from: Fd,
    to: Fd,
    count: usize,
    from_at: Option<i64>,
    to_at: Option<i64>,
    flags: u32,
) -> io::Result<usize> {
    let (mut a, mut b) = (from_at.unwrap_or(0), to_at.unwrap_or(0));
    let a = if from_at.is_some() { &raw mut a } else { std::ptr::null_mut() };
    let b = if to_at.is_some() { &raw mut b } else { std::ptr::null_mut() };
    call!(libc::splice(from, a, to, b, count, flags)).map(|n| n as usize)
}

/// `posix_fallocate(3)`
pub fn allocate(fd: Fd, offset: i64, len: i64) -> io::Result<()> {
    call0!(libc::posix_fallocate(fd, offset, len))
}

/// `posix_fadvise(2)`
pub fn advise(fd: Fd, offset: i64, len: i64, advice: i32) -> io::Result<()> {
    call0!(libc::posix_fadvise(fd, offset, len, advice))
}

/// `memfd_create(2)`
pub fn memory_file(name: &CStr, flags: u32) -> io::Result<Fd> {
    call!(libc::memfd_create(name.as_ptr(), flags))
}

/// `eventfd(2)`
pub fn event(initial: u32, flags: i32) -> io::Result<Fd> {
    call!(libc::eventfd(initial, flags))
}

/// How many bytes `FIONREAD` says are waiting.
pub fn waiting(fd: Fd) -> io::Result<i32> {
    let mut count = 0i32;
    call!(libc::ioctl(fd, libc::FIONREAD, &mut count))?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_carry_bytes() {
        let (from, to) = pipe(libc::O_CLOEXEC).unwrap();
        assert!(!is_inheritable(from).unwrap() && is_blocking(from).unwrap() && !is_tty(from));
        assert_eq!(writev(to, &[IoSlice::new(b"ab"), IoSlice::new(b"cd")]).unwrap(), 4);
        assert_eq!(waiting(from).unwrap(), 4);
        let mut buffer = [0; 8];
        assert_eq!(read(from, &mut buffer).unwrap(), 4);
        assert_eq!(&buffer[..4], b"abcd");
        set_blocking(from, false).unwrap();
        assert_eq!(read(from, &mut buffer).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        set_inheritable(from, true).unwrap();
        assert!(is_inheritable(from).unwrap());
        assert_eq!(seek(from, 0, libc::SEEK_SET).unwrap_err().raw_os_error(), Some(libc::ESPIPE));
        let copy = dup(to).unwrap();
        close_range(copy, copy + 1);
        assert_eq!(close(copy).unwrap_err().raw_os_error(), Some(libc::EBADF));
        close(to).unwrap();
        assert_eq!(read(from, &mut buffer).unwrap(), 0);
        close(from).unwrap();
    }

    #[test]
    fn memory_files_seek_and_lock() {
        let file = memory_file(c"test", libc::MFD_CLOEXEC).unwrap();
        assert_eq!(pwrite(file, b"hello", 3).unwrap(), 5);
        assert_eq!(seek(file, 0, libc::SEEK_END).unwrap(), 8);
        let mut buffer = [1; 5];
        assert_eq!(pread(file, &mut buffer, 1).unwrap(), 5);
        assert_eq!(&buffer, b"\0\0hel");
        truncate(file, 2).unwrap();
        assert_eq!(seek(file, 0, libc::SEEK_END).unwrap(), 2);
        record_lock(file, false, libc::F_WRLCK as i16, 0, 0, 0).unwrap();
        let mut bytes = 7i32.to_ne_bytes();
        ioctl_bytes(file, libc::FIONREAD, &mut bytes).unwrap();
        assert_eq!(i32::from_ne_bytes(bytes), 0);
        close(file).unwrap();
    }
}
