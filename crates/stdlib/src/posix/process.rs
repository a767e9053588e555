//! Processes: identities, waiting, scheduling.

use super::files::{gid, uid};
use super::{Path, fail};
use host::process as system;
use std::io;
use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::modules::sys::decode_fs;
use vm::object::type_name;
use vm::prelude::*;
use vm::protocol::{iter, number};

static TIMES_RESULT: Table = Table {
    name: "times_result",
    module: "posix",
    doc: "times_result: Result from os.times().",
    fields: &[
        ("user", "user time"),
        ("system", "system time"),
        ("children_user", "user time of children"),
        ("children_system", "system time of children"),
        ("elapsed", "elapsed time since an arbitrary point in the past"),
    ],
    visible: 5,
    constructible: true,
};

static WAITID_RESULT: Table = Table {
    name: "waitid_result",
    module: "posix",
    doc: "waitid_result: Result from waitid.",
    fields: &[("si_pid", ""), ("si_uid", ""), ("si_signo", ""), ("si_status", ""), ("si_code", "")],
    visible: 5,
    constructible: true,
};

static SCHED_PARAM: Table = Table {
    name: "sched_param",
    module: "posix",
    doc: "Currently has only one field: sched_priority",
    fields: &[("sched_priority", "the scheduling priority")],
    visible: 1,
    constructible: true,
};

fn usage_object(vm: &Vm, u: &host::limits::Usage) -> Result<Object> {
    let seconds = |t: host::time::Time| Float::from_f64(t.sec as f64 + t.nsec as f64 * 1e-9);
    let mut values = vec![seconds(u.utime), seconds(u.stime)];
    values.extend(
        [
            u.maxrss, u.ixrss, u.idrss, u.isrss, u.minflt, u.majflt, u.nswap, u.inblock, u.oublock, u.msgsnd, u.msgrcv,
            u.nsignals, u.nvcsw, u.nivcsw,
        ]
        .map(Int::from_i64),
    );
    // The class is the resource module's, as in CPython.
    let resource = vm.import("resource")?;
    let class = vm::object::attr::getattr(vm, &resource, &vm.intern("struct_rusage"))?;
    vm::protocol::call::call(vm, &class, &[Tuple::from_slice(&values).into_object()])
}

pub fn exec(vm: &Vm, dict: &Dict) -> Result<()> {
    dict.set_str(vm, "times_result", StructSeq::class(vm, &TIMES_RESULT)?.into_object())?;
    dict.set_str(vm, "waitid_result", StructSeq::class(vm, &WAITID_RESULT)?.into_object())?;
    let sched_param = StructSeq::class(vm, &SCHED_PARAM)?;
    sched_param.slots.new.set(Some(new_sched_param));
    dict.set_str(vm, "sched_param", sched_param.into_object())
}

/// `sched_param(sched_priority)`: unlike others of its kind it takes the field itself.
fn new_sched_param(vm: &Vm, cls: &Ref<Type>, args: Args<'_>) -> Result<Object> {
    let name = cls.short_name();
    let given = match (args.positional(), args.keywords().get("sched_priority")) {
        ([only], None) => only,
        ([], Some(only)) if args.keywords().len() == 1 => only,
        ([], None) => bail!(vm, TypeError, "{name}() missing required argument 'sched_priority' (pos 1)"),
        _ => bail!(vm, TypeError, "{name}() takes at most 1 argument ({} given)", args.items.len()),
    };
    StructSeq::make(vm, &SCHED_PARAM, vec![given.clone()])
}

fn priority_of(vm: &Vm, param: &Object) -> Result<i32> {
    let class = StructSeq::class(vm, &SCHED_PARAM)?;
    let items = param.cast::<Tuple>().filter(|_| vm::object::type_of(param).is_subtype(&class)).map(|t| t.items());
    let Some([priority]) = items else { bail!(vm, TypeError, "must have a sched_param object") };
    let index = number::index(vm, priority)?;
    Int::to_i64(&index)
        .and_then(|n| i32::try_from(n).ok())
        .ok_or_else(|| raise!(vm, OverflowError, "sched_priority out of range"))
}

fn ids(vm: &Vm, groups: &Object) -> Result<Vec<u32>> {
    if !vm::protocol::sequence::is_sequence(groups) {
        bail!(vm, TypeError, "setgroups argument must be a sequence");
    }
    let items = iter::to_vec(vm, groups)?;
    if items.len() > 65_536 {
        bail!(vm, ValueError, "too many groups");
    }
    items
        .iter()
        .map(|g| {
            if !g.is_instance_of::<Int>() {
                bail!(vm, TypeError, "groups must be integers");
            }
            gid(vm, g)
        })
        .collect()
}

fn done<R>(vm: &Vm, result: io::Result<R>) -> Result<R> {
    result.map_err(|error| fail(vm, &error))
}

/// The functions of this chapter.
#[pymodule("posix")]
pub mod module {
    use super::*;

    /// Tell whether the process dumped core.
    #[py("WCOREDUMP(status, /)")]
    fn WCOREDUMP(status: i32) -> bool {
        status & 0x80 != 0
    }

    /// Tell whether the process was continued.
    #[py("WIFCONTINUED(status)")]
    fn WIFCONTINUED(status: i32) -> bool {
        status == 0xffff
    }

    /// Tell whether the process was stopped.
    #[py("WIFSTOPPED(status)")]
    fn WIFSTOPPED(status: i32) -> bool {
        status & 0xff == 0x7f
    }

    /// Tell whether the process was ended by a signal.
    #[py("WIFSIGNALED(status)")]
    fn WIFSIGNALED(status: i32) -> bool {
        (((status & 0x7f) + 1) as i8 >> 1) > 0
    }

    /// Tell whether the process exited.
    #[py("WIFEXITED(status)")]
    fn WIFEXITED(status: i32) -> bool {
        status & 0x7f == 0
    }

    /// Return the process's exit code.
    #[py("WEXITSTATUS(status)")]
    fn WEXITSTATUS(status: i32) -> i32 {
        (status & 0xff00) >> 8
    }

    /// Return the signal that ended the process.
    #[py("WTERMSIG(status)")]
    fn WTERMSIG(status: i32) -> i32 {
        status & 0x7f
    }

    /// Return the signal that stopped the process.
    #[py("WSTOPSIG(status)")]
    fn WSTOPSIG(status: i32) -> i32 {
        (status & 0xff00) >> 8
    }

    /// Convert a wait status to an exit code: negative for a signal.
    #[py("waitstatus_to_exitcode(status)")]
    fn waitstatus_to_exitcode(vm: &Vm, status: i32) -> Result<i32> {
        if WIFEXITED(status) {
            return Ok(WEXITSTATUS(status));
        }
        if WIFSTOPPED(status) {
            bail!(vm, ValueError, "process stopped by delivery of signal {}", WSTOPSIG(status));
        }
        if WIFSIGNALED(status) {
            return Ok(-WTERMSIG(status));
        }
        Err(raise!(vm, ValueError, "invalid wait status: {status}"))
    }

    /// Wait for completion of a child process; give its number and status.
    #[py("wait()")]
    fn wait(vm: &Vm) -> Result<(i32, i32)> {
        vm.blocking_call(|| system::waitpid(-1, 0))
    }

    /// Wait for completion of a given child process; give its number and status.
    #[py("waitpid(pid, options, /)")]
    fn waitpid(vm: &Vm, pid: i32, options: i32) -> Result<(i32, i32)> {
        vm.blocking_call(|| system::waitpid(pid, options))
    }

    /// Wait for completion of a child process; give its number, status and resource usage.
    #[py("wait3(options)")]
    fn wait3(vm: &Vm, options: i32) -> Result<(i32, i32, Object)> {
        wait4(vm, -1, options)
    }

    /// Wait for completion of a given child process; give its number, status and resource usage.
    #[py("wait4(pid, options)")]
    fn wait4(vm: &Vm, pid: i32, options: i32) -> Result<(i32, i32, Object)> {
        let (pid, status, usage) = vm.blocking_call(|| system::wait4(pid, options))?;
        Ok((pid, status, usage_object(vm, &usage)?))
    }

    /// Wait for one or more processes; None if nothing was found.
    #[py("waitid(idtype, id, options, /)")]
    fn waitid(vm: &Vm, idtype: i32, id: i32, options: i32) -> Result<Option<Object>> {
        match vm.blocking_call(|| system::waitid(idtype as u32, id as u32, options))? {
            None => Ok(None),
            Some(i) => {
                let values = vec![
                    Object::int32(i.pid),
                    Int::from_i64(i.uid.into()),
                    Object::int32(i.signo),
                    Object::int32(i.status),
                    Object::int32(i.code),
                ];
                StructSeq::make(vm, &WAITID_RESULT, values).map(Some)
            }
        }
    }

    /// Abort the process at once.
    #[py("abort()")]
    fn abort() {
        system::abort()
    }

    /// Kill a process with a signal.
    #[py("kill(pid, signal, /)")]
    fn kill(vm: &Vm, pid: i32, signal: i32) -> Result<()> {
        vm.audit("os.kill", &[Object::int32(pid), Object::int32(signal)])?;
        done(vm, system::kill(pid, signal))?;
        vm::interp::check_signals(vm)
    }

    /// Kill a process group with a signal.
    #[py("killpg(pgid, signal, /)")]
    fn killpg(vm: &Vm, pgid: i32, signal: i32) -> Result<()> {
        vm.audit("os.killpg", &[Object::int32(pgid), Object::int32(signal)])?;
        done(vm, system::killpg(pgid, signal))?;
        vm::interp::check_signals(vm)
    }

    /// Return a descriptor that refers to a process.
    #[py("pidfd_open(pid, flags=0)")]
    fn pidfd_open(vm: &Vm, pid: i32, flags: u32) -> Result<i32> {
        done(vm, system::pidfd_open(pid, flags))
    }

    /// Return the actual login name.
    #[py("getlogin()")]
    fn getlogin(vm: &Vm) -> Result<Object> {
        Ok(decode_fs(vm, &done(vm, host::users::login_name())?)?.into_object())
    }

    /// Return the list of groups to which a user belongs, with the group given.
    #[py("getgrouplist(user, group, /)")]
    fn getgrouplist(vm: &Vm, user: Path, group: &Object) -> Result<Vec<Object>> {
        let groups = done(vm, host::users::groups_of(&user.bytes, gid(vm, group)?))?;
        Ok(groups.into_iter().map(|g| Int::from_i64(g.into())).collect())
    }

    /// Return the supplemental group ids of the process.
    #[py("getgroups()")]
    fn getgroups(vm: &Vm) -> Result<Vec<Object>> {
        Ok(done(vm, system::getgroups())?.into_iter().map(|g| Int::from_i64(g.into())).collect())
    }

    /// Set the groups of the current process.
    #[py("setgroups(groups, /)")]
    fn setgroups(vm: &Vm, groups: &Object) -> Result<()> {
        done(vm, system::setgroups(&ids(vm, groups)?))
    }

    /// Initialize the group access list with all groups of a user, and one more.
    #[py("initgroups(username, gid, /)")]
    fn initgroups(vm: &Vm, username: Path, gid: &Object) -> Result<()> {
        done(vm, system::initgroups(&username.bytes, super::gid(vm, gid)?))
    }

    /// Return average recent system load over 1, 5 and 15 minutes.
    #[py("getloadavg()")]
    fn getloadavg(vm: &Vm) -> Result<(f64, f64, f64)> {
        match system::load_average() {
            Some([a, b, c]) => Ok((a, b, c)),
            None => Err(raise!(vm, OSError, "Load averages are unobtainable")),
        }
    }

    /// Return the process group of a process.
    #[py("getpgid(pid)")]
    fn getpgid(vm: &Vm, pid: i32) -> Result<i32> {
        done(vm, system::getpgid(pid))
    }

    /// Return the current process group.
    #[py("getpgrp()")]
    fn getpgrp(vm: &Vm) -> Result<i32> {
        done(vm, system::getpgid(0))
    }

    /// Make the process the leader of its group.
    #[py("setpgrp()")]
    fn setpgrp(vm: &Vm) -> Result<()> {
        done(vm, system::setpgid(0, 0))
    }

    /// Move a process into a group.
    #[py("setpgid(pid, pgrp, /)")]
    fn setpgid(vm: &Vm, pid: i32, pgrp: i32) -> Result<()> {
        done(vm, system::setpgid(pid, pgrp))
    }

    /// Return the session of a process.
    #[py("getsid(pid, /)")]
    fn getsid(vm: &Vm, pid: i32) -> Result<i32> {
        done(vm, system::getsid(pid))
    }

    /// Begin a session.
    #[py("setsid()")]
    fn setsid(vm: &Vm) -> Result<()> {
        done(vm, system::setsid()).map(drop)
    }

    /// Return the foreground process group of a terminal.
    #[py("tcgetpgrp(fd, /)")]
    fn tcgetpgrp(vm: &Vm, fd: i32) -> Result<i32> {
        done(vm, system::tcgetpgrp(fd))
    }

    /// Set the foreground process group of a terminal.
    #[py("tcsetpgrp(fd, pgid, /)")]
    fn tcsetpgrp(vm: &Vm, fd: i32, pgid: i32) -> Result<()> {
        done(vm, system::tcsetpgrp(fd, pgid))
    }

    /// Return the scheduling priority of a program.
    #[py("getpriority(which, who)")]
    fn getpriority(vm: &Vm, which: i32, who: i32) -> Result<i32> {
        done(vm, system::getpriority(which, who as u32))
    }

    /// Set the scheduling priority of a program.
    #[py("setpriority(which, who, priority)")]
    fn setpriority(vm: &Vm, which: i32, who: i32, priority: i32) -> Result<()> {
        done(vm, system::setpriority(which, who as u32, priority))
    }

    /// Add to the niceness of the process; give the new one.
    #[py("nice(increment, /)")]
    fn nice(vm: &Vm, increment: i32) -> Result<i32> {
        done(vm, system::nice(increment))
    }

    /// Return the real, effective and saved user ids.
    #[py("getresuid()")]
    fn getresuid(vm: &Vm) -> Result<(u32, u32, u32)> {
        done(vm, system::getresuid()).map(|[a, b, c]| (a, b, c))
    }

    /// Return the real, effective and saved group ids.
    #[py("getresgid()")]
    fn getresgid(vm: &Vm) -> Result<(u32, u32, u32)> {
        done(vm, system::getresgid()).map(|[a, b, c]| (a, b, c))
    }

    /// Set the user id.
    #[py("setuid(uid, /)")]
    fn setuid(vm: &Vm, uid: &Object) -> Result<()> {
        done(vm, system::setuid(super::uid(vm, uid)?))
    }

    /// Set the group id.
    #[py("setgid(gid, /)")]
    fn setgid(vm: &Vm, gid: &Object) -> Result<()> {
        done(vm, system::setgid(super::gid(vm, gid)?))
    }

    /// Set the effective user id.
    #[py("seteuid(euid, /)")]
    fn seteuid(vm: &Vm, euid: &Object) -> Result<()> {
        done(vm, system::setresuid(u32::MAX, uid(vm, euid)?, u32::MAX))
    }

    /// Set the effective group id.
    #[py("setegid(egid, /)")]
    fn setegid(vm: &Vm, egid: &Object) -> Result<()> {
        done(vm, system::setresgid(u32::MAX, gid(vm, egid)?, u32::MAX))
    }

    /// Set the real and effective user ids.
    #[py("setreuid(ruid, euid, /)")]
    fn setreuid(vm: &Vm, ruid: &Object, euid: &Object) -> Result<()> {
        done(vm, system::setresuid(uid(vm, ruid)?, uid(vm, euid)?, u32::MAX))
    }

    /// Set the real and effective group ids.
    #[py("setregid(rgid, egid, /)")]
    fn setregid(vm: &Vm, rgid: &Object, egid: &Object) -> Result<()> {
        done(vm, system::setresgid(gid(vm, rgid)?, gid(vm, egid)?, u32::MAX))
    }

    /// Set the real, effective and saved user ids.
    #[py("setresuid(ruid, euid, suid, /)")]
    fn setresuid(vm: &Vm, ruid: &Object, euid: &Object, suid: &Object) -> Result<()> {
        done(vm, system::setresuid(uid(vm, ruid)?, uid(vm, euid)?, uid(vm, suid)?))
    }

    /// Set the real, effective and saved group ids.
    #[py("setresgid(rgid, egid, sgid, /)")]
    fn setresgid(vm: &Vm, rgid: &Object, egid: &Object, sgid: &Object) -> Result<()> {
        done(vm, system::setresgid(gid(vm, rgid)?, gid(vm, egid)?, gid(vm, sgid)?))
    }

    /// Get the highest scheduling priority of a policy.
    #[py("sched_get_priority_max(policy)")]
    fn sched_get_priority_max(vm: &Vm, policy: i32) -> Result<i32> {
        done(vm, system::priority_range(policy)).map(|(_, max)| max)
    }

    /// Get the lowest scheduling priority of a policy.
    #[py("sched_get_priority_min(policy)")]
    fn sched_get_priority_min(vm: &Vm, policy: i32) -> Result<i32> {
        done(vm, system::priority_range(policy)).map(|(min, _)| min)
    }

    /// Return the CPUs that a process may run on.
    #[py("sched_getaffinity(pid, /)")]
    fn sched_getaffinity(vm: &Vm, pid: i32) -> Result<Object> {
        let cpus = done(vm, system::getaffinity(pid))?;
        vm::builtins::set::Set::from_items(vm, cpus.into_iter().map(|c| Int::from_i64(c as i64)).collect())
    }

    /// Set the CPUs that a process may run on.
    #[py("sched_setaffinity(pid, mask, /)")]
    fn sched_setaffinity(vm: &Vm, pid: i32, mask: &Object) -> Result<()> {
        let mut cpus = Vec::new();
        iter::each(vm, mask, |cpu| {
            if !cpu.is_instance_of::<Int>() {
                bail!(vm, TypeError, "expected an iterator of ints, but iterator yielded {}", type_name(&cpu));
            }
            match Int::to_i64(&cpu) {
                Some(n) if n < 0 => Err(raise!(vm, ValueError, "negative CPU number")),
                Some(n) if n < 1 << 30 => {
                    cpus.push(n as usize);
                    Ok(())
                }
                _ => Err(raise!(vm, OverflowError, "CPU number too large")),
            }
        })?;
        done(vm, system::setaffinity(pid, &cpus))
    }

    /// Get the scheduling parameters of a process.
    #[py("sched_getparam(pid, /)")]
    fn sched_getparam(vm: &Vm, pid: i32) -> Result<Object> {
        let priority = done(vm, system::getparam(pid))?;
        StructSeq::make(vm, &SCHED_PARAM, vec![Object::int32(priority)])
    }

    /// Set the scheduling parameters of a process.
    #[py("sched_setparam(pid, param, /)")]
    fn sched_setparam(vm: &Vm, pid: i32, param: &Object) -> Result<()> {
        done(vm, system::setparam(pid, priority_of(vm, param)?))
    }

    /// Get the scheduling policy of a process.
    #[py("sched_getscheduler(pid, /)")]
    fn sched_getscheduler(vm: &Vm, pid: i32) -> Result<i32> {
        done(vm, system::getscheduler(pid))
    }

    /// Set the scheduling policy of a process.
    #[py("sched_setscheduler(pid, policy, param, /)")]
    fn sched_setscheduler(vm: &Vm, pid: i32, policy: i32, param: &Object) -> Result<()> {
        done(vm, system::setscheduler(pid, policy, priority_of(vm, param)?))
    }

    /// Return the round-robin time slice of a process, in seconds.
    #[py("sched_rr_get_interval(pid, /)")]
    fn sched_rr_get_interval(vm: &Vm, pid: i32) -> Result<f64> {
        done(vm, system::rr_interval(pid))
    }

    /// Voluntarily relinquish the CPU.
    #[py("sched_yield()")]
    fn sched_yield(vm: &Vm) -> Result<()> {
        let result = vm.allow_threads(system::sched_yield);
        done(vm, result)
    }

    /// Move the process into another namespace.
    #[py("setns(fd, nstype=0)")]
    fn setns(vm: &Vm, fd: super::super::Descriptor, nstype: i32) -> Result<()> {
        done(vm, system::setns(fd.0, nstype))
    }

    /// Move the process into new namespaces.
    #[py("unshare(flags)")]
    fn unshare(vm: &Vm, flags: i32) -> Result<()> {
        done(vm, system::unshare(flags))
    }

    /// Execute a command in a subshell; give its wait status.
    #[py("system(command)")]
    fn system(vm: &Vm, command: Path) -> Result<i32> {
        vm.audit("os.system", &[Bytes::try_new(vm, command.bytes.as_bytes())?.into_object()])?;
        let result = vm.allow_threads(|| super::system::system(&command.bytes));
        done(vm, result)
    }

    /// Return a collection of process times, in seconds.
    #[py("times()")]
    fn times(vm: &Vm) -> Result<Object> {
        let ticks = done(vm, super::system::times())?;
        let rate = host::constants::find(host::constants::SYSCONF, "_SC_CLK_TCK")
            .and_then(|name| host::system::sysconf(name as i32).ok().flatten())
            .unwrap_or(100) as f64;
        StructSeq::make(vm, &TIMES_RESULT, ticks.iter().map(|t| Float::from_f64(*t as f64 / rate)).collect())
    }
}
