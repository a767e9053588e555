//! Frames for calls whose arguments fit: they go straight from where they lie to their places among the locals.

use super::Frame;
use super::code::Code;
use super::function::Function;
use crate::builtins::dict::Dict;
use crate::interp::state::share_word;
use crate::prelude::*;
use bytecode::CodeFlags;

/// More keywords than these are bound the general way.
const MOST: usize = 16;
/// The place of a keyword that no parameter has the name of.
const REST: u8 = u8::MAX;

/// A frame for a call of a function, on the thread's stack and not linked yet, its locals bound. NULL and nothing done
/// where [`bind`](super::call::bind) has to say what is wrong, or knows more.
///
/// The arguments are words from `first` on, borrowed: `given` by position, then one for each of `names`.
///
/// # Safety
/// F1; the function is alive; the caller links and runs the frame, or pops it.
#[inline(never)]
pub unsafe fn bound_frame(
    vm: &Vm,
    function: *const Function,
    first: *const u64,
    given: usize,
    names: &[Object],
) -> *mut Frame {
    // SAFETY: as said; indices stay below `nlocalsplus`: the verifier checked the counts.
    unsafe {
        let Some(code) = (*function).code.peek() else { return std::ptr::null_mut() };
        let exact = names.is_empty() && code.exact_args as usize == given;
        if exact && vm.stack.has(code.frame_words()) {
            return frame_of(vm, function, code, first, given);
        }
        bound_otherwise(vm, function, code, first, given, names)
    }
}

/// [`bound_frame`] where the arguments are not just the parameters.
///
/// # Safety
/// As [`bound_frame`].
#[inline(never)]
unsafe fn bound_otherwise(
    vm: &Vm,
    function: *const Function,
    code: &Code,
    first: *const u64,
    given: usize,
    names: &[Object],
) -> *mut Frame {
    // SAFETY: as said; indices stay below `nlocalsplus`: the verifier checked the counts.
    unsafe {
        let none = std::ptr::null_mut();
        let (argcount, kwonly) = (code.argcount as usize, code.kwonlyargcount as usize);
        let named = argcount + kwonly;
        let has_varargs = code.flags.has(CodeFlags::VARARGS);
        let has_kwargs = code.flags.has(CodeFlags::VARKEYWORDS);
        let usual = code.flags.has(CodeFlags::OPTIMIZED) && named < 64 && names.len() <= MOST;
        if !usual || given > argcount && !has_varargs || !vm.stack.has(code.frame_words()) {
            return none;
        }
        let positional = given.min(argcount);
        // A bit for each parameter that has a value.
        let mut filled = (1u64 << positional) - 1;
        let mut places = [REST; MOST];
        for (key, place) in names.iter().zip(&mut places) {
            let parameters = code.posonlyargcount as usize..named;
            match parameters.into_iter().find(|&at| code.localsplusnames[at].as_object().is(key)) {
                Some(at) if filled >> at & 1 == 0 => {
                    filled |= 1 << at;
                    *place = at as u8;
                }
                // Both being interned, they differ.
                None if has_kwargs && key.cast_exact::<Str>().is_some_and(|key| key.interned() != 0) => {}
                _ => return none,
            }
        }
        let defaults = (*function).defaults.peek().map_or(&[][..], |defaults| defaults.items());
        let required = (1u64 << argcount.saturating_sub(defaults.len())) - 1;
        if filled & required != required {
            return none;
        }
        let keyword_default = |at: usize| (*function).kwdefaults.peek()?.get_name(&code.localsplusnames[at]);
        for at in argcount..named {
            if filled >> at & 1 == 0 && keyword_default(at).is_none() {
                return none;
            }
        }
        let shared = |i: usize| share_word(*first.add(i));
        let mut kwargs = 0;
        if has_kwargs {
            let dict = Dict::empty();
            for (i, key) in names.iter().enumerate().filter(|&(i, _)| places[i] == REST) {
                if dict.set(vm, key, Object::from_word(shared(given + i))).is_err() {
                    vm.clear_raised();
                    return none;
                }
            }
            kwargs = dict.into_object().into_word();
        }
        let mut varargs = 0;
        if has_varargs {
            let fill = |i| Object::from_word(shared(argcount + i));
            match Tuple::try_from_fn(given - positional, fill) {
                Ok(tuple) => varargs = tuple.into_object().into_word(),
                Err(_) => {
                    super::drop_word(kwargs);
                    return none;
                }
            }
        }
        let frame = frame_of(vm, function, code, first, positional);
        let locals = Frame::locals(frame);
        for (i, &place) in places[..names.len()].iter().enumerate() {
            if place != REST {
                *locals.add(place as usize) = shared(given + i);
            }
        }
        for at in positional..argcount {
            if filled >> at & 1 == 0 {
                *locals.add(at) = defaults[at + defaults.len() - argcount].clone().into_word();
            }
        }
        for at in argcount..named {
            if filled >> at & 1 == 0 {
                *locals.add(at) = keyword_default(at).map_or(0, Object::into_word);
            }
        }
        if has_varargs {
            *locals.add(named) = varargs;
        }
        if has_kwargs {
            *locals.add(named + usize::from(has_varargs)) = kwargs;
        }
        frame
    }
}

/// A frame on the thread's stack, which has room for it: its first locals are the words from `first` on, shared, the
/// others NULL.
///
/// # Safety
/// As [`bound_frame`].
#[inline(always)]
unsafe fn frame_of(vm: &Vm, function: *const Function, code: &Code, first: *const u64, given: usize) -> *mut Frame {
    // SAFETY: as said.
    unsafe {
        let frame = vm.stack.take(code.frame_words()).cast::<Frame>();
        let locals = Frame::locals(frame);
        let end = locals.add(code.nlocalsplus as usize);
        for i in 0..given {
            *locals.add(i) = share_word(*first.add(i));
        }
        heap::clear_words(locals.add(given), end);
        let held = Ref::of(&*function).into_raw() as u64;
        frame.write(Frame::new(code, &*function, held, 0, end));
        frame
    }
}
