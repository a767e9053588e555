//! What is inside of a view: items by index, slices, whole lists, comparison, casts.

use super::{MemoryView, c_strides, format, is_c_contiguous};
use crate::builtins::slice::Slice;
use crate::exception::types::IndexError;
use crate::object::buffer::{self, Buffer, request};
use crate::prelude::*;
use crate::protocol::{iter, number as numbers, object as protocol};

/// The format's character; NotImplementedError for formats of more than one item.
pub fn code(vm: &Vm, view: &Buffer) -> Result<u8> {
    match format::native(&view.format) {
        Some((code, _)) => Ok(code),
        None => Err(raise!(vm, NotImplementedError, "memoryview: format {} not supported", view.format)),
    }
}

/// The item that starts at a byte of the exporter.
fn read(vm: &Vm, view: &Buffer, code: u8, start: isize) -> Result<Object> {
    let mut raw = [0; 8];
    let mut whole = false;
    view.exporter.with_bytes(&mut |bytes| {
        let start = start as usize;
        if let Some(item) = bytes.get(start..start + view.itemsize) {
            raw[..view.itemsize].copy_from_slice(item);
            whole = true;
        }
    });
    if !whole {
        bail!(vm, SystemError, "a buffer became shorter than its view");
    }
    Ok(format::unpack(code, &raw))
}

fn write(vm: &Vm, view: &Buffer, start: isize, raw: &[u8]) -> Result<()> {
    let mut whole = false;
    view.exporter.with_bytes_mut(&mut |bytes| {
        let start = start as usize;
        if let Some(item) = bytes.get_mut(start..start + view.itemsize) {
            item.copy_from_slice(&raw[..view.itemsize]);
            whole = true;
        }
    });
    if whole { Ok(()) } else { Err(raise!(vm, SystemError, "a buffer became shorter than its view")) }
}

/// The item of a one-dimensional view at an index below its length.
pub fn at(vm: &Vm, view: &Buffer, index: usize) -> Result<Object> {
    let code = code(vm, view)?;
    read(vm, view, code, view.offset as isize + index as isize * view.strides[0])
}

/// The byte where the item at these indices, one for each dimension, starts.
fn locate(vm: &Vm, view: &Buffer, indices: &[Object]) -> Result<isize> {
    let mut start = view.offset as isize;
    for (dimension, (index, (&len, &stride))) in indices.iter().zip(view.shape.iter().zip(&view.strides)).enumerate() {
        let index = numbers::as_ssize(vm, index, Some(&IndexError))?;
        let wrapped = if index < 0 { index.wrapping_add(len as isize) } else { index };
        if wrapped < 0 || wrapped >= len as isize {
            bail!(vm, IndexError, "index out of bounds on dimension {}", dimension + 1);
        }
        start += wrapped * stride;
    }
    Ok(start)
}

fn sliced(vm: &Vm, mut view: Buffer, slice: &Slice) -> Result<Buffer> {
    let range = slice.resolve(vm, view.shape[0])?;
    view.offset = (view.offset as isize + range.start * view.strides[0]).max(0) as usize;
    view.shape[0] = range.count;
    view.strides[0] = view.strides[0].wrapping_mul(range.step);
    Ok(view)
}

/// What a key stands for.
enum Key<'a> {
    /// One index for each dimension.
    Item(&'a [Object]),
    Slice(&'a Slice),
}

fn key<'a>(vm: &Vm, view: &Buffer, key: &'a Object) -> Result<Key<'a>> {
    let dimensions = view.shape.len();
    if numbers::has_index(key) {
        return match dimensions {
            0 => Err(raise!(vm, TypeError, "invalid indexing of 0-dim memory")),
            1 => Ok(Key::Item(std::slice::from_ref(key))),
            _ => Err(raise!(vm, NotImplementedError, "multi-dimensional sub-views are not implemented")),
        };
    }
    if let Some(slice) = key.cast::<Slice>() {
        return match dimensions {
            0 => Err(raise!(vm, TypeError, "invalid indexing of 0-dim memory")),
            _ => Ok(Key::Slice(slice)),
        };
    }
    let Some(tuple) = key.cast::<Tuple>() else { return Err(raise!(vm, TypeError, "memoryview: invalid slice key")) };
    let items = tuple.items();
    if items.iter().all(numbers::has_index) {
        let n = items.len();
        if n > dimensions {
            bail!(vm, TypeError, "cannot index {dimensions}-dimension view with {n}-element tuple");
        }
        if n < dimensions {
            bail!(vm, NotImplementedError, "sub-views are not implemented");
        }
        return Ok(Key::Item(items));
    }
    if items.iter().all(|i| i.is_instance_of::<Slice>()) && !items.is_empty() {
        bail!(vm, NotImplementedError, "multi-dimensional slicing is not implemented");
    }
    Err(raise!(vm, TypeError, "memoryview: invalid slice key"))
}

/// Whether a key means the whole of a view without dimensions.
fn is_whole(view: &Buffer, key: &Object) -> bool {
    let empty = key.cast::<Tuple>().is_some_and(|t| t.is_empty());
    view.shape.is_empty() && (empty || key.is(&crate::builtins::none::ellipsis()))
}

/// `this[key]`, `view` being what it covers. Indices may release it.
pub fn get(vm: &Vm, this: &MemoryView, view: Buffer, given: &Object) -> Result<Object> {
    if view.shape.is_empty() && given.is(&crate::builtins::none::ellipsis()) {
        return Ok(MemoryView::sharing(view).into_object());
    }
    if is_whole(&view, given) {
        let code = code(vm, &view)?;
        return read(vm, &view, code, view.offset as isize);
    }
    match key(vm, &view, given)? {
        Key::Slice(slice) => Ok(MemoryView::sharing(sliced(vm, view, slice)?).into_object()),
        Key::Item(indices) => {
            let code = code(vm, &view)?;
            let start = locate(vm, &view, indices)?;
            this.view(vm)?;
            read(vm, &view, code, start)
        }
    }
}

/// `this[key] = value`, `view` being what it covers. Indices and the value may release it.
pub fn set(vm: &Vm, this: &MemoryView, view: &Buffer, given: &Object, value: &Object) -> Result<()> {
    let code = code(vm, view)?;
    if is_whole(view, given) {
        let raw = format::pack(vm, code, value)?;
        this.view(vm)?;
        return write(vm, view, view.offset as isize, &raw);
    }
    match key(vm, view, given)? {
        Key::Item(indices) => {
            let start = locate(vm, view, indices)?;
            let raw = format::pack(vm, code, value)?;
            this.view(vm)?;
            write(vm, view, start, &raw)
        }
        Key::Slice(_) if view.shape.len() > 1 => {
            Err(raise!(vm, NotImplementedError, "memoryview slice assignments are currently restricted to ndim = 1"))
        }
        Key::Slice(slice) => {
            let to = sliced(vm, view.clone(), slice)?;
            this.view(vm)?;
            let from = buffer::get_buffer(vm, value, request::FULL_RO)?;
            let same = format::native(&from.format).map(|(c, _)| c) == Some(code) && from.shape == to.shape;
            // Copied first: both may be views of the same memory.
            let raw = from.to_vec();
            from.release(vm);
            if !same {
                bail!(vm, ValueError, "memoryview assignment: lvalue and rvalue have different structures");
            }
            for (i, item) in raw.chunks_exact(to.itemsize).enumerate() {
                write(vm, &to, to.offset as isize + i as isize * to.strides[0], item)?;
            }
            Ok(())
        }
    }
}

fn list_of(vm: &Vm, view: &Buffer, code: u8, dimension: usize, start: isize) -> Result<Object> {
    let Some(&len) = view.shape.get(dimension) else { return read(vm, view, code, start) };
    let mut items = Vec::new();
    vm.memory(items.try_reserve_exact(len).map_err(|_| heap::OutOfMemory))?;
    for i in 0..len {
        items.push(list_of(vm, view, code, dimension + 1, start + i as isize * view.strides[dimension])?);
    }
    Ok(List::from_vec(items).into_object())
}

/// `view.tolist()`.
pub fn to_list(vm: &Vm, view: &Buffer) -> Result<Object> {
    let code = code(vm, view)?;
    list_of(vm, view, code, 0, view.offset as isize)
}

/// Whether two views have the same shape and equal items. Formats that cannot be read make views unequal.
pub fn equal(vm: &Vm, a: &Buffer, b: &Buffer) -> Result<bool> {
    if a.shape != b.shape {
        return Ok(false);
    }
    let (Some((x, _)), Some((y, _))) = (format::native(&a.format), format::native(&b.format)) else {
        return Ok(a.format == b.format && a.itemsize == b.itemsize && a.to_vec() == b.to_vec());
    };
    if x == y && !matches!(x, b'f' | b'd' | b'e' | b'?') {
        return Ok(a.to_vec() == b.to_vec());
    }
    let (left, right) = (a.to_vec(), b.to_vec());
    for (l, r) in left.chunks_exact(a.itemsize).zip(right.chunks_exact(b.itemsize)) {
        let (l, r) = (format::unpack(x, l), format::unpack(y, r));
        let result = protocol::compare(vm, &l, &r, CompareOp::Eq)?;
        if !protocol::is_true(vm, &result)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn new_shape(vm: &Vm, shape: &Object) -> Result<Vec<usize>> {
    if !shape.is_instance_of::<Tuple>() && !shape.is_instance_of::<List>() {
        bail!(vm, TypeError, "shape must be a list or a tuple");
    }
    let mut new = Vec::new();
    for n in iter::to_vec(vm, shape)? {
        if !n.is_instance_of::<Int>() {
            bail!(vm, TypeError, "memoryview.cast(): elements of shape must be integers");
        }
        let n = numbers::as_ssize(vm, &n, Some(&crate::exception::types::OverflowError))?;
        if n <= 0 {
            bail!(vm, ValueError, "memoryview.cast(): elements of shape must be integers > 0");
        }
        new.push(n as usize);
    }
    if new.len() > 64 {
        bail!(vm, ValueError, "memoryview: number of dimensions must not exceed 64");
    }
    Ok(new)
}

/// `view.cast(format, shape)`.
pub fn cast(vm: &Vm, mut view: Buffer, to: &str, shape: Option<&Object>) -> Result<Buffer> {
    if !is_c_contiguous(&view) {
        bail!(vm, TypeError, "memoryview: casts are restricted to C-contiguous views");
    }
    if (shape.is_some() || view.shape.len() != 1) && view.shape.contains(&0) {
        bail!(vm, TypeError, "memoryview: cannot cast view with zeros in shape or strides");
    }
    let shape = shape.map(|s| new_shape(vm, s)).transpose()?;
    if let Some(shape) = &shape
        && view.shape.len() != 1
        && shape.len() != 1
        && !(view.shape.is_empty() || shape.is_empty())
    {
        bail!(vm, TypeError, "memoryview: cast must be 1D -> ND or ND -> 1D");
    }
    let single = "must be a native single character format prefixed with an optional '@'";
    let Some((from, _)) = format::native(&view.format) else {
        bail!(vm, ValueError, "memoryview: source format {single}")
    };
    let Some((code, size)) = format::native(to) else {
        bail!(vm, ValueError, "memoryview: destination format {single}")
    };
    let byte = |code: u8| matches!(code, b'B' | b'b' | b'c');
    if !byte(from) && !byte(code) {
        bail!(vm, TypeError, "memoryview: cannot cast between two non-byte formats");
    }
    let bytes = view.byte_len();
    if !bytes.is_multiple_of(size) {
        bail!(vm, TypeError, "memoryview: length is not a multiple of itemsize");
    }
    view.format = to.to_owned();
    view.itemsize = size;
    view.shape = match shape {
        None => vec![bytes / size],
        Some(shape) => {
            let product = shape.iter().try_fold(size, |all, &n| all.checked_mul(n));
            if product != Some(bytes) {
                bail!(vm, TypeError, "memoryview: product(shape) * itemsize != buffer size");
            }
            shape
        }
    };
    view.strides = c_strides(&view.shape, size);
    Ok(view)
}
