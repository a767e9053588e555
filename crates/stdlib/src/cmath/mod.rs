//! `cmath`.

mod functions;
mod tables;

use functions::{C64, Trouble};
use vm::builtins::complex::Complex;
use vm::prelude::*;
use vm::protocol::number;

/// A complex argument, through `__complex__`, `__float__` or `__index__`.
struct Z(C64);

impl FromArg<'_> for Z {
    fn from_arg(vm: &Vm, value: &Object, _: ArgSite) -> Result<Self> {
        number::as_complex(vm, value).map(Z)
    }
}

fn trouble(vm: &Vm, trouble: Trouble) -> Raised {
    match trouble {
        Trouble::Domain => raise!(vm, ValueError, "math domain error"),
        Trouble::Range => raise!(vm, OverflowError, "math range error"),
    }
}

fn give(vm: &Vm, answer: Result<C64, Trouble>) -> Result<Object> {
    match answer {
        Ok((re, im)) => Ok(Complex::make(re, im)),
        Err(what) => Err(trouble(vm, what)),
    }
}

/// This module provides access to mathematical functions for complex numbers.
#[pymodule("cmath")]
pub mod module {
    use super::*;

    #[constant]
    const pi: f64 = std::f64::consts::PI;
    #[constant]
    const e: f64 = std::f64::consts::E;
    #[constant]
    const tau: f64 = std::f64::consts::TAU;
    #[constant]
    const inf: f64 = f64::INFINITY;
    #[constant]
    const nan: f64 = f64::NAN;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<vm::builtins::module::Module>) -> Result<()> {
        module.dict().set_str(vm, "infj", Complex::make(0.0, f64::INFINITY))?;
        module.dict().set_str(vm, "nanj", Complex::make(0.0, f64::NAN))
    }

    /// Return the arc cosine of z.
    #[py("acos(z, /)")]
    fn acos(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::acos(z.0))
    }

    /// Return the inverse hyperbolic cosine of z.
    #[py("acosh(z, /)")]
    fn acosh(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::acosh(z.0))
    }

    /// Return the arc sine of z.
    #[py("asin(z, /)")]
    fn asin(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::asin(z.0))
    }

    /// Return the inverse hyperbolic sine of z.
    #[py("asinh(z, /)")]
    fn asinh(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::asinh(z.0))
    }

    /// Return the arc tangent of z.
    #[py("atan(z, /)")]
    fn atan(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::atan(z.0))
    }

    /// Return the inverse hyperbolic tangent of z.
    #[py("atanh(z, /)")]
    fn atanh(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::atanh(z.0))
    }

    /// Return the cosine of z.
    #[py("cos(z, /)")]
    fn cos(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::cos(z.0))
    }

    /// Return the hyperbolic cosine of z.
    #[py("cosh(z, /)")]
    fn cosh(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::cosh(z.0))
    }

    /// Return the exponential value e**z.
    #[py("exp(z, /)")]
    fn exp(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::exp(z.0))
    }

    /// Return the base-10 logarithm of z.
    #[py("log10(z, /)")]
    fn log10(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::log10(z.0))
    }

    /// Return the sine of z.
    #[py("sin(z, /)")]
    fn sin(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::sin(z.0))
    }

    /// Return the hyperbolic sine of z.
    #[py("sinh(z, /)")]
    fn sinh(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::sinh(z.0))
    }

    /// Return the square root of z.
    #[py("sqrt(z, /)")]
    fn sqrt(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::sqrt(z.0))
    }

    /// Return the tangent of z.
    #[py("tan(z, /)")]
    fn tan(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::tan(z.0))
    }

    /// Return the hyperbolic tangent of z.
    #[py("tanh(z, /)")]
    fn tanh(vm: &Vm, z: Z) -> Result<Object> {
        give(vm, functions::tanh(z.0))
    }

    /// log(z[, base]) -> the logarithm of z to the given base; without a base the natural logarithm.
    #[py("log(z, base=<unrepresentable>, /)", notext)]
    fn log(vm: &Vm, z: Z, base: Option<Z>) -> Result<Object> {
        let z = functions::log(z.0).map_err(|what| trouble(vm, what))?;
        let Some(base) = base else { return Ok(Complex::make(z.0, z.1)) };
        let base = functions::log(base.0).map_err(|what| trouble(vm, what))?;
        number::truediv(vm, &Complex::make(z.0, z.1), &Complex::make(base.0, base.1)).map_err(|raised| {
            if vm.raised_is(&vm::exception::types::ZeroDivisionError) {
                vm.clear_raised();
                return raise!(vm, ValueError, "math domain error");
            }
            raised
        })
    }

    /// Return argument, also known as the phase angle, of a complex.
    #[py("phase(z, /)")]
    fn phase(z: Z) -> f64 {
        z.0.1.atan2(z.0.0)
    }

    /// Convert a complex from rectangular coordinates to polar coordinates: the distance from 0 and the angle.
    #[py("polar(z, /)")]
    fn polar(vm: &Vm, z: Z) -> Result<(f64, f64)> {
        functions::polar(z.0.0, z.0.1).map_err(|what| trouble(vm, what))
    }

    /// Convert from polar coordinates to rectangular coordinates.
    #[py("rect(r, phi, /)")]
    fn rect(vm: &Vm, r: f64, phi: f64) -> Result<Object> {
        give(vm, functions::rect(r, phi))
    }

    /// Checks if the real or imaginary part of z not a number (NaN).
    #[py("isnan(z, /)")]
    fn isnan(z: Z) -> bool {
        z.0.0.is_nan() || z.0.1.is_nan()
    }

    /// Return True if both the real and imaginary parts of z are finite, else False.
    #[py("isfinite(z, /)")]
    fn isfinite(z: Z) -> bool {
        z.0.0.is_finite() && z.0.1.is_finite()
    }

    /// Checks if the real or imaginary part of z is infinite.
    #[py("isinf(z, /)")]
    fn isinf(z: Z) -> bool {
        z.0.0.is_infinite() || z.0.1.is_infinite()
    }

    /// Determine whether two complex numbers are close in value.
    ///
    /// rel_tol is relative to the larger of the two, abs_tol is the least difference that counts. NaN is not close to
    /// anything, infinities are close to themselves only.
    #[py("isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
    fn isclose(vm: &Vm, a: Z, b: Z, rel_tol: f64, abs_tol: f64) -> Result<bool> {
        if rel_tol < 0.0 || abs_tol < 0.0 {
            bail!(vm, ValueError, "tolerances must be non-negative");
        }
        let ((ar, ai), (br, bi)) = (a.0, b.0);
        if ar == br && ai == bi {
            return Ok(true);
        }
        if [ar, ai, br, bi].iter().any(|x| x.is_infinite()) {
            return Ok(false);
        }
        let difference = (ar - br).hypot(ai - bi);
        Ok(difference <= rel_tol * br.hypot(bi) || difference <= rel_tol * ar.hypot(ai) || difference <= abs_tol)
    }
}
