//! Choosing the form of LOAD_ATTR and STORE_ATTR for what lies where: fills cache units as [`super::attr`] reads them.

use super::cache::{set_op, write_u32, write_u64};
use crate::builtins::descriptors::Property;
use crate::builtins::module::Module;
use crate::frame::function::Function;
use crate::native::{GetSetDescr, MemberDescr};
use crate::object::{attr, instance, mro, same_slot, type_of};
use crate::prelude::*;
use bytecode::Op;

/// LOAD_ATTR_MODULE for a module that has the attribute.
///
/// # Safety
/// The cache units are a LOAD_ATTR's.
pub unsafe fn module(module: &Module, name: &Ref<Str>, cache: *mut u16) {
    let dict = module.dict();
    if let Some(at) = dict.table.find_str(name.hash_value(), name, Str::kind())
        && let Ok(at) = u16::try_from(at)
    {
        // SAFETY: the instruction's cache units.
        unsafe {
            write_u32(cache.add(1), dict.table.version());
            *cache.add(3) = at;
            set_op(cache, Op::LOAD_ATTR_MODULE);
        }
    }
}

/// Chooses a form of LOAD_ATTR for the object at hand; none fits: the instruction stays general.
///
/// # Safety
/// The cache units are a LOAD_ATTR's.
pub unsafe fn load(owner: &Object, name: &Ref<Str>, method: bool, cache: *mut u16) {
    // SAFETY: the cache units of a LOAD_ATTR.
    unsafe {
        if !owner.is_heap() {
            return;
        }
        if let Some(class) = owner.cast::<Type>() {
            return class_load(class, name, cache);
        }
        let kind = type_of(owner);
        if !attr::is_plain(kind) || owner.is_instance_of::<Module>() {
            return;
        }
        let version = mro::version(kind);
        if version == 0 {
            return;
        }
        let found = attr::lookup(kind, name);
        let header = instance::header_offset(kind);
        match found {
            Some(descriptor) => {
                if let Some((member, index)) =
                    descriptor.cast_exact::<MemberDescr>().and_then(|m| Some((m, m.slot_index()?)))
                {
                    if kind.is_subtype(&member.owner) && kind.base_head.item_size.get() == 0 {
                        let offset = kind.base_head.basic_size.get() as usize + index * 8;
                        if let Ok(offset) = u16::try_from(offset) {
                            write_u32(cache.add(1), version);
                            *cache.add(3) = offset;
                            set_op(cache, Op::LOAD_ATTR_SLOT);
                        }
                    }
                    return;
                }
                let getter = match descriptor.cast_exact::<GetSetDescr>() {
                    Some(getset) => getset.getter_for(kind),
                    None => descriptor.cast_exact::<MemberDescr>().and_then(|member| member.getter_for(kind)),
                };
                if let Some(getter) = getter {
                    write_u32(cache.add(1), version);
                    write_u64(cache.add(5), getter as usize as u64);
                    set_op(cache, Op::LOAD_ATTR_GETSET);
                    return;
                }
                if descriptor.is_exact::<Property>() && !method {
                    write_u32(cache.add(1), version);
                    write_u64(cache.add(5), descriptor.word());
                    set_op(cache, Op::LOAD_ATTR_PROPERTY);
                    return;
                }
                let plain_function = type_of(&descriptor).has_flag(flags::METHOD_DESCRIPTOR);
                let plain_value = type_of(&descriptor).slots.descr_get.get().is_none();
                if method && plain_function || plain_value {
                    // Types that keep a dict of their own (functions) are left alone.
                    if kind.has_attrs.get() && header.is_none() || has_foreign_dict(owner) {
                        return;
                    }
                    if instance::place_of(kind, name).is_some() {
                        return;
                    }
                    let Ok(offset) = u16::try_from(header.unwrap_or(0)) else { return };
                    write_u32(cache.add(1), version);
                    *cache.add(3) = kind.shared_keys_len.get() as u16;
                    *cache.add(4) = offset;
                    write_u64(cache.add(5), descriptor.word());
                    set_op(
                        cache,
                        if plain_value {
                            Op::LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES
                        } else {
                            Op::LOAD_ATTR_METHOD_WITH_VALUES
                        },
                    );
                }
            }
            None => {
                let (Some(header), Some(place)) = (header, instance::place_of(kind, name)) else { return };
                let (Ok(header), Ok(place)) = (u16::try_from(header), u16::try_from(place)) else { return };
                write_u32(cache.add(1), version);
                *cache.add(3) = place;
                *cache.add(4) = header;
                set_op(cache, Op::LOAD_ATTR_INSTANCE_VALUE);
            }
        }
    }
}

/// An attribute of a class that nothing in the metaclass takes precedence over, and that is no descriptor or one that
/// gives itself.
unsafe fn class_load(class: &Ref<Type>, name: &Ref<Str>, cache: *mut u16) {
    let meta = type_of(class.as_object());
    let overridden = attr::lookup(meta, name).is_some_and(|found| type_of(&found).slots.descr_set.get().is_some());
    if !attr::is_plain_meta(meta) || overridden {
        return;
    }
    let (version, meta_version) = (mro::version(class), mro::version(meta));
    let Some(found) = attr::lookup(class, name).filter(|_| version != 0 && meta_version != 0) else { return };
    let kind = type_of(&found);
    if kind.slots.descr_get.get().is_some() && !kind.has_flag(flags::METHOD_DESCRIPTOR) {
        return;
    }
    // SAFETY: the cache units of a LOAD_ATTR.
    unsafe {
        write_u32(cache.add(1), version);
        write_u64(cache.add(5), found.word());
        if meta.is(Type::class()) {
            set_op(cache, Op::LOAD_ATTR_CLASS);
        } else {
            write_u32(cache.add(3), meta_version);
            set_op(cache, Op::LOAD_ATTR_CLASS_WITH_METACLASS_CHECK);
        }
    }
}

fn has_foreign_dict(object: &Object) -> bool {
    object.is_instance_of::<Function>() || object.is_instance_of::<Module>()
}

/// Chooses a form of STORE_ATTR for the object at hand.
///
/// # Safety
/// The cache units are a STORE_ATTR's.
pub unsafe fn store(owner: &Object, name: &Ref<Str>, _: bool, cache: *mut u16) {
    let kind = type_of(owner);
    if !same_slot!(kind, crate::builtins::object::BaseObject::class(), setattr) {
        return;
    }
    if let Some(found) = attr::lookup(kind, name) {
        if let Some(member) = found.cast_exact::<MemberDescr>()
            && let Some(index) = member.slot_index()
            && kind.is_subtype(&member.owner)
            && kind.base_head.item_size.get() == 0
            && let Ok(offset) = u16::try_from(kind.base_head.basic_size.get() as usize + index * 8)
        {
            let version = mro::version(kind);
            if version != 0 {
                // SAFETY: the instruction's cache units.
                unsafe {
                    write_u32(cache.add(1), version);
                    *cache.add(3) = offset;
                    set_op(cache, Op::STORE_ATTR_SLOT);
                }
            }
        }
        return;
    }
    let (Some(header), Some(place)) = (instance::header_offset(kind), instance::place_of(kind, name)) else { return };
    let version = mro::version(kind);
    if version == 0 || header % 8 != 0 || header / 8 > 255 || place > 255 {
        return;
    }
    // SAFETY: the instruction's cache units.
    unsafe {
        write_u32(cache.add(1), version);
        *cache.add(3) = ((header / 8) << 8 | place) as u16;
        set_op(cache, Op::STORE_ATTR_INSTANCE_VALUE);
    }
}
