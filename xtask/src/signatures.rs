//! `cargo xtask signatures`: the names of CPython's native modules and types, their signatures, whether they have a
//! docstring, and what they say of too few, too many and unknown arguments.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::reference;

const SCRIPT: &str = include_str!("signatures.py");
const LIMIT: Duration = Duration::from_secs(120);
/// The share of names that must agree in everything.
const BAR: f64 = 97.0;

const ABSENT: &str = "no such module";

/// What one interpreter says of a name: signature, docstring, errors.
type Facts = [String; 3];

/// `signatures [--python PATH] [--reference PATH] [--missing] [MODULE…]`. Whether every name exists and enough agree.
pub fn run(args: &[String]) -> bool {
    let mut python = testkit::root().join("target/release/taipan");
    let (mut given, mut missing, mut modules) = (None, false, Vec::new());
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--python" => python = rest.next().map(PathBuf::from).unwrap_or(python),
            "--reference" => given = rest.next().map(String::as_str),
            "--missing" => missing = true,
            module => modules.push(module.to_owned()),
        }
    }
    let Some(cpython) = reference::find(given) else {
        println!("signatures: SKIPPED, there is no CPython 3.14 here");
        return true;
    };
    if modules.is_empty() {
        match reference::script(&cpython, SCRIPT, &["--modules"], LIMIT) {
            Ok(list) => modules = list.lines().map(str::to_owned).collect(),
            Err(why) => {
                eprintln!("signatures: {why}");
                return false;
            }
        }
    }
    println!("{:<20} {:>6} {:>8} {:>8} {:>8}", "module", "names", "missing", "agree", "%");
    let (mut names, mut agreeing, mut lost) = (0, 0, 0);
    let mut absent = Vec::new();
    for module in &modules {
        let Ok(theirs) = facts(&cpython, module) else { continue };
        let ours = match facts(&python, module) {
            Ok(ours) => ours,
            Err(why) if why == ABSENT => {
                absent.push(module.as_str());
                continue;
            }
            Err(why) => {
                println!("{module:<20} {why}");
                BTreeMap::new()
            }
        };
        let mut differing = Vec::new();
        let not_there: Vec<&String> = theirs.keys().filter(|name| !ours.contains_key(*name)).collect();
        for (name, facts) in &theirs {
            if ours.get(name).is_some_and(|own| own != facts) {
                differing.push(name);
            }
        }
        let agree = theirs.len() - not_there.len() - differing.len();
        println!(
            "{module:<20} {:>6} {:>8} {agree:>8} {:>8.1}",
            theirs.len(),
            not_there.len(),
            share(agree, theirs.len())
        );
        if missing {
            not_there.iter().for_each(|name| println!("    no {name}"));
            differing.iter().for_each(|name| show(name, &theirs[*name], &ours[*name]));
        }
        (names, agreeing, lost) = (names + theirs.len(), agreeing + agree, lost + not_there.len());
    }
    println!("absent modules: {}", absent.join(" "));
    println!("signatures: {agreeing} of {names} names agree, {:.2} %; {lost} are missing", share(agreeing, names));
    lost == 0 && share(agreeing, names) >= BAR
}

fn share(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all.max(1) as f64
}

fn facts(python: &Path, module: &str) -> Result<BTreeMap<String, Facts>, String> {
    let text = reference::script(python, SCRIPT, &[module], LIMIT)?;
    let mut found = BTreeMap::new();
    for line in text.lines() {
        let mut parts = line.split('\t').map(str::to_owned);
        if let (Some(name), Some(signature), Some(doc), Some(errors)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        {
            found.insert(name, [signature, doc, errors]);
        }
    }
    match text.lines().last() {
        Some("end") => Ok(found),
        Some("absent") => Err(ABSENT.into()),
        last => Err(format!("did not come to its end: {}", last.unwrap_or_default())),
    }
}

/// The facts that differ, theirs first; of the errors only those that do.
fn show(name: &str, theirs: &Facts, ours: &Facts) {
    for (theirs, ours) in theirs.iter().zip(ours).filter(|(a, b)| a != b) {
        let (a, b): (Vec<&str>, Vec<&str>) = (theirs.split(" ; ").collect(), ours.split(" ; ").collect());
        for at in 0..a.len().max(b.len()) {
            let (a, b) = (a.get(at).unwrap_or(&"-"), b.get(at).unwrap_or(&"-"));
            if a != b {
                println!("    {name}: {a} | {b}");
            }
        }
    }
}
