//! `float`: immediates in the middle range, boxed beyond it.

use crate::object::{instance, type_of};
use crate::prelude::*;
use crate::protocol::{number as protocol, object};
use heap::FloatBody;
use number::{float, int};
use std::cmp::Ordering;

/// The body of a boxed float.
#[repr(transparent)]
pub struct Float {
    body: FloatBody,
}

impl Trace for Float {
    fn trace(&self, _: &mut Visitor) {}
}

impl PyType for Float {
    const NAME: &'static str = "float";
    const MODULE: &'static str = "builtins";
    const DOC: &'static str = "Convert a string or number to a floating-point number, if possible.";
    const FLAGS: u32 = flags::BASETYPE | flags::MATCH_SELF;
    type Base = crate::builtins::object::BaseObject;
    #[inline]
    fn static_type() -> &'static StaticType {
        static TYPE: StaticType = StaticType::new();
        &TYPE
    }
}

impl Float {
    /// A float object.
    #[inline(always)]
    pub fn from_f64(value: f64) -> Object {
        match Object::small_float(value) {
            Some(small) => small,
            None => instance::alloc_static(Float { body: FloatBody { head: Head::new(), value } }).into_object(),
        }
    }

    /// The value of a float or of an instance of a subclass.
    #[inline(always)]
    pub fn value_of(object: &Object) -> Option<f64> {
        match object.as_small_float() {
            Some(value) => Some(value),
            None => object.cast::<Float>().map(|f| f.body.value),
        }
    }
}

/// The operand as a float: floats, and ints converted.
fn operand(vm: &Vm, object: &Object) -> Result<Option<f64>> {
    match Float::value_of(object) {
        Some(value) => Ok(Some(value)),
        None if object.is_instance_of::<Int>() => Int::to_f64(vm, object).map(Some),
        None => Ok(None),
    }
}

macro_rules! operands {
    ($vm:ident, $a:ident, $b:ident) => {
        match (operand($vm, $a)?, operand($vm, $b)?) {
            (Some(x), Some(y)) => (x, y),
            _ => return not_implemented($vm),
        }
    };
}

fn zero_division(vm: &Vm, message: &str) -> Raised {
    raise!(vm, ZeroDivisionError, "{message}")
}

#[pymethods]
impl Float {
    #[slot("(x=0, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, x: Option<&Object>) -> Result<Object> {
        let value = match x {
            None => 0.0,
            Some(x) if cls.is(Float::class()) && x.is_exact::<Float>() => return Ok(x.clone()),
            Some(x) => float_from(vm, x)?,
        };
        if cls.is(Float::class()) {
            return Ok(Float::from_f64(value));
        }
        Ok(instance::alloc(vm, cls, Float { body: FloatBody { head: Head::new(), value } })?.into_object())
    }

    #[slot]
    fn repr(this: &Object, vm: &Vm) -> Result<Ref<Str>> {
        let value = Float::value_of(this).unwrap_or_default();
        match number::short::repr(value) {
            Some(short) => Str::from_short(vm, &short),
            None => vm.memory(Str::try_new(&float::repr(value))),
        }
    }

    #[slot]
    fn hash(this: &Object) -> i64 {
        match float::hash(Float::value_of(this).unwrap_or_default()) {
            Some(hash) => hash,
            None => crate::builtins::object::hash_address(this),
        }
    }

    #[slot]
    fn richcompare(this: &Object, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(x) = Float::value_of(this) else { return not_implemented(vm) };
        let order: Option<Ordering> = if let Some(y) = Float::value_of(other) {
            x.partial_cmp(&y)
        } else if let Some(y) = other.as_small_int().filter(|y| y.unsigned_abs() < 1 << 53) {
            x.partial_cmp(&(y as f64))
        } else if let Some(y) = Int::to_big(other) {
            int::compare_f64(&y, x).map(Ordering::reverse)
        } else {
            return not_implemented(vm);
        };
        Ok(match order {
            Some(order) => object::holds(op, order).object(),
            None => (op == CompareOp::Ne).object(),
        })
    }

    #[slot]
    fn bool(this: &Object) -> bool {
        Float::value_of(this) != Some(0.0)
    }

    #[slot]
    fn int(this: &Object, vm: &Vm) -> Result<Object> {
        Float::trunc(this, vm)
    }

    #[slot]
    fn float(this: &Object) -> f64 {
        Float::value_of(this).unwrap_or_default()
    }

    #[slot]
    fn neg(this: &Object) -> f64 {
        -Float::value_of(this).unwrap_or_default()
    }

    #[slot]
    fn pos(this: &Object) -> f64 {
        Float::value_of(this).unwrap_or_default()
    }

    #[slot]
    fn abs(this: &Object) -> f64 {
        Float::value_of(this).unwrap_or_default().abs()
    }

    #[slot]
    fn add(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (x, y) = operands!(vm, a, b);
        Ok(Float::from_f64(x + y))
    }

    #[slot]
    fn sub(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (x, y) = operands!(vm, a, b);
        Ok(Float::from_f64(x - y))
    }

    #[slot]
    fn mul(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (x, y) = operands!(vm, a, b);
        Ok(Float::from_f64(x * y))
    }

    #[slot]
    fn truediv(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (x, y) = operands!(vm, a, b);
        if y == 0.0 {
            return Err(zero_division(vm, "division by zero"));
        }
        Ok(Float::from_f64(x / y))
    }

    #[slot]
    fn floordiv(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (x, y) = operands!(vm, a, b);
        float::floor_div(x, y).map(Float::from_f64).ok_or_else(|| zero_division(vm, "division by zero"))
    }

    #[slot]
    fn mod_(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (x, y) = operands!(vm, a, b);
        float::modulo(x, y).map(Float::from_f64).ok_or_else(|| zero_division(vm, "division by zero"))
    }

    #[slot]
    fn divmod(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (x, y) = operands!(vm, a, b);
        let (q, r) = float::divmod(x, y).ok_or_else(|| zero_division(vm, "division by zero"))?;
        Ok(Tuple::from_slice(&[Float::from_f64(q), Float::from_f64(r)]).into_object())
    }

    #[slot]
    fn pow(a: &Object, b: &Object, modulus: Option<&Object>, vm: &Vm) -> Result<Object> {
        if modulus.is_some_and(|m| !m.is(&none())) {
            bail!(vm, TypeError, "pow() 3rd argument not allowed unless all arguments are integers");
        }
        let (x, y) = operands!(vm, a, b);
        match float::pow(x, y) {
            float::Power::Value(value) => Ok(Float::from_f64(value)),
            float::Power::Complex => {
                let complex = |v: f64| crate::builtins::complex::Complex::make(v, 0.0);
                protocol::pow(vm, &complex(x), &complex(y), None)
            }
            float::Power::ZeroToNegative => Err(zero_division(vm, "zero to a negative power")),
            float::Power::Overflow => Err(raise!(vm, OverflowError, "(34, 'Numerical result out of range')")),
        }
    }

    /// Return self, the complex conjugate of any float.
    #[py("conjugate()")]
    fn conjugate(this: &Object) -> f64 {
        Float::value_of(this).unwrap_or_default()
    }

    /// Return True if the float is an integer.
    #[py("is_integer()")]
    fn is_integer(this: &Object) -> bool {
        float::is_integer(Float::value_of(this).unwrap_or_default())
    }

    /// Return the Integral closest to x between 0 and x.
    #[py("__trunc__()")]
    fn trunc(this: &Object, vm: &Vm) -> Result<Object> {
        let value = Float::value_of(this).unwrap_or_default();
        integral(vm, value.trunc())
    }

    /// Return the floor as an Integral.
    #[py("__floor__()")]
    fn floor(this: &Object, vm: &Vm) -> Result<Object> {
        integral(vm, Float::value_of(this).unwrap_or_default().floor())
    }

    /// Return the ceiling as an Integral.
    #[py("__ceil__()")]
    fn ceil(this: &Object, vm: &Vm) -> Result<Object> {
        integral(vm, Float::value_of(this).unwrap_or_default().ceil())
    }

    /// Formats the float according to format_spec.
    #[py("__format__(format_spec, /)")]
    fn format(this: &Object, vm: &Vm, format_spec: &Ref<Str>) -> Result<Ref<Str>> {
        crate::builtins::str::format::format_float(vm, this, format_spec)
    }

    /// Return the Integral closest to x, rounding half toward even.
    ///
    /// When an argument is passed, work like built-in round(x, ndigits).
    #[py("__round__(ndigits=None, /)")]
    fn round(this: &Object, vm: &Vm, ndigits: Option<&Object>) -> Result<Object> {
        let value = Float::value_of(this).unwrap_or_default();
        let Some(ndigits) = ndigits else { return integral(vm, value.round_ties_even()) };
        let digits = protocol::as_ssize(vm, ndigits, None)?;
        if !value.is_finite() {
            return Ok(Float::from_f64(value));
        }
        let rounded = float::round(value, digits as i64);
        if rounded.is_infinite() {
            bail!(vm, OverflowError, "rounded value too large to represent");
        }
        Ok(Float::from_f64(rounded))
    }

    /// Return a pair of integers, whose ratio is exactly equal to the original float.
    ///
    /// The ratio is in lowest terms and has a positive denominator.
    ///
    /// >>> (2.75).as_integer_ratio()
    /// (11, 4)
    #[py("as_integer_ratio()")]
    fn as_integer_ratio(this: &Object, vm: &Vm) -> Result<(Object, Object)> {
        let value = Float::value_of(this).unwrap_or_default();
        match float::as_integer_ratio(value) {
            Some((numerator, denominator)) => Ok((Int::from_big(vm, numerator)?, Int::from_big(vm, denominator)?)),
            None if value.is_nan() => Err(raise!(vm, ValueError, "cannot convert NaN to integer ratio")),
            None => Err(raise!(vm, OverflowError, "cannot convert Infinity to integer ratio")),
        }
    }

    /// Return a hexadecimal representation of a floating-point number.
    ///
    /// >>> (20.5).hex()
    /// '0x1.4800000000000p+4'
    #[py("hex()")]
    fn hex(this: &Object) -> String {
        float::hex(Float::value_of(this).unwrap_or_default())
    }

    /// Create a floating-point number from a hexadecimal string.
    ///
    /// >>> float.fromhex('0x1.48p+4')
    /// 20.5
    #[py("fromhex(string, /)", classmethod)]
    fn fromhex(cls: &Ref<Type>, vm: &Vm, string: &Object) -> Result<Object> {
        let Some(text) = string.cast::<Str>() else {
            bail!(vm, TypeError, "bad argument type for built-in operation");
        };
        // Only ASCII digits: other scripts' are none here, unlike in `float()`.
        let value = match float::from_hex(text.to_string_lossy().as_bytes()) {
            Ok(value) => Float::from_f64(value),
            Err(float::HexError::TooLarge) => {
                bail!(vm, OverflowError, "hexadecimal value too large to represent as a float")
            }
            Err(_) => bail!(vm, ValueError, "invalid hexadecimal floating-point string"),
        };
        of_class(vm, cls, value)
    }

    /// Convert real number to a floating-point number.
    #[py("from_number(number, /)", classmethod)]
    fn from_number(cls: &Ref<Type>, vm: &Vm, number: &Object) -> Result<Object> {
        if cls.is(Float::class()) && number.is_exact::<Float>() {
            return Ok(number.clone());
        }
        of_class(vm, cls, Float::from_f64(protocol::as_f64(vm, number)?))
    }

    /// You probably don't want to use this function: it tells how C's floating-point types are laid out.
    #[py("__getformat__(typestr, /)", classmethod)]
    fn getformat(cls: &Ref<Type>, vm: &Vm, typestr: String) -> Result<&'static str> {
        let _ = cls;
        match &typestr[..] {
            "double" | "float" if cfg!(target_endian = "little") => Ok("IEEE, little-endian"),
            "double" | "float" => Ok("IEEE, big-endian"),
            _ => Err(raise!(vm, ValueError, "__getformat__() argument 1 must be 'double' or 'float'")),
        }
    }

    #[py("__getnewargs__()")]
    fn getnewargs(this: &Object) -> (f64,) {
        (Float::value_of(this).unwrap_or_default(),)
    }

    /// the real part of a complex number
    #[getter("real")]
    fn real(this: &Object) -> f64 {
        Float::value_of(this).unwrap_or_default()
    }

    /// the imaginary part of a complex number
    #[getter("imag")]
    fn imag(this: &Object) -> f64 {
        let _ = this;
        0.0
    }
}

/// What a class method of `cls` gives for a float.
fn of_class(vm: &Vm, cls: &Ref<Type>, value: Object) -> Result<Object> {
    if cls.is(Float::class()) {
        return Ok(value);
    }
    crate::protocol::call::call(vm, cls.as_object(), &[value])
}

/// An integral float as an int.
pub fn integral(vm: &Vm, value: f64) -> Result<Object> {
    if value.abs() < 4e18 {
        return Ok(Int::from_i64(value as i64));
    }
    match int::from_f64(value) {
        Some(big) => Int::from_big(vm, big),
        None if value.is_nan() => Err(raise!(vm, ValueError, "cannot convert float NaN to integer")),
        None => Err(raise!(vm, OverflowError, "cannot convert float infinity to integer")),
    }
}

/// `float(x)` without the class.
pub fn float_from(vm: &Vm, object: &Object) -> Result<f64> {
    use crate::protocol::object::ErrorText;
    let invalid = |_: &()| raise!(vm, ValueError, "could not convert string to float: {}", object.repr_for_error(vm));
    // Subclasses of float and str may have a `__float__` of their own: it is asked first.
    if !object.is_exact::<Float>()
        && !object.is_exact::<Str>()
        && let Some(value) = crate::protocol::number::float_by_slot(vm, object)?
    {
        return Ok(value);
    }
    if let Some(text) = object.cast::<Str>() {
        return float::parse(&text.ascii_digits()).ok_or_else(|| invalid(&()));
    }
    if let Some(bytes) = crate::builtins::bytes::bytes_or_bytearray(object) {
        return float::parse(&bytes).ok_or_else(|| invalid(&()));
    }
    let kind = type_of(object);
    if kind.slots.float.get().is_none() && kind.slots.index.get().is_none() {
        if kind.slots.buffer.get().is_some() {
            let buffer = crate::object::buffer::get_buffer(vm, object, crate::object::buffer::request::SIMPLE)?;
            let bytes = buffer.to_vec();
            buffer.release(vm);
            return float::parse(&bytes).ok_or_else(|| invalid(&()));
        }
        bail!(vm, TypeError, "float() argument must be a string or a real number, not '{}'", kind.tp_name());
    }
    protocol::as_f64(vm, object)
}
