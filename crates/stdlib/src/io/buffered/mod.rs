//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`, `BufferedRWPair`.

mod buffer;
mod pair;

pub use pair::BufferedRWPair;

use super::base::{BufferedIOBase, IOBase};
use super::{fill_buffer, size_of_arg, unsupported};
use buffer::Buffer;
use vm::object::{attr, instance, type_of};
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

fn repr(vm: &Vm, this: &Object) -> Result<String> {
    let kind = type_of(this).short_name();
    let text = vm.guard_repr(this, || {
        Ok(match attr::getattr_opt(vm, this, vm.names().name()) {
            Ok(Some(name)) => format!("<_io.{kind} name={}>", protocol::repr(vm, &name)?),
            Ok(None) => format!("<_io.{kind}>"),
            Err(_) if vm.raised_is(&vm::exception::types::ValueError) => {
                vm.clear_raised();
                format!("<_io.{kind}>")
            }
            Err(raised) => return Err(raised),
        })
    })?;
    text.ok_or_else(|| raise!(vm, RuntimeError, "reentrant call inside {kind}.__repr__"))
}

macro_rules! buffered {
    ($kind:ident, $name:literal, $doc:literal, $need:literal, $refusal:literal, { $($more:tt)* }) => {
        #[doc = $doc]
        #[pytype($name, base = BufferedIOBase, flags(BASETYPE, HAVE_GC), module = "_io")]
        pub struct $kind {
            pub base: BufferedIOBase,
            pub(super) buffer: Buffer,
        }

        #[pymethods]
        impl $kind {
            #[slot]
            fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
                let _ = args;
                let body = $kind { base: BufferedIOBase { base: IOBase { head: Head::new() } }, buffer: Buffer::new() };
                Ok(instance::alloc(vm, cls, body)?.into_object())
            }

            #[slot("(raw, buffer_size=131072)")]
            fn init(&self, vm: &Vm, raw: &Object, buffer_size: isize) -> Result<()> {
                self.buffer.unready();
                let able = call::call_method(vm, raw, &vm.intern($need), &[])?;
                if !protocol::is_true(vm, &able)? {
                    return Err(unsupported(vm, $refusal));
                }
                self.buffer.start(vm, raw, buffer_size)
            }

            #[slot]
            fn repr(this: &Object, vm: &Vm) -> Result<String> {
                repr(vm, this)
            }

            #[py("close()")]
            fn close(this: &Ref<Self>, vm: &Vm) -> Result<()> {
                this.buffer.close(vm, this.as_object())
            }

            #[py("flush()")]
            fn flush(this: &Ref<Self>, vm: &Vm) -> Result<()> {
                if $need == "readable" {
                    // There is nothing to write, and whoever reads at this moment may ask for it.
                    return this.buffer.forward(vm, "flush").map(drop);
                }
                let _inside = this.buffer.enter(vm, this.as_object())?;
                this.buffer.flush(vm)
            }

            #[py("detach()")]
            fn detach(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
                call::call_method(vm, this.as_object(), vm.names().flush(), &[])?;
                this.buffer.detach(vm)
            }

            #[py("seek(target, whence=0, /)")]
            fn seek(this: &Ref<Self>, vm: &Vm, target: i64, whence: i32) -> Result<Object> {
                let _inside = this.buffer.enter(vm, this.as_object())?;
                this.buffer.seek(vm, target, whence)
            }

            #[py("tell()")]
            fn tell(&self, vm: &Vm) -> Result<i64> {
                self.buffer.tell(vm)
            }

            #[py("truncate(pos=None, /)", keywords)]
            fn truncate(&self, vm: &Vm, pos: Option<&Object>) -> Result<Object> {
                let raw = self.buffer.check(vm, "truncate of")?;
                if $need == "readable" {
                    return Err(unsupported(vm, "truncate"));
                }
                self.buffer.flush_pending(vm)?;
                let pos = match pos {
                    Some(pos) => pos.clone(),
                    None => Int::from_i64(self.buffer.tell(vm)?),
                };
                call::call_method(vm, &raw, vm.names().truncate(), &[pos])
            }

            #[py("readable()")]
            fn readable(&self, vm: &Vm) -> Result<Object> {
                if $need == "writable" { Ok(false.object()) } else { self.buffer.forward(vm, "readable") }
            }

            #[py("writable()")]
            fn writable(&self, vm: &Vm) -> Result<Object> {
                if $need == "readable" { Ok(false.object()) } else { self.buffer.forward(vm, "writable") }
            }

            #[py("seekable()")]
            fn seekable(&self, vm: &Vm) -> Result<Object> {
                self.buffer.forward(vm, "seekable")
            }

            #[py("fileno()")]
            fn fileno(&self, vm: &Vm) -> Result<Object> {
                self.buffer.forward(vm, "fileno")
            }

            #[py("isatty()")]
            fn isatty(&self, vm: &Vm) -> Result<Object> {
                self.buffer.forward(vm, "isatty")
            }

            #[getter("closed")]
            fn closed(&self, vm: &Vm) -> Result<Object> {
                let raw = self.buffer.raw(vm)?;
                attr::getattr(vm, &raw, vm.names().closed())
            }

            #[getter("name")]
            fn name(&self, vm: &Vm) -> Result<Object> {
                let raw = self.buffer.raw(vm)?;
                attr::getattr(vm, &raw, vm.names().name())
            }

            #[getter("mode")]
            fn mode(&self, vm: &Vm) -> Result<Object> {
                let raw = self.buffer.raw(vm)?;
                attr::getattr(vm, &raw, vm.names().mode())
            }

            #[getter("raw")]
            fn get_raw(&self, vm: &Vm) -> Result<Object> {
                self.buffer.raw(vm)
            }

            #[getter("_finalizing")]
            fn finalizing(&self) -> bool {
                self.buffer.finalizing.get()
            }

            #[setter("_finalizing")]
            fn set_finalizing(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
                if let Some(value) = value {
                    self.buffer.finalizing.set(protocol::is_true(vm, value)?);
                }
                Ok(())
            }

            #[py("_dealloc_warn(source, /)")]
            fn dealloc_warn(&self, vm: &Vm, source: &Object) -> Result<()> {
                if let Some(raw) = self.buffer.raw.get()
                    && call::call_method(vm, &raw, vm.names()._dealloc_warn(), std::slice::from_ref(source)).is_err()
                {
                    vm.clear_raised();
                }
                Ok(())
            }

            $($more)*
        }
    };
}

/// A buffered stream that can be read: what `BufferedReader` and `BufferedRandom` have in common.
macro_rules! readable {
    ($kind:ident, $name:literal, $doc:literal, $need:literal, $refusal:literal, {$($more:tt)*}) => {
        buffered!($kind, $name, $doc, $need, $refusal, {
                #[slot]
                fn next(this: &Ref<Self>, vm: &Vm) -> Result<Option<Object>> {
                    let line = match this.as_object().is_exact::<$kind>() {
                        true => $kind::readline(this, vm, None)?,
                        false => call::call_method(vm, this.as_object(), vm.names().readline(), &[])?,
                    };
                    Ok((protocol::len(vm, &line)? > 0).then_some(line))
                }

                #[py("read(size=-1, /)")]
                fn read(this: &Ref<Self>, vm: &Vm, size: Option<&Object>) -> Result<Object> {
                    if let Some(n) = size.and_then(|s| s.as_small_int())
                        && n < -1
                    {
                        bail!(vm, ValueError, "read length must be non-negative or -1");
                    }
                    let size = size_of_arg(vm, size)?;
                    let _inside = this.buffer.enter(vm, this.as_object())?;
                    this.buffer.read(vm, size)
                }

                #[py("read1(size=-1, /)")]
                fn read1(this: &Ref<Self>, vm: &Vm, size: Option<&Object>) -> Result<Object> {
                    let size = size_of_arg(vm, size)?;
                    let _inside = this.buffer.enter(vm, this.as_object())?;
                    this.buffer.read1(vm, size)
                }

                #[py("peek(size=0, /)")]
                fn peek(this: &Ref<Self>, vm: &Vm, size: Option<&Object>) -> Result<Object> {
                    let _ = size;
                    let _inside = this.buffer.enter(vm, this.as_object())?;
                    this.buffer.peek(vm)
                }

                #[py("readinto(buffer, /)")]
                fn readinto(this: &Ref<Self>, vm: &Vm, buffer: &Object) -> Result<Option<usize>> {
                    let _inside = this.buffer.enter(vm, this.as_object())?;
                    fill_buffer(vm, buffer, |n| this.buffer.read_for(vm, n, false))
                }

                #[py("readinto1(buffer, /)")]
                fn readinto1(this: &Ref<Self>, vm: &Vm, buffer: &Object) -> Result<Option<usize>> {
                    let _inside = this.buffer.enter(vm, this.as_object())?;
                    fill_buffer(vm, buffer, |n| this.buffer.read_for(vm, n, true))
                }

                #[py("readline(size=-1, /)")]
                fn readline(this: &Ref<Self>, vm: &Vm, size: Option<&Object>) -> Result<Object> {
                    let size = size_of_arg(vm, size)?;
                    let _inside = this.buffer.enter(vm, this.as_object())?;
                    this.buffer.readline(vm, size)
                }

            $($more)*
        });
    };
}

readable!(
    BufferedReader,
    "BufferedReader",
    "Create a new buffered reader using the given readable raw IO object.",
    "readable",
    "File or stream is not readable.",
    {}
);

buffered!(
    BufferedWriter,
    "BufferedWriter",
    "A buffer for a writeable sequential RawIO object.",
    "writable",
    "File or stream is not writable.",
    {
        #[py("write(buffer, /)")]
        fn write(this: &Ref<Self>, vm: &Vm, buffer: &Object) -> Result<usize> {
            let _inside = this.buffer.enter(vm, this.as_object())?;
            this.buffer.write(vm, buffer)
        }
    }
);

readable!(
    BufferedRandom,
    "BufferedRandom",
    "A buffered interface to random access streams.",
    "seekable",
    "File or stream is not seekable.",
    {
        #[py("write(buffer, /)")]
        fn write(this: &Ref<Self>, vm: &Vm, buffer: &Object) -> Result<usize> {
            let _inside = this.buffer.enter(vm, this.as_object())?;
            this.buffer.write(vm, buffer)
        }
    }
);
