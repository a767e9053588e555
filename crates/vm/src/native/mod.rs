//! How Rust functions are called from Python: one signature table per function decides binding, errors and what
//! `inspect.signature` sees. The macros in the `macros` crate make the tables and the glue; this is what they call.

mod args;
mod bind;
mod convert;
mod function;
pub mod members;

pub use args::{Args, Kwargs};
pub use bind::{Bound, bind, cast, check_receiver, not_implemented, own_keywords_init, own_keywords_new, receiver};
pub use convert::{ArgSite, FromArg, Index, IntoExact, IntoResult, SliceIndex};
pub use function::{BuiltinFunction, ClassMethodDescr, GetSetDescr, MethodDescr, MethodWrapper, WrapperDescr};
pub use members::MemberDescr;

pub use crate::builtins::{module::Module, str::Str};
pub use crate::context::Vm;
pub use crate::error::{Raised, Result};
pub use crate::object::Type;
pub use crate::object::buffer::Buffer;
pub use bytecode::op::CompareOp;
pub use heap::{Object, Ref};

use crate::object::StaticType;

/// The Rust side of every callable native.
pub type NativeFn = fn(&Vm, Args<'_>) -> Result<Object>;

/// What the Python text of a signature says. `posonly` counts positional-only parameters, `positional` those and the
/// positional-or-keyword ones, `required` the leading positional ones without default; none of them counts `self`.
pub struct Signature {
    pub name: &'static str,
    /// The module's name, or "" for a method.
    pub module: &'static str,
    /// The type's name, or "" for a function.
    pub owner: &'static str,
    /// `__text_signature__`, or "" for none.
    pub text: &'static str,
    pub params: &'static [Param],
    pub self_arg: bool,
    pub posonly: u8,
    pub positional: u8,
    pub required: u8,
    pub varargs: bool,
    pub varkw: bool,
    pub style: Style,
}

/// Which of CPython's ways of taking arguments apart a function goes by, where its signature does not tell. It decides the
/// words of errors alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    Plain,
    /// As a function with keywords, though no parameter has a name.
    Keywords,
    /// As a function without keywords while none is given.
    Positional,
    /// A format string that names the function.
    Tuple,
    /// A format string, or keywords, without the function's name.
    Nameless,
}

/// One parameter.
pub struct Param {
    pub name: &'static str,
    pub kind: ParamKind,
    pub default: Default,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamKind {
    PositionalOnly,
    PositionalOrKeyword,
    KeywordOnly,
}

/// A default, as the Python text has it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Default {
    /// There is none: the argument must be given.
    Required,
    /// Rust sees that nothing was given.
    Absent,
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'static str),
    /// An expression such as `sys.maxsize`.
    Expr(&'static str),
}

/// One function or method.
pub struct MethodDef {
    pub name: &'static str,
    pub doc: &'static str,
    pub kind: MethodKind,
    pub signature: &'static Signature,
    pub call: NativeFn,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MethodKind {
    Function,
    Method,
    ClassMethod,
    StaticMethod,
}

/// What computes an attribute of a native type.
pub type NativeGetter = fn(&Vm, &Object) -> Result<Object>;

/// One computed attribute.
pub struct GetSetDef {
    pub name: &'static str,
    pub doc: &'static str,
    pub get: Option<NativeGetter>,
    /// A value of `None` deletes.
    pub set: Option<fn(&Vm, &Object, Option<&Object>) -> Result<()>>,
}

/// What `#[pymethods]` makes of an `impl` block.
pub trait TypeMethods {
    const METHODS: &'static [MethodDef] = &[];
    const GETSETS: &'static [GetSetDef] = &[];
    /// The type's `__text_signature__`, "" for none.
    const SIGNATURE: &'static str = "";
    fn fill_slots(_slots: &crate::object::Slots) {}
}

/// What `#[pymodule]` makes of a `mod`.
pub struct ModuleDef {
    pub name: &'static str,
    pub doc: &'static str,
    pub functions: &'static [MethodDef],
    pub constants: &'static [(&'static str, fn(&Vm) -> Result<Object>)],
    pub types: &'static [fn(&Vm) -> Result<Ref<Type>>],
    pub exec: Option<fn(&Vm, &Ref<Module>) -> Result<()>>,
}

/// What the `send` slot gives: PEP 342's `gen.send` without an exception for the end.
pub enum SendResult {
    /// The next yielded value.
    Yield(Object),
    /// The generator returned this.
    Return(Object),
}

/// A type made in Rust, for lists of types.
pub type TypeInit = fn(&Vm) -> Result<Ref<Type>>;

/// The static that a built-in type lives in.
pub type StaticTypeInit = StaticType;
