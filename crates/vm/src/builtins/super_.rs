//! `super`.

use crate::frame::{self, Frame};
use crate::object::{attr, instance, type_name, type_of};
use crate::prelude::*;
use crate::protocol::call;

/// super() -> same as super(__class__, <first argument>)
/// super(type) -> unbound super object
/// super(type, obj) -> bound super object; requires isinstance(obj, type)
/// super(type, type2) -> bound super object; requires
///     issubclass(type2, type)
/// Typical use to call a cooperative superclass method:
/// class C(B):
///     def meth(self, arg):
///         super().meth(arg)
/// This works for class methods too:
/// class C(B):
///     @classmethod
///     def cmeth(cls, arg):
///         super().cmeth(arg)
#[pytype("super", flags(BASETYPE, HAVE_GC))]
pub struct Super {
    pub head: Head,
    /// The class behind whose place in the MRO the search starts.
    pub kind: Field<Ref<Type>>,
    pub object: Field<Object>,
    /// The class whose MRO is searched.
    pub object_type: Field<Ref<Type>>,
}

/// The class whose MRO is searched for `object`; TypeError unless the object is an instance or a subclass of `kind`.
fn check(vm: &Vm, kind: &Ref<Type>, object: &Object) -> Result<Ref<Type>> {
    if let Some(class) = object.cast::<Type>()
        && class.is_subtype(kind)
    {
        return Ok(class.clone());
    }
    if type_of(object).is_subtype(kind) {
        return Ok(type_of(object).clone());
    }
    // A proxy may claim another class.
    if let Some(claimed) = attr::getattr_opt(vm, object, vm.names().__class__())?
        && let Some(claimed) = claimed.cast::<Type>()
        && !claimed.is(type_of(object))
        && claimed.is_subtype(kind)
    {
        return Ok(claimed.clone());
    }
    let (what, name) = match object.cast::<Type>() {
        Some(class) => ("type", class.tp_name()),
        None => ("instance of", type_name(object)),
    };
    let wanted = kind.tp_name();
    Err(raise!(
        vm,
        TypeError,
        "super(type, obj): obj ({what} {name}) is not an instance or subtype of type ({wanted})."
    ))
}

/// What the classes behind `kind` in the MRO of `start` have under `name`, bound to `object`.
fn search(vm: &Vm, kind: &Ref<Type>, object: &Object, start: &Ref<Type>, name: &Name) -> Result<Option<Object>> {
    if name.as_ascii() == Some("__class__") {
        return Ok(None);
    }
    let Some(mro) = start.mro.get() else { return Ok(None) };
    let items = mro.items();
    let Some(at) = items.iter().position(|t| t.is(kind.as_object())) else { return Ok(None) };
    let hash = name.hash_value();
    for class in items[at + 1..].iter().filter_map(|t| t.cast::<Type>()) {
        let Some(found) = class.dict.get().and_then(|d| d.get_name_hashed(name, hash)) else { continue };
        return match type_of(&found).slots.descr_get.get() {
            Some(get) => {
                let on_instance = (!object.is(start.as_object())).then_some(object);
                get(vm, &found, on_instance, Some(start.as_object())).map(Some)
            }
            None => Ok(Some(found)),
        };
    }
    Ok(None)
}

/// The function that `super(kind, object).name(…)` calls with `object` in front, where that is all there is to it.
pub fn super_method(kind: &Ref<Type>, object: &Object, name: &Name) -> Option<Object> {
    let start = type_of(object);
    let mro = start.mro.get()?;
    let at = mro.items().iter().position(|t| t.is(kind.as_object()))?;
    let hash = name.hash_value();
    let mut later = mro.items()[at + 1..].iter().filter_map(|t| t.cast::<Type>());
    let found = later.find_map(|class| class.dict.get()?.get_name_hashed(name, hash))?;
    type_of(&found).has_flag(flags::METHOD_DESCRIPTOR).then_some(found)
}

/// `super(kind, object).name` without the object in between.
pub fn super_attribute(vm: &Vm, kind: &Ref<Type>, object: &Object, name: &Name) -> Result<Object> {
    let start = check(vm, kind, object)?;
    match search(vm, kind, object, &start, name)? {
        Some(found) => Ok(found),
        None => {
            let made = Super::make(vm, Super::class(), kind, Some((object, &start)))?;
            attr::generic_getattr(vm, &made, name)
        }
    }
}

impl Super {
    fn make(vm: &Vm, cls: &Ref<Type>, kind: &Ref<Type>, bound: Option<(&Object, &Ref<Type>)>) -> Result<Object> {
        let body = Super {
            head: Head::new(),
            kind: Field::some(kind.clone()),
            object: Field::new(bound.map(|(object, _)| object.clone())),
            object_type: Field::new(bound.map(|(_, start)| start.clone())),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }
}

/// The class and the first argument of the calling function, for `super()`.
fn from_frame(vm: &Vm) -> Result<(Ref<Type>, Object)> {
    let Some(frame) = frame::current(vm) else { bail!(vm, RuntimeError, "super(): no current frame") };
    let code = Frame::code(frame);
    if code.argcount == 0 {
        bail!(vm, RuntimeError, "super(): no arguments");
    }
    let Some(first) = frame::local_value(frame, 0) else { bail!(vm, RuntimeError, "super(): arg[0] deleted") };
    let name = vm.names().__class__();
    let at = (0..code.nlocalsplus as usize)
        .find(|&i| code.localspluskinds[i] & bytecode::kind::FREE != 0 && *code.localsplusnames[i] == **name);
    let Some(at) = at else { bail!(vm, RuntimeError, "super(): __class__ cell not found") };
    let Some(class) = frame::local_value(frame, at) else { bail!(vm, RuntimeError, "super(): empty __class__ cell") };
    match class.cast::<Type>() {
        Some(class) => Ok((class.clone(), first)),
        None => Err(raise!(vm, RuntimeError, "super(): __class__ is not a type ({})", type_name(&class))),
    }
}

#[pymethods]
impl Super {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body =
            Super { head: Head::new(), kind: Field::empty(), object: Field::empty(), object_type: Field::empty() };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn init(&self, vm: &Vm, args: Args<'_>) -> Result<()> {
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "super() takes no keyword arguments");
        }
        let class = |o: &Object| match o.cast::<Type>() {
            Some(kind) => Ok(kind.clone()),
            None => Err(raise!(vm, TypeError, "super() argument 1 must be a type, not {}", type_name(o))),
        };
        let (kind, object) = match args.items {
            [] => from_frame(vm).map(|(kind, object)| (kind, Some(object)))?,
            [kind] => (class(kind)?, None),
            [kind, object] => (class(kind)?, Some(object.clone()).filter(|o| !o.is(&none()))),
            many => bail!(vm, TypeError, "super() expected at most 2 arguments, got {}", many.len()),
        };
        let start = object.as_ref().map(|object| check(vm, &kind, object)).transpose()?;
        self.kind.set(Some(kind));
        self.object.set(object);
        self.object_type.set(start);
        Ok(())
    }

    #[slot]
    fn getattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        if let (Some(kind), Some(object), Some(start)) = (this.kind.get(), this.object.get(), this.object_type.get())
            && let Some(found) = search(vm, &kind, &object, &start, name)?
        {
            return Ok(found);
        }
        attr::generic_getattr(vm, this.as_object(), name)
    }

    #[slot]
    fn descr_get(this: &Ref<Self>, vm: &Vm, object: Option<&Object>, _kind: Option<&Object>) -> Result<Object> {
        let (Some(object), None, Some(kind)) = (object, this.object.get(), this.kind.get()) else {
            return Ok(this.to_object());
        };
        if !this.as_object().is_exact::<Super>() {
            return call::call(vm, type_of(this.as_object()).as_object(), &[kind.into_object(), object.clone()]);
        }
        let start = check(vm, &kind, object)?;
        Super::make(vm, Super::class(), &kind, Some((object, &start)))
    }

    #[slot]
    fn repr(&self) -> String {
        let kind = self.kind.get().map_or_else(|| "NULL".to_owned(), |k| k.tp_name());
        match self.object_type.get() {
            Some(start) => format!("<super: <class '{kind}'>, <{} object>>", start.tp_name()),
            None => format!("<super: <class '{kind}'>, NULL>"),
        }
    }

    /// the class invoking super()
    #[getter("__thisclass__")]
    fn thisclass(&self) -> Option<Ref<Type>> {
        self.kind.get()
    }

    /// the instance invoking super(); may be None
    #[getter("__self__")]
    fn get_self(&self) -> Option<Object> {
        self.object.get()
    }

    /// the type of the instance invoking super(); may be None
    #[getter("__self_class__")]
    fn self_class(&self) -> Option<Ref<Type>> {
        self.object_type.get()
    }
}
