//! `_queue`: `SimpleQueue`.

use host::futex::Lock;
use std::cell::Cell;
use vm::builtins::generic_alias::GenericAlias;
use vm::object::{attr, instance};
use vm::prelude::*;
use vm::protocol::{call, time};

/// Simple, unbounded, reentrant FIFO queue.
#[pytype("SimpleQueue", module = "_queue", flags(BASETYPE, HAVE_GC, MANAGED_WEAKREF))]
pub struct SimpleQueue {
    pub head: Head,
    /// What was taken out at the front is None until the rest moves up.
    items: ObjVec,
    first: Cell<usize>,
    /// Closed by a `get` that found nothing; the `put` that then comes opens it.
    #[untraced]
    gate: Lock,
    #[untraced]
    waited_for: Cell<bool>,
}

impl SimpleQueue {
    fn len(&self) -> usize {
        self.items.len() - self.first.get()
    }

    fn push(&self, vm: &Vm, item: &Object) -> Result<()> {
        vm.memory(self.items.push(item.clone()))?;
        if self.waited_for.replace(false) {
            self.gate.release();
        }
        Ok(())
    }

    fn take(&self) -> Option<Object> {
        if self.len() == 0 {
            return None;
        }
        let first = self.first.get();
        let item = self.items.replace(first, none()).ok()?;
        self.first.set(first + 1);
        if first + 1 == self.items.len() {
            self.first.set(0);
            self.items.clear();
        } else if first >= 64 && first + 1 > self.items.len() / 2 {
            self.first.set(0);
            drop(self.items.splice(0, first + 1, Vec::new()));
        }
        Some(item)
    }

    fn empty_error(vm: &Vm) -> Result<Raised> {
        let module = vm::import::import_module(vm, "_queue")?;
        let kind = attr::getattr(vm, &module, &vm.intern("Empty"))?;
        Ok(vm.raise(call::call(vm, &kind, &[])?))
    }
}

#[pymethods]
impl SimpleQueue {
    #[slot(raw, "()")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if cls.is(SimpleQueue::class()) {
            if !args.positional().is_empty() {
                bail!(vm, TypeError, "SimpleQueue() takes no positional arguments");
            }
            if args.keyword_count() > 0 {
                bail!(vm, TypeError, "SimpleQueue() takes no keyword arguments");
            }
        }
        let body = SimpleQueue {
            head: Head::new(),
            items: ObjVec::new(),
            first: Cell::new(0),
            gate: Lock::new(),
            waited_for: Cell::new(false),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    /// Return True if the queue is empty, False otherwise (not reliable!).
    #[py("empty()")]
    fn empty(&self) -> bool {
        self.len() == 0
    }

    /// Return the approximate size of the queue (not reliable!).
    #[py("qsize()")]
    fn qsize(&self) -> usize {
        self.len()
    }

    /// Put the item on the queue.
    ///
    /// The optional 'block' and 'timeout' arguments are ignored, as this method never blocks.
    #[py("put(item, block=True, timeout=None)")]
    fn put(&self, vm: &Vm, item: &Object, block: bool, timeout: Option<&Object>) -> Result<()> {
        let _ = (block, timeout);
        self.push(vm, item)
    }

    /// Put an item into the queue without blocking.
    #[py("put_nowait(item)")]
    fn put_nowait(&self, vm: &Vm, item: &Object) -> Result<()> {
        self.push(vm, item)
    }

    /// Remove and return an item from the queue.
    ///
    /// With 'block' it waits for an item, at most 'timeout' seconds if given; then, and without 'block', it raises
    /// the Empty exception.
    #[py("get(block=True, timeout=None)")]
    fn get(&self, vm: &Vm, block: bool, timeout: Option<&Object>) -> Result<Object> {
        let nanos = match timeout {
            Some(timeout) if block => Some(time::nanoseconds(vm, timeout, time::Round::Up)?),
            _ => None,
        };
        if nanos.is_some_and(|nanos| nanos < 0) {
            bail!(vm, ValueError, "'timeout' must be a non-negative number");
        }
        let until = nanos.map(host::time::Time::after);
        loop {
            if let Some(item) = self.take() {
                return Ok(item);
            }
            if !block {
                return Err(Self::empty_error(vm)?);
            }
            // The first that finds the queue empty closes the gate; whoever finds it closed waits for a `put` to open it.
            if !self.gate.try_acquire() && !vm.blocking(|| self.gate.acquire(until))?.unwrap_or(false) {
                return Err(Self::empty_error(vm)?);
            }
            self.waited_for.set(true);
        }
    }

    /// Remove and return an item from the queue without blocking, or raise the Empty exception.
    #[py("get_nowait()", keywords)]
    fn get_nowait(&self, vm: &Vm) -> Result<Object> {
        match self.take() {
            Some(item) => Ok(item),
            None => Err(Self::empty_error(vm)?),
        }
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }
}

/// C implementation of the Python queue module: an implementation detail, not to be used directly.
#[pymodule("_queue", types(SimpleQueue))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let empty = vm::exception::new_class(vm, "_queue", "Empty", vm::exception::types::Exception.get())?;
        let doc = Str::new("Exception raised by Queue.get(block=0)/get_nowait().").into_object();
        attr::setattr(vm, &empty, vm.names().__doc__(), Some(&doc))?;
        module.dict().set_str(vm, "Empty", empty)
    }
}
