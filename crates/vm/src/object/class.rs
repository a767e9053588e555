//! How classes are made: `type(name, bases, dict, **keywords)`.

use super::{Type, attr, cast, flags, instance, mro, slot_table, type_name, type_of};
use crate::builtins::dict::Dict;
use crate::builtins::none::none;
use crate::builtins::object::BaseObject;
use crate::builtins::str::Str;
use crate::builtins::tuple::Tuple;
use crate::context::Vm;
use crate::error::Result;
use crate::native::{Args, Kwargs, MemberDescr};
use crate::object::PyType;
use crate::object::cast::Cast;
use crate::protocol::object::ErrorText;
use crate::protocol::{call, object as protocol};
use heap::{Object, Ref};

/// The metaclass that a class with these bases must have: the most derived of `start` and the bases' types.
pub fn calculate_metaclass(vm: &Vm, start: &Ref<Type>, bases: &[Object]) -> Result<Ref<Type>> {
    let mut winner = start.clone();
    for base in bases {
        let kind = type_of(base);
        if winner.is_subtype(kind) {
            continue;
        }
        if kind.is_subtype(&winner) {
            winner = kind.clone();
            continue;
        }
        bail!(
            vm,
            TypeError,
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases"
        );
    }
    Ok(winner)
}

/// The built-in type whose body a type's instances start with, slots included: what decides whether bases fit together.
fn solid_base(kind: &Ref<Type>) -> Ref<Type> {
    let mut at = kind.clone();
    loop {
        let Some(base) = at.base.get() else { return at };
        // A dict that a built-in type brings with it counts as part of its body, as it does in CPython.
        let own_dict = at.has_flag(flags::MANAGED_DICT) && !base.has_flag(flags::MANAGED_DICT);
        let own_body =
            !at.is_heap_type() && (own_dict || at.base_head.basic_size.get() != base.base_head.basic_size.get());
        let own_slots = at.slot_words.get() != base.slot_words.get();
        if own_body
            || own_slots
            || (!at.is_heap_type() && at.base_head.item_size.get() != base.base_head.item_size.get())
        {
            return at;
        }
        at = base;
    }
}

/// The base that decides the layout.
pub fn best_base(vm: &Vm, bases: &[Object]) -> Result<Ref<Type>> {
    let mut best: Option<(Ref<Type>, Ref<Type>)> = None;
    for base in bases {
        let Some(base) = base.cast::<Type>() else { bail!(vm, TypeError, "bases must be types") };
        if !base.has_flag(flags::BASETYPE) {
            return Err(mro::not_a_base(vm, base));
        }
        let solid = solid_base(base);
        match &best {
            None => best = Some((base.clone(), solid)),
            Some((_, winner)) if winner.is_subtype(&solid) => {}
            Some((_, winner)) if solid.is_subtype(winner) => best = Some((base.clone(), solid)),
            Some(_) => bail!(vm, TypeError, "multiple bases have instance lay-out conflict"),
        }
    }
    Ok(best.expect("there is at least one base").0)
}

/// `type.__new__(metatype, name, bases, namespace, **keywords)`.
pub fn new_class(
    vm: &Vm,
    metatype: &Ref<Type>,
    name: &Ref<Str>,
    bases: &Ref<Tuple>,
    namespace: &Ref<Dict>,
    keywords: Kwargs<'_>,
) -> Result<Object> {
    let mut bases = bases.clone();
    let mut metatype = metatype.clone();
    if bases.is_empty() {
        bases = Tuple::from_slice(&[BaseObject::class().to_object()]);
    } else {
        for base in bases.items() {
            if base.cast::<Type>().is_none() && attr::getattr_opt(vm, base, vm.names().__mro_entries__())?.is_some() {
                bail!(vm, TypeError, "type() doesn't support MRO entry resolution; use types.new_class()");
            }
        }
        let winner = calculate_metaclass(vm, &metatype, bases.items())?;
        if !winner.is(&metatype) {
            let new = winner.slots.new.get().expect("a metaclass can make classes");
            if Some(new as usize) != Type::class().slots.new.get().map(|f| f as usize) {
                let mut items = vec![name.to_object(), bases.to_object(), namespace.to_object()];
                items.extend_from_slice(keywords.values);
                let names = (!keywords.is_empty()).then(|| Tuple::from_slice(keywords.names));
                return new(vm, &winner, Args { items: &items, names: names.as_deref() });
            }
            metatype = winner;
        }
    }
    let base = best_base(vm, bases.items())?;
    let dict = namespace.copy(vm)?;
    let this = make(vm, &metatype, name, &bases, &base, &dict)?;
    set_names(vm, &this)?;
    init_subclass(vm, &this, keywords)?;
    Ok(this.into_object())
}

fn make(
    vm: &Vm,
    metatype: &Ref<Type>,
    name: &Ref<Str>,
    bases: &Ref<Tuple>,
    base: &Ref<Type>,
    dict: &Ref<Dict>,
) -> Result<Ref<Type>> {
    if name.contains_code_point(0) {
        bail!(vm, ValueError, "type name must not contain null characters");
    }
    name.to_utf8(vm)?;
    let names = vm.names();
    // Modules and types keep a dict of their own.
    let own_dict = base.is_subtype(crate::builtins::module::Module::class()) || base.is_subtype(Type::class());
    let may_add_dict = !base.has_attrs.get() && !own_dict;
    let may_add_weak = !base.weak_allowed.get();
    let slots = dict.get_name(names.__slots__());
    let mut members: Vec<Ref<Str>> = Vec::new();
    let (mut add_dict, mut add_weak) = (false, false);
    match &slots {
        None => {
            add_dict = may_add_dict;
            add_weak = may_add_weak;
        }
        Some(slots) => {
            let items = if slots.is_instance_of::<Str>() {
                vec![slots.clone()]
            } else {
                crate::protocol::iter::to_vec(vm, slots)?
            };
            // A str has no items as far as a program can tell: its characters lie behind a pointer in CPython.
            let has_items = base.base_head.item_size.get() != 0 && !base.is_subtype(Str::class());
            if !items.is_empty() && has_items {
                bail!(vm, TypeError, "nonempty __slots__ not supported for subtype of '{}'", base.tp_name());
            }
            for item in &items {
                let Some(slot) = item.cast::<Str>() else {
                    bail!(vm, TypeError, "__slots__ items must be strings, not '{}'", type_name(item));
                };
                if !slot.is_identifier() {
                    bail!(vm, TypeError, "__slots__ must be identifiers");
                }
                match slot.as_ascii() {
                    Some("__dict__") => {
                        if !may_add_dict || add_dict {
                            bail!(vm, TypeError, "__dict__ slot disallowed: we already got one");
                        }
                        add_dict = true;
                    }
                    Some("__weakref__") => {
                        if !may_add_weak || add_weak {
                            bail!(vm, TypeError, "__weakref__ slot disallowed: we already got one");
                        }
                        add_weak = true;
                    }
                    _ => {
                        let mangled = mangle(vm, name, slot);
                        let allowed = matches!(mangled.as_ascii(), Some("__qualname__" | "__classcell__"));
                        if !allowed && dict.get_name(&mangled).is_some() {
                            bail!(vm, ValueError, "'{slot}' in __slots__ conflicts with class variable");
                        }
                        members.push(mangled);
                    }
                }
            }
            members.sort_by(|a, b| a.code_points().cmp(b.code_points()));
            // Another base may bring attributes and weak references along.
            for other in bases.items().iter().filter_map(|b| b.cast::<Type>()).filter(|b| !b.is(base)) {
                add_dict |= may_add_dict && other.has_attrs.get();
                add_weak |= may_add_weak && other.weak_allowed.get();
            }
        }
    }
    let body = Type::empty();
    let native = base.native.get().expect("a ready base has a native type");
    let this = instance::alloc(vm, metatype, body)?;
    let head = &this.base_head;
    head.counted.set(true);
    head.basic_size.set(base.base_head.basic_size.get());
    head.item_size.set(base.base_head.item_size.get());
    this.native.set(Some(native));
    this.native_functions.set(base.native_functions.get());
    this.slot_words.set(base.slot_words.get() + members.len() as u32);
    this.has_attrs.set(base.has_attrs.get() || add_dict);
    this.weak_allowed.set(base.weak_allowed.get() || add_weak);
    // Instances of Python's classes are seen by the collector even if they hold nothing.
    let tracked = true;
    instance::prepare_type(&this, tracked);
    let mut bits = flags::HEAPTYPE | flags::BASETYPE | base.flags.get() & flags::INHERITED;
    if tracked {
        bits |= flags::HAVE_GC;
    }
    if this.has_attrs.get() {
        bits |= flags::MANAGED_DICT;
    }
    if this.weak_allowed.get() {
        bits |= flags::MANAGED_WEAKREF;
    }
    this.flags.set(bits);
    this.name.set(Some(name.clone()));
    this.qualname.set(Some(match dict.remove_name(vm, names.__qualname__())? {
        None => name.clone(),
        Some(qualname) => match qualname.cast::<Str>() {
            Some(qualname) => qualname.clone(),
            None => bail!(vm, TypeError, "type __qualname__ must be a str, not {}", type_name(&qualname)),
        },
    }));
    this.base.set(Some(base.clone()));
    this.bases.set(Some(bases.clone()));
    this.dict.set(Some(dict.clone()));
    if dict.get_name(names.__module__()).is_none()
        && let Some(module) = vm.current_globals().and_then(|g| g.get_name(names.__name__()))
    {
        dict.set_name(vm, names.__module__(), module)?;
    }
    // Before `mro()` runs, which may look at both, and before a slot of such a name takes the place.
    let cell = dict.remove_name(vm, names.__classcell__())?;
    let dict_cell = dict.remove_name(vm, names.__classdictcell__())?;
    if let Some(cell) = cell {
        match cell.cast::<crate::frame::cell::Cell>() {
            Some(cell) => cell.set(Some(this.to_object())),
            None => bail!(
                vm,
                TypeError,
                "__classcell__ must be a nonlocal cell, not {}",
                type_of(&cell).as_object().repr_for_error(vm)
            ),
        }
    }
    if let Some(cell) = dict_cell.as_ref().and_then(|c| c.cast::<crate::frame::cell::Cell>()) {
        cell.set(Some(dict.to_object()));
    }
    for (i, member) in members.iter().enumerate() {
        let index = base.slot_words.get() as usize + i;
        dict.set_name(vm, member, MemberDescr::make(&this, member, index))?;
    }
    wrap_specials(vm, dict)?;
    if add_dict && may_add_dict {
        dict.set_name_if_absent(vm, names.__dict__(), crate::builtins::type_::dict_descriptor(&this))?;
    }
    if add_weak && may_add_weak {
        dict.set_name_if_absent(vm, names.__weakref__(), crate::builtins::type_::weakref_descriptor(&this))?;
    }
    match dict.get_name(names.__doc__()) {
        None => dict.set_name(vm, names.__doc__(), none())?,
        // Native code keeps it as UTF-8.
        Some(doc) => drop(doc.cast::<Str>().map(|doc| doc.to_utf8(vm)).transpose()?),
    }
    if dict.get_name(names.__hash__()).is_none() && dict.get_name(names.__eq__()).is_some() {
        dict.set_name(vm, names.__hash__(), none())?;
    }
    mro::set(vm, &this)?;
    let set_on_self = dict.get_name(names.__static_attributes__()).and_then(|names| Some(names.cast::<Tuple>()?.len()));
    let inherited = bases.items().iter().filter_map(|b| b.cast::<Type>()).map(|b| b.expected_attrs.get()).sum::<u32>();
    this.expected_attrs.set(inherited.saturating_add(set_on_self.unwrap_or(0) as u32));
    for base in bases.items().iter().filter_map(|b| b.cast::<Type>()) {
        base.subclasses.borrow_mut().push(this.as_ptr());
    }
    // The first in the MRO that is a sequence or a mapping to patterns decides.
    let patterns = |kind: &Type| kind.flags.get() & (flags::SEQUENCE | flags::MAPPING);
    if let Some(mro) = this.mro.get()
        && let Some(found) =
            mro.items().iter().skip(1).filter_map(|b| b.cast::<Type>()).map(|b| patterns(b)).find(|found| *found != 0)
    {
        this.flags.set(this.flags.get() & !(flags::SEQUENCE | flags::MAPPING) | found);
    }
    if dict.to_pairs().iter().any(|(key, _)| !key.is_instance_of::<Str>()) {
        let message = format!("non-string key in the __dict__ of class {name}");
        vm.warn(&crate::exception::types::RuntimeWarning, &message, 1)?;
    }
    slot_table::update_all(vm, &this);
    if this.slots.getattr.get().is_none() {
        this.slots.inherit(&base.slots);
    }
    this.flags.set(this.flags.get() | flags::READY);
    let _ = cast::type_of;
    Ok(this)
}

/// `__x` inside class `_C` is `_C__x`.
pub fn mangle(vm: &Vm, class: &Ref<Str>, name: &Ref<Str>) -> Ref<Str> {
    let (Some(class), Some(text)) = (class.to_utf8(vm).ok(), name.to_utf8(vm).ok()) else { return vm.intern_ref(name) };
    if !text.starts_with("__") || text.ends_with("__") || text.contains('.') {
        return vm.intern_ref(name);
    }
    let class = class.trim_start_matches('_');
    if class.is_empty() {
        return vm.intern_ref(name);
    }
    vm.intern(&format!("_{class}{text}"))
}

/// `__new__` is a static method, `__init_subclass__` and `__class_getitem__` are class methods, said or unsaid.
fn wrap_specials(vm: &Vm, dict: &Ref<Dict>) -> Result<()> {
    use crate::builtins::descriptors::{ClassMethod, StaticMethod};
    let names = vm.names();
    if let Some(function) = dict.get_name(names.__new__())
        && function.is_exact::<crate::frame::function::Function>()
    {
        dict.set_name(vm, names.__new__(), StaticMethod::make(vm, &function)?)?;
    }
    for name in [names.__init_subclass__(), names.__class_getitem__()] {
        if let Some(function) = dict.get_name(name)
            && function.is_exact::<crate::frame::function::Function>()
        {
            dict.set_name(vm, name, ClassMethod::make(vm, &function)?)?;
        }
    }
    Ok(())
}

/// Calls `__set_name__` of every attribute that has one (PEP 487).
fn set_names(vm: &Vm, this: &Ref<Type>) -> Result<()> {
    for (name, value) in this.own_dict().to_pairs() {
        let Some(method) = attr::lookup(type_of(&value), vm.names().__set_name__()) else { continue };
        if let Err(raised) = slot_table::call_found(vm, &value, &method, &[this.as_object(), &name]) {
            let note = format!(
                "Error calling __set_name__ on '{}' instance {} in '{}'",
                type_name(&value),
                name.repr_for_error(vm),
                this.short_name()
            );
            vm.add_note(&note);
            return Err(raised);
        }
    }
    Ok(())
}

/// Calls `super(this, this).__init_subclass__(**keywords)` (PEP 487).
fn init_subclass(vm: &Vm, this: &Ref<Type>, keywords: Kwargs<'_>) -> Result<()> {
    if this.mro.get().is_some_and(|mro| !mro.items().iter().any(|kind| kind.is(this.as_object()))) {
        let name = this.short_name();
        bail!(vm, TypeError, "super(type, obj): obj (type {name}) is not an instance or subtype of type ({name}).");
    }
    let function =
        crate::builtins::super_::super_attribute(vm, this, this.as_object(), vm.names().__init_subclass__())?;
    let names = (!keywords.is_empty()).then(|| Tuple::from_slice(keywords.names));
    call::call_args(vm, &function, Args { items: keywords.values, names: names.as_deref() })?;
    Ok(())
}

/// Assigns `__class__` where the shapes of both types agree.
pub fn assign_class(vm: &Vm, object: &Object, value: Option<&Object>) -> Result<()> {
    let Some(value) = value else { bail!(vm, TypeError, "can't delete __class__ attribute") };
    let Some(new) = value.cast::<Type>() else {
        bail!(vm, TypeError, "__class__ must be set to a class, not '{}' object", type_name(value));
    };
    let old = type_of(object).clone();
    let modules = crate::builtins::module::Module::class();
    if !(new.is_subtype(modules) && old.is_subtype(modules))
        && (new.has_flag(flags::IMMUTABLETYPE) || old.has_flag(flags::IMMUTABLETYPE))
    {
        bail!(vm, TypeError, "__class__ assignment only supported for mutable types or ModuleType subclasses");
    }
    if !same_layout(&old, new) {
        bail!(
            vm,
            TypeError,
            "__class__ assignment: '{}' object layout differs from '{}'",
            new.tp_name(),
            old.tp_name()
        );
    }
    if old.has_attrs.get() {
        // The places of values belong to the old class: they move into a dict first.
        drop(instance::dict(object));
    }
    cast::set_type(object, new);
    Ok(())
}

/// Whether instances of both have the same layout, so that one class may take the other's place.
pub fn same_layout(old: &Ref<Type>, new: &Ref<Type>) -> bool {
    old.native.get().map(|n| n.kind()) == new.native.get().map(|n| n.kind())
        && old.slot_words.get() == new.slot_words.get()
        && old.has_attrs.get() == new.has_attrs.get()
        && old.weak_allowed.get() == new.weak_allowed.get()
        && slot_names(old) == slot_names(new)
        && same_makers(old, new)
}

/// Whether slots, dict and weak references that both have were added by the same class, or by two beside each other.
fn same_makers(a: &Ref<Type>, b: &Ref<Type>) -> bool {
    let maker = |kind: &Ref<Type>| {
        let mut kind = kind.clone();
        while let Some(base) = kind.base.get() {
            if base.slot_words.get() != kind.slot_words.get()
                || base.has_attrs.get() != kind.has_attrs.get()
                || base.weak_allowed.get() != kind.weak_allowed.get()
            {
                break;
            }
            kind = base;
        }
        kind
    };
    let (a, b) = (maker(a), maker(b));
    let above = |kind: &Type| kind.base.get().map(|base| base.as_ptr());
    std::ptr::eq(a.as_ptr(), b.as_ptr()) || above(&a) == above(&b)
}

fn slot_names(kind: &Type) -> Vec<String> {
    let mut names: Vec<String> = kind
        .mro_types()
        .filter(|t| t.is_heap_type())
        .flat_map(|t| t.own_dict().to_pairs())
        .filter_map(|(_, value)| {
            value.cast::<MemberDescr>().filter(|m| m.slot_index().is_some()).map(|m| m.name.to_string())
        })
        .collect();
    names.sort();
    names
}

/// The keyword arguments and namespace of a class statement: what `__build_class__` does around the metaclass's call.
pub fn build_class(vm: &Vm, args: Args<'_>) -> Result<Object> {
    let positional = args.positional();
    let [function, name, given_bases @ ..] = positional else {
        bail!(vm, TypeError, "__build_class__: not enough arguments");
    };
    let Some(function) = function.cast::<crate::frame::function::Function>() else {
        bail!(vm, TypeError, "__build_class__: func must be a function");
    };
    if !name.is_instance_of::<Str>() {
        bail!(vm, TypeError, "__build_class__: name is not a string");
    }
    let bases = resolve_bases(vm, given_bases)?;
    let keywords = args.keywords();
    let mut metaclass = None;
    let (mut rest_names, mut rest_values) = (Vec::new(), Vec::new());
    for (key, value) in keywords.iter() {
        if key.cast::<Str>().is_some_and(|k| k.as_ascii() == Some("metaclass")) {
            metaclass = Some(value.clone());
        } else {
            rest_names.push(key.clone());
            rest_values.push(value.clone());
        }
    }
    let mut meta = match &metaclass {
        Some(meta) => meta.clone(),
        None => match bases.items().first() {
            Some(base) => type_of(base).to_object(),
            None => Type::class().to_object(),
        },
    };
    if let Some(kind) = meta.cast::<Type>() {
        meta = calculate_metaclass(vm, kind, bases.items())?.into_object();
    }
    let names = (!rest_names.is_empty()).then(|| Tuple::from_slice(&rest_names));
    let with_keywords = |vm: &Vm, callable: &Object, first: &[Object]| {
        let mut items = first.to_vec();
        items.extend_from_slice(&rest_values);
        call::call_args(vm, callable, Args { items: &items, names: names.as_deref() })
    };
    let namespace = match attr::getattr_opt(vm, &meta, vm.names().__prepare__())? {
        None => Dict::empty().into_object(),
        Some(prepare) => {
            let namespace = with_keywords(vm, &prepare, &[name.clone(), bases.to_object()])?;
            if !crate::protocol::mapping::is_mapping(&namespace) {
                let owner = meta.cast::<Type>().map_or_else(|| "<metaclass>".to_owned(), |m| m.short_name());
                bail!(vm, TypeError, "{owner}.__prepare__() must return a mapping, not {}", type_name(&namespace));
            }
            namespace
        }
    };
    let cell = function.call_class_body(vm, &namespace)?;
    let given = Tuple::from_slice(given_bases);
    if !bases.is(&given) && !same_items(&bases, &given) {
        protocol::setitem(vm, &namespace, vm.names().__orig_bases__().as_object(), given.as_object())?;
    }
    let class = with_keywords(vm, &meta, &[name.clone(), bases.to_object(), namespace.clone()])?;
    if let Some(cell) = cell.cast::<crate::frame::cell::Cell>()
        && class.is_instance_of::<Type>()
    {
        let text = name.cast::<Str>().map(|n| n.to_string()).unwrap_or_default();
        match cell.get() {
            None => {
                return Err(raise!(
                    vm,
                    RuntimeError,
                    "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
                    name.repr_for_error(vm),
                    class.repr_for_error(vm)
                ));
            }
            Some(found) if !found.is(&class) => {
                return Err(raise!(
                    vm,
                    TypeError,
                    "__class__ set to {} defining {} as {}",
                    found.repr_for_error(vm),
                    format!("'{text}'"),
                    class.repr_for_error(vm)
                ));
            }
            Some(_) => {}
        }
    }
    Ok(class)
}

fn same_items(a: &Tuple, b: &Tuple) -> bool {
    a.len() == b.len() && a.items().iter().zip(b.items()).all(|(x, y)| x.is(y))
}

/// Replaces bases that are no types by what their `__mro_entries__` says (PEP 560).
pub fn resolve_bases(vm: &Vm, bases: &[Object]) -> Result<Ref<Tuple>> {
    let original = Tuple::from_slice(bases);
    let mut resolved = Vec::with_capacity(bases.len());
    for base in bases {
        if base.cast::<Type>().is_some() {
            resolved.push(base.clone());
            continue;
        }
        match attr::getattr_opt(vm, base, vm.names().__mro_entries__())? {
            None => resolved.push(base.clone()),
            Some(method) => {
                let entries = call::call(vm, &method, &[original.to_object()])?;
                let Some(entries) = entries.cast::<Tuple>() else {
                    bail!(vm, TypeError, "__mro_entries__ must return a tuple")
                };
                resolved.extend_from_slice(entries.items());
            }
        }
    }
    Ok(Tuple::from_slice(&resolved))
}
