//! Text as a run of code units of one width, as PEP 393 stores it: the currency of this crate.
//!
//! Every algorithm takes a borrowed [`Units`] and gives indices, or an owned [`UnitsBuf`] in the narrowest kind. A borrowed
//! view may be wider than its contents need (a slice of a wide string is); an owned result never is.

use std::cmp::Ordering;
use std::fmt::Debug;
use std::ops::Range;

use crate::Wtf8Buf;

/// An allocation that was refused; the caller raises `MemoryError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

/// Makes room for `extra` more elements.
pub(crate) fn grow<T>(vec: &mut Vec<T>, extra: usize) -> Result<(), OutOfMemory> {
    vec.try_reserve(extra).map_err(|_| OutOfMemory)
}

/// A copy of `units` in a fresh allocation.
pub(crate) fn copy<T: Copy>(units: &[T]) -> Result<Vec<T>, OutOfMemory> {
    let mut out = Vec::new();
    out.try_reserve_exact(units.len()).map_err(|_| OutOfMemory)?;
    out.extend_from_slice(units);
    Ok(out)
}

/// A code unit that holds a whole code point: `u8`, `u16` or `u32`.
pub trait Unit: Copy + Ord + Debug + Default + bytemuck::Pod + Into<u32> {
    /// The highest value a unit can hold.
    const MAX: u32;

    /// The low bits of `code`; exact whenever `code <= Self::MAX`.
    fn truncate(code: u32) -> Self;

    /// The code point.
    fn code(self) -> u32 {
        self.into()
    }

    /// Where `unit` is first found in `units`.
    fn position(units: &[Self], unit: Self) -> Option<usize> {
        const LANES: usize = 16;
        let mut chunks = units.chunks_exact(LANES);
        let mut start = 0;
        for chunk in &mut chunks {
            // Without an early exit the comparison vectorises.
            if chunk.iter().fold(false, |found, &u| found | (u == unit)) {
                return chunk.iter().position(|&u| u == unit).map(|i| start + i);
            }
            start += LANES;
        }
        chunks.remainder().iter().position(|&u| u == unit).map(|i| start + i)
    }

    /// Where `unit` is last found in `units`.
    fn rposition(units: &[Self], unit: Self) -> Option<usize> {
        units.iter().rposition(|&u| u == unit)
    }

    /// The units as text.
    fn view(units: &[Self]) -> Units<'_>;

    /// The units as owned text, narrowed if they can be.
    fn own(units: Vec<Self>) -> Result<UnitsBuf, OutOfMemory>;

    /// The units as bytes, if that is what they are.
    fn bytes(_units: &[Self]) -> Option<&[u8]> {
        None
    }
}

impl Unit for u8 {
    const MAX: u32 = 0xFF;
    fn truncate(code: u32) -> Self {
        code as u8
    }
    fn position(units: &[Self], unit: Self) -> Option<usize> {
        memchr::memchr(unit, units)
    }
    fn rposition(units: &[Self], unit: Self) -> Option<usize> {
        memchr::memrchr(unit, units)
    }
    fn bytes(units: &[Self]) -> Option<&[u8]> {
        Some(units)
    }
    fn view(units: &[Self]) -> Units<'_> {
        Units::Latin1(units)
    }
    fn own(units: Vec<Self>) -> Result<UnitsBuf, OutOfMemory> {
        Ok(UnitsBuf::from_latin1(units))
    }
}

impl Unit for u16 {
    const MAX: u32 = 0xFFFF;
    fn truncate(code: u32) -> Self {
        code as u16
    }
    fn view(units: &[Self]) -> Units<'_> {
        Units::Ucs2(units)
    }
    fn own(units: Vec<Self>) -> Result<UnitsBuf, OutOfMemory> {
        if Units::Ucs2(&units).fits_closely() { Ok(UnitsBuf::Ucs2(units)) } else { Units::Ucs2(&units).to_buf() }
    }
}

impl Unit for u32 {
    const MAX: u32 = u32::MAX;
    fn truncate(code: u32) -> Self {
        code
    }
    fn view(units: &[Self]) -> Units<'_> {
        Units::Ucs4(units)
    }
    fn own(units: Vec<Self>) -> Result<UnitsBuf, OutOfMemory> {
        if Units::Ucs4(&units).fits_closely() { Ok(UnitsBuf::Ucs4(units)) } else { Units::Ucs4(&units).to_buf() }
    }
}

/// Borrowed text of one width. `Ascii` promises that every byte is below 128.
#[derive(Clone, Copy, Debug)]
pub enum Units<'a> {
    /// Code points below 128.
    Ascii(&'a [u8]),
    /// Code points below 256.
    Latin1(&'a [u8]),
    /// Code points below 65536 (surrogates are ordinary code points).
    Ucs2(&'a [u16]),
    /// Any code points.
    Ucs4(&'a [u32]),
}

/// Owned text in its narrowest kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitsBuf {
    /// Code points below 128.
    Ascii(Vec<u8>),
    /// Some code point is 128 or more, all are below 256.
    Latin1(Vec<u8>),
    /// Some code point is 256 or more, all are below 65536.
    Ucs2(Vec<u16>),
    /// Some code point is 65536 or more.
    Ucs4(Vec<u32>),
}

/// Runs an expression with the slice that a [`Units`] holds, whatever its unit.
macro_rules! each {
    ($units:expr, $slice:ident => $body:expr) => {
        match $units {
            $crate::Units::Ascii($slice) | $crate::Units::Latin1($slice) => $body,
            $crate::Units::Ucs2($slice) => $body,
            $crate::Units::Ucs4($slice) => $body,
        }
    };
}
pub(crate) use each;

impl<'a> Units<'a> {
    /// The number of code points.
    #[inline]
    pub fn len(self) -> usize {
        each!(self, s => s.len())
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether the view is known to be ASCII (its kind says so).
    #[inline]
    pub fn is_ascii(self) -> bool {
        matches!(self, Units::Ascii(_))
    }

    /// The code point at `index`.
    #[inline]
    pub fn get(self, index: usize) -> Option<u32> {
        each!(self, s => s.get(index).map(|&u| u.code()))
    }

    /// The code points in order.
    pub fn iter(self) -> Codes<'a> {
        Codes { units: self, front: 0, back: self.len() }
    }

    /// The part in `range`; bounds beyond the end are clipped.
    pub fn slice(self, range: Range<usize>) -> Units<'a> {
        let end = range.end.min(self.len());
        let range = range.start.min(end)..end;
        match self {
            Units::Ascii(s) => Units::Ascii(&s[range]),
            Units::Latin1(s) => Units::Latin1(&s[range]),
            Units::Ucs2(s) => Units::Ucs2(&s[range]),
            Units::Ucs4(s) => Units::Ucs4(&s[range]),
        }
    }

    /// A bound on the highest code point, exact as to the kind it needs: 0x7F, 0xFF, 0xFFFF or 0x10FFFF.
    pub fn max_char(self) -> u32 {
        match each!(self, s => bits(s)) {
            0..0x80 => 0x7F,
            0x80..0x100 => 0xFF,
            0x100..0x10000 => 0xFFFF,
            _ => 0x10FFFF,
        }
    }

    /// Whether no narrower kind would do.
    fn fits_closely(self) -> bool {
        let max = self.max_char();
        match self {
            Units::Ascii(_) => true,
            Units::Latin1(_) => max == 0xFF,
            Units::Ucs2(_) => max == 0xFFFF,
            Units::Ucs4(_) => max == 0x10FFFF,
        }
    }

    /// The units as bytes in memory order: what `hash` is taken of, provided the view is in its narrowest kind.
    pub fn as_bytes(self) -> &'a [u8] {
        each!(self, s => bytemuck::cast_slice(s))
    }

    /// An owned copy in the narrowest kind.
    pub fn to_buf(self) -> Result<UnitsBuf, OutOfMemory> {
        let max = if self.is_ascii() { 0x7F } else { self.max_char() };
        Ok(match max {
            0x7F => UnitsBuf::Ascii(self.units_as::<u8>()?),
            0xFF => UnitsBuf::Latin1(self.units_as::<u8>()?),
            0xFFFF => UnitsBuf::Ucs2(self.units_as::<u16>()?),
            _ => UnitsBuf::Ucs4(self.units_as::<u32>()?),
        })
    }

    /// The text with units of type `U`; code points that do not fit are cut, so the caller has looked at the highest.
    pub(crate) fn units_as<U: Unit>(self) -> Result<Vec<U>, OutOfMemory> {
        let mut out = Vec::new();
        self.append_as(&mut out)?;
        Ok(out)
    }

    pub(crate) fn append_as<U: Unit>(self, out: &mut Vec<U>) -> Result<(), OutOfMemory> {
        grow(out, self.len())?;
        each!(self, s => out.extend(s.iter().map(|&u| U::truncate(u.code()))));
        Ok(())
    }

    /// The same text as WTF-8.
    pub fn to_wtf8(self) -> Wtf8Buf {
        if let Units::Ascii(ascii) = self {
            return Wtf8Buf::from_ascii(ascii);
        }
        let mut out = Wtf8Buf::new();
        for code in self.iter() {
            // A unit above U+10FFFF is no text; it cannot be written.
            let _ = out.push_code_point(code);
        }
        out
    }

    /// The text as a Rust string, or `None` if it holds a surrogate.
    pub fn to_string(self) -> Option<String> {
        match self {
            Units::Ascii(s) => std::str::from_utf8(s).ok().map(str::to_owned),
            _ => self.iter().map(char::from_u32).collect(),
        }
    }

    /// The text as a Rust string with U+FFFD for surrogates; for messages.
    pub fn to_string_lossy(self) -> String {
        if let Units::Ascii(ascii) = self {
            return String::from_utf8_lossy(ascii).into_owned();
        }
        self.iter().map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
}

/// The bitwise or of all units: enough to tell the kind, and it vectorises.
fn bits<U: Unit>(units: &[U]) -> u32 {
    units.iter().fold(0u32, |bits, &u| bits | u.code())
}

impl PartialEq for Units<'_> {
    fn eq(&self, other: &Self) -> bool {
        fn same<A: Unit, B: Unit>(a: &[A], b: &[B]) -> bool {
            a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| a.code() == b.code())
        }
        match (*self, *other) {
            (Units::Ascii(a) | Units::Latin1(a), Units::Ascii(b) | Units::Latin1(b)) => a == b,
            (Units::Ucs2(a), Units::Ucs2(b)) => a == b,
            (Units::Ucs4(a), Units::Ucs4(b)) => a == b,
            (a, b) => each!(a, a => each!(b, b => same(a, b))),
        }
    }
}

impl Eq for Units<'_> {}

impl PartialOrd for Units<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Units<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (*self, *other) {
            (Units::Ascii(a) | Units::Latin1(a), Units::Ascii(b) | Units::Latin1(b)) => a.cmp(b),
            (a, b) => {
                each!(a, a => each!(b, b => a.iter().map(|&u| u.code()).cmp(b.iter().map(|&u| u.code()))))
            }
        }
    }
}

impl<'a> From<&'a str> for Units<'a> {
    /// ASCII text only; use [`UnitsBuf::from`] for any other.
    ///
    /// # Panics
    /// If the text is not ASCII.
    fn from(text: &'a str) -> Self {
        assert!(text.is_ascii(), "a borrowed view of a Rust string is ASCII");
        Units::Ascii(text.as_bytes())
    }
}

/// The code points of a [`Units`], from both ends.
#[derive(Clone, Debug)]
pub struct Codes<'a> {
    units: Units<'a>,
    front: usize,
    back: usize,
}

impl Iterator for Codes<'_> {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        if self.front == self.back {
            return None;
        }
        self.front += 1;
        self.units.get(self.front - 1)
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.back - self.front, Some(self.back - self.front))
    }
}

impl DoubleEndedIterator for Codes<'_> {
    fn next_back(&mut self) -> Option<u32> {
        if self.front == self.back {
            return None;
        }
        self.back -= 1;
        self.units.get(self.back)
    }
}

impl ExactSizeIterator for Codes<'_> {}

impl UnitsBuf {
    /// The empty text.
    pub fn new() -> Self {
        UnitsBuf::Ascii(Vec::new())
    }

    /// A borrowed view.
    pub fn as_units(&self) -> Units<'_> {
        match self {
            UnitsBuf::Ascii(s) => Units::Ascii(s),
            UnitsBuf::Latin1(s) => Units::Latin1(s),
            UnitsBuf::Ucs2(s) => Units::Ucs2(s),
            UnitsBuf::Ucs4(s) => Units::Ucs4(s),
        }
    }

    /// Text from bytes that are code points below 256.
    pub fn from_latin1(bytes: Vec<u8>) -> Self {
        if bytes.is_ascii() { UnitsBuf::Ascii(bytes) } else { UnitsBuf::Latin1(bytes) }
    }

    /// One code point.
    pub fn from_code(code: u32) -> Self {
        match code {
            0..0x80 => UnitsBuf::Ascii(vec![code as u8]),
            0x80..0x100 => UnitsBuf::Latin1(vec![code as u8]),
            0x100..0x10000 => UnitsBuf::Ucs2(vec![code as u16]),
            _ => UnitsBuf::Ucs4(vec![code]),
        }
    }
}

impl Default for UnitsBuf {
    fn default() -> Self {
        Self::new()
    }
}

impl TryFrom<&str> for UnitsBuf {
    type Error = OutOfMemory;
    fn try_from(text: &str) -> Result<Self, OutOfMemory> {
        let mut out = TextBuilder::new();
        out.push_str(text)?;
        Ok(out.finish())
    }
}

impl TryFrom<&Wtf8Buf> for UnitsBuf {
    type Error = OutOfMemory;
    fn try_from(text: &Wtf8Buf) -> Result<Self, OutOfMemory> {
        let mut out = TextBuilder::new();
        match text.as_str() {
            Some(text) => out.push_str(text)?,
            None => text.code_points().try_for_each(|code| out.push(code))?,
        }
        Ok(out.finish())
    }
}

/// Text under construction: starts as ASCII and widens when a code point needs it.
#[derive(Clone, Debug, Default)]
pub struct TextBuilder {
    buf: UnitsBuf,
    shrunk: bool,
}

impl TextBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty builder with room for `units` ASCII code points.
    pub fn with_capacity(units: usize) -> Result<Self, OutOfMemory> {
        let mut out = Self::new();
        out.reserve(units)?;
        Ok(out)
    }

    /// How many code points there are.
    pub fn len(&self) -> usize {
        self.buf.as_units().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What has been written so far.
    pub fn as_units(&self) -> Units<'_> {
        self.buf.as_units()
    }

    /// Makes room for `extra` code points of the present width.
    pub fn reserve(&mut self, extra: usize) -> Result<(), OutOfMemory> {
        match &mut self.buf {
            UnitsBuf::Ascii(s) | UnitsBuf::Latin1(s) => grow(s, extra),
            UnitsBuf::Ucs2(s) => grow(s, extra),
            UnitsBuf::Ucs4(s) => grow(s, extra),
        }
    }

    /// Appends one code point.
    pub fn push(&mut self, code: u32) -> Result<(), OutOfMemory> {
        match &mut self.buf {
            UnitsBuf::Ascii(s) if code < 0x80 => push(s, code as u8),
            UnitsBuf::Latin1(s) if code < 0x100 => push(s, code as u8),
            UnitsBuf::Ucs2(s) if code < 0x10000 => push(s, code as u16),
            UnitsBuf::Ucs4(s) => push(s, code),
            _ => {
                self.widen(code)?;
                self.push(code)
            }
        }
    }

    /// Appends `count` copies of one code point.
    pub fn push_repeated(&mut self, code: u32, count: usize) -> Result<(), OutOfMemory> {
        if count == 0 {
            return Ok(());
        }
        fn fill<U: Unit>(s: &mut Vec<U>, code: u32, count: usize) -> Result<(), OutOfMemory> {
            grow(s, count)?;
            s.resize(s.len() + count, U::truncate(code));
            Ok(())
        }
        self.widen(code)?;
        match &mut self.buf {
            UnitsBuf::Ascii(s) | UnitsBuf::Latin1(s) => fill(s, code, count),
            UnitsBuf::Ucs2(s) => fill(s, code, count),
            UnitsBuf::Ucs4(s) => fill(s, code, count),
        }
    }

    /// Appends text.
    pub fn push_units(&mut self, text: Units<'_>) -> Result<(), OutOfMemory> {
        match (&mut self.buf, text) {
            (UnitsBuf::Ascii(s), Units::Ascii(t)) | (UnitsBuf::Latin1(s), Units::Ascii(t) | Units::Latin1(t)) => {
                grow(s, t.len())?;
                s.extend_from_slice(t);
                return Ok(());
            }
            _ => self.widen(text.max_char())?,
        }
        match &mut self.buf {
            UnitsBuf::Ascii(s) | UnitsBuf::Latin1(s) => text.append_as(s),
            UnitsBuf::Ucs2(s) => text.append_as(s),
            UnitsBuf::Ucs4(s) => text.append_as(s),
        }
    }

    /// Appends bytes below 128.
    #[inline]
    pub fn push_ascii(&mut self, text: &[u8]) -> Result<(), OutOfMemory> {
        debug_assert!(text.is_ascii());
        match &mut self.buf {
            UnitsBuf::Ascii(s) | UnitsBuf::Latin1(s) => {
                grow(s, text.len())?;
                s.extend_from_slice(text);
                Ok(())
            }
            _ => self.push_units(Units::Ascii(text)),
        }
    }

    /// Appends a Rust string.
    pub fn push_str(&mut self, text: &str) -> Result<(), OutOfMemory> {
        if text.is_ascii() {
            return self.push_units(Units::Ascii(text.as_bytes()));
        }
        // The highest lead byte tells how wide the code points are.
        self.widen(match text.bytes().fold(0, u8::max) {
            0xF0.. => 0x10000,
            0xC4.. => 0x100,
            _ => 0x80,
        })?;
        let count = text.bytes().filter(|b| b & 0xC0 != 0x80).count();
        self.reserve(count)?;
        match &mut self.buf {
            UnitsBuf::Ascii(s) | UnitsBuf::Latin1(s) => append_str(s, text, count),
            UnitsBuf::Ucs2(s) => append_str(s, text, count),
            UnitsBuf::Ucs4(s) => append_str(s, text, count),
        }
        Ok(())
    }

    /// Removes what lies beyond the first `len` code points.
    pub(crate) fn truncate(&mut self, len: usize) {
        match &mut self.buf {
            UnitsBuf::Ascii(s) | UnitsBuf::Latin1(s) => s.truncate(len),
            UnitsBuf::Ucs2(s) => s.truncate(len),
            UnitsBuf::Ucs4(s) => s.truncate(len),
        }
        self.shrunk = true;
    }

    /// The finished text, in its narrowest kind.
    pub fn finish(self) -> UnitsBuf {
        match self.buf.as_units() {
            // What made the buffer wide may have been removed. An allocation refused here leaves it wide.
            units if self.shrunk && !units.fits_closely() => units.to_buf().unwrap_or(self.buf),
            _ => self.buf,
        }
    }

    /// Makes the buffer wide enough for `code`.
    fn widen(&mut self, code: u32) -> Result<(), OutOfMemory> {
        let text = self.buf.as_units();
        let wider = match (code, &self.buf) {
            (0..0x80, _)
            | (0x80..0x100, UnitsBuf::Latin1(_))
            | (..0x10000, UnitsBuf::Ucs2(_))
            | (_, UnitsBuf::Ucs4(_)) => return Ok(()),
            (0x80..0x100, _) => {
                let UnitsBuf::Ascii(s) = &mut self.buf else { return Ok(()) };
                UnitsBuf::Latin1(std::mem::take(s))
            }
            (0x100..0x10000, _) => {
                let mut wider = with_room(text.len())?;
                text.append_as(&mut wider)?;
                UnitsBuf::Ucs2(wider)
            }
            _ => {
                let mut wider = with_room(text.len())?;
                text.append_as(&mut wider)?;
                UnitsBuf::Ucs4(wider)
            }
        };
        self.buf = wider;
        Ok(())
    }
}

/// Appends the `count` code points of `text`, for which there is room.
fn append_str<U: Unit>(out: &mut Vec<U>, text: &str, count: usize) {
    const LANES: usize = 16;
    let start = out.len();
    out.resize(start + count, U::default());
    let mut slots = &mut out[start..];
    let mut rest = text;
    // Runs of ASCII are copied a chunk at a time.
    while let Some(chunk) = rest.as_bytes().get(..LANES) {
        if chunk.is_ascii() {
            let (now, later) = slots.split_at_mut(LANES);
            now.iter_mut().zip(chunk).for_each(|(slot, &byte)| *slot = U::truncate(u32::from(byte)));
            (slots, rest) = (later, &rest[LANES..]);
            continue;
        }
        let mut chars = rest.chars();
        let (now, later) = slots.split_at_mut(slots.len().min(LANES));
        for slot in now.iter_mut() {
            *slot = U::truncate(chars.next().map_or(0, u32::from));
        }
        (slots, rest) = (later, chars.as_str());
    }
    slots.iter_mut().zip(rest.chars()).for_each(|(slot, c)| *slot = U::truncate(c as u32));
}

fn push<U>(vec: &mut Vec<U>, unit: U) -> Result<(), OutOfMemory> {
    if vec.len() == vec.capacity() {
        grow(vec, 1)?;
    }
    vec.push(unit);
    Ok(())
}

/// An empty vector with room for `len` units and as many again: what is being widened will go on growing.
fn with_room<U>(len: usize) -> Result<Vec<U>, OutOfMemory> {
    let mut vec = Vec::new();
    grow(&mut vec, len.saturating_mul(2).max(16))?;
    Ok(vec)
}
