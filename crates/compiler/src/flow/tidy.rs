//! Blocks: what is unreachable, empty, needless or small enough to be copied.

use std::collections::HashMap;

use bytecode::{Const, Location, Op, Pseudo};

use super::{BlockId, Graph, Ins, Opcode};
use crate::unit::Table;

/// Exit blocks of at most this many instructions are copied to where they are jumped to.
const MAX_COPY_SIZE: usize = 4;

impl Graph {
    /// Counts predecessors and empties what nothing reaches.
    pub(super) fn remove_unreachable(&mut self) {
        self.clear_visited();
        for block in &mut self.blocks {
            block.predecessors = 0;
        }
        self.blocks[0].predecessors = 1;
        self.blocks[0].visited = true;
        let mut todo = vec![0];
        while let Some(id) = todo.pop() {
            let block = &self.blocks[id];
            let mut reached: Vec<BlockId> = Vec::new();
            if block.falls_through() {
                reached.extend(block.next);
            }
            reached.extend(block.ins.iter().filter_map(|ins| ins.target));
            for target in reached {
                let block = &mut self.blocks[target];
                block.predecessors += 1;
                if !std::mem::replace(&mut block.visited, true) {
                    todo.push(target);
                }
            }
        }
        for block in self.blocks.iter_mut().filter(|block| block.predecessors == 0) {
            let before = std::mem::take(&mut block.ins);
            block.shrink(&before, Vec::new());
            block.is_handler = false;
        }
    }

    /// Removes the NOPs of a block that carry no line of their own; how many.
    fn remove_block_nops(&mut self, id: BlockId) -> usize {
        let mut ins = std::mem::take(&mut self.blocks[id].ins);
        let before = ins.len();
        let mut kept: Vec<Ins> = Vec::with_capacity(before);
        let mut previous_line = -1;
        for i in 0..ins.len() {
            let line = ins[i].loc.line;
            if ins[i].op == Op::NOP {
                if line < 0 || previous_line == line {
                    continue;
                }
                if let Some(next) = ins.get(i + 1) {
                    if next.loc.line == line {
                        continue;
                    }
                    if next.loc.line < 0 {
                        ins[i + 1].loc = ins[i].loc;
                        continue;
                    }
                } else if let Some(next) = self.next_nonempty(self.blocks[id].next) {
                    let meant = |ins: &&Ins| !(ins.op == Op::NOP && ins.loc.line < 0);
                    let next_line = self.blocks[next].ins.iter().find(meant).map_or(-1, |ins| ins.loc.line);
                    if next_line == line {
                        continue;
                    }
                }
            }
            kept.push(ins[i]);
            previous_line = line;
        }
        let removed = before - kept.len();
        self.blocks[id].shrink(&ins, kept);
        removed
    }

    pub(super) fn remove_nops(&mut self) -> usize {
        let ids: Vec<_> = self.order().collect();
        ids.into_iter().map(|id| self.remove_block_nops(id)).sum()
    }

    /// Removes pushes that are popped at once.
    pub(super) fn remove_nops_and_pairs(&mut self) {
        let ids: Vec<_> = self.order().collect();
        loop {
            let mut done = true;
            let mut previous: Option<(BlockId, usize)> = None;
            for id in &ids {
                self.remove_block_nops(*id);
                if self.blocks[*id].labelled {
                    previous = None;
                }
                for i in 0..self.blocks[*id].ins.len() {
                    if self.blocks[*id].ins[i].op == Op::POP_TOP
                        && let Some((b, j)) = previous
                    {
                        let before = &mut self.blocks[b].ins[j];
                        if before.op.loads_const() || before.op == Op::COPY && before.arg == 1 {
                            before.nop();
                            self.blocks[*id].ins[i].nop();
                            done = false;
                        }
                    }
                    previous = Some((*id, i));
                }
                let block = &self.blocks[*id];
                if block.last().is_some_and(|last| last.op.is_jump()) || !block.falls_through() {
                    previous = None;
                }
            }
            if done {
                return;
            }
        }
    }

    fn remove_jumps(&mut self) -> usize {
        let ids: Vec<_> = self.order().collect();
        let mut changes = 0;
        for id in ids {
            let Some(last) = self.blocks[id].last() else { continue };
            if last.op.is_unconditional_jump()
                && let target @ Some(_) = self.next_nonempty(last.target)
                && target == self.next_nonempty(self.blocks[id].next)
            {
                let last = self.blocks[id].ins.last_mut().expect("the block has a last instruction");
                last.nop();
                last.target = None;
                changes += 1;
            }
        }
        changes
    }

    pub(super) fn remove_nops_and_jumps(&mut self) {
        while self.remove_nops() + self.remove_jumps() > 0 {}
    }

    /// Copies small exits, and exits without a line, to where they are jumped to.
    pub(super) fn inline_small_blocks(&mut self) {
        let ids: Vec<_> = self.order().collect();
        loop {
            let mut changes = false;
            for id in &ids {
                changes |= self.inline_small_block(*id);
            }
            if !changes {
                return;
            }
        }
    }

    fn inline_small_block(&mut self, id: BlockId) -> bool {
        let Some(last) = self.blocks[id].last() else { return false };
        let Some(target) = last.target.filter(|_| last.op.is_unconditional_jump()) else { return false };
        let removed = last.op;
        let exit = &self.blocks[target];
        let small = exit.exits_scope() && exit.ins.len() <= MAX_COPY_SIZE;
        let lineless = exit.has_no_line() && !exit.falls_through();
        if !small && !lineless {
            return false;
        }
        let copied = exit.ins.clone();
        let ins = &mut self.blocks[id].ins;
        let last = ins.last_mut().expect("the block has a last instruction");
        last.nop();
        last.target = None;
        ins.extend(&copied);
        if lineless
            && let Some(last) = ins.last_mut()
            && last.op.is_unconditional_jump()
            && removed == Pseudo::JUMP
        {
            // The jump that is gone looked at signals.
            last.op = Pseudo::JUMP.into();
        }
        for _ in &copied {
            self.blocks[id].take_place();
        }
        self.blocks[target].predecessors = self.blocks[target].predecessors.saturating_sub(1);
        true
    }

    pub(super) fn remove_unused_consts(&mut self, consts: &mut Table<Const>) {
        if consts.is_empty() {
            return;
        }
        let mut used = vec![false; consts.len()];
        // The first may be the docstring.
        used[0] = true;
        let ids: Vec<_> = self.order().collect();
        for id in &ids {
            for ins in self.blocks[*id].ins.iter().filter(|ins| ins.op == Op::LOAD_CONST) {
                used[ins.arg as usize] = true;
            }
        }
        let map = consts.keep(&used);
        for id in ids {
            for ins in self.blocks[id].ins.iter_mut().filter(|ins| ins.op == Op::LOAD_CONST) {
                ins.arg = map[ins.arg as usize];
            }
        }
    }

    pub(super) fn superinstructions(&mut self) {
        let ids: Vec<_> = self.order().collect();
        for id in ids {
            let ins = &mut self.blocks[id].ins;
            for i in 1..ins.len() {
                let (first, second) = (ins[i - 1], ins[i]);
                let both = match (first.op, second.op) {
                    (Opcode::Real(Op::LOAD_FAST), Opcode::Real(Op::LOAD_FAST)) => Op::LOAD_FAST_LOAD_FAST,
                    (Opcode::Real(Op::STORE_FAST), Opcode::Real(Op::LOAD_FAST)) => Op::STORE_FAST_LOAD_FAST,
                    (Opcode::Real(Op::STORE_FAST), Opcode::Real(Op::STORE_FAST)) => Op::STORE_FAST_STORE_FAST,
                    _ => continue,
                };
                let (a, b) = (first.loc.line, second.loc.line);
                if a >= 0 && b >= 0 && a != b || first.arg >= 16 || second.arg >= 16 {
                    continue;
                }
                ins[i - 1].set(both, first.arg << 4 | second.arg);
                ins[i].nop();
            }
        }
        self.remove_nops();
    }

    pub(super) fn convert_conditional_jumps(&mut self) {
        let ids: Vec<_> = self.order().collect();
        for id in ids {
            let block = &mut self.blocks[id];
            let before = block.ins.len();
            let ins = &mut block.ins;
            let mut i = 0;
            while i < ins.len() {
                let op = match ins[i].op {
                    Opcode::Pseudo(Pseudo::JUMP_IF_FALSE) => Op::POP_JUMP_IF_FALSE,
                    Opcode::Pseudo(Pseudo::JUMP_IF_TRUE) => Op::POP_JUMP_IF_TRUE,
                    _ => {
                        i += 1;
                        continue;
                    }
                };
                ins[i].op = op.into();
                let Ins { loc, except, .. } = ins[i];
                ins.insert(i, Ins { except, ..Ins::new(Op::COPY, 1, loc) });
                ins.insert(i + 1, Ins { except, ..Ins::new(Op::TO_BOOL, 0, loc) });
                i += 3;
            }
            for _ in before..block.ins.len() {
                block.take_place();
            }
        }
    }

    pub(super) fn convert_pseudo(&mut self) {
        let ids: Vec<_> = self.order().collect();
        for id in ids {
            for ins in &mut self.blocks[id].ins {
                match ins.op {
                    op if op.is_block_push() => {
                        ins.nop();
                        ins.target = None;
                    }
                    Opcode::Pseudo(Pseudo::LOAD_CLOSURE) => ins.op = Op::LOAD_FAST.into(),
                    Opcode::Pseudo(Pseudo::STORE_FAST_MAYBE_NULL) => ins.op = Op::STORE_FAST.into(),
                    _ => {}
                }
            }
        }
        self.remove_nops_and_jumps();
    }

    /// Conditional jumps go forward only: one that goes back is turned round, over a jump.
    pub(super) fn normalize_jumps(&mut self) {
        self.clear_visited();
        let mut at = Some(0);
        while let Some(id) = at {
            self.blocks[id].visited = true;
            self.normalize_jump(id);
            at = self.blocks[id].next;
        }
    }

    fn normalize_jump(&mut self, id: BlockId) {
        let Some(last) = self.blocks[id].last().copied() else { return };
        let reversed = match last.op {
            Opcode::Real(Op::POP_JUMP_IF_NOT_NONE) => Op::POP_JUMP_IF_NONE,
            Opcode::Real(Op::POP_JUMP_IF_NONE) => Op::POP_JUMP_IF_NOT_NONE,
            Opcode::Real(Op::POP_JUMP_IF_FALSE) => Op::POP_JUMP_IF_TRUE,
            Opcode::Real(Op::POP_JUMP_IF_TRUE) => Op::POP_JUMP_IF_FALSE,
            _ => return,
        };
        let Some(target) = last.target else { return };
        if !self.blocks[target].visited {
            self.blocks[id].append(Ins::new(Op::NOT_TAKEN, 0, last.loc));
            return;
        }
        let back = self.new_block();
        let next = self.blocks[id].next;
        let mut jump = Ins::new(Pseudo::JUMP, 0, last.loc);
        jump.target = Some(target);
        self.blocks[back].ins = vec![Ins::new(Op::NOT_TAKEN, 0, last.loc), jump];
        self.blocks[back].cold = self.blocks[id].cold;
        self.blocks[back].start_depth = self.blocks[target].start_depth;
        self.blocks[back].next = next;
        let block = &mut self.blocks[id];
        block.next = Some(back);
        let last = block.ins.last_mut().expect("the block has a last instruction");
        last.op = reversed.into();
        last.target = next;
    }

    /// The label map of blocks that are already in order: block → place.
    pub(crate) fn places(&self) -> HashMap<BlockId, usize> {
        let mut places = HashMap::new();
        let mut count = 0;
        for id in self.order() {
            places.insert(id, count);
            count += self.blocks[id].ins.len();
        }
        places
    }

    /// All instructions in order.
    pub(crate) fn instructions(&self) -> Vec<Ins> {
        self.order().flat_map(|id| self.blocks[id].ins.iter().copied()).collect()
    }
}

/// No location.
pub(super) const NOWHERE: Location = Location::NONE;
