//! The generated code compiled and run, against a small stand-in for the run-time half.
#![forbid(unsafe_code)]
#![allow(dead_code, non_upper_case_globals)]

extern crate self as vm;

#[path = "standin/mod.rs"]
mod standin;
pub use standin::{builtins, heap, native, object};

use heap::Head;
use macros::{pymethods, pymodule, pytype};
use native::{Args, CompareOp, IntoResult, Kwargs, MethodKind, Object, Ref, Result, Type, TypeMethods, Vm};
use object::PyType;

/// A pair of numbers.
///
///   indented
#[pytype("pair", flags(BASETYPE, SEQUENCE), module = "test")]
pub struct Pair {
    head: Head,
    first: i64,
    #[untraced]
    second: std::cell::Cell<i64>,
}

#[pytype("triple", base = Pair, doc = "three")]
struct Triple {
    base: Pair,
}

impl TypeMethods for Triple {}

#[pymethods]
impl Pair {
    /// Return first index of value.
    #[py("index(value, start=0, stop=sys.maxsize, /)")]
    pub fn index(&self, vm: &Vm, value: i64, start: i64, stop: Option<i64>) -> Result<i64> {
        Ok(vm.base + self.first + value * 10 + start * 100 + stop.unwrap_or(9) * 1000)
    }

    #[py("same(*, key=None)")]
    fn same(this: &Ref<Self>, key: Option<i64>) -> i64 {
        this.first + key.unwrap_or(0)
    }

    #[py("gather(type, /, *args, **kwargs)")]
    fn gather(&self, r#type: i64, args: &[Object], kwargs: Kwargs<'_>, _vm: &Vm) -> i64 {
        r#type + args.len() as i64 * 10 + kwargs.len() as i64 * 100
    }

    #[py("make(x, /)", classmethod)]
    fn make(cls: &Ref<Type>, x: i64) -> String {
        format!("{}{x}", cls.name)
    }

    #[py("double(in)", staticmethod)]
    fn double(in_: i64) -> i64 {
        in_ * 2
    }

    #[py(raw, "max", notext)]
    fn max(_vm: &Vm, args: Args<'_>) -> i64 {
        args.items.len() as i64
    }

    /// the second
    #[getter("second")]
    fn get_second(&self) -> i64 {
        self.second.get()
    }

    #[setter("second")]
    fn set_second(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(Object::Int(value)) = value else { return Err(vm.raise("cannot delete")) };
        self.second.set(*value);
        Ok(())
    }

    #[getter]
    fn first(&self) -> i64 {
        self.first
    }

    #[slot("(first, second=2, /)")]
    fn new(cls: &Ref<Type>, first: i64, second: i64) -> String {
        format!("{} {first} {second}", cls.name)
    }

    #[slot]
    fn len(&self) -> usize {
        2
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        Err(vm.raise("unhashable"))
    }

    #[slot]
    fn add(&self, other: &Object) -> Option<i64> {
        match other {
            Object::Int(n) => Some(self.first + n),
            _ => None,
        }
    }

    #[slot]
    fn sub(a: &Object, b: &Object) -> bool {
        matches!((a, b), (Object::Int(_), Object::Pair(_)))
    }

    #[slot]
    fn next(this: &Ref<Self>) -> Result<Option<Object>> {
        Ok((this.first > 0).then_some(Object::Int(this.first)))
    }

    #[slot]
    fn richcompare(&self, _other: &Object, op: CompareOp) -> bool {
        matches!(op, CompareOp::Eq)
    }

    #[slot]
    fn call(&self, args: Args<'_>) -> i64 {
        args.items.len() as i64
    }

    #[slot]
    fn finalize(&self) {
        self.second.set(-1);
    }

    pub fn plain(&self) -> i64 {
        self.first
    }
}

/// Mathematics.
#[pymodule("mathematics", types(Pair, Triple))]
mod mathematics {
    use super::*;

    #[constant]
    const tau: i64 = 6;

    #[constant("e")]
    fn euler(vm: &Vm) -> i64 {
        vm.base + 2
    }

    /// Twice.
    #[py("twice(x, /)")]
    fn twice(x: i64) -> i64 {
        x * 2
    }

    #[py("nothing()")]
    fn nothing() {}

    #[exec]
    fn exec(_vm: &Vm, _module: &Ref<native::Module>) -> Result<()> {
        Ok(())
    }
}

fn method(name: &str) -> &'static native::MethodDef {
    Pair::METHODS.iter().find(|m| m.name == name).unwrap()
}

fn call(name: &str, items: &[Object]) -> std::result::Result<Object, String> {
    (method(name).call)(&Vm { base: 5 }, Args { items, names: None }).map_err(|e| e.0)
}

fn args(items: &[Object]) -> Args<'_> {
    Args { items, names: None }
}

fn pair() -> Object {
    Object::Pair(Ref::new(Pair { head: Head, first: 1, second: std::cell::Cell::new(0) }))
}

fn int(n: i64) -> Object {
    Object::Int(n)
}

#[test]
fn calls() {
    for (name, items, expected) in [
        ("index", vec![pair(), int(2)], Ok(int(9026))),
        ("index", vec![pair(), int(2), int(3), int(4)], Ok(int(4326))),
        ("same", vec![pair()], Ok(int(1))),
        ("gather", vec![pair(), int(1), int(0), int(0)], Ok(int(21))),
        ("make", vec![Object::Type(Ref::new(Type { name: "T".into() })), int(3)], Ok(Object::Str("T3".into()))),
        ("double", vec![int(4)], Ok(int(8))),
        ("max", vec![pair(), int(4)], Ok(int(2))),
        ("index", vec![int(1), int(2)], Err("index of pair: wrong receiver".to_owned())),
        ("index", vec![pair()], Err("index: value missing".to_owned())),
        ("index", vec![pair(), Object::None], Err("index: value is no int".to_owned())),
    ] {
        assert_eq!(call(name, &items), expected, "{name} {items:?}");
    }
}

#[test]
fn method_tables() {
    let found: Vec<_> = Pair::METHODS.iter().map(|m| (m.name, m.kind, m.signature.text, m.doc)).collect();
    let expected = [
        ("index", MethodKind::Method, "($self, value, start=0, stop=sys.maxsize, /)", "Return first index of value."),
        ("same", MethodKind::Method, "($self, /, *, key=None)", ""),
        ("gather", MethodKind::Method, "($self, type, /, *args, **kwargs)", ""),
        ("make", MethodKind::ClassMethod, "($type, x, /)", ""),
        ("double", MethodKind::StaticMethod, "(in)", ""),
        ("max", MethodKind::Method, "", ""),
    ];
    assert_eq!(found, expected);
    let index = method("index").signature;
    assert_eq!((index.owner, index.self_arg, index.posonly, index.required), ("pair", true, 3, 1));
    assert!(!method("double").signature.self_arg);
    assert_eq!(Pair::SIGNATURE, "(first, second=2, /)");
    assert_eq!(Triple::SIGNATURE, "");
}

#[test]
fn attributes() {
    let vm = Vm { base: 0 };
    let names: Vec<_> = Pair::GETSETS.iter().map(|g| (g.name, g.doc, g.get.is_some(), g.set.is_some())).collect();
    assert_eq!(names, [("first", "", true, false), ("second", "the second", true, true)]);
    let (second, object) = (&Pair::GETSETS[1], pair());
    second.set.unwrap()(&vm, &object, Some(&int(7))).unwrap();
    assert_eq!(second.get.unwrap()(&vm, &object).unwrap(), int(7));
    assert_eq!(second.set.unwrap()(&vm, &object, None).unwrap_err().0, "cannot delete");
    assert_eq!(second.get.unwrap()(&vm, &int(1)).unwrap_err().0, "second of pair: wrong receiver");
}

#[test]
fn slots() {
    let vm = Vm { base: 0 };
    let slots = object::Slots::default();
    Pair::fill_slots(&slots);
    let cls = Ref::new(Type { name: "pair".into() });
    let made = slots.new.get().unwrap()(&vm, &cls, args(&[int(1)]));
    assert_eq!(made.unwrap(), Object::Str("pair 1 2".into()));
    let refused = slots.new.get().unwrap()(&vm, &cls, args(&[]));
    assert_eq!(refused.unwrap_err().0, "pair: first missing");
    assert_eq!(slots.len.get().unwrap()(&vm, &pair()).unwrap(), 2);
    assert_eq!(slots.len.get().unwrap()(&vm, &int(0)).unwrap_err().0, "__len__ of pair: wrong receiver");
    assert_eq!(slots.hash.get().unwrap()(&vm, &pair()).unwrap_err().0, "unhashable");
    assert_eq!(slots.add.get().unwrap()(&vm, &pair(), &int(4)).unwrap(), int(5));
    assert_eq!(slots.add.get().unwrap()(&vm, &int(4), &pair()).unwrap(), Object::NotImplemented);
    assert_eq!(slots.sub.get().unwrap()(&vm, &int(4), &pair()).unwrap(), Object::Bool(true));
    assert_eq!(slots.next.get().unwrap()(&vm, &pair()).unwrap(), Some(int(1)));
    assert_eq!(slots.richcompare.get().unwrap()(&vm, &pair(), &int(1), CompareOp::Ne).unwrap(), Object::Bool(false));
    assert_eq!(slots.call.get().unwrap()(&vm, &pair(), args(&[int(1)])).unwrap(), int(1));
    let object = pair();
    slots.finalize.get().unwrap()(&vm, &object);
    let Object::Pair(body) = &object else { unreachable!() };
    assert_eq!((body.second.get(), body.plain()), (-1, 1));
}

#[test]
fn types() {
    assert_eq!((Pair::NAME, Pair::MODULE, Pair::DOC), ("pair", "test", "A pair of numbers.\n\n  indented"));
    assert_eq!((Triple::MODULE, Triple::DOC, Triple::FLAGS), ("builtins", "three", 0));
    assert_eq!(Pair::FLAGS, object::flags::BASETYPE | object::flags::SEQUENCE);
    assert!(std::ptr::eq(Pair::static_type(), Pair::static_type()));
    assert!(!std::ptr::eq(Pair::static_type(), Triple::static_type()));
    let mut seen = heap::Visitor::default();
    let triple = Triple { base: Pair { head: Head, first: 1, second: std::cell::Cell::new(0) } };
    heap::Trace::trace(&triple, &mut seen);
    assert_eq!(seen.0, 1, "the int field `first` is shown, the untraced `second` is not");
}

#[test]
fn modules() {
    let vm = Vm { base: 1 };
    let module = &mathematics::MODULE;
    assert_eq!((module.name, module.doc), ("mathematics", "Mathematics."));
    let names: Vec<_> = module.functions.iter().map(|f| (f.name, f.signature.text, f.signature.owner, f.doc)).collect();
    assert_eq!(names, [("twice", "($module, x, /)", "", "Twice."), ("nothing", "($module, /)", "", "")]);
    let twice = module.functions[0].call;
    assert_eq!(twice(&vm, Args { items: &[int(3)], names: None }).unwrap(), int(6));
    let nothing = module.functions[1].call;
    assert_eq!(nothing(&vm, Args { items: &[], names: None }).unwrap(), Object::None);
    let constants: Vec<_> = module.constants.iter().map(|(name, make)| (*name, make(&vm).unwrap())).collect();
    assert_eq!(constants, [("tau", int(6)), ("e", int(3))]);
    let types: Vec<_> = module.types.iter().map(|init| init(&vm).unwrap().name.clone()).collect();
    assert_eq!(types, ["pair", "triple"]);
    assert!(module.exec.unwrap()(&vm, &Ref::new(native::Module)).is_ok());
    assert_eq!(().into_result(&vm).unwrap(), Object::None);
}
