//! Tuples with named fields (`sys.version_info`, `os.stat_result`, …): classes made from a table.

use crate::native::MemberDescr;
use crate::object::{attr, class, instance, slot_table, type_of};
use crate::prelude::*;
use crate::protocol::{iter, object as protocol};
use std::cell::RefCell;
use std::collections::HashMap;

/// The table of one such class. Fields beyond `visible` are attributes but no items; items without a name are no
/// attributes, and the first hidden fields are about the same (`os.stat_result`: times as int and as float).
pub struct Field {
    pub name: &'static str,
    pub module: &'static str,
    pub doc: &'static str,
    pub fields: &'static [(&'static str, &'static str)],
    pub visible: usize,
    /// Whether Python may make instances.
    pub constructible: bool,
}

impl Field {
    fn unnamed(&self) -> impl Iterator<Item = usize> {
        self.fields.iter().enumerate().filter(|(_, (name, _))| name.is_empty()).map(|(index, _)| index)
    }

    fn named(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|(name, _)| *name).filter(|name| !name.is_empty())
    }
}

/// The functions around struct sequences.
pub struct StructSeq;

/// `time.struct_time`: how errors call a class that was made from a table.
pub fn full_name(kind: &Type) -> Option<String> {
    table_of(kind).map(|table| format!("{}.{}", table.module, table.name))
}

/// The classes made so far, by their tables; and the tables by their classes.
#[derive(Default)]
pub struct Registry {
    classes: RefCell<HashMap<usize, Ref<Type>>>,
    tables: RefCell<HashMap<usize, &'static Field>>,
}

fn table_of(kind: &Type) -> Option<&'static Field> {
    Vm::current().interp().struct_sequences.tables.borrow().get(&(kind as *const Type as usize)).copied()
}

impl StructSeq {
    /// The class of a table, made once.
    pub fn class(vm: &Vm, table: &'static Field) -> Result<Ref<Type>> {
        let key = table as *const Field as usize;
        let registry = &vm.interp().struct_sequences;
        let found = registry.classes.borrow().get(&key).cloned();
        if let Some(found) = found {
            return Ok(found);
        }
        let namespace = Dict::empty();
        let set = |name: &str, value: Object| namespace.set_str(vm, name, value);
        set("__module__", Str::new(table.module).into_object())?;
        set("__doc__", Str::new(table.doc).into_object())?;
        set("n_fields", Int::from_i64(table.fields.len() as i64))?;
        set("n_sequence_fields", Int::from_i64(table.visible as i64))?;
        set("n_unnamed_fields", Int::from_i64(table.unnamed().count() as i64))?;
        let shown = table.visible - table.unnamed().count();
        let names: Vec<Object> = table.named().take(shown).map(|name| Str::new(name).into_object()).collect();
        set("__match_args__", Tuple::from_slice(&names).into_object())?;
        let bases = Tuple::from_slice(&[Tuple::class().to_object()]);
        let no = crate::native::Kwargs { names: &[], values: &[] };
        let made = class::new_class(vm, Type::class(), &Str::new(table.name), &bases, &namespace, no)?;
        let kind = made.cast::<Type>().expect("a class was made").clone();
        kind.module.set(table.module);
        kind.slots.repr.set(Some(repr));
        kind.slots.new.set(Some(new));
        kind.slots.setattr.set(Some(set_attribute));
        let dict = kind.own_dict();
        for index in (0..table.fields.len()).filter(|index| !table.fields[*index].0.is_empty()) {
            dict.set_str(vm, table.fields[index].0, MemberDescr::field(vm, &kind, table, index))?;
        }
        dict.set_str(vm, "__new__", crate::native::BuiltinFunction::for_new(vm, &kind))?;
        let row = slot_table::rows().find(|row| row.name == "__repr__").expect("a row of the table");
        dict.set_str(vm, "__repr__", crate::native::WrapperDescr::make(&kind, row))?;
        for def in METHODS {
            dict.set_str(vm, def.name, crate::native::MethodDescr::make(vm, &kind, def))?;
        }
        if !table.constructible {
            kind.flags.set(kind.flags.get() | flags::DISALLOW_INSTANTIATION);
        }
        kind.flags.set(kind.flags.get() & !flags::BASETYPE);
        if table.module == "sys" {
            kind.flags.set(kind.flags.get() | flags::IMMUTABLETYPE);
        }
        crate::object::mro::modified(&kind);
        registry.tables.borrow_mut().insert(kind.as_ptr() as usize, table);
        registry.classes.borrow_mut().insert(key, kind.clone());
        Ok(kind)
    }

    /// An instance; values beyond the visible ones become attributes.
    pub fn make(vm: &Vm, table: &'static Field, mut values: Vec<Object>) -> Result<Object> {
        let kind = Self::class(vm, table)?;
        values.resize_with(table.fields.len(), none);
        let hidden = values.split_off(table.visible);
        let object = Tuple::of_class(vm, &kind, values)?.into_object();
        for ((name, _), value) in table.fields[table.visible..].iter().zip(hidden) {
            instance::set(vm, &object, &vm.intern(name), Some(&value))?;
        }
        Ok(object)
    }
}

/// Fields say themselves that they are read-only; there are no other attributes.
fn set_attribute(vm: &Vm, this: &Object, name: &Ref<Str>, value: Option<&Object>) -> Result<()> {
    if attr::lookup(type_of(this), name).is_some() {
        return attr::generic_setattr(vm, this, name, value);
    }
    let kind = match table_of(type_of(this)) {
        Some(table) => format!("{}.{}", table.module, table.name),
        None => type_of(this).tp_name().to_string(),
    };
    bail!(vm, AttributeError, "'{kind}' object has no attribute '{name}' and no __dict__ for setting new attributes")
}

fn new(vm: &Vm, cls: &Ref<Type>, args: Args<'_>) -> Result<Object> {
    let Some(table) = table_of(cls) else { bail!(vm, TypeError, "cannot create '{}' instances", cls.tp_name()) };
    let name = format!("{}.{}", table.module, table.name);
    if !table.constructible {
        bail!(vm, TypeError, "cannot create '{name}' instances");
    }
    let mut given = [args.positional().first(), args.positional().get(1)];
    if args.items.len() > 2 {
        bail!(vm, TypeError, "structseq() takes at most 2 arguments ({} given)", args.items.len());
    }
    let named = |name: &str| args.keywords().get(name).is_some();
    if given[0].is_none() && !named("sequence") {
        bail!(vm, TypeError, "structseq() missing required argument 'sequence' (pos 1)");
    }
    for (key, value) in args.keywords().iter() {
        let at = match key.cast::<Str>().map(|k| k.to_string_lossy()).as_deref() {
            Some("sequence") => 0,
            Some("dict") => 1,
            _ => {
                let key = protocol::str(vm, key)?;
                bail!(vm, TypeError, "structseq() got an unexpected keyword argument '{key}'");
            }
        };
        if given[at].replace(value).is_some() {
            bail!(
                vm,
                TypeError,
                "argument for structseq() given by name ('{key}') and position ({})",
                at + 1,
                key = ["sequence", "dict"][at]
            );
        }
    }
    let [Some(sequence), more] = given else {
        bail!(vm, TypeError, "structseq() missing required argument 'sequence' (pos 1)")
    };
    let mut values = match iter::to_vec(vm, sequence) {
        Ok(values) => values,
        Err(_) if vm.raised_is(&crate::exception::types::TypeError) => {
            vm.clear_raised();
            bail!(vm, TypeError, "constructor requires a sequence");
        }
        Err(raised) => return Err(raised),
    };
    let more = match more.map(|more| more.cast::<Dict>()) {
        None => None,
        Some(Some(more)) => Some(more),
        Some(None) => bail!(vm, TypeError, "{name}() takes a dict as second arg, if any"),
    };
    let (least, most) = (table.visible, table.fields.len());
    if values.len() < least || values.len() > most {
        let (bound, n) = if least == most {
            ("a", least)
        } else if values.len() < least {
            ("an at least ", least)
        } else {
            ("an at most ", most)
        };
        let space = if least == most { " " } else { "" };
        bail!(vm, TypeError, "{name}() takes {bound}{space}{n}-sequence ({}-sequence given)", values.len());
    }
    let mut used = 0;
    for (field, _) in &table.fields[values.len()..] {
        let value = match more {
            Some(more) => more.get_str(vm, field),
            None => None,
        };
        used += usize::from(value.is_some());
        values.push(value.unwrap_or_else(none));
    }
    if more.is_some_and(|more| more.len() > used) {
        bail!(vm, TypeError, "{name}() got duplicate or unexpected field name(s)");
    }
    for (at, item) in table.unnamed().enumerate() {
        if values[table.visible + at].is(&none()) {
            values[table.visible + at] = values[item].clone();
        }
    }
    StructSeq::make(vm, table, values)
}

/// All fields of an instance, the hidden ones too.
fn all_values(vm: &Vm, this: &Object, table: &Field) -> Result<Vec<Object>> {
    let mut values = this.cast::<Tuple>().map(|t| t.items().to_vec()).unwrap_or_default();
    for (name, _) in table.fields.iter().skip(table.visible) {
        values.push(instance::get(vm, this, &vm.intern(name))?.unwrap_or_else(none));
    }
    Ok(values)
}

/// `copy.replace`: another instance with some fields changed.
fn replace(vm: &Vm, args: Args<'_>) -> Result<Object> {
    let this = args.positional().first().and_then(|this| Some((this, table_of(type_of(this))?)));
    let Some((this, table)) = this else { bail!(vm, TypeError, "unbound method needs an argument") };
    if args.positional().len() > 1 {
        bail!(vm, TypeError, "__replace__() takes no positional arguments");
    }
    if table.unnamed().next().is_some() {
        let name = format!("{}.{}", table.module, table.name);
        bail!(vm, TypeError, "__replace__() is not supported for {name} because it has unnamed field(s)");
    }
    let mut values = all_values(vm, this, table)?;
    let mut unknown = Vec::new();
    for (key, value) in args.keywords().iter() {
        let name = protocol::str(vm, key)?.to_string_lossy();
        match table.fields.iter().position(|(field, _)| *field == name) {
            Some(at) => values[at] = value.clone(),
            None => unknown.push(key.clone()),
        }
    }
    if !unknown.is_empty() {
        let unknown = protocol::repr(vm, List::from_vec(unknown).as_object())?;
        bail!(vm, TypeError, "Got unexpected field name(s): {unknown}");
    }
    StructSeq::make(vm, table, values)
}

fn repr(vm: &Vm, this: &Object) -> Result<Object> {
    let (Some(table), Some(tuple)) = (table_of(type_of(this)), this.cast::<Tuple>()) else {
        return not_implemented(vm);
    };
    let mut parts = Vec::new();
    // As in CPython, items without a name go by that of the field that is about the same.
    for (name, value) in table.named().zip(tuple.items()) {
        parts.push(format!("{name}={}", protocol::repr(vm, value)?));
    }
    Ok(Str::new(&format!("{}.{}({})", table.module, table.name, parts.join(", "))).into_object())
}

static METHODS: &[crate::native::MethodDef] = <Methods as TypeMethods>::METHODS;

/// The methods that every such class gets.
struct Methods;

impl TypeMethods for Methods {
    const METHODS: &'static [crate::native::MethodDef] = &[
        crate::native::MethodDef {
            name: "__replace__",
            doc: "Return a copy of the structure with new values for the specified fields.",
            kind: crate::native::MethodKind::Method,
            signature: &REPLACE,
            call: replace,
        },
        crate::native::MethodDef {
            name: "__reduce__",
            doc: "",
            kind: crate::native::MethodKind::Method,
            signature: &REDUCE,
            call: |vm, args| {
                let this = crate::native::bind::<1>(vm, &REDUCE, &args)?.fixed[0].expect("a method has an object");
                let items = this.cast::<Tuple>().map(|t| t.items().to_vec()).unwrap_or_default();
                let hidden = Dict::from_pairs_of_names(instance::items(this)).into_object();
                let args = Tuple::from_slice(&[Tuple::from_slice(&items).into_object(), hidden]);
                Ok(Tuple::from_slice(&[type_of(this).to_object(), args.into_object()]).into_object())
            },
        },
    ];
}

static REPLACE: crate::native::Signature = crate::native::Signature {
    name: "__replace__",
    module: "",
    owner: "",
    text: "($self, /, **changes)",
    params: &[],
    self_arg: true,
    posonly: 0,
    positional: 0,
    required: 0,
    varargs: false,
    varkw: true,
    style: crate::native::Style::Plain,
};

static REDUCE: crate::native::Signature = crate::native::Signature {
    name: "__reduce__",
    module: "",
    owner: "",
    text: "($self, /)",
    params: &[],
    self_arg: true,
    posonly: 0,
    positional: 0,
    required: 0,
    varargs: false,
    varkw: false,
    style: crate::native::Style::Plain,
};

/// The value of one field.
pub fn field(vm: &Vm, object: &Object, table: &'static Field, index: usize) -> Result<Object> {
    if index < table.visible {
        return Ok(object.cast::<Tuple>().and_then(|t| t.items().get(index).cloned()).unwrap_or_else(none));
    }
    Ok(instance::get(vm, object, &vm.intern(table.fields[index].0))?.unwrap_or_else(none))
}
