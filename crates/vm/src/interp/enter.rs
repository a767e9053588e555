//! Entering Python functions whose arguments are given by position: they move from the caller's stack into the new frame.

use super::call::drop_down;
use super::items::exact;
use super::state::{Sp, State, own_word};
use crate::builtins::bound::BoundMethod;
use crate::builtins::object::BaseObject;
use crate::frame::bound::bound_frame;
use crate::frame::code::Code;
use crate::frame::function::Function;
use crate::frame::{Frame, drop_word};
use crate::object::{FoundFunction, instance, type_of};
use crate::prelude::*;
use bytecode::Op;

/// The defaults that complete `given` positional arguments of a function without other kinds of parameters; `None` where
/// the general rules are needed.
#[inline(always)]
unsafe fn completing<'a>(function: *const Function, code: *const Code, given: usize) -> Option<&'a [Object]> {
    // SAFETY: a live function with its code.
    unsafe {
        let missing = ((*code).exact_args as usize).checked_sub(given)?;
        if missing == 0 {
            return Some(&[]);
        }
        let defaults = (*function).defaults.peek()?.items();
        defaults.get(defaults.len().checked_sub(missing)?..)
    }
}

/// Takes the frame of a Python function from the thread's stack and links it, the words from `first` on moving into its
/// locals, the defaults behind them; `held` is the function's own word. There is room for it, in both senses.
///
/// # Safety
/// F1 to F3; the caller saves its own `ip` and `sp`.
#[inline(always)]
unsafe fn frame_of_moved(
    vm: &Vm,
    caller: *mut Frame,
    code: *const Code,
    function: *const Function,
    held: u64,
    first: *mut u64,
    given: usize,
    defaults: &[Object],
) -> *mut Frame {
    // SAFETY: as said.
    unsafe {
        let frame = vm.stack.take((*code).frame_words()).cast::<Frame>();
        let locals = Frame::locals(frame);
        for i in 0..given {
            *locals.add(i) = own_word(*first.add(i));
        }
        for (i, value) in defaults.iter().enumerate() {
            *locals.add(given + i) = value.clone().into_word();
        }
        let total = (*code).nlocalsplus as usize;
        heap::clear_words(locals.add(given + defaults.len()), locals.add(total));
        frame.write(Frame::new(code, &*function, held, 0, locals.add(total)));
        (*frame).previous = caller;
        vm.frame.set(frame);
        frame
    }
}

/// Whether one more Python frame with so many words may be entered without further ado.
#[inline(always)]
fn has_room(vm: &Vm, words: usize) -> bool {
    vm.recursion_left.get() > 0 && vm.stack.has(words)
}

/// A call of a Python function with the words from `first` to the stack's top, completed by defaults: its frame. The
/// operands, from `base` up, are gone then. NULL and nothing done where the general rules are needed.
///
/// # Safety
/// F1 to F3; the operands start at `base`, the arguments at `first`.
#[inline(always)]
pub unsafe fn enter_moved(
    vm: &Vm,
    caller: *mut Frame,
    mut sp: Sp,
    base: *mut u64,
    function: *const Function,
    first: *mut u64,
    resume: *const u16,
) -> *mut Frame {
    // SAFETY: F1 to F3.
    unsafe {
        let none = std::ptr::null_mut();
        let Some(code) = (*function).code.peek() else { return none };
        let code = code.as_ptr();
        let given = sp.above(first);
        let Some(defaults) = completing(function, code, given) else { return none };
        if !has_room(vm, (*code).frame_words()) {
            return none;
        }
        vm.recursion_left.set(vm.recursion_left.get() - 1);
        let held = Ref::of(&*function).into_raw() as u64;
        let frame = frame_of_moved(vm, caller, code, function, held, first, given, defaults);
        sp.0 = first;
        drop_down(&mut sp, base);
        (*caller).ip = resume;
        (*caller).sp = base;
        frame
    }
}

/// As [`enter_moved`], with `count` words that may lie elsewhere, the last ones those of `names`; they are shared.
///
/// # Safety
/// F1 to F3.
#[inline(always)]
pub unsafe fn enter_bound(
    vm: &Vm,
    caller: *mut Frame,
    mut sp: Sp,
    base: *mut u64,
    function: *const Function,
    first: *const u64,
    count: usize,
    names: &[Object],
    resume: *const u16,
) -> *mut Frame {
    // SAFETY: F1 to F3.
    unsafe {
        if vm.recursion_left.get() <= 0 {
            return std::ptr::null_mut();
        }
        let frame = bound_frame(vm, function, first, count - names.len(), names);
        if !frame.is_null() {
            drop_down(&mut sp, base);
            vm.recursion_left.set(vm.recursion_left.get() - 1);
            (*frame).previous = caller;
            vm.frame.set(frame);
            (*caller).ip = resume;
            (*caller).sp = base;
        }
        frame
    }
}

/// A call of a Python function that takes just the arguments that are given: they move into the new frame's locals,
/// the function itself into the frame. `None` and nothing done where [`call`](super::call::call) is needed. Operands as [`call`]'s.
///
/// # Safety
/// As [`call`](super::call::call).
#[inline(always)]
pub unsafe fn enter_exact(vm: &Vm, caller: *mut Frame, ip: *const u16, sp: Sp, n: usize) -> Option<State> {
    // SAFETY: F1 to F3.
    unsafe {
        let base = sp.0.sub(n + 2);
        let function = exact::<Function>(*base)?;
        let code: *const Code = function.code.peek()?.as_ptr();
        let given = n + usize::from(*base.add(1) != 0);
        if (*code).exact_args as usize != given || !has_room(vm, (*code).frame_words()) {
            return None;
        }
        vm.recursion_left.set(vm.recursion_left.get() - 1);
        let first = base.add(n + 2 - given);
        let frame = frame_of_moved(vm, caller, code, function, own_word(*base), first, given, &[]);
        (*caller).ip = ip.add(const { Op::CALL.caches() });
        (*caller).sp = base;
        Some(State { frame, ip: (*frame).ip, sp: Sp((*frame).sp) })
    }
}

/// CALL_PY_GENERAL: a call of a Python function, or of a bound method of one, whose arguments fit: its
/// frame. NULL and nothing done where [`call`](super::call::call) is needed.
///
/// # Safety
/// As [`call`](super::call::call).
#[inline(never)]
pub unsafe fn enter_completed(vm: &Vm, caller: *mut Frame, ip: *const u16, sp: Sp, n: usize) -> *mut Frame {
    // SAFETY: F1 to F3.
    unsafe {
        let none = std::ptr::null_mut();
        let base = sp.0.sub(n + 2);
        let function = match exact::<Function>(*base) {
            Some(function) => function,
            None => match unpack_method(base) {
                Some(function) => function,
                None => return none,
            },
        };
        let first = base.add(1 + usize::from(*base.add(1) == 0));
        let resume = ip.add(const { Op::CALL.caches() });
        let frame = enter_moved(vm, caller, sp, base, function, first, resume);
        if !frame.is_null() {
            return frame;
        }
        enter_bound(vm, caller, sp, base, function, first, sp.above(first), &[], resume)
    }
}

/// BINARY_OP_SUBSCR_GETITEM: [object, key] whose class's `__getitem__` is a Python function: its frame. NULL and nothing
/// done where the general rules are needed.
///
/// # Safety
/// As [`call`](super::call::call).
#[inline(never)]
pub unsafe fn enter_getitem(vm: &Vm, caller: *mut Frame, ip: *const u16, sp: Sp) -> *mut Frame {
    // SAFETY: F1 to F3: the class keeps the function as long as it has the version.
    unsafe {
        let base = sp.0.sub(2);
        let object = *base;
        if object & 3 != 0 {
            return std::ptr::null_mut();
        }
        let kind = (*((object & !4) as *const Head)).kind().cast::<Type>();
        let Some(function) = (*kind).getitem.get().of((*kind).version.get()) else { return std::ptr::null_mut() };
        enter_moved(vm, caller, sp, base, function, base, ip.add(const { Op::BINARY_OP.caches() }))
    }
}

/// Whether a subscript of the object enters a Python function, which its class remembers.
pub fn has_python_getitem(vm: &Vm, object: &Object) -> bool {
    let kind = type_of(object);
    kind.getitem.set(FoundFunction::find(kind, vm.names().__getitem__()));
    kind.getitem.get().of(kind.version.get()).is_some()
}

/// A bound method of a Python function at `base` gives way to the function and, above it, the object.
///
/// # Safety
/// The operands of a call start at `base`.
#[inline(always)]
pub unsafe fn unpack_method<'a>(base: *mut u64) -> Option<&'a Function> {
    // SAFETY: as said: there is room for the object where the NULL is.
    unsafe {
        let method = exact::<BoundMethod>(*base).filter(|method| method.function.is_exact::<Function>())?;
        if *base.add(1) != 0 {
            return None;
        }
        let (function, this) = (method.function.clone(), method.this.clone());
        let old = std::mem::replace(&mut *base, function.into_word());
        *base.add(1) = this.into_word();
        drop_word(old);
        exact::<Function>(*base)
    }
}

/// CALL_ALLOC_AND_ENTER_INIT: a call of a class whose `__init__` is a Python function that takes the arguments: its
/// frame. NULL and nothing done where [`call`](super::call::call) is needed.
///
/// # Safety
/// As [`call`](super::call::call).
#[inline(never)]
pub unsafe fn make_and_enter(vm: &Vm, caller: *mut Frame, ip: *const u16, sp: Sp, n: usize) -> *mut Frame {
    // SAFETY: F1 to F3: the NULL below the arguments makes room for `self`.
    unsafe {
        let none = std::ptr::null_mut();
        let base = sp.0.sub(n + 2);
        let callable = *base;
        let Some(class) = exact::<Type>(callable) else { return none };
        let Some(init) = class.init.get().of(class.version.get()) else { return none };
        if *base.add(1) != 0 {
            return none;
        }
        let code: *const Code = match (*init).code.peek() {
            Some(code) => code.as_ptr(),
            None => return none,
        };
        let Some(defaults) = completing(init, code, n + 1) else { return none };
        if !has_room(vm, (*code).frame_words()) {
            return none;
        }
        let held = std::mem::ManuallyDrop::new(Ref::from_raw(std::ptr::from_ref(class).cast_mut()));
        let Ok(made) = instance::alloc(vm, &held, BaseObject { head: Head::new() }) else {
            vm.clear_raised();
            return none;
        };
        let made = made.into_object();
        *base.add(1) = made.clone().into_word();
        vm.recursion_left.set(vm.recursion_left.get() - 1);
        let function = Ref::of(&*init).into_raw() as u64;
        let frame = frame_of_moved(vm, caller, code, init, function, base.add(1), n + 1, defaults);
        (*frame).is_init = true;
        *base = made.into_word();
        (*caller).ip = ip.add(const { Op::CALL.caches() });
        (*caller).sp = base.add(1);
        // The instance keeps its class.
        drop_word(callable);
        frame
    }
}
