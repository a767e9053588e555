//! The value word.

use crate::{Head, Ref, dealloc};
use std::marker::PhantomData;
use std::num::NonZeroU64;

/// A value: an immediate integer or float, or an owned reference to a heap object. See the crate's essay.
#[repr(transparent)]
pub struct Object(NonZeroU64, PhantomData<*const ()>);

/// The word of a value on the stack of a frame: 0 is NULL, bit 2 of a pointer says *borrowed*.
pub type StackWord = u64;

const FLOAT_ZERO: u64 = 0x8000_0000_0000_0002;
/// Bit 2 of a pointer on the value stack: the count belongs to somebody else.
pub const BORROWED: u64 = 4;

impl Object {
    /// The largest and smallest immediate integers.
    pub const MAX_INT: i64 = i64::MAX >> 1;
    pub const MIN_INT: i64 = i64::MIN >> 1;

    /// An immediate integer, if it fits 63 bits.
    #[inline(always)]
    pub fn small_int(value: i64) -> Option<Object> {
        let word = value << 1;
        (word >> 1 == value).then(|| Object::immediate(word as u64 | 1))
    }

    /// An immediate integer of a value that surely fits.
    #[inline(always)]
    pub fn int32(value: i32) -> Object {
        Object::immediate((i64::from(value) << 1) as u64 | 1)
    }

    /// An immediate float, if its exponent is in the middle range (about 1e-77 to 1e77, and +0.0).
    #[inline(always)]
    pub fn small_float(value: f64) -> Option<Object> {
        let bits = value.to_bits();
        let top = (bits >> 60) & 7;
        if (top == 3 || top == 4) && bits & !(1 << 63) != 0x3000_0000_0000_0000 {
            Some(Object::immediate((bits.rotate_left(3) & !3) | 2))
        } else if bits == 0 {
            Some(Object::immediate(FLOAT_ZERO))
        } else {
            None
        }
    }

    #[inline(always)]
    fn immediate(word: u64) -> Object {
        debug_assert!(word & 3 != 0);
        // SAFETY: an immediate has a tag bit set, so it is not zero.
        Object(unsafe { NonZeroU64::new_unchecked(word) }, PhantomData)
    }

    /// The word itself.
    #[inline(always)]
    pub fn word(&self) -> u64 {
        self.0.get()
    }

    /// Gives up the word without dropping its reference.
    #[inline(always)]
    pub fn into_word(self) -> u64 {
        let word = self.0.get();
        std::mem::forget(self);
        word
    }

    /// Takes a word over with its reference.
    ///
    /// # Safety
    /// `word` came from [`Object::into_word`] (or is a pointer, not marked as borrowed, whose count is being handed over).
    #[inline(always)]
    pub unsafe fn from_word(word: u64) -> Object {
        debug_assert!(word != 0 && (word & 3 != 0 || word & BORROWED == 0), "not an owned word: {word:#x}");
        Object(unsafe { NonZeroU64::new_unchecked(word) }, PhantomData)
    }

    /// The immediate integer.
    #[inline(always)]
    pub fn as_small_int(&self) -> Option<i64> {
        let word = self.word();
        (word & 1 != 0).then_some(word as i64 >> 1)
    }

    /// Whether it is an immediate integer.
    #[inline(always)]
    pub fn is_small_int(&self) -> bool {
        self.word() & 1 != 0
    }

    /// Whether it is an immediate float.
    #[inline(always)]
    pub fn is_small_float(&self) -> bool {
        self.word() & 3 == 2
    }

    /// The immediate float.
    #[inline(always)]
    pub fn as_small_float(&self) -> Option<f64> {
        self.is_small_float().then(|| decode_float(self.word()))
    }

    /// Whether it is a reference to a heap object.
    #[inline(always)]
    pub fn is_heap(&self) -> bool {
        self.word() & 3 == 0
    }

    /// The head of the heap object.
    #[inline(always)]
    pub fn head(&self) -> Option<&Head> {
        // SAFETY: I1.
        self.is_heap().then(|| unsafe { &*(self.word() as *const Head) })
    }

    /// The address of the heap object, or null for an immediate.
    #[inline(always)]
    pub fn as_ptr(&self) -> *const Head {
        if self.is_heap() { self.word() as *const Head } else { std::ptr::null() }
    }

    /// Whether both are the same object (Python's `is`).
    #[inline(always)]
    pub fn is(&self, other: &Object) -> bool {
        self.0 == other.0
    }

    /// A new reference to a live object.
    ///
    /// # Safety
    /// `head` is a live object (I1).
    #[inline(always)]
    pub unsafe fn from_head(head: *const Head) -> Object {
        unsafe {
            (*head).incref();
            Object::from_word(head as u64)
        }
    }

    /// The same reference, typed.
    ///
    /// # Safety
    /// The object's body is a `T` (I2).
    #[inline(always)]
    pub unsafe fn cast_unchecked<T>(&self) -> &Ref<T> {
        debug_assert!(self.is_heap());
        unsafe { &*(self as *const Object).cast::<Ref<T>>() }
    }
}

/// The float of an immediate float's word.
#[inline(always)]
pub fn decode_float(word: u64) -> f64 {
    if word == FLOAT_ZERO {
        return 0.0;
    }
    let sign = word >> 63;
    f64::from_bits(((2 - sign) | (word & !3)).rotate_right(3))
}

impl Clone for Object {
    #[inline(always)]
    fn clone(&self) -> Object {
        if let Some(head) = self.head() {
            head.incref();
        }
        Object(self.0, PhantomData)
    }
}

impl Drop for Object {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_heap() {
            let head = self.word() as *mut Head;
            // SAFETY: I1; the count that reaches zero was the last.
            unsafe {
                if (*head).decref() {
                    dealloc::last_reference(head);
                }
            }
        }
    }
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.as_small_int(), self.as_small_float()) {
            (Some(int), _) => write!(f, "Object({int})"),
            (_, Some(float)) => write!(f, "Object({float})"),
            _ => write!(f, "Object({:#x})", self.word()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_survive_the_word() {
        for value in [0.0, 1.0, -1.0, 0.1, -2.5e10, 1e76, -1e-76, 1.5, f64::consts_pi()] {
            let object = Object::small_float(value).expect("in range");
            assert_eq!(object.as_small_float().unwrap().to_bits(), value.to_bits(), "{value}");
        }
        for value in [-0.0, f64::NAN, f64::INFINITY, 1e300, 1e-300, 5e-324] {
            assert!(Object::small_float(value).is_none(), "{value}");
        }
    }

    trait Pi {
        fn consts_pi() -> f64;
    }
    impl Pi for f64 {
        fn consts_pi() -> f64 {
            std::f64::consts::PI
        }
    }

    #[test]
    fn integers_survive_the_word() {
        for value in [0, 1, -1, Object::MAX_INT, Object::MIN_INT, 12345] {
            assert_eq!(Object::small_int(value).unwrap().as_small_int(), Some(value));
        }
        assert!(Object::small_int(Object::MAX_INT + 1).is_none());
        assert!(Object::small_int(Object::MIN_INT - 1).is_none());
    }
}
