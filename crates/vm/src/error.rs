//! Errors: the exception itself is on the thread, `Raised` only says that there is one.

/// An exception has been set on the current thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Raised;

/// What every operation that can raise returns.
pub type Result<T, E = Raised> = std::result::Result<T, E>;

/// Makes an exception of a built-in type with a formatted message, raises it, and gives [`Raised`].
///
/// `raise!(vm, TypeError, "'{}' object is not callable", name)`. Formatting happens out of line.
#[macro_export]
macro_rules! raise {
    ($vm:expr, $kind:ident $(,)?) => {
        $vm.raise_empty(&$crate::exception::types::$kind)
    };
    ($vm:expr, $kind:ident, $($arg:tt)+) => {
        $vm.raise_message(&$crate::exception::types::$kind, ::core::format_args!($($arg)+))
    };
}

/// `return Err(raise!(…))`.
#[macro_export]
macro_rules! bail {
    ($($arg:tt)+) => { return ::core::result::Result::Err($crate::raise!($($arg)+)) };
}
