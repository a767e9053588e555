//! Encoding and decoding by name: the text crate's codecs directly, others through the registry of Python functions.

pub mod errors;
mod functions;
pub mod module;

use crate::builtins::str::mem;
use crate::object::{attr, type_name};
use crate::prelude::*;
use crate::protocol::call;
use errors::Problem;
pub use functions::unescape;
use text::codec::{Codec, Step, Stepped, handler::Handler};
use text::{TextBuilder, Units, UnitsBuf};

/// `bytes.decode(encoding, errors)`: a string, from a text encoding.
pub fn decode(vm: &Vm, bytes: &[u8], encoding: &str, errors: &str) -> Result<Object> {
    check_in_dev_mode(vm, encoding, errors)?;
    if let Some(codec) = Codec::by_name(encoding) {
        if matches!(codec, Codec::Utf8 | Codec::Ascii | Codec::Latin1) && bytes.is_ascii() {
            return Str::of_ascii(vm, bytes).map(Ref::into_object);
        }
        return Ok(decode_with(vm, codec, bytes, errors, true)?.0.into_object());
    }
    if let Some(width) = marked_width(encoding) {
        return Ok(functions::decode_marked(vm, bytes, errors, 0, true, width)?.0.into_object());
    }
    let data = Bytes::try_new(vm, bytes)?.into_object();
    let found = text_codec(vm, encoding, Some("decode"))?;
    let result = run(vm, &found, 1, &data, errors, encoding)?;
    if result.cast::<Str>().is_none() {
        bail!(
            vm,
            TypeError,
            "'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types",
            type_name(&result)
        );
    }
    Ok(result)
}

/// With `-X dev` a codec and an error handler must exist even where nothing is to be coded.
fn check_in_dev_mode(vm: &Vm, encoding: &str, errors: &str) -> Result<()> {
    if vm.interp().config.borrow().dev_mode {
        if Codec::by_name(encoding).is_none() {
            lookup(vm, encoding)?;
        }
        if !matches!(errors, "strict" | "ignore" | "replace" | "surrogateescape" | "surrogatepass") {
            errors::lookup(vm, errors)?;
        }
    }
    Ok(())
}

/// `str.encode(encoding, errors)`: bytes, by a text encoding.
pub fn encode(vm: &Vm, text: &Ref<Str>, encoding: &str, errors: &str) -> Result<Ref<Bytes>> {
    check_in_dev_mode(vm, encoding, errors)?;
    if let Some(codec) = Codec::by_name(encoding) {
        if let (Some(ascii), Codec::Utf8 | Codec::Ascii | Codec::Latin1) = (text.as_ascii(), codec) {
            return Bytes::try_new(vm, ascii.as_bytes());
        }
        let data = encode_with(vm, codec, text, errors)?;
        return Bytes::try_new(vm, &data);
    }
    if let Some(width) = marked_width(encoding) {
        return Bytes::try_new(vm, &functions::encode_marked(vm, text, errors, 0, width)?);
    }
    let found = text_codec(vm, encoding, Some("encode"))?;
    let result = run(vm, &found, 0, text.as_object(), errors, encoding)?;
    if let Some(bytes) = result.cast::<Bytes>() {
        return Ok(bytes.clone());
    }
    if let Some(bytes) = result.cast::<crate::builtins::bytearray::ByteArray>() {
        let message = format!(
            "encoder {encoding} returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types"
        );
        vm.warn(&crate::exception::types::RuntimeWarning, &message, 1)?;
        let copy = bytes.view().to_vec();
        return Bytes::try_new(vm, &copy);
    }
    Err(raise!(
        vm,
        TypeError,
        "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
        type_name(&result)
    ))
}

/// The unit's width of the encodings that begin with a byte order mark.
fn marked_width(encoding: &str) -> Option<usize> {
    match encoding {
        "utf-16" | "utf_16" | "utf16" | "UTF-16" => Some(2),
        "utf-32" | "utf_32" | "utf32" | "UTF-32" => Some(4),
        _ => None,
    }
}

/// Decodes with one of the text crate's codecs: the text, and how many bytes were used.
pub fn decode_with(vm: &Vm, codec: Codec, bytes: &[u8], errors: &str, is_final: bool) -> Result<(Ref<Str>, usize)> {
    if bytes.is_ascii() && codec.width() == 1 {
        return Ok((Str::from_view(vm, Units::Ascii(bytes))?, bytes.len()));
    }
    // Two bytes of a surrogate may be the beginning of one that the handler takes.
    let may_go_on = !is_final && codec == Codec::Utf8 && errors == "surrogatepass";
    let bytes = match bytes {
        [whole @ .., 0xed, 0xa0..=0xbf] if may_go_on => whole,
        _ => bytes,
    };
    decode_steps(vm, codec.name(), bytes, errors, &mut |bytes, from, out| codec.decode_step(bytes, from, out, is_final))
}

/// Encodes with one of the text crate's codecs.
pub fn encode_with(vm: &Vm, codec: Codec, text: &Ref<Str>, errors: &str) -> Result<Vec<u8>> {
    encode_steps(vm, codec.name(), codec.width(), text, errors, &mut |text, from, out| {
        codec.encode_step(text, from, out)
    })
}

/// One step of a decoder: appends what it can from a position on.
pub type DecodeStep<'a> = &'a mut dyn FnMut(&[u8], usize, &mut TextBuilder) -> Stepped;
/// One step of an encoder.
pub type EncodeStep<'a> = &'a mut dyn FnMut(Units<'_>, usize, &mut Vec<u8>) -> Stepped;

/// Decodes step by step, with the error handler in between.
pub fn decode_steps(
    vm: &Vm,
    name: &str,
    bytes: &[u8],
    errors: &str,
    step: DecodeStep<'_>,
) -> Result<(Ref<Str>, usize)> {
    decode_steps_from(vm, name, bytes, errors, errors::position, step)
}

/// As [`decode_steps`], with the codec's own reading of a handler's position.
pub fn decode_steps_from(
    vm: &Vm,
    name: &str,
    bytes: &[u8],
    errors: &str,
    position: errors::Position,
    step: DecodeStep<'_>,
) -> Result<(Ref<Str>, usize)> {
    let mut out = TextBuilder::new();
    let mut from = 0;
    let mut bytes = std::borrow::Cow::Borrowed(bytes);
    let mut problem: Option<Problem> = None;
    loop {
        let error = match mem(vm, step(&bytes, from, &mut out))? {
            Step::Done { consumed } => return Ok((Str::from_buf(vm, out.finish())?, consumed)),
            Step::Error(error) => error,
        };
        if let Some(handler) = Handler::by_name(errors) {
            match mem(vm, handler.on_decode(name, &bytes, error, &mut out))? {
                Some(resume) => from = resume,
                None => return Err(Problem::decode(vm, name, &bytes, error)?.raise(vm)),
            }
            continue;
        }
        let handler = errors::lookup(vm, errors)?;
        let this = match problem.take() {
            Some(known) => known.update(vm, error)?,
            None => Problem::decode(vm, name, &bytes, error)?,
        };
        let (replacement, resume) = this.handle(vm, &handler)?;
        let Some(text) = replacement.cast::<Str>() else {
            bail!(vm, TypeError, "decoding error handler must return (str, int) tuple");
        };
        if let Some(changed) = this.changed_bytes(vm, &bytes)? {
            bytes = std::borrow::Cow::Owned(changed);
        }
        from = position(vm, &resume, bytes.len())?;
        mem(vm, out.push_units(text.units()))?;
        problem = Some(this);
    }
}

/// Encodes step by step, with the error handler in between. `width` is the size of a code unit.
pub fn encode_steps(
    vm: &Vm,
    name: &str,
    width: usize,
    text: &Ref<Str>,
    errors: &str,
    step: EncodeStep<'_>,
) -> Result<Vec<u8>> {
    Ok(encode_steps_from(vm, name, width, text, errors, errors::position, step)?.0)
}

/// As [`encode_steps`], with the codec's own reading of a handler's position; gives how much was used too.
pub fn encode_steps_from(
    vm: &Vm,
    name: &str,
    width: usize,
    text: &Ref<Str>,
    errors: &str,
    position: errors::Position,
    step: EncodeStep<'_>,
) -> Result<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let mut from = 0;
    let mut problem: Option<Problem> = None;
    loop {
        let error = match mem(vm, step(text.units(), from, &mut out))? {
            Step::Done { consumed } => return Ok((out, consumed)),
            Step::Error(error) => error,
        };
        let fail = |vm: &Vm| Ok::<Raised, Raised>(Problem::encode(vm, name, text, error)?.raise(vm));
        let (replacement, resume) = if let Some(handler) = Handler::by_name(errors) {
            match mem(vm, handler.on_encode(name, text.units(), error))? {
                Some((replacement, resume)) => (replacement, resume),
                None => return Err(fail(vm)?),
            }
        } else {
            let handler = errors::lookup(vm, errors)?;
            let this = match problem.take() {
                Some(known) => known.update(vm, error)?,
                None => Problem::encode(vm, name, text, error)?,
            };
            let (replacement, resume) = this.handle(vm, &handler)?;
            let replacement = errors::replacement(vm, &replacement)?;
            problem = Some(this);
            (replacement, position(vm, &resume, text.len())?)
        };
        match replacement {
            text::codec::handler::Replacement::Bytes(bytes) => {
                if bytes.len() % width != 0 {
                    return Err(fail(vm)?);
                }
                out.extend_from_slice(&bytes);
            }
            text::codec::handler::Replacement::Text(buf) => {
                if !matches!(mem(vm, step(buf.as_units(), 0, &mut out))?, Step::Done { .. }) {
                    return Err(fail(vm)?);
                }
            }
        }
        from = resume;
    }
}

/// A view's text as an owned buffer.
pub fn owned(vm: &Vm, units: Units<'_>) -> Result<UnitsBuf> {
    mem(vm, units.to_buf())
}

/// An encoding's name as search functions get it.
fn normalise(encoding: &str) -> String {
    let mut out = String::with_capacity(encoding.len());
    let mut gap = false;
    for c in encoding.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

/// `codecs.lookup`: the CodecInfo, a tuple of four functions.
pub fn lookup(vm: &Vm, encoding: &str) -> Result<Ref<Tuple>> {
    let registry = &vm.interp().codecs;
    if !registry.ready.replace(true) {
        crate::import::with_own_path(vm, || {
            vm.import("encodings")?;
            // The codec that everything needs is there from now on, whatever becomes of the import system.
            lookup(vm, "utf-8").map(drop)
        })?;
    }
    let cache = match registry.cache.get() {
        Some(cache) => cache,
        None => {
            let made = Dict::empty();
            registry.cache.set(Some(made.clone()));
            made
        }
    };
    let key = vm.memory(Str::try_new(&normalise(encoding)))?;
    if let Some(found) = cache.get(vm, key.as_object())?
        && let Some(found) = found.cast::<Tuple>()
    {
        return Ok(found.clone());
    }
    let search = registry.search.borrow().clone();
    for function in search {
        let found = call::call(vm, &function, &[key.to_object()])?;
        if found.is(&none()) {
            continue;
        }
        match found.cast::<Tuple>().filter(|t| t.len() == 4) {
            Some(tuple) => {
                cache.set(vm, key.as_object(), found.clone())?;
                return Ok(tuple.clone());
            }
            None => bail!(vm, TypeError, "codec search functions must return 4-tuples"),
        }
    }
    Err(raise!(vm, LookupError, "unknown encoding: {encoding}"))
}

/// As [`lookup`], for encodings between text and bytes only; `doing` is the function of `codecs` that takes any, if there is
/// one.
pub fn text_codec(vm: &Vm, encoding: &str, doing: Option<&str>) -> Result<Ref<Tuple>> {
    if doing.is_some() && encoding.contains('\0') {
        bail!(vm, ValueError, "embedded null character");
    }
    let found = lookup(vm, encoding)?;
    if !found.as_object().is_exact::<Tuple>()
        && let Some(flag) = attr::getattr_opt(vm, found.as_object(), vm.names()._is_text_encoding())?
        && !crate::protocol::object::is_true(vm, &flag)?
    {
        let advice = doing.map(|doing| format!("; use codecs.{doing}() to handle arbitrary codecs"));
        bail!(vm, LookupError, "'{encoding}' is not a text encoding{}", advice.unwrap_or_default());
    }
    Ok(found)
}

/// Runs a codec's encoder (0) or decoder (1).
pub fn run(vm: &Vm, codec: &Tuple, which: usize, object: &Object, errors: &str, encoding: &str) -> Result<Object> {
    let errors = vm.memory(Str::try_new(errors))?.into_object();
    let (noun, verb) = if which == 0 { ("encoder", "encoding") } else { ("decoder", "decoding") };
    let result = match call::call(vm, &codec.items()[which], &[object.clone(), errors]) {
        Ok(result) => result,
        Err(raised) => {
            vm.add_note(&format!("{verb} with '{encoding}' codec failed"));
            return Err(raised);
        }
    };
    match result.cast::<Tuple>().filter(|t| t.len() == 2) {
        Some(pair) => Ok(pair.items()[0].clone()),
        None => Err(raise!(vm, TypeError, "{noun} must return a tuple (object, integer)")),
    }
}
