//! `BufferedRWPair`.

use super::super::base::{BufferedIOBase, IOBase};
use super::super::both;
use super::{BufferedReader, BufferedWriter};
use vm::object::{attr, instance};
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// A buffered reader and writer object together.
///
/// A buffered reader object and buffered writer object put together to
/// form a sequential IO object that can read and write.
#[pytype("BufferedRWPair", base = BufferedIOBase, flags(BASETYPE, HAVE_GC), module = "_io")]
pub struct BufferedRWPair {
    pub base: BufferedIOBase,
    reader: Field<Object>,
    writer: Field<Object>,
}

impl BufferedRWPair {
    fn to(&self, vm: &Vm, field: &Field<Object>, name: &str, args: &[Object]) -> Result<Object> {
        let stream = field.get().ok_or_else(|| raise!(vm, ValueError, "I/O operation on uninitialized object"))?;
        call::call_method(vm, &stream, &vm.intern(name), args)
    }
}

#[pymethods]
impl BufferedRWPair {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let base = BufferedIOBase { base: IOBase { head: Head::new() } };
        Ok(instance::alloc(vm, cls, BufferedRWPair { base, reader: Field::empty(), writer: Field::empty() })?
            .into_object())
    }

    #[slot("(reader, writer, buffer_size=131072, /)")]
    fn init(&self, vm: &Vm, reader: &Object, writer: &Object, buffer_size: isize) -> Result<()> {
        let size = Int::from_i64(buffer_size as i64);
        self.reader.set(Some(call::call(vm, BufferedReader::class().as_object(), &[reader.clone(), size.clone()])?));
        self.writer.set(Some(call::call(vm, BufferedWriter::class().as_object(), &[writer.clone(), size])?));
        Ok(())
    }

    #[py("read(*args)", notext, tuple)]
    fn read(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        self.to(vm, &self.reader, "read", args)
    }

    #[py("read1(*args)", notext, tuple)]
    fn read1(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        self.to(vm, &self.reader, "read1", args)
    }

    #[py("peek(*args)", notext, tuple)]
    fn peek(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        self.to(vm, &self.reader, "peek", args)
    }

    #[py("readinto(*args)", notext, tuple)]
    fn readinto(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        self.to(vm, &self.reader, "readinto", args)
    }

    #[py("readinto1(*args)", notext, tuple)]
    fn readinto1(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        self.to(vm, &self.reader, "readinto1", args)
    }

    #[py("write(*args)", notext, tuple)]
    fn write(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        self.to(vm, &self.writer, "write", args)
    }

    #[py("flush()")]
    fn flush(&self, vm: &Vm) -> Result<Object> {
        self.to(vm, &self.writer, "flush", &[])
    }

    #[py("readable()")]
    fn readable(&self, vm: &Vm) -> Result<Object> {
        self.to(vm, &self.reader, "readable", &[])
    }

    #[py("writable()")]
    fn writable(&self, vm: &Vm) -> Result<Object> {
        self.to(vm, &self.writer, "writable", &[])
    }

    #[py("close()")]
    fn close(&self, vm: &Vm) -> Result<Object> {
        let first = self.to(vm, &self.writer, "close", &[]);
        both(vm, first, || self.to(vm, &self.reader, "close", &[]))
    }

    #[py("isatty()")]
    fn isatty(&self, vm: &Vm) -> Result<Object> {
        let writer = self.to(vm, &self.writer, "isatty", &[])?;
        if protocol::is_true(vm, &writer)? {
            return Ok(writer);
        }
        self.to(vm, &self.reader, "isatty", &[])
    }

    #[getter("closed")]
    fn closed(&self, vm: &Vm) -> Result<Object> {
        match self.writer.get() {
            Some(writer) => attr::getattr(vm, &writer, vm.names().closed()),
            None => Err(raise!(vm, RuntimeError, "the BufferedRWPair object is being garbage-collected")),
        }
    }
}
