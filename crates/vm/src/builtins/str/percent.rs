//! `%` formatting, for `str` and for `bytes` (whose format and result are then Latin-1 text).

use super::{Str, mem};
use crate::builtins::int;
use crate::builtins::type_::full_name;
use crate::object::{type_name, type_of};
use crate::prelude::*;
use crate::protocol::{number as protocol_number, object as protocol};
use ::number::format::percent::{self, Flags};
use ::number::short;
use text::{TextBuilder, Units};

/// The values that the format takes one after the other, or by name.
struct Values<'a> {
    args: &'a Object,
    tuple: Option<&'a [Object]>,
    next: usize,
    mapping: bool,
    bytes: bool,
}

impl Values<'_> {
    fn take(&mut self, vm: &Vm) -> Result<Object> {
        let at = self.next;
        self.next += 1;
        match self.tuple {
            Some(items) if at < items.len() => Ok(items[at].clone()),
            None if at == 0 => Ok(self.args.clone()),
            _ => Err(raise!(vm, TypeError, "not enough arguments for format string")),
        }
    }

    fn check_all_used(&self, vm: &Vm) -> Result<()> {
        let left = match self.tuple {
            Some(items) => self.next < items.len(),
            None => self.next == 0 && !self.mapping,
        };
        if left {
            let what = if self.bytes { "bytes" } else { "string" };
            bail!(vm, TypeError, "not all arguments converted during {what} formatting");
        }
        Ok(())
    }
}

/// A conversion between `%` and its letter.
#[derive(Default)]
struct Conversion {
    flags: Flags,
    width: usize,
    precision: Option<usize>,
}

fn is_mapping(args: &Object, bytes: bool) -> bool {
    let other = args.cast::<Tuple>().is_some()
        || args.cast::<Str>().is_some()
        || bytes && (args.cast::<Bytes>().is_some() || args.cast::<crate::builtins::bytearray::ByteArray>().is_some());
    !other && crate::protocol::mapping::is_mapping(args)
}

/// `format % args`, appended to `out`.
pub fn format(vm: &Vm, format: Units<'_>, args: &Object, bytes: bool, out: &mut TextBuilder) -> Result<()> {
    let tuple = args.cast::<Tuple>();
    let mut values = Values { args, tuple: tuple.map(|t| t.items()), next: 0, mapping: is_mapping(args, bytes), bytes };
    mem(vm, out.reserve(format.len().saturating_add(48)))?;
    let mut at = 0;
    loop {
        let plain = match format {
            Units::Ascii(all) => {
                let rest = &all[at..];
                let plain = rest.iter().position(|&byte| byte == b'%');
                mem(vm, out.push_ascii(&rest[..plain.unwrap_or(rest.len())]))?;
                plain
            }
            _ => {
                let rest = format.slice(at..format.len());
                let plain = text::find::find_code(rest, 0x25);
                mem(vm, out.push_units(rest.slice(0..plain.unwrap_or(rest.len()))))?;
                plain
            }
        };
        let Some(plain) = plain else { break };
        at += plain + 1;
        // `%s` and `%d` of what they are made for.
        let letter = format.get(at);
        if !bytes && let Some(0x73 | 0x64) = letter {
            let value = values.take(vm)?;
            if let Some(small) = value.as_small_int() {
                mem(vm, out.push_ascii(short::int(small).as_bytes()))?;
            } else if letter == Some(0x73) {
                let text = protocol::str(vm, &value)?;
                match text.units() {
                    Units::Ascii(text) => mem(vm, out.push_ascii(text))?,
                    text => mem(vm, out.push_units(text))?,
                }
            } else {
                one(vm, &Conversion::default(), b'd', &value, false, out)?;
            }
            at += 1;
            continue;
        }
        at = conversion(vm, format, at, &mut values, out)?;
    }
    values.check_all_used(vm)
}

/// One conversion that starts behind its `%`; gives where it ends.
fn conversion(
    vm: &Vm,
    format: Units<'_>,
    mut at: usize,
    values: &mut Values<'_>,
    out: &mut TextBuilder,
) -> Result<usize> {
    let incomplete = || raise!(vm, ValueError, "incomplete format");
    let byte_at = |at: usize| format.get(at).map(|code| u8::try_from(code).unwrap_or(0));
    let begin = at;
    let mut this = Conversion::default();
    let mut by_name = None;
    if byte_at(at) == Some(b'(') {
        if !values.mapping {
            bail!(vm, TypeError, "format requires a mapping");
        }
        let (start, mut depth) = (at + 1, 1);
        at += 1;
        while depth > 0 {
            match format.get(at) {
                Some(0x28) => depth += 1,
                Some(0x29) => depth -= 1,
                Some(_) => {}
                None => bail!(vm, ValueError, "incomplete format key"),
            }
            at += 1;
        }
        let key = format.slice(start..at - 1);
        let key = if values.bytes {
            Bytes::try_new(vm, key.as_bytes())?.into_object()
        } else {
            Str::from_view(vm, key)?.into_object()
        };
        by_name = Some(protocol::getitem(vm, values.args, &key)?);
    }
    loop {
        match byte_at(at) {
            Some(b'-') => this.flags.left = true,
            Some(b'+') => this.flags.sign = true,
            Some(b' ') => this.flags.space = true,
            Some(b'#') => this.flags.alternate = true,
            Some(b'0') => this.flags.zero = true,
            _ => break,
        }
        at += 1;
    }
    let take = |values: &mut Values<'_>| match by_name.clone() {
        Some(value) => Ok(value),
        None => values.take(vm),
    };
    if byte_at(at) == Some(b'*') {
        at += 1;
        let width = star(vm, &take(values)?, "width too big")?;
        if width == isize::MIN {
            bail!(vm, OverflowError, "width too big");
        }
        this.flags.left |= width < 0;
        this.width = width.unsigned_abs();
    } else {
        (this.width, at) = digits(vm, format, at, "width too big")?;
    }
    if byte_at(at) == Some(b'.') {
        at += 1;
        if byte_at(at) == Some(b'*') {
            at += 1;
            this.precision = Some(star(vm, &take(values)?, "precision too big")?.max(0) as usize);
        } else {
            let (precision, end) = digits(vm, format, at, "precision too big")?;
            (this.precision, at) = (Some(precision), end);
        }
    }
    if matches!(byte_at(at), Some(b'h' | b'l' | b'L')) {
        at += 1;
    }
    let letter = format.get(at).ok_or_else(incomplete)?;
    if letter == 0x25 && at == begin {
        mem(vm, out.push(0x25))?;
        return Ok(at + 1);
    }
    let value = take(values)?;
    let known = u8::try_from(letter).unwrap_or(0);
    if !(b"diouxXeEfFgGcrsa".contains(&known) || values.bytes && known == b'b') {
        let shown = char::from_u32(letter).unwrap_or('\u{FFFD}');
        let shown = if values.bytes && !(0x20..0x7F).contains(&letter) { '?' } else { shown };
        bail!(vm, ValueError, "unsupported format character '{shown}' (0x{letter:x}) at index {at}");
    }
    one(vm, &this, known, &value, values.bytes, out)?;
    Ok(at + 1)
}

fn digits(vm: &Vm, format: Units<'_>, mut at: usize, too_big: &str) -> Result<(usize, usize)> {
    let mut value = 0usize;
    while let Some(digit) = format.get(at).filter(|c| (0x30..0x3A).contains(c)) {
        value = value.saturating_mul(10).saturating_add((digit - 0x30) as usize);
        if value > i32::MAX as usize && (too_big.starts_with('p') || value > isize::MAX as usize) {
            bail!(vm, ValueError, "{too_big}");
        }
        at += 1;
    }
    Ok((value, at))
}

fn star(vm: &Vm, value: &Object, too_big: &str) -> Result<isize> {
    if !value.is_instance_of::<Int>() {
        bail!(vm, TypeError, "* wants int");
    }
    match Int::to_i64(value).filter(|v| too_big.starts_with('w') || i32::try_from(*v).is_ok()) {
        Some(value) => Ok(value as isize),
        None => Err(raise!(
            vm,
            OverflowError,
            "{}",
            if too_big.starts_with('w') {
                "Python int too large to convert to C ssize_t"
            } else {
                "Python int too large to convert to C int"
            }
        )),
    }
}

fn one(vm: &Vm, this: &Conversion, letter: u8, value: &Object, bytes: bool, out: &mut TextBuilder) -> Result<()> {
    match letter {
        b's' | b'b' if bytes => {
            let data = bytes_of(vm, value)?;
            put(vm, this, Units::Latin1(&data), out)
        }
        b'r' | b'a' if bytes => put(vm, this, protocol::ascii(vm, value)?.units(), out),
        b's' => put(vm, this, protocol::str(vm, value)?.units(), out),
        b'r' => put(vm, this, protocol::repr(vm, value)?.units(), out),
        b'a' => put(vm, this, protocol::ascii(vm, value)?.units(), out),
        b'c' => {
            let code = if bytes { byte_char(vm, value)? } else { char_code(vm, value)? };
            let cut = Conversion { flags: this.flags, width: this.width, precision: None };
            put(vm, &cut, text::UnitsBuf::from_code(code).as_units(), out)
        }
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
            let x = match Float::value_of(value) {
                Some(x) => x,
                None if bytes => match protocol_number::as_f64(vm, value) {
                    Ok(x) => x,
                    Err(_) if vm.raised_is(&crate::exception::types::TypeError) => {
                        vm.clear_raised();
                        bail!(vm, TypeError, "float argument required, not {}", type_name(value));
                    }
                    Err(raised) => return Err(raised),
                },
                None => protocol_number::as_f64(vm, value)?,
            };
            if let Some(short) = short::percent_float(x, letter, this.flags, this.width, this.precision) {
                return mem(vm, out.push_units(Units::Ascii(short.as_bytes())));
            }
            let (head, body) = number(vm, percent::float(x, letter, this.flags, this.precision))?;
            let finite = x.is_finite();
            let flags = Flags { zero: this.flags.zero && finite, ..this.flags };
            let _ = finite;
            let padded =
                number(vm, percent::pad(&head, &body, this.width, if x.is_finite() { flags } else { this.flags }))?;
            mem(vm, out.push_str(&padded))
        }
        _ => {
            let value = integer(vm, letter, value)?;
            if letter != b'x' && letter != b'X' && letter != b'o' && Int::to_i64(&value).is_none() {
                // Raises what a text of too many digits raises.
                Int::to_decimal(vm, &value)?;
            }
            if let Some(small) = Int::to_i64(&value)
                && let Some(short) = short::percent_int(small, letter, this.flags, this.width, this.precision)
            {
                return mem(vm, out.push_units(Units::Ascii(short.as_bytes())));
            }
            let big = Int::to_big(&value).unwrap_or_default();
            let (head, body) = number(vm, percent::int(&big, letter, this.flags, this.precision))?;
            let padded = number(vm, percent::pad(&head, &body, this.width, this.flags))?;
            mem(vm, out.push_str(&padded))
        }
    }
}

fn number<T>(vm: &Vm, result: Result<T, ::number::OutOfMemory>) -> Result<T> {
    vm.memory(result.map_err(|_| heap::OutOfMemory))
}

/// Text cut to the precision and padded with spaces.
fn put(vm: &Vm, this: &Conversion, text: Units<'_>, out: &mut TextBuilder) -> Result<()> {
    let text = text.slice(0..this.precision.unwrap_or(usize::MAX));
    let padding = this.width.saturating_sub(text.len());
    if !this.flags.left {
        mem(vm, out.push_repeated(0x20, padding))?;
    }
    mem(vm, out.push_units(text))?;
    if this.flags.left {
        mem(vm, out.push_repeated(0x20, padding))?;
    }
    Ok(())
}

/// The operand of `%d`, `%x` and their like as an int.
fn integer(vm: &Vm, letter: u8, value: &Object) -> Result<Object> {
    if value.is_instance_of::<Int>() {
        return Ok(value.clone());
    }
    let slots = &type_of(value).slots;
    let shown = char::from(letter);
    if matches!(letter, b'x' | b'X' | b'o') {
        if slots.index.get().is_none() {
            bail!(vm, TypeError, "%{shown} format: an integer is required, not {}", type_name(value));
        }
        return protocol_number::index(vm, value);
    }
    let result = if slots.int.get().is_some() || slots.index.get().is_some() {
        int::to_int(vm, value)
    } else {
        Err(raise!(vm, TypeError, "%{shown} format: a real number is required, not {}", type_name(value)))
    };
    match result {
        Err(_) if vm.raised_is(&crate::exception::types::TypeError) => {
            vm.clear_raised();
            Err(raise!(vm, TypeError, "%{shown} format: a real number is required, not {}", type_name(value)))
        }
        other => other,
    }
}

fn char_code(vm: &Vm, value: &Object) -> Result<u32> {
    if let Some(text) = value.cast::<Str>() {
        return match (text.len(), text.units().get(0)) {
            (1, Some(code)) => Ok(code),
            (n, _) => {
                Err(raise!(vm, TypeError, "%c requires an int or a unicode character, not a string of length {n}"))
            }
        };
    }
    if !protocol_number::has_index(value) {
        bail!(vm, TypeError, "%c requires an int or a unicode character, not {}", full_name(vm, type_of(value))?);
    }
    let index = protocol_number::index(vm, value)?;
    match Int::to_i64(&index).and_then(|v| u32::try_from(v).ok()).filter(|&v| v <= 0x10FFFF) {
        Some(code) => Ok(code),
        None => Err(raise!(vm, OverflowError, "%c arg not in range(0x110000)")),
    }
}

fn byte_char(vm: &Vm, value: &Object) -> Result<u32> {
    if let Some(data) = crate::builtins::bytes::bytes_or_bytearray(value) {
        return match data[..] {
            [byte] => Ok(u32::from(byte)),
            _ if value.cast::<Bytes>().is_some() => Err(raise!(
                vm,
                TypeError,
                "%c requires an integer in range(256) or a single byte, not a bytes object of length {}",
                data.len()
            )),
            _ => Err(raise!(
                vm,
                TypeError,
                "%c requires an integer in range(256) or a single byte, not a bytearray object of length {}",
                data.len()
            )),
        };
    }
    if !value.is_instance_of::<Int>() && !protocol_number::has_index(value) {
        bail!(
            vm,
            TypeError,
            "%c requires an integer in range(256) or a single byte, not {}",
            full_name(vm, type_of(value))?
        );
    }
    let index = protocol_number::index(vm, value)?;
    match Int::to_i64(&index).and_then(|v| u8::try_from(v).ok()) {
        Some(byte) => Ok(u32::from(byte)),
        None => Err(raise!(vm, OverflowError, "%c arg not in range(256)")),
    }
}

/// What `%b` writes: bytes-like objects and those with `__bytes__`.
fn bytes_of(vm: &Vm, value: &Object) -> Result<Vec<u8>> {
    use crate::object::{buffer, slot_table};
    if let Some(data) = crate::builtins::bytes::bytes_or_bytearray(value) {
        return Ok(data);
    }
    if let Some(result) = slot_table::call_special(vm, value, vm.names().__bytes__(), &[])? {
        return match result.cast::<Bytes>() {
            Some(data) => Ok(data.as_bytes().to_vec()),
            None => Err(raise!(vm, TypeError, "__bytes__ returned non-bytes (type {})", type_name(&result))),
        };
    }
    if type_of(value).slots.buffer.get().is_some() {
        let view = buffer::get_buffer(vm, value, buffer::request::FULL_RO)?;
        let data = view.to_vec();
        view.release(vm);
        return Ok(data);
    }
    Err(raise!(
        vm,
        TypeError,
        "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
        type_name(value)
    ))
}
