//! The checked view of an object as the Rust struct of its type.
//!
//! # Invariants
//! A type's `native` is the built-in type whose struct its instances start with: `StaticType`s are filled by
//! [`PyType::place_type`] for exactly that struct, and a class takes its native type from its base. So an object whose
//! type's native chain holds `T::static_type()` starts with a `T`.

use super::{PyType, Type};
use crate::builtins::float::Float;
use crate::builtins::int::Int;
use heap::{Object, Ref};

/// Casts and type checks on objects.
pub trait Cast {
    /// The object as a `T`, if its type is `T`'s or derives from it. Immediates have no body: `None` for those.
    fn cast<T: PyType>(&self) -> Option<&Ref<T>>;
    /// The object as a `T`, if its type is exactly `T`'s.
    fn cast_exact<T: PyType>(&self) -> Option<&Ref<T>>;
    /// Whether the type is `T`'s or derives from it, immediates included.
    fn is_instance_of<T: PyType>(&self) -> bool;
    /// Whether the type is exactly `T`'s, immediates included.
    fn is_exact<T: PyType>(&self) -> bool;
}

impl Cast for Object {
    #[inline(always)]
    fn cast<T: PyType>(&self) -> Option<&Ref<T>> {
        let kind = self.head()?.kind();
        if kind == T::kind() || derives(kind.cast(), T::kind().cast()) {
            // SAFETY: the invariant above.
            Some(unsafe { self.cast_unchecked::<T>() })
        } else {
            None
        }
    }

    #[inline(always)]
    fn cast_exact<T: PyType>(&self) -> Option<&Ref<T>> {
        let kind = self.head()?.kind();
        // SAFETY: the invariant above.
        (kind == T::kind()).then(|| unsafe { self.cast_unchecked::<T>() })
    }

    #[inline(always)]
    fn is_instance_of<T: PyType>(&self) -> bool {
        let kind = type_of(self).as_ptr();
        std::ptr::eq(kind, T::kind().cast()) || derives(kind, T::kind().cast())
    }

    #[inline(always)]
    fn is_exact<T: PyType>(&self) -> bool {
        std::ptr::eq(type_of(self).as_ptr(), T::kind().cast())
    }
}

/// Whether `target`, a built-in type, is among the bases that `kind`'s instances start with.
fn derives(kind: *const Type, target: *const Type) -> bool {
    // SAFETY: types outlive their objects, bases their subclasses.
    unsafe {
        let mut at = kind;
        loop {
            if at == target {
                return true;
            }
            match (*at).base.peek() {
                Some(base) => at = base.as_ptr(),
                None => return false,
            }
        }
    }
}

/// The type of an object.
///
/// The reference is to a word inside the object's head or to a static; it stays good as long as the object lives and
/// keeps its type. Callers that run Python code which may assign `__class__` clone it first.
#[inline(always)]
pub fn type_of(object: &Object) -> &'static Ref<Type> {
    match object.head() {
        // SAFETY: `kind` is the word of a live `Ref<Type>`; the lifetime is as said above.
        Some(head) => unsafe { &*(&raw const *head.kind_cell()).cast::<Ref<Type>>() },
        None if object.is_small_int() => Int::class(),
        None => Float::class(),
    }
}

/// Changes the type of an object (`__class__` assignment, after the layouts were found compatible).
pub fn set_type(object: &Object, to: &Ref<Type>) {
    let Some(head) = object.head() else { return };
    // SAFETY: both types are live; the object's count on its type moves with it.
    unsafe {
        let old = head.kind();
        if (*to.as_ptr()).base_head.counted.get() {
            std::mem::forget(to.clone());
        }
        head.kind_cell().set(to.as_kind());
        if (*old).counted.get() {
            drop(Object::from_word(old as u64));
        }
    }
}

/// A new reference to the object of a borrowed word; `None` for 0.
///
/// # Safety
/// The word is 0 or a live object's.
#[inline]
pub unsafe fn clone_word(word: u64) -> Option<Object> {
    // SAFETY: as said; the borrowed reference is not dropped.
    (word != 0).then(|| unsafe { (*std::mem::ManuallyDrop::new(Object::from_word(word))).clone() })
}

/// A type found by address (subclass lists hold those).
///
/// # Safety
/// The type is alive.
pub unsafe fn type_at(address: *const Type) -> Ref<Type> {
    // SAFETY: as said; the count is taken first.
    unsafe {
        (*address).base_head.head.incref();
        Ref::from_raw(address.cast_mut())
    }
}

/// The body of an immortal or held object as a new reference of another struct with the same layout.
///
/// # Safety
/// The object's body is a `T`.
pub unsafe fn retype<S, T>(from: Ref<S>) -> Ref<T> {
    // SAFETY: the word and its count are handed over.
    unsafe { Ref::from_raw(from.into_raw().cast()) }
}
