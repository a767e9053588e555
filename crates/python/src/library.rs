//! Where the pure-Python library lies, and the parts of it that start-up needs before imports work.

use std::path::{Path, PathBuf};
use vm::context::Config;
use vm::import::Frozen;

/// The library's folder: `PYTHONHOME`, else the library package that the program was built with.
pub fn folder(config: &Config) -> PathBuf {
    if !config.ignore_environment
        && let Some(home) = std::env::var_os("PYTHONHOME").filter(|h| !h.is_empty())
    {
        return Path::new(&home).join("lib/python3.14");
    }
    PathBuf::from(rustpython_pylib::LIB_PATH)
}

/// The modules that the importer consists of.
pub fn frozen(folder: &Path) -> std::io::Result<Vec<(&'static str, Frozen)>> {
    let list = [
        ("_frozen_importlib", "importlib._bootstrap", "importlib/_bootstrap.py"),
        ("_frozen_importlib_external", "importlib._bootstrap_external", "importlib/_bootstrap_external.py"),
        ("zipimport", "zipimport", "zipimport.py"),
    ];
    list.iter()
        .map(|(name, original, file)| {
            let source = std::fs::read_to_string(folder.join(file))?;
            Ok((*name, Frozen { source: Box::leak(source.into_boxed_str()), original, is_package: false }))
        })
        .collect()
}
