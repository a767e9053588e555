//! `_multiprocessing`: semaphores that processes share.

use host::semaphore::{self, Semaphore};
use host::time::Time;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use vm::exception::os_error;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::number;

/// What `kind` may be.
const RECURSIVE: i32 = 0;
const COUNTING: i32 = 1;

/// A semaphore, or a mutex that its thread can take again.
#[pytype("SemLock", module = "_multiprocessing", flags(BASETYPE))]
pub struct SemLock {
    pub head: Head,
    #[untraced]
    semaphore: RefCell<Option<Rc<Semaphore>>>,
    #[untraced]
    kind: Cell<i32>,
    #[untraced]
    most: Cell<i32>,
    #[untraced]
    name: RefCell<Option<String>>,
    /// How often this object took it, and the thread that did last.
    #[untraced]
    count: Cell<i32>,
    #[untraced]
    owner: Cell<u64>,
}

impl SemLock {
    fn make(
        vm: &Vm,
        cls: &Ref<Type>,
        semaphore: Semaphore,
        kind: i32,
        most: i32,
        name: Option<String>,
    ) -> Result<Object> {
        let body = SemLock {
            head: Head::new(),
            semaphore: RefCell::new(Some(Rc::new(semaphore))),
            kind: Cell::new(kind),
            most: Cell::new(most),
            name: RefCell::new(name),
            count: Cell::new(0),
            owner: Cell::new(0),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    fn open(&self, vm: &Vm) -> Result<Rc<Semaphore>> {
        self.semaphore.borrow().clone().ok_or_else(|| raise!(vm, ValueError, "the semaphore is closed"))
    }

    fn mine(&self, vm: &Vm) -> bool {
        self.count.get() > 0 && self.owner.get() == vm.thread_id.get()
    }

    fn check<T>(vm: &Vm, done: std::io::Result<T>) -> Result<T> {
        done.map_err(|error| os_error(vm, &error, None))
    }

    fn take(&self, vm: &Vm, block: bool, timeout: Option<&Object>) -> Result<bool> {
        if self.kind.get() == RECURSIVE && self.mine(vm) {
            self.count.set(self.count.get() + 1);
            return Ok(true);
        }
        let semaphore = self.open(vm)?;
        let until = match timeout.filter(|timeout| !timeout.is(&none())) {
            Some(timeout) => {
                let seconds = number::as_f64(vm, timeout)?.max(0.0);
                let nanos = (seconds * 1e9).min(9.0e18) as i128;
                Some(Time::from_nanos(host::time::now().nanos() + nanos))
            }
            None => None,
        };
        let mut taken = Self::check(vm, semaphore.try_take())?;
        if !taken && block {
            taken = vm.blocking_call(|| semaphore.take(until))?;
        }
        if taken {
            self.count.set(self.count.get() + 1);
            self.owner.set(vm.thread_id.get());
        }
        Ok(taken)
    }

    fn give(&self, vm: &Vm) -> Result<()> {
        let semaphore = self.open(vm)?;
        if self.kind.get() == RECURSIVE {
            if !self.mine(vm) {
                bail!(vm, AssertionError, "attempt to release recursive lock not owned by thread");
            }
            if self.count.get() > 1 {
                self.count.set(self.count.get() - 1);
                return Ok(());
            }
        } else if Self::check(vm, semaphore.value())? >= self.most.get() {
            bail!(vm, ValueError, "semaphore or lock released too many times");
        }
        Self::check(vm, semaphore.give())?;
        self.count.set(self.count.get() - 1);
        Ok(())
    }
}

fn c_name(vm: &Vm, name: &str) -> Result<std::ffi::CString> {
    std::ffi::CString::new(name).map_err(|_| raise!(vm, ValueError, "embedded null character"))
}

#[pymethods]
impl SemLock {
    #[slot("(kind, value, maxvalue, name, unlink)")]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        kind: i32,
        value: i32,
        maxvalue: i32,
        name: &Ref<Str>,
        unlink: bool,
    ) -> Result<Object> {
        if ![RECURSIVE, COUNTING].contains(&kind) {
            bail!(vm, ValueError, "unrecognized kind");
        }
        let text = name.to_utf8(vm)?;
        let c_name = c_name(vm, &text)?;
        let semaphore = Self::check(vm, Semaphore::create(&c_name, value as u32))?;
        if unlink {
            Self::check(vm, semaphore::unlink(&c_name))?;
        }
        Self::make(vm, cls, semaphore, kind, maxvalue, (!unlink).then_some(text))
    }

    /// Make a SemLock of what another process sent, or what was there before a fork.
    #[py("_rebuild(handle, kind, maxvalue, name, /)", classmethod)]
    fn _rebuild(
        cls: &Ref<Type>,
        vm: &Vm,
        handle: usize,
        kind: i32,
        maxvalue: i32,
        name: Option<&Ref<Str>>,
    ) -> Result<Object> {
        let Some(name) = name else {
            let known = Semaphore::of_handle(handle);
            let semaphore = known.ok_or_else(|| raise!(vm, ValueError, "no semaphore has this handle"))?;
            return Self::make(vm, cls, semaphore, kind, maxvalue, None);
        };
        let text = name.to_utf8(vm)?;
        let semaphore = Self::check(vm, Semaphore::named(&c_name(vm, &text)?))?;
        Self::make(vm, cls, semaphore, kind, maxvalue, Some(text))
    }

    /// Take the semaphore, waiting for it if need be; tell whether it was taken.
    #[py("acquire(block=True, timeout=None)")]
    fn acquire(&self, vm: &Vm, block: bool, timeout: Option<&Object>) -> Result<bool> {
        self.take(vm, block, timeout)
    }

    /// Give the semaphore back.
    #[py("release()")]
    fn release(&self, vm: &Vm) -> Result<()> {
        self.give(vm)
    }

    /// Take the semaphore.
    #[py("__enter__()")]
    fn __enter__(&self, vm: &Vm) -> Result<bool> {
        self.take(vm, true, None)
    }

    /// Give the semaphore back.
    #[py("__exit__(exc_type=None, exc_value=None, exc_tb=None, /)")]
    fn __exit__(
        &self,
        vm: &Vm,
        exc_type: Option<&Object>,
        exc_value: Option<&Object>,
        exc_tb: Option<&Object>,
    ) -> Result<()> {
        let _ = (exc_type, exc_value, exc_tb);
        self.give(vm)
    }

    /// How often this object holds it.
    #[py("_count()")]
    fn _count(&self) -> i32 {
        self.count.get()
    }

    /// Whether this thread took it.
    #[py("_is_mine()")]
    fn _is_mine(&self, vm: &Vm) -> bool {
        self.mine(vm)
    }

    /// How many there are to be taken.
    #[py("_get_value()")]
    fn _get_value(&self, vm: &Vm) -> Result<i32> {
        Self::check(vm, self.open(vm)?.value())
    }

    /// Whether there are none to be taken.
    #[py("_is_zero()")]
    fn _is_zero(&self, vm: &Vm) -> Result<bool> {
        Ok(Self::check(vm, self.open(vm)?.value())? == 0)
    }

    /// In a child, which holds nothing.
    #[py("_after_fork()")]
    fn _after_fork(&self) {
        self.count.set(0);
    }

    #[getter("handle")]
    fn handle(&self, vm: &Vm) -> Result<usize> {
        Ok(self.open(vm)?.handle())
    }

    #[getter("kind")]
    fn kind(&self) -> i32 {
        self.kind.get()
    }

    #[getter("maxvalue")]
    fn maxvalue(&self) -> i32 {
        self.most.get()
    }

    #[getter("name")]
    fn name(&self) -> Option<String> {
        self.name.borrow().clone()
    }
}

/// Semaphores that processes share.
#[pymodule("_multiprocessing", types(SemLock))]
pub mod module {
    use super::*;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<vm::builtins::module::Module>) -> Result<()> {
        let flags = Dict::empty();
        for name in ["HAVE_SEM_OPEN", "HAVE_SEM_TIMEDWAIT"] {
            flags.set_str(vm, name, Object::int32(1))?;
        }
        module.dict().set_str(vm, "flags", flags.into_object())?;
        let class = SemLock::class();
        vm::object::mro::modified(class);
        class.own_dict().set_str(vm, "SEM_VALUE_MAX", Object::int32(i32::MAX))
    }

    /// Take a semaphore's name away.
    #[py("sem_unlink(name, /)", tuple)]
    fn sem_unlink(vm: &Vm, name: &Ref<Str>) -> Result<()> {
        let name = c_name(vm, &name.to_utf8(vm)?)?;
        semaphore::unlink(&name).map_err(|error| os_error(vm, &error, None))
    }
}
