//! The heap of one interpreter, and allocation.

use crate::pool::{self, LargeHeader, Pools, SMALL};
use crate::{Head, Object, Ref, Trace, TypeHead, flags};
use std::cell::{Cell, RefCell, UnsafeCell};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU32, Ordering};

/// Memory could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory;

/// What the heap asks of the layer that knows Python. All run with the GIL held.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// The object has weak references and is dying or garbage: clear them (and queue or call their callbacks).
    pub weakrefs: fn(&Object, call: bool),
    /// Runs the object's finaliser (`__del__`, a generator's close), if it has one that has not run.
    pub finalize: fn(&Object),
    /// Whether the object has a finaliser to run.
    pub has_finalizer: fn(&Object) -> bool,
}

/// One interpreter's objects and the collector's state.
pub struct Heap {
    pub(crate) pools: UnsafeCell<Pools>,
    pub(crate) hooks: Cell<Hooks>,
    /// Pools with a bit set in `young` or `middle`.
    pub(crate) dirty: RefCell<Vec<NonNull<pool::Pool>>>,
    /// Tracked allocations minus deallocations since the last young collection; then collections of each younger
    /// generation since the last of the older.
    pub counts: [Cell<i64>; 3],
    thresholds: [Cell<i64>; 3],
    /// The first of [`Heap::counts`] above which somebody is to look whether a collection is due.
    enough: Cell<i64>,
    pub enabled: Cell<bool>,
    pub(crate) collecting: Cell<bool>,
    /// Objects that survived the last full collection, and those promoted to the oldest generation since.
    pub(crate) long_lived: Cell<usize>,
    pub(crate) pending: Cell<usize>,
    /// A word of flags that the interpreter looks at on back-edges and calls, and the bit that asks for a collection.
    breaker: Cell<(*const AtomicU32, u32)>,
    /// See [`Heap::set_stress`].
    stress: Cell<u32>,
    /// Allocations until the next of these.
    pub(crate) stress_left: Cell<u32>,
    /// Live objects allocated (for leak checks).
    pub live: Cell<i64>,
    pub(crate) dying: Cell<u32>,
    pub(crate) delayed: RefCell<Vec<*mut Head>>,
}

thread_local! {
    static CURRENT: Cell<*const Heap> = const { Cell::new(ptr::null()) };
}

impl Heap {
    pub fn new() -> Heap {
        Heap {
            pools: UnsafeCell::new(Pools::new()),
            hooks: Cell::new(Hooks { weakrefs: |_, _| {}, finalize: |_| {}, has_finalizer: |_| false }),
            dirty: RefCell::new(Vec::new()),
            counts: [const { Cell::new(0) }; 3],
            thresholds: [Cell::new(2000), Cell::new(10), Cell::new(10)],
            enough: Cell::new(2000),
            enabled: Cell::new(true),
            collecting: Cell::new(false),
            long_lived: Cell::new(0),
            pending: Cell::new(0),
            breaker: Cell::new((ptr::null(), 0)),
            stress: Cell::new(0),
            stress_left: Cell::new(0),
            live: Cell::new(0),
            dying: Cell::new(0),
            delayed: RefCell::new(Vec::new()),
        }
    }

    /// Makes this heap the one that the calling thread allocates from and frees to. The heap must outlive the thread's
    /// last object: interpreters leak theirs or end the thread first.
    pub fn enter(&'static self) {
        CURRENT.set(self);
    }

    /// The calling thread's heap.
    #[inline(always)]
    pub fn current() -> &'static Heap {
        let heap = CURRENT.get();
        debug_assert!(!heap.is_null(), "no heap on this thread");
        // SAFETY: set by `enter`, which asks for 'static.
        unsafe { &*heap }
    }

    /// Installs the callbacks.
    pub fn set_hooks(&self, hooks: Hooks) {
        self.hooks.set(hooks);
    }

    /// Where to ask for a collection.
    pub fn set_breaker(&self, word: &'static AtomicU32, bit: u32) {
        self.breaker.set((word, bit));
    }

    /// How deep the running thread is in deallocations: to be saved and restored when threads change.
    pub fn dying_depth(&self) -> u32 {
        self.dying.get()
    }

    /// See [`Heap::dying_depth`].
    pub fn set_dying_depth(&self, depth: u32) {
        self.dying.set(depth);
    }

    /// Starts a new record of allocations with so many frames of each, or ends it. See [`recorder`](crate::recorder).
    pub fn set_recorded(&self, record: Option<(crate::recorder::Walk, usize)>) {
        match record {
            Some((walk, most)) => crate::recorder::start(walk, most),
            None => crate::recorder::stop(),
        }
        crate::allocator::set_recorded(record.is_some());
        // SAFETY: I3.
        unsafe { (*self.pools.get()).set_recorded(record.is_some()) };
    }

    /// Bytes in live objects.
    pub fn bytes_used(&self) -> usize {
        // SAFETY: I3.
        unsafe { (*self.pools.get()).bytes_used() }
    }

    /// What a generation's count must exceed for its collection; 0 in the youngest: nothing is collected.
    pub fn threshold(&self, generation: usize) -> i64 {
        self.thresholds[generation].get()
    }

    pub fn set_threshold(&self, generation: usize, threshold: i64) {
        self.thresholds[generation].set(threshold);
        self.set_enough();
    }

    /// `-X gc-stress=N`: asks for a full collection at every `period`-th tracked allocation; 0 for no.
    pub fn set_stress(&self, period: u32) {
        self.stress.set(period);
        self.set_enough();
    }

    pub(crate) fn stress(&self) -> u32 {
        self.stress.get()
    }

    fn set_enough(&self) {
        self.enough.set(match self.threshold(0) {
            _ if self.stress() != 0 => i64::MIN,
            0 => i64::MAX,
            threshold => threshold,
        });
    }

    #[cold]
    fn ask_for_collection(&self) {
        let (word, bit) = self.breaker.get();
        if !word.is_null() && self.enabled.get() {
            // SAFETY: 'static by `set_breaker`.
            unsafe { (*word).fetch_or(bit, Ordering::Relaxed) };
        }
    }

    /// Marks a fresh object as young and tracked.
    #[inline]
    pub(crate) fn track_new(&self, object: *mut Head) {
        // SAFETY: the object was just written; I5 tells pooled from large.
        unsafe {
            let head = &*object;
            head.set_flag(flags::TRACKED);
            if head.has(flags::LARGE) {
                (*LargeHeader::of(object)).generation = 0;
            } else {
                let pool = pool::of(object);
                let granule = pool::granule(object);
                (*pool).young[granule / 64] |= 1 << (granule % 64);
                if !(*pool).dirty {
                    self.soil(pool);
                }
            }
        }
        let count = self.counts[0].get() + 1;
        self.counts[0].set(count);
        if count > self.enough.get() {
            self.ask_for_collection();
        }
    }

    #[cold]
    fn soil(&self, pool: *mut pool::Pool) {
        // SAFETY: `pool` is the live pool of a live object.
        unsafe {
            (*pool).dirty = true;
            (*pool).tracked = true;
            self.dirty.borrow_mut().push(NonNull::new_unchecked(pool));
        }
    }

    /// Takes an object out of the collector's sight (before its death, or because it can be in no cycle).
    #[inline]
    pub fn untrack(&self, head: &Head) {
        if head.has(flags::TRACKED) {
            head.clear_flag(flags::TRACKED);
            if !head.has(flags::LARGE) {
                // SAFETY: I5.
                unsafe {
                    let pool = pool::of(head);
                    let granule = pool::granule(head);
                    let mask = !(1 << (granule % 64));
                    (*pool).young[granule / 64] &= mask;
                    (*pool).middle[granule / 64] &= mask;
                }
            }
            let count = self.counts[0].get();
            if count > 0 {
                self.counts[0].set(count - 1);
            }
        }
    }

    /// Makes an object known to the collector (again).
    pub fn track(&self, head: &Head) {
        if !head.has(flags::TRACKED) && !head.is_immortal() {
            self.track_new((head as *const Head).cast_mut());
        }
    }

    /// Raw room for an object of `bytes`, and whether it is large.
    #[inline]
    pub(crate) fn room(&self, bytes: usize) -> Result<(NonNull<u8>, bool), OutOfMemory> {
        // SAFETY: I3: one thread at a time; the pools call nothing back.
        let pools = unsafe { &mut *self.pools.get() };
        if bytes <= SMALL {
            Ok((pools.take_small(bytes).ok_or(OutOfMemory)?, false))
        } else {
            Ok((pools.take_large(bytes).ok_or(OutOfMemory)?, true))
        }
    }

    /// Gives back the memory of a dead object.
    ///
    /// # Safety
    /// Its body has been dropped and nobody uses it again; the object is of this heap.
    #[inline]
    pub unsafe fn free(&self, object: *mut Head) {
        unsafe {
            debug_assert!(!(*object).has(flags::TRACKED));
            let pools = &mut *self.pools.get();
            if (*object).has(flags::LARGE) {
                pools.give_large(object);
            } else {
                pools.give_small(object);
            }
        }
    }
}

impl Default for Heap {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes the head of a new object in `room`, and counts the type.
///
/// # Safety
/// The room is as large as `kind` says; the body is complete when the object is seen next.
#[inline]
pub(crate) unsafe fn finish(heap: &Heap, room: NonNull<u8>, large: bool, kind: *const TypeHead) {
    let object = room.as_ptr().cast::<Head>();
    unsafe {
        (*object).count.set(1);
        (*object).flags.set(if large { flags::LARGE } else { 0 });
        (*object).kind.set(kind);
        if (*kind).counted.get() {
            (*kind).head.incref();
        }
        if (*kind).tracked.get() {
            heap.track_new(object);
        }
    }
}

/// Room for an instance of `kind` of that many bytes, known to the collector, and the flags that its head has.
///
/// # Safety
/// The caller writes the body, and the head with these flags, before anything else is done.
#[inline(never)]
unsafe fn reserve(kind: *const TypeHead, bytes: usize) -> Result<(NonNull<u8>, u32), OutOfMemory> {
    let heap = Heap::current();
    let (room, large) = heap.room(bytes)?;
    unsafe {
        finish(heap, room, large, kind);
        Ok((room, room.cast::<Head>().as_ref().flags()))
    }
}

/// A new object of type `kind` with the given body, which is put together in its place: a body that is made elsewhere
/// and moved is read back before the processor has written it.
///
/// # Safety
/// `kind` is a live type whose instances have body `T` and no further room (I2).
#[inline(always)]
pub unsafe fn alloc<T: Trace>(kind: *const TypeHead, body: T) -> Result<Ref<T>, OutOfMemory> {
    // SAFETY: nothing lies behind the body.
    unsafe { alloc_behind(kind, body, 0) }
}

/// Zeroes the words from `at` to `end`; not a call of memset for a handful of words.
///
/// # Safety
/// They may be written.
#[inline(always)]
pub unsafe fn clear_words(mut at: *mut u64, end: *mut u64) {
    // SAFETY: as said.
    unsafe {
        while end.offset_from(at) >= 4 {
            at.write_volatile(0);
            at.add(1).write_volatile(0);
            at.add(2).write_volatile(0);
            at.add(3).write_volatile(0);
            at = at.add(4);
        }
        while at < end {
            at.write_volatile(0);
            at = at.add(1);
        }
    }
}

/// A new object with `extra` zeroed bytes, whole words, behind its body (slots and attributes of a class made at run time).
///
/// # Safety
/// As [`alloc`]; the type reads the extra bytes as words for which zero is empty.
#[inline(never)]
pub unsafe fn alloc_extra<T: Trace>(kind: *const TypeHead, body: T, extra: usize) -> Result<Ref<T>, OutOfMemory> {
    unsafe {
        let object = alloc_behind(kind, body, extra)?;
        let first = object.as_ptr().add(1).cast_mut().cast::<u64>();
        clear_words(first, first.byte_add(extra));
        Ok(object)
    }
}

/// A new object with `extra` bytes of garbage behind its body.
///
/// # Safety
/// As [`alloc`]; the caller writes there what the body's functions read before anything else is done.
#[inline(always)]
pub unsafe fn alloc_behind<T: Trace>(kind: *const TypeHead, body: T, extra: usize) -> Result<Ref<T>, OutOfMemory> {
    unsafe {
        let (room, flags) = reserve(kind, size_of::<T>().checked_add(extra).ok_or(OutOfMemory)?)?;
        room.cast::<T>().write(body);
        let head = room.cast::<Head>().as_ref();
        head.count.set(1);
        head.flags.set(flags);
        head.kind.set(kind);
        Ok(Ref::from_raw(room.cast::<T>().as_ptr()))
    }
}
