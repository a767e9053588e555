//! The encodings of ISO 2022: sets of characters, designated to four places by escape sequences.
//!
//! The state is CPython's: the marks of the sets in the four places (the final byte of the escape sequence, its high bit set
//! for sets of two bytes), and in the fifth byte two flags.

use super::jisx0213::{self, Edition, Joined};
use super::{Found, Put, State, korea, tables};

/// Which sets an encoding has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    Jp,
    Jp1,
    Jp2,
    Jp3,
    Jp2004,
    JpExt,
    Kr,
}

const ESC: u8 = 0x1b;
const SHIFT_OUT: u8 = 0x0e;
const SHIFT_IN: u8 = 0x0f;

const ASCII: u8 = b'B';
const LATIN1: u8 = b'A';
const GREEK: u8 = b'F';
const JIS_ROMAN: u8 = b'J';
const JIS_KATAKANA: u8 = b'I';
const TWO_BYTES: u8 = 0x80;
const JIS0208: u8 = b'B' | TWO_BYTES;
const JIS0208_OLD: u8 = b'@' | TWO_BYTES;
const JIS0212: u8 = b'D' | TWO_BYTES;
const KSX1001: u8 = b'C' | TWO_BYTES;
const JISX0213_FIRST_2000: u8 = b'O' | TWO_BYTES;
const JISX0213_SECOND: u8 = b'P' | TWO_BYTES;
const JISX0213_FIRST_2004: u8 = b'Q' | TWO_BYTES;
const GB2312: u8 = b'A' | TWO_BYTES;

/// ASCII in the first two places.
pub const START: State = [ASCII, ASCII, 0, 0, 0, 0, 0, 0];

/// The second place is the one in use.
const SHIFTED: u8 = 1;
/// An unknown escape sequence is being passed through.
const PASSING: u8 = 2;

impl Variant {
    /// The marks of the sets besides ASCII, in the order in which a character is looked for.
    fn sets(self) -> &'static [u8] {
        match self {
            Variant::Jp => &[JIS0208, JIS_ROMAN, JIS0208_OLD],
            Variant::Jp1 => &[JIS0208, JIS0212, JIS_ROMAN, JIS0208_OLD],
            Variant::Jp2 => &[JIS0208, JIS0212, KSX1001, GB2312, JIS_ROMAN, JIS0208_OLD, LATIN1, GREEK],
            Variant::Jp3 => &[JIS0208, JISX0213_FIRST_2000, JISX0213_SECOND],
            Variant::Jp2004 => &[JIS0208, JISX0213_FIRST_2004, JISX0213_SECOND],
            Variant::JpExt => &[JIS0208, JIS0212, JIS_ROMAN, JIS_KATAKANA, JIS0208_OLD],
            Variant::Kr => &[KSX1001],
        }
    }

    /// The edition of JIS X 0213, and the mark of its first plane.
    fn jisx0213(self) -> Option<(Edition, u8)> {
        match self {
            Variant::Jp3 => Some((Edition::Of2000, JISX0213_FIRST_2000)),
            Variant::Jp2004 => Some((Edition::Of2004, JISX0213_FIRST_2004)),
            _ => None,
        }
    }

    /// Whether shifting in and out is part of the encoding.
    fn shifts(self) -> bool {
        self == Variant::Kr
    }

    /// Whether a third place is reached by single shifts.
    fn has_third(self) -> bool {
        self == Variant::Jp2
    }
}

/// The character of a set's code of one or two bytes below 0x80.
fn char_of(set: u8, lead: u8, trail: u8) -> Option<u32> {
    let (high_lead, high_trail) = (lead | 0x80, trail | 0x80);
    if set & TWO_BYTES != 0 && (lead >= 0x80 || trail >= 0x80) {
        return None;
    }
    match set {
        JIS_ROMAN => Some(match lead {
            0x5c => 0xa5,
            0x7e => 0x203e,
            _ => lead.into(),
        }),
        JIS_KATAKANA => (0x21..=0x5f).contains(&lead).then(|| 0xff61 + u32::from(lead) - 0x21),
        JIS0208 | JIS0208_OLD => tables::jis0208().char(high_lead, high_trail),
        JIS0212 => tables::jis0212().char(high_lead, high_trail),
        KSX1001 => korea::ksx1001_char(high_lead, high_trail),
        GB2312 => tables::gb2312().char(high_lead, high_trail),
        _ => None,
    }
}

/// What a code of two bytes below 0x80 stands for.
fn two(variant: Variant, set: u8, lead: u8, trail: u8) -> Option<Found> {
    let (high_lead, high_trail) = (lead | 0x80, trail | 0x80);
    match variant.jisx0213() {
        Some(_) if lead >= 0x80 || trail >= 0x80 => None,
        Some((edition, mark)) if mark == set => jisx0213::first(edition, high_lead, high_trail, 2),
        Some((edition, _)) if set == JISX0213_SECOND => {
            jisx0213::second(edition, high_lead, high_trail).map(|char| Found::Char(2, char))
        }
        _ => char_of(set, lead, trail).map(|char| Found::Char(2, char)),
    }
}

/// The code of a character in a set, its bytes below 0x80.
fn code_of(set: u8, char: u32) -> Option<u16> {
    let low = |code: u16| code & 0x7f7f;
    match set {
        JIS_ROMAN => match char {
            0xa5 => Some(0x5c),
            0x203e => Some(0x7e),
            _ => None,
        },
        JIS_KATAKANA => (0xff61..=0xff9f).contains(&char).then(|| (char - 0xff61 + 0x21) as u16),
        JIS0208 | JIS0208_OLD => tables::jis0208().code(char).map(low),
        JIS0212 => tables::jis0212().code(char).map(low),
        KSX1001 => korea::ksx1001_code(char).map(low),
        GB2312 => tables::gb2312().code(char).map(low),
        _ => None,
    }
}

pub fn decode(variant: Variant, state: &mut State, bytes: &[u8]) -> Found {
    let Some(&first) = bytes.first() else { return Found::Short };
    if state[4] & PASSING != 0 {
        if matches!(first, b'A'..=b'Z' | b'@') {
            state[4] &= !PASSING;
        }
        return Found::Char(1, first.into());
    }
    match first {
        ESC => match bytes.get(1) {
            None => Found::Short,
            Some(b'(' | b')' | b'$' | b'.' | b'&') => designate(variant, state, bytes),
            Some(b'N') if variant.has_third() => match bytes.get(2) {
                None => Found::Short,
                Some(&byte) => single_shift(state[2], byte).map_or(Found::Bad(3), |char| Found::Char(3, char)),
            },
            Some(_) => {
                state[4] |= PASSING;
                Found::Char(1, ESC.into())
            }
        },
        SHIFT_IN if variant.shifts() => {
            state[4] &= !SHIFTED;
            Found::Skip(1)
        }
        SHIFT_OUT if variant.shifts() => {
            state[4] |= SHIFTED;
            Found::Skip(1)
        }
        b'\n' => {
            state[4] &= !SHIFTED;
            Found::Char(1, first.into())
        }
        ..0x20 => Found::Char(1, first.into()),
        0x80.. => Found::Bad(1),
        _ => match state[usize::from(state[4] & SHIFTED)] {
            ASCII => Found::Char(1, first.into()),
            set if !variant.sets().contains(&set) => Found::Bad(1),
            set if set & TWO_BYTES == 0 => char_of(set, first, 0).map_or(Found::Bad(1), |char| Found::Char(1, char)),
            set => match bytes.get(1) {
                None => Found::Short,
                Some(&trail) => two(variant, set, first, trail).unwrap_or(Found::Bad(2)),
            },
        },
    }
}

/// A character of the third place.
fn single_shift(set: u8, byte: u8) -> Option<u32> {
    match set {
        LATIN1 if byte < 0x80 => Some(u32::from(byte) + 0x80),
        GREEK if byte < 0x80 => greek(byte | 0x80),
        0 | ASCII if byte < 0x80 => Some(byte.into()),
        _ => None,
    }
}

/// ISO 8859-7 of 1987.
fn greek(byte: u8) -> Option<u32> {
    match byte {
        0xa1 => Some(0x2018),
        0xa2 => Some(0x2019),
        0xaf => Some(0x2015),
        ..=0xa0 | 0xa3 | 0xa6..=0xa9 | 0xab..=0xad | 0xb0..=0xb3 | 0xb7 | 0xbb | 0xbd => Some(byte.into()),
        0xb4..=0xfe if byte != 0xd2 => Some(u32::from(byte) - 0xa0 + 0x370),
        _ => None,
    }
}

/// An escape sequence that puts a set in a place.
fn designate(variant: Variant, state: &mut State, bytes: &[u8]) -> Found {
    const LONGEST: usize = 16;
    let mut at = 1;
    let len = loop {
        match bytes.get(at) {
            None if at >= LONGEST => return Found::Bad(1),
            None => return Found::Short,
            _ if at >= LONGEST => return Found::Bad(1),
            // ESC & @ announces that the next sequence designates the set's revision.
            Some(b'&') if !variant.shifts() && bytes.get(at + 1) == Some(&b'@') => at += 2,
            Some(b'A'..=b'Z' | b'@') => break at + 1,
            Some(_) => at += 1,
        }
    };
    let (set, place) = match *bytes.get(..len).unwrap_or_default() {
        [_, b'$', mark] => (mark | TWO_BYTES, 0),
        [_, b'(', mark] => (mark, 0),
        [_, b')', mark] => (mark, 1),
        [_, b'.', mark] if variant.has_third() => (mark, 2),
        [_, b'$', b'(', mark] => (mark | TWO_BYTES, 0),
        [_, b'$', b')', mark] => (mark | TWO_BYTES, 1),
        [_, b'&', b'@', ESC, b'$', b'B'] if !variant.shifts() => (JIS0208, 0),
        _ => return Found::Bad(len),
    };
    if set != ASCII && !variant.sets().contains(&set) {
        return Found::Bad(len);
    }
    state[place] = set;
    Found::Skip(len)
}

pub fn put(
    variant: Variant,
    state: &mut State,
    char: u32,
    next: Option<u32>,
    is_final: bool,
    out: &mut Vec<u8>,
) -> Put {
    if char < 0x80 {
        finish(state, out);
        out.push(char as u8);
        return Put::Done(1);
    }
    let mut used = 1;
    let found = match variant.jisx0213().map(|found| (found, jisx0213::joined(char, next, is_final))) {
        Some((_, Joined::Wait)) => return Put::Short,
        Some(((_, mark), Joined::Code(code))) => {
            used = 2;
            Some((mark, code))
        }
        // This one is for the encodings without escape sequences only.
        Some((_, Joined::No)) if char == 0xff5e => None,
        Some(((edition, mark), Joined::No)) => code_of(JIS0208, char)
            .map(|code| (JIS0208, code))
            .or_else(|| jisx0213::first_code(edition, char).map(|code| (mark, code)))
            .or_else(|| jisx0213::second_code(edition, char).map(|code| (JISX0213_SECOND, code))),
        None => variant.sets().iter().find_map(|&set| Some((set, code_of(set, char)?))),
    };
    let Some((set, code)) = found else { return Put::Bad };
    let code = code & 0x7f7f;
    let mark = set & !TWO_BYTES;
    let place = usize::from(variant.shifts());
    if state[place] != set {
        out.push(ESC);
        if set & TWO_BYTES != 0 {
            out.push(b'$');
        }
        // The oldest sets of two bytes keep their sequences without a place.
        let old = place == 0 && matches!(set, JIS0208 | JIS0208_OLD);
        if !old {
            out.push(if place == 0 { b'(' } else { b')' });
        }
        out.push(mark);
        state[place] = set;
    }
    match (place, state[4] & SHIFTED != 0) {
        (0, true) => {
            out.push(SHIFT_IN);
            state[4] &= !SHIFTED;
        }
        (1, false) => {
            out.push(SHIFT_OUT);
            state[4] |= SHIFTED;
        }
        _ => {}
    }
    if set & TWO_BYTES != 0 {
        out.push((code >> 8) as u8);
    }
    out.push(code as u8);
    Put::Done(used)
}

/// ASCII in the first place, and that in use.
pub fn finish(state: &mut State, out: &mut Vec<u8>) {
    if state[4] & SHIFTED != 0 {
        out.push(SHIFT_IN);
        state[4] &= !SHIFTED;
    }
    if state[0] != ASCII {
        out.extend([ESC, b'(', b'B']);
        state[0] = ASCII;
    }
}
