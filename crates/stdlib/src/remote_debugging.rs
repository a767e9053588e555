//! `_remote_debugging`: the records in which a debugger tells of another process. Looking into one is not supported.

use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::prelude::*;

macro_rules! records {
    ($($place:ident $name:literal $doc:literal [$($field:literal),*];)*) => {
        $(static $place: Table = Table {
            name: $name,
            module: "_remote_debugging",
            doc: $doc,
            fields: &[$(($field, "")),*],
            visible: [$($field),*].len(),
            constructible: true,
        };)*
        static RECORDS: &[&Table] = &[$(&$place),*];
    };
}
records! {
    TASK "TaskInfo" "Information about an asyncio task" ["task_id", "task_name", "coroutine_stack", "awaited_by"];
    FRAME "FrameInfo" "Information about a frame" ["filename", "lineno", "funcname"];
    COROUTINE "CoroInfo" "Information about a coroutine" ["call_stack", "task_name"];
    THREAD "ThreadInfo" "Information about a thread" ["thread_id", "frame_info"];
    AWAITED "AwaitedInfo" "Information about what a thread awaits" ["thread_id", "awaited_by"];
}

/// RemoteUnwinder(pid): Inspect stack of a remote Python process.
#[pytype("RemoteUnwinder", module = "_remote_debugging", flags(BASETYPE))]
pub struct RemoteUnwinder {
    pub head: Head,
}

fn not_supported(vm: &Vm) -> Raised {
    raise!(vm, NotImplementedError, "other processes cannot be inspected on this platform")
}

#[pymethods]
impl RemoteUnwinder {
    #[slot(raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, _args: Args<'_>) -> Result<Object> {
        let _ = cls;
        Err(not_supported(vm))
    }

    /// Returns the stack of every thread of the process.
    #[py("get_stack_trace()")]
    fn get_stack_trace(&self, vm: &Vm) -> Result<Object> {
        Err(not_supported(vm))
    }

    /// Returns which tasks of the process await which.
    #[py("get_all_awaited_by()")]
    fn get_all_awaited_by(&self, vm: &Vm) -> Result<Object> {
        Err(not_supported(vm))
    }

    /// Returns the stack of the task that is running in the process.
    #[py("get_async_stack_trace()")]
    fn get_async_stack_trace(&self, vm: &Vm) -> Result<Object> {
        Err(not_supported(vm))
    }
}

#[pymodule("_remote_debugging", types(RemoteUnwinder))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[constant]
    const PROCESS_VM_READV_SUPPORTED: i32 = 0;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        for table in RECORDS {
            module.dict().set_str(vm, table.name, StructSeq::class(vm, table)?.into_object())?;
        }
        Ok(())
    }
}
