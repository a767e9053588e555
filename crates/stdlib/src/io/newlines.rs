//! `IncrementalNewlineDecoder`.

use std::cell::Cell;
use vm::object::{instance, type_name};
use vm::prelude::*;
use vm::protocol::{call, number};

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
    /// Set by `__init__`.
    ready: Cell<bool>,
    decoder: Field<Object>,
    translate: Cell<bool>,
    pending: Cell<bool>,
    /// Bits: 1 \n, 2 \r, 4 \r\n.
    seen: Cell<u8>,
}

/// Translates line ends in decoded text; `pending` holds a \r at the end back until more is known.
pub fn translate_newlines(
    vm: &Vm,
    text: &Str,
    translate: bool,
    pending: &Cell<bool>,
    seen: &Cell<u8>,
    is_final: bool,
) -> Result<Ref<Str>> {
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

/// The attribute `newlines` of what was seen.
pub fn newlines_of(seen: u8) -> Object {
    let kinds: Vec<Object> = [(2, "\r"), (1, "\n"), (4, "\r\n")]
        .iter()
        .filter(|(bit, _)| seen & bit != 0)
        .map(|(_, t)| Str::new(t).into_object())
        .collect();
    match &kinds[..] {
        [] => none(),
        [one] => one.clone(),
        many => Tuple::from_slice(many).into_object(),
    }
}

impl IncrementalNewlineDecoder {
    fn check_ready(&self, vm: &Vm) -> Result<()> {
        if self.ready.get() {
            Ok(())
        } else {
            Err(raise!(vm, ValueError, "IncrementalNewlineDecoder.__init__() not called"))
        }
    }
}

#[pymethods]
impl IncrementalNewlineDecoder {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body = IncrementalNewlineDecoder {
            head: Head::new(),
            ready: Cell::new(false),
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
        self.ready.set(true);
        self.decoder.set((!decoder.is(&none())).then(|| decoder.clone()));
        self.translate.set(translate);
        Ok(())
    }

    #[py("decode(input, final=False)")]
    pub fn decode(&self, vm: &Vm, input: &Object, r#final: bool) -> Result<Object> {
        self.check_ready(vm)?;
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
        self.check_ready(vm)?;
        let (buffer, flag) = match self.decoder.get() {
            None => (Bytes::new(b"").into_object(), 0),
            Some(decoder) => {
                let state = call::call_method(vm, &decoder, vm.names().getstate(), &[])?;
                let Some(pair) = state.cast::<Tuple>().filter(|t| t.len() == 2) else {
                    bail!(vm, TypeError, "illegal decoder state")
                };
                (pair.items()[0].clone(), number::as_ssize(vm, &pair.items()[1], None)? as i64)
            }
        };
        Ok(Tuple::from_slice(&[buffer, Int::from_i64(flag << 1 | i64::from(self.pending.get()))]).into_object())
    }

    #[py("setstate(state, /)")]
    fn setstate(&self, vm: &Vm, state: &Ref<Tuple>) -> Result<()> {
        self.check_ready(vm)?;
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
        self.check_ready(vm)?;
        self.seen.set(0);
        self.pending.set(false);
        if let Some(decoder) = self.decoder.get() {
            call::call_method(vm, &decoder, vm.names().reset(), &[])?;
        }
        Ok(())
    }

    #[getter("newlines")]
    pub fn newlines(&self, vm: &Vm) -> Result<Object> {
        self.check_ready(vm)?;
        Ok(newlines_of(self.seen.get()))
    }
}
