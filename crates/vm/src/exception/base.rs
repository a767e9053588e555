//! `BaseException` and the types that only add a field or two.

use crate::builtins::descriptors::unpickle_state;
use crate::builtins::dict::Dict;
use crate::object::{attr, instance, type_of};
use crate::prelude::*;
use crate::protocol::{call, object as protocol};
use crate::{exception, exception_body};
use std::cell::Cell;

/// What every exception holds.
#[repr(C)]
pub struct BaseException {
    pub head: Head,
    pub args: Field<Ref<Tuple>>,
    pub traceback: Field<Object>,
    pub context: Field<Object>,
    pub cause: Field<Object>,
    pub suppress_context: Cell<bool>,
}
exception_body!(BaseException, "BaseException", exception::types::BaseException, crate::builtins::object::BaseObject, { args, traceback, context, cause });

impl BaseException {
    pub fn with_args(args: &[Object]) -> BaseException {
        BaseException {
            head: Head::new(),
            args: Field::some(Tuple::from_slice(args)),
            traceback: Field::empty(),
            context: Field::empty(),
            cause: Field::empty(),
            suppress_context: Cell::new(false),
        }
    }

    pub fn arg_items(&self) -> Vec<Object> {
        self.args.get().map(|a| a.items().to_vec()).unwrap_or_default()
    }
}

/// Refuses keyword arguments, in the words of exception constructors.
pub fn no_keywords(vm: &Vm, kind: &Type, args: &Args<'_>) -> Result<()> {
    if args.keyword_count() > 0 {
        bail!(vm, TypeError, "{}() takes no keyword arguments", kind.short_name());
    }
    Ok(())
}

fn exception_or_none(vm: &Vm, value: Option<&Object>, what: &str) -> Result<Option<Object>> {
    match value {
        None => Err(raise!(vm, TypeError, "{what} may not be deleted")),
        Some(value) if value.is(&none()) => Ok(None),
        Some(value) if exception::is_exception(value) => Ok(Some(value.clone())),
        Some(_) => Err(raise!(
            vm,
            TypeError,
            "exception {} must be None or derive from BaseException",
            what.trim_start_matches("__").trim_end_matches("__")
        )),
    }
}

#[pymethods]
impl BaseException {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        Ok(instance::alloc(vm, cls, BaseException::with_args(args.positional()))?.into_object())
    }

    #[slot]
    fn init(&self, vm: &Vm, args: Args<'_>) -> Result<()> {
        no_keywords(vm, type_of(Ref::of(self).as_object()), &args)?;
        self.args.set(Some(Tuple::from_slice(args.positional())));
        Ok(())
    }

    #[slot]
    pub fn str(&self, vm: &Vm) -> Result<Object> {
        match &self.arg_items()[..] {
            [] => Ok(Str::new("").into_object()),
            [one] => protocol::str(vm, one).map(Ref::into_object),
            _ => protocol::str(vm, self.args.get().expect("set above").as_object()).map(Ref::into_object),
        }
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let name = type_of(this.as_object()).short_name();
        let items = this.arg_items();
        let inner = match &items[..] {
            [one] => format!("({})", protocol::repr(vm, one)?.to_string_lossy()),
            _ => protocol::repr(vm, Tuple::from_slice(&items).as_object())?.to_string_lossy(),
        };
        Ok(Str::new(&format!("{name}{inner}")).into_object())
    }

    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> Object {
        let kind = type_of(this.as_object()).to_object();
        let args = this.args.get().map_or_else(|| Tuple::empty().into_object(), Ref::into_object);
        let state = instance::items(this.as_object());
        if state.is_empty() {
            return Tuple::from_slice(&[kind, args]).into_object();
        }
        let dict = Dict::from_pairs_of_names(state);
        Tuple::from_slice(&[kind, args, dict.into_object()]).into_object()
    }

    #[py("__setstate__(state, /)")]
    fn setstate(this: &Ref<Self>, vm: &Vm, state: &Object) -> Result<()> {
        unpickle_state(vm, this.as_object(), state)
    }

    /// Set self.__traceback__ to tb and return self.
    #[py("with_traceback(tb, /)")]
    fn with_traceback(this: &Ref<Self>, vm: &Vm, tb: &Object) -> Result<Object> {
        this.set_traceback(vm, Some(tb))?;
        Ok(this.to_object())
    }

    /// Add a note to the exception
    #[py("add_note(note, /)")]
    fn add_note(this: &Ref<Self>, vm: &Vm, note: &Object) -> Result<()> {
        if note.cast::<Str>().is_none() {
            bail!(vm, TypeError, "note must be a str, not '{}'", type_of(note).tp_name());
        }
        exception::add_note(vm, this.as_object(), note)
    }

    #[getter("args")]
    fn get_args(&self) -> Object {
        self.args.get().map_or_else(|| Tuple::empty().into_object(), Ref::into_object)
    }

    #[setter("args")]
    fn set_args(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { bail!(vm, TypeError, "args may not be deleted") };
        let items = crate::protocol::iter::to_vec(vm, value)?;
        self.args.set(Some(Tuple::from_slice(&items)));
        Ok(())
    }

    #[getter("__traceback__")]
    fn get_traceback(&self) -> Object {
        self.traceback.get().unwrap_or_else(none)
    }

    #[setter("__traceback__")]
    fn set_traceback(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        match value {
            None => Err(raise!(vm, TypeError, "__traceback__ may not be deleted")),
            Some(value) if value.is(&none()) => {
                self.traceback.set(None);
                Ok(())
            }
            Some(value) if value.is_instance_of::<crate::frame::traceback::Traceback>() => {
                self.traceback.set(Some(value.clone()));
                Ok(())
            }
            Some(_) => Err(raise!(vm, TypeError, "__traceback__ must be a traceback or None")),
        }
    }

    #[getter("__context__")]
    fn get_context(&self) -> Object {
        self.context.get().unwrap_or_else(none)
    }

    #[setter("__context__")]
    fn set_context(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        self.context.set(exception_or_none(vm, value, "__context__")?);
        Ok(())
    }

    #[getter("__cause__")]
    fn get_cause(&self) -> Object {
        self.cause.get().unwrap_or_else(none)
    }

    #[setter("__cause__")]
    fn set_cause(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        self.cause.set(exception_or_none(vm, value, "__cause__")?);
        self.suppress_context.set(true);
        Ok(())
    }

    #[getter("__suppress_context__")]
    fn get_suppress_context(&self) -> bool {
        self.suppress_context.get()
    }

    #[setter("__suppress_context__")]
    fn set_suppress_context(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { bail!(vm, TypeError, "can't delete numeric/char attribute") };
        if value.cast::<Bool>().is_none() {
            bail!(vm, TypeError, "attribute value type must be bool");
        }
        self.suppress_context.set(protocol::is_true(vm, value)?);
        Ok(())
    }

    #[getter("__dict__")]
    fn get_dict(this: &Ref<Self>) -> Option<Ref<Dict>> {
        instance::dict(this.as_object())
    }

    #[setter("__dict__")]
    fn set_dict(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        crate::builtins::type_::assign_dict(vm, this.as_object(), value)
    }
}

/// `str(KeyError(k))` is the repr of the key: an empty or odd key stays visible.
pub fn key_error_str(vm: &Vm, this: &Object) -> Result<Object> {
    let items = this.cast::<BaseException>().map(|b| b.arg_items()).unwrap_or_default();
    match &items[..] {
        [one] => Ok(protocol::repr(vm, one)?.into_object()),
        [] => Ok(Str::new("").into_object()),
        items => Ok(protocol::str(vm, Tuple::from_slice(items).as_object())?.into_object()),
    }
}

fn field_or_none(field: &Field<Object>) -> Object {
    field.get().unwrap_or_else(none)
}

#[repr(C)]
pub struct StopIteration {
    pub base: BaseException,
    pub value: Field<Object>,
}
exception_body!(StopIteration, "StopIteration", exception::types::StopIteration, BaseException, { base, value });

#[pymethods]
impl StopIteration {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let value = args.positional().first().cloned();
        let body = StopIteration { base: BaseException::with_args(args.positional()), value: Field::new(value) };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn init(&self, vm: &Vm, args: Args<'_>) -> Result<()> {
        self.base.init(vm, args)?;
        self.value.set(args.positional().first().cloned());
        Ok(())
    }

    /// generator return value
    #[getter("value")]
    fn get_value(&self) -> Object {
        field_or_none(&self.value)
    }

    #[setter("value")]
    fn set_value(&self, value: Option<&Object>) -> Result<()> {
        self.value.set(value.cloned());
        Ok(())
    }
}

#[repr(C)]
pub struct SystemExit {
    pub base: BaseException,
    pub code: Field<Object>,
}
exception_body!(SystemExit, "SystemExit", exception::types::SystemExit, BaseException, { base, code });

#[pymethods]
impl SystemExit {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let body = SystemExit { base: BaseException::with_args(args.positional()), code: Field::empty() };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn init(&self, vm: &Vm, args: Args<'_>) -> Result<()> {
        self.base.init(vm, args)?;
        self.code.set(match args.positional() {
            [] => None,
            [one] => Some(one.clone()),
            many => Some(Tuple::from_slice(many).into_object()),
        });
        Ok(())
    }

    /// exception code
    #[getter("code")]
    fn get_code(&self) -> Object {
        field_or_none(&self.code)
    }

    #[setter("code")]
    fn set_code(&self, value: Option<&Object>) -> Result<()> {
        self.code.set(value.cloned());
        Ok(())
    }
}

#[repr(C)]
pub struct AttributeError {
    pub base: BaseException,
    pub name: Field<Object>,
    pub obj: Field<Object>,
}
exception_body!(AttributeError, "AttributeError", exception::types::AttributeError, BaseException, { base, name, obj });

/// Takes the keyword arguments `names` of an exception constructor; refuses others.
pub fn keywords<const N: usize>(vm: &Vm, kind: &str, args: &Args<'_>, names: [&str; N]) -> Result<[Option<Object>; N]> {
    let mut found = [const { None }; N];
    for (key, value) in args.keywords().iter() {
        let text = key.cast::<Str>().map(|k| k.to_string()).unwrap_or_default();
        match names.iter().position(|n| *n == text) {
            Some(at) => found[at] = Some(value.clone()),
            None => bail!(vm, TypeError, "{kind}() got an unexpected keyword argument '{text}'"),
        }
    }
    Ok(found)
}

#[pymethods]
impl AttributeError {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let body = AttributeError {
            base: BaseException::with_args(args.positional()),
            name: Field::empty(),
            obj: Field::empty(),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn init(&self, vm: &Vm, args: Args<'_>) -> Result<()> {
        let [name, obj] = keywords(vm, "AttributeError", &args, ["name", "obj"])?;
        self.base.args.set(Some(Tuple::from_slice(args.positional())));
        self.name.set(name);
        self.obj.set(obj);
        Ok(())
    }

    /// attribute name
    #[getter("name")]
    fn get_name(&self) -> Object {
        field_or_none(&self.name)
    }

    #[setter("name")]
    fn set_name(&self, value: Option<&Object>) -> Result<()> {
        self.name.set(value.cloned());
        Ok(())
    }

    /// object
    #[getter("obj")]
    fn get_obj(&self) -> Object {
        field_or_none(&self.obj)
    }

    #[setter("obj")]
    fn set_obj(&self, value: Option<&Object>) -> Result<()> {
        self.obj.set(value.cloned());
        Ok(())
    }

    #[py("__getstate__()")]
    fn getstate(this: &Ref<Self>) -> Object {
        let mut items = instance::items(this.as_object());
        if let Some(name) = this.name.get() {
            items.push((Str::new("name").into_object(), name));
        }
        items.push((Str::new("args").into_object(), this.base.get_args()));
        Dict::from_pairs_of_names(items).into_object()
    }

    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> Object {
        Tuple::from_slice(&[type_of(this.as_object()).to_object(), this.base.get_args(), Self::getstate(this)])
            .into_object()
    }
}

#[repr(C)]
pub struct NameError {
    pub base: BaseException,
    pub name: Field<Object>,
}
exception_body!(NameError, "NameError", exception::types::NameError, BaseException, { base, name });

#[pymethods]
impl NameError {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let body = NameError { base: BaseException::with_args(args.positional()), name: Field::empty() };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn init(&self, vm: &Vm, args: Args<'_>) -> Result<()> {
        let [name] = keywords(vm, "NameError", &args, ["name"])?;
        self.base.args.set(Some(Tuple::from_slice(args.positional())));
        self.name.set(name);
        Ok(())
    }

    /// name
    #[getter("name")]
    fn get_name(&self) -> Object {
        field_or_none(&self.name)
    }

    #[setter("name")]
    fn set_name(&self, value: Option<&Object>) -> Result<()> {
        self.name.set(value.cloned());
        Ok(())
    }
}

#[repr(C)]
pub struct ImportError {
    pub base: BaseException,
    pub msg: Field<Object>,
    pub name: Field<Object>,
    pub path: Field<Object>,
    pub name_from: Field<Object>,
}
exception_body!(ImportError, "ImportError", exception::types::ImportError, BaseException, { base, msg, name, path, name_from });

#[pymethods]
impl ImportError {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let body = ImportError {
            base: BaseException::with_args(args.positional()),
            msg: Field::empty(),
            name: Field::empty(),
            path: Field::empty(),
            name_from: Field::empty(),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn init(&self, vm: &Vm, args: Args<'_>) -> Result<()> {
        let [name, path, name_from] = keywords(vm, "ImportError", &args, ["name", "path", "name_from"])?;
        self.base.args.set(Some(Tuple::from_slice(args.positional())));
        self.name.set(name);
        self.path.set(path);
        self.name_from.set(name_from);
        self.msg.set(match args.positional() {
            [one] => Some(one.clone()),
            _ => None,
        });
        Ok(())
    }

    #[slot]
    fn str(&self, vm: &Vm) -> Result<Object> {
        match self.msg.get() {
            Some(msg) if msg.is_exact::<Str>() => Ok(msg),
            _ => self.base.str(vm),
        }
    }

    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> Object {
        let mut items = instance::items(this.as_object());
        for (key, field) in [("name", &this.name), ("path", &this.path), ("name_from", &this.name_from)] {
            if let Some(value) = field.get() {
                items.push((Str::new(key).into_object(), value));
            }
        }
        let kind = type_of(this.as_object()).to_object();
        let args = this.base.get_args();
        if items.is_empty() {
            return Tuple::from_slice(&[kind, args]).into_object();
        }
        Tuple::from_slice(&[kind, args, Dict::from_pairs_of_names(items).into_object()]).into_object()
    }

    /// exception message
    #[getter("msg")]
    fn get_msg(&self) -> Object {
        field_or_none(&self.msg)
    }

    #[setter("msg")]
    fn set_msg(&self, value: Option<&Object>) -> Result<()> {
        self.msg.set(value.cloned());
        Ok(())
    }

    /// module name
    #[getter("name")]
    fn get_name(&self) -> Object {
        field_or_none(&self.name)
    }

    #[setter("name")]
    fn set_name(&self, value: Option<&Object>) -> Result<()> {
        self.name.set(value.cloned());
        Ok(())
    }

    /// module path
    #[getter("path")]
    fn get_path(&self) -> Object {
        field_or_none(&self.path)
    }

    #[setter("path")]
    fn set_path(&self, value: Option<&Object>) -> Result<()> {
        self.path.set(value.cloned());
        Ok(())
    }

    /// name imported from module
    #[getter("name_from")]
    fn get_name_from(&self) -> Object {
        field_or_none(&self.name_from)
    }

    #[setter("name_from")]
    fn set_name_from(&self, value: Option<&Object>) -> Result<()> {
        self.name_from.set(value.cloned());
        Ok(())
    }
}

/// Calls a method found by name, for the modules that import nothing else.
pub fn call_by_name(vm: &Vm, object: &Object, name: &Name, args: &[Object]) -> Result<Object> {
    let method = attr::getattr(vm, object, name)?;
    call::call(vm, &method, args)
}
