//! `MultibyteIncrementalEncoder` and `MultibyteIncrementalDecoder`.

use super::{decode, encode, errors_text, opened};
use std::cell::{Cell, RefCell};
use text::codec::cjk::{Cjk, State};
use vm::object::{instance, type_name};
use vm::prelude::*;

/// How many characters or bytes may wait for what follows them.
const MOST_PENDING: usize = 8;

fn state_number(state: &State) -> i128 {
    i128::from(u64::from_le_bytes(*state))
}

#[pytype("MultibyteIncrementalEncoder", module = "_multibytecodec", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct IncrementalEncoder {
    pub head: Head,
    #[untraced]
    kind: Cell<Cjk>,
    #[untraced]
    state: Cell<State>,
    /// The characters that the next one may join.
    pending: Field<Ref<Str>>,
    errors: Field<Ref<Str>>,
}

impl IncrementalEncoder {
    /// Encodes what was left and `input`; what the next character may join is kept.
    pub fn feed(&self, vm: &Vm, input: &Object, is_final: bool) -> Result<Object> {
        let out = encode_more(vm, self.kind.get(), &self.state, &self.pending, &self.errors, input, is_final)?;
        Ok(Bytes::try_new(vm, &out)?.into_object())
    }
}

/// Encodes what was left and `input`, and keeps the characters that the next one may join.
pub fn encode_more(
    vm: &Vm,
    kind: Cjk,
    state: &Cell<State>,
    pending: &Field<Ref<Str>>,
    errors: &Field<Ref<Str>>,
    input: &Object,
    is_final: bool,
) -> Result<Vec<u8>> {
    let Some(input) = input.cast::<Str>() else { bail!(vm, TypeError, "couldn't convert the object to str.") };
    let text = match pending.get() {
        Some(pending) => Str::join_two(vm, &pending, input)?,
        None => input.clone(),
    };
    let mut now = state.get();
    let (mut out, used) = encode(vm, kind, &mut now, &text, &handler(errors), is_final)?;
    if is_final {
        kind.finish(&mut now, &mut out);
    }
    state.set(now);
    let rest = Str::from_result(vm, text.units().slice(used..text.len()).to_buf())?;
    pending.set((!rest.is_empty()).then_some(rest));
    Ok(out)
}

/// The name of the error handler.
fn handler(errors: &Field<Ref<Str>>) -> String {
    errors.get().map_or_else(|| "strict".to_owned(), |e| e.to_string_lossy())
}

coder! { IncrementalEncoder
    #[slot("IncrementalEncoder(errors='strict')", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, errors: Option<&Object>) -> Result<Object> {
        let (kind, errors) = opened(vm, cls, errors)?;
        let body = IncrementalEncoder {
            head: Head::new(),
            kind: Cell::new(kind),
            state: Cell::new(kind.start()),
            pending: Field::empty(),
            errors: Field::new(errors),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[py("encode(input, final=False)")]
    fn encode(&self, vm: &Vm, input: &Object, r#final: bool) -> Result<Object> {
        self.feed(vm, input, r#final)
    }

    #[py("getstate()")]
    fn getstate(&self, vm: &Vm) -> Result<Object> {
        let pending = self.pending.get().map(|text| text.to_utf8(vm)).transpose()?.unwrap_or_default();
        let mut bytes = vec![pending.len() as u8];
        bytes.extend(pending.as_bytes());
        bytes.extend(self.state.get());
        let value = number::int::from_bytes(&bytes, false, false).map_err(|_| vm.out_of_memory())?;
        Int::from_big(vm, value)
    }

    #[py("setstate(state, /)")]
    fn setstate(&self, vm: &Vm, state: &Object) -> Result<()> {
        let Some(state) = Int::to_big(state) else {
            bail!(vm, TypeError, "setstate() argument must be int, not {}", type_name(state));
        };
        let Ok(bytes) = number::int::to_bytes(&state, 1 + MOST_PENDING + 8, false, false) else {
            bail!(vm, OverflowError, "int too big to convert");
        };
        let len = usize::from(bytes[0]);
        if len > MOST_PENDING {
            bail!(vm, UnicodeError, "pending buffer too large");
        }
        let pending = vm::modules::codecs::decode(vm, &bytes[1..=len], "utf-8", "strict")?;
        let mut state = State::default();
        state.copy_from_slice(&bytes[1 + len..1 + len + 8]);
        self.pending.set(pending.cast::<Str>().filter(|text| !text.is_empty()).cloned());
        self.state.set(state);
        Ok(())
    }

    #[py("reset()")]
    fn reset(&self) {
        self.state.set(self.kind.get().start());
        self.pending.set(None);
    }
}

#[pytype("MultibyteIncrementalDecoder", module = "_multibytecodec", flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC))]
pub struct IncrementalDecoder {
    pub head: Head,
    #[untraced]
    kind: Cell<Cjk>,
    #[untraced]
    state: Cell<State>,
    /// The bytes of an unfinished character.
    #[untraced]
    pending: RefCell<Vec<u8>>,
    errors: Field<Ref<Str>>,
}

/// Decodes what was left and `input`, and keeps the bytes of a character that is not finished.
pub fn decode_more(
    vm: &Vm,
    kind: Cjk,
    state: &Cell<State>,
    pending: &RefCell<Vec<u8>>,
    errors: &Field<Ref<Str>>,
    input: &[u8],
    is_final: bool,
) -> Result<Ref<Str>> {
    let mut bytes = pending.borrow().clone();
    bytes.extend_from_slice(input);
    let mut now = state.get();
    let before = now;
    match decode(vm, kind, &mut now, &bytes, &handler(errors), is_final) {
        Ok((text, used)) => {
            let rest = bytes.get(used..).unwrap_or_default();
            if rest.len() > MOST_PENDING {
                bail!(vm, UnicodeError, "pending buffer overflow");
            }
            *pending.borrow_mut() = rest.to_vec();
            state.set(now);
            Ok(text)
        }
        Err(raised) => {
            state.set(before);
            Err(raised)
        }
    }
}

coder! { IncrementalDecoder
    #[slot("IncrementalDecoder(errors='strict')", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, errors: Option<&Object>) -> Result<Object> {
        let (kind, errors) = opened(vm, cls, errors)?;
        let body = IncrementalDecoder {
            head: Head::new(),
            kind: Cell::new(kind),
            state: Cell::new(kind.start()),
            pending: RefCell::default(),
            errors: Field::new(errors),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[py("decode(input, final=False)")]
    fn decode(&self, vm: &Vm, input: &Object, r#final: bool) -> Result<Ref<Str>> {
        let bytes = vm::object::buffer::bytes_of(vm, input)?;
        decode_more(vm, self.kind.get(), &self.state, &self.pending, &self.errors, &bytes, r#final)
    }

    #[py("getstate()")]
    fn getstate(&self, vm: &Vm) -> Result<Object> {
        let pending = Bytes::try_new(vm, &self.pending.borrow())?.into_object();
        Ok(Tuple::from_slice(&[pending, Int::from_i128(state_number(&self.state.get()))]).into_object())
    }

    #[py("setstate(state, /)")]
    fn setstate(&self, vm: &Vm, state: &Ref<Tuple>) -> Result<()> {
        let parts = match state.items() {
            [pending, flags] => pending.cast::<Bytes>().zip(Int::to_big(flags)),
            _ => None,
        };
        let Some((pending, flags)) = parts else { bail!(vm, TypeError, "illegal decoder state") };
        if pending.as_bytes().len() > MOST_PENDING {
            let error = text::codec::CodecError {
                start: MOST_PENDING,
                end: pending.as_bytes().len(),
                reason: "pending buffer too large",
            };
            let problem =
                vm::modules::codecs::errors::Problem::decode(vm, self.kind.get().name(), pending.as_bytes(), error)?;
            return Err(problem.raise(vm));
        }
        let Ok(bytes) = number::int::to_bytes(&flags, 8, false, false) else {
            bail!(vm, OverflowError, "int too big to convert");
        };
        let mut state = State::default();
        state.copy_from_slice(&bytes[..8]);
        self.state.set(state);
        *self.pending.borrow_mut() = pending.as_bytes().to_vec();
        Ok(())
    }

    #[py("reset()")]
    fn reset(&self) {
        self.state.set(self.kind.get().start());
        self.pending.borrow_mut().truncate(0);
    }
}
