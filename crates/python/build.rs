//! Compiles the modules of the library that start-up needs: they become part of the program, so that they need not be
//! looked for, read and checked at each start. `library.rs` includes the list that is written here.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The module's names where its own name is another one: (name, name in the library).
const IMPORTER: [(&str, &str); 2] =
    [("_frozen_importlib", "importlib._bootstrap"), ("_frozen_importlib_external", "importlib._bootstrap_external")];

/// The others: those that CPython freezes, and one whose text needs a change (see below).
const OTHERS: [&str; 16] = [
    "zipimport",
    "abc",
    "codecs",
    "io",
    "_collections_abc",
    "_sitebuiltins",
    "genericpath",
    "ntpath",
    "posixpath",
    "os",
    "site",
    "stat",
    "importlib.util",
    "importlib.machinery",
    "runpy",
    "sysconfig",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // At a fixed place: the loader need not correct some forty thousand addresses at each start.
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut list = String::from("[\n");
    for (name, original) in IMPORTER.into_iter().chain(OTHERS.map(|name| (name, name))) {
        let path = Path::new(rustpython_pylib::LIB_PATH).join(original.replace('.', "/"));
        let is_package = path.is_dir();
        let path = if is_package { path.join("__init__.py") } else { path.with_extension("py") };
        let code = match compiled(&path, original) {
            Ok(code) => code,
            Err(error) => panic!("{}: {error}", path.display()),
        };
        let file = out.join(format!("{original}.code"));
        std::fs::write(&file, code).expect("the output folder is writable");
        let _ = writeln!(list, "    ({name:?}, {original:?}, include_bytes!({file:?}), {is_package}),");
    }
    list.push(']');
    std::fs::write(out.join("frozen.rs"), list).expect("the output folder is writable");
}

/// The marshalled code object of a library module.
fn compiled(path: &Path, name: &str) -> Result<Vec<u8>, String> {
    let source = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    // The package's `site` and `sysconfig` have `site-packages` under the name of the program that it was made for.
    let source = source.replace("'RustPython'", "'Python'").replace("/lib/rustpython", "/lib/python");
    let parsed = syntax::parse(&source, syntax::Mode::Exec).map_err(|e| e.message.clone())?;
    let options = compiler::Options { filename: format!("<frozen {name}>")[..].into(), ..Default::default() };
    let code = compiler::compile(&parsed.module, &options).map_err(|e| e.message.clone())?.code;
    bytecode::verify::verify(&code)?;
    bytecode::marshal::dump(&code).map_err(|e| format!("{e:?}"))
}
