//! The Mersenne Twister MT19937 (Matsumoto and Nishimura), as `_random.Random` uses it.

use dashu_int::UBig;
use dashu_int::ops::UnsignedAbs;

use crate::{BigInt, OutOfMemory};

/// Words of state.
pub const N: usize = 624;
const M: usize = 397;

/// A generator.
#[derive(Clone, Debug)]
pub struct Twister {
    state: [u32; N],
    index: usize,
}

impl Twister {
    /// A generator seeded by one word.
    pub fn from_word(seed: u32) -> Self {
        let mut state = [seed; N];
        for i in 1..N {
            let last = state[i - 1];
            state[i] = 1_812_433_253u32.wrapping_mul(last ^ last >> 30).wrapping_add(i as u32);
        }
        Self { state, index: N }
    }

    /// A generator seeded by words; `key` must not be empty.
    pub fn from_key(key: &[u32]) -> Self {
        let mut out = Self::from_word(19_650_218);
        let state = &mut out.state;
        let mut i = 1;
        let mut step = |multiplier: u32, add: &dyn Fn(u32, usize) -> u32, i: &mut usize| {
            let last = state[*i - 1];
            state[*i] = add(state[*i] ^ (last ^ last >> 30).wrapping_mul(multiplier), *i);
            *i += 1;
            if *i == N {
                state[0] = state[N - 1];
                *i = 1;
            }
        };
        for k in 0..N.max(key.len()) {
            let j = k % key.len();
            step(1_664_525, &|word, _| word.wrapping_add(key[j]).wrapping_add(j as u32), &mut i);
        }
        for _ in 1..N {
            step(1_566_083_941, &|word, i| word.wrapping_sub(i as u32), &mut i);
        }
        state[0] = 1 << 31;
        out
    }

    /// A generator seeded by the absolute value of an integer, as `random.seed(n)`.
    pub fn from_int(seed: &BigInt) -> Self {
        let bytes = seed.unsigned_abs().to_le_bytes();
        let mut key: Vec<u32> =
            bytes.chunks(4).map(|chunk| chunk.iter().rev().fold(0, |word, &b| word << 8 | u32::from(b))).collect();
        if key.is_empty() {
            key.push(0);
        }
        Self::from_key(&key)
    }

    /// The state: 624 words and the index of the next one.
    pub fn state(&self) -> (&[u32; N], usize) {
        (&self.state, self.index)
    }

    /// A generator in the state given; `None` if the index is above 624.
    pub fn from_state(state: [u32; N], index: usize) -> Option<Self> {
        (index <= N).then_some(Self { state, index })
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= N {
            self.refill();
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= y << 7 & 0x9D2C_5680;
        y ^= y << 15 & 0xEFC6_0000;
        y ^ y >> 18
    }

    fn refill(&mut self) {
        for i in 0..N {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7FFF_FFFF);
            let odd = if y & 1 == 1 { 0x9908_B0DF } else { 0 };
            self.state[i] = self.state[(i + M) % N] ^ y >> 1 ^ odd;
        }
        self.index = 0;
    }

    /// A float from 0 (inclusive) to 1 (exclusive) with 53 random bits.
    pub fn random(&mut self) -> f64 {
        let (high, low) = (self.next_u32() >> 5, self.next_u32() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// An integer of up to 64 random bits.
    pub fn bits_u64(&mut self, bits: u32) -> u64 {
        match bits {
            0 => 0,
            1..=32 => u64::from(self.next_u32() >> (32 - bits)),
            _ => u64::from(self.next_u32()) | u64::from(self.next_u32() >> (64 - bits.min(64))) << 32,
        }
    }

    /// `getrandbits(bits)`.
    pub fn bits(&mut self, bits: u64) -> Result<BigInt, OutOfMemory> {
        if bits <= 64 {
            return Ok(BigInt::from(self.bits_u64(bits as u32)));
        }
        crate::int::room(u128::from(bits))?;
        let words = usize::try_from(bits.div_ceil(32)).map_err(|_| OutOfMemory)?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(words * 4).map_err(|_| OutOfMemory)?;
        for i in 0..words {
            let word = self.next_u32();
            let spare = if i + 1 == words { (words as u64 * 32 - bits) as u32 } else { 0 };
            bytes.extend_from_slice(&(word >> spare).to_le_bytes());
        }
        Ok(BigInt::from(UBig::from_le_bytes(&bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: `random.seed(n)` in CPython 3.14.
    #[test]
    fn as_cpython() {
        let mut rng = Twister::from_int(&BigInt::from(42));
        assert_eq!((rng.random(), rng.random()), (0.6394267984578837, 0.025010755222666936));
        assert_eq!(rng.bits(10).unwrap(), BigInt::from(281));
        assert_eq!(rng.bits(45).unwrap(), BigInt::from(7852252019600u64));
        assert_eq!(rng.bits(100).unwrap().to_string(), "800402129360547565400942494185");
        let seed = -(BigInt::ONE << 100usize) - 7;
        assert_eq!(Twister::from_int(&seed).random(), 0.41604161323913513);
        let (state, index) = rng.state();
        let mut again = Twister::from_state(*state, index).unwrap();
        assert_eq!(again.next_u32(), rng.next_u32());
        assert!(Twister::from_state([0; N], 625).is_none());
    }
}
