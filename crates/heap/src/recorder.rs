//! A record of allocations, for `tracemalloc`: each block with the frames that asked for it.
//!
//! While nobody records this costs nothing on the way of an allocation: pools show their open lists, and blocks below a
//! limit go straight to the allocator. Recording empties the lists' heads and sets the limit to 0, so that every block
//! takes the way out of line that was there before ([`Pools`](crate::pool::Pools), [`Allocator`](crate::Allocator)).
//!
//! The record belongs to the process, as its allocator does: any thread may allocate, so it lies behind a lock.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A line of a file; the file is the word of a string that is never freed, 0 if unknown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    pub file: u64,
    pub line: u32,
}

/// Calls the function with the frames of the calling thread, the innermost first, `most` at most; gives how many there
/// are in all. It may neither allocate objects nor run Python code.
pub type Walk = fn(most: usize, each: &mut dyn FnMut(Place)) -> usize;

/// Addresses are spread well enough by one multiplication.
#[derive(Default)]
pub struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<Spread>>;

/// A recorded block.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    pub size: usize,
    /// Of the traceback, in [`Record::traceback`].
    pub traceback: u32,
}

/// What is recorded.
pub struct Record {
    walk: Walk,
    most: usize,
    blocks: Map<usize, Block>,
    /// Each traceback once, with the number of frames that there were in all.
    tracebacks: Vec<(Box<[Place]>, usize)>,
    known: Map<(Box<[Place]>, usize), u32>,
    scratch: Vec<Place>,
    used: usize,
    peak: usize,
}

impl Record {
    /// Bytes in recorded blocks now, and at most since [`reset_peak`].
    pub fn used(&self) -> (usize, usize) {
        (self.used, self.peak)
    }

    /// How many frames are recorded at most.
    pub fn most(&self) -> usize {
        self.most
    }

    /// All blocks, in no order.
    pub fn blocks(&self) -> impl Iterator<Item = Block> + '_ {
        self.blocks.values().copied()
    }

    /// The block that starts at an address.
    pub fn block(&self, address: usize) -> Option<Block> {
        self.blocks.get(&address).copied()
    }

    /// The frames of a traceback, the innermost first, and how many there were.
    pub fn traceback(&self, number: u32) -> (&[Place], usize) {
        self.tracebacks.get(number as usize).map_or((&[], 0), |(places, total)| (places, *total))
    }

    /// Bytes that the record itself takes, roughly.
    pub fn bytes(&self) -> usize {
        let frames: usize = self.tracebacks.iter().map(|(places, _)| size_of_val::<[Place]>(places)).sum();
        self.blocks.capacity() * (size_of::<(usize, Block)>() + 1)
            + 2 * frames
            + self.tracebacks.capacity() * 2 * size_of::<(Box<[Place]>, usize)>()
    }

    fn add(&mut self, address: usize, size: usize) {
        self.scratch.clear();
        let scratch = &mut self.scratch;
        let total = (self.walk)(self.most, &mut |place| scratch.push(place));
        let key = (Box::from(&self.scratch[..]), total);
        let traceback = match self.known.get(&key) {
            Some(known) => *known,
            None => {
                let number = self.tracebacks.len() as u32;
                self.tracebacks.push(key.clone());
                self.known.insert(key, number);
                number
            }
        };
        if let Some(old) = self.blocks.insert(address, Block { size, traceback }) {
            self.used -= old.size;
        }
        self.used += size;
        self.peak = self.peak.max(self.used);
    }

    fn remove(&mut self, address: usize) {
        if let Some(old) = self.blocks.remove(&address) {
            self.used -= old.size;
        }
    }

    fn clear(&mut self) {
        *self = Record::new(self.walk, self.most);
    }

    fn new(walk: Walk, most: usize) -> Record {
        Record {
            walk,
            most,
            blocks: Map::default(),
            tracebacks: Vec::new(),
            known: Map::default(),
            scratch: Vec::new(),
            used: 0,
            peak: 0,
        }
    }
}

static RECORD: Mutex<Option<Record>> = Mutex::new(None);
static ON: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// This thread is inside the record, or allocates what is recorded otherwise. Of the thread's native code, not of
    /// an interpreter.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

fn record() -> MutexGuard<'static, Option<Record>> {
    RECORD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether allocations are recorded.
#[inline]
pub fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Runs `work` without recording what it allocates and frees.
pub fn quietly<R>(work: impl FnOnce() -> R) -> R {
    let before = BUSY.replace(true);
    let result = work();
    BUSY.set(before);
    result
}

/// Runs `fork`, which must not find the record half changed in the child.
pub fn around_fork<R>(fork: impl FnOnce() -> R) -> R {
    let _record = record();
    quietly(fork)
}

/// Looks at the record; `None` if nothing is recorded. `look` allocates no objects.
pub fn with<R>(look: impl FnOnce(&mut Record) -> R) -> Option<R> {
    quietly(|| record().as_mut().map(look))
}

/// Notes a new block.
#[cold]
pub(crate) fn took(address: usize, size: usize) {
    if !BUSY.get() {
        with(|record| record.add(address, size));
    }
}

/// Notes the end of a block; one that was never noted is none of ours.
#[cold]
pub(crate) fn gave(address: usize) {
    if !BUSY.get() {
        with(|record| record.remove(address));
    }
}

/// From now on the allocator's blocks are noted; [`Heap::set_recorded`](crate::Heap::set_recorded) does it for objects.
pub(crate) fn start(walk: Walk, most: usize) {
    quietly(|| *record() = Some(Record::new(walk, most)));
    ON.store(true, Ordering::Relaxed);
}

pub(crate) fn stop() {
    ON.store(false, Ordering::Relaxed);
    quietly(|| *record() = None);
}

/// Forgets all blocks.
pub fn clear() {
    with(Record::clear);
}

/// What is in use now is the most so far.
pub fn reset_peak() {
    with(|record| record.peak = record.used);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_noted_with_their_frames_and_forgotten() {
        fn walk(most: usize, each: &mut dyn FnMut(Place)) -> usize {
            (1..=3).take(most).for_each(|line| each(Place { file: 0, line }));
            3
        }
        let mut record = Record::new(walk, 2);
        record.add(0x1000, 40);
        record.add(0x2000, 60);
        assert_eq!(record.used(), (100, 100));
        record.remove(0x1000);
        record.remove(0x9000);
        assert_eq!(record.used(), (60, 100));
        let block = record.block(0x2000).unwrap();
        let (places, total) = record.traceback(block.traceback);
        assert_eq!((places.len(), places[1].line, total), (2, 2, 3));
        assert_eq!(record.tracebacks.len(), 1);
        record.clear();
        assert_eq!((record.used(), record.blocks().count()), ((0, 0), 0));
    }
}
