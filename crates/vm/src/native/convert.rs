//! Conversions between Python objects and the Rust types of native parameters and results, each with CPython's wording.

use super::{Default, Signature};
use crate::builtins::str::Str;
use crate::exception::types;
use crate::object::cast::Cast;
use crate::object::{PyType, type_name};
use crate::prelude::*;
use crate::protocol::{number, object as protocol};
use std::borrow::Cow;

/// Which parameter is being converted: for errors and defaults.
#[derive(Clone, Copy)]
pub struct ArgSite {
    pub signature: &'static Signature,
    pub index: u8,
}

impl ArgSite {
    pub fn default(self) -> Default {
        self.signature.params[self.index as usize].default
    }

    /// How CPython names the argument: by position for positional-only parameters, by name otherwise.
    pub fn label(self) -> String {
        let param = &self.signature.params[self.index as usize];
        let name = self.signature.name;
        if param.kind == super::ParamKind::PositionalOnly {
            if self.signature.params.len() == 1 {
                format!("{name}() argument")
            } else {
                format!("{name}() argument {}", self.index + 1)
            }
        } else {
            format!("{name}() argument '{}'", param.name)
        }
    }

    /// `f() argument 1 must be str, not int`.
    #[cold]
    pub fn wrong_type(self, vm: &Vm, expected: &str, got: &Object) -> Raised {
        let got = if got.is(&none()) { "None".to_owned() } else { type_name(got).to_string() };
        let or_none = if expected == "str" && self.default() == Default::None { " or None" } else { "" };
        raise!(vm, TypeError, "{} must be {expected}{or_none}, not {got}", self.label())
    }
}

/// Conversion of one argument.
pub trait FromArg<'a>: Sized {
    fn from_arg(vm: &Vm, value: &'a Object, at: ArgSite) -> Result<Self>;

    /// The value when nothing was given.
    fn absent(vm: &Vm, at: ArgSite) -> Result<Self> {
        Err(raise!(vm, SystemError, "{} has a default that its type cannot take", at.label()))
    }
}

impl<'a> FromArg<'a> for &'a Object {
    #[inline(always)]
    fn from_arg(_: &Vm, value: &'a Object, _: ArgSite) -> Result<Self> {
        Ok(value)
    }
}

impl FromArg<'_> for Object {
    #[inline(always)]
    fn from_arg(_: &Vm, value: &Object, _: ArgSite) -> Result<Self> {
        Ok(value.clone())
    }
    fn absent(vm: &Vm, at: ArgSite) -> Result<Self> {
        Ok(match at.default() {
            Default::None => none(),
            Default::Bool(b) => b.object(),
            Default::Int(i) => Int::from_i64(i),
            Default::Float(f) => Float::from_f64(f),
            Default::Str(s) => Str::new(s).into_object(),
            Default::Expr("()") => Tuple::empty().into_object(),
            Default::Expr("b''") => Bytes::new(b"").into_object(),
            _ => return Err(raise!(vm, SystemError, "{} has a default that has no value", at.label())),
        })
    }
}

/// Absent, or None where the signature's default is None: `None`.
impl<'a, T: FromArg<'a>> FromArg<'a> for Option<T> {
    #[inline]
    fn from_arg(vm: &Vm, value: &'a Object, at: ArgSite) -> Result<Self> {
        if value.is(&none()) && at.default() == Default::None {
            return Ok(None);
        }
        Ok(Some(T::from_arg(vm, value, at)?))
    }
    #[inline(always)]
    fn absent(_: &Vm, _: ArgSite) -> Result<Self> {
        Ok(None)
    }
}

/// `&Ref<T>`: an instance of the built-in type.
impl<'a, T: PyType> FromArg<'a> for &'a Ref<T> {
    #[inline]
    fn from_arg(vm: &Vm, value: &'a Object, at: ArgSite) -> Result<Self> {
        value.cast::<T>().ok_or_else(|| at.wrong_type(vm, T::NAME, value))
    }
}

impl<T: PyType> FromArg<'_> for Ref<T> {
    #[inline]
    fn from_arg(vm: &Vm, value: &Object, at: ArgSite) -> Result<Self> {
        value.cast::<T>().cloned().ok_or_else(|| at.wrong_type(vm, T::NAME, value))
    }
    fn absent(vm: &Vm, at: ArgSite) -> Result<Self> {
        let value = Object::absent(vm, at)?;
        Self::from_arg(vm, &value, at)
    }
}

impl FromArg<'_> for bool {
    #[inline]
    fn from_arg(vm: &Vm, value: &Object, _: ArgSite) -> Result<Self> {
        protocol::is_true(vm, value)
    }
    fn absent(vm: &Vm, at: ArgSite) -> Result<Self> {
        match at.default() {
            Default::Bool(b) => Ok(b),
            Default::Int(i) => Ok(i != 0),
            Default::None => Ok(false),
            _ => Err(raise!(vm, SystemError, "{} has a default that is no bool", at.label())),
        }
    }
}

#[inline]
fn default_int(vm: &Vm, at: ArgSite) -> Result<i64> {
    match at.default() {
        Default::Int(i) => Ok(i),
        Default::Bool(b) => Ok(i64::from(b)),
        Default::Expr("sys.maxsize") => Ok(i64::MAX),
        _ => Err(raise!(vm, SystemError, "{} has a default that is no int", at.label())),
    }
}

/// The integer in the range of a C type, by `__index__`.
#[inline(never)]
fn int_between(vm: &Vm, value: &Object, least: i128, most: i128, too_big: &str, negative: &str) -> Result<i128> {
    let index = number::index(vm, value)?;
    match Int::to_i128(&index) {
        Some(wide) if (least..=most).contains(&wide) => Ok(wide),
        Some(wide) if wide < 0 && least == 0 => Err(raise!(vm, OverflowError, "{negative}")),
        Some(wide) if wide < 0 && most < i128::from(i64::MAX) => {
            Err(raise!(vm, OverflowError, "{}", too_big.replace("greater than maximum", "less than minimum")))
        }
        _ => Err(raise!(vm, OverflowError, "{too_big}")),
    }
}

macro_rules! ints {
    ($($t:ty, $too_big:literal, $negative:literal;)*) => { $(
        impl FromArg<'_> for $t {
            #[inline]
            fn from_arg(vm: &Vm, value: &Object, _: ArgSite) -> Result<Self> {
                if let Some(small) = value.as_small_int() && let Ok(fits) = <$t>::try_from(small) {
                    return Ok(fits);
                }
                Ok(int_between(vm, value, <$t>::MIN as i128, <$t>::MAX as i128, $too_big, $negative)? as $t)
            }
            #[inline]
            fn absent(vm: &Vm, at: ArgSite) -> Result<Self> {
                <$t>::try_from(default_int(vm, at)?).map_err(|_| raise!(vm, SystemError, "a default out of range"))
            }
        }
    )* };
}
ints! {
    u8, "unsigned byte integer is greater than maximum", "unsigned byte integer is less than minimum";
    i16, "signed short integer is greater than maximum", "";
    u16, "Python int too large to convert to C unsigned short", "value must be positive";
    i32, "signed integer is greater than maximum", "";
    u32, "Python int too large to convert to C unsigned int", "value must be positive";
    i64, "Python int too large to convert to C long", "";
    u64, "Python int too large to convert to C unsigned long", "can't convert negative int to unsigned";
    usize, "Python int too large to convert to C ssize_t", "value must be positive";
}

/// `Py_ssize_t`: through `__index__`, OverflowError when it does not fit.
impl FromArg<'_> for isize {
    #[inline]
    fn from_arg(vm: &Vm, value: &Object, _: ArgSite) -> Result<Self> {
        if let Some(small) = value.as_small_int() {
            return Ok(small as isize);
        }
        number::as_ssize(vm, value, Some(&types::OverflowError))
    }
    #[inline]
    fn absent(vm: &Vm, at: ArgSite) -> Result<Self> {
        Ok(default_int(vm, at)? as isize)
    }
}

impl FromArg<'_> for f64 {
    #[inline]
    fn from_arg(vm: &Vm, value: &Object, _: ArgSite) -> Result<Self> {
        number::as_f64(vm, value)
    }
    fn absent(vm: &Vm, at: ArgSite) -> Result<Self> {
        match at.default() {
            Default::Float(f) => Ok(f),
            Default::Int(i) => Ok(i as f64),
            _ => Err(raise!(vm, SystemError, "{} has a default that is no float", at.label())),
        }
    }
}

/// A `str` argument as UTF-8 text; a surrogate is a UnicodeEncodeError.
impl FromArg<'_> for String {
    fn from_arg(vm: &Vm, value: &Object, at: ArgSite) -> Result<Self> {
        match value.cast::<Str>() {
            Some(text) => text.to_utf8(vm),
            None => Err(at.wrong_type(vm, "str", value)),
        }
    }
    fn absent(vm: &Vm, at: ArgSite) -> Result<Self> {
        match at.default() {
            Default::Str(s) => Ok(s.to_owned()),
            _ => Err(raise!(vm, SystemError, "{} has a default that is no str", at.label())),
        }
    }
}

/// As `String`, borrowed where the text is ASCII.
impl<'a> FromArg<'a> for Cow<'a, str> {
    #[inline]
    fn from_arg(vm: &Vm, value: &'a Object, at: ArgSite) -> Result<Self> {
        match value.cast::<Str>().and_then(|text| text.as_ascii()) {
            Some(ascii) => Ok(Cow::Borrowed(ascii)),
            None => String::from_arg(vm, value, at).map(Cow::Owned),
        }
    }
    fn absent(vm: &Vm, at: ArgSite) -> Result<Self> {
        match at.default() {
            Default::Str(s) => Ok(Cow::Borrowed(s)),
            _ => String::absent(vm, at).map(Cow::Owned),
        }
    }
}

/// Any object with `__index__`, clipped into `Py_ssize_t` (sequence indices in methods like `list.pop`).
pub struct Index(pub isize);

impl FromArg<'_> for Index {
    fn from_arg(vm: &Vm, value: &Object, _: ArgSite) -> Result<Self> {
        Ok(Index(number::as_ssize(vm, value, None)?))
    }
    fn absent(vm: &Vm, at: ArgSite) -> Result<Self> {
        Ok(Index(default_int(vm, at)? as isize))
    }
}

/// A slice bound: None or any object with `__index__`, clipped.
#[derive(Clone, Copy)]
pub struct SliceIndex(pub isize);

impl SliceIndex {
    /// The position in a sequence of `len` items: negative counts from the end, then clamped to 0..=len.
    pub fn clamp(self, len: usize) -> usize {
        if self.0 < 0 { len.saturating_sub(self.0.unsigned_abs()) } else { (self.0 as usize).min(len) }
    }
}

impl FromArg<'_> for SliceIndex {
    #[inline]
    fn from_arg(vm: &Vm, value: &Object, at: ArgSite) -> Result<Self> {
        match value.as_small_int() {
            Some(small) => Ok(SliceIndex(small as isize)),
            None => Self::bound(vm, value, at),
        }
    }
    #[inline]
    fn absent(vm: &Vm, at: ArgSite) -> Result<Self> {
        match at.default() {
            // `start=None, end=None`: the first is the beginning, the second the end.
            Default::None => {
                let name = at.signature.params[at.index as usize].name;
                Ok(SliceIndex(if name.starts_with("start") { 0 } else { isize::MAX }))
            }
            _ => Ok(SliceIndex(default_int(vm, at)? as isize)),
        }
    }
}

impl SliceIndex {
    /// A bound that is no small int.
    fn bound(vm: &Vm, value: &Object, at: ArgSite) -> Result<Self> {
        if value.is(&none()) {
            return match at.default() {
                Default::None => Self::absent(vm, at),
                _ => Err(raise!(vm, TypeError, "slice indices must be integers or have an __index__ method")),
            };
        }
        if !number::has_index(value) {
            return Err(match at.default() {
                Default::None => {
                    raise!(vm, TypeError, "slice indices must be integers or None or have an __index__ method")
                }
                _ => raise!(vm, TypeError, "slice indices must be integers or have an __index__ method"),
            });
        }
        Ok(SliceIndex(number::as_ssize(vm, value, None)?))
    }
}

/// What a native function may return.
pub trait IntoResult {
    fn into_result(self, vm: &Vm) -> Result<Object>;
}

impl IntoResult for Object {
    #[inline(always)]
    fn into_result(self, _: &Vm) -> Result<Object> {
        Ok(self)
    }
}

impl<T> IntoResult for Ref<T> {
    #[inline(always)]
    fn into_result(self, _: &Vm) -> Result<Object> {
        Ok(self.into_object())
    }
}

impl IntoResult for () {
    #[inline(always)]
    fn into_result(self, _: &Vm) -> Result<Object> {
        Ok(none())
    }
}

impl<T: IntoResult> IntoResult for Result<T> {
    #[inline(always)]
    fn into_result(self, vm: &Vm) -> Result<Object> {
        self?.into_result(vm)
    }
}

impl<T: IntoResult> IntoResult for Option<T> {
    #[inline(always)]
    fn into_result(self, vm: &Vm) -> Result<Object> {
        match self {
            Some(value) => value.into_result(vm),
            None => Ok(none()),
        }
    }
}

macro_rules! into_result {
    ($($t:ty => |$v:ident| $e:expr;)*) => { $(
        impl IntoResult for $t {
            #[inline]
            fn into_result(self, _: &Vm) -> Result<Object> {
                let $v = self;
                Ok($e)
            }
        }
    )* };
}
into_result! {
    bool => |v| v.object();
    f64 => |v| Float::from_f64(v);
    i64 => |v| Int::from_i64(v);
    i32 => |v| Object::int32(v);
    u8 => |v| Object::int32(i32::from(v));
    u16 => |v| Object::int32(i32::from(v));
    u32 => |v| Int::from_i64(i64::from(v));
    isize => |v| Int::from_i64(v as i64);
    usize => |v| Int::from_i128(v as i128);
    u64 => |v| Int::from_i128(i128::from(v));
    i128 => |v| Int::from_i128(v);
    &str => |v| Str::new(v).into_object();
    String => |v| Str::new(&v).into_object();
    Vec<Object> => |v| List::from_vec(v).into_object();
}

macro_rules! tuples {
    ($(($($t:ident $i:tt),+);)*) => { $(
        impl<$($t: IntoResult),+> IntoResult for ($($t,)+) {
            fn into_result(self, vm: &Vm) -> Result<Object> {
                Ok(Tuple::from_slice(&[$(self.$i.into_result(vm)?),+]).into_object())
            }
        }
    )* };
}
tuples! { (A 0); (A 0, B 1); (A 0, B 1, C 2); (A 0, B 1, C 2, D 3); (A 0, B 1, C 2, D 3, E 4); }

/// What a slot with an exact result may return: the value, or a `Result` of it.
pub trait IntoExact<T> {
    fn into_exact(self) -> Result<T>;
}

impl<T> IntoExact<T> for T {
    #[inline(always)]
    fn into_exact(self) -> Result<T> {
        Ok(self)
    }
}

impl<T> IntoExact<T> for Result<T> {
    #[inline(always)]
    fn into_exact(self) -> Result<T> {
        self
    }
}
