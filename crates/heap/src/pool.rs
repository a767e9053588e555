//! Pools: 16 KiB of equal slots for small objects, in arenas of 1 MiB; and large blocks with a header in front.
//!
//! A pool's header holds its free list and two bitmaps, one bit a 16-byte granule, for the two young generations; so an
//! object needs no list links, and freeing finds the pool by rounding the address down.

use crate::{Head, flags, recorder};
use std::alloc::{Layout, alloc, dealloc};
use std::ptr::{self, NonNull};

/// Bytes of a pool, and its alignment.
pub const POOL: usize = 16 * 1024;
/// Slots are multiples of this.
pub const GRAIN: usize = 16;
/// The largest pooled object in bytes.
pub const SMALL: usize = 512;
/// Number of size classes.
pub const CLASSES: usize = SMALL / GRAIN;
const ARENA: usize = 1024 * 1024;
const WORDS: usize = POOL / GRAIN / 64;

/// One bit a granule.
pub type Bitmap = [u64; WORDS];

/// The header at the start of each pool.
#[repr(C)]
pub struct Pool {
    free: *mut FreeSlot,
    /// First never-used slot, and the end of the last whole one.
    fresh: usize,
    end: usize,
    pub(crate) used: u32,
    pub(crate) slot: u32,
    /// In the class's list of pools with room, or in the list of empty pools.
    next: *mut Pool,
    previous: *mut Pool,
    listed: bool,
    /// Whether giving a slot back needs nothing else: listed, and nobody records.
    direct: bool,
    /// In the heap's list of pools that hold young objects.
    pub(crate) dirty: bool,
    /// Some object in it has been tracked.
    pub(crate) tracked: bool,
    pub(crate) young: Bitmap,
    pub(crate) middle: Bitmap,
}

#[repr(C)]
struct FreeSlot {
    /// Zero: the mark of a free slot (I5).
    zero: u64,
    next: *mut FreeSlot,
}

const FIRST: usize = size_of::<Pool>().next_multiple_of(GRAIN);

/// The pool that a small object lies in.
///
/// # Safety
/// The object is pooled (I5).
#[inline(always)]
pub unsafe fn of(object: *const Head) -> *mut Pool {
    (object as usize & !(POOL - 1)) as *mut Pool
}

/// The granule of an object inside its pool.
#[inline(always)]
pub fn granule(object: *const Head) -> usize {
    (object as usize & (POOL - 1)) / GRAIN
}

/// All pools and large blocks of one heap.
pub struct Pools {
    /// For each class, the first pool of `lists`, to be allocated from; null while allocations are recorded.
    open: [*mut Pool; CLASSES + 1],
    /// For each class, the list of pools with room.
    lists: [*mut Pool; CLASSES + 1],
    recorded: bool,
    empty: *mut Pool,
    /// Every pool ever carved, used or empty.
    pub(crate) all: Vec<NonNull<Pool>>,
    arenas: Vec<NonNull<u8>>,
    /// The part of the last arena that no pool was carved from: its pages were never touched.
    uncarved: (usize, usize),
    pub(crate) large: Vec<*mut LargeHeader>,
}

/// In front of an object of more than [`SMALL`] bytes.
#[repr(C, align(16))]
pub struct LargeHeader {
    /// Its index in [`Pools::large`].
    pub(crate) index: usize,
    /// 0 young, 1 middle, 2 old.
    pub(crate) generation: u8,
    bytes: usize,
}

const LARGE_FRONT: usize = size_of::<LargeHeader>();

impl LargeHeader {
    /// The object behind the header.
    pub fn object(this: *mut LargeHeader) -> *mut Head {
        this.wrapping_byte_add(LARGE_FRONT).cast()
    }

    /// The header in front of a large object.
    pub fn of(object: *const Head) -> *mut LargeHeader {
        object.wrapping_byte_sub(LARGE_FRONT).cast_mut().cast()
    }
}

impl Default for Pools {
    fn default() -> Self {
        Self::new()
    }
}

impl Pools {
    pub const fn new() -> Pools {
        Pools {
            open: [ptr::null_mut(); CLASSES + 1],
            lists: [ptr::null_mut(); CLASSES + 1],
            recorded: false,
            empty: ptr::null_mut(),
            all: Vec::new(),
            arenas: Vec::new(),
            uncarved: (0, 0),
            large: Vec::new(),
        }
    }

    /// Room for `bytes` (1 to [`SMALL`]), uninitialised; `None` without memory.
    #[inline]
    pub fn take_small(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let class = bytes.div_ceil(GRAIN);
        let pool = self.open[class];
        if !pool.is_null() {
            // SAFETY: listed pools are live and have room in their free list or their fresh part.
            unsafe {
                let slot = (*pool).free;
                if !slot.is_null() {
                    (*pool).free = (*slot).next;
                    (*pool).used += 1;
                    return NonNull::new(slot.cast());
                }
            }
        }
        self.take_slow(bytes)
    }

    #[cold]
    fn take_slow(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let class = bytes.div_ceil(GRAIN);
        loop {
            let pool = self.lists[class];
            if pool.is_null() {
                self.open_pool(class)?;
                continue;
            }
            // SAFETY: as above; `fresh` runs up to `end` inside the pool.
            unsafe {
                let p = &mut *pool;
                if !p.free.is_null() {
                    let slot = p.free;
                    p.free = (*slot).next;
                    p.used += 1;
                    if self.recorded {
                        recorder::took(slot as usize, bytes);
                    }
                    return NonNull::new(slot.cast());
                }
                if p.fresh < p.end {
                    // A run of fresh slots is threaded at once, so that the fast path finds them.
                    let run = (p.end - p.fresh).div_ceil(p.slot as usize).min(16);
                    for _ in 0..run {
                        let slot = p.fresh as *mut FreeSlot;
                        slot.write(FreeSlot { zero: 0, next: p.free });
                        p.free = slot;
                        p.fresh += p.slot as usize;
                    }
                    continue;
                }
                self.unlist(class, pool);
            }
        }
    }

    fn open_pool(&mut self, class: usize) -> Option<()> {
        if self.empty.is_null() {
            self.carve()?;
        }
        let pool = self.empty;
        let slot = class * GRAIN;
        // SAFETY: empty pools are live memory of one pool each, with no object in them.
        unsafe {
            self.empty = (*pool).next;
            (*pool).tracked = false;
            let start = pool as usize + FIRST;
            (*pool).free = ptr::null_mut();
            (*pool).fresh = start;
            (*pool).end = start + (POOL - FIRST) / slot * slot;
            (*pool).used = 0;
            (*pool).slot = slot as u32;
            self.list(class, pool, ptr::null_mut());
        }
        Some(())
    }

    /// One more empty pool.
    fn carve(&mut self) -> Option<()> {
        if self.uncarved.0 == self.uncarved.1 {
            self.arenas.try_reserve(1).ok()?;
            self.all.try_reserve(ARENA / POOL).ok()?;
            let layout = Layout::from_size_align(ARENA, POOL).ok()?;
            // SAFETY: the layout is not empty.
            let base = NonNull::new(recorder::quietly(|| unsafe { alloc(layout) }))?;
            self.arenas.push(base);
            self.uncarved = (base.as_ptr() as usize, base.as_ptr() as usize + ARENA);
        }
        let pool = self.uncarved.0 as *mut Pool;
        self.uncarved.0 += POOL;
        // SAFETY: a part of an arena that is used by nobody; room in `all` was reserved for all parts.
        unsafe {
            pool.write(Pool {
                free: ptr::null_mut(),
                fresh: 0,
                end: 0,
                used: 0,
                slot: 0,
                next: self.empty,
                previous: ptr::null_mut(),
                listed: false,
                direct: false,
                dirty: false,
                tracked: false,
                young: [0; WORDS],
                middle: [0; WORDS],
            });
            self.empty = pool;
            self.all.push(NonNull::new_unchecked(pool));
        }
        Some(())
    }

    /// Lists a pool behind `previous`, or as the first if that is null.
    ///
    /// # Safety
    /// `pool` is live and not listed, `previous` is listed.
    unsafe fn list(&mut self, class: usize, pool: *mut Pool, previous: *mut Pool) {
        // SAFETY: listed pools are live.
        unsafe {
            let next = if previous.is_null() { self.lists[class] } else { (*previous).next };
            (*pool).next = next;
            (*pool).previous = previous;
            (*pool).listed = true;
            (*pool).direct = !self.recorded;
            if !next.is_null() {
                (*next).previous = pool;
            }
            if previous.is_null() {
                self.set_first(class, pool);
            } else {
                (*previous).next = pool;
            }
        }
    }

    fn set_first(&mut self, class: usize, pool: *mut Pool) {
        self.lists[class] = pool;
        if !self.recorded {
            self.open[class] = pool;
        }
    }

    /// # Safety
    /// `pool` is in the list of `class`.
    unsafe fn unlist(&mut self, class: usize, pool: *mut Pool) {
        unsafe {
            let (previous, next) = ((*pool).previous, (*pool).next);
            if previous.is_null() {
                self.set_first(class, next);
            } else {
                (*previous).next = next;
            }
            if !next.is_null() {
                (*next).previous = previous;
            }
            (*pool).listed = false;
            (*pool).direct = false;
        }
    }

    /// Has every object noted by the [`recorder`], or no longer.
    pub fn set_recorded(&mut self, recorded: bool) {
        self.recorded = recorded;
        self.open = if recorded { [ptr::null_mut(); CLASSES + 1] } else { self.lists };
        for pool in &self.all {
            // SAFETY: pools live as long as the heap.
            unsafe { (*pool.as_ptr()).direct = (*pool.as_ptr()).listed && !recorded };
        }
    }

    /// Gives a small slot back.
    ///
    /// # Safety
    /// The object is dead, pooled in this heap, and nobody uses its memory again.
    #[inline]
    pub unsafe fn give_small(&mut self, object: *mut Head) {
        unsafe {
            let pool = of(object);
            let slot = object.cast::<FreeSlot>();
            slot.write(FreeSlot { zero: 0, next: (*pool).free });
            (*pool).free = slot;
            (*pool).used -= 1;
            if (*pool).used == 0 || !(*pool).direct {
                self.gave(pool, object);
            }
        }
    }

    #[cold]
    unsafe fn gave(&mut self, pool: *mut Pool, object: *mut Head) {
        if self.recorded {
            recorder::gave(object as usize);
        }
        unsafe {
            let class = (*pool).slot as usize / GRAIN;
            if !(*pool).listed {
                // Behind the one that is being filled: with a handful of free places in front, a loop would fill it up
                // and leave it at every turn.
                self.list(class, pool, self.lists[class]);
            }
            // The last open pool of a class stays, so that a loop of one allocation does not open and close it.
            let alone = (*pool).next.is_null() && (*pool).previous.is_null();
            if (*pool).used == 0 && !alone && !(*pool).dirty {
                self.unlist(class, pool);
                (*pool).slot = 0;
                (*pool).next = self.empty;
                self.empty = pool;
            }
        }
    }

    /// Room for a large object, uninitialised, with its header in front.
    pub fn take_large(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        self.large.try_reserve(1).ok()?;
        let total = bytes.checked_add(LARGE_FRONT)?;
        let layout = Layout::from_size_align(total, GRAIN).ok()?;
        // SAFETY: the layout is not empty; the header is inside the block.
        unsafe {
            let header = recorder::quietly(|| alloc(layout)).cast::<LargeHeader>();
            if header.is_null() {
                return None;
            }
            header.write(LargeHeader { index: self.large.len(), generation: 0, bytes });
            self.large.push(header);
            let object = LargeHeader::object(header);
            if self.recorded {
                recorder::took(object as usize, bytes);
            }
            NonNull::new(object.cast())
        }
    }

    /// Bytes that the object's room has, which may be more than were asked for.
    ///
    /// # Safety
    /// The object is live and of this heap.
    pub unsafe fn room_of(object: *const Head, large: bool) -> usize {
        // SAFETY: I5.
        unsafe { if large { (*LargeHeader::of(object)).bytes } else { (*of(object)).slot as usize } }
    }

    /// Makes a large object's room `bytes` large; the object moves. `None` without memory: it is then as it was.
    ///
    /// # Safety
    /// The object is live, large, of this heap, and only the caller has its address.
    pub unsafe fn resize_large(&mut self, object: *mut Head, bytes: usize) -> Option<*mut Head> {
        let header = LargeHeader::of(object);
        unsafe {
            let old = Layout::from_size_align_unchecked((*header).bytes + LARGE_FRONT, GRAIN);
            let total = bytes.checked_add(LARGE_FRONT).filter(|&n| n <= isize::MAX as usize - GRAIN)?;
            let moved = recorder::quietly(|| std::alloc::realloc(header.cast(), old, total)).cast::<LargeHeader>();
            if moved.is_null() {
                return None;
            }
            (*moved).bytes = bytes;
            self.large[(*moved).index] = moved;
            if self.recorded {
                recorder::gave(object as usize);
                recorder::took(LargeHeader::object(moved) as usize, bytes);
            }
            Some(LargeHeader::object(moved))
        }
    }

    /// Frees a large object.
    ///
    /// # Safety
    /// The object is dead, large, of this heap, and nobody uses its memory again.
    pub unsafe fn give_large(&mut self, object: *mut Head) {
        let header = LargeHeader::of(object);
        unsafe {
            let (index, bytes) = ((*header).index, (*header).bytes);
            self.large.swap_remove(index);
            if let Some(&moved) = self.large.get(index) {
                (*moved).index = index;
            }
            if self.recorded {
                recorder::gave(object as usize);
            }
            let layout = Layout::from_size_align_unchecked(bytes + LARGE_FRONT, GRAIN);
            recorder::quietly(|| dealloc(header.cast(), layout));
        }
    }

    /// Calls `f` with each live pooled object.
    ///
    /// # Safety
    /// `f` neither allocates nor frees.
    pub(crate) unsafe fn each_small(&self, f: impl FnMut(*mut Head)) {
        unsafe { self.each_in(|pool| pool.used > 0, f) }
    }

    /// Calls `f` with each live pooled object that the collector knows.
    ///
    /// # Safety
    /// As [`Pools::each_small`].
    pub(crate) unsafe fn each_tracked(&self, mut f: impl FnMut(*mut Head)) {
        unsafe {
            self.each_in(
                |pool| pool.used > 0 && pool.tracked,
                |object| {
                    if (*object).has(flags::TRACKED) {
                        f(object);
                    }
                },
            )
        }
    }

    unsafe fn each_in(&self, wanted: impl Fn(&Pool) -> bool, mut f: impl FnMut(*mut Head)) {
        for &pool in &self.all {
            // SAFETY: slots from FIRST to `fresh` have been handed out; a free one has a zero first word.
            unsafe {
                let p = pool.as_ptr();
                if (*p).slot == 0 || !wanted(&*p) {
                    continue;
                }
                let mut at = p as usize + FIRST;
                while at < (*p).fresh {
                    if *(at as *const u64) != 0 {
                        f(at as *mut Head);
                    }
                    at += (*p).slot as usize;
                }
            }
        }
    }

    /// Bytes in use by live pooled objects and large ones.
    pub fn bytes_used(&self) -> usize {
        // SAFETY: all pools are live; the large headers too.
        unsafe {
            let small: usize = self.all.iter().map(|p| (*p.as_ptr()).used as usize * (*p.as_ptr()).slot as usize).sum();
            small + self.large.iter().map(|&l| (*l).bytes).sum::<usize>()
        }
    }
}
