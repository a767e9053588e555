//! What `await future` runs on.

use super::future::Future;
use vm::frame::generator;
use vm::object::instance;
use vm::prelude::*;

#[pytype("FutureIter", module = "_asyncio", doc = "", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct FutureIter {
    pub head: Head,
    future: Field<Ref<Future>>,
}

impl FutureIter {
    pub fn make(future: &Ref<Future>) -> Object {
        instance::alloc_static(FutureIter { head: Head::new(), future: Field::some(future.clone()) }).into_object()
    }

    fn resume(&self, vm: &Vm) -> Result<SendResult> {
        let Some(future) = self.future.get() else { return Ok(SendResult::Return(none())) };
        if future.is_pending() {
            if !future.blocking.replace(true) {
                return Ok(SendResult::Yield(future.into_object()));
            }
            bail!(vm, RuntimeError, "await wasn't used with future");
        }
        self.future.set(None);
        Ok(SendResult::Return(future.get_result(vm)?))
    }
}

#[pymethods]
impl FutureIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        match self.resume(vm)? {
            SendResult::Yield(value) => Ok(Some(value)),
            SendResult::Return(value) if value.is(&none()) => Ok(None),
            SendResult::Return(value) => Err(vm::exception::raise_stop_iteration(vm, value)),
        }
    }

    #[slot]
    fn slot_send(&self, vm: &Vm, value: &Object) -> Result<SendResult> {
        let _ = value;
        self.resume(vm)
    }

    #[py("send(value, /)", notext)]
    fn send(&self, vm: &Vm, value: &Object) -> Result<Object> {
        let _ = value;
        match self.resume(vm)? {
            SendResult::Yield(value) => Ok(value),
            SendResult::Return(value) => Err(vm::exception::raise_stop_iteration(vm, value)),
        }
    }

    #[py(raw, "throw(type, value=None, traceback=None, /)", notext)]
    fn throw(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let Some((this, args)) = args.items.split_first() else {
            bail!(vm, TypeError, "unbound method FutureIter.throw() needs an argument");
        };
        let Some(this) = this.cast_exact::<FutureIter>() else {
            bail!(vm, TypeError, "descriptor 'throw' requires a '_asyncio.FutureIter' object");
        };
        let exception = generator::thrown(vm, args)?;
        this.future.set(None);
        Err(vm.raise(exception))
    }

    #[py("close()", notext)]
    fn close(&self) {
        self.future.set(None);
    }
}
