//! `_heapq`: a list as a heap, the smallest or the greatest item first.
//!
//! Comparisons run Python code that may change the list: after each the length is looked at again, and every access
//! is checked.

use vm::prelude::*;
use vm::protocol::object as protocol;

/// Which end stands first.
#[derive(Clone, Copy)]
enum Order {
    Min,
    Max,
}

fn empty(vm: &Vm) -> Raised {
    raise!(vm, IndexError, "index out of range")
}

fn item(vm: &Vm, heap: &List, at: usize) -> Result<Object> {
    heap.items.get(at).ok_or_else(|| empty(vm))
}

/// Whether `a` must stand above `b`; an error if asking changed the list's length.
fn above(vm: &Vm, heap: &List, a: &Object, b: &Object, order: Order) -> Result<bool> {
    let size = heap.items.len();
    let above = match order {
        Order::Min => protocol::less_than(vm, a, b)?,
        Order::Max => protocol::less_than(vm, b, a)?,
    };
    if heap.items.len() != size {
        bail!(vm, RuntimeError, "list changed size during iteration");
    }
    Ok(above)
}

/// Moves the item at `at` towards the root until its parent stands above it, not beyond `start`.
fn rise(vm: &Vm, heap: &List, start: usize, mut at: usize, order: Order) -> Result<()> {
    let moving = item(vm, heap, at)?;
    while at > start {
        let parent = (at - 1) >> 1;
        if !above(vm, heap, &moving, &item(vm, heap, parent)?, order)? {
            break;
        }
        heap.items.swap(parent, at);
        at = parent;
    }
    Ok(())
}

/// Moves the item at `start` down to a leaf along the upper children, then up to its place: fewer comparisons than
/// stopping on the way, since it usually belongs near the bottom.
fn sink(vm: &Vm, heap: &List, start: usize, order: Order) -> Result<()> {
    let end = heap.items.len();
    if start >= end {
        return Err(empty(vm));
    }
    let mut at = start;
    while at < end >> 1 {
        let mut child = 2 * at + 1;
        if child + 1 < end {
            let (left, right) = (item(vm, heap, child)?, item(vm, heap, child + 1)?);
            child += usize::from(!above(vm, heap, &left, &right, order)?);
        }
        heap.items.swap(child, at);
        at = child;
    }
    rise(vm, heap, start, at, order)
}

fn pop(vm: &Vm, heap: &List, order: Order) -> Result<Object> {
    let Some(last) = heap.items.pop() else { return Err(empty(vm)) };
    if heap.items.is_empty() {
        return Ok(last);
    }
    let Ok(first) = heap.items.replace(0, last) else { return Err(empty(vm)) };
    sink(vm, heap, 0, order)?;
    Ok(first)
}

fn push(vm: &Vm, heap: &List, item: &Object, order: Order) -> Result<()> {
    vm.memory(heap.items.push(item.clone()))?;
    rise(vm, heap, 0, heap.items.len() - 1, order)
}

fn replace(vm: &Vm, heap: &List, item: &Object, order: Order) -> Result<Object> {
    let Ok(first) = heap.items.replace(0, item.clone()) else { return Err(empty(vm)) };
    sink(vm, heap, 0, order)?;
    Ok(first)
}

fn push_pop(vm: &Vm, heap: &List, item: &Object, order: Order) -> Result<Object> {
    let Some(top) = heap.items.get(0) else { return Ok(item.clone()) };
    let top_first = match order {
        Order::Min => protocol::less_than(vm, &top, item)?,
        Order::Max => protocol::less_than(vm, item, &top)?,
    };
    if !top_first {
        return Ok(item.clone());
    }
    replace(vm, heap, item, order)
}

fn order_all(vm: &Vm, heap: &List, order: Order) -> Result<()> {
    for at in (0..heap.items.len() >> 1).rev() {
        sink(vm, heap, at, order)?;
    }
    Ok(())
}

/// Heap queue algorithm (a.k.a. priority queue).
///
/// A heap is a list where a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for all k: its smallest item is a[0].
#[pymodule("_heapq")]
pub mod module {
    use super::*;

    #[constant]
    const __about__: &str = "A heap is a list in which every item stands above its two children, at 2*k+1 and 2*k+2.";

    /// Push item onto heap, maintaining the heap invariant.
    #[py("heappush(heap, item, /)")]
    fn heappush(vm: &Vm, heap: &Ref<List>, item: &Object) -> Result<()> {
        push(vm, heap, item, Order::Min)
    }

    /// Push item on the heap, then pop and return the smallest item from the heap.
    #[py("heappushpop(heap, item, /)")]
    fn heappushpop(vm: &Vm, heap: &Ref<List>, item: &Object) -> Result<Object> {
        push_pop(vm, heap, item, Order::Min)
    }

    /// Pop the smallest item off the heap, maintaining the heap invariant.
    #[py("heappop(heap, /)")]
    fn heappop(vm: &Vm, heap: &Ref<List>) -> Result<Object> {
        pop(vm, heap, Order::Min)
    }

    /// Pop and return the current smallest value, and add the new item.
    #[py("heapreplace(heap, item, /)")]
    fn heapreplace(vm: &Vm, heap: &Ref<List>, item: &Object) -> Result<Object> {
        replace(vm, heap, item, Order::Min)
    }

    /// Transform list into a heap, in-place, in O(len(heap)) time.
    #[py("heapify(heap, /)")]
    fn heapify(vm: &Vm, heap: &Ref<List>) -> Result<()> {
        order_all(vm, heap, Order::Min)
    }

    /// Push item onto max heap, maintaining the heap invariant.
    #[py("heappush_max(heap, item, /)")]
    fn heappush_max(vm: &Vm, heap: &Ref<List>, item: &Object) -> Result<()> {
        push(vm, heap, item, Order::Max)
    }

    /// Push item on the max heap, then pop and return the largest item from the heap.
    #[py("heappushpop_max(heap, item, /)")]
    fn heappushpop_max(vm: &Vm, heap: &Ref<List>, item: &Object) -> Result<Object> {
        push_pop(vm, heap, item, Order::Max)
    }

    /// Pop the largest item off the max heap, maintaining the heap invariant.
    #[py("heappop_max(heap, /)")]
    fn heappop_max(vm: &Vm, heap: &Ref<List>) -> Result<Object> {
        pop(vm, heap, Order::Max)
    }

    /// Pop and return the current largest value, and add the new item.
    #[py("heapreplace_max(heap, item, /)")]
    fn heapreplace_max(vm: &Vm, heap: &Ref<List>, item: &Object) -> Result<Object> {
        replace(vm, heap, item, Order::Max)
    }

    /// Transform list into a max heap, in-place, in O(len(heap)) time.
    #[py("heapify_max(heap, /)")]
    fn heapify_max(vm: &Vm, heap: &Ref<List>) -> Result<()> {
        order_all(vm, heap, Order::Max)
    }
}
