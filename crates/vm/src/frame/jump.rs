//! Assigning `f_lineno`: a trace function sends the frame to another line.
//!
//! What lies on the value stack at each unit is found by following the code. A jump is possible where the stack of the
//! target is what remains of the present one when values are dropped.

use super::code::Code;
use super::object::FrameObject;
use super::{Frame, drop_word};
use crate::modules::monitoring_state::event;
use crate::prelude::*;
use bytecode::{Op, Operand};

/// What a stack slot holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    Iterator,
    Except,
    Object,
    Null,
    Lasti,
}

/// The kinds on the stack, deepest first; `None`: never reached.
type Shape = Option<Vec<Kind>>;

fn fits(from: Kind, to: Kind) -> bool {
    match to {
        Kind::Object => from != Kind::Null,
        Kind::Null => true,
        _ => from == to,
    }
}

/// The line of each unit that starts an instruction's run of a line, as the location table gives them.
fn line_starts(code: &Code) -> Vec<i32> {
    let mut lines = vec![-1; code.unit_count()];
    let mut last = -1;
    for (start, _, line) in bytecode::locations::lines(&code.linetable, code.firstlineno) {
        let line = line.unwrap_or(-1);
        if line != last
            && line != -1
            && let Some(place) = lines.get_mut(start / 2)
        {
            *place = line;
        }
        last = line;
    }
    lines
}

/// The stack before each instruction.
fn shapes(code: &Code) -> Vec<Shape> {
    let count = code.unit_count();
    let mut shapes: Vec<Shape> = vec![None; count + 1];
    shapes[0] = Some(Vec::new());
    let mut again = true;
    while again {
        again = false;
        let (mut unit, mut high) = (0, 0);
        while let Some(op) = code.original_op(unit) {
            let arg = high << 8 | u32::from(code.bytes.get(unit * 2 + 1).copied().unwrap_or(0));
            high = if op == Op::EXTENDED_ARG { arg } else { 0 };
            let next = (unit + 1 + op.caches()).min(count);
            let here = unit;
            unit = next;
            let Some(mut stack) = shapes[here].clone() else { continue };
            match op {
                Op::GET_ITER | Op::GET_AITER => {
                    stack.pop();
                    stack.push(Kind::Iterator);
                }
                Op::PUSH_EXC_INFO => stack.push(Kind::Except),
                Op::PUSH_NULL => stack.push(Kind::Null),
                Op::LOAD_GLOBAL => {
                    stack.push(Kind::Object);
                    if arg & 1 == 1 {
                        stack.push(Kind::Null);
                    }
                }
                Op::LOAD_ATTR if arg & 1 == 1 => {
                    stack.pop();
                    stack.extend([Kind::Object, Kind::Null]);
                }
                Op::COPY => {
                    let kind = stack.len().checked_sub(arg as usize).and_then(|at| stack.get(at).copied());
                    stack.push(kind.unwrap_or(Kind::Object));
                }
                Op::SWAP => {
                    let top = stack.len().saturating_sub(1);
                    if let Some(other) = stack.len().checked_sub(arg as usize)
                        && other < stack.len()
                    {
                        stack.swap(top, other);
                    }
                }
                _ => {
                    let change = op.pushed(arg) - op.popped(arg);
                    for _ in 0..-change {
                        stack.pop();
                    }
                    for _ in 0..change {
                        stack.push(Kind::Object);
                    }
                }
            }
            let jump = match op.operand() {
                Operand::JumpFwd => Some(next + arg as usize),
                Operand::JumpBack if op != Op::END_ASYNC_FOR => next.checked_sub(arg as usize),
                _ => None,
            };
            if let Some(target) = jump.filter(|t| *t <= count)
                && shapes[target].is_none()
            {
                again |= target <= here;
                shapes[target] = Some(stack.clone());
            }
            if !op.ends() && shapes[next].is_none() {
                shapes[next] = Some(stack);
            }
        }
        for handler in bytecode::exceptions::handlers(&code.exceptiontable) {
            let (start, target) = (handler.start as usize, handler.target as usize);
            if let Some(Some(stack)) = shapes.get(start).cloned()
                && target <= count
                && shapes[target].is_none()
            {
                let mut stack = stack;
                stack.truncate(handler.depth as usize);
                if handler.lasti {
                    stack.push(Kind::Lasti);
                }
                stack.push(Kind::Except);
                shapes[target] = Some(stack);
                again = true;
            }
        }
    }
    shapes
}

fn why_not(stack: &Shape) -> &'static str {
    match stack {
        None => "can't jump into an unreachable code block",
        Some(stack) => match stack.last() {
            Some(Kind::Except) => "can't jump into an 'except' block as there's no exception",
            Some(Kind::Lasti) => "can't jump into a re-raising block as there's no location",
            Some(Kind::Iterator) => "can't jump into the body of a for loop",
            Some(Kind::Object | Kind::Null) => "incompatible stacks",
            None => "internal error",
        },
    }
}

/// Sends the frame to the first instruction of a line, or of the next line that has some.
///
/// # Errors
/// ValueError where the frame is not at an event that allows it, and where no instruction of the line can be reached.
pub fn set_line(vm: &Vm, object: &FrameObject, value: Option<&Object>) -> Result<()> {
    let Some(value) = value else { bail!(vm, AttributeError, "cannot delete attribute") };
    if !crate::object::type_of(value).is(Int::class()) {
        bail!(vm, ValueError, "lineno must be an integer");
    }
    let frame = object.frame();
    let (number, fired) = vm.observed.get();
    let Ok(number) = u32::try_from(number) else {
        bail!(vm, ValueError, "f_lineno can only be set in a trace function");
    };
    match number {
        event::PY_RESUME
        | event::JUMP
        | event::BRANCH_LEFT
        | event::BRANCH_RIGHT
        | event::LINE
        | event::INSTRUCTION
        | event::PY_YIELD => {}
        event::PY_START => bail!(vm, ValueError, "can't jump from the 'call' trace event of a new frame"),
        event::CALL | event::C_RETURN => bail!(vm, ValueError, "can't jump during a call"),
        _ => bail!(vm, ValueError, "can only jump from a 'line' trace event"),
    }
    if !std::ptr::eq(frame, fired) {
        // The others are in the middle of a call.
        bail!(vm, ValueError, "can't jump during a call");
    }
    let code = Frame::code(frame);
    let Some(wanted) = value.as_small_int().and_then(|v| i32::try_from(v).ok()) else {
        bail!(vm, ValueError, "lineno out of range");
    };
    if wanted < code.firstlineno {
        bail!(vm, ValueError, "line {wanted} comes before the current code block");
    }
    let lines = line_starts(code);
    let Some(line) = lines.iter().copied().filter(|l| *l >= wanted).min() else {
        bail!(vm, ValueError, "line {wanted} comes after the current code block");
    };
    let shapes = shapes(code);
    let start = &shapes[Frame::last_unit(frame)];
    let mut best: Option<(usize, &Vec<Kind>)> = None;
    let mut message = "cannot find bytecode for specified line";
    for (unit, _) in lines.iter().enumerate().filter(|(_, l)| **l == line) {
        match (start, &shapes[unit]) {
            (Some(from), Some(to)) if to.len() <= from.len() && from.iter().zip(to).all(|(f, t)| fits(*f, *t)) => {
                if best.is_none_or(|(_, b)| (to.len(), to) > (b.len(), b)) {
                    best = Some((unit, to));
                }
            }
            (None, _) => message = "can't jump from unreachable code",
            (_, to) => message = why_not(to),
        }
    }
    let (Some((unit, to)), Some(from)) = (best, start) else {
        bail!(vm, ValueError, "{message}");
    };
    // SAFETY: F1: the frame is at an event, its `ip` and `sp` are true; the stack has the shape that was found.
    unsafe {
        let locals = Frame::locals(frame);
        let unbound: Vec<usize> = (0..code.nlocalsplus as usize).filter(|i| *locals.add(*i) == 0).collect();
        if (*frame).sp.offset_from(Frame::stack_base(frame)) as usize != from.len() {
            bail!(vm, ValueError, "can't jump from unreachable code");
        }
        if !unbound.is_empty() {
            let s = if unbound.len() == 1 { "" } else { "s" };
            let text = format!("assigning None to {} unbound local{s}", unbound.len());
            crate::modules::warnings::warn(vm, crate::exception::types::RuntimeWarning.get(), &text, 1)?;
            for at in unbound {
                if *locals.add(at) == 0 {
                    *locals.add(at) = none().into_word();
                }
            }
        }
        for kind in from[to.len()..].iter().rev() {
            (*frame).sp = (*frame).sp.sub(1);
            let word = *(*frame).sp;
            if *kind == Kind::Except {
                let previous = super::clone_word(word).filter(|e| !e.is(&none()));
                drop(vm.set_handled(previous));
            }
            drop_word(word);
        }
        (*frame).ip = code.units_ptr().add(unit);
    }
    object.line.set(line);
    object.traced_line.set(line);
    Ok(())
}
