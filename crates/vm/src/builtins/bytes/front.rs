//! Bytes whose front can be taken off without moving the rest: the storage of `bytearray`, which serves as a queue.

use std::collections::TryReserveError;
use std::ops::{Deref, DerefMut, Range};

/// The bytes behind the first `start` ones of a vector.
#[derive(Default)]
pub struct Front {
    vec: Vec<u8>,
    start: usize,
}

impl From<Vec<u8>> for Front {
    fn from(vec: Vec<u8>) -> Self {
        Front { vec, start: 0 }
    }
}

impl Deref for Front {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.vec[self.start..]
    }
}

impl DerefMut for Front {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.vec[self.start..]
    }
}

impl Front {
    /// Bytes that there is room for.
    pub fn capacity(&self) -> usize {
        self.vec.capacity() - self.start
    }

    /// Replaces the bytes of `range`, which lies inside, by `new`.
    pub fn splice(&mut self, range: Range<usize>, new: &[u8]) -> Result<(), TryReserveError> {
        if range.start == 0 && new.is_empty() {
            self.start += range.end;
            // The rest moves once as many bytes as it has are gone: each byte's share stays constant.
            if self.start >= self.vec.len() - self.start {
                self.vec.drain(..self.start);
                self.start = 0;
                if self.vec.len() < self.vec.capacity() / 4 {
                    self.vec.shrink_to(self.vec.len() * 2);
                }
            }
            return Ok(());
        }
        self.vec.try_reserve(new.len())?;
        if range.start == self.len() {
            self.vec.extend_from_slice(new);
        } else {
            self.vec.splice(self.start + range.start..self.start + range.end, new.iter().copied());
        }
        Ok(())
    }

    /// Makes it `len` bytes long, which is no less than it is, with zeros.
    pub fn extend_to(&mut self, len: usize) -> Result<(), TryReserveError> {
        self.vec.try_reserve_exact(len.saturating_sub(self.len()))?;
        self.vec.resize(self.start + len, 0);
        Ok(())
    }

    /// Keeps the bytes that `keep` says so of, asked in order.
    pub fn retain(&mut self, keep: impl FnMut(&u8) -> bool) {
        self.vec.drain(..self.start);
        self.start = 0;
        self.vec.retain(keep);
    }
}

#[cfg(test)]
mod tests {
    use super::Front;

    /// Whatever is taken off the front or changed elsewhere, the bytes are those of a plain vector.
    #[test]
    fn a_queue_is_a_vector() {
        let (mut front, mut plain) = (Front::default(), Vec::new());
        let mut state = 3u64;
        for _ in 0..5_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(9);
            let len = plain.len();
            let (a, b) = ((state >> 33) as usize % (len + 1), (state >> 45) as usize % (len + 1));
            let new = vec![state as u8; (state >> 57) as usize % 9];
            let range = match state >> 60 {
                0..6 => 0..a.min(12),
                6..12 => len..len,
                _ => a.min(b)..a.max(b),
            };
            let new = if (state >> 60) < 6 { Vec::new() } else { new };
            front.splice(range.clone(), &new).unwrap();
            plain.splice(range, new);
            assert_eq!(*front, plain[..]);
        }
        front.extend_to(plain.len() + 3).unwrap();
        plain.extend([0; 3]);
        front.retain(|byte| byte % 2 == 0);
        plain.retain(|byte| byte % 2 == 0);
        assert_eq!(*front, plain[..]);
    }
}
