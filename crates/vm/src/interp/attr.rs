//! Attributes with inline caches.
//!
//! LOAD_ATTR's nine cache units, by specialisation (version: two units from 1, little end first):
//!
//! | instruction                   | units                                                                     |
//! |-------------------------------|---------------------------------------------------------------------------|
//! | LOAD_ATTR                     | 0 counter                                                                 |
//! | LOAD_ATTR_INSTANCE_VALUE      | 1–2 type version, 3 place, 4 offset of the attribute header               |
//! | LOAD_ATTR_SLOT                | 1–2 type version, 3 offset of the word                                    |
//! | LOAD_ATTR_MODULE              | 1–2 dict version, 3 index                                                 |
//! | LOAD_ATTR_METHOD_WITH_VALUES  | 1–2 type version, 3 number of shared keys, 4 header offset, 5–8 function  |
//! | LOAD_ATTR_PROPERTY            | 1–2 type version, 5–8 property                                            |
//! | LOAD_ATTR_CLASS               | 1–2 version of the type that is the owner, 5–8 value                      |
//! | LOAD_ATTR_CLASS_WITH_…        | the same, 3–4 version of its metaclass, which is not `type`               |
//! | LOAD_ATTR_NONDESCRIPTOR_…     | as LOAD_ATTR_METHOD_WITH_VALUES, the value in place of the function       |
//! | LOAD_ATTR_GETSET              | 1–2 type version, 5–8 the native function that computes the value         |
//!
//! A cached function or value is borrowed: it lives in the dict of a type of the MRO as long as the version is good.

use super::cache::{read_u32, read_u64};
use super::known;
use super::specialise;
use super::state::Sp;
use crate::builtins::descriptors::Property;
use crate::builtins::module::Module;
use crate::frame::function::Function;
use crate::frame::{Frame, drop_word};
use crate::native::NativeGetter;
use crate::object::{attr, instance, type_of};
use crate::prelude::*;
use bytecode::Op;
use std::mem::ManuallyDrop;

type Done = Result<()>;

fn name_of(frame: *mut Frame, index: u32) -> Ref<Str> {
    Frame::code(frame).names[index as usize].clone()
}

/// The object of a stack word, if it is on the heap and its type has the cached version.
#[inline(always)]
unsafe fn with_version(word: u64, cache: *const u16) -> Option<*const u8> {
    if word & 3 != 0 {
        return None;
    }
    let at = (word & !4) as *const heap::Head;
    // SAFETY: a live object of a live type.
    unsafe {
        let kind = (*at).kind().cast::<Type>();
        let version = read_u32(cache.add(1));
        debug_assert!(version != 0, "a specialised instruction has a version");
        ((*kind).version.get() == version).then_some(at.cast())
    }
}

/// The value that an instance has in its dict, if it has one.
///
/// # Safety
/// The cache units are a LOAD_ATTR_INSTANCE_VALUE's that is good for the owner's type.
unsafe fn dict_value(word: u64, cache: *const u16, name: &Ref<Str>) -> Option<Object> {
    // SAFETY: the version says that the header is at this offset; an even one is a dict's address.
    unsafe {
        let header = *with_version(word, cache)?.add(*cache.add(4) as usize).cast::<u64>();
        if header == 0 || header & 1 == 1 {
            return None;
        }
        (*(header as *const Dict)).get_name(name)
    }
}

/// LOAD_ATTR_INSTANCE_VALUE's fast path.
///
/// # Safety
/// The cache units are the instruction's.
#[inline(always)]
pub unsafe fn instance_value(word: u64, cache: *const u16) -> Option<Object> {
    // SAFETY: the version says that the header is at this offset; an odd header has `capacity` value words behind it.
    unsafe {
        let at = with_version(word, cache)?;
        let header = at.add(*cache.add(4) as usize);
        let place = *cache.add(3) as usize;
        // Byte by byte, as `instance` lays the header out.
        if *header & 1 == 0 || place >= usize::from(*header.add(1)) {
            return None;
        }
        clone_owned(*header.cast::<u64>().add(1 + place))
    }
}

/// A new reference to what a word outside the stack holds; `None` for 0.
///
/// # Safety
/// The word is 0 or an object's, owned by somebody.
#[inline(always)]
unsafe fn clone_owned(word: u64) -> Option<Object> {
    if word == 0 {
        return None;
    }
    // SAFETY: as said.
    unsafe {
        if word & 3 == 0 {
            (*(word as *const heap::Head)).incref();
        }
        Some(Object::from_word(word))
    }
}

/// STORE_ATTR_INSTANCE_VALUE's fast path: the header of the object's values, and the place of the one to be written. A
/// value that is new has to be entered in the order.
///
/// # Safety
/// The cache units are the instruction's.
#[inline(always)]
pub unsafe fn store_place(word: u64, cache: *const u16) -> Option<(*mut u64, usize)> {
    // SAFETY: as above. Units: 1–2 version, 3 place (low byte) and header offset in words (high byte).
    unsafe {
        let at = with_version(word, cache)?;
        let unit = *cache.add(3);
        let header = at.add((unit >> 8) as usize * 8).cast::<u64>().cast_mut();
        let place = (unit & 0xFF) as usize;
        if *header & 1 == 0 || place >= (*header >> 8 & 0xFF) as usize {
            return None;
        }
        Some((header, place))
    }
}

/// As [`store_place`], the word to write the value to: a value that is new is entered in the order.
///
/// # Safety
/// As [`store_place`]; the caller writes a value.
pub unsafe fn store_entered(word: u64, cache: *const u16) -> Option<*mut u64> {
    // SAFETY: as said.
    unsafe {
        let (header, place) = store_place(word, cache)?;
        let slot = header.add(1 + place);
        if *slot == 0 {
            instance::enter_in_order(header, place);
        }
        Some(slot)
    }
}

/// STORE_ATTR_SLOT's fast path: the slot's word.
///
/// # Safety
/// The cache units are the instruction's.
#[inline(always)]
pub unsafe fn store_slot(word: u64, cache: *const u16) -> Option<*mut u64> {
    // SAFETY: the version says that a slot word is at this offset.
    unsafe { Some(with_version(word, cache)?.add(*cache.add(3) as usize).cast::<u64>().cast_mut()) }
}

/// LOAD_ATTR_PROPERTY's fast path: the getter, a Python function.
///
/// # Safety
/// The cache units are the instruction's.
#[inline(always)]
pub unsafe fn property_getter(word: u64, cache: *const u16) -> Option<*const Function> {
    // SAFETY: the property is alive as long as the version is good, its getter as long as the property keeps it.
    unsafe {
        with_version(word, cache)?;
        let property = read_u64(cache.add(5)) as *const Property;
        let getter = (*property).get.peek()?.as_ptr();
        ((*getter).kind() == Function::kind()).then_some(getter.cast())
    }
}

/// LOAD_ATTR_GETSET's function, if it is good for the object.
///
/// # Safety
/// The cache units are the instruction's.
#[inline(always)]
pub unsafe fn native_getter(word: u64, cache: *const u16) -> Option<NativeGetter> {
    // SAFETY: `specialise` wrote such a function there.
    unsafe {
        with_version(word, cache)?;
        Some(std::mem::transmute::<u64, NativeGetter>(read_u64(cache.add(5))))
    }
}

/// [object] → [what the getter gives]; whether it gave anything, the object is gone in any case.
///
/// # Safety
/// F1; an object on the heap is on top, of the getter's type.
#[inline(never)]
pub unsafe fn call_native_getter(vm: &Vm, mut sp: Sp, get: NativeGetter) -> (Sp, bool) {
    // SAFETY: as said.
    unsafe {
        let word = sp.pop_word();
        let owner = ManuallyDrop::new(Object::from_word(word & !4));
        let result = get(vm, &owner);
        drop_word(word);
        match result {
            Ok(value) => {
                sp.push(value);
                (sp, true)
            }
            Err(_) => (sp, false),
        }
    }
}

/// LOAD_ATTR_SLOT's fast path.
///
/// # Safety
/// The cache units are the instruction's.
#[inline(always)]
pub unsafe fn slot_value(word: u64, cache: *const u16) -> Option<Object> {
    // SAFETY: the version says that a slot word is at this offset.
    unsafe {
        let at = with_version(word, cache)?;
        clone_owned(*at.add(*cache.add(3) as usize).cast::<u64>())
    }
}

/// LOAD_ATTR_MODULE's fast path.
///
/// # Safety
/// The cache units are the instruction's.
#[inline(always)]
pub unsafe fn module_value(word: u64, cache: *const u16) -> Option<Object> {
    // SAFETY: a stack word.
    unsafe {
        let table = &super::items::exact::<Module>(word)?.dict_ref().table;
        let version = read_u32(cache.add(1));
        debug_assert!(version != 0, "a specialised instruction has a version");
        (table.version_now() == version).then(|| table.value_at(*cache.add(3) as usize))
    }
}

/// LOAD_ATTR_METHOD_WITH_VALUES's fast path: the function, when nothing in the instance hides it.
///
/// # Safety
/// The cache units are the instruction's.
#[inline(always)]
pub unsafe fn cached_method(word: u64, cache: *const u16) -> Option<Object> {
    // SAFETY: as above; the function is alive as long as the version is good.
    unsafe {
        let at = with_version(word, cache)?;
        let offset = *cache.add(4) as usize;
        if offset != 0 {
            let kind = (*at.cast::<heap::Head>()).kind().cast::<Type>();
            let header = *at.add(offset).cast::<u64>();
            if header & 1 == 0 || (*kind).shared_keys_len.get() != u32::from(*cache.add(3)) {
                return None;
            }
        }
        clone_owned(read_u64(cache.add(5)))
    }
}

/// LOAD_ATTR_CLASS's fast path: an attribute of the type that is the owner.
///
/// # Safety
/// The cache units are the instruction's.
#[inline(always)]
pub unsafe fn class_value(word: u64, cache: *const u16) -> Option<Object> {
    let kind = super::items::exact::<Type>(word)?;
    // SAFETY: the value is alive as long as the version is good.
    unsafe {
        let version = kind.version.get();
        if version == 0 || version != read_u32(cache.add(1)) {
            return None;
        }
        clone_owned(read_u64(cache.add(5)))
    }
}

/// LOAD_ATTR_CLASS_WITH_METACLASS_CHECK's fast path.
///
/// # Safety
/// The cache units are the instruction's.
#[inline(always)]
pub unsafe fn checked_class_value(word: u64, cache: *const u16) -> Option<Object> {
    if word & 3 != 0 {
        return None;
    }
    let owner = (word & !4) as *const heap::Head;
    // SAFETY: a live object of a live type; the metaclass's version says that the object is a type.
    unsafe {
        let meta = (*owner).kind().cast::<Type>();
        if (*meta).version.get() != read_u32(cache.add(3)) {
            return None;
        }
        let class = owner.cast::<Type>();
        if (*class).version.get() != read_u32(cache.add(1)) {
            return None;
        }
        clone_owned(read_u64(cache.add(5)))
    }
}

/// LOAD_ATTR's specialisation for the object at hand, where there is one.
///
/// # Safety
/// The state is that of the running frame.
#[inline(never)]
pub unsafe fn specialise_load(vm: &Vm, frame: *mut Frame, owner: u64, arg: u32, cache: *mut u16) {
    let name = &Frame::code(frame).names[(arg >> 1) as usize];
    // SAFETY: the instruction's cache units; a live owner.
    unsafe {
        if let Some(module) = super::items::exact::<Module>(owner) {
            return specialise::module(module, name, cache);
        }
        let bits = if arg & 1 == 1 { known::LOAD_METHOD } else { known::LOAD };
        if let Some(found) = vm.interp().known.find_or_make(owner, name, bits, specialise::load) {
            known::copy(found, cache, const { Op::LOAD_ATTR.caches() });
        }
    }
}

/// The attribute as the table of known ones has it: its word, owned, and whether it is a method that the owner is passed
/// to. 0 where the general way is needed. With `learn` what was not known becomes so.
///
/// # Safety
/// The state is that of the running frame.
#[inline(never)]
pub unsafe fn known_value(vm: &Vm, frame: *mut Frame, owner: u64, arg: u32, learn: bool) -> (u64, bool) {
    let name = &Frame::code(frame).names[(arg >> 1) as usize];
    let bits = if arg & 1 == 1 { known::LOAD_METHOD } else { known::LOAD };
    // SAFETY: an entry's units are as those of an instruction.
    unsafe {
        let table = &vm.interp().known;
        let cache = match table.find(owner, name, bits) {
            Some(cache) => cache,
            None if !learn => return (0, false),
            None => match table.find_or_make(owner, name, bits, specialise::load) {
                Some(cache) => cache,
                None => return (0, false),
            },
        };
        let value = match Op::from_u8(*cache.sub(1) as u8) {
            Some(Op::LOAD_ATTR_INSTANCE_VALUE) => {
                instance_value(owner, cache).or_else(|| dict_value(owner, cache, name))
            }
            Some(op @ (Op::LOAD_ATTR_METHOD_WITH_VALUES | Op::LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES)) => {
                match cached_method(owner, cache) {
                    Some(found) => return (found.into_word(), op == Op::LOAD_ATTR_METHOD_WITH_VALUES),
                    None => None,
                }
            }
            Some(Op::LOAD_ATTR_SLOT) => slot_value(owner, cache),
            Some(Op::LOAD_ATTR_CLASS) => class_value(owner, cache),
            Some(Op::LOAD_ATTR_CLASS_WITH_METACLASS_CHECK) => checked_class_value(owner, cache),
            // These compute, which the general way does.
            Some(Op::LOAD_ATTR_GETSET | Op::LOAD_ATTR_PROPERTY) => return (0, false),
            _ => None,
        };
        if value.is_none() {
            known::failed(cache);
        }
        (value.map_or(0, Object::into_word), false)
    }
}

/// STORE_ATTR's word to write to as the table of known attributes has it; null where the general way is needed.
///
/// # Safety
/// The state is that of the running frame; the caller writes a value.
#[inline(never)]
pub unsafe fn known_place(vm: &Vm, frame: *mut Frame, owner: u64, arg: u32) -> *mut u64 {
    let name = &Frame::code(frame).names[arg as usize];
    // SAFETY: an entry's units are as those of an instruction.
    unsafe {
        let Some(cache) = vm.interp().known.find(owner, name, known::STORE) else { return std::ptr::null_mut() };
        let place = match Op::from_u8(*cache.sub(1) as u8) {
            Some(Op::STORE_ATTR_INSTANCE_VALUE) => store_entered(owner, cache),
            Some(Op::STORE_ATTR_SLOT) => store_slot(owner, cache),
            _ => None,
        };
        if place.is_none() {
            known::failed(cache);
        }
        place.unwrap_or(std::ptr::null_mut())
    }
}

/// STORE_ATTR's specialisation, where what is known of the attribute has one.
///
/// # Safety
/// The state is that of the running frame.
#[inline(never)]
pub unsafe fn specialise_known_store(vm: &Vm, frame: *mut Frame, owner: u64, arg: u32, cache: *mut u16) {
    let name = &Frame::code(frame).names[arg as usize];
    // SAFETY: the instruction's cache units; a live owner.
    unsafe {
        if let Some(found) = vm.interp().known.find(owner, name, known::STORE) {
            known::copy(found, cache, const { Op::STORE_ATTR.caches() });
        }
    }
}

/// LOAD_ATTR the general way.
pub fn load(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    load_generic(vm, sp, &Frame::code(frame).names[(arg >> 1) as usize].clone(), arg & 1 == 1)
}

fn load_generic(vm: &Vm, sp: &mut Sp, name: &Ref<Str>, method: bool) -> Done {
    let owner = sp.pop();
    if !method {
        let value = attr::getattr(vm, &owner, name)?;
        sp.push(value);
        return Ok(());
    }
    let (function, takes_self) = attr::get_method(vm, &owner, name)?;
    sp.push(function);
    if takes_self {
        sp.push(owner.into_object());
    } else {
        sp.push_null();
    }
    Ok(())
}

/// STORE_ATTR the general way. With `cache` the attribute becomes known, and the instruction is specialised for it.
pub fn store(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32, cache: *mut u16) -> Done {
    let name = Frame::code(frame).names[arg as usize].clone();
    let (owner, value) = (sp.pop(), sp.pop());
    match type_of(&owner).slots.setattr.get() {
        Some(set) => set(vm, &owner, &name, Some(&value))?,
        None => return Err(attr::no_attribute(vm, &owner, &name)),
    }
    if !cache.is_null() {
        // SAFETY: the instruction's cache units; the owner is alive.
        unsafe {
            if let Some(found) = vm.interp().known.find_or_make(owner.word(), &name, known::STORE, specialise::store) {
                known::copy(found, cache, const { Op::STORE_ATTR.caches() });
            }
        }
    }
    Ok(())
}

pub fn delete(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let owner = sp.pop();
    attr::setattr(vm, &owner, &name_of(frame, arg), None)
}

/// [super, class, self] → attribute (and NULL or self).
pub fn load_super(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let name = name_of(frame, arg >> 2);
    let (this, class, super_) = (sp.pop(), sp.pop(), sp.pop());
    let method = arg & 1 == 1;
    if super_.is(crate::builtins::super_::Super::class().as_object())
        && let Some(kind) = class.cast::<Type>()
    {
        if method && let Some(function) = crate::builtins::super_::super_method(kind, &this, &name) {
            sp.push(function);
            sp.push(this.into_object());
            return Ok(());
        }
        let value = crate::builtins::super_::super_attribute(vm, kind, &this, &name)?;
        sp.push(value);
    } else {
        let args: &[Object] = if arg & 2 == 2 { &[class.clone(), this.clone()] } else { &[] };
        let object = crate::protocol::call::call(vm, &super_, args)?;
        let value = attr::getattr(vm, &object, &name)?;
        sp.push(value);
    }
    if method {
        sp.push_null();
    }
    Ok(())
}

/// The name that LOAD_SPECIAL's operand stands for.
#[inline(always)]
fn special_name(vm: &Vm, arg: u32) -> &Ref<Str> {
    let names = vm.names();
    match arg {
        0 => names.__enter__(),
        1 => names.__exit__(),
        2 => names.__aenter__(),
        _ => names.__aexit__(),
    }
}

/// LOAD_SPECIAL's method, owned, if it is known to be one that takes the owner; else 0.
///
/// # Safety
/// F1; the owner is a stack word.
#[inline(never)]
pub unsafe fn known_special(vm: &Vm, owner: u64, arg: u32) -> u64 {
    // SAFETY: an entry's units are as those of an instruction.
    unsafe {
        let cache = match vm.interp().known.find(owner, special_name(vm, arg), known::LOAD_METHOD) {
            Some(cache) if *cache.sub(1) as u8 == Op::LOAD_ATTR_METHOD_WITH_VALUES as u8 => cache,
            _ => return 0,
        };
        cached_method(owner & !4, cache).map_or(0, Object::into_word)
    }
}

/// `with`'s special methods: [manager] → [method, self or NULL].
pub fn load_special(vm: &Vm, _: *mut Frame, sp: &mut Sp, arg: u32) -> Done {
    let owner = sp.pop();
    let name = special_name(vm, arg);
    // What is known as a method that no instance hides is what the type has.
    // SAFETY: the owner is alive.
    let method = unsafe {
        vm.interp().known.find_or_make(owner.word(), name, known::LOAD_METHOD, specialise::load);
        known_special(vm, owner.word(), arg)
    };
    if method != 0 {
        sp.push_word(method);
        sp.push(owner.into_object());
        return Ok(());
    }
    let kind = type_of(&owner).clone();
    let Some(method) = attr::lookup(&kind, name) else {
        return Err(no_special(vm, &kind, arg));
    };
    if type_of(&method).has_flag(flags::METHOD_DESCRIPTOR) {
        sp.push(method);
        sp.push(owner.into_object());
        return Ok(());
    }
    let bound = match type_of(&method).slots.descr_get.get() {
        Some(get) => get(vm, &method, Some(&owner), Some(kind.as_object()))?,
        None => method,
    };
    sp.push(bound);
    sp.push_null();
    Ok(())
}

#[cold]
fn no_special(vm: &Vm, kind: &Type, arg: u32) -> Raised {
    let name = kind.tp_name();
    let has = |n: &Name| attr::lookup(kind, n).is_some();
    let names = vm.names();
    let is_async = has(names.__aenter__()) && has(names.__aexit__());
    let is_sync = has(names.__enter__()) && has(names.__exit__());
    match arg {
        0 if is_async => raise!(
            vm,
            TypeError,
            "'{name}' object does not support the context manager protocol (missed __enter__ method) but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?"
        ),
        0 => raise!(
            vm,
            TypeError,
            "'{name}' object does not support the context manager protocol (missed __enter__ method)"
        ),
        1 if is_async => raise!(
            vm,
            TypeError,
            "'{name}' object does not support the context manager protocol (missed __exit__ method) but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?"
        ),
        1 => raise!(
            vm,
            TypeError,
            "'{name}' object does not support the context manager protocol (missed __exit__ method)"
        ),
        2 if is_sync => raise!(
            vm,
            TypeError,
            "'{name}' object does not support the asynchronous context manager protocol (missed __aenter__ method) but it supports the context manager protocol. Did you mean to use 'with'?"
        ),
        2 => raise!(
            vm,
            TypeError,
            "'{name}' object does not support the asynchronous context manager protocol (missed __aenter__ method)"
        ),
        _ if is_sync => raise!(
            vm,
            TypeError,
            "'{name}' object does not support the asynchronous context manager protocol (missed __aexit__ method) but it supports the context manager protocol. Did you mean to use 'with'?"
        ),
        _ => raise!(
            vm,
            TypeError,
            "'{name}' object does not support the asynchronous context manager protocol (missed __aexit__ method)"
        ),
    }
}
