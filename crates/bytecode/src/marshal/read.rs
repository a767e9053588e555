//! Reading: bytes → objects of a [`Builder`]. Safe for any bytes.

use super::{CodeFields, Error, FLAG_REF, MAX_DEPTH, tag};
use number::BigInt;

/// An object without parts.
#[derive(Debug)]
pub enum Atom<'a> {
    /// `None`
    None,
    /// The class `StopIteration`.
    StopIteration,
    /// `...`
    Ellipsis,
    /// `False`, `True`
    Bool(bool),
    /// An int of up to 64 bits.
    Int(i64),
    /// A larger int.
    Big(BigInt),
    /// A float.
    Float(f64),
    /// A complex: real and imaginary part.
    Complex(f64, f64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A str, and whether it was interned.
    Str(Text<'a>, bool),
}

/// A str's text as it stands in the data.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    /// One byte for each code point, up to U+00FF.
    Latin1(&'a [u8]),
    /// UTF-8 with lone surrogates (`surrogatepass`), not yet checked.
    Wtf8(&'a [u8]),
}

/// An object with parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// tuple
    Tuple,
    /// list
    List,
    /// set
    Set,
    /// frozenset
    FrozenSet,
    /// dict: its parts are keys and values in turn
    Dict,
    /// slice: start, stop, step
    Slice,
}

/// Makes objects of what the reader finds.
pub trait Builder {
    /// An object.
    type Value: Clone;
    /// What making an object may raise.
    type Error;

    /// An object without parts.
    fn atom(&mut self, atom: Atom<'_>) -> Result<Self::Value, Error<Self::Error>>;

    /// The empty object that [`Builder::fill`] will complete, for a tuple, list, set or dict that its own parts may
    /// refer to. `None` where objects cannot be made in two steps. `len` is 0 for a dict; it is never more than the
    /// bytes that are left.
    fn shell(&mut self, kind: Container, len: usize) -> Result<Option<Self::Value>, Error<Self::Error>>;

    /// The object with these parts: `shell`, if there is one.
    fn fill(
        &mut self,
        kind: Container,
        shell: Option<Self::Value>,
        parts: Vec<Self::Value>,
    ) -> Result<Self::Value, Error<Self::Error>>;

    /// A code object. Field types are not checked yet.
    fn code(&mut self, fields: CodeFields<Self::Value>) -> Result<Self::Value, Error<Self::Error>>;
}

/// Where the bytes come from.
pub trait Source<E> {
    /// The next `count` bytes, or `Error::Eof("marshal data too short")`.
    fn take(&mut self, count: usize) -> Result<&[u8], Error<E>>;

    /// An upper bound of the bytes that are left, if known.
    fn left(&self) -> Option<usize>;
}

const TOO_SHORT: &str = "marshal data too short";
const NO_OBJECT: &str = "EOF read where object expected";

impl<E> Source<E> for &[u8] {
    fn take(&mut self, count: usize) -> Result<&[u8], Error<E>> {
        let (taken, rest) = self.split_at_checked(count).ok_or(Error::Eof(TOO_SHORT))?;
        *self = rest;
        Ok(taken)
    }

    fn left(&self) -> Option<usize> {
        Some(self.len())
    }
}

/// Reads objects from `source`, one after the other.
pub struct Reader<'a, S, B: Builder> {
    source: S,
    builder: &'a mut B,
    /// By number; `None` while the object is not made yet.
    refs: Vec<Option<B::Value>>,
    allow_code: bool,
}

/// An object whose parts are being read.
struct Open<V> {
    /// Its number, to be filled in when it is complete.
    number: Option<usize>,
    body: Body<V>,
}

enum Body<V> {
    Parts { kind: Container, left: usize, shell: Option<V>, parts: Vec<V> },
    Code { ints: [i32; 6], parts: Vec<V> },
}

/// What the bytes of one object amount to.
enum Begun<V> {
    Complete(V),
    /// The mark that ends a dict.
    Null,
    Open(Open<V>),
}

type Res<T, B> = Result<T, Error<<B as Builder>::Error>>;

/// In a code object: the parts before `firstlineno`, and all.
const CODE_PARTS_BEFORE_LINE: usize = 8;
const CODE_PARTS: usize = 10;

impl<'a, S: Source<B::Error>, B: Builder> Reader<'a, S, B> {
    /// A reader. Without `allow_code`, code objects are refused.
    pub fn new(source: S, builder: &'a mut B, allow_code: bool) -> Self {
        Reader { source, builder, refs: Vec::new(), allow_code }
    }

    /// What is left to read.
    pub fn into_source(self) -> S {
        self.source
    }

    /// Reads one object.
    pub fn read(&mut self) -> Res<B::Value, B> {
        self.refs.clear();
        let mut stack: Vec<Open<B::Value>> = Vec::new();
        loop {
            if stack.len() >= MAX_DEPTH {
                return Err(Error::Value("recursion limit exceeded"));
            }
            let mut value = match self.begin()? {
                Begun::Complete(value) => Some(value),
                Begun::Null => None,
                Begun::Open(open) if open.is_complete() => Some(self.close(open)?),
                Begun::Open(open) => {
                    stack.push(open);
                    continue;
                }
            };
            loop {
                let Some(top) = stack.last_mut() else {
                    return value.ok_or(Error::Type("NULL object in marshal data for object"));
                };
                self.accept(top, value)?;
                if !top.is_complete() {
                    break;
                }
                value = stack.pop().map(|top| self.close(top)).transpose()?;
            }
        }
    }

    fn begin(&mut self) -> Res<Begun<B::Value>, B> {
        let first = match self.source.take(1) {
            Ok(bytes) => bytes[0],
            Err(Error::Eof(_)) => return Err(Error::Eof(NO_OBJECT)),
            Err(error) => return Err(error),
        };
        let numbered = first & FLAG_REF != 0;
        let kind = match first & !FLAG_REF {
            tag::NULL => return Ok(Begun::Null),
            tag::REF => return self.reference().map(Begun::Complete),
            tag::CODE => return self.begin_code(numbered).map(Begun::Open),
            tag::SMALL_TUPLE => {
                let len = usize::from(self.short_length()?);
                return self.begin_parts(Container::Tuple, len, numbered);
            }
            tag::DICT => return self.begin_parts(Container::Dict, usize::MAX, numbered),
            tag::SLICE => return self.begin_parts(Container::Slice, 3, numbered),
            tag::TUPLE => (Container::Tuple, "bad marshal data (tuple size out of range)"),
            tag::LIST => (Container::List, "bad marshal data (list size out of range)"),
            tag::SET => (Container::Set, "bad marshal data (set size out of range)"),
            tag::FROZENSET => (Container::FrozenSet, "bad marshal data (set size out of range)"),
            other => {
                let value = self.atom(other)?;
                if numbered {
                    self.refs.push(Some(value.clone()));
                }
                return Ok(Begun::Complete(value));
            }
        };
        let len = self.length(kind.1)?;
        self.begin_parts(kind.0, len, numbered)
    }

    fn begin_parts(&mut self, kind: Container, len: usize, numbered: bool) -> Res<Begun<B::Value>, B> {
        let known = if kind == Container::Dict { 0 } else { len };
        // Every part takes a byte at least, so a length beyond the data needs no memory to be refused.
        if self.source.left().is_some_and(|left| known > left) {
            return Err(Error::Eof(NO_OBJECT));
        }
        let shell = match kind {
            _ if !numbered => None,
            Container::FrozenSet | Container::Slice => None,
            Container::Tuple | Container::List | Container::Set | Container::Dict => self.builder.shell(kind, known)?,
        };
        let number = numbered.then_some(self.refs.len());
        if numbered {
            self.refs.push(shell.clone());
        }
        let mut parts = Vec::new();
        parts.try_reserve(known.min(1 << 16)).map_err(|_| Error::Memory)?;
        Ok(Begun::Open(Open { number, body: Body::Parts { kind, left: len, shell, parts } }))
    }

    fn begin_code(&mut self, numbered: bool) -> Res<Open<B::Value>, B> {
        if !self.allow_code {
            return Err(Error::Value("unmarshalling code objects is disallowed"));
        }
        let number = numbered.then_some(self.refs.len());
        if numbered {
            self.refs.push(None);
        }
        let mut ints = [0; 6];
        for int in &mut ints[..5] {
            *int = self.int()?;
        }
        Ok(Open { number, body: Body::Code { ints, parts: Vec::with_capacity(CODE_PARTS) } })
    }

    /// Gives an open object its next part, `None` for the NULL mark.
    fn accept(&mut self, open: &mut Open<B::Value>, value: Option<B::Value>) -> Res<(), B> {
        match &mut open.body {
            Body::Parts { kind: Container::Dict, left, parts, .. } => match value {
                Some(value) => parts.push(value),
                None => {
                    // A key without its value is dropped.
                    parts.truncate(parts.len() & !1);
                    *left = 0;
                }
            },
            Body::Parts { kind, left, parts, .. } => {
                let value = value.ok_or(Error::Type(match kind {
                    Container::Tuple => "NULL object in marshal data for tuple",
                    Container::List => "NULL object in marshal data for list",
                    Container::Set | Container::FrozenSet => "NULL object in marshal data for set",
                    Container::Dict | Container::Slice => "NULL object in marshal data for object",
                }))?;
                parts.push(value);
                *left -= 1;
            }
            Body::Code { ints, parts } => {
                parts.push(value.ok_or(Error::Type("NULL object in marshal data for code object"))?);
                if parts.len() == CODE_PARTS_BEFORE_LINE {
                    ints[5] = self.int()?;
                }
            }
        }
        Ok(())
    }

    fn close(&mut self, open: Open<B::Value>) -> Res<B::Value, B> {
        let value = match open.body {
            Body::Parts { kind, shell, parts, .. } => self.builder.fill(kind, shell, parts)?,
            Body::Code { ints, parts } => {
                let parts: Result<[B::Value; CODE_PARTS], _> = parts.try_into();
                let Ok(parts) = parts else { return Err(Error::Type("NULL object in marshal data for code object")) };
                let [
                    code,
                    consts,
                    names,
                    localsplusnames,
                    localspluskinds,
                    filename,
                    name,
                    qualname,
                    linetable,
                    exceptiontable,
                ] = parts;
                let [argcount, posonlyargcount, kwonlyargcount, stacksize, flags, firstlineno] = ints;
                self.builder.code(CodeFields {
                    argcount,
                    posonlyargcount,
                    kwonlyargcount,
                    stacksize,
                    flags,
                    code,
                    consts,
                    names,
                    localsplusnames,
                    localspluskinds,
                    filename,
                    name,
                    qualname,
                    firstlineno,
                    linetable,
                    exceptiontable,
                })?
            }
        };
        if let Some(number) = open.number {
            self.refs[number] = Some(value.clone());
        }
        Ok(value)
    }

    fn atom(&mut self, kind: u8) -> Res<B::Value, B> {
        let atom = match kind {
            tag::NONE => Atom::None,
            tag::FALSE => Atom::Bool(false),
            tag::TRUE => Atom::Bool(true),
            tag::STOP_ITERATION => Atom::StopIteration,
            tag::ELLIPSIS => Atom::Ellipsis,
            tag::INT => Atom::Int(i64::from(self.int()?)),
            tag::INT64 => Atom::Int(i64::from_le_bytes(self.array()?)),
            tag::LONG => self.long()?,
            tag::FLOAT_TEXT => Atom::Float(self.float_text()?),
            tag::FLOAT => Atom::Float(self.float()?),
            tag::COMPLEX_TEXT => Atom::Complex(self.float_text()?, self.float_text()?),
            tag::COMPLEX => Atom::Complex(self.float()?, self.float()?),
            tag::BYTES => {
                let len = self.length("bad marshal data (bytes object size out of range)")?;
                Atom::Bytes(self.source.take(len)?)
            }
            tag::STR | tag::INTERNED => {
                let len = self.length("bad marshal data (string size out of range)")?;
                Atom::Str(Text::Wtf8(self.source.take(len)?), kind == tag::INTERNED)
            }
            tag::ASCII | tag::ASCII_INTERNED => {
                let len = self.length("bad marshal data (string size out of range)")?;
                Atom::Str(Text::Latin1(self.source.take(len)?), kind == tag::ASCII_INTERNED)
            }
            tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED => {
                let len = usize::from(self.short_length()?);
                Atom::Str(Text::Latin1(self.source.take(len)?), kind == tag::SHORT_ASCII_INTERNED)
            }
            _ => return Err(Error::Value("bad marshal data (unknown type code)")),
        };
        self.builder.atom(atom)
    }

    fn array<const N: usize>(&mut self) -> Res<[u8; N], B> {
        let bytes = self.source.take(N)?;
        bytes.try_into().map_err(|_| Error::Eof(TOO_SHORT))
    }

    fn int(&mut self) -> Res<i32, B> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn length(&mut self, negative: &'static str) -> Res<usize, B> {
        usize::try_from(self.int()?).map_err(|_| Error::Value(negative))
    }

    fn short_length(&mut self) -> Res<u8, B> {
        match self.source.take(1) {
            Ok(bytes) => Ok(bytes[0]),
            Err(Error::Eof(_)) => Err(Error::Eof("EOF read where not expected")),
            Err(error) => Err(error),
        }
    }

    fn float(&mut self) -> Res<f64, B> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    /// A float as decimal text, of versions 0 and 1.
    fn float_text(&mut self) -> Res<f64, B> {
        let len = usize::from(self.short_length()?);
        let text = std::str::from_utf8(self.source.take(len)?).ok();
        let value = text.and_then(|text| text.parse().ok());
        value.ok_or(Error::Value("bad marshal data (could not convert string to float)"))
    }

    /// An int as 15-bit digits, least first; a negative count says a negative int.
    fn long(&mut self) -> Res<Atom<'static>, B> {
        let count = self.int()?;
        let len = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
        if count == i32::MIN {
            return Err(Error::Value("bad marshal data (long size out of range)"));
        }
        let digits = self.source.take(len.saturating_mul(2))?;
        let mut bytes = Vec::new();
        bytes.try_reserve(len / 8 * 15 + 16).map_err(|_| Error::Memory)?;
        let (mut bits, mut held, mut last) = (0u32, 0u32, 1u32);
        for digit in digits.chunks_exact(2) {
            last = u32::from(u16::from_le_bytes([digit[0], digit[1]]));
            if last > 0x7FFF {
                return Err(Error::Value("bad marshal data (digit out of range in long)"));
            }
            bits |= last << held;
            held += 15;
            while held >= 8 {
                bytes.push(bits as u8);
                bits >>= 8;
                held -= 8;
            }
        }
        if last == 0 {
            return Err(Error::Value("bad marshal data (unnormalized long data)"));
        }
        bytes.push(bits as u8);
        bytes.push(0);
        let magnitude = BigInt::from_le_bytes(&bytes);
        let value = if count < 0 { -magnitude } else { magnitude };
        Ok(match i64::try_from(&value) {
            Ok(small) => Atom::Int(small),
            Err(_) => Atom::Big(value),
        })
    }

    fn reference(&mut self) -> Res<B::Value, B> {
        let number = self.int()?;
        let found = usize::try_from(number).ok().and_then(|number| self.refs.get(number).cloned().flatten());
        found.ok_or(Error::Value("bad marshal data (invalid reference)"))
    }
}

impl<V> Open<V> {
    fn is_complete(&self) -> bool {
        match &self.body {
            Body::Parts { left, .. } => *left == 0,
            Body::Code { parts, .. } => parts.len() == CODE_PARTS,
        }
    }
}
