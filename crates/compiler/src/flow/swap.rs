//! `SWAP`: the shortest sequence for a permutation, or none where instructions can be exchanged instead.

use bytecode::{Op, Pseudo};

use super::{Block, Graph, Ins, Opcode};

impl Graph {
    pub(super) fn swaps(&mut self, id: super::BlockId) {
        let block = &mut self.blocks[id];
        let mut i = 0;
        while i < block.ins.len() {
            if block.ins[i].op == Op::SWAP {
                shorten(block, &mut i);
                exchange(block, i);
            }
            i += 1;
        }
    }
}

/// Replaces the run of SWAPs and NOPs at `at` by a shortest one; `at` becomes its last instruction.
fn shorten(block: &mut Block, at: &mut usize) {
    let run = &mut block.ins[*at..];
    let len = run.iter().position(|ins| ins.op != Op::SWAP && ins.op != Op::NOP).unwrap_or(run.len());
    let run = &mut run[..len];
    let swaps = run.iter().filter(|ins| ins.op == Op::SWAP);
    if swaps.clone().count() < 2 {
        return;
    }
    let depth = swaps.map(|ins| ins.arg as usize).max().unwrap_or(0);
    let mut stack: Vec<usize> = (0..depth).collect();
    for ins in run.iter().filter(|ins| ins.op == Op::SWAP) {
        stack.swap(0, ins.arg as usize - 1);
    }
    // Each cycle of the permutation needs a swap for each of its members but the top; written from the end.
    let mut current = len;
    let mut done = vec![false; depth];
    for start in 0..depth {
        if done[start] || stack[start] == start {
            continue;
        }
        let mut member = start;
        loop {
            if member != 0 {
                current -= 1;
                run[current].set(Op::SWAP, member as u32 + 1);
            }
            if done[member] {
                break;
            }
            done[member] = true;
            member = stack[member];
        }
    }
    for ins in &mut run[..current] {
        ins.nop();
    }
    *at += len - 1;
}

fn swappable(ins: &Ins) -> bool {
    matches!(ins.op, Opcode::Real(Op::STORE_FAST | Op::POP_TOP) | Opcode::Pseudo(Pseudo::STORE_FAST_MAYBE_NULL))
}

fn stores_to(ins: &Ins) -> Option<u32> {
    (swappable(ins) && ins.op != Op::POP_TOP).then_some(ins.arg)
}

/// The next instruction after `i` that can be exchanged, if nothing but NOPs lies between and the line is `line`.
fn next_swappable(block: &Block, i: usize, line: i32) -> Option<usize> {
    for (j, ins) in block.ins.iter().enumerate().skip(i + 1) {
        if line >= 0 && ins.loc.line != line {
            return None;
        }
        if ins.op == Op::NOP {
            continue;
        }
        return swappable(ins).then_some(j);
    }
    None
}

/// Exchanges stores and pops instead of swapping values, from `i` to the left.
fn exchange(block: &mut Block, i: usize) {
    for i in (0..=i).rev() {
        let swap = block.ins[i];
        if swap.op != Op::SWAP {
            if swap.op == Op::NOP || swappable(&swap) {
                continue;
            }
            return;
        }
        let Some(j) = next_swappable(block, i, -1) else { return };
        let line = block.ins[j].loc.line;
        let mut k = j;
        for _ in 1..swap.arg {
            match next_swappable(block, k, line) {
                Some(next) => k = next,
                None => return,
            }
        }
        let (a, b) = (stores_to(&block.ins[j]), stores_to(&block.ins[k]));
        if a.is_some() || b.is_some() {
            if a == b {
                return;
            }
            let between = block.ins[(j + 1).min(k)..k].iter().filter_map(stores_to);
            for store in between {
                if Some(store) == a || Some(store) == b {
                    return;
                }
            }
        }
        block.ins[i].nop();
        block.ins.swap(j, k);
    }
}
