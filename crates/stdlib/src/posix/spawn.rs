//! `fork`, `exec` and `posix_spawn`.

use super::{Path, PathOrFd, fail, path_named};
use host::process as system;
use host::spawn::{FileAction, SpawnOptions};
use std::ffi::CString;
use vm::exception::types;
use vm::object::type_name;
use vm::prelude::*;
use vm::protocol::{call, iter, mapping, number};

/// Strings for `execv`: a list or tuple of paths.
fn strings(vm: &Vm, list: &Object, function: &str, what: &str) -> Result<Vec<CString>> {
    if !list.is_instance_of::<List>() && !list.is_instance_of::<Tuple>() {
        bail!(vm, TypeError, "{function}: {what} must be a tuple or list");
    }
    let items = iter::to_vec(vm, list)?;
    items.iter().map(|item| Ok(path_named(vm, item, function, what)?.bytes)).collect()
}

fn arguments(vm: &Vm, argv: &Object, function: &str, what: &str) -> Result<Vec<CString>> {
    let argv = strings(vm, argv, function, what)?;
    match argv.first() {
        None => Err(raise!(vm, ValueError, "{function}: {what} must not be empty")),
        Some(first) if first.is_empty() => {
            Err(raise!(vm, ValueError, "{function}: {what} first element cannot be empty"))
        }
        Some(_) => Ok(argv),
    }
}

/// `NAME=value` strings of a mapping.
fn environment(vm: &Vm, env: &Object, function: &str) -> Result<Vec<CString>> {
    if !mapping::is_mapping(env) {
        bail!(vm, TypeError, "{function}: environment must be a mapping object");
    }
    let keys = call::call_method(vm, env, vm.names().keys(), &[])?;
    let mut all = Vec::new();
    for key in iter::to_vec(vm, &keys)? {
        let value = vm::protocol::object::getitem(vm, env, &key)?;
        let mut entry = path_named(vm, &key, function, "env")?.bytes.into_bytes();
        if entry.is_empty() || entry[1..].contains(&b'=') || entry[0] == b'=' {
            bail!(vm, ValueError, "illegal environment variable name");
        }
        entry.push(b'=');
        entry.extend(path_named(vm, &value, function, "env")?.bytes.into_bytes());
        all.push(CString::new(entry).map_err(|_| raise!(vm, ValueError, "embedded null byte"))?);
    }
    Ok(all)
}

fn run_hooks(vm: &Vm, hooks: Vec<Object>) {
    for hook in hooks {
        if call::call(vm, &hook, &[]).is_err() {
            vm.unraisable("Exception ignored in atfork callback", Some(&hook));
        }
    }
}

/// What runs before a fork.
fn before_fork(vm: &Vm) {
    let mut hooks = vm.interp().fork_hooks[0].to_vec().unwrap_or_default();
    hooks.reverse();
    run_hooks(vm, hooks);
}

fn after_fork(vm: &Vm, in_child: bool) {
    if in_child {
        host::thread::after_fork();
        vm.interp().gil.after_fork(Vm::current());
        host::signal::clear();
    }
    run_hooks(vm, vm.interp().fork_hooks[if in_child { 2 } else { 1 }].to_vec().unwrap_or_default());
}

fn fork_with(vm: &Vm, name: &str, fork: impl FnOnce() -> std::io::Result<(i32, i32)>) -> Result<(i32, i32)> {
    if vm.interp().finalizing.get() {
        bail!(vm, PythonFinalizationError, "can't fork at interpreter shutdown");
    }
    vm.audit(&format!("os.{name}"), &[])?;
    before_fork(vm);
    let result = vm.interp().gil.around_fork(fork);
    let in_child = matches!(result, Ok((0, _)));
    after_fork(vm, in_child);
    if !in_child && vm.interp().gil.is_shared() {
        let message = format!(
            "This process (pid={}) is multi-threaded, use of {name}() may lead to deadlocks in the child.",
            system::getpid()
        );
        vm.warn(&types::DeprecationWarning, &message, 1)?;
    }
    result.map_err(|error| fail(vm, &error))
}

fn signals_of(vm: &Vm, signals: Option<&Object>) -> Result<Option<Vec<i32>>> {
    let Some(signals) = signals else { return Ok(None) };
    let mut all = Vec::new();
    iter::each(vm, signals, |item| {
        let index = number::index(vm, &item)?;
        let last = host::signal::COUNT - 1;
        match Int::to_i64(&index) {
            Some(n) if (1..=i64::from(last)).contains(&n) => {
                all.push(n as i32);
                Ok(())
            }
            Some(n) => Err(raise!(vm, ValueError, "signal number {n} out of range [1; {last}]")),
            None => Err(raise!(vm, OverflowError, "Python int too large to convert to C long")),
        }
    })?;
    Ok(Some(all))
}

fn actions_of(vm: &Vm, actions: &Object) -> Result<Vec<FileAction>> {
    let Ok(items) = iter::to_vec(vm, actions) else {
        vm.clear_raised();
        bail!(vm, TypeError, "file_actions must be a sequence or None");
    };
    let int = |o: &Object| -> Result<i32> {
        let index = number::index(vm, o)?;
        Int::to_i64(&index)
            .and_then(|n| i32::try_from(n).ok())
            .ok_or_else(|| raise!(vm, OverflowError, "Python int too large to convert to C int"))
    };
    let mut all = Vec::new();
    for item in items {
        let parts = item.cast::<Tuple>().filter(|t| !t.is_empty()).map(|t| t.items());
        let Some([tag, rest @ ..]) = parts else {
            bail!(vm, TypeError, "Each file_actions element must be a non-empty tuple");
        };
        all.push(match (int(tag)?, rest) {
            (0, [fd, path, flags, mode]) => FileAction::Open(
                int(fd)?,
                path_named(vm, path, "posix_spawn", "path")?.bytes,
                int(flags)?,
                int(mode)? as u32,
            ),
            (0, _) => bail!(vm, TypeError, "A open file_action tuple must have 5 elements"),
            (1, [fd]) => FileAction::Close(int(fd)?),
            (1, _) => bail!(vm, TypeError, "A close file_action tuple must have 2 elements"),
            (2, [fd, to]) => FileAction::Dup2(int(fd)?, int(to)?),
            (2, _) => bail!(vm, TypeError, "A dup2 file_action tuple must have 3 elements"),
            (3, [fd]) => FileAction::CloseFrom(int(fd)?),
            (3, _) => bail!(vm, TypeError, "A closefrom file_action tuple must have 2 elements"),
            _ => bail!(vm, TypeError, "Unknown file_actions identifier"),
        });
    }
    Ok(all)
}

struct Spawn<'a> {
    path: Path,
    argv: &'a Object,
    env: &'a Object,
    file_actions: Option<&'a Object>,
    setpgroup: Option<&'a Object>,
    resetids: bool,
    setsid: bool,
    setsigmask: Option<&'a Object>,
    setsigdef: Option<&'a Object>,
    scheduler: Option<&'a Object>,
}

impl Spawn<'_> {
    fn run(self, vm: &Vm, name: &str, search: bool) -> Result<i32> {
        let argv = arguments(vm, self.argv, name, "argv")?;
        let env = match self.env.is(&none()) {
            true => host::env::all()
                .into_iter()
                .filter_map(|(name, value)| CString::new([name, value].join(&b'=')).ok())
                .collect(),
            false => environment(vm, self.env, name)?,
        };
        let actions = self.file_actions.map_or(Ok(Vec::new()), |a| actions_of(vm, a))?;
        let group = match self.setpgroup {
            None => None,
            Some(group) => Some(number::as_ssize(vm, group, Some(&types::OverflowError))? as i32),
        };
        let scheduler = match self.scheduler {
            None => None,
            Some(scheduler) => {
                let Some(pair) = scheduler.cast::<Tuple>() else {
                    bail!(vm, TypeError, "scheduler must be a tuple or None");
                };
                let [policy, param] = pair.items() else {
                    bail!(vm, TypeError, "A scheduler tuple must have two elements");
                };
                let policy = match policy.is(&none()) {
                    true => None,
                    false => Some(number::as_ssize(vm, policy, Some(&types::OverflowError))? as i32),
                };
                let Some([priority]) = param.cast::<Tuple>().map(|t| t.items()) else {
                    bail!(vm, TypeError, "must have a sched_param object");
                };
                Some((policy, number::as_ssize(vm, priority, Some(&types::OverflowError))? as i32))
            }
        };
        let options = SpawnOptions {
            group,
            reset_ids: self.resetids,
            session: self.setsid,
            mask: signals_of(vm, self.setsigmask)?,
            defaults: signals_of(vm, self.setsigdef)?,
            scheduler,
        };
        vm.audit("os.posix_spawn", &[self.path.object.clone(), self.argv.clone(), self.env.clone()])?;
        host::spawn::posix_spawn(&self.path.bytes, &argv, &env, &actions, &options, search)
            .map_err(|error| self.path.fail(vm, &error))
    }
}

/// The functions of this chapter.
#[pymodule("posix")]
pub mod module {
    use super::*;

    /// Execute an executable path with arguments, replacing the current process.
    #[py("execv(path, argv, /)")]
    fn execv(vm: &Vm, path: Path, argv: &Object) -> Result<()> {
        if !argv.is_instance_of::<List>() && !argv.is_instance_of::<Tuple>() {
            bail!(vm, TypeError, "execv() arg 2 must be a tuple or list");
        }
        let argv = match iter::to_vec(vm, argv)?.is_empty() {
            true => bail!(vm, ValueError, "execv() arg 2 must not be empty"),
            false => strings(vm, argv, "execv", "argv")?,
        };
        if argv[0].is_empty() {
            bail!(vm, ValueError, "execv() arg 2 first element cannot be empty");
        }
        vm.audit("os.exec", &[path.object.clone(), none(), none()])?;
        let error = system::execv(&path.bytes, &argv);
        Err(path.fail(vm, &error))
    }

    /// Execute an executable path with arguments and an environment, replacing the current process.
    #[py("execve(path, argv, env)")]
    fn execve(vm: &Vm, path: PathOrFd, argv: &Object, env: &Object) -> Result<()> {
        if !argv.is_instance_of::<List>() && !argv.is_instance_of::<Tuple>() {
            bail!(vm, TypeError, "execve: argv must be a tuple or list");
        }
        if !mapping::is_mapping(env) {
            bail!(vm, TypeError, "execve: environment must be a mapping object");
        }
        let argv = arguments(vm, argv, "execve", "argv")?;
        let env = environment(vm, env, "execve")?;
        vm.audit("os.exec", &[path.object(), none(), none()])?;
        let error = match &path {
            PathOrFd::Path(path) => system::execve(&path.bytes, &argv, &env),
            PathOrFd::Fd(fd, _) => system::fexecve(*fd, &argv, &env),
        };
        Err(path.fail(vm, &error))
    }

    /// Fork a child process: 0 in the child, its number in the parent.
    #[py("fork()")]
    fn fork(vm: &Vm) -> Result<i32> {
        fork_with(vm, "fork", || system::fork().map(|pid| (pid, -1))).map(|(pid, _)| pid)
    }

    /// Fork a child process with a terminal of its own; give its number, 0 in the child, and the terminal's other side.
    #[py("forkpty()")]
    fn forkpty(vm: &Vm) -> Result<(i32, i32)> {
        fork_with(vm, "forkpty", system::forkpty)
    }

    /// Register functions to be called when a new process is forked.
    #[py(
        "register_at_fork(*, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)"
    )]
    fn register_at_fork(
        vm: &Vm,
        before: Option<&Object>,
        after_in_child: Option<&Object>,
        after_in_parent: Option<&Object>,
    ) -> Result<()> {
        if before.is_none() && after_in_child.is_none() && after_in_parent.is_none() {
            bail!(vm, TypeError, "At least one argument is required.");
        }
        let hooks =
            [("before", before, 0), ("after_in_child", after_in_child, 2), ("after_in_parent", after_in_parent, 1)];
        for (name, hook, _) in &hooks {
            if let Some(hook) = hook
                && !call::is_callable(hook)
            {
                bail!(vm, TypeError, "'{name}' must be callable, not {}", type_name(hook));
            }
        }
        for (_, hook, at) in hooks {
            if let Some(hook) = hook {
                vm.memory(vm.interp().fork_hooks[at].push(hook.clone()))?;
            }
        }
        Ok(())
    }

    /// Execute the program specified by path in a new process.
    #[py(
        "posix_spawn(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None)"
    )]
    #[expect(clippy::too_many_arguments, reason = "Python's own")]
    fn posix_spawn(
        vm: &Vm,
        path: Path,
        argv: &Object,
        env: &Object,
        file_actions: Option<&Object>,
        setpgroup: Option<&Object>,
        resetids: bool,
        setsid: bool,
        setsigmask: Option<&Object>,
        setsigdef: Option<&Object>,
        scheduler: Option<&Object>,
    ) -> Result<i32> {
        let file_actions = file_actions.filter(|a| !a.is(&none()));
        let spawn =
            Spawn { path, argv, env, file_actions, setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler };
        spawn.run(vm, "posix_spawn", false)
    }

    /// Execute the program specified by path, looked for in PATH, in a new process.
    #[py(
        "posix_spawnp(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None)"
    )]
    #[expect(clippy::too_many_arguments, reason = "Python's own")]
    fn posix_spawnp(
        vm: &Vm,
        path: Path,
        argv: &Object,
        env: &Object,
        file_actions: Option<&Object>,
        setpgroup: Option<&Object>,
        resetids: bool,
        setsid: bool,
        setsigmask: Option<&Object>,
        setsigdef: Option<&Object>,
        scheduler: Option<&Object>,
    ) -> Result<i32> {
        let file_actions = file_actions.filter(|a| !a.is(&none()));
        let spawn =
            Spawn { path, argv, env, file_actions, setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler };
        spawn.run(vm, "posix_spawnp", true)
    }
}
