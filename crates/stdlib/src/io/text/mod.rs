//! `TextIOWrapper`.

mod position;
mod read;
mod write;

use super::base::{self, IOBase, TextIOBase};
use super::{both, size_of_arg, unsupported};
use std::cell::{Cell, RefCell};
use vm::exception::types;
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, number, object as protocol};

/// Bytes read from the buffer at once, and how many may wait to be written.
const CHUNK: usize = 8192;

/// How far a wrapper is.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    /// `__init__` has not come to its end.
    New,
    Ready,
    Detached,
}

/// Character and line based layer over a BufferedIOBase object, buffer.
///
/// encoding gives the name of the encoding that the stream will be
/// decoded or encoded with. It defaults to locale.getencoding().
///
/// errors determines the strictness of encoding and decoding (see
/// help(codecs.Codec) or the documentation for codecs.register) and
/// defaults to "strict".
///
/// newline controls how line endings are handled. It can be None, '',
/// '\n', '\r', and '\r\n'.
#[pytype("TextIOWrapper", base = TextIOBase, flags(BASETYPE, HAVE_GC), module = "_io")]
pub struct TextIOWrapper {
    pub base: TextIOBase,
    #[untraced]
    stage: Cell<Stage>,
    buffer: Field<Object>,
    encoding: Field<Ref<Str>>,
    errors: Field<Ref<Str>>,
    decoder: Field<Object>,
    encoder: Field<Object>,
    /// Decoded text not yet handed out, and how far it has been.
    decoded: Field<Ref<Str>>,
    used: Cell<usize>,
    pending: RefCell<Vec<Object>>,
    pending_bytes: Cell<usize>,
    #[untraced]
    newline: RefCell<Option<String>>,
    line_buffering: Cell<bool>,
    write_through: Cell<bool>,
    /// Of the buffer: what it can, and whether it has the method `read1`.
    can_read: Cell<bool>,
    can_write: Cell<bool>,
    can_seek: Cell<bool>,
    has_read1: Cell<bool>,
    /// Off while somebody iterates.
    telling: Cell<bool>,
    /// The bytes that the decoded text came from, and the decoder's flags before them.
    snapshot: Field<Ref<Bytes>>,
    snapshot_flags: Cell<i64>,
    bytes_per_char: Cell<f64>,
    chunk_size: Cell<usize>,
    finalizing: Cell<bool>,
    /// The encoding is UTF-8, whose text needs no encoder.
    #[untraced]
    fast_utf8: Cell<bool>,
    /// ASCII text is written as it is.
    #[untraced]
    fast_ascii: Cell<bool>,
}

impl TextIOWrapper {
    /// Refuses what has no buffer, not yet or no longer.
    fn attached(&self, vm: &Vm) -> Result<()> {
        match self.stage.get() {
            Stage::Ready => Ok(()),
            Stage::New => Err(raise!(vm, ValueError, "I/O operation on uninitialized object")),
            Stage::Detached => Err(raise!(vm, ValueError, "underlying buffer has been detached")),
        }
    }

    fn buffer(&self, vm: &Vm) -> Result<Object> {
        self.attached(vm)?;
        self.buffer.get().ok_or_else(|| raise!(vm, ValueError, "underlying buffer has been detached"))
    }

    /// Whether the buffer says that it is closed.
    fn is_closed(&self, vm: &Vm) -> Result<bool> {
        base::is_closed(vm, &self.buffer(vm)?)
    }

    fn check_closed(&self, vm: &Vm) -> Result<()> {
        if self.is_closed(vm)? {
            bail!(vm, ValueError, "I/O operation on closed file.");
        }
        Ok(())
    }

    /// Asks the buffer.
    fn forward(&self, vm: &Vm, name: &Name) -> Result<Object> {
        call::call_method(vm, &self.buffer(vm)?, name, &[])
    }

    fn is_universal(&self) -> bool {
        matches!(self.newline.borrow().as_deref(), None | Some(""))
    }

    /// An encoder or decoder by the function of `codecs` that gives its class.
    fn codec(&self, vm: &Vm, what: &str) -> Result<Object> {
        let codecs = vm.import("codecs")?;
        let make = attr::getattr(vm, &codecs, &vm.intern(what))?;
        let make = call::call(vm, &make, &[self.encoding.get().map_or_else(none, Ref::into_object)])?;
        call::call(vm, &make, &[self.errors.get().map_or_else(none, Ref::into_object)])
    }

    /// Takes an encoding and its error handler, and goes on with a new encoder and decoder.
    fn configure(&self, vm: &Vm, encoding: Ref<Str>, errors: Ref<Str>) -> Result<()> {
        let name = encoding.to_utf8(vm)?;
        let handler = errors.to_utf8(vm)?;
        let plain: String = name.to_ascii_lowercase().chars().filter(|c| !"-_ ".contains(*c)).collect();
        let fast = plain == "utf8";
        if !fast {
            vm::modules::codecs::text_codec(vm, &name, None)?;
        }
        if vm.interp().config.borrow().dev_mode {
            vm::modules::codecs::errors::lookup(vm, &handler)?;
        }
        self.fast_utf8.set(fast);
        self.fast_ascii.set(fast || matches!(&plain[..], "ascii" | "usascii" | "latin1" | "iso88591"));
        self.encoding.set(Some(encoding));
        self.errors.set(Some(errors));
        self.encoder.set(None);
        self.decoder.set(None);
        self.bytes_per_char.set(0.0);
        Ok(())
    }

    /// No mark is written in the middle of a file.
    fn look_where_we_are(&self, vm: &Vm, buffer: &Object) -> Result<()> {
        if self.fast_utf8.get() || !self.can_write.get() || !self.can_seek.get() {
            return Ok(());
        }
        let at = call::call_method(vm, buffer, vm.names().tell(), &[])?;
        if protocol::is_true(vm, &at)? { self.reset_encoder(vm, false) } else { Ok(()) }
    }
}

fn newline_mode(vm: &Vm, newline: Option<&Object>) -> Result<Option<String>> {
    match newline.filter(|n| !n.is(&none())) {
        None => Ok(None),
        Some(n) => match n.cast::<Str>() {
            Some(text) => {
                let mode = text.to_string_lossy();
                if !matches!(&mode[..], "" | "\n" | "\r" | "\r\n") {
                    bail!(vm, ValueError, "illegal newline value: {mode}");
                }
                Ok(Some(mode))
            }
            None => Err(raise!(vm, TypeError, "newline must be str or None, not {}", type_name(n))),
        },
    }
}

/// The locale's encoding.
fn locale_encoding() -> Ref<Str> {
    Str::new("UTF-8")
}

/// An argument that is a str, None or absent.
fn optional_text(vm: &Vm, function: &str, name: &str, value: Option<&Object>) -> Result<Option<Ref<Str>>> {
    let Some(value) = value.filter(|v| !v.is(&none())) else { return Ok(None) };
    let Some(text) = value.cast::<Str>() else {
        bail!(vm, TypeError, "{function}() argument '{name}' must be str or None, not {}", type_name(value));
    };
    Ok(Some(text.clone()))
}

#[pymethods]
impl TextIOWrapper {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body = TextIOWrapper {
            base: TextIOBase { base: IOBase { head: Head::new() } },
            stage: Cell::new(Stage::New),
            buffer: Field::empty(),
            encoding: Field::empty(),
            errors: Field::empty(),
            decoder: Field::empty(),
            encoder: Field::empty(),
            decoded: Field::empty(),
            used: Cell::new(0),
            pending: RefCell::default(),
            pending_bytes: Cell::new(0),
            newline: RefCell::default(),
            line_buffering: Cell::new(false),
            write_through: Cell::new(false),
            can_read: Cell::new(false),
            can_write: Cell::new(false),
            can_seek: Cell::new(false),
            has_read1: Cell::new(false),
            telling: Cell::new(false),
            snapshot: Field::empty(),
            snapshot_flags: Cell::new(0),
            bytes_per_char: Cell::new(0.0),
            chunk_size: Cell::new(CHUNK),
            finalizing: Cell::new(false),
            fast_utf8: Cell::new(false),
            fast_ascii: Cell::new(false),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)")]
    fn init(
        &self,
        vm: &Vm,
        buffer: &Object,
        encoding: Option<&Object>,
        errors: Option<&Object>,
        newline: Option<&Object>,
        line_buffering: bool,
        write_through: bool,
    ) -> Result<()> {
        self.stage.set(Stage::New);
        for (name, value) in [("encoding", encoding), ("errors", errors)] {
            if optional_text(vm, "TextIOWrapper", name, value)?
                .is_some_and(|t| text::find::find_code(t.units(), 0).is_some())
            {
                bail!(vm, ValueError, "embedded null character");
            }
        }
        let encoding = optional_text(vm, "TextIOWrapper", "encoding", encoding)?;
        let errors = optional_text(vm, "TextIOWrapper", "errors", errors)?.unwrap_or_else(|| Str::new("strict"));
        let mode = newline_mode(vm, newline)?;
        if encoding.is_none() && vm.interp().config.borrow().warn_default_encoding {
            vm.warn(&types::EncodingWarning, "'encoding' argument not specified", 1)?;
        }
        let encoding = match encoding {
            Some(name) if name.to_string_lossy() != "locale" => name,
            Some(_) => locale_encoding(),
            None if vm.interp().config.borrow().utf8_mode => Str::new("utf-8"),
            None => locale_encoding(),
        };
        self.buffer.set(None);
        self.set_decoded(None);
        self.forget_snapshot();
        self.pending.borrow_mut().truncate(0);
        self.pending_bytes.set(0);
        self.configure(vm, encoding, errors)?;
        *self.newline.borrow_mut() = mode;
        self.line_buffering.set(line_buffering);
        self.write_through.set(write_through);
        let ask = |name: &Name| {
            let answer = call::call_method(vm, buffer, name, &[])?;
            protocol::is_true(vm, &answer)
        };
        self.can_read.set(ask(vm.names().readable())?);
        self.can_write.set(ask(vm.names().writable())?);
        self.can_seek.set(ask(vm.names().seekable())?);
        self.telling.set(self.can_seek.get());
        self.has_read1.set(Self::buffer_has(vm, buffer, "read1")?);
        self.look_where_we_are(vm, buffer)?;
        self.buffer.set(Some(buffer.clone()));
        self.stage.set(Stage::Ready);
        Ok(())
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        if this.stage.get() == Stage::New {
            this.attached(vm)?;
        }
        let kind = type_of(this.as_object()).short_name();
        let text = vm.guard_repr(this.as_object(), || {
            let mut text = format!("<_io.{kind}");
            for name in ["name", "mode"] {
                match attr::getattr_opt(vm, this.as_object(), &vm.intern(name)) {
                    Ok(Some(value)) => text.push_str(&format!(" {name}={}", protocol::repr(vm, &value)?)),
                    Ok(None) => {}
                    Err(_) if vm.raised_is(&types::ValueError) => vm.clear_raised(),
                    Err(raised) => return Err(raised),
                }
            }
            let encoding = this.encoding.get().map_or_else(none, Ref::into_object);
            Ok(format!("{text} encoding={}>", protocol::repr(vm, &encoding)?))
        })?;
        text.ok_or_else(|| raise!(vm, RuntimeError, "reentrant call inside {kind}.__repr__"))
    }

    #[slot]
    fn next(this: &Ref<Self>, vm: &Vm) -> Result<Option<Object>> {
        Self::next_line(this, vm)
    }

    #[py("write(text, /)")]
    fn write(&self, vm: &Vm, text: &Object) -> Result<usize> {
        let Some(text) = text.cast::<Str>() else {
            bail!(vm, TypeError, "write() argument must be str, not {}", type_name(text));
        };
        self.write_text(vm, text)
    }

    #[py("read(size=-1, /)")]
    fn read(&self, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        let limit = size_of_arg(vm, size)?;
        self.check_closed(vm)?;
        self.read_text(vm, limit)
    }

    #[py("readline(size=-1, /)")]
    fn readline(&self, vm: &Vm, size: Option<&Object>) -> Result<Ref<Str>> {
        let limit = size_of_arg(vm, size)?;
        self.read_line(vm, limit)
    }

    #[py("flush()")]
    fn flush(&self, vm: &Vm) -> Result<Object> {
        self.check_closed(vm)?;
        self.telling.set(self.can_seek.get());
        self.write_pending(vm)?;
        self.forward(vm, vm.names().flush())
    }

    #[py("close()")]
    fn close(this: &Ref<Self>, vm: &Vm) -> Result<()> {
        let closed = attr::getattr(vm, this.as_object(), vm.names().closed())?;
        // Asking the buffer may have taken it away.
        if protocol::is_true(vm, &closed)? || this.stage.get() == Stage::Detached {
            return Ok(());
        }
        if this.finalizing.get()
            && call::call_method(vm, &this.buffer(vm)?, vm.names()._dealloc_warn(), &[this.to_object()]).is_err()
        {
            vm.clear_raised();
        }
        let flushed = call::call_method(vm, this.as_object(), vm.names().flush(), &[]);
        both(vm, flushed, || this.forward(vm, vm.names().close())).map(drop)
    }

    #[py("detach()")]
    fn detach(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        this.attached(vm)?;
        call::call_method(vm, this.as_object(), vm.names().flush(), &[])?;
        let buffer = this.buffer(vm)?;
        this.buffer.set(None);
        this.stage.set(Stage::Detached);
        Ok(buffer)
    }

    #[py("tell()")]
    fn tell(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        Self::tell_text(this, vm)
    }

    #[py("seek(cookie, whence=0, /)")]
    fn seek(this: &Ref<Self>, vm: &Vm, cookie: &Object, whence: i32) -> Result<Object> {
        Self::seek_text(this, vm, cookie, whence)
    }

    #[py("truncate(pos=None, /)")]
    fn truncate(this: &Ref<Self>, vm: &Vm, pos: Option<&Object>) -> Result<Object> {
        this.attached(vm)?;
        call::call_method(vm, this.as_object(), vm.names().flush(), &[])?;
        call::call_method(vm, &this.buffer(vm)?, vm.names().truncate(), &[pos.cloned().unwrap_or_else(none)])
    }

    /// Reconfigure the text stream with new parameters.
    ///
    /// This also does an implicit stream flush.
    #[py(
        "reconfigure(*, encoding=None, errors=None, newline=<unrepresentable>, line_buffering=None, write_through=None)"
    )]
    fn reconfigure(
        this: &Ref<Self>,
        vm: &Vm,
        encoding: Option<&Object>,
        errors: Option<&Object>,
        newline: Option<&Object>,
        line_buffering: Option<&Object>,
        write_through: Option<&Object>,
    ) -> Result<()> {
        this.attached(vm)?;
        let encoding = optional_text(vm, "reconfigure", "encoding", encoding)?;
        let errors = optional_text(vm, "reconfigure", "errors", errors)?;
        if this.decoded.get().is_some() && (encoding.is_some() || errors.is_some() || newline.is_some()) {
            let message = "It is not possible to set the encoding or newline of stream after the first read";
            return Err(unsupported(vm, message));
        }
        let mode = newline.map(|n| newline_mode(vm, Some(n))).transpose()?;
        let flag = |value: Option<&Object>, now: bool| -> Result<bool> {
            let Some(value) = value else { return Ok(now) };
            Ok(number::as_ssize(vm, value, Some(&types::OverflowError))? != 0)
        };
        let line_buffering = flag(line_buffering, this.line_buffering.get())?;
        let write_through = flag(write_through, this.write_through.get())?;
        call::call_method(vm, this.as_object(), vm.names().flush(), &[])?;
        let buffer = this.buffer(vm)?;
        if encoding.is_some() || errors.is_some() || mode.is_some() {
            let now = |field: &Field<Ref<Str>>| field.get().unwrap_or_else(|| Str::new("strict"));
            let errors = match (&encoding, errors) {
                (_, Some(errors)) => errors,
                (Some(_), None) => Str::new("strict"),
                (None, None) => now(&this.errors),
            };
            let encoding = match encoding {
                Some(name) if name.to_string_lossy() == "locale" => locale_encoding(),
                Some(name) => name,
                None => now(&this.encoding),
            };
            this.configure(vm, encoding, errors)?;
            if let Some(mode) = mode {
                *this.newline.borrow_mut() = mode;
            }
            this.look_where_we_are(vm, &buffer)?;
        }
        this.line_buffering.set(line_buffering);
        this.write_through.set(write_through);
        Ok(())
    }

    #[py("readable()")]
    fn readable(&self, vm: &Vm) -> Result<Object> {
        self.forward(vm, vm.names().readable())
    }

    #[py("writable()")]
    fn writable(&self, vm: &Vm) -> Result<Object> {
        self.forward(vm, vm.names().writable())
    }

    #[py("seekable()")]
    fn seekable(&self, vm: &Vm) -> Result<Object> {
        self.forward(vm, vm.names().seekable())
    }

    #[py("fileno()")]
    fn fileno(&self, vm: &Vm) -> Result<Object> {
        self.forward(vm, vm.names().fileno())
    }

    #[py("isatty()")]
    fn isatty(&self, vm: &Vm) -> Result<Object> {
        self.forward(vm, vm.names().isatty())
    }

    #[getter("buffer")]
    fn get_buffer(&self, vm: &Vm) -> Result<Object> {
        self.buffer(vm)
    }

    #[getter("closed")]
    fn closed(&self, vm: &Vm) -> Result<Object> {
        attr::getattr(vm, &self.buffer(vm)?, vm.names().closed())
    }

    #[getter("name")]
    fn name(&self, vm: &Vm) -> Result<Object> {
        attr::getattr(vm, &self.buffer(vm)?, vm.names().name())
    }

    #[getter("encoding")]
    fn get_encoding(&self) -> Option<Ref<Str>> {
        self.encoding.get()
    }

    #[getter("errors")]
    fn get_errors(&self, vm: &Vm) -> Result<Option<Ref<Str>>> {
        if self.stage.get() == Stage::New {
            self.attached(vm)?;
        }
        Ok(self.errors.get())
    }

    #[getter("newlines")]
    fn newlines(&self, vm: &Vm) -> Result<Object> {
        self.attached(vm)?;
        match self.decoder.get() {
            Some(decoder) => Ok(attr::getattr_opt(vm, &decoder, vm.names().newlines())?.unwrap_or_else(none)),
            None => Ok(none()),
        }
    }

    #[getter("line_buffering")]
    fn get_line_buffering(&self) -> bool {
        self.line_buffering.get()
    }

    #[getter("write_through")]
    fn get_write_through(&self) -> bool {
        self.write_through.get()
    }

    #[getter("_finalizing")]
    fn get_finalizing(&self) -> bool {
        self.finalizing.get()
    }

    #[setter("_finalizing")]
    fn set_finalizing(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        if let Some(value) = value {
            self.finalizing.set(protocol::is_true(vm, value)?);
        }
        Ok(())
    }

    #[getter("_CHUNK_SIZE")]
    fn get_chunk_size(&self, vm: &Vm) -> Result<usize> {
        self.attached(vm)?;
        Ok(self.chunk_size.get())
    }

    #[setter("_CHUNK_SIZE")]
    fn set_chunk_size(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        self.attached(vm)?;
        let Some(value) = value else { bail!(vm, AttributeError, "cannot delete attribute: it cannot be deleted") };
        match usize::try_from(number::as_ssize(vm, value, Some(&types::ValueError))?) {
            Ok(size) if size > 0 => self.chunk_size.set(size),
            _ => bail!(vm, ValueError, "a strictly positive integer is required"),
        }
        Ok(())
    }
}
