//! Instances: what lies behind the native body.
//!
//! ```text
//! [ native body ][ slot words: one per name in __slots__ ][ attribute header ][ values … ][ order bytes … ]
//! ```
//!
//! The attribute header exists where the type `has_attrs`. It is one word:
//!
//! * 0: nothing yet; no room inside (the object was made without), or not yet set up;
//! * odd: the values are inside. Byte 1 is the capacity, byte 2 the number of values set, bytes 3 to 7 the first order
//!   bytes; further order bytes lie behind the values. A value's place is its name's index in the class's shared keys;
//!   the order bytes list the places in the order in which they were set;
//! * even: a counted pointer to the `dict` that holds the attributes, made when somebody asked for `__dict__` or when
//!   an attribute found no place inside.
//!
//! # Invariants
//! The words exist as the object's type says (`alloc` makes them; `__class__` assignment is allowed only between types
//! with the same shape). Every slot word and value word is 0 or an owned [`Object`] word.

use super::{Type, TypeRef, type_of};
use crate::builtins::dict::Dict;
use crate::builtins::str::Str;
use crate::context::Vm;
use crate::error::Result;
use crate::object::PyType;
use crate::object::cast::Cast;
use heap::{Head, Heap, Object, OutOfMemory, Ref, Visitor, dealloc};

/// Most attributes that lie inside an instance.
const MOST: usize = 30;
/// Order bytes inside the header word.
const ORDER_INSIDE: usize = 5;

/// What lies behind the body of an instance.
#[derive(Clone, Copy)]
pub struct Extra {
    /// The number of attributes for which this is right; none for `u32::MAX`.
    known: u32,
    bytes: u32,
    /// For how many attributes there is room inside.
    capacity: u32,
}

impl Default for Extra {
    fn default() -> Extra {
        Extra { known: u32::MAX, bytes: 0, capacity: 0 }
    }
}

/// What lies behind the body of an instance made now; the type remembers it until more attributes are known.
#[inline(always)]
fn extra(kind: &Type, body: usize) -> Extra {
    let known = kind.shared_keys_len.get().max(kind.expected_attrs.get());
    let extra = kind.extra.get();
    if extra.known == known { extra } else { find_extra(kind, body, known) }
}

#[cold]
fn find_extra(kind: &Type, body: usize, known: u32) -> Extra {
    let (bytes, capacity) = extra_for(kind, body, known as usize);
    let extra = Extra { known, bytes: bytes as u32, capacity: capacity as u32 };
    kind.extra.set(extra);
    extra
}

fn extra_for(kind: &Type, body: usize, known: usize) -> (usize, usize) {
    let slots = kind.slot_words.get() as usize * 8;
    if !kind.has_attrs.get() {
        return (slots, 0);
    }
    let mut capacity = if !kind.is_heap_type() {
        0
    } else if known == 0 {
        4
    } else {
        known.min(MOST)
    };
    // What the size class would waste becomes room for values.
    let size = |capacity: usize| body + slots + 8 + capacity * 8 + order_behind(capacity);
    while kind.is_heap_type() && capacity < MOST && size(capacity + 1) <= size(capacity).next_multiple_of(16) {
        capacity += 1;
    }
    (size(capacity) - body, capacity)
}

fn order_behind(capacity: usize) -> usize {
    capacity.saturating_sub(ORDER_INSIDE).next_multiple_of(8)
}

/// A new instance of `cls`, whose native body is a `T`: all that a native `new` needs.
pub fn alloc<T: PyType>(vm: &Vm, cls: &Ref<Type>, body: T) -> Result<Ref<T>> {
    debug_assert!(cls.is_subtype(T::class()));
    // SAFETY: the class's native type is T's or shares its body; the extra bytes are as `extra` says.
    unsafe {
        if cls.slot_words.get() == 0 && !cls.has_attrs.get() {
            return heap::alloc(cls.as_kind(), body).map_err(|_| vm.out_of_memory());
        }
        let extra = extra(cls, size_of::<T>());
        let object = heap::alloc_extra(cls.as_kind(), body, extra.bytes as usize).map_err(|_| vm.out_of_memory())?;
        if cls.has_attrs.get() {
            let header = object.as_ptr().add(1).cast::<u64>().cast_mut().add(cls.slot_words.get() as usize);
            *header = 1 | u64::from(extra.capacity) << 8;
        }
        Ok(object)
    }
}

/// Bytes that a variable-size body needs behind it, to pass to its allocator; then call [`set_up_var`].
pub fn extra_var(kind: &Type) -> usize {
    if kind.has_attrs.get() { kind.slot_words.get() as usize * 8 + 8 } else { kind.slot_words.get() as usize * 8 }
}

/// Where the words behind the body start.
#[inline]
fn words(object: &Object) -> Option<(*mut u64, &'static TypeRef)> {
    object.head()?;
    let kind = type_of(object);
    let base = object.as_ptr().cast::<u8>().cast_mut();
    let offset = if kind.base_head.item_size.get() == 0 {
        kind.base_head.basic_size.get() as usize
    } else {
        // SAFETY: the item size is that of the native body, which is one of these.
        unsafe {
            match () {
                () if kind.has_flag(super::flags::LONG_SUBCLASS) => (*base.cast::<heap::IntBody>()).extra_offset(),
                () if kind.has_flag(super::flags::UNICODE_SUBCLASS) => (*base.cast::<heap::StrBody>()).extra_offset(),
                () if kind.has_flag(super::flags::BYTES_SUBCLASS) => (*base.cast::<heap::BytesBody>()).extra_offset(),
                () => (*base.cast::<heap::TupleBody>()).extra_offset(),
            }
        }
    };
    Some((base.wrapping_add(offset).cast(), kind))
}

#[inline]
fn header(object: &Object) -> Option<*mut u64> {
    let (words, kind) = words(object)?;
    kind.has_attrs.get().then(|| words.wrapping_add(kind.slot_words.get() as usize))
}

/// Whether the object has attributes of its own.
#[inline]
pub fn has_attrs(object: &Object) -> bool {
    object.is_heap() && (type_of(object).has_attrs.get() || foreign_dict(object).is_some())
}

/// Native types that keep their own dict field (modules, functions): asked through `__dict__`'s owner.
fn foreign_dict(object: &Object) -> Option<Ref<Dict>> {
    if let Some(module) = object.cast::<crate::builtins::module::Module>() {
        return Some(module.dict());
    }
    if let Some(function) = object.cast::<crate::frame::function::Function>() {
        return Some(function.attributes());
    }
    None
}

#[derive(Clone, Copy)]
struct Inside {
    header: *mut u64,
}

impl Inside {
    unsafe fn capacity(self) -> usize {
        unsafe { (*self.header >> 8 & 0xFF) as usize }
    }
    unsafe fn len(self) -> usize {
        unsafe { (*self.header >> 16 & 0xFF) as usize }
    }
    unsafe fn set_len(self, len: usize) {
        unsafe { *self.header = *self.header & !0xFF_0000 | (len as u64) << 16 }
    }
    fn value(self, place: usize) -> *mut u64 {
        self.header.wrapping_add(1 + place)
    }
    unsafe fn order(self, i: usize) -> *mut u8 {
        unsafe {
            if i < ORDER_INSIDE {
                self.header.cast::<u8>().add(3 + i)
            } else {
                self.header.add(1 + self.capacity()).cast::<u8>().add(i - ORDER_INSIDE)
            }
        }
    }
}

/// Notes that the value at `place`, which was not set, is being set.
///
/// # Safety
/// `header` is an object's attribute header with values inside, and `place` is below its capacity.
#[inline]
pub unsafe fn enter_in_order(header: *mut u64, place: usize) {
    let inside = Inside { header };
    // SAFETY: there is an order byte for each value.
    unsafe {
        let len = inside.len();
        let mut word = *header + (1 << 16);
        if len < ORDER_INSIDE {
            // In one word: a byte written by itself would have the next reader of the word wait.
            let at = 24 + 8 * len;
            word = word & !(0xFF << at) | (place as u64) << at;
        } else {
            *inside.order(len) = place as u8;
        }
        *header = word;
    }
}

enum Attrs {
    Inside(Inside),
    Dict(Ref<Dict>),
    Nothing,
}

fn attrs(object: &Object) -> Attrs {
    let Some(header) = header(object) else {
        return foreign_dict(object).map_or(Attrs::Nothing, Attrs::Dict);
    };
    // SAFETY: the word is what the module's text says.
    unsafe {
        match *header {
            0 => Attrs::Dict(materialise(object)),
            word if word & 1 == 1 => Attrs::Inside(Inside { header }),
            word => Attrs::Dict(Ref::clone(&*std::mem::ManuallyDrop::new(Ref::from_raw(word as *mut Dict)))),
        }
    }
}

/// Where the name's value lies in instances of the class.
#[inline]
pub fn place_of(kind: &Type, name: &Str) -> Option<usize> {
    let keys = kind.shared_keys.borrow();
    let found = keys.iter().position(|key| std::ptr::eq(&**key, name));
    // The keys are interned: another name that is interned too is none of them.
    if found.is_some() || name.interned() != 0 {
        return found;
    }
    keys.iter().position(|key| **key == *name)
}

/// The instance's own attribute.
pub fn get(vm: &Vm, object: &Object, name: &Ref<Str>) -> Result<Option<Object>> {
    match attrs(object) {
        Attrs::Nothing => Ok(None),
        // A key that is no string may be equal to the name.
        Attrs::Dict(dict) => dict.get(vm, name.as_object()),
        Attrs::Inside(inside) => {
            let Some(place) = place_of(type_of(object), name) else { return Ok(None) };
            // SAFETY: a place below the capacity has a value word.
            unsafe {
                if place >= inside.capacity() {
                    return Ok(None);
                }
                let word = *inside.value(place);
                Ok((word != 0).then(|| clone_word(word)))
            }
        }
    }
}

unsafe fn clone_word(word: u64) -> Object {
    // SAFETY: an owned word that stays where it is.
    unsafe { (*std::mem::ManuallyDrop::new(Object::from_word(word))).clone() }
}

/// Sets or deletes the instance's own attribute; `false` if there was nothing to delete.
pub fn set(vm: &Vm, object: &Object, name: &Ref<Str>, value: Option<&Object>) -> Result<bool> {
    let inside = match attrs(object) {
        Attrs::Nothing => return Ok(false),
        Attrs::Dict(dict) => {
            return match value {
                Some(value) => dict.set_name(vm, name, value.clone()).map(|()| true),
                None => Ok(dict.remove_name(vm, name)?.is_some()),
            };
        }
        Attrs::Inside(inside) => inside,
    };
    let kind = type_of(object);
    let mut place = place_of(kind, name);
    // SAFETY: the words are as the header says; old values are dropped after the words are consistent.
    unsafe {
        let capacity = inside.capacity();
        match value {
            None => {
                let Some(place) = place.filter(|&p| p < capacity) else { return Ok(false) };
                let old = std::mem::replace(&mut *inside.value(place), 0);
                if old == 0 {
                    return Ok(false);
                }
                let len = inside.len();
                let at = (0..len)
                    .find(|&i| *inside.order(i) as usize == place)
                    .expect("a value that is set is in the order");
                for i in at..len - 1 {
                    *inside.order(i) = *inside.order(i + 1);
                }
                inside.set_len(len - 1);
                drop(Object::from_word(old));
                Ok(true)
            }
            Some(value) => {
                if place.is_none() && kind.shared_keys.borrow().len() < MOST && name.is_exact_str() {
                    let mut keys = kind.shared_keys.borrow_mut();
                    keys.push(vm.intern_ref(name));
                    kind.shared_keys_len.set(keys.len() as u32);
                    place = Some(keys.len() - 1);
                }
                match place.filter(|&p| p < capacity) {
                    Some(place) => {
                        let old = std::mem::replace(&mut *inside.value(place), value.clone().into_word());
                        if old == 0 {
                            enter_in_order(inside.header, place);
                        } else {
                            drop(Object::from_word(old));
                        }
                        Ok(true)
                    }
                    None => {
                        let dict = materialise(object);
                        dict.set_name(vm, name, value.clone()).map(|()| true)
                    }
                }
            }
        }
    }
}

/// Moves the attributes into a dict and gives it.
fn materialise(object: &Object) -> Ref<Dict> {
    let header = header(object).expect("only for objects with attributes");
    let keys = type_of(object).shared_keys.borrow();
    let dict = Dict::empty();
    // SAFETY: as the module's text says; each value word's reference moves into the dict.
    unsafe {
        if *header & 1 == 1 {
            let inside = Inside { header };
            for i in 0..inside.len() {
                let place = *inside.order(i) as usize;
                let word = std::mem::replace(&mut *inside.value(place), 0);
                dict.insert_fresh_name(&keys[place], Object::from_word(word));
            }
        }
        *header = dict.clone().into_raw() as u64;
    }
    dict
}

/// The object's `__dict__`, made if need be.
pub fn dict(object: &Object) -> Option<Ref<Dict>> {
    match attrs(object) {
        Attrs::Nothing => None,
        Attrs::Dict(dict) => Some(dict),
        Attrs::Inside(_) => Some(materialise(object)),
    }
}

/// Makes `dict` the object's `__dict__`.
pub fn set_dict(object: &Object, dict: &Ref<Dict>) -> bool {
    if let Some(function) = object.cast::<crate::frame::function::Function>() {
        function.set_attributes(dict);
        return true;
    }
    let Some(header) = header(object) else { return false };
    drop(self::dict(object));
    // SAFETY: the header is now 0 or a counted pointer to the old dict.
    unsafe {
        let old = std::mem::replace(&mut *header, dict.clone().into_raw() as u64);
        if old != 0 {
            drop(Object::from_word(old));
        }
    }
    true
}

/// A copy of the attributes as a list of (name, value), without making the dict.
pub fn items(object: &Object) -> Vec<(Object, Object)> {
    match attrs(object) {
        Attrs::Nothing => Vec::new(),
        Attrs::Dict(dict) => dict.to_pairs(),
        Attrs::Inside(inside) => {
            let keys = type_of(object).shared_keys.borrow();
            // SAFETY: as the module's text says.
            unsafe {
                (0..inside.len())
                    .map(|i| *inside.order(i) as usize)
                    .map(|place| (keys[place].to_object(), clone_word(*inside.value(place))))
                    .collect()
            }
        }
    }
}

/// Where the inline values of the class's instances start, in bytes from the object; for the interpreter's caches.
pub fn header_offset(kind: &Type) -> Option<usize> {
    (kind.has_attrs.get() && kind.base_head.item_size.get() == 0)
        .then(|| kind.base_head.basic_size.get() as usize + kind.slot_words.get() as usize * 8)
}

/// The value of a `__slots__` member.
pub fn get_slot(object: &Object, index: usize) -> Option<Object> {
    let (words, kind) = words(object)?;
    if index >= kind.slot_words.get() as usize {
        return None;
    }
    // SAFETY: the word exists.
    unsafe {
        let word = *words.add(index);
        (word != 0).then(|| clone_word(word))
    }
}

/// Sets or clears a `__slots__` member; gives the old value.
pub fn set_slot(object: &Object, index: usize, value: Option<Object>) -> Option<Object> {
    let (words, kind) = words(object)?;
    if index >= kind.slot_words.get() as usize {
        return None;
    }
    // SAFETY: the word exists and is 0 or owned.
    unsafe {
        let old = std::mem::replace(&mut *words.add(index), value.map_or(0, Object::into_word));
        (old != 0).then(|| Object::from_word(old))
    }
}

/// Makes a class trace and free its instances with their words; for classes and for built-in types with attributes.
pub fn prepare_type(kind: &Type, tracked: bool) {
    kind.base_head.trace.set(trace_instance);
    kind.base_head.clear.set(clear_instance);
    kind.base_head.dealloc.set(dealloc_instance);
    kind.base_head.tracked.set(tracked);
}

/// The functions of a native body, kept when the type's own are wrapped.
#[derive(Clone, Copy)]
pub struct Native {
    trace: heap::head::TraceFn,
    clear: unsafe fn(*const Head),
    dealloc: unsafe fn(*mut Head),
}

/// Remembers the native body's functions in the type, so that the instance functions can be put around them.
pub fn keep_native(kind: &Type) {
    let head = &kind.base_head;
    kind.native_functions.set(Some(Native {
        trace: head.trace.get(),
        clear: head.clear.get(),
        dealloc: head.dealloc.get(),
    }));
}

unsafe fn native(kind: *const Type) -> Native {
    // SAFETY: types are alive as long as their instances.
    unsafe { (*kind).native_functions.get().expect("set for every type") }
}

unsafe fn each_word(object: *const Head, mut f: impl FnMut(*mut u64)) {
    // SAFETY: the object is whole but for its words, which exist.
    unsafe {
        let view = std::mem::ManuallyDrop::new(Object::from_word(object as u64));
        let Some((words, kind)) = words(&view) else { return };
        let slots = kind.slot_words.get() as usize;
        for i in 0..slots {
            f(words.add(i));
        }
        if kind.has_attrs.get() {
            let header = words.add(slots);
            if *header & 1 == 1 {
                let inside = Inside { header };
                for place in 0..inside.capacity() {
                    f(inside.value(place));
                }
            } else {
                f(header);
            }
        }
    }
}

unsafe fn trace_instance(object: *const Head, visit: &mut Visitor) {
    // SAFETY: words are 0 or owned references.
    unsafe {
        let kind = (*object).kind().cast::<Type>();
        (native(kind).trace)(object, visit);
        let view = std::mem::ManuallyDrop::new(Object::from_word(object as u64));
        if let Some((words, kind)) = words(&view) {
            let slots = kind.slot_words.get() as usize;
            visit.options(std::slice::from_raw_parts(words.cast(), slots));
            if kind.has_attrs.get() {
                let inside = Inside { header: words.add(slots) };
                let (first, count) = match *inside.header & 1 {
                    1 => (inside.value(0), inside.capacity()),
                    _ => (inside.header, 1),
                };
                visit.options(std::slice::from_raw_parts(first.cast(), count));
            }
        }
        if (*kind).base_head.counted.get() {
            visit.object(&std::mem::ManuallyDrop::new(Object::from_word(kind as u64)));
        }
    }
}

unsafe fn clear_instance(object: *const Head) {
    // SAFETY: as above; each word is emptied before its reference is dropped.
    unsafe {
        let kind = (*object).kind().cast::<Type>();
        (native(kind).clear)(object);
        drop_words(object);
    }
}

unsafe fn drop_words(object: *const Head) {
    unsafe {
        each_word(object, |word| {
            let value = std::mem::replace(&mut *word, 0);
            if value != 0 {
                drop(Object::from_word(value));
            }
        });
        let view = std::mem::ManuallyDrop::new(Object::from_word(object as u64));
        if let Some(header) = header(&view)
            && *header & 1 == 1
        {
            Inside { header }.set_len(0);
        }
    }
}

/// Runs a finaliser; what dies in it dies as deep as there is stack.
pub fn run_finalizer(vm: &Vm, finalize: fn(&Vm, &Object), object: &Object) {
    match vm.stack_is_low() {
        true => finalize(vm, object),
        false => vm.interp().heap.apart(|| finalize(vm, object)),
    }
}

/// `dealloc` of instances with a finaliser or words of their own.
///
/// # Safety
/// The object's count is zero, and nobody else frees it.
pub unsafe fn dealloc_instance(object: *mut Head) {
    let heap = Heap::current();
    // SAFETY: I4: the count is zero and the object whole until the native dealloc.
    unsafe {
        let kind = (*object).kind().cast::<Type>();
        if let Some(finalize) = (*kind).slots.finalize.get()
            && !(*object).has(heap::flags::FINALIZED)
        {
            (*object).set_flag(heap::flags::FINALIZED);
            if let Some(vm) = Vm::try_current()
                && !dealloc::with_dying(object, |o| run_finalizer(vm, finalize, o))
            {
                return;
            }
        }
        dealloc::clear_weakrefs(heap, object);
        if (*object).count() > 0 {
            return;
        }
        heap.untrack(&*object);
        drop_words(object);
        (native(kind).dealloc)(object);
    }
}

/// What the collector's out-of-memory becomes.
pub fn memory_error(vm: &Vm) -> impl Fn(OutOfMemory) -> crate::Raised + '_ {
    |_| vm.out_of_memory()
}

/// A new instance of a built-in type without attributes of its own. Small and of fixed size, so that running out of
/// memory here is the process's end, not the program's.
#[inline(always)]
pub fn alloc_static<T: PyType>(body: T) -> Ref<T> {
    debug_assert!(!T::class().has_attrs.get() && T::class().slot_words.get() == 0);
    // SAFETY: T's own type has exactly this body.
    unsafe { heap::alloc(T::kind(), body) }.expect("memory for a small object")
}

/// After a variable-size instance was allocated: attributes start in no dict and with no room inside.
pub fn set_up_var(object: &Object) {
    if let Some(header) = header(object) {
        // SAFETY: the header word exists.
        unsafe { *header = 1 };
    }
}
