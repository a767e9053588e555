//! `str`: PEP 393 strings; the text algorithms are in the `text` crate.

mod build;
pub mod format;
pub mod intern;
pub mod iter;
pub mod markup;
mod methods;
mod parts;
pub mod percent;

pub use iter::{StrAsciiIter, StrIter};

use crate::object::instance;
use crate::prelude::*;
use heap::OutOfMemory;
use heap::{StrBody, StrData};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::atomic::{AtomicPtr, Ordering as AtomicOrdering};
use text::{Units, UnitsBuf, Wtf8Buf};

/// The body of a string.
#[repr(transparent)]
pub struct Str {
    body: StrBody,
}

impl Trace for Str {
    fn trace(&self, _: &mut Visitor) {}
}

impl PyType for Str {
    const NAME: &'static str = "str";
    const MODULE: &'static str = "builtins";
    const DOC: &'static str = "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).\nencoding defaults to 'utf-8'.\nerrors defaults to 'strict'.";
    const FLAGS: u32 = flags::BASETYPE | flags::UNICODE_SUBCLASS | flags::MATCH_SELF;
    type Base = crate::builtins::object::BaseObject;
    #[inline]
    fn static_type() -> &'static StaticType {
        static TYPE: StaticType = StaticType::new();
        &TYPE
    }
    fn fill_head(head: &heap::TypeHead) {
        head.for_plain(40, 1);
    }
}

impl std::ops::Deref for Str {
    type Target = StrBody;
    #[inline(always)]
    fn deref(&self) -> &StrBody {
        &self.body
    }
}

fn narrow(units: Units<'_>) -> StrData<'_> {
    match units {
        Units::Ascii(b) => StrData::Ascii(b),
        Units::Latin1(b) => StrData::Latin1(b),
        Units::Ucs2(u) => StrData::Ucs2(u),
        Units::Ucs4(u) => StrData::Ucs4(u),
    }
}

impl Str {
    #[expect(unsafe_code, reason = "instances of str and its subclasses have this body and room behind it")]
    fn alloc(kind: &Ref<Type>, data: StrData<'_>) -> Result<Ref<Str>, OutOfMemory> {
        // SAFETY: `kind` is str or derives from it; the data is in its narrowest kind.
        unsafe {
            let body = StrBody::alloc(kind.as_kind(), data, instance::extra_var(kind))?;
            let this: Ref<Str> = crate::object::cast::retype(body);
            instance::set_up_var(this.as_object());
            Ok(this)
        }
    }

    #[expect(unsafe_code, reason = "exact strings have no room behind the body")]
    fn alloc_exact(data: StrData<'_>) -> Result<Ref<Str>, OutOfMemory> {
        // SAFETY: exactly str; the data is in its narrowest kind.
        unsafe {
            let body = match data {
                StrData::Ascii(text) => StrBody::alloc_ascii(Str::kind(), text, |_| {})?,
                data => StrBody::alloc(Str::kind(), data, 0)?,
            };
            Ok(crate::object::cast::retype(body))
        }
    }

    /// The pieces one after the other with the separator between, in one allocation. Each is in its narrowest kind, as
    /// whole strings are.
    #[expect(unsafe_code, reason = "exact strings have no room behind the body")]
    pub fn of_pieces<'a>(
        vm: &Vm,
        separator: Units<'_>,
        pieces: impl Iterator<Item = &'a Str> + Clone,
    ) -> Result<Ref<Str>> {
        let (mut len, mut width, mut ascii, mut count) = (0usize, 1, true, 0usize);
        for piece in pieces.clone() {
            len = len.saturating_add(piece.body.len());
            width = width.max(piece.body.width());
            ascii &= piece.body.is_ascii();
            count += 1;
        }
        if count > 1 && !separator.is_empty() {
            len = len.saturating_add(separator.len().saturating_mul(count - 1));
            ascii &= separator.is_ascii();
            width = width.max(match separator {
                Units::Ucs2(_) => 2,
                Units::Ucs4(_) => 4,
                _ => 1,
            });
        }
        match len {
            0 => Ok(Str::empty(vm)),
            1 if width == 1 => {
                Str::from_code(vm, pieces.flat_map(Str::code_points).next().or(separator.get(0)).unwrap_or(0))
            }
            // SAFETY: exactly str; the widest piece decides the kind.
            _ => unsafe {
                let body = StrBody::alloc_written(Str::kind(), len, width, ascii, |out| {
                    let mut first = true;
                    for piece in pieces {
                        if !std::mem::take(&mut first) && !separator.is_empty() {
                            out.push(narrow(separator));
                        }
                        out.push(piece.body.data());
                    }
                });
                Ok(crate::object::cast::retype(vm.memory(body)?))
            },
        }
    }

    /// A string of ASCII text, changed by `map` to other ASCII text of the same length.
    #[expect(unsafe_code, reason = "exact strings have no room behind the body")]
    pub fn mapped_ascii(vm: &Vm, text: &[u8], map: impl FnOnce(&mut [u8])) -> Result<Ref<Str>> {
        // SAFETY: exactly str; the slice is the whole room, and is ASCII when the string is first seen.
        let body = unsafe {
            StrBody::alloc_ascii(Str::kind(), text, |room| {
                map(room);
                assert!(room.is_ascii(), "ASCII was promised");
            })
        };
        // SAFETY: as above.
        Ok(unsafe { crate::object::cast::retype(vm.memory(body)?) })
    }

    /// A string of `len` characters from parts of ASCII texts, two and two.
    #[expect(unsafe_code, reason = "exact strings have no room behind the body")]
    fn of_ascii_parts<'a>(
        vm: &Vm,
        len: usize,
        parts: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
    ) -> Result<Ref<Str>> {
        if len < 2 {
            let all: Vec<u8> = parts.flat_map(|(a, b)| [a, b.unwrap_or_default()].concat()).collect();
            return Str::of_ascii(vm, &all);
        }
        // SAFETY: exactly str, of ASCII parts.
        unsafe {
            let body = StrBody::alloc_written(Str::kind(), len, 1, true, |out| {
                for (first, second) in parts {
                    out.push(StrData::Ascii(first));
                    out.push(StrData::Ascii(second.unwrap_or_default()));
                }
            });
            Ok(crate::object::cast::retype(vm.memory(body)?))
        }
    }

    /// A string of ASCII text.
    #[inline]
    pub fn of_ascii(vm: &Vm, text: &[u8]) -> Result<Ref<Str>> {
        match text {
            [] => Ok(Str::empty(vm)),
            &[byte] => Ok(latin1_char(vm, byte)),
            _ => vm.memory(Str::alloc_exact(StrData::Ascii(text))),
        }
    }

    /// A string of a number's short text.
    pub fn from_short(vm: &Vm, text: &number::short::Short) -> Result<Ref<Str>> {
        Str::of_ascii(vm, text.as_bytes())
    }

    /// The empty string.
    #[inline]
    #[expect(unsafe_code, reason = "the word holds the address of an immortal string")]
    pub fn empty(vm: &Vm) -> Ref<Str> {
        static EMPTY: AtomicPtr<Str> = AtomicPtr::new(std::ptr::null_mut());
        let known = EMPTY.load(AtomicOrdering::Relaxed);
        if known.is_null() {
            let made = vm.intern("");
            EMPTY.store(made.clone().into_raw(), AtomicOrdering::Relaxed);
            return made;
        }
        // SAFETY: an immortal string, put there above.
        unsafe { Ref::from_raw(known) }
    }

    /// A string of UTF-8 text that the vm itself made (names, messages): small, so memory is there.
    pub fn new(text: &str) -> Ref<Str> {
        Self::try_new(text).expect("memory for a message")
    }

    /// A string of UTF-8 text.
    pub fn try_new(text: &str) -> Result<Ref<Str>, OutOfMemory> {
        if text.is_ascii() {
            return Self::alloc_exact(StrData::Ascii(text.as_bytes()));
        }
        let mut builder = text::TextBuilder::new();
        builder.push_str(text).map_err(|_| OutOfMemory)?;
        Self::alloc_exact(narrow(builder.as_units()))
    }

    /// A string of code units in their narrowest kind.
    pub fn from_units(vm: &Vm, units: Units<'_>) -> Result<Ref<Str>> {
        vm.memory(Self::alloc_exact(narrow(units)))
    }

    /// A string of an owned buffer.
    pub fn from_buf(vm: &Vm, buf: UnitsBuf) -> Result<Ref<Str>> {
        Self::from_units(vm, buf.as_units())
    }

    /// As [`Str::from_buf`], for what the text algorithms give.
    pub fn from_result(vm: &Vm, buf: Result<UnitsBuf, text::OutOfMemory>) -> Result<Ref<Str>> {
        Self::from_buf(vm, vm.memory(buf.map_err(|_| OutOfMemory))?)
    }

    /// A string of one code point.
    #[inline]
    pub fn from_code(vm: &Vm, code: u32) -> Result<Ref<Str>> {
        if code < 256 {
            return Ok(latin1_char(vm, code as u8));
        }
        Self::from_buf(vm, UnitsBuf::from_code(code))
    }

    /// A string of WTF-8 text.
    pub fn from_wtf8(vm: &Vm, text: &Wtf8Buf) -> Result<Ref<Str>> {
        if let Some(text) = text.as_str() {
            return vm.memory(Self::try_new(text));
        }
        let mut builder = text::TextBuilder::new();
        for code in text.code_points() {
            vm.memory(builder.push(code).map_err(|_| OutOfMemory))?;
        }
        Self::from_buf(vm, builder.finish())
    }

    /// The code units.
    #[inline(always)]
    pub fn units(&self) -> Units<'_> {
        match self.body.data() {
            StrData::Ascii(b) => Units::Ascii(b),
            StrData::Latin1(b) => Units::Latin1(b),
            StrData::Ucs2(u) => Units::Ucs2(u),
            StrData::Ucs4(u) => Units::Ucs4(u),
        }
    }

    /// The code points.
    pub fn code_points(&self) -> impl Iterator<Item = u32> + '_ {
        self.units().iter()
    }

    pub fn contains_code_point(&self, code: u32) -> bool {
        text::find::find_code(self.units(), code).is_some()
    }

    pub fn is_identifier(&self) -> bool {
        text::chars::all_identifier(self.units())
    }

    /// UTF-8; UnicodeEncodeError for a surrogate.
    pub fn to_utf8(&self, vm: &Vm) -> Result<String> {
        if let Some(ascii) = self.body.as_ascii() {
            return Ok(ascii.to_owned());
        }
        match self.units().to_string() {
            Some(text) => Ok(text),
            None => {
                let at = self.code_points().position(|c| (0xD800..0xE000).contains(&c)).unwrap_or(0);
                Err(crate::exception::surrogate_error(vm, self, at))
            }
        }
    }

    /// WTF-8: every string has it.
    pub fn to_wtf8(&self) -> Wtf8Buf {
        self.units().to_wtf8()
    }

    /// For messages: surrogates are shown as U+FFFD.
    pub fn to_string_lossy(&self) -> String {
        match self.body.as_ascii() {
            Some(ascii) => ascii.to_owned(),
            None => self.units().to_string_lossy(),
        }
    }

    /// The text with Unicode digits and spaces as their ASCII twins, and `?` for what is neither: what number parsers read.
    pub fn ascii_digits(&self) -> Cow<'_, [u8]> {
        if let Some(ascii) = self.body.as_ascii() {
            return Cow::Borrowed(ascii.as_bytes());
        }
        self.code_points()
            .map(|c| match text::chars::decimal(c) {
                _ if c < 0x80 => c as u8,
                Some(digit) => b'0' + digit,
                None if text::chars::is_space(c) => b' ',
                None => b'?',
            })
            .collect()
    }

    /// `hash(str)`: keyed SipHash-1-3 of the code units, cached.
    #[inline(always)]
    pub fn hash_value(&self) -> i64 {
        match self.body.cached_hash() {
            -1 => self.compute_hash(),
            hash => hash,
        }
    }

    /// Keeps the hash of a string that was computed from its text.
    pub(crate) fn keep_hash(&self, hash: i64) {
        self.body.set_hash(hash);
    }

    #[cold]
    fn compute_hash(&self) -> i64 {
        let hash = hash_bytes(self.body.raw_bytes());
        self.body.set_hash(hash);
        hash
    }

    /// The text of a key that is exactly a string, for tables to compare.
    #[inline(always)]
    pub fn text_of(key: &Object) -> Option<&StrBody> {
        key.cast_exact::<Str>().map(|text| &text.body)
    }

    /// Whether `self op other` holds.
    pub fn holds(&self, other: &Str, op: CompareOp) -> bool {
        match op {
            CompareOp::Eq => *self == *other,
            CompareOp::Ne => *self != *other,
            op => crate::protocol::object::holds(op, self.order(other)),
        }
    }

    /// Order by code points.
    pub fn order(&self, other: &Str) -> Ordering {
        if self.body.width() == 1 && other.body.width() == 1 {
            return self.body.raw_bytes().cmp(other.body.raw_bytes());
        }
        self.code_points().cmp(other.code_points())
    }

    /// Whether the type is exactly `str`.
    #[inline]
    pub fn is_exact_str(&self) -> bool {
        Ref::of(self).head().kind() == Str::kind()
    }

    /// A copy that is exactly a `str`.
    pub fn to_exact(&self) -> Ref<Str> {
        if self.is_exact_str() {
            return Ref::of(self);
        }
        Self::alloc_exact(self.body.data()).expect("memory for a copy of what was there")
    }
}

/// The strings of one Latin-1 character: always the same objects.
static LATIN1: [AtomicPtr<Str>; 256] = [const { AtomicPtr::new(std::ptr::null_mut()) }; 256];

#[inline]
fn latin1_char(vm: &Vm, code: u8) -> Ref<Str> {
    known_char(code).unwrap_or_else(|| make_char(vm, code))
}

/// The string of one character below 256, if it was made before; it is immortal.
#[expect(unsafe_code, reason = "the table holds addresses of immortal strings")]
#[inline(always)]
pub fn known_char(code: u8) -> Option<Ref<Str>> {
    let known = LATIN1[usize::from(code)].load(AtomicOrdering::Relaxed);
    // SAFETY: an immortal string, put there below.
    (!known.is_null()).then(|| unsafe { Ref::from_raw(known) })
}

#[cold]
fn make_char(vm: &Vm, code: u8) -> Ref<Str> {
    let slot = &LATIN1[usize::from(code)];
    let unit = [code];
    let data = if code < 0x80 { StrData::Ascii(&unit) } else { StrData::Latin1(&unit) };
    let made = vm.intern_ref(&Str::alloc_exact(data).expect("memory for a constant"));
    slot.store(made.clone().into_raw(), AtomicOrdering::Relaxed);
    made
}

/// The result of a text algorithm; MemoryError when it got no memory.
#[inline]
pub fn mem<T>(vm: &Vm, result: Result<T, text::OutOfMemory>) -> Result<T> {
    vm.memory(result.map_err(|_| OutOfMemory))
}

/// The hash of bytes: what `hash()` gives for bytes and for a string's units.
pub fn hash_bytes(bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    match text::siphash13(hash_key(), bytes) as i64 {
        -1 => -2,
        hash => hash,
    }
}

static HASH_KEY: std::sync::OnceLock<(u64, u64)> = std::sync::OnceLock::new();

fn hash_key() -> (u64, u64) {
    *HASH_KEY.get().unwrap_or(&(0, 0))
}

/// Sets the key of string hashing, once, at start.
pub fn set_hash_key(key: (u64, u64)) {
    let _ = HASH_KEY.set(key);
}

impl PartialEq for Str {
    #[inline]
    fn eq(&self, other: &Str) -> bool {
        std::ptr::eq(self, other)
            || self.body.len() == other.body.len()
                && self.body.width() == other.body.width()
                && self.body.raw_bytes() == other.body.raw_bytes()
    }
}

impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.body.as_ascii() {
            Some(ascii) => f.pad(ascii),
            None => f.pad(&self.units().to_string_lossy()),
        }
    }
}

impl Str {
    /// `a + b`.
    pub fn join_two(vm: &Vm, a: &Str, b: &Str) -> Result<Ref<Str>> {
        if a.body.is_empty() {
            return Ok(b.to_exact());
        }
        if b.body.is_empty() {
            return Ok(a.to_exact());
        }
        Self::of_pieces(vm, Units::Ascii(&[]), [a, b].into_iter())
    }

    /// `left += right` for a `left` that the caller owns: in place when nobody else holds it, so that building a string
    /// piece by piece takes linear time; otherwise a new string.
    #[expect(unsafe_code, reason = "a Str is its StrBody")]
    pub fn append_in_place(vm: &Vm, left: Object, right: &Str) -> Result<Object> {
        let Some(text) = left.cast_exact::<Str>() else {
            return crate::protocol::number::add(vm, &left, Ref::of(right).as_object());
        };
        if right.body.is_empty() {
            return Ok(left);
        }
        if text.body.is_empty() || std::ptr::eq(&**text, right) {
            return Str::join_two(vm, text, right).map(Ref::into_object);
        }
        let owned = text.clone();
        drop(left);
        // SAFETY: the same body under its heap name.
        let body: Ref<StrBody> = unsafe { crate::object::cast::retype(owned) };
        match StrBody::append(body, right.body.data(), Str::kind()) {
            Ok(grown) => Ok(grown.into_object()),
            Err(back) => {
                // SAFETY: as above.
                let back: Ref<Str> = unsafe { crate::object::cast::retype(back) };
                Str::join_two(vm, &back, right).map(Ref::into_object)
            }
        }
    }

    /// The code points from `start` to `end` as a string; the whole of an exact string is itself.
    pub fn part(this: &Ref<Str>, vm: &Vm, range: std::ops::Range<usize>) -> Result<Ref<Str>> {
        if range.start == 0 && range.end >= this.len() && this.is_exact_str() {
            return Ok(this.clone());
        }
        Str::from_view(vm, this.units().slice(range))
    }

    /// A string of a view that may be wider than its contents need.
    pub fn from_view(vm: &Vm, view: Units<'_>) -> Result<Ref<Str>> {
        match view {
            Units::Ascii(text) => Str::of_ascii(vm, text),
            _ if view.len() == 1 => Str::from_code(vm, view.get(0).unwrap_or(0)),
            _ if view.is_empty() => Ok(Str::empty(vm)),
            _ => Str::from_result(vm, view.to_buf()),
        }
    }
}
