//! Expected values are CPython 3.14's.

use super::handler::Handler;
use super::*;

fn fails(codec: Codec, bytes: &[u8]) -> (usize, usize, &'static str) {
    match decode(codec, bytes, Handler::Strict, true) {
        Err(Failure::Codec(e)) => (e.start, e.end, e.reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn utf8_errors() {
    for (bytes, expected) in [
        (&b"a\x80"[..], (1, 2, "invalid start byte")),
        (b"a\xe2\x82", (1, 3, "unexpected end of data")),
        (b"\xed\xa0\x80", (0, 1, "invalid continuation byte")),
        (b"\xf0\x9f\x98x", (0, 3, "invalid continuation byte")),
        (b"\xf4\x90\x80\x80", (0, 1, "invalid continuation byte")),
        (b"\xc0\x80", (0, 1, "invalid start byte")),
    ] {
        assert_eq!(fails(Codec::Utf8, bytes), expected, "{bytes:?}");
    }
    let (text, used) = decode(Codec::Utf8, b"a\xf0\x9f\x98", Handler::Strict, false).unwrap();
    assert_eq!((text, used), (UnitsBuf::Ascii(vec![97]), 1));
}

#[test]
fn wide_errors() {
    let (le16, be32) = (Codec::Utf16(Order::Little), Codec::Utf32(Order::Big));
    assert_eq!(fails(le16, b"a\0b"), (2, 3, "truncated data"));
    assert_eq!(fails(le16, b"\x3d\xd8"), (0, 2, "unexpected end of data"));
    assert_eq!(fails(le16, b"\x3d\xd8a\0"), (0, 2, "illegal UTF-16 surrogate"));
    assert_eq!(fails(le16, b"\x00\xde"), (0, 2, "illegal encoding"));
    assert_eq!(fails(be32, b"\0\x11\0\0"), (0, 4, "code point not in range(0x110000)"));
}

#[test]
fn handlers_round_trip() {
    let bytes = b"a\xff\xed\xa0\x80\xf0\x9f\x98\x80";
    let (text, _) = decode(Codec::Utf8, bytes, Handler::SurrogateEscape, true).unwrap();
    assert_eq!(encode(Codec::Utf8, text.as_units(), Handler::SurrogateEscape).unwrap(), bytes);
    let (text, _) = decode(Codec::Utf8, &bytes[2..], Handler::SurrogatePass, true).unwrap();
    assert_eq!(text, UnitsBuf::Ucs4(vec![0xD800, 0x1F600]));
    assert_eq!(encode(Codec::Utf8, text.as_units(), Handler::SurrogatePass).unwrap(), &bytes[2..]);
    let run = |handler| encode(Codec::Ascii, Units::Ucs4(&[0x61, 0xE9, 0x20AC, 0x1F40D]), handler).unwrap();
    assert_eq!(run(Handler::BackslashReplace), b"a\\xe9\\u20ac\\U0001f40d");
    assert_eq!(run(Handler::XmlCharRefReplace), b"a&#233;&#8364;&#128013;");
    assert_eq!(run(Handler::NameReplace), b"a\\N{LATIN SMALL LETTER E WITH ACUTE}\\N{EURO SIGN}\\N{SNAKE}");
    assert_eq!(run(Handler::Replace), b"a???");
}

#[test]
fn utf7() {
    let units = [0x61, 0x2B, 0x20AC, 0x1F600, 0x41, 0x7E];
    let mut bytes = vec![];
    super::utf7::encode(Units::Ucs4(&units), &mut bytes).unwrap();
    assert_eq!(bytes, b"a+-+IKzYPd4A-A+AH4-");
    let mut out = TextBuilder::new();
    let step = utf7::Utf7Decoder::default().decode(&bytes, 0, &mut out, true).unwrap();
    assert_eq!((step, out.finish()), (Step::Done { consumed: bytes.len() }, UnitsBuf::Ucs4(units.to_vec())));
}

#[test]
fn escapes() {
    let mut out = TextBuilder::new();
    let mut invalid = None;
    let bytes = br"\x41\u20ac\101\n\q\N{SNAKE}";
    assert_eq!(escape::decode(bytes, 0, &mut out, true, &mut invalid), Ok(Step::Done { consumed: bytes.len() }));
    let expected = UnitsBuf::Ucs4(vec![0x41, 0x20AC, 0x41, 10, 0x5C, 0x71, 0x1F40D]);
    assert_eq!((out.finish(), invalid), (expected, Some(16)));
    let mut out = TextBuilder::new();
    let step = escape::decode(br"a\x4", 0, &mut out, true, &mut invalid).unwrap();
    assert_eq!(step, Step::Error(CodecError { start: 1, end: 4, reason: "truncated \\xXX escape" }));
}

#[test]
fn charmaps() {
    let table = Units::Ucs2(&[0x41, 0xFFFE, 0x20AC]);
    let mut out = TextBuilder::new();
    let undefined = |start, end| Ok(Step::Error(CodecError { start, end, reason: "character maps to <undefined>" }));
    assert_eq!(charmap::decode(&[2, 0, 1], 0, &mut out, table), undefined(2, 3));
    assert_eq!(out.finish(), UnitsBuf::Ucs2(vec![0x20AC, 0x41]));
    let mut bytes = vec![];
    let map = charmap::EncodingMap::new(table);
    assert_eq!(charmap::encode(Units::Ucs2(&[0x41, 0x20AC, 0x61, 0x62]), 0, &mut bytes, &map), undefined(2, 4));
    assert_eq!(bytes, [0, 2]);
}
