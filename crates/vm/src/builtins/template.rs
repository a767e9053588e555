//! Template strings (PEP 750): `string.templatelib.Template` and `Interpolation`.

use super::generic_alias::GenericAlias;
use crate::object::{attr, instance, type_name, type_of};
use crate::prelude::*;
use crate::protocol::object as protocol;
use std::cell::Cell;

/// Template object
///
/// The strings of a t-string, and the interpolations between them: always one string more.
#[pytype("Template", module = "string.templatelib", flags(HAVE_GC, MANAGED_WEAKREF))]
pub struct Template {
    pub head: Head,
    strings: Ref<Tuple>,
    interpolations: Ref<Tuple>,
}

/// Builds the two rows of a template: neighbouring strings are joined, an empty one keeps interpolations apart.
#[derive(Default)]
struct Builder {
    strings: Vec<Object>,
    interpolations: Vec<Object>,
}

impl Builder {
    fn string(&mut self, vm: &Vm, text: &Ref<Str>) -> Result<()> {
        if self.strings.len() > self.interpolations.len()
            && let Some(last) = self.strings.last_mut()
            && let Some(before) = last.cast::<Str>()
        {
            *last = Str::join_two(vm, before, text)?.into_object();
        } else {
            self.strings.push(text.to_object());
        }
        Ok(())
    }

    fn interpolation(&mut self, interpolation: &Object) {
        if self.strings.len() == self.interpolations.len() {
            self.strings.push(Str::new("").into_object());
        }
        self.interpolations.push(interpolation.clone());
    }

    fn add(&mut self, vm: &Vm, template: &Template) -> Result<()> {
        for (at, string) in template.strings.items().iter().enumerate() {
            if let Some(string) = string.cast::<Str>() {
                self.string(vm, string)?;
            }
            if let Some(interpolation) = template.interpolations.items().get(at) {
                self.interpolation(interpolation);
            }
        }
        Ok(())
    }

    fn finish(mut self, vm: &Vm, cls: &Ref<Type>) -> Result<Object> {
        if self.strings.len() == self.interpolations.len() {
            self.strings.push(Str::new("").into_object());
        }
        let (strings, interpolations) = (Tuple::from_vec(vm, self.strings)?, Tuple::from_vec(vm, self.interpolations)?);
        Ok(instance::alloc(vm, cls, Template { head: Head::new(), strings, interpolations })?.into_object())
    }
}

#[pymethods]
impl Template {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if !args.keywords().is_empty() {
            bail!(vm, TypeError, "Template.__new__ only accepts *args arguments");
        }
        let mut builder = Builder::default();
        for part in args.positional() {
            if let Some(string) = part.cast::<Str>() {
                builder.string(vm, string)?;
            } else if part.is_instance_of::<Interpolation>() {
                builder.interpolation(part);
            } else {
                let got = type_name(part);
                bail!(vm, TypeError, "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {got}");
            }
        }
        builder.finish(vm, cls)
    }

    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        let (strings, interpolations) = (self.strings.as_object(), self.interpolations.as_object());
        let (strings, interpolations) = (protocol::repr(vm, strings)?, protocol::repr(vm, interpolations)?);
        Ok(format!("Template(strings={strings}, interpolations={interpolations})"))
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        let body = TemplateIter { head: Head::new(), template: this.clone(), at: Cell::new(0) };
        instance::alloc_static(body).into_object()
    }

    #[slot]
    fn concat(&self, vm: &Vm, other: &Object) -> Result<Object> {
        let Some(other) = other.cast::<Template>() else {
            let got = type_of(other).tp_name();
            bail!(
                vm,
                TypeError,
                "can only concatenate string.templatelib.Template (not \"{got}\") to string.templatelib.Template"
            );
        };
        let mut builder = Builder::default();
        builder.add(vm, self)?;
        builder.add(vm, other)?;
        builder.finish(vm, Template::class())
    }

    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        let unpickle = attr::getattr(vm, &vm.import("string.templatelib")?, &vm.intern("_template_unpickle"))?;
        let args = Tuple::from_slice(&[self.strings.to_object(), self.interpolations.to_object()]);
        Ok(Tuple::from_slice(&[unpickle, args.into_object()]).into_object())
    }

    /// Template supports [] for generic usage
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }

    /// Strings
    #[getter("strings")]
    fn get_strings(&self) -> Ref<Tuple> {
        self.strings.clone()
    }

    /// Interpolations
    #[getter("interpolations")]
    fn get_interpolations(&self) -> Ref<Tuple> {
        self.interpolations.clone()
    }

    /// Values of interpolations
    #[getter("values")]
    fn get_values(&self, vm: &Vm) -> Result<Ref<Tuple>> {
        let interpolations = self.interpolations.items().iter();
        Tuple::from_vec(vm, interpolations.filter_map(|i| i.cast::<Interpolation>()).map(|i| i.value.clone()).collect())
    }
}

/// The iterator over a template: its strings (the empty ones left out) and interpolations in turn.
#[pytype("TemplateIter", module = "string.templatelib", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct TemplateIter {
    pub head: Head,
    template: Ref<Template>,
    /// Strings at even places, interpolations at odd ones.
    #[untraced]
    at: Cell<usize>,
}

#[pymethods]
impl TemplateIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self) -> Result<Option<Object>> {
        loop {
            let at = self.at.get();
            let row = if at.is_multiple_of(2) { &self.template.strings } else { &self.template.interpolations };
            let Some(item) = row.items().get(at / 2) else { return Ok(None) };
            self.at.set(at + 1);
            if at % 2 == 1 || item.cast::<Str>().is_some_and(|s| !s.is_empty()) {
                return Ok(Some(item.clone()));
            }
        }
    }
}

/// Interpolation object
///
/// A replacement field of a t-string: its value, its source text, its conversion and its format.
#[pytype("Interpolation", module = "string.templatelib", flags(HAVE_GC, MANAGED_WEAKREF))]
pub struct Interpolation {
    pub head: Head,
    value: Object,
    expression: Ref<Str>,
    conversion: Option<Ref<Str>>,
    format_spec: Ref<Str>,
}

#[pymethods]
impl Interpolation {
    #[slot("(value, expression='', conversion=None, format_spec='')", notext)]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        value: &Object,
        expression: Option<&Ref<Str>>,
        conversion: Option<&Ref<Str>>,
        format_spec: Option<&Ref<Str>>,
    ) -> Result<Object> {
        if conversion.is_some_and(|c| !matches!(c.as_ascii(), Some("s" | "a" | "r"))) {
            bail!(vm, ValueError, "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'");
        }
        let body = Interpolation {
            head: Head::new(),
            value: value.clone(),
            expression: expression.cloned().unwrap_or_else(|| Str::new("")),
            conversion: conversion.cloned(),
            format_spec: format_spec.cloned().unwrap_or_else(|| Str::new("")),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        let conversion = self.conversion.clone().map_or_else(none, Ref::into_object);
        Ok(format!(
            "Interpolation({}, {}, {}, {})",
            protocol::repr(vm, &self.value)?,
            protocol::repr(vm, self.expression.as_object())?,
            protocol::repr(vm, &conversion)?,
            protocol::repr(vm, self.format_spec.as_object())?
        ))
    }

    /// __reduce__() -> (cls, state)
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> Object {
        let conversion = this.conversion.clone().map_or_else(none, Ref::into_object);
        let state = [this.value.clone(), this.expression.to_object(), conversion, this.format_spec.to_object()];
        let cls = type_of(this.as_object()).to_object();
        Tuple::from_slice(&[cls, Tuple::from_slice(&state).into_object()]).into_object()
    }

    /// Interpolations are generic over the types of their values
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }

    /// Value
    #[getter("value")]
    fn get_value(&self) -> Object {
        self.value.clone()
    }

    /// Expression
    #[getter("expression")]
    fn get_expression(&self) -> Ref<Str> {
        self.expression.clone()
    }

    /// Conversion
    #[getter("conversion")]
    fn get_conversion(&self) -> Option<Ref<Str>> {
        self.conversion.clone()
    }

    /// Format specifier
    #[getter("format_spec")]
    fn get_format_spec(&self) -> Ref<Str> {
        self.format_spec.clone()
    }
}

/// Puts `__match_args__` into the class.
pub fn init(vm: &Vm) -> Result<()> {
    let fields = ["value", "expression", "conversion", "format_spec"].map(|name| vm.intern(name).into_object());
    let fields = Tuple::from_slice(&fields).into_object();
    Interpolation::class().own_dict().set_name(vm, vm.names().__match_args__(), fields)
}

/// BUILD_TEMPLATE.
pub fn make_template(vm: &Vm, strings: &Object, interpolations: &Object) -> Result<Object> {
    let (Some(strings), Some(interpolations)) = (strings.cast::<Tuple>(), interpolations.cast::<Tuple>()) else {
        bail!(vm, SystemError, "BUILD_TEMPLATE without two tuples");
    };
    let (strings, interpolations) = (strings.clone(), interpolations.clone());
    Ok(instance::alloc_static(Template { head: Head::new(), strings, interpolations }).into_object())
}

/// BUILD_INTERPOLATION. `conversion` is 0 for none, else as FORMAT's: 1 for `!s`, 2 for `!r`, 3 for `!a`.
pub fn make_interpolation(vm: &Vm, value: &Object, text: &Object, conversion: u32, spec: &Object) -> Result<Object> {
    let (Some(expression), Some(format_spec)) = (text.cast::<Str>(), spec.cast::<Str>()) else {
        bail!(vm, SystemError, "BUILD_INTERPOLATION without its texts");
    };
    let conversion = match conversion {
        0 => None,
        1 => Some(Str::new("s")),
        2 => Some(Str::new("r")),
        _ => Some(Str::new("a")),
    };
    let (value, expression, format_spec) = (value.clone(), expression.clone(), format_spec.clone());
    let body = Interpolation { head: Head::new(), value, expression, conversion, format_spec };
    Ok(instance::alloc_static(body).into_object())
}
