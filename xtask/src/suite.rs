//! `cargo xtask suite`: the part of CPython's own test suite that must pass.
//!
//! The ledger `tests/cpython/must-pass.txt` names modules, one a line; every test of such a module passes or is skipped
//! by the module itself, but for the exceptions that are listed with their reason: `module -test.id reason`. It only grows. The tests themselves are fetched, they are no part of the repository.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(180);

/// `suite [--all | MODULE…] [--python PATH]`; without modules those of the ledger. Whether all passed.
pub fn run(args: &[String]) -> bool {
    let root = testkit::root();
    let mut python = root.join("target/release/taipan");
    let mut wanted: Vec<String> = Vec::new();
    let ledger = fs::read_to_string(root.join("tests/cpython/must-pass.txt")).expect("the ledger is readable");
    let ledger = Ledger::read(&ledger);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match (arg.as_str(), rest.as_slice()) {
            ("--python", [path, ..]) => {
                python = PathBuf::from(path);
                rest.next();
            }
            _ => wanted.push(arg.clone()),
        }
    }
    if wanted.is_empty() {
        wanted.clone_from(&ledger.modules);
    }
    let lib = match std::env::var_os("CPYTHON_TESTS") {
        Some(folder) => PathBuf::from(folder),
        None => root.join("target/cpython"),
    };
    let fetched = Command::new("sh").arg(root.join("tests/cpython/fetch.sh")).arg(&lib).status();
    if !fetched.is_ok_and(|status| status.success()) {
        println!("suite: SKIPPED, CPython's tests could not be fetched here ({} modules)", wanted.len());
        return true;
    }
    let queue = Mutex::new(wanted.iter());
    let failed = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (queue, failed, python, lib, ledger) = (&queue, &failed, &python, &lib, &ledger);
            scope.spawn(move || {
                loop {
                    let Some(module) = queue.lock().expect("no worker panics").next() else { break };
                    let started = Instant::now();
                    let outcome = run_module(python, lib, module, worker, &ledger.excepted);
                    let seconds = started.elapsed().as_secs_f64();
                    match outcome {
                        Ok(()) => println!("{module:<32} ok {seconds:6.1} s"),
                        Err(why) => {
                            println!("{module:<32} FAILED {seconds:6.1} s\n{why}");
                            failed.lock().expect("no worker panics").push(module.clone());
                        }
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no worker panics");
    println!("suite: {} of {} modules pass", wanted.len() - failed.len(), wanted.len());
    failed.is_empty()
}

/// What must pass.
#[derive(Default)]
struct Ledger {
    modules: Vec<String>,
    /// Tests that may fail.
    excepted: HashSet<String>,
}

impl Ledger {
    fn read(text: &str) -> Ledger {
        let mut ledger = Ledger::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut words = line.split_whitespace();
            let module = words.next().unwrap_or_default();
            match words.next().and_then(|word| word.strip_prefix('-')) {
                Some(test) => _ = ledger.excepted.insert(test.to_owned()),
                None => ledger.modules.push(module.to_owned()),
            }
        }
        ledger
    }
}

/// The tests that failed, by what unittest prints of them: `FAIL: name (test.module.Class.name)`.
fn failures(output: &str) -> HashSet<String> {
    let heads = output.lines().filter_map(|line| line.strip_prefix("FAIL: ").or_else(|| line.strip_prefix("ERROR: ")));
    heads
        .filter_map(|head| {
            let (name, rest) = head.split_once(" (")?;
            let id = rest.split_once(')')?.0;
            // A doctest's parenthesis holds its module alone.
            Some(if id.ends_with(name) { id.to_owned() } else { format!("{id}.{name}") })
        })
        .collect()
}

/// Runs one module in a process and a folder of its own; the end of what it printed if it fails.
fn run_module(
    python: &Path,
    lib: &Path,
    module: &str,
    worker: usize,
    excepted: &HashSet<String>,
) -> Result<(), String> {
    let folder = std::env::temp_dir().join(format!("taipan-suite-{}-{worker}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let log = folder.join("log");
    let output = File::create(&log).map_err(|e| e.to_string())?;
    let errors = output.try_clone().map_err(|e| e.to_string())?;
    let mut child = Command::new(python)
        .args(["-m", "unittest", "-q", &format!("test.{module}")])
        .env("PYTHONPATH", lib)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(|e| format!("{}: {e}", python.display()))?;
    let started = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) => break status,
            None if started.elapsed() > LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("    no end after {} s", LIMIT.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let text = String::from_utf8_lossy(&fs::read(&log).unwrap_or_default()).into_owned();
    let _ = fs::remove_dir_all(&folder);
    // 5: no test ran, as where all are skipped.
    if status.success() || status.code() == Some(5) {
        return Ok(());
    }
    let failed = failures(&text);
    if status.code() == Some(1) && !failed.is_empty() && failed.is_subset(excepted) {
        return Ok(());
    }
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(12)..].iter().map(|line| format!("    {line}\n")).collect::<String>();
    Err(format!("    {status}\n{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_and_the_failures() {
        let ledger = Ledger::read("# about\n\ntest_a\ntest_b\ntest_b  -test.test_b.C.test_x  a reason\n");
        assert_eq!(ledger.modules, ["test_a", "test_b"]);
        let printed = "FAIL: test_x (test.test_b.C.test_x) [sub (1)]\nTraceback\nERROR: f (pkg)\nDoctest: pkg.f\n";
        let failed = failures(printed);
        assert_eq!(failed, HashSet::from(["test.test_b.C.test_x".to_owned(), "pkg.f".to_owned()]));
        assert!(!failed.is_subset(&ledger.excepted));
        assert!(failures("FAIL: test_x (test.test_b.C.test_x)").is_subset(&ledger.excepted));
    }
}
