//! Calls: Python functions get a frame in place, natives are called with their arguments where they lie.

use super::link;
use super::state::{Sp, State};
use crate::builtins::bound::BoundMethod;
use crate::builtins::object::BaseObject;
use crate::frame::call::{bind, pop_frame, push_frame};
use crate::frame::code::Code;
use crate::frame::function::Function;
use crate::frame::{Frame, drop_word};
use crate::native::{BuiltinFunction, MethodDescr};
use crate::object::{InitCache, attr, instance, mro, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call as protocol_call, iter, mapping};
use bytecode::CodeFlags;

type Done = Result<()>;

/// What a call led to.
pub enum Called {
    /// The result; the operands are gone from the stack.
    Value(Sp, Object),
    /// The frame of a Python function, to be run next. The caller's `ip` and `sp` are saved.
    Frame(State),
    Failed(Sp),
}

/// CALL: [callable, self or NULL, args…].
///
/// # Safety
/// The state is that of the running frame, with `n + 2` operands on its stack.
#[inline(always)]
pub unsafe fn call(vm: &Vm, s: State, n: usize) -> Called {
    // SAFETY: F1 to F3.
    unsafe {
        (*s.frame).ip = s.ip;
        let mut sp = s.sp;
        // Cache units behind CALL.
        let resume = s.ip.add(3);
        general(vm, s.frame, &mut sp, n, None, resume)
    }
}

/// CALL_KW: [callable, self or NULL, args…, names].
///
/// # Safety
/// As [`call`].
pub unsafe fn call_kw(vm: &Vm, s: State, n: usize) -> Called {
    // SAFETY: F1 to F3.
    unsafe {
        (*s.frame).ip = s.ip;
        let mut sp = s.sp;
        let names = sp.pop().into_object();
        let resume = s.ip.add(3);
        let Some(names) = names.cast::<Tuple>() else {
            let _ = raise!(vm, SystemError, "CALL_KW without a tuple of names");
            return Called::Failed(sp);
        };
        general(vm, s.frame, &mut sp, n, Some(names), resume)
    }
}

/// CALL and CALL_KW of anything but a Python function, entering no frame in place: the call's end can be told of.
///
/// # Safety
/// As [`call`]; with `kw` the names are on top.
pub unsafe fn call_native(vm: &Vm, s: State, n: usize, kw: bool) -> Called {
    // SAFETY: F1 to F3.
    unsafe {
        (*s.frame).ip = s.ip;
        let mut sp = s.sp;
        let names = kw.then(|| sp.pop().into_object());
        let names = names.as_ref().and_then(|names| names.cast::<Tuple>());
        let base = sp.0.sub(n + 2);
        let has_self = *base.add(1) != 0;
        let given = n + usize::from(has_self);
        sp.own(given);
        let first = base.add(2 - usize::from(has_self));
        let args =
            Args { items: std::slice::from_raw_parts(first.cast::<Object>(), given), names: names.map(|n| &**n) };
        let callable = crate::frame::clone_word(*base).unwrap_or_else(none);
        let result = protocol_call::call_args(vm, &callable, args);
        drop_down(&mut sp, base);
        match result {
            Ok(value) => Called::Value(sp, value),
            Err(_) => Called::Failed(sp),
        }
    }
}

/// # Safety
/// As [`call`]; `resume` is where the caller goes on.
#[inline(always)]
unsafe fn general(
    vm: &Vm,
    frame: *mut Frame,
    sp: &mut Sp,
    n: usize,
    names: Option<&Ref<Tuple>>,
    resume: *const u16,
) -> Called {
    // SAFETY: F1 to F3.
    unsafe {
        let base = sp.0.sub(n + 2);
        let has_self = *base.add(1) != 0;
        let given = n + usize::from(has_self);
        sp.own(given);
        let first = base.add(2 - usize::from(has_self));
        if *base & 3 != 0 {
            return fail_not_callable(vm, sp, base);
        }
        let callable = *base & !4;
        let kind = (*(callable as *const heap::Head)).kind();
        let args =
            Args { items: std::slice::from_raw_parts(first.cast::<Object>(), given), names: names.map(|n| &**n) };
        if kind == Function::kind() {
            return enter(vm, frame, sp, base, callable as *const Function, args, resume);
        }
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
            && !has_self
            && let Some(init) = python_init(vm, callable.cast_unchecked::<Type>())
        {
            return make_and_init(vm, frame, sp, base, init, n, names, resume);
        } else if kind == BoundMethod::kind() {
            return bound(vm, frame, sp, base, n, callable.cast_unchecked::<BoundMethod>(), names, resume);
        } else {
            protocol_call::call_args(vm, &callable, args)
        };
        let mut sp = *sp;
        drop_down(&mut sp, base);
        match result {
            Ok(value) => Called::Value(sp, value),
            Err(_) => Called::Failed(sp),
        }
    }
}

/// A call of a bound method: its function is called with the object in front.
#[cold]
unsafe fn bound(
    vm: &Vm,
    frame: *mut Frame,
    sp: &mut Sp,
    base: *mut u64,
    n: usize,
    method: &Ref<BoundMethod>,
    names: Option<&Ref<Tuple>>,
    resume: *const u16,
) -> Called {
    // SAFETY: F1 to F3.
    unsafe {
        if *base.add(1) == 0 {
            // The NULL makes room for `self`.
            let (function, this) = (method.function.clone(), method.this.clone());
            let old = std::mem::replace(&mut *base, function.into_word());
            *base.add(1) = this.into_word();
            drop_word(old);
            let function = *base;
            if (*(function as *const heap::Head)).kind() == Function::kind() {
                let args = Args {
                    items: std::slice::from_raw_parts(base.add(1).cast::<Object>(), n + 1),
                    names: names.map(|n| &**n),
                };
                return enter(vm, frame, sp, base, function as *const Function, args, resume);
            }
            let callable = std::mem::ManuallyDrop::new(Object::from_word(function));
            let args = Args {
                items: std::slice::from_raw_parts(base.add(1).cast::<Object>(), n + 1),
                names: names.map(|n| &**n),
            };
            let result = protocol_call::call_args(vm, &callable, args);
            let mut sp = *sp;
            drop_down(&mut sp, base);
            return match result {
                Ok(value) => Called::Value(sp, value),
                Err(_) => Called::Failed(sp),
            };
        }
        let callable = method.to_object();
        let args =
            Args { items: std::slice::from_raw_parts(base.add(1).cast::<Object>(), n + 1), names: names.map(|n| &**n) };
        let result = protocol_call::call_args(vm, &callable, args);
        let mut sp = *sp;
        drop_down(&mut sp, base);
        match result {
            Ok(value) => Called::Value(sp, value),
            Err(_) => Called::Failed(sp),
        }
    }
}

#[inline(always)]
unsafe fn drop_down(sp: &mut Sp, base: *mut u64) {
    while sp.0 > base {
        sp.drop_n(1);
    }
}

#[cold]
unsafe fn fail_not_callable(vm: &Vm, sp: &mut Sp, base: *mut u64) -> Called {
    // SAFETY: a stack word.
    unsafe {
        let callable = crate::frame::clone_word(*base).unwrap_or_else(none);
        let _ = protocol_call::not_callable(vm, &callable);
        let mut sp = *sp;
        drop_down(&mut sp, base);
        Called::Failed(sp)
    }
}

/// Pushes the frame of a Python function; its arguments move from the caller's stack into its locals.
#[inline(always)]
unsafe fn enter(
    vm: &Vm,
    caller: *mut Frame,
    sp: &mut Sp,
    base: *mut u64,
    function: *const Function,
    args: Args<'_>,
    resume: *const u16,
) -> Called {
    // SAFETY: F1 to F3; moved arguments are not dropped again.
    unsafe {
        let code: *const Code = match (*function).code.peek() {
            Some(code) => code.as_ptr(),
            None => std::ptr::null(),
        };
        let flags = (*code).flags;
        let simple = CodeFlags(CodeFlags::OPTIMIZED.0 | CodeFlags::VARARGS.0 | CodeFlags::VARKEYWORDS.0);
        let plain = flags.0 & simple.0 == CodeFlags::OPTIMIZED.0
            && (*code).kwonlyargcount == 0
            && args.names.is_none()
            && args.items.len() == (*code).argcount as usize;
        let mut sp = *sp;
        if !flags.has(CodeFlags::OPTIMIZED) {
            let held = Ref::of(&*function);
            let result = crate::frame::call::call_function(vm, &held, args);
            drop_down(&mut sp, base);
            return match result {
                Ok(value) => Called::Value(sp, value),
                Err(_) => Called::Failed(sp),
            };
        }
        let held = Ref::of(&*function);
        let Ok(frame) = push_frame(vm, held, code, 0) else {
            drop_down(&mut sp, base);
            return Called::Failed(sp);
        };
        let locals = Frame::locals(frame);
        let total = (*code).nlocalsplus as usize;
        if plain {
            let n = args.items.len();
            std::ptr::copy_nonoverlapping(args.items.as_ptr().cast::<u64>(), locals, n);
            std::ptr::write_bytes(locals.add(n), 0, total - n);
            // The arguments have moved: only what lies below them is dropped.
            sp.0 = args.items.as_ptr().cast::<u64>().cast_mut();
            drop_down(&mut sp, base);
        } else {
            let bound = bind(vm, &*function, &*code, args, locals);
            drop_down(&mut sp, base);
            if bound.is_err() {
                let raised = vm.take_raised();
                pop_frame(vm, frame);
                vm.restore_raised(raised);
                return Called::Failed(sp);
            }
        }
        if link(vm, frame).is_err() {
            let raised = vm.take_raised();
            pop_frame(vm, frame);
            vm.restore_raised(raised);
            return Called::Failed(sp);
        }
        (*caller).ip = resume;
        (*caller).sp = sp.0;
        Called::Frame(State { frame, ip: (*frame).ip, sp: Sp((*frame).sp) })
    }
}

/// LOAD_ATTR_PROPERTY: [object] → the getter's frame with the object as its argument.
///
/// # Safety
/// As [`call`]; `getter` is alive.
#[inline(always)]
pub unsafe fn call_getter(vm: &Vm, s: State, getter: *const Function) -> Called {
    // SAFETY: F1 to F3.
    unsafe {
        (*s.frame).ip = s.ip;
        let mut sp = s.sp;
        sp.own(1);
        let base = sp.0.sub(1);
        let args = Args { items: std::slice::from_raw_parts(base.cast::<Object>(), 1), names: None };
        enter(vm, s.frame, &mut sp, base, getter, args, s.ip.add(9))
    }
}

/// The `__init__` that a call of the class runs in a frame of its own: a Python function, where `__new__` is object's,
/// nothing is abstract and the metaclass is `type`.
#[inline(always)]
fn python_init(vm: &Vm, class: &Ref<Type>) -> Option<*const Function> {
    let known = class.init.get();
    if known.version != 0 && known.version == class.version.get() {
        return (!known.function.is_null()).then_some(known.function);
    }
    find_python_init(vm, class)
}

#[cold]
fn find_python_init(vm: &Vm, class: &Ref<Type>) -> Option<*const Function> {
    let version = mro::version(class);
    let same_new = class.slots.new.get().map(|f| f as usize) == BaseObject::class().slots.new.get().map(|f| f as usize);
    let bare = class.base_head.basic_size.get() as usize == size_of::<BaseObject>();
    let plain = same_new && bare && !class.has_flag(flags::ABSTRACT) && class.is_heap_type();
    let init = attr::lookup(class, vm.names().__init__()).filter(|_| plain);
    let function = init.as_ref().and_then(|f| f.cast_exact::<Function>()).map_or(std::ptr::null(), |f| f.as_ptr());
    class.init.set(InitCache { version, function });
    (!function.is_null() && version != 0).then_some(function)
}

/// A call of a class whose `__init__` is a Python function: the object is made and its `__init__`'s frame entered; the
/// object lies on the caller's stack as the result already.
unsafe fn make_and_init(
    vm: &Vm,
    frame: *mut Frame,
    sp: &mut Sp,
    base: *mut u64,
    init: *const Function,
    n: usize,
    names: Option<&Ref<Tuple>>,
    resume: *const u16,
) -> Called {
    // SAFETY: F1 to F3: the NULL below the arguments makes room for `self`, the class's own word for the result.
    unsafe {
        let class = std::mem::ManuallyDrop::new(Object::from_word(*base & !4));
        let class = class.cast_unchecked::<Type>();
        let made = match instance::alloc(vm, class, BaseObject { head: Head::new() }) {
            Ok(made) => made.into_object(),
            Err(_) => {
                let mut sp = *sp;
                drop_down(&mut sp, base);
                return Called::Failed(sp);
            }
        };
        *base.add(1) = made.clone().into_word();
        let args =
            Args { items: std::slice::from_raw_parts(base.add(1).cast::<Object>(), n + 1), names: names.map(|n| &**n) };
        match enter(vm, frame, sp, base, init, args, resume) {
            Called::Frame(next) => {
                (*next.frame).is_init = true;
                *base = made.into_word();
                (*frame).sp = base.add(1);
                Called::Frame(next)
            }
            other => other,
        }
    }
}

/// CALL_FUNCTION_EX: [callable, NULL, args, kwargs or NULL].
///
/// # Safety
/// As [`call`].
pub unsafe fn call_ex(vm: &Vm, s: State) -> Called {
    // SAFETY: F1 to F3.
    unsafe {
        (*s.frame).ip = s.ip;
        let mut sp = s.sp;
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
                    Tuple::from_vec(vm, iter::to_vec(vm, &args)?)?
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
            protocol_call::call_tuple_dict(vm, &callable, &args, kwargs.as_deref())
        })();
        drop((kwargs, args, callable));
        match result {
            Ok(value) => Called::Value(sp, value),
            Err(_) => Called::Failed(sp),
        }
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
