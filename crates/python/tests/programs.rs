//! Runs `tests/programs/**/*.py` on every tier; see `testkit::programs` for how expectations are written.

fn main() {
    let folder = testkit::root().join("tests/programs");
    testkit::programs::main(env!("CARGO_BIN_EXE_taipan").as_ref(), &folder)
}
