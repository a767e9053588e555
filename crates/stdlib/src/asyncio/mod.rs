//! `_asyncio`: futures and tasks.

mod future;
mod iter;
mod state;
mod step;
mod task;

use vm::native::{BuiltinFunction, MethodDef, MethodKind, Signature};
use vm::prelude::*;

static NO_ARGUMENTS: Signature = Signature {
    name: "after_fork",
    module: "",
    owner: "",
    text: "",
    params: &[],
    self_arg: false,
    posonly: 0,
    positional: 0,
    required: 0,
    varargs: false,
    varkw: false,
    style: vm::native::Style::Plain,
};

/// In the child of a fork no task runs.
static AFTER_FORK: MethodDef = MethodDef {
    name: "after_fork",
    doc: "",
    kind: MethodKind::Function,
    signature: &NO_ARGUMENTS,
    call: |vm, _| {
        vm.running_task.set(None);
        Ok(none())
    },
};

/// Accelerator module for asyncio
#[pymodule("_asyncio", types(future::Future, task::Task))]
pub mod module {
    use super::*;
    use crate::asyncio::state::State;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let _ = module;
        let after_fork = BuiltinFunction::make(&AFTER_FORK, None, None);
        vm.memory(vm.interp().fork_hooks[2].push(after_fork))?;
        state::State::init_type(vm)?;
        iter::FutureIter::init_type(vm)?;
        step::TaskStep::init_type(vm).map(drop)
    }

    /// Return the running event loop or None.
    ///
    /// This is a low-level function intended to be used by event loops.
    /// This function is thread-specific.
    #[py("_get_running_loop()")]
    fn _get_running_loop(vm: &Vm) -> Option<Object> {
        vm.running_loop.get()
    }

    /// Set the running event loop.
    ///
    /// This is a low-level function intended to be used by event loops.
    /// This function is thread-specific.
    #[py("_set_running_loop(loop, /)")]
    fn _set_running_loop(vm: &Vm, r#loop: &Object) {
        vm.running_loop.set((!r#loop.is(&none())).then(|| r#loop.clone()));
    }

    /// Return the running event loop.  Raise a RuntimeError if there is none.
    ///
    /// This function is thread-specific.
    #[py("get_running_loop()")]
    fn get_running_loop(vm: &Vm) -> Result<Object> {
        state::running_loop(vm)
    }

    /// Return an asyncio event loop.
    ///
    /// When called from a coroutine or a callback (e.g. scheduled with
    /// call_soon or similar API), this function will always return the
    /// running event loop.
    ///
    /// If there is no running event loop set, the function will return
    /// the result of `get_event_loop_policy().get_event_loop()` call.
    #[py("get_event_loop()")]
    fn get_event_loop(vm: &Vm) -> Result<Object> {
        state::event_loop(vm)
    }

    /// Register a new task in asyncio as executed by loop.
    ///
    /// Returns None.
    #[py("_register_task(task)")]
    fn _register_task(vm: &Vm, task: &Object) -> Result<()> {
        State::get(vm)?.register(vm, task)
    }

    /// Register a new task in asyncio as executed by loop.
    ///
    /// Returns None.
    #[py("_register_eager_task(task)")]
    fn _register_eager_task(vm: &Vm, task: &Object) -> Result<()> {
        State::get(vm)?.register_eager(vm, task)
    }

    /// Unregister a task.
    ///
    /// Returns None.
    #[py("_unregister_task(task)")]
    fn _unregister_task(vm: &Vm, task: &Object) -> Result<()> {
        State::get(vm)?.unregister(vm, task)
    }

    /// Unregister a task.
    ///
    /// Returns None.
    #[py("_unregister_eager_task(task)")]
    fn _unregister_eager_task(vm: &Vm, task: &Object) -> Result<()> {
        State::get(vm)?.unregister_eager(vm, task)
    }

    /// Enter into task execution or resume suspended task.
    ///
    /// Task belongs to loop.
    ///
    /// Returns None.
    #[py("_enter_task(loop, task)")]
    fn _enter_task(vm: &Vm, r#loop: &Object, task: &Object) -> Result<()> {
        state::enter_task(vm, r#loop, task)
    }

    /// Leave task execution or suspend a task.
    ///
    /// Task belongs to loop.
    ///
    /// Returns None.
    #[py("_leave_task(loop, task)")]
    fn _leave_task(vm: &Vm, r#loop: &Object, task: &Object) -> Result<()> {
        state::leave_task(vm, r#loop, task)
    }

    /// Temporarily swap in the supplied task and return the original one (or None).
    ///
    /// This is intended for use during eager coroutine execution.
    #[py("_swap_current_task(loop, task)")]
    fn _swap_current_task(vm: &Vm, r#loop: &Object, task: &Object) -> Result<Object> {
        state::swap_task(vm, r#loop, task)
    }

    /// Return a currently executed task.
    #[py("current_task(loop=None)")]
    fn current_task(vm: &Vm, r#loop: Option<&Object>) -> Result<Object> {
        state::current_task(vm, r#loop)
    }

    /// Return a set of all tasks for the loop.
    #[py("all_tasks(loop=None)")]
    fn all_tasks(vm: &Vm, r#loop: Option<&Object>) -> Result<Object> {
        let event_loop = match r#loop {
            Some(given) => given.clone(),
            None => state::running_loop(vm)?,
        };
        State::get(vm)?.all_tasks(vm, &event_loop)
    }

    /// Record that `fut` is awaited on by `waiter`.
    #[py("future_add_to_awaited_by(fut, waiter, /)")]
    fn future_add_to_awaited_by(vm: &Vm, fut: &Object, waiter: &Object) -> Result<()> {
        future::add_awaited_by(vm, fut, waiter)
    }

    #[py("future_discard_from_awaited_by(fut, waiter, /)")]
    fn future_discard_from_awaited_by(vm: &Vm, fut: &Object, waiter: &Object) -> Result<()> {
        future::discard_awaited_by(vm, fut, waiter)
    }
}
