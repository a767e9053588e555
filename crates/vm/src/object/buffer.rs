//! The buffer protocol (PEP 3118): a view of an object's memory, held for as long as the view lives.

use crate::context::Vm;
use crate::error::Result;
use crate::object::cast::Cast;
use heap::Object;
use std::rc::Rc;

/// What a view asks for.
pub mod request {
    pub const SIMPLE: i32 = 0;
    pub const WRITABLE: i32 = 1;
    pub const FORMAT: i32 = 4;
    pub const ND: i32 = 8;
    pub const STRIDES: i32 = 0x10 | ND;
    pub const INDIRECT: i32 = 0x100 | STRIDES;
    pub const FULL_RO: i32 = INDIRECT | FORMAT;
    pub const FULL: i32 = FULL_RO | WRITABLE;
}

/// How the bytes of an exporter are reached: never as a Rust slice that outlives the call, since Python code in between
/// may change them.
pub trait Exporter {
    /// Number of bytes.
    fn len(&self) -> usize;
    /// Whether the view covers no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Calls `look` with the bytes; `look` runs no Python code.
    fn with_bytes(&self, look: &mut dyn FnMut(&[u8]));
    /// Calls `change` with the bytes; `change` runs no Python code. Only for writable exporters.
    fn with_bytes_mut(&self, change: &mut dyn FnMut(&mut [u8]));
    /// The view ends.
    fn release(&self, _vm: &Vm) {}
}

/// An exporter of another one's bytes.
pub trait Around {
    fn inner(&self) -> &dyn Exporter;
    /// The view ends.
    fn ended(&self, _vm: &Vm) {}
}

impl<T: Around> Exporter for T {
    fn len(&self) -> usize {
        self.inner().len()
    }
    fn with_bytes(&self, look: &mut dyn FnMut(&[u8])) {
        self.inner().with_bytes(look);
    }
    fn with_bytes_mut(&self, change: &mut dyn FnMut(&mut [u8])) {
        self.inner().with_bytes_mut(change);
    }
    fn release(&self, vm: &Vm) {
        self.ended(vm);
    }
}

/// A view of an object's memory. Strides and shape are in items and bytes as PEP 3118 has them.
#[derive(Clone)]
pub struct Buffer {
    /// The object that exports.
    pub object: Object,
    pub exporter: Rc<dyn Exporter>,
    pub readonly: bool,
    /// A `struct` format, "B" for plain bytes.
    pub format: String,
    pub itemsize: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<isize>,
    /// Offset of the first item in the exporter's bytes.
    pub offset: usize,
}

impl Buffer {
    /// A one-dimensional view of bytes.
    pub fn bytes(object: &Object, exporter: Rc<dyn Exporter>, readonly: bool) -> Buffer {
        let len = exporter.len();
        Buffer {
            object: object.clone(),
            exporter,
            readonly,
            format: "B".to_owned(),
            itemsize: 1,
            shape: vec![len],
            strides: vec![1],
            offset: 0,
        }
    }

    /// Number of bytes that the items take.
    pub fn byte_len(&self) -> usize {
        self.shape.iter().product::<usize>() * self.itemsize
    }

    /// Whether the items lie one after the other without gaps, last index fastest.
    pub fn is_contiguous(&self) -> bool {
        let mut expected = self.itemsize as isize;
        for (&n, &stride) in self.shape.iter().zip(&self.strides).rev() {
            if n > 1 && stride != expected {
                return false;
            }
            expected *= n as isize;
        }
        true
    }

    /// A copy of the items' bytes in index order.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.byte_len());
        self.exporter.with_bytes(&mut |bytes| {
            if self.is_contiguous() {
                out.extend_from_slice(&bytes[self.offset..self.offset + self.byte_len()]);
            } else {
                self.copy_dimension(bytes, 0, self.offset as isize, &mut out);
            }
        });
        out
    }

    fn copy_dimension(&self, bytes: &[u8], dimension: usize, at: isize, out: &mut Vec<u8>) {
        if dimension == self.shape.len() {
            let at = at as usize;
            out.extend_from_slice(&bytes[at..at + self.itemsize]);
            return;
        }
        for i in 0..self.shape[dimension] {
            self.copy_dimension(bytes, dimension + 1, at + i as isize * self.strides[dimension], out);
        }
    }

    /// Calls `look` with the bytes of a contiguous view.
    pub fn with_contiguous<R>(&self, look: impl FnOnce(&[u8]) -> R) -> R {
        let mut look = Some(look);
        let mut result = None;
        if self.is_contiguous() {
            self.exporter.with_bytes(&mut |bytes| {
                if let Some(look) = look.take() {
                    result = Some(look(&bytes[self.offset..self.offset + self.byte_len()]));
                }
            });
        } else if let Some(look) = look.take() {
            result = Some(look(&self.to_vec()));
        }
        result.expect("an exporter calls back once")
    }

    /// Ends the view.
    pub fn release(&self, vm: &Vm) {
        self.exporter.release(vm);
    }
}

/// The buffer of any object that exports one, or a TypeError with CPython's words.
pub fn get_buffer(vm: &Vm, object: &Object, flags: i32) -> Result<Buffer> {
    let kind = super::type_of(object);
    match kind.slots.buffer.get() {
        Some(get) => crate::builtins::memoryview::export(vm, get, object, flags),
        None => Err(crate::raise!(vm, TypeError, "a bytes-like object is required, not '{}'", kind.tp_name())),
    }
}

/// A copy of a bytes-like object's bytes.
pub fn bytes_of(vm: &Vm, object: &Object) -> Result<Vec<u8>> {
    if let Some(bytes) = object.cast::<crate::builtins::bytes::Bytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    let buffer = get_buffer(vm, object, request::SIMPLE)?;
    let bytes = buffer.to_vec();
    buffer.release(vm);
    Ok(bytes)
}

/// What `look` makes of a bytes-like object's bytes, which nobody changes meanwhile.
#[inline]
pub fn with_bytes<T>(vm: &Vm, object: &Object, look: impl FnOnce(&[u8]) -> Result<T>) -> Result<T> {
    match object.cast::<crate::builtins::bytes::Bytes>() {
        Some(bytes) => look(bytes.as_bytes()),
        None => look(&bytes_of(vm, object)?),
    }
}

/// A view to write into; what does not give one is refused as `what`, "f() argument 1".
pub fn writable(vm: &Vm, object: &Object, what: &str) -> Result<Buffer> {
    use crate::exception::types;
    match get_buffer(vm, object, request::WRITABLE) {
        Err(_) if vm.raised_is(&types::TypeError) || vm.raised_is(&types::BufferError) => {
            vm.clear_raised();
            let given = super::type_name(object);
            Err(crate::raise!(vm, TypeError, "{what} must be read-write bytes-like object, not {given}"))
        }
        other => other,
    }
}
