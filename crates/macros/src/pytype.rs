//! `#[pytype("name", …)]` on the struct that is a Python type's body.

use crate::function::{doc, take_attr};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, Expr, Field, Fields, ItemStruct, LitStr, Result, Token, Type, parenthesized};

/// The arguments of `#[pytype(…)]`.
struct Options {
    name: LitStr,
    base: Option<Type>,
    flags: Vec<Ident>,
    module: Option<LitStr>,
    doc: Option<Expr>,
}

impl Parse for Options {
    fn parse(input: ParseStream) -> Result<Options> {
        let mut options = Options { name: input.parse()?, base: None, flags: Vec::new(), module: None, doc: None };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let word: Ident = input.parse()?;
            if word == "flags" {
                let list;
                parenthesized!(list in input);
                options.flags = list.parse_terminated(Ident::parse, Token![,])?.into_iter().collect();
                continue;
            }
            input.parse::<Token![=]>()?;
            match word.to_string().as_str() {
                "base" => options.base = Some(input.parse()?),
                "module" => options.module = Some(input.parse()?),
                "doc" => options.doc = Some(input.parse()?),
                _ => return Err(Error::new(word.span(), "expected base, flags(…), module or doc")),
            }
        }
        Ok(options)
    }
}

pub fn expand(attr: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let options: Options = syn::parse2(attr)?;
    let mut body: ItemStruct = syn::parse2(item)?;
    if !body.generics.params.is_empty() {
        return Err(Error::new(body.generics.span(), "a Python type's body has no parameters"));
    }
    if let Some(repr) = body.attrs.iter().find(|a| a.path().is_ident("repr")) {
        return Err(Error::new(repr.span(), "#[pytype] chooses the representation"));
    }
    let doc = match &options.doc {
        Some(doc) => doc.to_token_stream(),
        None => doc(&body.attrs).to_token_stream(),
    };
    let whole = body.ident.span();
    let Fields::Named(fields) = &mut body.fields else {
        return Err(Error::new(whole, "a Python type's body has named fields"));
    };
    match fields.named.first() {
        Some(first) => check_head(first, options.base.as_ref())?,
        None => return Err(Error::new(whole, "the first field must be `head: Head`")),
    }
    let (mut traced, mut cleared) = (Vec::new(), Vec::new());
    for field in &mut fields.named {
        let is_kept = take_attr(&mut field.attrs, "kept")?.is_some();
        if take_attr(&mut field.attrs, "untraced")?.is_none() {
            traced.extend(field.ident.clone());
            cleared.extend(field.ident.clone().filter(|_| !is_kept));
        }
    }
    let Options { name, base, flags, module, .. } = &options;
    let module = module.as_ref().map_or("builtins".to_owned(), LitStr::value);
    let base = match base {
        Some(base) => base.to_token_stream(),
        None => quote!(::vm::builtins::object::BaseObject),
    };
    let ident = &body.ident;
    Ok(quote! {
        #[repr(C)]
        #body
        impl ::vm::object::PyType for #ident {
            const NAME: &'static str = #name;
            const MODULE: &'static str = #module;
            const DOC: &'static str = #doc;
            const FLAGS: u32 = 0 #(| ::vm::object::flags::#flags)*;
            type Base = #base;
            #[inline]
            fn static_type() -> &'static ::vm::object::StaticType {
                static TYPE: ::vm::object::StaticType = ::vm::object::StaticType::new();
                &TYPE
            }
        }
        impl ::vm::heap::Trace for #ident {
            fn trace(&self, visit: &mut ::vm::heap::Visitor) {
                #(::vm::heap::Trace::trace(&self.#traced, visit);)*
            }
            fn clear_refs(&self) {
                #(::vm::heap::Trace::clear_refs(&self.#cleared);)*
            }
        }
    })
}

/// The body starts with the object's head, or with the base's body, which starts with it.
fn check_head(first: &Field, base: Option<&Type>) -> Result<()> {
    let name = first.ident.as_ref().map(Ident::to_string).unwrap_or_default();
    match (name.as_str(), base) {
        ("head", _) => match &first.ty {
            Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "Head") => Ok(()),
            other => Err(Error::new(other.span(), "the field `head` is a `Head`")),
        },
        ("base", None) => Err(Error::new(first.span(), "a field `base` needs `base = …` in #[pytype]")),
        ("base", Some(base)) if *base != first.ty => {
            let message = format!("the field `base` is a `{}`", base.to_token_stream());
            Err(Error::new(first.ty.span(), message))
        }
        ("base", Some(_)) => Ok(()),
        _ => Err(Error::new(first.span(), "the first field must be `head: Head` or the base's body, `base`")),
    }
}
