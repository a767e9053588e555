//! What the macros read from a Rust function: its documentation, its receiver, its parameters, and from these the
//! glue that binds Python arguments to it.

use crate::signature::{Entry, Signature};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, ExprLit, FnArg, Lit, Meta, Pat, Result, Type};

/// The first parameter, where it stands for the object that the function is called on.
pub enum Receiver {
    None,
    /// `&self`
    SelfRef,
    /// `this: &Ref<…>`
    Ref,
    /// `this: &Object`
    Object,
    /// `cls: &Ref<Type>`
    Class,
}

/// One Rust parameter, in order.
pub enum Input<'a> {
    Receiver,
    Vm,
    Value { name: &'a Ident, ty: &'a Type },
}

/// A Rust function's parameters as the macros understand them.
pub struct Function<'a> {
    pub name: &'a Ident,
    pub receiver: Receiver,
    pub inputs: Vec<Input<'a>>,
}

impl<'a> Function<'a> {
    /// Reads a function's head. Generic, async and by-value-`self` functions cannot be called from Python.
    pub fn read(head: &'a syn::Signature) -> Result<Function<'a>> {
        if let Some(generic) = head.generics.type_params().next() {
            return Err(Error::new(generic.span(), "a function for Python has no type parameters"));
        }
        if let Some(token) = &head.asyncness {
            return Err(Error::new(token.span(), "a function for Python is not async"));
        }
        let mut function = Function { name: &head.ident, receiver: Receiver::None, inputs: Vec::new() };
        for input in &head.inputs {
            function.input(input)?;
        }
        Ok(function)
    }

    fn input(&mut self, input: &'a FnArg) -> Result<()> {
        let typed = match input {
            FnArg::Receiver(receiver) => {
                if receiver.reference.is_none() || receiver.mutability.is_some() {
                    return Err(Error::new(
                        receiver.span(),
                        "the receiver is `&self`, `this: &Ref<Self>` or `cls: &Ref<Type>`",
                    ));
                }
                self.receiver = Receiver::SelfRef;
                self.inputs.push(Input::Receiver);
                return Ok(());
            }
            FnArg::Typed(typed) => typed,
        };
        let name = match &*typed.pat {
            Pat::Ident(pat) => &pat.ident,
            other => return Err(Error::new(other.span(), "a parameter must be a plain name")),
        };
        if referent(&typed.ty).is_some_and(|ident| ident == "Vm") {
            if self.inputs.iter().any(|i| matches!(i, Input::Vm)) {
                return Err(Error::new(name.span(), "`&Vm` is passed once"));
            }
            self.inputs.push(Input::Vm);
            return Ok(());
        }
        let first = self.inputs.iter().all(|i| matches!(i, Input::Vm));
        let target = referent(&typed.ty);
        let receiver = match target {
            Some(ident) if first && name == "this" && ident == "Ref" => Receiver::Ref,
            Some(ident) if first && name == "this" && ident == "Object" => Receiver::Object,
            Some(ident) if first && name == "cls" && ident == "Ref" => Receiver::Class,
            _ => Receiver::None,
        };
        if matches!(receiver, Receiver::None) {
            self.inputs.push(Input::Value { name, ty: &typed.ty });
        } else {
            self.receiver = receiver;
            self.inputs.push(Input::Receiver);
        }
        Ok(())
    }

    /// The parameters that Python sees.
    pub fn values(&self) -> impl Iterator<Item = (&'a Ident, &'a Type)> + '_ {
        self.inputs.iter().filter_map(|input| match input {
            Input::Value { name, ty } => Some((*name, *ty)),
            Input::Receiver | Input::Vm => None,
        })
    }

    /// The call `function(…)` with `receiver` and `values` in the places that the Rust function gives them.
    pub fn call(&self, function: &TokenStream, receiver: TokenStream, values: &[TokenStream]) -> TokenStream {
        let mut values = values.iter();
        let args = self.inputs.iter().map(|input| match input {
            Input::Receiver => receiver.clone(),
            Input::Vm => quote!(vm),
            Input::Value { .. } => values.next().cloned().unwrap_or_default(),
        });
        quote!(#function(#(#args),*))
    }

    /// Checks the Python parameters' names against the Rust ones.
    pub fn check(&self, signature: &Signature) -> Result<()> {
        let mut values = self.values();
        for entry in &signature.order {
            let expected = signature.entry_name(entry);
            let Some((name, _)) = values.next() else {
                let message = format!("the signature's `{expected}` has no Rust parameter");
                return Err(Error::new(self.name.span(), message));
            };
            let written = name.unraw().to_string();
            let same = written == expected
                || written.strip_suffix('_') == Some(expected)
                || written.strip_prefix('_') == Some(expected);
            if !same {
                let message = format!("the signature has `{expected}` here, not `{written}`");
                return Err(Error::new(name.span(), message));
            }
        }
        match values.next() {
            Some((name, _)) => Err(Error::new(name.span(), format!("`{name}` is not in the signature"))),
            None => Ok(()),
        }
    }

    /// Statements that turn `bound` into one local per Python parameter, left to right, and those locals.
    /// `first` is the place in `bound.fixed` of the first parameter; `table` names the `static` signature.
    pub fn convert(&self, signature: &Signature, table: &Ident, first: usize) -> (TokenStream, Vec<TokenStream>) {
        let mut statements = TokenStream::new();
        let mut locals = Vec::new();
        for (entry, (name, ty)) in signature.order.iter().zip(self.values()) {
            let local = format_ident!("value_{}", name.unraw());
            let span = ty.span();
            statements.extend(match entry {
                Entry::Rest(_) => quote!(let #local = bound.rest;),
                Entry::Kwargs(_) => quote!(let #local = bound.kwargs;),
                Entry::Param(index) => {
                    let (place, index) = (first + index, *index as u8);
                    quote_spanned! {span.resolved_at(proc_macro2::Span::call_site())=>
                        let #local = {
                            let site = ::vm::native::ArgSite { signature: &#table, index: #index };
                            match bound.fixed[#place] {
                                ::core::option::Option::Some(value) => ::vm::native::FromArg::from_arg(vm, value, site)?,
                                ::core::option::Option::None => ::vm::native::FromArg::absent(vm, site)?,
                            }
                        };
                    }
                }
            });
            locals.push(quote!(#local));
        }
        (statements, locals)
    }
}

/// The last name of the type behind a reference: `Object` for `&Object`, `Ref` for `&Ref<List>`.
fn referent(ty: &Type) -> Option<&Ident> {
    let Type::Reference(reference) = ty else { return None };
    let Type::Path(path) = &*reference.elem else { return None };
    path.path.segments.last().map(|segment| &segment.ident)
}

/// The text of the `///` lines: one leading space dropped from each, empty lines at the end dropped.
pub fn doc(attrs: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attr in attrs.iter().filter(|a| a.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attr.meta
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value
        {
            lines.extend(text.value().split('\n').map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned()));
        }
    }
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    lines.join("\n")
}

/// Takes the attribute `name` out of `attrs`. Standing twice is an error.
pub fn take_attr(attrs: &mut Vec<Attribute>, name: &str) -> Result<Option<Attribute>> {
    let Some(at) = attrs.iter().position(|a| a.path().is_ident(name)) else { return Ok(None) };
    let attr = attrs.remove(at);
    match attrs.iter().find(|a| a.path().is_ident(name)) {
        Some(second) => Err(Error::new(second.span(), format!("#[{name}] stands twice"))),
        None => Ok(Some(attr)),
    }
}
