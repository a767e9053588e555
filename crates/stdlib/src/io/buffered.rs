//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`, `BufferedRWPair`.

use super::base::{BufferedIOBase, IOBase};
use super::{DEFAULT_BUFFER_SIZE, bytes_of, fill_buffer, size_of_arg, unsupported};
use std::cell::{Cell, RefCell};
use vm::object::{attr, instance, type_of};
use vm::prelude::*;
use vm::protocol::{call, number, object as protocol};

/// What the three classes hold: bytes read ahead, and bytes not yet written. At most one of both is not empty.
pub struct Buffer {
    raw: Field<Object>,
    ahead: RefCell<Vec<u8>>,
    /// How much of `ahead` has been handed out.
    taken: Cell<usize>,
    pending: RefCell<Vec<u8>>,
    size: Cell<usize>,
    finalizing: Cell<bool>,
    /// Held while a thread is inside: the raw stream's calls let other threads run.
    lock: host::futex::Lock,
    /// The thread that is inside, 0 for none.
    owner: Cell<u64>,
}

/// A thread's stay inside a buffer.
struct Inside<'a>(&'a Buffer);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.owner.set(0);
        self.0.lock.release();
    }
}

impl Trace for Buffer {
    fn trace(&self, visit: &mut dyn FnMut(&Object)) {
        self.raw.trace(visit);
    }
    fn clear_refs(&self) {
        self.raw.set(None);
    }
}

impl Buffer {
    fn new() -> Buffer {
        Buffer {
            raw: Field::empty(),
            ahead: RefCell::default(),
            taken: Cell::new(0),
            pending: RefCell::default(),
            size: Cell::new(DEFAULT_BUFFER_SIZE),
            finalizing: Cell::new(false),
            lock: host::futex::Lock::new(),
            owner: Cell::new(0),
        }
    }

    /// Keeps other threads out until the result is dropped; RuntimeError if the thread is inside already.
    fn enter(&self, vm: &Vm, this: &Object) -> Result<Inside<'_>> {
        if !self.lock.try_acquire() {
            if self.owner.get() == vm.thread_id.get() {
                let shown = protocol::repr(vm, this)?;
                bail!(vm, RuntimeError, "reentrant call inside {shown}");
            }
            vm.blocking_call(|| self.lock.acquire(None))?;
        }
        self.owner.set(vm.thread_id.get());
        Ok(Inside(self))
    }

    fn raw(&self, vm: &Vm) -> Result<Object> {
        self.raw.get().ok_or_else(|| raise!(vm, ValueError, "I/O operation on uninitialized object"))
    }

    fn start(&self, vm: &Vm, raw: &Object, size: isize) -> Result<()> {
        if size <= 0 {
            bail!(vm, ValueError, "buffer size must be strictly positive");
        }
        self.size.set(size as usize);
        self.raw.set(Some(raw.clone()));
        self.ahead.borrow_mut().truncate(0);
        self.taken.set(0);
        Ok(())
    }

    fn is_closed(&self, vm: &Vm) -> Result<bool> {
        let raw = self.raw(vm)?;
        let closed = attr::getattr(vm, &raw, vm.names().closed())?;
        protocol::is_true(vm, &closed)
    }

    fn check(&self, vm: &Vm, what: &str) -> Result<Object> {
        let raw = self.raw(vm)?;
        if self.is_closed(vm)? {
            bail!(vm, ValueError, "{what} closed file");
        }
        Ok(raw)
    }

    fn left(&self) -> usize {
        self.ahead.borrow().len() - self.taken.get()
    }

    fn take(&self, n: usize) -> Vec<u8> {
        let n = n.min(self.left());
        let from = self.taken.get();
        let data = self.ahead.borrow()[from..from + n].to_vec();
        self.taken.set(from + n);
        if self.left() == 0 {
            self.ahead.borrow_mut().truncate(0);
            self.taken.set(0);
        }
        data
    }

    /// One read from the raw stream; `None` if it would block.
    fn read_raw(&self, vm: &Vm, n: usize) -> Result<Option<Vec<u8>>> {
        let raw = self.raw(vm)?;
        loop {
            match call::call_method(vm, &raw, vm.names().read(), &[Int::from_i64(n as i64)]) {
                Ok(data) if data.is(&none()) => return Ok(None),
                Ok(data) => return bytes_of(vm, &data).map(Some),
                Err(_) if vm.raised_is(&vm::exception::types::InterruptedError) => vm.clear_raised(),
                Err(raised) => return Err(raised),
            }
        }
    }

    fn read(&self, vm: &Vm, size: Option<usize>) -> Result<Object> {
        self.check(vm, "read of")?;
        self.flush_pending(vm)?;
        let Some(n) = size else {
            let mut data = self.take(usize::MAX);
            let raw = self.raw(vm)?;
            let rest = match attr::getattr_opt(vm, &raw, &vm.intern("readall"))? {
                Some(readall) => call::call(vm, &readall, &[])?,
                None => call::call_method(vm, &raw, vm.names().read(), &[])?,
            };
            if rest.is(&none()) {
                return if data.is_empty() { Ok(rest) } else { Ok(Bytes::try_new(vm, &data)?.into_object()) };
            }
            if data.is_empty() && rest.is_exact::<Bytes>() {
                return Ok(rest);
            }
            data.extend(bytes_of(vm, &rest)?);
            return Ok(Bytes::try_new(vm, &data)?.into_object());
        };
        let mut data = self.take(n);
        while data.len() < n {
            let want = (n - data.len()).max(self.size.get());
            match self.read_raw(vm, want)? {
                None if data.is_empty() => return Ok(none()),
                None => break,
                Some(chunk) if chunk.is_empty() => break,
                Some(mut chunk) => {
                    let missing = n - data.len();
                    if chunk.len() > missing {
                        let rest = chunk.split_off(missing);
                        *self.ahead.borrow_mut() = rest;
                        self.taken.set(0);
                    }
                    data.append(&mut chunk);
                }
            }
        }
        Ok(Bytes::try_new(vm, &data)?.into_object())
    }

    fn fill(&self, vm: &Vm) -> Result<()> {
        if self.left() == 0
            && let Some(chunk) = self.read_raw(vm, self.size.get())?
        {
            *self.ahead.borrow_mut() = chunk;
            self.taken.set(0);
        }
        Ok(())
    }

    fn read1(&self, vm: &Vm, size: Option<usize>) -> Result<Object> {
        self.check(vm, "read of")?;
        self.flush_pending(vm)?;
        let n = size.unwrap_or(self.size.get());
        if n == 0 {
            return Ok(Bytes::new(b"").into_object());
        }
        self.fill(vm)?;
        Ok(Bytes::try_new(vm, &self.take(n))?.into_object())
    }

    fn peek(&self, vm: &Vm) -> Result<Object> {
        self.check(vm, "peek of")?;
        self.flush_pending(vm)?;
        self.fill(vm)?;
        let data = self.ahead.borrow()[self.taken.get()..].to_vec();
        Ok(Bytes::try_new(vm, &data)?.into_object())
    }

    fn readline(&self, vm: &Vm, limit: Option<usize>) -> Result<Object> {
        self.check(vm, "readline of")?;
        self.flush_pending(vm)?;
        let mut line = Vec::new();
        loop {
            let room = limit.map_or(usize::MAX, |l| l - line.len());
            if room == 0 {
                break;
            }
            self.fill(vm)?;
            let found = {
                let ahead = self.ahead.borrow();
                let rest = &ahead[self.taken.get()..];
                if rest.is_empty() {
                    break;
                }
                rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |i| i + 1)
            };
            line.extend(self.take(found.min(room)));
            if line.last() == Some(&b'\n') {
                break;
            }
        }
        Ok(Bytes::try_new(vm, &line)?.into_object())
    }

    /// Writes out what is pending.
    fn flush_pending(&self, vm: &Vm) -> Result<()> {
        while !self.pending.borrow().is_empty() {
            let raw = self.raw(vm)?;
            let data = Bytes::try_new(vm, &self.pending.borrow())?;
            let written = match call::call_method(vm, &raw, vm.names().write(), &[data.into_object()]) {
                Ok(written) => written,
                Err(_) if vm.raised_is(&vm::exception::types::InterruptedError) => {
                    vm.clear_raised();
                    continue;
                }
                Err(raised) => return Err(raised),
            };
            if written.is(&none()) {
                let message = "write could not complete without blocking";
                return Err(vm.raise_args(&vm::exception::types::BlockingIOError, &[Object::int32(11), Str::new(message).into_object(), Object::int32(0)]));
            }
            let n = number::as_ssize(vm, &written, None)?;
            let len = self.pending.borrow().len();
            if n < 0 || n as usize > len {
                bail!(vm, OSError, "raw write() returned invalid length {n} (should have been between 0 and {len})");
            }
            self.pending.borrow_mut().drain(..n as usize);
        }
        Ok(())
    }

    /// Forgets what was read ahead, putting the raw stream where the reader is.
    fn rewind(&self, vm: &Vm) -> Result<()> {
        let left = self.left();
        if left > 0 {
            let raw = self.raw(vm)?;
            call::call_method(vm, &raw, vm.names().seek(), &[Int::from_i64(-(left as i64)), Object::int32(1)])?;
            self.ahead.borrow_mut().truncate(0);
            self.taken.set(0);
        }
        Ok(())
    }

    fn write(&self, vm: &Vm, data: &Object) -> Result<usize> {
        if data.is_instance_of::<Str>() {
            bail!(vm, TypeError, "a bytes-like object is required, not 'str'");
        }
        self.check(vm, "write to")?;
        self.rewind(vm)?;
        let bytes = bytes_of(vm, data)?;
        self.pending.borrow_mut().extend_from_slice(&bytes);
        if self.pending.borrow().len() > self.size.get() {
            self.flush_pending(vm)?;
        }
        Ok(bytes.len())
    }

    fn flush(&self, vm: &Vm, this: &Object) -> Result<()> {
        if this.is_instance_of::<BufferedReader>() {
            return call::call_method(vm, &self.raw(vm)?, vm.names().flush(), &[]).map(drop);
        }
        self.check(vm, "flush of")?;
        self.flush_pending(vm)?;
        self.rewind(vm)
    }

    fn tell(&self, vm: &Vm) -> Result<i64> {
        let raw = self.raw(vm)?;
        let at = call::call_method(vm, &raw, vm.names().tell(), &[])?;
        let at = number::as_ssize(vm, &at, None)? as i64;
        if at < 0 {
            bail!(vm, OSError, "Raw stream returned invalid position {at}");
        }
        Ok(at - self.left() as i64 + self.pending.borrow().len() as i64)
    }

    fn seek(&self, vm: &Vm, target: i64, whence: i32) -> Result<Object> {
        if !(0..=4).contains(&whence) {
            bail!(vm, ValueError, "whence value {whence} unsupported");
        }
        let raw = self.check(vm, "seek of")?;
        let seekable = call::call_method(vm, &raw, vm.names().seekable(), &[])?;
        if !protocol::is_true(vm, &seekable)? {
            return Err(unsupported(vm, "File or stream is not seekable."));
        }
        self.flush_pending(vm)?;
        let target = if whence == 1 { target - self.left() as i64 } else { target };
        self.ahead.borrow_mut().truncate(0);
        self.taken.set(0);
        call::call_method(vm, &raw, vm.names().seek(), &[Int::from_i64(target), Object::int32(whence)])
    }

    fn close(&self, vm: &Vm, this: &Object) -> Result<()> {
        let raw = self.raw(vm)?;
        if self.is_closed(vm)? {
            return Ok(());
        }
        let flushed = call::call_method(vm, this, vm.names().flush(), &[]);
        let first = vm.take_raised();
        let closed = match self.enter(vm, this) {
            // Whoever writes at this moment waits, and then finds the stream closed.
            Ok(_inside) => call::call_method(vm, &raw, vm.names().close(), &[]),
            Err(raised) => Err(raised),
        };
        if let Some(first) = first {
            if let Some(second) = vm.take_raised()
                && let Some(body) = second.cast::<vm::exception::BaseException>()
            {
                body.context.set(Some(first));
                return Err(vm.restore(second));
            }
            return Err(vm.restore(first));
        }
        flushed.and(closed).map(drop)
    }

    fn forward(&self, vm: &Vm, name: &str) -> Result<Object> {
        let raw = self.raw(vm)?;
        call::call_method(vm, &raw, &vm.intern(name), &[])
    }
}

fn repr(vm: &Vm, this: &Object) -> Result<String> {
    let kind = type_of(this).short_name();
    let text = vm.guard_repr(this, || {
        Ok(match attr::getattr_opt(vm, this, vm.names().name()) {
            Ok(Some(name)) => format!("<_io.{kind} name={}>", protocol::repr(vm, &name)?),
            Ok(None) => format!("<_io.{kind}>"),
            Err(_) if vm.raised_is(&vm::exception::types::ValueError) => {
                vm.clear_raised();
                format!("<_io.{kind}>")
            }
            Err(raised) => return Err(raised),
        })
    })?;
    text.ok_or_else(|| raise!(vm, RuntimeError, "reentrant call inside {kind}.__repr__"))
}

macro_rules! buffered {
    ($kind:ident, $name:literal, $doc:literal, $need:literal, $refusal:literal, { $($more:tt)* }) => {
        #[doc = $doc]
        #[pytype($name, base = BufferedIOBase, flags(BASETYPE), module = "_io")]
        pub struct $kind {
            pub base: BufferedIOBase,
            buffer: Buffer,
        }

        #[pymethods]
        impl $kind {
            #[slot]
            fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
                let _ = args;
                let body = $kind { base: BufferedIOBase { base: IOBase { head: Head::new() } }, buffer: Buffer::new() };
                Ok(instance::alloc(vm, cls, body)?.into_object())
            }

            #[slot("(raw, buffer_size=131072)")]
            fn init(&self, vm: &Vm, raw: &Object, buffer_size: isize) -> Result<()> {
                let able = call::call_method(vm, raw, &vm.intern($need), &[])?;
                if !protocol::is_true(vm, &able)? {
                    return Err(unsupported(vm, $refusal));
                }
                self.buffer.start(vm, raw, buffer_size)
            }

            #[slot]
            fn repr(this: &Object, vm: &Vm) -> Result<String> {
                repr(vm, this)
            }

            #[py("close()")]
            fn close(this: &Ref<Self>, vm: &Vm) -> Result<()> {
                this.buffer.close(vm, this.as_object())
            }

            #[py("flush()")]
            fn flush(this: &Ref<Self>, vm: &Vm) -> Result<()> {
                let _inside = this.buffer.enter(vm, this.as_object())?;
                this.buffer.flush(vm, this.as_object())
            }

            #[py("detach()")]
            fn detach(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
                call::call_method(vm, this.as_object(), vm.names().flush(), &[])?;
                let raw = this.buffer.raw(vm)?;
                this.buffer.raw.set(None);
                Ok(raw)
            }

            #[py("seek(target, whence=0, /)")]
            fn seek(this: &Ref<Self>, vm: &Vm, target: i64, whence: i32) -> Result<Object> {
                let _inside = this.buffer.enter(vm, this.as_object())?;
                this.buffer.seek(vm, target, whence)
            }

            #[py("tell()")]
            fn tell(&self, vm: &Vm) -> Result<i64> {
                self.buffer.tell(vm)
            }

            #[py("truncate(pos=None, /)")]
            fn truncate(&self, vm: &Vm, pos: Option<&Object>) -> Result<Object> {
                let raw = self.buffer.check(vm, "truncate of")?;
                self.buffer.flush_pending(vm)?;
                let pos = match pos {
                    Some(pos) => pos.clone(),
                    None => Int::from_i64(self.buffer.tell(vm)?),
                };
                call::call_method(vm, &raw, vm.names().truncate(), &[pos])
            }

            #[py("readable()")]
            fn readable(&self, vm: &Vm) -> Result<Object> {
                self.buffer.forward(vm, "readable")
            }

            #[py("writable()")]
            fn writable(&self, vm: &Vm) -> Result<Object> {
                self.buffer.forward(vm, "writable")
            }

            #[py("seekable()")]
            fn seekable(&self, vm: &Vm) -> Result<Object> {
                self.buffer.forward(vm, "seekable")
            }

            #[py("fileno()")]
            fn fileno(&self, vm: &Vm) -> Result<Object> {
                self.buffer.forward(vm, "fileno")
            }

            #[py("isatty()")]
            fn isatty(&self, vm: &Vm) -> Result<Object> {
                self.buffer.forward(vm, "isatty")
            }

            #[getter("closed")]
            fn closed(&self, vm: &Vm) -> Result<Object> {
                let raw = self.buffer.raw(vm)?;
                attr::getattr(vm, &raw, vm.names().closed())
            }

            #[getter("name")]
            fn name(&self, vm: &Vm) -> Result<Object> {
                let raw = self.buffer.raw(vm)?;
                attr::getattr(vm, &raw, vm.names().name())
            }

            #[getter("mode")]
            fn mode(&self, vm: &Vm) -> Result<Object> {
                let raw = self.buffer.raw(vm)?;
                attr::getattr(vm, &raw, vm.names().mode())
            }

            #[getter("raw")]
            fn get_raw(&self, vm: &Vm) -> Result<Object> {
                self.buffer.raw(vm)
            }

            #[getter("_finalizing")]
            fn finalizing(&self) -> bool {
                self.buffer.finalizing.get()
            }

            #[py("_dealloc_warn(source, /)")]
            fn dealloc_warn(&self, vm: &Vm, source: &Object) -> Result<()> {
                let _ = (vm, source);
                Ok(())
            }

            $($more)*
        }
    };
}

/// A buffered stream that can be read: what `BufferedReader` and `BufferedRandom` have in common.
macro_rules! readable {
    ($kind:ident, $name:literal, $doc:literal, $need:literal, $refusal:literal, {$($more:tt)*}) => {
        buffered!($kind, $name, $doc, $need, $refusal, {
                #[py("read(size=-1, /)")]
                fn read(this: &Ref<Self>, vm: &Vm, size: Option<&Object>) -> Result<Object> {
                    if let Some(n) = size.and_then(|s| s.as_small_int())
                        && n < -1
                    {
                        bail!(vm, ValueError, "read length must be non-negative or -1");
                    }
                    let size = size_of_arg(vm, size)?;
                    let _inside = this.buffer.enter(vm, this.as_object())?;
                    this.buffer.read(vm, size)
                }

                #[py("read1(size=-1, /)")]
                fn read1(this: &Ref<Self>, vm: &Vm, size: Option<&Object>) -> Result<Object> {
                    let size = size_of_arg(vm, size)?;
                    let _inside = this.buffer.enter(vm, this.as_object())?;
                    this.buffer.read1(vm, size)
                }

                #[py("peek(size=0, /)")]
                fn peek(this: &Ref<Self>, vm: &Vm, size: Option<&Object>) -> Result<Object> {
                    let _ = size;
                    let _inside = this.buffer.enter(vm, this.as_object())?;
                    this.buffer.peek(vm)
                }

                #[py("readinto(buffer, /)")]
                fn readinto(this: &Ref<Self>, vm: &Vm, buffer: &Object) -> Result<usize> {
                    let _inside = this.buffer.enter(vm, this.as_object())?;
                    fill_buffer(vm, buffer, |n| bytes_of(vm, &this.buffer.read(vm, Some(n))?))
                }

                #[py("readinto1(buffer, /)")]
                fn readinto1(this: &Ref<Self>, vm: &Vm, buffer: &Object) -> Result<usize> {
                    let _inside = this.buffer.enter(vm, this.as_object())?;
                    fill_buffer(vm, buffer, |n| bytes_of(vm, &this.buffer.read1(vm, Some(n))?))
                }

                #[py("readline(size=-1, /)")]
                fn readline(this: &Ref<Self>, vm: &Vm, size: Option<&Object>) -> Result<Object> {
                    let size = size_of_arg(vm, size)?;
                    let _inside = this.buffer.enter(vm, this.as_object())?;
                    this.buffer.readline(vm, size)
                }

            $($more)*
        });
    };
}

readable!(BufferedReader, "BufferedReader", "Create a new buffered reader using the given readable raw IO object.", "readable", "File or stream is not readable.", {});

buffered!(BufferedWriter, "BufferedWriter", "A buffer for a writeable sequential RawIO object.", "writable", "File or stream is not writable.", {
    #[py("write(buffer, /)")]
    fn write(this: &Ref<Self>, vm: &Vm, buffer: &Object) -> Result<usize> {
        let _inside = this.buffer.enter(vm, this.as_object())?;
        this.buffer.write(vm, buffer)
    }
});

readable!(BufferedRandom, "BufferedRandom", "A buffered interface to random access streams.", "seekable", "File or stream is not seekable.", {
    #[py("write(buffer, /)")]
    fn write(this: &Ref<Self>, vm: &Vm, buffer: &Object) -> Result<usize> {
        let _inside = this.buffer.enter(vm, this.as_object())?;
        this.buffer.write(vm, buffer)
    }
});

/// A buffered reader and writer object together.
///
/// A buffered reader object and buffered writer object put together to
/// form a sequential IO object that can read and write.
#[pytype("BufferedRWPair", base = BufferedIOBase, flags(BASETYPE), module = "_io")]
pub struct BufferedRWPair {
    pub base: BufferedIOBase,
    reader: Field<Object>,
    writer: Field<Object>,
}

impl BufferedRWPair {
    fn to(&self, vm: &Vm, field: &Field<Object>, name: &str, args: &[Object]) -> Result<Object> {
        let stream = field.get().ok_or_else(|| raise!(vm, ValueError, "I/O operation on uninitialized object"))?;
        call::call_method(vm, &stream, &vm.intern(name), args)
    }
}

#[pymethods]
impl BufferedRWPair {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let base = BufferedIOBase { base: IOBase { head: Head::new() } };
        Ok(instance::alloc(vm, cls, BufferedRWPair { base, reader: Field::empty(), writer: Field::empty() })?.into_object())
    }

    #[slot("(reader, writer, buffer_size=131072, /)")]
    fn init(&self, vm: &Vm, reader: &Object, writer: &Object, buffer_size: isize) -> Result<()> {
        let size = Int::from_i64(buffer_size as i64);
        self.reader.set(Some(call::call(vm, BufferedReader::class().as_object(), &[reader.clone(), size.clone()])?));
        self.writer.set(Some(call::call(vm, BufferedWriter::class().as_object(), &[writer.clone(), size])?));
        Ok(())
    }

    #[py("read(*args)")]
    fn read(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        self.to(vm, &self.reader, "read", args)
    }

    #[py("read1(*args)")]
    fn read1(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        self.to(vm, &self.reader, "read1", args)
    }

    #[py("peek(*args)")]
    fn peek(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        self.to(vm, &self.reader, "peek", args)
    }

    #[py("readinto(*args)")]
    fn readinto(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        self.to(vm, &self.reader, "readinto", args)
    }

    #[py("readinto1(*args)")]
    fn readinto1(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        self.to(vm, &self.reader, "readinto1", args)
    }

    #[py("write(*args)")]
    fn write(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        self.to(vm, &self.writer, "write", args)
    }

    #[py("flush()")]
    fn flush(&self, vm: &Vm) -> Result<Object> {
        self.to(vm, &self.writer, "flush", &[])
    }

    #[py("readable()")]
    fn readable(&self, vm: &Vm) -> Result<Object> {
        self.to(vm, &self.reader, "readable", &[])
    }

    #[py("writable()")]
    fn writable(&self, vm: &Vm) -> Result<Object> {
        self.to(vm, &self.writer, "writable", &[])
    }

    #[py("close()")]
    fn close(&self, vm: &Vm) -> Result<Object> {
        let first = self.to(vm, &self.writer, "close", &[]);
        let saved = vm.take_raised();
        let second = self.to(vm, &self.reader, "close", &[]);
        if saved.is_some() {
            vm.restore_raised(saved);
        }
        first.and(second)
    }

    #[py("isatty()")]
    fn isatty(&self, vm: &Vm) -> Result<Object> {
        let writer = self.to(vm, &self.writer, "isatty", &[])?;
        if protocol::is_true(vm, &writer)? {
            return Ok(writer);
        }
        self.to(vm, &self.reader, "isatty", &[])
    }

    #[getter("closed")]
    fn closed(&self, vm: &Vm) -> Result<Object> {
        match self.writer.get() {
            Some(writer) => attr::getattr(vm, &writer, vm.names().closed()),
            None => Err(raise!(vm, RuntimeError, "the BufferedRWPair object is being garbage-collected")),
        }
    }
}
