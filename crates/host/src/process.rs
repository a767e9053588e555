//! Processes: who we are, other processes, ending.

use crate::fd::Fd;
use crate::limits::Usage;
use std::ffi::{CStr, CString};
use std::io;

/// A process's number.
pub type Pid = i32;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident -> $type:ty;)*) => {
        $($(#[$doc])* pub fn $name() -> $type { get!(libc::$name()) })*
    };
}

ids! {
    /// `getpid(2)`
    getpid -> Pid;
    /// `getppid(2)`
    getppid -> Pid;
    /// `getpgrp(2)`
    getpgrp -> Pid;
    /// `getuid(2)`
    getuid -> u32;
    /// `geteuid(2)`
    geteuid -> u32;
    /// `getgid(2)`
    getgid -> u32;
    /// `getegid(2)`
    getegid -> u32;
}

/// `getpgid(2)`
pub fn getpgid(pid: Pid) -> io::Result<Pid> {
    call!(libc::getpgid(pid))
}

/// `setpgid(2)`
pub fn setpgid(pid: Pid, group: Pid) -> io::Result<()> {
    call!(libc::setpgid(pid, group)).map(drop)
}

/// `getsid(2)`
pub fn getsid(pid: Pid) -> io::Result<Pid> {
    call!(libc::getsid(pid))
}

/// `setsid(2)`
pub fn setsid() -> io::Result<Pid> {
    call!(libc::setsid())
}

/// `tcgetpgrp(3)`
pub fn tcgetpgrp(fd: Fd) -> io::Result<Pid> {
    call!(libc::tcgetpgrp(fd))
}

/// `tcsetpgrp(3)`
pub fn tcsetpgrp(fd: Fd, group: Pid) -> io::Result<()> {
    call!(libc::tcsetpgrp(fd, group)).map(drop)
}

/// `setuid(2)`
pub fn setuid(id: u32) -> io::Result<()> {
    call!(libc::setuid(id)).map(drop)
}

/// `setgid(2)`
pub fn setgid(id: u32) -> io::Result<()> {
    call!(libc::setgid(id)).map(drop)
}

/// `setresuid(2)`; `u32::MAX` leaves an id as it is.
pub fn setresuid(real: u32, effective: u32, saved: u32) -> io::Result<()> {
    call!(libc::setresuid(real, effective, saved)).map(drop)
}

/// `setresgid(2)`; `u32::MAX` leaves an id as it is.
pub fn setresgid(real: u32, effective: u32, saved: u32) -> io::Result<()> {
    call!(libc::setresgid(real, effective, saved)).map(drop)
}

/// `getresuid(2)`: real, effective, saved.
pub fn getresuid() -> io::Result<[u32; 3]> {
    let [mut a, mut b, mut c] = [0; 3];
    call!(libc::getresuid(&mut a, &mut b, &mut c))?;
    Ok([a, b, c])
}

/// `getresgid(2)`: real, effective, saved.
pub fn getresgid() -> io::Result<[u32; 3]> {
    let [mut a, mut b, mut c] = [0; 3];
    call!(libc::getresgid(&mut a, &mut b, &mut c))?;
    Ok([a, b, c])
}

/// `getgroups(2)`
pub fn getgroups() -> io::Result<Vec<u32>> {
    let count = call!(libc::getgroups(0, std::ptr::null_mut()))?;
    let mut groups = vec![0; count as usize];
    let got = call!(libc::getgroups(count, groups.as_mut_ptr()))?;
    groups.truncate(got as usize);
    Ok(groups)
}

/// `setgroups(2)`
pub fn setgroups(groups: &[u32]) -> io::Result<()> {
    call!(libc::setgroups(groups.len(), groups.as_ptr())).map(drop)
}

/// `initgroups(3)`
pub fn initgroups(user: &CStr, group: u32) -> io::Result<()> {
    call!(libc::initgroups(user.as_ptr(), group)).map(drop)
}

/// `nice(2)`: gives the new niceness.
pub fn nice(change: i32) -> io::Result<i32> {
    crate::set_errno(0);
    let value = get!(libc::nice(change));
    if value == -1 && crate::errno() != 0 { Err(io::Error::last_os_error()) } else { Ok(value) }
}

/// `getpriority(2)`
pub fn getpriority(which: i32, who: u32) -> io::Result<i32> {
    crate::set_errno(0);
    let value = get!(libc::getpriority(which as _, who));
    if value == -1 && crate::errno() != 0 { Err(io::Error::last_os_error()) } else { Ok(value) }
}

/// `setpriority(2)`
pub fn setpriority(which: i32, who: u32, priority: i32) -> io::Result<()> {
    call!(libc::setpriority(which as _, who, priority)).map(drop)
}

/// `kill(2)`
pub fn kill(pid: Pid, signal: i32) -> io::Result<()> {
    call!(libc::kill(pid, signal)).map(drop)
}

/// `killpg(3)`
pub fn killpg(group: Pid, signal: i32) -> io::Result<()> {
    call!(libc::killpg(group, signal)).map(drop)
}

/// `waitpid(2)`: the process (0: none yet) and its status.
pub fn waitpid(pid: Pid, options: i32) -> io::Result<(Pid, i32)> {
    let mut status = 0;
    let pid = call!(libc::waitpid(pid, &mut status, options))?;
    Ok((pid, status))
}

/// `wait4(2)`: as `waitpid`, and what the process has used.
pub fn wait4(pid: Pid, options: i32) -> io::Result<(Pid, i32, Usage)> {
    let (mut status, mut usage) = (0, zeroed!(libc::rusage));
    let pid = call!(libc::wait4(pid, &mut status, options, &mut usage))?;
    Ok((pid, status, Usage::from_c(&usage)))
}

/// What `waitid(2)` found.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names are C's without si_")]
pub struct WaitInfo {
    pub pid: Pid,
    pub uid: u32,
    pub signo: i32,
    pub status: i32,
    pub code: i32,
}

/// `waitid(2)`; `None` where `WNOHANG` found nothing.
pub fn waitid(kind: u32, id: u32, options: i32) -> io::Result<Option<WaitInfo>> {
    let mut info = zeroed!(libc::siginfo_t);
    call!(libc::waitid(kind as _, id, &mut info, options))?;
    // SAFETY: the call filled the fields of SIGCHLD, or left the zeros.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    Ok((pid != 0).then_some(WaitInfo { pid, uid, signo: info.si_signo, status, code: info.si_code }))
}

/// What a status of `waitpid` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Ended with this exit code.
    Exited(i32),
    /// Ended by this signal; whether a core was dumped.
    Signaled(i32, bool),
    /// Stopped by this signal.
    Stopped(i32),
    /// Goes on.
    Continued,
}

/// Takes a status apart.
pub fn status(status: i32) -> Status {
    if libc::WIFEXITED(status) {
        Status::Exited(libc::WEXITSTATUS(status))
    } else if libc::WIFSTOPPED(status) {
        Status::Stopped(libc::WSTOPSIG(status))
    } else if libc::WIFCONTINUED(status) {
        Status::Continued
    } else {
        Status::Signaled(libc::WTERMSIG(status), libc::WCOREDUMP(status))
    }
}

/// `pidfd_send_signal(2)`
pub fn pidfd_send_signal(pidfd: Fd, signal: i32, flags: u32) -> io::Result<()> {
    let info = std::ptr::null::<libc::siginfo_t>();
    call!(libc::syscall(libc::SYS_pidfd_send_signal, pidfd, signal, info, flags)).map(drop)
}

/// `pidfd_open(2)`
pub fn pidfd_open(pid: Pid, flags: u32) -> io::Result<Fd> {
    call!(libc::syscall(libc::SYS_pidfd_open, pid, flags)).map(|fd| fd as Fd)
}

/// `fork(2)`: 0 in the child.
///
/// The child has this thread only. Locks that other threads held stay locked there: the caller must see to it that the
/// child touches none of them (the interpreter's own locks are made anew) before it goes on or calls [`exit_now`].
pub fn fork() -> io::Result<Pid> {
    let _threads = crate::thread::hold();
    call!(libc::fork())
}

/// `forkpty(3)`: 0 in the child; the descriptor of the terminal's other side. See [`fork`].
pub fn forkpty() -> io::Result<(Pid, Fd)> {
    let _threads = crate::thread::hold();
    let mut fd = -1;
    let none = std::ptr::null_mut();
    let pid = call!(libc::forkpty(&mut fd, none, std::ptr::null_mut(), std::ptr::null_mut()))?;
    Ok((pid, fd))
}

/// NULL-terminated pointers to `strings`.
pub(crate) fn pointers(strings: &[CString]) -> Vec<*mut libc::c_char> {
    strings.iter().map(|s| s.as_ptr().cast_mut()).chain([std::ptr::null_mut()]).collect()
}

/// `execve(2)`: returns only if it fails.
pub fn execve(path: &CStr, argv: &[CString], env: &[CString]) -> io::Error {
    let (argv, env) = (pointers(argv), pointers(env));
    get!(libc::execve(path.as_ptr(), argv.as_ptr().cast(), env.as_ptr().cast()));
    io::Error::last_os_error()
}

/// `fexecve(3)`: returns only if it fails.
pub fn fexecve(fd: Fd, argv: &[CString], env: &[CString]) -> io::Error {
    let (argv, env) = (pointers(argv), pointers(env));
    get!(libc::fexecve(fd, argv.as_ptr().cast(), env.as_ptr().cast()));
    io::Error::last_os_error()
}

/// `execv(2)`: returns only if it fails.
pub fn execv(path: &CStr, argv: &[CString]) -> io::Error {
    let argv = pointers(argv);
    get!(libc::execv(path.as_ptr(), argv.as_ptr().cast()));
    io::Error::last_os_error()
}

/// `system(3)`: the shell's status as of `waitpid`.
pub fn system(command: &CStr) -> io::Result<i32> {
    call!(libc::system(command.as_ptr()))
}

/// `_exit(2)`: ends the process at once.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: takes a number.
    unsafe { libc::_exit(code) }
}

/// `abort(3)`
pub fn abort() -> ! {
    std::process::abort()
}

/// `sched_setscheduler(2)`
pub fn setscheduler(pid: Pid, policy: i32, priority: i32) -> io::Result<()> {
    let mut param = zeroed!(libc::sched_param);
    param.sched_priority = priority;
    call!(libc::sched_setscheduler(pid, policy, &param)).map(drop)
}

/// `sched_getparam(2)`: the priority.
pub fn getparam(pid: Pid) -> io::Result<i32> {
    let mut param = zeroed!(libc::sched_param);
    call!(libc::sched_getparam(pid, &mut param))?;
    Ok(param.sched_priority)
}

/// `sched_setparam(2)`
pub fn setparam(pid: Pid, priority: i32) -> io::Result<()> {
    let mut param = zeroed!(libc::sched_param);
    param.sched_priority = priority;
    call!(libc::sched_setparam(pid, &param)).map(drop)
}

/// `sched_rr_get_interval(2)`, in seconds.
pub fn rr_interval(pid: Pid) -> io::Result<f64> {
    let mut time = zeroed!(libc::timespec);
    call!(libc::sched_rr_get_interval(pid, &mut time))?;
    Ok(time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9)
}

/// `unshare(2)`
pub fn unshare(flags: i32) -> io::Result<()> {
    call!(libc::unshare(flags)).map(drop)
}

/// `setns(2)`
pub fn setns(fd: Fd, kind: i32) -> io::Result<()> {
    call!(libc::setns(fd, kind)).map(drop)
}

/// `sched_yield(2)`
pub fn sched_yield() -> io::Result<()> {
    call!(libc::sched_yield()).map(drop)
}

/// `sched_getaffinity(2)`: the CPUs that a process may run on.
pub fn getaffinity(pid: Pid) -> io::Result<Vec<usize>> {
    let mut set = zeroed!(libc::cpu_set_t);
    let size = std::mem::size_of::<libc::cpu_set_t>();
    call!(libc::sched_getaffinity(pid, size, &mut set))?;
    // SAFETY: looks at bits within the set.
    Ok((0..size * 8).filter(|cpu| unsafe { libc::CPU_ISSET(*cpu, &set) }).collect())
}

/// `sched_setaffinity(2)`
pub fn setaffinity(pid: Pid, cpus: &[usize]) -> io::Result<()> {
    let mut set = zeroed!(libc::cpu_set_t);
    let size = std::mem::size_of::<libc::cpu_set_t>();
    for cpu in cpus {
        if *cpu >= size * 8 {
            return Err(io::Error::from_raw_os_error(libc::EINVAL));
        }
        // SAFETY: the bit is within the set.
        unsafe { libc::CPU_SET(*cpu, &mut set) };
    }
    call!(libc::sched_setaffinity(pid, size, &set)).map(drop)
}

/// `sched_getscheduler(2)`
pub fn getscheduler(pid: Pid) -> io::Result<i32> {
    call!(libc::sched_getscheduler(pid))
}

/// `sched_get_priority_min(2)`, `sched_get_priority_max(2)`
pub fn priority_range(policy: i32) -> io::Result<(i32, i32)> {
    Ok((call!(libc::sched_get_priority_min(policy))?, call!(libc::sched_get_priority_max(policy))?))
}

/// `getloadavg(3)`: over 1, 5 and 15 minutes.
pub fn load_average() -> Option<[f64; 3]> {
    let mut loads = [0.0; 3];
    (get!(libc::getloadavg(loads.as_mut_ptr(), 3)) == 3).then_some(loads)
}

/// `times(2)`: user, system, children's user, children's system, elapsed; in clock ticks.
pub fn times() -> io::Result<[i64; 5]> {
    let mut times = zeroed!(libc::tms);
    let elapsed = call!(libc::times(&mut times))?;
    Ok([times.tms_utime, times.tms_stime, times.tms_cutime, times.tms_cstime, elapsed])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_we_are() {
        assert_eq!(getpid(), std::process::id() as Pid);
        assert_eq!(getresuid().unwrap()[..2], [getuid(), geteuid()]);
        assert!(!getaffinity(0).unwrap().is_empty());
        assert!(getgroups().is_ok() && times().unwrap()[4] != 0 && load_average().is_some());
        assert_eq!(kill(getpid(), 0).ok(), Some(()));
        assert_eq!(kill(getpid(), 9999).unwrap_err().raw_os_error(), Some(libc::EINVAL));
    }

    #[test]
    fn statuses() {
        assert_eq!(status(3 << 8), Status::Exited(3));
        assert_eq!(status(9), Status::Signaled(9, false));
        assert_eq!(status(11 | 0x80), Status::Signaled(11, true));
        assert_eq!(status(19 << 8 | 0x7f), Status::Stopped(19));
    }
}
