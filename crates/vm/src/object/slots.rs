//! The slots of a type: what each operation calls. Each is written once, in the list below.

use super::Type;
use super::buffer::Buffer;
use crate::builtins::str::Str;
use crate::context::Vm;
use crate::error::Result;
use crate::native::{Args, CompareOp, SendResult};
use heap::{Object, Ref};
use std::cell::Cell;

pub type Unary = fn(&Vm, &Object) -> Result<Object>;
pub type Binary = fn(&Vm, &Object, &Object) -> Result<Object>;
pub type Ternary = fn(&Vm, &Object, &Object, Option<&Object>) -> Result<Object>;
pub type Hash = fn(&Vm, &Object) -> Result<i64>;
pub type Truth = fn(&Vm, &Object) -> Result<bool>;
pub type Len = fn(&Vm, &Object) -> Result<usize>;
pub type Call = fn(&Vm, &Object, Args<'_>) -> Result<Object>;
pub type New = fn(&Vm, &Ref<Type>, Args<'_>) -> Result<Object>;
pub type Init = fn(&Vm, &Object, Args<'_>) -> Result<()>;
pub type Finalize = fn(&Vm, &Object);
pub type GetAttr = fn(&Vm, &Object, &Ref<Str>) -> Result<Object>;
pub type SetAttr = fn(&Vm, &Object, &Ref<Str>, Option<&Object>) -> Result<()>;
pub type DescrGet = fn(&Vm, &Object, Option<&Object>, Option<&Object>) -> Result<Object>;
pub type DescrSet = fn(&Vm, &Object, &Object, Option<&Object>) -> Result<()>;
pub type Compare = fn(&Vm, &Object, &Object, CompareOp) -> Result<Object>;
pub type Next = fn(&Vm, &Object) -> Result<Option<Object>>;
pub type Send = fn(&Vm, &Object, &Object) -> Result<SendResult>;
pub type Contains = fn(&Vm, &Object, &Object) -> Result<bool>;
pub type Size = fn(&Vm, &Object, isize) -> Result<Object>;
pub type AssItem = fn(&Vm, &Object, isize, Option<&Object>) -> Result<()>;
pub type AssSubscript = fn(&Vm, &Object, &Object, Option<&Object>) -> Result<()>;
pub type GetBuffer = fn(&Vm, &Object, i32) -> Result<Buffer>;
pub type ReleaseBuffer = fn(&Vm, &Object, &Object) -> Result<()>;

macro_rules! slots {
    ($($name:ident: $kind:ty),* $(,)?) => {
        /// The functions behind a type's operations; `None` where the type does not have the operation.
        #[derive(Default)]
        pub struct Slots { $(pub $name: Cell<Option<$kind>>),* }

        impl Slots {
            /// Takes over what is not set here. Comparison and hash go together: a type that defines one of them
            /// inherits neither.
            pub fn inherit(&self, base: &Slots) {
                let compares = self.richcompare.get().is_some() || self.hash.get().is_some();
                let (richcompare, hash) = (self.richcompare.get(), self.hash.get());
                $(if self.$name.get().is_none() { self.$name.set(base.$name.get()); })*
                if compares {
                    self.richcompare.set(richcompare);
                    self.hash.set(hash);
                }
            }
        }
    };
}
slots! {
    new: New, init: Init, call: Call, finalize: Finalize, repr: Unary, str: Unary, hash: Hash, bool: Truth,
    getattr: GetAttr, setattr: SetAttr, descr_get: DescrGet, descr_set: DescrSet, richcompare: Compare,
    iter: Unary, next: Next, send: Send, await_: Unary, aiter: Unary, anext: Unary,
    len: Len, contains: Contains, concat: Binary, repeat: Size, item: Size, ass_item: AssItem,
    inplace_concat: Binary, inplace_repeat: Size, subscript: Binary, ass_subscript: AssSubscript,
    neg: Unary, pos: Unary, abs: Unary, invert: Unary, int: Unary, float: Unary, index: Unary,
    add: Binary, sub: Binary, mul: Binary, matmul: Binary, truediv: Binary, floordiv: Binary, mod_: Binary,
    divmod: Binary, pow: Ternary, lshift: Binary, rshift: Binary, and: Binary, or: Binary, xor: Binary,
    inplace_add: Binary, inplace_sub: Binary, inplace_mul: Binary, inplace_matmul: Binary, inplace_truediv: Binary,
    inplace_floordiv: Binary, inplace_mod_: Binary, inplace_pow: Ternary, inplace_lshift: Binary,
    inplace_rshift: Binary, inplace_and: Binary, inplace_or: Binary, inplace_xor: Binary,
    buffer: GetBuffer, release_buffer: ReleaseBuffer,
}
