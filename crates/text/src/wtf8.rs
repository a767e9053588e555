//! WTF-8: UTF-8 that may also hold lone surrogates, the exchange form of Python's `str` outside the heap
//! (source literals, `.pyc` constants, names). A surrogate *pair* written as two code points stays two code points,
//! as it does in Python.

use std::fmt;

/// An owned WTF-8 string: any sequence of code points up to U+10FFFF, each encoded as in UTF-8.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wtf8Buf {
    bytes: Vec<u8>,
}

impl Wtf8Buf {
    /// The empty string.
    pub fn new() -> Self {
        Self::default()
    }

    /// The text of bytes below 128.
    pub(crate) fn from_ascii(bytes: &[u8]) -> Self {
        debug_assert!(bytes.is_ascii());
        Self { bytes: bytes.to_vec() }
    }

    /// Appends one code point; `None` if it is above U+10FFFF.
    pub fn push_code_point(&mut self, code: u32) -> Option<()> {
        if let Some(c) = char::from_u32(code) {
            self.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        } else if (0xD800..0xE000).contains(&code) {
            self.bytes.extend_from_slice(&[0xED, 0x80 | (code >> 6 & 0x3F) as u8, 0x80 | (code & 0x3F) as u8]);
        } else {
            return None;
        }
        Some(())
    }

    /// Appends UTF-8 text.
    pub fn push_str(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// The text, if it holds no surrogate.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// The WTF-8 bytes (what `encode('utf-8', 'surrogatepass')` gives).
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Checks `bytes` for WTF-8; `None` if they are not.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        if std::str::from_utf8(&bytes).is_ok() {
            return Some(Self { bytes });
        }
        let mut rest = &bytes[..];
        while let Err(e) = std::str::from_utf8(rest) {
            match rest.get(e.valid_up_to()..e.valid_up_to() + 3) {
                Some([0xED, 0xA0..=0xBF, 0x80..=0xBF]) => rest = &rest[e.valid_up_to() + 3..],
                _ => return None,
            }
        }
        Some(Self { bytes })
    }

    /// The code points in order.
    pub fn code_points(&self) -> impl Iterator<Item = u32> + '_ {
        let mut rest = &self.bytes[..];
        std::iter::from_fn(move || {
            let first = u32::from(*rest.first()?);
            let (len, start) = match first {
                0..0x80 => (1, first),
                0x80..0xE0 => (2, first & 0x1F),
                0xE0..0xF0 => (3, first & 0x0F),
                _ => (4, first & 0x07),
            };
            let code = rest[1..len].iter().fold(start, |code, b| code << 6 | u32::from(b & 0x3F));
            rest = &rest[len..];
            Some(code)
        })
    }
}

impl From<&str> for Wtf8Buf {
    fn from(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec() }
    }
}

impl From<String> for Wtf8Buf {
    fn from(text: String) -> Self {
        Self { bytes: text.into_bytes() }
    }
}

impl fmt::Debug for Wtf8Buf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for code in self.code_points() {
            match char::from_u32(code) {
                Some(c) => write!(f, "{}", c.escape_debug())?,
                None => write!(f, "\\u{code:04x}")?,
            }
        }
        f.write_str("\"")
    }
}
