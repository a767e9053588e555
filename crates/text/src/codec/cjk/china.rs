//! GB 18030, HZ, and Big5 with Hong Kong's additions.

use super::{Found, Put, State, put_code, tables, two_bytes};

/// The first number of a code of four bytes above the first plane.
const ABOVE: u32 = 189_000;

pub fn gb18030(bytes: &[u8]) -> Found {
    match *bytes {
        [ascii @ ..=0x7f, ..] => Found::Char(1, ascii.into()),
        [_] => Found::Short,
        [_, 0x30..=0x39] | [_, 0x30..=0x39, _] => Found::Short,
        [a, b @ 0x30..=0x39, c, d, ..] => {
            if !(0x81..=0xfe).contains(&a) || !(0x81..=0xfe).contains(&c) || !d.is_ascii_digit() {
                return Found::Bad(1);
            }
            let digits = [(a - 0x81, 12_600), (b - 0x30, 1_260), (c - 0x81, 10), (d - 0x30, 1)];
            let at: u32 = digits.iter().map(|&(digit, weight)| u32::from(digit) * weight).sum();
            match tables::gb18030_four().get(at as usize) {
                Some(&char) => Found::Char(4, char.into()),
                None if (ABOVE..ABOVE + 0x10_0000).contains(&at) => Found::Char(4, at - ABOVE + 0x1_0000),
                None => Found::Bad(1),
            }
        }
        [..] => two_bytes(tables::gb18030(), bytes),
    }
}

pub fn put_gb18030(char: u32, out: &mut Vec<u8>) -> Put {
    let at = match char {
        ..0x80 => {
            out.push(char as u8);
            return Put::Done(1);
        }
        0xd800..=0xdfff => return Put::Bad,
        0x1_0000.. => ABOVE + char - 0x1_0000,
        _ => {
            if let Some(code) = tables::gb18030().code(char) {
                return put_code(Some(code), out);
            }
            // The characters are in order but for the one that changed places.
            let four = tables::gb18030_four();
            let found = match four.binary_search(&(char as u16)) {
                Ok(at) => Some(at),
                Err(_) => four.iter().position(|&c| u32::from(c) == char),
            };
            match found {
                Some(at) => at as u32,
                None => return Put::Bad,
            }
        }
    };
    out.extend(tables::four_bytes(at));
    Put::Done(1)
}

/// In HZ the state's first byte is 1 between `~{` and `~}`.
pub fn hz(state: &mut State, bytes: &[u8]) -> Found {
    let in_gb = state[0] != 0;
    match *bytes {
        [b'~'] => Found::Short,
        [b'~', b'~', ..] if !in_gb => Found::Char(2, u32::from(b'~')),
        [b'~', b'\n', ..] if !in_gb => Found::Skip(2),
        [b'~', b'{', ..] if !in_gb => {
            state[0] = 1;
            Found::Skip(2)
        }
        [b'~', b'}', ..] if in_gb => {
            state[0] = 0;
            Found::Skip(2)
        }
        [b'~' | 0x80..=0xff, ..] => Found::Bad(1),
        [ascii, ..] if !in_gb => Found::Char(1, ascii.into()),
        [_] | [] => Found::Short,
        [lead, trail, ..] => {
            tables::gb2312().char(lead | 0x80, trail | 0x80).map_or(Found::Bad(1), |char| Found::Char(2, char))
        }
    }
}

pub fn put_hz(state: &mut State, char: u32, out: &mut Vec<u8>) -> Put {
    if char < 0x80 {
        finish_hz(state, out);
        out.push(char as u8);
        if char == u32::from(b'~') {
            out.push(b'~');
        }
        return Put::Done(1);
    }
    let Some(code) = tables::gb2312().code(char) else { return Put::Bad };
    if state[0] == 0 {
        out.extend(b"~{");
        state[0] = 1;
    }
    put_code(Some(code & 0x7f7f), out)
}

pub fn finish_hz(state: &mut State, out: &mut Vec<u8>) {
    if state[0] != 0 {
        out.extend(b"~}");
        state[0] = 0;
    }
}

/// The codes that stand for a letter and a combining mark.
const PAIRS: [(u16, u32, u32); 4] =
    [(0x8862, 0xca, 0x304), (0x8864, 0xca, 0x30c), (0x88a3, 0xea, 0x304), (0x88a5, 0xea, 0x30c)];

pub fn big5hkscs(bytes: &[u8]) -> Found {
    if let [lead, trail, ..] = *bytes
        && let Some(&(_, first, second)) = PAIRS.iter().find(|(code, ..)| *code == u16::from_be_bytes([lead, trail]))
    {
        return Found::Pair(2, first, second);
    }
    two_bytes(tables::big5hkscs(), bytes)
}

pub fn put_big5hkscs(char: u32, next: Option<u32>, is_final: bool, out: &mut Vec<u8>) -> Put {
    if char < 0x80 {
        out.push(char as u8);
        return Put::Done(1);
    }
    if PAIRS.iter().any(|(_, first, _)| *first == char) {
        if next.is_none() && !is_final {
            return Put::Short;
        }
        if let Some((code, ..)) = PAIRS.iter().find(|(_, first, second)| (*first, Some(*second)) == (char, next)) {
            out.extend(code.to_be_bytes());
            return Put::Done(2);
        }
    }
    put_code(tables::big5hkscs().code(char), out)
}
