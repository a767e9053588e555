//! `complex`.

use crate::exception::types::DeprecationWarning;
use crate::object::{attr, instance, slot_table, type_name, type_of};
use crate::prelude::*;
use crate::protocol::number as numbers;
use number::complex::{self, ComplexError};
use std::cmp::Ordering;

/// Create a complex number from a string or numbers.
///
/// If a string is given, parse it as a complex number.
/// If a single number is given, convert it to a complex number.
/// If the 'real' or 'imag' arguments are given, create a complex number
/// with the specified real and imaginary components.
#[pytype("complex", flags(BASETYPE))]
pub struct Complex {
    pub head: Head,
    pub real: f64,
    pub imag: f64,
}

/// An operand: mixed operations leave the part alone that a real operand does not touch.
#[derive(Clone, Copy)]
enum Operand {
    Real(f64),
    Complex(complex::Complex),
}

impl Operand {
    fn read(vm: &Vm, object: &Object) -> Result<Option<Operand>> {
        if let Some(z) = object.cast::<Complex>() {
            return Ok(Some(Operand::Complex(z.value())));
        }
        if let Some(x) = Float::value_of(object) {
            return Ok(Some(Operand::Real(x)));
        }
        if object.is_instance_of::<Int>() {
            return Int::to_f64(vm, object).map(|x| Some(Operand::Real(x)));
        }
        Ok(None)
    }

    fn widened(self) -> complex::Complex {
        match self {
            Operand::Real(re) => complex::Complex { re, im: 0.0 },
            Operand::Complex(z) => z,
        }
    }
}

fn made(value: complex::Complex) -> Object {
    Complex::make(value.re, value.im)
}

fn failed(vm: &Vm, error: ComplexError) -> Raised {
    match error {
        ComplexError::DivisionByZero => raise!(vm, ZeroDivisionError, "division by zero"),
        ComplexError::ZeroToNegative => raise!(vm, ZeroDivisionError, "zero to a negative or complex power"),
        ComplexError::Overflow => raise!(vm, OverflowError, "complex exponentiation"),
    }
}

/// Both operands, or the slot's answer for what is no number.
macro_rules! operands {
    ($vm:ident, $a:ident, $b:ident) => {
        match (Operand::read($vm, $a)?, Operand::read($vm, $b)?) {
            (Some(a), Some(b)) => (a, b),
            _ => return not_implemented($vm),
        }
    };
}

impl Complex {
    pub fn make(real: f64, imag: f64) -> Object {
        instance::alloc_static(Complex { head: Head::new(), real, imag }).into_object()
    }

    pub fn value(&self) -> complex::Complex {
        complex::Complex { re: self.real, im: self.imag }
    }

    fn of_class(vm: &Vm, cls: &Ref<Type>, real: f64, imag: f64) -> Result<Object> {
        Ok(instance::alloc(vm, cls, Complex { head: Head::new(), real, imag })?.into_object())
    }
}

/// What `object.__complex__()` gives, if the type has the method.
fn by_method(vm: &Vm, object: &Object) -> Result<Option<complex::Complex>> {
    if let Some(exact) = object.cast_exact::<Complex>() {
        return Ok(Some(exact.value()));
    }
    let Some(method) = attr::lookup(type_of(object), vm.names().__complex__()) else { return Ok(None) };
    let result = slot_table::call_found(vm, object, &method, &[])?;
    let Some(value) = result.cast::<Complex>() else {
        bail!(vm, TypeError, "__complex__ returned non-complex (type {})", type_name(&result));
    };
    if !result.is_exact::<Complex>() {
        let message = format!(
            "__complex__ returned non-complex (type {}).  The ability to return an instance of a strict subclass of complex is deprecated, and may not be supported in a future version of Python.",
            type_name(&result)
        );
        vm.warn(&DeprecationWarning, &message, 1)?;
    }
    Ok(Some(value.value()))
}

/// Whether the object converts to a float.
fn is_real(object: &Object) -> bool {
    let slots = &type_of(object).slots;
    slots.float.get().is_some() || slots.index.get().is_some() || object.is_instance_of::<Int>()
}

fn deprecated_part(vm: &Vm, which: &str, given: &Object) -> Result<()> {
    let message = format!("complex() argument '{which}' must be a real number, not {}", type_name(given));
    vm.warn(&DeprecationWarning, &message, 1)
}

/// The only argument: a string, a number, or what has `__complex__`.
fn from_one(vm: &Vm, object: &Object) -> Result<complex::Complex> {
    if let Some(text) = object.cast::<Str>() {
        return complex::parse(&text.ascii_digits())
            .ok_or_else(|| raise!(vm, ValueError, "complex() arg is a malformed string"));
    }
    if let Some(value) = by_method(vm, object)? {
        return Ok(value);
    }
    if let Some(z) = object.cast::<Complex>() {
        return Ok(z.value());
    }
    if !is_real(object) {
        bail!(vm, TypeError, "complex() argument must be a string or a number, not {}", type_name(object));
    }
    Ok(complex::Complex { re: numbers::as_f64(vm, object)?, im: 0.0 })
}

#[pymethods]
impl Complex {
    #[slot(raw, "(real=0, imag=0)")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let (positional, keywords) = (args.positional(), args.keywords());
        if positional.len() + keywords.len() > 2 {
            bail!(vm, TypeError, "complex() takes at most 2 arguments ({} given)", args.items.len());
        }
        let mut given = [positional.first(), positional.get(1)];
        for (key, value) in keywords.iter() {
            let name = key.cast::<Str>().map(|k| k.to_string_lossy()).unwrap_or_default();
            match ["real", "imag"].iter().position(|n| *n == name) {
                Some(at) if given[at].is_some() => {
                    bail!(vm, TypeError, "argument for complex() given by name ('{name}') and position ({})", at + 1)
                }
                Some(at) => given[at] = Some(value),
                None => bail!(vm, TypeError, "complex() got an unexpected keyword argument '{name}'"),
            }
        }
        if let ([one], true) = (positional, keywords.is_empty()) {
            if cls.is(Complex::class()) && one.is_exact::<Complex>() {
                return Ok(one.clone());
            }
            let value = from_one(vm, one)?;
            return Complex::of_class(vm, cls, value.re, value.im);
        }
        let [real, imag] = given;
        let mut value = complex::Complex::default();
        let mut real_is_complex = false;
        if let Some(real) = real {
            match by_method(vm, real)? {
                Some(z) => {
                    deprecated_part(vm, "real", real)?;
                    (value, real_is_complex) = (z, true);
                }
                None if !is_real(real) => {
                    bail!(vm, TypeError, "complex() argument 'real' must be a real number, not {}", type_name(real))
                }
                None => value.re = numbers::as_f64(vm, real)?,
            }
        }
        if let Some(imag) = imag {
            if let Some(z) = imag.cast::<Complex>() {
                // i * (a + bi) = -b + ai
                deprecated_part(vm, "imag", imag)?;
                value = complex::Complex { re: value.re - z.imag, im: if real_is_complex { value.im + z.real } else { z.real } };
            } else if is_real(imag) {
                let part = numbers::as_f64(vm, imag)?;
                value.im = if real_is_complex { value.im + part } else { part };
            } else {
                bail!(vm, TypeError, "complex() argument 'imag' must be a real number, not {}", type_name(imag));
            }
        }
        Complex::of_class(vm, cls, value.re, value.im)
    }

    #[slot]
    fn repr(&self) -> String {
        complex::repr(self.value())
    }

    #[slot]
    fn hash(this: &Ref<Self>) -> i64 {
        complex::hash(this.value()).unwrap_or_else(|| crate::builtins::object::hash_address(this.as_object()))
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return not_implemented(vm);
        }
        let equal = if let Some(z) = other.cast::<Complex>() {
            self.value() == z.value()
        } else if let Some(x) = Float::value_of(other) {
            self.real == x && self.imag == 0.0
        } else if let Some(big) = Int::to_big(other) {
            self.imag == 0.0 && number::int::compare_f64(&big, self.real) == Some(Ordering::Equal)
        } else {
            return not_implemented(vm);
        };
        Ok((equal == (op == CompareOp::Eq)).object())
    }

    #[slot]
    fn bool(&self) -> bool {
        self.real != 0.0 || self.imag != 0.0
    }

    #[slot]
    fn add(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        Ok(match operands!(vm, a, b) {
            (Operand::Complex(z), Operand::Real(x)) | (Operand::Real(x), Operand::Complex(z)) => Complex::make(z.re + x, z.im),
            (a, b) => {
                let (a, b) = (a.widened(), b.widened());
                Complex::make(a.re + b.re, a.im + b.im)
            }
        })
    }

    #[slot]
    fn sub(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        Ok(match operands!(vm, a, b) {
            (Operand::Complex(z), Operand::Real(x)) => Complex::make(z.re - x, z.im),
            (Operand::Real(x), Operand::Complex(z)) => Complex::make(x - z.re, -z.im),
            (a, b) => {
                let (a, b) = (a.widened(), b.widened());
                Complex::make(a.re - b.re, a.im - b.im)
            }
        })
    }

    #[slot]
    fn mul(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        Ok(match operands!(vm, a, b) {
            (Operand::Complex(z), Operand::Real(x)) | (Operand::Real(x), Operand::Complex(z)) => Complex::make(z.re * x, z.im * x),
            (a, b) => made(complex::mul(a.widened(), b.widened())),
        })
    }

    #[slot]
    fn truediv(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let quotient = match operands!(vm, a, b) {
            (Operand::Complex(z), Operand::Real(x)) => complex::div_real(z, x),
            (Operand::Real(x), Operand::Complex(z)) => complex::real_div(x, z),
            (a, b) => complex::div(a.widened(), b.widened()),
        };
        quotient.map(made).map_err(|e| failed(vm, e))
    }

    #[slot]
    fn pow(a: &Object, b: &Object, modulus: Option<&Object>, vm: &Vm) -> Result<Object> {
        let (a, b) = operands!(vm, a, b);
        if modulus.is_some_and(|m| !m.is(&none())) {
            bail!(vm, ValueError, "complex modulo");
        }
        complex::pow(a.widened(), b.widened()).map(made).map_err(|e| failed(vm, e))
    }

    #[slot]
    fn neg(&self) -> Object {
        Complex::make(-self.real, -self.imag)
    }

    #[slot]
    fn pos(this: &Ref<Self>) -> Object {
        Complex::to_exact(this)
    }

    #[slot]
    fn abs(&self, vm: &Vm) -> Result<f64> {
        let size = complex::abs(self.value());
        if size.is_infinite() && self.real.is_finite() && self.imag.is_finite() {
            bail!(vm, OverflowError, "absolute value too large");
        }
        Ok(size)
    }

    /// Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.
    #[py("conjugate()")]
    fn conjugate(&self) -> Object {
        Complex::make(self.real, -self.imag)
    }

    /// Convert this value to exact type complex.
    #[py("__complex__()")]
    fn to_exact(this: &Ref<Self>) -> Object {
        if this.as_object().is_exact::<Complex>() { this.to_object() } else { Complex::make(this.real, this.imag) }
    }

    /// Convert to a string according to format_spec.
    #[py("__format__(format_spec, /)")]
    fn format(this: &Ref<Self>, vm: &Vm, format_spec: &Ref<Str>) -> Result<Ref<Str>> {
        crate::builtins::str::format::format_complex(vm, this.as_object(), (this.real, this.imag), format_spec)
    }

    #[py("__getnewargs__()")]
    fn getnewargs(&self) -> (f64, f64) {
        (self.real, self.imag)
    }

    /// Convert number to a complex floating-point number.
    #[py("from_number(number, /)", classmethod)]
    fn from_number(cls: &Ref<Type>, vm: &Vm, number: &Object) -> Result<Object> {
        if cls.is(Complex::class()) && number.is_exact::<Complex>() {
            return Ok(number.clone());
        }
        let value = match by_method(vm, number)? {
            Some(value) => value,
            None => match number.cast::<Complex>() {
                Some(z) => z.value(),
                None => complex::Complex { re: numbers::as_f64(vm, number)?, im: 0.0 },
            },
        };
        if cls.is(Complex::class()) {
            return Ok(made(value));
        }
        crate::protocol::call::call(vm, cls.as_object(), &[made(value)])
    }

    /// the real part of a complex number
    #[getter("real")]
    fn get_real(&self) -> f64 {
        self.real
    }

    /// the imaginary part of a complex number
    #[getter("imag")]
    fn get_imag(&self) -> f64 {
        self.imag
    }
}
