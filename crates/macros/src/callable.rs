//! `#[py("name(parameters)", …)]`: one Rust function as a `MethodDef`, in a type or in a module.

use crate::function::{Function, Receiver, doc};
use crate::signature::Signature;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, LitStr, Result, Token};

/// The arguments of `#[py(…)]` and of `#[slot(…)]`: one text and some words.
pub struct Words {
    pub text: Option<LitStr>,
    pub raw: bool,
    pub notext: bool,
    pub style: Option<Ident>,
    pub kind: Option<(Ident, Kind)>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Function,
    Method,
    ClassMethod,
    StaticMethod,
}

impl Parse for Words {
    fn parse(input: ParseStream) -> Result<Words> {
        let mut words = Words { text: None, raw: false, notext: false, style: None, kind: None };
        while !input.is_empty() {
            if input.peek(LitStr) {
                let text: LitStr = input.parse()?;
                if words.text.is_some() {
                    return Err(Error::new(text.span(), "one text only"));
                }
                words.text = Some(text);
            } else {
                let word: Ident = input.parse()?;
                match word.to_string().as_str() {
                    "raw" => words.raw = true,
                    "notext" => words.notext = true,
                    "keywords" => words.style = Some(Ident::new("Keywords", word.span())),
                    "positional" => words.style = Some(Ident::new("Positional", word.span())),
                    "tuple" => words.style = Some(Ident::new("Tuple", word.span())),
                    "nameless" => words.style = Some(Ident::new("Nameless", word.span())),
                    "classmethod" => words.kind = Some((word, Kind::ClassMethod)),
                    "staticmethod" => words.kind = Some((word, Kind::StaticMethod)),
                    _ => {
                        let known =
                            "expected raw, notext, keywords, positional, tuple, nameless, classmethod or staticmethod";
                        return Err(Error::new(word.span(), known));
                    }
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(words)
    }
}

impl Words {
    /// Reads an attribute that may stand without parentheses.
    pub fn read(attr: &Attribute) -> Result<Words> {
        match &attr.meta {
            syn::Meta::Path(_) => Ok(Words { text: None, raw: false, notext: false, style: None, kind: None }),
            _ => attr.parse_args(),
        }
    }
}

/// Parses the Python text, with errors at its literal.
pub fn parse_text(text: &LitStr, bare_name_allowed: bool) -> Result<Signature> {
    let value = text.value();
    let parsed = if bare_name_allowed && !value.contains('(') {
        Signature::parse(&format!("{value}()"))
    } else {
        Signature::parse(&value)
    };
    parsed.map_err(|message| Error::new(text.span(), message))
}

/// The item `static TABLE: Signature = …;`.
pub fn signature_item(
    table: &Ident,
    name: TokenStream,
    [module, owner]: [TokenStream; 2],
    text: &str,
    self_arg: bool,
    signature: &Signature,
    style: Option<&Ident>,
) -> TokenStream {
    let plain = Ident::new("Plain", table.span());
    let style = style.unwrap_or(&plain);
    let params = signature.params_tokens();
    let [posonly, positional, required] =
        [signature.posonly(), signature.positional(), signature.required()].map(|n| n as u8);
    let (varargs, varkw) = (signature.varargs(), signature.varkw());
    quote! {
        static #table: ::vm::native::Signature = ::vm::native::Signature {
            name: #name,
            module: #module,
            owner: #owner,
            text: #text,
            params: #params,
            self_arg: #self_arg,
            posonly: #posonly,
            positional: #positional,
            required: #required,
            varargs: #varargs,
            varkw: #varkw,
            style: ::vm::native::Style::#style,
        };
    }
}

/// One function ready for Python.
pub struct Callable {
    /// The signature's `static` and the glue function.
    pub items: TokenStream,
    /// The `MethodDef { … }` expression.
    pub def: TokenStream,
}

/// Makes a `MethodDef` for the function under `#[py(…)]`. `owner` is the implementing type, or `None` in a module, whose
/// name is `module` where errors say it.
pub fn expand(
    attr: &Attribute,
    attrs: &[Attribute],
    head: &syn::Signature,
    owner: Option<&syn::Type>,
    module: &str,
) -> Result<Callable> {
    let words = Words::read(attr)?;
    let Some(text) = &words.text else {
        return Err(Error::new_spanned(attr, "#[py(…)] needs the signature as text"));
    };
    let signature = parse_text(text, words.raw && words.notext)?;
    if signature.name.is_empty() {
        return Err(Error::new(text.span(), "the signature needs a name"));
    }
    if signature.params.len() > 250 {
        return Err(Error::new(text.span(), "too many parameters"));
    }
    let kind = match (owner, &words.kind) {
        (None, None) => Kind::Function,
        (None, Some((word, _))) => return Err(Error::new(word.span(), "a module's function is neither")),
        (Some(_), None) => Kind::Method,
        (Some(_), Some((_, kind))) => *kind,
    };
    let function = Function::read(head)?;
    let self_arg = matches!(kind, Kind::Method | Kind::ClassMethod);
    let (table, glue) = names(head);
    let owner_name = match owner {
        Some(ty) => quote!(<#ty as ::vm::object::PyType>::NAME),
        None => quote!(""),
    };
    let receiver_text = match kind {
        Kind::Function => Some("$module"),
        Kind::Method => Some("$self"),
        Kind::ClassMethod => Some("$type"),
        Kind::StaticMethod => None,
    };
    let shown = if words.notext { String::new() } else { signature.text_signature(receiver_text) };
    let name = signature.name.clone();
    let table_item = signature_item(
        &table,
        quote!(#name),
        [quote!(#module), owner_name],
        &shown,
        self_arg,
        &signature,
        words.style.as_ref(),
    );
    let called = called(head, owner);
    let body = if words.raw {
        raw_body(&function, &called)?
    } else {
        bound_body(&function, &called, &signature, &table, kind, owner)?
    };
    let items = quote! {
        #table_item
        fn #glue(vm: &::vm::native::Vm, args: ::vm::native::Args<'_>) -> ::vm::native::Result<::vm::native::Object> {
            #body
        }
    };
    let doc = doc(attrs);
    let kind = match kind {
        Kind::Function => quote!(Function),
        Kind::Method => quote!(Method),
        Kind::ClassMethod => quote!(ClassMethod),
        Kind::StaticMethod => quote!(StaticMethod),
    };
    let def = quote! {
        ::vm::native::MethodDef {
            name: #name,
            doc: #doc,
            kind: ::vm::native::MethodKind::#kind,
            signature: &#table,
            call: #glue,
        }
    };
    Ok(Callable { items, def })
}

/// Names of the signature's table and of the glue for a function.
pub fn names(head: &syn::Signature) -> (Ident, Ident) {
    let name = head.ident.unraw().to_string();
    let span = head.ident.span();
    (format_ident!("SIGNATURE_{}", name.to_uppercase(), span = span), format_ident!("python_{}", name, span = span))
}

/// The path of the Rust function.
pub fn called(head: &syn::Signature, owner: Option<&syn::Type>) -> TokenStream {
    let name = &head.ident;
    match owner {
        Some(ty) => quote!(<#ty>::#name),
        None => quote!(#name),
    }
}

fn raw_body(function: &Function<'_>, called: &TokenStream) -> Result<TokenStream> {
    if !matches!(function.receiver, Receiver::None) || function.values().count() != 1 {
        return Err(Error::new(function.name.span(), "a raw function takes `vm: &Vm, args: Args<'_>`"));
    }
    let call = function.call(called, TokenStream::new(), &[quote!(args)]);
    Ok(quote!(::vm::native::IntoResult::into_result(#call, vm)))
}

fn bound_body(
    function: &Function<'_>,
    called: &TokenStream,
    signature: &Signature,
    table: &Ident,
    kind: Kind,
    owner: Option<&syn::Type>,
) -> Result<TokenStream> {
    function.check(signature)?;
    let first = usize::from(matches!(kind, Kind::Method | Kind::ClassMethod));
    let fixed = first + signature.params.len();
    let (statements, locals) = function.convert(signature, table, first);
    let wrong = |message: &str| Err(Error::new(function.name.span(), message));
    let (prologue, receiver) = match (kind, &function.receiver) {
        (Kind::Method, Receiver::SelfRef) => (take_receiver(owner, table), quote!(&**this)),
        (Kind::Method, Receiver::Ref) => (take_receiver(owner, table), quote!(this)),
        (Kind::Method, Receiver::Object) => {
            // Immediates have no body, so the check is on the type alone.
            let check = quote!(::vm::native::check_receiver::<#owner>(vm, &#table, bound.fixed[0])?;);
            (quote!(#check let this = &args.items[0];), quote!(this))
        }
        (Kind::ClassMethod, Receiver::Class) => {
            (take_receiver(Some(&syn::parse_quote!(::vm::native::Type)), table), quote!(this))
        }
        (Kind::Function | Kind::StaticMethod, Receiver::None) => (TokenStream::new(), TokenStream::new()),
        (Kind::Method, _) => return wrong("a method takes `&self` or `this: &Ref<Self>` first"),
        (Kind::ClassMethod, _) => return wrong("a class method takes `cls: &Ref<Type>` first"),
        (Kind::StaticMethod, _) => return wrong("a static method has no receiver"),
        (Kind::Function, _) => return wrong("a module's function has no receiver"),
    };
    let call = function.call(called, receiver, &locals);
    let use_bound = if fixed == 0 && !signature.varargs() && !signature.varkw() {
        quote!(let _ = bound;)
    } else {
        TokenStream::new()
    };
    Ok(quote! {
        let bound = ::vm::native::bind::<#fixed>(vm, &#table, &args)?;
        #use_bound
        #prologue
        #statements
        ::vm::native::IntoResult::into_result(#call, vm)
    })
}

fn take_receiver(owner: Option<&syn::Type>, table: &Ident) -> TokenStream {
    quote!(let this = ::vm::native::receiver::<#owner>(vm, &#table, bound.fixed[0])?;)
}
