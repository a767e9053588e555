//! `from __future__ import barry_as_FLUFL` (PEP 401): unequal is written `<>`.

use crate::error::SyntaxError;
use crate::explain::{Tok, tokenize};
use crate::lines::Lines;

/// The source with `!=` for each `<>` behind that import; `None` if there is no such import.
pub(crate) fn as_usual(source: &str, lines: &Lines) -> Result<Option<String>, Box<SyntaxError>> {
    if !source.contains("barry_as_FLUFL") {
        return Ok(None);
    }
    let (tokens, _) = tokenize(source, false);
    let text = |i: usize| tokens.get(i).and_then(|token| source.get(token.start..token.end)).unwrap_or("");
    let head = (0..tokens.len()).find(|&i| text(i) == "from" && text(i + 1) == "__future__" && text(i + 2) == "import");
    let Some(head) = head else { return Ok(None) };
    let line_end = |i: usize| matches!(tokens[i].kind, Tok::Newline | Tok::End) || text(i) == ";";
    let end = (head..tokens.len()).find(|&i| line_end(i)).unwrap_or(tokens.len());
    if !(head..end).any(|i| text(i) == "barry_as_FLUFL") {
        return Ok(None);
    }
    let mut usual = source.to_owned();
    for i in (end..tokens.len()).filter(|&i| tokens[i].kind == Tok::Op) {
        let token = &tokens[i];
        match text(i) {
            "<>" => usual.replace_range(token.start..token.end, "!="),
            "!=" => {
                let message = "with Barry as BDFL, use '<>' instead of '!='";
                return Err(Box::new(SyntaxError::new(message, lines.pos(token.start, token.end))));
            }
            _ => {}
        }
    }
    Ok(Some(usual))
}

#[cfg(test)]
mod tests {
    use crate::{Mode, parse};

    #[test]
    fn barry_is_the_flufl() {
        let import = "from __future__ import barry_as_FLUFL\n";
        assert!(parse(&format!("{import}a <> b\n'!='\n"), Mode::Exec).is_ok());
        let error = parse(&format!("{import}a != b\n"), Mode::Exec).expect_err("an older spelling");
        assert_eq!((error.line, error.col, error.end_col), (2, 3, 5));
        assert!(parse("a <> b\n# barry_as_FLUFL\n", Mode::Exec).is_err());
    }
}
