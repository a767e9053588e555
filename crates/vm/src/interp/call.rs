//! Calls: Python functions get a frame in place, natives are called with their arguments where they lie.

use super::cache::set_op;
use super::enter::{enter_bound, enter_moved, unpack_method};
use super::link;
use super::state::{Sp, plain_word};
use crate::builtins::bound::BoundMethod;
use crate::builtins::object::BaseObject;
use crate::frame::call::{bind, pop_frame, push_frame};
use crate::frame::code::Code;
use crate::frame::function::Function;
use crate::frame::{Frame, drop_word};
use crate::native::{BuiltinFunction, MethodDescr};
use crate::object::{FoundFunction, instance, same_slot, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call as protocol_call, mapping};
use bytecode::{CodeFlags, Op};

type Done = Result<()>;

/// What a call led to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Called {
    /// The operands are gone from the stack, the result is on it.
    Value,
    /// The frame of a Python function is the thread's innermost, to be run next; the caller's `ip` and `sp` are saved.
    Frame,
    /// The operands are gone.
    Failed,
}

/// What the interpreter goes on with: the running frame's stack pointer, unless another frame is to be run.
pub type Next = (Sp, Called);

/// The operands from `base` up give way to the result.
#[inline(always)]
pub(super) unsafe fn done(mut sp: Sp, base: *mut u64, result: Result<Object>) -> Next {
    // SAFETY: F1.
    unsafe { drop_down(&mut sp, base) };
    match result {
        Ok(value) => {
            sp.push(value);
            (sp, Called::Value)
        }
        Err(_) => (sp, Called::Failed),
    }
}

/// CALL: [callable, self or NULL, args…].
///
/// # Safety
/// The state is that of the running frame, with `n + 2` operands on its stack.
#[inline(never)]
pub unsafe fn call(vm: &Vm, frame: *mut Frame, ip: *const u16, sp: Sp, n: usize) -> Next {
    // SAFETY: F1 to F3.
    unsafe {
        (*frame).ip = ip;
        general(vm, frame, sp, n, None, ip.add(const { Op::CALL.caches() }))
    }
}

/// CALL_KW: [callable, self or NULL, args…, names].
///
/// # Safety
/// As [`call`].
#[inline(never)]
pub unsafe fn call_kw(vm: &Vm, frame: *mut Frame, ip: *const u16, mut sp: Sp, n: usize) -> Next {
    // SAFETY: F1 to F3.
    unsafe {
        (*frame).ip = ip;
        let names = sp.pop().into_object();
        let Some(names) = names.cast::<Tuple>() else {
            let _ = raise!(vm, SystemError, "CALL_KW without a tuple of names");
            return (sp, Called::Failed);
        };
        general(vm, frame, sp, n, Some(names), ip.add(const { Op::CALL_KW.caches() }))
    }
}

/// The operands of a call as arguments: from `first` on, made owned.
unsafe fn arguments<'a>(sp: &mut Sp, base: *mut u64, n: usize, names: Option<&'a Ref<Tuple>>) -> Args<'a> {
    // SAFETY: F1; the words stay until the call is done.
    unsafe {
        let given = n + usize::from(*base.add(1) != 0);
        sp.own(given);
        let items = std::slice::from_raw_parts(base.add(n + 2 - given).cast::<Object>(), given);
        Args { items, names: names.map(|n| &**n) }
    }
}

/// CALL and CALL_KW of anything but a Python function, entering no frame in place: the call's end can be told of.
///
/// # Safety
/// As [`call`]; with `kw` the names are on top.
pub unsafe fn call_native(vm: &Vm, frame: *mut Frame, ip: *const u16, mut sp: Sp, n: usize, kw: bool) -> Next {
    // SAFETY: F1 to F3.
    unsafe {
        (*frame).ip = ip;
        let names = kw.then(|| sp.pop().into_object());
        let names = names.as_ref().and_then(|names| names.cast::<Tuple>());
        let base = sp.0.sub(n + 2);
        let args = arguments(&mut sp, base, n, names);
        let callable = crate::frame::clone_word(*base).unwrap_or_else(none);
        let result = protocol_call::call_args(vm, &callable, args);
        done(sp, base, result)
    }
}

/// # Safety
/// As [`call`]; `resume` is where the caller goes on.
unsafe fn general(
    vm: &Vm,
    frame: *mut Frame,
    mut sp: Sp,
    n: usize,
    names: Option<&Ref<Tuple>>,
    resume: *const u16,
) -> Next {
    // SAFETY: F1 to F3.
    unsafe {
        let base = sp.0.sub(n + 2);
        if *base & 3 != 0 {
            let callable = crate::frame::clone_word(*base).unwrap_or_else(none);
            let _ = protocol_call::not_callable(vm, &callable);
            return done(sp, base, Err(Raised));
        }
        let callable = *base & !4;
        let kind = (*(callable as *const heap::Head)).kind();
        if kind == Function::kind() {
            let first = base.add(1 + usize::from(*base.add(1) == 0));
            return python(vm, frame, sp, base, callable as *const Function, first, names, resume);
        }
        if kind == BoundMethod::kind()
            && let Some(function) = unpack_method(base)
        {
            return python(vm, frame, sp, base, function, base.add(1), names, resume);
        }
        let args = arguments(&mut sp, base, n, names);
        let callable = std::mem::ManuallyDrop::new(Object::from_word(callable));
        let result = if kind == BuiltinFunction::kind() {
            let function = callable.cast_unchecked::<BuiltinFunction>();
            if function.passes_this || vm.stack_is_low() {
                protocol_call::call_args(vm, &callable, args)
            } else {
                (function.def.call)(vm, args)
            }
        } else if kind == MethodDescr::kind() {
            let method = callable.cast_unchecked::<MethodDescr>();
            match args.items.first() {
                Some(this) if !vm.stack_is_low() && type_of(this).is_subtype(&method.owner) => {
                    (method.def.call)(vm, args)
                }
                _ => protocol_call::call_args(vm, &callable, args),
            }
        } else if kind == Type::kind()
            && *base.add(1) == 0
            && let Some(init) = python_init(vm, callable.cast_unchecked::<Type>())
        {
            return make_and_init(vm, frame, sp, base, init, names, resume);
        } else {
            protocol_call::call_args(vm, &callable, args)
        };
        done(sp, base, result)
    }
}

/// A call of a Python function with the words from `first` to the stack's top, the last ones those of `names`; what lies
/// from `base` up gives way.
///
/// # Safety
/// F1 to F3; the function is alive.
unsafe fn python(
    vm: &Vm,
    caller: *mut Frame,
    sp: Sp,
    base: *mut u64,
    function: *const Function,
    first: *mut u64,
    names: Option<&Ref<Tuple>>,
    resume: *const u16,
) -> Next {
    // SAFETY: F1 to F3.
    unsafe {
        if names.is_none() && !enter_moved(vm, caller, sp, base, function, first, resume).is_null() {
            return (Sp(base), Called::Frame);
        }
        enter(vm, caller, sp, base, function, first, sp.above(first), names, resume)
    }
}

/// Drops what lies from `base` up.
///
/// # Safety
/// The words are those of the running frame.
#[inline(always)]
pub unsafe fn drop_down(sp: &mut Sp, base: *mut u64) {
    while sp.0 > base {
        sp.drop_n(1);
    }
}

/// As [`python`], with `count` arguments that may lie elsewhere, and by all the rules of binding.
#[inline(never)]
unsafe fn enter(
    vm: &Vm,
    caller: *mut Frame,
    mut sp: Sp,
    base: *mut u64,
    function: *const Function,
    first: *mut u64,
    count: usize,
    names: Option<&Ref<Tuple>>,
    resume: *const u16,
) -> Next {
    // SAFETY: F1 to F3.
    unsafe {
        let keywords = names.map_or(&[][..], |names| names.items());
        if !enter_bound(vm, caller, sp, base, function, first, count, keywords, resume).is_null() {
            return (Sp(base), Called::Frame);
        }
        // Only words of the stack are borrowed.
        Sp(first.add(count)).own(count);
        let args =
            Args { items: std::slice::from_raw_parts(first.cast::<Object>(), count), names: names.map(|n| &**n) };
        let code: *const Code = (*function).code.peek().map_or(std::ptr::null(), |code| code.as_ptr());
        let held = Ref::of(&*function);
        if !(*code).flags.has(CodeFlags::OPTIMIZED) {
            let result = crate::frame::call::call_function(vm, &held, args);
            return done(sp, base, result);
        }
        let Ok(frame) = push_frame(vm, held, code, 0) else { return done(sp, base, Err(Raised)) };
        if bind(vm, &*function, &*code, args, Frame::locals(frame)).is_err() {
            return abandon(vm, frame, sp, base);
        }
        drop_down(&mut sp, base);
        if link(vm, frame).is_err() {
            return abandon(vm, frame, sp, base);
        }
        (*caller).ip = resume;
        (*caller).sp = base;
        (sp, Called::Frame)
    }
}

/// Gives up a call whose frame is not to be run, with the exception that is on the thread.
#[cold]
unsafe fn abandon(vm: &Vm, frame: *mut Frame, mut sp: Sp, base: *mut u64) -> Next {
    // SAFETY: F1 to F3.
    unsafe {
        let raised = vm.take_raised();
        drop_down(&mut sp, base);
        pop_frame(vm, frame);
        vm.restore_raised(raised);
        (sp, Called::Failed)
    }
}

/// The form of CALL for the native at hand; none fits: it stays general.
///
/// # Safety
/// As [`call`]; `base` is where its `n` operands start, and the cache units are the instruction's.
#[cold]
#[inline(never)]
pub unsafe fn specialise(vm: &Vm, base: *mut u64, n: usize, cache: *mut u16) {
    // SAFETY: as said.
    unsafe {
        let (callable, this) = (*base, *base.add(1));
        let interp = vm.interp();
        let op = match n {
            1 if this == 0 && is(callable, &interp.len_function) => Op::CALL_LEN,
            1 if this != 0 && is(callable, &interp.append_method) => Op::CALL_LIST_APPEND,
            2 if this == 0 && is(callable, &interp.isinstance_function) => Op::CALL_ISINSTANCE,
            _ if this == 0 && super::items::exact::<BuiltinFunction>(callable).is_some_and(|f| !f.is_new()) => {
                Op::CALL_BUILTIN_FAST
            }
            _ if super::native::native_method(base).is_some() => Op::CALL_METHOD_DESCRIPTOR_FAST,
            _ if super::items::exact::<Function>(callable).is_some() => Op::CALL_PY_GENERAL,
            _ if this == 0 && super::items::exact::<BoundMethod>(callable).is_some() => Op::CALL_PY_GENERAL,
            _ if this == 0
                && super::items::exact::<Type>(callable)
                    .is_some_and(|class| python_init(vm, &Ref::of(class)).is_some()) =>
            {
                Op::CALL_ALLOC_AND_ENTER_INIT
            }
            1 if this == 0 && callable & !4 == Type::class().as_ptr() as u64 => Op::CALL_TYPE_1,
            _ if super::native::called_class(base).is_some() => Op::CALL_BUILTIN_CLASS,
            _ => return,
        };
        set_op(cache, op);
    }
}

/// Whether a stack word is the object of a field.
#[inline(always)]
pub fn is(word: u64, field: &Field<Object>) -> bool {
    // SAFETY: only looked at.
    unsafe { field.peek() }.is_some_and(|object| object.word() == plain_word(word))
}

/// LOAD_ATTR_PROPERTY: [object] → the getter's frame with the object as its argument.
///
/// # Safety
/// As [`call`]; `getter` is alive.
#[inline(never)]
pub unsafe fn call_getter(vm: &Vm, frame: *mut Frame, ip: *const u16, mut sp: Sp, getter: *const Function) -> Next {
    // SAFETY: F1 to F3.
    unsafe {
        (*frame).ip = ip;
        sp.own(1);
        let base = sp.0.sub(1);
        let resume = ip.add(const { Op::LOAD_ATTR.caches() });
        python(vm, frame, sp, base, getter, base, None, resume)
    }
}

/// The `__init__` that a call of the class runs in a frame of its own: a Python function, where `__new__` is object's,
/// nothing is abstract and the metaclass is `type`.
#[inline(always)]
fn python_init(vm: &Vm, class: &Ref<Type>) -> Option<*const Function> {
    let known = class.init.get();
    if known.version != 0 && known.version == class.version.get() {
        return known.of(known.version);
    }
    find_python_init(vm, class)
}

#[cold]
fn find_python_init(vm: &Vm, class: &Ref<Type>) -> Option<*const Function> {
    let same_new = same_slot!(class, BaseObject::class(), new);
    let bare = class.base_head.basic_size.get() as usize == size_of::<BaseObject>();
    let plain = same_new && bare && !class.has_flag(flags::ABSTRACT) && class.is_heap_type();
    let mut found = FoundFunction::find(class, vm.names().__init__());
    if !plain {
        found.function = std::ptr::null();
    }
    class.init.set(found);
    found.of(found.version)
}

/// A call of a class whose `__init__` is a Python function: the object is made and its `__init__`'s frame entered; the
/// object lies on the caller's stack as the result already.
unsafe fn make_and_init(
    vm: &Vm,
    frame: *mut Frame,
    sp: Sp,
    base: *mut u64,
    init: *const Function,
    names: Option<&Ref<Tuple>>,
    resume: *const u16,
) -> Next {
    // SAFETY: F1 to F3: the NULL below the arguments makes room for `self`, the class's own word for the result.
    unsafe {
        let class = std::mem::ManuallyDrop::new(Object::from_word(*base & !4));
        let class = class.cast_unchecked::<Type>();
        let made = match instance::alloc(vm, class, BaseObject { head: Head::new() }) {
            Ok(made) => made.into_object(),
            Err(_) => return done(sp, base, Err(Raised)),
        };
        *base.add(1) = made.clone().into_word();
        let next = python(vm, frame, sp, base, init, base.add(1), names, resume);
        if next.1 == Called::Frame {
            (*vm.frame.get()).is_init = true;
            *base = made.into_word();
            (*frame).sp = base.add(1);
        }
        next
    }
}

/// CALL_FUNCTION_EX: [callable, NULL, args, kwargs or NULL].
///
/// # Safety
/// As [`call`].
#[inline(never)]
pub unsafe fn call_ex(vm: &Vm, frame: *mut Frame, ip: *const u16, mut sp: Sp) -> Next {
    // SAFETY: F1 to F3.
    unsafe {
        (*frame).ip = ip;
        let kwargs = sp.pop_opt();
        let args = sp.pop();
        let unused = sp.pop_word();
        drop_word(unused);
        let callable = sp.pop();
        let result = (|| {
            let args = match args.cast::<Tuple>() {
                Some(tuple) => tuple.clone(),
                None => {
                    let kind = type_of(&args);
                    if kind.slots.iter.get().is_none() && !crate::protocol::sequence::is_sequence(&args) {
                        bail!(
                            vm,
                            TypeError,
                            "{} argument after * must be an iterable, not {}",
                            super::ops::call_name(vm, &callable)?,
                            type_name(&args)
                        );
                    }
                    Tuple::from_iterable(vm, &args)?
                }
            };
            let kwargs = match &kwargs {
                None => None,
                Some(given) => match given.cast_exact::<Dict>() {
                    Some(dict) => Some(dict.clone()),
                    None => {
                        let dict = Dict::empty();
                        mapping::update(vm, &dict, given)?;
                        Some(dict)
                    }
                },
            };
            protocol_call::spread(vm, &args, kwargs.as_deref(), |args| match callable.cast_exact::<Function>() {
                Some(function) => {
                    let (first, count) = (args.items.as_ptr().cast::<u64>().cast_mut(), args.items.len());
                    let names = args.names.map(Ref::of);
                    Ok(enter(vm, frame, sp, sp.0, function.as_ptr(), first, count, names.as_ref(), ip))
                }
                None => protocol_call::call_args(vm, &callable, args).map(|value| done(sp, sp.0, Ok(value))),
            })
        })();
        drop((kwargs, args, callable));
        result.unwrap_or((sp, Called::Failed))
    }
}

pub fn make_function(vm: &Vm, frame: *mut Frame, sp: &mut Sp) -> Done {
    let code = sp.pop();
    let Some(code) = code.cast::<Code>() else { bail!(vm, SystemError, "MAKE_FUNCTION without code") };
    let function = Function::make(vm, code, &Frame::globals(frame));
    sp.push(function.into_object());
    Ok(())
}

/// [value, function] → [function] with the attribute that the operand names.
pub fn set_function_attribute(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let function = sp.pop().into_object();
    let value = sp.pop().into_object();
    let Some(this) = function.cast::<Function>() else {
        bail!(vm, SystemError, "SET_FUNCTION_ATTRIBUTE without a function")
    };
    let wrong = || raise!(vm, SystemError, "SET_FUNCTION_ATTRIBUTE with a value of the wrong type");
    match arg {
        1 => this.defaults.set(Some(value.cast::<Tuple>().ok_or_else(wrong)?.clone())),
        2 => this.kwdefaults.set(Some(value.cast::<Dict>().ok_or_else(wrong)?.clone())),
        4 => this.annotations.set(Some(value)),
        8 => {
            let cells = value.cast::<Tuple>().ok_or_else(wrong)?;
            if cells.items().iter().any(|c| c.cast::<crate::frame::cell::Cell>().is_none()) {
                return Err(wrong());
            }
            this.closure.set(Some(cells.clone()));
        }
        16 => this.annotate.set(Some(value)),
        _ => bail!(vm, SystemError, "function attribute {arg} is not known"),
    }
    sp.push(function);
    Ok(())
}
