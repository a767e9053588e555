//! Calling Python functions: binding arguments straight into the new frame's locals.

use super::bound::bound_frame;
use super::code::Code;
use super::function::Function;
use super::{Frame, drop_word};
use crate::builtins::dict::Dict;
use crate::interp;
use crate::prelude::*;
use bytecode::CodeFlags;
use std::ptr;

/// A new frame on the thread's stack for a call of `function`, its locals not yet bound (all NULL).
///
/// # Safety
/// The caller binds the locals, sets `sp` past them, and runs or pops the frame. `function` is handed over.
#[inline(always)]
pub unsafe fn push_frame(vm: &Vm, function: Ref<Function>, code: *const Code, locals_map: u64) -> Result<*mut Frame> {
    // SAFETY: the words are ours; every field is written.
    unsafe {
        let words = (*code).frame_words();
        let Some(at) = vm.stack.push(words) else { return Err(vm.out_of_memory()) };
        let frame = at.cast::<Frame>();
        let body = function.as_ptr();
        let sp = Frame::locals(frame).add((*code).nlocalsplus as usize);
        frame.write(Frame::new(code, &*body, function.into_raw() as u64, locals_map, sp));
        Ok(frame)
    }
}

/// Takes a finished frame off the thread's stack, dropping what it owns.
///
/// # Safety
/// The frame is the thread's last, does not run any more, and its `sp` is true.
#[inline]
pub unsafe fn pop_frame(vm: &Vm, frame: *mut Frame) {
    unsafe {
        if (*frame).object != 0 {
            super::object::frame_ends(frame);
        }
        Frame::clear(frame);
        vm.stack.pop(frame.cast());
    }
}

/// Calls a Python function from Rust.
pub fn call_function(vm: &Vm, function: &Ref<Function>, args: Args<'_>) -> Result<Object> {
    vm.check_stack("")?;
    // SAFETY: the frame is bound, then run to its end.
    unsafe {
        let frame = enter(vm, function, args)?;
        interp::run_frame(vm, frame)
    }
}

/// A frame for a call with these arguments, bound and ready to run.
///
/// # Safety
/// The caller runs or pops it.
pub unsafe fn enter(vm: &Vm, function: &Ref<Function>, args: Args<'_>) -> Result<*mut Frame> {
    unsafe {
        let items = args.items.as_ptr().cast::<u64>();
        let names = args.keywords().names;
        let frame = bound_frame(vm, function.as_ptr(), items, args.positional().len(), names);
        if !frame.is_null() {
            return Ok(frame);
        }
        let code = function.code();
        let code_ptr = code.as_ptr();
        drop(code);
        // Code of a module or class called as a function has its globals as its namespace.
        let own = (*code_ptr).flags.has(CodeFlags::OPTIMIZED);
        let locals_map = if own { 0 } else { function.globals.clone().into_raw() as u64 };
        let frame = push_frame(vm, function.clone(), code_ptr, locals_map)?;
        if let Err(raised) = bind(vm, function, &*code_ptr, args, Frame::locals(frame)) {
            pop_frame(vm, frame);
            return Err(raised);
        }
        Ok(frame)
    }
}

/// Runs the code of a module or class body: names live in `namespace`.
pub fn run_in_namespace(vm: &Vm, function: &Ref<Function>, namespace: &Object) -> Result<Object> {
    vm.check_stack("")?;
    // SAFETY: as `call_function`; such code has no arguments.
    unsafe {
        let code = function.code();
        let code_ptr = code.as_ptr();
        drop(code);
        let frame = push_frame(vm, function.clone(), code_ptr, namespace.clone().into_word())?;
        if let Err(raised) = bind(vm, function, &*code_ptr, Args::EMPTY, Frame::locals(frame)) {
            pop_frame(vm, frame);
            return Err(raised);
        }
        interp::run_frame(vm, frame)
    }
}

/// Runs a code object as `exec` does: with these globals, names in `locals`.
pub fn run_code(
    vm: &Vm,
    code: &Ref<Code>,
    globals: &Ref<Dict>,
    locals: &Object,
    closure: Option<Ref<Tuple>>,
) -> Result<Object> {
    if globals.get_name(vm.names().__builtins__()).is_none()
        && let Some(builtins) = vm.interp().modules.get().and_then(|m| m.get_name(vm.names().builtins()))
    {
        globals.set_name(vm, vm.names().__builtins__(), builtins)?;
    }
    let function = Function::make(vm, code, globals);
    function.closure.set(closure);
    run_in_namespace(vm, &function, locals)
}

fn set(locals: &mut [u64], at: usize, value: Object) {
    // SAFETY: the word is owned or NULL.
    unsafe { drop_word(std::mem::replace(&mut locals[at], value.into_word())) }
}

/// Binds arguments to the locals of a fresh frame, by all the rules.
///
/// # Safety
/// `locals` has the code's `nlocalsplus` words; they are overwritten.
pub unsafe fn bind(vm: &Vm, function: &Function, code: &Code, args: Args<'_>, locals: *mut u64) -> Result<()> {
    let total = code.nlocalsplus as usize;
    // SAFETY: as said; indices stay below `nlocalsplus`: the verifier checked the counts.
    let locals = unsafe {
        ptr::write_bytes(locals, 0, total);
        std::slice::from_raw_parts_mut(locals, total)
    };
    let (argcount, kwonly) = (code.argcount as usize, code.kwonlyargcount as usize);
    let named = argcount + kwonly;
    let positional = args.positional();
    let has_varargs = code.flags.has(CodeFlags::VARARGS);
    let has_kwargs = code.flags.has(CodeFlags::VARKEYWORDS);
    let rest_at = named;
    let kwargs_at = named + usize::from(has_varargs);
    let kwargs = has_kwargs.then(Dict::empty);
    if let Some(kwargs) = &kwargs {
        set(locals, kwargs_at, kwargs.to_object());
    }
    for (i, value) in positional.iter().take(argcount).enumerate() {
        set(locals, i, value.clone());
    }
    if has_varargs {
        let rest = positional.get(argcount..).unwrap_or_default();
        set(locals, rest_at, Tuple::try_from_slice(vm, rest)?.into_object());
    }
    for (key, value) in args.keywords().iter() {
        let Some(name) = key.cast::<Str>() else {
            bail!(vm, TypeError, "{}() keywords must be strings", name_of(function));
        };
        let mut choice = code.posonlyargcount as usize..named;
        // Names are interned on both sides, nearly always.
        let found = choice.clone().find(|&i| code.localsplusnames[i].is(name));
        let found = found.or_else(|| choice.find(|&i| *code.localsplusnames[i] == **name));
        match found {
            Some(at) if locals[at] != 0 => {
                bail!(vm, TypeError, "{}() got multiple values for argument '{name}'", name_of(function));
            }
            Some(at) => set(locals, at, value.clone()),
            None => match &kwargs {
                Some(kwargs) => kwargs.set(vm, key, value.clone())?,
                None => return Err(unexpected_keyword(vm, function, code, args, name)),
            },
        }
    }
    if positional.len() > argcount && !has_varargs {
        return Err(too_many_positional(vm, function, code, positional.len(), locals));
    }
    if positional.len() < argcount {
        let defaults = function.defaults.get();
        let defaults: &[Object] = defaults.as_ref().map_or(&[], |d| d.items());
        let without = argcount.saturating_sub(defaults.len());
        if (positional.len()..without).any(|i| locals[i] == 0) {
            let missing: Vec<usize> = (positional.len()..without).filter(|&i| locals[i] == 0).collect();
            return Err(missing_arguments(vm, function, code, &missing, "positional"));
        }
        for i in without..argcount {
            if locals[i] == 0 {
                set(locals, i, defaults[i + defaults.len() - argcount].clone());
            }
        }
    }
    if kwonly > 0 {
        let defaults = function.kwdefaults.get();
        let mut missing = Vec::new();
        for i in argcount..named {
            if locals[i] != 0 {
                continue;
            }
            match defaults.as_ref().and_then(|d| d.get_name(&code.localsplusnames[i])) {
                Some(value) => set(locals, i, value),
                None => missing.push(i),
            }
        }
        if !missing.is_empty() {
            return Err(missing_arguments(vm, function, code, &missing, "keyword-only"));
        }
    }
    Ok(())
}

fn name_of(function: &Function) -> String {
    function.qualname.get().map(|n| n.to_string()).unwrap_or_default()
}

fn unexpected_keyword(vm: &Vm, function: &Function, code: &Code, args: Args<'_>, name: &Ref<Str>) -> Raised {
    let positional_only = &code.localsplusnames[..code.posonlyargcount as usize];
    let passed: Vec<String> = positional_only
        .iter()
        .filter(|p| args.keywords().iter().any(|(k, _)| k.cast::<Str>().is_some_and(|k| ***p == **k)))
        .map(|p| p.to_string())
        .collect();
    if !passed.is_empty() {
        return raise!(
            vm,
            TypeError,
            "{}() got some positional-only arguments passed as keyword arguments: '{}'",
            name_of(function),
            passed.join(", ")
        );
    }
    let known: Vec<String> = code.localsplusnames
        [code.posonlyargcount as usize..(code.argcount + code.kwonlyargcount) as usize]
        .iter()
        .map(|n| n.to_string())
        .collect();
    match crate::exception::suggest::closest(&name.to_string(), known.iter().map(String::as_str)) {
        Some(near) => raise!(
            vm,
            TypeError,
            "{}() got an unexpected keyword argument '{name}'. Did you mean '{near}'?",
            name_of(function)
        ),
        None => raise!(vm, TypeError, "{}() got an unexpected keyword argument '{name}'", name_of(function)),
    }
}

fn too_many_positional(vm: &Vm, function: &Function, code: &Code, given: usize, locals: &[u64]) -> Raised {
    let (argcount, kwonly) = (code.argcount as usize, code.kwonlyargcount as usize);
    let defaults = function.defaults.get().map_or(0, |d| d.len());
    let kwonly_given = (argcount..argcount + kwonly).filter(|&i| locals[i] != 0).count();
    let (takes, plural) = if defaults > 0 {
        (format!("from {} to {argcount}", argcount - defaults), true)
    } else {
        (argcount.to_string(), argcount != 1)
    };
    let extra = if kwonly_given > 0 {
        format!(
            " positional argument{} (and {kwonly_given} keyword-only argument{})",
            if given == 1 { "" } else { "s" },
            if kwonly_given == 1 { "" } else { "s" }
        )
    } else {
        String::new()
    };
    raise!(
        vm,
        TypeError,
        "{}() takes {takes} positional argument{} but {given}{extra} {} given",
        name_of(function),
        if plural { "s" } else { "" },
        if given == 1 && kwonly_given == 0 { "was" } else { "were" }
    )
}

fn missing_arguments(vm: &Vm, function: &Function, code: &Code, missing: &[usize], kind: &str) -> Raised {
    let names: Vec<String> = missing.iter().map(|&i| format!("'{}'", code.localsplusnames[i])).collect();
    let list = match &names[..] {
        [one] => one.clone(),
        [a, b] => format!("{a} and {b}"),
        many => format!("{}, and {}", many[..many.len() - 1].join(", "), many[many.len() - 1]),
    };
    raise!(
        vm,
        TypeError,
        "{}() missing {} required {kind} argument{}: {list}",
        name_of(function),
        names.len(),
        if names.len() == 1 { "" } else { "s" }
    )
}
