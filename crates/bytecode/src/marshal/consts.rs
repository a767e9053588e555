//! The ready pair for [`Code`] and [`Const`]: what the compiler makes and `.pyc` files hold.

use super::{Atom, Builder, CodeFields, Container, Error, Graph, Reader, Text, VERSION, View, Writer};
use crate::{Code, CodeFlags, Const};
use number::BigInt;
use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::rc::Rc;
use text::Wtf8Buf;

/// Reads the one code object that a `.pyc`'s body is.
pub fn load(bytes: &[u8]) -> Result<Rc<Code>, Error<Infallible>> {
    match load_const(bytes)? {
        Const::Code(code) => Ok(code),
        _ => Err(Error::Type("non-code object")),
    }
}

/// Reads one constant. What no constant can be (a list, a dict, a set) is a ValueError.
pub fn load_const(bytes: &[u8]) -> Result<Const, Error<Infallible>> {
    Reader::new(bytes, &mut Constants, true).read()
}

/// Writes a code object as a `.pyc`'s body. Fails only on lengths beyond 31 bits and on depth.
pub fn dump(code: &Code) -> Result<Vec<u8>, Error<Infallible>> {
    dump_value(Value::Code(code))
}

/// Writes one constant.
pub fn dump_const(value: &Const) -> Result<Vec<u8>, Error<Infallible>> {
    dump_value(Value::Const(value))
}

fn dump_value(value: Value<'_>) -> Result<Vec<u8>, Error<Infallible>> {
    let mut writer = Writer::new(VERSION, true);
    writer.write(&mut Shared::default(), value)?;
    Ok(writer.finish())
}

struct Constants;

type Result_<T> = Result<T, Error<Infallible>>;

const NOT_A_CONSTANT: Error<Infallible> = Error::Value("bad marshal data (not a constant)");
const BAD_CODE: Error<Infallible> = Error::Type("bad marshal data (wrong type of a code object's field)");

impl Builder for Constants {
    type Value = Const;
    type Error = Infallible;

    fn atom(&mut self, atom: Atom<'_>) -> Result_<Const> {
        Ok(match atom {
            Atom::None => Const::None,
            Atom::StopIteration => return Err(NOT_A_CONSTANT),
            Atom::Ellipsis => Const::Ellipsis,
            Atom::Bool(value) => Const::Bool(value),
            Atom::Int(value) => Const::Int(BigInt::from(value)),
            Atom::Big(value) => Const::Int(value),
            Atom::Float(value) => Const::Float(value),
            Atom::Complex(re, im) => Const::Complex(re, im),
            Atom::Bytes(bytes) => Const::Bytes(copy(bytes)?),
            Atom::Str(Text::Latin1(bytes), _) if !bytes.is_ascii() => {
                Const::Str(bytes.iter().map(|b| char::from(*b)).collect::<String>().into())
            }
            Atom::Str(Text::Latin1(bytes) | Text::Wtf8(bytes), _) => {
                let text = Wtf8Buf::from_bytes(copy(bytes)?);
                Const::Str(text.ok_or(Error::Value("bad marshal data (str is not UTF-8)"))?)
            }
        })
    }

    fn shell(&mut self, _kind: Container, _len: usize) -> Result_<Option<Const>> {
        Ok(None)
    }

    fn fill(&mut self, kind: Container, _shell: Option<Const>, parts: Vec<Const>) -> Result_<Const> {
        match kind {
            Container::Tuple => Ok(Const::Tuple(parts)),
            Container::FrozenSet => Ok(Const::FrozenSet(parts)),
            Container::Slice => match <[Const; 3]>::try_from(parts) {
                Ok(parts) => Ok(Const::Slice(Box::new(parts))),
                Err(_) => Err(NOT_A_CONSTANT),
            },
            Container::List | Container::Set | Container::Dict => Err(NOT_A_CONSTANT),
        }
    }

    fn code(&mut self, fields: CodeFields<Const>) -> Result_<Const> {
        let count = |value: i32, negative| u32::try_from(value).map_err(|_| Error::Value(negative));
        Ok(Const::Code(Rc::new(Code {
            argcount: count(fields.argcount, "code: argcount must not be negative")?,
            posonlyargcount: count(fields.posonlyargcount, "code: posonlyargcount must not be negative")?,
            kwonlyargcount: count(fields.kwonlyargcount, "code: kwonlyargcount must not be negative")?,
            stacksize: count(fields.stacksize, "code: stacksize must not be negative")?,
            flags: CodeFlags(fields.flags as u32),
            code: bytes(fields.code)?,
            consts: match fields.consts {
                Const::Tuple(items) => items,
                _ => return Err(BAD_CODE),
            },
            names: names(fields.names)?,
            localsplusnames: names(fields.localsplusnames)?,
            localspluskinds: bytes(fields.localspluskinds)?,
            filename: name(fields.filename)?,
            name: name(fields.name)?,
            qualname: name(fields.qualname)?,
            firstlineno: fields.firstlineno,
            linetable: bytes(fields.linetable)?,
            exceptiontable: bytes(fields.exceptiontable)?,
        })))
    }
}

fn copy(bytes: &[u8]) -> Result_<Vec<u8>> {
    let mut copied = Vec::new();
    copied.try_reserve_exact(bytes.len()).map_err(|_| Error::Memory)?;
    copied.extend_from_slice(bytes);
    Ok(copied)
}

fn bytes(value: Const) -> Result_<Vec<u8>> {
    if let Const::Bytes(bytes) = value { Ok(bytes) } else { Err(BAD_CODE) }
}

fn name(value: Const) -> Result_<Wtf8Buf> {
    if let Const::Str(text) = value { Ok(text) } else { Err(BAD_CODE) }
}

fn names(value: Const) -> Result_<Vec<Wtf8Buf>> {
    match value {
        Const::Tuple(items) => items.into_iter().map(name).collect(),
        _ => Err(BAD_CODE),
    }
}

/// Something to write.
#[derive(Clone, Copy)]
enum Value<'a> {
    Const(&'a Const),
    Code(&'a Code),
    Consts(&'a [Const]),
    Names(&'a [Wtf8Buf]),
    Name(&'a Wtf8Buf),
    Bytes(&'a [u8]),
}

/// Equal strings, bytes and flat tuples are written once. A key is where the first of them stood in `seen`.
#[derive(Default)]
struct Shared<'a> {
    seen: HashMap<Key<'a>, u64>,
}

#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Str(&'a [u8]),
    Bytes(&'a [u8]),
    Names(&'a [Wtf8Buf]),
    Const(&'a Const),
    Code(*const Code),
}

impl<'a> Graph<'a> for Shared<'a> {
    type Value = Value<'a>;
    type Error = Infallible;

    fn view(&mut self, value: &Value<'a>) -> Result_<View<'a, Value<'a>>> {
        Ok(match *value {
            Value::Code(code) => View::Code(Box::new(fields(code))),
            Value::Consts(items) => View::Tuple(items.iter().map(Value::Const).collect()),
            Value::Names(items) => View::Tuple(items.iter().map(Value::Name).collect()),
            Value::Name(text) => View::Str(Cow::Borrowed(text.as_bytes()), true),
            Value::Bytes(bytes) => View::Bytes(Cow::Borrowed(bytes)),
            Value::Const(value) => match value {
                Const::None => View::None,
                Const::Bool(value) => View::Bool(*value),
                Const::Ellipsis => View::Ellipsis,
                Const::Int(value) => View::Int(Cow::Borrowed(value)),
                Const::Float(value) => View::Float(*value),
                Const::Complex(re, im) => View::Complex(*re, *im),
                Const::Str(text) => View::Str(Cow::Borrowed(text.as_bytes()), is_identifier(text)),
                Const::Bytes(bytes) => View::Bytes(Cow::Borrowed(bytes)),
                Const::Tuple(items) => View::Tuple(items.iter().map(Value::Const).collect()),
                Const::FrozenSet(items) => View::FrozenSet(items.iter().map(Value::Const).collect()),
                Const::Slice(parts) => View::Slice([&parts[0], &parts[1], &parts[2]].map(Value::Const)),
                Const::Code(code) => View::Code(Box::new(fields(code))),
            },
        })
    }

    fn identity(&mut self, value: &Value<'a>) -> Option<u64> {
        let key = match *value {
            Value::Name(text) | Value::Const(Const::Str(text)) => Key::Str(text.as_bytes()),
            Value::Bytes(bytes) => Key::Bytes(bytes),
            Value::Const(Const::Bytes(bytes)) => Key::Bytes(bytes),
            Value::Names(names) if !names.is_empty() => Key::Names(names),
            Value::Const(Const::Code(code)) => Key::Code(Rc::as_ptr(code)),
            Value::Const(value @ (Const::Tuple(items) | Const::FrozenSet(items))) if is_flat(items) => {
                Key::Const(value)
            }
            Value::Const(_) | Value::Code(_) | Value::Consts(_) | Value::Names(_) => return None,
        };
        let next = self.seen.len() as u64;
        Some(*self.seen.entry(key).or_insert(next))
    }
}

fn fields(code: &Code) -> CodeFields<Value<'_>> {
    CodeFields {
        argcount: code.argcount as i32,
        posonlyargcount: code.posonlyargcount as i32,
        kwonlyargcount: code.kwonlyargcount as i32,
        stacksize: code.stacksize as i32,
        flags: code.flags.0 as i32,
        code: Value::Bytes(&code.code),
        consts: Value::Consts(&code.consts),
        names: Value::Names(&code.names),
        localsplusnames: Value::Names(&code.localsplusnames),
        localspluskinds: Value::Bytes(&code.localspluskinds),
        filename: Value::Name(&code.filename),
        name: Value::Name(&code.name),
        qualname: Value::Name(&code.qualname),
        firstlineno: code.firstlineno,
        linetable: Value::Bytes(&code.linetable),
        exceptiontable: Value::Bytes(&code.exceptiontable),
    }
}

/// Nested tuples are not shared: hashing each level anew would be quadratic.
fn is_flat(items: &[Const]) -> bool {
    !items.iter().any(|item| matches!(item, Const::Tuple(_) | Const::FrozenSet(_)))
}

/// Whether CPython interns such a constant: ASCII letters, digits and underscores only.
fn is_identifier(text: &Wtf8Buf) -> bool {
    text.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}
