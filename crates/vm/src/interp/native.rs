//! Calls of native functions where their operands lie: CALL's forms for them.

use super::call::{Called, done};
use super::state::{Sp, lend_word, plain_word};
use crate::frame::drop_word;
use crate::native::{BuiltinFunction, MethodDescr, NativeFn};
use crate::prelude::*;
use std::mem::MaybeUninit;

/// Most calls have no more arguments.
const FEW: usize = 6;

/// A call of a native function with the `n` operands and what lies below them, if it is not NULL: without keywords.
/// Whether it succeeded; the operands are gone, the result is on the stack then.
///
/// The native borrows what the stack holds or borrowed: it is given copies of the words, without marks.
///
/// # Safety
/// The state is that of the running frame, its `ip` saved, with `n + 2` operands on its stack.
#[inline(never)]
pub unsafe fn native(vm: &Vm, sp: Sp, n: usize, call: NativeFn) -> (Sp, bool) {
    // SAFETY: passed on.
    unsafe { with_borrowed(vm, sp, n, call) }
}

/// A call of a class as `type` does it, without keywords, as [`native`] does it for a function.
///
/// # Safety
/// As [`native`].
#[inline(never)]
pub unsafe fn class(vm: &Vm, sp: Sp, n: usize, class: *const Type) -> (Sp, bool) {
    // SAFETY: passed on; the class's own word stays on the stack.
    unsafe { with_borrowed(vm, sp, n, |vm, args| Type::instantiate(&Ref::of(&*class), vm, args)) }
}

/// See [`native`].
#[inline(always)]
unsafe fn with_borrowed(vm: &Vm, sp: Sp, n: usize, call: impl FnOnce(&Vm, Args<'_>) -> Result<Object>) -> (Sp, bool) {
    // SAFETY: F1 to F3.
    unsafe {
        let base = sp.0.sub(n + 2);
        let given = n + usize::from(*base.add(1) != 0);
        if given > FEW || vm.stack_is_low() {
            return native_with_many(vm, sp, base, given, call);
        }
        let mut plain = [const { MaybeUninit::<u64>::uninit() }; FEW];
        let first = sp.0.sub(given);
        // Most have one or two: one after another, not by the machine's vectors.
        for (i, place) in plain.iter_mut().enumerate() {
            if i == given {
                break;
            }
            place.write(plain_word(*first.add(i)));
        }
        let items = std::slice::from_raw_parts(plain.as_ptr().cast::<Object>(), given);
        let result = call(vm, Args { items, names: None });
        let mut at = sp.0;
        while at > base {
            at = at.sub(1);
            drop_word(*at);
        }
        match result {
            Ok(value) => {
                *base = value.into_word();
                (Sp(base.add(1)), true)
            }
            Err(_) => (Sp(base), false),
        }
    }
}

/// [`native`] with more arguments than [`FEW`], or with little native stack left.
#[cold]
#[inline(never)]
unsafe fn native_with_many(
    vm: &Vm,
    mut sp: Sp,
    base: *mut u64,
    given: usize,
    call: impl FnOnce(&Vm, Args<'_>) -> Result<Object>,
) -> (Sp, bool) {
    // SAFETY: as `native`.
    unsafe {
        sp.own(given);
        let items = std::slice::from_raw_parts(sp.0.sub(given).cast::<Object>(), given);
        let result = match vm.check_stack(" while calling a Python object") {
            Ok(()) => call(vm, Args { items, names: None }),
            Err(raised) => Err(raised),
        };
        let (sp, called) = done(sp, base, result);
        (sp, called == Called::Value)
    }
}

/// CALL_BUILTIN_FAST's function, for a native that is called as it is or with the object that it is bound to, which is
/// then put in front of the arguments.
///
/// # Safety
/// `base` is where the operands of the running frame's CALL start.
#[inline(always)]
pub unsafe fn builtin_function(base: *mut u64) -> Option<NativeFn> {
    // SAFETY: F1: the bound object lives as long as the function, whose word stays.
    unsafe {
        let function = super::items::exact::<BuiltinFunction>(*base)?;
        if *base.add(1) != 0 || function.is_new() {
            return None;
        }
        if function.passes_this
            && let Some(this) = function.this.peek()
        {
            *base.add(1) = lend_word(this.word());
        }
        Some(function.def.call)
    }
}

/// CALL_BUILTIN_CLASS's class: one whose metaclass is `type`.
///
/// # Safety
/// As [`builtin_function`].
#[inline(always)]
pub unsafe fn called_class(base: *mut u64) -> Option<*const Type> {
    // SAFETY: F1.
    unsafe {
        let class = super::items::exact::<Type>(*base)?;
        (*base.add(1) == 0).then_some(std::ptr::from_ref(class))
    }
}

/// CALL_METHOD_DESCRIPTOR_FAST's function: that of a native method, for an object of its type.
///
/// # Safety
/// As [`builtin_function`].
#[inline(always)]
pub unsafe fn native_method(base: *mut u64) -> Option<NativeFn> {
    // SAFETY: F1.
    unsafe {
        let method = super::items::exact::<MethodDescr>(*base)?;
        let this = *base.add(1);
        if this == 0 || this & 3 != 0 {
            return None;
        }
        let kind = (*((this & !4) as *const Head)).kind().cast::<Type>();
        (std::ptr::eq(kind, method.owner.as_ptr()) || (*kind).is_subtype(&method.owner)).then_some(method.def.call)
    }
}
