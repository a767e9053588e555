//! Numbers from objects: what `Decimal(value)` and operands may be.

use super::context::ContextObject;
use super::object::DecimalObject;
use number::decimal::{Context, Decimal as Number, Kind, status};
use number::{BigInt, Sign};
use std::borrow::Cow;
use vm::object::type_name;
use vm::prelude::*;
use vm::protocol::iter;

fn magnitude(object: &Object) -> Option<(bool, BigInt)> {
    let big = Int::to_big(object)?;
    Some((big.sign() == Sign::Negative, big))
}

/// An int as an exact number.
pub fn from_int(object: &Object) -> Option<Number> {
    if let Some(small) = object.as_small_int() {
        return Some(Number::from_u64(small.unsigned_abs()).with_sign(small < 0));
    }
    let (negative, big) = magnitude(object)?;
    Some(Number::finite(negative, big.into_parts().1, 0))
}

/// A Decimal or an int, exactly; `None` for others.
pub fn operand(object: &Object) -> Option<Cow<'_, Number>> {
    if let Some(decimal) = object.cast::<DecimalObject>() {
        return Some(Cow::Borrowed(&decimal.number));
    }
    object.is_instance_of::<Int>().then(|| from_int(object).map(Cow::Owned)).flatten()
}

/// The operand of a method.
pub fn convert<'a>(vm: &Vm, object: &'a Object, _context: &ContextObject) -> Result<Cow<'a, Number>> {
    match operand(object) {
        Some(number) => Ok(number),
        None => Err(raise!(vm, TypeError, "conversion from {} to Decimal is not supported", type_name(object))),
    }
}

pub fn exact_only(vm: &Vm, object: &Object) -> Result<Object> {
    match object.cast::<DecimalObject>() {
        Some(_) => Ok(object.clone()),
        None => Err(raise!(vm, TypeError, "argument must be a Decimal")),
    }
}

/// A float's exact value.
fn of_float(value: f64) -> Number {
    if value.is_nan() {
        return Number::nan().with_sign(value.is_sign_negative());
    }
    if value.is_infinite() {
        return Number::infinity(value < 0.0);
    }
    let negative = value.is_sign_negative();
    let bits = value.abs().to_bits();
    let (mantissa, exponent) = match bits >> 52 {
        0 => (bits & ((1 << 52) - 1), -1074),
        raised => (bits & ((1 << 52) - 1) | 1 << 52, raised as i64 - 1075),
    };
    if mantissa == 0 {
        return Number::finite(negative, BigInt::ZERO.into_parts().1, 0);
    }
    let zeros = i64::from(mantissa.trailing_zeros()).min((-exponent).max(0));
    let (mantissa, exponent) = (BigInt::from(mantissa >> zeros), exponent + zeros);
    let (coefficient, exponent) = if exponent >= 0 {
        (mantissa << exponent as usize, 0)
    } else {
        (mantissa * BigInt::from(5).pow(exponent.unsigned_abs() as usize), exponent)
    };
    Number::finite(negative, coefficient.into_parts().1, exponent)
}

/// The number of an int or float.
pub fn from_float(vm: &Vm, object: &Object) -> Result<Number> {
    if object.is_instance_of::<Int>() {
        return from_int(object).ok_or_else(|| vm.out_of_memory());
    }
    match Float::value_of(object) {
        Some(value) => Ok(of_float(value)),
        None => Err(raise!(vm, TypeError, "argument must be int or float")),
    }
}

/// Text as ASCII: other digits become ASCII ones, spaces around and underscores go.
fn ascii(text: &Str) -> Vec<u8> {
    let codes: Vec<u32> = text.code_points().collect();
    let space = |code: &u32| text::chars::is_space(*code);
    let start = codes.iter().position(|code| !space(code)).unwrap_or(codes.len());
    let end = codes.iter().rposition(|code| !space(code)).map_or(start, |at| at + 1);
    codes[start..end]
        .iter()
        .filter(|&&code| code != u32::from('_'))
        .map(|&code| match code {
            0..0x80 => code as u8,
            _ => text::chars::decimal(code).map_or(b'?', |digit| b'0' + digit),
        })
        .collect()
}

fn from_tuple(vm: &Vm, object: &Object) -> Result<Number> {
    let parts = iter::to_vec(vm, object)?;
    let [sign, digits, exponent] = &parts[..] else {
        bail!(vm, ValueError, "argument must be a sequence of length 3");
    };
    let special = match exponent.cast::<Str>() {
        Some(text) => Some(match text.as_ascii() {
            Some("F") => Kind::Infinite,
            Some("n") => Kind::QuietNan,
            Some("N") => Kind::SignalingNan,
            _ => bail!(vm, ValueError, "string argument in the third position must be 'F', 'n' or 'N'"),
        }),
        None => None,
    };
    let exponent = match special {
        Some(_) => 0,
        None if exponent.is_instance_of::<Int>() => match Int::to_i64(exponent) {
            Some(exponent) => exponent.clamp(-4 * number::decimal::MAX, 4 * number::decimal::MAX),
            None => bail!(vm, OverflowError, "Python int too large to convert to C ssize_t"),
        },
        None => bail!(vm, ValueError, "exponent must be an integer"),
    };
    let negative = match sign.is_instance_of::<Int>().then(|| Int::to_i64(sign)).flatten() {
        Some(0) => false,
        Some(1) => true,
        _ => bail!(vm, ValueError, "sign must be an integer with the value 0 or 1"),
    };
    if special == Some(Kind::Infinite) {
        return Ok(Number::infinity(negative));
    }
    let wrong = || raise!(vm, ValueError, "coefficient must be a tuple of digits");
    if !digits.is_instance_of::<Tuple>() && !digits.is_instance_of::<List>() {
        return Err(wrong());
    }
    let mut text = Vec::new();
    for digit in iter::to_vec(vm, digits)? {
        match digit.is_instance_of::<Int>().then(|| Int::to_i64(&digit)).flatten() {
            Some(digit @ 0..=9) => text.push(b'0' + digit as u8),
            _ => return Err(wrong()),
        }
    }
    if text.is_empty() {
        text.push(b'0');
    }
    let mut number = Number::parse_exact(&text).ok_or_else(wrong)?;
    number.negative = negative;
    number.exponent = exponent;
    number.kind = special.unwrap_or(Kind::Finite);
    Ok(number)
}

/// What `Decimal(value)` takes; `exact` also refuses numbers beyond all limits.
pub fn parse_object(vm: &Vm, value: &Object, context: &ContextObject, exact: bool) -> Result<Number> {
    let number = if let Some(decimal) = value.cast::<DecimalObject>() {
        return Ok(decimal.number.clone());
    } else if let Some(text) = value.cast::<Str>() {
        // A context's own conversion takes no spaces and underscores.
        let plain = exact || !text.code_points().any(|code| code == u32::from('_') || text::chars::is_space(code));
        match Number::parse_exact(&ascii(text)).filter(|_| plain) {
            Some(number) => number,
            None => {
                context.note(vm, status::CONVERSION_SYNTAX)?;
                return Ok(Number::nan());
            }
        }
    } else if value.is_instance_of::<Int>() {
        from_int(value).ok_or_else(|| vm.out_of_memory())?
    } else if value.is_instance_of::<Tuple>() || value.is_instance_of::<List>() {
        from_tuple(vm, value)?
    } else if value.is_instance_of::<Float>() {
        context.note(vm, status::FLOAT_OPERATION)?;
        from_float(vm, value)?
    } else {
        bail!(vm, TypeError, "conversion from {} to Decimal is not supported", type_name(value));
    };
    if exact {
        // Beyond all limits there is no exact number.
        let mut conditions = 0;
        let fitted = number.clone().finalized(&Context::MAX, &mut conditions);
        if conditions & (status::INEXACT | status::ROUNDED | status::CLAMPED) != 0 && fitted != number {
            context.note(vm, status::INVALID_OPERATION)?;
            return Ok(Number::nan());
        }
    }
    Ok(number)
}

/// `a ** b`, or modulo a number.
pub fn power(a: &Number, b: &Number, modulo: Option<&Number>, context: &Context, status: &mut u32) -> Number {
    let Some(m) = modulo else { return a.pow(b, context, status) };
    let invalid = |status: &mut u32| {
        *status |= number::decimal::status::INVALID_OPERATION;
        Number::nan()
    };
    let operands = [a, b, m];
    if let Some(nan) = operands.iter().find(|n| n.is_snan()).or_else(|| operands.iter().find(|n| n.is_nan())) {
        return nan.plus(context, status);
    }
    let all_whole = [a, b, m].iter().all(|n| n.is_integer());
    if !all_whole
        || b.negative && !b.is_zero()
        || m.is_zero()
        || a.is_zero() && b.is_zero()
        || m.adjusted() >= context.prec
    {
        return invalid(status);
    }
    // Operands may be far larger than memory: only their digits and powers of ten modulo something are looked at.
    let ten = BigInt::from(10);
    let power_of_ten = |exponent: i64, modulus: &BigInt| number::int::pow_mod(&ten, &BigInt::from(exponent), modulus);
    let whole = |n: &Number| number::int::parse(n.whole_digits().as_bytes(), 10).unwrap_or_default();
    const MOST_ZEROS: i64 = 10_000;
    if m.exponent > MOST_ZEROS || b.exponent > MOST_ZEROS {
        *status |= number::decimal::status::MEMORY;
        return Number::nan();
    }
    let scaled = |n: &Number| Some(whole(n) * number::int::pow(&ten, n.exponent.max(0) as u64).ok()?);
    let (Some(exponent), Some(modulus)) = (scaled(b), scaled(m)) else {
        *status |= number::decimal::status::MEMORY;
        return Number::nan();
    };
    let Ok(zeros) = power_of_ten(a.exponent.max(0), &modulus) else { return invalid(status) };
    let base = whole(a) * zeros;
    let Ok(result) = number::int::pow_mod(&base, &exponent, &modulus) else { return invalid(status) };
    let odd = number::int::is_odd(&exponent);
    let result = Number::finite(a.negative && odd, result.into_parts().1, 0);
    result.finalized(context, status)
}

trait Whole {
    fn whole_digits(&self) -> String;
}

impl Whole for Number {
    /// The digits of an integer without its sign, and without the zeros that the exponent stands for.
    fn whole_digits(&self) -> String {
        let mut digits = self.coefficient.to_string();
        if self.exponent < 0 {
            let drop = usize::try_from(self.exponent.unsigned_abs()).unwrap_or(usize::MAX);
            digits.truncate(digits.len().saturating_sub(drop));
        }
        if digits.is_empty() { "0".to_owned() } else { digits }
    }
}

/// A dict with the words of a locale, as the library has it: groups are a list of sizes.
pub fn locale_of(vm: &Vm, given: &Object) -> Result<Object> {
    let Some(dict) = given.cast::<Dict>() else { bail!(vm, TypeError, "optional argument must be a dict") };
    let invalid = || raise!(vm, ValueError, "invalid override dict");
    let dict = dict.copy(vm)?;
    for name in ["decimal_point", "thousands_sep", "grouping"] {
        match dict.get_str(vm, name) {
            Some(value) if value.is_instance_of::<Str>() => {}
            _ => return Err(invalid()),
        }
    }
    if let Some(groups) = dict.get_str(vm, "grouping")
        && let Some(groups) = groups.cast::<Str>()
    {
        let sizes: Vec<Object> = groups.code_points().map(|code| Object::int32(code as i32)).collect();
        dict.set_str(vm, "grouping", List::from_vec(sizes).into_object())?;
    }
    Ok(dict.into_object())
}
