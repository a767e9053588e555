//! `cargo xtask slopes`: how the cost of operations grows with size, beside a CPython 3.14's.
//!
//! Each case runs at three sizes a factor of ten apart; the slope is the power of the size that the time grows with, from
//! the first to the second and from the second to the third. A case whose last slope is above CPython's by more than
//! [`MARGIN`] while it takes longer than CPython's grows faster: the task then fails.

use std::path::PathBuf;
use std::process::{Command, Stdio};

const SCRIPT: &str = include_str!("slopes.py");
/// What times on a busy machine may differ by.
const MARGIN: f64 = 0.25;

/// `slopes [--python PATH] [--reference PATH] [CASE…]`; whether nothing grows faster than CPython's.
pub fn run(args: &[String]) -> bool {
    let mut ours = testkit::root().join("target/release/taipan");
    let mut reference: PathBuf = std::env::var("TAIPAN_REFERENCE").unwrap_or_else(|_| "python3.14".into()).into();
    let mut cases = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--python" => ours = rest.next().into_iter().collect(),
            "--reference" => reference = rest.next().into_iter().collect(),
            case => cases.push(case.to_owned()),
        }
    }
    let (Some(mine), Some(theirs)) = (measure(&ours, &cases), measure(&reference, &cases)) else { return false };
    println!("{:<24} {:>33}  {:>33}  slopes, CPython's", "case", "seconds at 1, 10, 100", "CPython's");
    let mut good = true;
    for (name, times) in &mine {
        let Some((_, other)) = theirs.iter().find(|(known, _)| known == name) else { continue };
        let (slopes, others) = (slopes(times), self::slopes(other));
        let faster = slopes[1] > others[1] + MARGIN && times[2] > other[2];
        good &= !faster;
        println!(
            "{name:<24} {}  {}  {:5.2} {:5.2}  {:5.2} {:5.2}{}",
            shown(times),
            shown(other),
            slopes[0],
            slopes[1],
            others[0],
            others[1],
            if faster { "  GROWS FASTER" } else { "" }
        );
    }
    good
}

fn shown(times: &[f64; 3]) -> String {
    times.map(|t| format!("{:>11}", format!("{:.2} us", t * 1e6))).join("")
}

fn slopes(times: &[f64; 3]) -> [f64; 2] {
    [(times[1] / times[0]).log10(), (times[2] / times[1]).log10()]
}

/// What the script prints under an interpreter.
fn measure(python: &PathBuf, cases: &[String]) -> Option<Vec<(String, [f64; 3])>> {
    let output = Command::new(python).args(["-c", SCRIPT]).args(cases).stderr(Stdio::inherit()).output();
    let output = match output {
        Ok(output) if output.status.success() => output,
        Ok(output) => {
            eprintln!("slopes: {} ended with {}", python.display(), output.status);
            return None;
        }
        Err(error) => {
            eprintln!("slopes: {}: {error}", python.display());
            return None;
        }
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.to_owned();
        let times: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
        Some((name, times.try_into().ok()?))
    };
    Some(text.lines().filter_map(line).collect())
}
