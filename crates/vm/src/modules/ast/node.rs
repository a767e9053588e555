//! `ast.AST`: what all nodes share.

use super::state;
use crate::builtins::generic_alias::GenericAlias;
use crate::builtins::union::Union;
use crate::exception::types;
use crate::object::{attr, instance, type_of};
use crate::prelude::*;
use crate::protocol::object::ErrorText;
use crate::protocol::{iter, object as protocol};
use text::TextBuilder;

/// The base of all nodes.
#[pytype("AST", module = "ast", doc = "", flags(SHOWS_GETATTRIBUTE, SHOWS_SETATTR, BASETYPE, HAVE_GC, MANAGED_DICT))]
pub struct Ast {
    pub head: Head,
}

/// How deep `repr` goes.
const REPR_DEPTH: u32 = 3;

fn names_in(vm: &Vm, object: &Object, name: &Name) -> Result<Vec<Object>> {
    match attr::getattr_opt(vm, object, name)? {
        Some(names) => iter::to_vec(vm, &names),
        None => Ok(Vec::new()),
    }
}

fn as_name<'a>(vm: &Vm, name: &'a Object) -> Result<&'a Ref<Str>> {
    name.cast::<Str>()
        .ok_or_else(|| raise!(vm, TypeError, "attribute name must be string, not '{}'", type_of(name).tp_name()))
}

fn is_among(vm: &Vm, name: &Object, names: &[Object]) -> Result<bool> {
    for known in names {
        if protocol::same_or_equal(vm, known, name)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn deprecated(vm: &Vm, message: &str) -> Result<()> {
    vm.warn(&types::DeprecationWarning, message, 1)
}

fn shown(out: &mut TextBuilder, vm: &Vm, value: &Object, depth: u32) -> Result<()> {
    let push = |out: &mut TextBuilder, text: &str| crate::builtins::str::mem(vm, out.push_str(text));
    if value.is_instance_of::<Ast>() {
        return node_shown(out, vm, value, depth - 1);
    }
    let items = match (value.cast::<List>(), value.cast::<Tuple>()) {
        (Some(list), _) => vm.memory(list.items.to_vec())?,
        (_, Some(tuple)) => tuple.items().to_vec(),
        _ => {
            let text = protocol::repr(vm, value)?;
            return crate::builtins::str::mem(vm, out.push_units(text.units()));
        }
    };
    let (open, close) = if value.is_instance_of::<List>() { ("[", "]") } else { ("(", ")") };
    push(out, open)?;
    let one = |out: &mut TextBuilder, item: &Object| -> Result<()> {
        if item.is_instance_of::<Ast>() {
            return node_shown(out, vm, item, depth - 1);
        }
        let text = protocol::repr(vm, item)?;
        crate::builtins::str::mem(vm, out.push_units(text.units()))
    };
    if let Some(first) = items.first() {
        one(out, first)?;
    }
    if items.len() > 2 {
        push(out, ", ...")?;
    }
    if let [_, .., last] = &items[..] {
        push(out, ", ")?;
        one(out, last)?;
    }
    push(out, close)
}

fn node_shown(out: &mut TextBuilder, vm: &Vm, node: &Object, depth: u32) -> Result<()> {
    let push = |out: &mut TextBuilder, text: &str| crate::builtins::str::mem(vm, out.push_str(text));
    push(out, &type_of(node).tp_name())?;
    if depth == 0 {
        return push(out, "(...)");
    }
    let done = vm.guard_repr(node, || {
        push(out, "(")?;
        let fields = names_in(vm, type_of(node).as_object(), &state(vm)?.names.fields)?;
        for (i, name) in fields.iter().enumerate() {
            let name = as_name(vm, name)?;
            let value = attr::getattr(vm, node, name)?;
            push(out, if i > 0 { ", " } else { "" })?;
            crate::builtins::str::mem(vm, out.push_units(name.units()))?;
            push(out, "=")?;
            shown(out, vm, &value, depth)?;
        }
        push(out, ")")
    })?;
    if done.is_none() { push(out, "(...)") } else { Ok(()) }
}

/// A field that was not given gets its empty value, or a warning.
fn fill_in(vm: &Vm, this: &Object, kind_name: &str, name: &Object, field_types: &Object) -> Result<()> {
    let field_type = match field_types.cast::<Dict>() {
        Some(dict) => dict.get(vm, name)?,
        None => None,
    };
    let Some(field_type) = field_type else {
        let shown = name.repr_for_error(vm);
        return deprecated(
            vm,
            &format!(
                "Field {shown} is missing from {kind_name}._field_types. This will become an error in Python 3.15."
            ),
        );
    };
    if field_type.is_instance_of::<Union>() {
        return Ok(());
    }
    let field = as_name(vm, name)?;
    if field_type.is_instance_of::<GenericAlias>() {
        return attr::setattr(vm, this, field, Some(List::empty().as_object()));
    }
    let state = state(vm)?;
    if state.sums.get("expr_context").is_some_and(|c| field_type.is(c.as_object())) {
        let load = syntax::ast::find_class("Load").and_then(|info| state.singletons[super::index_of(info)].clone());
        return attr::setattr(vm, this, field, load.as_ref());
    }
    let shown = name.repr_for_error(vm);
    let message = format!(
        "{kind_name}.__init__ missing 1 required positional argument: {shown}. This will become an error in Python 3.15."
    );
    deprecated(vm, &message)
}

#[pymethods]
impl Ast {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        Ok(instance::alloc(vm, cls, Ast { head: Head::new() })?.into_object())
    }

    #[slot]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        let this = this.as_object();
        let kind = type_of(this).clone();
        let kind_name = kind.tp_name();
        let names = &state(vm)?.names;
        let fields = iter::to_vec(vm, &attr::getattr(vm, kind.as_object(), &names.fields)?)?;
        let given = args.positional();
        if given.len() > fields.len() {
            let s = if fields.len() == 1 { "" } else { "s" };
            bail!(
                vm,
                TypeError,
                "{} constructor takes at most {} positional argument{s}",
                kind.short_name(),
                fields.len()
            );
        }
        let mut open = vec![true; fields.len()];
        for (i, value) in given.iter().enumerate() {
            attr::setattr(vm, this, as_name(vm, &fields[i])?, Some(value))?;
            open[i] = false;
        }
        let mut attributes = None;
        for (key, value) in args.keywords().iter() {
            let mut at = None;
            for (i, field) in fields.iter().enumerate() {
                if protocol::same_or_equal(vm, field, key)? {
                    at = Some(i);
                    break;
                }
            }
            match at {
                Some(i) if open[i] => open[i] = false,
                Some(_) => {
                    let shown = key.repr_for_error(vm);
                    bail!(vm, TypeError, "{kind_name} got multiple values for argument {shown}")
                }
                None => {
                    if attributes.is_none() {
                        attributes = Some(names_in(vm, kind.as_object(), &names.attributes)?);
                    }
                    if !is_among(vm, key, attributes.as_deref().unwrap_or_default())? {
                        let shown = key.repr_for_error(vm);
                        deprecated(
                            vm,
                            &format!(
                                "{kind_name}.__init__ got an unexpected keyword argument {shown}. Support for arbitrary keyword arguments is deprecated and will be removed in Python 3.15."
                            ),
                        )?;
                    }
                }
            }
            attr::setattr(vm, this, as_name(vm, key)?, Some(value))?;
        }
        if open.iter().any(|&o| o)
            && let Some(field_types) = attr::getattr_opt(vm, kind.as_object(), &names.field_types)?
        {
            for (name, _) in fields.iter().zip(&open).filter(|(_, open)| **open) {
                fill_in(vm, this, &kind_name, name, &field_types)?;
            }
        }
        Ok(())
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Ref<Str>> {
        let mut out = TextBuilder::new();
        node_shown(&mut out, vm, this.as_object(), REPR_DEPTH)?;
        Str::from_buf(vm, out.finish())
    }

    #[py("__reduce__()", notext)]
    fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let kind = type_of(this.as_object()).clone();
        let own = instance::dict(this.as_object()).unwrap_or_else(Dict::empty);
        // The leading fields that are set stand as None first, so that making the copy warns of none.
        let mut places = Vec::new();
        for name in names_in(vm, kind.as_object(), &state(vm)?.names.fields)? {
            if own.get(vm, &name)?.is_none() {
                break;
            }
            places.push(none());
        }
        let places = Tuple::from_vec(vm, places)?.into_object();
        Ok(Tuple::from_slice(&[kind.to_object(), places, own.into_object()]).into_object())
    }

    /// A copy with some fields replaced.
    #[py(raw, "__replace__", notext)]
    fn replace(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let [this] = args.positional() else {
            bail!(vm, TypeError, "__replace__() takes no positional arguments");
        };
        let kind = type_of(this).clone();
        let kind_name = kind.tp_name();
        let names = &state(vm)?.names;
        let fields = names_in(vm, kind.as_object(), &names.fields)?;
        let attributes = names_in(vm, kind.as_object(), &names.attributes)?;
        let own = instance::dict(this).unwrap_or_else(Dict::empty);
        for (key, _) in args.keywords().iter() {
            if !is_among(vm, key, &fields)? && !is_among(vm, key, &attributes)? {
                let shown = key.repr_for_error(vm);
                bail!(vm, TypeError, "{kind_name}.__replace__ got an unexpected keyword argument {shown}.");
            }
        }
        let payload = Dict::empty();
        for name in fields.iter().chain(&attributes) {
            if let Some(value) = own.get(vm, name)? {
                payload.set(vm, name, value)?;
            }
        }
        for (key, value) in args.keywords().iter() {
            payload.set(vm, key, value.clone())?;
        }
        let types = attr::getattr_opt(vm, kind.as_object(), &names.field_types)?;
        let types = types.as_ref().and_then(|t| t.cast::<Dict>());
        let mut missing = Vec::new();
        for name in &fields {
            let optional = match types.map(|t| t.get(vm, name)).transpose()?.flatten() {
                Some(kind) => kind.is_instance_of::<Union>(),
                None => false,
            };
            if payload.get(vm, name)?.is_none() && !optional {
                missing.push(name.repr_for_error(vm));
            }
        }
        if !missing.is_empty() {
            let s = if missing.len() == 1 { "" } else { "s" };
            missing.sort();
            bail!(
                vm,
                TypeError,
                "{kind_name}.__replace__ missing {} keyword argument{s}: {}.",
                missing.len(),
                missing.join(", ")
            );
        }
        crate::protocol::call::call_tuple_dict(vm, kind.as_object(), &Tuple::empty(), Some(&payload))
    }
}
