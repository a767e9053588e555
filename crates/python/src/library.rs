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

/// The modules that the importer consists of, and those that show what frozen modules are.
pub fn frozen(folder: &Path) -> std::io::Result<Vec<(&'static str, Frozen)>> {
    let importer = [
        ("_frozen_importlib", "importlib._bootstrap", "importlib/_bootstrap.py"),
        ("_frozen_importlib_external", "importlib._bootstrap_external", "importlib/_bootstrap_external.py"),
        ("zipimport", "zipimport", "zipimport.py"),
    ];
    let mut list = Vec::new();
    for (name, original, file) in importer {
        let source = FrozenSource::Text(Box::leak(std::fs::read_to_string(folder.join(file))?.into_boxed_str()));
        list.push((name, Frozen { source, original: Some(original), is_package: false }));
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
    list.push(("__hello_only__", Frozen { source: FrozenSource::Text(HELLO), original: None, is_package: false }));
    Ok(list)
}
