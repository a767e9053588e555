//! The steps of a task: its coroutine runs to the next future that is not done, and goes on when that is.

use super::future::{Future, add_awaited_by, discard_awaited_by, future_loop};
use super::state::{State, enter_task, leave_task, swap_task};
use super::task::{Task, as_task};
use vm::exception::{self, types};
use vm::frame::generator::{self, Generator, Resume};
use vm::native::{BuiltinFunction, MethodDef, MethodKind, Param, ParamKind, Signature};
use vm::object::{attr, instance, slot_table, type_of};
use vm::prelude::*;
use vm::protocol::call;
use vm::protocol::object::{self as protocol, ErrorText};

/// What the loop calls for a task's next step.
#[pytype("TaskStepMethWrapper", module = "_asyncio", doc = "", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct TaskStep {
    pub head: Head,
    task: Field<Ref<Task>>,
    /// An exception to throw into the coroutine.
    error: Field<Object>,
}

#[pymethods]
impl TaskStep {
    #[slot(raw)]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "function takes no keyword arguments");
        }
        if !args.items.is_empty() {
            bail!(vm, TypeError, "function takes no positional arguments");
        }
        match self.task.get() {
            Some(task) => step(&task, vm, self.error.get()),
            None => Ok(none()),
        }
    }

    #[getter("__self__")]
    fn get_self(&self) -> Option<Object> {
        self.task.get().map(Ref::into_object)
    }
}

static ONE_FUTURE: Signature = Signature {
    name: "task_wakeup",
    module: "",
    owner: "Task",
    text: "",
    params: &[Param { name: "future", kind: ParamKind::PositionalOnly, default: vm::native::Default::Required }],
    self_arg: true,
    posonly: 1,
    positional: 1,
    required: 1,
    varargs: false,
    varkw: false,
    style: vm::native::Style::Plain,
};

/// What a task gives to a future as its callback.
static WAKE_UP: MethodDef =
    MethodDef { name: "task_wakeup", doc: "", kind: MethodKind::Method, signature: &ONE_FUTURE, call: wake_up };

static FIRST_STEP: MethodDef =
    MethodDef { name: "task_eager_step", doc: "", kind: MethodKind::Method, signature: &ONE_FUTURE, call: first_step };

fn wake_up(vm: &Vm, args: Args<'_>) -> Result<Object> {
    let bound = vm::native::bind::<2>(vm, &ONE_FUTURE, &args)?;
    let task = as_task(vm, bound.fixed[0])?;
    let Some(future) = bound.fixed[1] else { return Ok(none()) };
    discard_awaited_by(vm, future, task.as_object())?;
    let exact = future.is_exact::<Future>() || future.is_exact::<Task>();
    let outcome = match future.cast::<Future>().filter(|_| exact) {
        Some(future) => match future.outcome(vm) {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Some(error)),
            Err(_) => Err(vm.take_raised()),
        },
        None => match call::call_method(vm, future, vm.names().result(), &[]) {
            Ok(_) => Ok(()),
            Err(_) => Err(vm.take_raised()),
        },
    };
    step(task, vm, outcome.err().flatten())
}

fn first_step(vm: &Vm, args: Args<'_>) -> Result<Object> {
    step_inside(as_task(vm, args.items.first())?, vm, None)
}

/// Has the loop run the next step.
pub fn call_soon(this: &Ref<Task>, vm: &Vm, error: Option<Object>) -> Result<()> {
    let body = TaskStep { head: Head::new(), task: Field::some(this.clone()), error: Field::new(error) };
    let function = instance::alloc_static(body).into_object();
    let context = this.context.get();
    State::get(vm)?.call_soon(vm, &this.base.get_loop(vm)?, &function, None, context.as_ref())
}

/// Runs the first step at once, as if the loop had called it.
pub fn start_eagerly(this: &Ref<Task>, vm: &Vm) -> Result<()> {
    let event_loop = this.base.get_loop(vm)?;
    let state = State::get(vm)?;
    let before = swap_task(vm, &event_loop, this.as_object())?;
    let done = state.register(vm, this.as_object()).and_then(|()| {
        let function = BuiltinFunction::bound(&FIRST_STEP, this.to_object());
        let context = this.context.get().unwrap_or_else(none);
        call::call_method(vm, &context, vm.names().run(), &[function]).map(drop)
    });
    let raised = vm.take_raised();
    let swapped = swap_task(vm, &event_loop, &before);
    if raised.is_some() {
        vm.restore_raised(raised);
    }
    if !this.base.is_pending() {
        this.listed.leave();
        this.coroutine.set(None);
    }
    done.and(swapped.map(drop))
}

/// One step.
fn step(this: &Ref<Task>, vm: &Vm, error: Option<Object>) -> Result<Object> {
    let event_loop = this.base.get_loop(vm)?;
    enter_task(vm, &event_loop, this.as_object())?;
    let result = step_inside(this, vm, error);
    if result.is_ok() {
        leave_task(vm, &event_loop, this.as_object())?;
        return result;
    }
    let raised = vm.take_raised();
    if leave_task(vm, &event_loop, this.as_object()).is_err() {
        vm.clear_raised();
    }
    vm.restore_raised(raised);
    result
}

fn step_inside(this: &Ref<Task>, vm: &Vm, mut error: Option<Object>) -> Result<Object> {
    if !this.base.is_pending() {
        let error = error.unwrap_or_else(none).repr_for_error(vm);
        let message = format!("__step(): already done: {} {error}", this.as_object().repr_for_error(vm));
        return Err(State::invalid_state(vm, &message));
    }
    if this.must_cancel.get() {
        let class = State::get(vm)?.cancelled_error.clone();
        let is_cancel = match &error {
            Some(error) => protocol::is_instance(vm, error, &class)?,
            None => false,
        };
        if !is_cancel {
            error = Some(this.base.cancelled_exception(vm)?);
        }
        this.must_cancel.set(false);
    }
    this.waiter.set(None);
    let Some(coroutine) = this.coroutine.get() else {
        bail!(vm, RuntimeError, "uninitialized Task object");
    };
    match resume(vm, &coroutine, error) {
        Ok(SendResult::Yield(yielded)) => go_on(this, vm, &yielded)?,
        Ok(SendResult::Return(result)) => {
            let future = Task::future(this);
            if this.must_cancel.replace(false) {
                Future::cancel_now(&future, vm, this.base.cancel_message.get())?;
            } else {
                Future::finish(&future, vm, &result)?;
            }
            this.listed.leave();
        }
        Err(_) => ended(this, vm)?,
    }
    Ok(none())
}

/// Runs the coroutine to its next `yield`.
fn resume(vm: &Vm, coroutine: &Object, error: Option<Object>) -> Result<SendResult> {
    let exact = coroutine.is_exact::<generator::Coroutine>() || coroutine.is_exact::<Generator>();
    let Some(error) = error else {
        if exact {
            return generator::resume(vm, coroutine, Resume::Send(&none()));
        }
        return match type_of(coroutine).slots.send.get() {
            Some(send) => send(vm, coroutine, &none()),
            None => slot_table::send_by_method(vm, coroutine, &none()),
        };
    };
    if exact {
        return generator::throw(vm, coroutine, error, true);
    }
    match call::call_method(vm, coroutine, vm.names().throw(), &[error]) {
        Ok(yielded) => Ok(SendResult::Yield(yielded)),
        Err(_) if vm.raised_is(&types::StopIteration) => {
            let stop = vm.take_raised();
            Ok(SendResult::Return(exception::stop_iteration_value(stop.as_ref())))
        }
        Err(raised) => Err(raised),
    }
}

/// The coroutine ended with the exception that is under way.
fn ended(this: &Ref<Task>, vm: &Vm) -> Result<()> {
    let Some(error) = vm.take_raised() else { return Ok(()) };
    let state = State::get(vm)?;
    let future = Task::future(this);
    // A generator that is no coroutine may have raised this itself.
    if type_of(&error).is_subtype(types::StopIteration.get()) {
        let value = exception::stop_iteration_value(Some(&error));
        return Future::finish(&future, vm, &value);
    }
    this.listed.leave();
    if protocol::is_instance(vm, &error, &state.cancelled_error)? {
        this.base.cancelled_error.set(Some(error));
        return Future::cancel_now(&future, vm, None).map(drop);
    }
    Future::fail(&future, vm, &error)?;
    let kind = type_of(&error);
    if kind.is_subtype(types::KeyboardInterrupt.get()) || kind.is_subtype(types::SystemExit.get()) {
        return Err(vm.restore(error));
    }
    Ok(())
}

/// Has the next step raise a RuntimeError.
fn fail_soon(this: &Ref<Task>, vm: &Vm, message: String) -> Result<()> {
    let error = exception::make(vm, types::RuntimeError.get(), &[Str::new(&message).into_object()])?;
    call_soon(this, vm, Some(error))
}

/// Waits for what the coroutine has yielded.
fn go_on(this: &Ref<Task>, vm: &Vm, yielded: &Object) -> Result<()> {
    let task = this.as_object();
    let shown = |object: &Object| object.repr_for_error(vm);
    if yielded.is(task) {
        return fail_soon(this, vm, format!("Task cannot await on itself: {}", shown(task)));
    }
    if yielded.is(&none()) {
        return call_soon(this, vm, None);
    }
    let exact = yielded.is_exact::<Future>() || yielded.is_exact::<Task>();
    let future = yielded.cast::<Future>().filter(|_| exact);
    let blocking = match future {
        Some(future) => Some(future.blocking.get()),
        None => {
            match attr::getattr_opt(vm, yielded, vm.names()._asyncio_future_blocking())?
                .filter(|flag| !flag.is(&none()))
            {
                Some(flag) => Some(protocol::is_true(vm, &flag)?),
                None => None,
            }
        }
    };
    let Some(blocking) = blocking else {
        if yielded.is_instance_of::<Generator>() {
            let message = format!(
                "yield was used instead of yield from for generator in task {} with {}",
                shown(task),
                shown(yielded)
            );
            return fail_soon(this, vm, message);
        }
        return fail_soon(this, vm, format!("Task got bad yield: {}", shown(yielded)));
    };
    if !future_loop(vm, yielded)?.is(&this.base.get_loop(vm)?) {
        let message = format!("Task {} got Future {} attached to a different loop", shown(task), shown(yielded));
        return fail_soon(this, vm, message);
    }
    if !blocking {
        let message = format!("yield was used instead of yield from in task {} with {}", shown(task), shown(yielded));
        return fail_soon(this, vm, message);
    }
    add_awaited_by(vm, yielded, task)?;
    let function = BuiltinFunction::bound(&WAKE_UP, task.clone());
    let context = this.context.get().unwrap_or_else(none);
    match future {
        Some(future) => {
            future.blocking.set(false);
            Future::when_done(future, vm, &function, Some(&context))?;
        }
        None => {
            attr::setattr(vm, yielded, vm.names()._asyncio_future_blocking(), Some(&false.object()))?;
            State::get(vm)?.add_done_callback(vm, yielded, function, context)?;
        }
    }
    this.waiter.set(Some(yielded.clone()));
    if this.must_cancel.get() && State::get(vm)?.cancel(vm, yielded, this.base.cancel_message.get())? {
        this.must_cancel.set(false);
    }
    Ok(())
}
