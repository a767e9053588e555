//! `yield from`, `await`, asynchronous iteration.

use super::items;
use super::state::{Sp, State, own_word, plain_word};
use crate::builtins::none::none_word;
use crate::exception;
use crate::frame::Frame;
use crate::frame::generator::{self, Coroutine, GenBody, Generator, State as Phase};
use crate::object::{type_name, type_of};
use crate::prelude::*;
use crate::protocol::iter;
use bytecode::CodeFlags;

type Done = Result<()>;

/// YIELD_VALUE: marks the frame's generator as suspended.
pub fn suspended(frame: *mut Frame, arg: u32) {
    // SAFETY: only generators' code has YIELD_VALUE (verified), and a running generator's frame names it.
    unsafe {
        let generator = (*frame).generator;
        if !generator.is_null() {
            (*generator).state.set(if arg & 1 == 1 { Phase::Delegating } else { Phase::Suspended });
        }
    }
}

/// Resumes a generator or coroutine in place of the running frame: where to go on. `None`: the general way is needed.
///
/// `sent` is a word that moves to its stack. When it yields, the value goes to the stack as it is now; when it returns,
/// `jump` units are jumped over.
///
/// # Safety
/// The state is that of the running frame, its stack holds the generator, and `ip` stands behind the instruction.
#[inline(always)]
pub unsafe fn enter(vm: &Vm, s: State, body: &GenBody, sent: u64, jump: u32, is_sent: bool) -> Option<State> {
    let left = vm.recursion_left.get() - 1;
    if left < 0 {
        return None;
    }
    let frame = body.start(vm, plain_word(sent) == none_word())?;
    // SAFETY: a suspended frame has room for the sent value; the caller's frame is the innermost.
    unsafe {
        let mut sp = Sp((*frame).sp);
        sp.push_word(own_word(sent));
        (*frame).is_entry = false;
        (*frame).is_sent = is_sent;
        (*frame).return_jump = jump;
        (*s.frame).ip = s.ip;
        (*s.frame).sp = s.sp.0;
        (*frame).previous = s.frame;
        vm.recursion_left.set(left);
        vm.frame.set(frame);
        Some(State { frame, ip: (*frame).ip, sp })
    }
}

/// The body of a generator or coroutine that SEND may resume in place.
#[inline(always)]
pub fn sendable<'a>(receiver: u64) -> Option<&'a GenBody> {
    if let Some(coroutine) = items::exact::<Coroutine>(receiver) {
        return Some(&coroutine.base);
    }
    items::exact::<Generator>(receiver).map(|generator| &generator.base)
}

/// SEND the general way: [receiver, value] → [receiver, result], and NULL on top if the receiver has ended.
pub fn send_or_end(vm: &Vm, frame: *mut Frame, sp: &mut Sp) -> Done {
    if send(vm, frame, sp)? {
        sp.push_null();
    }
    Ok(())
}

/// SEND: [receiver, value] → [receiver, result]; whether the receiver has ended.
fn send(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Result<bool> {
    let value = sp.pop();
    let receiver = sp.peek(1);
    match generator::send_any(vm, &receiver, &value) {
        Ok(SendResult::Yield(value)) => {
            sp.push(value);
            Ok(false)
        }
        Ok(SendResult::Return(value)) => {
            sp.push(value);
            Ok(true)
        }
        Err(_) if vm.raised_is(&exception::types::StopIteration) => {
            let stop = vm.take_raised();
            sp.push(exception::stop_iteration_value(stop.as_ref()));
            Ok(true)
        }
        Err(raised) => {
            // The stack effect of the failing instruction: value gone, receiver there.
            sp.push(none());
            Err(raised)
        }
    }
}

pub fn get_yield_from_iter(vm: &Vm, frame: *mut Frame, sp: &mut Sp) -> Done {
    let value = sp.pop();
    if let Some(coroutine) = value.cast_exact::<Coroutine>() {
        let flags = Frame::code(frame).flags;
        if !flags.any(CodeFlags(CodeFlags::COROUTINE.0 | CodeFlags::ITERABLE_COROUTINE.0)) {
            bail!(vm, TypeError, "cannot 'yield from' a coroutine object in a non-coroutine generator");
        }
        sp.push(coroutine.to_object());
        return Ok(());
    }
    let iterator = if value.is_exact::<Generator>() { value.into_object() } else { iter::get_iter(vm, &value)? };
    sp.push(iterator);
    Ok(())
}

/// The iterator of an awaitable.
pub fn await_iter(vm: &Vm, object: &Object) -> Result<Object> {
    if object.is_exact::<Coroutine>() || is_iterable_coroutine(object) {
        return Ok(object.clone());
    }
    let Some(slot) = type_of(object).slots.await_.get() else {
        bail!(vm, TypeError, "'{}' object can't be awaited", type_name(object));
    };
    let result = slot(vm, object)?;
    if result.is_exact::<Coroutine>() || is_iterable_coroutine(&result) {
        bail!(vm, TypeError, "__await__() returned a coroutine");
    }
    if type_of(&result).slots.next.get().is_none() {
        bail!(vm, TypeError, "__await__() returned non-iterator of type '{}'", type_name(&result));
    }
    Ok(result)
}

fn is_iterable_coroutine(object: &Object) -> bool {
    object
        .cast_exact::<Generator>()
        .and_then(|g| g.base.code.get())
        .is_some_and(|c| c.flags.has(CodeFlags::ITERABLE_COROUTINE))
}

/// Whether the word is a coroutine that nobody awaits yet: its own iterator.
#[inline(always)]
pub fn awaits_itself(word: u64) -> bool {
    items::exact::<Coroutine>(word).is_some_and(|coroutine| coroutine.base.state.get() != Phase::Delegating)
}

pub fn get_awaitable(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let value = sp.pop();
    let has_await =
        value.is_exact::<Coroutine>() || is_iterable_coroutine(&value) || type_of(&value).slots.await_.get().is_some();
    if !has_await && arg > 0 {
        let method = if arg == 1 { "__aenter__" } else { "__aexit__" };
        bail!(
            vm,
            TypeError,
            "'async with' received an object from {method} that does not implement __await__: {}",
            type_name(&value)
        );
    }
    let iterator = await_iter(vm, &value)?;
    if iterator.is_exact::<Coroutine>()
        && let Some(body) = generator::body_of(&iterator)
        && body.state.get() == Phase::Delegating
    {
        bail!(vm, RuntimeError, "coroutine is being awaited already");
    }
    sp.push(iterator);
    Ok(())
}

pub fn get_aiter(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let value = sp.pop();
    let Some(slot) = type_of(&value).slots.aiter.get() else {
        bail!(vm, TypeError, "'async for' requires an object with __aiter__ method, got {}", type_name(&value));
    };
    let iterator = slot(vm, &value)?;
    if type_of(&iterator).slots.anext.get().is_none() {
        bail!(
            vm,
            TypeError,
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            type_name(&iterator)
        );
    }
    sp.push(iterator);
    Ok(())
}

pub fn get_anext(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let iterator = sp.peek(1);
    let Some(slot) = type_of(&iterator).slots.anext.get() else {
        bail!(vm, TypeError, "'async for' requires an iterator with __anext__ method, got {}", type_name(&iterator));
    };
    let next = slot(vm, &iterator)?;
    let awaitable = match await_iter(vm, &next) {
        Ok(awaitable) => awaitable,
        Err(_) => {
            let cause = vm.take_raised();
            let raised =
                raise!(vm, TypeError, "'async for' received an invalid object from __anext__: {}", type_name(&next));
            if let (Some(e), Some(cause)) = (vm.raised(), cause)
                && let Some(body) = e.cast::<exception::BaseException>()
            {
                body.cause.set(Some(cause.clone()));
                body.context.set(Some(cause));
                body.suppress_context.set(true);
            }
            return Err(raised);
        }
    };
    sp.push(awaitable);
    Ok(())
}

/// [awaitable, exception]: StopAsyncIteration ends the loop (`true`), anything else is raised again (`false`).
#[inline(never)]
pub fn end_async_for(vm: &Vm, mut sp: Sp) -> (Sp, bool) {
    let exception = sp.pop().into_object();
    drop(sp.pop());
    let ends = exception::matches(&exception, exception::types::StopAsyncIteration.get().as_object());
    if !ends {
        let _ = vm.restore(exception);
    }
    (sp, ends)
}

/// [receiver, last value, exception]: a StopIteration ends the delegation with its value (`true`), else raise (`false`).
#[inline(never)]
pub fn cleanup_throw(vm: &Vm, mut sp: Sp) -> (Sp, bool) {
    let exception = sp.pop().into_object();
    let ends = exception::matches(&exception, exception::types::StopIteration.get().as_object());
    if ends {
        let value = exception::stop_iteration_value(Some(&exception));
        sp.drop_n(2);
        sp.push(none());
        sp.push(value);
    } else {
        let _ = vm.restore(exception);
    }
    (sp, ends)
}
