//! `sys.stderr` while the interpreter starts and there is no `io` yet: what `-v` writes to.

use crate::object::instance;
use crate::prelude::*;

/// Standard error before io is there.
#[pytype("stderrprinter", flags(DISALLOW_INSTANTIATION))]
pub struct StderrPrinter {
    pub head: Head,
}

impl StderrPrinter {
    /// The type's only instance.
    pub fn make(vm: &Vm) -> Result<Object> {
        Self::init_type(vm)?;
        Ok(instance::alloc_static(StderrPrinter { head: Head::new() }).into_object())
    }
}

#[pymethods]
impl StderrPrinter {
    /// Write text; what cannot be written is lost.
    #[py("write(text, /)")]
    fn write(&self, text: &Ref<Str>) -> usize {
        use std::io::Write;
        let _ = std::io::stderr().write_all(text.to_string().as_bytes());
        text.len()
    }

    /// Do nothing: nothing is held back.
    #[py("flush()")]
    fn flush(&self) {}

    /// Return 2.
    #[py("fileno()")]
    fn fileno(&self) -> i32 {
        2
    }

    /// Return whether standard error is a terminal.
    #[py("isatty()")]
    fn isatty(&self) -> bool {
        host::fd::is_tty(2)
    }

    #[getter("encoding")]
    fn encoding(&self) -> Object {
        none()
    }

    #[getter("closed")]
    fn closed(&self) -> bool {
        false
    }
}
