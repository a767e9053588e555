//! What the functions give where a part is infinite or not a number (C99's annex G).
//!
//! Rows go by the real part (the modulus of `rect`), columns by the imaginary one (its angle): -inf, negative, -0.0,
//! 0.0, positive, inf, nan. The signs of zeros and infinities count; those of nan do not.

use std::f64::consts::{FRAC_PI_2 as P2, FRAC_PI_4 as P4, PI as P};

/// One answer.
#[derive(Clone, Copy)]
pub enum Special {
    /// The general formula holds.
    F,
    /// ValueError.
    D,
    /// These parts.
    C(f64, f64),
}

use Special::{C, D, F};

pub type Table = [[Special; 7]; 7];

const I: f64 = f64::INFINITY;
const N: f64 = f64::NAN;
const P34: f64 = 0.75 * P;

/// The row or column of a part.
pub fn class(x: f64) -> usize {
    match () {
        () if x.is_nan() => 6,
        () if x == f64::INFINITY => 5,
        () if x == f64::NEG_INFINITY => 0,
        () if x > 0.0 => 4,
        () if x < 0.0 => 1,
        () if x.is_sign_positive() => 3,
        () => 2,
    }
}

pub const ACOS: Table = [
    [C(P34, I), C(P, I), C(P, I), C(P, -I), C(P, -I), C(P34, -I), C(N, I)],
    [C(P2, I), F, F, F, F, C(P2, -I), C(N, N)],
    [C(P2, I), F, F, F, F, C(P2, -I), C(P2, N)],
    [C(P2, I), F, F, F, F, C(P2, -I), C(P2, N)],
    [C(P2, I), F, F, F, F, C(P2, -I), C(N, N)],
    [C(P4, I), C(0.0, I), C(0.0, I), C(0.0, -I), C(0.0, -I), C(P4, -I), C(N, I)],
    [C(N, I), C(N, N), C(N, N), C(N, N), C(N, N), C(N, -I), C(N, N)],
];

pub const ACOSH: Table = [
    [C(I, -P34), C(I, -P), C(I, -P), C(I, P), C(I, P), C(I, P34), C(I, N)],
    [C(I, -P2), F, F, F, F, C(I, P2), C(N, N)],
    [C(I, -P2), F, F, F, F, C(I, P2), C(N, P2)],
    [C(I, -P2), F, F, F, F, C(I, P2), C(N, P2)],
    [C(I, -P2), F, F, F, F, C(I, P2), C(N, N)],
    [C(I, -P4), C(I, -0.0), C(I, -0.0), C(I, 0.0), C(I, 0.0), C(I, P4), C(I, N)],
    [C(I, N), C(N, N), C(N, N), C(N, N), C(N, N), C(I, N), C(N, N)],
];

pub const ASINH: Table = [
    [C(-I, -P4), C(-I, -0.0), C(-I, -0.0), C(-I, 0.0), C(-I, 0.0), C(-I, P4), C(-I, N)],
    [C(-I, -P2), F, F, F, F, C(-I, P2), C(N, N)],
    [C(-I, -P2), F, F, F, F, C(-I, P2), C(N, N)],
    [C(I, -P2), F, F, F, F, C(I, P2), C(N, N)],
    [C(I, -P2), F, F, F, F, C(I, P2), C(N, N)],
    [C(I, -P4), C(I, -0.0), C(I, -0.0), C(I, 0.0), C(I, 0.0), C(I, P4), C(I, N)],
    [C(I, N), C(N, N), C(N, -0.0), C(N, 0.0), C(N, N), C(I, N), C(N, N)],
];

pub const ATANH: Table = [
    [C(-0.0, -P2), C(-0.0, -P2), C(-0.0, -P2), C(-0.0, P2), C(-0.0, P2), C(-0.0, P2), C(-0.0, N)],
    [C(-0.0, -P2), F, F, F, F, C(-0.0, P2), C(N, N)],
    [C(-0.0, -P2), F, F, F, F, C(-0.0, P2), C(-0.0, N)],
    [C(0.0, -P2), F, F, F, F, C(0.0, P2), C(0.0, N)],
    [C(0.0, -P2), F, F, F, F, C(0.0, P2), C(N, N)],
    [C(0.0, -P2), C(0.0, -P2), C(0.0, -P2), C(0.0, P2), C(0.0, P2), C(0.0, P2), C(0.0, N)],
    [C(0.0, -P2), C(N, N), C(N, N), C(N, N), C(N, N), C(0.0, P2), C(N, N)],
];

pub const COSH: Table = [
    [D, C(-I, I), C(I, 0.0), C(I, -0.0), C(-I, -I), D, C(I, N)],
    [D, F, F, F, F, D, C(N, N)],
    [D, F, F, F, F, D, C(N, 0.0)],
    [D, F, F, F, F, D, C(N, 0.0)],
    [D, F, F, F, F, D, C(N, N)],
    [D, C(-I, -I), C(I, -0.0), C(I, 0.0), C(-I, I), D, C(I, N)],
    [C(N, N), C(N, N), C(N, 0.0), C(N, 0.0), C(N, N), C(N, N), C(N, N)],
];

pub const EXP: Table = [
    [C(0.0, 0.0), C(-0.0, -0.0), C(0.0, -0.0), C(0.0, 0.0), C(-0.0, 0.0), C(0.0, 0.0), C(0.0, 0.0)],
    [D, F, F, F, F, D, C(N, N)],
    [D, F, F, F, F, D, C(N, N)],
    [D, F, F, F, F, D, C(N, N)],
    [D, F, F, F, F, D, C(N, N)],
    [D, C(-I, -I), C(I, -0.0), C(I, 0.0), C(-I, I), D, C(I, N)],
    [C(N, N), C(N, N), C(N, -0.0), C(N, 0.0), C(N, N), C(N, N), C(N, N)],
];

pub const LOG: Table = [
    [C(I, -P34), C(I, -P), C(I, -P), C(I, P), C(I, P), C(I, P34), C(I, N)],
    [C(I, -P2), F, F, F, F, C(I, P2), C(N, N)],
    [C(I, -P2), F, F, F, F, C(I, P2), C(N, N)],
    [C(I, -P2), F, F, F, F, C(I, P2), C(N, N)],
    [C(I, -P2), F, F, F, F, C(I, P2), C(N, N)],
    [C(I, -P4), C(I, -0.0), C(I, -0.0), C(I, 0.0), C(I, 0.0), C(I, P4), C(I, N)],
    [C(I, N), C(N, N), C(N, N), C(N, N), C(N, N), C(I, N), C(N, N)],
];

pub const SINH: Table = [
    [D, C(I, -I), C(-I, -0.0), C(-I, 0.0), C(I, I), D, C(I, N)],
    [D, F, F, F, F, D, C(N, N)],
    [D, F, F, F, F, D, C(0.0, N)],
    [D, F, F, F, F, D, C(0.0, N)],
    [D, F, F, F, F, D, C(N, N)],
    [D, C(-I, -I), C(I, -0.0), C(I, 0.0), C(-I, I), D, C(I, N)],
    [C(N, N), C(N, N), C(N, -0.0), C(N, 0.0), C(N, N), C(N, N), C(N, N)],
];

pub const SQRT: Table = [
    [C(I, -I), C(0.0, -I), C(0.0, -I), C(0.0, I), C(0.0, I), C(I, I), C(N, I)],
    [C(I, -I), F, F, F, F, C(I, I), C(N, N)],
    [C(I, -I), F, F, F, F, C(I, I), C(N, N)],
    [C(I, -I), F, F, F, F, C(I, I), C(N, N)],
    [C(I, -I), F, F, F, F, C(I, I), C(N, N)],
    [C(I, -I), C(I, -0.0), C(I, -0.0), C(I, 0.0), C(I, 0.0), C(I, I), C(I, N)],
    [C(I, -I), C(N, N), C(N, N), C(N, N), C(N, N), C(I, I), C(N, N)],
];

pub const TANH: Table = [
    [C(-1.0, 0.0), C(-1.0, 0.0), C(-1.0, -0.0), C(-1.0, 0.0), C(-1.0, -0.0), C(-1.0, 0.0), C(-1.0, 0.0)],
    [D, F, F, F, F, D, C(N, N)],
    [D, F, F, F, F, D, C(-0.0, N)],
    [D, F, F, F, F, D, C(0.0, N)],
    [D, F, F, F, F, D, C(N, N)],
    [C(1.0, 0.0), C(1.0, 0.0), C(1.0, -0.0), C(1.0, 0.0), C(1.0, -0.0), C(1.0, 0.0), C(1.0, 0.0)],
    [C(N, N), C(N, N), C(N, -0.0), C(N, 0.0), C(N, N), C(N, N), C(N, N)],
];

pub const RECT: Table = [
    [D, C(I, I), C(-I, 0.0), C(-I, -0.0), C(I, -I), D, C(I, N)],
    [D, F, F, F, F, D, C(N, N)],
    [C(0.0, 0.0), F, F, F, F, C(0.0, 0.0), C(0.0, 0.0)],
    [C(0.0, 0.0), F, F, F, F, C(0.0, 0.0), C(0.0, 0.0)],
    [D, F, F, F, F, D, C(N, N)],
    [D, C(-I, -I), C(I, -0.0), C(I, 0.0), C(-I, I), D, C(I, N)],
    [C(N, N), C(N, N), C(N, 0.0), C(N, 0.0), C(N, N), C(N, N), C(N, N)],
];
