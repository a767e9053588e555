//! One code object in the making: its names, constants and open blocks.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use bytecode::{Code, CodeFlags, Const, Location, Op, kind};
use syntax::ast::{Expr, Ident, Pos, Stmt};
use text::Wtf8Buf;

use crate::Features;
use crate::assemble::assemble;
use crate::flow::{Ins, Label, Opcode, Sequence};
use crate::symbols::{Reach, Scope, ScopeId, def};
use bytecode::Pseudo;

/// A list without repetitions that knows where everything is.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    items: Vec<T>,
    index: HashMap<T, u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table { items: Vec::new(), index: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Table<T> {
    /// The place of `item`, added if it is new.
    pub fn add(&mut self, item: T) -> u32 {
        if let Some(i) = self.index.get(&item) {
            return *i;
        }
        let i = self.items.len() as u32;
        self.index.insert(item.clone(), i);
        self.items.push(item);
        i
    }

    pub fn find(&self, item: &T) -> Option<u32> {
        self.index.get(item).copied()
    }

    pub fn get(&self, i: usize) -> Option<&T> {
        self.items.get(i)
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter()
    }

    /// Keeps the items marked in `used`; the new place of each old one.
    pub fn keep(&mut self, used: &[bool]) -> Vec<u32> {
        let mut map = Vec::with_capacity(used.len());
        let mut next = 0;
        for used in used {
            map.push(next);
            next += u32::from(*used);
        }
        let mut used = used.iter();
        self.items.retain(|_| used.next().copied().unwrap_or(false));
        self.index.clear();
        map
    }
}

/// What a code object is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitKind {
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
    /// `__annotate__`, type parameters, bounds, values of aliases.
    Annotations,
}

/// What `return`, `break` and `continue` must undo on their way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FBlock<'a> {
    WhileLoop { start: Label, end: Label },
    ForLoop { start: Label, end: Label },
    AsyncForLoop { start: Label, end: Label },
    TryExcept,
    FinallyTry { body: &'a [Stmt] },
    FinallyEnd,
    With { loc: Location },
    AsyncWith { loc: Location },
    HandlerCleanup { name: Option<&'a Ident> },
    PopValue,
    ExceptionHandler,
    ExceptionGroupHandler,
    AsyncComprehension,
    StopIteration,
}

/// A code object in the making.
pub(crate) struct Unit<'a> {
    pub scope: ScopeId,
    pub kind: UnitKind,
    pub name: Ident,
    pub qualname: Ident,
    pub private: Option<Ident>,
    pub firstlineno: i32,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub sequence: Sequence,
    pub annotations: Option<Sequence>,
    pub consts: Table<Const>,
    pub names: Table<Ident>,
    pub varnames: Table<Ident>,
    pub cellvars: Table<Ident>,
    pub freevars: Table<Ident>,
    /// Names that an inlined comprehension makes fast where the block itself has none; whether that holds now.
    pub fast_hidden: HashMap<Ident, bool>,
    pub inlined: u32,
    pub fblocks: Vec<FBlock<'a>>,
    pub static_attributes: BTreeSet<Ident>,
    /// Annotated names, their annotations and the number of each where it may be skipped.
    pub deferred: Vec<(&'a Stmt, &'a Ident, &'a Expr, Option<u32>)>,
    pub conditional: u32,
    pub next_conditional: u32,
}

impl Unit<'_> {
    pub fn new<'a>(scope_id: ScopeId, scope: &Scope, kind: UnitKind, name: Ident, firstlineno: i32) -> Unit<'a> {
        let mut unit = Unit {
            scope: scope_id,
            kind,
            qualname: name.clone(),
            name,
            private: None,
            firstlineno,
            argcount: 0,
            posonlyargcount: 0,
            kwonlyargcount: 0,
            sequence: Sequence::default(),
            annotations: None,
            consts: Table::default(),
            names: Table::default(),
            varnames: Table::default(),
            cellvars: Table::default(),
            freevars: Table::default(),
            fast_hidden: HashMap::new(),
            inlined: 0,
            fblocks: Vec::new(),
            static_attributes: BTreeSet::new(),
            deferred: Vec::new(),
            conditional: 0,
            next_conditional: 0,
        };
        for param in &scope.params {
            unit.varnames.add(param.clone());
        }
        let sorted = |wanted: &dyn Fn(u32, Reach) -> bool| {
            let mut names: Vec<_> =
                scope.symbols.iter().filter(|(_, s)| wanted(s.flags, s.reach)).map(|(n, _)| n.clone()).collect();
            // By code points, as CPython sorts: UTF-8 keeps their order.
            names.sort();
            names
        };
        for name in sorted(&|flags, reach| reach == Reach::Cell || flags & def::COMP_CELL != 0) {
            unit.cellvars.add(name);
        }
        let implicit = [
            (scope.needs_class_closure, "__class__"),
            (scope.needs_classdict, "__classdict__"),
            (scope.has_conditional_annotations, "__conditional_annotations__"),
        ];
        for (_, name) in implicit.iter().filter(|(needed, _)| *needed) {
            unit.cellvars.add(Ident::from(*name));
        }
        for name in sorted(&|flags, reach| reach == Reach::Free || flags & def::FREE_CLASS != 0) {
            unit.freevars.add(name);
        }
        unit
    }

    pub fn op(&mut self, loc: Location, op: impl Into<Opcode>) {
        self.sequence.push(op, 0, loc);
    }

    pub fn arg(&mut self, loc: Location, op: impl Into<Opcode>, arg: u32) {
        self.sequence.push(op, arg, loc);
    }

    pub fn jump(&mut self, loc: Location, op: impl Into<Opcode>, label: Label) {
        self.sequence.jump(op, label, loc);
    }

    pub fn constant(&mut self, loc: Location, value: Const) {
        let index = self.consts.add(value);
        self.arg(loc, Op::LOAD_CONST, index);
    }

    pub fn label(&mut self) -> Label {
        self.sequence.label()
    }

    pub fn place(&mut self, label: Label) {
        self.sequence.place(label);
    }

    /// The argument that means a cell (its own ones first, then the closure's) until the code is finished.
    pub fn deref(&self, name: &Ident) -> Option<u32> {
        self.cellvars.find(name).or_else(|| self.freevars.find(name).map(|i| i + self.cellvars.len() as u32))
    }

    /// The finished code object.
    pub fn finish(mut self, scope: &Scope, features: &Features, filename: &Wtf8Buf) -> Code {
        let mut graph = std::mem::take(&mut self.sequence).into_graph(self.annotations.take());
        let params = self.argcount + self.posonlyargcount + self.kwonlyargcount;
        let stars = u32::from(scope.varargs) + u32::from(scope.varkeywords);
        let nparams = match self.kind {
            UnitKind::Function | UnitKind::AsyncFunction | UnitKind::Lambda => params + stars,
            _ => params,
        };
        graph.optimize(&mut self.consts, self.varnames.len(), nparams as usize);
        let code_flags = self.code_flags(scope, features.top_level_await) | features.flags;
        let fixed = self.cell_places();
        let prefix = self.prefix(&fixed, code_flags);
        let shape = graph.finish(&prefix, |ins| {
            if let Opcode::Real(
                Op::MAKE_CELL | Op::LOAD_DEREF | Op::STORE_DEREF | Op::DELETE_DEREF | Op::LOAD_FROM_DICT_OR_DEREF,
            )
            | Opcode::Pseudo(Pseudo::LOAD_CLOSURE) = ins.op
            {
                ins.arg = fixed.get(ins.arg as usize).copied().unwrap_or(ins.arg);
            }
        });
        if let Some(blocks) = &features.blocks {
            blocks.borrow_mut().push_str(&graph.show(&self.qualname));
        }
        let assembled = assemble(&graph, self.firstlineno);
        let (localsplusnames, localspluskinds) = self.locals_plus(scope, &fixed);
        Code {
            argcount: self.argcount + self.posonlyargcount,
            posonlyargcount: self.posonlyargcount,
            kwonlyargcount: self.kwonlyargcount,
            stacksize: shape.stack_size.max(1),
            flags: code_flags,
            code: assembled.code,
            consts: self.consts.iter().cloned().collect(),
            names: self.names.iter().map(|n| Wtf8Buf::from(&**n)).collect(),
            localsplusnames,
            localspluskinds,
            filename: filename.clone(),
            name: Wtf8Buf::from(&*self.name),
            qualname: Wtf8Buf::from(&*self.qualname),
            firstlineno: self.firstlineno,
            linetable: assembled.linetable,
            exceptiontable: assembled.exceptiontable,
        }
    }

    fn code_flags(&self, scope: &Scope, top_level_await: bool) -> CodeFlags {
        let mut flags = CodeFlags::default();
        let mut set = |when: bool, flag: CodeFlags| {
            if when {
                flags |= flag;
            }
        };
        if scope.is_function_like() {
            set(true, CodeFlags::NEWLOCALS | CodeFlags::OPTIMIZED);
            set(scope.nested, CodeFlags::NESTED);
            set(scope.generator && !scope.coroutine, CodeFlags::GENERATOR);
            set(!scope.generator && scope.coroutine, CodeFlags::COROUTINE);
            set(scope.generator && scope.coroutine, CodeFlags::ASYNC_GENERATOR);
            set(scope.varargs, CodeFlags::VARARGS);
            set(scope.varkeywords, CodeFlags::VARKEYWORDS);
            set(scope.has_docstring, CodeFlags::HAS_DOCSTRING);
            set(scope.method, CodeFlags::METHOD);
        }
        set(self.kind == UnitKind::Module && top_level_await && scope.coroutine, CodeFlags::COROUTINE);
        flags
    }

    /// Where cells and free variables stand among the fast locals: a cell that is a parameter or local in its place.
    fn cell_places(&self) -> Vec<u32> {
        let locals = self.varnames.len() as u32;
        let mut next = locals;
        let mut places = Vec::new();
        for name in self.cellvars.iter().chain(self.freevars.iter()).enumerate() {
            let (i, name) = name;
            let local = if i < self.cellvars.len() { self.varnames.find(name) } else { None };
            places.push(local.unwrap_or(next));
            next += u32::from(local.is_none());
        }
        places
    }

    /// What stands before everything: `COPY_FREE_VARS`, `MAKE_CELL`s, and a generator's beginning.
    fn prefix(&self, places: &[u32], flags: CodeFlags) -> Vec<Ins> {
        let mut prefix = Vec::new();
        if !self.freevars.is_empty() {
            prefix.push(Ins::new(Op::COPY_FREE_VARS, self.freevars.len() as u32, Location::NONE));
        }
        let mut cells: Vec<usize> = (0..self.cellvars.len()).collect();
        cells.sort_by_key(|cell| places[*cell]);
        prefix.extend(cells.into_iter().map(|cell| Ins::new(Op::MAKE_CELL, cell as u32, Location::NONE)));
        if flags.is_generator_like() {
            let loc = Location::line_only(self.firstlineno);
            prefix.push(Ins::new(Op::RETURN_GENERATOR, 0, loc));
            prefix.push(Ins::new(Op::POP_TOP, 0, loc));
        }
        prefix
    }

    fn locals_plus(&self, scope: &Scope, places: &[u32]) -> (Vec<Wtf8Buf>, Vec<u8>) {
        let size = places.iter().map(|p| *p as usize + 1).chain([self.varnames.len()]).max().unwrap_or(0);
        let mut names = vec![Wtf8Buf::new(); size];
        let mut kinds = vec![0u8; size];
        let positional = (self.argcount + self.posonlyargcount) as usize;
        let params = positional + self.kwonlyargcount as usize;
        for (i, name) in self.varnames.iter().enumerate() {
            names[i] = Wtf8Buf::from(&**name);
            let argument = if i < self.posonlyargcount as usize {
                kind::ARG_POS
            } else if i < positional {
                kind::ARG_POS | kind::ARG_KW
            } else if i < params {
                kind::ARG_KW
            } else if scope.varargs && i == params {
                kind::ARG_VAR | kind::ARG_POS
            } else if scope.varkeywords && i == params + usize::from(scope.varargs) {
                kind::ARG_VAR | kind::ARG_KW
            } else {
                0
            };
            let hidden = if self.fast_hidden.contains_key(name) { kind::HIDDEN } else { 0 };
            kinds[i] = kind::LOCAL | hidden | argument;
        }
        for (i, name) in self.cellvars.iter().chain(self.freevars.iter()).enumerate() {
            let place = places[i] as usize;
            names[place] = Wtf8Buf::from(&**name);
            kinds[place] |= if i < self.cellvars.len() { kind::CELL } else { kind::FREE };
        }
        (names, kinds)
    }
}

/// The place of a node, as instructions have it.
pub(crate) fn loc(pos: Pos) -> Location {
    Location { line: pos.lineno, end_line: pos.end_lineno, col: pos.col_offset, end_col: pos.end_col_offset }
}
