//! Error handlers: the registry, the built-in ones as functions, and the exceptions that they get.

use crate::builtins::str::mem;
use crate::exception::types;
use crate::native::{BuiltinFunction, MethodDef};
use crate::object::{StaticType, attr, type_name};
use crate::prelude::*;
use crate::protocol::{call, number};
use text::codec::CodecError;
use text::codec::handler::{Handler, Replacement};
use text::{TextBuilder, Units};

/// A Unicode error that may be raised or handed to an error handler.
pub struct Problem {
    exception: Object,
}

impl Problem {
    fn make(vm: &Vm, kind: &'static StaticType, name: &str, object: Object, error: CodecError) -> Result<Problem> {
        let args = [
            Str::new(name).into_object(),
            object,
            Int::from_i64(error.start as i64),
            Int::from_i64(error.end as i64),
            Str::new(error.reason).into_object(),
        ];
        Ok(Problem { exception: call::call(vm, kind.get().as_object(), &args)? })
    }

    /// UnicodeDecodeError.
    pub fn decode(vm: &Vm, name: &str, bytes: &[u8], error: CodecError) -> Result<Problem> {
        Self::make(vm, &types::UnicodeDecodeError, name, Bytes::try_new(vm, bytes)?.into_object(), error)
    }

    /// UnicodeEncodeError.
    pub fn encode(vm: &Vm, name: &str, text: &Ref<Str>, error: CodecError) -> Result<Problem> {
        Self::make(vm, &types::UnicodeEncodeError, name, text.to_object(), error)
    }

    /// The same exception for the next error.
    pub fn update(self, vm: &Vm, error: CodecError) -> Result<Problem> {
        for (name, value) in [
            ("start", Int::from_i64(error.start as i64)),
            ("end", Int::from_i64(error.end as i64)),
            ("reason", Str::new(error.reason).into_object()),
        ] {
            attr::setattr(vm, &self.exception, &vm.intern(name), Some(&value))?;
        }
        Ok(self)
    }

    pub fn raise(self, vm: &Vm) -> Raised {
        vm.raise(self.exception)
    }

    /// Calls the handler: the replacement and where to go on, an int.
    pub fn handle(&self, vm: &Vm, handler: &Object) -> Result<(Object, Object)> {
        let decoding = self.exception.is_instance_of_static(&types::UnicodeDecodeError);
        let result = call::call(vm, handler, std::slice::from_ref(&self.exception))?;
        let what = if decoding {
            "decoding error handler must return (str, int) tuple"
        } else {
            "encoding error handler must return (str/bytes, int) tuple"
        };
        let Some([replacement, at]) = result.cast::<Tuple>().map(|t| t.items()) else {
            bail!(vm, TypeError, "{what}");
        };
        if !at.is_instance_of::<Int>() {
            bail!(vm, TypeError, "{what}");
        }
        Ok((replacement.clone(), at.clone()))
    }

    /// The exception's bytes, if the handler has put others there.
    pub fn changed_bytes(&self, vm: &Vm, known: &[u8]) -> Result<Option<Vec<u8>>> {
        let object = attr::getattr(vm, &self.exception, vm.names().object())?;
        match object.cast::<Bytes>() {
            Some(bytes) if bytes.as_bytes() == known => Ok(None),
            Some(bytes) => Ok(Some(bytes.as_bytes().to_vec())),
            None => Err(raise!(vm, TypeError, "object attribute must be bytes")),
        }
    }
}

/// Whether an object is an instance of an exception type, which has no Rust type of its own.
pub trait InstanceOfStatic {
    fn is_instance_of_static(&self, kind: &'static StaticType) -> bool;
}

impl InstanceOfStatic for Object {
    fn is_instance_of_static(&self, kind: &'static StaticType) -> bool {
        crate::object::type_of(self).is_subtype(kind.get())
    }
}

/// How a codec reads a handler's position in an input of some length.
pub type Position = fn(&Vm, &Object, usize) -> Result<usize>;

/// A handler's position: negative ones count from the end.
pub fn position(vm: &Vm, at: &Object, len: usize) -> Result<usize> {
    within(vm, number::as_ssize(vm, at, Some(&types::OverflowError))?, len)
}

/// As [`position`]; a number that is too large is out of bounds like any other.
pub fn clipped_position(vm: &Vm, at: &Object, len: usize) -> Result<usize> {
    within(vm, number::as_ssize(vm, at, None)?, len)
}

fn within(vm: &Vm, at: isize, len: usize) -> Result<usize> {
    let place = if at < 0 { at + len as isize } else { at };
    match usize::try_from(place).ok().filter(|&place| place <= len) {
        Some(place) => Ok(place),
        None => Err(raise!(vm, IndexError, "position {at} from error handler out of bounds")),
    }
}

/// What an encoding error handler gave.
pub fn replacement(vm: &Vm, object: &Object) -> Result<Replacement> {
    if let Some(text) = object.cast::<Str>() {
        return Ok(Replacement::Text(super::owned(vm, text.units())?));
    }
    match object.cast::<Bytes>() {
        Some(bytes) => Ok(Replacement::Bytes(bytes.as_bytes().to_vec())),
        None => Err(raise!(vm, TypeError, "encoding error handler must return (str/bytes, int) tuple")),
    }
}

/// The registry's dict, with the built-in handlers in it.
fn registry(vm: &Vm) -> Result<Ref<Dict>> {
    if let Some(dict) = vm.interp().codecs.errors.get() {
        return Ok(dict);
    }
    let dict = Dict::empty();
    for def in handlers::MODULE.functions {
        let name = def.name.strip_suffix("_errors").unwrap_or(def.name);
        dict.set_str(vm, name, function(def))?;
    }
    vm.interp().codecs.errors.set(Some(dict.clone()));
    Ok(dict)
}

fn function(def: &'static MethodDef) -> Object {
    BuiltinFunction::make(def, None, None)
}

/// `codecs.lookup_error`.
pub fn lookup(vm: &Vm, name: &str) -> Result<Object> {
    match registry(vm)?.get_str(vm, name) {
        Some(handler) => Ok(handler),
        None => Err(raise!(vm, LookupError, "unknown error handler name '{name}'")),
    }
}

/// `codecs.register_error`.
pub fn register(vm: &Vm, name: &str, handler: Object) -> Result<()> {
    registry(vm)?.set_str(vm, name, handler)
}

/// `codecs._unregister_error`: whether there was one.
pub fn unregister(vm: &Vm, name: &str) -> Result<bool> {
    if Handler::by_name(name).is_some() {
        bail!(vm, ValueError, "cannot un-register built-in error handler '{name}'");
    }
    Ok(registry(vm)?.remove_name(vm, &vm.intern(name))?.is_some())
}

fn field(vm: &Vm, error: &Object, name: &str) -> Result<Object> {
    attr::getattr(vm, error, &vm.intern(name))
}

fn index(vm: &Vm, error: &Object, name: &str, len: usize) -> Result<usize> {
    let at = number::as_ssize(vm, &field(vm, error, name)?, None)?;
    Ok((at.max(0) as usize).min(len))
}

fn pair(replacement: Object, resume: usize) -> Object {
    Tuple::from_slice(&[replacement, Int::from_i64(resume as i64)]).into_object()
}

/// A built-in handler applied to an exception object.
fn apply(vm: &Vm, handler: Handler, error: &Object) -> Result<Object> {
    let unknown = || raise!(vm, TypeError, "don't know how to handle {} in error callback", type_name(error));
    if handler == Handler::Strict {
        if crate::exception::is_exception(error) {
            return Err(vm.raise(error.clone()));
        }
        bail!(vm, TypeError, "codec must pass exception instance");
    }
    if error.is_instance_of_static(&types::UnicodeDecodeError) {
        if matches!(handler, Handler::XmlCharRefReplace | Handler::NameReplace) {
            return Err(unknown());
        }
        let object = field(vm, error, "object")?;
        let Some(bytes) = object.cast::<Bytes>() else { bail!(vm, TypeError, "object attribute must be bytes") };
        let (data, mut out) = (bytes.as_bytes(), TextBuilder::new());
        let start = index(vm, error, "start", data.len())?;
        let end = index(vm, error, "end", data.len())?.max(start);
        let name = crate::protocol::object::str(vm, &field(vm, error, "encoding")?)?.to_string_lossy();
        let range = CodecError { start, end, reason: "" };
        return match mem(vm, handler.on_decode(&name, data, range, &mut out))? {
            Some(resume) => Ok(pair(Str::from_buf(vm, out.finish())?.into_object(), resume)),
            None => Err(vm.raise(error.clone())),
        };
    }
    let translating = error.is_instance_of_static(&types::UnicodeTranslateError);
    if !error.is_instance_of_static(&types::UnicodeEncodeError)
        && !(translating && matches!(handler, Handler::Ignore | Handler::Replace | Handler::BackslashReplace))
    {
        return Err(unknown());
    }
    let object = field(vm, error, "object")?;
    let Some(text) = object.cast::<Str>() else { bail!(vm, TypeError, "object attribute must be str") };
    let start = index(vm, error, "start", text.len())?;
    let end = index(vm, error, "end", text.len())?.max(start);
    if translating && handler == Handler::Replace {
        let mut out = TextBuilder::new();
        mem(vm, out.push_repeated(0xFFFD, end - start))?;
        return Ok(pair(Str::from_buf(vm, out.finish())?.into_object(), end));
    }
    let name = match translating {
        true => String::new(),
        false => crate::protocol::object::str(vm, &field(vm, error, "encoding")?)?.to_string_lossy(),
    };
    match mem(vm, handler.on_encode(&name, text.units(), CodecError { start, end, reason: "" }))? {
        Some((Replacement::Text(text), resume)) => Ok(pair(Str::from_buf(vm, text)?.into_object(), resume)),
        Some((Replacement::Bytes(bytes), resume)) => Ok(pair(Bytes::try_new(vm, &bytes)?.into_object(), resume)),
        None => Err(vm.raise(error.clone())),
    }
}

/// An empty view, for codecs that need a text where there is none.
pub const NOTHING: Units<'static> = Units::Ascii(&[]);

/// The built-in handlers as functions.
#[pymodule("_codecs")]
pub mod handlers {
    use super::*;

    /// Implements the 'strict' error handling, which raises a UnicodeError on coding errors.
    #[py("strict_errors(exception, /)")]
    fn strict_errors(vm: &Vm, exception: &Object) -> Result<Object> {
        apply(vm, Handler::Strict, exception)
    }

    /// Implements the 'ignore' error handling, which ignores malformed data and continues.
    #[py("ignore_errors(exception, /)")]
    fn ignore_errors(vm: &Vm, exception: &Object) -> Result<Object> {
        apply(vm, Handler::Ignore, exception)
    }

    /// Implements the 'replace' error handling, which replaces malformed data with a replacement marker.
    #[py("replace_errors(exception, /)")]
    fn replace_errors(vm: &Vm, exception: &Object) -> Result<Object> {
        apply(vm, Handler::Replace, exception)
    }

    /// Implements the 'xmlcharrefreplace' error handling: numeric character references for what cannot be encoded.
    #[py("xmlcharrefreplace_errors(exception, /)")]
    fn xmlcharrefreplace_errors(vm: &Vm, exception: &Object) -> Result<Object> {
        apply(vm, Handler::XmlCharRefReplace, exception)
    }

    /// Implements the 'backslashreplace' error handling: backslash escapes for malformed data.
    #[py("backslashreplace_errors(exception, /)")]
    fn backslashreplace_errors(vm: &Vm, exception: &Object) -> Result<Object> {
        apply(vm, Handler::BackslashReplace, exception)
    }

    /// Implements the 'namereplace' error handling: \N{...} escapes for what cannot be encoded.
    #[py("namereplace_errors(exception, /)")]
    fn namereplace_errors(vm: &Vm, exception: &Object) -> Result<Object> {
        apply(vm, Handler::NameReplace, exception)
    }

    /// Implements the 'surrogatepass' error handling: surrogates are coded as if they were characters.
    #[py("surrogatepass_errors(exception, /)")]
    fn surrogatepass_errors(vm: &Vm, exception: &Object) -> Result<Object> {
        apply(vm, Handler::SurrogatePass, exception)
    }

    /// Implements the 'surrogateescape' error handling: undecodable bytes as lone surrogates, and back.
    #[py("surrogateescape_errors(exception, /)")]
    fn surrogateescape_errors(vm: &Vm, exception: &Object) -> Result<Object> {
        apply(vm, Handler::SurrogateEscape, exception)
    }
}
