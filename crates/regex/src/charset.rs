//! Tests of one code point: literals, sets and categories.
//!
//! What a test says of the first 256 code points is worked out once, so that bytes and Latin-1 text need one look into a
//! bitmap whatever the set.

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
        let mut test = Self { low: [0; 4], kind };
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
