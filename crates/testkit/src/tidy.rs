//! The rules of the house that a script can check: who may know whom, where `unsafe` lives, how long a file is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Which of our crates each crate may depend on. Tests may use `testkit` too.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("number", &[]),
    ("text", &[]),
    ("host", &[]),
    ("heap", &[]),
    ("macros", &[]),
    ("testkit", &[]),
    ("regex", &["text"]),
    ("syntax", &["number", "text"]),
    ("bytecode", &["number", "text"]),
    ("compiler", &["syntax", "bytecode", "number", "text"]),
    ("vm", &["heap", "bytecode", "compiler", "syntax", "number", "text", "regex", "host", "macros"]),
    ("jit", &["vm", "heap", "bytecode"]),
    ("stdlib", &["vm", "host", "number", "text", "regex", "macros"]),
];

/// Libraries that one crate alone may name, by the beginning of their names.
const ONLY: &[(&str, &str)] =
    &[("ruff_", "syntax"), ("cranelift", "jit"), ("libc", "host"), ("rustix", "host"), ("socket2", "host")];

/// Where `unsafe` is at home. Elsewhere an item may have it with `unsafe_code, reason = "…"`.
const UNSAFE_HOMES: &[&str] = &[
    "crates/heap/",
    "crates/jit/",
    "crates/host/",
    "crates/vm/src/frame",
    "crates/vm/src/interp",
    "crates/vm/src/object/cast.rs",
    "crates/vm/src/object/instance.rs",
];

/// A file's most lines.
const MOST_LINES: usize = 600;

/// Files that may be longer, and why.
const LONGER: &[(&str, &str)] = &[
    ("crates/bytecode/src/op.rs", "the opcode table"),
    ("crates/vm/src/object/slot_table.rs", "the slot table"),
    ("crates/compiler/src/lower/expr.rs", "to be split"),
    ("crates/stdlib/src/array/mod.rs", "to be split"),
    ("crates/stdlib/src/datetime/datetime.rs", "to be split"),
    ("crates/stdlib/src/expat/core.rs", "to be split"),
    ("crates/stdlib/src/expat/parser.rs", "to be split"),
    ("crates/stdlib/src/operator.rs", "to be split"),
    ("crates/stdlib/src/posix/files.rs", "to be split"),
    ("crates/stdlib/src/posix/mod.rs", "to be split"),
    ("crates/stdlib/src/socket/object.rs", "to be split"),
    ("crates/stdlib/src/zlib_.rs", "to be split"),
    ("crates/vm/src/builtins/type_.rs", "to be split"),
    ("crates/vm/src/builtins/typevar.rs", "the family of type parameters"),
    ("crates/vm/src/context.rs", "to be split"),
    ("crates/vm/src/frame/code.rs", "to be split"),
    ("crates/vm/src/interp/observe.rs", "to be split"),
    ("crates/syntax/src/explain/expr.rs", "to be split"),
    ("crates/syntax/src/explain/stmt.rs", "to be split"),
    ("crates/text/src/units.rs", "to be split"),
    ("crates/vm/src/builtins/dict.rs", "to be split"),
    ("crates/vm/src/builtins/list.rs", "to be split"),
    ("crates/vm/src/frame/generator.rs", "to be split"),
    ("crates/vm/src/modules/builtins.rs", "to be split"),
    ("crates/vm/src/modules/sys.rs", "to be split"),
    ("crates/vm/src/native/function.rs", "to be split"),
];

/// Paths of somebody's machine, which nothing here names. Cut in two so that this file does not.
const MACHINE_PATHS: &[(&str, &str)] = &[("/ro", "ot/"), ("/wo", "rk/")];

/// What is left behind while working.
const LEFTOVERS: &[(&str, &str)] = &[("dbg", "!("), ("todo", "!("), ("unimplemented", "!(")];

/// Every violation, as `file:line: what`.
pub fn check(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    collect(root, &mut files);
    files.sort();
    let mut problems = Vec::new();
    for file in &files {
        let name = file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let Ok(text) = fs::read_to_string(file) else { continue };
        if name.ends_with("Cargo.toml") {
            manifest(&name, &text, &mut problems);
        }
        if name.ends_with(".rs") {
            rust(&name, &text, &mut problems);
        }
        if name != "Cargo.lock" {
            machine_paths(&name, &text, &mut problems);
        }
    }
    problems
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name == "target" || name == ".git" || name == "__pycache__" {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

/// The crate that a path is in.
fn crate_of(name: &str) -> Option<&str> {
    name.strip_prefix("crates/")?.split('/').next()
}

fn manifest(name: &str, text: &str, problems: &mut Vec<String>) {
    let Some(krate) = crate_of(name) else { return };
    let ours: BTreeSet<&str> = MAY_KNOW.iter().map(|(name, _)| *name).chain(["python"]).collect();
    let allowed = MAY_KNOW.iter().find(|(name, _)| *name == krate).map(|(_, allowed)| *allowed);
    if allowed.is_none() && krate != "python" {
        problems.push(format!("{name}: the crate is not in the list of who may know whom"));
    }
    let mut section = "";
    for (line, content) in (1..).zip(text.lines()) {
        let content = content.trim();
        if content.starts_with('[') {
            section = content.trim_matches(['[', ']']);
            continue;
        }
        let dev = section.ends_with("dev-dependencies");
        if !section.ends_with("dependencies") || content.starts_with('#') {
            continue;
        }
        let Some(dependency) = content.split(['.', '=', ' ']).next().filter(|name| !name.is_empty()) else { continue };
        let known = allowed.is_none_or(|allowed| allowed.contains(&dependency)) || (dev && dependency == "testkit");
        if ours.contains(dependency) && !known {
            problems.push(format!("{name}:{line}: {krate} may not know {dependency}"));
        }
        let owner = ONLY.iter().find(|(prefix, _)| dependency.starts_with(prefix));
        if let Some((_, owner)) = owner.filter(|(_, owner)| *owner != krate) {
            problems.push(format!("{name}:{line}: only {owner} may name {dependency}"));
        }
    }
}

fn rust(name: &str, text: &str, problems: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > MOST_LINES && !LONGER.iter().any(|(file, _)| *file == name) {
        problems.push(format!("{name}:{MOST_LINES}: {lines} lines, {MOST_LINES} at most"));
    }
    let code = without_text(text);
    let at_home = UNSAFE_HOMES.iter().any(|home| name.starts_with(home)) || name.contains("/tests/");
    // The attribute's reason is a string: its presence is looked for in the whole text.
    let excused = text.contains("unsafe_code, reason");
    let sealed = code.contains("forbid(unsafe_code)");
    let homeless = code.lines().position(|line| words(line).any(|word| word == "unsafe"));
    if let Some(line) = homeless.filter(|_| !at_home && !excused) {
        problems.push(format!("{name}:{}: unsafe is not at home here", line + 1));
    }
    for (line, content) in (1..).zip(code.lines()) {
        for (a, b) in LEFTOVERS {
            if content.contains(&format!("{a}{b}")) {
                problems.push(format!("{name}:{line}: {a}{b} is left behind"));
            }
        }
    }
    let is_root = name.ends_with("/src/lib.rs") && name.matches('/').count() == 3;
    let needs_seal = is_root && !["heap", "jit", "host", "vm"].contains(&crate_of(name).unwrap_or_default());
    if needs_seal && !sealed && !code.trim().is_empty() {
        problems.push(format!("{name}:1: the crate must say #![forbid(unsafe_code)]"));
    }
    if let Some(module) = name.strip_prefix("crates/stdlib/src/") {
        stdlib(name, module, &code, problems);
    }
}

/// No module of the library knows another.
fn stdlib(name: &str, module: &str, code: &str, problems: &mut Vec<String>) {
    let own = module.split(['/', '.']).next().unwrap_or_default();
    if own == "lib" {
        return;
    }
    for (line, content) in (1..).zip(code.lines()) {
        for (at, _) in content.match_indices("crate::") {
            let other = words(&content[at + 7..]).next().unwrap_or_default();
            if other != own && !other.is_empty() && !SHARED.contains(&other) {
                problems.push(format!("{name}:{line}: {own} may not know {other}"));
            }
        }
    }
}

/// What modules of the library share.
const SHARED: &[&str] = &["hashing", "inflating", "util", "xml_receiver"];

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn machine_paths(name: &str, text: &str, problems: &mut Vec<String>) {
    for (line, content) in (1..).zip(text.lines()) {
        for (a, b) in MACHINE_PATHS {
            if content.contains(&format!("{a}{b}")) {
                problems.push(format!("{name}:{line}: names a path of one machine, {a}{b}"));
            }
        }
    }
}

/// The source with comments and the insides of string literals blanked, lines kept.
fn without_text(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => while chars.next_if(|c| *c != '\n').is_some() {},
            '/' if chars.peek() == Some(&'*') => {
                let mut last = ' ';
                for c in chars.by_ref() {
                    if c == '\n' {
                        code.push('\n');
                    }
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
            }
            'r' if !(before.is_alphanumeric() || before == '_') && matches!(chars.peek(), Some('"' | '#')) => {
                let mut hashes = 0;
                while chars.next_if_eq(&'#').is_some() {
                    hashes += 1;
                }
                if chars.next_if_eq(&'"').is_none() {
                    // A raw identifier.
                    code.push_str("r#");
                    continue;
                }
                let mut run = None;
                for c in chars.by_ref() {
                    if c == '\n' {
                        code.push('\n');
                    }
                    run = match (c, run) {
                        ('"', _) => Some(0),
                        ('#', Some(n)) => Some(n + 1),
                        _ => None,
                    };
                    if run == Some(hashes) {
                        break;
                    }
                }
            }
            '"' => {
                while let Some(c) = chars.next() {
                    match c {
                        '\\' if chars.next() == Some('\n') => code.push('\n'),
                        '\n' => code.push('\n'),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            // A character, not a lifetime: `'"'` and `'\''` must not open anything.
            '\'' => {
                let mut ahead = chars.clone();
                match (ahead.next(), ahead.next()) {
                    (Some('\\'), Some(_)) => {
                        chars.nth(1);
                        while chars.next().is_some_and(|c| c != '\'') {}
                    }
                    (Some(_), Some('\'')) => drop(chars.nth(1)),
                    _ => code.push('\''),
                }
            }
            _ => code.push(c),
        }
        before = c;
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(check: impl Fn(&mut Vec<String>)) -> String {
        let mut problems = Vec::new();
        check(&mut problems);
        problems.join("\n")
    }

    #[test]
    fn text_is_no_code() {
        for (source, code) in [
            ("a // unsafe\nb", "a \nb"),
            ("a /* x\ny */ b", "a \n b"),
            ("f(\"un\\\"safe\", b\"x\")", "f(, b)"),
            ("r#\"a\"b\"# c r#type", " c r#type"),
            ("'\"' + '\\'' + 'a ", " +  + 'a "),
            ("&'static str", "&'static str"),
        ] {
            assert_eq!(without_text(source), code);
        }
    }

    #[test]
    fn dependencies() {
        for (name, line, expected) in [
            ("crates/regex/Cargo.toml", "text.workspace = true", ""),
            ("crates/regex/Cargo.toml", "heap.workspace = true", "regex may not know heap"),
            ("crates/vm/Cargo.toml", "stdlib = { path = \"x\" }", "vm may not know stdlib"),
            ("crates/vm/Cargo.toml", "libc = \"1\"", "only host may name libc"),
            ("crates/syntax/Cargo.toml", "ruff_text_size.workspace = true", ""),
            ("crates/python/Cargo.toml", "vm.workspace = true", ""),
            ("crates/new/Cargo.toml", "", "not in the list"),
            ("xtask/Cargo.toml", "vm.workspace = true", ""),
        ] {
            let found = of(|problems| manifest(name, &format!("[dependencies]\n{line}\n"), problems));
            assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{line}: {found}");
        }
        let dev = "[dev-dependencies]\ntestkit.workspace = true";
        assert_eq!(of(|problems| manifest("crates/vm/Cargo.toml", dev, problems)), "");
    }

    #[test]
    fn sources() {
        let long = "x\n".repeat(601);
        for (name, text, expected) in [
            ("crates/vm/src/a.rs", "unsafe { }", "a.rs:1: unsafe is not at home"),
            ("crates/vm/src/a.rs", "// unsafe\n\"unsafe\"", ""),
            ("crates/vm/src/a.rs", "#[expect(unsafe_code, reason = \"x\")]\nunsafe { }", ""),
            ("crates/vm/src/interp/a.rs", "unsafe { }", ""),
            ("crates/vm/src/a.rs", &long, "601 lines"),
            ("crates/bytecode/src/op.rs", &long, ""),
            ("crates/text/src/lib.rs", "mod a;", "must say #![forbid"),
            ("crates/text/src/lib.rs", "#![forbid(unsafe_code)]", ""),
            ("crates/vm/src/a.rs", "\ntodo!()", "a.rs:2: todo!( is left behind"),
            ("crates/stdlib/src/math.rs", "use crate::json::x;", "math may not know json"),
            ("crates/stdlib/src/json/a.rs", "use crate::json::b;", ""),
        ] {
            let found = of(|problems| rust(name, text, problems));
            assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{text:.40}: {found}");
        }
        let path = ["see /ro", "ot/x"].concat();
        assert!(of(|problems| machine_paths("a.md", &path, problems)).contains("a.md:1"));
    }
}
