//! Which loads of locals may find nothing: those become `LOAD_FAST_CHECK`.

use bytecode::{Op, Pseudo};

use super::{BlockId, Graph, Opcode};

/// Locals beyond these are looked at one block at a time.
const MASKED: u32 = 64;

impl Graph {
    pub(super) fn check_loads(&mut self, mut locals: usize, params: usize) {
        if locals == 0 {
            return;
        }
        if locals > MASKED as usize {
            self.check_many(locals);
            locals = MASKED as usize;
        }
        self.clear_visited();
        for block in &mut self.blocks {
            block.unsafe_locals = 0;
        }
        let start = (params..locals).fold(0u64, |mask, i| mask | 1 << i);
        let mut todo = Vec::new();
        self.push_unsafe(0, start, &mut todo);
        let ids: Vec<_> = self.order().collect();
        for id in ids {
            self.scan(id, &mut todo);
        }
        while let Some(id) = todo.pop() {
            self.blocks[id].visited = false;
            self.scan(id, &mut todo);
        }
    }

    fn push_unsafe(&mut self, id: BlockId, mask: u64, todo: &mut Vec<BlockId>) {
        let block = &mut self.blocks[id];
        let both = block.unsafe_locals | mask;
        if both != block.unsafe_locals {
            block.unsafe_locals = both;
            if !std::mem::replace(&mut block.visited, true) {
                todo.push(id);
            }
        }
    }

    fn scan(&mut self, id: BlockId, todo: &mut Vec<BlockId>) {
        let mut mask = self.blocks[id].unsafe_locals;
        for i in 0..self.blocks[id].ins.len() {
            let ins = self.blocks[id].ins[i];
            if let Some(handler) = ins.except {
                self.push_unsafe(handler, mask, todo);
            }
            if ins.arg >= MASKED {
                continue;
            }
            let bit = 1u64 << ins.arg;
            match ins.op {
                Opcode::Real(Op::DELETE_FAST | Op::LOAD_FAST_AND_CLEAR)
                | Opcode::Pseudo(Pseudo::STORE_FAST_MAYBE_NULL) => mask |= bit,
                Opcode::Real(Op::STORE_FAST | Op::LOAD_FAST_CHECK) => mask &= !bit,
                Opcode::Real(Op::LOAD_FAST) => {
                    if mask & bit != 0 {
                        self.blocks[id].ins[i].op = Op::LOAD_FAST_CHECK.into();
                    }
                    mask &= !bit;
                }
                _ => {}
            }
        }
        let block = &self.blocks[id];
        let next = block.next.filter(|_| block.falls_through());
        let target = block.last().filter(|last| last.op.is_jump()).and_then(|last| last.target);
        for reached in [next, target].into_iter().flatten() {
            self.push_unsafe(reached, mask, todo);
        }
    }

    fn check_many(&mut self, locals: usize) {
        let mut known_in = vec![0usize; locals];
        let ids: Vec<_> = self.order().collect();
        for (number, id) in ids.into_iter().enumerate() {
            let here = number + 1;
            for ins in &mut self.blocks[id].ins {
                if ins.arg < MASKED {
                    continue;
                }
                let Some(known) = known_in.get_mut(ins.arg as usize) else { continue };
                match ins.op {
                    Opcode::Real(Op::DELETE_FAST | Op::LOAD_FAST_AND_CLEAR)
                    | Opcode::Pseudo(Pseudo::STORE_FAST_MAYBE_NULL) => *known = here - 1,
                    Opcode::Real(Op::STORE_FAST) => *known = here,
                    Opcode::Real(Op::LOAD_FAST) => {
                        if *known != here {
                            ins.op = Op::LOAD_FAST_CHECK.into();
                        }
                        *known = here;
                    }
                    _ => {}
                }
            }
        }
    }
}
