//! Expected values are CPython 3.14's.

use super::*;

#[test]
fn reprs() {
    for (x, expected) in [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1e16, "1e+16"),
        (9999999999999998.0, "9999999999999998.0"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1.5e300, "1.5e+300"),
        (5e-324, "5e-324"),
        (0.1 + 0.2, "0.30000000000000004"),
        (123456789.0, "123456789.0"),
        (f64::INFINITY, "inf"),
        (f64::NAN, "nan"),
    ] {
        assert_eq!(repr(x), expected);
    }
}

#[test]
fn texts() {
    for (text, expected) in [
        ("  1_0.5e-1_0 ", Some(10.5e-10)),
        (".5", Some(0.5)),
        ("5.", Some(5.0)),
        ("-Infinity", Some(f64::NEG_INFINITY)),
        ("1e400", Some(f64::INFINITY)),
        ("1e-400", Some(0.0)),
        (".", None),
        ("1e", None),
        ("1_.5", None),
        ("1._5", None),
        ("_1", None),
        ("0x1p3", None),
        ("1 2", None),
        ("", None),
    ] {
        assert_eq!(parse(text.as_bytes()), expected, "{text:?}");
    }
}

#[test]
fn formats() {
    let alternate = Flags { alternate: true, ..Flags::default() };
    let plain = Flags::default();
    for (x, code, precision, flags, expected) in [
        (1234.5678, b'f', 2, plain, "1234.57"),
        (2.5, b'f', 0, plain, "2"),
        (2.5, b'f', 0, alternate, "2."),
        (0.000123, b'e', 3, plain, "1.230e-04"),
        (0.0, b'e', 2, plain, "0.00e+00"),
        (123456.0, b'g', 3, plain, "1.23e+05"),
        (0.0001, b'g', 6, plain, "0.0001"),
        (0.00001, b'G', 6, plain, "1E-05"),
        (100.0, b'g', 6, alternate, "100.000"),
        (1234.5, b'g', 4, Flags { add_dot_0: true, ..plain }, "1.234e+03"),
        (999999.5, b'g', 6, plain, "1e+06"),
        (1e22, b'f', 1, plain, "10000000000000000000000.0"),
        (0.1, b'f', 55, plain, "0.1000000000000000055511151231257827021181583404541015625"),
        (f64::NEG_INFINITY, b'F', 2, plain, "-INF"),
    ] {
        assert_eq!(format(x, code, precision, flags).unwrap(), expected);
    }
    assert_eq!(format(0.5, b'f', 5000, plain).unwrap().len(), 5002);
    assert_eq!(format(1.0, b'f', usize::MAX, plain), Err(crate::OutOfMemory));
}

#[test]
fn rounding() {
    for (x, n, expected) in [
        (2.675, 2, 2.67),
        (0.5, 0, 0.0),
        (1.5, 0, 2.0),
        (-2.5, 0, -2.0),
        (1250.0, -2, 1200.0),
        (1350.0, -2, 1400.0),
        (50.0, -2, 0.0),
        (50.1, -2, 100.0),
        (-51.0, -2, -100.0),
        (9999.5, -3, 10000.0),
        (1e300, -400, 0.0),
        (5e-324, 323, 0.0),
    ] {
        assert_eq!(round(x, n), expected, "round({x}, {n})");
    }
    assert!(round(-50.0, -2).is_sign_negative());
    assert!(round(1.7e308, -308).is_infinite());
}

#[test]
fn hexadecimal() {
    assert_eq!(hex(-0.1), "-0x1.999999999999ap-4");
    assert_eq!(hex(5e-324), "0x0.0000000000001p-1022");
    assert_eq!(from_hex(b" -0x1.999999999999ap-4 "), Ok(-0.1));
    assert_eq!(from_hex(b"1.00000000000008p0"), Ok(1.0));
    assert_eq!(from_hex(b"1.000000000000080000000000000001"), Ok(1.0000000000000002));
    assert_eq!(from_hex(b"0x1p-1075"), Ok(0.0));
    assert_eq!(from_hex(b"0x1.8p-1075"), Ok(5e-324));
    assert_eq!(from_hex(b"0x.8p1024"), Ok(8.98846567431158e307));
    assert_eq!(from_hex(b"0x1p1024"), Err(HexError::TooLarge));
    assert_eq!(from_hex(b"0x"), Err(HexError::Invalid));
    assert_eq!(from_hex(b"0x1p"), Err(HexError::Invalid));
    assert_eq!(from_hex(b"0x0p99999999999999999999999"), Ok(0.0));
}

#[test]
fn arithmetic() {
    assert_eq!(divmod(-7.5, 2.0), Some((-4.0, 0.5)));
    assert_eq!(divmod(7.0, -2.0), Some((-4.0, -1.0)));
    assert_eq!(modulo(-1e-20, 3.0), Some(3.0));
    assert_eq!(divmod(1.0, 0.1), Some((9.0, 0.09999999999999995)));
    assert!(divmod(-0.0, 5.0).unwrap().1.is_sign_positive());
    assert_eq!(divmod(1.0, 0.0), None);
    assert_eq!(pow(0.0, -1.0), Power::ZeroToNegative);
    assert_eq!(pow(-8.0, 1.0 / 3.0), Power::Complex);
    assert_eq!(pow(10.0, 400.0), Power::Overflow);
    assert_eq!(pow(-1.0, f64::INFINITY), Power::Value(1.0));
    assert_eq!(
        (hash(1.0), hash(-1.0), hash(0.1), hash(1e300)),
        (Some(1), Some(-2), Some(230584300921369408), Some(1224995262755759164))
    );
    let (n, d) = as_integer_ratio(-0.375).unwrap();
    assert_eq!((n, d), (BigInt::from(-3), BigInt::from(8)));
    assert!(is_integer(-2.0) && !is_integer(2.5) && !is_integer(f64::INFINITY));
}
