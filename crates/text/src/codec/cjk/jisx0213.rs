//! JIS X 0213: two planes, which hold JIS X 0208 and more; EUC and shift-JIS with it. The edition of 2000 lacks ten
//! characters and has another form of one.

use super::tables::{self, Table};
use super::{Found, Put, japan};

/// The codes of the first plane that stand for a character and a combining mark.
const PAIRS: [(u16, u32, u32); 25] = [
    (0xa4f7, 0x304b, 0x309a),
    (0xa4f8, 0x304d, 0x309a),
    (0xa4f9, 0x304f, 0x309a),
    (0xa4fa, 0x3051, 0x309a),
    (0xa4fb, 0x3053, 0x309a),
    (0xa5f7, 0x30ab, 0x309a),
    (0xa5f8, 0x30ad, 0x309a),
    (0xa5f9, 0x30af, 0x309a),
    (0xa5fa, 0x30b1, 0x309a),
    (0xa5fb, 0x30b3, 0x309a),
    (0xa5fc, 0x30bb, 0x309a),
    (0xa5fd, 0x30c4, 0x309a),
    (0xa5fe, 0x30c8, 0x309a),
    (0xa6f8, 0x31f7, 0x309a),
    (0xabc4, 0xe6, 0x300),
    (0xabc8, 0x254, 0x300),
    (0xabc9, 0x254, 0x301),
    (0xabca, 0x28c, 0x300),
    (0xabcb, 0x28c, 0x301),
    (0xabcc, 0x259, 0x300),
    (0xabcd, 0x259, 0x301),
    (0xabce, 0x25a, 0x300),
    (0xabcf, 0x25a, 0x301),
    (0xabe5, 0x2e9, 0x2e5),
    (0xabe6, 0x2e5, 0x2e9),
];

/// What the edition of 2004 has added to the first plane.
const ADDED: [(u16, u32); 10] = [
    (0xaea1, 0x4ff1),
    (0xaffe, 0x525d),
    (0xcfd4, 0x20b9f),
    (0xcffe, 0x541e),
    (0xf4a7, 0x5653),
    (0xfefa, 0x59f8),
    (0xfefb, 0x5c5b),
    (0xfefc, 0x5e77),
    (0xfefd, 0x7626),
    (0xfefe, 0x7e6b),
];

/// The code of the second plane whose character the editions do not agree on: that of 2004, and that of 2000.
const CHANGED: (u16, u32, u32) = (0xfdbb, 0x9b1c, 0x9b1d);

/// Which of the editions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    Of2000,
    Of2004,
}

/// What an EUC code of the first plane stands for.
pub fn first(edition: Edition, lead: u8, trail: u8, used: usize) -> Option<Found> {
    let code = u16::from_be_bytes([lead, trail]);
    if edition == Edition::Of2000 && ADDED.iter().any(|(added, _)| *added == code) {
        return Some(Found::Bad(used));
    }
    if let Some(&(_, first, second)) = PAIRS.iter().find(|(pair, ..)| *pair == code) {
        return Some(Found::Pair(used, first, second));
    }
    let char = tables::jis0208().char(lead, trail).or_else(|| tables::jisx0213_first().char(lead, trail))?;
    Some(Found::Char(used, char))
}

/// The character of an EUC code of the second plane, its first byte left out.
pub fn second(edition: Edition, lead: u8, trail: u8) -> Option<u32> {
    if edition == Edition::Of2000 && u16::from_be_bytes([lead, trail]) == CHANGED.0 {
        return Some(CHANGED.2);
    }
    tables::jisx0213_second().char(lead, trail)
}

/// Whether an edition has no code for a character that the other has.
fn is_missing(edition: Edition, char: u32) -> bool {
    edition == Edition::Of2000 && (ADDED.iter().any(|(_, added)| *added == char) || char == CHANGED.1)
}

/// A character's code in a plane that is not JIS X 0208.
fn code_in(table: &Table, edition: Edition, char: u32) -> Option<u16> {
    if is_missing(edition, char) { None } else { table.code(char) }
}

/// The code in the first plane, without JIS X 0208.
pub fn first_code(edition: Edition, char: u32) -> Option<u16> {
    code_in(tables::jisx0213_first(), edition, char)
}

/// The code in the second plane.
pub fn second_code(edition: Edition, char: u32) -> Option<u16> {
    if edition == Edition::Of2000 && char == CHANGED.2 {
        return Some(CHANGED.0);
    }
    code_in(tables::jisx0213_second(), edition, char)
}

/// What the character after a character means for its code.
pub enum Joined {
    /// The two have a code together.
    Code(u16),
    /// There is no next character yet, and there could be one that counts.
    Wait,
    /// Nothing.
    No,
}

/// Whether a character has a code together with the next one.
pub fn joined(char: u32, next: Option<u32>, is_final: bool) -> Joined {
    if !PAIRS.iter().any(|(_, first, _)| *first == char) {
        return Joined::No;
    }
    match PAIRS.iter().find(|(_, first, second)| (*first, Some(*second)) == (char, next)) {
        Some((code, ..)) => Joined::Code(*code),
        None if next.is_none() && !is_final => Joined::Wait,
        None => Joined::No,
    }
}

pub fn euc(edition: Edition, bytes: &[u8]) -> Found {
    match *bytes {
        [0x8f, lead, trail, ..] => match second(edition, lead, trail) {
            Some(char) => Found::Char(3, char),
            None => japan::euc_jp(bytes),
        },
        [lead @ 0xa1..=0xff, trail, ..] => first(edition, lead, trail, 2).unwrap_or(Found::Bad(1)),
        _ => japan::euc_jp(bytes),
    }
}

pub fn put_euc(edition: Edition, char: u32, next: Option<u32>, is_final: bool, out: &mut Vec<u8>) -> Put {
    match joined(char, next, is_final) {
        Joined::Wait => return Put::Short,
        Joined::Code(code) => {
            out.extend(code.to_be_bytes());
            return Put::Done(2);
        }
        Joined::No => {}
    }
    if char >= 0x80 {
        if matches!(char, 0xa5 | 0x203e) || is_missing(edition, char) {
            return Put::Bad;
        }
        if let Some(code) = first_code(edition, char) {
            out.extend(code.to_be_bytes());
            return Put::Done(1);
        }
        if let Some(code) = second_code(edition, char) {
            out.push(0x8f);
            out.extend(code.to_be_bytes());
            return Put::Done(1);
        }
    }
    japan::put_euc_jp(char, out)
}

/// The rows of the second plane that are not empty, in shift-JIS's order.
const ROWS: [u8; 26] = [
    0xa1, 0xa8, 0xa3, 0xa4, 0xa5, 0xac, 0xad, 0xae, 0xaf, 0xee, 0xef, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
    0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe,
];

pub fn shift_jis(edition: Edition, bytes: &[u8]) -> Found {
    let (lead, trail) = match *bytes {
        [0x5c, ..] => return Found::Char(1, 0xa5),
        [0x7e, ..] => return Found::Char(1, 0x203e),
        [ascii @ ..=0x7f, ..] => return Found::Char(1, ascii.into()),
        [kana @ 0xa1..=0xdf, ..] => return Found::Char(1, japan::KATAKANA + u32::from(kana) - 0xa1),
        [0x81..=0x9f | 0xe0..=0xfc] => return Found::Short,
        [lead @ (0x81..=0x9f | 0xe0..=0xfc), trail, ..] => (lead, trail),
        _ => return Found::Bad(1),
    };
    let column = match trail {
        0x40..=0x7e => trail - 0x40,
        0x80..=0xfc => trail - 0x41,
        _ => return Found::Bad(1),
    };
    let row = if lead < 0xe0 { lead - 0x81 } else { lead - 0xc1 } * 2 + u8::from(column >= 94);
    let trail = 0xa1 + column % 94;
    let found = match row {
        // What the set's Roman letters lack.
        0 if trail == 0xc0 => Some(Found::Char(2, 0x5c)),
        1 if trail == 0xb2 => Some(Found::Char(2, 0x7e)),
        ..94 => first(edition, 0xa1 + row, trail, 2),
        _ => ROWS
            .get(usize::from(row) - 94)
            .and_then(|&lead| second(edition, lead, trail))
            .map(|char| Found::Char(2, char)),
    };
    found.unwrap_or(Found::Bad(1))
}

pub fn put_shift_jis(edition: Edition, char: u32, next: Option<u32>, is_final: bool, out: &mut Vec<u8>) -> Put {
    let mut put = |row: u8, trail: u8| {
        let lead = row / 2;
        let column = trail - 0xa1 + if row % 2 == 1 { 94 } else { 0 };
        out.push(if lead < 0x1f { 0x81 + lead } else { 0xc1 + lead });
        out.push(if column < 0x3f { 0x40 + column } else { 0x41 + column });
    };
    let in_first = |code: u16| (code.to_be_bytes()[0] - 0xa1, code.to_be_bytes()[1]);
    match joined(char, next, is_final) {
        Joined::Wait => return Put::Short,
        Joined::Code(code) => {
            let (row, trail) = in_first(code);
            put(row, trail);
            return Put::Done(2);
        }
        Joined::No => {}
    }
    match char {
        0x5c => put(0, 0xc0),
        0xa5 => out.push(0x5c),
        0x203e => out.push(0x7e),
        0x7e => put(1, 0xb2),
        0xff3c | 0xff5e => return Put::Bad,
        ..0x80 => out.push(char as u8),
        japan::KATAKANA..=0xff9f => out.push((char - japan::KATAKANA) as u8 + 0xa1),
        _ => {
            if let Some(code) = first_code(edition, char).or_else(|| tables::jis0208().code(char)) {
                let (row, trail) = in_first(code);
                put(row, trail);
            } else {
                let Some([lead, trail]) = second_code(edition, char).map(u16::to_be_bytes) else { return Put::Bad };
                let Some(row) = ROWS.iter().position(|&row| row == lead) else { return Put::Bad };
                put(94 + row as u8, trail);
            }
        }
    }
    Put::Done(1)
}
