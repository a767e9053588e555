//! The CPython 3.14 that some tasks hold Taipan against, and scripts that run on both.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A working CPython 3.14: the path given, `TAIPAN_REFERENCE`, `python3.14`, or one that is fetched. `None` if this machine
/// has none.
pub fn find(given: Option<&str>) -> Option<PathBuf> {
    let wanted = given.map(str::to_owned).or_else(|| std::env::var("TAIPAN_REFERENCE").ok());
    if let Some(path) = wanted {
        return works(Path::new(&path)).then(|| PathBuf::from(path));
    }
    if works(Path::new("python3.14")) {
        return Some("python3.14".into());
    }
    let root = testkit::root();
    let folder = root.join("target/reference");
    let fetched = Command::new("sh").arg(root.join("tests/cpython/fetch.sh")).arg(&folder).arg("python").status();
    let path = folder.join("usr/bin/python3.14");
    (fetched.is_ok_and(|status| status.success()) && works(&path)).then_some(path)
}

fn works(python: &Path) -> bool {
    let test = "import sys; sys.exit(sys.version_info[:2] != (3, 14) or sys.implementation.name != 'cpython')";
    let status = Command::new(python).args(["-S", "-c", test]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Runs `script` (its text) with `args`; what it printed, or how it ended.
pub fn script(python: &Path, script: &str, args: &[&str], limit: Duration) -> Result<String, String> {
    let output = run(python, script, args, limit).map_err(|e| format!("{}: {e}", python.display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.lines().rev().find(|line| !line.is_empty()).unwrap_or_default();
    Err(format!("{}: {last}", output.status))
}

/// The script stands in a file: its text is too long for a command line. After `limit` the process is ended.
fn run(python: &Path, script: &str, args: &[&str], limit: Duration) -> std::io::Result<Output> {
    let mut file = tempfile(script.as_bytes())?;
    let (output, errors) = (file.with_extension("out"), file.with_extension("err"));
    let mut child = Command::new(python)
        .args(["-X", "utf8", "-B"])
        .arg(&file)
        .args(args)
        .env("PYTHONHASHSEED", "0")
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&output)?)
        .stderr(std::fs::File::create(&errors)?)
        .spawn()?;
    let started = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if started.elapsed() > limit => child.kill()?,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let output = Output { status, stdout: std::fs::read(&output)?, stderr: std::fs::read(&errors)? };
    for extension in ["py", "out", "err"] {
        file.set_extension(extension);
        let _ = std::fs::remove_file(&file);
    }
    Ok(output)
}

fn tempfile(text: &[u8]) -> std::io::Result<PathBuf> {
    static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("taipan-xtask-{}-{number}.py", std::process::id()));
    std::fs::File::create(&path)?.write_all(text)?;
    Ok(path)
}
