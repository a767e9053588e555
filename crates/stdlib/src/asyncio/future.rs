//! `Future`.

use super::iter::FutureIter;
use super::state::{State, as_future, event_loop, lookup};
use super::task::Task;
use std::cell::Cell;
use vm::builtins::generic_alias::GenericAlias;
use vm::builtins::set::{FrozenSet, Set};
use vm::exception::{self, BaseException, types};
use vm::object::{attr, instance, type_of};
use vm::prelude::*;
use vm::protocol::{call, iter, object as protocol};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Pending,
    Cancelled,
    Finished,
}

/// This class is *almost* compatible with concurrent.futures.Future.
///
///     Differences:
///
///     - result() and exception() do not take a timeout argument and
///       raise an exception when the future isn't done yet.
///
///     - Callbacks registered with add_done_callback() are always called
///       via the event loop's call_soon_threadsafe().
///
///     - This class is not compatible with the wait() and as_completed()
///       methods in the concurrent.futures package.
#[pytype("Future", module = "_asyncio", flags(BASETYPE, HAVE_GC, MANAGED_DICT, MANAGED_WEAKREF))]
pub struct Future {
    pub head: Head,
    /// None before `__init__` has run.
    pub event_loop: Field<Object>,
    /// Functions with their contexts, one after the other.
    callbacks: ObjVec,
    exception: Field<Object>,
    exception_traceback: Field<Object>,
    result: Field<Object>,
    source_traceback: Field<Object>,
    pub cancel_message: Field<Object>,
    /// The error that ended a task, to be raised where its result is asked for.
    pub cancelled_error: Field<Object>,
    /// Who waits for this: a future, or a set of them.
    awaited_by: Field<Object>,
    pub phase: Cell<Phase>,
    /// Somebody has to be told of the exception.
    log_traceback: Cell<bool>,
    /// `await` gave this future to the task, which has not looked at it yet.
    pub blocking: Cell<bool>,
}

/// The loop of a future of any type.
pub fn future_loop(vm: &Vm, object: &Object) -> Result<Object> {
    if (object.is_exact::<Future>() || object.is_exact::<Task>())
        && let Some(future) = object.cast::<Future>()
    {
        return future.get_loop(vm);
    }
    match attr::getattr_opt(vm, object, vm.names().get_loop())? {
        Some(method) => call::call(vm, &method, &[]),
        None => attr::getattr(vm, object, &vm.intern("_loop")),
    }
}

/// Records that `waiter` waits for `future`.
pub fn add_awaited_by(vm: &Vm, future: &Object, waiter: &Object) -> Result<()> {
    let (Some(future), Some(_)) = (as_future(future), as_future(waiter)) else { return Ok(()) };
    match future.awaited_by.get() {
        None => future.awaited_by.set(Some(waiter.clone())),
        Some(known) => match known.cast::<Set>() {
            Some(set) => set.add(vm, waiter)?,
            None => future.awaited_by.set(Some(Set::from_items(vm, vec![known, waiter.clone()])?)),
        },
    }
    Ok(())
}

/// Records that `waiter` no longer waits for `future`.
pub fn discard_awaited_by(vm: &Vm, future: &Object, waiter: &Object) -> Result<()> {
    let (Some(future), Some(_)) = (as_future(future), as_future(waiter)) else { return Ok(()) };
    match future.awaited_by.get() {
        Some(known) if known.is(waiter) => future.awaited_by.set(None),
        Some(known) if known.is_instance_of::<Set>() => {
            call::call_method(vm, &known, vm.names().discard(), std::slice::from_ref(waiter))?;
        }
        _ => {}
    }
    Ok(())
}

/// AttributeError for `del future.name`.
pub fn cannot_delete(vm: &Vm, name: &str, kind: &str) -> Raised {
    raise!(vm, AttributeError, "attribute '{name}' of '_asyncio.{kind}' objects cannot be deleted")
}

impl Future {
    pub fn empty() -> Future {
        Future {
            head: Head::new(),
            event_loop: Field::empty(),
            callbacks: ObjVec::new(),
            exception: Field::empty(),
            exception_traceback: Field::empty(),
            result: Field::empty(),
            source_traceback: Field::empty(),
            cancel_message: Field::empty(),
            cancelled_error: Field::empty(),
            awaited_by: Field::empty(),
            phase: Cell::new(Phase::Pending),
            log_traceback: Cell::new(false),
            blocking: Cell::new(false),
        }
    }

    /// What `__init__` does.
    pub fn set_up(&self, vm: &Vm, given: Option<&Object>) -> Result<()> {
        let fields = [
            &self.event_loop,
            &self.exception,
            &self.exception_traceback,
            &self.result,
            &self.source_traceback,
            &self.cancel_message,
            &self.cancelled_error,
            &self.awaited_by,
        ];
        for field in fields {
            field.set(None);
        }
        self.callbacks.clear();
        self.phase.set(Phase::Pending);
        self.log_traceback.set(false);
        self.blocking.set(false);
        let event_loop = match given.filter(|given| !given.is(&none())) {
            Some(given) => given.clone(),
            None => event_loop(vm)?,
        };
        self.event_loop.set(Some(event_loop.clone()));
        let debug = call::call_method(vm, &event_loop, vm.names().get_debug(), &[])?;
        if protocol::is_true(vm, &debug)? && !vm.interp().finalizing.get() {
            let extract = lookup(vm, "asyncio.format_helpers", "extract_stack")?;
            self.source_traceback.set(Some(call::call(vm, &extract, &[])?));
        }
        Ok(())
    }

    fn not_ready(vm: &Vm) -> Raised {
        raise!(vm, RuntimeError, "Future object is not initialized.")
    }

    fn check(&self, vm: &Vm) -> Result<Object> {
        self.event_loop.get().ok_or_else(|| Self::not_ready(vm))
    }

    pub fn is_pending(&self) -> bool {
        self.phase.get() == Phase::Pending
    }

    /// Nobody need be told of the exception any more.
    pub fn forget_exception(&self) {
        self.log_traceback.set(false);
    }

    fn schedule_callbacks(&self, vm: &Vm, this: &Object) -> Result<()> {
        if self.callbacks.is_empty() {
            return Ok(());
        }
        let callbacks = self.callbacks.take();
        let event_loop = self.check(vm)?;
        let state = State::get(vm)?;
        for pair in callbacks.chunks_exact(2) {
            state.call_soon(vm, &event_loop, &pair[0], Some(this), Some(&pair[1]))?;
        }
        Ok(())
    }

    /// Ends it with a result.
    pub fn finish(this: &Ref<Future>, vm: &Vm, result: &Object) -> Result<()> {
        this.check(vm)?;
        if !this.is_pending() {
            return Err(State::invalid_state(vm, "invalid state"));
        }
        this.result.set(Some(result.clone()));
        this.phase.set(Phase::Finished);
        this.schedule_callbacks(vm, this.as_object())
    }

    /// Ends it with an exception.
    pub fn fail(this: &Ref<Future>, vm: &Vm, given: &Object) -> Result<()> {
        this.check(vm)?;
        if !this.is_pending() {
            return Err(State::invalid_state(vm, "invalid state"));
        }
        let mut error = if exception::is_exception_class(given) { call::call(vm, given, &[])? } else { given.clone() };
        if !exception::is_exception(&error) {
            bail!(vm, TypeError, "invalid exception object");
        }
        if type_of(&error).is_subtype(types::StopIteration.get()) {
            let text = "StopIteration interacts badly with generators and cannot be raised into a Future";
            let new = exception::make(vm, types::RuntimeError.get(), &[Str::new(text).into_object()])?;
            if let Some(body) = new.cast::<BaseException>() {
                body.cause.set(Some(error.clone()));
                body.context.set(Some(error));
                body.suppress_context.set(true);
            }
            error = new;
        }
        this.exception_traceback.set(error.cast::<BaseException>().and_then(|body| body.traceback.get()));
        this.exception.set(Some(error));
        this.phase.set(Phase::Finished);
        this.schedule_callbacks(vm, this.as_object())?;
        this.log_traceback.set(true);
        Ok(())
    }

    /// Ends it by cancelling; whether it was not done yet.
    pub fn cancel_now(this: &Ref<Future>, vm: &Vm, message: Option<Object>) -> Result<bool> {
        this.log_traceback.set(false);
        if !this.is_pending() {
            return Ok(false);
        }
        this.phase.set(Phase::Cancelled);
        this.cancel_message.set(message);
        this.schedule_callbacks(vm, this.as_object())?;
        Ok(true)
    }

    /// The CancelledError to raise.
    pub fn cancelled_exception(&self, vm: &Vm) -> Result<Object> {
        if let Some(error) = self.cancelled_error.take() {
            return Ok(error);
        }
        let class = State::get(vm)?.cancelled_error.clone();
        match self.cancel_message.get().filter(|message| !message.is(&none())) {
            Some(message) => call::call(vm, &class, &[message]),
            None => call::call(vm, &class, &[]),
        }
    }

    /// The result, or the exception that it ended with.
    pub fn outcome(&self, vm: &Vm) -> Result<Result<Object, Object>> {
        match self.phase.get() {
            Phase::Pending => Err(State::invalid_state(
                vm,
                if self.event_loop.is_some() { "Result is not set." } else { "Future object is not initialized." },
            )),
            Phase::Cancelled => Ok(Err(self.cancelled_exception(vm)?)),
            Phase::Finished => {
                self.log_traceback.set(false);
                match self.exception.get() {
                    None => Ok(Ok(self.result.get().unwrap_or_else(none))),
                    Some(error) => {
                        if let Some(body) = error.cast::<BaseException>() {
                            body.traceback.set(self.exception_traceback.take());
                        }
                        Ok(Err(error))
                    }
                }
            }
        }
    }

    /// The result; raises where it ended otherwise.
    pub fn get_result(&self, vm: &Vm) -> Result<Object> {
        match self.outcome(vm)? {
            Ok(result) => Ok(result),
            Err(error) => Err(vm.raise(error)),
        }
    }

    /// Calls the function when it is done.
    pub fn when_done(this: &Ref<Future>, vm: &Vm, function: &Object, context: Option<&Object>) -> Result<()> {
        let event_loop = match this.event_loop.get() {
            Some(event_loop) => event_loop,
            None => bail!(vm, RuntimeError, "uninitialized Future object"),
        };
        let copied;
        let context = match context {
            Some(context) => context,
            None => {
                copied = State::get(vm)?.copy_context(vm)?;
                &copied
            }
        };
        if !this.is_pending() {
            return State::get(vm)?.call_soon(vm, &event_loop, function, Some(this.as_object()), Some(context));
        }
        vm.memory(this.callbacks.push(function.clone()))?;
        vm.memory(this.callbacks.push(context.clone()))
    }

    /// Tells the loop's handler of an exception that nobody asked for.
    pub fn tell_of_exception(this: &Ref<Future>, vm: &Vm) {
        if !this.log_traceback.replace(false) {
            return;
        }
        let Some(error) = this.exception.get() else { return };
        let name = type_of(this.as_object()).short_name();
        this.call_handler(
            vm,
            "future",
            this.as_object(),
            &format!("{name} exception was never retrieved"),
            Some(error),
        );
    }

    /// Calls the loop's exception handler, from a finaliser.
    pub fn call_handler(&self, vm: &Vm, role: &str, this: &Object, message: &str, error: Option<Object>) {
        let raised = vm.take_raised();
        let run = || {
            let context = Dict::empty();
            if let Some(error) = error {
                context.set_str(vm, "exception", error)?;
            }
            context.set_str(vm, role, this.clone())?;
            context.set_str(vm, "message", Str::new(message).into_object())?;
            if let Some(traceback) = self.source_traceback.get() {
                context.set_str(vm, "source_traceback", traceback)?;
            }
            let Some(event_loop) = self.event_loop.get() else { return Ok(()) };
            let handler = attr::getattr(vm, &event_loop, &vm.intern("call_exception_handler"))?;
            call::call(vm, &handler, &[context.into_object()]).map(drop)
        };
        let done: Result<()> = run();
        if done.is_err() {
            vm.unraisable("Exception ignored while calling the event loop's exception handler", Some(this));
        }
        vm.restore_raised(raised);
    }
}

#[pymethods]
impl Future {
    #[slot(raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, _args: Args<'_>) -> Result<Object> {
        Ok(instance::alloc(vm, cls, Future::empty())?.into_object())
    }

    #[slot("(*, loop=None)")]
    fn init(this: &Ref<Self>, vm: &Vm, r#loop: Option<&Object>) -> Result<()> {
        this.set_up(vm, r#loop)
    }

    #[slot]
    fn finalize(this: &Ref<Self>, vm: &Vm) {
        Self::tell_of_exception(this, vm);
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        this.check(vm)?;
        call::call(vm, &lookup(vm, "asyncio.base_futures", "_future_repr")?, &[this.to_object()])
    }

    #[slot]
    fn iter(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        this.check(vm)?;
        Ok(FutureIter::make(this))
    }

    #[slot]
    fn await_(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        this.check(vm)?;
        Ok(FutureIter::make(this))
    }

    /// Return the result this future represents.
    ///
    /// If the future has been cancelled, raises CancelledError.  If the
    /// future's result isn't yet available, raises InvalidStateError.  If
    /// the future is done and has an exception set, this exception is raised.
    #[py("result()")]
    fn py_result(&self, vm: &Vm) -> Result<Object> {
        self.get_result(vm)
    }

    /// Return the exception that was set on this future.
    ///
    /// The exception (or None if no exception was set) is returned only if
    /// the future is done.  If the future has been cancelled, raises
    /// CancelledError.  If the future isn't done yet, raises
    /// InvalidStateError.
    #[py("exception()")]
    fn py_exception(&self, vm: &Vm) -> Result<Option<Object>> {
        match self.phase.get() {
            Phase::Pending => Err(State::invalid_state(
                vm,
                if self.event_loop.is_some() { "Exception is not set." } else { "Future object is not initialized." },
            )),
            Phase::Cancelled => {
                let error = self.cancelled_exception(vm)?;
                Err(vm.raise(error))
            }
            Phase::Finished => {
                self.log_traceback.set(false);
                Ok(self.exception.get())
            }
        }
    }

    /// Mark the future done and set its result.
    ///
    /// If the future is already done when this method is called, raises
    /// InvalidStateError.
    #[py("set_result(result, /)")]
    fn set_result(this: &Ref<Self>, vm: &Vm, result: &Object) -> Result<()> {
        Self::finish(this, vm, result)
    }

    /// Mark the future done and set an exception.
    ///
    /// If the future is already done when this method is called, raises
    /// InvalidStateError.
    #[py("set_exception(exception, /)")]
    fn set_exception(this: &Ref<Self>, vm: &Vm, exception: &Object) -> Result<()> {
        Self::fail(this, vm, exception)
    }

    /// Add a callback to be run when the future becomes done.
    ///
    /// The callback is called with a single argument - the future object. If
    /// the future is already done when this is called, the callback is
    /// scheduled with call_soon.
    #[py("add_done_callback(fn, /, *, context=<unrepresentable>)")]
    fn add_done_callback(this: &Ref<Self>, vm: &Vm, r#fn: &Object, context: Option<&Object>) -> Result<()> {
        Self::when_done(this, vm, r#fn, context)
    }

    /// Remove all instances of a callback from the "call when done" list.
    ///
    /// Returns the number of callbacks removed.
    #[py("remove_done_callback(fn, /)")]
    fn remove_done_callback(&self, vm: &Vm, r#fn: &Object) -> Result<usize> {
        self.check(vm)?;
        // A comparison may run anything: what is removed is found again by its identity.
        let pairs = vm.memory(self.callbacks.to_vec())?;
        let mut removed: Vec<&[Object]> = Vec::new();
        for pair in pairs.chunks_exact(2) {
            if protocol::same_or_equal(vm, &pair[0], r#fn)? {
                removed.push(pair);
            }
        }
        if !removed.is_empty() {
            let now = self.callbacks.take();
            let gone = |pair: &[Object]| removed.iter().any(|old| old[0].is(&pair[0]) && old[1].is(&pair[1]));
            let kept = now.chunks_exact(2).filter(|pair| !gone(pair)).flatten().cloned().collect();
            drop(self.callbacks.put(kept));
            drop(now);
        }
        Ok(removed.len())
    }

    /// Cancel the future and schedule callbacks.
    ///
    /// If the future is already done or cancelled, return False.  Otherwise,
    /// change the future's state to cancelled, schedule the callbacks and
    /// return True.
    #[py("cancel(msg=None)")]
    fn cancel(this: &Ref<Self>, vm: &Vm, msg: Option<&Object>) -> Result<bool> {
        this.check(vm)?;
        Self::cancel_now(this, vm, Some(msg.cloned().unwrap_or_else(none)))
    }

    /// Return True if the future was cancelled.
    #[py("cancelled()")]
    fn cancelled(&self) -> bool {
        self.phase.get() == Phase::Cancelled
    }

    /// Return True if the future is done.
    ///
    /// Done means either that a result / exception are available, or that the
    /// future was cancelled.
    #[py("done()")]
    fn done(&self) -> bool {
        !self.is_pending()
    }

    /// Return the event loop the Future is bound to.
    #[py("get_loop()")]
    pub fn get_loop(&self, vm: &Vm) -> Result<Object> {
        self.check(vm)
    }

    /// Create the CancelledError to raise if the Future is cancelled.
    ///
    /// This should only be called once when handling a cancellation since
    /// it erases the context exception value.
    #[py("_make_cancelled_error()")]
    fn _make_cancelled_error(&self, vm: &Vm) -> Result<Object> {
        self.cancelled_exception(vm)
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }

    #[getter("_state")]
    fn get_state(&self, vm: &Vm) -> Result<&'static str> {
        self.check(vm)?;
        Ok(match self.phase.get() {
            Phase::Pending => "PENDING",
            Phase::Cancelled => "CANCELLED",
            Phase::Finished => "FINISHED",
        })
    }

    #[getter("_asyncio_future_blocking")]
    fn get_blocking(&self) -> bool {
        self.event_loop.is_some() && self.blocking.get()
    }

    #[setter("_asyncio_future_blocking")]
    fn set_blocking(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { return Err(cannot_delete(vm, "_asyncio_future_blocking", "Future")) };
        self.check(vm)?;
        self.blocking.set(protocol::is_true(vm, value)?);
        Ok(())
    }

    #[getter("_log_traceback")]
    fn get_log_traceback(&self, vm: &Vm) -> Result<bool> {
        self.check(vm)?;
        Ok(self.log_traceback.get())
    }

    #[setter("_log_traceback")]
    fn set_log_traceback(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { return Err(cannot_delete(vm, "_log_traceback", "Future")) };
        if protocol::is_true(vm, value)? {
            bail!(vm, ValueError, "_log_traceback can only be set to False");
        }
        self.log_traceback.set(false);
        Ok(())
    }

    #[getter("_loop")]
    fn get_event_loop(&self) -> Option<Object> {
        self.event_loop.get()
    }

    #[getter("_callbacks")]
    fn get_callbacks(&self, vm: &Vm) -> Result<Option<Object>> {
        self.check(vm)?;
        let pairs = vm.memory(self.callbacks.to_vec())?;
        if pairs.is_empty() {
            return Ok(None);
        }
        let list = pairs.chunks_exact(2).map(|pair| Tuple::from_slice(pair).into_object()).collect();
        Ok(Some(List::from_vec(list).into_object()))
    }

    #[getter("_result")]
    fn get_plain_result(&self, vm: &Vm) -> Result<Option<Object>> {
        self.check(vm)?;
        Ok(self.result.get())
    }

    #[getter("_exception")]
    fn get_plain_exception(&self, vm: &Vm) -> Result<Option<Object>> {
        self.check(vm)?;
        Ok(self.exception.get())
    }

    #[getter("_source_traceback")]
    fn get_source_traceback(&self) -> Option<Object> {
        self.source_traceback.get()
    }

    #[getter("_cancel_message")]
    fn get_cancel_message(&self) -> Option<Object> {
        self.cancel_message.get()
    }

    #[setter("_cancel_message")]
    fn set_cancel_message(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { return Err(cannot_delete(vm, "_cancel_message", "Future")) };
        self.cancel_message.set(Some(value.clone()));
        Ok(())
    }

    #[getter("_asyncio_awaited_by")]
    fn get_awaited_by(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(known) = self.awaited_by.get() else { return Ok(None) };
        let items = if known.is_instance_of::<Set>() { iter::to_vec(vm, &known)? } else { vec![known] };
        FrozenSet::from_items(vm, items).map(Some)
    }
}
