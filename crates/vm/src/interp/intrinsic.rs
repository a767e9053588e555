//! Rare operations: CALL_INTRINSIC_1 and _2, template strings.

use super::state::Sp;
use crate::exception;
use crate::frame::Frame;
use crate::object::attr;
use crate::prelude::*;
use crate::protocol::{call, iter, number, object as protocol};
use bytecode::CodeFlags;

type Done = Result<()>;

pub fn one(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let value = sp.pop();
    let result = match arg {
        1 => print(vm, &value)?,
        2 => import_star(vm, frame, &value)?,
        3 => stop_iteration_error(vm, frame, value.into_object()),
        4 => crate::frame::asyncgen::wrap(&value),
        5 => number::pos(vm, &value)?,
        6 if value.is_exact::<List>() => Tuple::from_iterable(vm, &value)?.into_object(),
        6 => bail!(vm, SystemError, "LIST_TO_TUPLE without a list"),
        7 => crate::builtins::typevar::make_typevar(vm, &value, None, None)?,
        8 => crate::builtins::typevar::make_paramspec(vm, &value)?,
        9 => crate::builtins::typevar::make_typevartuple(vm, &value)?,
        10 => crate::builtins::typevar::subscript_generic(vm, &value)?,
        11 => crate::builtins::type_alias::make(vm, &value)?,
        _ => bail!(vm, SystemError, "intrinsic 1.{arg} is not known"),
    };
    sp.push(result);
    Ok(())
}

pub fn two(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let (b, a) = (sp.pop(), sp.pop());
    let result = match arg {
        1 => exception::prep_reraise_star(vm, &a, &b)?,
        2 => crate::builtins::typevar::make_typevar(vm, &a, Some(&b), None)?,
        3 => crate::builtins::typevar::make_typevar(vm, &a, None, Some(&b))?,
        4 => {
            attr::setattr(vm, &a, vm.names().__type_params__(), Some(&b))?;
            a.into_object()
        }
        5 => crate::builtins::typevar::set_default(vm, &a, &b)?,
        _ => bail!(vm, SystemError, "intrinsic 2.{arg} is not known"),
    };
    sp.push(result);
    Ok(())
}

/// An expression statement at the prompt: `sys.displayhook(value)`.
fn print(vm: &Vm, value: &Object) -> Result<Object> {
    match vm.sys_get(vm.names().displayhook()) {
        Some(hook) => call::call(vm, &hook, std::slice::from_ref(value)),
        None => Err(raise!(vm, RuntimeError, "lost sys.displayhook")),
    }
}

/// `from module import *`.
fn import_star(vm: &Vm, frame: *mut Frame, module: &Object) -> Result<Object> {
    let Some(locals) = Frame::locals_map(frame) else {
        bail!(vm, SystemError, "no locals found during 'import *'");
    };
    let (names, skip) = match attr::getattr_opt(vm, module, vm.names().__all__())? {
        Some(all) => (iter::to_vec(vm, &all)?, false),
        None => match attr::getattr_opt(vm, module, vm.names().__dict__())? {
            Some(dict) => {
                let keys = call::call_method(vm, &dict, vm.names().keys(), &[])?;
                (iter::to_vec(vm, &keys)?, true)
            }
            None => bail!(vm, ImportError, "from-import-* object has no __dict__ and no __all__"),
        },
    };
    for name in names {
        let Some(text) = name.cast::<Str>() else {
            let owner = attr::getattr_opt(vm, module, vm.names().__name__())?.unwrap_or_else(none);
            let where_ = if skip { "Key in" } else { "Item in" };
            let what = if skip { "__dict__" } else { "__all__" };
            bail!(
                vm,
                TypeError,
                "{where_} {}.{what} must be str, not {}",
                protocol::str(vm, &owner)?,
                crate::object::type_name(&name)
            );
        };
        if skip && text.code_points().next() == Some(u32::from(b'_')) {
            continue;
        }
        let value = attr::getattr(vm, module, text)?;
        protocol::setitem(vm, &locals, &name, &value)?;
    }
    Ok(none())
}

/// A StopIteration that leaves a generator becomes a RuntimeError (PEP 479); the exception for RERAISE to raise.
fn stop_iteration_error(vm: &Vm, frame: *mut Frame, error: Object) -> Object {
    let flags = Frame::code(frame).flags;
    let what = if flags.has(CodeFlags::ASYNC_GENERATOR) {
        "async generator"
    } else if flags.has(CodeFlags::COROUTINE) {
        "coroutine"
    } else {
        "generator"
    };
    let stop = exception::matches(&error, exception::types::StopIteration.get().as_object());
    let async_stop = flags.has(CodeFlags::ASYNC_GENERATOR)
        && exception::matches(&error, exception::types::StopAsyncIteration.get().as_object());
    if !stop && !async_stop {
        return error;
    }
    let kind = if stop { "StopIteration" } else { "StopAsyncIteration" };
    let _ = raise!(vm, RuntimeError, "{what} raised {kind}");
    let Some(made) = vm.take_raised() else { return error };
    if let Some(body) = made.cast::<exception::BaseException>() {
        body.cause.set(Some(error.clone()));
        body.context.set(Some(error));
        body.suppress_context.set(true);
    }
    made
}

pub fn build_template(vm: &Vm, _: *mut Frame, sp: &mut Sp) -> Done {
    let (interpolations, strings) = (sp.pop(), sp.pop());
    let template = crate::builtins::template::make_template(vm, &strings, &interpolations)?;
    sp.push(template);
    Ok(())
}

pub fn build_interpolation(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let spec = if arg & 1 == 1 { sp.pop().into_object() } else { Str::new("").into_object() };
    let (text, value) = (sp.pop(), sp.pop());
    let interpolation = crate::builtins::template::make_interpolation(vm, &value, &text, arg >> 2, &spec)?;
    sp.push(interpolation);
    Ok(())
}
