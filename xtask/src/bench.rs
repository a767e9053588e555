//! `cargo xtask bench`: how many instructions a turn of each row of `tests/bench/rows.py` takes.
//!
//! Times are noisy, instructions are not: valgrind's cachegrind counts them, once with few turns and once with many. The
//! ledger `tests/bench/instructions.txt` holds what they were; a row that grows by more than 3 % fails.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Turns of the short run of a row, and how many more a first long one has: what start-up and warming up cost is in both.
const FEW: u64 = 600;
const MORE: u64 = 1000;
/// Instructions that lie between the runs whose difference is told: start-up differs by some ten thousand from run to run.
const BETWEEN: f64 = 20e6;
/// Growth of a row that fails, as a share.
const GROWTH: f64 = 0.03;
/// What is counted for every change.
const QUICK: [&str; 8] =
    ["attribute", "call_plain", "dict_get_set", "f_string", "generator", "int_arithmetic", "list_index", "many_shapes"];

/// `bench [--quick] [--write] [--against PYTHON] [--python PATH] [ROW…]`; whether no row grew.
pub fn run(args: &[String]) -> bool {
    let root = testkit::root();
    let mut python = root.join("target/release/taipan");
    let (mut other, mut write, mut wanted) = (None, false, Vec::new());
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--quick" => wanted.extend(QUICK.map(str::to_owned)),
            "--write" => write = true,
            "--python" => python = rest.next().map(PathBuf::from).unwrap_or(python),
            "--against" => other = rest.next().map(PathBuf::from),
            row => wanted.push(row.to_owned()),
        }
    }
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|out| out.status.success()) {
        println!("bench: SKIPPED, valgrind is not installed here");
        return true;
    }
    let rows = root.join("tests/bench/rows.py");
    if wanted.is_empty() {
        wanted = list(&python, &rows);
    }
    let ledger = root.join("tests/bench/instructions.txt");
    let mut known = read(&ledger);
    let counts = count_all(&python, &rows, &wanted);
    let others = other.map(|other| count_all(&other, &rows, &wanted)).unwrap_or_default();
    let mut good = true;
    for row in &wanted {
        let Some(&now) = counts.get(row) else {
            println!("{row:<24} could not be counted");
            good = false;
            continue;
        };
        let before = known.get(row).copied();
        let change = before.map_or(0.0, |before| now / before - 1.0);
        let grew = change > GROWTH;
        let beside = others.get(row).map(|count| format!("  {:5.2} of the other's {count:.0}", now / count));
        println!(
            "{row:<24} {now:>10.1} {:>+7.1} %{}{}",
            change * 100.0,
            beside.unwrap_or_default(),
            if grew { "  GREW" } else { "" }
        );
        good &= !grew || write;
        known.insert(row.clone(), now);
    }
    if write {
        let lines: String = known.iter().map(|(row, count)| format!("{row} {count:.1}\n")).collect();
        let text = format!("# Instructions a turn of each row takes, written by `cargo xtask bench --write`.\n{lines}");
        fs::write(&ledger, text).expect("the ledger can be written");
    }
    good
}

/// The names of the rows.
pub fn list(python: &Path, rows: &Path) -> Vec<String> {
    let out = Command::new(python).arg(rows).output().expect("the release build is there");
    String::from_utf8_lossy(&out.stdout).split_whitespace().map(str::to_owned).collect()
}

fn read(ledger: &Path) -> BTreeMap<String, f64> {
    let text = fs::read_to_string(ledger).unwrap_or_default();
    let pairs = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '));
    pairs.filter_map(|(row, count)| Some((row.to_owned(), count.parse().ok()?))).collect()
}

/// Instructions per turn of each row; rows that fail are missing.
fn count_all(python: &Path, rows: &Path, wanted: &[String]) -> BTreeMap<String, f64> {
    let queue = Mutex::new(wanted.iter());
    let counts = Mutex::new(BTreeMap::new());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some(row) = queue.lock().expect("no worker panics").next() else { break };
                    if let Some(each) = count_turn(python, rows, row) {
                        counts.lock().expect("no worker panics").insert(row.clone(), each);
                    }
                }
            });
        }
    });
    counts.into_inner().expect("no worker panics")
}

/// Instructions of a turn of a row.
fn count_turn(python: &Path, rows: &Path, row: &str) -> Option<f64> {
    let few = count(python, rows, row, FEW)?;
    let each = (count(python, rows, row, FEW + MORE)? - few) / MORE as f64;
    let more = (BETWEEN / each.max(1.0)) as u64;
    if more <= MORE {
        return Some(each);
    }
    Some((count(python, rows, row, FEW + more)? - few) / more as f64)
}

/// Instructions of a whole run.
fn count(python: &Path, rows: &Path, row: &str, turns: u64) -> Option<f64> {
    let out = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(python)
        .arg(rows)
        .args([row, &turns.to_string()])
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .ok()?;
    let report = String::from_utf8_lossy(&out.stderr);
    let line = report.lines().find(|line| line.contains("I   refs") || line.contains("I refs"))?;
    out.status.success().then(|| line.rsplit(' ').next()?.replace(',', "").parse().ok())?
}
