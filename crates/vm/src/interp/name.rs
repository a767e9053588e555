//! Names: globals, namespaces, cells, imports.

use super::cache::{set_op, write_u32};
use super::state::Sp;
use crate::builtins::none::none_word;
use crate::frame::cell::Cell;
use crate::frame::{Frame, object};
use crate::object::attr;
use crate::prelude::*;
use crate::protocol::object as protocol;
use bytecode::{Op, kind};

type Done = Result<()>;

fn name_of(frame: *mut Frame, index: u32) -> Ref<Str> {
    Frame::code(frame).names[index as usize].clone()
}

#[cold]
fn name_error(vm: &Vm, name: &Ref<Str>) -> Raised {
    let raised = raise!(vm, NameError, "name '{name}' is not defined");
    if let Some(e) = vm.raised()
        && let Some(e) = e.cast::<crate::exception::NameError>()
    {
        e.name.set(Some(name.to_object()));
    }
    raised
}

/// A local that is not bound: always fails.
#[cold]
pub fn unbound_local(vm: &Vm, frame: *mut Frame, _: &mut Sp, index: u32) -> Done {
    let name = &Frame::code(frame).localsplusnames[index as usize];
    // Without a name for suggestions, as in CPython.
    Err(raise!(vm, UnboundLocalError, "cannot access local variable '{name}' where it is not associated with a value"))
}

/// A cell that is empty: always fails.
#[cold]
pub fn unbound_deref(vm: &Vm, frame: *mut Frame, sp: &mut Sp, index: u32) -> Done {
    let code = Frame::code(frame);
    let name = &code.localsplusnames[index as usize];
    if code.localspluskinds[index as usize] & kind::FREE == 0 {
        return unbound_local(vm, frame, sp, index);
    }
    let raised = raise!(
        vm,
        NameError,
        "cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
    );
    if let Some(e) = vm.raised()
        && let Some(e) = e.cast::<crate::exception::NameError>()
    {
        e.name.set(Some(name.to_object()));
    }
    Err(raised)
}

fn global(vm: &Vm, frame: *mut Frame, name: &Ref<Str>) -> Result<Object> {
    // A subclass of dict, or another mapping as `__builtins__`, may find more or less.
    for namespace in [Frame::globals(frame), Frame::builtins(frame)] {
        if let Some(value) = item(vm, namespace.as_object(), name)? {
            return Ok(value);
        }
    }
    Err(name_error(vm, name))
}

/// `mapping[name]`, or `None` for KeyError.
fn item(vm: &Vm, mapping: &Object, name: &Ref<Str>) -> Result<Option<Object>> {
    if let Some(dict) = mapping.cast_exact::<Dict>() {
        return dict.get(vm, name.as_object());
    }
    match protocol::getitem(vm, mapping, name.as_object()) {
        Ok(value) => Ok(Some(value)),
        Err(_) if vm.raised_is(&crate::exception::types::KeyError) => {
            vm.clear_raised();
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

/// LOAD_GLOBAL without a good cache: looks the name up and fills the cache. Its units: see the forms' handlers.
pub fn load_global(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32, cache: *mut u16) -> Done {
    let name = name_of(frame, arg >> 1);
    let value = global(vm, frame, &name)?;
    let (globals, builtins) = (Frame::globals(frame), Frame::builtins(frame));
    let hash = name.hash_value();
    if globals.as_object().is_exact::<Dict>() && builtins.as_object().is_exact::<Dict>() {
        let (own, shared) = (globals.table.version(), builtins.table.version());
        let (op, at) = match globals.table.find_str(hash, &name, Str::kind()) {
            Some(at) => (Op::LOAD_GLOBAL_MODULE, Some(at)),
            None => (Op::LOAD_GLOBAL_BUILTIN, builtins.table.find_str(hash, &name, Str::kind())),
        };
        if let Some(at) = at.and_then(|at| u16::try_from(at).ok())
            && (op == Op::LOAD_GLOBAL_MODULE || shared >> 16 == 0)
        {
            // SAFETY: the instruction's four cache units.
            unsafe {
                *cache = shared as u16;
                *cache.add(1) = at;
                write_u32(cache.add(2), own);
                set_op(cache, op);
            }
        }
    }
    sp.push(value);
    if arg & 1 == 1 {
        sp.push_null();
    }
    Ok(())
}

fn namespace(vm: &Vm, frame: *mut Frame, what: &str, name: &Ref<Str>) -> Result<Object> {
    Frame::locals_map(frame).ok_or_else(|| raise!(vm, SystemError, "no locals {what} {name}"))
}

pub fn load_name(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let name = name_of(frame, arg);
    let locals = namespace(vm, frame, "when loading", &name)?;
    let value = match item(vm, &locals, &name)? {
        Some(value) => value,
        None => global(vm, frame, &name)?,
    };
    sp.push(value);
    Ok(())
}

pub fn store_name(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let value = sp.pop().into_object();
    let name = name_of(frame, arg);
    let locals = namespace(vm, frame, "found when storing", &name)?;
    match locals.cast_exact::<Dict>() {
        Some(dict) => dict.set_name(vm, &name, value),
        None => protocol::setitem(vm, &locals, name.as_object(), &value),
    }
}

pub fn delete_name(vm: &Vm, frame: *mut Frame, _: &mut Sp, arg: u32) -> Done {
    let name = name_of(frame, arg);
    let locals = namespace(vm, frame, "when deleting", &name)?;
    match protocol::delitem(vm, &locals, name.as_object()) {
        Err(_) if vm.raised_is(&crate::exception::types::KeyError) => {
            vm.clear_raised();
            Err(name_error(vm, &name))
        }
        other => other,
    }
}

pub fn store_global(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let value = sp.pop().into_object();
    Frame::globals(frame).set_name(vm, &name_of(frame, arg), value)
}

pub fn delete_global(vm: &Vm, frame: *mut Frame, _: &mut Sp, arg: u32) -> Done {
    let name = name_of(frame, arg);
    match Frame::globals(frame).remove_name(vm, &name)? {
        Some(_) => Ok(()),
        None => Err(name_error(vm, &name)),
    }
}

pub fn load_locals(vm: &Vm, frame: *mut Frame, sp: &mut Sp) -> Done {
    match Frame::locals_map(frame) {
        Some(locals) => {
            sp.push(locals);
            Ok(())
        }
        None => {
            let locals = object::locals_of(vm, frame)?;
            sp.push(locals);
            Ok(())
        }
    }
}

pub fn load_from_dict_or_globals(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let mapping = sp.pop();
    let name = name_of(frame, arg);
    let value = match item(vm, &mapping, &name)? {
        Some(value) => value,
        None => global(vm, frame, &name)?,
    };
    sp.push(value);
    Ok(())
}

pub fn load_from_dict_or_deref(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let mapping = sp.pop();
    let name = Frame::code(frame).localsplusnames[arg as usize].clone();
    let value = match item(vm, &mapping, &name)? {
        Some(value) => value,
        None => match crate::frame::local_value(frame, arg as usize) {
            Some(value) => value,
            None => return unbound_deref(vm, frame, sp, arg),
        },
    };
    sp.push(value);
    Ok(())
}

pub fn load_build_class(vm: &Vm, frame: *mut Frame, sp: &mut Sp) -> Done {
    let found = item(vm, Frame::builtins(frame).as_object(), vm.names().__build_class__())?;
    match found {
        Some(value) => {
            sp.push(value);
            Ok(())
        }
        None => Err(raise!(vm, NameError, "__build_class__ not found")),
    }
}

pub fn setup_annotations(vm: &Vm, frame: *mut Frame, _: &mut Sp) -> Done {
    let name = vm.names().__annotations__();
    let locals = namespace(vm, frame, "found when setting up", name)?;
    if item(vm, &locals, name)?.is_none() {
        protocol::setitem(vm, &locals, name.as_object(), Dict::empty().as_object())?;
    }
    Ok(())
}

pub fn load_common_constant(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let value = match arg {
        0 => crate::exception::types::AssertionError.get().to_object(),
        1 => crate::exception::types::NotImplementedError.get().to_object(),
        2 => Tuple::class().to_object(),
        3 => vm.interp().all_function.get().unwrap_or_else(none),
        _ => vm.interp().any_function.get().unwrap_or_else(none),
    };
    sp.push(value);
    Ok(())
}

/// MAKE_CELL: a new cell that takes over a local's word.
#[inline(never)]
pub fn new_cell(word: u64) -> u64 {
    // SAFETY: an owned word or NULL.
    let value = (word != 0).then(|| unsafe { Object::from_word(word) });
    Cell::make(value).into_raw() as u64
}

pub fn copy_free_vars(vm: &Vm, frame: *mut Frame, _: &mut Sp, arg: u32) -> Done {
    let closure = Frame::function(frame).and_then(|f| f.closure.get());
    let Some(closure) = closure.filter(|c| c.len() == arg as usize) else {
        bail!(vm, SystemError, "a closure of the wrong length");
    };
    let first = Frame::code(frame).nlocalsplus as usize - arg as usize;
    for (i, cell) in closure.items().iter().enumerate() {
        if cell.cast_exact::<Cell>().is_none() {
            bail!(vm, SystemError, "a closure that holds no cells");
        }
        // SAFETY: the free variables are the last locals, still NULL.
        unsafe { *Frame::locals(frame).add(first + i) = cell.clone().into_word() };
    }
    Ok(())
}

/// `import name`: through `builtins.__import__`.
pub fn import_name(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let (fromlist, level) = (sp.pop(), sp.pop());
    let name = name_of(frame, arg);
    let builtins = Frame::builtins(frame);
    let Some(function) = item(vm, builtins.as_object(), vm.names().__import__())? else {
        bail!(vm, ImportError, "__import__ not found");
    };
    let globals = Frame::globals(frame);
    let module = if crate::import::is_own_import(vm, &function) {
        crate::import::import_level(vm, &name, Some(globals.as_object()), &fromlist, &level)?
    } else {
        let locals = Frame::locals_map(frame).unwrap_or_else(none);
        crate::protocol::call::call(
            vm,
            &function,
            &[name.to_object(), globals.to_object(), locals, fromlist.clone(), level.clone()],
        )?
    };
    sp.push(module);
    Ok(())
}

/// `from module import name`: the attribute, or the submodule in `sys.modules`.
pub fn import_from(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let name = name_of(frame, arg);
    let module = sp.peek(1).clone();
    let value = match attr::getattr_opt(vm, &module, &name)? {
        Some(value) => value,
        None => crate::import::import_from_fallback(vm, &module, &name)?,
    };
    sp.push(value);
    debug_assert!(sp.peek_word(1) != 0 && none_word() != 0);
    Ok(())
}
