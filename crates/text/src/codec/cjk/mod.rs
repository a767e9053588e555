//! The East Asian encodings: characters of one to eight bytes, some with a state.

mod china;
mod iso2022;
mod japan;
mod jisx0213;
mod korea;
mod tables;
#[cfg(test)]
mod tests;

use super::{CodecError, Step, Stepped};
use crate::units::{OutOfMemory, TextBuilder, Units};

/// What an encoding remembers between characters, as CPython keeps it: `getstate` shows it as a number.
pub type State = [u8; 8];

/// What stands at a place of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// A character of this many bytes.
    Char(usize, u32),
    /// Two characters in this many bytes.
    Pair(usize, u32, u32),
    /// Nothing but a change of the state.
    Skip(usize),
    /// The input ends within a character.
    Short,
    /// So many bytes that stand for nothing.
    Bad(usize),
}

/// How a character was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Put {
    /// So many characters were.
    Done(usize),
    /// The next character decides.
    Short,
    /// It has no code.
    Bad,
}

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cjk {
    ShiftJis,
    Cp932,
    EucJp,
    EucJisx0213(Edition),
    ShiftJisx0213(Edition),
    Gb2312,
    Gbk,
    Gb18030,
    Hz,
    EucKr,
    Cp949,
    Johab,
    Big5,
    Cp950,
    Big5Hkscs,
    Iso2022(iso2022::Variant),
}

pub use iso2022::Variant;
pub use jisx0213::Edition;

impl Cjk {
    /// Encodings by the names that Python has for them.
    pub const ALL: &'static [(&'static str, Cjk)] = &[
        ("shift_jis", Cjk::ShiftJis),
        ("cp932", Cjk::Cp932),
        ("euc_jp", Cjk::EucJp),
        ("euc_jisx0213", Cjk::EucJisx0213(Edition::Of2000)),
        ("euc_jis_2004", Cjk::EucJisx0213(Edition::Of2004)),
        ("shift_jisx0213", Cjk::ShiftJisx0213(Edition::Of2000)),
        ("shift_jis_2004", Cjk::ShiftJisx0213(Edition::Of2004)),
        ("gb2312", Cjk::Gb2312),
        ("gbk", Cjk::Gbk),
        ("gb18030", Cjk::Gb18030),
        ("hz", Cjk::Hz),
        ("euc_kr", Cjk::EucKr),
        ("cp949", Cjk::Cp949),
        ("johab", Cjk::Johab),
        ("big5", Cjk::Big5),
        ("cp950", Cjk::Cp950),
        ("big5hkscs", Cjk::Big5Hkscs),
        ("iso2022_jp", Cjk::Iso2022(Variant::Jp)),
        ("iso2022_jp_1", Cjk::Iso2022(Variant::Jp1)),
        ("iso2022_jp_2", Cjk::Iso2022(Variant::Jp2)),
        ("iso2022_jp_3", Cjk::Iso2022(Variant::Jp3)),
        ("iso2022_jp_2004", Cjk::Iso2022(Variant::Jp2004)),
        ("iso2022_jp_ext", Cjk::Iso2022(Variant::JpExt)),
        ("iso2022_kr", Cjk::Iso2022(Variant::Kr)),
    ];

    /// Python's name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, codec)| *codec == self).map_or("", |(name, _)| name)
    }

    /// The state at the beginning.
    pub fn start(self) -> State {
        match self {
            Cjk::Iso2022(_) => iso2022::START,
            _ => State::default(),
        }
    }

    fn next(self, state: &mut State, bytes: &[u8]) -> Found {
        match self {
            Cjk::ShiftJis => japan::shift_jis(bytes),
            Cjk::Cp932 => japan::cp932(bytes),
            Cjk::EucJp => japan::euc_jp(bytes),
            Cjk::EucJisx0213(edition) => jisx0213::euc(edition, bytes),
            Cjk::ShiftJisx0213(edition) => jisx0213::shift_jis(edition, bytes),
            Cjk::Gb2312 => two_bytes(tables::gb2312(), bytes),
            Cjk::Gbk => two_bytes(tables::gbk(), bytes),
            Cjk::Gb18030 => china::gb18030(bytes),
            Cjk::Hz => china::hz(state, bytes),
            Cjk::EucKr => korea::euc_kr(bytes),
            Cjk::Cp949 => two_bytes(tables::cp949(), bytes),
            Cjk::Johab => korea::johab(bytes),
            Cjk::Big5 => two_bytes(tables::big5(), bytes),
            Cjk::Cp950 => two_bytes(tables::cp950(), bytes),
            Cjk::Big5Hkscs => china::big5hkscs(bytes),
            Cjk::Iso2022(variant) => iso2022::decode(variant, state, bytes),
        }
    }

    /// Decodes from `from` to the end or the first error. What ends within a character is left if more may come.
    pub fn decode_step(
        self,
        state: &mut State,
        bytes: &[u8],
        from: usize,
        out: &mut TextBuilder,
        is_final: bool,
    ) -> Stepped {
        let mut at = from;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match self.next(state, rest) {
                Found::Char(used, char) => {
                    out.push(char)?;
                    at += used;
                }
                Found::Pair(used, first, second) => {
                    out.push(first)?;
                    out.push(second)?;
                    at += used;
                }
                Found::Skip(used) => at += used,
                Found::Short if is_final => {
                    let reason = "incomplete multibyte sequence";
                    return Ok(Step::Error(CodecError { start: at, end: bytes.len(), reason }));
                }
                Found::Short => break,
                Found::Bad(len) => {
                    let reason = "illegal multibyte sequence";
                    return Ok(Step::Error(CodecError { start: at, end: (at + len).min(bytes.len()), reason }));
                }
            }
        }
        Ok(Step::Done { consumed: at })
    }

    fn put(self, state: &mut State, char: u32, next: Option<u32>, is_final: bool, out: &mut Vec<u8>) -> Put {
        let table = match self {
            Cjk::ShiftJis => return japan::put_shift_jis(char, out),
            Cjk::Cp932 => return japan::put_cp932(char, out),
            Cjk::EucJp => return japan::put_euc_jp(char, out),
            Cjk::EucJisx0213(edition) => return jisx0213::put_euc(edition, char, next, is_final, out),
            Cjk::ShiftJisx0213(edition) => return jisx0213::put_shift_jis(edition, char, next, is_final, out),
            Cjk::Gb18030 => return china::put_gb18030(char, out),
            Cjk::Hz => return china::put_hz(state, char, out),
            Cjk::EucKr => return korea::put_euc_kr(char, out),
            Cjk::Johab => return korea::put_johab(char, out),
            Cjk::Big5Hkscs => return china::put_big5hkscs(char, next, is_final, out),
            Cjk::Iso2022(variant) => return iso2022::put(variant, state, char, next, is_final, out),
            Cjk::Gb2312 => tables::gb2312(),
            Cjk::Gbk => tables::gbk(),
            Cjk::Cp949 => tables::cp949(),
            Cjk::Big5 => tables::big5(),
            Cjk::Cp950 => tables::cp950(),
        };
        if char < 0x80 {
            out.push(char as u8);
            return Put::Done(1);
        }
        put_code(table.code(char), out)
    }

    /// Encodes from `from` to the end or the first error. A last character is left if the one after it may change its code.
    pub fn encode_step(
        self,
        state: &mut State,
        text: Units<'_>,
        from: usize,
        out: &mut Vec<u8>,
        is_final: bool,
    ) -> Stepped {
        let mut at = from;
        while let Some(char) = text.get(at) {
            out.try_reserve(16).map_err(|_| OutOfMemory)?;
            match self.put(state, char, text.get(at + 1), is_final, out) {
                Put::Done(used) => at += used,
                Put::Short => break,
                Put::Bad => {
                    let reason = "illegal multibyte sequence";
                    return Ok(Step::Error(CodecError { start: at, end: at + 1, reason }));
                }
            }
        }
        Ok(Step::Done { consumed: at })
    }

    /// What brings the state back to the beginning at the end of a text.
    pub fn finish(self, state: &mut State, out: &mut Vec<u8>) {
        match self {
            Cjk::Hz => china::finish_hz(state, out),
            Cjk::Iso2022(_) => iso2022::finish(state, out),
            _ => {}
        }
    }
}

/// ASCII, and codes of two bytes.
fn two_bytes(table: &tables::Table, bytes: &[u8]) -> Found {
    match *bytes {
        [ascii @ ..=0x7f, ..] => Found::Char(1, ascii.into()),
        [_] => Found::Short,
        [lead, trail, ..] => table.char(lead, trail).map_or(Found::Bad(1), |char| Found::Char(2, char)),
        [] => Found::Short,
    }
}

fn put_code(code: Option<u16>, out: &mut Vec<u8>) -> Put {
    match code {
        Some(code) => {
            out.extend(code.to_be_bytes());
            Put::Done(1)
        }
        None => Put::Bad,
    }
}
