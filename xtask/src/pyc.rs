//! `cargo xtask pyc`: compiled files go both ways between Taipan and a CPython 3.14.
//!
//! CPython compiles its whole library: each code object must pass the verifier. Then programs run without any source: on
//! Taipan from CPython's files, on CPython from Taipan's (`-X pyc=cpython`), and must do what CPython does from source.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bytecode::{Code, Const};

/// Programs: name, and the command line behind the interpreter. `@` is a file of the library, `#` the folder of programs.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("json.tool", &["-m", "json.tool", "#/data.json"]),
    ("unittest grammar", &["-m", "unittest", "test.test_grammar"]),
    ("unittest bisect", &["-m", "unittest", "test.test_bisect"]),
    ("unittest heapq", &["-m", "unittest", "test.test_heapq"]),
    ("unittest textwrap", &["-m", "unittest", "test.test_textwrap"]),
    ("dis", &["-m", "dis", "@/heapq.py"]),
    ("tokenize", &["-m", "tokenize", "@/bisect.py"]),
    ("ast", &["-m", "ast", "@/bisect.py"]),
    ("pickletools", &["-m", "pickletools", "#/data.pickle"]),
    ("calendar", &["-m", "calendar", "2024"]),
    ("pyclbr", &["-m", "pyclbr", "@/queue.py"]),
    ("zipfile", &["-m", "zipfile", "-l", "#/data.zip"]),
    ("program: classes", &["#/classes.pyc"]),
    ("program: generators", &["#/generators.pyc"]),
    ("program: matching", &["#/matching.pyc"]),
];

/// Programs of our own, compiled alone.
const OWN: &[(&str, &str)] = &[
    (
        "classes",
        "class A:\n    def __init__(self, n): self.n = n\n    def __repr__(self): return f'A({self.n!r})'\n    def __lt__(self, o): return self.n < o.n\nclass B(A):\n    def __repr__(self): return 'B' + super().__repr__()\nprint(sorted([B(3), A(1), B(2)]), max(A(5), B(7)))\ntry:\n    A(1) + 2\nexcept TypeError as e:\n    print(e)\n",
    ),
    (
        "generators",
        "import asyncio\ndef tree(n):\n    if n:\n        yield from tree(n - 1)\n        yield n\n        yield from tree(n - 1)\nprint(list(tree(4)), sum(x * x for x in tree(6)))\nasync def work(n):\n    await asyncio.sleep(0)\n    return n * 2\nasync def main():\n    async with asyncio.TaskGroup() as g:\n        tasks = [g.create_task(work(i)) for i in range(5)]\n    print([t.result() for t in tasks], [x async for x in agen()])\nasync def agen():\n    for i in range(3):\n        yield await work(i)\nasyncio.run(main())\n",
    ),
    (
        "matching",
        "import dataclasses\n@dataclasses.dataclass(order=True)\nclass P:\n    x: int\n    y: int = 0\ndef f(v):\n    match v:\n        case P(x, 0): return f'on axis {x}'\n        case P(x=x, y=y) if x == y: return 'diagonal'\n        case [a, *rest]: return a, rest\n        case {'k': k, **more}: return k, more\n        case str() | bytes(): return 'text'\n        case _: return None\nfor v in P(1), P(2, 2), P(1, 2), [1, 2, 3], {'k': 1, 'z': 2}, 'a', 1.5:\n    print(f(v))\ntry:\n    raise ExceptionGroup('g', [ValueError(1), TypeError(2)])\nexcept* ValueError as e:\n    print(e.exceptions)\nexcept* TypeError as e:\n    print(e.exceptions)\n",
    ),
];

/// Scripts of pyperformance that need nothing but the library. Each runs once, with a `pyperf` of our own.
const BENCHMARKS: [&str; 12] = [
    "chaos",
    "deepcopy",
    "deltablue",
    "fannkuch",
    "float",
    "generators",
    "go",
    "nbody",
    "nqueens",
    "pidigits",
    "richards",
    "spectral_norm",
];
const PYPERFORMANCE: &str = "pyperformance==1.13.0";

/// Puts the scripts among the programs; those that are there then. They are fetched by `pip`, whichever Python has it.
fn fetch_benchmarks(programs: &Path, work: &Path) -> Vec<String> {
    let run = |command: &mut Command| {
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let fetched = work.join("pyperformance");
    let options = ["-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", PYPERFORMANCE, "-d"];
    if !run(Command::new("python3").args(options).arg(&fetched)) {
        return Vec::new();
    }
    let wheel = files(&fetched, "whl").pop().unwrap_or_default();
    if !run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(&fetched)) {
        return Vec::new();
    }
    let scripts = fetched.join("pyperformance/data-files/benchmarks");
    let placed = |name: &&str| {
        let from = scripts.join(format!("bm_{name}/run_benchmark.py"));
        fs::copy(from, programs.join(format!("bm_{name}.py"))).is_ok()
    };
    let there: Vec<String> = BENCHMARKS.into_iter().filter(placed).map(str::to_owned).collect();
    match fs::write(programs.join("pyperf.py"), include_str!("pyperf.py")) {
        Ok(()) => there,
        Err(_) => Vec::new(),
    }
}

/// Whether everything agrees; also if there is no CPython 3.14 here.
pub fn run(args: &[String]) -> bool {
    let mut python = std::env::var("TAIPAN_REFERENCE").unwrap_or_else(|_| "python3.14".into());
    let mut taipan = testkit::root().join("target/release/taipan").display().to_string();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--python" => python = rest.next().cloned().unwrap_or_default(),
            "--taipan" => taipan = rest.next().cloned().unwrap_or_default(),
            _ => {
                eprintln!("usage: cargo xtask pyc [--python PATH] [--taipan PATH]");
                return false;
            }
        }
    }
    let Some(library) =
        asked(&python, "import sys, os; assert sys.version_info[:2] == (3, 14); print(os.path.dirname(os.__file__))")
    else {
        println!("pyc: SKIPPED, there is no CPython 3.14 ({python})");
        return true;
    };
    let work = std::env::temp_dir().join(format!("taipan-pyc-{}", std::process::id()));
    let done = both_ways(&python, &taipan, Path::new(&library), &work);
    let _ = fs::remove_dir_all(&work);
    done.unwrap_or_else(|error| {
        println!("pyc: {error}");
        false
    })
}

fn asked(python: &str, program: &str) -> Option<String> {
    let output = Command::new(python).args(["-c", program]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn both_ways(python: &str, taipan: &str, library: &Path, work: &Path) -> Result<bool, String> {
    let (theirs, ours, programs) = (work.join("theirs"), work.join("ours"), work.join("programs"));
    let io = |error: std::io::Error| error.to_string();
    for folder in [&theirs, &ours] {
        fs::create_dir_all(folder).map_err(io)?;
        copy(library, folder, &library.to_string_lossy()).map_err(io)?;
    }
    fs::create_dir_all(&programs).map_err(io)?;
    let made = "import json, pickle, sys, zipfile\nvalue = {'a': [1, 2.5, None, True], 'ü': {'x': 'y' * 50}}\nopen(sys.argv[1] + '/data.json', 'w').write(json.dumps(value))\nopen(sys.argv[1] + '/data.pickle', 'wb').write(pickle.dumps(value, 4))\nwith zipfile.ZipFile(sys.argv[1] + '/data.zip', 'w') as z: z.writestr(zipfile.ZipInfo('a.txt'), 'text')\n";
    if !Command::new(python).args(["-c", made]).arg(&programs).status().map_err(io)?.success() {
        return Err("the programs' data could not be made".into());
    }
    for (name, source) in OWN {
        fs::write(programs.join(name).with_extension("py"), source).map_err(io)?;
    }
    let benchmarks = fetch_benchmarks(&programs, work);
    if benchmarks.len() < BENCHMARKS.len() {
        println!("SKIPPED, could not be fetched: {} scripts of pyperformance", BENCHMARKS.len() - benchmarks.len());
    }
    let benchmarks = benchmarks.into_iter().map(|name| {
        let file = format!("#/bm_{name}.pyc");
        (format!("pyperformance {name}"), vec![file])
    });
    let all =
        PROGRAMS.iter().map(|(name, args)| ((*name).to_owned(), args.iter().map(|arg| (*arg).to_owned()).collect()));
    let all: Vec<(String, Vec<String>)> = all.chain(benchmarks).collect();
    compile(python, &[], &theirs)?;
    compile(taipan, &["-X", "pyc=cpython"], &ours)?;
    let mut good = verified("the library", &theirs);
    let (their_tests, tests) = (library.join("test"), work.join("tests"));
    if their_tests.join("support").exists() {
        fs::create_dir_all(&tests).map_err(io)?;
        copy(&their_tests, &tests, &their_tests.to_string_lossy()).map_err(io)?;
        compile(python, &[], &tests)?;
        good &= verified("its tests", &tests);
    }
    for (name, args) in &all {
        if name.starts_with("unittest") && !library.join("test/support").exists() {
            println!("{name:<24} SKIPPED, this CPython came without its tests");
            continue;
        }
        let args: Vec<String> = args
            .iter()
            .map(|arg| arg.replacen('@', &library.to_string_lossy(), usize::from(arg.starts_with('@'))))
            .map(|arg| arg.replacen('#', &programs.to_string_lossy(), usize::from(arg.starts_with('#'))))
            .collect();
        let from_source: Vec<String> = args.iter().map(|arg| arg.replace(".pyc", ".py")).collect();
        let expected = ran(python, &[], &from_source, None)?;
        compile(python, &[], &programs)?;
        let on_taipan = ran(taipan, &["-X", "pyc=cpython"], &args, Some(&theirs))?;
        compile(taipan, &["-X", "pyc=cpython"], &programs)?;
        let on_cpython = ran(python, &[], &args, Some(&ours))?;
        for (way, outcome) in [("CPython's on Taipan", on_taipan), ("Taipan's on CPython", on_cpython)] {
            let same = outcome == expected;
            good &= same;
            println!("{name:<24} {way:<22} {}", if same { "same" } else { "DIFFERS" });
            if !same {
                let difference = testkit::compare::difference(&outcome, &expected);
                println!("{}", difference.unwrap_or_default());
            }
        }
    }
    Ok(good)
}

/// Copies the sources of a library that programs here may need.
fn copy(from: &Path, to: &Path, library: &str) -> std::io::Result<()> {
    let skip = |path: &Path| {
        let path = path.to_string_lossy();
        let inside = path.strip_prefix(library).unwrap_or(&path);
        // Of the test package what the programs need.
        let needed = ["__init__.py", "support", "typinganndata", "test_grammar.py", "test_bisect.py", "test_heapq.py"];
        let part = inside.strip_prefix("/test/").and_then(|rest| rest.split('/').next());
        let test = part.is_some_and(|part| !needed.contains(&part) && part != "test_textwrap.py");
        let names = ["idlelib", "lib2to3", "turtledemo", "site-packages", "dist-packages", "__pycache__", "tkinter"];
        test || names.iter().any(|name| inside.split('/').any(|part| part == *name))
    };
    for entry in fs::read_dir(from)?.flatten() {
        let path = entry.path();
        let target = to.join(entry.file_name());
        if skip(&path) {
            continue;
        }
        if path.is_dir() {
            fs::create_dir_all(&target)?;
            copy(&path, &target, library)?;
        } else if path.is_file() && path.extension().is_some_and(|e| e == "py") {
            // Not what links to nowhere.
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// Compiles a folder's sources to files beside them, and removes the sources of a library.
fn compile(python: &str, options: &[&str], folder: &Path) -> Result<(), String> {
    let mut command = Command::new(python);
    command.args(options).args(["-m", "compileall", "-b", "-f", "-q", "-q"]).arg(folder);
    // Some files of the test package are not meant to be compiled.
    command.env("PYTHONDONTWRITEBYTECODE", "1").stdout(Stdio::null()).status().map_err(|e| format!("{python}: {e}"))?;
    if !folder.ends_with("programs") {
        for path in files(folder, "py") {
            fs::remove_file(path).map_err(|e| e.to_string())?;
        }
    }
    Ok(())
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found
}

/// Whether the verifier takes all that CPython's compiler made of these files.
fn verified(what: &str, folder: &Path) -> bool {
    let (checked, refused) = verify(folder);
    println!("{checked} code objects of CPython's compiler, {what}: {} refused by the verifier", refused.len());
    refused.iter().take(10).for_each(|problem| println!("    {problem}"));
    refused.is_empty()
}

/// How many code objects were looked at, and what is wrong with which.
fn verify(folder: &Path) -> (usize, Vec<String>) {
    let (mut checked, mut problems) = (0, Vec::new());
    for path in files(folder, "pyc") {
        let bytes = fs::read(&path).unwrap_or_default();
        let body = match bytecode::pyc::split(&bytes) {
            Ok((_, _, body)) => body,
            Err(refused) => {
                problems.push(format!("{}: {refused:?}", path.display()));
                continue;
            }
        };
        match bytecode::marshal::load(body) {
            Ok(code) => each(&code, &mut |code| {
                checked += 1;
                if let Err(why) = bytecode::verify::verify(code) {
                    problems.push(format!("{}: {why}", path.display()));
                }
            }),
            Err(error) => problems.push(format!("{}: {error:?}", path.display())),
        }
    }
    (checked, problems)
}

fn each(code: &Code, look: &mut dyn FnMut(&Code)) {
    look(code);
    for value in &code.consts {
        if let Const::Code(inner) = value {
            each(inner, look);
        }
    }
}

fn without_addresses(text: &str) -> String {
    let mut parts = text.split(" at 0x");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(" at 0x…");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    out
}

/// What a program printed and how it ended; what differs from run to run is left out.
fn ran(python: &str, options: &[&str], args: &[String], library: Option<&Path>) -> Result<String, String> {
    let mut command = Command::new(python);
    command.args(options).args(args).stdin(Stdio::null());
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHON_COLORS", "0").env_remove("PYTHONPATH");
    if let Some(library) = library {
        command.env("PYTHONPATH", library);
    }
    let output = command.output().map_err(|error| format!("{python}: {error}"))?;
    let mut text = without_addresses(&String::from_utf8_lossy(&output.stdout));
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        // A test module's result; which of its tests are skipped is an interpreter's own affair.
        if let Some((count, _)) = line.strip_prefix("Ran ").and_then(|line| line.split_once(" in ")) {
            text.push_str(count);
        } else if line.starts_with("OK") || line.starts_with("FAILED") {
            text.push_str(line.split(' ').next().unwrap_or_default());
        }
    }
    Ok(format!("{text}\nexit status {:?}\n", output.status.code()))
}
