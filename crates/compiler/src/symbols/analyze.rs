//! From what happens to names to how they are reached: one pass from the outside in, the free names coming back.

use std::collections::{HashMap, HashSet};

use syntax::ast::{Ident, Pos};

use super::visit::Result;
use super::{BlockKind, Comprehension, Reach, ScopeId, Symbol, Symbols, def};
use crate::error;

type Set = HashSet<Ident>;

pub(super) fn analyze(symbols: &mut Symbols) -> Result {
    let mut global = Set::new();
    let mut free = Set::new();
    let mut type_params = Set::new();
    block(symbols, 0, None, &mut free, &mut global, &mut type_params, None)
}

struct Block<'a> {
    reaches: HashMap<Ident, Reach>,
    local: Set,
    bound: Option<&'a mut Set>,
    global: &'a mut Set,
    type_params: &'a mut Set,
    free: &'a mut Set,
    class: Option<ScopeId>,
}

fn block(
    symbols: &mut Symbols,
    id: ScopeId,
    mut bound: Option<&mut Set>,
    free: &mut Set,
    global: &mut Set,
    type_params: &mut Set,
    class: Option<ScopeId>,
) -> Result {
    stacker::maybe_grow(64 << 10, 1 << 20, || {
        let kind = symbols.scopes[id].kind;
        let is_class = kind == BlockKind::Class;
        let mut new_global = Set::new();
        let mut new_bound = Set::new();
        let mut new_free = Set::new();
        if is_class {
            // A class's names are invisible inside; what was known outside is passed on as it was.
            new_global.extend(global.iter().cloned());
            new_bound.extend(bound.iter().flat_map(|b| b.iter().cloned()));
        }
        let mut state = Block {
            reaches: HashMap::new(),
            local: Set::new(),
            bound: bound.as_deref_mut(),
            global: &mut *global,
            type_params: &mut *type_params,
            free: &mut *free,
            class,
        };
        let names: Vec<(Ident, Symbol)> = symbols.scopes[id].symbols.iter().map(|(n, s)| (n.clone(), s)).collect();
        for (name, symbol) in &names {
            state.name(symbols, id, name, symbol.flags)?;
        }
        let Block { mut reaches, local, .. } = state;
        if is_class {
            new_bound.extend(["__class__", "__classdict__", "__conditional_annotations__"].map(Ident::from));
        } else {
            if symbols.scopes[id].is_function_like() {
                new_bound.extend(local.iter().cloned());
            }
            new_bound.extend(bound.iter().flat_map(|b| b.iter().cloned()));
            new_global.extend(global.iter().cloned());
        }
        let mut inlined_cells = Set::new();
        let children = symbols.scopes[id].children.clone();
        let mut spliced = Vec::new();
        for child in children {
            let child_class = match symbols.scopes[child].can_see_class_scope {
                true if is_class => Some(id),
                true => class,
                false => None,
            };
            let inline = matches!(symbols.scopes[child].comprehension, Some(c) if c != Comprehension::Generator)
                && !symbols.scopes[id].can_see_class_scope;
            let mut child_free = Set::new();
            // What the child binds must not leak to its siblings.
            let (mut b, mut g, mut t) = (new_bound.clone(), new_global.clone(), type_params.clone());
            block(symbols, child, Some(&mut b), &mut child_free, &mut g, &mut t, child_class)?;
            if inline {
                inline_comprehension(symbols, id, child, &mut reaches, &mut child_free, &mut inlined_cells);
                symbols.scopes[child].inlined = true;
                spliced.extend(symbols.scopes[child].children.clone());
            } else {
                spliced.push(child);
            }
            new_free.extend(child_free);
        }
        symbols.scopes[id].children = spliced;
        if symbols.scopes[id].is_function_like() {
            cells(&mut reaches, &mut new_free, &inlined_cells);
        } else if is_class {
            let scope = &mut symbols.scopes[id];
            scope.needs_class_closure |= new_free.remove("__class__");
            scope.needs_classdict |= new_free.remove("__classdict__");
            scope.has_conditional_annotations |= new_free.remove("__conditional_annotations__");
        }
        let class_like = is_class || symbols.scopes[id].can_see_class_scope;
        update(symbols, id, &reaches, bound.as_deref(), &new_free, &inlined_cells, class_like);
        free.extend(new_free);
        Ok(())
    })
}

impl Block<'_> {
    fn name(&mut self, symbols: &Symbols, id: ScopeId, name: &Ident, flags: u32) -> Result {
        let at = || {
            let directives = &symbols.scopes[id].directives;
            directives.iter().find(|(n, _)| n == name).map_or(Pos::default(), |(_, pos)| *pos)
        };
        let reach = if flags & def::GLOBAL != 0 {
            if flags & def::NONLOCAL != 0 {
                return Err(error(format!("name '{name}' is nonlocal and global"), at()));
            }
            self.global.insert(name.clone());
            if let Some(bound) = &mut self.bound {
                bound.remove(name);
            }
            Reach::GlobalExplicit
        } else if flags & def::NONLOCAL != 0 {
            let Some(bound) = &self.bound else {
                return Err(error("nonlocal declaration not allowed at module level", at()));
            };
            if !bound.contains(name) {
                return Err(error(format!("no binding for nonlocal '{name}' found"), at()));
            }
            if self.type_params.contains(name) {
                return Err(error(format!("nonlocal binding not allowed for type parameter '{name}'"), at()));
            }
            self.free.insert(name.clone());
            Reach::Free
        } else if flags & def::BOUND != 0 {
            self.local.insert(name.clone());
            self.global.remove(name);
            if flags & def::TYPE_PARAM != 0 {
                self.type_params.insert(name.clone());
            } else {
                self.type_params.remove(name);
            }
            Reach::Local
        } else {
            self.unbound(symbols, name)
        };
        self.reaches.insert(name.clone(), reach);
        Ok(())
    }

    fn unbound(&mut self, symbols: &Symbols, name: &Ident) -> Reach {
        // The compiler's own cell is meant, whatever the class binds by that name.
        if let Some(class) = self.class.filter(|_| &**name != "__classdict__") {
            // The class around is looked at when the code runs; what is around the class counts only if the class
            // does not know the name.
            let flags = symbols.scopes[class].symbols.flags(name);
            if flags & def::GLOBAL != 0 {
                return Reach::GlobalExplicit;
            }
            if flags & def::BOUND != 0 && flags & def::NONLOCAL == 0 {
                return Reach::GlobalImplicit;
            }
        }
        if self.bound.as_ref().is_some_and(|bound| bound.contains(name)) {
            self.free.insert(name.clone());
            return Reach::Free;
        }
        Reach::GlobalImplicit
    }
}

/// Locals that inner blocks use become cells.
fn cells(reaches: &mut HashMap<Ident, Reach>, free: &mut Set, inlined_cells: &Set) {
    for (name, reach) in reaches {
        if *reach == Reach::Local && (free.contains(name) || inlined_cells.contains(name)) {
            *reach = Reach::Cell;
            free.remove(name);
        }
    }
}

/// Writes down how names are reached, and the names that only inner blocks mention.
fn update(
    symbols: &mut Symbols,
    id: ScopeId,
    reaches: &HashMap<Ident, Reach>,
    bound: Option<&Set>,
    free: &Set,
    inlined_cells: &Set,
    class_like: bool,
) {
    let names = &mut symbols.scopes[id].symbols;
    for (name, symbol) in &mut names.order {
        if inlined_cells.contains(name) {
            symbol.flags |= def::COMP_CELL;
        }
        symbol.reach = reaches.get(name).copied().unwrap_or_default();
    }
    let mut free: Vec<&Ident> = free.iter().collect();
    free.sort();
    for name in free {
        match names.get(name) {
            Some(mut symbol) => {
                // A class may know a name in its own way and pass on a cell of the same name.
                if class_like {
                    symbol.flags |= def::FREE_CLASS;
                    names.set(name, symbol);
                }
            }
            None => {
                if bound.is_some_and(|bound| bound.contains(name)) {
                    names.set(name, Symbol { flags: 0, reach: Reach::Free });
                }
            }
        }
    }
}

/// The names of a comprehension become names of the block that it is part of.
fn inline_comprehension(
    symbols: &mut Symbols,
    outer: ScopeId,
    comp: ScopeId,
    reaches: &mut HashMap<Ident, Reach>,
    comp_free: &mut Set,
    inlined_cells: &mut Set,
) {
    let names: Vec<(Ident, Symbol)> = symbols.scopes[comp].symbols.iter().map(|(n, s)| (n.clone(), s)).collect();
    let in_class = symbols.scopes[outer].kind == BlockKind::Class;
    for (name, symbol) in names {
        if symbol.flags & def::PARAM != 0 {
            continue;
        }
        let mut reach = symbol.reach;
        if reach == Reach::Cell || symbol.flags & def::COMP_CELL != 0 {
            inlined_cells.insert(name.clone());
        }
        if reach == Reach::Free
            && in_class
            && ["__class__", "__classdict__", "__conditional_annotations__"].contains(&&*name)
        {
            // The class's own cells are not seen in its body, nor in what becomes part of it.
            reach = Reach::GlobalImplicit;
            symbols.scopes[comp].symbols.set(&name, Symbol { reach, ..symbol });
            if !free_in_child(symbols, comp, &name) {
                comp_free.remove(&name);
            }
        }
        match symbols.scopes[outer].symbols.get(&name) {
            None => {
                symbols.scopes[outer].symbols.set(&name, Symbol { flags: symbol.flags, reach: Reach::Unknown });
                reaches.insert(name, reach);
            }
            Some(existing) => {
                // What the comprehension takes from around it, the block uses.
                if symbol.flags & def::USE != 0 && symbol.flags & def::BOUND == 0 && !in_class {
                    symbols.scopes[outer].symbols.set(&name, Symbol { flags: existing.flags | def::USE, ..existing });
                }
                if existing.flags & def::BOUND != 0 && !in_class && !free_in_child(symbols, comp, &name) {
                    comp_free.remove(&name);
                }
            }
        }
    }
}

fn free_in_child(symbols: &Symbols, comp: ScopeId, name: &Ident) -> bool {
    symbols.scopes[comp].children.iter().any(|child| symbols.scopes[*child].symbols.reach(name) == Reach::Free)
}
