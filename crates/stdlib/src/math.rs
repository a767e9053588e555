//! `math`.

use number::int as big;
use number::math as exact;
use vm::object::{slot_table, type_name};
use vm::prelude::*;
use vm::protocol::{iter, number as protocol};

fn range_error(vm: &Vm) -> Raised {
    raise!(vm, OverflowError, "math range error")
}

fn domain_error(vm: &Vm) -> Raised {
    raise!(vm, ValueError, "math domain error")
}

/// A function of one float: `wrong` is what is expected where the result is no number.
fn one(vm: &Vm, x: f64, f: fn(f64) -> f64, wrong: &str, can_overflow: bool) -> Result<f64> {
    let y = f(x);
    if y.is_nan() && !x.is_nan() || y.is_infinite() && x.is_finite() && !can_overflow {
        bail!(vm, ValueError, "{wrong}, got {}", ::number::float::repr(x));
    }
    if y.is_infinite() && x.is_finite() {
        return Err(range_error(vm));
    }
    Ok(y)
}

const FINITE: &str = "expected a finite input";
const POSITIVE: &str = "expected a positive input";
const UNIT: &str = "expected a number in range from -1 up to 1";
const POLE: &str = "expected a noninteger or positive integer";

/// A logarithm of a float or of an int of any size, which is `mantissa * 2**exponent`.
fn logarithm(vm: &Vm, x: &Object, f: fn(f64) -> f64) -> Result<f64> {
    if x.is_instance_of::<Int>() {
        let value = Int::to_big(x).unwrap_or_default();
        if big::is_negative(&value) || big::bit_length(&value) == 0 {
            bail!(vm, ValueError, "{POSITIVE}");
        }
        return Ok(match big::to_f64(&value) {
            Ok(x) => f(x),
            Err(_) => {
                let (mantissa, exponent) = big::frexp(&value);
                f(mantissa) + f(2.0) * exponent as f64
            }
        });
    }
    let x = protocol::as_f64(vm, x)?;
    one(vm, x, f, POSITIVE, false)
}

fn index(vm: &Vm, value: &Object) -> Result<::number::BigInt> {
    Ok(Int::to_big(&protocol::index(vm, value)?).unwrap_or_default())
}

fn made(
    vm: &Vm,
    work: impl FnOnce(big::long::GoOn<'_>) -> Result<::number::BigInt, big::long::Stopped>,
) -> Result<Object> {
    Int::from_big(vm, vm::builtins::int::long(vm, work)?)
}

/// The floats of a point given as a tuple or another iterable.
fn floats(vm: &Vm, iterable: &Object) -> Result<Vec<f64>> {
    iter::to_vec(vm, iterable)?.iter().map(|x| protocol::as_f64(vm, x)).collect()
}

/// `n` and `k` of comb and perm.
fn choice(vm: &Vm, n: &Object, k: &Object) -> Result<(::number::BigInt, ::number::BigInt)> {
    let (n, k) = (index(vm, n)?, index(vm, k)?);
    for (name, value) in [("n", &n), ("k", &k)] {
        if big::is_negative(value) {
            bail!(vm, ValueError, "{name} must be a non-negative integer");
        }
    }
    Ok((n, k))
}

fn by_special(vm: &Vm, x: &Object, name: &str) -> Result<Option<Object>> {
    slot_table::call_special(vm, x, &vm.intern(name), &[])
}

fn multiply_add(vm: &Vm, total: &Object, p: &Object, q: &Object) -> Result<Object> {
    protocol::add(vm, total, &protocol::mul(vm, p, q)?)
}

/// This module provides access to the mathematical functions
/// defined by the C standard.
#[pymodule("math")]
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

    /// Return the arc cosine (measured in radians) of x.
    #[py("acos(x, /)")]
    fn acos(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, f64::acos, UNIT, false)
    }

    /// Return the inverse hyperbolic cosine of x.
    #[py("acosh(x, /)")]
    fn acosh(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, libm::acosh, "expected argument value not less than 1", false)
    }

    /// Return the arc sine (measured in radians) of x.
    #[py("asin(x, /)")]
    fn asin(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, f64::asin, UNIT, false)
    }

    /// Return the inverse hyperbolic sine of x.
    #[py("asinh(x, /)")]
    fn asinh(x: f64) -> f64 {
        libm::asinh(x)
    }

    /// Return the arc tangent (measured in radians) of x.
    #[py("atan(x, /)")]
    fn atan(x: f64) -> f64 {
        x.atan()
    }

    /// Return the arc tangent (measured in radians) of y/x.
    #[py("atan2(y, x, /)")]
    fn atan2(y: f64, x: f64) -> f64 {
        y.atan2(x)
    }

    /// Return the inverse hyperbolic tangent of x.
    #[py("atanh(x, /)")]
    fn atanh(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, libm::atanh, "expected a number between -1 and 1", false)
    }

    /// Return the cube root of x.
    #[py("cbrt(x, /)")]
    fn cbrt(x: f64) -> f64 {
        x.cbrt()
    }

    /// Return the cosine of x (measured in radians).
    #[py("cos(x, /)")]
    fn cos(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, f64::cos, FINITE, false)
    }

    /// Return the hyperbolic cosine of x.
    #[py("cosh(x, /)")]
    fn cosh(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, f64::cosh, "", true)
    }

    /// Error function at x.
    #[py("erf(x, /)")]
    fn erf(x: f64) -> f64 {
        exact::erf(x)
    }

    /// Complementary error function at x.
    #[py("erfc(x, /)")]
    fn erfc(x: f64) -> f64 {
        exact::erfc(x)
    }

    /// Return e raised to the power of x.
    #[py("exp(x, /)")]
    fn exp(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, f64::exp, "", true)
    }

    /// Return 2 raised to the power of x.
    #[py("exp2(x, /)")]
    fn exp2(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, f64::exp2, "", true)
    }

    /// Return exp(x)-1.
    ///
    /// This function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x.
    #[py("expm1(x, /)")]
    fn expm1(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, f64::exp_m1, "", true)
    }

    /// Return the absolute value of the float x.
    #[py("fabs(x, /)")]
    fn fabs(x: f64) -> f64 {
        x.abs()
    }

    /// Gamma function at x.
    #[py("gamma(x, /)")]
    fn gamma(vm: &Vm, x: f64) -> Result<f64> {
        let pole = x == f64::NEG_INFINITY || x <= 0.0 && x == x.floor();
        one(vm, x, if pole { |_| f64::NAN } else { exact::gamma }, POLE, true)
    }

    /// Natural logarithm of absolute value of Gamma function at x.
    #[py("lgamma(x, /)")]
    fn lgamma(vm: &Vm, x: f64) -> Result<f64> {
        let pole = x.is_finite() && x <= 0.0 && x == x.floor();
        one(vm, x, if pole { |_| f64::NAN } else { exact::lgamma }, POLE, true)
    }

    /// Return the natural logarithm of 1+x (base e).
    #[py("log1p(x, /)")]
    fn log1p(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, f64::ln_1p, "expected argument value > -1", false)
    }

    /// Return the sine of x (measured in radians).
    #[py("sin(x, /)")]
    fn sin(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, f64::sin, FINITE, false)
    }

    /// Return the hyperbolic sine of x.
    #[py("sinh(x, /)")]
    fn sinh(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, f64::sinh, "", true)
    }

    /// Return the square root of x.
    #[py("sqrt(x, /)")]
    fn sqrt(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, f64::sqrt, "expected a nonnegative input", false)
    }

    /// Return the tangent of x (measured in radians).
    #[py("tan(x, /)")]
    fn tan(vm: &Vm, x: f64) -> Result<f64> {
        one(vm, x, f64::tan, FINITE, false)
    }

    /// Return the hyperbolic tangent of x.
    #[py("tanh(x, /)")]
    fn tanh(x: f64) -> f64 {
        x.tanh()
    }

    /// log(x, [base=math.e])
    /// Return the logarithm of x to the given base.
    ///
    /// If the base is not specified, returns the natural logarithm (base e) of x.
    #[py("log(x, base=<unrepresentable>, /)", notext)]
    fn log(vm: &Vm, x: &Object, base: Option<&Object>) -> Result<Object> {
        let value = logarithm(vm, x, f64::ln)?;
        let Some(base) = base else { return Ok(Float::from_f64(value)) };
        let base = logarithm(vm, base, f64::ln)?;
        protocol::truediv(vm, &Float::from_f64(value), &Float::from_f64(base))
    }

    /// Return the base 2 logarithm of x.
    #[py("log2(x, /)")]
    fn log2(vm: &Vm, x: &Object) -> Result<f64> {
        logarithm(vm, x, f64::log2)
    }

    /// Return the base 10 logarithm of x.
    #[py("log10(x, /)")]
    fn log10(vm: &Vm, x: &Object) -> Result<f64> {
        logarithm(vm, x, f64::log10)
    }

    /// Return x**y (x to the power of y).
    #[py("pow(x, y, /)")]
    fn pow(vm: &Vm, x: f64, y: f64) -> Result<f64> {
        let z = x.powf(y);
        if !x.is_finite() || !y.is_finite() || z.is_finite() {
            return Ok(z);
        }
        Err(if z.is_nan() || x == 0.0 { domain_error(vm) } else { range_error(vm) })
    }

    /// Return fmod(x, y), according to platform C.
    ///
    /// x % y may differ.
    #[py("fmod(x, y, /)")]
    fn fmod(vm: &Vm, x: f64, y: f64) -> Result<f64> {
        let z = x % y;
        if z.is_nan() && !x.is_nan() && !y.is_nan() { Err(domain_error(vm)) } else { Ok(z) }
    }

    /// Difference between x and the closest integer multiple of y.
    #[py("remainder(x, y, /)")]
    fn remainder(vm: &Vm, x: f64, y: f64) -> Result<f64> {
        let z = exact::remainder(x, y);
        if z.is_nan() && !x.is_nan() && !y.is_nan() { Err(domain_error(vm)) } else { Ok(z) }
    }

    /// Fused multiply-add operation: (x * y) + z with a single round.
    #[py("fma(x, y, z, /)")]
    fn fma(vm: &Vm, x: f64, y: f64, z: f64) -> Result<f64> {
        let r = exact::fma(x, y, z);
        if r.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
            bail!(vm, ValueError, "invalid operation in fma");
        }
        if r.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
            bail!(vm, OverflowError, "overflow in fma");
        }
        Ok(r)
    }

    /// Return a float with the magnitude (absolute value) of x but the sign of y.
    #[py("copysign(x, y, /)")]
    fn copysign(x: f64, y: f64) -> f64 {
        x.copysign(y)
    }

    /// Convert angle x from radians to degrees.
    #[py("degrees(x, /)")]
    fn degrees(x: f64) -> f64 {
        x * (180.0 / std::f64::consts::PI)
    }

    /// Convert angle x from degrees to radians.
    #[py("radians(x, /)")]
    fn radians(x: f64) -> f64 {
        x * (std::f64::consts::PI / 180.0)
    }

    /// Return the ceiling of x as an Integral.
    #[py("ceil(x, /)")]
    fn ceil(vm: &Vm, x: &Object) -> Result<Object> {
        if !x.is_exact::<Float>()
            && let Some(result) = by_special(vm, x, "__ceil__")?
        {
            return Ok(result);
        }
        vm::builtins::float::integral(vm, protocol::as_f64(vm, x)?.ceil())
    }

    /// Return the floor of x as an Integral.
    #[py("floor(x, /)")]
    fn floor(vm: &Vm, x: &Object) -> Result<Object> {
        if !x.is_exact::<Float>()
            && let Some(result) = by_special(vm, x, "__floor__")?
        {
            return Ok(result);
        }
        vm::builtins::float::integral(vm, protocol::as_f64(vm, x)?.floor())
    }

    /// Truncates the Real x to the nearest Integral toward 0.
    #[py("trunc(x, /)")]
    fn trunc(vm: &Vm, x: &Object) -> Result<Object> {
        match by_special(vm, x, "__trunc__")? {
            Some(result) => Ok(result),
            None => Err(raise!(vm, TypeError, "type {} doesn't define __trunc__ method", type_name(x))),
        }
    }

    /// Return the mantissa and exponent of x, as pair (m, e).
    #[py("frexp(x, /)")]
    fn frexp(x: f64) -> (f64, i32) {
        exact::frexp(x)
    }

    /// Return x * (2**i).
    #[py("ldexp(x, i, /)")]
    fn ldexp(vm: &Vm, x: f64, i: &Object) -> Result<f64> {
        if !i.is_instance_of::<Int>() {
            bail!(vm, TypeError, "Expected an int as second argument to ldexp.");
        }
        let extreme = if Int::is_negative(i) { i64::MIN } else { i64::MAX };
        let y = exact::ldexp(x, Int::to_i64(i).unwrap_or(extreme));
        if y.is_infinite() && x.is_finite() { Err(range_error(vm)) } else { Ok(y) }
    }

    /// Return the fractional and integer parts of x.
    #[py("modf(x, /)")]
    fn modf(x: f64) -> (f64, f64) {
        if x.is_infinite() {
            return (0.0f64.copysign(x), x);
        }
        ((x - x.trunc()).copysign(x), x.trunc())
    }

    /// Return the value of the least significant bit of the float x.
    #[py("ulp(x, /)")]
    fn ulp(x: f64) -> f64 {
        exact::ulp(x)
    }

    /// Return the floating-point value the given number of steps after x towards y.
    #[py("nextafter(x, y, /, *, steps=None)")]
    fn nextafter(vm: &Vm, x: f64, y: f64, steps: Option<&Object>) -> Result<f64> {
        let steps = match steps {
            // Without steps it is C's function, where a zero that is reached keeps the sign of `x`.
            None if y == 0.0 && x != y && exact::nextafter(x, y, 1) == 0.0 => return Ok(0.0f64.copysign(x)),
            None => 1,
            Some(steps) => {
                let steps = protocol::index(vm, steps)?;
                if Int::is_negative(&steps) {
                    bail!(vm, ValueError, "steps must be a non-negative integer");
                }
                Int::to_i128(&steps).and_then(|n| u64::try_from(n).ok()).unwrap_or(u64::MAX)
            }
        };
        Ok(exact::nextafter(x, y, steps))
    }

    /// Return True if x is neither an infinity nor a NaN, and False otherwise.
    #[py("isfinite(x, /)")]
    fn isfinite(x: f64) -> bool {
        x.is_finite()
    }

    /// Return True if x is a positive or negative infinity, and False otherwise.
    #[py("isinf(x, /)")]
    fn isinf(x: f64) -> bool {
        x.is_infinite()
    }

    /// Return True if x is a NaN (not a number), and False otherwise.
    #[py("isnan(x, /)")]
    fn isnan(x: f64) -> bool {
        x.is_nan()
    }

    /// Determine whether two floating-point numbers are close in value.
    #[py("isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
    fn isclose(vm: &Vm, a: f64, b: f64, rel_tol: f64, abs_tol: f64) -> Result<bool> {
        if rel_tol < 0.0 || abs_tol < 0.0 {
            bail!(vm, ValueError, "tolerances must be non-negative");
        }
        if a == b {
            return Ok(true);
        }
        if a.is_infinite() || b.is_infinite() {
            return Ok(false);
        }
        let difference = (b - a).abs();
        Ok(difference <= (rel_tol * b).abs() || difference <= (rel_tol * a).abs() || difference <= abs_tol)
    }

    /// Find n!.
    #[py("factorial(n, /)")]
    fn factorial(vm: &Vm, n: &Object) -> Result<Object> {
        let n = protocol::index(vm, n)?;
        if Int::is_negative(&n) {
            bail!(vm, ValueError, "factorial() not defined for negative values");
        }
        match Int::to_i64(&n) {
            Some(n) => made(vm, |go_on| big::factorial(n as u64, go_on)),
            None => Err(raise!(vm, OverflowError, "factorial() argument should not exceed {}", i64::MAX)),
        }
    }

    /// Number of ways to choose k items from n items without repetition and without order.
    #[py("comb(n, k, /)")]
    fn comb(vm: &Vm, n: &Object, k: &Object) -> Result<Object> {
        let (n, k) = choice(vm, n, k)?;
        if k > n {
            return Ok(Object::int32(0));
        }
        let other = &n - &k;
        match u64::try_from(if other < k { &other } else { &k }) {
            Ok(k) => made(vm, |go_on| big::comb(&n, k, go_on)),
            Err(_) => Err(raise!(vm, OverflowError, "min(n - k, k) must not exceed {}", u64::MAX)),
        }
    }

    /// Number of ways to choose k items from n items without repetition and with order.
    #[py("perm(n, k=None, /)")]
    fn perm(vm: &Vm, n: &Object, k: Option<&Object>) -> Result<Object> {
        let Some(k) = k else { return factorial(vm, n) };
        let (n, k) = choice(vm, n, k)?;
        if k > n {
            return Ok(Object::int32(0));
        }
        match u64::try_from(&k) {
            Ok(k) => made(vm, |go_on| big::perm(&n, k, go_on)),
            Err(_) => Err(raise!(vm, OverflowError, "k must not exceed {}", u64::MAX)),
        }
    }

    /// Return the integer part of the square root of the input.
    #[py("isqrt(n, /)")]
    fn isqrt(vm: &Vm, n: &Object) -> Result<Object> {
        match big::isqrt(&index(vm, n)?) {
            Some(root) => Int::from_big(vm, root),
            None => Err(raise!(vm, ValueError, "isqrt() argument must be nonnegative")),
        }
    }

    /// Greatest Common Divisor.
    #[py("gcd(*integers)")]
    fn gcd(vm: &Vm, integers: &[Object]) -> Result<Object> {
        let mut result = ::number::BigInt::default();
        for value in integers {
            result = big::gcd(&result, &index(vm, value)?);
        }
        Int::from_big(vm, result)
    }

    /// Least Common Multiple.
    #[py("lcm(*integers)")]
    fn lcm(vm: &Vm, integers: &[Object]) -> Result<Object> {
        let mut result = ::number::BigInt::from(1);
        for value in integers {
            result = big::lcm(&result, &index(vm, value)?);
        }
        Int::from_big(vm, result)
    }

    /// Multidimensional Euclidean distance from the origin to a point.
    #[py("hypot(*coordinates)")]
    fn hypot(vm: &Vm, coordinates: &[Object]) -> Result<f64> {
        let point = coordinates.iter().map(|x| protocol::as_f64(vm, x)).collect::<Result<Vec<_>>>()?;
        Ok(exact::hypot(&point))
    }

    /// Return the Euclidean distance between two points p and q.
    #[py("dist(p, q, /)")]
    fn dist(vm: &Vm, p: &Object, q: &Object) -> Result<f64> {
        let (p, q) = (floats(vm, p)?, floats(vm, q)?);
        if p.len() != q.len() {
            bail!(vm, ValueError, "both points must have the same number of dimensions");
        }
        Ok(exact::dist(&p, &q))
    }

    /// Return an accurate floating-point sum of values in the iterable seq.
    #[py("fsum(seq, /)")]
    fn fsum(vm: &Vm, seq: &Object) -> Result<f64> {
        let failed = |error| match error {
            exact::SumError::Overflow => raise!(vm, OverflowError, "intermediate overflow in fsum"),
            exact::SumError::Infinities => raise!(vm, ValueError, "-inf + inf in fsum"),
        };
        let mut sum = exact::Sum::new();
        iter::each(vm, seq, |x| sum.add(protocol::as_f64(vm, &x)?).map_err(failed))?;
        sum.finish().map_err(failed)
    }

    /// Calculate the product of all the elements in the input iterable.
    ///
    /// The default start value for the product is 1.
    #[py("prod(iterable, /, *, start=1)")]
    fn prod(vm: &Vm, iterable: &Object, start: Object) -> Result<Object> {
        let mut product = start;
        iter::each(vm, iterable, |x| {
            product = protocol::mul(vm, &product, &x)?;
            Ok(())
        })?;
        Ok(product)
    }

    /// Return the sum of products of values from two iterables p and q.
    #[py("sumprod(p, q, /)")]
    fn sumprod(vm: &Vm, p: &Object, q: &Object) -> Result<Object> {
        let (p, q) = (iter::to_vec(vm, p)?, iter::to_vec(vm, q)?);
        if p.len() != q.len() {
            bail!(vm, ValueError, "Inputs are not the same length");
        }
        let mut total = Object::int32(0);
        // Whole numbers at the start are summed exactly, then a run of products with floats in triple length; what comes
        // after that is summed as it is.
        let (mut ints, mut floats) = (Some(0i64), true);
        let mut sum: Option<exact::ProductSum> = None;
        for (x, y) in p.iter().zip(&q) {
            if let Some(so_far) = ints {
                let product =
                    |x: &Object, y: &Object| Int::to_i64(x)?.checked_mul(Int::to_i64(y)?)?.checked_add(so_far);
                let both = x.is_exact::<Int>() && y.is_exact::<Int>();
                ints = if both { product(x, y) } else { None };
                if ints.is_some() {
                    continue;
                }
                total = Int::from_i64(so_far);
            }
            if floats {
                let whole = |x: &Object| x.is_exact::<Int>() || x.is_exact::<Bool>();
                let float = |x: &Object| x.is_exact::<Float>();
                if float(x) && (float(y) || whole(y)) || float(y) && whole(x) {
                    match (protocol::as_f64(vm, x), protocol::as_f64(vm, y)) {
                        (Ok(x), Ok(y)) => {
                            let mut with = sum.unwrap_or_default();
                            with.add(x, y);
                            if with.is_finite() {
                                sum = Some(with);
                                continue;
                            }
                        }
                        _ => vm.clear_raised(),
                    }
                }
                floats = false;
                if let Some(sum) = sum.take() {
                    total = protocol::add(vm, &total, &Float::from_f64(sum.finish()))?;
                }
            }
            total = multiply_add(vm, &total, x, y)?;
        }
        if let Some(so_far) = ints {
            total = Int::from_i64(so_far);
        }
        if let Some(sum) = sum {
            total = protocol::add(vm, &total, &Float::from_f64(sum.finish()))?;
        }
        Ok(total)
    }
}
