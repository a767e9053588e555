//! `_functools`: partial application, `reduce`, `cmp_to_key`, and the function behind `lru_cache`.

mod lru_cache;
mod partial;

pub use lru_cache::LruCache;
pub use partial::{Partial, PlaceholderType};

use vm::object::instance;
use vm::prelude::*;
use vm::protocol::{call, iter, object as protocol};

/// A value that compares as a three-way comparison function says.
#[pytype("KeyWrapper", module = "functools", flags(HAVE_GC))]
pub struct KeyWrapper {
    pub head: Head,
    cmp: Object,
    object: Field<Object>,
}

#[pymethods]
impl KeyWrapper {
    #[slot("(obj)")]
    fn call(&self, obj: &Object) -> Object {
        let body = KeyWrapper { head: Head::new(), cmp: self.cmp.clone(), object: Field::some(obj.clone()) };
        instance::alloc_static(body).into_object()
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast_exact::<KeyWrapper>() else {
            bail!(vm, TypeError, "other argument must be K instance");
        };
        let (Some(x), Some(y)) = (self.object.get(), other.object.get()) else {
            bail!(vm, AttributeError, "object");
        };
        let order = call::call(vm, &self.cmp, &[x, y])?;
        protocol::compare(vm, &order, &Object::int32(0), op)
    }

    #[getter("__text_signature__")]
    fn text_signature(&self) -> &'static str {
        "(obj)"
    }

    /// The value that is wrapped.
    #[getter("obj")]
    fn obj(&self) -> Option<Object> {
        self.object.get()
    }

    #[setter("obj")]
    fn set_obj(&self, value: Option<&Object>) -> Result<()> {
        self.object.set(value.cloned());
        Ok(())
    }
}

/// What `functools` has natively.
#[pymodule("_functools", types(Partial, LruCache, PlaceholderType))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        KeyWrapper::init_type(vm)?;
        module.dict().set_str(vm, "Placeholder", partial::placeholder())
    }

    /// Make of a three-way comparison function a key function for sorting.
    #[py("cmp_to_key(mycmp)")]
    fn cmp_to_key(mycmp: &Object) -> Object {
        let body = KeyWrapper { head: Head::new(), cmp: mycmp.clone(), object: Field::empty() };
        instance::alloc_static(body).into_object()
    }

    /// Combine the items of an iterable from the left with a function of two arguments.
    #[py("reduce(function, iterable, /, initial=<unrepresentable>)")]
    fn reduce(vm: &Vm, function: &Object, iterable: &Object, initial: Option<&Object>) -> Result<Object> {
        let iterator = match iter::get_iter(vm, iterable) {
            Err(_) if vm.raised_is(&vm::exception::types::TypeError) => {
                vm.clear_raised();
                bail!(vm, TypeError, "reduce() arg 2 must support iteration");
            }
            other => other?,
        };
        let mut result = initial.cloned();
        while let Some(item) = iter::next(vm, &iterator)? {
            result = Some(match result {
                None => item,
                Some(so_far) => call::call(vm, function, &[so_far, item])?,
            });
        }
        result.ok_or_else(|| raise!(vm, TypeError, "reduce() of empty iterable with no initial value"))
    }
}
