//! Splitting and stripping: iterators of index ranges into the text.
//!
//! The `r` forms yield from the right; the caller reverses the list that it makes of them.

use std::ops::Range;

use crate::chars::is_space;
use crate::find::{Finder, find_code};
use crate::units::{OutOfMemory, Unit, Units, each};

/// What counts as white space: `str` has Unicode's, `bytes` only ASCII's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Space, `\t\n\r\x0b\x0c`.
    Bytes,
    /// What `str.isspace` says.
    Text,
}

impl Space {
    fn has(self, code: u32) -> bool {
        match self {
            Space::Bytes => matches!(code, 9..=13 | 32),
            Space::Text => is_space(code),
        }
    }

    /// The first index at or after `from` whose being white space is `wanted`; the length if there is none.
    fn scan(self, text: Units<'_>, from: usize, wanted: bool) -> usize {
        each!(text, s => s[from..].iter().position(|&u| self.has(u.code()) == wanted).map_or(s.len(), |i| from + i))
    }

    /// One past the last index before `to` whose being white space is `wanted`; 0 if there is none.
    fn rscan(self, text: Units<'_>, to: usize, wanted: bool) -> usize {
        each!(text, s => s[..to].iter().rposition(|&u| self.has(u.code()) == wanted).map_or(0, |i| i + 1))
    }
}

/// `split()` without separator: runs of what is no white space.
#[derive(Clone, Debug)]
pub struct SplitSpace<'a> {
    text: Units<'a>,
    space: Space,
    at: usize,
    left: usize,
}

/// The words of `text`; after `max` of them the rest as one piece (without leading white space).
pub fn split_space(text: Units<'_>, space: Space, max: usize) -> SplitSpace<'_> {
    SplitSpace { text, space, at: 0, left: max }
}

impl Iterator for SplitSpace<'_> {
    type Item = Range<usize>;
    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.space.scan(self.text, self.at, false);
        if start == self.text.len() {
            return None;
        }
        let end = if self.left == 0 { self.text.len() } else { self.space.scan(self.text, start, true) };
        self.left = self.left.saturating_sub(1);
        self.at = end;
        Some(start..end)
    }
}

/// `rsplit()` without separator.
#[derive(Clone, Debug)]
pub struct RSplitSpace<'a> {
    text: Units<'a>,
    space: Space,
    end: usize,
    left: usize,
}

/// The words of `text` from the right; after `max` of them the rest as one piece (without trailing white space).
pub fn rsplit_space(text: Units<'_>, space: Space, max: usize) -> RSplitSpace<'_> {
    RSplitSpace { text, space, end: text.len(), left: max }
}

impl Iterator for RSplitSpace<'_> {
    type Item = Range<usize>;
    fn next(&mut self) -> Option<Range<usize>> {
        let end = self.space.rscan(self.text, self.end, false);
        if end == 0 {
            return None;
        }
        let start = if self.left == 0 { 0 } else { self.space.rscan(self.text, end, true) };
        self.left = self.left.saturating_sub(1);
        self.end = start;
        Some(start..end)
    }
}

/// The pieces between the separators, at most `max` splits; `sep` must not be empty.
pub fn split(
    text: Units<'_>,
    sep: Units<'_>,
    max: usize,
    mut piece: impl FnMut(Range<usize>),
) -> Result<(), OutOfMemory> {
    let mut start = 0;
    let finder = Finder::new(text, sep)?;
    for _ in 0..max {
        let Some(found) = finder.find(text, start)? else { break };
        piece(start..found);
        start = found + sep.len();
    }
    piece(start..text.len());
    Ok(())
}

/// The pieces between the separators from the right, at most `max` splits; `sep` must not be empty.
pub fn rsplit(
    text: Units<'_>,
    sep: Units<'_>,
    max: usize,
    mut piece: impl FnMut(Range<usize>),
) -> Result<(), OutOfMemory> {
    let mut end = text.len();
    let finder = Finder::new(text, sep)?;
    for _ in 0..max {
        let Some(found) = finder.rfind(text, end)? else { break };
        piece(found + sep.len()..end);
        end = found;
    }
    piece(0..end);
    Ok(())
}

/// The lines of a text.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    text: Units<'a>,
    bytes: bool,
    keep_ends: bool,
    at: usize,
}

/// The lines of `text` as `str.splitlines` has them (`bytes`: only `\n`, `\r` and `\r\n` end a line).
pub fn lines(text: Units<'_>, space: Space, keep_ends: bool) -> Lines<'_> {
    Lines { text, bytes: space == Space::Bytes, keep_ends, at: 0 }
}

/// Whether the code point ends a line of text.
pub fn is_line_break(code: u32) -> bool {
    matches!(code, 0x0A..=0x0D | 0x1C..=0x1E | 0x85 | 0x2028 | 0x2029)
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;
    fn next(&mut self) -> Option<Range<usize>> {
        let (start, len) = (self.at, self.text.len());
        if start >= len {
            return None;
        }
        let ends = |code: u32| if self.bytes { matches!(code, 10 | 13) } else { is_line_break(code) };
        let end = each!(self.text, s => s[start..].iter().position(|&u| ends(u.code())).map_or(len, |i| start + i));
        self.at = match (self.text.get(end), self.text.get(end + 1)) {
            (None, _) => len,
            (Some(13), Some(10)) => end + 2,
            _ => end + 1,
        };
        Some(start..if self.keep_ends { self.at } else { end })
    }
}

/// Which ends to strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// `lstrip`.
    Left,
    /// `rstrip`.
    Right,
    /// `strip`.
    Both,
}

/// What is left without white space at the ends.
pub fn strip_space(text: Units<'_>, space: Space, ends: Ends) -> Range<usize> {
    let start = if ends == Ends::Right { 0 } else { space.scan(text, 0, false) };
    let end = if ends == Ends::Left { text.len() } else { space.rscan(text, text.len(), false).max(start) };
    start..end
}

/// What is left without code points of `set` at the ends.
pub fn strip_set(text: Units<'_>, set: Units<'_>, ends: Ends) -> Range<usize> {
    let mut ascii = 0u128;
    set.iter().filter(|&code| code < 128).for_each(|code| ascii |= 1 << code);
    let wide = set.max_char() > 0x7F;
    let has = |code: u32| if code < 128 { ascii >> code & 1 == 1 } else { wide && find_code(set, code).is_some() };
    let (mut start, mut end) = (0, text.len());
    if ends != Ends::Right {
        start = each!(text, s => s.iter().position(|&u| !has(u.code())).unwrap_or(end));
    }
    if ends != Ends::Left {
        end = each!(text, s => s[start..].iter().rposition(|&u| !has(u.code())).map_or(start, |i| start + i + 1));
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnitsBuf;

    fn pick(text: &str, ranges: impl IntoIterator<Item = Range<usize>>) -> Vec<String> {
        let buf = UnitsBuf::try_from(text).unwrap();
        ranges.into_iter().map(|r| buf.as_units().slice(r).to_string().unwrap()).collect()
    }

    #[test]
    fn words_and_pieces() {
        let text = "  a  bc\u{3000}d \u{85}";
        let buf = UnitsBuf::try_from(text).unwrap();
        assert_eq!(pick(text, split_space(buf.as_units(), Space::Text, usize::MAX)), ["a", "bc", "d"]);
        assert_eq!(pick(text, split_space(buf.as_units(), Space::Text, 1)), ["a", "bc\u{3000}d \u{85}"]);
        assert_eq!(pick(text, split_space(buf.as_units(), Space::Bytes, 9)), ["a", "bc\u{3000}d", "\u{85}"]);
        assert_eq!(pick(text, rsplit_space(buf.as_units(), Space::Text, 1)), ["d", "  a  bc"]);
        let (mut left, mut right) = (vec![], vec![]);
        let buf = UnitsBuf::try_from("1<>2<>3\u{100}").unwrap();
        split(buf.as_units(), "<>".into(), 1, |r| left.push(r)).unwrap();
        rsplit(buf.as_units(), "<>".into(), 1, |r| right.push(r)).unwrap();
        assert_eq!((left, right), (vec![0..1, 3..8], vec![6..8, 0..4]));
    }

    #[test]
    fn line_breaks() {
        let text = "a\nb\r\nc\rd\x1ce\u{2028}\u{2029}f\n";
        let buf = UnitsBuf::try_from(text).unwrap();
        assert_eq!(pick(text, lines(buf.as_units(), Space::Text, false)), ["a", "b", "c", "d", "e", "", "f"]);
        assert_eq!(pick(text, lines(buf.as_units(), Space::Bytes, true))[..3], ["a\n", "b\r\n", "c\r"]);
    }

    #[test]
    fn stripping() {
        let text = "\u{2003}xay\u{e9}x ";
        let buf = UnitsBuf::try_from(text).unwrap();
        let (t, set) = (buf.as_units(), UnitsBuf::try_from("\u{e9}x \u{2003}").unwrap());
        assert_eq!(strip_space(t, Space::Text, Ends::Both), 1..6);
        assert_eq!(strip_set(t, set.as_units(), Ends::Both), 2..4);
        assert_eq!(strip_set(t, set.as_units(), Ends::Right), 0..4);
        assert_eq!(strip_space("   ".into(), Space::Text, Ends::Both), 3..3);
        assert_eq!(strip_set("xx".into(), "x".into(), Ends::Both), 2..2);
    }
}
