//! `#[pymethods]` on `impl T { … }`: the tables of methods and attributes, and the slots.

use crate::callable::{self, Words};
use crate::function::{Function, Receiver, doc, take_attr};
use crate::slots;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::BTreeMap;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, ImplItem, ImplItemFn, ItemImpl, Result, Type};

/// What the functions of one `impl` amount to.
#[derive(Default)]
struct Parts {
    items: TokenStream,
    methods: Vec<TokenStream>,
    getsets: BTreeMap<String, GetSet>,
    fills: Vec<TokenStream>,
    slots: Vec<String>,
    text: Option<String>,
}

#[derive(Default)]
struct GetSet {
    doc: String,
    get: Option<TokenStream>,
    set: Option<TokenStream>,
}

pub fn expand(attr: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !attr.is_empty() {
        return Err(Error::new(attr.span(), "#[pymethods] takes no arguments"));
    }
    let mut block: ItemImpl = syn::parse2(item)?;
    if let Some((_, path, _)) = &block.trait_ {
        return Err(Error::new(path.span(), "#[pymethods] stands on a plain impl"));
    }
    if !block.generics.params.is_empty() {
        return Err(Error::new(block.generics.span(), "#[pymethods] stands on an impl without parameters"));
    }
    let owner = (*block.self_ty).clone();
    let mut parts = Parts::default();
    let mut errors: Option<Error> = None;
    for item in &mut block.items {
        if let ImplItem::Fn(function) = item
            && let Err(error) = parts.function(function, &owner)
        {
            match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            }
        }
    }
    if let Some(errors) = errors {
        return Err(errors);
    }
    let Parts { items, methods, getsets, fills, text, .. } = parts;
    let option = |part: Option<TokenStream>| match part {
        Some(part) => quote!(::core::option::Option::Some(#part)),
        None => quote!(::core::option::Option::None),
    };
    let getsets = getsets.into_iter().map(|(name, getset)| {
        let (doc, get, set) = (getset.doc, option(getset.get), option(getset.set));
        quote!(::vm::native::GetSetDef { name: #name, doc: #doc, get: #get, set: #set })
    });
    let text = text.map(|text| quote!(const SIGNATURE: &'static str = #text;));
    // The names are Python's, whatever Rust would expect behind them.
    Ok(quote! {
        #[allow(
            clippy::inherent_to_string,
            clippy::len_without_is_empty,
            clippy::new_ret_no_self,
            clippy::should_implement_trait,
            clippy::too_many_arguments,
            clippy::wrong_self_convention
        )]
        #block
        const _: () = {
            #items
            impl ::vm::native::TypeMethods for #owner {
                const METHODS: &'static [::vm::native::MethodDef] = &[#(#methods),*];
                const GETSETS: &'static [::vm::native::GetSetDef] = &[#(#getsets),*];
                #text
                #[allow(unused_variables)]
                fn fill_slots(slots: &::vm::object::Slots) {
                    #(#fills)*
                }
            }
        };
    })
}

impl Parts {
    fn function(&mut self, function: &mut ImplItemFn, owner: &Type) -> Result<()> {
        let attrs = &mut function.attrs;
        let py = take_attr(attrs, "py")?;
        let slot = take_attr(attrs, "slot")?;
        let getter = take_attr(attrs, "getter")?;
        let setter = take_attr(attrs, "setter")?;
        let marks: Vec<&Attribute> = [&py, &slot, &getter, &setter].into_iter().flatten().collect();
        if let [_, second, ..] = marks[..] {
            return Err(Error::new(second.span(), "one of #[py], #[slot], #[getter], #[setter]"));
        }
        if let Some(attr) = &py {
            let callable = callable::expand(attr, &function.attrs, &function.sig, Some(owner), "")?;
            self.items.extend(callable.items);
            self.methods.push(callable.def);
        }
        if let Some(attr) = &slot {
            let filled = slots::expand(attr, &function.sig, owner)?;
            self.items.extend(filled.items);
            self.fills.push(filled.fill);
            let name = function.sig.ident.unraw().to_string();
            // Where both have a signature, `init` is what documents the type.
            if filled.type_text.is_some() && (self.text.is_none() || name == "init") {
                self.text = filled.type_text;
            }
            self.slots.push(name);
        }
        if let Some(attr) = &getter {
            self.getter(attr, function, owner)?;
        }
        if let Some(attr) = &setter {
            self.setter(attr, function, owner)?;
        }
        Ok(())
    }

    fn getter(&mut self, attr: &Attribute, function: &ImplItemFn, owner: &Type) -> Result<()> {
        let name = match Words::read(attr)?.text {
            Some(text) => text.value(),
            None => function.sig.ident.unraw().to_string(),
        };
        let (prologue, receiver, read) = accessor(function, owner, &name)?;
        if read.values().next().is_some() {
            return Err(Error::new(function.sig.ident.span(), "a getter takes the receiver and `vm` only"));
        }
        let call = read.call(&callable::called(&function.sig, Some(owner)), receiver, &[]);
        let glue = format_ident!("get_{}", function.sig.ident.unraw());
        self.items.extend(quote! {
            fn #glue(vm: &::vm::native::Vm, object: &::vm::native::Object) -> ::vm::native::Result<::vm::native::Object> {
                #prologue
                ::vm::native::IntoResult::into_result(#call, vm)
            }
        });
        let getset = self.getsets.entry(name).or_default();
        if getset.get.is_some() {
            return Err(Error::new(attr.span(), "a second getter of this name"));
        }
        getset.doc = doc(&function.attrs);
        getset.get = Some(quote!(#glue));
        Ok(())
    }

    fn setter(&mut self, attr: &Attribute, function: &ImplItemFn, owner: &Type) -> Result<()> {
        let name = match Words::read(attr)?.text {
            Some(text) => text.value(),
            None => return Err(Error::new(attr.span(), "a setter needs its attribute's name: #[setter(\"name\")]")),
        };
        let (prologue, receiver, read) = accessor(function, owner, &name)?;
        if read.values().count() != 1 {
            return Err(Error::new(function.sig.ident.span(), "a setter takes `value: Option<&Object>`"));
        }
        let call = read.call(&callable::called(&function.sig, Some(owner)), receiver, &[quote!(value)]);
        let glue = format_ident!("set_{}", function.sig.ident.unraw());
        self.items.extend(quote! {
            fn #glue(
                vm: &::vm::native::Vm,
                object: &::vm::native::Object,
                value: ::core::option::Option<&::vm::native::Object>,
            ) -> ::vm::native::Result<()> {
                #prologue
                #call
            }
        });
        let getset = self.getsets.entry(name).or_default();
        if getset.set.is_some() {
            return Err(Error::new(attr.span(), "a second setter of this name"));
        }
        getset.set = Some(quote!(#glue));
        Ok(())
    }
}

/// The cast of `object` that an accessor's receiver asks for.
fn accessor<'a>(
    function: &'a ImplItemFn,
    owner: &Type,
    name: &str,
) -> Result<(TokenStream, TokenStream, Function<'a>)> {
    let read = Function::read(&function.sig)?;
    let none = crate::signature::Signature {
        name: String::new(),
        written: String::new(),
        params: Vec::new(),
        order: Vec::new(),
    };
    let table = format_ident!("ACCESSED");
    let owner_name = quote!(<#owner as ::vm::object::PyType>::NAME);
    let item = callable::signature_item(&table, quote!(#name), [quote!(""), owner_name], "", true, &none, None);
    let cast = quote! {
        #item
        let this = ::vm::native::receiver::<#owner>(vm, &#table, ::core::option::Option::Some(object))?;
    };
    let check = quote! {
        #item
        ::vm::native::check_receiver::<#owner>(vm, &#table, ::core::option::Option::Some(object))?;
    };
    Ok(match read.receiver {
        Receiver::SelfRef => (cast, quote!(&**this), read),
        Receiver::Ref => (cast, quote!(this), read),
        Receiver::Object => (check, quote!(object), read),
        Receiver::None | Receiver::Class => {
            let message = "an accessor takes `&self`, `this: &Ref<Self>` or `this: &Object` first";
            return Err(Error::new(function.sig.ident.span(), message));
        }
    })
}
