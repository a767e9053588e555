//! `cargo xtask pgo`: the release build once more, guided by a profile of the rows of `tests/bench/rows.py` and of the
//! programs of `tests/programs`. It takes the place of the release build, until cargo builds that again.

use crate::bench;
use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How often each row runs: enough for counts that are no accident, in a build that counts.
const TURNS: &str = "20000";

/// Takes nothing. Needs the component `llvm-tools` of the toolchain.
pub fn run(_: &[String]) -> bool {
    let root = testkit::root();
    let Some(profdata) = profdata() else {
        println!("pgo: llvm-profdata is not there: rustup component add llvm-tools");
        return false;
    };
    let folder = root.join("target/pgo");
    let (raw, profile, order) = (folder.join("raw"), folder.join("taipan.profdata"), folder.join("order"));
    let _ = fs::remove_dir_all(&raw);
    let Some(counting) = build(&root, &folder.join("counting"), &format!("-Cprofile-generate={}", raw.display()))
    else {
        return false;
    };
    quietly(Command::new(&counting).args(["-c", "pass"]));
    let Some(start) = merged(&profdata, &raw, &profile) else { return false };
    train(&root, &counting);
    let Some(all) = merged(&profdata, &raw, &profile) else { return false };
    // What start-up runs lies together, then what else ever ran, so that few pages of the program are read.
    let mut seen = HashSet::new();
    let functions = start.iter().chain(&all).filter(|name| seen.insert(*name));
    if fs::write(&order, functions.flat_map(|name| [name, "\n"]).collect::<String>()).is_err() {
        println!("pgo: {} cannot be written", order.display());
        return false;
    }
    let link = format!("-Clink-arg=-Wl,--no-warn-symbol-ordering,--symbol-ordering-file={}", order.display());
    let guide = format!("-Cprofile-use={} {link}", profile.display());
    let Some(python) = build(&root, &folder.join("guided"), &guide) else {
        return false;
    };
    if !stack_is_flat(&root, &python) {
        println!("pgo: the guided build's native stack grows with a program: a handler's last call is no jump in it");
        return false;
    }
    let place = root.join("target/release/taipan");
    // The old file is another of cargo's, too: it is not written over.
    let _ = fs::create_dir_all(root.join("target/release")).and_then(|()| fs::remove_file(&place));
    if let Err(error) = fs::copy(&python, &place) {
        println!("pgo: {}: {error}", place.display());
        return false;
    }
    println!("pgo: {}", place.display());
    true
}

/// Whether the handlers of this build still jump to each other: what is inlined differs from the plain build's.
fn stack_is_flat(root: &Path, python: &Path) -> bool {
    let program = root.join("tests/programs/language/native_stack.py");
    let expected = fs::read(program.with_extension("out")).unwrap_or_default();
    let output = Command::new(python).arg(&program).stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.status.success() && output.stdout == expected)
}

/// What `rustc --print` tells.
fn told(what: &str) -> Option<String> {
    let output = Command::new("rustc").args(["--print", what]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The toolchain's own `llvm-profdata`: a profile is for one version of LLVM.
fn profdata() -> Option<PathBuf> {
    let tool = Path::new(&told("sysroot")?).join("lib/rustlib").join(told("host-tuple")?).join("bin/llvm-profdata");
    tool.is_file().then_some(tool)
}

/// Puts the counts together; the functions that ran, by their symbols.
fn merged(profdata: &Path, raw: &Path, profile: &Path) -> Option<Vec<String>> {
    let merged = Command::new(profdata).args(["merge", "-o"]).arg(profile).arg(raw).status();
    let shown = Command::new(profdata).args(["show", "--covered"]).arg(profile).output().ok()?;
    if !merged.is_ok_and(|status| status.success()) || !shown.status.success() {
        println!("pgo: the profile could not be put together");
        return None;
    }
    // A symbol that is no other file's business stands behind its file's name.
    let symbol = |line: &str| line.rsplit(';').next().map(str::to_owned);
    Some(String::from_utf8_lossy(&shown.stdout).lines().filter_map(symbol).collect())
}

/// The interpreter built with the flags; where it lies.
fn build(root: &Path, target: &Path, flags: &str) -> Option<PathBuf> {
    let host = told("host-tuple")?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // With a target named, the flags are for the interpreter alone, not for what runs while it is built.
    cargo.current_dir(root).args(["build", "--release", "-p", "python", "--target", &host, "--target-dir"]).arg(target);
    // A program at a fixed place has its tables' addresses in its instructions.
    let flags = format!("{flags} -Crelocation-model=static");
    // What is counted is what is guided: both are built in the same pieces.
    cargo.env("RUSTFLAGS", flags).env("CARGO_INCREMENTAL", "0");
    let good = cargo.status().is_ok_and(|status| status.success());
    good.then(|| target.join(host).join("release/taipan"))
}

/// Runs what people run; how a program ends does not matter here.
fn train(root: &Path, python: &Path) {
    let rows = root.join("tests/bench/rows.py");
    for row in bench::list(python, &rows) {
        quietly(Command::new(python).arg(&rows).args([&row, TURNS]));
    }
    let programs = root.join("tests/programs");
    for folder in ["language", "classes", "builtins", "types", "stdlib"] {
        let Ok(entries) = fs::read_dir(programs.join(folder)) else { continue };
        for program in
            entries.flatten().map(|entry| entry.path()).filter(|path| path.extension() == Some("py".as_ref()))
        {
            quietly(Command::new(python).arg(&program).current_dir(programs.join(folder)));
        }
    }
}

fn quietly(command: &mut Command) {
    let _ = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}
