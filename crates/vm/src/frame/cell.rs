//! Cells: variables shared between a function and those inside it.

use crate::object::{instance, type_name};
use crate::prelude::*;
use crate::protocol::object as protocol;

/// Create a new cell object.
///
///   contents
///     the contents of the cell. If not specified, the cell will be empty,
///     and
///  further attempts to access its cell_contents attribute will
///     raise a ValueError.
#[pytype("cell", flags(HAVE_GC))]
pub struct Cell {
    pub head: Head,
    pub contents: Field<Object>,
}

impl Cell {
    pub fn make(contents: Option<Object>) -> Ref<Cell> {
        instance::alloc_static(Cell { head: Head::new(), contents: Field::new(contents) })
    }

    #[inline]
    pub fn get(&self) -> Option<Object> {
        self.contents.get()
    }

    #[inline]
    pub fn set(&self, value: Option<Object>) {
        self.contents.set(value);
    }
}

#[pymethods]
impl Cell {
    #[slot]
    fn new(_cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        match args.items {
            [] => Ok(Cell::make(None).into_object()),
            [one] => Ok(Cell::make(Some(one.clone())).into_object()),
            many => Err(raise!(vm, TypeError, "cell expected at most 1 argument, got {}", many.len())),
        }
    }

    #[slot]
    fn repr(this: &Ref<Self>) -> String {
        let at = protocol::address(this.as_object());
        match this.get() {
            None => format!("<cell at {at:#x}: empty>"),
            Some(value) => {
                format!("<cell at {at:#x}: {} object at {:#x}>", type_name(&value), protocol::address(&value))
            }
        }
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Cell>() else { return not_implemented(vm) };
        match (self.get(), other.get()) {
            (Some(a), Some(b)) => protocol::compare(vm, &a, &b, op),
            (a, b) => Ok(protocol::holds(op, a.is_some().cmp(&b.is_some())).object()),
        }
    }

    #[getter("cell_contents")]
    fn get_contents(&self, vm: &Vm) -> Result<Object> {
        self.get().ok_or_else(|| raise!(vm, ValueError, "cell is empty"))
    }

    #[setter("cell_contents")]
    fn set_contents(&self, value: Option<&Object>) -> Result<()> {
        self.set(value.cloned());
        Ok(())
    }
}
