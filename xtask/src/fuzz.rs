//! `cargo xtask fuzz`: random cases of ten kinds on Taipan and on CPython 3.14, side by side. A difference is shown as the
//! first case of its kind that differs; what is mended becomes a program in `tests/programs`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::reference;

const SCRIPT: &str = include_str!("fuzz.py");
/// Cases in a chunk, as the script has it.
const CHUNK: usize = 500;
const LIMIT: Duration = Duration::from_secs(1800);

/// `fuzz [--cases N] [--seed S] [--show N] [--python PATH] [--reference PATH] [KIND…]`. Whether nothing differs.
pub fn run(args: &[String]) -> bool {
    let mut python = testkit::root().join("target/release/taipan");
    let (mut given, mut kinds, mut cases, mut seed, mut show) = (None, Vec::new(), 100_000usize, "1", 3);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let mut value = || rest.next().map(String::as_str).unwrap_or_default();
        match arg.as_str() {
            "--python" => python = PathBuf::from(value()),
            "--reference" => given = Some(value()),
            "--cases" => cases = value().parse().unwrap_or(cases),
            "--seed" => seed = value(),
            "--show" => show = value().parse().unwrap_or(show),
            kind => kinds.push(kind.to_owned()),
        }
    }
    let Some(cpython) = reference::find(given) else {
        println!("fuzz: SKIPPED, there is no CPython 3.14 here");
        return true;
    };
    if kinds.is_empty() {
        match reference::script(&cpython, SCRIPT, &["--kinds"], LIMIT) {
            Ok(list) => kinds = list.lines().map(str::to_owned).collect(),
            Err(why) => {
                eprintln!("fuzz: {why}");
                return false;
            }
        }
    }
    let chunks = cases.div_ceil(CHUNK).to_string();
    let mut same = true;
    for kind in &kinds {
        let both = std::thread::scope(|scope| {
            let theirs = scope.spawn(|| reference::script(&cpython, SCRIPT, &[kind, seed, &chunks], LIMIT));
            let ours = reference::script(&python, SCRIPT, &[kind, seed, &chunks], LIMIT);
            (theirs.join().unwrap_or_else(|_| Err("a thread ended".into())), ours)
        });
        let (theirs, ours) = match both {
            (Ok(theirs), Ok(ours)) => (theirs, ours),
            (theirs, ours) => {
                println!("{kind:<12} theirs: {:?} ours: {:?}", theirs.err(), ours.err());
                same = false;
                continue;
            }
        };
        let differing: Vec<usize> =
            theirs.lines().zip(ours.lines()).enumerate().filter(|(_, (a, b))| a != b).map(|(i, _)| i).collect();
        println!("{kind:<12} {} cases, {} chunks differ", theirs.lines().count() * CHUNK, differing.len());
        for chunk in differing.iter().take(show) {
            first_difference([&cpython, &python], kind, seed, *chunk);
        }
        same &= differing.is_empty() && theirs.lines().count() == ours.lines().count();
    }
    same
}

/// Prints the first case of a chunk that differs.
fn first_difference(interpreters: [&Path; 2], kind: &str, seed: &str, chunk: usize) {
    let number = chunk.to_string();
    let texts = interpreters.map(|python| reference::script(python, SCRIPT, &[kind, seed, "--chunk", &number], LIMIT));
    let [Ok(theirs), Ok(ours)] = texts else {
        println!("    chunk {chunk} cannot be shown");
        return;
    };
    if let Some((at, (theirs, ours))) = theirs.lines().zip(ours.lines()).enumerate().find(|(_, (a, b))| a != b) {
        println!("    {kind} {seed} chunk {chunk} case {at}\n      theirs {theirs}\n      ours   {ours}");
    }
}
