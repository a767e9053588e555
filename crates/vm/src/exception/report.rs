//! Showing exceptions that nobody handles: tracebacks at exit, and unraisable ones.

use super::BaseException;
use crate::builtins::none::none;
use crate::builtins::str::Str;
use crate::context::Vm;
use crate::object::cast::Cast;
use crate::object::{attr, type_of};
use crate::protocol::call;
use heap::{Object, Ref};

/// Writes to `sys.stderr`, or to the process's where there is none.
pub fn write_stderr(vm: &Vm, text: &str) {
    write_stderr_text(vm, &Str::new(text));
}

/// As [`write_stderr`], for text of any kind.
pub fn write_stderr_text(vm: &Vm, text: &Ref<Str>) {
    let saved = vm.take_raised();
    let file = vm.sys_get(vm.names().stderr()).filter(|f| !f.is(&none()));
    let written = file.is_some_and(|file| {
        let write = attr::getattr(vm, &file, vm.names().write());
        let done = write.and_then(|w| call::call(vm, &w, &[text.to_object()])).is_ok();
        if done && let Ok(flush) = attr::getattr(vm, &file, vm.names().flush()) {
            let _ = call::call(vm, &flush, &[]);
        }
        done
    });
    if !written {
        let _ = host::fd::write(2, text.to_string_lossy().as_bytes());
    }
    vm.restore_raised(saved);
}

/// Prints an exception with its traceback to `sys.stderr`, by the library's `traceback` module, or plainly without it.
pub fn display(vm: &Vm, exception: &Object) {
    let saved = vm.take_raised();
    let printed = vm.import("traceback").and_then(|module| {
        let print = attr::getattr(vm, &module, &vm.intern("_print_exception_bltin"))?;
        call::call(vm, &print, std::slice::from_ref(exception))
    });
    if printed.is_err() {
        let trouble = vm.take_raised();
        write_stderr(vm, &plain(vm, exception));
        if vm.interp().config.borrow().verbose > 0
            && let Some(trouble) = trouble
        {
            write_stderr(vm, &plain(vm, &trouble));
        }
    }
    vm.restore_raised(saved);
}

/// Prints an exception with its traceback to a file.
pub fn display_in(vm: &Vm, exception: &Object, file: &Object) {
    let saved = vm.take_raised();
    let printed = vm.import("traceback").and_then(|module| {
        let print = attr::getattr(vm, &module, &vm.intern("print_exception"))?;
        let names = crate::builtins::tuple::Tuple::from_slice(&[vm.names().file().to_object()]);
        let items = [exception.clone(), file.clone()];
        call::call_args(vm, &print, crate::native::Args { items: &items, names: Some(&names) })
    });
    if printed.is_err() {
        vm.clear_raised();
        let text = Str::new(&plain(vm, exception)).into_object();
        if call::call_method(vm, file, vm.names().write(), &[text]).is_err() {
            vm.clear_raised();
        }
    }
    vm.restore_raised(saved);
}

/// The traceback in plain text, without the library's help.
pub fn plain(vm: &Vm, exception: &Object) -> String {
    let mut text = String::new();
    if let Some(body) = exception.cast::<BaseException>() {
        if let Some(cause) = body.cause.get() {
            text.push_str(&plain(vm, &cause));
            text.push_str("\nThe above exception was the direct cause of the following exception:\n\n");
        } else if let Some(context) = body.context.get().filter(|_| !body.suppress_context.get()) {
            text.push_str(&plain(vm, &context));
            text.push_str("\nDuring handling of the above exception, another exception occurred:\n\n");
        }
        if let Some(traceback) = body.traceback.get() {
            text.push_str("Traceback (most recent call last):\n");
            text.push_str(&crate::frame::traceback::plain(&traceback));
        }
    }
    let name = type_of(exception).short_name();
    match crate::protocol::object::str(vm, exception) {
        Ok(message) if message.is_empty() => text.push_str(&format!("{name}\n")),
        Ok(message) => text.push_str(&format!("{name}: {message}\n")),
        Err(_) => {
            vm.clear_raised();
            text.push_str(&format!("{name}: <exception str() failed>\n"));
        }
    }
    text
}

/// Hands the exception under way to `sys.excepthook` (or prints it), and clears it.
pub fn print_raised(vm: &Vm) {
    let Some(exception) = vm.take_raised() else { return };
    let traceback = exception.cast::<BaseException>().and_then(|b| b.traceback.get()).unwrap_or_else(none);
    let kind = type_of(&exception).to_object();
    for (name, value) in
        [("last_exc", &exception), ("last_type", &kind), ("last_value", &exception), ("last_traceback", &traceback)]
    {
        let _ = vm.sys_set(name, value.clone());
    }
    match vm.sys_get(vm.names().excepthook()) {
        Some(hook) => {
            let done = call::call(vm, &hook, &[kind, exception.clone(), traceback]);
            if done.is_err() {
                let second = vm.take_raised();
                write_stderr(vm, "Error in sys.excepthook:\n");
                if let Some(second) = second {
                    display(vm, &second);
                }
                write_stderr(vm, "\nOriginal exception was:\n");
                display(vm, &exception);
            }
        }
        None => {
            write_stderr(vm, "sys.excepthook is missing\n");
            display(vm, &exception);
        }
    }
}

/// Tells of the exception under way, which nobody can handle, through `sys.unraisablehook`; clears it.
pub fn unraisable(vm: &Vm, message: &str, object: Option<&Object>) {
    let Some(exception) = vm.take_raised() else { return };
    let done = crate::modules::sys::call_unraisable_hook(vm, &exception, message, object);
    if done.is_err() {
        vm.clear_raised();
        write_stderr(vm, &format!("{message}\n{}", plain(vm, &exception)));
    }
}
