//! Short ASCII text changed in place, eight bytes at a time: most strings are shorter than what pays vectors.

/// Bytes from which the compiler's vectors are the better way.
const LONG: usize = 32;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES << 7;

#[inline(always)]
fn each_word(bytes: &mut [u8], map: impl Fn(u64) -> u64) {
    if let Some(last) = bytes.last_chunk::<8>().copied() {
        // The last word may overlap the one before it, so it is mapped from what it was.
        for word in bytes.as_chunks_mut::<8>().0 {
            *word = map(u64::from_le_bytes(*word)).to_le_bytes();
        }
        if let Some(end) = bytes.last_chunk_mut::<8>() {
            *end = map(u64::from_le_bytes(last)).to_le_bytes();
        }
        return;
    }
    let word = bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
    let mut word = map(word);
    for byte in bytes {
        *byte = word as u8;
        word >>= 8;
    }
}

/// The bit of a letter's case where a byte, all being ASCII, lies from `first` to `first + 25`.
#[inline(always)]
fn case_bits(word: u64, first: u8) -> u64 {
    let from = word + ONES * u64::from(0x80 - first);
    let beyond = word + ONES * u64::from(0x80 - first - 26);
    (from & !beyond & HIGH) >> 2
}

/// ASCII text in lower case.
#[inline]
pub fn lower(text: &mut [u8]) {
    match text.len() {
        LONG.. => text.make_ascii_lowercase(),
        _ => each_word(text, |word| word | case_bits(word, b'A')),
    }
}

/// ASCII text in upper case.
#[inline]
pub fn upper(text: &mut [u8]) {
    match text.len() {
        LONG.. => text.make_ascii_uppercase(),
        _ => each_word(text, |word| word & !case_bits(word, b'a')),
    }
}

/// Every `from` made a `to`; all is ASCII.
#[inline]
pub fn replace(text: &mut [u8], from: u8, to: u8) {
    if text.len() >= LONG {
        return text.iter_mut().for_each(|byte| *byte = if *byte == from { to } else { *byte });
    }
    let (sought, put) = (ONES * u64::from(from), ONES * u64::from(to));
    each_word(text, |word| {
        // Bytes are below 0x80: one is zero if adding 0x7F does not reach its high bit.
        let found = !((word ^ sought) + (HIGH - ONES)) & HIGH;
        let mask = (found >> 7) * 0xFF;
        word & !mask | put & mask
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn as_bytewise() {
        let all: Vec<u8> = (0..128).collect();
        for len in 0..40 {
            for start in 0..=all.len() - len {
                let text = &all[start..start + len];
                let mapped = |map: fn(&mut [u8])| {
                    let mut copy = text.to_vec();
                    map(&mut copy);
                    copy
                };
                assert_eq!(mapped(super::lower), text.to_ascii_lowercase());
                assert_eq!(mapped(super::upper), text.to_ascii_uppercase());
                let replaced: Vec<u8> = text.iter().map(|&b| if b == b'o' { 0x7F } else { b }).collect();
                assert_eq!(mapped(|t| super::replace(t, b'o', 0x7F)), replaced);
            }
        }
    }
}
