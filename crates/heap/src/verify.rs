//! `-X verify-heap`: looks at every object and every reference, and says what cannot be.

use crate::head::TypeHead;
use crate::pool::{self, GRAIN, LargeHeader};
use crate::{Head, Heap, Object, Visitor, flags};
use std::collections::{HashMap, HashSet};

/// Something that cannot be.
#[derive(Clone, Copy, Debug)]
pub struct Problem {
    /// What is wrong.
    pub what: &'static str,
    /// Where the object lies.
    pub address: usize,
    /// The type of the object, or of the one that refers to it; null if that is what is wrong.
    pub kind: *const TypeHead,
}

impl Heap {
    /// Checks the whole heap; gives how many objects there are, and the problems.
    ///
    /// - An object has a type, and a count above zero.
    /// - A reference leads to a live object, or to an immortal one outside the pools.
    /// - Objects refer to an object at most as often as its count says (the rest are the program's own variables).
    /// - The collector's bits stand at tracked objects only, and an object is in one generation.
    pub fn verify(&self) -> (usize, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut objects: Vec<*mut Head> = Vec::new();
        // SAFETY: I3; nothing is allocated from the pools or freed while we look.
        unsafe {
            let pools = &*self.pools.get();
            pools.each_small(|object| objects.push(object));
            objects.extend(pools.large.iter().map(|&large| LargeHeader::object(large)));
        }
        let live: HashSet<usize> = objects.iter().map(|&object| object as usize).collect();
        let mut references: HashMap<usize, u32> = HashMap::new();
        // SAFETY: the objects are live; visitors run no Python code. What lies at a wrong address is not read.
        unsafe {
            for &object in &objects {
                let head = &*object;
                let kind = head.kind();
                if kind.is_null() || !(kind as usize).is_multiple_of(8) {
                    problems.push(Problem { what: "no type", address: object as usize, kind: std::ptr::null() });
                    continue;
                }
                if head.count() == 0 && !head.has(flags::DYING) {
                    problems.push(Problem { what: "a count of zero", address: object as usize, kind });
                    continue;
                }
                if head.has(flags::TRACKED) && !head.has(flags::LARGE) {
                    let (pool, granule) = (pool::of(object), pool::granule(object));
                    let bit = 1 << (granule % 64);
                    if (*pool).young[granule / 64] & (*pool).middle[granule / 64] & bit != 0 {
                        problems.push(Problem { what: "in two generations", address: object as usize, kind });
                    }
                }
                if head.has(flags::DYING) {
                    continue;
                }
                ((*kind).trace.get())(
                    object,
                    &mut Visitor::new(&mut |child: &Object| {
                        let Some(child) = child.head() else { return };
                        let address = std::ptr::from_ref(child) as usize;
                        if !address.is_multiple_of(GRAIN) && !child.is_immortal() {
                            problems.push(Problem { what: "a reference to what is no object", address, kind });
                        } else if !live.contains(&address) && !child.is_immortal() {
                            problems.push(Problem { what: "a reference to a freed object", address, kind });
                        } else {
                            *references.entry(address).or_default() += 1;
                        }
                    }),
                );
            }
            for &object in &objects {
                let (head, inside) = (&*object, references.get(&(object as usize)).copied().unwrap_or(0));
                if !head.is_immortal() && inside > head.count() {
                    let what = "more references than its count";
                    problems.push(Problem { what, address: object as usize, kind: head.kind() });
                }
            }
        }
        self.verify_bits(&live, &mut problems);
        (objects.len(), problems)
    }

    fn verify_bits(&self, live: &HashSet<usize>, problems: &mut Vec<Problem>) {
        for pool in self.dirty.borrow().iter() {
            // SAFETY: pools in the list are live.
            let pool = unsafe { pool.as_ref() };
            for (word, (young, middle)) in pool.young.iter().zip(&pool.middle).enumerate() {
                let mut bits = young | middle;
                while bits != 0 {
                    let address =
                        std::ptr::from_ref(pool) as usize + (word * 64 + bits.trailing_zeros() as usize) * GRAIN;
                    bits &= bits - 1;
                    // SAFETY: a live object, as the condition before it says.
                    if !live.contains(&address) || unsafe { !(*(address as *const Head)).has(flags::TRACKED) } {
                        let kind = std::ptr::null();
                        problems.push(Problem { what: "a generation of what is not tracked", address, kind });
                    }
                }
            }
        }
    }
}
