//! Operations on any object.

use crate::builtins::none::{self, is_not_implemented};
pub use crate::object::attr::{getattr, getattr_opt, setattr};
use crate::object::{attr, slot_table, type_of};
use crate::prelude::*;
use crate::protocol::{call, iter};

/// The number that `id()` gives: the address, or the word of an immediate.
pub fn address(object: &Object) -> u64 {
    object.word()
}

/// `repr(object)`.
pub fn repr(vm: &Vm, object: &Object) -> Result<Ref<Str>> {
    vm.check_stack(" while getting the repr of an object")?;
    let Some(slot) = type_of(object).slots.repr.get() else {
        return Ok(Str::new(&format!("<{} object at {:#x}>", type_of(object).tp_name(), address(object))));
    };
    let result = slot(vm, object)?;
    match result.cast::<Str>() {
        Some(text) => Ok(text.clone()),
        None => Err(raise!(vm, TypeError, "__repr__ returned non-string (type {})", type_of(&result).tp_name())),
    }
}

/// `str(object)`.
pub fn str(vm: &Vm, object: &Object) -> Result<Ref<Str>> {
    if let Some(text) = object.cast_exact::<Str>() {
        return Ok(text.clone());
    }
    let Some(slot) = type_of(object).slots.str.get() else { return repr(vm, object) };
    vm.check_stack(" while getting the str of an object")?;
    let result = slot(vm, object)?;
    match result.cast::<Str>() {
        Some(text) => Ok(text.clone()),
        None => Err(raise!(vm, TypeError, "__str__ returned non-string (type {})", type_of(&result).tp_name())),
    }
}

/// `ascii(object)`.
pub fn ascii(vm: &Vm, object: &Object) -> Result<Ref<Str>> {
    let text = repr(vm, object)?;
    if text.is_ascii() {
        return Ok(text);
    }
    Str::from_buf(vm, vm.memory(text::repr::escape_non_ascii(text.units()).map_err(|_| heap::OutOfMemory))?)
}

/// `bool(object)`.
#[inline]
pub fn is_true(vm: &Vm, object: &Object) -> Result<bool> {
    if let Some(int) = object.as_small_int() {
        return Ok(int != 0);
    }
    let (yes, no, nothing) = none::truth_words();
    match object.word() {
        w if w == yes => return Ok(true),
        w if w == no || w == nothing => return Ok(false),
        _ => {}
    }
    let slots = &type_of(object).slots;
    if let Some(truth) = slots.bool.get() {
        return truth(vm, object);
    }
    match slots.len.get() {
        Some(len) => Ok(len(vm, object)? != 0),
        None => Ok(true),
    }
}

/// `hash(object)`.
#[inline]
pub fn hash(vm: &Vm, object: &Object) -> Result<i64> {
    if let Some(n) = object.as_small_int() {
        return Ok(number::int::hash_i64(n));
    }
    if let Some(text) = object.cast_exact::<Str>() {
        return Ok(text.hash_value());
    }
    match type_of(object).slots.hash.get() {
        Some(slot) => slot(vm, object),
        None => slot_table::hash_not_implemented(vm, object),
    }
}

/// `a op b` for the six comparisons.
pub fn compare(vm: &Vm, a: &Object, b: &Object, op: CompareOp) -> Result<Object> {
    vm.check_stack(" in comparison")?;
    let (left, right) = (type_of(a), type_of(b));
    let mut reversed = false;
    if !left.is(right)
        && right.is_subtype(left)
        && let Some(slot) = right.slots.richcompare.get()
    {
        reversed = true;
        let result = slot(vm, b, a, swapped(op))?;
        if !is_not_implemented(&result) {
            return Ok(result);
        }
    }
    if let Some(slot) = type_of(a).slots.richcompare.get() {
        let result = slot(vm, a, b, op)?;
        if !is_not_implemented(&result) {
            return Ok(result);
        }
    }
    if !reversed && let Some(slot) = type_of(b).slots.richcompare.get() {
        let result = slot(vm, b, a, swapped(op))?;
        if !is_not_implemented(&result) {
            return Ok(result);
        }
    }
    match op {
        CompareOp::Eq => Ok(a.is(b).object()),
        CompareOp::Ne => Ok((!a.is(b)).object()),
        _ => Err(raise!(
            vm,
            TypeError,
            "'{}' not supported between instances of '{}' and '{}'",
            op.symbol(),
            type_of(a).tp_name(),
            type_of(b).tp_name()
        )),
    }
}

/// The comparison that gives the same answer with the operands swapped.
pub fn swapped(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::Le => CompareOp::Ge,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::Ge => CompareOp::Le,
        CompareOp::Eq | CompareOp::Ne => op,
    }
}

/// Whether an ordering satisfies the comparison.
pub fn holds(op: CompareOp, ordering: std::cmp::Ordering) -> bool {
    match op {
        CompareOp::Lt => ordering.is_lt(),
        CompareOp::Le => ordering.is_le(),
        CompareOp::Eq => ordering.is_eq(),
        CompareOp::Ne => ordering.is_ne(),
        CompareOp::Gt => ordering.is_gt(),
        CompareOp::Ge => ordering.is_ge(),
    }
}

/// The truth of `a op b`; identical objects are equal without being asked.
pub fn compare_bool(vm: &Vm, a: &Object, b: &Object, op: CompareOp) -> Result<bool> {
    if a.is(b) {
        match op {
            CompareOp::Eq => return Ok(true),
            CompareOp::Ne => return Ok(false),
            _ => {}
        }
    }
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Ok(holds(op, x.cmp(&y)));
    }
    let result = compare(vm, a, b, op)?;
    is_true(vm, &result)
}

/// `a is b or a == b`: what containers use.
#[inline]
pub fn same_or_equal(vm: &Vm, a: &Object, b: &Object) -> Result<bool> {
    if a.is(b) {
        return Ok(true);
    }
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Ok(x == y);
    }
    if let (Some(x), Some(y)) = (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        return Ok(**x == **y);
    }
    compare_bool(vm, a, b, CompareOp::Eq)
}

/// The truth of `a < b`: what sorting, heaps and bisection ask. Numbers and strings are compared in place.
#[inline]
pub fn less_than(vm: &Vm, a: &Object, b: &Object) -> Result<bool> {
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Ok(x < y);
    }
    if let (Some(x), Some(y)) = (a.as_small_float(), b.as_small_float()) {
        return Ok(x < y);
    }
    if let (Some(x), Some(y)) = (a.cast_exact::<Str>(), b.cast_exact::<Str>()) {
        return Ok(x.order(y).is_lt());
    }
    let result = compare(vm, a, b, CompareOp::Lt)?;
    is_true(vm, &result)
}

/// `len(object)`.
pub fn len(vm: &Vm, object: &Object) -> Result<usize> {
    match type_of(object).slots.len.get() {
        Some(slot) => slot(vm, object),
        None => Err(raise!(vm, TypeError, "object of type '{}' has no len()", type_of(object).tp_name())),
    }
}

/// `object[key]`.
pub fn getitem(vm: &Vm, object: &Object, key: &Object) -> Result<Object> {
    let kind = type_of(object);
    if let Some(slot) = kind.slots.subscript.get() {
        return slot(vm, object, key);
    }
    if let Some(slot) = kind.slots.item.get() {
        if crate::protocol::number::has_index(key) {
            let mut i = crate::protocol::number::as_ssize(vm, key, Some(&crate::exception::types::IndexError))?;
            if i < 0
                && let Some(len) = kind.slots.len.get()
            {
                i += len(vm, object)? as isize;
            }
            return slot(vm, object, i);
        }
        bail!(vm, TypeError, "sequence index must be integer, not '{}'", type_of(key).tp_name());
    }
    if let Some(class) = object.cast::<Type>() {
        if class.is(Type::class()) {
            return crate::builtins::generic_alias::GenericAlias::make(vm, object, key);
        }
        if let Some(method) = getattr_opt(vm, object, vm.names().__class_getitem__())?.filter(|m| !m.is(&none())) {
            return call::call(vm, &method, std::slice::from_ref(key));
        }
        bail!(vm, TypeError, "type '{}' is not subscriptable", class.tp_name());
    }
    Err(raise!(vm, TypeError, "'{}' object is not subscriptable", kind.tp_name()))
}

/// `object[key] = value`, or `del object[key]` without a value.
pub fn assign_item(vm: &Vm, object: &Object, key: &Object, value: Option<&Object>) -> Result<()> {
    let kind = type_of(object);
    if let Some(slot) = kind.slots.ass_subscript.get() {
        return slot(vm, object, key, value);
    }
    if let Some(slot) = kind.slots.ass_item.get() {
        if !crate::protocol::number::has_index(key) {
            bail!(vm, TypeError, "sequence index must be integer, not '{}'", type_of(key).tp_name());
        }
        let mut i = crate::protocol::number::as_ssize(vm, key, Some(&crate::exception::types::IndexError))?;
        if i < 0
            && let Some(len) = kind.slots.len.get()
        {
            i += len(vm, object)? as isize;
        }
        return slot(vm, object, i, value);
    }
    let verb = if value.is_some() { "assignment" } else { "deletion" };
    Err(raise!(
        vm,
        TypeError,
        "'{}' object does{}t support item {verb}",
        kind.tp_name(),
        if value.is_some() { " no" } else { "n'" }
    ))
}

pub fn setitem(vm: &Vm, object: &Object, key: &Object, value: &Object) -> Result<()> {
    assign_item(vm, object, key, Some(value))
}

pub fn delitem(vm: &Vm, object: &Object, key: &Object) -> Result<()> {
    assign_item(vm, object, key, None)
}

/// `format(object, spec)`.
pub fn format(vm: &Vm, object: &Object, spec: &Ref<Str>) -> Result<Ref<Str>> {
    if spec.is_empty() {
        if let Some(text) = object.cast_exact::<Str>() {
            return Ok(text.clone());
        }
        if object.is_exact::<Int>() || object.is_exact::<Float>() {
            return str(vm, object);
        }
    } else if object.is_exact::<Int>() {
        return crate::builtins::str::format::format_int(vm, object, spec);
    } else if object.is_exact::<Float>() {
        return crate::builtins::str::format::format_float(vm, object, spec);
    } else if let Some(text) = object.cast_exact::<Str>() {
        return crate::builtins::str::format::format_str(vm, text, spec);
    }
    let Some(method) = attr::lookup(type_of(object), vm.names().__format__()) else {
        bail!(vm, TypeError, "Type {} doesn't define __format__", type_of(object).tp_name());
    };
    let result = slot_table::call_found(vm, object, &method, &[spec.as_object()])?;
    match result.cast::<Str>() {
        Some(text) => Ok(text.clone()),
        None => Err(raise!(vm, TypeError, "__format__ must return a str, not {}", type_of(&result).tp_name())),
    }
}

/// `isinstance(object, class)`.
pub fn is_instance(vm: &Vm, object: &Object, class: &Object) -> Result<bool> {
    if type_of(object).as_object().is(class) {
        return Ok(true);
    }
    if class.is_exact::<Type>() {
        return instance_of_type(vm, object, class);
    }
    if let Some(union) = class.cast_exact::<crate::builtins::union::Union>() {
        return is_instance(vm, object, union.args.as_object());
    }
    if let Some(tuple) = class.cast::<Tuple>() {
        vm.check_stack(" in __instancecheck__")?;
        for item in tuple.items() {
            if is_instance(vm, object, item)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(check) = attr::lookup(type_of(class), vm.names().__instancecheck__()) {
        vm.check_stack(" in __instancecheck__")?;
        let result = slot_table::call_found(vm, class, &check, &[object])?;
        return is_true(vm, &result);
    }
    instance_of_type(vm, object, class)
}

/// `type.__instancecheck__`: by the type, and by what `__class__` claims.
pub fn instance_of_type(vm: &Vm, object: &Object, class: &Object) -> Result<bool> {
    if let Some(class) = class.cast::<Type>() {
        if type_of(object).is_subtype(class) {
            return Ok(true);
        }
        let claimed = getattr_opt(vm, object, vm.names().__class__())?;
        return Ok(claimed.is_some_and(|c| {
            !c.is(type_of(object).as_object()) && c.cast::<Type>().is_some_and(|c| c.is_subtype(class))
        }));
    }
    if getattr_opt(vm, class, vm.names().__bases__())?.is_none_or(|b| b.cast::<Tuple>().is_none()) {
        bail!(vm, TypeError, "isinstance() arg 2 must be a type, a tuple of types, or a union");
    }
    match getattr_opt(vm, object, vm.names().__class__())? {
        Some(claimed) => abstract_is_subclass(vm, &claimed, class),
        None => Ok(false),
    }
}

/// `issubclass(derived, class)`.
pub fn is_subclass(vm: &Vm, derived: &Object, class: &Object) -> Result<bool> {
    if class.is_exact::<Type>() {
        if derived.is(class) {
            return Ok(true);
        }
        return subclass_of_type(vm, derived, class);
    }
    if let Some(union) = class.cast_exact::<crate::builtins::union::Union>() {
        return is_subclass(vm, derived, union.args.as_object());
    }
    if let Some(tuple) = class.cast::<Tuple>() {
        vm.check_stack(" in __subclasscheck__")?;
        for item in tuple.items() {
            if is_subclass(vm, derived, item)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(check) = attr::lookup(type_of(class), vm.names().__subclasscheck__()) {
        vm.check_stack(" in __subclasscheck__")?;
        let result = slot_table::call_found(vm, class, &check, &[derived])?;
        return is_true(vm, &result);
    }
    subclass_of_type(vm, derived, class)
}

/// `type.__subclasscheck__`.
pub fn subclass_of_type(vm: &Vm, derived: &Object, class: &Object) -> Result<bool> {
    if let (Some(derived), Some(class)) = (derived.cast::<Type>(), class.cast::<Type>()) {
        return Ok(derived.is_subtype(class));
    }
    let has_bases = |object: &Object| {
        Ok::<bool, Raised>(
            getattr_opt(vm, object, vm.names().__bases__())?.is_some_and(|b| b.cast::<Tuple>().is_some()),
        )
    };
    if !has_bases(derived)? {
        bail!(vm, TypeError, "issubclass() arg 1 must be a class");
    }
    if !has_bases(class)? {
        bail!(vm, TypeError, "issubclass() arg 2 must be a class, a tuple of classes, or a union");
    }
    abstract_is_subclass(vm, derived, class)
}

fn abstract_is_subclass(vm: &Vm, derived: &Object, class: &Object) -> Result<bool> {
    if derived.is(class) {
        return Ok(true);
    }
    vm.check_stack(" in __subclasscheck__")?;
    let Some(bases) = getattr_opt(vm, derived, vm.names().__bases__())? else { return Ok(false) };
    let Some(bases) = bases.cast::<Tuple>() else { return Ok(false) };
    for base in bases.items() {
        if abstract_is_subclass(vm, base, class)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The descriptor that an integer or an object with `fileno()` stands for.
pub fn file_descriptor(vm: &Vm, object: &Object) -> Result<i32> {
    let number = match object.is_instance_of::<Int>() {
        true => object.clone(),
        false => match getattr_opt(vm, object, vm.names().fileno())? {
            Some(method) => {
                let number = call::call(vm, &method, &[])?;
                if !number.is_instance_of::<Int>() {
                    bail!(vm, TypeError, "fileno() returned a non-integer");
                }
                number
            }
            None => bail!(vm, TypeError, "argument must be an int, or have a fileno() method."),
        },
    };
    if object.is_instance_of::<Bool>() {
        vm.warn(&crate::exception::types::RuntimeWarning, "bool is used as a file descriptor", 1)?;
    }
    match Int::to_i64(&number).map(i32::try_from) {
        Some(Ok(fd)) if fd < 0 => Err(raise!(vm, ValueError, "file descriptor cannot be a negative integer ({fd})")),
        Some(Ok(fd)) => Ok(fd),
        _ => Err(raise!(vm, OverflowError, "Python int too large to convert to C int")),
    }
}

/// `dir(object)`: a sorted list of names.
pub fn dir(vm: &Vm, object: &Object) -> Result<Object> {
    let Some(method) = attr::lookup(type_of(object), vm.names().__dir__()) else {
        bail!(vm, TypeError, "object does not provide __dir__");
    };
    let names = slot_table::call_found(vm, object, &method, &[])?;
    let list = List::from_vec(iter::to_vec(vm, &names)?);
    crate::builtins::list::sort(vm, &list, None, false)?;
    Ok(list.into_object())
}

/// Short forms for objects in error messages.
pub trait ErrorText {
    /// The repr, or a stand-in if it fails.
    fn repr_for_error(&self, vm: &Vm) -> String;
}

impl ErrorText for Object {
    fn repr_for_error(&self, vm: &Vm) -> String {
        let saved = vm.take_raised();
        let text = match repr(vm, self) {
            Ok(text) => text.to_string_lossy(),
            Err(_) => format!("<{} object at {:#x}>", type_of(self).tp_name(), address(self)),
        };
        vm.restore_raised(saved);
        text
    }
}
