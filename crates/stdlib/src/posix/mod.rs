//! `posix`: what `os` stands on.

mod files;
mod process;
mod spawn;

use host::constants::POSIX;
use std::ffi::{CStr, CString};
use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::modules::sys::{decode_fs, encode_fs, fs_text};
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{iter, number, object as protocol};

/// The directory that relative paths start from.
const AT_FDCWD: i32 = -100;

static STAT_RESULT: Table = Table {
    name: "stat_result",
    module: "os",
    doc: "stat_result: Result from stat, fstat, or lstat.\n\nThis object may be accessed either as a tuple of\n  (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime)\nor via the attributes st_mode, st_ino, st_dev, st_nlink, st_uid, and so on.\n\nPosix/windows: If your platform supports st_blksize, st_blocks, st_rdev,\nor st_flags, they are available as attributes only.\n\nSee os.stat for more information.",
    fields: &[
        ("st_mode", "protection bits"),
        ("st_ino", "inode"),
        ("st_dev", "device"),
        ("st_nlink", "number of hard links"),
        ("st_uid", "user ID of owner"),
        ("st_gid", "group ID of owner"),
        ("st_size", "total size, in bytes"),
        ("", ""),
        ("", ""),
        ("", ""),
        ("st_atime", "time of last access"),
        ("st_mtime", "time of last modification"),
        ("st_ctime", "time of last change"),
        ("st_atime_ns", "time of last access in nanoseconds"),
        ("st_mtime_ns", "time of last modification in nanoseconds"),
        ("st_ctime_ns", "time of last change in nanoseconds"),
        ("st_blksize", "blocksize for filesystem I/O"),
        ("st_blocks", "number of blocks allocated"),
        ("st_rdev", "device type (if inode device)"),
    ],
    visible: 10,
    constructible: true,
};

static TERMINAL_SIZE: Table = Table {
    name: "terminal_size",
    module: "os",
    doc: "A tuple of (columns, lines) for holding terminal window size",
    fields: &[
        ("columns", "width of the terminal window in characters"),
        ("lines", "height of the terminal window in characters"),
    ],
    visible: 2,
    constructible: true,
};

static UNAME_RESULT: Table = Table {
    name: "uname_result",
    module: "posix",
    doc: "uname_result: Result from os.uname().\n\nThis object may be accessed either as a tuple of\n  (sysname, nodename, release, version, machine),\nor via the attributes sysname, nodename, release, version, and machine.\n\nSee os.uname for more information.",
    fields: &[
        ("sysname", "operating system name"),
        ("nodename", "name of machine on network (implementation-defined)"),
        ("release", "operating system release"),
        ("version", "operating system version"),
        ("machine", "hardware identifier"),
    ],
    visible: 5,
    constructible: true,
};

/// A path argument: its bytes for the system, and whether it was given as bytes.
pub struct Path {
    bytes: CString,
    is_bytes: bool,
    object: Object,
}

/// A path, or the number of an open file.
pub enum PathOrFd {
    Path(Path),
    Fd(i32, Object),
}

/// A descriptor, or an object with `fileno()`.
pub struct Descriptor(pub i32);

/// The path that the argument `what` of `function` is.
fn path_named(vm: &Vm, object: &Object, function: &str, what: &str) -> Result<Path> {
    let plain = object.is_instance_of::<Bytes>() || object.is_instance_of::<Str>();
    let text = match plain {
        true => object.clone(),
        false => match attr::lookup(type_of(object), vm.names().__fspath__()).filter(|method| !method.is(&none())) {
            Some(method) => {
                let found = vm::object::slot_table::call_found(vm, object, &method, &[])?;
                if !found.is_instance_of::<Bytes>() && !found.is_instance_of::<Str>() {
                    let (kind, given) = (type_name(object), type_name(&found));
                    bail!(vm, TypeError, "expected {kind}.__fspath__() to return str or bytes, not {given}");
                }
                found
            }
            None => bail!(
                vm,
                TypeError,
                "{function}: {what} should be string, bytes or os.PathLike, not {}",
                type_name(object)
            ),
        },
    };
    let is_bytes = text.is_instance_of::<Bytes>();
    let bytes = match text.cast::<Bytes>() {
        Some(bytes) => bytes.as_bytes().to_vec(),
        None => encode_fs(vm, &*fs_text(vm, &text)?)?,
    };
    match CString::new(bytes) {
        Ok(bytes) => Ok(Path { bytes, is_bytes, object: object.clone() }),
        Err(_) => Err(raise!(vm, ValueError, "{function}: embedded null character in {what}")),
    }
}

fn path(vm: &Vm, object: &Object) -> Result<Path> {
    path_named(vm, object, "stat", "path")
}

fn name_at(at: ArgSite) -> &'static str {
    at.signature.params[at.index as usize].name
}

impl FromArg<'_> for Path {
    fn from_arg(vm: &Vm, value: &Object, at: ArgSite) -> Result<Self> {
        path_named(vm, value, at.signature.name, name_at(at))
    }
}

impl FromArg<'_> for PathOrFd {
    fn from_arg(vm: &Vm, value: &Object, at: ArgSite) -> Result<Self> {
        let plain = value.is_instance_of::<Bytes>() || value.is_instance_of::<Str>();
        if !plain && number::has_index(value) {
            if value.is_instance_of::<Bool>() {
                vm.warn(&vm::exception::types::RuntimeWarning, "bool is used as a file descriptor", 1)?;
            }
            return Ok(PathOrFd::Fd(fd_of(vm, value)?, value.clone()));
        }
        if !plain && attr::lookup(type_of(value), vm.names().__fspath__()).is_none() {
            let or_none = if at.default() == vm::native::Default::None {
                "os.PathLike, integer or None"
            } else {
                "os.PathLike or integer"
            };
            let (function, what) = (at.signature.name, name_at(at));
            bail!(vm, TypeError, "{function}: {what} should be string, bytes, {or_none}, not {}", type_name(value));
        }
        path_named(vm, value, at.signature.name, name_at(at)).map(PathOrFd::Path)
    }
}

fn fd_of(vm: &Vm, value: &Object) -> Result<i32> {
    if value.is_instance_of::<Bool>() {
        vm.warn(&vm::exception::types::RuntimeWarning, "bool is used as a file descriptor", 1)?;
    }
    let index = number::index(vm, value)?;
    match Int::to_i64(&index).map(i32::try_from) {
        Some(Ok(fd)) => Ok(fd),
        _ if Int::is_negative(&index) => Err(raise!(vm, OverflowError, "fd is less than minimum")),
        _ => Err(raise!(vm, OverflowError, "fd is greater than maximum")),
    }
}

impl FromArg<'_> for Descriptor {
    fn from_arg(vm: &Vm, value: &Object, at: ArgSite) -> Result<Self> {
        let _ = at;
        vm::protocol::object::file_descriptor(vm, value).map(Descriptor)
    }
}

fn fail(vm: &Vm, error: &std::io::Error) -> Raised {
    vm::exception::os_error(vm, error, None)
}

impl Path {
    fn plain(bytes: CString) -> Path {
        Path { bytes, is_bytes: false, object: none() }
    }

    fn fail(&self, vm: &Vm, error: &std::io::Error) -> Raised {
        vm::exception::os_error(vm, error, Some(&self.object))
    }

    /// The error of a call with two paths.
    fn fail_both(&self, vm: &Vm, error: &std::io::Error, other: &Path) -> Raised {
        vm::exception::os_error_with(vm, error, Some(&self.object), Some(&other.object))
    }

    /// Runs a call that may block on the path.
    fn run<R>(&self, vm: &Vm, call: impl Fn(&CStr) -> std::io::Result<R>) -> Result<R> {
        vm.blocking(|| call(&self.bytes))?.map_err(|error| self.fail(vm, &error))
    }

    fn like(&self, vm: &Vm, bytes: &[u8]) -> Result<Object> {
        text_or_bytes(vm, bytes, self.is_bytes)
    }
}

impl PathOrFd {
    fn object(&self) -> Object {
        match self {
            PathOrFd::Path(path) => path.object.clone(),
            PathOrFd::Fd(_, object) => object.clone(),
        }
    }

    fn fail(&self, vm: &Vm, error: &std::io::Error) -> Raised {
        vm::exception::os_error(vm, error, Some(&self.object()).filter(|o| !o.is(&none())))
    }

    /// Runs a call that may block on the path or descriptor.
    fn run<R>(&self, vm: &Vm, call: impl Fn(&PathOrFd) -> std::io::Result<R>) -> Result<R> {
        vm.blocking(|| call(self))?.map_err(|error| self.fail(vm, &error))
    }
}

fn text_or_bytes(vm: &Vm, bytes: &[u8], as_bytes: bool) -> Result<Object> {
    if as_bytes { Ok(Bytes::try_new(vm, bytes)?.into_object()) } else { Ok(decode_fs(vm, bytes)?.into_object()) }
}

use vm::object::buffer::bytes_of;

pub use vm::modules::sys::fs_path as fspath;

/// The text of a path that no call gets: any text will do.
pub struct PathText {
    pub bytes: Vec<u8>,
    is_bytes: bool,
}

impl PathText {
    /// Of a str or bytes.
    pub fn new(_vm: &Vm, path: &Object) -> PathText {
        match (path.cast::<Str>(), path.cast::<Bytes>()) {
            (Some(text), _) => PathText { bytes: text.to_wtf8().as_bytes().to_vec(), is_bytes: false },
            (None, bytes) => {
                PathText { bytes: bytes.map(|b| b.as_bytes().to_vec()).unwrap_or_default(), is_bytes: true }
            }
        }
    }

    /// A part, cut at slashes, as the path's own kind.
    pub fn like(&self, vm: &Vm, part: &[u8]) -> Result<Object> {
        if self.is_bytes {
            return Ok(Bytes::try_new(vm, part)?.into_object());
        }
        vm::modules::codecs::decode(vm, part, "utf-8", "surrogatepass")
    }
}

/// Reads into a writable buffer; gives the number of bytes.
fn fill(vm: &Vm, object: &Object, read: impl FnOnce(&mut [u8]) -> Result<usize>) -> Result<usize> {
    let view = vm::object::buffer::writable(vm, object, "readinto() argument 2")?;
    let mut data = Vec::new();
    vm.memory(data.try_reserve_exact(view.byte_len()).map_err(|_| vm::heap::OutOfMemory))?;
    data.resize(view.byte_len(), 0);
    let got = read(&mut data);
    if let Ok(n) = got {
        view.exporter.with_bytes_mut(&mut |bytes| bytes[view.offset..view.offset + n].copy_from_slice(&data[..n]));
    }
    view.release(vm);
    got
}

/// The times that `utime` is given.
fn times_of(vm: &Vm, times: Option<&Object>, ns: Option<&Object>) -> Result<host::fs::SetTimes> {
    use host::fs::SetTimes;
    use host::time::Time;
    if times.is_some() && ns.is_some() {
        bail!(vm, ValueError, "utime: you may specify either 'times' or 'ns' but not both");
    }
    let pair = |object: &Object, words: &str| match object.cast::<Tuple>().map(|t| t.items()) {
        Some([a, b]) => Ok((a.clone(), b.clone())),
        _ => Err(raise!(vm, TypeError, "utime: {words}")),
    };
    let whole = |seconds: &Object| -> Result<Time> {
        match Float::value_of(seconds).filter(|_| seconds.is_instance_of::<Float>()) {
            Some(value) if value.is_nan() => Err(raise!(vm, ValueError, "Invalid value NaN (not a number)")),
            Some(value) => {
                let sec = value.floor();
                if !(-9.2e18..9.2e18).contains(&sec) {
                    bail!(vm, OverflowError, "timestamp out of range for platform time_t");
                }
                Ok(Time { sec: sec as i64, nsec: (((value - sec) * 1e9).floor() as i64).min(999_999_999) })
            }
            None => {
                let index = number::index(vm, seconds)?;
                match Int::to_i64(&index) {
                    Some(sec) => Ok(Time { sec, nsec: 0 }),
                    None => Err(raise!(vm, OverflowError, "timestamp out of range for platform time_t")),
                }
            }
        }
    };
    match (times, ns) {
        (Some(times), _) => {
            let (a, b) = pair(times, "'times' must be either a tuple of two ints or None")?;
            Ok(SetTimes::To(whole(&a)?, whole(&b)?))
        }
        (None, Some(ns)) => {
            let (a, b) = pair(ns, "'ns' must be a tuple of two ints")?;
            let time = |o: &Object| -> Result<Time> {
                let billion = Int::from_i64(1_000_000_000);
                let parts = number::divmod(vm, o, &billion)?;
                let Some([sec, nsec]) = parts.cast::<Tuple>().map(|t| t.items()) else {
                    let (given, kind) = (type_name(o), type_name(&parts));
                    bail!(vm, TypeError, "{given}.__divmod__() must return a 2-tuple, not {kind}");
                };
                match (Int::to_i64(sec), Int::to_i64(nsec)) {
                    (Some(sec), Some(nsec)) => Ok(Time { sec, nsec }),
                    _ => Err(raise!(vm, OverflowError, "timestamp out of range for platform time_t")),
                }
            };
            Ok(SetTimes::To(time(&a)?, time(&b)?))
        }
        (None, None) => Ok(SetTimes::Now),
    }
}

fn dir_fd(vm: &Vm, fd: Option<&Object>) -> Result<i32> {
    match fd {
        None => Ok(AT_FDCWD),
        Some(fd) if !number::has_index(fd) => {
            Err(raise!(vm, TypeError, "argument should be integer or None, not {}", type_name(fd)))
        }
        Some(fd) => fd_of(vm, fd),
    }
}

fn stat_object(vm: &Vm, status: &host::fs::Stat) -> Result<Object> {
    let int = |n: i128| Int::from_i128(n);
    let float = |t: host::time::Time| Float::from_f64(t.sec as f64 + t.nsec as f64 * 1e-9);
    let nanos = |t: host::time::Time| int(i128::from(t.sec) * 1_000_000_000 + i128::from(t.nsec));
    let (a, m, c) = (status.atime, status.mtime, status.ctime);
    StructSeq::make(
        vm,
        &STAT_RESULT,
        vec![
            int(status.mode.into()),
            int(status.ino.into()),
            int(status.dev.into()),
            int(status.nlink.into()),
            int(status.uid.into()),
            int(status.gid.into()),
            int(status.size.into()),
            int(a.sec.into()),
            int(m.sec.into()),
            int(c.sec.into()),
            float(a),
            float(m),
            float(c),
            nanos(a),
            nanos(m),
            nanos(c),
            int(status.blksize.into()),
            int(status.blocks.into()),
            int(status.rdev.into()),
        ],
    )
}

fn stat_path(vm: &Vm, target: &PathOrFd, fd: i32, follow: bool) -> Result<Object> {
    let status = target.run(vm, |target| match target {
        PathOrFd::Path(path) => host::fs::stat_at(fd, &path.bytes, follow),
        PathOrFd::Fd(fd, _) => host::fs::fstat(*fd),
    })?;
    stat_object(vm, &status)
}

fn stat_of(vm: &Vm, target: &Object, fd: i32, follow: bool) -> Result<Object> {
    stat_path(vm, &PathOrFd::Path(path(vm, target)?), fd, follow)
}

/// One entry of `scandir`.
#[pytype("DirEntry", flags(HAVE_GC, DISALLOW_INSTANTIATION), module = "posix")]
pub struct DirEntry {
    pub head: Head,
    name: Object,
    path: Object,
    kind: u8,
    ino: u64,
    /// Where the path starts from.
    dir: i32,
    /// What `stat` gave: of the entry itself, and of what a link leads to.
    #[untraced]
    status: [Field<Object>; 2],
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
        match host::fs::stat_at(self.dir, &target.bytes, follow) {
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
    #[py("is_symlink()", keywords)]
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
        let follow = follow_symlinks && matches!(self.kind, LINK | UNKNOWN);
        let cached = &self.status[usize::from(follow)];
        if let Some(status) = cached.get() {
            return Ok(status);
        }
        let status = stat_of(vm, &self.path, self.dir, follow)?;
        cached.set(Some(status.clone()));
        Ok(status)
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

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        vm::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), object)
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
        let next = match self.entries.get() {
            Some(entries) => iter::next(vm, &entries)?,
            None => None,
        };
        if next.is_none() {
            self.entries.set(None);
        }
        Ok(next)
    }

    #[slot]
    fn finalize(this: &Ref<Self>, vm: &Vm) {
        if this.entries.get().is_none() {
            return;
        }
        let saved = vm.take_raised();
        let object = this.as_object();
        let warned = vm::protocol::object::repr(vm, object).and_then(|shown| {
            vm::modules::warnings::warn_unclosed(vm, object, &format!("unclosed scandir iterator {shown}"))
        });
        if warned.is_err() {
            vm.unraisable("Exception ignored while finalizing scandir iterator", Some(object));
        }
        vm.restore_raised(saved);
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

/// The environment as a dict of bytes.
fn environment(vm: &Vm) -> Result<Object> {
    let environ = Dict::empty();
    for (name, value) in host::env::all() {
        environ.set(vm, Bytes::try_new(vm, &name)?.as_object(), Bytes::try_new(vm, &value)?.into_object())?;
    }
    Ok(environ.into_object())
}

fn entries(vm: &Vm, target: Option<PathOrFd>) -> Result<(PathOrFd, Vec<host::dir::Entry>)> {
    let target = target.unwrap_or_else(|| PathOrFd::Path(Path::plain(CString::from(c"."))));
    let all = target.run(vm, |target| {
        let dir = match target {
            PathOrFd::Path(path) => host::dir::Dir::open(&path.bytes)?,
            PathOrFd::Fd(fd, _) => host::dir::Dir::from_fd(*fd)?,
        };
        dir.filter(|e| !e.as_ref().is_ok_and(|e| e.name == b"." || e.name == b"..")).collect()
    })?;
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
        for part in
            [files::module::MODULE.functions, process::module::MODULE.functions, spawn::module::MODULE.functions]
        {
            vm::import::add_functions(vm, module, part)?;
        }
        for (name, action) in [("OPEN", 0), ("CLOSE", 1), ("DUP2", 2), ("CLOSEFROM", 3)] {
            dict.set_str(vm, &format!("POSIX_SPAWN_{name}"), Object::int32(action))?;
        }
        files::exec(vm, &dict)?;
        process::exec(vm, &dict)?;
        dict.set_str(vm, "environ", super::environment(vm)?)?;
        dict.set_str(vm, "error", vm::exception::types::OSError.get().to_object())?;
        dict.set_str(vm, "stat_result", StructSeq::class(vm, &STAT_RESULT)?.into_object())?;
        dict.set_str(vm, "terminal_size", StructSeq::class(vm, &TERMINAL_SIZE)?.into_object())?;
        dict.set_str(vm, "uname_result", StructSeq::class(vm, &UNAME_RESULT)?.into_object())?;
        let have = [
            "HAVE_FACCESSAT",
            "HAVE_FCHDIR",
            "HAVE_FCHMOD",
            "HAVE_FCHMODAT",
            "HAVE_FCHOWN",
            "HAVE_FCHOWNAT",
            "HAVE_FDOPENDIR",
            "HAVE_FEXECVE",
            "HAVE_FPATHCONF",
            "HAVE_FSTATAT",
            "HAVE_FSTATVFS",
            "HAVE_FTRUNCATE",
            "HAVE_FUTIMENS",
            "HAVE_LINKAT",
            "HAVE_LCHOWN",
            "HAVE_LSTAT",
            "HAVE_LUTIMES",
            "HAVE_MEMFD_CREATE",
            "HAVE_MKDIRAT",
            "HAVE_MKFIFOAT",
            "HAVE_MKNODAT",
            "HAVE_OPENAT",
            "HAVE_READLINKAT",
            "HAVE_RENAMEAT",
            "HAVE_SYMLINKAT",
            "HAVE_UNLINKAT",
            "HAVE_UTIMENSAT",
        ];
        let have = have.iter().map(|n| Str::new(n).into_object()).collect();
        dict.set_str(vm, "_have_functions", List::from_vec(have).into_object())
    }

    /// Return the process's environment as a dict of bytes, read anew.
    #[py("_create_environ()")]
    fn _create_environ(vm: &Vm) -> Result<Object> {
        super::environment(vm)
    }

    /// Perform a stat system call on the given path.
    #[py("stat(path, *, dir_fd=None, follow_symlinks=True)")]
    fn stat(vm: &Vm, path: PathOrFd, dir_fd: Option<&Object>, follow_symlinks: bool) -> Result<Object> {
        let dir = super::dir_fd(vm, dir_fd)?;
        if let PathOrFd::Fd(..) = path {
            if dir != AT_FDCWD {
                bail!(vm, ValueError, "stat: can't specify dir_fd without matching path");
            }
            if !follow_symlinks {
                bail!(vm, ValueError, "stat: cannot use fd and follow_symlinks together");
            }
        }
        stat_path(vm, &path, dir, follow_symlinks)
    }

    /// Perform a stat system call on the given path, without following symbolic links.
    #[py("lstat(path, *, dir_fd=None)")]
    fn lstat(vm: &Vm, path: Path, dir_fd: Option<&Object>) -> Result<Object> {
        stat_path(vm, &PathOrFd::Path(path), super::dir_fd(vm, dir_fd)?, false)
    }

    /// Perform a stat system call on the given file descriptor.
    #[py("fstat(fd)")]
    fn fstat(vm: &Vm, fd: i32) -> Result<Object> {
        let status = vm.blocking_call(|| host::fs::fstat(fd))?;
        stat_object(vm, &status)
    }

    /// Use the real uid/gid to test for access to a path.
    #[py("access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)")]
    fn access(
        vm: &Vm,
        path: Path,
        mode: i32,
        dir_fd: Option<&Object>,
        effective_ids: bool,
        follow_symlinks: bool,
    ) -> Result<bool> {
        let dir = super::dir_fd(vm, dir_fd)?;
        Ok(vm.allow_threads(|| host::fs::access(dir, &path.bytes, mode, effective_ids, follow_symlinks)).is_ok())
    }

    /// Return a list containing the names of the files in the directory.
    #[py("listdir(path=None)")]
    fn listdir(vm: &Vm, path: Option<PathOrFd>) -> Result<Vec<Object>> {
        let (target, all) = entries(vm, path)?;
        let as_bytes = matches!(&target, PathOrFd::Path(path) if path.is_bytes);
        all.iter().map(|e| text_or_bytes(vm, &e.name, as_bytes)).collect()
    }

    /// Return an iterator of DirEntry objects for given path.
    #[py("scandir(path=None)")]
    fn scandir(vm: &Vm, path: Option<PathOrFd>) -> Result<Object> {
        let (target, all) = entries(vm, path)?;
        let (base, as_bytes, dir) = match &target {
            PathOrFd::Path(path) if path.object.is(&none()) => (&b""[..], false, AT_FDCWD),
            PathOrFd::Path(path) => (path.bytes.as_bytes(), path.is_bytes, AT_FDCWD),
            PathOrFd::Fd(fd, _) => (&b""[..], false, *fd),
        };
        let plain_base = matches!(&target, PathOrFd::Path(path) if path.object.is(&none()));
        let mut list = Vec::with_capacity(all.len());
        for entry in &all {
            let mut full = if plain_base { b".".to_vec() } else { base.to_vec() };
            if !full.is_empty() && full.last() != Some(&b'/') {
                full.push(b'/');
            }
            full.extend_from_slice(&entry.name);
            list.push(
                instance::alloc_static(DirEntry {
                    head: Head::new(),
                    name: text_or_bytes(vm, &entry.name, as_bytes)?,
                    path: text_or_bytes(vm, &full, as_bytes)?,
                    kind: entry.kind,
                    ino: entry.ino,
                    dir,
                    status: [Field::empty(), Field::empty()],
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
        let dir = super::dir_fd(vm, dir_fd)?;
        vm.audit("open", &[path.object.clone(), none(), Object::int32(flags)])?;
        path.run(vm, |path| host::fd::open_at(dir, path, flags | cloexec, mode as u32))
    }

    /// Close a file descriptor.
    #[py("close(fd)")]
    fn close(vm: &Vm, fd: i32) -> Result<()> {
        vm.allow_threads(|| host::fd::close(fd)).map_err(|error| fail(vm, &error))
    }

    /// Read from a file descriptor.  Returns a bytes object.
    #[py("read(fd, length, /)")]
    fn read(vm: &Vm, fd: i32, length: isize) -> Result<Object> {
        let Ok(length) = usize::try_from(length) else { return Err(fail(vm, &std::io::Error::from_raw_os_error(22))) };
        let mut data = Vec::new();
        vm.memory(data.try_reserve_exact(length).map_err(|_| vm::heap::OutOfMemory))?;
        data.resize(length, 0);
        let n = vm.blocking_call(|| host::fd::read(fd, &mut data))?;
        Ok(Bytes::try_new(vm, &data[..n])?.into_object())
    }

    /// Write a bytes object to a file descriptor.
    #[py("write(fd, data, /)")]
    fn write(vm: &Vm, fd: i32, data: &Object) -> Result<usize> {
        let bytes = bytes_of(vm, data)?;
        vm.blocking_call(|| host::fd::write(fd, &bytes))
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
    fn chdir(vm: &Vm, path: PathOrFd) -> Result<()> {
        path.run(vm, |path| match path {
            PathOrFd::Path(path) => host::fs::chdir(&path.bytes),
            PathOrFd::Fd(fd, _) => host::fs::fchdir(*fd),
        })
    }

    /// Create a directory.
    #[py("mkdir(path, mode=511, *, dir_fd=None)")]
    fn mkdir(vm: &Vm, path: Path, mode: i32, dir_fd: Option<&Object>) -> Result<()> {
        let dir = super::dir_fd(vm, dir_fd)?;
        path.run(vm, |path| host::fs::mkdir(dir, path, mode as u32))
    }

    /// Remove a directory.
    #[py("rmdir(path, *, dir_fd=None)")]
    fn rmdir(vm: &Vm, path: Path, dir_fd: Option<&Object>) -> Result<()> {
        let dir = super::dir_fd(vm, dir_fd)?;
        path.run(vm, |path| host::fs::rmdir(dir, path))
    }

    /// Remove a file (same as remove()).
    #[py("unlink(path, *, dir_fd=None)")]
    fn unlink(vm: &Vm, path: Path, dir_fd: Option<&Object>) -> Result<()> {
        let dir = super::dir_fd(vm, dir_fd)?;
        path.run(vm, |path| host::fs::unlink(dir, path))
    }

    /// Remove a file (same as unlink()).
    #[py("remove(path, *, dir_fd=None)")]
    fn remove(vm: &Vm, path: Path, dir_fd: Option<&Object>) -> Result<()> {
        let dir = super::dir_fd(vm, dir_fd)?;
        path.run(vm, |path| host::fs::unlink(dir, path))
    }

    /// Rename a file or directory.
    #[py("rename(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
    fn rename(vm: &Vm, src: Path, dst: Path, src_dir_fd: Option<&Object>, dst_dir_fd: Option<&Object>) -> Result<()> {
        let (from, to) = (dir_fd(vm, src_dir_fd)?, dir_fd(vm, dst_dir_fd)?);
        vm.blocking(|| host::fs::rename(from, &src.bytes, to, &dst.bytes))?
            .map_err(|error| src.fail_both(vm, &error, &dst))
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
        let dir = super::dir_fd(vm, dir_fd)?;
        vm.blocking(|| host::fs::symlink(&src.bytes, dir, &dst.bytes))?.map_err(|error| src.fail_both(vm, &error, &dst))
    }

    /// Return a string representing the path to which the symbolic link points.
    #[py("readlink(path, *, dir_fd=None)")]
    fn readlink(vm: &Vm, path: Path, dir_fd: Option<&Object>) -> Result<Object> {
        let target = {
            let dir = super::dir_fd(vm, dir_fd)?;
            path.run(vm, |path| host::fs::readlink(dir, path))?
        };
        path.like(vm, &target)
    }

    /// Change the access permissions of a file.
    #[py("chmod(path, mode, *, dir_fd=None, follow_symlinks=True)", notext)]
    fn chmod(vm: &Vm, path: PathOrFd, mode: i32, dir_fd: Option<&Object>, follow_symlinks: bool) -> Result<()> {
        let dir = super::dir_fd(vm, dir_fd)?;
        path.run(vm, |path| match path {
            PathOrFd::Path(path) => host::fs::chmod(dir, &path.bytes, mode as u32, follow_symlinks),
            PathOrFd::Fd(fd, _) => host::fs::fchmod(*fd, mode as u32),
        })
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
        vm::modules::sys::fs_path(vm, path)
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
    fn cpu_count(vm: &Vm) -> Option<usize> {
        let wished = usize::try_from(vm.interp().config.borrow().cpu_count).ok().filter(|count| *count > 0);
        wished.or_else(host::system::cpu_count)
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
        StructSeq::make(
            vm,
            &UNAME_RESULT,
            parts.iter().map(|p| Str::new(&String::from_utf8_lossy(p)).into_object()).collect(),
        )
    }

    /// Return the size of the terminal window as (columns, lines).
    #[py("get_terminal_size(fd=1, /)", notext)]
    fn get_terminal_size(vm: &Vm, fd: i32) -> Result<Object> {
        let size = host::tty::window_size(fd).map_err(|error| fail(vm, &error))?;
        StructSeq::make(vm, &TERMINAL_SIZE, vec![Int::from_i64(size.1.into()), Int::from_i64(size.0.into())])
    }

    /// Normalizes a path, as posixpath.normpath() does.
    #[py("_path_normpath(path)")]
    fn _path_normpath(vm: &Vm, path: &Object) -> Result<Object> {
        let path = PathText::new(vm, &fspath(vm, path)?);
        let bytes = path.bytes.as_slice();
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
