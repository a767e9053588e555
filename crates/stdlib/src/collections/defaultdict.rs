//! `defaultdict`.

use vm::builtins::generic_alias::GenericAlias;
use vm::heap::Table;
use vm::object::{instance, type_of};
use vm::prelude::*;
use vm::protocol::{call, iter, object as protocol};

/// A dict that calls a factory for the values of missing keys.
#[pytype("defaultdict", base = Dict, flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC, MANAGED_WEAKREF), module = "collections")]
pub struct DefaultDict {
    pub base: Dict,
    factory: Field<Object>,
}

impl DefaultDict {
    fn factory_or_none(&self) -> Object {
        self.factory.get().unwrap_or_else(none)
    }

    /// A new one of the same class and factory, with the items of `source`.
    fn like(this: &Ref<Self>, vm: &Vm, source: &Object) -> Result<Object> {
        call::call(vm, type_of(this.as_object()).as_object(), &[this.factory_or_none(), source.clone()])
    }
}

#[pymethods]
impl DefaultDict {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let base = Dict { head: Head::new(), table: Table::new() };
        Ok(instance::alloc(vm, cls, DefaultDict { base, factory: Field::empty() })?.into_object())
    }

    #[slot]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        let mut rest = args;
        let factory = args.positional().first();
        if let Some(factory) = factory {
            if !factory.is(&none()) && !call::is_callable(factory) {
                bail!(vm, TypeError, "first argument must be callable or None");
            }
            rest = args.skip_first();
        }
        this.factory.set(factory.filter(|f| !f.is(&none())).cloned());
        match this.as_object().cast::<Dict>() {
            Some(dict) => Dict::update_from_args(dict, vm, "dict", rest),
            None => Ok(()),
        }
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let repr_of_dict = Dict::class().slots.repr.get().expect("dict has a repr");
        let items = repr_of_dict(vm, this.as_object())?;
        let factory = match this.factory.get() {
            None => "None".to_owned(),
            Some(factory) => vm
                .guard_repr(&factory, || Ok(protocol::repr(vm, &factory)?.to_string_lossy()))?
                .unwrap_or_else(|| "...".to_owned()),
        };
        let name = type_of(this.as_object()).short_name();
        let mut text = text::TextBuilder::new();
        let grown =
            |done: std::result::Result<(), _>| vm.memory(done.map_err(|_: text::OutOfMemory| vm::heap::OutOfMemory));
        grown(text.push_str(&format!("{name}({factory}, ")))?;
        if let Some(items) = items.cast::<Str>() {
            grown(text.push_units(items.units()))?;
        }
        grown(text.push_str(")"))?;
        Ok(Str::from_buf(vm, text.finish())?.into_object())
    }

    #[slot]
    fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let (this, other) = match (a.cast::<DefaultDict>(), b.cast::<DefaultDict>()) {
            (Some(this), _) => (this, b),
            (None, Some(this)) => (this, a),
            (None, None) => return not_implemented(vm),
        };
        if !other.is_instance_of::<Dict>() {
            return not_implemented(vm);
        }
        let new = DefaultDict::like(this, vm, a)?;
        if let Some(dict) = new.cast::<Dict>() {
            dict.merge(vm, b)?;
        }
        Ok(new)
    }

    /// Called by dict's item access for a key that is missing.
    #[py("__missing__(object, /)")]
    fn missing(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<Object> {
        let Some(factory) = this.factory.get() else { return Err(vm::exception::key_error(vm, object)) };
        let value = call::call(vm, &factory, &[])?;
        // The factory may have set the object itself; its value is replaced, as by an assignment.
        this.base.set_default(vm, object, value)
    }

    /// A shallow copy.
    #[py("copy()")]
    fn copy(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        DefaultDict::like(this, vm, this.as_object())
    }

    /// A shallow copy.
    #[py("__copy__()")]
    fn copy_protocol(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        DefaultDict::like(this, vm, this.as_object())
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let args = match this.factory.get() {
            None => Tuple::empty(),
            Some(factory) => Tuple::from_slice(&[factory]),
        };
        let items = call::call_method(vm, this.as_object(), vm.names().items(), &[])?;
        let iterator = iter::get_iter(vm, &items)?;
        let kind = type_of(this.as_object()).to_object();
        Ok(Tuple::from_slice(&[kind, args.into_object(), none(), none(), iterator]).into_object())
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }

    /// Factory for default value called by __missing__().
    #[getter("default_factory")]
    fn default_factory(&self) -> Object {
        self.factory_or_none()
    }

    #[setter("default_factory")]
    fn set_default_factory(&self, value: Option<&Object>) -> Result<()> {
        self.factory.set(value.filter(|v| !v.is(&none())).cloned());
        Ok(())
    }
}
