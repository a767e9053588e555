//! Frame objects: what Python sees of a frame. Made when somebody asks; when the call ends while the object lives on,
//! it takes the frame's contents over.

use super::code::Code;
use super::{Frame, Owner, drop_word, locals};
use crate::builtins::dict::Dict;
use crate::object::instance;
use crate::prelude::*;
use crate::protocol::object as protocol;
use bytecode::{CodeFlags, kind};
use heap::Trace;
use std::cell::{Cell, RefCell};
use std::ptr;

/// The frame object's body.
pub struct FrameObject {
    pub head: Head,
    frame: Cell<*mut Frame>,
    /// The words of a frame taken over.
    owned: RefCell<Option<Box<[u64]>>>,
    /// The caller's frame object, once the frame is no longer linked.
    back: Field<Object>,
    pub trace: Field<Object>,
    pub trace_lines: Cell<bool>,
    pub trace_opcodes: Cell<bool>,
    /// The line of the last event, for `sys.monitoring` and trace functions.
    pub traced_line: Cell<i32>,
    /// The line that a trace function jumped to, or 0.
    pub line: Cell<i32>,
    /// Names assigned through `f_locals` that are no variables of the code.
    pub extra: Field<Ref<Dict>>,
    /// Values of variables overwritten through `f_locals`: the frame's stack may still use them.
    overwritten: Field<Ref<List>>,
}

impl PyType for FrameObject {
    const NAME: &'static str = "frame";
    const MODULE: &'static str = "builtins";
    const DOC: &'static str = "";
    const FLAGS: u32 = flags::HAVE_GC | flags::DISALLOW_INSTANTIATION;
    type Base = crate::builtins::object::BaseObject;
    fn static_type() -> &'static StaticType {
        static TYPE: StaticType = StaticType::new();
        &TYPE
    }
}

impl Trace for FrameObject {
    fn trace(&self, visit: &mut Visitor) {
        self.back.trace(visit);
        Trace::trace(&self.trace, visit);
        self.extra.trace(visit);
        self.overwritten.trace(visit);
        if let Ok(owned) = self.owned.try_borrow()
            && owned.is_some()
        {
            // SAFETY: an owned frame does not run.
            unsafe { super::trace(self.frame.get(), visit) }
        }
    }

    fn clear_refs(&self) {
        self.back.set(None);
        self.trace.set(None);
        self.extra.set(None);
        if self.is_complete() {
            self.overwritten.set(None);
        }
        if self.owned.borrow().is_some() {
            self.clear_owned_locals();
        }
    }
}

impl Drop for FrameObject {
    fn drop(&mut self) {
        if self.owned.borrow().is_some() {
            // SAFETY: an owned frame does not run; nobody sees it any more.
            unsafe { Frame::clear(self.frame.get()) }
        }
    }
}

impl FrameObject {
    /// The frame object of a frame, made if there is none.
    pub fn of(frame: *mut Frame) -> Ref<FrameObject> {
        // SAFETY: F2.
        unsafe {
            if (*frame).object == 0 {
                let object = instance::alloc_static(FrameObject {
                    head: Head::new(),
                    frame: Cell::new(frame),
                    owned: RefCell::new(None),
                    back: Field::empty(),
                    trace: Field::empty(),
                    trace_lines: Cell::new(true),
                    trace_opcodes: Cell::new(false),
                    traced_line: Cell::new(crate::interp::observe::NO_LINE),
                    line: Cell::new(0),
                    extra: Field::empty(),
                    overwritten: Field::empty(),
                });
                (*frame).object = object.into_raw() as u64;
            }
            Ref::clone(&*std::mem::ManuallyDrop::new(Ref::from_raw((*frame).object as *mut FrameObject)))
        }
    }

    /// The frame moved: a generator took it over.
    ///
    /// # Safety
    /// `word` is the word of a frame object whose frame is now at `to`.
    pub unsafe fn moved(word: u64, to: *mut Frame) {
        unsafe { (*(word as *const FrameObject)).frame.set(to) }
    }

    /// The frame; good as long as the object is.
    pub fn frame(&self) -> *mut Frame {
        self.frame.get()
    }

    pub fn code(&self) -> Ref<Code> {
        Ref::of(Frame::code(self.frame.get()))
    }

    /// The dict of names that are no variables, made if need be.
    pub fn extra_names(&self) -> Ref<Dict> {
        self.extra.get().unwrap_or_else(|| {
            let extra = Dict::empty();
            self.extra.set(Some(extra.clone()));
            extra
        })
    }

    /// Keeps a value until the frame object goes.
    pub fn keep(&self, vm: &Vm, value: &Object) -> Result<()> {
        match self.overwritten.get() {
            Some(list) => vm.memory(list.items.push(value.clone()))?,
            None => self.overwritten.set(Some(List::from_vec(vec![value.clone()]))),
        }
        Ok(())
    }

    fn clear_owned_locals(&self) {
        let frame = self.frame.get();
        // SAFETY: an owned frame does not run; each word is emptied before it is dropped.
        unsafe {
            let mut at = Frame::locals(frame);
            while at < (*frame).sp {
                drop_word(std::mem::replace(&mut *at, 0));
                at = at.add(1);
            }
            (*frame).sp = Frame::stack_base(frame);
        }
    }

    /// Whether the frame's call has ended.
    pub fn is_complete(&self) -> bool {
        self.owned.borrow().is_some()
    }

    pub fn back(&self) -> Option<Object> {
        if self.is_complete() {
            return self.back.get();
        }
        // SAFETY: a live frame's `previous` is live or null.
        let previous = unsafe { (*self.frame.get()).previous };
        (!previous.is_null()).then(|| FrameObject::of(previous).into_object())
    }
}

/// The call ends while a frame object exists: if somebody else holds it, it takes the frame over.
///
/// # Safety
/// The frame does not run any more, is whole, and is not used by the caller after it except to free its memory (its
/// words are NULL then).
pub unsafe fn frame_ends(frame: *mut Frame) {
    unsafe {
        let word = std::mem::replace(&mut (*frame).object, 0);
        let object: Ref<FrameObject> = Ref::from_raw(word as *mut FrameObject);
        if object.head().count() > 1 {
            take_over(&object, frame);
        }
    }
}

unsafe fn take_over(object: &Ref<FrameObject>, frame: *mut Frame) {
    unsafe {
        let words = Frame::code(frame).frame_words();
        let mut memory = vec![0u64; words].into_boxed_slice();
        let used = (*frame).sp.offset_from(frame.cast::<u64>()) as usize;
        ptr::copy_nonoverlapping(frame.cast::<u64>(), memory.as_mut_ptr(), used);
        let copy = memory.as_mut_ptr().cast::<Frame>();
        (*copy).sp = memory.as_mut_ptr().add(used);
        (*copy).owner = Owner::FrameObject;
        (*copy).generator = ptr::null();
        let previous = (*frame).previous;
        (*copy).previous = ptr::null_mut();
        // Borrowed words point at locals of the same frame, which move along: they stay good.
        (*frame).sp = Frame::locals(frame);
        (*frame).locals_map = 0;
        (*frame).func = 0;
        if !previous.is_null() {
            object.back.set(Some(FrameObject::of(previous).into_object()));
        }
        object.frame.set(copy);
        *object.owned.borrow_mut() = Some(memory);
    }
}

/// Whether names live in the frame's mapping only: a module's or class's body outside of its comprehensions.
fn in_mapping(frame: *mut Frame) -> bool {
    let code = Frame::code(frame);
    let hidden = |i: usize| code.localspluskinds[i] & kind::HIDDEN != 0 && super::local_value(frame, i).is_some();
    !code.flags.has(CodeFlags::OPTIMIZED) && !(0..code.nlocalsplus as usize).any(hidden)
}

/// What `locals()` gives in a frame: the namespace of a class or module body, or a fresh dict of a function's variables.
pub fn locals_of(vm: &Vm, frame: *mut Frame) -> Result<Object> {
    match Frame::locals_map(frame).filter(|_| in_mapping(frame)) {
        Some(map) => Ok(map),
        None => Ok(snapshot(vm, frame)?.into_object()),
    }
}

/// A dict of the variables of a frame that are set, and of what else was set through `f_locals`.
pub fn snapshot(vm: &Vm, frame: *mut Frame) -> Result<Ref<Dict>> {
    let dict = Dict::empty();
    for (name, value) in locals::variables(frame) {
        dict.set_name(vm, &name, value)?;
    }
    // SAFETY: F2.
    if unsafe { (*frame).object } != 0
        && let Some(extra) = FrameObject::of(frame).extra.get()
    {
        dict.update_from_dict(vm, &extra)?;
    }
    Ok(dict)
}

fn exact_bool(vm: &Vm, value: &Object) -> Result<bool> {
    if !value.is_instance_of::<crate::builtins::bool_::Bool>() {
        bail!(vm, TypeError, "attribute value type must be bool");
    }
    protocol::is_true(vm, value)
}

#[pymethods]
impl FrameObject {
    #[slot]
    fn repr(this: &Ref<Self>) -> String {
        let code = this.code();
        let file = code.filename.get().map(|f| f.to_string()).unwrap_or_default();
        let line = Frame::line(this.frame.get());
        format!("<frame at {:#x}, file '{file}', line {line}, code {}>", protocol::address(this.as_object()), code.name)
    }

    /// The code object that the frame runs.
    #[getter("f_code")]
    fn f_code(&self) -> Ref<Code> {
        self.code()
    }

    #[getter("f_back")]
    fn f_back(&self) -> Option<Object> {
        self.back()
    }

    /// The mapping of global names.
    #[getter("f_globals")]
    fn f_globals(&self) -> Ref<Dict> {
        Frame::globals(self.frame.get())
    }

    /// The mapping of built-in names.
    #[getter("f_builtins")]
    fn f_builtins(&self) -> Object {
        super::namespace::to_object(&Frame::builtins(self.frame.get()))
    }

    /// Return the mapping used by the frame to look up local variables.
    #[getter("f_locals")]
    fn f_locals(this: &Ref<Self>) -> Object {
        let frame = this.frame.get();
        match Frame::locals_map(frame).filter(|_| in_mapping(frame)) {
            Some(map) => map,
            None => locals::FrameLocalsProxy::make(this),
        }
    }

    /// The offset of the instruction that ran last, or -1.
    #[getter("f_lasti")]
    fn f_lasti(&self) -> i32 {
        let frame = self.frame.get();
        // SAFETY: `ip` points into the code's units.
        let started = unsafe { (*frame).ip != Frame::code(frame).units_ptr() };
        if started { Frame::last_unit(frame) as i32 * 2 } else { -1 }
    }

    /// The line that runs now.
    #[getter("f_lineno")]
    fn f_lineno(&self) -> Option<i32> {
        let line = match self.line.get() {
            0 => Frame::line(self.frame.get()),
            line => line,
        };
        (line >= 0).then_some(line)
    }

    #[setter("f_lineno")]
    fn set_f_lineno(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        super::jump::set_line(vm, self, value)
    }

    /// The function that traces the frame, or None.
    #[getter("f_trace")]
    fn f_trace(&self) -> Option<Object> {
        self.trace.get()
    }

    #[setter("f_trace")]
    fn set_f_trace(&self, value: Option<&Object>) -> Result<()> {
        self.trace.set(value.filter(|v| !v.is(&none())).cloned());
        Ok(())
    }

    #[getter("f_trace_lines")]
    fn f_trace_lines(&self) -> bool {
        self.trace_lines.get()
    }

    #[setter("f_trace_lines")]
    fn set_f_trace_lines(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { bail!(vm, TypeError, "can't delete numeric/char attribute") };
        self.trace_lines.set(exact_bool(vm, value)?);
        Ok(())
    }

    /// Whether there is an event for each instruction.
    #[getter("f_trace_opcodes")]
    fn f_trace_opcodes(&self) -> bool {
        self.trace_opcodes.get()
    }

    #[setter("f_trace_opcodes")]
    fn set_f_trace_opcodes(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else {
            bail!(vm, AttributeError, "attribute 'f_trace_opcodes' of 'frame' objects cannot be deleted");
        };
        self.trace_opcodes.set(exact_bool(vm, value)?);
        if self.trace_opcodes.get() {
            crate::interp::trace::want_opcodes(vm);
        }
        Ok(())
    }

    /// Return the generator or coroutine associated with this frame, or None.
    #[getter("f_generator")]
    fn f_generator(&self) -> Option<Object> {
        let frame = self.frame.get();
        // SAFETY: a generator outlives its own frame.
        unsafe {
            let generator = (*frame).generator;
            (!generator.is_null()).then(|| Object::from_head(generator.cast()))
        }
    }

    /// Clear all references held by the frame.
    #[py("clear()")]
    fn clear_method(&self, vm: &Vm) -> Result<()> {
        if self.is_complete() {
            self.trace.set(None);
            self.extra.set(None);
            self.overwritten.set(None);
            self.clear_owned_locals();
            return Ok(());
        }
        let frame = self.frame.get();
        // SAFETY: the frame is live.
        if unsafe { (*frame).owner } == Owner::Generator {
            return super::generator::clear_suspended(vm, frame);
        }
        Err(raise!(vm, RuntimeError, "cannot clear an executing frame"))
    }
}
