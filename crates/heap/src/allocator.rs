//! The program's allocator: what lies outside the pools, be it a buffer of an object or memory of Rust's own.
//!
//! Small blocks come from mimalloc, whose allocation is a few instructions. Large ones come from the system's
//! allocator: it grows a block by moving pages instead of bytes and gives pages back at once, so that a list that grows
//! to a million items never exists twice (a million floats: 23 MB at the peak, 40 MB with mimalloc alone).

use crate::recorder;
use libmimalloc_sys::{mi_free, mi_malloc, mi_realloc, mi_zalloc};
use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// To be named as the `#[global_allocator]`.
pub struct Allocator;

/// Bytes from which a block is large: where glibc starts to map blocks of their own.
const LARGE: usize = 128 * 1024;

/// Alignment that every block of mimalloc has whose size is a multiple of it: asked for without words about alignment,
/// a block is a few instructions away.
const NATURAL: usize = 16;

#[inline(always)]
fn is_natural(layout: Layout) -> bool {
    layout.align() <= NATURAL && layout.size() >= layout.align()
}

/// Small blocks.
struct Small;

// SAFETY: mimalloc frees a block whichever function gave it.
unsafe impl GlobalAlloc for Small {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { if is_natural(layout) { mi_malloc(layout.size()).cast() } else { MiMalloc.alloc(layout) } }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { if is_natural(layout) { mi_zalloc(layout.size()).cast() } else { MiMalloc.alloc_zeroed(layout) } }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        unsafe { mi_free(block.cast()) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe {
            if layout.align() <= NATURAL && size >= layout.align() {
                mi_realloc(block.cast(), size).cast()
            } else {
                MiMalloc.realloc(block, layout, size)
            }
        }
    }
}

/// Bytes from which a block is looked at more closely: [`LARGE`], or 0 while allocations are recorded.
static LIMIT: AtomicUsize = AtomicUsize::new(LARGE);

#[inline(always)]
fn is_simple(size: usize) -> bool {
    size < LIMIT.load(Ordering::Relaxed)
}

/// Has every block noted by the [`recorder`], or no longer.
pub(crate) fn set_recorded(recorded: bool) {
    LIMIT.store(if recorded { 0 } else { LARGE }, Ordering::Relaxed);
}

/// Bytes of a block with which a program's memory counts as growing.
const GROWTH: usize = 2 * 1024 * 1024;
static AT_GROWTH: OnceLock<fn()> = OnceLock::new();
static GREW: AtomicBool = AtomicBool::new(false);

/// Has `run` called once, before the first block of 2 MiB or more is given: it may give memory back. It must not allocate.
pub fn at_growth(run: fn()) {
    let _ = AT_GROWTH.set(run);
}

fn grows(size: usize) {
    if size >= GROWTH
        && !GREW.swap(true, Ordering::Relaxed)
        && let Some(run) = AT_GROWTH.get()
    {
        run();
    }
}

#[inline]
fn noted(block: *mut u8, size: usize) -> *mut u8 {
    if recorder::is_on() && !block.is_null() {
        recorder::took(block as usize, size);
    }
    block
}

#[cold]
unsafe fn alloc_other(layout: Layout, zeroed: bool) -> *mut u8 {
    grows(layout.size());
    let block = unsafe {
        match (layout.size() < LARGE, zeroed) {
            (true, false) => Small.alloc(layout),
            (true, true) => Small.alloc_zeroed(layout),
            (false, false) => System.alloc(layout),
            (false, true) => System.alloc_zeroed(layout),
        }
    };
    noted(block, layout.size())
}

#[cold]
unsafe fn dealloc_other(block: *mut u8, layout: Layout) {
    if recorder::is_on() {
        recorder::gave(block as usize);
    }
    unsafe { if layout.size() < LARGE { Small.dealloc(block, layout) } else { System.dealloc(block, layout) } }
}

#[cold]
unsafe fn realloc_other(block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    grows(size);
    let new = unsafe {
        match (layout.size() < LARGE, size < LARGE) {
            (true, true) => Small.realloc(block, layout, size),
            (false, false) => System.realloc(block, layout, size),
            _ => {
                // A valid alignment stays one; a size that is too large is the caller's to refuse (GlobalAlloc).
                let new = alloc_other(Layout::from_size_align_unchecked(size, layout.align()), false);
                if !new.is_null() {
                    block.copy_to_nonoverlapping(new, layout.size().min(size));
                    dealloc_other(block, layout);
                }
                return new;
            }
        }
    };
    if recorder::is_on() && !new.is_null() {
        recorder::gave(block as usize);
    }
    noted(new, size)
}

// SAFETY: the layout says which of the two allocators a block is from; `realloc` moves what changes sides.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { if is_simple(layout.size()) { Small.alloc(layout) } else { alloc_other(layout, false) } }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { if is_simple(layout.size()) { Small.alloc_zeroed(layout) } else { alloc_other(layout, true) } }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { if is_simple(layout.size()) { Small.dealloc(block, layout) } else { dealloc_other(block, layout) } }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe {
            if is_simple(layout.size().max(size)) {
                Small.realloc(block, layout, size)
            } else {
                realloc_other(block, layout, size)
            }
        }
    }
}
