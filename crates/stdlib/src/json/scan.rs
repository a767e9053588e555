//! The scanner: one JSON value at an index of a string.

use super::decode_error;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use text::{TextBuilder, Unit, Units};
use vm::builtins::str::mem;
use vm::object::{attr, instance};
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// JSON scanner object
#[pytype("Scanner", module = "_json", flags(HAVE_GC))]
pub struct Scanner {
    pub head: Head,
    strict: bool,
    object_hook: Object,
    object_pairs_hook: Object,
    parse_float: Object,
    parse_int: Object,
    parse_constant: Object,
}

/// Keys met in a document, so that equal ones are one object.
type Memo<U> = HashMap<Vec<U>, Ref<Str>, BuildHasherDefault<WordHash>>;

/// A quick hash: the keys live as long as one document is read, and a bad case costs time only.
#[derive(Default)]
struct WordHash(u64);

impl std::hash::Hasher for WordHash {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.write_u64(u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
        }
        let last = chunks.remainder().iter().fold(0u64, |word, &b| word << 8 | u64::from(b));
        self.write_u64(last);
    }
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517C_C1B7_2722_0A95);
    }
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}

/// Longest key that is remembered.
const MEMO_KEY: usize = 64;

struct Scan<'a, U: Unit + std::hash::Hash> {
    vm: &'a Vm,
    options: &'a Scanner,
    text: &'a Ref<Str>,
    units: &'a [U],
    memo: Memo<U>,
}

/// The string that begins behind its quote at `start`, and the index behind its end.
pub fn string(vm: &Vm, text: &Ref<Str>, start: usize, strict: bool) -> Result<(Ref<Str>, usize)> {
    match text.units() {
        Units::Ascii(s) | Units::Latin1(s) => string_in(vm, text, s, start, strict),
        Units::Ucs2(s) => string_in(vm, text, s, start, strict),
        Units::Ucs4(s) => string_in(vm, text, s, start, strict),
    }
}

/// The index of the next quote, backslash or control character.
#[inline]
fn stop<U: Unit>(units: &[U], start: usize) -> Option<usize> {
    let rest = units.get(start..)?;
    let ends = |u: &U| {
        let code = u.code();
        code == 0x22 || code == 0x5C || code < 0x20
    };
    rest.iter().position(ends).map(|n| start + n)
}

fn string_in<U: Unit>(vm: &Vm, text: &Ref<Str>, units: &[U], start: usize, strict: bool) -> Result<(Ref<Str>, usize)> {
    let unterminated = || decode_error(vm, "Unterminated string starting at", text, start.wrapping_sub(1));
    let first = stop(units, start).ok_or_else(unterminated)?;
    if units[first].code() == 0x22 {
        return Ok((Str::from_view(vm, text.units().slice(start..first))?, first + 1));
    }
    let mut out = TextBuilder::new();
    let (mut begin, mut at) = (start, first);
    loop {
        match units[at].code() {
            0x22 => {
                mem(vm, push_part(&mut out, text, begin, at))?;
                return Ok((Str::from_view(vm, out.finish().as_units())?, at + 1));
            }
            0x5C => {
                mem(vm, push_part(&mut out, text, begin, at))?;
                let Some(letter) = units.get(at + 1) else { return Err(unterminated()) };
                let code = match letter.code() {
                    0x75 => {
                        let (code, next) = escape(vm, text, units, at)?;
                        at = next;
                        code
                    }
                    other => {
                        let code = match u8::try_from(other) {
                            Ok(c @ (b'"' | b'\\' | b'/')) => u32::from(c),
                            Ok(b'b') => 0x08,
                            Ok(b'f') => 0x0C,
                            Ok(b'n') => 0x0A,
                            Ok(b'r') => 0x0D,
                            Ok(b't') => 0x09,
                            _ => return Err(decode_error(vm, "Invalid \\escape", text, at)),
                        };
                        at += 2;
                        code
                    }
                };
                mem(vm, out.push(code))?;
                begin = at;
            }
            _ if strict => return Err(decode_error(vm, "Invalid control character at", text, at)),
            _ => at += 1,
        }
        at = stop(units, at).ok_or_else(unterminated)?;
    }
}

fn push_part(out: &mut TextBuilder, text: &Str, begin: usize, end: usize) -> Result<(), text::OutOfMemory> {
    if begin < end { out.push_units(text.units().slice(begin..end)) } else { Ok(()) }
}

/// The code point of the `\uXXXX` at `at`, with its second half if there is one, and the index behind.
fn escape<U: Unit>(vm: &Vm, text: &Ref<Str>, units: &[U], at: usize) -> Result<(u32, usize)> {
    let four = |at: usize| -> Result<u32> {
        let digits = units.get(at + 2..at + 6);
        digits
            .and_then(|digits| {
                digits.iter().try_fold(0, |n, d| Some(n << 4 | char::from_u32(d.code()).and_then(|c| c.to_digit(16))?))
            })
            .ok_or_else(|| decode_error(vm, "Invalid \\uXXXX escape", text, at + 1))
    };
    let high = four(at)?;
    let next = at + 6;
    let follows =
        units.get(next).map(|u| u.code()) == Some(0x5C) && units.get(next + 1).map(|u| u.code()) == Some(0x75);
    if (0xD800..0xDC00).contains(&high) && follows && units.len() >= next + 6 {
        let low = four(next)?;
        if (0xDC00..0xE000).contains(&low) {
            return Ok((0x10000 + ((high - 0xD800) << 10 | (low - 0xDC00)), next + 6));
        }
    }
    Ok((high, next))
}

#[cold]
fn no_value(vm: &Vm, at: usize) -> Raised {
    vm.raise_args(&vm::exception::types::StopIteration, &[Int::from_i64(at as i64)])
}

impl<U: Unit + std::hash::Hash> Scan<'_, U> {
    #[inline]
    fn code(&self, at: usize) -> u32 {
        self.units.get(at).map_or(u32::MAX, |u| u.code())
    }

    #[inline]
    fn skip(&self, mut at: usize) -> usize {
        while matches!(self.code(at), 0x20 | 0x09 | 0x0A | 0x0D) {
            at += 1;
        }
        at
    }

    fn error(&self, message: &str, at: usize) -> Raised {
        decode_error(self.vm, message, self.text, at)
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        self.units.get(at..at + word.len()).is_some_and(|u| u.iter().map(|u| u.code()).eq(word.bytes().map(u32::from)))
    }

    fn value(&mut self, at: usize) -> Result<(Object, usize)> {
        let code = self.code(at);
        match u8::try_from(code).unwrap_or(0) {
            b'"' => {
                let (text, end) = string_in(self.vm, self.text, self.units, at + 1, self.options.strict)?;
                Ok((text.into_object(), end))
            }
            b'{' => {
                self.vm.check_stack(" while decoding a JSON object from a unicode string")?;
                self.object(at + 1)
            }
            b'[' => {
                self.vm.check_stack(" while decoding a JSON array from a unicode string")?;
                self.array(at + 1)
            }
            b'n' if self.is_word(at, "null") => Ok((none(), at + 4)),
            b't' if self.is_word(at, "true") => Ok((true.object(), at + 4)),
            b'f' if self.is_word(at, "false") => Ok((false.object(), at + 5)),
            b'N' if self.is_word(at, "NaN") => self.constant(at, "NaN"),
            b'I' if self.is_word(at, "Infinity") => self.constant(at, "Infinity"),
            b'-' if self.is_word(at, "-Infinity") => self.constant(at, "-Infinity"),
            b'-' | b'0'..=b'9' => self.number(at),
            _ => Err(no_value(self.vm, at)),
        }
    }

    fn constant(&self, at: usize, word: &str) -> Result<(Object, usize)> {
        let value = call::call(self.vm, &self.options.parse_constant, &[Str::new(word).into_object()])?;
        Ok((value, at + word.len()))
    }

    fn digits(&self, mut at: usize) -> usize {
        while (0x30..0x3A).contains(&self.code(at)) {
            at += 1;
        }
        at
    }

    fn number(&self, start: usize) -> Result<(Object, usize)> {
        let vm = self.vm;
        let first = start + usize::from(self.code(start) == 0x2D);
        let mut at = match self.code(first) {
            0x30 => first + 1,
            0x31..0x3A => self.digits(first + 1),
            _ => return Err(no_value(vm, start)),
        };
        let mut is_float = false;
        if self.code(at) == 0x2E {
            let end = self.digits(at + 1);
            if end > at + 1 {
                (at, is_float) = (end, true);
            }
        }
        if matches!(self.code(at), 0x65 | 0x45) {
            let sign = usize::from(matches!(self.code(at + 1), 0x2B | 0x2D));
            let end = self.digits(at + 1 + sign);
            if end > at + 1 + sign {
                (at, is_float) = (end, true);
            }
        }
        let parse = if is_float { &self.options.parse_float } else { &self.options.parse_int };
        let own = if is_float { Float::class().as_object() } else { Int::class().as_object() };
        if !parse.is(own) {
            let text = Str::from_view(vm, self.text.units().slice(start..at))?;
            return Ok((call::call(vm, parse, &[text.into_object()])?, at));
        }
        if !is_float && at - first < 18 {
            let magnitude = self.units[first..at].iter().fold(0i64, |n, u| n * 10 + i64::from(u.code() - 0x30));
            return Ok((Int::from_i64(if first > start { -magnitude } else { magnitude }), at));
        }
        let bytes: Vec<u8> = self.units[start..at].iter().map(|u| u.code() as u8).collect();
        let value = if is_float {
            Float::from_f64(number::float::parse(&bytes).unwrap_or(f64::NAN))
        } else {
            Int::parse(vm, &bytes, 10, &none())?
        };
        Ok((value, at))
    }

    fn array(&mut self, start: usize) -> Result<(Object, usize)> {
        let vm = self.vm;
        let list = List::empty();
        let mut at = self.skip(start);
        if self.code(at) == 0x5D {
            return Ok((list.into_object(), at + 1));
        }
        loop {
            let (value, end) = self.value(at)?;
            vm.memory(list.items.push(value))?;
            at = self.skip(end);
            match self.code(at) {
                0x5D => return Ok((list.into_object(), at + 1)),
                0x2C => {}
                _ => return Err(self.error("Expecting ',' delimiter", at)),
            }
            let comma = at;
            at = self.skip(at + 1);
            if self.code(at) == 0x5D {
                return Err(self.error("Illegal trailing comma before end of array", comma));
            }
        }
    }

    fn key(&mut self, start: usize) -> Result<(Ref<Str>, usize)> {
        let vm = self.vm;
        let units = self.units;
        let end = stop(units, start).filter(|&end| units[end].code() == 0x22 && end - start <= MEMO_KEY);
        let Some(end) = end else { return string_in(vm, self.text, units, start, self.options.strict) };
        let part = &units[start..end];
        if let Some(known) = self.memo.get(part) {
            return Ok((known.clone(), end + 1));
        }
        let key = Str::from_view(vm, self.text.units().slice(start..end))?;
        self.memo.insert(part.to_vec(), key.clone());
        Ok((key, end + 1))
    }

    fn object(&mut self, start: usize) -> Result<(Object, usize)> {
        let vm = self.vm;
        let options = self.options;
        let wants_pairs = !options.object_pairs_hook.is(&none());
        let pairs = List::empty();
        let dict = Dict::empty();
        let mut at = self.skip(start);
        if self.code(at) == 0x7D {
            at += 1;
        } else {
            loop {
                if self.code(at) != 0x22 {
                    return Err(self.error("Expecting property name enclosed in double quotes", at));
                }
                let (key, end) = self.key(at + 1)?;
                at = self.skip(end);
                if self.code(at) != 0x3A {
                    return Err(self.error("Expecting ':' delimiter", at));
                }
                at = self.skip(at + 1);
                let (value, end) = self.value(at)?;
                if wants_pairs {
                    vm.memory(pairs.items.push(Tuple::from_slice(&[key.into_object(), value]).into_object()))?;
                } else {
                    dict.set_name(vm, &key, value)?;
                }
                at = self.skip(end);
                match self.code(at) {
                    0x7D => {
                        at += 1;
                        break;
                    }
                    0x2C => {}
                    _ => return Err(self.error("Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip(at + 1);
                if self.code(at) == 0x7D {
                    return Err(self.error("Illegal trailing comma before end of object", comma));
                }
            }
        }
        let value = if wants_pairs {
            call::call(vm, &options.object_pairs_hook, &[pairs.into_object()])?
        } else if !options.object_hook.is(&none()) {
            call::call(vm, &options.object_hook, &[dict.into_object()])?
        } else {
            dict.into_object()
        };
        Ok((value, at))
    }
}

fn scan<U: Unit + std::hash::Hash>(
    vm: &Vm,
    options: &Scanner,
    text: &Ref<Str>,
    units: &[U],
    at: usize,
) -> Result<(Object, usize)> {
    Scan { vm, options, text, units, memo: Memo::default() }.value(at)
}

#[pymethods]
impl Scanner {
    #[slot("(context)", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, context: &Object) -> Result<Object> {
        let get = |name: &str| attr::getattr(vm, context, &vm.intern(name));
        let body = Scanner {
            head: Head::new(),
            strict: protocol::is_true(vm, &get("strict")?)?,
            object_hook: get("object_hook")?,
            object_pairs_hook: get("object_pairs_hook")?,
            parse_float: get("parse_float")?,
            parse_int: get("parse_int")?,
            parse_constant: get("parse_constant")?,
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(string, idx)", notext)]
    fn call(this: &Ref<Self>, vm: &Vm, string: &Object, idx: isize) -> Result<(Object, usize)> {
        let text = super::first_text(vm, string)?;
        let Ok(at) = usize::try_from(idx) else { bail!(vm, ValueError, "idx cannot be negative") };
        match text.units() {
            Units::Ascii(s) | Units::Latin1(s) => scan(vm, this, text, s, at),
            Units::Ucs2(s) => scan(vm, this, text, s, at),
            Units::Ucs4(s) => scan(vm, this, text, s, at),
        }
    }

    /// strict
    #[getter("strict")]
    fn strict(&self) -> bool {
        self.strict
    }

    /// object_hook
    #[getter("object_hook")]
    fn object_hook(&self) -> Object {
        self.object_hook.clone()
    }

    /// object_pairs_hook
    #[getter("object_pairs_hook")]
    fn object_pairs_hook(&self) -> Object {
        self.object_pairs_hook.clone()
    }

    /// parse_float
    #[getter("parse_float")]
    fn parse_float(&self) -> Object {
        self.parse_float.clone()
    }

    /// parse_int
    #[getter("parse_int")]
    fn parse_int(&self) -> Object {
        self.parse_int.clone()
    }

    /// parse_constant
    #[getter("parse_constant")]
    fn parse_constant(&self) -> Object {
        self.parse_constant.clone()
    }
}
