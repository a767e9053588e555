//! Bytes to text, in pieces.

/// How the document's bytes are read.
#[derive(Clone, Debug, PartialEq)]
pub enum Encoding {
    Utf8,
    Latin1,
    Ascii,
    Utf16 {
        big: bool,
    },
    /// One character for each byte, as a Python codec has them.
    Table(Box<[Option<char>; 256]>),
}

/// Bytes that wait for the rest of a character, and how to read them.
#[derive(Default)]
pub struct Decoder {
    pub encoding: Option<Encoding>,
    waiting: Vec<u8>,
}

impl Decoder {
    pub fn new(encoding: Option<Encoding>) -> Decoder {
        Decoder { encoding, waiting: Vec::new() }
    }

    /// Appends what can be read; `false` where bytes are wrong in this encoding.
    pub fn decode(&mut self, data: &[u8], out: &mut String) -> bool {
        let joined;
        let bytes = if self.waiting.is_empty() {
            data
        } else {
            self.waiting.extend_from_slice(data);
            joined = std::mem::take(&mut self.waiting);
            &joined[..]
        };
        match self.encoding.clone().unwrap_or(Encoding::Utf8) {
            Encoding::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => out.push_str(text),
                Err(error) => {
                    let (good, rest) = bytes.split_at(error.valid_up_to());
                    out.push_str(std::str::from_utf8(good).unwrap_or_default());
                    if error.error_len().is_some() {
                        return false;
                    }
                    self.waiting = rest.to_vec();
                }
            },
            Encoding::Latin1 => out.extend(bytes.iter().map(|&b| char::from(b))),
            Encoding::Ascii => {
                for &b in bytes {
                    if b >= 0x80 {
                        return false;
                    }
                    out.push(char::from(b));
                }
            }
            Encoding::Table(table) => {
                for &b in bytes {
                    match table[usize::from(b)] {
                        Some(c) => out.push(c),
                        None => return false,
                    }
                }
            }
            Encoding::Utf16 { big } => {
                let mut units = Vec::new();
                let pairs = bytes.chunks_exact(2);
                let odd = pairs.remainder().to_vec();
                let unit =
                    |p: &[u8]| if big { u16::from_be_bytes([p[0], p[1]]) } else { u16::from_le_bytes([p[0], p[1]]) };
                units.extend(pairs.map(unit));
                let mut keep = Vec::new();
                if units.last().is_some_and(|u| (0xD800..0xDC00).contains(u)) {
                    keep = bytes[(units.len() - 1) * 2..units.len() * 2].to_vec();
                    units.pop();
                }
                for c in char::decode_utf16(units) {
                    match c {
                        Ok('\u{FEFF}') if out.is_empty() => {}
                        Ok(c) => out.push(c),
                        Err(_) => return false,
                    }
                }
                keep.extend(odd);
                self.waiting = keep;
            }
        }
        true
    }

    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
}
