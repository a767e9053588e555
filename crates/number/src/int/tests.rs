//! Expected values are CPython 3.14's.

use std::cmp::Ordering;

use super::*;

fn n(text: &str) -> BigInt {
    parse(text.as_bytes(), 0).unwrap()
}

#[test]
fn literals() {
    for (text, base, expected) in [
        (" -0x_ff\n", 0, Some(-255)),
        ("0b1_0", 2, Some(2)),
        ("0b10", 16, Some(0xb10)),
        ("1_000", 10, Some(1000)),
        ("00_0", 0, Some(0)),
        ("z", 36, Some(35)),
        ("0_7", 0, None),
        ("1__0", 10, None),
        ("_1", 10, None),
        ("1_", 10, None),
        ("0x", 0, None),
        ("- 1", 10, None),
        ("", 10, None),
        ("9", 8, None),
    ] {
        assert_eq!(parse(text.as_bytes(), base).ok(), expected.map(BigInt::from), "{text:?}");
    }
}

#[test]
fn division_floors() {
    for (a, b, q, r) in [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (6, -3, -2, 0)] {
        let (a, b) = (BigInt::from(a), BigInt::from(b));
        assert_eq!(divmod(&a, &b), Some((q.into(), r.into())));
        assert_eq!(modulo(&a, &b), Some(r.into()));
    }
    assert_eq!(divmod(&BigInt::ONE, &BigInt::ZERO), None);
}

#[test]
fn powers() {
    assert_eq!(pow(&n("-3"), 5).unwrap(), n("-243"));
    assert_eq!(pow(&n("2"), 200).unwrap(), BigInt::ONE << 200);
    assert_eq!(pow(&n("3"), u64::MAX), Err(OutOfMemory));
    assert_eq!(pow(&n("-1"), u64::MAX), Ok(n("-1")));
    assert_eq!(pow_mod(&n("3"), &n("-1"), &n("7")), Ok(n("5")));
    assert_eq!(pow_mod(&n("3"), &n("4"), &n("-7")), Ok(n("-3")));
    assert_eq!(pow_mod(&n("2"), &n("-1"), &n("4")), Err(PowError::NotInvertible));
    assert_eq!(pow_mod(&n("-2"), &n("1000001"), &n("1000000007")), Ok(n("529915889")));
    assert_eq!(shl(&BigInt::ONE, u64::MAX), Err(OutOfMemory));
    assert_eq!(shr(&n("-5"), 99), n("-1"));
}

#[test]
fn floats() {
    assert_eq!(to_f64(&n("0x20000000000001")), Ok(9007199254740992.0));
    assert_eq!(to_f64(&n("0x20000000000003")), Ok(9007199254740996.0));
    assert_eq!(to_f64(&(BigInt::ONE << 1024)), Err(Overflow));
    assert_eq!(to_f64(&((BigInt::ONE << 1024) - (BigInt::ONE << 970))), Err(Overflow));
    assert_eq!(to_f64(&((BigInt::ONE << 1024) - (BigInt::ONE << 970) - 1)), Ok(f64::MAX));
    assert_eq!(true_div(&n("1"), &n("3")), Some(Ok(1.0 / 3.0)));
    assert_eq!(true_div(&(BigInt::ONE << 1100), &(BigInt::from(-3) << 1098)), Some(Ok(-4.0 / 3.0)));
    assert_eq!(true_div(&n("1"), &(BigInt::ONE << 1074)), Some(Ok(5e-324)));
    assert_eq!(true_div(&n("1"), &(BigInt::ONE << 1075)), Some(Ok(0.0)));
    assert_eq!(true_div(&n("3"), &(BigInt::ONE << 1075)), Some(Ok(1e-323)));
    assert_eq!(true_div(&(BigInt::ONE << 2000), &n("1")), Some(Err(Overflow)));
    assert_eq!(from_f64(-1e20), Some(n("-100000000000000000000")));
    assert_eq!(from_f64(-0.9), Some(BigInt::ZERO));
    assert_eq!(compare_f64(&n("0x20000000000001"), 9007199254740992.0), Some(Ordering::Greater));
    assert_eq!(compare_f64(&n("-1"), -1.5), Some(Ordering::Greater));
    assert_eq!(compare_f64(&(BigInt::ONE << 2000), f64::MAX), Some(Ordering::Greater));
    assert_eq!(compare_f64(&n("-1"), f64::NEG_INFINITY), Some(Ordering::Greater));
    assert_eq!(compare_f64(&n("0"), f64::NAN), None);
}

#[test]
fn bytes() {
    let ok = |v, len, signed| to_bytes(&BigInt::from(v), len, true, signed);
    assert_eq!(ok(-128, 1, true), Ok(vec![0x80]));
    assert_eq!(ok(128, 1, true), Err(BytesError::TooBig));
    assert_eq!(ok(-129, 1, true), Err(BytesError::TooBig));
    assert_eq!(ok(255, 1, false), Ok(vec![0xFF]));
    assert_eq!(ok(-1, 1, false), Err(BytesError::Negative));
    assert_eq!(ok(-1, 0, true), Err(BytesError::TooBig));
    assert_eq!(ok(0, 0, true), Ok(vec![]));
    assert_eq!(ok(-2, 3, true), Ok(vec![0xFF, 0xFF, 0xFE]));
    assert_eq!(from_bytes(&[0xFE, 0xFF], false, true), Ok(BigInt::from(-2)));
    assert_eq!(from_bytes(&[0xFE, 0xFF], true, false), Ok(BigInt::from(0xFEFF)));
}

#[test]
fn hashes() {
    let expected = [("0", 0), ("-1", -2), ("0x1fffffffffffffff", 0), ("-0x2000000000000000", -2)];
    for (text, hash_) in expected {
        assert_eq!(hash(&n(text)), hash_, "{text}");
    }
    let big = n("-123456789012345678901234567890");
    assert_eq!(hash(&big), -248789772095949448);
    assert_eq!(hash_digits(crate::digits::from_big(&big).unwrap().as_digits()), hash(&big));
    assert_eq!(hash_i64(i64::MIN), -4);
}

#[test]
fn combinatorics() {
    assert_eq!(factorial(25, &mut || true).unwrap(), n("15511210043330985984000000"));
    assert_eq!(comb(&n("100"), 40, &mut || true).unwrap(), n("13746234145802811501267369720"));
    assert_eq!(comb(&n("3"), 4, &mut || true).unwrap(), BigInt::ZERO);
    assert_eq!(perm(&n("30"), 12, &mut || true).unwrap(), n("41430393164160000"));
    assert_eq!(isqrt(&n("99999999999999999999")), Some(n("9999999999")));
    assert_eq!(isqrt(&n("-1")), None);
    assert_eq!(lcm(&n("-4"), &n("6")), n("12"));
}

#[test]
fn digit_limit() {
    let exact = pow(&n("10"), 4300).unwrap();
    assert!(exceeds_digits(&exact, 4300) && !exceeds_digits(&(&exact - 1), 4300));
    assert!(exceeds_digits(&(&exact * -100), 4300) && !exceeds_digits(&n("5"), 640));
}
