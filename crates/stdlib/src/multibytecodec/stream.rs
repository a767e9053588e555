//! `MultibyteStreamReader` and `MultibyteStreamWriter`.

use super::incremental::{decode_more, encode_more};
use super::{errors_text, opened};
use std::cell::{Cell, RefCell};
use text::codec::cjk::{Cjk, State};
use vm::object::{instance, type_name};
use vm::prelude::*;
use vm::protocol::{call, iter, number};

#[pytype("MultibyteStreamReader", module = "_multibytecodec", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct StreamReader {
    pub head: Head,
    #[untraced]
    kind: Cell<Cjk>,
    #[untraced]
    state: Cell<State>,
    #[untraced]
    pending: RefCell<Vec<u8>>,
    errors: Field<Ref<Str>>,
    stream: Field<Object>,
}

/// A size: None and negative numbers are "all".
fn size_of(vm: &Vm, size: Option<&Object>) -> Result<Option<usize>> {
    match size.filter(|s| !s.is(&none())) {
        None => Ok(None),
        Some(size) if size.is_instance_of::<Int>() => Ok(usize::try_from(number::as_ssize(vm, size, None)?).ok()),
        Some(_) => Err(raise!(vm, TypeError, "arg 1 must be an integer")),
    }
}

impl StreamReader {
    /// Reads by one of the stream's methods until there is text, the end, or all that was asked for.
    fn pull(&self, vm: &Vm, method: &Name, size: Option<usize>) -> Result<Ref<Str>> {
        if size == Some(0) {
            return Ok(Str::new(""));
        }
        let stream = self.stream.get().unwrap_or_else(none);
        let mut size = size;
        loop {
            let args: Vec<Object> = size.map(|n| Int::from_i64(n as i64)).into_iter().collect();
            let data = call::call_method(vm, &stream, method, &args)?;
            let Some(bytes) = data.cast::<Bytes>() else {
                bail!(vm, TypeError, "stream function returned a non-bytes object ({})", type_name(&data));
            };
            let at_end = bytes.as_bytes().is_empty() || size.is_none();
            let text =
                decode_more(vm, self.kind.get(), &self.state, &self.pending, &self.errors, bytes.as_bytes(), at_end)?;
            if at_end || !text.is_empty() {
                return Ok(text);
            }
            // A character is not complete: byte by byte from here on.
            size = Some(1);
        }
    }
}

coder! { StreamReader
    #[slot("StreamReader(stream, errors='strict')", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, stream: &Object, errors: Option<&Object>) -> Result<Object> {
        let (kind, errors) = opened(vm, cls, errors)?;
        let body = StreamReader {
            head: Head::new(),
            kind: Cell::new(kind),
            state: Cell::new(kind.start()),
            pending: RefCell::default(),
            errors: Field::new(errors),
            stream: Field::new(Some(stream.clone())),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[py("read(sizeobj=None, /)")]
    fn read(&self, vm: &Vm, sizeobj: Option<&Object>) -> Result<Ref<Str>> {
        self.pull(vm, vm.names().read(), size_of(vm, sizeobj)?)
    }

    #[py("readline(sizeobj=None, /)")]
    fn readline(&self, vm: &Vm, sizeobj: Option<&Object>) -> Result<Ref<Str>> {
        self.pull(vm, vm.names().readline(), size_of(vm, sizeobj)?)
    }

    #[py("readlines(sizehintobj=None, /)")]
    fn readlines(&self, vm: &Vm, sizehintobj: Option<&Object>) -> Result<Object> {
        let text = self.pull(vm, vm.names().read(), size_of(vm, sizehintobj)?)?;
        call::call_method(vm, text.as_object(), &vm.intern("splitlines"), &[true.object()])
    }

    #[py("reset()")]
    fn reset(&self) {
        self.state.set(self.kind.get().start());
        self.pending.borrow_mut().truncate(0);
    }

    #[getter("stream")]
    fn get_stream(&self) -> Option<Object> {
        self.stream.get()
    }
}

#[pytype("MultibyteStreamWriter", module = "_multibytecodec", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct StreamWriter {
    pub head: Head,
    #[untraced]
    kind: Cell<Cjk>,
    #[untraced]
    state: Cell<State>,
    /// The characters that the next one may join.
    pending: Field<Ref<Str>>,
    errors: Field<Ref<Str>>,
    stream: Field<Object>,
}

impl StreamWriter {
    /// Encodes what was left and `text`, as far as the next character changes nothing, or to its end.
    fn put(&self, vm: &Vm, text: &Object, is_final: bool) -> Result<Vec<u8>> {
        encode_more(vm, self.kind.get(), &self.state, &self.pending, &self.errors, text, is_final)
    }

    fn send(&self, vm: &Vm, data: &[u8]) -> Result<()> {
        let stream = self.stream.get().unwrap_or_else(none);
        call::call_method(vm, &stream, vm.names().write(), &[Bytes::try_new(vm, data)?.into_object()]).map(drop)
    }
}

coder! { StreamWriter
    #[slot("StreamWriter(stream, errors='strict')", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, stream: &Object, errors: Option<&Object>) -> Result<Object> {
        let (kind, errors) = opened(vm, cls, errors)?;
        let body = StreamWriter {
            head: Head::new(),
            kind: Cell::new(kind),
            state: Cell::new(kind.start()),
            pending: Field::empty(),
            errors: Field::new(errors),
            stream: Field::new(Some(stream.clone())),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[py("write(strobj, /)")]
    fn write(&self, vm: &Vm, strobj: &Object) -> Result<()> {
        self.send(vm, &self.put(vm, strobj, false)?)
    }

    #[py("writelines(lines, /)")]
    fn writelines(&self, vm: &Vm, lines: &Object) -> Result<()> {
        iter::each(vm, lines, |line| self.send(vm, &self.put(vm, &line, false)?))
    }

    #[py("reset()")]
    fn reset(&self, vm: &Vm) -> Result<()> {
        if !self.pending.is_some() {
            return Ok(());
        }
        let out = self.put(vm, Str::new("").as_object(), true)?;
        if out.is_empty() { Ok(()) } else { self.send(vm, &out) }
    }

    #[getter("stream")]
    fn get_stream(&self) -> Option<Object> {
        self.stream.get()
    }
}
