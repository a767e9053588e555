//! `_tracemalloc`: which frames asked for the memory in use. The record itself is `heap::recorder`'s.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI32, Ordering};
use vm::frame::dump;
use vm::heap::recorder::{self, Block, Place};
use vm::prelude::*;

/// Frames that are recorded for an allocation: what was asked for last.
static FRAMES: AtomicI32 = AtomicI32::new(1);
const MOST: i32 = 65_535;
/// Everything is in the one domain that CPython has for memory of its own.
const DOMAIN: i32 = 0;

/// The frames as `tracemalloc` wants them: pairs of file and line, the innermost first.
fn frames(vm: &Vm, places: &[Place]) -> Object {
    let unknown = [Place { file: 0, line: 0 }];
    let places = if places.is_empty() { &unknown } else { places };
    let pair = |place: &Place| {
        let file = dump::file_of(*place).unwrap_or_else(|| vm.intern("<unknown>").to_object());
        Tuple::from_slice(&[file, Object::int32(place.line as i32)]).into_object()
    };
    Tuple::from_slice(&places.iter().map(pair).collect::<Vec<_>>()).into_object()
}

/// Debug module to trace memory blocks allocated by Python.
#[pymodule("_tracemalloc")]
pub mod module {
    use super::*;

    /// Return True if the module is tracing.
    #[py("is_tracing()")]
    fn is_tracing() -> bool {
        recorder::is_on()
    }

    /// Start recording allocations, each with so many frames.
    #[py("start(nframe=1, /)")]
    fn start(vm: &Vm, nframe: i32) -> Result<()> {
        if !(1..=MOST).contains(&nframe) {
            bail!(vm, ValueError, "the number of frames must be in range [1; {MOST}]");
        }
        if !recorder::is_on() {
            FRAMES.store(nframe, Ordering::Relaxed);
            vm.interp().heap.set_recorded(Some((dump::places, nframe as usize)));
        }
        Ok(())
    }

    /// Stop recording and forget what was recorded.
    #[py("stop()")]
    fn stop(vm: &Vm) {
        if recorder::is_on() {
            vm.interp().heap.set_recorded(None);
        }
    }

    /// Forget what was recorded.
    #[py("clear_traces()")]
    fn clear_traces() {
        recorder::clear();
    }

    /// Return every recorded block: domain, size, frames, and how many frames there were.
    #[py("_get_traces()")]
    fn _get_traces(vm: &Vm) -> Vec<Object> {
        type Stack = (Vec<Place>, usize);
        let copied = recorder::with(|record| {
            let blocks: Vec<Block> = record.blocks().collect();
            let mut stacks: HashMap<u32, Stack> = HashMap::new();
            for block in &blocks {
                stacks.entry(block.traceback).or_insert_with(|| {
                    let (places, total) = record.traceback(block.traceback);
                    (places.to_vec(), total)
                });
            }
            (blocks, stacks)
        });
        let Some((blocks, stacks)) = copied else { return Vec::new() };
        let shown: HashMap<u32, (Object, usize)> =
            stacks.into_iter().map(|(number, (places, total))| (number, (frames(vm, &places), total.max(1)))).collect();
        let trace = |block: Block| {
            let (frames, total) = shown.get(&block.traceback)?;
            let count = |n: usize| Int::from_i64(n as i64);
            let items = [Object::int32(DOMAIN), count(block.size), frames.clone(), count(*total)];
            Some(Tuple::from_slice(&items).into_object())
        };
        blocks.into_iter().filter_map(trace).collect()
    }

    /// Return the frames that asked for an object's memory, or None.
    #[py("_get_object_traceback(obj, /)")]
    fn _get_object_traceback(vm: &Vm, obj: &Object) -> Option<Object> {
        let address = std::ptr::from_ref(obj.head()?) as usize;
        let places = recorder::with(|record| {
            let block = record.block(address)?;
            Some(record.traceback(block.traceback).0.to_vec())
        });
        Some(frames(vm, &places.flatten()?))
    }

    /// Return the number of frames that are recorded for an allocation.
    #[py("get_traceback_limit()")]
    fn get_traceback_limit() -> i32 {
        FRAMES.load(Ordering::Relaxed)
    }

    /// Return the bytes that this module uses.
    #[py("get_tracemalloc_memory()")]
    fn get_tracemalloc_memory() -> usize {
        recorder::with(|record| record.bytes()).unwrap_or(0)
    }

    /// Return the bytes in recorded blocks, and their peak.
    #[py("get_traced_memory()")]
    fn get_traced_memory() -> (usize, usize) {
        recorder::with(|record| record.used()).unwrap_or((0, 0))
    }

    /// Set the peak to what is in use now.
    #[py("reset_peak()")]
    fn reset_peak() {
        recorder::reset_peak();
    }
}
