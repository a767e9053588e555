//! `match` (PEP 634).

use super::state::Sp;
use crate::builtins::set::Set;
use crate::frame::Frame;
use crate::object::{attr, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call, object as protocol};

type Done = Result<()>;

pub fn get_len(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let len = protocol::len(vm, &sp.peek(1))?;
    sp.push(Int::from_i64(len as i64));
    Ok(())
}

/// [subject, keys] → [subject, keys, values or None].
pub fn match_keys(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let (keys, subject) = (sp.peek(1).clone(), sp.peek(2).clone());
    let Some(keys) = keys.cast::<Tuple>() else { bail!(vm, SystemError, "MATCH_KEYS without a tuple") };
    if keys.is_empty() {
        sp.push(Tuple::empty().into_object());
        return Ok(());
    }
    if let Some(dict) = subject.cast_exact::<Dict>()
        && let [key] = keys.items()
    {
        let found = dict.get(vm, key)?;
        sp.push(found.map_or_else(none, |value| Tuple::from_iter_exact([value].into_iter()).into_object()));
        return Ok(());
    }
    let (get, takes_self) = attr::get_method(vm, &subject, vm.names().get())?;
    // A stand-in that no mapping holds.
    let missing = call::call(vm, crate::builtins::object::BaseObject::class().as_object(), &[])?;
    let seen = Set::from_items(vm, Vec::new())?;
    let mut values = Vec::with_capacity(keys.len());
    for key in keys.items() {
        if let Some(seen) = seen.cast::<Set>() {
            if seen.contains_key(vm, key)? {
                let shown = protocol::repr(vm, key)?;
                bail!(vm, ValueError, "mapping pattern checks duplicate key ({shown})");
            }
            seen.add(vm, key)?;
        }
        let args = if takes_self {
            vec![subject.clone(), key.clone(), missing.clone()]
        } else {
            vec![key.clone(), missing.clone()]
        };
        let value = call::call(vm, &get, &args)?;
        if value.is(&missing) {
            sp.push(none());
            return Ok(());
        }
        values.push(value);
    }
    sp.push(Tuple::from_slice(&values).into_object());
    Ok(())
}

/// [subject, class, names] → [attributes or None].
pub fn match_class(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let (names, class, subject) = (sp.pop(), sp.pop(), sp.pop());
    let result = attributes(vm, &subject, &class, arg as usize, &names)?;
    sp.push(match result {
        Some(values) => Tuple::from_slice(&values).into_object(),
        None => none(),
    });
    Ok(())
}

fn attributes(
    vm: &Vm,
    subject: &Object,
    class: &Object,
    positional: usize,
    names: &Object,
) -> Result<Option<Vec<Object>>> {
    let Some(kind) = class.cast::<Type>() else {
        bail!(vm, TypeError, "called match pattern must be a class");
    };
    if !type_of(subject).is(kind) && !protocol::is_instance(vm, subject, class)? {
        return Ok(None);
    }
    if positional == 0 && names.cast::<Tuple>().is_some_and(|names| names.is_empty()) {
        return Ok(Some(Vec::new()));
    }
    let mut seen: Vec<Ref<Str>> = Vec::new();
    let mut values = Vec::new();
    let mut take = |name: &Ref<Str>| -> Result<Option<Object>> {
        if seen.iter().any(|s| **s == **name) {
            let shown = protocol::repr(vm, name.as_object())?;
            bail!(vm, TypeError, "{}() got multiple sub-patterns for attribute {shown}", kind.short_name());
        }
        seen.push(name.clone());
        protocol::getattr_opt(vm, subject, name)
    };
    if positional > 0 {
        let mut match_self = false;
        let args = match protocol::getattr_opt(vm, class, vm.names().__match_args__())? {
            Some(args) => match args.cast_exact::<Tuple>() {
                Some(args) => args.clone(),
                None => bail!(
                    vm,
                    TypeError,
                    "{}.__match_args__ must be a tuple (got {})",
                    kind.short_name(),
                    type_name(&args)
                ),
            },
            None => {
                match_self = kind.has_flag(flags::MATCH_SELF);
                Tuple::empty()
            }
        };
        let allowed = if match_self { 1 } else { args.len() };
        if allowed < positional {
            let plural = if allowed == 1 { "" } else { "s" };
            bail!(
                vm,
                TypeError,
                "{}() accepts {allowed} positional sub-pattern{plural} ({positional} given)",
                kind.short_name()
            );
        }
        if match_self {
            values.push(subject.clone());
        } else {
            for name in &args.items()[..positional] {
                let Some(name) = name.cast::<Str>() else {
                    bail!(vm, TypeError, "__match_args__ elements must be strings (got {})", type_name(name));
                };
                match take(name)? {
                    Some(value) => values.push(value),
                    None => return Ok(None),
                }
            }
        }
    }
    for name in names.cast::<Tuple>().iter().flat_map(|t| t.items()) {
        let Some(name) = name.cast::<Str>() else { bail!(vm, SystemError, "MATCH_CLASS with a name that is no str") };
        match take(name)? {
            Some(value) => values.push(value),
            None => return Ok(None),
        }
    }
    Ok(Some(values))
}
