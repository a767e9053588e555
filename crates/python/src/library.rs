//! Where the pure-Python library lies, and the parts of it that start-up needs before imports work.

use std::path::{Path, PathBuf};
use vm::context::Config;
use vm::import::{Frozen, FrozenSource};

/// The library's folder: `PYTHONHOME`, else the library package that the program was built with.
pub fn folder(config: &Config) -> PathBuf {
    if !config.ignore_environment
        && let Some(home) = std::env::var_os("PYTHONHOME").filter(|h| !h.is_empty())
    {
        return Path::new(&home).join("lib/python3.14");
    }
    PathBuf::from(rustpython_pylib::LIB_PATH)
}

/// What `__hello_only__` consists of: it stands in no file of the library.
const HELLO: &str =
    "initialized = True\n\n\ndef main():\n    print(\"Hello world!\")\n\n\nif __name__ == \"__main__\":\n    main()\n";

/// `cProfile`, which the library package does not have.
const CPROFILE: &str = include_str!("../lib/cProfile.py");

/// Modules of the library as the build script compiled them: name, name in the library, marshalled code, whether it is a package.
const COMPILED: &[(&str, &str, &[u8], bool)] = &include!(concat!(env!("OUT_DIR"), "/frozen.rs"));

/// Those modules, and the ones that show what frozen modules are.
pub fn frozen() -> Vec<(&'static str, Frozen)> {
    let mut list = Vec::new();
    for &(name, original, code, is_package) in COMPILED {
        list.push((name, Frozen { source: FrozenSource::Code(code), original: Some(original), is_package }));
    }
    let examples = [
        ("__hello__", "__hello__", "__hello__.py", false),
        ("__hello_alias__", "__hello__", "__hello__.py", false),
        ("__phello_alias__", "__hello__", "__hello__.py", true),
        ("__phello_alias__.spam", "__hello__", "__hello__.py", false),
        ("__phello__", "__phello__", "__phello__/__init__.py", true),
        ("__phello__.__init__", "<__phello__", "__phello__/__init__.py", false),
        ("__phello__.ham", "__phello__.ham", "__phello__/ham/__init__.py", true),
        ("__phello__.ham.__init__", "<__phello__.ham", "__phello__/ham/__init__.py", false),
        ("__phello__.ham.eggs", "__phello__.ham.eggs", "__phello__/ham/eggs.py", false),
        ("__phello__.spam", "__phello__.spam", "__phello__/spam.py", false),
    ];
    for (name, original, file, is_package) in examples {
        list.push((name, Frozen { source: FrozenSource::File(file), original: Some(original), is_package }));
    }
    list.push(("cProfile", Frozen { source: FrozenSource::Text(CPROFILE), original: None, is_package: false }));
    list.push(("__hello_only__", Frozen { source: FrozenSource::Text(HELLO), original: None, is_package: false }));
    list
}
