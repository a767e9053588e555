//! Compiles the modules of the library that the importer consists of, for `library::frozen`: start-up needs them before
//! anything can be imported, and they need not be parsed at each start.

use std::path::{Path, PathBuf};

/// (name in the code object's file name, file in the library).
const MODULES: [(&str, &str); 3] = [
    ("importlib._bootstrap", "importlib/_bootstrap.py"),
    ("importlib._bootstrap_external", "importlib/_bootstrap_external.py"),
    ("zipimport", "zipimport.py"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    for (name, file) in MODULES {
        let path = Path::new(rustpython_pylib::LIB_PATH).join(file);
        let bytes = match compiled(&path, name) {
            Ok(bytes) => bytes,
            Err(error) => panic!("{}: {error}", path.display()),
        };
        std::fs::write(out.join(format!("{name}.code")), bytes).expect("the output folder is writable");
    }
}

/// The marshalled code object of a library module.
fn compiled(path: &Path, name: &str) -> Result<Vec<u8>, String> {
    let source = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    let parsed = syntax::parse(&source, syntax::Mode::Exec).map_err(|e| e.message.clone())?;
    let options = compiler::Options { filename: format!("<frozen {name}>").as_str().into(), ..Default::default() };
    let code = compiler::compile(&parsed.module, &options).map_err(|e| e.message.clone())?.code;
    bytecode::verify::verify(&*code)?;
    bytecode::marshal::dump(&code).map_err(|e| format!("{e:?}"))
}
