//! `cargo xtask ops`: the instruction table, the parser and the compiler against a CPython 3.14.
//!
//! - `ops`: every row of the table (number, name, generic form, caches, stack effects, operand classes);
//! - `ops --ast`: the tree of every file, places included;
//! - `ops --lib [--optimize N]`: every code object of every file.
//!
//! The interpreter comes from `--python PATH` or `TAIPAN_REFERENCE`; files from the command line, `--dir DIR`, or that
//! interpreter's library.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use bytecode::{Code, Const, Op};

const SCRIPT: &str = include_str!("reference.py");

struct Options {
    python: String,
    what: What,
    show: usize,
    only: Option<String>,
    optimize: u8,
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    Table,
    Ast,
    Code,
}

/// Runs the task; whether everything that must agree does.
pub fn run(args: &[String]) -> bool {
    let python = std::env::var("TAIPAN_REFERENCE").unwrap_or_else(|_| "python3.14".into());
    let mut options = Options { python, what: What::Table, show: 5, only: None, optimize: 0, files: Vec::new() };
    let mut dirs = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().cloned().unwrap_or_default();
        match arg.as_str() {
            "--ast" => options.what = What::Ast,
            "--lib" => options.what = What::Code,
            "--python" => options.python = value(),
            "--show" => options.show = value().parse().unwrap_or(5),
            "--only" => options.only = Some(value()),
            "--optimize" => options.optimize = value().parse().unwrap_or(0),
            "--dir" => dirs.push(PathBuf::from(value())),
            file => options.files.push(PathBuf::from(file)),
        }
    }
    if options.what == What::Table {
        return table(&options);
    }
    if options.files.is_empty() && dirs.is_empty() {
        match library(&options.python) {
            Some(dir) => dirs.push(dir),
            None => return fail("cannot ask the interpreter for its library"),
        }
    }
    for dir in dirs {
        collect(&dir, &mut options.files);
    }
    options.files.sort();
    match options.what {
        What::Ast => trees(&options),
        _ => codes(&options),
    }
}

fn fail(message: &str) -> bool {
    eprintln!("xtask ops: {message}");
    false
}

fn library(python: &str) -> Option<PathBuf> {
    let output = Command::new(python).args(["-c", "import os; print(os.path.dirname(os.__file__))"]).output().ok()?;
    output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if !["__pycache__", "site-packages", "dist-packages"].iter().any(|skip| path.ends_with(skip)) {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|e| e == "py") {
            files.push(path);
        }
    }
}

/// The interpreter, running our script over the files.
struct Reference {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    next: Option<String>,
}

impl Reference {
    fn start(options: &Options, what: &str) -> Option<Reference> {
        let mut child = Command::new(&options.python)
            .args(["-X", "utf8", "-S", "-c", SCRIPT, what, &options.optimize.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut input = child.stdin.take()?;
        let files: Vec<String> = options.files.iter().map(|f| f.display().to_string()).collect();
        std::thread::spawn(move || {
            for file in files {
                let _ = writeln!(input, "{file}");
            }
        });
        let lines = BufReader::with_capacity(1 << 20, child.stdout.take()?).lines();
        Some(Reference { child, lines, next: None })
    }

    /// The next file and what was printed of it.
    fn file(&mut self) -> Option<(String, Vec<String>)> {
        if self.next.is_none() {
            self.next = self.lines.next()?.ok();
        }
        let path = self.next.take()?.strip_prefix("F ")?.to_owned();
        let mut out = Vec::new();
        for line in self.lines.by_ref() {
            let line = line.ok()?;
            if line == "F" || line.starts_with("F ") {
                self.next = Some(line);
                break;
            }
            out.push(line);
        }
        Some((path, out))
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        let _ = self.child.wait();
    }
}

fn table(options: &Options) -> bool {
    let Some(mut reference) = Reference::start(options, "table") else { return fail("cannot run the interpreter") };
    let mut wrong = 0;
    let mut rows = 0;
    for line in reference.lines.by_ref().map_while(Result::ok) {
        let ours = row(&line);
        rows += 1;
        if ours.as_deref() != Some(&line) {
            wrong += 1;
            println!("theirs {line}\nours   {}", ours.unwrap_or_default());
        }
    }
    println!("{rows} rows, {wrong} differ");
    wrong == 0 && rows > 200
}

/// The row that the interpreter should have printed for the instruction that `line` is of.
fn row(line: &str) -> Option<String> {
    let mut parts = line.split('|');
    let number: u16 = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let Ok(byte) = u8::try_from(number) else {
        let op = bytecode::Pseudo::from_u16(number)?;
        let effects = [op.stack_effect(true).to_string(), op.stack_effect(false).to_string()].join(",");
        // The classes of pseudo instructions are the compiler's own business.
        let rest: Vec<&str> = line.split('|').collect();
        let repeated = vec![effects; 6].join(",");
        return Some(format!("{number}|{}|{name}|0|{repeated}|{}", op.name(), rest.get(5)?));
    };
    let op = Op::from_u8(byte)?;
    let watched = op.is_instrumented();
    let special = op.deopt() != op && !watched;
    let generic = if watched { op } else { op.deopt() };
    let caches = if special || watched { 0 } else { op.caches() };
    let mut effects = Vec::new();
    let mut flags = String::new();
    if !special {
        for arg in [0, 1, 2, 3, 7, 1025] {
            let arg = if op.has_arg() { arg } else { 0 };
            let effect = op.stack_effect(arg).to_string();
            effects.push(effect.clone());
            effects.push(effect);
        }
        // CPython lists no operand classes for most instrumented forms.
        flags = if watched { line.rsplit('|').next()?.to_owned() } else { classes(op) };
    }
    Some(format!("{number}|{}|{}|{caches}|{}|{flags}", op.name(), generic.name(), effects.join(",")))
}

fn classes(op: Op) -> String {
    let all = [
        (op.has_arg(), "arg"),
        (op.has_const(), "const"),
        (op.has_name(), "name"),
        (op.has_jump(), "jump"),
        (op.has_free(), "free"),
        (op.has_local(), "local"),
    ];
    all.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
}

fn read(path: &str) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    syntax::source::decode(&bytes, syntax::source::Origin::Bytes, &mut |_, _| Err(String::new())).ok()
}

fn trees(options: &Options) -> bool {
    let Some(mut reference) = Reference::start(options, "ast") else { return fail("cannot run the interpreter") };
    let (mut files, mut same, mut shown) = (0, 0, 0);
    while let Some((path, theirs)) = reference.file() {
        if theirs.first().is_some_and(|line| line.starts_with("E ")) {
            let ours = read(&path).is_some_and(|s| syntax::parse(&s, syntax::Mode::Exec).is_ok());
            if ours {
                println!("{path}: they refuse it: {}", theirs[0]);
            }
            continue;
        }
        files += 1;
        let Some(source) = read(&path) else {
            println!("{path}: cannot decode");
            continue;
        };
        let ours = match syntax::parse(&source, syntax::Mode::Exec) {
            Ok(parsed) => match parsed.module {
                syntax::ast::Mod::Module { body, .. } => body.iter().map(syntax::dump).collect::<Vec<_>>(),
                _ => Vec::new(),
            },
            Err(error) => {
                println!("{path}:{}: we refuse it: {}", error.line, error.message);
                continue;
            }
        };
        if ours == theirs {
            same += 1;
            continue;
        }
        if shown < options.show {
            shown += 1;
            let at = ours.iter().zip(&theirs).position(|(a, b)| a != b).unwrap_or(ours.len().min(theirs.len()));
            let empty = String::new();
            let (a, b) = (ours.get(at).unwrap_or(&empty), theirs.get(at).unwrap_or(&empty));
            let place = a.bytes().zip(b.bytes()).position(|(x, y)| x != y).unwrap_or(0);
            let cut = |s: &str| s.chars().skip(place.saturating_sub(90)).take(200).collect::<String>();
            println!("{path}: statement {at}\n  ours   {}\n  theirs {}", cut(a), cut(b));
        }
    }
    println!("{same} of {files} files have the same tree");
    same == files
}

fn constant(value: &Const) -> String {
    let joined = |items: &[Const]| items.iter().map(constant).collect::<Vec<_>>().join(", ");
    match value {
        Const::None => "None".into(),
        Const::Bool(b) => (if *b { "True" } else { "False" }).into(),
        Const::Ellipsis => "Ellipsis".into(),
        Const::Int(i) => i.to_string(),
        Const::Float(f) => format!("float:{:016x}", f.to_bits()),
        Const::Complex(re, im) => format!("complex:{:016x}:{:016x}", re.to_bits(), im.to_bits()),
        Const::Str(s) => {
            let mut out = String::from("'");
            for code in s.code_points() {
                match code {
                    0x20..0x7F if code != 0x27 && code != 0x5C => out.push(code as u8 as char),
                    _ => write!(out, "\\{code:x};").unwrap_or(()),
                }
            }
            out + "'"
        }
        Const::Bytes(b) => "b:".to_owned() + &hex(b),
        Const::Tuple(items) => format!("({})", joined(items)),
        Const::FrozenSet(items) => {
            let mut items: Vec<_> = items.iter().map(constant).collect();
            items.sort();
            format!("frozenset({})", items.join(", "))
        }
        Const::Slice(parts) => format!("slice({})", joined(&parts[..])),
        Const::Code(code) => format!("<code {}:{}>", show(&code.qualname), code.firstlineno),
    }
}

fn show(name: &bytecode::Name) -> String {
    String::from_utf8_lossy(name.as_bytes()).into_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn code_lines(code: &Code, out: &mut Vec<Vec<String>>) {
    let names = |names: &mut dyn Iterator<Item = &bytecode::Name>| names.map(show).collect::<Vec<_>>().join(" ");
    let consts: Vec<_> = code.consts.iter().map(constant).collect();
    out.push(vec![
        format!("C {}:{}", show(&code.qualname), code.firstlineno),
        format!("code {}", hex(&code.code)),
        format!("consts {}", consts.join("; ")),
        format!("names {}", names(&mut code.names.iter())),
        format!(
            "locals {} / {} / {}",
            names(&mut code.varnames()),
            names(&mut code.cellvars()),
            names(&mut code.freevars())
        ),
        format!(
            "head {} {} {} {} {} {}",
            code.argcount,
            code.posonlyargcount,
            code.kwonlyargcount,
            code.stacksize,
            code.flags.0,
            show(&code.name)
        ),
        format!("lines {}", hex(&code.linetable)),
        format!("handlers {}", hex(&code.exceptiontable)),
    ]);
    for item in &code.consts {
        if let Const::Code(inner) = item {
            code_lines(inner, out);
        }
    }
}

/// Code as readable lines: offset, name, argument.
fn listing(hex: &str) -> Vec<String> {
    let bytes: Vec<u8> =
        (0..hex.len() / 2).filter_map(|i| u8::from_str_radix(&hex[i * 2..i * 2 + 2], 16).ok()).collect();
    let mut out = Vec::new();
    let (mut unit, mut arg) = (0, 0u32);
    while unit * 2 + 1 < bytes.len() {
        arg = arg << 8 | u32::from(bytes[unit * 2 + 1]);
        let Some(op) = Op::from_u8(bytes[unit * 2]) else { break };
        if op != Op::EXTENDED_ARG {
            out.push(format!("{} {arg}", op.name()));
            arg = 0;
        }
        unit += 1 + op.caches();
    }
    out
}

fn codes(options: &Options) -> bool {
    let Some(mut reference) = Reference::start(options, "code") else { return fail("cannot run the interpreter") };
    let (mut objects, mut same_code, mut same_all, mut shown, mut refused) = (0, 0, 0, 0, 0);
    let mut causes: HashMap<&str, usize> = HashMap::new();
    while let Some((path, theirs)) = reference.file() {
        let compiled = compile(&path, options.optimize);
        if theirs.first().is_some_and(|line| line.starts_with("E ")) {
            if compiled.is_ok() {
                println!("{path}: they refuse it: {}", theirs[0]);
            }
            continue;
        }
        let theirs: Vec<&[String]> = theirs.chunks(8).collect();
        objects += theirs.len();
        let code = match compiled {
            Ok(code) => code,
            Err(message) => {
                println!("{path}: we refuse it: {message}");
                refused += 1;
                continue;
            }
        };
        let mut ours = Vec::new();
        code_lines(&code, &mut ours);
        let mut first_of = HashMap::new();
        for (i, object) in ours.iter().enumerate() {
            first_of.entry(object[0].clone()).or_insert_with(Vec::new).push(i);
        }
        for object in theirs {
            let mine = first_of.get_mut(&object[0]).filter(|all| !all.is_empty()).map(|all| all.remove(0));
            let Some(mine) = mine.map(|i| &ours[i]) else {
                *causes.entry("missing").or_default() += 1;
                if shown < options.show && options.only.as_deref().is_none_or(|o| o == "missing") {
                    shown += 1;
                    println!("{path}: no code object {}", object[0]);
                }
                continue;
            };
            let differing: Vec<usize> = (1..8).filter(|i| mine[*i] != object[*i]).collect();
            if mine[1] == object[1] {
                same_code += 1;
            }
            let Some(first) = differing.first() else {
                same_all += 1;
                continue;
            };
            let what = ["", "code", "consts", "names", "locals", "head", "lines", "handlers"];
            for i in &differing {
                *causes.entry(what[*i]).or_default() += 1;
            }
            if shown < options.show && options.only.as_deref().is_none_or(|o| differing.iter().any(|i| what[*i] == o)) {
                shown += 1;
                println!("--- {path} {}", object[0]);
                if differing.contains(&6) && !differing.contains(&1) {
                    show_lines(object, mine);
                }
                if *first == 1 {
                    show_code(&mine[1][5..], &object[1][5..]);
                }
                for i in differing.into_iter().filter(|i| *i != 1) {
                    let at = mine[i].bytes().zip(object[i].bytes()).position(|(a, b)| a != b).unwrap_or(0);
                    let cut = |s: &str| s.chars().skip(at.saturating_sub(60)).take(160).collect::<String>();
                    println!("  ours   {} {}\n  theirs {} {}", what[i], cut(&mine[i]), what[i], cut(&object[i]));
                }
            }
        }
    }
    let share = |n: usize| 100.0 * n as f64 / objects.max(1) as f64;
    println!(
        "{objects} code objects: {:.2} % have the same instructions, {:.2} % the same everything; {refused} files refused",
        share(same_code),
        share(same_all)
    );
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    println!("differing: {causes:?}");
    share(same_code) >= 97.0
}

fn compile(path: &str, optimize: u8) -> Result<Code, String> {
    let source = read(path).ok_or("cannot decode")?;
    let parsed = syntax::parse(&source, syntax::Mode::Exec).map_err(|e| format!("line {}: {}", e.line, e.message))?;
    let options = compiler::Options { filename: path.to_owned().into(), optimize, ..Default::default() };
    match compiler::compile(&parsed.module, &options) {
        Ok(compiled) => Ok(compiled.code),
        Err(error) => Err(format!("line {}: {}", error.pos.lineno, error.message)),
    }
}

/// The first instruction whose place differs.
fn show_lines(theirs: &[String], ours: &[String]) {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len() / 2).filter_map(|i| u8::from_str_radix(&hex[i * 2..i * 2 + 2], 16).ok()).collect()
    };
    let line = theirs[0].rsplit(':').next().and_then(|l| l.parse().ok()).unwrap_or(1);
    let places =
        |object: &[String]| -> Vec<_> { bytecode::locations::positions(&bytes(&object[6][6..]), line).collect() };
    let (a, b, code) = (places(ours), places(theirs), bytes(&ours[1][5..]));
    for unit in 0..code.len() / 2 {
        if a.get(unit) != b.get(unit) {
            let op = Op::from_u8(code[unit * 2]).map_or("?", Op::name);
            println!("  unit {unit} {op}\n    ours   {:?}\n    theirs {:?}", a.get(unit), b.get(unit));
            return;
        }
    }
}

fn show_code(ours: &str, theirs: &str) {
    let (ours, theirs) = (listing(ours), listing(theirs));
    let at = ours.iter().zip(&theirs).position(|(a, b)| a != b).unwrap_or(ours.len().min(theirs.len()));
    let empty = String::new();
    for i in at.saturating_sub(6)..(at + 8).min(ours.len().max(theirs.len())) {
        let (a, b) = (ours.get(i).unwrap_or(&empty), theirs.get(i).unwrap_or(&empty));
        println!("  {} {i:4} {a:40} {b}", if a == b { " " } else { "*" });
    }
}
