//! "Did you mean": the nearest of some names, by CPython's weighted edit distance.

/// Names that are looked through.
pub const MOST_NAMES: usize = 750;
const LONGEST: usize = 40;
const MOVE: usize = 2;
const CASE: usize = 1;

fn substitution(a: u8, b: u8) -> usize {
    match () {
        () if a == b => 0,
        () if a.eq_ignore_ascii_case(&b) => CASE,
        () => MOVE,
    }
}

/// Weighted Levenshtein distance, `limit + 1` when it is above `limit`.
fn distance(a: &[u8], b: &[u8], limit: usize) -> usize {
    if a.len().max(b.len()) > LONGEST {
        return limit + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).map(|i| i * MOVE).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (i + 1) * MOVE;
        for (j, &y) in b.iter().enumerate() {
            let best = (diagonal + substitution(x, y)).min(row[j] + MOVE).min(row[j + 1] + MOVE);
            diagonal = std::mem::replace(&mut row[j + 1], best);
        }
        if row.iter().min().is_some_and(|&m| m > limit) {
            return limit + 1;
        }
    }
    row[b.len()]
}

/// The name nearest to `wrong`, if one is near enough: at most a third of the characters may have to change.
pub fn closest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(&str, usize)> = None;
    for name in names.take(MOST_NAMES) {
        if name == wrong {
            continue;
        }
        let limit = (name.len() + wrong.len() + 3) * MOVE / 6;
        let limit = best.map_or(limit, |(_, d)| limit.min(d.saturating_sub(1)));
        let d = distance(wrong.as_bytes(), name.as_bytes(), limit);
        if d <= limit && best.is_none_or(|(_, b)| d < b) {
            best = Some((name, d));
        }
    }
    best.map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn near_names() {
        assert_eq!(closest("prnt", ["print", "input"].into_iter()), Some("print"));
        assert_eq!(closest("xyzzy", ["print", "input"].into_iter()), None);
        assert_eq!(closest("Foo", ["foo", "for"].into_iter()), Some("foo"));
    }
}
