//! What the buffered streams have in common: bytes read ahead, bytes to be written.

use super::super::raw::FileIO;
use super::super::{DEFAULT_BUFFER_SIZE, base, both, bytes_of, line_end, unsupported};
use std::cell::{Cell, RefCell};
use vm::builtins::memoryview::MemoryView;
use vm::exception::types;
use vm::object::{attr, buffer};
use vm::prelude::*;
use vm::protocol::{call, number, object as protocol};

/// What the three classes hold: bytes read ahead, and bytes not yet written. At most one of both is not empty.
pub struct Buffer {
    pub raw: Field<Object>,
    stage: Cell<Stage>,
    ahead: RefCell<Vec<u8>>,
    /// How much of `ahead` has been handed out.
    taken: Cell<usize>,
    pending: RefCell<Vec<u8>>,
    size: Cell<usize>,
    pub finalizing: Cell<bool>,
    /// Held while a thread is inside: the raw stream's calls let other threads run.
    lock: host::futex::Lock,
    /// The thread that is inside, 0 for none.
    owner: Cell<u64>,
}

/// How far a buffered stream is.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    /// `__init__` has not come to its end.
    New,
    Ready,
    Detached,
}

/// A thread's stay inside a buffer.
pub struct Inside<'a>(&'a Buffer);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.owner.set(0);
        self.0.lock.release();
    }
}

impl Trace for Buffer {
    fn trace(&self, visit: &mut Visitor) {
        self.raw.trace(visit);
    }
    fn clear_refs(&self) {
        self.raw.set(None);
    }
}

impl Buffer {
    pub fn new() -> Buffer {
        Buffer {
            raw: Field::empty(),
            stage: Cell::new(Stage::New),
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
    pub fn enter(&self, vm: &Vm, this: &Object) -> Result<Inside<'_>> {
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

    pub fn raw(&self, vm: &Vm) -> Result<Object> {
        match self.raw.get().filter(|_| self.stage.get() == Stage::Ready) {
            Some(raw) => Ok(raw),
            None if self.stage.get() == Stage::Detached => Err(raise!(vm, ValueError, "raw stream has been detached")),
            None => Err(raise!(vm, ValueError, "I/O operation on uninitialized object")),
        }
    }

    /// Lets go of the raw stream.
    pub fn detach(&self, vm: &Vm) -> Result<Object> {
        let raw = self.raw(vm)?;
        self.raw.set(None);
        self.stage.set(Stage::Detached);
        Ok(raw)
    }

    /// A constructor begins.
    pub fn unready(&self) {
        self.stage.set(Stage::New);
    }

    pub fn start(&self, vm: &Vm, raw: &Object, size: isize) -> Result<()> {
        if size <= 0 {
            bail!(vm, ValueError, "buffer size must be strictly positive");
        }
        self.size.set(size as usize);
        self.raw.set(Some(raw.clone()));
        self.ahead.borrow_mut().truncate(0);
        self.taken.set(0);
        self.pending.borrow_mut().truncate(0);
        self.stage.set(Stage::Ready);
        Ok(())
    }

    pub fn is_closed(&self, vm: &Vm) -> Result<bool> {
        base::is_closed(vm, &self.raw(vm)?)
    }

    pub fn check(&self, vm: &Vm, what: &str) -> Result<Object> {
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
        self.skip(n);
        data
    }

    /// Goes past bytes that were read ahead.
    fn skip(&self, n: usize) {
        self.taken.set(self.taken.get() + n);
        if self.left() == 0 {
            self.ahead.borrow_mut().truncate(0);
            self.taken.set(0);
        }
    }

    /// One read from the raw stream; `None` if it would block.
    fn read_raw(&self, vm: &Vm, n: usize) -> Result<Option<Vec<u8>>> {
        let raw = self.raw(vm)?;
        if let Some(file) = raw.cast::<FileIO>().filter(|_| raw.is_exact::<FileIO>()) {
            return file.read_some(vm, n);
        }
        let array = call::call(vm, &vm::modules::builtins_get(vm, "bytearray"), &[Int::from_i64(n as i64)])?;
        let view = MemoryView::from_buffer(buffer::get_buffer(vm, &array, buffer::request::WRITABLE)?).into_object();
        let got = loop {
            match call::call_method(vm, &raw, vm.names().readinto(), std::slice::from_ref(&view)) {
                Err(_) if vm.raised_is(&types::InterruptedError) => vm.clear_raised(),
                other => break other,
            }
        };
        let released = call::call_method(vm, &view, &vm.intern("release"), &[]);
        let got = got?;
        released?;
        if got.is(&none()) {
            return Ok(None);
        }
        let len = match number::as_ssize(vm, &got, Some(&types::OverflowError)) {
            Ok(len) => len,
            Err(_) => {
                let cause = vm.take_raised();
                let raised = raise!(vm, OSError, "raw readinto() failed");
                let error = vm.take_raised();
                if let Some(body) = error.as_ref().and_then(|e| e.cast::<vm::exception::BaseException>()) {
                    body.cause.set(cause.clone());
                    body.context.set(cause);
                }
                vm.restore_raised(error);
                return Err(raised);
            }
        };
        if len < 0 || len as usize > n {
            bail!(vm, OSError, "raw readinto() returned invalid length {len} (should have been between 0 and {n})");
        }
        let mut data = bytes_of(vm, &array)?;
        data.truncate(len as usize);
        Ok(Some(data))
    }

    pub fn read(&self, vm: &Vm, size: Option<usize>) -> Result<Object> {
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

    pub fn read1(&self, vm: &Vm, size: Option<usize>) -> Result<Object> {
        self.check(vm, "read of")?;
        self.flush_pending(vm)?;
        let n = size.unwrap_or(self.size.get());
        if n == 0 {
            return Ok(Bytes::new(b"").into_object());
        }
        self.fill(vm)?;
        Ok(Bytes::try_new(vm, &self.take(n))?.into_object())
    }

    pub fn peek(&self, vm: &Vm) -> Result<Object> {
        self.check(vm, "peek of")?;
        self.flush_pending(vm)?;
        self.fill(vm)?;
        let data = self.ahead.borrow()[self.taken.get()..].to_vec();
        Ok(Bytes::try_new(vm, &data)?.into_object())
    }

    pub fn readline(&self, vm: &Vm, limit: Option<usize>) -> Result<Object> {
        self.check(vm, "readline of")?;
        self.flush_pending(vm)?;
        // Most lines lie whole in what was read ahead.
        let whole = {
            let ahead = self.ahead.borrow();
            let rest = &ahead[self.taken.get()..];
            match line_end(rest).filter(|&n| limit.is_none_or(|limit| n <= limit)) {
                Some(n) => Some((n, Bytes::try_new(vm, &rest[..n])?)),
                None => None,
            }
        };
        if let Some((n, line)) = whole {
            self.skip(n);
            return Ok(line.into_object());
        }
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
                line_end(rest).unwrap_or(rest.len())
            };
            line.extend(self.take(found.min(room)));
            if line.last() == Some(&b'\n') {
                break;
            }
        }
        Ok(Bytes::try_new(vm, &line)?.into_object())
    }

    /// One write to the raw stream: how many bytes it took, `None` if it would block.
    fn write_raw(&self, vm: &Vm, bytes: &[u8]) -> Result<Option<usize>> {
        let raw = self.raw(vm)?;
        let data = Bytes::try_new(vm, bytes)?.into_object();
        let written = loop {
            match call::call_method(vm, &raw, vm.names().write(), std::slice::from_ref(&data)) {
                Err(_) if vm.raised_is(&types::InterruptedError) => vm.clear_raised(),
                other => break other?,
            }
        };
        if written.is(&none()) {
            return Ok(None);
        }
        let (n, len) = (number::as_ssize(vm, &written, None)?, bytes.len());
        if n < 0 || n as usize > len {
            bail!(vm, OSError, "raw write() returned invalid length {n} (should have been between 0 and {len})");
        }
        Ok(Some(n as usize))
    }

    /// Writes out what is pending.
    pub fn flush_pending(&self, vm: &Vm) -> Result<()> {
        while !self.pending.borrow().is_empty() {
            let pending = self.pending.borrow().clone();
            let Some(n) = self.write_raw(vm, &pending)? else { return Err(would_block(vm, 0)) };
            let mut pending = self.pending.borrow_mut();
            let n = n.min(pending.len());
            pending.drain(..n);
            drop(pending);
            // A signal may have cut the write short.
            vm::interp::check_signals(vm)?;
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

    pub fn write(&self, vm: &Vm, data: &Object) -> Result<usize> {
        if data.is_instance_of::<Str>() {
            bail!(vm, TypeError, "a bytes-like object is required, not 'str'");
        }
        self.check(vm, "write to")?;
        self.rewind(vm)?;
        let bytes = bytes_of(vm, data)?;
        // Making the bytes may have run Python code.
        self.check(vm, "write to")?;
        let size = self.size.get();
        let room = || size.saturating_sub(self.pending.borrow().len());
        if bytes.len() <= room() {
            self.keep(vm, &bytes)?;
            return Ok(bytes.len());
        }
        if let Err(raised) = self.flush_pending(vm) {
            if !vm.raised_is(&types::BlockingIOError) {
                return Err(raised);
            }
            vm.clear_raised();
            // What fits is taken.
            let taken = bytes.len().min(room());
            self.keep(vm, &bytes[..taken])?;
            return if taken == bytes.len() { Ok(taken) } else { Err(would_block(vm, taken)) };
        }
        let mut written = 0;
        while bytes.len() - written > size {
            match self.write_raw(vm, &bytes[written..])? {
                Some(n) => written += n,
                None => {
                    self.keep(vm, &bytes[written..written + size])?;
                    return Err(would_block(vm, written + size));
                }
            }
            vm::interp::check_signals(vm)?;
        }
        self.keep(vm, &bytes[written..])?;
        Ok(bytes.len())
    }

    /// Keeps bytes to be written later.
    fn keep(&self, vm: &Vm, bytes: &[u8]) -> Result<()> {
        let mut pending = self.pending.borrow_mut();
        vm.memory(pending.try_reserve(bytes.len()).map_err(|_| vm::heap::OutOfMemory))?;
        pending.extend_from_slice(bytes);
        Ok(())
    }

    pub fn flush(&self, vm: &Vm) -> Result<()> {
        self.check(vm, "flush of")?;
        self.flush_pending(vm)?;
        self.rewind(vm)
    }

    pub fn tell(&self, vm: &Vm) -> Result<i64> {
        let raw = self.raw(vm)?;
        let at = call::call_method(vm, &raw, vm.names().tell(), &[])?;
        let at = number::as_ssize(vm, &at, None)? as i64;
        if at < 0 {
            bail!(vm, OSError, "Raw stream returned invalid position {at}");
        }
        // A device may stay at 0 whatever is read from it.
        Ok((at - self.left() as i64 + self.pending.borrow().len() as i64).max(0))
    }

    pub fn seek(&self, vm: &Vm, target: i64, whence: i32) -> Result<Object> {
        if !(0..=4).contains(&whence) {
            bail!(vm, ValueError, "whence value {whence} unsupported");
        }
        let raw = self.check(vm, "seek of")?;
        let seekable = call::call_method(vm, &raw, vm.names().seekable(), &[])?;
        if !protocol::is_true(vm, &seekable)? {
            return Err(unsupported(vm, "File or stream is not seekable."));
        }
        self.flush_pending(vm)?;
        if whence < 2 && self.left() > 0 {
            // Within what was read ahead nothing need be read again.
            let now = self.tell(vm)?;
            let offset = if whence == 0 { target.saturating_sub(now) } else { target };
            if -(self.taken.get() as i64) <= offset && offset <= self.left() as i64 {
                self.taken.set((self.taken.get() as i64 + offset) as usize);
                return Ok(Int::from_i64((now + offset).max(0)));
            }
        }
        let target = if whence == 1 { target.saturating_sub(self.left() as i64) } else { target };
        self.ahead.borrow_mut().truncate(0);
        self.taken.set(0);
        let at = call::call_method(vm, &raw, vm.names().seek(), &[Int::from_i64(target), Object::int32(whence)])?;
        let at = number::as_ssize(vm, &at, Some(&types::OverflowError))?;
        if at < 0 {
            bail!(vm, OSError, "Raw stream returned invalid position {at}");
        }
        Ok(Int::from_i64(at as i64))
    }

    pub fn close(&self, vm: &Vm, this: &Object) -> Result<()> {
        let raw = self.raw(vm)?;
        if self.is_closed(vm)? {
            return Ok(());
        }
        if self.finalizing.get()
            && call::call_method(vm, &raw, vm.names()._dealloc_warn(), std::slice::from_ref(this)).is_err()
        {
            vm.clear_raised();
        }
        let flushed = call::call_method(vm, this, vm.names().flush(), &[]);
        // Whoever writes at this moment waits, and then finds the stream closed.
        let close = || {
            let _inside = self.enter(vm, this)?;
            call::call_method(vm, &raw, vm.names().close(), &[])
        };
        both(vm, flushed, close).map(drop)
    }

    /// Reads into a caller's buffer: all of it, or with `once` what one read of the raw stream gives; `None` if that would
    /// block.
    pub fn read_for(&self, vm: &Vm, n: usize, once: bool) -> Result<Option<Vec<u8>>> {
        if !once {
            let data = self.read(vm, Some(n))?;
            return if data.is(&none()) { Ok(None) } else { bytes_of(vm, &data).map(Some) };
        }
        self.check(vm, "readinto of")?;
        self.flush_pending(vm)?;
        let mut data = self.take(n);
        let missing = n - data.len();
        if missing > self.size.get() {
            match self.read_raw(vm, missing)? {
                Some(more) => data.extend(more),
                None if data.is_empty() => return Ok(None),
                None => {}
            }
        } else if data.is_empty() && missing > 0 {
            self.fill(vm)?;
            data = self.take(n);
        }
        Ok(Some(data))
    }

    pub fn forward(&self, vm: &Vm, name: &str) -> Result<Object> {
        let raw = self.raw(vm)?;
        call::call_method(vm, &raw, &vm.intern(name), &[])
    }
}

/// The exception of a write that would have had to wait, with the number of bytes taken before.
fn would_block(vm: &Vm, taken: usize) -> Raised {
    const EAGAIN: i32 = 11;
    let message = Str::new("write could not complete without blocking").into_object();
    vm.raise_args(&types::BlockingIOError, &[Object::int32(EAGAIN), message, Int::from_i64(taken as i64)])
}
