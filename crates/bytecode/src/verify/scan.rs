//! What can be seen without following control: tables, instruction boundaries, arguments.

use super::Shape;
use crate::exceptions::{self, Handler};
use crate::{CodeFlags, CompareOp, Op, Operand, kind, locations, op};

/// The instructions' places.
pub struct Scanned {
    /// For each code unit: whether an instruction starts here, its `EXTENDED_ARG`s included.
    pub starts: Vec<bool>,
    /// For each code unit: whether a jump or handler leads here.
    pub leaders: Vec<bool>,
    /// Checked and sorted.
    pub handlers: Vec<Handler>,
    /// How many of the locals are parameters, cells made here, and cells taken.
    pub params: usize,
    pub free: usize,
}

/// One instruction, its `EXTENDED_ARG`s folded in.
#[derive(Clone, Copy, Debug)]
pub struct Instruction {
    pub op: Op,
    pub arg: u32,
    /// Code unit after its caches.
    pub next: usize,
}

impl Instruction {
    /// Where it jumps, if its argument is a distance.
    pub fn target(&self) -> Option<usize> {
        match self.op.operand() {
            Operand::JumpFwd => self.next.checked_add(self.arg as usize),
            Operand::JumpBack => self.next.checked_sub(self.arg as usize),
            _ => None,
        }
    }
}

/// More stack than this is no program's.
const MAX_SLOTS: usize = 1 << 24;

pub fn at(start: usize, problem: impl std::fmt::Display) -> String {
    format!("at {}: {problem}", start * 2)
}

/// Reads the instruction that starts at code unit `start`. Checks everything but what the argument means.
pub fn decode(code: &[u8], start: usize) -> Result<Instruction, String> {
    let units = code.len() / 2;
    let (mut unit, mut arg) = (start, 0u32);
    loop {
        if unit >= units {
            return Err(at(start, "the code ends within an instruction"));
        }
        let (number, byte) = (code[unit * 2], code[unit * 2 + 1]);
        let op = Op::from_u8(number).ok_or_else(|| at(unit, format!("unknown opcode {number}")))?;
        if !op.is_generic() || matches!(op, Op::CACHE | Op::RESERVED | Op::INTERPRETER_EXIT | Op::EXIT_INIT_CHECK) {
            return Err(at(unit, format!("{} is internal", op.name())));
        }
        arg = arg << 8 | u32::from(byte);
        if op == Op::EXTENDED_ARG {
            if unit - start >= 3 {
                return Err(at(start, "more than three EXTENDED_ARG"));
            }
            unit += 1;
            continue;
        }
        let next = unit + 1 + op.caches();
        if next > units {
            return Err(at(start, format!("the caches of {} are cut off", op.name())));
        }
        if code[(unit + 1) * 2..next * 2].iter().any(|byte| *byte != 0) {
            return Err(at(start, format!("the caches of {} are not empty", op.name())));
        }
        return Ok(Instruction { op, arg, next });
    }
}

pub fn scan(shape: &Shape<'_>) -> Result<Scanned, String> {
    let units = shape.code.len() / 2;
    if !shape.code.len().is_multiple_of(2) || units == 0 || units > MAX_SLOTS {
        return Err("the code's length is odd, zero or too large".into());
    }
    let (params, free) = locals(shape)?;
    let mut scanned =
        Scanned { starts: vec![false; units], leaders: vec![false; units], handlers: Vec::new(), params, free };
    let mut targets = Vec::new();
    let mut unit = 0;
    while unit < units {
        let instruction = decode(shape.code, unit)?;
        argument(shape, &instruction, free)
            .map_err(|problem| at(unit, format!("{} {}: {problem}", instruction.op.name(), instruction.arg)))?;
        if instruction.op.has_jump() {
            let target = instruction.target().filter(|target| *target < units);
            targets.push((unit, target.ok_or_else(|| at(unit, "jump out of the code"))?));
        }
        scanned.starts[unit] = true;
        unit = instruction.next;
    }
    for (from, target) in targets {
        if !scanned.starts[target] {
            return Err(at(from, "jump into an instruction"));
        }
        scanned.leaders[target] = true;
    }
    handlers(shape, &mut scanned)?;
    lines(shape, units)?;
    Ok(scanned)
}

/// Checks the locals' kinds; gives the number of parameters and of free variables.
fn locals(shape: &Shape<'_>) -> Result<(usize, usize), String> {
    let kinds = shape.localspluskinds;
    if kinds.len() != shape.localsplusnames {
        return Err("localspluskinds and localsplusnames differ in length".into());
    }
    if kinds.len() + shape.stacksize as usize > MAX_SLOTS {
        return Err("the frame is too large".into());
    }
    let rank = |byte: &u8| match byte & (kind::LOCAL | kind::CELL | kind::FREE) {
        kind::LOCAL => Some(0),
        both if both == kind::LOCAL | kind::CELL => Some(0),
        kind::CELL => Some(1),
        kind::FREE => Some(2),
        _ => None,
    };
    let ranks: Option<Vec<u8>> = kinds.iter().map(rank).collect();
    let ranks = ranks.ok_or("a local is of no kind")?;
    if !ranks.is_sorted() {
        return Err("locals, cells and free variables are out of order".into());
    }
    let count = |sought| ranks.iter().filter(|rank| **rank == sought).count();
    let stars = usize::from(shape.flags.has(CodeFlags::VARARGS)) + usize::from(shape.flags.has(CodeFlags::VARKEYWORDS));
    let params = (shape.argcount as usize).saturating_add(shape.kwonlyargcount as usize).saturating_add(stars);
    if shape.posonlyargcount > shape.argcount || params > count(0) {
        return Err("there are more parameters than locals".into());
    }
    Ok((params, count(2)))
}

fn argument(shape: &Shape<'_>, instruction: &Instruction, free: usize) -> Result<(), &'static str> {
    let arg = instruction.arg;
    let index = arg as usize;
    let ensure = |right: bool, problem: &'static str| if right { Ok(()) } else { Err(problem) };
    let kinds = shape.localspluskinds;
    match instruction.op.operand() {
        Operand::Const => ensure(index < shape.consts, "no such constant"),
        Operand::Name | Operand::NameAttr | Operand::NameGlobal | Operand::NameSuper => {
            ensure(index >> instruction.op.name_shift() < shape.names, "no such name")
        }
        Operand::Local => ensure(index < kinds.len(), "no such local"),
        Operand::TwoLocals => {
            ensure(arg < 256 && index >> 4 < kinds.len() && index & 15 < kinds.len(), "no such local")
        }
        Operand::Free => {
            let found = *kinds.get(index).ok_or("no such local")?;
            ensure(found & (kind::CELL | kind::FREE) != 0, "the local is no cell")
        }
        Operand::BinaryOp => ensure(index < op::BINARY_OPS.len(), "no such operator"),
        Operand::Compare => ensure(arg < 256 && CompareOp::from_arg(arg).is_some(), "no such comparison"),
        Operand::Intrinsic1 => ensure((1..op::INTRINSICS_1.len()).contains(&index), "no such intrinsic"),
        Operand::Intrinsic2 => ensure((1..op::INTRINSICS_2.len()).contains(&index), "no such intrinsic"),
        Operand::Common => ensure(index < op::COMMON_CONSTANTS.len(), "no such common constant"),
        Operand::Special => ensure(index < op::SPECIAL_METHODS.len(), "no such special method"),
        Operand::Convert => ensure((1..=3).contains(&arg), "no such conversion"),
        Operand::FuncAttr => ensure([1, 2, 4, 8, 16].contains(&arg), "no such attribute"),
        Operand::SmallInt => ensure(arg < 256, "no small int"),
        Operand::Raw => ensure(raw(instruction.op, arg, free), "argument out of range"),
        Operand::None | Operand::JumpFwd | Operand::JumpBack => Ok(()),
    }
}

/// The range of an argument that is the instruction's own.
fn raw(op: Op, arg: u32, free: usize) -> bool {
    match op {
        Op::COPY | Op::SWAP => arg >= 1,
        Op::LIST_APPEND | Op::LIST_EXTEND | Op::SET_ADD | Op::SET_UPDATE => arg >= 1,
        Op::MAP_ADD | Op::DICT_MERGE | Op::DICT_UPDATE => arg >= 1,
        Op::BUILD_SLICE => arg == 2 || arg == 3,
        Op::BUILD_INTERPOLATION => arg >> 2 <= 3,
        Op::CONTAINS_OP | Op::IS_OP | Op::YIELD_VALUE => arg <= 1,
        Op::RAISE_VARARGS | Op::GET_AWAITABLE => arg <= 2,
        Op::RESUME => arg <= 7,
        Op::COPY_FREE_VARS => arg as usize == free,
        Op::UNPACK_EX => arg <= 0xFF_FFFF,
        _ => true,
    }
}

fn handlers(shape: &Shape<'_>, scanned: &mut Scanned) -> Result<(), String> {
    let units = scanned.starts.len();
    let is_edge = |unit: u32| unit as usize == units || scanned.starts.get(unit as usize) == Some(&true);
    let mut written = Vec::with_capacity(shape.exceptiontable.len());
    let mut last = 0;
    for handler in exceptions::handlers(shape.exceptiontable) {
        let Handler { start, end, target, depth, .. } = handler;
        if start < last || start >= end {
            return Err(format!("exception table: {}–{} is out of order or empty", start * 2, end * 2));
        }
        if !is_edge(start) || !is_edge(end) || scanned.starts.get(target as usize) != Some(&true) {
            return Err(format!(
                "exception table: {}–{} → {}: no instruction starts there",
                start * 2,
                end * 2,
                target * 2
            ));
        }
        if depth > shape.stacksize {
            return Err(format!("exception table: {}–{} is too deep", start * 2, end * 2));
        }
        last = end;
        exceptions::write(&mut written, &handler);
        scanned.handlers.push(handler);
    }
    if written != shape.exceptiontable {
        return Err("exception table: malformed".into());
    }
    for handler in &scanned.handlers {
        scanned.leaders[handler.target as usize] = true;
    }
    Ok(())
}

fn lines(shape: &Shape<'_>, units: usize) -> Result<(), String> {
    let covered: usize = locations::entries(shape.linetable, shape.firstlineno).map(|entry| entry.units).sum();
    if covered > units {
        return Err(format!("line table: covers {covered} of {units} code units"));
    }
    Ok(())
}
