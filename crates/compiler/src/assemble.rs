//! From a finished graph to the bytes of a code object.

use std::collections::HashMap;

use bytecode::exceptions::{self, Handler};
use bytecode::locations::LocationWriter;
use bytecode::{Location, Op, Pseudo};

use crate::flow::{Graph, Ins, NEXT_LOCATION, Opcode};

/// From a SEND to its END_SEND, in code units, as CPython counts it.
const END_SEND_OFFSET: u32 = 5;

/// The three tables of a code object.
pub(crate) struct Assembled {
    pub code: Vec<u8>,
    pub linetable: Vec<u8>,
    pub exceptiontable: Vec<u8>,
}

pub(crate) fn assemble(graph: &Graph, firstlineno: i32) -> Assembled {
    let places = graph.places();
    let mut ins = graph.instructions();
    for (i, one) in ins.iter_mut().enumerate() {
        let Some(target) = one.target.map(|target| places[&target]) else { continue };
        // First guess at the argument's size; the target's place stays in `target`.
        one.arg = target as u32;
        one.target = Some(target);
        one.op = match one.op {
            Opcode::Pseudo(Pseudo::JUMP) if target > i => Op::JUMP_FORWARD.into(),
            Opcode::Pseudo(Pseudo::JUMP) => Op::JUMP_BACKWARD.into(),
            Opcode::Pseudo(Pseudo::JUMP_NO_INTERRUPT) if target > i => Op::JUMP_FORWARD.into(),
            Opcode::Pseudo(Pseudo::JUMP_NO_INTERRUPT) => Op::JUMP_BACKWARD_NO_INTERRUPT.into(),
            op => op,
        };
    }
    let offsets = resolve_jumps(&mut ins);
    Assembled {
        code: units(&ins),
        linetable: locations(&mut ins, firstlineno),
        exceptiontable: handlers(graph, &ins, &places, &offsets),
    }
}

fn real(ins: &Ins) -> Op {
    match ins.op {
        Opcode::Real(op) => op,
        // None is left by now; a NOP keeps the code valid.
        Opcode::Pseudo(_) => Op::NOP,
    }
}

/// Code units of an instruction, with its prefixes and caches.
fn size(ins: &Ins) -> usize {
    let prefixes = usize::from(ins.arg > 0xFF) + usize::from(ins.arg > 0xFFFF) + usize::from(ins.arg > 0xFF_FFFF);
    prefixes + 1 + real(ins).caches()
}

/// Turns targets into distances; the places of all instructions, in code units.
fn resolve_jumps(ins: &mut [Ins]) -> Vec<u32> {
    let mut offsets = vec![0u32; ins.len() + 1];
    loop {
        let mut total = 0;
        for (i, one) in ins.iter().enumerate() {
            offsets[i] = total;
            total += size(one) as u32;
        }
        offsets[ins.len()] = total;
        let mut again = false;
        for (i, one) in ins.iter_mut().enumerate() {
            let Some(target) = one.target else { continue };
            let before = size(one);
            let after = offsets[i] + before as u32;
            one.arg = after.abs_diff(offsets[target]);
            if one.op == Op::END_ASYNC_FOR {
                // Its distance is to the END_SEND, five units behind the SEND that the target is.
                one.arg = one.arg.saturating_sub(END_SEND_OFFSET);
            }
            again |= size(one) != before;
        }
        if !again {
            return offsets;
        }
    }
}

fn units(ins: &[Ins]) -> Vec<u8> {
    let mut code = Vec::with_capacity(ins.len() * 4);
    for one in ins {
        let op = real(one);
        for shift in [24, 16, 8] {
            if one.arg >> shift != 0 {
                code.extend([Op::EXTENDED_ARG as u8, (one.arg >> shift) as u8]);
            }
        }
        code.extend([op as u8, one.arg as u8]);
        code.resize(code.len() + op.caches() * 2, 0);
    }
    code
}

fn locations(ins: &mut [Ins], firstlineno: i32) -> Vec<u8> {
    for i in (0..ins.len()).rev() {
        if ins[i].loc == NEXT_LOCATION {
            let last = ins[i].op.is_terminator();
            ins[i].loc = ins.get(i + 1).filter(|_| !last).map_or(Location::NONE, |next| next.loc);
        }
    }
    let mut writer = LocationWriter::new(firstlineno);
    let mut run: Option<(Location, usize)> = None;
    for one in ins.iter() {
        match &mut run {
            Some((loc, units)) if *loc == one.loc => *units += size(one),
            _ => {
                if let Some((loc, units)) = run.replace((one.loc, size(one))) {
                    writer.push(loc, units);
                }
            }
        }
    }
    if let Some((loc, units)) = run {
        writer.push(loc, units);
    }
    writer.finish()
}

fn handlers(graph: &Graph, ins: &[Ins], places: &HashMap<usize, usize>, offsets: &[u32]) -> Vec<u8> {
    let mut table = Vec::new();
    let mut open: Option<(usize, u32)> = None;
    let mut close = |open: &mut Option<(usize, u32)>, end: u32| {
        if let Some((block, start)) = open.take()
            && end > start
        {
            let handler = &graph.blocks[block];
            let pushed = 1 + u32::from(handler.preserve_lasti);
            let depth = u32::try_from(handler.start_depth.unwrap_or(0)).unwrap_or(0).saturating_sub(pushed);
            let target = places.get(&block).map_or(0, |place| offsets[*place]);
            exceptions::write(&mut table, &Handler { start, end, target, depth, lasti: handler.preserve_lasti });
        }
    };
    for (i, one) in ins.iter().enumerate() {
        if one.except != open.map(|(block, _)| block) {
            close(&mut open, offsets[i]);
            open = one.except.map(|block| (block, offsets[i]));
        }
    }
    close(&mut open, offsets[ins.len()]);
    table
}
