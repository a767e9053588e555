//! The buffers of classes with `__buffer__` and `__release_buffer__` (PEP 688).

use super::MemoryView;
use crate::object::attr;
use crate::object::buffer::{Around, Buffer, Exporter};
use crate::object::slot_table::call_found;
use crate::object::slots::GetBuffer;
use crate::object::{type_name, type_of};
use crate::prelude::*;
use heap::Field;
use std::rc::Rc;

/// The buffer slot of classes with a `__buffer__` method.
pub fn generic_buffer(vm: &Vm, this: &Object, flags: i32) -> Result<Buffer> {
    let Some(method) = attr::lookup(type_of(this), vm.names().__buffer__()) else {
        bail!(vm, TypeError, "a bytes-like object is required, not '{}'", type_name(this));
    };
    let result = call_found(vm, this, &method, &[&Object::int32(flags)])?;
    let Some(view) = result.cast::<MemoryView>() else {
        bail!(vm, TypeError, "__buffer__ returned non-memoryview object");
    };
    let mut buffer = MemoryView::buffer(view, vm, flags)?;
    buffer.exporter = Rc::new(Lent { owner: this.clone(), view: view.clone(), inner: buffer.exporter });
    buffer.object = this.clone();
    Ok(buffer)
}

/// The slot that says: the class has a `__release_buffer__` of its own.
pub fn generic_release(vm: &Vm, this: &Object, view: &Object) -> Result<()> {
    match attr::lookup(type_of(this), vm.names().__release_buffer__()) {
        Some(method) => call_found(vm, this, &method, &[view]).map(drop),
        None => Ok(()),
    }
}

fn releases_itself(this: &Object) -> bool {
    type_of(this).slots.release_buffer.get().is_some_and(|f| f as usize == generic_release as *const () as usize)
}

/// Tells `__release_buffer__`; what it raises nobody can catch.
fn tell(vm: &Vm, owner: &Object, view: &Ref<MemoryView>) {
    let saved = vm.take_raised();
    if generic_release(vm, owner, view.as_object()).is_err() {
        let message = format!("Exception ignored in __release_buffer__ of {}", type_of(owner).tp_name());
        vm.unraisable(&message, None);
    }
    vm.restore_raised(saved);
}

/// What the buffer slot `get` gives. The end of a native buffer is told to the `__release_buffer__` of the object's class.
pub fn export(vm: &Vm, get: GetBuffer, object: &Object, flags: i32) -> Result<Buffer> {
    let mut buffer = get(vm, object, flags)?;
    if releases_itself(object) && get as usize != generic_buffer as *const () as usize {
        buffer.exporter = Rc::new(Told { buffer: buffer.clone() });
    }
    Ok(buffer)
}

/// `__release_buffer__` of native types: ends a view of `this`.
pub fn release_view(vm: &Vm, this: &Object, view: &Object) -> Result<()> {
    let Some(view) = view.cast::<MemoryView>() else {
        bail!(vm, TypeError, "expected a memoryview object");
    };
    match view.buffer.borrow().as_ref().map(|buffer| &buffer.object) {
        Some(object) if object.is(&none()) => return Ok(()),
        Some(object) if object.is(this) => {}
        Some(_) => bail!(vm, ValueError, "memoryview's buffer is not this object"),
        None => bail!(vm, ValueError, "memoryview's buffer has already been released"),
    }
    view.end(vm)
}

/// A buffer that a class's `__buffer__` gave.
struct Lent {
    owner: Object,
    view: Ref<MemoryView>,
    inner: Rc<dyn Exporter>,
}

impl Around for Lent {
    fn inner(&self) -> &dyn Exporter {
        &*self.inner
    }
    fn ended(&self, vm: &Vm) {
        self.inner.release(vm);
        // A view of the owner itself tells it when it ends.
        let own = self.view.buffer.borrow().as_ref().is_some_and(|buffer| buffer.object.is(&self.owner));
        if !own && releases_itself(&self.owner) {
            tell(vm, &self.owner, &self.view);
        }
    }
}

/// A native buffer of an object whose class has a `__release_buffer__` of its own.
struct Told {
    buffer: Buffer,
}

impl Around for Told {
    fn inner(&self) -> &dyn Exporter {
        &*self.buffer.exporter
    }
    fn ended(&self, vm: &Vm) {
        let mut seen = self.buffer.clone();
        seen.object = none();
        let view = MemoryView::sharing(seen);
        view.restricted.set(true);
        tell(vm, &self.buffer.object, &view);
        // Whoever kept the view holds one without memory; an iterator over it may still hold it back.
        drop((view.buffer.borrow_mut().take(), Field::take(&view.object)));
        self.buffer.exporter.release(vm);
    }
}
