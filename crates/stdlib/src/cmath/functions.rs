//! The complex functions, after Kahan's "Branch cuts for complex elementary functions". Errors as C's `errno` has them.

use super::tables::{self, Special, Table, class};
use std::f64::consts::{E, FRAC_PI_2, LN_2, LN_10};

pub type C64 = (f64, f64);

/// What may go wrong.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Trouble {
    Domain,
    Range,
}

type Answer = Result<C64, Trouble>;

const LARGE: f64 = f64::MAX / 4.0;
/// 2**53, and its exponent's half with the sign for the way back.
const SCALE: f64 = 9_007_199_254_740_992.0;
const UNSCALE: f64 = 1.0 / 134_217_728.0;

fn sqrt_large() -> f64 {
    LARGE.sqrt()
}

fn log_large() -> f64 {
    LARGE.ln()
}

fn special(table: &Table, (re, im): C64) -> Option<Answer> {
    if re.is_finite() && im.is_finite() {
        return None;
    }
    match table[class(re)][class(im)] {
        Special::F => None,
        Special::D => Some(Err(Trouble::Domain)),
        Special::C(re, im) => Some(Ok((re, im))),
    }
}

/// An infinite modulus at a finite angle that is not zero.
fn at_angle(scale: f64, re: f64, im: f64) -> Option<C64> {
    (re.is_infinite() && im.is_finite() && im != 0.0).then(|| (scale.copysign(im.cos()), scale.copysign(im.sin())))
}

fn checked(z: C64) -> Answer {
    if z.0.is_infinite() || z.1.is_infinite() { Err(Trouble::Range) } else { Ok(z) }
}

pub fn sqrt(z: C64) -> Answer {
    if let Some(answer) = special(&tables::SQRT, z) {
        return answer;
    }
    let (re, im) = z;
    if re == 0.0 && im == 0.0 {
        return Ok((0.0, im));
    }
    let (ax, ay) = (re.abs(), im.abs());
    let s = if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        let ax = ax * SCALE;
        // An odd power was taken in; half of one more comes out.
        (ax + ax.hypot(ay * SCALE)).sqrt() * UNSCALE
    } else {
        let ax = ax / 8.0;
        2.0 * (ax + ax.hypot(ay / 8.0)).sqrt()
    };
    let d = ay / (2.0 * s);
    Ok(if re >= 0.0 { (s, d.copysign(im)) } else { (d, s.copysign(im)) })
}

pub fn exp(z: C64) -> Answer {
    let (re, im) = z;
    if let Some(answer) = at_angle(if re > 0.0 { f64::INFINITY } else { 0.0 }, re, im) {
        return Ok(answer);
    }
    if let Some(answer) = special(&tables::EXP, z) {
        return answer;
    }
    if re > f64::MAX.ln() {
        let l = (re - 1.0).exp();
        return checked((l * im.cos() * E, l * im.sin() * E));
    }
    let l = re.exp();
    checked((l * im.cos(), l * im.sin()))
}

pub fn log(z: C64) -> Answer {
    if let Some(answer) = special(&tables::LOG, z) {
        return answer;
    }
    let (re, im) = z;
    let (ax, ay) = (re.abs(), im.abs());
    let modulus = if ax > LARGE || ay > LARGE {
        (ax / 2.0).hypot(ay / 2.0).ln() + LN_2
    } else if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        if ax == 0.0 && ay == 0.0 {
            return Err(Trouble::Domain);
        }
        (ax * SCALE).hypot(ay * SCALE).ln() - 53.0 * LN_2
    } else {
        let h = ax.hypot(ay);
        if (0.71..=1.73).contains(&h) {
            let (most, least) = (ax.max(ay), ax.min(ay));
            ((most - 1.0) * (most + 1.0) + least * least).ln_1p() / 2.0
        } else {
            h.ln()
        }
    };
    Ok((modulus, im.atan2(re)))
}

pub fn log10(z: C64) -> Answer {
    log(z).map(|(re, im)| (re / LN_10, im / LN_10))
}

pub fn acos(z: C64) -> Answer {
    if let Some(answer) = special(&tables::ACOS, z) {
        return answer;
    }
    let (re, im) = z;
    if re.abs() > LARGE || im.abs() > LARGE {
        let l = (re / 2.0).hypot(im / 2.0).ln() + LN_2 * 2.0;
        let angle = im.abs().atan2(re);
        return Ok((angle, if re < 0.0 { -l.copysign(im) } else { l.copysign(-im) }));
    }
    let (s1, s2) = (sqrt((1.0 - re, -im))?, sqrt((1.0 + re, im))?);
    Ok((2.0 * s1.0.atan2(s2.0), libm::asinh(s2.0 * s1.1 - s2.1 * s1.0)))
}

pub fn acosh(z: C64) -> Answer {
    if let Some(answer) = special(&tables::ACOSH, z) {
        return answer;
    }
    let (re, im) = z;
    if re.abs() > LARGE || im.abs() > LARGE {
        return Ok(((re / 2.0).hypot(im / 2.0).ln() + LN_2 * 2.0, im.atan2(re)));
    }
    let (s1, s2) = (sqrt((re - 1.0, im))?, sqrt((re + 1.0, im))?);
    Ok((libm::asinh(s1.0 * s2.0 + s1.1 * s2.1), 2.0 * s1.1.atan2(s2.0)))
}

pub fn asin((re, im): C64) -> Answer {
    asinh((-im, re)).map(|(x, y)| (y, -x))
}

pub fn asinh(z: C64) -> Answer {
    if let Some(answer) = special(&tables::ASINH, z) {
        return answer;
    }
    let (re, im) = z;
    if re.abs() > LARGE || im.abs() > LARGE {
        let l = (re / 2.0).hypot(im / 2.0).ln() + LN_2 * 2.0;
        return Ok((if im >= 0.0 { l.copysign(re) } else { -l.copysign(-re) }, im.atan2(re.abs())));
    }
    let (s1, s2) = (sqrt((1.0 + im, -re))?, sqrt((1.0 - im, re))?);
    Ok((libm::asinh(s1.0 * s2.1 - s2.0 * s1.1), im.atan2(s1.0 * s2.0 - s1.1 * s2.1)))
}

pub fn atan((re, im): C64) -> Answer {
    atanh((-im, re)).map(|(x, y)| (y, -x))
}

pub fn atanh(z: C64) -> Answer {
    if let Some(answer) = special(&tables::ATANH, z) {
        return answer;
    }
    let (re, im) = z;
    if re.is_sign_negative() {
        return atanh((-re, -im)).map(|(x, y)| (-x, -y));
    }
    let ay = im.abs();
    if re > sqrt_large() || ay > sqrt_large() {
        let h = (re / 2.0).hypot(im / 2.0);
        return Ok((re / 4.0 / h / h, -FRAC_PI_2.copysign(-im)));
    }
    if re == 1.0 && ay < f64::MIN_POSITIVE.sqrt() {
        if ay == 0.0 {
            return Err(Trouble::Domain);
        }
        return Ok((-(ay.sqrt() / ay.hypot(2.0).sqrt()).ln(), (2.0f64.atan2(-ay) / 2.0).copysign(im)));
    }
    let real = (4.0 * re / ((1.0 - re) * (1.0 - re) + ay * ay)).ln_1p() / 4.0;
    Ok((real, -(-2.0 * im).atan2((1.0 - re) * (1.0 + re) - ay * ay) / 2.0))
}

pub fn cos((re, im): C64) -> Answer {
    cosh((-im, re))
}

pub fn cosh(z: C64) -> Answer {
    let (re, im) = z;
    if let Some((x, y)) = at_angle(f64::INFINITY, re, im) {
        return Ok(if re > 0.0 { (x, y) } else { (x, -y) });
    }
    if let Some(answer) = special(&tables::COSH, z) {
        return answer;
    }
    if re.abs() > log_large() {
        let less = re - 1.0f64.copysign(re);
        return checked((im.cos() * less.cosh() * E, im.sin() * less.sinh() * E));
    }
    checked((im.cos() * re.cosh(), im.sin() * re.sinh()))
}

pub fn sin((re, im): C64) -> Answer {
    sinh((-im, re)).map(|(x, y)| (y, -x))
}

pub fn sinh(z: C64) -> Answer {
    let (re, im) = z;
    if let Some((x, y)) = at_angle(f64::INFINITY, re, im) {
        return Ok(if re > 0.0 { (x, y) } else { (-x, y) });
    }
    if let Some(answer) = special(&tables::SINH, z) {
        return answer;
    }
    if re.abs() > log_large() {
        let less = re - 1.0f64.copysign(re);
        return checked((im.cos() * less.sinh() * E, im.sin() * less.cosh() * E));
    }
    checked((im.cos() * re.sinh(), im.sin() * re.cosh()))
}

pub fn tan((re, im): C64) -> Answer {
    tanh((-im, re)).map(|(x, y)| (y, -x))
}

pub fn tanh(z: C64) -> Answer {
    let (re, im) = z;
    if re.is_infinite() && im.is_finite() && im != 0.0 {
        return Ok((1.0f64.copysign(re), 0.0f64.copysign(2.0 * im.sin() * im.cos())));
    }
    if let Some(answer) = special(&tables::TANH, z) {
        return answer;
    }
    if re.abs() > log_large() {
        return Ok((1.0f64.copysign(re), 4.0 * im.sin() * im.cos() * (-2.0 * re.abs()).exp()));
    }
    let (tx, ty, cx) = (re.tanh(), im.tan(), 1.0 / re.cosh());
    let product = tx * ty;
    let denominator = 1.0 + product * product;
    Ok((tx * (1.0 + ty * ty) / denominator, ty / denominator * cx * cx))
}

pub fn polar(re: f64, im: f64) -> Answer {
    let r = re.hypot(im);
    if r.is_infinite() && re.is_finite() && im.is_finite() {
        return Err(Trouble::Range);
    }
    Ok((r, im.atan2(re)))
}

pub fn rect(r: f64, phi: f64) -> Answer {
    if let Some((x, y)) = at_angle(f64::INFINITY, r, phi) {
        return Ok(if r > 0.0 { (x, y) } else { (-x, -y) });
    }
    if let Some(answer) = special(&tables::RECT, (r, phi)) {
        return answer;
    }
    // The sign of a zero angle is the imaginary part's.
    Ok(if phi == 0.0 { (r, r * phi) } else { (r * phi.cos(), r * phi.sin()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(sqrt((-4.0, 0.0)), Ok((0.0, 2.0)));
        assert_eq!(sqrt((-4.0, -0.0)), Ok((0.0, -2.0)));
        assert_eq!(log((0.0, 0.0)), Err(Trouble::Domain));
        assert_eq!(exp((1000.0, 1.0)), Err(Trouble::Range));
        assert_eq!(rect(f64::INFINITY, 0.0), Ok((f64::INFINITY, 0.0)));
    }
}
