//! Numbers: operators by slots, and conversions.

use crate::builtins::complex::Complex;
use crate::builtins::none::is_not_implemented;
use crate::object::slots::{Binary, Ternary};
use crate::object::{Slots, attr, slot_table, type_of};
use crate::prelude::*;

/// One binary operator: its slots and its sign in messages.
struct Operator {
    slot: fn(&Slots) -> Option<Binary>,
    inplace: fn(&Slots) -> Option<Binary>,
    sign: &'static str,
    inplace_sign: &'static str,
}

macro_rules! operators {
    ($($name:ident $inplace:ident $slot:ident $inplace_slot:ident $sign:literal;)*) => {
        $(
            #[doc = concat!("`a ", $sign, " b`.")]
            pub fn $name(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
                binary(vm, a, b, &Operator { slot: |s| s.$slot.get(), inplace: |s| s.$inplace_slot.get(), sign: $sign, inplace_sign: concat!($sign, "=") })
            }
            #[doc = concat!("`a ", $sign, "= b`: the value to store.")]
            pub fn $inplace(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
                inplace(vm, a, b, &Operator { slot: |s| s.$slot.get(), inplace: |s| s.$inplace_slot.get(), sign: $sign, inplace_sign: concat!($sign, "=") })
            }
        )*
    };
}
operators! {
    sub inplace_sub sub inplace_sub "-";
    matmul inplace_matmul matmul inplace_matmul "@";
    truediv inplace_truediv truediv inplace_truediv "/";
    floordiv inplace_floordiv floordiv inplace_floordiv "//";
    mod_ inplace_mod_ mod_ inplace_mod_ "%";
    lshift inplace_lshift lshift inplace_lshift "<<";
    rshift inplace_rshift rshift inplace_rshift ">>";
    and inplace_and and inplace_and "&";
    or inplace_or or inplace_or "|";
    xor inplace_xor xor inplace_xor "^";
    number_add inplace_number_add add inplace_add "+";
    number_mul inplace_number_mul mul inplace_mul "*";
}

/// Tries the operands' slots: the left one first, unless the right one's type is a subclass with a slot of its own.
fn try_binary(vm: &Vm, a: &Object, b: &Object, slot: fn(&Slots) -> Option<Binary>) -> Result<Object> {
    let (left, right) = (type_of(a), type_of(b));
    let first = slot(&left.slots);
    let mut second = if left.is(right) { None } else { slot(&right.slots) };
    if first.map(|f| f as usize) == second.map(|f| f as usize) {
        second = None;
    }
    if let Some(first) = first {
        if let Some(other) = second.filter(|_| right.is_subtype(left)) {
            let result = other(vm, a, b)?;
            if !is_not_implemented(&result) {
                return Ok(result);
            }
            second = None;
        }
        let result = first(vm, a, b)?;
        if !is_not_implemented(&result) {
            return Ok(result);
        }
    }
    match second {
        Some(second) => second(vm, a, b),
        None => not_implemented(vm),
    }
}

#[cold]
fn unsupported(vm: &Vm, a: &Object, b: &Object, sign: &str) -> Raised {
    if sign == ">>"
        && let Some(print) = a.cast::<crate::native::BuiltinFunction>()
        && print.def.name == "print"
    {
        return raise!(
            vm,
            TypeError,
            "unsupported operand type(s) for {sign}: '{}' and '{}'. Did you mean \"print(<message>, file=<output_stream>)\"?",
            type_of(a).tp_name(),
            type_of(b).tp_name()
        );
    }
    raise!(
        vm,
        TypeError,
        "unsupported operand type(s) for {sign}: '{}' and '{}'",
        type_of(a).tp_name(),
        type_of(b).tp_name()
    )
}

fn binary(vm: &Vm, a: &Object, b: &Object, operator: &Operator) -> Result<Object> {
    let result = try_binary(vm, a, b, operator.slot)?;
    if is_not_implemented(&result) {
        return Err(unsupported(vm, a, b, operator.sign));
    }
    Ok(result)
}

fn try_inplace(vm: &Vm, a: &Object, b: &Object, operator: &Operator) -> Result<Object> {
    if let Some(slot) = (operator.inplace)(&type_of(a).slots) {
        let result = slot(vm, a, b)?;
        if !is_not_implemented(&result) {
            return Ok(result);
        }
    }
    try_binary(vm, a, b, operator.slot)
}

fn inplace(vm: &Vm, a: &Object, b: &Object, operator: &Operator) -> Result<Object> {
    let result = try_inplace(vm, a, b, operator)?;
    if is_not_implemented(&result) {
        return Err(unsupported(vm, a, b, operator.inplace_sign));
    }
    Ok(result)
}

/// `a + b`.
pub fn add(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
    let result = try_binary(vm, a, b, |s| s.add.get())?;
    if !is_not_implemented(&result) {
        return Ok(result);
    }
    match type_of(a).slots.concat.get() {
        Some(concat) => concat(vm, a, b),
        None => Err(unsupported(vm, a, b, "+")),
    }
}

/// `a += b`: the value to store.
pub fn inplace_add(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
    let operator = Operator { slot: |s| s.add.get(), inplace: |s| s.inplace_add.get(), sign: "+", inplace_sign: "+=" };
    let result = try_inplace(vm, a, b, &operator)?;
    if !is_not_implemented(&result) {
        return Ok(result);
    }
    let slots = &type_of(a).slots;
    match slots.inplace_concat.get().or(slots.concat.get()) {
        Some(concat) => concat(vm, a, b),
        None => Err(unsupported(vm, a, b, "+=")),
    }
}

fn repeat(
    vm: &Vm,
    sequence: &Object,
    count: &Object,
    slot: fn(&Vm, &Object, isize) -> Result<Object>,
) -> Result<Object> {
    if !has_index(count) {
        bail!(vm, TypeError, "can't multiply sequence by non-int of type '{}'", type_of(count).tp_name());
    }
    let n = as_ssize(vm, count, Some(&crate::exception::types::OverflowError))?;
    slot(vm, sequence, n)
}

/// `a * b`.
pub fn mul(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
    let result = try_binary(vm, a, b, |s| s.mul.get())?;
    if !is_not_implemented(&result) {
        return Ok(result);
    }
    if let Some(slot) = type_of(a).slots.repeat.get() {
        return repeat(vm, a, b, slot);
    }
    if let Some(slot) = type_of(b).slots.repeat.get() {
        return repeat(vm, b, a, slot);
    }
    Err(unsupported(vm, a, b, "*"))
}

/// `a *= b`: the value to store.
pub fn inplace_mul(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
    let operator = Operator { slot: |s| s.mul.get(), inplace: |s| s.inplace_mul.get(), sign: "*", inplace_sign: "*=" };
    let result = try_inplace(vm, a, b, &operator)?;
    if !is_not_implemented(&result) {
        return Ok(result);
    }
    let slots = &type_of(a).slots;
    if let Some(slot) = slots.inplace_repeat.get().or(slots.repeat.get()) {
        return repeat(vm, a, b, slot);
    }
    if let Some(slot) = type_of(b).slots.repeat.get() {
        return repeat(vm, b, a, slot);
    }
    Err(unsupported(vm, a, b, "*="))
}

/// `divmod(a, b)`.
pub fn divmod(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
    let result = try_binary(vm, a, b, |s| s.divmod.get())?;
    if is_not_implemented(&result) {
        return Err(unsupported(vm, a, b, "divmod()"));
    }
    Ok(result)
}

/// `pow(a, b, modulus)`, `a ** b`.
pub fn pow(vm: &Vm, a: &Object, b: &Object, modulus: Option<&Object>) -> Result<Object> {
    ternary(vm, a, b, modulus.filter(|m| !m.is(&none())), "** or pow()")
}

/// `a **= b`: the value to store.
pub fn inplace_pow(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
    if let Some(slot) = type_of(a).slots.inplace_pow.get() {
        let result = slot(vm, a, b, None)?;
        if !is_not_implemented(&result) {
            return Ok(result);
        }
    }
    ternary(vm, a, b, None, "**=")
}

fn ternary(vm: &Vm, a: &Object, b: &Object, c: Option<&Object>, sign: &str) -> Result<Object> {
    let slot = |o: &Object| type_of(o).slots.pow.get();
    let (left, right) = (type_of(a), type_of(b));
    let first = slot(a);
    let mut second = if left.is(right) { None } else { slot(b) };
    if first.map(|f| f as usize) == second.map(|f| f as usize) {
        second = None;
    }
    let third = c.and_then(slot).filter(|f| {
        let f = *f as usize;
        first.is_none_or(|g| g as usize != f) && second.is_none_or(|g| g as usize != f)
    });
    let order: [Option<Ternary>; 3] = if second.is_some() && first.is_some() && right.is_subtype(left) {
        [second, first, third]
    } else {
        [first, second, third]
    };
    for slot in order.into_iter().flatten() {
        let result = slot(vm, a, b, c)?;
        if !is_not_implemented(&result) {
            return Ok(result);
        }
    }
    match c {
        None => Err(unsupported(vm, a, b, sign)),
        Some(c) => Err(raise!(
            vm,
            TypeError,
            "unsupported operand type(s) for {sign}: '{}', '{}', '{}'",
            type_of(a).tp_name(),
            type_of(b).tp_name(),
            type_of(c).tp_name()
        )),
    }
}

macro_rules! unary {
    ($($name:ident $slot:ident $sign:literal;)*) => { $(
        #[doc = concat!("`", $sign, "`.")]
        pub fn $name(vm: &Vm, a: &Object) -> Result<Object> {
            match type_of(a).slots.$slot.get() {
                Some(slot) => slot(vm, a),
                None => Err(raise!(vm, TypeError, concat!("bad operand type for ", $sign, ": '{}'"), type_of(a).tp_name())),
            }
        }
    )* };
}
unary! {
    neg neg "unary -";
    pos pos "unary +";
    invert invert "unary ~";
    abs abs "abs()";
}

/// Whether the object can be an index.
pub fn has_index(object: &Object) -> bool {
    object.is_small_int() || type_of(object).slots.index.get().is_some()
}

/// `operator.index(object)`: always exactly an int.
pub fn index(vm: &Vm, object: &Object) -> Result<Object> {
    if object.is_exact::<Int>() {
        return Ok(object.clone());
    }
    if object.is_instance_of::<Int>() {
        return Ok(Int::to_exact(object));
    }
    let Some(slot) = type_of(object).slots.index.get() else {
        bail!(vm, TypeError, "'{}' object cannot be interpreted as an integer", type_of(object).tp_name());
    };
    let result = slot(vm, object)?;
    if result.is_exact::<Int>() {
        return Ok(result);
    }
    if !result.is_instance_of::<Int>() {
        bail!(vm, TypeError, "__index__ returned non-int (type {})", type_of(&result).tp_name());
    }
    let message = format!(
        "__index__ returned non-int (type {}).  The ability to return an instance of a strict subclass of int is deprecated, and may not be supported in a future version of Python.",
        type_of(&result).tp_name()
    );
    vm.warn(&crate::exception::types::DeprecationWarning, &message, 1)?;
    Ok(Int::to_exact(&result))
}

/// An index as a machine word. Too large: the error type given, or clipped without one.
pub fn as_ssize(vm: &Vm, object: &Object, overflow: Option<&'static StaticType>) -> Result<isize> {
    if let Some(small) = object.as_small_int() {
        return Ok(small as isize);
    }
    let value = index(vm, object)?;
    match Int::to_i128(&value).and_then(|wide| isize::try_from(wide).ok()) {
        Some(fits) => Ok(fits),
        None => match overflow {
            None if Int::is_negative(&value) => Ok(isize::MIN),
            None => Ok(isize::MAX),
            Some(kind) => Err(vm.raise_message(
                kind,
                format_args!("cannot fit '{}' into an index-sized integer", type_of(object).tp_name()),
            )),
        },
    }
}

/// A real number as a float (`PyFloat_AsDouble`).
pub fn as_f64(vm: &Vm, object: &Object) -> Result<f64> {
    if let Some(value) = Float::value_of(object) {
        return Ok(value);
    }
    if let Some(small) = object.as_small_int() {
        return Ok(small as f64);
    }
    if let Some(value) = float_by_slot(vm, object)? {
        return Ok(value);
    }
    let kind = type_of(object);
    if kind.slots.index.get().is_some() {
        let value = index(vm, object)?;
        return Int::to_f64(vm, &value);
    }
    Err(raise!(vm, TypeError, "must be real number, not {}", kind.tp_name()))
}

/// What `__float__` gives; `None` where there is none.
pub fn float_by_slot(vm: &Vm, object: &Object) -> Result<Option<f64>> {
    let kind = type_of(object);
    if let Some(slot) = kind.slots.float.get() {
        let result = slot(vm, object)?;
        let Some(value) = Float::value_of(&result) else {
            bail!(
                vm,
                TypeError,
                "{}.__float__() must return a float, not {}",
                kind.tp_name(),
                type_of(&result).tp_name()
            );
        };
        if !result.is_exact::<Float>() {
            let message = format!(
                "{}.__float__() must return a float, not {}.  The ability to return an instance of a strict subclass of float is deprecated, and may not be supported in a future version of Python.",
                kind.tp_name(),
                type_of(&result).tp_name()
            );
            vm.warn(&crate::exception::types::DeprecationWarning, &message, 1)?;
        }
        return Ok(Some(value));
    }
    Ok(None)
}

/// Any number as a complex, through `__complex__` first.
pub fn as_complex(vm: &Vm, object: &Object) -> Result<(f64, f64)> {
    if let Some(complex) = object.cast::<Complex>() {
        return Ok((complex.real, complex.imag));
    }
    if let Some(method) = attr::lookup(type_of(object), vm.names().__complex__()) {
        let result = slot_table::call_found(vm, object, &method, &[])?;
        return match result.cast::<Complex>() {
            Some(complex) => Ok((complex.real, complex.imag)),
            None => Err(raise!(
                vm,
                TypeError,
                "{}.__complex__() must return a complex, not {}",
                type_of(object).tp_name(),
                type_of(&result).tp_name()
            )),
        };
    }
    Ok((as_f64(vm, object)?, 0.0))
}
