//! Type comments (PEP 484): `# type: …` behind a parameter, an assignment or the head of a `def`, `for` or `with`, and
//! `# type: ignore`.

use std::cell::Cell;

use ruff_text_size::TextRange;

use crate::ast::TypeIgnore;
use crate::lines::Lines;

struct Comment {
    start: usize,
    end: usize,
    text: String,
    taken: Cell<bool>,
}

/// The type comments of a source; none where they are not asked for.
#[derive(Default)]
pub(crate) struct TypeComments {
    list: Vec<Comment>,
    /// Places of `# type: ignore`, and what follows that word.
    ignored: Vec<(usize, String)>,
}

/// What stands behind `# type:`.
fn type_of(comment: &str) -> Option<&str> {
    let rest = comment.strip_prefix('#')?.trim_start_matches([' ', '\t']);
    Some(rest.strip_prefix("type:")?.trim_start_matches([' ', '\t']))
}

impl TypeComments {
    pub fn of(source: &str, comments: impl Iterator<Item = TextRange>) -> TypeComments {
        let mut all = TypeComments::default();
        for range in comments {
            let (start, end) = (range.start().to_usize(), range.end().to_usize());
            let Some(text) = type_of(&source[start..end]) else { continue };
            match text.strip_prefix("ignore") {
                Some(tag) if !tag.starts_with(|c: char| c.is_ascii_alphanumeric() || !c.is_ascii()) => {
                    // Alone on its line it takes the line's end along, as in CPython.
                    let line = source[..start].rfind('\n').map_or(0, |i| i + 1);
                    let alone = source[line..start].trim().is_empty() && source[end..].starts_with('\n');
                    all.ignored.push((start, format!("{tag}{}", if alone { "\n" } else { "" })));
                }
                _ => all.list.push(Comment { start, end, text: text.to_owned(), taken: Cell::new(false) }),
            }
        }
        all
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn ignores(&self, lines: &Lines) -> Vec<TypeIgnore> {
        let ignore =
            |(at, tag): &(usize, String)| TypeIgnore { lineno: lines.line_col(*at).0.into(), tag: tag.as_str().into() };
        self.ignored.iter().map(ignore).collect()
    }

    /// A comment that nothing took.
    pub fn misplaced(&self) -> Option<(usize, usize)> {
        self.list.iter().find(|comment| !comment.taken.get()).map(|comment| (comment.start, comment.end))
    }

    /// Takes the first comment between two places if `fits` likes what is before it.
    pub fn take(&self, from: usize, to: usize, fits: impl Fn(usize) -> bool) -> Option<&str> {
        let first = self.list.partition_point(|comment| comment.start < from);
        let mut near = self.list[first..].iter().take_while(|comment| comment.start < to);
        let found = near.find(|comment| !comment.taken.get())?;
        if !fits(found.start) {
            return None;
        }
        found.taken.set(true);
        Some(&found.text)
    }
}

#[cfg(test)]
mod tests {
    use crate::ast::{Mod, StmtKind};
    use crate::{Mode, Options, parse_with};

    fn read(source: &str) -> Result<Mod, String> {
        let options = Options { most_digits: 0, type_comments: true };
        parse_with(source, Mode::Exec, options).map(|parsed| parsed.module).map_err(|error| error.message)
    }

    #[test]
    fn comments_have_their_places() {
        let source = "def f(a,  # type: A\n  b=(1)  # type: B\n ):\n  # type: (...) -> C\n  x = 1  # type: D\n  y()  # type: ignore[z]\n";
        let Ok(Mod::Module { body, type_ignores }) = read(source) else { panic!("{:?}", read(source)) };
        let StmtKind::FunctionDef { args, type_comment, body, .. } = &body[0].kind else { panic!() };
        assert_eq!(type_comment, &Some("(...) -> C".into()));
        assert_eq!(args.args[1].type_comment, Some("B".into()));
        let StmtKind::Assign { type_comment, .. } = &body[0].kind else { panic!() };
        assert!(type_comment.is_some());
        assert_eq!((type_ignores.len(), type_ignores[0].lineno), (1, 6));
        for source in [
            "pass  # type: int\n",
            "while x:  # type: int\n  pass\n",
            "x += 1  # type: int\n",
            "x = (1,  # type: a\n)\n",
        ] {
            assert_eq!(read(source).map(|_| ()), Err("invalid syntax".to_owned()), "{source}");
        }
    }
}
