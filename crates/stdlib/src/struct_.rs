//! `_struct`: C structures as bytes.

mod places;

use number::half;
use places::place;
use std::hash::Hasher;
use std::sync::{Arc, Mutex};
use vm::builtins::bytes::common::like;
use vm::names::NameHasher;
use vm::object::buffer;
use vm::object::{instance, type_name};
use vm::prelude::*;
use vm::protocol::number as protocol;

/// One item of a format: its letter, its size, where it begins, and how often it comes (for `s` and `p`: its length).
#[derive(Clone, Copy, Debug)]
struct Field {
    code: u8,
    size: usize,
    offset: usize,
    count: usize,
}

/// A format read: its fields, its size, and the byte order.
#[derive(Clone, Debug)]
struct Layout {
    fields: Vec<Field>,
    size: usize,
    big: bool,
    /// How many Python values it packs.
    values: usize,
}

fn failed(vm: &Vm, message: &str) -> Raised {
    match vm.interp().modules.get().and_then(|m| m.get_str(vm, "_struct")) {
        Some(module) => match vm::object::attr::getattr(vm, &module, &vm.intern("error")) {
            Ok(kind) => match vm::protocol::call::call(vm, &kind, &[Str::new(message).into_object()]) {
                Ok(error) => vm.raise(error),
                Err(raised) => raised,
            },
            Err(raised) => raised,
        },
        None => raise!(vm, ValueError, "{message}"),
    }
}

/// Size and alignment of a letter.
fn size_of_code(code: u8, native: bool) -> Option<(usize, usize)> {
    let size = match code {
        b'x' | b'c' | b'b' | b'B' | b'?' | b's' | b'p' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' if native => 8,
        b'l' | b'L' => 4,
        b'q' | b'Q' | b'd' => 8,
        b'n' | b'N' | b'P' if native => 8,
        b'F' => return Some((8, if native { 4 } else { 1 })),
        b'D' => return Some((16, if native { 8 } else { 1 })),
        _ => return None,
    };
    Some((size, if native { size } else { 1 }))
}

impl Layout {
    fn parse(vm: &Vm, format: &[u8]) -> Result<Layout> {
        let (mut big, mut native) = (cfg!(target_endian = "big"), true);
        let mut rest = format;
        if let Some((&first, others)) = format.split_first() {
            match first {
                b'<' => (big, native, rest) = (false, false, others),
                b'>' | b'!' => (big, native, rest) = (true, false, others),
                b'=' => (native, rest) = (false, others),
                b'@' => rest = others,
                _ => {}
            }
        }
        if format.contains(&0) {
            return Err(failed(vm, "embedded null character"));
        }
        let too_large = || failed(vm, "total struct size too long");
        let mut this = Layout { fields: Vec::new(), size: 0, big, values: 0 };
        let mut at = 0;
        while let Some(&letter) = rest.get(at) {
            at += 1;
            if letter.is_ascii_whitespace() || letter == 11 {
                continue;
            }
            let (mut count, mut code) = (1usize, letter);
            if letter.is_ascii_digit() {
                count = usize::from(letter - b'0');
                loop {
                    let Some(&next) = rest.get(at) else {
                        return Err(failed(vm, "repeat count given without format specifier"));
                    };
                    at += 1;
                    if !next.is_ascii_digit() {
                        code = next;
                        break;
                    }
                    count = count
                        .checked_mul(10)
                        .and_then(|c| c.checked_add(usize::from(next - b'0')))
                        .filter(|&c| c <= isize::MAX as usize)
                        .ok_or_else(|| failed(vm, "overflow in item count"))?;
                }
            }
            let Some((size, align)) = size_of_code(code, native) else {
                return Err(failed(vm, "bad char in struct format"));
            };
            let offset = this.size.checked_next_multiple_of(align).ok_or_else(too_large)?;
            let total =
                count.checked_mul(size).and_then(|n| n.checked_add(offset)).filter(|&n| n <= isize::MAX as usize);
            this.size = total.ok_or_else(too_large)?;
            match code {
                b'x' => {}
                b's' | b'p' => {
                    this.values += 1;
                    this.fields.push(Field { code, size: count, offset, count: 1 });
                }
                _ => {
                    this.values = this.values.saturating_add(count);
                    if count > 0 {
                        this.fields.push(Field { code, size, offset, count });
                    }
                }
            }
        }
        Ok(this)
    }

    fn unpack(&self, vm: &Vm, data: &[u8]) -> Result<Ref<Tuple>> {
        // A few values wait for their tuple on the native stack.
        if let &[a, b, c, ref others @ ..] = &self.fields[..]
            && others.is_empty()
            && self.values == 3
        {
            let one = |field: Field| self.read(vm, field.code, &data[field.offset..field.offset + field.size]);
            return Ok(Tuple::from_iter_exact([one(a)?, one(b)?, one(c)?].into_iter()));
        }
        if let &[Field { code, size, offset, count: 1 }] = &self.fields[..] {
            return Ok(Tuple::from_iter_exact(std::iter::once(self.read(vm, code, &data[offset..offset + size])?)));
        }
        let mut items = Vec::new();
        vm.memory(items.try_reserve_exact(self.values).map_err(|_| vm::heap::OutOfMemory))?;
        for field in &self.fields {
            for i in 0..field.count {
                let start = field.offset + i * field.size;
                items.push(self.read(vm, field.code, &data[start..start + field.size])?);
            }
        }
        Tuple::from_vec(vm, items)
    }

    fn read(&self, vm: &Vm, code: u8, data: &[u8]) -> Result<Object> {
        let word = |data: &[u8]| {
            // The usual sizes are one load each.
            let read = match *data {
                [a] => return u64::from(a),
                [a, b] => u64::from(u16::from_le_bytes([a, b])) << 48,
                [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])) << 32,
                [a, b, c, d, e, f, g, h] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
                _ => 0,
            };
            match data.len() {
                2 | 4 | 8 if self.big => return read.swap_bytes() & u64::MAX >> (64 - 8 * data.len()),
                2 | 4 | 8 => return read >> (64 - 8 * data.len()),
                _ => {}
            }
            let add = |n: u64, &b: &u8| n << 8 | u64::from(b);
            if self.big { data.iter().fold(0, add) } else { data.iter().rev().fold(0, add) }
        };
        let float = |data: &[u8]| match data.len() {
            2 => half::to_f64(word(data) as u16),
            4 => f64::from(f32::from_bits(word(data) as u32)),
            _ => f64::from_bits(word(data)),
        };
        Ok(match code {
            b'c' => Bytes::try_new(vm, data)?.into_object(),
            b's' => Bytes::try_new(vm, data)?.into_object(),
            b'p' => {
                let len = data.first().map_or(0, |&n| usize::from(n)).min(data.len().saturating_sub(1));
                Bytes::try_new(vm, data.get(1..1 + len).unwrap_or_default())?.into_object()
            }
            b'?' => (data[0] != 0).object(),
            b'e' | b'f' | b'd' => Float::from_f64(float(data)),
            b'F' | b'D' => {
                let (re, im) = data.split_at(data.len() / 2);
                vm::builtins::complex::Complex::make(float(re), float(im))
            }
            b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => {
                let shift = 64 - 8 * data.len() as u32;
                Int::from_i64((word(data) << shift) as i64 >> shift)
            }
            _ => Int::from_i128(i128::from(word(data))),
        })
    }

    fn pack(&self, vm: &Vm, values: &[Object], out: &mut [u8]) -> Result<()> {
        let mut values = values.iter();
        out[..self.size].fill(0);
        for field in &self.fields {
            for i in 0..field.count {
                let Some(value) = values.next() else { return Ok(()) };
                let start = field.offset + i * field.size;
                self.write(vm, field.code, value, &mut out[start..start + field.size])?;
            }
        }
        Ok(())
    }

    fn write(&self, vm: &Vm, code: u8, value: &Object, out: &mut [u8]) -> Result<()> {
        let put = |out: &mut [u8], word: u64| {
            let len = out.len();
            let word = if self.big && len < 8 { word << (64 - 8 * len) } else { word };
            let bytes = if self.big { word.to_be_bytes() } else { word.to_le_bytes() };
            for (to, from) in out.iter_mut().zip(bytes) {
                *to = from;
            }
        };
        match code {
            b'c' => match value.cast::<Bytes>().map(|b| b.as_bytes()) {
                Some(&[byte]) => out[0] = byte,
                _ => return Err(failed(vm, "char format requires a bytes object of length 1")),
            },
            b's' | b'p' => {
                let Some(data) = vm::builtins::bytes::bytes_or_bytearray(value) else {
                    return Err(failed(vm, &format!("argument for '{}' must be a bytes object", char::from(code))));
                };
                let room = if code == b's' {
                    out
                } else {
                    let Some((first, room)) = out.split_first_mut() else { return Ok(()) };
                    *first = data.len().min(room.len()).min(255) as u8;
                    room
                };
                let len = data.len().min(room.len());
                room[..len].copy_from_slice(&data[..len]);
            }
            b'?' => out[0] = u8::from(vm::protocol::object::is_true(vm, value)?),
            b'e' | b'f' | b'd' => {
                let x = self.float(vm, value)?;
                self.put_float(vm, x, out)?;
            }
            b'F' | b'D' => {
                let (re, im) = protocol::as_complex(vm, value)?;
                let (first, second) = out.split_at_mut(out.len() / 2);
                self.put_float(vm, re, first)?;
                self.put_float(vm, im, second)?;
            }
            _ => {
                if let Some(small) = value.as_small_int() {
                    let bits = 8 * out.len() as u32;
                    let fits = match code.is_ascii_lowercase() {
                        true => bits == 64 || small >> (bits - 1) == small >> 63,
                        false => small >= 0 && (bits == 64 || small >> bits == 0),
                    };
                    if fits {
                        put(out, small as u64);
                        return Ok(());
                    }
                }
                if !value.is_instance_of::<Int>() && !protocol::has_index(value) {
                    return Err(failed(vm, "required argument is not an integer"));
                }
                let index = protocol::index(vm, value)?;
                let bits = 8 * out.len() as u32;
                let signed = code.is_ascii_lowercase();
                let (low, high) =
                    if signed { (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1) } else { (0, (1i128 << bits) - 1) };
                match Int::to_i128(&index).filter(|v| (low..=high).contains(v)) {
                    Some(value) => put(out, value as u64),
                    None if code == b'P' => return Err(failed(vm, "int too large to convert")),
                    None => {
                        return Err(failed(
                            vm,
                            &format!("'{}' format requires {low} <= number <= {high}", char::from(code)),
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    fn float(&self, vm: &Vm, value: &Object) -> Result<f64> {
        match protocol::as_f64(vm, value) {
            Err(_) if vm.raised_is(&vm::exception::types::TypeError) => {
                vm.clear_raised();
                Err(failed(vm, "required argument is not a float"))
            }
            other => other,
        }
    }

    fn put_float(&self, vm: &Vm, x: f64, out: &mut [u8]) -> Result<()> {
        let word = match out.len() {
            2 => match half::from_f64(x) {
                Some(half) => u64::from(half),
                None => bail!(vm, OverflowError, "float too large to pack with e format"),
            },
            4 => {
                let narrow = x as f32;
                if narrow.is_infinite() && x.is_finite() {
                    bail!(vm, OverflowError, "float too large to pack with f format");
                }
                u64::from(narrow.to_bits())
            }
            _ => x.to_bits(),
        };
        let len = out.len();
        for (i, byte) in out.iter_mut().enumerate() {
            *byte = (word >> (8 * if self.big { len - 1 - i } else { i })) as u8;
        }
        Ok(())
    }
}

/// Struct(fmt) --> compiled struct object
#[pytype("Struct", module = "_struct", flags(SHOWS_GETATTRIBUTE, SHOWS_SETATTR, BASETYPE, HAVE_GC))]
pub struct Struct {
    pub head: Head,
    #[untraced]
    /// None until `__init__` has run.
    layout: std::cell::RefCell<Option<std::rc::Rc<Layout>>>,
    #[untraced]
    source: std::cell::RefCell<String>,
}

fn format_bytes(vm: &Vm, format: &Object) -> Result<Vec<u8>> {
    if let Some(text) = format.cast::<Str>() {
        return Ok(text.to_utf8(vm)?.into_bytes());
    }
    match format.cast::<Bytes>() {
        Some(data) => Ok(data.as_bytes().to_vec()),
        None => {
            Err(raise!(vm, TypeError, "Struct() argument 1 must be a str or bytes object, not {}", type_name(format)))
        }
    }
}

/// Formats read lately, each at the place that its hash gives.
static KNOWN: Mutex<[Option<(Box<[u8]>, Arc<Layout>)>; 64]> = Mutex::new([const { None }; 64]);

fn layout(vm: &Vm, format: &Object) -> Result<Arc<Layout>> {
    let ascii = format.cast::<Str>().and_then(|text| text.as_ascii()).map(str::as_bytes);
    let Some(bytes) = ascii.or_else(|| format.cast::<Bytes>().map(|data| data.as_bytes())) else {
        return Ok(Arc::new(Layout::parse(vm, &format_bytes(vm, format)?)?));
    };
    let mut hasher = NameHasher::default();
    hasher.write(bytes);
    let at = (hasher.finish() % 64) as usize;
    if let Ok(known) = KNOWN.lock()
        && let Some((key, layout)) = &known[at]
        && **key == *bytes
    {
        return Ok(layout.clone());
    }
    let made = Arc::new(Layout::parse(vm, bytes)?);
    if let Ok(mut known) = KNOWN.lock() {
        known[at] = Some((bytes.into(), made.clone()));
    }
    Ok(made)
}

fn check_count(vm: &Vm, layout: &Layout, given: usize) -> Result<()> {
    if given != layout.values {
        return Err(failed(vm, &format!("pack expected {} items for packing (got {given})", layout.values)));
    }
    Ok(())
}

fn pack(vm: &Vm, layout: &Layout, values: &[Object]) -> Result<Ref<Bytes>> {
    check_count(vm, layout, values.len())?;
    if layout.size <= 64 {
        let mut room = [0; 64];
        layout.pack(vm, values, &mut room[..layout.size])?;
        return Bytes::try_new(vm, &room[..layout.size]);
    }
    let mut out = Vec::new();
    vm.memory(out.try_reserve_exact(layout.size).map_err(|_| vm::heap::OutOfMemory))?;
    out.resize(layout.size, 0);
    layout.pack(vm, values, &mut out)?;
    Bytes::try_new(vm, &out)
}

fn unpack(vm: &Vm, layout: &Layout, data: &[u8]) -> Result<Ref<Tuple>> {
    if data.len() != layout.size {
        return Err(failed(vm, &format!("unpack requires a buffer of {} bytes", layout.size)));
    }
    layout.unpack(vm, data)
}

fn unpack_from(vm: &Vm, layout: &Layout, buffer: &Object, offset: isize) -> Result<Ref<Tuple>> {
    let data = like(vm, buffer)?;
    let start = place(vm, layout, data.len(), offset, "unpack_from")?;
    layout.unpack(vm, &data[start..start + layout.size])
}

fn pack_into(vm: &Vm, layout: &Layout, args: &[Object]) -> Result<()> {
    let [target, offset, values @ ..] = args else {
        return Err(failed(vm, "pack_into expected buffer argument"));
    };
    if values.len() != layout.values {
        return Err(failed(
            vm,
            &format!("pack_into expected {} items for packing (got {})", layout.values, values.len()),
        ));
    }
    let view = buffer::writable(vm, target, "argument")?;
    let result = (|| {
        let offset = protocol::as_ssize(vm, offset, Some(&vm::exception::types::IndexError))?;
        let start = place(vm, layout, view.byte_len(), offset, "pack_into")?;
        let mut out = vec![0; layout.size];
        layout.pack(vm, values, &mut out)?;
        let at = view.offset + start;
        view.exporter.with_bytes_mut(&mut |bytes| {
            if let Some(room) = bytes.get_mut(at..at + out.len()) {
                room.copy_from_slice(&out);
            }
        });
        Ok(())
    })();
    view.release(vm);
    result
}

fn unpack_iter(vm: &Vm, layout: &Layout, buffer: &Object) -> Result<Object> {
    if layout.size == 0 {
        return Err(failed(vm, "cannot iteratively unpack with a struct of length 0"));
    }
    let data = like(vm, buffer)?;
    if data.len() % layout.size != 0 {
        return Err(failed(
            vm,
            &format!("iterative unpacking requires a buffer of a multiple of {} bytes", layout.size),
        ));
    }
    let items = data.chunks_exact(layout.size).map(|part| layout.unpack(vm, part).map(Ref::into_object));
    vm::protocol::iter::get_iter(vm, List::from_vec(items.collect::<Result<Vec<_>>>()?).as_object())
}

impl Struct {
    fn ready(&self, vm: &Vm) -> Result<std::rc::Rc<Layout>> {
        self.layout.borrow().clone().ok_or_else(|| raise!(vm, RuntimeError, "Struct object is not initialized"))
    }
}

#[pymethods]
impl Struct {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body = Struct { head: Head::new(), layout: Default::default(), source: Default::default() };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(format)")]
    fn init(&self, vm: &Vm, format: &Object) -> Result<()> {
        let bytes = format_bytes(vm, format)?;
        let layout = Layout::parse(vm, &bytes)?;
        *self.layout.borrow_mut() = Some(std::rc::Rc::new(layout));
        *self.source.borrow_mut() = String::from_utf8_lossy(&bytes).into_owned();
        Ok(())
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        this.ready(vm)?;
        let kind = vm::object::type_of(this.as_object()).short_name();
        Ok(format!("{kind}('{}')", this.source.borrow()))
    }

    /// Return a bytes object containing values packed according to the format string S.format.
    #[py("pack(*values)", notext)]
    fn pack(&self, vm: &Vm, values: &[Object]) -> Result<Ref<Bytes>> {
        let layout = self.ready(vm)?;
        super::struct_::pack(vm, &layout, values)
    }

    /// Pack values and write the packed bytes into the writable buffer starting at offset.
    #[py("pack_into(*args)", notext)]
    fn pack_into(&self, vm: &Vm, args: &[Object]) -> Result<()> {
        let layout = self.ready(vm)?;
        super::struct_::pack_into(vm, &layout, args)
    }

    /// Return a tuple containing unpacked values.
    #[py("unpack(buffer, /)")]
    fn unpack(&self, vm: &Vm, buffer: &Object) -> Result<Ref<Tuple>> {
        let layout = self.ready(vm)?;
        super::struct_::unpack(vm, &layout, &like(vm, buffer)?)
    }

    /// Return a tuple containing unpacked values, unpacked from the buffer starting at offset.
    #[py("unpack_from(buffer, offset=0)")]
    fn unpack_from(&self, vm: &Vm, buffer: &Object, offset: isize) -> Result<Ref<Tuple>> {
        let layout = self.ready(vm)?;
        super::struct_::unpack_from(vm, &layout, buffer, offset)
    }

    /// Return an iterator yielding tuples of values.
    #[py("iter_unpack(buffer, /)")]
    fn iter_unpack(&self, vm: &Vm, buffer: &Object) -> Result<Object> {
        let layout = self.ready(vm)?;
        unpack_iter(vm, &layout, buffer)
    }

    /// struct format string
    #[getter("format")]
    fn format(&self, vm: &Vm) -> Result<String> {
        self.ready(vm)?;
        Ok(self.source.borrow().clone())
    }

    /// struct size in bytes
    #[getter("size")]
    fn size(&self) -> i64 {
        self.layout.borrow().as_ref().map_or(-1, |layout| layout.size as i64)
    }

    #[py("__sizeof__()")]
    fn sizeof(&self, vm: &Vm) -> Result<usize> {
        let layout = self.ready(vm)?;
        Ok(size_of::<Struct>() + size_of::<Layout>() + layout.fields.len() * size_of::<Field>())
    }
}

/// Functions to convert between Python values and C structs.
#[pymodule("_struct", types(Struct))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let error = vm::exception::new_class(vm, "struct", "error", vm::exception::types::Exception.get())?;
        module.dict().set_str(vm, "error", error)
    }

    /// Clear the internal cache.
    #[py("_clearcache()")]
    fn _clearcache() {}

    /// Return size in bytes of the struct described by the format string.
    #[py("calcsize(format, /)")]
    fn calcsize(vm: &Vm, format: &Object) -> Result<usize> {
        Ok(layout(vm, format)?.size)
    }

    /// Return a bytes object containing the values packed according to the format string.
    #[py("pack(format, /, *values)", notext)]
    fn pack(vm: &Vm, format: &Object, values: &[Object]) -> Result<Ref<Bytes>> {
        super::pack(vm, &*layout(vm, format)?, values)
    }

    /// Pack values according to the format string and write the packed bytes into the writable buffer at offset.
    #[py("pack_into(format, /, *args)", notext)]
    fn pack_into(vm: &Vm, format: &Object, args: &[Object]) -> Result<()> {
        super::pack_into(vm, &*layout(vm, format)?, args)
    }

    /// Return a tuple containing values unpacked according to the format string.
    #[py("unpack(format, buffer, /)")]
    fn unpack(vm: &Vm, format: &Object, buffer: &Object) -> Result<Ref<Tuple>> {
        super::unpack(vm, &*layout(vm, format)?, &like(vm, buffer)?)
    }

    /// Return a tuple containing values unpacked according to the format string, starting at offset.
    #[py("unpack_from(format, /, buffer, offset=0)")]
    fn unpack_from(vm: &Vm, format: &Object, buffer: &Object, offset: isize) -> Result<Ref<Tuple>> {
        super::unpack_from(vm, &*layout(vm, format)?, buffer, offset)
    }

    /// Return an iterator yielding tuples unpacked from the given bytes source.
    #[py("iter_unpack(format, buffer, /)")]
    fn iter_unpack(vm: &Vm, format: &Object, buffer: &Object) -> Result<Object> {
        unpack_iter(vm, &*layout(vm, format)?, buffer)
    }
}
