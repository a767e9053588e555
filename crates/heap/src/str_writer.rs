//! Writing the units of a string that is being made.

use crate::str_body::StrData;

/// Copies bytes, a few of them without a call.
///
/// # Safety
/// Both places hold so many bytes, and do not overlap.
#[inline(always)]
pub(crate) unsafe fn copy_short(to: *mut u8, from: *const u8, len: usize) {
    // Two words that may overlap cover any length between their size and twice that.
    unsafe {
        match len {
            0 => {}
            1 => to.write(*from),
            2 | 3 => {
                let (first, last) =
                    (from.cast::<u16>().read_unaligned(), from.add(len - 2).cast::<u16>().read_unaligned());
                to.cast::<u16>().write_unaligned(first);
                to.add(len - 2).cast::<u16>().write_unaligned(last);
            }
            4..=7 => {
                let (first, last) =
                    (from.cast::<u32>().read_unaligned(), from.add(len - 4).cast::<u32>().read_unaligned());
                to.cast::<u32>().write_unaligned(first);
                to.add(len - 4).cast::<u32>().write_unaligned(last);
            }
            8..=16 => {
                let (first, last) =
                    (from.cast::<u64>().read_unaligned(), from.add(len - 8).cast::<u64>().read_unaligned());
                to.cast::<u64>().write_unaligned(first);
                to.add(len - 8).cast::<u64>().write_unaligned(last);
            }
            _ => std::ptr::copy_nonoverlapping(from, to, len),
        }
    }
}

/// The room of a string that is being made.
pub struct StrWriter {
    to: *mut u8,
    width: usize,
    left: usize,
}

impl StrWriter {
    /// # Safety
    /// There is room for `left` units of `width` bytes at `to`, as long as the writer is used.
    pub(crate) unsafe fn new(to: *mut u8, width: usize, left: usize) -> StrWriter {
        StrWriter { to, width, left }
    }

    /// Fills what is left with NUL.
    pub(crate) fn finish(self) {
        // SAFETY: so much room is left.
        unsafe { self.to.write_bytes(0, self.left * self.width) };
    }

    /// Appends a piece that is no wider than the string; what there is no room for is left out.
    #[inline]
    pub fn push(&mut self, piece: StrData<'_>) {
        let (unit, count, from) = match piece {
            StrData::Ascii(b) | StrData::Latin1(b) => (1, b.len(), b.as_ptr()),
            StrData::Ucs2(u) => (2, u.len(), u.as_ptr().cast()),
            StrData::Ucs4(u) => (4, u.len(), u.as_ptr().cast()),
        };
        if unit > self.width {
            return;
        }
        let count = count.min(self.left);
        // SAFETY: so many units are left, and the piece has as many.
        unsafe {
            write_units(self.to, self.width, from, unit, count);
            self.to = self.to.add(count * self.width);
        }
        self.left -= count;
    }
}

/// Copies `count` units of `width` bytes as units of `unit` bytes, which are as wide or wider.
///
/// # Safety
/// Both places hold so many units, and do not overlap.
#[inline]
pub(crate) unsafe fn write_units(to: *mut u8, unit: usize, from: *const u8, width: usize, count: usize) {
    unsafe {
        match (unit, width) {
            (a, b) if a == b => copy_short(to, from, count * unit),
            (2, _) => (0..count).for_each(|i| to.cast::<u16>().add(i).write(u16::from(*from.add(i)))),
            (_, 1) => (0..count).for_each(|i| to.cast::<u32>().add(i).write(u32::from(*from.add(i)))),
            _ => (0..count).for_each(|i| to.cast::<u32>().add(i).write(u32::from(*from.cast::<u16>().add(i)))),
        }
    }
}
