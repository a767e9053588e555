//! Trees to node objects and back.

use super::{Ast, State, index_of, state};
use crate::builtins::complex::Complex;
use crate::builtins::none::ellipsis;
use crate::builtins::set::FrozenSet;
use crate::object::{attr, instance, type_name};
use crate::prelude::*;
use crate::protocol::object::ErrorText;
use syntax::ast::{Constant, Ident, Mod, Node, NodeInfo, Pos, Quantity, Sink, Source};
use text::Wtf8Buf;

/// The objects for a tree.
pub fn to_objects(vm: &Vm, tree: &Mod) -> Result<Object> {
    tree.give(&mut Giver::new(vm)?)
}

pub(super) struct Giver<'a> {
    vm: &'a Vm,
    state: &'static State,
    /// The interned names of each class's fields, by the class's index.
    names: std::collections::HashMap<usize, Vec<Name>>,
}

impl<'a> Giver<'a> {
    pub(super) fn new(vm: &'a Vm) -> Result<Giver<'a>> {
        Ok(Giver { vm, state: state(vm)?, names: Default::default() })
    }
}

/// A constant's object.
pub fn constant_object(vm: &Vm, value: &Constant) -> Result<Object> {
    Ok(match value {
        Constant::None => none(),
        Constant::Bool(value) => value.object(),
        Constant::Ellipsis => ellipsis(),
        Constant::Int(value) => Int::from_big(vm, value.clone())?,
        Constant::Float(value) => Float::from_f64(*value),
        Constant::Complex(re, im) => Complex::make(*re, *im),
        Constant::Str(text) => match text.as_str() {
            Some(text) if text.len() <= 64 && text.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) => {
                vm.intern(text).into_object()
            }
            _ => Str::from_wtf8(vm, text)?.into_object(),
        },
        Constant::Bytes(data) => Bytes::try_new(vm, data)?.into_object(),
        Constant::Tuple(items) => {
            let items = items.iter().map(|c| constant_object(vm, c)).collect::<Result<Vec<_>>>()?;
            Tuple::from_vec(vm, items)?.into_object()
        }
        Constant::FrozenSet(items) => {
            let items = items.iter().map(|c| constant_object(vm, c)).collect::<Result<Vec<_>>>()?;
            FrozenSet::from_items(vm, items)?
        }
    })
}

impl Sink for Giver<'_> {
    type Value = Object;
    type Error = Raised;

    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.vm.check_stack(" during ast construction")?;
        f(self)
    }

    fn node(&mut self, class: &'static NodeInfo, fields: Vec<Object>, pos: Option<Pos>) -> Result<Object> {
        let vm = self.vm;
        let at = index_of(class);
        if let Some(single) = &self.state.singletons[at] {
            return Ok(single.clone());
        }
        let node = instance::alloc(vm, &self.state.classes[at], Ast { head: Head::new() })?;
        let node = node.as_object();
        let names = self.names.entry(at).or_insert_with(|| class.fields.iter().map(|f| vm.intern(f.0)).collect());
        for (name, value) in names.iter().zip(&fields) {
            instance::set(vm, node, name, Some(value))?;
        }
        if let Some(pos) = pos {
            let place = [pos.lineno, pos.col_offset, pos.end_lineno, pos.end_col_offset];
            for (name, value) in self.state.names.place.iter().zip(place) {
                instance::set(vm, node, name, Some(&Object::int32(value)))?;
            }
        }
        Ok(node.clone())
    }

    fn list(&mut self, items: Vec<Object>) -> Result<Object> {
        Ok(List::from_vec(items).into_object())
    }

    fn constant(&mut self, value: &Constant) -> Result<Object> {
        constant_object(self.vm, value)
    }
}

/// TypeError for a node that is not of the class.
pub fn expect_class(vm: &Vm, object: &Object, expected: &str) -> Result<&'static State> {
    let state = state(vm)?;
    if state.info(object, "mod").is_none_or(|info| info.name != expected) {
        bail!(vm, TypeError, "expected {expected} node, got {}", type_name(object));
    }
    Ok(state)
}

/// The tree of a node object that must be of the class `expected`.
pub fn from_objects(vm: &Vm, object: &Object, expected: &str) -> Result<Mod> {
    let state = expect_class(vm, object, expected)?;
    Mod::take(&mut Taker { vm, state, depth: 0 }, object)
}

struct Taker<'a> {
    vm: &'a Vm,
    state: &'static State,
    depth: u32,
}

impl Taker<'_> {
    fn int_of(&self, value: &Object) -> Result<i64> {
        let vm = self.vm;
        if !value.is_instance_of::<Int>() {
            let shown = value.repr_for_error(vm);
            bail!(vm, ValueError, "invalid integer value: {shown}");
        }
        match Int::to_i64(value).and_then(|v| i32::try_from(v).ok()) {
            Some(value) => Ok(i64::from(value)),
            None => Err(raise!(vm, OverflowError, "Python int too large to convert to C int")),
        }
    }
}

/// Whether nodes of the sum have a place.
fn has_place(base: &str) -> bool {
    super::SUMS.iter().any(|&(name, has)| has && name == base)
}

impl Source for Taker<'_> {
    type Value = Object;
    type Error = Raised;

    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.vm.check_stack(" during ast construction")?;
        if self.depth >= syntax::ast::MAX_DEPTH {
            bail!(self.vm, RecursionError, "maximum recursion depth exceeded during compilation");
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    fn class(&mut self, value: &Object, base: &'static str) -> Result<&'static NodeInfo> {
        let vm = self.vm;
        if value.is(&none()) {
            let what = if base == "expr" {
                "expression"
            } else if base == "stmt" {
                "statement"
            } else {
                base
            };
            bail!(vm, ValueError, "None disallowed in {what} list");
        }
        if has_place(base) {
            for name in &self.state.names.place[..2] {
                if attr::getattr_opt(vm, value, name)?.is_none() {
                    bail!(vm, TypeError, "required field \"{name}\" missing from {base}");
                }
            }
        }
        match self.state.info(value, base) {
            Some(info) => Ok(info),
            None => Err(self.unexpected(value, base)),
        }
    }

    fn pos(&mut self, value: &Object, class: &'static NodeInfo) -> Result<Pos> {
        let vm = self.vm;
        let mut place = [0; 4];
        for i in 0..4 {
            let name = &self.state.names.place[i];
            place[i] = match attr::getattr_opt(vm, value, name)? {
                Some(given) if i < 2 || !given.is(&none()) => self.int_of(&given)? as i32,
                _ if i >= 2 => place[i - 2],
                _ => bail!(vm, TypeError, "required field \"{name}\" missing from {}", class.name),
            };
        }
        let [lineno, col_offset, end_lineno, end_col_offset] = place;
        Ok(Pos { lineno, col_offset, end_lineno, end_col_offset })
    }

    fn field(&mut self, value: &Object, class: &'static NodeInfo, name: &'static str) -> Result<Object> {
        let vm = self.vm;
        let Some(&(_, kind, quantity)) = class.fields.iter().find(|f| f.0 == name) else {
            bail!(vm, TypeError, "required field \"{name}\" missing from node");
        };
        let found = attr::getattr_opt(vm, value, &vm.intern(name))?;
        match (quantity, found) {
            (Quantity::Optional, found) => Ok(found.unwrap_or_else(none)),
            (Quantity::List | Quantity::ListOfOptional, None) => Ok(List::empty().into_object()),
            (Quantity::List | Quantity::ListOfOptional, Some(list)) if list.is_instance_of::<List>() => Ok(list),
            (Quantity::List | Quantity::ListOfOptional, Some(other)) => Err(raise!(
                vm,
                TypeError,
                "{} field \"{name}\" must be a list, not a {}",
                class.name,
                type_name(&other)
            )),
            (Quantity::One, None) if kind == "expr_context" => {
                let load = syntax::ast::find_class("Load").and_then(|i| self.state.singletons[index_of(i)].clone());
                Ok(load.unwrap_or_else(none))
            }
            (Quantity::One, None) => {
                Err(raise!(vm, TypeError, "required field \"{name}\" missing from {}", class.name))
            }
            (Quantity::One, Some(found)) if found.is(&none()) && !matches!(kind, "constant" | "int") => {
                Err(raise!(vm, ValueError, "field '{name}' is required for {}", class.name))
            }
            (Quantity::One, Some(found)) => Ok(found),
        }
    }

    fn unexpected(&mut self, value: &Object, base: &'static str) -> Raised {
        let shown = value.repr_for_error(self.vm);
        raise!(self.vm, TypeError, "expected some sort of {base}, but got {shown}")
    }

    fn is_none(&mut self, value: &Object) -> bool {
        value.is(&none())
    }

    fn list(&mut self, value: &Object) -> Result<Vec<Object>> {
        match value.cast::<List>() {
            Some(list) => self.vm.memory(list.items.to_vec()),
            None => Err(raise!(self.vm, TypeError, "a list was expected, not {}", type_name(value))),
        }
    }

    fn constant(&mut self, value: &Object) -> Result<Constant> {
        let vm = self.vm;
        if value.is(&none()) {
            return Ok(Constant::None);
        }
        if value.is_exact::<Bool>() {
            return Ok(Constant::Bool(value.is(&true.object())));
        }
        if value.is(&ellipsis()) {
            return Ok(Constant::Ellipsis);
        }
        if value.is_exact::<Int>() {
            return Ok(Int::to_big(value).map_or(Constant::None, Constant::Int));
        }
        if value.is_exact::<Float>() {
            return Ok(Constant::Float(Float::value_of(value).unwrap_or(0.0)));
        }
        if value.is_exact::<Complex>() {
            let (re, im) = crate::protocol::number::as_complex(vm, value)?;
            return Ok(Constant::Complex(re, im));
        }
        if let Some(text) = value.cast_exact::<Str>() {
            return Ok(Constant::Str(text.to_wtf8()));
        }
        if let Some(data) = value.cast_exact::<Bytes>() {
            return Ok(Constant::Bytes(data.as_bytes().to_vec()));
        }
        let frozen = value.is_exact::<FrozenSet>();
        if frozen || value.is_exact::<Tuple>() {
            let items = crate::protocol::iter::to_vec(vm, value)?;
            let items = self.deeper(|this| items.iter().map(|item| this.constant(item)).collect())?;
            return Ok(if frozen { Constant::FrozenSet(items) } else { Constant::Tuple(items) });
        }
        Err(raise!(vm, TypeError, "got an invalid type in Constant: {}", type_name(value)))
    }

    fn identifier(&mut self, value: &Object) -> Result<Ident> {
        match value.cast_exact::<Str>() {
            Some(text) => Ok(Ident::from(text.to_utf8(self.vm)?)),
            None => Err(raise!(self.vm, TypeError, "AST identifier must be of type str")),
        }
    }

    fn string(&mut self, value: &Object) -> Result<Wtf8Buf> {
        match value.cast_exact::<Str>() {
            Some(text) => Ok(text.to_wtf8()),
            None => Err(raise!(self.vm, TypeError, "AST string must be of type str")),
        }
    }

    fn int(&mut self, value: &Object) -> Result<i64> {
        self.int_of(value)
    }
}
