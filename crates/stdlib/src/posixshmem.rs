//! `_posixshmem`: memory with a name that processes share.

use vm::exception::os_error;
use vm::prelude::*;

fn c_path(vm: &Vm, path: &Ref<Str>) -> Result<std::ffi::CString> {
    std::ffi::CString::new(path.to_utf8(vm)?).map_err(|_| raise!(vm, ValueError, "embedded null character"))
}

/// POSIX shared memory module
#[pymodule("_posixshmem")]
pub mod module {
    use super::*;

    /// Open shared memory; return its file descriptor.
    #[py("shm_open(path, flags, mode=511)")]
    fn shm_open(vm: &Vm, path: &Ref<Str>, flags: i32, mode: i32) -> Result<i32> {
        let name = c_path(vm, path)?;
        let opened = vm.blocking(|| host::semaphore::open_memory(&name, flags, mode as u32))?;
        opened.map_err(|error| os_error(vm, &error, Some(path.as_object())))
    }

    /// Take a shared memory's name away; those who have it open keep it.
    #[py("shm_unlink(path, /)", tuple)]
    fn shm_unlink(vm: &Vm, path: &Ref<Str>) -> Result<()> {
        let name = c_path(vm, path)?;
        host::semaphore::unlink_memory(&name).map_err(|error| os_error(vm, &error, Some(path.as_object())))
    }
}
