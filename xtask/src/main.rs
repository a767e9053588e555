//! The project's own tasks: `cargo xtask <task>`.

mod bench;
mod fuzz;
mod ops;
mod pgo;
mod pyc;
mod reference;
mod signatures;
mod slopes;
mod suite;

/// Name, what it takes, and what does it; whether all was well.
type Task = (&'static str, &'static str, fn(&[String]) -> bool);

const TASKS: &[Task] = &[
    ("bench", "[--quick] [--write] [--against PYTHON] [--python PATH] [ROW...]", bench::run),
    ("fuzz", "[--cases N] [--seed S] [--show N] [--python PATH] [--reference PATH] [KIND...]", fuzz::run),
    ("ops", "[--ast|--lib] [--python PATH] [--show N] [--dir DIR] [file...]", ops::run),
    ("pgo", "", pgo::run),
    ("pyc", "[--python PATH] [--taipan PATH]", pyc::run),
    ("signatures", "[--python PATH] [--reference PATH] [--missing] [MODULE...]", signatures::run),
    ("slopes", "[--python PATH] [--reference PATH] [CASE...]", slopes::run),
    ("suite", "[--python PATH] [MODULE...]", suite::run),
    ("tidy", "", tidy),
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let task = args.split_first().and_then(|(name, rest)| Some((TASKS.iter().find(|task| task.0 == name)?, rest)));
    let Some((&(_, _, run), rest)) = task else {
        eprintln!("usage: cargo xtask TASK [ARGUMENT...]");
        TASKS.iter().for_each(|(name, takes, _)| eprintln!("  {name} {takes}"));
        std::process::exit(1);
    };
    std::process::exit(if run(rest) { 0 } else { 1 });
}

/// Prints where the rules of the house are broken.
fn tidy(_: &[String]) -> bool {
    let problems = testkit::tidy::check(&testkit::root());
    problems.iter().for_each(|problem| println!("{problem}"));
    problems.is_empty()
}
