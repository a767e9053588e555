//! `int`: immediates of 63 bits, and heap ints of 30-bit digits beyond them. A value that fits an immediate is never on
//! the heap, except in instances of subclasses (bool among them).

use crate::object::{instance, type_of};
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
    fn trace(&self, _: &mut dyn FnMut(&Object)) {}
}

impl PyType for Int {
    const NAME: &'static str = "int";
    const MODULE: &'static str = "builtins";
    const DOC: &'static str = "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.  If x is a number, return x.__int__().  For floating-point\nnumbers, this truncates towards zero.\n\nIf x is not a number or if base is given, then x must be a string,\nbytes, or bytearray instance representing an integer literal in the\ngiven base.  The literal can be preceded by '+' or '-' and be surrounded\nby whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.\nBase 0 means to interpret the base from the string as an integer literal.\n>>> int('0b100', base=0)\n4";
    const FLAGS: u32 = flags::BASETYPE | flags::LONG_SUBCLASS | flags::MATCH_SELF;
    type Base = crate::builtins::object::BaseObject;
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
                    None => Self::alloc(Self::class(), view).expect("memory for a copy of what was there").into_object(),
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
                    bail!(vm, ValueError, "Exceeds the limit ({limit} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit");
                }
                out_of_memory(vm, int::to_text(&big, 10))
            }
            None => Ok(String::new()),
        }
    }

    /// Parses text as `int(text, base)` does.
    pub fn parse(vm: &Vm, text: &[u8], base: u32, shown: &Object) -> Result<Object> {
        use object::ErrorText;
        let invalid = || raise!(vm, ValueError, "invalid literal for int() with base {base}: {}", shown.repr_for_error(vm));
        let scanned = int::scan(text, base).map_err(|_| invalid())?;
        let limit = vm.interp().int_max_str_digits.get();
        if limit > 0 && scanned.is_limited() && scanned.digits.len() > limit as usize {
            bail!(
                vm, ValueError,
                "Exceeds the limit ({limit} digits) for integer string conversion: value has {} digits; use sys.set_int_max_str_digits() to increase the limit",
                scanned.digits.len()
            );
        }
        let value = scanned.to_int().map_err(|_| invalid())?;
        Int::from_big(vm, value)
    }
}

/// Both operands as ints, or NotImplemented.
macro_rules! operands {
    ($vm:ident, $a:ident, $b:ident) => {
        match (read($a), read($b)) {
            (Some(x), Some(y)) => (x, y),
            _ => return not_implemented($vm),
        }
    };
}

fn through_digits(
    vm: &Vm, a: &Number<'_>, b: &Number<'_>, f: fn(Digits<'_>, Digits<'_>) -> Result<DigitsBuf, number::OutOfMemory>,
) -> Result<Object> {
    let (mut x, mut y) = (([0; 5], 0), ([0; 5], 0));
    from_digits(vm, f(spread(a, &mut x), spread(b, &mut y)))
}

fn big(number: &Number<'_>) -> BigInt {
    match number {
        Number::Small(i) => BigInt::from(*i),
        Number::Big(d) => d.to_big(),
    }
}

fn is_zero(number: &Number<'_>) -> bool {
    matches!(number, Number::Small(0)) || matches!(number, Number::Big(d) if d.magnitude.is_empty())
}

fn zero_division(vm: &Vm, message: &str) -> Raised {
    raise!(vm, ZeroDivisionError, "{message}")
}

fn shift_count(vm: &Vm, number: &Number<'_>) -> Result<Option<u64>> {
    match number {
        Number::Small(i) if *i < 0 => Err(raise!(vm, ValueError, "negative shift count")),
        Number::Small(i) => Ok(Some(*i as u64)),
        Number::Big(d) if d.negative => Err(raise!(vm, ValueError, "negative shift count")),
        Number::Big(d) => Ok(d.to_i64().map(|i| i as u64)),
    }
}

fn pow_value(vm: &Vm, base: &Object, exponent: &Object, modulus: Option<&Object>) -> Result<Object> {
    let (Some(x), Some(y)) = (read(base), read(exponent)) else { return not_implemented(vm) };
    if let Some(modulus) = modulus {
        let Some(m) = read(modulus) else { return not_implemented(vm) };
        return match int::pow_mod(&big(&x), &big(&y), &big(&m)) {
            Ok(value) => Int::from_big(vm, value),
            Err(int::PowError::ZeroModulus) => Err(raise!(vm, ValueError, "pow() 3rd argument cannot be 0")),
            Err(int::PowError::NotInvertible) => Err(raise!(vm, ValueError, "base is not invertible for the given modulus")),
            Err(_) => Err(vm.out_of_memory()),
        };
    }
    let negative = match &y {
        Number::Small(i) => *i < 0,
        Number::Big(d) => d.negative,
    };
    if negative {
        let (a, b) = (Int::to_f64(vm, base)?, Int::to_f64(vm, exponent)?);
        return protocol::pow(vm, &Float::from_f64(a), &Float::from_f64(b), None);
    }
    if let (Number::Small(a), Number::Small(b)) = (&x, &y)
        && let Ok(b) = u32::try_from(*b)
        && let Some(value) = a.checked_pow(b)
    {
        return Ok(Int::from_i64(value));
    }
    let exponent = match &y {
        Number::Small(i) => *i as u64,
        Number::Big(d) => match (d.to_i64(), &x) {
            (_, Number::Small(0 | 1)) => 1,
            (_, Number::Small(-1)) => 2 - u64::from(d.magnitude[0] & 1),
            (Some(i), _) => i as u64,
            (None, _) => return Err(vm.out_of_memory()),
        },
    };
    let base = big(&x);
    // A long power can be interrupted: square by square, with a look at the signals in between.
    if int::bit_length(&base).saturating_mul(exponent) < 1 << 20 {
        return Int::from_big(vm, out_of_memory(vm, int::pow(&base, exponent))?);
    }
    let bits = u128::from(int::bit_length(&base) - 1).saturating_mul(u128::from(exponent));
    out_of_memory(vm, int::room(bits))?;
    let mut result = BigInt::from(1);
    for bit in (0..64 - exponent.leading_zeros()).rev() {
        crate::interp::check_signals(vm)?;
        result = &result * &result;
        if exponent >> bit & 1 == 1 {
            result *= &base;
        }
    }
    Int::from_big(vm, result)
}

#[pymethods]
impl Int {
    #[slot("(object=0, /, base=10)")]
    fn new(cls: &Ref<Type>, vm: &Vm, object: Option<&Object>, base: Option<&Object>) -> Result<Object> {
        let value = int_from(vm, object, base)?;
        if cls.is(Int::class()) {
            return Ok(value);
        }
        let Some(number) = read(&value) else { return Ok(value) };
        let mut room = ([0; 5], 0);
        vm.memory(Int::alloc(cls, spread(&number, &mut room))).map(Ref::into_object)
    }

    #[slot]
    fn repr(this: &Object, vm: &Vm) -> Result<Object> {
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
            Some(Number::Big(d)) => {
                make(vm, &DigitsBuf { negative: !d.negative && !d.magnitude.is_empty(), magnitude: d.magnitude.to_vec() })
            }
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
            (x, y) => through_digits(vm, &x, &y, digits::mul),
        }
    }

    #[slot]
    fn floordiv(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match operands!(vm, a, b) {
            (_, y) if is_zero(&y) => Err(zero_division(vm, "integer division or modulo by zero")),
            (Number::Small(x), Number::Small(y)) => Ok(Int::from_i64(floor_div(x, y))),
            (x, y) => Int::from_big(vm, int::floor_div(&big(&x), &big(&y)).unwrap_or_default()),
        }
    }

    #[slot]
    fn mod_(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match operands!(vm, a, b) {
            (_, y) if is_zero(&y) => Err(zero_division(vm, "integer modulo by zero")),
            (Number::Small(x), Number::Small(y)) => Ok(Int::from_i64(floor_mod(x, y))),
            (x, y) => Int::from_big(vm, int::modulo(&big(&x), &big(&y)).unwrap_or_default()),
        }
    }

    #[slot]
    fn divmod(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (q, r) = match operands!(vm, a, b) {
            (_, y) if is_zero(&y) => return Err(zero_division(vm, "integer division or modulo by zero")),
            (Number::Small(x), Number::Small(y)) => (Int::from_i64(floor_div(x, y)), Int::from_i64(floor_mod(x, y))),
            (x, y) => {
                let (q, r) = int::divmod(&big(&x), &big(&y)).unwrap_or_default();
                (Int::from_big(vm, q)?, Int::from_big(vm, r)?)
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

/// Floor division of machine words; `b` is not 0.
#[inline]
pub fn floor_div(a: i64, b: i64) -> i64 {
    let q = a.wrapping_div(b);
    if (a % b != 0) && ((a < 0) != (b < 0)) { q - 1 } else { q }
}

/// The remainder with the sign of `b`, which is not 0.
#[inline]
pub fn floor_mod(a: i64, b: i64) -> i64 {
    let r = a.wrapping_rem(b);
    if r != 0 && ((r < 0) != (b < 0)) { r + b } else { r }
}

/// `int(x, base)` without the class.
fn int_from(vm: &Vm, object: Option<&Object>, base: Option<&Object>) -> Result<Object> {
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
    Err(raise!(vm, TypeError, "int() argument must be a string, a bytes-like object or a real number, not '{}'", kind.tp_name()))
}
