//! Asynchronous generators (PEP 525): what `async for`, `asend`, `athrow`, `aclose` and `anext` work on.
//!
//! The generator's own frame yields two kinds of values: wrapped ones are its `yield`s, bare ones come from an `await`
//! inside it and are meant for the event loop. The awaitables below pass the bare ones on and end with the wrapped.

use super::code::Code;
use super::generator::{self, AsyncGenerator, Resume, State};
use super::object::FrameObject;
use crate::exception;
use crate::interp::generator::await_iter;
use crate::object::{instance, type_of};
use crate::prelude::*;
use crate::protocol::call;
use std::cell::Cell;

/// A value yielded by an asynchronous generator, as opposed to one that an `await` inside it passes through.
#[pytype("async_generator_wrapped_value", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct WrappedValue {
    pub head: Head,
    pub value: Object,
}
impl TypeMethods for WrappedValue {}

/// INTRINSIC_ASYNC_GEN_WRAP.
pub fn wrap(value: &Object) -> Object {
    instance::alloc_static(WrappedValue { head: Head::new(), value: value.clone() }).into_object()
}

/// How far an awaitable of one step has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    New,
    Running,
    Closed,
}

/// Calls the hooks of the event loop (`sys.set_asyncgen_hooks`), once for each generator.
fn call_hooks(vm: &Vm, this: &Ref<AsyncGenerator>) -> Result<()> {
    if this.base.hooks_inited.replace(true) {
        return Ok(());
    }
    if let Some(finalizer) = vm.async_gen_finalizer.get() {
        this.base.finalizer.set(Some(finalizer));
    }
    match vm.async_gen_firstiter.get() {
        Some(first) => call::call(vm, &first, &[this.to_object()]).map(drop),
        None => Ok(()),
    }
}

/// What a step of the generator means for who awaits it: a wrapped value ends the await, a bare one goes on out.
fn unwrap(vm: &Vm, of: &AsyncGenerator, step: Result<SendResult>) -> Result<SendResult> {
    match step {
        Ok(SendResult::Yield(value)) => match value.cast::<WrappedValue>() {
            Some(wrapped) => {
                of.base.async_running.set(false);
                Ok(SendResult::Return(wrapped.value.clone()))
            }
            None => Ok(SendResult::Yield(value)),
        },
        Ok(SendResult::Return(_)) => {
            of.base.closed.set(true);
            of.base.async_running.set(false);
            Err(vm.raise_empty(&exception::types::StopAsyncIteration))
        }
        Err(raised) => {
            if is_end(vm) {
                of.base.closed.set(true);
            }
            of.base.async_running.set(false);
            Err(raised)
        }
    }
}

/// Whether the raised exception is how an asynchronous generator ends.
fn is_end(vm: &Vm) -> bool {
    vm.raised_is(&exception::types::StopAsyncIteration) || vm.raised_is(&exception::types::GeneratorExit)
}

fn send_into(vm: &Vm, of: &Ref<AsyncGenerator>, value: &Object) -> Result<SendResult> {
    match generator::resume(vm, of.as_object(), Resume::Send(value))? {
        SendResult::Return(_) => Err(vm.raise_empty(&exception::types::StopAsyncIteration)),
        step => Ok(step),
    }
}

fn throw_into(vm: &Vm, of: &Ref<AsyncGenerator>, exception: Object, close_on_exit: bool) -> Result<SendResult> {
    match generator::throw(vm, of.as_object(), exception, close_on_exit)? {
        SendResult::Return(_) => Err(vm.raise_empty(&exception::types::StopAsyncIteration)),
        step => Ok(step),
    }
}

/// A step as a method gives it: the end is a StopIteration.
fn as_method(vm: &Vm, step: SendResult) -> Result<Object> {
    match step {
        SendResult::Yield(value) => Ok(value),
        SendResult::Return(value) => Err(exception::raise_stop_iteration(vm, value)),
    }
}

/// A step as `__next__` gives it.
fn as_next(vm: &Vm, step: SendResult) -> Result<Option<Object>> {
    match step {
        SendResult::Yield(value) => Ok(Some(value)),
        SendResult::Return(value) if value.is(&none()) => Ok(None),
        SendResult::Return(value) => Err(exception::raise_stop_iteration(vm, value)),
    }
}

/// `close` of an awaitable: what its `throw` of a GeneratorExit gave.
fn closed(vm: &Vm, step: Result<SendResult>) -> Result<Object> {
    match step {
        Ok(SendResult::Yield(_)) => Err(raise!(vm, RuntimeError, "coroutine ignored GeneratorExit")),
        Ok(SendResult::Return(_)) => Ok(none()),
        Err(_) if is_end(vm) || vm.raised_is(&exception::types::StopIteration) => {
            vm.clear_raised();
            Ok(none())
        }
        Err(raised) => Err(raised),
    }
}

fn generator_exit(vm: &Vm) -> Result<Object> {
    exception::make(vm, exception::types::GeneratorExit.get(), &[])
}

/// The warning for an awaitable that nobody awaited.
fn never_awaited(vm: &Vm, this: &Object, of: &AsyncGenerator, method: &str) {
    if vm.interp().finalizing.get() {
        return;
    }
    let saved = vm.take_raised();
    let name = of.base.qualname.get().map(|n| n.to_string()).unwrap_or_default();
    let message = format!("coroutine method '{method}' of '{name}' was never awaited");
    if vm.warn(&exception::types::RuntimeWarning, &message, 1).is_err() {
        vm.unraisable("Exception ignored while finalizing async generator", Some(this));
    }
    vm.restore_raised(saved);
}

/// The receiver of a `throw` that takes its arguments as they come.
fn throw_receiver<'a, T: PyType>(vm: &Vm, args: &Args<'a>) -> Result<(&'a Ref<T>, &'a [Object])> {
    let Some((this, rest)) = args.items.split_first() else { bail!(vm, TypeError, "unbound method needs an argument") };
    let Some(this) = this.cast::<T>() else {
        let (wanted, got) = (T::NAME, crate::object::type_name(this));
        bail!(vm, TypeError, "descriptor 'throw' for '{wanted}' objects doesn't apply to a '{got}' object");
    };
    if args.keyword_count() > 0 {
        bail!(vm, TypeError, "{}.throw() takes no keyword arguments", T::NAME);
    }
    Ok((this, rest))
}

/// The awaitable of `__anext__()` and `asend(value)`.
#[pytype("async_generator_asend", doc = "", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct ASend {
    pub head: Head,
    of: Ref<AsyncGenerator>,
    value: Object,
    #[untraced]
    phase: Cell<Phase>,
}

impl ASend {
    fn make(of: &Ref<AsyncGenerator>, value: &Object) -> Object {
        let body = ASend { head: Head::new(), of: of.clone(), value: value.clone(), phase: Cell::new(Phase::New) };
        instance::alloc_static(body).into_object()
    }

    fn method(&self) -> &'static str {
        "asend"
    }

    /// Refuses a second use and a generator that is busy; whether this is the first step.
    fn enter(&self, vm: &Vm) -> Result<bool> {
        match self.phase.get() {
            Phase::Closed => bail!(vm, RuntimeError, "cannot reuse already awaited __anext__()/asend()"),
            Phase::Running => return Ok(false),
            Phase::New => {}
        }
        if self.of.base.async_running.get() {
            self.phase.set(Phase::Closed);
            bail!(vm, RuntimeError, "anext(): asynchronous generator is already running");
        }
        self.phase.set(Phase::Running);
        Ok(true)
    }

    fn leave(&self, vm: &Vm, step: Result<SendResult>) -> Result<SendResult> {
        let result = unwrap(vm, &self.of, step);
        if !matches!(result, Ok(SendResult::Yield(_))) {
            self.phase.set(Phase::Closed);
        }
        result
    }

    fn step(&self, vm: &Vm, value: &Object) -> Result<SendResult> {
        let first = self.enter(vm)?;
        let value = if first && value.is(&none()) { &self.value } else { value };
        self.of.base.async_running.set(true);
        self.leave(vm, send_into(vm, &self.of, value))
    }

    fn throw_step(&self, vm: &Vm, args: &[Object]) -> Result<SendResult> {
        if self.enter(vm)? {
            self.of.base.async_running.set(true);
        }
        let step = generator::thrown(vm, args).and_then(|exception| throw_into(vm, &self.of, exception, true));
        self.leave(vm, step)
    }
}

/// The awaitable of `athrow(…)`, and of `aclose()`, which throws nothing given.
#[pytype("async_generator_athrow", doc = "", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct AThrow {
    pub head: Head,
    of: Ref<AsyncGenerator>,
    args: Option<Ref<Tuple>>,
    #[untraced]
    phase: Cell<Phase>,
}

impl AThrow {
    fn make(of: &Ref<AsyncGenerator>, args: Option<Ref<Tuple>>) -> Object {
        let body = AThrow { head: Head::new(), of: of.clone(), args, phase: Cell::new(Phase::New) };
        instance::alloc_static(body).into_object()
    }

    fn method(&self) -> &'static str {
        if self.args.is_some() { "athrow" } else { "aclose" }
    }

    fn refuse_busy(&self, vm: &Vm) -> Result<()> {
        if !self.of.base.async_running.get() {
            return Ok(());
        }
        self.phase.set(Phase::Closed);
        Err(raise!(vm, RuntimeError, "{}(): asynchronous generator is already running", self.method()))
    }

    fn step(&self, vm: &Vm, value: &Object) -> Result<SendResult> {
        let body = &self.of.base;
        if self.phase.get() == Phase::Closed {
            bail!(vm, RuntimeError, "cannot reuse already awaited aclose()/athrow()");
        }
        if body.state.get() == State::Done {
            self.phase.set(Phase::Closed);
            return Ok(SendResult::Return(none()));
        }
        if self.phase.get() == Phase::Running {
            let step = send_into(vm, &self.of, value);
            return self.leave(vm, step);
        }
        self.refuse_busy(vm)?;
        if body.closed.get() {
            self.phase.set(Phase::Closed);
            return Err(vm.raise_empty(&exception::types::StopAsyncIteration));
        }
        if !value.is(&none()) {
            bail!(vm, RuntimeError, "can't send non-None value to a just-started coroutine");
        }
        self.phase.set(Phase::Running);
        body.async_running.set(true);
        let exception = match &self.args {
            None => {
                body.closed.set(true);
                generator_exit(vm)
            }
            Some(args) => generator::exception_of_parts(vm, "athrow", args.items()),
        };
        let step = exception.and_then(|exception| throw_into(vm, &self.of, exception, false));
        self.leave(vm, step)
    }

    fn leave(&self, vm: &Vm, step: Result<SendResult>) -> Result<SendResult> {
        let body = &self.of.base;
        if self.args.is_some() {
            let result = unwrap(vm, &self.of, step);
            if !matches!(result, Ok(SendResult::Yield(_))) {
                self.phase.set(Phase::Closed);
            }
            return result;
        }
        match step {
            Ok(SendResult::Yield(value)) if !value.is_instance_of::<WrappedValue>() => Ok(SendResult::Yield(value)),
            Ok(_) => {
                body.async_running.set(false);
                self.phase.set(Phase::Closed);
                Err(raise!(vm, RuntimeError, "async generator ignored GeneratorExit"))
            }
            Err(raised) => {
                body.async_running.set(false);
                self.phase.set(Phase::Closed);
                if !is_end(vm) {
                    return Err(raised);
                }
                vm.clear_raised();
                Ok(SendResult::Return(none()))
            }
        }
    }

    fn throw_step(&self, vm: &Vm, args: &[Object]) -> Result<SendResult> {
        match self.phase.get() {
            Phase::Closed => bail!(vm, RuntimeError, "cannot reuse already awaited aclose()/athrow()"),
            Phase::New => {
                self.refuse_busy(vm)?;
                self.phase.set(Phase::Running);
                self.of.base.async_running.set(true);
            }
            Phase::Running => {}
        }
        let step = generator::thrown(vm, args).and_then(|exception| throw_into(vm, &self.of, exception, true));
        self.leave(vm, step)
    }
}

/// The methods of an awaitable of one step, over its `step`, `throw_step`, `method` and `phase`.
macro_rules! step_methods {
    ($kind:ident) => {
        #[pymethods]
        impl $kind {
            #[slot]
            fn finalize(this: &Object, vm: &Vm) {
                if let Some(own) = this.cast::<$kind>()
                    && own.phase.get() == Phase::New
                {
                    never_awaited(vm, this, &own.of, own.method());
                }
            }

            #[slot]
            fn await_(this: &Ref<Self>) -> Object {
                this.to_object()
            }

            #[slot]
            fn iter(this: &Ref<Self>) -> Object {
                this.to_object()
            }

            #[slot]
            fn next(&self, vm: &Vm) -> Result<Option<Object>> {
                as_next(vm, self.step(vm, &none())?)
            }

            #[slot]
            fn send(&self, vm: &Vm, value: &Object) -> Result<SendResult> {
                self.step(vm, value)
            }

            /// send(value) -> send 'value' into generator,
            /// return next yielded value or raise StopIteration.
            #[py("send(object, /)")]
            fn send_method(&self, vm: &Vm, object: &Object) -> Result<Object> {
                as_method(vm, self.step(vm, object)?)
            }

            /// Throws an exception into the generator: throw(value), or throw(type[, value[, tb]]), which is deprecated.
            #[py(raw, "throw", notext)]
            fn throw(vm: &Vm, args: Args<'_>) -> Result<Object> {
                let (this, rest) = throw_receiver::<$kind>(vm, &args)?;
                as_method(vm, this.throw_step(vm, rest)?)
            }

            /// close() -> raise GeneratorExit inside generator.
            #[py("close()")]
            fn close(&self, vm: &Vm) -> Result<Object> {
                if self.phase.get() == Phase::Closed {
                    return Ok(none());
                }
                let exit = generator_exit(vm)?;
                closed(vm, self.throw_step(vm, &[exit]))
            }
        }
    };
}
step_methods! { ASend }
step_methods! { AThrow }

/// The awaitable of `anext(iterator, default)`.
#[pytype("anext_awaitable", doc = "", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct AnextAwaitable {
    pub head: Head,
    wrapped: Object,
    default: Object,
}

impl AnextAwaitable {
    pub fn make(wrapped: &Object, default: &Object) -> Object {
        let body = AnextAwaitable { head: Head::new(), wrapped: wrapped.clone(), default: default.clone() };
        instance::alloc_static(body).into_object()
    }

    /// The iterator of what is awaited.
    fn inner(&self, vm: &Vm) -> Result<Object> {
        let awaitable = await_iter(vm, &self.wrapped)?;
        if type_of(&awaitable).slots.next.get().is_some() {
            return Ok(awaitable);
        }
        let Some(slot) = type_of(&awaitable).slots.await_.get() else {
            bail!(vm, TypeError, "__await__ must return an iterable, not '{}'", crate::object::type_name(&awaitable));
        };
        let iterator = slot(vm, &awaitable)?;
        if type_of(&iterator).slots.next.get().is_none() {
            bail!(vm, TypeError, "__anext__ must return an awaitable, not '{}'", crate::object::type_name(&iterator));
        }
        Ok(iterator)
    }

    /// A StopAsyncIteration becomes the default.
    fn or_default(&self, vm: &Vm, result: Result<Object>) -> Result<Object> {
        match result {
            Err(_) if vm.raised_is(&exception::types::StopAsyncIteration) => {
                vm.clear_raised();
                Err(exception::raise_stop_iteration(vm, self.default.clone()))
            }
            other => other,
        }
    }

    fn pass(&self, vm: &Vm, method: &Name, args: &[Object]) -> Result<Object> {
        let inner = self.inner(vm)?;
        let result = call::call_method(vm, &inner, method, args);
        self.or_default(vm, result)
    }
}

#[pymethods]
impl AnextAwaitable {
    #[slot]
    fn await_(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let inner = self.inner(vm)?;
        let result = match generator::send_any(vm, &inner, &none()) {
            Ok(SendResult::Yield(value)) => Ok(value),
            Ok(SendResult::Return(value)) => Err(exception::raise_stop_iteration(vm, value)),
            Err(raised) => Err(raised),
        };
        self.or_default(vm, result).map(Some)
    }

    /// send(arg) -> send 'arg' into the wrapped iterator,
    /// return next yielded value or raise StopIteration.
    #[py("send(object, /)")]
    fn send_method(&self, vm: &Vm, object: &Object) -> Result<Object> {
        self.pass(vm, vm.names().send(), std::slice::from_ref(object))
    }

    /// Throws an exception into the wrapped iterator: throw(value), or throw(type[, value[, tb]]), which is deprecated.
    #[py(raw, "throw", notext)]
    fn throw(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let (this, rest) = throw_receiver::<AnextAwaitable>(vm, &args)?;
        this.pass(vm, vm.names().throw(), rest)
    }

    /// close() -> raise GeneratorExit inside generator.
    #[py("close()")]
    fn close(&self, vm: &Vm) -> Result<Object> {
        self.pass(vm, vm.names().close(), &[])
    }
}

#[pymethods]
impl AsyncGenerator {
    #[slot]
    fn finalize(this: &Object, vm: &Vm) {
        generator::finalize(vm, this);
    }

    #[slot]
    fn repr(this: &Object) -> String {
        generator::repr(this)
    }

    #[slot]
    fn aiter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn anext(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        call_hooks(vm, this)?;
        Ok(ASend::make(this, &none()))
    }

    /// asend(v) -> send 'v' in generator.
    #[py("asend(object, /)")]
    fn asend(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<Object> {
        call_hooks(vm, this)?;
        Ok(ASend::make(this, object))
    }

    /// Raises an exception in the generator: athrow(value), or athrow(type[, value[, tb]]), which is deprecated.
    #[py(raw, "athrow", notext)]
    fn athrow(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let (this, rest) = throw_receiver::<AsyncGenerator>(vm, &args)?;
        generator::warn_of_parts(vm, "athrow", rest)?;
        call_hooks(vm, this)?;
        Ok(AThrow::make(this, Some(Tuple::try_from_slice(vm, rest)?)))
    }

    /// aclose() -> raise GeneratorExit inside generator.
    #[py("aclose()")]
    fn aclose(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        call_hooks(vm, this)?;
        Ok(AThrow::make(this, None))
    }

    /// name of the async generator
    #[getter("__name__")]
    fn name(&self) -> Option<Ref<Str>> {
        self.base.name.get()
    }

    #[setter("__name__")]
    fn set_name(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        generator::set_text(vm, &self.base.name, "__name__", value)
    }

    /// qualified name of the async generator
    #[getter("__qualname__")]
    fn qualname(&self) -> Option<Ref<Str>> {
        self.base.qualname.get()
    }

    #[setter("__qualname__")]
    fn set_qualname(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        generator::set_text(vm, &self.base.qualname, "__qualname__", value)
    }

    #[getter("ag_frame")]
    fn ag_frame(&self) -> Option<Ref<FrameObject>> {
        self.base.frame().map(FrameObject::of)
    }

    #[getter("ag_running")]
    fn ag_running(&self) -> bool {
        self.base.async_running.get()
    }

    #[getter("ag_suspended")]
    fn ag_suspended(&self) -> bool {
        matches!(self.base.state.get(), State::Suspended | State::Delegating)
    }

    #[getter("ag_code")]
    fn ag_code(&self) -> Option<Ref<Code>> {
        self.base.code.get()
    }

    /// object being awaited on, or None
    #[getter("ag_await")]
    fn ag_await(&self) -> Option<Object> {
        self.base.delegate()
    }

    /// async generators are generic over the types of their yield and send values
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        crate::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), object)
    }
}
