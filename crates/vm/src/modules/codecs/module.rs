//! The module `_codecs`.

use super::functions::{self, EncodingMap, decoded, encoded};
use super::{decode_steps, decode_with, encode_with, errors};
use crate::builtins::bytes::common::like;
use crate::object::{instance, type_name};
use crate::prelude::*;
use text::codec::{Codec, Order, charmap, escape, utf7};

/// The text of an argument that may be str or bytes-like, as bytes.
fn data(vm: &Vm, object: &Object) -> Result<Vec<u8>> {
    match object.cast::<Str>() {
        Some(text) => Ok(text.to_utf8(vm)?.into_bytes()),
        None => Ok(like(vm, object)?.into_owned()),
    }
}

fn plain(vm: &Vm, codec: Codec, input: &Object, errors: Option<String>, is_final: bool) -> Result<Object> {
    let bytes = like(vm, input)?;
    Ok(decoded(decode_with(vm, codec, &bytes, errors.as_deref().unwrap_or("strict"), is_final)?))
}

fn plain_encode(vm: &Vm, codec: Codec, text: &Ref<Str>, errors: Option<String>) -> Result<Object> {
    let bytes = encode_with(vm, codec, text, errors.as_deref().unwrap_or("strict"))?;
    encoded(vm, &bytes, text.len())
}

fn marked(vm: &Vm, input: &Object, errors: Option<String>, order: i32, is_final: bool, width: usize) -> Result<Object> {
    let bytes = like(vm, input)?;
    let errors = errors.as_deref().unwrap_or("strict");
    let (text, used, _) = functions::decode_marked(vm, &bytes, errors, order, is_final, width)?;
    Ok(decoded((text, used)))
}

fn marked_ex(
    vm: &Vm,
    input: &Object,
    errors: Option<String>,
    order: i32,
    is_final: bool,
    width: usize,
) -> Result<Object> {
    let bytes = like(vm, input)?;
    let errors = errors.as_deref().unwrap_or("strict");
    let (text, used, found) = functions::decode_marked(vm, &bytes, errors, order, is_final, width)?;
    Ok(Tuple::from_slice(&[text.into_object(), Int::from_i64(used as i64), Object::int32(found)]).into_object())
}

fn marked_encode(vm: &Vm, text: &Ref<Str>, errors: Option<String>, order: i32, width: usize) -> Result<Object> {
    let bytes = functions::encode_marked(vm, text, errors.as_deref().unwrap_or("strict"), order, width)?;
    encoded(vm, &bytes, text.len())
}

#[pymodule("_codecs", types(EncodingMap))]
pub mod module {
    use super::*;

    /// Register a codec search function.
    ///
    /// Search functions take the name of an encoding in lower case and return a tuple of four functions or None.
    #[py("register(search_function, /)")]
    fn register(vm: &Vm, search_function: &Object) -> Result<()> {
        if !crate::protocol::call::is_callable(search_function) {
            bail!(vm, TypeError, "argument must be callable");
        }
        vm.interp().codecs.search.borrow_mut().push(search_function.clone());
        Ok(())
    }

    /// Unregister a codec search function and clear the registry's cache.
    #[py("unregister(search_function, /)")]
    fn unregister(vm: &Vm, search_function: &Object) {
        let gone: Vec<Object> = {
            let mut search = vm.interp().codecs.search.borrow_mut();
            let at = search.iter().position(|f| f.is(search_function));
            at.map(|at| search.remove(at)).into_iter().collect()
        };
        if !gone.is_empty() {
            vm.interp().codecs.cache.set(None);
        }
    }

    /// Looks up a codec tuple in the Python codec registry and returns a CodecInfo object.
    #[py("lookup(encoding, /)")]
    fn lookup(vm: &Vm, encoding: String) -> Result<Ref<Tuple>> {
        if encoding.contains('\0') {
            bail!(vm, ValueError, "embedded null character");
        }
        super::super::lookup(vm, &encoding)
    }

    /// Encodes obj using the codec registered for encoding.
    #[py("encode(obj, encoding='utf-8', errors='strict')")]
    fn encode(vm: &Vm, obj: &Object, encoding: String, errors: String) -> Result<Object> {
        let codec = super::super::lookup(vm, &encoding)?;
        super::super::run(vm, &codec, 0, obj, &errors, &encoding)
    }

    /// Decodes obj using the codec registered for encoding.
    #[py("decode(obj, encoding='utf-8', errors='strict')")]
    fn decode(vm: &Vm, obj: &Object, encoding: String, errors: String) -> Result<Object> {
        let codec = super::super::lookup(vm, &encoding)?;
        super::super::run(vm, &codec, 1, obj, &errors, &encoding)
    }

    /// Register the specified error handler under the name errors.
    #[py("register_error(errors, handler, /)")]
    fn register_error(vm: &Vm, errors: String, handler: &Object) -> Result<()> {
        if !crate::protocol::call::is_callable(handler) {
            bail!(vm, TypeError, "handler must be callable");
        }
        errors::register(vm, &errors, handler.clone())
    }

    /// Un-register the specified error handler for the error handling `errors'.
    #[py("_unregister_error(errors, /)")]
    fn _unregister_error(vm: &Vm, errors: String) -> Result<bool> {
        errors::unregister(vm, &errors)
    }

    /// Return the error handler for the specified error handling name.
    #[py("lookup_error(name, /)")]
    fn lookup_error(vm: &Vm, name: String) -> Result<Object> {
        errors::lookup(vm, &name)
    }

    #[py("escape_decode(data, errors=None, /)")]
    fn escape_decode(vm: &Vm, data: &Object, errors: Option<String>) -> Result<Object> {
        let bytes = super::data(vm, data)?;
        let made = functions::unescape(vm, &bytes, errors.as_deref().unwrap_or("strict"))?;
        encoded(vm, &made, bytes.len())
    }

    #[py("escape_encode(data, errors=None, /)")]
    fn escape_encode(vm: &Vm, data: &Ref<Bytes>, errors: Option<String>) -> Result<Object> {
        let _ = errors;
        encoded(vm, &functions::escaped(vm, data.as_bytes())?, data.as_bytes().len())
    }

    #[py("utf_7_decode(data, errors=None, final=False, /)")]
    fn utf_7_decode(vm: &Vm, data: &Object, errors: Option<String>, final_: bool) -> Result<Object> {
        let bytes = like(vm, data)?;
        Ok(decoded(functions::decode_utf7(vm, &bytes, errors.as_deref().unwrap_or("strict"), final_)?))
    }

    #[py("utf_7_encode(str, errors=None, /)")]
    fn utf_7_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>) -> Result<Object> {
        let _ = errors;
        let mut out = Vec::new();
        crate::builtins::str::mem(vm, utf7::encode(str.units(), &mut out))?;
        encoded(vm, &out, str.len())
    }

    #[py("utf_8_decode(data, errors=None, final=False, /)")]
    fn utf_8_decode(vm: &Vm, data: &Object, errors: Option<String>, final_: bool) -> Result<Object> {
        plain(vm, Codec::Utf8, data, errors, final_)
    }

    #[py("utf_8_encode(str, errors=None, /)")]
    fn utf_8_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>) -> Result<Object> {
        plain_encode(vm, Codec::Utf8, str, errors)
    }

    #[py("utf_16_decode(data, errors=None, final=False, /)")]
    fn utf_16_decode(vm: &Vm, data: &Object, errors: Option<String>, final_: bool) -> Result<Object> {
        marked(vm, data, errors, 0, final_, 2)
    }

    #[py("utf_16_le_decode(data, errors=None, final=False, /)")]
    fn utf_16_le_decode(vm: &Vm, data: &Object, errors: Option<String>, final_: bool) -> Result<Object> {
        plain(vm, Codec::Utf16(Order::Little), data, errors, final_)
    }

    #[py("utf_16_be_decode(data, errors=None, final=False, /)")]
    fn utf_16_be_decode(vm: &Vm, data: &Object, errors: Option<String>, final_: bool) -> Result<Object> {
        plain(vm, Codec::Utf16(Order::Big), data, errors, final_)
    }

    #[py("utf_16_ex_decode(data, errors=None, byteorder=0, final=False, /)")]
    fn utf_16_ex_decode(
        vm: &Vm,
        data: &Object,
        errors: Option<String>,
        byteorder: i32,
        final_: bool,
    ) -> Result<Object> {
        marked_ex(vm, data, errors, byteorder, final_, 2)
    }

    #[py("utf_16_encode(str, errors=None, byteorder=0, /)")]
    fn utf_16_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>, byteorder: i32) -> Result<Object> {
        marked_encode(vm, str, errors, byteorder, 2)
    }

    #[py("utf_16_le_encode(str, errors=None, /)")]
    fn utf_16_le_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>) -> Result<Object> {
        marked_encode(vm, str, errors, -1, 2)
    }

    #[py("utf_16_be_encode(str, errors=None, /)")]
    fn utf_16_be_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>) -> Result<Object> {
        marked_encode(vm, str, errors, 1, 2)
    }

    #[py("utf_32_decode(data, errors=None, final=False, /)")]
    fn utf_32_decode(vm: &Vm, data: &Object, errors: Option<String>, final_: bool) -> Result<Object> {
        marked(vm, data, errors, 0, final_, 4)
    }

    #[py("utf_32_le_decode(data, errors=None, final=False, /)")]
    fn utf_32_le_decode(vm: &Vm, data: &Object, errors: Option<String>, final_: bool) -> Result<Object> {
        plain(vm, Codec::Utf32(Order::Little), data, errors, final_)
    }

    #[py("utf_32_be_decode(data, errors=None, final=False, /)")]
    fn utf_32_be_decode(vm: &Vm, data: &Object, errors: Option<String>, final_: bool) -> Result<Object> {
        plain(vm, Codec::Utf32(Order::Big), data, errors, final_)
    }

    #[py("utf_32_ex_decode(data, errors=None, byteorder=0, final=False, /)")]
    fn utf_32_ex_decode(
        vm: &Vm,
        data: &Object,
        errors: Option<String>,
        byteorder: i32,
        final_: bool,
    ) -> Result<Object> {
        marked_ex(vm, data, errors, byteorder, final_, 4)
    }

    #[py("utf_32_encode(str, errors=None, byteorder=0, /)")]
    fn utf_32_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>, byteorder: i32) -> Result<Object> {
        marked_encode(vm, str, errors, byteorder, 4)
    }

    #[py("utf_32_le_encode(str, errors=None, /)")]
    fn utf_32_le_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>) -> Result<Object> {
        marked_encode(vm, str, errors, -1, 4)
    }

    #[py("utf_32_be_encode(str, errors=None, /)")]
    fn utf_32_be_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>) -> Result<Object> {
        marked_encode(vm, str, errors, 1, 4)
    }

    #[py("unicode_escape_decode(data, errors=None, final=True, /)")]
    fn unicode_escape_decode(vm: &Vm, data: &Object, errors: Option<String>, final_: bool) -> Result<Object> {
        let bytes = super::data(vm, data)?;
        let errors = errors.as_deref().unwrap_or("strict");
        Ok(decoded(functions::decode_unicode_escape(vm, &bytes, errors, final_)?))
    }

    #[py("unicode_escape_encode(str, errors=None, /)")]
    fn unicode_escape_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>) -> Result<Object> {
        let _ = errors;
        encoded(vm, &functions::infallible(vm, str.units(), false)?, str.len())
    }

    #[py("raw_unicode_escape_decode(data, errors=None, final=True, /)")]
    fn raw_unicode_escape_decode(vm: &Vm, data: &Object, errors: Option<String>, final_: bool) -> Result<Object> {
        let bytes = super::data(vm, data)?;
        let errors = errors.as_deref().unwrap_or("strict");
        Ok(decoded(decode_steps(vm, "rawunicodeescape", &bytes, errors, &mut |bytes, from, out| {
            escape::decode_raw(bytes, from, out, final_)
        })?))
    }

    #[py("raw_unicode_escape_encode(str, errors=None, /)")]
    fn raw_unicode_escape_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>) -> Result<Object> {
        let _ = errors;
        encoded(vm, &functions::infallible(vm, str.units(), true)?, str.len())
    }

    #[py("latin_1_decode(data, errors=None, /)")]
    fn latin_1_decode(vm: &Vm, data: &Object, errors: Option<String>) -> Result<Object> {
        plain(vm, Codec::Latin1, data, errors, true)
    }

    #[py("latin_1_encode(str, errors=None, /)")]
    fn latin_1_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>) -> Result<Object> {
        plain_encode(vm, Codec::Latin1, str, errors)
    }

    #[py("ascii_decode(data, errors=None, /)")]
    fn ascii_decode(vm: &Vm, data: &Object, errors: Option<String>) -> Result<Object> {
        plain(vm, Codec::Ascii, data, errors, true)
    }

    #[py("ascii_encode(str, errors=None, /)")]
    fn ascii_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>) -> Result<Object> {
        plain_encode(vm, Codec::Ascii, str, errors)
    }

    #[py("charmap_decode(data, errors=None, mapping=None, /)")]
    fn charmap_decode(vm: &Vm, data: &Object, errors: Option<String>, mapping: Option<&Object>) -> Result<Object> {
        let Some(mapping) = mapping else { return plain(vm, Codec::Latin1, data, errors, true) };
        let bytes = like(vm, data)?;
        Ok(decoded(functions::decode_charmap(vm, &bytes, errors.as_deref().unwrap_or("strict"), mapping)?))
    }

    #[py("charmap_encode(str, errors=None, mapping=None, /)")]
    fn charmap_encode(vm: &Vm, str: &Ref<Str>, errors: Option<String>, mapping: Option<&Object>) -> Result<Object> {
        let Some(mapping) = mapping else { return plain_encode(vm, Codec::Latin1, str, errors) };
        let bytes = functions::encode_charmap(vm, str, errors.as_deref().unwrap_or("strict"), mapping)?;
        encoded(vm, &bytes, str.len())
    }

    #[py("charmap_build(map, /)")]
    fn charmap_build(map: &Ref<Str>) -> Object {
        let body = EncodingMap { head: Head::new(), map: charmap::EncodingMap::new(map.units()) };
        instance::alloc_static(body).into_object()
    }

    #[py("readbuffer_encode(data, errors=None, /)")]
    fn readbuffer_encode(vm: &Vm, data: &Object, errors: Option<String>) -> Result<Object> {
        let _ = errors;
        if data.cast::<Str>().is_none() && crate::object::type_of(data).slots.buffer.get().is_none() {
            bail!(
                vm,
                TypeError,
                "readbuffer_encode() argument 1 must be read-only bytes-like object, not {}",
                type_name(data)
            );
        }
        let bytes = super::data(vm, data)?;
        encoded(vm, &bytes, bytes.len())
    }
}
