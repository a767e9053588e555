//! `resource`.

use host::limits;
use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::exception::{os_error, types};
use vm::prelude::*;
use vm::protocol::{iter, number};

static RUSAGE: Table = Table {
    name: "struct_rusage",
    module: "resource",
    doc: "struct_rusage: Result from getrusage.",
    fields: &[
        ("ru_utime", "user time used"),
        ("ru_stime", "system time used"),
        ("ru_maxrss", "max. resident set size"),
        ("ru_ixrss", "shared memory size"),
        ("ru_idrss", "unshared data size"),
        ("ru_isrss", "unshared stack size"),
        ("ru_minflt", "page faults not requiring I/O"),
        ("ru_majflt", "page faults requiring I/O"),
        ("ru_nswap", "number of swap outs"),
        ("ru_inblock", "block input operations"),
        ("ru_oublock", "block output operations"),
        ("ru_msgsnd", "IPC messages sent"),
        ("ru_msgrcv", "IPC messages received"),
        ("ru_nsignals", "signals received"),
        ("ru_nvcsw", "voluntary context switches"),
        ("ru_nivcsw", "involuntary context switches"),
    ],
    visible: 16,
    constructible: true,
};

/// Resources are numbered from 0 to here.
const MOST: i32 = 16;

fn check(vm: &Vm, resource: i32) -> Result<()> {
    if !(0..MOST).contains(&resource) {
        bail!(vm, ValueError, "invalid resource specified");
    }
    Ok(())
}

fn limit_of(vm: &Vm, value: &Object) -> Result<u64> {
    let index = number::index(vm, value)?;
    match Int::to_i128(&index) {
        Some(-1) => Ok(limits::INFINITY),
        Some(n) if n < 0 => Err(raise!(vm, ValueError, "Cannot convert negative int")),
        Some(n) if n <= u64::MAX.into() => Ok(n as u64),
        _ => Err(raise!(vm, OverflowError, "Python int too large to convert to C unsigned long")),
    }
}

fn pair_of(vm: &Vm, limits: &Object) -> Result<(u64, u64)> {
    match &iter::to_vec(vm, limits)?[..] {
        [soft, hard] => Ok((limit_of(vm, soft)?, limit_of(vm, hard)?)),
        _ => Err(raise!(vm, ValueError, "expected a tuple of 2 integers")),
    }
}

fn shown((soft, hard): (u64, u64)) -> (i64, i64) {
    (soft as i64, hard as i64)
}

fn failed(vm: &Vm, error: &std::io::Error) -> Raised {
    match error.raw_os_error() {
        Some(22) => raise!(vm, ValueError, "current limit exceeds maximum limit"),
        Some(1) => raise!(vm, ValueError, "not allowed to raise maximum limit"),
        _ => os_error(vm, error, None),
    }
}

/// Limits of what a process may use, and what it has used.
#[pymodule("resource")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        for (name, value) in host::constants::RESOURCE {
            dict.set_str(vm, name, Int::from_i64(*value))?;
        }
        dict.set_str(vm, "error", types::OSError.get().to_object())?;
        dict.set_str(vm, "struct_rusage", StructSeq::class(vm, &RUSAGE)?.into_object())
    }

    // Return what a process, its children or a thread has used.
    #[py("getrusage(who, /)")]
    fn getrusage(vm: &Vm, who: i32) -> Result<Object> {
        let u = match limits::usage(who) {
            Ok(usage) => usage,
            Err(error) if error.raw_os_error() == Some(22) => bail!(vm, ValueError, "invalid who parameter"),
            Err(error) => return Err(os_error(vm, &error, None)),
        };
        let seconds = |t: host::time::Time| Float::from_f64(t.sec as f64 + t.nsec as f64 * 1e-9);
        let mut values = vec![seconds(u.utime), seconds(u.stime)];
        let rest = [
            u.maxrss, u.ixrss, u.idrss, u.isrss, u.minflt, u.majflt, u.nswap, u.inblock, u.oublock, u.msgsnd, u.msgrcv,
            u.nsignals, u.nvcsw, u.nivcsw,
        ];
        values.extend(rest.map(Int::from_i64));
        StructSeq::make(vm, &RUSAGE, values)
    }

    // Return the soft and hard limit of a resource.
    #[py("getrlimit(resource, /)")]
    fn getrlimit(vm: &Vm, resource: i32) -> Result<(i64, i64)> {
        check(vm, resource)?;
        limits::limit(resource).map(shown).map_err(|error| os_error(vm, &error, None))
    }

    // Set the soft and hard limit of a resource.
    #[py("setrlimit(resource, limits, /)")]
    fn setrlimit(vm: &Vm, resource: i32, limits: &Object) -> Result<()> {
        check(vm, resource)?;
        let (soft, hard) = pair_of(vm, limits)?;
        super::limits::set_limit(resource, soft, hard).map_err(|error| failed(vm, &error))
    }

    // Return, and set if they are given, the limits of any process.
    #[py("prlimit(pid, resource, limits=None, /)")]
    fn prlimit(vm: &Vm, pid: i32, resource: i32, limits: Option<&Object>) -> Result<(i64, i64)> {
        check(vm, resource)?;
        let new = limits.map(|l| pair_of(vm, l)).transpose()?;
        super::limits::process_limit(pid, resource, new).map(shown).map_err(|error| match error.raw_os_error() {
            Some(22) => raise!(vm, ValueError, "current limit exceeds maximum limit"),
            _ => os_error(vm, &error, None),
        })
    }

    // Return the size of a page of memory.
    #[py("getpagesize()")]
    fn getpagesize() -> usize {
        host::mmap::page_size()
    }
}
