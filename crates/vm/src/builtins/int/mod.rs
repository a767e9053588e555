//! `int`: immediates of 63 bits, and heap ints of 30-bit digits beyond them. A value that fits an immediate is never on
//! the heap, except in instances of subclasses (bool among them).

mod arith;
mod convert;
mod methods;

pub use arith::{floor_div, floor_mod};
pub use convert::to_int;

use crate::object::instance;
use crate::prelude::*;
use crate::protocol::{number as protocol, object};
use heap::{IntBody, OutOfMemory};
use number::digits::{self, Digits, DigitsBuf};
use number::{BigInt, int};
use std::cmp::Ordering;

/// The body of a heap int.
#[repr(transparent)]
pub struct Int {
    body: IntBody,
}

impl Trace for Int {
    fn trace(&self, _: &mut Visitor) {}
}

impl PyType for Int {
    const NAME: &'static str = "int";
    const MODULE: &'static str = "builtins";
    const DOC: &'static str = "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.  If x is a number, return x.__int__().  For floating-point\nnumbers, this truncates towards zero.\n\nIf x is not a number or if base is given, then x must be a string,\nbytes, or bytearray instance representing an integer literal in the\ngiven base.  The literal can be preceded by '+' or '-' and be surrounded\nby whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.\nBase 0 means to interpret the base from the string as an integer literal.\n>>> int('0b100', base=0)\n4";
    const FLAGS: u32 = flags::BASETYPE | flags::LONG_SUBCLASS | flags::MATCH_SELF;
    type Base = crate::builtins::object::BaseObject;
    #[inline]
    fn static_type() -> &'static StaticType {
        static TYPE: StaticType = StaticType::new();
        &TYPE
    }
    fn fill_head(head: &heap::TypeHead) {
        head.for_plain(IntBody::FIXED, 4);
    }
}

/// An int to calculate with: small ones without a heap object.
enum Number<'a> {
    Small(i64),
    Big(Digits<'a>),
}

fn digits_of(body: &IntBody) -> Digits<'_> {
    Digits { negative: body.is_negative(), magnitude: body.digits() }
}

fn read(object: &Object) -> Option<Number<'_>> {
    match object.as_small_int() {
        Some(small) => Some(Number::Small(small)),
        None => object.cast::<Int>().map(|i| Number::Big(digits_of(&i.body))),
    }
}

/// The digits of either form; `room` is where a small one's are written.
fn spread<'a>(number: &'a Number<'_>, room: &'a mut ([u32; 5], usize)) -> Digits<'a> {
    match number {
        Number::Big(d) => *d,
        Number::Small(i) => {
            *room = digits::from_u128(u128::from(i.unsigned_abs()));
            Digits { negative: *i < 0, magnitude: &room.0[..room.1] }
        }
    }
}

fn from_digits(vm: &Vm, value: Result<DigitsBuf, number::OutOfMemory>) -> Result<Object> {
    let value = vm.memory(value.map_err(|_| OutOfMemory))?;
    make(vm, &value)
}

fn make(vm: &Vm, value: &DigitsBuf) -> Result<Object> {
    let view = value.as_digits();
    if let Some(small) = view.to_i64().and_then(Object::small_int) {
        return Ok(small);
    }
    vm.memory(Int::alloc(Int::class(), view)).map(Ref::into_object)
}

fn out_of_memory<T>(vm: &Vm, result: Result<T, number::OutOfMemory>) -> Result<T> {
    vm.memory(result.map_err(|_| OutOfMemory))
}

/// Does work that may take long: signals are looked at from time to time.
pub fn long<T>(vm: &Vm, work: impl FnOnce(int::long::GoOn<'_>) -> Result<T, int::long::Stopped>) -> Result<T> {
    work(&mut || crate::interp::check_signals(vm).is_ok()).map_err(|stopped| match stopped {
        int::long::Stopped::Memory => vm.out_of_memory(),
        int::long::Stopped::Asked => Raised,
    })
}

impl Int {
    #[expect(unsafe_code, reason = "instances of int and its subclasses have this body and room behind it")]
    fn alloc(kind: &Ref<Type>, value: Digits<'_>) -> Result<Ref<Int>, OutOfMemory> {
        // SAFETY: `kind` is int or derives from it; the extra room is what instances of `kind` have.
        unsafe {
            let body = IntBody::alloc(kind.as_kind(), value.negative, value.magnitude, instance::extra_var(kind))?;
            let this: Ref<Int> = crate::object::cast::retype(body);
            instance::set_up_var(this.as_object());
            Ok(this)
        }
    }

    /// An int of any i64.
    #[inline]
    pub fn from_i64(value: i64) -> Object {
        match Object::small_int(value) {
            Some(small) => small,
            None => Self::from_i128(i128::from(value)),
        }
    }

    /// An int of any i128.
    pub fn from_i128(value: i128) -> Object {
        if let Some(small) = i64::try_from(value).ok().and_then(Object::small_int) {
            return small;
        }
        let buf = DigitsBuf::from(value);
        Self::alloc(Self::class(), buf.as_digits()).expect("memory for a small object").into_object()
    }

    /// An int of any size.
    pub fn from_big(vm: &Vm, value: BigInt) -> Result<Object> {
        if let Ok(small) = i64::try_from(&value)
            && let Some(small) = Object::small_int(small)
        {
            return Ok(small);
        }
        from_digits(vm, digits::from_big(&value))
    }

    /// The value, if the object is an int (or of a subclass) that fits.
    #[inline]
    pub fn to_i64(object: &Object) -> Option<i64> {
        match read(object)? {
            Number::Small(i) => Some(i),
            Number::Big(d) => d.to_i64(),
        }
    }

    /// The value, if the object is an int (or of a subclass) that fits.
    pub fn to_i128(object: &Object) -> Option<i128> {
        match read(object)? {
            Number::Small(i) => Some(i128::from(i)),
            Number::Big(d) => d.to_i128(),
        }
    }

    /// The value as a big integer, if the object is an int or of a subclass.
    pub fn to_big(object: &Object) -> Option<BigInt> {
        match read(object)? {
            Number::Small(i) => Some(BigInt::from(i)),
            Number::Big(d) => Some(d.to_big()),
        }
    }

    /// Whether an int is below zero.
    pub fn is_negative(object: &Object) -> bool {
        match read(object) {
            Some(Number::Small(i)) => i < 0,
            Some(Number::Big(d)) => d.negative,
            None => false,
        }
    }

    /// The same value as an exact int.
    pub fn to_exact(object: &Object) -> Object {
        if object.is_exact::<Int>() {
            return object.clone();
        }
        match object.cast::<Int>() {
            Some(this) => {
                let view = digits_of(&this.body);
                match view.to_i64().and_then(Object::small_int) {
                    Some(small) => small,
                    None => {
                        Self::alloc(Self::class(), view).expect("memory for a copy of what was there").into_object()
                    }
                }
            }
            None => object.clone(),
        }
    }

    /// The value as a float; OverflowError when it is too large.
    pub fn to_f64(vm: &Vm, object: &Object) -> Result<f64> {
        match read(object) {
            Some(Number::Small(i)) => Ok(i as f64),
            Some(Number::Big(d)) => {
                int::to_f64(&d.to_big()).map_err(|_| raise!(vm, OverflowError, "int too large to convert to float"))
            }
            None => protocol::as_f64(vm, object),
        }
    }

    /// `hash(int)`: the value modulo 2**61 - 1.
    pub fn hash_of(object: &Object) -> Result<i64> {
        Ok(match read(object) {
            Some(Number::Small(i)) => int::hash_i64(i),
            Some(Number::Big(d)) => int::hash_digits(d),
            None => 0,
        })
    }

    /// The order of two ints; `None` if one is none.
    pub fn order(a: &Object, b: &Object) -> Option<Ordering> {
        if let (Some(a), Some(b)) = (a.as_small_int(), b.as_small_int()) {
            return Some(a.cmp(&b));
        }
        let (a, b) = (read(a)?, read(b)?);
        let (mut x, mut y) = (([0; 5], 0), ([0; 5], 0));
        Some(spread(&a, &mut x).compare(spread(&b, &mut y)))
    }

    /// Bits of the absolute value.
    pub fn bit_length_of(object: &Object) -> u64 {
        match read(object) {
            Some(Number::Small(i)) => u64::from(64 - i.unsigned_abs().leading_zeros()),
            Some(Number::Big(d)) => d.bit_length(),
            None => 0,
        }
    }

    /// The decimal text; ValueError above the digit limit of `sys.set_int_max_str_digits`.
    pub fn to_decimal(vm: &Vm, object: &Object) -> Result<String> {
        match read(object) {
            Some(Number::Small(i)) => Ok(i.to_string()),
            Some(Number::Big(d)) => {
                let limit = vm.interp().int_max_str_digits.get();
                let big = d.to_big();
                if limit > 0 && int::exceeds_digits(&big, limit as usize) {
                    bail!(
                        vm,
                        ValueError,
                        "Exceeds the limit ({limit} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit"
                    );
                }
                long(vm, |go_on| int::long::to_decimal(&big, go_on))
            }
            None => Ok(String::new()),
        }
    }

    /// Parses text as `int(text, base)` does.
    pub fn parse(vm: &Vm, text: &[u8], base: u32, shown: &Object) -> Result<Object> {
        use object::ErrorText;
        let invalid = || {
            let shown: String = shown.repr_for_error(vm).chars().take(200).collect();
            raise!(vm, ValueError, "invalid literal for int() with base {base}: {shown}")
        };
        let scanned = int::scan(text, base).map_err(|_| invalid())?;
        let limit = vm.interp().int_max_str_digits.get();
        if limit > 0 && scanned.is_limited() && scanned.digits.len() > limit as usize {
            bail!(
                vm,
                ValueError,
                "Exceeds the limit ({limit} digits) for integer string conversion: value has {} digits; use sys.set_int_max_str_digits() to increase the limit",
                scanned.digits.len()
            );
        }
        let value = long(vm, |go_on| scanned.to_int_asking(go_on))?;
        Int::from_big(vm, value)
    }
}
