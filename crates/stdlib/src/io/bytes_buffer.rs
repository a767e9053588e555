//! What a view of a `BytesIO` names as its object.

use super::memory::BytesIO;
use std::rc::Rc;
use vm::builtins::memoryview::{MemoryView, release_view};
use vm::object::buffer::{Buffer, Exporter};
use vm::object::instance;
use vm::prelude::*;

#[pytype("_BytesIOBuffer", doc = "", flags(HAVE_GC, DISALLOW_INSTANTIATION), module = "_io")]
pub struct BytesIOBuffer {
    pub head: Head,
    source: Field<Ref<BytesIO>>,
}

impl BytesIOBuffer {
    /// `BytesIO.getbuffer`.
    pub fn view_of(vm: &Vm, source: &Ref<BytesIO>) -> Result<Object> {
        let body = BytesIOBuffer { head: Head::new(), source: Field::some(source.clone()) };
        let this = instance::alloc_static(body).into_object();
        let buffer = vm::object::buffer::get_buffer(vm, &this, vm::object::buffer::request::FULL)?;
        Ok(MemoryView::from_buffer(buffer).into_object())
    }
}

#[pymethods]
impl BytesIOBuffer {
    #[slot]
    fn buffer(this: &Ref<Self>, vm: &Vm, _flags: i32) -> Result<Buffer> {
        let Some(source) = this.source.get() else {
            bail!(vm, BufferError, "the BytesIO object is gone");
        };
        source.exports.set(source.exports.get() + 1);
        Ok(Buffer::bytes(this.as_object(), Rc::new(DataExporter(source)), false))
    }

    #[slot]
    fn release_buffer(this: &Object, vm: &Vm, view: &Object) -> Result<()> {
        release_view(vm, this, view)
    }
}

/// How views see the data; it keeps its size as long as there are any.
struct DataExporter(Ref<BytesIO>);

impl Exporter for DataExporter {
    fn len(&self) -> usize {
        self.0.data.borrow().len()
    }
    fn with_bytes(&self, look: &mut dyn FnMut(&[u8])) {
        look(&self.0.data.borrow());
    }
    fn with_bytes_mut(&self, change: &mut dyn FnMut(&mut [u8])) {
        change(&mut self.0.data.borrow_mut());
    }
    fn release(&self, _: &Vm) {
        self.0.exports.set(self.0.exports.get().saturating_sub(1));
    }
}
