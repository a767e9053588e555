//! `PyCapsule`: an opaque value that one native module hands to another. Ours hold nothing but their name.

use crate::object::instance;
use crate::prelude::*;
use crate::protocol::object as protocol;

/// Capsule objects let you wrap a value of native code in a Python object.
#[pytype("PyCapsule")]
pub struct Capsule {
    pub head: Head,
    name: &'static str,
}

impl Capsule {
    /// A capsule of this name.
    pub fn make(name: &'static str) -> Object {
        instance::alloc_static(Capsule { head: Head::new(), name }).into_object()
    }
}

#[pymethods]
impl Capsule {
    #[slot]
    fn repr(this: &Ref<Self>) -> String {
        format!("<capsule object \"{}\" at {:#x}>", this.name, protocol::address(this.as_object()))
    }
}
