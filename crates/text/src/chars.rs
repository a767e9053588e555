//! What a code point is: the predicates behind `str.isalpha` and its kin, and the properties that `unicodedata` shows.
//!
//! Unicode 16.0.0, as in CPython 3.14. A number above U+10FFFF is treated as unassigned.

use icu_properties::props::{
    BidiClass, BidiMirrored, CanonicalCombiningClass, CaseIgnorable, EastAsianWidth, GeneralCategory, Lowercase,
    Uppercase, XidContinue, XidStart,
};
use icu_properties::{CodePointMapData, CodePointSetData};

use crate::numeric;
use crate::units::{Unit, Units, each};

/// `unicodedata.unidata_version`.
pub const UNIDATA_VERSION: &str = "16.0.0";

fn general(code: u32) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get32(code)
}

/// The general category: `"Lu"`, `"Nd"`, … (`unicodedata.category`).
pub fn category(code: u32) -> &'static str {
    use GeneralCategory as G;
    match general(code) {
        G::Unassigned => "Cn",
        G::UppercaseLetter => "Lu",
        G::LowercaseLetter => "Ll",
        G::TitlecaseLetter => "Lt",
        G::ModifierLetter => "Lm",
        G::OtherLetter => "Lo",
        G::NonspacingMark => "Mn",
        G::SpacingMark => "Mc",
        G::EnclosingMark => "Me",
        G::DecimalNumber => "Nd",
        G::LetterNumber => "Nl",
        G::OtherNumber => "No",
        G::SpaceSeparator => "Zs",
        G::LineSeparator => "Zl",
        G::ParagraphSeparator => "Zp",
        G::Control => "Cc",
        G::Format => "Cf",
        G::PrivateUse => "Co",
        G::Surrogate => "Cs",
        G::DashPunctuation => "Pd",
        G::OpenPunctuation => "Ps",
        G::ClosePunctuation => "Pe",
        G::ConnectorPunctuation => "Pc",
        G::InitialPunctuation => "Pi",
        G::FinalPunctuation => "Pf",
        G::OtherPunctuation => "Po",
        G::MathSymbol => "Sm",
        G::CurrencySymbol => "Sc",
        G::ModifierSymbol => "Sk",
        G::OtherSymbol => "So",
    }
}

/// Whether Unicode 16.0 assigns the code point (its category is not `Cn`).
pub fn is_assigned(code: u32) -> bool {
    general(code) != GeneralCategory::Unassigned
}

/// The bidirectional class; empty for a code point that UnicodeData.txt does not list (`unicodedata.bidirectional`).
pub fn bidirectional(code: u32) -> &'static str {
    use BidiClass as B;
    if !is_assigned(code) {
        return "";
    }
    match CodePointMapData::<BidiClass>::new().get32(code) {
        B::LeftToRight => "L",
        B::RightToLeft => "R",
        B::EuropeanNumber => "EN",
        B::EuropeanSeparator => "ES",
        B::EuropeanTerminator => "ET",
        B::ArabicNumber => "AN",
        B::CommonSeparator => "CS",
        B::ParagraphSeparator => "B",
        B::SegmentSeparator => "S",
        B::WhiteSpace => "WS",
        B::OtherNeutral => "ON",
        B::LeftToRightEmbedding => "LRE",
        B::LeftToRightOverride => "LRO",
        B::ArabicLetter => "AL",
        B::RightToLeftEmbedding => "RLE",
        B::RightToLeftOverride => "RLO",
        B::PopDirectionalFormat => "PDF",
        B::NonspacingMark => "NSM",
        B::BoundaryNeutral => "BN",
        B::FirstStrongIsolate => "FSI",
        B::LeftToRightIsolate => "LRI",
        B::RightToLeftIsolate => "RLI",
        B::PopDirectionalIsolate => "PDI",
        _ => "",
    }
}

/// The canonical combining class, 0 to 254 (`unicodedata.combining`).
pub fn combining(code: u32) -> u8 {
    if code < 0x300 {
        return 0;
    }
    CodePointMapData::<CanonicalCombiningClass>::new().get32(code).to_icu4c_value()
}

/// The East Asian width: `A`, `F`, `H`, `N`, `Na` or `W` (`unicodedata.east_asian_width`).
pub fn east_asian_width(code: u32) -> &'static str {
    use EastAsianWidth as E;
    match CodePointMapData::<EastAsianWidth>::new().get32(code) {
        E::Ambiguous => "A",
        E::Halfwidth => "H",
        E::Fullwidth => "F",
        E::Narrow => "Na",
        E::Wide => "W",
        _ => "N",
    }
}

/// Whether the glyph is mirrored in right-to-left text (`unicodedata.mirrored`).
pub fn mirrored(code: u32) -> bool {
    CodePointSetData::new::<BidiMirrored>().contains32(code)
}

pub use crate::numeric::{decimal, digit, numeric};

/// A letter: categories Lm, Lt, Lu, Ll, Lo.
pub fn is_alpha(code: u32) -> bool {
    use GeneralCategory as G;
    if code < 0x80 {
        return (code as u8).is_ascii_alphabetic();
    }
    matches!(
        general(code),
        G::UppercaseLetter | G::LowercaseLetter | G::TitlecaseLetter | G::ModifierLetter | G::OtherLetter
    )
}

/// Usable as a decimal digit in a number.
pub fn is_decimal(code: u32) -> bool {
    decimal(code).is_some()
}

/// A digit of any style.
pub fn is_digit(code: u32) -> bool {
    digit(code).is_some()
}

/// Anything with a numeric value.
pub fn is_numeric(code: u32) -> bool {
    if code < 0x80 { (code as u8).is_ascii_digit() } else { numeric::numeric(code).is_some() }
}

/// A letter or anything with a numeric value.
pub fn is_alnum(code: u32) -> bool {
    if code < 0x80 { (code as u8).is_ascii_alphanumeric() } else { is_alpha(code) || is_numeric(code) }
}

/// White space: bidirectional class WS, B or S, or category Zs.
pub fn is_space(code: u32) -> bool {
    match code {
        0..0x80 => matches!(code, 0x09..=0x0D | 0x1C..=0x20),
        0x80..0x1680 => matches!(code, 0x85 | 0xA0),
        _ => matches!(code, 0x1680 | 0x2000..=0x200A | 0x2028 | 0x2029 | 0x202F | 0x205F | 0x3000),
    }
}

/// What `repr` shows as it is: all but categories C and Z, and the space.
pub fn is_printable(code: u32) -> bool {
    use GeneralCategory as G;
    if code < 0x80 {
        return (0x20..0x7F).contains(&code);
    }
    !matches!(
        general(code),
        G::Unassigned
            | G::Control
            | G::Format
            | G::Surrogate
            | G::PrivateUse
            | G::SpaceSeparator
            | G::LineSeparator
            | G::ParagraphSeparator
    )
}

/// Whether an identifier may begin with it: XID_Start or `_`.
pub fn is_identifier_start(code: u32) -> bool {
    if code < 0x80 {
        return (code as u8).is_ascii_alphabetic() || code == 0x5F;
    }
    CodePointSetData::new::<XidStart>().contains32(code)
}

/// Whether an identifier may go on with it: XID_Continue.
pub fn is_identifier_part(code: u32) -> bool {
    if code < 0x80 {
        return (code as u8).is_ascii_alphanumeric() || code == 0x5F;
    }
    CodePointSetData::new::<XidContinue>().contains32(code)
}

/// The derived property Lowercase.
pub fn is_lower(code: u32) -> bool {
    if code < 0x80 {
        return (code as u8).is_ascii_lowercase();
    }
    CodePointSetData::new::<Lowercase>().contains32(code)
}

/// The derived property Uppercase.
pub fn is_upper(code: u32) -> bool {
    if code < 0x80 {
        return (code as u8).is_ascii_uppercase();
    }
    CodePointSetData::new::<Uppercase>().contains32(code)
}

/// A titlecase letter such as ǅ.
pub fn is_title(code: u32) -> bool {
    code >= 0x80 && general(code) == GeneralCategory::TitlecaseLetter
}

/// Upper-, lower- or titlecase.
pub fn is_cased(code: u32) -> bool {
    is_lower(code) || is_upper(code) || is_title(code)
}

/// Skipped when looking for the letters around a sigma.
pub fn is_case_ignorable(code: u32) -> bool {
    CodePointSetData::new::<CaseIgnorable>().contains32(code)
}

/// Whether there is text and all of it satisfies `test`: `str.isalpha` and its kin.
pub fn all(text: Units<'_>, test: impl Fn(u32) -> bool) -> bool {
    !text.is_empty() && each!(text, s => s.iter().all(|&u| test(u.code())))
}

/// `str.isprintable`: true for empty text.
pub fn all_printable(text: Units<'_>) -> bool {
    text.is_empty() || all(text, is_printable)
}

/// `str.isidentifier`.
pub fn all_identifier(text: Units<'_>) -> bool {
    text.get(0).is_some_and(is_identifier_start)
        && (text.len() == 1 || all(text.slice(1..text.len()), is_identifier_part))
}

/// `str.islower`: a lowercase letter, and no upper- or titlecase one.
pub fn all_lower(text: Units<'_>) -> bool {
    let mut cased = false;
    for code in text.iter() {
        if is_lower(code) {
            cased = true;
        } else if is_upper(code) || is_title(code) {
            return false;
        }
    }
    cased
}

/// `str.isupper`: an uppercase letter, and no lower- or titlecase one.
pub fn all_upper(text: Units<'_>) -> bool {
    let mut cased = false;
    for code in text.iter() {
        if is_upper(code) {
            cased = true;
        } else if is_lower(code) || is_title(code) {
            return false;
        }
    }
    cased
}

/// `str.istitle`: each run of cased letters begins with an upper- or titlecase one and goes on in lowercase.
pub fn all_title(text: Units<'_>) -> bool {
    let (mut cased, mut in_word) = (false, false);
    for code in text.iter() {
        let (capital, small) = (is_upper(code) || is_title(code), is_lower(code));
        if (capital && in_word) || (small && !in_word && !capital) {
            return false;
        }
        in_word = capital || small;
        cased |= in_word;
    }
    cased
}
