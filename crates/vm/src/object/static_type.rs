//! Built-in types: a static each, filled at start or when their module is first imported.

use super::{Type, flags};
use crate::builtins::dict::Dict;
use crate::builtins::str::Str;
use crate::builtins::tuple::Tuple;
use crate::context::Vm;
use crate::error::Result;
use crate::native::TypeMethods;
use heap::{Immortal, Ref, Trace, TypeHead};

/// The place of a built-in type.
pub struct StaticType {
    place: Immortal<Type>,
}

impl StaticType {
    pub const fn new() -> StaticType {
        StaticType { place: Immortal::new() }
    }

    /// The type.
    #[inline(always)]
    pub fn get(&'static self) -> &'static Ref<Type> {
        self.place.get()
    }

    /// The address that the type has or will have.
    #[inline(always)]
    pub fn kind(&'static self) -> *const TypeHead {
        self.place.address().cast()
    }

    /// Moves a type in (exception types that share a body; all others go through [`PyType::place_type`]).
    pub(crate) fn place(&'static self, body: Type) {
        body.module.set("builtins");
        self.place.init(Type::kind(), body);
    }

    pub fn is_ready(&self) -> bool {
        self.place.is_ready()
    }
}

impl Default for StaticType {
    fn default() -> Self {
        Self::new()
    }
}

/// A Rust struct that is the body of a Python type's instances. `#[pytype]` implements it.
pub trait PyType: Trace + Sized + 'static {
    const NAME: &'static str;
    const MODULE: &'static str;
    const DOC: &'static str;
    const FLAGS: u32;
    type Base: PyType;
    fn static_type() -> &'static StaticType;

    /// Fills in how instances are traced and freed; the variable-size bodies differ.
    fn fill_head(head: &TypeHead) {
        head.for_body::<Self>();
        head.tracked.set(Self::FLAGS & flags::HAVE_GC != 0 || Self::Base::FLAGS & flags::HAVE_GC != 0);
    }

    /// The type itself.
    #[inline(always)]
    fn class() -> &'static Ref<Type> {
        Self::static_type().get()
    }

    /// The address of the type, whether made yet or not.
    #[inline(always)]
    fn kind() -> *const TypeHead {
        Self::static_type().kind()
    }

    /// Moves the type into its static, without attributes: instances can be allocated after it.
    fn place_type() {
        place(Self::static_type(), Self::fill_head, Self::FLAGS, Self::MODULE, Self::DOC);
    }

    /// Makes the type ready (its base first), once; gives the type.
    fn init_type(vm: &Vm) -> Result<Ref<Type>>
    where
        Self: TypeMethods,
        Self::Base: TypeMethods,
    {
        Self::init_with_base(vm, None)
    }

    /// As [`PyType::init_type`], with the base given where it is not `Self::Base`'s own type (exceptions share bodies).
    fn init_with_base(vm: &Vm, base: Option<&Ref<Type>>) -> Result<Ref<Type>>
    where
        Self: TypeMethods,
    {
        Self::place_type();
        let this = Self::class();
        if !this.has_flag(flags::READY) {
            let is_object = std::ptr::eq(Self::static_type(), crate::builtins::object::BaseObject::static_type());
            let base = base.or_else(|| (!is_object).then(Self::Base::class));
            this.text_signature.set(Self::SIGNATURE);
            ready(vm, this, Self::NAME, base, &Self::fill_slots, Self::METHODS, Self::GETSETS)?;
        }
        Ok(this.clone())
    }
}

/// See [`PyType::place_type`]; one function for all types, since each runs it once.
fn place(this: &'static StaticType, fill_head: fn(&TypeHead), own_flags: u32, module: &'static str, doc: &'static str) {
    if this.is_ready() {
        return;
    }
    let body = Type::empty();
    fill_head(&body.base_head);
    let mut bits = own_flags | flags::STATIC_BUILTIN | flags::IMMUTABLETYPE;
    if body.base_head.tracked.get() {
        bits |= flags::HAVE_GC;
    }
    body.flags.set(bits);
    body.doc.set(doc);
    body.module.set(module);
    body.native.set(Some(this));
    super::instance::keep_native(&body);
    body.has_attrs.set(own_flags & flags::MANAGED_DICT != 0);
    body.weak_allowed.set(own_flags & flags::MANAGED_WEAKREF != 0);
    this.place.init(Type::kind(), body);
}

/// Fills a built-in type's name, dict, bases, MRO and slots.
pub fn ready(
    vm: &Vm,
    this: &Ref<Type>,
    name: &str,
    base: Option<&Ref<Type>>,
    fill: &dyn Fn(&super::Slots),
    methods: &'static [crate::native::MethodDef],
    getsets: &'static [crate::native::GetSetDef],
) -> Result<()> {
    this.name.set(Some(vm.intern(name)));
    this.qualname.set(Some(vm.intern(name)));
    if let Some(base) = base {
        debug_assert!(base.has_flag(flags::READY), "the base of {} is not ready", this.short_name());
    }
    this.bases.set(Some(Tuple::from_iter_exact(base.iter().map(|b| b.to_object()))));
    let mut mro = vec![this.to_object()];
    if let Some(base) = base {
        mro.extend(base.mro.get().iter().flat_map(|m| m.items().to_vec()));
        this.flags.set(this.flags.get() | base.flags.get() & flags::INHERITED);
        this.has_attrs.set(this.has_attrs.get() || base.has_attrs.get());
        this.weak_allowed.set(this.weak_allowed.get() || base.weak_allowed.get());
        base.subclasses.borrow_mut().push(this.as_ptr());
    }
    this.mro.set(Some(Tuple::from_slice(&mro)));
    this.base.set(base.cloned());
    let dict = Dict::empty();
    this.dict.set(Some(dict.clone()));
    fill(&this.slots);
    super::slot_table::add_wrappers(vm, this, &dict)?;
    for method in methods {
        let value = crate::native::MethodDescr::make(vm, this, method);
        dict.set_name(vm, &vm.intern(method.name), value)?;
    }
    for getset in getsets {
        let value = if crate::native::members::is_member(&this.tp_name(), getset.name) {
            crate::native::MemberDescr::native(vm, this, getset)
        } else {
            crate::native::GetSetDescr::make(this, getset)
        };
        dict.set_name(vm, &vm.intern(getset.name), value)?;
    }
    if this.has_attrs.get() && base.is_none_or(|b| !b.has_attrs.get()) {
        dict.set_name_if_absent(vm, vm.names().__dict__(), crate::builtins::type_::dict_descriptor(this))?;
    }
    if dict.get_name(vm.names().__doc__()).is_none() {
        let doc = match this.doc.get() {
            "" => crate::builtins::none::none(),
            doc => Str::new(doc).into_object(),
        };
        dict.set_name(vm, vm.names().__doc__(), doc)?;
    }
    if this.slots.hash.get().is_none() && this.slots.richcompare.get().is_some() {
        this.slots.hash.set(Some(super::slot_table::hash_not_implemented));
        dict.set_name(vm, vm.names().__hash__(), crate::builtins::none::none())?;
    }
    // A type without `__new__` right below object cannot be instantiated: object's would make too small a body.
    let no_new = this.slots.new.get().is_none() && base.is_some_and(|b| b.base.get().is_none());
    if let Some(base) = base {
        this.slots.inherit(&base.slots);
    }
    if no_new {
        this.slots.new.set(None);
        this.flags.set(this.flags.get() | flags::DISALLOW_INSTANTIATION);
    }
    if this.has_attrs.get() || this.slots.finalize.get().is_some() {
        super::instance::prepare_type(this, this.base_head.tracked.get());
    }
    this.flags.set(this.flags.get() | flags::READY);
    Ok(())
}

impl PyType for Type {
    const NAME: &'static str = "type";
    const MODULE: &'static str = "builtins";
    const DOC: &'static str = "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type";
    const FLAGS: u32 = flags::BASETYPE | flags::HAVE_GC | flags::TYPE_SUBCLASS | flags::MANAGED_WEAKREF;
    type Base = crate::builtins::object::BaseObject;
    #[inline]
    fn static_type() -> &'static StaticType {
        static TYPE: StaticType = StaticType::new();
        &TYPE
    }
}
