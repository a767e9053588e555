//! The command line, by CPython's own grammar (`getopt`-like clusters; everything after `-c`, `-m` or a file is the
//! program's).

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use vm::context::Config;

/// What to run.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Command(OsString),
    Module(OsString),
    File(OsString),
    Stdin,
}

/// A parsed command line.
#[derive(Debug)]
pub struct Plan {
    pub config: Config,
    pub what: What,
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Parsed {
    Run(Box<Plan>),
    /// Print this and be done (`--version`, `--help`).
    Print(String),
}

const USAGE: &str = "usage: taipan [option] ... [-c cmd | -m mod | file | -] [arg] ...";

const OPTIONS: &str = "Options (and corresponding environment variables):
-b     : issue warnings about converting bytes/bytearray to str and comparing
         bytes/bytearray with str or bytes with int; also PYTHONBYTESWARNING=x
         (-bb: issue errors)
-B     : don't write .pyc files on import; also PYTHONDONTWRITEBYTECODE=x
-c cmd : program passed in as string (terminates option list)
-d     : turn on parser debugging output; also PYTHONDEBUG=x
-E     : ignore PYTHON* environment variables (such as PYTHONPATH)
-h     : print this help message and exit (also -? or --help)
-i     : inspect interactively after running script; also PYTHONINSPECT=x
-I     : isolate Python from the user's environment (implies -E, -P and -s)
-m mod : run library module as a script (terminates option list)
-O     : remove assert and __debug__-dependent statements; also PYTHONOPTIMIZE=x
-OO    : do -O changes and also discard docstrings
-P     : don't prepend a potentially unsafe path to sys.path
-q     : don't print version and copyright messages on interactive startup
-s     : don't add user site directory to sys.path; also PYTHONNOUSERSITE=x
-S     : don't imply 'import site' on initialization
-u     : force the stdout and stderr streams to be unbuffered
-v     : verbose (trace import statements); also PYTHONVERBOSE=x
-V     : print the Python version number and exit (also --version)
-W arg : warning control; arg is action:message:category:module:lineno
-X opt : set implementation-specific option
file   : program read from script file
-      : program read from stdin
arg ...: arguments passed to program in sys.argv[1:]";

/// Why nothing is run, and the exit code.
#[derive(Debug)]
pub struct Refusal {
    pub message: String,
    pub code: u8,
}

fn misused(problem: &str) -> Refusal {
    Refusal { message: format!("{problem}\n{USAGE}\nTry `taipan -h' for more information."), code: 2 }
}

fn fatal(problem: &str) -> Refusal {
    Refusal { message: format!("Fatal Python error: {problem}"), code: 1 }
}

/// Parses the arguments, `args[0]` being the program.
pub fn parse(args: &[OsString]) -> Result<Parsed, Refusal> {
    let mut config = Config { orig_argv: args.to_vec(), ..Config::default() };
    let mut at = 1;
    let mut what = What::Stdin;
    'options: while let Some(arg) = args.get(at) {
        if arg == "-" {
            at += 1;
            break;
        }
        if arg == "--" {
            at += 1;
            if let Some(file) = args.get(at) {
                what = What::File(file.clone());
            }
            break;
        }
        let shown = arg.to_string_lossy();
        if let Some(long) = shown.strip_prefix("--") {
            match long {
                "version" => return Ok(Parsed::Print(version())),
                "help" | "help-all" => return Ok(Parsed::Print(format!("{USAGE}\n{OPTIONS}"))),
                _ => return Err(misused(&format!("Unknown option: --{long}"))),
            }
        }
        let Some(cluster) = arg.as_bytes().strip_prefix(b"-") else {
            what = What::File(arg.clone());
            break;
        };
        at += 1;
        for (i, c) in cluster.iter().map(|b| *b as char).enumerate() {
            let rest = OsStr::from_bytes(&cluster[i + 1..]);
            // An option's value is the rest of the cluster, or the next argument.
            let mut value = || -> Result<OsString, Refusal> {
                if !rest.is_empty() {
                    return Ok(rest.to_owned());
                }
                at += 1;
                args.get(at - 1).cloned().ok_or_else(|| misused(&format!("Argument expected for the -{c} option")))
            };
            match c {
                'c' => {
                    what = What::Command(value()?);
                    break 'options;
                }
                'm' => {
                    what = What::Module(value()?);
                    break 'options;
                }
                'W' => {
                    let warning = value()?;
                    config.warnoptions.push(warning.to_string_lossy().into_owned());
                    break;
                }
                'X' => {
                    let option = value()?;
                    set_x(&mut config, &option.to_string_lossy())?;
                    break;
                }
                'b' => config.bytes_warning += 1,
                'B' => config.dont_write_bytecode = true,
                'd' => config.debug += 1,
                'E' => config.ignore_environment = true,
                'h' | '?' => return Ok(Parsed::Print(format!("{USAGE}\n{OPTIONS}"))),
                'i' => {
                    config.inspect += 1;
                    config.interactive += 1;
                }
                'I' => {
                    config.isolated = true;
                    config.ignore_environment = true;
                    config.no_user_site = true;
                    config.safe_path = true;
                }
                'O' => config.optimize += 1,
                'P' => config.safe_path = true,
                'q' => config.quiet = true,
                's' => config.no_user_site = true,
                'S' => config.no_site = true,
                'u' => config.unbuffered = true,
                'v' => config.verbose += 1,
                'V' => return Ok(Parsed::Print(version())),
                'R' => config.random_hashes = true,
                't' | 'x' => {}
                _ => return Err(misused(&format!("Unknown option: -{c}"))),
            }
        }
    }
    let rest = args.get(at..).unwrap_or_default();
    config.argv = match &what {
        What::Command(_) => std::iter::once("-c".into()).chain(rest.iter().cloned()).collect(),
        What::Module(_) => std::iter::once("-m".into()).chain(rest.iter().cloned()).collect(),
        What::File(_) => rest.to_vec(),
        What::Stdin if args.get(at - 1).is_some_and(|a| a == "-") => {
            std::iter::once("-".into()).chain(rest.iter().cloned()).collect()
        }
        What::Stdin => vec![OsString::new()],
    };
    environment(&mut config)?;
    locale(&mut config);
    Ok(Parsed::Run(Box::new(Plan { config, what })))
}

fn set_x(config: &mut Config, option: &str) -> Result<(), Refusal> {
    let (name, value) = match option.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (option, None),
    };
    match (name, value.as_deref()) {
        ("dev", _) => config.dev_mode = true,
        ("utf8", value) => match value {
            None | Some("" | "1") => config.utf8 = Some(true),
            Some("0") => config.utf8 = Some(false),
            Some(_) => return Err(fatal("preconfig_init_utf8_mode: invalid -X utf8 option value")),
        },
        ("faulthandler", _) => config.fault_handler = true,
        ("tracemalloc", frames) => {
            config.tracemalloc = traced_frames(frames.unwrap_or("1"), "-X tracemalloc=NFRAME")?;
        }
        ("gc-stress", period) => config.gc_stress = period.and_then(|n| n.parse().ok()).unwrap_or(1),
        ("verify-heap", _) => config.verify_heap = true,
        ("trace", _) => config.trace = true,
        ("dump", stages) => {
            for stage in stages.unwrap_or_default().split(',') {
                if !vm::modules::look::STAGES.contains(&stage) {
                    let known = vm::modules::look::STAGES.join(", ");
                    return Err(fatal(&format!("-X dump: there is no stage '{stage}'; there are {known}")));
                }
                config.dump.push(stage.to_owned());
            }
        }
        ("pyc", Some("cpython")) => config.cpython_pyc = true,
        ("pycache_prefix", prefix) => config.pycache_prefix = Some(prefix.unwrap_or_default().to_owned()),
        ("int_max_str_digits", digits) => {
            let problem = "-X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.";
            config.int_max_str_digits = digits_limit(digits.unwrap_or_default(), problem)?;
        }
        ("cpu_count", count) => config.cpu_count = cpu_count(count.unwrap_or_default(), "-X cpu_count=n option")?,
        ("no_debug_ranges", _) => config.no_debug_ranges = true,
        ("context_aware_warnings", value) => config.context_aware_warnings = value == Some("1"),
        ("warn_default_encoding", _) => config.warn_default_encoding = true,
        ("importtime", value) => match value.map(str::parse) {
            Some(Ok(level @ 1..=2)) => config.import_time = level,
            Some(Ok(level @ i32::MIN..=-1 | level @ 3..)) => {
                let _: i32 = level;
                return Err(fatal(
                    "config_read_complex_options: -X importtime: values other than 1 and 2 are reserved for future use.",
                ));
            }
            _ => config.import_time = 1,
        },
        _ => {}
    }
    config.xoptions.push((name.to_owned(), value));
    Ok(())
}

fn digits_limit(text: &str, problem: &str) -> Result<i32, Refusal> {
    match text.parse() {
        Ok(limit) if limit == 0 || limit >= 640 => Ok(limit),
        _ => Err(fatal(&format!("config_init_int_max_str_digits: {problem}"))),
    }
}

fn traced_frames(text: &str, place: &str) -> Result<i32, Refusal> {
    match text.parse() {
        Ok(count @ 0..=65_535) => Ok(count),
        _ => Err(fatal(&format!("config_init_tracemalloc: {place}: invalid number of frames"))),
    }
}

fn cpu_count(text: &str, place: &str) -> Result<i32, Refusal> {
    match text.parse() {
        _ if text == "default" => Ok(-1),
        Ok(count) if count > 0 => Ok(count),
        _ => Err(fatal(&format!(
            "config_init_cpu_count: {place}: n is missing or an invalid number, n must be greater than 0"
        ))),
    }
}

/// The locale of the environment, and whether text is UTF-8 whatever it says (PEP 538, PEP 540).
fn locale(config: &mut Config) {
    let ctype = host::constants::find(host::constants::LOCALE, "LC_CTYPE").unwrap_or(0) as i32;
    let set =
        |name: &std::ffi::CStr| host::locale::set(ctype, Some(name)).map(|n| String::from_utf8_lossy(&n).into_owned());
    let found = set(c"").unwrap_or_else(|| "C".to_owned());
    let plain = matches!(found.as_str(), "C" | "POSIX");
    config.utf8_mode = config.utf8.unwrap_or(plain);
    config.lenient_streams = plain || matches!(found.as_str(), "C.UTF-8" | "C.utf8" | "UTF-8");
    let fixed = std::env::var_os("LC_ALL").is_some_and(|v| !v.is_empty());
    let wanted = std::env::var_os("PYTHONCOERCECLOCALE").is_none_or(|v| v != "0");
    if plain && wanted && !fixed {
        set(c"C.UTF-8");
    }
}

fn environment(config: &mut Config) -> Result<(), Refusal> {
    let bytes_warning = match config.bytes_warning {
        0 => None,
        1 => Some("default::BytesWarning".to_owned()),
        _ => Some("error::BytesWarning".to_owned()),
    };
    let own = std::mem::take(&mut config.warnoptions);
    let mut dev = config.dev_mode;
    let mut others = Vec::new();
    if !config.ignore_environment {
        others = variables(config)?;
        dev = config.dev_mode;
    }
    config.fault_handler |= dev;
    if config.random_hashes {
        config.hash_seed = None;
    }
    config.pycache_prefix = config.pycache_prefix.take().filter(|prefix| !prefix.is_empty());
    let dev = dev.then(|| "default".to_owned());
    config.warnoptions = dev.into_iter().chain(others).chain(own).chain(bytes_warning).collect();
    Ok(())
}

/// What `PYTHON*` variables say; gives the warning filters among it.
fn variables(config: &mut Config) -> Result<Vec<String>, Refusal> {
    let get = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let level = |name: &str, now: i32| match get(name) {
        Some(value) => now.max(value.parse().unwrap_or(1).max(1)),
        None => now,
    };
    config.optimize = level("PYTHONOPTIMIZE", config.optimize);
    config.verbose = level("PYTHONVERBOSE", config.verbose);
    config.inspect = level("PYTHONINSPECT", config.inspect);
    config.debug = level("PYTHONDEBUG", config.debug).min(config.debug.max(1));
    config.dont_write_bytecode |= get("PYTHONDONTWRITEBYTECODE").is_some();
    config.no_user_site |= get("PYTHONNOUSERSITE").is_some();
    config.unbuffered |= get("PYTHONUNBUFFERED").is_some();
    config.safe_path |= get("PYTHONSAFEPATH").is_some();
    config.dev_mode |= get("PYTHONDEVMODE").is_some();
    config.fault_handler |= get("PYTHONFAULTHANDLER").is_some();
    if !config.xoptions.iter().any(|(name, _)| name == "tracemalloc")
        && let Some(frames) = get("PYTHONTRACEMALLOC")
    {
        config.tracemalloc = traced_frames(&frames, "PYTHONTRACEMALLOC")?;
    }
    if let Some(seed) = get("PYTHONHASHSEED").filter(|seed| seed != "random") {
        let Ok(seed) = seed.parse::<u32>() else {
            let problem = "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]";
            return Err(fatal(&format!("config_init_hash_seed: {problem}")));
        };
        config.hash_seed = Some(seed.into());
    }
    config.no_debug_ranges |= get("PYTHONNODEBUGRANGES").is_some();
    if get("PYTHONPROFILEIMPORTTIME").is_some() {
        config.import_time = config.import_time.max(1);
    }
    if config.utf8.is_none() {
        config.utf8 = match get("PYTHONUTF8").as_deref() {
            None => None,
            Some("0") => Some(false),
            Some("1") => Some(true),
            Some(_) => {
                let problem = "invalid PYTHONUTF8 environment variable value";
                return Err(fatal(&format!("preconfig_init_utf8_mode: {problem}")));
            }
        };
    }
    if !config.xoptions.iter().any(|(name, _)| name == "cpu_count")
        && let Some(count) = get("PYTHON_CPU_COUNT")
    {
        config.cpu_count = cpu_count(&count, "PYTHON_CPU_COUNT")?;
    }
    if config.pycache_prefix.is_none() {
        config.pycache_prefix = get("PYTHONPYCACHEPREFIX");
    }
    if !config.xoptions.iter().any(|(name, _)| name == "int_max_str_digits")
        && let Some(digits) = get("PYTHONINTMAXSTRDIGITS")
    {
        let problem = "PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for unlimited.";
        config.int_max_str_digits = digits_limit(&digits, problem)?;
    }
    config.warn_default_encoding |= get("PYTHONWARNDEFAULTENCODING").is_some();
    if let Some(aware) = get("PYTHON_CONTEXT_AWARE_WARNINGS") {
        config.context_aware_warnings = aware == "1";
    }
    config.stream_encoding = get("PYTHONIOENCODING");
    let warnings = get("PYTHONWARNINGS").unwrap_or_default();
    Ok(warnings.split(',').filter(|w| !w.is_empty()).map(str::to_owned).collect())
}

/// `-c`'s program without the indentation that all its lines share; lines of white space are empty.
pub fn dedent(source: &str) -> String {
    let blank = |line: &str| line.trim_matches([' ', '\t', '\r']).is_empty();
    let indent = |line: &'_ str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let mut lines = source.split('\n').filter(|line| !blank(line));
    let Some(first) = lines.next() else { return "\n".repeat(source.matches('\n').count()) };
    let common = lines.fold(&first[..indent(first)], |common, line| {
        let same = common.bytes().zip(line.bytes()).take_while(|(a, b)| a == b).count();
        &common[..same.min(indent(line))]
    });
    let short = |line: &str| if blank(line) { String::new() } else { line[common.len()..].to_owned() };
    source.split('\n').map(short).collect::<Vec<_>>().join("\n")
}

fn version() -> String {
    let (major, minor, micro) = vm::modules::sys::VERSION;
    format!("Python {major}.{minor}.{micro}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(args: &[&str]) -> Plan {
        let args: Vec<OsString> = std::iter::once("taipan").chain(args.iter().copied()).map(OsString::from).collect();
        match parse(&args) {
            Ok(Parsed::Run(plan)) => *plan,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn clusters_and_values() {
        let p = plan(&["-BOc", "pass", "x", "-y"]);
        assert_eq!(p.what, What::Command("pass".into()));
        assert_eq!(p.config.argv, ["-c", "x", "-y"]);
        assert!(p.config.dont_write_bytecode);
        assert_eq!(p.config.optimize, 1);
        assert_eq!(plan(&["-mjson.tool", "-h"]).what, What::Module("json.tool".into()));
        assert_eq!(plan(&["a.py", "-c"]).config.argv, ["a.py", "-c"]);
        assert_eq!(plan(&[]).what, What::Stdin);
    }

    #[test]
    fn indentation() {
        assert_eq!(dedent("  a\n    b\n \n  c"), "a\n  b\n\nc");
        assert_eq!(dedent("\ta\n  b"), "\ta\n  b");
        assert_eq!(dedent(" \n\t\n"), "\n\n");
    }

    #[test]
    fn refusals() {
        let parse = |args: &[&str]| parse(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(parse(&["taipan", "-c"]).is_err_and(|e| e.message.starts_with("Argument expected for the -c option")));
        assert!(parse(&["taipan", "-Z"]).is_err_and(|e| e.message.starts_with("Unknown option: -Z")));
        assert!(matches!(parse(&["taipan", "-V"]), Ok(Parsed::Print(_))));
    }
}
