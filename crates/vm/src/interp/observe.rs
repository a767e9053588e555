//! Observation of running code: the events of `sys.monitoring`, `sys.settrace` and `sys.setprofile` (PEP 669).
//!
//! Nothing is looked at per instruction while nobody observes. What is observed is written into the code: the units of a
//! code object are exchanged for their `INSTRUMENTED_…` forms, whose handlers call here before they go on as the plain
//! form. `INSTRUMENTED_LINE` and `INSTRUMENTED_INSTRUCTION` stand for any instruction, which is kept aside.
//!
//! [`Monitoring::version`](crate::modules::monitoring_state::Monitoring) counts changes of what is wanted. While something
//! is wanted in all code, [`breaker::OBSERVED`] is set in every thread, and `RESUME` brings stale code up to date;
//! instrumented instructions do so themselves, and [`changed`] does it for all code that is running. Exceptions' events
//! have no instruction: the unwinder asks [`Monitoring::wanted`](crate::modules::monitoring_state::Monitoring::wanted).

use super::state::Sp;
use super::trace;
use crate::builtins::bound::BoundMethod;
use crate::context::breaker;
use crate::exception;
use crate::frame::Frame;
use crate::frame::code::Code;
use crate::frame::function::Function;
use crate::frame::generator::{self, Coroutine, Generator, Resume};
use crate::frame::object::FrameObject;
use crate::modules::monitoring_state::{Monitoring, PROFILE_TOOL, TOOLS, TRACE_TOOL, event};
use crate::object::{attr, type_of};
use crate::prelude::*;
use crate::protocol::call;
use bytecode::Op;
use std::collections::HashMap;
use std::sync::atomic::Ordering;

/// What is observed in one code object.
pub struct Instrumentation {
    /// [`Monitoring::version`] for which the units are.
    version: u64,
    restarts: u64,
    /// What each tool asked for in this code alone, good while the tool's version is `tool_versions`.
    local: [u32; TOOLS],
    tool_versions: [u64; TOOLS],
    /// The tools that want an event here, in all code or in this.
    tools: [u8; event::LOCAL as usize],
    /// Tools that disabled an event at a unit.
    disabled: HashMap<(u32, u32), u8>,
    /// For each unit: the line if an instruction starts there; -1 without a line.
    lines: Box<[i32]>,
    /// For each unit: whether it starts a line ([`LINE_START`]), an instruction ([`INSTRUCTION`]).
    marks: Box<[u8]>,
    /// The opcode that a unit would have without `INSTRUMENTED_LINE` or `INSTRUMENTED_INSTRUCTION`.
    plain: Box<[u8]>,
}

const LINE_START: u8 = 1;
const INSTRUCTION: u8 = 2;

/// A line that no instruction has.
pub const NO_LINE: i32 = -1;

fn state(vm: &Vm) -> &Monitoring {
    &vm.interp().monitoring
}

/// Calls `f` with each instruction of the code as it was compiled: first unit (of EXTENDED_ARG too), opcode, operand.
fn each_instruction(code: &Code, mut f: impl FnMut(usize, Op, u32)) {
    let mut unit = 0;
    let mut high = 0;
    while let Some(op) = code.original_op(unit) {
        let low = code.bytes.get(unit * 2 + 1).copied().unwrap_or(0);
        let arg = high << 8 | u32::from(low);
        f(unit, op, arg);
        high = if op == Op::EXTENDED_ARG { arg } else { 0 };
        unit += 1 + op.caches();
    }
}

/// The unit that a jump leads to.
fn target(unit: usize, op: Op, arg: u32) -> usize {
    let next = unit + 1 + op.caches();
    match op.operand() {
        bytecode::Operand::JumpFwd => next + arg as usize,
        bytecode::Operand::JumpBack => next.saturating_sub(arg as usize),
        _ => next,
    }
}

impl Instrumentation {
    fn new(code: &Code) -> Instrumentation {
        let count = code.unit_count();
        let mut lines = vec![NO_LINE; count].into_boxed_slice();
        for entry in bytecode::locations::lines(&code.linetable, code.firstlineno) {
            let (start, end, line) = entry;
            for at in start / 2..(end / 2).min(count) {
                lines[at] = line.unwrap_or(NO_LINE);
            }
        }
        let mut marks = vec![0u8; count].into_boxed_slice();
        let mut started = false;
        let mut current = NO_LINE;
        let mut widened = false;
        each_instruction(code, |unit, op, _| {
            if started && op != Op::RESUME && !widened {
                marks[unit] |= INSTRUCTION;
            }
            match op {
                Op::RESUME if !started => (started, current) = (true, NO_LINE),
                Op::END_ASYNC_FOR | Op::END_FOR | Op::END_SEND | Op::RESUME | Op::POP_ITER => {}
                _ if started && !widened => {
                    if lines[unit] != current {
                        marks[unit] |= LINE_START;
                    }
                    current = lines[unit];
                }
                _ => {}
            }
            widened = op == Op::EXTENDED_ARG;
        });
        // Where jumps and exceptions lead.
        let mut mark = |at: usize| {
            if at < count
                && marks[at] & INSTRUCTION != 0
                && !matches!(
                    code.original_op(at),
                    Some(Op::END_ASYNC_FOR | Op::END_FOR | Op::END_SEND | Op::RESUME | Op::POP_ITER)
                )
            {
                marks[at] |= LINE_START;
            }
        };
        each_instruction(code, |unit, op, arg| match op {
            Op::FOR_ITER => mark(target(unit, op, arg) + 2),
            Op::END_ASYNC_FOR | Op::SEND => {}
            _ if op.has_jump() => mark(target(unit, op, arg)),
            _ => {}
        });
        for handler in bytecode::exceptions::handlers(&code.exceptiontable) {
            mark(handler.target as usize);
        }
        Instrumentation {
            version: u64::MAX,
            restarts: 0,
            local: [0; TOOLS],
            tool_versions: [0; TOOLS],
            tools: [0; event::LOCAL as usize],
            disabled: HashMap::new(),
            lines,
            marks,
            plain: vec![0; count].into_boxed_slice(),
        }
    }

    fn local(&self, monitoring: &Monitoring, tool: usize) -> u32 {
        if self.tool_versions[tool] == monitoring.tool_versions[tool].get() { self.local[tool] } else { 0 }
    }

    /// The tools that are to hear of an event at a unit.
    fn tools_at(&self, unit: usize, event: u32) -> u8 {
        let all = self.tools[event as usize];
        if all == 0 || self.disabled.is_empty() {
            return all;
        }
        all & !self.disabled.get(&(unit as u32, event)).copied().unwrap_or(0)
    }

    /// Writes the units for what is wanted now.
    fn rebuild(&mut self, monitoring: &Monitoring, code: &Code) {
        self.version = monitoring.version.get();
        if self.restarts != monitoring.restarts.get() {
            self.restarts = monitoring.restarts.get();
            self.disabled.clear();
        }
        for number in 0..event::LOCAL {
            let mut tools = monitoring.tools_for(number);
            for tool in 0..TOOLS {
                tools |= u8::from(self.local(monitoring, tool) >> number & 1 == 1) << tool;
            }
            self.tools[number as usize] = tools;
        }
        let mut started = false;
        each_instruction(code, |unit, op, arg| {
            started |= op == Op::RESUME;
            if started {
                self.write(code, unit, op, arg);
            }
        });
    }

    /// Writes one instruction's unit.
    fn write(&mut self, code: &Code, unit: usize, op: Op, arg: u32) {
        let wants = |event: u32| self.tools_at(unit, event) != 0;
        let form = match op {
            Op::RESUME if wants(if arg & 3 == 0 { event::PY_START } else { event::PY_RESUME }) => {
                Op::INSTRUMENTED_RESUME
            }
            Op::RETURN_VALUE if wants(event::PY_RETURN) => Op::INSTRUMENTED_RETURN_VALUE,
            Op::YIELD_VALUE if wants(event::PY_YIELD) => Op::INSTRUMENTED_YIELD_VALUE,
            Op::CALL if wants(event::CALL) => Op::INSTRUMENTED_CALL,
            Op::LOAD_SUPER_ATTR if wants(event::CALL) => Op::INSTRUMENTED_LOAD_SUPER_ATTR,
            Op::CALL_KW if wants(event::CALL) => Op::INSTRUMENTED_CALL_KW,
            Op::CALL_FUNCTION_EX if wants(event::CALL) => Op::INSTRUMENTED_CALL_FUNCTION_EX,
            Op::JUMP_FORWARD if wants(event::JUMP) => Op::INSTRUMENTED_JUMP_FORWARD,
            Op::JUMP_BACKWARD if wants(event::JUMP) => Op::INSTRUMENTED_JUMP_BACKWARD,
            Op::NOT_TAKEN if wants(event::BRANCH_LEFT) => Op::INSTRUMENTED_NOT_TAKEN,
            Op::POP_JUMP_IF_TRUE if wants(event::BRANCH_RIGHT) => Op::INSTRUMENTED_POP_JUMP_IF_TRUE,
            Op::POP_JUMP_IF_FALSE if wants(event::BRANCH_RIGHT) => Op::INSTRUMENTED_POP_JUMP_IF_FALSE,
            Op::POP_JUMP_IF_NONE if wants(event::BRANCH_RIGHT) => Op::INSTRUMENTED_POP_JUMP_IF_NONE,
            Op::POP_JUMP_IF_NOT_NONE if wants(event::BRANCH_RIGHT) => Op::INSTRUMENTED_POP_JUMP_IF_NOT_NONE,
            Op::POP_ITER if wants(event::BRANCH_RIGHT) => Op::INSTRUMENTED_POP_ITER,
            Op::END_ASYNC_FOR if wants(event::BRANCH_RIGHT) => Op::INSTRUMENTED_END_ASYNC_FOR,
            Op::FOR_ITER if wants(event::STOP_ITERATION) || wants(event::BRANCH_LEFT) => Op::INSTRUMENTED_FOR_ITER,
            Op::END_SEND if wants(event::STOP_ITERATION) => Op::INSTRUMENTED_END_SEND,
            _ => op,
        };
        self.plain[unit] = form as u8;
        let mark = self.marks[unit];
        let stands = if mark & INSTRUCTION != 0 && self.tools_at(unit, event::INSTRUCTION) != 0 {
            Some(Op::INSTRUMENTED_INSTRUCTION)
        } else if mark & LINE_START != 0 && self.tools[event::LINE as usize] != 0 {
            // Kept where it is disabled: the next start of a line must know where the frame came from.
            Some(Op::INSTRUMENTED_LINE)
        } else {
            None
        };
        let new = stands.unwrap_or(form);
        // SAFETY: a unit of the code; the same instruction in another form.
        unsafe {
            let at = code.units_mut().add(unit);
            let now = Op::from_u8(*at as u8);
            let specialised = now.is_some_and(|now| !now.is_instrumented() && now.deopt() == new);
            if !specialised {
                *at = *at & 0xFF00 | new as u16;
            }
        }
    }
}

/// What is observed has changed: running code is brought up to date, other code when it is entered.
pub fn changed(vm: &Vm) {
    let monitoring = state(vm);
    monitoring.version.set(monitoring.version.get() + 1);
    let wanted = monitoring.wanted();
    let lines = wanted & 1 << event::LINE != 0;
    for thread in vm.interp().gil.threads() {
        mark_thread(thread);
        let mut frame = thread.frame.get();
        while !frame.is_null() {
            let code = Frame::code(frame);
            if wanted != 0 || code.instrumentation.borrow().is_some() {
                refresh(vm, code);
                if lines {
                    FrameObject::of(frame).traced_line.set(Frame::line(frame));
                }
            }
            // SAFETY: frames below a live one are live.
            frame = unsafe { (*frame).previous };
        }
    }
}

/// Sets or clears a thread's bit of the breaker: whether it must look at code that it enters.
pub fn mark_thread(thread: &Vm) {
    if state(thread).wanted() & ((1 << event::LOCAL) - 1) != 0 {
        thread.breaker.fetch_or(breaker::OBSERVED, Ordering::AcqRel);
    } else {
        thread.breaker.fetch_and(!breaker::OBSERVED, Ordering::AcqRel);
    }
}

/// Whether the code's units are not for what is wanted now.
pub fn is_stale(vm: &Vm, code: &Code) -> bool {
    code.instrumentation.try_borrow().is_ok_and(|i| match &*i {
        Some(i) => i.version != state(vm).version.get(),
        None => state(vm).wanted() != 0,
    })
}

/// Brings the code's units up to date.
pub fn refresh(vm: &Vm, code: &Code) {
    if is_stale(vm, code)
        && let Ok(mut place) = code.instrumentation.try_borrow_mut()
    {
        place.get_or_insert_with(|| Box::new(Instrumentation::new(code))).rebuild(state(vm), code);
    }
}

/// What a tool asked for in one code object.
pub fn local_events(vm: &Vm, code: &Code, tool: usize) -> u32 {
    code.instrumentation.borrow().as_ref().map_or(0, |i| i.local(state(vm), tool))
}

/// Sets what a tool asks for in one code object.
pub fn set_local_events(vm: &Vm, code: &Code, tool: usize, events: u32) {
    let mut place = code.instrumentation.borrow_mut();
    if place.is_none() && events == 0 {
        return;
    }
    let this = place.get_or_insert_with(|| Box::new(Instrumentation::new(code)));
    this.local[tool] = events;
    this.tool_versions[tool] = state(vm).tool_versions[tool].get();
    this.rebuild(state(vm), code);
}

/// The tools that are to hear of an event at a unit of the running code.
fn tools_for(vm: &Vm, code: &Code, unit: usize, event: u32) -> u8 {
    if vm.tracing.get() != 0 {
        return 0;
    }
    if (event::LOCAL..event::UNGROUPED).contains(&event) {
        return state(vm).tools_for(event);
    }
    refresh(vm, code);
    let event = if event >= event::UNGROUPED { event::CALL } else { event };
    code.instrumentation.borrow().as_ref().map_or(0, |i| i.tools_at(unit, event))
}

/// Tells the tools of an event. `args` is what a callback gets behind the code; `subject` what trace functions get.
fn fire(vm: &Vm, frame: *mut Frame, unit: usize, event: u32, args: &[Object], subject: &Object) -> Result<()> {
    let code = Frame::code(frame);
    let tools = tools_for(vm, code, unit, event);
    if tools == 0 {
        return Ok(());
    }
    let held: Ref<Code> = Ref::of(code);
    let under_way = vm.take_raised();
    let outer = vm.observed.replace((event as i32, frame));
    let told = tell(vm, frame, &held, tools, unit, event, args, subject);
    vm.observed.set(outer);
    told?;
    vm.restore_raised(under_way);
    Ok(())
}

fn tell(
    vm: &Vm,
    frame: *mut Frame,
    held: &Ref<Code>,
    tools: u8,
    unit: usize,
    event: u32,
    args: &[Object],
    subject: &Object,
) -> Result<()> {
    let mut tools = tools;
    while tools != 0 {
        let tool = tools.ilog2() as usize;
        tools &= !(1 << tool);
        match tool {
            TRACE_TOOL => trace::trace(vm, frame, unit, event, subject)?,
            PROFILE_TOOL => trace::profile(vm, frame, event, args)?,
            _ => {
                let Some(callback) = state(vm).callbacks[tool][event as usize].get() else { continue };
                let mut all = Vec::with_capacity(args.len() + 1);
                all.push(held.to_object());
                all.extend_from_slice(args);
                vm.tracing.set(vm.tracing.get() + 1);
                let result = call::call(vm, &callback, &all);
                vm.tracing.set(vm.tracing.get() - 1);
                let result = result?;
                if state(vm).disable.get().is_some_and(|d| d.is(&result)) {
                    disable(vm, held, unit, event, tool)?;
                }
            }
        }
    }
    Ok(())
}

/// A trace function sent the frame elsewhere, and it is there now.
pub fn jumped(frame: *mut Frame) {
    FrameObject::of(frame).line.set(0);
}

/// A callback returned DISABLE.
fn disable(vm: &Vm, code: &Code, unit: usize, event: u32, tool: usize) -> Result<()> {
    if event >= event::LOCAL {
        state(vm).callbacks[tool][event as usize].set(None);
        bail!(vm, ValueError, "Cannot disable {} events. Callback removed.", event::NAMES[event as usize]);
    }
    let mut place = code.instrumentation.borrow_mut();
    let Some(this) = place.as_mut() else { return Ok(()) };
    *this.disabled.entry((unit as u32, event)).or_default() |= 1 << tool;
    // The operand matters for RESUME only, where it has no EXTENDED_ARG.
    let arg = code.bytes.get(unit * 2 + 1).copied().unwrap_or(0);
    if let Some(op) = code.original_op(unit) {
        this.write(code, unit, op, arg.into());
    }
    let callbacks = &state(vm).callbacks[tool];
    let both = event == event::BRANCH_LEFT || event == event::BRANCH_RIGHT;
    if both
        && let (Some(here), Some(all)) = (callbacks[event as usize].get(), callbacks[event::BRANCH as usize].get())
        && here.is(&all)
    {
        // A callback for BRANCH disables both ways.
        for units in forms(code) {
            if !units.contains(&unit) {
                continue;
            }
            for (at, number) in units.into_iter().zip([event::BRANCH_LEFT, event::BRANCH_RIGHT]) {
                *this.disabled.entry((at as u32, number)).or_default() |= 1 << tool;
            }
        }
        this.rebuild(state(vm), code);
    }
    Ok(())
}

fn offset(unit: usize) -> Object {
    Int::from_i64(unit as i64 * 2)
}

/// INSTRUMENTED_LINE and INSTRUMENTED_INSTRUCTION: the instruction that stands there.
pub fn before(vm: &Vm, frame: *mut Frame) -> Result<Op> {
    let code = Frame::code(frame);
    let unit = Frame::last_unit(frame);
    // SAFETY: the frame runs, its `ip` was written back.
    let ip = unsafe { (*frame).ip };
    refresh(vm, code);
    let (line, starts) = match &*code.instrumentation.borrow() {
        Some(this) => (this.lines[unit], this.marks[unit] & LINE_START != 0),
        None => (NO_LINE, false),
    };
    if starts {
        let object = FrameObject::of(frame);
        let previous = object.traced_line.replace(line);
        if previous != line && line != NO_LINE {
            fire(vm, frame, unit, event::LINE, &[Object::int32(line)], &none())?;
        }
    }
    // SAFETY: as above.
    if unsafe { (*frame).ip } == ip {
        fire(vm, frame, unit, event::INSTRUCTION, &[offset(unit)], &none())?;
    }
    let kept = code.instrumentation.borrow().as_ref().and_then(|this| Op::from_u8(this.plain[unit]));
    Ok(kept.or_else(|| code.original_op(unit)).unwrap_or(Op::NOP))
}

/// An instrumented instruction other than calls: tells of its event. The instruction goes on as its plain form.
pub fn at(vm: &Vm, frame: *mut Frame, sp: &Sp, op: Op, arg: u32) -> Result<()> {
    let code = Frame::code(frame);
    let unit = Frame::last_unit(frame);
    let plain = op.deopt();
    let to = |from: usize, number: u32, dest: usize| {
        let dest = offset(dest);
        let args = [offset(from), dest.clone()];
        // What is disabled is noted at the instruction that has the form.
        fire(vm, frame, unit, number, &args, &dest)
    };
    match plain {
        Op::RESUME => {
            let number = if arg & 3 == 0 { event::PY_START } else { event::PY_RESUME };
            fire(vm, frame, unit, number, &[offset(unit)], &none())
        }
        Op::RETURN_VALUE | Op::YIELD_VALUE => {
            let number = if plain == Op::RETURN_VALUE { event::PY_RETURN } else { event::PY_YIELD };
            let value = sp.peek(1).clone();
            fire(vm, frame, unit, number, &[offset(unit), value.clone()], &value)
        }
        Op::JUMP_FORWARD | Op::JUMP_BACKWARD => to(unit, event::JUMP, target(unit, plain, arg)),
        Op::POP_JUMP_IF_FALSE | Op::POP_JUMP_IF_TRUE | Op::POP_JUMP_IF_NONE | Op::POP_JUMP_IF_NOT_NONE => {
            let value = sp.peek(1);
            let taken = match plain {
                Op::POP_JUMP_IF_FALSE => value.is(&false.object()),
                Op::POP_JUMP_IF_TRUE => value.is(&true.object()),
                Op::POP_JUMP_IF_NONE => value.is(&none()),
                _ => !value.is(&none()),
            };
            if taken { to(unit, event::BRANCH_RIGHT, target(unit, plain, arg)) } else { Ok(()) }
        }
        Op::NOT_TAKEN => to(instruction_before(code, unit), event::BRANCH_LEFT, unit + 1),
        Op::POP_ITER => {
            let mut from = unit;
            each_instruction(code, |at, op, arg| {
                if op == Op::FOR_ITER && target(at, op, arg) + 1 == unit {
                    from = at;
                }
            });
            to(from, event::BRANCH_RIGHT, unit + 1)
        }
        Op::END_ASYNC_FOR => {
            let stops = exception::matches(&sp.peek(1), exception::types::StopAsyncIteration.get().as_object());
            if stops { to(target(unit, plain, arg), event::BRANCH_RIGHT, unit + 1) } else { Ok(()) }
        }
        Op::END_SEND => {
            let receiver = sp.peek(2);
            if receiver.is_exact::<Generator>() || receiver.is_exact::<Coroutine>() {
                let value = sp.peek(1).clone();
                stop_iteration(vm, frame, unit, &value)?;
            } else if type_of(&receiver).slots.send.get().is_some() {
                // Other awaitables end with a StopIteration that is raised.
                let stop = stop_of(vm, &sp.peek(1).clone())?;
                fire(vm, frame, unit, event::RAISE, &[offset(unit), stop.clone()], &stop)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn instruction_before(code: &Code, unit: usize) -> usize {
    let mut before = 0;
    each_instruction(code, |at, _, _| {
        if at < unit {
            before = at;
        }
    });
    before
}

fn stop_of(vm: &Vm, value: &Object) -> Result<Object> {
    let args: &[Object] = if value.is(&none()) { &[] } else { std::slice::from_ref(value) };
    call::call(vm, exception::types::StopIteration.get().as_object(), args)
}

/// A generator ended without raising the StopIteration that it would have raised for others.
fn stop_iteration(vm: &Vm, frame: *mut Frame, unit: usize, value: &Object) -> Result<()> {
    let stop = stop_of(vm, value)?;
    fire(vm, frame, unit, event::STOP_ITERATION, &[offset(unit), stop.clone()], &stop)
}

/// INSTRUMENTED_FOR_ITER: the next value. A generator is resumed the long way, so that its end is seen.
fn next(vm: &Vm, frame: *mut Frame, sp: &Sp) -> Result<Option<Object>> {
    let iterator = sp.peek(1);
    if !iterator.is_exact::<Generator>() {
        return super::ops::next(vm, &iterator);
    }
    let unit = Frame::last_unit(frame).saturating_sub(const { Op::FOR_ITER.caches() });
    match generator::resume(vm, &iterator, Resume::Send(&none()))? {
        SendResult::Yield(value) => Ok(Some(value)),
        SendResult::Return(value) => {
            if !value.is(&none()) {
                stop_iteration(vm, frame, unit, &value)?;
            }
            Ok(None)
        }
    }
}

/// INSTRUMENTED_FOR_ITER: the next value, if there is one, onto the stack.
pub fn push_next(vm: &Vm, frame: *mut Frame, sp: &mut Sp) -> Result<()> {
    let Some(value) = next(vm, frame, sp)? else { return Ok(()) };
    sp.push(value);
    // SAFETY: the running frame.
    unsafe { (*frame).sp = sp.0 };
    continued(vm, frame)
}

/// INSTRUMENTED_FOR_ITER gave a value: the loop goes on.
fn continued(vm: &Vm, frame: *mut Frame) -> Result<()> {
    let next = Frame::last_unit(frame) + 1;
    let unit = next - 1 - const { Op::FOR_ITER.caches() };
    fire(vm, frame, unit, event::BRANCH_LEFT, &[offset(unit), offset(next)], &offset(next))
}

/// An exception was thrown into the suspended frame: its next line is told of, though it may be the same.
pub fn thrown(frame: *mut Frame) {
    // SAFETY: the frame runs.
    if unsafe { (*frame).object } != 0 {
        FrameObject::of(frame).traced_line.set(NO_LINE);
    }
}

/// What an instrumented call calls, for its events.
pub struct Called {
    unit: usize,
    callable: Object,
    first: Object,
    /// Not a Python function: its return is an event too.
    pub native: bool,
}

/// Tells of a call before it happens.
///
/// # Safety
/// The stack is that of the call instruction `op` with the operand `n`.
pub unsafe fn calling(vm: &Vm, frame: *mut Frame, sp: &Sp, op: Op, n: usize) -> Result<Called> {
    let unit = Frame::last_unit(frame);
    let word = |depth: usize| {
        // SAFETY: F1: within the operands of the instruction.
        unsafe { crate::frame::clone_word(sp.peek_word(depth)) }
    };
    let (mut callable, first) = match op.deopt() {
        Op::CALL_FUNCTION_EX => {
            let first = word(2).and_then(|args| args.cast::<Tuple>().and_then(|t| t.items().first().cloned()));
            (word(4), first)
        }
        plain => {
            let top = if plain == Op::CALL_KW { 1 } else { 0 };
            (word(n + 2 + top), word(n + 1 + top).or_else(|| if n > 0 { word(n + top) } else { None }))
        }
    };
    let mut first = first;
    // The long form of a call reports a bound method as it is.
    let unpacks = op.deopt() != Op::CALL_FUNCTION_EX;
    if unpacks && let Some(method) = callable.as_ref().and_then(|c| c.cast_exact::<BoundMethod>().cloned()) {
        (callable, first) = (Some(method.function.clone()), Some(method.this.clone()));
    }
    let callable = callable.unwrap_or_else(none);
    let first = first.or_else(|| state(vm).missing.get()).unwrap_or_else(none);
    let native = !callable.is_exact::<Function>();
    let args = [offset(unit), callable.clone(), first.clone()];
    fire(vm, frame, unit, event::CALL, &args, &none())?;
    Ok(Called { unit, callable, first, native })
}

/// INSTRUMENTED_LOAD_SUPER_ATTR: the call of `super` is told of as if it were written out.
pub fn load_super(vm: &Vm, frame: *mut Frame, sp: &mut Sp, arg: u32) -> Result<()> {
    let unit = Frame::last_unit(frame);
    let callable = sp.peek(3).clone();
    let first = if arg & 2 == 2 { Some(sp.peek(2).clone()) } else { state(vm).missing.get() };
    let what = Called { unit, callable, first: first.unwrap_or_else(none), native: true };
    let args = [offset(unit), what.callable.clone(), what.first.clone()];
    fire(vm, frame, unit, event::CALL, &args, &none())?;
    let name = Frame::code(frame).names[(arg >> 2) as usize].clone();
    let (this, class, super_) = (sp.pop(), sp.pop(), sp.pop());
    let args: &[Object] = if arg & 2 == 2 { &[class.clone(), this.clone()] } else { &[] };
    let made = match call::call(vm, &super_, args) {
        Ok(made) => made,
        Err(raised) => {
            let _ = called(vm, frame, &what, true);
            return Err(raised);
        }
    };
    called(vm, frame, &what, false)?;
    sp.push(attr::getattr(vm, &made, &name)?);
    if arg & 1 == 1 {
        sp.push_null();
    }
    Ok(())
}

/// For each branch the units whose instrumented forms tell of going on, and of jumping.
fn forms(code: &Code) -> Vec<[usize; 2]> {
    let mut all = Vec::new();
    each_instruction(code, |unit, op, arg| {
        let (next, to) = (unit + 1 + op.caches(), target(unit, op, arg));
        match op {
            Op::FOR_ITER => all.push([unit, to + 1]),
            Op::POP_JUMP_IF_FALSE | Op::POP_JUMP_IF_TRUE | Op::POP_JUMP_IF_NONE | Op::POP_JUMP_IF_NOT_NONE => {
                all.push([next, unit]);
            }
            Op::END_ASYNC_FOR => all.push([to + 1, unit]),
            _ => {}
        }
    });
    all
}

/// The branches of a code object as units: the instruction that decides, where it goes on, where it jumps to.
pub fn branches(code: &Code) -> Vec<[usize; 3]> {
    let mut all = Vec::new();
    each_instruction(code, |unit, op, arg| {
        let (next, to) = (unit + 1 + op.caches(), target(unit, op, arg));
        match op {
            Op::FOR_ITER => all.push([unit, next, to + 2]),
            Op::POP_JUMP_IF_FALSE | Op::POP_JUMP_IF_TRUE | Op::POP_JUMP_IF_NONE | Op::POP_JUMP_IF_NOT_NONE => {
                all.push([unit, next + 1, to]);
            }
            Op::END_ASYNC_FOR => all.push([to, to + 2, next]),
            _ => {}
        }
    });
    all
}

/// Tells of a native call's end; when it failed the exception is on the thread, and stays there.
pub fn called(vm: &Vm, frame: *mut Frame, what: &Called, failed: bool) -> Result<()> {
    let number = if failed { event::C_RAISE } else { event::C_RETURN };
    let args = [offset(what.unit), what.callable.clone(), what.first.clone()];
    fire(vm, frame, what.unit, number, &args, &none())
}

/// Tells of an event of the exception under way, at the frame's last instruction.
#[cold]
pub fn exceptional(vm: &Vm, frame: *mut Frame, number: u32) -> Result<()> {
    let Some(exception) = vm.raised() else { return Ok(()) };
    // A caller that waits for its callee stands behind the cache of its call.
    let unit = instruction_before(Frame::code(frame), Frame::last_unit(frame) + 1);
    fire(vm, frame, unit, number, &[offset(unit), exception.clone()], &exception)
}

/// Tells of a handled exception, which is no longer on the thread.
#[cold]
pub fn handled(vm: &Vm, frame: *mut Frame, unit: usize, exception: &Object) -> Result<()> {
    fire(vm, frame, unit, event::EXCEPTION_HANDLED, &[offset(unit), exception.clone()], exception)
}

/// Whether anybody wants to hear of exceptions.
#[inline]
pub fn wants_exceptions(vm: &Vm) -> bool {
    state(vm).wanted() >> event::RAISE != 0
}
