//! `bytearray`: bytes that change. While a view of them exists they keep their size.

use crate::builtins::bytes::front::Front;
use crate::builtins::bytes::methods::byte_methods;
use crate::builtins::bytes::{common, compare};
use crate::builtins::slice::Slice;
use crate::native::{Index, SliceIndex};
use crate::object::buffer::{Buffer, Exporter};
use crate::object::{instance, type_name};
use crate::prelude::*;
use crate::protocol::{number, sequence};
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;
use text::split::Ends;

/// bytearray(iterable_of_ints) -> bytearray
/// bytearray(string, encoding[, errors]) -> bytearray
/// bytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer
/// bytearray(int) -> bytes array of size given by the parameter initialized with null bytes
/// bytearray() -> empty bytes array
#[pytype("bytearray", flags(BASETYPE, MATCH_SELF))]
pub struct ByteArray {
    pub head: Head,
    #[untraced]
    items: RefCell<Front>,
    /// Views that exist.
    #[untraced]
    exports: Cell<usize>,
}

struct ByteArrayExporter(Ref<ByteArray>);

impl Exporter for ByteArrayExporter {
    fn len(&self) -> usize {
        self.0.items.borrow().len()
    }
    fn with_bytes(&self, look: &mut dyn FnMut(&[u8])) {
        look(&self.0.items.borrow());
    }
    fn with_bytes_mut(&self, change: &mut dyn FnMut(&mut [u8])) {
        change(&mut self.0.items.borrow_mut());
    }
    fn release(&self, _: &Vm) {
        self.0.exports.set(self.0.exports.get().saturating_sub(1));
    }
}

impl ByteArray {
    /// `self[key] = value` for an index and a byte that are small ints and in range, the index from the front; whether
    /// it was done.
    pub fn put_plainly(&self, key: &Object, value: &Object) -> bool {
        let (Some(at), Some(value)) = (key.as_small_int(), value.as_small_int()) else { return false };
        let (Ok(at), Ok(byte)) = (usize::try_from(at), u8::try_from(value)) else { return false };
        let mut items = self.items.borrow_mut();
        let Some(place) = items.get_mut(at) else { return false };
        *place = byte;
        true
    }

    /// A bytearray of these bytes.
    pub fn from_vec(items: Vec<u8>) -> Ref<ByteArray> {
        instance::alloc_static(ByteArray {
            head: Head::new(),
            items: RefCell::new(items.into()),
            exports: Cell::new(0),
        })
    }

    /// The bytes; no Python code may run while they are looked at.
    pub fn view(&self) -> std::cell::Ref<'_, Front> {
        self.items.borrow()
    }

    /// Runs what may call Python code; the size cannot change meanwhile.
    fn held<R>(&self, f: impl FnOnce() -> R) -> R {
        self.exports.set(self.exports.get() + 1);
        let result = f();
        self.exports.set(self.exports.get().saturating_sub(1));
        result
    }

    /// A copy of the bytes, for what may run Python code that changes them.
    fn unchanging(&self) -> Vec<u8> {
        self.view().to_vec()
    }

    fn wrap(_: &Vm, data: Vec<u8>) -> Result<Object> {
        Ok(Self::from_vec(data).into_object())
    }

    fn repeated(&self, vm: &Vm, times: usize) -> Result<Object> {
        let made = common::repeat(vm, &self.view(), times)?;
        Self::wrap(vm, made)
    }

    fn piece(this: &Ref<ByteArray>, vm: &Vm, range: Range<usize>) -> Result<Object> {
        let copy = {
            let data = this.items.borrow();
            let end = range.end.min(data.len());
            let part = &data[range.start.min(end)..end];
            let mut copy = Vec::new();
            copy.try_reserve_exact(part.len()).map(|()| {
                copy.extend_from_slice(part);
                copy
            })
        };
        Self::wrap(vm, vm.memory(copy.map_err(|_| heap::OutOfMemory))?)
    }

    /// BufferError while views exist.
    fn check_resizable(&self, vm: &Vm) -> Result<()> {
        if self.exports.get() > 0 {
            bail!(vm, BufferError, "Existing exports of data: object cannot be re-sized");
        }
        Ok(())
    }

    /// Replaces the bytes of `range` (clipped) by `new`.
    fn splice(&self, vm: &Vm, range: Range<usize>, new: &[u8]) -> Result<()> {
        let end = range.end.min(self.items.borrow().len());
        let start = range.start.min(end);
        if end - start == new.len() {
            self.items.borrow_mut()[start..end].copy_from_slice(new);
            return Ok(());
        }
        self.check_resizable(vm)?;
        let done = self.items.borrow_mut().splice(start..end, new);
        vm.memory(done.map_err(|_| heap::OutOfMemory))
    }

    fn assign_slice(&self, vm: &Vm, slice: &Slice, value: Option<&Object>) -> Result<()> {
        let new = match value {
            None => Vec::new(),
            Some(value) if common::is_like(value) => common::like(vm, value)?.into_owned(),
            Some(value) if value.cast::<Str>().is_some() || number::has_index(value) => {
                bail!(vm, TypeError, "can assign only bytes, buffers, or iterables of ints in range(0, 256)")
            }
            Some(value) => common::from_iterable(vm, value, "byte")?,
        };
        let len = self.items.borrow().len();
        let range = slice.resolve(vm, len)?;
        if range.step == 1 {
            let start = range.start as usize;
            return self.splice(vm, start..start + range.count, &new);
        }
        if new.is_empty() {
            self.check_resizable(vm)?;
            let mut gone: Vec<usize> = range.indices().collect();
            gone.sort_unstable();
            let mut at = 0;
            let mut next = gone.iter().peekable();
            self.items.borrow_mut().retain(|_| {
                let drop = next.next_if(|&&i| i == at).is_some();
                at += 1;
                !drop
            });
            return Ok(());
        }
        if new.len() != range.count {
            bail!(
                vm,
                ValueError,
                "attempt to assign bytes of size {} to extended slice of size {}",
                new.len(),
                range.count
            );
        }
        let mut items = self.items.borrow_mut();
        for (i, byte) in range.indices().zip(new) {
            if let Some(slot) = items.get_mut(i) {
                *slot = byte;
            }
        }
        Ok(())
    }

    fn add_all(&self, vm: &Vm, new: &[u8]) -> Result<()> {
        let len = self.items.borrow().len();
        self.splice(vm, len..len, new)
    }
}

byte_methods! { ByteArray, "bytearray index out of range", {
    #[slot]
    fn slot_new(cls: &Ref<Type>, vm: &Vm, _args: Args<'_>) -> Result<Object> {
        let body = ByteArray { head: Head::new(), items: RefCell::default(), exports: Cell::new(0) };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(source=b'', encoding='utf-8', errors='strict')", notext)]
    fn init(
        &self, vm: &Vm, source: Option<&Object>, encoding: Option<String>, errors: Option<String>,
    ) -> Result<()> {
        self.splice(vm, 0..usize::MAX, &[])?;
        match (common::construct_at_once(vm, source, encoding, errors, "bytearray")?, source) {
            (Some(data), _) => self.splice(vm, 0..usize::MAX, &data),
            (None, Some(items)) if items.is_exact::<List>() || items.is_exact::<Tuple>() => {
                let data = common::from_iterable(vm, items, "byte")?;
                self.splice(vm, 0..usize::MAX, &data)
            }
            // Whoever makes the items sees those that are there already.
            (None, Some(source)) => crate::protocol::iter::each(vm, source, |item| self.append(vm, &item)),
            (None, None) => Ok(()),
        }
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Ref<Str>> {
        let inner = Str::from_result(vm, text::repr::bytes_repr(&this.view()))?;
        let mut inner = inner.to_string_lossy();
        // Unlike in bytes, a single quote is escaped within double quotes too.
        if inner.starts_with("b\"") {
            inner = inner.replace('\'', "\\'");
        }
        vm.memory(Str::try_new(&format!("{}({inner})", crate::object::type_of(this.as_object()).short_name())))
    }

    #[slot]
    fn str(this: &Ref<Self>, vm: &Vm) -> Result<Ref<Str>> {
        if vm.interp().config.borrow().bytes_warning > 0 {
            vm.warn(&crate::exception::types::BytesWarning, "str() on a bytearray instance", 1)?;
        }
        ByteArray::repr(this, vm)
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        if !common::is_like(other) {
            return not_implemented(vm);
        }
        let other = common::like(vm, other)?;
        Ok(compare(&self.view(), &other, op).object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        let body = ByteArrayIter { head: Head::new(), bytes: Field::some(this.clone()), at: Cell::new(0) };
        instance::alloc_static(body).into_object()
    }

    #[slot]
    fn buffer(this: &Ref<Self>, _flags: i32) -> Buffer {
        this.exports.set(this.exports.get() + 1);
        Buffer::bytes(this.as_object(), Rc::new(ByteArrayExporter(this.clone())), false)
    }

    #[slot]
    fn release_buffer(this: &Object, vm: &Vm, view: &Object) -> Result<()> {
        crate::builtins::memoryview::release_view(vm, this, view)
    }

    #[slot]
    fn ass_item(&self, vm: &Vm, index: isize, value: Option<&Object>) -> Result<()> {
        let byte = value.map(|value| common::byte(vm, value, "byte")).transpose()?;
        let len = self.items.borrow().len();
        let Some(at) = usize::try_from(index).ok().filter(|&i| i < len) else {
            bail!(vm, IndexError, "bytearray index out of range");
        };
        match byte {
            Some(byte) => self.items.borrow_mut()[at] = byte,
            None => self.splice(vm, at..at + 1, &[])?,
        }
        Ok(())
    }

    #[slot]
    fn ass_subscript(&self, vm: &Vm, key: &Object, value: Option<&Object>) -> Result<()> {
        if value.is_some_and(|value| self.put_plainly(key, value)) {
            return Ok(());
        }
        if number::has_index(key) {
            let i = number::as_ssize(vm, key, Some(&crate::exception::types::IndexError))?;
            let i = if i < 0 { i + self.items.borrow().len() as isize } else { i };
            return self.ass_item(vm, i, value);
        }
        match key.cast::<Slice>() {
            Some(slice) => self.assign_slice(vm, slice, value),
            None => Err(raise!(vm, TypeError, "bytearray indices must be integers or slices, not {}", type_name(key))),
        }
    }

    #[slot]
    fn inplace_concat(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        if !common::is_like(other) {
            bail!(vm, TypeError, "can't concat {} to {}", type_name(other), type_name(this.as_object()));
        }
        let new = common::like(vm, other)?;
        this.add_all(vm, &new)?;
        Ok(this.to_object())
    }

    #[slot]
    fn inplace_repeat(this: &Ref<Self>, vm: &Vm, times: isize) -> Result<Object> {
        let made = common::repeat(vm, &this.view(), times.max(0) as usize)?;
        this.splice(vm, 0..usize::MAX, &made)?;
        Ok(this.to_object())
    }

    /// Append a single item to the end of the bytearray.
    #[py("append(item, /)")]
    fn append(&self, vm: &Vm, item: &Object) -> Result<()> {
        let byte = common::byte(vm, item, "byte")?;
        self.add_all(vm, &[byte])
    }

    /// Append all the items from the iterator or sequence to the end of the bytearray.
    #[py("extend(iterable_of_ints, /)")]
    fn extend(&self, vm: &Vm, iterable_of_ints: &Object) -> Result<()> {
        if common::is_like(iterable_of_ints) {
            let end = self.items.borrow().len();
            let new = common::like(vm, iterable_of_ints)?;
            return self.splice(vm, end..end, &new);
        }
        if iterable_of_ints.cast::<Str>().is_some() {
            bail!(vm, TypeError, "expected iterable of integers; got: 'str'");
        }
        if crate::object::type_of(iterable_of_ints).slots.iter.get().is_none() && !sequence::is_sequence(iterable_of_ints) {
            bail!(vm, TypeError, "can't extend bytearray with {}", type_name(iterable_of_ints));
        }
        // Asked before the first item, as the hint's own errors come first.
        crate::protocol::iter::length_hint(vm, iterable_of_ints, 32)?;
        let new = common::from_iterable(vm, iterable_of_ints, "byte")?;
        self.add_all(vm, &new)
    }

    /// Insert a single item into the bytearray before the given index.
    #[py("insert(index, item, /)")]
    fn insert(&self, vm: &Vm, index: Index, item: &Object) -> Result<()> {
        let byte = common::byte(vm, item, "byte")?;
        let at = SliceIndex(index.0).clamp(self.view().len());
        self.splice(vm, at..at, &[byte])
    }

    /// Remove and return a single item from the bytearray.
    ///
    /// If no index argument is given, will pop the last item.
    #[py("pop(index=-1, /)")]
    fn pop(&self, vm: &Vm, index: Index) -> Result<u8> {
        let len = self.view().len();
        if len == 0 {
            bail!(vm, IndexError, "pop from empty bytearray");
        }
        let at = if index.0 < 0 { index.0 + len as isize } else { index.0 };
        let Some(at) = usize::try_from(at).ok().filter(|&at| at < len) else {
            bail!(vm, IndexError, "pop index out of range");
        };
        let byte = self.view()[at];
        self.splice(vm, at..at + 1, &[])?;
        Ok(byte)
    }

    /// Remove the first occurrence of a value in the bytearray.
    #[py("remove(value, /)")]
    fn remove(&self, vm: &Vm, value: &Object) -> Result<()> {
        let byte = common::byte(vm, value, "byte")?;
        let at = self.view().iter().position(|&b| b == byte);
        match at {
            Some(at) => self.splice(vm, at..at + 1, &[]),
            None => Err(raise!(vm, ValueError, "value not found in bytearray")),
        }
    }

    /// Reverse the order of the values in the bytearray in place.
    #[py("reverse()")]
    fn reverse(&self) {
        self.items.borrow_mut().reverse();
    }

    /// Remove all items from the bytearray.
    #[py("clear()")]
    fn clear_items(&self, vm: &Vm) -> Result<()> {
        self.splice(vm, 0..usize::MAX, &[])
    }

    /// Return a copy of the bytearray.
    #[py("copy()")]
    fn copy(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        ByteArray::piece(this, vm, 0..usize::MAX)
    }

    /// Resize the bytearray to the given length, filling with null bytes.
    #[py("resize(size, /)")]
    fn resize(&self, vm: &Vm, size: isize) -> Result<()> {
        let Ok(size) = usize::try_from(size) else {
            bail!(vm, ValueError, "bytearray.resize(): new size must be >= 0, got {size}");
        };
        let len = self.view().len();
        if size <= len {
            return self.splice(vm, size..len, &[]);
        }
        self.check_resizable(vm)?;
        let done = self.items.borrow_mut().extend_to(size);
        vm.memory(done.map_err(|_| heap::OutOfMemory))
    }

    /// Return the number of bytes actually allocated.
    #[py("__alloc__()")]
    fn alloc_size(&self) -> usize {
        let items = self.items.borrow();
        if items.is_empty() { 0 } else { items.capacity().max(items.len() + 1) }
    }

    /// Return the size of the bytearray object in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(&self) -> usize {
        56 + self.alloc_size()
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        ByteArray::pickled(this, vm, 2)
    }

    /// Return state information for pickling.
    #[py("__reduce_ex__(proto=0, /)")]
    fn reduce_ex(this: &Ref<Self>, vm: &Vm, proto: i32) -> Result<Object> {
        ByteArray::pickled(this, vm, proto)
    }
} }

impl ByteArray {
    fn pickled(this: &Ref<ByteArray>, vm: &Vm, proto: i32) -> Result<Object> {
        let data = this.view().to_vec();
        let args = if data.is_empty() {
            Tuple::empty()
        } else if proto >= 3 {
            Tuple::from_slice(&[Bytes::try_new(vm, &data)?.into_object()])
        } else {
            let text = Str::from_units(
                vm,
                if data.is_ascii() { text::Units::Ascii(&data) } else { text::Units::Latin1(&data) },
            )?;
            Tuple::from_slice(&[text.into_object(), Str::new("latin-1").into_object()])
        };
        let state = crate::builtins::object::default_state(vm, this.as_object(), false)?;
        let kind = crate::object::type_of(this.as_object()).to_object();
        Ok(Tuple::from_slice(&[kind, args.into_object(), state]).into_object())
    }
}

/// The iterator over a bytearray.
#[pytype("bytearray_iterator", flags(HAVE_GC))]
pub struct ByteArrayIter {
    pub head: Head,
    pub bytes: Field<Ref<ByteArray>>,
    pub at: Cell<usize>,
}

#[pymethods]
impl ByteArrayIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self) -> Result<Option<Object>> {
        let Some(bytes) = self.bytes.get() else { return Ok(None) };
        let at = self.at.get();
        let byte = bytes.view().get(at).copied();
        match byte {
            Some(byte) => {
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
        self.bytes.get().map_or(0, |bytes| bytes.view().len().saturating_sub(self.at.get()))
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
            self.at.set((object.max(0) as usize).min(bytes.view().len()));
        }
    }
}
