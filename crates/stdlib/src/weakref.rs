//! `_weakref`.

use vm::builtins::weakref::{self, CallableProxy, Proxy, WeakRef};
use vm::prelude::*;

/// Weak-reference support module.
#[pymodule("_weakref")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        dict.set_str(vm, "ref", WeakRef::class().to_object())?;
        dict.set_str(vm, "ReferenceType", WeakRef::class().to_object())?;
        dict.set_str(vm, "ProxyType", Proxy::class().to_object())?;
        dict.set_str(vm, "CallableProxyType", CallableProxy::class().to_object())
    }

    /// Return the number of weak references to 'object'.
    #[py("getweakrefcount(object, /)")]
    fn getweakrefcount(vm: &Vm, object: &Object) -> usize {
        weakref::get_weakref_count(vm, object)
    }

    /// Return a list of all weak reference objects pointing to 'object'.
    #[py("getweakrefs(object, /)")]
    fn getweakrefs(vm: &Vm, object: &Object) -> Vec<Object> {
        weakref::get_weakrefs(vm, object)
    }

    /// Create a proxy object that weakly references 'object'.
    ///
    /// 'callback', if given, is called with a reference to the
    /// proxy when 'object' is about to be finalized.
    #[py("proxy(object, callback=None, /)")]
    fn proxy(vm: &Vm, object: &Object, callback: Option<&Object>) -> Result<Object> {
        weakref::make_proxy(vm, object, callback)
    }

    /// Atomically remove key from dict if it points to a dead weakref.
    #[py("_remove_dead_weakref(dct, key, /)")]
    fn _remove_dead_weakref(vm: &Vm, dct: &Ref<Dict>, key: &Object) -> Result<()> {
        let dead = dct.get(vm, key)?.is_some_and(|v| v.cast::<WeakRef>().is_some_and(|r| r.target().is_none()));
        if dead {
            dct.remove(vm, key)?;
        }
        Ok(())
    }
}
