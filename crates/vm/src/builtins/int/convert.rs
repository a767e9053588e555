//! Conversions to int and from it: `int(x, base)`, bytes, rounding to powers of ten.

use super::{Int, out_of_memory};
use crate::object::{type_name, type_of};
use crate::prelude::*;
use crate::protocol::number as protocol;
use number::{BigInt, int};

/// `int(x, base)` without the class.
pub(super) fn int_from(vm: &Vm, object: Option<&Object>, base: Option<&Object>) -> Result<Object> {
    use crate::protocol::object::ErrorText;
    let Some(object) = object else {
        if base.is_some() {
            bail!(vm, TypeError, "int() missing string argument");
        }
        return Ok(Object::int32(0));
    };
    let Some(base) = base else { return to_int(vm, object) };
    let n = protocol::as_ssize(vm, base, None)?;
    if n != 0 && !(2..=36).contains(&n) {
        bail!(vm, ValueError, "int() base must be >= 2 and <= 36, or 0");
    }
    if let Some(text) = object.cast::<Str>() {
        return Int::parse(vm, &text.ascii_digits(), n as u32, object);
    }
    if let Some(bytes) = crate::builtins::bytes::bytes_or_bytearray(object) {
        return Int::parse(vm, &bytes, n as u32, object);
    }
    let _ = object.repr_for_error(vm);
    Err(raise!(vm, TypeError, "int() can't convert non-string with explicit base"))
}

/// `int(x)`.
pub fn to_int(vm: &Vm, object: &Object) -> Result<Object> {
    if object.is_exact::<Int>() {
        return Ok(object.clone());
    }
    let kind = type_of(object);
    if let Some(slot) = kind.slots.int.get() {
        let result = slot(vm, object)?;
        if result.is_exact::<Int>() {
            return Ok(result);
        }
        if !result.is_instance_of::<Int>() {
            bail!(vm, TypeError, "__int__ returned non-int (type {})", type_of(&result).tp_name());
        }
        let message = format!(
            "__int__ returned non-int (type {}).  The ability to return an instance of a strict subclass of int is deprecated, and may not be supported in a future version of Python.",
            type_of(&result).tp_name()
        );
        vm.warn(&crate::exception::types::DeprecationWarning, &message, 1)?;
        return Ok(Int::to_exact(&result));
    }
    if kind.slots.index.get().is_some() {
        return protocol::index(vm, object);
    }
    if let Some(text) = object.cast::<Str>() {
        return Int::parse(vm, &text.ascii_digits(), 10, object);
    }
    if let Some(bytes) = crate::builtins::bytes::bytes_or_bytearray(object) {
        return Int::parse(vm, &bytes, 10, object);
    }
    if kind.slots.buffer.get().is_some() {
        let buffer = crate::object::buffer::get_buffer(vm, object, crate::object::buffer::request::SIMPLE)?;
        let bytes = buffer.to_vec();
        buffer.release(vm);
        return Int::parse(vm, &bytes, 10, object);
    }
    Err(raise!(
        vm,
        TypeError,
        "int() argument must be a string, a bytes-like object or a real number, not '{}'",
        kind.tp_name()
    ))
}

/// Whether `byteorder` names big endian.
fn is_big(vm: &Vm, byteorder: &str) -> Result<bool> {
    match byteorder {
        "big" => Ok(true),
        "little" => Ok(false),
        _ => Err(raise!(vm, ValueError, "byteorder must be either 'little' or 'big'")),
    }
}

/// `int.to_bytes`.
pub(super) fn to_bytes(vm: &Vm, this: &Object, length: isize, byteorder: &str, signed: bool) -> Result<Ref<Bytes>> {
    let big = is_big(vm, byteorder)?;
    let Ok(length) = usize::try_from(length) else {
        bail!(vm, ValueError, "length argument must be non-negative");
    };
    let value = Int::to_big(this).unwrap_or_default();
    match int::to_bytes(&value, length, big, signed) {
        Ok(bytes) => Bytes::try_new(vm, &bytes),
        Err(int::BytesError::Negative) => Err(raise!(vm, OverflowError, "can't convert negative int to unsigned")),
        Err(int::BytesError::TooBig) => Err(raise!(vm, OverflowError, "int too big to convert")),
        Err(int::BytesError::Memory) => Err(vm.out_of_memory()),
    }
}

/// The number that at most seven bytes stand for.
fn few_bytes(data: &[u8], big: bool, signed: bool) -> i64 {
    let mut whole = [0; 8];
    // At the top, for the sign.
    if big {
        whole[..data.len()].copy_from_slice(data);
    } else {
        whole[8 - data.len()..].copy_from_slice(data);
    }
    let (word, unused) = (if big { i64::from_be_bytes(whole) } else { i64::from_le_bytes(whole) }, 64 - 8 * data.len());
    match (data.is_empty(), signed) {
        (true, _) => 0,
        (_, true) => word >> unused,
        (_, false) => (word as u64 >> unused) as i64,
    }
}

/// `int.from_bytes`.
pub(super) fn from_bytes(vm: &Vm, cls: &Ref<Type>, bytes: &Object, byteorder: &str, signed: bool) -> Result<Object> {
    let big = is_big(vm, byteorder)?;
    if let Some(data) = bytes.cast_exact::<Bytes>().map(|data| data.as_bytes())
        && data.len() <= 7
        && cls.is(Int::class())
    {
        return Ok(Int::from_i64(few_bytes(data, big, signed)));
    }
    let data = if let Some(result) = crate::object::slot_table::call_special(vm, bytes, vm.names().__bytes__(), &[])? {
        match result.cast::<Bytes>() {
            Some(data) => data.as_bytes().to_vec(),
            None => bail!(vm, TypeError, "__bytes__ returned non-bytes (type {})", type_name(&result)),
        }
    } else if crate::builtins::bytes::common::is_like(bytes) {
        crate::builtins::bytes::common::like(vm, bytes)?.into_owned()
    } else if bytes.cast::<Str>().is_some() || type_of(bytes).slots.iter.get().is_none() {
        bail!(vm, TypeError, "cannot convert '{}' object to bytes", type_name(bytes));
    } else {
        crate::builtins::bytes::common::from_iterable(vm, bytes, "bytes")?
    };
    let value = Int::from_big(vm, out_of_memory(vm, int::from_bytes(&data, big, signed))?)?;
    if cls.is(Int::class()) {
        return Ok(value);
    }
    crate::protocol::call::call(vm, cls.as_object(), &[value])
}

/// `round(int, ndigits)`: to the nearest multiple of a power of ten, halves to even.
pub(super) fn round(vm: &Vm, this: &Object, ndigits: Option<&Object>) -> Result<Object> {
    let Some(ndigits) = ndigits else { return Ok(Int::to_exact(this)) };
    let digits = protocol::index(vm, ndigits)?;
    if !Int::is_negative(&digits) {
        return Ok(Int::to_exact(this));
    }
    let value = Int::to_big(this).unwrap_or_default();
    // Beyond as many digits as there can be, the nearest multiple is zero.
    let Some(places) = Int::to_i64(&digits).map(i64::unsigned_abs).filter(|&n| n <= int::bit_length(&value)) else {
        return Ok(Object::int32(0));
    };
    let unit = out_of_memory(vm, int::pow(&BigInt::from(10), places))?;
    let (quotient, rest) = int::divmod(&value, &unit).unwrap_or_default();
    let twice = &rest + &rest;
    let up = twice > unit || (twice == unit && int::is_odd(&quotient));
    let rounded = (&quotient + BigInt::from(u8::from(up))) * &unit;
    Int::from_big(vm, rounded)
}
