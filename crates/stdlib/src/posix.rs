//! `posix`: what `os` stands on.

use host::constants::POSIX;
use std::ffi::CString;
use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::modules::sys::{decode_fs, encode_fs, fs_text};
use vm::object::{instance, type_name};
use vm::prelude::*;
use vm::protocol::{iter, number, object as protocol};

/// The directory that relative paths start from.
const AT_FDCWD: i32 = -100;

static STAT_RESULT: Table = Table {
    name: "stat_result",
    module: "os",
    doc: "stat_result: Result from stat, fstat, or lstat.\n\nThis object may be accessed either as a tuple of\n  (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime)\nor via the attributes st_mode, st_ino, st_dev, st_nlink, st_uid, and so on.\n\nPosix/windows: If your platform supports st_blksize, st_blocks, st_rdev,\nor st_flags, they are available as attributes only.\n\nSee os.stat for more information.",
    fields: &[
        ("st_mode", "protection bits"), ("st_ino", "inode"), ("st_dev", "device"), ("st_nlink", "number of hard links"),
        ("st_uid", "user ID of owner"), ("st_gid", "group ID of owner"), ("st_size", "total size, in bytes"),
        ("_st_atime", ""), ("_st_mtime", ""), ("_st_ctime", ""),
        ("st_atime", "time of last access"), ("st_mtime", "time of last modification"), ("st_ctime", "time of last change"),
        ("st_atime_ns", "time of last access in nanoseconds"), ("st_mtime_ns", "time of last modification in nanoseconds"),
        ("st_ctime_ns", "time of last change in nanoseconds"), ("st_blksize", "blocksize for filesystem I/O"),
        ("st_blocks", "number of blocks allocated"), ("st_rdev", "device type (if inode device)"),
    ],
    visible: 10,
    constructible: true,
};

static TERMINAL_SIZE: Table = Table {
    name: "terminal_size",
    module: "os",
    doc: "A tuple of (columns, lines) for holding terminal window size",
    fields: &[("columns", "width of the terminal window in characters"), ("lines", "height of the terminal window in characters")],
    visible: 2,
    constructible: true,
};

static UNAME_RESULT: Table = Table {
    name: "uname_result",
    module: "posix",
    doc: "uname_result: Result from os.uname().\n\nThis object may be accessed either as a tuple of\n  (sysname, nodename, release, version, machine),\nor via the attributes sysname, nodename, release, version, and machine.\n\nSee os.uname for more information.",
    fields: &[
        ("sysname", "operating system name"), ("nodename", "name of machine on network (implementation-defined)"),
        ("release", "operating system release"), ("version", "operating system version"), ("machine", "hardware identifier"),
    ],
    visible: 5,
    constructible: true,
};

/// A path argument: its bytes for the system, and whether it was given as bytes.
struct Path {
    bytes: CString,
    is_bytes: bool,
    object: Object,
}

fn path(vm: &Vm, object: &Object) -> Result<Path> {
    let is_bytes = object.is_instance_of::<Bytes>();
    let bytes = match object.cast::<Bytes>() {
        Some(bytes) => bytes.as_bytes().to_vec(),
        None => encode_fs(vm, &*fs_text(vm, object)?)?,
    };
    match CString::new(bytes) {
        Ok(bytes) => Ok(Path { bytes, is_bytes, object: object.clone() }),
        Err(_) => Err(raise!(vm, ValueError, "embedded null byte")),
    }
}

impl FromArg<'_> for Path {
    fn from_arg(vm: &Vm, value: &Object, at: ArgSite) -> Result<Self> {
        let _ = at;
        path(vm, value)
    }
}

fn fail(vm: &Vm, error: &std::io::Error) -> Raised {
    vm::exception::os_error(vm, error, None)
}

impl Path {
    fn fail(&self, vm: &Vm, error: &std::io::Error) -> Raised {
        vm::exception::os_error(vm, error, Some(&self.object))
    }

    fn like(&self, vm: &Vm, bytes: &[u8]) -> Result<Object> {
        if self.is_bytes { Ok(Bytes::try_new(vm, bytes)?.into_object()) } else { Ok(decode_fs(vm, bytes)?.into_object()) }
    }
}

fn dir_fd(vm: &Vm, fd: Option<&Object>) -> Result<i32> {
    match fd {
        None => Ok(AT_FDCWD),
        Some(fd) => Ok(number::as_ssize(vm, fd, Some(&vm::exception::types::OverflowError))? as i32),
    }
}

fn stat_object(vm: &Vm, status: &host::fs::Stat) -> Result<Object> {
    let int = |n: i128| Int::from_i128(n);
    let float = |t: host::time::Time| Float::from_f64(t.sec as f64 + t.nsec as f64 * 1e-9);
    let nanos = |t: host::time::Time| int(i128::from(t.sec) * 1_000_000_000 + i128::from(t.nsec));
    let (a, m, c) = (status.atime, status.mtime, status.ctime);
    StructSeq::make(vm, &STAT_RESULT, vec![
        int(status.mode.into()), int(status.ino.into()), int(status.dev.into()), int(status.nlink.into()), int(status.uid.into()),
        int(status.gid.into()), int(status.size.into()), int(a.sec.into()), int(m.sec.into()), int(c.sec.into()), float(a), float(m), float(c),
        nanos(a), nanos(m), nanos(c), int(status.blksize.into()), int(status.blocks.into()), int(status.rdev.into()),
    ])
}

fn stat_of(vm: &Vm, target: &Object, fd: i32, follow: bool) -> Result<Object> {
    if number::has_index(target) && !target.is_instance_of::<Str>() {
        let fd = number::as_ssize(vm, target, Some(&vm::exception::types::OverflowError))? as i32;
        return stat_object(vm, &host::fs::fstat(fd).map_err(|error| fail(vm, &error))?);
    }
    let target = path(vm, target)?;
    let status = host::fs::stat_at(fd, &target.bytes, follow).map_err(|error| target.fail(vm, &error))?;
    stat_object(vm, &status)
}

/// One entry of `scandir`.
#[pytype("DirEntry", flags(HAVE_GC, DISALLOW_INSTANTIATION), module = "posix")]
pub struct DirEntry {
    pub head: Head,
    name: Object,
    path: Object,
    kind: u8,
    ino: u64,
}

/// `d_type` values.
const UNKNOWN: u8 = 0;
const DIRECTORY: u8 = 4;
const REGULAR: u8 = 8;
const LINK: u8 = 10;

impl DirEntry {
    fn is_kind(&self, vm: &Vm, kind: u8, mask: u32, follow: bool) -> Result<bool> {
        if self.kind != UNKNOWN && !(follow && self.kind == LINK) {
            return Ok(self.kind == kind);
        }
        let target = path(vm, &self.path)?;
        match host::fs::stat_at(AT_FDCWD, &target.bytes, follow) {
            Ok(status) => Ok(status.mode & 0o170_000 == mask),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(target.fail(vm, &error)),
        }
    }
}

#[pymethods]
impl DirEntry {
    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        Ok(format!("<DirEntry {}>", protocol::repr(vm, &self.name)?))
    }

    #[getter("name")]
    fn get_name(&self) -> Object {
        self.name.clone()
    }

    #[getter("path")]
    fn get_path(&self) -> Object {
        self.path.clone()
    }

    /// Return True if the entry is a directory; cached per entry.
    #[py("is_dir(*, follow_symlinks=True)")]
    fn is_dir(&self, vm: &Vm, follow_symlinks: bool) -> Result<bool> {
        self.is_kind(vm, DIRECTORY, 0o040_000, follow_symlinks)
    }

    /// Return True if the entry is a file; cached per entry.
    #[py("is_file(*, follow_symlinks=True)")]
    fn is_file(&self, vm: &Vm, follow_symlinks: bool) -> Result<bool> {
        self.is_kind(vm, REGULAR, 0o100_000, follow_symlinks)
    }

    /// Return True if the entry is a symbolic link; cached per entry.
    #[py("is_symlink()")]
    fn is_symlink(&self, vm: &Vm) -> Result<bool> {
        self.is_kind(vm, LINK, 0o120_000, false)
    }

    /// Return True if the entry is a junction; cached per entry.
    #[py("is_junction()")]
    fn is_junction(&self) -> bool {
        false
    }

    /// Return stat_result object for the entry; cached per entry.
    #[py("stat(*, follow_symlinks=True)")]
    fn stat(&self, vm: &Vm, follow_symlinks: bool) -> Result<Object> {
        stat_of(vm, &self.path, AT_FDCWD, follow_symlinks)
    }

    /// Return inode of the entry; cached per entry.
    #[py("inode()")]
    fn inode(&self) -> u64 {
        self.ino
    }

    /// Returns the path for the entry.
    #[py("__fspath__()")]
    fn fspath(&self) -> Object {
        self.path.clone()
    }
}

/// The iterator that `scandir` gives.
#[pytype("ScandirIterator", flags(HAVE_GC, DISALLOW_INSTANTIATION), module = "posix")]
pub struct ScandirIterator {
    pub head: Head,
    entries: Field<Object>,
}

#[pymethods]
impl ScandirIterator {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        match self.entries.get() {
            Some(entries) => iter::next(vm, &entries),
            None => Ok(None),
        }
    }

    #[py("close()")]
    fn close(&self) {
        self.entries.set(None);
    }

    #[py("__enter__()")]
    fn enter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[py("__exit__(*args)")]
    fn exit(&self, args: &[Object]) {
        let _ = args;
        self.entries.set(None);
    }
}

fn entries(vm: &Vm, target: Option<&Object>) -> Result<(Path, Vec<host::dir::Entry>)> {
    let here = Str::new(".").into_object();
    let target = path(vm, target.unwrap_or(&here))?;
    let dir = host::dir::Dir::open(&target.bytes).map_err(|error| target.fail(vm, &error))?;
    let mut all = Vec::new();
    for entry in dir {
        let entry = entry.map_err(|error| target.fail(vm, &error))?;
        if entry.name != b"." && entry.name != b".." {
            all.push(entry);
        }
    }
    Ok((target, all))
}

/// This module provides access to operating system functionality that is
/// standardized by the C Standard and the POSIX standard (a thinly
/// disguised Unix interface).  Refer to the library manual and
/// corresponding Unix manual entries for more information on calls.
#[pymodule("posix", types(DirEntry))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        ScandirIterator::init_type(vm)?;
        let dict = module.dict();
        for (name, value) in POSIX {
            dict.set_str(vm, name, Int::from_i64(*value))?;
        }
        let environ = Dict::empty();
        for (name, value) in host::env::all() {
            environ.set(vm, Bytes::try_new(vm, &name)?.as_object(), Bytes::try_new(vm, &value)?.into_object())?;
        }
        dict.set_str(vm, "environ", environ.into_object())?;
        dict.set_str(vm, "error", vm::exception::types::OSError.get().to_object())?;
        dict.set_str(vm, "stat_result", StructSeq::class(vm, &STAT_RESULT)?.into_object())?;
        dict.set_str(vm, "terminal_size", StructSeq::class(vm, &TERMINAL_SIZE)?.into_object())?;
        dict.set_str(vm, "uname_result", StructSeq::class(vm, &UNAME_RESULT)?.into_object())?;
        let have = ["HAVE_FSTATAT", "HAVE_LSTAT", "HAVE_FACCESSAT", "HAVE_MKDIRAT", "HAVE_UNLINKAT", "HAVE_RENAMEAT", "HAVE_OPENAT", "HAVE_READLINKAT", "HAVE_SYMLINKAT"];
        let have = have.iter().map(|n| Str::new(n).into_object()).collect();
        dict.set_str(vm, "_have_functions", List::from_vec(have).into_object())
    }

    /// Perform a stat system call on the given path.
    #[py("stat(path, *, dir_fd=None, follow_symlinks=True)")]
    fn stat(vm: &Vm, path: &Object, dir_fd: Option<&Object>, follow_symlinks: bool) -> Result<Object> {
        stat_of(vm, path, super::dir_fd(vm, dir_fd)?, follow_symlinks)
    }

    /// Perform a stat system call on the given path, without following symbolic links.
    #[py("lstat(path, *, dir_fd=None)")]
    fn lstat(vm: &Vm, path: &Object, dir_fd: Option<&Object>) -> Result<Object> {
        stat_of(vm, path, super::dir_fd(vm, dir_fd)?, false)
    }

    /// Perform a stat system call on the given file descriptor.
    #[py("fstat(fd)")]
    fn fstat(vm: &Vm, fd: i32) -> Result<Object> {
        stat_object(vm, &host::fs::fstat(fd).map_err(|error| fail(vm, &error))?)
    }

    /// Use the real uid/gid to test for access to a path.
    #[py("access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)")]
    fn access(vm: &Vm, path: Path, mode: i32, dir_fd: Option<&Object>, effective_ids: bool, follow_symlinks: bool) -> Result<bool> {
        Ok(host::fs::access(super::dir_fd(vm, dir_fd)?, &path.bytes, mode, effective_ids, follow_symlinks).is_ok())
    }

    /// Return a list containing the names of the files in the directory.
    #[py("listdir(path=None)")]
    fn listdir(vm: &Vm, path: Option<&Object>) -> Result<Vec<Object>> {
        let (target, all) = entries(vm, path)?;
        all.iter().map(|e| target.like(vm, &e.name)).collect()
    }

    /// Return an iterator of DirEntry objects for given path.
    #[py("scandir(path=None)")]
    fn scandir(vm: &Vm, path: Option<&Object>) -> Result<Object> {
        let (target, all) = entries(vm, path)?;
        let base = target.bytes.as_bytes();
        let mut list = Vec::with_capacity(all.len());
        for entry in &all {
            let mut full = base.to_vec();
            if full.last() != Some(&b'/') {
                full.push(b'/');
            }
            full.extend_from_slice(&entry.name);
            let full = if path.is_none() { entry.name.clone() } else { full };
            list.push(
                instance::alloc_static(DirEntry {
                    head: Head::new(),
                    name: target.like(vm, &entry.name)?,
                    path: target.like(vm, &full)?,
                    kind: entry.kind,
                    ino: entry.ino,
                })
                .into_object(),
            );
        }
        let entries = iter::get_iter(vm, List::from_vec(list).as_object())?;
        Ok(instance::alloc_static(ScandirIterator { head: Head::new(), entries: Field::some(entries) }).into_object())
    }

    /// Open a file for low level IO.  Returns a file descriptor (integer).
    #[py("open(path, flags, mode=511, *, dir_fd=None)")]
    fn open(vm: &Vm, path: Path, flags: i32, mode: i32, dir_fd: Option<&Object>) -> Result<i32> {
        let cloexec = POSIX.iter().find(|(n, _)| *n == "O_CLOEXEC").map_or(0, |(_, v)| *v as i32);
        host::fd::open_at(super::dir_fd(vm, dir_fd)?, &path.bytes, flags | cloexec, mode as u32).map_err(|error| path.fail(vm, &error))
    }

    /// Close a file descriptor.
    #[py("close(fd)")]
    fn close(vm: &Vm, fd: i32) -> Result<()> {
        host::fd::close(fd).map_err(|error| fail(vm, &error))
    }

    /// Read from a file descriptor.  Returns a bytes object.
    #[py("read(fd, length, /)")]
    fn read(vm: &Vm, fd: i32, length: isize) -> Result<Object> {
        let Ok(length) = usize::try_from(length) else { return Err(fail(vm, &std::io::Error::from_raw_os_error(22))) };
        let mut data = Vec::new();
        vm.memory(data.try_reserve_exact(length).map_err(|_| vm::heap::OutOfMemory))?;
        data.resize(length, 0);
        loop {
            match host::fd::read(fd, &mut data) {
                Ok(n) => return Ok(Bytes::try_new(vm, &data[..n])?.into_object()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => vm::interp::check_signals(vm)?,
                Err(error) => return Err(fail(vm, &error)),
            }
        }
    }

    /// Write a bytes object to a file descriptor.
    #[py("write(fd, data, /)")]
    fn write(vm: &Vm, fd: i32, data: &Object) -> Result<usize> {
        let buffer = vm::object::buffer::get_buffer(vm, data, vm::object::buffer::request::SIMPLE)?;
        let bytes = buffer.to_vec();
        buffer.release(vm);
        loop {
            match host::fd::write(fd, &bytes) {
                Ok(n) => return Ok(n),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => vm::interp::check_signals(vm)?,
                Err(error) => return Err(fail(vm, &error)),
            }
        }
    }

    /// Set the position of a file descriptor.  Return the new position.
    #[py("lseek(fd, position, whence, /)")]
    fn lseek(vm: &Vm, fd: i32, position: i64, whence: i32) -> Result<i64> {
        host::fd::seek(fd, position, whence).map_err(|error| fail(vm, &error))
    }

    /// Truncate a file, specified by file descriptor, to a specific length.
    #[py("ftruncate(fd, length, /)")]
    fn ftruncate(vm: &Vm, fd: i32, length: i64) -> Result<()> {
        host::fd::truncate(fd, length).map_err(|error| fail(vm, &error))
    }

    /// Return True if the fd is connected to a terminal.
    #[py("isatty(fd, /)")]
    fn isatty(fd: i32) -> bool {
        host::fd::is_tty(fd)
    }

    /// Return a duplicate of a file descriptor.
    #[py("dup(fd, /)")]
    fn dup(vm: &Vm, fd: i32) -> Result<i32> {
        host::fd::dup(fd).map_err(|error| fail(vm, &error))
    }

    /// Create a pipe.
    #[py("pipe()")]
    fn pipe(vm: &Vm) -> Result<(i32, i32)> {
        let cloexec = POSIX.iter().find(|(n, _)| *n == "O_CLOEXEC").map_or(0, |(_, v)| *v as i32);
        host::fd::pipe(cloexec).map_err(|error| fail(vm, &error))
    }

    /// Return a unicode string representing the current working directory.
    #[py("getcwd()")]
    fn getcwd(vm: &Vm) -> Result<Ref<Str>> {
        decode_fs(vm, &host::fs::getcwd().map_err(|error| fail(vm, &error))?)
    }

    /// Return a bytes string representing the current working directory.
    #[py("getcwdb()")]
    fn getcwdb(vm: &Vm) -> Result<Ref<Bytes>> {
        Bytes::try_new(vm, &host::fs::getcwd().map_err(|error| fail(vm, &error))?)
    }

    /// Change the current working directory to the specified path.
    #[py("chdir(path)")]
    fn chdir(vm: &Vm, path: Path) -> Result<()> {
        host::fs::chdir(&path.bytes).map_err(|error| path.fail(vm, &error))
    }

    /// Create a directory.
    #[py("mkdir(path, mode=511, *, dir_fd=None)")]
    fn mkdir(vm: &Vm, path: Path, mode: i32, dir_fd: Option<&Object>) -> Result<()> {
        host::fs::mkdir(super::dir_fd(vm, dir_fd)?, &path.bytes, mode as u32).map_err(|error| path.fail(vm, &error))
    }

    /// Remove a directory.
    #[py("rmdir(path, *, dir_fd=None)")]
    fn rmdir(vm: &Vm, path: Path, dir_fd: Option<&Object>) -> Result<()> {
        host::fs::rmdir(super::dir_fd(vm, dir_fd)?, &path.bytes).map_err(|error| path.fail(vm, &error))
    }

    /// Remove a file (same as remove()).
    #[py("unlink(path, *, dir_fd=None)")]
    fn unlink(vm: &Vm, path: Path, dir_fd: Option<&Object>) -> Result<()> {
        host::fs::unlink(super::dir_fd(vm, dir_fd)?, &path.bytes).map_err(|error| path.fail(vm, &error))
    }

    /// Remove a file (same as unlink()).
    #[py("remove(path, *, dir_fd=None)")]
    fn remove(vm: &Vm, path: Path, dir_fd: Option<&Object>) -> Result<()> {
        host::fs::unlink(super::dir_fd(vm, dir_fd)?, &path.bytes).map_err(|error| path.fail(vm, &error))
    }

    /// Rename a file or directory.
    #[py("rename(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
    fn rename(vm: &Vm, src: Path, dst: Path, src_dir_fd: Option<&Object>, dst_dir_fd: Option<&Object>) -> Result<()> {
        host::fs::rename(dir_fd(vm, src_dir_fd)?, &src.bytes, dir_fd(vm, dst_dir_fd)?, &dst.bytes).map_err(|error| src.fail(vm, &error))
    }

    /// Rename a file or directory, overwriting the destination.
    #[py("replace(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
    fn replace(vm: &Vm, src: Path, dst: Path, src_dir_fd: Option<&Object>, dst_dir_fd: Option<&Object>) -> Result<()> {
        rename(vm, src, dst, src_dir_fd, dst_dir_fd)
    }

    /// Create a symbolic link pointing to src named dst.
    #[py("symlink(src, dst, target_is_directory=False, *, dir_fd=None)")]
    fn symlink(vm: &Vm, src: Path, dst: Path, target_is_directory: bool, dir_fd: Option<&Object>) -> Result<()> {
        let _ = target_is_directory;
        host::fs::symlink(&src.bytes, super::dir_fd(vm, dir_fd)?, &dst.bytes).map_err(|error| src.fail(vm, &error))
    }

    /// Return a string representing the path to which the symbolic link points.
    #[py("readlink(path, *, dir_fd=None)")]
    fn readlink(vm: &Vm, path: Path, dir_fd: Option<&Object>) -> Result<Object> {
        let target = host::fs::readlink(super::dir_fd(vm, dir_fd)?, &path.bytes).map_err(|error| path.fail(vm, &error))?;
        path.like(vm, &target)
    }

    /// Change the access permissions of a file.
    #[py("chmod(path, mode, *, dir_fd=None, follow_symlinks=True)")]
    fn chmod(vm: &Vm, path: Path, mode: i32, dir_fd: Option<&Object>, follow_symlinks: bool) -> Result<()> {
        host::fs::chmod(super::dir_fd(vm, dir_fd)?, &path.bytes, mode as u32, follow_symlinks).map_err(|error| path.fail(vm, &error))
    }

    /// Set the current numeric umask and return the previous umask.
    #[py("umask(mask, /)")]
    fn umask(mask: i32) -> u32 {
        host::fs::umask(mask as u32)
    }

    /// Change or add an environment variable.
    #[py("putenv(name, value, /)")]
    fn putenv(vm: &Vm, name: Path, value: Path) -> Result<()> {
        if name.bytes.as_bytes().contains(&b'=') {
            bail!(vm, ValueError, "illegal environment variable name");
        }
        host::env::set(&name.bytes, &value.bytes).map_err(|error| fail(vm, &error))
    }

    /// Delete an environment variable.
    #[py("unsetenv(name, /)")]
    fn unsetenv(vm: &Vm, name: Path) -> Result<()> {
        host::env::unset(&name.bytes).map_err(|error| fail(vm, &error))
    }

    /// Return the file system path representation of the object.
    #[py("fspath(path)")]
    fn fspath(vm: &Vm, path: &Object) -> Result<Object> {
        if path.is_instance_of::<Str>() || path.is_instance_of::<Bytes>() {
            return Ok(path.clone());
        }
        let Some(method) = vm::object::attr::lookup(vm::object::type_of(path), vm.names().__fspath__()) else {
            bail!(vm, TypeError, "expected str, bytes or os.PathLike object, not {}", type_name(path));
        };
        let found = vm::object::slot_table::call_found(vm, path, &method, &[])?;
        if found.is_instance_of::<Str>() || found.is_instance_of::<Bytes>() {
            return Ok(found);
        }
        Err(raise!(vm, TypeError, "expected {}.__fspath__() to return str or bytes, not {}", type_name(path), type_name(&found)))
    }

    /// Translate an error code to a message string.
    #[py("strerror(code, /)")]
    fn strerror(code: i32) -> String {
        host::error_text(code)
    }

    /// Return a bytes object containing random bytes suitable for cryptographic use.
    #[py("urandom(size, /)")]
    fn urandom(vm: &Vm, size: isize) -> Result<Object> {
        let Ok(size) = usize::try_from(size) else { bail!(vm, ValueError, "negative argument not allowed") };
        let mut data = Vec::new();
        vm.memory(data.try_reserve_exact(size).map_err(|_| vm::heap::OutOfMemory))?;
        data.resize(size, 0);
        host::system::fill_random(&mut data).map_err(|error| fail(vm, &error))?;
        Ok(Bytes::try_new(vm, &data)?.into_object())
    }

    /// Return the number of logical CPUs in the system.
    #[py("cpu_count()")]
    fn cpu_count() -> Option<usize> {
        host::system::cpu_count()
    }

    /// Return the current process id.
    #[py("getpid()")]
    fn getpid() -> i32 {
        host::process::getpid()
    }

    /// Return the parent's process id.
    #[py("getppid()")]
    fn getppid() -> i32 {
        host::process::getppid()
    }

    /// Return the current process's user id.
    #[py("getuid()")]
    fn getuid() -> u32 {
        host::process::getuid()
    }

    /// Return the current process's effective user id.
    #[py("geteuid()")]
    fn geteuid() -> u32 {
        host::process::geteuid()
    }

    /// Return the current process's group id.
    #[py("getgid()")]
    fn getgid() -> u32 {
        host::process::getgid()
    }

    /// Return the current process's effective group id.
    #[py("getegid()")]
    fn getegid() -> u32 {
        host::process::getegid()
    }

    /// Exit to the system with specified status, without normal exit processing.
    #[py("_exit(status)")]
    fn _exit(status: i32) {
        host::process::exit_now(status)
    }

    /// Return an object identifying the current operating system.
    #[py("uname()")]
    fn uname(vm: &Vm) -> Result<Object> {
        let name = host::system::uname().map_err(|error| fail(vm, &error))?;
        let parts = [&name.sysname, &name.nodename, &name.release, &name.version, &name.machine];
        StructSeq::make(vm, &UNAME_RESULT, parts.iter().map(|p| Str::new(&String::from_utf8_lossy(p)).into_object()).collect())
    }

    /// Return the size of the terminal window as (columns, lines).
    #[py("get_terminal_size(fd=1, /)")]
    fn get_terminal_size(vm: &Vm, fd: i32) -> Result<Object> {
        let size = host::tty::window_size(fd).map_err(|error| fail(vm, &error))?;
        StructSeq::make(vm, &TERMINAL_SIZE, vec![Int::from_i64(size.1.into()), Int::from_i64(size.0.into())])
    }

    /// Normalizes a path, as posixpath.normpath() does.
    #[py("_path_normpath(path)")]
    fn _path_normpath(vm: &Vm, path: Path) -> Result<Object> {
        let bytes = path.bytes.as_bytes();
        let slashes = bytes.iter().take_while(|&&b| b == b'/').count();
        let lead: &[u8] = match slashes {
            0 => b"",
            2 => b"//",
            _ => b"/",
        };
        let mut parts: Vec<&[u8]> = Vec::new();
        for part in bytes.split(|&b| b == b'/') {
            match part {
                b"" | b"." => {}
                b".." if parts.last().is_some_and(|p| *p != b"..") => {
                    parts.pop();
                }
                b".." if !lead.is_empty() && parts.is_empty() => {}
                part => parts.push(part),
            }
        }
        let mut out = lead.to_vec();
        out.extend(parts.join(&b'/'));
        if out.is_empty() {
            out.push(b'.');
        }
        path.like(vm, &out)
    }

    fn path_is(vm: &Vm, path: &Object, follow: bool, test: impl Fn(u32) -> bool) -> Result<bool> {
        let status = if number::has_index(path) && !path.is_instance_of::<Str>() {
            host::fs::fstat(number::as_ssize(vm, path, None)? as i32)
        } else {
            match super::path(vm, path) {
                Ok(path) => host::fs::stat_at(AT_FDCWD, &path.bytes, follow),
                Err(_) if vm.raised_is(&vm::exception::types::ValueError) => {
                    vm.clear_raised();
                    return Ok(false);
                }
                Err(raised) => return Err(raised),
            }
        };
        Ok(status.is_ok_and(|s| test(s.mode & 0o170_000)))
    }

    /// Return true if the pathname refers to an existing directory.
    #[py("_path_isdir(path)")]
    fn _path_isdir(vm: &Vm, path: &Object) -> Result<bool> {
        path_is(vm, path, true, |kind| kind == 0o040_000)
    }

    /// Test whether a path is a regular file
    #[py("_path_isfile(path)")]
    fn _path_isfile(vm: &Vm, path: &Object) -> Result<bool> {
        path_is(vm, path, true, |kind| kind == 0o100_000)
    }

    /// Test whether a path is a symbolic link
    #[py("_path_islink(path)")]
    fn _path_islink(vm: &Vm, path: &Object) -> Result<bool> {
        path_is(vm, path, false, |kind| kind == 0o120_000)
    }

    /// Test whether a path exists.  Returns False for broken symbolic links.
    #[py("_path_exists(path)")]
    fn _path_exists(vm: &Vm, path: &Object) -> Result<bool> {
        path_is(vm, path, true, |_| true)
    }

    /// Test whether a path exists.  Returns True for broken symbolic links.
    #[py("_path_lexists(path)")]
    fn _path_lexists(vm: &Vm, path: &Object) -> Result<bool> {
        path_is(vm, path, false, |_| true)
    }
}
