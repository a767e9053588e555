//! `array`: numbers and characters side by side in memory.

mod item;
mod pickle;

use item::Kind;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use vm::builtins::bytearray::ByteArray;
use vm::builtins::generic_alias::GenericAlias;
use vm::builtins::iterators::reduce_sequence_iter;
use vm::builtins::slice::Slice;
use vm::heap::OutOfMemory;
use vm::native::{Index, SliceIndex};
use vm::object::buffer::{Buffer, Exporter, get_buffer, request};
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::sequence::{self, repeated_len};
use vm::protocol::{call, iter, number, object as protocol};

/// array(typecode [, initializer]) -> array
///
/// Return a new array whose items are restricted by typecode, and
/// initialized from the optional initializer value, which must be a list,
/// string or iterable over elements of the appropriate type.
#[pytype("array", module = "array", flags(SHOWS_GETATTRIBUTE, BASETYPE, SEQUENCE, MANAGED_WEAKREF))]
pub struct Array {
    pub head: Head,
    #[untraced]
    kind: Kind,
    #[untraced]
    bytes: RefCell<Vec<u8>>,
    /// Views that exist: while there are any, the size stays.
    exports: Cell<usize>,
}

struct ArrayExporter(Ref<Array>);

impl Exporter for ArrayExporter {
    fn len(&self) -> usize {
        self.0.bytes.borrow().len()
    }
    fn with_bytes(&self, look: &mut dyn FnMut(&[u8])) {
        look(&self.0.bytes.borrow());
    }
    fn with_bytes_mut(&self, change: &mut dyn FnMut(&mut [u8])) {
        change(&mut self.0.bytes.borrow_mut());
    }
    fn release(&self, _: &Vm) {
        self.0.exports.set(self.0.exports.get().saturating_sub(1));
    }
}

impl Array {
    fn make(vm: &Vm, cls: &Ref<Type>, kind: Kind, bytes: Vec<u8>) -> Result<Ref<Array>> {
        let body = Array { head: Head::new(), kind, bytes: RefCell::new(bytes), exports: Cell::new(0) };
        instance::alloc(vm, cls, body)
    }

    fn count_items(&self) -> usize {
        self.bytes.borrow().len() / self.kind.size
    }

    #[inline]
    fn get(&self, vm: &Vm, at: usize) -> Result<Option<Object>> {
        let bytes = self.bytes.borrow();
        let start = at * self.kind.size;
        match bytes.get(start..start + self.kind.size) {
            Some(item) => self.kind.load(vm, item).map(Some),
            None => Ok(None),
        }
    }

    fn check_resizable(&self, vm: &Vm) -> Result<()> {
        if self.exports.get() > 0 {
            bail!(vm, BufferError, "cannot resize an array that is exporting buffers");
        }
        Ok(())
    }

    fn reserve(&self, vm: &Vm, more: usize) -> Result<()> {
        let room = self.bytes.borrow_mut().try_reserve(more);
        vm.memory(room.map_err(|_| OutOfMemory))
    }

    fn push(&self, vm: &Vm, value: &Object) -> Result<()> {
        let bits = self.kind.store(vm, value)?;
        self.check_resizable(vm)?;
        if self.bytes.borrow().capacity() - self.bytes.borrow().len() < self.kind.size {
            self.reserve(vm, self.kind.size)?;
        }
        self.bytes.borrow_mut().extend_from_slice(&bits[..self.kind.size]);
        Ok(())
    }

    fn push_bytes(&self, vm: &Vm, more: &[u8]) -> Result<()> {
        if !more.len().is_multiple_of(self.kind.size) {
            bail!(vm, ValueError, "bytes length not a multiple of item size");
        }
        if more.is_empty() {
            return Ok(());
        }
        self.check_resizable(vm)?;
        self.reserve(vm, more.len())?;
        self.bytes.borrow_mut().extend_from_slice(more);
        Ok(())
    }

    fn push_text(&self, vm: &Vm, text: &Str) -> Result<()> {
        let mut bytes = Vec::new();
        vm.memory(bytes.try_reserve_exact(text.len() * 4).map_err(|_| OutOfMemory))?;
        text.code_points().for_each(|code| bytes.extend_from_slice(&code.to_le_bytes()));
        self.push_bytes(vm, &bytes)
    }

    fn extend_from(&self, vm: &Vm, other: &Object) -> Result<()> {
        if let Some(other) = other.cast::<Array>() {
            if other.kind != self.kind {
                bail!(vm, TypeError, "can only extend with array of same kind");
            }
            let copy = other.copy_bytes(vm)?;
            return self.push_bytes(vm, &copy);
        }
        iter::each(vm, other, |item| self.push(vm, &item))
    }

    fn copy_bytes(&self, vm: &Vm) -> Result<Vec<u8>> {
        let bytes = self.bytes.borrow();
        let mut copy = Vec::new();
        vm.memory(copy.try_reserve_exact(bytes.len()).map_err(|_| OutOfMemory))?;
        copy.extend_from_slice(&bytes);
        Ok(copy)
    }

    /// The text of an array of characters.
    fn text(&self, vm: &Vm) -> Result<Ref<Str>> {
        let mut builder = text::TextBuilder::new();
        for item in self.bytes.borrow().chunks_exact(4) {
            let code = u32::from_le_bytes([item[0], item[1], item[2], item[3]]);
            if code > 0x10_ffff {
                bail!(vm, ValueError, "character U+{code:x} is not in range [U+0000; U+10ffff]");
            }
            vm.memory(builder.push(code).map_err(|_| OutOfMemory))?;
        }
        Str::from_buf(vm, builder.finish())
    }

    fn items(&self, vm: &Vm) -> Result<Vec<Object>> {
        let mut items = Vec::new();
        vm.memory(items.try_reserve_exact(self.count_items()).map_err(|_| OutOfMemory))?;
        for item in self.bytes.borrow().chunks_exact(self.kind.size) {
            items.push(self.kind.load(vm, item)?);
        }
        Ok(items)
    }

    /// Replaces the bytes of a range of items.
    fn splice(&self, vm: &Vm, start: usize, count: usize, new: &[u8]) -> Result<()> {
        let size = self.kind.size;
        if new.len() != count * size {
            self.check_resizable(vm)?;
        }
        self.reserve(vm, new.len())?;
        self.bytes.borrow_mut().splice(start * size..(start + count) * size, new.iter().copied());
        Ok(())
    }

    fn repeated(&self, vm: &Vm, times: isize) -> Result<Vec<u8>> {
        let bytes = self.bytes.borrow();
        let Some(len) = repeated_len(bytes.len(), times) else { return Err(vm.out_of_memory()) };
        let mut out = Vec::new();
        vm.memory(out.try_reserve_exact(len).map_err(|_| OutOfMemory))?;
        while out.len() < len {
            out.extend_from_slice(&bytes);
        }
        Ok(out)
    }

    fn same_kind<'a>(&self, vm: &Vm, other: &'a Object, doing: &str) -> Result<&'a Ref<Array>> {
        match other.cast::<Array>() {
            None => Err(raise!(vm, TypeError, "{doing} array (not \"{}\"){}", type_name(other), {
                match doing {
                    "can only append" => " to array",
                    "can only assign" => " to array slice",
                    _ => "",
                }
            })),
            Some(other) if other.kind != self.kind => {
                Err(raise!(vm, TypeError, "bad argument type for built-in operation"))
            }
            Some(other) => Ok(other),
        }
    }

    fn remove_range(&self, vm: &Vm, at: usize) -> Result<()> {
        self.splice(vm, at, 1, &[])
    }
}

/// One character: the type code of a call.
fn type_code(vm: &Vm, name: &str, code: &Object) -> Result<u32> {
    let Some(text) = code.cast::<Str>() else {
        bail!(vm, TypeError, "{name} must be a unicode character, not {}", type_name(code));
    };
    if text.len() != 1 {
        bail!(vm, TypeError, "{name} must be a unicode character, not a string of length {}", text.len());
    }
    Ok(text.code_points().next().unwrap_or(0))
}

/// `array(code, initial)` of a class.
fn construct(vm: &Vm, cls: &Ref<Type>, code: u32, initial: Option<&Object>) -> Result<Ref<Array>> {
    let shown = char::from_u32(code).unwrap_or('\u{fffd}');
    let is_text = matches!(shown, 'u' | 'w');
    if shown == 'u' {
        let message = "The 'u' type code is deprecated and will be removed in Python 3.16";
        vm.warn(&vm::exception::types::DeprecationWarning, message, 1)?;
    }
    if let Some(initial) = initial.filter(|_| !is_text) {
        if initial.cast::<Str>().is_some() {
            bail!(vm, TypeError, "cannot use a str to initialize an array with typecode '{shown}'");
        }
        if initial.cast::<Array>().is_some_and(|a| a.kind.is_text()) {
            bail!(vm, TypeError, "cannot use a unicode array to initialize an array with typecode '{shown}'");
        }
    }
    let Some(kind) = Kind::find(code) else {
        bail!(vm, ValueError, "bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)");
    };
    let array = Array::make(vm, cls, kind, Vec::new())?;
    let Some(initial) = initial else { return Ok(array) };
    if let Some(other) = initial.cast::<Array>()
        && (other.kind == kind || other.kind.is_text())
    {
        array.bytes.replace(other.copy_bytes(vm)?);
    } else if let Some(bytes) = initial.cast::<Bytes>() {
        array.push_bytes(vm, bytes.as_bytes())?;
    } else if let Some(bytes) = initial.cast::<ByteArray>() {
        let copy = bytes.view().to_vec();
        array.push_bytes(vm, &copy)?;
    } else if let Some(text) = initial.cast::<Str>() {
        array.push_text(vm, text)?;
    } else {
        iter::each(vm, initial, |item| array.push(vm, &item))?;
    }
    Ok(array)
}

#[pymethods]
impl Array {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if cls.is(Array::class()) && args.keyword_count() > 0 {
            bail!(vm, TypeError, "array.array() takes no keyword arguments");
        }
        let (code, initial) = match args.positional() {
            [code] => (code, None),
            [code, initial] => (code, Some(initial)),
            [] => bail!(vm, TypeError, "array() takes at least 1 argument (0 given)"),
            more => bail!(vm, TypeError, "array() takes at most 2 arguments ({} given)", more.len()),
        };
        let code = type_code(vm, "array() argument 1", code)?;
        vm.audit("array.__new__", &[Str::from_code(vm, code)?.into_object(), initial.cloned().unwrap_or_else(none)])?;
        Ok(construct(vm, cls, code, initial)?.into_object())
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let name = type_of(this.as_object()).short_name();
        let code = this.kind.code as char;
        if this.bytes.borrow().is_empty() {
            return Ok(format!("{name}('{code}')"));
        }
        let items = if this.kind.is_text() {
            this.text(vm)?.into_object()
        } else {
            List::from_vec(this.items(vm)?).into_object()
        };
        Ok(format!("{name}('{code}', {})", protocol::repr(vm, &items)?.to_string_lossy()))
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Array>() else { return not_implemented(vm) };
        let (a, b) = (self.count_items(), other.count_items());
        if a != b && matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok((op == CompareOp::Ne).object());
        }
        if self.kind == other.kind && !self.kind.is_float() {
            let (mine, theirs) = (self.bytes.borrow(), other.bytes.borrow());
            if *mine == *theirs {
                return Ok(protocol::holds(op, std::cmp::Ordering::Equal).object());
            }
            if matches!(op, CompareOp::Eq | CompareOp::Ne) {
                return Ok((op == CompareOp::Ne).object());
            }
        }
        for at in 0..a.min(b) {
            let (Some(x), Some(y)) = (self.get(vm, at)?, other.get(vm, at)?) else { break };
            let equal = protocol::compare(vm, &x, &y, CompareOp::Eq)?;
            if !protocol::is_true(vm, &equal)? {
                return match op {
                    CompareOp::Eq => Ok(false.object()),
                    CompareOp::Ne => Ok(true.object()),
                    op => protocol::compare(vm, &x, &y, op),
                };
            }
        }
        Ok(protocol::holds(op, self.count_items().cmp(&other.count_items())).object())
    }

    #[slot]
    fn len(&self) -> usize {
        self.count_items()
    }

    #[slot]
    fn item(&self, vm: &Vm, index: isize) -> Result<Object> {
        match usize::try_from(index).ok().map_or(Ok(None), |at| self.get(vm, at))? {
            Some(item) => Ok(item),
            None => Err(raise!(vm, IndexError, "array index out of range")),
        }
    }

    #[slot]
    fn subscript(this: &Ref<Self>, vm: &Vm, key: &Object) -> Result<Object> {
        let len = this.count_items();
        if number::has_index(key) {
            return match sequence::wrap_index(vm, key, len)? {
                Some(at) => this.item(vm, at as isize),
                None => Err(raise!(vm, IndexError, "array index out of range")),
            };
        }
        let Some(slice) = key.cast::<Slice>() else { bail!(vm, TypeError, "array indices must be integers") };
        let range = slice.resolve(vm, len)?;
        let size = this.kind.size;
        let mut out = Vec::new();
        vm.memory(out.try_reserve_exact(range.count * size).map_err(|_| OutOfMemory))?;
        {
            let bytes = this.bytes.borrow();
            if range.step == 1 {
                let start = range.start as usize * size;
                out.extend_from_slice(bytes.get(start..start + range.count * size).unwrap_or_default());
            } else {
                range
                    .indices()
                    .for_each(|at| out.extend_from_slice(bytes.get(at * size..(at + 1) * size).unwrap_or_default()));
            }
        }
        Ok(Array::make(vm, Array::class(), this.kind, out)?.into_object())
    }

    #[slot]
    fn ass_item(&self, vm: &Vm, index: isize, value: Option<&Object>) -> Result<()> {
        let at = usize::try_from(index).ok().filter(|&at| at < self.count_items());
        let Some(at) = at else { bail!(vm, IndexError, "array assignment index out of range") };
        let Some(value) = value else { return self.remove_range(vm, at) };
        let bits = self.kind.store(vm, value)?;
        let size = self.kind.size;
        // Making the value may have run Python code.
        match self.bytes.borrow_mut().get_mut(at * size..(at + 1) * size) {
            Some(place) => place.copy_from_slice(&bits[..size]),
            None => bail!(vm, IndexError, "array assignment index out of range"),
        }
        Ok(())
    }

    #[slot]
    fn ass_subscript(this: &Ref<Self>, vm: &Vm, key: &Object, value: Option<&Object>) -> Result<()> {
        let len = this.count_items();
        if number::has_index(key) {
            return match sequence::wrap_index(vm, key, len)? {
                Some(at) => this.ass_item(vm, at as isize, value),
                None => Err(raise!(vm, IndexError, "array assignment index out of range")),
            };
        }
        let Some(slice) = key.cast::<Slice>() else { bail!(vm, TypeError, "array indices must be integers") };
        let range = slice.resolve(vm, len)?;
        let new = match value {
            None => Vec::new(),
            Some(value) => this.same_kind(vm, value, "can only assign")?.copy_bytes(vm)?,
        };
        let size = this.kind.size;
        if range.step == 1 {
            return this.splice(vm, range.start.max(0) as usize, range.count, &new);
        }
        if value.is_none() {
            this.check_resizable(vm)?;
            let mut gone: Vec<usize> = range.indices().collect();
            gone.sort_unstable();
            let mut bytes = this.bytes.borrow_mut();
            for at in gone.into_iter().rev() {
                bytes.drain(at * size..(at + 1) * size);
            }
            return Ok(());
        }
        if new.len() / size != range.count {
            bail!(
                vm,
                ValueError,
                "attempt to assign array of size {} to extended slice of size {}",
                new.len() / size,
                range.count
            );
        }
        let mut bytes = this.bytes.borrow_mut();
        for (at, item) in range.indices().zip(new.chunks_exact(size)) {
            bytes[at * size..(at + 1) * size].copy_from_slice(item);
        }
        Ok(())
    }

    #[slot]
    fn contains(&self, vm: &Vm, value: &Object) -> Result<bool> {
        let mut at = 0;
        while let Some(item) = self.get(vm, at)? {
            if protocol::same_or_equal(vm, &item, value)? {
                return Ok(true);
            }
            at += 1;
        }
        Ok(false)
    }

    #[slot]
    fn concat(&self, vm: &Vm, other: &Object) -> Result<Object> {
        let other = self.same_kind(vm, other, "can only append")?;
        let mut bytes = self.copy_bytes(vm)?;
        vm.memory(bytes.try_reserve(other.bytes.borrow().len()).map_err(|_| OutOfMemory))?;
        bytes.extend_from_slice(&other.bytes.borrow());
        Ok(Array::make(vm, Array::class(), self.kind, bytes)?.into_object())
    }

    #[slot]
    fn inplace_concat(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        if other.cast::<Array>().is_none() {
            bail!(vm, TypeError, "can only extend with array (not \"{}\")", type_name(other));
        }
        this.extend_from(vm, other)?;
        Ok(this.to_object())
    }

    #[slot]
    fn repeat(&self, vm: &Vm, times: isize) -> Result<Object> {
        let bytes = self.repeated(vm, times)?;
        Ok(Array::make(vm, Array::class(), self.kind, bytes)?.into_object())
    }

    #[slot]
    fn inplace_repeat(this: &Ref<Self>, vm: &Vm, times: isize) -> Result<Object> {
        if times != 1 && !this.bytes.borrow().is_empty() {
            this.check_resizable(vm)?;
            let bytes = this.repeated(vm, times)?;
            this.bytes.replace(bytes);
        }
        Ok(this.to_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        let body = ArrayIter { head: Head::new(), array: Field::some(this.clone()), at: Cell::new(0) };
        instance::alloc_static(body).into_object()
    }

    #[slot]
    fn buffer(this: &Ref<Self>, _flags: i32) -> Buffer {
        this.exports.set(this.exports.get() + 1);
        let mut buffer = Buffer::bytes(this.as_object(), Rc::new(ArrayExporter(this.clone())), false);
        let code = if this.kind.is_text() { 'w' } else { this.kind.code as char };
        buffer.format = code.to_string();
        buffer.itemsize = this.kind.size;
        buffer.shape = vec![this.count_items()];
        buffer.strides = vec![this.kind.size as isize];
        buffer
    }

    #[slot]
    fn release_buffer(this: &Object, vm: &Vm, view: &Object) -> Result<()> {
        vm::builtins::memoryview::release_view(vm, this, view)
    }

    /// the typecode character used to create the array
    #[getter("typecode")]
    fn typecode(&self) -> String {
        (self.kind.code as char).to_string()
    }

    /// the size, in bytes, of one array item
    #[getter("itemsize")]
    fn itemsize(&self) -> usize {
        self.kind.size
    }

    /// Append new value v to the end of the array.
    #[py("append(v, /)")]
    fn append(&self, vm: &Vm, v: &Object) -> Result<()> {
        self.push(vm, v)
    }

    /// Return a tuple (address, length) giving the current memory address and the length in items of the buffer.
    #[py("buffer_info()")]
    fn buffer_info(&self) -> (usize, usize) {
        (self.bytes.borrow().as_ptr() as usize, self.count_items())
    }

    /// Byteswap all items of the array.
    #[py("byteswap()")]
    fn byteswap(&self) {
        self.bytes.borrow_mut().chunks_exact_mut(self.kind.size).for_each(<[u8]>::reverse);
    }

    /// Remove all items from the array.
    #[py("clear()")]
    fn clear(&self, vm: &Vm) -> Result<()> {
        self.check_resizable(vm)?;
        self.bytes.borrow_mut().truncate(0);
        Ok(())
    }

    /// Return a copy of the array.
    #[py("__copy__()")]
    fn copy(&self, vm: &Vm) -> Result<Ref<Array>> {
        let bytes = self.copy_bytes(vm)?;
        Array::make(vm, Array::class(), self.kind, bytes)
    }

    /// Return a copy of the array.
    #[py("__deepcopy__(unused, /)")]
    fn deepcopy(&self, vm: &Vm, unused: &Object) -> Result<Ref<Array>> {
        let _ = unused;
        self.copy(vm)
    }

    /// Return number of occurrences of v in the array.
    #[py("count(v, /)")]
    fn count(&self, vm: &Vm, v: &Object) -> Result<usize> {
        let (mut n, mut at) = (0, 0);
        while let Some(item) = self.get(vm, at)? {
            n += usize::from(protocol::same_or_equal(vm, &item, v)?);
            at += 1;
        }
        Ok(n)
    }

    /// Append items to the end of the array.
    #[py("extend(bb, /)", keywords)]
    fn extend(&self, vm: &Vm, bb: &Object) -> Result<()> {
        self.extend_from(vm, bb)
    }

    /// Appends items from the string, interpreting it as an array of machine values.
    #[py("frombytes(buffer, /)")]
    fn frombytes(&self, vm: &Vm, buffer: &Object) -> Result<()> {
        let view = get_buffer(vm, buffer, request::SIMPLE)?;
        let copy = view.to_vec();
        let size = view.itemsize;
        view.release(vm);
        if size != 1 && !view.is_contiguous() {
            bail!(vm, TypeError, "a bytes-like object is required");
        }
        self.push_bytes(vm, &copy)
    }

    /// Read n objects from the file object f and append them to the end of the array.
    #[py("fromfile(f, n, /)", keywords)]
    fn fromfile(&self, vm: &Vm, f: &Object, n: isize) -> Result<()> {
        if n < 0 {
            bail!(vm, ValueError, "negative count");
        }
        let Some(wanted) = (n as usize).checked_mul(self.kind.size).filter(|&n| n <= isize::MAX as usize) else {
            return Err(vm.out_of_memory());
        };
        let read = call::call_method(vm, f, vm.names().read(), &[Int::from_i64(wanted as i64)])?;
        let Some(bytes) = read.cast::<Bytes>() else { bail!(vm, TypeError, "read() didn't return bytes") };
        let short = bytes.as_bytes().len() != wanted;
        self.push_bytes(vm, bytes.as_bytes())?;
        if short {
            bail!(vm, EOFError, "read() didn't return enough bytes");
        }
        Ok(())
    }

    /// Append items to array from list.
    #[py("fromlist(list, /)")]
    fn fromlist(&self, vm: &Vm, list: &Object) -> Result<()> {
        let Some(list) = list.cast::<List>() else { bail!(vm, TypeError, "arg must be list") };
        let (before, len) = (self.bytes.borrow().len(), list.items.len());
        if len > 0 {
            self.check_resizable(vm)?;
        }
        for at in 0..len {
            let done = match list.items.get(at) {
                Some(item) => self.push(vm, &item),
                None => Err(raise!(vm, RuntimeError, "list changed size during iteration")),
            };
            let done = match done {
                Ok(()) if list.items.len() != len => {
                    Err(raise!(vm, RuntimeError, "list changed size during iteration"))
                }
                other => other,
            };
            if let Err(raised) = done {
                self.bytes.borrow_mut().truncate(before);
                return Err(raised);
            }
        }
        Ok(())
    }

    /// Extends this array with data from the unicode string ustr; the array must be one of characters.
    #[py("fromunicode(ustr, /)")]
    fn fromunicode(&self, vm: &Vm, ustr: &Ref<Str>) -> Result<()> {
        if !self.kind.is_text() {
            bail!(vm, ValueError, "fromunicode() may only be called on unicode type arrays ('u' or 'w')");
        }
        self.push_text(vm, ustr)
    }

    /// Return index of first occurrence of v in the array.
    ///
    /// Raise ValueError if the value is not present.
    #[py("index(v, start=0, stop=sys.maxsize, /)")]
    fn index(&self, vm: &Vm, v: &Object, start: SliceIndex, stop: SliceIndex) -> Result<usize> {
        let len = self.count_items();
        let (mut at, stop) = (start.clamp(len), if stop.0 < 0 { stop.clamp(len) } else { stop.0 as usize });
        while at < stop {
            let Some(item) = self.get(vm, at)? else { break };
            if protocol::same_or_equal(vm, &item, v)? {
                return Ok(at);
            }
            at += 1;
        }
        Err(raise!(vm, ValueError, "array.index(x): x not in array"))
    }

    /// Insert a new item v into the array before position i.
    #[py("insert(i, v, /)")]
    fn insert(&self, vm: &Vm, i: isize, v: &Object) -> Result<()> {
        let bits = self.kind.store(vm, v)?;
        let at = SliceIndex(i).clamp(self.count_items());
        self.check_resizable(vm)?;
        self.splice(vm, at, 0, &bits[..self.kind.size])
    }

    /// Return the i-th element and delete it from the array.
    ///
    /// i defaults to -1.
    #[py("pop(i=-1, /)")]
    fn pop(&self, vm: &Vm, i: Index) -> Result<Object> {
        let len = self.count_items();
        if len == 0 {
            bail!(vm, IndexError, "pop from empty array");
        }
        let at = if i.0 < 0 { i.0 + len as isize } else { i.0 };
        let Some(at) = usize::try_from(at).ok().filter(|&at| at < len) else {
            bail!(vm, IndexError, "pop index out of range");
        };
        let item = self.item(vm, at as isize)?;
        self.remove_range(vm, at)?;
        Ok(item)
    }

    /// Remove the first occurrence of v in the array.
    #[py("remove(v, /)")]
    fn remove(&self, vm: &Vm, v: &Object) -> Result<()> {
        let mut at = 0;
        while let Some(item) = self.get(vm, at)? {
            if protocol::same_or_equal(vm, &item, v)? {
                return if at < self.count_items() { self.remove_range(vm, at) } else { Ok(()) };
            }
            at += 1;
        }
        Err(raise!(vm, ValueError, "array.remove(x): x not in array"))
    }

    /// Reverse the order of the items in the array.
    #[py("reverse()")]
    fn reverse(&self) {
        let mut bytes = self.bytes.borrow_mut();
        bytes.reverse();
        bytes.chunks_exact_mut(self.kind.size).for_each(<[u8]>::reverse);
    }

    /// Convert the array to an array of machine values and return the bytes representation.
    #[py("tobytes()")]
    fn tobytes(&self, vm: &Vm) -> Result<Ref<Bytes>> {
        Bytes::try_new(vm, &self.bytes.borrow())
    }

    /// Write all items (as machine values) to the file object f.
    #[py("tofile(f, /)", keywords)]
    fn tofile(&self, vm: &Vm, f: &Object) -> Result<()> {
        let mut at = 0;
        loop {
            let block = {
                let bytes = self.bytes.borrow();
                let end = (at + 64 * 1024).min(bytes.len());
                if at >= end {
                    return Ok(());
                }
                Bytes::try_new(vm, &bytes[at..end])?
            };
            at += 64 * 1024;
            call::call_method(vm, f, vm.names().write(), &[block.into_object()])?;
        }
    }

    /// Convert array to an ordinary list with the same items.
    #[py("tolist()")]
    fn tolist(&self, vm: &Vm) -> Result<Vec<Object>> {
        self.items(vm)
    }

    /// Convert an array of characters to a string.
    #[py("tounicode()")]
    fn tounicode(&self, vm: &Vm) -> Result<Ref<Str>> {
        if !self.kind.is_text() {
            bail!(vm, ValueError, "tounicode() may only be called on unicode type arrays ('u' or 'w')");
        }
        self.text(vm)
    }

    /// Return state information for pickling.
    #[py("__reduce_ex__(value, /)", keywords)]
    fn reduce_ex(this: &Ref<Self>, vm: &Vm, value: &Object) -> Result<Object> {
        pickle::reduce(vm, this, value)
    }

    /// Size of the array in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(this: &Ref<Self>) -> usize {
        type_of(this.as_object()).base_head.basic_size.get() as usize + this.bytes.borrow().capacity()
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }
}

#[pytype("arrayiterator", module = "array", doc = "", flags(HAVE_GC))]
pub struct ArrayIter {
    pub head: Head,
    array: Field<Ref<Array>>,
    at: Cell<usize>,
}

#[pymethods]
impl ArrayIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(array) = self.array.get() else { return Ok(None) };
        let at = self.at.get();
        let item = array.get(vm, at)?;
        if item.is_some() {
            self.at.set(at + 1);
        } else {
            self.array.set(None);
        }
        Ok(item)
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        let state = || self.array.get().map(|array| (array.into_object(), self.at.get()));
        reduce_sequence_iter(vm, state, Tuple::empty().into_object())
    }

    /// Set state information for unpickling.
    #[py("__setstate__(state, /)")]
    fn setstate(&self, vm: &Vm, state: &Object) -> Result<()> {
        let at = number::as_ssize(vm, state, Some(&vm::exception::types::OverflowError))?;
        if let Some(array) = self.array.get() {
            self.at.set(SliceIndex(at.max(0)).clamp(array.count_items()));
        }
        Ok(())
    }
}

/// This module defines an object type which can efficiently represent
/// an array of basic values: characters, integers, floating-point numbers.
#[pymodule("array", types(Array, ArrayIter))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[constant]
    const typecodes: &str = item::CODES;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        module.dict().set_str(vm, "ArrayType", Array::class().to_object())?;
        module.dict().remove(vm, Str::new("arrayiterator").as_object())?;
        let abc = vm::import::import_module(vm, "collections.abc")?;
        let sequence = attr::getattr(vm, &abc, &vm.intern("MutableSequence"))?;
        call::call_method(vm, &sequence, &vm.intern("register"), &[Array::class().to_object()]).map(drop)
    }

    /// Internal. Used for pickling support.
    #[py("_array_reconstructor(arraytype, typecode, mformat_code, items, /)")]
    fn _array_reconstructor(
        vm: &Vm,
        arraytype: &Ref<Type>,
        typecode: &Object,
        mformat_code: i32,
        items: &Object,
    ) -> Result<Object> {
        pickle::reconstruct(vm, arraytype, typecode, mformat_code, items)
    }
}
