//! `str.format`, `str.format_map` and `__format__` of str and numbers.

use super::markup::{First, Step, pieces, split_name};
use super::{Str, mem};
use crate::object::attr;
use crate::prelude::*;
use crate::protocol::object as protocol;
use number::format::{self as spec, FormatError, Kind, Layout, Spec};
use text::{TextBuilder, Units};

/// Where replacement fields take their values from.
pub enum Fields<'a> {
    Args(&'a [Object], Kwargs<'a>),
    Mapping(&'a Object),
}

/// How fields without a name are numbered: it may not change within one string.
#[derive(Default)]
struct Numbering {
    automatic: Option<bool>,
    next: usize,
}

impl Numbering {
    fn choose(&mut self, vm: &Vm, automatic: bool) -> Result<()> {
        match self.automatic.replace(automatic) {
            Some(true) if !automatic => Err(raise!(
                vm,
                ValueError,
                "cannot switch from automatic field numbering to manual field specification"
            )),
            Some(false) if automatic => Err(raise!(
                vm,
                ValueError,
                "cannot switch from manual field specification to automatic field numbering"
            )),
            _ => Ok(()),
        }
    }
}

/// `text.format(...)`.
pub fn format(vm: &Vm, text: Units<'_>, fields: &Fields<'_>) -> Result<Ref<Str>> {
    let mut out = mem(vm, TextBuilder::with_capacity(text.len().saturating_add(32)))?;
    fill(vm, text, fields, 2, &mut Numbering::default(), &mut out)?;
    Str::from_view(vm, out.as_units())
}

fn fill(
    vm: &Vm,
    text: Units<'_>,
    fields: &Fields<'_>,
    depth: u32,
    numbering: &mut Numbering,
    out: &mut TextBuilder,
) -> Result<()> {
    if depth == 0 {
        bail!(vm, ValueError, "Max string recursion exceeded");
    }
    let wrong = |message: String| raise!(vm, ValueError, "{message}");
    for piece in pieces(text) {
        let piece = piece.map_err(wrong)?;
        mem(vm, out.push_units(piece.literal))?;
        let Some(field) = piece.field else { continue };
        let mut value = value_of(vm, field.name, fields, numbering)?;
        match field.conversion {
            None => {}
            Some(0x72) => value = protocol::repr(vm, &value)?.into_object(),
            Some(0x73) => value = protocol::str(vm, &value)?.into_object(),
            Some(0x61) => value = protocol::ascii(vm, &value)?.into_object(),
            Some(code) if code > 32 && code < 127 => {
                bail!(vm, ValueError, "Unknown conversion specifier {}", char::from(code as u8))
            }
            Some(code) => bail!(vm, ValueError, "Unknown conversion specifier \\x{code:x}"),
        }
        let spec = if field.nested {
            let mut inner = TextBuilder::new();
            fill(vm, field.spec, fields, depth - 1, numbering, &mut inner)?;
            Str::from_view(vm, inner.as_units())?
        } else {
            Str::from_view(vm, field.spec)?
        };
        if spec.is_empty()
            && let Some(small) = value.as_small_int()
        {
            mem(vm, out.push_units(Units::Ascii(number::short::int(small).as_bytes())))?;
            continue;
        }
        let shown = protocol::format(vm, &value, &spec)?;
        mem(vm, out.push_units(shown.units()))?;
    }
    Ok(())
}

fn value_of(vm: &Vm, name: Units<'_>, fields: &Fields<'_>, numbering: &mut Numbering) -> Result<Object> {
    let (first, steps) = split_name(name).map_err(|message| raise!(vm, ValueError, "{message}"))?;
    let index = match first {
        First::Auto => {
            numbering.choose(vm, true)?;
            numbering.next += 1;
            Some(numbering.next - 1)
        }
        First::Index(index) => {
            numbering.choose(vm, false)?;
            Some(index)
        }
        First::Name(_) => None,
    };
    let mut value = match (index, first, fields) {
        (Some(index), _, Fields::Args(args, _)) => match args.get(index) {
            Some(value) => value.clone(),
            None => bail!(vm, IndexError, "Replacement index {index} out of range for positional args tuple"),
        },
        (Some(_), _, Fields::Mapping(_)) => bail!(vm, ValueError, "Format string contains positional fields"),
        (None, First::Name(name), Fields::Args(_, kwargs)) => {
            let key = Str::from_view(vm, name)?;
            match kwargs.iter().find(|(known, _)| known.cast::<Str>().is_some_and(|known| **known == *key)) {
                Some((_, value)) => value.clone(),
                None => return Err(crate::exception::key_error(vm, key.as_object())),
            }
        }
        (None, First::Name(name), Fields::Mapping(mapping)) => {
            protocol::getitem(vm, mapping, Str::from_view(vm, name)?.as_object())?
        }
        (None, ..) => none(),
    };
    for step in steps {
        value = match step {
            Step::Attr(name) => attr::getattr(vm, &value, &vm.intern_ref(&Str::from_view(vm, name)?))?,
            Step::Index(index) => protocol::getitem(vm, &value, &Int::from_i64(index as i64))?,
            Step::Key(key) => protocol::getitem(vm, &value, Str::from_view(vm, key)?.as_object())?,
            Step::Wrong(problem) => bail!(vm, ValueError, "{problem}"),
        };
    }
    Ok(value)
}

/// What a format error raises.
pub fn raise_format(vm: &Vm, error: FormatError) -> Raised {
    match error {
        FormatError::Value(message) => raise!(vm, ValueError, "{message}"),
        FormatError::Overflow(message) => raise!(vm, OverflowError, "{message}"),
        FormatError::Memory => vm.out_of_memory(),
    }
}

/// Reads a specification: nearly all are a few ASCII characters.
fn parse(vm: &Vm, format: &Str, type_name: &str, kind: Kind) -> Result<Spec> {
    let mut room = [0; 16];
    let parsed = match format.units() {
        Units::Ascii(text) if text.len() <= room.len() => {
            room.iter_mut().zip(text).for_each(|(code, &byte)| *code = u32::from(byte));
            Spec::parse(&room[..text.len()], type_name, kind)
        }
        _ => Spec::parse(&format.code_points().collect::<Vec<_>>(), type_name, kind),
    };
    parsed.map_err(|e| raise_format(vm, e))
}

/// Formatted text with its padding as a string.
pub fn lay_out(vm: &Vm, layout: &Layout) -> Result<Ref<Str>> {
    let mut out = TextBuilder::new();
    mem(vm, out.push_repeated(layout.fill, layout.left))?;
    mem(vm, out.push_str(&layout.head))?;
    mem(vm, out.push_repeated(layout.fill, layout.middle))?;
    mem(vm, out.push_str(&layout.body))?;
    if let Some(code) = layout.code {
        mem(vm, out.push(code))?;
    }
    mem(vm, out.push_repeated(layout.fill, layout.right))?;
    Str::from_view(vm, out.as_units())
}

/// The locale's part of the presentation type `n`.
fn locale(spec: &Spec) -> spec::Locale {
    let _ = spec;
    spec::Locale::default()
}

/// `str.__format__`.
pub fn format_str(vm: &Vm, text: &Ref<Str>, format: &Str) -> Result<Ref<Str>> {
    if format.is_empty() {
        return protocol::str(vm, text.as_object());
    }
    let spec = parse(vm, format, "str", Kind::Str)?;
    let (kept, layout) = spec::str(text.len(), &spec, "str").map_err(|e| raise_format(vm, e))?;
    if kept == text.len() && layout.left == 0 && layout.right == 0 {
        return Ok(text.to_exact());
    }
    let mut out = mem(vm, TextBuilder::with_capacity(layout.left.saturating_add(kept).saturating_add(layout.right)))?;
    mem(vm, out.push_repeated(layout.fill, layout.left))?;
    mem(vm, out.push_units(text.units().slice(0..kept)))?;
    mem(vm, out.push_repeated(layout.fill, layout.right))?;
    Str::from_view(vm, out.as_units())
}

/// `int.__format__`.
pub fn format_int(vm: &Vm, value: &Object, format: &Str) -> Result<Ref<Str>> {
    if format.is_empty() {
        return protocol::str(vm, value);
    }
    let name = crate::object::type_name(value);
    let spec = parse(vm, format, &name, Kind::Number)?;
    if let Some(short) = Int::to_i64(value).and_then(|n| number::short::format_int(n, &spec)) {
        return Str::from_short(vm, &short);
    }
    if matches!(spec.code, None | Some(0x64 | 0x6E)) && Int::to_i64(value).is_none() {
        // Raises what a text of too many digits raises.
        Int::to_decimal(vm, value)?;
    }
    let big = Int::to_big(value).unwrap_or_default();
    let layout = spec::int(&big, &spec, &name, &locale(&spec)).map_err(|e| raise_format(vm, e))?;
    lay_out(vm, &layout)
}

/// `float.__format__`.
pub fn format_float(vm: &Vm, value: &Object, format: &Str) -> Result<Ref<Str>> {
    if format.is_empty() {
        return protocol::str(vm, value);
    }
    let name = crate::object::type_name(value);
    let spec = parse(vm, format, &name, Kind::Number)?;
    let x = Float::value_of(value).unwrap_or_default();
    if let Some(short) = number::short::format_float(x, &spec) {
        return Str::from_short(vm, &short);
    }
    let layout = spec::float(x, &spec, &name, &locale(&spec)).map_err(|e| raise_format(vm, e))?;
    lay_out(vm, &layout)
}

/// `complex.__format__`.
pub fn format_complex(vm: &Vm, value: &Object, (re, im): (f64, f64), format: &Str) -> Result<Ref<Str>> {
    if format.is_empty() {
        return protocol::str(vm, value);
    }
    let name = crate::object::type_name(value);
    let spec = parse(vm, format, &name, Kind::Number)?;
    let layout = spec::complex(re, im, &spec, &name, &locale(&spec)).map_err(|e| raise_format(vm, e))?;
    lay_out(vm, &layout)
}
