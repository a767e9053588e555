//! `type`: calling classes, and what their attributes show. How classes are made is in `object::class`.

use crate::builtins::dict::DictProxy;
use crate::builtins::union::Union;
use crate::native::GetSetDef;
use crate::native::GetSetDescr;
use crate::object::{attr, class, flags, instance, mro, slot_table, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call, object as protocol};

/// `module.qualname` as `repr` shows it; the bare name for built-in types.
pub fn shown_name(vm: &Vm, kind: &Type) -> String {
    if kind.is_heap_type() { name_beyond(vm, kind, &["builtins"]) } else { kind.tp_name() }
}

/// The fully qualified name in messages (`%T` in CPython's C API): without `__main__` as well.
pub fn full_name(vm: &Vm, kind: &Type) -> Result<String> {
    if !kind.is_heap_type() {
        return Ok(kind.tp_name());
    }
    Ok(name_beyond(vm, kind, &["builtins", "__main__"]))
}

/// The qualified name of a class, its module in front unless it is one of `known`.
fn name_beyond(vm: &Vm, kind: &Type, known: &[&str]) -> String {
    let qualname = kind.qualname.get().map(|q| q.to_string()).unwrap_or_default();
    let module = kind.dict.get().and_then(|d| d.get_name(vm.names().__module__()));
    match module.as_ref().and_then(|m| m.cast::<Str>()) {
        Some(module) if !module.as_ascii().is_some_and(|m| known.contains(&m)) => format!("{module}.{qualname}"),
        _ => qualname,
    }
}

/// Adds the attributes of a class and of its bases to `names`: what `dir()` shows of it.
pub fn merge_class_dict(vm: &Vm, names: &Dict, kind: &Object) -> Result<()> {
    vm.check_stack(" in dir()")?;
    if let Some(dict) = attr::getattr_opt(vm, kind, vm.names().__dict__())? {
        crate::protocol::mapping::update(vm, names, &dict)?;
    }
    if let Some(bases) = attr::getattr_opt(vm, kind, vm.names().__bases__())? {
        for base in crate::protocol::iter::to_vec(vm, &bases)? {
            merge_class_dict(vm, names, &base)?;
        }
    }
    Ok(())
}

static DICT: GetSetDef = GetSetDef {
    name: "__dict__",
    doc: "dictionary for instance variables",
    get: Some(|vm, object| match instance::dict(object) {
        // A metaclass that finds another base's descriptor first: a class has the dict of classes.
        _ if object.cast::<Type>().is_some() => Ok(object.cast::<Type>().map_or_else(none, |kind| kind.get_dict())),
        Some(dict) => Ok(dict.into_object()),
        None => Err(attr::no_attribute(vm, object, vm.names().__dict__())),
    }),
    set: Some(assign_dict),
};

static WEAKREF: GetSetDef = GetSetDef {
    name: "__weakref__",
    doc: "list of weak references to the object",
    get: Some(|vm, object| Ok(crate::builtins::weakref::first(vm, object).unwrap_or_else(none))),
    set: None,
};

/// The descriptor under `__dict__` in a class whose instances have attributes.
pub fn dict_descriptor(owner: &Ref<Type>) -> Object {
    GetSetDescr::make(owner, &DICT)
}

/// The descriptor under `__weakref__` in a class whose instances can be weakly referenced.
pub fn weakref_descriptor(owner: &Ref<Type>) -> Object {
    GetSetDescr::make(owner, &WEAKREF)
}

/// Assigns `object.__dict__`; deleting it leaves an empty one.
pub fn assign_dict(vm: &Vm, object: &Object, value: Option<&Object>) -> Result<()> {
    let dict = match value {
        // The dict of a built-in type's instances stays.
        None if type_of(object).native_base().is_some_and(|native| native.has_flag(flags::MANAGED_DICT)) => {
            bail!(vm, TypeError, "cannot delete __dict__")
        }
        None => Dict::empty(),
        Some(value) => match value.cast::<Dict>() {
            Some(dict) => dict.clone(),
            None => bail!(vm, TypeError, "__dict__ must be set to a dictionary, not a '{}'", type_name(value)),
        },
    };
    if !instance::set_dict(object, &dict) {
        return Err(attr::no_attribute(vm, object, vm.names().__dict__()));
    }
    Ok(())
}

/// `type.__new__(metatype, name, bases, namespace, **keywords)`.
pub fn type_new(vm: &Vm, cls: &Ref<Type>, args: Args<'_>) -> Result<Object> {
    let [name, bases, namespace] = args.positional() else {
        bail!(vm, TypeError, "type.__new__() takes exactly 3 arguments ({} given)", args.positional().len());
    };
    let wrong = |at: usize, wanted: &str, got: &Object| {
        let got = type_name(got);
        raise!(vm, TypeError, "type.__new__() argument {at} must be {wanted}, not {got}")
    };
    let name = name.cast::<Str>().ok_or_else(|| wrong(1, "str", name))?;
    let bases = bases.cast::<Tuple>().ok_or_else(|| wrong(2, "tuple", bases))?;
    let namespace = namespace.cast::<Dict>().ok_or_else(|| wrong(3, "dict", namespace))?;
    class::new_class(vm, cls, name, bases, namespace, args.keywords())
}

/// Refuses to set an attribute that describes a built-in type, and to delete one of any type.
fn settable<'a>(vm: &Vm, this: &Type, value: Option<&'a Object>, name: &str) -> Result<&'a Object> {
    if this.has_flag(flags::IMMUTABLETYPE) {
        bail!(vm, TypeError, "cannot set '{name}' attribute of immutable type '{}'", this.tp_name());
    }
    value
        .ok_or_else(|| raise!(vm, TypeError, "cannot delete '{name}' attribute of immutable type '{}'", this.tp_name()))
}

/// An attribute that only classes made at run time have.
fn heap_only(vm: &Vm, this: &Ref<Type>, name: &Name) -> Result<()> {
    if this.is_heap_type() {
        return Ok(());
    }
    let raised = raise!(vm, AttributeError, "type object '{}' has no attribute '{name}'", this.tp_name());
    vm.set_attribute_context(this.as_object(), name);
    Err(raised)
}

fn touched(this: &Ref<Type>) {
    mro::modified(this);
}

/// A value of the class's dict, bound as `class.name` binds it.
fn bound(vm: &Vm, this: &Ref<Type>, found: Object) -> Result<Object> {
    match type_of(&found).slots.descr_get.get() {
        Some(get) => get(vm, &found, None, Some(this.as_object())),
        None => Ok(found),
    }
}

/// Whether `class` is in the chain of first bases of `from`.
fn descends(from: &Ref<Type>, class: &Ref<Type>) -> bool {
    let mut at = Some(from.clone());
    while let Some(kind) = at {
        if kind.is(class) {
            return true;
        }
        at = kind.base.get();
    }
    false
}

/// `C.__bases__ = bases`: the class keeps its shape, its MRO and those of its subclasses are computed anew.
fn assign_bases(vm: &Vm, this: &Ref<Type>, value: &Object) -> Result<()> {
    let name = this.short_name();
    let Some(bases) = value.cast::<Tuple>() else {
        bail!(vm, TypeError, "can only assign tuple to {name}.__bases__, not {}", type_name(value));
    };
    if bases.is_empty() {
        bail!(vm, TypeError, "can only assign non-empty tuple to {name}.__bases__, not ()");
    }
    for base in bases.items() {
        let Some(base) = base.cast::<Type>() else {
            bail!(vm, TypeError, "{name}.__bases__ must be tuple of classes, not '{}'", type_name(base));
        };
        // While an `mro()` of Python's runs, the MRO may lag behind the chain of first bases.
        if base.is_subtype(this) || descends(base, this) {
            bail!(vm, TypeError, "a __bases__ item causes an inheritance cycle");
        }
    }
    let best = class::best_base(vm, bases.items())?;
    let Some(old_base) = this.base.get() else { bail!(vm, TypeError, "a class without base cannot get one") };
    // As in CPython, classes and built-in types free their instances differently.
    if best.is_heap_type() != old_base.is_heap_type() {
        bail!(
            vm,
            TypeError,
            "__bases__ assignment: '{}' deallocator differs from '{}'",
            best.tp_name(),
            old_base.tp_name()
        );
    }
    if !class::same_layout(&old_base, &best) || (best.has_attrs.get() && !this.has_attrs.get()) {
        bail!(
            vm,
            TypeError,
            "__bases__ assignment: '{}' object layout differs from '{}'",
            best.tp_name(),
            old_base.tp_name()
        );
    }
    let old_bases = this.bases.replace(Some(bases.clone()));
    this.base.set(Some(best));
    let mut saved = Vec::new();
    if let Err(raised) = recompute(vm, this, &mut saved) {
        // An `mro()` may have assigned other bases meanwhile: those stay.
        if this.bases.get().is_some_and(|now| now.is(bases)) {
            for (class, mro) in saved {
                class.mro.set(mro);
            }
            this.bases.set(old_bases);
            this.base.set(Some(old_base));
        }
        return Err(raised);
    }
    if this.bases.get().is_none_or(|now| !now.is(bases)) {
        return Ok(());
    }
    for base in old_bases.iter().flat_map(|b| b.items()).filter_map(|b| b.cast::<Type>()) {
        mro::forget_subclass(base, this.as_ptr());
    }
    for base in bases.items().iter().filter_map(|b| b.cast::<Type>()) {
        base.subclasses.borrow_mut().push(this.as_ptr());
    }
    touched(this);
    update_tree(vm, this);
    Ok(())
}

type OldMro = (Ref<Type>, Option<Ref<Tuple>>);

fn recompute(vm: &Vm, this: &Ref<Type>, saved: &mut Vec<OldMro>) -> Result<()> {
    vm.check_stack(" in __bases__ assignment")?;
    saved.push((this.clone(), this.mro.get()));
    mro::set(vm, this)?;
    mro::subclasses(this).iter().try_for_each(|sub| recompute(vm, sub, saved))
}

fn update_tree(vm: &Vm, this: &Ref<Type>) {
    slot_table::update_all(vm, this);
    for sub in mro::subclasses(this) {
        update_tree(vm, &sub);
    }
}

impl Type {
    /// A call of a class whose metaclass is `type`: makes an instance, and initialises it if it is one.
    pub fn instantiate(this: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if this.is(Type::class()) {
            match args.items {
                [one] if args.keyword_count() == 0 => return Ok(type_of(one).to_object()),
                _ if args.positional().len() != 3 => bail!(vm, TypeError, "type() takes 1 or 3 arguments"),
                _ => {}
            }
        }
        let new = match this.slots.new.get() {
            Some(new) if !this.has_flag(flags::DISALLOW_INSTANTIATION) => new,
            _ => bail!(vm, TypeError, "cannot create '{}' instances", this.tp_name()),
        };
        let made = new(vm, this, args)?;
        let kind = type_of(&made);
        if !kind.is(this) && !kind.is_subtype(this) {
            return Ok(made);
        }
        if let Some(init) = kind.slots.init.get() {
            init(vm, &made, args)?;
        }
        Ok(made)
    }
}

#[pymethods]
impl Type {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        type_new(vm, cls, args)
    }

    #[slot]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        let _ = this;
        let given = args.positional().len();
        if given == 1 && args.keyword_count() > 0 {
            bail!(vm, TypeError, "type.__init__() takes no keyword arguments");
        }
        if given != 1 && given != 3 {
            bail!(vm, TypeError, "type.__init__() takes 1 or 3 arguments");
        }
        Ok(())
    }

    #[slot]
    fn call(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        Self::instantiate(this, vm, args)
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        Ok(format!("<class '{}'>", shown_name(vm, this)))
    }

    #[slot]
    fn getattr(this: &Object, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        attr::type_getattr(vm, this, name)
    }

    #[slot]
    fn setattr(this: &Object, vm: &Vm, name: &Ref<Str>, value: Option<&Object>) -> Result<()> {
        attr::type_setattr(vm, this, name, value)
    }

    #[slot]
    fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        Union::either(vm, a, b)
    }

    #[getter("__name__")]
    fn get_name(&self) -> Option<Ref<Str>> {
        self.name.get()
    }

    #[setter("__name__")]
    fn set_name(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let value = settable(vm, this, value, "__name__")?;
        let Some(name) = value.cast::<Str>() else {
            bail!(
                vm,
                TypeError,
                "can only assign string to {}.__name__, not '{}'",
                this.short_name(),
                type_name(value)
            );
        };
        if name.contains_code_point(0) {
            bail!(vm, ValueError, "type name must not contain null characters");
        }
        name.to_utf8(vm)?;
        this.name.set(Some(name.clone()));
        Ok(())
    }

    #[getter("__qualname__")]
    fn get_qualname(&self) -> Option<Ref<Str>> {
        self.qualname.get()
    }

    #[setter("__qualname__")]
    fn set_qualname(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let value = settable(vm, this, value, "__qualname__")?;
        let Some(name) = value.cast::<Str>() else {
            bail!(
                vm,
                TypeError,
                "can only assign string to {}.__qualname__, not '{}'",
                this.short_name(),
                type_name(value)
            );
        };
        this.qualname.set(Some(name.clone()));
        Ok(())
    }

    #[getter("__bases__")]
    fn get_bases(&self) -> Ref<Tuple> {
        self.bases.get().unwrap_or_else(Tuple::empty)
    }

    #[setter("__bases__")]
    fn set_bases(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let value = settable(vm, this, value, "__bases__")?;
        assign_bases(vm, this, value)
    }

    #[getter("__base__")]
    fn get_base(&self) -> Option<Ref<Type>> {
        self.base.get()
    }

    #[getter("__mro__")]
    fn get_mro(&self) -> Option<Ref<Tuple>> {
        self.mro.get()
    }

    #[getter("__module__")]
    fn get_module(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        if !this.is_heap_type() {
            return Ok(Str::new(this.module.get()).into_object());
        }
        match this.own_dict().get_name(vm.names().__module__()) {
            Some(module) => Ok(module),
            None => Err(raise!(vm, AttributeError, "__module__")),
        }
    }

    #[setter("__module__")]
    fn set_module(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let value = settable(vm, this, value, "__module__")?;
        touched(this);
        let dict = this.own_dict();
        dict.remove_name(vm, vm.names().__firstlineno__())?;
        dict.set_name(vm, vm.names().__module__(), value.clone())
    }

    #[getter("__dict__")]
    fn get_dict(&self) -> Object {
        match self.dict.get() {
            Some(dict) => DictProxy::make(dict.as_object()),
            None => none(),
        }
    }

    #[getter("__doc__")]
    fn get_doc(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        if !this.is_heap_type() && !this.doc.get().is_empty() {
            return Ok(Str::new(this.doc.get()).into_object());
        }
        match this.own_dict().get_name(vm.names().__doc__()) {
            Some(doc) if !this.is_heap_type() && doc.is_instance_of::<GetSetDescr>() => Ok(none()),
            Some(doc) => bound(vm, this, doc),
            None => Ok(none()),
        }
    }

    #[setter("__doc__")]
    fn set_doc(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let value = settable(vm, this, value, "__doc__")?;
        touched(this);
        this.own_dict().set_name(vm, vm.names().__doc__(), value.clone())
    }

    #[getter("__abstractmethods__")]
    fn get_abstractmethods(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let name = vm.intern("__abstractmethods__");
        let found = if this.is(Type::class()) { None } else { this.own_dict().get_name(&name) };
        found.ok_or_else(|| raise!(vm, AttributeError, "__abstractmethods__"))
    }

    #[setter("__abstractmethods__")]
    fn set_abstractmethods(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let name = vm.intern("__abstractmethods__");
        let abstract_now = match value {
            Some(value) => {
                let truth = protocol::is_true(vm, value)?;
                this.own_dict().set_name(vm, &name, value.clone())?;
                truth
            }
            None if this.own_dict().remove_name(vm, &name)?.is_none() => {
                bail!(vm, AttributeError, "__abstractmethods__")
            }
            None => false,
        };
        touched(this);
        let bits = this.flags.get();
        this.flags.set(if abstract_now { bits | flags::ABSTRACT } else { bits & !flags::ABSTRACT });
        Ok(())
    }

    #[getter("__basicsize__")]
    fn get_basicsize(&self) -> u32 {
        self.base_head.basic_size.get() + self.slot_words.get() * 8
    }

    #[getter("__itemsize__")]
    fn get_itemsize(&self) -> u32 {
        self.base_head.item_size.get()
    }

    #[getter("__flags__")]
    fn get_flags(&self) -> u32 {
        let shown = if self.has_flag(flags::SHOWN_AS_HEAP) { flags::HEAPTYPE } else { 0 };
        let bits = self.flags.get() & !flags::OURS | shown;
        // In CPython only classes made at run time have these managed, and functions and the like their own way.
        if self.is_heap_type() { bits } else { bits & !(flags::MANAGED_DICT | flags::MANAGED_WEAKREF) }
    }

    #[getter("__dictoffset__")]
    fn get_dictoffset(&self) -> i64 {
        match (self.has_attrs.get(), self.is_heap_type()) {
            (false, _) => 0,
            (true, true) => -1,
            (true, false) => 16,
        }
    }

    #[getter("__weakrefoffset__")]
    fn get_weakrefoffset(&self) -> i64 {
        match (self.weak_allowed.get(), self.is_heap_type()) {
            (false, _) => 0,
            (true, true) => -32,
            (true, false) => i64::from(self.base_head.basic_size.get()),
        }
    }

    #[getter("__text_signature__")]
    fn get_text_signature(&self, vm: &Vm) -> Option<Object> {
        if !self.is_heap_type() {
            return Some(self.text_signature.get()).filter(|t| !t.is_empty()).map(|t| Str::new(t).into_object());
        }
        // A class may begin its docstring as native types do: `name(parameters)`, and `--` on a line of its own.
        let doc = self.own_dict().get_name(vm.names().__doc__())?;
        let doc = doc.cast::<Str>()?.to_string_lossy();
        let rest = doc.strip_prefix(&self.short_name()).filter(|rest| rest.starts_with('('))?;
        let text = &rest[..rest.find(")\n--\n\n")? + 1];
        (!text.contains("\n\n")).then(|| Str::new(text).into_object())
    }

    #[getter("__annotate__")]
    fn get_annotate(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        heap_only(vm, this, vm.names().__annotate__())?;
        let dict = this.own_dict();
        let own = dict.get_name(vm.names().__annotate__());
        match own.or_else(|| dict.get_name(&vm.intern("__annotate_func__"))) {
            Some(found) => bound(vm, this, found),
            None => {
                touched(this);
                dict.set_name(vm, &vm.intern("__annotate_func__"), none())?;
                Ok(none())
            }
        }
    }

    #[setter("__annotate__")]
    fn set_annotate(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { bail!(vm, TypeError, "cannot delete __annotate__ attribute") };
        let value = settable(vm, this, Some(value), "__annotate__")?;
        if !value.is(&none()) && !call::is_callable(value) {
            bail!(vm, TypeError, "__annotate__ must be callable or None");
        }
        let dict = this.own_dict();
        dict.set_name(vm, &vm.intern("__annotate_func__"), value.clone())?;
        if !value.is(&none()) {
            dict.remove_name(vm, &vm.intern("__annotations_cache__"))?;
            dict.remove_name(vm, vm.names().__annotations__())?;
        }
        touched(this);
        Ok(())
    }

    #[getter("__annotations__")]
    fn get_annotations(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        heap_only(vm, this, vm.names().__annotations__())?;
        let dict = this.own_dict();
        let cache = vm.intern("__annotations_cache__");
        let own = dict.get_name(vm.names().__annotations__());
        if let Some(found) = own.or_else(|| dict.get_name(&cache)) {
            return bound(vm, this, found);
        }
        let annotate = Type::get_annotate(this, vm)?;
        let made = if call::is_callable(&annotate) {
            let made = call::call(vm, &annotate, &[Object::int32(1)])?;
            if made.cast::<Dict>().is_none() {
                bail!(vm, TypeError, "__annotate__ returned non-dict of type '{}'", type_name(&made));
            }
            made
        } else {
            Dict::empty().into_object()
        };
        touched(this);
        dict.set_name(vm, &cache, made.clone())?;
        Ok(made)
    }

    #[setter("__annotations__")]
    fn set_annotations(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let name = vm.names().__annotations__();
        if this.has_flag(flags::IMMUTABLETYPE) {
            bail!(vm, TypeError, "cannot set '{name}' attribute of immutable type '{}'", this.tp_name());
        }
        let (dict, cache) = (this.own_dict(), vm.intern("__annotations_cache__"));
        match value {
            // What the class body itself stored stays the place of the annotations.
            Some(value) if dict.get_name(name).is_some() => dict.set_name(vm, name, value.clone())?,
            Some(value) => dict.set_name(vm, &cache, value.clone())?,
            None => {
                let own = dict.remove_name(vm, name)?.is_some();
                let cached = dict.remove_name(vm, &cache)?.is_some();
                if !own && !cached {
                    bail!(vm, AttributeError, "__annotations__");
                }
            }
        }
        dict.remove_name(vm, &vm.intern("__annotate_func__"))?;
        dict.remove_name(vm, vm.names().__annotate__())?;
        touched(this);
        Ok(())
    }

    #[getter("__type_params__")]
    fn get_type_params(this: &Ref<Self>, vm: &Vm) -> Object {
        if this.is(Type::class()) {
            return Tuple::empty().into_object();
        }
        this.own_dict().get_name(vm.names().__type_params__()).unwrap_or_else(|| Tuple::empty().into_object())
    }

    #[setter("__type_params__")]
    fn set_type_params(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let value = settable(vm, this, value, "__type_params__")?;
        this.own_dict().set_name(vm, vm.names().__type_params__(), value.clone())?;
        touched(this);
        Ok(())
    }

    /// Return a type's method resolution order.
    #[py("mro()")]
    fn mro_method(this: &Ref<Self>, vm: &Vm) -> Result<Vec<Object>> {
        mro::compute(vm, this)
    }

    /// Return a list of immediate subclasses.
    #[py("__subclasses__()")]
    fn subclasses_method(&self) -> Vec<Object> {
        mro::subclasses(self).into_iter().map(Ref::into_object).collect()
    }

    /// Create the namespace for the class statement
    #[py(raw, "__prepare__(name, bases, /, **kwds)", classmethod)]
    fn prepare(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = (vm, args);
        Ok(Dict::empty().into_object())
    }

    /// Check if an object is an instance.
    #[py("__instancecheck__(instance, /)")]
    fn instancecheck(this: &Ref<Self>, vm: &Vm, instance: &Object) -> Result<bool> {
        protocol::instance_of_type(vm, instance, this.as_object())
    }

    /// Check if a class is a subclass.
    #[py("__subclasscheck__(subclass, /)")]
    fn subclasscheck(this: &Ref<Self>, vm: &Vm, subclass: &Object) -> Result<bool> {
        protocol::subclass_of_type(vm, subclass, this.as_object())
    }

    /// Specialized __dir__ implementation for types.
    #[py("__dir__()")]
    fn dir(this: &Ref<Self>, vm: &Vm) -> Result<Vec<Object>> {
        let names = Dict::empty();
        merge_class_dict(vm, &names, this.as_object())?;
        Ok(names.keys_vec())
    }

    /// Return memory consumption of the type object.
    #[py("__sizeof__()")]
    fn sizeof(&self) -> usize {
        size_of::<Type>()
    }
}
