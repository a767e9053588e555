//! `BytesIO` and `StringIO`.

use super::base::{BufferedIOBase, IOBase, TextIOBase};
use super::bytes_buffer::BytesIOBuffer;
use super::newlines::{newlines_of, translate_newlines};
use super::{bytes_of, fill_buffer, line_end, size_of_arg};
use std::cell::{Cell, RefCell};
use text::Units;
use vm::object::buffer::with_bytes;
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::number;

/// Buffered I/O implementation using an in-memory bytes buffer.
#[pytype("BytesIO", base = BufferedIOBase, flags(BASETYPE, HAVE_GC), module = "_io")]
pub struct BytesIO {
    pub base: BufferedIOBase,
    #[untraced]
    pub(super) data: RefCell<Vec<u8>>,
    at: Cell<usize>,
    pub(super) is_closed: Cell<bool>,
    /// Views of the data that exist.
    #[untraced]
    pub(super) exports: Cell<usize>,
}

impl BytesIO {
    fn check_exports(&self, vm: &Vm) -> Result<()> {
        if self.exports.get() > 0 {
            bail!(vm, BufferError, "Existing exports of data: object cannot be re-sized");
        }
        Ok(())
    }

    fn check(&self, vm: &Vm) -> Result<()> {
        if self.is_closed.get() {
            bail!(vm, ValueError, "I/O operation on closed file.");
        }
        Ok(())
    }

    /// What `make` makes of the next `n` bytes, or of all that are left; if it succeeds they are read.
    #[inline]
    fn take<T>(&self, n: Option<usize>, make: impl FnOnce(&[u8]) -> Result<T>) -> Result<T> {
        let data = self.data.borrow();
        let rest = data.get(self.at.get()..).unwrap_or_default();
        let part = n.and_then(|n| rest.get(..n)).unwrap_or(rest);
        let made = make(part)?;
        self.at.set(self.at.get() + part.len());
        Ok(made)
    }
}

#[pymethods]
impl BytesIO {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body = BytesIO {
            base: BufferedIOBase { base: IOBase { head: Head::new() } },
            data: RefCell::default(),
            at: Cell::new(0),
            is_closed: Cell::new(false),
            exports: Cell::new(0),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(initial_bytes=b'')")]
    fn init(&self, vm: &Vm, initial_bytes: Option<&Object>) -> Result<()> {
        let data = match initial_bytes.filter(|b| !b.is(&none())) {
            Some(bytes) => bytes_of(vm, bytes)?,
            None => Vec::new(),
        };
        self.check_exports(vm)?;
        *self.data.borrow_mut() = data;
        self.at.set(0);
        Ok(())
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let line = self.readline(vm, None)?;
        Ok(line.cast::<Bytes>().is_some_and(|l| !l.as_bytes().is_empty()).then_some(line))
    }

    /// Read at most size bytes, returned as a bytes object.
    #[py("read(size=-1, /)")]
    fn read(&self, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        self.check(vm)?;
        let n = size_of_arg(vm, size)?;
        self.take(n, |part| Ok(Bytes::try_new(vm, part)?.into_object()))
    }

    /// Read at most size bytes, returned as a bytes object.
    #[py("read1(size=-1, /)")]
    fn read1(&self, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        self.read(vm, size)
    }

    /// Read bytes into buffer.
    #[py("readinto(buffer, /)")]
    fn readinto(&self, vm: &Vm, buffer: &Object) -> Result<Option<usize>> {
        self.check(vm)?;
        fill_buffer(vm, buffer, |n| self.take(Some(n), |part| Ok(Some(part.to_vec()))))
    }

    /// Next line from the file, as a bytes object.
    #[py("readline(size=-1, /)")]
    fn readline(&self, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        self.check(vm)?;
        let limit = size_of_arg(vm, size)?;
        let data = self.data.borrow();
        let rest = data.get(self.at.get()..).unwrap_or_default();
        let n = line_end(rest).unwrap_or(rest.len());
        let n = limit.map_or(n, |l| n.min(l));
        let line = Bytes::try_new(vm, &rest[..n])?;
        self.at.set(self.at.get() + n);
        Ok(line.into_object())
    }

    /// Write bytes to file.
    ///
    /// Return the number of bytes written.
    #[py("write(b, /)")]
    fn write(&self, vm: &Vm, b: &Object) -> Result<usize> {
        self.check(vm)?;
        with_bytes(vm, b, |bytes| {
            // Making the bytes may have run Python code.
            self.check(vm)?;
            self.check_exports(vm)?;
            if bytes.is_empty() {
                return Ok(0);
            }
            let mut data = self.data.borrow_mut();
            let at = self.at.get();
            let end = at.checked_add(bytes.len()).ok_or_else(|| vm.out_of_memory())?;
            if end > data.len() {
                let more = end - data.len();
                vm.memory(data.try_reserve(more).map_err(|_| vm::heap::OutOfMemory))?;
                data.resize(at, 0);
                data.extend_from_slice(bytes);
            } else {
                data[at..end].copy_from_slice(bytes);
            }
            self.at.set(end);
            Ok(bytes.len())
        })
    }

    /// Change stream position.
    #[py("seek(pos, whence=0, /)")]
    fn seek(&self, vm: &Vm, pos: i64, whence: i32) -> Result<usize> {
        self.check(vm)?;
        let base = match whence {
            0 if pos < 0 => bail!(vm, ValueError, "negative seek value {pos}"),
            0 => 0,
            1 => self.at.get() as i64,
            2 => self.data.borrow().len() as i64,
            _ => bail!(vm, ValueError, "invalid whence ({whence}, should be 0, 1 or 2)"),
        };
        let at = base.checked_add(pos).ok_or_else(|| raise!(vm, OverflowError, "new position too large"))?;
        self.at.set(at.max(0) as usize);
        Ok(self.at.get())
    }

    /// Current file position, an integer.
    #[py("tell()")]
    fn tell(&self, vm: &Vm) -> Result<usize> {
        self.check(vm)?;
        Ok(self.at.get())
    }

    /// Truncate the file to at most size bytes.
    #[py("truncate(size=None, /)")]
    fn truncate(&self, vm: &Vm, size: Option<i64>) -> Result<i64> {
        self.check(vm)?;
        let size = size.unwrap_or(self.at.get() as i64);
        if size < 0 {
            bail!(vm, ValueError, "negative size value {size}");
        }
        self.check_exports(vm)?;
        self.data.borrow_mut().truncate(size as usize);
        Ok(size)
    }

    /// Get a read-write view over the contents of the BytesIO object.
    #[py("getbuffer()", keywords)]
    fn getbuffer(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        this.check(vm)?;
        BytesIOBuffer::view_of(vm, this)
    }

    /// Retrieve the entire contents of the BytesIO object.
    #[py("getvalue()")]
    fn getvalue(&self, vm: &Vm) -> Result<Object> {
        self.check(vm)?;
        Ok(Bytes::try_new(vm, &self.data.borrow())?.into_object())
    }

    /// Disable all I/O operations.
    #[py("close()")]
    fn close(&self, vm: &Vm) -> Result<()> {
        self.check_exports(vm)?;
        self.is_closed.set(true);
        self.data.borrow_mut().truncate(0);
        Ok(())
    }

    /// True if the file is closed.
    #[getter("closed")]
    fn closed(&self) -> bool {
        self.is_closed.get()
    }

    /// Returns True if the IO object can be read.
    #[py("readable()")]
    fn readable(&self, vm: &Vm) -> Result<bool> {
        self.check(vm).map(|()| true)
    }

    /// Returns True if the IO object can be written.
    #[py("writable()")]
    fn writable(&self, vm: &Vm) -> Result<bool> {
        self.check(vm).map(|()| true)
    }

    /// Returns True if the IO object can be seeked.
    #[py("seekable()")]
    fn seekable(&self, vm: &Vm) -> Result<bool> {
        self.check(vm).map(|()| true)
    }

    #[py("__getstate__()")]
    fn getstate(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let value = this.getvalue(vm)?;
        Ok(Tuple::from_slice(&[value, Int::from_i64(this.at.get() as i64), attributes(vm, this.as_object())?])
            .into_object())
    }

    #[py("__setstate__(object, /)")]
    fn setstate(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<()> {
        this.check(vm)?;
        let kind = type_of(this.as_object()).tp_name();
        let Some([value, at, attrs]) = object.cast::<Tuple>().map(|t| t.items()) else {
            bail!(vm, TypeError, "{kind}.__setstate__ argument should be 3-tuple, got {}", type_name(object));
        };
        let data = bytes_of(vm, value)?;
        this.check_exports(vm)?;
        let at = position(vm, at, "second")?;
        *this.data.borrow_mut() = data;
        this.at.set(at);
        restore_attributes(vm, this.as_object(), attrs, "third")
    }
}

/// The attributes of an instance, for a state: a copy of its dict, or None.
fn attributes(vm: &Vm, this: &Object) -> Result<Object> {
    let items = instance::items(this);
    if items.is_empty() {
        return Ok(none());
    }
    let dict = Dict::empty();
    for (name, value) in items {
        dict.set(vm, &name, value)?;
    }
    Ok(dict.into_object())
}

/// The position of a state.
fn position(vm: &Vm, at: &Object, which: &str) -> Result<usize> {
    if !at.is_instance_of::<Int>() {
        bail!(vm, TypeError, "{which} item of state must be an integer, got {}", type_name(at));
    }
    match usize::try_from(number::as_ssize(vm, at, Some(&vm::exception::types::OverflowError))?) {
        Ok(at) => Ok(at),
        Err(_) => Err(raise!(vm, ValueError, "position value cannot be negative")),
    }
}

/// Gives an instance the attributes of a state.
fn restore_attributes(vm: &Vm, this: &Object, attrs: &Object, which: &str) -> Result<()> {
    if attrs.is(&none()) {
        return Ok(());
    }
    let Some(attrs) = attrs.cast::<Dict>() else {
        bail!(vm, TypeError, "{which} item of state should be a dict, got a {}", type_name(attrs));
    };
    for (name, value) in attrs.to_pairs() {
        if let Some(name) = name.cast::<Str>() {
            attr::setattr(vm, this, name, Some(&value))?;
        }
    }
    Ok(())
}

/// Text I/O implementation using an in-memory buffer.
#[pytype("StringIO", base = TextIOBase, flags(BASETYPE, HAVE_GC), module = "_io")]
pub struct StringIO {
    pub base: TextIOBase,
    #[untraced]
    data: RefCell<Vec<u32>>,
    at: Cell<usize>,
    is_closed: Cell<bool>,
    /// `None`: universal with translation; otherwise the newline mode.
    #[untraced]
    newline: RefCell<Option<String>>,
    /// The kinds of line ends seen, and whether the last character was a carriage return that may be half of one.
    seen: Cell<u8>,
    held: Cell<bool>,
}

impl StringIO {
    fn check(&self, vm: &Vm) -> Result<()> {
        if self.is_closed.get() {
            bail!(vm, ValueError, "I/O operation on closed file");
        }
        Ok(())
    }

    fn text(&self, vm: &Vm, codes: &[u32]) -> Result<Object> {
        Str::from_view(vm, Units::Ucs4(codes)).map(Ref::into_object)
    }

    /// Puts `count` code points where the stream stands.
    fn put_codes(&self, vm: &Vm, count: usize, codes: impl Iterator<Item = u32>) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        let mut data = self.data.borrow_mut();
        let at = self.at.get();
        let end = at.checked_add(count).ok_or_else(|| vm.out_of_memory())?;
        if end > data.len() {
            let more = end - data.len();
            vm.memory(data.try_reserve(more).map_err(|_| vm::heap::OutOfMemory))?;
            data.resize(end, 0);
        }
        data[at..end].iter_mut().zip(codes).for_each(|(place, code)| *place = code);
        self.at.set(end);
        Ok(())
    }

    fn put(&self, vm: &Vm, text: &Str) -> Result<usize> {
        if self.newline.borrow().as_deref() == Some("\n") {
            return self.put_codes(vm, text.len(), text.code_points()).map(|()| text.len());
        }
        let mut codes = Vec::new();
        vm.memory(codes.try_reserve(text.len()).map_err(|_| vm::heap::OutOfMemory))?;
        let newline = self.newline.borrow().clone();
        let universal = matches!(newline.as_deref(), None | Some(""));
        let translated = match universal {
            true => Some(translate_newlines(vm, text, newline.is_none(), &self.held, &self.seen, true)?),
            false => None,
        };
        for code in translated.as_deref().unwrap_or(text).code_points() {
            match (newline.as_deref(), code) {
                (Some("\r\n"), 10) => codes.extend([13, 10]),
                (Some("\r"), 10) => codes.push(13),
                _ => codes.push(code),
            }
        }
        self.put_codes(vm, codes.len(), codes.into_iter())?;
        Ok(text.len())
    }

    fn line_len(&self, rest: &[u32]) -> usize {
        let found = match self.newline.borrow().as_deref() {
            Some("\r") => rest.iter().position(|&c| c == 13).map(|i| i + 1),
            Some("\r\n") => rest.windows(2).position(|w| w == [13, 10]).map(|i| i + 2),
            Some("") => rest
                .iter()
                .position(|&c| c == 10 || c == 13)
                .map(|i| if rest[i] == 13 && rest.get(i + 1) == Some(&10) { i + 2 } else { i + 1 }),
            _ => text::find::find_code(Units::Ucs4(rest), 10).map(|i| i + 1),
        };
        found.unwrap_or(rest.len())
    }
}

#[pymethods]
impl StringIO {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body = StringIO {
            base: TextIOBase { base: IOBase { head: Head::new() } },
            data: RefCell::default(),
            at: Cell::new(0),
            is_closed: Cell::new(false),
            newline: RefCell::new(Some("\n".to_owned())),
            seen: Cell::new(0),
            held: Cell::new(false),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(initial_value='', newline='\\n')")]
    fn init(&self, vm: &Vm, initial_value: Option<&Object>, newline: Option<&Object>) -> Result<()> {
        let mode = match newline {
            None => Some("\n".to_owned()),
            Some(n) if n.is(&none()) => None,
            Some(n) => match n.cast::<Str>() {
                Some(text) => Some(text.to_string_lossy()),
                None => bail!(vm, TypeError, "newline must be str or None, not {}", type_name(n)),
            },
        };
        if let Some(mode) = &mode
            && !matches!(&mode[..], "" | "\n" | "\r" | "\r\n")
        {
            bail!(
                vm,
                ValueError,
                "illegal newline value: {}",
                vm::protocol::object::repr(vm, newline.unwrap_or(&none()))?
            );
        }
        *self.newline.borrow_mut() = mode;
        self.data.borrow_mut().truncate(0);
        self.at.set(0);
        self.seen.set(0);
        self.held.set(false);
        match initial_value.filter(|v| !v.is(&none())) {
            None => {}
            Some(value) => match value.cast::<Str>() {
                Some(text) => {
                    self.put(vm, text)?;
                    self.at.set(0);
                }
                None => bail!(vm, TypeError, "initial_value must be str or None, not {}", type_name(value)),
            },
        }
        Ok(())
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let line = self.readline(vm, None)?;
        Ok(line.cast::<Str>().is_some_and(|l| !l.is_empty()).then_some(line))
    }

    /// Read at most size characters, returned as a string.
    #[py("read(size=-1, /)")]
    fn read(&self, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        self.check(vm)?;
        let n = size_of_arg(vm, size)?;
        let data = self.data.borrow();
        let start = self.at.get().min(data.len());
        let end = n.map_or(data.len(), |n| start.saturating_add(n).min(data.len()));
        self.at.set(self.at.get().max(end));
        self.text(vm, &data[start..end])
    }

    /// Read until newline or EOF.
    #[py("readline(size=-1, /)")]
    fn readline(&self, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        self.check(vm)?;
        let limit = size_of_arg(vm, size)?;
        let data = self.data.borrow();
        let start = self.at.get().min(data.len());
        let n = self.line_len(&data[start..]);
        let n = limit.map_or(n, |l| n.min(l));
        self.at.set(start + n);
        self.text(vm, &data[start..start + n])
    }

    /// Write string to file.
    ///
    /// Returns the number of characters written, which is always equal to
    /// the length of the string.
    #[py("write(s, /)")]
    fn write(&self, vm: &Vm, s: &Object) -> Result<usize> {
        let Some(text) = s.cast::<Str>() else {
            bail!(vm, TypeError, "string argument expected, got '{}'", type_name(s));
        };
        self.check(vm)?;
        self.put(vm, text)
    }

    /// Retrieve the entire contents of the object.
    #[py("getvalue()")]
    fn getvalue(&self, vm: &Vm) -> Result<Object> {
        self.check(vm)?;
        self.text(vm, &self.data.borrow())
    }

    /// Tell the current file position.
    #[py("tell()")]
    fn tell(&self, vm: &Vm) -> Result<usize> {
        self.check(vm)?;
        Ok(self.at.get())
    }

    /// Change stream position.
    #[py("seek(pos, whence=0, /)")]
    fn seek(&self, vm: &Vm, pos: i64, whence: i32) -> Result<usize> {
        self.check(vm)?;
        match whence {
            0 if pos < 0 => bail!(vm, ValueError, "Negative seek position {pos}"),
            0 => self.at.set(pos as usize),
            1 | 2 if pos != 0 => bail!(vm, OSError, "Can't do nonzero cur-relative seeks"),
            1 => {}
            2 => self.at.set(self.data.borrow().len()),
            _ => bail!(vm, ValueError, "Invalid whence ({whence}, should be 0, 1 or 2)"),
        }
        Ok(self.at.get())
    }

    /// Truncate size to pos.
    #[py("truncate(pos=None, /)")]
    fn truncate(&self, vm: &Vm, pos: Option<i64>) -> Result<i64> {
        self.check(vm)?;
        let pos = pos.unwrap_or(self.at.get() as i64);
        if pos < 0 {
            bail!(vm, ValueError, "Negative size value {pos}");
        }
        self.data.borrow_mut().truncate(pos as usize);
        Ok(pos)
    }

    /// Close the IO object.
    #[py("close()")]
    fn close(&self) {
        self.is_closed.set(true);
    }

    #[getter("closed")]
    fn closed(&self) -> bool {
        self.is_closed.get()
    }

    #[getter("line_buffering")]
    fn line_buffering(&self) -> bool {
        false
    }

    /// Returns True if the IO object can be read.
    #[py("readable()")]
    fn readable(&self, vm: &Vm) -> Result<bool> {
        self.check(vm).map(|()| true)
    }

    /// Returns True if the IO object can be written.
    #[py("writable()")]
    fn writable(&self, vm: &Vm) -> Result<bool> {
        self.check(vm).map(|()| true)
    }

    /// Returns True if the IO object can be seeked.
    #[py("seekable()")]
    fn seekable(&self, vm: &Vm) -> Result<bool> {
        self.check(vm).map(|()| true)
    }

    /// The kinds of line ends seen in what was written, if they are translated or looked for.
    #[getter("newlines")]
    fn newlines(&self, vm: &Vm) -> Result<Object> {
        self.check(vm)?;
        Ok(newlines_of(self.seen.get()))
    }

    #[py("__getstate__()")]
    fn getstate(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let value = this.getvalue(vm)?;
        let newline = this.newline.borrow().as_deref().map_or_else(none, |n| Str::new(n).into_object());
        let at = Int::from_i64(this.at.get() as i64);
        Ok(Tuple::from_slice(&[value, newline, at, attributes(vm, this.as_object())?]).into_object())
    }

    #[py("__setstate__(state, /)")]
    fn setstate(this: &Ref<Self>, vm: &Vm, state: &Object) -> Result<()> {
        this.check(vm)?;
        let kind = type_of(this.as_object()).tp_name();
        let Some([value, newline, at, attrs]) = state.cast::<Tuple>().map(|t| t.items()) else {
            bail!(vm, TypeError, "{kind}.__setstate__ argument should be 4-tuple, got {}", type_name(state));
        };
        let Some(text) = value.cast::<Str>() else {
            bail!(vm, TypeError, "initial_value must be str or None, not {}", type_name(value));
        };
        this.init(vm, None, Some(newline))?;
        // The value has its line ends already.
        *this.data.borrow_mut() = text.code_points().collect();
        let at = position(vm, at, "third")?;
        this.at.set(at);
        restore_attributes(vm, this.as_object(), attrs, "fourth")
    }
}
