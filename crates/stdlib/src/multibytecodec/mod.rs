//! `_multibytecodec` and the modules that give its codecs: `_codecs_jp`, `_codecs_cn` and their like.

/// The methods of a reader, writer, encoder or decoder: those that all have, and its own.
macro_rules! coder {
    ($kind:ident $($own:tt)*) => {
        #[pymethods]
        impl $kind {
            $($own)*

            #[slot]
            fn init(this: &Object, args: Args<'_>) -> Result<()> {
                let _ = (this, args);
                Ok(())
            }

            /// how to treat errors
            #[getter("errors")]
            fn get_errors(&self) -> Ref<Str> {
                self.errors.get().unwrap_or_else(|| Str::new("strict"))
            }

            #[setter("errors")]
            fn set_errors(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
                self.errors.set(Some(errors_text(vm, value)?));
                Ok(())
            }
        }
    };
}

mod incremental;
mod stream;

pub use incremental::{IncrementalDecoder, IncrementalEncoder};
pub use stream::{StreamReader, StreamWriter};

use std::cell::Cell;
use text::codec::cjk::{Cjk, State};
use vm::context::BuiltinModule;
use vm::modules::codecs::{decode_steps_from, encode_steps_from, errors};
use vm::object::{attr, instance, type_name};
use vm::prelude::*;

/// A codec, with its stateless functions.
#[pytype("MultibyteCodec", module = "_multibytecodec", flags(DISALLOW_INSTANTIATION))]
pub struct Codec {
    pub head: Head,
    #[untraced]
    pub kind: Cell<Cjk>,
}

#[pymethods]
impl Codec {
    /// Return an encoded string version of 'input'.
    ///
    /// 'errors' may be given to set a different error handling scheme. Default is
    /// 'strict' meaning that encoding errors raise a UnicodeEncodeError. Other possible
    /// values are 'ignore', 'replace' and 'xmlcharrefreplace' as well as any other name
    /// registered with codecs.register_error that can handle UnicodeEncodeErrors.
    #[py("encode(input, errors=None)")]
    fn encode(&self, vm: &Vm, input: &Object, errors: Option<String>) -> Result<Object> {
        let kind = self.kind.get();
        let text = match input.cast::<Str>() {
            Some(text) => text.clone(),
            None => bail!(vm, TypeError, "couldn't convert the object to str."),
        };
        let mut state = kind.start();
        let (mut out, _) = encode(vm, kind, &mut state, &text, errors.as_deref().unwrap_or("strict"), true)?;
        kind.finish(&mut state, &mut out);
        Ok(Tuple::from_slice(&[Bytes::try_new(vm, &out)?.into_object(), Int::from_i64(text.len() as i64)])
            .into_object())
    }

    /// Decodes 'input'.
    ///
    /// 'errors' may be given to set a different error handling scheme. Default is
    /// 'strict' meaning that encoding errors raise a UnicodeDecodeError. Other possible
    /// values are 'ignore' and 'replace' as well as any other name registered with
    /// codecs.register_error that is able to handle UnicodeDecodeErrors."
    #[py("decode(input, errors=None)")]
    fn decode(&self, vm: &Vm, input: &Object, errors: Option<String>) -> Result<Object> {
        let kind = self.kind.get();
        let bytes = vm::object::buffer::bytes_of(vm, input)?;
        let mut state = kind.start();
        let (text, _) = decode(vm, kind, &mut state, &bytes, errors.as_deref().unwrap_or("strict"), true)?;
        Ok(Tuple::from_slice(&[text.into_object(), Int::from_i64(bytes.len() as i64)]).into_object())
    }
}

/// Encodes with the error handler; gives how many characters were used.
fn encode(
    vm: &Vm,
    kind: Cjk,
    state: &mut State,
    text: &Ref<Str>,
    errors: &str,
    is_final: bool,
) -> Result<(Vec<u8>, usize)> {
    encode_steps_from(vm, kind.name(), 1, text, errors, errors::clipped_position, &mut |units, from, out| {
        // A replacement is encoded to its end.
        let whole = is_final || units.len() != text.len();
        kind.encode_step(state, units, from, out, whole)
    })
}

/// Decodes with the error handler; gives how many bytes were used.
fn decode(
    vm: &Vm,
    kind: Cjk,
    state: &mut State,
    bytes: &[u8],
    errors: &str,
    is_final: bool,
) -> Result<(Ref<Str>, usize)> {
    decode_steps_from(vm, kind.name(), bytes, errors, errors::clipped_position, &mut |bytes, from, out| {
        kind.decode_step(state, bytes, from, out, is_final)
    })
}

/// The codec of a class or an instance: its attribute `codec`.
fn codec_of(vm: &Vm, this: &Object) -> Result<Cjk> {
    let codec = attr::getattr(vm, this, &vm.intern("codec"))?;
    match codec.cast::<Codec>() {
        Some(codec) => Ok(codec.kind.get()),
        None => Err(raise!(vm, TypeError, "codec is unexpected type")),
    }
}

/// The codec of a new coder's class, and its `errors` if they were given.
fn opened(vm: &Vm, cls: &Ref<Type>, errors: Option<&Object>) -> Result<(Cjk, Option<Ref<Str>>)> {
    Ok((codec_of(vm, cls.as_object())?, errors.map(|e| errors_text(vm, Some(e))).transpose()?))
}

/// An argument or attribute `errors`.
fn errors_text(vm: &Vm, value: Option<&Object>) -> Result<Ref<Str>> {
    match value {
        None => Err(raise!(vm, AttributeError, "cannot delete attribute")),
        Some(value) => match value.cast::<Str>() {
            Some(text) => Ok(text.clone()),
            None => Err(raise!(vm, TypeError, "errors must be a string, not {}", type_name(value))),
        },
    }
}

/// `getcodec` of a module that has these codecs.
fn getcodec(vm: &Vm, encoding: &Object, names: &[&str]) -> Result<Object> {
    let Some(name) = encoding.cast::<Str>() else { bail!(vm, TypeError, "encoding name must be a string.") };
    let name = name.to_string_lossy();
    match Cjk::ALL.iter().find(|(known, _)| *known == name && names.contains(known)) {
        Some((_, kind)) => {
            Codec::init_type(vm)?;
            let body = Codec { head: Head::new(), kind: Cell::new(*kind) };
            Ok(instance::alloc(vm, Codec::class(), body)?.into_object())
        }
        None => Err(raise!(vm, LookupError, "no such codec is supported.")),
    }
}

macro_rules! codec_modules {
    ($($file:ident $name:literal [$($codec:literal)*];)*) => {
        $(mod $file {
            /// Codecs of one region.
            #[macros::pymodule($name)]
            pub mod module {
                use vm::prelude::*;

                #[py("getcodec(object, /)")]
                fn getcodec(vm: &Vm, object: &Object) -> Result<Object> {
                    super::super::getcodec(vm, object, &[$($codec),*])
                }
            }
        })*

        /// The modules that give codecs.
        pub fn codec_modules() -> Vec<BuiltinModule> {
            vec![$(BuiltinModule { def: &$file::module::MODULE }),*]
        }
    };
}
codec_modules! {
    jp "_codecs_jp" ["shift_jis" "cp932" "euc_jp" "euc_jisx0213" "euc_jis_2004" "shift_jisx0213" "shift_jis_2004"];
    cn "_codecs_cn" ["gb2312" "gbk" "gb18030" "hz"];
    kr "_codecs_kr" ["euc_kr" "cp949" "johab"];
    tw "_codecs_tw" ["big5" "cp950"];
    hk "_codecs_hk" ["big5hkscs"];
    iso2022 "_codecs_iso2022" ["iso2022_jp" "iso2022_jp_1" "iso2022_jp_2" "iso2022_jp_2004" "iso2022_jp_3" "iso2022_jp_ext" "iso2022_kr"];
}

/// Encodings of several bytes a character.
#[pymodule("_multibytecodec", types(IncrementalEncoder, IncrementalDecoder, StreamReader, StreamWriter))]
pub mod module {
    use super::*;
}
