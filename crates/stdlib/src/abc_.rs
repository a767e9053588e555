//! `_abc`: what `abc.ABCMeta` does natively.
//!
//! CPython keeps sets of weak references. Here a class's address leads to its weak reference: an entry whose reference
//! is dead says nothing, so an address that was used again does no harm, and asking makes no object.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use vm::builtins::none::is_not_implemented;
use vm::builtins::set::{FrozenSet, Set};
use vm::builtins::weakref::{self, WeakRef};
use vm::object::{attr, flags, instance, mro, type_of};
use vm::prelude::*;
use vm::protocol::{call, iter, object as protocol};

/// Moves with every registration; what was found not to be a subclass before may be one now. One for the process:
/// another interpreter's registration costs a look, no more.
static INVALIDATION: AtomicU64 = AtomicU64::new(0);

/// Classes held weakly.
#[derive(Default)]
struct Classes {
    of: RefCell<HashMap<u64, Ref<WeakRef>, std::hash::BuildHasherDefault<weakref::AddressHasher>>>,
    /// Number of entries at which dead ones are looked for.
    sweep_at: Cell<usize>,
}

impl Classes {
    fn contains(&self, class: &Object) -> bool {
        self.of.borrow().get(&class.word()).is_some_and(|r| r.is_alive())
    }

    fn add(&self, vm: &Vm, class: &Object) -> Result<()> {
        let reference = weakref::make_ref(vm, class, None)?;
        let Some(reference) = reference.cast::<WeakRef>().cloned() else { return Ok(()) };
        let mut dead = Vec::new();
        let mut of = self.of.borrow_mut();
        if of.len() >= self.sweep_at.get().max(16) {
            dead.extend(of.extract_if(|_, r| !r.is_alive()).map(|(_, r)| r));
            self.sweep_at.set(of.len() * 2);
        }
        dead.extend(of.insert(class.word(), reference));
        drop(of);
        drop(dead);
        Ok(())
    }

    fn clear(&self) {
        drop(std::mem::take(&mut *self.of.borrow_mut()));
    }

    fn live(&self) -> Vec<Object> {
        self.of.borrow().values().filter_map(|r| r.target()).collect()
    }

    /// A set of the weak references.
    fn dump(&self, vm: &Vm) -> Result<Object> {
        let live: Vec<Object> = self.of.borrow().values().filter(|r| r.is_alive()).map(|r| r.to_object()).collect();
        Set::from_items(vm, live)
    }
}

/// Internal state held by ABC machinery.
#[pytype("_abc_data", module = "_abc")]
pub struct AbcData {
    pub head: Head,
    #[untraced]
    registry: Classes,
    #[untraced]
    cache: Classes,
    #[untraced]
    negative: Classes,
    #[untraced]
    negative_version: Cell<u64>,
}

#[pymethods]
impl AbcData {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if !args.items.is_empty() {
            bail!(vm, TypeError, "_abc_data() takes no arguments");
        }
        Ok(instance::alloc(vm, cls, fresh())?.into_object())
    }
}

fn fresh() -> AbcData {
    AbcData {
        head: Head::new(),
        registry: Classes::default(),
        cache: Classes::default(),
        negative: Classes::default(),
        negative_version: Cell::new(INVALIDATION.load(Ordering::Relaxed)),
    }
}

fn data_of(vm: &Vm, class: &Object) -> Result<Ref<AbcData>> {
    let data = attr::getattr(vm, class, vm.names()._abc_impl())?;
    match data.cast_exact::<AbcData>() {
        Some(data) => Ok(data.clone()),
        None => Err(raise!(vm, TypeError, "_abc_impl is set to a wrong type")),
    }
}

fn is_abstract(vm: &Vm, object: &Object) -> Result<bool> {
    match attr::getattr_opt(vm, object, vm.names().__isabstractmethod__())? {
        Some(mark) => protocol::is_true(vm, &mark),
        None => Ok(false),
    }
}

fn compute_abstract_methods(vm: &Vm, class: &Object) -> Result<()> {
    let mut names = Vec::new();
    let namespace = attr::getattr(vm, class, vm.names().__dict__())?;
    let items = vm::protocol::mapping::view_to_vec(vm, &namespace, "items")?;
    for item in &items {
        let pair = iter::to_vec(vm, item)?;
        let [name, value] = &pair[..] else {
            bail!(vm, TypeError, "Iteration over items() returned item which size is not 2")
        };
        if is_abstract(vm, value)? {
            names.push(name.clone());
        }
    }
    let key = vm.intern("__abstractmethods__");
    let bases = attr::getattr(vm, class, vm.names().__bases__())?;
    let Some(bases) = bases.cast::<Tuple>() else { bail!(vm, TypeError, "__bases__ is not tuple") };
    for base in bases.items() {
        let Some(inherited) = attr::getattr_opt(vm, base, &key)? else { continue };
        for name in iter::to_vec(vm, &inherited)? {
            let Some(text) = name.cast::<Str>() else { continue };
            if let Some(value) = attr::getattr_opt(vm, class, text)?
                && is_abstract(vm, &value)?
            {
                names.push(name);
            }
        }
    }
    let names = FrozenSet::from_items(vm, names)?;
    attr::setattr(vm, class, &key, Some(&names))
}

const COLLECTION: u32 = flags::SEQUENCE | flags::MAPPING;

/// Registered classes match patterns as the class does that they were registered with.
fn set_collection_flag(class: &Ref<Type>, flag: u32) {
    if class.has_flag(flags::IMMUTABLETYPE) || class.flags.get() & COLLECTION == flag {
        return;
    }
    class.flags.set(class.flags.get() & !COLLECTION | flag);
    for sub in mro::subclasses(class) {
        set_collection_flag(&sub, flag);
    }
}

fn subclasscheck(vm: &Vm, this: &Object, subclass: &Object) -> Result<bool> {
    let Some(kind) = subclass.cast::<Type>() else { bail!(vm, TypeError, "issubclass() arg 1 must be a class") };
    let data = data_of(vm, this)?;
    if data.cache.contains(subclass) {
        return Ok(true);
    }
    let version = INVALIDATION.load(Ordering::Relaxed);
    if data.negative_version.get() < version {
        data.negative.clear();
        data.negative_version.set(version);
    } else if data.negative.contains(subclass) {
        return Ok(false);
    }
    let hook = call::call_method(vm, this, vm.names().__subclasshook__(), std::slice::from_ref(subclass))?;
    if hook.is(&true.object()) {
        data.cache.add(vm, subclass)?;
        return Ok(true);
    }
    if hook.is(&false.object()) {
        data.negative.add(vm, subclass)?;
        return Ok(false);
    }
    if !is_not_implemented(&hook) {
        bail!(vm, AssertionError, "__subclasshook__ must return either False, True, or NotImplemented");
    }
    let direct = this.cast::<Type>().is_some_and(|this| kind.is_subtype(this));
    if direct {
        data.cache.add(vm, subclass)?;
        return Ok(true);
    }
    for registered in data.registry.live() {
        if protocol::is_subclass(vm, subclass, &registered)? {
            data.cache.add(vm, subclass)?;
            return Ok(true);
        }
    }
    let subclasses = call::call_method(vm, this, &vm.intern("__subclasses__"), &[])?;
    let Some(subclasses) = subclasses.cast::<List>() else {
        bail!(vm, TypeError, "__subclasses__() must return a list")
    };
    for sub in vm.memory(subclasses.items.to_vec())? {
        if protocol::is_subclass(vm, subclass, &sub)? {
            data.cache.add(vm, subclass)?;
            return Ok(true);
        }
    }
    data.negative.add(vm, subclass)?;
    Ok(false)
}

/// What `abc` has natively.
#[pymodule("_abc")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let _ = module;
        AbcData::init_type(vm).map(drop)
    }

    /// The token that changes with every registration.
    #[py("get_cache_token()")]
    fn get_cache_token() -> u64 {
        INVALIDATION.load(Ordering::Relaxed)
    }

    /// Prepare a new class of an ABCMeta.
    #[py("_abc_init(self, /)")]
    fn _abc_init(vm: &Vm, _self: &Object) -> Result<()> {
        compute_abstract_methods(vm, _self)?;
        let data = instance::alloc_static(fresh()).into_object();
        attr::setattr(vm, _self, vm.names()._abc_impl(), Some(&data))?;
        let Some(class) = _self.cast::<Type>() else { return Ok(()) };
        let key = vm.intern("__abc_tpflags__");
        let dict = class.own_dict();
        let Some(wanted) = dict.get_name(&key).filter(|f| f.is_exact::<Int>()) else { return Ok(()) };
        let wanted = Int::to_i64(&wanted).unwrap_or(0) as u32;
        if wanted & COLLECTION == COLLECTION {
            bail!(vm, TypeError, "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING");
        }
        class.flags.set(class.flags.get() | wanted & COLLECTION);
        dict.remove_name(vm, &key)?;
        mro::modified(class);
        Ok(())
    }

    /// Make a class count as a subclass.
    #[py("_abc_register(self, subclass, /)")]
    fn _abc_register(vm: &Vm, _self: &Object, subclass: &Object) -> Result<Object> {
        let Some(kind) = subclass.cast::<Type>() else { bail!(vm, TypeError, "Can only register classes") };
        if protocol::is_subclass(vm, subclass, _self)? {
            return Ok(subclass.clone());
        }
        if protocol::is_subclass(vm, _self, subclass)? {
            bail!(vm, RuntimeError, "Refusing to create an inheritance cycle");
        }
        data_of(vm, _self)?.registry.add(vm, subclass)?;
        INVALIDATION.fetch_add(1, Ordering::Relaxed);
        if let Some(_self) = _self.cast::<Type>()
            && _self.has_flag(COLLECTION)
        {
            set_collection_flag(kind, _self.flags.get() & COLLECTION);
        }
        Ok(subclass.clone())
    }

    /// What isinstance() does for an ABCMeta.
    #[py("_abc_instancecheck(self, instance, /)")]
    fn _abc_instancecheck(vm: &Vm, _self: &Object, instance: &Object) -> Result<Object> {
        let data = data_of(vm, _self)?;
        let class = attr::getattr_opt(vm, instance, vm.names().__class__())?;
        let class = class.unwrap_or_else(|| type_of(instance).to_object());
        if data.cache.contains(&class) {
            return Ok(true.object());
        }
        let kind = type_of(instance).to_object();
        let check =
            |class: &Object| call::call_method(vm, _self, vm.names().__subclasscheck__(), std::slice::from_ref(class));
        if kind.is(&class) {
            let current = data.negative_version.get() == INVALIDATION.load(Ordering::Relaxed);
            if current && data.negative.contains(&class) {
                return Ok(false.object());
            }
            return check(&class);
        }
        let claimed = check(&class)?;
        if protocol::is_true(vm, &claimed)? { Ok(claimed) } else { check(&kind) }
    }

    /// What issubclass() does for an ABCMeta.
    #[py("_abc_subclasscheck(self, subclass, /)")]
    fn _abc_subclasscheck(vm: &Vm, _self: &Object, subclass: &Object) -> Result<bool> {
        subclasscheck(vm, _self, subclass)
    }

    /// Weak references to the classes in registry, cache and negative cache, and the negative cache's version.
    #[py("_get_dump(self, /)")]
    fn _get_dump(vm: &Vm, _self: &Object) -> Result<(Object, Object, Object, u64)> {
        let data = data_of(vm, _self)?;
        Ok((data.registry.dump(vm)?, data.cache.dump(vm)?, data.negative.dump(vm)?, data.negative_version.get()))
    }

    /// Forget the registered classes. For tests.
    #[py("_reset_registry(self, /)")]
    fn _reset_registry(vm: &Vm, _self: &Object) -> Result<()> {
        data_of(vm, _self)?.registry.clear();
        Ok(())
    }

    /// Forget what was found. For tests.
    #[py("_reset_caches(self, /)")]
    fn _reset_caches(vm: &Vm, _self: &Object) -> Result<()> {
        let data = data_of(vm, _self)?;
        data.cache.clear();
        data.negative.clear();
        Ok(())
    }
}
