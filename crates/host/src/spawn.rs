//! Starting programs: `posix_spawn`, and the fork-and-exec of `subprocess` done where nothing else may run.

use crate::fd::{self, Fd};
use crate::process::{Pid, pointers};
use std::ffi::CString;
use std::io;
use std::mem::MaybeUninit;

/// What the child of [`posix_spawn`] does with its descriptors, in order.
#[derive(Clone, Debug)]
pub enum FileAction {
    /// Opens a file as this descriptor.
    Open(Fd, CString, i32, u32),
    /// Closes this descriptor.
    Close(Fd),
    /// Makes the second a duplicate of the first.
    Dup2(Fd, Fd),
    /// Closes this descriptor and all above it.
    CloseFrom(Fd),
}

/// How the child of [`posix_spawn`] begins.
#[derive(Clone, Debug, Default)]
pub struct SpawnOptions {
    /// Its process group; 0: its own.
    pub group: Option<Pid>,
    /// Takes the real ids as effective ones.
    pub reset_ids: bool,
    /// Begins a session.
    pub session: bool,
    /// Blocked signals.
    pub mask: Option<Vec<i32>>,
    /// Signals that get their default action.
    pub defaults: Option<Vec<i32>>,
    /// Scheduling policy (`None`: as it is) and priority.
    pub scheduler: Option<(Option<i32>, i32)>,
}

/// `posix_spawn(3)`, or `posix_spawnp(3)` where `search`.
pub fn posix_spawn(
    path: &CString,
    argv: &[CString],
    env: &[CString],
    actions: &[FileAction],
    options: &SpawnOptions,
    search: bool,
) -> io::Result<Pid> {
    let mut file_actions = MaybeUninit::uninit();
    call0!(libc::posix_spawn_file_actions_init(file_actions.as_mut_ptr()))?;
    let mut file_actions = Guard(file_actions, libc::posix_spawn_file_actions_destroy);
    for action in actions {
        let to = file_actions.0.as_mut_ptr();
        match action {
            FileAction::Open(fd, path, flags, mode) => {
                call0!(libc::posix_spawn_file_actions_addopen(to, *fd, path.as_ptr(), *flags, *mode))?;
            }
            FileAction::Close(fd) => call0!(libc::posix_spawn_file_actions_addclose(to, *fd))?,
            FileAction::Dup2(from, fd) => call0!(libc::posix_spawn_file_actions_adddup2(to, *from, *fd))?,
            FileAction::CloseFrom(fd) => call0!(libc::posix_spawn_file_actions_addclosefrom_np(to, *fd))?,
        }
    }
    let mut attributes = MaybeUninit::uninit();
    call0!(libc::posix_spawnattr_init(attributes.as_mut_ptr()))?;
    let mut attributes = Guard(attributes, libc::posix_spawnattr_destroy);
    let to = attributes.0.as_mut_ptr();
    let mut flags = 0;
    if let Some(group) = options.group {
        flags |= libc::POSIX_SPAWN_SETPGROUP;
        call0!(libc::posix_spawnattr_setpgroup(to, group))?;
    }
    if options.reset_ids {
        flags |= libc::POSIX_SPAWN_RESETIDS;
    }
    if options.session {
        flags |= POSIX_SPAWN_SETSID;
    }
    if let Some(signals) = &options.mask {
        flags |= libc::POSIX_SPAWN_SETSIGMASK;
        let set = crate::signal::to_set(signals)?;
        call0!(libc::posix_spawnattr_setsigmask(to, &set))?;
    }
    if let Some(signals) = &options.defaults {
        flags |= libc::POSIX_SPAWN_SETSIGDEF;
        let set = crate::signal::to_set(signals)?;
        call0!(libc::posix_spawnattr_setsigdefault(to, &set))?;
    }
    if let Some((policy, priority)) = options.scheduler {
        let mut param = zeroed!(libc::sched_param);
        param.sched_priority = priority;
        match policy {
            Some(policy) => {
                flags |= libc::POSIX_SPAWN_SETSCHEDULER;
                call0!(libc::posix_spawnattr_setschedpolicy(to, policy))?;
            }
            None => flags |= libc::POSIX_SPAWN_SETSCHEDPARAM,
        }
        call0!(libc::posix_spawnattr_setschedparam(to, &param))?;
    }
    call0!(libc::posix_spawnattr_setflags(to, flags as _))?;
    let (argv, env) = (pointers(argv), pointers(env));
    let mut pid = 0;
    let start = if search { libc::posix_spawnp } else { libc::posix_spawn };
    call0!(start(&mut pid, path.as_ptr(), file_actions.0.as_ptr(), to, argv.as_ptr(), env.as_ptr()))?;
    Ok(pid)
}

const POSIX_SPAWN_SETSID: i32 = 0x80;

/// A C object that is destroyed in the end.
struct Guard<T>(MaybeUninit<T>, unsafe extern "C" fn(*mut T) -> i32);

impl<T> Drop for Guard<T> {
    fn drop(&mut self) {
        // SAFETY: made only after the object's `init` call succeeded.
        unsafe { (self.1)(self.0.as_mut_ptr()) };
    }
}

/// What the child of [`fork_exec`] does before it becomes the program. Descriptors of −1 are left alone.
#[derive(Debug)]
pub struct ForkExec<'a> {
    /// Candidates for the program, tried in order.
    pub programs: &'a [CString],
    /// Its arguments.
    pub argv: &'a [CString],
    /// Its environment; `None`: ours.
    pub env: Option<&'a [CString]>,
    /// Its directory.
    pub cwd: Option<&'a CString>,
    /// Standard input: what the child reads, and the parent's end, closed in the child.
    pub stdin: (Fd, Fd),
    /// Standard output: what the child writes, and the parent's end.
    pub stdout: (Fd, Fd),
    /// Standard error: what the child writes, and the parent's end.
    pub stderr: (Fd, Fd),
    /// Where the child reports a failure as `ExceptionName:errno-in-hex:what`; must be above 2.
    pub error: Fd,
    /// Closes every other descriptor above 2, but `keep`.
    pub close_fds: bool,
    /// Sorted descriptors that stay open and become inheritable.
    pub keep: &'a [Fd],
    /// Gives SIGPIPE and SIGXFSZ their default action.
    pub restore_signals: bool,
    /// Begins a session.
    pub session: bool,
    /// Its process group; negative: ours.
    pub group: Pid,
    /// Its user, group and further groups.
    pub uid: Option<u32>,
    /// See `uid`.
    pub gid: Option<u32>,
    /// See `uid`.
    pub groups: Option<&'a [u32]>,
    /// Its file mode mask; negative: ours.
    pub umask: i32,
}

/// Forks, and in the child does what `how` says and becomes the program. Gives the child's number; failures of the
/// child come through `how.error`. `before_exec` runs in the child between its set-up and the program; it says whether
/// to go on. Without it nothing but async-signal-safe calls run in the child.
pub fn fork_exec(how: &ForkExec<'_>, before_exec: Option<&mut dyn FnMut() -> bool>) -> io::Result<Pid> {
    let argv = pointers(how.argv);
    let env = how.env.map(pointers);
    let mut old = zeroed!(libc::sigset_t);
    let all = {
        let mut set = zeroed!(libc::sigset_t);
        get!(libc::sigfillset(&mut set));
        set
    };
    // No handler of ours may run in the child; it gets the old mask back just before the program starts.
    call0!(libc::pthread_sigmask(libc::SIG_BLOCK, &all, &mut old))?;
    let result = crate::process::fork();
    if let Ok(0) = result {
        let mut hex = [0u8; 64];
        let (name, errno, what) = child(how, &argv, env.as_deref(), &old, before_exec);
        let report = failure(&mut hex, name, errno, what);
        let _ = fd::write(how.error, report);
        crate::process::exit_now(255);
    }
    call0!(libc::pthread_sigmask(libc::SIG_SETMASK, &old, std::ptr::null_mut()))?;
    result
}

/// `name:hex:what` without allocation.
fn failure<'a>(buffer: &'a mut [u8; 64], name: &str, errno: i32, what: &str) -> &'a [u8] {
    let mut digits = [0u8; 8];
    let (mut rest, mut first) = (errno.unsigned_abs(), digits.len());
    while rest > 0 {
        first -= 1;
        digits[first] = b"0123456789ABCDEF"[(rest % 16) as usize];
        rest /= 16;
    }
    let mut len = 0;
    for part in [name.as_bytes(), b":", &digits[first..], b":", what.as_bytes()] {
        let take = part.len().min(buffer.len() - len);
        buffer[len..len + take].copy_from_slice(&part[..take]);
        len += take;
    }
    &buffer[..len]
}

type Failure = (&'static str, i32, &'static str);

/// What happens in the child (I4). Returns only on failure: exception, errno, and `noexec` before the program's turn.
fn child(
    how: &ForkExec<'_>,
    argv: &[*mut libc::c_char],
    env: Option<&[*mut libc::c_char]>,
    mask: &libc::sigset_t,
    before_exec: Option<&mut dyn FnMut() -> bool>,
) -> Failure {
    if let Err(errno) = set_up(how, mask) {
        let what = if errno < 0 { "noexec:chdir" } else { "noexec" };
        return ("OSError", errno.abs(), what);
    }
    if let Some(before_exec) = before_exec
        && !before_exec()
    {
        return ("SubprocessError", 0, "Exception occurred in preexec_fn.");
    }
    // After `before_exec`, which may open descriptors of its own.
    if how.close_fds {
        let mut low = 3;
        for keep in how.keep.iter().copied().filter(|fd| *fd >= 3) {
            close_gap(low, keep);
            low = keep + 1;
        }
        close_gap(low, Fd::MAX);
    }
    let mut saved = 0;
    for program in how.programs {
        // SAFETY: I1: the pointers are to NUL-terminated strings, the lists end with NULL.
        unsafe {
            match env {
                Some(env) => libc::execve(program.as_ptr(), argv.as_ptr().cast(), env.as_ptr().cast()),
                None => libc::execv(program.as_ptr(), argv.as_ptr().cast()),
            };
        }
        let errno = crate::errno();
        if errno != libc::ENOENT && errno != libc::ENOTDIR && saved == 0 {
            saved = errno;
        }
    }
    ("OSError", if saved != 0 { saved } else { crate::errno() }, "")
}

/// Closes `low` to `high − 1` but is async-signal-safe.
fn close_gap(low: Fd, high: Fd) {
    if low < high && get!(libc::syscall(libc::SYS_close_range, low as u32, high as u32 - 1, 0u32)) != 0 {
        (low..high.min(4096)).for_each(|fd| drop(fd::close(fd)));
    }
}

/// Errors are the errno, negative for the directory's.
fn set_up(how: &ForkExec<'_>, mask: &libc::sigset_t) -> Result<(), i32> {
    let errno = |error: io::Error| error.raw_os_error().unwrap_or(libc::EIO);
    for fd in how.keep {
        if *fd != how.error {
            fd::set_inheritable(*fd, true).map_err(errno)?;
        }
    }
    for fd in [how.stdin.1, how.stdout.1, how.stderr.1] {
        if fd != -1 {
            fd::close(fd).map_err(errno)?;
        }
    }
    let (mut c2p, mut err) = (how.stdout.0, how.stderr.0);
    // A descriptor that stands where another belongs is moved out of the way first.
    if c2p == 0 {
        c2p = call!(libc::fcntl(c2p, libc::F_DUPFD_CLOEXEC, 3)).map_err(errno)?;
    }
    while (0..=1).contains(&err) {
        err = call!(libc::fcntl(err, libc::F_DUPFD_CLOEXEC, 3)).map_err(errno)?;
    }
    for (from, to) in [(how.stdin.0, 0), (c2p, 1), (err, 2)] {
        if from == to {
            fd::set_inheritable(from, true).map_err(errno)?;
        } else if from != -1 {
            call!(libc::dup2(from, to)).map_err(errno)?;
        }
    }
    if let Some(cwd) = how.cwd
        && get!(libc::chdir(cwd.as_ptr())) == -1
    {
        return Err(-crate::errno());
    }
    if how.umask >= 0 {
        crate::fs::umask(how.umask as u32);
    }
    if how.restore_signals {
        for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
            get!(libc::signal(signal, libc::SIG_DFL));
        }
    }
    call0!(libc::pthread_sigmask(libc::SIG_SETMASK, mask, std::ptr::null_mut())).map_err(errno)?;
    if how.session {
        call!(libc::setsid()).map_err(errno)?;
    }
    if how.group >= 0 {
        call!(libc::setpgid(0, how.group)).map_err(errno)?;
    }
    // The system calls themselves: the C library's functions would act on all threads, with locks.
    if let Some(groups) = how.groups {
        call!(libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr())).map_err(errno)?;
    }
    if let Some(gid) = how.gid {
        call!(libc::syscall(libc::SYS_setresgid, gid, gid, u32::MAX)).map_err(errno)?;
    }
    if let Some(uid) = how.uid {
        call!(libc::syscall(libc::SYS_setresuid, uid, uid, u32::MAX)).map_err(errno)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Status, status, waitpid};

    fn strings(words: &[&str]) -> Vec<CString> {
        words.iter().map(|word| CString::new(*word).unwrap()).collect()
    }

    fn drain(fd: Fd) -> String {
        let (mut text, mut buffer) = (Vec::new(), [0; 256]);
        while let Ok(n @ 1..) = fd::read(fd, &mut buffer) {
            text.extend_from_slice(&buffer[..n]);
        }
        fd::close(fd).unwrap();
        String::from_utf8(text).unwrap()
    }

    fn run(programs: &[&str], argv: &[&str], env: Option<&[&str]>, cwd: &str) -> (Status, String, String) {
        let (out_read, out_write) = fd::pipe(libc::O_CLOEXEC).unwrap();
        let (error_read, error_write) = fd::pipe(libc::O_CLOEXEC).unwrap();
        let (programs, argv, env) = (strings(programs), strings(argv), env.map(strings));
        let cwd = CString::new(cwd).unwrap();
        let how = ForkExec {
            programs: &programs,
            argv: &argv,
            env: env.as_deref(),
            cwd: Some(&cwd),
            stdin: (-1, -1),
            stdout: (out_write, out_read),
            stderr: (-1, -1),
            error: error_write,
            close_fds: true,
            keep: &[error_write],
            restore_signals: true,
            session: true,
            group: -1,
            uid: None,
            gid: None,
            groups: None,
            umask: 0o22,
        };
        let pid = fork_exec(&how, None).unwrap();
        fd::close(out_write).unwrap();
        fd::close(error_write).unwrap();
        let (out, error) = (drain(out_read), drain(error_read));
        (status(waitpid(pid, 0).unwrap().1), out, error)
    }

    #[test]
    fn programs_start_and_fail() {
        let (end, out, error) =
            run(&["/nowhere/sh", "/bin/sh"], &["sh", "-c", "echo $A; pwd; exit 3"], Some(&["A=b"]), "/");
        assert_eq!((end, out.as_str(), error.as_str()), (Status::Exited(3), "b\n/\n", ""));
        let (end, _, error) = run(&["/nowhere/sh"], &["sh"], None, "/");
        assert_eq!((end, error.as_str()), (Status::Exited(255), "OSError:2:"));
        let (_, _, error) = run(&["/bin/sh"], &["sh"], None, "/nowhere");
        assert_eq!(error, "OSError:2:noexec:chdir");
    }

    #[test]
    fn spawned_programs_have_their_files() {
        let (from, to) = fd::pipe(libc::O_CLOEXEC).unwrap();
        let actions = [FileAction::Dup2(to, 1), FileAction::CloseFrom(2)];
        let options = SpawnOptions { group: Some(0), mask: Some(vec![libc::SIGUSR1]), ..SpawnOptions::default() };
        let argv = strings(&["sh", "-c", "echo hi"]);
        let pid = posix_spawn(&CString::new("sh").unwrap(), &argv, &strings(&["PATH=/bin"]), &actions, &options, true)
            .unwrap();
        fd::close(to).unwrap();
        assert_eq!(drain(from), "hi\n");
        assert_eq!(status(waitpid(pid, 0).unwrap().1), Status::Exited(0));
        let missing =
            posix_spawn(&CString::new("/nowhere/x").unwrap(), &argv, &[], &[], &SpawnOptions::default(), false);
        assert_eq!(missing.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
