//! `TextIOWrapper` and `IncrementalNewlineDecoder`.

use super::base::{IOBase, TextIOBase};
use super::{bytes_of, size_of_arg, unsupported};
use std::cell::{Cell, RefCell};
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, number, object as protocol};

/// Characters read from the buffer at once, in bytes.
const CHUNK: usize = 8192;

/// Codec used when reading a file in universal newlines mode.
///
/// It wraps another incremental decoder, translating \r\n and \r into \n.
/// It also records the types of newlines encountered.  When used with
/// translate=False, it ensures that the newline sequence is returned in
/// one piece. When used with decoder=None, it expects unicode strings as
/// decode input and translates newlines without first invoking an external
/// decoder.
#[pytype("IncrementalNewlineDecoder", flags(BASETYPE, HAVE_GC), module = "_io")]
pub struct IncrementalNewlineDecoder {
    pub head: Head,
    decoder: Field<Object>,
    translate: Cell<bool>,
    pending: Cell<bool>,
    /// Bits: 1 \n, 2 \r, 4 \r\n.
    seen: Cell<u8>,
}

/// Translates line ends in decoded text; `pending` holds a \r at the end back until more is known.
fn translate_newlines(vm: &Vm, text: &Str, translate: bool, pending: &Cell<bool>, seen: &Cell<u8>, is_final: bool) -> Result<Ref<Str>> {
    if !pending.get() && text::find::find_code(text.units(), 13).is_none() {
        if text::find::find_code(text.units(), 10).is_some() {
            seen.set(seen.get() | 1);
        }
        return Ok(text.to_exact());
    }
    let mut out = text::TextBuilder::new();
    let push = |out: &mut text::TextBuilder, code: u32| vm.memory(out.push(code).map_err(|_| vm::heap::OutOfMemory));
    let mut held = pending.replace(false);
    for code in text.code_points() {
        if held {
            held = false;
            if code == 10 {
                seen.set(seen.get() | 4);
                if !translate {
                    push(&mut out, 13)?;
                }
                push(&mut out, 10)?;
                continue;
            }
            seen.set(seen.get() | 2);
            push(&mut out, if translate { 10 } else { 13 })?;
        }
        match code {
            13 => held = true,
            10 => {
                seen.set(seen.get() | 1);
                push(&mut out, 10)?;
            }
            code => push(&mut out, code)?,
        }
    }
    if held {
        if is_final {
            seen.set(seen.get() | 2);
            push(&mut out, if translate { 10 } else { 13 })?;
        } else {
            pending.set(true);
        }
    }
    Str::from_units(vm, out.as_units())
}

fn newlines_of(seen: u8) -> Object {
    let kinds: Vec<Object> =
        [(2, "\r"), (1, "\n"), (4, "\r\n")].iter().filter(|(bit, _)| seen & bit != 0).map(|(_, t)| Str::new(t).into_object()).collect();
    match &kinds[..] {
        [] => none(),
        [one] => one.clone(),
        many => Tuple::from_slice(many).into_object(),
    }
}

#[pymethods]
impl IncrementalNewlineDecoder {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body = IncrementalNewlineDecoder {
            head: Head::new(),
            decoder: Field::empty(),
            translate: Cell::new(false),
            pending: Cell::new(false),
            seen: Cell::new(0),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(decoder, translate, errors='strict')")]
    fn init(&self, decoder: &Object, translate: bool, errors: Option<&Object>) -> Result<()> {
        let _ = errors;
        self.decoder.set((!decoder.is(&none())).then(|| decoder.clone()));
        self.translate.set(translate);
        Ok(())
    }

    #[py("decode(input, final=False)")]
    fn decode(&self, vm: &Vm, input: &Object, r#final: bool) -> Result<Object> {
        let text = match self.decoder.get() {
            Some(decoder) => call::call_method(vm, &decoder, vm.names().decode(), &[input.clone(), r#final.object()])?,
            None => input.clone(),
        };
        let Some(text) = text.cast::<Str>() else {
            bail!(vm, TypeError, "decoder should return a string result, not '{}'", type_name(&text));
        };
        Ok(translate_newlines(vm, text, self.translate.get(), &self.pending, &self.seen, r#final)?.into_object())
    }

    #[py("getstate()")]
    fn getstate(&self, vm: &Vm) -> Result<Object> {
        let (buffer, flag) = match self.decoder.get() {
            None => (Bytes::new(b"").into_object(), 0),
            Some(decoder) => {
                let state = call::call_method(vm, &decoder, vm.names().getstate(), &[])?;
                let Some(pair) = state.cast::<Tuple>().filter(|t| t.len() == 2) else { bail!(vm, TypeError, "illegal decoder state") };
                (pair.items()[0].clone(), number::as_ssize(vm, &pair.items()[1], None)? as i64)
            }
        };
        Ok(Tuple::from_slice(&[buffer, Int::from_i64(flag << 1 | i64::from(self.pending.get()))]).into_object())
    }

    #[py("setstate(state, /)")]
    fn setstate(&self, vm: &Vm, state: &Ref<Tuple>) -> Result<()> {
        let [buffer, flag] = state.items() else { bail!(vm, TypeError, "illegal decoder state") };
        let flag = number::as_ssize(vm, flag, None)? as i64;
        self.pending.set(flag & 1 != 0);
        if let Some(decoder) = self.decoder.get() {
            let inner = Tuple::from_slice(&[buffer.clone(), Int::from_i64(flag >> 1)]).into_object();
            call::call_method(vm, &decoder, vm.names().setstate(), &[inner])?;
        }
        Ok(())
    }

    #[py("reset()")]
    fn reset(&self, vm: &Vm) -> Result<()> {
        self.seen.set(0);
        self.pending.set(false);
        if let Some(decoder) = self.decoder.get() {
            call::call_method(vm, &decoder, vm.names().reset(), &[])?;
        }
        Ok(())
    }

    #[getter("newlines")]
    fn newlines(&self) -> Object {
        newlines_of(self.seen.get())
    }
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
#[pytype("TextIOWrapper", base = TextIOBase, flags(BASETYPE), module = "_io")]
pub struct TextIOWrapper {
    pub base: TextIOBase,
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
    held: Cell<bool>,
    seen: Cell<u8>,
    /// Position of the buffer and state of the decoder before the present chunk, and the chunk.
    snapshot: Field<Object>,
    #[untraced]
    fast_utf8: Cell<bool>,
}

impl TextIOWrapper {
    fn buffer(&self, vm: &Vm) -> Result<Object> {
        self.buffer.get().ok_or_else(|| raise!(vm, ValueError, "underlying buffer has been detached"))
    }

    fn check_closed(&self, vm: &Vm) -> Result<Object> {
        let buffer = self.buffer(vm)?;
        let closed = attr::getattr(vm, &buffer, vm.names().closed())?;
        if protocol::is_true(vm, &closed)? {
            bail!(vm, ValueError, "I/O operation on closed file.");
        }
        Ok(buffer)
    }

    fn codec(&self, vm: &Vm, what: &str) -> Result<Object> {
        let codecs = vm.import("codecs")?;
        let make = attr::getattr(vm, &codecs, &vm.intern(what))?;
        let make = call::call(vm, &make, &[self.encoding.get().map_or_else(none, Ref::into_object)])?;
        call::call(vm, &make, &[self.errors.get().map_or_else(none, Ref::into_object)])
    }

    fn decoder(&self, vm: &Vm) -> Result<Object> {
        if let Some(decoder) = self.decoder.get() {
            return Ok(decoder);
        }
        let decoder = self.codec(vm, "getincrementaldecoder")?;
        self.decoder.set(Some(decoder.clone()));
        Ok(decoder)
    }

    /// Sends what was written to the buffer.
    fn write_pending(&self, vm: &Vm) -> Result<()> {
        if self.pending.borrow().is_empty() {
            return Ok(());
        }
        let pending = std::mem::take(&mut *self.pending.borrow_mut());
        self.pending_bytes.set(0);
        let mut all = Vec::new();
        for part in &pending {
            if let Some(bytes) = part.cast::<Bytes>() {
                all.extend_from_slice(bytes.as_bytes());
            }
        }
        let buffer = self.buffer(vm)?;
        let data = Bytes::try_new(vm, &all)?.into_object();
        call::call_method(vm, &buffer, vm.names().write(), &[data]).map(drop)
    }

    /// Reads and decodes one chunk; `false` at the end.
    fn read_chunk(&self, vm: &Vm) -> Result<bool> {
        let decoder = self.decoder(vm)?;
        let buffer = self.buffer(vm)?;
        let state = call::call_method(vm, &decoder, vm.names().getstate(), &[])?;
        let name = if attr::getattr_opt(vm, &buffer, &vm.intern("read1"))?.is_some() { "read1" } else { "read" };
        let input = call::call_method(vm, &buffer, &vm.intern(name), &[Int::from_i64(CHUNK as i64)])?;
        let bytes = bytes_of(vm, &input)?;
        let eof = bytes.is_empty();
        let text = call::call_method(vm, &decoder, vm.names().decode(), &[input.clone(), eof.object()])?;
        let Some(text) = text.cast::<Str>() else {
            bail!(vm, TypeError, "decoder should return a string result, not '{}'", type_name(&text));
        };
        let universal = matches!(self.newline.borrow().as_deref(), None | Some(""));
        let held_before = self.held.get();
        let text = if universal {
            translate_newlines(vm, text, self.newline.borrow().is_none(), &self.held, &self.seen, eof)?
        } else {
            text.to_exact()
        };
        self.snapshot.set(Some(Tuple::from_slice(&[state, input, held_before.object()]).into_object()));
        self.decoded.set(Some(text));
        self.used.set(0);
        Ok(!eof)
    }

    fn left(&self) -> usize {
        self.decoded.get().map_or(0, |d| d.len() - self.used.get())
    }

    fn take(&self, vm: &Vm, n: usize) -> Result<Ref<Str>> {
        let Some(decoded) = self.decoded.get() else { return Ok(Str::new("")) };
        let from = self.used.get();
        let n = n.min(decoded.len() - from);
        self.used.set(from + n);
        if from == 0 && n == decoded.len() {
            return Ok(decoded);
        }
        Str::from_result(vm, decoded.units().slice(from..from + n).to_buf())
    }

    /// How many characters the first line of `rest` takes; `None` if its end is not there yet.
    fn line_end(&self, rest: text::Units<'_>) -> Option<usize> {
        match self.newline.borrow().as_deref() {
            Some("") => rest.iter().position(|c| c == 10 || c == 13).map(|i| {
                if rest.get(i) == Some(13) && rest.get(i + 1) == Some(10) { i + 2 } else { i + 1 }
            }),
            Some("\r") => text::find::find_code(rest, 13).map(|i| i + 1),
            Some("\r\n") => {
                let mut from = 0;
                while let Some(i) = text::find::find_code(rest.slice(from..rest.len()), 13) {
                    if rest.get(from + i + 1) == Some(10) {
                        return Some(from + i + 2);
                    }
                    from += i + 1;
                }
                None
            }
            _ => text::find::find_code(rest, 10).map(|i| i + 1),
        }
    }

    fn encode(&self, vm: &Vm, text: &Ref<Str>) -> Result<Object> {
        if self.fast_utf8.get()
            && let Some(utf8) = text.units().to_string()
        {
            return Ok(Bytes::try_new(vm, utf8.as_bytes())?.into_object());
        }
        let encoder = match self.encoder.get() {
            Some(encoder) => encoder,
            None => {
                let encoder = self.codec(vm, "getincrementalencoder")?;
                self.encoder.set(Some(encoder.clone()));
                encoder
            }
        };
        call::call_method(vm, &encoder, vm.names().encode(), &[text.to_object()])
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

fn is_utf8(name: &str) -> bool {
    let plain: String = name.to_ascii_lowercase().chars().filter(|c| !"-_ ".contains(*c)).collect();
    plain == "utf8"
}

/// The encoding that the environment's locale names.
fn locale_encoding() -> String {
    let codeset = host::constants::find(host::constants::LOCALE, "CODESET");
    let name = codeset.map(|item| String::from_utf8_lossy(&host::locale::info(item as i32)).into_owned());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "utf-8".to_owned())
}

#[pymethods]
impl TextIOWrapper {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body = TextIOWrapper {
            base: TextIOBase { base: IOBase { head: Head::new() } },
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
            held: Cell::new(false),
            seen: Cell::new(0),
            snapshot: Field::empty(),
            fast_utf8: Cell::new(false),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)")]
    fn init(
        &self, vm: &Vm, buffer: &Object, encoding: Option<&Object>, errors: Option<&Object>, newline: Option<&Object>,
        line_buffering: bool, write_through: bool,
    ) -> Result<()> {
        let text = |value: Option<&Object>, name: &str, default: &str| match value {
            None => Ok(Str::new(default)),
            Some(value) => match value.cast::<Str>() {
                Some(text) => Ok(text.clone()),
                None => Err(raise!(vm, TypeError, "TextIOWrapper() argument '{name}' must be str or None, not {}", type_name(value))),
            },
        };
        let usual = if vm.interp().config.borrow().utf8_mode { "utf-8".to_owned() } else { locale_encoding() };
        let mut encoding = text(encoding, "encoding", &usual)?;
        if encoding.to_string_lossy() == "locale" {
            encoding = Str::new(&locale_encoding());
        }
        let errors = text(errors, "errors", "strict")?;
        self.fast_utf8.set(is_utf8(&encoding.to_string_lossy()));
        if !self.fast_utf8.get() {
            let codecs = vm.import("codecs")?;
            call::call_method(vm, &codecs, &vm.intern("lookup"), &[encoding.to_object()])?;
        }
        self.encoding.set(Some(encoding));
        self.errors.set(Some(errors));
        *self.newline.borrow_mut() = newline_mode(vm, newline)?;
        self.buffer.set(Some(buffer.clone()));
        self.line_buffering.set(line_buffering);
        self.write_through.set(write_through);
        if !self.fast_utf8.get() && protocol::is_true(vm, &call::call_method(vm, buffer, vm.names().writable(), &[])?)? {
            // Found now: when the program ends nothing can be imported any more.
            self.encoder.set(Some(self.codec(vm, "getincrementalencoder")?));
        }
        Ok(())
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let kind = type_of(this.as_object()).short_name();
        let mut text = format!("<_io.{kind}");
        for name in ["name", "mode"] {
            match attr::getattr_opt(vm, this.as_object(), &vm.intern(name)) {
                Ok(Some(value)) => text.push_str(&format!(" {name}={}", protocol::repr(vm, &value)?)),
                Ok(None) => {}
                Err(_) => vm.clear_raised(),
            }
        }
        let encoding = this.encoding.get().map(|e| e.to_string()).unwrap_or_default();
        Ok(format!("{text} encoding='{encoding}'>"))
    }

    #[slot]
    fn next(this: &Ref<Self>, vm: &Vm) -> Result<Option<Object>> {
        let line = call::call_method(vm, this.as_object(), vm.names().readline(), &[])?;
        Ok((protocol::len(vm, &line)? > 0).then_some(line))
    }

    #[py("write(text, /)")]
    fn write(&self, vm: &Vm, text: &Object) -> Result<usize> {
        let Some(text) = text.cast::<Str>() else {
            bail!(vm, TypeError, "write() argument must be str, not {}", type_name(text));
        };
        let buffer = self.check_closed(vm)?;
        let has_newline = text::find::find_code(text.units(), 10).is_some();
        let ending = match self.newline.borrow().as_deref() {
            Some("\r\n") => Some("\r\n"),
            Some("\r") => Some("\r"),
            _ => None,
        };
        let out = match ending {
            Some(ending) if has_newline => {
                let new = Str::new(ending);
                let replaced = vm.memory(
                    text::find::replace(text.units(), text::Units::Ascii(b"\n"), new.units(), usize::MAX).map_err(|_| vm::heap::OutOfMemory),
                )?;
                match replaced {
                    Some(buf) => Str::from_buf(vm, buf)?,
                    None => text.clone(),
                }
            }
            _ => text.clone(),
        };
        let bytes = self.encode(vm, &out)?;
        let len = bytes.cast::<Bytes>().map_or(0, |b| b.as_bytes().len());
        self.pending.borrow_mut().push(bytes);
        self.pending_bytes.set(self.pending_bytes.get() + len);
        let flush = self.line_buffering.get() && (has_newline || text::find::find_code(text.units(), 13).is_some());
        if self.pending_bytes.get() >= CHUNK || self.write_through.get() || flush {
            self.write_pending(vm)?;
        }
        if flush {
            call::call_method(vm, &buffer, vm.names().flush(), &[])?;
        }
        self.decoded.set(None);
        self.used.set(0);
        self.snapshot.set(None);
        Ok(text.len())
    }

    #[py("read(size=-1, /)")]
    fn read(&self, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        let buffer = self.check_closed(vm)?;
        self.write_pending(vm)?;
        let limit = size_of_arg(vm, size)?;
        let mut out = text::TextBuilder::new();
        let push = |out: &mut text::TextBuilder, part: &Str| vm.memory(out.push_units(part.units()).map_err(|_| vm::heap::OutOfMemory));
        let Some(n) = limit else {
            let decoder = self.decoder(vm)?;
            let first = self.take(vm, usize::MAX)?;
            let rest = call::call_method(vm, &buffer, vm.names().read(), &[])?;
            if rest.is(&none()) {
                bail!(vm, BlockingIOError, "Read returned None.");
            }
            let text = call::call_method(vm, &decoder, vm.names().decode(), &[rest, true.object()])?;
            let Some(text) = text.cast::<Str>() else { bail!(vm, TypeError, "decoder should return a string result, not '{}'", type_name(&text)) };
            let universal = matches!(self.newline.borrow().as_deref(), None | Some(""));
            let text = if universal {
                translate_newlines(vm, text, self.newline.borrow().is_none(), &self.held, &self.seen, true)?
            } else {
                text.to_exact()
            };
            self.decoded.set(None);
            self.used.set(0);
            self.snapshot.set(None);
            return Ok(Str::join_two(vm, &first, &text)?.into_object());
        };
        let mut have = 0;
        while have < n {
            let part = self.take(vm, n - have)?;
            have += part.len();
            push(&mut out, &part)?;
            if have < n && !self.read_chunk(vm)? && self.left() == 0 {
                break;
            }
        }
        Ok(Str::from_units(vm, out.as_units())?.into_object())
    }

    #[py("readline(size=-1, /)")]
    fn readline(&self, vm: &Vm, size: Option<&Object>) -> Result<Object> {
        self.check_closed(vm)?;
        self.write_pending(vm)?;
        let limit = size_of_arg(vm, size)?;
        let mut line: Option<Ref<Str>> = None;
        loop {
            let have = line.as_ref().map_or(0, |l| l.len());
            if limit.is_some_and(|l| have >= l) {
                break;
            }
            if self.left() == 0 && !self.read_chunk(vm)? && self.left() == 0 {
                break;
            }
            let Some(decoded) = self.decoded.get() else { break };
            let from = self.used.get();
            let rest = decoded.units().slice(from..decoded.len());
            // A \r\n end may be split between two chunks.
            let split = self.newline.borrow().as_deref() == Some("\r\n")
                && rest.get(0) == Some(10)
                && line.as_ref().is_some_and(|l| l.units().get(l.len() - 1) == Some(13));
            let end = if split { Some(1) } else { self.line_end(rest) };
            let mut n = end.unwrap_or(rest.len());
            let mut done = end.is_some();
            if let Some(limit) = limit
                && have + n > limit
            {
                n = limit - have;
                done = true;
            }
            let part = self.take(vm, n)?;
            line = Some(match line {
                None => part,
                Some(line) => Str::join_two(vm, &line, &part)?,
            });
            if done {
                break;
            }
        }
        Ok(line.unwrap_or_else(|| Str::new("")).into_object())
    }

    #[py("flush()")]
    fn flush(&self, vm: &Vm) -> Result<()> {
        let buffer = self.check_closed(vm)?;
        self.write_pending(vm)?;
        call::call_method(vm, &buffer, vm.names().flush(), &[]).map(drop)
    }

    #[py("close()")]
    fn close(this: &Ref<Self>, vm: &Vm) -> Result<()> {
        let Some(buffer) = this.buffer.get() else { return Ok(()) };
        let closed = attr::getattr(vm, &buffer, vm.names().closed())?;
        if protocol::is_true(vm, &closed)? {
            return Ok(());
        }
        let flushed = call::call_method(vm, this.as_object(), vm.names().flush(), &[]);
        let first = vm.take_raised();
        let closing = call::call_method(vm, &buffer, vm.names().close(), &[]);
        if let Some(first) = first {
            drop(vm.take_raised());
            return Err(vm.restore(first));
        }
        flushed.and(closing).map(drop)
    }

    #[py("detach()")]
    fn detach(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        call::call_method(vm, this.as_object(), vm.names().flush(), &[])?;
        let buffer = this.buffer(vm)?;
        this.buffer.set(None);
        Ok(buffer)
    }

    #[py("tell()")]
    fn tell(&self, vm: &Vm) -> Result<Object> {
        let buffer = self.check_closed(vm)?;
        self.write_pending(vm)?;
        call::call_method(vm, &buffer, vm.names().flush(), &[])?;
        let at = call::call_method(vm, &buffer, vm.names().tell(), &[])?;
        let left = match self.decoded.get() {
            Some(decoded) if self.left() > 0 => Str::from_result(vm, decoded.units().slice(self.used.get()..decoded.len()).to_buf())?,
            _ => return Ok(at),
        };
        // Stateless encodings: what is not handed out yet stands that many bytes before the buffer's position.
        let bytes = bytes_of(vm, &self.encode(vm, &left)?)?;
        number::sub(vm, &at, &Int::from_i64(bytes.len() as i64))
    }

    #[py("seek(cookie, whence=0, /)")]
    fn seek(&self, vm: &Vm, cookie: &Object, whence: i32) -> Result<Object> {
        let buffer = self.check_closed(vm)?;
        let seekable = call::call_method(vm, &buffer, vm.names().seekable(), &[])?;
        if !protocol::is_true(vm, &seekable)? {
            return Err(unsupported(vm, "underlying stream is not seekable"));
        }
        let zero = number::as_ssize(vm, cookie, None)? == 0;
        match whence {
            1 if !zero => return Err(unsupported(vm, "can't do nonzero cur-relative seeks")),
            1 => return self.tell(vm),
            2 if !zero => return Err(unsupported(vm, "can't do nonzero end-relative seeks")),
            0 | 2 => {}
            _ => bail!(vm, ValueError, "invalid whence ({whence}, should be 0, 1 or 2)"),
        }
        if whence == 0 && Int::is_negative(cookie) {
            bail!(vm, ValueError, "negative seek position {}", protocol::repr(vm, cookie)?);
        }
        self.write_pending(vm)?;
        call::call_method(vm, &buffer, vm.names().flush(), &[])?;
        self.decoded.set(None);
        self.used.set(0);
        self.held.set(false);
        self.snapshot.set(None);
        if let Some(decoder) = self.decoder.get() {
            call::call_method(vm, &decoder, vm.names().reset(), &[])?;
        }
        call::call_method(vm, &buffer, vm.names().seek(), &[cookie.clone(), Object::int32(whence)])
    }

    #[py("truncate(pos=None, /)")]
    fn truncate(this: &Ref<Self>, vm: &Vm, pos: Option<&Object>) -> Result<Object> {
        call::call_method(vm, this.as_object(), vm.names().flush(), &[])?;
        let buffer = this.buffer(vm)?;
        call::call_method(vm, &buffer, vm.names().truncate(), &[pos.cloned().unwrap_or_else(none)])
    }

    #[py(raw, "reconfigure", notext)]
    fn reconfigure(vm: &Vm, args: Args<'_>) -> Result<()> {
        let Some(this) = args.items.first().and_then(|o| o.cast::<TextIOWrapper>()) else {
            bail!(vm, TypeError, "reconfigure() needs an argument");
        };
        call::call_method(vm, this.as_object(), vm.names().flush(), &[])?;
        for (key, value) in args.keywords().iter() {
            let key = key.cast::<Str>().map(|k| k.to_string()).unwrap_or_default();
            match &key[..] {
                "encoding" if value.is(&none()) => {}
                "encoding" => {
                    let Some(text) = value.cast::<Str>() else { bail!(vm, TypeError, "reconfigure() argument 'encoding' must be str or None, not {}", type_name(value)) };
                    this.fast_utf8.set(is_utf8(&text.to_string_lossy()));
                    this.encoding.set(Some(text.clone()));
                    this.encoder.set(None);
                    this.decoder.set(None);
                }
                "errors" if value.is(&none()) => {}
                "errors" => {
                    this.errors.set(value.cast::<Str>().cloned());
                    this.encoder.set(None);
                    this.decoder.set(None);
                }
                "newline" => *this.newline.borrow_mut() = newline_mode(vm, Some(value))?,
                "line_buffering" if value.is(&none()) => {}
                "line_buffering" => this.line_buffering.set(protocol::is_true(vm, value)?),
                "write_through" if value.is(&none()) => {}
                "write_through" => this.write_through.set(protocol::is_true(vm, value)?),
                _ => bail!(vm, TypeError, "reconfigure() got an unexpected keyword argument '{key}'"),
            }
        }
        Ok(())
    }

    #[py("readable()")]
    fn readable(&self, vm: &Vm) -> Result<Object> {
        call::call_method(vm, &self.buffer(vm)?, vm.names().readable(), &[])
    }

    #[py("writable()")]
    fn writable(&self, vm: &Vm) -> Result<Object> {
        call::call_method(vm, &self.buffer(vm)?, vm.names().writable(), &[])
    }

    #[py("seekable()")]
    fn seekable(&self, vm: &Vm) -> Result<Object> {
        call::call_method(vm, &self.buffer(vm)?, vm.names().seekable(), &[])
    }

    #[py("fileno()")]
    fn fileno(&self, vm: &Vm) -> Result<Object> {
        call::call_method(vm, &self.buffer(vm)?, vm.names().fileno(), &[])
    }

    #[py("isatty()")]
    fn isatty(&self, vm: &Vm) -> Result<Object> {
        call::call_method(vm, &self.buffer(vm)?, vm.names().isatty(), &[])
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
    fn get_errors(&self) -> Option<Ref<Str>> {
        self.errors.get()
    }

    #[getter("newlines")]
    fn newlines(&self) -> Object {
        newlines_of(self.seen.get())
    }

    #[getter("line_buffering")]
    fn get_line_buffering(&self) -> bool {
        self.line_buffering.get()
    }

    #[getter("write_through")]
    fn get_write_through(&self) -> bool {
        self.write_through.get()
    }

    #[getter("_CHUNK_SIZE")]
    fn chunk_size(&self) -> i32 {
        CHUNK as i32
    }
}
