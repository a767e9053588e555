//! Single-byte encodings given by a table of 256 code points (`codecs.charmap_decode` with a string).

use super::{Step, Stepped, error};
use crate::units::{TextBuilder, Units, grow};

const UNDEFINED: &str = "character maps to <undefined>";

/// Decodes by a table: byte `b` is the table's code point `b`; U+FFFE, or no entry, means undefined.
pub fn decode(bytes: &[u8], from: usize, out: &mut TextBuilder, table: Units<'_>) -> Stepped {
    let from = from.min(bytes.len());
    out.reserve(bytes.len() - from)?;
    for (i, &byte) in bytes.iter().enumerate().skip(from) {
        match table.get(usize::from(byte)) {
            None | Some(0xFFFE) => return error(i, i + 1, UNDEFINED),
            Some(code) => out.push(code)?,
        }
    }
    Ok(Step::Done { consumed: bytes.len() })
}

/// A table turned round: from code point to byte (`codecs.charmap_build`).
#[derive(Clone, Debug)]
pub struct EncodingMap {
    /// Sorted by code point.
    entries: Vec<(u32, u8)>,
}

impl EncodingMap {
    /// Turns the first 256 entries of a decoding table round; of a code point that appears twice the last byte counts.
    pub fn new(table: Units<'_>) -> Self {
        let mut entries: Vec<(u32, u8)> =
            table.iter().take(256).enumerate().map(|(i, code)| (code, i as u8)).filter(|e| e.0 != 0xFFFE).collect();
        entries.sort_by_key(|e| (e.0, std::cmp::Reverse(e.1)));
        entries.dedup_by_key(|e| e.0);
        Self { entries }
    }

    /// The byte for a code point.
    pub fn get(&self, code: u32) -> Option<u8> {
        self.entries.binary_search_by_key(&code, |e| e.0).ok().map(|i| self.entries[i].1)
    }
}

/// Encodes by a map; a run of code points without byte is one error.
pub fn encode(text: Units<'_>, from: usize, out: &mut Vec<u8>, map: &EncodingMap) -> Stepped {
    let rest = text.slice(from..text.len());
    grow(out, rest.len())?;
    for (i, code) in rest.iter().enumerate() {
        match map.get(code) {
            Some(byte) => out.push(byte),
            None => {
                let run = rest.slice(i..rest.len()).iter().take_while(|&code| map.get(code).is_none()).count();
                return error(from + i, from + i + run, UNDEFINED);
            }
        }
    }
    Ok(Step::Done { consumed: text.len() })
}
