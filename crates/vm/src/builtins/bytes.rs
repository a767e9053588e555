//! `bytes`.

use crate::object::instance;
use crate::prelude::*;
use heap::{BytesBody, OutOfMemory};
use std::cell::Cell;

/// The body of a bytes object.
#[repr(transparent)]
pub struct Bytes {
    body: BytesBody,
}

impl Trace for Bytes {
    fn trace(&self, _: &mut dyn FnMut(&Object)) {}
}

impl PyType for Bytes {
    const NAME: &'static str = "bytes";
    const MODULE: &'static str = "builtins";
    const DOC: &'static str = "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object\n\nConstruct an immutable array of bytes from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - any object implementing the buffer API.\n  - an integer";
    const FLAGS: u32 = flags::BASETYPE | flags::BYTES_SUBCLASS | flags::MATCH_SELF;
    type Base = crate::builtins::object::BaseObject;
    fn static_type() -> &'static StaticType {
        static TYPE: StaticType = StaticType::new();
        &TYPE
    }
    fn fill_head(head: &heap::TypeHead) {
        head.for_plain(BytesBody::FIXED, 1);
    }
}

impl std::ops::Deref for Bytes {
    type Target = BytesBody;
    #[inline(always)]
    fn deref(&self) -> &BytesBody {
        &self.body
    }
}

impl Bytes {
    #[expect(unsafe_code, reason = "instances of bytes and its subclasses have this body and room behind it")]
    pub fn alloc(kind: &Ref<Type>, data: &[u8]) -> Result<Ref<Bytes>, OutOfMemory> {
        // SAFETY: `kind` is bytes or derives from it.
        unsafe {
            let body = BytesBody::alloc(kind.as_kind(), data, instance::extra_var(kind))?;
            let this: Ref<Bytes> = crate::object::cast::retype(body);
            instance::set_up_var(this.as_object());
            Ok(this)
        }
    }

    /// Bytes that the vm itself made: memory is there.
    pub fn new(data: &[u8]) -> Ref<Bytes> {
        Self::alloc(Self::class(), data).expect("memory for a constant")
    }

    /// Bytes of any size.
    pub fn try_new(vm: &Vm, data: &[u8]) -> Result<Ref<Bytes>> {
        vm.memory(Self::alloc(Self::class(), data))
    }
}

/// The contents of bytes or bytearray objects, copied.
pub fn bytes_or_bytearray(object: &Object) -> Option<Vec<u8>> {
    object.cast::<Bytes>().map(|b| b.as_bytes().to_vec())
}

#[pymethods]
impl Bytes {
    #[slot]
    fn repr(&self, vm: &Vm) -> Result<Ref<Str>> {
        Str::from_result(vm, text::repr::bytes_repr(self.as_bytes()))
    }

    #[slot]
    fn hash(&self) -> i64 {
        if self.cached_hash() == -1 {
            self.set_hash(crate::builtins::str::hash_bytes(self.as_bytes()));
        }
        self.cached_hash()
    }

    #[slot]
    fn len(&self) -> usize {
        self.as_bytes().len()
    }
}

/// The iterator over bytes.
#[pytype("bytes_iterator", flags(HAVE_GC))]
pub struct BytesIter {
    pub head: Head,
    pub bytes: Field<Ref<Bytes>>,
    pub at: Cell<usize>,
}

#[pymethods]
impl BytesIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self) -> Result<Option<Object>> {
        let Some(bytes) = self.bytes.get() else { return Ok(None) };
        let at = self.at.get();
        match bytes.as_bytes().get(at) {
            Some(&byte) => {
                self.at.set(at + 1);
                Ok(Some(Object::int32(i32::from(byte))))
            }
            None => {
                self.bytes.set(None);
                Ok(None)
            }
        }
    }
}
