//! `types.SimpleNamespace`.

use crate::object::{instance, type_of};
use crate::prelude::*;
use crate::protocol::object as protocol;

/// A simple attribute-based namespace.
#[pytype("SimpleNamespace", flags(BASETYPE, HAVE_GC, MANAGED_DICT), module = "types")]
pub struct SimpleNamespace {
    pub head: Head,
}

impl SimpleNamespace {
    pub fn make(vm: &Vm, fields: Vec<(Object, Object)>) -> Result<Object> {
        let object =
            instance::alloc(vm, SimpleNamespace::class(), SimpleNamespace { head: Head::new() })?.into_object();
        for (name, value) in fields {
            if let Some(name) = name.cast::<Str>() {
                instance::set(vm, &object, &vm.intern_ref(name), Some(&value))?;
            }
        }
        Ok(object)
    }
}

#[pymethods]
impl SimpleNamespace {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        Ok(instance::alloc(vm, cls, SimpleNamespace { head: Head::new() })?.into_object())
    }

    #[slot]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        let dict = instance::dict(this.as_object()).unwrap_or_else(Dict::empty);
        match args.positional() {
            [] => {}
            [mapping] => {
                let given = Dict::empty();
                given.merge(vm, mapping)?;
                if given.keys_vec().iter().any(|k| k.cast::<Str>().is_none()) {
                    bail!(vm, TypeError, "keywords must be strings");
                }
                dict.update_from_dict(vm, &given)?;
            }
            many => bail!(
                vm,
                TypeError,
                "{} expected at most 1 positional argument, got {}",
                type_of(this.as_object()).short_name(),
                many.len()
            ),
        }
        for (name, value) in args.keywords().iter() {
            dict.set(vm, name, value.clone())?;
        }
        Ok(())
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let kind = type_of(this.as_object());
        let name = if kind.is(SimpleNamespace::class()) { "namespace".to_owned() } else { kind.short_name() };
        let text = vm.guard_repr(this.as_object(), || {
            let mut parts = Vec::new();
            for (key, value) in instance::items(this.as_object()) {
                if let Some(key) = key.cast::<Str>() {
                    parts.push(format!("{key}={}", protocol::repr(vm, &value)?));
                }
            }
            Ok(Str::new(&format!("{name}({})", parts.join(", "))))
        })?;
        Ok(text.unwrap_or_else(|| Str::new(&format!("{name}(...)"))).into_object())
    }

    #[slot]
    fn richcompare(this: &Ref<Self>, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        if !other.is_instance_of::<SimpleNamespace>() {
            return not_implemented(vm);
        }
        let dict = |o: &Object| instance::dict(o).unwrap_or_else(Dict::empty).into_object();
        protocol::compare(vm, &dict(this.as_object()), &dict(other), op)
    }

    /// Return state information for pickling
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> Object {
        let dict = instance::dict(this.as_object()).unwrap_or_else(Dict::empty).into_object();
        Tuple::from_slice(&[type_of(this.as_object()).to_object(), Tuple::empty().into_object(), dict]).into_object()
    }

    /// Return a copy of the namespace object with new values for the specified attributes.
    #[py(raw, "__replace__", notext)]
    fn replace(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let Some(this) = args.items.first() else { bail!(vm, TypeError, "__replace__() needs an argument") };
        if args.positional().len() > 1 {
            bail!(vm, TypeError, "__replace__() takes no positional arguments");
        }
        let kind = type_of(this);
        let copy = crate::protocol::call::call(vm, kind.as_object(), &[])?;
        if !copy.is_instance_of::<SimpleNamespace>() {
            let (kind, made) =
                (crate::builtins::type_::full_name(vm, kind)?, crate::builtins::type_::full_name(vm, type_of(&copy))?);
            bail!(vm, TypeError, "expect types.SimpleNamespace type, but {kind}() returned '{made}' object");
        }
        let dict = instance::dict(&copy).unwrap_or_else(Dict::empty);
        if let Some(own) = instance::dict(this) {
            dict.update_from_dict(vm, &own)?;
        }
        for (name, value) in args.keywords().iter() {
            dict.set(vm, name, value.clone())?;
        }
        Ok(copy)
    }

    #[getter("__dict__")]
    fn get_dict(this: &Ref<Self>) -> Option<Ref<Dict>> {
        instance::dict(this.as_object())
    }
}
