//! The cycle collector: three generations, CPython 3.13's and 3.14.5's policy.
//!
//! For the objects of the generations under examination: start from their reference counts, take away every reference
//! that comes from one of them; what is left above zero is held from outside, and so is all that it reaches. The rest is
//! garbage: its weak references are cleared, its finalisers run, and if nothing came back to life it is taken apart.

use crate::pool::{self, GRAIN, LargeHeader};
use crate::trace::{Many, Visitor, examine, held_outside, settle};
use crate::{Head, Heap, Object, TupleBody, flags};
use std::ptr::NonNull;

/// What a collection did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Garbage objects taken apart.
    pub collected: usize,
    /// Objects under examination.
    pub candidates: usize,
}

/// Calls `visit` with each reference that a live object owns.
///
/// `visit` must run no Python code.
pub fn trace(object: &Object, visit: &mut dyn FnMut(&Object)) {
    if let Some(head) = object.head() {
        // SAFETY: I1, I2.
        unsafe { ((*head.kind()).trace.get())(head, &mut Visitor::new(visit)) }
    }
}

/// Whether the collector never knows what the reference leads to.
fn never_tracked(object: &Object) -> bool {
    object.head().is_none_or(|head| {
        // SAFETY: I1.
        let kind = unsafe { &*head.kind() };
        !kind.tracked.get() || kind.fades.get() && !head.has(flags::TRACKED)
    })
}

impl Heap {
    /// Whether a collection is under way.
    pub fn is_collecting(&self) -> bool {
        self.collecting.get()
    }

    /// While `on`, no collection starts: one is announced or reported.
    pub fn hold_collections(&self, on: bool) {
        self.collecting.set(on);
    }

    /// The collection that the counts ask for, if any: the oldest generation whose count is above its threshold.
    pub fn collect_due(&self) -> Option<usize> {
        if !self.enabled.get() || self.collecting.get() {
            return None;
        }
        let period = self.stress();
        if period != 0 {
            let left = self.stress_left.get().min(period);
            self.stress_left.set(if left <= 1 { period } else { left - 1 });
            if left <= 1 {
                return Some(2);
            }
        }
        for generation in (0..3).rev() {
            let threshold = self.threshold(generation);
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

    /// Puts the tracked objects of the generations up to `generation` under examination, and takes them out of the young
    /// bitmaps.
    fn gather(&self, generation: usize, many: &mut Many) -> Vec<*mut Head> {
        let mut found = Vec::new();
        let mut take = |object: *mut Head| {
            // SAFETY: a live object, which it stays until this collection lets go of it.
            unsafe { examine(&*object, (*object).count(), many) };
            found.push(object);
        };
        // SAFETY: I3; nothing is allocated from the pools while we look.
        unsafe {
            let pools = &*self.pools.get();
            if generation == 2 {
                pools.each_tracked(|object| {
                    if !(*object).has(flags::FROZEN) {
                        take(object);
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
                        take((pool as usize + (word * 64 + bit) * GRAIN) as *mut Head);
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
                    (*large).generation = (generation + 1).min(2) as u8;
                    take(object);
                }
            }
        }
        found
    }

    /// Puts the survivors of a young collection into the middle generation.
    fn promote(&self, objects: &[*mut Head]) {
        for &object in objects {
            // SAFETY: the object is live (I5 tells where its generation stands).
            unsafe {
                if !(*object).has(flags::LARGE) && (*object).has(flags::TRACKED) {
                    let (pool, granule) = (pool::of(object), pool::granule(object));
                    (*pool).middle[granule / 64] |= 1 << (granule % 64);
                    if !(*pool).dirty {
                        (*pool).dirty = true;
                        self.dirty.borrow_mut().push(NonNull::new_unchecked(pool));
                    }
                }
            }
        }
    }

    /// Settles those of `objects`, all under examination, that something outside reaches; gives how many they are.
    fn examine(&self, objects: &[*mut Head], many: &mut Many) -> usize {
        let mut settled = 0;
        // SAFETY: the objects are live; visitors only touch their flags.
        unsafe {
            let mut subtract = Visitor::subtract(many);
            for &object in objects {
                ((*(*object).kind()).trace.get())(object, &mut subtract);
            }
            let mut reach = Visitor::reach();
            for &object in objects {
                if !held_outside(&*object) {
                    continue;
                }
                settle(&*object);
                let mut next = Some(object.cast_const());
                while let Some(object) = next {
                    settled += 1;
                    let kind = &*(*object).kind();
                    if kind.fades.get() && (*object.cast::<TupleBody>()).items().iter().all(never_tracked) {
                        self.untrack(&*object);
                    } else {
                        (kind.trace.get())(object, &mut reach);
                    }
                    next = reach.next();
                }
            }
        }
        settled
    }

    /// Collects `generation` (0 to 2) and the younger ones. Garbage goes to `save` instead of being taken apart if that
    /// is given (`gc.DEBUG_SAVEALL`).
    pub fn collect(&self, generation: usize, mut save: Option<&mut Vec<Object>>) -> Outcome {
        if self.collecting.replace(true) {
            return Outcome::default();
        }
        let mut many = Many::new();
        let objects = self.gather(generation, &mut many);
        if generation < 2 {
            self.counts[generation + 1].set(self.counts[generation + 1].get() + 1);
        }
        for younger in 0..=generation {
            self.counts[younger].set(0);
        }
        let settled = self.examine(&objects, &mut many);
        let mut held: Vec<Object> = Vec::with_capacity(objects.len() - settled);
        if settled < objects.len() {
            for &object in &objects {
                // SAFETY: every object is live: its count is above zero until we drop ours.
                unsafe {
                    if (*object).has(flags::EXAMINED) {
                        settle(&*object);
                        held.push(Object::from_head(object));
                    }
                }
            }
        }
        if generation == 0 {
            self.promote(&objects);
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
            let objects: Vec<*mut Head> = held.iter().map(|o| o.as_ptr().cast_mut()).collect();
            let mut many = Many::new();
            for head in held.iter().filter_map(Object::head) {
                examine(head, head.count() - 1, &mut many);
            }
            self.examine(&objects, &mut many);
            held.retain(|object| {
                object.head().is_some_and(|head| {
                    let garbage = head.has(flags::EXAMINED);
                    settle(head);
                    garbage
                })
            });
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
        // What dies in this may have weak references that are garbage, too: nobody calls their callbacks.
        marked(held, true);
        for object in held.iter() {
            if let Some(head) = object.head().filter(|h| h.count() > 1) {
                // SAFETY: I2; the object is held by us.
                unsafe { ((*head.kind()).clear.get())(head) }
            }
        }
        while let Some(object) = held.pop() {
            object.head().inspect(|head| head.clear_flag(flags::GARBAGE));
        }
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
            pools.each_tracked(|object| {
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
            pools.each_tracked(&mut mark);
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
            pools.each_tracked(|object| count += usize::from((*object).has(flags::FROZEN)));
            count += pools.large.iter().filter(|&&large| (*LargeHeader::object(large)).has(flags::FROZEN)).count();
        }
        count
    }
}
