//! `_collections`.

mod defaultdict;
mod deque;
mod ordered;
mod tuplegetter;

use defaultdict::DefaultDict;
use deque::{Deque, DequeIter, DequeReverseIter};
use ordered::{OrderedDict, OrderedItems, OrderedIter, OrderedKeys, OrderedValues};
use tuplegetter::TupleGetter;
use vm::object::{attr, type_of};
use vm::prelude::*;
use vm::protocol::{call, iter, number, object as protocol};

/// Whether the object gets and sets its items as a dict does.
fn counts_as_dict(vm: &Vm, object: &Object) -> bool {
    let (kind, dict) = (type_of(object), Dict::class());
    let same = |name: &Name| match (attr::lookup(kind, name), attr::lookup(dict, name)) {
        (Some(a), Some(b)) => a.is(&b),
        _ => false,
    };
    same(vm.names().get()) && same(vm.names().__setitem__())
}

/// High-performance data structures.
#[pymodule("_collections", types(Deque, DequeIter, DequeReverseIter, DefaultDict, OrderedDict, TupleGetter))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let _ = module;
        OrderedIter::init_type(vm)?;
        OrderedKeys::init_type(vm)?;
        OrderedValues::init_type(vm)?;
        OrderedItems::init_type(vm)?;
        Ok(())
    }

    /// Count the elements of the iterable in the mapping.
    #[py("_count_elements(mapping, iterable, /)")]
    fn _count_elements(vm: &Vm, mapping: &Object, iterable: &Object) -> Result<()> {
        let one = Object::int32(1);
        match mapping.cast::<Dict>().filter(|_| counts_as_dict(vm, mapping)) {
            Some(dict) => iter::each(vm, iterable, |key| {
                let (hash, found) = dict.find(vm, &key)?;
                let Some(old) = found.and_then(|at| dict.table.value(at)) else {
                    vm.memory(dict.table.insert_new(hash, key, one.clone()))?;
                    return Ok(());
                };
                let changes = dict.table.changes();
                let new = match old.as_small_int().and_then(|n| Object::small_int(n + 1)) {
                    Some(new) => new,
                    None => number::add(vm, &old, &one)?,
                };
                match found {
                    Some(at) if dict.table.changes() == changes => drop(dict.table.replace(at, new)),
                    _ => dict.set(vm, &key, new)?,
                }
                Ok(())
            }),
            None => {
                let iterable = &iter::get_iter(vm, iterable)?;
                let get = attr::getattr(vm, mapping, vm.names().get())?;
                let zero = Object::int32(0);
                iter::each(vm, iterable, |key| {
                    let old = call::call(vm, &get, &[key.clone(), zero.clone()])?;
                    let new = number::add(vm, &old, &one)?;
                    protocol::setitem(vm, mapping, &key, &new)
                })
            }
        }
    }
}
