//! `_symtable`: the compiler's scopes.

use crate::modules::builtins::source_text;
use crate::modules::compile::{Request, raise_compile_error};
use crate::object::instance;
use crate::prelude::*;
use crate::protocol::object as protocol;
use compiler::symbols::{BlockKind, Reach, Symbols, def};
use syntax::Mode;

const SCOPE_OFFSET: u32 = 12;

/// A block of a program and its names.
#[pytype("symtable entry", doc = "", flags(HAVE_GC))]
pub struct Entry {
    pub head: Head,
    name: Object,
    symbols: Object,
    varnames: Object,
    children: Object,
    nested: bool,
    kind: i32,
    lineno: i32,
}

fn kind_number(kind: BlockKind) -> i32 {
    match kind {
        BlockKind::Function => 0,
        BlockKind::Class => 1,
        BlockKind::Module => 2,
        BlockKind::Annotation => 3,
        BlockKind::TypeAlias => 4,
        BlockKind::TypeParameters => 5,
        BlockKind::TypeVariable => 6,
    }
}

fn reach_number(reach: Reach) -> u32 {
    match reach {
        Reach::Unknown => 0,
        Reach::Local => 1,
        Reach::GlobalExplicit => 2,
        Reach::GlobalImplicit => 3,
        Reach::Free => 4,
        Reach::Cell => 5,
    }
}

/// Children of a scope as CPython lists them: an inlined comprehension's own stand in its place.
fn children(symbols: &Symbols, id: usize, out: &mut Vec<usize>) {
    for &child in &symbols.scopes[id].children {
        if symbols.scopes[child].inlined { children(symbols, child, out) } else { out.push(child) }
    }
}

fn entry(vm: &Vm, symbols: &Symbols, id: usize) -> Result<Object> {
    vm.check_stack(" in symtable")?;
    let scope = &symbols.scopes[id];
    let names = Dict::empty();
    for (name, symbol) in scope.symbols.iter() {
        let flags = symbol.flags | reach_number(symbol.reach) << SCOPE_OFFSET;
        names.set_str(vm, name, Int::from_i64(i64::from(flags)))?;
    }
    let varnames = scope.params.iter().map(|n| vm.intern(n).into_object()).collect();
    let mut inner = Vec::new();
    children(symbols, id, &mut inner);
    let inner = inner.into_iter().map(|child| entry(vm, symbols, child)).collect::<Result<Vec<_>>>()?;
    let body = Entry {
        head: Head::new(),
        name: vm.intern(&scope.name).into_object(),
        symbols: names.into_object(),
        varnames: List::from_vec(varnames).into_object(),
        children: List::from_vec(inner).into_object(),
        nested: scope.nested,
        kind: kind_number(scope.kind),
        lineno: scope.pos.lineno,
    };
    Ok(instance::alloc_static(body).into_object())
}

#[pymethods]
impl Entry {
    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let name = protocol::str(vm, &this.name)?;
        Ok(format!("<symtable entry {name}({}), line {}>", protocol::address(this.as_object()), this.lineno))
    }

    #[getter("id")]
    fn id(this: &Ref<Self>) -> u64 {
        protocol::address(this.as_object())
    }

    #[getter("name")]
    fn name(&self) -> Object {
        self.name.clone()
    }

    #[getter("symbols")]
    fn symbols(&self) -> Object {
        self.symbols.clone()
    }

    #[getter("varnames")]
    fn varnames(&self) -> Object {
        self.varnames.clone()
    }

    #[getter("children")]
    fn children(&self) -> Object {
        self.children.clone()
    }

    #[getter("nested")]
    fn nested(&self) -> i32 {
        i32::from(self.nested)
    }

    #[getter("type")]
    fn kind(&self) -> i32 {
        self.kind
    }

    #[getter("lineno")]
    fn lineno(&self) -> i32 {
        self.lineno
    }
}

/// The compiler's scopes.
#[pymodule("_symtable")]
pub mod module {
    use super::*;
    use crate::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        Entry::init_type(vm)?;
        let dict = module.dict();
        for (name, value) in [
            ("USE", def::USE),
            ("DEF_GLOBAL", def::GLOBAL),
            ("DEF_NONLOCAL", def::NONLOCAL),
            ("DEF_LOCAL", def::LOCAL),
            ("DEF_PARAM", def::PARAM),
            ("DEF_TYPE_PARAM", def::TYPE_PARAM),
            ("DEF_IMPORT", def::IMPORT),
            // CPython leaves type parameters out here.
            ("DEF_BOUND", def::LOCAL | def::PARAM | def::IMPORT),
            ("DEF_ANNOT", def::ANNOT),
            ("DEF_COMP_ITER", def::COMP_ITER),
            ("DEF_COMP_CELL", def::COMP_CELL),
            ("DEF_FREE_CLASS", def::FREE_CLASS),
            ("TYPE_FUNCTION", 0),
            ("TYPE_CLASS", 1),
            ("TYPE_MODULE", 2),
            ("TYPE_ANNOTATION", 3),
            ("TYPE_TYPE_ALIAS", 4),
            ("TYPE_TYPE_PARAMETERS", 5),
            ("TYPE_TYPE_VARIABLE", 6),
            ("LOCAL", reach_number(Reach::Local)),
            ("GLOBAL_EXPLICIT", reach_number(Reach::GlobalExplicit)),
            ("GLOBAL_IMPLICIT", reach_number(Reach::GlobalImplicit)),
            ("FREE", reach_number(Reach::Free)),
            ("CELL", reach_number(Reach::Cell)),
            ("SCOPE_OFF", SCOPE_OFFSET),
            ("SCOPE_MASK", 0xF),
        ] {
            dict.set_str(vm, name, Int::from_i64(i64::from(value)))?;
        }
        Ok(())
    }

    /// The scopes of a source, as nested entries.
    #[py("symtable(source, filename, startstr, /)")]
    fn symtable(vm: &Vm, source: &Object, filename: &Object, startstr: String) -> Result<Object> {
        let filename = crate::modules::sys::fs_text(vm, filename)?;
        let text = source_text(vm, source, "symtable", "string or bytes", &filename)?;
        let mode = match &startstr[..] {
            "exec" => Mode::Exec,
            "eval" => Mode::Eval,
            "single" => Mode::Single,
            _ => bail!(vm, ValueError, "symtable() arg 3 must be 'exec' or 'eval' or 'single'"),
        };
        let request = Request { filename: &filename, mode, flags: 0, optimize: 0 };
        let module = crate::modules::compile::parse(vm, &text, &request)?;
        let options = compiler::Options {
            filename: filename.to_wtf8(),
            optimize: 0,
            inherited: Default::default(),
            top_level_await: false,
            blocks: None,
        };
        let symbols =
            compiler::symtable(&module, &options).map_err(|error| raise_compile_error(vm, &error, &text, &request))?;
        entry(vm, &symbols, 0)
    }
}
