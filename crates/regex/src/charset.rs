//! Tests of one code point: literals, sets and categories.
//!
//! What a test says of the first 256 code points is worked out once, so that bytes and Latin-1 text need one look into a
//! bitmap whatever the set.

use std::sync::OnceLock;

use text::Unit;
use text::case::{simple_lower, simple_upper};
use text::chars;

/// How letters are made alike before they are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// They are not.
    None,
    /// ASCII lower case; also what the C locale does.
    Ascii,
    /// Unicode's simple lower case.
    Unicode,
    /// The lower and the upper case of the locale are both tried (sets under `re.LOCALE`).
    Locale,
}

impl Fold {
    /// The code point in the form that is compared.
    pub fn apply(self, code: u32) -> u32 {
        match self {
            Fold::None => code,
            Fold::Ascii | Fold::Locale => crate::ascii_tolower(code),
            Fold::Unicode => simple_lower(code),
        }
    }
}

/// A member of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// From the first to the second, both included.
    Range(u32, u32),
    /// The same, of the code point or its upper case.
    RangeIgnore(u32, u32),
    /// Bit `n` tells of code point `n`.
    Bitmap(Box<[u32; 8]>),
    /// For each high byte of a 16-bit code point the index of a bitmap for the low byte.
    Big(Box<[u8; 256]>, Vec<[u32; 8]>),
    /// A category of the code's numbering.
    Category(Category),
}

impl Item {
    fn has(&self, code: u32) -> bool {
        let bit = |map: &[u32; 8], code: u32| map[(code as usize & 0xFF) >> 5] >> (code & 31) & 1 == 1;
        match self {
            Item::Range(low, high) => (*low..=*high).contains(&code),
            Item::RangeIgnore(low, high) => {
                (*low..=*high).contains(&code) || (*low..=*high).contains(&simple_upper(code))
            }
            Item::Bitmap(map) => code < 256 && bit(map, code),
            Item::Big(blocks, maps) => {
                code < 0x10000 && maps.get(usize::from(blocks[code as usize >> 8])).is_some_and(|map| bit(map, code))
            }
            Item::Category(category) => category.has(code),
        }
    }
}

/// A category of code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category {
    class: Class,
    negated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Digit,
    Space,
    Word,
    LineBreak,
    UnicodeDigit,
    UnicodeSpace,
    UnicodeWord,
    UnicodeLineBreak,
}

impl Class {
    const ALL: [Class; 8] = [
        Class::Digit,
        Class::Space,
        Class::Word,
        Class::LineBreak,
        Class::UnicodeDigit,
        Class::UnicodeSpace,
        Class::UnicodeWord,
        Class::UnicodeLineBreak,
    ];
}

impl Category {
    /// The category of a number in the code: each class is followed by its negation.
    pub fn from_code(code: u32) -> Option<Self> {
        const CLASSES: [Class; 9] = [
            Class::Digit,
            Class::Space,
            Class::Word,
            Class::LineBreak,
            // The locale's word characters: the C locale's.
            Class::Word,
            Class::UnicodeDigit,
            Class::UnicodeSpace,
            Class::UnicodeWord,
            Class::UnicodeLineBreak,
        ];
        Some(Self { class: *CLASSES.get(code as usize / 2)?, negated: code % 2 == 1 })
    }

    /// The members below 256.
    fn low(self) -> [u64; 4] {
        static KNOWN: OnceLock<[[u64; 4]; 8]> = OnceLock::new();
        let known = KNOWN.get_or_init(|| {
            let mut all = [[0; 4]; 8];
            for class in Class::ALL {
                let category = Category { class, negated: false };
                let members = (0..256u32).filter(|&code| category.has(code));
                members.for_each(|code| all[class as usize][code as usize >> 6] |= 1 << (code & 63));
            }
            all
        });
        let low = known[self.class as usize];
        if self.negated { low.map(|word| !word) } else { low }
    }

    fn has(self, code: u32) -> bool {
        let byte = if code < 128 { code as u8 } else { 0xFF };
        let inside = match self.class {
            Class::Digit => byte.is_ascii_digit(),
            Class::Space => matches!(byte, 9..=13 | 32),
            Class::Word => is_word(code, false),
            Class::LineBreak => byte == b'\n',
            Class::UnicodeDigit => chars::is_decimal(code),
            Class::UnicodeSpace => chars::is_space(code),
            Class::UnicodeWord => is_word(code, true),
            Class::UnicodeLineBreak => text::split::is_line_break(code),
        };
        inside != self.negated
    }
}

/// Whether `\w` matches.
pub fn is_word(code: u32, unicode: bool) -> bool {
    if code < 128 {
        return (code as u8).is_ascii_alphanumeric() || code == 0x5F;
    }
    unicode && chars::is_alnum(code)
}

/// What a test is, where a faster way to look for it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everything.
    All,
    /// This code point.
    Literal(u32),
    /// Any but this.
    NotLiteral(u32),
    /// A set, perhaps negated, of folded code points.
    Set(Vec<Item>, bool, Fold),
}

/// The answers for the first 256 code points, found a word at a time; `None` for sets whose members depend on more than the
/// folded code point.
fn low_bits(kind: &Kind) -> Option<[u64; 4]> {
    let mut low = [0; 4];
    match kind {
        Kind::All => low = [u64::MAX; 4],
        Kind::Literal(code) => add_range(&mut low, *code, *code),
        Kind::NotLiteral(code) => {
            add_range(&mut low, *code, *code);
            low = low.map(|word| !word);
        }
        Kind::Set(items, negated, fold) => {
            for item in items {
                match item {
                    Item::Range(first, last) => add_range(&mut low, *first, *last),
                    Item::Bitmap(map) => or(&mut low, map),
                    Item::Big(blocks, maps) => {
                        if let Some(map) = maps.get(usize::from(blocks[0])) {
                            or(&mut low, map);
                        }
                    }
                    Item::Category(category) => {
                        let known = category.low();
                        low.iter_mut().zip(known).for_each(|(word, more)| *word |= more);
                    }
                    Item::RangeIgnore(..) => return None,
                }
            }
            // A capital passes if its small letter does.
            const LETTERS: u64 = 0x07FF_FFFE;
            match fold {
                Fold::None => {}
                Fold::Ascii => low[1] = low[1] & !LETTERS | low[1] >> 32 & LETTERS,
                Fold::Unicode => {
                    low[1] = low[1] & !LETTERS | low[1] >> 32 & LETTERS;
                    // U+00C0 to U+00DE without the multiplication sign.
                    const CAPITALS: u64 = 0x7F7F_FFFF;
                    low[3] = low[3] & !CAPITALS | low[3] >> 32 & CAPITALS;
                }
                Fold::Locale => return None,
            }
            if *negated {
                low = low.map(|word| !word);
            }
        }
    }
    Some(low)
}

fn or(low: &mut [u64; 4], map: &[u32; 8]) {
    for (i, &half) in map.iter().enumerate() {
        low[i / 2] |= u64::from(half) << (32 * (i % 2));
    }
}

/// Adds the code points from `first` to `last` that are below 256.
fn add_range(low: &mut [u64; 4], first: u32, last: u32) {
    if first > last || first > 255 {
        return;
    }
    let last = last.min(255);
    for (i, word) in low.iter_mut().enumerate() {
        let start = 64 * i as u32;
        let (from, to) = (first.max(start), last.min(start + 63));
        if from <= to {
            *word |= u64::MAX >> (63 - (to - from)) << (from - start);
        }
    }
}

/// A test of one code point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The answers for the first 256 code points.
    pub low: [u64; 4],
    /// The test itself.
    pub kind: Kind,
}

impl Test {
    /// Works out the bitmap.
    pub fn new(kind: Kind) -> Self {
        let low = low_bits(&kind);
        let mut test = Self { low: low.unwrap_or_default(), kind };
        if low.is_some() {
            return test;
        }
        for code in 0..256u32 {
            test.low[code as usize >> 6] |= u64::from(test.slow(code)) << (code & 63);
        }
        test
    }

    /// A set of one folded code point, or of all others.
    pub fn literal(code: u32, negated: bool, fold: Fold) -> Self {
        Self::new(match (fold, negated) {
            (Fold::None, false) => Kind::Literal(code),
            (Fold::None, true) => Kind::NotLiteral(code),
            _ => Kind::Set(vec![Item::Range(code, code)], negated, fold),
        })
    }

    fn slow(&self, code: u32) -> bool {
        match &self.kind {
            Kind::All => true,
            Kind::Literal(literal) => code == *literal,
            Kind::NotLiteral(literal) => code != *literal,
            Kind::Set(items, negated, fold) => {
                let has = |code| items.iter().any(|item| item.has(code));
                let inside = match fold {
                    Fold::Locale if crate::ascii_iscased(code) => has(code | 0x20) || has(code & !0x20),
                    Fold::Locale => has(code),
                    _ => has(fold.apply(code)),
                };
                inside != *negated
            }
        }
    }

    /// Whether the code point passes.
    #[inline]
    pub fn has(&self, code: u32) -> bool {
        if code < 256 { self.low[code as usize >> 6] >> (code & 63) & 1 == 1 } else { self.slow(code) }
    }

    /// Whether a code point above 255 may pass.
    pub fn may_be_wide(&self) -> bool {
        match &self.kind {
            Kind::Literal(code) => *code > 0xFF,
            Kind::Set(items, false, Fold::None | Fold::Ascii) => items.iter().any(|item| match item {
                Item::Range(_, high) => *high > 0xFF,
                Item::Bitmap(_) => false,
                _ => true,
            }),
            _ => true,
        }
    }

    /// How many of the first units pass.
    pub fn count<U: Unit>(&self, units: &[U]) -> usize {
        let stop = match &self.kind {
            Kind::All => None,
            Kind::NotLiteral(code) if *code <= U::MAX => U::position(units, U::truncate(*code)),
            Kind::NotLiteral(_) => None,
            _ => units.iter().position(|&unit| !self.has(unit.into())),
        };
        stop.unwrap_or(units.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bitmap that is found a word at a time is the one that each code point for itself gives.
    #[test]
    fn low_bits_are_what_the_test_says() {
        let category = |n| Item::Category(Category::from_code(n).expect("a category"));
        let sets: Vec<Vec<Item>> = (0..18)
            .map(|n| vec![category(n)])
            .chain([
                vec![Item::Range(0x61, 0x7A)],
                vec![Item::Range(0x41, 0x41), Item::Range(0xE0, 0x180)],
                vec![Item::Range(0xF7, 0xF7), Item::Range(0, 0), Item::Range(63, 64), Item::Range(255, 255)],
                vec![Item::Range(0x20, 0x10FFFF)],
                vec![Item::Bitmap(Box::new([1, 0x8000_0000, 0x00F0_0000, 7, 0, 3, u32::MAX, 0x1234_5678]))],
                vec![Item::Range(9, 3), category(0)],
            ])
            .collect();
        for items in sets {
            for (negated, fold) in
                [(false, Fold::None), (true, Fold::None), (false, Fold::Ascii), (true, Fold::Unicode)]
            {
                let test = Test::new(Kind::Set(items.clone(), negated, fold));
                for code in 0..256 {
                    assert_eq!(test.has(code), test.slow(code), "{items:?} {fold:?} at {code}");
                }
            }
        }
        for kind in [Kind::All, Kind::Literal(0x80), Kind::NotLiteral(0x3F), Kind::Literal(0x100)] {
            let test = Test::new(kind);
            assert!((0..256).all(|code| test.has(code) == test.slow(code)), "{test:?}");
        }
    }
}
