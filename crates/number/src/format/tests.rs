//! Expected values are CPython 3.14's.

use super::*;
use crate::BigInt;

/// `format(value, spec)`, the value given as text of the type named: the result, or the error's message.
fn run(kind: &str, value: &str, text: &str) -> String {
    let codes: Vec<u32> = text.chars().map(u32::from).collect();
    let locale = Locale::default();
    let of = if kind == "str" { Kind::Str } else { Kind::Number };
    let result = Spec::parse(&codes, kind, of).and_then(|spec| match kind {
        "int" => int(&value.parse::<BigInt>().unwrap(), &spec, kind, &locale),
        "float" => float(value.parse().unwrap(), &spec, kind, &locale),
        "complex" => {
            let z = crate::complex::parse(value.as_bytes()).unwrap();
            complex(z.re, z.im, &spec, kind, &locale)
        }
        _ => str(value.chars().count(), &spec, kind).map(|(kept, mut layout)| {
            layout.body = value.chars().take(kept).collect();
            layout
        }),
    });
    match result.and_then(|layout| Ok(layout.to_text()?)) {
        Ok(text) => text,
        Err(FormatError::Value(message)) => message,
        Err(FormatError::Overflow(message)) => message.into(),
        Err(FormatError::Memory) => "MemoryError".into(),
    }
}

#[test]
fn as_cpython() {
    for (kind, value, spec, expected) in [
        ("int", "1234567", "015,", "000,001,234,567"),
        ("int", "1234567", "010_x", "0_0012_d687"),
        ("int", "-1234567", "#X", "-0X12D687"),
        ("int", "-3", "=10", "-        3"),
        ("int", "65", "^5c", "  A  "),
        ("int", "1234567", ".10,e", "1.234,567,000,0e+06"),
        ("int", "1234567", ",x", "Cannot specify ',' with 'x'."),
        ("int", "1", "_,", "Cannot specify both ',' and '_'."),
        ("int", "1", ".3d", "Precision not allowed in integer format specifier"),
        ("int", "1", "xx", "Invalid format specifier 'xx' for object of type 'int'"),
        ("int", "1", "é", "Unknown format code '\\xe9' for object of type 'int'"),
        ("int", "1", "99999999999999999999", "Too many decimal digits in format string"),
        ("int", "1", "9999999999999999", "MemoryError"),
        ("float", "-3", "020,", "-0,000,000,000,003.0"),
        ("float", "1e20", "020,", "0,000,000,000,001e+20"),
        ("float", "nan", "020,", "00000000000000000nan"),
        ("float", "-inf", "=8", "-    inf"),
        ("float", "0.00001", "020,._f", "0,000,000,000.000_010"),
        ("float", "1234.5678", "_.10,g", "1_234.567,8"),
        ("float", "-0.001", "z.1f", "0.0"),
        ("float", "1234.5678", ".0", "1e+03"),
        ("float", "0.5", ".0%", "50%"),
        ("float", "1234.5678", "é^12", "é1234.5678éé"),
        ("float", "1", ".", "Format specifier missing precision"),
        ("complex", "1+2j", "", "(1+2j)"),
        ("complex", "-0-0j", ".3", "(-0-0j)"),
        ("complex", "1.5j", "+.1f", "+0.0+1.5j"),
        ("complex", "1+2j", "010", "Zero padding is not allowed in complex format specifier"),
        ("complex", "1+2j", "=10", "'=' alignment flag is not allowed in complex format specifier"),
        ("str", "héllo", "_^9.3", "___hél___"),
        ("str", "héllo", "08", "héllo000"),
        ("str", "héllo", "=8", "'=' alignment not allowed in string format specifier"),
        ("str", "héllo", "d", "Unknown format code 'd' for object of type 'str'"),
        ("str", "héllo", ",", "Cannot specify ',' with 's'."),
    ] {
        assert_eq!(run(kind, value, spec), expected, "format({kind} {value}, {spec:?})");
    }
}

#[test]
fn locale_grouping() {
    let spec = Spec::parse(&[u32::from(b'n')], "int", Kind::Number).unwrap();
    let locale = |grouping: &[u8]| Locale {
        decimal_point: ",".into(),
        thousands_separator: ".".into(),
        grouping: grouping.to_vec(),
    };
    let run = |grouping: &[u8]| int(&BigInt::from(123456789), &spec, "int", &locale(grouping)).unwrap().body;
    assert_eq!(
        (run(&[3, 0]), run(&[3, 2, 0]), run(&[3, 127]), run(&[])),
        ("123.456.789".into(), "12.34.56.789".into(), "123456.789".into(), "123456789".into())
    );
    assert_eq!(float(1234.5, &spec, "float", &locale(&[3, 0])).unwrap().body, "1.234,5");
}

#[test]
fn percent_pieces() {
    let flags = percent::Flags { alternate: true, zero: true, sign: true, ..Default::default() };
    let (head, body) = percent::int(&BigInt::from(255), b'x', flags, Some(4)).unwrap();
    assert_eq!(percent::pad(&head, &body, 12, flags).unwrap(), "+0x0000000ff");
    let (head, body) = percent::float(-1.5, b'f', flags, None).unwrap();
    assert_eq!(percent::pad(&head, &body, 12, flags).unwrap(), "-0001.500000");
}
