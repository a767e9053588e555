//! The smallest run-time half that the generated code can stand on.

pub mod builtins {
    pub mod object {
        use crate::heap::Head;

        #[macros::pytype("object")]
        pub struct BaseObject {
            head: Head,
        }
        impl crate::native::TypeMethods for BaseObject {}
    }
}

pub mod heap {
    pub use crate::native::Object;

    pub struct Head;

    /// Counts what it is shown.
    #[derive(Default)]
    pub struct Visitor(pub usize);

    pub trait Trace {
        fn trace(&self, visit: &mut Visitor);
        fn clear_refs(&self);
    }
    impl Trace for Head {
        fn trace(&self, _visit: &mut Visitor) {}
        fn clear_refs(&self) {}
    }
    impl Trace for i64 {
        fn trace(&self, visit: &mut Visitor) {
            visit.0 += 1;
        }
        fn clear_refs(&self) {}
    }
}

pub mod object {
    use crate::native::*;
    use std::cell::Cell;

    pub mod flags {
        pub const BASETYPE: u32 = 1 << 10;
        pub const SEQUENCE: u32 = 1 << 5;
    }

    pub struct StaticType(std::sync::atomic::AtomicUsize);
    impl StaticType {
        #[allow(clippy::new_without_default)]
        pub const fn new() -> StaticType {
            StaticType(std::sync::atomic::AtomicUsize::new(0))
        }
    }

    pub trait PyType: Sized {
        const NAME: &'static str;
        const MODULE: &'static str;
        const DOC: &'static str;
        const FLAGS: u32;
        type Base;
        fn static_type() -> &'static StaticType;
        fn class() -> &'static Ref<Type> {
            Box::leak(Box::new(Ref::new(Type { name: Self::NAME.into() })))
        }
        fn init_type(_vm: &Vm) -> Result<Ref<Type>> {
            Ok(Ref::new(Type { name: Self::NAME.into() }))
        }
    }
    impl PyType for Type {
        const NAME: &'static str = "type";
        const MODULE: &'static str = "builtins";
        const DOC: &'static str = "";
        const FLAGS: u32 = 0;
        type Base = Type;
        fn static_type() -> &'static StaticType {
            static TYPE: StaticType = StaticType::new();
            &TYPE
        }
    }

    type Unary<R> = Cell<Option<fn(&Vm, &Object) -> Result<R>>>;
    type Binary = Cell<Option<fn(&Vm, &Object, &Object) -> Result<Object>>>;
    type New = fn(&Vm, &Ref<Type>, Args<'_>) -> Result<Object>;

    #[derive(Default)]
    #[allow(clippy::type_complexity)]
    pub struct Slots {
        pub new: Cell<Option<New>>,
        pub len: Unary<usize>,
        pub hash: Unary<i64>,
        pub next: Unary<Option<Object>>,
        pub add: Binary,
        pub sub: Binary,
        pub richcompare: Cell<Option<fn(&Vm, &Object, &Object, CompareOp) -> Result<Object>>>,
        pub call: Cell<Option<fn(&Vm, &Object, Args<'_>) -> Result<Object>>>,
        pub finalize: Cell<Option<fn(&Vm, &Object)>>,
    }
}

pub mod native {
    use crate::object::PyType;
    use std::any::Any;
    use std::rc::Rc;

    pub struct Vm {
        pub base: i64,
    }
    impl Vm {
        pub fn raise(&self, text: &str) -> Raised {
            Raised(text.to_owned())
        }
    }

    #[derive(Debug)]
    pub struct Raised(pub String);
    pub type Result<T> = std::result::Result<T, Raised>;

    #[derive(Clone)]
    pub enum Object {
        None,
        NotImplemented,
        Bool(bool),
        Int(i64),
        Str(String),
        Type(Ref<Type>),
        Pair(Ref<crate::Pair>),
    }
    impl PartialEq for Object {
        fn eq(&self, other: &Object) -> bool {
            format!("{self:?}") == format!("{other:?}")
        }
    }
    impl std::fmt::Debug for Object {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            match self {
                Object::None => write!(f, "None"),
                Object::NotImplemented => write!(f, "NotImplemented"),
                Object::Bool(b) => write!(f, "{b}"),
                Object::Int(n) => write!(f, "{n}"),
                Object::Str(s) => write!(f, "{s:?}"),
                Object::Type(t) => write!(f, "<class {}>", t.name),
                Object::Pair(_) => write!(f, "<pair>"),
            }
        }
    }

    pub struct Ref<T>(Rc<T>);
    impl<T> Ref<T> {
        pub fn new(body: T) -> Ref<T> {
            Ref(Rc::new(body))
        }
    }
    impl<T> Clone for Ref<T> {
        fn clone(&self) -> Ref<T> {
            Ref(self.0.clone())
        }
    }
    impl<T> std::ops::Deref for Ref<T> {
        type Target = T;
        fn deref(&self) -> &T {
            &self.0
        }
    }

    pub struct Type {
        pub name: String,
    }
    pub struct Module;
    pub struct Tuple;
    pub enum CompareOp {
        Eq,
        Ne,
    }

    #[derive(Clone, Copy)]
    pub struct Args<'a> {
        pub items: &'a [Object],
        pub names: Option<&'a Tuple>,
    }
    pub type NativeFn = fn(&Vm, Args<'_>) -> Result<Object>;
    pub type Kwargs<'a> = &'a [Object];

    pub struct Signature {
        pub name: &'static str,
        pub module: &'static str,
        pub owner: &'static str,
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

    #[derive(Debug, PartialEq)]
    pub enum Style {
        Plain,
        Keywords,
        Positional,
        Tuple,
        Nameless,
    }
    pub struct Param {
        pub name: &'static str,
        pub kind: ParamKind,
        pub default: Default,
    }
    pub enum ParamKind {
        PositionalOnly,
        PositionalOrKeyword,
        KeywordOnly,
    }
    pub enum Default {
        Required,
        Absent,
        None,
        Bool(bool),
        Int(i64),
        Float(f64),
        Str(&'static str),
        Expr(&'static str),
    }
    pub struct MethodDef {
        pub name: &'static str,
        pub doc: &'static str,
        pub kind: MethodKind,
        pub signature: &'static Signature,
        pub call: NativeFn,
    }
    #[derive(Debug, PartialEq, Clone, Copy)]
    pub enum MethodKind {
        Function,
        Method,
        ClassMethod,
        StaticMethod,
    }
    #[allow(clippy::type_complexity)]
    pub struct GetSetDef {
        pub name: &'static str,
        pub doc: &'static str,
        pub get: Option<fn(&Vm, &Object) -> Result<Object>>,
        pub set: Option<fn(&Vm, &Object, Option<&Object>) -> Result<()>>,
    }
    #[allow(clippy::type_complexity)]
    pub struct ModuleDef {
        pub name: &'static str,
        pub doc: &'static str,
        pub functions: &'static [MethodDef],
        pub constants: &'static [(&'static str, fn(&Vm) -> Result<Object>)],
        pub types: &'static [fn(&Vm) -> Result<Ref<Type>>],
        pub exec: Option<fn(&Vm, &Ref<Module>) -> Result<()>>,
    }
    pub trait TypeMethods {
        const METHODS: &'static [MethodDef] = &[];
        const GETSETS: &'static [GetSetDef] = &[];
        const SIGNATURE: &'static str = "";
        fn fill_slots(_slots: &crate::object::Slots) {}
    }

    pub struct Bound<'a, const N: usize> {
        pub fixed: [Option<&'a Object>; N],
        pub rest: &'a [Object],
        pub kwargs: Kwargs<'a>,
    }
    pub fn bind<'a, const N: usize>(_vm: &Vm, signature: &'static Signature, args: &Args<'a>) -> Result<Bound<'a, N>> {
        let takes = usize::from(signature.self_arg) + usize::from(signature.positional);
        let here = args.items.len().min(takes);
        let mut fixed = [None; N];
        fixed.iter_mut().zip(&args.items[..here]).for_each(|(place, item)| *place = Some(item));
        Ok(Bound { fixed, rest: &args.items[here..], kwargs: &[] })
    }
    pub fn cast<T: 'static>(object: &Object) -> Option<&Ref<T>> {
        match object {
            Object::Pair(pair) => (pair as &dyn Any).downcast_ref(),
            Object::Type(ty) => (ty as &dyn Any).downcast_ref(),
            _ => None,
        }
    }
    pub fn check_receiver<T: PyType + 'static>(
        vm: &Vm,
        signature: &'static Signature,
        object: Option<&Object>,
    ) -> Result<()> {
        receiver::<T>(vm, signature, object).map(drop)
    }

    pub fn own_keywords_new<'a, T: ?Sized>(_: &T, _: &Ref<Type>, args: Args<'a>) -> Args<'a> {
        args
    }

    pub fn own_keywords_init<'a, T: ?Sized>(_: &T, _: &Ref<Type>, args: Args<'a>) -> Args<'a> {
        args
    }

    pub fn receiver<'a, T: PyType + 'static>(
        vm: &Vm,
        signature: &'static Signature,
        object: Option<&'a Object>,
    ) -> Result<&'a Ref<T>> {
        object
            .and_then(cast::<T>)
            .ok_or_else(|| vm.raise(&format!("{} of {}: wrong receiver", signature.name, signature.owner)))
    }
    pub fn not_implemented(_vm: &Vm) -> Result<Object> {
        Ok(Object::NotImplemented)
    }

    #[derive(Clone, Copy)]
    pub struct ArgSite {
        pub signature: &'static Signature,
        pub index: u8,
    }
    impl ArgSite {
        fn fail<T>(self, vm: &Vm, why: &str) -> Result<T> {
            let param = &self.signature.params[usize::from(self.index)];
            Err(vm.raise(&format!("{}: {} {why}", self.signature.name, param.name)))
        }
    }
    pub trait FromArg<'a>: Sized {
        fn from_arg(vm: &Vm, value: &'a Object, at: ArgSite) -> Result<Self>;
        fn absent(vm: &Vm, at: ArgSite) -> Result<Self>;
    }
    impl FromArg<'_> for i64 {
        fn from_arg(vm: &Vm, value: &Object, at: ArgSite) -> Result<i64> {
            if let Object::Int(n) = value { Ok(*n) } else { at.fail(vm, "is no int") }
        }
        fn absent(vm: &Vm, at: ArgSite) -> Result<i64> {
            match at.signature.params[usize::from(at.index)].default {
                Default::Int(n) => Ok(n),
                _ => at.fail(vm, "missing"),
            }
        }
    }
    impl<'a, T: FromArg<'a>> FromArg<'a> for Option<T> {
        fn from_arg(vm: &Vm, value: &'a Object, at: ArgSite) -> Result<Option<T>> {
            T::from_arg(vm, value, at).map(Some)
        }
        fn absent(_vm: &Vm, _at: ArgSite) -> Result<Option<T>> {
            Ok(None)
        }
    }

    pub trait IntoResult {
        fn into_result(self, vm: &Vm) -> Result<Object>;
    }
    impl IntoResult for i64 {
        fn into_result(self, _vm: &Vm) -> Result<Object> {
            Ok(Object::Int(self))
        }
    }
    impl IntoResult for bool {
        fn into_result(self, _vm: &Vm) -> Result<Object> {
            Ok(Object::Bool(self))
        }
    }
    impl IntoResult for String {
        fn into_result(self, _vm: &Vm) -> Result<Object> {
            Ok(Object::Str(self))
        }
    }
    impl IntoResult for () {
        fn into_result(self, _vm: &Vm) -> Result<Object> {
            Ok(Object::None)
        }
    }
    impl<T: IntoResult> IntoResult for Option<T> {
        fn into_result(self, vm: &Vm) -> Result<Object> {
            self.map_or(Ok(Object::NotImplemented), |value| value.into_result(vm))
        }
    }
    impl<T: IntoResult> IntoResult for Result<T> {
        fn into_result(self, vm: &Vm) -> Result<Object> {
            self.and_then(|value| value.into_result(vm))
        }
    }

    pub trait IntoExact<T> {
        fn into_exact(self) -> Result<T>;
    }
    impl<T> IntoExact<T> for T {
        fn into_exact(self) -> Result<T> {
            Ok(self)
        }
    }
    impl<T> IntoExact<T> for Result<T> {
        fn into_exact(self) -> Result<T> {
            self
        }
    }
}
