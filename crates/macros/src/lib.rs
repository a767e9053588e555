//! How Python's builtins are declared in Rust.
//!
//! ```ignore
//! #[pytype("list", flags(BASETYPE, SEQUENCE))]
//! pub struct List { head: Head, items: Items }
//!
//! #[pymethods]
//! impl List {
//!     /// Return first index of value.
//!     #[py("index(value, start=0, stop=sys.maxsize, /)")]
//!     pub fn index(&self, vm: &Vm, value: &Object, start: SliceIndex, stop: SliceIndex) -> Result<usize> { … }
//!
//!     #[slot] fn len(&self) -> usize { self.items.len() }
//! }
//!
//! #[pymodule("math", types(Context))]
//! pub mod math {
//!     #[constant] const pi: f64 = std::f64::consts::PI;
//!     /// Convert angle x from radians to degrees.
//!     #[py("degrees(x, /)")]
//!     fn degrees(x: f64) -> f64 { x.to_degrees() }
//! }
//! ```
//!
//! The Python text is the truth: names, kinds, defaults and `__text_signature__` come from it, and Rust parameters that
//! do not follow it are a compile error. A Rust parameter's type chooses its conversion (`FromArg`), the return type
//! its own (`IntoResult`); the macros know no types. `///` is exactly `__doc__`.
//!
//! Generated code has no `unsafe` and names only: `::vm::native::{Vm, Object, Ref, Type, Str, Result, Args, Signature,
//! Param, ParamKind, Default, MethodDef, MethodKind, GetSetDef, ModuleDef, TypeMethods, ArgSite, FromArg, IntoResult,
//! IntoExact, CompareOp, SendResult, Buffer, bind, receiver, cast, not_implemented}`,
//! `::vm::object::{PyType, Slots, StaticType, flags}`, `::vm::builtins::object::BaseObject` and
//! `::vm::heap::{Trace, Object}`. `cast::<T>(&Object) -> Option<&Ref<T>>` is the type check that does not raise, and
//! `not_implemented(&Vm) -> Result<Object>` what a number operation answers when its left operand is another type's.
//! `TypeMethods::SIGNATURE` (default `""`) is set where `new` or `init` has a text: the type's `__text_signature__`.
#![forbid(unsafe_code)]

mod callable;
mod function;
mod pymethods;
mod pymodule;
mod pytype;
mod signature;
mod slots;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

type Expand = fn(proc_macro2::TokenStream, proc_macro2::TokenStream) -> syn::Result<proc_macro2::TokenStream>;

fn run(expand: Expand, attr: TokenStream, item: TokenStream) -> TokenStream {
    match expand(attr.into(), item.into()) {
        Ok(tokens) => tokens.into(),
        Err(error) => error.to_compile_error().into(),
    }
}

/// On `impl T { … }`: `#[py("name(parameters)", classmethod | staticmethod)]`, `#[py(raw, "…", notext)]`,
/// `#[slot]`, `#[slot("(parameters)")]`, `#[getter]`, `#[getter("name")]`, `#[setter("name")]`.
#[proc_macro_attribute]
pub fn pymethods(attr: TokenStream, item: TokenStream) -> TokenStream {
    run(pymethods::expand, attr, item)
}

/// On the struct of a Python type's body: `#[pytype("name", base = Base, flags(A, B), module = "m", doc = …)]`.
/// The first field is `head: Head`, or `base: Base`. A field marked `#[untraced]` holds no Python object; one
/// marked `#[kept]` is seen by the collector, and garbage keeps it to its end.
#[proc_macro_attribute]
pub fn pytype(attr: TokenStream, item: TokenStream) -> TokenStream {
    run(pytype::expand, attr, item)
}

/// On `mod name { … }`: `#[pymodule("name", types(A, B))]`; within, `#[py("f(x, /)")] fn`, `#[constant] const`,
/// `#[constant("name")] fn`, `#[exec] fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()>`.
#[proc_macro_attribute]
pub fn pymodule(attr: TokenStream, item: TokenStream) -> TokenStream {
    run(pymodule::expand, attr, item)
}
