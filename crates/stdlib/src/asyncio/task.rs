//! `Task`: what a program sees of it. Its steps are in [`super::step`].

use super::future::{Future, cannot_delete};
use super::state::{State, lookup};
use super::step;
use std::cell::Cell;
use vm::builtins::generic_alias::GenericAlias;
use vm::object::roster::Listed;
use vm::object::{instance, type_name};
use vm::prelude::*;
use vm::protocol::object::ErrorText;
use vm::protocol::{call, object as protocol};

/// A coroutine wrapped in a Future.
#[pytype(
    "Task",
    base = Future,
    module = "_asyncio",
    flags(BASETYPE, HAVE_GC, MANAGED_DICT, MANAGED_WEAKREF)
)]
pub struct Task {
    pub base: Future,
    pub coroutine: Field<Object>,
    /// A name, or the number of one that was never asked for.
    name: Field<Object>,
    pub context: Field<Object>,
    /// What the coroutine waits for.
    pub waiter: Field<Object>,
    pub must_cancel: Cell<bool>,
    log_destroy_pending: Cell<bool>,
    cancels_requested: Cell<i64>,
    /// Its place among the tasks that are not done.
    #[untraced]
    pub listed: Listed,
}

impl Task {
    /// The task as the future that it is.
    pub fn future(this: &Ref<Task>) -> Ref<Future> {
        this.as_object().cast::<Future>().expect("a task is a future").clone()
    }

    fn event_loop(&self, vm: &Vm) -> Result<Object> {
        self.base.get_loop(vm)
    }
}

#[pymethods]
impl Task {
    #[slot(raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, _args: Args<'_>) -> Result<Object> {
        let body = Task {
            base: Future::empty(),
            coroutine: Field::empty(),
            name: Field::empty(),
            context: Field::empty(),
            waiter: Field::empty(),
            must_cancel: Cell::new(false),
            log_destroy_pending: Cell::new(false),
            cancels_requested: Cell::new(0),
            listed: Listed::default(),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(coro, *, loop=None, name=None, context=None, eager_start=False)")]
    fn init(
        this: &Ref<Self>,
        vm: &Vm,
        coro: &Object,
        r#loop: Option<&Object>,
        name: Option<&Object>,
        context: Option<&Object>,
        eager_start: bool,
    ) -> Result<()> {
        this.base.set_up(vm, r#loop)?;
        let state = State::get(vm)?;
        if !state.is_coroutine(vm, coro)? {
            this.log_destroy_pending.set(false);
            bail!(vm, TypeError, "a coroutine was expected, got {}", coro.repr_for_error(vm));
        }
        let context = match context {
            Some(context) => context.clone(),
            None => state.copy_context(vm)?,
        };
        this.context.set(Some(context));
        this.waiter.set(None);
        this.must_cancel.set(false);
        this.log_destroy_pending.set(true);
        this.cancels_requested.set(0);
        this.coroutine.set(Some(coro.clone()));
        let name = match name {
            None => Int::from_i128(state.next_name().into()),
            Some(name) if name.is_exact::<Str>() => name.clone(),
            Some(name) => protocol::str(vm, name)?.into_object(),
        };
        this.name.set(Some(name));
        if eager_start {
            let running = call::call_method(vm, &this.event_loop(vm)?, vm.names().is_running(), &[])?;
            if protocol::is_true(vm, &running)? {
                return step::start_eagerly(this, vm);
            }
        }
        step::call_soon(this, vm, None)?;
        state.register(vm, this.as_object())
    }

    #[slot]
    fn finalize(this: &Ref<Self>, vm: &Vm) {
        if this.base.is_pending() && this.log_destroy_pending.get() {
            let message = "Task was destroyed but it is pending!";
            this.base.call_handler(vm, "task", this.as_object(), message, None);
        }
        Future::tell_of_exception(&Task::future(this), vm);
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        this.event_loop(vm)?;
        call::call(vm, &lookup(vm, "asyncio.base_tasks", "_task_repr")?, &[this.to_object()])
    }

    /// Request that this task cancel itself.
    ///
    /// This arranges for a CancelledError to be thrown into the
    /// wrapped coroutine on the next cycle through the event loop.
    /// The coroutine then has a chance to clean up or even deny
    /// the request using try/except/finally.
    ///
    /// Unlike Future.cancel, this does not guarantee that the
    /// task will be cancelled. It also increases the task's count of cancellation requests.
    #[py("cancel(msg=None)")]
    fn cancel(this: &Ref<Self>, vm: &Vm, msg: Option<&Object>) -> Result<bool> {
        this.base.forget_exception();
        if !this.base.is_pending() {
            return Ok(false);
        }
        let msg = msg.cloned().unwrap_or_else(none);
        this.cancels_requested.set(this.cancels_requested.get() + 1);
        if let Some(waiter) = this.waiter.get()
            && State::get(vm)?.cancel(vm, &waiter, Some(msg.clone()))?
        {
            // It stays: it may be a task that ignores the request.
            return Ok(true);
        }
        this.must_cancel.set(true);
        this.base.cancel_message.set(Some(msg));
        Ok(true)
    }

    /// Return the count of the task's cancellation requests.
    ///
    /// This count is incremented when .cancel() is called
    /// and may be decremented using .uncancel().
    #[py("cancelling()")]
    fn cancelling(&self) -> i64 {
        self.cancels_requested.get()
    }

    /// Decrement the task's count of cancellation requests.
    ///
    /// This should be used by tasks that catch CancelledError
    /// and wish to continue indefinitely until they are cancelled again.
    ///
    /// Returns the remaining number of cancellation requests.
    #[py("uncancel()")]
    fn uncancel(&self) -> i64 {
        let count = self.cancels_requested.get();
        if count > 0 {
            self.cancels_requested.set(count - 1);
            if count == 1 {
                self.must_cancel.set(false);
            }
        }
        self.cancels_requested.get()
    }

    #[py("get_coro()")]
    fn get_coro(&self) -> Option<Object> {
        self.coroutine.get()
    }

    #[py("get_context()")]
    fn get_context(&self) -> Option<Object> {
        self.context.get()
    }

    #[py("get_name()")]
    fn get_name(&self, vm: &Vm) -> Result<Option<Object>> {
        match self.name.get() {
            Some(number) if !number.is_instance_of::<Str>() => {
                let name = Str::new(&format!("Task-{}", Int::to_decimal(vm, &number)?)).into_object();
                self.name.set(Some(name.clone()));
                Ok(Some(name))
            }
            name => Ok(name),
        }
    }

    #[py("set_name(value, /)")]
    fn set_name(&self, vm: &Vm, value: &Object) -> Result<()> {
        let name = if value.is_exact::<Str>() { value.clone() } else { protocol::str(vm, value)?.into_object() };
        self.name.set(Some(name));
        Ok(())
    }

    #[py("set_result(result, /)")]
    fn set_result(&self, vm: &Vm, result: &Object) -> Result<()> {
        let _ = result;
        Err(raise!(vm, RuntimeError, "Task does not support set_result operation"))
    }

    #[py("set_exception(exception, /)")]
    fn set_exception(&self, vm: &Vm, exception: &Object) -> Result<()> {
        let _ = exception;
        Err(raise!(vm, RuntimeError, "Task does not support set_exception operation"))
    }

    /// Return the list of stack frames for this task's coroutine.
    ///
    /// If the coroutine is not done, this returns the stack where it is
    /// suspended.  If the coroutine has completed successfully or was
    /// cancelled, this returns an empty list.  If the coroutine was
    /// terminated by an exception, this returns the list of traceback
    /// frames.
    #[py("get_stack(*, limit=None)")]
    fn get_stack(this: &Ref<Self>, vm: &Vm, limit: Option<&Object>) -> Result<Object> {
        let function = lookup(vm, "asyncio.base_tasks", "_task_get_stack")?;
        call::call(vm, &function, &[this.to_object(), limit.cloned().unwrap_or_else(none)])
    }

    /// Print the stack or traceback for this task's coroutine.
    ///
    /// The limit argument is passed to get_stack().  The file argument is an I/O stream
    /// to which the output is written; by default output is written
    /// to sys.stderr.
    #[py("print_stack(*, limit=None, file=None)")]
    fn print_stack(this: &Ref<Self>, vm: &Vm, limit: Option<&Object>, file: Option<&Object>) -> Result<Object> {
        let function = lookup(vm, "asyncio.base_tasks", "_task_print_stack")?;
        call::call(
            vm,
            &function,
            &[this.to_object(), limit.cloned().unwrap_or_else(none), file.cloned().unwrap_or_else(none)],
        )
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }

    #[getter("_log_destroy_pending")]
    fn get_log_destroy_pending(&self) -> bool {
        self.log_destroy_pending.get()
    }

    #[setter("_log_destroy_pending")]
    fn set_log_destroy_pending(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { return Err(cannot_delete(vm, "_log_destroy_pending", "Task")) };
        self.log_destroy_pending.set(protocol::is_true(vm, value)?);
        Ok(())
    }

    #[getter("_must_cancel")]
    fn get_must_cancel(&self) -> bool {
        self.must_cancel.get()
    }

    #[getter("_coro")]
    fn get_plain_coro(&self) -> Option<Object> {
        self.coroutine.get()
    }

    #[getter("_fut_waiter")]
    fn get_waiter(&self) -> Option<Object> {
        self.waiter.get()
    }
}

/// The task in an object, for functions that are bound to one.
pub fn as_task<'a>(vm: &Vm, object: Option<&'a Object>) -> Result<&'a Ref<Task>> {
    match object.and_then(|object| object.cast::<Task>()) {
        Some(task) => Ok(task),
        None => Err(raise!(vm, TypeError, "expected a task, got {}", object.map_or("nothing".to_owned(), type_name))),
    }
}
