//! Expected values from CPython 3.14.

use super::{Cjk, Edition, Variant};
use crate::codec::Step;
use crate::units::{TextBuilder, Units};

fn decoded(codec: Cjk, bytes: &[u8]) -> Option<String> {
    let (mut out, mut state) = (TextBuilder::new(), codec.start());
    match codec.decode_step(&mut state, bytes, 0, &mut out, true) {
        Ok(Step::Done { consumed }) if consumed == bytes.len() => out.as_units().to_string(),
        _ => None,
    }
}

fn encoded(codec: Cjk, text: &str) -> Option<Vec<u8>> {
    let mut builder = TextBuilder::new();
    builder.push_str(text).ok()?;
    let (mut out, mut state) = (Vec::new(), codec.start());
    let units: Units<'_> = builder.as_units();
    match codec.encode_step(&mut state, units, 0, &mut out, true) {
        Ok(Step::Done { .. }) => {}
        _ => return None,
    }
    codec.finish(&mut state, &mut out);
    Some(out)
}

#[test]
fn both_ways() {
    let cases: &[(Cjk, &str, &[u8])] = &[
        (Cjk::ShiftJis, "日本ｱ~", b"\x93\xfa\x96{\xb1~"),
        (Cjk::Cp932, "①髙\u{80}", b"\x87@\xee\xe0\x80"),
        (Cjk::EucJp, "日本ｱ丂", b"\xc6\xfc\xcb\xdc\x8e\xb1\x8f\xb0\xa1"),
        (Cjk::Gb2312, "中文", b"\xd6\xd0\xce\xc4"),
        (Cjk::Gb18030, "中\u{80}\u{1e3f}😀", b"\xd6\xd0\x810\x810\x815\xf47\x949\xfc6"),
        (Cjk::Hz, "a中~b", b"a~{VP~}~~b"),
        (Cjk::EucKr, "한쓔", b"\xc7\xd1\xa4\xd4\xa4\xb6\xa4\xd0\xa4\xd4"),
        (Cjk::Johab, "한ㄱㅏ漢", b"\xd0e\x88A\x84a\xf7\xd3"),
        (Cjk::Big5, "中／", b"\xa4\xa4\xa2A"),
        (Cjk::EucJisx0213(Edition::Of2004), "か゚か俱𠂉", b"\xa4\xf7\xa4\xab\xae\xa1\x8f\xa1\xa1"),
        (Cjk::ShiftJisx0213(Edition::Of2004), "\\¥~か゚𠂉", b"\x81_\\\x81\xb0\x82\xf5\xf0@"),
        (Cjk::Iso2022(Variant::Jp2004), "か゚a𠂉", b"\x1b$(Q$w\x1b(Ba\x1b$(P!!\x1b(B"),
        (Cjk::Big5Hkscs, "Ê̄Ê中", b"\x88b\x88f\xa4\xa4"),
        (Cjk::Iso2022(Variant::Jp), "a日b", b"a\x1b$BF|\x1b(Bb"),
        (Cjk::Iso2022(Variant::Kr), "a한b", b"a\x1b$)C\x0eGQ\x0fb"),
    ];
    for (codec, text, bytes) in cases {
        assert_eq!(decoded(*codec, bytes).as_deref(), Some(*text), "{codec:?}");
        assert_eq!(encoded(*codec, text).as_deref(), Some(*bytes), "{codec:?}");
    }
}

#[test]
fn refusals() {
    assert_eq!(decoded(Cjk::ShiftJis, b"\x81"), None);
    assert_eq!(decoded(Cjk::EucKr, b"\xa4\xd4\xa4\xb6"), None);
    assert_eq!(encoded(Cjk::Gbk, "\u{30fb}"), None);
    assert_eq!(encoded(Cjk::ShiftJis, "\u{ff}"), None);
}
