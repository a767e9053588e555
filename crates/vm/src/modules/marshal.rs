//! `marshal`: the format's reader and writer (crate `bytecode`) over heap objects.

use crate::builtins::complex::Complex;
use crate::builtins::set::{FrozenSet, Set};
use crate::builtins::slice::Slice;
use crate::frame::code::Code;
use crate::prelude::*;
use crate::protocol::{call, iter};
use bytecode::marshal::{self, Atom, Builder, Container, Error, Graph, Reader, Text, View, Writer};
use std::borrow::Cow;

/// Raises what the reader or writer found.
fn fail(vm: &Vm, error: Error<Raised>) -> Raised {
    match error {
        Error::Eof(text) => raise!(vm, EOFError, "{text}"),
        Error::Value(text) => raise!(vm, ValueError, "{text}"),
        Error::Type(text) => raise!(vm, TypeError, "{text}"),
        Error::Memory => vm.out_of_memory(),
        Error::Other(raised) => raised,
    }
}

struct Objects<'a> {
    vm: &'a Vm,
    /// Objects made for the writer only: it tells objects apart by address, so these must not die before its end.
    kept: Vec<Object>,
    /// The sets being written, with their lengths: an item's `__buffer__` may change them.
    sets: Vec<(Object, usize)>,
    /// Whether code that is read was verified when it was written.
    is_verified: bool,
}

impl<'a> Objects<'a> {
    fn new(vm: &'a Vm) -> Objects<'a> {
        Objects { vm, kept: Vec::new(), sets: Vec::new(), is_verified: false }
    }
}

type Step<T> = Result<T, Error<Raised>>;

fn other<T>(result: Result<T>) -> Step<T> {
    result.map_err(Error::Other)
}

impl Builder for Objects<'_> {
    type Value = Object;
    type Error = Raised;

    fn atom(&mut self, atom: Atom<'_>) -> Step<Object> {
        let vm = self.vm;
        Ok(match atom {
            Atom::None => none(),
            Atom::StopIteration => crate::exception::types::StopIteration.get().to_object(),
            Atom::Ellipsis => crate::builtins::none::ellipsis(),
            Atom::Bool(b) => b.object(),
            Atom::Int(i) => Int::from_i64(i),
            Atom::Big(big) => other(Int::from_big(vm, big))?,
            Atom::Float(f) => Float::from_f64(f),
            Atom::Complex(re, im) => Complex::make(re, im),
            Atom::Bytes(bytes) => other(Bytes::try_new(vm, bytes))?.into_object(),
            Atom::Str(text, interned) => {
                let text = match text {
                    Text::Latin1(bytes) if bytes.is_ascii() => other(Str::from_units(vm, text::Units::Ascii(bytes)))?,
                    Text::Latin1(bytes) => other(Str::from_units(vm, text::Units::Latin1(bytes)))?,
                    Text::Wtf8(bytes) => match text::Wtf8Buf::from_bytes(bytes.to_vec()) {
                        Some(text) => other(Str::from_wtf8(vm, &text))?,
                        None => return Err(Error::Value("bad marshal data (invalid string)")),
                    },
                };
                if interned { vm.intern_ref(&text).into_object() } else { text.into_object() }
            }
        })
    }

    fn shell(&mut self, kind: Container, len: usize) -> Step<Option<Object>> {
        Ok(match kind {
            Container::List => Some(List::empty().into_object()),
            Container::Dict => Some(Dict::empty().into_object()),
            Container::Set => Some(other(Set::from_items(self.vm, Vec::new()))?),
            Container::Tuple if len == 0 => None,
            Container::Tuple => Some(Tuple::try_from_fn(len, |_| none()).map_err(|_| Error::Memory)?.into_object()),
            Container::FrozenSet | Container::Slice => None,
        })
    }

    fn fill(&mut self, kind: Container, shell: Option<Object>, parts: Vec<Object>) -> Step<Object> {
        let vm = self.vm;
        let shell = match shell {
            Some(shell) => shell,
            // What nothing refers to was not begun.
            None => self.shell(kind, 0)?.unwrap_or_else(none),
        };
        match kind {
            Container::Tuple => match shell.cast::<Tuple>() {
                Some(tuple) => {
                    tuple.complete(parts);
                    Ok(shell)
                }
                None => Ok(other(Tuple::from_vec(vm, parts))?.into_object()),
            },
            Container::FrozenSet => other(FrozenSet::from_items(vm, parts)),
            Container::Slice => match &parts[..] {
                [start, stop, step] => Ok(Slice::make(start, stop, step)),
                _ => Err(Error::Value("bad marshal data (slice)")),
            },
            Container::List => {
                if let Some(list) = shell.cast::<List>() {
                    drop(list.items.put(parts));
                }
                Ok(shell)
            }
            Container::Dict => {
                if let Some(dict) = shell.cast::<Dict>() {
                    let mut parts = parts.into_iter();
                    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
                        other(dict.set(vm, &key, value))?;
                    }
                }
                Ok(shell)
            }
            Container::Set => {
                if let Some(set) = shell.cast::<Set>() {
                    for part in &parts {
                        other(set.add(vm, part))?;
                    }
                }
                Ok(shell)
            }
        }
    }

    fn code(&mut self, fields: marshal::CodeFields<Object>) -> Step<Object> {
        other(Code::from_fields(self.vm, fields, self.is_verified)).map(Ref::into_object)
    }
}

/// Reads the one code object of a module that is part of the program.
pub fn load_frozen(vm: &Vm, bytes: &[u8]) -> Result<Ref<Code>> {
    let mut objects = Objects { is_verified: true, ..Objects::new(vm) };
    let value = Reader::new(bytes, &mut objects, true).read().map_err(|e| fail(vm, e))?;
    value.cast::<Code>().cloned().ok_or_else(|| raise!(vm, ImportError, "a frozen module is no code object"))
}

/// Reads an object from bytes; gives it and how many bytes it took.
pub fn loads(vm: &Vm, bytes: &[u8], allow_code: bool) -> Result<(Object, usize)> {
    let mut objects = Objects::new(vm);
    let mut reader = Reader::new(bytes, &mut objects, allow_code);
    let value = reader.read().map_err(|e| fail(vm, e))?;
    let rest = reader.into_source();
    Ok((value, bytes.len() - rest.len()))
}

/// A file object: every part is asked of it when it is needed, so what stands behind the value stays unread.
struct OpenFile<'a> {
    vm: &'a Vm,
    file: &'a Object,
    part: Vec<u8>,
}

impl marshal::Source<Raised> for OpenFile<'_> {
    fn take(&mut self, count: usize) -> Step<&[u8]> {
        let vm = self.vm;
        let mut room = Vec::new();
        room.try_reserve_exact(count).map_err(|_| Error::Memory)?;
        room.resize(count, 0);
        let room = crate::builtins::bytearray::ByteArray::from_vec(room);
        let name = vm.intern("readinto");
        let read = other(call::call_method(vm, self.file, &name, &[room.to_object()]))?;
        let read = other(crate::protocol::number::as_ssize(vm, &read, None))?;
        if read > count as isize {
            let error =
                raise!(vm, ValueError, "read() returned too much data: {count} bytes requested, {read} returned");
            return Err(Error::Other(error));
        }
        if read < count as isize {
            return Err(Error::Eof("EOF read where not expected"));
        }
        self.part.clear();
        self.part.extend_from_slice(&room.view());
        Ok(&self.part)
    }

    fn left(&self) -> Option<usize> {
        None
    }
}

impl<'a> Graph<'a> for Objects<'_> {
    type Value = Object;
    type Error = Raised;

    fn view(&mut self, value: &Object) -> Step<View<'a, Object>> {
        let vm = self.vm;
        if let Some(small) = value.as_small_int() {
            return Ok(View::SmallInt(small));
        }
        if value.is(&none()) {
            return Ok(View::None);
        }
        if value.is_exact::<Bool>() {
            return Ok(View::Bool(value.is(&true.object())));
        }
        if value.is_exact::<Int>() {
            return Ok(View::Int(Cow::Owned(Int::to_big(value).unwrap_or_default())));
        }
        if value.is_exact::<Float>() {
            return Ok(View::Float(Float::value_of(value).unwrap_or_default()));
        }
        if let Some(text) = value.cast_exact::<Str>() {
            return Ok(View::Str(Cow::Owned(text.to_wtf8().as_bytes().to_vec()), text.interned() != 0));
        }
        if let Some(tuple) = value.cast_exact::<Tuple>() {
            return Ok(View::Tuple(tuple.items().to_vec()));
        }
        if let Some(code) = value.cast_exact::<Code>() {
            let fields = code.to_fields();
            let made = [&fields.code, &fields.consts, &fields.names, &fields.localsplusnames, &fields.localspluskinds];
            self.kept.extend(made.into_iter().chain([&fields.linetable, &fields.exceptiontable]).cloned());
            return Ok(View::Code(Box::new(fields)));
        }
        if value.is(&crate::builtins::none::ellipsis()) {
            return Ok(View::Ellipsis);
        }
        if value.is(crate::exception::types::StopIteration.get().as_object()) {
            return Ok(View::StopIteration);
        }
        if let Some(list) = value.cast_exact::<List>() {
            return Ok(View::List(other(vm.memory(list.items.to_vec()))?));
        }
        if let Some(dict) = value.cast_exact::<Dict>() {
            return Ok(View::Dict(dict.to_pairs()));
        }
        if value.is_exact::<Set>() || value.is_exact::<FrozenSet>() {
            let items = other(iter::to_vec(vm, value))?;
            self.sets.push((value.clone(), items.len()));
            return Ok(if value.is_exact::<Set>() { View::Set(items) } else { View::FrozenSet(items) });
        }
        if let Some(complex) = value.cast_exact::<Complex>() {
            return Ok(View::Complex(complex.real, complex.imag));
        }
        if let Some(slice) = value.cast_exact::<Slice>() {
            return Ok(View::Slice([slice.start.clone(), slice.stop.clone(), slice.step.clone()]));
        }
        if let Some(bytes) = value.cast_exact::<Bytes>() {
            return Ok(View::Bytes(Cow::Owned(bytes.as_bytes().to_vec())));
        }
        if crate::object::type_of(value).slots.buffer.get().is_some() {
            let buffer = other(crate::object::buffer::get_buffer(vm, value, crate::object::buffer::request::SIMPLE))?;
            let bytes = buffer.to_vec();
            buffer.release(vm);
            for (set, len) in &self.sets {
                if other(crate::protocol::object::len(vm, set))? != *len {
                    return Err(Error::Other(raise!(vm, RuntimeError, "set changed size during iteration")));
                }
            }
            return Ok(View::Bytes(Cow::Owned(bytes)));
        }
        Ok(View::Unmarshallable)
    }

    fn identity(&mut self, value: &Object) -> Option<u64> {
        value.is_heap().then(|| value.word())
    }
}

/// Writes an object.
pub fn dumps(vm: &Vm, value: &Object, version: i32, allow_code: bool) -> Result<Vec<u8>> {
    let mut writer = Writer::new(version, allow_code);
    writer.write(&mut Objects::new(vm), value.clone()).map_err(|e| fail(vm, e))?;
    Ok(writer.finish())
}

/// This module contains functions that can read and write Python values in
/// a binary format. The format is specific to Python, but independent of
/// machine architecture issues.
#[pymodule("marshal")]
pub mod module {
    use super::*;

    #[constant("version")]
    const FORMAT: i32 = marshal::VERSION;

    /// Write the value on the open file.
    #[py("dump(value, file, version=5, /, *, allow_code=True)")]
    fn dump(vm: &Vm, value: &Object, file: &Object, version: i32, allow_code: bool) -> Result<Object> {
        let bytes = dumps_inner(vm, value, version, allow_code)?;
        call::call_method(vm, file, vm.names().write(), &[bytes.into_object()])
    }

    fn dumps_inner(vm: &Vm, value: &Object, version: i32, allow_code: bool) -> Result<Ref<Bytes>> {
        Bytes::try_new(vm, &super::dumps(vm, value, version, allow_code)?)
    }

    /// Return the bytes object that would be written to a file by dump(value, file).
    #[py("dumps(value, version=5, /, *, allow_code=True)")]
    fn dumps(vm: &Vm, value: &Object, version: i32, allow_code: bool) -> Result<Ref<Bytes>> {
        dumps_inner(vm, value, version, allow_code)
    }

    /// Read one value from the open file and return it.
    #[py("load(file, /, *, allow_code=True)")]
    fn load(vm: &Vm, file: &Object, allow_code: bool) -> Result<Object> {
        let data = call::call_method(vm, file, vm.names().read(), &[Object::int32(0)])?;
        if crate::builtins::bytes::bytes_or_bytearray(&data).is_none() {
            bail!(vm, TypeError, "file.read() returned not bytes but {}", crate::object::type_name(&data));
        }
        let mut objects = Objects::new(vm);
        let source = OpenFile { vm, file, part: Vec::new() };
        let value = Reader::new(source, &mut objects, allow_code).read().map_err(|e| fail(vm, e))?;
        Ok(value)
    }

    /// Convert the bytes-like object to a value.
    #[py("loads(bytes, /, *, allow_code=True)")]
    fn loads(vm: &Vm, bytes: &Object, allow_code: bool) -> Result<Object> {
        if let Some(bytes) = bytes.cast::<Bytes>() {
            return Ok(super::loads(vm, bytes.as_bytes(), allow_code)?.0);
        }
        let buffer = crate::object::buffer::get_buffer(vm, bytes, crate::object::buffer::request::SIMPLE)?;
        let mut known = None;
        if let Some(checked) = vm.interp().checked_pyc.take()
            && let [file, code] = checked.items()
            && let Some(body) = file.cast::<Bytes>().and_then(|f| f.as_bytes().get(bytecode::pyc::HEADER_LEN..))
        {
            known = buffer.with_contiguous(|bytes| std::ptr::eq(bytes, body)).then(|| code.clone());
        }
        if let Some(code) = known {
            buffer.release(vm);
            return Ok(code);
        }
        let data = buffer.to_vec();
        buffer.release(vm);
        Ok(super::loads(vm, &data, allow_code)?.0)
    }
}
