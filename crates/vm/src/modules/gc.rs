//! `gc`: the window onto the collector.

use crate::object::type_of;
use crate::prelude::*;
use crate::protocol::call;
use heap::Heap;
use std::sync::{Mutex, PoisonError};

/// `gc.DEBUG_STATS`.
const STATISTICS: i32 = 1;
/// `gc.DEBUG_SAVEALL`.
const SAVE_ALL: i32 = 32;

/// Runs a collection with the callbacks around it; gives the number of objects found unreachable.
pub fn collect(vm: &Vm, generation: usize) -> usize {
    let heap = vm.interp().heap;
    if heap.is_collecting() {
        return 0;
    }
    callbacks(vm, "start", generation, 0);
    let mut saved = Vec::new();
    let debug = vm.interp().gc_debug.get();
    let stats = debug & STATISTICS != 0;
    let begun = std::time::Instant::now();
    if stats {
        let [a, b, c] = [&heap.counts[0], &heap.counts[1], &heap.counts[2]].map(|count| count.get().max(0));
        let text = format!(
            "gc: collecting generation {generation}...\ngc: objects in each generation: {a} {b} {c}\n\
             gc: objects in permanent generation: 0\n"
        );
        crate::exception::report::write_stderr(vm, &text);
    }
    let raised = vm.take_raised();
    let outcome = heap.collect(generation, (debug & SAVE_ALL != 0).then_some(&mut saved));
    vm.restore_raised(raised);
    if vm.interp().config.borrow().verify_heap {
        super::look::verify_heap(vm);
    }
    if stats {
        let seconds = begun.elapsed().as_secs_f64();
        let text = format!("gc: done, {} unreachable, 0 uncollectable, {seconds:.4}s elapsed\n", outcome.collected);
        crate::exception::report::write_stderr(vm, &text);
    }
    if let Some(garbage) = vm.interp().gc_garbage.get()
        && let Some(list) = garbage.cast::<List>()
    {
        let _ = list.items.extend(saved);
    }
    callbacks(vm, "stop", generation, outcome.collected);
    with_stats(|stats| {
        let entry = &mut stats[generation];
        entry.0 += 1;
        entry.1 += outcome.collected;
    });
    outcome.collected
}

/// Collections and collected objects by generation.
static STATS: Mutex<[(usize, usize); 3]> = Mutex::new([(0, 0); 3]);

fn with_stats<R>(f: impl FnOnce(&mut [(usize, usize); 3]) -> R) -> R {
    f(&mut STATS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Runs the collection that the allocation counts ask for.
pub fn collect_if_due(vm: &Vm) {
    if let Some(generation) = vm.interp().heap.collect_due() {
        collect(vm, generation);
    }
}

fn callbacks(vm: &Vm, phase: &str, generation: usize, collected: usize) {
    let Some(list) = vm.interp().gc_callbacks.get() else { return };
    let Some(list) = list.cast::<List>().filter(|l| !l.items.is_empty()) else { return };
    let info = Dict::empty();
    let set = |name: &str, value: usize| info.set_str(vm, name, Int::from_i64(value as i64));
    if set("generation", generation).and(set("collected", collected)).and(set("uncollectable", 0)).is_err() {
        vm.clear_raised();
        return;
    }
    // Callbacks are part of the collection: they start none.
    vm.interp().heap.hold_collections(true);
    for callback in list.items.to_vec().unwrap_or_default() {
        if call::call(vm, &callback, &[Str::new(phase).into_object(), info.to_object()]).is_err() {
            vm.unraisable("Exception ignored while calling GC callback", Some(&callback));
        }
    }
    vm.interp().heap.hold_collections(false);
}

fn generation_of(vm: &Vm, generation: isize) -> Result<usize> {
    usize::try_from(generation).ok().filter(|&g| g < 3).ok_or_else(|| raise!(vm, ValueError, "invalid generation"))
}

/// This module provides access to the garbage collector for reference cycles.
///
/// enable() -- Enable automatic garbage collection.
/// disable() -- Disable automatic garbage collection.
/// isenabled() -- Returns true if automatic collection is enabled.
/// collect() -- Do a full collection right now.
/// get_count() -- Return the current collection counts.
/// get_stats() -- Return list of dictionaries containing per-generation stats.
/// set_debug() -- Set debugging flags.
/// get_debug() -- Get debugging flags.
/// set_threshold() -- Set the collection thresholds.
/// get_threshold() -- Return the current collection thresholds.
/// get_objects() -- Return a list of all objects tracked by the collector.
/// is_tracked() -- Returns true if a given object is tracked.
/// is_finalized() -- Returns true if a given object has been already finalized.
/// get_referrers() -- Return the list of objects that refer to an object.
/// get_referents() -- Return the list of objects that an object refers to.
/// freeze() -- Freeze all tracked objects and ignore them for future collections.
/// unfreeze() -- Unfreeze all objects in the permanent generation.
/// get_freeze_count() -- Return the number of objects in the permanent generation.
#[pymodule("gc")]
pub mod module {
    use super::*;
    use crate::builtins::module::Module;

    #[constant]
    const DEBUG_STATS: i32 = 1;
    #[constant]
    const DEBUG_COLLECTABLE: i32 = 2;
    #[constant]
    const DEBUG_UNCOLLECTABLE: i32 = 4;
    #[constant]
    const DEBUG_SAVEALL: i32 = 32;
    #[constant]
    const DEBUG_LEAK: i32 = 38;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let (garbage, callbacks) = (List::empty().into_object(), List::empty().into_object());
        vm.interp().gc_garbage.set(Some(garbage.clone()));
        vm.interp().gc_callbacks.set(Some(callbacks.clone()));
        module.dict().set_str(vm, "garbage", garbage)?;
        module.dict().set_str(vm, "callbacks", callbacks)
    }

    fn heap(vm: &Vm) -> &'static Heap {
        vm.interp().heap
    }

    /// Enable automatic garbage collection.
    #[py("enable()")]
    fn enable(vm: &Vm) {
        heap(vm).enabled.set(true);
    }

    /// Disable automatic garbage collection.
    #[py("disable()")]
    fn disable(vm: &Vm) {
        heap(vm).enabled.set(false);
    }

    /// Returns true if automatic garbage collection is enabled.
    #[py("isenabled()")]
    fn isenabled(vm: &Vm) -> bool {
        heap(vm).enabled.get()
    }

    /// Run the garbage collector.
    ///
    /// With no arguments, run a full collection.  The optional argument
    /// may be an integer specifying which generation to collect.  A ValueError
    /// is raised if the generation number is invalid.
    ///
    /// The number of unreachable objects is returned.
    #[py("collect(generation=2)")]
    fn collect(vm: &Vm, generation: isize) -> Result<usize> {
        Ok(super::collect(vm, generation_of(vm, generation)?))
    }

    /// Set the garbage collection debugging flags.
    #[py("set_debug(flags, /)")]
    fn set_debug(vm: &Vm, flags: i32) {
        vm.interp().gc_debug.set(flags);
    }

    /// Get the garbage collection debugging flags.
    #[py("get_debug()")]
    fn get_debug(vm: &Vm) -> i32 {
        vm.interp().gc_debug.get()
    }

    /// set_threshold(threshold0, [threshold1, [threshold2]])
    /// Set the collection thresholds (the collection frequency).
    ///
    /// Setting 'threshold0' to zero disables collection.
    #[py("set_threshold(threshold0, threshold1=<unrepresentable>, threshold2=<unrepresentable>, /)", tuple)]
    fn set_threshold(vm: &Vm, threshold0: i64, threshold1: Option<i64>, threshold2: Option<i64>) {
        for (generation, threshold) in [Some(threshold0), threshold1, threshold2].into_iter().enumerate() {
            if let Some(threshold) = threshold {
                heap(vm).set_threshold(generation, threshold);
            }
        }
    }

    /// Return the current collection thresholds.
    #[py("get_threshold()")]
    fn get_threshold(vm: &Vm) -> (i64, i64, i64) {
        let heap = heap(vm);
        (heap.threshold(0), heap.threshold(1), heap.threshold(2))
    }

    /// Return a three-tuple of the current collection counts.
    #[py("get_count()")]
    fn get_count(vm: &Vm) -> (i64, i64, i64) {
        let c = &heap(vm).counts;
        (c[0].get(), c[1].get(), c[2].get())
    }

    /// Return a list of dictionaries containing per-generation statistics.
    #[py("get_stats()")]
    fn get_stats(vm: &Vm) -> Result<Vec<Object>> {
        with_stats(|s| *s)
            .iter()
            .map(|(collections, collected)| {
                let dict = Dict::empty();
                dict.set_str(vm, "collections", Int::from_i64(*collections as i64))?;
                dict.set_str(vm, "collected", Int::from_i64(*collected as i64))?;
                dict.set_str(vm, "uncollectable", Object::int32(0))?;
                Ok(dict.into_object())
            })
            .collect()
    }

    /// Return a list of objects tracked by the collector (excluding the list returned).
    ///
    ///   generation
    ///     Generation to extract the objects from.
    ///
    /// If generation is not None, return only the objects tracked by the collector
    /// that are in that generation.
    #[py("get_objects(generation=None)")]
    fn get_objects(vm: &Vm, generation: Option<isize>) -> Result<Vec<Object>> {
        let generation = match generation {
            None => None,
            Some(g) if g < 0 => bail!(vm, ValueError, "generation parameter cannot be negative"),
            Some(g) if g >= 3 => {
                bail!(vm, ValueError, "generation parameter must be less than the number of available generations (3)")
            }
            Some(g) => Some(g as usize),
        };
        Ok(heap(vm).objects(generation))
    }

    /// get_referrers(*objs) -> list
    /// Return the list of objects that directly refer to any of objs.
    #[py("get_referrers(*objs)")]
    fn get_referrers(vm: &Vm, objs: &[Object]) -> Vec<Object> {
        let mut found = Vec::new();
        for object in heap(vm).objects(None) {
            let mut refers = false;
            let mut look = |child: &Object| refers |= objs.iter().any(|o| o.is(child));
            heap::collect::trace(&object, &mut look);
            each_running_local(&object, &mut look);
            if refers {
                found.push(object);
            }
        }
        found
    }

    /// get_referents(*objs) -> list
    /// Return the list of objects that are directly referred to by objs.
    #[py("get_referents(*objs)")]
    fn get_referents(objs: &[Object]) -> Vec<Object> {
        let mut found = Vec::new();
        for object in objs {
            if object.head().is_some_and(|h| h.has(heap::flags::TRACKED)) || type_of(object).has_flag(flags::HAVE_GC) {
                heap::collect::trace(object, &mut |child| found.push(child.clone()));
            }
        }
        found
    }

    /// Returns true if the object is tracked by the garbage collector.
    ///
    /// Simple atomic objects will return false.
    #[py("is_tracked(obj, /)")]
    fn is_tracked(obj: &Object) -> bool {
        obj.head().is_some_and(|h| h.has(heap::flags::TRACKED))
    }

    /// Returns true if the object has been already finalized by the GC.
    #[py("is_finalized(obj, /)")]
    fn is_finalized(obj: &Object) -> bool {
        obj.head().is_some_and(|h| h.has(heap::flags::FINALIZED))
    }

    /// Freeze all current tracked objects and ignore them for future collections.
    ///
    /// This can be used before a POSIX fork() call to make the gc copy-on-write friendly.
    /// Note: collection before a POSIX fork() call may free pages for future allocation
    /// which can cause copy-on-write.
    #[py("freeze()")]
    fn freeze(vm: &Vm) {
        heap(vm).freeze(true);
    }

    /// Unfreeze all objects in the permanent generation.
    ///
    /// Put all objects in the permanent generation back into oldest generation.
    #[py("unfreeze()")]
    fn unfreeze(vm: &Vm) {
        heap(vm).freeze(false);
    }

    /// Return the number of objects in the permanent generation.
    #[py("get_freeze_count()")]
    fn get_freeze_count(vm: &Vm) -> usize {
        heap(vm).frozen()
    }
}

/// The locals of a generator that runs: the collector takes them for roots.
fn each_running_local(object: &Object, look: &mut dyn FnMut(&Object)) {
    use crate::frame::{self, Frame, generator};
    let Some(body) = generator::body_of(object).filter(|body| body.state.get() == generator::State::Running) else {
        return;
    };
    let Some(frame) = body.frame() else { return };
    let kinds = &Frame::code(frame).localspluskinds;
    for (index, &kind) in kinds.iter().enumerate() {
        if kind & (bytecode::kind::CELL | bytecode::kind::FREE) == 0
            && let Some(value) = frame::local_value(frame, index)
        {
            look(&value);
        }
    }
}
