//! Types and objects: what a type holds, how attributes are found, how classes and instances are made.
//!
//! A [`Type`] is a heap object like any other. Built-in types live in statics ([`StaticType`]), so their addresses are
//! known to the linker and an exact type check is one comparison. A type's *native* type is the nearest built-in type
//! in its bases whose Rust struct its instances start with; behind that struct come the words of `__slots__` and the
//! instance's attributes ([`instance`]).

/// Whether two types fill a slot with the same function.
macro_rules! same_slot {
    ($a:expr, $b:expr, $slot:ident) => {
        $a.slots.$slot.get().map(|f| f as usize) == $b.slots.$slot.get().map(|f| f as usize)
    };
}
pub(crate) use same_slot;

pub mod attr;
pub mod buffer;
#[expect(unsafe_code, reason = "the checked view of an object as its Rust struct, and instance words behind it")]
pub mod cast;
pub mod class;
pub mod flags;
#[expect(unsafe_code, reason = "slot and attribute words behind an instance's body; its deallocation")]
pub mod instance;
pub mod mro;
pub mod roster;
pub mod slot_table;
pub mod slots;
pub mod static_type;

pub use cast::Cast;
pub use slots::Slots;
pub use static_type::{PyType, StaticType};

use crate::builtins::dict::Dict;
use crate::builtins::str::Str;
use crate::builtins::tuple::Tuple;
use heap::{Field, Object, Ref, TypeHead, Visitor};
use std::cell::{Cell, RefCell};

/// A Python type.
#[repr(C)]
pub struct Type {
    pub base_head: TypeHead,
    /// The last part of the dotted name, `__name__`.
    pub name: Field<Ref<Str>>,
    pub qualname: Field<Ref<Str>>,
    pub flags: Cell<u32>,
    /// Stands for the type's attributes and those of its bases as they are; 0 when none was asked for since a change.
    pub version: Cell<u32>,
    /// The functions that a call of the class and a subscript of an instance run, for the interpreter.
    pub init: Cell<FoundFunction>,
    pub getitem: Cell<FoundFunction>,
    pub base: Field<Ref<Type>>,
    pub bases: Field<Ref<Tuple>>,
    pub mro: Field<Ref<Tuple>>,
    pub dict: Field<Ref<Dict>>,
    /// Direct subclasses, as plain addresses: a subclass takes itself out when it dies.
    pub subclasses: RefCell<Vec<*const Type>>,
    pub slots: Slots,
    /// The built-in type whose Rust struct the instances start with.
    pub native: Cell<Option<&'static StaticType>>,
    /// How the native body is traced, cleared and freed.
    pub native_functions: Cell<Option<instance::Native>>,
    /// Number of `__slots__` words behind the native body, those of the bases included.
    pub slot_words: Cell<u32>,
    /// Whether instances have attributes of their own (`__dict__`), and room for them behind the slot words.
    pub has_attrs: Cell<bool>,
    /// Whether weak references to instances are allowed.
    pub weak_allowed: Cell<bool>,
    /// The attribute names of instances in the order in which they were first stored: the index is the place of the
    /// value inside the instance. Never shrinks.
    pub shared_keys: RefCell<Vec<Ref<Str>>>,
    /// Their number, for the interpreter's caches.
    pub shared_keys_len: Cell<u32>,
    /// How many attributes the methods of the class and its bases set on `self`, by their source: the room that the first
    /// instances get.
    pub expected_attrs: Cell<u32>,
    /// What lies behind the body of instances, by what is known now.
    pub extra: Cell<instance::Extra>,
    /// `__doc__` of a built-in type, and its text signature.
    pub doc: Cell<&'static str>,
    pub text_signature: Cell<&'static str>,
    pub module: Cell<&'static str>,
}

impl Type {
    /// An empty type, to be filled.
    pub fn empty() -> Type {
        Type {
            base_head: TypeHead::new(),
            name: Field::empty(),
            qualname: Field::empty(),
            flags: Cell::new(0),
            version: Cell::new(0),
            init: Cell::default(),
            getitem: Cell::default(),
            base: Field::empty(),
            bases: Field::empty(),
            mro: Field::empty(),
            dict: Field::empty(),
            subclasses: RefCell::new(Vec::new()),
            slots: Slots::default(),
            native: Cell::new(None),
            native_functions: Cell::new(None),
            slot_words: Cell::new(0),
            has_attrs: Cell::new(false),
            weak_allowed: Cell::new(false),
            shared_keys: RefCell::new(Vec::new()),
            shared_keys_len: Cell::new(0),
            expected_attrs: Cell::new(0),
            extra: Cell::default(),
            doc: Cell::new(""),
            text_signature: Cell::new(""),
            module: Cell::new("builtins"),
        }
    }

    #[inline(always)]
    pub fn has_flag(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    /// Made by a class statement or `type()`, not built in.
    #[inline]
    pub fn is_heap_type(&self) -> bool {
        self.has_flag(flags::HEAPTYPE)
    }

    /// The type's name as errors show it: the last part for a class, `module.name` for a built-in type outside builtins.
    pub fn tp_name(&self) -> String {
        let name = self.name.get().map(|n| n.to_string()).unwrap_or_default();
        match self.module.get() {
            "builtins" => name,
            module => format!("{module}.{name}"),
        }
    }

    /// `__name__`.
    pub fn short_name(&self) -> String {
        self.name.get().map(|n| n.to_string()).unwrap_or_default()
    }

    /// Whether `self` is `other` or derives from it, by the MRO.
    pub fn is_subtype(&self, other: &Type) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        // SAFETY: looking through the tuple runs no code that could replace it.
        #[expect(
            unsafe_code,
            reason = "a look without counting: every check of an exception or an argument comes here"
        )]
        match unsafe { self.mro.peek() } {
            Some(mro) => mro.items().iter().any(|t| std::ptr::eq(t.as_ptr().cast(), other)),
            None => {
                // Not ready yet: along the bases.
                let mut base = self.base.get();
                while let Some(t) = base {
                    if std::ptr::eq(&*t, other) {
                        return true;
                    }
                    base = t.base.get();
                }
                false
            }
        }
    }

    /// The types of the MRO.
    pub fn mro_types(&self) -> impl Iterator<Item = Ref<Type>> + use<> {
        let mro = self.mro.get();
        let mut at = 0;
        std::iter::from_fn(move || {
            let item = mro.as_ref()?.items().get(at)?.cast::<Type>().cloned();
            at += 1;
            item
        })
    }

    /// The address as the heap sees it.
    #[inline(always)]
    pub fn as_kind(&self) -> *const TypeHead {
        (self as *const Type).cast()
    }

    /// The nearest built-in type in the chain of first bases: whose body the instances have.
    pub fn native_base(&self) -> Option<Ref<Type>> {
        if !self.is_heap_type() {
            return Some(Ref::of(self));
        }
        let mut at = self.base.get()?;
        while at.is_heap_type() {
            at = at.base.get()?;
        }
        Some(at)
    }

    /// The type's own dict.
    pub fn own_dict(&self) -> Ref<Dict> {
        self.dict.get().expect("a type that is ready has a dict")
    }
}

/// The Python function that is a class's special method, borrowed, as long as the version is the class's; null: there is
/// none that could be entered directly.
#[derive(Clone, Copy)]
pub struct FoundFunction {
    pub version: u32,
    pub function: *const crate::frame::function::Function,
}

impl Default for FoundFunction {
    fn default() -> FoundFunction {
        FoundFunction { version: 0, function: std::ptr::null() }
    }
}

impl FoundFunction {
    /// What a class has under the name, borrowed from it.
    pub fn find(class: &Type, name: &Ref<Str>) -> FoundFunction {
        let version = mro::version(class);
        let found = attr::lookup(class, name);
        let function = found.as_ref().and_then(|f| f.cast_exact::<crate::frame::function::Function>());
        FoundFunction { version, function: function.map_or(std::ptr::null(), |f| f.as_ptr()) }
    }

    /// The function, if it still is the one of a class of that version.
    #[inline(always)]
    pub fn of(self, version: u32) -> Option<*const crate::frame::function::Function> {
        (self.version == version && version != 0 && !self.function.is_null()).then_some(self.function)
    }
}

impl Drop for Type {
    fn drop(&mut self) {
        for base in self.bases.get().iter().flat_map(|b| b.items()).filter_map(|b| b.cast::<Type>()) {
            mro::forget_subclass(base, self);
        }
    }
}

impl heap::Trace for Type {
    fn trace(&self, visit: &mut Visitor) {
        self.base.trace(visit);
        self.bases.trace(visit);
        self.mro.trace(visit);
        self.dict.trace(visit);
    }
    fn clear_refs(&self) {
        if let Some(dict) = self.dict.get() {
            heap::Trace::clear_refs(&*dict);
        }
        self.mro.set(None);
        self.version.set(0);
    }
}

/// The type of any object, immediates included.
#[inline(always)]
pub fn type_of(object: &Object) -> &'static TypeRef {
    cast::type_of(object)
}

/// A borrowed type: lives as long as some object of it does, which the caller holds.
pub type TypeRef = Ref<Type>;

/// The type's name as errors show it.
pub fn type_name(object: &Object) -> String {
    type_of(object).tp_name()
}
