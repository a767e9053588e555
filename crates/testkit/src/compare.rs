//! Comparing texts line by line.

use std::fmt::Write;

/// Panics with the difference if the texts are not equal.
#[track_caller]
pub fn check(actual: &str, expected: &str) {
    if let Some(difference) = difference(actual, expected) {
        panic!("{difference}");
    }
}

/// Lines shown before and after the first difference.
const CONTEXT: usize = 3;
/// Lines shown of each side from the first difference on.
const SHOWN: usize = 8;

/// What differs, or `None` where the texts are equal.
pub fn difference(actual: &str, expected: &str) -> Option<String> {
    if actual == expected {
        return None;
    }
    let (a, e): (Vec<&str>, Vec<&str>) = (actual.split('\n').collect(), expected.split('\n').collect());
    let first = a.iter().zip(&e).take_while(|(a, e)| a == e).count();
    let mut text = format!("the texts differ from line {}:\n", first + 1);
    for line in &a[first.saturating_sub(CONTEXT)..first] {
        let _ = writeln!(text, "  {line}");
    }
    for (sign, lines) in [('-', &e), ('+', &a)] {
        for line in lines.iter().skip(first).take(SHOWN) {
            let _ = writeln!(text, "{sign} {line}");
        }
        if lines.len() > first + SHOWN {
            let _ = writeln!(text, "{sign} … {} more lines", lines.len() - first - SHOWN);
        }
    }
    text.push_str("(- expected, + found)");
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_shown() {
        assert_eq!(difference("a\nb", "a\nb"), None);
        let found = difference("1\n2\n3\n4\nx\n6", "1\n2\n3\n4\n5\n6").unwrap();
        let expected = "the texts differ from line 5:\n  2\n  3\n  4\n- 5\n- 6\n+ x\n+ 6\n(- expected, + found)";
        assert_eq!(found, expected);
        assert!(difference("", &"line\n".repeat(50)).unwrap().contains("- … 43 more lines"));
        assert!(difference("a", "a\n").is_some());
    }
}
