//! `str(object, encoding, errors)` and `str.join`.

use super::{Str, mem};
use crate::object::{buffer, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{iter, object as protocol};
use std::borrow::Cow;
use text::{TextBuilder, Units};

impl Str {
    /// The value of `str(object, encoding, errors)` without the class.
    pub fn make(
        vm: &Vm,
        object: Option<&Object>,
        encoding: Option<Cow<'_, str>>,
        errors: Option<Cow<'_, str>>,
    ) -> Result<Ref<Str>> {
        let Some(object) = object else { return Ok(Str::empty(vm)) };
        if encoding.is_none() && errors.is_none() {
            return protocol::str(vm, object);
        }
        if object.cast::<Str>().is_some() {
            bail!(vm, TypeError, "decoding str is not supported");
        }
        if type_of(object).slots.buffer.get().is_none() {
            bail!(vm, TypeError, "decoding to str: need a bytes-like object, {} found", type_name(object));
        }
        let (encoding, errors) = (encoding.as_deref().unwrap_or("utf-8"), errors.as_deref().unwrap_or("strict"));
        let text = match object.cast::<Bytes>() {
            Some(bytes) => crate::modules::codecs::decode(vm, bytes.as_bytes(), encoding, errors)?,
            None => {
                let view = buffer::get_buffer(vm, object, buffer::request::SIMPLE)?;
                let bytes = view.to_vec();
                view.release(vm);
                crate::modules::codecs::decode(vm, &bytes, encoding, errors)?
            }
        };
        match text.cast::<Str>() {
            Some(text) => Ok(text.clone()),
            None => Err(raise!(vm, TypeError, "decoder should return a string result, not '{}'", type_name(&text))),
        }
    }

    /// An instance of a subclass with this text.
    pub fn of_class(vm: &Vm, cls: &Ref<Type>, text: &Ref<Str>) -> Result<Object> {
        if cls.is(Str::class()) {
            return Ok(text.to_object());
        }
        vm.memory(Str::alloc(cls, text.data())).map(Ref::into_object)
    }

    /// `separator.join(iterable)`.
    pub fn join_all(this: &Ref<Str>, vm: &Vm, iterable: &Object) -> Result<Ref<Str>> {
        if type_of(iterable).slots.iter.get().is_none() && !crate::protocol::sequence::is_sequence(iterable) {
            bail!(vm, TypeError, "can only join an iterable");
        }
        // The items of a list or a tuple stay where they are: nothing below runs code that could change them.
        if let Some(tuple) = iterable.cast_exact::<Tuple>() {
            return Str::join_items(this, vm, tuple.items());
        }
        if let Some(list) = iterable.cast_exact::<List>() {
            #[expect(unsafe_code, reason = "joining runs no code that could change the list")]
            // SAFETY: nothing below calls Python code or drops an item.
            let items = unsafe { list.items.as_slice() };
            return Str::join_items(this, vm, items);
        }
        Str::join_items(this, vm, &iter::to_vec(vm, iterable)?)
    }

    fn join_items(this: &Ref<Str>, vm: &Vm, items: &[Object]) -> Result<Ref<Str>> {
        if let [only] = items
            && let Some(text) = only.cast_exact::<Str>()
        {
            return Ok(text.clone());
        }
        for (i, item) in items.iter().enumerate() {
            if item.cast::<Str>().is_none() {
                bail!(vm, TypeError, "sequence item {i}: expected str instance, {} found", type_name(item));
            }
        }
        Str::of_pieces(vm, this.units(), items.iter().filter_map(|item| item.cast::<Str>().map(|text| &**text)))
    }

    /// ASCII text with one part put for another wherever it is found: counted first, so that one allocation does.
    pub fn replaced_ascii(this: &Ref<Str>, vm: &Vm, text: &[u8], sought: &[u8], put: &[u8]) -> Result<Ref<Str>> {
        let hay = Units::Ascii(text);
        let count = mem(vm, text::find::count(hay, Units::Ascii(sought), usize::MAX))?;
        if count == 0 {
            return Ok(this.to_exact());
        }
        let finder = mem(vm, text::find::Finder::new(hay, Units::Ascii(sought)))?;
        let grown = put.len().checked_mul(count).and_then(|more| more.checked_add(text.len() - sought.len() * count));
        let Some(len) = grown.filter(|&len| len <= isize::MAX as usize / 4) else { return Err(vm.out_of_memory()) };
        let mut done = 0;
        let parts = std::iter::from_fn(|| {
            if done > text.len() {
                return None;
            }
            let found = finder.find(hay, done).ok().flatten();
            let plain = &text[done..found.unwrap_or(text.len())];
            done = found.map_or(usize::MAX, |at| at + sought.len());
            Some((plain, found.is_some().then_some(put)))
        });
        Str::of_ascii_parts(vm, len, parts)
    }

    /// `str.maketrans(x, y, z)`.
    pub fn make_table(vm: &Vm, x: &Object, y: Option<&Object>, z: Option<&Object>) -> Result<Object> {
        let table = Dict::empty();
        let Some(y) = y else {
            let Some(dict) = x.cast::<Dict>() else {
                bail!(vm, TypeError, "if you give only one argument to maketrans it must be a dict");
            };
            for (key, value) in dict.to_pairs() {
                if let Some(text) = key.cast::<Str>() {
                    if text.len() != 1 {
                        bail!(vm, ValueError, "string keys in translate table must be of length 1");
                    }
                    table.set(vm, &Int::from_i64(i64::from(text.units().get(0).unwrap_or(0))), value)?;
                } else if key.is_instance_of::<Int>() {
                    table.set(vm, &key, value)?;
                } else {
                    bail!(vm, TypeError, "keys in translate table must be strings or integers");
                }
            }
            return Ok(table.into_object());
        };
        let Some(from) = x.cast::<Str>() else {
            bail!(vm, TypeError, "first maketrans argument must be a string if there is a second argument");
        };
        let Some(to) = y.cast::<Str>() else {
            bail!(vm, TypeError, "maketrans() argument 2 must be str, not {}", type_name(y));
        };
        if from.len() != to.len() {
            bail!(vm, ValueError, "the first two maketrans arguments must have equal length");
        }
        for (a, b) in from.code_points().zip(to.code_points()) {
            table.set(vm, &Int::from_i64(i64::from(a)), Int::from_i64(i64::from(b)))?;
        }
        if let Some(z) = z {
            let Some(gone) = z.cast::<Str>() else {
                bail!(vm, TypeError, "maketrans() argument 3 must be str, not {}", type_name(z));
            };
            for code in gone.code_points() {
                table.set(vm, &Int::from_i64(i64::from(code)), none())?;
            }
        }
        Ok(table.into_object())
    }

    /// `str.translate(table)`.
    pub fn translated(this: &Ref<Str>, vm: &Vm, table: &Object) -> Result<Ref<Str>> {
        let mut out = mem(vm, TextBuilder::with_capacity(this.len()))?;
        // What each ASCII character becomes, once known: most texts are made of few.
        let mut known = [UNKNOWN; 128];
        // ASCII is collected in runs.
        let (mut run, mut filled) = ([0; 64], 0);
        for code in this.code_points() {
            let mapped = match known.get(code as usize) {
                Some(&to) if to != UNKNOWN => Mapped::Code(to),
                _ => Mapped::find(vm, table, code)?,
            };
            if let (Mapped::Code(to), Some(slot)) = (&mapped, known.get_mut(code as usize)) {
                *slot = *to;
            }
            if let Mapped::Code(to @ ..0x80) = mapped
                && filled < run.len()
            {
                run[filled] = to as u8;
                filled += 1;
                continue;
            }
            mem(vm, out.push_units(Units::Ascii(&run[..filled])))?;
            filled = 0;
            match mapped {
                Mapped::Code(GONE) => {}
                Mapped::Code(to) => mem(vm, out.push(to))?,
                Mapped::Text(text) => mem(vm, out.push_units(text.units()))?,
            }
        }
        mem(vm, out.push_units(Units::Ascii(&run[..filled])))?;
        Str::from_view(vm, out.as_units())
    }
}

/// No code points: what nobody has asked for yet, and what is left out.
const UNKNOWN: u32 = u32::MAX;
const GONE: u32 = u32::MAX - 1;

/// What `str.translate` puts in the place of a character.
enum Mapped {
    /// A code point, or [`GONE`].
    Code(u32),
    Text(Ref<Str>),
}

impl Mapped {
    fn find(vm: &Vm, table: &Object, code: u32) -> Result<Mapped> {
        let to = match protocol::getitem(vm, table, &Int::from_i64(i64::from(code))) {
            Ok(to) => to,
            Err(_) if vm.raised_is(&crate::exception::types::LookupError) => {
                vm.clear_raised();
                return Ok(Mapped::Code(code));
            }
            Err(raised) => return Err(raised),
        };
        if to.is(&none()) {
            return Ok(Mapped::Code(GONE));
        }
        if let Some(text) = to.cast::<Str>() {
            return Ok(match (text.len(), text.units().get(0)) {
                (1, Some(code)) => Mapped::Code(code),
                _ => Mapped::Text(text.clone()),
            });
        }
        if !to.is_instance_of::<Int>() {
            bail!(vm, TypeError, "character mapping must return integer, None or str");
        }
        match Int::to_i64(&to).and_then(|v| u32::try_from(v).ok()).filter(|&v| v <= 0x10FFFF) {
            Some(code) => Ok(Mapped::Code(code)),
            None => Err(raise!(vm, ValueError, "character mapping must be in range(0x110000)")),
        }
    }
}
