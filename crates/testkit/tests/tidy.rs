//! The repository keeps the rules of the house: `cargo xtask tidy` says the same.

#[test]
fn the_repository_is_tidy() {
    let problems = testkit::tidy::check(&testkit::root());
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
