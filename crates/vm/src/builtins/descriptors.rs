//! `property`, `classmethod` and `staticmethod`.

use crate::builtins::bound::BoundMethod;
use crate::builtins::generic_alias::GenericAlias;
use crate::object::{attr, instance, type_of};
use crate::prelude::*;
use crate::protocol::{call, object as protocol};
use std::cell::Cell;

/// Property attribute.
///
///   fget
///     function to be used for getting an attribute value
///   fset
///     function to be used for setting an attribute value
///   fdel
///     function to be used for del'ing an attribute
///   doc
///     docstring
///
/// Typical use is to define a managed attribute x:
///
/// class C(object):
///     def getx(self): return self._x
///     def setx(self, value): self._x = value
///     def delx(self): del self._x
///     x = property(getx, setx, delx, "I'm the 'x' property.")
///
/// Decorators make defining new properties or modifying existing ones easy:
///
/// class C(object):
///     @property
///     def x(self):
///         "I am the 'x' property."
///         return self._x
///     @x.setter
///     def x(self, value):
///         self._x = value
///     @x.deleter
///     def x(self):
///         del self._x
#[pytype("property", flags(BASETYPE, HAVE_GC))]
pub struct Property {
    pub head: Head,
    pub get: Field<Object>,
    pub set: Field<Object>,
    pub del: Field<Object>,
    pub doc: Field<Object>,
    pub name: Field<Object>,
    /// Whether the doc is the getter's, so that another getter brings its own.
    pub getter_doc: Cell<bool>,
}

fn given(value: Option<&Object>) -> Option<Object> {
    value.filter(|v| !v.is(&none())).cloned()
}

impl Property {
    /// The name by which errors know the property: what `__set_name__` was told, or the getter's.
    fn known_name(&self, vm: &Vm) -> Result<Option<Object>> {
        match (self.name.get(), self.get.get()) {
            (Some(name), _) => Ok(Some(name)),
            (None, Some(get)) => attr::getattr_opt(vm, &get, vm.names().__name__()),
            (None, None) => Ok(None),
        }
    }

    /// "property 'x' of 'C' object has no setter".
    #[cold]
    fn lacks(&self, vm: &Vm, object: &Object, what: &str) -> Raised {
        let message = || {
            let kind = type_of(object).as_object();
            let owner = attr::getattr(vm, kind, vm.names().__qualname__())?;
            let owner = protocol::repr(vm, &owner)?;
            Ok(match self.known_name(vm)? {
                Some(name) => format!("property {} of {owner} object has no {what}", protocol::repr(vm, &name)?),
                None => format!("property of {owner} object has no {what}"),
            })
        };
        match message() {
            Ok(message) => raise!(vm, AttributeError, "{message}"),
            Err(raised) => raised,
        }
    }

    /// A copy of the property's own type with one function replaced.
    fn with(
        this: &Ref<Self>,
        vm: &Vm,
        get: Option<&Object>,
        set: Option<&Object>,
        del: Option<&Object>,
    ) -> Result<Object> {
        let part = |new: Option<&Object>, old: &Field<Object>| match given(new) {
            Some(new) => new,
            None => old.get().unwrap_or_else(none),
        };
        let functions = [part(get, &this.get), part(set, &this.set), part(del, &this.del)];
        let doc = if this.getter_doc.get() && !functions[0].is(&none()) {
            none()
        } else {
            this.doc.get().unwrap_or_else(none)
        };
        let [get, set, del] = functions;
        let made = call::call(vm, type_of(this.as_object()).as_object(), &[get, set, del, doc])?;
        if let Some(made) = made.cast::<Property>() {
            made.name.set(this.name.get());
        }
        Ok(made)
    }
}

fn is_abstract(vm: &Vm, object: Option<Object>) -> Result<bool> {
    let Some(object) = object else { return Ok(false) };
    match attr::getattr_opt(vm, &object, vm.names().__isabstractmethod__())? {
        Some(answer) => protocol::is_true(vm, &answer),
        None => Ok(false),
    }
}

#[pymethods]
impl Property {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body = Property {
            head: Head::new(),
            get: Field::empty(),
            set: Field::empty(),
            del: Field::empty(),
            doc: Field::empty(),
            name: Field::empty(),
            getter_doc: Cell::new(false),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(fget=None, fset=None, fdel=None, doc=None)")]
    fn init(
        this: &Ref<Self>,
        vm: &Vm,
        fget: Option<&Object>,
        fset: Option<&Object>,
        fdel: Option<&Object>,
        doc: Option<&Object>,
    ) -> Result<()> {
        this.get.set(given(fget));
        this.set.set(given(fset));
        this.del.set(given(fdel));
        this.doc.set(None);
        this.name.set(None);
        this.getter_doc.set(false);
        let mut text = given(doc);
        if text.is_none()
            && let Some(get) = given(fget)
        {
            text = attr::getattr_opt(vm, &get, vm.names().__doc__())?.filter(|d| !d.is(&none()));
            this.getter_doc.set(text.is_some());
        }
        if this.as_object().is_exact::<Property>() {
            this.doc.set(text);
            return Ok(());
        }
        // A subclass has a `__doc__` of its own that would hide the field.
        let text = text.unwrap_or_else(none);
        match attr::setattr(vm, this.as_object(), vm.names().__doc__(), Some(&text)) {
            Err(_) if !this.getter_doc.get() && vm.raised_is(&crate::exception::types::AttributeError) => {
                vm.clear_raised();
                Ok(())
            }
            other => other,
        }
    }

    #[slot]
    fn descr_get(this: &Ref<Self>, vm: &Vm, object: Option<&Object>, _kind: Option<&Object>) -> Result<Object> {
        let Some(object) = object else { return Ok(this.to_object()) };
        match this.get.get() {
            Some(get) => call::call(vm, &get, std::slice::from_ref(object)),
            None => Err(this.lacks(vm, object, "getter")),
        }
    }

    #[slot]
    fn descr_set(&self, vm: &Vm, object: &Object, value: Option<&Object>) -> Result<()> {
        match value {
            Some(value) => match self.set.get() {
                Some(set) => call::call(vm, &set, &[object.clone(), value.clone()]).map(drop),
                None => Err(self.lacks(vm, object, "setter")),
            },
            None => match self.del.get() {
                Some(del) => call::call(vm, &del, std::slice::from_ref(object)).map(drop),
                None => Err(self.lacks(vm, object, "deleter")),
            },
        }
    }

    /// Descriptor to obtain a copy of the property with a different getter.
    #[py("getter(object, /)")]
    fn getter(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<Object> {
        Property::with(this, vm, Some(object), None, None)
    }

    /// Descriptor to obtain a copy of the property with a different setter.
    #[py("setter(object, /)")]
    fn setter(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<Object> {
        Property::with(this, vm, None, Some(object), None)
    }

    /// Descriptor to obtain a copy of the property with a different deleter.
    #[py("deleter(object, /)")]
    fn deleter(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<Object> {
        Property::with(this, vm, None, None, Some(object))
    }

    /// Method to set name of a property.
    #[py(raw, "__set_name__", notext)]
    fn set_name(vm: &Vm, args: Args<'_>) -> Result<()> {
        let (this, rest) = args.positional().split_first().unzip();
        let Some(this) = this.and_then(|this| this.cast::<Property>()) else {
            bail!(vm, TypeError, "descriptor '__set_name__' requires a 'property' object");
        };
        let rest: &[Object] = rest.unwrap_or_default();
        let [_, name] = rest else {
            bail!(vm, TypeError, "__set_name__() takes 2 positional arguments but {} were given", rest.len());
        };
        this.name.set(Some(name.clone()));
        Ok(())
    }

    #[getter("fget")]
    fn fget(&self) -> Option<Object> {
        self.get.get()
    }

    #[getter("fset")]
    fn fset(&self) -> Option<Object> {
        self.set.get()
    }

    #[getter("fdel")]
    fn fdel(&self) -> Option<Object> {
        self.del.get()
    }

    #[getter("__doc__")]
    fn get_doc(&self) -> Option<Object> {
        self.doc.get()
    }

    #[setter("__doc__")]
    fn set_doc(&self, value: Option<&Object>) -> Result<()> {
        self.doc.set(value.cloned());
        Ok(())
    }

    #[getter("__name__")]
    fn get_name(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        match this.known_name(vm)? {
            Some(name) => Ok(name),
            None => Err(attr::no_attribute(vm, this.as_object(), vm.names().__name__())),
        }
    }

    #[setter("__name__")]
    fn set_name_attribute(&self, value: Option<&Object>) -> Result<()> {
        self.name.set(value.cloned());
        Ok(())
    }

    #[getter("__isabstractmethod__")]
    fn isabstract(&self, vm: &Vm) -> Result<bool> {
        Ok(is_abstract(vm, self.get.get())? || is_abstract(vm, self.set.get())? || is_abstract(vm, self.del.get())?)
    }
}

/// Convert a function to be a class method.
///
/// A class method receives the class as implicit first argument,
/// just like an instance method receives the instance.
/// To declare a class method, use this idiom:
///
///   class C:
///       @classmethod
///       def f(cls, arg1, arg2, argN):
///           ...
///
/// It can be called either on the class (e.g. C.f()) or on an instance
/// (e.g. C().f()).  The instance is ignored except for its class.
/// If a class method is called for a derived class, the derived class
/// object is passed as the implied first argument.
///
/// Class methods are different than C++ or Java static methods.
/// If you want those, see the staticmethod builtin.
#[pytype("classmethod", flags(BASETYPE, HAVE_GC, MANAGED_DICT))]
pub struct ClassMethod {
    pub head: Head,
    pub function: Field<Object>,
}

/// Convert a function to be a static method.
///
/// A static method does not receive an implicit first argument.
/// To declare a static method, use this idiom:
///
///      class C:
///          @staticmethod
///          def f(arg1, arg2, argN):
///              ...
///
/// It can be called either on the class (e.g. C.f()) or on an instance
/// (e.g. C().f()). Both the class and the instance are ignored, and
/// neither is passed implicitly as the first argument to the method.
///
/// Static methods in Python are similar to those found in Java or C++.
/// For a more advanced concept, see the classmethod builtin.
#[pytype("staticmethod", flags(BASETYPE, HAVE_GC, MANAGED_DICT))]
pub struct StaticMethod {
    pub head: Head,
    pub function: Field<Object>,
}

/// Gives the wrapper the names and the doc of what it wraps.
fn copy_names(vm: &Vm, wrapper: &Object, wrapped: &Object) -> Result<()> {
    let names = vm.names();
    for name in [names.__module__(), names.__name__(), names.__qualname__(), names.__doc__()] {
        if let Some(value) = attr::getattr_opt(vm, wrapped, name)? {
            attr::setattr(vm, wrapper, name, Some(&value))?;
        }
    }
    Ok(())
}

/// An attribute of the wrapped function, kept in the wrapper's dict once read or set.
fn forwarded(vm: &Vm, wrapper: &Object, function: Option<Object>, name: &Name) -> Result<Object> {
    if let Some(own) = instance::get(vm, wrapper, name)? {
        return Ok(own);
    }
    let value = attr::getattr(vm, &function.unwrap_or_else(none), name)?;
    instance::set(vm, wrapper, name, Some(&value))?;
    Ok(value)
}

impl ClassMethod {
    /// `classmethod(function)`.
    pub fn make(vm: &Vm, function: &Object) -> Result<Object> {
        let body = ClassMethod { head: Head::new(), function: Field::some(function.clone()) };
        let made = instance::alloc(vm, ClassMethod::class(), body)?.into_object();
        copy_names(vm, &made, function)?;
        Ok(made)
    }
}

impl StaticMethod {
    /// `staticmethod(function)`.
    pub fn make(vm: &Vm, function: &Object) -> Result<Object> {
        let made = StaticMethod::wrap(function.clone());
        copy_names(vm, &made, function)?;
        Ok(made)
    }

    /// A static method around a native function, which brings its own names. Usable before the types are ready.
    pub fn wrap(function: Object) -> Object {
        let body = StaticMethod { head: Head::new(), function: Field::some(function) };
        instance::alloc(Vm::current(), StaticMethod::class(), body).expect("memory for a small object").into_object()
    }
}

macro_rules! wrapper_methods {
    ($kind:ident, $name:literal, { $($more:tt)* }) => {
        #[pymethods]
        impl $kind {
            #[slot]
            fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
                let _ = args;
                Ok(instance::alloc(vm, cls, $kind { head: Head::new(), function: Field::empty() })?.into_object())
            }

            #[slot("(function, /)")]
            fn init(this: &Ref<Self>, vm: &Vm, function: &Object) -> Result<()> {
                this.function.set(Some(function.clone()));
                copy_names(vm, this.as_object(), function)
            }

            #[slot]
            fn repr(&self, vm: &Vm) -> Result<String> {
                let inner = protocol::repr(vm, &self.function.get().unwrap_or_else(none))?;
                Ok(format!(concat!("<", $name, "({})>"), inner))
            }

            #[getter("__func__")]
            fn func(&self) -> Option<Object> {
                self.function.get()
            }

            #[getter("__wrapped__")]
            fn wrapped(&self) -> Option<Object> {
                self.function.get()
            }

            #[getter("__isabstractmethod__")]
            fn isabstract(&self, vm: &Vm) -> Result<bool> {
                is_abstract(vm, self.function.get())
            }

            #[getter("__annotations__")]
            fn annotations(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
                forwarded(vm, this.as_object(), this.function.get(), vm.names().__annotations__())
            }

            #[setter("__annotations__")]
            fn set_annotations(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
                let name = vm.names().__annotations__();
                let there = instance::dict(this.as_object()).is_some_and(|dict| dict.get_name(name).is_some());
                if value.is_none() && !there {
                    bail!(vm, AttributeError, "{name}");
                }
                instance::set(vm, this.as_object(), name, value).map(drop)
            }

            #[getter("__annotate__")]
            fn annotate(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
                forwarded(vm, this.as_object(), this.function.get(), vm.names().__annotate__())
            }

            #[setter("__annotate__")]
            fn set_annotate(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
                instance::set(vm, this.as_object(), vm.names().__annotate__(), value).map(drop)
            }

            #[getter("__dict__")]
            fn get_dict(this: &Ref<Self>) -> Option<Ref<Dict>> {
                instance::dict(this.as_object())
            }

            #[setter("__dict__")]
            fn set_dict(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
                crate::builtins::type_::assign_dict(vm, this.as_object(), value)
            }

            #[py("__class_getitem__(object, /)", classmethod)]
            fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
                GenericAlias::make(vm, cls.as_object(), object)
            }

            $($more)*
        }
    };
}

wrapper_methods!(ClassMethod, "classmethod", {
    #[slot]
    fn descr_get(&self, vm: &Vm, object: Option<&Object>, kind: Option<&Object>) -> Result<Object> {
        let Some(function) = self.function.get() else {
            bail!(vm, RuntimeError, "uninitialized classmethod object");
        };
        match (kind, object) {
            (Some(kind), _) => Ok(BoundMethod::make(&function, kind)),
            (None, Some(object)) => Ok(BoundMethod::make(&function, type_of(object).as_object())),
            (None, None) => Ok(function),
        }
    }
});

wrapper_methods!(StaticMethod, "staticmethod", {
    #[slot]
    fn descr_get(&self, vm: &Vm, _object: Option<&Object>, _kind: Option<&Object>) -> Result<Object> {
        self.function.get().ok_or_else(|| raise!(vm, RuntimeError, "uninitialized staticmethod object"))
    }

    #[slot]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        match self.function.get() {
            Some(function) => call::call_args(vm, &function, args),
            None => Err(raise!(vm, RuntimeError, "uninitialized staticmethod object")),
        }
    }
});

/// `BaseException.__setstate__`: a dict of attributes to set, or None.
pub fn unpickle_state(vm: &Vm, this: &Object, state: &Object) -> Result<()> {
    if state.is(&none()) {
        return Ok(());
    }
    let Some(dict) = state.cast::<Dict>() else { bail!(vm, TypeError, "state is not a dictionary") };
    for (name, value) in dict.to_pairs() {
        match name.cast::<Str>() {
            Some(name) => attr::setattr(vm, this, name, Some(&value))?,
            None => bail!(vm, TypeError, "attribute name must be string, not '{}'", crate::object::type_name(&name)),
        }
    }
    Ok(())
}
