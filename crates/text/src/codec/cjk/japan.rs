//! Shift-JIS in two dialects, and EUC-JP.

use super::{Found, Put, put_code, tables, two_bytes};

/// The first of the half-width katakana, whose codes begin at 0xA1.
pub const KATAKANA: u32 = 0xff61;

/// The EUC code of a code of shift-JIS.
fn to_euc(lead: u8, trail: u8) -> Option<(u8, u8)> {
    let row = match lead {
        0x81..=0x9f => lead - 0x81,
        0xe0..=0xef => lead - 0xc1,
        _ => return None,
    };
    let column = match trail {
        0x40..=0x7e => trail - 0x40,
        0x80..=0xfc => trail - 0x41,
        _ => return None,
    };
    Some((0xa1 + row * 2 + u8::from(column >= 94), 0xa1 + column % 94))
}

fn from_euc(code: u16) -> u16 {
    let [lead, trail] = code.to_be_bytes();
    let (row, column) = ((lead - 0xa1) / 2, trail - 0xa1 + if (lead - 0xa1) % 2 == 1 { 94 } else { 0 });
    let lead = if row < 0x1f { 0x81 + row } else { 0xc1 + row };
    let trail = if column < 0x3f { 0x40 + column } else { 0x41 + column };
    u16::from_be_bytes([lead, trail])
}

pub fn shift_jis(bytes: &[u8]) -> Found {
    match *bytes {
        [ascii @ ..=0x7f, ..] => Found::Char(1, ascii.into()),
        [kana @ 0xa1..=0xdf, ..] => Found::Char(1, KATAKANA + u32::from(kana) - 0xa1),
        [0x81..=0x9f | 0xe0..=0xea] => Found::Short,
        [lead, trail, ..] => match to_euc(lead, trail).and_then(|(lead, trail)| tables::jis0208().char(lead, trail)) {
            Some(char) => Found::Char(2, char),
            None => Found::Bad(1),
        },
        _ => Found::Bad(1),
    }
}

pub fn put_shift_jis(char: u32, out: &mut Vec<u8>) -> Put {
    match char {
        ..0x80 => out.push(char as u8),
        0xa5 => out.push(0x5c),
        0x203e => out.push(0x7e),
        KATAKANA..=0xff9f => out.push((char - KATAKANA) as u8 + 0xa1),
        _ => return put_code(tables::jis0208().code(char).map(from_euc), out),
    }
    Put::Done(1)
}

pub fn cp932(bytes: &[u8]) -> Found {
    match *bytes {
        [single @ ..=0x80, ..] => Found::Char(1, single.into()),
        [0xa0, ..] => Found::Char(1, 0xf8f0),
        [kana @ 0xa1..=0xdf, ..] => Found::Char(1, KATAKANA + u32::from(kana) - 0xa1),
        [last @ 0xfd..=0xff, ..] => Found::Char(1, 0xf8f1 + u32::from(last) - 0xfd),
        _ => two_bytes(tables::cp932(), bytes),
    }
}

pub fn put_cp932(char: u32, out: &mut Vec<u8>) -> Put {
    match char {
        ..=0x80 => out.push(char as u8),
        KATAKANA..=0xff9f => out.push((char - KATAKANA) as u8 + 0xa1),
        0xf8f0 => out.push(0xa0),
        0xf8f1..=0xf8f3 => out.push((char - 0xf8f1) as u8 + 0xfd),
        _ => return put_code(tables::cp932().code(char), out),
    }
    Put::Done(1)
}

pub fn euc_jp(bytes: &[u8]) -> Found {
    match *bytes {
        [0x8e, kana, ..] => match kana {
            0xa1..=0xdf => Found::Char(2, KATAKANA + u32::from(kana) - 0xa1),
            _ => Found::Bad(1),
        },
        [0x8f] | [0x8f, _] => Found::Short,
        [0x8f, lead, trail, ..] => {
            tables::jis0212().char(lead, trail).map_or(Found::Bad(1), |char| Found::Char(3, char))
        }
        _ => two_bytes(tables::jis0208(), bytes),
    }
}

pub fn put_euc_jp(char: u32, out: &mut Vec<u8>) -> Put {
    match char {
        ..0x80 => out.push(char as u8),
        0xa5 => out.push(0x5c),
        0x203e => out.push(0x7e),
        KATAKANA..=0xff9f => out.extend([0x8e, (char - KATAKANA) as u8 + 0xa1]),
        _ => {
            if let Some(code) = tables::jis0208().code(char) {
                return put_code(Some(code), out);
            }
            let Some(code) = tables::jis0212().code(char) else { return Put::Bad };
            out.push(0x8f);
            out.extend(code.to_be_bytes());
        }
    }
    Put::Done(1)
}
