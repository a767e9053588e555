//! What is known about attributes, for instructions that meet objects of many types.
//!
//! An inline cache describes one type. Behind the caches stands this table, indexed by type version and name: an entry is
//! an instruction with its cache units, specialised for a type as [`super::attr`] does it for an instruction of the code.
//! An instruction whose own cache misses looks here before it goes the general way, and one that is specialised copies
//! the entry. An entry is good as long as its type's version is, which its units hold.

use super::cache::{read_u32, write_u32};
use crate::prelude::*;
use bytecode::Op;
use std::cell::UnsafeCell;

/// Which instruction an entry is for, in the low bits of the name's address (names are 16-byte aligned).
pub const LOAD: usize = 0;
pub const LOAD_METHOD: usize = 1;
pub const STORE: usize = 2;
/// The owner itself is the type.
const CLASS: usize = 4;

const ENTRIES: usize = 1024;
/// How often an entry may fail before it is made anew: it may say that nothing is known of a class that changes its mind.
const PATIENCE: u16 = 32;

#[repr(C)]
struct Entry {
    /// The name's address with the bits above; 0 if the entry is empty.
    name: usize,
    /// The instruction and its cache units.
    units: [u16; 10],
    failures: u16,
}

/// The table of an interpreter.
pub struct Known(Box<[UnsafeCell<Entry>]>);

impl Default for Known {
    fn default() -> Known {
        let empty = || UnsafeCell::new(Entry { name: 0, units: [0; 10], failures: 0 });
        Known(std::iter::repeat_with(empty).take(ENTRIES).collect())
    }
}

/// The type whose version decides about a stack word's attributes, and whether the word is that type itself.
#[inline(always)]
unsafe fn key(owner: u64) -> Option<(*const Type, usize)> {
    if owner & 3 != 0 {
        return None;
    }
    let object = (owner & !4) as *const Head;
    // SAFETY: a stack word of the running frame: a live object.
    unsafe {
        match (*object).kind() {
            kind if std::ptr::eq(kind, Type::kind()) => Some((object.cast(), CLASS)),
            kind => Some((kind.cast(), 0)),
        }
    }
}

impl Known {
    /// The cache units of what is known of `name` in the owner's type; the unit before them is the instruction.
    ///
    /// # Safety
    /// The owner is a stack word of the running frame; `bits` is one of the constants above.
    #[inline(always)]
    pub unsafe fn find(&self, owner: u64, name: &Ref<Str>, bits: usize) -> Option<*mut u16> {
        // SAFETY: the table is read and written by the thread with the GIL, an entry at a time.
        unsafe {
            let (kind, class) = key(owner)?;
            let version = (*kind).version.get();
            let name = name.as_ptr() as usize;
            let entry = self.0[(version as usize ^ name >> 4) % ENTRIES].get();
            let cache = (&raw mut (*entry).units).cast::<u16>().add(1);
            let same = (*entry).name == name | bits | class && read_u32(cache.add(1)) == version && version != 0;
            same.then_some(cache)
        }
    }

    /// As [`find`](Self::find), making the entry by `specialise` if there is none.
    ///
    /// # Safety
    /// As [`find`](Self::find); `specialise` is given the units of a general instruction.
    #[inline(never)]
    pub unsafe fn find_or_make(
        &self,
        owner: u64,
        name: &Ref<Str>,
        bits: usize,
        specialise: unsafe fn(&Object, &Ref<Str>, bool, *mut u16),
    ) -> Option<*mut u16> {
        // SAFETY: as above; specialising looks types up and calls no Python code.
        unsafe {
            if let Some(known) = self.find(owner, name, bits) {
                return Some(known);
            }
            let (kind, class) = key(owner)?;
            let version = crate::object::mro::version(&*kind);
            if version == 0 || name.interned() == 0 {
                return None;
            }
            let address = name.as_ptr() as usize;
            let entry = self.0[(version as usize ^ address >> 4) % ENTRIES].get();
            let general = if bits & STORE != 0 { Op::STORE_ATTR } else { Op::LOAD_ATTR };
            let mut units = [0; 10];
            units[0] = general as u16;
            let cache = units.as_mut_ptr().add(1);
            write_u32(cache.add(1), version);
            let object = std::mem::ManuallyDrop::new(Object::from_word(owner & !4));
            specialise(&object, name, bits & LOAD_METHOD != 0, cache);
            *entry = Entry { name: address | bits | class, units, failures: 0 };
            Some((&raw mut (*entry).units).cast::<u16>().add(1))
        }
    }
}

/// Notes that an entry did not help; it is forgotten when that happened often.
///
/// # Safety
/// The units are those of an entry of the table.
pub unsafe fn failed(cache: *mut u16) {
    // SAFETY: an entry's units lie in it as the struct says.
    unsafe {
        let entry = cache.byte_sub(std::mem::offset_of!(Entry, units) + 2).cast::<Entry>();
        (*entry).failures += 1;
        if (*entry).failures > PATIENCE {
            (*entry).name = 0;
        }
    }
}

/// Makes the instruction whose cache this is what the entry says.
///
/// # Safety
/// Both are cache units, of an instruction and of an entry for such an instruction.
pub unsafe fn copy(from: *const u16, to: *mut u16, units: usize) {
    // SAFETY: as said; the first unit counts and stays.
    unsafe {
        if let Some(op) = Op::from_u8(*from.sub(1) as u8) {
            to.add(1).copy_from_nonoverlapping(from.add(1), units - 1);
            super::cache::set_op(to, op);
        }
    }
}
