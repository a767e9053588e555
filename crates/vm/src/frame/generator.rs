//! Generators and coroutines: a frame in memory of its own, resumed by `send`, `throw` and `close`.

use super::code::Code;
use super::function::Function;
use super::handled::Handled;
use super::object::FrameObject;
use super::{Frame, Owner};
use crate::exception;
use crate::interp;
use crate::object::{instance, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call, object as protocol};
use bytecode::CodeFlags;
use std::cell::Cell;
use std::ptr;

/// Where a generator stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Created,
    Suspended,
    /// Suspended at a `yield from` or `await`.
    Delegating,
    Running,
    Done,
}

/// What the three kinds share.
#[repr(C)]
pub struct GenBody {
    pub head: Head,
    pub state: Cell<State>,
    pub name: Field<Ref<Str>>,
    pub qualname: Field<Ref<Str>>,
    pub code: Field<Ref<Code>>,
    /// The exception that its code is handling.
    handled: Handled,
    /// Where a coroutine was made (`sys.set_coroutine_origin_tracking_depth`).
    pub origin: Field<Object>,
    /// An asynchronous generator: its hooks have been called; its `aclose` or `athrow` is under way; it has ended.
    pub hooks_inited: Cell<bool>,
    pub async_running: Cell<bool>,
    pub closed: Cell<bool>,
    pub finalizer: Field<Object>,
}

impl Trace for GenBody {
    fn trace(&self, visit: &mut Visitor) {
        self.name.trace(visit);
        self.qualname.trace(visit);
        self.code.trace(visit);
        self.handled.exception.trace(visit);
        self.origin.trace(visit);
        self.finalizer.trace(visit);
        if self.state.get() != State::Running
            && let Some(frame) = self.frame()
        {
            // SAFETY: a suspended frame.
            unsafe { super::trace(frame, visit) }
        }
    }

    fn clear_refs(&self) {
        if self.state.get() != State::Running {
            self.finish();
        }
        self.handled.exception.set(None);
        self.finalizer.set(None);
        self.origin.set(None);
    }
}

impl Drop for GenBody {
    fn drop(&mut self) {
        self.finish();
    }
}

/// `dealloc` of one of the three kinds: one that has ended has nothing to finalise.
///
/// # Safety
/// As [`instance::dealloc_instance`].
unsafe fn dealloc<T: PyType>(object: *mut Head) {
    // SAFETY: passed on; all three start with the body.
    unsafe {
        match (*object.cast::<GenBody>()).state.get() {
            State::Done => heap::dealloc::dealloc_body::<T>(object),
            _ => instance::dealloc_instance(object),
        }
    }
}

/// Tells the three types, which are ready, how their instances die.
pub fn set_dealloc() {
    Generator::class().base_head.dealloc.set(dealloc::<Generator>);
    Coroutine::class().base_head.dealloc.set(dealloc::<Coroutine>);
    AsyncGenerator::class().base_head.dealloc.set(dealloc::<AsyncGenerator>);
}

impl GenBody {
    /// The body of a generator whose frame is about to move behind it.
    fn new(function: &Function, code: &Code, origin: Option<Object>) -> GenBody {
        GenBody {
            head: Head::new(),
            state: Cell::new(State::Created),
            name: Field::new(function.name.get()),
            qualname: Field::new(function.qualname.get()),
            code: Field::some(Ref::of(code)),
            handled: Handled::default(),
            origin: Field::new(origin),
            hooks_inited: Cell::new(false),
            async_running: Cell::new(false),
            closed: Cell::new(false),
            finalizer: Field::empty(),
        }
    }

    /// The memory behind the body, which is the frame's.
    #[inline(always)]
    fn memory(&self) -> *mut Frame {
        ptr::from_ref(self).wrapping_add(1).cast::<Frame>().cast_mut()
    }

    /// The frame, unless the generator has ended.
    #[inline(always)]
    pub fn frame(&self) -> Option<*mut Frame> {
        (self.state.get() != State::Done).then(|| self.memory())
    }

    /// Whether an exception thrown in would go straight through: the generator stands at a `yield` outside of any `try`,
    /// as RESUME's argument says.
    fn catches_nothing(&self) -> bool {
        let Some(frame) = self.frame() else { return false };
        // SAFETY: a suspended frame's next unit.
        let unit = unsafe { *(*frame).ip };
        unit as u8 == bytecode::Op::RESUME as u8 && u32::from(unit >> 8) & bytecode::op::resume::DEPTH1 != 0
    }

    /// Ends the generator: drops what its frame holds.
    fn finish(&self) {
        let Some(frame) = self.frame() else { return };
        self.state.set(State::Done);
        // SAFETY: the frame does not run; nobody finds it any more.
        unsafe {
            if (*frame).object != 0 {
                super::object::frame_ends(frame);
            }
            Frame::clear(frame);
        }
        self.handled.exception.set(None);
    }

    /// The iterator that it delegates to, if it is suspended in `yield from` or `await`.
    pub fn delegate(&self) -> Option<Object> {
        if self.state.get() != State::Delegating {
            return None;
        }
        let frame = self.frame()?;
        // SAFETY: the receiver lies on top of the suspended stack.
        unsafe { super::clone_word(*(*frame).sp.sub(1)) }
    }
}

/// A generator, coroutine or asynchronous generator made of the running frame (RETURN_GENERATOR), which is gone from the
/// thread's stack then. Without memory the frame stays.
///
/// # Safety
/// The frame is the thread's innermost and its `ip` and `sp` are true; the caller unlinks it.
pub unsafe fn make(vm: &Vm, frame: *mut Frame) -> Result<Object> {
    // SAFETY: the kinds are the body and nothing else; there is room for the frame's words behind it.
    unsafe {
        let code = Frame::code(frame);
        let depth = vm.coroutine_origin_depth.get();
        let is_coroutine = code.flags.has(CodeFlags::COROUTINE);
        let origin = (is_coroutine && depth > 0).then(|| origin((*frame).previous, depth));
        let function = std::mem::ManuallyDrop::new(Object::from_word((*frame).func));
        let base = GenBody::new(function.cast_unchecked::<Function>(), code, origin);
        let room = code.frame_words() * 8;
        let made = if is_coroutine {
            heap::alloc_behind(Coroutine::kind(), Coroutine { base }, room).map(Ref::into_object)
        } else if code.flags.has(CodeFlags::ASYNC_GENERATOR) {
            heap::alloc_behind(AsyncGenerator::kind(), AsyncGenerator { base }, room).map(Ref::into_object)
        } else {
            heap::alloc_behind(Generator::kind(), Generator { base }, room).map(Ref::into_object)
        };
        let Ok(object) = made else { return Err(vm.out_of_memory()) };
        let body = &*object.as_ptr().cast::<GenBody>();
        let used = (*frame).sp.offset_from(frame.cast::<u64>()) as usize;
        let own = body.memory();
        own.cast::<u64>().copy_from_nonoverlapping(frame.cast::<u64>(), used);
        (*own).sp = own.cast::<u64>().add(used);
        (*own).owner = Owner::Generator;
        (*own).previous = ptr::null_mut();
        (*own).is_entry = false;
        (*own).generator = body;
        if (*frame).object != 0 {
            // A frame object that was made already follows the frame.
            FrameObject::moved((*frame).object, own);
        }
        vm.stack.pop(frame.cast());
        Ok(object)
    }
}

/// The calls from `frame` outwards, `depth` of them, as `cr_origin` shows them.
fn origin(mut frame: *mut Frame, depth: i32) -> Object {
    let mut entries = Vec::new();
    while !frame.is_null() && entries.len() < depth as usize {
        let code = Frame::code(frame);
        let file = code.filename.get().map_or_else(none, Ref::into_object);
        entries
            .push(Tuple::from_slice(&[file, Object::int32(Frame::line(frame)), code.name.to_object()]).into_object());
        // SAFETY: live frames.
        frame = unsafe { (*frame).previous };
    }
    Tuple::from_slice(&entries).into_object()
}

/// The shared body of any of the three kinds.
#[inline]
pub fn body_of(object: &Object) -> Option<&GenBody> {
    if let Some(g) = object.cast_exact::<Generator>() {
        return Some(&g.base);
    }
    if let Some(g) = object.cast_exact::<Coroutine>() {
        return Some(&g.base);
    }
    object.cast_exact::<AsyncGenerator>().map(|g| &g.base)
}

fn kind_name(object: &Object) -> &'static str {
    if object.is_exact::<Coroutine>() {
        "coroutine"
    } else if object.is_exact::<AsyncGenerator>() {
        "async generator"
    } else {
        "generator"
    }
}

/// How a generator is resumed.
pub enum Resume<'a> {
    Send(&'a Object),
    /// The exception is on the thread.
    Throw,
}

/// Runs a generator up to its next `yield` or its end.
pub fn resume(vm: &Vm, object: &Object, how: Resume<'_>) -> Result<SendResult> {
    let body = body_of(object).expect("only called with generators");
    match body.state.get() {
        State::Running => return Err(raise!(vm, ValueError, "{} already executing", kind_name(object))),
        State::Done => {
            return match how {
                Resume::Throw if !object.is_exact::<Coroutine>() => Err(Raised),
                Resume::Send(_) | Resume::Throw if object.is_exact::<Coroutine>() => {
                    vm.clear_raised();
                    Err(raise!(vm, RuntimeError, "cannot reuse already awaited coroutine"))
                }
                _ => Ok(SendResult::Return(none())),
            };
        }
        State::Created if matches!(&how, Resume::Send(value) if !value.is(&none())) => {
            return Err(raise!(vm, TypeError, "can't send non-None value to a just-started {}", kind_name(object)));
        }
        _ => {}
    }
    let frame = body.frame().expect("not done");
    vm.check_stack("")?;
    // The generator must outlive its own run.
    let hold = object.clone();
    body.state.set(State::Running);
    // SAFETY: a suspended frame: `sp` is true, the sent value goes on top as the result of the yield. `hold` keeps the
    // generator until its entry is popped.
    let outcome = unsafe {
        vm.handled_chain.push(&body.handled);
        match how {
            Resume::Send(value) => {
                *(*frame).sp = value.clone().into_word();
                (*frame).sp = (*frame).sp.add(1);
                interp::resume_frame(vm, frame, false)
            }
            Resume::Throw => {
                // What is thrown in happens while the generator handles its own exception.
                vm.chain_thrown();
                // The exception is raised where a sent value would be on the stack.
                *(*frame).sp = none().into_word();
                (*frame).sp = (*frame).sp.add(1);
                interp::resume_frame(vm, frame, true)
            }
        }
    };
    vm.handled_chain.pop();
    let result = match outcome {
        Ok(value) if body.state.get() != State::Running => Ok(SendResult::Yield(value)),
        Ok(value) => {
            body.finish();
            Ok(SendResult::Return(value))
        }
        Err(raised) => {
            body.finish();
            Err(raised)
        }
    };
    drop(hold);
    result
}

impl GenBody {
    /// Marks a suspended generator as running and gives its frame; `None` where [`resume`] has something to say.
    #[inline(always)]
    pub fn start(&self, vm: &Vm, sends_none: bool) -> Option<*mut Frame> {
        match self.state.get() {
            State::Suspended | State::Delegating => {}
            State::Created if sends_none => {}
            _ => return None,
        }
        let frame = self.frame()?;
        self.state.set(State::Running);
        // SAFETY: the caller's stack holds the generator.
        unsafe { vm.handled_chain.push(&self.handled) };
        Some(frame)
    }

    /// What follows a `yield` of a generator that [`start`](Self::start) resumed.
    pub fn yielded(&self, vm: &Vm) {
        vm.handled_chain.pop();
    }

    /// What follows the end of a generator that [`start`](Self::start) resumed.
    pub fn ended(&self, vm: &Vm) {
        vm.handled_chain.pop();
        self.finish();
    }
}

/// `send` as Python sees it: the end is StopIteration (StopAsyncIteration for an asynchronous generator).
pub fn send(vm: &Vm, object: &Object, value: &Object) -> Result<Object> {
    match resume(vm, object, Resume::Send(value))? {
        SendResult::Yield(value) => Ok(value),
        SendResult::Return(_) if object.is_exact::<AsyncGenerator>() => {
            Err(vm.raise_empty(&exception::types::StopAsyncIteration))
        }
        SendResult::Return(value) => Err(exception::raise_stop_iteration(vm, value)),
    }
}

/// Makes the exception that `throw(type, value, traceback)` describes; warns of the long form.
pub fn thrown(vm: &Vm, args: &[Object]) -> Result<Object> {
    warn_of_parts(vm, "throw", args)?;
    exception_of_parts(vm, "throw", args)
}

/// The warning for `throw` and `athrow` with more than the exception.
pub fn warn_of_parts(vm: &Vm, function: &str, args: &[Object]) -> Result<()> {
    if args.len() < 2 {
        return Ok(());
    }
    let message =
        format!("the (type, exc, tb) signature of {function}() is deprecated, use the single-arg signature instead.");
    vm.warn(&exception::types::DeprecationWarning, &message, 1)
}

/// The exception that a type, a value and a traceback describe.
pub fn exception_of_parts(vm: &Vm, function: &str, args: &[Object]) -> Result<Object> {
    let [kind, rest @ ..] = args else {
        bail!(vm, TypeError, "{function} expected at least 1 argument, got 0");
    };
    if rest.len() > 2 {
        bail!(vm, TypeError, "{function} expected at most 3 arguments, got {}", args.len());
    }
    let given = |i: usize| rest.get(i).filter(|o| !o.is(&none()));
    if let Some(traceback) = given(1)
        && !traceback.is_instance_of::<super::traceback::Traceback>()
    {
        bail!(vm, TypeError, "throw() third argument must be a traceback object");
    }
    let exception = if exception::is_exception_class(kind) {
        match given(0) {
            None => made(vm, exception::normalise(vm, kind))?,
            Some(value) if protocol::is_instance(vm, value, kind)? => value.clone(),
            Some(value) => {
                let args = value.cast::<Tuple>().map_or(std::slice::from_ref(value), |args| args.items());
                made(vm, exception::make_checked(vm, kind, args))?
            }
        }
    } else if exception::is_exception(kind) {
        if given(0).is_some() {
            bail!(vm, TypeError, "instance exception may not have a separate value");
        }
        kind.clone()
    } else {
        bail!(
            vm,
            TypeError,
            "exceptions must be classes or instances deriving from BaseException, not {}",
            type_name(kind)
        );
    };
    if let (Some(traceback), Some(body)) = (given(1), exception.cast::<exception::BaseException>()) {
        body.traceback.set(Some(traceback.clone()));
    }
    Ok(exception)
}

/// Sends a value into a generator or any other iterator.
pub fn send_any(vm: &Vm, receiver: &Object, value: &Object) -> Result<SendResult> {
    if body_of(receiver).is_some() {
        return resume(vm, receiver, Resume::Send(value));
    }
    match type_of(receiver).slots.send.get() {
        Some(send) => send(vm, receiver, value),
        None => crate::object::slot_table::send_by_method(vm, receiver, value),
    }
}

/// The exception that was made; the one that was raised where making it failed, since that one is thrown then.
fn made(vm: &Vm, result: Result<Object>) -> Result<Object> {
    result.or_else(|raised| vm.take_raised().ok_or(raised))
}

/// `throw`: hands an exception to the generator, or to what it delegates to.
pub fn throw(vm: &Vm, object: &Object, exception: Object, close_on_exit: bool) -> Result<SendResult> {
    let body = body_of(object).expect("only called with generators");
    if body.state.get() == State::Running {
        bail!(vm, ValueError, "{} already executing", kind_name(object));
    }
    if let Some(delegate) = body.delegate() {
        let is_exit = type_of(&exception).is_subtype(exception::types::GeneratorExit.get());
        if is_exit && close_on_exit {
            body.state.set(State::Running);
            let closed = close_iterator(vm, &delegate);
            body.state.set(State::Delegating);
            let raised = match closed {
                Ok(()) => vm.restore(exception),
                Err(raised) => raised,
            };
            let _ = raised;
            return resume(vm, object, Resume::Throw);
        }
        body.state.set(State::Running);
        let result = linked(vm, body, || throw_into(vm, &delegate, &exception, close_on_exit));
        body.state.set(State::Delegating);
        return match result {
            Ok(Some(SendResult::Yield(value))) => Ok(SendResult::Yield(value)),
            Ok(Some(SendResult::Return(value))) => {
                // The delegate ended with a value: CLEANUP_THROW takes it out of a StopIteration.
                let _ = exception::raise_stop_iteration(vm, value);
                resume(vm, object, Resume::Throw)
            }
            Ok(None) => {
                let _ = vm.restore(exception);
                resume(vm, object, Resume::Throw)
            }
            Err(_) => resume(vm, object, Resume::Throw),
        };
    }
    let _ = vm.raise_thrown(exception);
    resume(vm, object, Resume::Throw)
}

/// Runs `f` with the generator's frame as the innermost, as if the generator itself had called it.
fn linked<R>(vm: &Vm, body: &GenBody, f: impl FnOnce() -> R) -> R {
    let Some(frame) = body.frame() else { return f() };
    let caller = vm.frame.get();
    // SAFETY: a suspended frame, which does not run: only its link is written, and taken back below.
    unsafe { (*frame).previous = caller };
    vm.frame.set(frame);
    let result = f();
    vm.frame.set(caller);
    if let Some(frame) = body.frame() {
        // SAFETY: as above.
        unsafe { (*frame).previous = std::ptr::null_mut() };
    }
    result
}

/// Throws into any iterator: generators directly, others by their `throw` method; `None` if they have none.
fn throw_into(vm: &Vm, iterator: &Object, exception: &Object, close_on_exit: bool) -> Result<Option<SendResult>> {
    if body_of(iterator).is_some() && !iterator.is_exact::<AsyncGenerator>() {
        return throw(vm, iterator, exception.clone(), close_on_exit).map(Some);
    }
    let method = match protocol::getattr_opt(vm, iterator, vm.names().throw())? {
        Some(method) => method,
        None => return Ok(None),
    };
    Ok(Some(SendResult::Yield(call::call(vm, &method, std::slice::from_ref(exception))?)))
}

fn close_iterator(vm: &Vm, iterator: &Object) -> Result<()> {
    if body_of(iterator).is_some() && !iterator.is_exact::<AsyncGenerator>() {
        return close(vm, iterator).map(drop);
    }
    match protocol::getattr_opt(vm, iterator, vm.names().close()) {
        Ok(Some(method)) => call::call(vm, &method, &[]).map(drop),
        Ok(None) => Ok(()),
        Err(_) => {
            vm.unraisable("Exception ignored while closing generator", Some(iterator));
            Ok(())
        }
    }
}

/// `close`: throws GeneratorExit in; gives the value that the generator returned.
pub fn close(vm: &Vm, object: &Object) -> Result<Object> {
    let body = body_of(object).expect("only called with generators");
    match body.state.get() {
        State::Created => {
            body.finish();
            return Ok(none());
        }
        State::Done => return Ok(none()),
        State::Running => bail!(vm, ValueError, "{} already executing", kind_name(object)),
        State::Suspended if body.catches_nothing() && !interp::observe::wants_exceptions(vm) => {
            body.finish();
            return Ok(none());
        }
        _ => {}
    }
    let exit = exception::make(vm, exception::types::GeneratorExit.get(), &[])?;
    match throw(vm, object, exit, true) {
        Ok(SendResult::Yield(_)) => {
            let what = if object.is_exact::<AsyncGenerator>() { "async generator" } else { kind_name(object) };
            Err(raise!(vm, RuntimeError, "{what} ignored GeneratorExit"))
        }
        Ok(SendResult::Return(value)) => Ok(value),
        Err(_) if vm.raised_is(&exception::types::GeneratorExit) => {
            vm.clear_raised();
            Ok(none())
        }
        Err(_) if vm.raised_is(&exception::types::StopIteration) => {
            let stop = vm.take_raised();
            Ok(exception::stop_iteration_value(stop.as_ref()))
        }
        Err(raised) => Err(raised),
    }
}

/// What happens to a generator that is dropped before its end.
pub fn finalize(vm: &Vm, object: &Object) {
    let Some(body) = body_of(object) else { return };
    if body.state.get() == State::Done {
        return;
    }
    if let Some(finalizer) = body.finalizer.get()
        && object.is_exact::<AsyncGenerator>()
        && !body.closed.get()
    {
        let saved = vm.take_raised();
        if call::call(vm, &finalizer, std::slice::from_ref(object)).is_err() {
            vm.unraisable("Exception ignored while finalizing generator", Some(object));
        }
        vm.restore_raised(saved);
        return;
    }
    if body.state.get() == State::Created {
        if object.is_exact::<Coroutine>() {
            let saved = vm.take_raised();
            crate::modules::warnings::unawaited(vm, object);
            vm.restore_raised(saved);
        }
        body.finish();
        return;
    }
    let saved = vm.take_raised();
    if close(vm, object).is_err() {
        vm.unraisable("Exception ignored while closing generator", Some(object));
    }
    vm.restore_raised(saved);
}

/// `frame.clear()` of a suspended generator's frame.
pub fn clear_suspended(vm: &Vm, frame: *mut Frame) -> Result<()> {
    // SAFETY: a generator's frame names it.
    let object = unsafe { Object::from_head((*frame).generator.cast()) };
    let state = body_of(&object).map(|b| b.state.get());
    match state {
        Some(State::Running) => Err(raise!(vm, RuntimeError, "cannot clear an executing frame")),
        Some(State::Created) => {
            finalize(vm, &object);
            Ok(())
        }
        _ => Err(raise!(vm, RuntimeError, "cannot clear a suspended frame")),
    }
}

pub fn repr(object: &Object) -> String {
    let body = body_of(object).expect("only called with generators");
    let name = body.qualname.get().map(|n| n.to_string()).unwrap_or_default();
    let kind = if object.is_exact::<AsyncGenerator>() { "async_generator" } else { kind_name(object) };
    format!("<{kind} object {name} at {:#x}>", protocol::address(object))
}

pub fn set_text(vm: &Vm, field: &Field<Ref<Str>>, name: &str, value: Option<&Object>) -> Result<()> {
    match value.and_then(|v| v.cast::<Str>()) {
        Some(text) => {
            field.set(Some(text.clone()));
            Ok(())
        }
        None => Err(raise!(vm, TypeError, "{name} must be set to a string object")),
    }
}

/// A function's suspended execution that yields values.
#[repr(C)]
pub struct Generator {
    pub base: GenBody,
}

/// An `async def` function's suspended execution.
#[repr(C)]
pub struct Coroutine {
    pub base: GenBody,
}

/// A function's suspended execution that yields values asynchronously.
#[repr(C)]
pub struct AsyncGenerator {
    pub base: GenBody,
}

macro_rules! gen_type {
    ($kind:ident, $name:literal) => {
        impl Trace for $kind {
            fn trace(&self, visit: &mut Visitor) {
                self.base.trace(visit);
            }
            fn clear_refs(&self) {
                self.base.clear_refs();
            }
        }
        impl PyType for $kind {
            const NAME: &'static str = $name;
            const MODULE: &'static str = "builtins";
            const DOC: &'static str = "";
            const FLAGS: u32 = flags::HAVE_GC | flags::MANAGED_WEAKREF | flags::DISALLOW_INSTANTIATION;
            type Base = crate::builtins::object::BaseObject;
            fn static_type() -> &'static StaticType {
                static TYPE: StaticType = StaticType::new();
                &TYPE
            }
        }
    };
}
gen_type!(Generator, "generator");
gen_type!(Coroutine, "coroutine");
gen_type!(AsyncGenerator, "async_generator");

#[pymethods]
impl Generator {
    #[slot]
    fn finalize(this: &Object, vm: &Vm) {
        finalize(vm, this);
    }

    #[slot]
    fn repr(this: &Object) -> String {
        repr(this)
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    pub fn next(this: &Object, vm: &Vm) -> Result<Option<Object>> {
        match resume(vm, this, Resume::Send(&none()))? {
            SendResult::Yield(value) => Ok(Some(value)),
            SendResult::Return(value) if value.is(&none()) => Ok(None),
            SendResult::Return(value) => Err(exception::raise_stop_iteration(vm, value)),
        }
    }

    #[slot]
    fn send(this: &Object, vm: &Vm, value: &Object) -> Result<SendResult> {
        resume(vm, this, Resume::Send(value))
    }

    /// send(value) -> send 'value' into generator,
    /// return next yielded value or raise StopIteration.
    #[py("send(object, /)")]
    fn send_method(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<Object> {
        send(vm, this.as_object(), object)
    }

    /// throw(value)
    /// throw(type[,value[,tb]])
    ///
    /// Raise exception in generator, return next yielded value or raise
    /// StopIteration.
    /// the (type, val, tb) signature is deprecated,
    /// and may be removed in a future version of Python.
    #[py(raw, "throw", notext)]
    fn throw(vm: &Vm, args: Args<'_>) -> Result<Object> {
        throw_method(vm, args)
    }

    /// close() -> raise GeneratorExit inside generator.
    #[py("close()")]
    fn close(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        close(vm, this.as_object())
    }

    /// name of the generator
    #[getter("__name__")]
    fn name(&self) -> Option<Ref<Str>> {
        self.base.name.get()
    }

    #[setter("__name__")]
    fn set_name(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        set_text(vm, &self.base.name, "__name__", value)
    }

    /// qualified name of the generator
    #[getter("__qualname__")]
    fn qualname(&self) -> Option<Ref<Str>> {
        self.base.qualname.get()
    }

    #[setter("__qualname__")]
    fn set_qualname(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        set_text(vm, &self.base.qualname, "__qualname__", value)
    }

    #[getter("gi_frame")]
    fn gi_frame(&self) -> Option<Ref<FrameObject>> {
        self.base.frame().map(FrameObject::of)
    }

    #[getter("gi_running")]
    fn gi_running(&self) -> bool {
        self.base.state.get() == State::Running
    }

    #[getter("gi_suspended")]
    fn gi_suspended(&self) -> bool {
        matches!(self.base.state.get(), State::Suspended | State::Delegating)
    }

    #[getter("gi_code")]
    fn gi_code(&self) -> Option<Ref<Code>> {
        self.base.code.get()
    }

    /// object being iterated by yield from, or None
    #[getter("gi_yieldfrom")]
    fn gi_yieldfrom(&self) -> Option<Object> {
        self.base.delegate()
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        crate::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), object)
    }
}

fn throw_method(vm: &Vm, args: Args<'_>) -> Result<Object> {
    let Some((this, rest)) = args.items.split_first() else { bail!(vm, TypeError, "unbound method needs an argument") };
    if body_of(this).is_none() {
        bail!(vm, TypeError, "descriptor 'throw' doesn't apply to a '{}' object", type_name(this));
    }
    if args.keyword_count() > 0 {
        bail!(vm, TypeError, "{}.throw() takes no keyword arguments", type_name(this));
    }
    let exception = thrown(vm, rest)?;
    match throw(vm, this, exception, true)? {
        SendResult::Yield(value) => Ok(value),
        SendResult::Return(value) => Err(exception::raise_stop_iteration(vm, value)),
    }
}

#[pymethods]
impl Coroutine {
    #[slot]
    fn finalize(this: &Object, vm: &Vm) {
        finalize(vm, this);
    }

    #[slot]
    fn repr(this: &Object) -> String {
        repr(this)
    }

    #[slot]
    fn await_(this: &Ref<Self>) -> Object {
        instance::alloc_static(CoroutineWrapper { head: Head::new(), coroutine: this.clone() }).into_object()
    }

    #[slot]
    fn send(this: &Object, vm: &Vm, value: &Object) -> Result<SendResult> {
        resume(vm, this, Resume::Send(value))
    }

    /// send(arg) -> send 'arg' into coroutine,
    /// return next yielded value or raise StopIteration.
    #[py("send(object, /)")]
    fn send_method(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<Object> {
        send(vm, this.as_object(), object)
    }

    /// throw(value)
    /// throw(type[,value[,traceback]])
    ///
    /// Raise exception in coroutine, return next yielded value or raise
    /// StopIteration.
    /// the (type, val, tb) signature is deprecated,
    /// and may be removed in a future version of Python.
    #[py(raw, "throw", notext)]
    fn throw(vm: &Vm, args: Args<'_>) -> Result<Object> {
        throw_method(vm, args)
    }

    /// close() -> raise GeneratorExit inside coroutine.
    #[py("close()")]
    fn close(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        close(vm, this.as_object())
    }

    /// name of the coroutine
    #[getter("__name__")]
    fn name(&self) -> Option<Ref<Str>> {
        self.base.name.get()
    }

    #[setter("__name__")]
    fn set_name(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        set_text(vm, &self.base.name, "__name__", value)
    }

    /// qualified name of the coroutine
    #[getter("__qualname__")]
    fn qualname(&self) -> Option<Ref<Str>> {
        self.base.qualname.get()
    }

    #[setter("__qualname__")]
    fn set_qualname(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        set_text(vm, &self.base.qualname, "__qualname__", value)
    }

    #[getter("cr_frame")]
    fn cr_frame(&self) -> Option<Ref<FrameObject>> {
        self.base.frame().map(FrameObject::of)
    }

    #[getter("cr_running")]
    fn cr_running(&self) -> bool {
        self.base.state.get() == State::Running
    }

    #[getter("cr_suspended")]
    fn cr_suspended(&self) -> bool {
        matches!(self.base.state.get(), State::Suspended | State::Delegating)
    }

    #[getter("cr_code")]
    fn cr_code(&self) -> Option<Ref<Code>> {
        self.base.code.get()
    }

    /// object being awaited on, or None
    #[getter("cr_await")]
    fn cr_await(&self) -> Option<Object> {
        self.base.delegate()
    }

    #[getter("cr_origin")]
    fn cr_origin(&self) -> Option<Object> {
        self.base.origin.get()
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        crate::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), object)
    }
}

/// A wrapper object implementing __await__ for coroutines.
#[pytype("coroutine_wrapper", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct CoroutineWrapper {
    pub head: Head,
    pub coroutine: Ref<Coroutine>,
}

#[pymethods]
impl CoroutineWrapper {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        match resume(vm, self.coroutine.as_object(), Resume::Send(&none()))? {
            SendResult::Yield(value) => Ok(Some(value)),
            SendResult::Return(value) if value.is(&none()) => Ok(None),
            SendResult::Return(value) => Err(exception::raise_stop_iteration(vm, value)),
        }
    }

    #[slot]
    fn send(&self, vm: &Vm, value: &Object) -> Result<SendResult> {
        resume(vm, self.coroutine.as_object(), Resume::Send(value))
    }

    /// send(arg) -> send 'arg' into coroutine,
    /// return next yielded value or raise StopIteration.
    #[py("send(object, /)")]
    fn send_method(&self, vm: &Vm, object: &Object) -> Result<Object> {
        send(vm, self.coroutine.as_object(), object)
    }

    /// throw(value)
    /// throw(type[,value[,traceback]])
    ///
    /// Raise exception in coroutine, return next yielded value or raise
    /// StopIteration.
    /// the (type, val, tb) signature is deprecated,
    /// and may be removed in a future version of Python.
    #[py(raw, "throw", notext)]
    fn throw(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let Some(this) = args.items.first().and_then(|o| o.cast::<CoroutineWrapper>()) else {
            bail!(vm, TypeError, "unbound method needs an argument");
        };
        let exception = thrown(vm, &args.items[1..])?;
        match throw(vm, this.coroutine.as_object(), exception, true)? {
            SendResult::Yield(value) => Ok(value),
            SendResult::Return(value) => Err(exception::raise_stop_iteration(vm, value)),
        }
    }

    /// close() -> raise GeneratorExit inside coroutine.
    #[py("close()")]
    fn close(&self, vm: &Vm) -> Result<Object> {
        close(vm, self.coroutine.as_object())
    }
}
