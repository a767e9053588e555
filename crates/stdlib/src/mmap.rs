//! `mmap`.

use host::mmap::Map;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use vm::builtins::slice::Slice;
use vm::exception::{os_error, types};
use vm::native::SliceIndex;
use vm::object::buffer::{Buffer, Exporter, bytes_of};
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::number;

const ACCESS_DEFAULT: i32 = 0;
const ACCESS_READ: i32 = 1;
const ACCESS_WRITE: i32 = 2;
const ACCESS_COPY: i32 = 3;

/// A file, or anonymous memory, mapped into memory.
#[pytype("mmap", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC, MANAGED_WEAKREF), module = "mmap")]
pub struct Mmap {
    pub head: Head,
    #[untraced]
    map: RefCell<Option<Map>>,
    at: Cell<usize>,
    /// A duplicate of the file's descriptor, -1 for none.
    fd: Cell<i32>,
    access: Cell<i32>,
    /// Where in the file the map begins.
    offset: Cell<i64>,
    flags: Cell<i32>,
    /// Whether the descriptor was to be kept.
    tracks: Cell<bool>,
    /// How many views of the memory there are; it stays where it is as long as there are any.
    #[untraced]
    exports: Cell<usize>,
}

/// How views see the memory.
struct MapExporter(Ref<Mmap>);

impl Exporter for MapExporter {
    fn len(&self) -> usize {
        self.0.map.borrow().as_ref().map_or(0, Map::len)
    }
    fn with_bytes(&self, look: &mut dyn FnMut(&[u8])) {
        match &*self.0.map.borrow() {
            Some(map) => map.with(look),
            None => look(&[]),
        }
    }
    fn with_bytes_mut(&self, change: &mut dyn FnMut(&mut [u8])) {
        match &*self.0.map.borrow() {
            Some(map) if self.0.access.get() != ACCESS_READ => map.with_mut(change),
            _ => change(&mut []),
        }
    }
    fn release(&self, _: &Vm) {
        self.0.exports.set(self.0.exports.get().saturating_sub(1));
    }
}

fn constant(name: &str) -> i32 {
    host::constants::find(host::constants::MMAP, name).unwrap_or(0) as i32
}

fn fail(vm: &Vm, error: &std::io::Error) -> Raised {
    os_error(vm, error, None)
}

fn closed(vm: &Vm) -> Raised {
    raise!(vm, ValueError, "mmap closed or invalid")
}

impl Mmap {
    fn with<R>(&self, vm: &Vm, f: impl FnOnce(&Map) -> Result<R>) -> Result<R> {
        match &*self.map.borrow() {
            Some(map) => f(map),
            None => Err(closed(vm)),
        }
    }

    fn len_or_fail(&self, vm: &Vm) -> Result<usize> {
        self.with(vm, |map| Ok(map.len()))
    }

    fn copy_out(&self, vm: &Vm, at: usize, count: usize) -> Result<Vec<u8>> {
        let mut data = Vec::new();
        vm.memory(data.try_reserve_exact(count).map_err(|_| vm::heap::OutOfMemory))?;
        data.resize(count, 0);
        self.with(vm, |map| map.read(at, &mut data).map_err(|error| fail(vm, &error)))?;
        Ok(data)
    }

    fn put(&self, vm: &Vm, at: usize, data: &[u8]) -> Result<()> {
        self.with(vm, |map| map.write(at, data).map_err(|error| fail(vm, &error)))
    }

    fn check_writable(&self, vm: &Vm) -> Result<()> {
        if self.access.get() == ACCESS_READ {
            bail!(vm, TypeError, "mmap can't modify a readonly memory map.");
        }
        Ok(())
    }

    fn index(&self, vm: &Vm, key: &Object) -> Result<usize> {
        let len = self.len_or_fail(vm)?;
        let i = number::as_ssize(vm, key, Some(&types::IndexError))?;
        let i = if i < 0 { i + len as isize } else { i };
        usize::try_from(i).ok().filter(|i| *i < len).ok_or_else(|| raise!(vm, IndexError, "mmap index out of range"))
    }

    fn search(&self, vm: &Vm, view: &Object, start: Option<isize>, end: Option<isize>, last: bool) -> Result<isize> {
        let needle = bytes_of(vm, view)?;
        let len = self.len_or_fail(vm)?;
        let start = start.map_or(self.at.get(), |s| SliceIndex(s).clamp(len));
        let end = end.map_or(len, |e| SliceIndex(e).clamp(len));
        if start > end {
            return Ok(-1);
        }
        let found = self.with(vm, |map| map.find(&needle, start, end, last).map_err(|error| fail(vm, &error)))?;
        Ok(found.map_or(-1, |i| i as isize))
    }

    /// Closes the map unless somebody looks at its memory.
    fn close_map(&self, vm: &Vm) -> Result<()> {
        if self.exports.get() > 0 {
            bail!(vm, BufferError, "cannot close exported pointers exist");
        }
        self.shut();
        Ok(())
    }

    fn shut(&self) {
        let map = self.map.take();
        drop(map);
        let fd = self.fd.replace(-1);
        if fd >= 0 {
            let _ = host::fd::close(fd);
        }
    }
}

#[pymethods]
impl Mmap {
    #[slot(
        "(fileno, length, flags=MAP_SHARED, prot=PROT_READ|PROT_WRITE, access=ACCESS_DEFAULT, offset=0, *, trackfd=True)"
    )]
    #[expect(clippy::too_many_arguments, reason = "Python's own")]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        fileno: i32,
        length: isize,
        flags: Option<i32>,
        prot: Option<i32>,
        access: Option<i32>,
        offset: i64,
        trackfd: bool,
    ) -> Result<Object> {
        if length < 0 {
            bail!(vm, OverflowError, "memory mapped length must be positive");
        }
        if offset < 0 {
            bail!(vm, OverflowError, "memory mapped offset must be positive");
        }
        let access = access.unwrap_or(ACCESS_DEFAULT);
        if access != ACCESS_DEFAULT && (flags.is_some() || prot.is_some()) {
            bail!(vm, ValueError, "mmap can't specify both access and flags, prot.");
        }
        let (read, write) = (constant("PROT_READ"), constant("PROT_WRITE"));
        let (shared, private) = (constant("MAP_SHARED"), constant("MAP_PRIVATE"));
        let (mut flags, prot, access) = match access {
            ACCESS_READ => (shared, read, access),
            ACCESS_WRITE => (shared, read | write, access),
            ACCESS_COPY => (private, read | write, access),
            ACCESS_DEFAULT => {
                let prot = prot.unwrap_or(read | write);
                let access = match (prot & read != 0, prot & write != 0) {
                    (true, true) => ACCESS_DEFAULT,
                    (_, true) => ACCESS_WRITE,
                    _ => ACCESS_READ,
                };
                (flags.unwrap_or(shared), prot, access)
            }
            _ => bail!(vm, ValueError, "mmap invalid access parameter."),
        };
        vm.audit("mmap.__new__", &[Object::int32(fileno), Int::from_i64(length as i64)])?;
        let mut length = length as usize;
        let fd = if fileno == -1 {
            flags |= constant("MAP_ANONYMOUS");
            -1
        } else {
            let status = vm.allow_threads(|| host::fs::fstat(fileno)).map_err(|error| fail(vm, &error))?;
            if status.is_file() {
                if length == 0 {
                    if status.size == 0 {
                        bail!(vm, ValueError, "cannot mmap an empty file");
                    }
                    if offset >= status.size {
                        bail!(vm, ValueError, "mmap offset is greater than file size");
                    }
                    length = (status.size - offset) as usize;
                } else if offset > status.size || (status.size - offset) < length as i64 {
                    bail!(vm, ValueError, "mmap length is greater than file size");
                }
            }
            if trackfd { host::fd::dup(fileno).map_err(|error| fail(vm, &error))? } else { -1 }
        };
        let map = vm.allow_threads(|| Map::new(fileno, length, prot, flags, offset)).map_err(|error| {
            if fd >= 0 {
                let _ = host::fd::close(fd);
            }
            fail(vm, &error)
        })?;
        let body = Mmap {
            head: Head::new(),
            map: RefCell::new(Some(map)),
            at: Cell::new(0),
            fd: Cell::new(fd),
            access: Cell::new(access),
            offset: Cell::new(offset),
            flags: Cell::new(flags),
            tracks: Cell::new(trackfd),
            exports: Cell::new(0),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn finalize(&self) {
        self.shut();
    }

    #[slot]
    fn buffer(this: &Ref<Self>, vm: &Vm, _flags: i32) -> Result<Buffer> {
        this.len_or_fail(vm)?;
        this.exports.set(this.exports.get() + 1);
        let readonly = this.access.get() == ACCESS_READ;
        Ok(Buffer::bytes(this.as_object(), Rc::new(MapExporter(this.clone())), readonly))
    }

    #[slot]
    fn release_buffer(this: &Object, vm: &Vm, view: &Object) -> Result<()> {
        vm::builtins::memoryview::release_view(vm, this, view)
    }

    #[slot]
    fn len(&self, vm: &Vm) -> Result<usize> {
        self.len_or_fail(vm)
    }

    #[slot]
    fn item(&self, vm: &Vm, index: isize) -> Result<Object> {
        let len = self.len_or_fail(vm)?;
        match usize::try_from(index).ok().filter(|i| *i < len) {
            Some(i) => Ok(Bytes::try_new(vm, &self.copy_out(vm, i, 1)?)?.into_object()),
            None => Err(raise!(vm, IndexError, "mmap index out of range")),
        }
    }

    #[slot]
    fn subscript(&self, vm: &Vm, key: &Object) -> Result<Object> {
        if number::has_index(key) {
            let i = self.index(vm, key)?;
            return Ok(Object::int32(self.copy_out(vm, i, 1)?[0].into()));
        }
        let Some(slice) = key.cast::<Slice>() else {
            bail!(vm, TypeError, "mmap indices must be integers");
        };
        let range = slice.resolve(vm, self.len_or_fail(vm)?)?;
        if range.step == 1 {
            let data = self.copy_out(vm, range.start as usize, range.count)?;
            return Ok(Bytes::try_new(vm, &data)?.into_object());
        }
        let all = self.copy_out(vm, 0, self.len_or_fail(vm)?)?;
        let data: Vec<u8> = range.indices().map(|i| all[i]).collect();
        Ok(Bytes::try_new(vm, &data)?.into_object())
    }

    #[slot]
    fn ass_subscript(&self, vm: &Vm, key: &Object, value: Option<&Object>) -> Result<()> {
        self.len_or_fail(vm)?;
        self.check_writable(vm)?;
        if number::has_index(key) {
            let i = self.index(vm, key)?;
            let Some(value) = value else { bail!(vm, TypeError, "mmap doesn't support item deletion") };
            if !number::has_index(value) {
                bail!(vm, TypeError, "mmap item value must be an int");
            }
            let byte = number::as_ssize(vm, value, Some(&types::TypeError))?;
            let Ok(byte) = u8::try_from(byte) else {
                bail!(vm, ValueError, "mmap item value must be in range(0, 256)");
            };
            // Making the value may have run Python code.
            if i >= self.len_or_fail(vm)? {
                bail!(vm, IndexError, "mmap index out of range");
            }
            return self.put(vm, i, &[byte]);
        }
        let Some(slice) = key.cast::<Slice>() else {
            bail!(vm, TypeError, "mmap indices must be integer");
        };
        let range = slice.resolve(vm, self.len_or_fail(vm)?)?;
        let Some(value) = value else { bail!(vm, TypeError, "mmap object doesn't support slice deletion") };
        let data = bytes_of(vm, value)?;
        if data.len() != range.count {
            bail!(vm, IndexError, "mmap slice assignment is wrong size");
        }
        // Making the bytes may have run Python code.
        let len = self.len_or_fail(vm)?;
        if range.indices().any(|i| i >= len) {
            bail!(vm, IndexError, "mmap index out of range");
        }
        if range.step == 1 {
            return self.put(vm, range.start as usize, &data);
        }
        for (i, byte) in range.indices().zip(data) {
            self.put(vm, i, &[byte])?;
        }
        Ok(())
    }

    #[slot]
    fn repr(&self) -> String {
        match &*self.map.borrow() {
            None => "<mmap.mmap closed=True>".to_owned(),
            Some(map) => {
                let access = match self.access.get() {
                    ACCESS_READ => "ACCESS_READ",
                    ACCESS_WRITE => "ACCESS_WRITE",
                    ACCESS_COPY => "ACCESS_COPY",
                    _ => "ACCESS_DEFAULT",
                };
                format!(
                    "<mmap.mmap closed=False, access={access}, length={}, pos={}, offset={}>",
                    map.len(),
                    self.at.get(),
                    self.offset.get()
                )
            }
        }
    }

    // Unmap the memory; further use raises ValueError.
    #[py("close()")]
    fn close(&self, vm: &Vm) -> Result<()> {
        self.close_map(vm)
    }

    // Whether the map is closed.
    #[getter("closed")]
    fn is_closed(&self) -> bool {
        self.map.borrow().is_none()
    }

    // Return the lowest index where the bytes are found, -1 if nowhere.
    #[py("find(view, start=None, end=None, /)")]
    fn find(&self, vm: &Vm, view: &Object, start: Option<isize>, end: Option<isize>) -> Result<isize> {
        self.search(vm, view, start, end, false)
    }

    // Return the highest index where the bytes are found, -1 if nowhere.
    #[py("rfind(view, start=None, end=None, /)")]
    fn rfind(&self, vm: &Vm, view: &Object, start: Option<isize>, end: Option<isize>) -> Result<isize> {
        self.search(vm, view, start, end, true)
    }

    // Write changes back to the file.
    #[py("flush(offset=0, size=None, /)")]
    fn flush(&self, vm: &Vm, offset: isize, size: Option<isize>) -> Result<()> {
        let len = self.len_or_fail(vm)?;
        let size = size.unwrap_or(len as isize - offset);
        if offset < 0 || size < 0 || len as isize - offset < size {
            bail!(vm, ValueError, "flush values out of range");
        }
        if matches!(self.access.get(), ACCESS_READ | ACCESS_COPY) {
            return Ok(());
        }
        self.with(vm, |map| {
            map.flush(offset as usize, size as usize, constant_sync()).map_err(|error| fail(vm, &error))
        })
    }

    // Tell the system how the memory will be used.
    #[py("madvise(option, start=0, length=None, /)")]
    fn madvise(&self, vm: &Vm, option: i32, start: isize, length: Option<isize>) -> Result<()> {
        let len = self.len_or_fail(vm)?;
        if start < 0 || start as usize >= len {
            bail!(vm, ValueError, "madvise start out of bounds");
        }
        let length = length.unwrap_or(len as isize);
        if isize::MAX - start < length {
            bail!(vm, OverflowError, "madvise length too large");
        }
        if length < 0 {
            bail!(vm, ValueError, "madvise length invalid");
        }
        let count = (length as usize).min(len - start as usize);
        self.with(vm, |map| map.advise(start as usize, count, option).map_err(|error| fail(vm, &error)))
    }

    // Copy count bytes from src to dest.
    #[py("move(dest, src, count, /)")]
    fn move_bytes(&self, vm: &Vm, dest: isize, src: isize, count: isize) -> Result<()> {
        let len = self.len_or_fail(vm)? as isize;
        self.check_writable(vm)?;
        if dest < 0 || src < 0 || count < 0 || len - dest < count || len - src < count {
            bail!(vm, ValueError, "source, destination, or count out of range");
        }
        self.with(vm, |map| {
            map.copy_within(src as usize, dest as usize, count as usize).map_err(|error| fail(vm, &error))
        })
    }

    // Return at most n bytes from the position on, and move it behind them.
    #[py("read(n=None, /)")]
    fn read(&self, vm: &Vm, n: Option<isize>) -> Result<Ref<Bytes>> {
        let len = self.len_or_fail(vm)?;
        let at = self.at.get().min(len);
        let count = n.and_then(|n| usize::try_from(n).ok()).map_or(len - at, |n| n.min(len - at));
        let data = self.copy_out(vm, at, count)?;
        self.at.set(self.at.get() + count);
        Bytes::try_new(vm, &data)
    }

    // Return the byte at the position as an integer, and move behind it.
    #[py("read_byte()")]
    fn read_byte(&self, vm: &Vm) -> Result<u8> {
        if self.at.get() >= self.len_or_fail(vm)? {
            bail!(vm, ValueError, "read byte out of range");
        }
        let data = self.copy_out(vm, self.at.get(), 1)?;
        self.at.set(self.at.get() + 1);
        Ok(data[0])
    }

    // Return the bytes up to the end of the line, and move behind it.
    #[py("readline()")]
    fn readline(&self, vm: &Vm) -> Result<Ref<Bytes>> {
        let (at, len) = (self.at.get(), self.len_or_fail(vm)?);
        if at >= len {
            return Ok(Bytes::new(b""));
        }
        let found = self.with(vm, |map| map.find(b"\n", at, len, false).map_err(|error| fail(vm, &error)))?;
        let end = found.map_or(len, |i| i + 1);
        self.at.set(end);
        Bytes::try_new(vm, &self.copy_out(vm, at, end - at)?)
    }

    // Change the size of the map, and of the file behind it.
    #[py("resize(newsize, /)")]
    fn resize(&self, vm: &Vm, newsize: isize) -> Result<()> {
        let len = self.len_or_fail(vm)?;
        if self.exports.get() > 0 {
            bail!(vm, BufferError, "mmap can't resize with extant buffers exported.");
        }
        if !self.tracks.get() {
            bail!(vm, ValueError, "mmap can't resize with trackfd=False.");
        }
        if matches!(self.access.get(), ACCESS_READ | ACCESS_COPY) {
            bail!(vm, TypeError, "mmap can't resize a readonly or copy-on-write memory map.");
        }
        let end =
            i64::try_from(newsize).ok().filter(|&size| size >= 0).and_then(|size| size.checked_add(self.offset.get()));
        let Some(end) = end else { bail!(vm, ValueError, "new size out of range") };
        if self.fd.get() >= 0 {
            host::fd::truncate(self.fd.get(), end).map_err(|error| fail(vm, &error))?;
        } else if self.flags.get() & constant("MAP_PRIVATE") == 0 && newsize as usize > len {
            bail!(vm, ValueError, "mmap: can't expand a shared anonymous mapping on Linux");
        }
        match &mut *self.map.borrow_mut() {
            Some(map) => map.resize(newsize as usize).map_err(|error| fail(vm, &error)),
            None => Err(closed(vm)),
        }
    }

    // Move the position: from the start, from where it is (whence 1), or from the end (2); give the new one.
    #[py("seek(pos, whence=0, /)")]
    fn seek(&self, vm: &Vm, pos: isize, whence: i32) -> Result<usize> {
        let len = self.len_or_fail(vm)? as isize;
        let base = match whence {
            0 => 0,
            1 => self.at.get() as isize,
            2 => len,
            _ => bail!(vm, ValueError, "unknown seek type"),
        };
        match base.checked_add(pos).filter(|at| (0..=len).contains(at)) {
            Some(at) => {
                self.at.set(at as usize);
                Ok(at as usize)
            }
            None => Err(raise!(vm, ValueError, "seek out of range")),
        }
    }

    // Tell that the position can be moved.
    #[py("seekable()")]
    fn seekable(&self) -> bool {
        true
    }

    // Return the size of the file, or of anonymous memory.
    #[py("size()")]
    fn size(&self, vm: &Vm) -> Result<i64> {
        let len = self.len_or_fail(vm)?;
        if self.fd.get() >= 0 {
            return Ok(host::fs::fstat(self.fd.get()).map_err(|error| fail(vm, &error))?.size);
        }
        if !self.tracks.get() {
            const EBADF: i32 = 9;
            return Err(fail(vm, &std::io::Error::from_raw_os_error(EBADF)));
        }
        Ok(len as i64)
    }

    // Return the position.
    #[py("tell()")]
    fn tell(&self, vm: &Vm) -> Result<usize> {
        self.len_or_fail(vm)?;
        Ok(self.at.get())
    }

    // Write bytes at the position and move behind them; give their number.
    #[py("write(bytes, /)")]
    fn write(&self, vm: &Vm, bytes: &Object) -> Result<usize> {
        let len = self.len_or_fail(vm)?;
        let data = bytes_of(vm, bytes)?;
        self.check_writable(vm)?;
        if self.at.get() > len || len - self.at.get() < data.len() {
            bail!(vm, ValueError, "data out of range");
        }
        self.put(vm, self.at.get(), &data)?;
        self.at.set(self.at.get() + data.len());
        Ok(data.len())
    }

    // Write one byte, given as an integer, at the position and move behind it.
    #[py("write_byte(byte, /)")]
    fn write_byte(&self, vm: &Vm, byte: u8) -> Result<()> {
        let len = self.len_or_fail(vm)?;
        self.check_writable(vm)?;
        if self.at.get() >= len {
            bail!(vm, ValueError, "write byte out of range");
        }
        self.put(vm, self.at.get(), &[byte])?;
        self.at.set(self.at.get() + 1);
        Ok(())
    }

    #[py("__enter__()")]
    fn enter(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        this.len_or_fail(vm)?;
        Ok(this.to_object())
    }

    #[py("__exit__(exc_type, exc_value, traceback, /)")]
    fn exit(&self, vm: &Vm, exc_type: &Object, exc_value: &Object, traceback: &Object) -> Result<()> {
        let _ = (exc_type, exc_value, traceback);
        self.close_map(vm)
    }
}

/// `MS_SYNC`
fn constant_sync() -> i32 {
    4
}

/// Files mapped into memory.
#[pymodule("mmap", types(Mmap))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        for (name, value) in host::constants::MMAP {
            dict.set_str(vm, name, Int::from_i64(*value))?;
        }
        let access = ["ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY"];
        for (value, name) in access.iter().enumerate() {
            dict.set_str(vm, name, Object::int32(value as i32))?;
        }
        let page = Int::from_i64(host::mmap::page_size() as i64);
        dict.set_str(vm, "PAGESIZE", page.clone())?;
        dict.set_str(vm, "ALLOCATIONGRANULARITY", page)?;
        dict.set_str(vm, "error", types::OSError.get().to_object())
    }
}
