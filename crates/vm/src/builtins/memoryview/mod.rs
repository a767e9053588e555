//! `memoryview`: views of other objects' memory (PEP 3118), and the buffers of classes with `__buffer__` (PEP 688).

mod classes;
mod format;
mod items;

pub use classes::{export, generic_buffer, generic_release, release_view};

use crate::native::SliceIndex;
use crate::object::buffer::{self, Around, Buffer, Exporter, request};
use crate::object::{instance, type_name, type_of};
use crate::prelude::*;
use crate::protocol::object as protocol;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Create a new memoryview object which references the given object.
#[pytype("memoryview", flags(HAVE_GC, SEQUENCE, MANAGED_WEAKREF))]
pub struct MemoryView {
    pub head: Head,
    /// The object that exports, until the view is released.
    pub object: Field<Object>,
    /// `None` once released.
    #[untraced]
    buffer: RefCell<Option<Buffer>>,
    /// Buffers of this view that somebody holds.
    exports: Cell<usize>,
    hash: Cell<i64>,
    /// Gives no views of its own: `__release_buffer__` sees the memory, and may not keep it.
    #[untraced]
    restricted: Cell<bool>,
}

/// An exporter whose buffer ends when the last view that shares it goes.
struct Shared {
    inner: Rc<dyn Exporter>,
}

impl Around for Shared {
    fn inner(&self) -> &dyn Exporter {
        &*self.inner
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(vm) = Vm::try_current() {
            self.inner.release(vm);
        }
    }
}

/// A buffer of a view: the view cannot be released before it.
struct Exported {
    view: Ref<MemoryView>,
    inner: Rc<dyn Exporter>,
}

impl Around for Exported {
    fn inner(&self) -> &dyn Exporter {
        &*self.inner
    }
    fn ended(&self, _: &Vm) {
        self.view.exports.set(self.view.exports.get().saturating_sub(1));
    }
}

impl MemoryView {
    /// A view around a buffer, which ends with the last view that shares it.
    pub fn from_buffer(mut buffer: Buffer) -> Ref<MemoryView> {
        buffer.exporter = Rc::new(Shared { inner: buffer.exporter });
        Self::sharing(buffer)
    }

    /// A view around a buffer that another view holds already.
    fn sharing(buffer: Buffer) -> Ref<MemoryView> {
        instance::alloc_static(MemoryView {
            head: Head::new(),
            object: Field::some(buffer.object.clone()),
            buffer: RefCell::new(Some(buffer)),
            exports: Cell::new(0),
            hash: Cell::new(-1),
            restricted: Cell::new(false),
        })
    }

    /// `memoryview(object)`.
    pub fn of(vm: &Vm, object: &Object) -> Result<Object> {
        if let Some(other) = object.cast::<MemoryView>() {
            return Ok(Self::sharing(other.view_to_share(vm)?).into_object());
        }
        if type_of(object).slots.buffer.get().is_none() {
            bail!(vm, TypeError, "memoryview: a bytes-like object is required, not '{}'", type_name(object));
        }
        let buffer = buffer::get_buffer(vm, object, request::FULL_RO)?;
        Ok(Self::from_buffer(buffer).into_object())
    }

    /// What the view covers; ValueError once it was released.
    pub fn view(&self, vm: &Vm) -> Result<Buffer> {
        match &*self.buffer.borrow() {
            Some(buffer) => Ok(buffer.clone()),
            None => Err(raise!(vm, ValueError, "operation forbidden on released memoryview object")),
        }
    }

    /// As [`view`](Self::view), for what makes another view of it.
    fn view_to_share(&self, vm: &Vm) -> Result<Buffer> {
        let view = self.view(vm)?;
        match self.restricted.get() {
            true => Err(raise!(vm, ValueError, "cannot create new view on restricted memoryview")),
            false => Ok(view),
        }
    }

    /// Runs what may call Python code with the view held: it cannot be released meanwhile.
    fn held<R>(&self, f: impl FnOnce() -> R) -> R {
        self.exports.set(self.exports.get() + 1);
        let result = f();
        self.exports.set(self.exports.get().saturating_sub(1));
        result
    }

    fn end(&self, vm: &Vm) -> Result<()> {
        match self.exports.get() {
            0 => {}
            n => bail!(vm, BufferError, "memoryview has {n} exported buffer{}", if n == 1 { "" } else { "s" }),
        }
        // Dropped after both fields are empty: the exporter's end may run Python code.
        let (buffer, object) = (self.buffer.borrow_mut().take(), self.object.take());
        drop((buffer, object));
        Ok(())
    }
}

/// Whether the items lie one after the other, first index fastest.
fn is_fortran(view: &Buffer) -> bool {
    let mut expected = view.itemsize as isize;
    for (&n, &stride) in view.shape.iter().zip(&view.strides) {
        if n > 1 && stride != expected {
            return false;
        }
        expected *= n as isize;
    }
    true
}

/// A view without items is contiguous in every order.
fn is_c_contiguous(view: &Buffer) -> bool {
    view.shape.contains(&0) || view.is_contiguous()
}

fn is_f_contiguous(view: &Buffer) -> bool {
    view.shape.contains(&0) || is_fortran(view)
}

/// The strides of items one after the other, last index fastest.
fn c_strides(shape: &[usize], itemsize: usize) -> Vec<isize> {
    let mut strides = vec![0; shape.len()];
    let mut step = itemsize as isize;
    for (stride, &n) in strides.iter_mut().zip(shape).rev() {
        *stride = step;
        step *= n as isize;
    }
    strides
}

#[pymethods]
impl MemoryView {
    #[slot("(object)")]
    fn new(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        let _ = cls;
        MemoryView::of(vm, object)
    }

    #[slot]
    fn buffer(this: &Ref<Self>, vm: &Vm, flags: i32) -> Result<Buffer> {
        let mut view = this.view_to_share(vm)?;
        let asks = |what: i32| flags & what == what;
        if asks(request::WRITABLE) && view.readonly {
            bail!(vm, BufferError, "memoryview: underlying buffer is not writable");
        }
        if !asks(request::STRIDES) && !is_c_contiguous(&view) {
            bail!(vm, BufferError, "memoryview: underlying buffer is not C-contiguous");
        }
        if !asks(request::ND) {
            if asks(request::FORMAT) {
                bail!(vm, BufferError, "memoryview: cannot cast to unsigned bytes if the format flag is present");
            }
            let len = view.byte_len();
            (view.format, view.itemsize, view.shape, view.strides) = ("B".to_owned(), 1, vec![len], vec![1]);
        }
        this.exports.set(this.exports.get() + 1);
        view.object = this.to_object();
        view.exporter = Rc::new(Exported { view: this.clone(), inner: view.exporter });
        Ok(view)
    }

    #[slot]
    fn release_buffer(this: &Object, vm: &Vm, view: &Object) -> Result<()> {
        release_view(vm, this, view)
    }

    #[slot]
    fn repr(this: &Ref<Self>) -> String {
        let at = protocol::address(this.as_object());
        if this.buffer.borrow().is_none() {
            format!("<released memory at {at:#x}>")
        } else {
            format!("<memory at {at:#x}>")
        }
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        if self.hash.get() != -1 {
            return Ok(self.hash.get());
        }
        let view = self.view(vm)?;
        if !view.readonly {
            bail!(vm, ValueError, "cannot hash writable memoryview object");
        }
        if !format::is_byte(&view.format) {
            bail!(vm, ValueError, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
        }
        // Equal objects have equal hashes: one that cannot be hashed makes its views unhashable.
        self.held(|| protocol::hash(vm, &view.object))?;
        self.hash.set(crate::builtins::str::hash_bytes(&view.to_vec()));
        Ok(self.hash.get())
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return not_implemented(vm);
        }
        let same = std::ptr::eq(self as *const MemoryView, other.as_ptr().cast());
        let mine = self.buffer.borrow().clone();
        let equal = match (mine, other.cast::<MemoryView>()) {
            (None, _) => same,
            (Some(mine), Some(other)) => {
                let theirs = other.buffer.borrow().clone();
                match theirs {
                    Some(theirs) => items::equal(vm, &mine, &theirs)?,
                    None => same,
                }
            }
            (Some(mine), None) => match buffer::get_buffer(vm, other, request::FULL_RO) {
                Ok(theirs) => {
                    let equal = items::equal(vm, &mine, &theirs);
                    theirs.release(vm);
                    equal?
                }
                Err(_) => {
                    vm.clear_raised();
                    return not_implemented(vm);
                }
            },
        };
        Ok((equal == (op == CompareOp::Eq)).object())
    }

    #[slot]
    fn len(&self, vm: &Vm) -> Result<usize> {
        match self.view(vm)?.shape.first() {
            Some(&len) => Ok(len),
            None => Err(raise!(vm, TypeError, "0-dim memory has no length")),
        }
    }

    #[slot]
    fn item(&self, vm: &Vm, index: isize) -> Result<Object> {
        items::get(vm, self, self.view(vm)?, &Int::from_i64(index as i64))
    }

    #[slot]
    fn subscript(&self, vm: &Vm, key: &Object) -> Result<Object> {
        let view = if key.is_instance_of::<crate::builtins::slice::Slice>() {
            self.view_to_share(vm)?
        } else {
            self.view(vm)?
        };
        items::get(vm, self, view, key)
    }

    #[slot]
    fn ass_subscript(&self, vm: &Vm, key: &Object, value: Option<&Object>) -> Result<()> {
        let view = self.view(vm)?;
        if view.readonly {
            bail!(vm, TypeError, "cannot modify read-only memory");
        }
        match value {
            Some(value) => items::set(vm, self, &view, key, value),
            None => Err(raise!(vm, TypeError, "cannot delete memory")),
        }
    }

    #[slot]
    fn iter(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let view = this.view(vm)?;
        match view.shape.len() {
            0 => bail!(vm, TypeError, "invalid indexing of 0-dim memory"),
            1 => {}
            _ => bail!(vm, NotImplementedError, "multi-dimensional sub-views are not implemented"),
        }
        items::code(vm, &view)?;
        let len = view.shape[0];
        Ok(instance::alloc_static(MemoryIter {
            head: Head::new(),
            view: Field::some(this.clone()),
            at: Cell::new(0),
            len,
        })
        .into_object())
    }

    /// Release the underlying buffer exposed by the memoryview object.
    #[py("release()")]
    fn release(&self, vm: &Vm) -> Result<()> {
        if self.buffer.borrow().is_none() {
            return Ok(());
        }
        self.end(vm)
    }

    #[py("__enter__()")]
    fn enter(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        this.view(vm)?;
        Ok(this.to_object())
    }

    /// Release the underlying buffer exposed by the memoryview object.
    #[py("__exit__(*exc_info)", tuple)]
    fn exit(&self, vm: &Vm, exc_info: &[Object]) -> Result<()> {
        let _ = exc_info;
        self.release(vm)
    }

    /// Return the data in the buffer as a byte string.
    ///
    /// Order can be {'C', 'F', 'A'}.  When order is 'C' or 'F', the data of
    /// the original array is converted to C or Fortran order.  For
    /// contiguous views, 'A' returns an exact copy of the physical memory.
    /// In particular, in-memory Fortran order is preserved.  For
    /// non-contiguous views, the data is converted to C first.  order=None
    /// is the same as order='C'.
    #[py("tobytes(order='C')")]
    fn tobytes(&self, vm: &Vm, order: Option<&Object>) -> Result<Ref<Bytes>> {
        let view = self.view(vm)?;
        let order = match order.filter(|o| !o.is(&none())) {
            None => "C".to_owned(),
            Some(order) => match order.cast::<Str>() {
                Some(order) => order.to_string_lossy(),
                None => {
                    bail!(vm, TypeError, "tobytes() argument 'order' must be str or None, not {}", type_name(order))
                }
            },
        };
        let fortran = match order.as_str() {
            "C" => false,
            "F" => true,
            "A" => is_f_contiguous(&view) && !is_c_contiguous(&view),
            _ => bail!(vm, ValueError, "order must be 'C', 'F' or 'A'"),
        };
        if !fortran {
            return Bytes::try_new(vm, &view.to_vec());
        }
        // The first index fastest is the last index fastest of the transposed view.
        let mut transposed = view;
        transposed.shape.reverse();
        transposed.strides.reverse();
        Bytes::try_new(vm, &transposed.to_vec())
    }

    /// Return the data in the buffer as a list of elements.
    #[py("tolist()")]
    fn tolist(&self, vm: &Vm) -> Result<Object> {
        items::to_list(vm, &self.view(vm)?)
    }

    /// Return a readonly version of the memoryview.
    #[py("toreadonly()")]
    fn toreadonly(&self, vm: &Vm) -> Result<Object> {
        let mut view = self.view_to_share(vm)?;
        view.readonly = true;
        Ok(MemoryView::sharing(view).into_object())
    }

    /// Cast a memoryview to a new format or shape.
    #[py("cast(format, shape=<unrepresentable>)")]
    fn cast(&self, vm: &Vm, format: &Object, shape: Option<&Object>) -> Result<Object> {
        let view = self.view_to_share(vm)?;
        let Some(format) = format.cast::<Str>() else {
            bail!(vm, TypeError, "cast() argument 'format' must be str, not {}", type_name(format));
        };
        items::cast(vm, view, &format.to_string_lossy(), shape).map(|view| MemoryView::sharing(view).into_object())
    }

    /// Return the data in the buffer as a str of hexadecimal numbers.
    ///
    ///   sep
    ///     An optional single character or byte to separate hex bytes.
    ///   bytes_per_sep
    ///     How many bytes between separators.  Positive values count from
    ///     the right, negative values count from the left.
    ///
    /// Example:
    /// >>> value = memoryview(b'\xb9\x01\xef')
    /// >>> value.hex()
    /// 'b901ef'
    /// >>> value.hex(':')
    /// 'b9:01:ef'
    /// >>> value.hex(':', 2)
    /// 'b9:01ef'
    /// >>> value.hex(':', -2)
    /// 'b901:ef'
    #[py("hex(sep=<unrepresentable>, bytes_per_sep=1)")]
    fn hex(&self, vm: &Vm, sep: Option<&Object>, bytes_per_sep: i32) -> Result<Ref<Str>> {
        use crate::builtins::bytes::common;
        let view = self.view(vm)?;
        let sep = self.held(|| common::hex_separator(vm, sep))?;
        common::hex(vm, &view.to_vec(), sep, bytes_per_sep)
    }

    /// Count the number of occurrences of a value.
    #[py("count(value, /)")]
    fn count(this: &Ref<Self>, vm: &Vm, value: &Object) -> Result<usize> {
        let mut n = 0;
        crate::protocol::iter::each(vm, this.as_object(), |item| {
            n += usize::from(protocol::same_or_equal(vm, &item, value)?);
            Ok(())
        })?;
        Ok(n)
    }

    /// Return the index of the first occurrence of a value.
    ///
    /// Raises ValueError if the value is not present.
    #[py("index(value, start=0, stop=sys.maxsize, /)")]
    fn index(&self, vm: &Vm, value: &Object, start: SliceIndex, stop: SliceIndex) -> Result<usize> {
        let view = self.view(vm)?;
        let &[len] = &view.shape[..] else {
            if view.shape.is_empty() {
                bail!(vm, TypeError, "invalid lookup on 0-dim memory");
            }
            bail!(vm, NotImplementedError, "multi-dimensional lookup is not implemented");
        };
        for at in start.clamp(len)..stop.clamp(len) {
            let item = items::at(vm, &self.view(vm)?, at)?;
            if protocol::same_or_equal(vm, &item, value)? {
                return Ok(at);
            }
        }
        Err(raise!(vm, ValueError, "memoryview.index(x): x not found"))
    }

    /// Create a new memoryview object which references the given object.
    #[py("_from_flags(object, flags)", classmethod)]
    fn from_flags(cls: &Ref<Type>, vm: &Vm, object: &Object, flags: i32) -> Result<Object> {
        let _ = cls;
        let buffer = buffer::get_buffer(vm, object, flags)?;
        Ok(MemoryView::from_buffer(buffer).into_object())
    }

    /// memoryviews are generic over the type of their underlying data
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        crate::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), object)
    }

    /// The underlying object of the memoryview.
    #[getter("obj")]
    fn get_obj(&self, vm: &Vm) -> Result<Object> {
        Ok(self.view(vm)?.object)
    }

    /// The amount of space in bytes that the array would use in
    ///  a contiguous representation.
    #[getter("nbytes")]
    fn get_nbytes(&self, vm: &Vm) -> Result<usize> {
        Ok(self.view(vm)?.byte_len())
    }

    /// A bool indicating whether the memory is read only.
    #[getter("readonly")]
    fn get_readonly(&self, vm: &Vm) -> Result<bool> {
        Ok(self.view(vm)?.readonly)
    }

    /// The size in bytes of each element of the memoryview.
    #[getter("itemsize")]
    fn get_itemsize(&self, vm: &Vm) -> Result<usize> {
        Ok(self.view(vm)?.itemsize)
    }

    /// A string containing the format (in struct module style)
    ///  for each element in the view.
    #[getter("format")]
    fn get_format(&self, vm: &Vm) -> Result<String> {
        Ok(self.view(vm)?.format)
    }

    /// An integer indicating how many dimensions of a multi-dimensional
    ///  array the memory represents.
    #[getter("ndim")]
    fn get_ndim(&self, vm: &Vm) -> Result<usize> {
        Ok(self.view(vm)?.shape.len())
    }

    /// A tuple of ndim integers giving the shape of the memory
    ///  as an N-dimensional array.
    #[getter("shape")]
    fn get_shape(&self, vm: &Vm) -> Result<Ref<Tuple>> {
        let view = self.view(vm)?;
        Ok(Tuple::from_slice(&view.shape.iter().map(|&n| Int::from_i64(n as i64)).collect::<Vec<_>>()))
    }

    /// A tuple of ndim integers giving the size in bytes to access
    ///  each element for each dimension of the array.
    #[getter("strides")]
    fn get_strides(&self, vm: &Vm) -> Result<Ref<Tuple>> {
        let view = self.view(vm)?;
        Ok(Tuple::from_slice(&view.strides.iter().map(|&n| Int::from_i64(n as i64)).collect::<Vec<_>>()))
    }

    /// A tuple of integers used internally for PIL-style arrays.
    #[getter("suboffsets")]
    fn get_suboffsets(&self, vm: &Vm) -> Result<Ref<Tuple>> {
        self.view(vm).map(|_| Tuple::empty())
    }

    /// A bool indicating whether the memory is C contiguous.
    #[getter("c_contiguous")]
    fn get_c_contiguous(&self, vm: &Vm) -> Result<bool> {
        Ok(is_c_contiguous(&self.view(vm)?))
    }

    /// A bool indicating whether the memory is Fortran contiguous.
    #[getter("f_contiguous")]
    fn get_f_contiguous(&self, vm: &Vm) -> Result<bool> {
        Ok(is_f_contiguous(&self.view(vm)?))
    }

    /// A bool indicating whether the memory is contiguous.
    #[getter("contiguous")]
    fn get_contiguous(&self, vm: &Vm) -> Result<bool> {
        let view = self.view(vm)?;
        Ok(is_c_contiguous(&view) || is_f_contiguous(&view))
    }
}

/// The iterator over a one-dimensional view.
#[pytype("memory_iterator", doc = "", flags(HAVE_GC))]
pub struct MemoryIter {
    pub head: Head,
    pub view: Field<Ref<MemoryView>>,
    pub at: Cell<usize>,
    pub len: usize,
}

#[pymethods]
impl MemoryIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(view) = self.view.get() else { return Ok(None) };
        let at = self.at.get();
        let buffer = if at < self.len { Some(view.view(vm)?) } else { None };
        match buffer {
            Some(buffer) => {
                self.at.set(at + 1);
                items::at(vm, &buffer, at).map(Some)
            }
            None => {
                self.view.set(None);
                Ok(None)
            }
        }
    }
}
