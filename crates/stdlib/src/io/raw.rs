//! `FileIO`: a file descriptor.

use super::base::{IOBase, RawIOBase};
use super::{DEFAULT_BUFFER_SIZE, both, bytes_of, fill_buffer, size_of_arg, unsupported};
use host::constants::POSIX;
use std::cell::Cell;
use std::ffi::CString;
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, number, object as protocol};

/// Open a file.
///
/// The mode can be 'r' (default), 'w', 'x' or 'a' for reading,
/// writing, exclusive creation or appending.  The file will be created if it
/// doesn't exist when opened for writing or appending; it will be truncated
/// when opened for writing.
#[pytype("FileIO", base = RawIOBase, flags(BASETYPE, HAVE_GC), module = "_io")]
pub struct FileIO {
    pub base: RawIOBase,
    fd: Cell<i32>,
    readable: Cell<bool>,
    writable: Cell<bool>,
    created: Cell<bool>,
    appending: Cell<bool>,
    closefd: Cell<bool>,
    finalizing: Cell<bool>,
}

/// A constant of `posix` by name.
pub fn flag(name: &str) -> i32 {
    POSIX.iter().find(|(n, _)| *n == name).map_or(0, |(_, v)| *v as i32)
}

/// Calls the system until it is not interrupted, running signal handlers in between (PEP 475).
pub fn retry<T>(vm: &Vm, f: impl FnMut() -> std::io::Result<T>) -> Result<std::io::Result<T>> {
    vm.blocking(f)
}

/// Makes the OSError of a failed call.
pub fn os_error(vm: &Vm, error: &std::io::Error, name: Option<&Object>) -> Raised {
    vm::exception::os_error(vm, error, name)
}

impl FileIO {
    pub fn is_closed(&self) -> bool {
        self.fd.get() < 0
    }

    fn check_open(&self, vm: &Vm) -> Result<i32> {
        match self.fd.get() {
            fd if fd < 0 => Err(raise!(vm, ValueError, "I/O operation on closed file")),
            fd => Ok(fd),
        }
    }

    pub fn read_some(&self, vm: &Vm, n: usize) -> Result<Option<Vec<u8>>> {
        let fd = self.check_open(vm)?;
        let mut data = Vec::new();
        vm.memory(data.try_reserve_exact(n).map_err(|_| vm::heap::OutOfMemory))?;
        data.resize(n, 0);
        match retry(vm, || host::fd::read(fd, &mut data))? {
            Ok(got) => {
                data.truncate(got);
                Ok(Some(data))
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(os_error(vm, &error, None)),
        }
    }

    fn mode_text(&self) -> &'static str {
        match (self.created.get(), self.appending.get(), self.readable.get(), self.writable.get()) {
            (true, _, true, _) => "xb+",
            (true, ..) => "xb",
            (_, true, true, _) => "ab+",
            (_, true, ..) => "ab",
            (_, _, true, true) => "rb+",
            (_, _, true, _) => "rb",
            _ => "wb",
        }
    }
}

#[pymethods]
impl FileIO {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body = FileIO {
            base: RawIOBase { base: IOBase { head: Head::new() } },
            fd: Cell::new(-1),
            readable: Cell::new(false),
            writable: Cell::new(false),
            created: Cell::new(false),
            appending: Cell::new(false),
            closefd: Cell::new(true),
            finalizing: Cell::new(false),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(file, mode='r', closefd=True, opener=None)")]
    fn init(
        this: &Ref<Self>,
        vm: &Vm,
        file: &Object,
        mode: Option<&Object>,
        closefd: bool,
        opener: Option<&Object>,
    ) -> Result<()> {
        let mode = match mode {
            None => "r".to_owned(),
            Some(mode) => match mode.cast::<Str>() {
                Some(mode) => mode.to_string_lossy(),
                None => bail!(vm, TypeError, "FileIO() argument 'mode' must be str, not {}", type_name(mode)),
            },
        };
        let (mut rwa, mut plus, mut flags) = (0, false, flag("O_CLOEXEC"));
        for c in mode.chars() {
            match c {
                'x' => {
                    this.created.set(true);
                    this.writable.set(true);
                    flags |= flag("O_EXCL") | flag("O_CREAT");
                    rwa += 1;
                }
                'r' => {
                    this.readable.set(true);
                    rwa += 1;
                }
                'w' => {
                    this.writable.set(true);
                    flags |= flag("O_CREAT") | flag("O_TRUNC");
                    rwa += 1;
                }
                'a' => {
                    this.writable.set(true);
                    this.appending.set(true);
                    flags |= flag("O_APPEND") | flag("O_CREAT");
                    rwa += 1;
                }
                'b' => {}
                '+' if !plus => plus = true,
                '+' => {
                    bail!(vm, ValueError, "Must have exactly one of create/read/write/append mode and at most one plus")
                }
                _ => bail!(vm, ValueError, "invalid mode: {mode}"),
            }
        }
        if rwa != 1 {
            bail!(vm, ValueError, "Must have exactly one of create/read/write/append mode and at most one plus");
        }
        if plus {
            this.readable.set(true);
            this.writable.set(true);
        }
        flags |= match (this.readable.get(), this.writable.get()) {
            (true, true) => flag("O_RDWR"),
            (true, false) => flag("O_RDONLY"),
            _ => flag("O_WRONLY"),
        };
        this.closefd.set(closefd);
        if file.is_instance_of::<Bool>() {
            vm.warn(&vm::exception::types::RuntimeWarning, "bool is used as a file descriptor", 1)?;
        }
        let number = if number::has_index(file) && !file.is_instance_of::<Str>() {
            Some(number::as_ssize(vm, file, None)?)
        } else {
            None
        };
        let fd = match number {
            Some(n) if n < 0 => bail!(vm, ValueError, "negative file descriptor"),
            Some(n) => n as i32,
            None if !closefd => bail!(vm, ValueError, "Cannot use closefd=False with file name"),
            None => match opener.filter(|o| !o.is(&none())) {
                Some(opener) => {
                    let result = call::call(vm, opener, &[file.clone(), Object::int32(flags)])?;
                    if !number::has_index(&result) {
                        bail!(vm, TypeError, "expected integer from opener");
                    }
                    match number::as_ssize(vm, &result, None)? {
                        n if n < 0 => bail!(vm, ValueError, "opener returned {n}"),
                        n => n as i32,
                    }
                }
                None => {
                    let path = vm::modules::sys::fs_text(vm, file)?;
                    let path = vm::modules::sys::encode_fs(vm, &path)?;
                    let Ok(path) = CString::new(path) else { bail!(vm, ValueError, "embedded null byte") };
                    match retry(vm, || host::fd::open(&path, flags, 0o666))? {
                        Ok(fd) => fd,
                        Err(error) => return Err(os_error(vm, &error, Some(file))),
                    }
                }
            },
        };
        match host::fs::fstat(fd) {
            Ok(status) if status.mode & 0o170_000 == 0o040_000 => {
                if number.is_none() {
                    let _ = host::fd::close(fd);
                }
                let error = std::io::Error::from_raw_os_error(21);
                return Err(os_error(vm, &error, Some(file)));
            }
            Ok(_) => {}
            Err(error) if error.raw_os_error() == Some(9) => return Err(os_error(vm, &error, None)),
            Err(_) => {}
        }
        this.fd.set(fd);
        if let Err(raised) = attr::setattr(vm, this.as_object(), vm.names().name(), Some(file)) {
            if number.is_some() {
                // It is the caller's to close.
                this.fd.set(-1);
            }
            return Err(raised);
        }
        if this.appending.get() {
            let _ = host::fd::seek(fd, 0, 2);
        }
        Ok(())
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let kind = type_of(this.as_object()).short_name();
        let fd = this.fd.get();
        if fd < 0 {
            return Ok(format!("<_io.{kind} [closed]>"));
        }
        let closefd = if this.closefd.get() { "True" } else { "False" };
        Ok(match attr::getattr_opt(vm, this.as_object(), vm.names().name())? {
            None => format!("<_io.{kind} fd={fd} mode='{}' closefd={closefd}>", this.mode_text()),
            Some(name) => format!(
                "<_io.{kind} name={} mode='{}' closefd={closefd}>",
                protocol::repr(vm, &name)?,
                this.mode_text()
            ),
        })
    }

    /// Read at most size bytes, returned as bytes.
    #[py("read(size=-1, /)", tuple)]
    fn read(&self, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        self.check_open(vm)?;
        if !self.readable.get() {
            return Err(unsupported(vm, "File not open for reading"));
        }
        match size_of_arg(vm, size)? {
            None => self.readall(vm),
            Some(n) => match self.read_some(vm, n)? {
                Some(data) => Ok(Bytes::try_new(vm, &data)?.into_object()),
                None => Ok(none()),
            },
        }
    }

    /// Read all data from the file, returned as bytes.
    #[py("readall()")]
    fn readall(&self, vm: &Vm) -> Result<Object> {
        let fd = self.check_open(vm)?;
        let guess = match (host::fs::fstat(fd), host::fd::seek(fd, 0, 1)) {
            (Ok(status), Ok(at)) => (status.size - at).clamp(0, 1 << 40) as usize + 1,
            _ => DEFAULT_BUFFER_SIZE,
        };
        let mut all = Vec::new();
        let mut chunk = guess.max(1);
        loop {
            match self.read_some(vm, chunk)? {
                None if all.is_empty() => return Ok(none()),
                None => break,
                Some(data) if data.is_empty() => break,
                Some(data) => {
                    if all.is_empty() {
                        all = data;
                    } else {
                        all.extend_from_slice(&data);
                    }
                }
            }
            chunk = chunk.max(DEFAULT_BUFFER_SIZE);
        }
        Ok(Bytes::try_new(vm, &all)?.into_object())
    }

    /// Same as RawIOBase.readinto().
    #[py("readinto(buffer, /)", keywords)]
    fn readinto(&self, vm: &Vm, buffer: &Object) -> Result<Option<usize>> {
        self.check_open(vm)?;
        if !self.readable.get() {
            return Err(unsupported(vm, "File not open for reading"));
        }
        fill_buffer(vm, buffer, |n| self.read_some(vm, n))
    }

    /// Write buffer b to file, return number of bytes written.
    #[py("write(b, /)", keywords)]
    fn write(&self, vm: &Vm, b: &Object) -> Result<Object> {
        let fd = self.check_open(vm)?;
        if !self.writable.get() {
            return Err(unsupported(vm, "File not open for writing"));
        }
        let data = bytes_of(vm, b)?;
        match retry(vm, || host::fd::write(fd, &data))? {
            Ok(n) => Ok(Int::from_i64(n as i64)),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(none()),
            Err(error) => Err(os_error(vm, &error, None)),
        }
    }

    /// Move to new file position and return the file position.
    #[py("seek(pos, whence=0, /)")]
    fn seek(&self, vm: &Vm, pos: i64, whence: i32) -> Result<i64> {
        let fd = self.check_open(vm)?;
        host::fd::seek(fd, pos, whence).map_err(|error| os_error(vm, &error, None))
    }

    /// Current file position.
    #[py("tell()")]
    fn tell(&self, vm: &Vm) -> Result<i64> {
        self.seek(vm, 0, 1)
    }

    /// Truncate the file to at most size bytes and return the truncated size.
    #[py("truncate(size=None, /)", tuple)]
    fn truncate(&self, vm: &Vm, size: Option<i64>) -> Result<i64> {
        let fd = self.check_open(vm)?;
        if !self.writable.get() {
            return Err(unsupported(vm, "File not open for writing"));
        }
        let size = match size {
            Some(size) => size,
            None => self.tell(vm)?,
        };
        host::fd::truncate(fd, size).map_err(|error| os_error(vm, &error, None))?;
        Ok(size)
    }

    /// Close the file.
    ///
    /// A closed file cannot be used for further I/O operations.  close() may be
    /// called more than once without error.
    #[py("close()", keywords)]
    fn close(this: &Ref<Self>, vm: &Vm) -> Result<()> {
        let flushed = IOBase::close_base(vm, this.as_object());
        if this.finalizing.get() {
            let saved = vm.take_raised();
            Self::dealloc_warn(this, vm, this.as_object())?;
            vm.restore_raised(saved);
        }
        let fd = this.fd.replace(-1);
        if fd < 0 || !this.closefd.get() {
            return flushed;
        }
        let close = || match vm.allow_threads(|| host::fd::close(fd)) {
            Ok(()) => Ok(none()),
            Err(error) => Err(os_error(vm, &error, None)),
        };
        both(vm, flushed.map(|()| none()), close).map(drop)
    }

    /// True if file supports random-access.
    #[py("seekable()")]
    fn seekable(&self, vm: &Vm) -> Result<bool> {
        let fd = self.check_open(vm)?;
        Ok(host::fd::seek(fd, 0, 1).is_ok())
    }

    /// True if file was opened in a read mode.
    #[py("readable()")]
    fn readable(&self, vm: &Vm) -> Result<bool> {
        self.check_open(vm)?;
        Ok(self.readable.get())
    }

    /// True if file was opened in a write mode.
    #[py("writable()")]
    fn writable(&self, vm: &Vm) -> Result<bool> {
        self.check_open(vm)?;
        Ok(self.writable.get())
    }

    /// Return the underlying file descriptor (an integer).
    #[py("fileno()")]
    fn fileno(&self, vm: &Vm) -> Result<i32> {
        self.check_open(vm)
    }

    /// True if the file is connected to a TTY device.
    #[py("isatty()")]
    fn isatty(&self, vm: &Vm) -> Result<bool> {
        Ok(host::fd::is_tty(self.check_open(vm)?))
    }

    // `open` asks right after the file was opened.
    #[py("_isatty_open_only()")]
    fn isatty_open_only(&self, vm: &Vm) -> Result<bool> {
        self.isatty(vm)
    }

    /// True if the file is closed
    #[getter("closed")]
    fn closed(&self) -> bool {
        self.is_closed()
    }

    /// True if the file descriptor will be closed by close().
    #[getter("closefd")]
    fn get_closefd(&self) -> bool {
        self.closefd.get()
    }

    /// String giving the file mode
    #[getter("mode")]
    fn mode(&self) -> &'static str {
        self.mode_text()
    }

    #[getter("_blksize")]
    fn blksize(&self) -> i64 {
        match host::fs::fstat(self.fd.get()) {
            Ok(status) if status.blksize > 1 => status.blksize,
            _ => DEFAULT_BUFFER_SIZE as i64,
        }
    }

    /// Warns that nobody has closed the file.
    #[py("_dealloc_warn(object, /)")]
    fn dealloc_warn(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<()> {
        if this.fd.get() < 0 || !this.closefd.get() {
            return Ok(());
        }
        let saved = vm.take_raised();
        let warned = protocol::repr(vm, object)
            .and_then(|shown| vm::modules::warnings::warn_unclosed(vm, object, &format!("unclosed file {shown}")));
        if warned.is_err() {
            if vm.raised_is(&vm::exception::types::Warning) {
                vm.unraisable("Exception ignored while finalizing file", Some(object));
            } else {
                vm.clear_raised();
            }
        }
        vm.restore_raised(saved);
        Ok(())
    }

    #[getter("_finalizing")]
    fn finalizing(&self) -> bool {
        self.finalizing.get()
    }

    #[setter("_finalizing")]
    fn set_finalizing(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        match value {
            Some(value) if value.is_instance_of::<Bool>() => self.finalizing.set(protocol::is_true(vm, value)?),
            Some(_) => bail!(vm, TypeError, "attribute value type must be bool"),
            None => bail!(vm, TypeError, "can't delete numeric/char attribute"),
        }
        Ok(())
    }
}
