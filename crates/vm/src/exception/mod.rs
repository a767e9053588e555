//! Exceptions: the tree ([`types`]), the bodies, raising, context and groups.

pub mod base;
pub mod groups;
pub mod os_error;
pub mod report;
pub mod suggest;
pub mod syntax;
pub mod types;
pub mod unicode;

pub use base::{AttributeError, BaseException, ImportError, NameError, StopIteration, SystemExit, key_error_str};
pub use groups::{BaseExceptionGroup, group_match, prep_reraise_star};
pub use os_error::{OSError, os_error, os_error_with};
pub use syntax::SyntaxError;
pub use unicode::{UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError, surrogate_error};

use crate::builtins::list::List;
use crate::builtins::none::none;
use crate::builtins::str::Str;
use crate::builtins::tuple::Tuple;
use crate::context::Vm;
use crate::error::Result;
use crate::native::Args;
use crate::object::PyType;
use crate::object::cast::Cast;
use crate::object::{StaticType, Type, attr, flags, instance, type_of};
use crate::protocol::call;
use crate::protocol::object::ErrorText;
use heap::{Object, Ref};

/// Implements `PyType` for the body of an exception type that stands in the tree.
#[macro_export]
macro_rules! exception_body {
    ($body:ident, $name:literal, $place:expr, $base:ty, { $($field:ident),* }) => {
        impl $crate::object::PyType for $body {
            const NAME: &'static str = $name;
            const MODULE: &'static str = "builtins";
            const DOC: &'static str = "";
            const FLAGS: u32 = {
                use $crate::object::flags::*;
                BASETYPE | HAVE_GC | MANAGED_DICT | MANAGED_WEAKREF | BASE_EXC_SUBCLASS
            };
            type Base = $base;
            fn static_type() -> &'static $crate::object::StaticType { &$place }
        }
        impl ::heap::Trace for $body {
            fn trace(&self, visit: &mut ::heap::Visitor) { $(::heap::Trace::trace(&self.$field, visit);)* }
            fn clear_refs(&self) { $(::heap::Trace::clear_refs(&self.$field);)* }
        }
    };
}

/// A new exception of `kind` with these arguments, as calling the type would make it.
pub fn make(vm: &Vm, kind: &Ref<Type>, args: &[Object]) -> Result<Object> {
    call::call(vm, kind.as_object(), args)
}

/// Whether the object is an exception instance.
pub fn is_exception(object: &Object) -> bool {
    object.cast::<BaseException>().is_some()
}

/// Whether the object is an exception class.
pub fn is_exception_class(object: &Object) -> bool {
    object.cast::<Type>().is_some_and(|t| t.has_flag(flags::BASE_EXC_SUBCLASS))
}

/// An instance of a class that is made as `BaseException` makes its own, without the detour of a call.
fn plain_instance(vm: &Vm, class: &Object, args: &[Object]) -> Option<Result<Object>> {
    let base = types::BaseException.get();
    let class = class.cast_exact::<Type>()?;
    let same = |of: fn(&Type) -> usize| of(class) == of(base);
    let makes =
        same(|t| t.slots.new.get().map_or(0, |f| f as usize)) && same(|t| t.slots.init.get().map_or(0, |f| f as usize));
    makes.then(|| instance::alloc(vm, class, BaseException::with_args(args)).map(Ref::into_object))
}

/// Calls an exception class; what it gives must be an exception.
pub fn make_checked(vm: &Vm, class: &Object, args: &[Object]) -> Result<Object> {
    if let Some(made) = plain_instance(vm, class, args) {
        return made;
    }
    let made = call::call(vm, class, args)?;
    if !is_exception(&made) {
        bail!(
            vm,
            TypeError,
            "calling {} should have returned an instance of BaseException, not {}",
            class.repr_for_error(vm),
            type_of(&made).as_object().repr_for_error(vm)
        );
    }
    Ok(made)
}

/// Makes an instance of what a `raise` statement was given: a class is called, an instance stays.
pub fn normalise(vm: &Vm, object: &Object) -> Result<Object> {
    if is_exception_class(object) {
        return make_checked(vm, object, &[]);
    }
    if is_exception(object) {
        return Ok(object.clone());
    }
    Err(raise!(vm, TypeError, "exceptions must derive from BaseException"))
}

/// `raise exception from cause`.
pub fn raise_from(vm: &Vm, exception: &Object, cause: Option<&Object>) -> crate::Raised {
    let exception = match normalise(vm, exception) {
        Ok(exception) => exception,
        Err(raised) => return raised,
    };
    if let Some(cause) = cause {
        let fixed = if is_exception_class(cause) {
            match normalise(vm, cause) {
                Ok(cause) => Some(cause),
                Err(raised) => return raised,
            }
        } else if is_exception(cause) {
            Some(cause.clone())
        } else if cause.is(&none()) {
            None
        } else {
            return raise!(vm, TypeError, "exception causes must derive from BaseException");
        };
        let body = exception.cast::<BaseException>().expect("normalised");
        body.cause.set(fixed);
        body.suppress_context.set(true);
    }
    vm.raise(exception)
}

/// Sets `__context__` of an exception that is being raised to the one being handled, avoiding cycles.
pub fn set_context(vm: &Vm, exception: &Object) {
    let Some(handled) = vm.handled() else { return };
    if handled.is(exception) {
        return;
    }
    let Some(body) = exception.cast::<BaseException>() else { return };
    // The chain of the handled exception may hold the new one: cut it there. A second, slower pointer finds cycles.
    let mut at = handled.clone();
    let mut slow = handled.clone();
    let mut step = false;
    loop {
        let Some(context) = at.cast::<BaseException>().and_then(|b| b.context.get()) else { break };
        if context.is(exception) {
            if let Some(b) = at.cast::<BaseException>() {
                b.context.set(None);
            }
            break;
        }
        at = context;
        if at.is(&slow) {
            break;
        }
        if step {
            let Some(next) = slow.cast::<BaseException>().and_then(|b| b.context.get()) else { break };
            slow = next;
        }
        step = !step;
    }
    body.context.set(Some(handled));
}

/// Whether `exception` matches what an `except` clause names: a class or a tuple of them.
pub fn matches(exception: &Object, wanted: &Object) -> bool {
    if let Some(tuple) = wanted.cast::<crate::builtins::tuple::Tuple>() {
        return tuple.items().iter().any(|w| matches(exception, w));
    }
    let kind = match exception.cast::<Type>() {
        _ if is_exception(exception) => type_of(exception),
        Some(kind) => kind,
        None => return exception.is(wanted),
    };
    wanted.cast::<Type>().is_some_and(|wanted| kind.is_subtype(wanted))
}

/// `exception.add_note(note)`.
pub fn add_note(vm: &Vm, exception: &Object, note: &Object) -> Result<()> {
    let name = vm.names().__notes__();
    let notes = match attr::getattr_opt(vm, exception, name)? {
        Some(notes) => notes,
        None => {
            let notes = List::empty().into_object();
            attr::setattr(vm, exception, name, Some(&notes))?;
            notes
        }
    };
    match notes.cast::<List>() {
        Some(list) => vm.memory(list.items.push(note.clone())),
        None => Err(raise!(vm, TypeError, "Cannot add note: __notes__ is not a list")),
    }
}

/// The value of a StopIteration, for `yield from` and `await`.
pub fn stop_iteration_value(exception: Option<&Object>) -> Object {
    exception.and_then(|e| e.cast::<StopIteration>()).and_then(|s| s.value.get()).unwrap_or_else(none)
}

/// Raises StopIteration with a value, as a generator's return does.
pub fn raise_stop_iteration(vm: &Vm, value: Object) -> crate::Raised {
    if value.is(&none()) {
        return vm.raise_empty(&types::StopIteration);
    }
    vm.raise_args(&types::StopIteration, &[value])
}

/// KeyError with the key as its argument (a tuple key too stays one argument).
pub fn key_error(vm: &Vm, key: &Object) -> crate::Raised {
    vm.raise_args(&types::KeyError, std::slice::from_ref(key))
}

/// A new exception class of a module written in Rust.
pub fn new_class(vm: &Vm, module: &str, name: &str, base: &Ref<Type>) -> Result<Object> {
    let namespace = crate::builtins::dict::Dict::empty();
    namespace.set_str(vm, "__module__", Str::new(module).into_object())?;
    let bases = Tuple::from_slice(&[base.to_object()]);
    let no = crate::native::Kwargs { names: &[], values: &[] };
    crate::object::class::new_class(vm, Type::class(), &Str::new(name), &bases, &namespace, no)
}

/// As [`new_class`], for a class that is made once: when the module runs again it is the same. `name` is dotted.
pub fn module_class(vm: &Vm, name: &'static str, base: &Ref<Type>) -> Result<Object> {
    if let Some(known) = vm.interp().module_state.borrow().get(name) {
        return Ok(known.clone());
    }
    let (module, last) = name.rsplit_once('.').unwrap_or(("builtins", name));
    let made = new_class(vm, module, last, base)?;
    vm.interp().module_state.borrow_mut().insert(name, made.clone());
    Ok(made)
}

/// Raises `kind(args…)` with keyword arguments.
pub fn raise_with(vm: &Vm, kind: &'static StaticType, args: Args<'_>) -> crate::Raised {
    match call::call_args(vm, kind.get().as_object(), args) {
        Ok(exception) => vm.raise(exception),
        Err(raised) => raised,
    }
}
