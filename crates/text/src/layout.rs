//! Padding and tabs: `center`, `ljust`, `rjust`, `zfill`, `expandtabs`, and joining and repeating.

use crate::units::{OutOfMemory, TextBuilder, Units, UnitsBuf};

/// `text` with `left` and `right` copies of `fill` around it.
pub fn pad(text: Units<'_>, left: usize, right: usize, fill: u32) -> Result<UnitsBuf, OutOfMemory> {
    let mut out = TextBuilder::new();
    out.reserve(left.checked_add(right).and_then(|n| n.checked_add(text.len())).ok_or(OutOfMemory)?)?;
    out.push_repeated(fill, left)?;
    out.push_units(text)?;
    out.push_repeated(fill, right)?;
    Ok(out.finish())
}

/// How `str.center` shares the padding: to the left and to the right.
pub fn center_padding(len: usize, width: usize) -> (usize, usize) {
    let pad = width.saturating_sub(len);
    let left = pad / 2 + (pad & width & 1);
    (left, pad - left)
}

/// `str.zfill`: zeros on the left, after a sign.
pub fn zfill(text: Units<'_>, width: usize) -> Result<UnitsBuf, OutOfMemory> {
    let fill = width.saturating_sub(text.len());
    let sign = usize::from(matches!(text.get(0), Some(0x2B | 0x2D)));
    let mut out = TextBuilder::new();
    out.reserve(fill.checked_add(text.len()).ok_or(OutOfMemory)?)?;
    out.push_units(text.slice(0..sign))?;
    out.push_repeated(u32::from(b'0'), fill)?;
    out.push_units(text.slice(sign..text.len()))?;
    Ok(out.finish())
}

/// `str.expandtabs`: each tab becomes spaces up to the next multiple of `size` columns (none at all if `size` is 0).
pub fn expand_tabs(text: Units<'_>, size: usize) -> Result<UnitsBuf, OutOfMemory> {
    let mut out = TextBuilder::with_capacity(text.len())?;
    let (mut column, mut start) = (0usize, 0);
    for (i, code) in text.iter().enumerate() {
        match code {
            0x09 => {
                out.push_units(text.slice(start..i))?;
                start = i + 1;
                if size > 0 {
                    let spaces = size - column % size;
                    column = column.checked_add(spaces).ok_or(OutOfMemory)?;
                    out.push_repeated(0x20, spaces)?;
                }
            }
            0x0A | 0x0D => column = 0,
            _ => column += 1,
        }
    }
    out.push_units(text.slice(start..text.len()))?;
    Ok(out.finish())
}

/// `text * count`.
pub fn repeat(text: Units<'_>, count: usize) -> Result<UnitsBuf, OutOfMemory> {
    let total = text.len().checked_mul(count).ok_or(OutOfMemory)?;
    let mut out = TextBuilder::new();
    if total == 0 {
        return Ok(out.finish());
    }
    if text.len() == 1 {
        out.push_repeated(text.get(0).unwrap_or_default(), count)?;
        return Ok(out.finish());
    }
    out.push_units(text)?;
    out.reserve(total - text.len())?;
    (1..count).try_for_each(|_| out.push_units(text))?;
    Ok(out.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns() {
        let show = |b: UnitsBuf| b.as_units().to_string().unwrap();
        assert_eq!(show(expand_tabs("a\tbc\t\n\tx".into(), 4).unwrap()), "a   bc  \n    x");
        assert_eq!(show(expand_tabs("a\tb".into(), 0).unwrap()), "ab");
        assert_eq!(show(zfill("-42".into(), 6).unwrap()), "-00042");
        assert_eq!((center_padding(2, 5), center_padding(1, 4), center_padding(3, 2)), ((2, 1), (1, 2), (0, 0)));
        assert_eq!(show(repeat("ab".into(), 3).unwrap()), "ababab");
        assert_eq!(repeat("ab".into(), usize::MAX), Err(OutOfMemory));
        assert_eq!(pad("x".into(), 1, 1, 0x1F600).unwrap(), UnitsBuf::Ucs4(vec![0x1F600, 0x78, 0x1F600]));
    }
}
