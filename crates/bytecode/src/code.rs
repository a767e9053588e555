//! Code objects as plain data: what the compiler makes, `.pyc` files hold and the heap is given.

use std::rc::Rc;

use number::BigInt;
use text::Wtf8Buf;

use crate::CodeFlags;

/// The bits of [`Code::localspluskinds`].
pub mod kind {
    /// An argument (of positional, keyword or star kind, see the next three).
    pub const ARG_POS: u8 = 0x02;
    /// May be passed by keyword.
    pub const ARG_KW: u8 = 0x04;
    /// `*args` (with ARG_POS) or `**kwargs` (with ARG_KW).
    pub const ARG_VAR: u8 = 0x08;
    /// Hidden from `locals()`: of an inlined comprehension.
    pub const HIDDEN: u8 = 0x10;
    /// A plain local.
    pub const LOCAL: u8 = 0x20;
    /// A cell made by this code.
    pub const CELL: u8 = 0x40;
    /// A cell taken from the closure.
    pub const FREE: u8 = 0x80;
}

/// A code object: fields as CPython marshals them.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Code {
    /// Positional parameters, positional-only ones included.
    pub argcount: u32,
    /// Positional-only parameters.
    pub posonlyargcount: u32,
    /// Keyword-only parameters.
    pub kwonlyargcount: u32,
    /// Deepest value stack, in slots.
    pub stacksize: u32,
    /// `co_flags`.
    pub flags: CodeFlags,
    /// Code units, two bytes each: instruction, argument. Caches are zeros.
    pub code: Vec<u8>,
    /// `co_consts`.
    pub consts: Vec<Const>,
    /// `co_names`.
    pub names: Vec<Wtf8Buf>,
    /// Names of all fast locals: parameters and locals, then cells, then free variables.
    pub localsplusnames: Vec<Wtf8Buf>,
    /// Their [`kind`] bits.
    pub localspluskinds: Vec<u8>,
    /// `co_filename`.
    pub filename: Wtf8Buf,
    /// `co_name`.
    pub name: Wtf8Buf,
    /// `co_qualname`.
    pub qualname: Wtf8Buf,
    /// `co_firstlineno`, from 1.
    pub firstlineno: i32,
    /// `co_linetable`, see [`crate::locations`].
    pub linetable: Vec<u8>,
    /// `co_exceptiontable`, see [`crate::exceptions`].
    pub exceptiontable: Vec<u8>,
}

impl Code {
    fn names_of(&self, mask: u8) -> impl Iterator<Item = &Wtf8Buf> {
        self.localsplusnames.iter().zip(&self.localspluskinds).filter(move |(_, k)| *k & mask != 0).map(|(n, _)| n)
    }

    /// `co_varnames`: parameters and locals, those that became cells included.
    pub fn varnames(&self) -> impl Iterator<Item = &Wtf8Buf> {
        self.names_of(kind::LOCAL)
    }

    /// `co_cellvars`.
    pub fn cellvars(&self) -> impl Iterator<Item = &Wtf8Buf> {
        self.names_of(kind::CELL)
    }

    /// `co_freevars`.
    pub fn freevars(&self) -> impl Iterator<Item = &Wtf8Buf> {
        self.names_of(kind::FREE)
    }

    /// How many code units the instructions take.
    pub fn units(&self) -> usize {
        self.code.len() / 2
    }
}

/// A constant, as the compiler writes it.
#[derive(Clone, Debug)]
pub enum Const {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// `...`
    Ellipsis,
    /// int
    Int(BigInt),
    /// float
    Float(f64),
    /// complex: real and imaginary part
    Complex(f64, f64),
    /// str
    Str(Wtf8Buf),
    /// bytes
    Bytes(Vec<u8>),
    /// tuple
    Tuple(Vec<Const>),
    /// frozenset, in the order of insertion
    FrozenSet(Vec<Const>),
    /// slice: start, stop, step
    Slice(Box<[Const; 3]>),
    /// code
    Code(Rc<Code>),
}

/// Equality is identity of constants: types must agree, and floats compare by bits, so that `0.0` and `-0.0` stay two
/// constants and a NaN equals itself. The order of a frozenset does not count.
impl PartialEq for Const {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Const::None, Const::None) | (Const::Ellipsis, Const::Ellipsis) => true,
            (Const::Bool(a), Const::Bool(b)) => a == b,
            (Const::Int(a), Const::Int(b)) => a == b,
            (Const::Float(a), Const::Float(b)) => a.to_bits() == b.to_bits(),
            (Const::Complex(a, b), Const::Complex(c, d)) => a.to_bits() == c.to_bits() && b.to_bits() == d.to_bits(),
            (Const::Str(a), Const::Str(b)) => a == b,
            (Const::Bytes(a), Const::Bytes(b)) => a == b,
            (Const::Tuple(a), Const::Tuple(b)) => a == b,
            (Const::FrozenSet(a), Const::FrozenSet(b)) => a.len() == b.len() && a.iter().all(|item| b.contains(item)),
            (Const::Slice(a), Const::Slice(b)) => a == b,
            (Const::Code(a), Const::Code(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Const {}

impl std::hash::Hash for Const {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Const::None | Const::Ellipsis => {}
            Const::Bool(b) => b.hash(state),
            Const::Int(i) => i.hash(state),
            Const::Float(f) => f.to_bits().hash(state),
            Const::Complex(re, im) => (re.to_bits(), im.to_bits()).hash(state),
            Const::Str(s) => s.hash(state),
            Const::Bytes(b) => b.hash(state),
            Const::Tuple(items) => items.hash(state),
            // The order does not count.
            Const::FrozenSet(items) => items.len().hash(state),
            Const::Slice(parts) => parts.hash(state),
            Const::Code(code) => (&code.name, code.firstlineno, code.code.len()).hash(state),
        }
    }
}
