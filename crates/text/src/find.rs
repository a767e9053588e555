//! Searching: substrings, single code points, counting, replacing.
//!
//! Bytes use `memchr`'s vectorised search. Wider units use a scan for the needle's last unit that turns into
//! Knuth–Morris–Pratt once it has compared too much in vain, so that no input is quadratic.

use std::borrow::Cow;

use memchr::memmem;

use crate::units::{OutOfMemory, TextBuilder, Unit, Units, UnitsBuf, each, grow};

/// A prepared search for one needle in text of the haystack's width.
#[expect(clippy::large_enum_variant, reason = "lives on the stack for the length of one search")]
pub enum Finder<'a> {
    /// The empty needle: found everywhere.
    Empty,
    /// The needle has a code point that the haystack's kind cannot hold.
    Never,
    /// A needle of several bytes for a short haystack, where preparing a search would cost more than the search.
    Few(&'a [u8]),
    /// A byte needle.
    Bytes(memmem::Finder<'a>, usize),
    /// A needle for a haystack of 16-bit units.
    Ucs2(Cow<'a, [u16]>),
    /// A needle for a haystack of 32-bit units.
    Ucs4(Cow<'a, [u32]>),
}

impl<'a> Finder<'a> {
    /// Prepares to look for `needle` in text of the same kind as `hay` (and in slices of it).
    pub fn new(hay: Units<'_>, needle: Units<'a>) -> Result<Self, OutOfMemory> {
        if needle.is_empty() {
            return Ok(Finder::Empty);
        }
        let too_wide = |max: u32| !matches!(needle, Units::Ascii(_)) && needle.max_char() > max;
        Ok(match (hay, needle) {
            (Units::Ascii(h) | Units::Latin1(h), Units::Ascii(n) | Units::Latin1(n)) if h.len() <= SHORT => {
                Finder::Few(n)
            }
            (Units::Ascii(_) | Units::Latin1(_), Units::Ascii(n) | Units::Latin1(n)) => {
                Finder::Bytes(memmem::Finder::new(n), n.len())
            }
            (Units::Ascii(_) | Units::Latin1(_), n) => {
                if too_wide(0xFF) {
                    return Ok(Finder::Never);
                }
                let n = n.units_as::<u8>()?;
                Finder::Bytes(memmem::Finder::new(&n).into_owned(), n.len())
            }
            (Units::Ucs2(_), Units::Ucs2(n)) => Finder::Ucs2(Cow::Borrowed(n)),
            (Units::Ucs2(_), n) => {
                if too_wide(0xFFFF) {
                    return Ok(Finder::Never);
                }
                Finder::Ucs2(Cow::Owned(n.units_as()?))
            }
            (Units::Ucs4(_), Units::Ucs4(n)) => Finder::Ucs4(Cow::Borrowed(n)),
            (Units::Ucs4(_), n) => Finder::Ucs4(Cow::Owned(n.units_as()?)),
        })
    }

    /// The needle's length.
    pub fn len(&self) -> usize {
        match self {
            Finder::Empty => 0,
            Finder::Never => usize::MAX,
            Finder::Few(n) => n.len(),
            Finder::Bytes(_, len) => *len,
            Finder::Ucs2(n) => n.len(),
            Finder::Ucs4(n) => n.len(),
        }
    }

    /// Whether the needle is empty.
    pub fn is_empty(&self) -> bool {
        matches!(self, Finder::Empty)
    }

    /// The first place at or after `from`.
    pub fn find(&self, hay: Units<'_>, from: usize) -> Result<Option<usize>, OutOfMemory> {
        if from > hay.len() {
            return Ok(None);
        }
        let found = match (self, hay) {
            (Finder::Empty, _) => return Ok(Some(from)),
            (Finder::Few(n), Units::Ascii(h) | Units::Latin1(h)) => find_few(&h[from..], n),
            (Finder::Bytes(f, _), Units::Ascii(h) | Units::Latin1(h)) => f.find(&h[from..]),
            (Finder::Ucs2(n), Units::Ucs2(h)) => find_units(&h[from..], n)?,
            (Finder::Ucs4(n), Units::Ucs4(h)) => find_units(&h[from..], n)?,
            _ => None,
        };
        Ok(found.map(|i| from + i))
    }

    /// The last place that ends at or before `to`.
    pub fn rfind(&self, hay: Units<'_>, to: usize) -> Result<Option<usize>, OutOfMemory> {
        let to = to.min(hay.len());
        Ok(match (self, hay) {
            (Finder::Empty, _) => Some(to),
            (Finder::Few(n), Units::Ascii(h) | Units::Latin1(h)) => match *n {
                &[byte] => memchr::memrchr(byte, &h[..to]),
                _ => h[..to].windows(n.len()).rposition(|window| window == *n),
            },
            (Finder::Bytes(f, len), Units::Ascii(h) | Units::Latin1(h)) => match (*len, f.needle()) {
                (1, &[byte]) => memchr::memrchr(byte, &h[..to]),
                (_, needle) => memmem::rfind(&h[..to], needle),
            },
            (Finder::Ucs2(n), Units::Ucs2(h)) => rfind_units(&h[..to], n)?,
            (Finder::Ucs4(n), Units::Ucs4(h)) => rfind_units(&h[..to], n)?,
            _ => None,
        })
    }
}

/// Haystacks up to this are short.
const SHORT: usize = 256;

/// The first place of a needle that is not empty in a short haystack.
fn find_few(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let (&first, others) = needle.split_first()?;
    let mut at = 0;
    loop {
        at += memchr::memchr(first, hay.get(at..)?)?;
        if hay.len() - at < needle.len() {
            return None;
        }
        if hay[at + 1..].starts_with(others) {
            return Some(at);
        }
        at += 1;
    }
}

/// Where `needle` first lies in `hay`. For `str.find(sub, start, end)` slice `hay` first, and add `start`.
pub fn find(hay: Units<'_>, needle: Units<'_>) -> Result<Option<usize>, OutOfMemory> {
    if let Some(code) = single(needle) {
        return Ok(find_code(hay, code));
    }
    Finder::new(hay, needle)?.find(hay, 0)
}

/// Where `needle` last lies in `hay`.
pub fn rfind(hay: Units<'_>, needle: Units<'_>) -> Result<Option<usize>, OutOfMemory> {
    if let Some(code) = single(needle) {
        return Ok(rfind_code(hay, code));
    }
    Finder::new(hay, needle)?.rfind(hay, hay.len())
}

/// How many times `needle` lies in `hay` without overlap, counting up to `max`.
pub fn count(hay: Units<'_>, needle: Units<'_>, max: usize) -> Result<usize, OutOfMemory> {
    if needle.is_empty() {
        return Ok((hay.len() + 1).min(max));
    }
    if let (Units::Ascii(h) | Units::Latin1(h), Some(code @ 0..0x100)) = (hay, single(needle)) {
        return Ok(memchr::memchr_iter(code as u8, h).count().min(max));
    }
    let finder = Finder::new(hay, needle)?;
    let (mut total, mut at) = (0, 0);
    while total < max {
        let Some(found) = finder.find(hay, at)? else { break };
        total += 1;
        at = found + needle.len();
    }
    Ok(total)
}

/// Whether `needle` lies in `hay`.
pub fn contains(hay: Units<'_>, needle: Units<'_>) -> Result<bool, OutOfMemory> {
    Ok(find(hay, needle)?.is_some())
}

/// Whether `hay` begins with `prefix`.
pub fn starts_with(hay: Units<'_>, prefix: Units<'_>) -> bool {
    prefix.len() <= hay.len() && hay.slice(0..prefix.len()) == prefix
}

/// Whether `hay` ends with `suffix`.
pub fn ends_with(hay: Units<'_>, suffix: Units<'_>) -> bool {
    suffix.len() <= hay.len() && hay.slice(hay.len() - suffix.len()..hay.len()) == suffix
}

/// Where the code point is first found.
pub fn find_code(hay: Units<'_>, code: u32) -> Option<usize> {
    fn go<U: Unit>(units: &[U], code: u32) -> Option<usize> {
        if code > U::MAX { None } else { U::position(units, U::truncate(code)) }
    }
    each!(hay, s => go(s, code))
}

/// Where the code point is last found.
pub fn rfind_code(hay: Units<'_>, code: u32) -> Option<usize> {
    fn go<U: Unit>(units: &[U], code: u32) -> Option<usize> {
        if code > U::MAX { None } else { U::rposition(units, U::truncate(code)) }
    }
    each!(hay, s => go(s, code))
}

/// `hay` with the first `max` places of `old` replaced by `new`; `None` if nothing changes.
pub fn replace(hay: Units<'_>, old: Units<'_>, new: Units<'_>, max: usize) -> Result<Option<UnitsBuf>, OutOfMemory> {
    if max == 0 || old.len() > hay.len() || (old.is_empty() && new.is_empty()) {
        return Ok(None);
    }
    if old.is_empty() {
        return insert_between(hay, new, max).map(Some);
    }
    if let (Some(from), Some(to)) = (single(old), single(new))
        && let Some(out) = replace_code(hay, from, to, max)?
    {
        return Ok(Some(out));
    }
    let finder = Finder::new(hay, old)?;
    let Some(mut found) = finder.find(hay, 0)? else { return Ok(None) };
    let mut out = TextBuilder::with_capacity(hay.len())?;
    let (mut done, mut left) = (0, max);
    loop {
        out.push_units(hay.slice(done..found))?;
        out.push_units(new)?;
        done = found + old.len();
        left -= 1;
        if left == 0 {
            break;
        }
        match finder.find(hay, done)? {
            Some(next) => found = next,
            None => break,
        }
    }
    out.push_units(hay.slice(done..hay.len()))?;
    Ok(Some(out.finish()))
}

/// ASCII text with one character replaced by another, in one pass.
fn replace_code(hay: Units<'_>, from: u32, to: u32, max: usize) -> Result<Option<UnitsBuf>, OutOfMemory> {
    let (Units::Ascii(h), 0..0x80, 0..0x80) = (hay, from, to) else { return Ok(None) };
    let Some(first) = memchr::memchr(from as u8, h) else { return Ok(None) };
    let mut out = crate::units::copy(h)?;
    let mut left = max;
    for byte in &mut out[first..] {
        if *byte == from as u8 {
            *byte = to as u8;
            left -= 1;
            if left == 0 {
                break;
            }
        }
    }
    Ok(Some(UnitsBuf::Ascii(out)))
}

fn insert_between(hay: Units<'_>, new: Units<'_>, max: usize) -> Result<UnitsBuf, OutOfMemory> {
    let mut out = TextBuilder::new();
    let places = max.min(hay.len() + 1);
    out.reserve(new.len().checked_mul(places).and_then(|n| n.checked_add(hay.len())).ok_or(OutOfMemory)?)?;
    for i in 0..places {
        out.push_units(new)?;
        out.push_units(hay.slice(i..i + 1))?;
    }
    out.push_units(hay.slice(places..hay.len()))?;
    Ok(out.finish())
}

/// The code point of a text that has just one.
fn single(text: Units<'_>) -> Option<u32> {
    if text.len() == 1 { text.get(0) } else { None }
}

fn find_units<U: Unit>(hay: &[U], needle: &[U]) -> Result<Option<usize>, OutOfMemory> {
    let (n, &last) = (needle.len(), needle.last().expect("the needle is not empty"));
    let mut at = 0;
    let mut wasted = 0usize;
    while let Some(found) = hay.get(at + n - 1..).and_then(|rest| U::position(rest, last)) {
        at += found;
        let same = hay[at..at + n].iter().zip(needle).take_while(|(a, b)| a == b).count();
        if same == n {
            return Ok(Some(at));
        }
        wasted += same;
        if wasted > 4 * at + 256 {
            return Ok(knuth(hay.len() - at, n, |i| hay[at + i], |i| needle[i])?.map(|i| at + i));
        }
        at += 1;
    }
    Ok(None)
}

fn rfind_units<U: Unit>(hay: &[U], needle: &[U]) -> Result<Option<usize>, OutOfMemory> {
    let (n, first) = (needle.len(), needle[0]);
    let mut end = hay.len();
    let mut wasted = 0usize;
    while end >= n {
        let Some(at) = U::rposition(&hay[..=end - n], first) else { return Ok(None) };
        let same = hay[at..at + n].iter().zip(needle).take_while(|(a, b)| a == b).count();
        if same == n {
            return Ok(Some(at));
        }
        wasted += same;
        end = at + n - 1;
        if wasted > 4 * (hay.len() - end) + 256 {
            let found = knuth(end, n, |i| hay[end - 1 - i], |i| needle[n - 1 - i])?;
            return Ok(found.map(|i| end - i - n));
        }
    }
    Ok(None)
}

/// The first place of a needle of `n` units in a haystack of `len`, in linear time (Knuth, Morris and Pratt).
fn knuth<U: Unit>(
    len: usize,
    n: usize,
    hay: impl Fn(usize) -> U,
    needle: impl Fn(usize) -> U,
) -> Result<Option<usize>, OutOfMemory> {
    // border[i] is the length of the longest proper prefix of the needle that is also a suffix of its first i + 1 units.
    let mut border: Vec<usize> = Vec::new();
    grow(&mut border, n)?;
    border.push(0);
    let mut k = 0;
    for i in 1..n {
        while k > 0 && needle(i) != needle(k) {
            k = border[k - 1];
        }
        k += usize::from(needle(i) == needle(k));
        border.push(k);
    }
    k = 0;
    for i in 0..len {
        while k > 0 && hay(i) != needle(k) {
            k = border[k - 1];
        }
        k += usize::from(hay(i) == needle(k));
        if k == n {
            return Ok(Some(i + 1 - n));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The obvious search, for comparison.
    fn naive(hay: &[u32], needle: &[u32]) -> Vec<usize> {
        (0..=hay.len().saturating_sub(needle.len())).filter(|&i| hay[i..].starts_with(needle)).collect()
    }

    #[test]
    fn all_kinds_agree_with_the_obvious_search() {
        // A small alphabet makes for many near matches; `base` moves it through the kinds.
        let mut seed = 7u32;
        let mut next = |n: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % n
        };
        for base in [0x61, 0xE0, 0x3B1, 0x1F600] {
            for _ in 0..300 {
                let text = |len: u32, next: &mut dyn FnMut(u32) -> u32| {
                    let mut out = TextBuilder::new();
                    (0..len).for_each(|_| out.push(base + next(2)).unwrap());
                    out.finish()
                };
                let (hay, needle) = (next(40), 1 + next(4));
                let (hay, needle) = (text(hay, &mut next), text(needle, &mut next));
                let (h, n) = (hay.as_units(), needle.as_units());
                let all = naive(&h.iter().collect::<Vec<_>>(), &n.iter().collect::<Vec<_>>());
                let all = if n.len() > h.len() { vec![] } else { all };
                assert_eq!(find(h, n).unwrap(), all.first().copied(), "{h:?} {n:?}");
                assert_eq!(rfind(h, n).unwrap(), all.last().copied(), "{h:?} {n:?}");
                let spread =
                    all.iter().fold((0, 0), |(n_, end), &i| if i >= end { (n_ + 1, i + n.len()) } else { (n_, end) });
                assert_eq!(count(h, n, usize::MAX).unwrap(), spread.0);
            }
        }
    }

    #[test]
    fn hostile_needles_are_linear() {
        let hay = UnitsBuf::Ucs2(vec![0x3B1; 200_000]);
        let mut needle = vec![0x3B1; 50_000];
        needle[25_000] = 0x3B2;
        let needle = UnitsBuf::Ucs2(needle);
        assert_eq!(find(hay.as_units(), needle.as_units()), Ok(None));
        assert_eq!(rfind(hay.as_units(), needle.as_units()), Ok(None));
    }

    #[test]
    fn replacing() {
        let run = |hay: &str, old: &str, new: &str, max| {
            let [hay, old, new] = [hay, old, new].map(|s| UnitsBuf::try_from(s).unwrap());
            let out = replace(hay.as_units(), old.as_units(), new.as_units(), max).unwrap();
            out.map(|out| out.as_units().to_string().unwrap())
        };
        assert_eq!(run("aXbXc", "X", "--", 1).as_deref(), Some("a--bXc"));
        assert_eq!(run("aaaa", "aa", "b", 9).as_deref(), Some("bb"));
        assert_eq!(run("aaa", "a", "b", 2).as_deref(), Some("bba"));
        assert_eq!(run("ab", "", "-", 9).as_deref(), Some("-a-b-"));
        assert_eq!(run("ab", "", "-", 2).as_deref(), Some("-a-b"));
        assert_eq!(run("ab\u{100}", "\u{100}", "", 2), Some("ab".into()));
        assert_eq!(run("ab", "c", "-", 2), None);
        assert_eq!(run("ab", "\u{100}", "-", 2), None);
    }
}
