//! Inline caches: the units behind an instruction, and the instruction's own opcode, which says what they hold.

use bytecode::Op;

/// Sets the opcode of the instruction whose cache this is, unless somebody observes it.
///
/// # Safety
/// The cache units of an instruction.
pub unsafe fn set_op(cache: *mut u16, op: Op) {
    // SAFETY: the unit before its caches is the instruction.
    unsafe {
        let unit = cache.sub(1);
        if !Op::from_u8(*unit as u8).is_some_and(Op::is_instrumented) {
            *unit = *unit & 0xFF00 | op as u16;
        }
    }
}

/// Whether an instruction that ran the general way should be specialised (again): the first time, and then ever more
/// rarely. Its first cache unit counts: the low 12 bits down, the high ones the size of the next wait.
///
/// # Safety
/// The cache units of an instruction that uses the first one for nothing else.
#[inline(always)]
pub unsafe fn is_due(cache: *mut u16) -> bool {
    // SAFETY: as said.
    unsafe {
        let counter = *cache;
        if counter & 0xFFF != 0 {
            *cache = counter - 1;
            return false;
        }
        let size = ((counter >> 12) + 1).min(12);
        *cache = size << 12 | ((1 << size) - 1);
        true
    }
}

/// As [`is_due`], but not the first time: code that runs once is not worth it.
///
/// # Safety
/// As [`is_due`].
#[inline(always)]
pub unsafe fn is_due_again(cache: *mut u16) -> bool {
    // SAFETY: as said.
    unsafe {
        if *cache == 0 {
            *cache = 1 << 12 | 1;
            return false;
        }
        is_due(cache)
    }
}

/// The guard of a specialised instruction failed: after as many misses as the count says it becomes `general`, which is
/// then due at once.
///
/// # Safety
/// As [`is_due`].
#[inline(always)]
pub unsafe fn missed(cache: *mut u16, general: Op) {
    // SAFETY: as said.
    unsafe {
        match *cache & 0xFFF {
            0 => set_op(cache, general),
            _ => *cache -= 1,
        }
    }
}

/// The 32-bit number in two units, little end first.
///
/// # Safety
/// Two cache units; nothing asks for alignment.
#[inline(always)]
pub unsafe fn read_u32(cache: *const u16) -> u32 {
    // SAFETY: as said.
    unsafe { cache.cast::<u32>().read_unaligned() }
}

/// See [`read_u32`].
///
/// # Safety
/// Two cache units.
#[inline(always)]
pub unsafe fn write_u32(cache: *mut u16, value: u32) {
    // SAFETY: as said.
    unsafe { cache.cast::<u32>().write_unaligned(value) }
}

/// The word in four units.
///
/// # Safety
/// Four cache units; nothing asks for alignment.
#[inline(always)]
pub unsafe fn read_u64(cache: *const u16) -> u64 {
    // SAFETY: as said.
    unsafe { cache.cast::<u64>().read_unaligned() }
}

/// See [`read_u64`].
///
/// # Safety
/// Four cache units.
#[inline(always)]
pub unsafe fn write_u64(cache: *mut u16, value: u64) {
    // SAFETY: as said.
    unsafe { cache.cast::<u64>().write_unaligned(value) }
}
