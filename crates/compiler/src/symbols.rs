//! The scope of every name: which block binds it, and how code reaches it.
//!
//! [`build`] walks the tree once, making one [`Scope`] for each block and collecting in it what happens to each name
//! ([`def`] bits); `analyze` then decides, from the outside in, whether a name is local, a cell, free or global, and which
//! comprehensions are inlined (PEP 709). The rules are CPython 3.14's, the table is what the module `symtable` shows.

mod analyze;
mod visit;
mod visit_stmt;

use std::collections::HashMap;
use std::rc::Rc;

use syntax::ast::{Ident, Mod, Pos};

use crate::{CompileError, Features};

/// What happens to a name in a block; more than one bit may be set.
pub mod def {
    #![expect(missing_docs, reason = "the names are those of the symtable module")]
    pub const GLOBAL: u32 = 1;
    pub const LOCAL: u32 = 2;
    pub const PARAM: u32 = 4;
    pub const NONLOCAL: u32 = 8;
    pub const USE: u32 = 16;
    pub const FREE_CLASS: u32 = 64;
    pub const IMPORT: u32 = 128;
    pub const ANNOT: u32 = 256;
    pub const COMP_ITER: u32 = 512;
    pub const TYPE_PARAM: u32 = 1024;
    pub const COMP_CELL: u32 = 2048;
    pub const BOUND: u32 = LOCAL | PARAM | IMPORT | TYPE_PARAM;
}

/// How a name is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Reach {
    /// The block never says.
    #[default]
    Unknown,
    /// A local variable.
    Local,
    /// Declared `global`.
    GlobalExplicit,
    /// A global or builtin because nothing nearer binds it.
    GlobalImplicit,
    /// A cell of an enclosing block.
    Free,
    /// A local that inner blocks use.
    Cell,
}

/// A name in a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Symbol {
    /// [`def`] bits.
    pub flags: u32,
    /// How it is reached.
    pub reach: Reach,
}

/// What kind of block a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// `def`, `lambda`, comprehension
    Function,
    /// `class`
    Class,
    /// The whole source
    Module,
    /// `__annotate__`
    Annotation,
    /// The value of `type X = …`
    TypeAlias,
    /// Around something generic
    TypeParameters,
    /// A type parameter's bound or default
    TypeVariable,
}

/// Which comprehension a function block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comprehension {
    /// `[…]`
    List,
    /// `{… : …}`
    Dict,
    /// `{…}`
    Set,
    /// `(…)`
    Generator,
}

/// Index of a scope in [`Symbols::scopes`].
pub type ScopeId = usize;

/// What stands for a block in the tree: a node's address and which of the node's blocks is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(usize, Role);

/// Which block of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The node's own.
    Body,
    /// A function's `__annotate__`.
    Annotations,
    /// The block of its type parameters.
    TypeParams,
    /// A type parameter's bound.
    Bound,
    /// A type parameter's default.
    Default,
    /// The value of a type alias.
    Alias,
}

impl Key {
    /// The key of a node's block. Trees do not move while they are compiled.
    pub fn of<T>(node: &T, role: Role) -> Key {
        Key(std::ptr::from_ref(node) as usize, role)
    }
}

/// Names and what is known of them, in the order of their first mention.
#[derive(Clone, Debug, Default)]
pub struct Names {
    order: Vec<(Ident, Symbol)>,
    index: HashMap<Ident, usize>,
}

impl Names {
    /// What is known of a name.
    pub fn get(&self, name: &str) -> Option<Symbol> {
        self.index.get(name).map(|i| self.order[*i].1)
    }

    /// The [`def`] bits of a name, 0 if it is not mentioned.
    pub fn flags(&self, name: &str) -> u32 {
        self.get(name).map_or(0, |s| s.flags)
    }

    /// How a name is reached.
    pub fn reach(&self, name: &str) -> Reach {
        self.get(name).map_or(Reach::Unknown, |s| s.reach)
    }

    /// Sets what is known of a name.
    pub fn set(&mut self, name: &Ident, symbol: Symbol) {
        match self.index.get(name) {
            Some(i) => self.order[*i].1 = symbol,
            None => {
                self.index.insert(name.clone(), self.order.len());
                self.order.push((name.clone(), symbol));
            }
        }
    }

    /// All names in the order of their first mention.
    pub fn iter(&self) -> impl Iterator<Item = (&Ident, Symbol)> {
        self.order.iter().map(|(name, symbol)| (name, *symbol))
    }
}

/// A block of the program and its names.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The name of the function or class; `top` for a module.
    pub name: Ident,
    /// Its kind.
    pub kind: BlockKind,
    /// Its names.
    pub symbols: Names,
    /// The parameters, mangled, in the order of fast locals.
    pub params: Vec<Ident>,
    /// Blocks inside, in source order; those of inlined comprehensions included.
    pub children: Vec<ScopeId>,
    /// `global` and `nonlocal` statements, for errors.
    pub directives: Vec<(Ident, Pos)>,
    /// Where it starts and ends.
    pub pos: Pos,
    /// Inside a function.
    pub nested: bool,
    /// Holds `yield`.
    pub generator: bool,
    /// `async def`, or holds what makes it asynchronous.
    pub coroutine: bool,
    /// Which comprehension it is.
    pub comprehension: Option<Comprehension>,
    /// Has `*args`.
    pub varargs: bool,
    /// Has `**kwargs`.
    pub varkeywords: bool,
    /// Has a docstring.
    pub has_docstring: bool,
    /// A function directly in a class.
    pub method: bool,
    /// Sees the names of the class around it.
    pub can_see_class_scope: bool,
    /// A class with a method that uses `__class__`.
    pub needs_class_closure: bool,
    /// A class with a block that sees its names.
    pub needs_classdict: bool,
    /// A comprehension that is part of its surroundings' code.
    pub inlined: bool,
    /// Holds annotations.
    pub annotations_used: bool,
    /// Some annotations may not be reached.
    pub has_conditional_annotations: bool,
    /// The block of the module's or class's annotations.
    pub annotation_block: Option<ScopeId>,
    /// Where only these names are mangled (a generic class's type parameters).
    pub mangled_names: Option<Rc<std::cell::RefCell<std::collections::HashSet<Ident>>>>,
    in_conditional_block: bool,
    in_unevaluated_annotation: bool,
    comp_iter_target: bool,
    comp_iter_expr: u32,
    /// What a TypeVariable, TypeAlias or TypeParameters block is called in errors.
    scope_info: &'static str,
}

impl Scope {
    /// Whether names in it are fast locals.
    pub fn is_function_like(&self) -> bool {
        !matches!(self.kind, BlockKind::Class | BlockKind::Module)
    }
}

/// All scopes of a program.
#[derive(Debug)]
pub struct Symbols {
    /// The scopes; the first is the module's.
    pub scopes: Vec<Scope>,
    keys: HashMap<Key, ScopeId>,
}

impl Symbols {
    /// The scope of a node's block.
    pub fn find(&self, key: Key) -> Option<ScopeId> {
        self.keys.get(&key).copied()
    }

    /// The module's scope.
    pub fn top(&self) -> &Scope {
        &self.scopes[0]
    }
}

/// Finds all scopes of a program.
pub fn build(module: &Mod, features: &Features) -> Result<Symbols, Box<CompileError>> {
    let mut symbols = visit::walk(module, features)?;
    analyze::analyze(&mut symbols)?;
    Ok(symbols)
}

/// A private name as it is inside the class `private`: `__x` becomes `_Class__x`.
pub fn mangle(private: Option<&str>, name: &Ident) -> Ident {
    let Some(private) = private else { return name.clone() };
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.clone();
    }
    let class = private.trim_start_matches('_');
    if class.is_empty() { name.clone() } else { Ident::from(format!("_{class}{name}")) }
}

/// [`mangle`], where a scope may say that only some names are mangled.
pub fn maybe_mangle(private: Option<&str>, scope: &Scope, name: &Ident) -> Ident {
    if private.is_none() || !name.starts_with("__") {
        return name.clone();
    }
    match &scope.mangled_names {
        Some(names) if !names.borrow().contains(name) => name.clone(),
        _ => mangle(private, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mangling() {
        let mangled = |private: &str, name: &str| mangle(Some(private), &Ident::from(name)).to_string();
        assert_eq!(mangled("Class", "__x"), "_Class__x");
        assert_eq!(mangled("__Class", "__x"), "_Class__x");
        assert_eq!(mangled("__", "__x"), "__x");
        assert_eq!(mangled("Class", "__x__"), "__x__");
        assert_eq!(mangled("Class", "_x"), "_x");
        assert_eq!(mangled("Class", "__a.b"), "__a.b");
    }
}
