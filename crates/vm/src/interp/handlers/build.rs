//! Building, unpacking, matching and formatting.

use crate::builtins::set::Set;
use crate::frame::drop_word;
use crate::interp::state::own_word;
use crate::interp::{intrinsic, items, matching, ops};
use crate::prelude::*;
use bytecode::Op;

const UNPACK: isize = Op::UNPACK_SEQUENCE.caches() as isize;

handlers! {
    BUILD_LIST(vm, s, arg) {
        slow!(vm, s, ops::build_list, arg);
    }

    BUILD_TUPLE(vm, s, arg) {
        slow!(vm, s, ops::build_tuple, arg);
    }

    BUILD_MAP(vm, s, arg) {
        slow!(vm, s, ops::build_map, arg);
    }

    BUILD_SET(vm, s, arg) {
        slow!(vm, s, ops::build_set, arg);
    }

    BUILD_STRING(vm, s, arg) {
        slow!(vm, s, ops::build_string, arg);
    }

    BUILD_SLICE(vm, s, arg) {
        slow!(vm, s, ops::build_slice, arg);
    }

    BUILD_TEMPLATE(vm, s) {
        slow!(vm, s, intrinsic::build_template);
    }

    BUILD_INTERPOLATION(vm, s, arg) {
        slow!(vm, s, intrinsic::build_interpolation, arg);
    }

    LIST_APPEND(vm, s, arg) {
        let word = s.sp.peek_word(1);
        match items::exact::<List>(s.sp.peek_word(arg as usize + 1)) {
            Some(list) if list.items.has_room() => {
                s.sp.pop_word();
                list.items.push_within(Object::from_word(own_word(word)));
            }
            _ => instead!(vm, s, append_growing, arg),
        }
    }

    LIST_EXTEND(vm, s, arg) {
        slow!(vm, s, ops::list_extend, arg);
    }

    SET_ADD(vm, s, arg) {
        let word = s.sp.peek_word(1);
        if let Some(set) = items::exact::<Set>(s.sp.peek_word(arg as usize + 1))
            && items::add_to_set(&set.table, word)
        {
            s.sp.0 = s.sp.0.sub(1);
            drop_next!(vm, s, word)
        }
        instead!(vm, s, add_compared, arg)
    }

    SET_UPDATE(vm, s, arg) {
        slow!(vm, s, ops::set_update, arg);
    }

    MAP_ADD(vm, s, arg) {
        let (value, key) = (s.sp.peek_word(1), s.sp.peek_word(2));
        if let Some(dict) = items::exact::<Dict>(s.sp.peek_word(arg as usize + 2)) {
            let (stored, old) = items::set_item(dict, key, value);
            if stored {
                s.sp.0 = s.sp.0.sub(2);
                // The dict holds the key, or one that is equal.
                drop_word(key);
                drop_next!(vm, s, old)
            }
        }
        instead!(vm, s, map_compared, arg)
    }

    DICT_UPDATE(vm, s, arg) {
        slow!(vm, s, ops::dict_update, arg);
    }

    DICT_MERGE(vm, s, arg) {
        slow!(vm, s, ops::dict_merge, arg);
    }

    UNPACK_SEQUENCE(vm, s, arg) {
        let word = s.sp.peek_word(1);
        if arg == 2 && items::exact::<Tuple>(word).is_some_and(|tuple| tuple.len() == 2) {
            instead!(vm, s, UNPACK_SEQUENCE_TWO_TUPLE, arg)
        }
        if items::exact::<Tuple>(word).is_some_and(|tuple| tuple.len() == arg as usize) {
            instead!(vm, s, UNPACK_SEQUENCE_TUPLE, arg)
        }
        if items::exact::<List>(word).is_some_and(|list| list.items.len() == arg as usize) {
            instead!(vm, s, UNPACK_SEQUENCE_LIST, arg)
        }
        instead!(vm, s, unpack, arg)
    }

    UNPACK_SEQUENCE_LIST(vm, s, arg) {
        let word = s.sp.pop_word();
        if let Some(list) = items::exact::<List>(word)
            && list.items.len() == arg as usize
        {
            for item in list.items.as_slice().iter().rev() {
                s.sp.push(item.clone());
            }
            s.skip(UNPACK);
            drop_next!(vm, s, word)
        }
        s.sp.push_word(own_word(word));
        instead!(vm, s, UNPACK_SEQUENCE, arg)
    }

    UNPACK_SEQUENCE_TWO_TUPLE(vm, s, arg) {
        let word = s.sp.pop_word();
        if let Some(tuple) = items::exact::<Tuple>(word)
            && let [first, second] = tuple.items()
        {
            s.sp.push(second.clone());
            s.sp.push(first.clone());
            s.skip(UNPACK);
            drop_next!(vm, s, word)
        }
        s.sp.push_word(own_word(word));
        instead!(vm, s, UNPACK_SEQUENCE, arg)
    }

    UNPACK_SEQUENCE_TUPLE(vm, s, arg) {
        let word = s.sp.pop_word();
        if let Some(tuple) = items::exact::<Tuple>(word)
            && tuple.len() == arg as usize
        {
            for item in tuple.items().iter().rev() {
                s.sp.push(item.clone());
            }
            s.skip(UNPACK);
            drop_next!(vm, s, word)
        }
        s.sp.push_word(own_word(word));
        instead!(vm, s, UNPACK_SEQUENCE, arg)
    }

    UNPACK_EX(vm, s, arg) {
        slow!(vm, s, ops::unpack_ex, arg);
    }

    FORMAT_SIMPLE(vm, s) {
        let word = s.sp.peek_word(1);
        if items::exact::<Str>(word).is_none() {
            instead!(vm, s, format, 0u32)
        }
    }

    FORMAT_WITH_SPEC(vm, s) {
        slow!(vm, s, ops::format_with_spec);
    }

    CONVERT_VALUE(vm, s, arg) {
        slow!(vm, s, ops::convert_value, arg);
    }

    GET_LEN(vm, s) {
        let len = items::plain_len(s.sp.peek_word(1));
        if len > i32::MAX as usize {
            instead!(vm, s, len_of_any, 0u32)
        }
        s.sp.push_word((len as u64) << 1 | 1);
    }

    MATCH_MAPPING(vm, s) {
        truth!(vm, s, 0, 0, items::has_flag(s.sp.peek_word(1), flags::MAPPING))
    }

    MATCH_SEQUENCE(vm, s) {
        truth!(vm, s, 0, 0, items::has_flag(s.sp.peek_word(1), flags::SEQUENCE))
    }

    MATCH_KEYS(vm, s) {
        slow!(vm, s, matching::match_keys);
    }

    MATCH_CLASS(vm, s, arg) {
        slow!(vm, s, matching::match_class, arg);
    }
}

continuations! {
    /// LIST_APPEND where the list has no room left.
    append_growing(vm, s, arg) {
        slow!(vm, s, ops::list_append, arg as u32);
    }

    /// GET_LEN of what is not a built-in container.
    len_of_any(vm, s) {
        slow!(vm, s, matching::get_len);
    }

    /// SET_ADD where keys must be compared.
    add_compared(vm, s, arg) {
        slow!(vm, s, ops::set_add, arg as u32);
    }

    /// MAP_ADD where keys must be compared.
    map_compared(vm, s, arg) {
        slow!(vm, s, ops::map_add, arg as u32);
    }

    /// UNPACK_SEQUENCE of anything but a pair.
    unpack(vm, s, arg) {
        slow!(vm, s, ops::unpack_sequence, arg as u32);
        s.skip(UNPACK);
    }

    /// FORMAT_SIMPLE of anything but a string.
    format(vm, s) {
        slow!(vm, s, ops::format_simple);
    }
}
