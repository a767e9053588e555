//! The command line, by CPython's own grammar (`getopt`-like clusters; everything after `-c`, `-m` or a file is the
//! program's).

use vm::context::Config;

/// What to run.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Command(String),
    Module(String),
    File(String),
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

/// Parses the arguments, `args[0]` being the program.
pub fn parse(args: &[String]) -> Result<Parsed, String> {
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
        if let Some(long) = arg.strip_prefix("--") {
            match long {
                "version" => return Ok(Parsed::Print(version())),
                "help" | "help-all" => return Ok(Parsed::Print(format!("{USAGE}\n{OPTIONS}"))),
                _ => return Err(format!("unknown option --{long}\n{USAGE}\nTry `taipan -h' for more information.")),
            }
        }
        let Some(cluster) = arg.strip_prefix('-') else {
            what = What::File(arg.clone());
            break;
        };
        at += 1;
        for (i, c) in cluster.char_indices() {
            let rest = &cluster[i + c.len_utf8()..];
            // An option's value is the rest of the cluster, or the next argument.
            let mut value = || -> Result<String, String> {
                if !rest.is_empty() {
                    return Ok(rest.to_owned());
                }
                at += 1;
                args.get(at - 1).cloned().ok_or_else(|| {
                    format!("Argument expected for the -{c} option\n{USAGE}\nTry `taipan -h' for more information.")
                })
            };
            match c {
                'c' => {
                    what = What::Command(value()? + "\n");
                    break 'options;
                }
                'm' => {
                    what = What::Module(value()?);
                    break 'options;
                }
                'W' => {
                    let warning = value()?;
                    config.warnoptions.push(warning);
                    break;
                }
                'X' => {
                    let option = value()?;
                    set_x(&mut config, &option);
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
                'R' | 't' | 'x' => {}
                _ => return Err(format!("Unknown option: -{c}\n{USAGE}\nTry `taipan -h' for more information.")),
            }
        }
    }
    let rest = args.get(at..).unwrap_or_default();
    config.argv = match &what {
        What::Command(_) => std::iter::once("-c".to_owned()).chain(rest.iter().cloned()).collect(),
        What::Module(_) => std::iter::once("-m".to_owned()).chain(rest.iter().cloned()).collect(),
        What::File(_) => rest.to_vec(),
        What::Stdin if args.get(at - 1).is_some_and(|a| a == "-") => {
            std::iter::once("-".to_owned()).chain(rest.iter().cloned()).collect()
        }
        What::Stdin => vec![String::new()],
    };
    environment(&mut config);
    implied_warnings(&mut config);
    Ok(Parsed::Run(Box::new(Plan { config, what })))
}

fn set_x(config: &mut Config, option: &str) {
    let (name, value) = match option.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (option, None),
    };
    match (name, value.as_deref()) {
        ("dev", _) => config.dev_mode = true,
        ("utf8", value) => config.utf8_mode = value != Some("0"),
        ("gc-stress", _) => config.gc_stress = true,
        ("pycache_prefix", Some(prefix)) => config.pycache_prefix = Some(prefix.to_owned()),
        ("int_max_str_digits", Some(digits)) => config.int_max_str_digits = digits.parse().unwrap_or(4300),
        ("context_aware_warnings", value) => config.context_aware_warnings = value == Some("1"),
        ("warn_default_encoding", _) => config.warn_default_encoding = true,
        ("importtime", _) => config.import_time = 1,
        _ => {}
    }
    config.xoptions.push((name.to_owned(), value));
}

fn environment(config: &mut Config) {
    if config.ignore_environment {
        return;
    }
    let get = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let level = |name: &str, now: i32| match get(name) {
        Some(value) => now.max(value.parse().unwrap_or(1).max(1)),
        None => now,
    };
    config.optimize = level("PYTHONOPTIMIZE", config.optimize);
    config.verbose = level("PYTHONVERBOSE", config.verbose);
    config.inspect = level("PYTHONINSPECT", config.inspect);
    config.debug = level("PYTHONDEBUG", config.debug);
    config.dont_write_bytecode |= get("PYTHONDONTWRITEBYTECODE").is_some();
    config.no_user_site |= get("PYTHONNOUSERSITE").is_some();
    config.unbuffered |= get("PYTHONUNBUFFERED").is_some();
    config.safe_path |= get("PYTHONSAFEPATH").is_some();
    config.dev_mode |= get("PYTHONDEVMODE").is_some();
    config.hash_seed = get("PYTHONHASHSEED").and_then(|s| s.parse().ok());
    if config.pycache_prefix.is_none() {
        config.pycache_prefix = get("PYTHONPYCACHEPREFIX");
    }
    if let Some(digits) = get("PYTHONINTMAXSTRDIGITS").and_then(|d| d.parse().ok()) {
        config.int_max_str_digits = digits;
    }
    if let Some(warnings) = get("PYTHONWARNINGS") {
        let mut all: Vec<String> = warnings.split(',').map(str::to_owned).collect();
        all.append(&mut config.warnoptions);
        config.warnoptions = all;
    }
    config.warn_default_encoding |= get("PYTHONWARNDEFAULTENCODING").is_some();
    if let Some(aware) = get("PYTHON_CONTEXT_AWARE_WARNINGS") {
        config.context_aware_warnings = aware == "1";
    }
}

/// The warning filters that other options bring: the development mode's before all, those of `-b` after all.
fn implied_warnings(config: &mut Config) {
    if config.dev_mode {
        config.warnoptions.insert(0, "default".to_owned());
    }
    match config.bytes_warning {
        0 => {}
        1 => config.warnoptions.push("default::BytesWarning".to_owned()),
        _ => config.warnoptions.push("error::BytesWarning".to_owned()),
    }
}

fn version() -> String {
    let (major, minor, micro) = vm::modules::sys::VERSION;
    format!("Python {major}.{minor}.{micro}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(args: &[&str]) -> Plan {
        let args: Vec<String> = std::iter::once("taipan").chain(args.iter().copied()).map(str::to_owned).collect();
        match parse(&args) {
            Ok(Parsed::Run(plan)) => *plan,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn clusters_and_values() {
        let p = plan(&["-BOc", "pass", "x", "-y"]);
        assert_eq!(p.what, What::Command("pass\n".into()));
        assert_eq!(p.config.argv, ["-c", "x", "-y"]);
        assert!(p.config.dont_write_bytecode);
        assert_eq!(p.config.optimize, 1);
        assert_eq!(plan(&["-mjson.tool", "-h"]).what, What::Module("json.tool".into()));
        assert_eq!(plan(&["a.py", "-c"]).config.argv, ["a.py", "-c"]);
        assert_eq!(plan(&[]).what, What::Stdin);
    }

    #[test]
    fn refusals() {
        let parse = |args: &[&str]| parse(&args.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>());
        assert!(parse(&["taipan", "-c"]).is_err_and(|e| e.starts_with("Argument expected for the -c option")));
        assert!(parse(&["taipan", "-Z"]).is_err_and(|e| e.starts_with("Unknown option: -Z")));
        assert!(matches!(parse(&["taipan", "-V"]), Ok(Parsed::Print(_))));
    }
}
