//! Weak references and proxies, and the registry that finds those of a dying object.
//!
//! A reference holds its object's address without a count. The registry maps addresses to references; the heap's flag
//! `HAS_WEAKREFS` on the object says whether it must be asked. An object is cleared from its references before its
//! memory goes, so an address in a reference is that of a live object or 0.

use crate::object::{attr, instance, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call, iter, number as numbers, object as protocol, sequence};
use heap::flags as heap_flags;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

/// Which weak references exist.
#[derive(Default)]
pub struct Registry {
    /// By object, the first of its references; they are a chain.
    of: RefCell<HashMap<u64, *const WeakRef, BuildHasherDefault<AddressHasher>>>,
}

/// A weak reference to an object; the body of proxies too.
#[repr(C)]
pub struct WeakRef {
    pub head: Head,
    /// The object's address, 0 once it is gone.
    target: Cell<u64>,
    pub callback: Field<Object>,
    /// The object's hash, -1 before it was asked for.
    hash: Cell<i64>,
    /// The object's next reference.
    next: Cell<*const WeakRef>,
}

impl PyType for WeakRef {
    const NAME: &'static str = "ReferenceType";
    const MODULE: &'static str = "weakref";
    const DOC: &'static str = "";
    const FLAGS: u32 = flags::BASETYPE | flags::HAVE_GC;
    type Base = crate::builtins::object::BaseObject;
    #[inline]
    fn static_type() -> &'static StaticType {
        static TYPE: StaticType = StaticType::new();
        &TYPE
    }
}

impl Trace for WeakRef {
    fn trace(&self, visit: &mut Visitor) {
        self.callback.trace(visit);
    }
    fn clear_refs(&self) {
        self.unregister();
        self.callback.set(None);
    }
}

impl Drop for WeakRef {
    fn drop(&mut self) {
        self.unregister();
    }
}

#[expect(unsafe_code, reason = "addresses in the registry are those of live objects, see the module's text")]
mod raw {
    use super::WeakRef;
    use heap::{Head, Object, Ref, flags};

    /// A new reference to the object at an address in a weak reference, unless it is dying.
    pub fn object(address: u64) -> Option<Object> {
        // SAFETY: references are cleared before their object's memory goes.
        unsafe {
            let head = address as *const Head;
            ((*head).count() > 0 && !(*head).has(flags::GARBAGE)).then(|| Object::from_head(head))
        }
    }

    /// Marks the object as one that has weak references, or that has none any more.
    pub fn mark(address: u64, on: bool) {
        // SAFETY: as above.
        unsafe {
            let head = &*(address as *const Head);
            if on { head.set_flag(flags::HAS_WEAKREFS) } else { head.clear_flag(flags::HAS_WEAKREFS) }
        }
    }

    /// The reference at an address in the registry, unless it is dying itself.
    pub fn reference(at: *const WeakRef) -> Option<Ref<WeakRef>> {
        // SAFETY: a reference leaves the registry before its memory goes.
        unsafe { ((*at).head.count() > 0).then(|| Ref::of(&*at)) }
    }

    /// The references of a chain.
    pub fn chain(mut at: *const WeakRef) -> impl Iterator<Item = *const WeakRef> {
        std::iter::from_fn(move || {
            let this = (!at.is_null()).then_some(at)?;
            at = next(this);
            Some(this)
        })
    }

    /// The one behind a reference of the registry.
    pub fn next(at: *const WeakRef) -> *const WeakRef {
        // SAFETY: as above.
        unsafe { (*at).next.get() }
    }

    /// Puts `next` behind a reference of the registry.
    pub fn set_next(at: *const WeakRef, next: *const WeakRef) {
        // SAFETY: as above.
        unsafe { (*at).next.set(next) };
    }
}

impl WeakRef {
    /// The object, if it is still there.
    pub fn target(&self) -> Option<Object> {
        match self.target.get() {
            0 => None,
            address => raw::object(address),
        }
    }

    /// Whether the object is still there; cheaper than a reference to it.
    #[inline]
    pub fn is_alive(&self) -> bool {
        self.target.get() != 0
    }

    fn body(target: &Object, callback: Option<Object>) -> WeakRef {
        WeakRef {
            head: Head::new(),
            target: Cell::new(target.word()),
            callback: Field::new(callback),
            hash: Cell::new(-1),
            next: Cell::new(std::ptr::null()),
        }
    }

    /// A weak reference of the class `cls`, which is one of the three native ones or derives from `ReferenceType`.
    fn make(vm: &Vm, cls: &Ref<Type>, target: &Object, callback: Option<&Object>) -> Result<Object> {
        let callback = callback.filter(|c| !c.is(&none()));
        if !type_of(target).weak_allowed.get() || !target.is_heap() {
            bail!(vm, TypeError, "cannot create weak reference to '{}' object", type_name(target));
        }
        let native = !cls.is_heap_type();
        if native
            && callback.is_none()
            && let Some(known) = plain(vm, target, cls)
        {
            return Ok(known.into_object());
        }
        let body = WeakRef::body(target, callback.cloned());
        let made =
            if cls.is_subtype(WeakRef::class()) { instance::alloc(vm, cls, body)? } else { alloc_proxy(cls, body) };
        let this = made.as_ptr();
        // Those without callback stand first, so that they are found again.
        let is_first = native && callback.is_none();
        match vm.interp().weakrefs.of.borrow_mut().entry(target.word()) {
            Entry::Vacant(none) => drop(none.insert(this)),
            Entry::Occupied(mut first) if is_first => raw::set_next(this, first.insert(this)),
            Entry::Occupied(first) => {
                if let Some(last) = raw::chain(*first.get()).last() {
                    raw::set_next(last, this);
                }
            }
        }
        raw::mark(target.word(), true);
        Ok(made.into_object())
    }

    fn unregister(&self) {
        let address = self.target.replace(0);
        let Some(vm) = Vm::try_current().filter(|_| address != 0) else { return };
        let Ok(mut of) = vm.interp().weakrefs.of.try_borrow_mut() else { return };
        let Entry::Occupied(mut first) = of.entry(address) else { return };
        let next = self.next.replace(std::ptr::null());
        if !std::ptr::eq(*first.get(), self) {
            let before = raw::chain(*first.get()).find(|&at| std::ptr::eq(raw::next(at), self));
            before.into_iter().for_each(|before| raw::set_next(before, next));
        } else if next.is_null() {
            first.remove();
            raw::mark(address, false);
        } else {
            first.insert(next);
        }
    }
}

#[expect(unsafe_code, reason = "both proxy types have this body")]
fn alloc_proxy(kind: &Ref<Type>, body: WeakRef) -> Ref<WeakRef> {
    // SAFETY: the proxy types' instances are this body and no more.
    unsafe { heap::alloc(kind.as_kind(), body) }.expect("memory for a small object")
}

/// The body of a reference or proxy.
#[expect(unsafe_code, reason = "both proxy types have this body")]
fn as_weak(object: &Object) -> Option<&Ref<WeakRef>> {
    let proxy = object.is_exact::<Proxy>() || object.is_exact::<CallableProxy>();
    // SAFETY: the proxy types' instances have this body.
    if proxy { Some(unsafe { object.cast_unchecked::<WeakRef>() }) } else { object.cast::<WeakRef>() }
}

/// The weak references and proxies of an object, dying ones too.
fn all(vm: &Vm, target: &Object) -> impl Iterator<Item = *const WeakRef> {
    let first = match target.head().is_some_and(|h| h.has(heap_flags::HAS_WEAKREFS)) {
        true => vm.interp().weakrefs.of.borrow().get(&target.word()).copied(),
        false => None,
    };
    raw::chain(first.unwrap_or(std::ptr::null()))
}

/// The reference of a native class and without a callback that an object has already: one of the first in its chain.
fn plain(vm: &Vm, target: &Object, cls: &Ref<Type>) -> Option<Ref<WeakRef>> {
    let mut first = all(vm, target).take(NATIVE_CLASSES).filter_map(raw::reference);
    first.find(|r| type_of(r.as_object()).is(cls) && !r.callback.is_some())
}

/// How many native classes of weak references there are.
const NATIVE_CLASSES: usize = 3;

/// The live weak references and proxies of an object.
pub fn references(vm: &Vm, target: &Object) -> Vec<Ref<WeakRef>> {
    all(vm, target).filter_map(raw::reference).collect()
}

/// `weakref.getweakrefs(object)`.
pub fn get_weakrefs(vm: &Vm, target: &Object) -> Vec<Object> {
    references(vm, target).into_iter().map(Ref::into_object).collect()
}

/// `weakref.getweakrefcount(object)`.
pub fn get_weakref_count(vm: &Vm, target: &Object) -> usize {
    references(vm, target).len()
}

/// `object.__weakref__`: its first weak reference.
pub fn first(vm: &Vm, target: &Object) -> Option<Object> {
    references(vm, target).into_iter().next().map(Ref::into_object)
}

/// `weakref.ref(object, callback)`.
pub fn make_ref(vm: &Vm, target: &Object, callback: Option<&Object>) -> Result<Object> {
    WeakRef::make(vm, WeakRef::class(), target, callback)
}

/// `weakref.proxy(object, callback)`.
pub fn make_proxy(vm: &Vm, target: &Object, callback: Option<&Object>) -> Result<Object> {
    let kind = if call::is_callable(target) { CallableProxy::class() } else { Proxy::class() };
    WeakRef::make(vm, kind, target, callback)
}

/// Hashes addresses of objects: their low bits say nothing.
#[derive(Default)]
pub struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    fn write_u64(&mut self, address: u64) {
        // Neighbours in memory are neighbours in the table, which goes by the low bits; it tells keys apart by the top ones,
        // from Fibonacci hashing (Knuth, TAOCP 6.4).
        let mixed = (self.0 ^ address).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        const LOW: u64 = (1 << 57) - 1;
        self.0 = (address >> 4) & LOW | mixed & !LOW;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Registry {
    /// The object dies or is garbage: its references forget it; with `call`, those with callbacks call them, but for
    /// references that are garbage themselves. For the heap's hook.
    pub fn clear(&self, vm: &Vm, object: &Object, call: bool) {
        let Some(first) = self.of.borrow_mut().remove(&object.word()) else { return };
        raw::mark(object.word(), false);
        let live: Vec<Ref<WeakRef>> = raw::chain(first)
            .filter_map(|at| {
                raw::set_next(at, std::ptr::null());
                let reference = raw::reference(at)?;
                reference.target.set(0);
                Some(reference)
            })
            .collect();
        // The latest made is told first.
        for reference in live.into_iter().rev() {
            let garbage = reference.head().has(heap_flags::GARBAGE);
            let Some(callback) = reference.callback.take().filter(|_| call && !garbage) else { continue };
            let saved = vm.take_raised();
            if call::call(vm, &callback, &[reference.to_object()]).is_err() {
                vm.unraisable("Exception ignored while calling weakref callback", Some(&callback));
            }
            vm.restore_raised(saved);
        }
    }
}

#[pymethods]
impl WeakRef {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        match args.positional() {
            [target] => WeakRef::make(vm, cls, target, None),
            [target, callback] => WeakRef::make(vm, cls, target, Some(callback)),
            [] => Err(raise!(vm, TypeError, "__new__ expected at least 1 argument, got 0")),
            many => Err(raise!(vm, TypeError, "__new__ expected at most 2 arguments, got {}", many.len())),
        }
    }

    #[slot]
    fn init(&self, vm: &Vm, args: Args<'_>) -> Result<()> {
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "ref() takes no keyword arguments");
        }
        match args.items.len() {
            1 | 2 => Ok(()),
            0 => Err(raise!(vm, TypeError, "__init__ expected at least 1 argument, got 0")),
            many => Err(raise!(vm, TypeError, "__init__ expected at most 2 arguments, got {many}")),
        }
    }

    #[slot("()")]
    fn call(&self) -> Option<Object> {
        self.target()
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        if self.hash.get() == -1 {
            let Some(target) = self.target() else { bail!(vm, TypeError, "weak object has gone away") };
            self.hash.set(protocol::hash(vm, &target)?);
        }
        Ok(self.hash.get())
    }

    #[slot]
    fn richcompare(this: &Ref<Self>, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<WeakRef>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return not_implemented(vm);
        };
        match (this.target(), other.target()) {
            (Some(a), Some(b)) => protocol::compare(vm, &a, &b, op),
            _ => Ok((this.is(other) == (op == CompareOp::Eq)).object()),
        }
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let at = protocol::address(this.as_object());
        let Some(target) = this.target() else { return Ok(format!("<weakref at {at:#x}; dead>")) };
        let (kind, to) = (type_name(&target), protocol::address(&target));
        // The class's word, as for special methods: an instance may do anything with attributes.
        let name = match attr::lookup(type_of(&target), vm.names().__name__()) {
            Some(found) => match type_of(&found).slots.descr_get.get() {
                Some(get) => Some(get(vm, &found, Some(&target), Some(type_of(&target).as_object()))?),
                None => Some(found),
            },
            None => None,
        };
        Ok(match name.as_ref().and_then(|n| n.cast::<Str>()) {
            Some(name) => format!("<weakref at {at:#x}; to '{kind}' at {to:#x} ({name})>"),
            None => format!("<weakref at {at:#x}; to '{kind}' at {to:#x}>"),
        })
    }

    #[getter("__callback__")]
    fn get_callback(&self) -> Option<Object> {
        self.callback.get()
    }

    /// Weakrefs are generic over the type of the referenced object.
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        crate::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), object)
    }
}

/// The object behind a proxy, or ReferenceError.
fn behind(vm: &Vm, proxy: &Object) -> Result<Object> {
    as_weak(proxy)
        .and_then(|w| w.target())
        .ok_or_else(|| raise!(vm, ReferenceError, "weakly-referenced object no longer exists"))
}

/// An operand, opened if it is a proxy.
fn opened(vm: &Vm, object: &Object) -> Result<Object> {
    if object.is_exact::<Proxy>() || object.is_exact::<CallableProxy>() {
        behind(vm, object)
    } else {
        Ok(object.clone())
    }
}

macro_rules! proxy {
    ($kind:ident, $name:literal, { $($more:tt)* }) => {
        #[doc = concat!("The type of weak proxies, `", $name, "`. Its body is a [`WeakRef`].")]
        #[repr(C)]
        pub struct $kind {
            body: WeakRef,
        }

        impl PyType for $kind {
            const NAME: &'static str = $name;
            const MODULE: &'static str = "weakref";
            const DOC: &'static str = "";
            const FLAGS: u32 = flags::HAVE_GC;
            type Base = crate::builtins::object::BaseObject;
            #[inline]
            fn static_type() -> &'static StaticType {
                static TYPE: StaticType = StaticType::new();
                &TYPE
            }
        }

        impl Trace for $kind {
            fn trace(&self, visit: &mut Visitor) {
                self.body.trace(visit);
            }
            fn clear_refs(&self) {
                Trace::clear_refs(&self.body);
            }
        }

        proxy_methods!($kind, {
            add sub mul matmul truediv floordiv mod_ divmod lshift rshift and or xor
        }, {
            inplace_add inplace_sub inplace_mul inplace_matmul inplace_truediv inplace_floordiv inplace_mod_
            inplace_lshift inplace_rshift inplace_and inplace_or inplace_xor
        }, { neg pos invert abs }, { $($more)* });
    };
}

macro_rules! proxy_methods {
    ($kind:ident, { $($binary:ident)* }, { $($inplace:ident)* }, { $($unary:ident)* }, { $($more:tt)* }) => {
        #[pymethods]
        impl $kind {
            $(#[slot]
            fn $binary(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                numbers::$binary(vm, &opened(vm, a)?, &opened(vm, b)?)
            })*

            $(#[slot]
            fn $inplace(this: &Object, vm: &Vm, other: &Object) -> Result<Object> {
                numbers::$inplace(vm, &opened(vm, this)?, &opened(vm, other)?)
            })*

            $(#[slot]
            fn $unary(this: &Object, vm: &Vm) -> Result<Object> {
                numbers::$unary(vm, &behind(vm, this)?)
            })*

            #[slot]
            fn pow(a: &Object, b: &Object, modulus: Option<&Object>, vm: &Vm) -> Result<Object> {
                let modulus = modulus.map(|m| opened(vm, m)).transpose()?;
                numbers::pow(vm, &opened(vm, a)?, &opened(vm, b)?, modulus.as_ref())
            }

            #[slot]
            fn inplace_pow(this: &Object, vm: &Vm, other: &Object, _modulus: Option<&Object>) -> Result<Object> {
                numbers::inplace_pow(vm, &opened(vm, this)?, &opened(vm, other)?)
            }

            #[slot]
            fn int(this: &Object, vm: &Vm) -> Result<Object> {
                crate::builtins::int::to_int(vm, &behind(vm, this)?)
            }

            #[slot]
            fn float(this: &Object, vm: &Vm) -> Result<f64> {
                numbers::as_f64(vm, &behind(vm, this)?)
            }

            #[slot]
            fn index(this: &Object, vm: &Vm) -> Result<Object> {
                numbers::index(vm, &behind(vm, this)?)
            }

            #[slot]
            fn bool(this: &Object, vm: &Vm) -> Result<bool> {
                protocol::is_true(vm, &behind(vm, this)?)
            }

            #[slot]
            fn len(this: &Object, vm: &Vm) -> Result<usize> {
                protocol::len(vm, &behind(vm, this)?)
            }

            #[slot]
            fn contains(this: &Object, vm: &Vm, value: &Object) -> Result<bool> {
                sequence::contains(vm, &behind(vm, this)?, value)
            }

            #[slot]
            fn subscript(this: &Object, vm: &Vm, key: &Object) -> Result<Object> {
                protocol::getitem(vm, &behind(vm, this)?, &opened(vm, key)?)
            }

            #[slot]
            fn ass_subscript(this: &Object, vm: &Vm, key: &Object, value: Option<&Object>) -> Result<()> {
                protocol::assign_item(vm, &behind(vm, this)?, key, value)
            }

            #[slot]
            fn iter(this: &Object, vm: &Vm) -> Result<Object> {
                iter::get_iter(vm, &behind(vm, this)?)
            }

            #[slot]
            fn next(this: &Object, vm: &Vm) -> Result<Option<Object>> {
                let target = behind(vm, this)?;
                if type_of(&target).slots.next.get().is_none() {
                    bail!(vm, TypeError, "Weakref proxy referenced a non-iterator '{}' object", type_name(&target));
                }
                iter::next(vm, &target)
            }

            #[slot]
            fn getattr(this: &Object, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
                attr::getattr(vm, &behind(vm, this)?, name)
            }

            #[slot]
            fn setattr(this: &Object, vm: &Vm, name: &Ref<Str>, value: Option<&Object>) -> Result<()> {
                attr::setattr(vm, &behind(vm, this)?, name, value)
            }

            #[slot]
            fn str(this: &Object, vm: &Vm) -> Result<Object> {
                protocol::str(vm, &behind(vm, this)?).map(Ref::into_object)
            }

            #[slot]
            fn repr(this: &Object) -> String {
                let at = protocol::address(this);
                match as_weak(this).and_then(|w| w.target()) {
                    Some(target) => {
                        let (kind, to) = (type_name(&target), protocol::address(&target));
                        format!("<weakproxy at {at:#x}; to '{kind}' at {to:#x}>")
                    }
                    None => format!("<weakproxy at {at:#x}; dead>"),
                }
            }

            #[slot]
            fn richcompare(this: &Object, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
                protocol::compare(vm, &opened(vm, this)?, &opened(vm, other)?, op)
            }

            #[py("__bytes__()")]
            fn bytes(this: &Object, vm: &Vm) -> Result<Object> {
                call::call_method(vm, &behind(vm, this)?, vm.names().__bytes__(), &[])
            }

            #[py("__reversed__()")]
            fn reversed(this: &Object, vm: &Vm) -> Result<Object> {
                call::call_method(vm, &behind(vm, this)?, vm.names().__reversed__(), &[])
            }

            $($more)*
        }
    };
}

proxy!(Proxy, "ProxyType", {});
proxy!(CallableProxy, "CallableProxyType", {
    #[slot]
    fn call(this: &Object, vm: &Vm, args: Args<'_>) -> Result<Object> {
        call::call_args(vm, &behind(vm, this)?, args)
    }
});
