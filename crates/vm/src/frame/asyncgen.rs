//! Asynchronous generators: what `async for`, `asend`, `athrow` and `aclose` work on.

use crate::object::instance;
use crate::prelude::*;

/// A value yielded by an asynchronous generator, as opposed to one that an `await` inside it passes through.
#[pytype("async_generator_wrapped_value", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct WrappedValue {
    pub head: Head,
    pub value: Object,
}
impl TypeMethods for WrappedValue {}

/// INTRINSIC_ASYNC_GEN_WRAP.
pub fn wrap(value: &Object) -> Object {
    instance::alloc_static(WrappedValue { head: Head::new(), value: value.clone() }).into_object()
}
