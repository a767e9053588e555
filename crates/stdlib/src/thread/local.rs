//! `_local`: an object whose attributes are each thread's own.

use std::cell::RefCell;
use std::rc::Rc;
use vm::object::{attr, instance, type_of};
use vm::prelude::*;
use vm::protocol::call;

/// The dicts of the threads that have touched the object, by the address of their state.
#[derive(Default)]
struct Dicts(RefCell<Vec<(usize, Ref<Dict>)>>);

impl Dicts {
    fn get(&self, thread: usize) -> Option<Ref<Dict>> {
        self.0.borrow().iter().find(|(t, _)| *t == thread).map(|(_, d)| d.clone())
    }

    fn remove(&self, thread: usize) -> Option<Ref<Dict>> {
        let mut dicts = self.0.borrow_mut();
        let at = dicts.iter().position(|(t, _)| *t == thread)?;
        Some(dicts.swap_remove(at).1)
    }
}

struct Shared(Rc<Dicts>);

impl Trace for Shared {
    fn trace(&self, visit: &mut Visitor) {
        if let Ok(dicts) = self.0.0.try_borrow() {
            for (_, dict) in dicts.iter() {
                visit.object(dict.as_object());
            }
        }
    }
    fn clear_refs(&self) {
        let dicts = self.0.0.take();
        drop(dicts);
    }
}

/// Thread-local data
#[pytype("_local", flags(BASETYPE, HAVE_GC, MANAGED_WEAKREF), module = "_thread")]
pub struct Local {
    pub head: Head,
    dicts: Shared,
    args: Ref<Tuple>,
    kwargs: Option<Ref<Dict>>,
}

fn own_init(vm: &Vm, kind: &Type) -> Option<Object> {
    let own = attr::lookup(kind, vm.names().__init__())?;
    let plain = attr::lookup(vm::builtins::object::BaseObject::class(), vm.names().__init__());
    (!plain.is_some_and(|p| p.is(&own))).then_some(own)
}

fn thread_of(vm: &Vm) -> usize {
    std::ptr::from_ref(vm) as usize
}

impl Local {
    /// Makes the calling thread's dict.
    fn add_dict(&self, vm: &Vm) -> Ref<Dict> {
        let dict = Dict::empty();
        self.dicts.0.0.borrow_mut().push((thread_of(vm), dict.clone()));
        let dicts = Rc::downgrade(&self.dicts.0);
        vm.at_thread_exit.borrow_mut().push(Box::new(move |vm| {
            if let Some(dicts) = dicts.upgrade() {
                drop(dicts.remove(thread_of(vm)));
            }
        }));
        dict
    }

    /// The calling thread's dict; a class's `__init__` runs once in each thread.
    fn dict(this: &Ref<Self>, vm: &Vm) -> Result<Ref<Dict>> {
        if let Some(dict) = this.dicts.0.get(thread_of(vm)) {
            return Ok(dict);
        }
        let dict = this.add_dict(vm);
        let object = this.as_object();
        if let Some(init) = own_init(vm, type_of(object)) {
            let mut items = vec![object.clone()];
            items.extend_from_slice(this.args.items());
            let args = Tuple::from_slice(&items);
            if let Err(raised) = call::call_tuple_dict(vm, &init, &args, this.kwargs.as_deref()) {
                drop(this.dicts.0.remove(thread_of(vm)));
                return Err(raised);
            }
        }
        Ok(dict)
    }
}

#[pymethods]
impl Local {
    #[slot("()", raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if !args.items.is_empty() && own_init(vm, cls).is_none() {
            bail!(vm, TypeError, "Initialization arguments are not supported");
        }
        let kwargs = match args.keywords().is_empty() {
            true => None,
            false => {
                let dict = Dict::empty();
                for (name, value) in args.keywords().iter() {
                    dict.set(vm, name, value.clone())?;
                }
                Some(dict)
            }
        };
        let body = Local {
            head: Head::new(),
            dicts: Shared(Rc::default()),
            args: Tuple::from_slice(args.positional()),
            kwargs,
        };
        let this = instance::alloc(vm, cls, body)?;
        this.add_dict(vm);
        Ok(this.into_object())
    }

    #[slot]
    fn getattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        let dict = Local::dict(this, vm)?;
        if **name == **vm.names().__dict__() {
            return Ok(dict.into_object());
        }
        let object = this.as_object();
        let kind = type_of(object).clone();
        let found = attr::lookup(&kind, name);
        let getter = found.as_ref().and_then(|f| type_of(f).slots.descr_get.get());
        if let (Some(found), Some(get)) = (&found, getter)
            && type_of(found).slots.descr_set.get().is_some()
        {
            return get(vm, found, Some(object), Some(kind.as_object()));
        }
        if let Some(value) = dict.get(vm, name.as_object())? {
            return Ok(value);
        }
        match (found, getter) {
            (Some(found), Some(get)) => get(vm, &found, Some(object), Some(kind.as_object())),
            (Some(found), None) => Ok(found),
            (None, _) => Err(attr::no_attribute(vm, object, name)),
        }
    }

    #[slot]
    fn setattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>, value: Option<&Object>) -> Result<()> {
        let dict = Local::dict(this, vm)?;
        let object = this.as_object();
        let kind = type_of(object).clone();
        if **name == **vm.names().__dict__() {
            bail!(vm, AttributeError, "'{}' object attribute '__dict__' is read-only", kind.tp_name());
        }
        if let Some(found) = attr::lookup(&kind, name)
            && let Some(set) = type_of(&found).slots.descr_set.get()
        {
            return set(vm, &found, object, value);
        }
        match value {
            Some(value) => dict.set(vm, name.as_object(), value.clone()),
            None => match dict.remove(vm, name.as_object())? {
                Some(_) => Ok(()),
                None => Err(attr::no_attribute(vm, object, name)),
            },
        }
    }
}
