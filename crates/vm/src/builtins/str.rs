//! `str`: PEP 393 strings; the text algorithms are in the `text` crate.

use crate::object::instance;
use crate::prelude::*;
use heap::bodies::{StrBody, StrData};
use heap::OutOfMemory;
use std::cmp::Ordering;
use std::fmt;
use std::hash::Hasher;
use text::{Units, UnitsBuf, Wtf8Buf};

/// The body of a string.
#[repr(transparent)]
pub struct Str {
    body: StrBody,
}

impl Trace for Str {
    fn trace(&self, _: &mut dyn FnMut(&Object)) {}
}

impl PyType for Str {
    const NAME: &'static str = "str";
    const MODULE: &'static str = "builtins";
    const DOC: &'static str = "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).\nencoding defaults to 'utf-8'.\nerrors defaults to 'strict'.";
    const FLAGS: u32 = flags::BASETYPE | flags::UNICODE_SUBCLASS | flags::MATCH_SELF;
    type Base = crate::builtins::object::BaseObject;
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
        unsafe { Ok(crate::object::cast::retype(StrBody::alloc(Str::kind(), data, 0)?)) }
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
    pub fn from_code(vm: &Vm, code: u32) -> Result<Ref<Str>> {
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
    pub fn ascii_digits(&self) -> Vec<u8> {
        if let Some(ascii) = self.body.as_ascii() {
            return ascii.as_bytes().to_vec();
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

    #[cold]
    fn compute_hash(&self) -> i64 {
        let hash = hash_bytes(self.body.raw_bytes());
        self.body.set_hash(hash);
        hash
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

/// What the interner does with a string that is the first of its kind.
pub trait IntoInterned {
    fn into_interned(self) -> Ref<Str>;
}

impl IntoInterned for Ref<Str> {
    fn into_interned(self) -> Ref<Str> {
        self.body.set_interned(2);
        self.hash_value();
        self.head().make_immortal();
        self
    }
}

/// The hash of bytes: what `hash()` gives for bytes and for a string's units.
pub fn hash_bytes(bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    let (k0, k1) = hash_key();
    let mut hasher = siphasher::sip::SipHasher13::new_with_keys(k0, k1);
    hasher.write(bytes);
    match hasher.finish() as i64 {
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

#[pymethods]
impl Str {
    #[slot]
    fn repr(&self, vm: &Vm) -> Result<Ref<Str>> {
        Str::from_result(vm, text::repr::repr(self.units()))
    }

    #[slot]
    fn str(this: &Ref<Self>) -> Ref<Str> {
        this.to_exact()
    }

    #[slot]
    fn hash(&self) -> i64 {
        self.hash_value()
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Str>() else { return not_implemented(vm) };
        Ok(match op {
            CompareOp::Eq => *self == **other,
            CompareOp::Ne => *self != **other,
            op => crate::protocol::object::holds(op, self.order(other)),
        }
        .object())
    }

    #[slot]
    fn len(&self) -> usize {
        self.body.len()
    }

    #[slot]
    fn concat(&self, vm: &Vm, other: &Object) -> Result<Object> {
        let Some(right) = other.cast::<Str>() else {
            bail!(vm, TypeError, "can only concatenate str (not \"{}\") to str", crate::object::type_name(other));
        };
        Str::join_two(vm, self, right).map(Ref::into_object)
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        StrIter::make(this)
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
        let mut builder = vm.memory(text::TextBuilder::with_capacity(a.body.len() + b.body.len()).map_err(|_| OutOfMemory))?;
        vm.memory(builder.push_units(a.units()).map_err(|_| OutOfMemory))?;
        vm.memory(builder.push_units(b.units()).map_err(|_| OutOfMemory))?;
        Self::from_units(vm, builder.as_units())
    }
}

/// The iterator over a string.
#[pytype("str_iterator", flags(HAVE_GC))]
pub struct StrIter {
    pub head: Head,
    pub text: Field<Ref<Str>>,
    pub at: std::cell::Cell<usize>,
}

impl StrIter {
    pub fn make(text: &Ref<Str>) -> Object {
        instance::alloc_static(StrIter { head: Head::new(), text: Field::some(text.clone()), at: std::cell::Cell::new(0) }).into_object()
    }
}

#[pymethods]
impl StrIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(text) = self.text.get() else { return Ok(None) };
        let at = self.at.get();
        match text.units().get(at) {
            Some(code) => {
                self.at.set(at + 1);
                Str::from_code(vm, code).map(|s| Some(s.into_object()))
            }
            None => {
                self.text.set(None);
                Ok(None)
            }
        }
    }
}
