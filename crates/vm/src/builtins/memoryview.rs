//! `memoryview`.

use crate::object::attr;
use crate::object::buffer::{self, Buffer};
use crate::object::{instance, type_name, type_of};
use crate::prelude::*;
use crate::protocol::call;
use std::cell::{Cell, RefCell};

/// Create a new memoryview object which references the given object.
#[pytype("memoryview", flags(HAVE_GC, SEQUENCE, MANAGED_WEAKREF))]
pub struct MemoryView {
    pub head: Head,
    /// The object that exports, until the view is released.
    pub object: Field<Object>,
    #[untraced]
    pub buffer: RefCell<Option<Buffer>>,
    /// Views of this view that are not released.
    pub exports: Cell<usize>,
    pub hash: Cell<i64>,
}

impl MemoryView {
    /// A view around a buffer.
    pub fn from_buffer(buffer: Buffer) -> Ref<MemoryView> {
        instance::alloc_static(MemoryView {
            head: Head::new(),
            object: Field::some(buffer.object.clone()),
            buffer: RefCell::new(Some(buffer)),
            exports: Cell::new(0),
            hash: Cell::new(-1),
        })
    }
}

/// The buffer slot of classes with a `__buffer__` method (PEP 688).
pub fn generic_buffer(vm: &Vm, this: &Object, flags: i32) -> Result<Buffer> {
    let Some(method) = attr::lookup(type_of(this), vm.names().__buffer__()) else {
        bail!(vm, TypeError, "a bytes-like object is required, not '{}'", type_name(this));
    };
    let result = crate::object::slot_table::call_found(vm, this, &method, &[&Object::int32(flags)])?;
    if !result.is_instance_of::<MemoryView>() {
        bail!(vm, TypeError, "__buffer__ returned non-memoryview object");
    }
    let _ = call::call;
    buffer::get_buffer(vm, &result, flags)
}

#[pymethods]
impl MemoryView {
    #[slot("(object)")]
    fn new(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        let _ = cls;
        let buffer = buffer::get_buffer(vm, object, buffer::request::FULL_RO)?;
        Ok(MemoryView::from_buffer(buffer).into_object())
    }
}
