//! `_locale`: the C library's locale for `locale`.

use std::ffi::CString;
use vm::builtins::module::Module;
use vm::exception::os_error;
use vm::modules::sys::{decode_fs, encode_fs, fs_path, fs_text};
use vm::object::{attr, type_name};
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

/// Text for the library's messages, which are UTF-8.
fn c_utf8(vm: &Vm, text: &Str) -> Result<CString> {
    CString::new(text.to_utf8(vm)?).map_err(|_| raise!(vm, ValueError, "embedded null character"))
}

/// An argument that is text or None.
fn text_or_none<'a>(vm: &Vm, value: &'a Object, argument: &str) -> Result<Option<&'a Ref<Str>>> {
    match value.cast::<Str>() {
        Some(text) => Ok(Some(text)),
        None if value.is(&none()) => Ok(None),
        None => Err(raise!(vm, TypeError, "{argument} must be str or None, not {}", type_name(value))),
    }
}

/// A path as the system has it.
fn fs_bytes(vm: &Vm, path: &Object) -> Result<CString> {
    let path = fs_path(vm, path)?;
    let bytes = match path.cast::<Bytes>() {
        Some(bytes) => bytes.as_bytes().to_vec(),
        None => encode_fs(vm, &*fs_text(vm, &path)?)?,
    };
    CString::new(bytes).map_err(|_| raise!(vm, ValueError, "embedded null byte"))
}

/// `LC_MESSAGES`.
fn messages() -> i32 {
    host::constants::find(host::constants::LOCALE, "LC_MESSAGES").unwrap_or(5) as i32
}

fn translated(vm: &Vm, domain: Option<&Ref<Str>>, msg: &Str, category: i32) -> Result<Ref<Str>> {
    let domain = domain.map(|domain| c_utf8(vm, domain)).transpose()?;
    let found = host::locale::translate(domain.as_deref(), &c_utf8(vm, msg)?, category);
    decode_fs(vm, &found)
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

    /// gettext(msg) -> string
    ///
    /// Return translation of msg.
    #[py("gettext(msg, /)")]
    fn gettext(vm: &Vm, msg: &Ref<Str>) -> Result<Ref<Str>> {
        translated(vm, None, msg, messages())
    }

    /// dgettext(domain, msg) -> string
    ///
    /// Return translation of msg in domain.
    #[py("dgettext(domain, msg, /)")]
    fn dgettext(vm: &Vm, domain: &Object, msg: &Ref<Str>) -> Result<Ref<Str>> {
        let domain = text_or_none(vm, domain, "dgettext() argument 1")?;
        translated(vm, domain, msg, messages())
    }

    /// Return translation of msg in domain and category.
    #[py("dcgettext(domain, msg, category, /)")]
    fn dcgettext(vm: &Vm, domain: &Object, msg: &Ref<Str>, category: i32) -> Result<Ref<Str>> {
        let domain = text_or_none(vm, domain, "dcgettext() argument 1")?;
        translated(vm, domain, msg, category)
    }

    /// Set the C library's textdmain to domain, returning the new domain.
    #[py("textdomain(domain, /)")]
    fn textdomain(vm: &Vm, domain: &Object) -> Result<Ref<Str>> {
        let domain = text_or_none(vm, domain, "textdomain() argument")?;
        let domain = domain.map(|domain| c_utf8(vm, domain)).transpose()?;
        match host::locale::text_domain(domain.as_deref()) {
            Some(found) => decode_fs(vm, &found),
            None => Err(os_error(vm, &std::io::Error::last_os_error(), None)),
        }
    }

    /// Bind the C library's domain to dir.
    #[py("bindtextdomain(domain, dir, /)")]
    fn bindtextdomain(vm: &Vm, domain: &Ref<Str>, dir: &Object) -> Result<Ref<Str>> {
        let domain = c_utf8(vm, domain)?;
        if domain.is_empty() {
            return Err(failed(vm, "domain must be a non-empty string"));
        }
        let dir = Some(dir).filter(|dir| !dir.is(&none())).map(|dir| fs_bytes(vm, dir)).transpose()?;
        match host::locale::bind_text_domain(&domain, dir.as_deref()) {
            Ok(found) => decode_fs(vm, &found),
            Err(error) => Err(os_error(vm, &error, None)),
        }
    }

    /// Bind the C library's domain to codeset.
    #[py("bind_textdomain_codeset(domain, codeset, /)")]
    fn bind_textdomain_codeset(vm: &Vm, domain: &Ref<Str>, codeset: &Object) -> Result<Option<Ref<Str>>> {
        let codeset = text_or_none(vm, codeset, "bind_textdomain_codeset() argument 2")?;
        let codeset = codeset.map(|codeset| c_utf8(vm, codeset)).transpose()?;
        let found = host::locale::bind_codeset(&c_utf8(vm, domain)?, codeset.as_deref());
        found.map(|found| decode_fs(vm, &found)).transpose()
    }

    /// Return the name of the locale's encoding.
    #[py("getencoding()")]
    fn getencoding() -> &'static str {
        "UTF-8"
    }
}
