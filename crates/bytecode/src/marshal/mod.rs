//! Python's marshal format, versions 0 to 5: what `.pyc` files hold and `marshal` reads and writes.
//!
//! An object is a type byte and a body; the byte's top bit ([`FLAG_REF`]) says that the object gets the next number, by
//! which `r` names it later. The reader and writer know the format only. What an object *is* they ask of a
//! [`Builder`] and a [`Graph`]; [`load`] and [`dump`] are the ready pair for [`Code`]. Both walk with a stack of their
//! own, so that no input exhausts the native one.

mod consts;
mod read;
mod write;

pub use consts::{dump, dump_const, load, load_const};
pub use read::{Atom, Builder, Container, Reader, Source, Text};
pub use write::{Graph, View, Writer};

/// The version that Python 3.14 writes: slices came with 5, short forms with 4, references with 3, binary floats with 2.
pub const VERSION: i32 = 5;

/// How deep objects may nest.
pub const MAX_DEPTH: usize = 2000;

/// On a type byte: the object is numbered.
const FLAG_REF: u8 = 0x80;

/// The type bytes.
mod tag {
    pub const NULL: u8 = b'0';
    pub const NONE: u8 = b'N';
    pub const FALSE: u8 = b'F';
    pub const TRUE: u8 = b'T';
    pub const STOP_ITERATION: u8 = b'S';
    pub const ELLIPSIS: u8 = b'.';
    pub const INT: u8 = b'i';
    pub const INT64: u8 = b'I';
    pub const LONG: u8 = b'l';
    pub const FLOAT_TEXT: u8 = b'f';
    pub const FLOAT: u8 = b'g';
    pub const COMPLEX_TEXT: u8 = b'x';
    pub const COMPLEX: u8 = b'y';
    pub const BYTES: u8 = b's';
    pub const STR: u8 = b'u';
    pub const INTERNED: u8 = b't';
    pub const ASCII: u8 = b'a';
    pub const ASCII_INTERNED: u8 = b'A';
    pub const SHORT_ASCII: u8 = b'z';
    pub const SHORT_ASCII_INTERNED: u8 = b'Z';
    pub const TUPLE: u8 = b'(';
    pub const SMALL_TUPLE: u8 = b')';
    pub const LIST: u8 = b'[';
    pub const DICT: u8 = b'{';
    pub const SET: u8 = b'<';
    pub const FROZENSET: u8 = b'>';
    pub const SLICE: u8 = b':';
    pub const CODE: u8 = b'c';
    pub const REF: u8 = b'r';
}

/// Why reading or writing stopped: the Python exception to raise and its text.
#[derive(Clone, Debug, PartialEq)]
pub enum Error<E> {
    /// EOFError
    Eof(&'static str),
    /// ValueError
    Value(&'static str),
    /// TypeError
    Type(&'static str),
    /// MemoryError
    Memory,
    /// What the builder, graph or source itself raised.
    Other(E),
}

impl<E: std::fmt::Display> std::fmt::Display for Error<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Eof(text) | Error::Value(text) | Error::Type(text) => f.write_str(text),
            Error::Memory => f.write_str("out of memory"),
            Error::Other(error) => error.fmt(f),
        }
    }
}

/// A code object's fields in the order that marshal keeps; `V` is whatever objects are.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the names are those of Code")]
pub struct CodeFields<V> {
    pub argcount: i32,
    pub posonlyargcount: i32,
    pub kwonlyargcount: i32,
    pub stacksize: i32,
    pub flags: i32,
    pub code: V,
    pub consts: V,
    pub names: V,
    pub localsplusnames: V,
    pub localspluskinds: V,
    pub filename: V,
    pub name: V,
    pub qualname: V,
    pub firstlineno: i32,
    pub linetable: V,
    pub exceptiontable: V,
}
