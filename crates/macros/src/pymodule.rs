//! `#[pymodule("name", types(…))]` on `mod name { … }`: the module's table.

use crate::callable::{self, Words};
use crate::function::{Function, Receiver, doc, take_attr};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, Item, ItemFn, ItemMod, LitStr, Result, Token, Type, parenthesized};

/// The arguments of `#[pymodule(…)]`.
struct Options {
    name: LitStr,
    types: Vec<Type>,
}

impl Parse for Options {
    fn parse(input: ParseStream) -> Result<Options> {
        let mut options = Options { name: input.parse()?, types: Vec::new() };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let word: Ident = input.parse()?;
            if word != "types" {
                return Err(Error::new(word.span(), "expected types(…)"));
            }
            let list;
            parenthesized!(list in input);
            options.types = list.parse_terminated(Type::parse, Token![,])?.into_iter().collect();
        }
        Ok(options)
    }
}

#[derive(Default)]
struct Parts {
    /// The module's name in errors; that of the built-in functions is not said.
    module: String,
    items: TokenStream,
    functions: Vec<TokenStream>,
    constants: Vec<TokenStream>,
    exec: Option<TokenStream>,
}

pub fn expand(attr: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let options: Options = syn::parse2(attr)?;
    let mut module: ItemMod = syn::parse2(item)?;
    let doc = doc(&module.attrs);
    let whole = module.ident.span();
    let Some((_, items)) = &mut module.content else {
        return Err(Error::new(whole, "#[pymodule] stands on a module with a body"));
    };
    let name = options.name.value();
    let mut parts = Parts { module: if name == "builtins" { String::new() } else { name }, ..Parts::default() };
    let mut errors: Option<Error> = None;
    for item in items.iter_mut() {
        if let Err(error) = parts.item(item) {
            match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            }
        }
    }
    if let Some(errors) = errors {
        return Err(errors);
    }
    let Parts { items: glue, functions, constants, exec, .. } = parts;
    let Options { name, types } = options;
    let exec = match exec {
        Some(exec) => quote!(::core::option::Option::Some(#exec)),
        None => quote!(::core::option::Option::None),
    };
    items.push(Item::Verbatim(quote! {
        /// The module as the import system finds it.
        pub static MODULE: ::vm::native::ModuleDef = {
            #glue
            ::vm::native::ModuleDef {
                name: #name,
                doc: #doc,
                functions: &[#(#functions),*],
                constants: &[#(#constants),*],
                types: &[#(<#types as ::vm::object::PyType>::init_type),*],
                exec: #exec,
            }
        };
    }));
    Ok(quote!(#module))
}

impl Parts {
    fn item(&mut self, item: &mut Item) -> Result<()> {
        match item {
            Item::Fn(function) => self.function(function),
            Item::Const(constant) => {
                if let Some(attr) = take_attr(&mut constant.attrs, "constant")? {
                    let ident = &constant.ident;
                    self.constant(&attr, ident, quote!(#ident))?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn function(&mut self, function: &mut ItemFn) -> Result<()> {
        if let Some(attr) = take_attr(&mut function.attrs, "py")? {
            let callable = callable::expand(&attr, &function.attrs, &function.sig, None, &self.module)?;
            self.items.extend(callable.items);
            self.functions.push(callable.def);
        }
        if let Some(attr) = take_attr(&mut function.attrs, "constant")? {
            let ident = &function.sig.ident;
            let read = Function::read(&function.sig)?;
            if !matches!(read.receiver, Receiver::None) || read.values().next().is_some() {
                return Err(Error::new(ident.span(), "a constant's function takes `vm` only"));
            }
            let call = read.call(&quote!(#ident), TokenStream::new(), &[]);
            self.constant(&attr, ident, call)?;
        }
        if let Some(attr) = take_attr(&mut function.attrs, "exec")? {
            if self.exec.is_some() {
                return Err(Error::new(attr.span(), "one #[exec] only"));
            }
            let ident = &function.sig.ident;
            self.exec = Some(quote!(#ident));
        }
        Ok(())
    }

    fn constant(&mut self, attr: &syn::Attribute, ident: &Ident, value: TokenStream) -> Result<()> {
        let name = match Words::read(attr)?.text {
            Some(text) => text.value(),
            None => ident.unraw().to_string(),
        };
        let glue = format_ident!("constant_{}", ident.unraw());
        self.items.extend(quote! {
            #[allow(non_snake_case)]
            fn #glue(vm: &::vm::native::Vm) -> ::vm::native::Result<::vm::native::Object> {
                ::vm::native::IntoResult::into_result(#value, vm)
            }
        });
        self.constants.push(quote!((#name, #glue)));
        Ok(())
    }
}
