//! Tracebacks.

use super::Frame;
use super::object::FrameObject;
use crate::object::instance;
use crate::prelude::*;
use std::cell::Cell;

/// Create a new traceback object.
#[pytype("traceback", flags(HAVE_GC))]
pub struct Traceback {
    pub head: Head,
    pub next: Field<Object>,
    pub frame: Ref<FrameObject>,
    /// Byte offset of the instruction, and its line once known (-1 before).
    pub lasti: i32,
    pub line: Cell<i32>,
}

/// Puts the frame in front of the traceback of the exception under way.
pub fn add(vm: &Vm, frame: *mut Frame) {
    let Some(exception) = vm.raised() else { return };
    let Some(body) = exception.cast::<crate::exception::BaseException>() else { return };
    body.traceback.set(Some(of_frame(frame, body.traceback.get())));
}

/// A traceback entry for where the frame is now, in front of `next`.
pub fn of_frame(frame: *mut Frame, next: Option<Object>) -> Object {
    // SAFETY: the frame is live.
    let started = unsafe { (*frame).ip } != Frame::code(frame).units_ptr();
    let entry = Traceback {
        head: Head::new(),
        next: Field::new(next),
        frame: FrameObject::of(frame),
        lasti: Frame::last_unit(frame) as i32 * 2,
        line: Cell::new(if started { -1 } else { Frame::line(frame) }),
    };
    instance::alloc_static(entry).into_object()
}

/// The lines of a traceback in plain text.
pub fn plain(traceback: &Object) -> String {
    let mut text = String::new();
    let mut at = Some(traceback.clone());
    while let Some(entry) = at {
        let Some(entry) = entry.cast::<Traceback>() else { break };
        let code = entry.frame.code();
        let file = code.filename.get().map(|f| f.to_string()).unwrap_or_default();
        text.push_str(&format!("  File \"{file}\", line {}, in {}\n", entry.line(), code.name));
        at = entry.next.get();
    }
    text
}

impl Traceback {
    /// The line, looked up when it is first asked for; -1 for none.
    fn line(&self) -> i32 {
        if self.line.get() < 0 {
            let code = self.frame.code();
            let unit = self.lasti.max(0) as usize / 2;
            self.line.set(bytecode::locations::line(&code.linetable, code.firstlineno, unit));
        }
        self.line.get()
    }
}

#[pymethods]
impl Traceback {
    #[slot("(tb_next, tb_frame, tb_lasti, tb_lineno)")]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        tb_next: &Object,
        tb_frame: &Ref<FrameObject>,
        tb_lasti: i32,
        tb_lineno: i32,
    ) -> Result<Object> {
        let _ = cls;
        let next = match tb_next {
            next if next.is(&none()) => None,
            next if next.is_instance_of::<Traceback>() => Some(next.clone()),
            other => {
                bail!(vm, TypeError, "expected traceback object or None, got '{}'", crate::object::type_name(other))
            }
        };
        let body = Traceback {
            head: Head::new(),
            next: Field::new(next),
            frame: tb_frame.clone(),
            lasti: tb_lasti,
            line: Cell::new(tb_lineno),
        };
        Ok(instance::alloc_static(body).into_object())
    }

    #[getter("tb_next")]
    fn tb_next(&self) -> Option<Object> {
        self.next.get()
    }

    #[setter("tb_next")]
    fn set_tb_next(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { bail!(vm, TypeError, "can't delete tb_next attribute") };
        if value.is(&none()) {
            this.next.set(None);
            return Ok(());
        }
        let mut at = Some(value.clone());
        while let Some(entry) = at {
            let Some(entry) = entry.cast::<Traceback>() else {
                bail!(vm, TypeError, "expected traceback object, got '{}'", crate::object::type_name(value));
            };
            if entry.is(this) {
                bail!(vm, ValueError, "traceback loop detected");
            }
            at = entry.next.get();
        }
        this.next.set(Some(value.clone()));
        Ok(())
    }

    #[getter("tb_frame")]
    fn tb_frame(&self) -> Ref<FrameObject> {
        self.frame.clone()
    }

    #[getter("tb_lasti")]
    fn tb_lasti(&self) -> i32 {
        self.lasti
    }

    #[getter("tb_lineno")]
    fn tb_lineno(&self) -> Option<i32> {
        let line = self.line();
        (line >= 0).then_some(line)
    }

    #[py("__dir__()")]
    fn dir(&self) -> Vec<Object> {
        ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"].iter().map(|n| Str::new(n).into_object()).collect()
    }
}
