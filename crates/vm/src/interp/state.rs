//! The interpreter's state: where it is in which frame.

use crate::frame::{Frame, drop_word};
use crate::prelude::*;
use std::mem::ManuallyDrop;

/// The stack pointer of the running frame: one past the top value.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Sp(pub *mut u64);

/// Frame, next unit, stack pointer. Kept in registers: never hand out a reference to it.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct State {
    pub frame: *mut Frame,
    pub ip: *const u16,
    pub sp: Sp,
}

/// A borrowed word made owned.
///
/// # Safety
/// F1.
#[inline(always)]
pub unsafe fn own_word(word: u64) -> u64 {
    if word & 7 == 4 {
        let plain = word & !4;
        // SAFETY: a live object.
        unsafe { (*(plain as *const heap::Head)).incref() };
        plain
    } else {
        word
    }
}

/// A word of a live value without the mark of what is borrowed.
#[inline(always)]
pub fn plain_word(word: u64) -> u64 {
    if word & 3 == 0 { word & !4 } else { word }
}

/// A new reference to the value of a word.
///
/// # Safety
/// F1; the word is not NULL.
#[inline(always)]
pub unsafe fn share_word(word: u64) -> u64 {
    if word & 3 != 0 {
        return word;
    }
    let plain = word & !4;
    // SAFETY: a live object.
    unsafe { (*(plain as *const heap::Head)).incref() };
    plain
}

/// An owned word as a borrowed one of the same value.
#[inline(always)]
pub fn lend_word(word: u64) -> u64 {
    if word & 3 == 0 { word | 4 } else { word }
}

/// A value taken off the stack: dropped at the end unless it was borrowed.
pub struct Val {
    object: ManuallyDrop<Object>,
    owned: bool,
}

impl Val {
    /// # Safety
    /// F1: a non-NULL stack word that is not used again.
    #[inline(always)]
    pub unsafe fn new(word: u64) -> Val {
        let borrowed = word & 7 == 4;
        let plain = if borrowed { word & !4 } else { word };
        // SAFETY: the word without its mark is a live object's.
        Val { object: ManuallyDrop::new(unsafe { Object::from_word(plain) }), owned: !borrowed }
    }

    /// An owned reference.
    #[inline(always)]
    pub fn into_object(self) -> Object {
        let this = ManuallyDrop::new(self);
        if this.owned {
            // SAFETY: moved out of a value that is not dropped.
            unsafe { Object::from_word(this.object.word()) }
        } else {
            (*this.object).clone()
        }
    }

    #[inline(always)]
    pub fn word(&self) -> u64 {
        self.object.word()
    }
}

impl std::ops::Deref for Val {
    type Target = Object;
    #[inline(always)]
    fn deref(&self) -> &Object {
        &self.object
    }
}

impl Drop for Val {
    #[inline(always)]
    fn drop(&mut self) {
        if self.owned {
            // SAFETY: dropped once.
            unsafe { ManuallyDrop::drop(&mut self.object) }
        }
    }
}

impl State {
    /// The opcode of the next instruction. It and the operand are read by themselves: what takes a unit apart would be
    /// paid at every instruction.
    ///
    /// # Safety
    /// The next unit is an instruction.
    #[inline(always)]
    pub unsafe fn op(&self) -> u8 {
        // SAFETY: a byte of a unit.
        unsafe { *self.ip.cast::<u8>().add(cfg!(target_endian = "big") as usize) }
    }

    /// The operand of the next instruction.
    ///
    /// # Safety
    /// The next unit is an instruction.
    #[inline(always)]
    pub unsafe fn operand(&self) -> u8 {
        // SAFETY: a byte of a unit.
        unsafe { *self.ip.cast::<u8>().add(cfg!(target_endian = "little") as usize) }
    }

    /// The word of a local.
    ///
    /// # Safety
    /// The index is one of the frame's locals (verified).
    #[inline(always)]
    pub unsafe fn local(&self, index: u32) -> *mut u64 {
        // SAFETY: as said.
        unsafe { Frame::locals(self.frame).add(index as usize) }
    }

    /// Goes on `units` further (back, if negative).
    ///
    /// # Safety
    /// An instruction lies there.
    #[inline(always)]
    pub unsafe fn skip(&mut self, units: isize) {
        // SAFETY: as said.
        unsafe { self.ip = self.ip.offset(units) };
    }

    /// The cache units of the instruction.
    #[inline(always)]
    pub fn cache(&self) -> *mut u16 {
        self.ip.cast_mut()
    }

    /// The top two words, of which the lower one is first, give way to one.
    #[inline(always)]
    pub fn replace_two(&mut self, word: u64) {
        self.sp.0 = self.sp.0.wrapping_sub(1);
        self.sp.set_word(1, word);
    }
}

impl Sp {
    // SAFETY (all below): the verifier has shown that the stack neither underflows nor overflows (F1).

    #[inline(always)]
    pub fn push_word(&mut self, word: u64) {
        unsafe {
            *self.0 = word;
            self.0 = self.0.add(1);
        }
    }

    #[inline(always)]
    pub fn push(&mut self, value: Object) {
        self.push_word(value.into_word());
    }

    #[inline(always)]
    pub fn push_null(&mut self) {
        self.push_word(0);
    }

    #[inline(always)]
    pub fn pop_word(&mut self) -> u64 {
        unsafe {
            self.0 = self.0.sub(1);
            *self.0
        }
    }

    /// The top value, taken off.
    #[inline(always)]
    pub fn pop(&mut self) -> Val {
        unsafe { Val::new(self.pop_word()) }
    }

    /// The top value, taken off; `None` for NULL.
    #[inline(always)]
    pub fn pop_opt(&mut self) -> Option<Val> {
        let word = self.pop_word();
        (word != 0).then(|| unsafe { Val::new(word) })
    }

    /// The word `n` below the top (1 is the top).
    #[inline(always)]
    pub fn peek_word(&self, n: usize) -> u64 {
        unsafe { *self.0.sub(n) }
    }

    #[inline(always)]
    pub fn set_word(&mut self, n: usize, word: u64) {
        unsafe { *self.0.sub(n) = word }
    }

    /// A look at the value `n` below the top.
    #[inline(always)]
    pub fn peek(&self, n: usize) -> ManuallyDrop<Val> {
        unsafe { ManuallyDrop::new(Val::new(self.peek_word(n))) }
    }

    /// Makes the top `n` words owned and gives them as objects; NULL words must not be among them.
    #[inline(always)]
    pub fn own(&mut self, n: usize) -> &mut [Object] {
        unsafe {
            let start = self.0.sub(n);
            for i in 0..n {
                let word = *start.add(i);
                if word & 7 == 4 {
                    let plain = word & !4;
                    (*(plain as *const heap::Head)).incref();
                    *start.add(i) = plain;
                }
            }
            std::slice::from_raw_parts_mut(start.cast::<Object>(), n)
        }
    }

    /// How many words lie from `first` to the top.
    #[inline(always)]
    pub fn above(&self, first: *const u64) -> usize {
        (self.0 as usize - first as usize) / 8
    }

    /// Drops the top `n` words.
    #[inline(always)]
    pub fn drop_n(&mut self, n: usize) {
        for _ in 0..n {
            let word = self.pop_word();
            unsafe { drop_word(word) }
        }
    }

    /// Takes the top `n` values off as owned references, deepest first.
    pub fn take(&mut self, n: usize) -> Vec<Object> {
        let mut items = Vec::with_capacity(n);
        let owned = self.own(n);
        for item in owned.iter() {
            // SAFETY: each is moved out; the stack pointer goes below them.
            items.push(unsafe { std::ptr::read(item) });
        }
        self.0 = unsafe { self.0.sub(n) };
        items
    }
}
