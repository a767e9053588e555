//! What the module keeps: tasks by their loops, and the functions and classes of `asyncio` that it calls.

use super::future::{Future, future_loop};
use super::task::Task;
use std::cell::Cell;
use std::rc::Rc;
use vm::builtins::set::Set;
use vm::object::roster::Roster;
use vm::object::{attr, instance};
use vm::prelude::*;
use vm::protocol::{call, iter, object as protocol};

/// One for the interpreter.
#[pytype("_State", module = "_asyncio", doc = "", flags(HAVE_GC))]
pub struct State {
    pub head: Head,
    pub cancelled_error: Object,
    pub invalid_state_error: Object,
    copy_context: Object,
    is_coroutine: Object,
    /// `("context",)` and `("msg",)`.
    context_name: Ref<Tuple>,
    msg_name: Ref<Tuple>,
    /// Native tasks that are not done. They are not kept alive by this.
    #[untraced]
    tasks: Rc<Roster>,
    /// Tasks of other types: a WeakSet, and a set of those that run their first step.
    other_tasks: Object,
    eager_tasks: Object,
    #[untraced]
    names: Cell<u64>,
}

impl TypeMethods for State {}

/// An attribute of a module.
pub fn lookup(vm: &Vm, module: &str, name: &str) -> Result<Object> {
    let module = vm.import(module)?;
    attr::getattr(vm, &module, &vm.intern(name))
}

impl State {
    pub fn get(vm: &Vm) -> Result<Ref<State>> {
        if let Some(found) = vm.interp().tasks.get()
            && let Some(state) = found.cast_exact::<State>()
        {
            return Ok(state.clone());
        }
        let name = |name: &str| Tuple::from_slice(&[vm.intern(name).into_object()]);
        let weak_set = lookup(vm, "weakref", "WeakSet")?;
        let state = instance::alloc_static(State {
            head: Head::new(),
            cancelled_error: lookup(vm, "asyncio.exceptions", "CancelledError")?,
            invalid_state_error: lookup(vm, "asyncio.exceptions", "InvalidStateError")?,
            copy_context: lookup(vm, "_contextvars", "copy_context")?,
            is_coroutine: lookup(vm, "asyncio.coroutines", "iscoroutine")?,
            context_name: name("context"),
            msg_name: name("msg"),
            tasks: Rc::default(),
            other_tasks: call::call(vm, &weak_set, &[])?,
            eager_tasks: Set::from_items(vm, Vec::new())?,
            names: Cell::new(0),
        });
        vm.interp().tasks.set(Some(state.to_object()));
        Ok(state)
    }

    /// The number of the next task that has no name of its own.
    pub fn next_name(&self) -> u64 {
        self.names.set(self.names.get() + 1);
        self.names.get()
    }

    pub fn copy_context(&self, vm: &Vm) -> Result<Object> {
        call::call(vm, &self.copy_context, &[])
    }

    pub fn is_coroutine(&self, vm: &Vm, object: &Object) -> Result<bool> {
        if object.is_exact::<vm::frame::generator::Coroutine>() {
            return Ok(true);
        }
        let answer = call::call(vm, &self.is_coroutine, std::slice::from_ref(object))?;
        protocol::is_true(vm, &answer)
    }

    /// `loop.call_soon(function[, arg], context=context)`.
    pub fn call_soon(
        &self,
        vm: &Vm,
        event_loop: &Object,
        function: &Object,
        arg: Option<&Object>,
        context: Option<&Object>,
    ) -> Result<()> {
        let (method, takes_self) = attr::get_method(vm, event_loop, vm.names().call_soon())?;
        let names = context.map(|_| &*self.context_name);
        let all = [takes_self.then_some(event_loop), Some(function), arg, context];
        let mut items: [Object; 4] = std::array::from_fn(|_| none());
        let mut count = 0;
        for given in all.into_iter().flatten() {
            items[count] = given.clone();
            count += 1;
        }
        call::call_args(vm, &method, Args { items: &items[..count], names }).map(drop)
    }

    /// `object.add_done_callback(function, context=context)`.
    pub fn add_done_callback(&self, vm: &Vm, object: &Object, function: Object, context: Object) -> Result<()> {
        let method = attr::getattr(vm, object, vm.names().add_done_callback())?;
        call::call_args(vm, &method, Args { items: &[function, context], names: Some(&self.context_name) }).map(drop)
    }

    /// `object.cancel(msg=msg)`, and whether it did.
    pub fn cancel(&self, vm: &Vm, object: &Object, msg: Option<Object>) -> Result<bool> {
        let method = attr::getattr(vm, object, vm.names().cancel())?;
        let msg = msg.unwrap_or_else(none);
        let answer = call::call_args(vm, &method, Args { items: &[msg], names: Some(&self.msg_name) })?;
        protocol::is_true(vm, &answer)
    }

    /// `InvalidStateError(message)`.
    #[cold]
    pub fn invalid_state(vm: &Vm, message: &str) -> Raised {
        let make = || call::call(vm, &State::get(vm)?.invalid_state_error, &[Str::new(message).into_object()]);
        match make() {
            Ok(error) => vm.raise(error),
            Err(raised) => raised,
        }
    }

    // ---- tasks ----------------------------------------------------------------------------------------------------------

    pub fn register(&self, vm: &Vm, task: &Object) -> Result<()> {
        match task.cast::<Task>() {
            Some(native) => self.tasks.enter(vm, task, &native.listed),
            None => call::call_method(vm, &self.other_tasks, vm.names().add(), std::slice::from_ref(task)).map(drop),
        }
    }

    pub fn unregister(&self, vm: &Vm, task: &Object) -> Result<()> {
        match task.cast::<Task>() {
            Some(native) => native.listed.leave(),
            None => {
                call::call_method(vm, &self.other_tasks, vm.names().discard(), std::slice::from_ref(task))?;
            }
        }
        Ok(())
    }

    pub fn register_eager(&self, vm: &Vm, task: &Object) -> Result<()> {
        match self.eager_tasks.cast::<Set>() {
            Some(set) if task.cast::<Task>().is_none() => set.add(vm, task),
            _ => self.register(vm, task),
        }
    }

    pub fn unregister_eager(&self, vm: &Vm, task: &Object) -> Result<()> {
        if task.cast::<Task>().is_some() {
            return self.unregister(vm, task);
        }
        call::call_method(vm, &self.eager_tasks, vm.names().discard(), std::slice::from_ref(task)).map(drop)
    }

    /// The tasks of a loop that are not done.
    pub fn all_tasks(&self, vm: &Vm, event_loop: &Object) -> Result<Object> {
        let mut all = iter::to_vec(vm, &self.eager_tasks)?;
        all.extend(self.tasks.members());
        all.extend(iter::to_vec(vm, &self.other_tasks)?);
        let mut found = Vec::new();
        for task in all {
            let done = match task.cast::<Task>() {
                Some(task) => !task.base.is_pending(),
                None => {
                    let done = call::call_method(vm, &task, vm.names().done(), &[])?;
                    protocol::is_true(vm, &done)?
                }
            };
            if !done && future_loop(vm, &task)?.is(event_loop) {
                found.push(task);
            }
        }
        Set::from_items(vm, found)
    }
}

/// The loop that runs in this thread.
pub fn running_loop(vm: &Vm) -> Result<Object> {
    match vm.running_loop.get() {
        Some(running) => Ok(running),
        None => Err(raise!(vm, RuntimeError, "no running event loop")),
    }
}

fn check_loop(vm: &Vm, event_loop: &Object) -> Result<()> {
    use vm::protocol::object::ErrorText;
    match vm.running_loop.get() {
        Some(running) if running.is(event_loop) => Ok(()),
        _ => Err(raise!(vm, RuntimeError, "loop {} is not the running loop", event_loop.repr_for_error(vm))),
    }
}

/// A task's step begins.
pub fn enter_task(vm: &Vm, event_loop: &Object, task: &Object) -> Result<()> {
    use vm::protocol::object::ErrorText;
    check_loop(vm, event_loop)?;
    if let Some(current) = vm.running_task.get() {
        let (task, current) = (task.repr_for_error(vm), current.repr_for_error(vm));
        bail!(vm, RuntimeError, "Cannot enter into task {task} while another task {current} is being executed.");
    }
    vm.running_task.set(Some(task.clone()));
    Ok(())
}

/// A task's step ends.
pub fn leave_task(vm: &Vm, event_loop: &Object, task: &Object) -> Result<()> {
    use vm::protocol::object::ErrorText;
    check_loop(vm, event_loop)?;
    let current = vm.running_task.get().unwrap_or_else(none);
    if !current.is(task) {
        let (task, current) = (task.repr_for_error(vm), current.repr_for_error(vm));
        bail!(vm, RuntimeError, "Invalid attempt to leave task {task} while task {current} is entered.");
    }
    vm.running_task.set(None);
    Ok(())
}

/// One task takes another one's place; gives the other one.
pub fn swap_task(vm: &Vm, event_loop: &Object, task: &Object) -> Result<Object> {
    check_loop(vm, event_loop)?;
    let new = (!task.is(&none())).then(|| task.clone());
    Ok(vm.running_task.replace(new).unwrap_or_else(none))
}

/// The task whose step a loop runs, in whatever thread.
pub fn current_task(vm: &Vm, event_loop: Option<&Object>) -> Result<Object> {
    let event_loop = match event_loop {
        Some(given) => given.clone(),
        None => running_loop(vm)?,
    };
    let runs = |thread: &Vm| thread.running_loop.get().is_some_and(|running| running.is(&event_loop));
    if runs(vm) {
        return Ok(vm.running_task.get().unwrap_or_else(none));
    }
    let thread = vm.interp().gil.threads().into_iter().find(|thread| runs(thread));
    Ok(thread.and_then(|thread| thread.running_task.get()).unwrap_or_else(none))
}

/// The running loop, or the one of the policy.
pub fn event_loop(vm: &Vm) -> Result<Object> {
    if let Some(running) = vm.running_loop.get() {
        return Ok(running);
    }
    let policy = call::call(vm, &lookup(vm, "asyncio.events", "_get_event_loop_policy")?, &[])?;
    call::call_method(vm, &policy, &vm.intern("get_event_loop"), &[])
}

/// Whether an object is a future or task of this module.
pub fn as_future(object: &Object) -> Option<&Ref<Future>> {
    object.cast::<Future>()
}
