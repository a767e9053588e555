//! `object`, the base of every type.

use crate::builtins::dict::Dict;
use crate::object::{attr, class, instance, same_slot, slot_table, type_of};
use crate::prelude::*;
use crate::protocol::{call, object as protocol};

/// The base class of the class hierarchy.
///
/// When called, it accepts no arguments and returns a new featureless
/// instance that has no instance attributes and cannot be given any.
///
#[pytype("object", flags(BASETYPE))]
pub struct BaseObject {
    pub head: Head,
}

/// Whether a type's slot is not `object`'s own.
fn overrides_new(kind: &Type) -> bool {
    !same_slot!(kind, BaseObject::class(), new)
}

fn overrides_init(kind: &Type) -> bool {
    !same_slot!(kind, BaseObject::class(), init)
}

#[pymethods]
impl BaseObject {
    #[slot("()", raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if !args.items.is_empty() {
            if overrides_new(cls) {
                bail!(vm, TypeError, "object.__new__() takes exactly one argument (the type to instantiate)");
            }
            if !overrides_init(cls) {
                bail!(vm, TypeError, "{}() takes no arguments", cls.short_name());
            }
        }
        if cls.has_flag(flags::ABSTRACT) {
            return Err(abstract_class(vm, cls));
        }
        Ok(instance::alloc(vm, cls, BaseObject { head: Head::new() })?.into_object())
    }

    #[slot]
    fn init(this: &Object, vm: &Vm, args: Args<'_>) -> Result<()> {
        if !args.items.is_empty() {
            let kind = type_of(this);
            if overrides_init(kind) {
                bail!(vm, TypeError, "object.__init__() takes exactly one argument (the instance to initialize)");
            }
            if !overrides_new(kind) {
                bail!(
                    vm,
                    TypeError,
                    "{}.__init__() takes exactly one argument (the instance to initialize)",
                    kind.short_name()
                );
            }
        }
        Ok(())
    }

    #[slot]
    fn getattr(this: &Object, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        attr::generic_getattr(vm, this, name)
    }

    #[slot]
    fn setattr(this: &Object, vm: &Vm, name: &Ref<Str>, value: Option<&Object>) -> Result<()> {
        attr::generic_setattr(vm, this, name, value)
    }

    #[slot]
    fn repr(this: &Object, vm: &Vm) -> Result<Object> {
        let name = crate::builtins::type_::shown_name(vm, type_of(this));
        Ok(Str::new(&format!("<{name} object at {:#x}>", protocol::address(this))).into_object())
    }

    #[slot]
    fn str(this: &Object, vm: &Vm) -> Result<Object> {
        Ok(protocol::repr(vm, this)?.into_object())
    }

    #[slot]
    fn hash(this: &Object) -> i64 {
        hash_address(this)
    }

    #[slot]
    fn richcompare(this: &Object, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        match op {
            CompareOp::Eq if this.is(other) => Ok(true.object()),
            CompareOp::Ne => {
                // By default != is the opposite of ==, unless that is not implemented.
                let Some(equal) = type_of(this).slots.richcompare.get() else { return not_implemented(vm) };
                let result = equal(vm, this, other, CompareOp::Eq)?;
                if crate::builtins::none::is_not_implemented(&result) {
                    return Ok(result);
                }
                Ok((!protocol::is_true(vm, &result)?).object())
            }
            _ => not_implemented(vm),
        }
    }

    /// Return self's class.
    #[getter("__class__")]
    fn get_class(this: &Object) -> Object {
        type_of(this).to_object()
    }

    #[setter("__class__")]
    fn set_class(this: &Object, vm: &Vm, value: Option<&Object>) -> Result<()> {
        class::assign_class(vm, this, value)
    }

    /// Helper for pickle.
    #[py("__reduce__()")]
    fn reduce(this: &Object, vm: &Vm) -> Result<Object> {
        reduce_protocol(vm, this, 0)
    }

    /// Helper for pickle.
    #[py("__reduce_ex__(protocol, /)")]
    fn reduce_ex(this: &Object, vm: &Vm, protocol: i32) -> Result<Object> {
        let name = vm.names().__reduce__();
        if let Some(reduce) = attr::getattr_opt(vm, this, name)? {
            let own = attr::lookup(type_of(this), name);
            let base = attr::lookup(BaseObject::class(), name);
            if own.zip(base).is_none_or(|(a, b)| !a.is(&b)) {
                return call::call(vm, &reduce, &[]);
            }
        }
        reduce_protocol(vm, this, protocol)
    }

    /// Helper for pickle.
    #[py("__getstate__()")]
    fn getstate(this: &Object, vm: &Vm) -> Result<Object> {
        default_state(vm, this, false)
    }

    /// Size of object in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(this: &Object) -> usize {
        let head = &type_of(this).base_head;
        head.basic_size.get() as usize
    }

    /// Default dir() implementation.
    #[py("__dir__()")]
    fn dir(this: &Object, vm: &Vm) -> Result<Object> {
        let names = Dict::empty();
        if let Some(own) = attr::getattr_opt(vm, this, vm.names().__dict__())?
            && let Some(own) = own.cast::<Dict>()
        {
            names.update_from_dict(vm, own)?;
        }
        if let Some(kind) = attr::getattr_opt(vm, this, vm.names().__class__())? {
            crate::builtins::type_::merge_class_dict(vm, &names, &kind)?;
        }
        Ok(List::from_vec(names.keys_vec()).into_object())
    }

    /// Default object formatter.
    ///
    /// Return str(self) if format_spec is empty. Raise TypeError otherwise.
    #[py("__format__(format_spec, /)")]
    fn format(this: &Object, vm: &Vm, format_spec: &Ref<Str>) -> Result<Object> {
        if !format_spec.is_empty() {
            bail!(vm, TypeError, "unsupported format string passed to {}.__format__", type_of(this).short_name());
        }
        Ok(protocol::str(vm, this)?.into_object())
    }

    /// Abstract classes can override this to customize issubclass().
    ///
    /// This is invoked early on by abc.ABCMeta.__subclasscheck__().
    /// It should return True, False or NotImplemented.  If it returns
    /// NotImplemented, the normal algorithm is used.  Otherwise, it
    /// overrides the normal algorithm (and the outcome is cached).
    #[py(raw, "__subclasshook__(object, /)", classmethod)]
    fn subclasshook(vm: &Vm, _args: Args<'_>) -> Result<Object> {
        not_implemented(vm)
    }

    /// This method is called when a class is subclassed.
    ///
    /// The default implementation does nothing. It may be
    /// overridden to extend subclasses.
    #[py("__init_subclass__()", classmethod)]
    fn init_subclass(cls: &Ref<Type>) {
        let _ = cls;
    }
}

/// The hash of an object by its identity.
pub fn hash_address(this: &Object) -> i64 {
    let address = protocol::address(this);
    let hash = address.rotate_right(4) as i64;
    if hash == -1 { -2 } else { hash }
}

fn abstract_class(vm: &Vm, cls: &Ref<Type>) -> Raised {
    let names = (|| {
        let set = attr::getattr(vm, cls.as_object(), &vm.intern("__abstractmethods__"))?;
        let mut names = Vec::new();
        for name in crate::protocol::iter::to_vec(vm, &set)? {
            names.push(protocol::str(vm, &name)?.to_string_lossy());
        }
        names.sort();
        Ok::<_, Raised>(names)
    })();
    match names {
        Ok(names) => {
            let s = if names.len() == 1 { "" } else { "s" };
            let joined = names.iter().map(|n| format!("'{n}'")).collect::<Vec<_>>().join(", ");
            raise!(
                vm,
                TypeError,
                "Can't instantiate abstract class {} without an implementation for abstract method{s} {joined}",
                cls.short_name()
            )
        }
        Err(raised) => raised,
    }
}

/// What `object.__getstate__` gives: the attributes, with the slots beside them where there are any (PEP 307).
pub fn default_state(vm: &Vm, this: &Object, required: bool) -> Result<Object> {
    let kind = type_of(this).clone();
    let _ = required;
    let state = match attr::getattr_opt(vm, this, vm.names().__dict__())? {
        Some(dict) => match dict.cast::<Dict>() {
            Some(d) if d.is_empty() => none(),
            Some(d) => d.copy(vm)?.into_object(),
            None => dict,
        },
        None => none(),
    };
    let copyreg = vm.import("copyreg")?;
    let slot_names = {
        let own = kind.own_dict().get_name(vm.names().__slotnames__());
        match own {
            Some(names) => names,
            None => call::call_method(vm, &copyreg, &vm.intern("_slotnames"), &[kind.to_object()])?,
        }
    };
    let mut slots = Vec::new();
    if let Some(names) = slot_names.cast::<List>() {
        for name in vm.memory(names.items.to_vec())? {
            let Some(name) = name.cast::<Str>() else { continue };
            if let Some(value) = attr::getattr_opt(vm, this, name)? {
                slots.push((name.to_object(), value));
            }
        }
    }
    if slots.is_empty() {
        return Ok(state);
    }
    let slots = Dict::from_pairs_of_names(slots).into_object();
    Ok(Tuple::from_slice(&[state, slots]).into_object())
}

fn reduce_protocol(vm: &Vm, this: &Object, version: i32) -> Result<Object> {
    let copyreg = vm.import("copyreg")?;
    if version < 2 {
        let function = attr::getattr(vm, &copyreg, &vm.intern("_reduce_ex"))?;
        return call::call(vm, &function, &[this.clone(), Object::int32(version)]);
    }
    let kind = type_of(this).clone();
    if kind.slots.new.get().is_none() || kind.has_flag(flags::DISALLOW_INSTANTIATION) {
        bail!(vm, TypeError, "cannot pickle '{}' object", kind.short_name());
    }
    let (args, kwargs) = new_arguments(vm, this)?;
    let has_args = args.is_some();
    let is_list = this.is_instance_of::<List>();
    let is_dict = this.is_instance_of::<Dict>();
    let state = {
        let method = attr::getattr(vm, this, vm.names().__getstate__())?;
        let own = attr::lookup(BaseObject::class(), vm.names().__getstate__());
        let found = attr::lookup(&kind, vm.names().__getstate__());
        if found.zip(own).is_some_and(|(a, b)| a.is(&b)) && !has_args && !is_list && !is_dict && refuses_state(&kind) {
            bail!(vm, TypeError, "cannot pickle '{}' object", kind.short_name());
        }
        call::call(vm, &method, &[])?
    };
    let (function, arguments) = match kwargs.filter(|k| !k.is_empty()) {
        None => {
            let function = attr::getattr(vm, &copyreg, vm.names().__newobj__())?;
            let mut items = vec![kind.to_object()];
            items.extend(args.iter().flat_map(|a| a.items().to_vec()));
            (function, Tuple::from_slice(&items))
        }
        Some(kwargs) => {
            let function = attr::getattr(vm, &copyreg, vm.names().__newobj_ex__())?;
            let args = args.unwrap_or_else(Tuple::empty);
            (function, Tuple::from_slice(&[kind.to_object(), args.into_object(), kwargs.into_object()]))
        }
    };
    let list_items = if is_list { protocol_iter(vm, this)? } else { none() };
    let dict_items = if is_dict {
        let items = call::call_method(vm, this, vm.names().items(), &[])?;
        protocol_iter(vm, &items)?
    } else {
        none()
    };
    Ok(Tuple::from_slice(&[function, arguments.into_object(), state, list_items, dict_items]).into_object())
}

fn protocol_iter(vm: &Vm, object: &Object) -> Result<Object> {
    crate::protocol::iter::get_iter(vm, object)
}

/// Native bodies hold state that no attribute shows: without `__getnewargs__` they cannot be copied.
fn refuses_state(kind: &Type) -> bool {
    let base = BaseObject::class().base_head.basic_size.get();
    kind.native
        .get()
        .is_some_and(|n| n.get().base_head.basic_size.get() > base || n.get().base_head.item_size.get() > 0)
}

type NewArguments = (Option<Ref<Tuple>>, Option<Ref<Dict>>);

fn new_arguments(vm: &Vm, this: &Object) -> Result<NewArguments> {
    if let Some(method) = attr::lookup(type_of(this), vm.names().__getnewargs_ex__()) {
        let result = slot_table::call_found(vm, this, &method, &[])?;
        let Some(pair) = result.cast::<Tuple>() else {
            bail!(vm, TypeError, "__getnewargs_ex__ should return a tuple, not '{}'", type_of(&result).tp_name());
        };
        let [args, kwargs] = pair.items() else {
            bail!(vm, ValueError, "__getnewargs_ex__ should return a tuple of length 2, not {}", pair.len());
        };
        let Some(args) = args.cast::<Tuple>() else {
            bail!(
                vm,
                TypeError,
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{}'",
                type_of(args).tp_name()
            );
        };
        let Some(kwargs) = kwargs.cast::<Dict>() else {
            bail!(
                vm,
                TypeError,
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{}'",
                type_of(kwargs).tp_name()
            );
        };
        return Ok((Some(args.clone()), Some(kwargs.clone())));
    }
    if let Some(method) = attr::lookup(type_of(this), vm.names().__getnewargs__()) {
        let result = slot_table::call_found(vm, this, &method, &[])?;
        return match result.cast::<Tuple>() {
            Some(args) => Ok((Some(args.clone()), None)),
            None => {
                Err(raise!(vm, TypeError, "__getnewargs__ should return a tuple, not '{}'", type_of(&result).tp_name()))
            }
        };
    }
    Ok((None, None))
}
