//! Python programs with their expected output: `tests/programs/<area>/<name>.py`.
//!
//! What a program is expected to do stands in it as comments, or beside it in `<name>.out`:
//!
//! ```text
//! print(1 + 1)          # expect: 2              the n-th of these is the n-th line of standard output
//! 1 / 0                 # expect-error: ZeroDivisionError: division by zero     a line of standard error
//! # status: 3           the exit status; 1 where an error is expected, 0 otherwise
//! # args: -O -W error   options before the program's name
//! # stdin: text         a line of standard input
//! # skip: reason        not run
//! # only: linux         run on this system only
//! # once: reason         run on the first tier only
//! ```
//!
//! `TAIPAN_PYTHON=/path/to/python` runs them with another interpreter: expectations must hold for CPython too.
//! `UPDATE_GOLDEN=1` writes `.out` files anew. `TAIPAN_TIERS` names the tiers to run, see [`TIERS`].

use crate::compare::difference;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Each program runs once for each of these: name, and the options that choose it.
pub const TIERS: &[(&str, &[&str])] =
    &[("interpreter", &[]), ("stress", &["-X", "gc-stress=500", "-X", "verify-heap"])];

/// How long a program may take.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// What a program is expected to do.
#[derive(Debug, Default, PartialEq)]
pub struct Expectation {
    /// Standard output, where anything is said about it.
    pub output: Option<String>,
    /// Lines that standard error must have.
    pub errors: Vec<String>,
    /// Exit status.
    pub status: i32,
    /// Options before the program's name.
    pub args: Vec<String>,
    /// Standard input.
    pub stdin: String,
    /// Why it is not run.
    pub skip: Option<String>,
    /// Why it is run on one tier only.
    pub once: Option<String>,
}

impl Expectation {
    /// Reads the comments of a program.
    pub fn read(source: &str) -> Expectation {
        let mut found = Expectation::default();
        let mut status = None;
        for line in source.lines() {
            if let Some(text) = comment(line, "expect") {
                let output = found.output.get_or_insert_default();
                output.push_str(text);
                output.push('\n');
            } else if let Some(text) = comment(line, "expect-error") {
                found.errors.push(text.to_owned());
            } else if let Some(text) = comment(line, "status") {
                status = text.parse().ok();
            } else if let Some(text) = comment(line, "args") {
                found.args = text.split_whitespace().map(str::to_owned).collect();
            } else if let Some(text) = comment(line, "stdin") {
                found.stdin.push_str(text);
                found.stdin.push('\n');
            } else if let Some(text) = comment(line, "skip") {
                found.skip = Some(text.to_owned());
            } else if let Some(text) = comment(line, "once") {
                found.once = Some(text.to_owned());
            } else if let Some(text) = comment(line, "only").filter(|text| *text != std::env::consts::OS) {
                found.skip = Some(format!("only for {text}"));
            }
        }
        found.status = status.unwrap_or(i32::from(!found.errors.is_empty()));
        found
    }
}

/// The text after `# word: `; an empty text may leave out the space.
fn comment<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.match_indices("# ").find_map(|(at, _)| {
        let text = line[at + 2..].strip_prefix(word)?.strip_prefix(':')?;
        Some(text.strip_prefix(' ').unwrap_or(text))
    })
}

/// One program to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// `area/name`
    pub name: String,
    /// The file.
    pub file: PathBuf,
}

/// Every program under `folder`, in order of names.
pub fn find(folder: &Path) -> Vec<Program> {
    let mut found = Vec::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(next) = todo.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let file = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            // Names that begin with `_` or lie in such folders are parts of other programs.
            if name.starts_with(['_', '.']) {
                continue;
            }
            if file.is_dir() {
                todo.push(file);
            } else if file.extension().is_some_and(|e| e == "py") {
                let name = file.strip_prefix(folder).unwrap_or(&file).with_extension("");
                found.push(Program { name: name.to_string_lossy().into_owned(), file });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// What a program did.
struct Ran {
    output: String,
    errors: String,
    status: Option<i32>,
}

/// Runs a program and compares. `Ok(Some(reason))` says that it was skipped.
pub fn run(python: &Path, options: &[&str], program: &Program) -> Result<Option<String>, String> {
    let source = fs::read(&program.file).map_err(|error| error.to_string())?;
    let mut expected = Expectation::read(&String::from_utf8_lossy(&source));
    let once = expected.once.take().filter(|_| !options.is_empty());
    if let Some(reason) = expected.skip.take().or(once) {
        return Ok(Some(reason));
    }
    let golden = program.file.with_extension("out");
    if golden.exists() && expected.output.is_none() {
        expected.output = Some(fs::read_to_string(&golden).map_err(|error| error.to_string())?);
    }
    let ran = start(python, options, &expected, &program.file)?;
    let mut problems = Vec::new();
    if let Some(output) = expected.output.as_ref().filter(|output| **output != ran.output) {
        if golden.exists() && std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &ran.output).map_err(|error| error.to_string())?;
        } else {
            problems.push(format!("standard output: {}", difference(&ran.output, output).unwrap_or_default()));
        }
    }
    for line in &expected.errors {
        if !ran.errors.lines().any(|found| found.trim_start() == line.trim_start()) {
            problems.push(format!("standard error has no line `{line}`"));
        }
    }
    if ran.status != Some(expected.status) {
        let status = ran.status.map_or("a signal".to_owned(), |status| status.to_string());
        problems.push(format!("it ended with {status}, expected {}", expected.status));
    }
    if problems.is_empty() {
        return Ok(None);
    }
    if !ran.errors.is_empty() {
        let lines: Vec<&str> = ran.errors.lines().collect();
        let last = lines[lines.len().saturating_sub(25)..].join("\n");
        problems.push(format!("standard error:\n{last}"));
    }
    Err(problems.join("\n"))
}

fn start(python: &Path, options: &[&str], expected: &Expectation, file: &Path) -> Result<Ran, String> {
    let fail = |error: std::io::Error| format!("{}: {error}", python.display());
    let mut command = Command::new(python);
    command.args(options).args(&expected.args).arg(file);
    if let Some(folder) = file.parent() {
        command.current_dir(folder);
    }
    // Programs see the same world everywhere.
    for name in ["PYTHONPATH", "PYTHONSTARTUP", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONINSPECT"] {
        command.env_remove(name);
    }
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONIOENCODING", "utf-8").env("PYTHON_COLORS", "0");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(fail)?;
    let mut input = child.stdin.take();
    let given = expected.stdin.clone();
    let writer = std::thread::spawn(move || {
        if let Some(input) = &mut input {
            // A program that does not read its input is not wrong.
            let _ = input.write_all(given.as_bytes());
        }
    });
    let readers = (read_all(child.stdout.take()), read_all(child.stderr.take()));
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    let status = loop {
        match child.try_wait().map_err(fail)? {
            Some(status) => break status,
            None if started.elapsed() > TIME_LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it ran for more than {} s", TIME_LIMIT.as_secs()));
            }
            None => std::thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    let _ = writer.join();
    let text = |reader: Reader| reader.join().unwrap_or_default();
    Ok(Ran { output: text(readers.0), errors: text(readers.1), status: status.code() })
}

type Reader = std::thread::JoinHandle<String>;

fn read_all(pipe: Option<impl std::io::Read + Send + 'static>) -> Reader {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The test binary: every program under `folder` on every tier. Ends the process.
pub fn main(python: &Path, folder: &Path) -> ! {
    let arguments = libtest_mimic::Arguments::from_args();
    let other = std::env::var_os("TAIPAN_PYTHON").map(PathBuf::from);
    let wanted = std::env::var("TAIPAN_TIERS").ok();
    let mut trials = Vec::new();
    for (tier, options) in TIERS {
        if wanted.as_ref().is_some_and(|wanted| !wanted.split(',').any(|each| each == *tier)) {
            continue;
        }
        // Another interpreter has one tier.
        let options: &'static [&'static str] = if other.is_some() { &[] } else { options };
        for program in find(folder) {
            let python = other.clone().unwrap_or_else(|| python.to_owned());
            let trial = libtest_mimic::Trial::test(program.name.clone(), move || {
                run(&python, options, &program).map(drop).map_err(Into::into)
            });
            trials.push(trial.with_kind(*tier));
        }
        if other.is_some() {
            break;
        }
    }
    libtest_mimic::run(&arguments, trials).exit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_read() {
        let source =
            "print('a')  # expect: a\nprint()  # expect:\nprint(' b')  # expect:  b\n# stdin: x\n# args: -O -B\n";
        let found = Expectation::read(source);
        assert_eq!(found.output.as_deref(), Some("a\n\n b\n"));
        assert_eq!(
            (found.status, found.stdin.as_str(), found.args),
            (0, "x\n", vec!["-O".to_owned(), "-B".to_owned()])
        );
        let found = Expectation::read("1/0  # expect-error: ZeroDivisionError: division by zero\n");
        assert_eq!((found.status, found.errors.len(), found.output), (1, 1, None));
        assert_eq!(Expectation::read("# status: 3").status, 3);
        assert_eq!(Expectation::read("# once: slow").once.as_deref(), Some("slow"));
        assert_eq!(Expectation::read("# only: plan9").skip.as_deref(), Some("only for plan9"));
        assert_eq!(Expectation::read("x = '#expect: no'\n# expected: no"), Expectation::default());
    }

    #[test]
    fn outcomes_are_compared() {
        // The shell stands in for an interpreter.
        let folder = std::env::temp_dir().join(format!("programs-{}", std::process::id()));
        fs::create_dir_all(folder.join("area")).unwrap();
        for (name, source, expected) in [
            ("good", "echo a # expect: a", Ok(None)),
            ("input", "# stdin: line\ncat # expect: line", Ok(None)),
            ("bad", "echo b # expect: a", Err("- a\n")),
            ("status", "exit 3 # status: 3", Ok(None)),
            ("ends", "exit 3", Err("ended with 3, expected 0")),
            ("error", "echo Oops: x >&2; exit 1 # expect-error: Oops: x", Ok(None)),
            ("silent", "exit 1 # expect-error: Oops: x", Err("no line `Oops: x`")),
            ("skipped", "exit 1 # skip: why", Ok(Some("why"))),
        ] {
            let file = folder.join("area").join(name).with_extension("py");
            fs::write(&file, format!("{source}\n")).unwrap();
            let program = Program { name: name.to_owned(), file };
            match (run(Path::new("/bin/sh"), &[], &program), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.as_deref(), expected, "{name}"),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{name}: {found}"),
                (found, expected) => panic!("{name}: {found:?}, expected {expected:?}"),
            }
        }
        let names: Vec<_> = find(&folder).into_iter().map(|program| program.name).collect();
        assert_eq!((names.len(), names[0].as_str()), (8, "area/bad"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
