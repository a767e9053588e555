//! Attributes, by what their inline cache knows (see `interp::attr`).

use crate::interp::attr;
use crate::interp::cache::{is_due_again, missed};
use crate::interp::call;
use crate::interp::dispatch::release;
use crate::interp::state::own_word;
use crate::object::instance;
use bytecode::Op;

const LOAD: isize = Op::LOAD_ATTR.caches() as isize;
const STORE: isize = Op::STORE_ATTR.caches() as isize;
/// In an operand, above the argument: what was not known is to be learnt.
const LEARN: u64 = 1 << 32;
/// Where the place lies in the operand of [`store_first`]; addresses have fewer bits.
const PLACE: u32 = 56;
const SUPER: isize = Op::LOAD_SUPER_ATTR.caches() as isize;

/// LOAD_ATTR with a cache of its own: what `$cached` finds replaces the owner, a miss goes the general way.
macro_rules! cached_load {
    ($vm:ident, $s:ident, $arg:ident, $cached:path) => {{
        let owner = $s.sp.peek_word(1);
        if let Some(value) = $cached(owner, $s.ip) {
            $s.sp.set_word(1, value.into_word());
            if $arg & 1 == 1 {
                $s.sp.push_null();
            }
            $s.skip(LOAD);
            // A value was found: the owner is an object on the heap.
            if owner & 4 == 0 && (*(owner as *const heap::Head)).decref() {
                instead!($vm, $s, release, owner)
            }
            next!($vm, $s)
        }
        instead!($vm, $s, load_missed, $arg)
    }};
}

/// The end of a STORE_ATTR with a cache of its own: the value goes to the word at `$place`.
macro_rules! store_word {
    ($vm:ident, $s:ident, $owner:expr, $place:expr) => {{
        $s.sp.pop_word();
        let value = own_word($s.sp.pop_word());
        let old = std::mem::replace(&mut *$place, value);
        $s.skip(STORE);
        if $owner & 7 == 0 {
            $s.sp.push_word($owner);
            instead!($vm, $s, super::stack::drop_two, old)
        }
        drop_next!($vm, $s, old)
    }};
}

handlers! {
    LOAD_ATTR(vm, s, arg) {
        if is_due_again(s.cache()) {
            instead!(vm, s, choose_load, arg)
        }
        instead!(vm, s, load_known, arg)
    }

    LOAD_ATTR_INSTANCE_VALUE(vm, s, arg) {
        cached_load!(vm, s, arg, attr::instance_value)
    }

    LOAD_ATTR_SLOT(vm, s, arg) {
        cached_load!(vm, s, arg, attr::slot_value)
    }

    LOAD_ATTR_MODULE(vm, s, arg) {
        cached_load!(vm, s, arg, attr::module_value)
    }

    LOAD_ATTR_CLASS(vm, s, arg) {
        cached_load!(vm, s, arg, attr::class_value)
    }

    LOAD_ATTR_CLASS_WITH_METACLASS_CHECK(vm, s, arg) {
        cached_load!(vm, s, arg, attr::checked_class_value)
    }

    LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES(vm, s, arg) {
        cached_load!(vm, s, arg, attr::cached_method)
    }

    LOAD_ATTR_PROPERTY(vm, s, arg) {
        let Some(getter) = attr::property_getter(s.sp.peek_word(1), s.ip) else {
            instead!(vm, s, load_missed, arg)
        };
        called!(vm, s, call::call_getter(vm, s.frame, s.ip, s.sp, getter), LOAD);
    }

    LOAD_ATTR_GETSET(vm, s, arg) {
        let Some(getter) = attr::native_getter(s.sp.peek_word(1), s.ip) else {
            instead!(vm, s, load_missed, arg)
        };
        (*s.frame).ip = s.ip;
        let (sp, good) = attr::call_native_getter(vm, s.sp, getter);
        s.sp = sp;
        if !good {
            fail!(vm, s)
        }
        if arg & 1 == 1 {
            s.sp.push_null();
        }
        s.skip(LOAD);
    }

    LOAD_ATTR_METHOD_WITH_VALUES(vm, s, arg) {
        let owner = s.sp.peek_word(1);
        if let Some(function) = attr::cached_method(owner, s.ip) {
            s.sp.set_word(1, function.into_word());
            s.sp.push_word(owner);
            s.skip(LOAD);
            next!(vm, s)
        }
        instead!(vm, s, load_missed, arg)
    }

    STORE_ATTR(vm, s, arg) {
        if is_due_again(s.cache()) {
            instead!(vm, s, choose_attr_store, arg)
        }
        instead!(vm, s, store_known, arg)
    }

    STORE_ATTR_INSTANCE_VALUE(vm, s, arg) {
        let owner = s.sp.peek_word(1);
        if let Some((header, place)) = attr::store_place(owner, s.ip) {
            let slot = header.add(1 + place);
            if *slot == 0 {
                instead!(vm, s, store_first, header as u64 | (place as u64) << PLACE)
            }
            store_word!(vm, s, owner, slot)
        }
        instead!(vm, s, store_missed, arg)
    }

    STORE_ATTR_SLOT(vm, s, arg) {
        let owner = s.sp.peek_word(1);
        if let Some(slot) = attr::store_slot(owner, s.ip) {
            store_word!(vm, s, owner, slot)
        }
        instead!(vm, s, store_missed, arg)
    }

    DELETE_ATTR(vm, s, arg) {
        slow!(vm, s, attr::delete, arg);
    }

    LOAD_SUPER_ATTR(vm, s, arg) {
        slow!(vm, s, attr::load_super, arg);
        s.skip(SUPER);
    }

    LOAD_SPECIAL(vm, s, arg) {
        let owner = s.sp.peek_word(1);
        let method = attr::known_special(vm, owner, arg);
        if method != 0 {
            s.sp.set_word(1, method);
            s.sp.push_word(owner);
            next!(vm, s)
        }
        slow!(vm, s, attr::load_special, arg);
    }
}

continuations! {
    /// STORE_ATTR_INSTANCE_VALUE of an attribute that the object does not have yet: it is entered in the order. The
    /// operand is the header's address and, above it, the place.
    store_first(vm, s, at) {
        let (header, place) = ((at & ((1 << PLACE) - 1)) as *mut u64, (at >> PLACE) as usize);
        let owner = s.sp.peek_word(1);
        instance::enter_in_order(header, place);
        store_word!(vm, s, owner, header.add(1 + place))
    }

    /// LOAD_ATTR that is due to be specialised.
    choose_load(vm, s, arg) {
        attr::specialise_load(vm, s.frame, s.sp.peek_word(1), arg as u32, s.cache());
        instead!(vm, s, load_known, arg)
    }

    /// STORE_ATTR that is due to be specialised.
    choose_attr_store(vm, s, arg) {
        attr::specialise_known_store(vm, s.frame, s.sp.peek_word(1), arg as u32, s.cache());
        instead!(vm, s, store_known, arg | LEARN)
    }

    /// A form of LOAD_ATTR whose guard failed.
    load_missed(vm, s, operand) {
        missed(s.cache(), Op::LOAD_ATTR);
        instead!(vm, s, load_known, operand | LEARN)
    }

    /// LOAD_ATTR by the table of what is known, or else the general way.
    load_known(vm, s, operand) {
        let owner = s.sp.peek_word(1);
        let (value, is_method) = attr::known_value(vm, s.frame, owner, operand as u32, operand & LEARN != 0);
        if value != 0 {
            s.sp.set_word(1, value);
            s.skip(LOAD);
            if is_method {
                s.sp.push_word(owner);
                next!(vm, s)
            }
            if operand & 1 == 1 {
                s.sp.push_null();
            }
            drop_next!(vm, s, owner)
        }
        let arg = operand as u32;
        slow!(vm, s, attr::load, arg);
        s.skip(LOAD);
    }

    /// A form of STORE_ATTR whose guard failed.
    store_missed(vm, s, operand) {
        missed(s.cache(), Op::STORE_ATTR);
        instead!(vm, s, store_known, operand | LEARN)
    }

    /// STORE_ATTR by the table of what is known, or else the general way.
    store_known(vm, s, operand) {
        let arg = operand as u32;
        let cache = if operand & LEARN != 0 { s.cache() } else { std::ptr::null_mut() };
        let owner = s.sp.peek_word(1);
        let place = attr::known_place(vm, s.frame, owner, arg);
        if !place.is_null() {
            s.sp.pop_word();
            let value = own_word(s.sp.pop_word());
            let old = std::mem::replace(&mut *place, value);
            s.skip(STORE);
            s.sp.push_word(owner);
            instead!(vm, s, super::stack::drop_two, old)
        }
        slow!(vm, s, attr::store, arg, cache);
        s.skip(STORE);
    }
}
