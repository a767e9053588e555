//! Arithmetic on constants, as Python does it, within limits that keep code objects small.
//!
//! `None` means: leave it to run time, because it would raise or become too big.

use bytecode::op::nb;
use bytecode::{Const, Op};
use number::BigInt;
use text::Wtf8Buf;

/// Bits of an int that may be folded.
const MAX_INT_BITS: usize = 128;
/// Items of a tuple.
const MAX_ITEMS: usize = 256;
/// Characters of a str or bytes.
const MAX_CHARS: usize = 4096;
/// Items of a tuple, those of tuples in it counted.
const MAX_TOTAL_ITEMS: isize = 1024;

/// `bool(value)`
pub(crate) fn truth(value: &Const) -> bool {
    match value {
        Const::None => false,
        Const::Bool(b) => *b,
        Const::Ellipsis | Const::Slice(_) | Const::Code(_) => true,
        Const::Int(i) => *i != BigInt::ZERO,
        Const::Float(f) => *f != 0.0,
        Const::Complex(re, im) => *re != 0.0 || *im != 0.0,
        Const::Str(s) => !s.as_bytes().is_empty(),
        Const::Bytes(b) => !b.is_empty(),
        Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
    }
}

/// A frozenset of the items: the first of those that compare equal.
pub(crate) fn frozen_set(items: Vec<Const>) -> Const {
    let mut kept: Vec<Const> = Vec::with_capacity(items.len());
    for item in items {
        if !kept.iter().any(|k| equal(k, &item)) {
            kept.push(item);
        }
    }
    Const::FrozenSet(kept)
}

/// `a == b`, for constants.
fn equal(a: &Const, b: &Const) -> bool {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => match (a, b) {
            (Number::Int(a), Number::Int(b)) => a == b,
            (a, b) => {
                let (a, b) = (a.complex(), b.complex());
                a.is_some() && a == b
            }
        },
        _ => match (a, b) {
            (Const::Tuple(a), Const::Tuple(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
            _ => a == b,
        },
    }
}

enum Number {
    Int(BigInt),
    Float(f64),
    Complex(f64, f64),
}

impl Number {
    fn float(&self) -> Option<f64> {
        match self {
            Number::Int(i) => int_to_f64(i),
            Number::Float(f) => Some(*f),
            Number::Complex(..) => None,
        }
    }

    fn complex(&self) -> Option<(f64, f64)> {
        match self {
            Number::Complex(re, im) => Some((*re, *im)),
            other => other.float().map(|re| (re, 0.0)),
        }
    }
}

/// `float(int)`, correctly rounded; `None` where it overflows.
fn int_to_f64(i: &BigInt) -> Option<f64> {
    let f = i.to_f64().value();
    f.is_finite().then_some(f)
}

fn number(value: &Const) -> Option<Number> {
    Some(match value {
        Const::Bool(b) => Number::Int(u8::from(*b).into()),
        Const::Int(i) => Number::Int(i.clone()),
        Const::Float(f) => Number::Float(*f),
        Const::Complex(re, im) => Number::Complex(*re, *im),
        _ => return None,
    })
}

/// A unary operator; `CALL_INTRINSIC_1` stands for `+`.
pub(crate) fn unary(op: Op, value: &Const) -> Option<Const> {
    if op == Op::UNARY_NOT {
        return Some(Const::Bool(!truth(value)));
    }
    let number = number(value)?;
    Some(match (op, number) {
        (Op::UNARY_NEGATIVE, Number::Int(i)) => Const::Int(-i),
        (Op::UNARY_NEGATIVE, Number::Float(f)) => Const::Float(-f),
        (Op::UNARY_NEGATIVE, Number::Complex(re, im)) => Const::Complex(-re, -im),
        // ~True warns, at run time.
        (Op::UNARY_INVERT, Number::Int(i)) if !matches!(value, Const::Bool(_)) => Const::Int(-i - BigInt::ONE),
        (Op::CALL_INTRINSIC_1, Number::Int(i)) => Const::Int(i),
        (Op::CALL_INTRINSIC_1, Number::Float(f)) => Const::Float(f),
        (Op::CALL_INTRINSIC_1, Number::Complex(re, im)) => Const::Complex(re, im),
        _ => return None,
    })
}

/// A binary operator, by its `BINARY_OP` number.
pub(crate) fn binary(a: &Const, op: u32, b: &Const) -> Option<Const> {
    if let (Const::Bool(a), Const::Bool(b)) = (a, b) {
        match op {
            nb::AND => return Some(Const::Bool(a & b)),
            nb::OR => return Some(Const::Bool(a | b)),
            nb::XOR => return Some(Const::Bool(a ^ b)),
            _ => {}
        }
    }
    match (number(a), number(b)) {
        (Some(Number::Int(a)), Some(Number::Int(b))) => ints(&a, op, &b),
        (Some(a @ Number::Complex(..)), Some(b)) | (Some(a), Some(b @ Number::Complex(..))) => complexes(&a, op, &b),
        (Some(a), Some(b)) => floats(a.float()?, op, b.float()?),
        _ => sequences(a, op, b),
    }
}

fn bits(i: &BigInt) -> usize {
    use dashu_bits::BitLen;
    i.bit_length()
}

/// How many bits an int has, without naming the library behind it.
mod dashu_bits {
    use number::BigInt;

    pub trait BitLen {
        fn bit_length(&self) -> usize;
    }

    impl BitLen for BigInt {
        fn bit_length(&self) -> usize {
            let (_, words) = self.as_sign_words();
            let Some((top, rest)) = words.split_last() else { return 0 };
            (top.ilog2() as usize + 1) + rest.len() * std::mem::size_of_val(top) * 8
        }
    }
}

fn is_negative(i: &BigInt) -> bool {
    *i < BigInt::ZERO
}

/// Quotient and remainder rounded down, as Python's `divmod`.
fn div_floor(a: &BigInt, b: &BigInt) -> Option<(BigInt, BigInt)> {
    if *b == BigInt::ZERO {
        return None;
    }
    let quotient = a / b;
    let remainder = a % b;
    if remainder != BigInt::ZERO && is_negative(&remainder) != is_negative(b) {
        return Some((quotient - BigInt::ONE, remainder + b));
    }
    Some((quotient, remainder))
}

fn ints(a: &BigInt, op: u32, b: &BigInt) -> Option<Const> {
    let zero = BigInt::ZERO;
    Some(Const::Int(match op {
        nb::ADD => a + b,
        nb::SUBTRACT => a - b,
        nb::MULTIPLY => {
            if *a != zero && *b != zero && bits(a) + bits(b) > MAX_INT_BITS {
                return None;
            }
            a * b
        }
        nb::TRUE_DIVIDE => {
            if *b == zero {
                return None;
            }
            return true_divide(a, b).map(Const::Float);
        }
        nb::FLOOR_DIVIDE => div_floor(a, b)?.0,
        nb::REMAINDER => div_floor(a, b)?.1,
        nb::POWER => {
            if is_negative(b) {
                if *a == zero {
                    return None;
                }
                return power(int_to_f64(a)?, int_to_f64(b)?).map(Const::Float);
            }
            let exponent = usize::try_from(b).ok()?;
            if *a != zero && exponent > 0 && bits(a) > MAX_INT_BITS / exponent {
                return None;
            }
            a.pow(exponent)
        }
        nb::LSHIFT => {
            let shift = usize::try_from(b).ok()?;
            if *a != zero && *b != zero && (shift > MAX_INT_BITS || bits(a) > MAX_INT_BITS - shift) {
                return None;
            }
            a << shift
        }
        nb::RSHIFT => {
            if is_negative(b) {
                return None;
            }
            match usize::try_from(b) {
                Ok(shift) => a >> shift,
                Err(_) if is_negative(a) => -BigInt::ONE,
                Err(_) => zero,
            }
        }
        nb::OR => a | b,
        nb::XOR => a ^ b,
        nb::AND => a & b,
        _ => return None,
    }))
}

/// `a / b` of ints, where both are exact floats; anything else is left to run time, which rounds once.
fn true_divide(a: &BigInt, b: &BigInt) -> Option<f64> {
    const EXACT_BITS: usize = 53;
    if bits(a) > EXACT_BITS || bits(b) > EXACT_BITS {
        return None;
    }
    Some(int_to_f64(a)? / int_to_f64(b)?)
}

fn power(a: f64, b: f64) -> Option<f64> {
    if a == 0.0 && b < 0.0 || a < 0.0 && b.fract() != 0.0 {
        return None;
    }
    let result = a.powf(b);
    (result.is_finite() || !a.is_finite() || !b.is_finite()).then_some(result)
}

/// Python's `float % float`: the sign of the divisor.
fn float_mod(a: f64, b: f64) -> f64 {
    let m = a % b;
    if m == 0.0 {
        0f64.copysign(b)
    } else if (b < 0.0) != (m < 0.0) {
        m + b
    } else {
        m
    }
}

fn float_floor_div(a: f64, b: f64) -> f64 {
    let m = a % b;
    let mut div = (a - m) / b;
    if m != 0.0 && (b < 0.0) != (m < 0.0) {
        div -= 1.0;
    }
    if div == 0.0 {
        return 0f64.copysign(a / b);
    }
    let floor = div.floor();
    if div - floor > 0.5 { floor + 1.0 } else { floor }
}

fn floats(a: f64, op: u32, b: f64) -> Option<Const> {
    Some(Const::Float(match op {
        nb::ADD => a + b,
        nb::SUBTRACT => a - b,
        nb::MULTIPLY => a * b,
        nb::TRUE_DIVIDE if b != 0.0 => a / b,
        nb::FLOOR_DIVIDE if b != 0.0 => float_floor_div(a, b),
        nb::REMAINDER if b != 0.0 => float_mod(a, b),
        nb::POWER => power(a, b)?,
        _ => return None,
    }))
}

fn complexes(a: &Number, op: u32, b: &Number) -> Option<Const> {
    let ((re, im), (re2, im2)) = (a.complex()?, b.complex()?);
    // A real operand has no imaginary part, not even a zero: signs of zeros come out as mixed arithmetic has them.
    let (left_real, right_real) = (!matches!(a, Number::Complex(..)), !matches!(b, Number::Complex(..)));
    Some(match op {
        nb::ADD if left_real => Const::Complex(re + re2, im2),
        nb::ADD if right_real => Const::Complex(re + re2, im),
        nb::ADD => Const::Complex(re + re2, im + im2),
        nb::SUBTRACT if left_real => Const::Complex(re - re2, -im2),
        nb::SUBTRACT if right_real => Const::Complex(re - re2, im),
        nb::SUBTRACT => Const::Complex(re - re2, im - im2),
        nb::MULTIPLY if left_real => Const::Complex(re * re2, re * im2),
        nb::MULTIPLY if right_real => Const::Complex(re * re2, im * re2),
        nb::MULTIPLY if [re, im, re2, im2].iter().all(|x| x.is_finite()) => {
            Const::Complex(re * re2 - im * im2, re * im2 + im * re2)
        }
        nb::TRUE_DIVIDE if right_real && re2 != 0.0 => Const::Complex(re / re2, im / re2),
        nb::TRUE_DIVIDE if !right_real => {
            let (re, im) = complex_divide((re, im), (re2, im2), left_real)?;
            Const::Complex(re, im)
        }
        nb::POWER => {
            let (re, im) = complex_power((re, im), (re2, im2))?;
            Const::Complex(re, im)
        }
        _ => return None,
    })
}

type Pair = (f64, f64);

fn complex_multiply(a: Pair, b: Pair) -> Pair {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// Smith's method: scales by the larger part of the divisor.
fn complex_divide(a: Pair, b: Pair, left_real: bool) -> Option<Pair> {
    if b == (0.0, 0.0) || [a.0, a.1, b.0, b.1].iter().any(|x| !x.is_finite()) {
        return None;
    }
    Some(if b.0.abs() >= b.1.abs() {
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        if left_real {
            (a.0 / denominator, -a.0 * ratio / denominator)
        } else {
            ((a.0 + a.1 * ratio) / denominator, (a.1 - a.0 * ratio) / denominator)
        }
    } else {
        let ratio = b.0 / b.1;
        let denominator = b.0 * ratio + b.1;
        if left_real {
            (a.0 * ratio / denominator, -a.0 / denominator)
        } else {
            ((a.0 * ratio + a.1) / denominator, (a.1 * ratio - a.0) / denominator)
        }
    })
}

/// Small whole exponents by squaring, others by way of polar coordinates.
fn complex_power(a: Pair, b: Pair) -> Option<Pair> {
    const MOST_BY_SQUARING: f64 = 100.0;
    let result = if b.1 == 0.0 && b.0 == b.0.floor() && b.0.abs() <= MOST_BY_SQUARING {
        let mut exponent = b.0.abs() as u32;
        let (mut result, mut square) = ((1.0, 0.0), a);
        while exponent > 0 {
            if exponent & 1 != 0 {
                result = complex_multiply(result, square);
            }
            exponent >>= 1;
            square = complex_multiply(square, square);
        }
        if b.0 < 0.0 { complex_divide((1.0, 0.0), result, false)? } else { result }
    } else if a == (0.0, 0.0) {
        if b.1 != 0.0 || b.0 < 0.0 {
            return None;
        }
        (0.0, 0.0)
    } else {
        let length = a.0.hypot(a.1);
        let angle = a.1.atan2(a.0);
        let (mut magnitude, mut phase) = (length.powf(b.0), angle * b.0);
        if b.1 != 0.0 {
            magnitude *= (-angle * b.1).exp();
            phase += b.1 * length.ln();
        }
        (magnitude * phase.cos(), magnitude * phase.sin())
    };
    (result.0.is_finite() && result.1.is_finite()).then_some(result)
}

fn sequences(a: &Const, op: u32, b: &Const) -> Option<Const> {
    match op {
        nb::ADD => match (a, b) {
            (Const::Str(a), Const::Str(b)) => concat(a, b).map(Const::Str),
            (Const::Bytes(a), Const::Bytes(b)) => Some(Const::Bytes([&a[..], b].concat())),
            (Const::Tuple(a), Const::Tuple(b)) => Some(Const::Tuple([&a[..], b].concat())),
            _ => None,
        },
        nb::MULTIPLY => match (a, b) {
            (Const::Int(_) | Const::Bool(_), _) => repeat(b, a),
            _ => repeat(a, b),
        },
        nb::SUBSCR => subscript(a, b),
        _ => None,
    }
}

fn concat(a: &Wtf8Buf, b: &Wtf8Buf) -> Option<Wtf8Buf> {
    Wtf8Buf::from_bytes([a.as_bytes(), b.as_bytes()].concat())
}

fn repeat(sequence: &Const, count: &Const) -> Option<Const> {
    let Number::Int(count) = number(count)? else { return None };
    let (size, most) = match sequence {
        Const::Str(s) => (s.code_points().count(), MAX_CHARS),
        Const::Bytes(b) => (b.len(), MAX_CHARS),
        Const::Tuple(items) => (items.len(), MAX_ITEMS),
        _ => return None,
    };
    if size == 0 {
        return Some(sequence.clone());
    }
    let count = usize::try_from(&count).ok().filter(|count| *count <= most / size)?;
    Some(match sequence {
        Const::Str(s) => Const::Str(Wtf8Buf::from_bytes(s.as_bytes().repeat(count))?),
        Const::Bytes(b) => Const::Bytes(b.repeat(count)),
        Const::Tuple(items) => {
            if count > 0 && complexity(items, MAX_TOTAL_ITEMS / count as isize) < 0 {
                return None;
            }
            let all = std::iter::repeat_n(items, count).flatten().cloned();
            Const::Tuple(all.collect())
        }
        _ => return None,
    })
}

fn complexity(items: &[Const], mut left: isize) -> isize {
    left -= items.len() as isize;
    for item in items {
        if left < 0 {
            break;
        }
        if let Const::Tuple(items) = item {
            left = complexity(items, left);
        }
    }
    left
}

fn subscript(sequence: &Const, index: &Const) -> Option<Const> {
    enum Kind {
        Str,
        Bytes,
        Tuple,
    }
    let (kind, items): (Kind, Vec<Const>) = match sequence {
        Const::Str(s) => (Kind::Str, s.code_points().map(|c| Const::Int(c.into())).collect()),
        Const::Bytes(b) => (Kind::Bytes, b.iter().map(|b| Const::Int((*b).into())).collect()),
        Const::Tuple(items) => (Kind::Tuple, items.clone()),
        _ => return None,
    };
    if let Some(Number::Int(i)) = number(index) {
        let i = isize::try_from(&i).ok()?;
        let i = if i < 0 { i.checked_add(items.len() as isize)? } else { i };
        let item = items.get(usize::try_from(i).ok()?)?.clone();
        return match kind {
            Kind::Str => str_of(std::slice::from_ref(&item)),
            Kind::Bytes | Kind::Tuple => Some(item),
        };
    }
    let Const::Slice(parts) = index else { return None };
    let chosen: Vec<Const> = indices(parts, items.len())?.into_iter().map(|i| items[i].clone()).collect();
    match kind {
        Kind::Str => str_of(&chosen),
        Kind::Bytes => chosen.iter().map(byte_of).collect::<Option<_>>().map(Const::Bytes),
        Kind::Tuple => Some(Const::Tuple(chosen)),
    }
}

fn byte_of(value: &Const) -> Option<u8> {
    match value {
        Const::Int(i) => u8::try_from(i).ok(),
        _ => None,
    }
}

fn str_of(codes: &[Const]) -> Option<Const> {
    let mut out = Wtf8Buf::new();
    for code in codes {
        let Const::Int(code) = code else { return None };
        out.push_code_point(u32::try_from(code).ok()?)?;
    }
    Some(Const::Str(out))
}

/// The indices that a slice of constants chooses.
fn indices(parts: &[Const; 3], len: usize) -> Option<Vec<usize>> {
    let part = |value: &Const| match value {
        Const::None => Some(None),
        _ => match number(value)? {
            Number::Int(i) => isize::try_from(&i).ok().map(Some),
            _ => None,
        },
    };
    let (start, stop, step) = (part(&parts[0])?, part(&parts[1])?, part(&parts[2])?.unwrap_or(1));
    let len = len as isize;
    if step == 0 {
        return None;
    }
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let clamp = |i: isize| (if i < 0 { i.saturating_add(len) } else { i }).clamp(low, high);
    let mut at = start.map_or(if step > 0 { low } else { high }, clamp);
    let end = stop.map_or(if step > 0 { high } else { low }, clamp);
    let mut chosen = Vec::new();
    while if step > 0 { at < end } else { at > end } {
        chosen.push(at as usize);
        at = at.saturating_add(step);
    }
    Some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(i: i64) -> Const {
        Const::Int(i.into())
    }

    fn text(s: &str) -> Const {
        Const::Str(s.into())
    }

    #[test]
    fn arithmetic() {
        assert_eq!(binary(&int(-7), nb::FLOOR_DIVIDE, &int(2)), Some(int(-4)));
        assert_eq!(binary(&int(-7), nb::REMAINDER, &int(2)), Some(int(1)));
        assert_eq!(binary(&int(7), nb::REMAINDER, &int(-2)), Some(int(-1)));
        assert_eq!(binary(&int(1), nb::FLOOR_DIVIDE, &int(0)), None);
        assert_eq!(binary(&int(2), nb::POWER, &int(100)), None);
        assert_eq!(binary(&int(2), nb::POWER, &int(60)), Some(int(1 << 60)));
        assert_eq!(binary(&int(1), nb::LSHIFT, &int(200)), None);
        assert_eq!(binary(&int(7), nb::TRUE_DIVIDE, &int(2)), Some(Const::Float(3.5)));
        assert_eq!(binary(&Const::Float(-1.0), nb::REMAINDER, &Const::Float(3.0)), Some(Const::Float(2.0)));
        assert_eq!(binary(&int(1), nb::SUBTRACT, &Const::Complex(0.0, 2.0)), Some(Const::Complex(1.0, -2.0)));
        assert_eq!(binary(&Const::Bool(true), nb::ADD, &Const::Bool(true)), Some(int(2)));
        assert_eq!(unary(Op::UNARY_INVERT, &int(5)), Some(int(-6)));
        assert_eq!(unary(Op::UNARY_INVERT, &Const::Bool(true)), None);
    }

    #[test]
    fn sequences_of_constants() {
        assert_eq!(binary(&text("ab"), nb::MULTIPLY, &int(2)), Some(text("abab")));
        assert_eq!(binary(&text("ab"), nb::MULTIPLY, &int(5000)), None);
        assert_eq!(binary(&text("héllo"), nb::SUBSCR, &int(-4)), Some(text("é")));
        assert_eq!(binary(&text("a"), nb::SUBSCR, &int(1)), None);
        let slice = Const::Slice(Box::new([Const::None, Const::None, int(-1)]));
        assert_eq!(binary(&text("abc"), nb::SUBSCR, &slice), Some(text("cba")));
        assert_eq!(binary(&Const::Bytes(vec![1, 2]), nb::SUBSCR, &int(1)), Some(int(2)));
        assert_eq!(frozen_set(vec![int(1), Const::Float(1.0), Const::Bool(true)]), Const::FrozenSet(vec![int(1)]));
    }
}
