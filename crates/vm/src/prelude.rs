//! What nearly every file of `vm` and `stdlib` names.

pub use crate::builtins::{
    bool_::{Bool, BoolObject},
    bytes::Bytes,
    dict::Dict,
    float::Float,
    int::Int,
    list::List,
    none::none,
    str::Str,
    tuple::Tuple,
};
pub use crate::context::Vm;
pub use crate::error::{Raised, Result};
pub use crate::names::Name;
pub use crate::native::{
    ArgSite, Args, CompareOp, FromArg, IntoResult, Kwargs, SendResult, TypeMethods, not_implemented,
};
pub use crate::object::cast::Cast;
pub use crate::object::{PyType, Slots, StaticType, Type, flags};
pub use crate::{bail, raise};
pub use heap::{Field, Head, ObjVec, Object, Ref, Trace, Visitor};
pub use macros::{pymethods, pymodule, pytype};
