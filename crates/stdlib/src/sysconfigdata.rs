//! `_sysconfigdata__linux_x86_64-linux-gnu`: what `sysconfig` knows of how this interpreter was built.

use vm::prelude::*;

/// The variables that are texts: name and value.
const TEXTS: &[(&str, &str)] = &[
    ("ABIFLAGS", ""),
    ("AR", "ar"),
    ("CC", "cc"),
    ("CXX", "c++"),
    ("EXE", ""),
    ("EXT_SUFFIX", ".taipan-314-x86_64-linux-gnu.so"),
    ("HOST_GNU_TYPE", "x86_64-pc-linux-gnu"),
    ("LDVERSION", "3.14"),
    ("LIBDIR", "/usr/local/lib"),
    ("MACHDEP", "linux"),
    ("MULTIARCH", "x86_64-linux-gnu"),
    ("PLATLIBDIR", "lib"),
    ("SHLIB_SUFFIX", ".so"),
    ("SOABI", "taipan-314-x86_64-linux-gnu"),
    ("TZPATH", "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo"),
    ("VERSION", "3.14"),
    ("exec_prefix", "/usr/local"),
    ("prefix", "/usr/local"),
];

/// The variables that are numbers.
const NUMBERS: &[(&str, i32)] = &[
    ("HAVE_FORK", 1),
    ("Py_DEBUG", 0),
    ("Py_ENABLE_SHARED", 0),
    ("Py_GIL_DISABLED", 0),
    ("Py_TRACE_REFS", 0),
    ("SIZEOF_LONG", 8),
    ("SIZEOF_SIZE_T", 8),
    ("SIZEOF_TIME_T", 8),
    ("SIZEOF_VOID_P", 8),
    ("SIZEOF_WCHAR_T", 4),
    ("WITH_DOC_STRINGS", 1),
    ("WITH_PYMALLOC", 1),
];

/// Build-time variables of this interpreter.
#[pymodule("_sysconfigdata__linux_x86_64-linux-gnu")]
pub mod module {
    use super::*;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<vm::builtins::module::Module>) -> Result<()> {
        let variables = Dict::empty();
        for (name, text) in TEXTS {
            variables.set_str(vm, name, Str::new(text).into_object())?;
        }
        for (name, number) in NUMBERS {
            variables.set_str(vm, name, Object::int32(*number))?;
        }
        module.dict().set_str(vm, "build_time_vars", variables.into_object())
    }
}
