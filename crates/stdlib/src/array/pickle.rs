//! Pickled arrays: bytes with the number of the machine format that they are in, so that another machine can read them.

use super::{Array, Kind, construct, type_code};
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, number};

/// What a machine format's items are.
#[derive(Clone, Copy, PartialEq)]
enum What {
    Int { signed: bool },
    Float,
    Text,
}

/// Size, meaning and whether big-endian, by the format's number.
const FORMATS: [(usize, What, bool); 22] = {
    const U: What = What::Int { signed: false };
    const S: What = What::Int { signed: true };
    const F: What = What::Float;
    const T: What = What::Text;
    [
        (1, U, false),
        (1, S, false),
        (2, U, false),
        (2, U, true),
        (2, S, false),
        (2, S, true),
        (4, U, false),
        (4, U, true),
        (4, S, false),
        (4, S, true),
        (8, U, false),
        (8, U, true),
        (8, S, false),
        (8, S, true),
        (4, F, false),
        (4, F, true),
        (8, F, false),
        (8, F, true),
        (2, T, false),
        (2, T, true),
        (4, T, false),
        (4, T, true),
    ]
};

pub fn reduce(vm: &Vm, this: &Ref<Array>, protocol: &Object) -> Result<Object> {
    if !protocol.is_instance_of::<Int>() {
        bail!(vm, TypeError, "__reduce_ex__ argument should be an integer");
    }
    let protocol = number::as_ssize(vm, protocol, None)?;
    let class = type_of(this.as_object()).to_object();
    let code = Str::new(&(this.kind.code as char).to_string()).into_object();
    let state = instance::dict(this.as_object()).map_or_else(none, Ref::into_object);
    if protocol < 3 {
        let items = List::from_vec(this.items(vm)?).into_object();
        let args = Tuple::from_slice(&[code, items]).into_object();
        return Ok(Tuple::from_slice(&[class, args, state]).into_object());
    }
    let module = vm::import::import_module(vm, "array")?;
    let function = attr::getattr(vm, &module, &vm.intern("_array_reconstructor"))?;
    let bytes = Bytes::try_new(vm, &this.bytes.borrow())?.into_object();
    let format = Object::int32(i32::from(this.kind.format()));
    let args = Tuple::from_slice(&[class, code, format, bytes]).into_object();
    Ok(Tuple::from_slice(&[function, args, state]).into_object())
}

pub fn reconstruct(vm: &Vm, class: &Ref<Type>, code: &Object, format: i32, items: &Object) -> Result<Object> {
    let code = type_code(vm, "_array_reconstructor() argument 2", code)?;
    if !class.is_subtype(Array::class()) {
        bail!(vm, TypeError, "{} is not a subtype of array.array", class.tp_name());
    }
    let Some(kind) = Kind::find(code) else { bail!(vm, ValueError, "second argument must be a valid type code") };
    let found = usize::try_from(format).ok().and_then(|at| FORMATS.get(at));
    let Some(&(size, what, big_endian)) = found else {
        bail!(vm, ValueError, "third argument must be a valid machine format code.");
    };
    let Some(bytes) = items.cast::<Bytes>() else {
        bail!(vm, TypeError, "fourth argument should be bytes, not {}", type_name(items));
    };
    if i32::from(kind.format()) == format {
        return Ok(construct(vm, class, code, Some(items))?.into_object());
    }
    let bytes = bytes.as_bytes();
    if bytes.len() % size != 0 {
        bail!(vm, ValueError, "bytes length not a multiple of item size");
    }
    let words = bytes.chunks_exact(size).map(|item| {
        let mut bits = [0; 8];
        bits[..size].copy_from_slice(item);
        if big_endian {
            bits[..size].reverse();
        }
        u64::from_le_bytes(bits)
    });
    match what {
        What::Float => {
            let float =
                |word: u64| if size == 4 { f64::from(f32::from_bits(word as u32)) } else { f64::from_bits(word) };
            let list = List::from_vec(words.map(|word| Float::from_f64(float(word))).collect()).into_object();
            Ok(construct(vm, class, code, Some(&list))?.into_object())
        }
        What::Text => {
            let name = match (size, big_endian) {
                (2, false) => "utf-16-le",
                (2, true) => "utf-16-be",
                (_, false) => "utf-32-le",
                (_, true) => "utf-32-be",
            };
            let text = call::call_method(vm, items, vm.names().decode(), &[Str::new(name).into_object()])?;
            Ok(construct(vm, class, code, Some(&text))?.into_object())
        }
        What::Int { signed } => {
            let shift = 64 - 8 * size as u32;
            let int = |word: u64| match signed {
                true => Int::from_i64(((word << shift) as i64) >> shift),
                false => Int::from_i128(i128::from(word)),
            };
            let code = Kind::int(size, signed).map_or(code, |kind| u32::from(kind.code));
            let list = List::from_vec(words.map(int).collect()).into_object();
            Ok(construct(vm, class, code, Some(&list))?.into_object())
        }
    }
}
