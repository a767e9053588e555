//! The cycle collector: three generations, CPython 3.13's and 3.14.5's policy.
//!
//! For the objects of the generations under examination: start from their reference counts, take away every reference
//! that comes from one of them; what is left above zero is held from outside, and so is all that it reaches. The rest is
//! garbage: its weak references are cleared, its finalisers run, and if nothing came back to life it is taken apart.

use crate::pool::{self, GRAIN, LargeHeader, POOL};
use crate::{Head, Heap, Object, flags};
use std::ptr::NonNull;

/// The count slot of an object that is not under examination.
const OUTSIDE: u32 = u32::MAX;
/// The count slot of an object found reachable.
const REACHABLE: u32 = u32::MAX - 1;

/// What a collection did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Garbage objects taken apart.
    pub collected: usize,
    /// Objects under examination.
    pub candidates: usize,
}

/// The count slot of a tracked object, `None` if its pool has none (no object of it is under examination).
#[inline]
fn slot(head: &Head) -> Option<NonNull<u32>> {
    // SAFETY: I5.
    unsafe {
        if head.has(flags::LARGE) {
            return Some(NonNull::new_unchecked(&raw mut (*LargeHeader::of(head)).count));
        }
        let pool = pool::of(head);
        let counts = (*pool).counts.as_mut()?;
        Some(NonNull::from(&mut counts[pool::granule(head)]))
    }
}

fn slot_or_make(head: &Head) -> NonNull<u32> {
    // SAFETY: I5.
    unsafe {
        if !head.has(flags::LARGE) {
            (*pool::of(head)).counts.get_or_insert_with(|| Box::new([OUTSIDE; POOL / GRAIN]));
        }
    }
    slot(head).expect("just made")
}

/// Calls `visit` with each reference that a live object owns.
///
/// `visit` must run no Python code.
pub fn trace(object: &Object, visit: &mut dyn FnMut(&Object)) {
    if let Some(head) = object.head() {
        // SAFETY: I1, I2.
        unsafe { ((*head.kind()).trace.get())(head, visit) }
    }
}

fn trace_tracked(object: *mut Head, mut visit: impl FnMut(&Head)) {
    // SAFETY: I1, I2; visitors run no Python code.
    unsafe {
        ((*(*object).kind()).trace.get())(object, &mut |child| {
            if let Some(head) = child.head()
                && head.has(flags::TRACKED)
            {
                visit(head);
            }
        });
    }
}

impl Heap {
    /// Whether a collection is under way.
    pub fn is_collecting(&self) -> bool {
        self.collecting.get()
    }

    /// The collection that the counts ask for, if any: the oldest generation whose count is above its threshold.
    pub fn collect_due(&self) -> Option<usize> {
        if !self.enabled.get() || self.collecting.get() {
            return None;
        }
        if self.stress.get() {
            return Some(2);
        }
        for generation in (0..3).rev() {
            let threshold = self.thresholds[generation].get();
            if threshold == 0 && generation == 0 {
                return None;
            }
            if self.counts[generation].get() > threshold && threshold != 0 {
                // A full collection pays only when the long-lived objects have grown by a quarter.
                if generation == 2 && self.pending.get() < self.long_lived.get() / 4 {
                    continue;
                }
                return Some(generation);
            }
        }
        None
    }

    /// The tracked objects of the generations up to `generation`, taken out of the young bitmaps.
    fn gather(&self, generation: usize) -> Vec<*mut Head> {
        let mut found = Vec::new();
        // SAFETY: I3; nothing is allocated from the pools while we look.
        unsafe {
            let pools = &*self.pools.get();
            if generation == 2 {
                pools.each_small(|object| {
                    if (*object).has(flags::TRACKED) && !(*object).has(flags::FROZEN) {
                        found.push(object);
                    }
                });
            }
            self.dirty.borrow_mut().retain(|pool| {
                let pool = pool.as_ptr();
                for word in 0..(*pool).young.len() {
                    let mut bits = (*pool).young[word];
                    (*pool).young[word] = 0;
                    if generation > 0 {
                        bits |= (*pool).middle[word];
                        (*pool).middle[word] = 0;
                    }
                    while bits != 0 && generation < 2 {
                        let bit = bits.trailing_zeros() as usize;
                        bits &= bits - 1;
                        found.push((pool as usize + (word * 64 + bit) * GRAIN) as *mut Head);
                    }
                }
                let dirty = (*pool).middle.iter().any(|&w| w != 0);
                (*pool).dirty = dirty;
                dirty
            });
            for &large in &pools.large {
                let object = LargeHeader::object(large);
                if (*large).generation as usize <= generation
                    && (*object).has(flags::TRACKED)
                    && !(*object).has(flags::FROZEN)
                {
                    found.push(object);
                }
            }
        }
        found
    }

    /// Puts a survivor into the generation after `generation`.
    fn promote(&self, object: *mut Head, generation: usize) {
        // SAFETY: the object is live (I5 tells where its generation stands).
        unsafe {
            if (*object).has(flags::LARGE) {
                (*LargeHeader::of(object)).generation = (generation + 1).min(2) as u8;
            } else if generation == 0 {
                let (pool, granule) = (pool::of(object), pool::granule(object));
                (*pool).middle[granule / 64] |= 1 << (granule % 64);
                if !(*pool).dirty {
                    (*pool).dirty = true;
                    self.dirty.borrow_mut().push(NonNull::new_unchecked(pool));
                }
            }
        }
    }

    /// Of `objects` (each held by `holds` counts of ours), those that nothing outside reaches. Leaves no count behind.
    fn unreachable(objects: &[*mut Head], holds: u32) -> Vec<bool> {
        // SAFETY: the objects are live; visitors only touch the count slots.
        unsafe {
            for &object in objects {
                *slot_or_make(&*object).as_ptr() = (*object).count() - holds;
            }
            for &object in objects {
                trace_tracked(object, |child| {
                    if let Some(count) = slot(child)
                        && *count.as_ptr() < REACHABLE
                    {
                        let count = count.as_ptr();
                        debug_assert!(*count > 0, "more references inside than the count says");
                        *count = (*count).saturating_sub(1);
                    }
                });
            }
            let mut work: Vec<*mut Head> = Vec::new();
            for &object in objects {
                let count = slot_or_make(&*object).as_ptr();
                if *count > 0 && *count < REACHABLE {
                    *count = REACHABLE;
                    work.push(object);
                }
                while let Some(next) = work.pop() {
                    trace_tracked(next, |child| {
                        if let Some(count) = slot(child)
                            && *count.as_ptr() < REACHABLE
                        {
                            *count.as_ptr() = REACHABLE;
                            work.push((child as *const Head).cast_mut());
                        }
                    });
                }
            }
            let result = objects.iter().map(|&object| *slot_or_make(&*object).as_ptr() != REACHABLE).collect();
            for &object in objects {
                *slot_or_make(&*object).as_ptr() = OUTSIDE;
            }
            result
        }
    }

    fn drop_counts(&self, objects: &[*mut Head]) {
        for &object in objects {
            // SAFETY: live objects.
            unsafe {
                if !(*object).has(flags::LARGE) {
                    (*pool::of(object)).counts = None;
                }
            }
        }
    }

    /// Collects `generation` (0 to 2) and the younger ones. Garbage goes to `save` instead of being taken apart if that
    /// is given (`gc.DEBUG_SAVEALL`).
    pub fn collect(&self, generation: usize, mut save: Option<&mut Vec<Object>>) -> Outcome {
        if self.collecting.replace(true) {
            return Outcome::default();
        }
        let objects = self.gather(generation);
        if generation < 2 {
            self.counts[generation + 1].set(self.counts[generation + 1].get() + 1);
        }
        for younger in 0..=generation {
            self.counts[younger].set(0);
        }
        let garbage = Self::unreachable(&objects, 0);
        self.drop_counts(&objects);
        // SAFETY: every object is live: its count is above zero until we drop ours.
        let mut held: Vec<Object> = unsafe {
            objects.iter().zip(&garbage).filter(|(_, garbage)| **garbage).map(|(&o, _)| Object::from_head(o)).collect()
        };
        for &object in &objects {
            self.promote(object, generation);
        }
        match generation {
            2 => {
                self.long_lived.set(objects.len() - held.len());
                self.pending.set(0);
            }
            1 => self.pending.set(self.pending.get() + objects.len() - held.len()),
            _ => {}
        }
        let candidates = objects.len();
        drop(objects);
        let collected = self.bury(&mut held, &mut save);
        self.collecting.set(false);
        Outcome { collected, candidates }
    }

    /// Takes garbage apart; gives how many objects no finaliser brought back.
    fn bury(&self, held: &mut Vec<Object>, save: &mut Option<&mut Vec<Object>>) -> usize {
        let hooks = self.hooks.get();
        let heads = |held: &[Object]| held.iter().map(|o| o.as_ptr().cast_mut()).collect::<Vec<_>>();
        let marked = |held: &[Object], on: bool| {
            for head in held.iter().filter_map(Object::head) {
                if on { head.set_flag(flags::GARBAGE) } else { head.clear_flag(flags::GARBAGE) }
            }
        };
        marked(held, true);
        for object in held.iter().filter(|o| o.head().is_some_and(|h| h.has(flags::HAS_WEAKREFS))) {
            (hooks.weakrefs)(object, true);
        }
        marked(held, false);
        let mut finalized = false;
        for object in held.iter() {
            if (hooks.has_finalizer)(object) {
                (hooks.finalize)(object);
                finalized = true;
            }
        }
        if finalized {
            let objects = heads(held);
            let garbage = Self::unreachable(&objects, 1);
            self.drop_counts(&objects);
            let mut still = garbage.iter();
            held.retain(|_| *still.next().expect("one each"));
        }
        // A finaliser may have made weak references to what goes now.
        for object in held.iter().filter(|o| finalized && o.head().is_some_and(|h| h.has(flags::HAS_WEAKREFS))) {
            (hooks.weakrefs)(object, false);
        }
        let collected = held.len();
        if let Some(save) = save {
            save.append(held);
            return collected;
        }
        for object in held.iter() {
            if let Some(head) = object.head().filter(|h| h.count() > 1) {
                // SAFETY: I2; the object is held by us.
                unsafe { ((*head.kind()).clear.get())(head) }
            }
        }
        while held.pop().is_some() {}
        collected
    }

    /// All tracked objects of a generation (`None`: of all), for `gc.get_objects`.
    pub fn objects(&self, generation: Option<usize>) -> Vec<Object> {
        let mut found = Vec::new();
        // SAFETY: I3; counting up neither allocates nor frees.
        unsafe {
            let pools = &*self.pools.get();
            let mut consider = |object: *mut Head, age: usize| {
                let head = &*object;
                if head.has(flags::TRACKED)
                    && !head.has(flags::FROZEN)
                    && head.count() > 0
                    && generation.is_none_or(|g| g == age)
                {
                    found.push(Object::from_head(object));
                }
            };
            pools.each_small(|object| {
                let (pool, granule) = (pool::of(object), pool::granule(object));
                let bit = 1 << (granule % 64);
                let age = match () {
                    () if (*pool).young[granule / 64] & bit != 0 => 0,
                    () if (*pool).middle[granule / 64] & bit != 0 => 1,
                    () => 2,
                };
                consider(object, age);
            });
            for &large in &pools.large {
                consider(LargeHeader::object(large), usize::from((*large).generation));
            }
        }
        found
    }

    /// Sets or clears the frozen mark of every tracked object (`gc.freeze`); returns how many are frozen after it.
    pub fn freeze(&self, on: bool) -> usize {
        let mut count = 0;
        // SAFETY: as `objects`.
        unsafe {
            let pools = &*self.pools.get();
            let mut mark = |object: *mut Head| {
                if (*object).has(flags::TRACKED) {
                    if on {
                        (*object).set_flag(flags::FROZEN)
                    } else {
                        (*object).clear_flag(flags::FROZEN)
                    }
                    count += usize::from(on);
                }
            };
            pools.each_small(&mut mark);
            for &large in &pools.large {
                mark(LargeHeader::object(large));
            }
        }
        count
    }

    /// How many objects are frozen.
    pub fn frozen(&self) -> usize {
        let mut count = 0;
        // SAFETY: as `objects`.
        unsafe {
            let pools = &*self.pools.get();
            pools.each_small(|object| count += usize::from((*object).has(flags::FROZEN)));
            count += pools.large.iter().filter(|&&large| (*LargeHeader::object(large)).has(flags::FROZEN)).count();
        }
        count
    }
}
