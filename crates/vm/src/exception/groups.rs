//! Exception groups (PEP 654): the types, and what `except*` does with them.

use super::base::{BaseException, no_keywords};
use super::types;
use crate::exception_body;
use crate::object::{attr, instance, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call, iter, object as protocol, sequence};

#[repr(C)]
pub struct BaseExceptionGroup {
    pub base: BaseException,
    pub message: Field<Object>,
    pub exceptions: Field<Ref<Tuple>>,
    /// The repr of a sequence that is neither list nor tuple, as it was when the group was made.
    pub shown: Field<Object>,
}
exception_body!(BaseExceptionGroup, "BaseExceptionGroup", types::BaseExceptionGroup, BaseException, { base, message, exceptions, shown });

impl BaseExceptionGroup {
    pub fn items(&self) -> Vec<Object> {
        self.exceptions.get().map(|e| e.items().to_vec()).unwrap_or_default()
    }
}

fn is_plain_exception(object: &Object) -> bool {
    type_of(object).is_subtype(types::Exception.get())
}

/// What `split` and `subgroup` look for.
enum Matcher<'a> {
    /// A class or a tuple of classes.
    Types(&'a Object),
    Callable(&'a Object),
    /// These very exceptions.
    Leaves(&'a [Object]),
}

impl Matcher<'_> {
    fn read<'a>(vm: &Vm, value: &'a Object) -> Result<Matcher<'a>> {
        let types_only = match value.cast::<Tuple>() {
            Some(tuple) => !tuple.is_empty() && tuple.items().iter().all(super::is_exception_class),
            None => super::is_exception_class(value),
        };
        match () {
            () if types_only => Ok(Matcher::Types(value)),
            () if call::is_callable(value) && !value.is_instance_of::<Type>() => Ok(Matcher::Callable(value)),
            () => Err(raise!(
                vm,
                TypeError,
                "expected an exception type, a tuple of exception types, or a callable (other than a class)"
            )),
        }
    }

    fn accepts(&self, vm: &Vm, exception: &Object) -> Result<bool> {
        match self {
            Matcher::Types(wanted) => Ok(super::matches(exception, wanted)),
            Matcher::Callable(function) => {
                let answer = call::call(vm, function, std::slice::from_ref(exception))?;
                protocol::is_true(vm, &answer)
            }
            // A group is looked into, so that only leaves are compared.
            Matcher::Leaves(leaves) => {
                Ok(!exception.is_instance_of::<BaseExceptionGroup>() && leaves.iter().any(|l| l.is(exception)))
            }
        }
    }
}

/// The part of an exception that matches, and (where asked for) the part that does not.
struct Split {
    matched: Option<Object>,
    rest: Option<Object>,
}

/// A group with the same message, traceback, cause, context and notes as `group` around some of its exceptions.
fn subset(vm: &Vm, group: &Object, exceptions: Vec<Object>) -> Result<Option<Object>> {
    if exceptions.is_empty() {
        return Ok(None);
    }
    let list = List::from_vec(exceptions).into_object();
    let made = call::call_method(vm, group, &vm.intern("derive"), &[list])?;
    if !made.is_instance_of::<BaseExceptionGroup>() {
        bail!(vm, TypeError, "derive must return an instance of BaseExceptionGroup");
    }
    if let (Some(from), Some(to)) = (group.cast::<BaseException>(), made.cast::<BaseException>()) {
        to.traceback.set(from.traceback.get());
        to.context.set(from.context.get());
        to.cause.set(from.cause.get());
        to.suppress_context.set(true);
    }
    if let Some(notes) = attr::getattr_opt(vm, group, vm.names().__notes__())?
        && sequence::is_sequence(&notes)
    {
        // The part's notes can grow on their own.
        let copy = List::from_vec(iter::to_vec(vm, &notes)?).into_object();
        attr::setattr(vm, &made, vm.names().__notes__(), Some(&copy))?;
    }
    Ok(Some(made))
}

fn split(vm: &Vm, exception: &Object, matcher: &Matcher<'_>, want_rest: bool) -> Result<Split> {
    if matcher.accepts(vm, exception)? {
        return Ok(Split { matched: Some(exception.clone()), rest: None });
    }
    let Some(group) = exception.cast::<BaseExceptionGroup>() else {
        return Ok(Split { matched: None, rest: want_rest.then(|| exception.clone()) });
    };
    vm.check_stack(" in exceptiongroup_split_recursive")?;
    let (mut matched, mut rest) = (Vec::new(), Vec::new());
    for inner in group.items() {
        let part = split(vm, &inner, matcher, want_rest)?;
        matched.extend(part.matched);
        rest.extend(part.rest);
    }
    let matched = subset(vm, exception, matched)?;
    let rest = if want_rest { subset(vm, exception, rest)? } else { None };
    Ok(Split { matched, rest })
}

#[pymethods]
impl BaseExceptionGroup {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let [message, given] = args.positional() else {
            let n = args.positional().len();
            bail!(vm, TypeError, "BaseExceptionGroup.__new__() takes exactly 2 arguments ({n} given)");
        };
        if !message.is_instance_of::<Str>() {
            let got = type_name(message);
            bail!(vm, TypeError, "BaseExceptionGroup.__new__() argument 1 must be str, not {got}");
        }
        if !sequence::is_sequence(given) {
            bail!(vm, TypeError, "second argument (exceptions) must be a sequence");
        }
        let shown = match given.is_instance_of::<List>() || given.is_instance_of::<Tuple>() {
            true => None,
            false => Some(protocol::repr(vm, given)?.into_object()),
        };
        let exceptions = iter::to_vec(vm, given)?;
        if exceptions.is_empty() {
            bail!(vm, ValueError, "second argument (exceptions) must be a non-empty sequence");
        }
        if let Some(at) = exceptions.iter().position(|e| !super::is_exception(e)) {
            bail!(vm, ValueError, "Item {at} of second argument (exceptions) is not an exception");
        }
        let all_plain = exceptions.iter().all(is_plain_exception);
        let mut cls = cls.clone();
        if cls.is(types::BaseExceptionGroup.get()) {
            if all_plain {
                cls = types::ExceptionGroup.get().clone();
            }
        } else if !all_plain && cls.is(types::ExceptionGroup.get()) {
            bail!(vm, TypeError, "Cannot nest BaseExceptions in an ExceptionGroup");
        } else if !all_plain && cls.is_subtype(types::Exception.get()) {
            bail!(vm, TypeError, "Cannot nest BaseExceptions in '{}'", cls.tp_name());
        }
        let body = BaseExceptionGroup {
            base: BaseException::with_args(&[]),
            message: Field::some(message.clone()),
            exceptions: Field::some(Tuple::from_vec(vm, exceptions)?),
            shown: Field::new(shown),
        };
        let this = instance::alloc(vm, &cls, body)?;
        this.base.args.set(Some(Tuple::from_slice(args.positional())));
        Ok(this.into_object())
    }

    #[slot]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        no_keywords(vm, type_of(this.as_object()), &args)?;
        this.base.args.set(Some(Tuple::from_slice(args.positional())));
        Ok(())
    }

    #[slot]
    fn str(&self, vm: &Vm) -> Result<String> {
        let n = self.items().len();
        let message = protocol::str(vm, &self.message.get().unwrap_or_else(none))?;
        Ok(format!("{message} ({n} sub-exception{})", if n == 1 { "" } else { "s" }))
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let name = type_of(this.as_object()).short_name();
        let message = protocol::repr(vm, &this.message.get().unwrap_or_else(none))?;
        // The exceptions as they were given: a list that changed since then does not count.
        let was_list = matches!(&this.base.arg_items()[..], [_, given] if given.is_instance_of::<List>());
        let shown = match this.shown.get() {
            Some(shown) => protocol::str(vm, &shown)?,
            None if was_list => protocol::repr(vm, List::from_vec(this.items()).as_object())?,
            None => protocol::repr(vm, Tuple::from_slice(&this.items()).as_object())?,
        };
        Ok(format!("{name}({message}, {shown})"))
    }

    #[py("derive(excs, /)")]
    fn derive(&self, vm: &Vm, excs: &Object) -> Result<Object> {
        let message = self.message.get().unwrap_or_else(none);
        call::call(vm, types::BaseExceptionGroup.get().as_object(), &[message, excs.clone()])
    }

    #[py("split(matcher_value, /)")]
    fn split_method(this: &Ref<Self>, vm: &Vm, matcher_value: &Object) -> Result<Object> {
        let matcher = Matcher::read(vm, matcher_value)?;
        let parts = split(vm, this.as_object(), &matcher, true)?;
        Ok(Tuple::from_slice(&[parts.matched.unwrap_or_else(none), parts.rest.unwrap_or_else(none)]).into_object())
    }

    #[py("subgroup(matcher_value, /)")]
    fn subgroup(this: &Ref<Self>, vm: &Vm, matcher_value: &Object) -> Result<Option<Object>> {
        let matcher = Matcher::read(vm, matcher_value)?;
        Ok(split(vm, this.as_object(), &matcher, false)?.matched)
    }

    /// Exception groups are generic over the type of their contained exceptions
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        crate::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), object)
    }

    /// exception message
    #[getter("message")]
    fn get_message(&self) -> Option<Object> {
        self.message.get()
    }

    /// nested exceptions
    #[getter("exceptions")]
    fn get_exceptions(&self) -> Option<Ref<Tuple>> {
        self.exceptions.get()
    }
}

/// Gives `ExceptionGroup` its second base: the tree has room for one.
pub fn finish() {
    let (group, plain) = (types::ExceptionGroup.get(), types::Exception.get());
    let bases = [types::BaseExceptionGroup.get().to_object(), plain.to_object()];
    group.bases.set(Some(Tuple::from_slice(&bases)));
    let mut mro = vec![group.to_object(), bases[0].clone()];
    mro.extend(plain.mro.get().iter().flat_map(|m| m.items().to_vec()));
    group.mro.set(Some(Tuple::from_slice(&mro)));
    plain.subclasses.borrow_mut().push(group.as_ptr());
}

/// What one `except*` clause takes of an exception: the rest, and the part that matches (a group always).
pub fn group_match(vm: &Vm, exception: &Object, wanted: &Object) -> Result<(Option<Object>, Option<Object>)> {
    if exception.is(&none()) {
        return Ok((None, None));
    }
    let is_group_class = |w: &Object| w.cast::<Type>().is_some_and(|w| w.is_subtype(types::BaseExceptionGroup.get()));
    let refused = match wanted.cast::<Tuple>() {
        Some(tuple) => tuple.items().iter().any(is_group_class),
        None => is_group_class(wanted),
    };
    if refused {
        bail!(vm, TypeError, "catching ExceptionGroup with except* is not allowed. Use except instead.");
    }
    let is_group = exception.is_instance_of::<BaseExceptionGroup>();
    if super::matches(exception, wanted) {
        if is_group {
            return Ok((None, Some(exception.clone())));
        }
        let list = Tuple::from_slice(std::slice::from_ref(exception)).into_object();
        let group = call::call(vm, types::BaseExceptionGroup.get().as_object(), &[Str::new("").into_object(), list])?;
        if let (Some(body), Some(frame)) = (group.cast::<BaseException>(), crate::frame::current(vm)) {
            body.traceback.set(Some(crate::frame::traceback::of_frame(frame, None)));
        }
        return Ok((None, Some(group)));
    }
    if !is_group {
        return Ok((Some(exception.clone()), None));
    }
    let pair = call::call_method(vm, exception, &vm.intern("split"), std::slice::from_ref(wanted))?;
    let kind = type_name(exception);
    let Some(parts) = pair.cast::<Tuple>() else {
        bail!(vm, TypeError, "{kind}.split must return a tuple, not {}", type_name(&pair));
    };
    let [matched, rest, ..] = parts.items() else {
        bail!(vm, TypeError, "{kind}.split must return a 2-tuple, got tuple of size {}", parts.len());
    };
    let some = |o: &Object| (!o.is(&none())).then(|| o.clone());
    Ok((some(rest), some(matched)))
}

/// Whether a part was only passed on: it still has the traceback, cause, context and notes of the whole.
fn same_origin(vm: &Vm, part: &Object, whole: &Object) -> Result<bool> {
    let (Some(a), Some(b)) = (part.cast::<BaseException>(), whole.cast::<BaseException>()) else { return Ok(false) };
    if !part.is_instance_of::<BaseExceptionGroup>() || !whole.is_instance_of::<BaseExceptionGroup>() {
        return Ok(false);
    }
    let same = |x: Option<Object>, y: Option<Object>| match (x, y) {
        (None, None) => true,
        (Some(x), Some(y)) => x.is(&y),
        _ => false,
    };
    let name = vm.names().__notes__();
    let notes = same(attr::getattr_opt(vm, part, name)?, attr::getattr_opt(vm, whole, name)?);
    Ok(notes
        && same(a.traceback.get(), b.traceback.get())
        && same(a.cause.get(), b.cause.get())
        && same(a.context.get(), b.context.get()))
}

fn leaves(vm: &Vm, exception: &Object, found: &mut Vec<Object>) -> Result<()> {
    vm.check_stack(" in collect_exception_group_leaf_ids")?;
    match exception.cast::<BaseExceptionGroup>() {
        Some(group) => group.items().iter().try_for_each(|inner| leaves(vm, inner, found)),
        None => {
            found.push(exception.clone());
            Ok(())
        }
    }
}

/// What is raised after the `except*` clauses of a `try` ran: `results` holds what each raised or passed on, and what
/// no clause took; `original` is what they were given. None if all was handled.
pub fn prep_reraise_star(vm: &Vm, original: &Object, results: &Object) -> Result<Object> {
    let results = iter::to_vec(vm, results)?;
    if results.is_empty() {
        return Ok(none());
    }
    if !original.is_instance_of::<BaseExceptionGroup>() {
        // A naked exception was wrapped: at most one clause can have run.
        return Ok(results.iter().find(|r| !r.is(&none())).cloned().unwrap_or_else(none));
    }
    let (mut raised, mut kept) = (Vec::new(), Vec::new());
    for result in results.iter().filter(|r| !r.is(&none())) {
        if same_origin(vm, result, original)? {
            leaves(vm, result, &mut kept)?;
        } else {
            raised.push(result.clone());
        }
    }
    let again = if kept.is_empty() { None } else { split(vm, original, &Matcher::Leaves(&kept), false)?.matched };
    if raised.is_empty() {
        return Ok(again.unwrap_or_else(none));
    }
    raised.extend(again);
    if let [one] = &raised[..] {
        return Ok(one.clone());
    }
    let list = List::from_vec(raised).into_object();
    call::call(vm, types::BaseExceptionGroup.get().as_object(), &[Str::new("").into_object(), list])
}
