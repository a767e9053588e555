//! Bound methods: a function and the object that it is called on.

use crate::object::{attr, instance, type_of};
use crate::prelude::*;
use crate::protocol::{call, object as protocol};

/// Create a bound instance method object.
#[pytype("method", flags(HAVE_GC, MANAGED_WEAKREF))]
pub struct BoundMethod {
    pub head: Head,
    pub function: Object,
    pub this: Object,
}

impl BoundMethod {
    /// `function` bound to `this`.
    #[inline]
    pub fn make(function: &Object, this: &Object) -> Object {
        instance::alloc_static(BoundMethod { head: Head::new(), function: function.clone(), this: this.clone() })
            .into_object()
    }
}

#[pymethods]
impl BoundMethod {
    #[slot("(function, instance, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, function: &Object, instance: &Object) -> Result<Object> {
        let _ = cls;
        if !call::is_callable(function) {
            bail!(vm, TypeError, "first argument must be callable");
        }
        if instance.is(&none()) {
            bail!(vm, TypeError, "instance must not be None");
        }
        Ok(BoundMethod::make(function, instance))
    }

    #[slot]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        call::with_first(vm, &self.function, &self.this, args)
    }

    #[slot]
    fn getattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        let kind = type_of(this.as_object());
        match attr::lookup(kind, name) {
            Some(found) => match type_of(&found).slots.descr_get.get() {
                Some(get) => get(vm, &found, Some(this.as_object()), Some(kind.as_object())),
                None => Ok(found),
            },
            None => attr::getattr(vm, &this.function, name),
        }
    }

    #[slot]
    fn descr_get(this: &Ref<Self>, _object: Option<&Object>, _kind: Option<&Object>) -> Object {
        // A method that is bound stays bound as it is.
        this.to_object()
    }

    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        let names = vm.names();
        let named = match attr::getattr_opt(vm, &self.function, names.__qualname__())? {
            Some(name) => Some(name),
            None => attr::getattr_opt(vm, &self.function, names.__name__())?,
        };
        let name = named.and_then(|n| n.cast::<Str>().map(|n| n.to_string())).unwrap_or_else(|| "?".to_owned());
        Ok(format!("<bound method {name} of {}>", protocol::repr(vm, &self.this)?))
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        let hash = crate::builtins::object::hash_address(&self.this) ^ protocol::hash(vm, &self.function)?;
        Ok(if hash == -1 { -2 } else { hash })
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<BoundMethod>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return not_implemented(vm);
        };
        let same = self.this.is(&other.this) && protocol::same_or_equal(vm, &self.function, &other.function)?;
        Ok((same == (op == CompareOp::Eq)).object())
    }

    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        let name = attr::getattr(vm, &self.function, vm.names().__name__())?;
        let args = Tuple::from_slice(&[self.this.clone(), name]).into_object();
        Ok(Tuple::from_slice(&[crate::frame::namespace::builtin(vm, "getattr")?, args]).into_object())
    }

    /// the function (or other callable) implementing a method
    #[getter("__func__")]
    fn func(&self) -> Object {
        self.function.clone()
    }

    /// the instance to which a method is bound
    #[getter("__self__")]
    fn get_self(&self) -> Object {
        self.this.clone()
    }

    #[getter("__doc__")]
    fn doc(&self, vm: &Vm) -> Result<Object> {
        attr::get_or_none(vm, &self.function, vm.names().__doc__())
    }
}
