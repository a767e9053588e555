//! The `_sre` engine: it runs the code that CPython's own `re._compiler` produces.
//!
//! [`Program::new`] checks the code and translates it (see `program`); [`Program::run`] matches it by backtracking on a stack
//! of its own (see `exec`), so that no pattern or input exhausts the native one. Locale-dependent operations
//! (`re.LOCALE`, bytes only) follow the C locale.
#![forbid(unsafe_code)]

mod charset;
mod compile;
mod exec;
mod program;
mod search;

pub use exec::{Input, Mode, State, Stop};
pub use program::{Invalid, Program};

/// `_sre.MAGIC`.
pub const MAGIC: u32 = 20230612;
/// `_sre.CODESIZE`: bytes in a code word.
pub const CODESIZE: usize = 4;
/// `_sre.MAXREPEAT`: "any number of times".
pub const MAXREPEAT: u32 = u32::MAX;
/// `_sre.MAXGROUPS`.
pub const MAXGROUPS: u32 = i32::MAX as u32 / 2;

/// `_sre.ascii_iscased`.
pub fn ascii_iscased(code: u32) -> bool {
    code < 128 && (code as u8).is_ascii_alphabetic()
}

/// `_sre.ascii_tolower`.
pub fn ascii_tolower(code: u32) -> u32 {
    if code < 128 { u32::from((code as u8).to_ascii_lowercase()) } else { code }
}

/// `_sre.unicode_iscased`.
pub fn unicode_iscased(code: u32) -> bool {
    text::case::simple_lower(code) != code || text::case::simple_upper(code) != code
}

/// `_sre.unicode_tolower`.
pub fn unicode_tolower(code: u32) -> u32 {
    text::case::simple_lower(code)
}

/// `_sre.getlower`: the lower case under the flags of a pattern.
pub fn getlower(code: u32, flags: u32) -> u32 {
    const LOCALE: u32 = 4;
    const UNICODE: u32 = 32;
    match flags {
        _ if flags & LOCALE != 0 => ascii_tolower(code),
        _ if flags & UNICODE != 0 => unicode_tolower(code),
        _ => ascii_tolower(code),
    }
}
