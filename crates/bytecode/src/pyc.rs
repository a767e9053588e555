//! The head of a `.pyc` file: 16 bytes of magic number, flags, and what says whether the source has changed (PEP 552).

/// The magic number of what Taipan caches. The first half counts up with every change of what the compiler makes.
pub const MAGIC_NUMBER: u16 = 31401;

/// CPython 3.14's magic number; files that bear it are read too.
pub const CPYTHON_MAGIC_NUMBER: u16 = 3627;

/// A magic number as a file begins with it.
pub const fn magic(number: u16) -> [u8; 4] {
    let [low, high] = number.to_le_bytes();
    [low, high, b'\r', b'\n']
}

/// What a file says about the source that it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Last modification in seconds since 1970 and size in bytes, both modulo 2³².
    Stat { mtime: u32, size: u32 },
    /// The source's [`source_hash`], and whether to compare it on import.
    Hash { hash: [u8; 8], check: bool },
}

/// How many bytes come before the marshalled code.
pub const HEADER_LEN: usize = 16;

/// A head for `magic_number`.
pub fn header(magic_number: u16, source: Source) -> [u8; HEADER_LEN] {
    let (flags, rest) = match source {
        Source::Stat { mtime, size } => (0u32, u64::from(size) << 32 | u64::from(mtime)),
        Source::Hash { hash, check } => (1 | u32::from(check) << 1, u64::from_le_bytes(hash)),
    };
    let mut head = [0; HEADER_LEN];
    head[..4].copy_from_slice(&magic(magic_number));
    head[4..8].copy_from_slice(&flags.to_le_bytes());
    head[8..].copy_from_slice(&rest.to_le_bytes());
    head
}

/// Why a head was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Fewer than 16 bytes: EOFError in `importlib`.
    Short,
    /// Neither Taipan's nor CPython 3.14's magic number.
    Magic,
    /// Flags that no one knows.
    Flags,
}

/// Splits a file into what its head says and the marshalled code.
pub fn split(file: &[u8]) -> Result<(u16, Source, &[u8]), Refused> {
    let (head, body) = file.split_first_chunk::<HEADER_LEN>().ok_or(Refused::Short)?;
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let number = u16::from_le_bytes([head[0], head[1]]);
    if head[..4] != magic(number) || ![MAGIC_NUMBER, CPYTHON_MAGIC_NUMBER].contains(&number) {
        return Err(Refused::Magic);
    }
    let source = match word(4) {
        0 => Source::Stat { mtime: word(8), size: word(12) },
        flags @ (1 | 3) => {
            let hash = u64::from(word(12)) << 32 | u64::from(word(8));
            Source::Hash { hash: hash.to_le_bytes(), check: flags & 2 != 0 }
        }
        _ => return Err(Refused::Flags),
    };
    Ok((number, source, body))
}

/// `_imp.source_hash`: SipHash-1-3 of the source under the magic number as key.
pub fn source_hash(key: u64, source: &[u8]) -> [u8; 8] {
    text::siphash13((key, 0), source).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_read_back() {
        let hash = source_hash(3627, b"x = 1");
        for source in [
            Source::Stat { mtime: 1_700_000_000, size: 5 },
            Source::Hash { hash, check: false },
            Source::Hash { hash, check: true },
        ] {
            let mut file = header(MAGIC_NUMBER, source).to_vec();
            file.extend(b"N");
            assert_eq!(split(&file), Ok((MAGIC_NUMBER, source, &b"N"[..])));
        }
    }

    #[test]
    fn bad_heads_are_refused() {
        let good = header(CPYTHON_MAGIC_NUMBER, Source::Stat { mtime: 0, size: 0 });
        assert_eq!(good[..4], *b"+\x0e\r\n");
        assert_eq!(split(&good[..15]), Err(Refused::Short));
        for (at, byte, expected) in [(0, 0, Refused::Magic), (3, b'\r', Refused::Magic), (4, 4, Refused::Flags)] {
            let mut bad = good;
            bad[at] = byte;
            assert_eq!(split(&bad), Err(expected));
        }
    }

    #[test]
    fn hashes_as_the_reference_gives_them() {
        assert_eq!(source_hash(3627, b"hello"), [10, 47, 109, 12, 164, 176, 9, 119]);
        assert_eq!(source_hash(31401, b""), [150, 146, 234, 30, 11, 123, 12, 119]);
        let long: Vec<u8> = (0..50).collect();
        assert_eq!(source_hash(3627, &long), [197, 74, 2, 224, 116, 237, 193, 51]);
    }
}
