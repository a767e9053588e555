//! The C library's locale. It belongs to the whole process; calls here wait for each other.

use crate::call::copy_str;
use std::cmp::Ordering;
use std::ffi::{CStr, c_char};
use std::sync::{Mutex, PoisonError};

static LOCK: Mutex<()> = Mutex::new(());

/// `setlocale(3)`: sets the locale of a category (`LC_*`), or asks for it; `None`: no such locale.
pub fn set(category: i32, locale: Option<&CStr>) -> Option<Vec<u8>> {
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let pointer = locale.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: I1, I3, under the lock.
    unsafe { copy_str(libc::setlocale(category, pointer)) }
}

/// What `localeconv(3)` says, by C's names; groupings are the bytes before the 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conventions {
    /// `decimal_point` and its like.
    pub texts: Vec<(&'static str, Vec<u8>)>,
    /// `grouping` and `mon_grouping`: group sizes; 127 (`CHAR_MAX`) ends the grouping.
    pub groupings: Vec<(&'static str, Vec<u8>)>,
    /// `int_frac_digits` and its like; 127 (`CHAR_MAX`): not specified.
    pub numbers: Vec<(&'static str, i32)>,
}

/// `localeconv(3)`
pub fn conventions() -> Conventions {
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: I3, under the lock; the structure is never NULL.
    let c = unsafe { *libc::localeconv() };
    // SAFETY: C strings of the structure, under the lock.
    let text = |pointer: *mut libc::c_char| unsafe { copy_str(pointer) }.unwrap_or_default();
    Conventions {
        texts: vec![
            ("decimal_point", text(c.decimal_point)),
            ("thousands_sep", text(c.thousands_sep)),
            ("int_curr_symbol", text(c.int_curr_symbol)),
            ("currency_symbol", text(c.currency_symbol)),
            ("mon_decimal_point", text(c.mon_decimal_point)),
            ("mon_thousands_sep", text(c.mon_thousands_sep)),
            ("positive_sign", text(c.positive_sign)),
            ("negative_sign", text(c.negative_sign)),
        ],
        groupings: vec![("grouping", text(c.grouping)), ("mon_grouping", text(c.mon_grouping))],
        numbers: vec![
            ("int_frac_digits", i32::from(c.int_frac_digits)),
            ("frac_digits", i32::from(c.frac_digits)),
            ("p_cs_precedes", i32::from(c.p_cs_precedes)),
            ("p_sep_by_space", i32::from(c.p_sep_by_space)),
            ("n_cs_precedes", i32::from(c.n_cs_precedes)),
            ("n_sep_by_space", i32::from(c.n_sep_by_space)),
            ("p_sign_posn", i32::from(c.p_sign_posn)),
            ("n_sign_posn", i32::from(c.n_sign_posn)),
        ],
    }
}

/// `nl_langinfo(3)`
pub fn info(item: i32) -> Vec<u8> {
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: I3, under the lock; an unknown item gives an empty string.
    unsafe { copy_str(libc::nl_langinfo(item)) }.unwrap_or_default()
}

/// `strcoll(3)`
pub fn compare(a: &CStr, b: &CStr) -> Ordering {
    get!(libc::strcoll(a.as_ptr(), b.as_ptr())).cmp(&0)
}

/// `strxfrm(3)`: bytes whose order is that of [`compare`].
pub fn sort_key(text: &CStr) -> Vec<u8> {
    let mut buffer = vec![0u8; text.count_bytes() * 4 + 1];
    loop {
        let len = get!(libc::strxfrm(buffer.as_mut_ptr().cast(), text.as_ptr(), buffer.len()));
        if len < buffer.len() {
            buffer.truncate(len);
            return buffer;
        }
        buffer.resize(len + 1, 0);
    }
}

unsafe extern "C" {
    fn textdomain(domain: *const c_char) -> *mut c_char;
    fn dcgettext(domain: *const c_char, message: *const c_char, category: i32) -> *mut c_char;
    fn bindtextdomain(domain: *const c_char, directory: *const c_char) -> *mut c_char;
    fn bind_textdomain_codeset(domain: *const c_char, codeset: *const c_char) -> *mut c_char;
}

fn or_null(text: Option<&CStr>) -> *const c_char {
    text.map_or(std::ptr::null(), CStr::as_ptr)
}

/// `textdomain(3)`: the domain of messages from now on (`None`: as it is); `None` without memory.
pub fn text_domain(domain: Option<&CStr>) -> Option<Vec<u8>> {
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: I1, I3, under the lock.
    unsafe { copy_str(textdomain(or_null(domain))) }
}

/// `dcgettext(3)`: the translation of a message, or the message itself.
pub fn translate(domain: Option<&CStr>, message: &CStr, category: i32) -> Vec<u8> {
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: I1, I3, under the lock.
    unsafe { copy_str(dcgettext(or_null(domain), message.as_ptr(), category)) }.unwrap_or_default()
}

/// `bindtextdomain(3)`: where the messages of a domain lie; `Err` as the library fails.
pub fn bind_text_domain(domain: &CStr, directory: Option<&CStr>) -> std::io::Result<Vec<u8>> {
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: I1, I3, under the lock.
    let found = unsafe { copy_str(bindtextdomain(domain.as_ptr(), or_null(directory))) };
    found.ok_or_else(std::io::Error::last_os_error)
}

/// `bind_textdomain_codeset(3)`: how the messages of a domain are encoded; `None`: as the locale says.
pub fn bind_codeset(domain: &CStr, codeset: Option<&CStr>) -> Option<Vec<u8>> {
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: I1, I3, under the lock.
    unsafe { copy_str(bind_textdomain_codeset(domain.as_ptr(), or_null(codeset))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_locale() {
        assert_eq!(set(libc::LC_ALL, None).as_deref(), Some(&b"C"[..]));
        assert_eq!(set(libc::LC_ALL, Some(c"no such locale")), None);
        assert_eq!(conventions().texts[0], ("decimal_point", b".".to_vec()));
        assert_eq!(info(libc::CODESET), b"ANSI_X3.4-1968");
        assert_eq!(compare(c"a", c"b"), Ordering::Less);
        assert_eq!(sort_key(c"abc"), b"abc");
        assert_eq!(text_domain(None).as_deref(), Some(&b"messages"[..]));
        assert_eq!(bind_text_domain(c"d", Some(c"/d")).unwrap(), b"/d");
        assert_eq!(bind_text_domain(c"d", None).unwrap(), b"/d");
        assert_eq!(bind_codeset(c"d", None), None);
        assert_eq!(translate(Some(c"d"), c"message", libc::LC_MESSAGES), b"message");
    }
}
