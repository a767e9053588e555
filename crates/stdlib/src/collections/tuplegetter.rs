//! `_tuplegetter`: the descriptor of a named tuple's field.

use vm::exception::types;
use vm::object::{instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{number, object as protocol};

/// Gives one item of a tuple as an attribute.
#[pytype("_tuplegetter", doc = "", flags(HAVE_GC), module = "collections")]
pub struct TupleGetter {
    pub head: Head,
    index: isize,
    doc: Field<Object>,
}

#[pymethods]
impl TupleGetter {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "_tuplegetter() takes no keyword arguments");
        }
        let [index, doc] = args.positional() else {
            bail!(vm, TypeError, "_tuplegetter expected 2 arguments, got {}", args.items.len());
        };
        let index = number::as_ssize(vm, index, Some(&types::OverflowError))?;
        let body = TupleGetter { head: Head::new(), index, doc: Field::some(doc.clone()) };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        let doc = self.doc.get().unwrap_or_else(none);
        Ok(format!("_tuplegetter({}, {})", self.index, protocol::repr(vm, &doc)?))
    }

    #[slot]
    fn descr_get(this: &Ref<Self>, vm: &Vm, object: Option<&Object>, kind: Option<&Object>) -> Result<Object> {
        let _ = kind;
        let Some(object) = object else { return Ok(this.to_object()) };
        let Some(tuple) = object.cast::<Tuple>() else {
            if object.is(&none()) {
                return Ok(this.to_object());
            }
            bail!(
                vm,
                TypeError,
                "descriptor for index '{}' for tuple subclasses doesn't apply to '{}' object",
                this.index,
                type_name(object)
            );
        };
        usize::try_from(this.index)
            .ok()
            .and_then(|i| tuple.items().get(i).cloned())
            .ok_or_else(|| raise!(vm, IndexError, "tuple index out of range"))
    }

    #[slot]
    fn descr_set(&self, vm: &Vm, object: &Object, value: Option<&Object>) -> Result<()> {
        let _ = object;
        Err(match value {
            Some(_) => raise!(vm, AttributeError, "can't set attribute"),
            None => raise!(vm, AttributeError, "can't delete attribute"),
        })
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> Object {
        let args = Tuple::from_slice(&[Int::from_i64(this.index as i64), this.doc.get().unwrap_or_else(none)]);
        Tuple::from_slice(&[type_of(this.as_object()).to_object(), args.into_object()]).into_object()
    }

    #[getter("__doc__")]
    fn get_doc(&self) -> Option<Object> {
        self.doc.get()
    }

    #[setter("__doc__")]
    fn set_doc(&self, value: Option<&Object>) -> Result<()> {
        self.doc.set(value.cloned());
        Ok(())
    }
}
