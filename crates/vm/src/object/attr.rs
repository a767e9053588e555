//! Attributes: lookup along the MRO, the generic getattr and setattr, and the functions everything else calls.

use super::{Type, flags, instance, type_of};
use crate::builtins::none::none;
use crate::builtins::object::BaseObject;
use crate::builtins::str::Str;
use crate::context::Vm;
use crate::error::Result;
use crate::names::Name;
use crate::object::PyType;
use crate::object::cast::Cast;
use heap::{Object, Ref};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};

/// What [`lookup`] found last for a type version and an interned name. Interned names never die, and a value stays in the
/// dict of a type of the MRO as long as the version is good, so nothing here is counted.
struct Found {
    version: AtomicU32,
    name: AtomicUsize,
    /// The word of the value; 0 if there is no such attribute.
    word: AtomicU64,
}

/// The cache of lookups, indexed by version and name. Read and written under the GIL only, hence relaxed.
static CACHE: [Found; 4096] =
    [const { Found { version: AtomicU32::new(0), name: AtomicUsize::new(0), word: AtomicU64::new(0) } }; 4096];

/// The attribute `name` in the dicts of the type's MRO, unbound.
#[expect(unsafe_code, reason = "the cache holds borrowed words")]
pub fn lookup(kind: &Type, name: &Name) -> Option<Object> {
    let version = super::mro::version(kind);
    if version == 0 || name.interned() == 0 {
        return lookup_with_owner(kind, name).map(|(found, _)| found);
    }
    let address = name.as_ptr() as usize;
    let entry = &CACHE[(version as usize ^ address >> 4) % CACHE.len()];
    if entry.version.load(Relaxed) == version && entry.name.load(Relaxed) == address {
        let word = entry.word.load(Relaxed);
        debug_assert_eq!(lookup_with_owner(kind, name).map_or(0, |(found, _)| found.word()), word, "{name}");
        // SAFETY: as the struct says: the version is good, so the value is alive.
        return unsafe { super::cast::clone_word(word) };
    }
    let found = lookup_with_owner(kind, name).map(|(found, _)| found);
    entry.version.store(version, Relaxed);
    entry.name.store(address, Relaxed);
    entry.word.store(found.as_ref().map_or(0, Object::word), Relaxed);
    found
}

/// As [`lookup`], with the index in the MRO where it was found.
pub fn lookup_with_owner(kind: &Type, name: &Name) -> Option<(Object, usize)> {
    let mro = kind.mro.get()?;
    let hash = name.hash_value();
    for (i, item) in mro.items().iter().enumerate() {
        if let Some(dict) = item.cast::<Type>()?.dict.get()
            && let Some(found) = dict.get_name_hashed(name, hash)
        {
            return Some((found, i));
        }
    }
    None
}

/// Whether attributes of the type's instances are found the way of `object`.
#[inline]
pub fn is_plain(kind: &Type) -> bool {
    same_slot!(kind, BaseObject::class(), getattr)
}

/// Whether attributes of the type's instances, which are types themselves, are found the way of `type`.
#[inline]
pub fn is_plain_meta(meta: &Type) -> bool {
    same_slot!(meta, Type::class(), getattr)
}

/// `getattr(object, name)` through the type's slot.
#[inline]
pub fn getattr(vm: &Vm, object: &Object, name: &Name) -> Result<Object> {
    match type_of(object).slots.getattr.get() {
        Some(get) => get(vm, object, name),
        None => Err(no_attribute(vm, object, name)),
    }
}

/// The attribute, or `None` where an AttributeError would be raised.
pub fn getattr_opt(vm: &Vm, object: &Object, name: &Name) -> Result<Option<Object>> {
    let found = match type_of(object).slots.getattr.get() {
        Some(_) if is_plain(type_of(object)) => generic_getattr_opt(vm, object, name),
        Some(_) if is_plain_meta(type_of(object)) => match object.cast::<Type>() {
            Some(this) => type_getattr_opt(vm, this, name),
            None => generic_getattr_opt(vm, object, name),
        },
        Some(get) => get(vm, object, name).map(Some),
        None => Ok(None),
    };
    // A descriptor's own AttributeError means the same: an unset slot, a property that has no answer.
    if found.is_err() && vm.raised_is(&crate::exception::types::AttributeError) {
        vm.clear_raised();
        return Ok(None);
    }
    found
}

/// `setattr(object, name, value)` or, without a value, `delattr(object, name)`.
pub fn setattr(vm: &Vm, object: &Object, name: &Name, value: Option<&Object>) -> Result<()> {
    let name = vm.intern_ref(name);
    match type_of(object).slots.setattr.get() {
        Some(set) => set(vm, object, &name, value),
        None => Err(no_attribute(vm, object, &name)),
    }
}

/// The AttributeError for a missing attribute, with `name` and `obj` set for suggestions.
#[cold]
pub fn no_attribute(vm: &Vm, object: &Object, name: &Name) -> crate::Raised {
    let raised = raise!(vm, AttributeError, "'{}' object has no attribute '{name}'", type_of(object).tp_name());
    vm.set_attribute_context(object, name);
    raised
}

/// `object.__getattribute__`: data descriptors, then the instance's own attributes, then what else the type has.
pub fn generic_getattr(vm: &Vm, object: &Object, name: &Ref<Str>) -> Result<Object> {
    match generic_getattr_opt(vm, object, name)? {
        Some(value) => Ok(value),
        None => Err(no_attribute(vm, object, name)),
    }
}

/// As [`generic_getattr`]; `None` when there is no such attribute.
pub fn generic_getattr_opt(vm: &Vm, object: &Object, name: &Ref<Str>) -> Result<Option<Object>> {
    let kind = type_of(object).clone();
    let found = lookup(&kind, name);
    if let Some(descriptor) = &found {
        let slots = &type_of(descriptor).slots;
        if slots.descr_set.get().is_some()
            && let Some(get) = slots.descr_get.get()
        {
            return get(vm, descriptor, Some(object), Some(kind.as_object()))
                .map(Some)
                .or_else(|raised| absent(vm, raised));
        }
    }
    if let Some(value) = instance::get(vm, object, name)? {
        return Ok(Some(value));
    }
    match found {
        None => Ok(None),
        Some(descriptor) => match type_of(&descriptor).slots.descr_get.get() {
            Some(get) => get(vm, &descriptor, Some(object), Some(kind.as_object()))
                .map(Some)
                .or_else(|raised| absent(vm, raised)),
            None => Ok(Some(descriptor)),
        },
    }
}

/// A descriptor's own AttributeError must be seen with its own words.
fn absent(_vm: &Vm, raised: crate::Raised) -> Result<Option<Object>> {
    Err(raised)
}

/// `object.__setattr__` and `object.__delattr__`.
pub fn generic_setattr(vm: &Vm, object: &Object, name: &Ref<Str>, value: Option<&Object>) -> Result<()> {
    let kind = type_of(object).clone();
    let found = lookup(&kind, name);
    if let Some(descriptor) = &found
        && let Some(set) = type_of(descriptor).slots.descr_set.get()
    {
        return set(vm, descriptor, object, value);
    }
    if instance::has_attrs(object) {
        if instance::set(vm, object, name, value)? {
            return Ok(());
        }
        return Err(no_attribute(vm, object, name));
    }
    let type_name = kind.tp_name();
    let raised = match found {
        Some(_) => raise!(vm, AttributeError, "'{type_name}' object attribute '{name}' is read-only"),
        None if same_slot!(kind, BaseObject::class(), setattr) => {
            raise!(
                vm,
                AttributeError,
                "'{type_name}' object has no attribute '{name}' and no __dict__ for setting new attributes"
            )
        }
        None => raise!(vm, AttributeError, "'{type_name}' object has no attribute '{name}'"),
    };
    vm.set_attribute_context(object, name);
    Err(raised)
}

/// `object.__setattr__(some_type, …)` would bypass the type's own rules ("Carlo Verre's hack").
pub fn check_setattr_bypass(vm: &Vm, object: &Object, owner: &Type, what: &str) -> Result<()> {
    let kind = type_of(object);
    let Some(own) = kind.mro_types().find(|t| !t.is_heap_type()) else { return Ok(()) };
    let same = |a: &Type, b: &Type| same_slot!(a, b, setattr);
    if !std::ptr::eq(&*own, owner) && !same(&own, owner) {
        bail!(vm, TypeError, "can't apply this {what} to {} object", kind.tp_name());
    }
    Ok(())
}

/// The attributes of a type itself (`type.__getattribute__`).
pub fn type_getattr(vm: &Vm, object: &Object, name: &Ref<Str>) -> Result<Object> {
    let Some(this) = object.cast::<Type>() else { return generic_getattr(vm, object, name) };
    match type_getattr_opt(vm, this, name)? {
        Some(value) => Ok(value),
        None => {
            let raised = raise!(vm, AttributeError, "type object '{}' has no attribute '{name}'", this.tp_name());
            vm.set_attribute_context(object, name);
            Err(raised)
        }
    }
}

/// As [`type_getattr`]; `None` when there is no such attribute.
fn type_getattr_opt(vm: &Vm, this: &Ref<Type>, name: &Ref<Str>) -> Result<Option<Object>> {
    let object = this.as_object();
    let meta = type_of(object).clone();
    let on_meta = lookup(&meta, name);
    if let Some(descriptor) = &on_meta {
        let slots = &type_of(descriptor).slots;
        if slots.descr_set.get().is_some()
            && let Some(get) = slots.descr_get.get()
        {
            return get(vm, descriptor, Some(object), Some(meta.as_object())).map(Some);
        }
    }
    if let Some(found) = lookup(this, name) {
        return match type_of(&found).slots.descr_get.get() {
            Some(get) => get(vm, &found, None, Some(object)).map(Some),
            None => Ok(Some(found)),
        };
    }
    let Some(descriptor) = on_meta else { return Ok(None) };
    match type_of(&descriptor).slots.descr_get.get() {
        Some(get) => get(vm, &descriptor, Some(object), Some(meta.as_object())).map(Some),
        None => Ok(Some(descriptor)),
    }
}

/// `type.__setattr__` and `type.__delattr__`.
pub fn type_setattr(vm: &Vm, object: &Object, name: &Ref<Str>, value: Option<&Object>) -> Result<()> {
    let Some(this) = object.cast::<Type>() else { return generic_setattr(vm, object, name, value) };
    if this.has_flag(flags::IMMUTABLETYPE) {
        bail!(vm, TypeError, "cannot set '{name}' attribute of immutable type '{}'", this.tp_name());
    }
    let meta = type_of(object).clone();
    if let Some(descriptor) = lookup(&meta, name)
        && let Some(set) = type_of(&descriptor).slots.descr_set.get()
    {
        set(vm, &descriptor, object, value)?;
    } else {
        let dict = this.own_dict();
        let done = match value {
            Some(value) => {
                dict.set_name(vm, name, value.clone())?;
                true
            }
            None => dict.remove_name(vm, name)?.is_some(),
        };
        if !done {
            let raised = raise!(vm, AttributeError, "type object '{}' has no attribute '{name}'", this.tp_name());
            vm.set_attribute_context(object, name);
            return Err(raised);
        }
    }
    super::mro::modified(this);
    if let Some(text) = name.as_ascii() {
        super::slot_table::update_for_name(vm, this, text);
    }
    Ok(())
}

/// The method `name` for a call on `object`: the function and, where it takes `self` itself, `true`.
///
/// What `LOAD_ATTR` with the method bit and `object.method(…)` from Rust use: no bound method object is made.
pub fn get_method(vm: &Vm, object: &Object, name: &Ref<Str>) -> Result<(Object, bool)> {
    let kind = type_of(object).clone();
    if !is_plain(&kind) {
        return Ok((getattr(vm, object, name)?, false));
    }
    let found = lookup(&kind, name);
    let mut is_method = false;
    if let Some(descriptor) = &found {
        let on = type_of(descriptor);
        if on.has_flag(flags::METHOD_DESCRIPTOR) {
            is_method = true;
        } else if on.slots.descr_set.get().is_some()
            && let Some(get) = on.slots.descr_get.get()
        {
            return Ok((get(vm, descriptor, Some(object), Some(kind.as_object()))?, false));
        }
    }
    if let Some(value) = instance::get(vm, object, name)? {
        return Ok((value, false));
    }
    match found {
        Some(function) if is_method => Ok((function, true)),
        Some(descriptor) => match type_of(&descriptor).slots.descr_get.get() {
            Some(get) => Ok((get(vm, &descriptor, Some(object), Some(kind.as_object()))?, false)),
            None => Ok((descriptor, false)),
        },
        None => Err(no_attribute(vm, object, name)),
    }
}

/// A special attribute that may be missing or None, as `object.__doc__` may.
pub fn get_or_none(vm: &Vm, object: &Object, name: &Name) -> Result<Object> {
    Ok(getattr_opt(vm, object, name)?.unwrap_or_else(none))
}
