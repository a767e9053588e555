//! The slots and methods of `int`.

use super::arith::{
    big, divmod_value, floor_div, floor_mod, is_zero, mul_value, operands, pow_value, shift_count, through_digits,
    zero_division,
};
use super::convert;
use super::{Int, Number, from_digits, make, read, spread};
use crate::prelude::*;
use crate::protocol::object;
use number::digits::{self, DigitsBuf};
use number::int;
use std::borrow::Cow;

#[pymethods]
impl Int {
    #[slot("(object=0, /, base=10)", notext, positional)]
    fn new(cls: &Ref<Type>, vm: &Vm, object: Option<&Object>, base: Option<&Object>) -> Result<Object> {
        let value = convert::int_from(vm, object, base)?;
        if cls.is(Int::class()) {
            return Ok(value);
        }
        let Some(number) = read(&value) else { return Ok(value) };
        let mut room = ([0; 5], 0);
        vm.memory(Int::alloc(cls, spread(&number, &mut room))).map(Ref::into_object)
    }

    #[slot]
    fn repr(this: &Object, vm: &Vm) -> Result<Object> {
        if let Some(small) = Int::to_i64(this) {
            return Str::from_short(vm, &number::short::int(small)).map(Ref::into_object);
        }
        Ok(Str::new(&Int::to_decimal(vm, this)?).into_object())
    }

    #[slot]
    fn hash(this: &Object) -> Result<i64> {
        Int::hash_of(this)
    }

    #[slot]
    fn richcompare(this: &Object, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        match Int::order(this, other) {
            Some(ordering) => Ok(object::holds(op, ordering).object()),
            None => not_implemented(vm),
        }
    }

    #[slot]
    fn bool(this: &Object) -> bool {
        read(this).is_some_and(|n| !is_zero(&n))
    }

    #[slot]
    fn int(this: &Object) -> Object {
        Int::to_exact(this)
    }

    #[slot]
    fn index(this: &Object) -> Object {
        Int::to_exact(this)
    }

    #[slot]
    fn pos(this: &Object) -> Object {
        Int::to_exact(this)
    }

    #[slot]
    fn float(this: &Object, vm: &Vm) -> Result<f64> {
        Int::to_f64(vm, this)
    }

    #[slot]
    fn neg(this: &Object, vm: &Vm) -> Result<Object> {
        match read(this) {
            Some(Number::Small(i)) => Ok(Int::from_i64(-i)),
            Some(Number::Big(d)) => make(
                vm,
                &DigitsBuf { negative: !d.negative && !d.magnitude.is_empty(), magnitude: d.magnitude.to_vec() },
            ),
            None => not_implemented(vm),
        }
    }

    #[slot]
    fn abs(this: &Object, vm: &Vm) -> Result<Object> {
        if Int::is_negative(this) { Int::neg(this, vm) } else { Ok(Int::to_exact(this)) }
    }

    #[slot]
    fn invert(this: &Object, vm: &Vm) -> Result<Object> {
        match read(this) {
            Some(Number::Small(i)) => Ok(Int::from_i64(!i)),
            Some(number) => through_digits(vm, &Number::Small(-1), &number, digits::sub),
            None => not_implemented(vm),
        }
    }

    #[slot]
    fn add(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match operands!(vm, a, b) {
            (Number::Small(x), Number::Small(y)) => Ok(Int::from_i64(x + y)),
            (x, y) => through_digits(vm, &x, &y, digits::add),
        }
    }

    #[slot]
    fn sub(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match operands!(vm, a, b) {
            (Number::Small(x), Number::Small(y)) => Ok(Int::from_i64(x - y)),
            (x, y) => through_digits(vm, &x, &y, digits::sub),
        }
    }

    #[slot]
    fn mul(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match operands!(vm, a, b) {
            (Number::Small(x), Number::Small(y)) => Ok(Int::from_i128(i128::from(x) * i128::from(y))),
            (x, y) => mul_value(vm, &x, &y),
        }
    }

    #[slot]
    fn floordiv(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match operands!(vm, a, b) {
            (_, y) if is_zero(&y) => Err(zero_division(vm, "division by zero")),
            (Number::Small(x), Number::Small(y)) => Ok(Int::from_i64(floor_div(x, y))),
            (x, y) => divmod_value(vm, &x, &y)?.0.into_object(vm),
        }
    }

    #[slot]
    fn mod_(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match operands!(vm, a, b) {
            (_, y) if is_zero(&y) => Err(zero_division(vm, "division by zero")),
            (Number::Small(x), Number::Small(y)) => Ok(Int::from_i64(floor_mod(x, y))),
            (x, y) => divmod_value(vm, &x, &y)?.1.into_object(vm),
        }
    }

    #[slot]
    fn divmod(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (q, r) = match operands!(vm, a, b) {
            (_, y) if is_zero(&y) => return Err(zero_division(vm, "division by zero")),
            (Number::Small(x), Number::Small(y)) => (Int::from_i64(floor_div(x, y)), Int::from_i64(floor_mod(x, y))),
            (x, y) => {
                let (q, r) = divmod_value(vm, &x, &y)?;
                (q.into_object(vm)?, r.into_object(vm)?)
            }
        };
        Ok(Tuple::from_slice(&[q, r]).into_object())
    }

    #[slot]
    fn truediv(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match operands!(vm, a, b) {
            (_, y) if is_zero(&y) => Err(zero_division(vm, "division by zero")),
            (Number::Small(x), Number::Small(y)) => Ok(Float::from_f64(int::true_div_i64(x, y))),
            (x, y) => match int::true_div(&big(&x), &big(&y)) {
                Some(Ok(value)) => Ok(Float::from_f64(value)),
                _ => Err(raise!(vm, OverflowError, "integer division result too large for a float")),
            },
        }
    }

    #[slot]
    fn pow(a: &Object, b: &Object, modulus: Option<&Object>, vm: &Vm) -> Result<Object> {
        pow_value(vm, a, b, modulus.filter(|m| !m.is(&none())))
    }

    #[slot]
    fn lshift(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (x, y) = operands!(vm, a, b);
        let count = shift_count(vm, &y)?;
        if is_zero(&x) {
            return Ok(Object::int32(0));
        }
        let Some(count) = count else { return Err(raise!(vm, OverflowError, "too many digits in integer")) };
        if let Number::Small(i) = x
            && count < 62
            && let Some(value) = i.checked_mul(1 << count)
        {
            return Ok(Int::from_i64(value));
        }
        let mut room = ([0; 5], 0);
        from_digits(vm, digits::shl(spread(&x, &mut room), count))
    }

    #[slot]
    fn rshift(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (x, y) = operands!(vm, a, b);
        let count = shift_count(vm, &y)?.unwrap_or(u64::MAX);
        if let Number::Small(i) = x {
            return Ok(Int::from_i64(i >> count.min(63)));
        }
        let mut room = ([0; 5], 0);
        from_digits(vm, digits::shr(spread(&x, &mut room), count))
    }

    #[slot]
    pub fn and(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match operands!(vm, a, b) {
            (Number::Small(x), Number::Small(y)) => Ok(Int::from_i64(x & y)),
            (x, y) => through_digits(vm, &x, &y, |a, b| digits::bitwise(digits::Bitwise::And, a, b)),
        }
    }

    #[slot]
    pub fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match operands!(vm, a, b) {
            (Number::Small(x), Number::Small(y)) => Ok(Int::from_i64(x | y)),
            (x, y) => through_digits(vm, &x, &y, |a, b| digits::bitwise(digits::Bitwise::Or, a, b)),
        }
    }

    #[slot]
    pub fn xor(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match operands!(vm, a, b) {
            (Number::Small(x), Number::Small(y)) => Ok(Int::from_i64(x ^ y)),
            (x, y) => through_digits(vm, &x, &y, |a, b| digits::bitwise(digits::Bitwise::Xor, a, b)),
        }
    }

    /// Returns self, the complex conjugate of any int.
    #[py("conjugate()")]
    fn conjugate(this: &Object) -> Object {
        Int::to_exact(this)
    }

    /// Number of bits necessary to represent self in binary.
    ///
    /// >>> bin(37)
    /// '0b100101'
    /// >>> (37).bit_length()
    /// 6
    #[py("bit_length()")]
    fn bit_length(this: &Object) -> u64 {
        Int::bit_length_of(this)
    }

    /// Number of ones in the binary representation of the absolute value of self.
    ///
    /// Also known as the population count.
    ///
    /// >>> bin(13)
    /// '0b1101'
    /// >>> (13).bit_count()
    /// 3
    #[py("bit_count()")]
    fn bit_count(this: &Object) -> u64 {
        Int::to_big(this).map_or(0, |b| int::bit_count(&b))
    }

    /// Return a pair of integers, whose ratio is equal to the original int.
    ///
    /// The ratio is in lowest terms and has a positive denominator.
    ///
    /// >>> (10).as_integer_ratio()
    /// (10, 1)
    /// >>> (-10).as_integer_ratio()
    /// (-10, 1)
    /// >>> (0).as_integer_ratio()
    /// (0, 1)
    #[py("as_integer_ratio()")]
    fn as_integer_ratio(this: &Object) -> (Object, Object) {
        (Int::to_exact(this), Object::int32(1))
    }

    /// Returns True. Exists for duck type compatibility with float.is_integer.
    #[py("is_integer()")]
    fn is_integer(this: &Object) -> bool {
        let _ = this;
        true
    }

    /// Truncating an Integral returns itself.
    #[py("__trunc__()")]
    fn trunc(this: &Object) -> Object {
        Int::to_exact(this)
    }

    /// Flooring an Integral returns itself.
    #[py("__floor__()")]
    fn floor(this: &Object) -> Object {
        Int::to_exact(this)
    }

    /// Ceiling of an Integral returns itself.
    #[py("__ceil__()")]
    fn ceil(this: &Object) -> Object {
        Int::to_exact(this)
    }

    /// Convert to a string according to format_spec.
    #[py("__format__(format_spec, /)")]
    fn format(this: &Object, vm: &Vm, format_spec: &Ref<Str>) -> Result<Ref<Str>> {
        crate::builtins::str::format::format_int(vm, this, format_spec)
    }

    /// Rounding an Integral returns itself; with an ndigits argument the result is an integer too.
    #[py("__round__(ndigits=None, /)")]
    fn round(this: &Object, vm: &Vm, ndigits: Option<&Object>) -> Result<Object> {
        convert::round(vm, this, ndigits)
    }

    /// Returns size in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(this: &Object) -> u64 {
        24 + Int::bit_length_of(this).div_ceil(30).max(1) * 4
    }

    /// Return an array of bytes representing an integer.
    ///
    /// OverflowError is raised if the integer is not representable with the given number of bytes.
    #[py("to_bytes(length=1, byteorder='big', *, signed=False)")]
    fn to_bytes(this: &Object, vm: &Vm, length: isize, byteorder: Cow<'_, str>, signed: bool) -> Result<Ref<Bytes>> {
        convert::to_bytes(vm, this, length, &byteorder, signed)
    }

    /// Return the integer represented by the given array of bytes.
    #[py("from_bytes(bytes, byteorder='big', *, signed=False)", classmethod)]
    fn from_bytes(cls: &Ref<Type>, vm: &Vm, bytes: &Object, byteorder: Cow<'_, str>, signed: bool) -> Result<Object> {
        convert::from_bytes(vm, cls, bytes, &byteorder, signed)
    }

    #[py("__getnewargs__()")]
    fn getnewargs(this: &Object) -> (Object,) {
        (Int::to_exact(this),)
    }

    /// the real part of a complex number
    #[getter("real")]
    fn real(this: &Object) -> Object {
        Int::to_exact(this)
    }

    /// the imaginary part of a complex number
    #[getter("imag")]
    fn imag(this: &Object) -> i32 {
        let _ = this;
        0
    }

    /// the numerator of a rational number in lowest terms
    #[getter("numerator")]
    fn numerator(this: &Object) -> Object {
        Int::to_exact(this)
    }

    /// the denominator of a rational number in lowest terms
    #[getter("denominator")]
    fn denominator(this: &Object) -> i32 {
        let _ = this;
        1
    }
}
