//! `None`, `NotImplemented`, `...` and `typing.NoDefault`: immortal singletons in statics.

use crate::builtins::bool_;
use crate::prelude::*;
use heap::Immortal;

/// The type of None.
#[pytype("NoneType")]
pub struct NoneType {
    pub head: Head,
}

/// The type of the NotImplemented singleton.
#[pytype("NotImplementedType")]
pub struct NotImplementedType {
    pub head: Head,
}

/// The type of the Ellipsis singleton.
#[pytype("ellipsis")]
pub struct Ellipsis {
    pub head: Head,
}

/// The type of the NoDefault singleton.
#[pytype("NoDefaultType")]
pub struct NoDefaultType {
    pub head: Head,
}

static NONE: Immortal<NoneType> = Immortal::new();
static NOT_IMPLEMENTED: Immortal<NotImplementedType> = Immortal::new();
static ELLIPSIS: Immortal<Ellipsis> = Immortal::new();
static NO_DEFAULT: Immortal<NoDefaultType> = Immortal::new();

/// Puts the singletons into their statics.
pub fn init() {
    NONE.init(NoneType::kind(), NoneType { head: Head::new() });
    NOT_IMPLEMENTED.init(NotImplementedType::kind(), NotImplementedType { head: Head::new() });
    ELLIPSIS.init(Ellipsis::kind(), Ellipsis { head: Head::new() });
    NO_DEFAULT.init(NoDefaultType::kind(), NoDefaultType { head: Head::new() });
}

/// `None`.
#[inline(always)]
pub fn none() -> Object {
    NONE.to_object()
}

/// The word of `None`.
#[inline(always)]
pub fn none_word() -> u64 {
    NONE.address() as u64
}

/// `NotImplemented`.
#[inline(always)]
pub fn not_implemented() -> Object {
    NOT_IMPLEMENTED.to_object()
}

/// Whether the object is `NotImplemented`.
#[inline(always)]
pub fn is_not_implemented(object: &Object) -> bool {
    object.word() == NOT_IMPLEMENTED.address() as u64
}

/// `...`
pub fn ellipsis() -> Object {
    ELLIPSIS.to_object()
}

/// `typing.NoDefault`: a type parameter has no default (PEP 696).
pub fn no_default() -> Object {
    NO_DEFAULT.to_object()
}

/// The words of True, False and None.
#[inline(always)]
pub fn truth_words() -> (u64, u64, u64) {
    (bool_::word(true), bool_::word(false), none_word())
}

fn no_arguments(vm: &Vm, name: &str, args: &Args<'_>) -> Result<()> {
    if !args.items.is_empty() {
        bail!(vm, TypeError, "{name} takes no arguments");
    }
    Ok(())
}

#[pymethods]
impl NoneType {
    #[slot("()", raw)]
    fn new(_cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        no_arguments(vm, "NoneType", &args)?;
        Ok(none())
    }

    #[slot]
    fn repr(&self) -> &'static str {
        "None"
    }

    #[slot]
    fn bool(&self) -> bool {
        false
    }

    #[slot]
    fn richcompare(this: &Object, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        match op {
            CompareOp::Eq if this.is(other) => Ok(true.object()),
            CompareOp::Ne if this.is(other) => Ok(false.object()),
            _ => crate::native::not_implemented(vm),
        }
    }

    #[slot]
    fn hash(&self) -> i64 {
        0xFCA8_6420
    }
}

#[pymethods]
impl NotImplementedType {
    #[slot("()", raw)]
    fn new(_cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        no_arguments(vm, "NotImplementedType", &args)?;
        Ok(not_implemented())
    }

    #[slot]
    fn repr(&self) -> &'static str {
        "NotImplemented"
    }

    #[slot]
    fn bool(&self, vm: &Vm) -> Result<bool> {
        Err(raise!(vm, TypeError, "NotImplemented should not be used in a boolean context"))
    }

    #[py("__reduce__()")]
    fn reduce(&self) -> &'static str {
        "NotImplemented"
    }
}

#[pymethods]
impl Ellipsis {
    #[slot("()", raw)]
    fn new(_cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        no_arguments(vm, "EllipsisType", &args)?;
        Ok(ellipsis())
    }

    #[slot]
    fn repr(&self) -> &'static str {
        "Ellipsis"
    }

    #[py("__reduce__()")]
    fn reduce(&self) -> &'static str {
        "Ellipsis"
    }
}

#[pymethods]
impl NoDefaultType {
    #[slot("()", raw)]
    fn new(_cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        no_arguments(vm, "NoDefaultType", &args)?;
        Ok(no_default())
    }

    #[slot]
    fn repr(&self) -> &'static str {
        "typing.NoDefault"
    }

    #[py("__reduce__()")]
    fn reduce(&self) -> &'static str {
        "NoDefault"
    }
}
