//! Handlers of an XML parser that are written in Rust.
//!
//! A parser that finds one tells it what it saw without a list for the attributes; everybody else calls it like any handler.

use vm::object::instance;
use vm::prelude::*;

/// What takes an event: its owner and the event's arguments. The attributes of a start tag follow its name as one argument
/// each: name, value, name, value.
pub type Receive = fn(&Vm, &Object, &[Object]) -> Result<Object>;

#[pytype("_handler", module = "_elementtree", doc = "", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct Receiver {
    pub head: Head,
    /// Cleared in cycles that nobody holds.
    owner: Field<Object>,
    #[untraced]
    receive: Receive,
}

impl Receiver {
    pub fn make(owner: Object, receive: Receive) -> Object {
        instance::alloc_static(Receiver { head: Head::new(), owner: Field::some(owner), receive }).into_object()
    }

    pub fn tell(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        match self.owner.get() {
            Some(owner) => (self.receive)(vm, &owner, args),
            None => Ok(none()),
        }
    }
}

#[pymethods]
impl Receiver {
    #[slot(raw)]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        match args.items {
            [tag, attributes] if attributes.is_exact::<List>() => {
                let mut flat = vec![tag.clone()];
                if let Some(attributes) = attributes.cast::<List>() {
                    flat.append(&mut vm.memory(attributes.items.to_vec())?);
                }
                self.tell(vm, &flat)
            }
            other => self.tell(vm, other),
        }
    }
}
