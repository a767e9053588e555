//! `_posixsubprocess`.

use host::spawn::{ForkExec, fork_exec as run};
use std::ffi::CString;
use vm::exception::os_error;
use vm::modules::sys::{encode_fs, fs_text};
use vm::object::type_name;
use vm::prelude::*;
use vm::protocol::{call, iter, number};

fn c_string(vm: &Vm, object: &Object) -> Result<CString> {
    let bytes = match object.cast::<Bytes>() {
        Some(bytes) => bytes.as_bytes().to_vec(),
        None => encode_fs(vm, &*fs_text(vm, object)?)?,
    };
    CString::new(bytes).map_err(|_| raise!(vm, ValueError, "embedded null byte"))
}

fn strings(vm: &Vm, list: &Object) -> Result<Vec<CString>> {
    iter::to_vec(vm, list)?.iter().map(|item| c_string(vm, item)).collect()
}

/// A user or group id; `None` for None.
fn id_of(vm: &Vm, id: &Object, what: &str) -> Result<Option<u32>> {
    if id.is(&none()) {
        return Ok(None);
    }
    if !number::has_index(id) {
        bail!(vm, TypeError, "{what} should be integer, not {}", type_name(id));
    }
    let index = number::index(vm, id)?;
    match Int::to_i64(&index).filter(|n| (-1..i64::from(u32::MAX)).contains(n)) {
        Some(-1) | None => {
            Err(raise!(vm, ValueError, "invalid {}", if what == "uid" { "user id" } else { "group id" }))
        }
        Some(n) => Ok(Some(n as u32)),
    }
}

/// Sorted, unsigned descriptors, none twice.
fn kept(vm: &Vm, fds: &Object) -> Result<Vec<i32>> {
    let bad = || raise!(vm, ValueError, "bad value(s) in fds_to_keep");
    let Some(tuple) = fds.cast::<Tuple>() else { bail!(vm, TypeError, "fork_exec() argument 4 must be tuple") };
    let mut all: Vec<i32> = Vec::new();
    for item in tuple.items() {
        if !item.is_instance_of::<Int>() {
            return Err(bad());
        }
        match Int::to_i64(item).and_then(|n| i32::try_from(n).ok()) {
            Some(fd) if fd >= 0 && all.last().is_none_or(|last| *last < fd) => all.push(fd),
            _ => return Err(bad()),
        }
    }
    Ok(all)
}

/// A helper for the subprocess module.
#[pymodule("_posixsubprocess")]
pub mod module {
    use super::*;

    /// Fork, and in the child set things up and become the first program of the list that can be executed.
    #[py(
        "fork_exec(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, /)"
    )]
    #[expect(clippy::too_many_arguments, reason = "Python's own")]
    fn fork_exec(
        vm: &Vm,
        args: &Object,
        executable_list: &Object,
        close_fds: bool,
        pass_fds: &Object,
        cwd: &Object,
        env: &Object,
        p2cread: i32,
        p2cwrite: i32,
        c2pread: i32,
        c2pwrite: i32,
        errread: i32,
        errwrite: i32,
        errpipe_read: i32,
        errpipe_write: i32,
        restore_signals: bool,
        call_setsid: bool,
        pgid_to_set: i32,
        gid: &Object,
        extra_groups: &Object,
        uid: &Object,
        child_umask: i32,
        preexec_fn: &Object,
    ) -> Result<i32> {
        let _ = errpipe_read;
        let keep = kept(vm, pass_fds)?;
        if close_fds && errpipe_write < 3 {
            bail!(vm, ValueError, "errpipe_write must be >= 3");
        }
        if vm.interp().finalizing.get() && !preexec_fn.is(&none()) {
            bail!(vm, PythonFinalizationError, "preexec_fn not supported at interpreter shutdown");
        }
        let programs = strings(vm, executable_list)?;
        let argv = match args.is(&none()) {
            true => Vec::new(),
            false => strings(vm, args)?,
        };
        let env = match env.is(&none()) {
            true => None,
            false => Some(strings(vm, env)?),
        };
        let cwd = match cwd.is(&none()) {
            true => None,
            false => Some(c_string(vm, cwd)?),
        };
        let groups = match extra_groups.is(&none()) {
            true => None,
            false => {
                let Some(list) = extra_groups.cast::<List>() else {
                    bail!(vm, TypeError, "setgroups argument must be a list");
                };
                let items = vm.memory(list.items.to_vec())?;
                if items.len() > 65_536 {
                    bail!(vm, ValueError, "too many extra_groups");
                }
                let mut groups = Vec::with_capacity(items.len());
                for item in &items {
                    if !item.is_instance_of::<Int>() {
                        bail!(vm, TypeError, "extra_groups must be integers");
                    }
                    groups.extend(id_of(vm, item, "gid")?);
                }
                Some(groups)
            }
        };
        let how = ForkExec {
            programs: &programs,
            argv: &argv,
            env: env.as_deref(),
            cwd: cwd.as_ref(),
            stdin: (p2cread, p2cwrite),
            stdout: (c2pwrite, c2pread),
            stderr: (errwrite, errread),
            error: errpipe_write,
            close_fds,
            keep: &keep,
            restore_signals,
            session: call_setsid,
            group: pgid_to_set,
            uid: id_of(vm, uid, "uid")?,
            gid: id_of(vm, gid, "gid")?,
            groups: groups.as_deref(),
            umask: child_umask,
        };
        let pid = if preexec_fn.is(&none()) {
            vm.interp().gil.around_fork(|| run(&how, None))
        } else {
            let hooks = |at: usize| vm.interp().fork_hooks[at].to_vec().unwrap_or_default();
            let run_all = |hooks: Vec<Object>| {
                for hook in hooks {
                    if call::call(vm, &hook, &[]).is_err() {
                        vm.unraisable("Exception ignored in atfork callback", Some(&hook));
                    }
                }
            };
            let mut before = hooks(0);
            before.reverse();
            run_all(before);
            let mut prepare = || {
                host::thread::after_fork();
                vm.interp().gil.after_fork(Vm::current());
                run_all(hooks(2));
                let done = call::call(vm, preexec_fn, &[]).is_ok();
                vm.clear_raised();
                done
            };
            let pid = run(&how, Some(&mut prepare));
            run_all(hooks(1));
            pid
        };
        pid.map_err(|error| os_error(vm, &error, None))
    }
}
