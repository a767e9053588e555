//! Bits of a type's flags; the numbers are CPython's `Py_TPFLAGS_*`, which `type.__flags__` shows.

/// Ours: lookups are not remembered, since classes that are no bases stand in the MRO.
pub const UNVERSIONED: u32 = 1;
/// Ours: a type that CPython makes at run time, and that shows as [`HEAPTYPE`] (`copyreg` goes by that).
pub const SHOWN_AS_HEAP: u32 = 1 << 2;
/// Ours: `__getattribute__` stands in the type's own dict though it is `object`'s, as where CPython fills the slot by hand.
pub const SHOWS_GETATTRIBUTE: u32 = 1 << 15;
/// Ours: so do `__setattr__` and `__delattr__`.
pub const SHOWS_SETATTR: u32 = 1 << 16;
/// What `type.__flags__` does not show.
pub const OURS: u32 = UNVERSIONED | SHOWN_AS_HEAP | SHOWS_GETATTRIBUTE | SHOWS_SETATTR;
pub const STATIC_BUILTIN: u32 = 1 << 1;
pub const MANAGED_WEAKREF: u32 = 1 << 3;
pub const MANAGED_DICT: u32 = 1 << 4;
pub const SEQUENCE: u32 = 1 << 5;
pub const MAPPING: u32 = 1 << 6;
/// `T()` is not allowed from Python.
pub const DISALLOW_INSTANTIATION: u32 = 1 << 7;
/// Attributes cannot be set.
pub const IMMUTABLETYPE: u32 = 1 << 8;
pub const HEAPTYPE: u32 = 1 << 9;
/// Can be a base of a class.
pub const BASETYPE: u32 = 1 << 10;
pub const HAVE_VECTORCALL: u32 = 1 << 11;
pub const READY: u32 = 1 << 12;
pub const READYING: u32 = 1 << 13;
pub const HAVE_GC: u32 = 1 << 14;
/// Calls bind `self` without a bound method object.
pub const METHOD_DESCRIPTOR: u32 = 1 << 17;
/// `case T(x)` matches the subject itself.
pub const MATCH_SELF: u32 = 1 << 22;
pub const ABSTRACT: u32 = 1 << 20;
pub const LONG_SUBCLASS: u32 = 1 << 24;
pub const LIST_SUBCLASS: u32 = 1 << 25;
pub const TUPLE_SUBCLASS: u32 = 1 << 26;
pub const BYTES_SUBCLASS: u32 = 1 << 27;
pub const UNICODE_SUBCLASS: u32 = 1 << 28;
pub const DICT_SUBCLASS: u32 = 1 << 29;
pub const BASE_EXC_SUBCLASS: u32 = 1 << 30;
pub const TYPE_SUBCLASS: u32 = 1 << 31;

/// What a class inherits from its bases.
pub const INHERITED: u32 = SEQUENCE
    | MAPPING
    | MATCH_SELF
    | LONG_SUBCLASS
    | LIST_SUBCLASS
    | TUPLE_SUBCLASS
    | BYTES_SUBCLASS
    | UNICODE_SUBCLASS
    | DICT_SUBCLASS
    | BASE_EXC_SUBCLASS
    | TYPE_SUBCLASS;
