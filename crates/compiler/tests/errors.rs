//! SyntaxErrors: class, place and words as CPython 3.14 has them, from `tests/golden/errors.txt`.
//!
//! A line of that file is a program (with `\n`, `\t` and `\\` escaped), then class, line, offset, end line, end offset
//! and message, between tabs. What does not agree yet is counted; the count may only fall.

use syntax::ErrorKind;

/// Lines whose message differs, and lines whose message agrees and place differs.
const KNOWN: (usize, usize) = (1, 0);

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some(c) => out.push(c),
            None => {}
        }
    }
    out
}

fn explain(source: &str) -> Option<syntax::SyntaxError> {
    let parsed = match syntax::parse(source, syntax::Mode::Exec) {
        Ok(parsed) => parsed,
        Err(error) => return Some(*error),
    };
    let error = compiler::compile(&parsed.module, &compiler::Options::default()).err()?;
    Some(syntax::SyntaxError::of_compiler(error.message, error.pos))
}

#[test]
fn as_the_reference() {
    // Another table, to see how far an unknown program goes.
    let other = std::env::var("TAIPAN_ERRORS").ok();
    let path = other.as_deref().unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/errors.txt"));
    let table = std::fs::read_to_string(path).expect("the table is there");
    let (mut lines, mut words, mut places) = (0, 0, 0);
    let verbose = std::env::var_os("TAIPAN_VERBOSE").is_some();
    for line in table.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [source, rest @ ..] = &fields[..] else { continue };
        lines += 1;
        let ours = match explain(&unescape(source)) {
            None => vec!["accepted".to_owned(); 6],
            Some(e) => {
                let kind = match e.kind {
                    ErrorKind::Indentation => "IndentationError",
                    ErrorKind::Tab => "TabError",
                    _ => "SyntaxError",
                };
                vec![
                    kind.to_owned(),
                    e.line.to_string(),
                    e.col.to_string(),
                    e.end_line.to_string(),
                    e.end_col.to_string(),
                    e.message,
                ]
            }
        };
        let same_words = ours[5] == rest[5] && ours[0] == rest[0];
        words += usize::from(!same_words);
        places += usize::from(same_words && ours[..] != *rest);
        if verbose && ours[..] != *rest {
            println!("{source}\n    ours   {ours:?}\n    theirs {rest:?}");
        }
    }
    println!("{lines} programs: {words} differ in words, {places} more in place");
    assert!(lines > 400);
    assert!(words <= KNOWN.0 && places <= KNOWN.1, "{words} differ in words, {places} in place");
}

/// What `compile(…, 'single')` says: line, offset and words.
#[test]
fn interactive() {
    let many = "multiple statements found while compiling a single statement";
    let refused = [
        ("a=1\nb=2", 1, 4, many),
        ("a\n@", 1, 2, many),
        ("x\nif", 1, 2, many),
        ("x\n'", 1, 2, many),
        ("def f(): pass\ng", 2, 1, "invalid syntax"),
        ("if x:\n 1\ny\n", 3, 1, "invalid syntax"),
        ("x = (", 1, 5, "'(' was never closed"),
        ("", 0, 0, "invalid syntax"),
        ("\n", 1, 0, "invalid syntax"),
        ("# c\n", 1, 0, "invalid syntax"),
    ];
    for (source, line, col, message) in refused {
        let error = syntax::parse(source, syntax::Mode::Single).expect_err(source);
        assert_eq!((error.line, error.col, &*error.message), (line, col, message), "{source:?}");
    }
    for source in ["a=1\n\n", "a=1; b=2\n", "if x: 1\n", "if x:\n  1\n\n", "a\n# c\n", "a\n   \n", "a"] {
        assert!(syntax::parse(source, syntax::Mode::Single).is_ok(), "{source:?}");
    }
}
