//! How objects die.

use crate::{Head, Heap, Object, TypeHead, flags};
use std::mem;

/// How deep deallocations nest before the rest is put off: each level costs native stack.
const DEPTH: u32 = 60;

/// The last reference has gone: runs the type's `dealloc`, or puts it off when too deep in another's.
///
/// # Safety
/// The count is zero and nobody else frees the object.
#[cold]
#[inline(never)]
pub unsafe fn last_reference(object: *mut Head) {
    let heap = Heap::current();
    // SAFETY: the object is still whole; its type is alive as long as it is.
    unsafe {
        let kind = (*object).kind.get();
        if !(*kind).tracked.get() && (*kind).item_size.get() != 0 {
            // str, bytes, int: no references inside, so no depth.
            return (*kind).dealloc.get()(object);
        }
        let depth = heap.dying.get();
        if depth >= DEPTH {
            // Out of the collector's sight: nobody may find an object whose count is zero.
            heap.untrack(&*object);
            heap.delayed.borrow_mut().push(object);
            return;
        }
        heap.dying.set(depth + 1);
        (*kind).dealloc.get()(object);
        if depth == 0 {
            loop {
                let next = heap.delayed.borrow_mut().pop();
                let Some(next) = next else { break };
                ((*(*next).kind.get()).dealloc.get())(next);
            }
        }
        heap.dying.set(depth);
    }
}

impl Heap {
    /// Runs a finaliser: what dies in it dies at once, however deep in deallocations it is called. So an object whose
    /// finaliser makes another of its kind ends at Python's limit of recursion, and not never.
    pub fn apart<R>(&self, finalizer: impl FnOnce() -> R) -> R {
        let depth = self.dying.replace(0);
        let delayed = self.delayed.take();
        let result = finalizer();
        self.dying.set(depth);
        if !delayed.is_empty() {
            self.delayed.borrow_mut().splice(0..0, delayed);
        }
        result
    }
}

/// Clears weak references, if there are any. `false` if the object came back to life on the way.
///
/// # Safety
/// The object is whole and dying.
#[inline]
pub unsafe fn clear_weakrefs(heap: &Heap, object: *mut Head) {
    unsafe {
        if (*object).has(flags::HAS_WEAKREFS) {
            with_dying(object, |o| (heap.hooks.get().weakrefs)(o, true));
        }
    }
}

/// Lends a dying object to code that may count it up and down; leaves its count at zero, or at what the code kept.
///
/// Returns whether the object is still dying (nobody kept a reference).
///
/// # Safety
/// The object's count is zero and its body is whole.
pub unsafe fn with_dying(object: *mut Head, f: impl FnOnce(&Object)) -> bool {
    unsafe {
        debug_assert_eq!((*object).count(), 0);
        // One count for the loan; dropping it by hand keeps the death from starting again inside.
        (*object).incref();
        let lent = Object::from_word(object as u64);
        f(&lent);
        mem::forget(lent);
        (*object).decref()
    }
}

/// `dealloc` of a body `T` without finaliser, slots or attributes.
///
/// # Safety
/// I2; the count is zero.
pub unsafe fn dealloc_body<T>(object: *mut Head) {
    let heap = Heap::current();
    unsafe {
        clear_weakrefs(heap, object);
        heap.untrack(&*object);
        let kind = (*object).kind.get();
        object.cast::<T>().drop_in_place();
        heap.free(object);
        drop_kind(kind);
    }
}

/// Gives back the count that a freed instance had on its type.
///
/// # Safety
/// The instance has been freed and owned such a count if the type is counted.
#[inline]
pub unsafe fn drop_kind(kind: *const TypeHead) {
    unsafe {
        if (*kind).counted.get() {
            drop(Object::from_word(kind as u64));
        }
    }
}
