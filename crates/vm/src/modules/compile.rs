//! From source to code objects: what `compile`, `exec`, `eval` and the importer share.

use super::look;
use crate::frame::code::Code;
use crate::prelude::*;
use crate::protocol::call;
use std::rc::Rc;
pub use syntax::Mode;

/// How to compile; the flags of `compile()`.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub filename: &'a Ref<Str>,
    pub mode: Mode,
    /// `PyCF_*` and `CO_FUTURE_*` bits.
    pub flags: u32,
    /// -1 for the interpreter's own level.
    pub optimize: i32,
}

/// Code is to be compiled to an AST, with a `type_comment`, with `await` at the top.
pub const ONLY_AST: u32 = 0x400;
pub const TYPE_COMMENTS: u32 = 0x1000;
pub const OPTIMIZED_AST: u32 = 0x8000 | ONLY_AST;
pub const DONT_IMPLY_DEDENT: u32 = 0x200;
pub const ALLOW_TOP_LEVEL_AWAIT: u32 = 0x2000;
pub const ALLOW_INCOMPLETE_INPUT: u32 = 0x4000;
/// `PyCF_SOURCE_IS_UTF8`, `PyCF_IGNORE_COOKIE`: known and without effect here.
const OTHERS: u32 = 0x100 | 0x800;

/// Every flag that `compile()` takes.
pub const ALL_FLAGS: u32 = bytecode::CodeFlags::FUTURE_MASK.0
    | bytecode::CodeFlags::NESTED.0
    | OTHERS
    | OPTIMIZED_AST
    | TYPE_COMMENTS
    | DONT_IMPLY_DEDENT
    | ALLOW_TOP_LEVEL_AWAIT
    | ALLOW_INCOMPLETE_INPUT;

/// Compiles source text.
pub fn compile(vm: &Vm, source: &str, request: &Request<'_>) -> Result<Ref<Code>> {
    look::dump_source(vm, source, request);
    let module = parse(vm, source, request)?;
    compile_tree(vm, &module, source, request)
}

/// Parses source text; the parser's warnings are issued.
pub fn parse(vm: &Vm, source: &str, request: &Request<'_>) -> Result<syntax::ast::Mod> {
    let most_digits = vm.interp().int_max_str_digits.get().max(0) as usize;
    let options = syntax::Options { most_digits, type_comments: request.flags & TYPE_COMMENTS != 0 };
    let parsed = syntax::parse_with(source, request.mode, options)
        .map_err(|error| raise_syntax_error(vm, &error, request, Some(source)))?;
    if let Some(error) = syntax::unended(source, &parsed.module, request.flags & DONT_IMPLY_DEDENT == 0) {
        return Err(raise_syntax_error(vm, &error, request, Some(source)));
    }
    for warning in parsed.warnings {
        issue(vm, &compiler::Warning { message: warning.message, pos: warning.pos }, request, source)?;
    }
    Ok(parsed.module)
}

/// Compiles a tree; `source` is for errors, empty where there is none.
pub fn compile_tree(vm: &Vm, module: &syntax::ast::Mod, source: &str, request: &Request<'_>) -> Result<Ref<Code>> {
    let optimize = if request.optimize < 0 { vm.interp().config.borrow().optimize } else { request.optimize };
    let mut options = compiler::Options {
        filename: request.filename.to_wtf8(),
        optimize: optimize.clamp(0, 2) as u8,
        inherited: bytecode::CodeFlags(request.flags & bytecode::CodeFlags::FUTURE_MASK.0),
        top_level_await: request.flags & ALLOW_TOP_LEVEL_AWAIT != 0,
        blocks: None,
    };
    let dumps = !vm.interp().config.borrow().dump.is_empty();
    if dumps {
        options.blocks = look::dump_tree(vm, module, &options, request);
    }
    let compiled =
        compiler::compile(module, &options).map_err(|error| raise_compile_error(vm, &error, source, request))?;
    for warning in &compiled.warnings {
        issue(vm, warning, request, source)?;
    }
    if dumps {
        look::dump_code(vm, &compiled.code, options.blocks, request);
    }
    code_object(vm, Rc::new(compiled.code))
}

/// `compile()` of a node: to code, or back to itself where only a tree is asked for.
pub fn compile_object(vm: &Vm, node: &Object, request: &Request<'_>) -> Result<Object> {
    let expected = match request.mode {
        Mode::Exec => "Module",
        Mode::Eval => "Expression",
        Mode::Single => "Interactive",
        Mode::FuncType => "FunctionType",
    };
    if request.flags & OPTIMIZED_AST == ONLY_AST {
        super::ast::expect_class(vm, node, expected)?;
        return Ok(node.clone());
    }
    let module = super::ast::from_objects(vm, node, expected)?;
    super::ast::validate(vm, &module)?;
    if request.flags & ONLY_AST != 0 {
        return tree_objects(vm, &module, request);
    }
    Ok(compile_tree(vm, &module, "", request)?.into_object())
}

/// The node objects of a tree: as it is, or simplified.
pub fn tree_objects(vm: &Vm, module: &syntax::ast::Mod, request: &Request<'_>) -> Result<Object> {
    if request.flags & OPTIMIZED_AST != OPTIMIZED_AST {
        return super::ast::to_objects(vm, module);
    }
    let optimize = if request.optimize < 0 { vm.interp().config.borrow().optimize } else { request.optimize };
    super::ast::to_folded_objects(vm, module, optimize)
}

fn issue(vm: &Vm, warning: &compiler::Warning, request: &Request<'_>, source: &str) -> Result<()> {
    let category = crate::exception::types::SyntaxWarning.get().as_object();
    let text = Str::new(&warning.message).into_object();
    let line = warning.pos.lineno;
    let nothing = none();
    let file = request.filename.as_object();
    let at = super::warnings::Place { file, line, module: file, registry: &nothing, source_line: None, source: None };
    let result = super::warnings::explicit(vm, &text, category, at);
    if result.is_err() && vm.raised_is(&crate::exception::types::SyntaxWarning) {
        vm.clear_raised();
        let lines = syntax::lines::Lines::new(source);
        let message = warning.message.replace(" Such sequences will not work in the future.", "");
        let error = syntax::SyntaxError::new(message, warning.pos).finish(source, &lines);
        return Err(raise_syntax_error(vm, &error, request, None));
    }
    result
}

/// Bytes that the compiler's errors show of a line.
const LONGEST_LINE: usize = 999;

/// Raises the SyntaxError that the compiler found.
pub fn raise_compile_error(vm: &Vm, error: &compiler::CompileError, source: &str, request: &Request<'_>) -> Raised {
    let place = error.pos;
    let mut error =
        syntax::SyntaxError::new(error.message.clone(), error.pos).finish(source, &syntax::lines::Lines::new(source));
    // The compiler has the tree alone: its columns are in bytes, and it shows a line of the file, if there is one, as far
    // as it reads it.
    let is_file = std::path::Path::new(&request.filename.to_string_lossy()).is_file();
    error.text = error.text.filter(|_| is_file).map(|line| match line.as_bytes().get(..LONGEST_LINE) {
        Some(cut) => String::from_utf8_lossy(cut).into_owned(),
        None => line,
    });
    error.col = place.col_offset + 1;
    error.end_col = place.end_col_offset + 1;
    raise_syntax_error(vm, &error, request, None)
}

/// Raises the SyntaxError that the parser or compiler found. `refused` is the source that the parser could not read: the
/// library looks for a misspelt keyword in it.
pub fn raise_syntax_error(
    vm: &Vm,
    error: &syntax::SyntaxError,
    request: &Request<'_>,
    refused: Option<&str>,
) -> Raised {
    use crate::exception::types;
    use syntax::ErrorKind;
    let kind = match error.kind {
        _ if error.incomplete && request.flags & ALLOW_INCOMPLETE_INPUT != 0 => &types::_IncompleteInputError,
        ErrorKind::Indentation => &types::IndentationError,
        ErrorKind::Tab => &types::TabError,
        _ => &types::SyntaxError,
    };
    match error.kind {
        ErrorKind::Recursion => return raise!(vm, RecursionError, "{}", error.message),
        ErrorKind::Memory => return raise!(vm, MemoryError, "{}", error.message),
        ErrorKind::Value => return raise!(vm, ValueError, "{}", error.message),
        ErrorKind::Syntax | ErrorKind::Indentation | ErrorKind::Tab => {}
    }
    let message = Str::new(&error.message).into_object();
    let named = match error.shape {
        syntax::error::Shape::Full => request.filename.to_object(),
        syntax::error::Shape::Unnamed => none(),
        syntax::error::Shape::Bare => return vm.raise_args(kind, &[message]),
    };
    let line_text = error.text.as_ref().map_or_else(none, |t| Str::new(t).into_object());
    let details = Tuple::from_slice(&[
        named,
        Object::int32(error.line),
        Object::int32(error.col),
        line_text,
        Object::int32(error.end_line),
        Object::int32(error.end_col),
    ]);
    match call::call(vm, kind.get().as_object(), &[message, details.into_object()]) {
        Ok(exception) => {
            if let (Some(body), Some(source)) = (exception.cast::<crate::exception::SyntaxError>(), refused) {
                let end = if request.mode == Mode::Exec && !source.ends_with('\n') { "\n" } else { "" };
                let source = Str::new(&format!("{source}{end}")).into_object();
                let from = Object::int32(0);
                body.metadata.set(Some(Tuple::from_slice(&[from.clone(), from, source]).into_object()));
            }
            vm.raise(exception)
        }
        Err(raised) => raised,
    }
}

/// A code object of data that has not run yet: verified first, with all code objects among its constants.
pub fn code_object(vm: &Vm, data: Rc<bytecode::Code>) -> Result<Ref<Code>> {
    let mut open = vec![data.clone()];
    while let Some(code) = open.pop() {
        if let Err(reason) = bytecode::verify::verify(&*code) {
            bail!(vm, ValueError, "bad code object: {reason}");
        }
        open.extend(code.consts.iter().filter_map(|c| match c {
            bytecode::Const::Code(code) => Some(code.clone()),
            _ => None,
        }));
    }
    Code::from_data(vm, &data)
}
