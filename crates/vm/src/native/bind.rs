//! Binding arguments to a signature, with CPython's words for what does not fit.
//!
//! In CPython the shape of a function's signature picks its calling convention, and that picks the error's wording; the
//! same shape is read here off the signature table.

use super::{Args, Kwargs, Param, ParamKind, Signature};
use crate::builtins::str::Str;
use crate::object::cast::Cast;
use crate::object::{PyType, type_name};
use crate::prelude::{Result, Vm};
use heap::{Object, Ref};

/// Arguments in the order of the parameters.
pub struct Bound<'a, const N: usize> {
    pub fixed: [Option<&'a Object>; N],
    pub rest: &'a [Object],
    pub kwargs: Kwargs<'a>,
}

const NO_KWARGS: Kwargs<'static> = Kwargs { names: &[], values: &[] };

/// Binds `args` to the parameters. With `self_arg`, the first of the `N` is `self`.
#[inline]
pub fn bind<'a, const N: usize>(vm: &Vm, signature: &'static Signature, args: &Args<'a>) -> Result<Bound<'a, N>> {
    // The common call: every parameter positional and given.
    if args.names.is_none()
        && args.items.len() == N
        && N == signature.positional as usize + usize::from(signature.self_arg)
    {
        let mut fixed = [None; N];
        for (slot, item) in fixed.iter_mut().zip(args.items) {
            *slot = Some(item);
        }
        return Ok(Bound { fixed, rest: &[], kwargs: NO_KWARGS });
    }
    // Or some with defaults left out.
    let own = usize::from(signature.self_arg);
    let (most, all) = (signature.positional as usize, signature.params.len());
    if args.names.is_none()
        && !signature.varargs
        && most == all
        && (own + signature.required as usize..=own + most).contains(&args.items.len())
    {
        let mut fixed = [None; N];
        for (slot, item) in fixed.iter_mut().zip(args.items) {
            *slot = Some(item);
        }
        return Ok(Bound { fixed, rest: &[], kwargs: NO_KWARGS });
    }
    // Or any number of further ones.
    if args.names.is_none() && signature.varargs && most == all && N == own + most && args.items.len() >= N {
        let (given, rest) = args.items.split_at(N);
        let mut fixed = [None; N];
        for (slot, item) in fixed.iter_mut().zip(given) {
            *slot = Some(item);
        }
        return Ok(Bound { fixed, rest, kwargs: NO_KWARGS });
    }
    let mut fixed = [None; N];
    let (rest, kwargs) = bind_slow(vm, signature, args, &mut fixed)?;
    Ok(Bound { fixed, rest, kwargs })
}

/// The arguments that a native `__new__` looks at: keywords for the own `__init__` of a subclass are none of its business.
#[inline]
pub fn own_keywords_new<'a>(cls: &crate::object::Type, owner: &crate::object::Type, args: Args<'a>) -> Args<'a> {
    let place = |kind: &crate::object::Type| kind.slots.init.get().map(|f| f as usize);
    if args.names.is_some() && place(cls) != place(owner) { Args::positional_only(args.positional()) } else { args }
}

/// As [`own_keywords_new`], for a native `__init__`.
#[inline]
pub fn own_keywords_init<'a>(this: &Object, owner: &crate::object::Type, args: Args<'a>) -> Args<'a> {
    let place = |kind: &crate::object::Type| kind.slots.new.get().map(|f| f as usize);
    let cls = crate::object::type_of(this);
    if args.names.is_some() && place(cls) != place(owner) { Args::positional_only(args.positional()) } else { args }
}

/// How the function is called in CPython, which its wording follows.
#[derive(PartialEq)]
enum Convention {
    NoArgs,
    One,
    Positional,
    Keywords,
}

fn convention(signature: &Signature) -> Convention {
    let only_positional = signature.params.iter().all(|p| p.kind == ParamKind::PositionalOnly) && !signature.varkw;
    // A type is always called with its arguments in a row; only a type's own text starts without a `$`.
    let is_type = signature.owner.is_empty() && !signature.text.starts_with("($");
    match (only_positional, signature.params.len(), signature.varargs) {
        (true, 1.., _) if is_type => Convention::Positional,
        (true, 0, false) => Convention::NoArgs,
        (true, 1, false) if signature.required == 1 => Convention::One,
        (true, ..) => Convention::Positional,
        _ => Convention::Keywords,
    }
}

fn full_name(signature: &Signature) -> String {
    match signature.owner {
        "" => signature.name.to_owned(),
        owner => format!("{owner}.{}", signature.name),
    }
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

#[cold]
fn bind_slow<'a>(
    vm: &Vm,
    signature: &'static Signature,
    args: &Args<'a>,
    fixed: &mut [Option<&'a Object>],
) -> Result<(&'a [Object], Kwargs<'a>)> {
    let own = usize::from(signature.self_arg);
    let (mut positional, keywords) = (args.positional(), args.keywords());
    if own == 1 {
        let Some((this, others)) = positional.split_first() else {
            bail!(vm, TypeError, "unbound method {}() needs an argument", full_name(signature));
        };
        fixed[0] = Some(this);
        positional = others;
    }
    let fixed = &mut fixed[own..];
    let (most, required) = (signature.positional as usize, signature.required as usize);
    let given = positional.len();
    let name = signature.name;
    let kind = convention(signature);
    if kind != Convention::Keywords && !keywords.is_empty() {
        bail!(vm, TypeError, "{}() takes no keyword arguments", full_name(signature));
    }
    match kind {
        Convention::NoArgs if given > 0 => {
            bail!(vm, TypeError, "{}() takes no arguments ({given} given)", full_name(signature))
        }
        Convention::One if given != 1 => {
            bail!(vm, TypeError, "{}() takes exactly one argument ({given} given)", full_name(signature))
        }
        Convention::Positional if given < required || (given > most && !signature.varargs) => {
            let exact = required == most && !signature.varargs;
            let (bound, n) = match (exact, given < required) {
                (true, _) => ("", required),
                (false, true) => ("at least ", required),
                (false, false) => ("at most ", most),
            };
            bail!(vm, TypeError, "{name} expected {bound}{n} argument{}, got {given}", plural(n))
        }
        _ => {}
    }
    if kind == Convention::Keywords && given > most && !signature.varargs {
        return Err(too_many(vm, signature, given, keywords.len()));
    }
    for (slot, item) in fixed.iter_mut().zip(&positional[..given.min(most)]) {
        *slot = Some(item);
    }
    let rest = if signature.varargs { &positional[given.min(most)..] } else { &[] };
    let mut taken = 0;
    for (key, value) in keywords.iter() {
        let text = key.cast::<Str>();
        let found = signature
            .params
            .iter()
            .position(|p| p.kind != ParamKind::PositionalOnly && text.is_some_and(|t| t.as_ascii() == Some(p.name)));
        match found {
            Some(at) if fixed[at].is_some() => {
                let label = if name.is_empty() { "function".to_owned() } else { format!("{name}()") };
                bail!(
                    vm,
                    TypeError,
                    "argument for {label} given by name ('{}') and position ({})",
                    signature.params[at].name,
                    at + 1
                );
            }
            Some(at) => {
                fixed[at] = Some(value);
                taken += 1;
            }
            None if signature.varkw => {}
            None => return Err(unexpected(vm, signature, key, text)),
        }
    }
    for (at, param) in signature.params.iter().enumerate() {
        if fixed[at].is_none() && param.default == super::Default::Required {
            return Err(missing(vm, signature, at, param, given));
        }
    }
    // With `**kwargs` in a native signature no named parameter is taken out of the caller's keywords unless it was bound
    // by name; the functions that have both filter by name themselves.
    let _ = taken;
    Ok((rest, if signature.varkw { keywords } else { NO_KWARGS }))
}

fn too_many(vm: &Vm, signature: &Signature, given: usize, keywords: usize) -> crate::Raised {
    let most = signature.positional as usize;
    let name = signature.name;
    let all = signature.params.len();
    if most == 0 {
        return raise!(vm, TypeError, "{name}() takes no positional arguments");
    }
    if given + keywords > all {
        let exactly = if signature.required as usize == all { "exactly" } else { "at most" };
        let kind = if all > most { "positional " } else { "" };
        return raise!(
            vm,
            TypeError,
            "{name}() takes {exactly} {} {kind}argument{} ({} given)",
            if all > most { most } else { all },
            plural(if all > most { most } else { all }),
            if all > most { given } else { given + keywords }
        );
    }
    let exactly = if signature.required == signature.positional { "exactly" } else { "at most" };
    raise!(vm, TypeError, "{name}() takes {exactly} {most} positional argument{} ({given} given)", plural(most))
}

fn unexpected(vm: &Vm, signature: &Signature, key: &Object, text: Option<&Ref<Str>>) -> crate::Raised {
    let name = signature.name;
    let Some(text) = text else { return raise!(vm, TypeError, "keywords must be strings") };
    let positional_only = signature
        .params
        .iter()
        .any(|p| p.kind == ParamKind::PositionalOnly && text.as_ascii() == Some(p.name) && !p.name.is_empty());
    if positional_only && signature.params.iter().all(|p| p.kind == ParamKind::PositionalOnly) {
        return raise!(
            vm,
            TypeError,
            "{name}() got some positional-only arguments passed as keyword arguments: '{text}'"
        );
    }
    let _ = key;
    let known: Vec<&str> =
        signature.params.iter().filter(|p| p.kind != ParamKind::PositionalOnly).map(|p| p.name).collect();
    match crate::exception::suggest::closest(&text.to_string(), known.iter().copied()) {
        Some(near) => {
            raise!(vm, TypeError, "{name}() got an unexpected keyword argument '{text}'. Did you mean '{near}'?")
        }
        None => raise!(vm, TypeError, "{name}() got an unexpected keyword argument '{text}'"),
    }
}

fn missing(vm: &Vm, signature: &Signature, at: usize, param: &Param, given: usize) -> crate::Raised {
    let name = signature.name;
    if param.kind == ParamKind::PositionalOnly {
        let least = signature.required as usize;
        let posonly_required = signature
            .params
            .iter()
            .filter(|p| p.kind == ParamKind::PositionalOnly && p.default == super::Default::Required)
            .count();
        let n = posonly_required.min(least);
        let exactly =
            if signature.posonly as usize == n && signature.positional as usize == n && signature.params.len() == n {
                "exactly"
            } else {
                "at least"
            };
        return raise!(vm, TypeError, "{name}() takes {exactly} {n} positional argument{} ({given} given)", plural(n));
    }
    raise!(vm, TypeError, "{name}() missing required argument '{}' (pos {})", param.name, at + 1)
}

/// The typed `self` of a method.
#[inline]
pub fn receiver<'a, T: PyType>(
    vm: &Vm,
    signature: &'static Signature,
    object: Option<&'a Object>,
) -> Result<&'a Ref<T>> {
    match object.and_then(|object| object.cast::<T>()) {
        Some(this) => Ok(this),
        None => Err(wrong_receiver(vm, signature, object)),
    }
}

/// Checks that `self` is a `T`, where the method takes the plain object (immediates have no body).
#[inline]
pub fn check_receiver<T: PyType>(vm: &Vm, signature: &'static Signature, object: Option<&Object>) -> Result<()> {
    match object {
        Some(object) if object.is_instance_of::<T>() => Ok(()),
        _ => Err(wrong_receiver(vm, signature, object)),
    }
}

#[cold]
fn wrong_receiver(vm: &Vm, signature: &'static Signature, object: Option<&Object>) -> crate::Raised {
    let given = object.map_or("nothing".to_owned(), |o| type_name(o).to_string());
    raise!(
        vm,
        TypeError,
        "descriptor '{}' for '{}' objects doesn't apply to a '{given}' object",
        signature.name,
        signature.owner
    )
}

/// The type check that does not raise.
#[inline]
pub fn cast<T: PyType>(object: &Object) -> Option<&Ref<T>> {
    object.cast::<T>()
}

/// What an operation answers that is not for these operands.
#[inline]
pub fn not_implemented(_vm: &Vm) -> Result<Object> {
    Ok(crate::builtins::none::not_implemented())
}
