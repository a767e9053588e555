//! Small programs and what they compile to, in `tests/golden/compiler`: a `.py` and a listing beside it.
//!
//! The listings hold everything of a code object and equal CPython 3.14's (`cargo xtask ops --lib` compares). They are
//! written anew when `TAIPAN_UPDATE_GOLDEN` is set.

use std::fmt::Write;
use std::path::Path;

use bytecode::{Code, Const, Op, exceptions, locations};

fn listing(code: &Code, out: &mut String) {
    let list = |names: &mut dyn Iterator<Item = &bytecode::Name>| names.map(|n| format!("{n:?}")).collect::<Vec<_>>();
    writeln!(
        out,
        "code {:?} line {} args {}/{}/{} stack {} flags {:#x}",
        code.qualname,
        code.firstlineno,
        code.argcount,
        code.posonlyargcount,
        code.kwonlyargcount,
        code.stacksize,
        code.flags.0
    )
    .unwrap();
    writeln!(out, "  names  {}", list(&mut code.names.iter()).join(" ")).unwrap();
    writeln!(
        out,
        "  locals {} / {} / {}",
        list(&mut code.varnames()).join(" "),
        list(&mut code.cellvars()).join(" "),
        list(&mut code.freevars()).join(" ")
    )
    .unwrap();
    for (i, value) in code.consts.iter().enumerate() {
        match value {
            Const::Code(inner) => writeln!(out, "  const {i} code {:?}", inner.qualname).unwrap(),
            value => writeln!(out, "  const {i} {value:?}").unwrap(),
        }
    }
    let places: Vec<_> = locations::positions(&code.linetable, code.firstlineno).collect();
    assert_eq!(places.len(), code.units(), "the location table covers the code");
    let (mut unit, mut arg) = (0, 0u32);
    while unit < code.units() {
        let op = Op::from_u8(code.code[unit * 2]).expect("an instruction");
        arg = arg << 8 | u32::from(code.code[unit * 2 + 1]);
        if op == Op::EXTENDED_ARG {
            unit += 1;
            continue;
        }
        let p = places[unit];
        writeln!(out, "  {unit:4} {:35} {arg:5}  {}:{}-{}:{}", op.name(), p.line, p.col, p.end_line, p.end_col)
            .unwrap();
        arg = 0;
        unit += 1 + op.caches();
    }
    assert_eq!(unit, code.units(), "the caches are complete");
    for h in exceptions::handlers(&code.exceptiontable) {
        let lasti = if h.lasti { " lasti" } else { "" };
        writeln!(out, "  guard {}..{} -> {} depth {}{lasti}", h.start, h.end, h.target, h.depth).unwrap();
    }
    for value in &code.consts {
        if let Const::Code(inner) = value {
            listing(inner, out);
        }
    }
}

fn compile(source: &str, optimize: u8) -> Code {
    let parsed = syntax::parse(source, syntax::Mode::Exec).expect("it parses");
    let options = compiler::Options { filename: "golden".into(), optimize, ..Default::default() };
    compiler::compile(&parsed.module, &options).expect("it compiles").code
}

#[test]
fn listings() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/compiler");
    let update = std::env::var_os("TAIPAN_UPDATE_GOLDEN").is_some();
    let mut count = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(&dir).expect("the goldens are there") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|e| e != "py") {
            continue;
        }
        count += 1;
        let source = std::fs::read_to_string(&path).expect("a program");
        let mut ours = String::new();
        listing(&compile(&source, 0), &mut ours);
        let golden = path.with_extension("code");
        if update {
            std::fs::write(&golden, &ours).expect("the golden is written");
        } else if std::fs::read_to_string(&golden).unwrap_or_default() != ours {
            wrong.push(path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default());
        }
    }
    assert!(count > 20, "{count} programs");
    assert!(wrong.is_empty(), "listings differ: {wrong:?}");
}

fn message(source: &str) -> String {
    let parsed = syntax::parse(source, syntax::Mode::Exec).expect("it parses");
    let options = compiler::Options::default();
    compiler::compile(&parsed.module, &options).expect_err("it is refused").message
}

#[test]
fn errors() {
    for (source, expected) in [
        ("return 1", "'return' outside function"),
        ("break", "'break' outside loop"),
        ("continue", "'continue' not properly in loop"),
        ("class A:\n    yield 1", "'yield' outside function"),
        ("def f(): [x async for x in y]", "asynchronous comprehension outside of an asynchronous function"),
        ("lambda: await x", "'await' outside async function"),
        ("async with a: pass", "'async with' outside async function"),
        ("def f():\n    await x", "'await' outside async function"),
        ("def f(a, a): pass", "duplicate argument 'a' in function definition"),
        ("def f():\n    nonlocal x", "no binding for nonlocal 'x' found"),
        ("nonlocal x", "nonlocal declaration not allowed at module level"),
        ("def f(a):\n    global a", "name 'a' is parameter and global"),
        ("def f():\n    x = 1\n    global x", "name 'x' is assigned to before global declaration"),
        ("def f():\n    print(x)\n    global x", "name 'x' is used prior to global declaration"),
        ("[(x := 1) for x in y]", "assignment expression cannot rebind comprehension iteration variable 'x'"),
        (
            "class A:\n    [(x := 1) for y in z]",
            "assignment expression within a comprehension cannot be used in a class body",
        ),
        ("f(a=1, a=2)", "keyword argument repeated: a"),
        ("*a, *b = c", "multiple starred expressions in assignment"),
        ("match x:\n    case y: pass\n    case 1: pass", "name capture 'y' makes remaining patterns unreachable"),
        ("match x:\n    case (a, a): pass", "multiple assignments to name 'a' in pattern"),
        ("match x:\n    case [1] | [b]: pass\n    case _: pass", "alternative patterns bind different names"),
        ("from __future__ import nope", "future feature nope is not defined"),
        ("x = 1\nfrom __future__ import division", "from __future__ imports must occur at the beginning of the file"),
        ("def f():\n    from a import *", "import * only allowed at module level"),
        ("try: pass\nexcept: pass\nexcept A: pass", "default 'except:' must be last"),
        ("def f[T, T](): pass", "duplicate type parameter 'T'"),
        ("def f(x: (yield)): pass", "yield expression cannot be used within an annotation"),
        ("async def f():\n    yield\n    return 1", "'return' with value in async generator"),
        (
            "for x in y:\n    try: pass\n    except* A: break",
            "'break', 'continue' and 'return' cannot appear in an except* block",
        ),
    ] {
        assert_eq!(message(source), expected, "{source}");
    }
}

#[test]
fn warnings() {
    for (source, expected) in [
        ("x is 1", "\"is\" with 'int' literal. Did you mean \"==\"?"),
        ("x is not ()", "\"is not\" with 'tuple' literal. Did you mean \"!=\"?"),
        ("assert (a, b)", "assertion is always true, perhaps remove parentheses?"),
        ("'a' (b)", "'str' object is not callable; perhaps you missed a comma?"),
        ("1 [a]", "'int' object is not subscriptable; perhaps you missed a comma?"),
        ("[1] [2, 3]", "list indices must be integers or slices, not tuple; perhaps you missed a comma?"),
        ("def f():\n  try: pass\n  finally: return", "'return' in a 'finally' block"),
        ("1 (a)", "'int' object is not callable; perhaps you missed a comma?"),
        ("for x in y:\n  try: pass\n  finally: break", "'break' in a 'finally' block"),
    ] {
        let parsed = syntax::parse(source, syntax::Mode::Exec).expect("it parses");
        let compiled = compiler::compile(&parsed.module, &compiler::Options::default()).expect("it compiles");
        let messages: Vec<_> = compiled.warnings.iter().map(|w| w.message.as_str()).collect();
        assert_eq!(messages, [expected], "{source}");
    }
}

#[test]
fn optimisation_levels() {
    let source = "def f():\n    'doc'\n    assert a\n    return __debug__";
    let function = |optimize| match &compile(source, optimize).consts[0] {
        Const::Code(code) => (**code).clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(function(0).consts[0], Const::Str("doc".into()));
    assert!(function(0).consts.contains(&Const::Bool(true)));
    assert!(function(1).names.is_empty());
    assert_eq!(function(2).consts[0], Const::Bool(false));
}

#[test]
fn deep_programs_are_refused_or_compiled() {
    let deep = |open: &str, close: &str, n: usize| format!("{}a{}\n", open.repeat(n), close.repeat(n));
    for (source, fits) in [
        (deep("", "+a", 3000), true),
        (deep("", "+a", 100_000), false),
        (deep("", ".b", 100_000), false),
        (deep("", "()", 100_000), false),
        (deep("-", "", 100_000), false),
        (format!("if a: pass\n{}", "elif a: pass\n".repeat(50_000)), false),
        (deep("not ", "", 100_000), false),
        (deep("a if a else ", "", 20_000), false),
        (deep("lambda: ", "", 50_000), false),
    ] {
        let compiled = syntax::parse(&source, syntax::Mode::Exec)
            .is_ok_and(|parsed| compiler::compile(&parsed.module, &compiler::Options::default()).is_ok());
        assert_eq!(compiled, fits, "{}", &source[..20]);
    }
}
