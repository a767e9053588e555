//! The program's allocator: each thread keeps the small blocks it freed last, one list for each size, in front of the
//! system's allocator. What the natives allocate for the length of one call is then taken and given back in a few
//! instructions.
//!
//! Every block comes from the system with the size of its class, so any thread may free any block.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, UnsafeCell};
use std::ptr;

/// Block sizes are multiples of this, which is also their alignment.
const GRAIN: usize = 16;
/// The largest block that is kept, in bytes.
const SMALL: usize = 1024;
const CLASSES: usize = SMALL / GRAIN + 1;
/// Bytes that one list may hold.
const KEPT: usize = 16 * 1024;

/// The blocks of one size that a thread has freed; the first word of each is the next one's address.
#[derive(Clone, Copy)]
struct List {
    first: *mut u8,
    /// How many more it takes.
    room: usize,
}

struct Lists(UnsafeCell<[List; CLASSES]>);

/// Gives a thread's blocks back when it ends.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        STATE.set(State::Closed);
        LISTS.with(|lists| {
            for class in 0..CLASSES {
                // SAFETY: this thread's lists, which nothing else looks at meanwhile; their blocks have their class's size.
                unsafe {
                    let list = &mut (*lists.0.get())[class];
                    list.room = 0;
                    while !list.first.is_null() {
                        let block = list.first;
                        list.first = block.cast::<*mut u8>().read();
                        System.dealloc(block, Layout::from_size_align_unchecked(class * GRAIN, GRAIN));
                    }
                }
            }
        });
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Fresh,
    Open,
    Closed,
}

thread_local! {
    static LISTS: Lists = const { Lists(UnsafeCell::new([List { first: ptr::null_mut(), room: 0 }; CLASSES])) };
    static STATE: Cell<State> = const { Cell::new(State::Fresh) };
    static GUARD: Guard = const { Guard };
}

/// The allocator; the program declares one as its global allocator.
pub struct Allocator;

/// The class of a layout whose blocks are kept.
#[inline(always)]
fn class_of(layout: Layout) -> Option<usize> {
    (layout.size() <= SMALL && layout.align() <= GRAIN).then(|| layout.size().div_ceil(GRAIN))
}

#[inline(always)]
fn whole(class: usize) -> Layout {
    // SAFETY: the alignment is a power of two and the size is small.
    unsafe { Layout::from_size_align_unchecked(class.max(1) * GRAIN, GRAIN) }
}

/// Frees a block that its list has no room for; the first time, opens the thread's lists.
#[cold]
fn overflow(block: *mut u8, class: usize) {
    if STATE.get() == State::Fresh {
        STATE.set(State::Open);
        // Asks the system to run the guard when the thread ends.
        GUARD.with(|_| ());
        LISTS.with(|lists| {
            // SAFETY: this thread's lists; no reference into them is alive.
            for (class, list) in unsafe { (*lists.0.get()).iter_mut() }.enumerate().skip(1) {
                list.room = KEPT / (class * GRAIN);
            }
        });
    }
    // SAFETY: the block came from the system with its class's layout.
    unsafe { System.dealloc(block, whole(class)) };
}

// SAFETY: blocks come from the system's allocator with at least the size and alignment asked for; a kept block is in one
// list only and leaves it when it is handed out. Nothing here allocates or unwinds.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(class) = class_of(layout) else {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc(layout) };
        };
        // SAFETY: this thread's list; its blocks are free and begin with the next one's address.
        unsafe {
            let list = LISTS.with(|lists| lists.0.get().cast::<List>().add(class));
            let block = (*list).first;
            if block.is_null() {
                return System.alloc(whole(class));
            }
            (*list).first = block.cast::<*mut u8>().read();
            (*list).room += 1;
            block
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(class) = class_of(layout) else {
            // SAFETY: the caller's promise; larger blocks are the system's as they are.
            return unsafe { System.dealloc(block, layout) };
        };
        // SAFETY: as above; the caller gives the block up.
        unsafe {
            let list = LISTS.with(|lists| lists.0.get().cast::<List>().add(class));
            if (*list).room == 0 {
                return overflow(block, class);
            }
            (*list).room -= 1;
            block.cast::<*mut u8>().write((*list).first);
            (*list).first = block;
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if class_of(layout).is_none() {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: the block has the size asked for.
        unsafe {
            let block = self.alloc(layout);
            if !block.is_null() {
                block.write_bytes(0, layout.size());
            }
            block
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise: the new size does not overflow with this alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (class_of(layout), class_of(wanted)) {
            (Some(old), Some(new)) if old.max(1) == new.max(1) => block,
            // SAFETY: both are the system's.
            (None, None) => unsafe { System.realloc(block, layout, size) },
            // SAFETY: both blocks have at least the smaller size.
            _ => unsafe {
                let moved = self.alloc(wanted);
                if !moved.is_null() {
                    ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                    self.dealloc(block, layout);
                }
                moved
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of all sizes, grown and shrunk, keep what was written in them and do not overlap.
    #[test]
    fn blocks_keep_their_contents() {
        let layout = |size| Layout::from_size_align(size, 8).expect("a layout");
        let mut held: Vec<(*mut u8, usize, u8)> = Vec::new();
        let mut state = 7u64;
        for round in 0..20_000u64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (size, mark) = ((state >> 40) as usize % 2100 + 1, round as u8);
            // SAFETY: each block is freed once, with its own layout, and written inside its size only.
            unsafe {
                if held.len() < 50 {
                    let block = Allocator.alloc(layout(size));
                    block.write_bytes(mark, size);
                    held.push((block, size, mark));
                    continue;
                }
                let (block, old, mark) = held.swap_remove((state >> 33) as usize % 50);
                assert!(std::slice::from_raw_parts(block, old).iter().all(|&b| b == mark));
                if round % 3 == 0 {
                    let moved = Allocator.realloc(block, layout(old), size);
                    assert!(std::slice::from_raw_parts(moved, old.min(size)).iter().all(|&b| b == mark));
                    moved.write_bytes(mark, size);
                    held.push((moved, size, mark));
                } else {
                    Allocator.dealloc(block, layout(old));
                    let zeroed = Allocator.alloc_zeroed(layout(old));
                    assert!(std::slice::from_raw_parts(zeroed, old).iter().all(|&b| b == 0));
                    Allocator.dealloc(zeroed, layout(old));
                }
            }
        }
        for (block, size, _) in held {
            // SAFETY: as above.
            unsafe { Allocator.dealloc(block, layout(size)) };
        }
    }
}
