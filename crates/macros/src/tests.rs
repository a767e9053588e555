//! What the macros refuse, and with which words.

use proc_macro2::TokenStream;
use quote::quote;

fn error(result: syn::Result<TokenStream>) -> String {
    match result {
        Ok(tokens) => panic!("accepted: {tokens}"),
        Err(error) => error.into_iter().map(|e| e.to_string()).collect::<Vec<_>>().join("; "),
    }
}

#[test]
fn methods_refused() {
    for (item, why) in [
        (
            quote!(
                #[py("f(a, b, /)")]
                fn f(&self, a: &Object) {}
            ),
            "`b` has no Rust parameter",
        ),
        (
            quote!(
                #[py("f(a, /)")]
                fn f(&self, b: &Object) {}
            ),
            "has `a` here, not `b`",
        ),
        (
            quote!(
                #[py("f(a, b)")]
                fn f(&self, b: i64, a: i64) {}
            ),
            "has `a` here, not `b`",
        ),
        (
            quote!(
                #[py("f()")]
                fn f(&self, a: &Object) {}
            ),
            "`a` is not in the signature",
        ),
        (
            quote!(
                #[py("f()")]
                fn f(vm: &Vm) {}
            ),
            "a method takes",
        ),
        (
            quote!(
                #[py("f()", classmethod)]
                fn f(&self) {}
            ),
            "a class method takes",
        ),
        (
            quote!(
                #[py("f()", staticmethod)]
                fn f(&self) {}
            ),
            "no receiver",
        ),
        (
            quote!(
                #[py("f(")]
                fn f(&self) {}
            ),
            "must end with",
        ),
        (
            quote!(
                #[py("(a)")]
                fn f(&self, a: i64) {}
            ),
            "needs a name",
        ),
        (
            quote!(
                #[py("f()", sometimes)]
                fn f(&self) {}
            ),
            "expected raw",
        ),
        (
            quote!(
                #[py("f()")]
                fn f(self) {}
            ),
            "the receiver is",
        ),
        (
            quote!(
                #[py("f(a)")]
                fn f<T>(&self, a: T) {}
            ),
            "no type parameters",
        ),
        (
            quote!(
                #[py("f()")]
                #[slot]
                fn f(&self) {}
            ),
            "one of",
        ),
        (
            quote!(
                #[slot]
                fn length(&self) -> usize {
                    0
                }
            ),
            "no slot `length`",
        ),
        (
            quote!(
                #[slot]
                fn contains(&self) -> bool {
                    true
                }
            ),
            "passes 1 arguments",
        ),
        (
            quote!(
                #[slot("(a)")]
                fn len(&self) -> usize {
                    0
                }
            ),
            "only new, init and call",
        ),
        (
            quote!(
                #[slot("list(a)")]
                fn call(&self, a: i64) -> i64 {
                    a
                }
            ),
            "has no name",
        ),
        (
            quote!(
                #[slot]
                fn new(&self, args: Args<'_>) {}
            ),
            "`new` takes `cls",
        ),
        (
            quote!(
                #[setter]
                fn x(&self, value: Option<&Object>) {}
            ),
            "needs its attribute's name",
        ),
        (
            quote!(
                #[getter]
                fn x(&self, y: i64) {}
            ),
            "receiver and `vm` only",
        ),
        (
            quote!(
                #[py(raw, "f()")]
                fn f(&self, args: Args<'_>) {}
            ),
            "a raw function takes",
        ),
        (
            quote!(
                #[py("f(x)")]
                fn f(&self, x: i64) {}
                #[py("f(y)")]
                fn f(&self, z: i64) {}
            ),
            "has `y` here",
        ),
    ] {
        let found = error(crate::pymethods::expand(TokenStream::new(), quote!(impl List { #item })));
        assert!(found.contains(why), "{item}: {found}");
    }
}

#[test]
fn every_mistake_is_told_at_once() {
    let item = quote!(impl List { #[slot] fn a() {} #[slot] fn b() {} });
    let found = error(crate::pymethods::expand(TokenStream::new(), item));
    assert!(found.contains("`a`") && found.contains("`b`"), "{found}");
}

#[test]
fn types_refused() {
    for (attr, item, why) in [
        (
            quote!("x"),
            quote!(
                struct X {
                    a: i64,
                }
            ),
            "first field must be",
        ),
        (
            quote!("x"),
            quote!(
                struct X {
                    head: i64,
                }
            ),
            "is a `Head`",
        ),
        (
            quote!("x"),
            quote!(
                struct X {
                    base: Y,
                }
            ),
            "needs `base",
        ),
        (
            quote!("x", base = Z),
            quote!(
                struct X {
                    base: Y,
                }
            ),
            "is a `Z`",
        ),
        (
            quote!("x"),
            quote!(
                struct X(Head);
            ),
            "named fields",
        ),
        (
            quote!("x"),
            quote!(
                struct X<T> {
                    head: Head,
                    t: T,
                }
            ),
            "no parameters",
        ),
        (
            quote!("x", color = 3),
            quote!(
                struct X {
                    head: Head,
                }
            ),
            "expected base",
        ),
        (
            quote!("x"),
            quote!(
                #[repr(C)]
                struct X {
                    head: Head,
                }
            ),
            "chooses the representation",
        ),
    ] {
        let found = error(crate::pytype::expand(attr, item.clone()));
        assert!(found.contains(why), "{item}: {found}");
    }
}

#[test]
fn modules_refused() {
    for (attr, item, why) in [
        (
            quote!("m"),
            quote!(
                mod m;
            ),
            "a module with a body",
        ),
        (
            quote!("m"),
            quote!(
                mod m {
                    #[py("f()")]
                    fn f(&self) {}
                }
            ),
            "no receiver",
        ),
        (
            quote!("m"),
            quote!(
                mod m {
                    #[py("f()", classmethod)]
                    fn f() {}
                }
            ),
            "neither",
        ),
        (
            quote!("m"),
            quote!(
                mod m {
                    #[exec]
                    fn a() {}
                    #[exec]
                    fn b() {}
                }
            ),
            "one #[exec]",
        ),
        (
            quote!("m", kinds(A)),
            quote!(
                mod m {}
            ),
            "expected types",
        ),
    ] {
        let found = error(crate::pymodule::expand(attr, item.clone()));
        assert!(found.contains(why), "{item}: {found}");
    }
}
