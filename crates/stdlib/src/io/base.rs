//! The abstract bases: `_IOBase`, `_RawIOBase`, `_BufferedIOBase`, `_TextIOBase`.

use super::buffered::{BufferedReader, BufferedWriter};
use super::memory::BytesIO;
use super::raw::FileIO;
use super::{bytes_of, fill_buffer, size_of_arg, unsupported};
use vm::object::{attr, instance};
use vm::prelude::*;
use vm::protocol::{call, iter, object as protocol};

/// The abstract base class for all I/O classes.
///
/// This class provides dummy implementations for many methods that
/// derived classes can override selectively; the default implementations
/// represent a file that cannot be read, written or seeked.
#[pytype("_IOBase", flags(BASETYPE, HAVE_GC, MANAGED_DICT, MANAGED_WEAKREF), module = "_io")]
pub struct IOBase {
    pub head: Head,
}

/// Whether the stream says that it is closed.
pub fn is_closed(vm: &Vm, this: &Object) -> Result<bool> {
    // What the attribute of the usual streams says, without asking for it.
    if let Some(file) = this.cast_exact::<FileIO>() {
        return Ok(file.is_closed());
    }
    if let Some(reader) = this.cast_exact::<BufferedReader>() {
        return reader.buffer.is_closed(vm);
    }
    if let Some(writer) = this.cast_exact::<BufferedWriter>() {
        return writer.buffer.is_closed(vm);
    }
    if let Some(memory) = this.cast_exact::<BytesIO>() {
        return Ok(memory.is_closed.get());
    }
    let closed = attr::getattr(vm, this, vm.names().closed())?;
    protocol::is_true(vm, &closed)
}

/// Refuses to work on a closed stream.
pub fn check_closed(vm: &Vm, this: &Object) -> Result<()> {
    if is_closed(vm, this)? {
        bail!(vm, ValueError, "I/O operation on closed file.");
    }
    Ok(())
}

fn ask(vm: &Vm, this: &Object, name: &Name) -> Result<bool> {
    let answer = call::call_method(vm, this, name, &[])?;
    protocol::is_true(vm, &answer)
}

impl IOBase {
    /// Flushes, and marks the stream as closed.
    pub fn close_base(vm: &Vm, this: &Object) -> Result<()> {
        let name = vm.intern("__IOBase_closed");
        if attr::getattr_opt(vm, this, &name)?.is_some() {
            return Ok(());
        }
        let flushed = call::call_method(vm, this, vm.names().flush(), &[]);
        let saved = vm.take_raised();
        attr::setattr(vm, this, &name, Some(&true.object()))?;
        vm.restore_raised(saved);
        flushed.map(drop)
    }
}

#[pymethods]
impl IOBase {
    #[slot("()", raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        Ok(instance::alloc(vm, cls, IOBase { head: Head::new() })?.into_object())
    }

    #[slot]
    fn init(this: &Object, args: Args<'_>) -> Result<()> {
        let _ = (this, args);
        Ok(())
    }

    #[slot]
    fn finalize(this: &Object, vm: &Vm) {
        let saved = vm.take_raised();
        match is_closed(vm, this) {
            Ok(false) => {
                // Whoever closes now knows that nobody else will, and warns.
                if attr::setattr(vm, this, vm.names()._finalizing(), Some(&true.object())).is_err() {
                    vm.clear_raised();
                }
                if call::call_method(vm, this, vm.names().close(), &[]).is_err() {
                    vm.unraisable("Exception ignored while finalizing file", Some(this));
                }
            }
            Ok(true) => {}
            Err(_) => vm.clear_raised(),
        }
        vm.restore_raised(saved);
    }

    #[slot]
    fn iter(this: &Object, vm: &Vm) -> Result<Object> {
        check_closed(vm, this)?;
        Ok(this.clone())
    }

    #[slot]
    fn next(this: &Object, vm: &Vm) -> Result<Option<Object>> {
        let line = call::call_method(vm, this, vm.names().readline(), &[])?;
        Ok((protocol::len(vm, &line)? > 0).then_some(line))
    }

    /// Change the stream position to the given byte offset.
    #[py("seek(offset, whence=0, /)", keywords)]
    fn seek(this: &Object, vm: &Vm, offset: &Object, whence: Option<&Object>) -> Result<Object> {
        let _ = (this, offset, whence);
        Err(unsupported(vm, "seek"))
    }

    /// Return current stream position.
    #[py("tell()")]
    fn tell(this: &Object, vm: &Vm) -> Result<Object> {
        call::call_method(vm, this, vm.names().seek(), &[Object::int32(0), Object::int32(1)])
    }

    /// Truncate file to size bytes.
    #[py("truncate(size=None, /)", keywords)]
    fn truncate(this: &Object, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        let _ = (this, size);
        Err(unsupported(vm, "truncate"))
    }

    /// Flush write buffers, if applicable.
    ///
    /// This is not implemented for read-only and non-blocking streams.
    #[py("flush()")]
    fn flush(this: &Object, vm: &Vm) -> Result<()> {
        check_closed(vm, this)
    }

    /// Flush and close the IO object.
    ///
    /// This method has no effect if the file is already closed.
    #[py("close()")]
    fn close(this: &Object, vm: &Vm) -> Result<()> {
        Self::close_base(vm, this)
    }

    #[getter("closed")]
    fn closed(this: &Object, vm: &Vm) -> Result<bool> {
        Ok(attr::getattr_opt(vm, this, &vm.intern("__IOBase_closed"))?.is_some())
    }

    /// Return whether object supports random access.
    #[py("seekable()")]
    fn seekable(this: &Object) -> bool {
        let _ = this;
        false
    }

    /// Return whether object was opened for reading.
    #[py("readable()")]
    fn readable(this: &Object) -> bool {
        let _ = this;
        false
    }

    /// Return whether object was opened for writing.
    #[py("writable()")]
    fn writable(this: &Object) -> bool {
        let _ = this;
        false
    }

    #[py("_checkClosed()")]
    fn check_closed_method(this: &Object, vm: &Vm) -> Result<()> {
        check_closed(vm, this)
    }

    #[py("_checkSeekable()")]
    fn check_seekable(this: &Object, vm: &Vm) -> Result<bool> {
        if ask(vm, this, vm.names().seekable())? {
            Ok(true)
        } else {
            Err(unsupported(vm, "File or stream is not seekable."))
        }
    }

    #[py("_checkReadable()")]
    fn check_readable(this: &Object, vm: &Vm) -> Result<bool> {
        if ask(vm, this, vm.names().readable())? {
            Ok(true)
        } else {
            Err(unsupported(vm, "File or stream is not readable."))
        }
    }

    #[py("_checkWritable()")]
    fn check_writable(this: &Object, vm: &Vm) -> Result<bool> {
        if ask(vm, this, vm.names().writable())? {
            Ok(true)
        } else {
            Err(unsupported(vm, "File or stream is not writable."))
        }
    }

    /// Return underlying file descriptor if one exists.
    ///
    /// Raise OSError if the IO object does not use a file descriptor.
    #[py("fileno()", keywords)]
    fn fileno(this: &Object, vm: &Vm) -> Result<Object> {
        let _ = this;
        Err(unsupported(vm, "fileno"))
    }

    /// Return whether this is an 'interactive' stream.
    ///
    /// Return False if it can't be determined.
    #[py("isatty()")]
    fn isatty(this: &Object, vm: &Vm) -> Result<bool> {
        check_closed(vm, this)?;
        Ok(false)
    }

    #[py("__enter__()")]
    fn enter(this: &Object, vm: &Vm) -> Result<Object> {
        check_closed(vm, this)?;
        Ok(this.clone())
    }

    #[py(raw, "__exit__", notext)]
    fn exit(vm: &Vm, args: Args<'_>) -> Result<Object> {
        match args.items.first() {
            Some(this) => call::call_method(vm, this, vm.names().close(), &[]),
            None => Err(raise!(vm, TypeError, "__exit__() needs an argument")),
        }
    }

    /// Read and return a line from the stream.
    ///
    /// If size is specified, at most size bytes will be read.
    ///
    /// The line terminator is always b'\n' for binary files; for text
    /// files, the newlines argument to open can be used to select the line
    /// terminator(s) recognized.
    #[py("readline(size=-1, /)")]
    fn readline(this: &Object, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        let limit = size_of_arg(vm, size)?;
        let peek = attr::getattr_opt(vm, this, vm.names().peek())?;
        let mut line: Vec<u8> = Vec::new();
        while limit.is_none_or(|l| line.len() < l) {
            let mut want = 1;
            if let Some(peek) = &peek {
                let ahead = bytes_of(vm, &call::call(vm, peek, &[Object::int32(1)])?)?;
                if !ahead.is_empty() {
                    want = ahead.iter().position(|&b| b == b'\n').map_or(ahead.len(), |i| i + 1);
                    if let Some(limit) = limit {
                        want = want.min(limit - line.len());
                    }
                }
            }
            let chunk = call::call_method(vm, this, vm.names().read(), &[Int::from_i64(want as i64)])?;
            let chunk = bytes_of(vm, &chunk)?;
            if chunk.is_empty() {
                break;
            }
            line.extend_from_slice(&chunk);
            if line.last() == Some(&b'\n') {
                break;
            }
        }
        Ok(Bytes::try_new(vm, &line)?.into_object())
    }

    /// Return a list of lines from the stream.
    ///
    /// hint can be specified to control the number of lines read: no more
    /// lines will be read if the total size (in bytes/characters) of all
    /// lines so far exceeds hint.
    #[py("readlines(hint=-1, /)")]
    fn readlines(this: &Object, vm: &Vm, hint: Option<&Object>) -> Result<Object> {
        let hint = size_of_arg(vm, hint)?.filter(|&h| h > 0);
        let list = List::empty();
        let mut total = 0;
        let iterator = iter::get_iter(vm, this)?;
        while let Some(line) = iter::next(vm, &iterator)? {
            total += protocol::len(vm, &line)?;
            list.append(vm, &line)?;
            if hint.is_some_and(|h| total >= h) {
                break;
            }
        }
        Ok(list.into_object())
    }

    /// Write a list of lines to stream.
    ///
    /// Line separators are not added, so it is usual for each of the
    /// lines provided to have a line separator at the end.
    #[py("writelines(lines, /)")]
    fn writelines(this: &Object, vm: &Vm, lines: &Object) -> Result<()> {
        check_closed(vm, this)?;
        iter::each(vm, lines, |line| call::call_method(vm, this, vm.names().write(), &[line]).map(drop))
    }

    #[getter("__dict__")]
    fn get_dict(this: &Object) -> Option<Ref<Dict>> {
        instance::dict(this)
    }
}

/// Base class for raw binary I/O.
#[pytype("_RawIOBase", base = IOBase, flags(BASETYPE, HAVE_GC), module = "_io")]
pub struct RawIOBase {
    pub base: IOBase,
}

#[pymethods]
impl RawIOBase {
    #[py("read(size=-1, /)")]
    fn read(this: &Object, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        let Some(n) = size_of_arg(vm, size)? else {
            return call::call_method(vm, this, &vm.intern("readall"), &[]);
        };
        let array = call::call(vm, &vm::modules::builtins_get(vm, "bytearray"), &[Int::from_i64(n as i64)])?;
        let got = call::call_method(vm, this, vm.names().readinto(), std::slice::from_ref(&array))?;
        if got.is(&none()) {
            return Ok(got);
        }
        let got = vm::protocol::number::as_ssize(vm, &got, Some(&vm::exception::types::ValueError))?;
        if got < 0 || got as usize > n {
            bail!(vm, ValueError, "readinto returned {got} outside buffer size {n}");
        }
        let mut data = bytes_of(vm, &array)?;
        data.truncate(got as usize);
        Ok(Bytes::try_new(vm, &data)?.into_object())
    }

    // What derived classes must have; their own errors say of which arguments.
    #[py(raw, "readinto", notext)]
    fn readinto(vm: &Vm, _args: Args<'_>) -> Result<Object> {
        Err(vm.raise_args(&vm::exception::types::NotImplementedError, &[]))
    }

    #[py(raw, "write", notext)]
    fn write(vm: &Vm, _args: Args<'_>) -> Result<Object> {
        Err(vm.raise_args(&vm::exception::types::NotImplementedError, &[]))
    }

    /// Read until EOF, using multiple read() call.
    #[py("readall()")]
    fn readall(this: &Object, vm: &Vm) -> Result<Object> {
        let mut all = Vec::new();
        loop {
            let chunk =
                call::call_method(vm, this, vm.names().read(), &[Int::from_i64(super::DEFAULT_BUFFER_SIZE as i64)])?;
            if chunk.is(&none()) {
                if all.is_empty() {
                    return Ok(chunk);
                }
                break;
            }
            let chunk = bytes_of(vm, &chunk)?;
            if chunk.is_empty() {
                break;
            }
            all.extend_from_slice(&chunk);
        }
        Ok(Bytes::try_new(vm, &all)?.into_object())
    }
}

/// Base class for buffered IO objects.
///
/// The main difference with RawIOBase is that the read() method
/// supports omitting the size argument, and does not have a default
/// implementation that defers to readinto().
#[pytype("_BufferedIOBase", base = IOBase, flags(BASETYPE, HAVE_GC), module = "_io")]
pub struct BufferedIOBase {
    pub base: IOBase,
}

#[pymethods]
impl BufferedIOBase {
    /// Disconnect this buffer from its underlying raw stream and return it.
    #[py("detach()", keywords)]
    fn detach(this: &Object, vm: &Vm) -> Result<Object> {
        let _ = this;
        Err(unsupported(vm, "detach"))
    }

    /// Read and return up to n bytes.
    #[py("read(size=-1, /)", keywords)]
    fn read(this: &Object, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        let _ = (this, size);
        Err(unsupported(vm, "read"))
    }

    /// Read and return up to size bytes, with at most one read() call to the underlying raw stream.
    #[py("read1(size=-1, /)", keywords)]
    fn read1(this: &Object, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        let _ = (this, size);
        Err(unsupported(vm, "read1"))
    }

    #[py("readinto(buffer, /)")]
    fn readinto(this: &Object, vm: &Vm, buffer: &Object) -> Result<Option<usize>> {
        fill_buffer(vm, buffer, |n| {
            let data = call::call_method(vm, this, vm.names().read(), &[Int::from_i64(n as i64)])?;
            match data.cast::<Bytes>() {
                Some(bytes) => Ok(Some(bytes.as_bytes().to_vec())),
                None => Err(raise!(vm, TypeError, "read() should return bytes")),
            }
        })
    }

    #[py("readinto1(buffer, /)")]
    fn readinto1(this: &Object, vm: &Vm, buffer: &Object) -> Result<Option<usize>> {
        fill_buffer(vm, buffer, |n| {
            let data = call::call_method(vm, this, &vm.intern("read1"), &[Int::from_i64(n as i64)])?;
            match data.cast::<Bytes>() {
                Some(bytes) => Ok(Some(bytes.as_bytes().to_vec())),
                None => Err(raise!(vm, TypeError, "read() should return bytes")),
            }
        })
    }

    /// Write the given buffer to the IO stream.
    #[py("write(b, /)", keywords)]
    fn write(this: &Object, vm: &Vm, b: &Object) -> Result<Object> {
        let _ = (this, b);
        Err(unsupported(vm, "write"))
    }
}

/// Base class for text I/O.
///
/// This class provides a character and line based interface to stream
/// I/O. There is no readinto method because Python's character strings
/// are immutable.
#[pytype("_TextIOBase", base = IOBase, flags(BASETYPE, HAVE_GC), module = "_io")]
pub struct TextIOBase {
    pub base: IOBase,
}

#[pymethods]
impl TextIOBase {
    /// Read at most size characters from stream.
    #[py("read(size=-1, /)", keywords)]
    fn read(this: &Object, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        let _ = (this, size);
        Err(unsupported(vm, "read"))
    }

    /// Read until newline or EOF.
    #[py("readline(size=-1, /)", keywords)]
    fn readline(this: &Object, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        let _ = (this, size);
        Err(unsupported(vm, "readline"))
    }

    /// Write string s to stream.
    #[py("write(s, /)", keywords)]
    fn write(this: &Object, vm: &Vm, s: &Object) -> Result<Object> {
        let _ = (this, s);
        Err(unsupported(vm, "write"))
    }

    /// Separate the underlying buffer from the TextIOBase and return it.
    #[py("detach()", keywords)]
    fn detach(this: &Object, vm: &Vm) -> Result<Object> {
        let _ = this;
        Err(unsupported(vm, "detach"))
    }

    /// Encoding of the text stream.
    #[getter("encoding")]
    fn encoding(this: &Object) {
        let _ = this;
    }

    /// Line endings translated so far.
    #[getter("newlines")]
    fn newlines(this: &Object) {
        let _ = this;
    }

    /// The error setting of the decoder or encoder.
    #[getter("errors")]
    fn errors(this: &Object) {
        let _ = this;
    }
}
