//! `_ast`: the node classes, and trees to and from them.
//!
//! The classes are made from the table in `syntax` when somebody first asks for them; the interpreter keeps them.

mod convert;
mod fold;
mod node;
mod validate;

pub use convert::{expect_class, from_objects, to_objects};
pub use fold::to_folded_objects;
pub use node::Ast;
pub use validate::validate;

use crate::builtins::generic_alias::GenericAlias;
use crate::builtins::union::Union;
use crate::object::{attr, class, instance};
use crate::prelude::*;
use std::collections::HashMap;
use syntax::ast::{NODES, NodeInfo, Quantity};

/// The sums of the grammar, with those that have a place.
const SUMS: &[(&str, bool)] = &[
    ("mod", false),
    ("stmt", true),
    ("expr", true),
    ("expr_context", false),
    ("boolop", false),
    ("operator", false),
    ("unaryop", false),
    ("cmpop", false),
    ("excepthandler", true),
    ("pattern", true),
    ("type_ignore", false),
    ("type_param", true),
];

const PLACE: [&str; 4] = ["lineno", "col_offset", "end_lineno", "end_col_offset"];

/// The classes of one interpreter.
pub struct State {
    /// In the order of [`NODES`].
    pub classes: Vec<Ref<Type>>,
    pub sums: HashMap<&'static str, Ref<Type>>,
    /// Index into [`NODES`] by a class's address.
    pub index: HashMap<u64, usize>,
    /// The one instance of each class without fields, for contexts and operators.
    pub singletons: Vec<Option<Object>>,
    pub names: Names,
}

/// Names that the nodes look up.
pub struct Names {
    pub fields: Name,
    pub attributes: Name,
    pub field_types: Name,
    pub place: [Name; 4],
}

/// The classes, made if need be.
pub fn state(vm: &Vm) -> Result<&'static State> {
    let interp = vm.interp();
    if let Some(state) = interp.ast.get() {
        return Ok(state);
    }
    let made = State::make(vm)?;
    Ok(interp.ast.get_or_init(|| made))
}

/// The index of a node's class in [`NODES`].
pub fn index_of(info: &'static NodeInfo) -> usize {
    (info as *const NodeInfo as usize - NODES.as_ptr() as usize) / size_of::<NodeInfo>()
}

/// The type that stands for an ASDL type: the class, or str, int, object.
fn type_named(sums: &HashMap<&'static str, Ref<Type>>, made: &HashMap<&str, Ref<Type>>, name: &str) -> Option<Object> {
    Some(match name {
        "identifier" | "string" => Str::class().to_object(),
        "int" => Int::class().to_object(),
        "constant" => crate::builtins::object::BaseObject::class().to_object(),
        _ => sums.get(name).or_else(|| made.get(name))?.to_object(),
    })
}

fn text_of(info: &NodeInfo) -> String {
    let field = |&(name, kind, quantity): &(&str, &str, Quantity)| {
        let mark = match quantity {
            Quantity::One => "",
            Quantity::Optional => "?",
            Quantity::List => "*",
            Quantity::ListOfOptional => "?*",
        };
        format!("{kind}{mark} {name}")
    };
    match info.fields {
        [] => info.name.to_owned(),
        fields => format!("{}({})", info.name, fields.iter().map(field).collect::<Vec<_>>().join(", ")),
    }
}

fn names_tuple<'a>(vm: &Vm, names: impl Iterator<Item = &'a str>) -> Object {
    Tuple::from_slice(&names.map(|n| vm.intern(n).into_object()).collect::<Vec<_>>()).into_object()
}

fn make_class(vm: &Vm, name: &str, base: &Ref<Type>, fields: Object, doc: &str) -> Result<Ref<Type>> {
    let namespace = Dict::empty();
    namespace.set_str(vm, "_fields", fields.clone())?;
    namespace.set_str(vm, "__match_args__", fields)?;
    namespace.set_str(vm, "__module__", Str::new("ast").into_object())?;
    namespace.set_str(vm, "__doc__", Str::new(doc).into_object())?;
    let bases = Tuple::from_slice(&[base.to_object()]);
    let no = Kwargs { names: &[], values: &[] };
    let made = class::new_class(vm, Type::class(), &vm.intern(name), &bases, &namespace, no)?;
    match made.cast::<Type>() {
        Some(class) => Ok(class.clone()),
        None => Err(raise!(vm, SystemError, "a class that is no type")),
    }
}

impl State {
    fn make(vm: &Vm) -> Result<State> {
        let root = Ast::init_type(vm)?;
        // Unlike other native types, its attributes may be set.
        root.flags.set(root.flags.get() & !crate::object::flags::IMMUTABLETYPE);
        let nothing = || Tuple::empty().into_object();
        for name in ["_fields", "_attributes", "__match_args__"] {
            root.own_dict().set_str(vm, name, nothing())?;
        }
        let set = |class: &Ref<Type>, name: &str, value: &Object| {
            attr::setattr(vm, class.as_object(), &vm.intern(name), Some(value))
        };
        let set_place = |class: &Ref<Type>, has_pos: bool| -> Result<()> {
            if has_pos {
                set(class, "_attributes", &names_tuple(vm, PLACE.into_iter()))?;
                if class.name.get().is_some_and(|n| matches!(n.as_ascii(), Some("pattern" | "type_param"))) {
                    // Their ends are not optional.
                    return Ok(());
                }
                set(class, "end_lineno", &none())?;
                return set(class, "end_col_offset", &none());
            }
            set(class, "_attributes", &nothing())
        };
        let mut sums = HashMap::new();
        for &(name, has_pos) in SUMS {
            let of_sum: Vec<&NodeInfo> = NODES.iter().filter(|n| n.base == name).collect();
            let plain = of_sum.iter().all(|n| n.fields.is_empty());
            let line = if plain { " | ".to_owned() } else { format!("\n{}| ", " ".repeat(name.len() + 1)) };
            let doc = format!("{name} = {}", of_sum.iter().map(|n| text_of(n)).collect::<Vec<_>>().join(&line));
            let class = make_class(vm, name, &root, nothing(), &doc)?;
            set_place(&class, has_pos)?;
            sums.insert(name, class);
        }
        let mut classes = Vec::new();
        let mut by_name: HashMap<&str, Ref<Type>> = HashMap::new();
        let mut index = HashMap::new();
        for (i, info) in NODES.iter().enumerate() {
            let base = sums.get(info.base).unwrap_or(&root);
            let fields = names_tuple(vm, info.fields.iter().map(|f| f.0));
            let class = make_class(vm, info.name, base, fields, &text_of(info))?;
            if info.base == "AST" {
                set_place(&class, info.has_pos)?;
            }
            index.insert(class.as_object().word(), i);
            by_name.insert(info.name, class.clone());
            classes.push(class);
        }
        let mut singletons = Vec::new();
        for (info, class) in NODES.iter().zip(&classes) {
            let types = Dict::empty();
            for &(name, kind, quantity) in info.fields {
                let Some(one) = type_named(&sums, &by_name, kind) else {
                    bail!(vm, SystemError, "no class for {kind}");
                };
                let whole = match quantity {
                    Quantity::One => one,
                    Quantity::Optional => {
                        set(class, name, &none())?;
                        Union::either(vm, &one, &none())?
                    }
                    Quantity::List | Quantity::ListOfOptional => {
                        GenericAlias::make(vm, List::class().as_object(), &one)?
                    }
                };
                types.set_str(vm, name, whole)?;
            }
            set(class, "_field_types", types.as_object())?;
            set(class, "__annotations__", types.as_object())?;
            let single = matches!(info.base, "expr_context" | "boolop" | "operator" | "unaryop" | "cmpop");
            let node = single.then(|| instance::alloc(vm, class, Ast { head: Head::new() })).transpose()?;
            singletons.push(node.map(Ref::into_object));
        }
        let names = Names {
            fields: vm.intern("_fields"),
            attributes: vm.intern("_attributes"),
            field_types: vm.intern("_field_types"),
            place: PLACE.map(|n| vm.intern(n)),
        };
        Ok(State { classes, sums, index, singletons, names })
    }

    /// The table's row for a node: its class or the first of its bases that is one of ours and derives from `base`.
    pub fn info(&self, object: &Object, base: &str) -> Option<&'static NodeInfo> {
        let fits = |i: usize| Some(&NODES[i]).filter(|n| base == "AST" || n.base == base);
        let kind = crate::object::type_of(object);
        if let Some(&i) = self.index.get(&kind.as_object().word()) {
            return fits(i);
        }
        kind.mro_types().find_map(|t| self.index.get(&t.as_object().word()).and_then(|&i| fits(i)))
    }
}

/// The abstract syntax tree's classes.
#[pymodule("_ast")]
pub mod module {
    use super::*;
    use crate::builtins::module::Module;
    use crate::modules::compile;

    #[constant("PyCF_ONLY_AST")]
    const ONLY_AST: i32 = compile::ONLY_AST as i32;
    #[constant("PyCF_TYPE_COMMENTS")]
    const TYPE_COMMENTS: i32 = compile::TYPE_COMMENTS as i32;
    #[constant("PyCF_ALLOW_TOP_LEVEL_AWAIT")]
    const ALLOW_TOP_LEVEL_AWAIT: i32 = compile::ALLOW_TOP_LEVEL_AWAIT as i32;
    #[constant("PyCF_OPTIMIZED_AST")]
    const OPTIMIZED_AST: i32 = compile::OPTIMIZED_AST as i32;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let state = state(vm)?;
        let dict = module.dict();
        dict.set_str(vm, "AST", Ast::class().to_object())?;
        for (name, class) in &state.sums {
            dict.set_str(vm, name, class.to_object())?;
        }
        for (info, class) in NODES.iter().zip(&state.classes) {
            dict.set_str(vm, info.name, class.to_object())?;
        }
        Ok(())
    }
}
