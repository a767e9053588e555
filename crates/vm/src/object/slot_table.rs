//! The one table of slots and their special methods: which `__name__` goes with which slot, how Python calls the slot
//! (the *wrapper*), and how the slot calls a method written in Python (the *generic* function).

use super::{PyType, Slots, Type, attr, flags, type_of};
use crate::builtins::bool_::BoolObject;
use crate::builtins::dict::Dict;
use crate::builtins::int::Int;
use crate::builtins::memoryview;
use crate::builtins::none::{self, is_not_implemented, none};
use crate::builtins::str::Str;
use crate::context::Vm;
use crate::error::Result;
use crate::names::Name;
use crate::native::{Args, BuiltinFunction, CompareOp, SendResult, WrapperDescr};
use crate::object::cast::Cast;
use crate::protocol::{call, number, object as protocol};
use heap::{Object, Ref};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

/// One special method of one slot.
pub struct Row {
    /// `__add__`.
    pub name: &'static str,
    /// The slot's field.
    pub slot: &'static str,
    pub doc: &'static str,
    pub text: &'static str,
    /// Calls the slot of `owner` from Python; `args.items[0]` is the object.
    pub wrap: Option<fn(&Vm, &Type, Args<'_>) -> Result<Object>>,
    pub is_set: fn(&Slots) -> bool,
    /// Copies the slot from the second to the first.
    pub copy: fn(&Slots, &Slots),
    pub same: fn(&Slots, &Slots) -> bool,
    pub set_generic: fn(&Slots),
    pub unset: fn(&Slots),
    /// The address of the interned name, once somebody has asked for it.
    interned: &'static AtomicPtr<Str>,
}

impl Row {
    /// The interned name. Each class that is made asks for all of them.
    #[expect(unsafe_code, reason = "interned strings live for ever")]
    fn name(&self, vm: &Vm) -> Name {
        let known = self.interned.load(Ordering::Acquire);
        if known.is_null() {
            let name = vm.intern(self.name);
            self.interned.store(name.clone().into_raw(), Ordering::Release);
            return name;
        }
        // SAFETY: an immortal string, whose count nobody changes.
        unsafe { Ref::from_raw(known) }
    }
}

fn count_of_pow(vm: &Vm, args: &Args<'_>) -> Result<()> {
    match args.items.len() - 1 {
        1 | 2 => count(vm, args, 1, 2),
        given => Err(raise!(vm, TypeError, "expected 1 or 2 arguments, got {given}")),
    }
}

fn count(vm: &Vm, args: &Args<'_>, least: usize, most: usize) -> Result<()> {
    counted(vm, "", args, least, most)
}

/// As [`count`], for the slots whose errors name the method.
fn counted(vm: &Vm, name: &str, args: &Args<'_>, least: usize, most: usize) -> Result<()> {
    let given = args.items.len() - 1;
    if given < least || given > most {
        let (bound, n) = match () {
            () if least == most => ("", least),
            () if given < least => ("at least ", least),
            () => ("at most ", most),
        };
        let space = if name.is_empty() { "" } else { " " };
        bail!(vm, TypeError, "{name}{space}expected {bound}{n} argument{}, got {given}", if n == 1 { "" } else { "s" });
    }
    Ok(())
}

/// Calls the special method `name` of the object's type; `None` if there is none.
pub fn call_special(vm: &Vm, this: &Object, name: &Name, args: &[&Object]) -> Result<Option<Object>> {
    let Some(method) = attr::lookup(type_of(this), name) else { return Ok(None) };
    call_found(vm, this, &method, args).map(Some)
}

/// Calls a method found on the type, bound to `this`.
pub fn call_found(vm: &Vm, this: &Object, method: &Object, args: &[&Object]) -> Result<Object> {
    let kind = type_of(method);
    if kind.has_flag(flags::METHOD_DESCRIPTOR) {
        return match args {
            [] => call::call(vm, method, std::slice::from_ref(this)),
            [a] => call::call(vm, method, &[this.clone(), (*a).clone()]),
            [a, b] => call::call(vm, method, &[this.clone(), (*a).clone(), (*b).clone()]),
            _ => {
                let all: Vec<Object> = std::iter::once(this).chain(args.iter().copied()).cloned().collect();
                call::call(vm, method, &all)
            }
        };
    }
    let bound = match kind.slots.descr_get.get() {
        Some(get) => get(vm, method, Some(this), Some(type_of(this).as_object()))?,
        None => method.clone(),
    };
    let all: Vec<Object> = args.iter().map(|a| (*a).clone()).collect();
    call::call(vm, &bound, &all)
}

fn must(vm: &Vm, this: &Object, name: &Name, args: &[&Object]) -> Result<Object> {
    match call_special(vm, this, name, args)? {
        Some(result) => Ok(result),
        None => Err(raise!(vm, AttributeError, "'{}' object has no attribute '{name}'", type_of(this).tp_name())),
    }
}

fn to_isize(vm: &Vm, owner: &Type, this: &Object, index: &Object) -> Result<isize> {
    let i = number::as_ssize(vm, index, Some(&crate::exception::types::OverflowError))?;
    if i < 0
        && let Some(len) = owner.slots.len.get()
    {
        return Ok(i + len(vm, this)? as isize);
    }
    Ok(i)
}

fn slot<T>(found: Option<T>) -> Result<T> {
    // A wrapper stands only in the dict of a type that has the slot.
    Ok(found.expect("the wrapper's owner has the slot"))
}

macro_rules! row {
    ($name:expr, $field:ident, $text:expr, $doc:expr, $wrap:expr, $generic:expr) => {
        Row {
            name: $name,
            slot: stringify!($field),
            doc: $doc,
            text: $text,
            wrap: $wrap,
            is_set: |s| s.$field.get().is_some(),
            copy: |to, from| to.$field.set(from.$field.get()),
            same: |a, b| a.$field.get().map(|f| f as usize) == b.$field.get().map(|f| f as usize),
            set_generic: |s| s.$field.set(Some($generic)),
            unset: |s| s.$field.set(None),
            interned: {
                static NAME: AtomicPtr<Str> = AtomicPtr::new(std::ptr::null_mut());
                &NAME
            },
        }
    };
}

macro_rules! unary {
    ($field:ident, $method:ident, $doc:expr) => {
        row!(
            stringify!($method),
            $field,
            "($self, /)",
            $doc,
            Some(|vm, owner, args| {
                count(vm, &args, 0, 0)?;
                slot(owner.slots.$field.get())?(vm, &args.items[0])
            }),
            |vm, this| must(vm, this, vm.names().$method(), &[])
        )
    };
}

macro_rules! operations {
    ($($field:ident $method:ident $reflected:ident $symbol:literal;)*) => {
        mod generic {
            use super::*;
            $(#[inline(never)]
            pub fn $field(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
                let own = |t: &Type| t.slots.$field.get().is_some_and(|f| f as usize == $field as *const () as usize);
                generic_binary(vm, a, b, vm.names().$method(), vm.names().$reflected(), own)
            })*
        }
        static OPERATIONS: &[Row] = &[$(
            row!(stringify!($method), $field, "($self, value, /)", concat!("Return self", $symbol, "value."),
                Some(|vm, owner, args| { count(vm, &args, 1, 1)?; slot(owner.slots.$field.get())?(vm, &args.items[0], &args.items[1]) }),
                generic::$field),
            row!(stringify!($reflected), $field, "($self, value, /)", concat!("Return value", $symbol, "self."),
                Some(|vm, owner, args| { count(vm, &args, 1, 1)?; slot(owner.slots.$field.get())?(vm, &args.items[1], &args.items[0]) }),
                generic::$field),
        )*];
    };
}
operations! {
    add __add__ __radd__ "+";
    sub __sub__ __rsub__ "-";
    mul __mul__ __rmul__ "*";
    mod_ __mod__ __rmod__ "%";
    divmod __divmod__ __rdivmod__ "divmod";
    lshift __lshift__ __rlshift__ "<<";
    rshift __rshift__ __rrshift__ ">>";
    and __and__ __rand__ "&";
    xor __xor__ __rxor__ "^";
    or __or__ __ror__ "|";
    floordiv __floordiv__ __rfloordiv__ "//";
    truediv __truediv__ __rtruediv__ "/";
    matmul __matmul__ __rmatmul__ "@";
}

macro_rules! inplace {
    ($($field:ident $method:ident $symbol:literal;)*) => {
        static INPLACE: &[Row] = &[$(
            row!(stringify!($method), $field, "($self, value, /)", concat!("Return self", $symbol, "value."),
                Some(|vm, owner, args| { count(vm, &args, 1, 1)?; slot(owner.slots.$field.get())?(vm, &args.items[0], &args.items[1]) }),
                |vm, a, b| must(vm, a, vm.names().$method(), &[b])),
        )*];
    };
}
inplace! {
    inplace_add __iadd__ "+=";
    inplace_sub __isub__ "-=";
    inplace_mul __imul__ "*=";
    inplace_mod_ __imod__ "%=";
    inplace_lshift __ilshift__ "<<=";
    inplace_rshift __irshift__ ">>=";
    inplace_and __iand__ "&=";
    inplace_xor __ixor__ "^=";
    inplace_or __ior__ "|=";
    inplace_floordiv __ifloordiv__ "//=";
    inplace_truediv __itruediv__ "/=";
    inplace_matmul __imatmul__ "@=";
}

macro_rules! compare {
    ($method:ident, $op:ident, $symbol:literal) => {
        row!(
            stringify!($method),
            richcompare,
            "($self, value, /)",
            concat!("Return self", $symbol, "value."),
            Some(|vm, owner, args| {
                count(vm, &args, 1, 1)?;
                slot(owner.slots.richcompare.get())?(vm, &args.items[0], &args.items[1], CompareOp::$op)
            }),
            generic_compare
        )
    };
}

static ROWS: &[Row] = &[
    row!(
        "__getattribute__",
        getattr,
        "($self, name, /)",
        "Return getattr(self, name).",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            let name = attr_name(vm, &args.items[1])?;
            slot(owner.slots.getattr.get())?(vm, &args.items[0], &name)
        }),
        generic_getattr
    ),
    row!("__getattr__", getattr, "", "", None, generic_getattr),
    row!(
        "__setattr__",
        setattr,
        "($self, name, value, /)",
        "Implement setattr(self, name, value).",
        Some(|vm, owner, args| {
            counted(vm, "__setattr__", &args, 2, 2)?;
            let name = attr_name(vm, &args.items[1])?;
            attr::check_setattr_bypass(vm, &args.items[0], owner, "__setattr__")?;
            slot(owner.slots.setattr.get())?(vm, &args.items[0], &name, Some(&args.items[2])).map(|()| none())
        }),
        generic_setattr
    ),
    row!(
        "__delattr__",
        setattr,
        "($self, name, /)",
        "Implement delattr(self, name).",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            let name = attr_name(vm, &args.items[1])?;
            attr::check_setattr_bypass(vm, &args.items[0], owner, "__delattr__")?;
            slot(owner.slots.setattr.get())?(vm, &args.items[0], &name, None).map(|()| none())
        }),
        generic_setattr
    ),
    unary!(repr, __repr__, "Return repr(self)."),
    row!(
        "__hash__",
        hash,
        "($self, /)",
        "Return hash(self).",
        Some(|vm, owner, args| {
            count(vm, &args, 0, 0)?;
            Ok(Int::from_i64(slot(owner.slots.hash.get())?(vm, &args.items[0])?))
        }),
        generic_hash
    ),
    row!(
        "__call__",
        call,
        "($self, /, *args, **kwargs)",
        "Call self as a function.",
        Some(|vm, owner, args| slot(owner.slots.call.get())?(vm, &args.items[0], args.skip_first())),
        generic_call
    ),
    unary!(str, __str__, "Return str(self)."),
    compare!(__lt__, Lt, "<"),
    compare!(__le__, Le, "<="),
    compare!(__eq__, Eq, "=="),
    compare!(__ne__, Ne, "!="),
    compare!(__gt__, Gt, ">"),
    compare!(__ge__, Ge, ">="),
    unary!(iter, __iter__, "Implement iter(self)."),
    row!(
        "__next__",
        next,
        "($self, /)",
        "Implement next(self).",
        Some(|vm, owner, args| {
            count(vm, &args, 0, 0)?;
            match slot(owner.slots.next.get())?(vm, &args.items[0])? {
                Some(value) => Ok(value),
                None => Err(vm.raise_empty(&crate::exception::types::StopIteration)),
            }
        }),
        generic_next
    ),
    row!(
        "__get__",
        descr_get,
        "($self, instance, owner=None, /)",
        "Return an attribute of instance, which is of type owner.",
        Some(|vm, owner, args| {
            counted(vm, "__get__", &args, 1, 2)?;
            let given = |i: usize| args.items.get(i).filter(|o| !o.is(&none()));
            if given(1).is_none() && given(2).is_none() {
                bail!(vm, TypeError, "__get__(None, None) is invalid");
            }
            slot(owner.slots.descr_get.get())?(vm, &args.items[0], given(1), given(2))
        }),
        generic_descr_get
    ),
    row!(
        "__set__",
        descr_set,
        "($self, instance, value, /)",
        "Set an attribute of instance to value.",
        Some(|vm, owner, args| {
            counted(vm, "__set__", &args, 2, 2)?;
            slot(owner.slots.descr_set.get())?(vm, &args.items[0], &args.items[1], Some(&args.items[2]))
                .map(|()| none())
        }),
        generic_descr_set
    ),
    row!(
        "__delete__",
        descr_set,
        "($self, instance, /)",
        "Delete an attribute of instance.",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            slot(owner.slots.descr_set.get())?(vm, &args.items[0], &args.items[1], None).map(|()| none())
        }),
        generic_descr_set
    ),
    row!(
        "__init__",
        init,
        "($self, /, *args, **kwargs)",
        "Initialize self.  See help(type(self)) for accurate signature.",
        Some(|vm, owner, args| slot(owner.slots.init.get())?(vm, &args.items[0], args.skip_first()).map(|()| none())),
        generic_init
    ),
    row!("__new__", new, "", "", None, generic_new),
    row!(
        "__del__",
        finalize,
        "($self, /)",
        "Called when the instance is about to be destroyed.",
        Some(|vm, owner, args| {
            count(vm, &args, 0, 0)?;
            slot(owner.slots.finalize.get())?(vm, &args.items[0]);
            Ok(none())
        }),
        generic_finalize
    ),
    unary!(await_, __await__, "Return an iterator to be used in await expression."),
    unary!(aiter, __aiter__, "Return an awaitable, that resolves in asynchronous iterator."),
    unary!(anext, __anext__, "Return a value or raise StopAsyncIteration."),
    row!(
        "__pow__",
        pow,
        "($self, value, mod=None, /)",
        "Return pow(self, value, mod).",
        Some(|vm, owner, args| {
            count_of_pow(vm, &args)?;
            slot(owner.slots.pow.get())?(vm, &args.items[0], &args.items[1], args.items.get(2))
        }),
        generic_pow
    ),
    row!(
        "__rpow__",
        pow,
        "($self, value, mod=None, /)",
        "Return pow(value, self, mod).",
        Some(|vm, owner, args| {
            count_of_pow(vm, &args)?;
            slot(owner.slots.pow.get())?(vm, &args.items[1], &args.items[0], args.items.get(2))
        }),
        generic_pow
    ),
    row!(
        "__ipow__",
        inplace_pow,
        "($self, value, /)",
        "Return self**=value.",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            slot(owner.slots.inplace_pow.get())?(vm, &args.items[0], &args.items[1], None)
        }),
        |vm, a, b, _| must(vm, a, vm.names().__ipow__(), &[b])
    ),
    unary!(neg, __neg__, "-self"),
    unary!(pos, __pos__, "+self"),
    unary!(abs, __abs__, "abs(self)"),
    row!(
        "__bool__",
        bool,
        "($self, /)",
        "True if self else False",
        Some(|vm, owner, args| {
            count(vm, &args, 0, 0)?;
            Ok(slot(owner.slots.bool.get())?(vm, &args.items[0])?.object())
        }),
        generic_bool
    ),
    unary!(invert, __invert__, "~self"),
    unary!(int, __int__, "int(self)"),
    unary!(float, __float__, "float(self)"),
    unary!(
        index,
        __index__,
        "Return self converted to an integer, if self is suitable for use as an index into a list."
    ),
    row!(
        "__len__",
        len,
        "($self, /)",
        "Return len(self).",
        Some(|vm, owner, args| {
            count(vm, &args, 0, 0)?;
            Ok(Int::from_i64(slot(owner.slots.len.get())?(vm, &args.items[0])? as i64))
        }),
        generic_len
    ),
    row!(
        "__getitem__",
        subscript,
        "($self, key, /)",
        "Return self[key].",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            slot(owner.slots.subscript.get())?(vm, &args.items[0], &args.items[1])
        }),
        |vm, this, key| must(vm, this, vm.names().__getitem__(), &[key])
    ),
    row!(
        "__setitem__",
        ass_subscript,
        "($self, key, value, /)",
        "Set self[key] to value.",
        Some(|vm, owner, args| {
            counted(vm, "__setitem__", &args, 2, 2)?;
            slot(owner.slots.ass_subscript.get())?(vm, &args.items[0], &args.items[1], Some(&args.items[2]))
                .map(|()| none())
        }),
        generic_ass_subscript
    ),
    row!(
        "__delitem__",
        ass_subscript,
        "($self, key, /)",
        "Delete self[key].",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            slot(owner.slots.ass_subscript.get())?(vm, &args.items[0], &args.items[1], None).map(|()| none())
        }),
        generic_ass_subscript
    ),
    row!(
        "__getitem__",
        item,
        "($self, key, /)",
        "Return self[key].",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            let i = to_isize(vm, owner, &args.items[0], &args.items[1])?;
            slot(owner.slots.item.get())?(vm, &args.items[0], i)
        }),
        |vm, this, i| must(vm, this, vm.names().__getitem__(), &[&Int::from_i64(i as i64)])
    ),
    row!(
        "__setitem__",
        ass_item,
        "($self, key, value, /)",
        "Set self[key] to value.",
        Some(|vm, owner, args| {
            counted(vm, "__setitem__", &args, 2, 2)?;
            let i = to_isize(vm, owner, &args.items[0], &args.items[1])?;
            slot(owner.slots.ass_item.get())?(vm, &args.items[0], i, Some(&args.items[2])).map(|()| none())
        }),
        |vm, this, i, value| generic_ass_subscript(vm, this, &Int::from_i64(i as i64), value)
    ),
    row!(
        "__delitem__",
        ass_item,
        "($self, key, /)",
        "Delete self[key].",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            let i = to_isize(vm, owner, &args.items[0], &args.items[1])?;
            slot(owner.slots.ass_item.get())?(vm, &args.items[0], i, None).map(|()| none())
        }),
        |vm, this, i, value| generic_ass_subscript(vm, this, &Int::from_i64(i as i64), value)
    ),
    row!(
        "__contains__",
        contains,
        "($self, key, /)",
        "Return bool(key in self).",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            Ok(slot(owner.slots.contains.get())?(vm, &args.items[0], &args.items[1])?.object())
        }),
        generic_contains
    ),
    // The sequence forms of + and *: native types only; a class that defines __add__ gets the number slot.
    row!(
        "__add__",
        concat,
        "($self, value, /)",
        "Return self+value.",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            slot(owner.slots.concat.get())?(vm, &args.items[0], &args.items[1])
        }),
        |vm, a, b| must(vm, a, vm.names().__add__(), &[b])
    ),
    row!(
        "__mul__",
        repeat,
        "($self, value, /)",
        "Return self*value.",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            let n = number::as_ssize(vm, &args.items[1], Some(&crate::exception::types::OverflowError))?;
            slot(owner.slots.repeat.get())?(vm, &args.items[0], n)
        }),
        |vm, a, n| must(vm, a, vm.names().__mul__(), &[&Int::from_i64(n as i64)])
    ),
    row!(
        "__rmul__",
        repeat,
        "($self, value, /)",
        "Return value*self.",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            let n = number::as_ssize(vm, &args.items[1], Some(&crate::exception::types::OverflowError))?;
            slot(owner.slots.repeat.get())?(vm, &args.items[0], n)
        }),
        |vm, a, n| must(vm, a, vm.names().__mul__(), &[&Int::from_i64(n as i64)])
    ),
    row!(
        "__iadd__",
        inplace_concat,
        "($self, value, /)",
        "Implement self+=value.",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            slot(owner.slots.inplace_concat.get())?(vm, &args.items[0], &args.items[1])
        }),
        |vm, a, b| must(vm, a, vm.names().__iadd__(), &[b])
    ),
    row!(
        "__imul__",
        inplace_repeat,
        "($self, value, /)",
        "Implement self*=value.",
        Some(|vm, owner, args| {
            count(vm, &args, 1, 1)?;
            let n = number::as_ssize(vm, &args.items[1], Some(&crate::exception::types::OverflowError))?;
            slot(owner.slots.inplace_repeat.get())?(vm, &args.items[0], n)
        }),
        |vm, a, n| must(vm, a, vm.names().__imul__(), &[&Int::from_i64(n as i64)])
    ),
    row!(
        "__buffer__",
        buffer,
        "($self, flags, /)",
        "Return a buffer object that exposes the underlying memory of the object.",
        Some(|vm, owner, args| {
            counted(vm, "__buffer__", &args, 1, 1)?;
            let flags = number::as_ssize(vm, &args.items[1], Some(&crate::exception::types::OverflowError))?;
            let Ok(flags) = i32::try_from(flags) else { bail!(vm, OverflowError, "buffer flags out of range") };
            let buffer = memoryview::export(vm, slot(owner.slots.buffer.get())?, &args.items[0], flags)?;
            Ok(memoryview::MemoryView::from_buffer(buffer).into_object())
        }),
        memoryview::generic_buffer
    ),
    row!(
        "__release_buffer__",
        release_buffer,
        "($self, buffer, /)",
        "Release the buffer object that exposes the underlying memory of the object.",
        Some(|vm, owner, args| {
            counted(vm, "__release_buffer__", &args, 1, 1)?;
            slot(owner.slots.release_buffer.get())?(vm, &args.items[0], &args.items[1])?;
            Ok(none())
        }),
        memoryview::generic_release
    ),
];

/// The rows of each slot, together and in the order in which [`update`] must see them.
fn slot_groups() -> impl Iterator<Item = &'static [Row]> {
    static GROUPS: OnceLock<Vec<&'static [Row]>> = OnceLock::new();
    let groups = || [ROWS, OPERATIONS, INPLACE].into_iter().flat_map(|list| list.chunk_by(|a, b| a.slot == b.slot));
    GROUPS.get_or_init(|| groups().collect()).iter().copied()
}

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    slot_groups().flatten()
}

/// Adds a wrapper to a built-in type's dict for each slot that it fills itself.
pub fn add_wrappers(vm: &Vm, this: &Ref<Type>, dict: &Ref<Dict>) -> Result<()> {
    let shows_get = this.has_flag(flags::SHOWS_GETATTRIBUTE);
    let shows_set = this.has_flag(flags::SHOWS_SETATTR);
    for row in rows() {
        let inherited_but_shown = shows_get && row.name == "__getattribute__"
            || shows_set && matches!(row.name, "__setattr__" | "__delattr__");
        if inherited_but_shown {
            dict.set_name(vm, &row.name(vm), WrapperDescr::make(this, row))?;
        }
        if !(row.is_set)(&this.slots) {
            continue;
        }
        let name = row.name(vm);
        if dict.get_name(&name).is_some() {
            continue;
        }
        if row.name == "__new__" {
            dict.set_name(vm, &name, BuiltinFunction::for_new(vm, this))?;
        } else if row.wrap.is_some() {
            if row.name == "__hash__"
                && this.slots.hash.get().map(|f| f as usize) == Some(hash_not_implemented as *const () as usize)
            {
                dict.set_name(vm, &name, none())?;
                continue;
            }
            dict.set_name(vm, &name, WrapperDescr::make(this, row))?;
        }
    }
    Ok(())
}

/// Sets every slot of a class from what the MRO now says (a class was made).
pub fn update_all(vm: &Vm, this: &Ref<Type>) {
    let (base, dict) = (continued_base(this), this.dict.get());
    for group in slot_groups() {
        let own = |row: &Row| dict.as_ref().is_none_or(|dict| dict.get_name(&row.name(vm)).is_some());
        match &base {
            Some(base) if !group.iter().any(own) => {
                let row = &group[group.len() - 1];
                (row.copy)(&this.slots, &base.slots);
            }
            _ => update(vm, this, group),
        }
    }
}

/// The only base, if a slot that the class says nothing about is what the base has: the base is `object` or was made at run
/// time on top of it, so that its slots came about as the class's do, and the MRO is the base's behind the class.
fn continued_base(this: &Ref<Type>) -> Option<Ref<Type>> {
    let (base, mro) = (this.base.get()?, this.mro.get()?);
    let object = crate::builtins::object::BaseObject::class();
    let alike = base.is(object) || base.is_heap_type() && base.native_base().is_some_and(|native| native.is(object));
    let single = this.bases.get()?.len() == 1;
    let rest = base.mro.get()?;
    let continued = mro.len() == rest.len() + 1 && mro.items()[1..].iter().zip(rest.items()).all(|(a, b)| a.is(b));
    (alike && single && continued).then_some(base)
}

/// Sets the slots that `name` decides, in this class and in its subclasses (an attribute of a class was changed).
pub fn update_for_name(vm: &Vm, this: &Ref<Type>, name: &str) {
    if !name.starts_with("__") {
        return;
    }
    for group in slot_groups().filter(|group| group.iter().any(|row| row.name == name)) {
        update_tree(vm, this, group);
    }
}

fn update_tree(vm: &Vm, this: &Ref<Type>, group: &'static [Row]) {
    update(vm, this, group);
    for sub in super::mro::subclasses(this) {
        update_tree(vm, &sub, group);
    }
}

/// Decides one slot from its rows, as one of [`slot_groups`] gives them (never none).
fn update(vm: &Vm, this: &Ref<Type>, group: &'static [Row]) {
    let slot = group[0].slot;
    let (mut specific, mut generic): (Option<Ref<Type>>, bool) = (None, false);
    for row in group {
        let Some(found) = attr::lookup(this, &row.name(vm)) else { continue };
        if let Some(wrapper) = found.cast_exact::<WrapperDescr>() {
            let owner = wrapper.owner();
            let agrees = specific.as_ref().is_none_or(|s| (row.same)(&s.slots, &owner.slots));
            if !this.is_subtype(&owner) {
                // Calling it is refused, and that is what the operator says.
                generic = true;
            } else if std::ptr::eq(wrapper.row, row) && agrees {
                specific = Some(owner);
            } else if wrapper.row.slot == slot || !native_twin(slot, wrapper.row.slot) {
                generic = true;
            }
        } else if slot == "new"
            && let Some(owner) = found.cast_exact::<BuiltinFunction>().and_then(|f| f.new_owner())
        {
            // Another native type's `__new__` would make a body of the wrong shape: called from Python's side it is refused.
            let native = this.native_base();
            let new_of = |t: &Type| t.slots.new.get().map(|f| f as usize);
            match native.is_some_and(|native| new_of(&native) == new_of(&owner)) {
                true => specific = Some(owner),
                false => generic = true,
            }
        } else if slot == "hash" && found.is(&none()) {
            this.slots.hash.set(Some(hash_not_implemented));
            return;
        } else if slot == "iter" && found.is(&none()) {
            this.slots.iter.set(Some(not_iterable));
            return;
        } else if !matches!(slot, "concat" | "repeat" | "inplace_concat" | "inplace_repeat") {
            generic = true;
        }
    }
    let row = &group[group.len() - 1];
    match specific {
        Some(owner) if !generic => (row.copy)(&this.slots, &owner.slots),
        _ if generic => (row.set_generic)(&this.slots),
        _ => (row.unset)(&this.slots),
    }
}

/// Two slots that share special methods in native types: a wrapper of one says nothing about the other.
fn native_twin(a: &str, b: &str) -> bool {
    const TWINS: &[[&str; 2]] = &[
        ["add", "concat"],
        ["mul", "repeat"],
        ["inplace_add", "inplace_concat"],
        ["inplace_mul", "inplace_repeat"],
        ["subscript", "item"],
        ["ass_subscript", "ass_item"],
    ];
    TWINS.iter().any(|[x, y]| (a == *x && b == *y) || (a == *y && b == *x))
}

fn attr_name(vm: &Vm, name: &Object) -> Result<Ref<Str>> {
    match name.cast::<Str>() {
        Some(name) => Ok(name.clone()),
        None => Err(raise!(vm, TypeError, "attribute name must be string, not '{}'", type_of(name).tp_name())),
    }
}

fn generic_getattr(vm: &Vm, this: &Object, name: &Ref<Str>) -> Result<Object> {
    let kind = type_of(this).clone();
    let Some(hook) = attr::lookup(&kind, vm.names().__getattr__()) else {
        return must(vm, this, vm.names().__getattribute__(), &[name.as_object()]);
    };
    let first = match attr::lookup(&kind, vm.names().__getattribute__()) {
        Some(getattribute) => match getattribute.cast_exact::<WrapperDescr>() {
            Some(wrapper) => slot(wrapper.owner().slots.getattr.get())?(vm, this, name),
            None => call_found(vm, this, &getattribute, &[name.as_object()]),
        },
        None => attr::generic_getattr(vm, this, name),
    };
    match first {
        Err(_) if vm.raised_is(&crate::exception::types::AttributeError) => {
            let swallowed = vm.take_raised();
            drop(swallowed);
            call_found(vm, this, &hook, &[name.as_object()]).inspect_err(|_| vm.add_attribute_context(this, name))
        }
        other => other,
    }
}

fn generic_setattr(vm: &Vm, this: &Object, name: &Ref<Str>, value: Option<&Object>) -> Result<()> {
    match value {
        Some(value) => must(vm, this, vm.names().__setattr__(), &[name.as_object(), value])?,
        None => must(vm, this, vm.names().__delattr__(), &[name.as_object()])?,
    };
    Ok(())
}

/// The hash slot of types that cannot be hashed.
pub fn hash_not_implemented(vm: &Vm, this: &Object) -> Result<i64> {
    Err(raise!(vm, TypeError, "unhashable type: '{}'", type_of(this).tp_name()))
}

fn generic_hash(vm: &Vm, this: &Object) -> Result<i64> {
    let Some(method) = attr::lookup(type_of(this), vm.names().__hash__()).filter(|m| !m.is(&none())) else {
        return hash_not_implemented(vm, this);
    };
    let result = call_found(vm, this, &method, &[])?;
    if !result.is_instance_of::<Int>() {
        bail!(vm, TypeError, "__hash__ method should return an integer");
    }
    if let Some(small) = result.as_small_int()
        && small.unsigned_abs() < (1 << 61) - 1
    {
        return Ok(if small == -1 { -2 } else { small });
    }
    match Int::to_i128(&result) {
        Some(wide) if i64::try_from(wide).is_ok() => Ok(if wide == -1 { -2 } else { wide as i64 }),
        _ => Int::hash_of(&result),
    }
}

fn generic_call(vm: &Vm, this: &Object, args: Args<'_>) -> Result<Object> {
    let Some(method) = attr::lookup(type_of(this), vm.names().__call__()) else {
        bail!(vm, TypeError, "'{}' object is not callable", type_of(this).tp_name());
    };
    call::call_method_found(vm, this, &method, args)
}

fn compare_name(vm: &Vm, op: CompareOp) -> &'static Name {
    let n = vm.names();
    match op {
        CompareOp::Lt => n.__lt__(),
        CompareOp::Le => n.__le__(),
        CompareOp::Eq => n.__eq__(),
        CompareOp::Ne => n.__ne__(),
        CompareOp::Gt => n.__gt__(),
        CompareOp::Ge => n.__ge__(),
    }
}

fn generic_compare(vm: &Vm, a: &Object, b: &Object, op: CompareOp) -> Result<Object> {
    match call_special(vm, a, compare_name(vm, op), &[b])? {
        Some(result) => Ok(result),
        None => Ok(none::not_implemented()),
    }
}

fn generic_next(vm: &Vm, this: &Object) -> Result<Option<Object>> {
    // A StopIteration stays as it is: its value is what `yield from` gives.
    must(vm, this, vm.names().__next__(), &[]).map(Some)
}

fn not_iterable(vm: &Vm, this: &Object) -> Result<Object> {
    Err(raise!(vm, TypeError, "'{}' object is not iterable", type_of(this).tp_name()))
}

fn generic_descr_get(vm: &Vm, this: &Object, object: Option<&Object>, kind: Option<&Object>) -> Result<Object> {
    let Some(get) = attr::lookup(type_of(this), vm.names().__get__()) else { return Ok(this.clone()) };
    let nothing = none();
    call_found(vm, this, &get, &[object.unwrap_or(&nothing), kind.unwrap_or(&nothing)])
}

fn generic_descr_set(vm: &Vm, this: &Object, object: &Object, value: Option<&Object>) -> Result<()> {
    match value {
        Some(value) => must(vm, this, vm.names().__set__(), &[object, value])?,
        None => must(vm, this, vm.names().__delete__(), &[object])?,
    };
    Ok(())
}

fn generic_init(vm: &Vm, this: &Object, args: Args<'_>) -> Result<()> {
    let Some(method) = attr::lookup(type_of(this), vm.names().__init__()) else { return Ok(()) };
    let result = call::call_method_found(vm, this, &method, args)?;
    if !result.is(&none()) {
        bail!(vm, TypeError, "__init__() should return None, not '{}'", type_of(&result).tp_name());
    }
    Ok(())
}

fn generic_new(vm: &Vm, cls: &Ref<Type>, args: Args<'_>) -> Result<Object> {
    let function = protocol::getattr(vm, cls.as_object(), vm.names().__new__())?;
    let mut items = Vec::with_capacity(args.items.len() + 1);
    items.push(cls.to_object());
    items.extend_from_slice(args.items);
    call::call_args(vm, &function, Args { items: &items, names: args.names })
}

fn generic_finalize(vm: &Vm, this: &Object) {
    let Some(method) = attr::lookup(type_of(this), vm.names().__del__()) else { return };
    let saved = vm.take_raised();
    if call_found(vm, this, &method, &[]).is_err() {
        vm.unraisable("Exception ignored while calling deallocator", Some(&method));
    }
    vm.restore_raised(saved);
}

fn generic_bool(vm: &Vm, this: &Object) -> Result<bool> {
    let result = must(vm, this, vm.names().__bool__(), &[])?;
    match result.cast::<crate::builtins::bool_::Bool>() {
        Some(_) => Ok(result.is(&true.object())),
        None => Err(raise!(vm, TypeError, "__bool__ should return bool, returned {}", type_of(&result).tp_name())),
    }
}

fn generic_len(vm: &Vm, this: &Object) -> Result<usize> {
    let result = must(vm, this, vm.names().__len__(), &[])?;
    let index = number::index(vm, &result)?;
    if Int::is_negative(&index) {
        bail!(vm, ValueError, "__len__() should return >= 0");
    }
    Ok(number::as_ssize(vm, &index, Some(&crate::exception::types::OverflowError))? as usize)
}

fn generic_ass_subscript(vm: &Vm, this: &Object, key: &Object, value: Option<&Object>) -> Result<()> {
    match value {
        Some(value) => must(vm, this, vm.names().__setitem__(), &[key, value])?,
        None => must(vm, this, vm.names().__delitem__(), &[key])?,
    };
    Ok(())
}

fn generic_contains(vm: &Vm, this: &Object, value: &Object) -> Result<bool> {
    match attr::lookup(type_of(this), vm.names().__contains__()) {
        Some(method) if method.is(&none()) => {
            Err(raise!(vm, TypeError, "'{}' object is not a container", type_of(this).tp_name()))
        }
        Some(method) => {
            let result = call_found(vm, this, &method, &[value])?;
            protocol::is_true(vm, &result)
        }
        None => crate::protocol::sequence::contains_by_iteration(vm, this, value),
    }
}

/// `a op b` where a slot of one of them is a Python method: tries the left one's method, then the right one's
/// reflected one; the right one first where its class is a subclass that overrides it.
fn generic_binary(
    vm: &Vm,
    a: &Object,
    b: &Object,
    name: &Name,
    reflected: &Name,
    own: impl Fn(&Type) -> bool,
) -> Result<Object> {
    let (left, right) = (type_of(a).clone(), type_of(b).clone());
    let mut other = !left.is(&right) && own(&right);
    if own(&left) {
        if other && right.is_subtype(&left) && overrides(vm, &left, &right, reflected) {
            if let Some(result) = call_special(vm, b, reflected, &[a])?
                && !is_not_implemented(&result)
            {
                return Ok(result);
            }
            other = false;
        }
        match call_special(vm, a, name, &[b])? {
            Some(result) if !is_not_implemented(&result) => return Ok(result),
            Some(result) if left.is(&right) => return Ok(result),
            _ => {}
        }
    }
    if other && let Some(result) = call_special(vm, b, reflected, &[a])? {
        return Ok(result);
    }
    Ok(none::not_implemented())
}

fn overrides(_vm: &Vm, left: &Type, right: &Type, name: &Name) -> bool {
    match (attr::lookup(left, name), attr::lookup(right, name)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(a), Some(b)) => !a.is(&b),
    }
}

fn generic_pow(vm: &Vm, a: &Object, b: &Object, modulus: Option<&Object>) -> Result<Object> {
    let own = |t: &Type| t.slots.pow.get().is_some_and(|f| f as usize == generic_pow as *const () as usize);
    match modulus.filter(|m| !m.is(&none())) {
        None => generic_binary(vm, a, b, vm.names().__pow__(), vm.names().__rpow__(), own),
        Some(modulus) if own(type_of(a)) => {
            Ok(call_special(vm, a, vm.names().__pow__(), &[b, modulus])?.unwrap_or_else(none::not_implemented))
        }
        Some(modulus) if own(type_of(b)) => {
            Ok(call_special(vm, b, vm.names().__rpow__(), &[a, modulus])?.unwrap_or_else(none::not_implemented))
        }
        Some(_) => Ok(none::not_implemented()),
    }
}

/// The `send` slot for iterators that have only `__next__` and perhaps a `send` method.
pub fn send_by_method(vm: &Vm, this: &Object, value: &Object) -> Result<SendResult> {
    let result = match type_of(this).slots.next.get() {
        Some(next) if value.is(&none()) => next(vm, this),
        _ => {
            let method = protocol::getattr(vm, this, vm.names().send())?;
            call::call(vm, &method, std::slice::from_ref(value)).map(Some)
        }
    };
    match result {
        Ok(Some(value)) => Ok(SendResult::Yield(value)),
        Ok(None) => Ok(SendResult::Return(vm.take_stop_value())),
        Err(_) if vm.raised_is(&crate::exception::types::StopIteration) => {
            let exception = vm.take_raised();
            Ok(SendResult::Return(crate::exception::stop_iteration_value(exception.as_ref())))
        }
        Err(raised) => Err(raised),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn rows_of_a_slot_stand_together() {
        let mut slots: Vec<&str> = super::slot_groups().map(|group| group[0].slot).collect();
        let groups = slots.len();
        slots.sort_unstable();
        slots.dedup();
        assert_eq!(slots.len(), groups);
    }
}
