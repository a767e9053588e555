//! Binding arguments to a signature, with CPython's words for what does not fit.
//!
//! In CPython the shape of a function's signature picks its calling convention, and that picks the error's wording; the
//! same shape is read here off the signature table.

use super::{Args, Kwargs, ParamKind, Signature, Style};
use crate::builtins::str::Str;
use crate::object::cast::Cast;
use crate::object::{PyType, same_slot, type_name, type_of};
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
#[inline(always)]
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
    // Some with defaults left out, where there are few and nothing else: the table is a constant, little of this is left.
    let own = usize::from(signature.self_arg);
    let (all, given) = (own + signature.positional as usize, args.items.len());
    if N <= 4
        && args.names.is_none()
        && all == N
        && !signature.varargs
        && given < N
        && given >= own + signature.required as usize
    {
        let fixed = std::array::from_fn(|i| args.items.get(i));
        return Ok(Bound { fixed, rest: &[], kwargs: NO_KWARGS });
    }
    bind_others(vm, signature, args)
}

/// [`bind`] where some with defaults were left out, or there are further ones for `*args`, or keywords.
#[inline(never)]
fn bind_others<'a, const N: usize>(vm: &Vm, signature: &'static Signature, args: &Args<'a>) -> Result<Bound<'a, N>> {
    let own = usize::from(signature.self_arg);
    let (most, given) = (own + signature.positional as usize, args.items.len());
    if args.names.is_none()
        && given >= own + signature.required as usize
        && (given <= most || signature.varargs)
        && signature.params[signature.positional as usize..].iter().all(|p| p.default != super::Default::Required)
    {
        let (given, rest) = args.items.split_at(given.min(most));
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
    if args.names.is_some() && !same_slot!(cls, owner, init) { Args::positional_only(args.positional()) } else { args }
}

/// As [`own_keywords_new`], for a native `__init__`.
#[inline]
pub fn own_keywords_init<'a>(this: &Object, owner: &crate::object::Type, args: Args<'a>) -> Args<'a> {
    let cls = crate::object::type_of(this);
    if args.names.is_some() && !same_slot!(cls, owner, new) { Args::positional_only(args.positional()) } else { args }
}

/// How the function is called in CPython, which its wording follows.
#[derive(PartialEq)]
enum Convention {
    NoArgs,
    One,
    Positional,
    Tuple,
    Keywords,
}

fn convention(signature: &Signature) -> Convention {
    let only_positional = signature.params.iter().all(|p| p.kind == ParamKind::PositionalOnly) && !signature.varkw;
    // A type is always called with its arguments in a row; only a type's own text starts without a `$`.
    let is_type = signature.owner.is_empty() && !signature.text.starts_with("($");
    match (only_positional, signature.params.len(), signature.varargs) {
        (false, ..) => Convention::Keywords,
        _ if signature.style == Style::Keywords => Convention::Keywords,
        _ if matches!(signature.style, Style::Tuple | Style::Nameless) => Convention::Tuple,
        (true, 1.., _) if is_type => Convention::Positional,
        (true, 0, false) => Convention::NoArgs,
        (true, 1, false) if signature.required == 1 => Convention::One,
        (true, ..) => Convention::Positional,
    }
}

/// `time.sleep` of a function, `list.append` of a method. A method that several native types share goes by the type of
/// its object.
fn full_name(signature: &Signature, this: Option<&Object>) -> String {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let name = signature.name;
    match (signature.module, signature.owner, this) {
        ("", "", _) => name.to_owned(),
        (module, "", _) => format!("{module}.{name}"),
        (_, owner, Some(this)) if signature.self_arg => {
            let owner = match this.cast::<crate::object::Type>() {
                Some(kind) => last(&kind.tp_name()),
                None if type_of(this).is_heap_type() => last(owner),
                None => last(&type_of(this).tp_name()),
            };
            format!("{owner}.{name}")
        }
        (_, owner, _) => format!("{}.{name}", last(owner)),
    }
}

/// `f()`, or what stands for the name of a function that does not tell it.
fn label(signature: &Signature, nameless: &str) -> String {
    match signature.style {
        Style::Nameless => nameless.to_owned(),
        _ => format!("{}()", signature.name),
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
    let mut this = None;
    if own == 1 {
        let Some((first, others)) = positional.split_first() else {
            bail!(vm, TypeError, "unbound method {}() needs an argument", full_name(signature, None));
        };
        fixed[0] = Some(first);
        (this, positional) = (Some(first), others);
    }
    let fixed = &mut fixed[own..];
    let (most, required) = (signature.positional as usize, signature.required as usize);
    let given = positional.len();
    let kind = convention(signature);
    if kind == Convention::Tuple && !keywords.is_empty() {
        bail!(vm, TypeError, "{}() takes no keyword arguments", signature.name);
    }
    if kind != Convention::Keywords && !keywords.is_empty() {
        bail!(vm, TypeError, "{}() takes no keyword arguments", full_name(signature, this));
    }
    match kind {
        Convention::NoArgs if given > 0 => {
            bail!(vm, TypeError, "{}() takes no arguments ({given} given)", full_name(signature, this))
        }
        Convention::One if given != 1 => {
            bail!(vm, TypeError, "{}() takes exactly one argument ({given} given)", full_name(signature, this))
        }
        Convention::Positional | Convention::Tuple if given < required || (given > most && !signature.varargs) => {
            let exact = required == most && !signature.varargs;
            let (bound, n) = match (exact, given < required) {
                (true, _) => ("", required),
                (false, true) => ("at least ", required),
                (false, false) => ("at most ", most),
            };
            if kind == Convention::Positional {
                bail!(vm, TypeError, "{} expected {bound}{n} argument{}, got {given}", signature.name, plural(n));
            }
            let bound = if exact { "exactly " } else { bound };
            bail!(
                vm,
                TypeError,
                "{} takes {bound}{n} argument{} ({given} given)",
                label(signature, "function"),
                plural(n)
            )
        }
        Convention::Keywords => check_counts(vm, signature, given, keywords.len())?,
        _ => {}
    }
    for (slot, item) in fixed.iter_mut().zip(&positional[..given.min(most)]) {
        *slot = Some(item);
    }
    let rest = if signature.varargs { &positional[given.min(most)..] } else { &[] };
    // What is wrong with a keyword is said after what is missing.
    let mut wrong = None;
    for (key, value) in keywords.iter() {
        let text = key.cast::<Str>();
        let found = signature
            .params
            .iter()
            .position(|p| p.kind != ParamKind::PositionalOnly && text.is_some_and(|t| t.as_ascii() == Some(p.name)));
        match found {
            Some(at) if fixed[at].is_some() => wrong = Some((Some(at), text)),
            Some(at) => fixed[at] = Some(value),
            None if signature.varkw => {}
            None => wrong = wrong.or(Some((None, text))),
        }
    }
    for (at, param) in signature.params.iter().enumerate() {
        if fixed[at].is_none() && param.default == super::Default::Required {
            let label = label(signature, "function");
            bail!(vm, TypeError, "{label} missing required argument '{}' (pos {})", param.name, at + 1);
        }
    }
    match wrong {
        None => {}
        Some((Some(at), _)) => bail!(
            vm,
            TypeError,
            "argument for {} given by name ('{}') and position ({})",
            if signature.name.is_empty() { "function".to_owned() } else { label(signature, "function") },
            signature.params[at].name,
            at + 1
        ),
        Some((None, text)) => return Err(unexpected(vm, signature, text)),
    }
    // With `**kwargs` in a native signature no named parameter is taken out of the caller's keywords unless it was bound
    // by name; the functions that have both filter by name themselves.
    Ok((rest, if signature.varkw { keywords } else { NO_KWARGS }))
}

/// Too many arguments, or too few for the positional-only parameters, where keywords are allowed.
fn check_counts(vm: &Vm, signature: &Signature, given: usize, keywords: usize) -> Result<()> {
    let (most, all) = (signature.positional as usize, signature.params.len());
    let label = || label(signature, "function");
    if signature.style == Style::Positional {
        let least = signature.required.min(signature.posonly) as usize;
        let (bound, n) = match () {
            () if least == most => ("", most),
            () if given < least => ("at least ", least),
            () => ("at most ", most),
        };
        if given < least || given > most {
            bail!(vm, TypeError, "{} expected {bound}{n} argument{}, got {given}", signature.name, plural(n));
        }
    }
    if !signature.varargs && !signature.varkw {
        if all == 0 && given + keywords > 0 && signature.style == Style::Keywords {
            bail!(vm, TypeError, "{} takes no arguments", label());
        }
        if given + keywords > all {
            let keyword = if given == 0 { "keyword " } else { "" };
            bail!(
                vm,
                TypeError,
                "{} takes at most {all} {keyword}argument{} ({} given)",
                label(),
                plural(all),
                given + keywords
            );
        }
    }
    let least = signature.required as usize;
    if given > most && !signature.varargs {
        if most == 0 {
            bail!(vm, TypeError, "{} takes no positional arguments", label());
        }
        let exactly = if least == most { "exactly" } else { "at most" };
        bail!(vm, TypeError, "{} takes {exactly} {most} positional argument{} ({given} given)", label(), plural(most));
    }
    let least = least.min(signature.posonly as usize);
    if given < least {
        let exactly = if least == most { "exactly" } else { "at least" };
        bail!(
            vm,
            TypeError,
            "{} takes {exactly} {least} positional argument{} ({given} given)",
            label(),
            plural(least)
        );
    }
    Ok(())
}

fn unexpected(vm: &Vm, signature: &Signature, text: Option<&Ref<Str>>) -> crate::Raised {
    let label = label(signature, "this function");
    let Some(text) = text else { return raise!(vm, TypeError, "keywords must be strings") };
    let positional_only = signature
        .params
        .iter()
        .any(|p| p.kind == ParamKind::PositionalOnly && text.as_ascii() == Some(p.name) && !p.name.is_empty());
    if positional_only && signature.params.iter().all(|p| p.kind == ParamKind::PositionalOnly) {
        return raise!(
            vm,
            TypeError,
            "{label} got some positional-only arguments passed as keyword arguments: '{text}'"
        );
    }
    let known: Vec<&str> =
        signature.params.iter().filter(|p| p.kind != ParamKind::PositionalOnly).map(|p| p.name).collect();
    match crate::exception::suggest::closest(&text.to_string(), known.iter().copied()) {
        Some(near) => {
            raise!(vm, TypeError, "{label} got an unexpected keyword argument '{text}'. Did you mean '{near}'?")
        }
        None => raise!(vm, TypeError, "{label} got an unexpected keyword argument '{text}'"),
    }
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
