//! Files, descriptors and terminals.

use super::{AT_FDCWD, Descriptor, Path, PathOrFd, bytes_of, dir_fd, fail, fill, text_or_bytes, times_of};
use host::fs;
use host::xattr::Target;
use std::ffi::CString;
use std::io::{self, IoSlice};
use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::exception::types;
use vm::modules::sys::decode_fs;
use vm::prelude::*;
use vm::protocol::{iter, number};

pub static STATVFS_RESULT: Table = Table {
    name: "statvfs_result",
    module: "os",
    doc: "statvfs_result: Result from statvfs or fstatvfs.",
    fields: &[
        ("f_bsize", ""),
        ("f_frsize", ""),
        ("f_blocks", ""),
        ("f_bfree", ""),
        ("f_bavail", ""),
        ("f_files", ""),
        ("f_ffree", ""),
        ("f_favail", ""),
        ("f_flag", ""),
        ("f_namemax", ""),
        ("f_fsid", ""),
    ],
    visible: 10,
    constructible: true,
};

fn statvfs_object(vm: &Vm, s: &fs::StatVfs) -> Result<Object> {
    let numbers =
        [s.bsize, s.frsize, s.blocks, s.bfree, s.bavail, s.files, s.ffree, s.favail, s.flag, s.namemax, s.fsid];
    StructSeq::make(vm, &STATVFS_RESULT, numbers.iter().map(|n| Int::from_i128((*n).into())).collect())
}

fn buffers_of(vm: &Vm, buffers: &Object) -> Result<Vec<Vec<u8>>> {
    if !vm::protocol::sequence::is_sequence(buffers) {
        bail!(vm, TypeError, "writev() arg 2 must be a sequence");
    }
    iter::to_vec(vm, buffers)?.iter().map(|b| bytes_of(vm, b)).collect()
}

/// Reads as many bytes as the buffers take, by one call, and spreads them.
fn spread(vm: &Vm, buffers: &Object, name: &str, read: impl FnOnce(&mut [u8]) -> Result<usize>) -> Result<usize> {
    if !vm::protocol::sequence::is_sequence(buffers) {
        bail!(vm, TypeError, "{name}() arg 2 must be a sequence");
    }
    let mut views = Vec::new();
    for buffer in iter::to_vec(vm, buffers)? {
        views.push(vm::object::buffer::get_buffer(vm, &buffer, vm::object::buffer::request::WRITABLE)?);
    }
    let total: usize = views.iter().map(vm::native::Buffer::byte_len).sum();
    let mut data = Vec::new();
    vm.memory(data.try_reserve_exact(total).map_err(|_| vm::heap::OutOfMemory))?;
    data.resize(total, 0);
    let got = read(&mut data);
    let mut rest = &data[..*got.as_ref().unwrap_or(&0)];
    for view in &views {
        let n = view.byte_len().min(rest.len());
        let (here, later) = rest.split_at(n);
        view.exporter.with_bytes_mut(&mut |bytes| bytes[view.offset..view.offset + n].copy_from_slice(here));
        view.release(vm);
        rest = later;
    }
    got
}

fn read_bytes(vm: &Vm, length: isize, mut read: impl FnMut(&mut [u8]) -> io::Result<usize>) -> Result<Object> {
    let Ok(length) = usize::try_from(length) else { return Err(fail(vm, &io::Error::from_raw_os_error(22))) };
    let mut data = Vec::new();
    vm.memory(data.try_reserve_exact(length.min(0x7fff_f000)).map_err(|_| vm::heap::OutOfMemory))?;
    data.resize(length.min(0x7fff_f000), 0);
    let n = vm.blocking_call(|| read(&mut data))?;
    Ok(Bytes::try_new(vm, &data[..n])?.into_object())
}

fn offset_of(vm: &Vm, offset: Option<&Object>) -> Result<Option<i64>> {
    match offset {
        None => Ok(None),
        Some(offset) => Ok(Some(number::as_ssize(vm, offset, Some(&types::OverflowError))? as i64)),
    }
}

fn name_of(vm: &Vm, name: &Object, table: &[(&str, i64)]) -> Result<i32> {
    if let Some(text) = name.cast::<Str>() {
        let text = text.to_string_lossy();
        return match table.iter().find(|(n, _)| *n.trim_start_matches('_') == text || *n == text) {
            Some((_, value)) => Ok(*value as i32),
            None => Err(raise!(vm, ValueError, "unrecognized configuration name")),
        };
    }
    if !number::has_index(name) {
        bail!(vm, TypeError, "configuration names must be strings or integers");
    }
    Ok(number::as_ssize(vm, name, Some(&types::OverflowError))? as i32)
}

fn names_dict(vm: &Vm, table: &[(&str, i64)]) -> Result<Object> {
    let dict = Dict::empty();
    for (name, value) in table {
        dict.set_str(vm, name.trim_start_matches('_'), Int::from_i64(*value))?;
    }
    Ok(dict.into_object())
}

pub fn exec(vm: &Vm, dict: &Dict) -> Result<()> {
    dict.set_str(vm, "statvfs_result", StructSeq::class(vm, &STATVFS_RESULT)?.into_object())?;
    dict.set_str(vm, "pathconf_names", names_dict(vm, host::constants::PATHCONF)?)?;
    dict.set_str(vm, "confstr_names", names_dict(vm, host::constants::CONFSTR)?)?;
    dict.set_str(vm, "sysconf_names", names_dict(vm, host::constants::SYSCONF)?)
}

fn id_of(vm: &Vm, id: &Object, what: &str) -> Result<u32> {
    if !number::has_index(id) {
        bail!(vm, TypeError, "{what} should be integer, not {}", vm::object::type_name(id));
    }
    let index = number::index(vm, id)?;
    match Int::to_i64(&index) {
        Some(-1) => Ok(u32::MAX),
        Some(n) if n < 0 => Err(raise!(vm, OverflowError, "{what} is less than minimum")),
        Some(n) if n < i64::from(u32::MAX) => Ok(n as u32),
        _ if Int::is_negative(&index) => Err(raise!(vm, OverflowError, "{what} is less than minimum")),
        _ => Err(raise!(vm, OverflowError, "{what} is greater than maximum")),
    }
}

pub fn uid(vm: &Vm, id: &Object) -> Result<u32> {
    id_of(vm, id, "uid")
}

pub fn gid(vm: &Vm, id: &Object) -> Result<u32> {
    id_of(vm, id, "gid")
}

fn target(path: &PathOrFd, follow: bool) -> Target<'_> {
    match path {
        PathOrFd::Path(path) => Target::Path(&path.bytes, follow),
        PathOrFd::Fd(fd, _) => Target::Fd(*fd),
    }
}

/// A number of a device, or of a part of it; -1 is "none".
fn device_number(vm: &Vm, value: &Object) -> Result<Option<u64>> {
    let index = number::index(vm, value)?;
    match Int::to_i128(&index) {
        Some(-1) => Ok(None),
        Some(n) if n < 0 => Err(raise!(vm, OverflowError, "can't convert negative int to unsigned")),
        wide => match wide.map(u64::try_from) {
            Some(Ok(n)) => Ok(Some(n)),
            _ => Err(raise!(vm, OverflowError, "int too big to convert")),
        },
    }
}

/// The functions of this chapter.
#[pymodule("posix")]
pub mod module {
    use super::*;

    /// Change the owner and group id of path to the numeric uid and gid.
    #[py("chown(path, uid, gid, *, dir_fd=None, follow_symlinks=True)")]
    fn chown(
        vm: &Vm,
        path: PathOrFd,
        uid: &Object,
        gid: &Object,
        dir_fd: Option<&Object>,
        follow_symlinks: bool,
    ) -> Result<()> {
        let (uid, gid, dir) = (super::uid(vm, uid)?, super::gid(vm, gid)?, super::dir_fd(vm, dir_fd)?);
        path.run(vm, |path| match path {
            PathOrFd::Path(p) => fs::chown(dir, &p.bytes, uid, gid, follow_symlinks),
            PathOrFd::Fd(fd, _) => fs::fchown(*fd, uid, gid),
        })
    }

    /// Change the owner and group id of path without following symbolic links.
    #[py("lchown(path, uid, gid)")]
    fn lchown(vm: &Vm, path: Path, uid: &Object, gid: &Object) -> Result<()> {
        let (uid, gid) = (super::uid(vm, uid)?, super::gid(vm, gid)?);
        path.run(vm, |path| fs::chown(AT_FDCWD, path, uid, gid, false))
    }

    /// Change the owner and group id of the file behind a descriptor.
    #[py("fchown(fd, uid, gid)")]
    fn fchown(vm: &Vm, fd: i32, uid: &Object, gid: &Object) -> Result<()> {
        let (uid, gid) = (super::uid(vm, uid)?, super::gid(vm, gid)?);
        vm.blocking_call(|| fs::fchown(fd, uid, gid))
    }

    /// Change the access permissions of the file behind a descriptor.
    #[py("fchmod(fd, mode)")]
    fn fchmod(vm: &Vm, fd: i32, mode: i32) -> Result<()> {
        vm.blocking_call(|| fs::fchmod(fd, mode as u32))
    }

    /// Change root directory to path.
    #[py("chroot(path)")]
    fn chroot(vm: &Vm, path: Path) -> Result<()> {
        path.run(vm, fs::chroot)
    }

    /// Change to the directory of the given file descriptor.
    #[py("fchdir(fd)")]
    fn fchdir(vm: &Vm, fd: Descriptor) -> Result<()> {
        vm.blocking_call(|| fs::fchdir(fd.0))
    }

    /// Close all file descriptors from fd_low (inclusive) to fd_high (exclusive), ignoring errors.
    #[py("closerange(fd_low, fd_high, /)")]
    fn closerange(vm: &Vm, fd_low: i32, fd_high: i32) {
        vm.allow_threads(|| host::fd::close_range(fd_low, fd_high));
    }

    /// Return a string-valued system configuration variable.
    #[py("confstr(name, /)")]
    fn confstr(vm: &Vm, name: &Object) -> Result<Option<Object>> {
        let name = name_of(vm, name, host::constants::CONFSTR)?;
        match host::system::confstr(name).map_err(|error| fail(vm, &error))? {
            Some(text) => Ok(Some(decode_fs(vm, &text)?.into_object())),
            None => Ok(None),
        }
    }

    /// Return an integer-valued system configuration variable.
    #[py("sysconf(name, /)")]
    fn sysconf(vm: &Vm, name: &Object) -> Result<i64> {
        let name = name_of(vm, name, host::constants::SYSCONF)?;
        Ok(host::system::sysconf(name).map_err(|error| fail(vm, &error))?.unwrap_or(-1))
    }

    /// Return the configuration limit name for the file or directory path.
    #[py("pathconf(path, name)")]
    fn pathconf(vm: &Vm, path: PathOrFd, name: &Object) -> Result<i64> {
        let name = name_of(vm, name, host::constants::PATHCONF)?;
        let limit = path.run(vm, |path| match path {
            PathOrFd::Path(path) => fs::pathconf(&path.bytes, name),
            PathOrFd::Fd(fd, _) => fs::fpathconf(*fd, name),
        })?;
        Ok(limit.unwrap_or(-1))
    }

    /// Return the configuration limit name for the file descriptor fd.
    #[py("fpathconf(fd, name, /)")]
    fn fpathconf(vm: &Vm, fd: Descriptor, name: &Object) -> Result<i64> {
        let name = name_of(vm, name, host::constants::PATHCONF)?;
        Ok(fs::fpathconf(fd.0, name).map_err(|error| fail(vm, &error))?.unwrap_or(-1))
    }

    /// Copy count bytes from one file descriptor to another, within the system.
    #[py("copy_file_range(src, dst, count, offset_src=None, offset_dst=None)")]
    fn copy_file_range(
        vm: &Vm,
        src: i32,
        dst: i32,
        count: isize,
        offset_src: Option<&Object>,
        offset_dst: Option<&Object>,
    ) -> Result<usize> {
        let (from_at, to_at) = (offset_of(vm, offset_src)?, offset_of(vm, offset_dst)?);
        let Ok(count) = usize::try_from(count) else {
            bail!(vm, ValueError, "negative value for 'count' not allowed");
        };
        vm.blocking_call(|| host::fd::copy_range(src, dst, count, from_at, to_at))
    }

    /// Transfer count bytes from one pipe to a descriptor or vice versa, within the system.
    #[py("splice(src, dst, count, offset_src=None, offset_dst=None, flags=0)")]
    fn splice(
        vm: &Vm,
        src: i32,
        dst: i32,
        count: isize,
        offset_src: Option<&Object>,
        offset_dst: Option<&Object>,
        flags: u32,
    ) -> Result<usize> {
        let (from_at, to_at) = (offset_of(vm, offset_src)?, offset_of(vm, offset_dst)?);
        let Ok(count) = usize::try_from(count) else {
            bail!(vm, ValueError, "negative value for 'count' not allowed");
        };
        vm.blocking_call(|| host::fd::splice(src, dst, count, from_at, to_at, flags))
    }

    /// Copy count bytes from file descriptor in_fd to file descriptor out_fd.
    #[py("sendfile(out_fd, in_fd, offset, count)")]
    fn sendfile(vm: &Vm, out_fd: i32, in_fd: i32, offset: &Object, count: isize) -> Result<usize> {
        let offset = if offset.is(&none()) { None } else { offset_of(vm, Some(offset))? };
        vm.blocking_call(|| host::fd::send_file(out_fd, in_fd, offset, count.max(0) as usize))
    }

    /// Return the name of the controlling terminal for this process.
    #[py("ctermid()")]
    fn ctermid() -> &'static str {
        "/dev/tty"
    }

    /// Return the encoding of a terminal's descriptor, None for what is no terminal.
    #[py("device_encoding(fd)")]
    fn device_encoding(fd: i32) -> Option<&'static str> {
        host::fd::is_tty(fd).then_some("utf-8")
    }

    /// Duplicate file descriptor.
    #[py("dup2(fd, fd2, inheritable=True)")]
    fn dup2(vm: &Vm, fd: i32, fd2: i32, inheritable: bool) -> Result<i32> {
        if fd < 0 || fd2 < 0 {
            return Err(fail(vm, &io::Error::from_raw_os_error(9)));
        }
        vm.blocking_call(|| host::fd::dup_to(fd, fd2, inheritable))
    }

    /// Create an event notification descriptor.
    #[py("eventfd(initval, flags=EFD_CLOEXEC)")]
    fn eventfd(vm: &Vm, initval: u32, flags: Option<i32>) -> Result<i32> {
        host::fd::event(initval, flags.unwrap_or(0o2_000_000)).map_err(|error| fail(vm, &error))
    }

    /// Read an event's value.
    #[py("eventfd_read(fd)")]
    fn eventfd_read(vm: &Vm, fd: Descriptor) -> Result<u64> {
        let mut value = [0; 8];
        vm.blocking_call(|| host::fd::read(fd.0, &mut value))?;
        Ok(u64::from_ne_bytes(value))
    }

    /// Add a value to an event's.
    #[py("eventfd_write(fd, value)")]
    fn eventfd_write(vm: &Vm, fd: Descriptor, value: u64) -> Result<()> {
        vm.blocking_call(|| host::fd::write(fd.0, &value.to_ne_bytes())).map(drop)
    }

    /// Force write of a descriptor's data to disk, without what is not needed to find it again.
    #[py("fdatasync(fd)")]
    fn fdatasync(vm: &Vm, fd: Descriptor) -> Result<()> {
        vm.blocking_call(|| host::fd::sync_data(fd.0))
    }

    /// Force write of a descriptor's data to disk.
    #[py("fsync(fd)")]
    fn fsync(vm: &Vm, fd: Descriptor) -> Result<()> {
        vm.blocking_call(|| host::fd::sync(fd.0))
    }

    /// Force write of everything to disk.
    #[py("sync()")]
    fn sync(vm: &Vm) {
        vm.allow_threads(fs::sync);
    }

    /// Perform a statvfs system call on the given path.
    #[py("statvfs(path)")]
    fn statvfs(vm: &Vm, path: PathOrFd) -> Result<Object> {
        let status = path.run(vm, |path| match path {
            PathOrFd::Path(path) => fs::statvfs(&path.bytes),
            PathOrFd::Fd(fd, _) => fs::fstatvfs(*fd),
        })?;
        statvfs_object(vm, &status)
    }

    /// Perform an fstatvfs system call on the given descriptor.
    #[py("fstatvfs(fd, /)")]
    fn fstatvfs(vm: &Vm, fd: i32) -> Result<Object> {
        let status = vm.blocking_call(|| fs::fstatvfs(fd))?;
        statvfs_object(vm, &status)
    }

    /// Tell whether a descriptor is in blocking mode.
    #[py("get_blocking(fd, /)")]
    fn get_blocking(vm: &Vm, fd: i32) -> Result<bool> {
        host::fd::is_blocking(fd).map_err(|error| fail(vm, &error))
    }

    /// Set a descriptor's blocking mode.
    #[py("set_blocking(fd, blocking, /)")]
    fn set_blocking(vm: &Vm, fd: i32, blocking: bool) -> Result<()> {
        host::fd::set_blocking(fd, blocking).map_err(|error| fail(vm, &error))
    }

    /// Tell whether programs that this one starts inherit a descriptor.
    #[py("get_inheritable(fd, /)")]
    fn get_inheritable(vm: &Vm, fd: i32) -> Result<bool> {
        host::fd::is_inheritable(fd).map_err(|error| fail(vm, &error))
    }

    /// Set whether programs that this one starts inherit a descriptor.
    #[py("set_inheritable(fd, inheritable, /)")]
    fn set_inheritable(vm: &Vm, fd: i32, inheritable: i32) -> Result<()> {
        host::fd::set_inheritable(fd, inheritable != 0).map_err(|error| fail(vm, &error))
    }

    /// Create a hard link to a file.
    #[py("link(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)", notext)]
    fn link(
        vm: &Vm,
        src: Path,
        dst: Path,
        src_dir_fd: Option<&Object>,
        dst_dir_fd: Option<&Object>,
        follow_symlinks: bool,
    ) -> Result<()> {
        let (from, to) = (dir_fd(vm, src_dir_fd)?, dir_fd(vm, dst_dir_fd)?);
        vm.blocking(|| fs::link(from, &src.bytes, to, &dst.bytes, follow_symlinks))?
            .map_err(|error| src.fail_both(vm, &error, &dst))
    }

    /// Apply, test or remove a lock on an open descriptor.
    #[py("lockf(fd, command, length, /)")]
    fn lockf(vm: &Vm, fd: i32, command: i32, length: i64) -> Result<()> {
        vm.blocking_call(|| host::fd::lockf(fd, command, length))
    }

    /// Make a descriptor the controlling terminal and the standard streams.
    #[py("login_tty(fd, /)")]
    fn login_tty(vm: &Vm, fd: Descriptor) -> Result<()> {
        host::tty::login(fd.0).map_err(|error| fail(vm, &error))
    }

    /// Extracts a device major number from a raw device number.
    #[py("major(device, /)")]
    fn major(vm: &Vm, device: &Object) -> Result<i64> {
        Ok(device_number(vm, device)?.map_or(-1, |device| fs::major_minor(device).0.into()))
    }

    /// Extracts a device minor number from a raw device number.
    #[py("minor(device, /)")]
    fn minor(vm: &Vm, device: &Object) -> Result<i64> {
        Ok(device_number(vm, device)?.map_or(-1, |device| fs::major_minor(device).1.into()))
    }

    /// Composes a raw device number from the major and minor device numbers.
    #[py("makedev(major, minor, /)")]
    fn makedev(vm: &Vm, major: &Object, minor: &Object) -> Result<Object> {
        let part = |part: &Object| match device_number(vm, part)?.map(u32::try_from) {
            None => Ok(None),
            Some(Ok(part)) => Ok(Some(part)),
            Some(Err(_)) => Err(raise!(vm, OverflowError, "Python int too large to convert to C unsigned int")),
        };
        Ok(match (part(major)?, part(minor)?) {
            (Some(major), Some(minor)) => Int::from_i128(fs::make_device(major, minor).into()),
            _ => Int::from_i64(-1),
        })
    }

    // Create a file that lives in memory.
    #[py("memfd_create(name, flags=MFD_CLOEXEC)")]
    fn memfd_create(vm: &Vm, name: Path, flags: Option<u32>) -> Result<i32> {
        host::fd::memory_file(&name.bytes, flags.unwrap_or(1)).map_err(|error| fail(vm, &error))
    }

    /// Create a named pipe.
    #[py("mkfifo(path, mode=438, *, dir_fd=None)")]
    fn mkfifo(vm: &Vm, path: Path, mode: i32, dir_fd: Option<&Object>) -> Result<()> {
        let dir = super::dir_fd(vm, dir_fd)?;
        path.run(vm, |path| fs::mkfifo(dir, path, mode as u32))
    }

    /// Create a node in the file system: a file, a device or a named pipe.
    #[py("mknod(path, mode=384, device=0, *, dir_fd=None)")]
    fn mknod(vm: &Vm, path: Path, mode: i32, device: u64, dir_fd: Option<&Object>) -> Result<()> {
        let dir = super::dir_fd(vm, dir_fd)?;
        path.run(vm, |path| fs::mknod(dir, path, mode as u32, device))
    }

    /// Open a pseudo-terminal: its controlling side, and the terminal.
    #[py("openpty()")]
    fn openpty(vm: &Vm) -> Result<(i32, i32)> {
        let (main, terminal) = host::tty::open_pair().map_err(|error| fail(vm, &error))?;
        for fd in [main, terminal] {
            host::fd::set_inheritable(fd, false).map_err(|error| fail(vm, &error))?;
        }
        Ok((main, terminal))
    }

    /// Open the controlling side of a pseudo-terminal.
    #[py("posix_openpt(oflag, /)")]
    fn posix_openpt(vm: &Vm, oflag: i32) -> Result<i32> {
        let fd = host::tty::open_main(oflag).map_err(|error| fail(vm, &error))?;
        host::fd::set_inheritable(fd, false).map_err(|error| fail(vm, &error))?;
        Ok(fd)
    }

    /// Grant access to a pseudo-terminal.
    #[py("grantpt(fd, /)")]
    fn grantpt(vm: &Vm, fd: Descriptor) -> Result<()> {
        host::tty::grant(fd.0).map_err(|error| fail(vm, &error))
    }

    /// Unlock a pseudo-terminal.
    #[py("unlockpt(fd, /)")]
    fn unlockpt(vm: &Vm, fd: Descriptor) -> Result<()> {
        host::tty::unlock(fd.0).map_err(|error| fail(vm, &error))
    }

    /// Return the name of the pseudo-terminal whose controlling side the descriptor is.
    #[py("ptsname(fd, /)")]
    fn ptsname(vm: &Vm, fd: Descriptor) -> Result<Object> {
        let name = host::tty::terminal_of(fd.0).map_err(|error| fail(vm, &error))?;
        Ok(decode_fs(vm, &name)?.into_object())
    }

    /// Return the name of the terminal device connected to a descriptor.
    #[py("ttyname(fd, /)")]
    fn ttyname(vm: &Vm, fd: i32) -> Result<Object> {
        let name = host::tty::name(fd).map_err(|error| fail(vm, &error))?;
        Ok(decode_fs(vm, &name)?.into_object())
    }

    /// Create a pipe with flags set; give its two descriptors.
    #[py("pipe2(flags, /)")]
    fn pipe2(vm: &Vm, flags: i32) -> Result<(i32, i32)> {
        host::fd::pipe(flags).map_err(|error| fail(vm, &error))
    }

    /// Announce an intention to access data in a specific pattern.
    #[py("posix_fadvise(fd, offset, length, advice, /)")]
    fn posix_fadvise(vm: &Vm, fd: i32, offset: i64, length: i64, advice: i32) -> Result<()> {
        vm.blocking_call(|| host::fd::advise(fd, offset, length, advice))
    }

    /// Ensure that a file has room on disk.
    #[py("posix_fallocate(fd, offset, length, /)")]
    fn posix_fallocate(vm: &Vm, fd: i32, offset: i64, length: i64) -> Result<()> {
        vm.blocking_call(|| host::fd::allocate(fd, offset, length))
    }

    /// Read bytes from a descriptor at an offset, leaving its position alone.
    #[py("pread(fd, length, offset, /)")]
    fn pread(vm: &Vm, fd: i32, length: isize, offset: i64) -> Result<Object> {
        read_bytes(vm, length, |data| host::fd::pread(fd, data, offset))
    }

    /// Write bytes to a descriptor at an offset, leaving its position alone.
    #[py("pwrite(fd, buffer, offset, /)")]
    fn pwrite(vm: &Vm, fd: i32, buffer: &Object, offset: i64) -> Result<usize> {
        let data = bytes_of(vm, buffer)?;
        vm.blocking_call(|| host::fd::pwrite(fd, &data, offset))
    }

    /// Read from a descriptor into a buffer; give the number of bytes.
    #[py("readinto(fd, buffer, /)")]
    fn readinto(vm: &Vm, fd: i32, buffer: &Object) -> Result<usize> {
        fill(vm, buffer, |data| vm.blocking_call(|| host::fd::read(fd, data)))
    }

    /// Read from a descriptor into a sequence of buffers.
    #[py("readv(fd, buffers, /)")]
    fn readv(vm: &Vm, fd: i32, buffers: &Object) -> Result<usize> {
        spread(vm, buffers, "readv", |data| vm.blocking_call(|| host::fd::read(fd, data)))
    }

    /// Read from a descriptor at an offset into a sequence of buffers.
    #[py("preadv(fd, buffers, offset, flags=0, /)")]
    fn preadv(vm: &Vm, fd: i32, buffers: &Object, offset: i64, flags: i32) -> Result<usize> {
        spread(vm, buffers, "preadv", |data| {
            vm.blocking_call(|| host::fd::preadv(fd, &mut [io::IoSliceMut::new(data)], offset, flags))
        })
    }

    /// Write a sequence of buffers to a descriptor.
    #[py("writev(fd, buffers, /)")]
    fn writev(vm: &Vm, fd: i32, buffers: &Object) -> Result<usize> {
        let buffers = buffers_of(vm, buffers)?;
        let slices: Vec<IoSlice<'_>> = buffers.iter().map(|b| IoSlice::new(b)).collect();
        vm.blocking_call(|| host::fd::writev(fd, &slices))
    }

    /// Write a sequence of buffers to a descriptor at an offset.
    #[py("pwritev(fd, buffers, offset, flags=0, /)")]
    fn pwritev(vm: &Vm, fd: i32, buffers: &Object, offset: i64, flags: i32) -> Result<usize> {
        let buffers = buffers_of(vm, buffers)?;
        let slices: Vec<IoSlice<'_>> = buffers.iter().map(|b| IoSlice::new(b)).collect();
        vm.blocking_call(|| host::fd::pwritev(fd, &slices, offset, flags))
    }

    /// Truncate a file to a specific length.
    #[py("truncate(path, length)")]
    fn truncate(vm: &Vm, path: PathOrFd, length: i64) -> Result<()> {
        path.run(vm, |path| match path {
            PathOrFd::Path(path) => fs::truncate(&path.bytes, length),
            PathOrFd::Fd(fd, _) => host::fd::truncate(*fd, length),
        })
    }

    /// Set the access and modified time of path: to times or ns, or to now.
    #[py("utime(path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks=True)")]
    fn utime(
        vm: &Vm,
        path: PathOrFd,
        times: Option<&Object>,
        ns: Option<&Object>,
        dir_fd: Option<&Object>,
        follow_symlinks: bool,
    ) -> Result<()> {
        let times = times_of(vm, times, ns)?;
        let dir = super::dir_fd(vm, dir_fd)?;
        path.run(vm, |path| match path {
            PathOrFd::Path(path) => fs::set_times(dir, &path.bytes, times, follow_symlinks),
            PathOrFd::Fd(fd, _) => fs::fset_times(*fd, times),
        })
    }

    /// Return the value of an extended attribute.
    #[py("getxattr(path, attribute, *, follow_symlinks=True)")]
    fn getxattr(vm: &Vm, path: PathOrFd, attribute: Path, follow_symlinks: bool) -> Result<Ref<Bytes>> {
        let value = path.run(vm, |path| host::xattr::get(target(path, follow_symlinks), &attribute.bytes))?;
        Bytes::try_new(vm, &value)
    }

    /// Set the value of an extended attribute.
    #[py("setxattr(path, attribute, value, flags=0, *, follow_symlinks=True)")]
    fn setxattr(
        vm: &Vm,
        path: PathOrFd,
        attribute: Path,
        value: &Object,
        flags: i32,
        follow_symlinks: bool,
    ) -> Result<()> {
        let value = bytes_of(vm, value)?;
        path.run(vm, |path| host::xattr::set(target(path, follow_symlinks), &attribute.bytes, &value, flags))
    }

    /// Remove an extended attribute.
    #[py("removexattr(path, attribute, *, follow_symlinks=True)")]
    fn removexattr(vm: &Vm, path: PathOrFd, attribute: Path, follow_symlinks: bool) -> Result<()> {
        path.run(vm, |path| host::xattr::remove(target(path, follow_symlinks), &attribute.bytes))
    }

    /// Return a list of the names of extended attributes.
    #[py("listxattr(path=None, *, follow_symlinks=True)")]
    fn listxattr(vm: &Vm, path: Option<PathOrFd>, follow_symlinks: bool) -> Result<Vec<Object>> {
        let path = match path {
            Some(path) => path,
            None => PathOrFd::Path(Path::plain(CString::from(c"."))),
        };
        let names = path.run(vm, |path| host::xattr::list(target(path, follow_symlinks)))?;
        names.iter().map(|name| text_or_bytes(vm, name, false)).collect()
    }

    /// Obtain random bytes from the system.
    #[py("getrandom(size, flags=0)")]
    fn getrandom(vm: &Vm, size: isize, flags: u32) -> Result<Object> {
        if size < 0 {
            return Err(fail(vm, &io::Error::from_raw_os_error(22)));
        }
        read_bytes(vm, size, |data| host::system::random(data, flags))
    }

    /// Create a timer that is a descriptor.
    #[py("timerfd_create(clockid, /, *, flags=TFD_CLOEXEC)")]
    fn timerfd_create(vm: &Vm, clockid: i32, flags: Option<i32>) -> Result<i32> {
        const CLOEXEC: i32 = 0o2_000_000;
        host::poll::timerfd_create(clockid, flags.unwrap_or(0) | CLOEXEC).map_err(|error| fail(vm, &error))
    }

    fn settime(
        vm: &Vm,
        fd: i32,
        flags: i32,
        initial: i64,
        interval: i64,
    ) -> Result<(host::time::Time, host::time::Time)> {
        let time = |n: i64| host::time::Time::from_nanos(n.into());
        host::poll::timerfd_set(fd, flags, time(initial), time(interval)).map_err(|error| fail(vm, &error))
    }

    fn seconds_pair((a, b): (host::time::Time, host::time::Time)) -> (f64, f64) {
        (a.nanos() as f64 * 1e-9, b.nanos() as f64 * 1e-9)
    }

    fn seconds(vm: &Vm, value: Option<&Object>) -> Result<i64> {
        value.map_or(Ok(0), |v| vm::protocol::time::nanoseconds(vm, v, vm::protocol::time::Round::Down))
    }

    /// Set a timer, in seconds; give what was left and the interval before.
    #[py("timerfd_settime(fd, /, *, flags=0, initial=0.0, interval=0.0)")]
    fn timerfd_settime(
        vm: &Vm,
        fd: Descriptor,
        flags: i32,
        initial: Option<&Object>,
        interval: Option<&Object>,
    ) -> Result<(f64, f64)> {
        let (initial, interval) = (seconds(vm, initial)?, seconds(vm, interval)?);
        settime(vm, fd.0, flags, initial, interval).map(seconds_pair)
    }

    /// Set a timer, in nanoseconds; give what was left and the interval before.
    #[py("timerfd_settime_ns(fd, /, *, flags=0, initial=0, interval=0)")]
    fn timerfd_settime_ns(vm: &Vm, fd: Descriptor, flags: i32, initial: i64, interval: i64) -> Result<(i128, i128)> {
        settime(vm, fd.0, flags, initial, interval).map(|(a, b)| (a.nanos(), b.nanos()))
    }

    /// Return what is left of a timer and its interval, in seconds.
    #[py("timerfd_gettime(fd, /)")]
    fn timerfd_gettime(vm: &Vm, fd: Descriptor) -> Result<(f64, f64)> {
        host::poll::timerfd_get(fd.0).map(seconds_pair).map_err(|error| fail(vm, &error))
    }

    /// Return what is left of a timer and its interval, in nanoseconds.
    #[py("timerfd_gettime_ns(fd, /)")]
    fn timerfd_gettime_ns(vm: &Vm, fd: Descriptor) -> Result<(i128, i128)> {
        host::poll::timerfd_get(fd.0).map(|(a, b)| (a.nanos(), b.nanos())).map_err(|error| fail(vm, &error))
    }

    /// Split a path into drive, root and tail.
    #[py("_path_splitroot_ex(p)")]
    fn _path_splitroot_ex(vm: &Vm, p: &Object) -> Result<(Object, Object, Object)> {
        let p = crate::posix::PathText::new(vm, &crate::posix::fspath(vm, p)?);
        let bytes = p.bytes.as_slice();
        let slashes = bytes.iter().take_while(|b| **b == b'/').count();
        let root = match slashes {
            0 => 0,
            2 => 2,
            _ => 1,
        };
        Ok((p.like(vm, b"")?, p.like(vm, &bytes[..root])?, p.like(vm, &bytes[root..])?))
    }

    /// Whether a hook for input is installed: never.
    #[py("_is_inputhook_installed()")]
    fn _is_inputhook_installed() -> bool {
        false
    }

    /// Call the hook for input, if there were one.
    #[py("_inputhook()")]
    fn _inputhook() -> i32 {
        0
    }
}
