//! Golden files: expected texts beside the tests, written anew where `UPDATE_GOLDEN` is set.

use crate::compare::difference;
use std::fs;
use std::path::Path;

/// Compares `actual` with the file, or writes it. The error is for people.
pub fn compare(file: &Path, actual: &str) -> Result<(), String> {
    compare_or_write(file, actual, std::env::var_os("UPDATE_GOLDEN").is_some())
}

fn compare_or_write(file: &Path, actual: &str, update: bool) -> Result<(), String> {
    let shown = file.display();
    match fs::read_to_string(file) {
        Ok(expected) if expected == actual => Ok(()),
        _ if update => fs::write(file, actual).map_err(|error| format!("{shown}: {error}")),
        Ok(expected) => {
            let difference = difference(actual, &expected).unwrap_or_default();
            Err(format!("{shown}: {difference}\nUPDATE_GOLDEN=1 writes it anew"))
        }
        Err(error) => Err(format!("{shown}: {error}\nUPDATE_GOLDEN=1 writes it anew")),
    }
}

/// As [`compare`]; panics with the difference.
#[track_caller]
pub fn check(file: &Path, actual: &str) {
    if let Err(error) = compare(file, actual) {
        panic!("{error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_once_then_compared() {
        let file = std::env::temp_dir().join(format!("golden-{}", std::process::id()));
        assert!(compare_or_write(&file, "a\n", false).is_err());
        assert_eq!(compare_or_write(&file, "a\n", true), Ok(()));
        assert_eq!(compare_or_write(&file, "a\n", false), Ok(()));
        assert!(compare_or_write(&file, "b\n", false).unwrap_err().contains("- a\n"));
        fs::remove_file(&file).unwrap();
    }
}
