//! The indices of a `dict`'s table: where in the array of entries a hash leads.

use crate::OutOfMemory;

/// The index array, in the narrowest form that holds its size.
pub enum Indices {
    None,
    Byte(Box<[u8]>),
    Short(Box<[u16]>),
    Word(Box<[u32]>),
}

pub const EMPTY: u32 = u32::MAX;
pub const REMOVED: u32 = u32::MAX - 1;

impl Indices {
    pub fn with_size(size: usize) -> Result<Indices, OutOfMemory> {
        fn fill<T: Clone>(size: usize, value: T) -> Result<Box<[T]>, OutOfMemory> {
            let mut vec = Vec::new();
            vec.try_reserve_exact(size).map_err(|_| OutOfMemory)?;
            vec.resize(size, value);
            Ok(vec.into_boxed_slice())
        }
        Ok(match size {
            0..=128 => Indices::Byte(fill(size, u8::MAX)?),
            129..=0x8000 => Indices::Short(fill(size, u16::MAX)?),
            0x8001..=0x8000_0000 => Indices::Word(fill(size, u32::MAX)?),
            _ => return Err(OutOfMemory),
        })
    }

    pub fn copy(&self) -> Result<Indices, OutOfMemory> {
        fn boxed<T: Copy>(from: &[T]) -> Result<Box<[T]>, OutOfMemory> {
            let mut vec = Vec::new();
            vec.try_reserve_exact(from.len()).map_err(|_| OutOfMemory)?;
            vec.extend_from_slice(from);
            Ok(vec.into_boxed_slice())
        }
        Ok(match self {
            Indices::None => Indices::None,
            Indices::Byte(b) => Indices::Byte(boxed(b)?),
            Indices::Short(s) => Indices::Short(boxed(s)?),
            Indices::Word(w) => Indices::Word(boxed(w)?),
        })
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        match self {
            Indices::None => 0,
            Indices::Byte(b) => b.len(),
            Indices::Short(s) => s.len(),
            Indices::Word(w) => w.len(),
        }
    }

    /// The index at `slot`; EMPTY and REMOVED in their narrow forms are widened.
    #[inline(always)]
    pub fn get(&self, slot: usize) -> u32 {
        match self {
            Indices::None => EMPTY,
            Indices::Byte(b) => match b[slot] {
                i @ 0..=0xFD => u32::from(i),
                i => u32::from(i) | 0xFFFF_FF00,
            },
            Indices::Short(s) => match s[slot] {
                i @ 0..=0xFFFD => u32::from(i),
                i => u32::from(i) | 0xFFFF_0000,
            },
            Indices::Word(w) => w[slot],
        }
    }

    #[inline(always)]
    pub fn set(&mut self, slot: usize, index: u32) {
        match self {
            Indices::None => {}
            Indices::Byte(b) => b[slot] = index as u8,
            Indices::Short(s) => s[slot] = index as u16,
            Indices::Word(w) => w[slot] = index,
        }
    }
}

/// The sequence of slots to look at for a hash (CPython's perturbed probing).
pub struct Probe {
    mask: usize,
    pub slot: usize,
    perturb: u64,
}

impl Probe {
    #[inline(always)]
    pub fn new(hash: i64, mask: usize) -> Probe {
        Probe { mask, slot: hash as usize & mask, perturb: hash as u64 }
    }

    #[inline(always)]
    pub fn advance(&mut self) {
        self.perturb >>= 5;
        self.slot = self.slot.wrapping_mul(5).wrapping_add(self.perturb as usize).wrapping_add(1) & self.mask;
    }
}
