//! `_json`: the scanner behind `json.loads` and the encoder behind `json.dumps`.

mod encode;
mod scan;

pub use encode::Encoder;
pub use scan::Scanner;

use vm::object::{attr, type_name};
use vm::prelude::*;
use vm::protocol::call;

/// `json.JSONDecodeError(message, document, position)`.
#[cold]
fn decode_error(vm: &Vm, message: &str, document: &Ref<Str>, position: usize) -> Raised {
    let make = || {
        let module = vm.import("json.decoder")?;
        let module = match attr::getattr_opt(vm, &module, &vm.intern("decoder"))? {
            Some(inner) => inner,
            None => module,
        };
        let kind = attr::getattr(vm, &module, &vm.intern("JSONDecodeError"))?;
        call::call(vm, &kind, &[Str::new(message).into_object(), document.to_object(), Int::from_i64(position as i64)])
    };
    match make() {
        Ok(error) => vm.raise(error),
        Err(raised) => raised,
    }
}

/// The text of a first argument.
fn first_text<'a>(vm: &Vm, object: &'a Object) -> Result<&'a Ref<Str>> {
    match object.cast::<Str>() {
        Some(text) => Ok(text),
        None => Err(raise!(vm, TypeError, "first argument must be a string, not {}", type_name(object))),
    }
}

/// What `json` has natively.
#[pymodule("_json", types())]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        module.dict().set_str(vm, "make_encoder", Encoder::init_type(vm)?.into_object())?;
        module.dict().set_str(vm, "make_scanner", Scanner::init_type(vm)?.into_object())
    }

    /// The JSON form of a string, in ASCII.
    #[py("encode_basestring_ascii(object, /)")]
    fn encode_basestring_ascii(vm: &Vm, object: &Object) -> Result<Ref<Str>> {
        encode::quoted(vm, first_text(vm, object)?, true)
    }

    /// The JSON form of a string.
    #[py("encode_basestring(object, /)")]
    fn encode_basestring(vm: &Vm, object: &Object) -> Result<Ref<Str>> {
        encode::quoted(vm, first_text(vm, object)?, false)
    }

    /// Read a JSON string whose opening quote is at end - 1; gives it and the index behind it.
    ///
    /// Control characters are refused unless strict is false.
    #[py(raw, "scanstring", notext)]
    fn scanstring(vm: &Vm, args: Args<'_>) -> Result<Object> {
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "scanstring() takes no keyword arguments");
        }
        let (text, end, strict) = match args.items {
            [text, end] => (text, end, true),
            [text, end, strict] => (text, end, vm::protocol::object::is_true(vm, strict)?),
            [] | [_] => {
                let n = args.items.len();
                bail!(vm, TypeError, "scanstring() takes at least 2 arguments ({n} given)")
            }
            many => bail!(vm, TypeError, "scanstring() takes at most 3 arguments ({} given)", many.len()),
        };
        let end = vm::protocol::number::as_ssize(vm, end, Some(&vm::exception::types::OverflowError))?;
        let text = first_text(vm, text)?;
        let Some(end) = usize::try_from(end).ok().filter(|&end| end <= text.len()) else {
            bail!(vm, ValueError, "end is out of bounds");
        };
        let (value, end) = scan::string(vm, text, end, strict)?;
        Ok(Tuple::from_slice(&[value.into_object(), Int::from_i64(end as i64)]).into_object())
    }
}
