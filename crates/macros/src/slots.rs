//! `#[slot]`: the table of slots, and the glue from each slot's type to a Rust function.

use crate::callable::{Words, called, parse_text, signature_item};
use crate::function::{Function, Receiver};
use crate::signature::Signature;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Error, Result, Type};

/// What a slot passes after `vm`, one word for each argument.
#[derive(Clone, Copy, PartialEq)]
enum Pass {
    /// The object itself: cast to the receiver, which must fit.
    This,
    /// The object itself, or the right operand of a number operation: one that does not fit gives NotImplemented.
    Left,
    Object,
    Option,
    Name,
    Op,
    Size,
    Flags,
    Class,
    Args,
}

/// What a slot returns.
enum Give {
    /// `Result<Object>` by way of `IntoResult`.
    Object,
    /// `Result<…>` of exactly this type, or the bare value, by way of `IntoExact`.
    Exact(&'static str),
    /// Nothing, and nothing can fail.
    Nothing,
}

struct Slot {
    name: &'static str,
    pass: &'static [Pass],
    give: Give,
}

const fn slot(name: &'static str, pass: &'static [Pass], give: Give) -> Slot {
    Slot { name, pass, give }
}

macro_rules! table {
    ($($name:literal $pass:expr => $give:expr;)*) => { &[$(slot($name, &$pass, $give)),*] };
}

/// Every slot but the number operations, which [`find`] knows by family.
#[rustfmt::skip]
static SLOTS: &[Slot] = {
    use Give::{Exact, Nothing, Object as Obj};
    use Pass::{Args, Class, Flags, Name, Object, Op, Option, Size, This};
    table! {
        "new"            [Class, Args]           => Obj;
        "init"           [This, Args]            => Exact("()");
        "call"           [This, Args]            => Obj;
        "finalize"       [This]                  => Nothing;
        "repr"           [This]                  => Obj;
        "str"            [This]                  => Obj;
        "hash"           [This]                  => Exact("i64");
        "bool"           [This]                  => Exact("bool");
        "getattr"        [This, Name]            => Obj;
        "setattr"        [This, Name, Option]    => Exact("()");
        "descr_get"      [This, Option, Option]  => Obj;
        "descr_set"      [This, Object, Option]  => Exact("()");
        "richcompare"    [This, Object, Op]      => Obj;
        "iter"           [This]                  => Obj;
        "next"           [This]                  => Exact("::core::option::Option<::vm::native::Object>");
        "send"           [This, Object]          => Exact("::vm::native::SendResult");
        "await_"         [This]                  => Obj;
        "aiter"          [This]                  => Obj;
        "anext"          [This]                  => Obj;
        "len"            [This]                  => Exact("usize");
        "contains"       [This, Object]          => Exact("bool");
        "concat"         [This, Object]          => Obj;
        "repeat"         [This, Size]            => Obj;
        "item"           [This, Size]            => Obj;
        "ass_item"       [This, Size, Option]    => Exact("()");
        "inplace_concat" [This, Object]          => Obj;
        "inplace_repeat" [This, Size]            => Obj;
        "subscript"      [This, Object]          => Obj;
        "ass_subscript"  [This, Object, Option]  => Exact("()");
        "neg"            [This]                  => Obj;
        "pos"            [This]                  => Obj;
        "abs"            [This]                  => Obj;
        "invert"         [This]                  => Obj;
        "int"            [This]                  => Obj;
        "float"          [This]                  => Obj;
        "index"          [This]                  => Obj;
        "buffer"         [This, Flags]           => Exact("::vm::native::Buffer");
        "release_buffer" [This, Object]          => Exact("()");
    }
};

static BINARY: Slot = slot("", &[Pass::Left, Pass::Object], Give::Object);
static TERNARY: Slot = slot("", &[Pass::Left, Pass::Object, Pass::Option], Give::Object);

/// Number operations with two operands; each has an `inplace_` twin, except `divmod`.
const OPERATIONS: &[&str] = &[
    "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod_", "divmod", "pow", "lshift", "rshift", "and", "or",
    "xor",
];

fn find(name: &str) -> Option<&'static Slot> {
    if let Some(found) = SLOTS.iter().find(|s| s.name == name) {
        return Some(found);
    }
    let operation = name.strip_prefix("inplace_").unwrap_or(name);
    if !OPERATIONS.contains(&operation) || name == "inplace_divmod" {
        return None;
    }
    Some(if operation == "pow" { &TERNARY } else { &BINARY })
}

/// The glue for one slot.
pub struct Filled {
    pub items: TokenStream,
    /// The statement `slots.NAME.set(Some(…));`
    pub fill: TokenStream,
    /// `__text_signature__` of the type, where `new` or `init` has one.
    pub type_text: Option<String>,
}

/// Makes the glue for the function under `#[slot]`.
pub fn expand(attr: &Attribute, head: &syn::Signature, owner: &Type) -> Result<Filled> {
    let words = Words::read(attr)?;
    if let Some((word, _)) = &words.kind {
        return Err(Error::new(word.span(), "a slot is neither"));
    }
    // `slot_new` fills the slot `new` where Rust needs the plain name for something else.
    let name = head.ident.unraw().to_string();
    let name = name.strip_prefix("slot_").map_or(name.clone(), str::to_owned);
    let Some(slot) = find(&name) else {
        return Err(Error::new(head.ident.span(), format!("there is no slot `{name}`")));
    };
    let is_maker = matches!(name.as_str(), "new" | "init");
    let by_signature = match &words.text {
        None => None,
        Some(text) if slot.pass.last() != Some(&Pass::Args) => {
            return Err(Error::new(text.span(), "only new, init and call take a signature"));
        }
        Some(text) => {
            let signature = parse_text(text, false)?;
            if !signature.name.is_empty() && !is_maker {
                return Err(Error::new(text.span(), "a slot's signature has no name: write `(…)`"));
            }
            Some(signature)
        }
    };
    let function = Function::read(head)?;
    let glue = format_ident!("slot_{}", name, span = head.ident.span());
    let table = format_ident!("SLOT_SIGNATURE_{}", name.to_uppercase(), span = head.ident.span());
    let shown = match &by_signature {
        Some(signature) if !words.notext => signature.text_signature(None),
        _ => String::new(),
    };
    let table_item = table_item(&table, &name, is_maker, &shown, owner, by_signature.as_ref(), words.style.as_ref());
    let type_text = (is_maker && !shown.is_empty()).then_some(shown);
    // `raw`: the text is shown, but the function binds the arguments itself.
    let by_signature = by_signature.filter(|_| !words.raw);

    let glue_item =
        glue_item(slot, &function, &called(head, Some(owner)), &glue, &table, owner, by_signature.as_ref())?;
    let field = format_ident!("{}", name);
    Ok(Filled {
        items: quote!(#table_item #glue_item),
        fill: quote!(slots.#field.set(::core::option::Option::Some(#glue));),
        type_text,
    })
}

/// The signature that errors name: for `new` and `init` the type's (or the name written before the parameters), the
/// special method's for the rest.
fn table_item(
    table: &Ident,
    slot: &str,
    is_maker: bool,
    text: &str,
    owner: &Type,
    given: Option<&Signature>,
    style: Option<&Ident>,
) -> TokenStream {
    let type_name = quote!(<#owner as ::vm::object::PyType>::NAME);
    let none = Signature { name: String::new(), written: String::new(), params: Vec::new(), order: Vec::new() };
    let signature = given.unwrap_or(&none);
    if is_maker && given.is_some() {
        let shown = &signature.name;
        let type_name = if shown.is_empty() { type_name } else { quote!(#shown) };
        signature_item(table, type_name, [quote!(""), quote!("")], text, false, signature, style)
    } else {
        let special = format!("__{}__", slot.trim_end_matches('_'));
        signature_item(table, quote!(#special), [quote!(""), type_name], text, false, signature, style)
    }
}

fn glue_item(
    slot: &Slot,
    function: &Function<'_>,
    called: &TokenStream,
    glue: &Ident,
    table: &Ident,
    owner: &Type,
    by_signature: Option<&Signature>,
) -> Result<TokenStream> {
    let passed: Vec<Ident> = (0..slot.pass.len()).map(|at| format_ident!("arg{}", at)).collect();
    let types = slot.pass.iter().map(|pass| pass.tokens());
    let first = &passed[0];
    let wrong = |message: String| Err(Error::new(function.name.span(), message));

    let fails_softly = slot.pass[0] == Pass::Left;
    let cast = if fails_softly {
        quote! {
            let ::core::option::Option::Some(this) = ::vm::native::cast::<#owner>(#first) else {
                return ::vm::native::not_implemented(vm);
            };
        }
    } else if matches!(slot.give, Give::Nothing) {
        quote!(let ::core::option::Option::Some(this) = ::vm::native::cast::<#owner>(#first) else { return };)
    } else {
        quote!(let this = ::vm::native::receiver::<#owner>(vm, &#table, ::core::option::Option::Some(#first))?;)
    };
    // How many of the passed arguments the receiver stands for.
    let (prologue, receiver, taken) = match (&function.receiver, slot.pass[0]) {
        (Receiver::SelfRef, Pass::This | Pass::Left) => (cast, quote!(&**this), 1),
        (Receiver::Ref, Pass::This | Pass::Left) => (cast, quote!(this), 1),
        (Receiver::Object, Pass::This | Pass::Left) | (Receiver::Class, Pass::Class) => {
            (TokenStream::new(), quote!(#first), 1)
        }
        (Receiver::None, _) => (TokenStream::new(), TokenStream::new(), 0),
        (_, Pass::Class) => return wrong("`new` takes `cls: &Ref<Type>` first".into()),
        (_, _) => return wrong("a slot takes `&self`, `this: &Ref<Self>` or the plain object first".into()),
    };
    let (binding, mut values) = match by_signature {
        None => (TokenStream::new(), passed[taken..].iter().map(|arg| quote!(#arg)).collect::<Vec<_>>()),
        Some(_) if taken == 0 => return wrong("a slot with a signature needs its receiver".into()),
        Some(signature) => {
            function.check(signature)?;
            let (statements, locals) = function.convert(signature, table, 0);
            let (fixed, args) = (signature.params.len(), &passed[1]);
            // A class that takes keywords in its `__init__` (or `__new__`) does not pass them to the other one's native part.
            let ours = match (slot.name, signature.only_positional()) {
                ("new", true) => quote!(let #args = ::vm::native::own_keywords_new(#first, <#owner>::class(), #args);),
                ("init", true) => {
                    quote!(let #args = ::vm::native::own_keywords_init(#first, <#owner>::class(), #args);)
                }
                _ => TokenStream::new(),
            };
            let bind = quote! {
                #ours
                let bound = ::vm::native::bind::<#fixed>(vm, &#table, &#args)?;
                let _ = &bound;
                #statements
            };
            (bind, locals)
        }
    };
    let expected = values.len();
    if function.values().count() != expected {
        let given = function.values().count();
        return wrong(format!("the slot passes {expected} arguments after the receiver and `vm`, not {given}"));
    }
    let call = function.call(called, receiver, &std::mem::take(&mut values));
    let (output, value) = match &slot.give {
        Give::Object => (
            quote!(-> ::vm::native::Result<::vm::native::Object>),
            quote!(::vm::native::IntoResult::into_result(#call, vm)),
        ),
        Give::Exact(ty) => {
            let ty: Type = syn::parse_str(ty)?;
            (quote!(-> ::vm::native::Result<#ty>), quote!(::vm::native::IntoExact::<#ty>::into_exact(#call)))
        }
        Give::Nothing => (TokenStream::new(), quote!(#call)),
    };
    Ok(quote! {
        #[allow(unused_variables)]
        fn #glue(vm: &::vm::native::Vm, #(#passed: #types),*) #output {
            #prologue
            #binding
            #value
        }
    })
}

impl Pass {
    fn tokens(self) -> TokenStream {
        match self {
            Pass::This | Pass::Left | Pass::Object => quote!(&::vm::native::Object),
            Pass::Option => quote!(::core::option::Option<&::vm::native::Object>),
            Pass::Name => quote!(&::vm::native::Ref<::vm::native::Str>),
            Pass::Op => quote!(::vm::native::CompareOp),
            Pass::Size => quote!(isize),
            Pass::Flags => quote!(i32),
            Pass::Class => quote!(&::vm::native::Ref<::vm::native::Type>),
            Pass::Args => quote!(::vm::native::Args<'_>),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families() {
        for name in ["add", "inplace_add", "mod_", "inplace_xor", "divmod"] {
            assert!(find(name).is_some_and(|s| s.pass.len() == 2), "{name}");
        }
        assert_eq!(find("inplace_pow").map(|s| s.pass.len()), Some(3));
        for name in ["inplace_divmod", "inplace_len", "frobnicate", "inplace_"] {
            assert!(find(name).is_none(), "{name}");
        }
    }
}
