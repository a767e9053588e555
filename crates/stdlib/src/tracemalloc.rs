//! `_tracemalloc`: allocations are not recorded; the switch and the figures are there.

use std::sync::atomic::{AtomicI32, Ordering};
use vm::prelude::*;

/// Frames to record; 0: not tracing.
static FRAMES: AtomicI32 = AtomicI32::new(0);
const MOST: i32 = 65_535;

/// Debug module to trace memory blocks allocated by Python.
#[pymodule("_tracemalloc")]
pub mod module {
    use super::*;

    /// Return True if the module is tracing.
    #[py("is_tracing()")]
    fn is_tracing() -> bool {
        FRAMES.load(Ordering::Relaxed) > 0
    }

    /// Start tracing.
    #[py("start(nframe=1, /)")]
    fn start(vm: &Vm, nframe: i32) -> Result<()> {
        if !(1..=MOST).contains(&nframe) {
            bail!(vm, ValueError, "the number of frames must be in range [1; {MOST}]");
        }
        FRAMES.store(nframe, Ordering::Relaxed);
        Ok(())
    }

    /// Stop tracing.
    #[py("stop()")]
    fn stop() {
        FRAMES.store(0, Ordering::Relaxed);
    }

    /// Forget the traces.
    #[py("clear_traces()")]
    fn clear_traces() {}

    /// Return the traces: none are recorded.
    #[py("_get_traces()")]
    fn _get_traces() -> Vec<Object> {
        Vec::new()
    }

    /// Return the traceback of an object's allocation: not recorded.
    #[py("_get_object_traceback(obj, /)")]
    fn _get_object_traceback(obj: &Object) {
        let _ = obj;
    }

    /// Return the number of frames that are recorded for an allocation.
    #[py("get_traceback_limit()")]
    fn get_traceback_limit() -> i32 {
        FRAMES.load(Ordering::Relaxed).max(1)
    }

    /// Return the bytes that this module uses.
    #[py("get_tracemalloc_memory()")]
    fn get_tracemalloc_memory() -> usize {
        0
    }

    /// Return the bytes in use while tracing, and their peak.
    #[py("get_traced_memory()")]
    fn get_traced_memory(vm: &Vm) -> (usize, usize) {
        let used = if is_tracing() { vm.interp().heap.bytes_used() } else { 0 };
        (used, used)
    }

    /// Set the peak to what is in use now.
    #[py("reset_peak()")]
    fn reset_peak() {}
}
