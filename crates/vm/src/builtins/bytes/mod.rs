//! `bytes`.

pub mod common;
pub mod front;
pub(crate) mod methods;

use crate::builtins::slice::Slice;
use crate::native::SliceIndex;
use crate::object::buffer::{Buffer, Exporter, request};
use crate::object::{instance, type_name};
use crate::prelude::*;
use crate::protocol::{number, sequence};
use heap::{BytesBody, OutOfMemory};
use methods::byte_methods;
use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;
use std::sync::atomic::{AtomicPtr, Ordering};
use text::split::Ends;

/// The body of a bytes object.
#[repr(transparent)]
pub struct Bytes {
    body: BytesBody,
}

impl Trace for Bytes {
    fn trace(&self, _: &mut Visitor) {}
}

impl PyType for Bytes {
    const NAME: &'static str = "bytes";
    const MODULE: &'static str = "builtins";
    const DOC: &'static str = "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object\n\nConstruct an immutable array of bytes from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - any object implementing the buffer API.\n  - an integer";
    const FLAGS: u32 = flags::BASETYPE | flags::BYTES_SUBCLASS | flags::MATCH_SELF;
    type Base = crate::builtins::object::BaseObject;
    #[inline]
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
    /// Bytes of a type that is `bytes` or derives from it.
    #[expect(unsafe_code, reason = "instances of bytes have this body and nothing behind it")]
    pub fn alloc(kind: &Ref<Type>, data: &[u8]) -> Result<Ref<Bytes>, OutOfMemory> {
        if kind.is(Self::class()) {
            if data.len() <= 1 {
                return Self::shared(data);
            }
            // SAFETY: `kind` is bytes.
            return Ok(unsafe { crate::object::cast::retype(BytesBody::alloc(kind.as_kind(), data, 0)?) });
        }
        Self::alloc_repeated(kind, data, 1)
    }

    /// Of no byte or one: the same object each time.
    #[expect(unsafe_code, reason = "the table holds addresses of immortal objects")]
    fn shared(data: &[u8]) -> Result<Ref<Bytes>, OutOfMemory> {
        let slot = &SHARED[data.first().map_or(256, |&byte| usize::from(byte))];
        let known = slot.load(Ordering::Relaxed);
        if !known.is_null() {
            // SAFETY: immortal, put there below.
            return Ok(unsafe { Ref::from_raw(known) });
        }
        let made = Self::alloc_repeated(Self::class(), data, 1)?;
        made.head().make_immortal();
        slot.store(made.clone().into_raw(), Ordering::Relaxed);
        Ok(made)
    }

    #[inline]
    #[expect(unsafe_code, reason = "instances of bytes and its subclasses have this body and room behind it")]
    fn alloc_repeated(kind: &Ref<Type>, data: &[u8], times: usize) -> Result<Ref<Bytes>, OutOfMemory> {
        // SAFETY: `kind` is bytes or derives from it.
        unsafe {
            let body = BytesBody::alloc_repeated(kind.as_kind(), data, times, instance::extra_var(kind))?;
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

/// The bytes objects of each byte, and the empty one.
static SHARED: [AtomicPtr<Bytes>; 257] = [const { AtomicPtr::new(std::ptr::null_mut()) }; 257];

/// The contents of bytes or bytearray objects, copied.
pub fn bytes_or_bytearray(object: &Object) -> Option<Vec<u8>> {
    match object.cast::<Bytes>() {
        Some(bytes) => Some(bytes.as_bytes().to_vec()),
        None => object.cast::<crate::builtins::bytearray::ByteArray>().map(|b| b.view().to_vec()),
    }
}

/// The order of two byte strings as a comparison's result.
pub fn compare(a: &[u8], b: &[u8], op: CompareOp) -> bool {
    match op {
        CompareOp::Eq => a == b,
        CompareOp::Ne => a != b,
        op => crate::protocol::object::holds(op, a.cmp(b)),
    }
}

/// How views see the bytes: they never change, so no export is counted.
struct BytesExporter(Ref<Bytes>);

impl Exporter for BytesExporter {
    fn len(&self) -> usize {
        self.0.as_bytes().len()
    }
    fn with_bytes(&self, look: &mut dyn FnMut(&[u8])) {
        look(self.0.as_bytes());
    }
    fn with_bytes_mut(&self, _: &mut dyn FnMut(&mut [u8])) {}
}

impl Bytes {
    fn view(&self) -> &[u8] {
        self.as_bytes()
    }

    fn wrap(vm: &Vm, data: Vec<u8>) -> Result<Object> {
        Bytes::try_new(vm, &data).map(Ref::into_object)
    }

    fn repeated(&self, vm: &Vm, times: usize) -> Result<Object> {
        vm.memory(Bytes::alloc_repeated(Bytes::class(), self.as_bytes(), times)).map(Ref::into_object)
    }

    fn piece(this: &Ref<Bytes>, vm: &Vm, range: Range<usize>) -> Result<Object> {
        let data = this.as_bytes();
        let end = range.end.min(data.len());
        if range.start == 0 && end == data.len() && this.as_object().is_exact::<Bytes>() {
            return Ok(this.to_object());
        }
        Bytes::try_new(vm, &data[range.start.min(end)..end]).map(Ref::into_object)
    }

    /// The bytes, whatever Python code does meanwhile.
    fn unchanging(&self) -> &[u8] {
        self.as_bytes()
    }

    /// As the bytearray's: bytes never change.
    fn held<R>(&self, f: impl FnOnce() -> R) -> R {
        f()
    }

    /// The bytes of `bytes(source, encoding, errors)` for an object that has `__bytes__`.
    fn by_special(vm: &Vm, source: &Object) -> Result<Option<Ref<Bytes>>> {
        let Some(result) = crate::object::slot_table::call_special(vm, source, vm.names().__bytes__(), &[])? else {
            return Ok(None);
        };
        match result.cast::<Bytes>() {
            Some(bytes) => Ok(Some(bytes.clone())),
            None => Err(raise!(vm, TypeError, "__bytes__ returned non-bytes (type {})", type_name(&result))),
        }
    }
}

byte_methods! { Bytes, "index out of range", {
    #[slot("(source=b'', encoding='utf-8', errors='strict')", notext)]
    fn slot_new(
        cls: &Ref<Type>, vm: &Vm, source: Option<&Object>, encoding: Option<String>, errors: Option<String>,
    ) -> Result<Object> {
        let exact = cls.is(Bytes::class());
        if let (Some(source), true) = (source, encoding.is_none() && errors.is_none()) {
            if exact && source.is_exact::<Bytes>() {
                return Ok(source.clone());
            }
            if !source.is_exact::<Str>()
                && let Some(bytes) = Bytes::by_special(vm, source)?
            {
                return if exact { Ok(bytes.into_object()) } else { vm.memory(Bytes::alloc(cls, bytes.as_bytes())).map(Ref::into_object) };
            }
        }
        let data = common::construct(vm, source, encoding, errors, "bytes")?;
        vm.memory(Bytes::alloc(cls, &data)).map(Ref::into_object)
    }

    #[slot]
    fn repr(&self, vm: &Vm) -> Result<Ref<Str>> {
        Str::from_result(vm, text::repr::bytes_repr(self.as_bytes()))
    }

    #[slot]
    fn str(this: &Ref<Self>, vm: &Vm) -> Result<Ref<Str>> {
        if vm.interp().config.borrow().bytes_warning > 0 {
            vm.warn(&crate::exception::types::BytesWarning, "str() on a bytes instance", 1)?;
        }
        this.repr(vm)
    }

    #[slot]
    fn hash(&self) -> i64 {
        if self.cached_hash() == -1 {
            self.set_hash(crate::builtins::str::hash_bytes(self.as_bytes()));
        }
        self.cached_hash()
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Bytes>() else { return not_implemented(vm) };
        Ok(compare(self.as_bytes(), other.as_bytes(), op).object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        instance::alloc_static(BytesIter { head: Head::new(), bytes: Field::some(this.clone()), at: Cell::new(0) }).into_object()
    }

    #[slot]
    fn buffer(this: &Ref<Self>, vm: &Vm, flags: i32) -> Result<Buffer> {
        if flags & request::WRITABLE != 0 {
            bail!(vm, BufferError, "Object is not writable.");
        }
        Ok(Buffer::bytes(this.as_object(), Rc::new(BytesExporter(this.clone())), true))
    }

    /// Convert this value to exact type bytes.
    #[py("__bytes__()")]
    fn dunder_bytes(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        Bytes::piece(this, vm, 0..usize::MAX)
    }

    #[py("__getnewargs__()")]
    fn getnewargs(this: &Ref<Self>, vm: &Vm) -> Result<(Object,)> {
        Ok((Bytes::piece(this, vm, 0..usize::MAX)?,))
    }

    /// Return the size of the bytes in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(&self) -> usize {
        BytesBody::FIXED + 1 + self.as_bytes().len()
    }
} }

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

    /// Private method returning an estimate of len(list(it)).
    #[py("__length_hint__()")]
    fn length_hint(&self) -> usize {
        self.bytes.get().map_or(0, |bytes| bytes.as_bytes().len().saturating_sub(self.at.get()))
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        let iter = crate::frame::namespace::builtin(vm, "iter")?;
        Ok(match self.bytes.get() {
            Some(bytes) => {
                let args = Tuple::from_slice(&[bytes.into_object()]).into_object();
                Tuple::from_slice(&[iter, args, Int::from_i64(self.at.get() as i64)]).into_object()
            }
            None => Tuple::from_slice(&[iter, Tuple::from_slice(&[Tuple::empty().into_object()]).into_object()])
                .into_object(),
        })
    }

    /// Set state information for unpickling.
    #[py("__setstate__(object, /)")]
    fn setstate(&self, object: isize) {
        if let Some(bytes) = self.bytes.get() {
            self.at.set((object.max(0) as usize).min(bytes.as_bytes().len()));
        }
    }
}
