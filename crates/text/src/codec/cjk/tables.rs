//! The character sets behind the East Asian encodings, in both directions. They are read off `encoding_rs` when first asked
//! for; the short lists here say where Python's encodings differ from the web's.

use encoding_rs::Encoding;
use std::sync::OnceLock;

/// A set of characters with codes of two bytes.
pub struct Table {
    /// By the code; 0: there is no such character.
    decode: Vec<u32>,
    /// By the character's upper bits, then its lower eight; 0: it has no code.
    encode: Vec<Option<Box<[u16; 256]>>>,
}

impl Table {
    /// The character of a code.
    pub fn char(&self, lead: u8, trail: u8) -> Option<u32> {
        Some(self.decode[usize::from(lead) << 8 | usize::from(trail)]).filter(|&c| c != 0)
    }

    /// The code of a character.
    pub fn code(&self, char: u32) -> Option<u16> {
        let page = self.encode.get(char as usize >> 8)?.as_ref()?;
        Some(page[char as usize & 255]).filter(|&code| code != 0)
    }

    fn set_code(&mut self, char: u32, code: u16) {
        let page = char as usize >> 8;
        if self.encode.len() <= page {
            self.encode.resize_with(page + 1, || None);
        }
        self.encode[page].get_or_insert_with(|| Box::new([0; 256]))[char as usize & 255] = code;
    }

    /// The table with these characters; of several codes of a character the lowest is the one to encode to.
    fn make(char: impl Fn(u8, u8) -> Option<u32>, decoded: &[(u16, u32)], encoded: &[(u32, u16)]) -> Table {
        let mut table = Table { decode: vec![0; 1 << 16], encode: Vec::new() };
        for code in 0x2121..=u16::MAX {
            let [lead, trail] = code.to_be_bytes();
            let changed = decoded.iter().find(|(at, _)| *at == code).map(|(_, c)| *c);
            if let Some(char) = changed.or_else(|| char(lead, trail)) {
                table.decode[usize::from(code)] = char;
                if table.code(char).is_none() {
                    table.set_code(char, code);
                }
            }
        }
        for &(char, code) in encoded {
            table.set_code(char, code);
        }
        table
    }
}

/// The only character that the bytes stand for in an encoding of the web.
fn web(encoding: &'static Encoding, bytes: &[u8]) -> Option<u32> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(only), None) => Some(only.into()),
        _ => None,
    }
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $make:expr;)*) => { $(
        $(#[$doc])*
        pub fn $name() -> &'static Table {
            static TABLE: OnceLock<Table> = OnceLock::new();
            TABLE.get_or_init(|| $make)
        }
    )* };
}

/// Where JIS X 0208 in Python's encodings is not Microsoft's.
const JIS: &[(u16, u32)] =
    &[(0xa1c1, 0x301c), (0xa1c2, 0x2016), (0xa1dd, 0x2212), (0xa1f1, 0xa2), (0xa1f2, 0xa3), (0xa2cc, 0xac)];

/// The rows of GB 2312 that later sets have filled further.
fn in_gb2312(lead: u8, trail: u8) -> bool {
    match lead {
        0xa1 | 0xa3 => trail >= 0xa1,
        0xa2 => matches!(trail, 0xb1..=0xe2 | 0xe5..=0xee | 0xf1..=0xfc),
        0xa4 => matches!(trail, 0xa1..=0xf3),
        0xa5 => matches!(trail, 0xa1..=0xf6),
        0xa6 => matches!(trail, 0xa1..=0xb8 | 0xc1..=0xd8),
        0xa7 => matches!(trail, 0xa1..=0xc1 | 0xd1..=0xf1),
        0xa8 => matches!(trail, 0xa1..=0xba | 0xc5..=0xe9),
        0xa9 => matches!(trail, 0xa4..=0xef),
        0xd7 => matches!(trail, 0xa1..=0xf9),
        0xb0..=0xf7 => trail >= 0xa1,
        _ => false,
    }
}

/// The codes of GB 18030 that GBK as Python has it leaves empty.
fn beyond_gbk(lead: u8, trail: u8) -> bool {
    match lead {
        0xa1..=0xa7 if trail < 0xa1 => true,
        0xa2 => matches!(trail, 0xab..=0xb0 | 0xe3..=0xe4 | 0xef..=0xf0 | 0xfd..),
        0xa4 => trail >= 0xf4,
        0xa5 => trail >= 0xf7,
        0xa6 => matches!(trail, 0xb9..=0xc0 | 0xd9..=0xdf | 0xec..=0xed | 0xf3 | 0xf6..),
        0xa7 => matches!(trail, 0xc2..=0xd0 | 0xf2..),
        0xa8 => matches!(trail, 0x96..=0xa0 | 0xbc | 0xbf | 0xc1..=0xc4 | 0xea..),
        0xa9 => matches!(trail, 0x58 | 0x5b | 0x5d..=0x5f | 0x89..=0x95 | 0x97..=0xa3 | 0xf0..),
        0xaa..=0xaf | 0xf8..=0xfd => trail >= 0xa1,
        0xd7 => trail >= 0xfa,
        0xfe => trail >= 0x50,
        _ => false,
    }
}

/// What the four-byte part of GB 18030:2000 has where later editions have a character of two bytes, and the other way.
const GB18030: &[(u16, u32)] = &[
    (0xa3a0, 0xe5e5),
    (0xa6d9, 0xe78d),
    (0xa6da, 0xe78e),
    (0xa6db, 0xe78f),
    (0xa6dc, 0xe790),
    (0xa6dd, 0xe791),
    (0xa6de, 0xe792),
    (0xa6df, 0xe793),
    (0xa6ec, 0xe794),
    (0xa6ed, 0xe795),
    (0xa6f3, 0xe796),
    (0xa8bc, 0xe7c7),
    (0xfe59, 0xe81e),
    (0xfe61, 0xe826),
    (0xfe66, 0xe82b),
    (0xfe67, 0xe82c),
    (0xfe6d, 0xe832),
    (0xfe7e, 0xe843),
    (0xfe90, 0xe854),
    (0xfea0, 0xe864),
];

/// Where Big5 differs from Microsoft's.
const BIG5: &[(u16, u32)] = &[
    (0xa145, 0x2022),
    (0xa14e, 0xff64),
    (0xa1c2, 0x203e),
    (0xa1e3, 0x223c),
    (0xa1f2, 0x2641),
    (0xa1f3, 0x2609),
    (0xa241, 0xff0f),
    (0xa242, 0xff3c),
    (0xa244, 0xa5),
    (0xa246, 0xa2),
    (0xa247, 0xa3),
];

/// ETEN's part of Big5 in its order: first characters and lengths of the runs from 0xC6A1 on.
const ETEN: &[(u32, u32)] = &[
    (0x30fe, 1),
    (0x309d, 2),
    (0x3005, 1),
    (0x3041, 83),
    (0x30a1, 86),
    (0x414, 2),
    (0x401, 1),
    (0x416, 7),
    (0x423, 19),
    (0x451, 1),
    (0x436, 26),
    (0x2460, 10),
    (0x2474, 10),
];

/// Big5 without Hong Kong's additions.
fn big5_char(lead: u8, trail: u8) -> Option<u32> {
    if matches!((lead, trail), (..0xa1, _) | (0xa3, 0xc0..) | (0xf9, 0xd6..) | (0xfa.., _)) {
        return None;
    }
    let code = u16::from_be_bytes([lead, trail]);
    if (0xc6a1..0xc940).contains(&code) {
        let column = match trail {
            0x40..=0x7e => u32::from(trail) - 0x40,
            0xa1..=0xfe => u32::from(trail) - 0xa1 + 63,
            _ => return None,
        };
        let mut at = (u32::from(lead) - 0xc6) * 157 + column - 63;
        for &(first, len) in ETEN {
            if at < len {
                return Some(first + at);
            }
            at -= len;
        }
        return None;
    }
    web(encoding_rs::BIG5, &[lead, trail])
}

/// The codes that the web's Big5 has and HKSCS-2004 has not.
fn beyond_hkscs(code: u16) -> bool {
    const EMPTY: &[(u16, u16)] = &[
        (0x877a, 0x87df),
        (0x8fcb, 0x8fcc),
        (0x92af, 0x92b2),
        (0x9cbc, 0x9cbd),
        (0xa3c0, 0xa3e1),
        (0xc6de, 0xc6df),
        (0xfdb7, 0xfdb8),
    ];
    const SINGLE: &[u16] = &[
        0x8e69, 0x8e6f, 0x8e7e, 0x8eab, 0x8eb4, 0x8ecd, 0x8ed0, 0x8f57, 0x8f69, 0x8f6e, 0x8ffe, 0x906d, 0x907a, 0x90dc,
        0x90f1, 0x91bf, 0x9244, 0x92c8, 0x92d1, 0x9447, 0x94ca, 0x95d9, 0x9644, 0x96ed, 0x96fc, 0x9b76, 0x9b78, 0x9b7b,
        0x9bc6, 0x9bde, 0x9bec, 0x9bf6, 0x9c42, 0x9c53, 0x9c62, 0x9c68, 0x9c6b, 0x9c77, 0x9cd0, 0x9d57, 0x9d5a, 0x9dc4,
        0x9ea9, 0x9eef, 0x9efd, 0x9f60, 0x9f66, 0x9fcb, 0x9fd8, 0xa063, 0xa077, 0xa0d5, 0xa0df, 0xa0e4, 0xc6cf, 0xc6d3,
        0xc6d5, 0xc6d7, 0xfa5f, 0xfa66, 0xfabd, 0xfac5, 0xfad5, 0xfb48, 0xfbb8, 0xfbf3, 0xfbf9, 0xfc4f, 0xfc6c, 0xfcb9,
        0xfce2, 0xfcf1, 0xfdbb, 0xfdf1, 0xfe52, 0xfe6f, 0xfeaa, 0xfedd,
    ];
    EMPTY.iter().any(|&(first, last)| (first..=last).contains(&code)) || SINGLE.contains(&code)
}

fn jis0208_char(lead: u8, trail: u8) -> Option<u32> {
    if matches!(lead, 0xad | 0xf5..) { None } else { web(encoding_rs::EUC_JP, &[lead, trail]).filter(|_| lead >= 0xa1) }
}

/// The characters that JIS X 0213 has and JIS X 0208 has not: plane, first code and characters of each run of codes, as the
/// standard has them.
const JISX0213: &str = include_str!("jisx0213.txt");

/// One of the planes, without JIS X 0208 and without what stands for two characters.
fn jisx0213(plane: char) -> Table {
    let mut chars = std::collections::HashMap::new();
    for line in JISX0213.lines() {
        let Some(run) = line.strip_prefix(plane).and_then(|line| line.split_once(' ')) else { continue };
        let Ok(first) = u16::from_str_radix(run.0, 16) else { continue };
        chars.extend((first..).zip(run.1.chars()));
    }
    let char = |lead, trail| chars.get(&u16::from_be_bytes([lead, trail])).map(|&char| u32::from(char));
    Table::make(char, &[], &[])
}

tables! {
    /// The first plane of JIS X 0213, without JIS X 0208, by its EUC codes.
    jisx0213_first = jisx0213('1');
    /// The second plane, by its EUC codes without the leading 0x8F.
    jisx0213_second = jisx0213('2');
    /// JIS X 0208 by its EUC codes.
    jis0208 = Table::make(jis0208_char, JIS, &[]);
    /// JIS X 0212 by its EUC codes without the leading 0x8F.
    jis0212 = Table::make(
        |lead, trail| web(encoding_rs::EUC_JP, &[0x8f, lead, trail]).filter(|_| lead >= 0xa1),
        &[(0xa2b7, 0x7e)],
        &[]
    );
    /// Microsoft's shift-JIS.
    cp932 = Table::make(
        |lead, trail| web(encoding_rs::SHIFT_JIS, &[lead, trail]).filter(|_| lead >= 0x81 && !matches!(lead, 0xa0..=0xdf)),
        &[],
        &[(0xa2, 0x8191), (0xa3, 0x8192), (0xac, 0x81ca), (0x2016, 0x8161), (0x2212, 0x817c), (0x301c, 0x8160)]
    );
    /// GB 2312 by its EUC codes.
    gb2312 = Table::make(
        |lead, trail| if in_gb2312(lead, trail) { web(encoding_rs::GBK, &[lead, trail]) } else { None },
        &[(0xa1a4, 0x30fb), (0xa1aa, 0x2015)],
        &[]
    );
    /// GBK.
    gbk = Table::make(
        |lead, trail| if lead < 0x81 || beyond_gbk(lead, trail) { None } else { web(encoding_rs::GBK, &[lead, trail]) },
        &[],
        &[]
    );
    /// The codes of two bytes of GB 18030.
    gb18030 = Table::make(
        |lead, trail| if lead < 0x81 { None } else { web(encoding_rs::GB18030, &[lead, trail]) },
        GB18030,
        &[]
    );
    /// KS X 1001 by its EUC codes, and Microsoft's additions to it.
    cp949 = Table::make(|lead, trail| if lead < 0x81 { None } else { web(encoding_rs::EUC_KR, &[lead, trail]) }, &[], &[]);
    /// Big5.
    big5 = Table::make(
        big5_char,
        BIG5,
        &[(0x5341, 0xa451), (0x5345, 0xa4ca), (0xff0f, 0xa241), (0xff3c, 0xa242)]
    );
    /// Microsoft's Big5.
    cp950 = Table::make(
        |lead, trail| match (lead, trail) {
            (0xa3, 0xe1) | (0xf9, 0xd6..=0xfe) => web(encoding_rs::BIG5, &[lead, trail]),
            _ => big5_char(lead, trail),
        },
        &[(0xf9fe, 0x2593)],
        &[
            (0x5341, 0xa451), (0x5345, 0xa4ca), (0xa2, 0xa246), (0xa3, 0xa247), (0xa5, 0xa244), (0x2022, 0xa145),
            (0x203e, 0xa1c2), (0x223c, 0xa1e3), (0x2609, 0xa1f3), (0x2641, 0xa1f2), (0xff64, 0xa14e),
        ]
    );
    /// Big5 with Hong Kong's additions of 2004; the four codes that stand for two characters are not in it.
    big5hkscs = Table::make(
        |lead, trail| {
            let none = lead < 0x81 || beyond_hkscs(u16::from_be_bytes([lead, trail]));
            if none { None } else { web(encoding_rs::BIG5, &[lead, trail]) }
        },
        BIG5,
        &[
            (0x2550, 0xf9f9), (0x255e, 0xf9e9), (0x2561, 0xf9eb), (0x256a, 0xf9ea), (0x256d, 0xf9fa), (0x256e, 0xf9fb),
            (0x256f, 0xf9fd), (0x2570, 0xf9fc), (0x5341, 0xa451), (0x5345, 0xa4ca), (0xff0f, 0xa241), (0xff3c, 0xa242),
        ]
    );
}

/// The characters of the codes of four bytes of GB 18030 within the first plane, in their order, which is theirs too.
pub fn gb18030_four() -> &'static [u16] {
    static TABLE: OnceLock<Vec<u16>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let char = |at: u32| web(encoding_rs::GB18030, &four_bytes(at)).unwrap_or(0);
        // Later editions have exchanged this character's code with that of U+E7C7.
        (0..39_420)
            .map(|at| if four_bytes(at) == [0x81, 0x35, 0xf4, 0x37] { 0x1e3f } else { char(at) as u16 })
            .collect()
    })
}

/// The code of four bytes with this number.
pub fn four_bytes(at: u32) -> [u8; 4] {
    [0x81 + (at / 12_600) as u8, 0x30 + (at / 1_260 % 10) as u8, 0x81 + (at / 10 % 126) as u8, 0x30 + (at % 10) as u8]
}
