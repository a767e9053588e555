//! Trees as the compiler simplifies them (`ast.parse(..., optimize=1)`): `__debug__`, docstrings, the numbers in patterns,
//! and formatting with `%`.

use super::convert::{Giver, constant_object};
use crate::builtins::complex::Complex;
use crate::object::{attr, type_of};
use crate::prelude::*;
use crate::protocol::number;
use syntax::ast::{Constant, Mod, Node, NodeInfo, Pos, Sink, find_class};
use text::Wtf8Buf;

/// The objects for a simplified tree.
pub fn to_folded_objects(vm: &Vm, tree: &Mod, optimize: i32) -> Result<Object> {
    tree.give(&mut Folder { giver: Giver::new(vm)?, vm, optimize })
}

struct Folder<'a> {
    giver: Giver<'a>,
    vm: &'a Vm,
    optimize: i32,
}

impl Folder<'_> {
    fn field(&self, node: &Object, name: &str) -> Result<Object> {
        attr::getattr(self.vm, node, &self.vm.intern(name))
    }

    fn is(&self, node: &Object, class: &str) -> bool {
        type_of(node).short_name() == class
    }

    fn make(&mut self, class: &str, fields: Vec<Object>, pos: Option<Pos>) -> Result<Object> {
        match find_class(class) {
            Some(info) => self.giver.node(info, fields, pos),
            None => Err(raise!(self.vm, SystemError, "no node class {class}")),
        }
    }

    fn constant_node(&mut self, value: Object, pos: Option<Pos>) -> Result<Object> {
        self.make("Constant", vec![value, none()], pos)
    }

    fn pos_of(&self, node: &Object) -> Result<Pos> {
        let part = |name: &str| -> Result<i32> {
            Ok(Int::to_i64(&self.field(node, name)?).and_then(|v| i32::try_from(v).ok()).unwrap_or_default())
        };
        Ok(Pos {
            lineno: part("lineno")?,
            col_offset: part("col_offset")?,
            end_lineno: part("end_lineno")?,
            end_col_offset: part("end_col_offset")?,
        })
    }

    /// The number that `-1`, `1 + 2j` and the like are.
    fn number(&self, node: &Object) -> Result<Option<Object>> {
        let vm = self.vm;
        if self.is(node, "Constant") {
            let value = self.field(node, "value")?;
            let is_number = value.is_exact::<Int>() || value.is_exact::<Float>() || value.is_exact::<Complex>();
            return Ok(is_number.then_some(value));
        }
        if self.is(node, "UnaryOp") && self.is(&self.field(node, "op")?, "USub") {
            let operand = self.number(&self.field(node, "operand")?)?;
            return operand.map(|operand| number::neg(vm, &operand)).transpose();
        }
        if !self.is(node, "BinOp") {
            return Ok(None);
        }
        let (left, right) = (self.number(&self.field(node, "left")?)?, self.number(&self.field(node, "right")?)?);
        let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
        let op = self.field(node, "op")?;
        match () {
            () if !right.is_exact::<Complex>() => Ok(None),
            () if self.is(&op, "Add") => number::add(vm, &left, &right).map(Some),
            () if self.is(&op, "Sub") => number::sub(vm, &left, &right).map(Some),
            () => Ok(None),
        }
    }

    fn folded(&mut self, node: &Object) -> Result<Object> {
        match self.number(node)? {
            Some(value) if !self.is(node, "Constant") => {
                let pos = self.pos_of(node)?;
                self.constant_node(value, Some(pos))
            }
            _ => Ok(node.clone()),
        }
    }

    /// A body without its docstring; `pass` where nothing is left.
    fn without_docstring(&mut self, body: &Object) -> Result<()> {
        let Some(list) = body.cast::<List>() else { return Ok(()) };
        let Some(first) = list.items.get(0).filter(|first| self.is(first, "Expr")) else { return Ok(()) };
        let value = self.field(&first, "value")?;
        if !self.is(&value, "Constant") || !self.field(&value, "value")?.is_instance_of::<Str>() {
            return Ok(());
        }
        let mut items = self.vm.memory(list.items.to_vec())?;
        items.remove(0);
        if items.is_empty() {
            let pos = self.pos_of(&first)?;
            let end = Pos { end_lineno: pos.lineno, end_col_offset: pos.col_offset + 4, ..pos };
            items.push(self.make("Pass", Vec::new(), Some(end))?);
        }
        drop(list.items.put(items));
        Ok(())
    }

    /// `'%s…' % (a, b)` as an f-string's node, if its directives are simple enough.
    fn format(&mut self, fields: &[Object], pos: Option<Pos>) -> Result<Option<Object>> {
        let [left, op, right] = fields else { return Ok(None) };
        if !self.is(op, "Mod") || !self.is(left, "Constant") || !self.is(right, "Tuple") {
            return Ok(None);
        }
        let format = self.field(left, "value")?;
        let Some(format) = format.cast::<Str>().and_then(|f| f.to_wtf8().as_str().map(str::to_owned)) else {
            return Ok(None);
        };
        let elements = self.field(right, "elts")?;
        let elements =
            elements.cast::<List>().map(|l| self.vm.memory(l.items.to_vec())).transpose()?.unwrap_or_default();
        if elements.iter().any(|e| self.is(e, "Starred")) {
            return Ok(None);
        }
        let Some(parts) = directives(&format, elements.len()) else { return Ok(None) };
        let (mut values, mut next) = (Vec::new(), elements.into_iter());
        for part in parts {
            match part {
                Part::Text(text) => {
                    let text = constant_object(self.vm, &Constant::Str(Wtf8Buf::from(text)))?;
                    values.push(self.constant_node(text, pos)?);
                }
                Part::Value { conversion, spec } => {
                    let Some(value) = next.next() else { return Ok(None) };
                    let spec = match spec.is_empty() {
                        true => none(),
                        false => {
                            let text = constant_object(self.vm, &Constant::Str(Wtf8Buf::from(spec)))?;
                            self.constant_node(text, pos)?
                        }
                    };
                    let fields = vec![value, Object::int32(conversion as i32), spec];
                    values.push(self.make("FormattedValue", fields, pos)?);
                }
            }
        }
        let values = self.giver.list(values)?;
        self.make("JoinedStr", vec![values], pos).map(Some)
    }
}

enum Part {
    Text(String),
    Value { conversion: u8, spec: String },
}

/// The parts of a `%` format of `%s`, `%r` and `%a` with a plain width and precision; `None` for anything else.
fn directives(format: &str, count: usize) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut chars = format.chars().peekable();
    let mut used = 0;
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        if chars.next_if_eq(&'%').is_some() {
            text.push('%');
            continue;
        }
        let left = chars.next_if_eq(&'-').is_some();
        let digits = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            let mut found = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                found.push(digit);
            }
            (found.len() <= 3).then_some(found)
        };
        let width = digits(&mut chars)?;
        let precision = match chars.next_if_eq(&'.') {
            Some(_) => format!(".{}", digits(&mut chars)?.parse::<u32>().unwrap_or(0)),
            None => String::new(),
        };
        let conversion = chars.next().filter(|c| "sra".contains(*c))?;
        if width.starts_with('0') {
            return None;
        }
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text)));
        }
        let align = if !left && !width.is_empty() { ">" } else { "" };
        parts.push(Part::Value { conversion: conversion as u8, spec: format!("{align}{width}{precision}") });
        used += 1;
    }
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    (used == count).then_some(parts)
}

impl Sink for Folder<'_> {
    type Value = Object;
    type Error = Raised;

    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.vm.check_stack(" during ast construction")?;
        f(self)
    }

    fn node(&mut self, class: &'static NodeInfo, mut fields: Vec<Object>, pos: Option<Pos>) -> Result<Object> {
        let place = |name: &str| class.fields.iter().position(|f| f.0 == name);
        match class.name {
            "Name" if fields[0].cast::<Str>().is_some_and(|n| n.as_ascii() == Some("__debug__")) => {
                if self.is(&fields[1], "Load") {
                    return self.constant_node((self.optimize == 0).object(), pos);
                }
            }
            "BinOp" => {
                if let Some(joined) = self.format(&fields, pos)? {
                    return Ok(joined);
                }
            }
            "MatchValue" => fields[0] = self.folded(&fields[0])?,
            "MatchMapping" => {
                if let Some(keys) = fields[0].cast::<List>().cloned() {
                    let keys = self.vm.memory(keys.items.to_vec())?;
                    let keys = keys.iter().map(|key| self.folded(key)).collect::<Result<Vec<_>>>()?;
                    fields[0] = List::from_vec(keys).into_object();
                }
            }
            "FunctionDef" | "AsyncFunctionDef" | "ClassDef" | "Module" if self.optimize >= 2 => {
                if let Some(body) = place("body").map(|at| fields[at].clone()) {
                    self.without_docstring(&body)?;
                }
            }
            _ => {}
        }
        self.giver.node(class, fields, pos)
    }

    fn list(&mut self, items: Vec<Object>) -> Result<Object> {
        self.giver.list(items)
    }

    fn constant(&mut self, value: &Constant) -> Result<Object> {
        self.giver.constant(value)
    }
}
