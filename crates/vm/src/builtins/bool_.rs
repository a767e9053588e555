//! `bool`: two immortal ints.

use crate::builtins::int::Int;
use crate::prelude::*;
use crate::protocol::{number, object as protocol};
use heap::Immortal;

/// Returns True when the argument is true, False otherwise.
/// The builtins True and False are the only two instances of the class bool.
/// The class bool is a subclass of the class int, and cannot be subclassed.
#[repr(C)]
pub struct Bool {
    pub int: Int,
}

/// An int of one digit in a static: the body of CPython's `_Py_TrueStruct`.
#[repr(C)]
struct OneDigit {
    head: Head,
    tag: usize,
    digit: u32,
}

static TRUE: Immortal<OneDigit> = Immortal::new();
static FALSE: Immortal<OneDigit> = Immortal::new();

pub fn init() {
    TRUE.init(Bool::kind(), OneDigit { head: Head::new(), tag: 1 << 3, digit: 1 });
    FALSE.init(Bool::kind(), OneDigit { head: Head::new(), tag: 1, digit: 0 });
}

/// The word of True or False.
#[inline(always)]
pub fn word(value: bool) -> u64 {
    if value { TRUE.address() as u64 } else { FALSE.address() as u64 }
}

/// True or False.
#[inline(always)]
pub fn object(value: bool) -> Object {
    if value { TRUE.to_object() } else { FALSE.to_object() }
}

impl Trace for Bool {
    fn trace(&self, _: &mut Visitor) {}
}

impl PyType for Bool {
    const NAME: &'static str = "bool";
    const MODULE: &'static str = "builtins";
    const DOC: &'static str = "Returns True when the argument is true, False otherwise.\nThe builtins True and False are the only two instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be subclassed.";
    const FLAGS: u32 = flags::LONG_SUBCLASS | flags::MATCH_SELF;
    type Base = Int;
    #[inline]
    fn static_type() -> &'static StaticType {
        static TYPE: StaticType = StaticType::new();
        &TYPE
    }
    fn fill_head(head: &heap::TypeHead) {
        Int::fill_head(head);
    }
}

fn both(a: &Object, b: &Object) -> Option<(bool, bool)> {
    let value = |o: &Object| match o.word() {
        w if w == word(true) => Some(true),
        w if w == word(false) => Some(false),
        _ => None,
    };
    Some((value(a)?, value(b)?))
}

#[pymethods]
impl Bool {
    #[slot("(object=False, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, object: Option<&Object>) -> Result<bool> {
        let _ = cls;
        object.map_or(Ok(false), |o| protocol::is_true(vm, o))
    }

    #[slot]
    fn repr(this: &Object) -> &'static str {
        if this.word() == word(true) { "True" } else { "False" }
    }

    #[slot]
    fn and(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match both(a, b) {
            Some((a, b)) => Ok(object(a & b)),
            None => Int::and(a, b, vm),
        }
    }

    #[slot]
    fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match both(a, b) {
            Some((a, b)) => Ok(object(a | b)),
            None => Int::or(a, b, vm),
        }
    }

    #[slot]
    fn xor(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match both(a, b) {
            Some((a, b)) => Ok(object(a ^ b)),
            None => Int::xor(a, b, vm),
        }
    }

    #[slot]
    fn invert(this: &Object, vm: &Vm) -> Result<Object> {
        vm.warn(
            &crate::exception::types::DeprecationWarning,
            "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion of the underlying int object and is usually not what you expect from the negation of a bool. Use the 'not' operator for boolean negation or ~int(x) for the bitwise inversion of the underlying int.",
            1,
        )?;
        number::invert(vm, &Int::to_exact(this))
    }
}

/// A Rust bool as a Python one.
pub trait BoolObject {
    fn object(self) -> Object;
}

impl BoolObject for bool {
    #[inline(always)]
    fn object(self) -> Object {
        object(self)
    }
}
