//! SipHash-1-3, the hash of strings and bytes (PEP 456, bpo-29410).

struct State([u64; 4]);

impl State {
    #[inline(always)]
    fn round(&mut self) {
        let [a, b, c, d] = &mut self.0;
        *a = a.wrapping_add(*b);
        *c = c.wrapping_add(*d);
        *b = b.rotate_left(13) ^ *a;
        *d = d.rotate_left(16) ^ *c;
        *a = a.rotate_left(32).wrapping_add(*d);
        *c = c.wrapping_add(*b);
        *d = d.rotate_left(21) ^ *a;
        *b = b.rotate_left(17) ^ *c;
        *c = c.rotate_left(32);
    }

    #[inline(always)]
    fn word(&mut self, word: u64) {
        self.0[3] ^= word;
        self.round();
        self.0[0] ^= word;
    }
}

/// Fewer than eight bytes as the low bytes of a word.
#[inline(always)]
fn short(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        // The two overlap where there are fewer than eight.
        let low = u64::from(u32::from_le_bytes(*first));
        return low | u64::from(u32::from_le_bytes(*last)) << (8 * (bytes.len() - 4));
    }
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// The hash of `bytes` under a key of two words.
pub fn siphash13(key: (u64, u64), bytes: &[u8]) -> u64 {
    // The bytes of "somepseudorandomlygeneratedbytes".
    let mut state = State([
        key.0 ^ 0x736f_6d65_7073_6575,
        key.1 ^ 0x646f_7261_6e64_6f6d,
        key.0 ^ 0x6c79_6765_6e65_7261,
        key.1 ^ 0x7465_6462_7974_6573,
    ]);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state.word(u64::from_le_bytes(*word));
    }
    state.word((bytes.len() as u64) << 56 | short(rest));
    state.0[2] ^= 0xff;
    state.round();
    state.round();
    state.round();
    state.0.into_iter().fold(0, |all, word| all ^ word)
}

#[cfg(test)]
mod tests {
    use super::siphash13;

    #[test]
    fn hashes_are_those_of_the_reference() {
        // _imp.source_hash(0x16f13a5f, bytes(range(1, length + 1)))
        let expected = [
            (0, 0x3856_a7ab_0043_6fac),
            (1, 0x4e4e_3a1f_5f63_2e60),
            (3, 0xef6d_dd13_e4c5_c6d7),
            (7, 0xebe9_91c9_56be_ede0),
            (8, 0xf52f_4f0b_bdc5_76c5),
            (9, 0x5b32_860a_ffde_981b),
            (12, 0xd961_3c52_4d6d_4189),
            (15, 0x4c35_37f7_6aea_3592),
            (16, 0x440a_9693_7eed_83b5),
            (31, 0x8ffa_2516_6f88_b489),
        ];
        let bytes: Vec<u8> = (1..40).collect();
        for (length, hash) in expected {
            assert_eq!(siphash13((0x16f1_3a5f, 0), &bytes[..length]), hash, "{length} bytes");
        }
    }
}
