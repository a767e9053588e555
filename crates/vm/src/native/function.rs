//! The Python objects that stand for native functions, methods, slots and attributes.

use super::{Args, GetSetDef, MethodDef, MethodKind, NativeGetter};
use crate::object::slot_table::Row;
use crate::object::{attr, instance, same_slot, type_of};
use crate::prelude::*;
use crate::protocol::object as protocol;

/// A function of a native module, or a native method bound to its object.
#[pytype("builtin_function_or_method", doc = "", flags(HAVE_GC, MANAGED_WEAKREF))]
pub struct BuiltinFunction {
    pub head: Head,
    #[untraced]
    pub def: &'static MethodDef,
    /// The module, the object or the class that the function is bound to.
    pub this: Field<Object>,
    pub module: Field<Object>,
    /// Whether `this` is passed to the function.
    #[untraced]
    pub passes_this: bool,
}

static NEW_SIGNATURE: super::Signature = super::Signature {
    name: "__new__",
    module: "",
    owner: "",
    text: "($type, *args, **kwargs)",
    params: &[],
    self_arg: false,
    posonly: 0,
    positional: 0,
    required: 0,
    varargs: true,
    varkw: true,
    style: crate::native::Style::Plain,
};

static NEW: MethodDef = MethodDef {
    name: "__new__",
    doc: "Create and return a new object.  See help(type) for accurate signature.",
    kind: MethodKind::Function,
    signature: &NEW_SIGNATURE,
    call: |vm, _| Err(raise!(vm, SystemError, "__new__ is called through its type")),
};

impl BuiltinFunction {
    /// A function of a module (or of none).
    pub fn make(def: &'static MethodDef, module: Option<Object>, module_name: Option<Object>) -> Object {
        Self::build(def, module, module_name, false)
    }

    /// A native method bound to `this`.
    pub fn bound(def: &'static MethodDef, this: Object) -> Object {
        Self::build(def, Some(this), None, true)
    }

    /// `T.__new__` of a built-in type.
    pub fn for_new(_vm: &Vm, owner: &Ref<Type>) -> Object {
        Self::build(&NEW, Some(owner.to_object()), None, true)
    }

    fn build(def: &'static MethodDef, this: Option<Object>, module: Option<Object>, passes_this: bool) -> Object {
        let body =
            BuiltinFunction { head: Head::new(), def, this: Field::new(this), module: Field::new(module), passes_this };
        instance::alloc_static(body).into_object()
    }

    /// Whether this is a type's `__new__`, which is not called as other functions are.
    #[inline(always)]
    pub fn is_new(&self) -> bool {
        std::ptr::eq(self.def, &NEW)
    }

    /// The type whose `__new__` this is.
    pub fn new_owner(&self) -> Option<Ref<Type>> {
        if !self.is_new() {
            return None;
        }
        self.this.get()?.cast::<Type>().cloned()
    }

    fn call_new(&self, vm: &Vm, owner: &Ref<Type>, args: Args<'_>) -> Result<Object> {
        let name = || crate::builtins::structseq::full_name(owner).unwrap_or_else(|| owner.tp_name());
        let Some(first) = args.positional().first() else {
            bail!(vm, TypeError, "{}.__new__(): not enough arguments", name());
        };
        let Some(cls) = first.cast::<Type>() else {
            bail!(vm, TypeError, "{}.__new__(X): X is not a type object ({})", name(), type_of(first).tp_name());
        };
        if !cls.is_subtype(owner) {
            bail!(vm, TypeError, "{1}.__new__({0}): {0} is not a subtype of {1}", cls.tp_name(), name());
        }
        // The nearest built-in base's `__new__` must be this one, or its state would stay unset.
        let native = cls.native_base().filter(|_| !cls.is(owner));
        if let Some(native) = native
            && !same_slot!(native, owner, new)
        {
            if native.slots.new.get().is_none() {
                bail!(vm, TypeError, "cannot create '{}' instances", native.tp_name());
            }
            let (cls, native) = (cls.tp_name(), native.tp_name());
            bail!(vm, TypeError, "{}.__new__({cls}) is not safe, use {native}.__new__()", name());
        }
        match owner.slots.new.get() {
            Some(new) => new(vm, cls, args.skip_first()),
            None => Err(raise!(vm, TypeError, "cannot create '{}' instances", name())),
        }
    }
}

#[pymethods]
impl BuiltinFunction {
    #[slot]
    fn call(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if let Some(owner) = this.new_owner() {
            return this.call_new(vm, &owner, args);
        }
        if !this.passes_this {
            return (this.def.call)(vm, args);
        }
        let Some(bound) = this.this.get() else { return (this.def.call)(vm, args) };
        let call = |items: &[Object]| (this.def.call)(vm, Args { items, names: args.names });
        match args.items {
            [] => return call(&[bound]),
            [a] => return call(&[bound, a.clone()]),
            [a, b] => return call(&[bound, a.clone(), b.clone()]),
            [a, b, c] => return call(&[bound, a.clone(), b.clone(), c.clone()]),
            _ => {}
        }
        let mut items = Vec::with_capacity(args.items.len() + 1);
        items.push(bound);
        items.extend_from_slice(args.items);
        (this.def.call)(vm, Args { items: &items, names: args.names })
    }

    #[slot]
    fn repr(&self, vm: &Vm) -> Result<Object> {
        let name = self.def.name;
        let text = match self.this.get() {
            Some(this) if !this.is_instance_of::<crate::builtins::module::Module>() => {
                format!(
                    "<built-in method {name} of {} object at {:#x}>",
                    type_of(&this).tp_name(),
                    protocol::address(&this)
                )
            }
            _ => format!("<built-in function {name}>"),
        };
        let _ = vm;
        Ok(Str::new(&text).into_object())
    }

    #[slot]
    fn hash(&self) -> i64 {
        let this = self.this.get().map_or(0, |o| protocol::address(&o) as i64 >> 4);
        let hash = this ^ (self.def as *const MethodDef as i64 >> 4);
        if hash == -1 { -2 } else { hash }
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<BuiltinFunction>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne))
        else {
            return not_implemented(vm);
        };
        let same_this = match (self.this.get(), other.this.get()) {
            (Some(a), Some(b)) => a.is(&b),
            (None, None) => true,
            _ => false,
        };
        let same = same_this && std::ptr::eq(self.def, other.def);
        Ok((same == (op == CompareOp::Eq)).object())
    }

    #[getter("__name__")]
    fn name(&self) -> &'static str {
        self.def.name
    }

    #[getter("__qualname__")]
    fn qualname(&self, vm: &Vm) -> Result<Object> {
        let name = self.def.name;
        match self.this.get() {
            None => Ok(Str::new(name).into_object()),
            Some(this) if this.is_instance_of::<crate::builtins::module::Module>() => Ok(Str::new(name).into_object()),
            Some(this) => {
                let owner = if this.is_instance_of::<Type>() { this } else { type_of(&this).to_object() };
                let qualname = attr::getattr(vm, &owner, vm.names().__qualname__())?;
                Ok(Str::new(&format!("{}.{name}", protocol::str(vm, &qualname)?)).into_object())
            }
        }
    }

    #[getter("__module__")]
    fn get_module(&self) -> Option<Object> {
        self.module.get()
    }

    #[getter("__self__")]
    fn get_self(&self) -> Option<Object> {
        self.this.get()
    }

    #[getter("__doc__")]
    fn doc(&self) -> Option<&'static str> {
        (!self.def.doc.is_empty()).then_some(self.def.doc)
    }

    #[getter("__text_signature__")]
    fn text_signature(&self) -> Option<&'static str> {
        (!self.def.signature.text.is_empty()).then_some(self.def.signature.text)
    }

    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        match self.this.get() {
            Some(this) if !this.is_instance_of::<crate::builtins::module::Module>() => {
                let getattr =
                    vm.interp().builtins.get().and_then(|b| b.get_name(vm.names().getattr())).unwrap_or_else(none);
                let args = Tuple::from_slice(&[this, Str::new(self.def.name).into_object()]);
                Ok(Tuple::from_slice(&[getattr, args.into_object()]).into_object())
            }
            _ => Ok(Str::new(self.def.name).into_object()),
        }
    }
}

/// A native method in its type's dict.
#[pytype("method_descriptor", doc = "", flags(HAVE_GC, METHOD_DESCRIPTOR))]
pub struct MethodDescr {
    pub head: Head,
    #[untraced]
    pub def: &'static MethodDef,
    pub owner: Ref<Type>,
}

impl MethodDescr {
    /// The object that stands for a method in the dict of `owner`.
    pub fn make(_vm: &Vm, owner: &Ref<Type>, def: &'static MethodDef) -> Object {
        match def.kind {
            MethodKind::Method | MethodKind::Function => {
                instance::alloc_static(MethodDescr { head: Head::new(), def, owner: owner.clone() }).into_object()
            }
            MethodKind::ClassMethod => {
                instance::alloc_static(ClassMethodDescr { head: Head::new(), def, owner: owner.clone() }).into_object()
            }
            MethodKind::StaticMethod => crate::builtins::descriptors::StaticMethod::wrap(BuiltinFunction::build(
                def,
                Some(owner.to_object()),
                None,
                false,
            )),
        }
    }
}

/// `descriptor 'x' for 'T' objects doesn't apply to a 'U' object`.
#[cold]
pub(super) fn does_not_apply(vm: &Vm, name: &str, owner: &Type, object: &Object) -> Raised {
    let (owner, given) = (owner.tp_name(), type_of(object).tp_name());
    raise!(vm, TypeError, "descriptor '{name}' for '{owner}' objects doesn't apply to a '{given}' object")
}

pub(super) fn qualified(vm: &Vm, owner: &Ref<Type>, name: &str) -> Result<Object> {
    let qualname = attr::getattr(vm, owner.as_object(), vm.names().__qualname__())?;
    Ok(Str::new(&format!("{}.{name}", protocol::str(vm, &qualname)?)).into_object())
}

pub(super) fn reduce_descr(vm: &Vm, owner: &Ref<Type>, name: &str) -> Object {
    let getattr = vm.interp().builtins.get().and_then(|b| b.get_name(vm.names().getattr())).unwrap_or_else(none);
    let args = Tuple::from_slice(&[owner.to_object(), Str::new(name).into_object()]);
    Tuple::from_slice(&[getattr, args.into_object()]).into_object()
}

#[pymethods]
impl MethodDescr {
    #[slot]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        match args.items.first().filter(|_| !args.positional().is_empty()) {
            Some(first) if !type_of(first).is_subtype(&self.owner) => {
                Err(does_not_apply(vm, self.def.name, &self.owner, first))
            }
            Some(_) => (self.def.call)(vm, args),
            None => Err(raise!(
                vm,
                TypeError,
                "unbound method {}() needs an argument",
                protocol::str(vm, &qualified(vm, &self.owner, self.def.name)?)?
            )),
        }
    }

    #[slot]
    fn descr_get(this: &Ref<Self>, vm: &Vm, object: Option<&Object>, _kind: Option<&Object>) -> Result<Object> {
        match object {
            None => Ok(this.to_object()),
            Some(object) if type_of(object).is_subtype(&this.owner) => {
                Ok(BuiltinFunction::bound(this.def, object.clone()))
            }
            Some(object) => Err(does_not_apply(vm, this.def.name, &this.owner, object)),
        }
    }

    #[slot]
    fn repr(&self) -> String {
        format!("<method '{}' of '{}' objects>", self.def.name, self.owner.tp_name())
    }

    #[getter("__name__")]
    fn name(&self) -> &'static str {
        self.def.name
    }

    #[getter("__qualname__")]
    fn qualname(&self, vm: &Vm) -> Result<Object> {
        qualified(vm, &self.owner, self.def.name)
    }

    #[getter("__objclass__")]
    fn objclass(&self) -> Object {
        self.owner.to_object()
    }

    #[getter("__doc__")]
    fn doc(&self) -> Option<&'static str> {
        (!self.def.doc.is_empty()).then_some(self.def.doc)
    }

    #[getter("__text_signature__")]
    fn text_signature(&self) -> Option<&'static str> {
        (!self.def.signature.text.is_empty()).then_some(self.def.signature.text)
    }

    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Object {
        reduce_descr(vm, &self.owner, self.def.name)
    }
}

/// A native class method in its type's dict.
#[pytype("classmethod_descriptor", doc = "", flags(HAVE_GC))]
pub struct ClassMethodDescr {
    pub head: Head,
    #[untraced]
    pub def: &'static MethodDef,
    pub owner: Ref<Type>,
}

#[pymethods]
impl ClassMethodDescr {
    #[slot]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        match args.positional().first() {
            None => Err(raise!(
                vm,
                TypeError,
                "unbound method {}() needs an argument",
                protocol::str(vm, &qualified(vm, &self.owner, self.def.name)?)?
            )),
            Some(first) => {
                let Some(kind) = first.cast::<Type>() else {
                    bail!(
                        vm,
                        TypeError,
                        "descriptor '{}' requires a type but received a '{}' instance",
                        self.def.name,
                        type_of(first).tp_name()
                    );
                };
                if !kind.is_subtype(&self.owner) {
                    bail!(
                        vm,
                        TypeError,
                        "descriptor '{}' requires a subtype of '{}' but received '{}'",
                        self.def.name,
                        self.owner.tp_name(),
                        kind.tp_name()
                    );
                }
                (self.def.call)(vm, args)
            }
        }
    }

    #[slot]
    fn descr_get(&self, vm: &Vm, object: Option<&Object>, kind: Option<&Object>) -> Result<Object> {
        let kind = match (kind, object) {
            (Some(kind), _) => kind.clone(),
            (None, Some(object)) => type_of(object).to_object(),
            (None, None) => bail!(
                vm,
                TypeError,
                "descriptor '{}' for type '{}' needs either an object or a type",
                self.def.name,
                self.owner.tp_name()
            ),
        };
        match kind.cast::<Type>() {
            None => Err(raise!(
                vm,
                TypeError,
                "descriptor '{}' for type '{}' needs a type, not a '{}' as arg 2",
                self.def.name,
                self.owner.tp_name(),
                type_of(&kind).tp_name()
            )),
            Some(t) if !t.is_subtype(&self.owner) => Err(raise!(
                vm,
                TypeError,
                "descriptor '{}' requires a subtype of '{}' but received '{}'",
                self.def.name,
                self.owner.tp_name(),
                t.tp_name()
            )),
            Some(_) => Ok(BuiltinFunction::bound(self.def, kind)),
        }
    }

    #[slot]
    fn repr(&self) -> String {
        format!("<method '{}' of '{}' objects>", self.def.name, self.owner.tp_name())
    }

    #[getter("__name__")]
    fn name(&self) -> &'static str {
        self.def.name
    }

    #[getter("__qualname__")]
    fn qualname(&self, vm: &Vm) -> Result<Object> {
        qualified(vm, &self.owner, self.def.name)
    }

    #[getter("__objclass__")]
    fn objclass(&self) -> Object {
        self.owner.to_object()
    }

    #[getter("__doc__")]
    fn doc(&self) -> Option<&'static str> {
        (!self.def.doc.is_empty()).then_some(self.def.doc)
    }

    #[getter("__text_signature__")]
    fn text_signature(&self) -> Option<&'static str> {
        (!self.def.signature.text.is_empty()).then_some(self.def.signature.text)
    }
}

/// A computed attribute of a native type.
#[pytype("getset_descriptor", doc = "", flags(HAVE_GC))]
pub struct GetSetDescr {
    pub head: Head,
    #[untraced]
    pub def: &'static GetSetDef,
    pub owner: Ref<Type>,
}

impl GetSetDescr {
    pub fn make(owner: &Ref<Type>, def: &'static GetSetDef) -> Object {
        instance::alloc_static(GetSetDescr { head: Head::new(), def, owner: owner.clone() }).into_object()
    }

    /// The function that computes the attribute of instances of this type, if they have it.
    pub fn getter_for(&self, kind: &Type) -> Option<NativeGetter> {
        self.def.get.filter(|_| kind.is_subtype(&self.owner))
    }
}

#[pymethods]
impl GetSetDescr {
    #[slot]
    fn descr_get(this: &Ref<Self>, vm: &Vm, object: Option<&Object>, _kind: Option<&Object>) -> Result<Object> {
        let Some(object) = object else { return Ok(this.to_object()) };
        if !type_of(object).is_subtype(&this.owner) {
            return Err(does_not_apply(vm, this.def.name, &this.owner, object));
        }
        match this.def.get {
            Some(get) => get(vm, object),
            None => Err(raise!(
                vm,
                AttributeError,
                "attribute '{}' of '{}' objects is not readable",
                this.def.name,
                this.owner.tp_name()
            )),
        }
    }

    #[slot]
    fn descr_set(&self, vm: &Vm, object: &Object, value: Option<&Object>) -> Result<()> {
        if !type_of(object).is_subtype(&self.owner) {
            return Err(does_not_apply(vm, self.def.name, &self.owner, object));
        }
        match self.def.set {
            Some(set) => set(vm, object, value),
            None => Err(raise!(
                vm,
                AttributeError,
                "attribute '{}' of '{}' objects is not writable",
                self.def.name,
                self.owner.tp_name()
            )),
        }
    }

    #[slot]
    fn repr(&self) -> String {
        format!("<attribute '{}' of '{}' objects>", self.def.name, self.owner.tp_name())
    }

    #[getter("__name__")]
    fn name(&self) -> &'static str {
        self.def.name
    }

    #[getter("__qualname__")]
    fn qualname(&self, vm: &Vm) -> Result<Object> {
        qualified(vm, &self.owner, self.def.name)
    }

    #[getter("__objclass__")]
    fn objclass(&self) -> Object {
        self.owner.to_object()
    }

    #[getter("__doc__")]
    fn doc(&self) -> Option<&'static str> {
        (!self.def.doc.is_empty()).then_some(self.def.doc)
    }
}

/// A special method that calls a native slot.
#[pytype("wrapper_descriptor", doc = "", flags(HAVE_GC, METHOD_DESCRIPTOR))]
pub struct WrapperDescr {
    pub head: Head,
    #[untraced]
    pub row: &'static Row,
    pub kind: Ref<Type>,
}

impl WrapperDescr {
    pub fn make(owner: &Ref<Type>, row: &'static Row) -> Object {
        instance::alloc_static(WrapperDescr { head: Head::new(), row, kind: owner.clone() }).into_object()
    }

    /// The type whose slot it calls.
    pub fn owner(&self) -> Ref<Type> {
        self.kind.clone()
    }

    fn run(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let name = self.row.name;
        if args.keyword_count() > 0 && !matches!(name, "__init__" | "__call__") {
            bail!(vm, TypeError, "wrapper {name}() takes no keyword arguments");
        }
        match self.row.wrap {
            Some(wrap) => wrap(vm, &self.kind, args),
            None => Err(raise!(vm, SystemError, "{} has no wrapper", self.row.name)),
        }
    }
}

#[pymethods]
impl WrapperDescr {
    #[slot]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        match args.positional().first() {
            None => Err(raise!(
                vm,
                TypeError,
                "descriptor '{}' of '{}' object needs an argument",
                self.row.name,
                self.kind.tp_name()
            )),
            Some(first) if !type_of(first).is_subtype(&self.kind) => Err(raise!(
                vm,
                TypeError,
                "descriptor '{}' requires a '{}' object but received a '{}'",
                self.row.name,
                self.kind.tp_name(),
                type_of(first).tp_name()
            )),
            Some(_) => self.run(vm, args),
        }
    }

    #[slot]
    fn descr_get(this: &Ref<Self>, vm: &Vm, object: Option<&Object>, _kind: Option<&Object>) -> Result<Object> {
        match object {
            None => Ok(this.to_object()),
            Some(object) if type_of(object).is_subtype(&this.kind) => {
                let body = MethodWrapper { head: Head::new(), descr: this.clone(), this: object.clone() };
                Ok(instance::alloc_static(body).into_object())
            }
            Some(object) => Err(does_not_apply(vm, this.row.name, &this.kind, object)),
        }
    }

    #[slot]
    fn repr(&self) -> String {
        format!("<slot wrapper '{}' of '{}' objects>", self.row.name, self.kind.tp_name())
    }

    #[getter("__name__")]
    fn name(&self) -> &'static str {
        self.row.name
    }

    #[getter("__qualname__")]
    fn qualname(&self, vm: &Vm) -> Result<Object> {
        qualified(vm, &self.kind, self.row.name)
    }

    #[getter("__objclass__")]
    fn objclass(&self) -> Object {
        self.kind.to_object()
    }

    #[getter("__doc__")]
    fn doc(&self) -> &'static str {
        self.row.doc
    }

    #[getter("__text_signature__")]
    fn text_signature(&self) -> &'static str {
        self.row.text
    }

    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Object {
        reduce_descr(vm, &self.kind, self.row.name)
    }
}

/// A slot wrapper bound to an object.
#[pytype("method-wrapper", doc = "", flags(HAVE_GC))]
pub struct MethodWrapper {
    pub head: Head,
    pub descr: Ref<WrapperDescr>,
    pub this: Object,
}

#[pymethods]
impl MethodWrapper {
    #[slot]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let mut items = Vec::with_capacity(args.items.len() + 1);
        items.push(self.this.clone());
        items.extend_from_slice(args.items);
        self.descr.run(vm, Args { items: &items, names: args.names })
    }

    #[slot]
    fn repr(&self) -> String {
        let (name, kind) = (self.descr.row.name, type_of(&self.this).tp_name());
        format!("<method-wrapper '{name}' of {kind} object at {:#x}>", protocol::address(&self.this))
    }

    #[slot]
    fn hash(&self) -> i64 {
        let hash = (protocol::address(&self.this) as i64 >> 4) ^ (self.descr.as_ptr() as i64 >> 4);
        if hash == -1 { -2 } else { hash }
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<MethodWrapper>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return not_implemented(vm);
        };
        let same = self.descr.is(&other.descr) && self.this.is(&other.this);
        Ok((same == (op == CompareOp::Eq)).object())
    }

    #[getter("__name__")]
    fn name(&self) -> &'static str {
        self.descr.row.name
    }

    #[getter("__qualname__")]
    fn qualname(&self, vm: &Vm) -> Result<Object> {
        self.descr.qualname(vm)
    }

    #[getter("__self__")]
    fn get_self(&self) -> Object {
        self.this.clone()
    }

    #[getter("__objclass__")]
    fn objclass(&self) -> Object {
        self.descr.kind.to_object()
    }

    #[getter("__doc__")]
    fn doc(&self) -> &'static str {
        self.descr.row.doc
    }

    #[getter("__text_signature__")]
    fn text_signature(&self) -> &'static str {
        self.descr.row.text
    }

    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Object {
        let getattr = vm.interp().builtins.get().and_then(|b| b.get_name(vm.names().getattr())).unwrap_or_else(none);
        let args = Tuple::from_slice(&[self.this.clone(), Str::new(self.descr.row.name).into_object()]);
        Tuple::from_slice(&[getattr, args.into_object()]).into_object()
    }
}
