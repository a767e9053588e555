//! `_bisect`.

use vm::object::type_of;
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// Which side of equal items.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
}

/// `hi=None`: a bound, or -1 for the end.
struct End(isize);

impl FromArg<'_> for End {
    fn from_arg(vm: &Vm, value: &Object, at: ArgSite) -> Result<Self> {
        if value.is(&none()) { Ok(End(-1)) } else { isize::from_arg(vm, value, at).map(End) }
    }
    fn absent(_: &Vm, _: ArgSite) -> Result<Self> {
        Ok(End(-1))
    }
}

/// Where `x` belongs in the sorted `a[lo:hi]`.
fn find(vm: &Vm, a: &Object, x: &Object, lo: isize, hi: End, key: Option<&Object>, side: Side) -> Result<usize> {
    if lo < 0 {
        bail!(vm, ValueError, "lo must be non-negative");
    }
    let mut hi = match hi.0 {
        -1 => protocol::len(vm, a)?,
        hi if hi < 0 => return Ok(lo as usize),
        hi => hi as usize,
    };
    let mut lo = lo as usize;
    let list = a.cast_exact::<List>();
    let slot = type_of(a).slots.item.get();
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        let mut item = match (list.and_then(|l| l.items.get(middle)), slot) {
            (Some(item), _) => item,
            (None, Some(slot)) => slot(vm, a, middle as isize)?,
            (None, None) => protocol::getitem(vm, a, &Int::from_i64(middle as i64))?,
        };
        if let Some(key) = key {
            item = call::call(vm, key, &[item])?;
        }
        let before = match side {
            Side::Left => protocol::less_than(vm, &item, x)?,
            Side::Right => !protocol::less_than(vm, x, &item)?,
        };
        if before {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    Ok(lo)
}

fn insert(vm: &Vm, a: &Object, x: &Object, lo: isize, hi: End, key: Option<&Object>, side: Side) -> Result<()> {
    let at = match key {
        None => find(vm, a, x, lo, hi, None, side)?,
        Some(function) => {
            let ordered = call::call(vm, function, std::slice::from_ref(x))?;
            find(vm, a, &ordered, lo, hi, key, side)?
        }
    };
    if let Some(list) = a.cast_exact::<List>() {
        return vm.memory(list.items.insert(at, x.clone()));
    }
    call::call_method(vm, a, &vm.intern("insert"), &[Int::from_i64(at as i64), x.clone()]).map(drop)
}

/// Bisection algorithms: a list kept in sorted order without sorting it after each insertion.
#[pymodule("_bisect")]
pub mod module {
    use super::*;

    /// Return the index where to insert item x in list a, assuming a is sorted.
    ///
    /// Everything before the index is less than or equal to x; what lies at and behind it is greater. The optional
    /// lo and hi bound the part that is searched, and key extracts what is compared from each item.
    #[py("bisect_right(a, x, lo=0, hi=None, *, key=None)")]
    fn bisect_right(vm: &Vm, a: &Object, x: &Object, lo: isize, hi: End, key: Option<&Object>) -> Result<usize> {
        find(vm, a, x, lo, hi, key, Side::Right)
    }

    /// Return the index where to insert item x in list a, assuming a is sorted.
    ///
    /// Everything before the index is less than x; what lies at and behind it is greater or equal. The optional
    /// lo and hi bound the part that is searched, and key extracts what is compared from each item.
    #[py("bisect_left(a, x, lo=0, hi=None, *, key=None)")]
    fn bisect_left(vm: &Vm, a: &Object, x: &Object, lo: isize, hi: End, key: Option<&Object>) -> Result<usize> {
        find(vm, a, x, lo, hi, key, Side::Left)
    }

    /// Insert item x in list a, and keep it sorted assuming a is sorted: to the right of equal items.
    #[py("insort_right(a, x, lo=0, hi=None, *, key=None)")]
    fn insort_right(vm: &Vm, a: &Object, x: &Object, lo: isize, hi: End, key: Option<&Object>) -> Result<()> {
        insert(vm, a, x, lo, hi, key, Side::Right)
    }

    /// Insert item x in list a, and keep it sorted assuming a is sorted: to the left of equal items.
    #[py("insort_left(a, x, lo=0, hi=None, *, key=None)")]
    fn insort_left(vm: &Vm, a: &Object, x: &Object, lo: isize, hi: End, key: Option<&Object>) -> Result<()> {
        insert(vm, a, x, lo, hi, key, Side::Left)
    }
}
