//! EUC-KR and Johab.

use super::{Found, Put, put_code, tables, two_bytes};

/// The filler letter that begins a syllable spelt out in letters.
const FILLER: u16 = 0xa4d4;
/// The trailing bytes of the letters that can begin a syllable, in the order of the syllables.
const CHO: [u8; 19] =
    [0xa1, 0xa2, 0xa4, 0xa7, 0xa8, 0xa9, 0xb1, 0xb2, 0xb3, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe];
/// The trailing bytes of the letters that can end a syllable; the first is "none".
const JONG: [u8; 28] = [
    0xd4, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0xb0, 0xb1, 0xb2, 0xb4,
    0xb5, 0xb6, 0xb7, 0xb8, 0xba, 0xbb, 0xbc, 0xbd, 0xbe,
];
/// The first syllable, and the first letter of those that stand alone, whose trailing byte is 0xA1.
const SYLLABLES: u32 = 0xac00;
const LETTERS: u32 = 0x3131;

/// KS X 1001 alone, without the filler.
fn ksx1001(lead: u8, trail: u8) -> Option<u32> {
    if lead < 0xa1 || trail < 0xa1 { None } else { tables::cp949().char(lead, trail) }
}

/// The code of a character in KS X 1001, as EUC has it.
pub fn ksx1001_code(char: u32) -> Option<u16> {
    tables::cp949().code(char).filter(|code| code & 0x8080 == 0x8080 && code >> 8 >= 0xa1 && code & 0xff >= 0xa1)
}

/// The character of an EUC code of KS X 1001.
pub fn ksx1001_char(lead: u8, trail: u8) -> Option<u32> {
    ksx1001(lead, trail)
}

pub fn euc_kr(bytes: &[u8]) -> Found {
    if let [0xa4, 0xd4, rest @ ..] = bytes {
        let [0xa4, cho, 0xa4, jung, 0xa4, jong, ..] = *rest else {
            return if rest.len() < 6 { Found::Short } else { Found::Bad(1) };
        };
        let cho = CHO.iter().position(|&c| c == cho);
        let jung = (0xbf..=0xd3).contains(&jung).then(|| u32::from(jung) - 0xbf);
        let jong = JONG.iter().position(|&c| c == jong);
        return match (cho, jung, jong) {
            (Some(cho), Some(jung), Some(jong)) => {
                Found::Char(8, SYLLABLES + cho as u32 * 588 + jung * 28 + jong as u32)
            }
            _ => Found::Bad(1),
        };
    }
    match *bytes {
        [lead @ 0x80..=0xff, trail, ..] => ksx1001(lead, trail).map_or(Found::Bad(1), |char| Found::Char(2, char)),
        _ => two_bytes(tables::cp949(), bytes),
    }
}

pub fn put_euc_kr(char: u32, out: &mut Vec<u8>) -> Put {
    if char < 0x80 {
        out.push(char as u8);
        return Put::Done(1);
    }
    if let Some(code) = ksx1001_code(char) {
        return put_code(Some(code), out);
    }
    let Some(at) = char.checked_sub(SYLLABLES).filter(|&at| at < 11_172) else { return Put::Bad };
    out.extend(FILLER.to_be_bytes());
    out.extend([0xa4, CHO[(at / 588) as usize], 0xa4, 0xbf + (at / 28 % 21) as u8, 0xa4, JONG[(at % 28) as usize]]);
    Put::Done(1)
}

/// Johab's five bits of the vowels, in the order of the syllables.
const JUNG_BITS: [u8; 21] = [3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 23, 26, 27, 28, 29];

/// Johab's five bits of a letter at the end: 1 is none, 18 is left out.
fn jong_bits(jong: u32) -> u16 {
    (if jong < 17 { jong + 1 } else { jong + 2 }) as u16
}

pub fn johab(bytes: &[u8]) -> Found {
    let (lead, trail) = match *bytes {
        [ascii @ ..=0x7f, ..] => return Found::Char(1, ascii.into()),
        [lead, trail, ..] => (lead, trail),
        _ => return Found::Short,
    };
    let char = if lead < 0xd8 {
        let code = u16::from_be_bytes([lead, trail]);
        syllable(code >> 10 & 31, code >> 5 & 31, code & 31)
    } else {
        let column = match trail {
            0x31..=0x7e => u16::from(trail) - 0x31,
            0x91..=0xfe => u16::from(trail) - 0x43,
            _ => return Found::Bad(1),
        };
        let row = match lead {
            0xd9..=0xde => (u16::from(lead) - 0xd9) * 2,
            0xe0..=0xf9 => u16::from(lead) * 2 - 0x197,
            _ => return Found::Bad(1),
        } + column / 94;
        // The letters that syllables are made of are not there twice.
        if row == 3 && column % 94 < 51 { None } else { ksx1001(0xa1 + row as u8, 0xa1 + (column % 94) as u8) }
    };
    char.map_or(Found::Bad(1), |char| Found::Char(2, char))
}

/// The syllable, or the letter that stands alone, of three times five bits.
fn syllable(cho: u16, jung: u16, jong: u16) -> Option<u32> {
    let cho = match cho {
        1 => None,
        2..=20 => Some(u32::from(cho) - 2),
        _ => return None,
    };
    let jung = match jung {
        2 => None,
        _ => Some(JUNG_BITS.iter().position(|&bits| u16::from(bits) == jung)? as u32),
    };
    let jong = match jong {
        1 => None,
        2..=17 => Some(u32::from(jong) - 1),
        19..=29 => Some(u32::from(jong) - 2),
        _ => return None,
    };
    let letter = |byte: u8| LETTERS + u32::from(byte) - 0xa1;
    Some(match (cho, jung, jong) {
        (Some(cho), Some(jung), _) => SYLLABLES + cho * 588 + jung * 28 + jong.unwrap_or(0),
        (Some(cho), None, None) => letter(CHO[cho as usize]),
        (None, Some(jung), None) => letter(0xbf) + jung,
        (None, None, Some(jong)) => letter(JONG[jong as usize]),
        (None, None, None) => 0x3000,
        _ => return None,
    })
}

pub fn put_johab(char: u32, out: &mut Vec<u8>) -> Put {
    let code = match char {
        ..0x80 => {
            out.push(char as u8);
            return Put::Done(1);
        }
        SYLLABLES..=0xd7a3 => {
            let at = char - SYLLABLES;
            let jung = u16::from(JUNG_BITS[(at / 28 % 21) as usize]);
            0x8000 | ((at / 588 + 2) as u16 * 1024 + jung * 32 + jong_bits(at % 28))
        }
        LETTERS..=0x3163 => {
            let byte = (char - LETTERS) as u8 + 0xa1;
            if let Some(cho) = CHO.iter().position(|&c| c == byte) {
                0x8041 | (cho as u16 + 2) << 10
            } else if byte >= 0xbf {
                0x8401 | u16::from(JUNG_BITS[usize::from(byte - 0xbf)]) << 5
            } else {
                let jong = JONG.iter().position(|&c| c == byte).unwrap_or(0);
                0x8440 | jong_bits(jong as u32)
            }
        }
        _ => {
            let Some(code) = ksx1001_code(char) else { return Put::Bad };
            let [lead, trail] = code.to_be_bytes().map(|b| u16::from(b) - 0xa1);
            // Rows 1 to 12 are symbols; rows 42 to 93 ideographs.
            let first = match lead {
                ..=0x0b => 0xd9 + lead / 2,
                0x29.. => (lead + 0x197) / 2,
                _ => return Put::Bad,
            };
            let odd = match lead {
                ..=0x0b => lead % 2,
                _ => (lead + 0x197) % 2,
            };
            let column = trail + odd * 94;
            first << 8 | if column < 78 { column + 0x31 } else { column + 0x43 }
        }
    };
    put_code(Some(code), out)
}
