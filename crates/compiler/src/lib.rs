//! compiler
pub struct Options { pub filename: String }
impl Default for Options { fn default() -> Self { Options { filename: String::new() } } }
pub struct Compiled { pub code: bytecode::Code }
pub struct CompileError { pub message: String, pub pos: syntax::ast::Pos }
pub fn compile(_m: &syntax::ast::Mod, _o: &Options) -> Result<Compiled, CompileError> { Err(CompileError { message: "not yet".into(), pos: Default::default() }) }
