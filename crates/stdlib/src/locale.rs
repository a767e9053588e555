//! `_locale`: the C library's locale for `locale`.

use std::ffi::CString;
use vm::builtins::module::Module;
use vm::modules::sys::{decode_fs, encode_fs};
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::call;

/// `CHAR_MAX`: ends a grouping, and says that a number is not specified.
const CHAR_MAX: i32 = 127;

/// Raises `_locale.Error`.
fn failed(vm: &Vm, message: &str) -> Raised {
    let error = vm.import("_locale").and_then(|module| attr::getattr(vm, &module, &vm.intern("Error")));
    match error.and_then(|kind| call::call(vm, &kind, &[Str::new(message).into_object()])) {
        Ok(error) => vm.raise(error),
        Err(raised) => raised,
    }
}

fn c_text(vm: &Vm, text: &Str) -> Result<CString> {
    CString::new(encode_fs(vm, text)?).map_err(|_| raise!(vm, ValueError, "embedded null character"))
}

fn numbers(sizes: &[u8]) -> Object {
    let mut items: Vec<Object> = sizes.iter().map(|&size| Int::from_i64(size.into())).collect();
    // A list that does not end with CHAR_MAX ends with 0: its last size repeats.
    if sizes.last().is_some_and(|&last| i32::from(last) != CHAR_MAX) {
        items.push(Int::from_i64(0));
    }
    List::from_vec(items).into_object()
}

/// Support for POSIX locales.
#[pymodule("_locale")]
pub mod module {
    use super::*;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        // Characters are UTF-8's from the start (PEP 538); the other categories stay as C has them.
        let ctype = host::constants::find(host::constants::LOCALE, "LC_CTYPE").unwrap_or(0) as i32;
        if host::locale::set(ctype, Some(c"")).is_none_or(|name| name == b"C" || name == b"POSIX") {
            host::locale::set(ctype, Some(c"C.UTF-8"));
        }
        let dict = module.dict();
        for (name, value) in host::constants::LOCALE {
            dict.set_str(vm, name, Int::from_i64(*value))?;
        }
        for (name, value) in [("CHAR_MAX", CHAR_MAX), ("_DATE_FMT", 131_180)] {
            dict.set_str(vm, name, Object::int32(value))?;
        }
        let error = vm::exception::new_class(vm, "locale", "Error", vm::exception::types::Exception.get())?;
        dict.set_str(vm, "Error", error)
    }

    /// Set the locale of a category, or ask for it when no locale is given.
    #[py("setlocale(category, locale=None, /)")]
    fn setlocale(vm: &Vm, category: i32, locale: Option<&Ref<Str>>) -> Result<Ref<Str>> {
        let name = match locale {
            Some(locale) => Some(c_text(vm, locale)?),
            None => None,
        };
        let message = if name.is_some() { "unsupported locale setting" } else { "locale query failed" };
        match host::locale::set(category, name.as_deref()) {
            Some(found) => decode_fs(vm, &found),
            None => Err(failed(vm, message)),
        }
    }

    /// Tell how the locale writes numbers and amounts of money.
    #[py("localeconv()")]
    fn localeconv(vm: &Vm) -> Result<Ref<Dict>> {
        let found = host::locale::conventions();
        let dict = Dict::empty();
        for (name, text) in &found.texts {
            dict.set_str(vm, name, decode_fs(vm, text)?.into_object())?;
        }
        for (name, sizes) in &found.groupings {
            dict.set_str(vm, name, numbers(sizes))?;
        }
        for (name, number) in &found.numbers {
            dict.set_str(vm, name, Object::int32(*number))?;
        }
        Ok(dict)
    }

    /// Return the locale's value for one of the keys above.
    #[py("nl_langinfo(key, /)")]
    fn nl_langinfo(vm: &Vm, key: i32) -> Result<Ref<Str>> {
        let known =
            host::constants::LOCALE.iter().any(|(name, value)| !name.starts_with("LC_") && *value == i64::from(key));
        if !known && key != 131_180 {
            bail!(vm, ValueError, "unsupported langinfo constant");
        }
        let found = host::locale::info(key);
        decode_fs(vm, &found)
    }

    /// Compare two strings by the locale's order: negative, zero or positive.
    #[py("strcoll(os1, os2, /)")]
    fn strcoll(vm: &Vm, os1: &Ref<Str>, os2: &Ref<Str>) -> Result<i32> {
        Ok(host::locale::compare(&c_text(vm, os1)?, &c_text(vm, os2)?) as i32)
    }

    /// Return a key whose order is the locale's.
    #[py("strxfrm(string, /)")]
    fn strxfrm(vm: &Vm, string: &Ref<Str>) -> Result<Ref<Str>> {
        decode_fs(vm, &host::locale::sort_key(&c_text(vm, string)?))
    }

    /// Return the name of the locale's encoding.
    #[py("getencoding()")]
    fn getencoding() -> &'static str {
        "UTF-8"
    }
}
