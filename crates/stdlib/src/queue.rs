//! `_queue`: `SimpleQueue`.

use host::futex::Lock;
use std::cell::Cell;
use vm::builtins::generic_alias::GenericAlias;
use vm::object::{attr, instance};
use vm::prelude::*;
use vm::protocol::{call, number};

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

/// Seconds to wait, `None` without end.
fn timeout(vm: &Vm, timeout: Option<&Object>) -> Result<Option<f64>> {
    let Some(timeout) = timeout else { return Ok(None) };
    let seconds = match Float::value_of(timeout) {
        Some(value) => value,
        None if number::has_index(timeout) => number::as_f64(vm, &number::index(vm, timeout)?)?,
        None => bail!(
            vm,
            TypeError,
            "'{}' object cannot be interpreted as an integer or float",
            vm::object::type_name(timeout)
        ),
    };
    if seconds.is_nan() {
        bail!(vm, ValueError, "Invalid value NaN (not a number)");
    }
    if seconds.abs() > 9.2e9 {
        bail!(vm, OverflowError, "timestamp out of range for C PyTime_t");
    }
    if seconds < 0.0 {
        bail!(vm, ValueError, "'timeout' must be a non-negative number");
    }
    Ok(Some(seconds))
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
        let seconds = if block { self::timeout(vm, timeout)? } else { Some(0.0) };
        let until = seconds.map(|seconds| {
            let now = host::time::monotonic();
            let whole = seconds.floor();
            let nsec = now.nsec + ((seconds - whole) * 1e9) as i64;
            let carry = nsec / 1_000_000_000;
            host::time::Time { sec: now.sec + whole as i64 + carry, nsec: nsec % 1_000_000_000 }
        });
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
    #[py("get_nowait()")]
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
        let kind = vm::modules::builtins_get(vm, "type");
        let bases = Tuple::from_slice(&[vm::exception::types::Exception.get().to_object()]).into_object();
        let namespace = Dict::empty();
        namespace.set_str(vm, "__module__", Str::new("_queue").into_object())?;
        let doc = "Exception raised by Queue.get(block=0)/get_nowait().";
        namespace.set_str(vm, "__doc__", Str::new(doc).into_object())?;
        let error = call::call(vm, &kind, &[Str::new("Empty").into_object(), bases, namespace.into_object()])?;
        module.dict().set_str(vm, "Empty", error)
    }
}
